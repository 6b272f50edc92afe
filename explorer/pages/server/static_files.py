"""Static files: routes of our own scripts and styles and of Plotly's, and compressed copies of what never changes.

    build_app().launch(app_kwargs={"routes": asset_routes()})
    # GET /explorer-assets/plotly-7.1.0.min.js -> the script that came with the Python package, as brotli or gzip

Of Plotly only that name is served. plotly itself is not imported: finding its file costs a millisecond.

    launch(app_kwargs={"routes": static_routes()})      # GET /explorer-assets/js/lesson.js, .../css/page.css

Of our own scripts and styles only the files of the table are served. A browser revalidates its copy each time, which
transfers no body.

    compressed_response(request, Asset(name="plotly-1f0c.min.js", media_type="text/javascript", read=path.read_bytes))

Compressed copies are kept in the platform's cache folder, or in a temporary one if that cannot be written. The name of
an asset contains a digest of the content or of what it is made from; `read` is called only if no copy is there.
"""

import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from platformdirs import user_cache_path
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from explorer.resources import ASSETS

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
YEAR_S = 365 * 24 * 3600
BROTLI_QUALITY = 5  # 9 takes three times as long for 4 % less
SUFFIXES = {"br": ".br", "gzip": ".gz", "identity": ""}
MOST_KEPT = 64
"""Files in the cache folder; of more, those that were made first are removed."""
_making = Lock()  # two first visits must not both compress


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """Content under a name that no other content gets."""

    name: str
    media_type: str
    read: Callable[[], bytes]


def compressed_response(request: Request, asset: Asset, cache: Path | None = None) -> Response:
    """Return the asset in the best encoding that the browser takes, or 304 if the browser has it."""
    encoding = encoding_of(request.headers.get("accept-encoding", ""))
    tag = f'"{asset.name}-{encoding}"'
    headers = {"ETag": tag, "Vary": "Accept-Encoding", "Cache-Control": f"public, max-age={YEAR_S}, immutable"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = compressed(asset, encoding, cache).read_bytes()
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response(body, headers=headers, media_type=asset.media_type)


def compressed(asset: Asset, encoding: str, cache: Path | None = None) -> Path:
    """Return the file of the asset in an encoding ("br", "gzip" or "identity"), made on the first call and kept."""
    with _making:
        folder = cache if cache is not None else cache_folder()
        path = folder / f"{asset.name}{SUFFIXES[encoding]}"
        if not path.exists():
            _write(path, compress(encoding, asset.read()))
            _remove_oldest(folder)
        return path


def encoding_of(accepted: str) -> str:
    """Return the best encoding that we can make among those accepted, identity if none."""
    offers = (offer.replace(" ", "").lower().partition(";q=") for offer in accepted.split(","))
    wanted = {name for name, _, weight in offers if weight not in ("0", "0.0", "0.00", "0.000")}
    return next((name for name in ("br", "gzip") if name in wanted and name in _compressors()), "identity")


def compress(encoding: str, data: bytes) -> bytes:
    """Return the data in an encoding that `encoding_of` names."""
    return _compressors()[encoding](data)


@lru_cache
def _compressors() -> dict[str, Callable[[bytes], bytes]]:
    """Return the compressors of this Python; brotli is there if Gradio brought it."""
    found: dict[str, Callable[[bytes], bytes]] = {
        "identity": lambda data: data,
        "gzip": lambda data: gzip.compress(data, mtime=0),
    }
    try:
        brotli = import_module("brotli")
    except ImportError:
        return found
    return found | {"br": lambda data: brotli.compress(data, quality=BROTLI_QUALITY)}


@lru_cache
def cache_folder() -> Path:
    """Return the platform's cache folder, or a temporary one if that cannot be written."""
    folder = user_cache_path("clip-binding-explorer")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="clip-binding-explorer-"))


def _remove_oldest(folder: Path) -> None:
    files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in files[:-MOST_KEPT]:
        path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.replace(name, path)


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
