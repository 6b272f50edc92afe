"""Edits of a caption's words, with the articles before them and the capital at the start.

apply("An old bus and a car", (Edit(Span(3, 7), ""), Edit(Span(17, 17), "old ")))     # "A bus and an old car"
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.captions.lexicon import PROPER, wants_an
from explorer.captions.parts import Span
from explorer.captions.tokens import is_shouted

_ARTICLE = re.compile(r"(?<![^\W_])(an?)([\s\"“‘'(]+)\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@dataclass(frozen=True)
class Edit:
    """A replacement of a span; both spans and text keep their own spaces."""

    span: Span
    text: str


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Apply edits, which are in order and do not overlap."""
    plain = _without_capital(text)
    moved = [Edit(edit.span, _plain_words(edit, text, plain)) for edit in edits]
    out, place = "", 0
    for edit in moved:
        out += plain[place : edit.span.start]
        out = _with_article(out, edit.text + plain[edit.span.end :])
        out += edit.text
        place = edit.span.end
    return _with_capital(out + plain[place:], text)


def _plain_words(edit: Edit, text: str, plain: str) -> str:
    """Return the words of an edit, which came from `text`, as `plain` has them."""
    first = _WORD.search(text)
    if first and plain != text and edit.text.startswith(text[first.start() :][: len(edit.text)].rstrip() or " "):
        return edit.text[0].lower() + edit.text[1:]
    return edit.text


def _without_capital(text: str) -> str:
    """Return the text as inside a sentence."""
    first = _WORD.search(text)
    if first is None or not first[0][0].isupper() or is_shouted(text):
        return text
    if first[0].lower() in PROPER or (len(first[0]) > 1 and first[0].isupper()):
        return text
    return text[: first.start()] + first[0][0].lower() + text[first.start() + 1 :]


def _with_capital(text: str, like: str) -> str:
    """Return the text with a capital at the start if `like` has one."""
    first, model = _WORD.search(text), _WORD.search(like)
    if first is None or model is None or not model[0][0].isupper():
        return text
    return text[: first.start()] + first[0][0].upper() + text[first.start() + 1 :]


def _with_article(before: str, after: str) -> str:
    """Return the text before a change; its last word, if it is an article, fits what follows."""
    found, word = _ARTICLE.search(before), _WORD.search(after)
    if found is None or word is None:
        return before
    article = "an" if wants_an(word[0]) else "a"
    old = found[1]
    if old.isupper() and (len(old) > 1 or word[0].isupper()):
        article = article.upper() if len(old) > 1 or (len(word[0]) > 1 and word[0].isupper()) else article.capitalize()
    elif old[0].isupper():
        article = article.capitalize()
    return before[: found.start()] + article + found[2]
