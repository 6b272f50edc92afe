"""A CLIP with fresh weights, as a training begins with it: its config, and the model.

    fresh_config(spec.train, grammar)["model_cfg"]      # the content of open_clip_config.json; without torch
    fresh_clip(spec.train, grammar)                     # the Clip, a function of architecture, loss, seed and words

Its tokens are the words of the grammar, and its context is as long as the longest caption.
"""

from typing import TYPE_CHECKING, Any

from explorer.clip.configs import model_config, preprocess_config
from explorer.spec import TrainSpec
from explorer.world.grammar import EOS, Grammar

if TYPE_CHECKING:
    from explorer.clip.clip import Clip


def fresh_config(train: TrainSpec, grammar: Grammar) -> dict[str, Any]:
    """Return the content of open_clip_config.json of the model that `train` trains on captions of the grammar."""
    model = model_config(
        train.model,
        words=grammar.words,
        context_length=grammar.context_length,
        eos_id=EOS,
        is_siglip=train.loss == "siglip",
    )
    return {"model_cfg": model, "preprocess_cfg": preprocess_config(model["vision_cfg"]["image_size"])}


def fresh_clip(train: TrainSpec, grammar: Grammar) -> "Clip":
    """Make the model that `train` trains on captions of the grammar, with the fresh weights of its seed, on the CPU."""
    # Torch takes seconds, and who asks for the config alone does not need it.
    from explorer.clip.clip import new_clip

    config = fresh_config(train, grammar)["model_cfg"]
    return new_clip(config, words=grammar.words, seed=train.seed, name=train.model)
