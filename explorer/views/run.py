"""Views of one run: what an open page polls, its status, its world, its report.

    run(service, "tidy-0c4f...", have=5)["run"]["status"]  # what a page polls
    report(service, "tidy-0c4f...")["metrics"]             # its scores with intervals

A page polls while a run is active: it gets the saved steps that it does not have, and the list of runs if that has
changed. Each open page of a class polls once per second, so the store is read once for all of them.

On one's own computer all runs are listed; on a shared server one's own and that of the link.
"""

import hashlib
import time
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from explorer.clip.card import CARD_FILE, SHIPPED
from explorer.clip.names import shipped_names
from explorer.codec import encode
from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.resources import SHIPPED_FOLDER
from explorer.runs.files import read_json
from explorer.runs.folder import key_digest
from explorer.runs.queue import describe_run, owner_digest
from explorer.runs.store import RunStore
from explorer.sentences import Listed, Sentence
from explorer.spec import OWN_WORLD
from explorer.views.registry import in_range, view
from explorer.views.run_record import open_run_record, other_record, verdict_sentence
from explorer.views.runs import run_rows
from explorer.views.service import MAX_LISTED_RUNS, Service
from explorer.views.starts import StartChoice, loaded_model_names, start_choices
from explorer.wording import format_percent
from explorer.world.own import noun_record
from explorer.world.worlds import get_world

AFTER_LAST_STEP = 2**53
"""A step that no run reaches: `since_step` for the status without records."""
GONE_SENTENCE = "There is no such run here any more."
MAX_CHOICES = 30


class ListedState(NamedTuple):
    """The changing parts of a line of the list: the status, finished tenths, and when the run was evaluated here."""

    run: str
    status: str
    tenths: int
    evaluated: float | None


@view()
def run(
    service: Service,
    name: str = "",
    have: int = 0,
    compare: str = "",
    listing_digest: str = "",
    owner_key: str = "",
    answers: bool = True,
) -> dict[str, object]:
    """Return a run with its curve, saved steps and verdict, one to compare it with, and the list if it changed.

    Args:
        name: id of a run; without one only the list is answered
        have: how many saved steps the asker already has
        compare: another run, a shipped model or a recording
        listing_digest: digest of the list that the asker has
        owner_key: the key of the person's runs
        answers: false leaves out all checkpoints of the run
    """
    skipped = max(0, have) if answers else None
    open_run = open_run_record(service, name, skipped, compare, owner_key) if name else None
    states = _listed_states(service, name, owner_key)
    loaded = loaded_model_names(service.store) if service.settings.any_start else ()
    digest = hashlib.sha256(repr((name, states, *loaded)).encode()).hexdigest()
    return {
        "run": encode(open_run),
        "missing": GONE_SENTENCE if name and open_run is None else None,
        "compare": encode(other_record(service.store, compare)) if compare else None,
        "listing_digest": digest,
        # While its digest stays the same, the table is not sent again.
        "listing": None if digest == listing_digest else _choices(service, name, owner_key),
    }


def _choices(service: Service, run: str, owner_key: str) -> dict[str, object]:
    """Return `{"runs", "starts"}`: the runs to compare with and the starts of a training, each as [label, name]."""
    folders = service.visible_runs(run, owner_key)
    words_by_run = {
        row.run: Listed([row.title, format_percent(row.binding.value)])
        if row.binding and row.binding.value is not None
        else row.title
        for row in run_rows(service, folders[:MAX_CHOICES], owner_key)
    }
    starts = start_choices(service.store, folders, any_start=service.settings.any_start)
    return {
        "runs": [[words, name] for name, words in words_by_run.items()],
        "starts": [[_start_words(each, words_by_run.get(each.name, each.name)), each.name] for each in starts],
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


def _listed_states(service: Service, run: str, owner_key: str) -> list[ListedState]:
    moment, owner = int(time.monotonic() / max(service.settings.page_poll_s, 1e-6)), key_digest(owner_key)
    every = _all_states(service.store, moment)
    return [
        state
        for state, owner_of_run in every
        if not service.settings.is_shared or state.run == run or owner_of_run == owner
    ][:MAX_LISTED_RUNS]


@lru_cache(maxsize=4)
def _all_states(store: RunStore, _moment: int) -> tuple[tuple[ListedState, str], ...]:
    """Return every run with the stored digest of its owner's key; `_moment` is a key of the cache alone."""
    return tuple(
        (
            ListedState(folder.run, status.status, 10 * status.step // max(1, status.steps), status.evaluated),
            owner_digest(folder),
        )
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
    folder = service.get_run(run)
    records = [] if since_step == AFTER_LAST_STEP else list(folder.records(since_step=since_step))
    return describe_run(service.store, folder).to_json() | {"verdict": verdict_sentence(folder), "records": records}


@view()
def own_world(service: Service, run: str) -> dict[str, Any]:
    """Return the document of the own world that a run was trained on, {"nouns": [{"word", "parts"}]}.

    Args:
        run: the id that train answered
    """
    world = service.get_run(run).spec().data.world
    if not OWN_WORLD.fullmatch(world):
        raise UserError("run", run, "was trained on the built-in world {world}", world=world)
    return {"nouns": [noun_record(noun) for noun in get_world(world).nouns]}


@view()
def report(service: Service, run: str) -> dict[str, Any]:
    """Return the report of a run that has ended: all metrics with intervals, controls, budget and device.

    Its "model" is the run's id, a name that score takes, and "folder" is null. A shipped model answers its card. One of
    a run that came from elsewhere says its "origin", tab or file, and when it was "evaluated" here, or null.

    Args:
        run: the id that train answered, or a shipped model
    """
    if service.store.find(run) is None and run in shipped_names():
        return dict(read_json(SHIPPED_FOLDER / run / CARD_FILE))
    folder = service.get_run(run)
    # Who reads an answer from elsewhere has no use for the folders of this computer, and must not learn them.
    document, status = folder.report_json() | {"folder": None, "model": folder.run}, folder.status()
    return document if status.origin == "here" else document | {"origin": status.origin, "evaluated": status.evaluated}
