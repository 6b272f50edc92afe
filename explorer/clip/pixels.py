"""A user's pictures as model input, by open_clip's own inference transform.

    image = open_picture(Path("bus.jpg"), UPLOAD_LIMITS)    # or its bytes; a PictureError is one sentence
    transform_pictures(clip, [image, image])           # (2, 3, S, S) float32, normalized, on the CPU
    preprocessing(clip)                                # {"size": 224, "mode": "RGB", "resize_mode": "shortest", ...}

Only `image_transform_v2` resizes, crops, converts to RGB and normalizes, so the pixels equal those of any script that
calls open_clip. Like those scripts it ignores the EXIF orientation. Input is untrusted: bytes, pixels and shape are
limited, only plain raster formats are opened, and the whole file is decoded here, so that a truncated picture is
found here.
"""

import base64
import io
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from explorer.contract import CONTRACT
from explorer.errors import FaultError

if TYPE_CHECKING:
    import numpy as np
    import torch

    from explorer.clip.clip import Clip


MAX_ASPECT_RATIO = 50  # of the sides: a strip one pixel wide would be resized to a giant before it is cropped
PICTURE_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
MAX_JPEG_SCANS = 50
"""Progressive JPEGs have about ten, and a thumbnail some of its own."""
MAX_PICTURE_PARTS, BYTES_PER_PART = 10_000, 1024
"""Reads of a picture at any size, and the bytes for each further one; those of a GIF get none.

Pillow reads a file in parts: chunks, markers, blocks. Each costs microseconds in Python, so that some megabytes of
nothing else take seconds. It joins the blocks of a GIF's comments one by one, and twenty megabytes took twenty minutes.
"""
SAMPLE_SIDE = 400
"""Pixels on the longer side of what is looked at for colors under transparent parts."""
_JPEG_SCAN = b"\xff\xda"
_ORIENTATION_TAG = 274
_ROTATED_ORIENTATIONS = range(2, 9)
_SAVE_OPTIONS: dict[str, dict[str, Any]] = {"JPEG": {"quality": 90}, "WEBP": {"lossless": True}}


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureLimits:
    """Limits of a picture, checked on its header, before a pixel is decoded."""

    bytes: int
    pixels: int
    # Decoders that only read; EPS, for one, would start another program.
    formats: tuple[str, ...]


UPLOAD_LIMITS = PictureLimits(
    bytes=CONTRACT.question.picture_bytes,
    pixels=CONTRACT.question.picture_pixels,
    formats=("JPEG", "PNG", "WEBP", "GIF", "BMP"),
)
"""Limits of uploads and of pictures to score."""
BENCHMARK_LIMITS = PictureLimits(bytes=64_000_000, pixels=32_000_000, formats=(*UPLOAD_LIMITS.formats, "TIFF", "PPM"))
"""Limits of benchmark files, which a user chose to download."""


class PictureError(FaultError):
    """A picture that cannot be used."""


class _CountedFile(io.BytesIO):
    """The bytes of a picture, of which Pillow may read only so many parts."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = MAX_PICTURE_PARTS + (0 if content.startswith(b"GIF") else len(content) // BYTES_PER_PART)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read a part; raise `PictureError` for one too many."""
        self._left -= 1
        if self._left < 0:
            raise PictureError("it is made of too many small parts; save it anew")
        return super().read(size)


def limit_pillow(limits: PictureLimits) -> None:
    """Make Pillow refuse images of more than twice the limit, for which it would only warn."""
    Image.MAX_IMAGE_PIXELS = limits.pixels


def open_picture(source: Path | bytes, limits: PictureLimits) -> Image.Image:
    """Decode the picture of a file or of its bytes in its own mode; the first frame if it has several."""
    content = source if isinstance(source, bytes) else read_picture(source, limits)
    check_picture_bytes(len(content), limits)
    try:
        image = Image.open(_CountedFile(content), formats=limits.formats)
        _check_size(*image.size, limits)
        _check_work(image, content)
        image.load()
        if "transparency" in image.info:
            # More transparent colors than a palette has are found here alone.
            image.crop((0, 0, 1, 1)).convert("RGBA")
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(limits) from None
    except UnidentifiedImageError:
        raise PictureError(
            "it is no picture of a kind that is read ({formats})", formats=", ".join(limits.formats)
        ) from None
    except Exception as error:  # each decoder raises kinds of its own for a damaged file
        raise PictureError(
            "it is damaged or cut short ({problem})", problem=" ".join(str(error).split())[:80]
        ) from error
    if image.mode not in PICTURE_MODES:
        raise PictureError("it has pixels of the kind {mode}; save it with 8 bits a color", mode=image.mode)
    return image


def count_megapixels(content: bytes, limits: PictureLimits) -> float:
    """Return the million pixels of a picture by its header; 0 for what is none, which `open_picture` says better."""
    try:
        width, height = Image.open(_CountedFile(content), formats=limits.formats).size
    except Exception:  # each reader raises kinds of its own for a damaged header
        return 0.0
    return width * height / 1e6


def read_picture(path: Path, limits: PictureLimits) -> bytes:
    """Read a file, at most one byte more than allowed; never a pipe or a device, which might not end."""
    try:
        # Opening a pipe without this would wait for its writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise PictureError("it is not a file")
            content = file.read(limits.bytes + 1)
    except FileNotFoundError:
        raise PictureError("there is no such file") from None
    except (OSError, ValueError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError("it cannot be read ({problem})", problem=getattr(error, "strerror", None) or error) from None
    check_picture_bytes(len(content), limits)
    return content


def check_picture_bytes(size: int, limits: PictureLimits) -> None:
    """Raise `PictureError` for an empty or too large file."""
    if size > limits.bytes:
        raise PictureError("it has more than {most} MB", most=limits.bytes // 1_000_000)
    if size <= 0:
        raise PictureError("it is empty")


def hidden_background(image: Image.Image) -> str:
    """Return the color under the transparent parts of a picture, "" if it has none.

    It appears when open_clip drops the transparency: the color that the file stores there, which no viewer shows.
    """
    import numpy as np

    if "A" not in image.getbands() and "transparency" not in image.info:
        return ""
    # Of millions of pixels a few show what is there; all of them would take seconds and hundreds of megabytes.
    step = max(1, round(max(image.size) / SAMPLE_SIDE))
    few = image.resize((max(1, image.width // step), max(1, image.height // step)), Image.Resampling.NEAREST)
    pixels = np.asarray(few.convert("RGBA")).reshape(-1, 4)
    beneath = pixels[pixels[:, 3] < 255, :3]
    if not len(beneath):
        return ""
    colors, counts = np.unique(beneath, axis=0, return_counts=True)
    red, green, blue = (int(level) for level in colors[counts.argmax()])
    known = {(0, 0, 0): "black", (255, 255, 255): "white"}
    name = known.get((red, green, blue), f"red {red}, green {green}, blue {blue}")
    return name if (beneath == beneath[0]).all() else f"several colors, mostly {name}"


def is_rotated(image: Image.Image) -> bool:
    """Return True if a viewer would rotate the picture by its EXIF tag, which open_clip ignores."""
    with suppress(Exception):  # of a damaged tag Pillow raises half a dozen kinds, and viewers rotate by none
        return image.getexif().get(_ORIENTATION_TAG) in _ROTATED_ORIENTATIONS
    return False


def crop(image: Image.Image, box: tuple[float, float, float, float], limits: PictureLimits) -> Image.Image:
    """Return the part of a picture within left, top, right, bottom, in RGB; black outside of the picture."""
    left, top, right, bottom = (round(edge) for edge in box)
    _check_size(right - left, bottom - top, limits)
    return image.convert("RGB").crop((left, top, right, bottom))


def transform_pictures(clip: "Clip", images: Iterable[Image.Image]) -> "torch.Tensor":
    """Transform images to (N, 3, S, S) floats by the model's preprocess_cfg; one at a time is held at full size."""
    import torch

    from explorer.clip.open_clip_import import open_clip

    form = open_clip.transform.PreprocessCfg(**preprocessing(clip))
    transform = open_clip.transform.image_transform_v2(form, is_train=False)
    pixels = [transform(image) for image in images]
    return torch.stack(pixels) if pixels else torch.zeros(0, 3, clip.image_size, clip.image_size)


def model_view_uris(clip: "Clip", pixels: "torch.Tensor") -> list[str]:
    """Return pixels (N, 3, S, S) of `transform_pictures` as JPEG data URIs: the model's view of each picture."""
    import numpy as np

    mean, std = (np.array(clip.preprocess[name], dtype=np.float32)[:, None, None] for name in ("mean", "std"))
    levels = np.clip((pixels.cpu().numpy() * std + mean) * 255 + 0.5, 0, 255).astype(np.uint8)
    return [encode_uri(Image.fromarray(each.transpose(1, 2, 0)), "JPEG") for each in levels]


def encode_uri(image: Image.Image, kind: str) -> str:
    """Encode a picture as a data URI; `kind` is PNG, JPEG, or WEBP, which loses nothing here."""
    file = io.BytesIO()
    image.save(file, kind, **_SAVE_OPTIONS.get(kind, {}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def png_uri(image: "np.ndarray") -> str:
    """Encode uint8 (3, S, S) as a PNG data URI."""
    return encode_uri(Image.fromarray(image.transpose(1, 2, 0)), "PNG")


def webp_uri(image: "np.ndarray") -> str:
    """Encode uint8 (3, S, S) as a WebP data URI without loss: a third of the same PNG."""
    return encode_uri(Image.fromarray(image.transpose(1, 2, 0)), "WEBP")


def preprocessing(clip: "Clip") -> dict[str, Any]:
    """Return every field of open_clip's preprocess_cfg as used for this model, with defaults filled in."""
    from explorer.clip.open_clip_import import open_clip

    defaults = open_clip.transform.PreprocessCfg()
    merged: dict[str, Any] = open_clip.transform.merge_preprocess_dict(defaults, clip.preprocess)
    return merged


def _check_size(width: int, height: int, limits: PictureLimits) -> None:
    if width * height > limits.pixels:
        raise _too_many_pixels(limits)
    if not 0 < max(width, height) <= MAX_ASPECT_RATIO * min(width, height):
        raise PictureError(
            "it is {width} x {height} pixels: one side is more than {most} times the other",
            width=width,
            height=height,
            most=MAX_ASPECT_RATIO,
        )


def _check_work(image: Image.Image, content: bytes) -> None:
    """Refuse a file of a few bytes that would take minutes: each scan of a JPEG is a pass over all of its pixels."""
    if image.format in ("JPEG", "MPO") and content.count(_JPEG_SCAN) > MAX_JPEG_SCANS:
        raise PictureError("it is a JPEG of more than {most} scans; save it anew", most=MAX_JPEG_SCANS)
    # Pillow unpacks it byte by byte in Python.
    if any(part.codec_name == "bmp_rle" for part in getattr(image, "tile", ())):
        raise PictureError("it is a compressed BMP; save it as PNG")


def _too_many_pixels(limits: PictureLimits) -> PictureError:
    return PictureError("it has more than {most} million pixels", most=limits.pixels // 1_000_000)
