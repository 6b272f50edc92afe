"""Traits of attributes: the classes of their words, and a test for attributes that surely differ.

    traits_of("very dark red")            # {"red": "color"}, with the shade "dark"
    traits_of("snowy")                    # {"snowy": "terrain"}
    contradict("large old", "small")      # True, of opposite size

A word that no list holds has the trait `OTHER`: it may be misread, and the nouns that it fits are unknown.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from explorer.captions.lexicon import ADVERBS, COLORS, PROPER, SHADES, TINTED, kind_of

OTHER = "other"
STRONG = frozenset("color material pattern shape".split())
"""Traits that are visible at once: an object with another value of one is another object."""

_GROUPS = {
    "living": "bald sleepy happy sad angry proud shy brave lonely hungry tired gentle fierce tame wild asleep awake"
    " barefoot shirtless pregnant smiling bearded drowsy dozing elderly young younger youngest teenage juvenile grumpy"
    " solemn sleeping barking laughing crying yawning playful",
    "terrain": "snowy sunny cloudy rainy foggy sandy rocky icy grassy leafy bushy stormy windy misty hilly rural urban"
    " alpine overcast weedy lush fertile overgrown barren desolate muddy paved",
    "taste": "fresh ripe rotten raw cooked spicy sweet sour bitter crisp crunchy juicy buttery cheesy chewy fruity"
    " salty syrupy minty stale crusty mouldy moldy bitten sliced fried grilled baked boiled toasted melted",
    "opinion": "ugly elegant beautiful pretty lovely cute strange fancy simple trendy dainty delicate comfortable nice"
    " stylish",
    "state": "shiny empty wet dirty clean broken smooth rusty dusty worn torn messy glossy matte transparent clear"
    " translucent chipped cracked framed folded fluffy furry ornate retro bright dark pale colorful colourful"
    " multicolored neon frilly fallen",
    "condition": "full open closed dry sharp rough loose tidy neat lit unlit hollow solid bent pointy electric handmade"
    " homemade hairy woolly soft hard bare fake stuffed curly light heavy hot cold warm locked handsome expensive"
    " cheap famous quaint great quiet radiant dazzling pristine amazing"
    " sprawling steep shallow winding calm turbulent crowded busy dense sparse",
}  # fmt: skip
_UNSURE = frozenset("christmas stuffed flat plain straight colored".split())
"""Listed words that are as often part of a name."""
_GROUP_OF = {word: name for name, words in _GROUPS.items() for word in words.split()}
_POLES = {
    "large larger largest big bigger biggest huge giant enormous massive gigantic oversized great colossal":
        "small smaller smallest tiny tinier tiniest little miniature mini",
    "tall taller tallest high higher highest towering": "short shorter shortest low lower lowest",
    "long longer longest": "short shorter shortest",
    "wide wider widest": "narrow slim",
    "thick thicker": "thin thinner slim",
    "old older oldest elderly": "young younger youngest new newer newest",
    "ancient antique vintage old older oldest": "new newer newest modern",
}  # fmt: skip
"""Sizes and ages of one dimension, and their opposites."""
_POLAR = frozenset(
    frozenset((one, other)) for words, others in _POLES.items() for one in words.split() for other in others.split()
)
_OPPOSITES = frozenset(
    frozenset(pair.split("/"))
    for pair in (
        "open/closed empty/full wet/dry clean/dirty smooth/rough bright/dark light/dark light/heavy soft/hard hot/cold"
        " warm/cold raw/cooked ripe/rotten fresh/rotten lit/unlit tidy/messy raw/fried melted/sliced"
    ).split()
)
_ALIKE = {
    word: words.split()[0]
    for words in (
        "gray grey silver charcoal", "gold golden", "purple violet lilac lavender mauve", "tan beige khaki cream",
        "red crimson scarlet", "maroon burgundy", "teal turquoise cyan aqua", "blue azure", "wooden wood",
        "metal metallic",
        "checkered checked chequered", "spotted dotted", "blond blonde", "wool woollen woolen", "tiled tile",
        "aluminum aluminium", "round circular", "colorful colourful multicolored",
    )
    for word in words.split()
}  # fmt: skip
"""Words with nearly the same meaning: a picture may be called either."""


_METALS = frozenset("gray gold metal steel iron chrome brass copper bronze aluminum tin".split())


@cache
def traits_of(attribute: str) -> Mapping[str, str]:
    """Return the trait of each word of an attribute, by the word, without adverbs and shades before a color."""
    if re.search(r"-\s?[^\W\d_]+ed\b", attribute.lower()):
        return {attribute.lower(): OTHER}  # of a part: "long-haired", "white-framed"
    words = re.findall(r"[^\W\d_]+", attribute.lower())
    found = {}
    for i, word in enumerate(words):
        if word in ("and", "but", "or", "n") or (word in ADVERBS and i + 1 < len(words)):
            continue
        if word in SHADES and i + 1 < len(words) and words[i + 1] in COLORS | TINTED:
            continue
        found[_ALIKE.get(word, word)] = trait_of(word, is_shaded=i > 0 and words[i - 1] in SHADES)
    return found


def trait_of(word: str, *, is_shaded: bool = False) -> str:
    """Return the trait of one word: a kind of swaps, "living", "proper" and the like, `OTHER` if no list holds it."""
    if word in TINTED:
        return "color" if is_shaded else OTHER
    if word in _UNSURE:
        return OTHER
    if word in _GROUP_OF and word not in ("young", "younger", "youngest", "elderly", "retro"):
        return _GROUP_OF[word]
    if word in PROPER:
        return "proper"
    kind = kind_of(word)
    return kind if kind != "attribute" else OTHER


def are_opposites(one: str, other: str) -> bool:
    """Return True if two words are listed opposites, such as large and small or open and closed."""
    return frozenset((one, other)) in _POLAR or frozenset((one, other)) in _OPPOSITES


def is_one_dimension(one: str, other: str) -> bool:
    """Return True if two sizes are of one dimension, such as long and short; large and small are of all."""
    return any({one, other} <= {*words.split(), *others.split()} for words, others in _POLES.items())


def contradict(one: str, other: str) -> bool:
    """Return True if no object that is rightly called the one would be called the other.

    True for different colors, materials, patterns or shapes on either side, for opposite sizes and ages, for listed
    opposites, and for two different states of living things. A large tree and an old tree may be one tree: False.
    """
    first, second = traits_of(one), traits_of(other)
    strong = [{word for word, trait in traits.items() if trait in STRONG} for traits in (first, second)]
    if strong[0] != strong[1] and not _are_metals(first, second, strong):
        return True
    if strong[0] and _shades(one) and _shades(other) and _shades(one) != _shades(other):
        return True
    for a in first:
        for b in second:
            if are_opposites(a, b) or (first[a] == second[b] == "living" and a != b):
                return True
    return False


def _are_metals(first: Mapping[str, str], second: Mapping[str, str], strong: Sequence[set[str]]) -> bool:
    """Return True if one side is a color and the other a material of metals: a silver car is a metal car."""
    kinds = [{traits[word] for word in words} for traits, words in zip((first, second), strong, strict=True)]
    return strong[0] | strong[1] <= _METALS and kinds[0] != kinds[1]


def _shades(attribute: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", attribute.lower()) if word in SHADES}
