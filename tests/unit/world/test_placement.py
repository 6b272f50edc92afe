"""Free placement and picture worlds: boxes apart and anywhere, numpy and torch equal, pictures of one area."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.spec import DataSpec, RunSpec
from explorer.study.sweeps import spec_key
from explorer.training.loop import TorchRenderer
from explorer.world.counter_rng import Stream
from explorer.world.plan import make_plan
from explorer.world.preview import example_of
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.sprites import PICTURE_AREA, draw_picture, fits, sheet
from explorer.world.things import Look
from explorer.world.worlds import WORLDS

COUNT = 200
PICTURE_WORLDS = ("fashion", "digits", "icons")


def boxes_of(data: DataSpec, count: int = COUNT) -> np.ndarray:
    plan = make_plan(data, WORLDS[data.world], seed=3)
    scenes = draw_scenes(plan, Stream(seed=3, name="train", index=np.arange(count)))
    return Renderer(plan, size=64).atlas.boxes(scenes)


@pytest.mark.parametrize("objects", [1, 2, 3, 4])
def test_boxes_are_apart_and_inside(objects: int) -> None:
    boxes = boxes_of(DataSpec(objects_in_image=objects, placement="free"))
    left, top, wide, high = (boxes[:, :, part] for part in range(4))
    assert left.min() >= 0 and top.min() >= 0 and (left + wide).max() <= 64 and (top + high).max() <= 64
    for one in range(objects):
        for other in range(one):
            apart = (
                (left[:, one] + wide[:, one] <= left[:, other])
                | (left[:, other] + wide[:, other] <= left[:, one])
                | (top[:, one] + high[:, one] <= top[:, other])
                | (top[:, other] + high[:, other] <= top[:, one])
            )
            assert apart.all()


def test_boxes_lie_anywhere() -> None:
    boxes = boxes_of(DataSpec(placement="free"), 2000)
    middles = boxes[:, :, :2] + boxes[:, :, 2:] / 2
    # A box of 21 to 28 pixels has its middle between 11 and 53; in quarters none lies within 2 pixels of the cross.
    for axis in (0, 1):
        assert middles[:, :, axis].min() < 13 and middles[:, :, axis].max() > 51
        assert 0.05 < (np.abs(middles[:, :, axis] - 32) < 3).mean() < 0.4
    fixed = boxes_of(DataSpec())
    assert not (np.abs(fixed[:, :, :2] + fixed[:, :, 2:] / 2 - 32) < 3).any()


@pytest.mark.slow
@pytest.mark.parametrize("world", ["things", *PICTURE_WORLDS])
@pytest.mark.parametrize("placement", ["quarters", "free"])
def test_numpy_and_torch_give_the_same_bytes(world: str, placement: str) -> None:
    data = DataSpec(world=world, objects_in_image=4, placement=placement, attribute_kinds=("color",))
    plan = make_plan(data, WORLDS[world], seed=0)
    index = np.arange(60)
    images = Renderer(plan, size=64).images(draw_scenes(plan, Stream(seed=0, name="train", index=index)))
    scenes = draw_scenes(plan, Stream(seed=0, name="train", index=torch.from_numpy(index)))
    again = TorchRenderer(plan, size=64, device="cpu").images(scenes)
    assert np.array_equal(images, again.numpy())
    assert len({image.tobytes() for image in images}) > 50


def test_free_placement_moves_objects_and_nothing_else() -> None:
    plans = [make_plan(DataSpec(placement=each), WORLDS["things"], seed=0) for each in ("quarters", "free")]
    stream = Stream(seed=0, name="train", index=np.arange(50))
    one, other = (draw_scenes(plan, stream) for plan in plans)
    assert one.split is None and other.split.shape == (50, 4)
    for name in ("nouns", "values", "level", "side", "cell", "offset"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert other.rows(slice(3)).split.shape == (3, 4) and one.rows(slice(3)).split is None


def test_the_default_leaves_keys_of_specs_as_they_were() -> None:
    record = RunSpec().as_dict()
    without = {name: value for name, value in record["data"].items() if name != "placement"}
    assert record["data"]["placement"] == "quarters" and spec_key(record) == spec_key({**record, "data": without})
    free = {**record, "data": {**record["data"], "placement": "free"}}
    assert spec_key(free) != spec_key(record)


@pytest.mark.parametrize("name", PICTURE_WORLDS)
def test_every_picture_fits_and_covers_the_common_area(name: str) -> None:
    world = WORLDS[name]
    assert world.pictures is not None
    found = sheet(world)
    assert found.shape[:2] == (len(world.nouns), world.num_pictures)
    assert all(fits(each, is_shaded=world.pictures.is_shaded) for row in found for each in row)
    areas = []
    for noun in range(0, len(world.nouns), 3):
        base, fill, accent = draw_picture(world, noun, 0, Look(), 64).astype(int)
        assert (base + fill + accent).max() <= 255 and not accent.any()
        areas.append((1 - base / world.background).sum() / 64**2)
    assert np.abs(np.array(areas) - PICTURE_AREA).max() < 0.02


def test_texture_and_angle_change_a_picture() -> None:
    world = WORLDS["icons"]
    plain = draw_picture(world, 3, 0, Look(), 28)
    for look in (Look(texture="stripes"), Look(texture="dots"), Look(angle=27.0), Look(scale=0.7)):
        drawn = draw_picture(world, 3, 0, look, 28)
        assert not np.array_equal(drawn, plain) and drawn.astype(int).sum(axis=0).max() <= 255
        assert np.array_equal(drawn, draw_picture(world, 3, 0, look, 28))
    assert draw_picture(world, 3, 0, Look(texture="dots"), 28)[2].any()


def test_an_object_shows_any_picture_of_its_noun_and_keeps_it() -> None:
    world = WORLDS["digits"]
    plan = make_plan(DataSpec(world="digits"), world, seed=0)
    scenes = draw_scenes(plan, Stream(seed=0, name="train", index=np.arange(4000)))
    atlas = Renderer(plan, size=64).atlas
    pictures = atlas._pictures(scenes)
    counts = np.bincount(pictures.ravel(), minlength=100)
    assert counts.min() > 40 and counts.max() < 130, "8,000 objects, 80 of each picture"
    assert np.array_equal(atlas._pictures(replace(scenes, values=scenes.values * 0)), pictures)


@pytest.mark.parametrize("name", PICTURE_WORLDS)
def test_a_scene_and_its_caption(name: str) -> None:
    picture, caption = example_of(DataSpec(world=name, placement="free"))
    words = caption.split()
    assert picture.shape == (3, 64, 64) and len(words) == 7 and words[3] == "and"
    assert {words[2], words[6]} <= {noun.word for noun in WORLDS[name].nouns}


def test_words_are_unique_over_nouns_and_values() -> None:
    for world in WORLDS.values():
        words = [noun.word for noun in world.nouns] + [value.word for kind in world.kinds for value in kind.values]
        assert len(words) == len(set(words)), world.name
    assert len(WORLDS["icons"].nouns) >= 60 and len(WORLDS["icons"].kinds[0].values) == 20
