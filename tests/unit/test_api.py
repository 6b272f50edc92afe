"""The plain functions behind pages and commands: specs resolved, scenes as the renderer draws them, numbers checked."""

import base64
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.api import MOST_SCENES, data_uri, resolve, scenes, whole_number
from explorer.presets import PRESETS
from explorer.spec import SpecError
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.things import THINGS
from tests.unit.world.worlds import Batch, draw, facts_of, stream_of, text_is_true, texts_of

PREFIX = "data:image/png;base64,"
KEYS = [
    "image",
    "caption",
    "swapped_caption",
    "replaced_caption",
    "reordered_caption",
    "objects",
    "mentioned",
]


def pixels_of(uri: str) -> np.ndarray:
    """(3, S, S) uint8 of a data URI."""
    assert uri.startswith(PREFIX)
    picture = Image.open(io.BytesIO(base64.b64decode(uri[len(PREFIX) :], validate=True)))
    assert (picture.format, picture.mode) == ("PNG", "RGB")
    return np.asarray(picture).transpose(2, 0, 1)


def drawn(preset: str, overrides: dict[str, Any], *, count: int, seed: int) -> Batch:
    """The training scenes of the same spec, by hand."""
    return draw(make_plan(resolve(preset, overrides).data, THINGS, seed=seed), stream_of(count, seed=seed))


# --- resolve ---


def test_a_preset_is_resolved_as_it_is() -> None:
    assert resolve("salient", {}) == PRESETS["salient"].spec


def test_overrides_reach_data_and_training_and_keep_the_rest() -> None:
    spec = resolve("web-like", {"saliency_bias": "0.5", "batch_size": 64, "attribute_kinds": "color,size"})
    base = PRESETS["web-like"].spec
    assert spec.data == replace(base.data, saliency_bias=0.5, attribute_kinds=("color", "size"))
    assert spec.train == replace(base.train, batch_size=64) and spec.preset == "web-like"


def test_fields_are_checked_together_after_all_overrides() -> None:
    assert resolve("one-object", {"objects_in_image": 3, "caption_completeness": "1/3"}).data.objects_in_image == 3
    with pytest.raises(SpecError, match="caption_completeness=0.3.*from 1/2 to 1"):
        resolve("binding-friendly", {"caption_completeness": 0.3})


@pytest.mark.parametrize(
    ("preset", "overrides", "words"),
    [
        ("nope", {}, ("preset=nope", "choose", "binding-friendly")),
        ("web-like", {"colour": 1}, ("colour", "saliency_bias")),
        ("web-like", {"saliency_bias": 1.7}, ("saliency_bias=1.7", "0 to 1")),
        ("web-like", {"batch_size": float("nan")}, ("batch_size=nan", "16 to 4096")),
        ("web-like", {"world": "mars"}, ("world=mars", "things")),
        ("web-like", {"model": "huge"}, ("model=huge", "small")),
        ("web-like", {"attribute_kinds": ["smell"]}, ("attribute_kinds=smell", "color, size")),
        ("web-like", {"loss": None}, ("loss=None",)),
    ],
)
def test_errors_name_field_value_and_what_is_allowed(
    preset: str, overrides: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(SpecError) as error:
        resolve(preset, overrides)
    assert all(word in str(error.value) for word in words)


# --- scenes ---


@pytest.mark.parametrize(
    ("preset", "overrides", "seed", "size"),
    [
        ("web-like", {}, 0, 64),
        ("binding-friendly", {"attribute_object_correlation": "0.9"}, 5, 96),
        ("one-object", {}, 2, 16),
    ],
)
def test_pictures_are_the_bytes_of_the_renderer(preset: str, overrides: dict[str, Any], seed: int, size: int) -> None:
    found = scenes(preset, overrides, count=5, seed=seed, size=size)
    batch = drawn(preset, overrides, count=5, seed=seed)
    images = Renderer(batch.plan, size=size).images(draw_scenes(batch.plan, batch.stream))
    assert len(found) == 5
    for record, image in zip(found, images, strict=True):
        assert np.array_equal(pixels_of(record["image"]), image)


def test_records_say_what_training_would_read() -> None:
    found = scenes("web-like", {}, count=40, seed=3, size=32)
    batch = drawn("web-like", {}, count=40, seed=3)
    assert [record["caption"] for record in found] == texts_of(batch.said)
    for record, facts in zip(found, facts_of(batch.scenes), strict=True):
        assert list(record) == KEYS
        assert {thing["noun"]: tuple(thing["values"].values()) for thing in record["objects"]} == facts
        assert record["swapped_caption"] is None or not text_is_true(record["swapped_caption"], facts)
    assert {type(record["swapped_caption"]) for record in found} == {str, type(None)}
    assert json.loads(json.dumps(found)) == found


def test_the_first_scenes_do_not_depend_on_the_count() -> None:
    assert scenes("salient", {}, count=2, seed=1, size=32) == scenes("salient", {}, count=4, seed=1, size=32)[:2]
    assert scenes("salient", {}, count=2, seed=1, size=32) != scenes("salient", {}, count=2, seed=2, size=32)


def test_a_field_of_training_changes_no_scene() -> None:
    assert scenes("salient", {"batch_size": 16}, count=2, size=32) == scenes("salient", {}, count=2, size=32)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"count": 0}, ("count=0", f"1 to {MOST_SCENES}")),
        ({"count": MOST_SCENES + 1}, (f"count={MOST_SCENES + 1}", f"1 to {MOST_SCENES}")),
        ({"count": "many"}, ("count=many", "whole number")),
        ({"size": 63}, ("size=63", "even", "16 to 512")),
        ({"size": 8}, ("size=8", "16 to 512")),
        ({"seed": -1}, ("seed=-1", "0 to 2147483647")),
        ({"seed": 2**31}, ("seed=2147483648", "0 to 2147483647")),
        ({"count": 2.5}, ("count=2.5", "whole number")),
    ],
)
def test_counts_sizes_and_seeds_are_checked(arguments: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(SpecError) as error:
        scenes("binding-friendly", {}, **arguments)
    assert all(word in str(error.value) for word in words)


def test_a_data_uri_keeps_every_pixel() -> None:
    image = np.random.default_rng(0).integers(0, 256, (3, 20, 20), dtype=np.uint8)
    assert np.array_equal(pixels_of(data_uri(image)), image)


# --- whole_number ---


@pytest.mark.parametrize(("given", "number"), [(7, 7), ("7", 7), (" 7 ", 7), ("+7", 7), (7.0, 7), (np.int64(7), 7)])
def test_whole_numbers_are_read(given: Any, number: int) -> None:
    read = whole_number("count", given, 1, 10)
    assert read == number and type(read) is int


@pytest.mark.parametrize("given", [1, 10])
def test_both_ends_are_allowed(given: int) -> None:
    assert whole_number("count", given, 1, 10) == given


@pytest.mark.parametrize(
    "given",
    [0, 11, -3, "", "seven", "7.0", 7.5, "1e1", "nan", float("nan"), float("inf"), 1e300, True, None, [7], "9" * 5000],
)
def test_all_else_is_an_error_in_words(given: Any) -> None:
    with pytest.raises(SpecError) as error:
        whole_number("count", given, 1, 10)
    text = str(error.value)
    assert text.startswith("count=") and text.endswith(": give a whole number from 1 to 10") and len(text) < 100
