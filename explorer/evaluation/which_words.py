"""Which words of a caption an answer rests on: what changes without each of them.

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
from statistics import fmean
from typing import Literal

from pydantic import computed_field

from explorer.errors import quote_value
from explorer.evaluation.metrics import Floats
from explorer.evaluation.rewording import MIN_WORDINGS, CosinesOf, HalfTruthAnswer, Steadiness, band_of
from explorer.evaluation.user_probe import NumberRow
from explorer.evaluation.word_orders import normalize_word
from explorer.sentences import Sentence
from explorer.wording import decimal

MAX_WORDS = 60
"""Words of a caption that are left out one by one: each costs a caption."""
BAND_WORDS = {"steady": "steady", "mostly": "mostly steady", "wavers": "it wavers"}
"""Words for the bands of `band_of`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A word of a caption, with a number per picture: its effect, or its share of the relevance."""

    word: str
    by_picture: NumberRow


@dataclass(frozen=True, kw_only=True, slots=True)
class WordEffects:
    """Effects of the words of a caption on its cosine, or on its margin over the caption `other`."""

    caption: str
    other: str | None
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
    """Details of one answer: is it steady, is it fooled by half-truths, and which words does it rest on."""

    wordings: Steadiness | None
    half_truths: tuple[HalfTruthAnswer, ...]
    words: WordsAnswer

    @computed_field
    def summary(self) -> tuple[str, ...]:
        """The three answers, each in a sentence."""
        return (_say_steady(self.wordings), _say_fooled(self.half_truths), _say_word(self.words))


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
    kept, asked = sum(found.same), found.asked * len(found.same)
    english = "The answer stays the same in {kept} of {asked} other wordings: {band}."
    return Sentence("details.steady", english, kept=kept, asked=asked, band=BAND_WORDS[band_of(kept, asked) or ""])


def _say_fooled(found: Sequence[HalfTruthAnswer]) -> str:
    """Say how often a detail wins that is false wherever the caption is true; a person judges the others."""
    asked = [each for each in found if each.fooled is not None]
    safe = [row for each in asked if each.is_safe for row in each.fooled or ()]
    unsure = [row for each in asked if not each.is_safe for row in each.fooled or ()]
    if not asked:
        return "No wrong detail was found that the first caption can take and this model can read."
    if not safe:
        return Sentence(
            "details.unsure",
            "With one more detail the first caption is nearer in {fooled} of {cases} cases; only those count whose"
            " detail is false of your picture.",
            fooled=f"{sum(unsure):g}",
            cases=len(unsure),
        )
    return Sentence(
        "details.fooled",
        "With a wrong detail appended the first caption is nearer in {fooled} of {cases} cases; {unsure} more count"
        " only if their detail is false of your picture.",
        fooled=f"{sum(safe):g}",
        cases=len(safe),
        unsure=len(unsure),
    )


def _say_word(found: WordsAnswer) -> str:
    """Say which word the margin rests on most, or the cosine of a caption alone; the mean over pictures decides."""
    effects = found.difference or found.caption
    means = [fmean(each.by_picture) for each in effects.words]
    most = max(range(len(means)), key=means.__getitem__)
    word, effect = quote_value(effects.words[most].word), decimal(means[most], 3)
    if means[most] <= 0:
        return "No word speaks for the first caption: it is no worse without any one of them."
    if found.difference is None:
        english = "The cosine rests most on the word “{word}”: without it, the cosine falls by {effect}."
        return Sentence("details.cosine", english, word=word, effect=effect)
    english = "The choice rests most on the word “{word}”: without it, the first caption’s lead falls by {effect}."
    return Sentence("details.margin", english, word=word, effect=effect)


def caption_effects(cosines_of: CosinesOf, caption: str) -> WordEffects:
    """Measure the effect of each word on the cosine of a caption."""
    words = caption.split()[:MAX_WORDS]
    shorter = [_without(caption, index) for index in range(len(words))]
    cosines = cosines_of([caption, *shorter])
    return WordEffects(caption=caption, other=None, words=label_words(words, cosines[:, :1] - cosines[:, 1:]))


def difference_effects(cosines_of: CosinesOf, caption: str, other: str) -> WordEffects:
    """Measure the effect of each word of `caption` on its margin over `other`."""
    words = caption.split()[:MAX_WORDS]
    texts = [caption, other]
    for index in range(len(words)):
        texts += [_without(caption, index), _without_the_same(other, caption, index)]
    pairs = cosines_of(texts).reshape(-1, 1 + len(words), 2)
    margins = pairs[:, :, 0] - pairs[:, :, 1]
    return WordEffects(caption=caption, other=other, words=label_words(words, margins[:, :1] - margins[:, 1:]))


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
