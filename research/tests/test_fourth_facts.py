"""What STUDY.md reads of the fourth edition: whole cells only, times and ends by hand, pictures of what there is."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.errors import UserError
from research.engine_results import EngineResult, Evaluation, Score
from research.fourth import get_engine_sweep
from research.fourth_cells import map_cell
from research.fourth_facts import FourthFacts, fourth_facts
from research.fourth_rows import Rows
from research.study_pictures import Curves, Strip, loop_picture, map_picture, order_picture
from research.tests.made_rows import made_cell, made_result

MAP = get_engine_sweep("map")
CELL = "named 1, told 0.5"


def row(sweep: str, cell: str, seed: int, *, bound: int | None, value: float, low: float) -> EngineResult:
    made = made_result(sweep, cell, seed)
    scores = ((0, Score(0.5, 0.45, 400)), (made.phases[-1].spec.train.steps, Score(value, low, 400)))
    return replace(
        made,
        bound={"own": bound, "canonical": None},
        curve=tuple(
            Evaluation(step=step, forms={form: {"binding_accuracy": score} for form in ("canonical", "own")})
            for step, score in scores
        ),
    )


def facts(sweep: str, rows: list[EngineResult]) -> FourthFacts:
    return FourthFacts(rows=Rows(results={sweep: rows}))


def test_a_cell_is_read_once_every_seed_has_run() -> None:
    rows = [
        row("map", CELL, seed, bound=bound, value=0.9, low=0.86)
        for seed, bound in zip(MAP.all_seeds, (40_192, 37_120, 44_800, None), strict=False)
    ]
    part = facts("map", rows)
    assert not part.is_whole("map", CELL)
    whole = facts("map", [*rows, row("map", CELL, 44, bound=None, value=0.6, low=0.55)])
    assert whole.is_whole("map", CELL) and not whole.is_whole("map", "named 1, told 1")
    assert whole.times("map", CELL, "own") == [37_120, 40_192, 44_800, math.inf, math.inf]
    assert whole.when("map", CELL, "own") == "45,000" and whole.bound_at_end("map", CELL, "canonical") == "4 of 5"


def test_a_forecast_that_was_left_open_is_closed_by_the_middle_seed_of_a_whole_cell() -> None:
    name = "open-forecasts-of-kinds"
    three = "what-is-a-kind, three kinds, all told"  # forecast 22,626 to 82,102, budget 46,080
    longer = f"what-is-a-kind-longer{three.removeprefix('what-is-a-kind')}"  # the same forecast, budget 184,320

    def word(cell: str, times: list[int | None]) -> list[str]:
        return [each.word for each in facts(name, made_cell(name, cell, times)).closed_forecasts()]

    assert word(three, [10_000, 30_000, None]) == ["inside"] and word(three, [10_000, 20_000, 40_000]) == ["outside"]
    assert word(three, [30_000, None, None]) == ["too short to tell"] and word(longer, [30_000, None, None]) == [
        "outside"
    ]
    assert word(three, [30_000, 30_000]) == [], "a seed is missing"
    rows = made_cell(name, three, [30_000] * 3) + made_cell(name, longer, [90_000] * 3)
    assert [facts(name, rows).count_closed(*words) for words in ([], ["inside"], ["outside"])] == [2, 1, 1]


def test_a_median_that_did_not_bind_names_its_budget() -> None:
    rows = [row("map", CELL, seed, bound=None, value=0.5, low=0.45) for seed in MAP.all_seeds]
    assert facts("map", rows).when("map", CELL, "own") == "over 184,320"


def test_the_middle_seed_of_a_cell_may_not_have_bound_or_not_have_run() -> None:
    early, never = (
        [row("map", f"named 1, told {told}", seed, bound=bound, value=0.9, low=0.86) for seed in MAP.all_seeds]
        for told, bound in (("1", 12_000), ("0.25", None))
    )
    ran = facts("map", [*early, *never])
    assert ran.middle("map", "named 1, told 1", "own") == 12_000
    assert ran.middle("map", "named 1, told 0.25", "own") == math.inf
    assert facts("map", []).middle("map", "named 1, told 1", "own") == math.inf


def test_a_dose_is_that_of_its_cell(tmp_path: Path) -> None:
    none = fourth_facts(tmp_path)
    doses = [none.dose("order-colors-first", f"{dose} thousand, then web-like") for dose in (6, 46)]
    assert doses == ["6,144", "46,080"]


def test_a_cell_that_no_sweep_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cell"):
        fourth_facts(tmp_path).is_whole("map", "named 7")


def test_the_way_of_a_model_needs_all_its_phases() -> None:
    cells = [cell.label for cell in get_engine_sweep("loop").cells]
    rows = [
        row("loop", cell, 40, bound=0, value=value, low=value - 0.05)
        for cell, value in zip(cells, (0.99, *[0.9] * 13, 0.7), strict=True)
    ]
    assert facts("loop", rows[:-1]).ways() == {}
    (way,) = facts("loop", rows).ways().values()
    shares = [step.share for step in way]
    assert shares[0] == shares[-1] == 1 and min(shares) == shares[7] == 0.1
    assert [step.binding.is_bound for step in way] == [True] * 14 + [False]
    assert loop_picture({"asked about two": {40: way}}).count("<circle") == 16, (
        "the lowest share ends one way and begins the other"
    )


def test_pictures_have_a_mark_for_each_training() -> None:
    strips = [
        Strip(row="all told", column="both", times=(13e3, 15e3), budget=46_080, is_engine=False),
        Strip(row="all told", column="both", times=(14e3, math.inf), budget=184_320, is_engine=True),
    ]
    picture = map_picture(strips)
    assert (picture.count("<circle"), picture.count('<rect x="'), picture.count("l4 -7")) == (2, 1, 1)


def test_the_order_is_drawn_by_the_pairs_read() -> None:
    cell = "none, then web-like"
    ran = facts("order-colors-first", [row("order-colors-first", cell, 40, bound=None, value=0.6, low=0.5)])
    (curve,) = ran.curves("order-colors-first", cell)
    assert curve == [(0, 0.5), (184_320, 0.6)]
    picture = order_picture({"web-like": [Curves(words="fresh", curves=[curve], is_fresh=True)]})
    assert picture.count("<path") == 1


def test_the_soonest_of_cells_is_sooner_than_each_of_the_others() -> None:
    early, late, later = (map_cell(1, told) for told in (1, 0.5, 0.35))

    def ran(*times: int) -> FourthFacts:
        cells = zip((early, late, later), times, strict=True)
        return facts("map", [each for cell, time in cells for each in made_cell(*cell, [time] * 5)])

    clear = ran(12_000, 40_000, 60_000)
    assert clear.soonest((later, late, early), "canonical") == early
    assert clear.ratio(early, late, "canonical") == pytest.approx(40 / 12)
    equal = ran(12_000, 12_000, 60_000)
    assert equal.soonest((later, late, early), "canonical") is None
