"""Study: the evidence as a page of scripts, and behind *Methods* each claim with its guess and the spec of each point.

    tab = build_study()
    view, notes = viewed(StudyPlace(claim="density", form="own"))     # the existing parts of an address
    looked_at(view, notes, reports, None, guesses)                    # {"figure": ..., "said": ...}

The evidence is read from JSON files and drawn unchanged: no torch, no table library, nothing computed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from explorer.errors import UserError, quote_value
from explorer.evaluation.sweep_evidence import Condition, Evidence, OwnPoint, form_name
from explorer.figures.study import dose_response
from explorer.figures.style import plain
from explorer.pages.shared.figure import figure_value, figure_view
from explorer.pages.shared.templates import js_on_load
from explorer.pages.shared.url_state import FIRST_PRESET, StudyPlace, changed, write_study
from explorer.pages.study.evidence_route import LINE, SAMPLE
from explorer.pages.study.overview import Overview, build_overview, findings_html
from explorer.pages.study.view import (
    below_html,
    mine_html,
    part,
    question_html,
    rest_html,
    said_html,
    spec_html,
)
from explorer.service.endpoints import resolve
from explorer.spec import RunSpec
from explorer.study.claims import FORM_WORDS
from explorer.study.evidence_store import file_of, load
from explorer.study.question import GUESSES, Question, question
from explorer.study.real_captions import positions
from explorer.study.sweeps import FORMS
from explorer.study.table import SWEEPS

SKIPPED = "shown"
"""Stored value for a reader who did not guess."""
GUESS_WORDS = {"rises": "Rise", "falls": "Fall", "stays": "Stay"}


READING = (
    "How to read this: a ring is one training, the bar its mean with a 95 % interval; the dashed line is a coin toss."
)


@dataclass(frozen=True, kw_only=True)
class StudyTab:
    """Components of the tab."""

    evidence: Any
    methods: Any
    overview: Overview
    claim: Any
    form: Any
    metric: Any
    note: Any
    asked: Any
    question: Any
    guess: Mapping[str, gr.Button]
    show: Any
    body: Any
    said: Any
    figure: Any
    below: Any
    condition: Any
    spec: Any
    play: Any
    train: Any
    mine: Any
    refresh: Any
    rest: Any
    query: Any
    guesses: Any

    @property
    def place(self) -> list[Any]:
        """Return the components that choose the view."""
        return [self.claim, self.form, self.metric]

    @property
    def outputs(self) -> list[Any]:
        """Return the components that `looked_at` fills, without the address."""
        return [
            *self.place, self.note, self.asked, self.question, self.body, self.said, self.figure,
            self.below, self.condition, self.spec, self.mine, self.rest,
        ]  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """The view: evidence, and a form of caption and a metric that it has."""

    evidence: Evidence
    form: str
    metric: str

    @property
    def place(self) -> StudyPlace:
        """Return the view as parts of an address; the metric only if it is not the claim's own."""
        own = self.evidence.metric
        return StudyPlace(claim=self.evidence.name, form=self.form, metric="" if self.metric == own else self.metric)


def build_study() -> StudyTab:
    """Build the tab without evidence, which is sent when the tab is opened."""
    evidence = gr.HTML(
        None,
        elem_id="study-evidence",
        html_template="<div id='evidence'></div>",
        js_on_load=js_on_load("study/evidence", line=LINE, sample=SAMPLE),
        apply_default_css=False,
        padding=False,
    )
    with gr.Accordion("Methods", open=False, elem_id="study-methods") as methods:
        gr.HTML(part("lead"))
        parts = _build_methods()
    parts["query"] = gr.Textbox("", visible=False)
    # Key and secret are fixed for the same reasons as the visitor's.
    parts["guesses"] = gr.BrowserState({}, storage_key="clip-binding-explorer-guesses", secret="not-a-secret")
    return StudyTab(evidence=evidence, methods=methods, **parts)


def _build_methods() -> dict[str, Any]:
    """Build each claim of the paper: the figure of all effects, a question, the evidence behind it."""
    parts: dict[str, Any] = {"overview": build_overview(), **_build_choices()}
    parts["note"] = gr.HTML("", elem_id="study-note")
    with gr.Column(visible=False, elem_id="study-asked") as parts["asked"]:
        parts["question"] = gr.HTML("", elem_id="study-question")
        with gr.Row():
            parts["guess"] = {
                word: gr.Button(GUESS_WORDS[word], elem_id=f"guess-{word}", min_width=80) for word in GUESSES
            }
            parts["show"] = gr.Button("Show me", elem_id="guess-show", min_width=80)
    with gr.Column(visible=False, elem_id="study-body") as parts["body"]:
        parts["said"] = gr.HTML("", elem_id="study-said")
        parts["figure"] = figure_view("figure-dose", "Evidence by condition", reading=READING, open_table=True)
        parts |= _build_points()
        parts["below"] = gr.HTML("", elem_id="study-below")
    parts["rest"] = gr.HTML("", elem_id="study-rest")
    return parts


def _build_choices() -> dict[str, Block]:
    """Build the choice of claim, form of caption and metric."""
    with gr.Row():
        claim = gr.Dropdown([], label="Claim about", elem_id="study-claim", min_width=240)
        form = gr.Radio(
            _forms(FORMS), value=FORMS[0], label="Asked in which captions", elem_id="study-form", min_width=300
        )
        metric = gr.Radio([], label="Metric", elem_id="study-metric", min_width=300)
    return {"claim": claim, "form": form, "metric": metric}


def _build_points() -> dict[str, Block]:
    """Build the spec behind a point with its links, and the reader's own runs."""
    parts: dict[str, Block] = {}
    with gr.Row(elem_id="study-points"):
        with gr.Column(scale=3, min_width=300):
            parts["condition"] = gr.Dropdown([], label="Condition, or click on a point", elem_id="study-condition")
            parts["spec"] = gr.HTML("", elem_id="study-spec")
        with gr.Column(scale=2, min_width=300):
            with gr.Row():
                for name, label in (
                    ("play", "Open on the Workbench"),
                    ("train", "Train it now"),
                    ("refresh", "My runs"),
                ):
                    parts[name] = gr.Button(label, elem_id=f"study-{name}", min_width=120, size="md")
            parts["mine"] = gr.HTML("", elem_id="study-mine")
    return parts


def claims() -> list[str]:
    """Return the claims that have evidence, the first tier first."""
    return [name for name in SWEEPS if file_of(name, "json")]


def viewed(place: StudyPlace) -> tuple[View | None, list[str]]:
    """Return the view of a place, and a sentence for each part that falls back; None if no claim has evidence."""
    known, notes = claims(), []
    if place.claim and place.claim not in known:
        notes.append(
            f"claim={quote_value(place.claim)}: {_why_not(place.claim)}" + (f"; {known[0]} is shown" if known else "")
        )
    evidence = load(place.claim if place.claim in known else known[0]) if known else None
    if evidence is None:
        return None, notes
    form = _known("form", place.form, evidence.forms, notes)
    metric = _known("metric", place.metric, [evidence.metric, *evidence.beside], notes)
    return View(evidence=evidence, form=form, metric=metric), notes


def _why_not(claim: str) -> str:
    """Return the reason why a claim has no evidence, and the claims that may be chosen."""
    choose = f"choose {', '.join(claims()) or 'none yet'}"
    return f"was declared and not run; {choose}" if claim in SWEEPS else choose


def _known(name: str, value: str, known: Sequence[str], notes: list[str]) -> str:
    """Return the value if it is known, else the first that is."""
    if value and value not in known:
        notes.append(f"{name}={quote_value(value)}: choose {', '.join(known)}; {known[0]} is shown")
    return value if value in known else known[0]


def guesses_in(value: Any) -> dict[str, str]:
    """Return the guesses that a browser sent, by claim; unknown ones are left out."""
    found = value.items() if isinstance(value, Mapping) else ()
    return {claim: str(guess) for claim, guess in found if claim in SWEEPS and guess in (*GUESSES, SKIPPED)}


def looked_at(
    view: View | None, notes: list[str], runs: list[OwnPoint], condition: Any, guesses: Mapping[str, str]
) -> dict[str, Any]:
    """Return the value of each component by its name, and of the address; before a guess only the question.

    A component without a value stays as it is.
    """
    note = part("notes", notes)
    shown = _choices(view) | {"note": note, "rest": rest_html([name for name in SWEEPS if name not in claims()])}
    if view is None:
        return shown | {"note": note + part("nothing")} | _hidden(None)
    evidence = view.evidence
    shown["address"] = write_study(view.place)
    asked, guess = question(evidence), guesses.get(evidence.name)
    if asked is not None and guess is None:
        return shown | _hidden(asked)
    reply = asked.reply(guess) if asked else ""
    labels = [each.label for each in evidence.conditions]
    label = condition if condition in labels else labels[0]
    drawing = dose_response(evidence, view.form, view.metric, runs, positions=positions(evidence.name))
    return shown | {
        "asked": gr.update(visible=False),
        "question": "",
        "body": gr.update(visible=True),
        "said": said_html(evidence, reply) + findings_html(evidence.name),
        "figure": figure_value(drawing),
        "below": below_html(evidence, view.form),
        "condition": gr.update(choices=labels, value=label),
        "spec": spec_html(condition_of(evidence, label)),
        "mine": mine_html(runs),
    }


def _choices(view: View | None) -> dict[str, Any]:
    """Return the values of the three boxes."""
    if view is None:
        return {"claim": gr.update(choices=[], value=None), "metric": gr.update(choices=[], value=None)}
    metrics = [view.evidence.metric, *view.evidence.beside]
    return {
        "claim": gr.update(choices=[(name.replace("-", " "), name) for name in claims()], value=view.evidence.name),
        "form": gr.update(choices=_forms(view.evidence.forms), value=view.form),
        "metric": gr.update(choices=[(name.replace("_", " "), name) for name in metrics], value=view.metric),
    }


def _forms(forms: Sequence[str]) -> list[tuple[str, str]]:
    """Return choices of a form of caption: what its captions tell, and the form."""
    return [(FORM_WORDS.get(form, form_name(form)), form) for form in forms]


def _hidden(question: Question | None) -> dict[str, Any]:
    """Return the values if only the question is shown, or nothing."""
    return {
        "asked": gr.update(visible=question is not None),
        "question": question_html(question) if question else "",
        "body": gr.update(visible=False),
        "figure": None,
        **dict.fromkeys(("said", "below", "spec", "mine"), ""),
    }


def condition_of(evidence: Evidence, label: Any) -> Condition:
    """Return the condition with that label, or with a point's text as label; raise `UserError` if there is none."""
    for condition in evidence.conditions:
        if label in (condition.label, plain(condition.label)):
            return condition
    raise UserError("condition", label, f"choose one of the conditions of {evidence.name}")


def evidence_of(claim: Any) -> Evidence:
    """Return the evidence of a claim; raise `UserError` if it has none."""
    found = load(claim)
    if found is None:
        raise UserError("claim", claim, _why_not(claim))
    return found


def spec_behind(claim: Any, label: Any) -> RunSpec:
    """Return the spec of a condition's first seed for the controls; raise `UserError` if there is none."""
    spec = condition_of(evidence_of(claim), label).run_spec()
    return resolve(spec.preset or FIRST_PRESET, changed(spec))
