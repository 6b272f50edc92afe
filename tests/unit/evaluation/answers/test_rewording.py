"""Steadiness and half-truths of models that are computed by hand: a bag of words, one that binds, one that wavers."""

from collections.abc import Sequence

import numpy as np
import pytest

from explorer.captions.reading import read_caption
from explorer.captions.wordings import WORDINGS
from explorer.evaluation.answers.rewording import (
    DOES_NOT_FIT,
    NOT_READABLE,
    answer_half_truths,
    ask_wordings,
    reword_question,
    steadiness_band,
)
from explorer.evaluation.metrics import Floats

RIGHT, WRONG = "a yellow submarine and a blue bus", "a blue submarine and a yellow bus"
QUESTION = [RIGHT, WRONG]
SCENE = {("yellow", "submarine"), ("blue", "bus")}
LITTLE_WORDS = {"a", "an", "and", "yellow", "blue", "submarine", "bus", "red"}


def binder(texts: Sequence[str]) -> Floats:
    """One picture; a text scores its true pairs minus its false ones."""
    pairs = [{(pair.attribute, pair.noun) for pair in read_caption(text).pairs} for text in texts]
    return np.array([[float(len(each & SCENE) - len(each - SCENE)) for each in pairs]])


def counter(texts: Sequence[str]) -> Floats:
    """One picture; a bag of words that likes some words, whoever they belong to, and dislikes others."""
    likes = {"yellow": 1.0, "blue": 1.0, "submarine": 1.0, "bus": 1.0, "three": 0.5, "elephant": -2.0}
    return np.array([[sum(likes.get(word.strip(".,"), 0.0) for word in text.lower().split()) for text in texts]])


def reads_all(text: str) -> bool:
    return True


def test_who_binds_gives_the_same_answer_in_all_wordings() -> None:
    found = ask_wordings(binder, QUESTION, reword_question(QUESTION, reads=reads_all), right=[0])
    assert found is not None
    assert (found.num_asked, found.same, found.band) == (8, (8,), ("steady",))
    assert [each.kind for each in found.wordings] == list(WORDINGS)
    assert all(each.margin == (4.0,) and each.same == (1,) for each in found.wordings)


def test_a_tie_stays_the_same_only_as_a_tie() -> None:
    found = ask_wordings(counter, QUESTION, reword_question(QUESTION, reads=reads_all), right=[0])
    assert found is not None and found.same == (8,) and {each.margin for each in found.wordings} == {(0.0,)}


def test_one_that_minds_the_first_letter_changes_with_it() -> None:
    def by_capital(texts: Sequence[str]) -> Floats:
        return np.array([[(1.0 if text[0].islower() else -1.0) * binder([text])[0, 0] for text in texts]])

    found = ask_wordings(by_capital, QUESTION, reword_question(QUESTION, reads=reads_all), right=[0])
    assert found is not None and (found.same, found.band) == ((7,), ("steady",))
    assert [each.kind for each in found.wordings if each.same == (0,)] == ["case"]


def test_each_picture_has_its_own_right_caption() -> None:
    def two_pictures(texts: Sequence[str]) -> Floats:
        return np.concatenate([binder(texts), -binder(texts)])

    found = ask_wordings(two_pictures, QUESTION, reword_question(QUESTION, reads=reads_all), right=[0, 1])
    assert found is not None and found.same == (8, 8)
    assert {each.margin for each in found.wordings} == {(4.0, 4.0)}


def test_wordings_with_unknown_words_leave_the_denominator() -> None:
    reads = lambda text: LITTLE_WORDS.issuperset(text.lower().split())  # noqa: E731
    rewordings = reword_question(QUESTION, reads=reads)
    why = {each.kind: each.why for each in rewordings}
    assert {kind for kind, each in why.items() if not each} == {"order", "case"}
    assert {why[kind] for kind in ("photo", "period", "article", "clause", "there", "comma")} == {NOT_READABLE}
    found = ask_wordings(binder, QUESTION, rewordings, right=[0])
    assert found is not None and (found.num_asked, found.band) == (2, (None,))


def test_what_fits_one_caption_only_is_not_asked_and_one_caption_is_not_judged() -> None:
    mixed = reword_question([RIGHT, "The bus is yellow and the submarine is blue."], reads=reads_all)
    assert {each.kind for each in mixed if not each.why} == {"case", "period"}
    assert {each.why for each in mixed if each.why} == {DOES_NOT_FIT}
    assert {each.why for each in reword_question(["x" * 400, RIGHT], reads=reads_all)} == {DOES_NOT_FIT}
    assert ask_wordings(binder, [RIGHT], mixed, right=[0]) is None


@pytest.mark.parametrize(
    ("same", "asked", "band"),
    [(8, 8, "steady"), (7, 8, "steady"), (6, 8, "mostly"), (5, 8, "wavers"), (0, 8, "wavers"), (4, 4, "steady"),
     (3, 4, "mostly"), (3, 3, None)],
)  # fmt: skip
def test_bands(same: int, asked: int, band: str | None) -> None:
    assert steadiness_band(same, asked) == band


def test_a_bag_of_words_is_fooled_by_what_it_likes() -> None:
    answers = {each.kind: each for each in answer_half_truths(counter, RIGHT, reads=reads_all)}
    assert answers["object"].gain == (-2.0,) and answers["object"].fooled == (0.0,)
    assert answers["attribute"].gain == (1.0,) and answers["attribute"].fooled == (1.0,)  # names the submarine again
    assert answers["count"].gain == (0.5,)  # "three", and "submarines" is another word
    assert not answers["place"].is_safe and answers["attribute"].is_safe


def test_a_true_detail_shows_what_length_alone_does() -> None:
    """A bag of words that likes every word: what is longer wins, false or true."""
    longer = lambda texts: np.array([[float(len(text.split())) for text in texts]])  # noqa: E731
    answers = answer_half_truths(longer, RIGHT, reads=reads_all, middles=((0.2, 0.3), (0.7, 0.8)))
    assert [each.counts for each in answers] == [True] * 5 and {each.fooled for each in answers} == {(1.0,)}
    assert {each.kind: each.longer for each in answers} == {
        "object": None, "attribute": (1.0,), "count": (1.0,), "place": (1.0,), "relation": (1.0,),
    }  # fmt: skip
    few = answer_half_truths(longer, RIGHT, reads=lambda text: "yellow" not in text.removeprefix(RIGHT))
    assert {each.kind: each.longer for each in few if each.true} == {"attribute": None}, "not readable"


def test_half_truths_with_unknown_words_are_listed_and_not_asked() -> None:
    answers = answer_half_truths(counter, RIGHT, reads=lambda text: "three" not in text)
    assert {each.kind: each.why for each in answers}["count"] == NOT_READABLE
    assert [each.kind for each in answers if each.fooled is None] == ["count"]
    assert answer_half_truths(counter, "", reads=reads_all) == ()
