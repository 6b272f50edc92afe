"""Answers to a question as HTML: per model what each picture is sure of, then maps, cosines and how they were made.

    answer_html([document, ...], pictures, own=True)       # documents of `explorer.service.probing`, data URIs

Marks differ by more than color: a tick or a cross stands before every caption and margin.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from explorer.evaluation.analysis.relevance_overlay import legend, overlay
from explorer.evaluation.metrics import METRICS
from explorer.evaluation.user_probe.probe_verdict import (
    VERDICTS,
    Choice,
    Document,
    choices,
    margin_of,
    right_caption,
    summary,
    verdicts,
)
from explorer.pages.shared.templates import rendered

QUARTERS = ("top left", "top right", "bottom left", "bottom right")
HEADS = ("Picture", "Caption", *QUARTERS, "Largest patch")
SCORES = ("text_score", "image_score", "group_score")
LUCKY = ("spread", "words")
"""Verdicts on a right answer that word order could have given."""
WORDS = {
    "toss": "Practically a coin toss",
    "leans-right": "Leans to its own caption",
    "leans-wrong": "Leans to the wrong caption",
    "fairly-right": "Fairly sure of its own caption",
    "fairly-wrong": "Fairly sure of the wrong caption",
    "sure-right": "Sure of its own caption",
    "sure-wrong": "Sure of the wrong caption",
}
EMPTY = Markup("<p class='quiet'>Press Ask: the answer of each model comes here.</p>")


def answer_html(documents: Sequence[Document], pictures: Sequence[str], *, own: bool) -> Markup:
    """Return all models side by side, then each in a section."""
    if not documents:
        return EMPTY
    models = [
        _model(each, pictures, own, is_open=place == 0 or len(documents) < 3) for place, each in enumerate(documents)
    ]
    return rendered("probe/answer.html", models=models, words=WORDS, signed=signed, percent=percent)


def _model(document: Document, pictures: Sequence[str], own: bool, *, is_open: bool) -> dict[str, Any]:
    """Return the values of one model for the template."""
    captions = [f"{number}. {caption}" for number, caption in enumerate(document["captions"], start=1)]
    chosen, kinds = choices(document, own=own), verdicts(document, own=own)
    scores = document["pair_scores"] if own else None
    return {
        "name": document["model"],
        "is_open": is_open,
        "document": document,
        "captions": captions,
        "has_control": document["order_free"] is not None,
        "pictures": [
            _picture(document, row, pictures[row], captions, chosen[row] if chosen else None,
                     kinds[row] if kinds else "", right_caption(document, row, own=own))
            for row in range(len(document["cosine"]))
        ],
        "summary": summary(document, own=own),
        "confused": _confused(document),
        "scores": [(name.removesuffix("_score"), _score(name, scores[name])) for name in SCORES] if scores else [],
        "heat": heat_html(document, own=own),
        "how": _how(document),
    }  # fmt: skip


def _picture(
    document: Document, row: int, uri: str, captions: Sequence[str], chosen: Choice | None, kind: str, right: int
) -> dict[str, Any]:
    """Return what a model says of one picture."""
    cosines, shares, control = document["cosine"][row], document["probabilities"][row], document["order_free"]
    cells = [
        {
            "said": captions[place],
            "cosine": f"{cosine:.4f}".replace("-", "−"),
            "share": shares[place],
            "is_right": place == right,
            "is_nearest": cosine == max(cosines),
        }
        for place, cosine in enumerate(cosines)
    ]
    bars = [
        {"caption": document["captions"][place], "share": share, "is_right": place == right,
         "is_chosen": chosen is not None and place == chosen.chosen}
        for place, share in enumerate(shares)
    ]  # fmt: skip
    return {
        "uri": uri,
        "name": document["images"][row],
        "choice": None if chosen is None else _in_words(chosen),
        "bars": bars if chosen else [],
        "luck": kind in LUCKY,
        "kind": kind,
        "verdict": VERDICTS.get(kind, ""),
        "margin": margin_of(cosines, right),
        "cells": cells,
        "by_words": margin_of(control["cosine"][row], right) if control else None,
        "spread": control["spread"][row] if control else None,
    }


def _confused(document: Document) -> str:
    """State the captions in which two objects have the attributes of one, if any were asked."""
    found = document.get("confusion")
    if not found:
        return ""
    right, pictures, chance = sum(found["right"]), len(found["right"]), 100 * found["chance"]
    return (
        f"Above all captions with repeated attributes ({len(found['captions'])}): in {right:.3g} of"
        f" {pictures} pictures; chance {chance:.0f} %."
    )


def _in_words(chosen: Choice) -> dict[str, Any]:
    """Return the key of the sentence on a choice, and its odds."""
    side = "right" if chosen.is_right else "wrong"
    whole = round(100 * chosen.most)
    return {
        "key": "toss" if chosen.degree == "toss" else f"{chosen.degree}-{side}",
        "degree": chosen.degree,
        "is_right": chosen.is_right,
        "odds": "over 99 to 1" if whole >= 100 else f"{whole} to {100 - whole}",
    }


def _score(name: str, value: float) -> str:
    """Return one of Winoground's scores with its chance."""
    return f"{value:.2g} (chance {100 * (METRICS[name].chance or 0.0):.0f} %)"


def heat_html(document: Mapping[str, Any], *, own: bool) -> Markup:
    """Return the maps under an open fold, or the reason why there is none."""
    found = document.get("relevance")
    if not found:
        return Markup("")
    if found["why"]:
        return rendered("probe/heat.html", found=found)
    rows = [_maps(document, row, right_caption(document, row, own=own)) for row in range(len(found["maps"]))]
    return rendered(
        "probe/heat.html", found=found, rows=rows, legend=legend(), heads=HEADS, model=document["model"],
        grid=f"{len(found['maps'][0][0])} × {len(found['maps'][0][0][0])}",
        left=len(document["captions"]) - found["captions"],
    )  # fmt: skip


def _maps(document: Mapping[str, Any], row: int, right: int) -> dict[str, Any]:
    """Return a picture as the model sees it, with the map of each caption."""
    found = document["relevance"]
    maps = found["maps"][row]
    most = max(share for each in maps for line in each for share in line)
    return {
        "name": document["images"][row],
        "seen": found["seen"][row],
        "most": most,
        "maps": [
            {
                "text": document["captions"][column],
                "caption": f"{column + 1}. {document['captions'][column]}",
                "is_right": column == right,
                "words": _most_of(each),
                "overlay": overlay(each, most),
                "quarters": found["quarters"][row][column],
                "largest": max(share for line in each for share in line),
            }
            for column, each in enumerate(maps)
        ],
    }


def _most_of(shares: Sequence[Sequence[float]]) -> str:
    """State where a map has its maximum, for screen readers."""
    most, row, column = max((share, -r, -c) for r, line in enumerate(shares) for c, share in enumerate(line))
    if not most:
        return "nothing speaks for this caption"
    return (
        f"most in row {1 - row}, column {1 - column} of {len(shares)} by {len(shares[0])} patches, {100 * most:.0f} %"
    )


def _how(document: Document) -> list[str]:
    """Return notes on preprocessing, unusual facts of the loading, and definitions."""
    pixels = document["preprocessing"]
    height, width = pixels["size"]
    mean, std = (", ".join(f"{value:.3f}" for value in pixels[name]) for name in ("mean", "std"))
    bias = "" if document["logit_bias"] is None else f", logit_bias {document['logit_bias']:.2f}"
    return [
        f"Pixels: {height} × {width}, {pixels['resize_mode']}, {pixels['interpolation']}; mean {mean}; std {std}.",
        f"Activation: {document['activation']}. Device: {document['device']}.",
        f"Percentages: at the model's own logit_scale, {document['logit_scale']:.1f}{bias}.",
        *document["notes"],
        *(f"{name.replace('_', ' ').capitalize()}: {words}" for name, words in document["definitions"].items()),
    ]


def signed(value: float) -> str:
    """Format a number with its sign, with a real minus."""
    return f"{value:+.4f}".replace("-", "−") if value else "0"


def percent(share: float) -> str:
    """Format a share; the ends are never rounded to all or nothing."""
    whole = 100 * share
    return f"{whole:.1f} %" if 0.05 <= whole <= 99.95 else "< 0.1 %" if whole < 50 else "> 99.9 %"
