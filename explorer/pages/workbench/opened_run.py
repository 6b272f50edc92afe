"""State of the Training and Outcome columns as JSON: the open run, the compared one, and the runs to choose from.

    asked = RunRequest.from_event({"run": "tidy-0c4f...", "compare": "", "have": 5, "known": "..."})
    training_state(store, settings, asked, key)

A page polls while a run is active: it gets the checkpoints that it does not have, and the list of runs if that has
changed. Each open page of a class polls once per second, so the store is read once for all of them.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from explorer.clip.card import SHIPPED
from explorer.errors import UserError
from explorer.pages.shared.dial_values import plain_name
from explorer.pages.workbench.dialed import key_of_spec
from explorer.presets import PRESETS
from explorer.runs.queue import owner_of
from explorer.runs.store import ACTIVE, RunFolder, RunStore, owner_digest
from explorer.service import endpoints
from explorer.service.final_model import ask_later
from explorer.service.outcome import outcome_state
from explorer.service.outcome_types import Difference, OutcomeState, label
from explorer.service.pretrained_start import loaded_names
from explorer.service.run_list import MOST_LISTED, RunRow, Start, run_rows, spec_of, start_choices, visible
from explorer.settings import Settings
from explorer.spec import RunSpec, saved_steps
from explorer.wording import duration, percent

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
    """Return the state of the Training column; it says if the run is gone."""
    run = store.find(asked.run)
    compare = comparison_record(store, asked.compare) if asked.compare else None
    listing = f"{listing_digest(store, settings, asked.run, key)}:{len(pretrained(store, settings))}"
    return {
        "run": None if run is None else run_record(store, settings, run, asked, key),
        "missing": GONE if asked.run and run is None else None,
        "compare": compare,
        "known": listing,
        "is_any_active": is_any_active(store, settings, asked.run, key),
        "listing": None if listing == asked.known else choices(store, settings, asked.run, key),
    }


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
        "mine": endpoints.may_change(folder, key, settings),
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


def title(state: OutcomeState) -> str:
    """Return the title of a training: recipe, and seed."""
    return f"{recipe_words(state.spec)}, seed {state.seed}" if state.kind == "run" else recipe_words(state.spec)


def recipe_words(spec: RunSpec) -> str:
    """Return the title of the recipe, with "changed" if dials were moved, and the start unless it is fresh weights."""
    recipe = PRESETS.get(spec.preset or "")
    if recipe is None:
        return label(spec)
    base = replace(spec, train=replace(spec.train, init=recipe.spec.train.init))
    name = recipe.title if key_of_spec(base) == key_of_spec(recipe.spec) else f"{recipe.title}, changed"
    return name if spec.train.init == "scratch" else f"{name}, from {spec.train.init}"


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
    return {"field": plain_name(each.field).lower(), "this": each.this, "other": each.other}


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
