"""A person's pictures become what open_clip makes of them, and bad files become sentences."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from models import pictures as module
from models.pictures import MOST_RATIO, PictureError, cropped, open_picture, pictures, preprocessing
from tests.unit.toys import tiny_clip


def noise(width: int = 40, height: int = 30, mode: str = "RGB") -> Image.Image:
    shape = (height, width, 3)
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)).convert(mode)


def encoded(image: Image.Image, format: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "1"])
def test_pixels_are_those_of_open_clips_transform(mode: str) -> None:
    clip = tiny_clip()
    image = open_picture(encoded(noise(mode=mode)))
    transform = image_transform_v2(PreprocessCfg(**clip.preprocess), is_train=False)
    assert torch.equal(pictures(clip, [image]), transform(image)[None])


def test_a_uint8_picture_of_the_models_size_gives_the_pixels_of_clip() -> None:
    clip = tiny_clip()
    image = noise(32, 32)
    raw = torch.from_numpy(np.asarray(image).transpose(2, 0, 1).copy())[None]
    torch.testing.assert_close(pictures(clip, [image]), clip.pixels(raw), rtol=0, atol=1e-6)


def test_several_and_no_pictures() -> None:
    clip = tiny_clip()
    assert pictures(clip, [noise(), noise(50, 20)]).shape == (2, 3, 32, 32)
    assert pictures(clip, []).shape == (0, 3, 32, 32)


def test_preprocessing_names_every_field() -> None:
    found = preprocessing(tiny_clip())
    assert set(found) == {"size", "mode", "mean", "std", "interpolation", "resize_mode", "fill_color"}
    assert found["resize_mode"] == "squash"


def test_a_file_and_its_bytes_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(encoded(noise(), "JPEG"))
    assert open_picture(file).tobytes() == open_picture(file.read_bytes()).tobytes()


def test_bad_bytes_are_told_in_a_sentence() -> None:
    whole = encoded(noise(200, 200))
    for content, words in [
        (b"", "empty"),
        (b"GIF or not", "no picture of a kind"),
        (whole[: len(whole) // 2], "cut short"),
        (encoded(noise(), "JPEG2000") if "JPEG2000" in Image.SAVE else b"x", "no picture of a kind"),
        (encoded(Image.new("1", (MOST_RATIO * 2 + 1, 2))), "times the other"),
    ]:
        with pytest.raises(PictureError, match=words):
            open_picture(content)


def test_too_many_bytes_and_pixels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(encoded(noise()))
    monkeypatch.setattr(module, "MOST_PIXELS", 40 * 30 - 1)
    with pytest.raises(PictureError, match="million pixels"):
        open_picture(file)
    with pytest.raises(PictureError, match="million pixels"):
        pictures(tiny_clip(), [noise()])
    monkeypatch.setattr(module, "MOST_BYTES", file.stat().st_size - 1)
    with pytest.raises(PictureError, match="more than"):
        open_picture(file)


def test_a_bomb_that_pillow_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(noise())
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(PictureError, match="million pixels"):
        open_picture(content)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "gone.png", tmp_path / ("x" * 300), Path("a\0b")):
        with pytest.raises(PictureError):
            open_picture(path)


def test_a_box_is_cut_out_as_pillow_does_and_no_giant_is_made() -> None:
    image = noise()
    assert cropped(image, (3, 4, 13, 20)).tobytes() == image.crop((3, 4, 13, 20)).tobytes()
    assert cropped(image.convert("P"), (-2, 0, 5, 5)).getpixel((0, 0)) == (0, 0, 0)
    for box in ((0, 0, 1e6, 1e6), (0, 0, 1000, 2), (0, 0, 0.2, 5)):
        with pytest.raises(PictureError):
            cropped(image, box)
