"""Plotly's own bundled script turns into routes of this server, compressed once, so that figures need no other host.

    build_app().launch(app_kwargs={"routes": asset_routes()})
    # GET /explorer-assets/plotly-7.1.0.min.js -> the script that came with the Python package, as brotli or gzip

The compressed copies are kept in the platform's cache folder, or in a temporary one where that cannot be written. Only
the names in the table of files are served. plotly itself is not imported: finding its file costs a millisecond.
"""

import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable
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

PREFIX = "/explorer-assets"
YEAR_S = 365 * 24 * 3600
BROTLI_QUALITY = 5  # 9 takes three times as long for 4 % less
SUFFIXES = {"br": ".br", "gzip": ".gz"}
_making = Lock()  # two first visits must not both compress


def plotly_name() -> str:
    """Return the name under which the script is served; another version is another name, so caches never go stale."""
    return f"plotly-{version('plotly')}.min.js"


def asset_routes(cache: Path | None = None) -> list[BaseRoute]:
    """Return the routes for `launch(app_kwargs={"routes": ...})`; `cache` overrides the platform's folder."""

    def serve(request: Request) -> Response:
        if request.path_params["name"] != plotly_name():
            return Response("No such file.", status_code=404, media_type="text/plain")
        return _answer(request, cache)

    return [Route(f"{PREFIX}/{{name}}", serve, methods=["GET"])]


def _answer(request: Request, cache: Path | None) -> Response:
    """The script in the best encoding that the browser takes, or 304 where it has it."""
    encoding = _encoding(request.headers.get("accept-encoding", ""))
    tag = f'"{_digest()[:16]}-{encoding}"'
    headers = {"ETag": tag, "Vary": "Accept-Encoding", "Cache-Control": f"public, max-age={YEAR_S}, immutable"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = _source().read_bytes() if encoding == "identity" else compressed(encoding, cache).read_bytes()
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response(body, headers=headers, media_type="text/javascript")


def compressed(encoding: str, cache: Path | None = None) -> Path:
    """Return the file of the script in an encoding ("br" or "gzip"), made on the first call and kept."""
    with _making:
        folder = cache if cache is not None else _cache_folder()
        path = folder / f"plotly-{_digest()[:16]}.min.js{SUFFIXES[encoding]}"
        if not path.exists():
            _write(path, _compressors()[encoding](_source().read_bytes()))
        return path


def _encoding(accepted: str) -> str:
    """The best encoding that we can make among those accepted, identity if none."""
    offers = (offer.replace(" ", "").lower().partition(";q=") for offer in accepted.split(","))
    wanted = {name for name, _, weight in offers if weight not in ("0", "0.0", "0.00", "0.000")}
    return next((name for name in ("br", "gzip") if name in wanted and name in _compressors()), "identity")


@lru_cache
def _compressors() -> dict[str, Callable[[bytes], bytes]]:
    """What this Python can compress with; brotli is there where Gradio brought it."""
    found: dict[str, Callable[[bytes], bytes]] = {"gzip": lambda data: gzip.compress(data, mtime=0)}
    try:
        brotli = import_module("brotli")
    except ImportError:
        return found
    return found | {"br": lambda data: brotli.compress(data, quality=BROTLI_QUALITY)}


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


@lru_cache
def _cache_folder() -> Path:
    """The platform's cache folder, a private temporary one where it cannot be written."""
    try:
        folder = user_cache_path("clip-binding-explorer")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="clip-binding-explorer-"))


def _write(path: Path, data: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.replace(name, path)
