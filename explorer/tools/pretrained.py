"""Write models/pretrained.json, the list of open_clip's pretrained models, from the open_clip that is installed.

    python -m explorer.tools.pretrained

The list is a file because pages name models, and importing open_clip imports torch, which takes seconds.
"""

import json
from functools import cache
from typing import Any

import torch

from explorer.clip.open_clip_import import open_clip
from explorer.resources import PRETRAINED


def pretrained_entries() -> dict[str, dict[str, Any]]:
    """Return repository, files in the order in which open_clip tries them, and activation, by ARCHITECTURE/TAG."""
    entries = {}
    for architecture, tag in open_clip.list_pretrained():
        entry = open_clip.get_pretrained_cfg(architecture, tag)
        repository, _, file = entry["hf_hub"].rpartition("/")
        file = file or open_clip.constants.HF_WEIGHTS_NAME
        entries[f"{architecture}/{tag}"] = {
            "repository": repository,
            "files": [*open_clip.pretrained._get_safe_alternatives(file), file],
            "quick_gelu": bool(entry.get("quick_gelu")),
        }
    return entries


@cache
def count_parameters(architecture: str) -> int | None:
    """Count the parameters of an architecture; None if its text tower is described only on the Hub."""
    config = open_clip.get_model_config(architecture)
    if config["text_cfg"].get("hf_model_name"):
        return None
    # On the meta device the shapes of a model take no memory.
    with torch.device("meta"):
        model = open_clip.create_model(architecture, load_weights=False, pretrained_text=False, device="meta")
    return sum(parameter.numel() for parameter in model.parameters())


def main() -> None:
    """Write the file, one line per model."""
    lines = [
        f"{json.dumps(name)}: {json.dumps({'parameters': count_parameters(name.partition('/')[0]), **entry})}"
        for name, entry in pretrained_entries().items()
    ]
    PRETRAINED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
