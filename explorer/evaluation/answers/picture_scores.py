"""Scores of a user's pictures and captions by one model.

Pixels pass through open_clip's own transform and captions through the model's own tokenizer, whole.

The control sorts each caption's words and puts them into random orders, the same orders for captions of as many
words. The remaining margin comes from the words only: two captions of the same words become the same texts, so their
margin is 0 by construction, and a margin that does not shrink shows no binding. `spread`, the variation of cosines of
one bag of words by its order, is the size below which a margin means little.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.captions.half_truths import Middles
from explorer.clip.checkpoints import describe_model
from explorer.clip.clip import Clip, are_truncated
from explorer.clip.pixels import model_view_uris, transform_pictures
from explorer.evaluation import metrics
from explorer.evaluation.answers.details import AnswerDetails
from explorer.evaluation.answers.picture_answer import (
    Confusion,
    NoMaps,
    OrderFree,
    PictureAnswer,
    Relevance,
    RelevanceMaps,
    make_table,
)
from explorer.evaluation.answers.relevance import RELEVANCE_METHOD, mass_in_quarters, relevance_maps, why_no_map
from explorer.evaluation.answers.rewording import answer_half_truths, ask_wordings, reword_question
from explorer.evaluation.answers.which_words import WordsAnswer, caption_effects, difference_effects
from explorer.evaluation.answers.word_orders import NUM_ORDERS, bag_orders
from explorer.evaluation.answers.word_relevance import word_relevance
from explorer.evaluation.embed import embed_distinct_texts, embed_pixels
from explorer.evaluation.metrics import MEASURE_WORDS, Floats, ItemScores
from explorer.sentences import Sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownPictures:
    """Pictures as a model gets them: pixels (I, 3, S, S) and their features (I, D)."""

    pixels: Any
    features: Floats


def show_pictures(clip: Clip, pictures: Iterable[Any]) -> ShownPictures:
    """Embed decoded pictures, once for all that is asked of them."""
    pixels = transform_pictures(clip, pictures)
    return ShownPictures(pixels=pixels, features=embed_pixels(clip, pixels))


def answer_question(clip: Clip, shown: ShownPictures, captions: Sequence[str], *, mapped: int = 0) -> PictureAnswer:
    """Return every number of `score`; `mapped` is the number of first captions with a relevance map."""
    images = shown.features
    description = describe_model(clip)
    orders = [bag_orders(caption) for caption in captions]
    every = metrics.cosine(images, embed_distinct_texts(clip, [*captions, *(text for each in orders for text in each)]))
    cosine = every[:, : len(captions)]
    shuffled = every[:, len(captions) :].reshape(len(images), len(captions), NUM_ORDERS)
    margin = margins(cosine)
    chances = probabilities(cosine, scale=description.logit_scale, bias=description.logit_bias)
    return PictureAnswer(
        captions=tuple(captions),
        cosine=make_table(cosine.tolist()),
        margin=None if margin is None else tuple(margin.tolist()),
        probabilities=make_table(chances.tolist()),
        order_free=score_without_order(shuffled),
        pair_scores=pair_scores(cosine),
        model=clip.name,
        preprocessing=description.preprocessing,
        activation=description.activation,
        logit_scale=description.logit_scale,
        logit_bias=description.logit_bias,
        notes=(*description.notes, MEASURE_WORDS["notes"]["softmax" if description.logit_bias is None else "sigmoid"]),
        warnings=tuple(_warnings(clip, captions)),
        definitions=MEASURE_WORDS["asked"],
        relevance=_map_relevance(clip, shown.pixels, captions[:mapped]) if mapped else None,
    )


def explain_answer(
    clip: Clip,
    shown: ShownPictures,
    captions: Sequence[str],
    *,
    right: Sequence[int],
    false_details: Collection[str] | None,
    middles: Middles | None,
) -> AnswerDetails:
    """Return if the answer to a question is steady, fooled by half-truths, and which words it rests on.

    `right` is the right caption of each picture. Words and half-truths are those of the first caption; the margin is
    that over the second. `false_details` are kinds of details that are false of the pictures, and `middles` those of a
    drawn scene, see `answer_half_truths`.
    """
    images = shown.features

    def cosines_of(texts: Sequence[str]) -> Floats:
        return metrics.cosine(images, embed_distinct_texts(clip, texts))

    def reads(text: str) -> bool:
        return not clip.unknown_words(text)

    first, *others = captions
    return AnswerDetails(
        right=tuple(right),
        wordings=ask_wordings(cosines_of, captions, reword_question(captions, reads=reads), right=right),
        half_truths=answer_half_truths(cosines_of, first, reads=reads, false_details=false_details, middles=middles),
        words=WordsAnswer(
            caption=caption_effects(cosines_of, first),
            difference=difference_effects(cosines_of, first, others[0]) if others else None,
            relevance=word_relevance(clip, images, first, others[0] if others else None),
        ),
    )


def _map_relevance(clip: Clip, pixels: Any, captions: Sequence[str]) -> Relevance:
    if why := why_no_map(clip.model):
        return NoMaps(why=why)
    features = embed_distinct_texts(clip, captions)
    texts = np.broadcast_to(features, (len(pixels), *features.shape))
    try:
        maps = relevance_maps(clip, pixels, texts)
    except ValueError as error:
        return NoMaps(why=f"No map: {error}.")
    parts = mass_in_quarters(maps.reshape(-1, *maps.shape[2:])).reshape(*maps.shape[:2], 4)
    return RelevanceMaps(
        method=RELEVANCE_METHOD,
        captions=len(captions),
        maps=tuple(tuple(map(make_table, each)) for each in maps.round(5).tolist()),
        quarters=tuple(map(make_table, parts.round(5).tolist())),
        seen=tuple(model_view_uris(clip, pixels)),
    )


def _warnings(clip: Clip, captions: Sequence[str]) -> list[str]:
    """Return warnings on captions that the model reads only in part."""
    warnings: list[str] = []
    for number, (caption, cut) in enumerate(zip(captions, are_truncated(clip, captions), strict=True), start=1):
        if cut:
            english = "Caption {number} is longer than the {most} tokens that the model reads: cut."
            warnings.append(Sentence("caption.cut", english, number=number, most=clip.context_length))
        if unknown := clip.unknown_words(caption):
            english = "Caption {number} has words that the model has never read: {words}."
            warnings.append(Sentence("caption.unread", english, number=number, words=", ".join(unknown)))
    return warnings


def margins(cosine: Floats) -> ItemScores | None:
    """Return (I,) from (I, C): the first caption minus the best of the others; None if there is no other."""
    if cosine.shape[1] < 2:
        return None
    return metrics.margin(cosine[:, 0], cosine[:, 1:].max(axis=1))


def probabilities(cosine: Floats, *, scale: float, bias: float | None) -> ItemScores:
    """Return (I, C): a softmax over the captions, or a sigmoid each if the model has a bias."""
    logits = np.asarray(cosine, dtype=np.float64) * scale
    if bias is not None:
        # Of the half that does not overflow.
        small = np.exp(-np.abs(logits + bias))
        return np.where(logits + bias >= 0, 1 / (1 + small), small / (1 + small))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def pair_scores(cosine: Floats) -> dict[str, float] | None:
    """Return Winoground's three scores for two captions of two pictures in their order; a tie counts a half."""
    if cosine.shape != (2, 2):
        return None
    return {name: float(score[0]) for name, score in metrics.winoground(cosine[None]).items()}


def score_confusions(cosine: Floats, columns: Sequence[int]) -> Confusion | None:
    """Score whether the first caption is above all those in `columns`, per picture of (I, C); None without a column."""
    if not columns:
        return None
    compared = cosine[:, [0, *columns]]
    right = metrics.first_place_share(compared, np.ones(compared.shape, dtype=bool))
    return Confusion(captions=tuple(columns), right=tuple(right.tolist()), chance=1 / (1 + len(columns)))


def score_without_order(cosine: Floats) -> OrderFree | None:
    """Return margins and spreads of (I, C, R) cosines with R orders of each caption; None for C = 1."""
    words = cosine.mean(axis=2)
    by_words = margins(words)
    if by_words is None:
        return None
    spread = cosine.std(axis=2, ddof=1).mean(axis=1)
    return OrderFree(
        cosine=make_table(words.tolist()),
        margin=tuple(by_words.tolist()),
        spread=tuple(spread.tolist()),
        orders=cosine.shape[2],
    )
