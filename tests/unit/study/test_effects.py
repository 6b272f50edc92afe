"""Effects of properties by hand: shares and accuracies of both editions, states, shared runs, picture and document."""

import json
import xml.etree.ElementTree as ElementTree
from statistics import mean
from typing import Any

import pytest

from explorer.evaluation.results import BINDING_LEVEL, EVERY_FORM
from explorer.stats import wilson
from explorer.study.claim_findings import read_sweeps
from explorer.study.claims import CLAIMS, ConditionRef
from explorer.study.evidence_store import FROZEN, load_claims
from explorer.study.freeze_evidence import DOCUMENT, coverage, whole_rows
from explorer.study.properties import PROPERTIES, Property, PropertyComparison
from explorer.study.property_effects import forest_picture, is_bound, property_effects, seeds_picture
from explorer.study.rows import Row, num_runs, pooled, read_rows
from explorer.study.second_document import (
    MOST_WORDS,
    claim_sentence,
    is_seen_before,
    num_words,
    second_document,
    step_words,
)
from explorer.study.second_edition import SECOND_EDITION
from explorer.study.study_text import LIMITS, METHODS
from explorer.study.table import SWEEPS
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
    assert [side.num_bound for side in canonical.sides] == [2, 0] and canonical.bound.value == pytest.approx(-2 / 3)
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
    assert own.sides[0].num_bound == 0 and own.control.n == 0 and own.state == "untestable here"


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
    assert is_bound(row("a", 0, {"complete": 0.781}), "complete")
    assert not is_bound(row("a", 0, {"complete": 0.779}), "complete")
    assert not is_bound(row("a", 0, {"own": 0.99}, **{"bound.own.step": None}), "own")


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


def test_the_document_is_short_and_that_of_the_frozen_findings() -> None:
    found = load_claims()
    assert found is not None and second_document(found) == DOCUMENT.read_text()
    assert num_words(DOCUMENT.read_text()) <= MOST_WORDS


def test_the_tally_says_how_many_directions_repeat_known_runs() -> None:
    found = load_claims()
    assert found is not None
    findings = [each for each in found["findings"] if each["claim"] == "objects"]
    known = sum(is_seen_before(each, found["seen_before"]) and each["word"] == "as stated" for each in findings)
    stated = sum(each["word"] == "as stated" for each in findings)
    assert known and f"{stated} as stated ({known} †)" in claim_sentence("objects", found)


def test_a_claim_without_runs_shows_every_form_of_the_first_edition() -> None:
    found = load_claims()
    assert found is not None
    forms = [each["form"] for each in found["effects"] if each["claim"] == "salience"]
    said = claim_sentence("salience", found)
    assert len(forms) > 3 and all(said.count(f"{form} ") >= forms.count(form) for form in set(forms))


def test_figures_that_stand_in_the_texts_are_those_of_the_rows() -> None:
    methods, limits = (" ".join(text.split()) for text in (METHODS, LIMITS))
    salient = [row for row in read_rows(FROZEN / "saliency.parquet")[0] if row["condition"] == "2 objects: 1"]
    groups: dict[str, list[float]] = {"first": [], "second": []}
    for row in salient:
        for each in json.loads(row["breakdown"]):
            if (each["form"], each["by"]) == ("canonical", "larger_object") and row["stage"] == "result":
                groups[each["group"]].append(each["value"])
    first, second = (round(100 * mean(groups[name])) for name in groups)
    assert f"{first} % (larger object named first) and {second} % (second)" in limits

    naming = read_sweeps(FROZEN)["naming-cliff"]
    rows = [row for row in naming if row["condition"] == "2 objects: 0%"]
    above = sum(row["canonical.binding_accuracy.value"] > BINDING_LEVEL for row in rows)
    bound = sum(row["bound.canonical.step"] is not None for row in rows)
    assert (above, bound, len(rows)) == (2, 1, 5) and "two seeds of five end above it and one binds" in limits

    least = min(count for count in range(351) if wilson(count, 350)[0] > BINDING_LEVEL)
    final = [min(count for count in range(n + 1) if wilson(count, n)[0] > BINDING_LEVEL) / n for n in (3500, 800)]
    assert least / 350 == pytest.approx(0.8, abs=0.005) and "this asks for about 80 %" in methods
    assert [round(100 * share) for share in final] == [76, 78] and "mostly asks for 76 to 78 %" in methods


@pytest.mark.parametrize(
    ("sweep", "start", "end", "words"),
    [
        ("naming-cliff", "2 objects: 0%", "2 objects: 10%",
         "2 objects, share of captions that name two objects: 0% → 10%"),
        ("objects-named", "2 in the image: 2", "4 in the image: 4",
         "2 in the image, objects named: 2 → 4 in the image, objects named: 4"),
        ("repairs-given-time", "web-like", "one kind", "repair of web-like: web-like → one kind"),
    ],
)  # fmt: skip
def test_a_step_names_what_differs(sweep: str, start: str, end: str, words: str) -> None:
    assert step_words({"sweep": sweep, "label": start}, {"sweep": sweep, "label": end}) == words


def test_the_bars_of_a_table_are_no_words() -> None:
    assert num_words("a|b | c\n---|---|---\n+1 (−2 to 3) | **x**") == 8
