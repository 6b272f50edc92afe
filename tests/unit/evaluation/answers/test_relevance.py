"""Relevance by hand and against finite differences, and on untrained models."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from explorer.clip.clip import Clip, new_clip
from explorer.clip.open_clip_import import open_clip
from explorer.evaluation.answers import relevance
from explorer.evaluation.answers.map_sheet import CIVIDIS_STOPS, OPACITY, map_colors
from explorer.evaluation.answers.relevance import (
    apply_block,
    encode_images,
    mass_in_boxes,
    mass_in_quarters,
    pictures_at_once,
    propagate_relevance,
    relevance_maps,
    summarize_maps,
    why_no_map,
)
from tests.unit.toys import GRAMMAR, TINY, noise_images, tiny_clip, tiny_config


def patched_clip(*, layers: int = 2) -> Clip:
    """Four by four patches of 8 pixels."""
    vision = {"image_size": 32, "patch_size": 8, "width": 32, "layers": layers, "head_width": 16}
    return new_clip(tiny_config() | {"vision_cfg": vision}, words=GRAMMAR.words, seed=1)


def pixels_of(clip: Clip, count: int) -> torch.Tensor:
    return clip.pixels(noise_images(count))


@pytest.mark.parametrize("clip", [tiny_clip(seed=3), patched_clip()], ids=["2x2", "4x4"])
def test_the_attention_is_the_blocks_own(clip: Clip) -> None:
    """Block by block, and at the end of the tower."""
    tower = clip.model.visual
    with torch.no_grad():
        for block in tower.transformer.resblocks:
            hidden = torch.randn(3, 17, 32, generator=torch.Generator().manual_seed(0))
            output, attention = apply_block(block, hidden)
            assert torch.allclose(output, block(hidden), atol=1e-5)
            normed = block.ln_1(hidden)
            weights = block.attn(normed, normed, normed, need_weights=True, average_attn_weights=False)[1]
            assert torch.allclose(attention, weights, atol=1e-6)
        pixels = pixels_of(clip, 3)
        assert torch.allclose(encode_images(tower, pixels)[0], clip.model.encode_image(pixels), atol=1e-5)


def test_blocks_by_hand() -> None:
    """Two heads, a class token and two patches: the mean of the positive products of the class row, as shares."""
    attention = torch.tensor([[[[0.5, 0.3, 0.2]] + [[1.0, 0, 0]] * 2, [[0.2, 0.2, 0.6]] + [[1.0, 0, 0]] * 2]])
    gradient = torch.tensor([[[[9.0, 1.0, -1.0]] + [[0.0] * 3] * 2, [[9.0, 2.0, 0.5]] + [[0.0] * 3] * 2]])
    # Patch 1: (0.3 * 1 + 0.2 * 2) / 2 = 0.35; patch 2: (0 + 0.6 * 0.5) / 2 = 0.15.
    assert propagate_relevance([attention], [gradient])[0].tolist() == pytest.approx([0.7, 0.3])
    assert propagate_relevance([attention], [-gradient.abs()]).tolist() == [[0.0, 0.0]], "nothing positive is nothing"
    # Two blocks: the class token takes from patch 1 in the second, and patch 1 took from patch 2 in the first.
    first, second, ones = torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3), torch.ones(1, 1, 3, 3)
    first[0, 0, 1, 2], second[0, 0, 0, 1] = 0.5, 0.8
    # R0 = I + A1; R = R0 + A2 R0: the class row is [1, 0.8, 0.8 * 0.5].
    assert propagate_relevance([first, second], [ones, ones])[0].tolist() == pytest.approx([0.8 / 1.2, 0.4 / 1.2])


def test_the_gradient_is_that_of_finite_differences() -> None:
    """One block: what the logit gains if the class token's attention to a patch grew, times that attention."""
    clip = patched_clip(layers=1)
    tower, pixels = clip.model.visual.double(), pixels_of(clip, 1).double()
    text = torch.randn(16, generator=torch.Generator().manual_seed(5)).double()
    text = text / text.norm()
    block = tower.transformer.resblocks[0]

    def logit(attention: torch.Tensor, hidden: torch.Tensor) -> float:
        value = nn.functional.linear(block.ln_1(hidden), block.attn.in_proj_weight, block.attn.in_proj_bias)[..., 64:]
        mixed = (attention @ value.reshape(1, 17, 2, 16).transpose(1, 2)).transpose(1, 2).reshape(1, 17, 32)
        out = hidden + block.attn.out_proj(mixed)
        pooled = tower.ln_post((out + block.mlp(block.ln_2(out)))[:, 0]) @ tower.proj
        return float(pooled[0] @ text / pooled.norm() * clip.model.logit_scale.exp())

    with torch.no_grad():
        patches = tower.conv1(pixels).flatten(2).transpose(1, 2)
        hidden = tower.ln_pre(
            torch.cat([tower.class_embedding.expand(1, 1, -1), patches], dim=1) + tower.positional_embedding
        )
        attention, step = apply_block(block, hidden)[1].detach(), 1e-6
        expected = np.zeros(16)
        for head in range(2):
            for patch in range(16):
                moved = attention.clone()
                moved[0, head, 0, 1 + patch] += step
                slope = (logit(moved, hidden) - logit(attention, hidden)) / step
                expected[patch] += max(0.0, slope * float(attention[0, head, 0, 1 + patch])) / 2
    maps = relevance_maps(clip, pixels, text.numpy()[None, None])
    assert maps.shape == (1, 1, 4, 4)
    assert np.allclose(maps.reshape(16), expected / expected.sum(), atol=1e-4)


def test_maps_are_shares_and_leave_the_model_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    clip, texts = patched_clip(), np.random.default_rng(0).normal(size=(3, 2, 16)).astype(np.float32)
    clip.model.train()
    maps = relevance_maps(clip, pixels_of(clip, 3), texts)
    assert maps.shape == (3, 2, 4, 4) and (maps >= 0).all()
    assert np.allclose(maps.sum(axis=(2, 3)), 1, atol=1e-5) and not np.allclose(maps[:, 0], maps[:, 1])
    assert clip.model.training and all(weight.grad is None for weight in clip.model.parameters())
    for weight in clip.model.parameters():
        weight.requires_grad_(False)
    # Two blocks of two heads over 17 tokens have 1,156 numbers a picture.
    for most, at_once in ((2 * 1156, 2), (5, 1)):
        monkeypatch.setattr(relevance, "MAX_ATTENTION_NUMBERS", most)
        assert pictures_at_once(clip.model.visual) == at_once
        assert np.allclose(relevance_maps(clip, pixels_of(clip, 3), texts), maps, atol=1e-5)


def test_towers_that_were_not_tested_say_so() -> None:
    assert why_no_map(tiny_clip().model) == why_no_map(patched_clip().model) == ""
    resnet = {"layers": [1, 1, 1, 1], "width": 8, "image_size": 32}
    others = [resnet, *(TINY["vision_cfg"] | change for change in ({"pool_type": "avg"}, {"block_type": "custom"}))]
    for vision in others:
        config: dict[str, Any] = tiny_config() | {"vision_cfg": vision}
        assert "is none of those" in why_no_map(open_clip.CLIP(**config))
    assert "this model is a Linear" in why_no_map(nn.Linear(2, 2))
    clip = patched_clip()
    clip.model.visual.register_forward_hook(lambda module, given, out: out.flip(-1))
    with pytest.raises(ValueError, match="not that of the model"):
        relevance_maps(clip, pixels_of(clip, 1), np.ones((1, 1, 16), dtype=np.float32))


MAP = np.array([[[0.1, 0.2], [0.3, 0.4]]])


@pytest.mark.parametrize(
    ("box", "mass"),
    [
        ([0, 0, 64, 64], 1.0),
        ([0, 0, 32, 32], 0.1),
        ([32, 0, 32, 64], 0.6),
        ([16, 16, 32, 32], 0.25 * 1.0),
        ([40, 40, 8, 16], 0.4 / 8),
        ([64, 64, 8, 8], 0.0),
    ],
)
def test_mass_in_a_box_by_hand(box: list[int], mass: float) -> None:
    assert mass_in_boxes(MAP, np.array([box]), size=64)[0] == pytest.approx(mass)
    assert mass_in_quarters(MAP)[0].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    middle = np.zeros((1, 3, 3))
    middle[0, 1, 1] = 1.0
    assert mass_in_quarters(middle)[0].tolist() == pytest.approx([0.25] * 4)


def test_a_map_on_the_named_object_and_one_that_stays() -> None:
    """Boxes: a quarter of the picture, and a half of a quarter. Scene 0 follows its caption, scene 1 does not."""
    named, other = np.array([[0, 0, 32, 32]] * 3), np.array([[32, 32, 16, 32]] * 3)
    on_named, on_other = np.zeros((2, 2)), np.zeros((2, 2))
    on_named[0, 0], on_other[1, 1] = 1.0, 1.0
    maps = np.stack([[on_named, on_other], [on_named, on_named], [on_named, on_named * 0]])
    estimates = summarize_maps(maps, named, other, size=64)
    # The last scene has a map of nothing, so it is left out.
    assert estimates["named_share"].value == 1.0 and estimates["named_share"].n == 2
    assert estimates["named_share"].chance == pytest.approx(2 / 3)
    assert estimates["follows"].value == pytest.approx(0.5) and estimates["follows"].chance == 0.0
    even = summarize_maps(np.full((3, 2, 4, 4), 1 / 16), named, other, size=64)
    assert even["named_share"].value == pytest.approx(even["named_share"].chance)
    assert even["follows"].value == pytest.approx(0.0)


def test_colors_of_shares() -> None:
    levels = map_colors(np.array([[0.0, 0.5], [0.25, 0.1]]), 0.5)
    assert levels[0, 0].tolist() == [*CIVIDIS_STOPS[0], OPACITY] and levels[0, 1].tolist() == [
        *CIVIDIS_STOPS[-1],
        OPACITY,
    ]
    assert levels.dtype == np.uint8 and (map_colors(np.zeros((2, 2)), 0.0)[..., :3] == CIVIDIS_STOPS[0]).all()
