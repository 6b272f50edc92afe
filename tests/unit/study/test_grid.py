"""A spec meets the frozen evidence: exactly, between two points, near one, or nowhere; and never an invented number."""

from pathlib import Path
from typing import Any

import pytest

from explorer.presets import PRESETS
from explorer.spec import RunSpec, override
from explorer.study.grid import Point, along, frozen_grid, look_up, place, read_grid, value_at
from tests.unit.study.grids import friendly, measured, toy_evidence
from tests.unit.study.toy_evidence import as_file, made, spec_of

HALF, SALIENT = {"caption_completeness": 0.5}, {"caption_completeness": 0.5, "saliency_bias": 1.0}


def grid_of(*conditions: Any) -> tuple[Point, ...]:
    return read_grid({"toy": toy_evidence("toy", *conditions), "unrun": None})


@pytest.fixture
def grid() -> tuple[Point, ...]:
    return grid_of(
        measured("friendly", {}, own=[0.96, 0.98], canonical=[0.96, 0.98]),
        measured("half", HALF, own=[0.9, 0.8, 0.7], canonical=[0.6, 0.7, 0.8]),
        measured("salient", SALIENT, own=[0.6, 0.6], canonical=[0.5, 0.5], leak=0.8),
        measured("thin", {"attribute_density": 0.25}, own=[0.7, 0.7], canonical=[0.7, 0.7]),
        measured("four", {"objects_in_image": 4}, own=[0.9, 0.9], canonical=[0.95, 0.95]),
    )


def test_a_measured_place_has_its_points_mean_and_budget(grid: tuple[Point, ...]) -> None:
    found = look_up(friendly(**HALF, seed=7, learning_rate=0.001), grid)
    (point,) = found.points
    assert (found.kind, point.label, point.sweep, point.num_seeds) == ("measured", "half", "toy", 3)
    own = point.scores["own"]
    assert own.mean.value == pytest.approx(0.8) and own.mean.n == 3 and own.leak is None
    # Spread 0.1 over three seeds: 4.303 * 0.1 / sqrt(3).
    assert own.mean.low == pytest.approx(0.8 - 0.2484, abs=1e-4)
    assert own.seeds == ((0, 0.9), (1, 0.8), (2, 0.7))
    assert point.pairs == 180 * 256 and point.devices == "cpu"


def test_between_two_points_both_are_shown(grid: tuple[Point, ...]) -> None:
    found = look_up(friendly(caption_completeness=0.75), grid)
    assert (found.kind, found.dial) == ("between", "caption_completeness")
    assert [point.label for point in found.points] == ["half", "friendly"]
    found = look_up(friendly(caption_completeness=0.5, saliency_bias=0.3), grid)
    assert (found.dial, [point.label for point in found.points]) == ("saliency_bias", ["half", "salient"])
    found = look_up(friendly(objects_in_image=3), grid)
    assert (found.dial, [point.label for point in found.points]) == ("objects_in_image", ["friendly", "four"])


def test_beyond_the_points_the_nearest_is_named_with_what_differs(grid: tuple[Point, ...]) -> None:
    found = look_up(friendly(attribute_density=0.0), grid)
    assert (found.kind, found.points[0].label, found.differs) == ("nearest", "thin", ("attribute_density",))
    found = look_up(friendly(caption_completeness=0.75, saliency_bias=0.9, batch_size=64), grid)
    assert found.kind == "nearest" and found.points[0].label == "salient"
    assert found.differs == ("caption_completeness", "saliency_bias", "batch_size")


def test_training_is_part_of_a_place(grid: tuple[Point, ...]) -> None:
    found = look_up(friendly(hard_negatives=1.0), grid)
    assert (found.kind, found.points[0].label, found.differs) == ("nearest", "friendly", ("hard_negatives",))


def test_without_evidence_there_is_nothing() -> None:
    assert look_up(friendly(), ()).kind == "nothing" and along(friendly(), "saliency_bias", ()) == ()


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


def test_along_a_dial_the_points_come_in_order_and_end_where_it_rests(grid: tuple[Point, ...]) -> None:
    line = along(friendly(caption_completeness=0.75), "caption_completeness", grid)
    assert [(value_at(point.spec, "caption_completeness"), point.label) for point in line] == [
        (0.5, "half"),
        (1.0, "friendly"),
    ]
    # Where every object is named saliency rests, so the complete point ends the line of any saliency.
    line = along(friendly(**SALIENT), "caption_completeness", grid)
    assert [point.label for point in line] == ["salient", "friendly"]
    assert along(friendly(), "saliency_bias", grid) == along(friendly(saliency_bias=0.5), "saliency_bias", grid)


def test_of_several_budgets_the_nearest_counts_then_the_most_seeds() -> None:
    grid = grid_of(
        measured("long", {"steps": 1440}, own=[1.0, 1.0]),
        measured("few", {}, own=[0.9]),
        measured("many", {}, own=[0.8, 0.8, 0.8]),
    )
    assert look_up(friendly(), grid).points[0].label == "many"
    assert look_up(friendly(steps=1000), grid).points[0].label == "long"
    assert [point.label for point in along(friendly(), "attribute_density", grid)] == ["many"]


def test_a_leak_and_a_note_come_along(grid: tuple[Point, ...]) -> None:
    scores = look_up(friendly(**SALIENT), grid).points[0].scores
    assert scores["own"].leak == 0.8 and scores["canonical"].leak is None
    untested = measured("hard", {"hard_negatives": 1.0}, own=[0.5]) | {"not_tested": "not tested: too few"}
    assert look_up(friendly(hard_negatives=1.0), grid_of(untested)).points[0].not_tested == "not tested: too few"


def test_other_recipes_lost_dials_and_empty_conditions_are_left_out() -> None:
    old, strange, empty = (measured(name, {}, own=[0.9]) for name in ("old", "strange", "empty"))
    old["spec"]["recipe"] = 1
    strange["spec"]["data"]["sparkle"] = 1
    empty["forms"] = {}
    assert grid_of(old, strange, empty) == ()


def test_it_reads_what_a_sweep_freezes(tmp_path: Path) -> None:
    found = made([0.98, 0.99], [0.52, 0.5])
    (tmp_path / "single-flaws.json").write_bytes(as_file(found))
    grid = frozen_grid(tmp_path)
    assert [(point.label, point.num_seeds, point.pairs) for point in grid] == [("complete", 2, 64), ("half", 2, 64)]
    assert grid[1].scores["canonical"].mean.value == pytest.approx(0.51)
    assert set(grid[0].scores) == {"canonical", "own", "complete"} and grid[0].scores["own"].leak is None
    spec = override(spec_of("half"), {"seed": 5})
    assert look_up(spec, grid).kind == "measured"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_gets_an_answer(name: str, grid: tuple[Point, ...]) -> None:
    spec: RunSpec = PRESETS[name].spec
    found = look_up(spec, grid)
    assert found.points and (found.kind == "measured" or found.differs or found.dial)
