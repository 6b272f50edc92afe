"""A person's pictures become what open_clip makes of them, and bad files become sentences."""

import base64
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.clip.open_clip_import import open_clip
from explorer.clip.pixels import (
    BENCHMARK_LIMITS,
    UPLOAD_LIMITS,
    PictureError,
    count_megapixels,
    crop,
    encode_uri,
    hidden_background,
    is_rotated,
    limit_pillow,
    model_view_uris,
    open_picture,
    transform_pictures,
)
from explorer.clip.zoo import load_clip
from explorer.evaluation.embed import embed_pixels
from tests.oracles.hostile_requests import gif_of_endless_comments, png_of_endless_texts
from tests.unit.clip.folders import change_config, no_run
from tests.unit.toys import tiny_clip, tiny_folder


def noise(width: int = 40, height: int = 30, mode: str = "RGB") -> Image.Image:
    shape = (height, width, 3)
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)).convert(mode)


def encode_image(image: Image.Image, format: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


@pytest.mark.parametrize("resize_mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_pixels_are_those_of_open_clip(tmp_path: Path, resize_mode: str, interpolation: str) -> None:
    folder = tiny_folder(tmp_path / "model")
    change_config(folder, "preprocess_cfg", resize_mode=resize_mode, interpolation=interpolation, mean=[0.1, 0.2, 0.3])
    clip = load_clip(str(folder), find_run_model=no_run)
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    images = [noise(90, 41), noise(20, 33, "RGBA"), noise(31, 31, "L"), noise(50, 64, "P"), noise(mode="1")]
    expected = torch.stack([preprocess(each) for each in images])
    assert torch.equal(transform_pictures(clip, iter(images)), expected)
    with torch.inference_mode():
        features = model.eval().encode_image(expected)
    assert np.allclose(embed_pixels(clip, transform_pictures(clip, images)), features, atol=1e-6)
    assert transform_pictures(clip, []).shape == (0, 3, 32, 32)


def test_a_uint8_picture_of_the_models_size_gives_the_pixels_of_clip() -> None:
    clip = tiny_clip()
    image = noise(32, 32)
    raw = torch.from_numpy(np.asarray(image).transpose(2, 0, 1).copy())[None]
    torch.testing.assert_close(transform_pictures(clip, [image]), clip.pixels(raw), rtol=0, atol=1e-6)


def test_files_of_a_benchmark_may_be_larger_and_of_other_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # a server in the same process sets it
    of_a_phone = encode_image(Image.new("1", (5712, 4284)))
    assert open_picture(of_a_phone, UPLOAD_LIMITS).size == (5712, 4284), "24 million pixels are what phones take"
    large = encode_image(Image.new("1", (5200, 5000)))
    assert open_picture(large, BENCHMARK_LIMITS).size == (5200, 5000)
    with pytest.raises(PictureError, match="more than 25 million pixels"):
        open_picture(large, UPLOAD_LIMITS)
    assert open_picture(encode_image(noise(), "TIFF"), BENCHMARK_LIMITS).size == (40, 30)
    with pytest.raises(PictureError, match="no picture of a kind"):
        open_picture(encode_image(noise(), "TIFF"), UPLOAD_LIMITS)


def test_a_bomb_that_pillow_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    limit_pillow(UPLOAD_LIMITS)
    assert UPLOAD_LIMITS.pixels == Image.MAX_IMAGE_PIXELS
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(PictureError, match="million pixels"):
        open_picture(encode_image(noise()), UPLOAD_LIMITS)


@pytest.mark.parametrize("make", [gif_of_endless_comments, png_of_endless_texts])
def test_a_picture_of_thousands_of_small_parts_is_refused_at_once(make: Callable[[], bytes]) -> None:
    assert count_megapixels(make(), UPLOAD_LIMITS) == 0.0
    with pytest.raises(PictureError, match="made of too many small parts"):
        open_picture(make(), UPLOAD_LIMITS)


@pytest.mark.slow
def test_a_large_picture_may_have_a_part_for_each_kilobyte() -> None:
    image = noise(2400, 2000)
    assert len(large := encode_image(image)) > 10_000_000
    assert open_picture(large, UPLOAD_LIMITS).tobytes() == image.tobytes()


def test_a_picture_that_a_viewer_would_turn() -> None:
    exif, file = Image.Exif(), io.BytesIO()
    assert not is_rotated(open_picture(encode_image(noise(), "JPEG"), UPLOAD_LIMITS))
    exif[274] = 6
    noise().save(file, "JPEG", exif=exif)
    assert is_rotated(open_picture(file.getvalue(), UPLOAD_LIMITS))
    text, unknown = exif_of_orientation(b"\2\0\4\0\0\0abc\0"), exif_of_orientation(b"\3\0\1\0\0\0\x63\0\0\0")
    for tags in (b"no tags", text, unknown):
        file = io.BytesIO()
        noise().save(file, "JPEG", exif=b"Exif\0\0" + tags)
        assert not is_rotated(open_picture(file.getvalue(), UPLOAD_LIMITS)), "damaged, or a number without a meaning"


def exif_of_orientation(entry: bytes) -> bytes:
    """The tags of a picture, with kind, count and value of its orientation."""
    return b"II*\0\x08\0\0\0\1\0\x12\1" + entry + bytes(4)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PictureError, match="not a file"):
        open_picture(tmp_path / "pipe", UPLOAD_LIMITS)


def test_a_box_is_cut_out_as_pillow_does_and_no_giant_is_made() -> None:
    image = noise()
    assert crop(image, (3, 4, 13, 20), BENCHMARK_LIMITS).tobytes() == image.crop((3, 4, 13, 20)).tobytes()
    assert crop(image.convert("P"), (-2, 0, 5, 5), BENCHMARK_LIMITS).getpixel((0, 0)) == (0, 0, 0)
    for box in ((0, 0, 1e6, 1e6), (0, 0, 1000, 2), (0, 0, 0.2, 5)):
        with pytest.raises(PictureError):
            crop(image, box, BENCHMARK_LIMITS)


@pytest.mark.parametrize(
    ("color", "name"), [((0, 0, 0), "black"), ((255, 255, 255), "white"), ((9, 8, 7), "red 9, green 8, blue 7")]
)
def test_on_what_a_transparent_picture_is_laid(color: tuple[int, int, int], name: str) -> None:
    """As Pillow's conversion to RGB, which open_clip calls, leaves it."""
    levels = np.full((8, 8, 4), 255, dtype=np.uint8)
    levels[:4, :, :3], levels[:4, :, 3] = color, 0
    image = open_picture(encode_image(Image.fromarray(levels)), UPLOAD_LIMITS)
    assert hidden_background(image) == name and image.convert("RGB").getpixel((0, 0)) == color
    image.putpixel((0, 0), (255, 0, 0, 0))
    assert hidden_background(image) == f"several colors, mostly {name}"


def test_pictures_without_holes_and_with_one_in_a_palette() -> None:
    opaque = Image.fromarray(np.full((4, 4, 4), 255, dtype=np.uint8))
    assert hidden_background(opaque) == hidden_background(noise()) == hidden_background(noise(mode="L")) == ""
    assert hidden_background(palette_with_a_hole(4, 4)) == "black"


@pytest.mark.slow
def test_what_lies_under_millions_of_transparent_pixels_is_looked_for_on_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of some kilobytes would take a second and half a gigabyte otherwise."""
    converted: list[int] = []
    real = Image.Image.convert

    def convert(image: Image.Image, *given: Any, **named: Any) -> Image.Image:
        converted.append(image.width * image.height)
        return real(image, *given, **named)

    files = [encode_image(Image.new("RGBA", (5000, 4900), (9, 8, 7, 0))), encode_image(palette_with_a_hole(5000, 4900))]
    monkeypatch.setattr(Image.Image, "convert", convert)
    assert [hidden_background(open_picture(each, UPLOAD_LIMITS)) for each in files] == [
        "red 9, green 8, blue 7", "black",
    ]  # fmt: skip
    assert converted and max(converted) < 200_000


def palette_with_a_hole(width: int, height: int) -> Image.Image:
    palette = Image.new("P", (width, height))
    palette.info["transparency"] = 0
    return palette


def test_pixels_are_counted_by_the_header() -> None:
    assert count_megapixels(encode_image(Image.new("RGBA", (3000, 2000))), UPLOAD_LIMITS) == 6.0
    assert count_megapixels(b"no picture", UPLOAD_LIMITS) == count_megapixels(b"", UPLOAD_LIMITS) == 0.0


def test_what_a_model_sees_is_the_picture_after_its_transform() -> None:
    clip = tiny_clip()
    uri = model_view_uris(clip, transform_pictures(clip, [Image.new("RGB", (40, 40), (200, 100, 50))]))[0]
    assert uri.startswith("data:image/jpeg;base64,")
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as image:
        assert image.size == (32, 32)
        assert np.abs(np.array(image.getpixel((16, 16))) - (200, 100, 50)).max() <= 4
    assert encode_uri(noise(), "PNG").startswith("data:image/png;base64,")
