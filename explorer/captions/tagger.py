"""Part-of-speech tagger for the words of a caption.

    tag(["a", "red", "bus"])        # (Tagged("DT", inf, True), Tagged("JJ", 9.1, True), Tagged("NN", ...))

The averaged perceptron of Matthew Honnibal in plain Python: the highest sum of weights of the features of a word.
Its weights, `tagger.json.gz`, come from the package textblob-aptagger 0.2.0 (MIT, see tagger.LICENSE; the wheel's
sha256 is 1ed281f37b3646475503ce77347d0ed92a5f4de176a63c6ab4d1064636067dcc), whose pickle was read with an unpickler
that knows the class `set` and nothing else. Weights under 1.0 are left out, which halves the file and changes seven
tags in a thousand; the others are kept in tenths. They are read once, at the first caption.

spaCy was compared on labeled captions (docs/captions.md) and rejected: its tags find no more exchanges, at eight times
the load time. Importing it imports torch if torch is installed, which the web process must not do.
"""

import gzip
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
