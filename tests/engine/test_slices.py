"""How a training is cut: every slice once, sums by any number of workers are those of one tree."""

from typing import Any

import pytest

from tests.engine.node import Ask, order
from tests.engine.test_train import spec_of

SLICES = 8


def cut(ask: Ask, pictures: int, keys: list[str]) -> Any:
    return ask("cut", order=order(spec_of("binding-friendly")), pictures=pictures, keys=keys)


@pytest.mark.parametrize("pictures", [1, 5, 8, 18, 256, 1024])
def test_slices_of_pictures_are_neighbors_of_about_equal_size(ask: Ask, pictures: int) -> None:
    slices = cut(ask, pictures, [])["pictures"]
    assert slices[0][0] == 0 and slices[-1][1] == pictures and len(slices) == SLICES
    assert all(one[1] == other[0] for one, other in zip(slices, slices[1:], strict=False))
    sizes = {end - first for first, end in slices}
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    "keys",
    [[], ["ab"], ["ab"] * 30, [f"a{chr(98 + n % 20)}{chr(70 + n % 7)}" for n in range(90)]],
    ids=["none", "one", "equal ones", "many"],
)
def test_slices_of_captions_have_each_once_and_equal_ones_together(ask: Ask, keys: list[str]) -> None:
    slices = cut(ask, 8, keys)["captions"]
    places = [place for each in slices for place in each]
    assert sorted(places) == list(range(len(keys))) and len(slices) == SLICES
    assert [keys[place] for place in places] == sorted(keys), "shared beginnings lie side by side"
    homes = [{number for number, each in enumerate(slices) if key in {keys[at] for at in each}} for key in set(keys)]
    assert all(len(each) == 1 for each in homes)


def test_slices_of_captions_have_about_equal_work(ask: Ask) -> None:
    keys = sorted(f"{chr(97 + n % 13)}{chr(97 + n % 11)}{chr(97 + n % 7)}x" for n in range(200))
    sizes = [len(each) for each in cut(ask, 8, keys)["captions"]]
    assert max(sizes) < 2 * min(sizes)


def test_each_worker_has_neighbors_in_order_and_all_have_each_slice_once(ask: Ask) -> None:
    for workers, placed in enumerate(cut(ask, 8, [])["placed"], 1):
        assert len(placed) == workers and all(each["image"] for each in placed)
        for tower in ("image", "text"):
            assert [number for each in placed for number in each[tower]] == list(range(SLICES))


def test_sums_of_any_workers_are_those_of_one_tree(ask: Ask) -> None:
    def tree(first: int, end: int) -> str:
        middle = (first + end) // 2
        return str(first) if end - first == 1 else f"({tree(first, middle)}+{tree(middle, end)})"

    cuts = cut(ask, 8, [])
    for placed, stacks in zip(cuts["placed"], cuts["stacks"], strict=True):
        for worker, both in zip(placed, stacks, strict=True):
            for slices, stack in zip((worker["image"], worker["text"]), both, strict=True):
                sums: list[str] = []
                for number, index, adds in zip(slices, stack["sums"], stack["adds"], strict=True):
                    assert index == len(sums), "a slice goes to the first free sum"
                    sums.append(str(number))
                    for _ in range(adds):
                        right, left = sums.pop(), sums.pop()
                        sums.append(f"({left}+{right})")
                assert sums == [tree(first, end) for first, end in stack["nodes"]]
