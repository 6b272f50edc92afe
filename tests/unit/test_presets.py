"""Presets: each is legal, says what to expect, and shows its flaw and nothing else."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.clip.configs import config_names
from explorer.errors import UserError
from explorer.presets import PRESETS, get_preset
from explorer.spec import DataSpec, KnownNames, RunSpec, validate
from explorer.world.plan import make_plan
from explorer.world.swaps import swap
from explorer.world.things import THINGS
from explorer.world.worlds import kind_names
from tests.unit.world.worlds import Batch, draw, objects_of, stream_of

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
every_preset = pytest.mark.parametrize("name", PRESETS)


def values_of(spec: RunSpec) -> dict[str, Any]:
    """Every dial of a spec."""
    return {field.name: getattr(part, field.name) for part in (spec.data, spec.train) for field in fields(part)}


def training_captions(data: DataSpec, count: int = 4000) -> Batch:
    return draw(make_plan(data, THINGS, seed=0), stream_of(count))


def swap_share(data: DataSpec) -> float:
    """The share of training captions in which two objects can trade values, as a hard negative does."""
    batch = training_captions(data)
    return float(np.mean(swap(batch.captions, batch.stream).exists))


@every_preset
def test_a_preset_is_legal_and_differs_from_its_base_by_its_flaw_alone(name: str) -> None:
    preset = get_preset(name)
    assert validate(preset.spec, KnownNames(worlds=kind_names(), models=config_names())) is preset.spec
    assert preset.name == name == preset.spec.preset
    assert RunSpec.from_json(preset.spec.to_json()) == preset.spec
    sentence = preset.sentence
    assert 20 < len(sentence) < 250 and sentence[-1] == "." and sentence[0].isupper() and "\n" not in sentence
    if preset.base is not None:
        own, base = values_of(preset.spec), values_of(get_preset(preset.base).spec)
        assert {field for field in own if own[field] != base[field]} == set(preset.flaw) and preset.flaw
    assert get_preset(preset.page_name) is preset and preset.page_name.replace("-", "").isalpha()
    assert all(each is preset or preset.page_name not in (each.name, each.page_name) for each in PRESETS.values())
    assert f"| {preset.title} | `{preset.page_name}` | `{name}` |" in GLOSSARY.read_text(encoding="utf-8")


def test_web_like_captions_name_about_half_of_the_objects_the_largest_with_few_values() -> None:
    data = get_preset("web-like").spec.data
    captions = [objects_of(text) for text in training_captions(data).texts]
    named = sum(len(objects) for objects in captions)
    assert 0.4 <= named / (data.objects_in_image * len(captions)) <= 0.65
    assert len(data.attribute_kinds) >= 3 and data.saliency_bias == 1.0
    assert sum(len(values) for objects in captions for _, values in objects) / named < 1


def test_web_like_captions_allow_hard_negatives() -> None:
    assert swap_share(get_preset("web-like").spec.data) >= 0.3
    assert swap_share(get_preset("binding-friendly").spec.data) > 0.8
    assert swap_share(get_preset("incomplete").spec.data) == swap_share(get_preset("one-object").spec.data) == 0.0


def test_a_large_batch_trains_on_as_many_samples() -> None:
    base, large = get_preset("web-like").spec.train, get_preset("web-like-large-batch").spec.train
    assert large.batch_size > base.batch_size
    assert large.batch_size * large.steps == base.batch_size * base.steps


@pytest.mark.parametrize("name", ["", "nope", "Web-like", "web-like ", "x" * 10_000])
def test_an_unknown_preset_is_told_in_one_short_sentence(name: str) -> None:
    with pytest.raises(UserError, match="preset=.*: choose tidy, web-like, web-like-with-swaps") as error:
        get_preset(name)
    assert len(str(error.value)) < 300


def test_pictures_show_as_many_objects_as_the_scenes_and_tell_as_much() -> None:
    nouns, colors = ({each.word for each in part} for part in (THINGS.nouns, THINGS.kinds[0].values))
    main = [each for each in PRESETS.values() if each.is_main]
    assert [each.title for each in main] == ["Tidy", "Web-like", "Half told", "Big only"]
    for preset in main:
        data, named = preset.spec.data, [each for each in preset.picture if each.is_told]
        assert len(preset.picture) == data.objects_in_image and len(named) <= 2
        assert (len(named) == len(preset.picture)) == (data.caption_completeness == 1)
        assert {each.noun for each in preset.picture} <= nouns
        assert {each.color for each in preset.picture} - {None} <= colors
        if data.saliency_bias:
            assert min(each.side for each in named) > max(each.side for each in preset.picture if not each.is_told)
