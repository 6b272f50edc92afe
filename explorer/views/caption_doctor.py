"""Captions of a file that lower a measured property most, with the objects that each leaves out.

    found = examine(read_file_rows(rows))
    found["caption_completeness"][0]
    # Pull(line=12, caption="a red bus", pull=0.004, left_out=("car", "tree"))
    advice(read_file_rows(rows))["attribute_density"]
    # "Say of what color, material or state they are: man (120 captions), plate (31)."

A caption's pull is the rise of the measured value without it. Left out are, for density, the objects named without an
attribute; for completeness, the objects of the picture that are not named, the largest first; for saliency bias, the
objects that are not named and larger than one that is.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explorer.views.captions import ReadFile, ReadRow, areas_and_marks
from explorer.world.measure import largest_named

MOST_SHOWN = 10
LACKS = {
    "attribute_density": "names without an attribute",
    "caption_completeness": "does not name",
    "saliency_bias": "names something smaller than",
}
"""What a caption does with the objects that it leaves out, by property."""
ADVICE = {
    "attribute_density": "Say of what color, material or state they are",
    "caption_completeness": "Name them too",
    "saliency_bias": "Name what is small as often as what is large; larger, and left out",
}
LEAST = 1e-12
"""Least pull above rounding errors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pull:
    """A caption of a file, the rise of the value without it, and the objects that it leaves out."""

    line: int
    caption: str
    pull: float
    left_out: tuple[str, ...]


def doctor_json(found: Mapping[str, Sequence[Pull]]) -> dict[str, Any]:
    """Convert the captions by property to JSON, each with what it does."""
    return {
        name: [
            asdict(each) | {"left_out": list(each.left_out), "does": f"{LACKS[name]}: {', '.join(each.left_out)}"}
            for each in pulls
        ]
        for name, pulls in found.items()
    }


def advice(file: ReadFile) -> dict[str, str]:
    """Return what to change by property: the nouns that most captions leave out, with the number of captions."""
    found = {}
    for name, rows, left_out in _asked(file):
        counted = Counter(noun for row in rows for noun in dict.fromkeys(left_out(row)))
        nouns = ", ".join(f"{noun} ({count:,} captions)" for noun, count in counted.most_common(MOST_SHOWN))
        if nouns:
            found[name] = f"{ADVICE[name]}: {nouns}."
    return found


def _asked(file: ReadFile) -> list[tuple[str, list[ReadRow], Callable[[ReadRow], list[str]]]]:
    """Return each property with the rows that tell it, and what reads from a row the objects that it leaves out."""
    named = [each for each in file.rows if each.named]
    sized = [each for each in file.rows if each.sizes_tell and each.named < each.shown]
    return [
        ("attribute_density", list(file.rows), _bare),
        ("caption_completeness", named, _unnamed),
        ("saliency_bias", sized, _larger),
    ]


def examine(file: ReadFile) -> dict[str, list[Pull]]:
    """Return the `MOST_SHOWN` captions with the greatest pull by property; an unmeasurable one has no entry."""
    parts = {"attribute_density": _density, "caption_completeness": _completeness, "saliency_bias": _saliency}
    found = {name: _worst(rows, *parts[name](rows), left_out) if rows else [] for name, rows, left_out in _asked(file)}
    return {name: captions for name, captions in found.items() if captions}


def _density(rows: Sequence[ReadRow]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([each.counted.attributes for each in rows]), np.array([each.counted.objects for each in rows])


def _completeness(rows: Sequence[ReadRow]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([each.named / each.shown for each in rows]), np.ones(len(rows))


def _saliency(rows: Sequence[ReadRow]) -> tuple[np.ndarray, np.ndarray]:
    hit, chance = largest_named(*areas_and_marks(rows))
    return hit - chance, 1 - chance


def _worst(
    rows: Sequence[ReadRow], part: np.ndarray, whole: np.ndarray, left_out: Callable[[ReadRow], list[str]]
) -> list[Pull]:
    """Return the rows without which sum(part) / sum(whole) would be largest, each with the objects it leaves out."""
    total = float(whole.sum())
    if total == 0 or len(rows) < 2:
        return []
    rest = total - whole
    without = np.divide(part.sum() - part, rest, out=np.full(len(rows), -np.inf), where=rest > 0)
    pull = without - part.sum() / total
    order = [i for i in np.argsort(-pull, kind="stable") if pull[i] > LEAST][:MOST_SHOWN]
    return [
        Pull(
            line=rows[i].row.line,
            caption=rows[i].row.caption,
            pull=float(pull[i]),
            left_out=tuple(left_out(rows[i])),
        )
        for i in order
    ]


def _bare(row: ReadRow) -> list[str]:
    return [mention.noun for mention in row.counted.mentions if not mention.attributes]


def _unnamed(row: ReadRow) -> list[str]:
    missing = [label for label in row.labels if label.named < label.shown]
    ordered = sorted(missing, key=lambda label: -(label.area or 0))
    return [f"{label.shown - label.named} {label.noun}" if label.shown > 1 else label.noun for label in ordered]


def _larger(row: ReadRow) -> list[str]:
    smallest = min(label.area or 0 for label in row.labels if label.named)
    return [label.noun for label in row.labels if not label.named and (label.area or 0) > smallest]
