"""What a visitor's captions tell, in counts, and their place among published captions and on a curve of the study.

placed(content, "captions.csv", "attribute_density", most_rows=5000)
# {"sentence", "counts", "lines": [{"name", "title", "found"}], "line", "place", "read", "corpora", "why", "figure"}
told(file, measure(file))           # {"counts", "place", "not_told", "sentence"}: what the command `measure` ends with
"""

from typing import Any

from explorer.captions.files import read_rows
from explorer.captions.reading import read_caption
from explorer.captions.swapping import swaps
from explorer.captions.words import CaptionError
from explorer.errors import UserError
from explorer.evaluation.results import Position
from explorer.figures.study import dose_response, place_among
from explorer.study.evidence_store import load
from explorer.study.real_captions import place_on_line, positions
from explorer.views.captions import (
    CURVES,
    DEFINITIONS,
    MeasuredCaptions,
    ReadCounts,
    ReadFile,
    measure,
    read_file_rows,
)
from explorer.wording import decimal, percent, probability

LEVELS = ("none", "one", "several")
TITLES = {
    "attribute_density": "Attributes told per object",
    "objects_in_caption": "Objects named per caption",
    "caption_completeness": "Share of the picture told",
    "saliency_bias": "Only the big things told",
}
NEEDS = {
    "attribute_density": "a caption that names an object",
    "objects_in_caption": "a caption that names an object",
    "caption_completeness": "a column objects",
    "saliency_bias": "columns objects and boxes, with fewer objects named than shown",
}


def told(file: ReadFile, found: MeasuredCaptions) -> dict[str, Any]:
    """Return what captions tell: counts, the place on the study's curve, what is not told and why, and a sentence."""
    counts = _counts(file)
    return {
        "counts": counts,
        "place": _place(found, "attribute_density"),
        "not_told": {name: f"needs {NEEDS[name]}" for name, value in found.of.items() if value is None},
        "sentence": _sentence(counts, found.about),
    }


def placed(content: bytes, name: str, curve: str, *, most_rows: int) -> dict[str, Any]:
    """Return the counts and measures of a file of captions; raise `UserError` if it cannot be read."""
    if curve not in CURVES:
        raise UserError("curve", curve, f"choose {', '.join(CURVES)}")
    file = read_file_rows(read_rows(content, name, most_rows=most_rows))
    found = measure(file)
    density = found.of["attribute_density"]
    lines = [
        {"name": each, "title": TITLES[each], "words": words, "found": value.as_dict() if value else None}
        for each, words in DEFINITIONS.items()
        for value in (found.of[each],)
    ]
    return {
        **told(file, found),
        "place": _place(found, curve),
        "lines": lines,
        "line": place_on_line(density.value) if density else "",
        "read": _read(found.about),
        "corpora": [{"label": each.label, "value": each.value} for each in positions(CURVES["attribute_density"])],
        **_on_curve(found, curve),
    }


def _counts(file: ReadFile) -> dict[str, int]:
    """Count captions by how many of their objects have an attribute, and those that a sound swap makes wrong."""
    told = [sum(bool(mention.attributes) for mention in row.counted.mentions) for row in file.rows]
    return {
        "none": sum(each == 0 for each in told),
        "one": sum(each == 1 for each in told),
        "several": sum(each > 1 for each in told),
        "swapped": sum(_has_swap(row.row.caption) for row in file.rows),
    }


def _has_swap(caption: str) -> bool:
    try:
        return bool(swaps(read_caption(caption)))
    except CaptionError:
        return False


def _sentence(counts: dict[str, int], about: ReadCounts) -> str:
    if not about.read:
        return "None of your captions could be read. They are read as English sentences that name objects."
    none, one, several = (f"{counts[name]:,} ({percent(counts[name] / about.read)})" for name in LEVELS)
    share = counts["swapped"] / about.read
    swapped = f"{counts['swapped']:,} ({probability(share) if share else percent(share)})"
    return (
        f"Of {about.read:,} caption{'s' * (about.read != 1)} {none} only name things, {one} describe one thing, "
        f"{several} describe two or more; {swapped} allow a sound exchange, by which a model can be tested."
    )


def _place(found: MeasuredCaptions, curve: str) -> str:
    """Say where the captions lie on the study's curve of a property; "" if the file or the study does not tell."""
    evidence, mine = load(CURVES[curve]), found.of[curve]
    if evidence is None or mine is None:
        return ""
    return f"{TITLES[curve]}: {decimal(mine.value, 2)}, {place_among(evidence, mine.value)}."


def _read(about: ReadCounts) -> str:
    """State how many captions were read, and why the others were not."""
    unsure = about.sentences.get("unsure", 0)
    left = [f"{count} {reason}" for reason, count in about.left_out.items()]
    left += [f"{unsure:,} unsure sentences"] if unsure else []
    return (
        f"{about.read:,} of {about.rows:,} captions were read"
        + (f"; left out: {'; '.join(left)}" if left else "")
        + "."
    )


def _on_curve(found: MeasuredCaptions, curve: str) -> dict[str, Any]:
    """Return the study's curve of a property with the captions on it, and what it can say."""
    evidence, mine = load(CURVES[curve]), found.of[curve]
    if not found.about.read or evidence is None:
        return {"figure": None, "why": ""}
    band = None
    if mine is not None and mine.low is not None and mine.high is not None:
        band = Position(label="your captions", value=mine.value, low=mine.low, high=mine.high)
    why = (
        "The curves are of our scenes and small models: they say a direction, not what a large CLIP would reach."
        if band
        else f"Your file does not tell {curve.replace('_', ' ')}: give the objects and boxes of the pictures."
    )
    drawing = dose_response(evidence, band=band, positions=positions(CURVES[curve]))
    return {"figure": drawing.for_page(), "why": why}
