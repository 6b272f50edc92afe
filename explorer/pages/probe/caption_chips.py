"""Chips of a typed caption, its swaps, and the reason if there is none; the user can correct the reading.

read_caption_of("a red bus and a blue car")      # (chips as HTML, "a blue bus and a red car", corrections as JSON)
corrected("a red bus and a blue car", "", {"place": 2})                   # (caption, chips, others, corrections)
corrected("a bus and a blue car", "", {"word": "red", "thing": 0})        # "a red bus and a blue car", ...

Corrections belong to one caption, and are dropped with the next one. They come back from a browser, so invalid ones
are left out.
"""

import json
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from explorer.captions.reading import read_caption
from explorer.captions.swapping import confusions, every_swap, holds, inserted, swaps, why_none, with_added, without
from explorer.captions.words import CaptionError, Pair, Parsed
from explorer.pages.shared.templates import rendered

MOST_SWAPS, MOST_ADDED = 7, 8
"""Number of captions that are filled in, and of attributes that may be added."""
BY_HAND = "write the other caption by hand below"


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """Positions of words that are not attributes, and added attributes of an object, by its number."""

    off: tuple[int, ...] = ()
    added: tuple[tuple[int, str], ...] = ()

    def as_json(self, caption: str) -> str:
        """Return JSON with the caption that they belong to."""
        return json.dumps({"caption": caption, "off": self.off, "added": self.added})


def is_read(kept: Any, caption: Any) -> bool:
    """Return True if the browser's value has corrections of this caption, so that its chips are shown."""
    return isinstance(caption, str) and _kept_of(kept).get("caption") == caption


def corrections_of(kept: Any, caption: str) -> Corrections:
    """Return the corrections of a caption from the browser's value, none if that is of another caption."""
    found = _kept_of(kept)
    if found.get("caption") != caption:
        return Corrections()
    off = [each for each in _list(found.get("off")) if type(each) is int]
    added = [
        (each[0], each[1])
        for each in _list(found.get("added"))
        if isinstance(each, list) and len(each) == 2 and type(each[0]) is int and isinstance(each[1], str)
    ]
    return Corrections(off=tuple(sorted(set(off))), added=tuple(added[:MOST_ADDED]))


def _kept_of(kept: Any) -> dict[str, Any]:
    try:
        found = json.loads(kept) if isinstance(kept, str) and len(kept) < 4000 else None
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def read_caption_of(caption: Any, kept: Any = "", notice: str = "") -> tuple[str, str, str]:
    """Return the chips of a caption, its swaps one per line, and its stored corrections; a notice comes first."""
    caption = caption if isinstance(caption, str) else ""
    try:
        parsed = read_caption(caption)
    except CaptionError as error:
        said = str(error) if caption.strip() else ""
        return rendered("probe/chips.html", pairs=(), things=(), why=said) if said else "", "", ""
    corrections = corrections_of(kept, caption)
    parsed, corrections = _corrected(parsed, corrections)
    found = _swaps_of(parsed, corrections)
    why = [notice] if notice else []
    if parsed.unsure and not corrections.off and not corrections.added:
        why.append(f"{parsed.why.rstrip('.')}: press what is wrong, or {BY_HAND}.")
    elif not found:
        why.append(f"{why_none(without(parsed, corrections.off)).rstrip('.')}: {BY_HAND}.")
    if len(found) > MOST_SWAPS:
        why.append(f"It has {len(found)} swaps; the first {MOST_SWAPS} are filled in.")
    return (
        chips_html(parsed, corrections, " ".join(why)),
        "\n".join(found[:MOST_SWAPS]),
        corrections.as_json(caption),
    )


def corrected(caption: Any, kept: Any, said: Any) -> tuple[str, str, str, str]:
    """Return the caption, chips, swaps and corrections after a chip was pressed or a word was added."""
    caption = caption if isinstance(caption, str) else ""
    corrections = corrections_of(kept, caption)
    said = said if isinstance(said, dict) else {}
    if type(said.get("place")) is int:
        off = set(corrections.off) ^ {said["place"]}
        return _answer(caption, Corrections(off=tuple(sorted(off)), added=corrections.added))
    if isinstance(said.get("word"), str) and type(said.get("thing")) is int:
        try:
            return _answer(*_added(caption, corrections, said["thing"], said["word"][:40]))
        except CaptionError as error:
            return _answer(caption, corrections, str(error) + ".")
    return _answer(caption, corrections)


def with_confusions(caption: Any, kept: Any, others: Any) -> str:
    """Return the other captions, one a line, with those in which both objects have the attributes of one."""
    lines = [line for line in str(others or "").splitlines() if line.strip()]
    try:
        parsed = read_caption(caption if isinstance(caption, str) else "")
    except CaptionError:
        return "\n".join(lines)
    parsed, corrections = _corrected(parsed, corrections_of(kept, parsed.text))
    found = [each.caption for each in confusions(without(parsed, corrections.off))]
    return "\n".join(dict.fromkeys([*lines, *found[:MOST_SWAPS]]))


def _answer(caption: str, corrections: Corrections, notice: str = "") -> tuple[str, str, str, str]:
    return (caption, *read_caption_of(caption, corrections.as_json(caption), notice))


def _added(caption: str, corrections: Corrections, thing: int, word: str) -> tuple[str, Corrections]:
    """Return the caption, with the word inserted if it was missing, and the corrections with the word added."""
    parsed, known = _corrected(read_caption(caption), corrections)
    if holds(parsed, thing=thing, word=word):
        with_added(parsed, thing=thing, word=word)  # says what is wrong with it
        return caption, Corrections(off=known.off, added=(*known.added, (thing, word)))
    start = parsed.things[thing].noun.start if 0 <= thing < len(parsed.things) else 0
    text, shift = inserted(parsed, thing=thing, word=word)
    off = tuple(place + shift * (place >= start) for place in known.off)
    # Mostly it is read where it stands now.
    places = {pair.attribute_span.start for pair in read_caption(text).pairs}
    added = known.added if start + shift - len(" ".join(word.split())) - 1 in places else (*known.added, (thing, word))
    return text, Corrections(off=off, added=added)


def _corrected(parsed: Parsed, corrections: Corrections) -> tuple[Parsed, Corrections]:
    """Return the reading with the added words, and the corrections that fit it."""
    added = []
    for thing, word in corrections.added:
        try:
            parsed = with_added(parsed, thing=thing, word=word)
            added.append((thing, word))
        except CaptionError:
            continue
    starts = {pair.attribute_span.start for pair in parsed.pairs}
    return parsed, Corrections(off=tuple(each for each in corrections.off if each in starts), added=tuple(added))


def _swaps_of(parsed: Parsed, corrections: Corrections) -> list[str]:
    """Return the swaps of the corrected reading, without the caption itself; every kind if the user corrected it."""
    make = every_swap if corrections.off or corrections.added else swaps
    found = [swap.caption for swap in make(without(parsed, corrections.off))]
    return [caption for caption in dict.fromkeys(found) if caption.lower() != parsed.text.lower()]


def chips_html(parsed: Parsed, corrections: Corrections, why: str) -> Markup:
    """Return a button per pair, pressed while it counts, and an input for a missed one.

    If there is no swap, the reason follows.
    """
    pairs = [_chip(pair, pair.attribute_span.start not in corrections.off) for pair in parsed.pairs]
    things = [parsed.words(thing.noun) for thing in parsed.things]
    return rendered("probe/chips.html", pairs=pairs, things=things, why=why)


def _chip(pair: Pair, counts: bool) -> dict[str, object]:
    return {"place": pair.attribute_span.start, "counts": counts, "attribute": pair.attribute, "noun": pair.noun}
