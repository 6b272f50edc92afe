"""Noun phrases: from tokens at a place to one phrase with its attributes and its noun.

    "two very large red fire trucks"    ->  attributes "very large", "red"; noun "fire trucks"

    phrase = find_phrase(tokens, 3)      # the one that begins with token 3, None if there is none
    phrase.end                           # the token after it

Words before the noun are gathered while they can belong to it, then the noun is cut off from the right: a listed
compound is one noun, any other noun before the last is part of it too unless it is a listed material or color.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from explorer.captions.lexicon import (
    COLORS,
    MODALS,
    NOUN_TOO,
    SINGULAR,
    are_joined,
    is_compound,
    is_listed,
    is_verb,
    is_verb_in_ing,
    kind_of,
)
from explorer.captions.tokens import Token

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
        elif not _leans_on_next(tokens, i, noun):
            found.append(range(start, i + 1))
            start = i + 1
    return _joined(tokens, found)


def _joined(tokens: Sequence[Token], attributes: Sequence[range]) -> tuple[range, ...]:
    """Join attributes at "and", with those that commas list before."""
    found = list(attributes)
    for i in reversed(range(len(found) - 1)):
        between = tokens[found[i].stop : found[i + 1].start]
        lists = between and _has_and(tokens, found[i + 1])  # a comma before what "and" has joined already
        if lists or _has_and(tokens, range(found[i].stop, found[i + 1].start)):
            found[i : i + 2] = [range(found[i].start, found[i + 1].stop)]
    return tuple(found)


def _has_and(tokens: Sequence[Token], places: range) -> bool:
    return any(tokens[i].kind == "and" for i in places)


def _leans_on_next(tokens: Sequence[Token], i: int, noun: int) -> bool:
    """Return True if the word belongs to the next attribute: "very" in "very large", "dark" in "dark red"."""
    if i + 1 >= noun:
        return False
    return tokens[i].kind == "adv" or are_joined(tokens[i].low, tokens[i + 1].low)


def _doubt(tokens: Sequence[Token], noun: int, end: int) -> str:
    """Return the reason for doubt: a noun before the noun that nearly was an adjective."""
    for i in range(noun, end - 1):
        names_one_thing = any(is_compound([one.low for one in tokens[i : i + n]]) for n in (2, 3))
        inside = i > noun and is_compound([one.low for one in tokens[i - 1 : i + 1]])
        if tokens[i].tagged.margin < DOUBT and not names_one_thing and not inside and tokens[i].kind == "noun":
            words = " ".join(one.text for one in tokens[noun:end])
            return f"“{tokens[i].text}” may be an attribute or part of the name “{words}”"
    return ""
