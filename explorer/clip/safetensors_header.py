"""Check of a safetensors header against its file, before any tensor is allocated.

    tensors = read_header(folder / "open_clip_model.safetensors")
    tensors["visual.proj"]          # Tensor(dtype="F32", shape=(128, 128))
    count(tensors)                  # numbers in all of them
    check_config({"text_cfg": {"layers": 10**9}})

Raises `WeightsError`, a sentence without the model's name, which the caller adds. No torch here: lists read sizes so.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_HEADER = 16_000_000
MOST_TENSORS = 50_000
MOST_BYTES = 24 * 10**9
"""Largest file: the largest CLIP of open_clip has 5e9 numbers in 16 or 32 bits."""
BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8}
BITS |= {"I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8}
MOST_IN_CONFIG = {"layers": 256, "image_size": 4096, "context_length": 32_768, "vocab_size": 2_000_000}
MOST_OTHER = 200_000
"""Bound on any other number in a config: widths, heads, patches."""


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


def check_config(config: Any, name: str = "model_cfg") -> None:
    """Refuse implausible numbers in a config before anything is built from them."""
    if isinstance(config, Mapping):
        for key, value in config.items():
            check_config(value, str(key))
    elif isinstance(config, list | tuple):
        for value in config:
            check_config(value, name)
    elif isinstance(config, int | float) and not abs(config) <= (most := MOST_IN_CONFIG.get(name, MOST_OTHER)):
        raise WeightsError(f"its config says {name[:40]}={str(config)[:20]}, the most is {most}")


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
