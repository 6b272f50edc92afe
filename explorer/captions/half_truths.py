"""A caption with one wrong detail appended: an object, an attribute, a count, a place or a relation.

    [each.text for each in half_truths(reading.read_caption("a yellow submarine and a blue bus"))]
    # a yellow submarine and a blue bus and an elephant; ..., and the bus is red; ..., and there are three buses; ...

The longer caption says all that the short one says, and one thing more that is false (Half-Truths, arXiv 2602.23906). A
model that sums up what it recognizes may like it better.

A caption alone does not tell what a picture lacks. So `is_safe` marks the details that are false of every picture of
which the caption is true; a person says of the others whether they are false of hers. Of a drawn scene that shows two
things and nothing else their places say the rest, so every detail is false there:

    half_truths(reading.read_caption("a yellow submarine and a blue bus"), middles=((0.2, 0.3), (0.7, 0.8)))
    # ... and the submarine is on the right; ... and the submarine is below the bus

A longer caption may win whatever it says. `true` is therefore the same caption with a detail of equal length that is
true wherever the caption is, as a control: ..., and the submarine is yellow.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from explorer.captions.lexicon import class_of, is_plural, singulars, with_article
from explorer.captions.parsed_caption import CaptionObject, ParsedCaption
from explorer.captions.traits import contradict

CONSPICUOUS = ("elephant", "airplane", "giraffe", "sailboat", "piano")
"""Things that nobody who describes a picture leaves out, so a caption without them says that they are absent."""
COMMON = ("boat", "house", "tree", "cat", "cup", "bird", "star", "umbrella")
"""Things that a picture may show without being named; for a model that knows few words."""
COLORS_TO_TELL = ("red", "blue", "green", "yellow", "purple", "orange", "black", "white")
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
OPPOSITE_RELATIONS = {
    "on top of": "under",
    "above": "below",
    "over": "under",
    "in front of": "behind",
    "behind": "in front of",
    "below": "above",
    "under": "on top of",
    "underneath": "on top of",
    "beneath": "on top of",
    "left of": "right of",
    "right of": "left of",
    "to the left of": "to the right of",
    "to the right of": "to the left of",
}
CLEAR_SHARE = 0.25
"""Part of a picture's side by which the middles of two things differ where one is clearly left of the other; a thing
that is clearly on the left lies off the middle of the picture by half of it."""
OPPOSITE_SIDES = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_PLACE = re.compile(r"\s+(?:on|at|in) the (left|right|top|bottom)\b(?!\s+(?:of|hand|side))", re.IGNORECASE)
_COUNT = re.compile(r"\b([a-z]+)\s+$", re.IGNORECASE)
_DETERMINER = re.compile(r"(?:(?:an?|the|one|two|three|four|five)\s+)?$", re.IGNORECASE)


Middles = tuple[tuple[float, float], tuple[float, float]]
"""Middles (x, y) of the two things of a caption in the drawn scene that shows only them, as shares of its sides."""


@dataclass(frozen=True, kw_only=True)
class HalfTruth:
    """A caption with a wrong detail; `kind` is a key of `DETAILS`, `detail` the words that were appended.

    `true` is the caption with a true detail of as many words, "" where none is known to be true.
    """

    kind: str
    text: str
    detail: str
    is_safe: bool
    true: str


def half_truths(
    parsed: ParsedCaption, reads: Callable[[str], object] = bool, middles: Middles | None = None
) -> tuple[HalfTruth, ...]:
    """Return at most one half-truth per kind, in the order of `DETAILS`; a kind that does not fit is left out.

    Of several details of a kind the first is taken that `reads` accepts, and the first one if it accepts none. None is
    safe beside letters of other scripts, which may name an elephant in another language, unless `middles` say what is
    drawn. These are used only of a caption that surely names two things.
    """
    drawn = middles if len(parsed.things) == 2 and not parsed.unsure else None
    is_known = drawn is not None or (parsed.text.isascii() and not parsed.unsure)
    chosen = []
    for kind, (_, make) in DETAILS.items():
        found = [
            HalfTruth(
                kind=kind,
                text=append_detail(parsed.text, detail),
                detail=detail.lstrip(", "),
                is_safe=is_known and is_false,
                true=append_detail(parsed.text, true) if is_known and _num_words(true) == _num_words(detail) else "",
            )
            for detail, is_false, true in make(parsed, drawn)
        ]
        chosen += [next((each for each in found if reads(each.text)), found[0])] if found else []
    return tuple(chosen)


def _num_words(text: str) -> int:
    return len(text.split())


def append_detail(caption: str, detail: str) -> str:
    """Append words to a caption, before its final period if it has one."""
    text = caption.rstrip()
    body = text.rstrip(".")
    return body + detail + text[len(body) :]


Detail = tuple[str, bool, str]
"""Words to append; whether they are false wherever the caption was read rightly; and as many true ones, "" for none."""


def _absent_object(parsed: ParsedCaption, drawn: Middles | None) -> Iterator[Detail]:
    named = {parsed.words(thing.noun).lower() for thing in parsed.things}
    if not named:
        return
    classes = {class_of(noun) for noun in named}
    for noun in CONSPICUOUS:
        # A plane may be part of a picture of an airport; an elephant is none of a picture that names animals.
        if noun not in parsed.text.lower() and class_of(noun) not in classes - {"object"}:
            yield f" and {with_article(noun)}", True, ""
    for noun in COMMON:
        if noun not in parsed.text.lower():
            yield f" and {with_article(noun)}", drawn is not None, ""


def _other_attribute(parsed: ParsedCaption, drawn: Middles | None) -> Iterator[Detail]:
    for thing in _single_things(parsed):
        for attribute in thing.attributes:
            color = parsed.words(attribute.span).lower()
            if attribute.kind != "color" or color not in COLORS_TO_TELL:
                continue
            for other in COLORS_TO_TELL:
                if other not in parsed.text.lower() and contradict(color, other):
                    noun = parsed.words(thing.noun).lower()
                    said = f", and the {noun} {_verb(noun)} "
                    yield said + other, True, said + color
                    if not is_plural(noun):  # a second one, which a photograph may have
                        second, again = (with_article(f"{each} {noun}") for each in (other, color))
                        yield f" and {second}", drawn is not None, f" and {again}"


def _other_count(parsed: ParsedCaption, drawn: Middles | None) -> Iterator[Detail]:
    for thing in _single_things(parsed):
        noun = parsed.words(thing.noun).lower()
        counted = _COUNT.search(parsed.text[: thing.start])
        number = counted[1].lower() if counted else ""
        if is_plural(noun) and number in NUMBERS:
            other = NUMBERS[(NUMBERS.index(number) + 3) % len(NUMBERS)]
            yield f", and there are {other} {noun}", True, f", and there are {number} {noun}"
        elif number in ("a", "an", "one") and (many := plural_of(noun)):
            is_one = number == "one" or drawn is not None
            yield f", and there are three {many}", is_one, f", and there is one {noun}" if is_one else ""


def _other_place(parsed: ParsedCaption, drawn: Middles | None) -> Iterator[Detail]:
    things = _single_things(parsed)
    for thing in things:
        noun, said = parsed.words(thing.noun).lower(), _PLACE.match(parsed.text[thing.noun.end :])
        if said:
            yield _on_a_side(noun, said[1].lower(), is_known=True)
    if len(things) == 2 and not _PLACE.search(parsed.text):
        noun, across = parsed.words(things[0].noun).lower(), drawn[0][0] - 0.5 if drawn else 0.0
        yield _on_a_side(noun, "right" if across > 0 else "left", is_known=2 * abs(across) >= CLEAR_SHARE)


def _on_a_side(noun: str, side: str, *, is_known: bool) -> Detail:
    said = f", and the {noun} {_verb(noun)} on the "
    return said + OPPOSITE_SIDES[side], is_known, said + side if is_known else ""


def _other_relation(parsed: ParsedCaption, drawn: Middles | None) -> Iterator[Detail]:
    # What stands before the first object is at most an article, so that the relation is that of this object.
    if len(parsed.things) < 2 or not _DETERMINER.match(parsed.text[: parsed.things[0].start]):
        return
    first, second = parsed.things[:2]
    one, other = (parsed.words(each.noun).lower() for each in (first, second))
    between = " ".join(parsed.text[first.noun.end : second.start].lower().split())
    relation = re.sub(r"\s+(an?|the)$", "", between)
    if one == other:
        return
    said = f", and the {one} {_verb(one)} "
    if relation in OPPOSITE_RELATIONS:
        yield said + f"{OPPOSITE_RELATIONS[relation]} the {other}", True, said + f"{relation} the {other}"
    elif relation == "and":
        true, is_known = _relation_of(drawn) if drawn else ("below", False)
        yield f"{said}{OPPOSITE_RELATIONS[true]} the {other}", is_known, f"{said}{true} the {other}" if is_known else ""


def _relation_of(drawn: Middles) -> tuple[str, bool]:
    """Return how the first of two things lies to the second, and whether it clearly does."""
    across, down = (one - other for one, other in zip(*drawn, strict=True))
    if abs(down) >= abs(across):
        return "below" if down > 0 else "above", abs(down) >= CLEAR_SHARE
    return "right of" if across > 0 else "left of", abs(across) >= CLEAR_SHARE


DETAILS: dict[str, tuple[str, Callable[[ParsedCaption, Middles | None], Iterator[Detail]]]] = {
    "object": ("an object that is absent", _absent_object),
    "attribute": ("another color of an object", _other_attribute),
    "count": ("another number of an object", _other_count),
    "place": ("another place of an object", _other_place),
    "relation": ("another relation of two objects", _other_relation),
}
"""The kinds of wrong details, each with its name for people and its function."""


def _single_things(parsed: ParsedCaption) -> list[CaptionObject]:
    """Return the objects whose noun no other object has, so that "the bus" means one of them."""
    nouns = [parsed.words(thing.noun).lower() for thing in parsed.things]
    roots = [(singulars(noun.split()[-1]) or (noun,))[0] for noun in nouns]
    return [thing for thing, root in zip(parsed.things, roots, strict=True) if roots.count(root) == 1]


def _verb(noun: str) -> str:
    return "are" if is_plural(noun) else "is"


def plural_of(noun: str) -> str:
    """Return the regular plural of a noun, "" where the reader of captions would not read it back."""
    *first, last = noun.split()
    if re.search(r"(s|x|z|ch|sh)$", last):
        many = last + "es"
    elif re.search(r"[^aeiou]y$", last):
        many = last[:-1] + "ies"
    else:
        many = last + "s"
    is_read_back = not is_plural(last) and is_plural(many) and last in singulars(many)
    return " ".join((*first, many)) if is_read_back else ""
