"""Compressed copies of files that never change, kept in the platform's cache folder.

    compressed_response(request, Asset(name="plotly-1f0c.min.js", media_type="text/javascript", read=path.read_bytes))

They are in a temporary folder if that one cannot be written. The name of an asset contains a digest of the content or
of what it is made from; `read` is called only if no copy is there.
"""

import gzip
import hashlib
import math
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock

import brotli  # gradio brings it
from platformdirs import user_cache_path
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from explorer.runs.files import replace_file

CACHE_FOR_A_YEAR = f"public, max-age={365 * 24 * 3600}, immutable"
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5),  # 9 takes three times as long for 4 % less
    "gzip": partial(gzip.compress, mtime=0),
    "identity": bytes,
}
"""By encoding, the best first."""
ENCODING_SUFFIXES = {"br": ".br", "gzip": ".gz", "identity": ""}
MAX_CACHED_FILES = 64
"""Files in the cache folder; of more, those that were made first are removed."""
MIN_COMPRESSED_BYTES = 1000
"""Compression saves no packet of a smaller body."""
_compression_lock = Lock()  # two first visits must not both compress


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """Content under a name that no other content gets."""

    name: str
    media_type: str
    read: Callable[[], bytes]


def compress(encoding: str, body: bytes) -> bytes:
    """Return the body in an encoding of `COMPRESSORS`."""
    return COMPRESSORS[encoding](body)


compress_once = lru_cache(maxsize=512)(compress)
"""The same for the files of the page, which every visitor asks for and which stay as they are."""


def body_response(
    request: Request, body: bytes, media_type: str, cache_control: str, pack: Callable[[str, bytes], bytes] = compress
) -> Response:
    """Return the body with a tag of its content, compressed if it is large, or 304 if the browser has it."""
    encoding = _best_encoding(request) if len(body) >= MIN_COMPRESSED_BYTES else "identity"
    headers = _headers(hashlib.sha256(body).hexdigest()[:16], encoding, cache_control)
    if _is_known(request, headers):
        return Response(status_code=304, headers=headers)
    return Response(pack(encoding, body), headers=headers, media_type=media_type)


def compressed_response(request: Request, asset: Asset, cache: Path | None = None) -> Response:
    """Return the asset in the best encoding that the browser takes, or 304 if the browser has it."""
    encoding = _best_encoding(request)
    headers = _headers(asset.name, encoding, CACHE_FOR_A_YEAR)
    if _is_known(request, headers):
        return Response(status_code=304, headers=headers)
    return FileResponse(compressed_file(asset, encoding, cache), headers=headers, media_type=asset.media_type)


def _headers(tag: str, encoding: str, cache_control: str) -> dict[str, str]:
    headers = {"ETag": f'"{tag}-{encoding}"', "Vary": "Accept-Encoding", "Cache-Control": cache_control}
    return headers if encoding == "identity" else headers | {"Content-Encoding": encoding}


def _is_known(request: Request, headers: Mapping[str, str]) -> bool:
    return headers["ETag"] in request.headers.get("if-none-match", "")


def compressed_file(asset: Asset, encoding: str, cache: Path | None = None) -> Path:
    """Return the file of the asset in an encoding of `COMPRESSORS`, made on the first call and kept."""
    with _compression_lock:
        folder = cache if cache is not None else cache_folder()
        path = folder / f"{asset.name}{ENCODING_SUFFIXES[encoding]}"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            plain = folder / asset.name  # to make it anew may take seconds
            try:
                content = plain.read_bytes()
            except FileNotFoundError:
                content = asset.read()
            replace_file(path, compress(encoding, content))
            _remove_oldest(folder, newest=path)
        return path


def _remove_oldest(folder: Path, newest: Path) -> None:
    """Leave `MAX_CACHED_FILES` files in the folder, the newest one among them."""
    made: dict[Path, float] = {}
    for each in folder.iterdir():
        with suppress(FileNotFoundError):  # all servers of a user share the folder
            made[each] = each.stat().st_mtime
    made[newest] = math.inf
    for oldest in sorted(made, key=made.__getitem__)[:-MAX_CACHED_FILES]:
        oldest.unlink(missing_ok=True)


def _best_encoding(request: Request) -> str:
    """Return the best encoding among those that the browser accepts, identity if none."""
    accepted = request.headers.get("accept-encoding", "").replace(" ", "").lower().split(",")
    weights = dict(offer.partition(";q=")[::2] for offer in accepted)
    accepted_names = {name for name, weight in weights.items() if not weight or weight.strip("0.")}
    return next((name for name in COMPRESSORS if name in accepted_names), "identity")


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
