"""Properties of a user's captions that the study's curves use, each with its interval.

    found = measure_rows(read_rows(content, "captions.csv", most_rows=5000))
    found.of["attribute_density"]     # MeasuredDial(value=0.62, n=4210, low=0.60, high=0.64)
    found.about                       # rows and sentences read and left out, with reasons
    CURVES["attribute_density"]       # "density", the sweep with its curve

Captions are read as English, sentence by sentence (see captions.corpus). A row counts as read if one of its sentences
names an object and is not read unsurely; unsure sentences are left out and counted. Completeness and saliency bias need
the objects of each picture, saliency bias their sizes too. Rows with one `image` are one draw of the intervals.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.captions.counting import Counted, count_caption, ends_alike, is_called
from explorer.captions.files import MOST_BYTES, Row, Shown, read_rows
from explorer.captions.words import CaptionError
from explorer.errors import UserError
from explorer.world.measure import MeasuredDial, caption_completeness, ratio, saliency_bias

MOST_ROWS = 100_000
MOST_ON_AXIS = 3.0
"""Attributes per object at which the curves of the study end."""
CURVES = {"attribute_density": "density", "caption_completeness": "completeness", "saliency_bias": "saliency"}
DEFINITIONS = {
    "attribute_density": "Attributes named per object named.",
    "objects_in_caption": "Objects named per caption.",
    "caption_completeness": "Objects named as a share of the objects of the picture, mean over captions that name any.",
    "saliency_bias": "How much more often than by chance a caption that names some of the objects names the largest.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """The objects of a picture with one label: their number, and the number that a caption names."""

    noun: str
    shown: int
    named: int
    area: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRow:
    """A row that was read; `picture` numbers the pictures, `labels` are the objects of its own."""

    row: Row
    counted: Counted
    picture: int
    labels: tuple[Label, ...]

    @property
    def named(self) -> int:
        """Number of the picture's objects that the caption names."""
        return sum(label.named for label in self.labels)

    @property
    def shown(self) -> int:
        """Number of objects in the picture."""
        return sum(label.shown for label in self.labels)

    @property
    def sizes_tell(self) -> bool:
        """True if the sizes of named objects can be compared: all are known, and no two objects have one label."""
        return self.named > 0 and all(label.shown == 1 and label.area is not None for label in self.labels)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadCounts:
    """Rows of a file and those that were read, their pictures, and the rows with objects.

    `sentences` are counted by how they were read, `left_out` are rows by the reason.
    """

    rows: int
    read: int
    pictures: int
    with_objects: int
    sentences: Mapping[str, int]
    left_out: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """The rows of a file that were read, and the reasons why the others were not."""

    rows: tuple[ReadRow, ...]
    about: ReadCounts


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredCaptions:
    """Estimates of `DEFINITIONS` by name, None if the file cannot tell, and what was read of the file."""

    of: Mapping[str, MeasuredDial | None]
    about: ReadCounts

    def to_json(self) -> dict[str, Any]:
        """Convert to the document of the command `measure`."""
        found = {name: None if each is None else each.as_dict() for name, each in self.of.items()}
        return {**found, "about": asdict(self.about)}


def rows_of_file(path: Path) -> list[Row]:
    """Read the rows of a file that a user named on the command line."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserError("file", path, f"cannot be read ({error.strerror})") from None
    return read_rows(content, path.name, most_rows=MOST_ROWS)


def measure_rows(rows: Sequence[Row]) -> MeasuredCaptions:
    """Read the rows and measure them."""
    return measure(read_file_rows(rows))


def measure(file: ReadFile) -> MeasuredCaptions:
    """Measure rows that were read."""
    found = {
        "attribute_density": _per_object(file.rows),
        "objects_in_caption": _per_caption(file.rows),
        "caption_completeness": _completeness(file.rows),
        "saliency_bias": _saliency(file.rows),
    }
    return MeasuredCaptions(of=found, about=file.about)


def read_file_rows(rows: Sequence[Row]) -> ReadFile:
    """Read every row, and count those left out."""
    left_out: Counter[str] = Counter()
    sentences: Counter[str] = Counter()
    pictures: dict[str, int] = {}
    found = []
    for row in rows:
        counted = _counted(row, left_out, sentences)
        if counted is not None:
            picture = pictures.setdefault(row.image or f"line {row.line}", len(pictures))
            found.append(ReadRow(row=row, counted=counted, picture=picture, labels=_labels(row.objects or (), counted)))
    with_objects = [each for each in found if each.labels]
    left_out["names no object of its picture"] += sum(not each.named for each in with_objects)
    left_out["two objects of one noun, so not used for saliency"] += sum(
        each.named > 0 and any(label.shown > 1 for label in each.labels) for each in with_objects
    )
    about = ReadCounts(
        rows=len(rows),
        read=len(found),
        pictures=len(pictures),
        with_objects=len(with_objects),
        sentences={name: count for name, count in sentences.items() if count},
        left_out={reason: count for reason, count in left_out.items() if count},
    )
    return ReadFile(rows=tuple(found), about=about)


def _counted(row: Row, left_out: Counter[str], sentences: Counter[str]) -> Counted | None:
    try:
        counted = count_caption(row.caption)
    except CaptionError:
        left_out["empty, too long or not printable"] += 1
        return None
    sentences.update(asdict(counted.sentences))
    if counted.mentions:
        return counted
    left_out["read unsurely" if counted.sentences.unsure else "names no object"] += 1
    return None


def _labels(objects: Sequence[Shown], counted: Counted) -> tuple[Label, ...]:
    """Return the picture's objects by label; a plural without a number names all that have it."""
    by_noun: dict[str, list[Shown]] = {}
    for each in objects:
        noun = each.noun.lower()
        same = next((known for known in by_noun if _is_plural_of(known, noun)), noun)
        by_noun.setdefault(same, []).append(each)
    found = []
    for noun, same_ones in by_noun.items():
        numbers = [mention.number for mention in counted.mentions if is_called(noun, mention.noun)]
        total = len(same_ones)
        named = total if None in numbers else min(sum(number or 0 for number in numbers), total)
        areas = [each.area for each in same_ones]
        area = None if None in areas else max(area for area in areas if area is not None)
        found.append(Label(noun=noun, shown=total, named=named, area=area))
    return tuple(found)


def _is_plural_of(one: str, other: str) -> bool:
    return len(one.split()) == len(other.split()) and ends_alike(one, other)


def _pictures(rows: Sequence[ReadRow]) -> np.ndarray:
    """Return the number of each row's picture, (N,), from 0 without gaps."""
    return np.unique([each.picture for each in rows], return_inverse=True)[1]


def _per_object(rows: Sequence[ReadRow]) -> MeasuredDial | None:
    if not rows:
        return None
    attributes, objects = (
        np.array([getattr(each.counted, name) for each in rows]) for name in ("attributes", "objects")
    )
    # Of few captions the interval would leave the axis of the curves, unless an object of the file has more.
    told = max((len(each.attributes) for row in rows for each in row.counted.mentions), default=0)
    return ratio(attributes, objects, step=1.0, bounds=(0.0, max(MOST_ON_AXIS, told)), groups=_pictures(rows))


def _per_caption(rows: Sequence[ReadRow]) -> MeasuredDial | None:
    if not rows:
        return None
    objects = np.array([each.counted.objects for each in rows])
    return ratio(objects, np.ones(len(rows)), step=1.0, bounds=(1.0, np.inf), groups=_pictures(rows))


def _completeness(rows: Sequence[ReadRow]) -> MeasuredDial | None:
    some = [each for each in rows if each.named]
    if not some:
        return None
    named, there = (np.array([getattr(each, name) for each in some]) for name in ("named", "shown"))
    return caption_completeness(named, there, groups=_pictures(some))


def _saliency(rows: Sequence[ReadRow]) -> MeasuredDial | None:
    kept = [each for each in rows if each.sizes_tell]
    if not kept:
        return None
    found = saliency_bias(*areas_and_marks(kept), groups=_pictures(kept))
    # Of few captions the interval leaves the scale, on which never the larger of two is -1.
    return replace(found, low=max(found.low, -1.0)) if found and found.low is not None else found


def areas_and_marks(rows: Sequence[ReadRow]) -> tuple[np.ndarray, np.ndarray]:
    """Return areas of the objects of each row, 0 for none, and a mask of named ones, both (N, P)."""
    most = max(len(each.labels) for each in rows)
    areas, marks = np.zeros((len(rows), most)), np.zeros((len(rows), most), dtype=bool)
    for place, each in enumerate(rows):
        areas[place, : len(each.labels)] = [label.area for label in each.labels]
        marks[place, : len(each.labels)] = [label.named > 0 for label in each.labels]
    return areas, marks
