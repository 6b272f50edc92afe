"""Trainable parameters of a fine-tuning: all, one tower, low-rank matrices in its attention, or a map of text features.

    fold = prepare_tuning(clip, train_spec)     # freezes the rest; lora and text-map add weights of their own
    fold()                                      # after training: a plain open_clip model again, with the same features
    check_start(clip, spec, grammar)            # `UserError` if a start cannot be trained by the spec

lora: W + B A in every attention, A and B of few rows (Hu et al., LoRA, 2021). text-map: a D by D map of text features,
from the identity, as in Koishigarina, Uselis and Oh, 2025 (arXiv 2502.03566). The scale of the loss trains with both.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from explorer.clip.clip import Clip
from explorer.errors import UserError
from explorer.spec import RunSpec, TrainSpec
from explorer.world.grammar import Grammar

FoldWeights = Callable[[], None]
LORA_RANK = 16
"""Rows of each matrix of lora, or the width of the attention if that is less."""
SCALE_PARAMETERS = ("logit_scale", "logit_bias")


def check_start(clip: Clip, spec: RunSpec, grammar: Grammar) -> None:
    """Refuse a start that would silently train something else."""
    if spec.train.loss == "siglip" and getattr(clip.model, "logit_bias", None) is None:
        raise UserError(
            "loss",
            "siglip",
            "{name} has no logit_bias, so it was not trained with this loss; choose loss=clip",
            name=clip.name,
        )
    if clip.words is not None and clip.words != grammar.words:
        wanted = "its vocabulary is not that of the world {world}{more}"
        more = "".join(f", {dial}={getattr(spec.data, dial)}" for dial in grammar.more_words.values())
        raise UserError("init", clip.name, wanted, longest=200, world=spec.data.world, more=more)
    if clip.image_size % 2:
        raise UserError(
            "init", clip.name, "takes images of {size} pixels, scenes have an even number", size=clip.image_size
        )
    if spec.train.tune == "lora" and not _attentions(clip.model):
        raise UserError(
            "tune", "lora", "{name} has no attention of torch's own; choose all, text or image", name=clip.name
        )
    if spec.train.tune == "text-map" and _projection_owner(clip.model) is None:
        raise UserError(
            "tune", "text-map", "{name} has no text projection to put the map into; choose another tune", name=clip.name
        )


def prepare_tuning(clip: Clip, train: TrainSpec) -> FoldWeights:
    """Prepare the model for training by `tune`; the returned function folds added weights into plain ones."""
    if train.tune == "lora":
        return _add_lora(clip.model, train.seed)
    if train.tune == "text-map":
        return _add_map(clip.model)
    _freeze_untrained(clip.model, train.tune)
    return lambda: None


def _freeze_untrained(model: Any, tune: str) -> None:
    """Freeze what `tune` leaves out: it keeps `all`, or one tower and the scale."""
    for name, parameter in model.named_parameters():
        is_image = name.startswith("visual.")
        parameter.requires_grad_(tune == "all" or name in SCALE_PARAMETERS or is_image == (tune == "image"))


def _freeze_all_but(model: Any, *trained: Tensor) -> None:
    ids = {id(parameter) for parameter in trained}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in SCALE_PARAMETERS or id(parameter) in ids)


def _attentions(model: Any) -> list[str]:
    """Return the names of the attention modules that peft can adapt."""
    return [
        name
        for name, module in model.named_modules()
        if type(module) is nn.MultiheadAttention and module._qkv_same_embed_dim
    ]


def _add_lora(model: Any, seed: int) -> FoldWeights:
    # This import takes seconds, and only LoRA needs it.
    from peft import LoraConfig, LoraModel

    names = _attentions(model)
    rank = min(LORA_RANK, *(model.get_submodule(name).embed_dim for name in names))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = LoraConfig(r=rank, lora_alpha=rank, target_modules=names)
        adapted = LoraModel(model, {"default": config}, "default")
    _freeze_all_but(model, *(p for name, p in model.named_parameters() if "lora_" in name))
    for name in names:
        _restore_frozen_weights(model.get_submodule(name))

    def fold() -> None:
        adapted.merge_and_unload()

    return fold


def _restore_frozen_weights(attention: Any) -> None:
    """Restore the frozen weights after each pass: peft adds its own before and subtracts them, which rounds."""
    base = attention.get_base_layer()
    out = base.out_proj.get_base_layer()
    frozen = base.in_proj_weight, out.weight

    def put_back(*_: Any) -> None:
        base.in_proj_weight, out.weight = frozen

    attention.register_forward_hook(put_back)


class MappedProjection(nn.Linear):
    """A text projection with a map after it.

    It is an nn.Linear, because open_clip calls one and multiplies by all else.
    """

    def __init__(self, projection: Any) -> None:
        size = projection.out_features if isinstance(projection, nn.Linear) else projection.shape[1]
        weight = next(projection.parameters()) if isinstance(projection, nn.Linear) else projection
        with torch.random.fork_rng():
            super().__init__(size, size, bias=False, device=weight.device, dtype=weight.dtype)
        nn.init.eye_(self.weight)
        self.projection = projection

    def forward(self, pooled: Tensor) -> Tensor:
        """Project pooled features (N, W), then map them: (N, D)."""
        is_layer = isinstance(self.projection, nn.Linear)
        return super().forward(self.projection(pooled) if is_layer else pooled @ self.projection)


def _projection_owner(model: Any) -> Any:
    """Return the part of the model with a text projection: itself or its text tower; None if neither has one."""
    parts = (model, getattr(model, "text", None))
    return next((part for part in parts if getattr(part, "text_projection", None) is not None), None)


def _add_map(model: Any) -> FoldWeights:
    part = _projection_owner(model)
    projection = part.text_projection
    mapped = MappedProjection(projection)
    _set_projection(part, mapped)
    _freeze_all_but(model, mapped.weight)

    def fold() -> None:
        with torch.no_grad():
            if isinstance(projection, nn.Linear):
                projection.weight.copy_(mapped.weight @ projection.weight)
                if projection.bias is not None:
                    projection.bias.copy_(mapped.weight @ projection.bias)
            else:
                projection.copy_(projection @ mapped.weight.T)
        _set_projection(part, projection)

    return fold


def _set_projection(part: Any, projection: Any) -> None:
    # torch does not let a module take the place of a parameter.
    del part.text_projection
    part.text_projection = projection
