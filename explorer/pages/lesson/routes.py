"""Routes of the lesson: a page of its own, without Gradio in the browser.

    launch(app_kwargs={"routes": lesson_routes(service)})
    # GET /lesson?lang=zh, /lesson/scenes?completeness=0.5, /lesson/budget?preset=web-like&steps=90, /lesson/run?run=...

Runs and scores use the public endpoints with their limits, not these routes.

    card(describe(store, folder))       # HTML, the same for everyone
    budget(spec, store, settings)       # before a run begins
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from explorer.clip.names import weights_of
from explorer.errors import UserError
from explorer.pages.i18n.translator import language_head, language_of, translator
from explorer.pages.lesson.view import DIAL, LEAST, Texts, dial_scenes, lesson_page, measured, measured_at_end
from explorer.pages.server.security_headers import strict_policy
from explorer.pages.shared.dial_values import changed_text
from explorer.pages.shared.templates import rendered
from explorer.pages.shared.url_state import Place, read, write
from explorer.presets import PRESETS, preset
from explorer.runs.queue import RunDescription, check_size, describe
from explorer.runs.store import RunStatus, RunStore
from explorer.runs.zero_gpu import mode_sentence
from explorer.service.endpoints import resolve
from explorer.service.outcome import read_curve, run_state
from explorer.service.pretrained_start import estimate
from explorer.service.run_list import spec_of
from explorer.service.service import Service
from explorer.settings import Settings
from explorer.spec import DIALS, RunSpec, override
from explorer.views.runs import run_verdict
from explorer.wording import duration

Query = Mapping[str, str]
WORDS = {
    "queued": "Waiting",
    "running": "Training",
    "stopping": "Stopping: it finishes this step, then evaluates and saves",
    "stopped": "Stopped early, and usable",
    "finished": "Finished",
    "failed": "Failed",
    "interrupted": "Interrupted",
}

NOTHING = Markup("")
NONE_OPEN = "No run is open. Press Start, or choose one in the table below."
GOES_ON = "A run is under way: open it in the table below."


def lesson_routes(service: Service) -> list[Route]:
    """Return the routes of the page and of the three requests of its script; a mistake is answered by a sentence."""

    def page(request: Request) -> Response:
        asked = {name: value for name, value in request.query_params.items() if name == "lang"}
        language = language_of(asked)
        notes = [translator(language).text(note) for note in read(asked)[1]]
        head = language_head(language)
        html = lesson_page(Texts.load(language), notes, mode=mode_sentence(service.settings))
        html = translator(language).page(html)
        html = html.replace("<head>", f"<head>{head}", 1)
        return HTMLResponse(html, headers=strict_policy(head))

    def without_slash(request: Request) -> Response:
        return RedirectResponse("../lesson" + (f"?{request.url.query}" if request.url.query else ""))

    def scenes(query: Query) -> dict[str, object]:
        return {"html": dial_scenes(_completeness(query.get("completeness", "")))}

    def asked_budget(query: Query) -> dict[str, object]:
        spec = resolve(query.get("preset", ""), {"steps": query.get("steps", "")})
        return {"html": translator(language_of(query)).html(budget(spec, service.store, service.settings))}

    def run(query: Query) -> dict[str, object]:
        return run_document(service, query.get("run", ""), language_of(query))

    found = {"scenes": scenes, "budget": asked_budget, "run": run}
    return [
        Route("/lesson", page),
        Route("/lesson/", without_slash),
        *(Route(f"/lesson/{name}", _answered(answer)) for name, answer in found.items()),
    ]


def _answered(answer: Callable[[Query], dict[str, object]]) -> Callable[[Request], Response]:
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


def run_document(service: Service, run: str, language: str) -> dict[str, object]:
    """Return a run for step five; raise `UserError` if there is none of that name.

    {"card", "measured" (HTML), "binding" (in percent: of the final evaluation once there is one, before it of the
    newest quick one, None before any), "active", "ended" (True if it was not broken off), "stopping", "has_model",
    "place"}
    """
    folder = service.found(run)
    texts, spec = Texts.load(language), spec_of(folder)
    found = describe(service.store, folder)
    status = found.status
    curve = read_curve(folder, batch_size=spec.train.batch_size)
    end = measured_at_end(run_state(service.store, folder).final) if status.has_ended else None
    newest = end.binding.value if end else curve[-1].binding if curve else None
    place = Place(tab="workbench", spec=spec, run=folder.run)
    return {
        "card": translator(language).html(card(found, verdict=run_verdict(folder) or "", about=changed_text(spec))),
        "measured": measured(curve[-1] if curve else None, texts, end=end),
        "binding": None if newest is None else round(100 * newest),
        "active": status.is_active,
        "ended": status.status in ("finished", "stopped"),
        "stopping": status.status == "stopping",
        "has_model": bool(weights_of(folder.model)),
        "place": f"./{write(place)}&lang={language}",
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bar:
    """Finished part of an activity, of `most`."""

    label: str
    done: int
    most: int


def card(
    run: RunDescription | None,
    *,
    verdict: str = "",
    about: str = "",
    gone: str = "",
    is_any_active: bool = False,
) -> Markup:
    """Return the card as HTML, or how to start if there is no run; `gone` is one that was deleted while it was open.

    `about` names its changed dials. `is_any_active` is true if a run in the table is waiting or training.
    """
    if run is None:
        how = GOES_ON if is_any_active else NONE_OPEN
        return rendered("lesson/no_run.html", gone=gone[:80], how=how)
    status = run.status
    preset = PRESETS.get(str(status.preset))
    return rendered(
        "lesson/card.html", run=run.run, status=status, verdict=verdict, about=about, word=_word(status),
        bar=_bar(status), numbers=_numbers(run), reason=(status.reason or "").rstrip("."),
        has_export=not status.is_active and status.step > 0, recipe=preset.title if preset else status.preset,
    )  # fmt: skip


def _bar(status: RunStatus) -> _Bar:
    """Return the finished share of the activity: steps, or parts of the evaluation."""
    if status.is_evaluating:
        parts = max(1, status.phase_parts or 1)
        return _Bar(label="parts of the evaluation done", done=status.phase_done or 0, most=parts)
    return _Bar(label="steps done", done=status.step, most=max(1, status.steps))


def _word(status: RunStatus) -> str:
    """Name the activity of the run."""
    if status.status == "stopped" and status.step == 0:
        return "Stopped before it began"
    if not status.is_evaluating:
        return WORDS[status.status]
    parts = status.phase_parts
    return f"Evaluating: {status.phase_done or 0} of {parts} forms and controls" if parts else "Saving the model"


def _numbers(run: RunDescription) -> list[str]:
    """Return step, rate, time left, place and device, if they are known."""
    status = run.status
    said = [f"step {status.step} of {status.steps}"]
    if status.status == "queued" and run.place:
        said.append("next in the queue" if run.place == 1 else f"place {run.place} in the queue")
        if run.wait_s is not None:
            said.append(f"starts in about {duration(run.wait_s)}" if run.wait_s >= 1 else "starts at once")
    if status.rate:
        said.append(f"{status.rate:,.0f} pairs/s")
    if run.eta_s is not None and (status.status == "running" or status.is_evaluating):
        said.append(f"about {duration(run.eta_s)} left" if run.eta_s >= 1 else "nearly done")
    if status.device:
        said.append(status.device)
    return said


def budget(spec: RunSpec, store: RunStore, settings: Settings) -> Markup:
    """Return steps, pairs and time of a training of `spec` here, or why it would not begin."""
    try:
        check_size(store, spec, settings)
        low, high, basis = estimate(store, spec)
    except UserError as error:
        return rendered("shared/bad_value.html", sentence=str(error))
    span = " to ".join(dict.fromkeys([duration(low), duration(high)]))
    return rendered("lesson/budget.html", train=spec.train, span=span, basis=basis)
