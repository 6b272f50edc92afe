"""The host with small models under the names of real ones, fetched from the hub that HF_ENDPOINT names.

python -m tests.browser.small_clips            # as app.py; a broken download is not waited for
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from huggingface_hub import constants, file_download
from safetensors.torch import save_file

from explorer.clip import hub
from explorer.clip.names import pretrained_models
from explorer.clip.open_clip_import import open_clip
from explorer.resources import SHIPPED_FOLDER
from explorer.web.server import main

NAMES = ("ViT-B-32/openai", "ViT-B-32/laion2b_s34b_b79k", "ViT-B-16-SigLIP/webli")
WEIGHTS = "open_clip_model.safetensors"
CONFIG: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 1, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
"""Of the architectures of all three: a model of some 6 MB that reads parts of words."""


def repositories(folder: Path) -> dict[str, Path]:
    """Write weights for each name below a folder; return the folders by the repository of the Hub."""
    repositories = {}
    for seed, name in enumerate(NAMES):
        torch.manual_seed(seed)
        path = folder / str(seed)
        path.mkdir(parents=True)
        save_file(open_clip.CLIP(**CONFIG).state_dict(), path / WEIGHTS)
        repositories[pretrained_models()[name].repository] = path
    return repositories


if __name__ == "__main__":
    for name in NAMES:
        # SigLIP brings its own tokenizer; here the words of a shipped model.
        own = {"hf_tokenizer_name": str(SHIPPED_FOLDER / "things-bound")} if "SigLIP" in name else {}
        config = CONFIG | {"text_cfg": CONFIG["text_cfg"] | own}
        open_clip.factory._MODEL_CONFIGS[name.partition("/")[0]] = config
    constants.DOWNLOAD_CHUNK_SIZE = 256_000  # progress of a small file
    hub.RESUMABLE_FILE_BYTES = 1_000_000
    file_download.time = SimpleNamespace(sleep=lambda _: None)  # type: ignore[attr-defined]
    sys.exit(main())
