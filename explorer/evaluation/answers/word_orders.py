"""The control of `ask.score`: the words of a caption in random orders; `assets/page/tab/word-orders.js` makes the same.

    bag_orders("A blue bus.")[0]           # "blue a bus"
    normalize_word("An")                   # "a"

An order depends on nothing but the number of words, so captions of the same words become the same texts.
"""

from functools import lru_cache

from explorer.world.counter_rng import mix_word

NUM_ORDERS = 12
"""Random orders of a caption: a mean of twelve has a third of the spread of one."""
_MAX_WORDS = 1024
"""More words than a caption has: each number that is mixed belongs to one index of one order."""


def bag_orders(caption: str) -> list[str]:
    """Return the caption's sorted words in `NUM_ORDERS` random orders."""
    bag = sorted(map(normalize_word, caption.split()))
    return [" ".join(bag[index] for index in order) for order in _orders(len(bag))]


@lru_cache(maxsize=256)
def _orders(count: int) -> tuple[tuple[int, ...], ...]:
    """Return the indices of so many words in each order: sorted by a mixed number of count, order and index."""
    return tuple(
        tuple(sorted(range(count), key=lambda index: mix_word((count * NUM_ORDERS + order) * _MAX_WORDS + index)))
        for order in range(NUM_ORDERS)
    )


def normalize_word(word: str) -> str:
    """Normalize a word of the bag: an exchange of two words may turn "a" into "an"."""
    plain = word.strip(".,;:!?\"'()").lower()
    return "a" if plain == "an" else plain
