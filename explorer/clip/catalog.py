"""List of every model that can be named on this computer, searched by words, without torch and without the network.

    list_models("b-32 openai", runs={})
    # (Listed(name="ViT-B-32/openai", kind="pretrained", parameters=151_277_313, on_disk=False, bytes=None), ...)

Shipped models come first, then the runs that the caller passes with their model folders, then open_clip's own table.
The table is read from open_clip's source, because importing open_clip imports torch, which takes seconds.
"""

import __future__

import ast
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from explorer.clip import safetensors_header
from explorer.clip.architecture import count_parameters
from explorer.clip.names import CONFIG, Folder, Repository, find_model, unknown_model, weights_of
from explorer.resources import CHECKPOINTS

Table = dict[str, dict[str, dict[str, Any]]]
URL_CACHE = Path("~/.cache/clip")
"""Cache folder of open_clip for weights from plain URLs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A valid MODEL name; parameters and bytes are None if only a download or a build would tell."""

    name: str
    kind: Literal["shipped", "run", "pretrained"]
    parameters: int | None
    bytes: int | None
    on_disk: bool


def list_models(search: str, *, runs: Mapping[str, Path]) -> tuple[Listed, ...]:
    """List the models with every word of `search` in their names; a dash, an underscore and a slash are the same."""
    shipped = {path.parent.name: path.parent for path in sorted(CHECKPOINTS.glob(f"*/{CONFIG}"))}
    words = _plain(search).split()
    wanted = [name for name in (*shipped, *runs, *_names()) if all(word in _plain(name) for word in words)]
    found = []
    for name in wanted:
        if name in shipped:
            found.append(_in_folder(name, "shipped", shipped[name]))
        elif name in runs:
            found.append(_in_folder(name, "run", runs[name]))
        else:
            found.append(_in_table(name))
    return tuple(found)


@lru_cache(maxsize=1)
def pretrained_table() -> Table:
    """Return open_clip's table {architecture: {tag: {"hf_hub", "url", "mean", "quick_gelu", ...}}}."""
    try:
        table = _read_table()
    except Exception:  # another release may write its table in another way
        from open_clip import pretrained

        table = pretrained._PRETRAINED
    return table


def takes_quick_gelu(repository: str) -> bool:
    """Return True if open_clip's table says that the weights of this Hub repository were trained with QuickGELU."""
    entries = [entry for tags in pretrained_table().values() for entry in tags.values()]
    hubs = [entry for entry in entries if entry.get("hf_hub", "").rpartition("/")[0] == repository]
    return bool(hubs) and all(entry.get("quick_gelu") for entry in hubs)


def weight_files(entry: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the repository of a table entry and its weight files, in the order of open_clip's search."""
    repository, _, file = str(entry.get("hf_hub", "")).rpartition("/")
    if not file:
        return repository, (constants_of_open_clip()["HF_SAFE_WEIGHTS_NAME"], "open_clip_pytorch_model.bin")
    safe_file = f"{PurePosixPath(file).with_suffix('')}.safetensors"
    return repository, tuple(dict.fromkeys((safe_file, file))) if file.endswith((".bin", ".pth")) else (file,)


@lru_cache(maxsize=1)
def constants_of_open_clip() -> dict[str, Any]:
    """Load open_clip's constants.py, which imports nothing."""
    found: dict[str, Any] = {}
    exec(compile((_package() / "constants.py").read_text(), "constants.py", "exec"), found)  # noqa: S102 (open_clip's)
    return found


def _read_table() -> Table:
    """Evaluate only the plain statements of pretrained.py that build the table: no import, no download code runs."""
    tree = ast.parse((_package() / "pretrained.py").read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.Assign | ast.For | ast.FunctionDef | ast.Expr)]
    inside = {"copy": _Copy, **constants_of_open_clip()}
    # Annotations name what was not imported.
    exec(compile(tree, "pretrained.py", "exec", flags=__future__.annotations.compiler_flag), inside)  # noqa: S102
    table: Table = inside["_PRETRAINED"]
    if not all(isinstance(entry, dict) for tags in table.values() for entry in tags.values()):
        raise TypeError("not the table that is known")
    return table


class _Copy:
    """Stand-in for the module copy, with the one function that pretrained.py uses."""

    deepcopy = staticmethod(deepcopy)


def _package() -> Path:
    spec = find_spec("open_clip")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("open_clip")
    return Path(spec.origin).parent


def _names() -> list[str]:
    return [f"{architecture}/{tag}" for architecture, tags in pretrained_table().items() for tag in tags]


def _plain(text: str) -> str:
    return text.lower().translate(str.maketrans("-_/", "   "))


def _in_folder(name: str, kind: Literal["shipped", "run"], folder: Path) -> Listed:
    weights = weights_of(folder)
    try:
        parameters = safetensors_header.count(safetensors_header.read_header(weights)) if weights else None
        size = weights.stat().st_size if weights else None
    except (OSError, safetensors_header.WeightsError):
        parameters = size = None
    return Listed(name=name, kind=kind, parameters=parameters, bytes=size, on_disk=size is not None)


def _in_table(name: str) -> Listed:
    architecture, _, tag = name.partition("/")
    file = cached_file(pretrained_table()[architecture][tag])
    size = file.stat().st_size if file else None
    return Listed(
        name=name, kind="pretrained", parameters=_parameters(architecture), bytes=size, on_disk=file is not None
    )


def cached_file(entry: Mapping[str, Any]) -> Path | None:
    """Return the weights of a table entry on this disk, None if they would have to be downloaded."""
    repository, files = weight_files(entry)
    # Here, as its import takes longer than all else that a command needs to say what it does.
    from huggingface_hub import constants, try_to_load_from_cache

    if repository and (Path(constants.HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}").is_dir():
        found = [try_to_load_from_cache(repository, file, cache_dir=constants.HF_HUB_CACHE) for file in files]
        kept = [Path(path) for path in found if isinstance(path, str)]
        if kept:
            return kept[0]
    url_file = URL_CACHE.expanduser() / PurePosixPath(str(entry.get("url", ""))).name
    return url_file if url_file.is_file() else None


def is_on_disk(name: str, *, find_run: Callable[[str], Path | None]) -> bool:
    """Return True if a model can be loaded without a download; raise `ModelError` for an unknown name."""
    found = find_model(name, find_run=find_run)
    if isinstance(found, Folder):
        return True
    if isinstance(found, Repository):
        from huggingface_hub import try_to_load_from_cache

        return isinstance(try_to_load_from_cache(found.name, CONFIG, revision=found.revision), str)
    entry = pretrained_table().get(found.architecture, {}).get(found.tag)
    if entry is None:
        raise unknown_model(name)
    return cached_file(entry) is not None


def known_parameters(name: str) -> int | None:
    """Return the number of parameters of a model in open_clip's table, without a download; None for any other."""
    architecture, _, tag = name.partition("/")
    return _parameters(architecture) if tag in pretrained_table().get(architecture, {}) else None


@lru_cache(maxsize=512)
def _parameters(architecture: str) -> int | None:
    path = _package() / "model_configs" / f"{architecture}.json"
    # A name of the table may be an architecture with another activation, which has a config of its own or none.
    if not path.is_file():
        return None
    return count_parameters(json.loads(path.read_text()))
