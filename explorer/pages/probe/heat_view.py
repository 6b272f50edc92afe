"""Relevance maps of an answer as HTML: each picture as the model sees it, with the map of each caption over it.

    heat_html(scored, own=True)        # ScoredPictures; the reason if there is no map, "" if none was asked

The same shares stand in a table below the pictures, and in words for screen readers.
"""

from dataclasses import dataclass

from markupsafe import Markup

from explorer.evaluation.user_probe import (
    QUARTERS,
    NoMaps,
    RelevanceMaps,
    ScoredPictures,
    Table,
    legend,
    overlay,
    right_caption,
)
from explorer.pages.shared.templates import rendered
from explorer.wording import percent

HEADS = ("Picture", "Caption", *QUARTERS, "Largest patch")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Map:
    """Map of one caption; `words` state its maximum for screen readers."""

    text: str
    caption: str
    is_right: bool
    words: str
    overlay: str
    quarters: tuple[float, ...]
    largest: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Heats:
    """A picture as the model sees it, `seen`, with the map of each caption; `most` is the end of their scale."""

    name: str
    seen: str
    most: float
    maps: tuple[_Map, ...]


def heat_html(scored: ScoredPictures, *, own: bool) -> Markup:
    """Return the maps under an open fold, or the reason why there is none."""
    answer = scored.answer
    found = answer.relevance
    if found is None:
        return Markup("")
    if isinstance(found, NoMaps):
        return rendered("probe/heat.html", why=found.why)
    rows = [_heats(scored, found, row, right_caption(answer, row, own=own)) for row in range(len(found.maps))]
    return rendered(
        "probe/heat.html", why="", found=found, rows=rows, legend=legend(), heads=HEADS, model=answer.model,
        grid=f"{len(found.maps[0][0])} × {len(found.maps[0][0][0])}",
        left=len(answer.captions) - found.captions,
    )  # fmt: skip


def _heats(scored: ScoredPictures, found: RelevanceMaps, row: int, right: int) -> _Heats:
    maps, captions = found.maps[row], scored.answer.captions
    most = max(share for each in maps for line in each for share in line)
    return _Heats(
        name=scored.images[row],
        seen=found.seen[row],
        most=most,
        maps=tuple(
            _Map(
                text=captions[column],
                caption=f"{column + 1}. {captions[column]}",
                is_right=column == right,
                words=_most_of(each),
                overlay=overlay(each, most),
                quarters=found.quarters[row][column],
                largest=max(share for line in each for share in line),
            )
            for column, each in enumerate(maps)
        ),
    )


def _most_of(shares: Table) -> str:
    """State where a map has its maximum, for screen readers."""
    most, row, column = max((share, -r, -c) for r, line in enumerate(shares) for c, share in enumerate(line))
    if not most:
        return "nothing speaks for this caption"
    return f"most in row {1 - row}, column {1 - column} of {len(shares)} by {len(shares[0])} patches, {percent(most)}"
