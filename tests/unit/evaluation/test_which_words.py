"""Effects of words, of a model that adds up its words: each word's effect is its number."""

from collections.abc import Sequence

import numpy as np

from explorer.evaluation.metrics import Floats
from explorer.evaluation.which_words import caption_effects, difference_effects

NUMBERS = {"red": 2.0, "bus": 3.0, "blue": -1.0, "car": 0.5}


def adder(texts: Sequence[str]) -> Floats:
    """Two pictures: the sum of the words' numbers, and its negative."""
    sums = [sum(NUMBERS.get(word.strip(".").lower(), 0.0) for word in text.split()) for text in texts]
    return np.array([sums, [-each for each in sums]])


def first_color(texts: Sequence[str]) -> Floats:
    """One picture of a red bus: 1 for a text whose word before "bus" is red, minus 1 for another color there."""
    scores = []
    for text in texts:
        words = text.split()
        before = words[words.index("bus") - 1] if "bus" in words else ""
        scores.append({"red": 1.0, "blue": -1.0}.get(before, 0.0))
    return np.array([scores])


def test_of_a_sum_of_words_each_word_has_its_own_number() -> None:
    found = caption_effects(adder, "a red bus and a blue car.")
    assert [each.word for each in found.words] == ["a", "red", "bus", "and", "a", "blue", "car."]
    first, second = zip(*(each.by_picture for each in found.words), strict=True)
    assert first == (0, 2.0, 3.0, 0, 0, -1.0, 0.5) and second == (0, -2.0, -3.0, 0, 0, 1.0, -0.5)


def test_words_that_both_captions_have_decide_nothing_in_a_bag() -> None:
    found = difference_effects(adder, "a red bus and a blue car", "a blue bus and a red car")
    assert all(each.by_picture == (0, 0) for each in found.words)


def test_of_a_model_that_binds_the_words_that_bind_decide() -> None:
    found = difference_effects(first_color, "a red bus and a blue car", "a blue bus and a red car")
    # The margin is 2. Without "red" it is 0 against -1; without "bus" nothing is bound; "blue" of the other goes too.
    assert [each.by_picture for each in found.words] == [(0.0,), (1.0,), (2.0,), (0.0,), (0.0,), (1.0,), (0.0,)]


def test_a_word_that_the_other_lacks_is_left_out_of_one() -> None:
    found = difference_effects(adder, "a red bus", "a blue bus")
    assert [each.by_picture[0] for each in found.words] == [0.0, 2.0, 0.0]
