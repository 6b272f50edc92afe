"""ARO (Yuksekgonul et al., 2023): VG-Attribution and VG-Relation, a crop of a picture and two captions per item.

    visual_genome_attribution.json: [{"image_path": "2414752.jpg", "bbox_x": 0, "bbox_y": 12, "bbox_w": 300,
        "bbox_h": 200, "true_caption": "...", "false_caption": "...", "attributes": ["white", "brown"]}, ...]
    visual_genome_relation.json:    the same with "relation_name": "behind" in place of the attributes

PATH is the folder that holds the file, or the file. The group of an item is "white_brown" or "behind". Pictures are
searched in the folder images next to the file.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.evaluation.benchmarks.items import Item, Picture, Source
from explorer.evaluation.benchmarks.reading import (
    fault,
    find_file,
    first_folder,
    label,
    number,
    picture_name,
    read_json,
    record_of,
    text,
)

_WORDS = """
    adjusting, attached to, between, bigger than, biting, boarding, brushing, chewing, cleaning, climbing, close to,
    coming from, coming out of, contain, crossing, dragging, draped over, drinking, drinking from, driving, driving
    down, driving on, eating from, eating in, enclosing, exiting, facing, filled with, floating in, floating on,
    flying, flying above, flying in, flying over, flying through, full of, going down, going into, going through,
    grazing in, growing in, growing on, guiding, hanging from, hanging in, hanging off, hanging over, higher than,
    holding onto, hugging, in between, jumping off, jumping on, jumping over, kept in, larger than, leading, leaning
    over, leaving, licking, longer than, looking in, looking into, looking out, looking over, looking through, lying
    next to, lying on top of, making, mixed with, mounted on, moving, on the back of, on the edge of, on the front
    of, on the other side of, opening, painted on, parked at, parked beside, parked by, parked in, parked in front
    of, parked near, parked next to, perched on, petting, piled on, playing, playing in, playing on, playing with,
    pouring, reaching for, reading, reflected on, riding on, running in, running on, running through, seen through,
    sitting behind, sitting beside, sitting by, sitting in front of, sitting near, sitting next to, sitting under,
    skiing down, skiing on, sleeping in, sleeping on, smiling at, sniffing, splashing, sprinkled on, stacked on,
    standing against, standing around, standing behind, standing beside, standing in front of, standing near,
    standing next to, staring at, stuck in, surrounding, swimming in, swinging, talking to, topped with, touching,
    traveling down, traveling on, tying, typing on, underneath, wading in, waiting for, walking across, walking by,
    walking down, walking next to, walking through, working in, working on, worn on, wrapped around, wrapped in, by,
    of, near, next to, with, beside, on the side of, around
"""
SYMMETRIC = frozenset(" ".join(relation.split()) for relation in _WORDS.split(","))


Group = Callable[[Mapping[str, Any], str], str]


def open_attribution(path: Path) -> Source:
    """Open VG-Attribution as a source."""
    return _open(find_file(path, ("visual_genome_attribution.json",)), _attributes)


def open_relation(path: Path) -> Source:
    """Open VG-Relation as a source."""
    return _open(
        find_file(path, ("visual_genome_relation.json",)), lambda one, where: text(one, "relation_name", where)
    )


def _open(file: Path, group: Group) -> Source:
    images = first_folder(file.parent / "images", file.parent)
    return Source(files=(file,), images=images, items=lambda: _items(file, group))


def _items(file: Path, group: Group) -> Iterator[Item]:
    values = read_json(file)
    if not isinstance(values, list):
        raise fault(label(file), "a list of items is needed")
    for index, value in enumerate(values):
        where = f"item {index} of {label(file)}"
        record = record_of(value, where)
        picture = Picture(name=picture_name(record, "image_path", where), box=_box(record, where))
        captions = (text(record, "true_caption", where), text(record, "false_caption", where))
        yield Item(id=str(index), pictures=(picture,), captions=captions, group=group(record, where))


def _box(record: Mapping[str, Any], where: str) -> tuple[float, float, float, float]:
    x, y, width, height = (number(record, f"bbox_{name}", where) for name in "xywh")
    if width <= 0 or height <= 0:
        raise fault(where, f"the box is {width:g} wide and {height:g} high, and has to be larger than nothing")
    return x, y, x + width, y + height


def _attributes(record: Mapping[str, Any], where: str) -> str:
    """Name the pair as the published code does."""
    pair = record.get("attributes")
    if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(word, str) for word in pair)):
        raise fault(where, "attributes has to be a list of two words")
    return "_".join(pair)
