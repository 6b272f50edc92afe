"""Form for teachers that makes a link for a class. GET teach, without Gradio.

    routes = [teach_route()]       # for launch(app_kwargs={"routes": routes})

The form starts from the values in its address, else from the address of the previous page, so the link keeps the dials
and the open run. `url_state` writes the link.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.pages.i18n.translations import LANGUAGES
from explorer.pages.shared.base_page import plain_page
from explorer.pages.shared.dial_values import has_choice
from explorer.pages.shared.display_options import LONGEST_QUESTION, PROJECTOR
from explorer.pages.shared.url_state import TABS, Place, changed, read, write
from explorer.pages.shared.values import changed_text
from explorer.spec.dials import DIALS
from explorer.spec.presets import PRESETS

ALONE = (
    "<p id='alone' class='bad-value' hidden>This address works on this computer only. For a room start the app with"
    " <code>make run HOST=0.0.0.0</code> and open it by this computer's address in the network.</p>"
)
CLASS = (
    "<p><a href='./class' class='button'>Start a class</a> A lesson of 45 minutes with a projector and the pupils’"
    " phones. Below: only a link.</p>"
)
LESSON = (
    "<h2>The lesson</h2><p>Six steps that a class can take alone, each some minutes:"
    " <a href='./lesson'>open it</a> and share its address.</p>"
)
_OURS = ("base", "show")
"""Fields of the form that are not parts of an address."""
# Without this script the button of the form makes the link.
_SCRIPT = """
const form = document.querySelector('form'), link = document.querySelector('#link');
form.addEventListener('input', async (event) => {
  if (event.target.name === 'dials') form.querySelector('[name=show][value=some]').checked = true;
  const answer = await fetch('teach?' + new URLSearchParams(new FormData(form)));
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const part of ['#made', '#notes']) document.querySelector(part).innerHTML = page.querySelector(part).innerHTML;
  absolute();
});
function absolute() {
  const box = document.querySelector('#link');
  box.value = new URL(box.value, location.href).href;
}
document.addEventListener('click', async (event) => {
  if (event.target.id !== 'copy') return;
  const box = document.querySelector('#link');
  try {
    await navigator.clipboard.writeText(box.value);
    event.target.textContent = 'Copied';
  } catch { // without https a browser has no clipboard: select it, for Ctrl-C
    box.select();
    event.target.textContent = 'Selected: press Ctrl-C';
  }
});
document.querySelector('#make').hidden = true;
document.querySelector('#alone').hidden = !['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
absolute();
"""


def teach_route() -> Route:
    """Return the route."""
    return Route("/teach", _answer, methods=["GET"])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The parsed form: the place of the link, its language, and notes on what was left out."""

    place: Place
    lang: str
    notes: tuple[str, ...]


def asked_for(fields: Iterable[tuple[str, str]]) -> Asked:
    """Parse the fields of the form, or the parts of an address, as an address; several dials are joined."""
    pairs = [(name, value) for name, value in fields if value]
    given = dict(pairs)
    show, dials = given.get("show"), ",".join(value for name, value in pairs if name == "dials")
    query = {name: value for name, value in given.items() if name not in _OURS and not name.startswith("__")}
    if dials or show == "some":
        query["dials"] = dials or "none"
    if show == "all":
        query.pop("dials", None)
    # What was changed was changed of another preset.
    if given.get("base") not in (None, given.get("preset")):
        query = {name: value for name, value in query.items() if name not in DIALS}
    place, notes = read(query)
    lang = query.get("lang", "en")
    return Asked(place=place, lang=lang if lang in LANGUAGES else "en", notes=tuple(dict.fromkeys(notes)))


def link_to(asked: Asked) -> str:
    """Return the link, relative to this page."""
    lang = {} if asked.lang == "en" else {"lang": asked.lang}
    return "./" + write(asked.place) + ("&" + urlencode(lang) if lang else "")


def _answer(request: Request) -> Response:
    fields = request.query_params.multi_items() or _of_the_page_before(request)
    asked = asked_for(fields)
    return plain_page("For teachers", _body(asked), _SCRIPT)


def _of_the_page_before(request: Request) -> list[tuple[str, str]]:
    """Return the address of the app's page that led here."""
    before = urlsplit(request.headers.get("referer", "")[:4000])
    return parse_qsl(before.query) if before.netloc == request.headers.get("host") else []


def _body(asked: Asked) -> str:
    notes = "".join(f"<li>{escape(note)}</li>" for note in asked.notes)
    link = escape(link_to(asked))
    return (
        f"<h1>A link for a class</h1>{CLASS}<p>Choose what a class shall see. Everything is in the link:"
        " nothing is stored here, and who opens it may still show all dials.</p>"
        f"<form action='teach' method='get'>{_kept(asked.place)}{_place_fields(asked)}{_dial_fields(asked.place)}"
        f"{_view_fields(asked.place)}<button id='make'>Make the link</button></form>"
        f"<div id='notes' role='status'>{f'<ul class=notes>{notes}</ul>' if notes else ''}</div>"
        f"<div id='made'><h2>The link</h2><div class='link'><input type='text' id='link' readonly value='{link}'"
        " aria-label='The link'><button type='button' id='copy'>Copy</button>"
        f" <a id='open' href='{link}'>Open it</a></div></div>{ALONE}{LESSON}{_watching(asked.place)}"
    )


def _kept(place: Place) -> str:
    """Return hidden fields for changed dials and the open run."""
    preset = place.spec.preset or ""
    fields = dict(parse_qsl(write(replace(place, view=Place().view)).removeprefix("?")))
    kept = {name: value for name, value in fields.items() if name in DIALS or name == "run"} | {"base": preset}
    hidden = "".join(f"<input type='hidden' name='{name}' value='{escape(value)}'>" for name, value in kept.items())
    said = f"<p class='quiet'>With it goes: {changed_text(place.spec)}.</p>" if changed(place.spec) else ""
    return hidden + said


def _place_fields(asked: Asked) -> str:
    tabs = {tab: tab.capitalize() for tab in TABS}
    presets = {name: name for name in PRESETS}
    parts = [_select("preset", "Preset", presets, asked.place.spec.preset or "")]
    parts.append(_select("tab", "Opens on", tabs, asked.place.tab))
    if len(LANGUAGES) > 1:
        parts.append(_select("lang", "Language", LANGUAGES, asked.lang))
    return f"<fieldset><legend>Where it leads</legend>{''.join(parts)}</fieldset>"


def _select(name: str, label: str, choices: Mapping[str, str], chosen: str) -> str:
    options = "".join(
        f"<option value='{value}'{' selected' if value == chosen else ''}>{escape(words)}</option>"
        for value, words in choices.items()
    )
    return f"<label>{label} <select name='{name}'>{options}</select></label>"


def _dial_fields(place: Place) -> str:
    shown = place.view.dials
    some = shown is not None
    boxes = "".join(
        f"<label title='{escape(dial.help)}'><input type='checkbox' name='dials' value='{name}'"
        f"{' checked' if name in (shown or ()) else ''}> {escape(dial.label)}</label>"
        for name, dial in DIALS.items()
        if has_choice(name)
    )
    return (
        "<fieldset><legend>Dials</legend>"
        f"<label><input type='radio' name='show' value='all'{'' if some else ' checked'}> all of them</label>"
        f"<label><input type='radio' name='show' value='some'{' checked' if some else ''}> only these:</label>"
        f"<div class='dials'>{boxes}</div></fieldset>"
    )


def _view_fields(place: Place) -> str:
    checked = " checked" if place.view.is_projected else ""
    return (
        "<fieldset><legend>On top</legend>"
        f"<label for='question'>A question that stands above the page, at most {LONGEST_QUESTION} characters</label>"
        f"<input type='text' id='question' name='question' maxlength='{LONGEST_QUESTION}'"
        f" value='{escape(place.view.question)}'>"
        f"<label><input type='checkbox' name='view' value='{PROJECTOR}'{checked}> projector view: large type and"
        " figures</label></fieldset>"
    )


def _watching(place: Place) -> str:
    run = f"The link opens the run <code>{escape(place.run)}</code>. " if place.run else ""
    return (
        f"<h2>Watching one run together</h2><p>{run}Start a run on the Workbench and come here from that page:"
        " its link opens the run for everybody, whose curves go on while it trains. Only your browser can stop"
        " or delete it.</p>"
    )
