"""Listeners of the further parts of Probe: each button asks its models one after another, in the background.

    wire_more(page, tab, asked)        # by `wire_probe`

A handler is a generator: it yields the progress of a model and the results so far. Each visitor has one question at a
time.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypedDict, TypeVar

import gradio as gr

from explorer.clip.loading import Cancelled, Loading, Progress, ProgressCallback
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import Defined, Estimate, with_definitions
from explorer.evaluation.sets import FULL, ProbeBudget
from explorer.figures.embedding_charts import projection_map
from explorer.figures.style import Drawing
from explorer.pages.probe.analyses import COUNT, CURVES, Part
from explorer.pages.probe.analysis_view import (
    BIAS_LABELS,
    biases_shown,
    definitions_html,
    inside_html,
    inside_shown,
    ladder_shown,
    own_shown,
)
from explorer.pages.probe.question import Asked, Question, models_of, progress_html, question, watched
from explorer.pages.shared.figure import shown
from explorer.pages.shared.page_events import QUICK, Page
from explorer.pages.shared.state import notes_html
from explorer.runs.store import RunStore
from explorer.service.caption_files import MOST_BYTES, read_rows
from explorer.service.leaderboard import Asked as LadderAsked
from explorer.service.leaderboard import LeaderboardRow, leaderboard_row, ranked, scenes_of
from explorer.service.probing import check_model, load_model
from explorer.service.rate_limit import Limiter
from explorer.service.user_captions import CURVES as SWEEPS
from explorer.service.user_captions import measure_rows
from explorer.study.evidence_store import load

MOST_ROWS = 5000
PROJECTED, FITTED = 150, 2000
SEED = 0


@dataclass(frozen=True, kw_only=True)
class Step:
    """Progress of a question: text, a flag while it runs, values of the results, sentences for the notes."""

    text: str = ""
    busy: bool = False
    share: float | None = None
    values: tuple[Any, ...] = ()
    has_drawing: bool = True
    sentences: tuple[str, ...] = ()


Steps = Callable[[threading.Event], Iterator[Step]]
_ASKED: Any = {
    "show_progress": "hidden",
    "concurrency_limit": 4,
    "concurrency_id": "probe",
    "api_visibility": "private",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """The store of models, the limits on them, and the size of the linear probe."""

    store: RunStore
    closed: bool
    budget: ProbeBudget = FULL.probe

    def loaded(self, name: str, tell: ProgressCallback) -> Any:
        """Load the model; a name that is not allowed is refused before torch is loaded."""
        check_model(self.store, name, closed=self.closed)
        clip = load_model(name, store=self.store, only_safe=True, tell=tell)
        tell(Progress(stage="check"))
        return clip


def wire_more(page: Page, tab: Any, asked: Asked) -> None:
    """Attach the listeners of every part."""
    place, more, notes = Place(store=page.store, closed=not page.settings.any_start), tab.more, page.shared.notes

    def run(steps: Steps, part: Part, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from _run(steps, part, notes, asked, page.service.limiter, request)

    def climbed(files: Any, caption: Any, others: Any, models: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        def steps(gone: threading.Event) -> Iterator[Step]:
            yield from ladder_steps(place, question(files, caption, others, models), gone)

        yield from run(steps, more.ladder, request)

    def favored(models: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from run(lambda gone: biases_steps(place, models_of(models), gone), more.biases, request)

    def looked_inside(models: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from run(lambda gone: inside_steps(place, models_of(models), gone), more.inside, request)

    def measured(file: Any, curve: Any, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from run(lambda gone: own_steps(file, curve, gone), more.own, request)

    asking = [tab.files, tab.caption, tab.others, tab.models]
    more.ladder.go.click(climbed, asking, [*more.ladder.outputs, notes], **_ASKED)
    more.biases.go.click(favored, tab.models, [*more.biases.outputs, notes], **_ASKED)
    more.inside.go.click(looked_inside, tab.models, [*more.inside.outputs, notes], **_ASKED)

    def called_off(request: gr.Request) -> None:
        asked.cancel(str(request.session_hash))

    for part in (more.ladder, more.biases, more.inside):
        part.cancel.click(called_off, None, None, **QUICK)
    gr.on([more.file.change, more.curve.input], measured, [more.file, more.curve], [*more.own.outputs, notes], **_ASKED)


def _run(
    steps: Steps, part: Part, notes: Any, asked: Asked, limiter: Limiter, request: gr.Request
) -> Iterator[dict[Any, Any]]:
    """Yield the values of a part and of the notes at each step."""
    session = str(request.session_hash)
    gone = asked.begin(session)
    kept: dict[Any, Any] = {}
    try:
        limiter.limit("questions")
        for step in steps(gone):
            # Sent again with every step: what has just become visible would lose its value to a step without one.
            if step.values:
                kept = {
                    part.room: gr.update(visible=step.has_drawing),
                    **dict(zip(part.shown, step.values, strict=True)),
                }
            told = progress_html(step.text, busy=step.busy, share=step.share)
            yield {part.progress: told, **part.can_cancel(step.busy), **kept, notes: notes_html(list(step.sentences))}
        if gone.is_set():
            yield {part.progress: progress_html("Cancelled."), **part.can_cancel(False), **kept}
    except UserError as error:
        told = progress_html("Not asked, see the notice.")
        yield {part.progress: told, **part.can_cancel(False), **kept, notes: notes_html([str(error)])}
    finally:
        gone.set()
        asked.end(session, gone)


class Answer(Protocol):
    """Answer of a model, with the device that it was computed on."""

    @property
    def device(self) -> str:
        """Device, "" if nothing was computed."""


Given = TypeVar("Given", bound=Answer)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Estimates of a model, and a drawing of its embeddings if they were projected."""

    shares: Defined
    device: str
    drawn: Drawing | None = None


def ladder_steps(place: Place, found: Question, gone: threading.Event) -> Iterator[Step]:
    """Yield the leaderboard, sorted again after every model."""
    rows: list[LeaderboardRow] = []
    asked = LadderAsked(files=found.files, names=found.names, captions=found.captions)

    def row(name: str, tell: ProgressCallback) -> LeaderboardRow:
        check_model(place.store, name, closed=place.closed)
        return leaderboard_row(name, asked, store=place.store, count=COUNT, seed=SEED, only_safe=True, tell=tell)

    def shows(_name: str, answer: LeaderboardRow) -> tuple[Any, ...]:
        rows.append(answer)
        drawing, table = ladder_shown(ranked(rows))
        return shown(drawing), table

    yield from _each(found.models, row, shows, gone)


def biases_steps(place: Place, names: tuple[str, ...], gone: threading.Event) -> Iterator[Step]:
    """Yield each model's biases, and if it looks at the object that is named."""
    found: dict[str, Defined] = {}

    def shows(name: str, answer: Measured) -> tuple[Any, ...]:
        found[name] = answer.shares
        return shown(biases_shown(found)), definitions_html(found, BIAS_LABELS)

    yield from _each(names, lambda name, tell: _favors(place.loaded(name, tell)), shows, gone)


def _favors(clip: Any) -> Measured:
    from explorer.evaluation.analysis import preference_bias, relevance
    from explorer.evaluation.embed import environment

    world = scenes_of(clip)
    biases = preference_bias.measure_bias(clip, world, seed=SEED, count=COUNT)
    shares = with_definitions(biases, preference_bias.DEFINITIONS)
    if not relevance.why_not(clip.model):
        looks = relevance.measure_relevance(clip, world, seed=SEED, count=COUNT // 2)
        shares = {**shares, **with_definitions(looks, relevance.DEFINITIONS)}
    return Measured(shares=shares, device=environment(clip.device).device)


def inside_steps(place: Place, names: tuple[str, ...], gone: threading.Event) -> Iterator[Step]:
    """Yield the read-outs of each model, and the map of the first."""
    found: dict[str, Measured] = {}

    def shows(name: str, answer: Measured) -> tuple[Any, ...]:
        found[name] = answer
        shares, first = {each: measured.shares for each, measured in found.items()}, next(iter(found.values()))
        return shown(inside_shown(shares)), inside_html(shares), shown(first.drawn)

    yield from _each(names, lambda name, tell: _inside(place.loaded(name, tell), place.budget, tell), shows, gone)


class _Sizes(TypedDict):
    """Scenes that test and fit the text map, and the budget of the probes."""

    count: int
    fitted: int
    budget: ProbeBudget


def _inside(clip: Any, budget: ProbeBudget, tell: ProgressCallback) -> Measured:
    from explorer.evaluation.analysis.unimodal_probes import DEFINITIONS, amount_inside, parts_inside, project
    from explorer.evaluation.analysis.work import Meter, forecast
    from explorer.evaluation.embed import environment

    world = scenes_of(clip)

    def report(meter: Any) -> None:
        # A canceled question ends here, between two blocks of images.
        images = meter.total.images
        tell(Progress(stage="measure", done=round(images * meter.share), total=images, left_s=meter.left_s))

    sizes: _Sizes = {"count": COUNT, "fitted": FITTED, "budget": budget}
    meter = Meter(amount_inside(clip, world, **sizes), forecast(clip, world), tell=report)
    report(meter)
    found: dict[str, Estimate] = {}
    for part in parts_inside(clip, world, seed=SEED, meter=meter, **sizes):
        found |= part
    points, captions, swapped = project(clip, world, seed=SEED, count=PROJECTED)
    parts = {name: getattr(points, name) for name in ("images", "captions", "swapped")}
    gap = float(points.gap.value or 0.0)
    drawn = projection_map(parts, captions, points.explained.tolist(), gap, swapped=swapped)
    shares = with_definitions(found, DEFINITIONS)
    return Measured(shares=shares, device=environment(clip.device).device, drawn=drawn)


def own_steps(file: Any, curve: Any, gone: threading.Event) -> Iterator[Step]:
    """Yield a file of captions, measured and placed on a curve."""
    if file is None:
        yield Step(values=("", shown(None)), has_drawing=False)
        return
    if curve not in CURVES:
        raise UserError("curve", NO_VALUE, f"choose {', '.join(CURVES)}")
    path = Path(str(file))
    with path.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    name = CURVES[curve]
    work = Loading(lambda _tell: measure_rows(read_rows(content, path.name, most_rows=MOST_ROWS)))
    for _ in watched(work, "captions", gone):
        yield Step(text="Reading your captions", busy=True)
    if gone.is_set():
        return
    table, drawing = own_shown(work.result(), name, load(SWEEPS[name]))
    yield Step(values=(table, shown(drawing)), has_drawing=drawing is not None)


def _each(
    names: tuple[str, ...],
    ask: Callable[[str, ProgressCallback], Given],
    shows: Callable[[str, Given], tuple[Any, ...]],
    gone: threading.Event,
) -> Iterator[Step]:
    """Yield the progress of each model, then its result; the last step states the conditions."""
    failed: tuple[str, ...] = ()
    device = ""
    for name in names:
        work = Loading(lambda tell, name=name: ask(name, tell))  # type: ignore[misc]
        for text, share in watched(work, name, gone):
            yield Step(text=text, busy=True, share=share, sentences=failed)
        if gone.is_set():
            return
        try:
            answer = work.result()
        except Cancelled:
            return
        except UserError as error:
            failed = (*failed, str(error))
            continue
        device = answer.device or device
        yield Step(text=f"{name}: answered", busy=True, values=shows(name, answer), sentences=failed)
    told = f"{COUNT} canonical scenes, seed {SEED}, {device}." if device else "No model could be measured."
    yield Step(text=told, sentences=failed)
