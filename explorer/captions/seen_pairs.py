"""Pairs of attribute and noun that a benchmark's captions exchange, and if training captions hold them.

    changed = changed_pairs(["a red bus and a blue car"], ["a blue bus and a red car"])
    changed.true, changed.swapped       # {("red", "bus"), ("blue", "car")}, {("blue", "bus"), ("red", "car")}
    seen = find_pairs(["two red buses", ...], changed.true | changed.swapped)
    cell_of(changed, seen.pairs)        # "true unseen, exchanged unseen"

A pair is seen if a training caption gives the attribute to an object of that noun, singular or plural. Pairs that both
captions of an item share are left aside. Sentences that are read unsurely count for nothing.
"""

import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass

from explorer.captions.corpus import count_caption
from explorer.captions.lexicon import load, singulars
from explorer.captions.parts import CaptionError

Pair = tuple[str, str]
CELLS = tuple(f"true {true}, exchanged {swapped}" for true in ("seen", "unseen") for swapped in ("seen", "unseen"))
TELL_EVERY = 10_000
MOST_REMEMBERED = 200_000
_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """Pairs of an item's right captions and of its wrong ones, without those that both have."""

    true: frozenset[Pair]
    swapped: frozenset[Pair]


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """Pairs that training captions hold, and how many captions were looked at."""

    pairs: frozenset[Pair]
    captions: int


def pairs_of(caption: str) -> frozenset[Pair] | None:
    """Return the (attribute, noun) pairs of a caption, the noun's last word in singular; None if it is unsure."""
    try:
        counted = count_caption(" ".join(caption.split()))
    except CaptionError:
        return None
    if counted.sentences.unsure or counted.sentences.too_long:
        return None
    return frozenset((each, _singular(found.noun)) for found in counted.mentions for each in found.attributes)


def changed_pairs(right: Sequence[str], wrong: Sequence[str]) -> Changed | None:
    """Return the pairs in which the captions differ; None if one is unsure, or if none is lost or none is new."""
    read = [[pairs_of(caption) for caption in captions] for captions in (right, wrong)]
    if any(pairs is None for captions in read for pairs in captions):
        return None
    true, swapped = (frozenset().union(*(pairs or () for pairs in captions)) for captions in read)
    changed = Changed(true=true - swapped, swapped=swapped - true)
    return changed if changed.true and changed.swapped else None


def find_pairs(captions: Iterable[str], wanted: Set[Pair], *, tell: Callable[[int], None] = lambda _: None) -> Seen:
    """Return which of the wanted pairs occur in the captions; `tell` gets the number of captions read so far."""
    left, total = set(wanted), 0
    attributes = {_WORD.findall(attribute)[-1] for attribute, _ in wanted if _WORD.findall(attribute)}
    nouns = {noun.split()[-1] for _, noun in wanted}
    remembered: set[str] = set()
    for total, caption in enumerate(captions, start=1):
        if total % TELL_EVERY == 0:
            tell(total)
        # Reading costs a millisecond, so that only captions with a wanted attribute and a wanted noun are read.
        if not left or caption in remembered or not _may_hold(caption, attributes, nouns):
            continue
        if len(remembered) < MOST_REMEMBERED:
            remembered.add(caption)
        left -= _sure_pairs(caption)
    return Seen(pairs=frozenset(wanted - left), captions=total)


def cell_of(changed: Changed, seen: Set[Pair]) -> str:
    """Return the cell of an item: all true pairs seen or not, and all exchanged pairs seen or not."""
    words = ["seen" if pairs <= seen else "unseen" for pairs in (changed.true, changed.swapped)]
    return f"true {words[0]}, exchanged {words[1]}"


def _sure_pairs(caption: str) -> frozenset[Pair]:
    """Return the pairs of the sentences that are read surely."""
    try:
        counted = count_caption(" ".join(caption.split()))
    except CaptionError:
        return frozenset()
    return frozenset((each, _singular(found.noun)) for found in counted.mentions for each in found.attributes)


def _may_hold(caption: str, attributes: Set[str], nouns: Set[str]) -> bool:
    words = set(_WORD.findall(caption.lower()))
    return not attributes.isdisjoint(words) and any(_form(word) in nouns for word in words)


def _singular(noun: str) -> str:
    *first, last = noun.lower().replace("-", " ").split()
    return " ".join([*first, _form(last)])


def _form(word: str) -> str:
    """Return the singular that WordNet knows, else the likeliest one."""
    found = singulars(word)
    if found[0] == word:
        return found[-1]
    return next((form for form in found if form in load()), found[0])
