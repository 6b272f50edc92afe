"""A person's pictures as the pixels that a model takes, by open_clip's own inference transform.

    image = open_picture(Path("bus.jpg"))         # or its bytes; PictureError, one sentence, where it is no picture
    pictures(clip, [image, image])                # (2, 3, S, S) float32, normalised, on the CPU
    preprocessing(clip)                           # {"size": 224, "mode": "RGB", "mean": ..., "resize_mode": "shortest"}

Resizing, cropping, conversion to RGB and normalising are `image_transform_v2` alone, so a picture becomes what it does
in any script that calls open_clip. Like those scripts it does not turn pictures by their EXIF tag. What is opened may
come from anybody: limits on bytes, pixels and shape, plain raster formats only, and all of it is decoded here, so that
a picture cut short is found here.
"""

import io
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    import torch

    from models.clip import Clip

MOST_BYTES = 64 * 2**20
MOST_PIXELS = 32_000_000
MOST_RATIO = 50  # of the sides: a strip one pixel wide would be resized to a giant before it is cropped
# Decoders that only read; EPS, for one, would start another program.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


class PictureError(ValueError):
    """A picture that cannot be used: the text says why."""


def open_picture(source: Path | bytes) -> Image.Image:
    """The picture of a file or of a file's bytes, decoded, in its own mode; the first frame where it has several."""
    content = source if isinstance(source, bytes) else _read(source)
    if len(content) > MOST_BYTES:
        raise PictureError(f"the file has more than {MOST_BYTES // 2**20} MB")
    if not content:
        raise PictureError("the file is empty")
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        check_picture(image)
        image.load()
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_TOO_MANY) from None
    except UnidentifiedImageError:
        raise PictureError(f"it is no picture of a kind that is read ({', '.join(FORMATS)})") from None
    except Exception as error:  # each decoder raises kinds of its own for a damaged file
        raise PictureError(f"it is damaged or cut short ({' '.join(str(error).split())[:80]})") from error
    return image


def cropped(image: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    """The part of a picture within left, top, right, bottom, in RGB; black where the box leaves the picture."""
    left, top, right, bottom = (round(edge) for edge in box)
    _check_size(right - left, bottom - top)
    return image.convert("RGB").crop((left, top, right, bottom))


def check_picture(image: Image.Image) -> None:
    """`PictureError` for a picture with too many pixels or too long a shape."""
    _check_size(*image.size)


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise PictureError(_TOO_MANY)
    if not 0 < max(width, height) <= MOST_RATIO * min(width, height):
        raise PictureError(f"{width} x {height} pixels: one side is more than {MOST_RATIO} times the other")


def pictures(clip: "Clip", images: "Sequence[Image.Image]") -> "torch.Tensor":
    """PIL images as (N, 3, S, S) floats, resized and normalised as the model's preprocess_cfg says."""
    import torch
    from open_clip.transform import PreprocessCfg, image_transform_v2

    for image in images:
        check_picture(image)
    transform = image_transform_v2(PreprocessCfg(**preprocessing(clip)), is_train=False)
    if not images:
        return torch.zeros(0, 3, clip.image_size, clip.image_size)
    return torch.stack([transform(image) for image in images])


def preprocessing(clip: "Clip") -> dict[str, Any]:
    """Every field of open_clip's preprocess_cfg as it is used for this model, the defaults filled in."""
    from open_clip.transform import PreprocessCfg, merge_preprocess_dict

    merged: dict[str, Any] = merge_preprocess_dict(PreprocessCfg(), clip.preprocess)
    return merged


_TOO_MANY = f"it has more than {MOST_PIXELS // 1_000_000} million pixels"


def _read(path: Path) -> bytes:
    """The bytes of a file, one more than allowed at most; never of a pipe or a device, which might not end."""
    try:
        # Opening a pipe without this would wait for its writer.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise PictureError("it is not a file")
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise PictureError("there is no such file") from None
    except (OSError, ValueError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError(f"it cannot be read ({getattr(error, 'strerror', None) or error})") from None
