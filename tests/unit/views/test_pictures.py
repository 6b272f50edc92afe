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
from explorer.views import questions
from explorer.views.questions import decode, from_data_uri, read_file


def encoded(width: int = 8, height: int = 6, *, mode: str = "RGB", format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), 1).save(file, format)
    return file.getvalue()


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    made = [struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


@pytest.mark.parametrize("format", UPLOADS.formats)
def test_each_format_is_read(format: str) -> None:
    assert decode(encoded(format=format), "x").size == (8, 6)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_each_mode_is_read_as_it_is(mode: str) -> None:
    assert decode(encoded(10, 400, mode=mode), "x").mode == mode


REFUSED: dict[str, list[bytes]] = {
    # By its header: the largest would take exabytes.
    "pixels": [claims(100_000, 100_000), claims(5001, 5000), claims(2**31 - 1, 2**31 - 1)],
    # A model that resizes the short side to 224 pixels would make 224 x 900,000 of it.
    "50 times the other": [claims(1, 4000)],
    "no picture of a kind that is read": [encoded(format=each) for each in ("TIFF", "PPM", "ICO", "PDF", "EPS")],
    "": [b"", b"GIF89a", b"<svg/>", encoded()[:50], encoded(format="JPEG")[:-200], claims(20, 6)],
    "8 bits a color": [encoded(mode="I;16")],
}


@pytest.mark.parametrize(("words", "data"), [(words, each) for words, several in REFUSED.items() for each in several])
def test_what_is_refused_is_a_sentence(words: str, data: bytes) -> None:
    with pytest.raises(UserError) as caught:
        decode(data, "images[0]")
    sentence = str(caught.value)
    assert words in sentence and sentence.startswith("images[0]: ") and "\n" not in sentence and len(sentence) < 200


def test_bytes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.png").write_bytes(encoded())
    assert read_file(tmp_path / "x.png", "image=x.png") == encoded()
    monkeypatch.setattr(questions, "UPLOADS", replace(UPLOADS, megabytes=0))
    for opened in (lambda: read_file(tmp_path / "x.png", "x"), lambda: decode(encoded(), "x"),
                   lambda: from_data_uri("data:image/png;base64," + "A" * 100, "x")):  # fmt: skip
        with pytest.raises(UserError, match="^x: it has more than 0 MB"):
            opened()


@pytest.mark.parametrize("name", ["nothing.png", ".", "\0", "x" * 5000], ids=range(4))
def test_files_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^image=\.\.\.: (there is no such file|it is not a file|it cannot be read)"):
        read_file(tmp_path / name, "image=...")


@pytest.mark.parametrize(
    "uri",
    ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x.png", "data:text/html;base64,AAAA", "data:image/png,AAAA"]
    + ["", None, 5, ["data:image/png;base64,AAAA"], "data:image/png;base64,A*A=", "data:image/png;base64,é"],
)
def test_of_an_address_nothing_but_a_data_uri_is_opened(uri: Any) -> None:
    assert from_data_uri("data:image/png;base64," + base64.b64encode(encoded()).decode(), "x") == encoded()
    with pytest.raises(UserError, match=r"^images\[3\]"):
        from_data_uri(uri, "images[3]")
