"""Fresh weights of a training in a browser's tab, bit for bit those of `assets/engine/train/fresh.js`.

    weights = fresh_weights(clip.model, clip.config, seed=3)      # {"visual.proj": float32 array, ...}

Trainings of the server keep torch's. The distributions are open_clip's, the numbers come from the counter RNG: the
tensors take blocks of 4,096 in the order of their names. Only operations of IEEE arithmetic: a logarithm of numpy may
differ from one machine to the next.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.clip.configs import ModelConfig
from explorer.world.counter_rng import Stream

Floats = NDArray[np.float64]
BLOCK = 4096
MIDDLE = (59.10937472, 159.29113202, 50.434271938, 3.3871327179), (67.1875636, 78.757757664, 17.895169469, 1.0)
TAIL = (0.17023821103, 1.3067284816, 2.75681539, 1.4234372777), (0.12021132975, 0.7370016425, 1.0)
END = (0.017337203997, 0.42868294337, 3.081226386, 6.657905115), (0.012258202635, 0.24197894225, 1.0)
"""Wichura, Algorithm AS 241: The Percentage Points of the Normal Distribution, 1988 (PPND7), highest power first."""


def fresh_weights(model: Any, config: ModelConfig, seed: int) -> dict[str, NDArray[np.float32]]:
    """Draw the weights of open_clip's plain CLIP `model` by name; those of the logits are as in `config`."""
    weights: dict[str, NDArray[np.float32]] = {}
    block = 0
    for name, parameter in sorted(model.named_parameters()):
        shape = tuple(parameter.shape)
        kind, number = _rule(name, shape, config)
        if kind == "value":
            weights[name] = np.full(shape, number, dtype=np.float32)
            continue
        blocks = -(-parameter.numel() // BLOCK)
        bits = Stream(seed=seed, name="world", index=np.arange(block, block + blocks)).bits("weights", BLOCK)
        chance = (bits.reshape(-1)[: parameter.numel()] + 0.5) / 2.0**32
        drawn = number * (2 * chance - 1) if kind == "bound" else number * normal_quantile(chance)
        weights[name] = drawn.astype(np.float32).reshape(shape)
        block += blocks
    return weights


def _rule(name: str, shape: tuple[int, ...], config: ModelConfig) -> tuple[str, float]:
    """Return the distribution of a tensor: a value, the deviation of a normal one, or the bound of an even one."""
    is_vision = name.startswith("visual.")
    tower = config["vision_cfg"] if is_vision else config["text_cfg"]
    width = tower["width"]
    if name.startswith("logit_"):
        return "value", config["init_logit_scale"] if name == "logit_scale" else config["init_logit_bias"]
    if ".ln_" in f".{name}" and name.endswith(".weight"):
        return "value", 1.0
    if name.endswith(("c_fc.bias", "c_proj.bias")):
        return "bound", 1 / math.sqrt(width if "c_fc" in name else int(width * tower.get("mlp_ratio", 4)))
    if name.endswith("bias"):
        return "value", 0.0
    if name in ("token_embedding.weight", "positional_embedding"):
        return "deviation", 0.02 if "token" in name else 0.01
    if is_vision and name.endswith("in_proj_weight"):
        return "bound", math.sqrt(6 / (4 * width))
    if is_vision and name.endswith("weight"):
        return "bound", 1 / math.sqrt(math.prod(shape[1:]))
    if name.endswith("c_fc.weight"):
        return "deviation", 1 / math.sqrt(2 * width)
    if name.endswith(("out_proj.weight", "c_proj.weight")):
        return "deviation", 1 / math.sqrt(2 * tower["layers"] * width)
    return "deviation", 1 / math.sqrt(width)


def normal_quantile(p: Floats) -> Floats:
    """Return the numbers that a standard normal one is below with the chances `p`, to seven digits."""
    q = p - 0.5
    r = np.sqrt(-_logarithm(np.where(q < 0, p, 1 - p)))
    tail = np.where(r <= 5, _ratio(TAIL, r - 1.6), _ratio(END, r - 5))
    return np.where(np.abs(q) <= 0.425, q * _ratio(MIDDLE, 0.180625 - q * q), np.where(q < 0, -tail, tail))


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    above, below = np.zeros_like(x), np.zeros_like(x)
    for coefficient in polynomials[0]:
        above = above * x + coefficient
    for coefficient in polynomials[1]:
        below = below * x + coefficient
    return above / below


def _logarithm(x: Floats) -> Floats:
    mantissa, exponent = np.frexp(x)
    is_small = mantissa < 0.7071067811865476
    mantissa, exponent = np.where(is_small, mantissa * 2, mantissa), exponent - is_small
    s = (mantissa - 1) / (mantissa + 1)
    square, series = s * s, np.zeros_like(s)
    for n in range(21, 0, -2):
        series = series * square + 1 / n
    return 2 * s * series + exponent * 0.6931471805599453
