"""Corrections of a reading by a person: attributes that are none, and attributes that were missed.

    corrected("a large red bus and an old car", Corrections(off=(8,)))["swaps"]
    # [{"kind": "attribute", "caption": "an old red bus and a large car"}]
    corrected("a red bus and a car", Corrections(word="old", thing=1))["caption"]     # "a red bus and an old car"

An attribute is named by the place at which it starts. Corrections come back from a browser with their caption, so
those that do not fit it are left out.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from explorer.captions.reading import read_caption
from explorer.captions.swapping import (
    OFFERED,
    confusions,
    every_swap,
    holds,
    inserted,
    swaps,
    why_none,
    with_added,
    without,
)
from explorer.captions.words import CaptionError, Parsed

MOST_ADDED = 8
"""Attributes that a person may add to a caption."""
LONGEST_WORD = 40


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """Places of words that are no attributes, added attributes of an object by its number, and a word to add now."""

    off: tuple[int, ...] = ()
    added: tuple[tuple[int, str], ...] = ()
    word: str = ""
    thing: int = 0

    @property
    def is_empty(self) -> bool:
        """Return True if nothing is corrected."""
        return not self.off and not self.added


def corrected(caption: str, found: Corrections, kinds: Collection[str] = OFFERED) -> dict[str, Any]:
    """Return how a caption is read with corrections, and the captions in which two objects exchange attributes.

    A word that is added and missing is inserted, so the caption of the answer may be another.

    Returns:
        {"caption", "corrections", "pairs", "things", "swaps", "confusions", "unsure", "why"}.

    Raises:
        CaptionError: If the text is no caption, or the word cannot be added.
    """
    if found.word.strip():
        caption, found = _added(caption, found)
    parsed, found = _applied(read_caption(caption), found)
    known = without(parsed, found.off)
    # A person who corrected the reading is not warned of odd swaps.
    made = swaps(parsed, kinds) if found.is_empty else every_swap(known)
    offered = [swap for swap in made if swap.caption.lower() != parsed.text.lower()]
    is_unsure = parsed.unsure and found.is_empty
    return {
        "caption": parsed.text,
        "corrections": {"off": list(found.off), "added": [list(each) for each in found.added]},
        "pairs": [
            {
                "attribute": pair.attribute,
                "noun": pair.noun,
                "kind": pair.kind,
                "place": pair.attribute_span.start,
                "counts": pair.attribute_span.start not in found.off,
            }
            for pair in parsed.pairs
        ],
        "things": [parsed.words(thing.noun) for thing in parsed.things],
        "swaps": [asdict(swap) for swap in offered],
        "confusions": [swap.caption for swap in confusions(known)],
        "unsure": is_unsure,
        "why": parsed.why if is_unsure else None if offered else why_none(known),
    }


def _added(caption: str, found: Corrections) -> tuple[str, Corrections]:
    """Return the caption, with the word inserted if it was missing, and the corrections with the word added."""
    thing, word = found.thing, found.word[:LONGEST_WORD]
    parsed, known = _applied(read_caption(caption), replace(found, word=""))
    if holds(parsed, thing=thing, word=word):
        with_added(parsed, thing=thing, word=word)  # says what is wrong with it
        return caption, replace(known, added=(*known.added, (thing, word)))
    start = parsed.things[thing].noun.start if 0 <= thing < len(parsed.things) else 0
    text, shift = inserted(parsed, thing=thing, word=word)
    off = tuple(place + shift * (place >= start) for place in known.off)
    # Mostly it is read where it stands now.
    is_read = start + shift - len(" ".join(word.split())) - 1 in {
        pair.attribute_span.start for pair in read_caption(text).pairs
    }
    return text, Corrections(off=off, added=known.added if is_read else (*known.added, (thing, word)))


def _applied(parsed: Parsed, found: Corrections) -> tuple[Parsed, Corrections]:
    """Return the reading with the added words, and the corrections that fit it."""
    added = []
    for thing, word in found.added[:MOST_ADDED]:
        try:
            parsed = with_added(parsed, thing=thing, word=word)
            added.append((thing, word))
        except CaptionError:
            continue
    starts = {pair.attribute_span.start for pair in parsed.pairs}
    return parsed, Corrections(off=tuple(sorted({each for each in found.off if each in starts})), added=tuple(added))
