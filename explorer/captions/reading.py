"""Reading of a free English caption: its objects and their attributes, or a sentence why the reading is unsure.

    read_caption("the bus is blue and a red car is parked").pairs     # blue - bus, red - car
    read_caption("a black dog and cat").unsure                        # True: is the cat black?

One pass over the tokens: noun phrases become objects; "is", "painted" and the like attach what follows to an object.
Words before a noun are gathered while they can belong to it, then the noun is cut off from the right: a listed compound
is one noun, any other noun before the last is part of it too, unless it is a listed material or color.

    "two very large red fire trucks"    ->  attributes "very large", "red"; noun "fire trucks"
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from explorer.captions.lexicon import (
    ADJECTIVES_OR_NOUNS,
    COLORS,
    COMPLEMENTS,
    LOCATIONS,
    MODALS,
    PARTITIVES,
    PLURAL_COPULAS,
    SHADES,
    SINGULAR_DETERMINERS,
    TINTED_PARTICIPLES,
    VISIBLE_KINDS,
    is_compound,
    is_listed,
    is_one_attribute,
    is_verb,
    is_verb_in_ing,
    kind_of,
)
from explorer.captions.parsed_caption import (
    LONGEST_CAPTION,
    Attribute,
    CaptionError,
    CaptionObject,
    ParsedCaption,
    Span,
)
from explorer.captions.tokens import Token, tokenize
from explorer.errors import NO_VALUE
from explorer.sentences import Sentence

NOUNS_IN_ING = ("building", "painting", "ring", "string", "ceiling")
UNSURE_MARGIN = 1.5
"""Margin of an unsure tag; in clear cases adjective and noun differ by 5 to 15 in the tagger's weights."""


@dataclass
class _Reading:
    """The pass over a caption: its tokens, what was found, and the current clause.

    Before the first token and after the last the kind is "".
    """

    text: str
    tokens: tuple[Token, ...]
    things: list[CaptionObject] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    clause: list[int | str] = field(default_factory=list)
    """Objects by their place in `things`, "and" between them, "verb" after one was seen."""

    def kind(self, i: int) -> str:
        return self.tokens[i].kind if 0 <= i < len(self.tokens) else ""

    def low(self, i: int) -> str:
        return self.tokens[i].low if 0 <= i < len(self.tokens) else ""

    def span(self, start: int, stop: int) -> Span:
        return Span(self.tokens[start].start, self.tokens[stop - 1].end)

    def words(self, start: int, stop: int) -> str:
        return self.text[self.tokens[start].start : self.tokens[stop - 1].end]

    def is_name(self, start: int, stop: int) -> bool:
        """Return True if these tokens are the listed name of one object."""
        return is_compound([token.low for token in self.tokens[max(start, 0) : stop]])

    def attribute(self, start: int, stop: int, *, follows: bool = False) -> Attribute:
        return Attribute(span=self.span(start, stop), kind=kind_of(self.words(start, stop)), follows=follows)


class _Phrase:
    """A noun phrase that is gathered: determiners up to `first`, attributes, the noun from `noun` up to `end`."""

    def __init__(self, reading: _Reading, start: int) -> None:
        self.reading, self.start, self.nouns = reading, start, list[int]()
        first = start
        while reading.kind(first) in ("det", "count"):
            first += 1
        is_part = first > start and reading.low(first) == "of" and reading.kind(first - 1) == "count"
        self.first, self.determiner = first, "" if is_part or first == start else reading.low(start)
        self.end = first
        while self.end < len(reading.tokens) and self._gather(self.end):
            self.end += 1
        self.before_verb = False
        """True if the token after it is its verb, though it looks like a noun."""
        if not self.nouns:
            self._choose_noun()
        if self.nouns:
            gathered, self.end = self.end, self.nouns[-1] + 1
            self.before_verb = gathered == self.end and reading.kind(self.end) == "noun"

    @property
    def is_determined(self) -> bool:
        return self.first > self.start

    @cached_property
    def noun(self) -> int:
        """The first token of the noun: a listed compound is whole, and so are nouns that follow each other."""
        noun, stops = self.nouns[0], range(self.nouns[0] + 1, self.end + 1)
        return next((i for i in range(self.first, noun) if any(self.reading.is_name(i, stop) for stop in stops)), noun)

    @property
    def doubt(self) -> str:
        """The reason for doubt: a noun before the noun that nearly was an adjective."""
        reading, start = self.reading, self.noun
        for i in range(start, self.end - 1):
            is_name = any(reading.is_name(i, i + n) for n in (2, 3)) or (i > start and reading.is_name(i - 1, i + 1))
            if reading.tokens[i].tagged.margin < UNSURE_MARGIN and reading.kind(i) == "noun" and not is_name:
                name = " ".join(token.text for token in reading.tokens[start : self.end])
                english = "“{word}” may be an attribute or part of the name “{name}”"
                return Sentence("caption.part-of-name", english, word=reading.tokens[i].text, name=name)
        return ""

    def _gather(self, i: int) -> bool:
        """Return True if token i belongs to the phrase so far; record it if it is a noun."""
        kind = self.reading.kind(i)
        if kind in ("mark", "and"):
            return not self.nouns and i > self.first and self._joins(i)
        if self.nouns:
            is_noun = self._goes_on(i)
        elif self._is_said_of_the_word_before(i):
            return False
        elif kind in ("adj", "part"):
            return True
        elif kind == "adv":
            after = self.reading.kind(i + 1)
            return after in ("adj", "part", "adv") or (after == "noun" and bool(self.determiner))
        else:
            is_noun = self._is_first_noun(i)
        if is_noun:
            self.nouns.append(i)
        return is_noun

    def _is_first_noun(self, i: int) -> bool:
        """Return True if a token is the first noun of the phrase, also one that is tagged as a verb."""
        reading, kind, low = self.reading, self.reading.kind(i), self.reading.low(i)
        if kind in ("noun", "proper") or low == "one":
            return True
        if kind != "verb" or low in MODALS:
            return False
        is_after_color = i > self.first and reading.low(i - 1) in COLORS and reading.tokens[i].tagged.tag == "VBZ"
        return bool(self.determiner) or is_after_color  # "inside the dark cave stands a statue", "green leaves"

    def _is_said_of_the_word_before(self, i: int) -> bool:
        """Return True if a noun was tagged as an adjective and its verb as the noun."""
        reading = self.reading
        low, before, after = reading.low(i), reading.low(i - 1), reading.kind(i + 1)
        if i == self.first or not (self.determiner or before in ADJECTIVES_OR_NOUNS):
            return False
        if reading.kind(i - 1) not in ("adj", "part") or (is_listed(before) and before not in ADJECTIVES_OR_NOUNS):
            return False
        if low.endswith("s"):  # "a large elephant jumps over a fence"
            may_be = self.determiner in SINGULAR_DETERMINERS | {"the", ""} and reading.kind(i) in ("noun", "verb")
            return may_be and is_verb(low) and after not in ("noun", "proper")
        # "an elephant standing on a rock"
        if is_verb_in_ing(low) and low not in NOUNS_IN_ING and not is_listed(before):
            return after in ("prep", "det", "count", "adj", "adv", "mark", "")
        return reading.kind(i) == "part" and after == "prep" and not is_listed(low)  # "a glass filled with milk"

    def _goes_on(self, i: int) -> bool:
        """Return True if a token after a noun is another noun of the phrase, not a verb that looks like one."""
        reading, kind = self.reading, self.reading.kind(i)
        return (
            reading.is_name(self.nouns[-1], i + 1)  # "a fire hydrant"
            or reading.is_name(i - 2, i + 1)  # "a double decker bus"
            or (kind == "noun" and not self._is_verb_here(i))  # "a tea cup"
            or (kind == "adj" and reading.low(i) in ADJECTIVES_OR_NOUNS and reading.kind(i + 1) != "noun")
            or (kind == "proper" and reading.kind(i - 1) == "proper")  # "a street in New York"
        )

    def _is_verb_here(self, i: int) -> bool:
        """Return True if a token tagged as a noun is the verb of the noun before it."""
        low, after = self.reading.low(i), self.reading.kind(i + 1)
        if after == "noun" and not is_verb(low):
            return False  # "a horse carriage ride"
        if low.endswith("ing") and low not in NOUNS_IN_ING:
            return after in ("prep", "det", "", "mark", "adj", "count")  # "a boy jumping over a fence"
        if low.endswith("s") and not low.endswith(("ss", "us", "is")) and self.determiner in SINGULAR_DETERMINERS:
            return True  # "a fox sleeps"
        # "foxes sleep on hay"
        return is_verb(low) and after in ("prep", "det", "count", "adj", "adv", "noun", "part")

    def _joins(self, i: int) -> bool:
        """Return True if a comma or coordinator joins two adjectives of one noun, as in "red, white and blue flags"."""
        reading, kind = self.reading, self.reading.kind(i)
        if kind == "mark" and reading.tokens[i].text != ",":
            return False
        before = i - 1 - (kind == "and" and reading.kind(i - 1) == "mark")  # "red, white, and blue"
        after = i + 1 + (kind == "mark" and reading.kind(i + 1) == "and")
        while reading.kind(after) == "adv":
            after += 1
        are_adjectives = all(reading.kind(each) in ("adj", "part") for each in (before, after))
        return are_adjectives and self._has_noun(after) and not self._is_item_of_its_own(before, after)

    def _has_noun(self, i: int) -> bool:
        """Return True if a noun follows the adjectives at token i, or the last of them can be one."""
        reading, end = self.reading, i
        while reading.kind(end) in ("adj", "part", "adv", "and") or reading.low(end) == ",":
            end += 1
        return reading.kind(end) in ("noun", "proper") or reading.low(end - 1) in ADJECTIVES_OR_NOUNS

    def _is_item_of_its_own(self, material: int, i: int) -> bool:
        """Return True if a material is a noun of its own before token i, as in "red tile and white cabinets"."""
        reading, word = self.reading, self.reading.low(material)
        may_be_noun = word in ADJECTIVES_OR_NOUNS and word not in COLORS and material != self.first
        return may_be_noun and reading.low(i) in COLORS and kind_of(word) != kind_of(reading.low(material - 1))

    def _choose_noun(self) -> None:
        """Choose the last word as the noun if none was tagged: "an orange", "a building", "a tall blorfish"."""
        last = self.end - 1
        is_unlisted = self.reading.kind(last) in ("adj", "part") and not is_listed(self.reading.low(last))
        if last >= self.first and (self.reading.low(last) in ADJECTIVES_OR_NOUNS or (self.determiner and is_unlisted)):
            self.nouns.append(last)

    @property
    def attributes(self) -> list[range]:
        """The attributes before the noun, with their adverbs and shades, joined at "and"."""
        reading, noun, start = self.reading, self.noun, self.first
        attributes: list[range] = []
        for i in range(self.first, noun):
            if reading.kind(i) in ("mark", "and"):
                start = i + 1
            elif i + 1 == noun or not (
                reading.kind(i) == "adv" or is_one_attribute(reading.low(i), reading.low(i + 1))
            ):
                # It ends here, and not at "very" or "dark", which belong to the next word: "very large", "dark red".
                attributes.append(range(start, i + 1))
                start = i + 1
        for i in reversed(range(len(attributes) - 1)):
            # Also at a comma before what "and" has joined already.
            reach = range(attributes[i].stop, attributes[i + 1].stop)
            if reach[0] < attributes[i + 1].start and any(reading.kind(each) == "and" for each in reach):
                attributes[i : i + 2] = [range(attributes[i].start, attributes[i + 1].stop)]
        return attributes


def _find_phrase(reading: _Reading, start: int, *, may_begin_with_verb: bool = True) -> _Phrase | None:
    """Return the noun phrase that begins with token `start`; None if there is none or it has no noun."""
    if reading.kind(start) == "part" and not may_begin_with_verb:
        return None
    phrase = _Phrase(reading, start)
    return phrase if phrase.nouns else None


def read_caption(text: str, *, longest: int = LONGEST_CAPTION) -> ParsedCaption:
    """Return the objects of one caption with their attributes.

    Raises:
        CaptionError: if the text is empty, longer than `longest` characters, or not one line that can be printed.
    """
    if not text.strip():
        raise CaptionError("caption", NO_VALUE, "give a sentence, it is empty")
    if len(text) > longest:
        raise CaptionError(
            "caption", NO_VALUE, "has {found} characters, the most are {most}", found=len(text), most=longest
        )
    if not text.isprintable():
        raise CaptionError("caption", NO_VALUE, "give one line of printable characters")
    reading = _Reading(text, tokenize(text))
    i = 0
    while i < len(reading.tokens):
        i = _read_on(reading, i)
    if _is_gibberish(reading.tokens):
        reading.doubts.insert(0, "most of its words are unknown")
    why = Sentence("caption.doubt", "It may be read wrong: {doubt}.", doubt=reading.doubts[0]) if reading.doubts else ""
    return ParsedCaption(text=text, things=tuple(reading.things), unsure=bool(why), why=why)


def _read_on(reading: _Reading, i: int) -> int:
    """Read the phrase or word at token i; return the next token."""
    kind = reading.kind(i)
    if kind == "be" or reading.low(i) in TINTED_PARTICIPLES:
        after = _read_predicate(reading, i)
        if after:
            return after
    if kind in ("det", "count", "adj", "part", "adv", "noun", "proper"):
        phrase = _find_phrase(reading, i, may_begin_with_verb=_may_begin_with_verb(reading, i))
        if phrase:
            _add_object(reading, phrase)
            if not phrase.before_verb:
                return phrase.end
            reading.clause.append("verb")
            return phrase.end + 1
        if kind in ("det", "count"):
            return _skip_lone(reading, i)
        if reading.things and kind == "adj" and reading.low(i - 1) == "," and is_listed(reading.low(i)):
            # As in "a cat, black and fluffy, lies on a sofa".
            reading.doubts.append(
                Sentence(
                    "caption.apart", "“{words}” stands apart from what it is said of", words=reading.tokens[i].text
                )
            )
    _note_clause(reading, i)
    return i + 1


def _may_begin_with_verb(reading: _Reading, i: int) -> bool:
    """Return True if a participle without an article can be an attribute.

    It can in "sliced bread", not in "a man riding horses".
    """
    is_after = ("", "prep") if reading.low(i).endswith("ing") else ("", "prep", "and", "mark", "part", "verb")
    return reading.kind(i - 1) in is_after


def _skip_lone(reading: _Reading, i: int) -> int:
    """Skip a determiner without a noun; if adjectives follow, a noun was left out."""
    j = i + 1
    while reading.kind(j) in ("det", "count", "adj", "part", "adv"):
        j += 1
    if all(token.kind in ("det", "count") for token in reading.tokens[i:j]):
        return j
    reading.doubts.append(Sentence("caption.no-noun", "“{words}” lacks a noun", words=reading.words(i, j)))
    following = _find_phrase(reading, j + 1) if reading.kind(j) == "and" and reading.kind(j + 1) else None
    return following.end if following else j


def _note_clause(reading: _Reading, i: int) -> None:
    """Record coordinators and verbs, which decide the subject of a predicate; a new clause clears them."""
    kind = reading.kind(i)
    if kind == "sub" or (kind == "mark" and reading.tokens[i].text in ",;.:!?"):
        reading.clause = [] if kind == "sub" or "verb" in reading.clause else [*reading.clause, "and"]
    elif kind == "and":
        reading.clause = [] if "verb" in reading.clause else [*reading.clause, "and"]
    elif kind in ("verb", "be"):
        reading.clause.append("verb")


def _add_object(reading: _Reading, phrase: _Phrase) -> None:
    """Add the phrase as an object, unless its noun names none."""
    start, end = phrase.noun, phrase.end
    noun = " ".join(token.low for token in reading.tokens[start:end])
    owns, ranges = reading.kind(end) == "poss", phrase.attributes
    if phrase.doubt:
        reading.doubts.append(phrase.doubt)
    attributes = tuple(reading.attribute(each.start, each.stop) for each in ranges)
    is_seen = any(attribute.kind in VISIBLE_KINDS for attribute in attributes)
    is_location = LOCATIONS.issuperset(noun.split()) and not is_seen
    if is_location or (reading.low(end - 1).removesuffix("s") in PARTITIVES and reading.low(end) == "of"):
        return
    shares = _shares_attributes(reading, phrase)
    if reading.things and ranges and not phrase.is_determined:
        # Two objects with nothing between may be one, as in "a gray tiger striped cat".
        before, first = reading.things[-1].noun, reading.tokens[phrase.start].start
        if before.end < first and not reading.text[before.end : first].strip():
            words = reading.text[before.start : reading.tokens[end - 1].end]
            reading.doubts.append(Sentence("caption.one-or-two", "“{words}” may be one object or two", words=words))
    may_receive = not (owns or shares or reading.kind(end - 1) == "proper" or noun in ("one", "ones"))
    reading.things.append(CaptionObject(noun=reading.span(start, end), attributes=attributes, may_receive=may_receive))
    if not owns:
        reading.clause.append(len(reading.things) - 1)


def _shares_attributes(reading: _Reading, phrase: _Phrase) -> bool:
    """Return True if the phrase is a bare noun after "and", which may share the attributes before."""
    is_bare = not phrase.is_determined and not phrase.attributes and reading.kind(phrase.start) == "noun"
    if not is_bare or reading.kind(phrase.start - 1) != "and" or not reading.things:
        return False
    before = reading.things[-1]
    adjacent = reading.text[before.noun.end : reading.tokens[phrase.start].start].strip().lower() in ("and", "or", "&")
    if adjacent and before.attributes:
        words = reading.text[before.attributes[0].span.start : reading.tokens[phrase.end - 1].end]
        reading.doubts.append(Sentence("caption.both", "in “{words}” the attribute may belong to both", words=words))
    return adjacent


def _read_predicate(reading: _Reading, i: int) -> int:
    """Attach the adjectives after "is" or "painted" to their object; return 0 if none follow, else the next token."""
    is_tinted = reading.low(i) in TINTED_PARTICIPLES
    start = i + 1
    if not is_tinted and reading.low(start) in TINTED_PARTICIPLES:
        start, is_tinted = start + 1, True
    end = _colors_end(reading, start) if is_tinted else _adjectives_end(reading, start)
    if end == start and not is_tinted and _is_lone_noun(reading, start) and reading.clause:
        word = reading.tokens[start].text
        reading.doubts.append(
            Sentence("caption.attribute-or-thing", "“{words}” may be an attribute or a thing", words=word)
        )
        end = start + 1
    if end == start:
        return 0
    if reading.kind(i) == "be" and reading.kind(i - 1) in ("pron", ""):
        return 0
    after = end + _is_verb_after_clause(reading, start, end)
    subject = _find_subject(reading, i)
    reading.clause.append("verb")
    if subject is None:
        return after
    thing, said = reading.things[subject], reading.attribute(start, end, follows=True)
    reading.things[subject] = replace(thing, attributes=(*thing.attributes, said))
    return after


def _is_lone_noun(reading: _Reading, i: int) -> bool:
    """Return True for a single noun after "is", which likely is an adjective unknown to the tagger."""
    return reading.kind(i) == "noun" and reading.kind(i + 1) in ("", "and", "mark", "sub")


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


def _find_subject(reading: _Reading, i: int) -> int | None:
    """Return the object that token i describes; None, with a doubt, if there are several."""
    objects = [one for one in reading.clause if isinstance(one, int)]
    if not objects:
        return None
    if reading.low(i) in TINTED_PARTICIPLES or reading.kind(i - 1) == "rel":
        return objects[-1]
    if "and" in reading.clause:
        if reading.low(i) in PLURAL_COPULAS:
            words = reading.text[reading.things[objects[0]].noun.start : reading.tokens[i].end]
            reading.doubts.append(
                Sentence("caption.several", "“{words}” speaks of several objects at once", words=words)
            )
            return None
        last_and = len(reading.clause) - 1 - reading.clause[::-1].index("and")
        objects = [one for one in reading.clause[last_and:] if isinstance(one, int)] or objects[-1:]
    return objects[0]


def _is_gibberish(tokens: Sequence[Token]) -> bool:
    """Return True if neither a list nor the tagger knows more than half of the words."""
    words = [token for token in tokens if re.match(r"[^\W\d_]", token.text)]
    open_class = [token for token in words if token.kind in ("noun", "adj", "part", "verb")]
    unknown = [token for token in open_class if not (token.tagged.is_known or is_listed(token.low))]
    return not words or 2 * len(unknown) > len(words)
