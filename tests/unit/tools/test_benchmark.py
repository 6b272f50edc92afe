"""`python -m explorer benchmark` from its arguments to a table, a document, or one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.evaluation.embed import embed_set
from explorer.evaluation.report import score_metrics, summarize_scores
from explorer.evaluation.sets import make_canonical_set
from explorer.world.grammar import Grammar
from explorer.world.worlds import WORLDS
from tests.unit.evaluation.benchmarks import published
from tests.unit.tools.conftest import Shell
from tests.unit.toys import tiny_clip, tiny_folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_folder(tmp_path_factory.mktemp("model") / "tiny")


def test_a_document_and_its_files(tmp_path: Path, model: Path, shell: Shell) -> None:
    file = published.write_pairs(tmp_path / "data", 8, 5)
    out = tmp_path / "out"
    status, printed, log = shell("benchmark", "pairs", file, "--model", model, "--out", out, "--json")
    assert (status, log) == (0, "")
    document = json.loads(printed)
    assert document == json.loads((out / "result.json").read_text())
    assert document["model"] == str(model) and document["n"] == 8
    assert {"torch", "open_clip_torch", "torchvision", "pillow"} <= set(document["versions"])
    assert (out / "items.parquet").is_file()
    status, printed, _ = shell("benchmark", "pairs", file, "--model", model, "--out", out, "--resume", "--json")
    assert status == 0 and json.loads(printed)["accuracy"] == document["accuracy"]


def test_photographs_score_as_the_scenes_that_they_show(tmp_path: Path, shell: Shell) -> None:
    """Scenes of `fashion`, saved as pictures in a published format: the report's scores, by two ways apart."""
    world = WORLDS["fashion"]
    model = tiny_folder(tmp_path / "tiny", words=Grammar(world).words)
    clip, photographs = (
        tiny_clip(words=Grammar(world).words),
        make_canonical_set(world, seed=0, count=60),
    )
    features = embed_set(clip, Grammar(world), photographs)
    expected = summarize_scores(photographs, features, score_metrics(photographs, features))
    folder = published.write_photographs(tmp_path / "photographs", photographs, clip.image_size)
    status, printed, log = shell("benchmark", "colorswap", folder, "--model", model, "--json")
    document = json.loads(printed)
    assert (status, log, document["missing"], document["warnings"]) == (0, "", 0, [])
    assert document["n"] == expected["group_score"].n > 50 and [each["group"] for each in document["groups"]] == [
        "fashion"
    ]
    for name in ("text_score", "image_score", "group_score"):
        assert document[name]["value"] == pytest.approx(expected[name].value), name
    assert document["margin"]["value"] != 0 and document["theirs"]["value"] is not None


def test_any_table(tmp_path: Path, model: Path, shell: Shell) -> None:
    """The same items as pairs and as a table with columns of other names have the same figures."""
    file = published.write_pairs(tmp_path, 8, 5)
    other = tmp_path / "mine.csv"
    other.write_text(file.read_text().replace("image,caption,negative_caption,group", "file,true,false,type"))
    _, printed, _ = shell("benchmark", "pairs", file, "--model", model, "--json")
    columns = "image=file,caption=true,negative=false,group=type"
    status, of_table, log = shell("benchmark", "table", other, "--model", model, "--columns", columns, "--json")
    assert (status, log) == (0, "")
    first, second = json.loads(printed), json.loads(of_table)
    assert second["benchmark"] == "table" and first["groups"] == second["groups"] and first["blind"] == second["blind"]
    _, printed, _ = shell("benchmark", "table", other, "--model", model, "--columns", columns)
    assert "blind:" in printed and "longer_caption" in printed


def test_without_a_model_only_the_file_is_looked_at(tmp_path: Path, shell: Shell) -> None:
    """No picture exists. Swapped captions hold the same words, and captions of one length say nothing."""
    file = published.write_pairs(tmp_path, 8, 5)
    for picture in tmp_path.glob("*.png"):
        picture.unlink()
    status, printed, log = shell("benchmark", "pairs", file, "--json")
    assert (status, log) == (0, "")
    document = json.loads(printed)
    assert document["n"] == 8 and document["ceiling"] == {"value": 0.5, "theirs": None, "same_words": 8}
    assert document["blind"]["shorter_caption"]["value"] == 0.5 and "accuracy" not in document
    assert [each["n"] for each in document["groups"]] == [4, 4]
    status, printed, _ = shell("benchmark", "pairs", file)
    assert status == 0 and "longer_caption" in printed
    line = "0.png,a red bus,a blue bus and a car"
    file.write_text("image,caption,negative_caption\n" + "".join(line.replace("0", str(k)) + "\n" for k in range(9)))
    _, printed, _ = shell("benchmark", "pairs", file)
    assert "A scorer that takes the shorter caption reaches 1.000 without a picture or a model" in printed


def test_items_are_split_by_the_pairs_in_training_captions(tmp_path: Path, model: Path, shell: Shell) -> None:
    """Items 0 and 8 have their true pairs in the file, item 1 its exchanged ones, the others none."""
    file = published.write_pairs(tmp_path, 8, 5)
    said = [published.captions(0)[0], published.captions(1)[1], "a sentence without any pair"]
    (tmp_path / "training.txt").write_text("\n".join(said) + "\n")
    asked = ["pairs", file, "--training-captions", tmp_path / "training.txt"]
    status, printed, _ = shell("benchmark", *asked, "--model", model, "--json")
    seen = json.loads(printed)["seen"]
    assert status == 0 and seen["captions"] == 3 and seen["left_out"] == {
        "read unsurely, or without a pair that changes": 0
    }  # fmt: skip
    cells = {cell["cell"]: cell for cell in seen["cells"]}
    assert [cell["n"] for cell in cells.values()] == [0, 1, 1, 6]
    assert cells["true seen, exchanged unseen"]["n"] == 1 and cells["true seen, exchanged seen"]["accuracy"] is None
    unseen = cells["true unseen, exchanged unseen"]
    assert unseen["low"] < unseen["accuracy"] < unseen["high"]
    status, printed, _ = shell("benchmark", *asked, "--json")
    assert [cell["n"] for cell in json.loads(printed)["seen"]["cells"]] == [0, 1, 1, 6]
    status, _, log = shell("benchmark", "pairs", file, "--training-captions", "gone.txt")
    assert status == 2 and "--training-captions gone.txt: there is no such file" in log


def test_a_full_disk_and_a_full_memory_are_sentences(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    import torch

    from explorer.evaluation.benchmarks.embedding_store import EmbeddingRows

    file = published.write_pairs(tmp_path / "data", 3, 3)

    def full(error: Exception) -> Any:
        def add(*_: Any) -> None:
            raise error

        return add

    for error, words in [
        (OSError(28, "No space left on device"), "No space left on device"),
        (torch.OutOfMemoryError("CUDA out of memory"), "--batch-size 64: does not fit"),
        (KeyboardInterrupt(), "and --resume"),
    ]:
        monkeypatch.setattr(EmbeddingRows, "add", full(error))
        out = tmp_path / type(error).__name__
        status, _, log = shell("benchmark", "pairs", file, "--model", model, "--out", out)
        assert status in (2, 130) and words in log


def test_a_folder_that_cannot_be_used_is_told_before_the_model_is_loaded(
    tmp_path: Path, model: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = published.write_pairs(tmp_path / "data", 4, 5)
    monkeypatch.setattr("explorer.clip.zoo.load_clip", lambda *_, **__: pytest.fail("a model is loaded"))
    for out in (file, tmp_path / "data"):
        status, _, log = shell("benchmark", "pairs", file, "--model", model, "--out", out)
        assert status == 2 and log.startswith("--out ") and log.count("\n") == 1
    status, _, log = shell("benchmark", "pairs", file, "--model", model, "--out", tmp_path / "none", "--limit", "x")
    assert status == 2 and not (tmp_path / "none").exists()
