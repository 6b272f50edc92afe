"""Files of models from outside, checked before anything is loaded, and weights in half precision for a browser.

    tensors = read_header(folder / "open_clip_model.safetensors")
    tensors["visual.proj"]                # Tensor(dtype="F32", shape=(128, 128))
    count(tensors)                        # numbers in all of them
    packed = half_weights(folder / "open_clip_model.safetensors")      # bytes of a safetensors file

Checks raise `WeightsError`, a sentence without the model's name, which the caller adds; those of configs are in
`checked_configs`. In half precision, scalars such as logit_scale keep 32 bits: they multiply every answer. No torch
here: lists and the page read these files.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

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


MOST_HEADER = 16_000_000
MOST_TENSORS = 50_000
MOST_BYTES = 24 * 10**9
"""Largest file: the largest CLIP of open_clip has 5e9 numbers in 16 or 32 bits."""
BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8}
BITS |= {"I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8}


class WeightsError(ValueError):
    """Impossible weights or config; the text gives the reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensor:
    """Header entry of one tensor."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of its elements."""
        return math.prod(self.shape)


def read_header(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a safetensors file; their byte ranges must fill the file exactly."""
    in_file = path.stat().st_size
    if in_file > MOST_BYTES:
        raise WeightsError(f"its weights are {in_file} bytes, the most is {MOST_BYTES}")
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(MOST_HEADER, in_file - 8):
            raise WeightsError(f"its weights are no safetensors file, or cut off: a header of {length} bytes")
        header = _parsed(file.read(length))
    header.pop("__metadata__", None)
    if not 0 < len(header) <= MOST_TENSORS:
        raise WeightsError(f"its weights hold {len(header)} tensors, from 1 to {MOST_TENSORS} can be read")
    placed = {name: _tensor(name, entry) for name, entry in header.items()}
    _check_places([place for _, place in placed.values()], in_file - 8 - length)
    return {name: tensor for name, (tensor, _) in placed.items()}


def count(tensors: Mapping[str, Tensor]) -> int:
    """Count the elements of all tensors."""
    return sum(tensor.size for tensor in tensors.values())


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise WeightsError("the header of its weights is no JSON object")
    return header


def _tensor(name: str, entry: Any) -> tuple[Tensor, tuple[int, int]]:
    """Return a tensor and its byte range in the file."""
    try:
        dtype, shape, (start, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        whole = all(type(number) is int and number >= 0 for number in (*shape, start, end))
        right = whole and len(shape) <= 8 and (end - start) * 8 == math.prod(shape) * BITS[dtype]
    except (TypeError, KeyError, ValueError):
        right = False
    if not right:
        raise WeightsError(f"the header of its weights does not fit the tensor {name[:60]}")
    return Tensor(dtype=dtype, shape=shape), (start, end)


def _check_places(places: list[tuple[int, int]], size: int) -> None:
    """Check that the byte ranges cover 0 to `size` without a gap or an overlap."""
    reached = 0
    for start, end in sorted(places):
        if start != reached:
            raise WeightsError("the tensors of its weights overlap or leave gaps")
        reached = end
    if reached != size:
        raise WeightsError(f"its weights are cut off or too long: {size} bytes for {reached}")
