"""Where training can go on from: weights, optimizers and the step, in one file that holds tensors and numbers only.

    save(folder, training, step=40)
    step = load(folder, training)       # 40, and `training` stands there; None where there is nothing usable
    training.records(start=step)

The batches follow from the step and training draws no other random numbers, so the curve goes on bit for bit.
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
    """Remove what a `save` left that broke off."""
    (folder / UNFINISHED).unlink(missing_ok=True)


def load(folder: Path, training: Training) -> int | None:
    """Put `training` where the checkpoint is and return its step; None, and nothing changed, where none can be read."""
    try:
        state: dict[str, Any] = torch.load(folder / FILE, map_location=training.clip.device, weights_only=True)
        step = int(state["step"])
    except (OSError, RuntimeError, EOFError, KeyError, ValueError, pickle.UnpicklingError):
        return None
    training.load_state(state)
    return step
