"""Training goes on from a checkpoint bit for bit, and a checkpoint that cannot be read changes nothing."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.training import loop
from tests.unit.training.test_loop import training_of

STEPS, HALF = 6, 3


def choices(**more: Any) -> dict[str, Any]:
    return {"steps": STEPS, "hard_negatives": 0.5} | more


@pytest.mark.parametrize(
    "more",
    [{}, {"optimizer": "adamw"}, {"loss": "siglip"}, {"precision": "bf16"}]
    + [{"tune": tune} for tune in ("text", "lora", "text-map")],
    ids=str,
)
def test_the_curve_goes_on_bit_for_bit(more: dict[str, Any], tmp_path: Path) -> None:
    whole = [(r.step, r.loss, r.gradient_norm, r.learning_rate) for r in training_of(**choices(**more)).records()]
    first = training_of(**choices(**more))
    steps = first.records()
    for _ in range(HALF):
        next(steps)
    loop.save(tmp_path / "c", first, step=HALF)
    again = training_of(**choices(**more))
    assert loop.load(tmp_path / "c", again) == HALF
    rest = [(r.step, r.loss, r.gradient_norm, r.learning_rate) for r in again.records(HALF)]
    assert rest == whole[HALF:]


def test_a_checkpoint_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = training_of()
    loop.save(tmp_path, training, step=1)
    loop.save(tmp_path, training, step=2)
    assert [path.name for path in tmp_path.iterdir()] == [loop.FILE]

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        loop.save(tmp_path, training, step=3)
    assert loop.load(tmp_path, training) == 2


@pytest.mark.parametrize(
    "content", [None, b"", b"nonsense", pickle.dumps({"step": 3}, protocol=2), b"PK\x03\x04"], ids=repr
)
def test_what_cannot_be_read_is_no_checkpoint(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / loop.FILE).write_bytes(content)
    training = training_of()
    before = {name: weight.clone() for name, weight in training.clip.model.state_dict().items()}
    assert loop.load(tmp_path, training) is None
    assert all(torch.equal(weight, before[name]) for name, weight in training.clip.model.state_dict().items())


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> Any:
        return os.system, ("touch evil",)


def test_a_checkpoint_runs_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"step": 1, "model": Evil()}, tmp_path / loop.FILE)
    assert loop.load(tmp_path, training_of()) is None
    assert not (tmp_path / "evil").exists()
