"""Compressed copies of files that never change, kept in the platform's cache folder.

    compressed_response(request, Asset(name="plotly-1f0c.min.js", media_type="text/javascript", read=path.read_bytes))

They are in a temporary folder if that one cannot be written. The name of an asset contains a digest of the content or
of what it is made from; `read` is called only if no copy is there.
"""

import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from threading import Lock

from platformdirs import user_cache_path
from starlette.requests import Request
from starlette.responses import Response

YEAR_S = 365 * 24 * 3600
BROTLI_QUALITY = 5  # 9 takes three times as long for 4 % less
SUFFIXES = {"br": ".br", "gzip": ".gz", "identity": ""}
MOST_KEPT = 64
"""Files in the cache folder; of more, those that were made first are removed."""
LEAST_BYTES = 1000
"""Of a smaller body compression saves no packet."""
_making = Lock()  # two first visits must not both compress


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """Content under a name that no other content gets."""

    name: str
    media_type: str
    read: Callable[[], bytes]


def answer(
    request: Request,
    body: bytes,
    media_type: str,
    keep: str,
    pack: Callable[[str, bytes], bytes] | None = None,
) -> Response:
    """Return the body with a tag of its content, compressed if it is large, or 304 if the browser has it."""
    encoding = encoding_of(request.headers.get("accept-encoding", "")) if len(body) >= LEAST_BYTES else "identity"
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}-{encoding}"'
    headers = {"ETag": tag, "Vary": "Accept-Encoding", "Cache-Control": keep}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response((pack or compress)(encoding, body), headers=headers, media_type=media_type)


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
