"""Your own scene: what a browser sends to Probe is a small picture and two captions, or one sentence says why not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.clip.pixels import levels_uri
from explorer.errors import UserError
from explorer.pages.scene.build import MOST_PIXELS, question_of

PAIR = ["a red bus and a blue cat", "a blue bus and a red cat"]


def picture(side: int) -> str:
    return levels_uri(np.full((side, side, 4), 128, dtype=np.uint8))


def test_a_picture_with_two_captions_is_kept_as_a_file() -> None:
    path, caption, other = question_of({"image": picture(MOST_PIXELS), "texts": PAIR})
    with Image.open(path) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (MOST_PIXELS, MOST_PIXELS))
    Path(path).unlink()
    assert [caption, other] == PAIR


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({}, "captions"),
        ({"image": picture(8), "texts": PAIR[:1]}, "captions"),
        ({"image": picture(8), "texts": [PAIR[0], 7]}, "caption"),
        ({"image": picture(8), "texts": [PAIR[0], "a" * 2000]}, "caption"),
        ({"image": "/etc/passwd", "texts": PAIR}, "picture"),
        ({"image": "data:image/svg+xml;base64,PHN2Zy8+", "texts": PAIR}, "picture"),
        ({"image": picture(MOST_PIXELS + 1), "texts": PAIR}, "picture"),
    ],
)
def test_anything_else_is_refused_with_its_field(record: dict[str, Any], field: str) -> None:
    with pytest.raises(UserError) as found:
        question_of(record)
    assert found.value.field == field
