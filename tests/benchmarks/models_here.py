"""The model and the data of a preset as training has them, on any device and at any size.

pieces = make_pieces(get_preset("binding-friendly").spec, device="cpu")
pieces.training().records()       # one step after the other
pieces.batches().draw(0)
"""

from dataclasses import dataclass, replace
from typing import Any

from explorer.clip.clip import Clip, new_clip
from explorer.clip.configs import ModelConfig
from explorer.clip.fresh import fresh_config
from explorer.clip.open_clip_import import open_clip
from explorer.spec import RunSpec
from explorer.training.batches import Batches
from explorer.training.loop import Trainer
from explorer.world.grammar import Grammar
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.worlds import WORLDS


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Objects that a worker builds from a spec before its first step."""

    spec: RunSpec
    plan: ScenePlan
    grammar: Grammar
    clip: Clip
    config: ModelConfig

    def training(self) -> Trainer:
        """The loop, at its start."""
        return Trainer(self.plan, self.spec.train, self.grammar, self.clip)

    def batches(self) -> Batches:
        """Its data alone."""
        return Batches(self.plan, self.spec.train, self.grammar, self.clip)


def make_pieces(spec: RunSpec, *, device: str = "cpu", image_size: int | None = None) -> Pieces:
    """Fresh weights of the spec's model; `image_size` in place of that of its config."""
    train, grammar = spec.train, Grammar(WORLDS[spec.data.world], spec.data)
    config: ModelConfig = fresh_config(train, grammar)["model_cfg"]
    if image_size is not None:
        config["vision_cfg"]["image_size"] = image_size
    clip = new_clip(config, words=grammar.words, seed=train.seed, name=train.model)
    clip.model.to(device)
    plan = make_plan(spec.data, grammar.world, seed=train.seed)
    return Pieces(spec=spec, plan=plan, grammar=grammar, clip=clip, config=config)


def change_training(spec: RunSpec, **changes: Any) -> RunSpec:
    """The spec with fields of its training replaced."""
    return replace(spec, train=replace(spec.train, **changes))


def load_open_clip(name: str, model: Any) -> Clip:
    """A model of open_clip, with the tokenizer of its architecture."""
    about, tokenizer = dict(open_clip.get_model_preprocess_cfg(model)), open_clip.get_tokenizer(name)
    return Clip(name=name, model=model.eval(), config=None, preprocess=about, words=None, tokenizer=tokenizer)
