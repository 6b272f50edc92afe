"""A person's captions to the properties that the study's curves are about, each with its interval.

    found = measure_rows(read_rows(content, "captions.csv", most_rows=5000))
    found["attribute_density"]        # {"value": 0.62, "n": 4210, "low": 0.60, "high": 0.64}
    found["about"]                    # rows read and left out, and why
    CURVES["attribute_density"]       # "density", the sweep on whose curve it stands

Captions are read as English; one that is read unsurely, is empty or is too long is left out and counted. Completeness
and saliency bias need the objects of each picture, saliency bias their sizes too.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.captions.corpus import Counted, count_caption, is_named, same_noun
from explorer.captions.parts import CaptionError
from explorer.errors import UserError
from explorer.service.caption_files import MOST_BYTES, Row, Shown, read_rows
from explorer.world.estimators import Estimate, caption_completeness, ratio, saliency_bias

MOST_ROWS = 100_000
CURVES = {"attribute_density": "density", "caption_completeness": "completeness", "saliency_bias": "saliency"}
DEFINITIONS = {
    "attribute_density": "Attributes named per object named.",
    "objects_in_caption": "Objects named per caption.",
    "caption_completeness": "Objects named as a share of the objects of the picture, mean over captions.",
    "saliency_bias": "How much more often than by chance a caption that names some of the objects names the largest.",
}


def measure_file(path: Path) -> dict[str, Any]:
    """`measure_rows` of a file that a person named on the command line."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserError("file", path, f"cannot be read ({error.strerror})") from None
    return measure_rows(read_rows(content, path.name, most_rows=MOST_ROWS))


def measure_rows(rows: Sequence[Row]) -> dict[str, Any]:
    """The estimates of `DEFINITIONS` by name, None where the file cannot tell, and "about"."""
    left_out: Counter[str] = Counter()
    known = [(row, counted) for row in rows if (counted := _counted(row, left_out)) is not None]
    pictures = [pair for pair in known if pair[0].objects]
    left_out["names no object of its picture"] += sum(not any(_named(*pair)) for pair in pictures)
    found: dict[str, Estimate | None] = {
        "attribute_density": _density([counted for _, counted in known]),
        "objects_in_caption": _objects([counted for _, counted in known]),
        "caption_completeness": _completeness(pictures),
        "saliency_bias": _saliency(pictures, left_out),
    }
    reasons = {reason: count for reason, count in left_out.items() if count}
    about = {"rows": len(rows), "read": len(known), "with_objects": len(pictures), "left_out": reasons}
    return {name: None if each is None else each.as_dict() for name, each in found.items()} | {"about": about}


def _counted(row: Row, left_out: Counter[str]) -> Counted | None:
    try:
        counted = count_caption(row.caption)
    except CaptionError:
        left_out["empty, too long or not printable"] += 1
        return None
    if counted.unsure or not counted.objects:
        left_out["read unsurely" if counted.unsure else "names no object"] += 1
        return None
    return counted


def _density(known: Sequence[Counted]) -> Estimate | None:
    attributes, objects = (np.array([getattr(each, name) for each in known]) for name in ("attributes", "objects"))
    return ratio(attributes, objects, step=1.0, bounds=(0.0, np.inf)) if len(known) else None


def _objects(known: Sequence[Counted]) -> Estimate | None:
    objects = np.array([each.objects for each in known])
    return ratio(objects, np.ones(len(known)), step=1.0, bounds=(1.0, np.inf)) if len(known) else None


def _named(row: Row, counted: Counted) -> list[bool]:
    return [is_named(each.noun, counted) for each in row.objects or ()]


def _completeness(pictures: Sequence[tuple[Row, Counted]]) -> Estimate | None:
    named = [_named(*pair) for pair in pictures]
    some = [each for each in named if any(each)]
    if not some:
        return None
    return caption_completeness(np.array([sum(each) for each in some]), np.array([len(each) for each in some]))


def _saliency(pictures: Sequence[tuple[Row, Counted]], left_out: Counter[str]) -> Estimate | None:
    """From pictures whose objects all have an area; where two have one noun, a caption does not tell which it names."""
    kept: list[tuple[Sequence[Shown], list[bool]]] = []
    for row, counted in pictures:
        objects, named = row.objects or (), _named(row, counted)
        if not any(named) or any(each.area is None for each in objects):
            continue
        if _has_twins(objects):
            left_out["two objects of one noun, so not used for saliency"] += 1
            continue
        kept.append((objects, named))
    if not kept:
        return None
    most = max(len(objects) for objects, _ in kept)
    areas, marks = np.zeros((len(kept), most)), np.zeros((len(kept), most), dtype=bool)
    for place, (shown_there, named) in enumerate(kept):
        areas[place, : len(shown_there)] = [each.area for each in shown_there]
        marks[place, : len(shown_there)] = named
    found = saliency_bias(areas, marks)
    # Of few captions the interval leaves the scale, on which never the larger of two is -1.
    return replace(found, low=max(found.low, -1.0)) if found and found.low is not None else found


def _has_twins(objects: Sequence[Shown]) -> bool:
    return any(same_noun(one.noun, other.noun) for place, one in enumerate(objects) for other in objects[:place])


def show_own(document: dict[str, Any]) -> str:
    """What was left out, as lines for a terminal."""
    about = document["about"]
    lines = [
        f"captions read: {about['read']} of {about['rows']}, {about['with_objects']} with the objects of a picture"
    ]
    lines += [f"left out: {count} {reason}" for reason, count in about["left_out"].items()]
    return "\n".join([*lines, *(f"{name}: {words}" for name, words in DEFINITIONS.items())])
