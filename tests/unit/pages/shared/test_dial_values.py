"""Values of a browser give the spec that the dials show, and bad values are sentences."""

import math
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.pages.shared import dial_values
from explorer.pages.shared.dial_values import has_choice, read
from explorer.pages.shared.url_state import values_of
from explorer.presets import PRESETS
from explorer.spec import DIALS

SHOWN = tuple(filter(has_choice, DIALS))


def test_a_dial_with_one_value_has_nothing_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tuple(DIALS) == SHOWN
    monkeypatch.setitem(dial_values.NAMES, "world", ("things",))
    assert not has_choice("world")


@pytest.mark.parametrize("name", PRESETS)
def test_what_the_dials_show_of_a_preset_is_that_preset(name: str) -> None:
    spec = PRESETS[name].spec
    assert read(name, SHOWN, [values_of(spec)[field] for field in SHOWN]) == (spec, [])


def test_what_a_browser_makes_of_numbers_is_read_too() -> None:
    # JSON has one kind of number, so that 2 objects may come as 2.0 and a density of 1.0 as 1.
    names, values = ("objects_in_image", "attribute_density", "attribute_kinds"), (2.0, 1, ["color"])
    assert read("binding-friendly", names, values) == (PRESETS["binding-friendly"].spec, [])


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("saliency_bias", 7, "from 0 to 1"),
        ("saliency_bias", None, "give a number"),
        ("steps", 0, "from 1 to 1000000"),
        ("steps", 1.5, "whole number"),
        ("steps", float("inf"), "whole number"),
        ("seed", "", "whole number"),
        ("learning_rate", "fast", "give a number"),
        ("attribute_kinds", ["smell"], "color"),
        ("attribute_kinds", None, "words"),
        ("loss", "hinge", "clip or siglip"),
        ("loss", {"clip": 1}, "give a word"),
        ("init", None, "give a word"),
        ("mask_false_negatives", "perhaps", "true or false"),
    ],
)
def test_a_bad_value_is_one_sentence(field: str, value: Any, words: str) -> None:
    with pytest.raises(UserError) as caught:
        read("web-like", (field,), (value,))
    text = str(caught.value)
    assert text.startswith(f"{field}=") and words in text and "\n" not in text


def test_an_unknown_preset_is_a_sentence() -> None:
    with pytest.raises(UserError, match="preset=nope: choose binding-friendly"):
        read("nope", (), ())


@pytest.mark.parametrize(
    ("kinds", "density", "found"),
    [
        (["color"], 0.5, ["color"]),
        (["color"], 1.5, ["color", "pattern"]),
        (["color"], 3, ["color", "pattern", "tilt"]),
        (["size"], 3, ["size", "color", "pattern"]),
        ([], 0.5, ["color"]),
        (["color"], 5, ["color", "pattern", "tilt", "size", "outline"]),
    ],
)
def test_a_density_that_is_raised_brings_its_kinds(kinds: list[str], density: float, found: list[str]) -> None:
    fields = {"attribute_kinds": kinds, "attribute_density": density}
    spec, notes = read("binding-friendly", tuple(fields), tuple(fields.values()), moved="attribute_density")
    shown = values_of(spec)
    assert (shown["attribute_kinds"], shown["attribute_density"]) == (found, density)
    assert notes == ([] if found == kinds else [f"attribute_kinds is now {', '.join(found)}: an object has one value"
                                                " of each kind"])  # fmt: skip


@pytest.mark.parametrize("density", [math.nan, math.inf, -1, "x"])
def test_a_density_that_no_kinds_allow_stays_a_sentence(density: Any) -> None:
    with pytest.raises(UserError, match="attribute_density="):
        read("binding-friendly", ("attribute_density",), (density,), moved="attribute_density")


@pytest.mark.parametrize(
    ("fields", "moved", "note"),
    [
        ({"objects_in_image": 4, "caption_completeness": 0.25}, {}, None),
        (
            {"objects_in_image": 2, "caption_completeness": 0.3},
            {"caption_completeness": 0.5},
            "caption_completeness is",
        ),
        (
            {"attribute_kinds": ["size"], "attribute_density": 2},
            {"attribute_density": 1.0},
            "attribute_density is now 1",
        ),
        ({"attribute_kinds": []}, {"attribute_density": 0.0}, "attribute_density is now 0"),
        ({"tune": "text"}, {"tune": "all"}, "tune is now all"),
    ],
)
def test_a_field_that_another_bounds_is_moved_and_told(
    fields: dict[str, Any], moved: dict[str, Any], note: str | None
) -> None:
    spec, notes = read("binding-friendly", tuple(fields), tuple(fields.values()))
    assert {name: values_of(spec)[name] for name in moved} == moved
    assert len(notes) == (note is not None) and all(str(note) in said for said in notes)
