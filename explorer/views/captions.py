"""Views of captions of one's own: their properties with intervals, what to change, their place on the study's curves.

    measure(Path("captions.csv"), doctor=True)           # the document of the command `measure`
    file = read_file_rows(read_rows(content, "captions.csv", most_rows=5000))
    measured(file)["attribute_density"]     # MeasuredDial(value=0.62, n=4210, low=0.60, high=0.64)
    examine(file)["caption_completeness"][0]
    # Pull(line=12, caption="a red bus", pull=0.004, left_out=("car", "tree"), does="does not name: car, tree")

Captions are read as English, sentence by sentence (see captions.counting). A row counts as read if one of its sentences
names an object and is not read unsurely. Completeness and saliency bias need the objects of each picture, saliency bias
their sizes too. Rows with one `image` are one draw of the intervals.

A caption's pull is the rise of the measured value without it. Left out are, for density, the objects named without an
attribute; for completeness, the objects of the picture that are not named, the largest first; for saliency bias, the
objects that are not named and larger than one that is.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.captions.counting import Counted, count_caption, ends_alike, is_called
from explorer.captions.files import MOST_ROWS, Row, Shown, find_captions, read_rows, rows_of_file
from explorer.captions.reading import read_caption
from explorer.captions.swapping import swaps
from explorer.captions.words import LONGEST, CaptionError
from explorer.codec import decode, encode
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.results import Position
from explorer.figures.study import dose_response, place_among
from explorer.study.evidence_store import load
from explorer.study.real_captions import place_on_line, positions
from explorer.views.registry import Progress, followed, job, view
from explorer.views.service import Service
from explorer.wording import decimal, percent, probability
from explorer.world.measure import (
    MeasuredDial,
    caption_completeness,
    facts_of,
    largest_named,
    measure_folder,
    ratio,
    saliency_bias,
)
from explorer.world.measure import measure as measure_facts
from explorer.world.parquet_scenes import find_parquet, read_scenes

MOST_SHARED_ROWS = 5000
"""Captions of a file that a shared server reads at most."""
MOST_ON_AXIS = 3.0
"""Attributes per object at which the curves of the study end."""
MOST_SHOWN = 10
"""Captions of `examine`, and nouns of `advice`."""
LEAST_PULL = 1e-12
"""Least pull above rounding errors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """A property of captions in words, and the sweep with its curve.

    `needs` is what a file has to hold, `lacks` what a caption does with the objects that it leaves out, and `advice`
    what to do about them.
    """

    title: str
    definition: str
    needs: str
    curve: str = ""
    lacks: str = ""
    advice: str = ""


PROPERTIES = decode(dict[str, Property], tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")))
DEFINITIONS = {name: each.definition for name, each in PROPERTIES.items()}
CURVES = {name: each.curve for name, each in PROPERTIES.items() if each.curve}


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


@view(counts_as="questions")
def captions(here: Service, content: str, name: str = "captions.csv", doctor: bool = False) -> dict[str, Any]:
    """Measure the properties of your own captions that the study's curves use.

    Args:
        content: text of the file: CSV with a column caption, JSON lines, or one caption per line
        name: its name, which ends in .csv, .jsonl or .txt
        doctor: also the ten captions that lower each property most, and what they omit
    """
    return _document(_uploaded(here, content, name), doctor=doctor)


@view(is_local=True)
def measure(path: Path, doctor: bool = False) -> dict[str, Any]:
    """Measure the dials of an imagefolder, or of captions.

    Args:
        path: a folder of `scenes`, an imagefolder of your own, or a file of captions: .csv with a column caption,
            .jsonl, or .txt with one caption per line
        doctor: of a file of captions: the ten that lower each property most, and what they omit
    """
    if (file := find_captions(path)) is not None:
        return _document(read_file_rows(rows_of_file(file)), doctor=doctor)
    if doctor:
        raise UserError("--doctor", NO_VALUE, f"{quote_value(str(path))} is no file of captions, nor a folder of one")
    if (parquet := find_parquet(path)) is not None:
        return encode(measure_facts(facts_of(read_scenes(parquet), where=quote_value(str(parquet), 80))))
    return encode(measure_folder(path))


@job(counts_as="questions")
def captions_placed(
    here: Service, content: str, name: str = "captions.csv", curve: str = "attribute_density"
) -> Iterator[Progress | dict[str, Any]]:
    """Count what captions of your own tell, and place them among published captions and on a curve of the study.

    Args:
        content: text of the file: CSV with a column caption, JSON lines, or one caption per line
        name: its name, which ends in .csv, .jsonl or .txt
        curve: attribute_density, caption_completeness or saliency_bias
    """
    if curve not in CURVES:
        raise UserError("curve", curve, f"choose {', '.join(CURVES)}")

    def placed(_tell: Any) -> dict[str, Any]:
        file = _uploaded(here, content, name)
        found = measured(file)
        lines = [
            {"name": each, "title": about.title, "words": about.definition, "found": found[each]}
            for each, about in PROPERTIES.items()
        ]
        return {
            **_told(file, found, curve),
            "lines": encode(lines),
            "read": _read(file.about),
            "corpora": [{"label": each.label, "value": each.value} for each in positions(CURVES["attribute_density"])],
            **_on_curve(file, found, curve),
        }

    return followed(placed)


def _uploaded(here: Service, content: str, name: str) -> ReadFile:
    most = MOST_SHARED_ROWS if here.settings.is_shared else MOST_ROWS
    return read_file_rows(read_rows(content.encode(), name, most_rows=most))


def _document(file: ReadFile, *, doctor: bool) -> dict[str, Any]:
    found = measured(file)
    examined = {"doctor": examine(file), "advice": advice(file)} if doctor else {}
    told = _told(file, found, "attribute_density")
    return dict(encode({**found, "about": file.about, "line": told.pop("line"), **examined, **told}))


# ---- Rows that were read


def read_file_rows(rows: Sequence[Row]) -> ReadFile:
    """Read every row, and count those left out."""
    left_out: Counter[str] = Counter()
    sentences: Counter[str] = Counter()
    pictures: dict[str, int] = {}
    found = []
    for row in rows:
        try:
            counted = count_caption(row.caption)
        except CaptionError:
            left_out["empty, too long or not printable"] += 1
            continue
        sentences.update(asdict(counted.sentences))
        if not counted.mentions:
            left_out["read unsurely" if counted.sentences.unsure else "names no object"] += 1
            continue
        picture = pictures.setdefault(row.image or f"line {row.line}", len(pictures))
        found.append(ReadRow(row=row, counted=counted, picture=picture, labels=_labels(row.objects or (), counted)))
    with_objects = [each for each in found if each.labels]
    left_out["names no object of its picture"] += sum(not each.named for each in with_objects)
    left_out["two objects of one noun, so not used for saliency"] += sum(
        each.named > 0 and any(label.shown > 1 for label in each.labels) for each in with_objects
    )
    left_out[f"longer than {LONGEST} characters, so not tried for an exchange"] += sum(
        len(each.row.caption) > LONGEST for each in found
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


def _labels(objects: Sequence[Shown], counted: Counted) -> tuple[Label, ...]:
    """Return the picture's objects by label; a plural without a number names all that have it."""
    by_noun: dict[str, list[float | None]] = {}
    for each in objects:
        noun = each.noun.lower()
        same = (known for known in by_noun if len(known.split()) == len(noun.split()) and ends_alike(known, noun))
        by_noun.setdefault(next(same, noun), []).append(each.area)
    found = []
    for noun, areas in by_noun.items():
        numbers = [mention.number for mention in counted.mentions if is_called(noun, mention.noun)]
        named = len(areas) if None in numbers else min(sum(number or 0 for number in numbers), len(areas))
        area = None if None in areas else max(area or 0 for area in areas)
        found.append(Label(noun=noun, shown=len(areas), named=named, area=area))
    return tuple(found)


# ---- Measures


def measured(file: ReadFile) -> dict[str, MeasuredDial | None]:
    """Return the estimate of each of `PROPERTIES`, None if the file cannot tell."""
    rows, pictures = file.rows, _pictures(file.rows)
    attributes, objects = _parts("attribute_density", rows)
    # Of few captions the interval would leave the axis of the curves, unless an object of the file has more.
    told = max((len(mention.attributes) for row in rows for mention in row.counted.mentions), default=0)
    named = [each for each in rows if each.named]
    completeness = caption_completeness(*_counted(named), groups=_pictures(named)) if named else None
    sized = [each for each in rows if each.sizes_tell]
    saliency = saliency_bias(*_areas_and_marks(sized), groups=_pictures(sized))
    if saliency and saliency.low is not None:
        # Of few captions the interval leaves the scale, on which never the larger of two is -1.
        saliency = replace(saliency, low=max(saliency.low, -1.0))
    bounds = (0.0, max(MOST_ON_AXIS, told))
    return {
        "attribute_density": ratio(attributes, objects, step=1.0, bounds=bounds, groups=pictures),
        "objects_in_caption": ratio(objects, np.ones(len(rows)), step=1.0, bounds=(1.0, np.inf), groups=pictures),
        "caption_completeness": completeness,
        "saliency_bias": saliency,
    }


def _pictures(rows: Sequence[ReadRow]) -> np.ndarray:
    """Return the number of each row's picture, (N,), from 0 without gaps."""
    return np.unique([each.picture for each in rows], return_inverse=True)[1]


def _counted(rows: Sequence[ReadRow]) -> tuple[np.ndarray, np.ndarray]:
    """Return the objects of each row's picture that are named and those that are shown, both (N,)."""
    return np.array([each.named for each in rows]), np.array([each.shown for each in rows])


def _areas_and_marks(rows: Sequence[ReadRow]) -> tuple[np.ndarray, np.ndarray]:
    """Return areas of the objects of each row, 0 for none, and a mask of named ones, both (N, P)."""
    most = max((len(each.labels) for each in rows), default=0)
    areas, marks = np.zeros((len(rows), most)), np.zeros((len(rows), most), dtype=bool)
    for place, each in enumerate(rows):
        areas[place, : len(each.labels)] = [label.area for label in each.labels]
        marks[place, : len(each.labels)] = [label.named > 0 for label in each.labels]
    return areas, marks


# ---- What to change


@dataclass(frozen=True, kw_only=True, slots=True)
class Pull:
    """A caption of a file, the rise of the value without it, the objects that it leaves out, and that in words."""

    line: int
    caption: str
    pull: float
    left_out: tuple[str, ...]
    does: str


def advice(file: ReadFile) -> dict[str, str]:
    """Return what to change by property: the nouns that most captions leave out, with the number of captions."""
    found = {}
    for name, rows in _telling(file).items():
        counted = Counter(noun for row in rows for noun in dict.fromkeys(_left_out(name, row))).most_common(MOST_SHOWN)
        nouns = [f"{noun} ({count:,} caption{'s' * (count > 1)})" for noun, count in counted]
        if nouns:
            found[name] = f"{PROPERTIES[name].advice}: {', '.join(nouns)}."
    return found


def examine(file: ReadFile) -> dict[str, list[Pull]]:
    """Return the `MOST_SHOWN` captions with the greatest pull by property; an unmeasurable one has no entry."""
    return {name: pulls for name, rows in _telling(file).items() if (pulls := _worst(name, rows))}


def _telling(file: ReadFile) -> dict[str, list[ReadRow]]:
    """Return the rows that tell each property."""
    return {
        "attribute_density": list(file.rows),
        "caption_completeness": [each for each in file.rows if each.named],
        "saliency_bias": [each for each in file.rows if each.sizes_tell and each.named < each.shown],
    }


def _left_out(name: str, row: ReadRow) -> list[str]:
    if name == "attribute_density":
        return [mention.noun for mention in row.counted.mentions if not mention.attributes]
    if name == "caption_completeness":
        missing = [label for label in row.labels if label.named < label.shown]
        missing.sort(key=lambda label: -(label.area or 0))
        return [f"{label.shown - label.named} {label.noun}" if label.shown > 1 else label.noun for label in missing]
    smallest = min(label.area or 0 for label in row.labels if label.named)
    return [label.noun for label in row.labels if not label.named and (label.area or 0) > smallest]


def _parts(name: str, rows: Sequence[ReadRow]) -> tuple[np.ndarray, np.ndarray]:
    """Return what the value of a property is the ratio of, both (N,)."""
    if name == "attribute_density":
        return np.array([each.counted.attributes for each in rows]), np.array([each.counted.objects for each in rows])
    if name == "caption_completeness":
        named, shown = _counted(rows)
        return named / shown, np.ones(len(rows))
    hit, chance = largest_named(*_areas_and_marks(rows))
    return hit - chance, 1 - chance


def _worst(name: str, rows: Sequence[ReadRow]) -> list[Pull]:
    """Return the rows without which the value would be largest."""
    if len(rows) < 2:
        return []
    part, whole = _parts(name, rows)
    total = float(whole.sum())
    if total == 0:
        return []
    rest = total - whole
    without = np.divide(part.sum() - part, rest, out=np.full(len(rows), -np.inf), where=rest > 0)
    pull = without - part.sum() / total
    found = []
    for i in np.argsort(-pull, kind="stable")[:MOST_SHOWN]:
        row, left_out = rows[i].row, tuple(_left_out(name, rows[i]))
        does = f"{PROPERTIES[name].lacks}: {', '.join(left_out)}"
        found.append(Pull(line=row.line, caption=row.caption, pull=float(pull[i]), left_out=left_out, does=does))
    return [each for each in found if each.pull > LEAST_PULL]


# ---- In words, and on the study's curves


def _told(file: ReadFile, found: Mapping[str, MeasuredDial | None], curve: str) -> dict[str, Any]:
    """Return what captions tell: counts, the place on the study's curve, what is not told and why, and a sentence."""
    counts = _counts(file)
    density = found["attribute_density"]
    return {
        "counts": counts,
        "place": _place(found, curve),
        "not_told": {name: f"needs {PROPERTIES[name].needs}" for name, value in found.items() if value is None},
        "sentence": _sentence(counts, file.about.read, sum(len(row.row.caption) > LONGEST for row in file.rows)),
        "line": place_on_line(density.value) if density else "",
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


def _sentence(counts: Mapping[str, int], read: int, too_long: int) -> str:
    if not read:
        return "None of your captions could be read. They are read as English sentences that name objects."
    none, one, several = (f"{counts[name]:,} ({percent(counts[name] / read)})" for name in ("none", "one", "several"))
    counted = (
        f"Of {read:,} caption{'s' * (read != 1)} {none} only name things, {one} describe one thing, "
        f"{several} describe two or more; "
    )
    tried = read - too_long
    if not tried:
        return f"{counted}all are longer than {LONGEST} characters, so none was tried for a sound exchange."
    share = counts["swapped"] / tried
    among = f"of the {tried:,} of at most {LONGEST} characters " if too_long else ""
    swapped = f"{counts['swapped']:,} ({probability(share) if 0 < share < 1 else percent(share)})"
    return f"{counted}{among}{swapped} allow a sound exchange, by which a model can be tested."


def _place(found: Mapping[str, MeasuredDial | None], curve: str) -> str:
    """Say where the captions lie on the study's curve of a property; "" if the file or the study does not tell."""
    evidence, mine = load(CURVES[curve]), found[curve]
    if evidence is None or mine is None:
        return ""
    return f"{PROPERTIES[curve].title}: {decimal(mine.value, 2)}, {place_among(evidence, mine.value)}."


def _read(about: ReadCounts) -> str:
    """State how many captions were read, and why the others were not."""
    left = [f"{count} {reason}" for reason, count in about.left_out.items()]
    if unsure := about.sentences.get("unsure", 0):
        left.append(f"{unsure:,} unsure sentences")
    return f"{about.read:,} of {about.rows:,} captions were read{'; left out: ' * bool(left)}{'; '.join(left)}."


def _on_curve(file: ReadFile, found: Mapping[str, MeasuredDial | None], curve: str) -> dict[str, Any]:
    """Return the study's curve of a property with the captions on it, and what it can say."""
    evidence, mine = load(CURVES[curve]), found[curve]
    if not file.rows or evidence is None:
        return {"figure": None, "why": ""}
    band, why = None, f"Your file does not tell {curve.replace('_', ' ')}: give the objects and boxes of the pictures."
    if mine is not None and mine.low is not None and mine.high is not None:
        band = Position(label="your captions", value=mine.value, low=mine.low, high=mine.high)
        why = "The curves are of our scenes and small models: they say a direction, not what a large CLIP would reach."
    drawing = dose_response(evidence, band=band, positions=positions(CURVES[curve]))
    return {"figure": drawing.for_page(), "why": why}
