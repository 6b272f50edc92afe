"""One caption in eight other wordings that say the same of the same picture.

    [each.text for each in other_wordings(read_caption("a yellow submarine and a blue bus"))]
    # a blue bus and a yellow submarine; a photo of a yellow submarine and a blue bus; ...

A model that answers by what a caption says gives the same answer to all of them. A wording that does not fit a caption
is left out: only two noun phrases with "and" between them can trade places, and only a caption without a verb can
follow "a photo of" or "there is".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from explorer.captions.lexicon import VISIBLE_KINDS, is_plural
from explorer.captions.parsed_caption import CaptionObject, ParsedCaption, Span
from explorer.captions.swapping import Edit, apply_edits
from explorer.captions.tokens import tokenize

_AND = re.compile(r"\s+and\s+((?:an?|the|one|two|three|four|five)\s+)?", re.IGNORECASE)
_DETERMINERS = re.compile(r"(?:(?:an?|the|one|two|three|four|five|some|several|many)\s+)?", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(an?|the)\s+$", re.IGNORECASE)
_PICTURE = re.compile(r"\b(photo|photograph|picture|image|drawing|painting|close-?up|view)s?\b", re.IGNORECASE)
_FINITE = frozenset(("VBZ", "VBP", "VBD", "MD"))
"""Tags of verbs with which a caption is a sentence, no noun phrase."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One rewording; `kind` is a key of `WORDINGS`."""

    kind: str
    text: str


def other_wordings(parsed: ParsedCaption) -> tuple[Wording, ...]:
    """Return the wordings that fit a caption, in the order of `WORDINGS`; each differs from the caption."""
    texts = ((kind, reword(parsed)) for kind, (_, reword) in WORDINGS.items())
    return tuple(Wording(kind=kind, text=text) for kind, text in texts if text and text != parsed.text)


def _trade_places(parsed: ParsedCaption) -> str | None:
    """Example: "a blue bus and a yellow submarine"."""
    phrases = _joined_phrases(parsed)
    if phrases is None:
        return None
    one, other = phrases
    return apply_edits(parsed.text, (Edit(one, parsed.words(other)), Edit(other, parsed.words(one))))


def _name_a_photo(parsed: ParsedCaption) -> str | None:
    """Example: "a photo of a yellow submarine and a blue bus"."""
    if not _is_noun_phrase(parsed) or _PICTURE.search(parsed.text):
        return None
    return apply_edits(parsed.text, (Edit(Span(0, 0), "a photo of "),))


def _change_case(parsed: ParsedCaption) -> str | None:
    """Example: "A yellow submarine and a blue bus"; in small letters where the first one is a capital."""
    first = re.search(r"[^\W\d_]", parsed.text)
    if first is None:
        return None
    letter = first[0].lower() if first[0].isupper() else first[0].upper()
    return parsed.text[: first.start()] + letter + parsed.text[first.end() :]


def _change_period(parsed: ParsedCaption) -> str | None:
    """Example: "a yellow submarine and a blue bus."; without the period where there is one."""
    text = parsed.text.rstrip()
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text + "." if text[-1].isalnum() else None


def _change_articles(parsed: ParsedCaption) -> str | None:
    """Example: "the yellow submarine and the blue bus"; "a" where all are "the" and none is a plural."""
    found = [(thing, match) for thing in parsed.things if (match := _ARTICLE.search(parsed.text[: thing.start]))]
    indefinite = [match for _, match in found if match[1].lower() != "the"]
    if indefinite:
        edits = [Edit(Span(match.start(1), match.end(1)), "the") for match in indefinite]
    elif not _is_noun_phrase(parsed) or any(is_plural(parsed.words(thing.noun)) for thing, _ in found):
        return None  # "A bus is red" would be said of buses, not of this one
    else:
        edits = [Edit(Span(match.start(1), match.end(1)), _indefinite(parsed, match.end())) for _, match in found]
    return apply_edits(parsed.text, edits) if edits else None


def _indefinite(parsed: ParsedCaption, place: int) -> str:
    """Return the article that fits the word at a place of the caption."""
    changed = apply_edits(f"a {parsed.text[place:]}", (Edit(Span(2, 2), ""),))
    return changed.split()[0].lower()


def _tell_in_clauses(parsed: ParsedCaption) -> str | None:
    """Example: "a submarine that is yellow and a bus that is blue"."""
    edits: list[Edit] = []
    for thing in parsed.things:
        if not thing.attributes:
            continue
        if not _is_plainly_attributed(parsed, thing):
            return None
        first, last = thing.attributes[0].span, thing.attributes[-1].span
        verb = "are" if is_plural(parsed.words(thing.noun)) else "is"
        clause = f" that {verb} {parsed.words(Span(first.start, last.end))}"
        edits += [Edit(Span(first.start, thing.noun.start), ""), Edit(Span(thing.noun.end, thing.noun.end), clause)]
    return apply_edits(parsed.text, edits) if edits else None


def _say_there_is(parsed: ParsedCaption) -> str | None:
    """Example: "there is a yellow submarine and a blue bus"."""
    if not _is_noun_phrase(parsed) or not parsed.things:
        return None
    first = parsed.things[0]
    are_many = is_plural(parsed.words(first.noun))
    if not are_many and not parsed.text[: first.start].strip():
        return None  # "there is young man"
    return apply_edits(parsed.text, (Edit(Span(0, 0), f"there {'are' if are_many else 'is'} "),))


def _join_by_comma(parsed: ParsedCaption) -> str | None:
    """Example: "a yellow submarine, a blue bus"."""
    phrases = _joined_phrases(parsed)
    return phrases and apply_edits(parsed.text, (Edit(Span(phrases[0].end, phrases[1].start), ", "),))


WORDINGS: dict[str, tuple[str, Callable[[ParsedCaption], str | None]]] = {
    "order": ("the objects in the other order", _trade_places),
    "photo": ("“a photo of” before it", _name_a_photo),
    "case": ("the other case of the first letter", _change_case),
    "period": ("with a final period, or without", _change_period),
    "article": ("“the” for “a”, or “a” for “the”", _change_articles),
    "clause": ("the attributes in relative clauses", _tell_in_clauses),
    "there": ("“there is” before it", _say_there_is),
    "comma": ("a comma for “and”", _join_by_comma),
}
"""The kinds of wordings, each with its name for people and its function."""


def _joined_phrases(parsed: ParsedCaption) -> tuple[Span, Span] | None:
    """Return the spans of both noun phrases of a caption that says nothing but "A and B"; None for any other."""
    if len(parsed.things) != 2 or any(each.follows for thing in parsed.things for each in thing.attributes):
        return None
    first, second = parsed.things
    between = _AND.fullmatch(parsed.text[first.noun.end : second.start])
    if between is None or not _DETERMINERS.fullmatch(parsed.text[: first.start]):
        return None
    if parsed.text[second.noun.end :].strip() not in ("", "."):
        return None
    start = first.noun.end + between.end() - len(between[1] or "")
    return Span(0, first.noun.end), Span(start, second.noun.end)


def _is_noun_phrase(parsed: ParsedCaption) -> bool:
    """Return True if the caption begins with its first object and has no finite verb."""
    if not parsed.things or parsed.unsure or not _DETERMINERS.fullmatch(parsed.text[: parsed.things[0].start]):
        return False
    nouns = [thing.noun for thing in parsed.things]
    return not any(
        token.kind == "be" or (token.kind == "verb" and token.tagged.tag in _FINITE)
        for token in tokenize(parsed.text)
        if not any(noun.start <= token.start < noun.end for noun in nouns)
    )


def _is_plainly_attributed(parsed: ParsedCaption, thing: CaptionObject) -> bool:
    """Return True if visible attributes, and nothing else, stand before the noun, and a clause may stand after it."""
    *_, last = thing.attributes
    after = next((token.kind for token in tokenize(parsed.text) if token.start >= thing.noun.end), "")
    return (
        after in ("", "and", "mark", "prep")
        and not parsed.unsure
        and not parsed.text[last.span.end : thing.noun.start].strip()
        and all(each.kind in VISIBLE_KINDS and not each.follows for each in thing.attributes)
    )
