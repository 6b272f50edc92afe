"""Tokens of a caption with their classes.

    tokenize("A red bus.")  # (Token("A", 0, 1, "a", "det", ...), Token("red", 2, 5, "red", "adj", ...), ...)

Words of `lexicon.txt` take precedence over the tagger. Classes of words: det, count, adj, part (a participle), adv,
noun, proper, verb, prep, and (a coordinator), sub (a subordinator), rel, pron, be, poss ('s), mark.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
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
    for i in _proper_places(text, [match[0] for match in matches]):
        kinds[i] = "proper"
    for i, pair in enumerate(pairwise(low)):
        if is_one_attribute(*pair) and (is_listed(pair[1]) or "noun" in kinds[i + 2 : i + 3]):
            kinds[i] = kinds[i + 1] = "adj"
        opens = i and kinds[i - 1] in ("det", "count", "adj", "adv")
        if opens and kinds[i : i + 2] == ["noun", "noun"]:
            # An unknown word that ends like an adjective: "mossy", "reddish", "cloudless".
            is_unknown = not tagged[i].is_known and len(low[i]) > 4 and low[i] not in NOUNS_IN_Y
            is_adjective = is_unknown and low[i].endswith(ADJECTIVE_ENDINGS)
            kinds[i] = "part" if is_verb_in_ing(low[i]) else "adj" if is_adjective else "noun"
    return tuple(
        Token(match[0], match.start(), match.end(), low[i], kinds[i], tagged[i]) for i, match in enumerate(matches)
    )


def _correct_kinds(low: Sequence[str], kinds: list[str], tagged: Sequence[TaggedWord]) -> None:
    """Correct the tagger by the neighboring words: colors as nouns, nouns as adjectives."""
    for i, word in enumerate(low):
        before, after, further = (kinds[j] if 0 <= j < len(low) else "" for j in (i - 1, i + 1, i + 2))
        following = low[i + 1] if after else ""
        is_action = is_verb_in_ing(following) or tagged[i + 1].tag == "VBG" if after else False
        ends = further in ("prep", "det", "count", "adv", "mark", "adj", "pron", "and", "")
        if before == "adj" and (word in ("front", "back", "rear") or (word in ("left", "right") and after == "noun")):
            kinds[i] = "noun"
        elif word == "lower" and following in LOCATIONS:
            kinds[i] = "count"  # "the lower left corner"
        elif word in COLORS and i and low[i - 1] in _WEARS and (is_action or is_verb(following)) and ends:
            kinds[i : i + 2] = ["pron", "verb"]  # "a boy in blue walking to", "a woman wearing red reading a book"
        elif word in ADJECTIVES_OR_NOUNS and before in ("det", "count") and is_action and ends:
            kinds[i] = "noun"  # "an orange lying on"
        elif (kinds[i] in ("adv", "verb") and before == "adj" and word not in ADVERBS and not is_verb(word)) or (
            kinds[i] == "adj"
            and not is_listed(word)
            and ((is_action and ends) or tagged[i].margin < NEARLY_NOUN_MARGIN)
        ):
            kinds[i] = "noun" if class_of(word) in _CONCRETE else kinds[i]


def is_shouted(text: str) -> bool:
    """Return True if capital letters mean nothing: all are capitals, or most words begin with one."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 2]
    return len(words) > 1 and 2 * sum(word[0].isupper() for word in words) > len(words)


def _proper_places(text: str, words: Sequence[str]) -> set[int]:
    """Return the places of names: words with a capital letter inside a caption in small letters."""
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
