"""A tab and the server learn alike, by the runs that tests/engine/equivalence.jsonl keeps of both."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.engine.equivalence import FORMS, UNBOUND, Rows, compare_runs, measure_run

ROWS: Rows = [json.loads(line) for line in (Path(__file__).parent / "equivalence.jsonl").read_text().splitlines()]


def test_both_bind_in_five_seeds_or_more_where_one_does_and_after_as_many_pairs() -> None:
    runs = Counter((row["preset"], row["place"]) for row in ROWS)
    assert min(runs[preset, place] for preset in (*FORMS, *UNBOUND) for place in ("tab", "server")) >= 5
    assert all((row["pairs"] is None) == (row["preset"] in UNBOUND) for row in ROWS)
    assert compare_runs(ROWS)["is_alike"]


def test_a_place_that_is_slower_by_half_is_not_alike() -> None:
    slower = [row | {"pairs": 1.5 * row["pairs"]} if row["place"] == "tab" and row["pairs"] else row for row in ROWS]
    assert not compare_runs(slower)["is_alike"]


@pytest.mark.nightly
def test_a_tab_s_run_is_what_the_engine_trains() -> None:
    """A minute for one run, which ends in the kept bits."""
    row = next(row for row in ROWS if row["place"] == "tab")
    assert measure_run(row["preset"], row["seed"], "tab") == row
