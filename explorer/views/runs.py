"""Views of runs and what changes them: the open run, the list, reports; train, stop, delete.

    run(service, "tidy-0c4f...", have=5)["run"]["status"]  # what a page polls
    runs(service, "web-like finished").runs[0].binding     # Estimate, or None while there is no report
    train(service, "salient", steps=90)                    # {"run", "owner_key", "place"}

A page polls while a run is active: it gets the checkpoints that it does not have, and the list of runs if that has
changed. Each open page of a class polls once per second, so the store is read once for all of them.

On one's own computer all runs are listed; on a shared server one's own and that of the link. Only the holder of a
run's key owns it, so a fresh browser owns none.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator

from explorer.clip.card import CARD_FILE, SHIPPED
from explorer.clip.names import ModelError, shipped_names
from explorer.codec import encode
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import Estimate, Scores, append_answers, read_answers, same_forms
from explorer.evaluation.sets import binding_pairs
from explorer.evaluation.verdict import judge_report
from explorer.presets import PRESETS
from explorer.resources import CHECKPOINTS
from explorer.runs import run_lock
from explorer.runs.archive import import_zip
from explorer.runs.files import read_json
from explorer.runs.folder import READING_ERRORS, RunFolder, key_digest
from explorer.runs.queue import describe_run, owner_digest
from explorer.runs.run_status import ACTIVE_STATUSES
from explorer.runs.specs import Difference, changes_from_preset, key_of_spec, resolve
from explorer.runs.state import TRAINED_BEFORE, TrainingState, read_run
from explorer.runs.store import RunStore
from explorer.runs.supervisor import is_being_evaluated, spawn_evaluation
from explorer.runs.titles import recipe_words, run_title
from explorer.sentences import Listed, Sentence
from explorer.settings import Settings
from explorer.spec import DIALS, OWN_WORLD, convert_value, saved_steps
from explorer.views.questions import load_model
from explorer.views.registry import act, in_range, view
from explorer.views.service import MAX_LISTED_RUNS, Service, may_change
from explorer.views.starts import StartChoice, loaded_model_names, start_choices
from explorer.wording import duration, percent
from explorer.world.own import noun_record, parse_world
from explorer.world.worlds import find_world, keep_world

AFTER_LAST_STEP = 2**53
"""A step that no run reaches: `since_step` for the status without records."""
GONE_SENTENCE = "There is no such run here any more."
MAX_CHOICES = 30
ListedState = tuple[str, str, int]
"""A run, its status, and the finished tenths of its steps."""
_logger = logging.getLogger(__name__)
_asked_runs: set[RunFolder] = set()
_asking_lock = threading.Lock()


# ---- The open run


@view()
def run(
    service: Service, name: str = "", have: int = 0, compare: str = "", known: str = "", owner_key: str = ""
) -> dict[str, object]:
    """Return a run with its curve, checkpoints and verdict, one to compare it with, and the list if it changed.

    Args:
        name: id of a run; without one only the list is answered
        have: how many checkpoints the asker already has
        compare: another run, a shipped model or a recording
        known: digest of the list that the asker has
        owner_key: the key of the person's runs
    """
    open_run = _open_run_record(service, name, max(0, have), compare, owner_key) if name else None
    states = _listed_states(service, name, owner_key)
    digest = hashlib.sha256(repr((name, states)).encode()).hexdigest()
    listing = f"{digest}:{len(loaded_model_names(service.store)) if service.settings.any_start else 0}"
    return {
        "run": open_run,
        "missing": GONE_SENTENCE if name and open_run is None else None,
        "compare": _other_record(service.store, compare) if compare else None,
        "known": listing,
        "is_any_active": any(status in ACTIVE_STATUSES for _, status, _ in states),
        # While its digest stays the same, the table is not sent again.
        "listing": None if listing == known else _choices(service, name, owner_key),
    }


def _open_run_record(service: Service, name: str, have: int, compare: str, key: str) -> dict[str, object] | None:
    """Return the open run with the checkpoints that the page lacks, or a shipped model; None if there is none."""
    folder = service.store.find(name)
    if folder is None:
        other = _other_record(service.store, name)
        return other and other | {"differs": [], "is_own": False}
    state = read_run(service.store, folder.run, compared_with=compare or None)
    ask_later(service.store, folder, state)
    record = page_record(state)
    first = min(have, len(state.checkpoints))
    return record | {
        "first": first,
        "checkpoints": record["checkpoints"][first:],
        "differs": [
            {
                "field": (DIALS[each.field].plain or DIALS[each.field].label).lower(),
                "this": each.this,
                "other": each.other,
            }
            for each in state.differs or ()
        ],
        "mine": may_change(folder, key, service.settings),
        "is_own": folder.is_owner(key),
        "has_model": folder.has_model,
        "is_evaluated_now": is_being_evaluated(folder),
        "eta_words": _eta_words(state),
    }


def _other_record(store: RunStore, name: str) -> dict[str, Any] | None:
    """Return another run, recording or shipped model for the chart; None if none has that name."""
    try:
        return page_record(read_run(store, name))
    except UserError:
        return None


def page_record(state: TrainingState) -> dict[str, Any]:
    """Return the state of any run, recording or shipped model, with all that the page draws."""
    return encode(state) | {
        "label": state.title,
        "preset": state.spec.preset,
        "planned": _planned_steps(state),
        "key": key_of_spec(state.spec),
        "mine": False,
        "has_model": False,
        "eta_words": "",
    }


def _planned_steps(state: TrainingState) -> list[int]:
    """Return the steps that are saved during the training; for a run that ended early, those that it has."""
    saved = [each.step for each in state.checkpoints]
    if state.status in ACTIVE_STATUSES or state.step < state.steps:
        return sorted({0, *saved_steps(state.spec.train.steps), *saved})
    return saved if len(saved) > 1 else [0, *sorted(saved_steps(state.spec.train.steps))]


def _eta_words(state: TrainingState) -> str:
    """Return the time left in words, or the time until the run starts."""
    if state.eta_s is None:
        return ""
    if state.place:
        if state.eta_s < 1:
            return "starts at once"
        return Sentence("run.starts", "starts in about {time}", time=duration(state.eta_s))
    if state.eta_s < 1:
        return "nearly done"
    return Sentence("run.left", "about {time} left", time=duration(state.eta_s))


def _choices(service: Service, run: str, key: str) -> dict[str, object]:
    """Return `{"runs", "starts"}`: the runs to compare with and the starts of a training, each as [label, name]."""
    folders = service.visible_runs(run, key)
    names = {
        row.run: Listed([row.title, percent(row.binding.value)])
        if row.binding and row.binding.value is not None
        else row.title
        for row in run_rows(service, folders[:MAX_CHOICES], key)
    }
    starts = start_choices(service.store, folders, any_start=service.settings.any_start)
    return {
        "runs": [[words, name] for name, words in names.items()],
        "starts": [[_start_words(each, names.get(each.name, each.name)), each.name] for each in starts],
    }


def _start_words(start: StartChoice, run_words: str) -> str:
    if start.kind == "shipped":
        recipe = PRESETS[SHIPPED[start.name].preset].title.lower()
        return Sentence("start.shipped", "the shipped {recipe} model", recipe=recipe)
    if start.kind == "run":
        return Sentence("start.run", "run: {run}", run=run_words)
    if start.kind == "scratch":
        return "fresh weights, knows nothing"
    return Sentence("start.pretrained", "{name}, pretrained", name=start.name)


def _listed_states(service: Service, run: str, key: str) -> list[ListedState]:
    """Return the visible runs of the table."""
    moment, owner = int(time.monotonic() / max(service.settings.page_poll_s, 1e-6)), key_digest(key)
    every = _all_states(service.store, moment)
    return [
        each
        for each, owner_digest in every
        if not service.settings.is_shared or each[0] == run or owner_digest == owner
    ][:MAX_LISTED_RUNS]


@lru_cache(maxsize=4)
def _all_states(store: RunStore, _moment: int) -> tuple[tuple[ListedState, str], ...]:
    """Return every run with the stored digest of its owner's key."""
    return tuple(
        ((folder.run, status.status, 10 * status.step // max(1, status.steps)), owner_digest(folder))
        for folder, status in store.statuses()
    )


@view()
def run_status(
    service: Service, run: str, since_step: Annotated[int, in_range(0, AFTER_LAST_STEP)] = 0
) -> dict[str, Any]:
    """Return the status of a run, with the records of its steps after `since_step`.

    Args:
        run: the id that train answered
        since_step: the last step already seen, 0 for all records
    """
    folder = service.find_run(run)
    records = [] if since_step == AFTER_LAST_STEP else list(folder.records(since_step=since_step))
    return describe_run(service.store, folder).to_json() | {"verdict": _verdict_sentence(folder), "records": records}


@view()
def own_world(service: Service, run: str) -> dict[str, Any]:
    """Return the document of the own world that a run was trained on, {"nouns": [{"word", "parts"}]}.

    Args:
        run: the id that train answered
    """
    world = service.find_run(run).spec().data.world
    if not OWN_WORLD.fullmatch(world):
        raise UserError("run", run, "was trained on the built-in world {world}", world=world)
    return {"nouns": [noun_record(noun) for noun in find_world(world).nouns]}


def _verdict_sentence(folder: RunFolder) -> str | None:
    """Return the verdict on a report, None if there is no report."""
    try:
        report = folder.report_if_any()
        return None if report is None else judge_report(report).sentence
    except READING_ERRORS:
        return None  # also an imported report of another shape


# ---- The model of a run that has no answers to the binding pairs


def ask_later(store: RunStore, folder: RunFolder, state: TrainingState) -> threading.Thread | None:
    """Ask the final model in a thread if the state lacks its answers.

    Returns the thread, None if the run was asked before or has answers. A model that cannot be loaded is
    not tried again while this process runs.
    """
    if state.checkpoints or state.why_no_checkpoints != TRAINED_BEFORE:
        return None
    with _asking_lock:
        if folder in _asked_runs:
            return None
        _asked_runs.add(folder)

    def ask() -> None:
        try:
            ask_final_model(store, folder)
        except (UserError, ModelError, OSError) as error:  # the curve of the run stays, with what its pairs lack
            _logger.warning("the pairs of %s were not answered: %s", folder.run, error)

    thread = threading.Thread(target=ask, name=f"pairs of {folder.run}", daemon=True)
    thread.start()
    return thread


def ask_final_model(store: RunStore, folder: RunFolder) -> None:
    """Score the final model of a run without saved answers on the pairs, and save them; imports torch.

    Raises `UserError` if its world has no pairs, or it has not ended with a model.
    """
    status = folder.status()
    if not status.has_ended or not folder.has_model:
        raise UserError("run", folder.run, "has saved no model that could answer")
    spec = folder.spec()
    pairs = binding_pairs(find_world(spec.data.world))
    if read_answers(folder.pairs, asked=pairs.asked):
        return
    clip = load_model(folder.run, store=store, only_safe=True)
    from explorer.evaluation.embed import PairScorer

    answers = PairScorer(clip, pairs).score(status.step)
    with run_lock.hold_claim(folder.path) as is_claimed:
        if is_claimed and not read_answers(folder.pairs, asked=pairs.asked):
            append_answers(folder.pairs, answers)


# ---- The list


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """One run of the list: its names, how far it is, the shares of its report, and what the asker may do with it.

    `label` is its recipe, `title` the recipe with seed and who saw it train. `changed` are the fields in which it
    differs from its preset, `other` being the run's value. Shares are None while there is no report;
    `own_is_canonical` says that its own captions are those. `start` is what it began from. `place` and `eta_s` are
    those of `TrainingState`, None for a run that has ended.
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
    place: int | None
    eta_s: float | None
    batch_size: int
    verdict: str | None
    is_mine: bool
    is_resumable: bool

    def has_words(self, words: str) -> bool:
        """Return True if the row holds each of the words, in any order."""
        fields = [f"{each.field}={each.other} {DIALS[each.field].plain}" for each in self.changed]
        text = " ".join([self.run, self.title, self.label, self.preset or "", self.status, *fields]).lower()
        return all(word in text for word in words.lower().split())


@dataclass(frozen=True, kw_only=True)
class RunList:
    """Runs that the asker may see, the newest first, what a training may start from, and if a run may be brought."""

    runs: tuple[RunRow, ...]
    starts: tuple[StartChoice, ...]
    takes_files: bool


@view()
def runs(service: Service, words: str = "", name: str = "", owner_key: str = "") -> RunList:
    """List the runs that the asker may see, the newest first, and the models that a training may start from.

    Args:
        words: words that a run has to hold, for example web-like finished
        name: id of a run of which the asker has the link
        owner_key: the key of the person's runs
    """
    folders = service.visible_runs(name, owner_key)
    return RunList(
        runs=tuple(row for row in run_rows(service, folders, owner_key) if row.has_words(words)),
        starts=tuple(start_choices(service.store, folders, any_start=service.settings.any_start)),
        takes_files=not service.settings.is_shared,
    )


def run_rows(service: Service, folders: Iterable[RunFolder], key: str) -> Iterator[RunRow]:
    """Yield one row per run; a folder that cannot be read is left out."""
    for folder in folders:
        with suppress(*READING_ERRORS):
            yield _row(service, folder, key)


def _row(service: Service, folder: RunFolder, key: str) -> RunRow:
    spec, status, report = folder.spec(), folder.status(), folder.report_if_any()
    scores = report.scores if report else Scores()
    description = describe_run(service.store, folder) if status.is_active else None
    is_mine = may_change(folder, key, service.settings)
    return RunRow(
        run=folder.run,
        title=run_title(spec, status.origin),
        label=recipe_words(spec),
        preset=spec.preset,
        changed=changes_from_preset(spec),
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
        has_model=folder.has_model,
        place=description.place if description else None,
        eta_s=(description.wait_s if description.place else description.eta_s) if description else None,
        batch_size=spec.train.batch_size,
        verdict=_verdict_sentence(folder),
        is_mine=is_mine,
        is_resumable=is_mine and not status.is_active and folder.is_resumable,
    )


@view()
def report(service: Service, run: str) -> dict[str, Any]:
    """Return the report of a run that has ended: all metrics with intervals, controls, budget and device.

    Its "model" is the run's id, a name that score takes, and "folder" is null. A shipped model answers its card. One of
    a run that came from elsewhere says its "origin", tab or file, and when it was "evaluated" here, or null.

    Args:
        run: the id that train answered, or a shipped model
    """
    if service.store.find(run) is None and run in shipped_names():
        return dict(read_json(CHECKPOINTS / run / CARD_FILE))
    folder = service.find_run(run)
    # Who reads an answer from elsewhere has no use for the folders of this computer, and must not learn them.
    known, status = folder.report_json() | {"folder": None, "model": folder.run}, folder.status()
    return known if status.origin == "here" else known | {"origin": status.origin, "evaluated": status.evaluated}


# ---- What changes a run


def check_uploads_allowed(settings: Settings) -> None:
    """Raise `UserError` on a shared server, before a byte of the file is read."""
    if settings.is_shared:
        raise UserError(
            "file", NO_VALUE, "this server takes no runs from files; bring it to the app on your own computer"
        )


def import_upload(store: RunStore, settings: Settings, path: Path, key: str) -> RunFolder:
    """Import an uploaded zip as a run of the holder of `key`; raise `UserError` for other files."""
    folder = import_zip(store, path)
    folder.set_owner(key)
    if folder.awaits_report:
        spawn_evaluation(store, folder, settings)
    return folder


@act()
def train(
    service: Service,
    preset: str,
    overrides: dict[str, Any] | None = None,
    init: str = "scratch",
    tune: str = "all",
    steps: Annotated[
        int | None, PlainValidator(lambda value: value if value is None else convert_value("steps", value))
    ] = None,
    seed: Annotated[int, PlainValidator(lambda value: convert_value("seed", value))] = 0,
    owner_key: str = "",
    world: dict[str, Any] | None = None,
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
        world: document of a world of one's own, {"nouns": [{"word", "parts"}]}, in place of the recipe's
    """
    changes = {"init": init, "tune": tune, "seed": seed} | ({} if steps is None else {"steps": steps})
    if world is not None:
        changes["world"] = keep_world(parse_world(world)).name
    return service.queue_run(resolve(preset, {**(overrides or {}), **changes}), owner_key)


@act()
def stop(service: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Ask a run to finish its step, to evaluate and to save; it stays usable and can be resumed.

    Args:
        run: the id that train answered
        owner_key: the key that train answered
    """
    folder = service.own_run(run, owner_key)
    folder.request_stop()
    return {"status": folder.status().status}


@act()
def resume(service: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Queue a stopped or interrupted run once more, from its last checkpoint.

    Args:
        run: the id that train answered
        owner_key: the key that train answered
    """
    return {"status": service.resume_run(run, owner_key).status().status}


@act(counts_as="runs")
def evaluate_run(service: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Evaluate here the model of a run that came as a file, and replace its report and last answers.

    Args:
        run: the id of the run
        owner_key: the key that it was imported with
    """
    folder = service.own_run(run, owner_key)
    if folder.status().origin == "here":
        raise UserError("run", folder.run, "was trained here, and its report was made here too")
    if not folder.has_model:
        raise UserError("run", folder.run, "has no model that could be evaluated")
    spawn_evaluation(service.store, folder, service.settings)
    return {"run": folder.run, "status": "evaluating"}


@act()
def delete(service: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Remove a run that is not being trained, with all its files.

    Args:
        run: the id that train answered
        owner_key: the key that train answered
    """
    folder = service.own_run(run, owner_key)
    service.store.delete(folder.run)
    return {"run": folder.run, "status": "deleted"}
