"""Checkpoint of a training: weights, optimizers and the step in one file of tensors and numbers only.

    save(folder, training, step=40)
    step = load(folder, training)       # 40, and `training` is restored; None if there is no usable file
    training.records(start=step)

The batches follow from the step and training draws no other random numbers, so the curve continues bit for bit.
"""

import os
import pickle
from pathlib import Path
from typing import Any

import torch

from explorer.training.loop import Training

FILE = "training.pt"
UNFINISHED = f".{FILE}"


def save(folder: Path, training: Training, *, step: int) -> None:
    """Replace the checkpoint in `folder` by the state after `step`."""
    folder.mkdir(exist_ok=True)
    beside = folder / UNFINISHED
    torch.save({"step": step, **training.state()}, beside)
    os.replace(beside, folder / FILE)


def drop_unfinished(folder: Path) -> None:
    """Remove the partial file of an interrupted `save`."""
    (folder / UNFINISHED).unlink(missing_ok=True)


def load(folder: Path, training: Training) -> int | None:
    """Restore `training` and return its step; return None, and change nothing, if the file is unreadable."""
    try:
        state: dict[str, Any] = torch.load(folder / FILE, map_location=training.clip.device, weights_only=True)
        step = int(state["step"])
    except (OSError, RuntimeError, EOFError, KeyError, ValueError, pickle.UnpicklingError):
        return None
    training.load_state(state)
    return step
