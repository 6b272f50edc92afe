"""Scenes and captions: the same bits everywhere, and the statistics that the dials promise."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, chi2_contingency, chisquare

from explorer.spec import DIALS, DataSpec
from explorer.world.counter_rng import SLOTS, STREAMS, Stream
from explorer.world.grammar import rank_of, write_captions
from explorer.world.plan import LEVELS, Plan, held_out_mask, levels_of, make_plan
from explorer.world.scenes import Scenes, draw_scenes, exchange_values
from explorer.world.swaps import (
    assignments,
    duplicate_share,
    is_true,
    reorder,
    replace_value,
    swap,
    swap_with_unnamed,
    truth_matrix,
)
from explorer.world.things import THINGS
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


def everything(plan: Plan, stream: Stream) -> list[Any]:
    """All that a stream makes under a plan: scenes, captions, exchanges, token ids, truth."""
    scenes = draw_scenes(plan, stream)
    said = write_captions(plan, scenes, stream)
    made = [swap(said, stream, kind=kind) for kind in (None, 0)]
    made += [swap_with_unnamed(said, scenes, stream), replace_value(plan, said, scenes, stream), reorder(said, stream)]
    where, other = rank_of(stream.bits("pick", plan.num_objects))[:, 0], scenes.nouns[:, 0] * 0
    twin = exchange_values(plan, scenes, where, other, scenes.values[:, 0, :] >= 0)
    sentences = [said, *(exchange.said for exchange in made)]
    texts = [GRAMMAR.ids(sentence) for sentence in sentences]
    truth = [is_true(sentence, scenes) for sentence in sentences] + [truth_matrix(plan, s, scenes) for s in sentences]
    return arrays_of(scenes, said, made, twin, texts, truth, assignments(said))


# The same everywhere.


@pytest.mark.parametrize("data", SPECS.values(), ids=list(SPECS))
def test_numpy_and_torch_give_the_same_bits(data: DataSpec) -> None:
    for seed, name in ((0, "train"), (2**31 - 1, "evaluation")):
        plan = make_plan(data, THINGS, seed=seed)
        ours, theirs = (make(96, seed=seed, name=name) for make in (stream_of, torch_stream_of))
        assert same(everything(plan, ours), everything(plan, theirs))


def test_numpy_and_torch_count_the_same_duplicates() -> None:
    plan = plan_of()
    ids = [GRAMMAR.ids(write_captions(plan, draw_scenes(plan, s), s)) for s in (stream_of(4000), torch_stream_of(4000))]
    assert duplicate_share(ids[0]) == duplicate_share(ids[1]) > 0
    assert duplicate_share(ids[0][:0]) == 0.0


@few
@given(data=data_specs(), seed=st.integers(0, 2**31 - 1), cuts=st.lists(st.integers(0, 40), max_size=3))
def test_any_split_and_order_gives_the_same_scenes(data: DataSpec, seed: int, cuts: list[int]) -> None:
    plan, index = make_plan(data, THINGS, seed=seed), np.arange(40)
    whole = row_arrays(plan, Stream(seed=seed, name="train", index=index))
    parts = [p for p in np.split(index, sorted(cuts)) if len(p)]
    split = [row_arrays(plan, Stream(seed=seed, name="train", index=part)) for part in parts]
    assert same(whole, [np.concatenate(arrays) for arrays in zip(*split, strict=True)])
    order = np.random.default_rng(seed).permutation(40)
    mixed = row_arrays(plan, Stream(seed=seed, name="train", index=index[order]))
    assert same([array[order] for array in whole], mixed)


def row_arrays(plan: Plan, stream: Stream) -> list[Any]:
    """Return the arrays that each scene has by itself."""
    scenes = draw_scenes(plan, stream)
    said = write_captions(plan, scenes, stream)
    made = [swap(said, stream), swap_with_unnamed(said, scenes, stream), replace_value(plan, said, scenes, stream)]
    return arrays_of(scenes, said, made, reorder(said, stream))


def test_a_scene_far_along_the_stream_is_the_same_alone() -> None:
    plan, far = plan_of(), 10**12
    batch = row_arrays(plan, stream_of(8, first=far))
    alone = row_arrays(plan, stream_of(1, first=far + 7))
    assert same([array[7:] for array in batch], alone)


def test_streams_and_seeds_differ() -> None:
    plan = plan_of()
    names = [(seed, name) for seed in (0, 1, 2) for name in STREAMS]
    nouns = [draw_scenes(plan, stream_of(500, seed=seed, name=name)).nouns for seed, name in names]
    for one, other in combinations(nouns, 2):
        assert 0 < (one == other).mean() < 0.15, "as alike as chance makes them"


@pytest.mark.parametrize("slot", SLOTS)
def test_bits_are_those_of_the_mixer_in_plain_integers(slot: str) -> None:
    def mixed(word: int) -> int:
        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % WORD
        word = (word ^ word >> 27) * 0x94D049BB133111EB % WORD
        return word ^ word >> 31

    golden, seed, index = 0x9E3779B97F4A7C15, 5, 2**40
    assert mixed(golden) == 0xE220A8397B1DCDAF, "the first number that SplitMix64 gives for seed 0"
    key = mixed((mixed(seed * len(STREAMS) + STREAMS.index("evaluation") + 1) + golden) % WORD)
    words = [mixed((SLOTS.index(slot) * 4096 + j + 1) * golden % WORD) for j in range(6)]
    expected = [[mixed(mixed((index + i + key) % WORD) ^ word) >> 32 for word in words] for i in range(3)]
    bits = stream_of(3, seed=seed, name="evaluation", first=index).bits(slot, 2, 3)
    assert bits.reshape(3, 6).tolist() == expected


def test_chances_of_zero_and_one_are_certain() -> None:
    stream = stream_of(MANY)
    assert not stream.chance("pick", 0.0, 4).any()
    assert stream.chance("pick", 1.0, 4).all()
    assert stream.below("pick", 1, 4).max() == 0


@pytest.mark.parametrize("bits", [0, 2**32 - 1])
def test_the_rarest_bits_keep_to_the_range(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stream, "bits", lambda self, slot, *shape: np.full((1, *shape), bits))
    stream = stream_of(1)
    assert not stream.chance("pick", 0.0, 1).any() and stream.chance("pick", 1.0, 1).all()
    assert stream.below("pick", 7, 1)[0, 0] == (0 if bits == 0 else 6)


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


# Legal scenes.


@few
@given(data=data_specs(), seed=st.integers(0, 2**31 - 1))
def test_scenes_are_legal(data: DataSpec, seed: int) -> None:
    plan = make_plan(data, THINGS, seed=seed)
    batch = draw(plan, stream_of(100, seed=seed))
    held, varying = held_out_mask(plan), (*data.attribute_kinds, *data.untold_kinds)
    for nouns, cells, values in zip(batch.scenes.nouns, batch.scenes.cell, batch.scenes.values, strict=True):
        assert len(set(nouns)) == len(nouns) and set(nouns) <= set(range(len(THINGS.nouns)))
        assert len(set(cells)) == len(cells) and set(cells) <= set(range(4))
        for noun, row in zip(nouns, values, strict=True):
            for k, value in enumerate(row):
                assert 0 <= value < (len(THINGS.kinds[k].values) if KINDS[k] in varying else 1)
                assert not held[noun, k, value]
    assert batch.scenes.level.min() >= 760 and batch.scenes.level.max() <= 1000
    assert batch.scenes.offset.min() >= 0 and batch.scenes.offset.max() < 2**16


@few
@given(data=data_specs(), seed=st.integers(0, 2**31 - 1))
def test_captions_are_legal(data: DataSpec, seed: int) -> None:
    batch = draw(make_plan(data, THINGS, seed=seed), stream_of(100, seed=seed))
    said, kinds = batch.said, np.array([kind in data.attribute_kinds for kind in KINDS])
    assert said.count.min() >= 1 and said.count.max() <= data.objects_in_image
    places = np.arange(data.objects_in_image)
    assert ((said.nouns >= 0) == (places < said.count[:, None])).all(), "the named ones come first"
    assert not (said.values[:, :, ~kinds] >= 0).any(), "only the kinds of the dial are named"
    named = (said.values >= 0).sum(axis=2)[said.nouns >= 0]
    assert set(named) <= {int(data.attribute_density), int(np.ceil(data.attribute_density))}
    assert not (said.values[said.nouns < 0] >= 0).any()
    assert is_true(said, batch.scenes).all()


def test_an_untold_kind_varies_in_the_picture_and_in_no_caption() -> None:
    plan = plan_of(attribute_kinds=("color",), untold_kinds=("pattern",), attribute_density=1)
    batch = draw(plan, stream_of(200))
    color, pattern = KINDS.index("color"), KINDS.index("pattern")
    assert set(batch.scenes.values[:, :, pattern].ravel()) == set(range(len(THINGS.kinds[pattern].values)))
    assert (batch.said.values[:, :, pattern] == -1).all() and (batch.said.values[:, :, color] >= 0).all()


# Independence.


def features(scenes: Scenes, stream: Stream) -> dict[str, np.ndarray]:
    """One object of each scene, taken in turn: its noun, color, scale, position and places in both orders."""
    rows, place = np.arange(len(scenes)), np.arange(len(scenes)) % scenes.nouns.shape[1]
    all_named = replace(plan_of(objects_in_image=scenes.nouns.shape[1]))
    said = write_captions(all_named, scenes, stream)
    noun = scenes.nouns[rows, place]
    return {
        "noun": noun,
        "value": scenes.values[rows, place, 0],
        "scale": scenes.level[rows, place],
        "position": scenes.cell[rows, place],
        "across": scenes.offset[rows, place, 1] // 2**13,
        "down": scenes.offset[rows, place, 0] // 2**13,
        "drawing order": place,
        "mention order": (said.nouns == noun[:, None]).argmax(axis=1),
    }


def p_of(first: np.ndarray, second: np.ndarray) -> float:
    """Return the probability that two features are at least as dependent by chance (chi-square)."""
    counts = np.zeros((first.max() + 1, second.max() + 1), dtype=int)
    np.add.at(counts, (first, second), 1)
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    return float(chi2_contingency(counts).pvalue)


def dependent(found: dict[str, np.ndarray]) -> set[frozenset[str]]:
    """The pairs of features that are not independent."""
    return {frozenset(pair) for pair in combinations(found, 2) if p_of(found[pair[0]], found[pair[1]]) < RARE}


@pytest.mark.parametrize("n", [2, 3, 4])
def test_noun_value_scale_position_and_orders_are_independent(n: int) -> None:
    stream = stream_of(MANY, seed=n)
    found = features(draw_scenes(plan_of(objects_in_image=n), stream), stream)
    assert len(found) == 8
    assert dependent(found) == set()


# What a careless change could do to one scene in twenty: the same check has to see each.
BROKEN: dict[frozenset[str], Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]] = {
    frozenset(("noun", "scale")): lambda f: {"scale": 760 + 30 * (f["noun"] % 9)},
    frozenset(("value", "scale")): lambda f: {"scale": 760 + 30 * f["value"]},
    frozenset(("position", "noun")): lambda f: {"position": f["noun"] % 4},
    frozenset(("position", "value")): lambda f: {"position": f["value"] % 4},
    frozenset(("scale", "position")): lambda f: {"position": f["scale"] // 30 % 4},
    frozenset(("drawing order", "scale")): lambda f: {"scale": 760 + 30 * f["drawing order"]},
    frozenset(("mention order", "scale")): lambda f: {"scale": 760 + 30 * f["mention order"]},
    frozenset(("mention order", "position")): lambda f: {"position": f["mention order"]},
    frozenset(("mention order", "drawing order")): lambda f: {"mention order": f["drawing order"]},
    frozenset(("value", "noun")): lambda f: {"value": f["noun"] % 8},
}


@pytest.mark.parametrize("pair", BROKEN, ids=lambda pair: " x ".join(sorted(pair)))
def test_the_check_sees_a_dependence_in_one_scene_of_twenty(pair: frozenset[str]) -> None:
    stream = stream_of(MANY)
    found = features(draw_scenes(plan_of(objects_in_image=4), stream), stream)
    (name, broken), *_ = BROKEN[pair](found).items()
    found[name] = np.where(np.random.default_rng(0).random(MANY) < 0.05, broken, found[name])
    assert dependent(found) == {pair}


@pytest.mark.parametrize("name", ["nouns", "values", "level", "cell", "offset"])
def test_two_objects_of_a_scene_are_independent(name: str) -> None:
    drawn = getattr(draw_scenes(plan_of(attribute_kinds=KINDS), stream_of(MANY)), name).reshape(MANY, 2, -1)
    for column in range(drawn.shape[2]):
        one, other = drawn[:, 0, column], drawn[:, 1, column]
        if name in ("nouns", "cell"):  # distinct within a scene: the second is one of the others
            other = (other - one) % (drawn.max() + 1)
        if name == "offset":
            one, other = one // 2**13, other // 2**13
        assert p_of(one, other) > RARE


def test_kinds_of_one_object_are_independent() -> None:
    values = draw_scenes(plan_of(attribute_kinds=KINDS), stream_of(MANY)).values[:, 0]
    for one, other in combinations(range(len(KINDS)), 2):
        assert p_of(values[:, one], values[:, other]) > RARE


def test_everything_is_uniform() -> None:
    scenes = draw_scenes(plan_of(attribute_kinds=KINDS, objects_in_image=3), stream_of(MANY))
    for place in range(3):
        counts = [
            np.bincount(scenes.nouns[:, place], minlength=len(THINGS.nouns)),
            np.bincount(scenes.cell[:, place], minlength=4),
        ]
        counts += [np.bincount(scenes.level[:, place] // 30 - 25, minlength=9)]
        counts += [np.bincount(scenes.offset[:, place, axis] // 2**12, minlength=16) for axis in (0, 1)]
        for k, kind in enumerate(THINGS.kinds):
            counts.append(np.bincount(scenes.values[:, place, k], minlength=len(kind.values)))
        for count in counts:
            assert chisquare(count).pvalue > RARE


# Correlation and held-out pairs.


@pytest.mark.parametrize("c", [0.0, 0.3, 0.8, 1.0])
def test_home_values_come_as_often_as_dialed(c: float) -> None:
    plan = plan_of(attribute_kinds=KINDS, attribute_object_correlation=c)
    scenes = draw_scenes(plan, stream_of(MANY))
    nouns, values = scenes.nouns[:, 0], scenes.values[:, 0]
    for k, kind in enumerate(THINGS.kinds):
        at_home = values[:, k] == plan.home[nouns, k]
        share = c + (1 - c) / len(kind.values)
        assert share == 1 or binomtest(int(at_home.sum()), MANY, share).pvalue > RARE
        assert share < 1 or at_home.all()
        elsewhere = (values[:, k] - plan.home[nouns, k])[~at_home] % len(kind.values)
        assert not len(elsewhere) or len(kind.values) == 2 or chisquare(np.bincount(elsewhere)[1:]).pvalue > RARE


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_home_values_are_balanced_over_nouns(seed: int) -> None:
    home = plan_of(seed=seed, attribute_kinds=KINDS).home
    for k, kind in enumerate(THINGS.kinds):
        counts = np.bincount(home[:, k], minlength=len(kind.values))
        assert counts.max() - counts.min() <= 1 and counts.sum() == len(THINGS.nouns)


def test_homes_depend_on_the_seed_alone() -> None:
    homes = [plan_of(seed=seed, attribute_kinds=KINDS).home for seed in range(4)]
    assert all((one != other).any() for one, other in combinations(homes, 2))
    assert same(homes[0], plan_of(attribute_kinds=KINDS, held_out_pairs=0.5, attribute_object_correlation=0.5).home)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.25, 0.3, 0.45, 0.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_held_out_pairs(share: float, seed: int) -> None:
    plan = plan_of(seed=seed, attribute_kinds=KINDS, held_out_pairs=share)
    held = held_out_mask(plan)
    for k, kind in enumerate(THINGS.kinds):
        values = len(kind.values)
        grid = held[:, k, :values]
        assert grid.sum() == (round(share * grid.size) if values >= 4 else 0)
        assert not grid.all(axis=1).any() and not grid.all(axis=0).any(), "every noun and value keeps a pair"
        assert np.ptp(grid.sum(axis=1)) <= 1, "nouns lose alike"
        assert np.ptp(grid.sum(axis=0)) <= 2, "values lose alike, but for a round that is begun"
        assert not np.take_along_axis(grid, plan.home[:, k, None], axis=1).any(), "the usual value is never held out"


@pytest.mark.parametrize("rounds", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_whole_rounds_are_held_out_in_a_latin_pattern(rounds: int, seed: int) -> None:
    held = held_out_mask(plan_of(seed=seed, held_out_pairs=rounds / 8))[:, 0, :8]
    assert (held.sum(axis=1) == rounds).all()
    assert np.ptp(held.sum(axis=0)) <= 1, "no value is rarer in training than another by more than one pair"


@pytest.mark.parametrize("c", [0.0, 0.5])
def test_held_out_pairs_are_never_shown_and_all_others_are(c: float) -> None:
    plan = plan_of(held_out_pairs=0.4, attribute_object_correlation=c)
    scenes = draw_scenes(plan, stream_of(MANY))
    shown = np.zeros((len(THINGS.nouns), 8), dtype=bool)
    shown[scenes.nouns.ravel(), scenes.values[:, :, 0].ravel()] = True
    assert (shown == ~held_out_mask(plan)[:, 0]).all()


def test_a_kind_that_does_not_vary_holds_nothing_out() -> None:
    assert not held_out_mask(plan_of(attribute_kinds=("size",), held_out_pairs=0.5)).any()


# What captions say.


@pytest.mark.parametrize("density", [0.0, 0.25, 1.0, 1.25, 2.0, 2.5, 3.0])
def test_density_is_the_mean_by_floor_and_ceil(density: float) -> None:
    plan = plan_of(attribute_kinds=("size", "color", "tilt"), attribute_density=density)
    named = (draw(plan, stream_of(MANY)).said.values >= 0)[:, 0]
    count = named.sum(axis=1)
    assert set(count) == {int(np.floor(density)), int(np.ceil(density))}
    rest = density - np.floor(density)
    assert not rest or binomtest(int((count > density).sum()), MANY, rest).pvalue > RARE
    for size in set(count.tolist()):
        sets = Counter(tuple(np.flatnonzero(row).tolist()) for row in named[count == size])
        assert set(sets) == set(combinations((0, 1, 4), size)), "any kinds that vary"
        assert len(sets) == 1 or chisquare(list(sets.values())).pvalue > RARE, "each as likely"


def test_what_is_named_of_one_object_tells_nothing_of_another() -> None:
    plan = plan_of(attribute_kinds=("color", "size", "tilt"), attribute_density=1.5)
    named = draw(plan, stream_of(MANY)).said.values >= 0
    codes = named[:, :, 0] * 4 + named[:, :, 1] * 2 + named[:, :, 4]
    assert p_of(codes[:, 0], codes[:, 1]) > RARE


COMPLETENESS = [(n, c) for n in (1, 2, 3, 4) for c in (1 / n, 0.6, 0.85, 1.0) if c >= 1 / n]


@pytest.mark.parametrize(("n", "c"), COMPLETENESS)
@pytest.mark.parametrize("lengths", ["fixed", "mixed"])
def test_completeness_has_the_distribution_of_its_lengths(n: int, c: float, lengths: str) -> None:
    plan = plan_of(objects_in_image=n, caption_completeness=c, caption_lengths=lengths)
    seen = np.bincount(draw(plan, stream_of(MANY)).said.count, minlength=n + 1)
    below = int(np.floor(c * n))
    if lengths == "mixed" and n > 1:
        expected = np.append(0, binom.pmf(np.arange(n), n - 1, (c * n - 1) / (n - 1)))
    else:
        expected = np.zeros(n + 2)
        expected[below], expected[below + 1] = 1 - (c * n - below), c * n - below
    possible = expected[: n + 1] > 1e-12
    assert not seen[~possible].any()
    assert np.dot(expected, np.arange(len(expected))) == pytest.approx(c * n), "the mean is that of the dial"
    if possible.sum() > 1:
        assert chisquare(seen[possible], expected[: n + 1][possible] * MANY).pvalue > RARE


def named_objects(plan: Plan, scenes: Scenes, stream: Stream) -> np.ndarray:
    """(N, n) bool by object, in drawing order."""
    said = write_captions(plan, scenes, stream)
    return np.asarray((said.nouns[:, None, :] == scenes.nouns[:, :, None]).any(axis=2))


def largest_named(scenes: Scenes, named: np.ndarray) -> np.ndarray:
    """(N,) bool: no object left out is larger than one that is named."""
    least = np.where(named, scenes.areas, 10**9).min(axis=1)
    most = np.where(named, 0, scenes.areas).max(axis=1)
    return np.asarray(least >= most)


@pytest.mark.parametrize("lengths", ["fixed", "mixed"])
@pytest.mark.parametrize("kinds", [("color",), ("color", "size")])
def test_full_saliency_names_the_largest(lengths: str, kinds: tuple[str, ...]) -> None:
    dials = {"objects_in_image": 4, "caption_completeness": 0.6, "caption_lengths": lengths, "attribute_kinds": kinds}
    stream = stream_of(MANY)
    for s, always in ((1.0, True), (0.95, False)):
        plan = plan_of(**dials, saliency_bias=s)
        scenes = draw_scenes(plan, stream)
        assert largest_named(scenes, named_objects(plan, scenes, stream)).all() == always


@pytest.mark.parametrize("s", [0.0, 0.4, 1.0])
def test_saliency_is_measured_back(s: float) -> None:
    plan = plan_of(objects_in_image=4, caption_completeness=0.5, saliency_bias=s)
    stream = stream_of(2 * MANY)
    scenes = draw_scenes(plan, stream)
    named = named_objects(plan, scenes, stream)
    areas = np.sort(scenes.areas, axis=1)
    clear = areas[:, 1] < areas[:, 2]  # which two are the largest is beyond doubt
    hits = int(largest_named(scenes, named)[clear].sum())
    assert binomtest(hits, int(clear.sum()), min(1.0, s + (1 - s) / comb(4, 2))).pvalue > RARE


@pytest.mark.parametrize("s", [0.0, 1.0])
def test_the_named_objects_are_any_but_for_their_size(s: float) -> None:
    plan = plan_of(objects_in_image=4, caption_completeness=0.5, saliency_bias=s)
    stream = stream_of(MANY)
    scenes = draw_scenes(plan, stream)
    named = named_objects(plan, scenes, stream)
    sets = Counter(tuple(np.flatnonzero(row).tolist()) for row in named)
    assert set(sets) == set(combinations(range(4), 2))
    assert chisquare(list(sets.values())).pvalue > RARE, "ties and all else at random"
    code = (named << np.arange(4)).sum(axis=1)
    for feature in (scenes.nouns, scenes.values[:, :, 0], scenes.cell, scenes.offset[:, :, 0] // 2**13):
        assert min(p_of(feature[:, place], code) for place in range(4)) > RARE
    levels = min(p_of(scenes.level[:, place], code) for place in range(4))
    assert levels > RARE if s == 0 else levels < RARE


def test_equal_areas_are_named_at_random() -> None:
    plan = plan_of(objects_in_image=2, caption_completeness=0.5, saliency_bias=1.0)
    stream = stream_of(MANY)
    scenes = draw_scenes(plan, stream)
    tied = scenes.areas[:, 0] == scenes.areas[:, 1]
    first = named_objects(plan, scenes, stream)[tied][:, 0]
    assert binomtest(int(first.sum()), len(first), 0.5).pvalue > RARE


def test_salience_is_drawn_area_values_included() -> None:
    plan = plan_of(objects_in_image=2, attribute_kinds=("size",), caption_completeness=0.5, saliency_bias=1.0)
    stream = stream_of(2000)
    scenes = draw_scenes(plan, stream)
    named = named_objects(plan, scenes, stream)
    mixed = scenes.values[:, :, 1].sum(axis=1) == 1
    assert (scenes.values[:, :, 1][mixed & True][named[mixed]] == 0).all(), "a large object before a small one"


# Every dial does what its stage says.

# The base in which the dial has something to change, and the value that it is changed to.
CHANGES: dict[str, tuple[dict[str, Any], Any]] = {
    "objects_in_image": ({}, 3),
    "attribute_kinds": ({}, ("size",)),
    "untold_kinds": ({}, ("size",)),
    "attribute_object_correlation": ({}, 0.5),
    "held_out_pairs": ({}, 0.3),
    "size_contrast": ({}, 4.0),
    "placement": ({}, "free"),
    "attribute_density": ({}, 0.5),
    "caption_completeness": ({}, 0.5),
    "caption_lengths": ({"objects_in_image": 3, "caption_completeness": 2 / 3}, "mixed"),
    "saliency_bias": ({"objects_in_image": 3, "caption_completeness": 2 / 3}, 0.5),
}


def test_every_dial_of_the_data_is_tried() -> None:
    staged = {name for name, dial in DIALS.items() if dial.stage in ("images", "captions")}
    assert {*CHANGES, "world"} == staged == set(DataSpec.__dataclass_fields__)


@pytest.mark.parametrize("name", CHANGES)
def test_a_dial_changes_what_its_stage_makes_and_nothing_upstream(name: str) -> None:
    base, value = CHANGES[name]
    before, after = (draw(plan_of(**dials), stream_of(200)) for dials in (base, {**base, name: value}))
    if DIALS[name].stage == "images":
        assert not same(before.scenes, after.scenes)
        return
    assert same(before.scenes, after.scenes), "paired runs see the same images"
    assert before.texts != after.texts


def test_another_world_makes_other_scenes() -> None:
    small = replace(THINGS, nouns=THINGS.nouns[:5])
    scenes = draw_scenes(make_plan(DataSpec(), small, seed=0), stream_of(200))
    assert scenes.nouns.max() == 4
    assert not same(scenes, draw_scenes(plan_of(), stream_of(200)))


@few
@given(data=data_specs(), other=data_specs())
def test_no_caption_dial_reaches_the_images(data: DataSpec, other: DataSpec) -> None:
    names = [name for name, dial in DIALS.items() if dial.stage == "captions"]
    changed = replace(data, **{name: getattr(other, name) for name in names if name != "attribute_density"})
    changed = replace(changed, attribute_density=len(data.attribute_kinds) - data.attribute_density)
    changed = replace(changed, caption_completeness=max(changed.caption_completeness, 1 / data.objects_in_image))
    ours, theirs = (draw_scenes(make_plan(spec, THINGS, seed=3), stream_of(50, seed=3)) for spec in (data, changed))
    assert same(ours, theirs)


@pytest.mark.parametrize("name", ["attribute_object_correlation", "held_out_pairs"])
def test_dials_of_values_leave_layouts_alone(name: str) -> None:
    one, other = (draw_scenes(plan_of(**{name: share}), stream_of(200)) for share in (0.0, 0.5))
    assert same([one.nouns, one.level, one.cell, one.offset], [other.nouns, other.level, other.cell, other.offset])


def test_the_default_scales_are_those_that_models_were_trained_on() -> None:
    assert LEVELS == tuple(range(760, 1001, 30)) == tuple(plan_of().levels.tolist())
    assert levels_of(4.0).tolist()[0] == 500 and levels_of(1.0).tolist() == [1000] * 9
