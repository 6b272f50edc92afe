"""A person's pictures are decoded within limits that hold before their pixels are, and nothing else is opened.

What comes as a data URI and as a caption is refused by tests/oracles/hostile.json too, row by row.
"""

import base64
import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from explorer.clip.pixels import UPLOAD_LIMITS
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation.answers import question
from explorer.evaluation.answers.question import (
    check_captions,
    check_images,
    decode_data_uri,
    decode_picture,
    read_file,
)


def encode_picture(width: int = 8, height: int = 6, *, mode: str = "RGB", format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), 1).save(file, format)
    return file.getvalue()


def png_claiming_size(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    made = [struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def transparent_png() -> bytes:
    """A PNG that says of 300 colors how far they are transparent; a palette has at most 256."""
    content, chunk = encode_picture(mode="P"), b"tRNS" + bytes(300)
    start = content.index(b"IDAT") - 4
    return content[:start] + struct.pack(">I", 300) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[start:]


def jpeg_with_scans(more: int) -> bytes:
    """A progressive JPEG with passes that add nothing, of some bytes each."""
    file = io.BytesIO()
    Image.new("L", (64, 64)).save(file, "JPEG", progressive=True)
    content = file.getvalue()
    return content[:-2] + content[content.rfind(b"\xff\xda") : -2] * more + content[-2:]


def compressed_bmp() -> bytes:
    """A BMP whose rows are runs of one color, compressed so."""
    colors, rows = bytes(1024), b"\x08\1\0\0" * 8
    head = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 8, 1, len(rows), 0, 0, 256, 0) + colors
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(rows), 0, 0, 14 + len(head)) + head + rows


def test_each_format_and_mode_is_read_as_it_is() -> None:
    assert {decode_picture(encode_picture(format=format), "x").size for format in UPLOAD_LIMITS.formats} == {(8, 6)}
    assert decode_picture(jpeg_with_scans(20), "x").size == (64, 64)
    for mode in ("1", "L", "LA", "P", "RGBA"):
        assert decode_picture(encode_picture(10, 400, mode=mode), "x").mode == mode


REFUSED: dict[str, list[bytes]] = {
    # By its header: the largest would take exabytes.
    "pixels": [
        png_claiming_size(100_000, 100_000),
        png_claiming_size(5001, 5000),
        png_claiming_size(2**31 - 1, 2**31 - 1),
    ],
    # A model that resizes the short side to 224 pixels would make 224 x 900,000 of it.
    "50 times the other": [png_claiming_size(1, 4000)],
    "no picture of a kind that is read": [encode_picture(format=each) for each in ("TIFF", "PPM", "ICO", "PDF", "EPS")],
    "": [
        b"",
        b"GIF89a",
        b"<svg/>",
        encode_picture()[:50],
        encode_picture(format="JPEG")[:-200],
        png_claiming_size(20, 6),
    ],
    "more than 50 scans": [jpeg_with_scans(60)],
    "a compressed BMP": [compressed_bmp()],
    "8 bits a color": [encode_picture(mode="I;16")],
    "palette index": [transparent_png()],
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused_is_a_sentence(words: str) -> None:
    for data in REFUSED[words]:
        with pytest.raises(UserError) as caught:
            decode_picture(data, "images[0]")
        sentence = str(caught.value)
        assert words in sentence and sentence.startswith("images[0]: ") and "\n" not in sentence and len(sentence) < 200


def test_files_and_bytes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.png").write_bytes(encode_picture())
    assert read_file(tmp_path / "x.png", "image=x.png") == encode_picture()
    for name in ("nothing.png", ".", "\0", "x" * 5000):
        with pytest.raises(UserError, match="^image=x: (there is no such file|it is not a file|it cannot be read)"):
            read_file(tmp_path / name, "image=x")
    monkeypatch.setattr(question, "UPLOAD_LIMITS", replace(UPLOAD_LIMITS, bytes=0))
    for opened in (lambda: read_file(tmp_path / "x.png", "x"), lambda: decode_picture(encode_picture(), "x"),
                   lambda: decode_data_uri("data:image/png;base64," + "A" * 100, "x")):  # fmt: skip
        with pytest.raises(UserError, match="^x: it has more than 0 MB"):
            opened()


def test_of_an_address_nothing_but_a_data_uri_is_opened() -> None:
    assert (
        decode_data_uri("data:image/png;base64," + base64.b64encode(encode_picture()).decode(), "x") == encode_picture()
    )
    for other in ("/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x.png", "data:text/html;base64,AAAA", "", 5,
                  "data:image/png,AAAA", None, ["data:image/png;base64,AAAA"], "data:image/png;base64,A*A=",
                  "data:image/png;base64,é"):  # fmt: skip
        with pytest.raises(UserError, match=r"^images\[3\]"):
            decode_data_uri(other, "images[3]")


BAD: list[tuple[Any, Any, str]] = [
    ([], check_images, "images: give 1 to 16"),
    (["x"] * (CONTRACT.question.pictures + 1), check_images, "images: give 1 to 16"),
    ("data:image/png;base64,AAAA", check_images, "images: give 1 to 16"),
    (["x" * 70_000_000], check_images, "at most 64 MB"),
    ([], check_captions, "captions: give 1 to 32"),
    ("a", check_captions, "captions: give 1 to 32"),
    (["a"] * (CONTRACT.question.captions + 1), check_captions, "captions: give 1 to 32"),
    (["a", "a" * 301], check_captions, "^caption 2: give a text of 1 to 300 characters, not aaa"),
    ([" "], check_captions, "^caption 1: give a text .* not an empty one"),
    ([None], check_captions, "^caption 1: give a text .* not an empty one"),
    (["a\0b"], check_captions, "^caption 1: give a text without control characters"),
    (["a \ud800 b"], check_captions, "^caption 1: give a text without .* halves of a character"),
]


def test_numbers_of_pictures_and_captions_are_limited() -> None:
    assert check_captions(("a\nred  bus ",)) == ["a red bus"]
    for given, check, words in BAD:
        with pytest.raises(UserError, match=words) as caught:
            check(given)
        assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)
