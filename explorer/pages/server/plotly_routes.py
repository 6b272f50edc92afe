"""Plotly's own bundled script as a route of this server, so that figures need no other host.

    build_app().launch(app_kwargs={"routes": asset_routes()})
    # GET /explorer-assets/plotly-7.1.0.min.js -> the script that came with the Python package, as brotli or gzip

Only that name is served. plotly itself is not imported: finding its file costs a millisecond.
"""

import hashlib
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from explorer.pages.server.compressed import Asset, compressed_response

PREFIX = "/explorer-assets"


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
