"""Specs: each dial declared once, text and JSON there and back, and one sentence for anything that is off."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.dials import DialStage
from explorer.errors import UserError
from explorer.spec import (
    DIAL_TYPES,
    DIALS,
    PROTOCOL_VERSION,
    DataSpec,
    KnownNames,
    RunSpec,
    TrainSpec,
    evaluated_steps,
    override,
    protocol_version_of,
    saved_steps,
    spec_value,
    validate,
)

KINDS = ("color", "size", "pattern", "outline", "tilt")
NAMES = KnownNames(worlds={"things": KINDS}, models=("small", "large"))
MAX_LETTERS = 400  # letters of one sentence that a person still reads

untimed = settings(deadline=None, max_examples=40)


def read(changes: Mapping[str, Any]) -> RunSpec:
    """Build the spec as the command line and the page do from given values."""
    return validate(override(RunSpec(), changes), NAMES)


def as_text(value: Any) -> str:
    """A value of a field as a person would type it."""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def fields_of(spec: RunSpec) -> dict[str, Any]:
    """The typed values by field name."""
    return {name: spec_value(spec, name) for name in DIALS}


def numbers(name: str, *, low: float | None = None, high: float | None = None) -> st.SearchStrategy[Any]:
    """Numbers in the range of a dial, or in a narrower one."""
    dial = DIALS[name]
    assert dial.low is not None and dial.high is not None
    least, most = dial.low if low is None else low, dial.high if high is None else high
    whole = isinstance(fields_of(RunSpec())[name], int)
    return st.integers(math.ceil(least), math.floor(most)) if whole else st.floats(least, most)


def values(name: str) -> st.SearchStrategy[Any]:
    """Values of a dial by its row."""
    known = {"worlds": NAMES.worlds, "models": NAMES.models, "kinds": [(kind,) for kind in KINDS]}
    if words := DIALS[name].choices or known.get(DIALS[name].names or ""):
        return st.sampled_from(list(words))
    return st.booleans() if DIAL_TYPES[name] is bool else numbers(name)


@st.composite
def specs(draw: st.DrawFn) -> RunSpec:
    """Any legal `RunSpec`."""
    n = draw(numbers("objects_in_image"))
    order, named = draw(st.permutations(KINDS)), draw(st.integers(0, len(KINDS)))
    kinds = tuple(order[:named])
    special = {
        "objects_in_image": st.just(n),
        "attribute_kinds": st.just(kinds),
        "untold_kinds": st.just(tuple(order[named:][:2])),
        "tidy_kinds": st.just(tuple(order[: 1 + named // 2])),
        "told_together": st.just("independent"),
        "attribute_density": numbers("attribute_density", high=len(kinds)),
        "caption_completeness": numbers("caption_completeness", low=1 / n),
        "init": st.sampled_from(("hf-hub:a/b", "local-dir:/tmp/ü x")),
    }
    chosen = {name: draw(special[name] if name in special else values(name)) for name in DIALS}
    data = {f.name: chosen[f.name] for f in fields(DataSpec)}
    train = {f.name: chosen[f.name] for f in fields(TrainSpec)}
    preset = draw(st.none() | st.sampled_from(("friendly", "salient")))
    return validate(RunSpec(data=DataSpec(**data), train=TrainSpec(**train), preset=preset), NAMES)


FIRST_DIALS = {
    "world", "objects_in_image", "attribute_kinds", "attribute_object_correlation", "held_out_pairs",
    "attribute_density", "caption_completeness", "caption_lengths", "saliency_bias",
    "model", "init", "tune", "batch_size", "hard_negatives", "mask_false_negatives", "loss", "optimizer",
    "learning_rate", "steps", "precision", "seed",
}  # fmt: skip
"""Those of the first specs, whose keys hold the values of all of them."""


def test_a_dial_that_came_later_is_left_out_of_the_keys_of_older_specs() -> None:
    new = {name for name, dial in DIALS.items() if not dial.is_later} - FIRST_DIALS
    assert not new, f"set is_later=True in explorer/spec.py, else older specs and runs get another key: {sorted(new)}"


def test_each_dial_is_declared_once_with_words_and_a_range() -> None:
    names = [f.name for spec in (DataSpec, TrainSpec) for f in fields(spec)]
    assert len(set(names)) == len(names), "one name reaches one field, or --set could not tell them apart"
    assert list(DIALS) == names
    assert len({dial.label for dial in DIALS.values()}) == len(names)
    for name, dial in DIALS.items():
        assert dial.label.strip() and dial.help.strip().endswith("."), name
        assert dial.stage in get_args(DialStage), name
        assert (dial.low is None) == (dial.high is None), name
        assert sum((dial.low is not None, dial.choices is not None)) <= 1, name
        default = fields_of(RunSpec())[name]
        if isinstance(default, int | float) and not isinstance(default, bool):
            assert dial.low is not None and dial.high is not None and dial.low <= default <= dial.high, name
            for value in (dial.low - 1, dial.high + 1):
                assert sentence({name: value}).startswith(name + "=")
    assert validate(RunSpec(), NAMES) == RunSpec() == override(RunSpec(), {})


@untimed
@given(spec=specs())
def test_json_and_text_there_and_back(spec: RunSpec) -> None:
    assert RunSpec.from_json(json.loads(json.dumps(spec.to_json(), allow_nan=False))) == spec
    typed = {name: as_text(value) for name, value in fields_of(spec).items()}
    assert replace(read(typed), preset=spec.preset) == spec


@untimed
@given(spec=specs(), other=specs(), name=st.sampled_from(list(DIALS)))
def test_override_changes_the_fields_given_and_no_other(spec: RunSpec, other: RunSpec, name: str) -> None:
    changed = override(spec, {name: fields_of(other)[name]})
    assert fields_of(changed) == {**fields_of(spec), name: fields_of(other)[name]}
    assert changed.preset == spec.preset


def test_a_file_without_some_fields_gets_their_defaults() -> None:
    # Files that do not tell their recipe were written when there was one.
    assert RunSpec.from_json({}) == RunSpec(protocol=1)
    assert RunSpec().to_json()["recipe"] == RunSpec.from_json({"recipe": PROTOCOL_VERSION}).protocol == PROTOCOL_VERSION
    assert list(RunSpec().to_json()) == ["data", "train", "preset", "recipe"]  # run folders keep their bytes
    assert RunSpec.from_json({"data": {"saliency_bias": 0.5}}).data == DataSpec(saliency_bias=0.5)


@pytest.mark.parametrize(
    ("recorded", "number"),
    [(2, 2), ("2", 2), ("2.989071808038", 2), ("2.e9e3f1319444", 2), ("12.0", 12), ("older", None), (None, None)]
    + [("", None), (".2", None), ("2e9", None), ("-2", None), ("²", None)],
)
def test_a_recorded_protocol_is_the_number_before_the_dot(recorded: Any, number: int | None) -> None:
    assert protocol_version_of(recorded) == number


@pytest.mark.parametrize("protocol", [0, PROTOCOL_VERSION + 1, True, 1.0, "1", None])
def test_a_protocol_that_never_was_is_refused(protocol: Any) -> None:
    with pytest.raises(UserError, match=rf"^recipe=.*: give a whole number from 1 to {PROTOCOL_VERSION}$"):
        RunSpec.from_json({"recipe": protocol})


GOOD = [
    ("caption_completeness", "1/2", 0.5),
    ("caption_completeness", " 2/3 ", 2 / 3),
    ("saliency_bias", ".5", 0.5),
    ("saliency_bias", "1", 1.0),
    ("saliency_bias", "-0", 0.0),
    ("saliency_bias", -0.0, 0.0),
    ("learning_rate", "2E-3", 2e-3),
    ("batch_size", "1e2", 100),
    ("batch_size", 64.0, 64),
    ("steps", "+7", 7),
    ("attribute_kinds", " size , color", ("size", "color")),
    ("attribute_kinds", ["size"], ("size",)),
    ("mask_false_negatives", "Yes", True),
    ("mask_false_negatives", 0, False),
    ("caption_lengths", " mixed ", "mixed"),
]


@pytest.mark.parametrize(("name", "given_value", "expected"), GOOD)
def test_what_a_person_may_type(name: str, given_value: Any, expected: Any) -> None:
    value = fields_of(read({name: given_value}))[name]
    assert value == expected
    assert type(value) is type(expected)
    assert repr(value) == repr(expected), "-0.0 equals 0.0"


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_completeness_may_be_one_object_and_not_less(n: int) -> None:
    assert read({"objects_in_image": n, "caption_completeness": f"1/{n}"}).data.caption_completeness == 1 / n
    text = sentence({"objects_in_image": n, "caption_completeness": 1 / n - 1e-9})
    assert f"from {'0.25' if n == 4 else f'1/{n}'} to 1" in text


def sentence(changes: Mapping[str, Any]) -> str:
    """The one sentence that bad input gives."""
    with pytest.raises(UserError) as caught:
        read(changes)
    text = str(caught.value)
    assert text.isprintable() and len(text) <= MAX_LETTERS, text
    return text


# The field, what is given, how the sentence shows it, and words of what is allowed.
BAD: list[tuple[str, Any, str, str]] = [
    ("saliency_bias", 1.7, "1.7", "from 0 to 1"),
    ("saliency_bias", "1/0", "1/0", "from 0 to 1"),
    ("saliency_bias", "half", "half", "a number from 0 to 1"),
    ("saliency_bias", "", "", "a number from 0 to 1"),
    ("saliency_bias", "0,5", "0,5", "a number from 0 to 1"),
    ("saliency_bias", None, "nothing", "a number from 0 to 1"),
    ("saliency_bias", True, "True", "a number from 0 to 1"),
    ("batch_size", "1e99", "1e99", "a whole number from 16 to 4096"),
    ("batch_size", math.nan, "nan", "a whole number from 16 to 4096"),
    ("batch_size", "0x10", "0x10", "a whole number from 16 to 4096"),
    ("batch_size", "1_000", "1_000", "a whole number from 16 to 4096"),
    ("batch_size", "６４", "６４", "a whole number from 16 to 4096"),
    ("batch_size", True, "True", "a whole number from 16 to 4096"),
    ("batch_size", 10**5000, "digits", "a whole number from 16 to 4096"),
    ("batch_size", "9" * 5000, "99999...", "a whole number from 16 to 4096"),
    ("objects_in_image", 5, "5", "from 1 to 4"),
    ("seed", 2**31, "2147483648", "from 0 to 2147483647"),
    ("learning_rate", "1e400", "1e400", "a number from 1e-07 to 0.1"),
    ("attribute_kinds", "shape", "shape", "color, size, pattern, outline, tilt"),
    ("attribute_kinds", "color,size,color", "color,size,color", "once"),
    ("untold_kinds", "color", "color", "captions tell this kind, because attribute_kinds has it too"),
    ("attribute_kinds", ["color", 1], "1", "words joined by commas"),
    ("attribute_kinds", {"color": 1}, "color", "words joined by commas"),
    ("attribute_density", 1.5, "1.5", "from 0 to 1"),
    ("caption_completeness", 0.4, "0.4", "1/2"),
    ("caption_completeness", 0.1, "0.1", "from 0.25 to 1"),
    ("attribute_object_correlation", -1e-9, "-1e-09", "from 0 to 1"),
    ("caption_lengths", "short", "short", "fixed or mixed"),
    ("caption_lengths", ["fixed"], "fixed", "a word"),
    ("world", "x", "x", "things"),
    ("world", "x\ny\u2028z", "x y z", "things"),
    ("world", "\ud800", " ", "things"),
    ("world", "w" * 100_000, "www...", "things"),
    ("world", {"a": 1}, "{'a': 1}", "a word"),
    ("model", "x", "x", "small or large"),
    ("init", "  ", "", "a word"),
    ("tune", "text", "text", "tune=all"),
    ("told_together", "both", "both", "independent or both-or-neither or at-most-one"),
    ("bare_word", "plain", "plain", "none or certain"),
    ("wrong_values", 1.5, "1.5", "from 0 to 1"),
    ("tidy_kinds", "shape", "shape", "color, size, pattern, outline, tilt"),
    ("tidy_kinds", "size,size", "size,size", "once"),
    ("tune", "prompt", "prompt", "all or text or image or lora or text-map"),
    ("loss", "mse", "mse", "clip or siglip"),
    ("mask_false_negatives", "maybe", "maybe", "true or false"),
    ("mask_false_negatives", 1.0, "1.0", "true or false"),
]


@pytest.mark.parametrize(("name", "value", "shown", "allowed"), BAD, ids=[f"{row[0]}-{row[2]!a}" for row in BAD])
def test_bad_input_gives_one_sentence(name: str, value: Any, shown: str, allowed: str) -> None:
    text = sentence({name: value})
    assert text.startswith(name + "=")
    assert shown in text.removeprefix(name + "=")
    assert allowed in text.split(": ", 1)[1]


@pytest.mark.parametrize("name", ["saliency", "data", "", "x\ny", "x" * 10_000, "Steps", "preset"])
def test_an_unknown_field_is_named_beside_the_known_ones(name: str) -> None:
    with pytest.raises(UserError) as caught:
        override(RunSpec(), {name: 1})
    text = str(caught.value)
    assert text.isprintable() and len(text) < MAX_LETTERS + 200
    assert text.startswith("field=")
    assert all(field in text for field in DIALS)


def test_the_range_is_checked_after_all_changes() -> None:
    changes = {"attribute_density": 2, "caption_completeness": "1/3"}
    assert read({**changes, "attribute_kinds": "color,size", "objects_in_image": 3}).data.attribute_density == 2.0
    reversed_order = {"objects_in_image": 3, "attribute_kinds": "color,size", **changes}
    assert read(reversed_order) == read({**changes, "attribute_kinds": "color,size", "objects_in_image": 3})
    sentence(changes)


def test_no_kinds_allow_no_density() -> None:
    assert read({"attribute_kinds": "", "attribute_density": 0}).data.attribute_kinds == ()
    assert "attribute_kinds (none)" in sentence({"attribute_kinds": "", "attribute_density": 0.5})


TWO_OF_FOUR = {"objects_in_image": 4, "caption_completeness": 0.5}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        (TWO_OF_FOUR, None),
        ({"caption_lengths": "mixed"}, None),
        ({"objects_in_image": 3, "caption_completeness": "2/3"}, None),
        (TWO_OF_FOUR | {"caption_lengths": "mixed"}, "told_together="),
        ({"caption_completeness": 0.75}, "told_together="),
        ({"objects_in_image": 3}, "told_together="),
        ({"attribute_kinds": "color,size"}, "told_together="),
        ({"attribute_kinds": ""}, "told_together="),
        ({"attribute_density": 0.75}, "told_together=at-most-one: tells at most one"),
    ],
)
def test_values_are_told_together_of_two_objects_and_one_kind(changes: dict[str, Any], problem: str | None) -> None:
    dialed = {"told_together": "at-most-one", "attribute_density": 0 if changes.get("attribute_kinds") == "" else 0.5}
    if problem is None:
        assert read(dialed | changes).data.told_together == "at-most-one"
    else:
        assert sentence(dialed | changes).startswith(problem)
    assert read({"attribute_density": 0.75, "told_together": "both-or-neither"}).data.attribute_density == 0.75


def test_tidy_pairs_need_a_kind() -> None:
    assert read({"tidy_kinds": ""}).data.tidy_kinds == (), "without such pairs it says nothing"
    assert sentence({"tidy_kinds": "", "tidy_share": 0.1}).startswith("tidy_share=0.1: ")


NOT_SPECS = [None, 3, "x", [], [["data", {}]], {"data": None}, {"data": 3}, {"data": [1]}, {"train": "xy"}]
NOT_SPECS += [{"preset": 3}, {"preset": ["a"]}, {"data": {"x": 1}}, {"train": {"steps": "many"}}, {"data": {1: 2}}]


@pytest.mark.parametrize("record", NOT_SPECS, ids=repr)
def test_a_file_that_holds_something_else_gives_one_sentence(record: Any) -> None:
    with pytest.raises(UserError) as caught:
        RunSpec.from_json(record)
    assert str(caught.value).isprintable()


huge = st.integers(4000, 6000).map(lambda digits: 10**digits)
leaves = st.none() | st.booleans() | st.integers() | huge | st.floats() | st.text() | st.sampled_from(("1/3", "nan"))
anything = st.recursive(leaves, lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3))


@settings(deadline=None, max_examples=100)
@given(changes=st.dictionaries(st.sampled_from(list(DIALS)), anything, max_size=4))
def test_no_value_escapes_as_another_error(changes: dict[str, Any]) -> None:
    try:
        spec = read(changes)
    except UserError as error:
        assert str(error).isprintable()
        return
    assert RunSpec.from_json(json.loads(json.dumps(spec.to_json(), allow_nan=False))) == spec


@settings(deadline=None, max_examples=60)
@given(record=anything | st.fixed_dictionaries({"data": anything, "train": anything, "preset": anything}))
def test_no_file_escapes_as_another_error(record: Any) -> None:
    try:
        spec = RunSpec.from_json(record)
    except UserError as error:
        assert str(error).isprintable()
        return
    assert isinstance(spec, RunSpec)


@pytest.mark.parametrize("steps", [1, 2, 3, 25, 100, 180, 1000])
def test_a_run_is_looked_at_early_often_and_at_its_end(steps: int) -> None:
    evaluated = sorted(evaluated_steps(steps))
    assert evaluated[-1] == steps and 1 <= evaluated[0] <= max(3, steps // 40)
    assert len(evaluated) == (24 if steps >= 96 else min(steps, max(4, steps // 4)))
    gaps = [later - earlier for earlier, later in pairwise(evaluated)]
    assert all(later >= earlier - 1 for earlier, later in pairwise(gaps))
    assert sorted(saved_steps(steps)) == (evaluated[1::2] if len(evaluated) == 24 else evaluated), (
        "about twelve are kept"
    )
