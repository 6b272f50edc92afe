"""Count what a caption of one or more sentences names: objects, their attributes, and how many of each there are.

    count_caption("A red bus and an old car. The bus is empty.")
    # two objects, bus with red and empty, car with old; two sentences read
    matches_label("person", "skiers")          # True: a caption's noun and a category label of pictures

Sentences are read one by one. A noun phrase is the same object as one of an earlier sentence if it ends in the same
word, singular or plural, and no "a", "another", "second" or the like makes it a new one: what is said of it then adds
to what was said before. Within a sentence each noun phrase is an object of its own. Sentences that are read unsurely
count for nothing. `categories.txt` holds the nouns of the 80 categories of COCO; other labels are found by their words.

    changed = changed_pairs(["a red bus and a blue car"], ["a blue bus and a red car"])
    changed.true, changed.swapped       # {("red", "bus"), ("blue", "car")}, {("blue", "bus"), ("red", "car")}
    seen = find_pairs(["two red buses", ...], changed.true | changed.swapped)
    cell_of(changed, seen.pairs)        # "true unseen, exchanged unseen"

A pair is seen if a training caption gives the attribute to an object of that noun, singular or plural. Pairs that both
captions of an item share are left aside.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import chain

from explorer.captions.lexicon import class_of, is_plural, load_lexicon, read_word_lists, singulars
from explorer.captions.parsed_caption import CaptionError, ParsedCaption
from explorer.captions.reading import read_caption
from explorer.errors import NO_VALUE

LONGEST_SENTENCE = 1000
LONGEST_TEXT = 10_000

_SENTENCE_END = re.compile(r"(?<=[.!?;])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9])")
_ABBREVIATION = re.compile(r"\b(mr|mrs|ms|dr|st|no|vs|approx|jr|sr|ft|in|inc|[a-z])\.$", re.IGNORECASE)
_NEW_OBJECT = re.compile(r"\b(an?|another|other|second|third|fourth|more|additional|different)\s+$", re.IGNORECASE)
NUMBER_WINDOW = 60
"""Letters before an object in which its number is looked for; words may stand more than one space apart."""
_NUMBERS = {word: i for i, word in enumerate("zero one two three four five six seven eight nine ten".split())}
_COUNT_BEFORE = re.compile(rf"\b({'|'.join(_NUMBERS)}|an?|\d+|both|couple of|pair of)\s+$", re.IGNORECASE)
WordPair = tuple[str, str]
SEEN_CELLS = tuple(f"true {true}, exchanged {swapped}" for true in ("seen", "unseen") for swapped in ("seen", "unseen"))
REPORT_EVERY = 10_000
MAX_CACHED_CAPTIONS = 200_000
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """An object that a caption names: `number` is the count, None for a plural without a number."""

    noun: str
    attributes: tuple[str, ...] = ()
    number: int | None = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceCounts:
    """Counts of sentences that were read, read unsurely, without an object, or too long."""

    read: int = 0
    unsure: int = 0
    without_object: int = 0
    too_long: int = 0

    @property
    def total(self) -> int:
        return self.read + self.unsure + self.without_object + self.too_long


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptionCount:
    """Counts of one caption; unsure sentences are left out of `mentions`."""

    mentions: tuple[Mention, ...]
    sentences: SentenceCounts

    @property
    def objects(self) -> int:
        return len(self.mentions)

    @property
    def attributes(self) -> int:
        return sum(len(mention.attributes) for mention in self.mentions)


def count_caption(text: str) -> CaptionCount:
    """Count the objects of a caption and the attributes said of them.

    Raises:
        CaptionError: if the text is empty, has more than `LONGEST_TEXT` characters, or cannot be printed in one line.
    """
    if len(text) > LONGEST_TEXT:
        raise CaptionError(
            "caption", NO_VALUE, "has {found} characters, the most are {most}", found=len(text), most=LONGEST_TEXT
        )
    if not text.strip() or not text.isprintable():
        raise CaptionError("caption", NO_VALUE, "give one line of printable characters")
    objects = _Objects()
    counts: Counter[str] = Counter()
    for sentence in split_sentences(text):
        if len(sentence) > LONGEST_SENTENCE:
            counts["too_long"] += 1
            continue
        parsed = read_caption(sentence, longest=LONGEST_SENTENCE)
        counts["unsure" if parsed.unsure else "read" if parsed.things else "without_object"] += 1
        if not parsed.unsure:
            objects.join(parsed)
    return CaptionCount(mentions=tuple(objects.mentions), sentences=SentenceCounts(**counts))


def split_sentences(text: str) -> list[str]:
    """Split a text into sentences; a period after a short form such as "St." ends none."""
    sentences: list[str] = []
    before = ""
    for part in _SENTENCE_END.split(text.strip()):
        if sentences and _ABBREVIATION.search(before):
            sentences[-1] += f" {part}"
        else:
            sentences.append(part)
        before = part
    return [part for part in sentences if re.search(r"[^\W\d_]", part)] or [text.strip()]


class _Objects:
    """The objects of the sentences so far, which are found by their nouns: a caption may name a thousand."""

    def __init__(self) -> None:
        self.mentions: list[Mention] = []
        self._whole: dict[tuple[str, ...], int] = {}
        self._ends: dict[tuple[str, ...], int] = {}

    def join(self, parsed: ParsedCaption) -> None:
        """Add the objects of one more sentence to those of earlier ones, as new objects or as more attributes."""
        num_before = len(self.mentions)
        for thing in parsed.things:
            # The words just before it: a search in all of them would take the longer, the longer the sentence is.
            before = parsed.text[max(0, thing.start - NUMBER_WINDOW) : thing.start]
            noun = parsed.words(thing.noun).lower()
            attributes = tuple(dict.fromkeys(parsed.words(each.span).lower() for each in thing.attributes))
            same = self._last_index_of(noun)
            if same < 0 or _NEW_OBJECT.search(before):
                self.mentions.append(Mention(noun=noun, attributes=attributes, number=_count_before(noun, before)))
                continue
            old = self.mentions[same]
            self.mentions[same] = replace(old, attributes=tuple(dict.fromkeys((*old.attributes, *attributes))))
        for index in range(num_before, len(self.mentions)):
            whole, *rest = _endings(self.mentions[index].noun)
            self._whole |= dict.fromkeys(whole, index)
            self._ends |= dict.fromkeys(chain(whole, *rest), index)

    def _last_index_of(self, noun: str) -> int:
        """Return the last object of which the noun is an ending, or whose noun is an ending of it; -1 for none."""
        endings = _endings(noun)
        indices = [self._whole.get(each, -1) for each in chain(*endings)]
        return max(*indices, *(self._ends.get(each, -1) for each in endings[0]))


def _count_before(noun: str, before: str) -> int | None:
    """Return how many objects a noun names behind the words `before` it; None for a plural without a number."""
    if not (counted := _COUNT_BEFORE.search(before)):
        return None if is_plural(noun) else 1
    word = counted[1].lower()
    # Both, a couple and a pair are two.
    return int(word) if word.isdigit() else _NUMBERS.get(word, 1 if word in ("a", "an") else 2)


def ends_alike(one: str, other: str) -> bool:
    """Return True if one noun is the end of the other, in singular or plural: "hydrant" and "fire hydrants".

    A street sign is not a stop sign: both say more than "sign".
    """
    first, second = sorted((_endings(one), _endings(other)), key=len)
    return bool(first) and not set(first[0]).isdisjoint(second[-len(first)])


@lru_cache(maxsize=4096)
def _endings(noun: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Return the noun and its shorter endings, the longest first, each with every singular of the last word."""
    words = noun.lower().replace("-", " ").split()
    forms = singulars(words[-1]) if words else ()
    return tuple(tuple((*words[start:-1], form) for form in forms) for start in range(len(words)))


PERSON = "person"


@cache
def category_nouns() -> dict[str, tuple[str, ...]]:
    """Return the nouns of each category in addition to its own name."""
    return {
        name: tuple(noun.strip() for line in lines for noun in line.split(",") if noun.strip())
        for name, lines in read_word_lists("categories.txt").items()
    }


def matches_label(label: str, noun: str) -> bool:
    """Return True if a caption's noun names an object with that label, in singular or plural."""
    label = label.lower()
    if ends_alike(label, noun) or (label == PERSON and class_of(noun) == PERSON):
        return True
    # Several words may end in a listed noun: "mountain bike".
    known = category_nouns().get(label, ())
    return any(len(noun.split()) >= len(name.split()) and ends_alike(noun, name) for name in known)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedPairs:
    """Pairs of an item's right captions and of its wrong ones, without those that both have."""

    true: frozenset[WordPair]
    swapped: frozenset[WordPair]


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenPairs:
    """Pairs that training captions hold, and how many captions were looked at."""

    pairs: frozenset[WordPair]
    captions: int


def changed_pairs(right: Sequence[str], wrong: Sequence[str]) -> ChangedPairs | None:
    """Return the pairs in which the captions differ; None if one is unsure, or if none is lost or none is new."""
    read = [[sure_pairs(caption) for caption in captions] for captions in (right, wrong)]
    if not all(is_sure for captions in read for _, is_sure in captions):
        return None
    true, swapped = (frozenset().union(*(pairs for pairs, _ in captions)) for captions in read)
    changed = ChangedPairs(true=true - swapped, swapped=swapped - true)
    return changed if changed.true and changed.swapped else None


def find_pairs(
    captions: Iterable[str], wanted: Set[WordPair], *, tell: Callable[[int], None] = lambda _: None
) -> SeenPairs:
    """Return which of the wanted pairs occur in the captions; `tell` gets the number of captions read so far."""
    left, total = set(wanted), 0
    attributes = {_PLAIN_WORD.findall(attribute)[-1] for attribute, _ in wanted if _PLAIN_WORD.findall(attribute)}
    nouns = {noun.split()[-1] for _, noun in wanted}
    searched: set[str] = set()
    for total, caption in enumerate(captions, start=1):
        if total % REPORT_EVERY == 0:
            tell(total)
        if not left or caption in searched:
            continue
        # Reading costs a millisecond, so that only captions with a wanted attribute and a wanted noun are read.
        words = set(_PLAIN_WORD.findall(caption.lower()))
        if attributes.isdisjoint(words) or nouns.isdisjoint(map(_known_singular, words)):
            continue
        if len(searched) < MAX_CACHED_CAPTIONS:
            searched.add(caption)
        left -= sure_pairs(caption)[0]
    return SeenPairs(pairs=frozenset(wanted - left), captions=total)


def cell_of(changed: ChangedPairs, seen: Set[WordPair]) -> str:
    """Return the cell of an item: all true pairs seen or not, and all exchanged pairs seen or not."""
    words = ["seen" if pairs <= seen else "unseen" for pairs in (changed.true, changed.swapped)]
    return f"true {words[0]}, exchanged {words[1]}"


def sure_pairs(caption: str) -> tuple[frozenset[WordPair], bool]:
    """Return the (attribute, noun) pairs of the sentences that are read surely, and True if these are all sentences.

    The noun's last word is in singular.
    """
    try:
        counted = count_caption(" ".join(caption.split()))
    except CaptionError:
        return frozenset(), False
    pairs: set[WordPair] = set()
    for mention in counted.mentions:
        for each in mention.attributes:
            *first, last = mention.noun.replace("-", " ").split()
            pairs.add((each, " ".join([*first, _known_singular(last)])))
    return frozenset(pairs), not (counted.sentences.unsure or counted.sentences.too_long)


def _known_singular(word: str) -> str:
    """Return the singular that WordNet knows, else the likeliest one."""
    forms = singulars(word)
    if forms[0] == word:
        return forms[-1]
    return next((form for form in forms if form in load_lexicon()), forms[0])
