"""Shares of the expected swaps of hand-written captions that are made, and of the made ones that are expected."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from explorer.captions.reading import read_caption
from explorer.captions.swapping import every_swap
from explorer.captions.words import KINDS

FILE = Path(__file__).with_name("captions.txt")
LEAST = 0.9
PHENOMENA = 15


@dataclass(frozen=True)
class Expected:
    """One line of the file; `swaps` are "kind: caption"."""

    caption: str
    swaps: frozenset[str]
    sure: str
    phenomenon: str


@cache
def captions() -> tuple[Expected, ...]:
    """Every caption of the file in order."""
    found, phenomenon = [], ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            phenomenon = line[2:]
        elif line:
            caption, expected, sure = line.split("\t")
            listed = frozenset(() if expected == "-" else expected.split(" | "))
            found.append(Expected(caption, listed, sure, phenomenon))
    return tuple(found)


def made(caption: str) -> frozenset[str]:
    return frozenset(f"{swap.kind}: {swap.caption}" for swap in every_swap(read_caption(caption)))


def part(name: str) -> list[Expected]:
    """The captions that the rules were written by, or every third, which were held out."""
    return [one for i, one in enumerate(captions()) if (i % 3 == 2) == (name == "held out")]


def test_the_file_is_large_and_its_swaps_can_be() -> None:
    found = captions()
    assert len(found) >= 150 and len({one.caption for one in found}) == len(found)
    assert len({one.phenomenon for one in found}) >= PHENOMENA
    assert {one.sure for one in found} == {"sure", "unsure", "either"}
    assert {swap.split(": ")[0] for one in found for swap in one.swaps} == set(KINDS) - {"confusion"}


@pytest.mark.parametrize("name", ["written by", "held out"])
def test_precision_and_coverage(name: str) -> None:
    found = part(name)
    expected, got = sum(len(one.swaps) for one in found), sum(len(made(one.caption)) for one in found)
    both = sum(len(one.swaps & made(one.caption)) for one in found)
    print(f"{name}: precision {both / got:.3f} ({both}/{got}), coverage {both / expected:.3f} ({both}/{expected})")
    assert both / got >= LEAST and both / expected >= LEAST


@pytest.mark.parametrize("name", ["written by", "held out"])
def test_it_says_when_it_is_unsure_and_only_then(name: str) -> None:
    told = Counter((one.sure, read_caption(one.caption).unsure) for one in part(name) if one.sure != "either")
    assert told["unsure", True] >= LEAST * (told["unsure", True] + told["unsure", False])
    assert told["sure", False] >= LEAST * (told["sure", True] + told["sure", False])


def test_a_swap_swapped_gives_the_caption_back() -> None:
    """But for a move, after which two objects may be bare, and where a swap takes an adverb or a compound apart."""
    pairs = [(one.caption, swap.caption) for one in captions() for swap in every_swap(read_caption(one.caption))]
    back = [there for there, other in pairs if there in {swap.caption for swap in every_swap(read_caption(other))}]
    print(f"{len(back)} of {len(pairs)} swaps come back")
    assert len(back) >= LEAST * len(pairs)
