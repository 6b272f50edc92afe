"""One caption in other wordings that say the same of the same picture.

    [each.text for each in other_wordings(reading.read_caption("a yellow submarine and a blue bus"))]
    # a blue bus and a yellow submarine; a photo of a yellow submarine and a blue bus; ...

A model that answers by what a caption says gives the same answer to all of them. A wording that does not fit a caption
is left out. Two noun phrases with "and" between them can trade places if they are all that the caption says, or if it
goes on with a verb of both ("A and B are ...") or ends with them after "with". Only a noun phrase can follow "a photo
of" or "there is"; a caption whose one verb follows its first noun becomes one by "that": "a cat that sleeps on a bed".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from explorer.captions.lexicon import PARTITIVES, VISIBLE_KINDS, is_plural
from explorer.captions.parsed_caption import CaptionObject, ParsedCaption, Span
from explorer.captions.swapping import Edit, apply_edits
from explorer.captions.tokens import Token, tokenize

_AND = re.compile(r"\s+and\s+((?:an?|the|one|two|three|four|five)\s+)?", re.IGNORECASE)
_DETERMINERS = re.compile(r"(?:(?:an?|the|one|two|three|four|five|some|several|many)\s+)?", re.IGNORECASE)
_START = re.compile(
    rf"{_DETERMINERS.pattern}(?:(?:\w+\s+)?(?:{'|'.join(sorted(PARTITIVES))})\s+of\s+{_DETERMINERS.pattern})?",
    re.IGNORECASE,
)
"""Words before the first object of a noun phrase: "the ", or "a small group of "."""
_BEFORE_BOTH = re.compile(rf"(?P<with>(?:.*\bwith\s+)?)(?P<article>{_DETERMINERS.pattern})", re.IGNORECASE)
"""Words before two objects that may trade places."""
_ARTICLE = re.compile(r"\b(an?|the)\s+$", re.IGNORECASE)
_NEXT = re.compile(r"(?:,|\s+and)\s+(?:an?|the|one|two|three|four|five)\s", re.IGNORECASE)
"""Words that may stand between a relative clause and the next object."""
_PICTURE = re.compile(r"\b(photo|photograph|picture|image|drawing|painting|close-?up|view)s?\b", re.IGNORECASE)
_FINITE = frozenset(("VBZ", "VBP", "VBD", "MD"))
"""Tags of verbs with which a caption is a sentence, no noun phrase."""
_NOT_FINITE = frozenset(("be", "being", "been"))


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One rewording; `kind` is a key of `WORDINGS`."""

    kind: str
    text: str


def other_wordings(parsed: ParsedCaption) -> tuple[Wording, ...]:
    """Return the wordings that fit a caption, in the order of `WORDINGS`; each differs from the caption."""
    texts = ((kind, reword(parsed)) for kind, (_, reword) in WORDINGS.items())
    return tuple(Wording(kind=kind, text=text) for kind, text in texts if text and text != parsed.text)


def _exchange_objects(parsed: ParsedCaption) -> str | None:
    """Example: "a blue bus and a yellow submarine"."""
    phrases = _joined_phrases(parsed)
    if phrases is None:
        return None
    one, other = phrases
    return apply_edits(parsed.text, (Edit(one, parsed.words(other)), Edit(other, parsed.words(one))))


def _name_a_photo(parsed: ParsedCaption) -> str | None:
    """Example: "a photo of a yellow submarine and a blue bus"."""
    edits = _noun_phrase_edits(parsed)
    if edits is None or _PICTURE.search(parsed.text):
        return None
    return apply_edits(parsed.text, (Edit(Span(0, 0), "a photo of "), *edits))


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


def _indefinite(parsed: ParsedCaption, start: int) -> str:
    """Return the article that fits the word at an offset of the caption."""
    changed = apply_edits(f"a {parsed.text[start:]}", (Edit(Span(2, 2), ""),))
    return changed.split()[0].lower()


def _tell_in_clauses(parsed: ParsedCaption) -> str | None:
    """Example: "a submarine that is yellow and a bus that is blue"."""
    edits: list[Edit] = []
    for thing in parsed.things:
        if not thing.attributes or not _is_plainly_attributed(parsed, thing):
            continue
        first, last = thing.attributes[0].span, thing.attributes[-1].span
        verb = "are" if is_plural(parsed.words(thing.noun)) else "is"
        clause = f" that {verb} {parsed.words(Span(first.start, last.end))}"
        edits += [Edit(Span(first.start, thing.noun.start), ""), Edit(Span(thing.noun.end, thing.noun.end), clause)]
    return apply_edits(parsed.text, edits) if edits else None


def _there_is(parsed: ParsedCaption) -> str | None:
    """Example: "there is a yellow submarine and a blue bus"."""
    edits = _noun_phrase_edits(parsed)
    if edits is None:
        return None
    first = parsed.things[0]
    before = parsed.text[: first.start].lower()
    # "there is a group of dogs", and "there are a couple of dogs"
    are_many = is_plural(parsed.words(first.noun)) and (" of " not in before or "couple" in before)
    if not are_many and not _DETERMINERS.match(before)[0]:  # type: ignore[index]  # it matches any text
        return None  # "there is young man"
    return apply_edits(parsed.text, (Edit(Span(0, 0), f"there {'are' if are_many else 'is'} "), *edits))


def _join_by_comma(parsed: ParsedCaption) -> str | None:
    """Example: "a yellow submarine, a blue bus"."""
    phrases = _joined_phrases(parsed)
    if phrases is None or phrases[0].start or parsed.text[phrases[1].end :].strip() not in ("", "."):
        return None
    return apply_edits(parsed.text, (Edit(Span(phrases[0].end, phrases[1].start), ", "),))


WORDINGS: dict[str, tuple[str, Callable[[ParsedCaption], str | None]]] = {
    "order": ("the objects in the other order", _exchange_objects),
    "photo": ("“a photo of” before it", _name_a_photo),
    "case": ("the other case of the first letter", _change_case),
    "period": ("with a final period, or without", _change_period),
    "article": ("“the” for “a”, or “a” for “the”", _change_articles),
    "clause": ("the attributes in relative clauses", _tell_in_clauses),
    "there": ("“there is” before it", _there_is),
    "comma": ("a comma for “and”", _join_by_comma),
}
"""The kinds of wordings, each with its name for people and its function."""


def _joined_phrases(parsed: ParsedCaption) -> tuple[Span, Span] | None:
    """Return the spans of two noun phrases with "and" between them that may trade places, None for other captions.

    What stands before them ends in "with", so that both belong to it; what follows is a verb of both. In "a cup and a
    plate on a table" only the plate may be on the table, so such a caption is left as it is.
    """
    for first, second in pairwise(parsed.things):
        before = _BEFORE_BOTH.fullmatch(parsed.text[: first.start])
        between = _AND.fullmatch(parsed.text[first.noun.end : second.start])
        if before is None or between is None or any(each.follows for each in first.attributes + second.attributes):
            continue
        rest = (token for token in tokenize(parsed.text) if token.start >= second.noun.end and token.text != ".")
        after = next(rest, None)
        is_all = after is None and not before["with"]
        belongs_to_both = after is None or (not before["with"] and _is_verb_of_both(parsed, after))
        # In "with a black dog and cat" both may be black.
        are_apart = bool(before["article"]) == bool(between[1]) and bool(between[1] or not first.attributes)
        if is_all or (belongs_to_both and are_apart and not parsed.unsure):
            start = first.noun.end + between.end() - len(between[1] or "")
            return Span(before.end("with"), first.noun.end), Span(start, second.noun.end)
    return None


def _noun_phrase_edits(parsed: ParsedCaption) -> tuple[Edit, ...] | None:
    """Return the edits that make a caption a noun phrase: none, or "that" before its only verb; None for no way."""
    if not _begins_with_object(parsed):
        return None
    verbs, end = _finite_verbs(parsed), parsed.things[0].noun.end
    if not verbs:
        return ()
    is_plain = len(verbs) == 1 and not parsed.text[end : verbs[0].start].strip() and " and " not in parsed.text
    return (Edit(Span(end, end), " that"),) if is_plain else None


def _is_noun_phrase(parsed: ParsedCaption) -> bool:
    """Return True if the caption begins with its first object and has no finite verb."""
    return _begins_with_object(parsed) and not _finite_verbs(parsed)


def _begins_with_object(parsed: ParsedCaption) -> bool:
    before = parsed.text[: parsed.things[0].start] if parsed.things else None
    return before is not None and not parsed.unsure and bool(_START.fullmatch(before)) and not _PICTURE.search(before)


def _finite_verbs(parsed: ParsedCaption) -> list[Token]:
    nouns = [thing.noun for thing in parsed.things]
    tokens = [each for each in tokenize(parsed.text) if not any(noun.start <= each.start < noun.end for noun in nouns)]
    return [
        each
        for each in tokens
        if (each.kind == "be" and each.low not in _NOT_FINITE) or (each.kind == "verb" and each.tagged.tag in _FINITE)
    ]


def _is_verb_of_both(parsed: ParsedCaption, token: Token) -> bool:
    """Return True for a verb whose form says that both phrases are its subject: "are", or the plural of another."""
    is_plural_form = token.low == "are" or (token.kind == "verb" and token.tagged.tag == "VBP")
    return is_plural_form and token in _finite_verbs(parsed)


def _is_plainly_attributed(parsed: ParsedCaption, thing: CaptionObject) -> bool:
    """Return True if visible attributes, and nothing else, stand before the noun, and a clause may stand after it.

    Beside "and" or a comma stands an article. Else the clause seems to go on ("a shirt that is white and black tie")
    or to be about both things ("a shirt and tie that is black").
    """
    *_, last = thing.attributes
    after = next((token for token in tokenize(parsed.text) if token.start >= thing.noun.end), None)
    is_end = after is None or not parsed.text[thing.noun.end :].strip(" .")
    return (
        (is_end or (after is not None and after.kind == "prep") or bool(_NEXT.match(parsed.text, thing.noun.end)))
        and not parsed.unsure
        and not re.search(r"(?:,|\band)\s+$", parsed.text[: thing.start])
        and not parsed.text[last.span.end : thing.noun.start].strip()
        and all(each.kind in VISIBLE_KINDS and not each.follows for each in thing.attributes)
    )
