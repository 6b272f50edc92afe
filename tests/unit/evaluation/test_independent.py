"""Cells recomputed with plain open_clip from pictures and captions on disk: no code of `explorer.evaluation`."""

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.resources import SHIPPED_FOLDER
from explorer.spec import DataSpec, RunSpec
from explorer.world.imagefolder import write_folder
from explorer.world.worlds import WORLDS
from tests.independent import exchanged, recompute

SCENES, SEED = 1000, 0
CANONICAL = DataSpec()
"""Two objects, both named with their color."""


def scenes(data: DataSpec, folder: Path) -> Path:
    write_folder(data, WORLDS["things"], seed=SEED, count=SCENES, size=64, out=folder, stream_name="evaluation")
    return folder


@pytest.fixture(scope="module")
def canonical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes of which two models are asked; they are only read."""
    return scenes(CANONICAL, tmp_path_factory.mktemp("canonical") / "scenes")


def card(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SHIPPED_FOLDER / name / "card.json").read_text())
    return document


def agrees(scores: dict[str, float], cell: dict[str, Any]) -> bool:
    """Equal n, and a share that differs by no more than one scene at a tie that rounding breaks."""
    return scores["n"] == cell["n"] and abs(scores["value"] - cell["value"]) <= 1.01 / cell["n"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "form", "metrics"),
    [
        ("things-hard-negatives", "own", ("binding_accuracy", "recognition_accuracy")),
        *(
            pytest.param(
                name,
                "canonical",
                ("binding_accuracy", "recognition_accuracy", "parts_accuracy"),
                marks=pytest.mark.nightly,
            )
            for name in ("things-bound", "things-web")
        ),
    ],
)
def test_cells_of_shipped_models(
    name: str, form: str, metrics: tuple[str, ...], canonical: Path, tmp_path: Path
) -> None:
    card_text = card(name)
    if form == "canonical":
        cells, folder = card_text["metrics"], canonical
    else:
        cells = card_text["forms"][form]
        folder = scenes(RunSpec.from_json(card_text["spec"]).data, tmp_path / "scenes")
    again = recompute(SHIPPED_FOLDER / name, folder)
    for metric in metrics:
        assert agrees(again[metric], cells[metric]), (metric, again[metric], cells[metric])
    if form == "canonical":
        # The exchange from the words is true of the picture in none of the scenes that the project keeps.
        assert again["binding_from_text"]["n"] == again["binding_accuracy"]["n"]
        assert again["binding_from_text"] == again["binding_accuracy"]


@pytest.mark.slow
def test_the_script_is_wrong_on_wrong_pictures(canonical: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (canonical / "metadata.jsonl").read_text().splitlines()[:300]]
    turned = [line | {"file_name": str(canonical / lines[i - 1]["file_name"])} for i, line in enumerate(lines)]
    (tmp_path / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in turned))
    assert 0.42 < recompute(SHIPPED_FOLDER / "things-bound", tmp_path)["binding_accuracy"]["value"] < 0.58


@pytest.mark.parametrize(
    ("caption", "wrong"),
    [
        ("a red bus and a blue fish", "a blue bus and a red fish"),
        ("a red bus and a red fish", None),
        ("a red bus", None),
        ("a bus and a blue fish", None),
    ],
)
def test_the_exchange_of_the_script(caption: str, wrong: str | None) -> None:
    assert exchanged(caption) == wrong
