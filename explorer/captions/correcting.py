"""Corrections of a reading by a person: attributes that are none, and attributes that were missed.

    describe_correction("a large red bus and an old car", Corrections(off=(8,)))["swaps"]    # red, at 8, is none
    # [{"kind": "attribute", "caption": "an old red bus and a large car"}]
    describe_correction("a red bus and a car", Corrections(word="old", thing=1))["caption"]
    # "a red bus and an old car"

An attribute is named by the place at which it starts. One that is taken away becomes part of its noun: new attributes
stand before it, and it never moves. Corrections come back from a browser with their caption, so those that do not fit
it are left out.
"""

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from pydantic import Field

from explorer.captions.lexicon import kind_of
from explorer.captions.parsed_caption import (
    LONGEST_CAPTION,
    Attribute,
    CaptionError,
    CaptionObject,
    ParsedCaption,
    Span,
)
from explorer.captions.reading import read_caption
from explorer.captions.swapping import (
    DEFAULT_KINDS,
    Edit,
    all_swaps,
    apply_edits,
    find_confusions,
    find_swaps,
    why_no_swaps,
)
from explorer.errors import NO_VALUE

MAX_ADDED_ATTRIBUTES = 8
"""Attributes that a person may add to a caption."""
LONGEST_ADDED_WORD = 40


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """Places of words that are no attributes, added attributes of an object by its number, and a word to add now."""

    off: tuple[int, ...] = ()
    added: tuple[tuple[int, Annotated[str, Field(max_length=LONGEST_ADDED_WORD)]], ...] = ()
    word: str = ""
    thing: int = 0


def describe_correction(
    caption: str, corrections: Corrections, kinds: Collection[str] = DEFAULT_KINDS
) -> dict[str, Any]:
    """Return how a caption is read with corrections, and the captions in which two objects exchange attributes.

    A word that is added and missing is inserted, so the caption of the answer may be another.

    Returns:
        {"caption", "corrections", "pairs", "things", "swaps", "confusions", "unsure", "why"}.

    Raises:
        CaptionError: If the text is no caption, or the word cannot be added.
    """
    if corrections.word.strip():
        caption, corrections = _insert_typed_word(caption, corrections)
    parsed, corrections = _apply_corrections(read_caption(caption), corrections)
    known, is_plain = _remove_attributes(parsed, corrections.off), not (corrections.off or corrections.added)
    # A person who corrected the reading is not warned of odd swaps.
    swaps = find_swaps(parsed, kinds) if is_plain else all_swaps(known)
    offered = [swap for swap in swaps if swap.caption.lower() != parsed.text.lower()]
    is_unsure = parsed.unsure and is_plain
    return {
        "caption": parsed.text,
        "corrections": {"off": list(corrections.off), "added": [list(each) for each in corrections.added]},
        "pairs": [
            {
                "attribute": pair.attribute,
                "noun": pair.noun,
                "kind": pair.kind,
                "place": pair.attribute_span.start,
                "counts": pair.attribute_span.start not in corrections.off,
            }
            for pair in parsed.pairs
        ],
        "things": [parsed.words(thing.noun) for thing in parsed.things],
        "swaps": [asdict(swap) for swap in offered],
        "confusions": [swap.caption for swap in find_confusions(known)],
        "unsure": is_unsure,
        "why": parsed.why if is_unsure else None if offered else why_no_swaps(known),
    }


def _insert_typed_word(caption: str, corrections: Corrections) -> tuple[str, Corrections]:
    """Return the caption, with the word inserted if it was missing, and the corrections with the word added."""
    number, word = corrections.thing, corrections.word[:LONGEST_ADDED_WORD]
    parsed, known = _apply_corrections(read_caption(caption), replace(corrections, word=""))
    if _can_hold(parsed, number=number, word=word):
        _add_attribute(parsed, number=number, word=word)  # says what is wrong with it
        return caption, replace(known, added=(*known.added, (number, word)))
    start = parsed.things[number].noun.start if 0 <= number < len(parsed.things) else 0
    text, shift = _insert_word(parsed, number=number, word=word)
    off = tuple(place + shift * (place >= start) for place in known.off)
    # Mostly it is read where it stands now.
    is_read = start + shift - len(" ".join(word.split())) - 1 in {
        pair.attribute_span.start for pair in read_caption(text).pairs
    }
    return text, Corrections(off=off, added=known.added if is_read else (*known.added, (number, word)))


def _apply_corrections(parsed: ParsedCaption, corrections: Corrections) -> tuple[ParsedCaption, Corrections]:
    """Return the reading with the added words, and the corrections that fit it."""
    added = []
    for number, word in corrections.added[:MAX_ADDED_ATTRIBUTES]:
        try:
            parsed = _add_attribute(parsed, number=number, word=word)
            added.append((number, word))
        except CaptionError:
            continue
    starts = {pair.attribute_span.start for pair in parsed.pairs}
    return parsed, Corrections(off=tuple(sorted(starts.intersection(corrections.off))), added=tuple(added))


_BETWEEN = re.compile(r"[\s,]*(?:and[\s,]+)?", re.IGNORECASE)


@dataclass(frozen=True)
class _Region:
    """The place before a noun after a correction: remaining attributes, then those that became part of the noun."""

    span: Span
    attributes: tuple[Attribute, ...]
    text: str


def _remove_attributes(parsed: ParsedCaption, off: Collection[int]) -> ParsedCaption:
    """Return the reading without the attributes that start at the places `off`, which become part of their nouns."""
    regions = {
        index: region for index, thing in enumerate(parsed.things) if (region := _find_region(parsed, thing, off))
    }
    ordered = sorted(regions.values(), key=lambda region: region.span)

    def shift_span(span: Span) -> Span:
        before = [each for each in ordered if each.span.end <= span.start]
        shift = sum(len(each.text) - (each.span.end - each.span.start) for each in before)
        return Span(span.start + shift, span.end + shift)

    things = []
    for index, thing in enumerate(parsed.things):
        remaining = [each for each in thing.attributes if each.span.start not in off]
        noun, spans = shift_span(thing.noun), {each.span: shift_span(each.span) for each in remaining}
        if index in regions:
            start = shift_span(regions[index].span).start
            for each in regions[index].attributes:
                end = start + each.span.end - each.span.start
                if each in remaining:
                    spans[each.span] = Span(start, end)
                elif noun.start > start:
                    noun = Span(start, noun.end)
                start = end + 1
        attributes = tuple(replace(each, span=spans[each.span]) for each in remaining)
        things.append(replace(thing, noun=noun, attributes=attributes))
    text = parsed.text
    for region in reversed(ordered):
        text = text[: region.span.start] + region.text + text[region.span.end :]
    return replace(parsed, text=text, things=tuple(things))


def _find_region(parsed: ParsedCaption, thing: CaptionObject, off: Collection[int]) -> _Region | None:
    """Return the attributes before a noun, removed ones last; None if there are none or other words stand between."""
    before = [each for each in thing.attributes if not each.follows and each.span.end <= thing.noun.start]
    if not any(each.span.start in off for each in before):
        return None
    ends = [*(each.span.start for each in before[1:]), thing.noun.start]
    if not all(_BETWEEN.fullmatch(parsed.text[each.span.end : end]) for each, end in zip(before, ends, strict=True)):
        return None
    order = tuple(sorted(before, key=lambda each: each.span.start in off))
    text = "".join(f"{parsed.words(each.span)} " for each in order)
    return _Region(Span(before[0].span.start, thing.noun.start), order, text)


def _add_attribute(parsed: ParsedCaption, *, number: int, word: str) -> ParsedCaption:
    """Add a word of the caption as an attribute of an object; raise `CaptionError` if it cannot be one."""
    word = " ".join(word.split())
    if not 0 <= number < len(parsed.things):
        raise CaptionError("object", NO_VALUE, "give a number from {low} to {high}", low=0, high=len(parsed.things) - 1)
    owner = parsed.things[number]
    span = _nearest_occurrence(parsed, owner, word)
    if span is None:
        raise CaptionError(f"“{word[:40]}”", NO_VALUE, "is not in the caption, or is an attribute already")
    noun = owner.noun
    if noun.start <= span.start < noun.end:
        start = noun.end - len(parsed.text[span.end : noun.end].lstrip())
        if span.start != noun.start or start >= noun.end:
            raise CaptionError(f"“{word[:40]}”", NO_VALUE, "is the object itself")
        noun = Span(start, noun.end)
    elif any(other.noun.start <= span.start < other.noun.end for other in parsed.things):
        raise CaptionError(f"“{word[:40]}”", NO_VALUE, "is an object of its own")
    new = Attribute(span=span, kind=kind_of(parsed.words(span)), follows=span.start > noun.start)
    attributes = tuple(sorted((*owner.attributes, new), key=lambda each: each.span))
    things = list(parsed.things)
    things[number] = replace(owner, noun=noun, attributes=attributes)
    return replace(parsed, things=tuple(things))


def _can_hold(parsed: ParsedCaption, *, number: int, word: str) -> bool:
    """Return True if the word is an attribute of the object, or of none and in the caption."""
    if not 0 <= number < len(parsed.things):
        return False
    word, owner = " ".join(word.split()), parsed.things[number]
    own = [parsed.words(each.span).lower() for each in owner.attributes]
    return word.lower() in own or _nearest_occurrence(parsed, owner, word) is not None


def _insert_word(parsed: ParsedCaption, *, number: int, word: str) -> tuple[str, int]:
    """Insert a new word before an object's noun; return the caption and the shift of what follows."""
    word = " ".join(word.split())
    if not word or not word.isprintable() or not 0 <= number < len(parsed.things):
        raise CaptionError("attribute", NO_VALUE, "give a word, and the object that it is said of")
    start = parsed.things[number].noun.start
    text = apply_edits(parsed.text, (Edit(Span(start, start), f"{word} "),))
    if len(text) > LONGEST_CAPTION:
        raise CaptionError(
            "caption",
            NO_VALUE,
            "would have {found} characters, the most are {most}",
            found=len(text),
            most=LONGEST_CAPTION,
        )
    return text, len(text) - len(parsed.text)


def _nearest_occurrence(parsed: ParsedCaption, owner: CaptionObject, word: str) -> Span | None:
    """Return the occurrence of the word nearest to the noun that is not an attribute yet."""
    attributes = [each.span for thing in parsed.things for each in thing.attributes]
    occurrences = re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", parsed.text, re.IGNORECASE) if word else ()
    spans = [Span(each.start(), each.end()) for each in occurrences]
    free = [span for span in spans if not any(span.start < each.end and each.start < span.end for each in attributes)]
    return min(free, key=lambda span: abs(span.start - owner.noun.start), default=None)
