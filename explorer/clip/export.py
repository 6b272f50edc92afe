"""Export of a trained model to the four files that stock open_clip reads as `local-dir:FOLDER`.

export(clip, folder)
# open_clip_config.json  open_clip_model.safetensors  tokenizer.json  tokenizer_config.json

open_clip.create_model_and_transforms("local-dir:FOLDER"); open_clip.get_tokenizer("local-dir:FOLDER")
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from explorer.clip.clip import Clip
from explorer.clip.word_tokenizer import word_level_tokenizer


def export(clip: Clip, folder: Path) -> None:
    """Write `clip` to `folder`; a model with another tokenizer keeps that one's files."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in clip.model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    if clip.config is not None:
        _write_json(folder / "open_clip_config.json", {"model_cfg": clip.config, "preprocess_cfg": clip.preprocess})
    if clip.words is not None and clip.config is not None:
        _write_tokenizer(folder, clip.words, clip.config["text_cfg"]["context_length"])
    elif hasattr(clip.tokenizer, "tokenizer") and hasattr(clip.tokenizer.tokenizer, "save_pretrained"):
        clip.tokenizer.tokenizer.save_pretrained(folder)


def _write_tokenizer(folder: Path, words: Sequence[str], context_length: int) -> None:
    word_level_tokenizer(words).save(str(folder / "tokenizer.json"))
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "bos_token": "[BOS]",
            "eos_token": "[EOS]",
            "model_max_length": context_length,
        },
    )


def _write_json(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record, indent=2) + "\n")
