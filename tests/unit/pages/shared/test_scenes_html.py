"""A caption as HTML reads as the caption, marks what the swap exchanges, and lets no word be HTML."""

import base64
import io
import re
from html import unescape

import numpy as np
import pytest
from markupsafe import Markup
from PIL import Image

from explorer.pages.shared.scene_cards import caption_html, plain, scene_figure
from explorer.service.endpoints import resolve
from explorer.world.preview import PreviewScene, preview
from explorer.world.swaps import Word
from explorer.world.worlds import WORLDS


def word(text: str, kind: str | None = None, *, exchanged: bool = False) -> Word:
    return Word(text=text, kind=kind, value=text if kind else None, exchanged=exchanged)


def text_of(html: str) -> str:
    """Return the text that a reader sees."""
    return unescape(re.sub(r"<[^>]*>", "", html))


@pytest.fixture(scope="module", params=["binding-friendly", "web-like", "two-kinds"])
def scenes(request: pytest.FixtureRequest) -> tuple[PreviewScene, ...]:
    spec = resolve(request.param, {})
    return preview(spec.data, spec.train, WORLDS["things"], seed=1, count=12, size=32).scenes


def test_joined_it_is_the_caption(scenes: tuple[PreviewScene, ...]) -> None:
    for scene in scenes:
        assert plain(scene.words) == scene.record.caption
        assert text_of(caption_html(scene.words, right=True)) == "✓" + scene.record.caption
        if scene.swapped_words is not None:
            assert text_of(caption_html(scene.swapped_words, right=False)) == "✗" + (scene.record.swapped_caption or "")


def test_a_figure_shows_the_picture_and_both_captions_or_why_not(scenes: tuple[PreviewScene, ...]) -> None:
    for scene in scenes:
        html = scene_figure(scene)
        found = re.search(r"src='data:image/png;base64,([^']+)' alt='([^']+)'", html)
        assert found is not None and found[2] == scene.record.caption
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(found[1]))))
        assert np.array_equal(picture.transpose(2, 0, 1), scene.image)
        assert ("class='wrong'" in html) == (scene.swapped_words is not None)
        assert ("No swap. " in html) == (scene.swapped_words is None)
        assert scene.no_swap is None or scene.no_swap in html


def test_values_are_marked_and_the_exchanged_ones_more() -> None:
    words = [word("a"), word("red", "color", exchanged=True), word("striped", "pattern"), word("bus")]
    html = caption_html(words, right=True)
    marks = re.findall(r"<span class='(value[^']*)'>(<i [^>]*>)?(?:</i>)?(\w+)", html)
    assert [(kind, bool(dot), text) for kind, dot, text in marks] == [
        ("value exchanged", True, "red"),
        ("value", False, "striped"),
    ]
    assert re.search(r"background:#[0-9a-f]{6}'></i>red", html)
    assert html.startswith("<p class='right'><span class='tick'>✓</span>a <span") and html.endswith("</span> bus</p>")


def test_what_is_wrong_has_a_cross_and_what_is_put_behind_stays() -> None:
    html = caption_html([word("bus")], right=False, after=Markup(" <b>0.1</b>"))
    assert html == "<p class='wrong'><span class='cross'>✗</span>bus <b>0.1</b></p>"


@pytest.mark.parametrize("kind", [None, "color"])
def test_words_are_escaped(kind: str | None) -> None:
    evil = "<img src=x onerror='a()'>"
    html = caption_html([word(evil, kind)], right=True)
    assert "<img" not in html and "'a()'" not in html and text_of(html) == "✓" + evil
    scene = PreviewScene(
        image=np.zeros((3, 16, 16), dtype=np.uint8), record={}, words=[word(evil)], swapped_words=None, no_swap=evil
    )
    assert scene_figure(scene).count("<img") == 1 and "onerror='" not in scene_figure(scene)
