"""Corrections of a reading by the user: removed attributes, and added ones.

    read = read_caption("a large red bus and an old car")
    swaps(without(read, off=(8,)))         # red, at 8, is not an attribute: "an old red bus and a large car"
    with_added(read_caption("a fire truck and a red car"), thing=0, word="fire")      # fire - truck, red - car

A removed attribute becomes part of its noun: new attributes stand before it, and it never moves. An attribute is
identified by its start in the caption.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from explorer.captions.lexicon import kind_of
from explorer.captions.parts import LONGEST, Attribute, CaptionError, Parsed, Span, Thing
from explorer.captions.swapping import Edit, apply
from explorer.errors import NO_VALUE

_BETWEEN = re.compile(r"[\s,]*(?:and[\s,]+)?", re.IGNORECASE)


@dataclass(frozen=True)
class _Region:
    """The words before a noun after a correction: remaining attributes, then those that became part of the noun."""

    span: Span
    words: tuple[str, ...]
    num_kept: int

    @property
    def text(self) -> str:
        return " ".join(self.words) + " "

    def places(self, start: int) -> list[Span]:
        """Return the places of the words if the region begins at `start`."""
        found = []
        for word in self.words:
            found.append(Span(start, start + len(word)))
            start += len(word) + 1
        return found


def without(parsed: Parsed, off: Collection[int]) -> Parsed:
    """Return the reading without the attributes that start at the places `off`, which become part of their nouns."""
    regions = {place: region for place, thing in enumerate(parsed.things) if (region := _region(parsed, thing, off))}
    ordered = sorted(regions.values(), key=lambda region: region.span)

    def moved(span: Span) -> Span:
        before = [each for each in ordered if each.span.end <= span.start]
        shift = sum(len(each.text) - (each.span.end - each.span.start) for each in before)
        return Span(span.start + shift, span.end + shift)

    things = tuple(_moved(thing, off, moved, regions.get(place)) for place, thing in enumerate(parsed.things))
    edits = [(each.span, each.text) for each in ordered]
    return replace(parsed, text=_rewritten(parsed.text, edits), things=things)


def _region(parsed: Parsed, thing: Thing, off: Collection[int]) -> _Region | None:
    """Return the words before a noun, removed attributes last; None if there are none or other words stand between."""
    before = [each for each in thing.attributes if not each.follows and each.span.end <= thing.noun.start]
    gone = [each for each in before if each.span.start in off]
    if not gone:
        return None
    ends = [*(each.span.start for each in before[1:]), thing.noun.start]
    between = [parsed.text[each.span.end : end] for each, end in zip(before, ends, strict=True)]
    if not all(_BETWEEN.fullmatch(text) for text in between):
        return None
    kept = [each for each in before if each not in gone]
    words = tuple(parsed.words(each.span) for each in (*kept, *gone))
    return _Region(Span(before[0].span.start, thing.noun.start), words, len(kept))


def _moved(thing: Thing, off: Collection[int], moved: Callable[[Span], Span], region: _Region | None) -> Thing:
    """Return the object with its attributes and noun at their places in the new text."""
    kept = [each for each in thing.attributes if each.span.start not in off]
    if region is None:
        return replace(
            thing, noun=moved(thing.noun), attributes=tuple(replace(each, span=moved(each.span)) for each in kept)
        )
    places = region.places(moved(region.span).start)
    spans = iter(places)
    inside = [each for each in kept if region.span.start <= each.span.start < region.span.end]
    attributes = [replace(each, span=next(spans) if each in inside else moved(each.span)) for each in kept]
    noun = Span(places[region.num_kept].start, moved(thing.noun).end)
    return replace(thing, noun=noun, attributes=tuple(attributes))


def _rewritten(text: str, edits: Sequence[tuple[Span, str]]) -> str:
    out, place = "", 0
    for span, words in edits:
        out += text[place : span.start] + words
        place = span.end
    return out + text[place:]


def with_added(parsed: Parsed, *, thing: int, word: str) -> Parsed:
    """Add a word of the caption as an attribute of an object; raise `CaptionError` if it cannot be one."""
    word = " ".join(word.split())
    if not 0 <= thing < len(parsed.things):
        raise CaptionError("object", NO_VALUE, f"give a number from 0 to {len(parsed.things) - 1}")
    owner = parsed.things[thing]
    span = _nearest(parsed, owner, word)
    if span is None:
        raise CaptionError(f"“{word[:40]}”", NO_VALUE, "is not in the caption, or is an attribute already")
    noun = owner.noun
    if noun.start <= span.start < noun.end:
        rest = re.match(r"\s*", parsed.text[span.end : noun.end])
        start = span.end + (len(rest[0]) if rest else 0)
        if span.start != noun.start or start >= noun.end:
            raise CaptionError(f"“{word[:40]}”", NO_VALUE, "is the object itself")
        noun = Span(start, noun.end)
    elif any(other.noun.start <= span.start < other.noun.end for other in parsed.things):
        raise CaptionError(f"“{word[:40]}”", NO_VALUE, "is an object of its own")
    new = Attribute(span=span, kind=kind_of(parsed.words(span)), follows=span.start > noun.start)
    attributes = tuple(sorted((*owner.attributes, new), key=lambda each: each.span))
    things = list(parsed.things)
    things[thing] = replace(owner, noun=noun, attributes=attributes)
    return replace(parsed, things=tuple(things))


def holds(parsed: Parsed, *, thing: int, word: str) -> bool:
    """Return True if the word is an attribute of the object, or of none and in the caption."""
    if not 0 <= thing < len(parsed.things):
        return False
    word, owner = " ".join(word.split()), parsed.things[thing]
    own = [parsed.words(each.span).lower() for each in owner.attributes]
    return word.lower() in own or _nearest(parsed, owner, word) is not None


def inserted(parsed: Parsed, *, thing: int, word: str) -> tuple[str, int]:
    """Insert a new word before an object's noun; return the caption and the shift of what follows."""
    word = " ".join(word.split())
    if not word or not word.isprintable() or not 0 <= thing < len(parsed.things):
        raise CaptionError("attribute", NO_VALUE, "give a word, and the object that it is said of")
    start = parsed.things[thing].noun.start
    text = apply(parsed.text, (Edit(Span(start, start), f"{word} "),))
    if len(text) > LONGEST:
        raise CaptionError("caption", NO_VALUE, f"would have {len(text)} characters, the most are {LONGEST}")
    return text, len(text) - len(parsed.text)


def _nearest(parsed: Parsed, owner: Thing, word: str) -> Span | None:
    """Return the occurrence of the word nearest to the noun that is not an attribute yet."""
    taken = [each.span for thing in parsed.things for each in thing.attributes]
    free = [
        span
        for span in _occurrences(parsed.text, word)
        if not any(span.start < each.end and each.start < span.end for each in taken)
    ]
    return min(free, key=lambda span: abs(span.start - owner.noun.start), default=None)


def _occurrences(text: str, word: str) -> list[Span]:
    if not word:
        return []
    found = re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
    return [Span(each.start(), each.end()) for each in found]
