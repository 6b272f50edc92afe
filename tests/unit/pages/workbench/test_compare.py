"""Two runs side by side: differences scene by scene where scenes are kept, means elsewhere, nothing made up."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import UserError
from explorer.evaluation.inspection import INSPECTED, Snapshot
from explorer.pages.app import build_app
from explorer.pages.workbench.sheet import compared, drawing
from explorer.runs.store import RunFolder, RunStore
from explorer.service.run_list import spec_of
from explorer.service.service import Service
from explorer.settings import LOCAL
from explorer.views.runs import NO_STEP, OTHER_SCENES, pairing, short
from tests.unit.pages.visits import KEY, Visit

BINDING, RECOGNITION = "binding_accuracy", "recognition_accuracy"


def twin(done: RunFolder, name: str, **train: Any) -> RunFolder:
    """A copy of a run under another id, fields of its training replaced."""
    copy = RunFolder(Path(shutil.copytree(done.path, done.path.parent / f"{name}-0123456789ab")))
    spec = spec_of(done)
    (copy.path / "spec.json").write_text(json.dumps(replace(spec, train=replace(spec.train, **train)).as_dict()))
    return copy


def turn_round(folder: RunFolder) -> None:
    """Exchange right and swapped captions in the snapshots: every pair that was right is wrong."""
    for step in folder.snapshot_steps():
        found = Snapshot.load(folder.snapshot_path(step))
        forms = {
            form: replace(each, captions=each.swapped, swapped=each.captions) for form, each in found.forms.items()
        }
        replace(found, forms=forms).save(folder.snapshot_path(step))


@pytest.mark.parametrize("form", ["canonical", "own"])
def test_binding_is_compared_scene_by_scene(form: str, done: RunFolder) -> None:
    other = twin(done, "other", seed=1)
    turn_round(other)
    found = pairing(done, other, BINDING, form)
    assert [point.step for point in found.points] == list(done.snapshot_steps()) and str(INSPECTED) in found.scenes
    for point in found.points:
        gap = point.difference
        assert point.one is not None and point.other is not None and gap.low is not None and gap.high is not None
        assert point.one == pytest.approx(1 - point.other) and gap.value == pytest.approx(2 * point.one - 1)
        assert gap.low < 2 * point.one - 1 < gap.high
    assert any(point.difference.value for point in found.points) and found.other == short(other.run)


def test_a_run_and_its_twin_do_not_differ(done: RunFolder) -> None:
    points = pairing(done, twin(done, "twin"), BINDING, "own").points
    first = points[0].difference
    assert [point.difference.value for point in points] == [0.0] * len(points)
    assert first.low is not None and first.high is not None and first.low < 0 < first.high


def test_where_snapshots_are_gone_means_are_compared_without_an_interval(done: RunFolder) -> None:
    other = twin(done, "other", seed=1)
    shutil.rmtree(other.path / "snapshots")
    found = pairing(done, other, BINDING, "canonical")
    evaluated = [record["step"] for record in done.records() if "evaluation" in record]
    assert [point.step for point in found.points] == evaluated and found.scenes == "means on the same scenes"
    gaps = [point.difference for point in found.points]
    assert {(gap.value, gap.low, gap.high) for gap in gaps} == {(0.0, None, None)}


def test_recognition_comes_from_the_evaluations(done: RunFolder) -> None:
    other = twin(done, "other")
    lines = [json.loads(line) for line in (other.path / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        line["evaluation"]["own"][RECOGNITION]["value"] = 0.25
    (other.path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = pairing(done, other, RECOGNITION, "own")
    assert {point.other for point in found.points} == {0.25} and "no interval" in drawing(
        done, [other], RECOGNITION, "own"
    ).sentence  # fmt: skip


def test_other_scenes_are_not_paired(done: RunFolder) -> None:
    other = twin(done, "other")
    spec = spec_of(done)
    record = replace(spec, data=replace(spec.data, objects_in_image=3)).as_dict()
    (other.path / "spec.json").write_text(json.dumps(record))
    assert pairing(done, other, BINDING, "own").lacks == OTHER_SCENES
    assert pairing(done, other, BINDING, "canonical").points
    # Held-out pairs and correlation are of the training alone: evaluation scenes are free of both.
    record = replace(spec, data=replace(spec.data, held_out_pairs=0.25)).as_dict()
    free = twin(done, "free")
    (free.path / "spec.json").write_text(json.dumps(record))
    assert pairing(done, free, BINDING, "own").points


def test_a_run_without_a_step_lacks_them(done: RunFolder, store: RunStore) -> None:
    waiting = store.create(spec_of(done))
    found = pairing(done, waiting, BINDING, "own")
    assert found.points == () and NO_STEP in drawing(done, [waiting], BINDING, "own").sentence


def test_damaged_files_are_a_sentence(done: RunFolder) -> None:
    other = twin(done, "other")
    other.snapshot_path(other.snapshot_steps()[0]).write_bytes(b"PK")
    with pytest.raises(UserError, match="is not a snapshot file"):
        pairing(done, other, BINDING, "own")
    (other.path / "metrics.jsonl").write_text('{"step": 1, "evaluation": 7}\n')
    with pytest.raises(UserError, match="its metrics.jsonl cannot be read"):
        pairing(done, other, RECOGNITION, "own")


# --- the sheet ---


def test_nothing_is_shown_without_another_run(done: RunFolder, store: RunStore) -> None:
    for run, overlay in ((done.run, []), (done.run, [done.run]), ("", [done.run]), (None, []), (done.run, ["gone"])):
        assert compared(store, run, overlay, BINDING, "own") is None


def test_choices_of_anything_show_binding_in_canonical_captions(done: RunFolder, store: RunStore) -> None:
    other = twin(done, "other")
    found = compared(store, done.run, [other.run, other.run, "gone"], 7, ["own"])
    assert found is not None and found.sentence.startswith("Binding in canonical captions")
    shown = found.as_dict()
    assert len(shown["figure"]["data"]) == 1 and {0 < row[-2] <= INSPECTED for row in shown["rows"]} == {True}


def test_the_difference_follows_the_pair_and_the_boxes(done: RunFolder, store: RunStore) -> None:
    other = twin(done, "other", seed=1)
    visit = Visit(build_app(Service.of(store, LOCAL)))
    visit.shows |= {"visitor": KEY}
    visit.send("arrive", query={"run": done.run})
    changes = visit.send("listed", overlay=[other.run])
    assert "What differs" in visit.shows["difference"] and visit.shows["overlay"] == [other.run]
    assert changes["compare"]["visible"] and short(other.run) in visit.shows["figure-difference"]["sentence"]
    visit.send("listed", 1, **{"compare-metric": RECOGNITION, "compare-form": "own"})
    assert visit.shows["figure-difference"]["sentence"].startswith("Recognition in own captions")
    other.snapshot_path(0).write_bytes(b"PK")
    assert set(visit.send("listed")) == {"notes", "bench-training"} and "snapshot" in visit.notes[0]


def test_scores_of_a_snapshot_are_kept_until_it_changes(done: RunFolder) -> None:
    other = twin(done, "other")
    before = pairing(done, other, BINDING, "own").points
    turn_round(other)
    assert [point.difference.value for point in pairing(done, other, BINDING, "own").points] != [
        point.difference.value for point in before
    ]
    assert np.isfinite([point.difference.low for point in before]).all()
