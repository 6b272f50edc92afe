"""Test if a reader accepts an exchange as a sentence that is sound, false of the picture, and harmless.

    is_offered(parsed, bus, car, "large red", "old")        # bus would be old, car large and red
    is_harmless(bus, car, "red", "blue")                    # False if a person would get a color

Each trait fits some classes of nouns: a snowy hill, no snowy spoon. A noun that has one value of a trait can bear
another.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from explorer.captions.words import (
    ADVERBS,
    COLORS,
    PROPER,
    SHADES,
    TINTED,
    UNKNOWN,
    Parsed,
    Span,
    Thing,
    class_of,
    is_plural,
    is_shouted,
    kind_of,
)

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


_THINGS = frozenset(("object", "building", UNKNOWN))
_FITS = {
    "color": _THINGS | {"animal", "clothing", "food", "plant", "land", "body", "mass"},
    "size": _THINGS | {"animal", "clothing", "food", "plant"},
    "age": _THINGS | {"clothing"},
    "material": _THINGS | {"animal"},
    "pattern": _THINGS | {"clothing", "animal"},
    "shape": frozenset(("object", "building")),
    "state": _THINGS | {"clothing"},
    "condition": frozenset(),
    "opinion": _THINGS | {"animal", "clothing", "plant"},
    "terrain": frozenset(("land",)),
    "taste": frozenset(("food",)),
    "living": frozenset(("person", "animal")),
    "proper": frozenset(("object", "clothing", "building")),
}
"""Classes of nouns that can bear a trait without a value of it in the caption."""

_LOOSE = frozenset(("state", "condition", "opinion"))
"""Traits with words so different that a noun with one need not bear another."""
_OF_PEOPLE = frozenset(("living", "size", "age"))
_AGES_OF_LIFE = frozenset("young younger youngest elderly".split())
_AGES_OF_THINGS = frozenset("new newer newest modern ancient antique vintage".split())
_MOVABLE = frozenset("large larger largest big bigger huge giant massive small smaller tiny little tall long".split())
"""Sizes that fit an object without a size in the caption."""
_SOFT = frozenset(
    "leather paper cotton silk wool denim velvet linen canvas nylon lace fur fabric cardboard straw".split()
)
_SKIN = frozenset("face hand arm leg foot skin finger chest belly shoulder lip cheek body head".split())
_COUNTED = re.compile(
    r"\b(an?|one|each|every|another|this|that|two|three|four|five|six|seven|eight|nine|ten|several|many|few|both|\d+)\s+$",
    re.IGNORECASE,
)
_FIXED = frozenset(
    "red wine|white wine|green tea|black tea|black coffee|red carpet|white meat|red meat|black lab|green onion"
    "|green bean|white bread|brown bread|brown rice|black bean|red light|green light|white water|black hole|big ben"
    "|red cross|little league|short cake|hot sauce|dry land|open house|high chair|old town|old city|new year|open area"
    "|open air|high street|golden retriever|black belt|white collar|blue collar|black friday|blue ribbon|great dane"
    "|orange juice|orange slice|orange wedge|lime slice|green pepper".split("|")
)
"""Names that begin with a color or the like: an exchange would split them."""

_OF_HAIR = frozenset("blond blonde brunette ginger".split())
_UNSEEN = frozenset("season day night time year hour life energy world party wedding age era way".split())
"""Nouns whose color is a figure of speech."""
_MEASURED = frozenset(
    "crust sleeve hair screen dish neck heel leg tail grain stem story floor range term time scale size style type"
    " quality cut way color colour eye edge rise water power frame concept plan".split()
)
"""First words of a compound that own the attribute before: "a thick crust pizza", "a long sleeve shirt"."""


def is_harmless(first: Thing, second: Thing, parsed: Parsed, values: Iterable[str]) -> bool:
    """Return True if an exchange of these attributes gives no person a color, or a color's or a people's name."""
    traits = {trait for value in values for trait in traits_of(value).values()}
    if traits.isdisjoint(("color", "proper")):
        return True
    nouns = [parsed.words(thing.noun) for thing in (first, second)]
    if any(class_of(noun) == "person" for noun in nouns):
        return False
    has_people = any(_class(parsed, thing) == "person" for thing in parsed.things)
    return not (has_people and any(noun.lower().split()[-1].removesuffix("s") in _SKIN for noun in nouns))


def is_offered(parsed: Parsed, first: Thing, second: Thing, ours: str, theirs: str) -> bool:
    """Return True if `first`, which has the attributes `ours`, and `second`, which has `theirs`, may exchange them."""
    if not contradict(ours, theirs) or _may_be_true(parsed, first, second, ours, theirs):
        return False
    if _is_torn(parsed, first, ours) or _is_torn(parsed, second, theirs):
        return False
    return _bears(parsed, first, theirs, ours) and _bears(parsed, second, ours, theirs)


def _may_be_true(parsed: Parsed, first: Thing, second: Thing, ours: str, theirs: str) -> bool:
    """Return True if only a material differs: a small cup on a wooden table may be a wooden cup on a small table."""
    sides = [set(traits_of(value).values()) & STRONG for value in (ours, theirs)]
    takers = [_class(parsed, thing) for thing in (second, first)]
    if any(mine == {"material"} and not other and taker != "animal" for mine, other, taker in _both(sides, takers)):
        return True
    between = parsed.text[min(first.noun.end, second.noun.end) : max(first.noun.start, second.noun.start)]
    return sides[0] != sides[1] and re.match(r"\s+of(\s+the|\s+an?)?\s", between) is not None


def _both(sides: Sequence[set[str]], takers: Sequence[str]) -> Iterator[tuple[set[str], set[str], str]]:
    yield sides[0], sides[1], takers[0]
    yield sides[1], sides[0], takers[1]


def _class(parsed: Parsed, thing: Thing) -> str:
    return class_of(parsed.words(thing.noun))


def _is_torn(parsed: Parsed, thing: Thing, value: str) -> bool:
    """Return True if the attribute is part of a name, or stands at a hyphen."""
    noun = parsed.words(thing.noun).lower().split()
    if _class(parsed, thing) == "picture" and noun[0] not in ("background", "backdrop"):
        return True
    if value.lower() == "little" and _class(parsed, thing) == "mass":
        return True  # "a little water"
    if "color" not in traits_of(value).values() and _ends_in_participle(parsed, thing):
        return True
    last = value.lower().split()[-1]
    names = {f"{last} {noun[0]}", f"{last} {noun[0].removesuffix('s')}"}
    if not names.isdisjoint(_FIXED):
        return True
    if noun[-1] in _UNSEEN or (len(noun) > 1 and noun[0] in ("color", "colour", "colored", "coloured")):
        return True
    if len(noun) > 1 and noun[0] in _MEASURED and "color" not in traits_of(value).values():
        return True
    return any(_at_hyphen(parsed.text, each.span) or _is_name(parsed.text, each.span) for each in thing.attributes)


def _ends_in_participle(parsed: Parsed, thing: Thing) -> bool:
    """Return True if an attribute goes with the participle after it: "a wood paneled room", "an old fashioned lamp"."""
    words = [parsed.words(each.span).lower() for each in thing.attributes if not each.follows]
    return any(OTHER in traits_of(word).values() and word.endswith(("ed", "ing")) for word in words[1:])


def _at_hyphen(text: str, span: Span) -> bool:
    return text[: span.start].endswith("- ") or text[span.end :].startswith(" -")


def _is_name(text: str, span: Span) -> bool:
    """Return True if a capital letter within a sentence marks a name, or if the word begins a sentence."""
    word = text[span.start : span.end].split()[0]
    if not word[0].isupper() or word.lower() in PROPER or is_shouted(text):
        return False
    return bool(re.search(r"[^\W_]", text[: span.start]))


def _bears(parsed: Parsed, thing: Thing, values: str, instead_of: str) -> bool:
    """Return True if the noun can bear the attributes in place of its own."""
    name, has = _class(parsed, thing), traits_of(instead_of)
    if name == "person" and not _OF_PEOPLE.issuperset(has.values()):
        return False
    return bool(values) and all(
        _bears_word(parsed, thing, name, word, trait, has) for word, trait in traits_of(values).items()
    )


def _bears_word(parsed: Parsed, thing: Thing, name: str, word: str, trait: str, has: Mapping[str, str]) -> bool:
    """Return True if a noun of the class `name`, which has the attributes `has`, can bear one word more."""
    if trait == OTHER or word in (_AGES_OF_THINGS if name in ("person", "animal") else _AGES_OF_LIFE):
        return False
    if name == "person":
        return trait in _OF_PEOPLE
    is_uncounted = trait == "size" and name not in ("object", "animal", "building") and not _is_counted(parsed, thing)
    if is_uncounted and not any(is_one_dimension(word, mine) for mine in has):
        return False
    is_vague = name in ("abstract", "group")
    if any(are_opposites(word, mine) for mine in has) and not is_vague:
        return True
    if word in _OF_HAIR and name not in ("body", "animal"):
        return False
    if trait in has.values() and trait not in _LOOSE and (trait in STRONG or not is_vague):
        return True
    if trait == "color" and not COLORS.isdisjoint(parsed.words(thing.noun).lower().split()):
        return False
    if (trait == "size" and word not in _MOVABLE) or (word in _SOFT and name == "building"):
        return False
    return name in _FITS[trait]


def _is_counted(parsed: Parsed, thing: Thing) -> bool:
    """Return True for a countable noun, so that one can be large."""
    if class_of(parsed.words(thing.noun)) in ("object", "animal", "building"):
        return True
    return is_plural(parsed.words(thing.noun)) or _COUNTED.search(parsed.text[: thing.start]) is not None
