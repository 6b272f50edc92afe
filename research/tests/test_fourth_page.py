"""The page of the fourth edition says of cells only what their rows say: worked by hand on rows that a test states."""

import json
import math
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from explorer.contract import CONTRACT
from explorer.resources import FROZEN_FOLDER
from explorer.study.evidence_store import load_fourth
from research.engine_rows import freeze_results
from research.fourth import engine_sweeps, get_engine_sweep
from research.fourth_cells import MAP, NAMED, SHARES
from research.fourth_page import CARDS, PANELS, fourth_numbers
from research.fourth_rows import FORMS, Rows, compare_seeds
from research.rows import read_rows
from research.tests.made_rows import made_cell, made_ends, made_loop, made_result, write_made
from research.theories import end_log_score
from research.theory_outcomes import missed_cells

KEEPS = dict.fromkeys((1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.125, 0.1), 0.98)
LOSES = KEEPS | {0.18: 0.7, 0.125: 0.55, 0.1: 0.52}
COMES_BACK = {1.0: 0.97, 0.7: 0.96, 0.5: 0.95, 0.35: 0.55, 0.25: 0.54, 0.18: 0.53, 0.125: 0.52}
NEVER = [None] * 5


def numbers(folder: Path, *groups: list[Any]) -> dict[str, Any]:
    """Freeze results as the runner wrote them, and return what the page says of the rows."""
    freeze_results(write_made(folder, [each for group in groups for each in group]), folder)
    return fourth_numbers(folder)


def fresh(ends: dict[float, float], **about: Any) -> list[Any]:
    """Return all seeds of fresh weights at each share told, both named."""
    return [
        each
        for share, end in ends.items()
        for each in made_ends(MAP, f"named 1, told {share:g}", [end, end - 0.01, end, end - 0.02, end], **about)
    ]


# ---- Nothing, and a part


def test_without_rows_nothing_is_said(tmp_path: Path) -> None:
    said = numbers(tmp_path)
    assert (said["order"]["state"], said["loop"]["state"]) == ("none", "none")
    assert said["theories"]["cells"] == 0 and "log_score" not in said["theories"]["rows"][0]
    assert said["map"]["contrast"] == {"canonical": None, "single": None, "agreed": None}
    assert (
        said["trainings"]["a"] == {"ran": 0, "asked": 75}
        and sum(each["ran"] for each in said["trainings"].values()) == 0
    )


def test_of_a_cell_that_is_not_whole_only_counts_are_told(tmp_path: Path) -> None:
    said = numbers(
        tmp_path, made_cell(MAP, "named 1, told 1", [13_056, 14_848, None, 11_520]), made_loop(KEEPS, KEEPS, seeds=2)
    )
    cell = said["map"]["cards"]["A"]
    assert (cell["ran"], cell["seeds"], cell["phases"]) == (4, 5, [184_320])
    assert cell["forms"]["own"] == {"bound": 3, "bound_at_end": 3, "median": None, "end": None, "is_kept": None}
    loop = said["loop"]
    assert (loop["state"], loop["ran"], loop["asked"]) == ("begun", 30, 45)
    assert loop["kept"] == {"canonical": None, "single": None} and loop["lost"] is loop["parted"] is None
    assert said["theories"]["cells"] == 0, "no theory is scored on a part of a cell"


# ---- Whole cells, by hand


def test_the_median_of_a_whole_cell_counts_one_that_is_not_bound_as_later_than_all(tmp_path: Path) -> None:
    said = numbers(
        tmp_path,
        made_cell(MAP, "named 1, told 1", [13_056, 14_848, None, 11_520, 20_992]),
        made_cell(MAP, "named 1, told 0.5", [None, 44_032, None, 30_208, None]),
    )
    early, late = (row["cells"][0]["forms"]["own"] for row in said["map"]["rows"] if row["share"] in (1.0, 0.5))
    assert (early["bound"], early["median"]) == (4, 14_848) and (late["bound"], late["median"]) == (2, None)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], "better"),  # p = 2 / 252
        ([6, 7, 8, 9, math.inf], [1, 2, 3, 4, 5], "worse"),
        ([1, 2, 3, 4, 7], [5, 6, 8, 9, 10], "better"),  # ranks 17 of 55: 4 of 252 on each side
        ([1, 2, 6, 7, 8], [3, 4, 5, 9, 10], "same"),
        ([math.inf] * 5, [math.inf] * 5, "same"),
        ([1, 2, 3], [4, 5, 6], "same"),  # three against three cannot be sure: p = 2 / 20
        ([1, 2, 3], [4, 5, 6, 7, 8], "better"),  # p = 2 / 56
    ],
)
def test_a_difference_needs_ranks_that_chance_hardly_gives(one: list[float], other: list[float], said: str) -> None:
    assert compare_seeds(one, other) == said


@pytest.mark.slow
def test_a_contrast_stands_only_if_both_ways_of_asking_agree(tmp_path: Path) -> None:
    (one, first), (other, second) = CARDS["B"], CARDS["C"]
    sooner, later = [9_984, 11_520, 13_056, 14_848, 16_896], [30_208, 34_048, 37_120, 40_192, 44_032]
    agreed = numbers(tmp_path / "agreed", made_cell(one, first, sooner), made_cell(other, second, later))
    assert agreed["map"]["contrast"] == {"canonical": "better", "single": "better", "agreed": "better"}
    divided = numbers(
        tmp_path / "divided", made_cell(one, first, sooner, single=(60_160, 0.9)), made_cell(other, second, later)
    )
    assert divided["map"]["contrast"] == {"canonical": "better", "single": "worse", "agreed": None}


# ---- The loop


@pytest.mark.slow
def test_the_loop_holds_where_one_model_keeps_what_fresh_weights_do_not_learn(tmp_path: Path) -> None:
    rows = fresh({1.0: 0.99, 0.7: 0.99, 0.5: 0.97, 0.35: 0.6, 0.25: 0.55})
    loop = numbers(tmp_path, made_loop(LOSES, COMES_BACK), rows)["loop"]
    assert (loop["state"], loop["kept"], loop["lost"], loop["regained"]) == (
        "holds", {"canonical": 0.25, "single": 0.25}, 0.18, 0.5,
    )  # fmt: skip
    assert loop["parted"] == 0.25, "the smallest share at which they part"


@pytest.mark.slow
def test_a_loop_whose_fresh_weights_are_still_to_come_says_what_is_kept_alone(tmp_path: Path) -> None:
    loop = numbers(tmp_path, made_loop(KEEPS, KEEPS), made_ends(MAP, "named 1, told 0.25", [0.55, 0.54]))["loop"]
    assert (loop["state"], loop["kept"]["canonical"], loop["lost"], loop["regained"], loop["parted"]) == (
        "kept", 0.1, None, None, None,
    )  # fmt: skip


@pytest.mark.slow
def test_a_loop_is_refuted_where_fresh_weights_learn_whatever_is_kept(tmp_path: Path) -> None:
    loop = numbers(tmp_path, made_loop(LOSES, COMES_BACK), fresh(dict.fromkeys(SHARES, 0.97)))["loop"]
    assert (loop["state"], loop["parted"]) == ("refuted", None)


@pytest.mark.slow
def test_a_loop_of_which_one_way_of_asking_knows_nothing_is_divided(tmp_path: Path) -> None:
    learned = fresh(dict.fromkeys(SHARES, 0.55), single=(1_024, 0.97))
    loop = numbers(tmp_path, made_loop(KEEPS, KEEPS), learned)["loop"]
    assert (loop["state"], loop["parted"]) == ("divided", None)


# ---- Order

FRESH, AFTER, CONTROL = (PANELS[name] for name in ("fresh", "after", "control"))


def test_order_holds_with_the_numbers_of_the_middle_training(tmp_path: Path) -> None:
    ways = [[0.98, 0.7, 0.65, 0.8], [0.98, 0.72, 0.69, 0.85]]
    after = [
        made_result(*AFTER, seed, bound=0, ends=end, way=way)
        for seed, end, way in zip(range(40, 45), (0.93, 0.88, 0.91, 0.95, 0.87), ways * 3, strict=False)
    ]
    control = [made_result(*CONTROL, seed, ends=0.55, way=[0.98, 0.9, 0.6, 0.55]) for seed in range(40, 45)]
    order = numbers(tmp_path, made_ends(*FRESH, [0.5, 0.52, 0.51, 0.49, 0.53]), after, control)["order"]
    assert order["state"] == "holds" and order["compared"]["agreed"] == "better"
    assert order["after"]["middle"] == {"seed": 42, "start": 0.98, "lowest": 0.65, "end": 0.91, "forgotten": None}
    assert (
        order["after"]["cell"]["phases"] == [46_080, 184_320]
        and order["after"]["cell"]["forms"]["canonical"]["bound_at_end"] == 5
    )
    assert order["control"]["middle"]["forgotten"] == 92_160, "a quarter of the way was above the level still"
    assert order["fresh"]["cell"]["forms"]["canonical"]["bound_at_end"] == 0


def test_order_does_not_decide_where_both_end_alike(tmp_path: Path) -> None:
    ends = [0.5, 0.52, 0.51, 0.49, 0.53]
    assert numbers(tmp_path, made_ends(*FRESH, ends), made_ends(*AFTER, ends))["order"]["state"] == "refuted"


def test_order_of_some_seeds_is_begun(tmp_path: Path) -> None:
    order = numbers(tmp_path, made_ends(*FRESH, [0.5]), made_ends(*AFTER, [0.93]))["order"]
    assert order["state"] == "begun" and order["after"]["middle"] is None
    assert order["after"]["cell"]["forms"]["canonical"]["end"] is None


def test_every_dose_has_its_cells_where_a_sweep_has_them(tmp_path: Path) -> None:
    after = [each for each in numbers(tmp_path, made_ends(*AFTER, [0.93, 0.6]))["doses"] if each["after"] == "web"]
    (web,) = after
    there = {row["dose"]: sorted(name for name, cell in row["cells"].items() if cell) for row in web["rows"]}
    some, every = ["all_first", "first"], ["all_first", "first", "last", "mixed"]
    assert there == {6: some, 13: every, 26: some, 46: every}
    cell = web["rows"][-1]["cells"]["first"]
    assert (cell["label"], cell["ran"], cell["forms"]["canonical"]["bound_at_end"]) == (AFTER[1], 2, 1)


# ---- Theories


def test_theories_are_scored_on_whole_cells_by_what_they_had_committed(tmp_path: Path) -> None:
    whole, part = made_ends(*AFTER, [0.93, 0.6, 0.91, 0.95, 0.87]), made_ends(*FRESH, [0.5, 0.5])
    table = numbers(tmp_path, whole, part)["theories"]
    committed = json.loads((FROZEN_FOLDER / "forecasts-fourth.json").read_text())
    cell = committed["sweeps"]["order-colors-first"]["cells"][AFTER[1]]
    assert (table["cells"], table["seeds"]) == (1, 5)
    for row in table["rows"]:
        expected = end_log_score(cell["forecasts"][row["name"]]["bound"], [True, False, True, True, True]) / 5
        assert row["log_score"] == pytest.approx(expected, abs=1e-3) and row["judged"] == 0
    scores = [row["log_score"] for row in table["rows"]]
    assert scores == sorted(scores, reverse=True)


def test_data_that_torch_had_trained_are_no_new_data(tmp_path: Path) -> None:
    rows = made_cell("torch-against-engine", "both named, told 1", [13_056, 13_056, 13_056])
    assert numbers(tmp_path, rows)["theories"]["cells"] == 0


# ---- The file of the page


@pytest.mark.slow
def test_the_numbers_of_the_page_are_those_of_the_frozen_rows() -> None:
    assert load_fourth(FROZEN_FOLDER) == fourth_numbers(FROZEN_FOLDER)


def test_every_median_and_count_of_the_page_recomputes_from_the_columns_of_the_rows() -> None:
    said = load_fourth(FROZEN_FOLDER)
    assert said is not None
    cells = [cell for row in [*said["map"]["rows"], *said["map"]["arrangement"]] for cell in row["cells"]]
    cells += said["map"]["cards"].values()
    cells += [each["cell"] for way in ("down", "up", "fresh") for each in said["loop"][way]]
    cells += [said["order"][name]["cell"] for name in ("fresh", "after", "control")]
    assert len(cells) > 40
    frozen = {path.stem: read_rows(path)[0] for path in FROZEN_FOLDER.glob("*.parquet") if path.stem in engine_sweeps()}
    for cell in cells:
        rows = [row for row in frozen.get(cell["sweep"], ()) if row["condition"] == cell["label"]]
        assert cell["ran"] == len({row["seed"] for row in rows}) <= cell["seeds"]
        for form in FORMS:
            times = [math.inf if (time := row.get(f"bound.{form}.pairs")) is None else time for row in rows]
            found, middle = cell["forms"][form], median(times) if times else math.inf
            assert found["bound"] == sum(time < math.inf for time in times)
            assert found["median"] == (middle if cell["ran"] == cell["seeds"] and middle < math.inf else None)
            lows = [row.get(f"{form}.binding_accuracy.low") or 0 for row in rows]
            assert found["bound_at_end"] == sum(low > CONTRACT.binding.level for low in lows)


def test_the_cells_of_the_page_are_those_that_are_trained() -> None:
    labels = {cell.label for cell in get_engine_sweep(MAP).cells}
    assert labels == {f"named {named:g}, told {share:g}" for named in NAMED for share in SHARES}
    budgets = {get_engine_sweep(sweep).cell(label).pairs for sweep, label in CARDS.values()}
    assert budgets == {184_320}, "one budget for all cards"
    told = [get_engine_sweep(sweep).cell(label).specs(40)[-1].data for sweep, label in (CARDS["B"], CARDS["C"])]
    colors = {data.attribute_density * data.objects_in_image * data.caption_completeness for data in told}
    assert colors == {1.0}, "the framed pair tells one color in each caption, and differs in what is named"


def test_a_probability_that_the_seeds_refute_is_told(tmp_path: Path) -> None:
    """None of five has a chance of 1 in 100,000 at .9, but of 3 % at .503: with as much at the other end, above 5 %."""
    sweep, label = PANELS["after"]
    freeze_results(write_made(tmp_path, made_ends(sweep, label, [0.5] * 5)), tmp_path)
    forecast = {name: {"bound": share} for name, share in (("high", 0.9), ("even", 0.503), ("low", 0.4))}
    (missed,) = missed_cells(Rows.read(tmp_path), {"sweeps": {sweep: {"cells": {label: {"forecasts": forecast}}}}})
    assert (missed.label, missed.bound, missed.seeds) == (label, 0, 5)
    assert missed.probabilities == {"high": 0.9}
