"""A user's picture as a file or a data URI, for `explorer.clip.image_inputs`; errors name the field.

    picture = decode(read_file(path, "image=bus.png"), "image=bus.png")     # PIL image, of the file's own mode and size
    data = from_data_uri("data:image/png;base64,...", "images[0]")          # bytes
    thumbnail(data, "images[0]", side=160)                                  # a small data URI, for a page to show

Raises `UserError`, one sentence that begins with the field. A path or URL from a browser is never opened.
"""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explorer.clip.image_inputs import UPLOADS, PictureError, check_bytes, data_uri, open_picture, read_picture
from explorer.errors import NO_VALUE, UserError


def read_file(path: Path, field: str) -> bytes:
    """Read a file that a user named on the command line."""
    with _of(field):
        return read_picture(path, UPLOADS)


def from_data_uri(uri: Any, field: str) -> bytes:
    """Decode a data URI to bytes."""
    head, comma, body = uri.partition(",") if isinstance(uri, str) else ("", "", "")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise UserError(field, uri, "give a picture as a data URI, data:image/png;base64,...")
    with _of(field):
        check_bytes(len(body) * 3 // 4 - 2, UPLOADS)
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise UserError(field, NO_VALUE, "the data URI is no base64") from None


def decode(data: bytes, field: str) -> Any:
    """Decode the picture; of several frames the first."""
    with _of(field):
        return open_picture(data, UPLOADS)


def thumbnail(data: bytes, field: str, *, side: int) -> str:
    """Return the picture as a JPEG data URI of at most `side` pixels in width and height."""
    small = decode(data, field).convert("RGB")
    small.thumbnail((side, side))
    return data_uri(small, "JPEG")


@contextmanager
def _of(field: str) -> Iterator[None]:
    try:
        yield
    except PictureError as error:
        raise UserError(field, NO_VALUE, error) from None
