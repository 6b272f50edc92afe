"""Words of captions: tokens with their classes, kinds and traits of attributes, classes of nouns, types of a reading.

    tokenize("A red bus.")      # Token("A", 0, 1, "det"), Token("red", 2, 5, "adj"), Token("bus", 6, 9, "noun"), ...
    tag_words(["a", "red", "bus"])      # (TaggedWord("DT", inf, True), TaggedWord("JJ", 9.1, True), ...)
    kind_of("dark red")         # "color", the kind of its last word
    contradict("red", "blue")   # True: no object is rightly called both
    class_of("fire trucks")     # "object", by the last word, plural or not; "unknown" for a word that WordNet lacks

Words of `lexicon.txt` take precedence over the tagger. Classes of words: det, count, adj, part (a participle), adv,
noun, proper, verb, prep, and (a coordinator), sub (a subordinator), rel, pron, be, poss ('s), mark.

The tagger is the averaged perceptron of Matthew Honnibal in plain Python: the highest sum of weights of a word's
features (tagger.LICENSE has the source of its weights). spaCy finds no more exchanges on labeled captions
(docs/captions.md), at eight times the load time; importing it imports torch, which the web process must not do.

The class of a noun (person, animal, clothing, land and so on) decides the attributes that it can bear: that of its most
frequent sense in WordNet (nouns.LICENSE), which `nouns_in_captions.txt` corrects.
"""

import gzip
import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from explorer.errors import UserError

WORD_FOLDER = Path(__file__).parent
UNKNOWN_CLASS = "unknown"


def read_word_lists(file: str) -> dict[str, list[str]]:
    """Read a file of word lists, lines of a name, a colon and words: the lines of each name, in order."""
    lists: dict[str, list[str]] = {}
    for line in (WORD_FOLDER / file).read_text(encoding="utf-8").splitlines():
        name, colon, words = line.partition(":")
        if colon and not line.startswith("#"):
            lists.setdefault(name, []).append(words.strip())
    return lists


LEXICON = read_word_lists("lexicon.txt")


def lexicon_words(*names: str) -> frozenset[str]:
    """Return the words of lists of lexicon.txt, an underscore between the words of a name as a space."""
    return frozenset(word.replace("_", " ") for name in names for line in LEXICON[name] for word in line.split())


def lexicon_pairs(name: str) -> list[tuple[str, str]]:
    """Return the pairs of a list of lexicon.txt, written one/other."""
    return [(one, other) for line in LEXICON[name] for one, _, other in (each.partition("/") for each in line.split())]


_KINDS = ("color", "size", "age", "material", "pattern", "shape")
_LISTED = {word: kind for kind in _KINDS for word in lexicon_words(kind)}
COLORS, SHADES, OTHER_ADJECTIVES, PROPER_ADJECTIVES, ADJECTIVES_OR_NOUNS = map(
    lexicon_words, ("color", "shade", "other", "proper", "noun_too")
)
NOUNS_IN_Y, VERBS, LOCATIONS, PARTITIVES = map(lexicon_words, ("noun_in_y", "verb", "location", "partitive"))
SINGULAR_DETERMINERS = lexicon_words("article", "singular")
PRONOUNS, MODALS, ADVERBS, COORDINATORS = map(lexicon_words, ("pronoun", "modal", "adverb", "coordinator"))
PLURAL_COPULAS, TINTED_PARTICIPLES, COMPLEMENTS = map(lexicon_words, ("plural_copula", "tinted", "complement"))
VISIBLE_KINDS = frozenset(("color", "material", "pattern", "shape"))
"""Kinds that are visible at once, and that only an object has: one with another value is another object."""
_CLOSED = {
    "be": lexicon_words("copula", "plural_copula"),
    "and": COORDINATORS,
    "sub": lexicon_words("subordinator"),
    "rel": lexicon_words("relative"),
    "det": lexicon_words("article", "singular", "determiner"),
    "count": lexicon_words("count"),
    "adv": ADVERBS,
    "prep": lexicon_words("preposition"),
    "pron": PRONOUNS,
    "verb": MODALS,
}
_JOINED, _NUMBERS, _MEASURES, _COMPOUNDS = map(lexicon_words, ("joined", "number", "measure", "compound"))
_PARTICIPLES = lexicon_words("participle")
_PLURALS = dict(lexicon_pairs("plural"))
_ENDINGS = ("y", "ish", "less", "ful", "ous", "able", "en", "ed")

SWAP_KINDS = ("attribute", *_KINDS, "move", "confusion")
"""Kinds of a swap: that of all exchanged words, if they share one; two that are made only by name."""


@cache
def load_lexicon() -> dict[str, str]:
    """Return the class of each word, read at the first call."""
    lines = map(str.split, gzip.decompress((WORD_FOLDER / "nouns.txt.gz").read_bytes()).decode("ascii").splitlines())
    return {word: name for name, *words in lines for word in words} | class_corrections()


@cache
def class_corrections() -> dict[str, str]:
    """Return the class of each word whose usual sense in captions is not WordNet's most frequent one."""
    lists = read_word_lists("nouns_in_captions.txt")
    return {word: name for name, lines in lists.items() for line in lines for word in line.split()}


def class_of(noun: str) -> str:
    """Return the class of a noun of one or more words, `UNKNOWN_CLASS` for a word that WordNet lacks."""
    *first, word = noun.lower().replace("-", " ").split()
    known = load_lexicon()
    forms = singulars(word)
    names = [f"{first[-1]}_{form}" for form in forms] if first else []
    return next((known[name] for name in (*names, *forms) if name in known), UNKNOWN_CLASS)


def is_plural(noun: str) -> bool:
    """Judge a noun by its last word."""
    word = noun.lower().split()[-1]
    return word in _PLURALS or (word.endswith("s") and not word.endswith(("ss", "us", "is"))) or word == "people"


def singulars(word: str) -> tuple[str, ...]:
    """Return the forms under which a word may be listed, the likeliest first."""
    if word in _PLURALS:
        return word, _PLURALS[word]
    if not word.endswith("s") or word.endswith("ss") or word in class_corrections():
        return (word,)
    forms = [word[:-1]]
    forms += [word[:-3] + "y"] * word.endswith("ies") + [word[:-2]] * word.endswith("es")
    return (*forms, word)


def kind_of(attribute: str) -> str:
    """Return the kind of an attribute of one or more words, "attribute" if no list holds it."""
    parts = [part for part in re.split(r"\s*[,/&]\s*|\s+(?:and|but|or|yet)\s+|-and-", attribute.lower()) if part]
    kinds = {_LISTED.get(part.split()[-1], _LISTED.get(part.split()[-1].split("-")[-1], "")) for part in parts}
    return kinds.pop() if len(kinds) == 1 and "" not in kinds else "attribute"


def is_listed(word: str) -> bool:
    """Return True if a list holds the word as an attribute; of a word with a hyphen its last part, "light-blue"."""
    return word in OTHER_ADJECTIVES or word in PROPER_ADJECTIVES or word in _LISTED or word.rpartition("-")[2] in COLORS


def is_one_attribute(first: str, second: str) -> bool:
    """Return True if two words are one attribute: "dark red", "stainless steel", "two story"."""
    is_shade = first in SHADES and second in COLORS
    return is_shade or f"{first} {second}" in _JOINED or (first in _NUMBERS and second in _MEASURES)


def is_compound(words: Sequence[str]) -> bool:
    """Return True if the words, in small letters, are the name of one object, in singular or plural."""
    name = " ".join(words)
    return name in _COMPOUNDS or (name.endswith("s") and (name[:-1] in _COMPOUNDS or name[:-2] in _COMPOUNDS))


def is_verb(word: str) -> bool:
    """Return True if the word is a listed verb in the present: "sit", "sits", "watches", "flies"."""
    stems = {word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"}
    return not stems.isdisjoint(VERBS)


def is_verb_in_ing(word: str) -> bool:
    """Return True if the word is a listed verb with "ing": "burning", "running", "smiling"."""
    stem = word.removesuffix("ing")
    stems = {stem, stem + "e", stem[:-1], stem.removesuffix("y") + "ie"}
    return stem != word and not stems.isdisjoint(VERBS)


def wants_an(word: str) -> bool:
    """Return True if the article before the word is "an", which depends on sound, not on letters."""
    low = word.lower()
    if low[:1].isdigit():
        return low.startswith("8") or re.match(r"1[18](?!\d)", low) is not None
    is_spelled = len(word) > 1 and word.isupper() and not re.search("[AEIOUY]", word)
    if is_spelled or re.match("[A-Z](-|$)", word):
        return word[0] in "AEFHILMNORSX"
    if re.match(r"(hour|honest|honou?r|heir)", low):
        return True
    if re.match(r"(uni(?!n|m|d)|us[aeu]|ut[ei]|eu|ew|once|one(?!r)|ubiq|uran|uku)", low):
        return False
    return low[:1] in tuple("aeiou")


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

    True for different colors, materials, patterns or shapes on either side, for opposite sizes and ages, for listed
    opposites, and for two different states of living things. A large tree and an old tree may be one tree: False.
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


NOUN_TAGS = ("NN", "NNS", "NNP", "NNPS")
ADJECTIVE_TAGS = ("JJ", "JJR", "JJS", "VBN", "VBG")


class TaggedWord(NamedTuple):
    """A word's Penn Treebank tag, the margin between adjective and noun, and a flag for known words."""

    tag: str
    margin: float
    known: bool


@cache
def load_tagger() -> dict[str, Any]:
    """Return `classes` (tags), `words` with one tag, and `weights` by feature: a tag's index, its weight, ...

    `zero` is what `_pack_weights` makes of no features, and `layout` its form; the middle of the range is 0.
    """
    stored: dict[str, Any] = json.loads(gzip.decompress((WORD_FOLDER / "tagger.json.gz").read_bytes()))
    places = {name: place for place, name in enumerate(stored["classes"])}
    return stored | {
        "layout": f"<{len(places)}I",
        "zero": sum(2**31 << 32 * place for place in places.values()),
        "adjectives": [places[name] for name in ADJECTIVE_TAGS],
        "nouns": [places[name] for name in NOUN_TAGS],
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
        *("bias", f"i suffix {word[-3:]}", f"i pref1 {word[0]}", f"i word {own}", f"i-1 tag+i word {before} {own}"),
        *(f"i-1 tag {before}", f"i-2 tag {further}", f"i tag+i-2 tag {before} {further}"),
        *(f"i-1 word {back}", f"i-1 suffix {back[-3:]}", f"i-2 word {back2}"),
        *(f"i+1 word {on}", f"i+1 suffix {on[-3:]}", f"i+2 word {on2}"),
    )
    total = sum(map(_pack_weights, features), weights["zero"])
    scores = struct.unpack(weights["layout"], total.to_bytes(struct.calcsize(weights["layout"]), "little"))
    best = max(zip(scores, weights["classes"], strict=True))[1]
    adjective, noun = (max(scores[place] for place in weights[kind]) for kind in ("adjectives", "nouns"))
    return TaggedWord(best, abs(adjective - noun) / 10, f"i word {own}" in weights["weights"])


@lru_cache(maxsize=8192)
def _pack_weights(feature: str) -> int:
    """Return the weights of a feature for all tags in one integer, 32 bits for each, so that one addition adds all."""
    weights = load_tagger()["weights"].get(feature, ())
    return sum(weight << 32 * place for place, weight in zip(weights[::2], weights[1::2], strict=True))


def _normalize(word: str) -> str:
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
            is_unknown = not tagged[i].known and len(low[i]) > 4 and low[i] not in NOUNS_IN_Y
            is_adjective = is_unknown and low[i].endswith(_ENDINGS)
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
    if word in _PARTICIPLES:
        return "part"
    if is_listed(word) or word.endswith(("-colored", "-coloured")):
        return "adj"
    for kind, members in _CLOSED.items():
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


LONGEST_CAPTION = 300


class CaptionError(UserError):
    """A caption that cannot be read, or a correction that does not fit it."""


@dataclass(frozen=True, order=True)
class Span:
    """The characters from `start` up to `end` of the caption."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """An attribute; `follows` is true if it stands after the noun, as in "the bus is red"."""

    span: Span
    kind: str
    follows: bool = False


@dataclass(frozen=True, kw_only=True)
class CaptionObject:
    """An object of the caption: its noun, of one or more words, and its attributes in order."""

    noun: Span
    attributes: tuple[Attribute, ...] = ()
    can_take: bool = True
    """True if an attribute may move to it although it has none."""

    @property
    def start(self) -> int:
        """Return the character at which its noun begins, or the first attribute before it."""
        return min([self.noun.start, *(each.span.start for each in self.attributes if not each.follows)])


@dataclass(frozen=True, kw_only=True)
class AttributePair:
    """One attribute and its noun as words and as places, for a page to show and a user to correct."""

    attribute: str
    noun: str
    attribute_span: Span
    noun_span: Span
    kind: str


@dataclass(frozen=True, kw_only=True)
class ParsedCaption:
    """A caption that was read; `why` is empty unless the reading is unsure."""

    text: str
    things: tuple[CaptionObject, ...]
    unsure: bool
    why: str

    @property
    def pairs(self) -> tuple[AttributePair, ...]:
        """Return every attribute with its noun, in order of the attributes."""
        pairs = [
            AttributePair(
                attribute=self.words(attribute.span),
                noun=self.words(thing.noun),
                attribute_span=attribute.span,
                noun_span=thing.noun,
                kind=attribute.kind,
            )
            for thing in self.things
            for attribute in thing.attributes
        ]
        return tuple(sorted(pairs, key=lambda pair: pair.attribute_span))

    def words(self, span: Span) -> str:
        return self.text[span.start : span.end]
