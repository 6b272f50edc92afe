"""Pairs of captions and their cells; on our own worlds the cells are those of the breakdown of a report."""

import numpy as np
import pytest

from explorer.captions.counting import SEEN_CELLS, ChangedPairs, cell_of, changed_pairs, find_pairs, sure_pairs
from explorer.evaluation.report import _all_seen
from explorer.evaluation.sets import make_canonical_set
from explorer.spec import DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, write_captions
from explorer.world.plan import held_out_mask, make_plan
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS

SWAP = (["a red bus and a blue car"], ["a blue bus and a red car"])


def test_pairs_by_hand() -> None:
    assert sure_pairs("Two red buses and an old car.") == ({("red", "bus"), ("old", "car")}, True)
    assert not sure_pairs("a black dog and cat")[1]  # is the cat black?
    assert not sure_pairs("")[1]
    changed = changed_pairs(*SWAP)
    assert changed == ChangedPairs(
        true=frozenset({("red", "bus"), ("blue", "car")}), swapped=frozenset({("blue", "bus"), ("red", "car")})
    )
    assert changed_pairs(["a bus"], ["a car"]) is None and changed_pairs(["a red bus"], ["a red bus"]) is None
    shared = changed_pairs(["a red bus, a blue car and a big dog"], ["a blue bus, a red car and a big dog"])
    assert shared == changed


@pytest.mark.parametrize(
    ("captions", "cell"),
    [
        (["a red bus and a blue car", "a blue bus, a red car"], "true seen, exchanged seen"),
        (["some red buses", "the car is blue"], "true seen, exchanged unseen"),
        (["a blue bus", "red cars", "a red bus"], "true unseen, exchanged seen"),
        (["a red dog and a bus", "a blue train"], "true unseen, exchanged unseen"),
        ([], "true unseen, exchanged unseen"),
    ],
)
def test_cells_by_hand(captions: list[str], cell: str) -> None:
    changed = changed_pairs(*SWAP)
    assert changed is not None and cell in SEEN_CELLS
    seen = find_pairs(captions, changed.true | changed.swapped)
    assert cell_of(changed, seen.pairs) == cell and seen.captions == len(captions)


def test_progress_and_repeated_captions() -> None:
    progress: list[int] = []
    seen = find_pairs(["a red bus"] * 25_000, {("red", "bus"), ("blue", "bus")}, tell=progress.append)
    assert (seen.captions, seen.pairs, progress) == (25_000, {("red", "bus")}, [10_000, 20_000])


@pytest.mark.slow
def test_cells_agree_with_the_held_out_cells_of_our_worlds() -> None:
    """From nothing but the text of training captions, the same four cells as from the plan that held pairs out."""
    world = next(iter(WORLDS.values()))
    data = DataSpec(held_out_pairs=0.5)
    trained = make_plan(data, world, seed=0)
    grammar = Grammar(world)
    stream = Stream(seed=0, name="train", index=np.arange(3000))
    training = grammar.texts(grammar.ids(write_captions(trained, draw_scenes(trained, stream), stream)))
    evaluation_set = make_canonical_set(world, seed=0, count=200)
    captions = grammar.texts(grammar.ids(evaluation_set.caption))
    swapped = grammar.texts(grammar.ids(evaluation_set.swapped.captions))
    changed = [changed_pairs([right], [wrong]) for right, wrong in zip(captions, swapped, strict=True)]
    wanted = {pair for each in changed if each for pair in each.true | each.swapped}
    seen = find_pairs(training, wanted)
    ours = [None if each is None else cell_of(each, seen.pairs) for each in changed]
    held_out = held_out_mask(trained)
    true, exchanged = (_all_seen(said, held_out) for said in (evaluation_set.caption, evaluation_set.swapped.captions))
    expected = [
        f"true {'seen' if own else 'unseen'}, exchanged {'seen' if other else 'unseen'}"
        for own, other in zip(true, exchanged, strict=True)
    ]
    there = np.flatnonzero(evaluation_set.swapped.exists).tolist()
    assert {item: ours[item] for item in there} == {item: expected[item] for item in there}
    assert len({expected[item] for item in there}) >= 3
