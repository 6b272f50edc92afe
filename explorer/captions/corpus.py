"""A free caption to what it names: how many objects, how many attributes, and which nouns.

count_caption("a red bus and an old car")      # Counted(objects=2, attributes=2, nouns=("bus", "car"), unsure=False)
is_named("buses", counted)                     # True: by the last word of a noun, plural or not

Captions that are no line of text of at most 300 characters raise `CaptionError`, as everywhere here.
"""

from dataclasses import dataclass

from explorer.captions.reading import read_caption


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """What was read of one caption; `nouns` in lower case, in order."""

    objects: int
    attributes: int
    nouns: tuple[str, ...]
    unsure: bool


def count_caption(text: str) -> Counted:
    """The objects that a caption names and the attributes that it says of them."""
    parsed = read_caption(text)
    return Counted(
        objects=len(parsed.things),
        attributes=sum(len(thing.attributes) for thing in parsed.things),
        nouns=tuple(parsed.words(thing.noun).lower() for thing in parsed.things),
        unsure=parsed.unsure,
    )


def is_named(noun: str, counted: Counted) -> bool:
    """Whether a caption names an object of that noun."""
    return any(same_noun(noun, named) for named in counted.nouns)


def same_noun(one: str, other: str) -> bool:
    """Whether two nouns end in the same word, in singular or plural: "fire truck" and "trucks"."""
    return _stem(one) == _stem(other)


def _stem(noun: str) -> str:
    """The last word without its plural, roughly: enough to find a word of one list in a caption."""
    word = (noun.lower().split() or [""])[-1]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word
