"""Every form of MODEL loads from folders made here, and whatever is broken or hostile is refused in one sentence."""

import json
import logging
import pickle
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import open_clip
import pytest
import torch
from huggingface_hub.utils import are_progress_bars_disabled
from safetensors.torch import load_file, save_file
from transformers import dynamic_module_utils

from explorer.clip import names
from explorer.clip.clip import Clip, export
from explorer.clip.names import ModelError
from explorer.clip.zoo import load, pick_device
from tests.unit.toys import CAPTIONS, GRAMMAR, noise_images, tiny_clip, tiny_config, tiny_folder

CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"


def no_run(_: str) -> Path | None:
    return None


def refused(name: str | Path) -> str:
    """The sentence with which `name` is refused: one line that names the model."""
    with pytest.raises(ModelError) as caught:
        load(str(name), find_run=no_run)
    sentence = str(caught.value)
    assert sentence.startswith("model=") and len(sentence) < 500
    assert sentence.isprintable() and sentence == " ".join(sentence.split())
    return sentence


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


def assert_is_seven(clip: Clip) -> None:
    """The model of `folder`, in evaluation mode."""
    expected = tiny_clip(seed=7)
    expected.model.eval()
    images = noise_images(2)
    with torch.inference_mode():
        assert torch.equal(clip.encode_images(images), expected.encode_images(images))
        assert torch.equal(clip.encode_ids(clip.ids(CAPTIONS)), expected.encode_ids(expected.ids(CAPTIONS)))
    assert not clip.model.training
    assert clip.words == GRAMMAR.words
    assert clip.config == expected.config
    assert clip.image_size == 32


def test_a_folder_of_open_clip(folder: Path) -> None:
    clip = load(str(folder), find_run=no_run)
    assert_is_seven(clip)
    assert clip.name == str(folder)


def test_local_dir(folder: Path) -> None:
    assert_is_seven(load(f"local-dir:{folder}", find_run=no_run))


def test_the_path_of_a_run_folder(folder: Path) -> None:
    (folder.parent / "spec.json").write_text("{}")
    assert_is_seven(load(str(folder.parent), find_run=no_run))


def test_a_relative_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    assert_is_seven(load("model", find_run=no_run))
    assert_is_seven(load("./model", find_run=no_run))


def test_a_run_id_is_the_business_of_the_caller(folder: Path) -> None:
    asked: list[str] = []

    def find_run(name: str) -> Path | None:
        asked.append(name)
        return folder if name == "friendly-0123" else None

    assert_is_seven(load("friendly-0123", find_run=find_run))
    assert asked == ["friendly-0123"]


def test_a_run_without_a_model_yet(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no folder"):
        load("queued-0123", find_run=lambda _: tmp_path / "nowhere")


def test_a_shipped_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "CHECKPOINTS", folder.parent)
    assert_is_seven(load("model", find_run=no_run))
    assert "no such model" in refused("other")
    assert "no such model" in refused("../model/x")


def foreign_config() -> dict[str, Any]:
    """A tiny model that reads open_clip's own vocabulary."""
    text = {key: value for key, value in tiny_config()["text_cfg"].items() if key != "hf_tokenizer_name"}
    return tiny_config() | {"text_cfg": text | {"vocab_size": 49408, "context_length": 77, "pool_type": "argmax"}}


def register(monkeypatch: pytest.MonkeyPatch, weights: Path, **entry: Any) -> None:
    """Make `toy/made` a name that open_clip knows, with weights on this disk."""
    known = foreign_config()
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "toy", known)
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "toy", {"made": {"file": str(weights)} | entry})
    torch.manual_seed(0)
    save_file(open_clip.CLIP(**known).state_dict(), weights)


def test_architecture_and_tag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, tmp_path / "weights.safetensors", mean=(0.1, 0.2, 0.3), std=(0.5, 0.5, 0.5))
    clip = load("toy/made", find_run=no_run)
    assert clip.words is None
    assert clip.preprocess["mean"] == (0.1, 0.2, 0.3)
    texts = ["a red bus!?", "what!! a submarine", *CAPTIONS]
    with torch.inference_mode():
        assert torch.allclose(clip.encode_ids(clip.ids(texts)), clip.model.encode_text(clip.ids(texts)), atol=1e-5)


@pytest.mark.parametrize("quick", [True, False])
def test_weights_get_the_activation_that_they_were_trained_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: bool
) -> None:
    register(monkeypatch, tmp_path / "weights.safetensors", quick_gelu=quick)
    names = {type(module).__name__ for module in load("toy/made", find_run=no_run).model.modules()}
    assert ("QuickGELU" in names, "GELU" in names) == (quick, not quick)


def test_a_fine_tuned_pretrained_model_can_be_saved_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its activation, which a name says and the folder's config has to."""
    register(monkeypatch, tmp_path / "weights.safetensors", quick_gelu=True)
    clip = load("toy/made", find_run=no_run)
    export(clip, tmp_path / "tuned")
    again = load(str(tmp_path / "tuned"), find_run=no_run)
    ids, images = clip.ids(CAPTIONS), noise_images(2)
    with torch.inference_mode():
        assert torch.equal(again.ids(CAPTIONS), ids)
        assert torch.equal(again.encode_ids(ids), clip.encode_ids(ids))
        assert torch.equal(again.encode_images(images), clip.encode_images(images))


@pytest.mark.parametrize(
    "name",
    ["", "nothing", "ViT-B-32/no-such-tag", "no-such-arch/openai", "ViT-B-32", "\0", "two\nlines", "\udc80"],
)
def test_names_that_mean_nothing(name: str) -> None:
    assert "give a shipped name, a run id, a folder of open_clip or Transformers, local-dir:PATH" in refused(name)


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3000, "local-dir:" + "x" * 300, "local-dir:\0"])
def test_names_that_no_file_can_have(name: str) -> None:
    refused(name)


@pytest.mark.parametrize("name", ["/", "//", ".", "..", "local-dir:/"])
def test_folders_that_are_no_model(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"has neither {CONFIG} (open_clip) nor config.json (Transformers)" in refused(name)


def test_a_file_is_no_folder(folder: Path) -> None:
    assert "is a file; give the folder that holds it" in refused(folder / CONFIG)
    assert "there is no folder" in refused(f"local-dir:{folder / CONFIG}")


UNREACHABLE = ["hf-hub:nobody/nothing", "hf-hub:nobody/nothing@main", "ViT-B-32/openai"]


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", UNREACHABLE)
def test_what_cannot_be_fetched(name: str) -> None:
    assert "not wholly on this computer" in refused(name)


@pytest.mark.parametrize("name", UNREACHABLE)
def test_a_server_that_is_away_is_asked_once_and_the_libraries_say_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", "http://127.0.0.1:9/{filename}")
    start = time.monotonic()
    assert "not wholly on this computer" in refused(name)
    assert time.monotonic() - start < 10, "the client's own retries take half a minute"
    assert capfd.readouterr() == ("", "")
    assert huggingface_hub.constants.HF_HUB_OFFLINE is False


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hf-hub:", "ORG/REPO"),
        ("hf-hub:a/b/c", "ORG/REPO"),
        ("hf-hub:../b", "ORG/REPO"),
        ("hf-hub:a--b", "ORG/REPO"),
        ("hf-hub:a/b@", "after @"),
        ("hf-hub:a/b@../../main", "after @"),
        ("hf-hub:a/b@x y", "after @"),
        ("local-dir:", "after local-dir:"),
        ("local-dir: ", "after local-dir:"),
    ],
)
def test_names_that_cannot_be(name: str, words: str) -> None:
    assert words in refused(name)


def fetched(place: Path, repository: str, revision: str = "main") -> Path:
    """The folder of a repository that was fetched from the hub before, as its client keeps it in `place`."""
    kept = place / "hub" / f"models--{repository.replace('/', '--')}"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / revision).write_text("0" * 40)
    snapshot = kept / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / CONFIG).write_text(json.dumps({"model_cfg": foreign_config(), "preprocess_cfg": {"mean": [0.1] * 3}}))
    return snapshot


@pytest.mark.usefixtures("offline")
def test_a_model_of_the_hub(tmp_path: Path) -> None:
    torch.manual_seed(0)
    made = open_clip.CLIP(**foreign_config())
    save_file(made.state_dict(), fetched(tmp_path, "toys/made") / WEIGHTS)
    clip = load("hf-hub:toys/made", find_run=no_run)
    assert torch.equal(clip.model.visual.proj, made.visual.proj)
    assert clip.preprocess["mean"] == [0.1] * 3
    assert clip.ids(["a"]).shape == (1, 77)


@pytest.mark.usefixtures("offline")
def test_a_model_of_the_hub_whose_weights_are_out_of_reach_is_not_filled_with_random_ones(tmp_path: Path) -> None:
    fetched(tmp_path, "toys/bare")
    assert "has no weights" in refused("hf-hub:toys/bare")


@pytest.mark.usefixtures("offline")
def test_an_export_of_ours_on_the_hub_at_a_revision(folder: Path, tmp_path: Path) -> None:
    """With the tokenizer of its own folder: its config names none that the hub has."""
    shutil.copytree(folder, fetched(tmp_path, "toys/ours", "v1"), dirs_exist_ok=True)
    assert_is_seven(load("hf-hub:toys/ours@v1", find_run=no_run))
    assert_is_seven(load(f"hf-hub:toys/ours@{'0' * 40}", find_run=no_run))
    assert "not wholly on this computer" in refused("hf-hub:toys/ours@v2")
    assert "not wholly on this computer" in refused("hf-hub:toys/ours")


@pytest.mark.usefixtures("offline")
def test_a_tokenizer_that_the_config_names_is_taken_where_the_repository_has_none(folder: Path, tmp_path: Path) -> None:
    words, model = fetched(tmp_path, "toys/words"), fetched(tmp_path, "toys/split")
    shutil.copytree(folder, model, dirs_exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (model / name).rename(words / name)
    (words / "config.json").write_text("{}")  # a tokenizer that is named by its repository is a model's
    change_config(model, "text_cfg", hf_tokenizer_name="toys/words")
    clip = load("hf-hub:toys/split", find_run=no_run)
    assert clip.words == GRAMMAR.words
    assert torch.equal(clip.ids(CAPTIONS), tiny_clip(seed=7).ids(CAPTIONS))


def test_a_folder_without_a_config(folder: Path) -> None:
    (folder / CONFIG).unlink()
    assert f"has neither {CONFIG}" in refused(folder) and f"such as ViT-B-32:{str(folder)[:60]}" in refused(folder)


def test_a_folder_without_weights_is_not_filled_with_random_ones(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    assert "has no weights" in refused(folder)


BROKEN_CONFIGS: dict[str, bytes] = {
    "half a JSON": b'{"model_cfg": {',
    "a list": b"[]",
    "null": b"null",
    "no model_cfg": b"{}",
    "null model_cfg": b'{"model_cfg": null}',
    "no text": b'{"model_cfg": {"embed_dim": 16}}',
    "no UTF-8": b"\xff\xfe\x00",
    "nested too deep": b"[" * 100_000,
    "empty": b"",
}


@pytest.mark.parametrize("content", BROKEN_CONFIGS.values(), ids=BROKEN_CONFIGS)
def test_a_broken_config(folder: Path, content: bytes) -> None:
    (folder / CONFIG).write_bytes(content)
    assert "could not be loaded" in refused(folder)


def change_config(folder: Path, part: str, **fields: Any) -> None:
    """Replace fields of one part of the config: text_cfg, vision_cfg or preprocess_cfg."""
    written = json.loads((folder / CONFIG).read_text())
    inside = written if part == "preprocess_cfg" else written["model_cfg"]
    inside[part] |= fields
    (folder / CONFIG).write_text(json.dumps(written))


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("text_cfg", {"heads": 0}),
        ("text_cfg", {"vocab_size": 10**13}),
        ("text_cfg", {"no_such_field": 1}),
        ("text_cfg", {"context_length": -1}),
        ("text_cfg", {"tokenizer_kwargs": 1}),
        ("vision_cfg", {"patch_size": 0}),
        ("preprocess_cfg", {"mean": "grey"}),
    ],
    ids=str,
)
def test_a_config_that_cannot_be(folder: Path, part: str, fields: dict[str, Any]) -> None:
    change_config(folder, part, **fields)
    assert "could not be loaded" in refused(folder)


def lying_header(content: bytes) -> bytes:
    return (2**40).to_bytes(8, "little") + content[8:]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda content: content[:-100],
    "header alone": lambda content: content[:200],
    "empty": lambda content: b"",
    "lying about its header": lying_header,
    "a promise of more": lambda content: content.replace(b'"data_offsets":[0,', b'"data_offsets":[9,', 1),
    "another dtype": lambda content: content.replace(b'"F32"', b'"I64"', 1),
    "text": lambda content: b"not weights at all, though long enough to be read",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_weights(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    content = (folder / WEIGHTS).read_bytes()
    assert damage(content) != content
    (folder / WEIGHTS).write_bytes(damage(content))
    assert "could not be loaded" in refused(folder)


@pytest.mark.parametrize("fault", ["another shape", "one missing", "one too many", "none"])
def test_weights_of_another_model(folder: Path, fault: str) -> None:
    weights = load_file(folder / WEIGHTS)
    if fault == "another shape":
        weights["visual.proj"] = torch.zeros(3, 3)
    elif fault == "one missing":
        del weights["visual.proj"]
    elif fault == "one too many":
        weights["visual.extra"] = torch.zeros(3)
    else:
        weights = {}
    save_file(weights, folder / WEIGHTS)
    assert "could not be loaded" in refused(folder)


class Touches:
    """A pickle that makes a file when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


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
    sentence = refused(folder)
    assert not mark.exists()
    assert "weights_only" not in sentence, "torch's own text tells how to run it after all"
    pickle.loads((folder / name).read_bytes()) if form == "pickle" else torch.load(folder / name, weights_only=False)
    assert mark.exists(), "the pickle is harmless, so the test shows nothing"


def test_tensors_in_a_pickle_are_read(folder: Path) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / "open_clip_pytorch_model.bin")
    (folder / WEIGHTS).unlink()
    assert_is_seven(load(str(folder), find_run=no_run))


def test_a_tokenizer_that_would_run_code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """transformers runs Python files beside a tokenizer where the config says so, or else asks at the terminal."""
    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(folder / "cache"))
    mark = folder / "ran"
    (folder / "own.py").write_text(
        f"open({str(mark)!r}, 'w').close()\n"
        "from transformers import PreTrainedTokenizerFast\nclass Own(PreTrainedTokenizerFast): pass\n"
    )
    told = json.loads((folder / "tokenizer_config.json").read_text())
    told |= {"tokenizer_class": "Own", "auto_map": {"AutoTokenizer": ["own.Own", "own.Own"]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a question to whoever sits at the terminal"))
    for trusted in ({}, {"trust_remote_code": True}):
        change_config(folder, "text_cfg", tokenizer_kwargs=trusted)
        assert "custom code" in refused(folder)
        assert not mark.exists()
    open_clip.get_tokenizer(f"local-dir:{folder}")
    assert mark.exists(), "the tokenizer is harmless, so the test shows nothing"


@pytest.mark.parametrize(
    "gone", [("tokenizer.json",), ("tokenizer_config.json",), ("tokenizer.json", "tokenizer_config.json")]
)
def test_a_missing_tokenizer(folder: Path, gone: tuple[str, ...]) -> None:
    for name in gone:
        (folder / name).unlink()
    assert "could not be loaded" in refused(folder)


@pytest.mark.parametrize("content", [b"{", b"{}", b"\xff", b"[]"])
def test_a_broken_tokenizer(folder: Path, content: bytes) -> None:
    (folder / "tokenizer.json").write_bytes(content)
    assert "could not be loaded" in refused(folder)


def test_loading_leaves_logging_and_bars_alone(folder: Path) -> None:
    def state() -> tuple[Any, ...]:
        loggers = [logging.getLogger(name) for name in ("", "huggingface_hub", "transformers")]
        return [(each.level, list(each.handlers)) for each in loggers], are_progress_bars_disabled()

    before = state()
    load(str(folder), find_run=no_run)
    refused(folder.parent / "nothing")
    assert state() == before


def test_another_vocabulary_is_not_taken_for_ours(tmp_path: Path) -> None:
    words = (*GRAMMAR.words[:4], "dog")
    assert load(str(tiny_folder(tmp_path / "a", words=words)), find_run=no_run).words == words
    words = ("[PAD]", "[EOS]", "[BOS]", "[UNK]", "dog")
    assert load(str(tiny_folder(tmp_path / "b", words=words)), find_run=no_run).words is None


def test_the_device_is_one_that_works() -> None:
    assert torch.zeros(1, device=pick_device()).sum() == 0


def test_a_config_that_asks_for_a_billion_layers_is_refused_before_it_is_built(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "tiny")
    config = json.loads((folder / CONFIG).read_text())
    config["model_cfg"]["vision_cfg"]["layers"] = 10**9
    (folder / CONFIG).write_text(json.dumps(config))
    assert "its config says layers=1000000000, give a whole number from 1 to 256" in refused(f"local-dir:{folder}")


@pytest.mark.parametrize(
    ("part", "field", "value", "words"),
    [
        ("vision_cfg", "patch_size", 0, "its config says patch_size=0, give a whole number from 1 to 200000"),
        ("text_cfg", "heads", -1, "its config says heads=-1, give a whole number from 1"),
        ("preprocess_cfg", "std", [0.0, 0.0, 0.0], "give three numbers above 0 to 1000"),
    ],
)
def test_a_config_with_an_impossible_number_is_one_sentence(
    tmp_path: Path, part: str, field: str, value: Any, words: str
) -> None:
    folder = tiny_folder(tmp_path / "tiny")
    config = json.loads((folder / CONFIG).read_text())
    (config if part == "preprocess_cfg" else config["model_cfg"])[part][field] = value
    (folder / CONFIG).write_text(json.dumps(config))
    assert words in refused(f"local-dir:{folder}")
