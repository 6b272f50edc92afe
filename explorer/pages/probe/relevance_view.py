"""Relevance maps as HTML: the model's view of each picture, with a map per caption.

    heat_html(document, own=True)        # a document of `explorer.service.probing` with maps; "" if there are none

All maps of one picture share a scale, so that right and swapped can be compared; the table holds the same in numbers.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from explorer.evaluation.analysis.relevance_overlay import legend, overlay
from explorer.evaluation.user_probe.probe_verdict import right_caption

QUARTERS = ("top left", "top right", "bottom left", "bottom right")


def heat_html(document: Mapping[str, Any], *, own: bool) -> str:
    """Return the maps under an open fold, or the reason why there is none."""
    found = document.get("relevance")
    if not found:
        return ""
    if found["why"]:
        return f"<p class='why looks'>{escape(found['why'])}</p>"
    rows = "".join(_picture(document, row, right_caption(document, row, own=own)) for row in range(len(found["maps"])))
    grid = f"{len(found['maps'][0][0])} × {len(found['maps'][0][0][0])}"
    more = len(document["captions"]) - found["captions"]
    left = f" The first {found['captions']} captions have a map." if more > 0 else ""
    note = f"<p class='quiet'>{escape(found['method'])} {grid} patches.{left}</p>"
    return (
        f"<details class='looks' open><summary>Where it looks</summary>{rows}{note}"
        f"<details><summary>The maps as a table</summary>{_table(document, own)}</details></details>"
    )


def _picture(document: Mapping[str, Any], row: int, right: int) -> str:
    """Return a picture, its maps, and their scale."""
    found, name = document["relevance"], escape(document["images"][row])
    maps = found["maps"][row]
    most = max(share for each in maps for line in each for share in line)
    seen = f"<img src='{found['seen'][row]}' alt='{name} as the model sees it'>"
    figures = [f"<figure><div class='heat'>{seen}</div><figcaption>{name}, as the model sees it</figcaption></figure>"]
    for column, each in enumerate(maps):
        caption = f"{column + 1}. {escape(document['captions'][column])}"
        mark = "<span class='tick'>✓</span>" if column == right else "<span class='cross'>✗</span>"
        kind = "right" if column == right else "wrong"
        words = f"{name}, {caption}: {escape(_words(each))}"
        figures.append(
            f"<figure><div class='heat' role='img' aria-label='{words}'><img src='{found['seen'][row]}' alt=''>"
            f"<img class='map' src='{overlay(each, most)}' alt=''></div>"
            f"<figcaption class='{kind}'>{mark}{caption}</figcaption></figure>"
        )
    scale = (
        f"<div class='scale'><span>0 %</span><i style='background:{legend()}'></i>"
        f"<span>{100 * most:.0f} % of what speaks for the caption, in one patch</span></div>"
    )
    return f"<div class='heats' data-picture='{row}'>{''.join(figures)}</div>{scale}"


def _words(shares: Sequence[Sequence[float]]) -> str:
    """State where a map has its maximum, for screen readers."""
    most, row, column = max((share, -r, -c) for r, line in enumerate(shares) for c, share in enumerate(line))
    if not most:
        return "nothing speaks for this caption"
    return (
        f"most in row {1 - row}, column {1 - column} of {len(shares)} by {len(shares[0])} patches, {100 * most:.0f} %"
    )


def _table(document: Mapping[str, Any], own: bool) -> str:
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("Picture", "Caption", *QUARTERS, "Largest patch"))
    lines = []
    for row, by_caption in enumerate(document["relevance"]["quarters"]):
        for column, parts in enumerate(by_caption):
            mark = "✓" if column == right_caption(document, row, own=own) else "✗"
            cells = "".join(f"<td>{100 * part:.0f} %</td>" for part in parts)
            largest = max(share for line in document["relevance"]["maps"][row][column] for share in line)
            said = f"{mark} {escape(document['captions'][column])}"
            name = escape(document["images"][row])
            lines.append(f"<tr><th scope='row'>{name}</th><td>{said}</td>{cells}<td>{100 * largest:.0f} %</td></tr>")
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    label = f"Maps by {escape(document['model'])}"
    return f"<div class='facts' tabindex='0' role='region' aria-label='{label}'>{table}</div>"
