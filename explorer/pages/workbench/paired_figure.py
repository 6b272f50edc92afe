"""Differences of two runs at the same steps and on the same scenes: the open run minus each other one.

    compared(store, run, overlay, "binding_accuracy", "own")      # a Drawing, None if there is no other run

Binding comes from the snapshots, which keep the embeddings of 48 scenes, so each difference has a paired interval.
Recognition comes from the evaluations on the way, which keep means only, and so does binding without snapshots.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.evaluation.inspection import INSPECTED, Inspection, Snapshot, inspect, inspected_forms, inspection_set
from explorer.evaluation.metrics import paired_difference
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import form_data
from explorer.figures.curves import FORMS, PairedPoint, Pairing, difference_curves
from explorer.figures.style import Drawing
from explorer.pages.workbench.run_figures import short
from explorer.runs.store import RunFolder, RunStore
from explorer.service.run_list import readable, spec_of
from explorer.spec.dials import DataSpec
from explorer.world.worlds import WORLDS

METRICS = {"binding": "binding_accuracy", "recognition": "recognition_accuracy"}
OTHER_SCENES = "their own captions belong to other scenes, so nothing is paired; choose canonical"
NO_STEP = "no step at which both were evaluated"


def compared(store: RunStore, run: Any, overlay: Sequence[str], metric: Any, form: Any) -> Drawing | None:
    """Return the differences of the open run from the others; None if there is no other.

    An unknown metric or form is the first one.
    """
    folder = store.find(run)
    others = [other for name in dict.fromkeys(overlay) if name != run and (other := store.find(name))]
    if folder is None or not others:
        return None
    metric = metric if metric in METRICS.values() else "binding_accuracy"
    return drawing(folder, others, metric, form if form in FORMS else FORMS[0])


def drawing(folder: RunFolder, others: Sequence[RunFolder], metric: str, form: str) -> Drawing:
    """Return the differences of one run from others; raise `UserError` if files of a run are damaged."""
    steps = max(spec_of(each).train.steps for each in (folder, *others))
    pairings = [pairing(folder, other, metric, form) for other in others]
    return difference_curves(short(folder.run), pairings, metric=metric, form=form, steps=steps)


def pairing(folder: RunFolder, other: RunFolder, metric: str, form: str) -> Pairing:
    """Return one pair of runs at the steps that both have."""
    name = short(other.run)
    if not _share_scenes(spec_of(folder).data, spec_of(other).data, form):
        return Pairing(other=name, lacks=OTHER_SCENES)
    if metric == "binding_accuracy" and (points := tuple(_of_snapshots(folder, other, form))):
        scenes = f"paired over {points[-1].difference.n} of the {INSPECTED} inspected scenes, those with a swap"
        return Pairing(other=name, points=points, scenes=scenes)
    points = tuple(_of_evaluations(folder, other, metric, form))
    return Pairing(other=name, points=points, scenes="means on the same scenes", lacks=NO_STEP)


def _share_scenes(one: DataSpec, other: DataSpec, form: str) -> bool:
    """Return True if both runs answer the same scenes and captions in this form."""
    if one.world != other.world or any(form not in inspected_forms(data) for data in (one, other)):
        return False
    return form_data(form, one, WORLDS[one.world]) == form_data(form, other, WORLDS[other.world])


def _of_snapshots(folder: RunFolder, other: RunFolder, form: str) -> Iterator[PairedPoint]:
    """Yield binding on the inspected scenes at each step that both saved, scene by scene."""
    for step in sorted({*folder.snapshot_steps()} & {*other.snapshot_steps()}):
        one, two = _scored(folder, step, form), _scored(other, step, form)
        gap = paired_difference(one.correct[one.exists], two.correct[two.exists])
        if gap.value is not None:
            means = one.binding_accuracy.value, two.binding_accuracy.value
            yield PairedPoint(step=step, one=means[0], other=means[1], difference=gap)


def _scored(folder: RunFolder, step: int, form: str) -> Inspection:
    path = folder.snapshot_path(step)
    return _inspected(path, path.stat().st_mtime_ns, form, spec_of(folder).data)


@lru_cache(maxsize=256)
def _inspected(path: Path, _time: int, form: str, data: DataSpec) -> Inspection:
    return inspect(Snapshot.load(path), form, inspection_set(form, data, WORLDS[data.world]).swapped.exists)


def _of_evaluations(folder: RunFolder, other: RunFolder, metric: str, form: str) -> Iterator[PairedPoint]:
    """Yield the differences of the means at each step that evaluated both; without scores there is no interval."""
    one, two = _evaluations(folder, metric, form), _evaluations(other, metric, form)
    for step in sorted(one.keys() & two.keys()):
        first, second = one[step], two[step]
        change = (first.value or 0.0) - (second.value or 0.0)
        gap = Estimate(value=change, n=min(first.n, second.n), low=None, high=None, chance=0.0)
        yield PairedPoint(step=step, one=first.value, other=second.value, difference=gap)


def _evaluations(folder: RunFolder, metric: str, form: str) -> dict[int, Estimate]:
    """Return the estimates of the quick evaluations by step, those that have a value."""
    with readable(folder, "metrics.jsonl"):
        found = {each["step"]: each.get("evaluation", {}).get(form, {}).get(metric) for each in folder.records()}
        return {step: Estimate.from_json(each) for step, each in found.items() if each and each["value"] is not None}
