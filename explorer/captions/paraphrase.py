"""Detection of exchanges that only name two like objects in the other order, and so stay true of the picture.

    is_paraphrase(parsed, first, second)      # "a red car and a blue car": True for an exchange of all attributes

True if both objects have the same noun and number, and only symmetric words stand between them: "and", "next to",
further objects of that noun and the like.
"""

import re

from explorer.captions.nouns import singulars
from explorer.captions.parts import Parsed, Span, Thing

_BOTH_WAYS = frozenset(
    "and or & , ; / next to beside near by with alongside along side standing sitting parked lying laying together both"
    " other is are there another adjacent close plus as well in the same".split()
)
_ONE = frozenset("a an one another the this that 1".split())
_COUNT = re.compile(r"([^\W_]+)\s+$")


def is_paraphrase(parsed: Parsed, first: Thing, second: Thing) -> bool:
    """Return True if both objects could trade places without a change of meaning."""
    first, second = sorted((first, second), key=lambda thing: thing.noun)
    if _name(parsed, first) != _name(parsed, second) or _count(parsed, first) != _count(parsed, second):
        return False
    between = Span(first.noun.end, second.noun.start)
    inside = [thing for thing in parsed.things if between.start <= thing.noun.start < between.end]
    if any(_name(parsed, thing) != _name(parsed, first) for thing in inside):
        return False
    taken = [
        span
        for thing in (first, second, *inside)
        for span in (*(each.span for each in thing.attributes), *([thing.noun] if thing in inside else []))
        if between.start <= span.start < between.end
    ]
    rest = "".join(
        letter if not any(span.start <= i < span.end for span in taken) else " "
        for i, letter in enumerate(parsed.text[between.start : between.end], start=between.start)
    )
    words = re.findall(r"[^\W_]+|[^\w\s]", rest.lower())
    counts = _ONE | {_count(parsed, first)}
    return all(word in _BOTH_WAYS or word in counts for word in words)


def _name(parsed: Parsed, thing: Thing) -> str:
    *first, last = parsed.words(thing.noun).lower().split()
    return " ".join((*first, singulars(last)[0]))


def _count(parsed: Parsed, thing: Thing) -> str:
    """Return the word before the object and its attributes if it counts, "one" for an article."""
    found = _COUNT.search(parsed.text[: thing.start].lower())
    word = found[1] if found else ""
    if word in _ONE:
        return "one"
    is_number = word.isdigit() or word in "two three four five six seven eight nine ten several many few some".split()
    return word if is_number else ""
