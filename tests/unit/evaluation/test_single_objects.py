"""One object at a time: the captions that are asked, and what models made by hand score, some of it counted by hand."""

from typing import Any

import numpy as np
import pytest

from explorer.evaluation import metrics
from explorer.evaluation.readouts import (
    SingleObjectCaptions,
    ask_singly,
    break_down_singly,
    single_cosines,
    single_scores,
)
from explorer.evaluation.sets import EvaluationSet, named_in_training
from explorer.spec import DataSpec
from explorer.world.grammar import Grammar, Sentence
from explorer.world.things import THINGS
from tests.unit.evaluation.oracles import FORMS, SPECS, Oracle, bag, binding, constant, of_scenes, set_of, told
from tests.unit.toys import tiny_clip
from tests.unit.world.worlds import facts_of, objects_of, texts_of

GRAMMAR = Grammar(THINGS)
every_set = pytest.mark.parametrize(("form", "name"), [(form, name) for form in FORMS for name in SPECS])


def texts_asked(captions: SingleObjectCaptions) -> list[list[list[str]]]:
    """[scene][place][own, swapped, next] as text, of the places that name an object."""
    nouns, shape = captions.found.caption.nouns, captions.values.shape
    flat = Sentence(nouns=np.repeat(nouns.reshape(-1), 3)[:, None], values=captions.values.reshape(-1, 1, shape[3]))
    texts = np.array(texts_of(flat), dtype=object).reshape(shape[:3])
    return [[list(texts[i, p]) for p in range(shape[1]) if nouns[i, p] >= 0] for i in range(shape[0])]


def cosines_of(captions: SingleObjectCaptions, oracle: Oracle, *, sign: float = 1.0) -> np.ndarray:
    """(N, P, 3) of a model that is made by hand."""
    images = sign * of_scenes(facts_of(captions.found.scenes), oracle)
    found = np.full(captions.values.shape[:3], np.nan)
    for i, places in enumerate(texts_asked(captions)):
        for p, texts in enumerate(places):
            features = np.stack([oracle(objects_of(text)) for text in texts])
            found[i, p] = metrics.cosine(images[i : i + 1], features[None])[0]
    return found


@every_set
def test_what_is_asked_reads_as_it_should(form: str, name: str) -> None:
    words, captions = told(form, name), ask_singly(told(form, name).found)
    for i, places in enumerate(texts_asked(captions)):
        own, swapped, other = ([objects_of(place[column])[0] for place in places] for column in range(3))
        assert own == words.captions[i] and swapped == words.swapped[i]
        assert [a != b for a, b in zip(own, swapped, strict=True)] == captions.traded[i, : len(own)].tolist() or (
            not words.found.swapped.exists[i] and not captions.traded[i].any()
        )
        for p, ((noun, named), (same, given)) in enumerate(zip(own, other, strict=True)):
            assert noun == same
            assert (named != given) == bool(captions.differs[i, p])
            if len(own) > 1:
                lender = words.facts[i][own[(p + 1) % len(own)][0]]
                assert set(given) <= set(lender) and len(given) == len(named)
            elif captions.differs[i, p]:
                assert not set(given) - set(named) <= set(words.facts[i][noun])


@every_set
@pytest.mark.parametrize(("oracle", "sign", "value"), [(binding, 1.0, 1.0), (binding, -1.0, 0.0), (constant, 1.0, 0.5)])
def test_models_made_by_hand_score_as_they_bind(
    form: str, name: str, oracle: Oracle, sign: float, value: float
) -> None:
    captions = ask_singly(told(form, name).found)
    scores = single_scores(captions, cosines_of(captions, oracle, sign=sign))
    assert np.array_equal(~np.isnan(scores["parts_accuracy"]), told(form, name).found.swapped.exists)
    assert np.array_equal(~np.isnan(scores["single_object_accuracy"]), captions.differs.any(axis=1))
    for each in scores.values():
        assert set(each[~np.isnan(each)]) <= {value}


@pytest.mark.parametrize("name", ["friendly", "rich"])
def test_a_bag_of_words_is_at_chance(name: str) -> None:
    captions = ask_singly(told("complete", name).found)
    scores = single_scores(captions, np.round(cosines_of(captions, bag), 9))
    for each in scores.values():
        assert set(each[~np.isnan(each)]) <= {0.5}


def one_sided(captions: SingleObjectCaptions) -> np.ndarray:
    """A model that knows the largest object of each image and guesses the other values wrong by less."""
    areas = np.take_along_axis(captions.found.scenes.areas, captions.objects, axis=1)
    is_largest = areas == captions.found.scenes.areas.max(axis=1, keepdims=True)
    own = np.where(is_largest, 0.9, 0.3)
    return np.stack([own, np.full_like(own, 0.4), np.full_like(own, 0.4)], axis=2)


def rows_of(captions: SingleObjectCaptions, cosines: np.ndarray, captioner: Any = None) -> dict[tuple[str, str], Any]:
    return {(row.by, row.group): row for row in break_down_singly(captions, cosines, captioner)}


def test_a_model_that_knows_the_larger_object_only() -> None:
    """Each pair: 0.9 + 0.3 over 0.4 + 0.4, so the parts are right although one of the two objects is not."""
    captions = ask_singly(told("canonical", "friendly").found)
    scores = single_scores(captions, one_sided(captions))
    areas = captions.found.scenes.areas
    apart = (areas[:, 0] != areas[:, 1]) & captions.found.swapped.exists
    assert set(scores["parts_accuracy"][apart]) == {1.0}
    assert set(scores["single_object_accuracy"][apart]) == {0.5}
    rows = rows_of(captions, one_sided(captions))
    assert set(rows) == {("alone_by_size", "largest object"), ("alone_by_size", "smallest object")}
    assert (rows["alone_by_size", "largest object"].value, rows["alone_by_size", "smallest object"].value) == (1.0, 0.0)
    assert rows["alone_by_size", "largest object"].n == apart.sum()


def salient_set() -> tuple[DataSpec, EvaluationSet]:
    data = DataSpec(objects_in_image=4, caption_completeness=0.5, saliency_bias=1.0)
    return data, set_of("complete", data, count=150)


def test_what_training_names_are_the_largest_where_captions_are_salient() -> None:
    data, found = salient_set()
    captioner = named_in_training(data, found)
    assert (captioner.sum(axis=1) == 2).all()
    smallest_named = np.where(captioner, found.scenes.areas, 10**9).min(axis=1)
    largest_left = np.where(captioner, 0, found.scenes.areas).max(axis=1)
    assert (smallest_named >= largest_left).all()
    own = set_of("own", data, count=150)
    for i, nouns in enumerate(own.caption.nouns.tolist()):
        assert {noun for noun in nouns if noun >= 0} == set(found.scenes.nouns[i][captioner[i]].tolist())


def test_rows_by_what_training_names() -> None:
    data, found = salient_set()
    captions, captioner = ask_singly(found), named_in_training(data, found)
    named = np.take_along_axis(captioner, captions.objects, axis=1)
    own = np.where(named, 0.9, 0.3)
    cosines = np.stack([own, np.full_like(own, 0.4), np.full_like(own, 0.4)], axis=2)
    rows = rows_of(captions, cosines, captioner)
    assert rows["alone_by_naming", "named in training"].value == 1.0
    assert rows["alone_by_naming", "left out in training"].value == 0.0
    assert rows["alone_by_size", "largest object"].value == 1.0
    assert rows["alone_by_size", "smallest object"].value == 0.0
    assert rows["alone_by_naming", "named in training"].n == (captions.differs & named).any(axis=1).sum()


def test_cosines_are_those_of_the_model_with_the_captions_as_text() -> None:
    clip, found = tiny_clip(seed=3), set_of("own", SPECS["web"], count=12)
    captions = ask_singly(found)
    images = np.random.default_rng(0).standard_normal((12, 16))
    cosines = single_cosines(clip, GRAMMAR, images, captions)
    texts = texts_asked(captions)
    for i in (0, 5, 11):
        for p, place in enumerate(texts[i]):
            ids = clip.ids(place)
            features = clip.encode_ids(ids).detach().numpy()
            expected = metrics.cosine(images[i : i + 1], features[None])[0]
            np.testing.assert_allclose(cosines[i, p], expected, atol=1e-6)
