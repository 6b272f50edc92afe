"""Routes of the lesson: a page of its own, without Gradio in the browser.

    launch(app_kwargs={"routes": lesson_routes(store, settings)})
    # GET /lesson?lang=zh, /lesson/scenes?completeness=0.5, /lesson/budget?preset=web-like&steps=90, /lesson/run?run=...

Runs and scores use the public endpoints with their limits, not these routes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from explorer.errors import UserError
from explorer.pages.i18n.translations import LANGUAGES
from explorer.pages.lesson.numbers import Number
from explorer.pages.lesson.run_card import budget, card
from explorer.pages.lesson.texts import Texts
from explorer.pages.lesson.view import DIAL, LEAST, dial_scenes, lesson_page, meter
from explorer.pages.server.security_headers import strict_policy
from explorer.pages.shared.url_state import Place, read, write
from explorer.pages.shared.values import changed_text
from explorer.runs.store import ACTIVE, RunFolder, RunStore
from explorer.service import endpoints
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
        html = lesson_page(Texts.load(_language(asked)), read(asked)[1])
        return HTMLResponse(html, headers=strict_policy(html.partition("</head>")[0]))

    def without_slash(request: Request) -> Response:
        return RedirectResponse("../lesson" + (f"?{request.url.query}" if request.url.query else ""))

    def scenes(query: Query) -> dict[str, Any]:
        return {"html": dial_scenes(_completeness(query.get("completeness", "")))}

    def asked_budget(query: Query) -> dict[str, Any]:
        spec = endpoints.resolve(query.get("preset", ""), {"steps": query.get("steps", "")})
        return {"html": budget(spec, store, settings)}

    def run(query: Query) -> dict[str, Any]:
        return run_document(store, query.get("run", ""), _language(query))

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
            return JSONResponse({"error": str(error)})

    return route


def _language(query: Query) -> str:
    """Return the requested language, the first if it is unknown."""
    asked = query.get("lang", "")
    return asked if asked in LANGUAGES else next(iter(LANGUAGES))


def _completeness(text: str) -> float:
    """Round to one of few places of the dial, so that their scenes can be cached."""
    value = override(preset("binding-friendly").spec, {DIAL: text}).data.caption_completeness
    step, high = float(DIALS[DIAL].step or 1), float(DIALS[DIAL].high or 1)
    if not LEAST <= value <= high:
        raise UserError(DIAL, text, f"must be from {LEAST:g} to {high:g}")
    return round(round(value / step) * step, 10)


def run_document(store: RunStore, run: str, language: str) -> dict[str, Any]:
    """Return a run for step five: {"card", "measured" (HTML), "active", "stopping", "place"}.

    Or raise a `UserError`.
    """
    folder = store.find(run)
    if folder is None:
        raise UserError("run", run, "there is no such run here", longest=80)
    found = endpoints.run_status(folder.run, since_step=endpoints.NO_RECORDS)
    texts, spec = Texts.load(language), spec_of(folder)
    place = Place(tab="workbench", spec=spec, run=folder.run)
    return {
        "card": card(found | {"about": changed_text(spec)}),
        "measured": _measured(folder, texts),
        "active": found["status"] in ACTIVE,
        "stopping": found["status"] == "stopping",
        "place": f"./{write(place)}&lang={language}",
    }


def _measured(folder: RunFolder, texts: Texts) -> str:
    """Return the newest binding accuracy of the run."""
    title = f"<h3>{texts.say('train.so_far')}</h3>"
    curve = read_curve(folder, batch_size=spec_of(folder).train.batch_size)
    if not curve:
        return f"{title}<p class='quiet'>{texts.say('train.wait')}</p>"
    last = curve[-1]
    said = texts.say("train.at", step=last.step, n=last.n)
    return f"{title}{meter(Number(value=last.binding, low=last.low, high=last.high), texts)}<p class='quiet'>{said}</p>"
