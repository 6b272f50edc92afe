"""Two runs side by side: differences scene by scene where snapshots are kept, means elsewhere, nothing made up."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.evaluation.inspection import Snapshot
from explorer.runs.folder import RunFolder
from explorer.runs.store import RunStore
from explorer.views.compare import OTHER_SCENES, pair_runs
from tests.oracles.store import fill_store

BINDING, RECOGNITION = "binding_accuracy", "recognition_accuracy"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = RunStore(fill_store(tmp_path_factory.mktemp("filled") / "runs")).find("finished")
    assert folder is not None
    return folder


def twin(done: RunFolder, name: str = "twin", **data: Any) -> RunFolder:
    """A copy of a run under another id, fields of its data replaced."""
    copy = done.path.parent / f"{name}-0123456789ab"
    shutil.rmtree(copy, ignore_errors=True)
    copy = RunFolder(Path(shutil.copytree(done.path, copy)))
    spec = done.spec()
    (copy.path / "spec.json").write_text(json.dumps(replace(spec, data=replace(spec.data, **data)).to_json()))
    return copy


def turn_round(folder: RunFolder) -> None:
    """Exchange right and swapped captions in the snapshots: every pair that was right is wrong."""
    for step in folder.snapshot_steps():
        snapshot = Snapshot.load(folder.snapshot_path(step))
        forms = {
            form: replace(each, captions=each.swapped, swapped=each.captions) for form, each in snapshot.forms.items()
        }
        replace(snapshot, forms=forms).save(folder.snapshot_path(step))


@pytest.mark.parametrize("form", ["canonical", "own"])
def test_binding_is_compared_scene_by_scene(form: str, done: RunFolder) -> None:
    other = twin(done)
    same = pair_runs(done, other, BINDING, form).points
    assert [point.difference.value for point in same] == [0.0] * len(done.snapshot_steps())
    turn_round(other)
    pairing = pair_runs(done, other, BINDING, form)
    assert [point.step for point in pairing.points] == list(
        done.snapshot_steps()
    ) and "inspected scenes" in pairing.scenes
    for point in pairing.points:
        gap = point.difference
        assert point.one is not None and gap.low is not None and gap.high is not None
        assert point.other == pytest.approx(1 - point.one) and gap.value == pytest.approx(2 * point.one - 1)
        assert gap.low <= 2 * point.one - 1 <= gap.high
    assert any(point.difference.value for point in pairing.points)


def test_means_have_no_interval(done: RunFolder) -> None:
    other = twin(done)
    lines = [json.loads(line) for line in (other.path / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        if "evaluation" in line:
            line["evaluation"]["own"][RECOGNITION]["value"] = 0.25
    (other.path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    shutil.rmtree(other.path / "snapshots")
    for metric in (BINDING, RECOGNITION):
        pairing = pair_runs(done, other, metric, "own")
        assert [point.step for point in pairing.points] == [each["step"] for each in lines if "evaluation" in each]
        assert {(point.difference.low, point.difference.high) for point in pairing.points} == {(None, None)}
        assert all(point.difference.value == pytest.approx(point.one - point.other) for point in pairing.points)
    assert {point.other for point in pairing.points} == {0.25}


def test_other_scenes_are_not_paired(done: RunFolder) -> None:
    other = twin(done, objects_in_image=3)
    assert pair_runs(done, other, BINDING, "own").lacks == OTHER_SCENES
    assert pair_runs(done, other, BINDING, "canonical").points
    # Held-out pairs are of the training alone: evaluation scenes are free of them.
    assert pair_runs(done, twin(done, "free", held_out_pairs=0.25), BINDING, "own").points


def test_damaged_files_are_a_sentence(done: RunFolder) -> None:
    other = twin(done)
    other.snapshot_path(other.snapshot_steps()[0]).write_bytes(b"PK")
    with pytest.raises(UserError, match="is not a snapshot file"):
        pair_runs(done, other, BINDING, "own")
