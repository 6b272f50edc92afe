"""Previews: the same as the records, the measured files and the batches of training that they stand for."""

import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.codec import encode
from explorer.presets import PRESETS
from explorer.spec import DataSpec, TrainSpec
from explorer.training.loop import Batches
from explorer.world.imagefolder import records
from explorer.world.measure import facts_of, facts_of_arrays, measure
from explorer.world.plan import make_plan
from explorer.world.preview import MEASURED, MOST_PAIRS, preview
from explorer.world.render import Renderer
from explorer.world.things import THINGS
from tests.unit.toys import tiny_clip
from tests.unit.world.worlds import GRAMMAR, SPECS, draw, same, stream_of

TRAIN = TrainSpec(batch_size=64)


@pytest.mark.parametrize("name", SPECS)
def test_facts_of_arrays_measure_as_those_of_records(name: str) -> None:
    plan = make_plan(SPECS[name], THINGS, seed=5)
    batch = draw(plan, stream_of(400, seed=5))
    written = records(plan, batch.scenes, batch.stream, GRAMMAR, Renderer(plan, size=64).atlas)
    expected = measure(facts_of([encode(each) for each in written]))
    found = measure(facts_of_arrays(THINGS, batch.scenes, batch.said))
    assert json.dumps(encode(found), allow_nan=False) == json.dumps(encode(expected), allow_nan=False)


@pytest.mark.parametrize("name", SPECS)
def test_a_preview_shows_the_first_scenes_of_training(name: str) -> None:
    plan = make_plan(SPECS[name], THINGS, seed=2)
    batch, renderer = draw(plan, stream_of(12, seed=2)), Renderer(plan, size=32)
    found = preview(SPECS[name], TRAIN, THINGS, 2, 12, 32).scenes
    assert [scene.record for scene in found] == records(plan, batch.scenes, batch.stream, GRAMMAR, renderer.atlas)
    assert same([scene.image for scene in found], list(renderer.images(batch.scenes)))
    for scene in found:
        swapped = scene.record.swapped_caption
        assert " ".join(word["text"] for word in scene.words) == scene.record.caption
        assert (swapped is None) == (scene.swapped_words is None) == (scene.no_swap is not None)
        if scene.swapped_words is not None:
            assert " ".join(word["text"] for word in scene.swapped_words) == swapped


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", ["web-like", "binding-friendly"])
def test_the_rates_are_those_of_the_first_step(name: str, share: float) -> None:
    data, train = PRESETS[name].spec.data, replace(TRAIN, hard_negatives=share, seed=4)
    step = Batches(make_plan(data, THINGS, seed=4), train, GRAMMAR, tiny_clip()).draw(0)
    found = preview(data, train, THINGS, 4, 1, 16)
    assert {key: found.rates[key] for key in step.rates} == step.rates
    assert set(found.rates) == set(step.rates) | {"swappable"}
    assert found.rates["swappable"] == found.rates["hard_negatives"] or share < 1
    assert found.num_pairs == 64


def test_of_a_large_batch_some_pairs_are_looked_at() -> None:
    found = preview(DataSpec(), TrainSpec(batch_size=4096), THINGS, 0, 1, 16)
    assert found.num_pairs == MOST_PAIRS
    assert found.rates == preview(DataSpec(), TrainSpec(batch_size=512), THINGS, 0, 1, 16).rates


def test_the_measured_dials_move_with_the_dials() -> None:
    for share in (0.0, 0.5, 1.0):
        data = DataSpec(objects_in_image=3, caption_completeness=0.5, saliency_bias=share)
        found = preview(data, TRAIN, THINGS, 0, 1, 16).measured["saliency_bias"]
        assert found is not None and found.n == MEASURED
        assert found.low is not None and found.high is not None and found.low - 0.05 <= share <= found.high + 0.05


def test_what_was_asked_before_changes_nothing() -> None:
    first = preview(DataSpec(), TRAIN, THINGS, 0, 4, 32)
    preview(DataSpec(attribute_kinds=("pattern", "tilt")), TRAIN, THINGS, 0, 4, 32)
    first.scenes[0].image[:] = 0
    again = preview(DataSpec(), TRAIN, THINGS, 0, 4, 32)
    assert same([scene.image for scene in first.scenes[1:]], [scene.image for scene in again.scenes[1:]])
    assert np.ptp(again.scenes[0].image) > 100
    assert again.measured == first.measured and again.rates == first.rates
