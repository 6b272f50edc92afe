"""Inspect: a model on 48 fixed scenes, pair by pair, at each saved step of its run; and its report.

    tab = build_inspect()
    looked_at(store, run, "own", step=90, scene=3)      # values of `tab.outputs` for a run or a shipped model
    reported(store, run)                                # values of `tab.report_outputs`

Everything is read from saved files and recomputed scenes; torch is imported only to score a typed caption.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr
from gradio.blocks import Block
from markupsafe import Markup

from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.inspection import (
    INSPECTED,
    InspectedScene,
    Inspection,
    inspected_forms,
    inspection_scenes,
    verdict,
)
from explorer.evaluation.sets import FORMS
from explorer.figures.reports import (
    breakdown_chart,
    cosine_heatmap,
    first_shown,
    forms_side_by_side,
    margin_histogram,
    projection_map,
)
from explorer.pages.shared.figure import figure_value, figure_view
from explorer.pages.shared.scene_cards import caption_html, plain
from explorer.pages.shared.templates import js_on_load, macro
from explorer.runs.store import RunStore
from explorer.service.endpoints import data_uri, small_uri
from explorer.service.final_model import YOURS, score_typed
from explorer.service.outcome import report_of
from explorer.service.outcome_types import recipe_words
from explorer.service.probing import LONGEST_CAPTION
from explorer.service.run_list import spec_of
from explorer.spec import DataSpec
from explorer.views.inside import (
    SHOWN_FIRST,
    Subject,
    card_of,
    find_subject,
    is_shipped,
    subject_choices,
)
from explorer.world.worlds import WORLDS

PIXELS, THUMBNAIL = 192, 48
SEEN = 64
"""Pixels on a side of what our own architectures see; the browser scores a typed caption on them."""
_TYPED = "<div class='typed-place'></div>"
NOT_YET = macro("shared/parts.html", "quiet", "This run has saved no step yet; the first comes as soon as it trains.")
TITLES = {
    "heatmap": "Images and captions",
    "margins": "Margins",
    "map": "Map of images and captions",
    "forms": "Forms of captions",
    "breakdown": "Breakdown",
}
READINGS = {
    "heatmap": "How to read this: a row is a picture, a column a caption; the stronger a cell, the nearer the two.",
    "margins": "How to read this: a bar counts pictures. To the right of zero a picture prefers its own caption.",
    "map": "How to read this: a model that binds has each picture near its own caption, away from the swapped one.",
    "forms": "How to read this: the same model, asked in shorter and longer captions; the dashed line is a coin toss.",
    "breakdown": "How to read this: the farther left a dot, the more the model mixes up what its line names.",
}
OF_SNAPSHOT = ("margins", "map")
WORDS_OF = {"stopped": "was stopped", "failed": "failed", "interrupted": "was interrupted", "finished": "ended"}
EMPTY = macro(
    "shared/parts.html", "quiet", "Open a run that has been trained a little, or a shipped model, with the box above."
)
LOADING = macro("shared/parts.html", "quiet", "Loading what this model answers.")
NOTHING_SHOWN = -1
"""The step that stands for none."""


@dataclass(frozen=True, kw_only=True)
class InspectTab:
    """Components of the tab."""

    pick: Any
    form: Any
    scrubber: Any
    step: Any
    follow: Any
    scene: Any
    said: Any
    heatmap: Any
    pair: Any
    caption: Any
    score: Any
    answer: Any
    margins: Any
    map: Any
    forms: Any
    breakdown: Any
    by_group: Any
    reported: Any
    unreported: Any
    body: Any
    at: Any

    @property
    def outputs(self) -> list[Any]:
        """Return the components that `looked_at` fills."""
        return [
            self.form,
            self.scrubber,
            self.step,
            self.scene,
            self.said,
            self.heatmap,
            self.pair,
            self.caption,
            self.margins,
            self.map,
            self.body,
            self.at,
        ]

    @property
    def report_outputs(self) -> list[Any]:
        """Return the components that `reported` fills."""
        return [self.forms, self.breakdown, self.by_group, self.reported, self.unreported]

    def looks(self, values: Sequence[Any]) -> dict[Any, Any]:
        """Return the values of `looked_at` by component."""
        return dict(zip(self.outputs, values, strict=True))

    def reports(self, values: Sequence[Any]) -> dict[Any, Any]:
        """Return the values of `reported` by component."""
        return dict(zip(self.report_outputs, values, strict=True))


def build_inspect() -> InspectTab:
    """Build the tab, empty until it is opened."""
    parts: dict[str, Block] = {}
    gr.HTML(_part("lead"))
    parts["pick"] = gr.Dropdown(subject_choices(()), value=SHOWN_FIRST, label="Run or shipped model", elem_id="pick")
    parts["said"] = gr.HTML(LOADING, elem_id="inspected")
    parts["at"] = gr.Number(NOTHING_SHOWN, visible=False)
    with gr.Column(visible=False, elem_id="inspect-body") as parts["body"]:
        parts |= _build_scrubber() | _build_pair()
        with gr.Row():
            parts |= _build_figures(OF_SNAPSHOT)
        parts["unreported"] = gr.HTML("", elem_id="unreported")
        with gr.Row(visible=False) as parts["reported"]:
            parts |= _build_figures(("forms",))
            with gr.Column(min_width=300, elem_classes="inspect-panel") as parts["by_group"]:
                parts["breakdown"] = _figure("breakdown")
    return InspectTab(**parts)


def _build_figures(names: Iterable[str]) -> dict[str, Block]:
    parts = {}
    for name in names:
        with gr.Column(min_width=300, elem_classes="inspect-panel"):
            parts[name] = _figure(name)
    return parts


def _figure(name: str) -> Any:
    return figure_view(f"figure-{name}", TITLES[name], reading=READINGS[name])


def _build_scrubber() -> dict[str, Block]:
    """Build the choice of the form of caption and of the saved step."""
    with gr.Row():
        form = gr.Radio(["canonical"], value="canonical", label="Captions", elem_id="form", min_width=200)
        with gr.Column(scale=2, min_width=260) as scrubber:
            step = gr.Slider(0, 1, value=0, step=1, label="Step", elem_id="scrubber", buttons=[])
            follow = gr.Checkbox(True, label="Follow the newest saved step", elem_id="follow", container=False)
    return {"form": form, "scrubber": scrubber, "step": step, "follow": follow}


def _build_pair() -> dict[str, Block]:
    """Build the heatmap of all pairs, and the chosen one."""
    parts: dict[str, Block] = {}
    with gr.Row():
        with gr.Column(scale=3, min_width=320, elem_classes="inspect-panel"):
            parts["heatmap"] = _figure("heatmap")
        with gr.Column(scale=2, min_width=300, elem_classes="inspect-panel"):
            parts["scene"] = gr.Slider(1, INSPECTED, value=1, step=1, label="Scene", elem_id="scene", buttons=[])
            parts["pair"] = gr.HTML("", elem_id="pair")
            parts["caption"] = gr.Textbox(
                label="Your own caption for it", elem_id="own-caption", max_length=LONGEST_CAPTION
            )
            gr.HTML(_TYPED, elem_id="typed", js_on_load=js_on_load("scene/typed_mount"), apply_default_css=False)
            parts["score"] = gr.Button("Score this caption", elem_id="score")
            parts["answer"] = gr.HTML("", elem_id="answer")
    return parts


def looked_at(
    store: RunStore, run: str, form: str, step: float | None, scene: float | None, before: Any = None
) -> tuple[Any, ...]:
    """Return the values of `outputs` at the saved step nearest to `step`, the newest for None.

    Raises `UserError` if a saved file is damaged. `before` is the step that was shown: a slider that moves by one goes
    to the next saved step.
    """
    subject = find_subject(store, run)
    if subject is None or not subject.steps:
        return nothing(EMPTY if subject is None else NOT_YET)
    data, steps = subject.data, subject.steps
    forms = inspected_forms(data)
    form = form if form in forms else forms[0]
    nearest = _saved(steps, step if isinstance(step, int | float) else steps[-1], before)
    chosen = _place(scene)
    snapshot, found = subject.seen(form, nearest)
    scenes = scenes_of(form, data, PIXELS)
    captions = [plain(each.words) for each in scenes]
    swapped = [each.record.swapped_caption for each in scenes]
    points = found.projection
    return (
        gr.update(choices=list(forms), value=form),
        gr.update(visible=subject.folder is not None),
        gr.update(maximum=max(steps[-1], 1), value=nearest),
        chosen + 1,
        _said(subject, form, nearest, found),
        figure_value(cosine_heatmap(found.cosines, captions, swapped, chosen=chosen)),
        pair_html(scenes[chosen], found, chosen, snapshot.logit_scale, _live(subject, form, chosen)),
        captions[chosen],
        figure_value(margin_histogram(found.margins.tolist())),
        figure_value(projection_map(
            {"images": points.images, "captions": points.captions, "swapped": points.swapped},
            captions, points.explained.tolist(), points.gap.value or 0.0, thumbnails(form, data), swapped,
        )),
        gr.update(visible=True),
        nearest,
    )  # fmt: skip


def _saved(steps: tuple[int, ...], asked: float, before: Any) -> int:
    """Return the saved step nearest to the one requested, among those in the direction of the move from `before`."""
    if before in steps:
        steps = tuple(saved for saved in steps if (saved - before) * (asked - before) > 0 or saved == asked) or steps
    return min(steps, key=lambda saved: abs(saved - asked))


def nothing(sentence: str) -> tuple[Any, ...]:
    """Return a sentence in place of all `outputs`."""
    hidden = gr.update(visible=False)
    return (*[gr.skip()] * 4, sentence, None, "", "", None, None, hidden, NOTHING_SHOWN)


def reported(store: RunStore, run: str, form: str = "own") -> tuple[Any, Any, Any, Any, str]:
    """Return the forms side by side and the breakdown of a run's report; a sentence if there is none.

    The card of a shipped model holds the forms and no breakdown.
    """
    folder, there, away = store.find(run), gr.update(visible=True), gr.update(visible=False)
    if is_shipped(store, run) and (card := card_of(run)):
        return figure_value(forms_side_by_side(card)), None, away, there, ""
    if folder is None or not (folder.path / "report.json").exists():
        return None, None, there, away, _unreported(find_subject(store, run))
    report = report_of(folder)
    if report is None or not report.scores.canonical:
        raise UserError("run", run, "its report.json cannot be read; delete the run or import it again", longest=80)
    figures = figure_value(forms_side_by_side(report)), figure_value(breakdown_chart(report.scores.breakdown, form))
    return (*figures, there, there, "")


def _unreported(subject: Subject | None) -> str:
    """Return the reason why there are no forms and no breakdown, and how to get them."""
    if subject is None or subject.folder is None:
        return ""
    if (status := subject.folder.status()).is_active:
        words = "Forms of captions and breakdown are drawn here as soon as this run has been evaluated."
    else:
        why = f"this run {WORDS_OF[status.status]}"
        words = f"Forms of captions and breakdown come from a report, and there is none: {why}."
    return macro("shared/parts.html", "quiet", words)


@lru_cache(maxsize=32)
def scenes_of(form: str, data: DataSpec, size: int) -> list[InspectedScene]:
    """Return the inspected scenes of a form."""
    return inspection_scenes(form, data, WORLDS[data.world], size)


@lru_cache(maxsize=32)
def thumbnails(form: str, data: DataSpec) -> list[str]:
    """Return their pictures, small, as data URIs."""
    return [data_uri(each.image) for each in scenes_of(form, data, THUMBNAIL)]


def _said(subject: Subject, form: str, step: int, found: Inspection) -> Markup:
    """State the model, step and form, and the number of pairs that bind."""
    share = found.binding_accuracy
    words, at, saved = subject.name, "", ""
    if subject.folder is not None:
        spec = spec_of(subject.folder)
        words, at = f"{recipe_words(spec)}, seed {spec.train.seed}", f" at step {step}"
        saved = f" Saved at steps {', '.join(map(str, subject.steps))}."
    return _part("said", subject.name, words, at, step, form, share, saved, FORMS[form], INSPECTED)


def _part(name: str, *values: Any) -> Markup:
    return macro("inspect/parts.html", name, *values)


def _live(subject: Subject, form: str, chosen: int) -> dict[str, str]:
    """Return the data with which the browser scores a typed caption while one types: model, caption and pixels."""
    if not subject.has_model:
        return {}
    scene = scenes_of(form, subject.data, SEEN)[chosen]
    return {"model": subject.name, "caption": plain(scene.words), "seen": small_uri(scene.image)}


def pair_html(
    scene: InspectedScene, found: Inspection, chosen: int, logit_scale: float, live: Mapping[str, str] | None = None
) -> Markup:
    """Return one scene with both captions, their cosines and the verdict; `live` becomes data attributes."""
    count = len(found.exists)
    right, wrong = found.cosines[chosen, chosen], found.cosines[chosen, count + chosen]
    lines = caption_html(scene.words, right=True, after=_part("cosine", right))
    if scene.swapped_words is not None:
        lines += caption_html(scene.swapped_words, right=False, after=_part("cosine", wrong))
    said = verdict(float(found.margins[chosen]), logit_scale)
    alt = plain(scene.words)
    return _part("pair", chosen + 1, data_uri(scene.image), alt, lines, said, live or {})


def scene_at(row: object, scene: float | None) -> int:
    """Return the scene of a row of the heatmap that shows `scene`; raise `UserError` if the browser sent no row."""
    if not isinstance(row, int | float) or math.isnan(row):
        raise UserError("scene", NO_VALUE, "choose a cell of the figure")
    return first_shown(_place(scene)) + int(min(max(row, 0), INSPECTED)) + 1


def answer(store: RunStore, run: str, form: str, scene: float | None, text: str) -> Markup:
    """Score a typed caption on a scene by the inspected model; raise `UserError` if that fails."""
    subject = find_subject(store, run)
    if subject is None or not subject.has_model:
        raise UserError("run", run, "has saved no model yet; it does when it ends or is stopped", longest=80)
    if not isinstance(text, str) or not text.strip():
        raise UserError("caption", NO_VALUE, "type a caption, for example one with the values exchanged")
    if len(text) > LONGEST_CAPTION:
        raise UserError("caption", text, f"give a text of 1 to {LONGEST_CAPTION} characters")
    data = subject.data
    form = form if form in inspected_forms(data) else "canonical"
    found = score_typed(store, subject.name, form, data, _place(scene), text.strip())
    order = sorted(found.cosines, key=lambda name: -found.cosines[name])
    nearest = "yours is the nearest" if order[0] == YOURS else f"{order[0]} is nearer than yours"
    return _part("answer", found.cosines[YOURS], nearest, order, found.cosines, found.unknown)


def _place(scene: float | None) -> int:
    """Convert a scene number from 1 to an index; an empty box means the first."""
    return int(min(max(1, scene or 1), INSPECTED)) - 1
