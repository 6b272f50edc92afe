"""Static files: routes of our own scripts and styles and of Plotly's, and compressed copies of what never changes.

    build_app().launch(app_kwargs={"routes": asset_routes()})
    # GET /explorer-assets/plotly-7.1.0.min.js -> the script that came with the Python package, as brotli or gzip

Of Plotly only that name is served. plotly itself is not imported: finding its file costs a millisecond.

    launch(app_kwargs={"routes": static_routes()})      # GET /explorer-assets/js/lesson.js, .../css/page.css

Of our own scripts and styles only the files of the table are served. A browser revalidates its copy each time, which
transfers no body.
"""

import hashlib
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from explorer.resources import ASSETS
from explorer.web.files import Asset, compressed_response

PREFIX = "/explorer-assets"
KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".html": "text/html",
    ".wasm": "application/wasm",
}
MODULES = ("engine", "engine/train", "js/scene", "js/classroom", "page", "page/before", "page/vendor")
"""Folders of ES modules, which import each other by their relative paths."""
SERVED = (
    "js/lesson.js",
    "js/lesson_projector.js",
    "js/teach.js",
    "js/theme.js",
    "css/roles.css",
    "css/header.css",
    "css/plain.css",
    "css/lesson.css",
    "css/page.css",
    "css/scene.css",
    "scene.html",
    "css/workbench_before.css",
    "css/classroom.css",
    "engine/train/kernels.wasm",
    "css/evidence.css",
    *sorted(path.relative_to(ASSETS).as_posix() for folder in MODULES for path in (ASSETS / folder).glob("*.js")),
)


def plotly_name() -> str:
    """Return the name under which the script is served; another version is another name, so caches never go stale."""
    return f"plotly-{version('plotly')}.min.js"


def asset_routes(cache: Path | None = None) -> list[BaseRoute]:
    """Return the routes for `launch(app_kwargs={"routes": ...})`; `cache` overrides the platform's folder."""

    def serve(request: Request) -> Response:
        if request.path_params["name"] != plotly_name():
            return Response("No such file.", status_code=404, media_type="text/plain")
        return compressed_response(request, plotly_asset(), cache)

    return [Route(f"{PREFIX}/{{name}}", serve, methods=["GET"])]


def plotly_asset() -> Asset:
    """Return the script as an asset."""
    return Asset(name=f"plotly-{_digest()[:16]}.min.js", media_type="text/javascript", read=_source().read_bytes)


@lru_cache
def _source() -> Path:
    """The script inside the installed package."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package plotly is not installed.")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@lru_cache
def _digest() -> str:
    return hashlib.sha256(_source().read_bytes()).hexdigest()


def static_routes() -> list[Route]:
    """Return one route per file of `SERVED`."""
    return [_route(ASSETS / name, f"{PREFIX}/{name}") for name in SERVED]


def _route(path: Path, address: str) -> Route:
    def serve(request: Request) -> Response:
        data = path.read_bytes()
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(data, headers=headers, media_type=KINDS[path.suffix])

    return Route(address, serve, methods=["GET"])
