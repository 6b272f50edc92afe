"""Routes of the browser engine: worlds, atlases, model cards and weights, each fetched when a page first needs it.

launch(app_kwargs={"routes": engine_routes(store)})
# GET explorer-assets/engine/models.json, engine/worlds/things.json, engine/models/things-bound.json,
#     engine/atlas/things-64-DIGEST.atlas, engine/weights/things-bound/DIGEST.fp16.safetensors
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.errors import UserError
from explorer.pages.server import engine_files
from explorer.pages.server.compressed import Asset, compressed_response
from explorer.pages.server.plotly_routes import PREFIX
from explorer.runs.store import RunStore

BASE = f"{PREFIX}/{engine_files.FOLDER}"


def engine_routes(store: RunStore, cache: Path | None = None) -> list[Route]:
    """Return the routes; `cache` overrides the platform's folder of compressed files."""

    def models(_: Request) -> dict[str, Any]:
        return {"models": engine_files.model_index(), "worlds": list(engine_files.DRAWN)}

    def world(request: Request) -> dict[str, Any]:
        return engine_files.world_record(request.path_params["name"], cache=cache)

    def model(request: Request) -> dict[str, Any]:
        return engine_files.model_record(request.path_params["name"], find_run=store.find_model)

    def atlas(request: Request) -> Asset:
        file = request.path_params["file"]
        # Only of the world that the name begins with: a description takes seconds for a world of many nouns.
        drawn = (name for name in engine_files.DRAWN if file.startswith(f"{name}-"))
        return _named(file, {asset.name: asset for asset in map(engine_files.atlas_asset, drawn)})

    def weights(request: Request) -> Asset:
        name = request.path_params["name"]
        found = engine_files.weights_of(name, engine_files.model_folder(name, find_run=store.find_model))
        assets = (found.asset(precision) for precision in engine_files.PRECISIONS)
        return _named(request.path_params["file"], {asset.name: asset for asset in assets})

    return [
        Route(f"{BASE}/models.json", _record(models)),
        Route(f"{BASE}/worlds/{{name}}.json", _record(world)),
        Route(f"{BASE}/models/{{name}}.json", _record(model)),
        Route(f"{BASE}/atlas/{{file}}", _file(atlas, cache)),
        Route(f"{BASE}/weights/{{name}}/{{file}}", _file(weights, cache)),
    ]


def _named(name: str, assets: dict[str, Asset]) -> Asset:
    if name not in assets:
        raise UserError("file", name, "there is no such file here, or it has changed; reload the page", longest=80)
    return assets[name]


def _record(answer: Callable[[Request], dict[str, Any]]) -> Callable[[Request], Response]:
    """JSON that a browser revalidates; a mistake is {"error": sentence}, as a status of 400 is a fault of the page."""

    def route(request: Request) -> Response:
        try:
            content = answer(request)
        except UserError as error:
            content = {"error": str(error)}
        body = json.dumps(content, separators=(",", ":")).encode()
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"', "Cache-Control": "no-cache"}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return route


def _file(find: Callable[[Request], Asset], cache: Path | None) -> Callable[[Request], Response]:
    def route(request: Request) -> Response:
        try:
            return compressed_response(request, find(request), cache)
        except UserError as error:
            return Response(str(error), status_code=404, media_type="text/plain")

    return route
