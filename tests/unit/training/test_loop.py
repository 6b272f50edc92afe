"""The loop repeats itself bit for bit, learns, keeps the scale in bounds and leaves frozen weights alone.

It goes on from a checkpoint bit for bit, and a checkpoint that cannot be read changes nothing.
"""

import copy
import math
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.clip.clip import Clip
from explorer.codec import decode, encode
from explorer.spec import DataSpec, TrainSpec
from explorer.training import checkpoint, loop
from explorer.training.batches import Batches
from explorer.training.loop import StepRecord, Trainer, failed_to_train, mean_rates, measure_pace
from explorer.training.losses import chance_loss, clip_loss, siglip_chance_loss, siglip_loss
from explorer.training.optimizer import make_optimizers, set_rate
from explorer.world.plan import make_plan
from tests.unit.toys import GRAMMAR, slow, tiny_clip


def trainer_of(*, clip: Clip | None = None, data: DataSpec | None = None, seed: int = 0, **train: Any) -> Trainer:
    spec = TrainSpec(seed=seed, **({"batch_size": 16, "steps": 3} | train))
    plan = make_plan(data or DataSpec(), GRAMMAR.world, seed=seed)
    return Trainer(plan, spec, GRAMMAR, clip or tiny_clip(seed=seed, siglip=spec.loss == "siglip"))


def losses_of(**choices: Any) -> list[float]:
    return [record.loss for record in trainer_of(**choices).records()]


@pytest.mark.parametrize("tune", ["all", *map(slow, ("lora", "text-map"))])
def test_a_seed_decides_every_bit_of_the_losses(tune: str) -> None:
    choices = {"steps": 4, "hard_negatives": 0.5, "mask_false_negatives": True, "tune": tune}
    before = torch.get_rng_state()
    first = losses_of(**choices)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    assert losses_of(**choices) == first
    assert losses_of(seed=1, **choices) != first
    assert all(math.isfinite(loss) for loss in first)


def test_records_tell_what_happened() -> None:
    records = list(trainer_of(steps=3, hard_negatives=1.0, learning_rate=0.001).records())
    assert [record.step for record in records] == [1, 2, 3]
    # Three steps: no more than one of warm-up, so the peak comes first.
    assert records[0].learning_rate == pytest.approx(0.001)
    assert records[2].learning_rate < records[1].learning_rate <= 0.001
    for record in records:
        hard = round(16 * record.rates["hard_negatives"])
        assert record.chance_loss == pytest.approx(chance_loss(16, hard, None))
        assert record.gradient_norm > 0 and record.seconds > 0
        assert decode(StepRecord, {**encode(record), "elapsed_s": 3.0, "evaluation": {}}) == record
    assert records[0].logit_scale == pytest.approx(math.exp(3.4), rel=0.1)
    data, choices = DataSpec(caption_completeness=0.5), {"batch_size": 16, "mask_false_negatives": True}
    training = trainer_of(data=data, **choices)
    plan = make_plan(data, GRAMMAR.world, seed=0)
    batch, record = Batches(plan, TrainSpec(**choices), GRAMMAR, training.clip).draw(0), next(training.records())
    assert record.rates == batch.rates
    assert record.chance_loss == pytest.approx(chance_loss(16, 0, batch.ignore)) and record.chance_loss < math.log(16)


def reference_losses(train: TrainSpec) -> list[float]:
    """The same steps written out with open_clip's whole forward pass and fresh gradients."""
    plan, model = make_plan(DataSpec(), GRAMMAR.world, seed=0), tiny_clip(siglip=train.loss == "siglip").model
    clip = tiny_clip()
    batches, optimizers, losses = Batches(plan, train, GRAMMAR, clip), make_optimizers(model, train), []
    for step in range(train.steps):
        batch, size = batches.draw(step), train.batch_size
        image = model.encode_image(clip.pixels(batch.images), normalize=True)
        text = model.encode_text(batch.ids, normalize=True)
        extras = {"hard": text[size:], "ignore": batch.ignore}
        if train.loss == "siglip":
            loss = siglip_loss(image, text[:size], model.logit_scale.exp(), model.logit_bias, **extras)
        else:
            loss = clip_loss(image, text[:size], model.logit_scale.exp(), **extras)
        gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
        length = math.sqrt(sum(g.pow(2).sum().item() for g in gradients if g is not None))
        for parameter, gradient in zip(model.parameters(), gradients, strict=True):
            parameter.grad = None if gradient is None else gradient * min(1, 1 / length)
        set_rate(optimizers, train, step)
        for optimizer in optimizers:
            optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("loss", ["clip", "siglip"])
def test_the_steps_are_those_of_the_spec(loss: str, masked: bool) -> None:
    choices = {"loss": loss, "mask_false_negatives": masked, "hard_negatives": 0.5, "steps": 4, "batch_size": 64}
    train = TrainSpec(optimizer="adamw", **choices)
    assert losses_of(optimizer="adamw", **choices) == pytest.approx(reference_losses(train), rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("optimizer", "loss"), [("muon", "clip"), ("adamw", "siglip")])
def test_it_learns_which_caption_goes_with_which_picture(optimizer: str, loss: str) -> None:
    """One object a picture: at this length the model comes to 1.5 or 2 nats below chance with any seed."""
    choices = {"learning_rate": 0.003, "steps": 60, "batch_size": 32}
    data = DataSpec(objects_in_image=1)
    records = list(trainer_of(data=data, optimizer=optimizer, loss=loss, **choices).records())
    last = records[-10:]
    assert sum(record.chance_loss - record.loss for record in last) / len(last) > 0.5
    thirds = [sum(record.loss for record in records[start : start + 20]) for start in (0, 20, 40)]
    assert thirds == sorted(thirds, reverse=True)


@pytest.mark.parametrize(("start", "expected"), [(9.0, 100.0), (-3.0, 1.0)])
def test_the_scale_stays_between_one_and_a_hundred(start: float, expected: float) -> None:
    clip = tiny_clip()
    with torch.no_grad():
        clip.model.logit_scale.fill_(start)
    record = next(trainer_of(clip=clip).records())
    assert record.logit_scale == pytest.approx(expected, rel=1e-5)
    assert clip.model.logit_scale.item() == pytest.approx(math.log(expected), abs=1e-5)


def changed_by_training(**choices: Any) -> set[str]:
    """The parameters that a few steps moved."""
    clip = tiny_clip(siglip=choices.get("loss") == "siglip")
    before = copy.deepcopy(clip.model.state_dict())
    list(trainer_of(clip=clip, **choices).records())
    return {name for name, now in clip.model.named_parameters() if not torch.equal(before[name], now)}


@pytest.mark.parametrize(("optimizer", "loss"), [("muon", "clip"), ("adamw", "siglip")])
def test_a_frozen_tower_does_not_move(optimizer: str, loss: str) -> None:
    every = {name for name, _ in tiny_clip(siglip=loss == "siglip").model.named_parameters()}
    image, scale = ({name for name in every if name.startswith(start)} for start in ("visual.", "logit_"))
    parts = {"text": every - image, "image": image | scale, "all": every}
    for tune, moved in parts.items():
        assert changed_by_training(tune=tune, optimizer=optimizer, loss=loss) == moved


def test_siglip_trains_its_bias_and_knows_its_chance() -> None:
    assert {"logit_bias", "logit_scale", "visual.proj"} <= changed_by_training(loss="siglip")
    record = next(trainer_of(loss="siglip", hard_negatives=1.0).records())
    hard = round(16 * record.rates["hard_negatives"])
    assert record.chance_loss == pytest.approx(siglip_chance_loss(16, hard, None))
    assert record.chance_loss != pytest.approx(chance_loss(16, hard, None), rel=0.05)


@pytest.mark.parametrize(
    ("precision", "computed"), [("bf16", torch.bfloat16), ("auto", torch.float32), ("fp32", torch.float32)]
)
def test_bf16_computes_in_bf16_if_told_and_keeps_fp32_weights(precision: str, computed: torch.dtype) -> None:
    training = trainer_of(precision=precision, steps=2)
    seen: set[torch.dtype] = set()
    training.clip.model.visual.transformer.resblocks[0].mlp.c_fc.register_forward_hook(
        lambda _, __, out: seen.add(out.dtype)
    )
    records = list(training.records())
    assert seen == {computed}
    assert all(math.isfinite(record.loss) for record in records)
    assert {p.dtype for p in training.clip.model.parameters()} == {torch.float32}
    exact = losses_of(steps=2)
    assert records[0].loss == pytest.approx(exact[0], rel=0.05)
    assert (records[0].loss != exact[0]) == (precision == "bf16")


def test_gradients_are_cut_to_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of plain AdamW forgets the length, so the gradients themselves are looked at."""
    monkeypatch.setattr(loop, "MAX_GRADIENT_NORM", 0.01)
    training = trainer_of(optimizer="adamw", steps=1)
    record = next(training.records())
    left = [p.grad.pow(2).sum().item() for p in training.clip.model.parameters() if p.grad is not None]
    assert math.sqrt(sum(left)) == pytest.approx(0.01, rel=1e-3)
    assert record.gradient_norm > 0.1


def test_evaluation_between_steps_changes_nothing() -> None:
    """The caller may switch the model to evaluation mode and score it in the middle."""
    training = trainer_of()
    losses, seen = [], set()
    training.clip.model.visual.ln_post.register_forward_hook(lambda module, _, __: seen.add(module.training))
    for record in training.records():
        losses.append(record.loss)
        training.clip.model.eval()
        with torch.inference_mode():
            training.clip.encode_ids(training.clip.ids(["a"]))
    assert losses == losses_of() and seen == {True}


@pytest.mark.parametrize(("tune", "passes"), [("all", 2), ("lora", 1)])
def test_some_images_are_encoded_with_the_captions_unless_an_adapter_holds_state(tune: str, passes: int) -> None:
    training = trainer_of(steps=1, tune=tune, batch_size=32)
    rows: list[int] = []
    training.clip.model.visual.ln_post.register_forward_hook(lambda _, inputs, __: rows.append(len(inputs[0])))
    list(training.records())
    assert sum(rows) == 32 and len(rows) == passes


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [{}, {"optimizer": "adamw", "loss": "siglip", "precision": "bf16"}]
    + [{"tune": tune} for tune in ("text", "lora", "text-map")],
    ids=str,
)
def test_the_curve_goes_on_bit_for_bit(more: dict[str, Any], tmp_path: Path) -> None:
    def training() -> Trainer:
        return trainer_of(**{"steps": 4, "hard_negatives": 0.5, **more})

    def told(record: StepRecord) -> tuple[float, ...]:
        return record.step, record.loss, record.gradient_norm, record.learning_rate

    first, again = training(), training()
    whole = []
    for record in first.records():
        whole.append(told(record))
        if record.step == 2:
            checkpoint.save_checkpoint(tmp_path / "c", first, step=2)
    assert checkpoint.load_checkpoint(tmp_path / "c", again) == 2
    assert [told(record) for record in again.records(2)] == whole[2:]


def test_a_checkpoint_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = trainer_of()
    checkpoint.save_checkpoint(tmp_path, training, step=1)
    checkpoint.save_checkpoint(tmp_path, training, step=2)
    assert {path.name for path in tmp_path.iterdir()} == {checkpoint.CHECKPOINT_FILE, checkpoint.DIGESTS_FILE}

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        checkpoint.save_checkpoint(tmp_path, training, step=3)
    assert checkpoint.load_checkpoint(tmp_path, training) == 2


def test_flipped_bits_are_found(tmp_path: Path) -> None:
    """torch reads them as other weights, without a word."""
    training, path = trainer_of(), tmp_path / checkpoint.CHECKPOINT_FILE
    checkpoint.save_checkpoint(tmp_path, training, step=1)
    whole = path.read_bytes()
    for place in range(3000, len(whole) - 3000, len(whole) // 30):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert checkpoint.load_checkpoint(tmp_path, training) is None and checkpoint.has_checkpoint(tmp_path)
    path.write_bytes(whole)
    assert checkpoint.load_checkpoint(tmp_path, training) == 1
    (tmp_path / checkpoint.DIGESTS_FILE).unlink()
    assert checkpoint.load_checkpoint(tmp_path, training) == 1, "as version 1.0 left it"


def test_a_kill_while_saving_leaves_the_earlier_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training, real = trainer_of(), os.replace

    def replace(source: Path, target: Path) -> None:
        if target.name == checkpoint.CHECKPOINT_FILE:
            raise KeyboardInterrupt
        real(source, target)

    checkpoint.save_checkpoint(tmp_path, training, step=1)
    for _ in range(3):  # and again, each time it goes on from there
        monkeypatch.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            checkpoint.save_checkpoint(tmp_path, training, step=2)
        monkeypatch.setattr(os, "replace", real)
        assert checkpoint.load_checkpoint(tmp_path, training) == 1


@pytest.mark.parametrize(
    "content", [None, b"", b"nonsense", pickle.dumps({"step": 3}, protocol=2), b"PK\x03\x04"], ids=repr
)
def test_what_cannot_be_read_is_no_checkpoint(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / checkpoint.CHECKPOINT_FILE).write_bytes(content)
    training = trainer_of()
    before = {name: weight.clone() for name, weight in training.clip.model.state_dict().items()}
    assert checkpoint.load_checkpoint(tmp_path, training) is None
    assert all(torch.equal(weight, before[name]) for name, weight in training.clip.model.state_dict().items())


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> Any:
        return os.system, ("touch evil",)


def test_a_checkpoint_runs_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"step": 1, "model": Evil()}, tmp_path / checkpoint.CHECKPOINT_FILE)
    assert checkpoint.load_checkpoint(tmp_path, trainer_of()) is None
    assert not (tmp_path / "evil").exists()


def records_of(losses: list[float], *, chance: float = 3.0) -> list[StepRecord]:
    same = {"chance_loss": chance, "learning_rate": 0.1, "logit_scale": 1.0, "gradient_norm": 1.0, "seconds": 1.0}
    return [
        StepRecord(step=step, loss=loss, rates={"a": float(step), "b": 0.5}, **same)
        for step, loss in enumerate(losses, start=1)
    ]


def test_failed_to_train_and_rates_by_hand() -> None:
    # 20 steps: the last 2 count. Mean distance from chance: (0.1 + 0.2) / 2 = 0.15, then (0.3 + 0.2) / 2 = 0.25.
    assert failed_to_train(records_of([1.0] * 18 + [2.9, 2.8]))
    assert not failed_to_train(records_of([3.0] * 18 + [2.7, 2.8]))
    # Fewer than ten steps: the last one.
    assert failed_to_train(records_of([1.0, 1.0, 2.9]))
    assert not failed_to_train(records_of([2.9, 2.9, 1.0]))
    # Above chance is no success.
    assert failed_to_train(records_of([9.0]))
    assert mean_rates(records_of([1.0, 1.0, 1.0])) == {"a": 2.0, "b": 0.5}


def test_the_pace_by_hand() -> None:
    # Steps of 2 s of which evaluation took one at the third; the first step is not typical.
    lines = [
        {"seconds": 9.0, "elapsed_s": 9.0},
        {"seconds": 2.0, "elapsed_s": 11.0},
        {"seconds": 2.0, "elapsed_s": 14.0},
    ]
    assert measure_pace(lines, 16) == {"rate": 8.0, "step_s": 2.5}
    assert measure_pace(lines[:1], 18) == {"rate": 2.0, "step_s": 9.0}
