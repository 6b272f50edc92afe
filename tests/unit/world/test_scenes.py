"""Scenes and captions: the same bits everywhere, and the statistics that the dials promise."""

import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, chi2_contingency, chisquare

from explorer.resources import ASSETS
from explorer.spec import DATA_FIELDS, DIALS, DataSpec
from explorer.world.counter_rng import SLOTS, STREAMS, Stream, slot_number
from explorer.world.grammar import ranks, write_captions
from explorer.world.pairs import draw_pairs, truth_matrix
from explorer.world.plan import ScenePlan, held_out_mask, make_plan, scale_levels
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes, exchange_values, tidy_rows
from explorer.world.swaps import assignments, is_true, reorder, replace_value, swap, swap_with_unnamed
from explorer.world.things import THINGS
from tests.engine.node import node
from tests.unit.dial_values import RICH, TRIED, changed_data
from tests.unit.world.worlds import (
    GRAMMAR,
    KINDS,
    SPECS,
    arrays_of,
    data_specs,
    draw,
    few,
    plan_of,
    same,
    stream_of,
    torch_stream_of,
)

MANY = 20_000
RARE = 1e-4  # a fixed seed either passes or not: this only says how far from expected a figure may lie
WORD = 2**64
seeds = st.integers(0, 2**31 - 1)


def by_scene(plan: ScenePlan, stream: Stream) -> list[Any]:
    """Return the arrays that each scene has by itself: its objects, its caption, and what is made of that."""
    scenes = draw_scenes(plan, stream)
    captions = write_captions(plan, scenes, stream)
    changes = [swap(captions, stream, kind=kind) for kind in (None, 0)]
    changes += [
        swap_with_unnamed(captions, scenes, stream),
        replace_value(plan, captions, scenes, stream),
        reorder(captions, stream),
    ]
    where, other = ranks(stream.bits("pick", plan.num_objects))[:, 0], scenes.nouns[:, 0] * 0
    twin = exchange_values(plan, scenes, where, other, scenes.values[:, 0, :] >= 0)
    every = [captions, *(each.captions for each in changes)]
    truth = [is_true(each, scenes) for each in every]
    return arrays_of(
        scenes, captions, changes, twin, [GRAMMAR.ids(each) for each in every], truth, assignments(captions)
    )


# The same everywhere.


@pytest.mark.parametrize("data", SPECS.values(), ids=list(SPECS))
def test_numpy_and_torch_give_the_same_bits(data: DataSpec) -> None:
    for seed, name in ((0, "train"), (2**31 - 1, "evaluation")):
        plan, streams = make_plan(data, THINGS, seed=seed), [make(96, seed=seed, name=name) for make in BOTH]
        assert same(*(by_scene(plan, stream) for stream in streams))
        batches = [draw(plan, stream) for stream in streams]
        assert same(*(truth_matrix(plan, each.captions, each.scenes) for each in batches))
        pairs = [draw_pairs(plan, stream, GRAMMAR, hard_negatives=0.4) for stream in streams]
        assert (
            same(*((each.ids, each.truths, each.has_hard_negative) for each in pairs))
            and pairs[0].rates() == pairs[1].rates()
        )


BOTH = (stream_of, torch_stream_of)


@few
@given(data=data_specs(), seed=seeds, cuts=st.lists(st.integers(0, 40), max_size=3), first=st.sampled_from((0, 10**12)))
def test_any_split_and_order_gives_the_same_scenes(data: DataSpec, seed: int, cuts: list[int], first: int) -> None:
    plan, index = make_plan(data, THINGS, seed=seed), np.arange(first, first + 40)
    whole = by_scene(plan, Stream(seed=seed, name="train", index=index))
    parts = [p for p in np.split(index, sorted(cuts)) if len(p)]
    split = [by_scene(plan, Stream(seed=seed, name="train", index=part)) for part in parts]
    assert same(whole, [np.concatenate(arrays) for arrays in zip(*split, strict=True)])
    order = np.random.default_rng(seed).permutation(40)
    mixed = by_scene(plan, Stream(seed=seed, name="train", index=index[order]))
    assert same([array[order] for array in whole], mixed)


@pytest.mark.parametrize("slot", [*SLOTS, "seed", "seed.part"])
def test_bits_are_those_of_the_mixer_in_plain_integers(slot: str) -> None:
    def mixed(word: int) -> int:
        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % WORD
        word = (word ^ word >> 27) * 0x94D049BB133111EB % WORD
        return word ^ word >> 31

    golden, seed, index = 0x9E3779B97F4A7C15, 5, 2**40
    assert mixed(golden) == 0xE220A8397B1DCDAF, "the first number that SplitMix64 gives for seed 0"
    key = mixed((mixed(seed * len(STREAMS) + STREAMS.index("evaluation") + 1) + golden) % WORD)
    words = [mixed((slot_number(slot) * 4096 + j + 1) * golden % WORD) for j in range(6)]
    expected = [[mixed(mixed((index + i + key) % WORD) ^ word) >> 32 for word in words] for i in range(3)]
    bits = stream_of(3, seed=seed, name="evaluation", first=index).bits(slot, 2, 3)
    assert bits.reshape(3, 6).tolist() == expected


def test_a_draw_called_after_a_dial_has_the_same_number_in_the_engine() -> None:
    slots = [*DIALS, *(f"{name}.part" for name in DIALS)]
    numbers = [slot_number(slot) for slot in slots]
    assert len(set(numbers)) == len(slots) and min(numbers) >= 2**32 and SLOTS[slot_number("tidy")] == "tidy"
    script = f"import {{ slotOfDial }} from '{ASSETS}/engine/counter_rng.js'; console.log(...{slots}.map(slotOfDial))"
    command = [node(), "--input-type=module", "--eval", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert [int(number) for number in done.stdout.split()] == numbers
    with pytest.raises(AssertionError, match="no_dial: call a draw after its dial"):
        slot_number("no_dial")


@pytest.mark.parametrize("bits", [0, 2**32 - 1])
def test_the_rarest_bits_keep_to_the_range(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stream, "bits", lambda self, slot, *shape: np.full((1, *shape), bits))
    stream = stream_of(1)
    assert not stream.chance("pick", 0.0, 1).any() and stream.chance("pick", 1.0, 1).all()
    assert stream.below("pick", 7, 1)[0, 0] == (0 if bits == 0 else 6) and stream.below("pick", 1, 1)[0, 0] == 0


def test_a_list_of_the_first_scenes_stays_what_it_is() -> None:
    batch = draw(plan_of(attribute_kinds=KINDS, attribute_density=2, caption_completeness=0.75), stream_of(4))
    assert batch.texts == [
        "a yellow upright cat and a purple dotted fish",
        "an outlined upright bus and a dotted outlined submarine",
        "a large plain boat",
        "a red small plane",
    ], "other scenes would make another data set of what is trained and frozen"
    assert batch.scenes.cell.tolist() == [[1, 0], [1, 3], [2, 0], [1, 0]]
    assert batch.scenes.level.tolist() == [[910, 820], [970, 760], [820, 940], [790, 940]]
    assert plan_of().levels.tolist() == list(range(760, 1001, 30)), "equal steps, by default"
    assert scale_levels(4.0).tolist()[0] == 500 and scale_levels(1.0).tolist() == [1000] * 9


# Legal scenes and captions.


@few
@given(data=data_specs(), seed=seeds)
def test_scenes_and_captions_are_legal(data: DataSpec, seed: int) -> None:
    plan = make_plan(data, THINGS, seed=seed)
    batch = draw(plan, stream_of(100, seed=seed))
    scenes, captions, held = batch.scenes, batch.captions, held_out_mask(plan)
    for drawn, most in ((scenes.nouns, len(THINGS.nouns)), (scenes.cell, 4)):
        assert all(len(set(row)) == len(row) and set(row) <= set(range(most)) for row in drawn.tolist())
    varying = (*data.attribute_kinds, *data.untold_kinds)
    limits = [len(kind.values) if kind.name in varying else 1 for kind in THINGS.kinds]
    assert (scenes.values >= 0).all() and (scenes.values < limits).all()
    assert not held[scenes.nouns[:, :, None], np.arange(len(KINDS)), scenes.values].any()
    assert scenes.level.min() >= 760 and scenes.level.max() <= 1000
    assert scenes.offset.min() >= 0 and scenes.offset.max() < 2**16
    assert captions.count.min() >= 1 and captions.count.max() <= data.objects_in_image
    is_named = np.arange(data.objects_in_image) < captions.count[:, None]
    assert ((captions.nouns >= 0) == is_named).all(), "the named ones come first"
    is_told = np.array([kind in data.attribute_kinds for kind in KINDS])
    assert not (captions.values[:, :, ~is_told] >= 0).any(), "only the kinds of the dial are named"
    named = (captions.values >= 0).sum(axis=2)
    assert set(named[is_named]) <= {int(data.attribute_density), int(np.ceil(data.attribute_density))}
    assert not named[~is_named].any() and is_true(captions, scenes).all()


def test_an_untold_kind_varies_in_the_picture_and_in_no_caption() -> None:
    plan = plan_of(attribute_kinds=("color",), untold_kinds=("pattern",), attribute_density=1)
    batch = draw(plan, stream_of(200))
    color, pattern = KINDS.index("color"), KINDS.index("pattern")
    assert set(batch.scenes.values[:, :, pattern].ravel()) == set(range(len(THINGS.kinds[pattern].values)))
    assert (batch.captions.values[:, :, pattern] == -1).all() and (batch.captions.values[:, :, color] >= 0).all()


# Independent and uniform.


def features(scenes: Scenes, stream: Stream) -> dict[str, np.ndarray]:
    """One object of each scene, taken in turn: its noun, color, scale, position and places in both orders."""
    rows, place = np.arange(len(scenes)), np.arange(len(scenes)) % scenes.nouns.shape[1]
    captions = write_captions(plan_of(objects_in_image=scenes.nouns.shape[1]), scenes, stream)
    noun = scenes.nouns[rows, place]
    return {
        "noun": noun,
        "value": scenes.values[rows, place, 0],
        "scale": scenes.level[rows, place],
        "position": scenes.cell[rows, place],
        "across": scenes.offset[rows, place, 1] // 2**13,
        "down": scenes.offset[rows, place, 0] // 2**13,
        "drawing order": place,
        "mention order": (captions.nouns == noun[:, None]).argmax(axis=1),
    }


def chi_square_p(first: np.ndarray, second: np.ndarray) -> float:
    """Return the probability that two features are at least as dependent by chance (chi-square)."""
    counts = np.zeros((first.max() + 1, second.max() + 1), dtype=int)
    np.add.at(counts, (first, second), 1)
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    return float(chi2_contingency(counts).pvalue)


def dependent_pairs(drawn: dict[str, np.ndarray]) -> set[frozenset[str]]:
    return {frozenset(pair) for pair in combinations(drawn, 2) if chi_square_p(drawn[pair[0]], drawn[pair[1]]) < RARE}


def are_equally_likely(counts: Iterable[int]) -> bool:
    values = list(counts)
    return len(values) == 1 or chisquare(values).pvalue > RARE


@pytest.mark.parametrize("n", [2, 3, 4])
def test_noun_value_scale_position_and_orders_are_independent(n: int) -> None:
    stream = stream_of(MANY, seed=n)
    drawn = features(draw_scenes(plan_of(objects_in_image=n), stream), stream)
    assert dependent_pairs(drawn) == set()
    # What a careless change could do to one scene in twenty is seen by the same check.
    is_hit = np.random.default_rng(0).random(MANY) < 0.05
    drawn["position"] = np.where(is_hit, drawn["noun"] % 4, drawn["position"])
    assert dependent_pairs(drawn) == {frozenset(("noun", "position"))}


@pytest.mark.parametrize("name", ["nouns", "values", "level", "cell", "offset"])
def test_two_objects_of_a_scene_are_independent(name: str) -> None:
    drawn = getattr(draw_scenes(plan_of(attribute_kinds=KINDS), stream_of(MANY)), name).reshape(MANY, 2, -1)
    for column in range(drawn.shape[2]):
        one, other = drawn[:, 0, column], drawn[:, 1, column]
        if name in ("nouns", "cell"):  # distinct within a scene: the second is one of the others
            other = (other - one) % (drawn.max() + 1)
        if name == "offset":
            one, other = one // 2**13, other // 2**13
        assert chi_square_p(one, other) > RARE


def test_everything_is_uniform_and_kinds_are_independent() -> None:
    scenes = draw_scenes(plan_of(attribute_kinds=KINDS, objects_in_image=3), stream_of(MANY))
    for one, other in combinations(range(len(KINDS)), 2):
        assert chi_square_p(scenes.values[:, 0, one], scenes.values[:, 0, other]) > RARE
    drawn = [(scenes.nouns, len(THINGS.nouns)), (scenes.cell, 4), (scenes.level // 30 - 25, 9)]
    drawn += [(scenes.offset[:, :, axis] // 2**12, 16) for axis in (0, 1)]
    drawn += [(scenes.values[:, :, k], len(kind.values)) for k, kind in enumerate(THINGS.kinds)]
    for (array, most), place in ((each, place) for each in drawn for place in range(3)):
        assert are_equally_likely(np.bincount(array[:, place], minlength=most))


# Correlation and held-out pairs.


def test_homes_are_balanced_over_nouns_and_depend_on_the_seed_alone() -> None:
    homes = [plan_of(seed=seed, attribute_kinds=KINDS).home for seed in range(4)]
    for home, (k, kind) in ((home, each) for home in homes for each in enumerate(THINGS.kinds)):
        assert np.ptp(np.bincount(home[:, k], minlength=len(kind.values))) <= 1
    assert all((one != other).any() for one, other in combinations(homes, 2))
    assert same(homes[0], plan_of(attribute_kinds=KINDS, held_out_pairs=0.5, attribute_object_correlation=0.5).home)


@pytest.mark.parametrize("share", [0.0, 0.01, 1 / 8, 0.3, 3 / 8, 0.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_held_out_pairs(share: float, seed: int) -> None:
    plan = plan_of(seed=seed, attribute_kinds=KINDS, held_out_pairs=share)
    held = held_out_mask(plan)
    for k, kind in enumerate(THINGS.kinds):
        grid = held[:, k, : len(kind.values)]
        assert grid.sum() == (round(share * grid.size) if len(kind.values) >= 4 else 0)
        assert not grid.all(axis=1).any() and not grid.all(axis=0).any(), "every noun and value keeps a pair"
        assert np.ptp(grid.sum(axis=1)) <= 1, "nouns lose alike"
        assert np.ptp(grid.sum(axis=0)) <= (1 if share * 8 % 1 == 0 else 2), "values too, but for a begun round"
        assert not np.take_along_axis(grid, plan.home[:, k, None], axis=1).any(), "the usual value is never held out"
    assert not held_out_mask(plan_of(attribute_kinds=("size",), held_out_pairs=share)).any()


# What captions say.


@pytest.mark.parametrize(("n", "c"), [(1, 1.0), (2, 0.5), (2, 0.85), (3, 1 / 3), (3, 0.6), (4, 0.6), (4, 1.0)])
@pytest.mark.parametrize("lengths", ["fixed", "mixed"])
def test_completeness_has_the_distribution_of_its_lengths(n: int, c: float, lengths: str) -> None:
    plan = plan_of(objects_in_image=n, caption_completeness=c, caption_lengths=lengths)
    seen = np.bincount(draw(plan, stream_of(MANY)).captions.count, minlength=n + 1)
    below, expected = int(np.floor(c * n)), np.zeros(n + 2)
    if lengths == "mixed" and n > 1:
        expected[1 : n + 1] = binom.pmf(np.arange(n), n - 1, (c * n - 1) / (n - 1))
    else:
        expected[below], expected[below + 1] = 1 - (c * n - below), c * n - below
    expected = expected[: n + 1]
    possible = expected > 1e-12
    assert not seen[~possible].any() and np.dot(expected, np.arange(n + 1)) == pytest.approx(c * n)
    assert possible.sum() == 1 or chisquare(seen[possible], expected[possible] * MANY).pvalue > RARE


def saliency(count: int = MANY, **dials: Any) -> tuple[Scenes, np.ndarray, np.ndarray]:
    """Scenes, (N, n) the objects that captions name, and (N,) captions that leave out none larger than those."""
    batch = draw(plan_of(**dials), stream_of(count))
    scenes = batch.scenes
    named = (batch.captions.nouns[:, None, :] == scenes.nouns[:, :, None]).any(axis=2)
    least, most = np.where(named, scenes.areas, 10**9).min(axis=1), np.where(named, 0, scenes.areas).max(axis=1)
    return scenes, named, least >= most


@pytest.mark.parametrize("s", [0.0, 0.4, 1.0])
def test_saliency_is_measured_back_and_all_else_is_at_random(s: float) -> None:
    scenes, named, is_largest = saliency(objects_in_image=4, caption_completeness=0.5, saliency_bias=s)
    areas = np.sort(scenes.areas, axis=1)
    clear = areas[:, 1] < areas[:, 2]  # which two are the largest is beyond doubt
    hits = int(is_largest[clear].sum())
    assert binomtest(hits, int(clear.sum()), min(1.0, s + (1 - s) / comb(4, 2))).pvalue > RARE
    sets = Counter(tuple(np.flatnonzero(row).tolist()) for row in named)
    assert set(sets) == set(combinations(range(4), 2)) and are_equally_likely(sets.values())
    code = (named << np.arange(4)).sum(axis=1)
    for feature in (scenes.nouns, scenes.values[:, :, 0], scenes.cell, scenes.offset[:, :, 0] // 2**13):
        assert min(chi_square_p(feature[:, place], code) for place in range(4)) > RARE
    levels = min(chi_square_p(scenes.level[:, place], code) for place in range(4))
    assert levels > RARE if s == 0 else levels < RARE


def test_equal_areas_are_named_at_random_and_size_counts() -> None:
    dials = {"objects_in_image": 2, "caption_completeness": 0.5, "saliency_bias": 1.0}
    scenes, named, _ = saliency(**dials)
    first = named[scenes.areas[:, 0] == scenes.areas[:, 1]][:, 0]
    assert binomtest(int(first.sum()), len(first), 0.5).pvalue > RARE
    scenes, named, _ = saliency(2000, **dials, attribute_kinds=("size",))
    small = scenes.values[:, :, 1]
    assert not small[(small.sum(axis=1) == 1)[:, None] & named].any(), "a large object before a small one"


def told(**dials: Any) -> np.ndarray:
    """(MANY, n) how many values captions tell of each named object, in the order of mention."""
    return (draw(plan_of(**dials), stream_of(MANY)).captions.values >= 0).sum(axis=2)


@pytest.mark.parametrize(
    ("arrangement", "density", "chances"),
    [
        ("independent", 0.25, (9 / 16, 6 / 16, 1 / 16)),
        ("both-or-neither", 0.25, (3 / 4, 0, 1 / 4)),
        ("both-or-neither", 1.0, (0, 0, 1)),
        ("at-most-one", 0.25, (1 / 2, 1 / 2, 0)),
        ("at-most-one", 0.5, (0, 1, 0)),
        ("at-most-one", 0.0, (1, 0, 0)),
    ],
)
@pytest.mark.parametrize("naming", [{}, {"objects_in_image": 4, "caption_completeness": 0.5, "saliency_bias": 0.5}])
def test_values_are_told_of_two_objects_as_the_dial_says(
    arrangement: str, density: float, chances: tuple[float, ...], naming: dict[str, Any]
) -> None:
    values = told(told_together=arrangement, attribute_density=density, **naming)
    counts = np.bincount(values.sum(axis=1), minlength=3)
    possible = np.array(chances) > 0
    assert not counts[~possible].any() and not values[:, 2:].any()
    assert possible.sum() == 1 or chisquare(counts[possible], np.array(chances)[possible] * MANY).pvalue > RARE
    one = values[values.sum(axis=1) == 1]
    assert not len(one) or binomtest(int(one[:, 0].sum()), len(one), 0.5).pvalue > RARE, "either of the two"


def test_wrong_values_are_others_of_their_kind_and_all_else_stays() -> None:
    dials = {"attribute_kinds": KINDS, "attribute_density": 2.0, "objects_in_image": 3}
    right, wrong = (draw(plan_of(**dials, wrong_values=share), stream_of(MANY)) for share in (0.0, 0.3))
    assert same(right.scenes, wrong.scenes) and same(right.captions.nouns, wrong.captions.nouns)
    told_values, changed = right.captions.values >= 0, right.captions.values != wrong.captions.values
    assert same(told_values, wrong.captions.values >= 0) and not (changed & ~told_values).any()
    is_wrong = changed.any(axis=(1, 2))
    assert (changed | ~told_values)[is_wrong].all(), "every value that a wrong caption tells"
    assert binomtest(int(is_wrong.sum()), MANY, 0.3).pvalue > RARE
    for k, kind in enumerate(THINGS.kinds):
        steps = (wrong.captions.values - right.captions.values)[:, :, k][changed[:, :, k]] % len(kind.values)
        assert are_equally_likely(np.bincount(steps, minlength=len(kind.values))[1:])


def test_tidy_pairs_are_those_of_the_tidy_recipe() -> None:
    web: dict[str, Any] = {
        "objects_in_image": 4,
        "attribute_kinds": ("pattern", "tilt"),
        "attribute_density": 0.5,
        "caption_completeness": 0.55,
        "caption_lengths": "mixed",
        "saliency_bias": 1.0,
    }
    kinds, stream = ("color", "pattern"), stream_of(2000)
    plan = plan_of(**web, wrong_values=0.0, tidy_share=0.3, tidy_kinds=kinds)
    mixed, is_tidy = draw(plan, stream), tidy_rows(plan, stream)
    assert binomtest(int(is_tidy.sum()), 2000, 0.3).pvalue > RARE
    own, tidy = draw(plan_of(**web), stream), draw(plan_of(attribute_kinds=kinds, attribute_density=2.0), stream)
    texts = [each.texts for each in (mixed, tidy, own)]
    assert all(
        both == (of_tidy if chosen else of_own) for both, of_tidy, of_own, chosen in zip(*texts, is_tidy, strict=True)
    )
    for scenes, chosen, count in ((own.scenes, ~is_tidy, 4), (tidy.scenes, is_tidy, 2)):
        assert same(mixed.scenes.rows(chosen).first_objects(count), scenes.rows(chosen))
        rest = mixed.scenes.rows(chosen)
        assert (rest.nouns[:, count:] == -1).all() and not rest.areas[:, count:].any()
    assert (draw(plan_of(**web, tidy_share=1.0), stream).captions.count == 2).all()


@pytest.mark.parametrize("placement", ["quarters", "free"])
def test_pictures_of_tidy_pairs_are_those_of_the_tidy_recipe(placement: str) -> None:
    stream, web = stream_of(60), {"objects_in_image": 4, "attribute_kinds": ("tilt",), "placement": placement}
    plan, kinds = plan_of(**web, tidy_share=0.5, tidy_kinds=("pattern",)), ("pattern",)
    pictures, is_tidy = Renderer(plan, size=32).images(draw_scenes(plan, stream)), tidy_rows(plan, stream)
    for dials, chosen in ((web, ~is_tidy), ({"attribute_kinds": kinds, "placement": placement}, is_tidy)):
        alone = plan_of(**dials)
        assert chosen.any() and same(
            Renderer(alone, size=32).images(draw_scenes(alone, stream))[chosen], pictures[chosen]
        )


def test_no_tidy_pair_shows_what_training_never_shows() -> None:
    plan = plan_of(held_out_pairs=0.5, tidy_share=0.5)
    scenes, held = draw_scenes(plan, stream_of(2000)), held_out_mask(plan)
    assert held.any() and not held[scenes.nouns, 0, scenes.values[:, :, 0]].any()


def test_every_dial_of_the_data_is_tried() -> None:
    staged = {name for name, dial in DIALS.items() if dial.stage in ("images", "captions")}
    assert {*TRIED, "world"} == staged == set(DATA_FIELDS)


@pytest.mark.parametrize("name", TRIED)
def test_a_dial_changes_what_its_stage_makes_and_nothing_upstream(name: str) -> None:
    plans = (make_plan(data, THINGS, seed=0) for data in (RICH, changed_data(RICH, name)))
    before, after = (draw(plan, stream_of(200)) for plan in plans)
    assert same(before.scenes, after.scenes) == (DIALS[name].stage == "captions"), "paired runs see the same images"
    assert DIALS[name].stage == "images" or before.texts != after.texts
    if name in ("attribute_object_correlation", "held_out_pairs"):
        one, other = before.scenes, after.scenes
        assert same([one.nouns, one.level, one.cell, one.offset], [other.nouns, other.level, other.cell, other.offset])


@few
@given(data=data_specs(), other=data_specs())
def test_no_caption_dial_reaches_the_images(data: DataSpec, other: DataSpec) -> None:
    names = [name for name, dial in DIALS.items() if dial.stage == "captions"]
    changed = replace(data, **{name: getattr(other, name) for name in names if name != "attribute_density"})
    changed = replace(changed, attribute_density=len(data.attribute_kinds) - data.attribute_density)
    changed = replace(changed, caption_completeness=max(changed.caption_completeness, 1 / data.objects_in_image))
    ours, theirs = (draw_scenes(make_plan(spec, THINGS, seed=3), stream_of(50, seed=3)) for spec in (data, changed))
    assert same(ours, theirs)
