"""Exchange the attributes of two objects of a caption, as one caption and as a JSON document.

    find_swaps(read_caption("a large red bus and an old blue car"))
    # attribute: "an old blue bus and a large red car",  color: "a large blue bus and an old red car"
    all_swaps(read_caption("a young man with a snowy hat"))      # attribute: "a snowy man with a young hat"
    apply_edits("An old bus and a car", (Edit(Span(3, 7), ""), Edit(Span(17, 17), "old ")))     # "A bus and an old car"

    describe_swaps("a red bus and a blue car")
    # {"pairs": [{"attribute": "red", "noun": "bus"}, ...], "swaps": [{"kind": "color", "caption": ...}],
    #  "unsure": False, "why": None}

For each two objects with attributes: all attributes of the one for all of the other, and besides, kind by kind, the
one attribute of a listed kind that both have. If only one object has attributes they move to each that has none.
Every swap has the words of the caption, except a and an, and differs from it. An exchange that gives a person a color,
or names two like objects in the other order, is never made. `apply_edits` makes the edits, with the articles before
them and the capital at the start.

`all_swaps` keeps all of these. `find_swaps` leaves moves out and keeps the exchanges that are negatives to a careful
reader: sound, false of the picture, and harmless. Each trait fits some classes of nouns: a snowy hill, no snowy spoon;
a noun that has one value of a trait can bear another.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from explorer.captions.lexicon import (
    ADJECTIVES_OR_NOUNS,
    COLORS,
    LEXICON,
    PROPER_ADJECTIVES,
    SWAP_KINDS,
    TINTED_PARTICIPLES,
    VISIBLE_KINDS,
    class_of,
    is_plural,
    lexicon_words,
    singulars,
    wants_an,
)
from explorer.captions.parsed_caption import Attribute, CaptionError, CaptionObject, ParsedCaption, Span
from explorer.captions.reading import read_caption
from explorer.captions.tokens import is_shouted
from explorer.captions.traits import OTHER_TRAIT, are_opposites, contradict, is_one_dimension, traits_of

_ARTICLE = re.compile(r"(?<![^\W_])(an?)([\s\"“‘'(]+)\Z", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


@dataclass(frozen=True)
class Edit:
    """A replacement of a span; both spans and text keep their own spaces."""

    span: Span
    text: str


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Apply edits, which are in order and do not overlap."""
    plain, first = _lower_first(text), _WORD.search(text)
    out, done = "", 0
    for edit in edits:
        words = edit.text
        # The words of an edit came from `text`, which may begin with them.
        if first and plain != text and words.startswith(text[first.start() :][: len(words)].rstrip() or " "):
            words = words[0].lower() + words[1:]
        out = _fit_article(out + plain[done : edit.span.start], words + plain[edit.span.end :]) + words
        done = edit.span.end
    return _match_capital(out + plain[done:], text)


def _lower_first(text: str) -> str:
    """Return the text as inside a sentence."""
    first = _WORD.search(text)
    if first is None or not first[0][0].isupper() or is_shouted(text) or first[0].lower() in PROPER_ADJECTIVES:
        return text
    if len(first[0]) > 1 and first[0].isupper():
        return text
    return text[: first.start()] + first[0][0].lower() + text[first.start() + 1 :]


def _match_capital(text: str, like: str) -> str:
    """Return the text with a capital at the start if `like` has one."""
    first, model = _WORD.search(text), _WORD.search(like)
    if first is None or model is None or not model[0][0].isupper():
        return text
    return text[: first.start()] + first[0][0].upper() + text[first.start() + 1 :]


def _fit_article(before: str, after: str) -> str:
    """Return the text before a change; its last word, if it is an article, fits what follows."""
    article_match, word = _ARTICLE.search(before), _WORD.search(after)
    if article_match is None or word is None:
        return before
    article = "an" if wants_an(word[0]) else "a"
    old = article_match[1]
    if old.isupper() and (len(old) > 1 or word[0].isupper()):
        article = article.upper() if len(old) > 1 or (len(word[0]) > 1 and word[0].isupper()) else article.capitalize()
    elif old[0].isupper():
        article = article.capitalize()
    return before[: article_match.start()] + article + article_match[2]


# What each list holds stands above it in lexicon.txt.
_BOTH_WAYS = lexicon_words("both_ways")  # "a cup *beside* a cup"
_ONE = lexicon_words("one")  # "*another* cup"
_NUMBERS = lexicon_words("numbered")  # "*several* cups"
_COUNT = re.compile(r"([^\W_]+)\s+$")


def _is_paraphrase(parsed: ParsedCaption, first: CaptionObject, second: CaptionObject) -> bool:
    """Return True if both objects could be exchanged without a change of meaning: "a cup next to another cup"."""
    first, second = sorted((first, second), key=lambda thing: thing.noun)
    noun, count = _noun_of(parsed, first), _counting_word(parsed, first)
    if (noun, count) != (_noun_of(parsed, second), _counting_word(parsed, second)):
        return False
    start, end = first.noun.end, second.noun.start
    inside = [thing for thing in parsed.things if start <= thing.noun.start < end]
    if any(_noun_of(parsed, thing) != noun for thing in inside):
        return False
    told = [each.span for thing in (first, second, *inside) for each in thing.attributes]
    rest = parsed.text
    for span in (*(each.noun for each in inside), *(each for each in told if start <= each.start < end)):
        rest = rest[: span.start] + " " * (span.end - span.start) + rest[span.end :]
    words = re.findall(r"[^\W_]+|[^\w\s]", rest[start:end].lower())
    return _BOTH_WAYS.union(_ONE, {count}).issuperset(words)


def _noun_of(parsed: ParsedCaption, thing: CaptionObject) -> str:
    *first, last = parsed.words(thing.noun).lower().split()
    return " ".join((*first, singulars(last)[0]))


def _counting_word(parsed: ParsedCaption, thing: CaptionObject) -> str:
    """Return the word before the object and its attributes if it counts, "one" for an article."""
    match = _COUNT.search(parsed.text[: thing.start].lower())
    word = match[1] if match else ""
    return "one" if word in _ONE else word if word.isdigit() or word in _NUMBERS else ""


_FITS = {line.partition(" ")[0]: frozenset(line.split()[1:]) for line in LEXICON["fits"]}
"""Classes of nouns that can bear a trait without a value of it in the caption."""
_LOOSE = frozenset(("state", "condition", "opinion"))
"""Traits with words so different that a noun with one need not bear another."""
_OF_PEOPLE = frozenset(("living", "size", "age"))
"""Traits that a person can bear."""
_AGES_OF_LIFE = lexicon_words("age_of_life")  # "an *elderly* man", no house
_AGES_OF_THINGS = lexicon_words("age_of_things")  # "an *antique* clock", no dog
_MOVABLE = lexicon_words("movable")  # "a *large* bus", but no "deep bus"
_SOFT = lexicon_words("soft")  # "a *silk* dress", no house
_SKIN = lexicon_words("skin")  # "a man with a red *face*"
_FIXED = lexicon_words("fixed")  # "a *red carpet*"
_OF_HAIR = lexicon_words("of_hair")  # "*blonde* hair", no table
_UNSEEN = lexicon_words("unseen")  # "a long *party*"
_MEASURED = lexicon_words("measured")  # "a long *sleeve* shirt"
_COUNTED = re.compile(
    r"\b(an?|one|each|every|another|this|that|two|three|four|five|six|seven|eight|nine|ten|several|many|few|both|\d+)\s+$",
    re.IGNORECASE,
)
"""A word before an object and its attributes that says that it can be counted."""


def _is_harmless(first: CaptionObject, second: CaptionObject, parsed: ParsedCaption, values: Iterable[str]) -> bool:
    """Return True if an exchange of these attributes gives no person a color, or a color's or a people's name."""
    if all({"color", "proper"}.isdisjoint(traits_of(value).values()) for value in values):
        return True
    if any(_class_of_object(parsed, thing) == "person" for thing in (first, second)):
        return False
    parts = {parsed.words(thing.noun).lower().split()[-1].removesuffix("s") for thing in (first, second)}
    return _SKIN.isdisjoint(parts) or all(_class_of_object(parsed, thing) != "person" for thing in parsed.things)


def _is_sound_exchange(
    parsed: ParsedCaption, first: CaptionObject, second: CaptionObject, ours: str, theirs: str
) -> bool:
    """Return True if `first`, which has the attributes `ours`, and `second`, which has `theirs`, may exchange them."""
    return (
        contradict(ours, theirs)
        and not _may_be_true(parsed, first, second, ours, theirs)
        and not (_is_torn(parsed, first, ours) or _is_torn(parsed, second, theirs))
        and _can_bear(parsed, first, theirs, ours)
        and _can_bear(parsed, second, ours, theirs)
    )


def _may_be_true(parsed: ParsedCaption, first: CaptionObject, second: CaptionObject, ours: str, theirs: str) -> bool:
    """Return True if both captions may be true of one picture."""
    mine, others = (set(traits_of(value).values()) & VISIBLE_KINDS for value in (ours, theirs))
    for side, other, receiver in ((mine, others, second), (others, mine, first)):
        if side == {"material"} and not other and _class_of_object(parsed, receiver) != "animal":
            return True  # "a small cup on a wooden table": the cup may be wooden, and the table small
    between = parsed.text[min(first.noun.end, second.noun.end) : max(first.noun.start, second.noun.start)]
    return mine != others and re.match(r"\s+of(\s+the|\s+an?)?\s", between) is not None  # "a large bowl of red soup"


def _class_of_object(parsed: ParsedCaption, thing: CaptionObject) -> str:
    return class_of(parsed.words(thing.noun))


def _is_torn(parsed: ParsedCaption, thing: CaptionObject, value: str) -> bool:
    """Return True if the attribute is one with its noun, with a neighbor or with a name, so that it cannot go alone."""
    spans = [each.span for each in thing.attributes]
    return (
        _is_of_its_noun(parsed, thing, value)
        or any(parsed.text[each.end :].startswith(" -") for each in spans)  # "a wide - open door"
        or any(parsed.text[: each.start].endswith("- ") for each in spans)
        or any(_is_name(parsed.text, each) for each in spans)  # "a house on the Black Sea"
    )


def _is_of_its_noun(parsed: ParsedCaption, thing: CaptionObject, value: str) -> bool:
    """Return True if the attribute and its noun mean together what neither means alone."""
    noun, last = parsed.words(thing.noun).lower().split(), value.lower().split()[-1]
    noun_class = _class_of_object(parsed, thing)
    if noun_class == "picture" and noun[0] not in ("background", "backdrop"):
        return True  # "a black and white photo"
    if noun_class == "mass" and value.lower() == "little":
        return True  # "a little water"
    if noun[-1] in _UNSEEN or not _FIXED.isdisjoint((f"{last} {noun[0]}", f"{last} {noun[0].removesuffix('s')}")):
        return True  # "a long party", "a red carpet"
    if len(noun) > 1 and noun[0] in ("color", "colour", "colored", "coloured"):
        return True  # "a bright colored kite"
    if "color" in traits_of(value).values():
        return False
    return _ends_in_participle(parsed, thing) or (len(noun) > 1 and noun[0] in _MEASURED)  # "a long sleeve shirt"


def _ends_in_participle(parsed: ParsedCaption, thing: CaptionObject) -> bool:
    """Return True if an attribute goes with the participle after it: "a wood paneled room", "an old fashioned lamp"."""
    words = [parsed.words(each.span).lower() for each in thing.attributes if not each.follows]
    return any(OTHER_TRAIT in traits_of(word).values() and word.endswith(("ed", "ing")) for word in words[1:])


def _is_name(text: str, span: Span) -> bool:
    """Return True if a capital letter within a sentence marks a name, or if the word begins a sentence."""
    word = text[span.start : span.end].split()[0]
    is_capital = word[0].isupper() and word.lower() not in PROPER_ADJECTIVES and not is_shouted(text)
    return is_capital and re.search(r"[^\W_]", text[: span.start]) is not None


def _can_bear(parsed: ParsedCaption, thing: CaptionObject, values: str, instead_of: str) -> bool:
    """Return True if the noun can bear the attributes in place of its own."""
    has = traits_of(instead_of)
    if _class_of_object(parsed, thing) == "person" and not _OF_PEOPLE.issuperset(has.values()):
        return False
    return bool(values) and all(
        _can_bear_word(parsed, thing, word, trait, has) for word, trait in traits_of(values).items()
    )


def _can_bear_word(parsed: ParsedCaption, thing: CaptionObject, word: str, trait: str, has: Mapping[str, str]) -> bool:
    """Return True if a noun that has the attributes `has` can bear one word more; the first rule that fits decides."""
    noun_class, is_size = _class_of_object(parsed, thing), trait == "size"
    if trait == OTHER_TRAIT or word in (_AGES_OF_THINGS if noun_class in ("person", "animal") else _AGES_OF_LIFE):
        return False  # "an antique dog", "an elderly house"
    if noun_class == "person":
        return trait in _OF_PEOPLE  # "a tall man", no "striped man"
    if is_size and not _can_bear_size(parsed, thing, word, has):
        return False  # "large water"
    is_vague = noun_class in ("abstract", "group")
    if any(are_opposites(word, mine) for mine in has) and not is_vague:
        return True  # "a clean spoon" where it was dirty
    if word in _OF_HAIR and noun_class not in ("body", "animal"):
        return False  # "a blonde table"
    if trait in has.values() and trait not in _LOOSE and (trait in VISIBLE_KINDS or not is_vague):
        return True  # "a red sky" where it was blue
    if trait == "color" and not COLORS.isdisjoint(parsed.words(thing.noun).lower().split()):
        return False  # "a blue orange"
    if (is_size and word not in _MOVABLE) or (word in _SOFT and noun_class == "building"):
        return False  # "a deep bus", "a silk house"
    return noun_class in _FITS[trait]  # "a snowy hill", no "snowy spoon"


def _can_bear_size(parsed: ParsedCaption, thing: CaptionObject, word: str, has: Mapping[str, str]) -> bool:
    """Return True if the noun is of what can be counted, or has another size of that dimension."""
    if _class_of_object(parsed, thing) in ("object", "animal", "building"):
        return True
    is_counted = is_plural(parsed.words(thing.noun)) or _COUNTED.search(parsed.text[: thing.start])
    return bool(is_counted) or any(is_one_dimension(word, mine) for mine in has)


KINDS_BY_NAME = ("move", "confusion")
DEFAULT_KINDS = tuple(kind for kind in SWAP_KINDS if kind not in KINDS_BY_NAME)
"""Kinds that are made if none are named."""


MAX_TRIED = 12
"""Described objects of a caption among which `has_swap` looks for two that can be exchanged."""


@dataclass(frozen=True, kw_only=True)
class SwappedCaption:
    """One changed caption; `kind` is one of `SWAP_KINDS`."""

    kind: str
    caption: str


def find_swaps(parsed: ParsedCaption, kinds: Collection[str] = DEFAULT_KINDS) -> tuple[SwappedCaption, ...]:
    """Return the swaps of these kinds that are sound, false of the picture and harmless to a careful reader, in order.

    A move is made only if the kind "move" is named, and only in a caption with one object that has attributes.
    Confusions, which repeat words of the caption, are made only if the kind "confusion" is named.
    """
    candidates = _unique(parsed, [*_make_exchanges(parsed, is_careful=True), *_make_moves(parsed)])
    confused = find_confusions(parsed) if "confusion" in kinds else ()
    return (*(swap for swap in candidates if swap.kind in kinds), *confused)


def has_swap(parsed: ParsedCaption) -> bool:
    """Return True if `find_swaps` finds one; of more than `MAX_TRIED` described objects the first ones are tried.

    It looks at pairs until one is found, as of thirty objects there are hundreds.
    """
    described = [thing for thing in parsed.things if thing.attributes]
    if len(described) > MAX_TRIED:
        parsed = replace(parsed, things=tuple(described[:MAX_TRIED]))
    swaps = _make_exchanges(parsed, is_careful=True)
    return any(swap.kind in DEFAULT_KINDS and swap.caption.lower() != parsed.text.lower() for swap in swaps)


def find_confusions(parsed: ParsedCaption) -> tuple[SwappedCaption, ...]:
    """Return, per two objects that `find_swaps` exchanges, the captions in which both have the attributes of one.

    "a red bus and a blue car" becomes "a red bus and a red car" and "a blue bus and a blue car".
    """
    pairs = [sorted(spans) for _, *spans in _exchangeable(parsed, is_careful=True)]
    edits = [Edit(goal, parsed.words(source)) for one, other in pairs for goal, source in ((other, one), (one, other))]
    return _unique(
        parsed, [SwappedCaption(kind="confusion", caption=apply_edits(parsed.text, (edit,))) for edit in edits]
    )


def all_swaps(parsed: ParsedCaption) -> tuple[SwappedCaption, ...]:
    """Return every swap that the reading allows, odd ones and moves included, in order of the objects."""
    return _unique(parsed, [*_make_exchanges(parsed, is_careful=False), *_make_moves(parsed)])


def _unique(parsed: ParsedCaption, swaps: Iterable[SwappedCaption]) -> tuple[SwappedCaption, ...]:
    """Return each changed caption once, without the caption itself."""
    candidates = list(swaps)
    # Of two kinds that come to the same caption the one with a name of its own says more.
    named = sorted(candidates, key=lambda swap: swap.kind != "attribute")
    unique = {swap.caption: swap for swap in named if swap.caption.lower() != parsed.text.lower()}
    return tuple(swap for swap in candidates if unique.get(swap.caption) is swap)


def why_no_swaps(parsed: ParsedCaption) -> str:
    """Return one sentence for a caption without a swap."""
    with_attributes = [thing for thing in parsed.things if thing.attributes]
    if len(parsed.things) < 2:
        return "It names fewer than two objects, so there is nothing to exchange."
    if not with_attributes:
        return "None of its objects has an attribute."
    if len(with_attributes) == 1:
        return "Only one of its objects has attributes, so there is nothing to exchange."
    return "Its objects have the same attributes, or an exchange may be true of the picture, odd, or about a person."


def _make_exchanges(parsed: ParsedCaption, *, is_careful: bool) -> Iterator[SwappedCaption]:
    for kind, *spans in _exchangeable(parsed, is_careful=is_careful):
        one, other = sorted(spans)
        edits = (Edit(one, parsed.words(other)), Edit(other, parsed.words(one)))
        yield SwappedCaption(kind=kind, caption=apply_edits(parsed.text, edits))


def _exchangeable(parsed: ParsedCaption, *, is_careful: bool) -> Iterator[tuple[str, Span, Span]]:
    """Yield the kind and the spans of attributes of two objects that may be exchanged."""
    for first, second in combinations([thing for thing in parsed.things if thing.attributes], 2):
        both = _attribute_spans(parsed.text, first), _attribute_spans(parsed.text, second)
        is_single = len(both[0]) == len(both[1]) == 1 and not _is_paraphrase(parsed, first, second)
        ours, theirs = first.attributes, second.attributes
        if is_single and _may_exchange(parsed, first, second, ours, theirs, is_careful=is_careful):
            kinds = {attribute.kind for thing in (first, second) for attribute in thing.attributes}
            kind = kinds.pop() if len(kinds) == 1 else "attribute"
            yield kind, both[0][0], both[1][0]
        if max(len(first.attributes), len(second.attributes)) == 1:
            continue
        for attribute in first.attributes:
            # Besides, the one attribute of a listed kind that both objects have.
            sides = [[each for each in thing.attributes if each.kind == attribute.kind] for thing in (first, second)]
            is_single = attribute.kind != "attribute" and all(len(side) == 1 for side in sides)
            if is_single and _may_exchange(parsed, first, second, *sides, is_careful=is_careful):
                yield attribute.kind, sides[0][0].span, sides[1][0].span


def _may_exchange(
    parsed: ParsedCaption,
    first: CaptionObject,
    second: CaptionObject,
    ours: Sequence[Attribute],
    theirs: Sequence[Attribute],
    *,
    is_careful: bool,
) -> bool:
    """Return True if two objects may exchange these attributes."""
    if not (_can_follow(parsed, ours, theirs) and _can_follow(parsed, theirs, ours)):
        return False
    values = [" ".join(parsed.words(each.span) for each in each_side) for each_side in (ours, theirs)]
    if not _is_harmless(first, second, parsed, values):
        return False
    if not is_careful:
        return True
    if parsed.unsure and any(each.kind != "color" for each in (*ours, *theirs)):
        return False
    return _is_sound_exchange(parsed, first, second, *values)


def _can_follow(parsed: ParsedCaption, old: Sequence[Attribute], new: Sequence[Attribute]) -> bool:
    """Return True if `new` may replace `old`: after "painted" only colors, after "is" no material's noun."""
    for attribute in old:
        if not attribute.follows:
            continue
        words = parsed.text[: attribute.span.start].lower().split()
        if words[-1:] and words[-1] in TINTED_PARTICIPLES and any(each.kind != "color" for each in new):
            return False
        if any(each.kind == "material" and parsed.words(each.span).lower() in ADJECTIVES_OR_NOUNS for each in new):
            return False
    return True


def _attribute_spans(text: str, thing: CaptionObject) -> list[Span]:
    """Join the adjacent attributes of an object into spans."""
    spans: list[Span] = []
    for attribute in thing.attributes:
        span = attribute.span
        if spans and not text[spans[-1].end : span.start].strip(" ,") and not attribute.follows:
            spans[-1] = Span(spans[-1].start, span.end)
        else:
            spans.append(span)
    return spans


def _make_moves(parsed: ParsedCaption) -> Iterator[SwappedCaption]:
    givers = [thing for thing in parsed.things if thing.attributes]
    if len(givers) != 1 or any(attribute.follows for attribute in givers[0].attributes):
        return
    giver, slots = givers[0], _attribute_spans(parsed.text, givers[0])
    behind = parsed.text[slots[0].end : giver.noun.start]
    if len(slots) != 1 or behind.strip(" ,"):
        return
    # The attributes go, with the space after them, from one noun before the other.
    removal = Edit(Span(slots[0].start, giver.noun.start), "")
    for thing in parsed.things:
        if thing.attributes or not thing.may_receive or _is_paraphrase(parsed, thing, giver):
            continue
        if _is_harmless(thing, giver, parsed, [parsed.words(slots[0])]):
            insertion = Edit(Span(thing.noun.start, thing.noun.start), parsed.words(slots[0]) + (behind or " "))
            edits = sorted((removal, insertion), key=lambda edit: edit.span)
            yield SwappedCaption(kind="move", caption=apply_edits(parsed.text, edits))


ALL_KINDS = "all"
"""Replaces kinds: every swap that the reading allows, with odd and possibly true ones."""


def parse_kinds(names: str) -> tuple[str, ...]:
    """Parse kinds of swaps with commas between; no name is `DEFAULT_KINDS`, and "all" every swap there is.

    Raises:
        CaptionError: if a name is not a kind.
    """
    kinds = tuple(name for name in (part.strip() for part in names.split(",")) if name)
    unknown = [name for name in kinds if name not in (*SWAP_KINDS, ALL_KINDS)]
    if unknown:
        raise CaptionError(
            "kinds", unknown[0], "give one or more of {kinds}", kinds=", ".join((*SWAP_KINDS, ALL_KINDS))
        )
    return kinds or DEFAULT_KINDS


def describe_swaps(caption: str, kinds: Sequence[str] = DEFAULT_KINDS) -> dict[str, object]:
    """Return pairs, swaps and if the reading is unsure; `why` is a sentence if it is, or if there is no swap."""
    parsed = read_caption(caption)
    swaps = all_swaps(parsed) if ALL_KINDS in kinds else find_swaps(parsed, kinds)
    return {
        "pairs": [{"attribute": pair.attribute, "noun": pair.noun} for pair in parsed.pairs],
        "swaps": [{"kind": swap.kind, "caption": swap.caption} for swap in swaps],
        "unsure": parsed.unsure,
        "why": parsed.why or (None if swaps else why_no_swaps(parsed)),
    }
