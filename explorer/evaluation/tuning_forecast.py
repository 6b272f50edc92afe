"""Forecast of memory and time of a training that starts from a pretrained CLIP.

    forecast = forecast_training(clip, spec, free_bytes=12e9)
    forecast.memory_bytes, forecast.range_s         # 9.1e9, (1500.0, 2800.0)
    forecast.sentence                               # "About 35 min; it needs about 9.1 GB of memory (12 GB are free)."

It rests on a timed forward pass of the model on this computer and on the shape of its towers. It is rough:
`runs.queue.estimate_from_runs` is measured, once a run of the model has ended here.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.clip.loading import weight_bytes
from explorer.evaluation.inspection import inspected_forms
from explorer.evaluation.sets import FULL_BUDGET, EvaluationBudget, asked_forms
from explorer.evaluation_scenes import DEFAULT_SCENES
from explorer.sentences import Sentence
from explorer.spec import DIALS, DataSpec, RunSpec, evaluated_steps
from explorer.world.worlds import get_world

STEP_IN_FORWARD_PASSES = {"all": 3.0, "text": 3.0, "image": 3.0, "lora": 2.2, "text-map": 1.05}
"""Seconds of a training step in forward passes of both towers.

lora also computes the gradients of activations, as much work as a forward pass, but none of frozen weights; text-map
computes no gradient of a tower."""
PROCESS_BYTES = 550e6
"""Resident memory of a worker before it loads a model."""
SECONDS_FACTORS = (0.75, 1.5)
"""Factors of the low and the high end of a range."""
CAPTIONS_PER_QUICK_SCENE = 3
"""The caption of a scene, its swap and one with another word."""
CAPTIONS_PER_SCENE = 5
"""About so many captions of a scene that no scene before it had: its own, three changed ones and two confusions."""
_IMAGES_AT_ONCE = 250
_TIMED = 4
_timings: dict[str, tuple[float, float]] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingForecast:
    """Resources of a training: bytes at its peak and bytes that are free, and the seconds, from low to high.

    `most_batch` is the largest batch size that fits into the free memory, None if not even the smallest fits.
    """

    memory_bytes: float
    free_bytes: float
    range_s: tuple[float, float]
    most_batch: int | None

    @property
    def fits(self) -> bool:
        """True if the free memory is enough."""
        return self.memory_bytes <= self.free_bytes

    @property
    def needs(self) -> str:
        """The sentence on the memory that is needed and that is free, both in GB."""
        return Sentence(
            "tuning.needs",
            "it needs about {needed} GB of memory ({free} GB are free)",
            needed=f"{self.memory_bytes / 1e9:.1f}",
            free=f"{self.free_bytes / 1e9:.1f}",
        )

    @property
    def sentence(self) -> str:
        """Time and memory in words, with a smaller batch if this one does not fit."""
        if self.fits:
            return Sentence("tuning.fits", "About {time}; {needs}.", time=_format_range(self.range_s), needs=self.needs)
        return Sentence("tuning.too-large", "{refusal}.", refusal=self.refusal)

    @property
    def refusal(self) -> str:
        """The clause that says why it does not fit, and which batch does."""
        advice = "no batch size fits"
        if self.most_batch:
            advice = Sentence("tuning.most-batch", "choose at most {most} pairs per batch", most=self.most_batch)
        return Sentence("tuning.refusal", "Does not fit: {needs}; {advice}", needs=self.needs, advice=advice)


def forecast_training(clip: Any, spec: RunSpec, *, free_bytes: float) -> TrainingForecast:
    """Return the forecast for a model that is at hand."""
    image_s, text_s = _forward_seconds(clip)
    train = spec.train
    passes = STEP_IN_FORWARD_PASSES[train.tune]
    step_s = train.batch_size * (1 + train.hard_negatives / 2) * (image_s + text_s) * passes
    scenes = len(evaluated_steps(train.steps)) * len(inspected_forms(spec.data)) * FULL_BUDGET.quick_scenes
    images, texts = count_embeddings(spec.data)
    evaluation_s = (scenes + images) * image_s + (CAPTIONS_PER_QUICK_SCENE * scenes + texts) * text_s
    seconds = train.steps * step_s + evaluation_s
    low, high = SECONDS_FACTORS
    return TrainingForecast(
        memory_bytes=memory_bytes(clip, spec),
        free_bytes=free_bytes,
        range_s=(low * seconds, high * seconds),
        most_batch=_most_batch(clip, spec, free_bytes),
    )


def count_embeddings(
    data: DataSpec, *, count: int = DEFAULT_SCENES.count, budget: EvaluationBudget = FULL_BUDGET
) -> tuple[int, int]:
    """Return how many pictures the evaluation at the end embeds, and about how many captions.

    Of data some of whose forms are the same, it embeds fewer.
    """
    forms, few = asked_forms(data), min(count, budget.max_twins)
    # All forms but the canonical one show the same scenes, each with its own twins.
    images = min(2, len(forms)) * count + len(forms) * few + 2 * min(count, budget.max_damaged)
    if count >= budget.min_scenes_for_probe:
        images += budget.probe.per_value * len(get_world(data.world).kinds[0].values)
    # Where every object is named, all assignments of their values are asked; of two objects the caption and its swap.
    others = max(0, math.factorial(data.objects_in_image) - 2) * few
    texts = len(forms) * CAPTIONS_PER_SCENE * count + sum(form in ("complete", "bundle") for form in forms) * others
    return images, texts


def _forward_seconds(clip: Any) -> tuple[float, float]:
    """Return seconds per picture and per caption, the faster of two passes.

    A model of a name is timed once, as models of a name are alike.
    """
    from explorer.evaluation.embed import embed_images, embed_texts  # torch is there if a model is at hand

    def time_run(run: Callable[[], Any]) -> float:
        began = time.perf_counter()
        run()
        return (time.perf_counter() - began) / _TIMED

    if clip.name not in _timings:
        pixels = np.zeros((_TIMED, 3, clip.image_size, clip.image_size), dtype=np.uint8)
        captions = [f"a red bus and {number} blue submarines" for number in range(_TIMED)]
        image_s = min(time_run(lambda: embed_images(clip, pixels)) for _ in range(2))
        _timings[clip.name] = image_s, min(time_run(lambda: embed_texts(clip, captions)) for _ in range(2))
    return _timings[clip.name]


def memory_bytes(clip: Any, spec: RunSpec) -> float:
    """Return bytes at the peak: the process, the weights, and the activations of one batch or one evaluation.

    Activations per block, sample and fp32 number: 16 h + 2 a s for each of s tokens of width h with a heads, after
    Korthikanti et al., Reducing Activation Recomputation in Large Transformer Models, 2022, without dropout.
    """
    towers = _tower_shapes(clip)
    image, text = (4.0 * each.tokens * (16 * each.width + 2 * each.heads * each.tokens) for each in towers)
    every = image * towers[0].layers + text * towers[1].layers
    batch = spec.train.batch_size * (image + text + (every if spec.train.tune != "text-map" else 0.0))
    return PROCESS_BYTES + weight_bytes(clip) + max(batch, _IMAGES_AT_ONCE * (image + 2 * text))


@dataclass(frozen=True, kw_only=True, slots=True)
class _TowerShape:
    tokens: float
    width: float
    heads: float
    layers: float


def _tower_shapes(clip: Any) -> tuple[_TowerShape, _TowerShape]:
    """Return the shapes of the image tower and the text tower.

    Towers of other libraries do not say all of that in their config; they count as a ViT-B/32 and its text tower.
    """
    config = clip.config or {}
    vision, text = config.get("vision_cfg") or {}, config.get("text_cfg") or {}
    patch, width = vision.get("patch_size") or 32, vision.get("width") or 768
    layers = vision.get("layers") or 12
    image = _TowerShape(
        tokens=(clip.image_size // int(patch)) ** 2 + 1,
        width=width,
        heads=width / (vision.get("head_width") or 64),
        layers=sum(layers) if isinstance(layers, list | tuple) else layers,
    )
    return image, _TowerShape(
        tokens=clip.context_length or 77,
        width=text.get("width") or 512,
        heads=text.get("heads") or 8,
        layers=text.get("layers") or 12,
    )


def _most_batch(clip: Any, spec: RunSpec, free_bytes: float) -> int | None:
    """Return the largest batch size of the dial whose forecast fits."""
    dial = DIALS["batch_size"]
    sizes = range(int(dial.low or 1), spec.train.batch_size + 1, int(dial.step or 1))

    def bytes_at(size: int) -> float:
        return memory_bytes(clip, replace(spec, train=replace(spec.train, batch_size=size)))

    return max((size for size in sizes if bytes_at(size) <= free_bytes), default=None)


def _format_range(range_s: tuple[float, float]) -> str:
    """Return the seconds from low to high in words, such as 40 to 80 s, 12 to 24 min or 2 to 4 h."""
    high = range_s[1]
    unit, size = Sentence("unit.seconds", "s"), 1.0
    if high >= 7200:
        unit, size = Sentence("unit.hours", "h"), 3600.0
    elif high >= 120:
        unit, size = Sentence("unit.minutes", "min"), 60.0
    least, most = (max(1, round(each / size)) for each in range_s)
    if least == most:
        return Sentence("tuning.time", "{count} {unit}", count=most, unit=unit)
    return Sentence("tuning.times", "{least} to {most} {unit}", least=least, most=most, unit=unit)
