"""Pages without Gradio, of a few kilobytes in the language of their address: About, and the form for teachers.

    routes = [about_route(settings), teach_route()]       # GET about, GET teach

About states the paper, simplifications, limits, privacy and licenses; its numbers come from the settings and constants
of the app. The form makes a link for a class. It starts from the values in its address, else from the address of the
previous page, so the link keeps the dials and the open run. `url_state` writes the link.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.classroom import network
from explorer.clip.names import shipped_names
from explorer.clip.pixels import UPLOADS
from explorer.pages.i18n.translator import LANGUAGES, language_of
from explorer.pages.probe.question import MOST_PICTURES
from explorer.pages.shared.dial_values import changed_text, has_choice
from explorer.pages.shared.templates import plain_page
from explorer.pages.shared.url_state import LONGEST_QUESTION, PROJECTOR, TABS, Place, read, write
from explorer.presets import PRESETS
from explorer.service.probing import LONGEST_CAPTION, MOST_CAPTIONS, MOST_IMAGES
from explorer.settings import Settings
from explorer.spec import DIALS
from explorer.world.worlds import WORLDS

PAPER_URL = "https://arxiv.org/abs/2507.07985"
CACHE_S = 3600
"""Seconds after which an upload expires, and the interval of the cleanup; see `build_app`."""
_OURS = ("base", "show", "here")
"""Fields of the form that are not parts of an address."""
NAMES = {"workbench": "Workbench", "study": "The evidence", "probe": "Ask a real CLIP", "inspect": "Look inside",
         "scene": "Your own scene"}  # fmt: skip
"""Tabs by their names on the page; others by their own."""


def about_route(settings: Settings) -> Route:
    """Return the route."""

    def answer(request: Request) -> Response:
        return plain_page(
            "info/about.html", language_of(request.query_params), title="About", settings=settings,
            world=next(iter(WORLDS.values())), paper=PAPER_URL, uploads=UPLOADS, most_images=MOST_IMAGES,
            most_pictures=MOST_PICTURES,
            most_captions=MOST_CAPTIONS, longest_caption=LONGEST_CAPTION, shipped=shipped_names(),
            hours=2 * CACHE_S // 3600,
        )  # fmt: skip

    return Route("/about", answer, methods=["GET"])


def teach_route() -> Route:
    """Return the route."""
    return Route("/teach", _answer, methods=["GET"])


@dataclass(frozen=True, kw_only=True)
class TeacherForm:
    """The parsed form: the place of the link, its language, and notes on what was left out."""

    place: Place
    lang: str
    notes: tuple[str, ...]


def parse_form(fields: Iterable[tuple[str, str]]) -> TeacherForm:
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
    return TeacherForm(place=place, lang=lang if lang in LANGUAGES else "en", notes=tuple(dict.fromkeys(notes)))


def link_to(form: TeacherForm) -> str:
    """Return the link, relative to this page."""
    lang = {} if form.lang == "en" else {"lang": form.lang}
    return "./" + write(form.place) + ("&" + urlencode(lang) if lang else "")


def _answer(request: Request) -> Response:
    fields = request.query_params.multi_items() or _of_the_page_before(request)
    form = parse_form(fields)
    place, query = form.place, request.query_params
    # A form that chooses a language for the link keeps its own in `here`.
    here = language_of({"lang": query.get("here") or query.get("lang", "")})
    return plain_page(
        "info/teach.html", here, title="For teachers", place=place, notes=form.notes, link=link_to(form),
        kept=_kept(place), changes=changed_text(place.spec),
        presets={name: recipe.title for name, recipe in PRESETS.items()},
        tabs={tab: NAMES.get(tab, tab.capitalize()) for tab in TABS},
        link_languages=LANGUAGES, link_language=form.lang,
        dials={name: dial for name, dial in DIALS.items() if has_choice(name)},
        longest_question=LONGEST_QUESTION, projector=PROJECTOR,
        command=network.start_command(network.port_of(request.scope)),
    )  # fmt: skip


def _of_the_page_before(request: Request) -> list[tuple[str, str]]:
    """Return the address of the app's page that led here."""
    before = urlsplit(request.headers.get("referer", "")[:4000])
    return parse_qsl(before.query) if before.netloc == request.headers.get("host") else []


def _kept(place: Place) -> dict[str, str]:
    """Return the hidden fields: changed dials, the open run, and the preset that they were changed of."""
    fields = dict(parse_qsl(write(replace(place, view=Place().view)).removeprefix("?")))
    return {name: value for name, value in fields.items() if name in DIALS or name == "run"} | {
        "base": place.spec.preset or ""
    }
