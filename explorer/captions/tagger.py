"""Tags of words, by the averaged perceptron of Matthew Honnibal in plain Python.

    tag_words(["a", "red", "bus"])      # (TaggedWord("DT", inf, True), TaggedWord("JJ", 9.1, True), ...)

The tag with the highest sum of weights of a word's features wins; tagger.LICENSE has the source of the weights. spaCy
finds no more exchanges on labeled captions (docs/captions.md), at eight times the load time; importing it imports
torch, which the web process must not do.
"""

import gzip
import json
import math
import struct
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from explorer.captions.lexicon import WORD_FOLDER

NOUN_TAGS = ("NN", "NNS", "NNP", "NNPS")
ADJECTIVE_TAGS = ("JJ", "JJR", "JJS", "VBN", "VBG")


class TaggedWord(NamedTuple):
    """A word's Penn Treebank tag, the margin between adjective and noun, and a flag for known words."""

    tag: str
    margin: float
    is_known: bool


@cache
def load_tagger() -> dict[str, Any]:
    """Return `classes` (tags), `words` with one tag, and `weights` by feature: a tag's index, its weight, ...

    `zero` is what `_pack_weights` makes of no features, and `layout` its form; the middle of the range is 0.
    """
    stored: dict[str, Any] = json.loads(gzip.decompress((WORD_FOLDER / "tagger.json.gz").read_bytes()))
    indices = {name: index for index, name in enumerate(stored["classes"])}
    return stored | {
        "layout": f"<{len(indices)}I",
        "zero": sum(2**31 << 32 * index for index in indices.values()),
        "adjectives": [indices[name] for name in ADJECTIVE_TAGS],
        "nouns": [indices[name] for name in NOUN_TAGS],
    }


def tag_words(words: Sequence[str]) -> tuple[TaggedWord, ...]:
    """Tag each word; the words are in small letters, punctuation marks are words of their own."""
    weights = load_tagger()
    context = ["-START-", "-START2-", *map(_normalize, words), "-END-", "-END2-"]
    before, further = "-START-", "-START2-"
    tagged = []
    for i, word in enumerate(words):
        tag = weights["words"].get(word)
        nearby = context[i : i + 5]
        one = TaggedWord(tag, math.inf, True) if tag else _choose_tag(weights, word, nearby, before, further)
        tagged.append(one)
        before, further = one.tag, before
    return tuple(tagged)


def _choose_tag(weights: dict[str, Any], word: str, context: Sequence[str], before: str, further: str) -> TaggedWord:
    """Return the tag of greatest weight; among equals the last in the alphabet, as in training.

    The features are of a word and two neighbors on each side, under the names of the weights.
    """
    back2, back, own, on, on2 = context
    features = (
        "bias", f"i suffix {word[-3:]}", f"i pref1 {word[0]}", f"i word {own}", f"i-1 tag+i word {before} {own}",
        f"i-1 tag {before}", f"i-2 tag {further}", f"i tag+i-2 tag {before} {further}",
        f"i-1 word {back}", f"i-1 suffix {back[-3:]}", f"i-2 word {back2}",
        f"i+1 word {on}", f"i+1 suffix {on[-3:]}", f"i+2 word {on2}",
    )  # fmt: skip
    total = sum(map(_pack_weights, features), weights["zero"])
    scores = struct.unpack(weights["layout"], total.to_bytes(struct.calcsize(weights["layout"]), "little"))
    best = max(zip(scores, weights["classes"], strict=True))[1]
    adjective, noun = (max(scores[index] for index in weights[kind]) for kind in ("adjectives", "nouns"))
    return TaggedWord(best, abs(adjective - noun) / 10, f"i word {own}" in weights["weights"])


@lru_cache(maxsize=8192)
def _pack_weights(feature: str) -> int:
    """Return the weights of a feature for all tags in one integer, 32 bits for each, so that one addition adds all."""
    weights = load_tagger()["weights"].get(feature, ())
    return sum(weight << 32 * index for index, weight in zip(weights[::2], weights[1::2], strict=True))


def _normalize(word: str) -> str:
    if "-" in word and not word.startswith("-"):
        return "!HYPHEN"
    if word.isdigit() and len(word) == 4:
        return "!YEAR"
    return "!DIGITS" if word[0].isdigit() else word
