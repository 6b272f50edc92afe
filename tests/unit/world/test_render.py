"""Pictures: the same bytes from numpy and torch, and every object where and as large as its box says."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare

from explorer.spec import DataSpec
from explorer.training.loop import TorchRenderer
from explorer.world.plan import Plan, make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes, exchange_values
from explorer.world.things import THINGS, Kind, Value
from tests.unit.world.worlds import KINDS, plan_of, same, stream_of, torch_stream_of

Pixels = NDArray[np.uint8]

ALL_KINDS = {"attribute_kinds": KINDS, "attribute_density": 1.0, "objects_in_image": 4}
FEW_NOUNS = replace(THINGS, nouns=THINGS.nouns[::3])

# Grays of which sums of weights end just halfway between two levels, where rounding shows.
GRAY = Kind(name="color", values=(Value(word="gray", paints={"fill": (64, 192, 64), "accent": 64}),))
HALFWAY = replace(FEW_NOUNS, kinds=(GRAY, *(kind for kind in THINGS.kinds if kind.name == "pattern")))

# Plans of different kinds and numbers of objects; all kinds at once only small, as torch draws every sprite first.
PLANS: list[tuple[int, Plan]] = [
    (32, plan_of(**ALL_KINDS)),
    (16, plan_of(objects_in_image=4)),
    (64, plan_of(objects_in_image=1, attribute_kinds=("pattern", "tilt"))),
    (64, plan_of(objects_in_image=3, attribute_kinds=("color", "size", "outline"))),
    (64, plan_of(attribute_kinds=(), attribute_density=0.0)),
    (100, make_plan(plan_of(**ALL_KINDS).data, FEW_NOUNS, seed=1)),
    (228, plan_of(held_out_pairs=0.5)),
    (64, make_plan(DataSpec(objects_in_image=4, attribute_kinds=("pattern",)), HALFWAY, seed=0)),
]
PLAN_NAMES = [f"{size}-{'-'.join(plan.data.attribute_kinds) or 'none'}" for size, plan in PLANS]


def scenes_of(plan: Plan, count: int = 40) -> Scenes:
    """The first scenes of a plan."""
    return draw_scenes(plan, stream_of(count, seed=plan.seed))


def crop(image: Pixels, box: NDArray[np.int64]) -> Pixels:
    """Return the part of an image (3, H, W) in a box: left, top, width, height."""
    left, top, width, height = box.tolist()
    return image[:, top : top + height, left : left + width]


def part_of(scenes: Scenes, index: int) -> Scenes:
    """The one scene as a batch."""
    names = ("nouns", "values", "level", "side", "cell", "offset")
    return replace(scenes, **{name: getattr(scenes, name)[index : index + 1] for name in names})


def inside(boxes: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """(N, H, W) whether a pixel lies in a box of its scene."""
    left, top, width, height = (boxes[:, :, side, None] for side in range(4))
    line = np.arange(size)
    columns = (line >= left) & (line < left + width)
    rows = (line >= top) & (line < top + height)
    return np.asarray((rows[:, :, :, None] & columns[:, :, None, :]).any(axis=1))


@pytest.mark.slow
@pytest.mark.parametrize(("size", "plan"), PLANS, ids=PLAN_NAMES)
def test_numpy_and_torch_give_the_same_bytes(size: int, plan: Plan) -> None:
    ours = Renderer(plan, size=size).images(scenes_of(plan))
    stream = torch_stream_of(40, seed=plan.seed)
    theirs = TorchRenderer(plan, size=size, device="cpu").images(draw_scenes(plan, stream))
    assert ours.shape == (40, 3, size, size) and ours.dtype == np.uint8
    assert theirs.dtype == torch.uint8 and theirs.is_contiguous() and ours.flags.c_contiguous
    assert same(ours, theirs)
    assert len(np.unique(ours.reshape(40, -1), axis=0)) > 20, "not one picture for all"


@pytest.mark.parametrize(("size", "plan"), PLANS, ids=PLAN_NAMES)
def test_objects_lie_inside_their_boxes_and_boxes_inside_their_quarters(size: int, plan: Plan) -> None:
    scenes, renderer = scenes_of(plan), Renderer(plan, size=size)
    boxes = renderer.atlas.boxes(scenes)
    painted = (renderer.images(scenes) != THINGS.background).any(axis=1)
    assert not (painted & ~inside(boxes, size)).any()
    left, top, width, height = (boxes[:, :, side] for side in range(4))
    assert (width == height).all()
    across, down = scenes.cell % 2 * (size // 2), scenes.cell // 2 * (size // 2)
    assert (left >= across).all() and (left + width <= across + size // 2).all()
    assert (top >= down).all() and (top + height <= down + size // 2).all()


@pytest.mark.slow
@pytest.mark.parametrize("noun", range(len(THINGS.nouns)), ids=[noun.word for noun in THINGS.nouns])
def test_every_noun_lies_inside_its_box_and_fills_it(noun: int) -> None:
    plan = plan_of(**ALL_KINDS)
    scenes = draw_scenes(plan, stream_of(60))
    shown = replace(scenes, nouns=np.full_like(scenes.nouns, noun))
    renderer = Renderer(plan, size=128)
    boxes = renderer.atlas.boxes(shown)
    painted = (renderer.images(shown) != THINGS.background).any(axis=1)
    assert not (painted & ~inside(boxes, 128)).any()
    for i, j in np.ndindex(boxes.shape[:2]):
        found = crop(painted[i][None], boxes[i, j])[0]
        reach = max(np.ptp(np.flatnonzero(found.any(axis=axis))) + 1 for axis in (0, 1))
        assert reach >= 0.6 * len(found), "the box is that of this object, not of the largest"


def test_sides_are_those_of_the_scene() -> None:
    plan = plan_of(objects_in_image=4, attribute_kinds=("size",))
    scenes, atlas = scenes_of(plan, 200), Renderer(plan, size=512).atlas
    exact = scenes.side / 1000 * 0.875 * 256
    width = atlas.boxes(scenes)[:, :, 2]
    assert (width >= exact).all() and (width < exact + 2).all()
    assert (scenes.areas == scenes.side**2).all()
    assert np.allclose(atlas.pixel_areas(scenes), 0.36 * exact**2)


def test_areas_are_those_of_the_scene_whatever_the_noun_tilt_and_size() -> None:
    plan = plan_of(objects_in_image=1, attribute_kinds=("size", "tilt"))
    renderer, scenes = Renderer(plan, size=512), draw_scenes(plan, stream_of(48))
    scenes = replace(scenes, nouns=np.arange(48)[:, None] % len(THINGS.nouns))
    expected = renderer.atlas.pixel_areas(scenes)[:, 0]
    differ = np.abs(renderer.images(scenes).astype(int) - THINGS.background).max(axis=1)
    least = min(THINGS.background - THINGS.ink, THINGS.light - THINGS.background)
    found = (differ >= least / 2).sum(axis=(1, 2))
    assert (np.abs(found / expected - 1) < 0.04).all()


@settings(deadline=None, max_examples=25)
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


@pytest.mark.parametrize("side", [532, 760, 1000])
@pytest.mark.parametrize("size", [64, 100])
def test_offsets_reach_every_place_around_the_middle_as_often(side: int, size: int) -> None:
    plan = plan_of(objects_in_image=1, attribute_kinds=("size",))
    scenes = draw_scenes(plan, stream_of(4000))
    scenes = replace(scenes, side=np.full_like(scenes.side, side))
    atlas = Renderer(plan, size=size).atlas
    boxes = atlas.boxes(scenes)[:, 0]
    free = size // 2 - boxes[0, 2]
    room = min(free, atlas.room)
    for axis in (0, 1):
        place, counts = np.unique(boxes[:, axis] % (size // 2), return_counts=True)
        assert np.ptp(place) == room == len(place) - 1
        assert abs(place[0] + place[-1] - free) <= 1, "as far to one side as to the other"
        assert chisquare(counts).pvalue > 1e-4


def test_values_traded_change_the_two_objects_alone() -> None:
    plan = plan_of(objects_in_image=4, attribute_kinds=("color", "pattern"))
    scenes, renderer = scenes_of(plan), Renderer(plan, size=64)
    first, second = np.zeros(40, int), np.ones(40, int)
    traded = exchange_values(plan, scenes, first, second, np.ones((40, len(KINDS)), bool))
    before, after = renderer.images(scenes), renderer.images(traded)
    changed = (before != after).any(axis=1)
    assert not (changed & ~inside(renderer.atlas.boxes(scenes)[:, :2], 64)).any()
    differ = (scenes.values[:, 0] != scenes.values[:, 1]).any(axis=1)
    assert (changed.any(axis=(1, 2)) == differ).all()


def test_colors_are_painted_as_the_table_says() -> None:
    plan = plan_of(objects_in_image=1)
    scenes = draw_scenes(plan, stream_of(200))
    images = Renderer(plan, size=128).images(scenes)
    for image, value in zip(images, scenes.values[:, 0, 0], strict=True):
        fill = np.array(THINGS.kinds[0].values[value].paints["fill"])
        assert (image == fill[:, None, None]).all(axis=0).sum() > 100


def test_every_value_changes_the_picture() -> None:
    plan = plan_of(objects_in_image=1, attribute_kinds=KINDS)
    renderer, scenes = Renderer(plan, size=64), draw_scenes(plan, stream_of(1))
    for k, kind in enumerate(THINGS.kinds):
        looks = set()
        for value in range(len(kind.values)):
            values = scenes.values * 0
            values[..., k] = value
            side = scenes.level * (7 if kind.name == "size" and value else 10) // 10
            looks.add(renderer.images(replace(scenes, values=values, side=side)).tobytes())
        assert len(looks) == len(kind.values), kind.name


def test_the_same_bytes_again_and_in_another_order() -> None:
    plan = plan_of(**ALL_KINDS)
    scenes = scenes_of(plan)
    first, second = Renderer(plan, size=64), Renderer(plan, size=64)
    images = first.images(scenes)
    backwards = [second.images(part_of(scenes, index)) for index in reversed(range(40))]
    assert same(images, np.concatenate(backwards[::-1]))
    assert same(images, first.images(scenes)), "drawn sprites are never drawn over"
    planes = first.atlas.planes(first.atlas.sprite_ids(scenes))
    assert not planes[:, 0].any(axis=(1, 2)).all(), "only what is asked for is drawn"


def test_an_atlas_drawn_whole_is_the_one_drawn_bit_by_bit() -> None:
    plan = make_plan(plan_of(**ALL_KINDS).data, FEW_NOUNS, seed=1)
    scenes, whole, lazy = scenes_of(plan), Renderer(plan, size=32), Renderer(plan, size=32)
    lazy.images(scenes)
    ids = lazy.atlas.sprite_ids(scenes)
    assert same(whole.atlas.planes()[ids], lazy.atlas.planes(ids)[ids])


def test_an_empty_batch_and_one_large_scene() -> None:
    plan = plan_of(**ALL_KINDS)
    assert Renderer(plan, size=64).images(draw_scenes(plan, stream_of(0))).shape == (0, 3, 64, 64)
    image = Renderer(plan, size=512).images(scenes_of(plan, 1))
    assert image.shape == (1, 3, 512, 512) and (image != THINGS.background).any()


def test_a_small_picture_is_the_large_one_seen_from_afar() -> None:
    plan = plan_of(objects_in_image=4)
    scenes = scenes_of(plan, 20)
    scenes = replace(scenes, offset=np.full_like(scenes.offset, 2**15))
    large, small = (Renderer(plan, size=size).images(scenes).astype(float) for size in (256, 32))
    shrunk = large.reshape(20, 3, 32, 8, 32, 8).mean(axis=(3, 5))
    assert np.abs(shrunk - small).mean() < 8
