"""Exported folders: the lines and images that they hold, the same bytes again, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.codec import encode
from explorer.errors import UserError
from explorer.spec import DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, write_captions
from explorer.world.imagefolder import records, write_folder
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.swaps import false_swap
from explorer.world.worlds import WORLDS

THINGS = WORLDS["things"]
KEYS = (
    "file_name caption swapped_caption replaced_caption reordered_caption confused_captions objects mentioned".split()
)
RICH = DataSpec(objects_in_image=3, attribute_kinds=("color", "size"), attribute_density=1.5, caption_completeness=0.6)


def export(out: Path, data: DataSpec = RICH, *, seed: int = 1, count: int = 5, size: int = 32) -> list[dict[str, Any]]:
    write_folder(data, THINGS, seed=seed, count=count, size=size, out=out)
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]


def described(data: DataSpec, count: int) -> list[dict[str, Any]]:
    plan = make_plan(data, THINGS, seed=1)
    stream = Stream(seed=1, name="train", index=np.arange(count))
    found = records(plan, draw_scenes(plan, stream), stream, Grammar(THINGS), Renderer(plan, size=64).atlas)
    return [encode(each) for each in found]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_line_for_each_image_with_the_keys_of_the_design(tmp_path: Path) -> None:
    lines = export(tmp_path)
    assert [line["file_name"] for line in lines] == [f"{i:06d}.png" for i in range(5)]
    assert sorted(contents(tmp_path)) == [*(line["file_name"] for line in lines), "metadata.jsonl"]
    for line in lines:
        assert list(line) == KEYS
        assert [list(thing) for thing in line["objects"]] == [["noun", "values", "box", "area"]] * 3
        assert all(list(thing["values"]) == [kind.name for kind in THINGS.kinds] for thing in line["objects"])


def test_images_are_those_of_the_renderer_and_boxes_hold_the_objects(tmp_path: Path) -> None:
    lines = export(tmp_path, size=64)
    plan = make_plan(RICH, THINGS, seed=1)
    images = Renderer(plan, size=64).images(draw_scenes(plan, Stream(seed=1, name="train", index=np.arange(5))))
    for line, image in zip(lines, images, strict=True):
        read = np.array(Image.open(tmp_path / line["file_name"]))
        assert np.array_equal(read, image.transpose(1, 2, 0))
        outside = np.ones((64, 64), dtype=bool)
        for left, top, width, height in (thing["box"] for thing in line["objects"]):
            assert (read[top : top + height, left : left + width] != THINGS.background).any()
            outside[top : top + height, left : left + width] = False
        assert (read[outside] == THINGS.background).all()


def test_captions_name_the_mentioned_objects_in_order() -> None:
    for line in described(RICH, 200):
        said = Grammar(THINGS).parse(line["caption"])
        named = [line["objects"][place] for place in line["mentioned"]]
        assert [THINGS.nouns[noun].word for noun in said.nouns[0]] == [thing["noun"] for thing in named]


def test_exchanged_captions_keep_or_change_the_words_that_they_should() -> None:
    lines = described(RICH, 300)
    for line in lines:
        words, count = sorted(line["caption"].split()), len(line["mentioned"])
        assert (line["reordered_caption"] is None) == (count == 1)
        if line["reordered_caption"]:
            assert sorted(line["reordered_caption"].split()) == words and line["reordered_caption"] != line["caption"]
        if line["swapped_caption"]:
            assert line["swapped_caption"] != line["caption"]
        if line["swapped_caption"] and count > 1:
            assert sorted(line["swapped_caption"].split()) == words
        if line["replaced_caption"]:
            assert sum(a != b for a, b in zip(sorted(line["replaced_caption"].split()), words, strict=True)) >= 1
    for key in ("swapped_caption", "replaced_caption"):
        assert {line[key] is None for line in lines} == {True, False}


def test_a_lone_object_takes_the_values_of_another_in_the_image() -> None:
    lone = DataSpec(objects_in_image=2, caption_completeness=0.5)
    for line in described(lone, 100):
        (place,) = line["mentioned"]
        own, other = (line["objects"][i]["values"]["color"] for i in (place, 1 - place))
        wanted = None if own == other else line["caption"].replace(own, other)
        assert line["swapped_caption"] == wanted


def test_a_swap_that_is_true_of_the_image_is_null() -> None:
    plan = make_plan(replace(RICH, attribute_density=0.5, caption_completeness=1.0), THINGS, seed=0)
    stream = Stream(seed=0, name="train", index=np.arange(500))
    scenes = draw_scenes(plan, stream)
    swapped = false_swap(write_captions(plan, scenes, stream), scenes, stream)
    for i in np.flatnonzero(swapped.exists):
        shown = dict(zip(scenes.nouns[i].tolist(), scenes.values[i].tolist(), strict=True))
        pairs = zip(swapped.said.nouns[i].tolist(), swapped.said.values[i].tolist(), strict=True)
        assert any(a not in (-1, b) for noun, named in pairs for a, b in zip(named, shown[noun], strict=True))
    assert 0 < swapped.exists.sum() < 500


def test_equal_arguments_give_equal_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        export(tmp_path / name, seed=seed)
    assert contents(tmp_path / "one") == contents(tmp_path / "two") != contents(tmp_path / "other")


def test_a_scene_is_the_same_whatever_the_count(tmp_path: Path) -> None:
    few, many = export(tmp_path / "few", count=3, size=16), export(tmp_path / "many", count=300, size=16)
    assert few == many[:3]
    assert contents(tmp_path / "few")["000002.png"] == contents(tmp_path / "many")["000002.png"]
    assert len(contents(tmp_path / "many")) == 301


def test_an_older_export_is_replaced_without_stale_images(tmp_path: Path) -> None:
    export(tmp_path / "new", count=2)
    export(tmp_path / "used", count=4, seed=3)
    (tmp_path / "used" / "notes.txt").write_text("mine")
    export(tmp_path / "used", count=2)
    assert contents(tmp_path / "used") == {**contents(tmp_path / "new"), "notes.txt": b"mine"}


@pytest.mark.parametrize(("field", "value"), [("count", 0), ("count", 1_000_001), ("size", 14), ("size", 33)])
def test_numbers_out_of_range_are_refused_by_name(tmp_path: Path, field: str, value: int) -> None:
    wanted = {"count": 5, "size": 32, field: value}
    with pytest.raises(UserError, match=f"^{field}={value}: must be "):
        export(tmp_path / "new", **wanted)  # type: ignore[arg-type]
    assert not (tmp_path / "new").exists()


def test_a_file_or_a_folder_of_other_files_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "000000.png").write_bytes(b"mine")
    with pytest.raises(UserError, match="holds files but no metadata.jsonl"):
        export(tmp_path)
    for out, words in ((tmp_path / "000000.png", "is a file"), (tmp_path / "000000.png" / "new", "cannot be written")):
        with pytest.raises(UserError, match=words):
            export(out)
    assert contents(tmp_path) == {"000000.png": b"mine"}
