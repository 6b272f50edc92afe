"""What happens below the answer of Probe: each button asks its models one after another, beside the page.

    wire_more(page, tab, asked)        # by `wire_probe`

A handler is a generator: it shows how far a model is and what is known so far. One question at a time and visitor.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.caption_files import MOST_BYTES, read_rows
from explorer.figures.drawing import Drawing
from explorer.figures.map import projection_map
from explorer.ladder import Asked as LadderAsked
from explorer.ladder import climb, ranked, scenes_of
from explorer.own_data import CURVES as SWEEPS
from explorer.own_data import measure_rows
from explorer.pages.events import Page
from explorer.pages.figure import shown
from explorer.pages.probe_more import COUNT, CURVES, Part
from explorer.pages.probe_progress import progress_html
from explorer.pages.probe_question import Question, models_of, question
from explorer.pages.probe_readings import biases_shown, inside_shown, ladder_shown, own_shown
from explorer.pages.probe_waiting import Asked, watched
from explorer.pages.shared import notes_html
from explorer.probe import check_model, load_model
from explorer.runs.store import RunStore
from explorer.spec import SpecError
from explorer.study.frozen import load
from models.loading import Loading
from models.names import ModelError
from models.progress import Cancelled, Progress, Tell

MOST_ROWS = 5000
PROJECTED, FITTED = 150, 2000
SEED = 0
Step = tuple[str, tuple[Any, ...], list[str]]
"""What a question is at: words of progress, "" at the end; values of what is shown, or (); sentences for the notes."""
_ASKED: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": 4, "concurrency_id": "probe",
                          "api_visibility": "private"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where models are looked for, and what may be asked of them."""

    store: RunStore
    closed: bool

    def loaded(self, name: str, tell: Tell) -> Any:
        """The model; a name that may not be asked is refused before torch is loaded."""
        check_model(self.store, name, closed=self.closed)
        clip = load_model(name, store=self.store, only_safe=True, tell=tell)
        tell(Progress(stage="check"))
        return clip


def wire_more(page: Page, tab: Any, asked: Asked) -> None:
    """Attach the listeners of every part."""
    place, more, notes = Place(store=page.store, closed=not page.settings.any_start), tab.more, page.shared.notes

    def climbed(files: Any, caption: Any, others: Any, models: Any, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        def steps(gone: threading.Event) -> Iterator[Step]:
            yield from ladder_steps(place, question(files, caption, others, models), gone)

        yield from _run(steps, more.ladder, asked, request)

    def favored(models: Any, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from _run(lambda gone: biases_steps(place, models_of(models), gone), more.biases, asked, request)

    def looked_inside(models: Any, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from _run(lambda gone: inside_steps(place, models_of(models), gone), more.inside, asked, request)

    def measured(file: Any, curve: Any, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from _run(lambda gone: own_steps(file, curve, gone), more.own, asked, request)

    asking = [tab.files, tab.caption, tab.others, tab.models]
    more.ladder.go.click(climbed, asking, [*more.ladder.outputs, notes], **_ASKED)
    more.biases.go.click(favored, tab.models, [*more.biases.outputs, notes], **_ASKED)
    more.inside.go.click(looked_inside, tab.models, [*more.inside.outputs, notes], **_ASKED)
    gr.on([more.file.change, more.curve.input], measured, [more.file, more.curve], [*more.own.outputs, notes], **_ASKED)


def _run(
    steps: Callable[[threading.Event], Iterator[Step]], part: Part, asked: Asked, request: gr.Request
) -> Iterator[tuple[Any, ...]]:
    """The values of a part's outputs and the notes, from step to step."""
    session = str(request.session_hash)
    gone, kept = asked.begin(session), [gr.skip()] * len(part.shown)
    try:
        for text, values, sentences in steps(gone):
            yield (progress_html(text, busy=bool(text)), *(values or kept), notes_html(sentences))
        if gone.is_set():
            yield (progress_html("Called off by another question."), *kept, gr.skip())
    except SpecError as error:
        yield (progress_html("Not asked, see the notice."), *kept, notes_html([str(error)]))
    finally:
        gone.set()
        asked.end(session, gone)


def ladder_steps(place: Place, found: Question, gone: threading.Event) -> Iterator[Step]:
    """The ladder, sorted anew with every model that answers."""
    rows: list[dict[str, Any]] = []
    asked = LadderAsked(files=found.files, names=found.names, captions=found.captions)

    def row(name: str, tell: Tell) -> dict[str, Any]:
        check_model(place.store, name, closed=place.closed)
        return climb(name, asked, store=place.store, count=COUNT, seed=SEED, only_safe=True, tell=tell)

    for name, answer, sentences in _each(found.models, row, gone):
        if answer is None:
            yield name, (), sentences
            continue
        rows.append(answer)
        drawing, table = ladder_shown(ranked(rows))
        yield "", (shown(drawing), table), sentences


def biases_steps(place: Place, names: tuple[str, ...], gone: threading.Event) -> Iterator[Step]:
    """What each model favors, and whether it looks at the object that is named."""
    found: dict[str, Any] = {}
    for name, answer, sentences in _each(names, lambda name, tell: _favors(place.loaded(name, tell)), gone):
        if answer is None:
            yield name, (), sentences
            continue
        found[name] = answer
        yield "", (shown(biases_shown(found)),), sentences


def _favors(clip: Any) -> dict[str, Any]:
    from explorer.evaluation import bias, relevance_mass
    from explorer.evaluation.relevance import why_not

    world = scenes_of(clip)
    found = bias.as_document(bias.measure_bias(clip, world, seed=SEED, count=COUNT))
    if not why_not(clip.model):
        looks = relevance_mass.measure_relevance(clip, world, seed=SEED, count=COUNT // 2)
        found |= relevance_mass.as_document(looks)
    return found


def inside_steps(place: Place, names: tuple[str, ...], gone: threading.Event) -> Iterator[Step]:
    """The readings of each model, and the map of the first that answers."""
    found: dict[str, Any] = {}
    drawn: Drawing | None = None
    for name, answer, sentences in _each(names, lambda name, tell: _inside(place.loaded(name, tell)), gone):
        if answer is None:
            yield name, (), sentences
            continue
        found[name], projected = answer
        drawn = drawn or projected
        yield "", (shown(inside_shown(found)), shown(drawn)), sentences


def _inside(clip: Any) -> tuple[dict[str, Any], Drawing]:
    from explorer.evaluation.inside import as_document, look_inside, project

    world = scenes_of(clip)
    found = as_document(look_inside(clip, world, seed=SEED, count=COUNT, fitted=FITTED))
    points, captions, swapped = project(clip, world, seed=SEED, count=PROJECTED)
    parts = {name: getattr(points, name) for name in ("images", "captions", "swapped")}
    gap = float(points.gap.value or 0.0)
    return found, projection_map(parts, captions, points.explained.tolist(), gap, swapped=swapped)


def own_steps(file: Any, curve: Any, gone: threading.Event) -> Iterator[Step]:
    """A file of captions, measured and placed on a curve."""
    if file is None:
        yield "", ("", shown(None)), []
        return
    if curve not in CURVES:
        raise SpecError(f"curve: choose {', '.join(CURVES)}")
    path = Path(str(file))
    with path.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    name = CURVES[curve]
    work = Loading(lambda tell: measure_rows(read_rows(content, path.name, most_rows=MOST_ROWS)))
    for _ in watched(work, "captions", gone):
        yield "Reading your captions", (), []
    if gone.is_set():
        yield "", (), []
        return
    table, drawing = own_shown(work.result(), name, load(SWEEPS[name]))
    yield "", (table, shown(drawing)), []


def _each(
    names: tuple[str, ...], ask: Callable[[str, Tell], Any], gone: threading.Event
) -> Iterator[tuple[str, Any, list[str]]]:
    """Words of progress with None, then each model's name with its answer; sentences of those that failed so far."""
    failed: list[str] = []
    for name in names:
        work = Loading(lambda tell, name=name: ask(name, tell))  # type: ignore[misc]
        for text, _ in watched(work, name, gone):
            yield text, None, failed
        if gone.is_set():
            return
        try:
            yield name, work.result(), failed
        except Cancelled:
            return
        except (SpecError, ModelError) as error:
            failed = [*failed, str(error)]
    yield "", None, failed
