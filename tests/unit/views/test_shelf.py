"""Every kind of weights that README names is opened by its name in `score`, and answers as its source model does.

Each is made tiny here. The source reads the same picture, of the size that the model takes, and the same captions.
"""

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    PreTrainedTokenizerFast,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
)

from explorer.cli import main
from explorer.clip.names import PretrainedWeights, pretrained_models
from explorer.clip.open_clip_import import open_clip
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views import asked_models
from explorer.views.registry import entries
from explorer.views.service import Service
from explorer.world.worlds import WORLDS
from tests.unit.clip.folders import randomize_weights
from tests.unit.clip.hub_server import HubServer
from tests.unit.toys import slow, tiny_clip, tiny_folder, tiny_spec

README = Path(__file__).parents[3] / "README.md"
CAPTIONS = ["a red bus and a blue car", "a blue bus and a red car", "a bus"]
SIZE = 32
SMALL = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": SIZE, "layers": 2, "width": 64, "patch_size": 8, "head_width": 64},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2},
}
Source = Callable[[Image.Image, list[str]], tuple[torch.Tensor, torch.Tensor]]
"""The features of one picture and of captions, by the library that made the model."""


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where weights lie: a folder, a hub without repositories, a store of runs, and what to patch."""

    folder: Path
    hub: HubServer
    store: RunStore
    patch: pytest.MonkeyPatch


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: HubServer) -> Shelf:
    asked_models.MODEL_CACHE.clear()
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "small-32", SMALL)
    (tmp_path / "given").mkdir()
    return Shelf(folder=tmp_path / "given", hub=hub, store=RunStore(tmp_path / "runs"), patch=monkeypatch)


def small(*, quick_gelu: bool = False, **pixels: Any) -> tuple[Any, Source]:
    """A model of open_clip, and how open_clip asks it."""
    torch.manual_seed(5)
    model = randomize_weights(open_clip.CLIP(**json.loads(json.dumps(SMALL | {"quick_gelu": quick_gelu}))))
    see = open_clip.image_transform(SIZE, is_train=False, **pixels)
    read = open_clip.SimpleTokenizer(context_length=77)
    return model, lambda picture, captions: (model.encode_image(see(picture)[None]), model.encode_text(read(captions)))


# ---- What README names: the row of its table, the weights as such a file or folder, and the name that opens them


def trainers_checkpoint(shelf: Shelf) -> tuple[str, Source]:
    """As its main.py saves it: epoch, name, weights of a wrapped model, and the state of the optimizer."""
    model, source = small()
    weights = {f"module.{name}": each for name, each in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters()).state_dict()
    file = shelf.folder / "epoch_32.pt"
    torch.save({"epoch": 32, "name": "run", "state_dict": weights, "optimizer": optimizer}, file)
    return f"small-32:{file}", source


def transformers_folder(shelf: Shelf, model: Any, processor: Any) -> tuple[str, Source]:
    ids = {"[PAD]": 0, "[BOS]": 1, "[UNK]": 3, "[EOS]": 2} | {
        word: 4 + i for i, word in enumerate("a red bus and blue car".split())
    }
    made = Tokenizer(WordLevel(ids, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    made.post_processor = TemplateProcessing(single="[BOS] $A [EOS]", special_tokens=[("[BOS]", 1), ("[EOS]", 2)])
    special = {"pad_token": "[PAD]", "bos_token": "[BOS]", "eos_token": "[EOS]", "unk_token": "[UNK]"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, **special)
    for each in (model, tokenizer, processor):
        each.save_pretrained(shelf.folder)

    def source(picture: Image.Image, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        pixels = processor(images=picture, return_tensors="pt")["pixel_values"]
        tokens = tokenizer(captions, padding="max_length", max_length=12, return_tensors="pt")["input_ids"]
        output = model(input_ids=tokens, pixel_values=pixels)
        return output.image_embeds, output.text_embeds

    return str(shelf.folder), source


TEXT = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 40}
TEXT |= {"max_position_embeddings": 12, "eos_token_id": 2, "bos_token_id": 1, "pad_token_id": 0}
VISION = {"hidden_size": 32, "intermediate_size": 80, "num_hidden_layers": 2, "num_attention_heads": 2}
VISION |= {"image_size": SIZE, "patch_size": 8}


def transformers_clip(shelf: Shelf) -> tuple[str, Source]:
    torch.manual_seed(3)
    config = CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=24)
    sizes = {"size": {"shortest_edge": SIZE}, "crop_size": {"height": SIZE, "width": SIZE}}
    return transformers_folder(shelf, randomize_weights(CLIPModel(config)), CLIPImageProcessor(**sizes))


def transformers_siglip(shelf: Shelf) -> tuple[str, Source]:
    torch.manual_seed(4)
    config = SiglipConfig(text_config=TEXT | {"projection_size": 32}, vision_config=VISION)
    processor = SiglipImageProcessor(size={"height": SIZE, "width": SIZE})
    return transformers_folder(shelf, randomize_weights(SiglipModel(config)), processor)


def open_clip_folder(shelf: Shelf) -> tuple[str, Source]:
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.6, 0.7)
    model, source = small(mean=mean, std=std)
    about = {"model_cfg": SMALL, "preprocess_cfg": {"mean": mean, "std": std}}
    (shelf.folder / "open_clip_config.json").write_text(json.dumps(about))
    save_file(model.state_dict(), shelf.folder / "open_clip_model.safetensors")
    return str(shelf.folder), source


OPENAIS = {"input_resolution": SIZE, "context_length": 77, "vocab_size": 49408}


def openais_state(shelf: Shelf) -> tuple[str, Source]:
    model, source = small(quick_gelu=True)
    file = shelf.folder / "ViT-B-32.pt"
    torch.save(model.state_dict() | {name: torch.tensor(each) for name, each in OPENAIS.items()}, file)
    return str(file), source


class Script(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def openais_script(shelf: Shelf) -> tuple[str, Source]:
    model, source = small(quick_gelu=True)
    script, file = Script(), shelf.folder / "ViT-B-32.pt"
    for name, each in (model.state_dict() | {name: torch.tensor(each) for name, each in OPENAIS.items()}).items():
        place: Any = script
        *parts, last = name.split(".")
        for part in parts:
            if not hasattr(place, part):
                place.add_module(part, Script())
            place = getattr(place, part)
        place.register_buffer(last, each)
    with pytest.warns((DeprecationWarning, FutureWarning), match=r"torch\.jit"):  # by torch version
        torch.jit.save(torch.jit.script(script), str(file))
    return str(file), source


def of_the_hub(shelf: Shelf) -> tuple[str, Source]:
    _, source = open_clip_folder(shelf)
    shelf.hub.repositories["toys/made"] = shelf.folder
    return "hf-hub:toys/made", source


def name_of_open_clip(shelf: Shelf) -> tuple[str, Source]:
    model, source = small(quick_gelu=True, mean=(0.1, 0.2, 0.3), std=(0.5, 0.5, 0.5))
    save_file(model.state_dict(), shelf.folder / "open_clip_model.safetensors")
    shelf.hub.repositories["toys/tagged"] = shelf.folder
    entry = {"hf_hub": "toys/tagged/", "url": "", "quick_gelu": True, "mean": (0.1, 0.2, 0.3), "std": (0.5, 0.5, 0.5)}
    shelf.patch.setitem(open_clip.pretrained._PRETRAINED, "small-32", {"made": entry})
    files = ("open_clip_model.safetensors",)
    listed = PretrainedWeights(parameters=None, repository="toys/tagged", files=files, quick_gelu=True)
    shelf.patch.setitem(pretrained_models(), "small-32/made", listed)
    return "small-32/made", source


def run_of_this_project(shelf: Shelf) -> tuple[str, Source]:
    run, clip = shelf.store.create(tiny_spec()), tiny_clip(seed=7)
    tiny_folder(run.model, seed=7)
    clip.model.eval()

    def source(picture: Image.Image, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        pixels = torch.from_numpy(np.asarray(picture).transpose(2, 0, 1)[None].copy())
        return clip.encode_images(pixels), clip.encode_ids(clip.ids(captions))

    return run.run, source


ROWS: dict[str, tuple[Callable[[Shelf], tuple[str, Source]], ...]] = {
    "a checkpoint of open_clip's trainer": (trainers_checkpoint,),
    "a folder of Transformers (`CLIPModel`, `SiglipModel`) or open_clip": (
        transformers_clip, transformers_siglip, open_clip_folder,
    ),
    "a file in OpenAI's format": (openais_state, openais_script),
    "a model on the Hub, or a name of open_clip": (of_the_hub, name_of_open_clip),
    "a run of this project": (run_of_this_project,),
}  # fmt: skip
"""Rows of README's table of what one has and may write."""


def test_each_row_of_readme_is_tried() -> None:
    table = README.read_text(encoding="utf-8").partition("| you have | write |\n|---|---|\n")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (.*?) \|", table, re.MULTILINE) == list(ROWS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [make if number == 0 else slow(make) for makes in ROWS.values() for number, make in enumerate(makes)],
    ids=lambda make: make.__name__,
)
def test_a_model_is_opened_by_its_name_and_answers_as_its_source(
    make: Callable[[Shelf], tuple[str, Source]], shelf: Shelf
) -> None:
    name, source = make(shelf)
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8))
    with torch.inference_mode():
        seen, said = (torch.nn.functional.normalize(each, dim=-1) for each in source(picture, CAPTIONS))
    expected = (seen @ said.T)[0].tolist()
    file = io.BytesIO()
    picture.save(file, "PNG")
    asked = {"images": ["data:image/png;base64," + base64.b64encode(file.getvalue()).decode()], "captions": CAPTIONS}
    *_, answer = entries()["score"].answer(Service(store=shelf.store, settings=LOCAL), {"model": name, **asked})
    assert answer["model"] == name and answer["cosine"][0] == pytest.approx(expected, abs=1e-4)
    assert len(set(expected)) == len(CAPTIONS), "the captions have to be told apart"


@pytest.mark.slow
def test_random_weights_are_not_reassured(shelf: Shelf, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A picture may be told right by luck, beyond word order too: the sentence says that it is an example."""
    (name, _), pairs = trainers_checkpoint(shelf), binding_pairs(WORLDS["things"])
    told = []
    for number, pixels in enumerate(pairs.images(SIZE)[::2]):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(tmp_path / "scene.png")
        captions = [f"--caption={each}" for each in pairs.texts[2 * number : 2 * number + 2]]
        main(["score", name, "--image", str(tmp_path / "scene.png"), *captions, "--json"])
        document = json.loads(capsys.readouterr().out)
        assert document["order_free"]["orders"] == 12
        assert document["verdict"].endswith("`leaderboard` asks models about many scenes.")
        told += document["verdicts"]
    assert any("one picture proves nothing" in each for each in told), "the lucky ones are what this is about"
    main(["leaderboard", name, "--count", "200", "--json"])
    assert json.loads(capsys.readouterr().out)["rows"][0]["verdict"] == "at chance"
