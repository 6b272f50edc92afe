"""Sentences on results have their words in every language: Study, figures, verdicts of runs."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

import pytest

from explorer.clip.names import shipped_names
from explorer.evaluation.results import read_report
from explorer.evaluation.verdict import verdict
from explorer.figures.curves import Curve, loss_curves, share_curves
from explorer.figures.reports import margin_histogram
from explorer.figures.study import dose_response
from explorer.figures.style import Drawing
from explorer.pages.i18n.translator import LANGUAGES, table
from explorer.pages.study.build import claims
from explorer.pages.study.view import below_html, rest_html, said_html, spec_html
from explorer.presets import PRESETS
from explorer.runs.store import ACTIVE
from explorer.study.evidence_store import load
from explorer.study.question import GUESSES, question
from explorer.study.sweeps import FORMS, START
from explorer.study.table import SWEEPS
from tests.unit.pages.i18n.shown_words import other, words_of

OTHERS = [language for language in LANGUAGES if language != "en"]
NAMES = {*FORMS, START, "bundle", *PRESETS, *shipped_names(), *SWEEPS}
LEFT = {word for name in NAMES for word in re.findall("[A-Za-z]{3,}", name)}
LEFT |= set("CLIP Parquet SVG color pattern tilt mixed fixed text lora map all run".split())
"""Words of names, and of values, that are the same in every language."""
WORD = re.compile("[A-Za-z]{3,}")


def texts_of(drawing: Drawing) -> Iterator[str]:
    """Sentence, table and what Plotly writes, line by line as it makes them."""
    yield drawing.sentence
    yield from drawing.columns
    yield from (cell for row in drawing.rows for cell in row if isinstance(cell, str))
    for text in _of_figure(drawing.figure):
        yield from (unescape(re.sub("<[^>]+>", "", line)) for line in text.split("<br>"))


def _of_figure(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, each in node.items():
            if key in ("text", "name") and isinstance(each, str):
                yield each
            elif key == "ticktext":
                yield from each
            elif key not in ("text", "meta", "customdata"):
                yield from _of_figure(each)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _of_figure(each)


def english_in(texts: Iterator[str], language: str) -> list[str]:
    """The texts of which words stay that are no names."""
    words = table(language)
    said = {text: other(text, words) or text for text in (" ".join(each.split()) for each in texts)}
    return [f"{text} -> {new}" for text, new in said.items() if {*WORD.findall(new)} - LEFT]


def of_claim(name: str) -> Iterator[str]:
    """All that is said of a claim, but for its origin, which names devices and versions."""
    evidence = load(name)
    assert evidence is not None
    asked = question(evidence)
    yield name.replace("-", " ")
    for guess in (*GUESSES, None):
        yield from words_of(said_html(evidence, asked.reply(guess) if asked else ""))
    for form in evidence.forms:
        yield from (text for text in words_of(below_html(evidence, form)) if " seeds. " not in text)
        for metric in (evidence.metric, *evidence.beside):
            yield from texts_of(dose_response(evidence, form, metric))
    for condition in evidence.conditions:
        yield condition.label
        yield from words_of(spec_html(condition))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", claims())
def test_nothing_of_a_claim_is_left_in_english(language: str, name: str) -> None:
    assert english_in(of_claim(name), language) == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_origin_of_evidence_and_the_claims_without_have_their_words(language: str) -> None:
    evidence = [load(name) for name in claims()]
    origins = [
        text for each in evidence if each for text in words_of(below_html(each, "canonical")) if " seeds. " in text
    ]
    assert origins and all(other(text, table(language)) for text in origins)
    missing = (text for text in words_of(rest_html([name for name in SWEEPS if name not in claims()])))
    assert english_in(missing, language) == []


def share(value: float) -> dict[str, Any]:
    return {"value": value, "n": 1000, "low": value - 0.03, "high": value + 0.03, "chance": 0.5}


def reports() -> Iterator[dict[str, Any]]:
    """Reports of every kind of verdict."""
    values = (0.3, 0.51, 0.58, 0.7, 0.95)
    for own in values:
        for complete in values:
            forms = {"own": {"binding_accuracy": share(own), "recognition_accuracy": share(0.9)},
                     "complete": {"binding_accuracy": share(complete)}}  # fmt: skip
            for leaks in ((), ("own",), ("own", "complete")):
                controls = {"caption_only": {form: share(0.7) for form in leaks}}
                for spec in ({}, {"data": {"caption_completeness": 0.5}}):
                    yield {"metrics": {}, "forms": forms, "controls": controls, "spec": spec}
        yield {"metrics": {"binding_accuracy": share(own)}, "forms": {}}
    yield {"metrics": {}, "forms": {}}
    yield {"failed_to_train": True}


@pytest.mark.parametrize("language", OTHERS)
def test_every_verdict_of_a_run_has_its_words(language: str) -> None:
    same = " The form own is the same captions as canonical."
    twins = ("", same, f"{same} The form complete is the same captions as canonical.")
    sentences = {verdict(read_report(report)).sentence for report in reports()}
    assert len(sentences) > 20
    assert english_in((f"{each}{twin}" for each in sentences for twin in twins), language) == []


def curve(name: str, *, repeats: bool) -> Curve:
    forms = {form: {"binding_accuracy": share(0.6 if repeats else value)} for form, value in
             (("canonical", 0.6), ("own", 0.7))}  # fmt: skip
    record = {"step": 30, "loss": 1.6, "chance_loss": 5.5, "elapsed_s": 9.0, "evaluation": forms}
    return Curve(name=name, records=[record], steps=30)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("repeated", [(False,), (True,), (True, False), (False, True)])
def test_the_figures_of_runs_have_their_words(language: str, repeated: tuple[bool, ...]) -> None:
    curves = [curve("web-like-a0c3", repeats=each) for each in repeated]
    drawings = (share_curves(curves), loss_curves(curves), margin_histogram([0.1, -0.2]), margin_histogram([]))
    found = (text for drawing in drawings for text in texts_of(drawing) if not text.startswith("ln(batch)"))
    assert english_in(found, language) == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_statuses_of_runs_have_their_words(language: str) -> None:
    assert english_in(iter((*ACTIVE, "finished", "stopped", "failed", "interrupted")), language) == []
