"""Tokens of a caption with their classes.

    tokenize("A red bus.")  # (Token("A", 0, 1, "a", "det", ...), Token("red", 2, 5, "red", "adj", ...), ...)

Words of `lexicon.txt` take precedence over the tagger. Classes of words: det, count, adj, part (a participle), adv,
noun, proper, verb, prep, and (a coordinator), sub (a subordinator), rel, pron, be, poss ('s), mark.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from explorer.captions.lexicon import (
    ADJECTIVE_ENDINGS,
    ADJECTIVES_OR_NOUNS,
    ADVERBS,
    CLOSED_CLASSES,
    COLORS,
    COORDINATORS,
    LOCATIONS,
    NOUNS_IN_Y,
    PARTICIPLES,
    PRONOUNS,
    PROPER_ADJECTIVES,
    SHADES,
    class_of,
    is_listed,
    is_one_attribute,
    is_verb,
    is_verb_in_ing,
)
from explorer.captions.tagger import TaggedWord, tag_words

_SPACED = re.compile(
    rf"(?:{'|'.join(sorted(COLORS | SHADES))}) - (?:{'|'.join(sorted(COLORS))}|[a-z]+ed)(?![\w-])", re.IGNORECASE
)
"""A hyphen between spaces, as tokenized corpora have it: "deep - blue", "white - framed"."""
_TOKEN = re.compile(
    rf"{_SPACED.pattern}|" r"['’]s(?![^\W_])|[^\W_]+(?:(?:-|['’](?!s(?![^\W_])))[^\W_]+)*|[^\w\s]|_", re.IGNORECASE
)
_TAGS = {
    "adj": "JJ JJR JJS RBS RBR",
    "part": "VBN VBD VBG",
    "adv": "RB",
    "noun": "NN NNS NNP NNPS",
    "verb": "VB VBP VBZ MD",
    "prep": "IN RP",
    "count": "CD",
}
"""Classes by tag; an unlisted word that is tagged as a determiner or the like is a noun, as most words are."""
_CLASS_OF_TAG = {name: kind for kind, names in _TAGS.items() for name in names.split()}
_WEARS = ("in", "wearing", "wears", "of")
_CONCRETE = ("person", "animal", "food", "plant", "object", "clothing")
NEARLY_NOUN_MARGIN = 3.0
"""Margin below which a known noun tagged as an adjective is called a noun."""


class Token(NamedTuple):
    """One word or mark; `low` is it in small letters."""

    text: str
    start: int
    end: int
    low: str
    kind: str
    tagged: TaggedWord


def count_words(text: str) -> int:
    """Count the words and marks that `tokenize` finds, at a small part of its cost."""
    return sum(1 for _ in _TOKEN.finditer(text))


def tokenize(text: str) -> tuple[Token, ...]:
    """Split a caption into words and marks, each with its class; lists of words go before the tagger."""
    matches = list(_TOKEN.finditer(text))
    low = [match[0].lower().replace("’", "'").replace(" - ", "-") for match in matches]
    tagged = tag_words(low)
    kinds = [_class_of_word(low, i, tagged[i]) for i in range(len(low))]
    _correct_kinds(low, kinds, tagged)
    for i in _name_indices(text, [match[0] for match in matches]):
        kinds[i] = "proper"
    for i in range(len(low) - 1):
        if _is_attribute_of_two(low, kinds, i):
            kinds[i] = kinds[i + 1] = "adj"
        elif kinds[i : i + 2] == ["noun", "noun"] and i and kinds[i - 1] in ("det", "count", "adj", "adv"):
            kinds[i] = _class_before_noun(low[i], tagged[i])
    return tuple(
        Token(match[0], match.start(), match.end(), low[i], kinds[i], tagged[i]) for i, match in enumerate(matches)
    )


def _is_attribute_of_two(low: Sequence[str], kinds: Sequence[str], i: int) -> bool:
    """Return True if two words are one attribute before a noun, as in "a dark red bus" and "a two story house"."""
    return is_one_attribute(low[i], low[i + 1]) and (is_listed(low[i + 1]) or "noun" in kinds[i + 2 : i + 3])


def _class_before_noun(word: str, tagged: TaggedWord) -> str:
    """Return the class of a word before a noun that the tagger takes for a noun too: "a fire truck"."""
    if is_verb_in_ing(word):
        return "part"  # "a burning candle"
    if not tagged.is_known and len(word) > 4 and word not in NOUNS_IN_Y and word.endswith(ADJECTIVE_ENDINGS):
        return "adj"  # "a cloudless sky"
    return "noun"


class _Neighborhood(NamedTuple):
    """A word between its neighbors; those that the caption lacks are ""."""

    word: str
    kind: str
    tagged: TaggedWord
    previous: str
    before: str
    """The class of the previous word."""
    following: str
    after: str
    """The class of the following word."""
    is_action_next: bool
    """The following word is a verb in -ing that goes on without a noun: "an orange lying on a table"."""
    is_verb_next: bool
    """The same of any verb: "a boy in blue walks to school"."""


def _neighborhood(low: Sequence[str], kinds: Sequence[str], tagged: Sequence[TaggedWord], i: int) -> _Neighborhood:
    before, after, further = (kinds[j] if 0 <= j < len(low) else "" for j in (i - 1, i + 1, i + 2))
    following = low[i + 1] if after else ""
    is_action = bool(after) and (is_verb_in_ing(following) or tagged[i + 1].tag == "VBG")
    goes_on = further in ("prep", "det", "count", "adv", "mark", "adj", "pron", "and", "")
    return _Neighborhood(
        word=low[i],
        kind=kinds[i],
        tagged=tagged[i],
        previous=low[i - 1] if i else "",
        before=before,
        following=following,
        after=after,
        is_action_next=is_action and goes_on,
        is_verb_next=(is_action or is_verb(following)) and goes_on,
    )


def _is_side(at: _Neighborhood) -> bool:
    """Return True for a side of a thing, as in "a bus with a purple front" and "the big left hand"."""
    is_hand = at.word in ("left", "right") and at.after == "noun"
    return at.before == "adj" and (at.word in ("front", "back", "rear") or is_hand)


def _is_lower_part(at: _Neighborhood) -> bool:
    """Return True for a part at the bottom, as in "the lower left corner"."""
    return at.word == "lower" and at.following in LOCATIONS


def _is_worn_color(at: _Neighborhood) -> bool:
    """Return True for a color that somebody wears.

    As in "a boy in blue walking to school" and "a woman wearing red reading a book".
    """
    return at.word in COLORS and at.previous in _WEARS and at.is_verb_next


def _is_acting_material(at: _Neighborhood) -> bool:
    """Return True for a material or color that is a thing and does something, as in "an orange lying on a table"."""
    return at.word in ADJECTIVES_OR_NOUNS and at.before in ("det", "count") and at.is_action_next


def _is_thing_after_adjective(at: _Neighborhood) -> bool:
    """Return True for what looks like a verb and stands where a noun has to, as in "a rusty tin can"."""
    is_doubtful = at.kind in ("adv", "verb") and at.word not in ADVERBS and not is_verb(at.word)
    return is_doubtful and at.before == "adj" and class_of(at.word) in _CONCRETE


def _is_thing_like_adjective(at: _Neighborhood) -> bool:
    """Return True for a thing that was taken for an adjective.

    As in "a large elephant leaning on a wall" and "a submarine beside a dog".
    """
    is_doubtful = at.is_action_next or at.tagged.margin < NEARLY_NOUN_MARGIN
    return at.kind == "adj" and not is_listed(at.word) and is_doubtful and class_of(at.word) in _CONCRETE


_CORRECTIONS = (
    (_is_side, ["noun"]),
    (_is_lower_part, ["count"]),
    (_is_worn_color, ["pron", "verb"]),
    (_is_acting_material, ["noun"]),
    (_is_thing_after_adjective, ["noun"]),
    (_is_thing_like_adjective, ["noun"]),
)
"""Mistakes of the tagger, and the classes of the word there and of those after it. The first that fits is made."""


def _correct_kinds(low: Sequence[str], kinds: list[str], tagged: Sequence[TaggedWord]) -> None:
    """Correct the tagger by the neighboring words, from left to right: each word sees what was corrected before it."""
    for i in range(len(low)):
        at = _neighborhood(low, kinds, tagged, i)
        for fits, classes in _CORRECTIONS:
            if fits(at):
                kinds[i : i + len(classes)] = classes
                break


def is_shouted(text: str) -> bool:
    """Return True if capital letters mean nothing: all are capitals, or most words begin with one."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 2]
    return len(words) > 1 and 2 * sum(word[0].isupper() for word in words) > len(words)


def _name_indices(text: str, words: Sequence[str]) -> set[int]:
    """Return the indices of names: words with a capital letter inside a caption in small letters."""
    if is_shouted(text):
        return set()
    first = next((i for i, word in enumerate(words) if word[0].isalnum()), 0)
    return {
        i
        for i, word in enumerate(words)
        if i > first and word[0].isupper() and word.lower() not in PROPER_ADJECTIVES and not is_listed(word.lower())
        and words[i - 1] not in (".", "!", "?")
    }  # fmt: skip


def _class_of_word(words: Sequence[str], i: int, tagged: TaggedWord) -> str:
    word = words[i]
    if not word[0].isalnum():
        return _class_of_mark(words, i)
    if word.endswith("n't"):
        return "verb"
    if "'" in word and word.partition("'")[0] in PRONOUNS:
        return "pron"
    if word in PARTICIPLES:
        return "part"
    if is_listed(word) or word.endswith(("-colored", "-coloured")):
        return "adj"
    for kind, members in CLOSED_CLASSES.items():
        if word in members:
            # "next to" is a place, "the next bus" an order; "that" before a noun points.
            return _class_by_neighbors(words, i, kind)
    if re.fullmatch(r"\d+(st|nd|rd|th)?", word):
        return "count"
    if "-" in word and (tagged.tag not in ("NN", "NNS", "CD") or word.endswith(("ed", "en"))):
        return "adj"
    return "noun" if word in NOUNS_IN_Y else _CLASS_OF_TAG.get(tagged.tag, "noun")


def _class_of_mark(words: Sequence[str], i: int) -> str:
    word, before = words[i], words[i - 1] if i else ""
    if word == "'s":
        return "poss"
    follows = i + 1 < len(words) and words[i + 1][0].isalnum()
    if word in "'’" and before.endswith("s") and follows and "'" not in words[:i]:
        return "poss"
    return "and" if word in COORDINATORS else "mark"


def _class_by_neighbors(words: Sequence[str], i: int, kind: str) -> str:
    """Return the class of a word that two lists hold, by its neighbors."""
    word, before = words[i], words[i - 1] if i else ""
    following = words[i + 1] if i + 1 < len(words) else ""
    if word == "next":
        return "prep" if following == "to" else "count"
    if word == "that":
        return "rel" if before not in ("", ",", "and", "of", "with", "on", "in") else "det"
    if word in ("both", "only"):
        return "det" if kind == "det" else kind
    return kind
