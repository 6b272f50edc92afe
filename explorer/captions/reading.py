"""Reading of a free English caption: its objects and their attributes, or a sentence why the reading is unsure.

    read_caption("the bus is blue and a red car is parked").pairs     # blue - bus, red - car
    read_caption("a black dog and cat").unsure                        # True: is the cat black?

One pass over the tokens: noun phrases become objects; "is", "painted" and the like attach what follows to an object.

Noun phrases: from tokens at a place to one phrase with its attributes and its noun.

    "two very large red fire trucks"    ->  attributes "very large", "red"; noun "fire trucks"

    phrase = find_phrase(tokens, 3)      # the one that begins with token 3, None if there is none
    phrase.end                           # the token after it

Words before the noun are gathered while they can belong to it, then the noun is cut off from the right: a listed
compound is one noun, any other noun before the last is part of it too unless it is a listed material or color.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from explorer.captions.words import (
    COLORS,
    COMPLEMENTS,
    LOCATIONS,
    LONGEST,
    LOOKS,
    MODALS,
    NOUN_TOO,
    PARTITIVES,
    PLURAL_COPULAS,
    SHADES,
    SINGULAR,
    TINTED,
    Attribute,
    CaptionError,
    Parsed,
    Span,
    Thing,
    Token,
    are_joined,
    is_compound,
    is_listed,
    is_verb,
    is_verb_in_ing,
    kind_of,
    tokenize,
)
from explorer.errors import NO_VALUE

THINGS_IN_ING = ("building", "painting", "ring", "string", "ceiling")
DOUBT = 1.5
"""Margin of an unsure tag; in clear cases adjective and noun differ by 5 to 15 in the tagger's weights."""


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Tokens [start, end): determiners up to `head`, attributes as ranges of tokens, the noun from `noun` on."""

    start: int
    end: int
    noun: int
    attributes: tuple[range, ...] = ()
    determined: bool = False
    before_verb: bool = False
    """True if the token after it is its verb, though it looks like a noun."""
    doubt: str = ""


@dataclass
class _Gathered:
    """The words gathered so far between the determiners and the end of a phrase."""

    tokens: Sequence[Token]
    start: int
    determiner: str
    end: int = 0
    nouns: list[int] = field(default_factory=list)

    def token(self, i: int) -> Token | None:
        return self.tokens[i] if i < len(self.tokens) else None

    def kind(self, i: int) -> str:
        token = self.token(i)
        return token.kind if token else ""


def find_phrase(tokens: Sequence[Token], start: int, *, may_begin_with_verb: bool = True) -> Phrase | None:
    """Return the noun phrase that begins with token `start`; None if there is none or it has no noun."""
    first, determiner = _skip_determiners(tokens, start)
    if not determiner and tokens[start].kind == "part" and not may_begin_with_verb:
        return None
    found = _Gathered(tokens, first, determiner, first)
    while _takes(found, found.end):
        found.end += 1
    if not found.nouns:
        _choose_noun(found)
    if not found.nouns:
        return None
    end = found.nouns[-1] + 1
    noun = _noun_start(tokens, first, found.nouns)
    attributes = _attributes(tokens, first, noun)
    return Phrase(
        start=start,
        end=end,
        noun=noun,
        attributes=attributes,
        determined=bool(determiner) or first > start,
        before_verb=found.kind(end) == "noun" and found.end == end,
        doubt=_doubt(tokens, noun, end),
    )


def _skip_determiners(tokens: Sequence[Token], start: int) -> tuple[int, str]:
    """Return the first token after articles and numbers, and the first of those."""
    i = start
    while i < len(tokens) and tokens[i].kind in ("det", "count"):
        i += 1
    if i > start and i < len(tokens) and tokens[i].low == "of" and tokens[i - 1].kind == "count":
        return i, ""
    return i, tokens[start].low if i > start else ""


def _takes(found: _Gathered, i: int) -> bool:
    """Return True if token i belongs to the phrase so far; record it if it is a noun."""
    token = found.token(i)
    if token is None:
        return False
    if token.kind in ("mark", "and"):
        return not found.nouns and i > found.start and _joins(found, i)
    if found.nouns:
        return _goes_on(found, i, token)
    if _is_said_of_the_word_before(found, i, token):
        return False
    if token.kind in ("noun", "proper"):
        found.nouns.append(i)
        return True
    if token.kind in ("adj", "part"):
        return True
    if token.kind == "adv":
        return found.kind(i + 1) in ("adj", "part", "adv") or (found.kind(i + 1) == "noun" and bool(found.determiner))
    looks_on = i > found.start and found.tokens[i - 1].low in COLORS and token.tagged.tag == "VBZ"
    if token.low == "one" or (token.kind == "verb" and token.low not in MODALS and (found.determiner or looks_on)):
        found.nouns.append(i)
        return True
    return False


def _is_said_of_the_word_before(found: _Gathered, i: int, token: Token) -> bool:
    """Return True if a noun was tagged as an adjective and its verb as the noun.

    Examples: "an elephant stands on", "a glass filled with".
    """
    if i == found.start or not (found.determiner or found.tokens[i - 1].low in NOUN_TOO):
        return False
    before, after = found.tokens[i - 1], found.kind(i + 1)
    if before.kind not in ("adj", "part") or (is_listed(before.low) and before.low not in NOUN_TOO):
        return False
    if token.low.endswith("s"):
        may_be = found.determiner in SINGULAR | {"the", ""} and token.kind in ("noun", "verb")
        return may_be and is_verb(token.low) and after not in ("noun", "proper")
    if is_verb_in_ing(token.low) and token.low not in THINGS_IN_ING and not is_listed(before.low):
        return after in ("prep", "det", "count", "adj", "adv", "mark", "")
    return token.kind == "part" and after == "prep" and not is_listed(token.low)


def _goes_on(found: _Gathered, i: int, token: Token) -> bool:
    """Return True if a token after a noun belongs to the phrase.

    It does if it is another noun, unless it is a verb that looks like one.
    """
    low = [one.low for one in found.tokens[found.nouns[-1] : i + 1]]
    if is_compound(low) or is_compound([one.low for one in found.tokens[max(i - 2, 0) : i + 1]]):
        found.nouns.append(i)
        return True
    if token.kind == "noun" and not _is_verb_here(found, i, token):
        found.nouns.append(i)
        return True
    if token.kind == "adj" and token.low in NOUN_TOO and found.kind(i + 1) != "noun":
        found.nouns.append(i)
        return True
    if token.kind == "proper" and found.kind(i - 1) == "proper":
        found.nouns.append(i)
        return True
    return False


def _is_verb_here(found: _Gathered, i: int, token: Token) -> bool:
    """Return True if a token tagged as a noun is the verb of the noun before it.

    Examples: "a fox sleeps on", "a boy jumping over".
    """
    if found.kind(i + 1) in ("noun",) and not is_verb(token.low):
        return False
    if token.low.endswith("ing") and token.low not in THINGS_IN_ING:
        return found.kind(i + 1) in ("prep", "det", "", "mark", "adj", "count")
    ends_in_s = token.low.endswith("s") and not token.low.endswith(("ss", "us", "is"))
    if ends_in_s and found.determiner in SINGULAR:
        return True
    return is_verb(token.low) and found.kind(i + 1) in ("prep", "det", "count", "adj", "adv", "noun", "part")


def _joins(found: _Gathered, i: int) -> bool:
    """Return True if a comma or coordinator stands between two adjectives of one noun."""
    token = found.tokens[i]
    if token.kind == "mark" and token.text != ",":
        return False
    j = i + 1
    if token.kind == "mark" and found.kind(j) == "and":
        j += 1
    while found.kind(j) == "adv":
        j += 1
    before = i - 1 - (token.kind == "and" and found.kind(i - 1) == "mark")  # "red, white, and blue"
    if found.kind(before) not in ("adj", "part") or found.kind(j) not in ("adj", "part") or not _has_noun(found, j):
        return False
    return not _ends_item(found, before, j)


def _ends_item(found: _Gathered, before: int, after: int) -> bool:
    """Return True if a material is the noun of its own item in a list: "red tile and white cabinets"."""
    word, following = found.tokens[before].low, found.tokens[after].low
    if word not in NOUN_TOO or word in COLORS or before == found.start:
        return False
    return following in COLORS and kind_of(word) != kind_of(found.tokens[before - 1].low)


def _has_noun(found: _Gathered, i: int) -> bool:
    """Return True if a noun comes before anything other than further adjectives."""
    while found.kind(i) in ("adj", "part", "adv", "and") or (found.token(i) and found.tokens[i].text == ","):
        i += 1
    return found.kind(i) in ("noun", "proper") or found.tokens[i - 1].low in NOUN_TOO


def _choose_noun(found: _Gathered) -> None:
    """Choose the last word as the noun if none was tagged: "an orange", "a building", "a tall blorfish"."""
    if found.end == found.start:
        return
    last = found.tokens[found.end - 1]
    unlisted = not is_listed(last.low) and last.kind in ("adj", "part")
    if last.low in NOUN_TOO or (found.determiner and unlisted):
        found.nouns.append(found.end - 1)


def _noun_start(tokens: Sequence[Token], first: int, nouns: Sequence[int]) -> int:
    """Return the start of the noun: a listed compound is whole, and so are nouns that follow each other."""
    end = nouns[-1] + 1
    noun = nouns[0]
    for start in range(first, noun):
        if any(is_compound([one.low for one in tokens[start:stop]]) for stop in range(noun + 1, end + 1)):
            return start
    return noun


def _attributes(tokens: Sequence[Token], first: int, noun: int) -> tuple[range, ...]:
    """Return the attributes before the noun, with their adverbs and shades, joined at "and"."""
    found: list[range] = []
    start = first
    for i in range(first, noun):
        if tokens[i].kind in ("mark", "and"):
            start = i + 1
        elif i + 1 == noun or not (tokens[i].kind == "adv" or are_joined(tokens[i].low, tokens[i + 1].low)):
            # It ends here, and not at "very" or "dark", which belong to the next word: "very large", "dark red".
            found.append(range(start, i + 1))
            start = i + 1
    # Attributes are joined at "and", with those that commas list before.
    for i in reversed(range(len(found) - 1)):
        between = tokens[found[i].stop : found[i + 1].start]
        lists = between and _has_and(tokens, found[i + 1])  # a comma before what "and" has joined already
        if lists or _has_and(tokens, range(found[i].stop, found[i + 1].start)):
            found[i : i + 2] = [range(found[i].start, found[i + 1].stop)]
    return tuple(found)


def _has_and(tokens: Sequence[Token], places: range) -> bool:
    return any(tokens[i].kind == "and" for i in places)


def _doubt(tokens: Sequence[Token], noun: int, end: int) -> str:
    """Return the reason for doubt: a noun before the noun that nearly was an adjective."""
    for i in range(noun, end - 1):
        names_one_thing = any(is_compound([one.low for one in tokens[i : i + n]]) for n in (2, 3))
        inside = i > noun and is_compound([one.low for one in tokens[i - 1 : i + 1]])
        if tokens[i].tagged.margin < DOUBT and not names_one_thing and not inside and tokens[i].kind == "noun":
            words = " ".join(one.text for one in tokens[noun:end])
            return f"“{tokens[i].text}” may be an attribute or part of the name “{words}”"
    return ""


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
    # A single noun after "is" is likely an adjective unknown to the tagger.
    is_alone = reading.kind(start) == "noun" and reading.kind(start + 1) in ("", "and", "mark", "sub")
    if end == start and not tinted and is_alone and reading.clause:
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
