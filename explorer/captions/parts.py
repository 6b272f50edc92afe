"""Types of a reading: objects with their attributes, each with its place in the caption.

Parsed(text="a red bus", things=(Thing(noun=Span(6, 9), attributes=(Attribute(span=Span(2, 5), kind="color"),)),), ...)
"""

from dataclasses import dataclass

from explorer.errors import UserError

LONGEST = 300


class CaptionError(UserError):
    """A caption that cannot be read, or a correction that does not fit it."""


@dataclass(frozen=True, order=True)
class Span:
    """The characters from `start` up to `end` of the caption."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """An attribute of an object; `follows` is true if it stands after the noun, as in "the bus is red"."""

    span: Span
    kind: str
    follows: bool = False


@dataclass(frozen=True, kw_only=True)
class Thing:
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
class Pair:
    """One attribute and its noun as words and as places, for a page to show and a user to correct."""

    attribute: str
    noun: str
    attribute_span: Span
    noun_span: Span
    kind: str


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A caption that was read; `why` is empty unless the reading is unsure."""

    text: str
    things: tuple[Thing, ...]
    unsure: bool
    why: str

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Return every attribute with its noun, in order of the attributes."""
        found = [
            Pair(
                attribute=self.words(attribute.span),
                noun=self.words(thing.noun),
                attribute_span=attribute.span,
                noun_span=thing.noun,
                kind=attribute.kind,
            )
            for thing in self.things
            for attribute in thing.attributes
        ]
        return tuple(sorted(found, key=lambda pair: pair.attribute_span))

    def words(self, span: Span) -> str:
        """Return the caption's characters of a span."""
        return self.text[span.start : span.end]
