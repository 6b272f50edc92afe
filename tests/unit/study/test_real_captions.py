"""Figures of real captions: what is declared, what is frozen, and the command that freezes it."""

import gzip
import json
from pathlib import Path

import pytest

from explorer.cli import main
from explorer.resources import CHECKOUT
from explorer.spec import DataSpec, RunSpec
from explorer.study.evidence_store import FROZEN_FOLDER
from explorer.study.law import predict_time
from explorer.study.real_captions import CORPORA, CORPORA_FILE, corpus_positions, line_sentence, load_corpora
from explorer.study.sweeps import FIRST_EDITION
from explorer.study.words import pairs_text
from explorer.tools import study as commands
from explorer.world.caption_measures import PROPERTY_CURVES, PROPERTY_DEFINITIONS


def test_every_corpus_is_frozen_with_its_source_and_what_was_left_out() -> None:
    corpora = load_corpora(FROZEN_FOLDER)
    assert corpora is not None
    assert [each["name"] for each in corpora["corpora"]] == list(CORPORA)
    assert set(corpora["definitions"]) == set(PROPERTY_DEFINITIONS) and corpora["curves"] == PROPERTY_CURVES
    assert set(PROPERTY_CURVES.values()) <= set(FIRST_EDITION) and corpora["limits"]
    for each in corpora["corpora"]:
        corpus = CORPORA[each["name"]]
        assert (each["source"], each["license"], each["command"]) == (corpus.source, corpus.license, corpus.command)
        about = each["about"]
        assert 0.9 * about["rows"] <= about["read"] <= about["rows"] and about["sentences"]["read"] >= about["read"]
        for name in ("attribute_density", "objects_in_caption"):
            assert each[name]["low"] < each[name]["value"] < each[name]["high"]
        for name in ("caption_completeness", "saliency_bias"):
            assert (each[name] is None) == (about["with_objects"] == 0)


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


def test_the_command_measures_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "FROZEN_FOLDER", tmp_path)
    for corpus in CORPORA.values():
        (tmp_path / corpus.file).write_bytes(gzip.compress(b"caption\na red bus\na car and a tree\n"))
    main(["study", "captions", str(tmp_path)])
    assert "cc3m" in capsys.readouterr().out
    written = json.loads((tmp_path / CORPORA_FILE).read_text(encoding="utf-8"))
    assert written == load_corpora(tmp_path)
    assert [each["attribute_density"]["value"] for each in written["corpora"]] == [pytest.approx(1 / 3)] * len(CORPORA)
    (tmp_path / CORPORA["iiw"].file).unlink()
    with pytest.raises(SystemExit):
        main(["study", "captions", str(tmp_path)])
    assert f"{CORPORA['iiw'].file}: cannot be read" in capsys.readouterr().err


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
