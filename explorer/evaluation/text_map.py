"""A linear map of text embeddings that is fitted to binding: whether both encoders hold what their match lacks.

As in Koishigarina, Uselis and Oh, 2025, arXiv 2502.03566. The text map is D by D without bias, from the identity, with
a temperature: a contrastive loss of images against captions and swaps, and of captions against images. If binding rises
a lot, both encoders hold the binding information and only their alignment lacks it. It is fitted on scenes of the
training stream and tested on those of the evaluation set: other scenes of the same nouns and values, so it says nothing
about new ones.
"""

import numpy as np
import torch
from torch.nn.functional import cross_entropy, normalize

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.embed import ShareDone, embed_captions, embed_scenes, partial_progress
from explorer.evaluation.inspection import FormFeatures
from explorer.evaluation.metrics import share_nearer
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import canonical_data, make_canonical_set
from explorer.world.counter_rng import Stream
from explorer.world.grammar import CaptionBatch, Grammar, write_captions
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.swaps import ChangedCaptions, false_swap
from explorer.world.things import World

NUM_FIT_SCENES = 4000
TEXT_TIME_SHARE = 0.2
"""Share of the texts in the time for scenes and their texts, roughly."""
FIT_BATCH_SIZE, FIT_STEPS, FIT_LEARNING_RATE = 256, 300, 0.01
START_TEMPERATURE = 0.07


def fit_text_map(
    clip: Clip, world: World, *, seed: int, fitted: int, tested: int, tell: ShareDone
) -> dict[str, Estimate]:
    """Return binding without and with the map: "before" and "after".

    Fit on `fitted` scenes of the training stream, test on `tested` of the canonical evaluation set.
    """
    most = fitted / (fitted + tested)
    plan = make_plan(canonical_data(world), world, seed=seed)
    stream = Stream(seed=seed, name="train", index=np.arange(fitted))
    scenes = draw_scenes(plan, stream)
    captions = write_captions(plan, scenes, stream)
    train = embed_swappable(
        clip, plan, scenes, captions, false_swap(captions, scenes, stream), partial_progress(tell, 0, most)
    )
    evaluation_set = make_canonical_set(world, seed=seed, count=tested)
    test = embed_swappable(
        clip,
        evaluation_set.plan,
        evaluation_set.scenes,
        evaluation_set.caption,
        evaluation_set.swapped,
        partial_progress(tell, most, 1),
    )
    weights = fit_map(train, generator=torch.Generator().manual_seed(seed))
    return {"before": binding_with_map(test, np.eye(len(weights))), "after": binding_with_map(test, weights)}


def fit_map(pairs: FormFeatures, *, generator: torch.Generator, steps: int = FIT_STEPS) -> np.ndarray:
    """Return the map (D, D), which multiplies text features from the right."""
    images, captions, swapped = (
        normalize(torch.from_numpy(np.asarray(each, dtype=np.float32)), dim=-1)
        for each in (pairs.images, pairs.captions, pairs.swapped)
    )
    weights = torch.eye(images.shape[1], requires_grad=True)
    scale = torch.tensor(np.log(1 / START_TEMPERATURE), dtype=torch.float32, requires_grad=True)
    optimizer = torch.optim.Adam([weights, scale], lr=FIT_LEARNING_RATE)
    right = torch.arange(min(FIT_BATCH_SIZE, len(images)))
    for _ in range(steps):
        rows = torch.randint(len(images), right.shape, generator=generator)
        texts = normalize(torch.cat([captions[rows] @ weights, swapped[rows] @ weights]), dim=-1)
        logits = scale.exp() * images[rows] @ texts.T
        # Images among captions and swaps, and captions among images.
        loss = (cross_entropy(logits, right) + cross_entropy(logits[:, : len(right)].T, right)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return weights.detach().numpy().astype(np.float64)


def binding_with_map(pairs: FormFeatures, weights: np.ndarray) -> Estimate:
    """Return binding accuracy with the map `weights` (D, D) applied to the text features."""
    right, wrong = (metrics.normalize(each) @ weights for each in (pairs.captions, pairs.swapped))
    return share_nearer(pairs.images, right, wrong)


def embed_swappable(
    clip: Clip, plan: ScenePlan, scenes: Scenes, captions: CaptionBatch, swapped: ChangedCaptions, tell: ShareDone
) -> FormFeatures:
    """Return the features of the scenes whose caption has a swap."""
    rows = np.flatnonzero(swapped.exists)
    texts = [each.rows(rows) for each in (captions, swapped.captions)]
    right, wrong = embed_captions(clip, Grammar(plan.world), texts, partial_progress(tell, 0, TEXT_TIME_SHARE))
    images = embed_scenes(clip, plan, scenes.rows(rows), partial_progress(tell, TEXT_TIME_SHARE, 1))
    return FormFeatures(images=images, captions=right, swapped=wrong)
