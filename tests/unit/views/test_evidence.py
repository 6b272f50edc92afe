"""The page of the evidence gets its numbers, and programs a claim or a sweep, from the registry."""

from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.resources import FROZEN_FOLDER
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.study.evidence_store import load_fourth, load_line
from explorer.views.evidence import line, study
from explorer.views.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Service:
    (tmp_path / "runs").mkdir()
    return Service(store=RunStore(tmp_path / "runs"), settings=LOCAL)


def test_the_line_is_the_frozen_one(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence_line = line(service)
    assert evidence_line.line == load_line(FROZEN_FOLDER) and evidence_line.pace > 0
    assert evidence_line.fourth == load_fourth(FROZEN_FOLDER) and evidence_line.fourth is not None
    told = {name: [each["is_told"] for each in objects] for name, objects in evidence_line.pictures.items()}
    assert told == {"guess": [True, True, False, False], "two": [True, True], "four": [True, True, False, False]}
    bus = evidence_line.pictures["guess"][1]
    assert bus["fill"] == "#fddc18" and bus["shapes"]
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    assert line(service).line is line(service).fourth is None


def test_a_claim_and_a_sweep_of_either_edition_have_their_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, naming, both, pilot = (study(name) for name in ("single-flaws", "naming", "density", "pilot"))
    assert first["name"] == "single-flaws" and "second_edition" not in first
    assert naming["claim"].startswith("Captions of two objects")
    assert len(naming["findings"]) == 5 and {each["claim"] for each in naming["findings"]} == {"naming"}
    assert both["name"] == both["second_edition"]["name"] == "density"
    assert pilot["question"] and len(pilot["conditions"]) == len(pilot["coverage"]["whole"])
    assert all(condition["seeds"] for condition in pilot["conditions"])
    with pytest.raises(UserError, match="choose single-flaws, .*naming, .*naming-cliff"):
        study("weather")
    with pytest.raises(UserError, match="claim=repairs-longer: was not run yet"):
        study("repairs-longer")
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    with pytest.raises(UserError, match="claim=single-flaws: was not run yet"):
        study("single-flaws")
    with pytest.raises(UserError, match="claim=: nothing is frozen here|nothing is frozen here"):
        study()
