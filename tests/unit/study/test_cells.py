"""Which measured cell stands for the dials of a run: the cases of cells.json, which hold the page's rule too."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.spec import DIALS, RunSpec, override
from explorer.study.cells import (
    CellSeed,
    MeasuredCell,
    NearCell,
    asked_spec,
    cell_sentence,
    coordinates_of,
    load_cells,
    nearest_cell,
    read_cells,
)

TABLE = json.loads((Path(__file__).parent / "cells.json").read_text(encoding="utf-8"))
CELLS = read_cells(TABLE["cells"])
TIDY = next(iter(PRESETS.values())).spec


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: str(case["says"]))
def test_the_cell_of_a_case(case: dict[str, Any]) -> None:
    near = nearest_cell(override(TIDY, case["asks"]), CELLS)
    found = None if near is None else [each is near.cell for each in CELLS].index(True)
    assert (found, near and near.dial) == (case["finds"], case["dial"])


def test_every_cell_and_every_rule_has_a_case() -> None:
    dials = {case["dial"] for case in TABLE["cases"]} - {None}
    assert dials == set(CONTRACT.cells.near) <= {name for name, dial in DIALS.items() if dial.high is not None}
    for name, rule in CONTRACT.cells.near.items():
        assert rule.most > (1 if rule.by == "factor" else 0), name
    assert {rule.dial for rule in CONTRACT.cells.rest} | set(CONTRACT.cells.no_coordinate) <= set(DIALS)


def test_without_cells_nothing_is_said(tmp_path: Path) -> None:
    assert nearest_cell(TIDY, ()) is None and load_cells(tmp_path) == ()
    with pytest.raises(UserError, match="field=sparkle"):
        read_cells([{**TABLE["cells"][0], "differs": {"sparkle": 1}}])
    (tmp_path / "cells.json").write_text("{")
    with pytest.raises(UserError, match=r"cells=cells\.json: cannot be read"):
        load_cells(tmp_path)


def test_the_preset_of_a_spec_says_nothing() -> None:
    """A shipped cell stands for the tidy recipe, whoever dials it."""
    near = nearest_cell(TIDY)
    assert near is not None and near.dial is None and near.cell.median("canonical") < near.cell.pairs
    assert nearest_cell(RunSpec(data=TIDY.data, train=TIDY.train)) == near


def test_a_middle_seed_that_is_not_bound_has_no_time() -> None:
    def cell(*times: int | None) -> MeasuredCell:
        seeds = tuple(CellSeed(own=at, canonical=None, end=0.6) for at in times)
        return MeasuredCell(spec=TIDY, edition=1, engine=None, seeds=seeds)

    assert cell(100, 300, None).median("own") == 300 and math.isinf(cell(100, None, None).median("own"))
    assert math.isinf(cell(100, 200, 300).median("canonical")) and cell(1).pairs == 46_080


def test_a_cell_in_words_names_what_was_asked_and_where_it_differs() -> None:
    near = nearest_cell(override(TIDY, {"attribute_density": 0.55}), CELLS)
    spec = override(TIDY, {"attribute_density": 0.55, "init": "things-web", "world": "own-" + "0" * 16})
    assert near is not None and nearest_cell(asked_spec(spec), CELLS) == near
    said = cell_sentence(near, spec)
    assert said.startswith(
        "Measured nearest to these dials, where attribute_density is 0.5 in place of 0.55, from fresh "
    )
    assert "3 of 3 trainings bound, after 13,056, 13,056 and 13,056 pairs; in captions like their own, 3 of 3" in said
    assert said.endswith("46,080 pairs, trained by torch, and ended at 99 %. That was measured with other things.")
    assert cell_sentence(None, TIDY) == "Nothing was measured near these dials."
    never = MeasuredCell(spec=TIDY, edition=4, engine=1, seeds=(CellSeed(own=None, canonical=None, end=0.5),) * 2)
    said = cell_sentence(NearCell(cell=never, dial=None), TIDY)
    assert "canonical question, none of 2 trainings bound;" in said and "trained by the page's engine" in said


def test_places_are_equal_exactly_if_all_that_decides_is() -> None:
    """Half the scene told: now saliency and the lengths of four objects decide."""
    half, four = {"caption_completeness": 0.5}, {"caption_completeness": 0.5, "objects_in_image": 4}
    for one, other, is_same in (
        ({"saliency_bias": 0.7}, {}, True),
        (half | {"saliency_bias": 0.7}, half, False),
        (four | {"caption_lengths": "mixed"}, four, False),
        ({"objects_in_image": 1, "caption_completeness": 1.0}, {"objects_in_image": 1}, True),
        ({"mask_false_negatives": True}, {}, False),
        ({"caption_completeness": 1 - 1e-9}, {}, True),
    ):
        assert (coordinates_of(override(TIDY, one)) == coordinates_of(override(TIDY, other))) == is_same, (one, other)
