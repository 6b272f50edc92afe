"""Which words of a caption an answer rests on: what changes without each of them.

    caption_effects(cosines_of, "a red bus and a blue car")     # the cosine with each word minus that without it
    difference_effects(cosines_of, "a red bus and a blue car", "a blue bus and a red car")

A word is what stands between spaces. The effect of a word is the cosine of the whole caption minus that of the caption
without this word: above 0 it speaks for the picture, below 0 against it. Of two captions the effect of a word is on
their margin, with the word left out of both wherever both have it, so it tells which words the choice rests on.

Leaving a word out changes more than its meaning: the caption is shorter and may be no English. That is why the effects
do not add up to the cosine.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

import numpy as np
from pydantic import computed_field

from explorer.errors import quote_value
from explorer.evaluation.answers.picture_answer import NumberRow
from explorer.evaluation.answers.rewording import (
    BAND_WORDS,
    MIN_WORDINGS,
    CosinesOf,
    HalfTruthAnswer,
    Steadiness,
    band_of,
)
from explorer.evaluation.answers.word_orders import normalize_word
from explorer.evaluation.metrics import Floats, estimate_share
from explorer.sentences import Listed, Sentence
from explorer.wording import decimal, percent

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


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerDetails:
    """Details of one answer: is it steady, is it fooled by half-truths, and which words does it rest on.

    `right` is the right caption of each picture. Half-truths and words are those of the first caption, so `summary`
    tells them of the pictures of which this is the right one.
    """

    right: tuple[int, ...]
    wordings: Steadiness | None
    half_truths: tuple[HalfTruthAnswer, ...]
    words: WordsAnswer

    @computed_field
    def summary(self) -> tuple[str, ...]:
        """The three answers, each in a sentence or two."""
        of_first = [place for place, right in enumerate(self.right) if right == 0]
        if not of_first:
            return (_say_steady(self.wordings), "No picture has the first caption as its right one.")
        return (
            _say_steady(self.wordings),
            *_say_fooled(self.half_truths, of_first),
            _say_word(self.words, of_first),
        )


def _say_steady(found: Steadiness | None) -> str:
    if found is None:
        return "Steadiness was not asked: one caption alone has no answer that could change."
    if found.asked < MIN_WORDINGS:
        return Sentence(
            "details.few",
            "Steadiness cannot be said: {asked} of {all} other wordings fit these captions and the words that the model"
            " reads, and {least} are needed.",
            asked=found.asked,
            all=len(found.wordings),
            least=MIN_WORDINGS,
        )
    pictures, kept, asked = len(found.same), sum(found.same), found.asked * len(found.same)
    band = BAND_WORDS[band_of(kept, asked)]
    if pictures == 1:
        english = "On this picture the answer stays the same in {kept} of {asked} other wordings: {band}."
        return Sentence("details.steady", english, kept=kept, asked=asked, band=band)
    return Sentence(
        "details.steady-all",
        "On these {pictures} pictures, in {each} other wordings each, the answer stays the same in {kept} of {asked}"
        " cases: {band}.",
        pictures=pictures,
        each=found.asked,
        kept=kept,
        asked=asked,
        band=band,
    )


def _say_fooled(found: Sequence[HalfTruthAnswer], of_first: Sequence[int]) -> Iterator[str]:
    """Say how often a detail wins that counts as false, a true one in its place, and which ones do not count."""
    asked = [each for each in found if each.fooled is not None]
    fooled = np.array([(each.fooled or ())[place] for each in asked if each.counts for place in of_first])
    uncounted = [each.kind for each in asked if not each.counts]
    if not asked:
        yield "No wrong detail was found that the first caption can take and this model can read."
    if len(fooled):
        share = estimate_share(fooled, 0.5)
        yield Sentence(
            "details.fooled",
            "In {fooled} of {cases} cases the first caption is nearer with a wrong detail appended than without it"
            " (95 % interval {low} to {high}).",
            fooled=f"{fooled.sum():g}",
            cases=share.n,
            low=percent(share.low),
            high=percent(share.high),
        )
    longer = np.array([each.longer[place] for each in asked if each.counts and each.longer for place in of_first])
    if len(fooled) and len(longer):
        share = estimate_share(longer, 0.5)
        yield Sentence(
            "details.longer",
            "With a true detail of equal length instead it is nearer in {longer} of {cases} cases ({low} to {high}).",
            longer=f"{longer.sum():g}",
            cases=share.n,
            low=percent(share.low),
            high=percent(share.high),
        )
    if uncounted:
        english = "Details that nobody called false of the picture are not counted: {kinds}."
        yield Sentence("details.uncounted", english, kinds=Listed(uncounted))


def _say_word(found: WordsAnswer, of_first: Sequence[int]) -> str:
    """Say which word the choice of the model rests on most, or the cosine of a caption alone.

    Means over the pictures decide. If the second caption is nearer, the word is asked that speaks most for that one.
    """
    effects = found.difference or found.caption
    whole = fmean(effects.whole[place] for place in of_first)
    side = -1 if found.difference and whole < 0 else 1
    means = [side * fmean(each.by_picture[place] for place in of_first) for each in effects.words]
    most = max(range(len(means)), key=means.__getitem__)
    # Three decimals, and of an effect below them its first two digits.
    digits = max(3, 1 - math.floor(math.log10(means[most]))) if means[most] > 0 else 3
    word, effect = quote_value(effects.words[most].word), decimal(means[most], digits)
    if found.difference is None:
        if means[most] <= 0:
            return "No word speaks for the caption: without any one of them its cosine is no lower."
        english = "The cosine rests most on the word “{word}”: without it, the cosine falls by {effect}."
        return Sentence("details.cosine", english, word=word, effect=effect)
    if whole == 0:
        return "No word decided: the first two captions are equally near."
    if means[most] <= 0:
        return "No single word decided: without any one of them the lead of the chosen caption is no smaller."
    if side < 0:
        english = (
            "The wrong choice rests most on the word “{word}”: without it, the second caption’s lead falls by {effect}."
        )
        return Sentence("details.wrong-margin", english, word=word, effect=effect)
    english = "The choice rests most on the word “{word}”: without it, the first caption’s lead falls by {effect}."
    return Sentence("details.margin", english, word=word, effect=effect)


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


def _without(caption: str, place: int) -> str:
    words = caption.split()
    return " ".join((*words[:place], *words[place + 1 :]))


def _without_the_same(other: str, caption: str, place: int) -> str:
    """Return `other` without the word at a place of `caption`: of equal words the one with the same number."""
    words = [normalize_word(word) for word in caption.split()]
    number = words[:place].count(words[place])
    places = [at for at, word in enumerate(other.split()) if normalize_word(word) == words[place]]
    return _without(other, places[number]) if number < len(places) else other
