"""Scenes of a spec as files: a Hugging Face imagefolder with one PNG and one line of JSON per image.

    write_folder(DataSpec(), WORLDS["things"], seed=0, count=1000, size=64, out=Path("data"))

writes data/000000.png, 000001.png, ... and data/metadata.jsonl with lines such as (here on two lines)

    {"file_name": "000000.png", "caption": "a red bus", "swapped_caption": null, ..., "mentioned": [0],
     "objects": [{"noun": "bus", "values": {"color": "red", ...}, "box": [2, 35, 26, 26], "area": 243.4}]}

`describe_scenes` makes the same without the file name, for N scenes in memory. Scene i is the same for every `count`,
and equal arguments give equal bytes. A folder of an earlier call is replaced; any other that holds files is refused.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from explorer.codec import encode
from explorer.errors import UserError, catch_write_errors
from explorer.spec import DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import CaptionBatch, Grammar, write_captions
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.render import Atlas, Renderer
from explorer.world.scenes import Scenes, draw_scenes, tidy_rows
from explorer.world.swaps import ChangedCaptions, confuse, false_swap, is_true, reorder, replace_value
from explorer.world.things import World

METADATA_FILE = "metadata.jsonl"
MAX_FOLDER_SCENES = 1_000_000
PICTURE_SIZE_RANGE = (16, 512)
_SCENES_AT_ONCE = 256
_OUR_IMAGE = re.compile(r"\d{6}\.png")


@dataclass(frozen=True, kw_only=True, slots=True)
class SceneObject:
    """An object of a scene: its values by kind, its box (left, top, width, height) and its area in pixels."""

    noun: str
    values: Mapping[str, str]
    box: tuple[int, ...]
    area: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SceneRecord:
    """Content of a scene with its changed captions, None for those that do not exist: a line of the metadata.

    `objects` are in drawing order; `mentioned` are the indices in it of the objects that the caption names, in its
    order. `tidy` says whether the tidy recipe drew the pair (`DataSpec.tidy_share`).
    """

    caption: str
    swapped_caption: str | None
    replaced_caption: str | None
    reordered_caption: str | None
    confused_captions: tuple[str, ...]
    objects: tuple[SceneObject, ...]
    mentioned: tuple[int, ...]
    tidy: bool

    @property
    def unmentioned(self) -> tuple[SceneObject, ...]:
        """Objects that the caption does not name."""
        return tuple(each for index, each in enumerate(self.objects) if index not in self.mentioned)


def write_folder(
    data: DataSpec, world: World, *, seed: int, count: int, size: int, out: Path, stream_name: str = "train"
) -> None:
    """Write images and metadata of scenes 0 .. count - 1 of the named stream to the folder `out`.

    `UserError` if refused.
    """
    with catch_write_errors("out", out):
        check_scene_size(size, count)
        if out.exists() and not out.is_dir():
            raise UserError("out", out, "is a file, give a folder")
        if out.is_dir() and any(out.iterdir()) and not (out / METADATA_FILE).is_file():
            raise UserError(
                "out",
                out,
                "holds files but no {file}, give a new or empty folder, or an older export",
                file=METADATA_FILE,
            )
        out.mkdir(parents=True, exist_ok=True)
        # The metadata file is there before the first image, so a folder left half-written is still known as ours.
        with (out / METADATA_FILE).open("w", encoding="utf-8", newline="\n") as file:
            for path in out.iterdir():  # images of an older export
                if _OUR_IMAGE.fullmatch(path.name):
                    path.unlink()
            for name, image, record in draw_files(
                data, world, seed=seed, count=count, size=size, stream_name=stream_name
            ):
                image.save(out / name, "PNG")
                file.write(json.dumps({"file_name": name} | encode(record)) + "\n")


def draw_files(
    data: DataSpec, world: World, *, seed: int, count: int, size: int, stream_name: str = "train"
) -> Iterator[tuple[str, Image.Image, SceneRecord]]:
    """Yield the name, the picture and the content of scenes 0 .. count - 1."""
    plan, grammar = make_plan(data, world, seed=seed), Grammar(world, data)
    renderer = Renderer(plan, size=size)
    for start in range(0, count, _SCENES_AT_ONCE):
        numbers = Stream(seed=seed, name=stream_name, index=np.arange(start, min(start + _SCENES_AT_ONCE, count)))
        scenes = draw_scenes(plan, numbers)
        scene_records = describe_scenes(plan, scenes, numbers, grammar, renderer.atlas)
        for number, pixels, record in zip(numbers.index.tolist(), renderer.images(scenes), scene_records, strict=True):
            yield f"{number:06d}.png", Image.fromarray(pixels.transpose(1, 2, 0)), record


def describe_scenes(
    plan: ScenePlan, scenes: Scenes, stream: Stream, grammar: Grammar, atlas: Atlas
) -> list[SceneRecord]:
    """Return the content of each of N numpy scenes of `stream`."""
    captions = write_captions(plan, scenes, stream)
    swapped = false_swap(captions, scenes, stream)
    objects_named = scenes.objects_of(captions.nouns)
    columns: dict[str, list[Any]] = {
        "caption": grammar.texts(grammar.ids(captions)),
        "swapped_caption": _changed_texts(grammar, swapped),
        "replaced_caption": _changed_texts(grammar, replace_value(plan, captions, scenes, stream)),
        "reordered_caption": _changed_texts(grammar, reorder(captions, stream)),
        "confused_captions": _confused_texts(grammar, captions, scenes, swapped),
        "objects": _describe_objects(plan, scenes, atlas),
        "mentioned": [tuple(row[:k]) for row, k in zip(objects_named.tolist(), captions.count.tolist(), strict=True)],
        "tidy": tidy_rows(plan, stream).tolist(),
    }
    return [SceneRecord(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]


def _changed_texts(grammar: Grammar, changed: ChangedCaptions) -> list[str | None]:
    """Return the changed captions, None for those that do not exist."""
    texts = grammar.texts(grammar.ids(changed.captions))
    return [text if exists else None for text, exists in zip(texts, changed.exists.tolist(), strict=True)]


def _confused_texts(
    grammar: Grammar, captions: CaptionBatch, scenes: Scenes, swapped: ChangedCaptions
) -> list[tuple[str, ...]]:
    """Return the captions in which both objects of the swap have the values of one, as far as they are false."""
    both = swapped.exists & (captions.count > 1)
    changed = confuse(captions, swapped)
    texts = [grammar.texts(grammar.ids(each)) for each in changed]
    false = [(both & ~is_true(each, scenes)).tolist() for each in changed]
    return [
        tuple(text for text, is_false in zip(pair, valid, strict=True) if is_false)
        for pair, valid in zip(zip(*texts, strict=True), zip(*false, strict=True), strict=True)
    ]


def _describe_objects(plan: ScenePlan, scenes: Scenes, atlas: Atlas) -> list[tuple[SceneObject, ...]]:
    """Return the objects of each scene in drawing order."""
    nouns, kinds = plan.world.nouns, plan.world.kinds
    # Rounding keeps equal areas equal, and the drawn scales are too far apart for it to make others so.
    areas = np.round(atlas.pixel_areas(scenes), 3)
    columns = [column.tolist() for column in (scenes.nouns, scenes.values, atlas.boxes(scenes), areas)]
    return [
        tuple(
            SceneObject(
                noun=nouns[noun].word,
                values={kind.name: kind.values[value].word for kind, value in zip(kinds, values, strict=True)},
                box=tuple(box),
                area=area,
            )
            for noun, values, box, area in zip(*scene, strict=True)
            if noun >= 0
        )
        for scene in zip(*columns, strict=True)
    ]


def check_scene_size(size: int, count: int = 1) -> None:
    """Raise `UserError` if so many scenes cannot be drawn at `size` pixels."""
    if not 1 <= count <= MAX_FOLDER_SCENES:
        raise UserError("count", count, "must be from 1 to {most}", most=MAX_FOLDER_SCENES)
    if not PICTURE_SIZE_RANGE[0] <= size <= PICTURE_SIZE_RANGE[1] or size % 2:
        raise UserError(
            "size",
            size,
            "must be an even number from {low} to {high}",
            low=PICTURE_SIZE_RANGE[0],
            high=PICTURE_SIZE_RANGE[1],
        )
