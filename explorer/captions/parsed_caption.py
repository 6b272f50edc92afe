"""The reading of a caption: its objects with their attributes, and the error of one that cannot be read."""

from dataclasses import dataclass

from explorer.contract import CONTRACT
from explorer.errors import UserError

LONGEST_CAPTION = CONTRACT.question.caption_length
"""So every caption that a model is asked about can be read."""


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
    may_receive: bool = True
    """True if an attribute may move to it although it has none."""

    @property
    def start(self) -> int:
        """The character at which its noun begins, or the first attribute before it."""
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
        """Every attribute with its noun, in order of the attributes."""
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
