"""Frames of a notebook: their height is a number of pixels, and nothing else."""

from typing import Any

import pytest

from explorer import api
from explorer.errors import UserError
from explorer.web.notebook import FramedPage


@pytest.mark.slow
def test_a_frame_has_the_height_that_was_asked_for() -> None:
    assert "height: 300px" in api.scene(height=300)._repr_html_()
    assert "height: 720px" in api.scene()._repr_html_()


@pytest.mark.parametrize("height", [0, -1, True, 1e3, float("nan"), "300px", '1px"><script>', 10**9])
def test_another_height_is_one_sentence(height: Any) -> None:
    with pytest.raises(UserError, match="^height=.*give whole pixels from 100 to 10000"):
        FramedPage(html="", height=height, title="a page")
