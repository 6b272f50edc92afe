"""The meaning of a MODEL name, and all names on this computer; without torch.

    resolve_model("things-bound", find_run_model=store.find_run_model)  # ModelFolder(path=.../checkpoints/things-bound)
    resolve_model("hf-hub:ORG/REPO@REV", find_run_model=...)            # HubRepository(name="ORG/REPO", revision="REV")
    resolve_model("ViT-B-32/openai", find_run_model=...)                # Pretrained(architecture=..., tag="openai")
    resolve_model("ViT-B-32:epoch_3.pt", find_run_model=...)            # Checkpoint(architecture="ViT-B-32", file=...)

    list_models("b-32 openai", runs={})
    # (ModelEntry(name="ViT-B-32/openai", kind="pretrained", parameters=151_277_313, on_disk=False, bytes=None), ...)

`resolve_model` raises `ModelError`, one sentence, if a name fits none of these or a folder holds no model. The list has
shipped models, then the runs that the caller passes, then open_clip's own, of `models/pretrained.json`.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from explorer.errors import UserError, word_reason
from explorer.resources import PRETRAINED, SHIPPED_FOLDER

CONFIG_FILE, WEIGHTS_FILE = "open_clip_config.json", "open_clip_model.safetensors"
TOKENIZER_FILES = TOKENIZER_FILE, TOKENIZER_CONFIG_FILE = "tokenizer.json", "tokenizer_config.json"
"""Files of a model that is trained here."""
PREFERRED_WEIGHT_FILES = (
    WEIGHTS_FILE, "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin", "open_clip_pytorch_model.pth",
    "model.safetensors", "pytorch_model.bin", "pytorch_model.pth", "model.pth",
)  # fmt: skip
"""Weight files in the order in which open_clip chooses."""
WEIGHT_PATTERNS = ("*.safetensors", "*.bin", "*.pth", "*.pt")
MODEL_NAME_HELP = (
    "a shipped name, a run id, a folder of open_clip or Transformers, local-dir:PATH, hf-hub:ORG/REPO[@REV], ARCH/TAG"
    " or ARCH:FILE"
)
TRANSFORMERS_CONFIG_FILE = "config.json"
TRANSFORMERS_KINDS = ("clip", "siglip")
"""Kinds of Transformers' models that are converted."""

_NAME_PART = r"[A-Za-z0-9](?:[\w.-]{0,94}\w)?"
_REPOSITORY = re.compile(rf"(?:{_NAME_PART}/)?{_NAME_PART}", re.ASCII)
_REVISION = re.compile(r"\w[\w./-]{0,199}", re.ASCII)
_CHECKPOINT = re.compile(r"([\w.+-]{2,80}):(.+)", re.ASCII)
_PRETRAINED = re.compile(r"([\w.+-]{1,80})/([\w.+-]{1,80})", re.ASCII)


class ModelError(UserError):
    """A model that is not available; the text names it and gives a remedy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFolder:
    """A folder on this computer with a config and weights, of open_clip or of Transformers."""

    path: Path
    is_run: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """A file with weights of an architecture of open_clip; without a name, the file is in OpenAI's format."""

    architecture: str
    file: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class HubRepository:
    """A repository of the Hugging Face Hub, at a branch, tag or commit."""

    name: str
    revision: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pretrained:
    """An architecture and a tag, which open_clip may know."""

    architecture: str
    tag: str


ModelSource = ModelFolder | Checkpoint | HubRepository | Pretrained


def resolve_model(name: str, *, find_run_model: Callable[[str], Path | None]) -> ModelSource:
    """Resolve `name`; `find_run_model` returns the folder of a run's model, or None."""
    if name.startswith("hf-hub:"):
        return _parse_repository(name)
    if folder := _find_folder(name, find_run_model):
        check_model_folder(name, folder.path)
        return folder
    if checkpoint := _parse_checkpoint(name):
        return checkpoint
    if parts := _PRETRAINED.fullmatch(name):
        return Pretrained(architecture=parts[1], tag=parts[2])
    raise unknown_model(name)


def check_model_folder(name: str, folder: Path) -> None:
    """Refuse a folder that is not a model, before open_clip fills the gap with random weights."""
    # os.path says no to a name that is too long, and in a folder that is closed to this user; pathlib raises.
    if not os.path.isdir(folder):
        raise model_error(name, "there is no folder {path}", path=_shorten(str(folder)))
    if not any(os.path.isfile(folder / file) for file in (CONFIG_FILE, TRANSFORMERS_CONFIG_FILE)):
        weights = find_weights(folder)
        raise model_error(
            name,
            "the folder has neither {ours} (open_clip) nor {theirs} (Transformers); of a single weight file give"
            " ARCH:FILE{example}",
            ours=CONFIG_FILE,
            theirs=TRANSFORMERS_CONFIG_FILE,
            example=f", such as ViT-B-32:{_shorten(str(weights))}" if weights else "",
        )
    if find_weights(folder) is None:
        raise model_error(
            name,
            "the folder has no weights ({endings}); copy them beside its config",
            endings=", ".join(WEIGHT_PATTERNS),
        )


def find_weights(folder: Path) -> Path | None:
    """Return the weights of a folder, as open_clip chooses; a `.pt`, which open_clip ignores, comes last."""
    names = {path.name: path for pattern in WEIGHT_PATTERNS for path in sorted(folder.glob(pattern))}
    return next((names[name] for name in (*PREFERRED_WEIGHT_FILES, *names) if name in names), None)


def weights_here(source: ModelSource) -> Path | None:
    """Return the weights of a model that is a file or a folder; None of one that is fetched."""
    if isinstance(source, Checkpoint):
        return source.file
    return find_weights(source.path) if isinstance(source, ModelFolder) else None


def unknown_model(name: str) -> ModelError:
    return model_error(name, "no such model here; give {names}", names=MODEL_NAME_HELP)


def model_error(name: str, reason: str, **values: object) -> ModelError:
    """Return the error of the model `name`; a reason that is not one line becomes one."""
    words = word_reason(reason, **values)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())
    return ModelError("model", name, words if line == words else line, longest=80)


def _shorten(text: str) -> str:
    """Cut a name to at most 80 characters, for a sentence."""
    return text if len(text) <= 80 else text[:77] + "..."


def _parse_repository(name: str) -> HubRepository:
    repository, at, revision = name.removeprefix("hf-hub:").partition("@")
    if not _REPOSITORY.fullmatch(repository) or re.search(r"--|\.\.|\.git$", repository):
        raise model_error(name, "after hf-hub: give ORG/REPO, the name of a repository on the Hugging Face Hub")
    # The client makes a path of the revision, so it may not climb.
    if at and (not _REVISION.fullmatch(revision) or ".." in revision):
        raise model_error(name, "after @ give a branch, a tag or a commit of the repository")
    return HubRepository(name=repository, revision=revision or None)


def _parse_checkpoint(name: str) -> Checkpoint | None:
    """Return the file that `name` means, with or without an architecture before it; refuse a file that is missing."""
    if os.path.isfile(name):
        file = Path(name)
        if (file.parent / CONFIG_FILE).is_file():
            raise model_error(name, "is a file; give the folder that holds it beside its {config}", config=CONFIG_FILE)
        return Checkpoint(architecture="", file=file)
    if not (parts := _CHECKPOINT.fullmatch(name)):
        return None
    if not os.path.isfile(parts[2]):
        raise model_error(
            name, "there is no file {path}; give ARCH:FILE with the path of a checkpoint", path=_shorten(parts[2])
        )
    return Checkpoint(architecture=parts[1], file=Path(parts[2]))


def _find_folder(name: str, find_run_model: Callable[[str], Path | None]) -> ModelFolder | None:
    """Return the folder that `name` means, None if it must be downloaded."""
    if name.startswith("local-dir:"):
        if not (folder := name.removeprefix("local-dir:")).strip():
            raise model_error(name, "after local-dir: give the path of a folder")
        return ModelFolder(path=Path(folder))
    path = Path(name)
    if name and path.name == name and os.path.isfile(SHIPPED_FOLDER / name / CONFIG_FILE):
        return ModelFolder(path=SHIPPED_FOLDER / name)
    if run := find_run_model(name):
        return ModelFolder(path=run, is_run=True)
    if name and os.path.isdir(path):
        return ModelFolder(path=path / "model" if os.path.exists(path / "model" / CONFIG_FILE) else path)
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class PretrainedWeights:
    """Weights of open_clip's table: a repository of the Hub, and its files in the order in which open_clip tries them.

    `parameters` is None if the text tower is described only on the Hub.
    """

    parameters: int | None
    repository: str
    files: tuple[str, ...]
    quick_gelu: bool


ModelKind = Literal["shipped", "run", "pretrained"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelEntry:
    """A valid MODEL name; parameters and bytes are None if only a download would tell."""

    name: str
    kind: ModelKind
    parameters: int | None
    bytes: int | None
    on_disk: bool


@cache
def pretrained_models() -> dict[str, PretrainedWeights]:
    """Read the table of pretrained models, by the name ARCH/TAG."""
    entries = json.loads(PRETRAINED.read_text(encoding="utf-8"))
    return {name: PretrainedWeights(**entry | {"files": tuple(entry["files"])}) for name, entry in entries.items()}


def uses_quick_gelu(repository: str) -> bool:
    """Return True if open_clip's table says that the weights of this Hub repository were trained with QuickGELU."""
    entries = [entry for entry in pretrained_models().values() if entry.repository == repository]
    return bool(entries) and all(entry.quick_gelu for entry in entries)


def list_models(search: str, *, runs: Mapping[str, Path]) -> tuple[ModelEntry, ...]:
    """List the models with every word of `search` in their names; a dash, an underscore and a slash are the same."""
    plain = str.maketrans("-_/", "   ")
    words = search.lower().translate(plain).split()

    shipped = {name: SHIPPED_FOLDER / name for name in shipped_names()}
    entries: list[ModelEntry] = []
    for name in dict.fromkeys([*shipped, *runs, *pretrained_models()]):
        if not all(word in name.lower().translate(plain) for word in words):
            continue
        if folder := shipped.get(name) or runs.get(name):
            numbers, size = _size_of_folder(folder)
            kind: ModelKind = "shipped" if name in shipped else "run"
        else:
            entry = pretrained_models()[name]
            kind, numbers, file = "pretrained", entry.parameters, cached_file(entry)
            size = file.stat().st_size if file else None
        entries.append(ModelEntry(name=name, kind=kind, parameters=numbers, bytes=size, on_disk=size is not None))
    return tuple(entries)


def _size_of_folder(folder: Path) -> tuple[int | None, int | None]:
    """Return the number of parameters of a folder's weights, and their bytes; None if they cannot be read."""
    # Here, as numpy and safetensors take longer than all else that a command needs to say what it does.
    from explorer.clip import checked_files

    weights = find_weights(folder)
    try:
        if weights:
            return checked_files.count_numbers(checked_files.read_header(weights)), weights.stat().st_size
    except (OSError, checked_files.ModelFileError):
        pass
    return None, None


def cached_file(entry: PretrainedWeights) -> Path | None:
    """Return the weights of a table entry on this disk, None if they would have to be downloaded."""
    from huggingface_hub import constants, try_to_load_from_cache

    if not (Path(constants.HF_HUB_CACHE) / f"models--{entry.repository.replace('/', '--')}").is_dir():
        return None
    cached = (try_to_load_from_cache(entry.repository, file, cache_dir=constants.HF_HUB_CACHE) for file in entry.files)
    return next((Path(path) for path in cached if isinstance(path, str)), None)


def is_on_disk(name: str, *, find_run_model: Callable[[str], Path | None]) -> bool:
    """Return True if a model can be loaded without a download; raise `ModelError` for an unknown name."""
    source = resolve_model(name, find_run_model=find_run_model)
    if isinstance(source, ModelFolder | Checkpoint):
        return True
    if isinstance(source, HubRepository):
        from huggingface_hub import try_to_load_from_cache

        return isinstance(try_to_load_from_cache(source.name, CONFIG_FILE, revision=source.revision), str)
    if name not in pretrained_models():
        raise unknown_model(name)
    return cached_file(pretrained_models()[name]) is not None


def known_parameters(name: str) -> int | None:
    """Return the number of parameters of a model in open_clip's table, without a download; None for any other."""
    entry = pretrained_models().get(name)
    return entry.parameters if entry else None


def known_bytes(name: str, *, find_run_model: Callable[[str], Path | None]) -> int | None:
    """Return the bytes of a model's weights, None if only a download tells; raise `ModelError` for an unknown name.

    Of a model in open_clip's table they are those of its parameters in single precision.
    """
    source = resolve_model(name, find_run_model=find_run_model)
    if weights := weights_here(source):
        return weights.stat().st_size
    parameters = known_parameters(name)
    return 4 * parameters if parameters else None


def shipped_names() -> tuple[str, ...]:
    """List the models in checkpoints/, which `zoo.load_clip` accepts."""
    return tuple(sorted(path.parent.name for path in SHIPPED_FOLDER.glob(f"*/{CONFIG_FILE}")))
