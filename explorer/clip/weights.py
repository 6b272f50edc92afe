"""Tensors of a file with weights, of whoever made it: no code of the file runs, and a file too large is not opened.

    read_weights(Path("model.safetensors"))     # {"visual.proj": tensor, ...}
    read_weights(Path("epoch_3.pt"))            # a checkpoint of a trainer: the weights in it, with other entries
    read_weights(Path("ViT-B-32.pt"))           # a TorchScript archive, as OpenAI's: its parameters and buffers
    check_file_size([Path("ViT-B-32.pt")], build)            # a model that the file can fill
    check_safe([Path("model.safetensors")], build)      # no pickle, and a model of no more numbers than the file has

torch runs the code of a TorchScript archive when it loads one. So its tensors are read here, by an unpickler that makes
nothing but tensors and dictionaries. Raises `ModelFileError`.
"""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from explorer.clip.checked_files import ModelFileError, check_weight_bytes, count_numbers, read_header

SIZE_SLACK = 1_000_000
"""Numbers that a model may have beyond its weights: a position embedding may be stretched, and it has masks."""
CHECKPOINT_KEYS = ("state_dict", "model_state_dict", "model")
"""Keys under which trainers save the weights."""
STORAGE_DTYPES = {
    "FloatStorage": torch.float32, "HalfStorage": torch.float16, "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64, "LongStorage": torch.int64, "IntStorage": torch.int32, "BoolStorage": torch.bool,
}  # fmt: skip
UNREADABLE_ERRORS = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    RuntimeError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
)


def read_weights(file: Path) -> dict[str, Any]:
    """Return the tensors of the file by name; a checkpoint's other entries, such as its step, are left in."""
    check_weight_bytes(file)
    if file.suffix == ".safetensors":
        return load_file(file)
    try:
        content: Any = _read_torchscript(file) or torch.load(file, map_location="cpu", weights_only=True)
    except UNREADABLE_ERRORS:
        raise ModelFileError(
            "it is no checkpoint, is damaged, or holds more than tensors, and no code of a file is run; save only"
            " the weights, with torch.save({'state_dict': model.state_dict()}, FILE)"
        ) from None
    if not isinstance(content, Mapping):
        return {}
    inside = next((content[key] for key in CHECKPOINT_KEYS if isinstance(content.get(key), Mapping)), content)
    return {str(name): each for name, each in inside.items()}


def check_safe(files: Sequence[Path], build: Callable[[], Any], *, ratio: int = 1, slack: int = 0) -> None:
    """Refuse pickles, and a model that would allocate more numbers than `ratio` times those of the files and `slack`.

    This guards models that a browser names. `build` makes the model on the meta device, on which its shapes take no
    memory.
    """
    if other := next((file for file in files if file.suffix != ".safetensors"), None):
        raise ModelFileError(f"its weights are {other.name}; here only safetensors files are opened")
    num_held = sum(count_numbers(read_header(file)) for file in files)
    num_built = _count_built(build)
    if num_built > ratio * num_held + slack:
        raise ModelFileError(f"its config asks for {num_built} numbers and its weights hold {num_held}")


def check_file_size(files: Sequence[Path], build: Callable[[], Any]) -> None:
    """Refuse a model that would allocate more numbers than its files have bytes.

    Pickles are allowed, unlike in `check_safe`.
    """
    for file in files:
        check_weight_bytes(file)
    num_built, num_bytes = _count_built(build), sum(file.stat().st_size for file in files)
    if num_built > num_bytes + SIZE_SLACK:
        raise ModelFileError(f"it asks for {num_built} numbers, and its weights are {num_bytes} bytes")


def _count_built(build: Callable[[], Any]) -> int:
    """Count the parameters of a model, and its buffers as far as they are not small: a mask grows with the square."""
    with torch.device("meta"):
        model = build()
    buffers = sum(buffer.numel() for buffer in model.buffers())
    return sum(parameter.numel() for parameter in model.parameters()) + max(0, buffers - SIZE_SLACK)


def _read_torchscript(file: Path) -> dict[str, Tensor]:
    """Return the tensors of a TorchScript archive; none for a file of another kind."""
    if not zipfile.is_zipfile(file):
        return {}
    with zipfile.ZipFile(file) as archive:
        is_script = any("/code/" in name for name in archive.namelist())
        return dict(_tensors(_Archive(archive).load(), "")) if is_script else {}


def _tensors(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Tensor]]:
    for name, each in module.items():
        if isinstance(each, Tensor):
            yield prefix + name, each
        elif isinstance(each, Mapping):
            yield from _tensors(each, f"{prefix}{name}.")


class _Module(dict[str, Any]):
    """The content of a TorchScript module, without its code."""

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.update(state)


class _Archive(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive, self._top = archive, archive.namelist()[0].partition("/")[0]
        super().__init__(io.BytesIO(archive.read(f"{self._top}/data.pkl")))

    def find_class(self, module: str, name: str) -> Any:
        """Return the maker of a module or a tensor, and nothing else."""
        if module.startswith("__torch__"):
            return _Module
        if module == "torch.jit._pickle":  # lists and dictionaries with the type of their items
            return (lambda value, _: value) if name == "restore_type_tag" else list
        if module == "torch" and name in STORAGE_DTYPES:
            return STORAGE_DTYPES[name]
        known = {"torch._utils._rebuild_tensor_v2": _view_strided, "collections.OrderedDict": OrderedDict}
        if f"{module}.{name}" in known:
            return known[f"{module}.{name}"]
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a tensor")

    def persistent_load(self, record: Any) -> Tensor:
        """Return the numbers of ("storage", type, key, device, count) in a row."""
        _, dtype, key, *_ = record
        content = bytearray(self._archive.read(f"{self._top}/data/{key}"))
        return torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)


def _view_strided(storage: Tensor, start: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Tensor:
    return storage.as_strided(size, stride, start)
