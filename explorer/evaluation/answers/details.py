"""The grounds of an answer: if it is steady, if wrong details fool it, and which words decide, with a sentence on each.

details.summary[0]    # "On this picture the answer stays the same in 7 of 8 other wordings: ..."
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from pydantic import computed_field

from explorer.errors import quote_value
from explorer.evaluation.answers.rewording import BAND_WORDS, MIN_WORDINGS, HalfTruthAnswer, Steadiness, steadiness_band
from explorer.evaluation.answers.which_words import WordsAnswer
from explorer.evaluation.metrics import estimate_share
from explorer.sentences import Listed, Sentence
from explorer.wording import format_decimal, format_percent


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
        of_first = [index for index, right in enumerate(self.right) if right == 0]
        if not of_first:
            return (_steadiness_sentence(self.wordings), "No picture has the first caption as its right one.")
        return (
            _steadiness_sentence(self.wordings),
            *_half_truth_sentences(self.half_truths, of_first),
            _word_sentence(self.words, of_first),
        )


def _steadiness_sentence(steadiness: Steadiness | None) -> str:
    if steadiness is None:
        return "Steadiness was not asked: one caption alone has no answer that could change."
    if steadiness.num_asked < MIN_WORDINGS:
        return Sentence(
            "details.few",
            "Steadiness cannot be said: {asked} of {all} other wordings fit these captions and the words that the model"
            " reads, and {least} are needed.",
            asked=steadiness.num_asked,
            all=len(steadiness.wordings),
            least=MIN_WORDINGS,
        )
    pictures, kept, num_asked = len(steadiness.same), sum(steadiness.same), steadiness.num_asked * len(steadiness.same)
    band = BAND_WORDS[steadiness_band(kept, num_asked)]
    if pictures == 1:
        english = "On this picture the answer stays the same in {kept} of {asked} other wordings: {band}."
        return Sentence("details.steady", english, kept=kept, asked=num_asked, band=band)
    return Sentence(
        "details.steady-all",
        "On these {pictures} pictures, in {each} other wordings each, the answer stays the same in {kept} of {asked}"
        " cases: {band}.",
        pictures=pictures,
        each=steadiness.num_asked,
        kept=kept,
        asked=num_asked,
        band=band,
    )


def _half_truth_sentences(answers: Sequence[HalfTruthAnswer], of_first: Sequence[int]) -> Iterator[str]:
    """Yield how often a detail wins that counts as false, a true one in its place, and which ones do not count."""
    answered = [each for each in answers if each.fooled is not None]
    fooled = np.array([(each.fooled or ())[index] for each in answered if each.counts for index in of_first])
    uncounted = [each.kind for each in answered if not each.counts]
    if not answered:
        yield "No wrong detail was found that the first caption can take and this model can read."
    if len(fooled):
        share = estimate_share(fooled, 0.5)
        yield Sentence(
            "details.fooled",
            "In {fooled} of {cases} cases the first caption is nearer with a wrong detail appended than without it"
            " (95 % interval {low} to {high}).",
            fooled=f"{fooled.sum():g}",
            cases=share.n,
            low=format_percent(share.low),
            high=format_percent(share.high),
        )
    longer = np.array([each.longer[index] for each in answered if each.counts and each.longer for index in of_first])
    if len(fooled) and len(longer):
        share = estimate_share(longer, 0.5)
        yield Sentence(
            "details.longer",
            "With a true detail of equal length instead it is nearer in {longer} of {cases} cases ({low} to {high}).",
            longer=f"{longer.sum():g}",
            cases=share.n,
            low=format_percent(share.low),
            high=format_percent(share.high),
        )
    if uncounted:
        english = "Details that nobody called false of the picture are not counted: {kinds}."
        yield Sentence("details.uncounted", english, kinds=Listed(uncounted))


def _word_sentence(words: WordsAnswer, of_first: Sequence[int]) -> str:
    """Return which word the choice of the model rests on most, or the cosine of a caption alone.

    Means over the pictures decide. If the second caption is nearer, the word is asked that speaks most for that one.
    """
    effects = words.difference or words.caption
    whole = fmean(effects.whole[index] for index in of_first)
    side = -1 if words.difference and whole < 0 else 1
    means = [side * fmean(each.by_picture[index] for index in of_first) for each in effects.words]
    most = max(range(len(means)), key=means.__getitem__)
    # Three decimals, and of an effect below them its first two digits.
    digits = max(3, 1 - math.floor(math.log10(means[most]))) if means[most] > 0 else 3
    word, effect = quote_value(effects.words[most].word), format_decimal(means[most], digits)
    if words.difference is None:
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
