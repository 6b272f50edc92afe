"""Display options of a teacher's link: visible dials, a question on top, projector view.

    view, notes = read_view({"dials": "saliency_bias,steps", "question": "Which one binds?", "view": "projector"})
    write_view(view)                      # the same three parts, for an address
    view_html(view, drawer)               # the question, a style that hides the other dials, a line that says so

A hidden dial keeps the preset's value. The question is plain text; an invalid part is left out with a sentence, as in
`url_state`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from explorer.errors import shown
from explorer.spec.dials import DIALS

LONGEST_QUESTION = 200
NO_DIALS = "none"
PROJECTOR = "projector"
PARTS = ("dials", "question", "view")

DRAWER = "#workbench-data [data-more=dials]"
"""Selector of the closed part of the page, which holds the dials that are not in sight."""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """Visible `dials`, None for all; a question, if any; and a flag for large type and figures."""

    dials: tuple[str, ...] | None = None
    question: str = ""
    is_projected: bool = False


USUAL = View()


def read_view(query: Mapping[str, str]) -> tuple[View, list[str]]:
    """Return the view of a query string, and a sentence for each part that was left out."""
    notes: list[str] = []
    asked = query.get("view", "")
    if asked not in ("", PROJECTOR):
        notes.append(f"view={shown(asked)}: choose {PROJECTOR}; the usual view is shown")
    return View(
        dials=_dials(query.get("dials", ""), notes),
        question=_question(query.get("question", ""), notes),
        is_projected=asked == PROJECTOR,
    ), notes


def _dials(text: str, notes: list[str]) -> tuple[str, ...] | None:
    """Return the named dials in the order of the page; None if none of the names is a dial's."""
    if text.strip() in ("", NO_DIALS):
        return () if text.strip() else None
    names = [name.strip() for name in text[:2000].split(",") if name.strip()]
    strange = [name for name in names if name not in DIALS]
    if strange:
        notes.append(f"dials={shown(strange[0])}: is no dial; it was left out")
    return tuple(name for name in DIALS if name in names) or None


def _question(text: str, notes: list[str]) -> str:
    """Return the question on one line, cut if it is too long."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[:4000]).split())
    if len(line) > LONGEST_QUESTION:
        notes.append(f"question: has more than {LONGEST_QUESTION} characters; the rest was left out")
    return line[:LONGEST_QUESTION].strip()


def write_view(view: View) -> dict[str, Any]:
    """Return the parts of an address; empty for the default view."""
    dials = None if view.dials is None else ",".join(view.dials) or NO_DIALS
    return {"dials": dials, "question": view.question, "view": PROJECTOR if view.is_projected else None}


def view_html(view: View, drawer: Sequence[str]) -> str:
    """Return the HTML under the header; `drawer` are the dials of the closed part of the page."""
    if view == USUAL:
        return ""
    sender = "<span class='quiet'>From the sender of this link:</span>"
    question = f"<p class='asked'>{sender} {escape(view.question)}</p>" if view.question else ""
    asked = PROJECTOR if view.is_projected else ""
    is_open = bool(set(drawer) & set(view.dials or ()))
    return (
        f"<div class='view' data-view='{asked}' data-open='{DRAWER if is_open else ''}'>"
        f"{question}{_hidden(view, drawer)}</div>"
    )


def _hidden(view: View, drawer: Sequence[str]) -> str:
    """Return a style that hides all dials but those of the link, and a line that says so."""
    if view.dials is None:
        return ""
    gone = [f"#bench [data-row={name}]" for name in DIALS if name not in view.dials]
    gone += [] if set(drawer) & set(view.dials) else [DRAWER]
    names = ", ".join(f"“{DIALS[name].plain or DIALS[name].label}”" for name in view.dials) or "no dial"
    said = f"This link shows only {escape(names)}; every other dial is hidden and keeps the preset's value."
    button = "<button type='button' class='all-dials'>Show all dials</button>"
    return (
        f"<style>{', '.join(gone)} {{ display: none !important; }}</style>"
        f"<p class='hidden-dials quiet'>{said} {button}</p>"
    )
