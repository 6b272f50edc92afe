"""Weights in half precision: rounded as IEEE says, scalars kept, what a browser cannot take refused by its header."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save_file
from safetensors.torch import save_file as torch_save

from explorer.clip import checked_files as module
from explorer.clip.checked_files import WeightsError, check_for_browser, half_weights


def saved(folder: Path, **tensors: np.ndarray) -> Path:
    save_file(tensors, folder / "weights.safetensors")
    return folder / "weights.safetensors"


def test_tensors_are_halved_and_scalars_are_not(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        matrix=np.array([[0.1, -2.0]], np.float32),
        logit_scale=np.array(3.9001, np.float32),
        steps=np.array([7]),
    )
    found = load(half_weights(path))
    assert found["matrix"].dtype == np.float16 and found["logit_scale"].dtype == np.float32
    assert found["matrix"].tolist() == [[0.0999755859375, -2.0]] and found["logit_scale"] == np.float32(3.9001)
    assert found["steps"].dtype == np.int64 and found["steps"] == 7
    assert len(half_weights(path)) < path.stat().st_size


def test_what_does_not_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WeightsError, match="large do not fit 16 bits"):
        half_weights(saved(tmp_path, large=np.array([7e4], np.float32)))
    torch_save({"brain": torch.ones(2, dtype=torch.bfloat16)}, tmp_path / "brain.safetensors")
    with pytest.raises(WeightsError, match="stored as BF16"):
        check_for_browser(tmp_path / "brain.safetensors")
    monkeypatch.setattr(module, "MOST_NUMBERS", 3)
    with pytest.raises(WeightsError, match="it has 4 numbers, a browser takes 3 at most"):
        check_for_browser(saved(tmp_path, matrix=np.zeros((2, 2), np.float32)))
