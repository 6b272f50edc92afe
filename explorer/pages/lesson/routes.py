"""Routes of the lesson: a page of its own, without Gradio in the browser.

    launch(app_kwargs={"routes": lesson_routes(store, settings)})
    # GET /lesson?lang=zh, /lesson/scenes?completeness=0.5, /lesson/budget?preset=web-like&steps=90, /lesson/run?run=...

Runs and scores use the public endpoints with their limits, not these routes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from explorer.clip.names import weights_of
from explorer.errors import UserError
from explorer.pages.i18n.translations import language_head, language_of
from explorer.pages.i18n.translator import translator
from explorer.pages.lesson.numbers import Number
from explorer.pages.lesson.run_card import budget, card
from explorer.pages.lesson.texts import Texts
from explorer.pages.lesson.view import DIAL, LEAST, dial_scenes, lesson_page, meter
from explorer.pages.server.security_headers import strict_policy
from explorer.pages.shared.templates import rendered
from explorer.pages.shared.url_state import Place, read, write
from explorer.pages.shared.values import changed_text
from explorer.runs.store import ACTIVE, RunStore
from explorer.service import endpoints
from explorer.service.outcome_types import CurvePoint
from explorer.service.run_list import spec_of
from explorer.service.training_curve import read_curve
from explorer.settings import Settings
from explorer.spec.dials import DIALS
from explorer.spec.presets import preset
from explorer.spec.run_spec import override

Query = Mapping[str, str]


def lesson_routes(store: RunStore, settings: Settings) -> list[Route]:
    """Return the routes of the page and of the three requests of its script; a mistake is answered by a sentence."""

    def page(request: Request) -> Response:
        asked = {name: value for name, value in request.query_params.items() if name == "lang"}
        language = language_of(asked)
        notes = [translator(language).text(note) for note in read(asked)[1]]
        head = language_head(language)
        html = translator(language).page(lesson_page(Texts.load(language), notes))
        html = html.replace("<head>", f"<head>{head}", 1)
        return HTMLResponse(html, headers=strict_policy(head))

    def without_slash(request: Request) -> Response:
        return RedirectResponse("../lesson" + (f"?{request.url.query}" if request.url.query else ""))

    def scenes(query: Query) -> dict[str, Any]:
        return {"html": dial_scenes(_completeness(query.get("completeness", "")))}

    def asked_budget(query: Query) -> dict[str, Any]:
        spec = endpoints.resolve(query.get("preset", ""), {"steps": query.get("steps", "")})
        return {"html": translator(language_of(query)).html(budget(spec, store, settings))}

    def run(query: Query) -> dict[str, Any]:
        return run_document(store, query.get("run", ""), language_of(query))

    found = {"scenes": scenes, "budget": asked_budget, "run": run}
    return [
        Route("/lesson", page),
        Route("/lesson/", without_slash),
        *(Route(f"/lesson/{name}", _answered(answer)) for name, answer in found.items()),
    ]


def _answered(answer: Callable[[Query], dict[str, Any]]) -> Callable[[Request], Response]:
    """Answer JSON; a mistake is {"error": sentence}, because a browser logs a status of 400 as a fault of the page."""

    def route(request: Request) -> Response:
        try:
            return JSONResponse(answer(request.query_params))
        except UserError as error:
            return JSONResponse({"error": translator(language_of(request.query_params)).text(str(error))})

    return route


def _completeness(text: str) -> float:
    """Round to one of few places of the dial, so that their scenes can be cached."""
    value = override(preset("binding-friendly").spec, {DIAL: text}).data.caption_completeness
    step, high = float(DIALS[DIAL].step or 1), float(DIALS[DIAL].high or 1)
    if not LEAST <= value <= high:
        raise UserError(DIAL, text, f"must be from {LEAST:g} to {high:g}")
    return round(round(value / step) * step, 10)


def run_document(store: RunStore, run: str, language: str) -> dict[str, Any]:
    """Return a run for step five; raise `UserError` if there is none of that name.

    {"card", "measured" (HTML), "binding" (in percent, None before it is measured), "active", "ended" (True if it was
    not broken off), "stopping", "has_model", "place"}
    """
    folder = store.find(run)
    if folder is None:
        raise UserError("run", run, "there is no such run here", longest=80)
    found = endpoints.run_status(folder.run, since_step=endpoints.NO_RECORDS)
    texts, spec = Texts.load(language), spec_of(folder)
    curve = read_curve(folder, batch_size=spec.train.batch_size)
    place = Place(tab="workbench", spec=spec, run=folder.run)
    return {
        "card": translator(language).html(card(found | {"about": Markup(changed_text(spec))})),  # noqa: S704
        "measured": _measured(curve[-1] if curve else None, texts),
        "binding": round(100 * curve[-1].binding) if curve else None,
        "active": found["status"] in ACTIVE,
        "ended": found["status"] in ("finished", "stopped"),
        "stopping": found["status"] == "stopping",
        "has_model": bool(weights_of(folder.model)),
        "place": f"./{write(place)}&lang={language}",
    }


def _measured(last: CurvePoint | None, texts: Texts) -> Markup:
    """Return the newest binding accuracy of the run."""
    bar = None if last is None else meter(Number(value=last.binding, low=last.low, high=last.high), texts)
    return rendered("lesson/measured.html", say=texts.say, last=last, meter=bar)
