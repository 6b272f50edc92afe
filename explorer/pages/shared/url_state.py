"""State of the page as the query string of its address, in both directions.

    write(Place(tab="inspect", spec=spec, run="a-run"))   # "?tab=inspect&preset=web-like&saliency_bias=0.5&run=a-run"
    write_study(StudyPlace(claim="density", form="own"))  # "&claim=density&form=own": Study writes its own parts
    place, notes = read({"preset": "web-like", "saliency_bias": "7"})
    notes     # ["saliency_bias=7: must be from 0 to 1; the preset's 1 is kept"]

Only differences from the preset are written, so a link stays short. Reading never fails: an invalid part falls back,
and a sentence says so.

    view, notes = read_view({"dials": "saliency_bias,steps", "question": "Which one binds?", "view": "projector"})
    write_view(view)                      # the same three parts, for an address
    view_html(view, drawer)               # the question, a style that hides the other dials, a line that says so

A teacher's link has display options: visible dials, a question on top, projector view. A hidden dial keeps the preset's
value. The question is plain text; an invalid part is left out with a sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from explorer.errors import UserError, quote_value
from explorer.pages.i18n.translator import LANGUAGES
from explorer.pages.shared.templates import macro
from explorer.presets import PRESETS, preset
from explorer.service.endpoints import resolve
from explorer.spec import DIALS, RunSpec, fit, override

LONGEST_QUESTION = 200
NO_DIALS = "none"
PROJECTOR = "projector"
PARTS = ("dials", "question", "view")

DRAWER = "#workbench-data [data-more=dials]"
"""Selector of the closed part of the page, which holds the dials that are not in sight."""
TABS = ("workbench", "inspect", "study", "probe", "scene")
OLD_TABS = {"play": "workbench", "train": "workbench"}
"""Tabs of older links, and the ones that hold their contents now."""
FIRST_PRESET = next(iter(PRESETS))
OPENS_WITH = "web-like"
"""Recipe of a visit without a link: a model of it does not bind."""
BY_BROWSER = ("lang", "scene")
"""Parts of an address that only scripts read: the language, and the scene of Your own scene."""
_RUN_LENGTH = 81
_NAME_LENGTH = 40


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
        notes.append(f"view={quote_value(asked)}: choose {PROJECTOR}; the usual view is shown")
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
        notes.append(f"dials={quote_value(strange[0])}: is no dial; it was left out")
    return tuple(name for name in DIALS if name in names) or None


def _question(text: str, notes: list[str]) -> str:
    """Return the question on one line, cut if it is too long."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[:4000]).split())
    if len(line) > LONGEST_QUESTION:
        notes.append(f"question: has more than {LONGEST_QUESTION} characters; the rest was left out")
    return line[:LONGEST_QUESTION].strip()


def write_view(view: View) -> dict[str, str | None]:
    """Return the parts of an address; empty for the default view."""
    dials = None if view.dials is None else ",".join(view.dials) or NO_DIALS
    return {"dials": dials, "question": view.question, "view": PROJECTOR if view.is_projected else None}


def view_html(view: View, drawer: Sequence[str]) -> Markup:
    """Return the HTML under the header; `drawer` are the dials of the closed part of the page."""
    if view == USUAL:
        return Markup()
    dials = view.dials or ()
    is_open = bool(set(drawer) & set(dials))
    return macro(
        "shared/view.html",
        "view",
        question=view.question,
        projector=PROJECTOR if view.is_projected else "",
        opened=DRAWER if is_open else "",
        hidden=None if view.dials is None else _hidden(dials, is_open=is_open),
        names=", ".join(f"“{DIALS[name].plain or DIALS[name].label}”" for name in dials) or "no dial",
    )


def _hidden(dials: Sequence[str], *, is_open: bool) -> str:
    """Return the selectors of all dials but those of the link, and of the closed part unless it is open."""
    gone = [f"#bench [data-row={name}]" for name in DIALS if name not in dials]
    return ", ".join(gone if is_open else [*gone, DRAWER])


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyPlace:
    """View of Study as parts of an address; the tab handles unknown names."""

    claim: str = ""
    form: str = ""
    metric: str = ""


STUDY_PARTS = tuple(field.name for field in fields(StudyPlace))


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One view of the page: its tab, dials, run, the view of Study, and the options of a teacher's link.

    `shipped` is a shipped model in the place of a run, which only Inspect shows.
    """

    tab: str = TABS[0]
    spec: RunSpec = PRESETS[FIRST_PRESET].spec
    run: str = ""
    shipped: str = ""
    study: StudyPlace = StudyPlace()
    view: View = USUAL


def write(place: Place) -> str:
    """Return the query string of a place, with its question mark."""
    # The run comes back from the browser with every move of a dial, so it may be anything.
    run = place.run[:_RUN_LENGTH] if isinstance(place.run, str) else ""
    run = run or place.shipped
    parts = {"tab": place.tab, "preset": place.spec.preset or FIRST_PRESET, **changed(place.spec), "run": run}
    return "?" + _joined({**parts, **asdict(place.study), **write_view(place.view)})


def write_study(place: StudyPlace) -> str:
    """Return the parts of Study, with the mark in front that makes the browser keep the others; empty ones go."""
    return "&" + urlencode(asdict(place))


def write_run(run: str) -> str:
    """Return the part of a run or shipped model, with the mark in front that makes the browser keep the others."""
    return "&" + urlencode({"run": run[:_RUN_LENGTH]})


def _joined(parts: Mapping[str, Any]) -> str:
    return urlencode({name: _text(value) for name, value in parts.items() if value not in ("", None)}, safe=",")


def changed(spec: RunSpec) -> dict[str, Any]:
    """Return the fields of `spec` that differ from its preset, in the order of the dials.

    An imported run may have an unknown preset: then from the first one.
    """
    known = spec.preset if spec.preset in PRESETS else FIRST_PRESET
    base, values = values_of(preset(known).spec), values_of(spec)
    return {name: values[name] for name in DIALS if values[name] != base[name]}


def values_of(spec: RunSpec) -> dict[str, Any]:
    """Return the value of every field for its control, by name."""
    record = spec.as_dict()
    return {**record["data"], **record["train"]}


def read(query: Mapping[str, str]) -> tuple[Place, list[str]]:
    """Return the place of a query string, and a sentence for each part that was left out."""
    view, notes = read_view(query)
    # Who is sent a run wants to watch it.
    query = {**query, "tab": OLD_TABS.get(query.get("tab", ""), query.get("tab", TABS[0]))}
    tab = _known(query, "tab", TABS, notes)
    spec = preset(_known(query, "preset", tuple(PRESETS), notes)).spec
    for name, value in query.items():
        if name in DIALS:
            spec = _changed(spec, name, value, notes)
        elif name not in ("tab", "preset", "run", *BY_BROWSER, *STUDY_PARTS, *PARTS) and not name.startswith("__"):
            notes.append(f"{name[:40]}: the page knows no such part of an address; it was left out")
    # The browser keeps the language and the scene in the address, so a place has none.
    _known(query, "lang", tuple(LANGUAGES), notes)
    spec, moved = fit(spec)
    place = Place(tab=tab, spec=spec, run=query.get("run", "")[:_RUN_LENGTH], study=read_study(query), view=view)
    return place, notes + moved


def read_first(query: Mapping[str, str]) -> tuple[Place, list[str]]:
    """As `read`; the Workbench, where the address says nothing of data or a run, opens with `OPENS_WITH`."""
    place, notes = read(query)
    is_bare = place.tab == TABS[0] and not {"preset", "run", *DIALS} & set(query)
    return (replace(place, spec=preset(OPENS_WITH).spec) if is_bare else place), notes


def read_study(query: Mapping[str, str]) -> StudyPlace:
    """Return the view of Study in a query string."""
    return StudyPlace(**{name: query.get(name, "")[:_NAME_LENGTH] for name in STUDY_PARTS})


def _known(query: Mapping[str, str], name: str, known: tuple[str, ...], notes: list[str]) -> str:
    """Return the part `name` of the query if it is one of `known`, else the first of them."""
    value = query.get(name, known[0])
    if value in known:
        return value
    notes.append(f"{name}={value[:40]}: choose {', '.join(known)}; {known[0]} is shown")
    return known[0]


def _changed(spec: RunSpec, name: str, value: str, notes: list[str]) -> RunSpec:
    """Return `spec` with one field changed, or unchanged with the reason."""
    try:
        found = override(spec, {name: value})
        # One by one: the fields are checked together after all are read.
        resolve(spec.preset or FIRST_PRESET, changed(fit(found)[0]))
    except UserError as error:
        notes.append(f"{error}; the preset's value is kept")
        return spec
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    return ",".join(value) if isinstance(value, list | tuple) else str(value)
