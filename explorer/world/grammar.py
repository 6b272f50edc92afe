"""Captions: which objects and values each names, as arrays, and the grammar that turns them into words and ids.

    captions = write_captions(plan, scenes, stream)
    captions.nouns                       # (N, P) the noun at each position, -1 beyond the last object named
    captions.values                      # (N, P, K) the value told of it in each kind, -1 if none is told

    grammar = Grammar(WORLDS["things"])
    ids = grammar.ids(captions)     # (N, context_length) int64: BOS, words, EOS, then 0
    grammar.texts(ids)              # ["a red bus and a blue submarine", ...]
    grammar.parse("a red bus")      # the caption of that text; UserError if it is not in the grammar

    caption = object ("and" object)*        object = ("a" | "an") value* noun

    Grammar(WORLDS["things"], DataSpec(bare_word="certain")).texts(...)     # "a red bus and a certain submarine"

N captions, P positions (one per object of the scene), K kinds. All arrays are numpy or all torch. The values of an
object are in the order of the kinds. The vocabulary is [PAD] [BOS] [EOS] [UNK] a an and, nouns, values, and last the
bare word if there is one; a word is one token.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from math import floor
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from explorer.errors import UserError
from explorer.spec import DIALS, DataSpec
from explorer.special_tokens import SPECIAL_TOKENS
from explorer.world.counter_rng import Stream
from explorer.world.plan import ScenePlan
from explorer.world.scenes import Scenes, choose_rows, reorder_rows, table_like, tidy_rows
from explorer.world.things import World


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CaptionBatch:
    """Batch of captions (see the module). What else a caption has is one more array, (N,) and None if nobody said."""

    nouns: Any
    values: Any

    def __len__(self) -> int:
        return int(self.nouns.shape[0])

    def rows(self, rows: Any) -> "CaptionBatch":
        """Return the captions of these rows, indices or a slice."""
        return self._combine(lambda one: one[rows])

    @property
    def count(self) -> Any:
        """(N,) numbers of objects named."""
        return array_namespace(self.nouns).sum(self.nouns >= 0, axis=1, dtype=self.nouns.dtype)

    def widen(self, positions: int) -> "CaptionBatch":
        """Return the same captions with as many positions, those behind empty."""
        return replace(
            self, nouns=_widen_positions(self.nouns, positions), values=_widen_positions(self.values, positions)
        )

    def join(self, other: "CaptionBatch") -> "CaptionBatch":
        """Return these captions and then those of `other`."""
        return self._combine(lambda one, two: array_namespace(one).concat([one, two]), other)

    def choose(self, which: Any, other: "CaptionBatch") -> "CaptionBatch":
        """Return these captions where `which` (N,) is true, and those of `other` elsewhere."""
        return self._combine(lambda one, two: choose_rows(which, one, two), other)

    def _combine(self, make: Callable[..., Any], *others: "CaptionBatch") -> "CaptionBatch":
        """Return the captions of which each array is made from those of the same name."""
        arrays = {each.name: [getattr(one, each.name) for one in (self, *others)] for each in fields(self)}
        return CaptionBatch(
            **{name: make(*given) for name, given in arrays.items() if all(each is not None for each in given)}
        )


def _widen_positions(array: Any, positions: int) -> Any:
    """Return (N, positions, ...): the array (N, P, ...) with -1 behind."""
    xp = array_namespace(array)
    shape = (array.shape[0], positions - array.shape[1], *array.shape[2:])
    return xp.concat([array, xp.full(shape, -1, dtype=array.dtype, device=device(array))], axis=1)


def write_captions(plan: ScenePlan, scenes: Scenes, stream: Stream) -> CaptionBatch:
    """Write a caption per scene by the caption dials of `plan.data`, and of tidy pairs by those of their plan."""
    own = _write_by_dials(plan, scenes, stream)
    if plan.tidy is None:
        return own
    return _write_by_dials(plan.tidy, scenes, stream).choose(tidy_rows(plan, stream), own)


def _write_by_dials(plan: ScenePlan, scenes: Scenes, stream: Stream) -> CaptionBatch:
    """Write captions of the first objects of each scene, as many as the plan has."""
    n, most = plan.num_objects, scenes.nouns.shape[1]
    first = scenes if n == most else scenes.first_objects(n)
    named = named_objects(plan, first, stream)
    captions = write_named_objects(first, stream, named, _told_kinds(plan, stream, named))
    captions = _tell_wrong(plan, captions, stream)
    return captions if n == most else captions.widen(most)


def _tell_wrong(plan: ScenePlan, captions: CaptionBatch, stream: Stream) -> CaptionBatch:
    """Replace each told value by another one of its kind, in the share of the captions that the dial says."""
    if plan.data.wrong_values == 0:
        return captions
    xp, sizes = stream.xp, table_like(plan.num_values, captions.values)
    step = 1 + stream.below("wrong_value", sizes - 1, *captions.values.shape[1:])
    is_wrong = stream.chance("is_wrong", plan.data.wrong_values, 1)[:, :, None] & (captions.values >= 0)
    return replace(captions, values=xp.where(is_wrong, (captions.values + step) % sizes, captions.values))


def write_named_objects(scenes: Scenes, stream: Stream, named: Any, kinds: Any) -> CaptionBatch:
    """Write the objects `named` (N, n) in random order, each with its values in its `kinds` (N, n, K)."""
    xp = stream.xp
    n = named.shape[1]
    keys = stream.bits("mention", n) * n + xp.arange(n, device=device(named))
    # Whatever is not named stands behind every key of what is.
    order = xp.argsort(xp.where(named, keys, keys + 2**60), axis=1)
    told = xp.where(kinds, scenes.values, -1)
    nouns = xp.where(named, scenes.nouns, -1)
    nouns = xp.take_along_axis(nouns, order, axis=1)
    values = reorder_rows(told, order)
    return CaptionBatch(nouns=nouns, values=xp.where(nouns[:, :, None] >= 0, values, -1))


def _num_named(plan: ScenePlan, stream: Stream) -> Any:
    """Return (N,) the number k of objects named per caption: mean completeness times n, at least one."""
    n, mean = plan.num_objects, plan.data.caption_completeness * plan.num_objects
    if plan.data.caption_lengths == "mixed" and n > 1:
        more = stream.chance("count", (mean - 1) / (n - 1), n - 1)
        return 1 + stream.xp.sum(more, axis=1, dtype=stream.index.dtype)
    more = stream.chance("count", mean - floor(mean), 1)[:, 0]
    return stream.xp.where(more, floor(mean) + 1, floor(mean))


def named_objects(plan: ScenePlan, scenes: Scenes, stream: Stream) -> Any:
    """Return (N, n) bool: the k largest with the probability of the dial, ties at random, else any k."""
    xp, n = stream.xp, plan.num_objects
    # The areas stand above the 32 random bits that break ties.
    largest = scenes.areas * 2**32 + stream.bits("area_ties", n)
    salient = stream.chance("is_salient", plan.data.saliency_bias, 1)
    keys = xp.where(salient, largest, stream.bits("chosen", n))
    rank = ranks(keys)
    return rank >= n - _num_named(plan, stream)[:, None]


def _told_kinds(plan: ScenePlan, stream: Stream, named: Any) -> Any:
    """Return (N, n, K) bool: floor or ceil of the density of the kinds that may be told, at random per object.

    `named` (N, n) are the objects that the caption names.
    """
    xp, density = stream.xp, plan.data.attribute_density
    shape = (plan.num_objects, len(plan.num_values))
    if plan.data.told_together == "at-most-one":
        # One number a caption lies in the first object's part, in the second one's, or in none.
        part, number = round(density * 2**32), stream.bits("num_values", 1)
        position = xp.cumulative_sum(xp.astype(named, number.dtype), axis=1) - 1
        more = named & (number >= position * part) & (number < (position + 1) * part)
        count = xp.astype(more, number.dtype)
    else:
        drawn = 1 if plan.data.told_together == "both-or-neither" else plan.num_objects
        more = stream.chance("num_values", density - floor(density), drawn)
        count = xp.where(more, floor(density) + 1, floor(density))
    may_be_told = table_like(plan.told, stream.index)
    keys = xp.where(may_be_told, stream.bits("named_kinds", *shape), -1)
    return (ranks(keys) >= shape[1] - count[:, :, None]) & may_be_told


def ranks(keys: Any) -> Any:
    """Return the rank of each key along the last axis, 0 for the smallest; ties by index."""
    xp = array_namespace(keys)
    return xp.argsort(xp.argsort(keys, axis=-1), axis=-1)


FIXED_WORDS = (*SPECIAL_TOKENS, "a", "an", "and")
"""The words with which every vocabulary begins."""
PAD, BOS, EOS, UNK = range(len(SPECIAL_TOKENS))
A, AN, AND = map(FIXED_WORDS.index, ("a", "an", "and"))
FIRST_NOUN = len(FIXED_WORDS)
MAX_NAMED_OBJECTS = 4
NO_BARE_WORD, BARE_WORD = DIALS["bare_word"].choices or ()
"""The choices of `DataSpec.bare_word`."""
ANY_WORDS = DataSpec(bare_word=BARE_WORD)
"""Dials with which a grammar reads the captions of all data."""


def begins_with_vowel(word: str) -> bool:
    """Return True if "an" goes before the word."""
    return word[0] in "aeiou"


@dataclass(frozen=True)
class Grammar:
    """Grammar of one world, with the words that dials of the data ask for; see the module."""

    world: World
    data: DataSpec = DataSpec()

    @property
    def more_words(self) -> dict[str, str]:
        """The words that stand only in captions of these dials, each with its dial: the bare word, if any."""
        return {} if self.data.bare_word == NO_BARE_WORD else {self.data.bare_word: "bare_word"}

    @property
    def words(self) -> tuple[str, ...]:
        """Vocabulary; a word's id is its index."""
        nouns = tuple(noun.word for noun in self.world.nouns)
        values = tuple(value.word for kind in self.world.kinds for value in kind.values)
        return (*FIXED_WORDS, *nouns, *values, *self.more_words)

    @property
    def value_offsets(self) -> np.ndarray:
        """(K,) id of the first value of each kind."""
        sizes = [len(kind.values) for kind in self.world.kinds]
        return FIRST_NOUN + len(self.world.nouns) + np.cumsum([0, *sizes[:-1]])

    @property
    def context_length(self) -> int:
        """Tokens of the longest caption: four objects with every value told, plus BOS and EOS."""
        return 2 + MAX_NAMED_OBJECTS * (len(self.world.kinds) + 3) - 1

    def ids(self, captions: CaptionBatch) -> Any:
        """Return (N, context_length) int64 token ids."""
        xp = array_namespace(captions.nouns)
        is_named = captions.nouns >= 0
        nouns = xp.where(is_named, captions.nouns + FIRST_NOUN, PAD)
        values = xp.where(captions.values >= 0, captions.values + table_like(self.value_offsets, captions.nouns), PAD)
        words = xp.concat([*self._bare_words(captions, values), values, nouns[:, :, None]], axis=2)
        lead = xp.take_along_axis(words, xp.argmax(xp.astype(words > 0, xp.int8), axis=2)[:, :, None], axis=2)
        takes_an = table_like(np.array([begins_with_vowel(word) for word in self.words]), captions.nouns)
        article = xp.where(takes_an[lead], AN, A) * is_named[:, :, None]
        joint = (AND * is_named)[:, :, None]
        objects = xp.concat([joint, article, words], axis=2)
        slots = xp.reshape(objects, (len(captions), objects.shape[1] * objects.shape[2]))[:, 1:]
        edge = xp.ones_like(slots[:, :1])
        return self._pack(xp.concat([edge * BOS, slots, edge * EOS], axis=1))

    def _bare_words(self, captions: CaptionBatch, values: Any) -> list[Any]:
        """Return one array (N, P, 1) with the id of the bare word before each object without values, or none."""
        if self.data.bare_word == NO_BARE_WORD:
            return []
        xp = array_namespace(values)
        is_bare = (captions.nouns >= 0) & xp.all(values == PAD, axis=2)
        return [(is_bare * self.words.index(self.data.bare_word))[:, :, None]]

    def _pack(self, slots: Any) -> Any:
        """Move empty slots behind the full ones, and pad or cut each row to the context length."""
        xp = array_namespace(slots)
        width = slots.shape[1]
        position = xp.arange(width, device=device(slots))
        packed = xp.take_along_axis(
            slots, xp.argsort(xp.where(slots != PAD, position, position + width), axis=1), axis=1
        )
        missing = self.context_length - width
        if missing <= 0:
            return packed[:, : self.context_length]
        padding = xp.zeros((slots.shape[0], missing), dtype=slots.dtype, device=device(slots))
        return xp.concat([packed, padding], axis=1)

    def texts(self, ids: Any) -> list[str]:
        """Convert token ids (N, C) to captions."""
        words = self.words
        return [" ".join(words[i] for i in row if i > UNK) for row in np.asarray(ids).tolist()]

    def parse(self, text: str) -> CaptionBatch:
        """Parse `text` to a `CaptionBatch` of one caption; `UserError` names the first word that does not fit."""
        objects = [self._parse_object(part.split()) for part in text.strip().split(" and ")]
        nouns = [noun for noun, _ in objects]
        if len(nouns) > MAX_NAMED_OBJECTS:
            raise UserError(
                "caption",
                repr(text[:40]),
                "names {found} objects, at most {most} are read",
                found=len(nouns),
                most=MAX_NAMED_OBJECTS,
            )
        twice = next((noun for noun in nouns if nouns.count(noun) > 1), None)
        if twice is not None:  # nouns in a scene are distinct, so one of the two would be of no object
            word = self.world.nouns[twice].word
            raise UserError(
                "caption", repr(text[:40]), "names {word} twice, but each noun may occur only once", word=repr(word)
            )
        return CaptionBatch(nouns=np.array([nouns]), values=np.array([[told for _, told in objects]]))

    def _parse_object(self, words: list[str]) -> tuple[int, list[int]]:
        """Return the noun and the value per kind (-1 for none) of "an orange bus"."""
        kinds, nouns = self.world.kinds, [noun.word for noun in self.world.nouns]
        kind_and_value_of = {value.word: (k, v) for k, kind in enumerate(kinds) for v, value in enumerate(kind.values)}
        text, told, last = repr(" ".join(words)[:40]), [-1] * len(kinds), -1
        if len(words) < 2 or words[0] not in ("a", "an") or words[-1] not in nouns:
            raise UserError("caption", text, "an object reads like 'a {word} bus'", word=kinds[0].values[0].word)
        if words[0] != ("an" if begins_with_vowel(words[1]) else "a"):
            raise UserError(
                "caption", text, "{article} does not go before {word}", article=repr(words[0]), word=repr(words[1])
            )
        for word in [] if words[1:-1] == [*self.more_words] else words[1:-1]:
            kind, value = kind_and_value_of.get(word, (-1, -1))
            if kind <= last:
                raise UserError("caption", text, "{word} is not a value that fits there", word=repr(word))
            last, told[kind] = kind, value
        return nouns.index(words[-1]), told
