"""The towers give what open_clip's give, from less work; a model of another build is left to open_clip."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.clip import towers
from explorer.clip.clip import Clip, new_clip
from explorer.clip.open_clip_import import open_clip
from tests.unit.toys import CAPTIONS, GRAMMAR, noise_images, tiny_clip, tiny_config

LAYERS = 2
EOS = GRAMMAR.words.index("[EOS]")


def deep_clip(*, seed: int = 0, vision: dict[str, Any] | None = None, **text: Any) -> Clip:
    """The tiny model with two layers a tower and with weights large enough that each token matters."""
    config = tiny_config(layers=LAYERS, **text)
    config["vision_cfg"] = {**config["vision_cfg"], "layers": LAYERS, **(vision or {})}
    clip = new_clip(config, words=GRAMMAR.words, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in clip.model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return clip


def close(left: torch.Tensor, right: torch.Tensor) -> bool:
    return torch.allclose(left, right, atol=2e-4, rtol=1e-4)


def tokens_of(block: torch.nn.Module, call: Callable[[], Any]) -> list[int]:
    """Count the tokens, of all sequences together, that go through the block's second half in one call."""
    seen: list[int] = []
    hook = block.mlp.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0][..., 0].numel()))
    with torch.inference_mode():
        call()
    hook.remove()
    return seen


@pytest.mark.parametrize("vision", [{}, {"no_ln_pre": True}, {"ls_init_value": 0.5}, {"final_ln_after_pool": True}])
def test_images_are_encoded_as_open_clip_does(vision: dict[str, Any]) -> None:
    clip = deep_clip(vision=vision)
    pixels = clip.pixels(noise_images(5))
    assert towers.is_plain_image_tower(clip.model)
    with torch.inference_mode():
        assert close(clip.encode_pixels(pixels), clip.model.encode_image(pixels))


@pytest.mark.parametrize("pool", ["eos", "argmax"])
@pytest.mark.parametrize("captions", [CAPTIONS, CAPTIONS[:1], CAPTIONS[1:2]], ids=["mixed", "two objects", "one"])
def test_captions_are_encoded_as_open_clip_does(pool: str, captions: tuple[str, ...]) -> None:
    clip = deep_clip(pool_type=pool)
    ids = clip.ids(captions)
    with torch.inference_mode():
        assert close(clip.encode_ids(ids), clip.model.encode_text(ids))


def test_only_what_reaches_the_output_is_computed() -> None:
    clip = deep_clip()
    ids = clip.ids(["a red bus", "a red car", "a red bus", "a blue bus and a red car"])
    first, last = clip.model.transformer.resblocks
    # [BOS] a red bus [EOS], then car [EOS], then blue bus and a red car [EOS]
    assert tokens_of(first, lambda: clip.encode_ids(ids)) == [5 + 2 + 7]
    assert tokens_of(last, lambda: clip.encode_ids(ids)) == [3]
    last = clip.model.visual.transformer.resblocks[-1]
    assert tokens_of(last, lambda: clip.encode_images(noise_images(3))) == [3]


def test_gradients_are_those_of_open_clip() -> None:
    clip = deep_clip()
    pixels, ids = clip.pixels(noise_images(3)), clip.ids(CAPTIONS)

    def gradients(images: torch.Tensor, texts: torch.Tensor) -> dict[str, torch.Tensor]:
        clip.model.zero_grad()
        (images @ texts.T).pow(2).mean().backward()
        return {name: p.grad.clone() for name, p in clip.model.named_parameters() if p.grad is not None}

    stock = gradients(clip.model.encode_image(pixels), clip.model.encode_text(ids))
    ours = gradients(clip.encode_pixels(pixels), towers.encode_ids(clip.model, ids))
    assert ours.keys() == stock.keys()
    for name, gradient in stock.items():
        largest = float(gradient.abs().max())
        assert torch.allclose(ours[name], gradient, atol=1e-4 * largest + 1e-7, rtol=1e-3), name


def empty_quarters(images: torch.Tensor, gray: int) -> torch.Tensor:
    """Images (N, 3, S, S) with two even quarters each, which lie elsewhere in every other image."""
    half = images.shape[-1] // 2
    images = images.clone()
    images[::2, :, :half], images[1::2, :, half:] = gray, gray
    return images


@pytest.mark.parametrize("patch", [8, 7], ids=["words of patches", "bytes of patches"])
def test_the_even_background_is_embedded_once(patch: int) -> None:
    clip = deep_clip(vision={"patch_size": patch, "image_size": 2 * patch})
    noise = torch.randint(0, 256, (4, 3, 2 * patch, 2 * patch), dtype=torch.uint8)
    images = empty_quarters(noise, gray=99)
    few, number = towers.deduplicate_patches(towers.cut_patches(clip.model, images))
    assert len(few) == 4 * 2 + 1 and number.shape == (4, 4)
    with torch.inference_mode():
        assert close(clip.encode_images(images), clip.model.encode_image(clip.pixels(images)))
    several = torch.cat([empty_quarters(noise, gray) for gray in (0, 255)])
    for each in (images, several, torch.full_like(noise, 7), noise):
        few, number = towers.deduplicate_patches(patches := towers.cut_patches(clip.model, each))
        assert torch.equal(few[number], patches)


@pytest.mark.parametrize("choices", [{"proj_bias": True}, {"proj_type": "none"}, {"pool_type": "argmax"}])
def test_other_projections_empty_rows_and_a_token_of_id_zero_inside(choices: dict[str, Any]) -> None:
    """In open_clip's own vocabulary "!" is 0, so no padding, and the end of text is the highest id."""
    clip, end = deep_clip(**choices), EOS if "proj" in str(choices) else len(GRAMMAR.words) - 1
    ids = torch.zeros(4, GRAMMAR.context_length, dtype=torch.int64)
    ids[0, :5], ids[1, :2] = torch.tensor([1, 0, 0, 9, end]), torch.tensor([1, end])
    ids = torch.cat([ids, clip.ids(CAPTIONS)])
    with torch.inference_mode():
        assert close(clip.encode_ids(ids), clip.model.encode_text(ids))
        assert clip.encode_ids(ids[:0]).shape[0] == 0


def test_a_tower_that_looks_ahead_is_left_to_open_clip() -> None:
    """Without a causal mask padding takes part, so a cut would change the result."""
    clip = deep_clip(no_causal_mask=True)
    ids = clip.ids(CAPTIONS[:1])
    with torch.inference_mode():
        whole = clip.model.encode_text(ids)
        assert torch.equal(clip.encode_ids(ids), whole)
        clip.model.attn_mask = torch.zeros(GRAMMAR.context_length, GRAMMAR.context_length)
        assert not close(towers.encode_ids(clip.model, ids), whole)


OTHER: dict[str, Callable[[], Clip]] = {
    "custom text": lambda: replace(tiny_clip(), model=open_clip.CustomTextCLIP(**tiny_config())),
    "pooling at the last place": lambda: deep_clip(pool_type="last"),
    "averaged image": lambda: deep_clip(vision={"pool_type": "avg"}),
    "attentional pooling": lambda: deep_clip(vision={"attentional_pool": True, "attn_pooler_heads": 2}),
    "dropped patches": lambda: deep_clip(vision={"patch_dropout": 0.5}),
    "blocks of another kind": lambda: deep_clip(vision={"block_type": "custom", "qk_norm": True}),
    "a residual network": lambda: deep_clip(vision={"layers": [1, 1, 1, 1], "width": 16}),
}


@pytest.mark.parametrize("kind", OTHER)
def test_another_tower_is_left_to_open_clip(kind: str) -> None:
    clip = OTHER[kind]()
    clip.model.eval()
    ids, images = clip.ids(CAPTIONS[:2]), noise_images(2)
    assert towers.is_plain_text_tower(clip.model) == (kind not in ("custom text", "pooling at the last place"))
    assert towers.is_plain_image_tower(clip.model) == (kind == "pooling at the last place")
    with torch.inference_mode():
        if not towers.is_plain_text_tower(clip.model):
            assert torch.equal(clip.encode_ids(ids), clip.model.encode_text(ids))
        if not towers.is_plain_image_tower(clip.model):
            assert torch.equal(clip.encode_images(images), clip.model.encode_image(clip.pixels(images)))
