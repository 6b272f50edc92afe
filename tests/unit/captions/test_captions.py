"""Shares of the expected swaps of hand-written captions that are made, and of the made ones that are expected."""

from pathlib import Path

import pytest

from explorer.captions.lexicon import SWAP_KINDS
from explorer.captions.reading import read_caption
from explorer.captions.swapping import all_swaps

LINES = Path(__file__).with_name("captions.txt").read_text(encoding="utf-8").splitlines()
CAPTIONS = [tuple(line.split("\t")) for line in LINES if line and not line.startswith("# ")]
"""(caption, swaps as "kind: caption" between bars or "-", sure or unsure or either)."""
PARTS = {"written by": [one for i, one in enumerate(CAPTIONS) if i % 3 < 2], "held out": CAPTIONS[2::3]}
MIN_SHARE = 0.9


def expected_swaps(swaps: str) -> set[str]:
    return set() if swaps == "-" else set(swaps.split(" | "))


def swaps_made_of(caption: str) -> set[str]:
    return {f"{swap.kind}: {swap.caption}" for swap in all_swaps(read_caption(caption))}


def test_the_file_is_large_and_its_swaps_can_be() -> None:
    assert len(CAPTIONS) >= 150 and len({caption for caption, _, _ in CAPTIONS}) == len(CAPTIONS)
    assert sum(line.startswith("# ") for line in LINES) >= 15
    assert {sure for *_, sure in CAPTIONS} == {"sure", "unsure", "either"}
    kinds = {swap.split(": ")[0] for _, swaps, _ in CAPTIONS for swap in expected_swaps(swaps)}
    assert kinds == set(SWAP_KINDS) - {"confusion"}


@pytest.mark.parametrize("name", PARTS)
def test_precision_and_coverage_and_when_it_is_unsure(name: str) -> None:
    wanted = {caption: expected_swaps(swaps) for caption, swaps, _ in PARTS[name]}
    both, got = (
        sum(map(len, sets))
        for sets in zip(*((wanted[c] & swaps_made_of(c), swaps_made_of(c)) for c in wanted), strict=True)
    )
    total = sum(map(len, wanted.values()))
    print(f"{name}: precision {both / got:.3f} ({both}/{got}), coverage {both / total:.3f} ({both}/{total})")
    assert both / got >= MIN_SHARE and both / total >= MIN_SHARE
    for answer in ("sure", "unsure"):
        rows = [
            read_caption(caption).unsure == (answer == "unsure") for caption, _, sure in PARTS[name] if sure == answer
        ]
        assert sum(rows) >= MIN_SHARE * len(rows)


def test_a_swap_swapped_gives_the_caption_back() -> None:
    """But for a move, after which two objects may be bare, and where a swap takes an adverb or a compound apart."""
    pairs = [(caption, swap.caption) for caption, *_ in CAPTIONS for swap in all_swaps(read_caption(caption))]
    back = [there for there, other in pairs if there in {swap.caption for swap in all_swaps(read_caption(other))}]
    print(f"{len(back)} of {len(pairs)} swaps come back")
    assert len(back) >= MIN_SHARE * len(pairs)
