"""Scenes and captions as HTML: pictures in a grid, values with a dot of their color, swapped ones underlined.

    scene_figure(preview.scenes[0])      # a picture with its caption and the swapped one
    caption_html(words, right=True)      # one marked caption

The template escapes all texts. Marks do not depend on color: a tick or a cross comes first, and the underline of a
swapped value is single in a right caption and double in a wrong one.
"""

from collections.abc import Sequence

from markupsafe import Markup

from explorer.pages.shared.templates import macro
from explorer.service.endpoints import data_uri
from explorer.world.colored_words import colors
from explorer.world.preview import PreviewScene
from explorer.world.swaps import Word


def scene_figure(scene: PreviewScene) -> Markup:
    """Return one scene with its caption and the swapped one, or the reason why it has none."""
    return macro("shared/scene_cards.html", "figure", scene, data_uri(scene.image), plain(scene.words), colors())


def caption_html(words: Sequence[Word], *, right: bool | None, after: str = "") -> Markup:
    """Return a marked caption as one paragraph, without a mark if right is None; `after` is escaped unless Markup."""
    return macro("shared/scene_cards.html", "caption", words, right, after, colors())


def plain(words: Sequence[Word]) -> str:
    """Return the caption without marks."""
    return " ".join(word["text"] for word in words)
