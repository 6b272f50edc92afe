"""Effects of properties by hand: shares and accuracies of both editions, states, shared runs, picture and document."""

import json
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from explorer.evaluation.results import EVERY_FORM
from explorer.study.claims import CLAIMS, PROPERTIES, ConditionRef, Property, PropertyComparison
from explorer.study.compare import bound_time, property_effects
from explorer.study.freeze_evidence import coverage, whole_rows
from explorer.study.pictures import forest_picture, seeds_picture
from explorer.study.rows import Row, num_runs, pooled
from explorer.study.sweeps import SECOND_EDITION, SWEEPS
from tests.unit.study.toy_sweep import toy_sweep


def row(label: str, seed: int, scores: dict[str, float], **others: Any) -> Row:
    """A run with these final accuracies on 1,000 scenes; the interval is 0.03 wide on each side."""
    found: Row = {"condition": label, "seed": seed, "stage": "result", "is_point": True, "sweep": "toy"}
    for form, value in scores.items():
        for part, number in (("value", value), ("n", 1000), ("low", value - 0.03), ("high", value + 0.03)):
            found[f"{form}.binding_accuracy.{part}"] = number
        found[f"{form}.binding_accuracy.chance"] = 0.5
    return found | others


def toy(*, is_remedy: bool = False, edition: Any = "first") -> Property:
    ref = {name: ConditionRef(sweep="toy", label=name) for name in ("start", "end", "control")}
    comparison = PropertyComparison(edition=edition, start=ref["start"], end=ref["end"], control=ref["control"])
    return Property(
        name="toy", words="Toys", page="density", claim=None, is_remedy=is_remedy, comparisons=(comparison,)
    )


def condition(label: str, values: list[float], **others: Any) -> list[Row]:
    return [row(label, seed, {"canonical": value, "own": 0.9}, **others) for seed, value in enumerate(values)]


BOUND, UNBOUND = [0.9, 0.8, 0.7], [0.6, 0.5, 0.55]


def test_an_effect_of_the_first_edition() -> None:
    rows = [*condition("start", BOUND), *condition("end", UNBOUND), *condition("control", [0.9, 0.9])]
    canonical, own = property_effects(toy(), {"toy": rows})
    # 0.8 - 0.03 lies above 0.75, 0.7 - 0.03 does not.
    assert [side.times.num_bound for side in canonical.sides] == [2, 0]
    assert canonical.bound.value == pytest.approx(-2 / 3)
    assert canonical.final.value == pytest.approx(-0.25) and canonical.final.n == 3
    assert canonical.control.value == 1 and canonical.state == "measured"
    # Welch's interval: variances 0.01 and 0.0025, each over three.
    assert canonical.final.low == pytest.approx(-0.25 - 3.1824 * (0.0125 / 3) ** 0.5, abs=0.03)
    assert own.final.value == pytest.approx(0) and own.form == "own"


def test_pairs_of_seeds_in_the_second_edition() -> None:
    scenes = {"evaluation.count": 4000, "bound.canonical.step": 100, "bound.own.step": None, "steps": 180}
    start, end = condition("start", [0.5, 0.6, 0.7], **scenes), condition("end", [0.7, 0.8, 0.9], **scenes)
    (effect, own) = property_effects(toy(edition="second"), {"toy": [*start, *end]})
    assert effect.final.value == pytest.approx(0.2) and effect.final.low == pytest.approx(0.2), (
        "each pair differs by .2"
    )
    assert effect.bound.value == 0, "the time decides, not the final accuracy"
    assert own.sides[0].times.num_bound == 0 and own.control.n == 0 and own.state == "untestable here"


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
    assert property_effects(toy(is_remedy=is_remedy), {"toy": rows})[0].state == state


@pytest.mark.parametrize(("step", "state"), [(45, "no headroom"), (46, "measured")])
def test_a_host_that_binds_after_a_quarter_of_its_budget_has_headroom(step: int, state: str) -> None:
    times = {"steps": 180, "bound.canonical.step": step, "bound.own.step": 10}
    rows = [each for label in ("start", "end", "control") for each in condition(label, [0.8] * 3, **times)]
    canonical, own = property_effects(toy(is_remedy=True, edition="second"), {"toy": rows})
    assert canonical.state == state and own.state == "no headroom"


def test_what_was_not_run_is_one_line() -> None:
    (effect,) = property_effects(toy(), {"toy": condition("start", BOUND)})
    assert (effect.edition, effect.state, effect.sides) == (None, "not yet run", ())
    failed = [each | {"is_point": False} for each in condition("end", BOUND)]
    assert property_effects(toy(), {"toy": [*condition("start", BOUND), *failed]}) == [effect]


def test_equal_forms_are_shown_once() -> None:
    rows = [row(label, 0, dict.fromkeys(EVERY_FORM, value)) for label, value in (("start", 0.9), ("end", 0.5))]
    assert [effect.form for effect in property_effects(toy(), {"toy": rows})] == ["canonical"]


def test_bound_needs_the_lower_end_above_the_level() -> None:
    assert bound_time(row("a", 0, {"complete": 0.781}), "complete")
    assert not bound_time(row("a", 0, {"complete": 0.779}), "complete")
    assert not bound_time(row("a", 0, {"own": 0.99}, **{"bound.own.step": None}), "own")


# --- shared runs and coverage ---


def run(sweep: str, label: str, seed: int, density: float, **others: Any) -> Row:
    spec = {"preset": sweep, "data": {"attribute_density": density}, "train": {"seed": seed, "steps": 180}}
    found = {"sweep": sweep, "condition": label, "series": label, "x": label, "stage": "result", "seed": seed}
    return {**found, "spec": json.dumps(spec), "key": f"{density}-{seed}", **others}


def test_equal_conditions_share_their_runs() -> None:
    found = pooled(
        {
            "a": [run("a", "one", 0, 1.0), run("a", "half", 0, 0.5)],
            "b": [run("b", "1", 0, 1.0), run("b", "1", 1, 1.0), run("b", "1", 2, 1.0, stage="search")],
            "pilot": [run("pilot", "host", 1000, 1.0)],
        }
    )
    assert [(each["condition"], each["seed"], each["sweep"]) for each in found["a"]] == [
        ("one", 0, "a"), ("half", 0, "a"), ("one", 1, "b"),
    ]  # fmt: skip
    assert len(found["b"]) == 3 and len(found["pilot"]) == 1
    assert num_runs(found["a"]) == 3 and num_runs([*found["a"], *found["b"]]) == 4


def test_rows_with_other_scenes_are_not_shared() -> None:
    fresh = {"evaluation.seed": 10_001, "evaluation.count": 4000}
    found = pooled({"a": [run("a", "one", 0, 1.0)], "b": [run("b", "1", 1, 1.0, **fresh)]})
    assert [len(rows) for rows in found.values()] == [1, 1]


def test_conditions_with_every_seed_are_whole() -> None:
    sweep = toy_sweep()
    rows = [run("toy", "complete", seed, 1.0) for seed in (0, 1)] + [run("toy", "half", 1, 0.5)]
    found = coverage(sweep, rows)
    assert (found.whole, found.begun, found.missing, found.is_whole) == (("complete",), (("half", 1),), (), False)
    assert whole_rows(sweep, rows) == rows[:2] and coverage(sweep, []).missing == ("complete", "half")


# --- the tables, the picture and the document ---


def test_every_place_of_the_table_is_a_condition() -> None:
    known = {**SWEEPS, **SECOND_EDITION}
    refs = [
        ref
        for each in PROPERTIES.values()
        for comparison in each.comparisons
        for ref in (comparison.start, comparison.end, comparison.control)
    ]
    for ref in refs:
        assert ref.label in [condition.label for condition in known[ref.sweep].conditions], ref
    assert all(each.claim is None or each.claim in CLAIMS for each in PROPERTIES.values())
    assert all(each.page in SWEEPS for each in PROPERTIES.values())


def test_pictures_are_well_formed() -> None:
    rows = [*condition("start", BOUND), *condition("end", UNBOUND), *condition("control", BOUND)]
    effects = [each.as_dict() for each in property_effects(toy(), {"toy": rows})]
    unrun = property_effects(toy(), {})[0].as_dict() | {"words": "Others"}
    text = forest_picture([*effects, unrun])
    ElementTree.fromstring(text)
    assert "Toys (first edition)" in text and "2 of 3 to 0 of 3; 80 to 55" in text and "not yet run" in text
    seeds = [{"bound": {"canonical": pairs}, "final": {"canonical.binding_accuracy": 0.9}} for pairs in (500, None)]
    drawn = seeds_picture("Title", [{"condition": "a & b", "pairs": 1000, "seeds": seeds}], "canonical")
    ElementTree.fromstring(drawn)
    assert drawn.count("<circle") == 4 and "a &amp; b" in drawn
