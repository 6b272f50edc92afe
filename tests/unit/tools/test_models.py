"""The commands `models` and `score` on a tiny run, for people and as JSON; bad input is one sentence."""

import json
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from explorer.errors import UserError
from explorer.runs.store import RunStore
from explorer.tools.asking import with_swaps
from explorer.views import questions as probing
from tests.unit.tools.conftest import Shell
from tests.unit.toys import CAPTIONS, tiny_config, tiny_folder, tiny_spec


@pytest.fixture
def run(tmp_path: Path) -> str:
    """The id of a run with a model; two pictures lie where the command starts."""
    probing.MODELS.clear()
    for number in range(2):
        values = np.random.default_rng(number).integers(0, 256, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(values).save(f"{number}.png")
    folder = RunStore(tmp_path / "runs").create(tiny_spec())
    tiny_folder(folder.model)
    return folder.run


def test_a_checkpoint_of_a_named_architecture(run: str, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny_config()
    text = {key: value for key, value in config["text_cfg"].items() if key != "hf_tokenizer_name"}
    config |= {"text_cfg": text | {"vocab_size": 49408, "context_length": 77, "pool_type": "argmax"}}
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "toy", config)
    weights = open_clip.CLIP(**config).state_dict()
    torch.save({"epoch": 1, "state_dict": {f"module.{name}": each for name, each in weights.items()}}, "epoch_1.pt")
    asked = ["--image", "0.png", "--caption", CAPTIONS[0], CAPTIONS[1], "--json"]
    status, out, _ = shell("score", "toy", "--weights", "epoch_1.pt", *asked)
    document = json.loads(out)
    assert status == 0 and document["model"] == "toy:epoch_1.pt"
    status, out, _ = shell("score", "toy:epoch_1.pt", *asked)
    assert json.loads(out)["cosine"] == document["cosine"]
    for command in ("evaluate", "inside", "bias"):
        status, _, err = shell(command, "toy", "--weights", "gone.pt")
        assert status == 2 and "there is no file gone.pt" in err and err.count("\n") == 1
    status, _, err = shell("score", run, "--weights", "epoch_1.pt", *asked)
    assert status == 2 and "open_clip has no architecture" in err
    status, _, err = shell("score", "ViT-B-32/openai", "--weights", "epoch_1.pt", *asked)
    assert status == 2 and "MODEL is then the name of an architecture" in err


def test_the_same_picture_twice_one_caption_and_no_swap(run: str, shell: Shell) -> None:
    status, out, _ = shell("score", run, "--image", "0.png", "0.png", "--caption", "a zebra")
    lines = out.splitlines()
    assert status == 0 and lines[3] == lines[4] and not any(line.startswith("margin") for line in lines)
    assert any(line.startswith("warnings: Caption 1 has words") for line in lines)
    _, out, _ = shell("score", run, "--image", "0.png", "--caption", "a bus", "--swaps")
    assert "No attributes were found" in out


def test_swaps_are_made_within_the_limits(run: str, shell: Shell) -> None:
    colors = ("red", "blue", "green", "black", "white", "pink", "gray", "brown", "yellow", "orange")
    many = " and ".join(
        f"a {color} {noun}"
        for color, noun in zip(colors, "bus cat dog car cup key fish bird tree hat".split(), strict=True)
    )
    status, _, err = shell("score", run, "--image", "0.png", "--caption", many, "--swaps")
    assert status == 2 and "makes 46 captions" in err
    asked = ["a red bus and a blue cat", "a blue bus and a red cat"]
    assert with_swaps(asked) == asked
    with pytest.raises(UserError, match="^caption"):
        with_swaps([""])


def test_maps_as_a_picture_and_as_json(run: str, shell: Shell) -> None:
    asked = ["score", run, "--image", "0.png", "1.png", "--caption", CAPTIONS[0], CAPTIONS[2], "--relevance"]
    status, out, _ = shell(*asked, "maps.png", "--json")
    found = json.loads(out)["relevance"]
    assert status == 0 and np.allclose(np.sum(found["maps"], axis=(2, 3)), 1, atol=1e-3) and "seen" not in found
    with Image.open("maps.png") as sheet:
        # Two pictures, each with what was seen and two maps.
        assert sheet.format == "PNG" and sheet.width > 3 * 200 and sheet.height > 2 * 200
        colors = np.asarray(sheet.convert("RGB")).reshape(-1, 3)
        assert len(np.unique(colors, axis=0)) > 50
    status, out, _ = shell(*asked, "maps.json")
    assert status == 0 and "verdict: " in out
    kept = json.loads(Path("maps.json").read_text())
    assert kept["relevance"]["maps"] == found["maps"] and kept["captions"] == [CAPTIONS[0], CAPTIONS[2]]
