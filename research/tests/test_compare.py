"""Two conditions compared, in rows that were made up: intervals and tests by hand, words of claims, effects, levels."""

import json
import math
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation.results import EVERY_FORM
from explorer.resources import FROZEN_FOLDER
from explorer.study.evidence_store import load_claims
from research.claims import (
    CLAIMS,
    STUDY_PROPERTIES,
    Claim,
    ClaimReading,
    ConditionRef,
    Direction,
    PropertyComparison,
    StudyProperty,
)
from research.compare import (
    OTHER_LEVELS,
    Finding,
    assess_claim,
    count_repeated_runs,
    finding_record,
    finding_sentence,
    property_effects,
    rows_at_level,
)
from research.methods_pictures import seeds_picture
from research.rows import Row, num_runs, pool_rows, rows_by_sweep
from research.seed_statistics import (
    BindingTimes,
    binding_curve,
    log_rank_p,
    mean_difference,
    mean_over_seeds,
    share_bound,
    share_difference,
    spared_time,
)
from research.sweeps import FIRST_EDITION, SECOND_EDITION
from research.tests.toy_sweep import make_rows
from research.time_ratios import time_ratios
from research.words import claim_reading, is_seen_before

SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=12)
FEW_TIMES = st.lists(st.sampled_from([0.25, 0.5, None]), min_size=2, max_size=4)


def times(*values: float | None) -> BindingTimes:
    return BindingTimes(by_seed=dict(enumerate(values)))


# ---- Intervals and tests


@pytest.mark.parametrize(
    ("estimate", "value", "low", "high"),
    [
        # Spread 0.02, so the reach is 4.303 * 0.02 / sqrt(3).
        (mean_over_seeds([0.90, 0.94, 0.92], chance=0.5), 0.92, 0.8703, 0.9697),
        # A share of 0.9 of 400 scenes spreads by sqrt(0.09 / 400) = 0.015: seeds that agree are no certainty.
        (mean_over_seeds([0.9, 0.9, 0.9], chance=0.5, items=400), 0.9, 0.8627, 0.9373),
        # Two such parts: Welch has 4 degrees of freedom, 2.776 * sqrt(2 * 0.000225 / 3).
        (mean_difference([0.9] * 3, [0.9] * 3, items=400), 0, -0.0340, 0.0340),
        # All of 100 scenes in both seeds: half a scene is left, so 12.71 * sqrt(0.995 * 0.005 / 100 / 2).
        (mean_over_seeds([1.0, 1.0], chance=0.5, items=100), 1, 0.9366, 1),
        # Shares stay shares, and a margin need not.
        (mean_over_seeds([0.5, 1.0], chance=0.5), 0.75, 0, 1),
        (mean_over_seeds([0.5, 1.0], chance=0.0, is_share=False), 0.75, -2.4266, 3.9266),
        (mean_difference([0.5, 0.5], [1.0, 1.0]), 0.5, 0.5, 0.5),
        (mean_over_seeds([0.7], chance=0.5), 0.7, None, None),
        (mean_over_seeds([], chance=0.5), None, None, None),
        (mean_difference([], [0.5]), None, None, None),
        # Wilson for 3 of 4: (0.75 + 0.48 -+ 1.96 sqrt(0.1875 / 4 + 0.24 / 4)) / 1.96 with z^2 = 3.84.
        (share_bound(times(0.5, None, 0.25, 0.5)), 0.75, 0.3006, 0.9544),
        (share_bound(times()), None, None, None),
        # Newcombe's published example, 56 of 70 against 48 of 80 (method 10, table II a).
        (share_difference(times(*[0.5] * 48, *[None] * 32), times(*[0.5] * 56, *[None] * 14)), 0.2, 0.0524, 0.3339),
        # Seed 0 spares a half, seed 1 nothing, seed 2 a quarter, seed 3 is alone; t of two degrees 4.303, spread 0.25.
        (spared_time(times(None, 0.5, 0.75, 0.1), times(0.5, 0.5, 0.5)), 0.25, -0.3711, 0.8711),
        # Two times on a grid of 1/24 have each an error of variance (1/24)²/12, so equal gaps are no certainty.
        (spared_time(times(*[0.75] * 3), times(*[0.25] * 3)), 0.5, 0.5 - 0.0423, 0.5 + 0.0423),
        (spared_time(times(*[None] * 3), times(*[None] * 3)), 0, None, None),
    ],
)
def test_estimates_by_hand(estimate: Any, value: float | None, low: float | None, high: float | None) -> None:
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((value, low, high), abs=2e-4)


@given(SHARES, SHARES)
def test_a_difference_is_welchs(start: list[float], end: list[float]) -> None:
    difference = mean_difference(start, end)
    assert difference.value == pytest.approx(np.mean(end) - np.mean(start), abs=1e-9)
    assert difference.low is not None and difference.high is not None and difference.low <= difference.high
    if min(np.std(start), np.std(end)) > 1e-3:
        exact = stats.ttest_ind(end, start, equal_var=False).confidence_interval()
        assert difference.low <= exact.low + 1e-3 and difference.high >= exact.high - 1e-3


def test_the_curve_by_hand() -> None:
    """Four seeds, two bound: a quarter at 0.25, a half at 0.5, and then no more."""
    points = binding_curve(times(0.5, None, 0.25, None))
    assert [(point["time"], point["share"]) for point in points] == [(0.25, 0.25), (0.5, 0.5)]
    # The log-log band: S = 0.75, Greenwood's sum 1/12; theta = 1.96 sqrt(1/12) / ln 0.75 = -1.967.
    low, high = (1 - 0.75 ** math.exp(sign * 1.96 * math.sqrt(1 / 12) / math.log(0.75)) for sign in (1, -1))
    assert (points[0]["low"], points[0]["high"]) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))
    assert binding_curve(times(None, None)) == []


def test_log_rank_by_hand() -> None:
    """Two seeds each: bound at 0.2 and 0.4 against never.

    The hazard is 1/4 at 0.2 and 1/3 at 0.4, so the scores are 3/4, 5/12, -7/12, -7/12; two of the six ways to deal them
    give a sum as far from 0 as 7/6.
    """
    assert log_rank_p(times(0.2, 0.4), times(None, None)) == pytest.approx(2 / 6)
    assert log_rank_p(times(None, None), times(None, None)) is None
    assert log_rank_p(times(0.2), times(None, None)) is None, "a sweep under way may have one seed of a condition"
    assert log_rank_p(times(0.3, 0.3), times(0.3, 0.3)) == pytest.approx(1.0)
    early, never = times(*(0.1 + 0.01 * i for i in range(8))), times(*[None] * 8)
    assert log_rank_p(early, never) == pytest.approx(2 / math.comb(16, 8)), "the least p is that of two ways among all"


@given(FEW_TIMES, FEW_TIMES)
def test_log_rank_has_no_side(one: list[float | None], other: list[float | None]) -> None:
    p = log_rank_p(times(*one), times(*other))
    assert p is None or (0 < p <= 1 and p == pytest.approx(log_rank_p(times(*other), times(*one)) or 0.0))


# ---- Claims

TOY = {name: ConditionRef(sweep="toy", label=name) for name in ("start", "end", "control")}


def claim(*expected: Any, metric: str | None = None) -> Claim:
    about = {"form": "canonical", "source": "a test", "metric": metric}
    directions = tuple(Direction(expected=each, **about, **TOY) for each in expected)
    return Claim(name="toy", sentence="Toys bind.", directions=directions)


def read(*expected: str, metric: str | None = None, **rows: list[Row]) -> list[Finding]:
    conditions = {"control": make_rows("control", [100] * 5)} | rows
    return assess_claim(claim(*expected, metric=metric), {"toy": [row for each in conditions.values() for row in each]})


Steps = list[int | None]
NEVER: Steps = [None] * 8
LATE: Steps = [400, 420, 440, 460, 480, 500, 520, 540]
EARLY: Steps = [200, 210, 220, 230, 240, 250, 260, 270]


@pytest.mark.parametrize(
    ("expected", "start", "end", "word"),
    [
        ("sooner", LATE, EARLY, "as stated"),
        ("later", LATE, EARLY, "the reverse"),
        ("ours", LATE, EARLY, "sooner"),
        ("ours", EARLY, NEVER, "later"),
        ("no difference", NEVER, NEVER, "neither binds"),
        ("no difference", NEVER, [700] * 8, "sooner"),
        ("no difference", LATE, LATE, "none seen"),
        ("sooner", LATE, LATE, "not decided"),
        ("sooner", NEVER, [None] * 7 + [700], "not decided"),
        # Bound by a quarter of the budget in every seed: nothing can come sooner.
        ("sooner", [100] * 8, [50] * 8, "no headroom"),
        ("later", [100] * 8, LATE, "as stated"),
        ("sooner", LATE, [], "not run"),
    ],
)
def test_the_word(expected: str, start: Steps, end: Steps, word: str) -> None:
    (finding,) = read(expected, start=make_rows("start", start), end=make_rows("end", end))
    assert finding.word == word and (finding.start.bound.n, finding.end.bound.n) == (8, len(end))
    assert finding_sentence(finding).endswith("not run yet." if word == "not run" else f"Found: {word}.")
    json.dumps(finding_record(finding), allow_nan=False)


@pytest.mark.parametrize(("bound", "word"), [(2, "untestable here"), (3, "as stated")])
def test_a_control_that_does_not_bind_makes_a_direction_untestable(bound: int, word: str) -> None:
    control = make_rows("control", [*[100] * bound, *[None] * (5 - bound)])
    (finding,) = read("sooner", start=make_rows("start", NEVER), end=make_rows("end", EARLY), control=control)
    assert finding.word == word and (finding.p is None) == (bound == 2) and finding.control.value == bound / 5


def test_holm_counts_the_stated_directions_of_the_claim() -> None:
    start, end = make_rows("start", LATE), make_rows("end", EARLY)
    one, other = read("sooner", "ours", start=start, end=end)
    assert one.p is not None and one.p == other.p and one.p_holm == other.p_holm == pytest.approx(2 * one.p)
    ratio, same = time_ratios([one, other])
    assert ratio and ratio == same and ratio.p is not None and ratio.p_holm == pytest.approx(2 * ratio.p)
    (alone,) = read("sooner", start=start, end=end)
    assert alone.p_holm == alone.p == one.p
    stated = claim("sooner", "ours")
    unrun = replace(stated.directions[1], end=ConditionRef(sweep="toy", label="another"))
    rows = {"toy": [*start, *end, *make_rows("control", [100] * 5)]}
    first, second = assess_claim(replace(stated, directions=(stated.directions[0], unrun)), rows)
    assert second.word == "not run" and first.p_holm == pytest.approx(2 * one.p)


def test_runs_that_failed_are_counted_and_other_scenes_are_never_paired() -> None:
    start, end = make_rows("start", LATE), make_rows("end", EARLY)
    (finding,) = read("sooner", start=[*start, *make_rows("start", NEVER[:2], is_point=False)], end=end)
    assert (finding.start.num_failed, finding.start.times.num_seeds) == (2, 8)
    elsewhere = [row | {"evaluation.seed": row["evaluation.seed"] + 1} for row in end]
    (finding,) = read("sooner", start=start, end=elsewhere)
    assert finding.spared.value is None and finding.word == "not decided"
    mixed = [*end, end[0] | {"evaluation.count": 1000, "seed": 9}]
    with pytest.raises(UserError, match="end was scored on \\[1000, 4000\\] scenes"):
        read("sooner", start=start, end=mixed)


def test_a_metric_is_read_at_the_end_and_by_pairs() -> None:
    start, end = make_rows("start", EARLY, final=0.95), make_rows("end", EARLY, final=0.6)
    for row in end:
        row["complete.parts_accuracy.value"] += 0.01 * (row["seed"] % 2)
    lower, higher = (
        read(each, metric="complete.parts_accuracy", start=start, end=end)[0] for each in ("lower", "higher")
    )
    assert (lower.word, higher.word) == ("as stated", "the reverse")
    change = lower.final["complete.parts_accuracy"]
    assert change.value == pytest.approx(-0.345) and change.high is not None and change.high < 0
    assert "complete.parts_accuracy changes by -3" in finding_sentence(lower)


def test_the_record_holds_every_seed_and_what_few_seeds_do_not_exclude() -> None:
    (finding,) = read("sooner", start=make_rows("start", [None, 360]), end=make_rows("end", [180, 180]))
    record = json.loads(json.dumps(finding_record(finding), allow_nan=False))
    start, end = record["sides"]
    assert [(run["seed"], run["time"]) for run in start["runs"]] == [(0, None), (1, 0.5)]
    assert start["bound"]["value"] == 0.5 and end["curve"] == [{"time": 0.25, "share": 1.0, "low": None, "high": None}]
    assert record["spared"]["value"] == pytest.approx(0.5) and record["word"] == finding.word
    (finding,) = read("no difference", start=make_rows("start", NEVER), end=make_rows("end", NEVER))
    assert finding.p is None and (finding.spared.value, finding.spared.low, finding.spared.high) == (0, None, None)
    # Newcombe: none of 8 against none of 8 leaves up to 32 points either way.
    assert "+0 points (-32 to +32) of seeds bound" in finding_sentence(finding)


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if claim.reading])
def test_a_reading_is_shown_only_for_its_outcome(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = load_claims()
    assert claims is not None
    text = claim_reading(name, claims)
    assert text is not None, "the outcome of the claim is another one: write its reading anew"
    assert "{" not in text and any(letter.isdigit() for letter in text)
    monkeypatch.setitem(CLAIMS, name, replace(CLAIMS[name], reading=ClaimReading(words=("as stated",) * 9, text=text)))
    assert claim_reading(name, claims) is None


# ---- Effects of properties

BOUND, UNBOUND = [0.9, 0.8, 0.7], [0.6, 0.5, 0.55]


def toy(*, is_remedy: bool = False, edition: Any = "first") -> StudyProperty:
    comparisons = (PropertyComparison(edition=edition, **TOY),)
    about = {"name": "toy", "words": "Toys", "page": "density", "claim": None}
    return StudyProperty(**about, is_remedy=is_remedy, comparisons=comparisons)


def condition(label: str, values: list[float], forms: Any = ("canonical",), **others: Any) -> list[Row]:
    """A run for each final accuracy on 1,000 scenes; the interval is 0.03 wide on each side, and own ones are 0.9."""
    rows = []
    for seed, value in enumerate(values):
        row: Row = {"condition": label, "seed": seed, "stage": "result", "is_point": True, "sweep": "toy"}
        for form, score in ({"own": 0.9} | dict.fromkeys(forms, value)).items():
            parts = {"value": score, "n": 1000, "low": score - 0.03, "high": score + 0.03, "chance": 0.5}
            row |= {f"{form}.binding_accuracy.{name}": part for name, part in parts.items()}
        rows.append(row | others)
    return rows


def test_an_effect_of_the_first_edition() -> None:
    rows = [*condition("start", BOUND), *condition("end", UNBOUND), *condition("control", [0.9, 0.9])]
    canonical, own = property_effects(toy(), {"toy": rows})
    # 0.8 - 0.03 lies above 0.75, 0.7 - 0.03 does not.
    assert [side["num_bound"] for side in canonical["sides"]] == [2, 0]
    assert canonical["bound"]["value"] == pytest.approx(-2 / 3)
    assert (canonical["final"]["value"], canonical["final"]["n"]) == (pytest.approx(-0.25), 3)
    assert canonical["control"]["value"] == 1 and canonical["state"] == "measured"
    # Welch's interval: variances 0.01 and 0.0025, each over three.
    assert canonical["final"]["low"] == pytest.approx(-0.25 - 3.1824 * (0.0125 / 3) ** 0.5, abs=0.03)
    assert own["final"]["value"] == pytest.approx(0) and own["form"] == "own"


def test_pairs_of_seeds_in_the_second_edition() -> None:
    scenes = {"evaluation.count": 4000, "bound.canonical.step": 100, "bound.own.step": None, "steps": 180}
    start, end = condition("start", [0.5, 0.6, 0.7], **scenes), condition("end", [0.7, 0.8, 0.9], **scenes)
    effect, own = property_effects(toy(edition="second"), {"toy": [*start, *end]})
    assert (effect["final"]["value"], effect["final"]["low"]) == pytest.approx((0.2, 0.2)), "each pair differs by .2"
    assert effect["bound"]["value"] == 0, "the time decides, not the final accuracy"
    assert (own["sides"][0]["num_bound"], own["control"]["n"], own["state"]) == (0, 0, "untestable here")


@pytest.mark.parametrize(
    ("start", "end", "control", "is_remedy", "state"),
    [
        (BOUND, UNBOUND, BOUND, False, "measured"),
        (UNBOUND, UNBOUND, UNBOUND, False, "untestable here"),
        (UNBOUND, UNBOUND, [0.9, 0.6, 0.6], True, "untestable here"),
        (UNBOUND, BOUND, UNBOUND, True, "measured"),
        ([0.9] * 3, BOUND, BOUND, True, "no headroom"),
        ([0.9] * 3, BOUND, BOUND, False, "measured"),
    ],
)
def test_the_state(start: list[float], end: list[float], control: list[float], is_remedy: bool, state: str) -> None:
    rows = [*condition("start", start), *condition("end", end), *condition("control", control)]
    assert property_effects(toy(is_remedy=is_remedy), {"toy": rows})[0]["state"] == state


@pytest.mark.parametrize(("step", "state"), [(45, "no headroom"), (46, "measured")])
def test_a_host_that_binds_after_a_quarter_of_its_budget_has_headroom(step: int, state: str) -> None:
    bound_at = {"steps": 180, "bound.canonical.step": step, "bound.own.step": 10}
    rows = [each for label in TOY for each in condition(label, [0.8] * 3, **bound_at)]
    effects = property_effects(toy(is_remedy=True, edition="second"), {"toy": rows})
    assert [each["state"] for each in effects] == [state, "no headroom"]


def test_what_was_not_run_is_one_line_and_equal_forms_are_shown_once() -> None:
    (effect,) = property_effects(toy(), {"toy": condition("start", BOUND)})
    assert (effect["edition"], effect["state"], effect["sides"]) == (None, "not yet run", [])
    failed = [each | {"is_point": False} for each in condition("end", BOUND)]
    assert property_effects(toy(), {"toy": [*condition("start", BOUND), *failed]}) == [effect]
    rows = [row for label, value in (("start", 0.9), ("end", 0.5)) for row in condition(label, [value], EVERY_FORM)]
    assert [effect["form"] for effect in property_effects(toy(), {"toy": rows})] == ["canonical"]


def test_every_place_of_the_table_is_a_condition() -> None:
    known = {**FIRST_EDITION, **SECOND_EDITION}
    for each in STUDY_PROPERTIES.values():
        assert each.page in FIRST_EDITION and (each.claim is None or each.claim in CLAIMS)
        for comparison in each.comparisons:
            for ref in (comparison.start, comparison.end, comparison.control):
                assert ref.label in [condition.label for condition in known[ref.sweep].conditions], ref


def test_labels_are_escaped_in_a_picture() -> None:
    seeds = [{"bound": {"canonical": pairs}, "final": {"canonical.binding_accuracy": 0.9}} for pairs in (500, None)]
    drawn = seeds_picture("Title", [{"condition": "a & b", "pairs": 1000, "seeds": seeds}], "canonical")
    assert ElementTree.fromstring(drawn) is not None and "a &amp; b" in drawn


# ---- Shared runs, other levels


def run(sweep: str, label: str, seed: int, density: float = 1.0, lows: Any = (), **others: Any) -> Row:
    """A run whose quick evaluations, ten steps apart, have these lower bounds in canonical captions."""
    spec = {"preset": sweep, "data": {"attribute_density": density}, "train": {"seed": seed, "steps": 180}}
    row = {"sweep": sweep, "condition": label, "series": label, "x": label, "stage": "result", "seed": seed}
    steps = [{"step": 10 * index, "canonical": low + 0.06, "canonical.low": low} for index, low in enumerate(lows, 1)]
    row |= {"curve": json.dumps(steps), "status": "finished", "is_point": True, "bound.canonical.step": None}
    return {**row, "spec": json.dumps(spec), "key": f"{density}-{seed}", **others}


def test_equal_conditions_share_their_runs_on_scenes_that_are_drawn_alike() -> None:
    pooled = pool_rows(
        {
            "a": [run("a", "one", 0), run("a", "half", 0, 0.5)],
            "b": [run("b", "1", 0), run("b", "1", 1), run("b", "1", 2, stage="search")],
            "c": [run("c", "1", 3, **{"evaluation.seed": 10_003, "evaluation.count": 4000})],
            "pilot": [run("pilot", "host", 1000)],
        }
    )
    assert [(each["condition"], each["seed"], each["sweep"]) for each in pooled["a"]] == [
        ("one", 0, "a"), ("half", 0, "a"), ("one", 1, "b"),
    ]  # fmt: skip
    assert [len(pooled[name]) for name in ("b", "c", "pilot")] == [3, 1, 1]
    assert num_runs(pooled["a"]) == 3 and num_runs([*pooled["a"], *pooled["b"]]) == 4


def test_another_level_gives_another_time_by_hand() -> None:
    """Three in a row above .6 begin at step 20, above .7 at step 30, above .8 only the last one, above .9 none."""
    rows = {"toy": [run("toy", "host", 0, lows=[0.5, 0.65, 0.75, 0.75, 0.85])]}
    assert [rows_at_level(rows, level)["toy"][0]["bound.canonical.step"] for level in OTHER_LEVELS] == [
        20,
        30,
        50,
        None,
    ]
    assert rows["toy"][0]["bound.canonical.step"] is None
    near = {"toy": [run("toy", "host", 0, lows=[0.64, 0.74, 0.74, 0.79])]}
    bound_steps = [
        rows_at_level(near, CONTRACT.binding.level, of)["toy"][0]["bound.canonical.step"] for of in (".low", "")
    ]
    assert bound_steps == [40, 20], "the accuracy itself exceeds the level before its bound does"
    frozen = rows_by_sweep(FROZEN_FOLDER, ["naming-cliff"], "result")
    kept = [[row[f"bound.{form}.step"] for row in frozen["naming-cliff"]] for form in ("canonical", "own")]
    moved = rows_at_level(frozen, CONTRACT.binding.level)["naming-cliff"]
    assert [[row[f"bound.{form}.step"] for row in moved] for form in ("canonical", "own")] == kept


@pytest.mark.slow
def test_a_run_is_seen_if_spec_and_seed_are_those_of_the_first_edition() -> None:
    first = {"old": [run("old", "one", seed) for seed in (0, 1)]}
    second = {"new": [run("new", "host", seed) for seed in (0, 1, 2)], "more": [run("more", "end", 0, 0.5)]}
    repeated = count_repeated_runs(second, first)
    assert repeated == {"runs": 2, "of": 4, "seeds": {"new": {"host": [0, 1]}}}
    start, end = ({"sweep": "new", "label": "host"}, {"sweep": "more", "label": "end"})
    for bound, is_seen in (((3, 1), True), ((3, 2), False), ((0, 0), False)):
        sides = [{"bound": {"n": n}} for n in bound]
        assert is_seen_before({"start": start, "end": end, "sides": sides}, repeated) == is_seen
