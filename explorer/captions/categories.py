"""Match of a caption's noun with a category label of pictures: "skier" is a person, "bike" a bicycle.

    is_called("person", "skiers")          # True
    is_called("fire hydrant", "hydrant")   # True: the noun is the end of the label
    known_nouns()["bicycle"]               # ("bike", "cycle", "tricycle")

`categories.txt` holds the nouns of the 80 categories of COCO. Other labels are found by their own words.
"""

from functools import cache
from pathlib import Path

from explorer.captions.corpus import ends_alike
from explorer.captions.nouns import class_of

NOUNS = Path(__file__).with_name("categories.txt")
PERSON = "person"


@cache
def known_nouns() -> dict[str, tuple[str, ...]]:
    """Return the nouns of each category in addition to its own name."""
    found: dict[str, tuple[str, ...]] = {}
    for line in NOUNS.read_text(encoding="ascii").splitlines():
        name, mark, nouns = line.partition(":")
        if mark and not line.startswith("#"):
            found[name] = (*found.get(name, ()), *(noun.strip() for noun in nouns.split(",") if noun.strip()))
    return found


def is_called(label: str, noun: str) -> bool:
    """Return True if a caption's noun names an object with that label, in singular or plural."""
    label = label.lower()
    if ends_alike(label, noun):
        return True
    if label == PERSON and class_of(noun) == PERSON:
        return True
    return any(_ends_in(noun, known) for known in known_nouns().get(label, ()))


def _ends_in(noun: str, known: str) -> bool:
    """Return True if the noun is a listed one, or several words that end in one: "mountain bike"."""
    return len(noun.split()) >= len(known.split()) and ends_alike(noun, known)
