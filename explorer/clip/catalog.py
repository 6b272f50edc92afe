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

from explorer.clip import checked_files
from explorer.clip.names import CONFIG, Checkpoint, Folder, Repository, find_model, unknown_model, weights_of
from explorer.resources import CHECKPOINTS

_UNUSUAL = frozenset(
    "timm_model_name hf_model_name attentional_pool attn_pooler_queries qk_norm scaled_cosine scale_heads scale_attn "
    "scale_attn_inner scale_fc ls_init_value proj_bias embed_cls block_type pos_embed_type input_patchnorm no_ln_pre "
    "final_ln_after_pool norm_kwargs".split()
)


def count_parameters(config: Mapping[str, Any]) -> int | None:
    """Count the parameters of a CLIP of two plain transformers with its logit_scale and logit_bias.

    None for any other.
    """
    vision, text = config.get("vision_cfg", {}), config.get("text_cfg", {})
    usual = not any(tower.get(key) for tower in (vision, text) for key in _UNUSUAL) and "multimodal_cfg" not in config
    if not usual or text.get("proj_type", "linear") != "linear":
        return None
    embed = int(config["embed_dim"])
    tower = _resnet if isinstance(vision.get("layers"), list) else _vision
    scale_and_bias = 1 + ("init_logit_bias" in config)
    return tower(vision, embed) + _text(text, embed) + scale_and_bias


def _vision(vision: Mapping[str, Any], embed: int) -> int:
    width, patch, size = vision.get("width", 768), vision.get("patch_size", 16), vision.get("image_size", 224)
    height, breadth = (size, size) if isinstance(size, int) else size
    places = (height // patch) * (breadth // patch) + 1
    stem = 3 * patch * patch * width + width + places * width
    blocks = _blocks(width, vision.get("layers", 12), vision.get("mlp_ratio", 4.0))
    return int(stem + blocks + 2 * 2 * width + width * embed)


def _resnet(vision: Mapping[str, Any], embed: int) -> int:
    """Count a stem of three convolutions, four stages of bottlenecks, and the attention pool."""
    width, size = vision.get("width", 64), vision.get("image_size", 224)
    half = width // 2
    numbers = _convolution(3, half, 3) + _convolution(half, half, 3) + _convolution(half, width, 3)
    inside = width
    for stage, blocks in enumerate(vision["layers"]):
        narrow, wide = width * 2**stage, 4 * width * 2**stage
        for block in range(blocks):
            numbers += _convolution(inside, narrow, 1) + _convolution(narrow, narrow, 3)
            numbers += _convolution(narrow, wide, 1) + (_convolution(inside, wide, 1) if block == 0 else 0)
            inside = wide
    places = (size // 32) ** 2 + 1
    attention = places * inside + 3 * (inside * inside + inside) + inside * embed + embed
    return int(numbers + attention)


def _convolution(inside: int, out: int, side: int) -> int:
    """Count a convolution without bias and the norm after it."""
    return inside * out * side * side + 2 * out


def _text(text: Mapping[str, Any], embed: int) -> int:
    width = text.get("width", 512)
    tables = (text.get("vocab_size", 49408) + text.get("context_length", 77)) * width
    return int(tables + _blocks(width, text.get("layers", 12), text.get("mlp_ratio", 4.0)) + 2 * width + width * embed)


def _blocks(width: int, layers: int, mlp_ratio: float) -> int:
    """Count attention, the two layers after it and two norms, with their biases."""
    hidden = int(width * mlp_ratio)
    attention = 4 * width * width + 4 * width
    return layers * (attention + 2 * width * hidden + hidden + width + 4 * width)


URL_CACHE = Path("~/.cache/clip")
"""Cache folder of open_clip for weights from plain URLs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PretrainedWeights:
    """Entry of open_clip's table: a file of the Hugging Face Hub, ORG/REPO/FILE where FILE may be "", or a URL."""

    hub_file: str = ""
    url: str = ""
    quick_gelu: bool = False

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "PretrainedWeights":
        """Parse an entry as open_clip writes it; further keys are ignored."""
        return cls(
            hub_file=str(entry.get("hf_hub", "")),
            url=str(entry.get("url", "")),
            quick_gelu=bool(entry.get("quick_gelu")),
        )


Table = Mapping[str, Mapping[str, PretrainedWeights]]
"""Weights by architecture and tag."""


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
    """Return open_clip's table."""
    try:
        table = _read_table()
    except Exception:  # another release may write its table in another way
        from open_clip import pretrained

        table = pretrained._PRETRAINED
    return {
        name: {tag: PretrainedWeights.from_json(each) for tag, each in tags.items()} for name, tags in table.items()
    }


def takes_quick_gelu(repository: str) -> bool:
    """Return True if open_clip's table says that the weights of this Hub repository were trained with QuickGELU."""
    entries = [entry for tags in pretrained_table().values() for entry in tags.values()]
    hubs = [entry for entry in entries if entry.hub_file.rpartition("/")[0] == repository]
    return bool(hubs) and all(entry.quick_gelu for entry in hubs)


def weight_files(entry: PretrainedWeights) -> tuple[str, tuple[str, ...]]:
    """Return the repository of a table entry and its weight files, in the order of open_clip's search."""
    repository, _, file = entry.hub_file.rpartition("/")
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


def _read_table() -> dict[str, dict[str, Any]]:
    """Evaluate only the plain statements of pretrained.py that build the table: no import, no download code runs."""
    tree = ast.parse((_package() / "pretrained.py").read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.Assign | ast.For | ast.FunctionDef | ast.Expr)]
    inside = {"copy": _Copy, **constants_of_open_clip()}
    # Annotations name what was not imported.
    exec(compile(tree, "pretrained.py", "exec", flags=__future__.annotations.compiler_flag), inside)  # noqa: S102
    table: dict[str, dict[str, Any]] = inside["_PRETRAINED"]
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
        parameters = checked_files.count(checked_files.read_header(weights)) if weights else None
        size = weights.stat().st_size if weights else None
    except (OSError, checked_files.WeightsError):
        parameters = size = None
    return Listed(name=name, kind=kind, parameters=parameters, bytes=size, on_disk=size is not None)


def _in_table(name: str) -> Listed:
    architecture, _, tag = name.partition("/")
    file = cached_file(pretrained_table()[architecture][tag])
    size = file.stat().st_size if file else None
    return Listed(
        name=name, kind="pretrained", parameters=_parameters(architecture), bytes=size, on_disk=file is not None
    )


def cached_file(entry: PretrainedWeights) -> Path | None:
    """Return the weights of a table entry on this disk, None if they would have to be downloaded."""
    repository, files = weight_files(entry)
    # Here, as its import takes longer than all else that a command needs to say what it does.
    from huggingface_hub import constants, try_to_load_from_cache

    if repository and (Path(constants.HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}").is_dir():
        found = [try_to_load_from_cache(repository, file, cache_dir=constants.HF_HUB_CACHE) for file in files]
        kept = [Path(path) for path in found if isinstance(path, str)]
        if kept:
            return kept[0]
    url_file = URL_CACHE.expanduser() / PurePosixPath(entry.url).name
    return url_file if url_file.is_file() else None


def is_on_disk(name: str, *, find_run: Callable[[str], Path | None]) -> bool:
    """Return True if a model can be loaded without a download; raise `ModelError` for an unknown name."""
    found = find_model(name, find_run=find_run)
    if isinstance(found, Folder | Checkpoint):
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


@lru_cache(maxsize=1)
def architectures() -> dict[str, dict[str, Any]]:
    """Return the configs of open_clip's architectures by name."""
    files = sorted((_package() / "model_configs").glob("*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files}


@lru_cache(maxsize=512)
def _parameters(architecture: str) -> int | None:
    path = _package() / "model_configs" / f"{architecture}.json"
    # A name of the table may be an architecture with another activation, which has a config of its own or none.
    if not path.is_file():
        return None
    return count_parameters(json.loads(path.read_text()))
