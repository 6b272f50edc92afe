"""Whether a mistake in preprocessing would explain what a model says: it is tried on known scenes in other ways.

    for suspicion in suspect_preprocessing(clip, world): print(suspicion.sentence)
    # With QuickGELU it finds the caption of 19 of 20 known scenes, and of 8 as it was loaded: ...

A model finds the caption of a scene if it is the nearest of the captions of all the scenes. It is asked as it was
loaded, and once with each change that applies to it. A change is worth a sentence if so many scenes are found only
with it that a coin would do this in fewer than one of a hundred cases. Drawn scenes are far from photographs, so a
model that finds none of them in any way gets no sentence.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import nn

from explorer.clip.clip import Clip
from explorer.clip.open_clip_import import open_clip
from explorer.clip.pixels import transform_pictures
from explorer.evaluation import metrics
from explorer.evaluation.embed import embed_pixels, embed_texts
from explorer.evaluation.sets import make_canonical_set
from explorer.evaluation.suspicion import Suspicion, SuspicionKind
from explorer.stats import sign_test
from explorer.world.grammar import Grammar
from explorer.world.things import World

NUM_SCENES = 20
RARE = 0.01
"""Chance below which a difference is no accident; with no scene against it seven scenes are needed."""
CLIP_VOCABULARY = 49_408
NORMALIZATIONS = {
    "OpenAI's": (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD),
    "0.5 and 0.5": (open_clip.constants.INCEPTION_MEAN, open_clip.constants.INCEPTION_STD),
    "ImageNet's": (open_clip.constants.IMAGENET_MEAN, open_clip.constants.IMAGENET_STD),
}
RESIZE_MODES = ("shortest", "longest", "squash")
"""Modes of open_clip: it crops the picture, adds a border, or squashes it."""


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A way to ask a model; `clip` and `write` are what is asked, `within` is what holds meanwhile.

    `target` is what it alters: the other tower is not asked again.
    """

    kind: SuspicionKind
    to: str
    target: Literal["pictures", "captions", "both"]
    clip: Clip
    write: Callable[[str], str] = str
    within: Callable[[], Any] = nullcontext
    is_harmful: bool = False
    is_wide: bool = False
    """True where only pictures that are no squares tell: a page of 4 to 3, as upright ones fare alike."""


def suspect_preprocessing(clip: Clip, world: World) -> tuple[Suspicion, ...]:
    """Try a model on `NUM_SCENES` known scenes with each change that applies to it.

    Returns what would explain its answers: the changes with which it is right in more scenes, or with a harmful change
    in fewer, than an accident would give.
    """
    evaluation_set = make_canonical_set(world, seed=0, count=NUM_SCENES)
    grammar = Grammar(world)
    captions = grammar.texts(grammar.ids(evaluation_set.caption))
    scenes = [Image.fromarray(each.transpose(1, 2, 0)) for each in evaluation_set.images(clip.image_size)]
    wide = [_on_a_wide_page(each, world.background) for each in scenes]
    seen = {False: _embed_pictures(clip, scenes), True: _embed_pictures(clip, wide)}
    read = embed_texts(clip, captions)
    suspicions = []
    for change in _changes(clip):
        images, texts = seen[change.is_wide], read
        as_loaded = _finds_caption(images, texts)
        with change.within():
            if change.target != "captions":
                images = _embed_pictures(change.clip, wide if change.is_wide else scenes)
            if change.target != "pictures":
                texts = embed_texts(change.clip, list(map(change.write, captions)))
        changed = _finds_caption(images, texts)
        more, fewer = int((changed & ~as_loaded).sum()), int((as_loaded & ~changed).sum())
        if (fewer, more) == (0, 0) or sign_test(*((fewer, more) if change.is_harmful else (more, fewer))) >= RARE:
            continue
        suspicions.append(
            Suspicion(
                kind=change.kind,
                to=change.to,
                found_as_loaded=int(as_loaded.sum()),
                found_changed=int(changed.sum()),
                n=NUM_SCENES,
            )
        )
    return tuple(suspicions)


def _on_a_wide_page(scene: Image.Image, background: int) -> Image.Image:
    """Return a scene in the middle of a page of 4 to 3, so that ways of resizing differ."""
    page = Image.new("RGB", (scene.width * 4 // 3, scene.height), (background,) * 3)
    page.paste(scene, ((page.width - scene.width) // 2, 0))
    return page


def _embed_pictures(clip: Clip, pictures: Sequence[Image.Image]) -> np.ndarray:
    return embed_pixels(clip, transform_pictures(clip, pictures))


def _finds_caption(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Return (N,) bool: the pictures (N, D) whose own caption of (N, D) is nearer than those of all the others."""
    cosines = metrics.cosine(images, texts)
    others = cosines.copy()
    np.fill_diagonal(others, -np.inf)
    return np.asarray(np.diagonal(cosines) > others.max(axis=1))


def _changes(clip: Clip) -> Iterator[_Change]:
    kinds = {type(module) for module in clip.model.modules()}
    quick = open_clip.transformer.QuickGELU
    for own, other in ((nn.GELU, quick), (quick, nn.GELU)):
        if own in kinds and other not in kinds:
            within = partial(_with_activation, clip.model, own, other)
            yield _Change(kind="activation", to=other.__name__, target="both", clip=clip, within=within)
    for name, (mean, std) in NORMALIZATIONS.items():
        if not np.allclose([*mean, *std], [*clip.preprocess["mean"], *clip.preprocess["std"]], atol=1e-3):
            changed = replace(clip, preprocess=clip.preprocess | {"mean": list(mean), "std": list(std)})
            yield _Change(kind="normalization", to=name, target="pictures", clip=changed)
    for mode in RESIZE_MODES:
        if mode != clip.preprocess.get("resize_mode", "shortest"):
            changed = replace(clip, preprocess=clip.preprocess | {"resize_mode": mode})
            yield _Change(kind="resize", to=mode, target="pictures", clip=changed, is_wide=True)
    for value in (0, 1):
        tokenizer = _with_padding(clip, value)
        if tokenizer is not None:
            changed = replace(clip, tokenizer=tokenizer)
            yield _Change(kind="padding", to=str(value), target="captions", clip=changed)
    if (
        getattr(clip.model, "vocab_size", None) == CLIP_VOCABULARY
        and type(clip.tokenizer) is not open_clip.SimpleTokenizer
    ):
        changed = replace(clip, tokenizer=open_clip.SimpleTokenizer(context_length=clip.context_length or 77))
        yield _Change(kind="tokenizer", to="CLIP's own", target="captions", clip=changed)
    if not torch.equal(clip.ids(["a red bus"]), clip.ids(["A RED BUS"])):
        yield _Change(kind="case", to="capitals", target="captions", clip=clip, write=str.upper, is_harmful=True)


@contextmanager
def _with_activation(model: nn.Module, own: type[nn.Module], other: type[nn.Module]) -> Iterator[None]:
    """Replace each activation of a model meanwhile."""
    attributes = [
        (module, name) for module in model.modules() for name, each in module.named_children() if type(each) is own
    ]
    kept = [getattr(module, name) for module, name in attributes]
    for module, name in attributes:
        setattr(module, name, other())
    try:
        yield
    finally:
        for (module, name), each in zip(attributes, kept, strict=True):
            setattr(module, name, each)


def _with_padding(clip: Clip, value: int) -> Callable[[Sequence[str]], torch.Tensor] | None:
    """Return the tokenizer with another padding token; None if it pads with this one, or not at all."""
    ids = clip.ids(["a bus"])[0]
    own = int(ids[-1])
    if own == value or int(ids[-2]) != own:
        return None

    def tokenize(texts: Sequence[str]) -> torch.Tensor:
        rows = clip.ids(texts).clone()
        # Only the run of padding at the end of each row.
        is_padding = (rows == own).flip(1).cumprod(1).flip(1).bool()
        rows[is_padding] = value
        return rows

    return tokenize
