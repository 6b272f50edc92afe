"""Words that a model has read in training, from its tokenizer file; without torch.

    words_of(store, "things-bound")                       # frozenset({"a", "bus", ...}), None for parts of words
    never_read(store, ["things-bound"], ["a red zebra"])  # {"zebra": ("things-bound",)}

A model whose tokens are whole words takes any other word as one unknown word. A pretrained CLIP reads parts of words.
"""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.clip.configs import shipped_names
from explorer.errors import UserError
from explorer.resources import CHECKPOINTS
from explorer.runs.store import RunStore

FILE = "tokenizer.json"
_MARKS = str.maketrans(".,;:!?", "      ")


def never_read(store: RunStore, models: Iterable[str], captions: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return each word of the captions that a model has never read, with those models, in the order of the words."""
    words = dict.fromkeys(word for caption in captions for word in caption.lower().translate(_MARKS).split())
    known = {name: found for name in models if (found := words_of(store, name)) is not None}
    lacking = {word: tuple(name for name, found in known.items() if word not in found) for word in words}
    return {word: names for word, names in lacking.items() if names}


def words_of(store: RunStore, name: str) -> frozenset[str] | None:
    """Return the words of a shipped model or a run; None for any other model, or one that reads parts of words."""
    path = _folder(store, name) / FILE
    try:
        return _words(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


def _folder(store: RunStore, name: str) -> Path:
    try:
        folder = store.find(name)
    except UserError:
        folder = None
    if folder is not None:
        return folder.model
    return CHECKPOINTS / name if name in shipped_names() else Path("/nowhere")


@lru_cache(maxsize=64)
def _words(path: Path, _time: int) -> frozenset[str] | None:
    model: Any = json.loads(path.read_text(encoding="utf-8")).get("model", {})
    return frozenset(model["vocab"]) if model.get("type") == "WordLevel" else None
