"""Tokens of a caption: words and marks with their places and word classes, by closed lists and a part-of-speech tagger.

    tokenize("A red bus.")      # Token("A", 0, 1, "det"), Token("red", 2, 5, "adj"), Token("bus", 6, 9, "noun"), ...
    tag(["a", "red", "bus"])    # (Tagged("DT", inf, True), Tagged("JJ", 9.1, True), Tagged("NN", ...))

Closed lists of words take precedence over the tagger. Classes: det, count, adj, part (a participle), adv, noun, proper,
verb, prep, and (a coordinator), sub (a subordinator), rel, pron, be, poss ('s), mark.

The tagger is the averaged perceptron of Matthew Honnibal in plain Python: the highest sum of weights of a word's
features. Its weights, `tagger.json.gz`, come from the package textblob-aptagger 0.2.0 (MIT, see tagger.LICENSE; the
wheel's sha256 is 1ed281f37b3646475503ce77347d0ed92a5f4de176a63c6ab4d1064636067dcc), whose pickle was read with an
unpickler that knows the class `set` and nothing else. Weights under 1.0 are left out, which halves the file and changes
seven tags in a thousand; the others are kept in tenths. They are read once, at the first caption.

spaCy was compared on labeled captions (docs/captions.md) and rejected: its tags find no more exchanges, at eight times
the load time. Importing it imports torch if torch is installed, which the web process must not do.
"""

import gzip
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from explorer.captions.lexicon import (
    ADVERBS,
    COLORS,
    COORDINATORS,
    COPULAS,
    COUNTS,
    DETERMINERS,
    LOCATIONS,
    MODALS,
    NOUN_TOO,
    NOUNS_IN_Y,
    PARTICIPLES,
    PREPOSITIONS,
    PRONOUNS,
    PROPER,
    RELATIVES,
    SHADES,
    SUBORDINATORS,
    are_joined,
    class_of,
    is_listed,
    is_verb,
    is_verb_in_ing,
    looks_like_attribute,
)

WEIGHTS = Path(__file__).with_name("tagger.json.gz")
NOUNS = ("NN", "NNS", "NNP", "NNPS")
ADJECTIVES = ("JJ", "JJR", "JJS", "VBN", "VBG")


@dataclass(frozen=True)
class Tagged:
    """A word's Penn Treebank tag, the margin between adjective and noun, and a flag for known words."""

    tag: str
    margin: float
    known: bool


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Words with one tag; for the others, by feature, index of a tag and its weight, the next index, ..."""

    classes: tuple[str, ...]
    words: dict[str, str]
    seen: dict[str, list[int]]


@cache
def load() -> Weights:
    """Return the weights, read from their file at the first call."""
    stored = json.loads(gzip.decompress(WEIGHTS.read_bytes()))
    return Weights(classes=tuple(stored["classes"]), words=stored["words"], seen=stored["weights"])


def tag(words: Sequence[str]) -> tuple[Tagged, ...]:
    """Tag each word; the words are in small letters, punctuation marks are words of their own."""
    weights = load()
    context = ["-START-", "-START2-", *map(_normal, words), "-END-", "-END2-"]
    before, further = "-START-", "-START2-"
    tagged = []
    for i, word in enumerate(words):
        found = weights.words.get(word)
        one = Tagged(found, math.inf, True) if found else _weigh(weights, word, context[i : i + 5], before, further)
        tagged.append(one)
        before, further = one.tag, before
    return tuple(tagged)


def _weigh(weights: Weights, word: str, context: Sequence[str], before: str, further: str) -> Tagged:
    """Return the tag of greatest weight; among equals the last in the alphabet, as in training."""
    totals = [0] * len(weights.classes)
    for name in _features(word, context, before, further):
        found = weights.seen.get(name, ())
        for place, weight in zip(found[::2], found[1::2], strict=True):
            totals[place] += weight
    scores = dict(zip(weights.classes, totals, strict=True))
    best = max(weights.classes, key=lambda name: (scores[name], name))
    apart = abs(max(scores[name] for name in ADJECTIVES) - max(scores[name] for name in NOUNS)) / 10
    return Tagged(best, apart, f"i word {context[2]}" in weights.seen)


def _features(word: str, context: Sequence[str], before: str, further: str) -> Iterator[str]:
    """Return the features of a word from two neighbors on each side, with the names of the weights."""
    back2, back, own, on, on2 = context
    yield "bias"
    yield f"i suffix {word[-3:]}"
    yield f"i pref1 {word[0]}"
    yield f"i-1 tag {before}"
    yield f"i-2 tag {further}"
    yield f"i tag+i-2 tag {before} {further}"
    yield f"i word {own}"
    yield f"i-1 tag+i word {before} {own}"
    yield f"i-1 word {back}"
    yield f"i-1 suffix {back[-3:]}"
    yield f"i-2 word {back2}"
    yield f"i+1 word {on}"
    yield f"i+1 suffix {on[-3:]}"
    yield f"i+2 word {on2}"


def _normal(word: str) -> str:
    if "-" in word and not word.startswith("-"):
        return "!HYPHEN"
    if word.isdigit() and len(word) == 4:
        return "!YEAR"
    return "!DIGITS" if word[0].isdigit() else word


_SPACED = re.compile(
    rf"(?:{'|'.join(sorted(COLORS | SHADES))}) - (?:{'|'.join(sorted(COLORS))}|[a-z]+ed)(?![\w-])", re.IGNORECASE
)
"""A hyphen between spaces, as tokenized corpora have it: "deep - blue", "white - framed"."""
_TOKEN = re.compile(
    rf"{_SPACED.pattern}|" r"['’]s(?![^\W_])|[^\W_]+(?:(?:-|['’](?!s(?![^\W_])))[^\W_]+)*|[^\w\s]|_", re.IGNORECASE
)
_CLOSED = {
    "be": COPULAS,
    "and": COORDINATORS,
    "sub": SUBORDINATORS,
    "rel": RELATIVES,
    "det": DETERMINERS,
    "count": COUNTS,
    "adv": ADVERBS,
    "prep": PREPOSITIONS,
    "pron": PRONOUNS,
    "verb": MODALS,
}
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
NEARLY = 3.0
"""Margin below which a known noun tagged as an adjective is called a noun."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """One word or mark; `low` is it in small letters, `doubt` the tagger's margin to the other reading."""

    text: str
    start: int
    end: int
    low: str
    kind: str
    tagged: Tagged


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of a caption, in order."""
    found = list(_TOKEN.finditer(text))
    low = [match[0].lower().replace("’", "'").replace(" - ", "-") for match in found]
    tagged = tag(low)
    kinds = [_class(low, i, tagged[i]) for i in range(len(low))]
    _settle(low, kinds, tagged)
    for i in _proper_places(text, [match[0] for match in found]):
        kinds[i] = "proper"
    for i, pair in enumerate(pairwise(low)):
        if are_joined(*pair) and (is_listed(pair[1]) or "noun" in kinds[i + 2 : i + 3]):
            kinds[i] = kinds[i + 1] = "adj"
        opens = i and kinds[i - 1] in ("det", "count", "adj", "adv")
        if opens and kinds[i : i + 2] == ["noun", "noun"]:
            kinds[i] = _class_before_noun(low[i], tagged[i])
    return tuple(
        Token(text=match[0], start=match.start(), end=match.end(), low=low[i], kind=kinds[i], tagged=tagged[i])
        for i, match in enumerate(found)
    )


def _settle(low: Sequence[str], kinds: list[str], tagged: Sequence[Tagged]) -> None:
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
        elif word in NOUN_TOO and before in ("det", "count") and is_action and ends:
            kinds[i] = "noun"  # "an orange lying on"
        elif (kinds[i] in ("adv", "verb") and before == "adj" and _is_known_noun(word)) or (
            kinds[i] == "adj"
            and not is_listed(word)
            and class_of(word) in _CONCRETE
            and ((is_action and ends) or tagged[i].margin < NEARLY)
        ):
            kinds[i] = "noun"


def _is_known_noun(word: str) -> bool:
    """Return True if the word is a concrete noun, and neither a listed adverb nor a verb."""
    return word not in ADVERBS and not is_verb(word) and class_of(word) in _CONCRETE


def _class_before_noun(word: str, tagged: Tagged) -> str:
    """Return the class of a word tagged as a noun between an article and a noun, by its ending."""
    if is_verb_in_ing(word):
        return "part"
    return "adj" if not tagged.known and looks_like_attribute(word) else "noun"


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
        if i > first and word[0].isupper() and word.lower() not in PROPER and not is_listed(word.lower())
        and words[i - 1] not in (".", "!", "?")
    }  # fmt: skip


def _class(words: Sequence[str], i: int, tagged: Tagged) -> str:
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
    for kind, listed in _CLOSED.items():
        if word in listed:
            # "next to" is a place, "the next bus" an order; "that" before a noun points.
            return _between(words, i, kind)
    if re.fullmatch(r"\d+(st|nd|rd|th)?", word):
        return "count"
    if "-" in word and tagged.tag not in ("NN", "NNS", "CD"):
        return "adj"
    if "-" in word and word.endswith(("ed", "en")):
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


def _between(words: Sequence[str], i: int, kind: str) -> str:
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
