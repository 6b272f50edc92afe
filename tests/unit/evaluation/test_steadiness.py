"""Wordings and half-truths on drawn scenes: what is said of them is true or false as stated, and models by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from explorer.evaluation import steadiness
from explorer.evaluation.sets import make_canonical_set
from explorer.evaluation.steadiness import HALF_TRUTH_KINDS, detailed_scenes, measure_half_truths, measure_wordings
from explorer.world.render import Renderer
from explorer.world.worlds import WORLDS
from tests.unit.toys import tiny_clip

WORLD = WORLDS["things"]
COUNT, SIZE = 60, 32
SET = make_canonical_set(WORLD, seed=3, count=COUNT)
DETAILED = detailed_scenes(SET, SIZE)
PICTURES = np.tile([1.0, 0.0], (COUNT, 1))
PLACES = Renderer(SET.plan, size=SIZE).atlas.boxes(SET.scenes)


def objects_of(scene: int) -> list[tuple[str, str]]:
    """The color and noun of both objects of a scene."""
    colors = [WORLD.kinds[0].values[value].word for value in SET.scenes.values[scene, :, 0]]
    return list(zip(colors, (WORLD.nouns[noun].word for noun in SET.scenes.nouns[scene]), strict=True))


@pytest.mark.parametrize("kind", HALF_TRUTH_KINDS)
def test_the_true_detail_is_true_and_the_false_one_false_and_both_are_as_long(kind: str) -> None:
    assert len(DETAILED[kind]) > COUNT / 4
    for each in DETAILED[kind]:
        assert each.true.startswith(each.caption) and each.false.startswith(each.caption) and each.true != each.false
        assert len(each.true.split()) == len(each.false.split())
        shown = objects_of(each.scene)
        true, false = (text.removeprefix(each.caption).split() for text in (each.true, each.false))
        if kind in ("object", "attribute"):
            assert tuple(true[-2:]) == shown[1] and tuple(false[-2:]) not in shown
            assert (false[-1] in [noun for _, noun in shown]) == (kind == "attribute")
        elif kind == "count":
            assert (true[1], false[1]) == ("one", "three")
        else:
            left, width = PLACES[each.scene, :, 0], PLACES[each.scene, :, 2]
            middles = left + width / 2
            side = "left" if middles[0] < middles[1] else "right"
            assert (side in true) and (side not in false)


def test_an_object_that_is_absent_is_each_noun_alike() -> None:
    nouns = [each.false.split()[-1] for each in DETAILED["object"]]
    assert max(nouns.count(noun) for noun in set(nouns)) <= 3 * COUNT / len(WORLD.nouns)


def features_by(scores: dict[str, float]) -> object:
    """Pictures along the first axis, and texts at the angle whose cosine is the sum of their words' scores."""

    def embed(_: object, texts: Sequence[str]) -> np.ndarray:
        cosines = np.array([sum(scores.get(word, 0.0) for word in text.split()) for text in texts])
        return np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)

    return embed


def test_a_model_that_likes_words_is_fooled_as_often_by_true_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = tiny_clip(seed=3)
    monkeypatch.setattr(steadiness, "embed_distinct_texts", features_by({"and": 0.1}))
    found = measure_half_truths(clip, SET, PICTURES)
    assert (found["fooled"].value, found["longer"].value, found["chosen"].value) == (1.0, 1.0, 0.5)
    assert found["fooled"].n == COUNT and {"fooled_object", "fooled_attribute"} <= found.keys()
    assert "fooled_count" not in found, "this model has never read three"
    same = measure_wordings(clip, SET, PICTURES)
    assert set(same) == {"steady", "order", "case"} and same["steady"].value == 1.0


def test_one_that_goes_by_the_first_word_changes_with_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def embed(_: object, texts: Sequence[str]) -> np.ndarray:
        cosines = np.array(
            [0.5 if text.lower().split()[1] in ("blue", "red", "green", "pink") else 0.1 for text in texts]
        )
        return np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)

    monkeypatch.setattr(steadiness, "embed_distinct_texts", embed)
    same = measure_wordings(tiny_clip(seed=3), SET, PICTURES)
    # Where both colors are liked, or neither, each answer is a tie; else the order decides.
    assert same["case"].value == 1.0 and 0.2 < (same["order"].value or 0) < 0.8
