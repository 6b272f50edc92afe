"""Figures of real captions: what is declared, what is frozen, and the command that freezes it."""

from pathlib import Path

from explorer.resources import CHECKOUT
from explorer.spec import DataSpec, RunSpec
from explorer.study.evidence_store import FROZEN_FOLDER
from explorer.study.law import predict_time
from explorer.study.real_captions import corpus_positions, line_sentence, load_corpora
from explorer.wording import pairs_text


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


def test_captions_have_a_place_on_the_line_and_no_forecast(tmp_path: Path) -> None:
    known, few, many = (line_sentence(density) for density in (0.7, 0.21, 1.4))
    expected = predict_time(RunSpec(data=DataSpec(attribute_density=0.7))).pairs
    assert expected is not None and f"about {pairs_text(expected.value)} pairs" in known
    assert "is not known" in few and "1 kind " in few and "2 kinds" in many
    assert all(each.endswith("so this is a place and no forecast.") for each in (known, few, many))
    assert line_sentence(0.0) == line_sentence(3.2) == line_sentence(0.7, tmp_path) == ""
