"""The state of a training in one file: save it, and go on from it.

    save_checkpoint(folder, trainer, step=40)     # weights, optimizers and the step
    step = load_checkpoint(folder, trainer)     # 40, `trainer` is restored; None if there is none to use
    trainer.records(start=step)

Training draws no random numbers but those of the spec's seed, so a restored one continues bit for bit.
"""

import math
import os
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from explorer.files import digest_of_file
from explorer.training.loop import Trainer

CHECKPOINT_FILE = "training.pt"
UNFINISHED_FILE = f".{CHECKPOINT_FILE}"
DIGESTS_FILE = f"{CHECKPOINT_FILE}.sha256"
"""The SHA-256 of the newest checkpoint and of the one before it, a line each.

It is written first: whichever of the two a killed process has left is known.
"""


def save_checkpoint(folder: Path, trainer: Trainer, *, step: int) -> None:
    """Replace the checkpoint in `folder` by the state after `step`."""
    folder.mkdir(exist_ok=True)
    beside = folder / UNFINISHED_FILE
    torch.save({"step": step, **trainer.state()}, beside)
    _write_digests(folder, [digest_of_file(beside), *_known_digests(folder)[:1]])
    os.replace(beside, folder / CHECKPOINT_FILE)


def remove_unfinished(folder: Path) -> None:
    """Remove the partial files of an interrupted `save_checkpoint`."""
    for name in (UNFINISHED_FILE, f".{DIGESTS_FILE}"):
        (folder / name).unlink(missing_ok=True)


def _known_digests(folder: Path) -> list[str]:
    """Return the digests beside a checkpoint; none beside one of an earlier version."""
    path = folder / DIGESTS_FILE
    return path.read_text(encoding="ascii", errors="replace").split() if path.exists() else []


def _write_digests(folder: Path, digests: Sequence[str]) -> None:
    beside = folder / f".{DIGESTS_FILE}"
    beside.write_text("".join(f"{each}\n" for each in digests))
    os.replace(beside, folder / DIGESTS_FILE)


def has_checkpoint(folder: Path) -> bool:
    """Return True if there is a file of a checkpoint, whether or not it is whole."""
    return (folder / CHECKPOINT_FILE).exists()


def load_checkpoint(folder: Path, trainer: Trainer, *, max_step: float = math.inf) -> int | None:
    """Restore `trainer` and return its step; return None, and change nothing, if the file is damaged.

    A few flipped bits of a weight would be read without an error: the file must have the digest that stands beside it.
    `max_step` is the last step whose results are known, and a checkpoint of a later one counts as damaged.
    """
    try:
        known = _known_digests(folder)
        if known and (found := digest_of_file(folder / CHECKPOINT_FILE)) != known[0]:
            if found not in known:
                return None
            _write_digests(folder, [found])  # a process was killed before it put the newest into its place
        state: dict[str, Any] = torch.load(
            folder / CHECKPOINT_FILE, map_location=trainer.clip.device, weights_only=True
        )
        step = int(state["step"])
        if step > max_step:
            return None
    except (OSError, RuntimeError, EOFError, KeyError, ValueError, pickle.UnpicklingError):
        return None
    trainer.load_state(state)
    return step
