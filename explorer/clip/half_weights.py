"""Store the weights of a model folder in half precision, for a browser that computes with them.

    packed = half_weights(folder / "open_clip_model.safetensors")      # bytes of a safetensors file

Scalars such as logit_scale keep 32 bits: they multiply every answer. No torch here, as the page serves these files.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from explorer.clip.safetensors_header import WeightsError, count, read_header

MOST_NUMBERS = 100_000_000
"""Largest number of weights of a model for a browser; they take about 400 MB there."""
READ = ("F32", "F16", "F64", "I64", "I32", "I16", "I8", "U8", "BOOL")
"""Kinds of numbers that numpy holds; of these only floats are converted."""


def check_for_browser(path: Path) -> None:
    """Refuse weights that a browser cannot take, by their header only.

    Raises:
        WeightsError: the file is damaged, too large, or holds numbers of a kind that is not converted.
    """
    header = read_header(path)
    if count(header) > MOST_NUMBERS:
        raise WeightsError(f"it has {count(header):,} numbers, a browser takes {MOST_NUMBERS:,} at most")
    other = next((tensor.dtype for tensor in header.values() if tensor.dtype not in READ), None)
    if other is not None:
        raise WeightsError(f"its weights are stored as {other}, a browser takes {', '.join(READ)}")


def half_weights(path: Path) -> bytes:
    """Return the file with every tensor but scalars as float16; see `check_for_browser` for what is refused."""
    check_for_browser(path)
    tensors = load(path.read_bytes())
    with np.errstate(over="ignore"):
        halves = {name: _half(tensor) for name, tensor in tensors.items()}
    unfit = next((name for name, half in halves.items() if not np.isfinite(half).all()), None)
    if unfit is not None:
        raise WeightsError(f"its weights {unfit[:60]} do not fit 16 bits")
    return save(halves)


def _half(tensor: np.ndarray) -> np.ndarray:
    if not np.issubdtype(tensor.dtype, np.floating):
        return tensor
    return tensor.astype(np.float32 if tensor.ndim == 0 else np.float16)
