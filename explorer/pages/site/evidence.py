"""Frozen evidence as static HTML: the figure of all effects, then claim by claim.

evidence_html()          # trusted HTML, made of the words of the tab Study
"""

import base64
import re
from html import escape

from explorer.evaluation.sweep_evidence import Evidence
from explorer.pages.study.view import below_html, said_html
from explorer.study.evidence_store import evidence_folder, file_of, load
from explorer.study.table import SWEEPS

_DOWNLOADS = re.compile(r"<p>Download: .*?</p>")
"""Links to files of a server."""
ALL_EFFECTS = "forest.svg"


def evidence_html() -> str:
    """Return the section; claims without evidence are left out."""
    found = {name: evidence for name in SWEEPS if (evidence := load(name)) is not None}
    claims = "".join(_claim(name, evidence) for name, evidence in found.items())
    return f"{_all_effects()}{claims}"


def _all_effects() -> str:
    path = evidence_folder() / ALL_EFFECTS
    if not path.is_file():
        return ""
    words = "Effect of each property on binding accuracy, by form of caption and setting"
    return f"<figure class='site-figure'>{_picture(path.read_bytes(), words)}<figcaption>{words}.</figcaption></figure>"


def _claim(name: str, evidence: Evidence) -> str:
    """Return one claim: the paper's statement, the measurement, the picture, and the verdicts in each form."""
    path = file_of(name, "svg")
    picture = (
        "" if path is None else f"<figure class='site-figure'>{_picture(path.read_bytes(), evidence.claim)}</figure>"
    )
    verdicts = "".join(
        f"<details><summary>Details: {escape(form)} captions</summary>{_DOWNLOADS.sub('', below_html(evidence, form))}"
        "</details>"
        for form in evidence.forms
    )
    return f"<section id='claim-{escape(name)}'>{said_html(evidence, '')}{picture}{verdicts}</section>"


def _picture(svg: bytes, words: str) -> str:
    data = base64.b64encode(svg).decode()
    return f"<img alt='{escape(words)}' src='data:image/svg+xml;base64,{data}' loading='lazy'>"
