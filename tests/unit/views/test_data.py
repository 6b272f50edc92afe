"""Scenes as a view answers them: the renderer's pictures and what a training reads, whatever their number."""

import base64
import io
import json
from threading import BoundedSemaphore
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.api import resolve, scenes
from explorer.errors import BusyError, UserError
from explorer.views import data as data_views
from explorer.views.data import MAX_LARGE_DRAWINGS, MAX_VIEWED_SCENES
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.things import THINGS
from tests.unit.world.worlds import draw, facts_of, stream_of, text_is_true, texts_of

KEYS = (
    "image caption swapped_caption replaced_caption reordered_caption confused_captions objects mentioned tidy".split()
)


def pixels_of(uri: str) -> np.ndarray:
    """(3, S, S) uint8 of a data URI."""
    head, _, body = uri.partition(",")
    picture = Image.open(io.BytesIO(base64.b64decode(body, validate=True)))
    assert (head, picture.format, picture.mode) == ("data:image/png;base64", "PNG", "RGB")
    return np.asarray(picture).transpose(2, 0, 1)


@pytest.mark.parametrize(
    ("preset", "overrides", "seed", "size"),
    [
        ("web-like", {}, 3, 64),
        ("binding-friendly", {"attribute_object_correlation": "0.9"}, 5, 96),
        ("one-object", {}, 2, 16),
    ],
)
def test_scenes_are_what_a_training_reads(preset: str, overrides: dict[str, Any], seed: int, size: int) -> None:
    drawn = scenes(preset, overrides, count=12, seed=seed, size=size)
    batch = draw(make_plan(resolve(preset, overrides).data, THINGS, seed=seed), stream_of(12, seed=seed))
    images = Renderer(batch.plan, size=size).images(draw_scenes(batch.plan, batch.stream))
    assert [record["caption"] for record in drawn] == texts_of(batch.captions)
    for record, image, facts in zip(drawn, images, facts_of(batch.scenes), strict=True):
        assert np.array_equal(pixels_of(record["image"]), image)
        assert list(record) == KEYS
        assert {thing["noun"]: tuple(thing["values"].values()) for thing in record["objects"]} == facts
        assert record["swapped_caption"] is None or not text_is_true(record["swapped_caption"], facts)
    assert json.loads(json.dumps(drawn)) == drawn
    assert drawn[:2] == scenes(preset, overrides | {"batch_size": 16}, count=2, seed=seed, size=size)


def test_counts_sizes_and_seeds_are_checked() -> None:
    for arguments, words in (
        (
            {"count": MAX_VIEWED_SCENES + 1},
            f"count={MAX_VIEWED_SCENES + 1}: give a whole number from 1 to {MAX_VIEWED_SCENES}",
        ),
        ({"count": 2.5}, "count=2.5: give a whole number"),
        ({"size": 63}, "size=63: .*even"),
        ({"size": 8}, "size=8: .*16 to 512"),
        ({"seed": 2**31}, "seed=2147483648: .*0 to 2147483647"),
    ):
        with pytest.raises(UserError, match=words):
            scenes("binding-friendly", {}, **arguments)  # type: ignore[arg-type]


def test_a_recipe_is_refused_by_its_field() -> None:
    """As `resolve` reads it for every view; single values are checked with the spec."""
    for preset, overrides, words in (
        ("nope", {}, "preset=nope: choose tidy, web-like"),
        (None, {}, "preset=nothing: choose tidy, web-like"),
        ("web-like", {"color": 1}, "color"),
        ("web-like", "saliency_bias", "overrides=saliency_bias: give an object"),
        ("binding-friendly", {"caption_completeness": 0.3}, "caption_completeness=0.3.*from 1/2 to 1"),
    ):
        with pytest.raises(UserError, match=words):
            resolve(preset, overrides)  # type: ignore[arg-type]
    assert resolve("one-object", {"objects_in_image": 3, "caption_completeness": "1/3"}).data.objects_in_image == 3


def test_few_large_scenes_are_drawn_at_once_and_small_ones_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_views, "_large_drawings", BoundedSemaphore(MAX_LARGE_DRAWINGS))
    for _ in range(MAX_LARGE_DRAWINGS):
        assert data_views._large_drawings.acquire(blocking=False)
    with pytest.raises(BusyError, match="size=130: large scenes are being drawn for others"):
        scenes("web-like", {}, count=1, size=130)
    assert len(scenes("web-like", {}, count=1, size=128)) == 1
    data_views._large_drawings.release()
    assert len(scenes("web-like", {}, count=1, size=130)) == len(scenes("web-like", {}, count=1, size=130)) == 1
