"""The record of a run, a shipped model or a recording, as a page draws it.

page_record(read_run(store, "things-web")).title             # "Web-like"
open_run_record(service, name, have, compare, owner_key)     # of the open run: what the page lacks, and whose it is
"""

from dataclasses import dataclass, fields, replace

from explorer.errors import UserError
from explorer.evaluation.verdict import judge_report
from explorer.runs.folder import READING_ERRORS, RunFolder
from explorer.runs.run_status import ACTIVE_STATUSES
from explorer.runs.specs import recipe_key
from explorer.runs.state import TrainingState, read_run
from explorer.runs.store import RunStore
from explorer.runs.supervisor import is_being_evaluated
from explorer.sentences import Sentence
from explorer.spec import DIALS, saved_steps
from explorer.views.late_answers import ask_later, is_being_asked
from explorer.views.service import Service, may_change
from explorer.wording import format_duration


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord(TrainingState):
    """The state of a run, a shipped model or a recording as a page draws it, and what follows from it for its asker.

    It is declared here alone. A tab makes the same of a run of its own (`recordOf` of `assets/page/tab/record.js`),
    beside `before` and `in_tab`, which only a tab has; a test decodes its records as this.

    Attributes:
        planned: Steps that the training saves, also where it ended early; of a finished one, those that it has.
        recipe_key: Digest of the spec without its seed and preset; "" where nobody compares.
        first: Number of the first of `answers`, as a page gets those that it lacks.
        may_change: Whether the asker may stop and delete it; `is_own` is whether the asker's browser began it.
        is_evaluated_now: Whether its model is evaluated again.
        is_asked_now: Whether its model answers the pairs, as one of an earlier version does when it is first opened.
        left_words: The time left, "" if nothing is to be said.
    """

    preset: str | None
    planned: tuple[int, ...]
    recipe_key: str = ""
    first: int = 0
    may_change: bool = False
    is_own: bool = False
    has_model: bool = False
    is_evaluated_now: bool = False
    is_asked_now: bool = False
    left_words: str = ""


def open_run_record(service: Service, name: str, skipped: int | None, compare: str, owner_key: str) -> RunRecord | None:
    """Return the open run, or a shipped model; None if there is none.

    Of a run its first `skipped` answers are left out, which the page has; with None all of them are.
    """
    folder = service.store.find(name)
    if folder is None:
        other = other_record(service.store, name)
        return other and replace(other, differs=())
    # Before its state is read: what ends in between is then asked for once more, and not missed.
    is_evaluated_now, is_asked_now = is_being_evaluated(folder), is_being_asked(folder)
    state = read_run(service.store, folder.run, compared_with=compare or None)
    has_begun = ask_later(service.store, folder, state) is not None
    record, saved = page_record(state), len(state.answers)
    first = saved if skipped is None else min(skipped, saved)
    return replace(
        record,
        first=first,
        answers=record.answers[first:],
        differs=tuple(
            replace(each, field=(DIALS[each.field].plain or DIALS[each.field].label).lower())
            for each in state.differs or ()
        ),
        may_change=may_change(folder, owner_key, service.settings),
        is_own=folder.is_owner(owner_key),
        has_model=folder.has_model,
        is_evaluated_now=is_evaluated_now,
        is_asked_now=is_asked_now or has_begun,
        left_words=_left_words(state),
    )


def other_record(store: RunStore, name: str) -> RunRecord | None:
    """Return another run, recording or shipped model for the chart; None if none has that name."""
    folder = store.find(name)
    is_evaluated_now = folder is not None and is_being_evaluated(folder)  # before its state, as above
    try:
        return replace(page_record(read_run(store, name)), is_evaluated_now=is_evaluated_now)
    except UserError:
        return None


def page_record(state: TrainingState) -> RunRecord:
    """Return the record of any run, recording or shipped model, for an asker who owns nothing."""
    parts = {each.name: getattr(state, each.name) for each in fields(TrainingState)}
    return RunRecord(
        **parts, preset=state.spec.preset, planned=tuple(_planned_steps(state)), recipe_key=recipe_key(state.spec)
    )


def _planned_steps(state: TrainingState) -> list[int]:
    """Return the steps that a training saves, also where it ended early; for a finished one, those that it has."""
    saved = [each.step for each in state.answers]
    if state.status in ACTIVE_STATUSES or state.step < state.steps:
        return sorted({0, *saved_steps(state.spec.train.steps), *saved})
    return saved if len(saved) > 1 else [0, *sorted(saved_steps(state.spec.train.steps))]


def _left_words(state: TrainingState) -> str:
    """Return the time left in words, or the time until the run starts."""
    if state.left_s is None:
        return ""
    if state.place:
        if state.left_s < 1:
            return "starts at once"
        return Sentence("run.starts", "starts in about {time}", time=format_duration(state.left_s))
    if state.left_s < 1:
        return "nearly done"
    return Sentence("run.left", "about {time} left", time=format_duration(state.left_s))


def verdict_sentence(folder: RunFolder) -> str | None:
    """Return the verdict on a report, None if there is no report."""
    try:
        report = folder.report_if_any()
        return None if report is None else judge_report(report).sentence
    except READING_ERRORS:
        return None  # also an imported report of another shape
