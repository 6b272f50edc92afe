"""The properties of a file of captions with intervals, and the captions that lower each.

    file = parse_rows(files.read_caption_rows(content, "captions.csv", max_rows=5000))
    measure_captions(file)["attribute_density"]     # MeasuredDial(value=0.62, n=4210, low=0.60, high=0.64)
    find_pulls(file)["caption_completeness"][0]
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
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from explorer.captions.counting import CaptionCount, count_caption, ends_alike, matches_label
from explorer.captions.files import CaptionRow, PictureObject
from explorer.captions.parsed_caption import LONGEST_CAPTION, CaptionError
from explorer.captions.reading import read_caption
from explorer.captions.swapping import has_swap
from explorer.codec import decode
from explorer.sentences import Listed, Sentence
from explorer.wording import format_percent, format_probability
from explorer.world.measure import MeasuredDial, caption_completeness, estimate_ratio, mark_largest_named, saliency_bias

MAX_DENSITY_SHOWN = 3.0
"""Attributes per object at which the curves of the study end."""
MAX_PULLS_SHOWN = 10
"""Captions of `find_pulls`, and nouns of `advise`."""
MIN_SHOWN_PULL = 1e-12
"""Least pull above rounding errors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptionProperty:
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


CAPTION_PROPERTIES = decode(
    dict[str, CaptionProperty], tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
)
PROPERTY_DEFINITIONS = {name: each.definition for name, each in CAPTION_PROPERTIES.items()}
PROPERTY_CURVES = {name: each.curve for name, each in CAPTION_PROPERTIES.items() if each.curve}


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelCount:
    """The objects of a picture with one label: their number, and the number that a caption names.

    `area` is that of the largest, in the unit of the file, None if that of any is unknown.
    """

    noun: str
    shown: int
    named: int
    area: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedRow:
    """A row that was read; `picture` numbers the pictures, `labels` are the objects of its own."""

    row: CaptionRow
    counted: CaptionCount
    picture: int
    labels: tuple[LabelCount, ...]

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
class FileCounts:
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
class CaptionFile:
    """The rows of a file that were read, and the reasons why the others were not."""

    rows: tuple[ParsedRow, ...]
    about: FileCounts


# ---- Rows that were read


def parse_rows(rows: Sequence[CaptionRow]) -> CaptionFile:
    """Read every row, and count those left out."""
    left_out: Counter[str] = Counter()
    sentences: Counter[str] = Counter()
    pictures: dict[str, int] = {}
    parsed = []
    known = {text: _count_or_none(text) for text in dict.fromkeys(row.caption for row in rows)}
    for row in rows:
        if (counted := known[row.caption]) is None:
            left_out["empty, too long or not printable"] += 1
            continue
        sentences.update(asdict(counted.sentences))
        if not counted.mentions:
            left_out["not read with certainty" if counted.sentences.unsure else "without a named object"] += 1
            continue
        picture = pictures.setdefault(row.image or f"line {row.line}", len(pictures))
        parsed.append(ParsedRow(row=row, counted=counted, picture=picture, labels=_labels(row.objects or (), counted)))
    with_objects = [each for each in parsed if each.labels]
    left_out["without a named object of the picture"] += sum(not each.named for each in with_objects)
    left_out["with two objects of one noun, so not used for saliency"] += sum(
        each.named > 0 and any(label.shown > 1 for label in each.labels) for each in with_objects
    )
    english = "longer than {most} characters, so not tried for an exchange"
    left_out[Sentence("captions.longer", english, most=LONGEST_CAPTION)] += sum(
        len(each.row.caption) > LONGEST_CAPTION for each in parsed
    )
    about = FileCounts(
        rows=len(rows),
        read=len(parsed),
        pictures=len(pictures),
        with_objects=len(with_objects),
        sentences={name: count for name, count in sentences.items() if count},
        left_out={reason: count for reason, count in left_out.items() if count},
    )
    return CaptionFile(rows=tuple(parsed), about=about)


def _count_or_none(caption: str) -> CaptionCount | None:
    """Return the count of a caption, None for one that is empty, too long or not printable."""
    try:
        return count_caption(caption)
    except CaptionError:
        return None


def _labels(objects: Sequence[PictureObject], counted: CaptionCount) -> tuple[LabelCount, ...]:
    """Return the picture's objects by label; a plural without a number names all that have it."""
    by_noun: dict[str, list[float | None]] = {}
    for each in objects:
        noun = each.noun.lower()
        same = (known for known in by_noun if len(known.split()) == len(noun.split()) and ends_alike(known, noun))
        by_noun.setdefault(next(same, noun), []).append(each.area)
    labels = []
    for noun, areas in by_noun.items():
        numbers = [mention.number for mention in counted.mentions if matches_label(noun, mention.noun)]
        named = len(areas) if None in numbers else min(sum(number or 0 for number in numbers), len(areas))
        area = None if None in areas else max(area or 0 for area in areas)
        labels.append(LabelCount(noun=noun, shown=len(areas), named=named, area=area))
    return tuple(labels)


# ---- Measures


def measure_captions(file: CaptionFile) -> dict[str, MeasuredDial | None]:
    """Return the estimate of each of `CAPTION_PROPERTIES`, None if the file cannot tell."""
    rows, pictures = file.rows, _pictures(file.rows)
    attributes, objects = _parts("attribute_density", rows)
    # Of few captions the interval would leave the axis of the curves, unless an object of the file has more.
    most_attributes = max((len(mention.attributes) for row in rows for mention in row.counted.mentions), default=0)
    named = [each for each in rows if each.named]
    completeness = caption_completeness(*_named_and_shown(named), groups=_pictures(named)) if named else None
    sized = [each for each in rows if each.sizes_tell]
    saliency = saliency_bias(*_areas_and_marks(sized), groups=_pictures(sized))
    if saliency and saliency.low is not None:
        # Of few captions the interval leaves the scale, on which never the larger of two is -1.
        saliency = replace(saliency, low=max(saliency.low, -1.0))
    bounds = (0.0, max(MAX_DENSITY_SHOWN, most_attributes))
    return {
        "attribute_density": estimate_ratio(attributes, objects, step=1.0, bounds=bounds, groups=pictures),
        "objects_in_caption": estimate_ratio(
            objects, np.ones(len(rows)), step=1.0, bounds=(1.0, np.inf), groups=pictures
        ),
        "caption_completeness": completeness,
        "saliency_bias": saliency,
    }


def _pictures(rows: Sequence[ParsedRow]) -> np.ndarray:
    """Return the number of each row's picture, (N,), from 0 without gaps."""
    return np.unique([each.picture for each in rows], return_inverse=True)[1]


def _named_and_shown(rows: Sequence[ParsedRow]) -> tuple[np.ndarray, np.ndarray]:
    """Return the objects of each row's picture that are named and those that are shown, both (N,)."""
    return np.array([each.named for each in rows]), np.array([each.shown for each in rows])


def _areas_and_marks(rows: Sequence[ParsedRow]) -> tuple[np.ndarray, np.ndarray]:
    """Return areas of the objects of each row, 0 for none, and a mask of named ones, both (N, P)."""
    most = max((len(each.labels) for each in rows), default=0)
    areas, marks = np.zeros((len(rows), most)), np.zeros((len(rows), most), dtype=bool)
    for index, each in enumerate(rows):
        areas[index, : len(each.labels)] = [label.area for label in each.labels]
        marks[index, : len(each.labels)] = [label.named > 0 for label in each.labels]
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


def advise(file: CaptionFile) -> dict[str, str]:
    """Return what to change by property: the nouns that most captions leave out, with the number of captions."""
    advice = {}
    for name, rows in _rows_by_property(file).items():
        counts = Counter(noun for row in rows for noun in dict.fromkeys(_nouns_left_out(name, row)))
        common = counts.most_common(MAX_PULLS_SHOWN)
        nouns = [f"{noun} ({count:,} caption{'s' if count > 1 else ''})" for noun, count in common]
        if nouns:
            advice[name] = f"{CAPTION_PROPERTIES[name].advice}: {', '.join(nouns)}."
    return advice


def find_pulls(file: CaptionFile) -> dict[str, list[Pull]]:
    """Return the `MAX_PULLS_SHOWN` captions with the greatest pull by property; an unmeasurable one has no entry."""
    return {name: pulls for name, rows in _rows_by_property(file).items() if (pulls := _greatest_pulls(name, rows))}


def _rows_by_property(file: CaptionFile) -> dict[str, list[ParsedRow]]:
    return {
        "attribute_density": list(file.rows),
        "caption_completeness": [each for each in file.rows if each.named],
        "saliency_bias": [each for each in file.rows if each.sizes_tell and each.named < each.shown],
    }


def _nouns_left_out(name: str, row: ParsedRow) -> list[str]:
    if name == "attribute_density":
        return [mention.noun for mention in row.counted.mentions if not mention.attributes]
    if name == "caption_completeness":
        missing = [label for label in row.labels if label.named < label.shown]
        missing.sort(key=lambda label: -(label.area or 0))
        return [f"{label.shown - label.named} {label.noun}" if label.shown > 1 else label.noun for label in missing]
    smallest = min(label.area or 0 for label in row.labels if label.named)
    return [label.noun for label in row.labels if not label.named and (label.area or 0) > smallest]


def _parts(name: str, rows: Sequence[ParsedRow]) -> tuple[np.ndarray, np.ndarray]:
    """Return what the value of a property is the ratio of, both (N,)."""
    if name == "attribute_density":
        return np.array([each.counted.attributes for each in rows]), np.array([each.counted.objects for each in rows])
    if name == "caption_completeness":
        named, shown = _named_and_shown(rows)
        return named / shown, np.ones(len(rows))
    hit, chance = mark_largest_named(*_areas_and_marks(rows))
    return hit - chance, 1 - chance


def _greatest_pulls(name: str, rows: Sequence[ParsedRow]) -> list[Pull]:
    """Return the rows without which the value would be largest, of those that leave something out."""
    if len(rows) < 2:
        return []
    part, whole = _parts(name, rows)
    total = float(whole.sum())
    if total == 0:
        return []
    rest = total - whole
    without = np.divide(part.sum() - part, rest, out=np.full(len(rows), -np.inf), where=rest > 0)
    pull = without - part.sum() / total
    pulls = []
    for i in np.argsort(-pull, kind="stable")[:MAX_PULLS_SHOWN]:
        row, left_out = rows[i].row, tuple(_nouns_left_out(name, rows[i]))
        does = f"{CAPTION_PROPERTIES[name].lacks}: {', '.join(left_out)}"
        pulls.append(Pull(line=row.line, caption=row.caption, pull=float(pull[i]), left_out=left_out, does=does))
    return [each for each in pulls if each.pull > MIN_SHOWN_PULL and each.left_out]


# ---- In words


def count_attributed(file: CaptionFile) -> dict[str, int]:
    """Count captions by how many of their objects have an attribute, and those that a sound swap makes wrong."""
    counts = [sum(bool(mention.attributes) for mention in row.counted.mentions) for row in file.rows]
    return {
        "none": sum(each == 0 for each in counts),
        "one": sum(each == 1 for each in counts),
        "several": sum(each > 1 for each in counts),
        "swapped": sum(n for caption, n in Counter(row.row.caption for row in file.rows).items() if _has_swap(caption)),
    }


def _has_swap(caption: str) -> bool:
    try:
        return has_swap(read_caption(caption))
    except CaptionError:
        return False


def attributed_sentence(file: CaptionFile, counts: Mapping[str, int]) -> str:
    """Say what the captions tell, by `count_attributed`, and how many allow a sound exchange."""
    read = file.about.read
    if not read:
        return "None of your captions could be read. They are read as English sentences that name objects."
    none, one, several = (_count_sentence(counts[name], counts[name] / read) for name in ("none", "one", "several"))
    counted = Sentence(
        "captions.told",
        "Of {captions} {none} only name things, {one} describe one thing, {several} describe two or more",
        captions="1 caption" if read == 1 else Sentence("captions.count", "{count} captions", count=f"{read:,}"),
        none=none,
        one=one,
        several=several,
    )
    too_long = sum(len(row.row.caption) > LONGEST_CAPTION for row in file.rows)
    tried = read - too_long
    if not tried:
        english = "{told}; all are longer than {most} characters, so none was tried for a sound exchange."
        return Sentence("captions.told-long", english, told=counted, most=LONGEST_CAPTION)
    swapped = _count_sentence(counts["swapped"], counts["swapped"] / tried, is_fine=True)
    if not too_long:
        english = "{told}; {swapped} allow a sound exchange, by which a model can be tested."
        return Sentence("captions.told-swapped", english, told=counted, swapped=swapped)
    return Sentence(
        "captions.told-some",
        "{told}; of the {tried} of at most {most} characters {swapped} allow a sound exchange, by which a model can be"
        " tested.",
        told=counted,
        tried=f"{tried:,}",
        most=LONGEST_CAPTION,
        swapped=swapped,
    )


def _count_sentence(count: int, share: float, *, is_fine: bool = False) -> str:
    said = format_probability(share) if is_fine and 0 < share < 1 else format_percent(share)
    return Sentence("captions.share", "{count} ({share})", count=f"{count:,}", share=said)


def parsed_sentence(about: FileCounts) -> str:
    """State how many captions were read, and why the others were not."""
    left = [Sentence("captions.left-out", "{n} {why}", n=n, why=why) for why, n in about.left_out.items()]
    if unsure := about.sentences.get("unsure", 0):
        left.append(Sentence("captions.unsure", "{count} unsure sentences", count=f"{unsure:,}"))
    read, rows = f"{about.read:,}", f"{about.rows:,}"
    if not left:
        return Sentence("captions.read", "{read} of {rows} captions were read.", read=read, rows=rows)
    english = "{read} of {rows} captions were read; left out: {left}."
    return Sentence("captions.read-partly", english, read=read, rows=rows, left=Listed(left, "; "))
