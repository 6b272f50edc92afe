"""Checkpoints of open_clip's trainer, of OpenAI's format and of Transformers compute what their makers compute.

Transformers' classes take two seconds to import, for which the collection of faster tests does not wait.
"""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from explorer.clip import checked_files
from explorer.clip.checkpoints import write_snippet
from explorer.clip.open_clip_import import open_clip
from explorer.clip.zoo import load_clip
from tests.unit.clip.folders import Touches, no_run, notes_of, open_model, randomize_weights, refusal_of

WORDS = ("a", "red", "blue", "bus", "car", "and")
CAPTIONS = ["a red bus and a blue car", "a blue bus"]
SIZES = {"hidden_size": 32, "num_hidden_layers": 2}
VISION = SIZES | {"intermediate_size": 80, "num_attention_heads": 2, "image_size": 32, "patch_size": 8}
TEXT = SIZES | {"intermediate_size": 48, "num_attention_heads": 4, "vocab_size": 40, "max_position_embeddings": 12}
TEXT |= {"bos_token_id": 1, "pad_token_id": 0}


def write_tokenizer(folder: Path, *, end: int) -> None:
    """Words as tokens; the end of text has the id `end`, padding 0."""
    from transformers import PreTrainedTokenizerFast

    ids = {"[PAD]": 0, "[BOS]": 1, "[UNK]": 3 if end == 2 else 2, "[EOS]": end}
    free = (number for number in range(40) if number not in ids.values())
    ids |= {word: next(free) for word in WORDS}
    tokenizer = Tokenizer(WordLevel(ids, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[BOS] $A [EOS]", special_tokens=[("[BOS]", 1), ("[EOS]", end)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", bos_token="[BOS]", eos_token="[EOS]", unk_token="[UNK]"
    )
    fast.save_pretrained(folder)


def transformers_clip(text: dict[str, Any], vision: dict[str, Any], **options: int) -> Any:
    from transformers import CLIPConfig, CLIPModel

    return randomize_weights(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, **options)))


def clip_model(act: str, eos: int) -> Any:
    torch.manual_seed(3)
    text = TEXT | {"hidden_act": act, "eos_token_id": eos}
    return transformers_clip(text, VISION | {"hidden_act": act}, projection_dim=24)


def siglip_model() -> Any:
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(4)
    text = TEXT | {"eos_token_id": 2, "projection_size": 32}
    return randomize_weights(SiglipModel(SiglipConfig(text_config=text, vision_config=VISION)))


def save_model(model: Any, folder: Path, *, end: int = 5, **options: Any) -> Path:
    model.save_pretrained(folder, **options)
    write_tokenizer(folder, end=end)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Transformers CLIP with GELU that pools at the end of text."""
    return save_model(clip_model("gelu", 5), tmp_path / "given")


MADE: dict[str, tuple[Callable[[], Any], int]] = {
    "quick_gelu, highest token": (lambda: clip_model("quick_gelu", 2), 39),
    "gelu, end of text": (lambda: clip_model("gelu", 5), 5),
    "siglip": (siglip_model, 2),
}
"""Models of Transformers, with the end of text of their tokenizers."""


@pytest.mark.parametrize("kind", MADE)
def test_a_transformers_folder_computes_what_transformers_computes(kind: str, tmp_path: Path) -> None:
    make, end = MADE[kind]
    model = make()
    folder = save_model(model, tmp_path / "given", end=end)
    clip = load_clip(f"local-dir:{folder}", find_run_model=no_run, is_safe_only=True)
    ids, pixels = clip.ids(CAPTIONS), torch.randn(3, 3, 32, 32)
    with torch.inference_mode():
        theirs = model(input_ids=ids, pixel_values=pixels)
        seen = torch.nn.functional.normalize(clip.encode_pixels(pixels), dim=-1)
        texts = torch.nn.functional.normalize(clip.encode_ids(ids), dim=-1)
        logits = clip.model.logit_scale.exp() * seen @ texts.T
        logits = logits if clip.model.logit_bias is None else logits + clip.model.logit_bias
    torch.testing.assert_close(seen, theirs.image_embeds, atol=1e-4, rtol=0)
    torch.testing.assert_close(texts, theirs.text_embeds, atol=1e-4, rtol=0)
    torch.testing.assert_close(logits, theirs.logits_per_image, atol=1e-3, rtol=1e-4)
    assert not torch.allclose(texts[0], texts[1], atol=1e-3)
    assert sum(each.numel() for each in clip.model.parameters()) == sum(each.numel() for each in model.parameters())
    script = write_snippet(clip, ["a.png"], CAPTIONS)
    assert "AutoModel" in script and str(folder) in script
    compile(script, "snippet", "exec")
    assert "FOLDER" in write_snippet(clip, ["a.png"], CAPTIONS, hides_folder=True)


def test_a_fresh_siglip_has_a_zero_bias_and_is_read(tmp_path: Path) -> None:
    """Transformers begins with a bias of 0, which a file of open_clip with a gap would have too."""
    model = siglip_model()
    with torch.no_grad():
        model.logit_bias.zero_()
    assert float(open_model(save_model(model, tmp_path, end=2)).model.logit_bias.detach()) == 0


def test_pixels_of_a_folder(folder: Path) -> None:
    without = open_model(folder).preprocess
    assert (without["mean"], without["resize_mode"]) == (open_clip.OPENAI_DATASET_MEAN, "shortest")
    assert "no preprocessor file, so mean and deviation" in notes_of(folder)[0]
    from transformers import CLIPImageProcessor

    CLIPImageProcessor(
        size={"shortest_edge": 40}, crop_size={"height": 32, "width": 32}, image_mean=[0.1, 0.2, 0.3], resample=2
    ).save_pretrained(folder)
    preprocess = open_model(folder).preprocess
    assert (preprocess["mean"], preprocess["interpolation"]) == ((0.1, 0.2, 0.3), "bilinear")
    assert notes_of(folder)[0].startswith("The folder resizes pictures to 40 pixels and crops 32;")


@pytest.mark.slow
def test_openais_tokens_are_read_without_tokenizer_files(tmp_path: Path) -> None:
    text = TEXT | {"vocab_size": 49408, "max_position_embeddings": 16, "eos_token_id": 2}
    transformers_clip(text, VISION).save_pretrained(tmp_path)
    clip = open_model(tmp_path)
    assert torch.equal(clip.ids(CAPTIONS), open_clip.SimpleTokenizer(context_length=16)(CAPTIONS))
    assert clip.origin and any("captions are read by OpenAI's BPE" in note for note in clip.origin.notes)


def test_weights_in_several_files_and_in_a_pickle(folder: Path, tmp_path: Path) -> None:
    parts = save_model(clip_model("gelu", 5), tmp_path / "parts", max_shard_size="20KB")
    assert len(list(parts.glob("*.safetensors"))) > 1
    whole = folder / "model.safetensors"
    torch.save(load_file(whole), folder / "pytorch_model.bin")
    whole.unlink()
    for one, other in zip(open_model(parts).model.parameters(), open_model(folder).model.parameters(), strict=True):
        assert torch.equal(one, other)
    assert "only safetensors files are opened" in refusal_of(folder, is_safe_only=True)


def config_change(part: str = "", **fields: Any) -> Callable[[Path], Any]:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (config[part] if part else config).update(fields)
        (folder / "config.json").write_text(json.dumps(config))

    return change


def drop_weight(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights.pop("visual_projection.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


REFUSED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "another kind": (config_change(model_type="blip"), "is of a blip model; clip and siglip can be read"),
    "no kind": (lambda folder: (folder / "config.json").write_text("{}"), "is of a None model"),
    "no JSON": (lambda folder: (folder / "config.json").write_text("{"), "config.json is no JSON object"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "has no weights"),
    "one is missing": (drop_weight, "1 missing and 0 unknown (visual.proj)"),
    "no tokenizer": (
        lambda folder: (folder / "tokenizer.json").unlink(),
        "its 40 tokens are not the 49,408 of OpenAI's; put tokenizer.json beside config.json",
    ),
    "special tokens behind the vocabulary": (
        lambda folder: write_tokenizer(folder, end=40), "its tokenizer needs 41 tokens, but its text tower has only 40",
    ),
    "two activations": (
        config_change("vision_config", hidden_act="relu"), "its towers have the activations gelu and relu",
    ),
    "a billion layers": (
        config_change("text_config", num_hidden_layers=10**9),
        "its config says num_hidden_layers=1000000000, give a whole number from 1 to 256",
    ),
    "no heads": (
        config_change("vision_config", num_attention_heads=0),
        "its config says num_attention_heads=0, give a whole number from 1",
    ),
    "heads that do not divide": (
        config_change("text_config", num_attention_heads=5),
        "its config says num_attention_heads=5, give a divisor of hidden_size=32",
    ),
    "no patch": (
        config_change("vision_config", patch_size=0),
        "its config says patch_size=0, give a whole number from 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", REFUSED)
def test_a_folder_that_cannot_be_read_is_one_sentence(folder: Path, damage: str) -> None:
    act, words = REFUSED[damage]
    act(folder)
    assert words in refusal_of(folder)


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("part", ["text_config", "vision_config"])
def test_a_huge_number_is_refused_under_the_name_of_its_field(kind: str, part: str, tmp_path: Path) -> None:
    """Also where a model does not use it, and where it has more digits than Python reads."""
    save_model(MADE[kind][0](), tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    fields = [field for field, value in written[part].items() if type(value) in (int, float)]
    assert {"hidden_size", "layer_norm_eps", "attention_dropout"} <= set(fields)
    for field in fields:
        for number in ("1" + "0" * 30, "-1" + "0" * 30, "1e400", "1" + "0" * 5000):
            config = written | {part: written[part] | {field: "?"}}
            (tmp_path / "config.json").write_text(json.dumps(config).replace('"?"', number))
            assert f"its config says {field}=" in refusal_of(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(written | {part: 5}))
    assert f"its config says {part}=5, give an object" in refusal_of(tmp_path)


SMALL = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8, "head_width": 64},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2},
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An architecture that open_clip knows as `small-32`, next to `wide-32`."""
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "small-32", SMALL)
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "wide-32", SMALL | {"embed_dim": 32})
    torch.manual_seed(5)
    return randomize_weights(open_clip.CLIP(**json.loads(json.dumps(SMALL))))


@pytest.mark.slow
def test_a_checkpoint_of_open_clips_trainer(tmp_path: Path, small: Any) -> None:
    """As its main.py saves it: epoch, name, weights of a wrapped model, and the state of the optimizer."""
    weights = {f"module._orig_mod.{name}": each for name, each in small.state_dict().items()}
    optimizer = torch.optim.AdamW(small.parameters()).state_dict()
    file = tmp_path / "epoch_3.pt"
    torch.save({"epoch": 3, "name": "run", "state_dict": weights, "optimizer": optimizer}, file)
    clip = open_model(f"small-32:{file}")
    assert all(torch.equal(each, small.state_dict()[name]) for name, each in clip.model.state_dict().items())
    assert clip.name == f"small-32:{file}" and clip.preprocess["mean"] == open_clip.OPENAI_DATASET_MEAN


@pytest.mark.slow
def test_openais_format_names_its_own_architecture(tmp_path: Path) -> None:
    """In half precision, as OpenAI's files are; its numbers are compared where `score` opens it."""
    model, file = open_clip.CLIP(**json.loads(json.dumps(SMALL | {"quick_gelu": True}))), tmp_path / "ViT-tiny.pt"
    sizes = {"input_resolution": 32, "context_length": 77, "vocab_size": 49408}
    half = {name: each.half() for name, each in model.state_dict().items()}
    torch.save(half | {name: torch.tensor(each) for name, each in sizes.items()}, file)
    clip = open_model(file)
    assert clip.config and clip.config["quick_gelu"] and clip.config["vision_cfg"]["patch_size"] == 8
    assert "OpenAI's format" in notes_of(file)[0]
    assert clip.image_size == 32 and clip.preprocess["resize_mode"] == "shortest"


@pytest.mark.slow
def test_a_small_file_makes_no_large_model(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers that share one place, names without numbers, a config, and numbers that are packed."""
    model, file = open_clip.CLIP(**json.loads(json.dumps(SMALL))), tmp_path / "ViT-tiny.pt"
    sizes = {"input_resolution": 32, "context_length": 77, "vocab_size": 49408}
    whole = model.state_dict() | {name: torch.tensor(each) for name, each in sizes.items()}
    wide = whole | {"token_embedding.weight": torch.zeros(()).expand(10**8, 64)}
    deep = whole | {f"transformer.resblocks.{number}.ln_1.weight": torch.zeros(1) for number in range(500)}
    for weights in (wide, deep):
        torch.save(weights, file)
        assert "it asks for" in refusal_of(file) and "numbers, and its weights are" in refusal_of(file)
    config_change("text_config", vocab_size=2_000_000)(folder)
    assert "it asks for" in refusal_of(folder)
    monkeypatch.setattr(checked_files, "MAX_HEADER_BYTES", 1_000_000)
    torch.save(whole, file)
    with zipfile.ZipFile(file) as loose, zipfile.ZipFile(tmp_path / "x.pt", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in loose.namelist():
            packed.writestr(name, loose.read(name))
    assert "its weights are packed" in refusal_of(tmp_path / "x.pt")


def test_a_file_that_cannot_be_read_says_the_next_step(tmp_path: Path, small: Any) -> None:
    file = tmp_path / "epoch_1.pt"
    torch.save({"state_dict": small.state_dict()}, file)
    assert "it names no architecture; add it, as in ARCH:epoch_1.pt" in refusal_of(file)
    assert "open_clip has no architecture ViT-B-3; similar ones are ViT-B-32" in refusal_of(f"ViT-B-3:{file}")
    assert "its weights are not those of wide-32. The shapes of its weights fit small-32" in refusal_of(
        f"wide-32:{file}"
    )
    assert "there is no file" in refusal_of(f"small-32:{tmp_path / 'gone.pt'}")
    assert "opened only by a command" in refusal_of(f"small-32:{file}", is_safe_only=True)
    torch.save({"epoch": 3}, file)
    assert "holds no weights" in refusal_of(f"small-32:{file}")
    torch.save({"vision_model.x": torch.zeros(1)}, file)
    assert "give the folder with its config.json" in refusal_of(f"small-32:{file}")
    file.write_bytes(b"nothing")
    assert "save only the weights" in refusal_of(f"small-32:{file}")


class Hostile(torch.nn.Module):
    """An archive of TorchScript that writes a file when torch loads it."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self.mark = mark
        self.register_buffer("weights", torch.zeros(3))

    @torch.jit.export
    def __getstate__(self) -> tuple[torch.Tensor, str, bool]:
        return self.weights, self.mark, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[torch.Tensor, str, bool]) -> None:
        self.weights, self.mark, self.training = state[0], state[1], state[2]
        torch.save(self.weights, self.mark)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_an_archive_of_torchscript_runs_no_code(tmp_path: Path) -> None:
    file, mark = tmp_path / "x.pt", tmp_path / "ran"
    torch.jit.save(torch.jit.script(Hostile(str(mark))), str(file))
    mark.unlink(missing_ok=True)
    assert "no code of a file is run" in refusal_of(file)
    assert not mark.exists()
    torch.jit.load(str(file))
    assert mark.exists(), "the archive is harmless, so the test shows nothing"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ARCH:FILE", "folder", "Transformers"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_file_larger_than_any_clip_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Any, kind: str, is_packed: bool
) -> None:
    """A pickle on one's own computer too, and an archive that unpacks to so much."""
    file = tmp_path / ("pytorch_model.bin" if kind == "Transformers" else "epoch_1.pt")
    torch.save(small.state_dict(), file)
    if kind == "folder":
        (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": SMALL, "preprocess_cfg": {}}))
    if kind == "Transformers":
        clip_model("gelu", 5).config.save_pretrained(tmp_path)
    if is_packed:
        with zipfile.ZipFile(file) as loose, zipfile.ZipFile(tmp_path / "packed", "w", zipfile.ZIP_DEFLATED) as packed:
            for name in loose.namelist():
                packed.writestr(name, bytes(len(loose.read(name))))
        (tmp_path / "packed").rename(file)
    monkeypatch.setattr(checked_files, "MAX_WEIGHT_BYTES", 2 * small.state_dict()["token_embedding.weight"].nbytes // 3)
    assert file.stat().st_size > checked_files.MAX_WEIGHT_BYTES or is_packed
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("opened"))
    assert "bytes, the most is" in refusal_of(f"small-32:{file}" if kind == "ARCH:FILE" else tmp_path)


def test_the_shapes_of_weights_name_the_architectures_that_fit(tmp_path: Path) -> None:
    """Only shapes are looked at, so the numbers take no room."""
    with torch.device("meta"):
        shapes = open_clip.CLIP(**open_clip.get_model_config("ViT-B-32")).state_dict()
    weights = {name: torch.zeros((), dtype=torch.bfloat16).expand(each.shape) for name, each in shapes.items()}
    file = tmp_path / "some.pt"
    torch.save(weights, file)
    assert "The shapes of its weights fit ViT-B-32" in refusal_of(file)


def test_a_checkpoint_runs_no_code(tmp_path: Path, small: Any) -> None:
    mark, file = tmp_path / "ran", tmp_path / "epoch_1.pt"
    torch.save({"state_dict": small.state_dict(), "args": Touches(mark)}, file)
    assert "no code of a file is run" in refusal_of(f"small-32:{file}") and not mark.exists()
