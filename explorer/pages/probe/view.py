"""Answers to a question as HTML: per model what each picture is sure of, then maps, cosines and how they were made.

    answer_html([scored, ...], pictures, own=True)       # ScoredPictures of `explorer.service.probing`, data URIs

Marks differ by more than color: a tick or a cross stands before every caption and margin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from explorer.evaluation.metrics import METRICS
from explorer.evaluation.user_probe import (
    VERDICTS,
    Choice,
    ScoredPictures,
    choices,
    margin_of,
    right_caption,
    summary,
    verdicts,
)
from explorer.pages.probe.heat_view import heat_html
from explorer.pages.shared.templates import rendered
from explorer.wording import decimal, percent, probability, signed

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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """Key of the sentence on a choice, and its odds."""

    key: str
    degree: str
    is_right: bool
    odds: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bar:
    """Share of a caption as a bar."""

    caption: str
    share: float
    is_right: bool
    is_chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cell:
    """Cosine of a caption in the table."""

    said: str
    cosine: str
    share: float
    is_right: bool
    is_nearest: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Picture:
    """Answer of a model about one picture; `kind` is one of `VERDICTS`, "" for a single caption."""

    uri: str
    name: str
    choice: _Said | None
    bars: tuple[_Bar, ...]
    luck: bool
    kind: str
    verdict: str
    margin: float | None
    cells: tuple[_Cell, ...]
    by_words: float | None
    spread: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Model:
    """Section of one model; `captions` are numbered."""

    name: str
    is_open: bool
    warnings: tuple[str, ...]
    snippet: str
    captions: tuple[str, ...]
    has_control: bool
    pictures: tuple[_Picture, ...]
    summary: str
    confused: str
    scores: tuple[tuple[str, str], ...]
    heat: Markup
    how: tuple[str, ...]


def answer_html(answers: Sequence[ScoredPictures], pictures: Sequence[str], *, own: bool) -> Markup:
    """Return all models side by side, then each in a section."""
    if not answers:
        return EMPTY
    models = [_model(each, pictures, own, is_open=place == 0 or len(answers) < 3) for place, each in enumerate(answers)]
    return rendered("probe/answer.html", models=models, words=WORDS, margin_words=margin_words, probability=probability)


def _model(scored: ScoredPictures, pictures: Sequence[str], own: bool, *, is_open: bool) -> _Model:
    answer = scored.answer
    chosen, kinds = choices(answer, own=own), verdicts(answer, own=own)
    scores = answer.pair_scores if own else None
    return _Model(
        name=answer.model,
        is_open=is_open,
        warnings=answer.warnings,
        snippet=scored.snippet,
        captions=tuple(_numbered(answer.captions)),
        has_control=answer.order_free is not None,
        pictures=tuple(
            _picture(scored, row, pictures[row], chosen[row] if chosen else None, kinds[row] if kinds else "",
                     right_caption(answer, row, own=own))
            for row in range(answer.picture_count)
        ),
        summary=summary(answer, own=own),
        confused=_confused(scored),
        scores=tuple((name.removesuffix("_score"), _score(name, scores[name])) for name in SCORES) if scores else (),
        heat=heat_html(scored, own=own),
        how=tuple(_how(scored)),
    )  # fmt: skip


def _numbered(captions: Sequence[str]) -> list[str]:
    return [f"{number}. {caption}" for number, caption in enumerate(captions, start=1)]


def _picture(scored: ScoredPictures, row: int, uri: str, chosen: Choice | None, kind: str, right: int) -> _Picture:
    answer = scored.answer
    cosines, shares, control = answer.cosine[row], answer.probabilities[row], answer.order_free
    cells = (
        _Cell(
            said=said,
            cosine=decimal(cosine, 4),
            share=shares[place],
            is_right=place == right,
            is_nearest=cosine == max(cosines),
        )
        for place, (said, cosine) in enumerate(zip(_numbered(answer.captions), cosines, strict=True))
    )
    return _Picture(
        uri=uri,
        name=scored.images[row],
        choice=None if chosen is None else _in_words(chosen),
        bars=() if chosen is None else _bars(answer.captions, shares, right, chosen.chosen),
        luck=kind in LUCKY,
        kind=kind,
        verdict=VERDICTS.get(kind, ""),
        margin=margin_of(cosines, right),
        cells=tuple(cells),
        by_words=margin_of(control.cosine[row], right) if control else None,
        spread=control.spread[row] if control else None,
    )


def _bars(captions: Sequence[str], shares: Sequence[float], right: int, chosen: int) -> tuple[_Bar, ...]:
    return tuple(
        _Bar(caption=captions[place], share=share, is_right=place == right, is_chosen=place == chosen)
        for place, share in enumerate(shares)
    )


def _confused(scored: ScoredPictures) -> str:
    """State the captions in which two objects have the attributes of one, if any were asked."""
    found = scored.confusion
    if found is None:
        return ""
    right, pictures = sum(found.right), len(found.right)
    return (
        f"Above all captions with repeated attributes ({len(found.captions)}): in {right:.3g} of"
        f" {pictures} pictures; chance {percent(found.chance)}."
    )


def _in_words(chosen: Choice) -> _Said:
    side = "right" if chosen.is_right else "wrong"
    whole = round(100 * chosen.most)
    return _Said(
        key="toss" if chosen.degree == "toss" else f"{chosen.degree}-{side}",
        degree=chosen.degree,
        is_right=chosen.is_right,
        odds="over 99 to 1" if whole >= 100 else f"{whole} to {100 - whole}",
    )


def _score(name: str, value: float) -> str:
    """Return one of Winoground's scores with its chance."""
    return f"{value:.2g} (chance {percent(METRICS[name].chance)})"


def _how(scored: ScoredPictures) -> list[str]:
    """Return notes on preprocessing, unusual facts of the loading, and definitions."""
    answer, pixels = scored.answer, scored.answer.preprocessing
    height, width = pixels.size
    mean, std = (", ".join(f"{value:.3f}" for value in values) for values in (pixels.mean, pixels.std))
    bias = "" if answer.logit_bias is None else f", logit_bias {answer.logit_bias:.2f}"
    return [
        f"Pixels: {height} × {width}, {pixels.resize_mode}, {pixels.interpolation}; mean {mean}; std {std}.",
        f"Activation: {answer.activation}. Device: {scored.environment.device}.",
        f"Percentages: at the model's own logit_scale, {answer.logit_scale:.1f}{bias}.",
        *answer.notes,
        *(f"{name.replace('_', ' ').capitalize()}: {words}" for name, words in answer.definitions.items()),
    ]


def margin_words(value: float) -> str:
    """Format a difference of cosines."""
    return signed(value, 4)
