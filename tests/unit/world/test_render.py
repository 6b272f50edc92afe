"""Pictures: the same bytes from numpy and torch, and every object where and as large as its box says."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare

from explorer.spec import DataSpec
from explorer.training.batches import TorchRenderer
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.preview import first_example
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.sprites import PICTURE_AREA, draw_picture, fits_in_box, read_sheet
from explorer.world.things import THINGS, AttributeKind, AttributeValue, Look
from explorer.world.worlds import WORLDS
from tests.unit.world.worlds import KINDS, plan_of, same, stream_of, torch_stream_of

Pixels = NDArray[np.uint8]

ALL_KINDS = {"attribute_kinds": KINDS, "attribute_density": 1.0, "objects_in_image": 4}
FEW_NOUNS = replace(THINGS, nouns=THINGS.nouns[::3])
PICTURE_WORLDS = ("fashion", "digits", "icons")

# Grays of which sums of weights end just halfway between two levels, where rounding shows.
GRAY = AttributeKind(name="color", values=(AttributeValue(word="gray", paints={"fill": (64, 192, 64), "accent": 64}),))
HALFWAY = replace(FEW_NOUNS, kinds=(GRAY, *(kind for kind in THINGS.kinds if kind.name == "pattern")))

# Plans of different kinds and numbers of objects; all kinds at once only small, as torch draws every sprite first.
PLANS: list[tuple[int, ScenePlan]] = [
    (16, plan_of(objects_in_image=4)),
    (64, plan_of(objects_in_image=1, attribute_kinds=("pattern", "tilt"))),
    (64, plan_of(objects_in_image=3, attribute_kinds=("color", "size", "outline"))),
    (64, plan_of(attribute_kinds=(), attribute_density=0.0)),
    (100, make_plan(plan_of(**ALL_KINDS).data, FEW_NOUNS, seed=1)),
    (64, make_plan(DataSpec(objects_in_image=4, attribute_kinds=("pattern",)), HALFWAY, seed=0)),
    (64, plan_of(objects_in_image=4, placement="free")),
    # One size of picture, as torch draws every one of a thousand in each size.
    *(
        (
            64,
            make_plan(DataSpec(world=name, objects_in_image=4, placement=place, size_contrast=1), WORLDS[name], seed=0),
        )
        for name, place in [("fashion", "quarters"), ("digits", "free"), ("icons", "free")]
    ),
]
PLAN_NAMES = [f"{size}-{plan.data.world}-{'-'.join(plan.data.attribute_kinds)}" for size, plan in PLANS]
every_plan = pytest.mark.parametrize(("size", "plan"), PLANS, ids=PLAN_NAMES)


def scenes_of(plan: ScenePlan, count: int = 40) -> Scenes:
    """The first scenes of a plan."""
    return draw_scenes(plan, stream_of(count, seed=plan.seed))


def crop(image: Pixels, box: NDArray[np.int64]) -> Pixels:
    """Return the part of an image (3, H, W) in a box: left, top, width, height."""
    left, top, width, height = box.tolist()
    return image[:, top : top + height, left : left + width]


def inside_boxes(boxes: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """(N, H, W) whether a pixel lies in a box of its scene."""
    left, top, width, height = (boxes[:, :, side, None] for side in range(4))
    line = np.arange(size)
    columns = (line >= left) & (line < left + width)
    rows = (line >= top) & (line < top + height)
    return np.asarray((rows[:, :, :, None] & columns[:, :, None, :]).any(axis=1))


@pytest.mark.slow
@every_plan
def test_numpy_and_torch_give_the_same_bytes(size: int, plan: ScenePlan) -> None:
    ours = Renderer(plan, size=size).images(scenes_of(plan))
    theirs = TorchRenderer(plan, size=size, device="cpu").images(draw_scenes(plan, torch_stream_of(40, seed=plan.seed)))
    assert ours.shape == (40, 3, size, size) and ours.dtype == np.uint8
    assert theirs.dtype == torch.uint8 and theirs.is_contiguous() and ours.flags.c_contiguous
    assert same(ours, theirs)
    assert len(np.unique(ours.reshape(40, -1), axis=0)) > 20, "not one picture for all"


@every_plan
def test_objects_lie_inside_their_boxes_and_boxes_apart(size: int, plan: ScenePlan) -> None:
    scenes, renderer = scenes_of(plan), Renderer(plan, size=size)
    boxes = renderer.atlas.boxes(scenes)
    painted = (renderer.images(scenes) != THINGS.background).any(axis=1)
    assert not (painted & ~inside_boxes(boxes, size)).any()
    left, top, width, height = (boxes[:, :, side] for side in range(4))
    assert (width == height).all() and left.min() >= 0 and top.min() >= 0
    assert (left + width).max() <= size and (top + height).max() <= size
    for a, b in combinations(range(plan.num_objects), 2):
        across = (left[:, a] + width[:, a] <= left[:, b]) | (left[:, b] + width[:, b] <= left[:, a])
        down = (top[:, a] + height[:, a] <= top[:, b]) | (top[:, b] + height[:, b] <= top[:, a])
        assert (across | down).all()
    if plan.data.placement == "quarters":
        quarter = np.stack([left // (size // 2), top // (size // 2)])
        assert (quarter == np.stack([scenes.cell % 2, scenes.cell // 2])).all()
        assert (quarter == np.stack([(left + width - 1) // (size // 2), (top + height - 1) // (size // 2)])).all()


@pytest.mark.slow
def test_areas_are_those_of_the_scene_whatever_the_noun_tilt_and_size() -> None:
    plan = plan_of(objects_in_image=1, attribute_kinds=("size", "tilt"))
    renderer, scenes = Renderer(plan, size=512), scenes_of(plan, 24)
    scenes = replace(scenes, nouns=np.arange(24)[:, None] % len(THINGS.nouns))
    exact, expected = scenes.side / 1000 * 0.875 * 256, renderer.atlas.pixel_areas(scenes)
    width = renderer.atlas.boxes(scenes)[:, :, 2]
    assert (width >= exact).all() and (width < exact + 2).all() and (scenes.areas == scenes.side**2).all()
    assert np.allclose(expected, 0.36 * exact**2)
    differ = np.abs(renderer.images(scenes).astype(int) - THINGS.background).max(axis=1)
    least = min(THINGS.background - THINGS.ink, THINGS.light - THINGS.background)
    areas = (differ >= least / 2).sum(axis=(1, 2))
    assert (np.abs(areas / expected[:, 0] - 1) < 0.04).all()


@settings(deadline=None, max_examples=15)
@given(index=st.integers(0, 10**6), seed=st.integers(0, 99))
def test_an_object_has_the_same_pixels_wherever_it_is(index: int, seed: int) -> None:
    plan, shuffled = plan_of(**ALL_KINDS), np.random.default_rng(seed)
    scenes = draw_scenes(plan, stream_of(1, first=index))
    offset = shuffled.integers(0, 2**16, scenes.offset.shape)
    moved = replace(scenes, cell=shuffled.permutation(4)[None], offset=offset)
    renderer = Renderer(plan, size=64)
    here, there = renderer.images(scenes)[0], renderer.images(moved)[0]
    for one, other in zip(renderer.atlas.boxes(scenes)[0], renderer.atlas.boxes(moved)[0], strict=True):
        assert (crop(here, one) == crop(there, other)).all()


@pytest.mark.parametrize(("size", "side"), [(64, 532), (64, 1000), (100, 760)])
def test_offsets_reach_every_place_around_the_middle_as_often(size: int, side: int) -> None:
    plan = plan_of(objects_in_image=1, attribute_kinds=("size",))
    scenes, atlas = scenes_of(plan, 4000), Renderer(plan, size=size).atlas
    boxes = atlas.boxes(replace(scenes, side=np.full_like(scenes.side, side)))[:, 0]
    free = size // 2 - boxes[0, 2]
    for axis in (0, 1):
        place, counts = np.unique(boxes[:, axis] % (size // 2), return_counts=True)
        assert np.ptp(place) == min(free, atlas.slack) == len(place) - 1
        assert abs(place[0] + place[-1] - free) <= 1, "as far to one side as to the other"
        assert chisquare(counts).pvalue > 1e-4


def test_free_placement_moves_objects_anywhere_and_changes_nothing_else() -> None:
    plans = [plan_of(placement=each) for each in ("quarters", "free")]
    one, other = (scenes_of(plan, 2000) for plan in plans)
    assert one.split is None and other.split.shape == (2000, 4)
    assert same(replace(other, split=None), one)
    assert other.rows(slice(3)).split.shape == (3, 4) and one.rows(slice(3)).split is None
    fixed, free = (Renderer(plan, size=64).atlas.boxes(each) for plan, each in zip(plans, (one, other), strict=True))
    # A box of 21 to 28 pixels has its middle between 11 and 53; in quarters none lies within 2 pixels of the cross.
    middles, in_quarters = (boxes[:, :, :2] + boxes[:, :, 2:] / 2 for boxes in (free, fixed))
    for axis in (0, 1):
        assert middles[:, :, axis].min() < 13 and middles[:, :, axis].max() > 51
        assert 0.03 < (np.abs(middles[:, :, axis] - 32) < 3).mean() < 0.4
    assert not (np.abs(in_quarters - 32) < 3).any()


def test_every_value_changes_the_picture_and_a_color_is_the_one_of_the_table() -> None:
    plan = plan_of(objects_in_image=1, attribute_kinds=KINDS)
    renderer, scenes = Renderer(plan, size=64), scenes_of(plan, 1)
    for k, kind in enumerate(THINGS.kinds):
        looks = set()
        for value in range(len(kind.values)):
            values = scenes.values * 0
            values[..., k] = value
            side = scenes.level * (7 if kind.name == "size" and value else 10) // 10
            image = renderer.images(replace(scenes, values=values, side=side))
            looks.add(image.tobytes())
            fill = np.array(kind.values[value].paints.get("fill", THINGS.kinds[0].values[0].paints["fill"]))
            assert (image[0] == fill[:, None, None]).all(axis=0).sum() > 25
        assert len(looks) == len(kind.values), kind.name


@pytest.mark.slow
def test_the_same_bytes_again_in_another_order_and_from_an_atlas_drawn_whole() -> None:
    plan = make_plan(plan_of(**ALL_KINDS).data, FEW_NOUNS, seed=1)
    scenes = scenes_of(plan)
    first, second, whole = (Renderer(plan, size=32) for _ in range(3))
    images = first.images(scenes)
    backwards = [second.images(scenes.rows(slice(index, index + 1))) for index in reversed(range(40))]
    assert same(images, np.concatenate(backwards[::-1]))
    assert same(images, first.images(scenes)), "drawn sprites are never drawn over"
    ids = first.atlas.sprite_ids(scenes)
    planes = first.atlas.planes(ids)
    assert not planes[:, 0].any(axis=(1, 2)).all(), "only what is asked for is drawn"
    assert same(whole.atlas.planes()[ids], planes[ids])
    assert first.images(scenes.rows(slice(0))).shape == (0, 3, 32, 32)


# Worlds of pictures.


@pytest.mark.parametrize("name", PICTURE_WORLDS)
def test_every_picture_fits_and_covers_the_common_area(name: str) -> None:
    world = WORLDS[name]
    assert world.pictures is not None
    pictures = read_sheet(world)
    assert pictures.shape[:2] == (len(world.nouns), world.num_pictures)
    assert all(fits_in_box(each, is_shaded=world.pictures.is_shaded) for row in pictures for each in row)
    areas = []
    for noun in range(0, len(world.nouns), 3):
        base, fill, accent = draw_picture(world, noun, 0, Look(), 64).astype(int)
        assert (base + fill + accent).max() <= 255 and not accent.any()
        areas.append((1 - base / world.background).sum() / 64**2)
    assert np.abs(np.array(areas) - PICTURE_AREA).max() < 0.02
    picture, caption = first_example(DataSpec(world=name, placement="free"))
    words = caption.split()
    assert picture.shape == (3, 64, 64) and len(words) == 7 and words[3] == "and"
    assert {words[2], words[6]} <= {noun.word for noun in world.nouns}


def test_texture_and_angle_change_a_picture() -> None:
    world = WORLDS["icons"]
    plain = draw_picture(world, 3, 0, Look(), 28)
    for look in (Look(texture="stripes"), Look(texture="dots"), Look(angle=27.0), Look(scale=0.7)):
        drawn = draw_picture(world, 3, 0, look, 28)
        assert not np.array_equal(drawn, plain) and drawn.astype(int).sum(axis=0).max() <= 255
        assert drawn[2].any() == (look.texture != "none")


def test_an_object_shows_any_picture_of_its_noun_and_keeps_it() -> None:
    plan = make_plan(DataSpec(world="digits"), WORLDS["digits"], seed=0)
    scenes, atlas = scenes_of(plan, 4000), Renderer(plan, size=64).atlas
    pictures = atlas._pictures(scenes)
    counts = np.bincount(pictures.ravel(), minlength=100)
    assert counts.min() > 40 and counts.max() < 130, "8,000 objects, 80 of each picture"
    assert np.array_equal(atlas._pictures(replace(scenes, values=scenes.values * 0)), pictures)


def test_words_are_unique_over_nouns_and_values() -> None:
    for world in WORLDS.values():
        words = [noun.word for noun in world.nouns] + [value.word for kind in world.kinds for value in kind.values]
        assert len(words) == len(set(words)) and all(word.isalpha() and word.islower() for word in words), world.name
    assert len(WORLDS["icons"].nouns) >= 60 and len(WORLDS["icons"].kinds[0].values) == 20
