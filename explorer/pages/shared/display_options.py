"""Display options of a teacher's link: visible dials, a question on top, projector view.

    view, notes = read_view({"dials": "saliency_bias,steps", "question": "Which one binds?", "view": "projector"})
    write_view(view)                      # the same three parts, for an address
    view_html(view, folds)                # the question, a style that hides the other dials, a line that says so

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

# A class on the body, which every figure watches, and folds that hold a dial of the link opened.
APPLY = """
const apply = () => requestAnimationFrame(() => {
  const view = element.querySelector('.view');
  document.body.classList.toggle('projector', view?.dataset.view === 'projector');
  for (const fold of (view?.dataset.open ?? '').split(' ').filter(Boolean)) unfold(fold, FRAMES);
});
// The first page brings the view before its folds are there.
const FRAMES = 240;
const unfold = (fold, left) => {
  const part = document.getElementById(fold);
  if (part) part.querySelector(':scope > button.label-wrap:not(.open)')?.click();
  else if (left) requestAnimationFrame(() => unfold(fold, left - 1));
};
watch('value', apply);
apply();
element.addEventListener('click', (event) => {
  if (!event.target.closest('.all-dials')) return;
  for (const part of element.querySelectorAll('style, .hidden-dials')) part.remove();
  const query = new URLSearchParams(location.search);
  query.delete('dials');
  history.replaceState(history.state, '', location.pathname + '?' + query.toString());
});
"""


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


def view_html(view: View, folds: Mapping[str, Sequence[str]]) -> str:
    """Return the HTML under the header; `folds` are the closed parts of the page by elem_id, with the dials in each."""
    if view == USUAL:
        return ""
    opened = [fold for fold, names in folds.items() if set(names) & set(view.dials or ())]
    sender = "<span class='quiet'>From the sender of this link:</span>"
    question = f"<p class='asked'>{sender} {escape(view.question)}</p>" if view.question else ""
    asked = PROJECTOR if view.is_projected else ""
    return (
        f"<div class='view' data-view='{asked}' data-open='{' '.join(opened)}'>{question}{_hidden(view, folds)}</div>"
    )


def _hidden(view: View, folds: Mapping[str, Sequence[str]]) -> str:
    """Return a style that hides all dials but those of the link, and a line that says so."""
    if view.dials is None:
        return ""
    gone = [f"#dial-{name}" for name in DIALS if name not in view.dials]
    gone += [f"#{fold}" for fold, names in folds.items() if not set(names) & set(view.dials)]
    names = ", ".join(DIALS[name].label for name in view.dials) or "no dial"
    said = f"This link shows only {escape(names)}; every other dial is hidden and keeps the preset's value."
    button = "<button type='button' class='all-dials'>Show all dials</button>"
    return (
        f"<style>{', '.join(gone)} {{ display: none !important; }}</style>"
        f"<p class='hidden-dials quiet'>{said} {button}</p>"
    )
