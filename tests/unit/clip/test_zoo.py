"""Every form of MODEL loads from folders made here, and whatever is broken or hostile is refused in one sentence."""

import json
import logging
import pickle
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
import torch
from huggingface_hub.utils import are_progress_bars_disabled
from safetensors.torch import load_file, save_file

from explorer.clip import names
from explorer.clip.checkpoints import check_loaded
from explorer.clip.clip import Clip, export
from explorer.clip.names import TOKENIZER_FILES, ModelError, pretrained_models
from explorer.clip.open_clip_import import open_clip
from explorer.clip.process_state import offline, quiet_libraries
from explorer.clip.zoo import load_clip, pick_device
from tests.unit.clip.folders import (
    CONFIG,
    WEIGHTS,
    Touches,
    as_pickle,
    assert_is_seven,
    change_config,
    change_weights,
    foreign_model,
    no_run,
    notes_of,
    open_model,
    put_in_cache,
    refusal_of,
    register_pretrained,
)
from tests.unit.toys import CAPTIONS, GRAMMAR, noise_images, tiny_clip, tiny_folder


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


# ---- Names


def test_each_way_to_name_a_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "spec.json").write_text("{}")
    monkeypatch.chdir(folder.parent)
    for name in (str(folder), f"local-dir:{folder}", str(folder.parent), "model", "./model"):
        clip = open_model(name)
        assert_is_seven(clip)
        assert clip.name == name
    runs = {"friendly-0123": folder, "queued-0123": tmp_path / "nowhere"}
    assert_is_seven(load_clip("friendly-0123", find_run_model=runs.get))
    with pytest.raises(ModelError, match="there is no folder"):
        load_clip("queued-0123", find_run_model=runs.get)
    monkeypatch.chdir("/")
    monkeypatch.setattr(names, "SHIPPED_FOLDER", folder.parent)
    assert_is_seven(open_model("model"))
    assert "no such model" in refusal_of("other") and "no such model" in refusal_of("../model/x")
    assert "is a file; give the folder that holds it" in refusal_of(folder / CONFIG)
    assert "there is no folder" in refusal_of(f"local-dir:{folder / CONFIG}")


NOTHING = "give a shipped name, a run id, a folder of open_clip or Transformers, local-dir:PATH"
NO_MODEL = f"has neither {CONFIG} (open_clip) nor config.json (Transformers)"
NAMES = dict.fromkeys(
    ("", "nothing", "ViT-B-32/no-such-tag", "no-such-arch/openai", "ViT-B-32", "\0", "two\nlines", "\udc80"), NOTHING
)
NAMES |= dict.fromkeys(("/", "//", ".", "..", "local-dir:/"), NO_MODEL)
NAMES |= dict.fromkeys(("x" * 300, "x/" * 3000, "local-dir:" + "x" * 300, "local-dir:\0"), "")  # no file can have it
NAMES |= dict.fromkeys(("hf-hub:", "hf-hub:a/b/c", "hf-hub:../b", "hf-hub:a--b"), "ORG/REPO")
NAMES |= dict.fromkeys(("hf-hub:a/b@", "hf-hub:a/b@../../main", "hf-hub:a/b@x y"), "after @")
NAMES |= dict.fromkeys(("local-dir:", "local-dir: "), "after local-dir:")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_that_is_no_model(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert NAMES[name] in refusal_of(name)


# ---- Folders of open_clip: each loads, loads with one note, or is refused

LOADS = "loads"
NOTE = "note: "
FAILS = "could not be loaded"
Change = Callable[[Path], Any]


def config(part: str, **fields: Any) -> Change:
    return lambda folder: change_config(folder, part, **fields)


def weights(*gone: str, **changed: torch.Tensor) -> Change:
    return lambda folder: change_weights(folder, *gone, **changed)


def pickle_weights(file: str, then: Change = lambda folder: None, **around: Any) -> Change:
    def change(folder: Path) -> None:
        then(folder)
        as_pickle(folder, file, **around)

    return change


def remove_files(*files: str) -> Change:
    return lambda folder: [(folder / file).unlink() for file in files]


def write_bytes_to(file: str, content: bytes) -> Change:
    return lambda folder: (folder / file).write_bytes(content)


def damage_weights(damage: Callable[[bytes], bytes]) -> Change:
    def change(folder: Path) -> None:
        content = (folder / WEIGHTS).read_bytes()
        assert damage(content) != content
        (folder / WEIGHTS).write_bytes(damage(content))

    return change


DOUBLES = {"type": "Replace", "pattern": {"Regex": ""}, "content": "a"}


def tokenizer_step(part: str, step: dict[str, Any]) -> Change:
    def change(folder: Path) -> None:
        document = json.loads((folder / "tokenizer.json").read_text())
        (folder / "tokenizer.json").write_text(json.dumps(document | {part: step}))

    return change


def not_a_number(folder: Path) -> None:
    matrix = load_file(folder / WEIGHTS)["text_projection"]
    matrix[0, 0] = float("nan")
    change_weights(folder, text_projection=matrix)


WRAPPED: dict[str, Any] = {"epoch": 4, "name": "run", "optimizer": {}}
ANOTHER = torch.zeros(3, 3)
FOLDERS: dict[str, tuple[Change, str]] = {
    "as exported": (lambda folder: None, LOADS),
    "no config": (remove_files(CONFIG), "of a single weight file give ARCH:FILE, such as ViT-B-32:"),
    "no weights": (remove_files(WEIGHTS), "has no weights"),
    # Every format that open_clip reads.
    "bin": (pickle_weights("open_clip_pytorch_model.bin"), LOADS),
    "pth": (pickle_weights("pytorch_model.pth"), LOADS),
    "pt": (pickle_weights("epoch_4.pt"), LOADS),
    "pt of a trainer": (pickle_weights("epoch_4.pt", **WRAPPED), LOADS),
    # Damaged weights, and those of another model.
    "truncated": (damage_weights(lambda content: content[:-100]), FAILS),
    "lying about its header": (damage_weights(lambda content: (2**40).to_bytes(8, "little") + content[8:]), FAILS),
    "a promise of more": (damage_weights(lambda content: content.replace(b'offsets":[0,', b'offsets":[9,', 1)), FAILS),
    "one missing": (weights("visual.proj"), "1 missing (visual.proj)"),
    "one too many": (weights(visual__extra=ANOTHER), "1 surplus (visual.extra)"),
    "another shape": (weights(visual__proj=ANOTHER), "1 of another shape (visual.proj)"),
    "one too many in a pickle": (
        pickle_weights("epoch_4.pt", weights(visual__extra=ANOTHER)),
        "1 surplus (visual.extra)",
    ),
    "NaN": (not_a_number, "its weights text_projection hold what is no number"),
    # Broken and impossible configs.
    "half a JSON": (write_bytes_to(CONFIG, b'{"model_cfg": {'), FAILS),
    "no model_cfg": (write_bytes_to(CONFIG, b"{}"), FAILS),
    "nested too deep": (write_bytes_to(CONFIG, b"[" * 100_000), FAILS),
    "heads below zero": (config("text_cfg", heads=-1), "its config says heads=-1, give a whole number from 1"),
    "a field that nobody knows": (config("text_cfg", no_such_field=1), FAILS),
    "no options of a tokenizer": (config("text_cfg", tokenizer_kwargs=1), FAILS),
    "a billion layers": (config("vision_cfg", layers=10**9), "layers=1000000000, give a whole number from 1 to 256"),
    "a mean in words": (config("preprocess_cfg", mean="grey"), FAILS),
    # Pixels, positions and tokenizers that do not fit.
    "no mean": (config("preprocess_cfg", mean=None), NOTE + "The folder says no mean of pixels, so open_clip's"),
    "a stretched image": (
        config("vision_cfg", image_size=64),
        NOTE + "The weights have 5 places for an image and the config 17",
    ),
    "no tokenizer_config.json": (remove_files("tokenizer_config.json"), FAILS),
    "no tokenizer": (remove_files("tokenizer.json", "tokenizer_config.json"), FAILS),
    "a list for a tokenizer": (write_bytes_to("tokenizer.json", b"[]"), FAILS),
    "a tokenizer nested too deep": (write_bytes_to("tokenizer.json", b"[" * 100_000), "nested too deep"),
    # What makes a caption very long: the library would fill the memory and end the process.
    "a tokenizer that lengthens": (
        tokenizer_step("normalizer", {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 1000}),
        "its tokenizer has a step Replace that no plain CLIP has",
    ),
    "a tokenizer that doubles": (
        tokenizer_step("normalizer", {"type": "Sequence", "normalizers": [DOUBLES] * 5}),
        "its tokenizer replaces letters in 5 steps, the most are 4",
    ),
    "a tokenizer with a long template": (
        tokenizer_step("post_processor", {"type": "TemplateProcessing", "single": [{"Sequence": {}}] * 9}),
        "a step TemplateProcessing",
    ),
    "a tokenizer that prepends": (
        tokenizer_step("normalizer", {"type": "Prepend", "prepend": "a" * 1000}), "a step Prepend",
    ),
    "a tokenizer of another kind": (tokenizer_step("model", {"type": "Nothing"}), "its tokenizer is a Nothing, give"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_of_open_clip(folder: Path, kind: str) -> None:
    change, outcome = FOLDERS[kind]
    change(folder)
    if outcome == LOADS:
        assert_is_seven(open_model(folder))
        assert notes_of(folder) == ()
    elif outcome.startswith(NOTE):
        (note,) = notes_of(folder)
        assert note.startswith(outcome.removeprefix(NOTE))
    else:
        assert outcome in refusal_of(folder)


def test_of_several_weights_the_file_that_open_clip_takes(folder: Path) -> None:
    other = load_file(tiny_folder(folder.parent / "other", seed=8) / WEIGHTS)
    for name in ("a.safetensors", "model.safetensors"):
        save_file(other, folder / name)
    torch.save(other, folder / "open_clip_pytorch_model.bin")
    assert_is_seven(open_model(folder))
    (folder / WEIGHTS).rename(folder / "open_clip_pytorch_model.safetensors")
    assert_is_seven(open_model(folder))
    (folder / "open_clip_pytorch_model.safetensors").unlink()
    for last in ("open_clip_pytorch_model.bin", "model.safetensors"):
        chosen = open_clip.factory._find_checkpoint_in_dir(folder)
        assert (clip := open_model(folder)).origin and str(clip.origin.weights) == chosen
        assert Path(chosen).name == last
        (folder / last).unlink()


SAFE: dict[str, tuple[Change, str]] = {
    "as exported": (lambda folder: None, LOADS),
    "a pickle": (pickle_weights("open_clip_pytorch_model.bin"), "only safetensors files are opened"),
    "a billion words": (config("text_cfg", vocab_size=10**9), "its config"),
    "more words than weights": (config("text_cfg", vocab_size=1_500_000), "its config asks for"),
    "more layers than weights": (config("vision_cfg", width=20_000, layers=200), "its config asks for"),
    # Its mask has a number for each pair of places.
    "a long context": (config("text_cfg", context_length=32_768), "its config asks for"),
    "cut off": (damage_weights(lambda content: content[:-4]), "cut off"),
}


@pytest.mark.parametrize("kind", SAFE)
def test_a_folder_that_a_browser_names(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is refused before a model is built that takes memory."""
    change, outcome = SAFE[kind]
    change(folder)
    if outcome == LOADS:
        assert_is_seven(load_clip(str(folder), find_run_model=no_run, is_safe_only=True))
        return
    make = open_clip.create_model

    def create(*values: Any, **options: Any) -> Any:
        return make(*values, **options) if options["device"] == "meta" else pytest.fail("built")

    monkeypatch.setattr(open_clip, "create_model", create)
    assert outcome in refusal_of(folder, is_safe_only=True)


# ---- Parts that do not belong together


def test_a_sigmoid_model_without_its_bias(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "model", siglip=True)
    assert notes_of(folder) == ()
    change_weights(folder, "logit_bias")
    assert "its weights have no bias" in refusal_of(folder)


def test_a_tokenizer_that_does_not_belong_to_the_model(folder: Path, tmp_path: Path) -> None:
    words = (*(f"w{number}" for number in range(500)),)
    other = tiny_folder(tmp_path / "other", words=("[PAD]", "[BOS]", "[EOS]", "[UNK]", *words))
    small = tiny_folder(tmp_path / "small", seed=7)
    for name in TOKENIZER_FILES:
        shutil.copy(other / name, folder / name)
        shutil.copy(small / name, other / name)
    assert "its tokenizer needs 504 tokens" in refusal_of(folder)
    assert "of the 504 tokens" in notes_of(other)[0]
    assert "looks for the token 3" in refusal_of(tiny_folder(tmp_path / "eos", eos_id=3))
    assert "pools at the highest token" in notes_of(tiny_folder(tmp_path / "argmax", pool_type="argmax"))[0]
    clip = tiny_clip()
    clip.model.context_length = 5
    with pytest.raises(ModelError, match="its text tower reads texts of 5"):
        check_loaded(clip)


def test_a_tokenizer_whose_library_panics_is_told(tmp_path: Path) -> None:
    path = tiny_folder(tmp_path / "model") / "tokenizer.json"
    document = json.loads(path.read_text())
    document["post_processor"]["special_tokens"] = {}
    path.write_text(json.dumps(document))
    with pytest.raises(ModelError, match="its tokenizer fails"):
        open_model(path.parent).ids(["a red bus"])


def test_another_vocabulary_is_not_taken_for_ours(tmp_path: Path) -> None:
    words = (*GRAMMAR.words[:4], "dog")
    assert open_model(tiny_folder(tmp_path / "a", words=words)).words == words
    assert open_model(tiny_folder(tmp_path / "b", words=("[PAD]", "[EOS]", "[BOS]", "[UNK]", "dog"))).words is None


# ---- Activations


def activations(clip: Clip) -> set[str]:
    return {type(module).__name__ for module in clip.model.modules()} & {"GELU", "QuickGELU"}


def has_activation(clip: Clip, quick: bool) -> bool:
    """True if it has the one, and a note about it where it was switched on."""
    assert clip.origin is not None
    is_told = any("QuickGELU" in note for note in clip.origin.notes)
    return activations(clip) == {"QuickGELU" if quick else "GELU"} and clip.origin.quick_gelu == is_told == quick


@pytest.mark.slow
@pytest.mark.parametrize("quick", [True, False])
def test_weights_get_the_activation_that_they_were_trained_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: bool
) -> None:
    """A saved fine-tuning too: its folder's config has to say what the name said."""
    register_pretrained(monkeypatch, tmp_path / "weights.safetensors", quick_gelu=quick)
    clip = open_model("toy/made")
    assert has_activation(clip, quick)
    export(clip, tmp_path / "tuned")
    again = open_model(tmp_path / "tuned")
    ids, images = clip.ids(CAPTIONS), noise_images(2)
    with torch.inference_mode():
        assert torch.equal(again.ids(CAPTIONS), ids)
        assert torch.equal(again.encode_ids(ids), clip.encode_ids(ids))
        assert torch.equal(again.encode_images(images), clip.encode_images(images))


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(("tag", "quick"), [("openai", True), ("laion2b_s34b_b79k", False)])
def test_a_repository_of_the_table_gets_its_activation(tmp_path: Path, tag: str, quick: bool) -> None:
    """Also where its folder in the Hub's cache is named as a path; a config without quick_gelu says GELU."""
    repository = pretrained_models()[f"ViT-B-32/{tag}"].repository
    snapshot = put_in_cache(tmp_path, repository)
    save_file(foreign_model().state_dict(), snapshot / WEIGHTS)
    for name in (f"hf-hub:{repository}", str(snapshot)):
        assert has_activation(open_model(name), quick)


def test_a_folder_called_openai_is_only_suspected(folder: Path) -> None:
    moved = folder.rename(folder.parent / "vit-openai")
    assert activations(open_model(moved)) == {"GELU"} and "QuickGELU" in notes_of(moved)[0]
    change_config(moved, "model_cfg", quick_gelu=True)
    assert notes_of(moved) == ()


# ---- Open_clip's table and the Hub


@pytest.mark.parametrize("is_known_offline", [True, False])
@pytest.mark.parametrize("name", ["hf-hub:nobody/nothing", "hf-hub:nobody/nothing@main", "ViT-B-32/openai"])
def test_a_server_that_is_away_is_asked_once_and_the_libraries_say_nothing(
    name: str,
    is_known_offline: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", is_known_offline)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", "http://127.0.0.1:9/{filename}")
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    assert "not wholly on this computer" in refusal_of(name)
    assert waits == [], "the client's own retries, half a minute together"
    assert capfd.readouterr() == ("", "")
    assert huggingface_hub.constants.HF_HUB_OFFLINE is is_known_offline


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
def test_a_model_of_the_hub_and_an_export_of_ours_at_a_revision(folder: Path, tmp_path: Path) -> None:
    """Weights that are out of reach are not filled with random ones; ours has the tokenizer of its own folder."""
    snapshot, model = put_in_cache(tmp_path, "toys/made"), foreign_model()
    assert "has no weights" in refusal_of("hf-hub:toys/made")
    save_file(model.state_dict(), snapshot / WEIGHTS)
    clip = open_model("hf-hub:toys/made")
    assert torch.equal(clip.model.visual.proj, model.visual.proj)
    assert clip.preprocess["mean"] == [0.1] * 3 and clip.ids(["a"]).shape == (1, 77)
    shutil.copytree(folder, put_in_cache(tmp_path, "toys/ours", "v1"), dirs_exist_ok=True)
    for revision in ("v1", "0" * 40):
        assert_is_seven(open_model(f"hf-hub:toys/ours@{revision}"))
    for name in ("hf-hub:toys/ours@v2", "hf-hub:toys/ours"):
        assert "not wholly on this computer" in refusal_of(name)


@pytest.mark.usefixtures("no_network")
def test_a_tokenizer_that_the_config_names_is_taken_where_the_repository_has_none(folder: Path, tmp_path: Path) -> None:
    words, model = put_in_cache(tmp_path, "toys/words"), put_in_cache(tmp_path, "toys/split")
    shutil.copytree(folder, model, dirs_exist_ok=True)
    for name in TOKENIZER_FILES:
        (model / name).rename(words / name)
    (words / "config.json").write_text("{}")  # a tokenizer that is named by its repository is a model's
    change_config(model, "text_cfg", hf_tokenizer_name="toys/words")
    clip = open_model("hf-hub:toys/split")
    assert clip.words == GRAMMAR.words
    assert clip.origin and clip.origin.named_tokenizer == "toys/words"
    assert torch.equal(clip.ids(CAPTIONS), tiny_clip(seed=7).ids(CAPTIONS))


# ---- Code in files


@pytest.mark.parametrize("name", ["open_clip_pytorch_model.bin", "other.pth"])
@pytest.mark.parametrize("form", ["pickle", "archive"])
def test_weights_that_would_run_code(folder: Path, name: str, form: str) -> None:
    (folder / WEIGHTS).unlink()
    mark = folder / "ran"
    hostile = {"state_dict": {"visual.proj": Touches(mark)}}
    if form == "pickle":
        (folder / name).write_bytes(pickle.dumps(hostile, protocol=2))
    else:
        torch.save(hostile, folder / name)
    sentence = refusal_of(folder)
    assert not mark.exists()
    assert "weights_only" not in sentence, "torch's own text tells how to run it after all"
    pickle.loads((folder / name).read_bytes()) if form == "pickle" else torch.load(folder / name, weights_only=False)
    assert mark.exists(), "the pickle is harmless, so the test shows nothing"


def test_a_tokenizer_that_would_run_code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """transformers runs Python files beside a tokenizer where the config says so, or else asks at the terminal."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(folder / "cache"))
    mark = folder / "ran"
    (folder / "own.py").write_text(
        f"open({str(mark)!r}, 'w').close()\n"
        "from transformers import PreTrainedTokenizerFast\nclass Own(PreTrainedTokenizerFast): pass\n"
    )
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config |= {"tokenizer_class": "Own", "auto_map": {"AutoTokenizer": ["own.Own", "own.Own"]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a question to whoever sits at the terminal"))
    for trusted in ({}, {"trust_remote_code": True}):
        change_config(folder, "text_cfg", tokenizer_kwargs=trusted)
        assert "custom code" in refusal_of(folder)
        assert not mark.exists()
    open_clip.get_tokenizer(f"local-dir:{folder}")
    assert mark.exists(), "the tokenizer is harmless, so the test shows nothing"


def test_loading_leaves_logging_and_bars_alone_in_two_threads_too(folder: Path, logged: list[str]) -> None:
    loggers = [logging.getLogger(name) for name in ("", "explorer.clip.zoo", "huggingface_hub", "transformers")]

    def state() -> tuple[Any, ...]:
        return [(each.level, [*each.handlers], [*each.filters]) for each in loggers], are_progress_bars_disabled()

    before = state()
    open_model(folder)
    refusal_of(folder.parent / "nothing")
    assert state() == before
    first, second = ExitStack(), ExitStack()
    first.enter_context(quiet_libraries())
    second.enter_context(quiet_libraries())
    first.close()
    root, own, hub, _ = loggers
    own.warning("said while another thread loads")
    root.warning("said by a library on the root")
    hub.warning("said by a library")
    second.close()
    assert logged == ["said while another thread loads"]
    assert state() == before


@pytest.mark.parametrize("was_offline", [True, False])
def test_a_process_is_offline_until_the_last_of_two_threads_is_done(
    monkeypatch: pytest.MonkeyPatch, *, was_offline: bool
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", was_offline)
    first, second = ExitStack(), ExitStack()
    first.enter_context(offline())
    second.enter_context(offline())
    first.close()
    assert huggingface_hub.constants.HF_HUB_OFFLINE
    second.close()
    assert huggingface_hub.constants.HF_HUB_OFFLINE is was_offline


def test_the_device_is_one_that_works() -> None:
    assert torch.zeros(1, device=pick_device()).sum() == 0
