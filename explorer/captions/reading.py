"""Reading of a free English caption: its objects and their attributes, or a sentence why the reading is unsure.

    read_caption("the bus is blue and a red car is parked").pairs     # blue - bus, red - car
    read_caption("a black dog and cat").unsure                        # True: is the cat black?

One pass over the tokens: noun phrases become objects; "is", "painted" and the like attach what follows to an object.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from explorer.captions.lexicon import (
    COLORS,
    COMPLEMENTS,
    LOCATIONS,
    LOOKS,
    PARTITIVES,
    PLURAL_COPULAS,
    SHADES,
    TINTED,
    is_listed,
    is_verb,
    kind_of,
)
from explorer.captions.parts import LONGEST, Attribute, CaptionError, Parsed, Span, Thing
from explorer.captions.phrases import Phrase, find_phrase
from explorer.captions.tokens import Token, tokenize
from explorer.errors import NO_VALUE


@dataclass
class _Reading:
    """State of the pass: results, and the current clause."""

    text: str
    tokens: tuple[Token, ...]
    things: list[Thing] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    clause: list[int | str] = field(default_factory=list)
    """Objects by their place in `things`, "and" between them, "verb" after one was seen."""

    def kind(self, i: int) -> str:
        return self.tokens[i].kind if 0 <= i < len(self.tokens) else ""

    def low(self, i: int) -> str:
        return self.tokens[i].low if 0 <= i < len(self.tokens) else ""

    def span(self, tokens: range | slice) -> Span:
        return Span(self.tokens[tokens.start].start, self.tokens[tokens.stop - 1].end)


def read_caption(text: str, *, longest: int = LONGEST) -> Parsed:
    """Return the objects of one caption with their attributes.

    Raises:
        CaptionError: if the text is empty, longer than `longest` characters, or not one line that can be printed.
    """
    check_caption(text, longest=longest)
    reading = _Reading(text, tokenize(text))
    i = 0
    while i < len(reading.tokens):
        i = _read_on(reading, i)
    if _is_gibberish(reading.tokens):
        reading.doubts.insert(0, "most of its words are unknown")
    why = f"It may be read wrong: {reading.doubts[0]}." if reading.doubts else ""
    return Parsed(text=text, things=tuple(reading.things), unsure=bool(why), why=why)


def check_caption(text: str, *, longest: int = LONGEST) -> None:
    """Refuse text that is not a caption."""
    if not text.strip():
        raise CaptionError("caption", NO_VALUE, "give a sentence, it is empty")
    if len(text) > longest:
        raise CaptionError("caption", NO_VALUE, f"has {len(text)} characters, the most are {longest}")
    if not text.isprintable():
        raise CaptionError("caption", NO_VALUE, "give one line of printable characters")


def _read_on(reading: _Reading, i: int) -> int:
    """Read the phrase or word at token i; return the next token."""
    kind = reading.kind(i)
    if kind == "be" or reading.low(i) in TINTED:
        after = _read_predicate(reading, i)
        if after:
            return after
    if kind in ("det", "count", "adj", "part", "adv", "noun", "proper"):
        phrase = find_phrase(reading.tokens, i, may_begin_with_verb=_may_begin_with_verb(reading, i))
        if phrase:
            _add(reading, phrase)
            reading.clause += ["verb"] * phrase.before_verb
            return phrase.end + phrase.before_verb
        if kind in ("det", "count"):
            return _skip_lone(reading, i)
        _doubt_behind_comma(reading, i)
    _note(reading, i)
    return i + 1


def _may_begin_with_verb(reading: _Reading, i: int) -> bool:
    """Return True if a participle without an article can be an attribute.

    It can in "sliced bread", not in "a man riding horses".
    """
    before = reading.kind(i - 1)
    if reading.low(i).endswith("ing"):
        return before in ("", "prep")
    return before in ("", "prep", "and", "mark", "part", "verb")


def _skip_lone(reading: _Reading, i: int) -> int:
    """Skip a determiner without a noun; if adjectives follow, a noun was left out."""
    j = i + 1
    while reading.kind(j) in ("det", "count", "adj", "part", "adv"):
        j += 1
    if all(token.kind in ("det", "count") for token in reading.tokens[i:j]):
        return j
    reading.doubts.append(f"“{reading.text[reading.tokens[i].start : reading.tokens[j - 1].end]}” lacks a noun")
    following = find_phrase(reading.tokens, j + 1) if reading.kind(j) == "and" and reading.kind(j + 1) else None
    return following.end if following else j


def _doubt_behind_comma(reading: _Reading, i: int) -> None:
    """Mark as unsure an attribute between commas, as in "a cat, black and fluffy, lies on a sofa"."""
    if reading.things and reading.kind(i) == "adj" and reading.low(i - 1) == "," and is_listed(reading.low(i)):
        reading.doubts.append(f"“{reading.tokens[i].text}” stands apart from what it is said of")


def _note(reading: _Reading, i: int) -> None:
    """Record coordinators and verbs, which decide the subject of a predicate; a new clause clears them."""
    kind = reading.kind(i)
    if kind == "sub" or (kind == "mark" and reading.tokens[i].text in ",;.:!?"):
        reading.clause = [] if kind == "sub" or "verb" in reading.clause else [*reading.clause, "and"]
    elif kind == "and":
        reading.clause = [] if "verb" in reading.clause else [*reading.clause, "and"]
    elif kind in ("verb", "be"):
        reading.clause.append("verb")


def _add(reading: _Reading, phrase: Phrase) -> None:
    """Add the phrase as an object, unless its noun names none."""
    tokens = reading.tokens
    noun = " ".join(token.low for token in tokens[phrase.noun : phrase.end])
    last, owns = tokens[phrase.end - 1], reading.kind(phrase.end) == "poss"
    if phrase.doubt:
        reading.doubts.append(phrase.doubt)
    attributes = tuple(
        Attribute(span=span, kind=kind_of(reading.text[span.start : span.end]))
        for span in map(reading.span, phrase.attributes)
    )
    is_location = LOCATIONS.issuperset(noun.split()) and LOOKS.isdisjoint(attribute.kind for attribute in attributes)
    if is_location or (last.low.removesuffix("s") in PARTITIVES and reading.low(phrase.end) == "of"):
        return
    shares = _shares_attributes(reading, phrase)
    _doubt_without_break(reading, phrase)
    thing = Thing(
        noun=reading.span(range(phrase.noun, phrase.end)),
        attributes=attributes,
        can_take=not owns and not shares and last.kind != "proper" and noun not in ("one", "ones"),
    )
    reading.things.append(thing)
    reading.clause += [len(reading.things) - 1] * (not owns)


def _doubt_without_break(reading: _Reading, phrase: Phrase) -> None:
    """Mark as unsure two objects with nothing between, as in "a gray tiger striped cat", which may be one."""
    if not reading.things or phrase.determined or not phrase.attributes:
        return
    before, start = reading.things[-1].noun, reading.tokens[phrase.start].start
    if before.end < start and not reading.text[before.end : start].strip():
        words = reading.text[before.start : reading.tokens[phrase.end - 1].end]
        reading.doubts.append(f"“{words}” may be one object or two")


def _shares_attributes(reading: _Reading, phrase: Phrase) -> bool:
    """Return True if the phrase is a bare noun after "and", which may share the attributes before."""
    bare = not phrase.determined and not phrase.attributes and reading.kind(phrase.start) == "noun"
    if not bare or reading.kind(phrase.start - 1) != "and" or not reading.things:
        return False
    before = reading.things[-1]
    adjacent = reading.text[before.noun.end : reading.tokens[phrase.start].start].strip().lower() in ("and", "or", "&")
    if adjacent and before.attributes:
        words = reading.text[before.attributes[0].span.start : reading.tokens[phrase.end - 1].end]
        reading.doubts.append(f"in “{words}” the attribute may belong to both")
    return adjacent


def _read_predicate(reading: _Reading, i: int) -> int:
    """Attach the adjectives after "is" or "painted" to their object; return 0 if none follow, else the next token."""
    tinted = reading.low(i) in TINTED
    start = i + 1
    if not tinted and reading.low(start) in TINTED:
        start, tinted = start + 1, True
    end = _adjectives_end(reading, start)
    if end == start and not tinted and _is_unknown_predicate(reading, start):
        reading.doubts.append(f"“{reading.tokens[start].text}” may be an attribute or a thing")
        end = start + 1
    if tinted:
        end = _colors_end(reading, start)
    if end == start:
        return 0
    if reading.kind(i) == "be" and reading.kind(i - 1) in ("pron", ""):
        return 0
    after = end + _is_verb_after_clause(reading, start, end)
    subject = _subject(reading, i)
    reading.clause.append("verb")
    if subject is None:
        return after
    thing = reading.things[subject]
    span = reading.span(range(start, end))
    said = Attribute(span=span, kind=kind_of(reading.text[span.start : span.end]), follows=True)
    reading.things[subject] = Thing(noun=thing.noun, attributes=(*thing.attributes, said), can_take=thing.can_take)
    return after


def _colors_end(reading: _Reading, start: int) -> int:
    """Return the token after the colors of "painted red, white and blue"; `start` if there are none."""
    i, end = start, start
    while reading.kind(i) in ("adj", "and", "adv") or reading.low(i) == ",":
        if reading.low(i) in COLORS:
            end = i + 1
        elif reading.kind(i) == "adj" and reading.low(i) not in SHADES:
            break
        i += 1
    return start if reading.kind(end) in ("noun", "proper") else end


def _adjectives_end(reading: _Reading, start: int) -> int:
    """Return the token after the adjectives at `start` that no noun and no complement follows."""
    i, end, before_and = start, start, start
    while reading.kind(i) in ("adj", "adv", "and", "part") and not reading.low(i).endswith("ing"):
        if reading.kind(i) in ("adj", "part"):
            end = i + 1
        if reading.kind(i) == "and":
            if end != i:
                break
            before_and = end
        i += 1
    if _is_verb_after_clause(reading, start, end):
        return end
    if reading.kind(end) in ("noun", "proper", "det", "count") or reading.low(end) in COMPLEMENTS:
        return before_and  # "the roses are red and white lilies ...": the last adjectives are of the next noun
    return start if reading.kind(end - 1) == "part" and reading.kind(end) == "prep" else end


def _is_verb_after_clause(reading: _Reading, start: int, end: int) -> bool:
    """Return True if a verb follows that looks like a noun: "the cat that is black sleeps next to a dog"."""
    said_of = start < end and reading.kind(start - 2) == "rel"
    return said_of and reading.kind(end) == "noun" and reading.low(end).endswith("s") and is_verb(reading.low(end))


def _is_unknown_predicate(reading: _Reading, i: int) -> bool:
    """Return True if a single noun follows, which after "is" is likely an adjective unknown to the tagger."""
    return reading.kind(i) == "noun" and reading.kind(i + 1) in ("", "and", "mark", "sub") and bool(reading.clause)


def _subject(reading: _Reading, i: int) -> int | None:
    """Return the object that token i describes; None, with a doubt, if there are several."""
    objects = [one for one in reading.clause if isinstance(one, int)]
    if not objects:
        return None
    if reading.low(i) in TINTED or reading.kind(i - 1) == "rel":
        return objects[-1]
    if "and" in reading.clause:
        if reading.low(i) in PLURAL_COPULAS:
            words = reading.text[reading.things[objects[0]].noun.start : reading.tokens[i].end]
            reading.doubts.append(f"“{words}” speaks of several objects at once")
            return None
        last_and = len(reading.clause) - 1 - reading.clause[::-1].index("and")
        objects = [one for one in reading.clause[last_and:] if isinstance(one, int)] or objects[-1:]
    return objects[0]


def _is_gibberish(tokens: Sequence[Token]) -> bool:
    """Return True if neither a list nor the tagger knows more than half of the words."""
    words = [token for token in tokens if re.match(r"[^\W\d_]", token.text)]
    open_class = [token for token in words if token.kind in ("noun", "adj", "part", "verb")]
    unknown = [token for token in open_class if not (token.tagged.known or is_listed(token.low))]
    return not words or 2 * len(unknown) > len(words)
