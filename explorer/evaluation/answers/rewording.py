"""The steadiness of an answer: the same question in other wordings, and with a wrong detail appended.

    asked = reword_question(["a red bus and a blue car", "a blue bus and a red car"], reads=lambda text: True)
    ask_wordings(cosines_of, captions, asked, right=[0])          # how often the verdict stays, of what could be asked

`cosines_of` takes T texts and returns (I, T) cosines of the I pictures of the question, so a model is a function here,
and one that can be computed by hand tests all of this.

A wording is asked if it fits all captions of the question and the model knows all its words. Steadiness is said of
these pictures alone; how well a model binds is measured on scenes of known truth.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import computed_field

from explorer.captions.half_truths import Middles, half_truths
from explorer.captions.parsed_caption import CaptionError
from explorer.captions.reading import read_caption
from explorer.captions.wordings import WORDINGS, other_wordings
from explorer.evaluation.answers.picture_answer import NumberRow
from explorer.evaluation.metrics import Floats

CosinesOf = Callable[[Sequence[str]], Floats]
"""Cosines (I, T) of the pictures of a question with T texts."""
Reads = Callable[[str], bool]
"""Whether a model's tokenizer knows every word of a text."""
DOES_NOT_FIT, NOT_READABLE = "does not fit", "not readable"
MIN_WORDINGS = 4
"""Wordings below which nothing is said of steadiness."""
STEADY_SHARE, WAVERING_SHARE = 7 / 8, 5 / 8
BAND_WORDS = {"steady": "steady", "mostly": "mostly steady", "wavers": "it wavers", None: "too few to say"}
"""Words for the bands of `steadiness_band`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rewording:
    """A question in another wording; `why` says why it is not asked, "" if it is."""

    kind: str
    captions: tuple[str, ...]
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WordingAnswer:
    """The answer to one wording; `margin` and `same` hold a number per picture, None if it was not asked.

    `same` is 1 where the verdict on the right caption is that of the question as it was typed.
    """

    kind: str
    captions: tuple[str, ...]
    why: str
    margin: NumberRow | None
    same: tuple[int, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Steadiness:
    """Answers to all wordings; `same` counts per picture how many of `num_asked` keep the verdict, `band` names it."""

    wordings: tuple[WordingAnswer, ...]
    num_asked: int
    same: tuple[int, ...]
    band: tuple[str | None, ...]

    @computed_field
    def band_words(self) -> tuple[str, ...]:
        """The bands in words, one of `BAND_WORDS` per picture."""
        return tuple(BAND_WORDS[each] for each in self.band)


@dataclass(frozen=True, kw_only=True, slots=True)
class HalfTruthAnswer:
    """A caption with one wrong detail, beside the caption alone.

    `fooled` is 1 per picture for which the longer caption has the higher cosine, 0.5 for equal ones, and None if it was
    not asked; `gain` is by how much its cosine is higher. `is_safe` is false if a person has to say that the detail is
    false of her picture, and `counts` is whether it is taken as false. `true` is the caption with a true detail of
    equal length, and `longer` says of it what `fooled` says of the wrong one; "" and None if there is none.
    """

    kind: str
    caption: str
    detail: str
    is_safe: bool
    counts: bool
    why: str
    gain: NumberRow | None
    fooled: NumberRow | None
    true: str
    longer: NumberRow | None


def reword_question(captions: Sequence[str], *, reads: Reads) -> tuple[Rewording, ...]:
    """Return the question in each wording of `WORDINGS`; a caption that cannot be read fits none."""
    try:
        by_caption = [{each.kind: each.text for each in other_wordings(read_caption(text))} for text in captions]
    except CaptionError:
        by_caption = [{} for _ in captions]
    rewordings = []
    for kind in WORDINGS:
        texts = tuple(each[kind] for each in by_caption if kind in each)
        fits = len(texts) == len(captions)
        why = DOES_NOT_FIT if not fits else "" if all(map(reads, texts)) else NOT_READABLE
        rewordings.append(Rewording(kind=kind, captions=texts if fits else (), why=why))
    return tuple(rewordings)


def ask_wordings(
    cosines_of: CosinesOf, captions: Sequence[str], rewordings: Sequence[Rewording], *, right: Sequence[int]
) -> Steadiness | None:
    """Ask a model all wordings that it reads; `right` is the right caption of each picture.

    Return None if there is only one caption, as it has no margin.
    """
    if len(captions) < 2:
        return None
    readable = [each for each in rewordings if not each.why]
    every = cosines_of([*captions, *(text for each in readable for text in each.captions)])
    tables = every.reshape(len(every), 1 + len(readable), len(captions))
    margins = _right_margins(tables, right)  # (I, 1 + wordings)
    same = keep_verdict(margins).astype(np.int64)
    answers, column = [], 0
    for each in rewordings:
        given = None if each.why else (margins[:, 1 + column], same[:, column])
        column += given is not None
        answers.append(
            WordingAnswer(
                kind=each.kind,
                captions=each.captions,
                why=each.why,
                margin=given and tuple(given[0].tolist()),
                same=given and tuple(given[1].tolist()),
            )
        )
    counts = same.sum(axis=1).tolist()
    return Steadiness(
        wordings=tuple(answers),
        num_asked=len(readable),
        same=tuple(counts),
        band=tuple(steadiness_band(count, len(readable)) for count in counts),
    )


def keep_verdict(margins: Floats) -> np.ndarray:
    """Return (I, W) whether each wording has the verdict of the first: of (I, 1 + W) margins those of equal sign."""
    return np.asarray(np.sign(margins[:, 1:]) == np.sign(margins[:, :1]))


def _right_margins(tables: Floats, right: Sequence[int]) -> Floats:
    """Return (I, W) margins of the right caption of each picture over the best other one of (I, W, C) cosines."""
    rows = np.arange(len(tables))
    own = tables[rows, :, right]
    others = tables.copy()
    others[rows, :, right] = -np.inf
    return np.asarray(own - others.max(axis=2))


def steadiness_band(same: int, num_asked: int) -> str | None:
    """Return "steady", "mostly" or "wavers"; None if too few wordings were asked."""
    if num_asked < MIN_WORDINGS:
        return None
    share = same / num_asked
    return "steady" if share >= STEADY_SHARE else "wavers" if share <= WAVERING_SHARE else "mostly"


def answer_half_truths(
    cosines_of: CosinesOf,
    caption: str,
    *,
    reads: Reads,
    false_details: Collection[str] | None = None,
    middles: Middles | None = None,
) -> tuple[HalfTruthAnswer, ...]:
    """Ask a model the caption with each wrong detail that fits it and that it reads, and with a true one beside it.

    `false_details` are the kinds whose details a person calls false of her pictures, and only these count; by default
    those count that are false wherever the caption is true. `middles` are those of a drawn scene of its two things.
    """
    try:
        found = half_truths(read_caption(caption), reads, middles)
    except CaptionError:
        return ()
    texts = [text for each in found for text in (each.text, each.true) if text and reads(text)]
    cosines = cosines_of([caption, *texts])
    gains = {text: cosines[:, 1 + index] - cosines[:, 0] for index, text in enumerate(texts)}
    return tuple(
        HalfTruthAnswer(
            kind=each.kind,
            caption=each.text,
            detail=each.detail,
            is_safe=each.is_safe,
            counts=each.is_safe if false_details is None else each.kind in false_details,
            why="" if each.text in gains else NOT_READABLE,
            gain=tuple(gains[each.text].tolist()) if each.text in gains else None,
            fooled=_wins(gains.get(each.text)),
            true=each.true,
            longer=_wins(gains.get(each.true)),
        )
        for each in found
    )


def _wins(gains: Floats | None) -> NumberRow | None:
    """Return 1 for a gain, 0.5 for none and 0 for a loss; None for what was not asked."""
    return None if gains is None else tuple(((np.sign(gains) + 1) / 2).tolist())
