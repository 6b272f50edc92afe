"""A safetensors header is read as it is written, and every lie in it is told before a tensor is allocated."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from explorer.clip import checked_files
from explorer.clip.checked_files import Tensor, WeightsError, count, read_header


def written(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    """A file with any header at all."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


def entry(**changes: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]} | changes


def test_what_safetensors_writes_is_read(tmp_path: Path) -> None:
    tensors = {"a": torch.zeros(2, 3), "b": torch.zeros(4, dtype=torch.float16), "c": torch.tensor(1.0)}
    save_file(tensors, tmp_path / "made.safetensors", metadata={"format": "pt"})
    found = read_header(tmp_path / "made.safetensors")
    assert found == {
        "a": Tensor(dtype="F32", shape=(2, 3)),
        "b": Tensor(dtype="F16", shape=(4,)),
        "c": Tensor(dtype="F32", shape=()),
    }
    assert count(found) == 6 + 4 + 1


LIES: dict[str, tuple[Any, bytes, str]] = {
    "no JSON": (b"{not json", b"", "no JSON object"),
    "a list": ([1], b"", "no JSON object"),
    "deep": (b"[" * 100_000, b"", "no JSON object"),
    "no tensor": ({"__metadata__": {}}, b"", "0 tensors"),
    "no entry": ({"a": 1}, bytes(8), "tensor a"),
    "another dtype": ({"a": entry(dtype="F99")}, bytes(8), "tensor a"),
    "a larger shape": ({"a": entry(shape=[2, 10**9])}, bytes(8), "tensor a"),
    "a negative shape": ({"a": entry(shape=[-2, -1])}, bytes(8), "tensor a"),
    "a bool": ({"a": entry(shape=[2, True])}, bytes(8), "tensor a"),
    "no places": ({"a": entry(data_offsets=[0])}, bytes(8), "tensor a"),
    "backwards": ({"a": entry(data_offsets=[8, 0])}, bytes(8), "tensor a"),
    "many sides": ({"a": entry(shape=[1] * 9, dtype="F64")}, bytes(8), "tensor a"),
    "two in one place": ({"a": entry(), "b": entry()}, bytes(8), "overlap"),
    "a gap": ({"a": entry(), "b": entry(data_offsets=[16, 24])}, bytes(24), "gaps"),
    "cut off": ({"a": entry()}, bytes(7), "cut off"),
    "too long": ({"a": entry()}, bytes(9), "too long"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused(lie: str, tmp_path: Path) -> None:
    header, data, words = LIES[lie]
    with pytest.raises(WeightsError, match=words):
        read_header(written(tmp_path / "x.safetensors", header, data))


@pytest.mark.parametrize("length", [0, 1, 10**4, 2**40, 2**63])
def test_a_header_longer_than_the_file_is_not_read(length: int, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no safetensors file"):
        read_header(written(tmp_path / "x.safetensors", {"a": entry()}, bytes(8), length=length))


@pytest.mark.parametrize(
    ("limit", "words"), [("MOST_HEADER", "header of"), ("MOST_BYTES", "most"), ("MOST_TENSORS", "tensors")]
)
def test_there_are_limits(limit: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "x.safetensors", {"a": entry(), "b": entry(data_offsets=[8, 16])}, bytes(16))
    assert len(read_header(path)) == 2
    monkeypatch.setattr(checked_files, limit, 1)
    with pytest.raises(WeightsError, match=words):
        read_header(path)
