"""Frozen evidence is found by the name of a sweep alone; runs and dials find their condition."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.evaluation.results import Estimate
from explorer.presets import PRESETS
from explorer.spec import RunSpec, override
from explorer.study.evidence_store import (
    FROZEN_FOLDER,
    evidence_file,
    evidence_folder,
    load_evidence,
)
from explorer.study.law import spec_value
from explorer.study.nearest import (
    GridPoint,
    find_bracket,
    grid_place,
    grid_points,
    load_grid,
    nearest_point,
    points_along,
)
from tests.unit.study.toy_evidence import as_file, condition, evidence, make_toy, spec_of, toy_evidence


def test_the_folder_is_that_of_the_environment() -> None:
    assert evidence_folder({}) == FROZEN_FOLDER and evidence_folder({"EXPLORER_STUDY": ""}) == FROZEN_FOLDER
    assert evidence_folder({"EXPLORER_STUDY": "mine"}) == Path("mine")


def test_a_file_is_read_once_until_it_changes_and_a_broken_one_is_a_sentence(tmp_path: Path) -> None:
    path, toy = tmp_path / "density.json", toy_evidence("density")
    path.write_bytes(as_file(toy))
    time.sleep(0.15)  # a younger file may have changed within the tick of its time
    first = load_evidence("density", tmp_path)
    assert first == toy and load_evidence("density", tmp_path) is first
    path.write_bytes(as_file(replace(toy, axis="x")))
    assert load_evidence("density", tmp_path) == replace(toy, axis="x")
    torn = [json.loads(as_file(toy)) for _ in range(2)]
    for document, control in zip(torn, (1, {}), strict=True):
        document["conditions"][0]["controls"] = {"caption_only": {"own": control}}
    for text in ("{", "[1]", "{}", '{"name": "density"}', *map(json.dumps, torn)):
        path.write_text(text)
        with pytest.raises(UserError, match="sweep=density: its evidence cannot be read"):
            load_evidence("density", tmp_path)


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    study = tmp_path / "study"
    study.mkdir()
    (study / "density.svg").write_text("<svg/>")
    for name in ("secret", "../secret", "", ".", str(tmp_path / "secret"), "density.svg\0", "a" * 3000):
        assert evidence_file(name, "json", study) is None
    assert evidence_file("density", "svg", study) == study / "density.svg"


def test_evidence_is_read_and_drawn_without_heavy_libraries() -> None:
    code = (
        "import explorer.study.evidence_store, explorer.study.law\n"
        "import explorer.figures.study, sys\n"
        "print(*{'torch', 'open_clip', 'pandas', 'pyarrow', 'plotly', 'gradio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


# ---- The end point at the dials

TIDY = PRESETS["binding-friendly"].spec


def friendly(**changes: Any) -> RunSpec:
    return override(TIDY, changes)


def point(value: float, seeds: int = 3, **changes: Any) -> GridPoint:
    """A measured point of the tidy recipe with changes."""
    mean = Estimate(value=value, n=seeds, low=value - 0.1, high=value + 0.1, chance=0.5)
    return GridPoint(sweep="s", spec=friendly(**changes), mean=mean, devices="cpu", not_tested=None)


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
    bracket = find_bracket(friendly(**changes), GRID)
    assert bracket is not None and (bracket.value, bracket.fields, bracket.is_exact) == (value, fields, not fields)
    assert (bracket.low, bracket.high, bracket.seeds) == (pytest.approx(value - 0.1), pytest.approx(value + 0.1), 3)
    assert bracket.budget_pairs == 180 * 256


def test_of_several_budgets_the_nearest_counts_then_the_most_seeds() -> None:
    grid = (point(0.7, steps=60), point(0.9, steps=600), point(0.8, seeds=5, steps=600))
    for steps, value in ((100, 0.7), (500, 0.8)):
        bracket = find_bracket(friendly(steps=steps), grid)
        assert (
            bracket is not None and bracket.is_exact and bracket.value == value and bracket.budget_pairs != steps * 256
        )
    assert find_bracket(TIDY, ()) is None and points_along(TIDY, "saliency_bias", ()) == ()


def test_the_frozen_evidence_is_found_whatever_preset_the_spec_names(tmp_path: Path) -> None:
    bracket = find_bracket(TIDY)
    assert bracket is not None and bracket.is_exact and bracket.seeds >= 3 and bracket.value > 0.9
    assert find_bracket(RunSpec(data=TIDY.data, train=TIDY.train)) is bracket
    assert all(nearest_point(preset.spec, load_grid()) for preset in PRESETS.values())
    (tmp_path / "single-flaws.json").write_bytes(as_file(make_toy([0.98, 0.99], [0.52, 0.5])))
    grid = load_grid(tmp_path)
    assert [(each.sweep, each.mean.n, each.pairs) for each in grid] == [("toy", 2, 64)] * 2
    assert nearest_point(override(spec_of("half"), {"seed": 5}), grid) == (grid[1], ())


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({"saliency_bias": 0.7}, {}, True),
        ({"caption_lengths": "mixed"}, {}, True),
        ({"caption_completeness": 0.75, "caption_lengths": "mixed"}, {"caption_completeness": 0.75}, True),
        ({"objects_in_image": 1, "caption_completeness": 0.5}, {"objects_in_image": 1}, True),
        ({"attribute_kinds": "color,size"}, {"attribute_kinds": "size,color"}, True),
        ({"steps": 7, "seed": 3, "learning_rate": 0.1}, {}, True),
        ({**HALF, "saliency_bias": 0.7}, HALF, False),
        ({**HALF, "objects_in_image": 4, "caption_lengths": "mixed"}, {**HALF, "objects_in_image": 4}, False),
        ({"attribute_density": 0.75}, {}, False),
        ({"mask_false_negatives": True}, {}, False),
        ({"model": "large"}, {}, False),
    ],
)
def test_what_has_an_effect_is_another_place(one: dict[str, Any], other: dict[str, Any], is_same: bool) -> None:
    assert (grid_place(friendly(**one)) == grid_place(friendly(**other))) == is_same


def test_along_a_dial_the_points_come_in_order_and_end_where_it_rests() -> None:
    line = points_along(friendly(caption_completeness=0.75), "caption_completeness", GRID)
    assert [(spec_value(each.spec, "caption_completeness"), each.mean.value) for each in line] == [
        (0.5, 0.6),
        (1, 0.95),
    ]
    # Where every object is named saliency rests, so the complete point ends the line of any saliency.
    line = points_along(friendly(**SALIENT), "caption_completeness", GRID)
    assert [each.mean.value for each in line] == [0.5, 0.95]


def test_other_recipes_lost_dials_and_empty_conditions_are_left_out() -> None:
    old, strange, empty = (condition(name, spec_of("half"), {"canonical": [0.9]}) for name in ("old", "lost", "empty"))
    old.spec["recipe"] = 1
    strange.spec["data"]["sparkle"] = 1
    empty.forms.clear()
    assert grid_points([evidence([old, strange, empty]), None]) == ()
