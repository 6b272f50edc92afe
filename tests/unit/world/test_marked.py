"""Marked captions: their words are the text, their marks are what the swap moves, and a missing swap has its reason."""

import numpy as np
import pytest
from hypothesis import given

from explorer.spec import DataSpec
from explorer.world.plan import make_plan
from explorer.world.scenes import Scenes
from explorer.world.swaps import Exchange, Word, false_swap, mark, swap, why_no_swap
from explorer.world.things import THINGS
from tests.unit.world.worlds import (
    GRAMMAR,
    KIND_OF_WORD,
    KINDS,
    NOUN_WORDS,
    SPECS,
    Batch,
    batches,
    draw,
    facts_of,
    few,
    objects_of,
    sentence_of,
    stream_of,
    text_is_true,
    texts_of,
)

A, B, C = NOUN_WORDS[:3]


def text(words: list[Word]) -> str:
    return " ".join(word["text"] for word in words)


@few
@given(batches())
def test_the_words_are_the_text_and_the_marks_what_differs(batch: Batch) -> None:
    for exchange in (swap(batch.said, batch.stream), false_swap(batch.said, batch.scenes, batch.stream)):
        marked = mark(batch.said, exchange, GRAMMAR)
        assert [text(own) for own, _ in marked] == batch.texts
        for (own, other), swapped, there in zip(marked, texts_of(exchange.said), exchange.exists, strict=True):
            assert (other is not None) == there
            for word in own + (other or []):
                kind = KIND_OF_WORD.get(word["text"])
                assert (word["kind"], word["value"]) == ((None, None) if kind is None else (KINDS[kind], word["text"]))
            if other is None:
                assert not any(word["exchanged"] for word in own)
                continue
            assert text(other) == swapped
            # A value is exchanged where the other caption does not name it for the same noun.
            for mine, theirs in ((own, objects_of(swapped)), (other, objects_of(text(own)))):
                expected = [v for noun, vs in objects_of(text(mine)) for v in vs if v not in dict(theirs)[noun]]
                assert [word["text"] for word in mine if word["exchanged"]] == expected


def test_marks_by_hand() -> None:
    said = sentence_of(f"a red striped {A} and a blue striped {B}")
    ((own, other),) = mark(said, swap(said, stream_of(1)), GRAMMAR)
    red: Word = {"text": "red", "kind": "color", "value": "red", "exchanged": True}
    striped: Word = {"text": "striped", "kind": "pattern", "value": "striped", "exchanged": False}
    article, joint = [Word(text=text, kind=None, value=None, exchanged=False) for text in ("a", "and")]
    nouns = [Word(text=noun, kind=None, value=None, exchanged=False) for noun in (A, B)]
    blue: Word = {**red, "text": "blue", "value": "blue"}
    assert own == [article, red, striped, nouns[0], joint, article, blue, striped, nouns[1]]
    assert other == [article, blue, striped, nouns[0], joint, article, red, striped, nouns[1]]


def scene_of(*objects: tuple[str, str]) -> Scenes:
    """One scene of (color, noun) objects, all else unmarked."""
    colors = [value.word for value in THINGS.kinds[0].values]
    nouns = np.array([[NOUN_WORDS.index(noun) for _, noun in objects]])
    values = np.zeros((1, len(objects), len(KINDS)), dtype=np.int64)
    values[0, :, 0] = [colors.index(color) for color, _ in objects]
    zero = np.zeros_like(nouns)
    return Scenes(
        nouns=nouns, values=values, level=zero, side=zero, cell=zero, offset=np.zeros((*nouns.shape, 2), np.int64)
    )


@pytest.mark.parametrize(
    ("caption", "objects", "reason"),
    [
        (f"a red {A} and a blue {B}", [("red", A), ("blue", B)], None),
        (f"a red {A} and a red {B}", [("red", A), ("red", B)], "The objects named have the same values."),
        (f"a {A} and a {B}", [("red", A), ("blue", B)], "The caption names no value."),
        (f"a {A}", [("red", A), ("blue", B)], "The caption names one object with no value."),
        (f"a red {A}", [("red", A), ("blue", B)], None),
        (f"a red {A}", [("red", A), ("red", B)], "No other object of the image has other values in the kinds named."),
        (f"a red {A}", [("red", A)], "The image shows one object: nothing to exchange with."),
        (f"a red {A} and a {B}", [("red", A), ("red", B)], "The exchanged caption is true of the image too."),
        (f"a red {A} and a {B}", [("red", A), ("blue", B)], None),
    ],
)
def test_reasons_by_hand(caption: str, objects: list[tuple[str, str]], reason: str | None) -> None:
    caption = caption.replace("a orange", "an orange")
    said, scenes = GRAMMAR.parse(caption), scene_of(*objects)
    missing = scenes.nouns.shape[1] - said.nouns.shape[1]
    said = type(said)(
        nouns=np.pad(said.nouns, ((0, 0), (0, missing)), constant_values=-1),
        values=np.pad(said.values, ((0, 0), (0, missing), (0, 0)), constant_values=-1),
    )
    assert text_is_true(caption, facts_of(scenes)[0])
    assert why_no_swap(said, false_swap(said, scenes, stream_of(1)), scenes) == [reason]


@pytest.mark.parametrize("name", SPECS)
def test_every_missing_swap_has_a_reason_and_no_other(name: str) -> None:
    batch = draw(make_plan(SPECS[name], THINGS, seed=0), stream_of(300))
    exchange: Exchange = false_swap(batch.said, batch.scenes, batch.stream)
    reasons = why_no_swap(batch.said, exchange, batch.scenes)
    assert [reason is None for reason in reasons] == exchange.exists.tolist()


def test_web_like_captions_lack_a_swap_for_every_reason_that_the_words_allow() -> None:
    data = DataSpec(
        objects_in_image=4,
        attribute_kinds=("color", "pattern", "tilt"),
        attribute_density=0.5,
        caption_completeness=0.55,
        caption_lengths="mixed",
    )
    batch = draw(make_plan(data, THINGS, seed=0), stream_of(3000))
    found = set(why_no_swap(batch.said, false_swap(batch.said, batch.scenes, batch.stream), batch.scenes))
    assert len(found - {None}) == 5
