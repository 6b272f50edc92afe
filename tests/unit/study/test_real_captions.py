"""Figures of real captions: what is declared, what is frozen, and the command that freezes it."""

from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.resources import CHECKOUT, FROZEN_FOLDER
from explorer.spec import DataSpec, RunSpec
from explorer.study.cells import nearest_cell
from explorer.study.evidence_store import CORPORA_FILE, load_corpora
from explorer.study.real_captions import corpus_positions, place_sentence


def test_the_documentation_has_the_frozen_figures() -> None:
    def cell(estimate: dict[str, float] | None, digits: int) -> str:
        return "" if estimate is None else " ".join(
            [f"{estimate['value']:.{digits}f}", f"({estimate['low']:.{digits}f} to {estimate['high']:.{digits}f})"]
        )  # fmt: skip

    page = (CHECKOUT / "docs" / "captions.md").read_text(encoding="utf-8")
    corpora = load_corpora(FROZEN_FOLDER)
    assert corpora is not None
    for each in corpora["corpora"]:
        cells = [cell(each["attribute_density"], 3), cell(each["objects_in_caption"], 2)]
        cells += [cell(each["caption_completeness"], 2), cell(each["saliency_bias"], 2)]
        cells.append(f"{each['about']['read']:,} of {each['about']['rows']:,}")
        assert f"| {' | '.join(cells)} |" in page, each["name"]


def test_positions_on_the_axes_of_sweeps(tmp_path: Path) -> None:
    names = {
        axis: [each.label for each in corpus_positions(axis, FROZEN_FOLDER)]
        for axis in ("density", "completeness", "batch-size")
    }
    assert names["density"] == ["COCO", "web alt texts", "DOCCI", "ImageInWords"]
    assert names["completeness"] == ["COCO", "ImageInWords"] and names["batch-size"] == []
    assert load_corpora(tmp_path) is None and corpus_positions("density", tmp_path) == []


def test_damaged_figures_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / CORPORA_FILE).write_text("{")
    said = f"^captions={CORPORA_FILE}: cannot be read; `python -m research captions DIR` writes it again$"
    with pytest.raises(UserError, match=said):
        corpus_positions("density", tmp_path)


def test_captions_have_a_place_and_no_forecast(tmp_path: Path) -> None:
    near = nearest_cell(RunSpec(data=DataSpec(attribute_density=0.5)))
    assert near is not None and near.dial is None
    same, beside, nothing = (place_sentence(density) for density in (0.5, 0.48, 0.02))
    bound = sum(seed.own is not None for seed in near.cell.seeds)
    found = f"trained {len(near.cell.seeds)} small models, of which {bound} bound within {near.cell.pairs:,} pairs"
    assert found in same and found in beside and "tell 0.48" in beside and "With 0.50" in beside
    assert same.endswith("so this is a place and no forecast.") and "measured nothing" in nothing
    assert "2 kinds" in place_sentence(1.4) and "1 kind " in nothing
    assert place_sentence(0.0) == place_sentence(3.2) == place_sentence(0.5, tmp_path) == ""
