"""List of every model that can be named on this computer, searched by words, without torch and without the network.

    list_models("b-32 openai", runs={})
    # (Listed(name="ViT-B-32/openai", kind="pretrained", parameters=151_277_313, on_disk=False, bytes=None), ...)

Shipped models come first, then the runs that the caller passes with their model folders, then open_clip's own, of
`models/pretrained.json`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from explorer.clip import checked_files
from explorer.clip.names import CONFIG, Checkpoint, Folder, Repository, find_model, unknown_model, weights_of
from explorer.resources import CHECKPOINTS, PRETRAINED


@dataclass(frozen=True, kw_only=True, slots=True)
class PretrainedWeights:
    """Weights of open_clip's table: a repository of the Hub, and its files in the order in which open_clip tries them.

    `parameters` is None if the text tower is described only on the Hub.
    """

    parameters: int | None
    repository: str
    files: tuple[str, ...]
    quick_gelu: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A valid MODEL name; parameters and bytes are None if only a download would tell."""

    name: str
    kind: Literal["shipped", "run", "pretrained"]
    parameters: int | None
    bytes: int | None
    on_disk: bool


@cache
def pretrained_models() -> dict[str, PretrainedWeights]:
    """Return open_clip's table by ARCHITECTURE/TAG."""
    entries = json.loads(PRETRAINED.read_text(encoding="utf-8"))
    return {name: PretrainedWeights(**entry | {"files": tuple(entry["files"])}) for name, entry in entries.items()}


def takes_quick_gelu(repository: str) -> bool:
    """Return True if open_clip's table says that the weights of this Hub repository were trained with QuickGELU."""
    entries = [entry for entry in pretrained_models().values() if entry.repository == repository]
    return bool(entries) and all(entry.quick_gelu for entry in entries)


def list_models(search: str, *, runs: Mapping[str, Path]) -> tuple[Listed, ...]:
    """List the models with every word of `search` in their names; a dash, an underscore and a slash are the same."""
    plain = str.maketrans("-_/", "   ")
    words = search.lower().translate(plain).split()

    def is_wanted(name: str) -> bool:
        return all(word in name.lower().translate(plain) for word in words)

    shipped = {path.parent.name: path.parent for path in sorted(CHECKPOINTS.glob(f"*/{CONFIG}"))}
    return (
        *(_in_folder(name, "shipped", folder) for name, folder in shipped.items() if is_wanted(name)),
        *(_in_folder(name, "run", folder) for name, folder in runs.items() if is_wanted(name) and name not in shipped),
        *(_in_table(name, entry) for name, entry in pretrained_models().items() if is_wanted(name)),
    )


def _in_folder(name: str, kind: Literal["shipped", "run"], folder: Path) -> Listed:
    weights = weights_of(folder)
    try:
        parameters = checked_files.count(checked_files.read_header(weights)) if weights else None
        size = weights.stat().st_size if weights else None
    except (OSError, checked_files.WeightsError):
        parameters = size = None
    return Listed(name=name, kind=kind, parameters=parameters, bytes=size, on_disk=size is not None)


def _in_table(name: str, entry: PretrainedWeights) -> Listed:
    file = cached_file(entry)
    size = file.stat().st_size if file else None
    return Listed(name=name, kind="pretrained", parameters=entry.parameters, bytes=size, on_disk=file is not None)


def cached_file(entry: PretrainedWeights) -> Path | None:
    """Return the weights of a table entry on this disk, None if they would have to be downloaded."""
    # Here, as its import takes longer than all else that a command needs to say what it does.
    from huggingface_hub import constants, try_to_load_from_cache

    if not (Path(constants.HF_HUB_CACHE) / f"models--{entry.repository.replace('/', '--')}").is_dir():
        return None
    found = (try_to_load_from_cache(entry.repository, file, cache_dir=constants.HF_HUB_CACHE) for file in entry.files)
    return next((Path(path) for path in found if isinstance(path, str)), None)


def is_on_disk(name: str, *, find_run: Callable[[str], Path | None]) -> bool:
    """Return True if a model can be loaded without a download; raise `ModelError` for an unknown name."""
    found = find_model(name, find_run=find_run)
    if isinstance(found, Folder | Checkpoint):
        return True
    if isinstance(found, Repository):
        from huggingface_hub import try_to_load_from_cache

        return isinstance(try_to_load_from_cache(found.name, CONFIG, revision=found.revision), str)
    if name not in pretrained_models():
        raise unknown_model(name)
    return cached_file(pretrained_models()[name]) is not None


def known_parameters(name: str) -> int | None:
    """Return the number of parameters of a model in open_clip's table, without a download; None for any other."""
    entry = pretrained_models().get(name)
    return entry.parameters if entry else None
