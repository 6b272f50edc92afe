"""Scenes and captions as HTML: pictures in a grid, values with a dot of their color, swapped ones underlined.

    scene_figure(preview.scenes[0])      # a picture with its caption and the swapped one
    caption_html(words, right=True)      # one marked caption

All texts are escaped. Marks do not depend on color: a tick or a cross comes first, and the underline of a swapped value
is single in a right caption and double in a wrong one.
"""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from explorer.service.endpoints import data_uri
from explorer.world.appearance import Look
from explorer.world.preview import PreviewScene
from explorer.world.swaps import Word
from explorer.world.worlds import WORLDS


def scene_figure(scene: PreviewScene) -> str:
    """Return one scene with its caption and the swapped one, or the reason why it has none."""
    text = escape(plain(scene.words))
    wrong = f"<p class='why'>No swap. {escape(scene.no_swap or '')}</p>"
    if scene.swapped_words is not None:
        wrong = caption_html(scene.swapped_words, right=False)
    return (
        f"<figure class='scene'><img src='{data_uri(scene.image)}' alt='{text}' width='128' height='128'>"
        f"<figcaption>{caption_html(scene.words, right=True)}{wrong}</figcaption></figure>"
    )


def caption_html(words: Sequence[Word], *, right: bool | None, after: str = "") -> str:
    """Return a marked caption as one paragraph, without a mark if right is None; `after` is trusted HTML."""
    kind, mark = {
        True: ("right", "<span class='tick'>✓</span>"),
        False: ("wrong", "<span class='cross'>✗</span>"),
        None: ("said", ""),
    }[right]
    said = " ".join(map(_word, words))
    return f"<p class='{kind}'>{mark}{said}{after}</p>"


def plain(words: Sequence[Word]) -> str:
    """Return the caption without marks."""
    return " ".join(word["text"] for word in words)


def _word(word: Word) -> str:
    if word["kind"] is None:
        return escape(word["text"])
    kind = "value exchanged" if word["exchanged"] else "value"
    color = colors().get(word["value"] or "")
    dot = f"<i style='background:{color}'></i>" if color else ""
    return f"<span class='{kind}'>{dot}{escape(word['text'])}</span>"


@lru_cache(maxsize=1)
def colors() -> dict[str, str]:
    """Return the fill of each value that paints one, by its word."""
    values = [value for world in WORLDS.values() for kind in world.kinds for value in kind.values]
    fills = {value.word: value.paint(Look()).fill for value in values if "fill" in value.paints}
    return {word: f"#{red:02x}{green:02x}{blue:02x}" for word, (red, green, blue) in fills.items()}
