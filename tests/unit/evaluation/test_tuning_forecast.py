"""What tuning a pretrained model takes: memory and time by hand, and the batch size that fits."""

from collections import Counter
from dataclasses import fields, replace
from typing import ClassVar

import pytest
import torch

from explorer.clip.clip import Clip
from explorer.clip.loading import weight_bytes
from explorer.evaluation import tuning_forecast
from explorer.evaluation.report import evaluate
from explorer.evaluation.sets import FULL_BUDGET, ProbeBudget
from explorer.evaluation.tuning_forecast import PROCESS_BYTES, count_embeddings, forecast_training, memory_bytes
from explorer.presets import get_preset
from explorer.spec import RunSpec, override
from explorer.world.worlds import get_world
from tests.unit.toys import GRAMMAR, tiny_clip, tiny_spec


def spec_of(tune: str, **changes: object) -> RunSpec:
    return override(tiny_spec(model="small", init="x", steps=2), {"tune": tune, **changes})


def test_memory_by_hand() -> None:
    clip = tiny_clip()
    # 32 pixels in patches of 16: 4 tokens and the class; width 32, heads of 16. Bytes of fp32 numbers.
    image = 4 * 5 * (16 * 32 + 2 * 2 * 5)
    tokens = GRAMMAR.context_length
    text = 4 * tokens * (16 * 32 + 2 * 2 * tokens)
    weights = PROCESS_BYTES + weight_bytes(clip)
    large = spec_of("lora", batch_size=4096)
    # One layer each: what is kept for the way back, and the block that is being computed.
    assert memory_bytes(clip, large) == pytest.approx(weights + 4096 * 2 * (image + text))
    assert memory_bytes(clip, spec_of("text-map", batch_size=4096)) == pytest.approx(weights + 4096 * (image + text))
    small = spec_of("text-map", batch_size=16)
    assert memory_bytes(clip, small) == pytest.approx(weights + 250 * (image + 2 * text)), "the evaluation takes more"


def test_time_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = tiny_clip()
    monkeypatch.setitem(tuning_forecast._timings, clip.name, (0.02, 0.01))
    spec = spec_of("text-map", batch_size=16, steps=1000)
    forecast = forecast_training(clip, spec, free_bytes=64e9)
    training = 1000 * 16 * 0.03 * 1.05
    scenes, (images, texts) = 24 * 2 * FULL_BUDGET.quick_scenes, count_embeddings(spec.data)
    evaluation = (scenes + images) * 0.02 + (3 * scenes + texts) * 0.01
    assert forecast.range_s == pytest.approx((0.75 * (training + evaluation), 1.5 * (training + evaluation)))
    lora = forecast_training(clip, replace(spec, train=replace(spec.train, tune="lora")), free_bytes=64e9)
    assert lora.range_s[0] > 1.3 * forecast.range_s[0]


class CountingClip(Clip):
    """A model that only counts what it encodes, and answers noise."""

    encoded: ClassVar[Counter[str]] = Counter()

    def encode_images(self, images: torch.Tensor) -> torch.Tensor:
        return self._noise("images", images)

    def encode_ids(self, ids: torch.Tensor) -> torch.Tensor:
        return self._noise("texts", ids)

    def _noise(self, kind: str, rows: torch.Tensor) -> torch.Tensor:
        self.encoded[kind] += len(rows)
        return torch.rand(len(rows), 16)


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["web-like", "two-kinds", "incomplete"])
def test_the_embeddings_of_an_evaluation_are_counted(preset: str) -> None:
    data, tiny = get_preset(preset).spec.data, tiny_clip()
    clip = CountingClip(**{each.name: getattr(tiny, each.name) for each in fields(Clip)})
    clip.encoded.clear()
    budget = replace(
        FULL_BUDGET,
        max_twins=200,
        max_damaged=100,
        min_scenes_for_probe=1,
        probe=ProbeBudget(fit_per_value=20, test_per_value=10),
    )
    evaluate(clip, get_world(data.world), data, seed=0, count=300, budget=budget)
    images, texts = count_embeddings(data, count=300, budget=budget)
    if preset == "incomplete":  # its complete form is the canonical one
        assert clip.encoded["images"] < images and clip.encoded["texts"] < texts
    else:
        assert clip.encoded["images"] == images and clip.encoded["texts"] == pytest.approx(texts, rel=0.3)


def test_what_does_not_fit_is_told_with_what_does() -> None:
    clip, spec = tiny_clip(), spec_of("lora", batch_size=1024)
    enough, half = (memory_bytes(clip, replace(spec, train=replace(spec.train, batch_size=n))) for n in (1024, 512))
    forecast = forecast_training(clip, spec, free_bytes=enough)
    assert forecast.fits and forecast.most_batch == 1024 and forecast.sentence.startswith("About ")
    tight = forecast_training(clip, spec, free_bytes=half)
    assert not tight.fits and tight.most_batch == 512
    assert "Does not fit" in tight.sentence and "choose at most 512 pairs per batch" in tight.sentence
    none = forecast_training(clip, spec, free_bytes=1e6)
    assert none.most_batch is None and "no batch size fits" in none.sentence
