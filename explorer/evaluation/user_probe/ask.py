"""Scores of a user's pictures and captions by one model.

    document = probe(clip, images, ["a red bus and a blue car", "a blue bus and a red car"], rng=rng)
    document["cosine"], document["margin"], document["probabilities"]

Pixels pass through open_clip's own transform and captions through the model's own tokenizer, whole.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from explorer.clip.clip import Clip, is_cut
from explorer.clip.describe import describe
from explorer.clip.image_inputs import pictures, seen
from explorer.evaluation.analysis.relevance import METHOD, relevance_maps, why_not
from explorer.evaluation.analysis.relevance_mass import quarters
from explorer.evaluation.embed import embed_pixels, embed_texts
from explorer.evaluation.snapshots import unknown_words
from explorer.evaluation.user_probe import caption_scores
from explorer.evaluation.user_probe.caption_scores import NOTE_SIGMOID, NOTE_SOFTMAX, ORDERS


def probe(
    clip: Clip, shown: Iterable[Any], captions: Sequence[str], *, rng: np.random.Generator, mapped: int = 0
) -> dict[str, Any]:
    """Return every number of `score` as JSON; "relevance" maps the first `mapped` captions, None if that is 0."""
    pixels = pictures(clip, shown)
    images = embed_pixels(clip, pixels)
    description = describe(clip)
    orders = caption_scores.bag_orders(captions, count=ORDERS, rng=rng)
    every = caption_scores.cosines(images, _embed(clip, [*captions, *(text for each in orders for text in each)]))
    cosine, shuffled = every[:, : len(captions)], every[:, len(captions) :].reshape(len(images), len(captions), ORDERS)
    margin = caption_scores.margins(cosine)
    chances = caption_scores.probabilities(cosine, scale=description.logit_scale, bias=description.logit_bias)
    return {
        "captions": list(captions),
        "cosine": cosine.tolist(),
        "margin": None if margin is None else margin.tolist(),
        "probabilities": chances.tolist(),
        "order_free": caption_scores.order_free(shuffled),
        "pair_scores": caption_scores.pair_scores(cosine),
        "n": {"images": len(images), "captions": len(captions)},
        "model": clip.name,
        "preprocessing": description.preprocessing(),
        "activation": description.activation,
        "logit_scale": description.logit_scale,
        "logit_bias": description.logit_bias,
        "notes": [*description.notes, NOTE_SOFTMAX if description.logit_bias is None else NOTE_SIGMOID],
        "warnings": _warnings(clip, captions),
        "definitions": dict(caption_scores.DEFINITIONS),
        "relevance": _relevance(clip, pixels, captions[:mapped]) if mapped else None,
    }


def _relevance(clip: Clip, pixels: Any, captions: Sequence[str]) -> dict[str, Any]:
    """Return {"why": reason} or the maps [image][caption][row][column], their quarters, and the model's view."""
    why = why_not(clip.model)
    if why:
        return {"why": why}
    said = _embed(clip, captions)
    texts = np.broadcast_to(said, (len(pixels), *said.shape))
    try:
        maps = relevance_maps(clip, pixels, texts)
    except ValueError as error:
        return {"why": f"No map: {error}."}
    parts = quarters(maps.reshape(-1, *maps.shape[2:])).reshape(*maps.shape[:2], 4)
    return {
        "why": "",
        "method": METHOD,
        "captions": len(captions),
        "maps": maps.round(5).tolist(),
        "quarters": parts.round(5).tolist(),
        "seen": seen(clip, pixels),
    }


def _embed(clip: Clip, texts: Sequence[str]) -> np.ndarray:
    """Return (N, D) of texts, equal ones encoded once: the position in a batch may change the last bit."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return embed_texts(clip, list(places))[[places[text] for text in texts]]


def _warnings(clip: Clip, captions: Sequence[str]) -> list[str]:
    """Return warnings on captions that the model reads only in part."""
    found = []
    for number, (caption, cut) in enumerate(zip(captions, is_cut(clip, captions), strict=True), start=1):
        if cut:
            found.append(f"Caption {number} is longer than the {clip.context_length} tokens that the model reads: cut.")
        if unknown := unknown_words(clip, caption):
            found.append(f"Caption {number} has words that the model has never read: {', '.join(unknown)}.")
    return found
