"""Scores of pictures and captions by one or more models as HTML: a comparison of models, and a table for each.

    answer_html([document, ...], pictures, own=True)       # documents of `explorer.service.probing`, data URIs

Marks differ by more than color: a tick, a cross or an equals sign stands before every margin.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from explorer.evaluation.analysis.relevance_overlay import legend, overlay
from explorer.evaluation.metrics import METRICS
from explorer.evaluation.user_probe.probe_verdict import VERDICTS, Document, margin_of, right_caption, summary, verdicts

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


SCORES = ("text_score", "image_score", "group_score")
EMPTY = "<p class='quiet'>Press Ask: the answer of each model comes here.</p>"


def answer_html(documents: Sequence[Document], pictures: Sequence[str], *, own: bool) -> str:
    """Return all models side by side, then each in a section."""
    if not documents:
        return EMPTY
    sections = "".join(
        _section(each, pictures, own, is_open=place == 0 or len(documents) < 3) for place, each in enumerate(documents)
    )
    return f"<div class='probed' data-models='{len(documents)}'>{_ladder(documents, own)}{sections}</div>"


def _ladder(documents: Sequence[Document], own: bool) -> str:
    """Return one row per model: the margin of each picture, and Winoground's scores.

    The scores need two pictures and two captions.
    """
    first = documents[0]
    if first["margin"] is None:
        return ""
    scores = SCORES if own and first["pair_scores"] else ()
    heads = [f"Picture {number}" for number in range(1, first["n"]["images"] + 1)]
    heads += [name.removesuffix("_score").capitalize() for name in scores]
    head = "".join(f"<th scope='col'>{name}</th>" for name in heads)
    lines = []
    for document in documents:
        cells = "".join(
            f"<td>{_margin(margin_of(cosines, right_caption(document, row, own=own)))}</td>"
            for row, cosines in enumerate(document["cosine"])
        )
        cells += "".join(f"<td>{_score(document['pair_scores'][name])}</td>" for name in scores)
        lines.append(f"<tr><th scope='row'>{escape(document['model'])}</th>{cells}</tr>")
    table = f"<table><thead><tr><th scope='col'>Model</th>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    note = "Margin: cosine with the right caption minus the highest of the others."
    if scores:
        chances = ", ".join(f"{100 * (METRICS[name].chance or 0.0):.0f} %" for name in scores)
        note += f" Winoground's text, image and group score of the two pairs have a chance of {chances}."
    return _scrolling("Margins by model", table, "ladder") + f"<p class='quiet'>{note}</p>"


def _section(document: Document, pictures: Sequence[str], own: bool, *, is_open: bool) -> str:
    """Return one model: its table, its verdict, and folded details."""
    name = escape(document["model"])
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in document["warnings"])
    said = f"<p class='verdict'>{escape(summary(document, own=own))}</p>"
    said += _confused(document)
    said += f"<ul class='warnings'>{warnings}</ul>" if warnings else ""
    table = _scrolling(f"Cosines by {document['model']}", _cosines(document, pictures, own), "cosines stacked")
    return (
        f"<details class='model' data-model='{name}'{' open' if is_open else ''}><summary>{name}</summary>"
        f"{table}{said}{heat_html(document, own=own)}{_how(document)}{_snippet(document)}</details>"
    )


def _confused(document: Document) -> str:
    """Return a line on the captions in which two objects have the attributes of one, if any were asked."""
    found = document.get("confusion")
    if not found:
        return ""
    right, pictures, chance = sum(found["right"]), len(found["right"]), 100 * found["chance"]
    return (
        f"<p class='confused'>Above all captions with repeated attributes ({len(found['captions'])}): in {right:.3g} of"
        f" {pictures} pictures; chance {chance:.0f} %.</p>"
    )


def _cosines(document: Document, pictures: Sequence[str], own: bool) -> str:
    """Return a table of pictures by captions, with margin, control and verdict."""
    control, kinds = document["order_free"], verdicts(document, own=own)
    said = [f"{number}. {escape(caption)}" for number, caption in enumerate(document["captions"], start=1)]
    head = "".join(f"<th scope='col' class='said'>{caption}</th>" for caption in said)
    # What counts stands first, where a phone or a fourth caption does not push it out of sight.
    first, last = (("Margin", "Verdict"), ("Words alone", "Spread")) if control else ((), ())
    head = _heads(first) + head + _heads(last)
    lines = []
    for row, cosines in enumerate(document["cosine"]):
        right = right_caption(document, row, own=own)
        cells = "".join(_cell(document, row, column, right, said[column]) for column in range(len(cosines)))
        if control:
            words = margin_of(control["cosine"][row], right)
            verdict = f"<td data-label='Verdict' data-verdict='{kinds[row]}'>{VERDICTS[kinds[row]]}</td>"
            cells = f"<td data-label='Margin'>{_margin(margin_of(cosines, right))}</td>{verdict}{cells}"
            cells += f"<td data-label='Words alone'>{_signed(words or 0.0)}</td>"
            cells += f"<td data-label='Spread'>{control['spread'][row]:.4f}</td>"
        picture = f"<img src='{pictures[row]}' alt='picture {row + 1}: {escape(document['images'][row])}'>"
        lines.append(f"<tr><th scope='row'>{picture}</th>{cells}</tr>")
    return f"<table><thead><tr><th scope='col'>Picture</th>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _heads(names: Sequence[str]) -> str:
    return "".join(f"<th scope='col'>{name}</th>" for name in names)


def _cell(document: Document, row: int, column: int, right: int, said: str) -> str:
    """Return a cosine with its mark, the nearest of its row in bold, and its probability.

    A phone shows the caption in it.
    """
    cosines, probability = document["cosine"][row], document["probabilities"][row][column]
    mark = "<span class='tick'>✓</span>" if column == right else "<span class='cross'>✗</span>"
    text = f"{cosines[column]:.4f}".replace("-", "−")
    if len(cosines) == 1:  # right or wrong, and a share, need another caption
        return f"<td class='said' data-label='{said}'>{text}</td>"
    nearest = cosines[column] == max(cosines)
    number = f"<b>{text}</b>" if nearest else text
    kind = "right" if column == right else "wrong"
    return (
        f"<td class='said {kind}{' nearest' if nearest else ''}' data-label='{said}'>{mark}{number}"
        f"<small>{_percent(probability)}</small></td>"
    )


def _how(document: Document) -> str:
    """Return folded notes: preprocessing, and unusual facts of the loading."""
    pixels = document["preprocessing"]
    height, width = pixels["size"]
    mean, std = (", ".join(f"{value:.3f}" for value in pixels[name]) for name in ("mean", "std"))
    bias = "" if document["logit_bias"] is None else f", logit_bias {document['logit_bias']:.2f}"
    lines = [
        f"Pixels: {height} × {width}, {pixels['resize_mode']}, {pixels['interpolation']}; mean {mean}; std {std}.",
        f"Activation: {document['activation']}. Device: {document['device']}.",
        f"Percentages: at the model's own logit_scale, {document['logit_scale']:.1f}{bias}.",
        *document["notes"],
        *(f"{name.replace('_', ' ').capitalize()}: {words}" for name, words in document["definitions"].items()),
    ]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>How these numbers were made</summary><ul>{items}</ul></details>"


def _snippet(document: Document) -> str:
    """Return a folded script of plain open_clip, to copy."""
    code = f"<pre tabindex='0'><code>{escape(document['snippet'])}</code></pre>"
    copy = "<button type='button' class='copy'>Copy</button>"
    return f"<details><summary>The same in plain open_clip</summary>{copy}{code}</details>"


def _scrolling(label: str, table: str, kind: str) -> str:
    return f"<div class='facts {kind}' tabindex='0' role='region' aria-label='{escape(label)}'>{table}</div>"


def _margin(margin: float | None) -> str:
    """Return a margin with its mark."""
    if not margin:
        return "<span class='even'>= 0</span>"
    kind, mark, name = ("right", "✓", "tick") if margin > 0 else ("wrong", "✗", "cross")
    return f"<span class='{kind}'><span class='{name}'>{mark}</span>{_signed(margin)}</span>"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−") if value else "0"


def _score(value: float) -> str:
    words = {1.0: ("right", "tick", "✓"), 0.0: ("wrong", "cross", "✗")}
    if value not in words:
        return f"{value:.2g}"
    kind, name, mark = words[value]
    return f"<span class='{kind}'><span class='{name}'>{mark}</span>{value:.0f}</span>"


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.1f} %" if 0.05 <= percent <= 99.95 else "&lt; 0.1 %" if percent < 50 else "&gt; 99.9 %"
