"""A person's picture as bytes or data URI to a Pillow image, within limits that hold before a pixel is decoded.

    decode(path.read_bytes(), "image=bus.png")              # PIL image, of the file's own mode, size and rotation
    data = from_data_uri("data:image/png;base64,...", "images[0]")          # bytes

Raises `SpecError`, one sentence that begins with the field. Only formats without a language inside are opened.
"""

import base64
import binascii
import io
import warnings
from pathlib import Path
from typing import Any

from explorer.spec import SpecError, shown

MOST_BYTES = 20_000_000
MOST_PIXELS = 16_000_000
MOST_RATIO = 40
"""Long side to short side: a model that resizes the short side would make gigabytes of a thread of pixels."""
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


def limit_pixels() -> None:
    """Refuse images of more than twice MOST_PIXELS from here on, where Pillow alone would only warn."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def read_file(path: Path, field: str) -> bytes:
    """The bytes of a file that a person named on the command line."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such name"
        raise SpecError(f"{field}: cannot be read ({reason})") from None
    _check_bytes(len(data), field)
    return data


def from_data_uri(uri: Any, field: str) -> bytes:
    """The bytes of a data URI; a path or an address is never opened."""
    head, comma, body = uri.partition(",") if isinstance(uri, str) else ("", "", "")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise SpecError(f"{field}={shown(uri)}: give a picture as a data URI, data:image/png;base64,...")
    _check_bytes(len(body) * 3 // 4 - 2, field)
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise SpecError(f"{field}: the data URI is no base64") from None


def decode(data: bytes, field: str) -> Any:
    """The picture, loaded; of several frames the first."""
    from PIL import Image, UnidentifiedImageError

    _check_bytes(len(data), field)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            _check_size(picture.size, field)
            picture.load()
    except SpecError:
        raise
    except UnidentifiedImageError:
        raise SpecError(f"{field}: is no picture that can be read; give one of {', '.join(FORMATS)}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise SpecError(f"{field}: has too many pixels, the most is {MOST_PIXELS}") from None
    except Exception as error:  # damaged files fail in as many ways as there are formats
        raise SpecError(f"{field}: is damaged ({shown(str(error), 80)})") from None
    if picture.mode not in MODES:
        raise SpecError(f"{field}: has pixels of the kind {picture.mode}; save it with 8 bits a color")
    return picture


def is_turned(picture: Any) -> bool:
    """Whether a viewer would turn the picture by a tag in its file, which open_clip does not."""
    orientation = 274
    return picture.getexif().get(orientation, 1) != 1


def _check_bytes(size: int, field: str) -> None:
    if size > MOST_BYTES:
        raise SpecError(f"{field}: is larger than {MOST_BYTES // 1_000_000} MB")
    if size <= 0:
        raise SpecError(f"{field}: is empty")


def _check_size(size: tuple[int, int], field: str) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise SpecError(f"{field}: is {width} by {height} pixels, the most is {MOST_PIXELS} in all")
    if max(size) > MOST_RATIO * min(size):
        raise SpecError(f"{field}: is {width} by {height} pixels; a side may be {MOST_RATIO} times the other")
