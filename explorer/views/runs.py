"""Views of runs and what changes them: the open run, the list, reports; train, stop, delete.

    run(here, "tidy-0c4f...", have=5)["run"]["status"]           # what a page polls
    train(here, "salient", steps=90)                              # {"run", "owner_key", "place"}

A page polls while a run is active: it gets the checkpoints that it does not have, and the list of runs if that has
changed. Each open page of a class polls once per second, so the store is read once for all of them.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

from explorer.clip.card import FILE, SHIPPED
from explorer.clip.names import shipped_names
from explorer.codec import flat
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import Estimate, Scores, same_forms
from explorer.evaluation.verdict import verdict
from explorer.presets import PRESETS
from explorer.resources import CHECKPOINTS
from explorer.runs.archive import import_zip
from explorer.runs.files import read_json
from explorer.runs.outcome import (
    OTHER_SHAPE,
    OutcomeState,
    has_model,
    is_readable,
    outcome_state,
    report_of,
    spec_of,
    title,
)
from explorer.runs.queue import describe, owner_of
from explorer.runs.specs import Difference, changes_of, key_of_spec, label, recipe_words, resolve
from explorer.runs.store import ACTIVE, RunFolder, RunStore, owner_digest
from explorer.settings import Settings
from explorer.spec import DIALS, saved_steps
from explorer.views.final_model import ask_later
from explorer.views.registry import act, view, whole
from explorer.views.service import Service, may_change
from explorer.views.starts import TUNES, loaded_names
from explorer.wording import duration, percent

NO_RECORDS = 2**53
"""A step that no run reaches: `since_step` for the status without records."""
GONE = "There is no such run here any more."
MOST_CHOICES = 30
FRESH_WORDS = "fresh weights, knows nothing"
State = tuple[str, str, int]
"""A run, its status, and the finished tenths of its steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """One run of the list: its names, how far it is, and the shares of its report, None while there is none.

    `title` is its recipe and seed, `changed` are the fields in which it differs from its preset, `other` being the
    run's value. `own_is_canonical` says that its own captions are those; `start` is what it began from.
    """

    run: str
    title: str
    label: str
    preset: str | None
    changed: tuple[Difference, ...]
    status: str
    step: int
    steps: int
    binding: Estimate | None
    own: Estimate | None
    own_is_canonical: bool
    recognition: Estimate | None
    created: float
    start: str
    seed: int
    is_own: bool
    has_model: bool

    @property
    def words(self) -> str:
        """All that a search looks through, in lower case."""
        fields = [f"{each.field}={each.other} {DIALS[each.field].plain}" for each in self.changed]
        return " ".join([self.run, self.title, self.label, self.preset or "", self.status, *fields]).lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """A model that a training may start from, and the ways in which it may be tuned; `title` names it for people."""

    name: str
    title: str
    kind: Literal["scratch", "shipped", "run", "pretrained"]
    label: str
    tunes: tuple[str, ...]


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


MOST_LISTED = 200


def visible(store: RunStore, settings: Settings, run: str, key: str) -> list[RunFolder]:
    """Return the runs with a readable spec that the holder of `key` may see, `run` among them, the newest first."""
    found = (
        folder
        for folder in store.all()
        if not settings.is_shared or folder.run == run or folder.is_owner(key)
        if is_readable(folder)
    )
    return list(islice(found, MOST_LISTED))


def run_rows(folders: Iterable[RunFolder], key: str) -> list[RunRow]:
    """Return one row per run; a folder that cannot be read is left out."""
    found = []
    for folder in folders:
        try:
            found.append(_row(folder, key))
        except (UserError, *OTHER_SHAPE):
            continue
    return found


def search(rows: Sequence[RunRow], words: str) -> list[RunRow]:
    """Return the rows that hold each of the words, in any order."""
    wanted = str(words).lower().split()
    return [row for row in rows if all(word in row.words for word in wanted)]


def _row(folder: RunFolder, key: str) -> RunRow:
    spec, status = spec_of(folder), folder.status()
    report = report_of(folder)
    scores = report.scores if report else Scores()
    return RunRow(
        run=folder.run,
        title=f"{recipe_words(spec)}, seed {spec.train.seed}",
        label=label(spec),
        preset=spec.preset,
        changed=changes_of(spec),
        status=status.status,
        step=status.step,
        steps=spec.train.steps,
        binding=scores.canonical.get("binding_accuracy"),
        own=scores.of("own").get("binding_accuracy"),
        own_is_canonical=same_forms(scores).get("own") == "canonical",
        recognition=scores.canonical.get("recognition_accuracy"),
        created=status.created or status.heartbeat or 0.0,
        start=spec.train.init,
        seed=spec.train.seed,
        is_own=folder.is_owner(key),
        has_model=has_model(folder),
    )


def start_choices(store: RunStore, settings: Settings, run: str, key: str) -> list[Start]:
    """Return fresh weights, the shipped models, the visible runs with a model, and pretrained models asked here."""
    every = DIALS["tune"].choices or ()
    runs = [folder for folder in visible(store, settings, run, key) if folder.model.is_dir()]
    pretrained = loaded_names(store) if settings.any_start else ()
    return [
        Start(name="scratch", title="Fresh weights", kind="scratch", label="fresh weights", tunes=("all",)),
        *(
            Start(name=name, title=shipped_title(name), kind="shipped", label=f"{name} (shipped)", tunes=every)
            for name in shipped_names()
        ),
        *(
            Start(name=each.run, title=recipe_words(spec_of(each)), kind="run", label=each.run, tunes=every)
            for each in runs
        ),
        *(
            Start(name=name, title=name, kind="pretrained", label=f"{name} (pretrained)", tunes=TUNES)
            for name in pretrained
        ),
    ]


def shipped_title(name: str) -> str:
    """Name a shipped model by the captions that it learned from, and by their kinds if they have more than usual."""
    if name not in SHIPPED:
        return name
    usual, own = PRESETS[SHIPPED[name].preset], SHIPPED[name].spec()
    recipe, _, more = usual.title.partition(", ")
    count = len(own.data.attribute_kinds)
    kinds = f"{count} kinds" if count > len(usual.spec.data.attribute_kinds) else ""
    return ", ".join(filter(None, (f"{recipe} captions", more, kinds)))


def bring(store: RunStore, settings: Settings, path: Path, key: str) -> RunFolder:
    """Import an uploaded zip as a run of the holder of `key`; `UserError` on a shared server and for other files."""
    if settings.is_shared:
        raise UserError(
            "file", NO_VALUE, "this server takes no runs from files; bring it to the app on your own computer"
        )
    folder = import_zip(store, path)
    folder.give_to(key)
    return folder


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
        is_resumable=is_mine and not is_active and folder.is_resumable,
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
        preset: name of a recipe, for example binding-friendly
        overrides: fields of the recipe to change, for example {"saliency_bias": 0.5}
        init: scratch, a shipped model, or the id of a run to fine-tune from
        tune: what trains of it: all, text, image, lora or text-map
        steps: batches to train, else the recipe's
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
