"""A person's picture is decoded within limits that hold before its pixels are, and nothing else is opened."""

import base64
import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from explorer.clip.pixels import UPLOADS
from explorer.errors import UserError
from explorer.views import questions as probing
from explorer.views.questions import decode, from_data_uri, read_file


def encoded(width: int = 8, height: int = 6, *, mode: str = "RGB", format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), 1).save(file, format, **options)
    return file.getvalue()


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    made = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def refused(data: bytes) -> str:
    with pytest.raises(UserError) as caught:
        decode(data, "images[0]")
    sentence = str(caught.value)
    assert sentence.startswith("images[0]: ") and "\n" not in sentence and len(sentence) < 200
    return sentence


@pytest.mark.parametrize("format", UPLOADS.formats)
def test_each_format_is_read(format: str) -> None:
    assert decode(encoded(format=format), "x").size == (8, 6)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_each_mode_is_read_as_it_is(mode: str) -> None:
    assert decode(encoded(mode=mode), "x").mode == mode


@pytest.mark.parametrize("size", [(100_000, 100_000), (5001, 5000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    """The largest of them would take exabytes."""
    assert "pixels" in refused(claims(*size))


def test_a_thread_of_pixels_is_refused() -> None:
    """A model that resizes the short side to 224 pixels would make 224 x 900,000 of it."""
    assert "50 times the other" in refused(claims(1, 4000))
    assert decode(encoded(10, 400), "x").size == (10, 400)


@pytest.mark.parametrize("format", ["TIFF", "PPM", "ICO", "PDF", "EPS"])
def test_other_formats_are_not_opened(format: str) -> None:
    assert "no picture of a kind that is read" in refused(encoded(format=format))


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"<svg/>", encoded()[:50], encoded(format="JPEG")[:-200], claims(20, 6)]
)
def test_what_is_damaged_or_none(data: bytes) -> None:
    refused(data)


def test_deep_pixels_are_refused() -> None:
    assert "8 bits a color" in refused(encoded(mode="I;16"))


def test_bytes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.png").write_bytes(encoded())
    assert read_file(tmp_path / "x.png", "image=x.png") == encoded()
    monkeypatch.setattr(probing, "UPLOADS", replace(UPLOADS, megabytes=0))
    with pytest.raises(UserError, match=r"image=x\.png: it has more than 0 MB"):
        read_file(tmp_path / "x.png", "image=x.png")
    with pytest.raises(UserError, match="^x: it has more than 0 MB"):
        from_data_uri("data:image/png;base64," + "A" * 100, "x")
    assert "more than" in refused(encoded())


@pytest.mark.parametrize("name", ["nothing.png", ".", "\0", "x" * 5000])
def test_files_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^image=\.\.\.: (there is no such file|it is not a file|it cannot be read)"):
        read_file(tmp_path / name, "image=...")


def test_a_data_uri() -> None:
    assert from_data_uri("data:image/png;base64," + base64.b64encode(encoded()).decode(), "x") == encoded()


@pytest.mark.parametrize(
    "uri",
    ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x.png", "data:text/html;base64,AAAA", "data:image/png,AAAA"]
    + ["", None, 5, ["data:image/png;base64,AAAA"], "data:image/png;base64,A*A=", "data:image/png;base64,é"],
)
def test_nothing_else_is_opened(uri: Any) -> None:
    with pytest.raises(UserError, match=r"^images\[3\]"):
        from_data_uri(uri, "images[3]")
