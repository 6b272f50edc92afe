"""Routes of the evidence: its numbers as one JSON, and a sample of dialed data.

    routes = evidence_routes(store)      # GET /explorer-assets/study/line.json?lang=zh, .../sample.json?preset=...

The numbers are frozen with the rows (`study write`); a browser caches them by their ETag.
"""

import hashlib
import json
from pathlib import Path
from statistics import mean
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explorer.pages.i18n.translator import language_of, translator
from explorer.pages.server.static_files import PREFIX
from explorer.pages.shared.url_state import FIRST_PRESET, read
from explorer.pages.workbench.samples import samples
from explorer.presets import preset
from explorer.runs.store import RunStore
from explorer.service.pretrained_start import estimate
from explorer.study.evidence_store import evidence_folder, load_line
from explorer.views.evidence import guess_picture

LINE, SAMPLE = f"{PREFIX}/study/line.json", f"{PREFIX}/study/sample.json"


def evidence_routes(store: RunStore) -> list[Route]:
    """Return the routes."""

    def serve(request: Request) -> Response:
        body, tag = _body(store, evidence_folder(), language_of(request.query_params))
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return [Route(LINE, serve, methods=["GET"]), Route(SAMPLE, _serve_sample, methods=["GET"])]


def _serve_sample(request: Request) -> Response:
    """Answer an address of the Workbench with the first sample of its data; an invalid part falls back."""
    place, _ = read(dict(request.query_params))
    cards: Any = samples(place.spec, 0)["cards"]
    return JSONResponse(cards[0])


def _body(store: RunStore, folder: Path, language: str) -> tuple[bytes, str]:
    found = translator(language).state(document(store, folder))
    body = json.dumps(found).encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def document(store: RunStore, folder: Path) -> dict[str, Any]:
    """Return the numbers, the seconds that a pair takes on this computer, and the picture of the guess."""
    spec = preset(FIRST_PRESET).spec
    low, high, _ = estimate(store, spec)
    pace = mean((low, high)) / (spec.train.steps * spec.train.batch_size)
    return {"line": load_line(folder), "pace": float(f"{pace:.2g}"), "picture": guess_picture()}
