"""Runs of a sweep that was cut short are kept, and taken up again where `sweep --resume` finds them."""

from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.study.evidence_store import FROZEN
from explorer.study.freeze_evidence import BEGUN, freeze, take_up
from explorer.study.rows import Row, read_rows, write_rows
from explorer.study.sweep_runner import Laboratory, Manifest
from explorer.study.sweeps import SECOND_EDITION
from tests.unit.study.toy_sweep import toy_laboratory

NAME, CUT = "naming-cliff", "2 objects: 10%"


@pytest.fixture
def rows() -> list[Row]:
    """The frozen rows of a sweep without the last seed of one condition."""
    found, _ = read_rows(FROZEN / f"{NAME}.parquet")
    return [row for row in found if (row["condition"], row["seed"]) != (CUT, 4)]


@pytest.fixture
def frozen(tmp_path: Path, rows: list[Row]) -> Path:
    """A folder of evidence that was written from them."""
    write_rows(tmp_path / "out" / f"{NAME}.parquet", rows, {"command": "a; b", "date": "2026-01-01"})
    freeze(tmp_path / "out", tmp_path / "frozen", tmp_path / "STUDY.md", tmp_path / "methods.md")
    return tmp_path / "frozen"


def test_only_whole_conditions_are_evidence_and_the_others_are_kept(frozen: Path, rows: list[Row]) -> None:
    whole, begun = (read_rows(frozen / folder / f"{NAME}.parquet")[0] for folder in (".", BEGUN))
    assert {row["condition"] for row in begun} == {CUT} and [row["seed"] for row in begun] == [0, 1, 2, 3]
    assert CUT not in {row["condition"] for row in whole} and len(whole) + len(begun) == len(rows)


def test_a_sweep_goes_on_with_the_missing_seed_alone(frozen: Path, rows: list[Row], tmp_path: Path) -> None:
    assert take_up(tmp_path / "again", frozen) == {NAME: len(rows)}
    taken, about = read_rows(tmp_path / "again" / f"{NAME}.parquet")
    assert sorted(taken, key=lambda row: row["key"]) == sorted(rows, key=lambda row: row["key"])
    assert about["command"] == "a; b"
    sweep, toy = SECOND_EDITION[NAME], toy_laboratory(tmp_path)
    laboratory = Laboratory(
        store=toy.store, manifest=Manifest(tmp_path / "again"), settings=toy.settings, tell=toy.tell
    )
    jobs, missing = laboratory.open_jobs(sweep, sweep.chosen([CUT]), seeds=5)
    assert len(jobs) == 5 and [job.seed for job in missing] == [4]
    assert laboratory.rows(jobs) == [row for row in rows if row["condition"] == CUT]


def test_whole_conditions_leave_nothing_begun(frozen: Path, tmp_path: Path) -> None:
    write_rows(tmp_path / "out" / f"{NAME}.parquet", *read_rows(FROZEN / f"{NAME}.parquet"))
    freeze(tmp_path / "out", frozen, tmp_path / "STUDY.md", tmp_path / "methods.md")
    assert not (frozen / BEGUN / f"{NAME}.parquet").exists()


def test_results_that_are_there_are_not_replaced(frozen: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has results of naming-cliff already; name another folder"):
        take_up(tmp_path / "out", frozen)
