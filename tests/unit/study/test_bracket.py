"""The end point of the study at the dials: exact, beside them, or the nearest with what differs; never invented."""

from pathlib import Path
from typing import Any

import pytest

from explorer.evaluation.results import Estimate
from explorer.presets import PRESETS
from explorer.spec import RunSpec, override
from explorer.study.bracket import Point, along, frozen_grid, look_up, place, read_grid, study_bracket, value_at
from tests.unit.study.toy_evidence import as_file, condition, evidence, made, spec_of

TIDY = PRESETS["binding-friendly"].spec


def friendly(**changes: Any) -> RunSpec:
    return override(TIDY, changes)


def point(value: float, seeds: int = 3, **changes: Any) -> Point:
    """A measured point of the tidy recipe with changes."""
    mean = Estimate(value=value, n=seeds, low=value - 0.1, high=value + 0.1, chance=0.5)
    return Point(sweep="s", spec=friendly(**changes), mean=mean, devices="cpu", not_tested=None)


HALF, SALIENT = {"caption_completeness": 0.5}, {"caption_completeness": 0.5, "saliency_bias": 1.0}
GRID = (
    point(0.95), point(0.6, **HALF), point(0.5, **SALIENT), point(0.7, attribute_density=0.25),
    point(0.94, objects_in_image=4),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "value", "fields"),
    [
        ({}, 0.95, ()),
        ({**HALF, "seed": 7, "learning_rate": 0.001}, 0.6, ()),
        # Of two points beside it the nearer one, the lower one of equals.
        ({"caption_completeness": 0.9}, 0.95, ("caption_completeness",)),
        ({"caption_completeness": 0.75}, 0.6, ("caption_completeness",)),
        ({**HALF, "saliency_bias": 0.3}, 0.6, ("saliency_bias",)),
        ({"objects_in_image": 3}, 0.95, ("objects_in_image",)),
        # Beyond the points the nearest, with all that differs.
        ({"attribute_density": 0.0}, 0.7, ("attribute_density",)),
        ({"loss": "siglip"}, 0.95, ("loss",)),
        ({"caption_completeness": 0.75, "saliency_bias": 0.9, "batch_size": 64}, 0.5,
         ("caption_completeness", "saliency_bias", "batch_size")),
    ],
)  # fmt: skip
def test_the_point_and_what_differs(changes: dict[str, Any], value: float, fields: tuple[str, ...]) -> None:
    found = study_bracket(friendly(**changes), GRID)
    assert found is not None and (found.value, found.fields, found.is_exact) == (value, fields, not fields)
    assert (found.low, found.high, found.seeds) == (pytest.approx(value - 0.1), pytest.approx(value + 0.1), 3)
    assert found.budget_pairs == 180 * 256
    assert found.as_dict()["exact"] is found.is_exact and found.as_dict()["fields"] == list(fields)


def test_of_several_budgets_the_nearest_counts_then_the_most_seeds() -> None:
    grid = (point(0.7, steps=60), point(0.9, steps=600), point(0.8, seeds=5, steps=600))
    for steps, value in ((100, 0.7), (500, 0.8)):
        found = study_bracket(friendly(steps=steps), grid)
        assert found is not None and found.is_exact and found.value == value and found.budget_pairs != steps * 256


def test_without_evidence_there_is_none() -> None:
    assert study_bracket(TIDY, ()) is None and along(TIDY, "saliency_bias", ()) == ()


def test_the_frozen_evidence_is_found_whatever_preset_the_spec_names() -> None:
    found = study_bracket(TIDY)
    assert found is not None and found.is_exact and found.seeds >= 3 and found.value > 0.9
    assert study_bracket(RunSpec(data=TIDY.data, train=TIDY.train)) is found
    for preset in PRESETS.values():
        assert look_up(preset.spec, frozen_grid())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"saliency_bias": 0.7}, {}),
        ({"caption_lengths": "mixed"}, {}),
        ({"caption_completeness": 0.75, "caption_lengths": "mixed"}, {"caption_completeness": 0.75}),
        ({"objects_in_image": 1, "caption_completeness": 0.5}, {"objects_in_image": 1}),
        ({"attribute_kinds": "color,size"}, {"attribute_kinds": "size,color"}),
        ({"steps": 7, "seed": 3, "learning_rate": 0.1}, {}),
    ],
)
def test_what_has_no_effect_is_the_same_place(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert place(friendly(**one)) == place(friendly(**other))


@pytest.mark.parametrize(
    "changes",
    [
        {"caption_completeness": 0.5, "saliency_bias": 0.7},
        {"objects_in_image": 4, "caption_completeness": 0.5, "caption_lengths": "mixed"},
        {"attribute_density": 0.75},
        {"mask_false_negatives": True},
        {"model": "large"},
    ],
)
def test_what_has_an_effect_is_another_place(changes: dict[str, Any]) -> None:
    base = {name: changes[name] for name in ("objects_in_image", "caption_completeness") if name in changes}
    assert place(friendly(**changes)) != place(friendly(**base))


def test_along_a_dial_the_points_come_in_order_and_end_where_it_rests() -> None:
    line = along(friendly(caption_completeness=0.75), "caption_completeness", GRID)
    assert [(value_at(each.spec, "caption_completeness"), each.mean.value) for each in line] == [(0.5, 0.6), (1, 0.95)]
    # Where every object is named saliency rests, so the complete point ends the line of any saliency.
    line = along(friendly(**SALIENT), "caption_completeness", GRID)
    assert [each.mean.value for each in line] == [0.5, 0.95]


def test_other_recipes_lost_dials_and_empty_conditions_are_left_out() -> None:
    old, strange, empty = (condition(name, spec_of("half"), {"canonical": [0.9]}) for name in ("old", "lost", "empty"))
    old.spec["recipe"] = 1
    strange.spec["data"]["sparkle"] = 1
    empty.forms.clear()
    assert read_grid({"toy": evidence([old, strange, empty]), "unrun": None}) == ()


def test_it_reads_what_is_frozen(tmp_path: Path) -> None:
    (tmp_path / "single-flaws.json").write_bytes(as_file(made([0.98, 0.99], [0.52, 0.5])))
    grid = frozen_grid(tmp_path)
    assert [(each.sweep, each.mean.n, each.pairs) for each in grid] == [("toy", 2, 64)] * 2
    assert grid[1].mean.value == pytest.approx(0.51)
    assert look_up(override(spec_of("half"), {"seed": 5}), grid) == (grid[1], ())
