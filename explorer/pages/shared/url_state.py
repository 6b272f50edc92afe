"""State of the page as the query string of its address, in both directions.

    write(Place(tab="inspect", spec=spec, run="a-run"))   # "?tab=inspect&preset=web-like&saliency_bias=0.5&run=a-run"
    write_study(StudyPlace(claim="density", form="own"))  # "&claim=density&form=own": Study writes its own parts
    place, notes = read({"preset": "web-like", "saliency_bias": "7"})
    notes     # ["saliency_bias=7: must be from 0 to 1; the preset's 1 is kept"]

Only differences from the preset are written, so a link stays short. Reading never fails: an invalid part falls back,
and a sentence says so.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from explorer.errors import UserError
from explorer.pages.i18n.translations import LANGUAGES
from explorer.pages.shared.display_options import PARTS, USUAL, View, read_view, write_view
from explorer.service.endpoints import resolve
from explorer.spec.dials import DIALS
from explorer.spec.presets import PRESETS, preset
from explorer.spec.run_spec import RunSpec, fit, override

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
class StudyPlace:
    """View of Study as parts of an address; the tab handles unknown names."""

    claim: str = ""
    form: str = ""
    metric: str = ""


STUDY_PARTS = tuple(field.name for field in fields(StudyPlace))


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One view of the page: its tab, dials, run, the view of Study, and the options of a teacher's link."""

    tab: str = TABS[0]
    spec: RunSpec = PRESETS[FIRST_PRESET].spec
    run: str = ""
    study: StudyPlace = StudyPlace()
    view: View = USUAL


def write(place: Place) -> str:
    """Return the query string of a place, with its question mark."""
    # The run comes back from the browser with every move of a dial, so it may be anything.
    run = place.run[:_RUN_LENGTH] if isinstance(place.run, str) else ""
    parts = {"tab": place.tab, "preset": place.spec.preset or FIRST_PRESET, **changed(place.spec), "run": run}
    return "?" + _joined({**parts, **asdict(place.study), **write_view(place.view)})


def write_study(place: StudyPlace) -> str:
    """Return the parts of Study, with the mark in front that makes the browser keep the others; empty ones go."""
    return "&" + urlencode(asdict(place))


def write_run(run: str) -> str:
    """Return the part of the open run, with the mark in front that makes the browser keep the others."""
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
