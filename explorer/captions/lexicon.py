"""Words of captions: lists of lexicon.txt, kinds of attributes, classes of nouns, and their forms.

    kind_of("dark red")         # "color", the kind of its last word
    class_of("fire trucks")     # "object", by the last word, plural or not; "unknown" for a word that WordNet lacks

The class of a noun (person, animal, clothing, land and so on) decides the attributes that it can bear: that of its most
frequent sense in WordNet (nouns.LICENSE), which `nouns_in_captions.txt` corrects.
"""

import gzip
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

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
CLOSED_CLASSES = {
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
PARTICIPLES = lexicon_words("participle")
_PLURALS = dict(lexicon_pairs("plural"))
ADJECTIVE_ENDINGS = ("y", "ish", "less", "ful", "ous", "able", "en", "ed")

SWAP_KINDS = ("attribute", *_KINDS, "move", "confusion")
"""Kinds of a swap: the one that all exchanged words share, "attribute" if they share none, and "move" and "confusion".

The last two are made only where a caller names them.
"""


@cache
def load_lexicon() -> dict[str, str]:
    """Return the class of each word, read at the first call."""
    lines = map(str.split, gzip.decompress((WORD_FOLDER / "nouns.txt.gz").read_bytes()).decode("ascii").splitlines())
    return {word: name for name, *words in lines for word in words} | _class_corrections()


@cache
def _class_corrections() -> dict[str, str]:
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
    """Return True if the last word of a noun looks like a plural: "fire trucks", "people"."""
    word = noun.lower().split()[-1]
    return word in _PLURALS or (word.endswith("s") and not word.endswith(("ss", "us", "is"))) or word == "people"


def singulars(word: str) -> tuple[str, ...]:
    """Return the forms under which a word may be listed, the likeliest first."""
    if word in _PLURALS:
        return word, _PLURALS[word]
    if not word.endswith("s") or word.endswith("ss") or word in _class_corrections():
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


def with_article(phrase: str) -> str:
    """Return the phrase behind its indefinite article, "an orange bus"."""
    return f"{'an' if wants_an(phrase) else 'a'} {phrase}"
