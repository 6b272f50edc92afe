"""Exchange the attributes of two objects of a caption, as one caption and as a JSON document.

    swaps(read_caption("a large red bus and an old blue car"))
    # attribute: "an old blue bus and a large red car",  color: "a large blue bus and an old red car"
    every_swap(read_caption("a young man with a snowy hat"))      # attribute: "a snowy man with a young hat"
    swap_pairs("a red bus and a blue car", pairs, 0, 1)     # the same for pairs that a person corrected
    apply("An old bus and a car", (Edit(Span(3, 7), ""), Edit(Span(17, 17), "old ")))     # "A bus and an old car"

    read = read_caption("a large red bus and an old car")
    swaps(without(read, off=(8,)))         # red, at 8, is not an attribute: "an old red bus and a large car"
    with_added(read_caption("a fire truck and a red car"), thing=0, word="fire")      # fire - truck, red - car

    describe("a red bus and a blue car")
    # {"pairs": [{"attribute": "red", "noun": "bus"}, ...], "swaps": [{"kind": "color", "caption": ...}],
    #  "unsure": False, "why": None}
    lines_of(file.read_bytes())                   # the captions of a text file, one a line
    describe_or_say("")                           # {"caption": "", "error": ...} for a line that is no caption

For each two objects with attributes: all attributes of the one for all of the other, and besides, kind by kind, the
one attribute of a listed kind that both have. If only one object has attributes they move to each that has none.
Every swap has the words of the caption, except a and an, and differs from it. An exchange that gives a person a color,
or names two like objects in the other order, is never made. `apply` makes the edits, with the articles before them and
the capital at the start.

`every_swap` keeps all of these. `swaps` leaves moves out and keeps the exchanges that are negatives to a careful
reader: sound, false of the picture, and harmless. Each trait fits some classes of nouns: a snowy hill, no snowy spoon;
a noun that has one value of a trait can bear another.

An attribute that a user removes is identified by its start in the caption. It becomes part of its noun: new attributes
stand before it, and it never moves.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from explorer.captions.reading import read_caption
from explorer.captions.words import (
    COLORS,
    KINDS,
    LISTS,
    LONGEST,
    LOOKS,
    NOUN_TOO,
    OTHER,
    PROPER,
    TINTED,
    Attribute,
    CaptionError,
    Pair,
    Parsed,
    Span,
    Thing,
    are_opposites,
    class_of,
    contradict,
    is_one_dimension,
    is_plural,
    is_shouted,
    kind_of,
    listed,
    singulars,
    traits_of,
    wants_an,
)
from explorer.errors import NO_VALUE

_ARTICLE = re.compile(r"(?<![^\W_])(an?)([\s\"“‘'(]+)\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@dataclass(frozen=True)
class Edit:
    """A replacement of a span; both spans and text keep their own spaces."""

    span: Span
    text: str


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Apply edits, which are in order and do not overlap."""
    plain = _without_capital(text)
    moved = [Edit(edit.span, _plain_words(edit, text, plain)) for edit in edits]
    out, place = "", 0
    for edit in moved:
        out += plain[place : edit.span.start]
        out = _with_article(out, edit.text + plain[edit.span.end :])
        out += edit.text
        place = edit.span.end
    return _with_capital(out + plain[place:], text)


def _plain_words(edit: Edit, text: str, plain: str) -> str:
    """Return the words of an edit, which came from `text`, as `plain` has them."""
    first = _WORD.search(text)
    if first and plain != text and edit.text.startswith(text[first.start() :][: len(edit.text)].rstrip() or " "):
        return edit.text[0].lower() + edit.text[1:]
    return edit.text


def _without_capital(text: str) -> str:
    """Return the text as inside a sentence."""
    first = _WORD.search(text)
    if first is None or not first[0][0].isupper() or is_shouted(text):
        return text
    if first[0].lower() in PROPER or (len(first[0]) > 1 and first[0].isupper()):
        return text
    return text[: first.start()] + first[0][0].lower() + text[first.start() + 1 :]


def _with_capital(text: str, like: str) -> str:
    """Return the text with a capital at the start if `like` has one."""
    first, model = _WORD.search(text), _WORD.search(like)
    if first is None or model is None or not model[0][0].isupper():
        return text
    return text[: first.start()] + first[0][0].upper() + text[first.start() + 1 :]


def _with_article(before: str, after: str) -> str:
    """Return the text before a change; its last word, if it is an article, fits what follows."""
    found, word = _ARTICLE.search(before), _WORD.search(after)
    if found is None or word is None:
        return before
    article = "an" if wants_an(word[0]) else "a"
    old = found[1]
    if old.isupper() and (len(old) > 1 or word[0].isupper()):
        article = article.upper() if len(old) > 1 or (len(word[0]) > 1 and word[0].isupper()) else article.capitalize()
    elif old[0].isupper():
        article = article.capitalize()
    return before[: found.start()] + article + found[2]


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


_FITS = {line.partition(" ")[0]: frozenset(line.split()[1:]) for line in LISTS["fits"]}
"""Classes of nouns that can bear a trait without a value of it in the caption."""
_LOOSE = frozenset(("state", "condition", "opinion"))
"""Traits with words so different that a noun with one need not bear another."""
_OF_PEOPLE = frozenset(("living", "size", "age"))
_AGES_OF_LIFE, _AGES_OF_THINGS, _MOVABLE, _SOFT = map(listed, ("age_of_life", "age_of_things", "movable", "soft"))
_SKIN, _FIXED, _OF_HAIR, _UNSEEN, _MEASURED = map(listed, ("skin", "fixed", "of_hair", "unseen", "measured"))
_COUNTED = re.compile(
    r"\b(an?|one|each|every|another|this|that|two|three|four|five|six|seven|eight|nine|ten|several|many|few|both|\d+)\s+$",
    re.IGNORECASE,
)


def is_harmless(first: Thing, second: Thing, parsed: Parsed, values: Iterable[str]) -> bool:
    """Return True if an exchange of these attributes gives no person a color, or a color's or a people's name."""
    traits = {trait for value in values for trait in traits_of(value).values()}
    if traits.isdisjoint(("color", "proper")):
        return True
    nouns = [parsed.words(thing.noun) for thing in (first, second)]
    if any(class_of(noun) == "person" for noun in nouns):
        return False
    has_people = any(_class(parsed, thing) == "person" for thing in parsed.things)
    return not (has_people and any(noun.lower().split()[-1].removesuffix("s") in _SKIN for noun in nouns))


def is_offered(parsed: Parsed, first: Thing, second: Thing, ours: str, theirs: str) -> bool:
    """Return True if `first`, which has the attributes `ours`, and `second`, which has `theirs`, may exchange them."""
    if not contradict(ours, theirs) or _may_be_true(parsed, first, second, ours, theirs):
        return False
    if _is_torn(parsed, first, ours) or _is_torn(parsed, second, theirs):
        return False
    return _bears(parsed, first, theirs, ours) and _bears(parsed, second, ours, theirs)


def _may_be_true(parsed: Parsed, first: Thing, second: Thing, ours: str, theirs: str) -> bool:
    """Return True if only a material differs: a small cup on a wooden table may be a wooden cup on a small table."""
    sides = [set(traits_of(value).values()) & LOOKS for value in (ours, theirs)]
    for mine, other, taker in ((sides[0], sides[1], second), (sides[1], sides[0], first)):
        if mine == {"material"} and not other and _class(parsed, taker) != "animal":
            return True
    between = parsed.text[min(first.noun.end, second.noun.end) : max(first.noun.start, second.noun.start)]
    return sides[0] != sides[1] and re.match(r"\s+of(\s+the|\s+an?)?\s", between) is not None


def _class(parsed: Parsed, thing: Thing) -> str:
    return class_of(parsed.words(thing.noun))


def _is_torn(parsed: Parsed, thing: Thing, value: str) -> bool:
    """Return True if the attribute is part of a name, or stands at a hyphen."""
    noun = parsed.words(thing.noun).lower().split()
    if _class(parsed, thing) == "picture" and noun[0] not in ("background", "backdrop"):
        return True
    if value.lower() == "little" and _class(parsed, thing) == "mass":
        return True  # "a little water"
    if "color" not in traits_of(value).values() and _ends_in_participle(parsed, thing):
        return True
    last = value.lower().split()[-1]
    names = {f"{last} {noun[0]}", f"{last} {noun[0].removesuffix('s')}"}
    if not names.isdisjoint(_FIXED):
        return True
    if noun[-1] in _UNSEEN or (len(noun) > 1 and noun[0] in ("color", "colour", "colored", "coloured")):
        return True
    if len(noun) > 1 and noun[0] in _MEASURED and "color" not in traits_of(value).values():
        return True
    spans = [each.span for each in thing.attributes]
    if any(parsed.text[: span.start].endswith("- ") or parsed.text[span.end :].startswith(" -") for span in spans):
        return True
    return any(_is_name(parsed.text, span) for span in spans)


def _ends_in_participle(parsed: Parsed, thing: Thing) -> bool:
    """Return True if an attribute goes with the participle after it: "a wood paneled room", "an old fashioned lamp"."""
    words = [parsed.words(each.span).lower() for each in thing.attributes if not each.follows]
    return any(OTHER in traits_of(word).values() and word.endswith(("ed", "ing")) for word in words[1:])


def _is_name(text: str, span: Span) -> bool:
    """Return True if a capital letter within a sentence marks a name, or if the word begins a sentence."""
    word = text[span.start : span.end].split()[0]
    if not word[0].isupper() or word.lower() in PROPER or is_shouted(text):
        return False
    return bool(re.search(r"[^\W_]", text[: span.start]))


def _bears(parsed: Parsed, thing: Thing, values: str, instead_of: str) -> bool:
    """Return True if the noun can bear the attributes in place of its own."""
    name, has = _class(parsed, thing), traits_of(instead_of)
    if name == "person" and not _OF_PEOPLE.issuperset(has.values()):
        return False
    return bool(values) and all(
        _bears_word(parsed, thing, name, word, trait, has) for word, trait in traits_of(values).items()
    )


def _bears_word(parsed: Parsed, thing: Thing, name: str, word: str, trait: str, has: Mapping[str, str]) -> bool:
    """Return True if a noun of the class `name`, which has the attributes `has`, can bear one word more."""
    if trait == OTHER or word in (_AGES_OF_THINGS if name in ("person", "animal") else _AGES_OF_LIFE):
        return False
    if name == "person":
        return trait in _OF_PEOPLE
    if trait == "size" and name not in ("object", "animal", "building"):
        # Only what can be counted can be large, unless it has another size of that dimension.
        is_counted = is_plural(parsed.words(thing.noun)) or _COUNTED.search(parsed.text[: thing.start])
        if not is_counted and not any(is_one_dimension(word, mine) for mine in has):
            return False
    is_vague = name in ("abstract", "group")
    if any(are_opposites(word, mine) for mine in has) and not is_vague:
        return True
    if word in _OF_HAIR and name not in ("body", "animal"):
        return False
    if trait in has.values() and trait not in _LOOSE and (trait in LOOKS or not is_vague):
        return True
    if trait == "color" and not COLORS.isdisjoint(parsed.words(thing.noun).lower().split()):
        return False
    if (trait == "size" and word not in _MOVABLE) or (word in _SOFT and name == "building"):
        return False
    return name in _FITS[trait]


BY_NAME = ("move", "confusion")
OFFERED = tuple(kind for kind in KINDS if kind not in BY_NAME)
"""Kinds that are made if none are named."""


@dataclass(frozen=True, kw_only=True)
class Swap:
    """One changed caption; `kind` is one of `words.KINDS`."""

    kind: str
    caption: str


def swaps(parsed: Parsed, kinds: Collection[str] = OFFERED) -> tuple[Swap, ...]:
    """Return the swaps of these kinds that are sound, false of the picture and harmless to a careful reader, in order.

    A move is made only if the kind "move" is named, and only in a caption with one object that has attributes.
    Confusions, which repeat words of the caption, are made only if the kind "confusion" is named.
    """
    found = _unique(parsed, [*_exchanges(parsed, is_careful=True), *_moves(parsed)])
    confused = confusions(parsed) if "confusion" in kinds else ()
    return (*(swap for swap in found if swap.kind in kinds), *confused)


def confusions(parsed: Parsed) -> tuple[Swap, ...]:
    """Return, per two objects that `swaps` exchanges, the captions in which both have the attributes of one.

    "a red bus and a blue car" becomes "a red bus and a red car" and "a blue bus and a blue car".
    """
    found = []
    for _, one, other in _exchangeable(parsed, is_careful=True):
        first, second = sorted((one, other))
        for taker, giver in ((second, first), (first, second)):
            edit = Edit(taker, parsed.text[giver.start : giver.end])
            found.append(Swap(kind="confusion", caption=apply(parsed.text, (edit,))))
    return _unique(parsed, found)


def every_swap(parsed: Parsed) -> tuple[Swap, ...]:
    """Return every swap that the reading allows, odd ones and moves included, in order of the objects."""
    return _unique(parsed, [*_exchanges(parsed, is_careful=False), *_moves(parsed)])


def _unique(parsed: Parsed, made: Iterable[Swap]) -> tuple[Swap, ...]:
    """Return each changed caption once, without the caption itself."""
    found = list(made)
    # Of two kinds that come to the same caption the one with a name of its own says more.
    named = sorted(found, key=lambda swap: swap.kind != "attribute")
    unique = {swap.caption: swap for swap in named if swap.caption.lower() != parsed.text.lower()}
    return tuple(swap for swap in found if unique.get(swap.caption) is swap)


def why_none(parsed: Parsed) -> str:
    """Return one sentence for a caption without a swap."""
    with_attributes = [thing for thing in parsed.things if thing.attributes]
    if len(parsed.things) < 2:
        return "It names fewer than two objects, so there is nothing to exchange."
    if not with_attributes:
        return "None of its objects has an attribute."
    if len(with_attributes) == 1:
        return "Only one of its objects has attributes, so there is nothing to exchange."
    return "Its objects have the same attributes, or an exchange may be true of the picture, odd, or about a person."


def swap_pairs(text: str, pairs: Sequence[Pair], first: int, second: int) -> str:
    """Return the caption with the attributes of two pairs exchanged.

    Raise `CaptionError` for pairs of another caption.
    """
    places = range(len(pairs))
    if first not in places or second not in places or first == second:
        raise CaptionError("pairs", NO_VALUE, f"give two different numbers from 0 to {len(pairs) - 1}")
    one, other = (pairs[i].attribute_span for i in sorted((first, second), key=lambda i: pairs[i].attribute_span))
    if not (0 <= one.start < one.end <= other.start < other.end <= len(text)):
        raise CaptionError("pairs", NO_VALUE, "two attributes share a place, or stand outside of the caption")
    return apply(text, _exchange_of(text, one, other))


def _exchanges(parsed: Parsed, *, is_careful: bool) -> Iterator[Swap]:
    for kind, *spans in _exchangeable(parsed, is_careful=is_careful):
        yield Swap(kind=kind, caption=apply(parsed.text, _exchange_of(parsed.text, *sorted(spans))))


def _exchangeable(parsed: Parsed, *, is_careful: bool) -> Iterator[tuple[str, Span, Span]]:
    """Yield the kind and the spans of attributes of two objects that may be exchanged."""
    for first, second in combinations([thing for thing in parsed.things if thing.attributes], 2):
        both = _slots(parsed.text, first), _slots(parsed.text, second)
        is_single = len(both[0]) == len(both[1]) == 1 and not is_paraphrase(parsed, first, second)
        if is_single and _may(parsed, first, second, first.attributes, second.attributes, is_careful=is_careful):
            kinds = {attribute.kind for thing in (first, second) for attribute in thing.attributes}
            kind = kinds.pop() if len(kinds) == 1 else "attribute"
            yield kind, both[0][0], both[1][0]
        if max(len(first.attributes), len(second.attributes)) > 1:
            yield from _by_kind(parsed, first, second, is_careful=is_careful)


def _by_kind(parsed: Parsed, first: Thing, second: Thing, *, is_careful: bool) -> Iterator[tuple[str, Span, Span]]:
    """Yield the kind and the spans of the one attribute of a listed kind that both objects have."""
    for attribute in first.attributes:
        mine, others = _of_kind(first, attribute.kind), _of_kind(second, attribute.kind)
        is_single = attribute.kind != "attribute" and len(mine) == len(others) == 1
        if is_single and _may(parsed, first, second, mine, others, is_careful=is_careful):
            yield attribute.kind, mine[0].span, others[0].span


def _may(
    parsed: Parsed,
    first: Thing,
    second: Thing,
    ours: Sequence[Attribute],
    theirs: Sequence[Attribute],
    *,
    is_careful: bool,
) -> bool:
    """Return True if two objects may exchange these attributes."""
    if not (_can_follow(parsed, ours, theirs) and _can_follow(parsed, theirs, ours)):
        return False
    values = [" ".join(parsed.words(each.span) for each in each_side) for each_side in (ours, theirs)]
    if not is_harmless(first, second, parsed, values):
        return False
    if not is_careful:
        return True
    if parsed.unsure and any(each.kind != "color" for each in (*ours, *theirs)):
        return False
    return is_offered(parsed, first, second, *values)


def _can_follow(parsed: Parsed, old: Sequence[Attribute], new: Sequence[Attribute]) -> bool:
    """Return True if `new` may replace `old`: after "painted" only colors, after "is" no material's noun."""
    for attribute in old:
        if not attribute.follows:
            continue
        words = parsed.text[: attribute.span.start].lower().split()
        if words[-1:] and words[-1] in TINTED and any(each.kind != "color" for each in new):
            return False
        if any(each.kind == "material" and parsed.words(each.span).lower() in NOUN_TOO for each in new):
            return False
    return True


def _of_kind(thing: Thing, kind: str) -> list[Attribute]:
    return [attribute for attribute in thing.attributes if attribute.kind == kind]


def _slots(text: str, thing: Thing) -> list[Span]:
    """Join the adjacent attributes of an object into spans."""
    found: list[Span] = []
    for attribute in thing.attributes:
        span = attribute.span
        if found and not text[found[-1].end : span.start].strip(" ,") and not attribute.follows:
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


def _moves(parsed: Parsed) -> Iterator[Swap]:
    givers = [thing for thing in parsed.things if thing.attributes]
    if len(givers) != 1 or any(attribute.follows for attribute in givers[0].attributes):
        return
    slots = _slots(parsed.text, givers[0])
    if len(slots) != 1 or parsed.text[slots[0].end : givers[0].noun.start].strip(" ,"):
        return
    for thing in parsed.things:
        if thing.attributes or not thing.can_take or is_paraphrase(parsed, thing, givers[0]):
            continue
        if is_harmless(thing, givers[0], parsed, [parsed.words(slots[0])]):
            yield Swap(kind="move", caption=apply(parsed.text, _move_of(parsed, slots[0], givers[0], thing)))


def _move_of(parsed: Parsed, slot: Span, giver: Thing, taker: Thing) -> tuple[Edit, Edit]:
    """Remove the attributes, with the space after them, from one noun and put them before the other."""
    behind = parsed.text[slot.end : giver.noun.start]
    taken = Edit(Span(slot.start, giver.noun.start), "")
    given = Edit(Span(taker.noun.start, taker.noun.start), parsed.text[slot.start : slot.end] + (behind or " "))
    return (taken, given) if taken.span < given.span else (given, taken)


def _exchange_of(text: str, one: Span, other: Span) -> tuple[Edit, Edit]:
    return Edit(one, text[other.start : other.end]), Edit(other, text[one.start : one.end])


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
    text = parsed.text
    for each in reversed(ordered):
        text = text[: each.span.start] + each.text + text[each.span.end :]
    return replace(parsed, text=text, things=things)


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
    found = re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", parsed.text, re.IGNORECASE) if word else ()
    spans = [Span(each.start(), each.end()) for each in found]
    free = [span for span in spans if not any(span.start < each.end and each.start < span.end for each in taken)]
    return min(free, key=lambda span: abs(span.start - owner.noun.start), default=None)


MOST_BYTES = 10_000_000
MOST_LINES = 100_000
ALL = "all"
"""Replaces kinds: every swap that the reading allows, with odd and possibly true ones."""


def kinds_of(names: str) -> tuple[str, ...]:
    """Parse kinds of swaps with commas between; no name is `OFFERED`, and "all" every swap there is.

    Raises:
        CaptionError: if a name is not a kind.
    """
    kinds = tuple(name for name in (part.strip() for part in names.split(",")) if name)
    unknown = [name for name in kinds if name not in (*KINDS, ALL)]
    if unknown:
        raise CaptionError("kinds", unknown[0], f"give one or more of {', '.join((*KINDS, ALL))}")
    return kinds or OFFERED


def describe(caption: str, kinds: Sequence[str] = OFFERED) -> dict[str, object]:
    """Return pairs, swaps and if the reading is unsure; `why` is a sentence if it is, or if there is no swap."""
    parsed = read_caption(caption)
    found = every_swap(parsed) if ALL in kinds else swaps(parsed, kinds)
    return {
        "pairs": [{"attribute": pair.attribute, "noun": pair.noun} for pair in parsed.pairs],
        "swaps": [{"kind": swap.kind, "caption": swap.caption} for swap in found],
        "unsure": parsed.unsure,
        "why": parsed.why or (None if found else why_none(parsed)),
    }


def lines_of(content: bytes) -> list[str]:
    """Return the lines of a text file; raise `CaptionError` if it is refused."""
    if len(content) > MOST_BYTES:
        raise CaptionError("file", NO_VALUE, f"is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CaptionError("file", NO_VALUE, f"is not UTF-8 text, see line {line}") from None
    if lines[-1] == "":
        lines.pop()
    if len(lines) > MOST_LINES:
        raise CaptionError("file", NO_VALUE, f"has {len(lines)} lines, the most are {MOST_LINES}")
    return [line.removesuffix("\r") for line in lines]


def describe_or_say(caption: str, kinds: Sequence[str] = OFFERED) -> dict[str, object]:
    """Return the caption with what `describe` says, or with the `error` of one that is refused."""
    try:
        return {"caption": caption, **describe(caption, kinds)}
    except CaptionError as error:
        return {"caption": caption, "error": str(error)}
