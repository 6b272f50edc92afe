"""Random numbers as a pure function of (seed, stream, index, slot): a counter hash in wrapping 64-bit integers.

Every batch, resumed run, device and library asks for numbers by name and gets the same bits:

    stream = Stream(seed=3, name="train", index=np.arange(256))
    stream.bits("nouns", 16)        # (256, 16) int64, uniform over 0 .. 2**32 - 1
    stream.below("offset", 10, 2)   # (256, 2) int64, uniform over 0 .. 9

`index` may be a numpy array or a torch tensor; results are arrays of the same library and device. The mixer is the
finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014), a bijection of
64 bits, so two scenes of a stream never share a state.
"""

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from explorer.spec import DIALS

STREAMS = ("world", "train", "evaluation", "permutation")
SLOTS = tuple(
    "homes nouns cells offset scale is_home value count is_salient chosen area_ties mention num_values named_kinds swap"
    " swap_other replace_where replace_value reorder hard_negative shuffle pick split weights tidy is_wrong"
    " wrong_value".split()
)
"""Names of draws that have a number by their place. A draw of a later dial is called after it, see `slot_number`."""
_SUBSLOTS = 4096
_FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_GOLDEN = 0x9E3779B97F4A7C15
_WORD_VALUES = 2**64


def _to_signed(word: int) -> int:
    word %= _WORD_VALUES
    return word - _WORD_VALUES if word >= _WORD_VALUES // 2 else word


def mix(state: Any) -> Any:
    """Apply the finalizer to an int64 array; the masks make its arithmetic shifts logical."""
    state = (state ^ ((state >> 30) & (2**34 - 1))) * _to_signed(_FACTORS[0])
    state = (state ^ ((state >> 27) & (2**37 - 1))) * _to_signed(_FACTORS[1])
    return state ^ ((state >> 31) & (2**33 - 1))


def mix_word(word: int) -> int:
    """Apply the finalizer to one Python integer, modulo 2**64."""
    word %= _WORD_VALUES
    word = ((word ^ (word >> 30)) * _FACTORS[0]) % _WORD_VALUES
    word = ((word ^ (word >> 27)) * _FACTORS[1]) % _WORD_VALUES
    return word ^ (word >> 31)


def slot_number(slot: str) -> int:
    """Return the number of a draw: its place in `SLOTS`, else a hash (FNV-1a, 32 bits) of its name behind all places.

    That name is the one of a dial, or that and a part, as in "wrong_values.value"; so a new dial lists no draws.
    """
    if slot in SLOTS:
        return SLOTS.index(slot)
    assert slot.partition(".")[0] in DIALS, f"{slot}: call a draw after its dial"
    number = 0x811C9DC5
    for letter in slot.encode():
        number = (number ^ letter) * 0x01000193 % 2**32
    return 2**32 + number


@lru_cache(maxsize=512)
def _slot_words(slot: str, count: int) -> np.ndarray:
    """Return (count,) int64: one mixed word per number of a slot."""
    assert count <= _SUBSLOTS
    first = slot_number(slot) * _SUBSLOTS
    words = [_to_signed(mix_word((first + j + 1) * _GOLDEN)) for j in range(count)]
    return np.asarray(words, dtype=np.int64)


class Stream:
    """Random numbers of the scenes `index` (N,) of one named stream."""

    def __init__(self, *, seed: int, name: str, index: Any) -> None:
        key = mix_word(mix_word(seed * len(STREAMS) + STREAMS.index(name) + 1) + _GOLDEN)
        self.xp = array_namespace(index)
        self.index = index
        self._state = mix(index + _to_signed(key))

    def bits(self, slot: str, *shape: int) -> Any:
        """Return (N, *shape) int64, uniform over 0 .. 2**32 - 1."""
        words = self.xp.asarray(_slot_words(slot, prod(shape)), device=device(self.index))
        words = mix(self._state[:, None] ^ words[None, :])
        return self.xp.reshape((words >> 32) & (2**32 - 1), (self.index.shape[0], *shape))

    def below(self, slot: str, limit: Any, *shape: int) -> Any:
        """Return (N, *shape) int64, uniform over 0 .. limit - 1; `limit` is an integer or an integer array."""
        return (self.bits(slot, *shape) * limit) >> 32

    def chance(self, slot: str, probability: float, *shape: int) -> Any:
        """Return (N, *shape) bool, true with `probability` (to 2**-32); the comparison uses integers."""
        return self.bits(slot, *shape) < round(probability * 2**32)
