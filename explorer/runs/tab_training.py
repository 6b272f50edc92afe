"""What a browser needs to train in its tab, beside a world and the kernels.

    describe_tab_training()["configs"]["small"]["clip"]      # the content of open_clip_config.json
    describe_tab_training()["files"]["tokenizer.json"]       # the other files of the model's folder

The tokenizer is that of the shipped models, which read the same captions.
"""

from functools import lru_cache
from typing import Any

from explorer.clip.names import TOKENIZER_FILES, config_names, model_config, preprocess_config, shipped_names
from explorer.evaluation.sets import binding_pairs
from explorer.resources import CHECKPOINTS
from explorer.runs.files import read_json
from explorer.spec import DIALS
from explorer.world.grammar import EOS, Grammar
from explorer.world.worlds import WORLDS

TAB_WORLD = "things"
"""The world that the browser's engine trains on."""


@lru_cache
def describe_tab_training() -> dict[str, Any]:
    """Return the configs by architecture and loss, the files of the tokenizer, and the digest of the binding pairs."""
    folder = CHECKPOINTS / shipped_names()[0]
    losses = DIALS["loss"].choices or ()
    return {
        "world": TAB_WORLD,
        "asked": binding_pairs(WORLDS[TAB_WORLD]).asked,
        "configs": {name: {loss: _config_with_loss(name, loss) for loss in losses} for name in config_names()},
        "files": {file: read_json(folder / file) for file in TOKENIZER_FILES},
    }


def _config_with_loss(name: str, loss: str) -> dict[str, Any]:
    grammar = Grammar(WORLDS[TAB_WORLD])
    model = model_config(
        name, words=grammar.words, context_length=grammar.context_length, eos_id=EOS, siglip=loss == "siglip"
    )
    return {"model_cfg": model, "preprocess_cfg": preprocess_config(model["vision_cfg"]["image_size"])}
