"""A question to a model: a user's pictures and captions, within limits that hold before a pixel is decoded.

    check_captions(["a red bus", "a blue bus"])                            # stripped; UserError for anything else
    question = make_picture_question({"image 1": data}, ["bus.png"], captions)     # its pictures can be opened

A browser names no file and no URL: pictures come as data URIs. Errors name the field.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import category

from explorer.clip.pixels import (
    UPLOAD_LIMITS,
    PictureError,
    check_picture_bytes,
    count_megapixels,
    hidden_background,
    is_rotated,
    open_picture,
    read_picture,
)
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.sentences import Sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureQuestion:
    """Encoded pictures by the field for errors, their names for the user, and captions, the right one first.

    `remarks` say how a viewer shows a picture differently from what a model gets.
    """

    files: Mapping[str, bytes]
    names: tuple[str, ...]
    captions: tuple[str, ...]
    remarks: tuple[str, ...]


def make_picture_question(files: Mapping[str, bytes], names: Sequence[str], captions: Sequence[str]) -> PictureQuestion:
    """Return the question if each picture can be opened; else raise `UserError`."""
    # Each is decoded again for the model, as all at their full size may not fit into the memory.
    remarks = [said for name, (field, data) in zip(names, files.items(), strict=True)
               for said in _remarks(name, decode_picture(data, field))]  # fmt: skip
    return PictureQuestion(files=files, names=tuple(names), captions=tuple(captions), remarks=tuple(remarks))


def uploaded_files(images: Sequence[str]) -> dict[str, bytes]:
    """Return the files of pictures that come as data URIs, by the field for errors."""
    return {f"images[{index}]": decode_data_uri(uri, f"images[{index}]") for index, uri in enumerate(images)}


def uploaded_megapixels(files: Mapping[str, bytes]) -> float:
    """Return the million pixels of all files together, by their headers: a few bytes may unpack to very many."""
    return sum(count_megapixels(content, UPLOAD_LIMITS) for content in files.values())


def question_of_uploads(files: Mapping[str, bytes], captions: Sequence[str]) -> PictureQuestion:
    """Make the question about pictures from `uploaded_files`, which are called image-1.png, image-2.png and so on."""
    return make_picture_question(files, [f"image-{number}.png" for number in range(1, len(files) + 1)], captions)


def _remarks(name: str, picture: Any) -> Iterator[str]:
    if is_rotated(picture):
        yield Sentence("picture.turned", "{name} is turned by a tag in its file, which open_clip ignores.", name=name)
    if color := hidden_background(picture):
        yield Sentence(
            "picture.transparent",
            "{name} is transparent in part: open_clip drops that, so it was laid on what the file stores there,"
            " {color}.",
            name=name,
            color=color,
        )


def read_file(path: Path, field: str) -> bytes:
    """Read a file that a user named on the command line."""
    with _in_field(field):
        return read_picture(path, UPLOAD_LIMITS)


def decode_data_uri(uri: Any, field: str) -> bytes:
    """Return the bytes of a picture; raise `UserError` unless it is a data URI in base64 and not too large."""
    head, comma, body = uri.partition(",") if isinstance(uri, str) else ("", "", "")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise UserError(field, uri, "give a picture as a data URI, data:image/png;base64,...")
    with _in_field(field):
        check_picture_bytes(len(body) * 3 // 4 - 2, UPLOAD_LIMITS)
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise UserError(field, NO_VALUE, "the data URI is no base64") from None


def decode_picture(data: bytes, field: str) -> Any:
    """Decode the picture, in its file's own mode and size; of several frames the first."""
    with _in_field(field):
        return open_picture(data, UPLOAD_LIMITS)


@contextmanager
def _in_field(field: str) -> Iterator[None]:
    try:
        yield
    except PictureError as error:
        raise UserError(field, NO_VALUE, error) from None


def check_images(images: Any) -> list[str]:
    """Return data URIs of as many pictures and bytes as a question may have; raise `UserError` for anything else."""
    limits = CONTRACT.question
    if not isinstance(images, list) or not 1 <= len(images) <= limits.pictures:
        raise UserError("images", NO_VALUE, "give 1 to {most} pictures as data URIs, in a list", most=limits.pictures)
    if sum(len(uri) for uri in images if isinstance(uri, str)) > limits.upload_bytes:
        megabytes = limits.upload_bytes // 1_000_000
        raise UserError("images", NO_VALUE, "give pictures of together at most {most} MB", most=megabytes)
    return images


def check_captions(captions: Any) -> list[str]:
    """Return the captions stripped; raise `UserError` if a question may not have so many, or not one of them."""
    limits = CONTRACT.question
    if not isinstance(captions, list | tuple) or not 1 <= len(captions) <= limits.captions:
        raise UserError("captions", NO_VALUE, "give 1 to {most} captions, in a list", most=limits.captions)
    for index, caption in enumerate(captions, start=1):
        said = quote_value(caption) if caption is not None and str(caption).strip() else "an empty one"
        if not isinstance(caption, str) or not caption.strip() or len(caption) > limits.caption_length:
            wanted = "give a text of 1 to {most} characters, not {said}"
            raise UserError(f"caption {index}", NO_VALUE, wanted, most=limits.caption_length, said=said)
        if any(category(letter) in ("Cc", "Cs") and not letter.isspace() for letter in caption):
            wanted = "give a text without control characters and without halves of a character, not {said}"
            raise UserError(f"caption {index}", NO_VALUE, wanted, said=said)
    return [" ".join(caption.split()) for caption in captions]
