"""A typed caption to chips of what was read, its swaps, and why there is none; a chip may be taken away.

read_caption_of("a red bus and a blue car")             # (chips as HTML, "a blue bus and a red car", "")
read_caption_of("a red bus and a blue car", off=(1,))   # only the pair (red, bus) counts, so there is no swap
"""

from collections.abc import Sequence
from html import escape
from itertools import combinations
from typing import Any

from explorer.captions.parts import CaptionError, Pair
from explorer.captions.reading import read_caption
from explorer.captions.swapping import swap_pairs, swaps, why_none

MOST_SWAPS = 7
"""Captions that are filled in; a person may type more."""


def read_caption_of(caption: Any, off: Sequence[int] = ()) -> tuple[str, str, str]:
    """The chips of a caption, its swaps one a line, and the places in `off` of pairs that a person took away."""
    caption = caption if isinstance(caption, str) else ""
    try:
        parsed = read_caption(caption)
    except CaptionError as error:
        return f"<p class='why'>{escape(str(error))}</p>" if caption.strip() else "", "", ""
    pairs = parsed.pairs
    off = sorted(set(off) & set(range(len(pairs))))
    found = _swaps_of(parsed.text, pairs, off) if off else [swap.caption for swap in swaps(parsed)]
    why = parsed.why or ("" if found or off else why_none(parsed))
    if off and not found:
        why = "Two pairs are needed for an exchange: write the other caption by hand."
    if len(found) > MOST_SWAPS:
        why = f"It has {len(found)} swaps; the first {MOST_SWAPS} are filled in."
    return chips_html(pairs, off, why), "\n".join(found[:MOST_SWAPS]), ",".join(map(str, off))


def _swaps_of(text: str, pairs: Sequence[Pair], off: Sequence[int]) -> list[str]:
    """Every exchange of two attributes among the pairs that are left, each once."""
    found: list[str] = []
    for first, second in combinations([place for place in range(len(pairs)) if place not in off], 2):
        if pairs[first].noun_span == pairs[second].noun_span:
            continue
        try:
            found.append(swap_pairs(text, pairs, first, second))
        except CaptionError:  # one attribute that is said of two nouns
            continue
    return [caption for caption in dict.fromkeys(found) if caption.lower() != text.lower()]


def toggled(off: Any, place: Any, count: int) -> tuple[int, ...]:
    """The places in `off`, "0,2", with one more or one less; what the browser made up is left out."""
    known = {int(each) for each in str(off or "").split(",") if each.isdecimal() and len(each) < 4}
    if isinstance(place, int) and 0 <= place < count:
        known ^= {place}
    return tuple(sorted(each for each in known if each < count))


def pairs_in(caption: Any) -> int:
    """How many pairs a caption is read as."""
    try:
        return len(read_caption(caption).pairs) if isinstance(caption, str) else 0
    except CaptionError:
        return 0


def chips_html(pairs: Sequence[Pair], off: Sequence[int], why: str) -> str:
    """A button a pair, pressed while it counts, and the sentence why there is no swap."""
    chips = "".join(
        f"<button type='button' class='chip' id='chip-{place}' data-place='{place}'"
        f" aria-pressed='{str(place not in off).lower()}'><b>{escape(pair.attribute)}</b> {escape(pair.noun)}</button>"
        for place, pair in enumerate(pairs)
    )
    label = "Read from the caption; press what is read wrong"
    group = f"<p class='quiet'>{label}:</p><div class='chips' role='group' aria-label='{label}'>{chips}</div>"
    return (group if chips else "") + (f"<p class='why'>{escape(why)}</p>" if why else "")
