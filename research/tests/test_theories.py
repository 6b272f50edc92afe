"""Forecasts as distributions, their scores by hand, and what is committed before the first run."""

import math
from statistics import NormalDist

import pytest

from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import read_json
from research.fourth import engine_sweeps, get_engine_sweep
from research.theories import (
    FOURTH_FORECASTS_FILE,
    KAPPA_PAIRS,
    KAPPA_POWER,
    THEORIES,
    SeedOutcomes,
    TimeForecast,
    end_log_score,
    make_theory_forecasts,
    rank_theories,
    score_theory,
)

NORMAL = NormalDist()
SHARP = TimeForecast(median=1000, among_seeds=0.5, doubt=1e-9)
"""Nothing is shared by its seeds, so they are independent."""


def test_what_is_committed_is_what_the_theories_say() -> None:
    assert read_json(FROZEN_FOLDER / FOURTH_FORECASTS_FILE) == make_theory_forecasts()


def test_the_numbers_of_kappa_are_those_of_the_law_before() -> None:
    estimates = read_json(FROZEN_FOLDER / "time-law.json")["estimates"]
    assert pytest.approx(math.exp(estimates["intercept"][0]), rel=1e-4) == KAPPA_PAIRS
    assert pytest.approx(estimates["log kappa"][0], abs=5e-4) == KAPPA_POWER


def test_without_doubt_seeds_are_independent() -> None:
    z = [(math.log(time / 1000)) / 0.5 for time in (800, 1500)]
    density = sum(math.log(NORMAL.pdf(each) / 0.5) for each in z)
    late = math.log(1 - NORMAL.cdf(math.log(2000 / 1000) / 0.5))
    assert SHARP.log_score([800, 1500, None], budget=2000) == pytest.approx(density + late, abs=1e-6)


def test_doubt_is_shared_by_the_seeds_of_a_cell() -> None:
    """Of two seeds with spread 3 around a center with doubt 4, the log times are jointly normal: by hand."""
    forecast = TimeForecast(median=1.0, among_seeds=3.0, doubt=4.0)
    a, b = 1.2, -0.7
    variance, covariance = 3.0**2 + 4.0**2, 4.0**2
    determinant = variance**2 - covariance**2
    square = (variance * (a * a + b * b) - 2 * covariance * a * b) / determinant
    by_hand = -square / 2 - math.log(2 * math.pi) - math.log(determinant) / 2
    assert forecast.log_score([math.exp(a), math.exp(b)], budget=math.inf) == pytest.approx(by_hand, abs=1e-4)


def test_never_is_a_property_of_the_cell() -> None:
    half = TimeForecast(median=100, among_seeds=0.01, doubt=1e-9, never=0.5)
    assert half.log_score([None] * 5, budget=10_000) == pytest.approx(math.log(0.5), abs=1e-6), (
        "not a half to the fifth"
    )
    one = half.log_score([100.0], budget=10_000)
    assert one == pytest.approx(math.log(0.5) - math.log(0.01 * math.sqrt(2 * math.pi)), abs=1e-6)
    assert half.share_bound(10_000) == pytest.approx(0.5)
    assert half.median_interval(5) == (pytest.approx(100, rel=0.05), math.inf)


def test_an_interval_judges_the_median_of_its_seeds() -> None:
    """Of one seed it is that of the seed; the median of three is below where at least two are: 3 p^2 - 2 p^3."""
    low, high = SHARP.median_interval(1)
    assert math.log(high / 1000) == pytest.approx(-math.log(low / 1000), abs=1e-4)
    assert math.log(high / 1000) / 0.5 == pytest.approx(1.959964, abs=1e-4)
    for pairs in (600, 1000, 1700):
        p = NORMAL.cdf(math.log(pairs / 1000) / 0.5)
        assert SHARP.median_below(pairs, 3) == pytest.approx(3 * p**2 - 2 * p**3, abs=1e-6)
    three, five = SHARP.median_interval(3), SHARP.median_interval(5)
    assert low < three[0] < five[0] < 1000 < five[1] < three[1] < high
    doubtful = TimeForecast(median=1000, among_seeds=1e-3, doubt=0.5)
    assert doubtful.median_interval(5) == pytest.approx((low, high), rel=0.02), "doubt does not shrink with seeds"


def test_scores_at_the_end_by_hand() -> None:
    assert end_log_score(0.8, [True, True, False]) == pytest.approx(2 * math.log(0.8) + math.log(0.2))


def test_theories_are_ranked_by_their_log_score_a_seed() -> None:
    sure = {name: {"bound": 0.9 if name == "two stable states" else 0.5} for name in THEORIES}
    early = {"median": 10_000.0, "among_seeds": 0.3, "doubt": 0.3, "never": 0.0}
    timed = dict.fromkeys(THEORIES, early | {"median": 300_000.0}) | {"two stable states": early}
    outcomes = [
        SeedOutcomes(forecasts=sure, budget=1000, ends=(True, True, True, False)),
        SeedOutcomes(forecasts=timed, budget=184_320, times=(9_000.0, 11_000.0, None)),
    ]
    ranked = rank_theories(outcomes)
    assert next(iter(ranked)) == "two stable states" and len(ranked) == len(THEORIES)
    best = ranked["two stable states"]
    expected = 3 * math.log(0.9) + math.log(0.1)
    expected += TimeForecast(**early).log_score([9_000.0, 11_000.0, None], budget=184_320)
    assert (best.seeds, best.judged, best.inside) == (7, 1, 1) and best.log_score == pytest.approx(expected / 7)
    assert ranked["kappa"].inside == 0
    unbound = SeedOutcomes(forecasts=timed, budget=184_320, times=(None, None, 150_000.0))
    assert score_theory("kappa", [unbound]).inside == 1, "it reaches beyond the budget"
    assert score_theory("two stable states", [unbound]).inside == 0


def test_the_theories_say_what_their_words_say() -> None:
    cells = make_theory_forecasts()["sweeps"]

    def median(theory: str, sweep: str, cell: str) -> float:
        return float(cells[sweep]["cells"][cell]["forecasts"][theory]["median"])

    for theory in ("kappa", "steep", "threshold", "company", "constant"):
        together, apart = (
            median(theory, "arrangement", f"{how}, told 0.5") for how in ("both-or-neither", "at-most-one")
        )
        assert together == apart == median(theory, "map", "named 1, told 0.5"), "arrangement plays no part"
    assert median("clean captions", "arrangement", "both-or-neither, told 0.25") < 100_000
    never = cells["arrangement"]["cells"]["at-most-one, told 0.5"]["forecasts"]["clean captions"]["never"]
    assert never > 0.9, "no caption tells both"
    assert median("information", "map", "named 1, told 0.25") < median("information", "map", "named 0.5, told 0.25")
    assert median("threshold", "map", "named 1, told 0.25") > 3 * median("threshold", "map", "named 0.5, told 0.25")

    def bound(theory: str, sweep: str, cell: str) -> float:
        return float(cells[sweep]["cells"][cell]["forecasts"][theory]["bound"])

    kept, fresh = "46 thousand, then web-like", "none, then web-like"
    assert (
        bound("two stable states", "order-colors-first", kept) > 0.8 > 0.1 > bound("kappa", "order-colors-first", kept)
    )
    assert bound("two stable states", "order-colors-first", fresh) < 0.1
    assert bound("two stable states", "loop", "down to 0.25") > 0.8 > bound("steep", "loop", "down to 0.25")
    control = "46 thousand of color, then 2 in 100 told"
    assert (
        bound("two stable states", "order-controls", control) < 0.1 < bound("consolidation", "order-controls", control)
    )


def test_every_cell_is_predicted_by_every_theory() -> None:
    forecasts = make_theory_forecasts()
    assert forecasts["sweeps"].keys() == engine_sweeps().keys() and len(THEORIES) == 10
    for name, about in forecasts["sweeps"].items():
        assert about["cells"].keys() == {cell.label for cell in get_engine_sweep(name).cells}
        for cell in about["cells"].values():
            assert cell["forecasts"].keys() == THEORIES.keys()
            for each in cell["forecasts"].values():
                assert 0 < each["bound"] < 1 if about["judges"] == "end" else each["among_seeds"] > 0
