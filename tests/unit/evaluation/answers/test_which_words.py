"""Effects of words, of a model that adds up its words: each word's effect is its number."""

from collections.abc import Callable, Sequence

import numpy as np

from explorer.evaluation.answers.details import AnswerDetails
from explorer.evaluation.answers.rewording import CosinesOf, answer_half_truths, ask_wordings, reword_question
from explorer.evaluation.answers.which_words import (
    NoWordRelevance,
    WordsAnswer,
    caption_effects,
    difference_effects,
)
from explorer.evaluation.metrics import Floats

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


def details_of(
    cosines_of: CosinesOf,
    captions: Sequence[str],
    reads: Callable[[str], bool] = lambda text: True,
    *,
    right: Sequence[int] = (),
    false_details: Sequence[str] | None = None,
) -> AnswerDetails:
    first, *others = captions
    asked = reword_question(captions, reads=reads)
    own = tuple(right) or (0,) * len(cosines_of(captions))
    return AnswerDetails(
        right=own,
        wordings=ask_wordings(cosines_of, captions, asked, right=own),
        half_truths=answer_half_truths(cosines_of, first, reads=reads, false_details=false_details),
        words=WordsAnswer(
            caption=caption_effects(cosines_of, first),
            difference=difference_effects(cosines_of, first, others[0]) if others else None,
            relevance=NoWordRelevance(why="None."),
        ),
    )


ASKED = ["a red bus and a blue car", "a blue bus and a red car"]


def test_the_three_answers_stand_in_sentences() -> None:
    """The model reads the word before "bus" alone: a clause and a comma take it away, details do not."""
    steady, fooled, longer, uncounted, word = details_of(first_color, ASKED).summary
    assert "this picture" in steady and "6 of 8" in steady and "mostly" in steady
    # Five details, each of which leaves the cosine as it was: a half for each, and two of them are surely false.
    assert "In 1 of 2" in fooled and "9 % to 91 %" in fooled
    assert "in 0.5 of 1" in longer, "the true color of the bus, in place of a wrong one"
    assert "count, place, relation" in uncounted
    assert "“bus”" in word and "2.000" in word


def test_a_small_effect_keeps_its_digits() -> None:
    found = details_of(lambda texts: first_color(texts) / 8192, ASKED)
    assert "falls by 0.00024." in found.summary[-1]  # 2 / 8192


def test_a_person_says_which_details_are_false() -> None:
    every = details_of(first_color, ASKED, false_details=["object", "attribute", "count", "place", "relation"])
    assert [each.counts for each in every.half_truths] == [True] * 5
    assert "In 2.5 of 5" in every.summary[1] and "in 0.5 of 1" in every.summary[2] and len(every.summary) == 4
    one = details_of(first_color, ASKED, false_details=["count"])
    assert [each.kind for each in one.half_truths if each.counts] == ["count"]
    assert "In 0.5 of 1" in one.summary[1] and "object, attribute, place, relation" in one.summary[2]


def test_a_wrong_choice_rests_on_the_word_that_speaks_for_the_other_caption() -> None:
    """The bus is red, and the captions change places: the model is right, and the first caption is the wrong one."""
    found = details_of(first_color, ASKED[::-1])
    assert found.words.difference is not None and found.words.difference.whole == (-2.0,)
    assert (
        found.summary[-1].startswith("The wrong choice rests most on the word “bus”") and "2.000" in found.summary[-1]
    )


def test_pictures_of_another_caption_leave_the_sentences_about_the_first() -> None:
    """Of two pictures the second has the opposite numbers; a mean over both would be 0 for every word."""
    steady, fooled, _, _, word = details_of(adder, ["a red bus", "a blue bus"], right=[0, 1]).summary
    assert "On these 2 pictures, in 6 other wordings each" in steady and "of 2 cases" in fooled
    assert "The choice rests most on the word “red”" in word and "2.000" in word
    assert "No picture" in details_of(first_color, ASKED, right=[1]).summary[1]


def test_several_pictures_one_caption_and_a_small_vocabulary() -> None:
    few = details_of(adder, ASKED, lambda text: text.startswith("a blue")).summary
    assert "cannot be said: 0 of 8" in few[0] and "No word decided" in few[-1]
    alone, fooled, word = details_of(adder, ASKED[:1], lambda text: "elephant" in text).summary
    assert "one caption" in alone.lower() and "of 2 cases" in fooled
    # Means over both pictures, of which the second has the opposite numbers.
    assert word.startswith("No word")
    assert "“red”" in details_of(first_color, ["a red bus"], bool).summary[-1]
