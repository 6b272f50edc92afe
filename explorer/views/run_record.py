"""The record of a run, a shipped model or a recording, as a page draws it.

page_record(read_run(store, "things-web"))["label"]          # "Web-like"
open_run_record(service, name, have, compare, key)           # of the open run: what the page lacks, and whose it is
"""

from typing import Any

from explorer.codec import encode
from explorer.errors import UserError
from explorer.evaluation.verdict import judge_report
from explorer.runs.folder import READING_ERRORS, RunFolder
from explorer.runs.run_status import ACTIVE_STATUSES
from explorer.runs.specs import key_of_spec
from explorer.runs.state import TrainingState, read_run
from explorer.runs.store import RunStore
from explorer.runs.supervisor import is_being_evaluated
from explorer.sentences import Sentence
from explorer.spec import DIALS, saved_steps
from explorer.views.late_answers import ask_later
from explorer.views.service import Service, may_change
from explorer.wording import duration


def open_run_record(service: Service, name: str, have: int, compare: str, key: str) -> dict[str, object] | None:
    """Return the open run with the checkpoints that the page lacks, or a shipped model; None if there is none."""
    folder = service.store.find(name)
    if folder is None:
        other = other_record(service.store, name)
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


def other_record(store: RunStore, name: str) -> dict[str, Any] | None:
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


def verdict_sentence(folder: RunFolder) -> str | None:
    """Return the verdict on a report, None if there is no report."""
    try:
        report = folder.report_if_any()
        return None if report is None else judge_report(report).sentence
    except READING_ERRORS:
        return None  # also an imported report of another shape
