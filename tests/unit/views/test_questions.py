"""The endpoints `models` and `score`: what they answer, and what a browser may not ask for."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from explorer.api import models, score
from explorer.clip.names import shipped_names
from explorer.codec import decode, encode
from explorer.errors import UserError
from explorer.evaluation.user_probe import ScoredPictures
from explorer.runs.store import RunFolder, RunStore
from explorer.views import questions
from explorer.views.questions import MOST_CAPTIONS, MOST_IMAGES, load_model, question_of, score_pictures
from tests.unit.toys import CAPTIONS, tiny_clip, tiny_folder, tiny_spec

WEIGHTS = "open_clip_model.safetensors"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run with a model, in the store of this server."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("HOST", raising=False)
    questions.MODELS.clear()
    folder = RunStore(tmp_path / "runs").create(tiny_spec())
    tiny_folder(folder.model, seed=1)
    return folder


@pytest.fixture
def shared(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """The same on a server that others use."""
    monkeypatch.setenv("HOST", "0.0.0.0")
    return run


def uri(seed: int = 0, **options: Any) -> str:
    values = np.random.default_rng(seed).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG" if options else "PNG", **options)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def test_the_list_has_shipped_models_runs_and_pretrained_ones(run: RunFolder) -> None:
    found = models("")
    assert [model["name"] for model in found if model["kind"] == "shipped"] == list(shipped_names())
    assert [model["name"] for model in found if model["kind"] == "run"] == [run.run]
    assert {"name", "kind", "parameters", "bytes", "on_disk"} == set(found[0])
    assert [model["name"] for model in models("b-32-quickgelu openai")] == ["ViT-B-32-quickgelu/openai"]
    with pytest.raises(UserError, match="search="):
        models("x" * 101)


def test_a_run_scores_pictures(run: RunFolder) -> None:
    found = score(run.run, [uri(0), uri(1)], [CAPTIONS[0], f"  {CAPTIONS[1]} "])
    assert np.shape(found["cosine"]) == (2, 2) and found["captions"] == [CAPTIONS[0], CAPTIONS[1]]
    assert found["images"] == ["image-1.png", "image-2.png"] and str(run.model) in found["snippet"]
    assert {"torch", "open_clip_torch"} <= set(found["versions"]) and found["device"].startswith("c")
    assert score(run.run, [uri(0), uri(1)], ["a\nred  bus ", CAPTIONS[1]])["captions"] == ["a red bus", CAPTIONS[1]]


def test_a_run_that_has_trained_on_is_read_anew(run: RunFolder) -> None:
    before = score(run.run, [uri()], [CAPTIONS[0]])["cosine"]
    save_file(tiny_clip(seed=2).model.state_dict(), run.model / WEIGHTS)
    assert score(run.run, [uri()], [CAPTIONS[0]])["cosine"] != before


def test_a_picture_with_a_tag_that_turns_it_is_told(run: RunFolder) -> None:
    exif = Image.Exif()
    exif[274] = 6
    found = score(run.run, [uri(), uri(exif=exif)], ["a"])
    assert found["warnings"] == ["image-2.png is turned by a tag in its file, which open_clip ignores."]


def test_a_shared_server_scores_its_runs_and_tells_no_folder(shared: RunFolder) -> None:
    found = score(shared.run, [uri()], [CAPTIONS[0]])
    assert str(shared.path.parent) not in json.dumps(found) and "local-dir:FOLDER" in found["snippet"]
    # Runs are known by their link, as elsewhere on the page.
    assert [model["name"] for model in models("")] == list(shipped_names())


@pytest.mark.parametrize("form", ["local-dir:{0}", "{0}", "hf-hub:a/b", "ViT-B-32/openai", "nothing", ""])
def test_a_shared_server_opens_nothing_else(shared: RunFolder, form: str) -> None:
    with pytest.raises(UserError, match="choose a shipped model or a run"):
        score(form.format(shared.model), [uri()], ["a"])


def test_one_s_own_computer_opens_what_lies_there_and_of_a_run_safetensors_alone(
    run: RunFolder, tmp_path: Path
) -> None:
    """A person put the folder there; a run may have come as a zip of somebody's."""
    folder = tiny_folder(tmp_path / "other")
    found = score(str(folder), [uri()], ["a"])
    assert found["model"] == str(folder)
    import torch

    for each in (folder, run.model):
        torch.save(load_file(each / WEIGHTS), each / "open_clip_pytorch_model.bin")
        (each / WEIGHTS).unlink()
    assert score(str(folder), [uri()], ["a"])["cosine"][0] == pytest.approx(found["cosine"][0])
    with pytest.raises(UserError, match="only safetensors"):
        score(run.run, [uri()], ["a"])


ASKED: dict[str, tuple[Any, Any, Any, str]] = {
    "a number": (5, ["x"], ["a"], "model=5"),
    "no model": ("nothing-here", ["x"], ["a"], "no such model"),
    "no picture": ("M", [], ["a"], "images: give 1 to 16"),
    "too many": ("M", ["x"] * (MOST_IMAGES + 1), ["a"], "images: give 1 to 16"),
    "pictures that are none": ("M", "data:image/png;base64,AAAA", ["a"], "images: give 1 to 16"),
    "too large": ("M", ["x" * 70_000_000], ["a"], "at most 64 MB"),
    "a path": ("M", ["/etc/passwd"], ["a"], r"images\[0\]"),
    "no image inside": ("M", ["data:image/png;base64,AAAA"], ["a"], r"images\[0\]: it is no picture"),
    "no caption": ("M", ["x"], [], "captions: give 1 to 32"),
    "one text": ("M", ["x"], "a", "captions: give 1 to 32"),
    "too many captions": ("M", ["x"], ["a"] * (MOST_CAPTIONS + 1), "captions: give 1 to 32"),
    "a long caption": ("M", ["x"], ["a", "a" * 301], "^caption 2: give a text of 1 to 300 characters, not aaa"),
    "an empty caption": ("M", ["x"], [" "], "^caption 1: give a text .* not an empty one"),
    "no text": ("M", ["x"], [None], "^caption 1: give a text .* not an empty one"),
}


@pytest.mark.parametrize("case", ASKED)
def test_bad_input_is_one_sentence(case: str, run: RunFolder) -> None:
    model, images, captions, words = ASKED[case]
    with pytest.raises(UserError, match=words) as caught:
        score(run.run if model == "M" else model, images, captions)
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


GOLDEN = Path(__file__).with_name("score_document.json")
"""Document of `score` without what differs between computers; the numbers are compared with a tolerance."""


def test_the_document_keeps_its_keys_and_values(run: RunFolder) -> None:
    files = {f"image {seed}": base64.b64decode(uri(seed).partition(",")[2]) for seed in range(2)}
    captions = ["a red bus and a blue car", "a blue bus and a red car", "a red bus and a red car"]
    clip = load_model(run.run, store=RunStore(run.path.parent), only_safe=True)
    scored = score_pictures(clip, question_of(files, ["0.png", "1.png"], captions), hide_folder=True, mapped=2)
    found = json.loads(json.dumps(encode(scored)))
    assert encode(decode(ScoredPictures, found)) == found
    assert found["model"] == run.run and [each[:23] for each in found["relevance"]["seen"]] == [JPEG, JPEG]
    assert list(found["versions"])[:2] == ["python", "torch"] and "local-dir:FOLDER" in found["snippet"]
    found["relevance"]["seen"], found["model"] = [JPEG, JPEG], "a run"
    found |= {"device": "a device", "versions": {}, "snippet": "a script"}
    assert_alike(found, json.loads(GOLDEN.read_text()))


JPEG = "data:image/jpeg;base64,"


def assert_alike(found: Any, kept: Any) -> None:
    """The same keys, and the same values, numbers within a tolerance."""
    if isinstance(kept, dict):
        assert found.keys() == kept.keys()
        for key, each in kept.items():
            assert_alike(found[key], each)
    elif isinstance(kept, list):
        assert len(found) == len(kept)
        for one, other in zip(found, kept, strict=True):
            assert_alike(one, other)
    else:
        assert found == (pytest.approx(kept, abs=1e-3) if isinstance(kept, float) else kept)
