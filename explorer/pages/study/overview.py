"""Top of Study: the forest plot of all properties, and the findings of the second edition on the claim that is open.

    parts = build_overview()                          # inside the tab
    overview_values()                                 # values of `Overview.outputs`
    page_of(event)                                    # the claim of a clicked mark

Everything is read from `claims.json`, the source of docs/study-methods.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from explorer.evaluation.sweep_evidence import form_name
from explorer.figures.study import Effect, forest
from explorer.pages.shared.figure import figure_value, figure_view
from explorer.pages.shared.templates import rendered
from explorer.study.claims import CLAIMS, PROPERTIES
from explorer.study.evidence_store import load_claims
from explorer.study.readings import reading
from explorer.study.words import SEEN, change_words, is_seen_before, number_words, step_words

HEIGHT = 900  # px of the figure before it is drawn, about what it takes
READING = (
    "How to read this: a mark is one form of caption, its line a 95 % interval; right of the dashed line more is bound."
)
PAGES = {claim: next((each.page for each in PROPERTIES.values() if each.claim == claim), None) for claim in CLAIMS}
"""The sweep of the first edition whose page shows a claim of the second."""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Components of the top of the tab."""

    text: Any
    figure: Any

    @property
    def outputs(self) -> list[Any]:
        """Return the components that `overview_values` fills."""
        return [self.text, self.figure]


def build_overview() -> Overview:
    """Build the top without evidence, which is sent when the tab is opened."""
    text = gr.HTML("", elem_id="study-overview")
    figure = figure_view(
        "figure-forest", "Effect of each property in each form of caption", reading=READING, height=HEIGHT
    )
    return Overview(text=text, figure=figure)


def overview_values() -> tuple[Any, Any]:
    """Return the text and the figure; both are hidden if nothing is frozen."""
    found = load_claims()
    if found is None:
        return gr.update(value="", visible=False), gr.update(visible=False)
    sentences = number_words(found["effects"])
    effects = tuple(map(Effect.from_json, found["effects"]))
    text = rendered("study/overview.html", counts=sentences, coverage=found["coverage"])
    return gr.update(value=text, visible=True), gr.update(value=figure_value(forest(effects)), visible=True)


def page_of(text: Any) -> str | None:
    """Return the claim to open for the text of a clicked mark, None for any other text."""
    found = PROPERTIES.get(text) if isinstance(text, str) else None
    return found.page if found else None


def findings_html(page: str) -> str:
    """Return the directions of the second edition's claims that this page shows; nothing if there are none."""
    found = load_claims()
    claims = {claim for claim, of in PAGES.items() if of == page}
    if found is None:
        return ""
    findings = [_finding(each, found["seen_before"]) for each in found["findings"] if each["claim"] in claims]
    texts = (reading(claim, found) for claim in CLAIMS if claim in claims)
    readings = [text.replace("*", "") for text in texts if text is not None]
    return rendered("study/findings.html", findings=findings, readings=readings) if findings else ""


def _finding(each: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, str]:
    sides = [(sum(run["time"] is not None for run in side["runs"]), len(side["runs"])) for side in each["sides"]]
    return {
        "step": step_words(each["start"], each["end"]),
        "form": form_name(each["form"]),
        "word": each["word"],
        "seen": SEEN if is_seen_before(each, seen) else "",
        "counts": " → ".join(f"{bound} of {seeds}" for bound, seeds in sides),
        "change": change_words(each["bound"]),
    }
