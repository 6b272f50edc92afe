"""A run, or a shipped model, as one HTML file that works without network: curve, checkpoints, report, and its model.

    html = run_page(store, "web-like-3f2a")          # at most MOST_BYTES; a larger model is refused with its size
    write_run(store, "things-bound", Path("tidy.html"))

The model answers typed captions and scenes in the browser. A run whose model no browser can take keeps everything else,
with the reason.

    routes = [take_home_route(store)]       # GET runs/<id>.html, which the browser saves
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.clip.checked_files import WeightsError, count, read_header
from explorer.errors import UserError
from explorer.evaluation.metrics import SHARES
from explorer.evaluation.results import Estimate, Scores, same_forms
from explorer.pages.shared.dial_values import plain_name, value_text
from explorer.pages.site.embed import Packed, packed_atlas, packed_weights, whole_page, world_description
from explorer.pages.workbench.pairs_route import shown_pairs
from explorer.runs.store import RunStore
from explorer.service.outcome import outcome_state, report_of
from explorer.service.outcome_types import OutcomeState
from explorer.service.outcome_types import title as title_of
from explorer.spec import DIALS
from explorer.views.runs import model_record as shown_record
from explorer.web.engine_files import WEIGHTS, model_folder, model_record
from explorer.wording import percent, span
from explorer.world.worlds import WORLDS

MOST_BYTES = 9_000_000
"""Of the whole file; the small model takes 5.6 million."""
MOST_NUMBERS = 2_300_000
"""Weights that fit next to everything else: two bytes each, a third more as base64."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """The model of the file: its card for the engine and its weights, or the reason why there is none."""

    card: dict[str, object] | None
    packed: tuple[Packed, ...]
    why_not: str


def write_run(store: RunStore, name: str, path: Path) -> int:
    """Write the file; return its size in bytes."""
    content = run_page(store, name).encode()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError("file", path, f"cannot be written ({error.strerror})") from None
    return len(content)


def run_page(store: RunStore, name: str) -> str:
    """Return the file of a run or a shipped model; raise `UserError` if there is none or it would be too large."""
    state = outcome_state(store, name)
    world = state.spec.data.world
    model = _carried(store, state)
    page = whole_page(
        "run.html",
        entry="js/site/run_file.js",
        data={
            "run": shown_record(state) | {"has_model": model.card is not None},
            "pairs": shown_pairs(world),
            "worlds": {world: world_description(world)} if model.card else {},
            "models": {} if model.card is None else {state.name: model.card},
        },
        packed=(packed_atlas(world), *model.packed) if model.card else (),
        title=title_of(state),
        state=state,
        rows=_report_rows(store, state),
        dials=[(plain_name(dial), value_text(_value(state, dial))) for dial in DIALS],
        why_no_model=model.why_not,
    )
    size = len(page.encode())
    if size > MOST_BYTES:
        raise UserError("model", name, f"its file would have {size / 1e6:.1f} MB, at most {MOST_BYTES / 1e6:.0f} fit")
    return page


def _carried(store: RunStore, state: OutcomeState) -> Carried:
    if WORLDS[state.spec.data.world].pictures:
        why = (
            f"The world {state.spec.data.world} is made of pictures, so this file has no model: it could draw no scene."
        )
        return Carried(card=None, packed=(), why_not=why)
    try:
        folder = model_folder(state.name, find_run=store.find_model)
    except UserError as error:
        return Carried(card=None, packed=(), why_not=f"{error}.")
    try:
        numbers = count(read_header(folder / WEIGHTS))
        if numbers > MOST_NUMBERS:
            raise UserError(
                "model",
                state.name,
                f"it has {numbers / 1e6:.1f} million weights, {2 * numbers / 1e6:.1f} MB in 16 bits; a file of at most"
                f" {MOST_BYTES / 1e6:.0f} MB holds {MOST_NUMBERS / 1e6:.1f} million",
            )
        card = model_record(state.name, find_run=store.find_model)
        packed = packed_weights(state.name, folder / WEIGHTS)
    except WeightsError as error:
        return Carried(card=None, packed=(), why_not=f"{error}.")
    return Carried(card={name: each for name, each in card.items() if name != "weights"}, packed=(packed,), why_not="")


def _value(state: OutcomeState, dial: str) -> Any:
    record = state.spec.as_dict()
    return {**record["data"], **record["train"]}[dial]


def _report_rows(store: RunStore, state: OutcomeState) -> list[tuple[str, str, str, str, str, str]]:
    """Return (metric, form, value, interval, n, chance) of the full evaluation, none without one."""
    folder = store.find(state.name)
    report = report_of(folder) if folder is not None else None
    if report is None:
        final = state.final
        canonical = (
            {} if final is None else {f"{name}_accuracy": getattr(final, name) for name in ("binding", "recognition")}
        )
        scores = Scores(canonical=canonical)
    else:
        scores = report.scores
    twins = same_forms(scores)
    return [
        (name.replace("_", " "), form, percent(each.value), _interval(each), str(each.n), percent(each.chance))
        for form, metrics in scores.by_form()
        if form not in twins
        for name in SHARES
        if (each := metrics.get(name)) and each.value is not None and each.chance is not None
    ]


def _interval(each: Estimate) -> str:
    return "" if each.low is None or each.high is None else span(each.low, each.high)


def take_home_route(store: RunStore) -> Route:
    """Return the route; a name is looked up in the store and is never a path."""

    def download(request: Request) -> Response:
        name = request.path_params["run"]
        try:
            page = run_page(store, name)
        except UserError as error:
            return PlainTextResponse(str(error), status_code=404)
        headers = {"Content-Disposition": f'attachment; filename="{name}.html"'}
        return Response(page, headers=headers, media_type="text/html")

    return Route("/runs/{run}.html", download)
