"""View of the differences between runs: their dials, and paired differences at the steps that both have.

compare(service, ["tidy-0c4f...", "web-like-1d5a..."]).pairs     # of the first from the others
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.inspection import (
    NUM_INSPECTED,
    Inspection,
    inspected_forms,
    score_snapshot_file,
)
from explorer.evaluation.metrics import paired_difference
from explorer.evaluation.results import Estimate, FollowedForm, FollowedMetric
from explorer.evaluation.sets import form_data
from explorer.figures.curves import PairedPoint, Pairing, RunCurve, difference_curves, loss_curves, share_curves
from explorer.files import cache_by_file_time
from explorer.runs.file_names import METRICS_FILE
from explorer.runs.folder import RunFolder
from explorer.runs.specs import Difference, differences
from explorer.runs.state import read_evaluations
from explorer.sentences import Sentence
from explorer.spec import DataSpec
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.world.worlds import get_world

OTHER_SCENES = "their own captions belong to other scenes, so nothing is paired; choose canonical"
NO_STEP = "no step at which both were evaluated"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The first run minus each other one over their steps, and the dials in which their specs differ.

    `figures` are {"plotly", "sentence", "table"}: the curves of all runs, and the differences if there are two or more.
    """

    runs: tuple[str, ...]
    metric: str
    form: str
    pairs: tuple[Pairing, ...]
    differs: tuple[tuple[Difference, ...], ...]
    figures: Mapping[str, Mapping[str, Any]]


@view(limits={"most": CONTRACT.compared_runs})
def compare(
    service: Service,
    names: list[str],
    metric: FollowedMetric = "binding_accuracy",
    form: FollowedForm = "canonical",
    figures: bool = False,
) -> Comparison:
    """Compare a run with others: list the dials that differ, and the paired differences of a metric at common steps.

    Args:
        names: ids of 2 to {most} runs, of which the first is compared with each other one; with figures one is enough
        metric: what is compared
        form: form of the captions
        figures: also return the curves and the differences as figures
    """
    folders = [service.get_run(each) for each in dict.fromkeys(names)]
    least, most = 2 - figures, CONTRACT.compared_runs
    if not least <= len(folders) <= most:
        raise UserError("names", NO_VALUE, "name {least} to {most} runs", least=least, most=most)
    one, *others = folders
    pairs = tuple(pair_runs(one, other, metric, form) for other in others)
    return Comparison(
        runs=tuple(folder.run for folder in folders),
        metric=metric,
        form=form,
        pairs=pairs,
        differs=tuple(differences(one.spec(), other.spec()) for other in others),
        figures=_figures(folders, pairs, metric, form) if figures else {},
    )


def _figures(folders: Sequence[RunFolder], pairs: Sequence[Pairing], metric: str, form: str) -> dict[str, Any]:
    """Return the curves of runs over their steps, and the differences of the first from the others."""
    curves = [_run_curve(folder) for folder in folders]
    drawings = {
        "binding": share_curves(curves),
        "recognition": share_curves(curves, "recognition_accuracy"),
        "loss": loss_curves(curves),
    }
    if pairs:
        steps, first = max(each.steps for each in curves), _short_id(folders[0].run)
        drawings["difference"] = difference_curves(first, pairs, metric=metric, form=form, steps=steps)
    return {name: drawing.for_page() for name, drawing in drawings.items()}


def _run_curve(folder: RunFolder) -> RunCurve:
    """Return the records of a run for figures, read once per step however many look at it."""
    with folder.reading(METRICS_FILE):
        records = _read_records(folder.metrics) if folder.metrics.exists() else []
    return RunCurve(name=_short_id(folder.run), records=records, steps=folder.spec().train.steps)


@cache_by_file_time(32)
def _read_records(metrics: Path) -> list[dict[str, Any]]:
    return list(RunFolder(metrics.parent).records())


def _short_id(run: str) -> str:
    """Shorten a run's id to four of its twelve digits, for a legend with several runs."""
    return f"{run[:-12]}{run[-4:]}"


def pair_runs(folder: RunFolder, other: RunFolder, metric: str, form: str) -> Pairing:
    """Return one pair of runs at the steps that both have."""
    name = _short_id(other.run)
    if not _share_scenes(folder.spec().data, other.spec().data, form):
        return Pairing(other=name, lacks=OTHER_SCENES)
    if metric == "binding_accuracy" and (points := tuple(_snapshot_points(folder, other, form))):
        english = "paired over {n} of the {all} inspected scenes, those with a swap"
        scenes = Sentence("compare.paired", english, n=points[-1].difference.n, all=NUM_INSPECTED)
        return Pairing(other=name, points=points, scenes=scenes)
    points = tuple(_evaluation_points(folder, other, metric, form))
    return Pairing(other=name, points=points, scenes="means on the same scenes", lacks=NO_STEP)


def _share_scenes(one: DataSpec, other: DataSpec, form: str) -> bool:
    """Return True if both runs answer the same scenes and captions in this form."""
    if one.world != other.world or any(form not in inspected_forms(data) for data in (one, other)):
        return False
    return form_data(form, one, get_world(one.world)) == form_data(form, other, get_world(other.world))


def _snapshot_points(folder: RunFolder, other: RunFolder, form: str) -> Iterator[PairedPoint]:
    """Yield binding on the inspected scenes at each step that both saved, scene by scene."""
    for step in sorted({*folder.snapshot_steps()} & {*other.snapshot_steps()}):
        one, two = _saved_inspection(folder, step, form), _saved_inspection(other, step, form)
        gap = paired_difference(one.correct[one.exists], two.correct[two.exists])
        if gap.value is not None:
            means = one.binding_accuracy.value, two.binding_accuracy.value
            yield PairedPoint(step=step, one=means[0], other=means[1], difference=gap)


def _saved_inspection(folder: RunFolder, step: int, form: str) -> Inspection:
    return score_snapshot_file(folder.snapshot_path(step), form, folder.spec().data)[1]


def _evaluation_points(folder: RunFolder, other: RunFolder, metric: str, form: str) -> Iterator[PairedPoint]:
    """Yield the differences of the means at each step that evaluated both; without scores there is no interval."""
    one, two = (
        {step: forms.get(form, {}).get(metric) for step, forms in read_evaluations(each).items() if step}
        for each in (folder, other)
    )
    for step in sorted(one.keys() & two.keys()):
        first, second = one[step], two[step]
        if first is None or second is None or first.value is None or second.value is None:
            continue
        gap = Estimate(value=first.value - second.value, n=min(first.n, second.n), low=None, high=None, chance=0.0)
        yield PairedPoint(step=step, one=first.value, other=second.value, difference=gap)
