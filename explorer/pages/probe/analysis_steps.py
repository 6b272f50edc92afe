"""Steps of the further parts of Probe: each asks its models one after another and yields progress and results.

    for step in ladder_steps(AnalysisContext(store=store, closed=False), question, gone): ...
    step.text, step.busy, step.values        # progress in words, True until the last step, values of `Part.shown`

The event `gone` ends a question. torch is imported by the first model.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from explorer.clip.loading import Cancelled, Loading, Progress, ProgressCallback
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import Defined, Estimate, with_definitions
from explorer.evaluation.sets import FULL, ProbeBudget
from explorer.figures.reports import projection_map
from explorer.figures.style import Drawing
from explorer.pages.probe.analyses import COUNT, CURVES
from explorer.pages.probe.analysis_view import (
    BIAS_LABELS,
    biases_shown,
    definitions_html,
    inside_html,
    inside_shown,
    ladder_shown,
    own_shown,
)
from explorer.pages.probe.question import Question, watched
from explorer.pages.shared.figure import figure_value
from explorer.runs.store import RunStore
from explorer.service.caption_files import MOST_BYTES, read_rows
from explorer.service.leaderboard import LeaderboardQuestion, LeaderboardRow, leaderboard_row, ranked, scenes_of
from explorer.service.probing import check_model, load_model
from explorer.service.user_captions import CURVES as SWEEPS
from explorer.service.user_captions import measure_rows
from explorer.study.evidence_store import load
from explorer.wording import time_left

MOST_ROWS = 5000
PROJECTED, FITTED = 150, 2000
SEED = 0


@dataclass(frozen=True, kw_only=True)
class AnalysisProgress:
    """Progress of a question: text, a flag while it runs, values of the results, sentences for the notes."""

    text: str = ""
    busy: bool = False
    share: float | None = None
    values: tuple[Any, ...] = ()
    has_drawing: bool = True
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AnalysisContext:
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


def ladder_steps(context: AnalysisContext, found: Question, gone: threading.Event) -> Iterator[AnalysisProgress]:
    """Yield the leaderboard, sorted again after every model."""
    rows: list[LeaderboardRow] = []
    question = LeaderboardQuestion(files=found.files, names=found.names, captions=found.captions)

    def row(name: str, tell: ProgressCallback) -> LeaderboardRow:
        check_model(context.store, name, closed=context.closed)
        return leaderboard_row(name, question, store=context.store, count=COUNT, seed=SEED, only_safe=True, tell=tell)

    def shows(_name: str, answer: LeaderboardRow) -> tuple[Any, ...]:
        rows.append(answer)
        drawing, table = ladder_shown(ranked(rows))
        return figure_value(drawing), table

    yield from _each(found.models, row, shows, gone)


def biases_steps(context: AnalysisContext, names: tuple[str, ...], gone: threading.Event) -> Iterator[AnalysisProgress]:
    """Yield each model's biases, and if it looks at the object that is named."""
    found: dict[str, Defined] = {}

    def shows(name: str, answer: Measured) -> tuple[Any, ...]:
        found[name] = answer.shares
        return figure_value(biases_shown(found)), definitions_html(found, BIAS_LABELS)

    yield from _each(names, lambda name, tell: _favors(context.loaded(name, tell)), shows, gone)


def _favors(clip: Any) -> Measured:
    from explorer.evaluation import analyses, relevance
    from explorer.evaluation.embed import environment

    world = scenes_of(clip)
    biases = analyses.measure_bias(clip, world, seed=SEED, count=COUNT)
    shares = with_definitions(biases, analyses.BIAS_DEFINITIONS)
    if not relevance.why_not(clip.model):
        looks = relevance.measure_relevance(clip, world, seed=SEED, count=COUNT // 2)
        shares = {**shares, **with_definitions(looks, relevance.DEFINITIONS)}
    return Measured(shares=shares, device=environment(clip.device).device)


def inside_steps(context: AnalysisContext, names: tuple[str, ...], gone: threading.Event) -> Iterator[AnalysisProgress]:
    """Yield the read-outs of each model, and the map of the first."""
    found: dict[str, Measured] = {}

    def shows(name: str, answer: Measured) -> tuple[Any, ...]:
        found[name] = answer
        shares, first = {each: measured.shares for each, measured in found.items()}, next(iter(found.values()))
        return figure_value(inside_shown(shares)), inside_html(shares), figure_value(first.drawn)

    yield from _each(names, lambda name, tell: _inside(context.loaded(name, tell), context.budget, tell), shows, gone)


def _inside(clip: Any, budget: ProbeBudget, tell: ProgressCallback) -> Measured:
    from explorer.evaluation.analyses import PROBE_DEFINITIONS, parts_inside, project
    from explorer.evaluation.embed import environment

    world = scenes_of(clip)

    began = time.monotonic()

    def report(share: float) -> None:
        # A canceled question ends here, between two blocks of images.
        left_s = time_left(time.monotonic() - began, share)
        tell(Progress(stage="measure", done=round(1000 * share), total=1000, left_s=left_s))

    report(0.0)
    found: dict[str, Estimate] = {}
    for part in parts_inside(clip, world, seed=SEED, count=COUNT, fitted=FITTED, budget=budget, tell=report):
        found |= part
    points, captions, swapped = project(clip, world, seed=SEED, count=PROJECTED)
    parts = {name: getattr(points, name) for name in ("images", "captions", "swapped")}
    gap = float(points.gap.value or 0.0)
    drawn = projection_map(parts, captions, points.explained.tolist(), gap, swapped=swapped)
    shares = with_definitions(found, PROBE_DEFINITIONS)
    return Measured(shares=shares, device=environment(clip.device).device, drawn=drawn)


def own_steps(file: Any, curve: Any, gone: threading.Event) -> Iterator[AnalysisProgress]:
    """Yield a file of captions, measured and placed on a curve."""
    if file is None:
        yield AnalysisProgress(values=("", figure_value(None)), has_drawing=False)
        return
    if curve not in CURVES:
        raise UserError("curve", NO_VALUE, f"choose {', '.join(CURVES)}")
    path = Path(str(file))
    with path.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    name = CURVES[curve]
    work = Loading(lambda _tell: measure_rows(read_rows(content, path.name, most_rows=MOST_ROWS)))
    for _ in watched(work, "captions", gone):
        yield AnalysisProgress(text="Reading your captions", busy=True)
    if gone.is_set():
        return
    table, drawing = own_shown(work.result(), name, load(SWEEPS[name]))
    yield AnalysisProgress(values=(table, figure_value(drawing)), has_drawing=drawing is not None)


def _each(
    names: tuple[str, ...],
    ask: Callable[[str, ProgressCallback], Given],
    shows: Callable[[str, Given], tuple[Any, ...]],
    gone: threading.Event,
) -> Iterator[AnalysisProgress]:
    """Yield the progress of each model, then its result; the last step states the conditions."""
    failed: tuple[str, ...] = ()
    device = ""
    for name in names:
        work = Loading(lambda tell, name=name: ask(name, tell))  # type: ignore[misc]
        for text, share in watched(work, name, gone):
            yield AnalysisProgress(text=text, busy=True, share=share, sentences=failed)
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
        yield AnalysisProgress(text=f"{name}: answered", busy=True, values=shows(name, answer), sentences=failed)
    told = f"{COUNT} canonical scenes, seed {SEED}, {device}." if device else "No model could be measured."
    yield AnalysisProgress(text=told, sentences=failed)
