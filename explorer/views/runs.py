"""Views of runs and what changes them: the open run, the list, reports, differences; train, stop, delete.

    run(here, "tidy-0c4f...", have=5)["run"]["status"]           # what a page polls
    train(here, "salient", steps=90)                              # {"run", "owner_key", "place"}
    compare(here, ["tidy-0c4f...", "web-like-1d5a..."]).pairs     # paired differences of the first from the others

A page polls while a run is active: it gets the checkpoints that it does not have, and the list of runs if that has
changed. Each open page of a class polls once per second, so the store is read once for all of them.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from explorer.clip.card import FILE, SHIPPED
from explorer.clip.names import shipped_names
from explorer.codec import decode, flat
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.inspection import (
    INSPECTED,
    Inspection,
    inspect_file,
    inspected_forms,
)
from explorer.evaluation.metrics import paired_difference
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import form_data
from explorer.evaluation.verdict import verdict
from explorer.figures.curves import (
    Curve,
    PairedPoint,
    Pairing,
    difference_curves,
    loss_curves,
    share_curves,
)
from explorer.presets import PRESETS
from explorer.resources import CHECKPOINTS
from explorer.runs.files import read_json
from explorer.runs.queue import describe, owner_of
from explorer.runs.store import ACTIVE, RunFolder, RunStore, owner_digest
from explorer.service.endpoints import is_resumable, may_change, resolve
from explorer.service.final_model import ask_later
from explorer.service.outcome import outcome_state, report_of
from explorer.service.outcome_types import (
    Difference,
    OutcomeState,
    differences,
    key_of_spec,
    recipe_words,
    title,
)
from explorer.service.pretrained_start import loaded_names
from explorer.service.run_list import (
    MOST_LISTED,
    RunRow,
    Start,
    readable,
    run_rows,
    search,
    spec_of,
    start_choices,
    visible,
)
from explorer.service.service import Service
from explorer.settings import Settings
from explorer.spec import DIALS, DataSpec, saved_steps
from explorer.views.registry import act, view, whole
from explorer.wording import duration, percent
from explorer.world.worlds import WORLDS

NO_RECORDS = 2**53
"""A step that no run reaches: `since_step` for the status without records."""
GONE = "There is no such run here any more."
MOST_CHOICES = 30
FRESH_WORDS = "fresh weights, knows nothing"
State = tuple[str, str, int]
"""A run, its status, and the finished tenths of its steps."""


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """Request of a page: run, comparison, number of checkpoints it has, digest of the list it has."""

    run: str = ""
    compare: str = ""
    have: int = 0
    known: str = ""

    @classmethod
    def from_event(cls, record: Any) -> "RunRequest":
        """Parse an event of the browser; fields of another type become empty."""
        if not isinstance(record, Mapping):
            return cls()
        texts = {name: str(record.get(name) or "")[:90] for name in ("run", "compare", "known")}
        have = record.get("have")
        return cls(**texts, have=have if type(have) is int and have > 0 else 0)


def training_state(store: RunStore, settings: Settings, asked: RunRequest, key: str) -> dict[str, object]:
    """Return the state of the Training column, of a run or of a shipped model; it says if the run is gone."""
    shown = opened_record(store, settings, asked, key)
    compare = comparison_record(store, asked.compare) if asked.compare else None
    listing = f"{listing_digest(store, settings, asked.run, key)}:{len(pretrained(store, settings))}"
    return {
        "run": shown,
        "missing": GONE if asked.run and shown is None else None,
        "compare": compare,
        "known": listing,
        "is_any_active": is_any_active(store, settings, asked.run, key),
        "listing": None if listing == asked.known else choices(store, settings, asked.run, key),
    }


def opened_record(store: RunStore, settings: Settings, asked: RunRequest, key: str) -> dict[str, object] | None:
    """Return the state of the open run, or of a shipped model; None if there is no such one."""
    if not asked.run:
        return None
    if (folder := store.find(asked.run)) is not None:
        return run_record(store, settings, folder, asked, key)
    found = comparison_record(store, asked.run)
    return found and found | {"differs": [], "is_own": False}


def run_record(
    store: RunStore, settings: Settings, folder: RunFolder, asked: RunRequest, key: str
) -> dict[str, object]:
    """Return the state of the open run, with the checkpoints that the page lacks."""
    state = outcome_state(store, folder.run, compared_with=asked.compare or None)
    ask_later(store, folder, state)
    record = state.as_dict()
    first = min(asked.have, len(state.checkpoints))
    return record | {
        "label": title(state),
        "preset": state.spec.preset,
        "first": first,
        "checkpoints": record["checkpoints"][first:],
        "differs": [_difference(each) for each in state.differs or ()],
        "planned": planned(state),
        "key": key_of_spec(state.spec),
        "mine": may_change(folder, key, settings),
        "is_own": folder.is_owner(key),
        "has_model": folder.model.is_dir(),
        "eta_words": eta_words(state),
    }


def comparison_record(store: RunStore, name: str) -> dict[str, object] | None:
    """Return another run, recording or shipped model for the chart; None if none has that name."""
    try:
        state = outcome_state(store, name)
    except UserError:
        return None
    return model_record(state)


def model_record(state: OutcomeState) -> dict[str, object]:
    """Return the state of any run, recording or shipped model, with all that the page draws."""
    words = {
        "label": title(state),
        "preset": state.spec.preset,
        "planned": planned(state),
        "key": key_of_spec(state.spec),
    }
    return state.as_dict() | words | {"mine": False, "has_model": False, "eta_words": ""}


def planned(state: OutcomeState) -> list[int]:
    """Return the steps that are saved during the training; for a run that ended early, those that it has."""
    saved = [each.step for each in state.checkpoints]
    if state.status in ACTIVE or state.step < state.steps:
        return sorted({0, *saved_steps(state.spec.train.steps), *saved})
    return saved if len(saved) > 1 else [0, *sorted(saved_steps(state.spec.train.steps))]


def eta_words(state: OutcomeState) -> str:
    """Return the time left in words, or the time until the run starts."""
    if state.eta_s is None:
        return ""
    if state.place:
        return f"starts in about {duration(state.eta_s)}" if state.eta_s >= 1 else "starts at once"
    return f"about {duration(state.eta_s)} left" if state.eta_s >= 1 else "nearly done"


def choices(store: RunStore, settings: Settings, run: str, key: str) -> dict[str, object]:
    """Return `{"runs", "starts"}`: the runs to compare with and the starts of a training, each as [label, name]."""
    rows = run_rows(visible(store, settings, run, key)[:MOST_CHOICES], key)
    names = {row.run: _listed(store, row) for row in rows}
    starts = [[_start_words(each, names), each.name] for each in start_choices(store, settings, run, key)]
    return {"runs": [[words, name] for name, words in names.items()], "starts": starts}


def pretrained(store: RunStore, settings: Settings) -> tuple[str, ...]:
    """Return the models that answered a question here and may be tuned; none on a shared server."""
    return loaded_names(store) if settings.any_start else ()


def _listed(store: RunStore, row: RunRow) -> str:
    spec = spec_of(store.get(row.run))
    words = f"{recipe_words(spec)}, seed {spec.train.seed}"
    return words if row.binding is None or row.binding.value is None else f"{words}, {percent(row.binding.value)}"


def _start_words(start: Start, names: Mapping[str, str]) -> str:
    if start.kind == "shipped":
        return f"the shipped {PRESETS[SHIPPED[start.name].preset].title.lower()} model"
    if start.kind == "run":
        return f"run: {names.get(start.name, start.name)}"
    return FRESH_WORDS if start.kind == "scratch" else f"{start.name}, pretrained"


def _difference(each: Difference) -> dict[str, object]:
    return {
        "field": (DIALS[each.field].plain or DIALS[each.field].label).lower(),
        "this": each.this,
        "other": each.other,
    }


def listing_digest(store: RunStore, settings: Settings, run: str, key: str) -> str:
    """Return a digest of the runs in a page's table; while it stays the same, the table is not sent again."""
    return hashlib.sha256(repr((run, _states(store, settings, run, key))).encode()).hexdigest()


def is_any_active(store: RunStore, settings: Settings, run: str, key: str) -> bool:
    """Return True if a run in the table may still change."""
    return any(status in ACTIVE for _, status, _ in _states(store, settings, run, key))


def _states(store: RunStore, settings: Settings, run: str, key: str) -> list[State]:
    """Return the visible runs of the table."""
    moment = int(time.monotonic() / max(settings.page_poll_s, 1e-6))
    owner = owner_digest(key)
    found = [
        state for state, of in _all_states(store, moment) if not settings.is_shared or state[0] == run or of == owner
    ]
    return found[:MOST_LISTED]


@lru_cache(maxsize=4)
def _all_states(store: RunStore, _moment: int) -> tuple[tuple[State, str], ...]:
    """Return every run with the stored digest of its owner's key."""
    return tuple(
        ((folder.run, status.status, 10 * status.step // max(1, status.steps)), owner_of(folder))
        for folder, status in store.statuses()
    )


@view()
def run(
    here: Service, name: str = "", have: int = 0, compare: str = "", known: str = "", owner_key: str = ""
) -> dict[str, object]:
    """The open run with its curve, checkpoints and verdict, another to compare it with, and the list if it changed.

    Args:
        name: id of a run; without one only the list is answered
        have: how many checkpoints the asker has already
        compare: another run, a shipped model or a recording
        known: digest of the list that the asker has
        owner_key: the key of the person's runs
    """
    asked = RunRequest(run=name, compare=compare, have=max(0, have), known=known)
    return training_state(here.store, here.settings, asked, owner_key)


@view()
def run_status(here: Service, run: str, since_step: Annotated[int, whole(0, NO_RECORDS)] = 0) -> dict[str, Any]:
    """Return the status of a run, with the records of its steps after `since_step`.

    Args:
        run: the id that start_run answered
        since_step: the last step already seen, 0 for all records
    """
    folder = here.found(run)
    records = [] if since_step == NO_RECORDS else list(folder.records(since_step=since_step))
    return describe(here.store, folder).to_json() | {"verdict": run_verdict(folder), "records": records}


def run_verdict(folder: RunFolder) -> str | None:
    """Return the verdict on a report, None if there is no report."""
    try:
        report = report_of(folder)
        return None if report is None else verdict(report).sentence
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # also an imported report of another shape


@flat("row")
@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A run of the list with its place in the queue, what its report says, and what the asker may do with it.

    `place` and `eta_s` are those of `OutcomeState`, None for a run that has ended.
    """

    row: RunRow
    place: int | None
    eta_s: float | None
    batch_size: int
    verdict: str | None
    is_mine: bool
    is_resumable: bool


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Runs that the asker may see, the newest first, what a training may start from, and if a run may be brought."""

    runs: tuple[ListedRun, ...]
    starts: tuple[Start, ...]
    takes_files: bool


@view()
def runs(here: Service, words: str = "", name: str = "", owner_key: str = "") -> Runs:
    """List the runs that the asker may see, the newest first, and the models that a training may start from.

    Args:
        words: words that a run has to hold, for example web-like finished
        name: id of a run of which the asker has the link
        owner_key: the key of the person's runs
    """
    rows = search(run_rows(visible(here.store, here.settings, name, owner_key), owner_key), words)
    return Runs(
        runs=tuple(_listed_run(here, row, owner_key) for row in rows),
        starts=tuple(start_choices(here.store, here.settings, name, owner_key)),
        takes_files=not here.settings.is_shared,
    )


def _listed_run(here: Service, row: RunRow, key: str) -> ListedRun:
    folder = here.store.get(row.run)
    is_active, is_mine = row.status in ACTIVE, may_change(folder, key, here.settings)
    told = describe(here.store, folder) if is_active else None
    return ListedRun(
        row=row,
        place=told.place if told else None,
        eta_s=(told.wait_s if told.place else told.eta_s) if told else None,
        batch_size=spec_of(folder).train.batch_size,
        verdict=run_verdict(folder),
        is_mine=is_mine,
        is_resumable=is_mine and not is_active and is_resumable(folder),
    )


@view()
def report(here: Service, run: str) -> dict[str, Any]:
    """The report of a run that finished or was stopped: all metrics with intervals, controls, budget and device.

    Its "model" is the run's id, a name that score takes, and "folder" is null. A shipped model answers its card.

    Args:
        run: the id that start_run answered, or a shipped model
    """
    if here.store.find(run) is None and run in shipped_names():
        return dict(read_json(CHECKPOINTS / run / FILE))
    folder = here.found(run)
    # Who reads an answer from elsewhere has no use for the folders of this computer, and must not learn them.
    return folder.report_json() | {"folder": None, "model": folder.run}


# --- differences between runs ---

MOST_COMPARED = 6
METRICS = {"binding": "binding_accuracy", "recognition": "recognition_accuracy"}
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


@view()
def compare(
    here: Service,
    names: list[str],
    metric: Literal["binding_accuracy", "recognition_accuracy"] = "binding_accuracy",
    form: Literal["canonical", "own"] = "canonical",
    figures: bool = False,
) -> Comparison:
    """Compare a run with others: their dials, and the paired differences of a metric at the steps that both have.

    Args:
        names: ids of two to six runs, with figures also one; the first is compared with each other one
        metric: what is compared
        form: form of the captions
        figures: also answer the curves and the differences as figures
    """
    folders = [here.found(each) for each in dict.fromkeys(names)]
    if not 2 - figures <= len(folders) <= MOST_COMPARED:
        raise UserError("names", NO_VALUE, f"name {2 - figures} to {MOST_COMPARED} runs")
    one, *others = folders
    pairs = tuple(pairing(one, other, metric, form) for other in others)
    return Comparison(
        runs=tuple(folder.run for folder in folders),
        metric=metric,
        form=form,
        pairs=pairs,
        differs=tuple(differences(spec_of(one), spec_of(other)) for other in others),
        figures=_figures(folders, pairs, metric, form) if figures else {},
    )


def _figures(folders: Sequence[RunFolder], pairs: Sequence[Pairing], metric: str, form: str) -> dict[str, Any]:
    """Return the curves of runs over their steps, and the differences of the first from the others."""
    curves = [curve(folder) for folder in folders]
    drawings = {
        "binding": share_curves(curves),
        "recognition": share_curves(curves, "recognition_accuracy"),
        "loss": loss_curves(curves),
    }
    if pairs:
        steps, first = max(each.steps for each in curves), short(folders[0].run)
        drawings["difference"] = difference_curves(first, pairs, metric=metric, form=form, steps=steps)
    return {name: drawing.for_page() for name, drawing in drawings.items()}


def curve(folder: RunFolder) -> Curve:
    """Return the records of a run for figures, read once per step however many look at it."""
    path = folder.path / "metrics.jsonl"
    stat = path.stat() if path.exists() else None
    with readable(folder, "metrics.jsonl"):
        records = _records(folder, stat.st_size, stat.st_mtime_ns) if stat else []
    return Curve(name=short(folder.run), records=records, steps=spec_of(folder).train.steps)


@lru_cache(maxsize=32)
def _records(folder: RunFolder, _size: int, _time: int) -> list[dict[str, Any]]:
    return list(folder.records())


def short(run: str) -> str:
    """Shorten a run's id to four of its twelve digits, for a legend with several runs."""
    return f"{run[:-12]}{run[-4:]}"


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
    return inspect_file(folder.snapshot_path(step), form, spec_of(folder).data)[1]


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
        return {step: decode(Estimate, each) for step, each in found.items() if each and each["value"] is not None}


# --- what changes a run ---


@act(was="start_run")
def train(
    here: Service,
    preset: str,
    overrides: dict[str, Any] | None = None,
    init: str = "scratch",
    tune: str = "all",
    steps: int | None = None,
    seed: int = 0,
    owner_key: str = "",
) -> dict[str, Any]:
    """Queue a training run, which a worker of the app trains in the background.

    Answers {"run", "owner_key", "place"}: the key stops the run, a place of 1 is the next in the queue.

    Args:
        preset: name of a preset, for example binding-friendly
        overrides: fields of the preset to change, for example {"saliency_bias": 0.5}
        init: scratch, a shipped model, or the id of a run to fine-tune from
        tune: what trains of it: all, text, image, lora or text-map
        steps: batches to train, else the preset's
        seed: of scenes, captions and weights
        owner_key: the key of an earlier answer, so that the runs of one person belong together
    """
    given = {"init": init, "tune": tune, "seed": seed} | ({} if steps is None else {"steps": steps})
    return here.queue_run(resolve(preset, {**(overrides or {}), **given}), owner_key)


@act(was="stop_run")
def stop(here: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Ask a run to finish its step, evaluate and save; it stays usable and can be resumed.

    Args:
        run: the id that start_run answered
        owner_key: the key that start_run answered
    """
    folder = here.own(run, owner_key)
    folder.request_stop()
    return {"status": folder.status().status}


@act()
def resume(here: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Queue a stopped or interrupted run once more, from its last checkpoint.

    Args:
        run: the id that start_run answered
        owner_key: the key that start_run answered
    """
    return {"status": here.resume_run(run, owner_key).status().status}


@act()
def delete(here: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Remove a run that is not being trained, with all its files.

    Args:
        run: the id that start_run answered
        owner_key: the key that start_run answered
    """
    folder = here.own(run, owner_key)
    here.store.delete(folder.run)
    return {"run": folder.run, "status": "deleted"}
