"""The words of a caption on which an answer rests: what changes without each of them.

    caption_effects(cosines_of, "a red bus and a blue car")     # the cosine with each word minus that without it
    difference_effects(cosines_of, "a red bus and a blue car", "a blue bus and a red car")

A word is what stands between spaces. The effect of a word is the cosine of the whole caption minus that of the caption
without this word: above 0 it speaks for the picture, below 0 against it. Of two captions the effect of a word is on
their margin, with the word left out of both wherever both have it, so it tells which words the choice rests on.

Leaving a word out changes more than its meaning: the caption is shorter and may be no English. That is why the effects
do not add up to the cosine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.evaluation.answers.picture_answer import NumberRow
from explorer.evaluation.answers.rewording import (
    CosinesOf,
)
from explorer.evaluation.answers.word_orders import normalize_word
from explorer.evaluation.metrics import Floats

MAX_WORDS = 60
"""Words of a caption that are left out one by one: each costs a caption."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A word of a caption, with a number per picture: its effect, or its share of the relevance."""

    word: str
    by_picture: NumberRow


@dataclass(frozen=True, kw_only=True, slots=True)
class WordEffects:
    """Effects of the words of a caption on its cosine, or on its margin over the caption `other`.

    `whole` is that cosine or margin of the whole caption, a number per picture.
    """

    caption: str
    other: str | None
    whole: NumberRow
    words: tuple[Word, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoWordRelevance:
    """Reason why a model tells no relevance of words, in one sentence."""

    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WordRelevance:
    """Relevance of the words of a caption for its logit, as shares that add up to 1.

    `against` are the words of the other caption, with their relevance for a lower logit of that one.
    """

    why: Literal[""] = ""
    method: str
    words: tuple[Word, ...]
    against: tuple[Word, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class WordsAnswer:
    """Answer to "which words?": of the first caption alone, and of its margin over the second one."""

    caption: WordEffects
    difference: WordEffects | None
    relevance: WordRelevance | NoWordRelevance


def caption_effects(cosines_of: CosinesOf, caption: str) -> WordEffects:
    """Measure the effect of each word on the cosine of a caption."""
    words = caption.split()[:MAX_WORDS]
    shorter = [_without(caption, index) for index in range(len(words))]
    cosines = cosines_of([caption, *shorter])
    effects = label_words(words, cosines[:, :1] - cosines[:, 1:])
    return WordEffects(caption=caption, other=None, whole=tuple(cosines[:, 0].tolist()), words=effects)


def difference_effects(cosines_of: CosinesOf, caption: str, other: str) -> WordEffects:
    """Measure the effect of each word of `caption` on its margin over `other`."""
    words = caption.split()[:MAX_WORDS]
    texts = [caption, other]
    for index in range(len(words)):
        texts += [_without(caption, index), _without_the_same(other, caption, index)]
    pairs = cosines_of(texts).reshape(-1, 1 + len(words), 2)
    margins = pairs[:, :, 0] - pairs[:, :, 1]
    effects = label_words(words, margins[:, :1] - margins[:, 1:])
    return WordEffects(caption=caption, other=other, whole=tuple(margins[:, 0].tolist()), words=effects)


def label_words(words: Sequence[str], numbers: Floats) -> tuple[Word, ...]:
    """Return the words with their columns of (I, W) numbers."""
    return tuple(Word(word=word, by_picture=tuple(row)) for word, row in zip(words, numbers.T.tolist(), strict=True))


def _without(caption: str, index: int) -> str:
    words = caption.split()
    return " ".join((*words[:index], *words[index + 1 :]))


def _without_the_same(other: str, caption: str, index: int) -> str:
    """Return `other` without the word at an index of `caption`: of equal words the one with the same number."""
    words = [normalize_word(word) for word in caption.split()]
    number = words[:index].count(words[index])
    indices = [at for at, word in enumerate(other.split()) if normalize_word(word) == words[index]]
    return _without(other, indices[number]) if number < len(indices) else other
