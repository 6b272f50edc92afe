"""The part of the protocol that is exact on every computer: digests of integers, and metrics of given cosines.

    compute_exact(["web-like"])["digests"]["web-like"]["pixels"]     # SHA-256 of 1,000 images of 64 pixels
    python -m tests.unit.protocol.exact [DATA ...]             # the same as JSON

Only numpy and Pillow are imported, so that a fresh process answers within a second or two.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from explorer.evaluation import metrics
from explorer.evaluation.results import EVERY_FORM, Estimate
from explorer.evaluation.sets import make_set
from explorer.presets import PRESETS
from explorer.spec import DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, write_captions
from explorer.world.pairs import draw_pairs
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.swaps import swap
from explorer.world.worlds import WORLDS

COUNT, AT_ONCE = 1000, 250
"""Scenes per digest, and those that are drawn at a time."""

IMAGE_SIZE = 64
HARD_NEGATIVES = 0.5

EVERY_DIAL = DataSpec(
    objects_in_image=3,
    attribute_kinds=("color", "size", "pattern", "outline", "tilt"),
    attribute_object_correlation=0.5,
    held_out_pairs=0.25,
    attribute_density=1.5,
    caption_completeness=0.75,
    caption_lengths="mixed",
    saliency_bias=0.5,
)
"""Data for the dials and kinds that no preset moves."""

EXPERIMENTS = {
    "tidy-pairs": DataSpec(
        objects_in_image=4,
        attribute_kinds=("color", "pattern", "tilt"),
        attribute_density=0.5,
        caption_completeness=0.55,
        caption_lengths="mixed",
        saliency_bias=1.0,
        bare_word="certain",
        wrong_values=0.25,
        tidy_share=0.25,
        tidy_kinds=("color", "size"),
    ),
    "both-or-neither": DataSpec(attribute_density=0.35, told_together="both-or-neither"),
    "at-most-one": DataSpec(attribute_density=0.35, told_together="at-most-one"),
}
"""Data for the dials of experiments, which are later than the others."""

DATA: dict[str, DataSpec] = {
    **{name: preset.spec.data for name, preset in PRESETS.items()},
    "every-dial": EVERY_DIAL,
    **EXPERIMENTS,
}


def compute_exact(names: Sequence[str] = tuple(DATA)) -> dict[str, Any]:
    """Return `{"digests": {data: {part: SHA-256}}, "metrics": {name: estimate}}` for the named data."""
    return {"digests": {name: _digests(DATA[name]) for name in names}, "metrics": metric_estimates()}


class Digest:
    """SHA-256 of arrays in a byte order and width that no platform changes."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, *arrays: Any) -> None:
        """Append the shape and the values of each array of integers or booleans."""
        for array in map(np.asarray, arrays):
            assert array.dtype.kind in "biu", f"only integers are exact everywhere, not {array.dtype}"
            self._hash.update(np.asarray(array.shape, dtype="<i8").tobytes())
            self._hash.update(np.ascontiguousarray(array, dtype="u1" if array.dtype == np.uint8 else "<i8").tobytes())

    def text(self) -> str:
        """Return the digest in hexadecimal."""
        return self._hash.hexdigest()


@cache  # presets that differ only in training have the same data
def _digests(data: DataSpec) -> dict[str, str]:
    parts: dict[str, Digest] = {}
    for name, arrays in (*_training_parts(data), *_evaluation_parts(data)):
        parts.setdefault(name, Digest()).add(*arrays)
    return {name: digest.text() for name, digest in parts.items()}


def _training_parts(data: DataSpec) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the arrays of the train stream by part, some scenes at a time."""
    world = WORLDS[data.world]
    plan, grammar = make_plan(data, world, seed=0), Grammar(world, data)
    renderer = Renderer(plan, size=IMAGE_SIZE)
    for start in range(0, COUNT, AT_ONCE):
        stream = Stream(seed=0, name="train", index=np.arange(start, start + AT_ONCE))
        scenes = draw_scenes(plan, stream)
        captions = write_captions(plan, scenes, stream)
        swapped = swap(captions, stream)
        pairs = draw_pairs(plan, stream, grammar, hard_negatives=HARD_NEGATIVES)
        yield "scenes", _arrays(scenes)
        yield "pixels", (renderer.images(scenes),)
        yield "captions", (grammar.ids(captions),)
        yield "swapped", (swapped.exists, grammar.ids(swapped.captions))
        yield "hard_negatives", (pairs.ids[len(captions) :],)
        yield "true_captions", (pairs.truths,)


def _evaluation_parts(data: DataSpec) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the arrays of each form of evaluation; `canonical` is the same for all data."""
    world = WORLDS[data.world]
    grammar = Grammar(world, data)
    for form in EVERY_FORM:
        chosen = make_set(form, data, world, seed=0, count=COUNT)
        captions = [grammar.ids(batch) for batch in chosen.captions().values()]
        ways = [grammar.ids(way) for way in chosen.ways]
        exist = (chosen.swapped.exists, chosen.replaced.exists, chosen.reordered.exists)
        yield f"{form}_form", (*captions, *exist, *ways, chosen.valid, *_arrays(chosen.scenes), *_arrays(chosen.twins))


def _arrays(scenes: Scenes) -> tuple[Any, ...]:
    return scenes.nouns, scenes.values, scenes.level, scenes.side, scenes.cell, scenes.offset


def metric_estimates() -> dict[str, dict[str, float | None]]:
    """Return value and interval of each metric of 500 made-up items, whose cosines are coarse enough for ties."""
    count = 500
    stream = Stream(seed=0, name="evaluation", index=np.arange(count))
    cosines = stream.below("pick", 8, 4) / 8
    right, wrong, reordered = cosines[:, 0], cosines[:, 1], cosines[:, 2]
    features = stream.below("shuffle", 1000, 2, 6) - 400.0
    valid = stream.below("chosen", 2, 4) > 0
    valid[:, 0] = True
    shares: dict[str, Callable[[], Any]] = {
        "binding_accuracy": lambda: metrics.pairwise(right, wrong),
        "permutation_recall": lambda: metrics.first_place_share(cosines, valid),
        "reorder_accuracy": lambda: metrics.reorder_accuracy(right, reordered, wrong),
    }
    estimates = {name: metrics.estimate_share(make(), metrics.METRICS[name].chance) for name, make in shares.items()}
    for name, scores in metrics.winoground(cosines.reshape(count, 2, 2)).items():
        estimates[name] = metrics.estimate_share(scores, metrics.METRICS[name].chance)
    estimates["margin"] = metrics.estimate_mean(metrics.margin(right, wrong), metrics.METRICS["margin"].chance)
    estimates["modality_gap"] = metrics.modality_gap(features[:, 0], features[:, 1])
    own = metrics.cosine(features[:, 0], features[:, 1:])[:, 0]
    estimates["cosine"] = metrics.estimate_mean(own, None)
    return {name: _plain(estimate) for name, estimate in estimates.items()}


def _plain(estimate: Estimate) -> dict[str, float | None]:
    return {name: getattr(estimate, name) for name in ("value", "n", "low", "high", "chance")}


if __name__ == "__main__":
    print(json.dumps(compute_exact(sys.argv[1:] or tuple(DATA))))
