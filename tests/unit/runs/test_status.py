"""A status is read from files of any age, and changing one keeps what the file holds beside it."""

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.runs.files import read_json, write_json
from explorer.runs.store import RunFolder, RunStatus, RunStore
from explorer.spec import FIXED_SCENES, RECIPE, EvaluationScenes, RunSpec, TrainSpec

SPEC = RunSpec(train=TrainSpec(model="small", steps=7, batch_size=3), preset="salient")


def test_a_new_status_is_written_as_it_always_was() -> None:
    status = RunStatus.of_new(SPEC, EvaluationScenes(seed=1003, count=4000))
    now = status.created
    assert json.dumps(status.to_json()) == json.dumps(
        {
            "status": "queued",
            "step": 0,
            "steps": 7,
            "created": now,
            "queued": now,
            "heartbeat": now,
            "preset": "salient",
            "reason": None,
            "model": "small",
            "batch_size": 3,
            "recipe": RECIPE,
            "evaluation_seed": 1003,
            "evaluation_count": 4000,
        }
    )
    assert RunStatus.from_json(status.to_json()) == status


def test_the_model_of_a_fine_tuned_run_is_its_start() -> None:
    spec = RunSpec(train=TrainSpec(init="things-bound"))
    assert RunStatus.of_new(spec, FIXED_SCENES).model == "things-bound"


@pytest.mark.parametrize(
    ("status", "is_active", "is_executing", "has_ended"),
    [
        ("queued", True, False, False),
        ("running", True, True, False),
        ("stopping", True, True, False),
        ("stopped", False, False, True),
        ("finished", False, False, True),
        ("failed", False, False, True),
        ("interrupted", False, False, True),
    ],
)
def test_what_a_status_means(status: str, is_active: bool, is_executing: bool, has_ended: bool) -> None:
    found = RunStatus(status=status, phase="evaluating")
    assert (found.is_active, found.is_executing, found.has_ended) == (is_active, is_executing, has_ended)
    assert found.is_evaluating == is_executing and not RunStatus(status=status, phase="training").is_evaluating


def test_an_older_file_lacks_fields_and_a_newer_one_has_more() -> None:
    found = RunStatus.from_json({"status": "running", "step": 4, "steps": 9, "moons": [1, 2]})
    assert found == RunStatus(status="running", step=4, steps=9)
    assert RunStatus.from_json({}) == RunStatus(status="failed")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rate", "fast"),
        ("rate", float("nan")),
        ("rate", True),
        ("batch_size", 2.5),
        ("preset", ["x"]),
        ("created", 1e300),
        ("start_evaluation", 3),
        ("reason", None),
    ],
)
def test_a_value_of_another_type_counts_as_missing(name: str, value: Any) -> None:
    assert RunStatus.from_json({"status": "finished", name: value}) == RunStatus(status="finished")


@pytest.mark.parametrize("record", [[], 7, None, {"status": 3}, {"status": "running", "step": "4"}])
def test_what_is_no_status_is_refused(record: Any) -> None:
    with pytest.raises(ValueError, match="give"):
        RunStatus.from_json(record)


def test_a_change_keeps_the_fields_of_a_newer_version_and_their_order(tmp_path: Path) -> None:
    folder = RunStore(tmp_path).create(SPEC)
    path = folder.path / "status.json"
    write_json(path, {"moons": 2, **read_json(path)})
    names = list(read_json(path))
    folder.set_status(status="running", rate=12.5)
    assert list(read_json(path)) == [*names, "rate"] and read_json(path)["moons"] == 2
    assert (folder.status().status, folder.status().rate) == ("running", 12.5)


def test_a_field_that_no_status_has_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    folder: RunFolder = RunStore(tmp_path).create(SPEC)
    with pytest.raises(TypeError, match="a status has no stepp"):
        folder.set_status(stepp=3)
