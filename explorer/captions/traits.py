"""Traits of attributes: which of them no object has at once.

    contradict("red", "blue")   # True: no object is rightly called both
    traits_of("shiny")          # what it says of an object, by trait

Two colors, materials, patterns or shapes exclude each other; two sizes or ages do so where they are opposites.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from explorer.captions.lexicon import (
    ADVERBS,
    COLORS,
    LEXICON,
    PROPER_ADJECTIVES,
    SHADES,
    TINTED_PARTICIPLES,
    VISIBLE_KINDS,
    kind_of,
    lexicon_pairs,
    lexicon_words,
)

OTHER_TRAIT = "other"
_TRAITS = {
    **dict.fromkeys(PROPER_ADJECTIVES, "proper"),
    **{
        word: name
        for name in ("living", "terrain", "taste", "opinion", "state", "condition")
        for word in lexicon_words(name)
    },
    **dict.fromkeys(lexicon_words("age"), "age"),
    **dict.fromkeys(("retro", *lexicon_words("unsure", "tinted")), OTHER_TRAIT),
}
"""Traits of words beside their kinds; ages stay ages."""
_METALS = lexicon_words("metal")
_POLES = [[set(side.split()) for side in line.split(" | ")] for line in LEXICON["poles"]]
_OPPOSITES = {frozenset(pair) for pair in lexicon_pairs("opposite")}
_OPPOSITES |= {frozenset((one, other)) for ones, others in _POLES for one in ones for other in others}
_ALIKE = {word: line.split()[0] for line in LEXICON["alike"] for word in line.split()}


@cache
def traits_of(attribute: str) -> Mapping[str, str]:
    """Return the trait of each word: a kind of swaps, "living", "proper" and the like, or `OTHER_TRAIT`.

    Adverbs and shades before a color have none.
    """
    if re.search(r"-\s?[^\W\d_]+ed\b", attribute.lower()):
        return {attribute.lower(): OTHER_TRAIT}  # of a part: "long-haired", "white-framed"
    words = re.findall(r"[^\W\d_]+", attribute.lower())
    traits = {}
    for i, word in enumerate(words):
        if word in ("and", "but", "or", "n") or (word in ADVERBS and i + 1 < len(words)):
            continue
        if word in SHADES and i + 1 < len(words) and words[i + 1] in COLORS | TINTED_PARTICIPLES:
            continue
        is_color = word in TINTED_PARTICIPLES and i > 0 and words[i - 1] in SHADES
        traits[_ALIKE.get(word, word)] = (
            "color" if is_color else _TRAITS.get(word) or kind_of(word).replace("attribute", OTHER_TRAIT)
        )
    return traits


def are_opposites(one: str, other: str) -> bool:
    """Return True if two words are listed opposites, such as large and small or open and closed."""
    return frozenset((one, other)) in _OPPOSITES


def is_one_dimension(one: str, other: str) -> bool:
    """Return True if two sizes are of one dimension, such as long and short; large and small are of all."""
    return any({one, other} <= ones | others for ones, others in _POLES)


def contradict(one: str, other: str) -> bool:
    """Return True if no object that is rightly called the one would be called the other.

    Different colors, materials, patterns or shapes contradict each other, and so do opposite sizes and ages, listed
    opposites, and two different states of living things. A large tree and an old tree may be one tree, so they do not.
    """
    first, second = traits_of(one), traits_of(other)
    strong = [{word for word, trait in traits.items() if trait in VISIBLE_KINDS} for traits in (first, second)]
    if strong[0] != strong[1] and not _are_metals(first, second, strong):
        return True
    shades = [SHADES & set(re.findall(r"[^\W\d_]+", attribute.lower())) for attribute in (one, other)]
    if strong[0] and all(shades) and shades[0] != shades[1]:
        return True
    return any(are_opposites(a, b) or (first[a] == second[b] == "living" and a != b) for a in first for b in second)


def _are_metals(first: Mapping[str, str], second: Mapping[str, str], strong: Sequence[set[str]]) -> bool:
    """Return True if one side is a color and the other a material of metals: a silver car is a metal car."""
    kinds = [{traits[word] for word in words} for traits, words in zip((first, second), strong, strict=True)]
    return strong[0] | strong[1] <= _METALS and kinds[0] != kinds[1]
