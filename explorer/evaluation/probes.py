"""Linear probes within each modality, and the text map between them.

As in Koishigarina, Uselis and Oh, 2025, arXiv 2502.03566. An untrained model of the architecture is probed too, as
random features keep most of their input. The probes are tested on combinations of the other object and the two colors
that they were not fitted on; a combination and its swap are on one side of the split.
"""

from collections.abc import Iterator

import numpy as np

from explorer.clip.clip import Clip
from explorer.clip.loading import no_progress
from explorer.evaluation import metrics
from explorer.evaluation.embed import ShareDone, embed_captions, embed_scenes, partial_progress
from explorer.evaluation.readouts import fit_and_test_probe, scenes_with_noun, untrained_model
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import FULL_BUDGET, ProbeBudget, canonical_data
from explorer.evaluation.text_map import NUM_FIT_SCENES, TEXT_TIME_SHARE, fit_text_map
from explorer.evaluation.verdict import UNTRAINED_SUFFIX
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, write_captions
from explorer.world.plan import make_plan
from explorer.world.scenes import Scenes
from explorer.world.things import World

TEST_EVERY = 4
"""One combination in this many is tested on."""
PROBE_SOURCE = "Koishigarina, Uselis and Oh, 2025, arXiv 2502.03566"
PROBE_DEFINITIONS: dict[str, str] = metrics.MEASURE_WORDS["probes"]


def probe_modalities(
    clip: Clip,
    world: World,
    *,
    seed: int,
    count: int,
    fitted: int = NUM_FIT_SCENES,
    budget: ProbeBudget = FULL_BUDGET.probe,
    tell: ShareDone = no_progress,
) -> Iterator[dict[str, Estimate]]:
    """Yield the estimates of `PROBE_DEFINITIONS` as soon as they are there.

    First the probes, then those of an untrained model, only for an architecture that is built here, then the text map,
    which `count` scenes test and `fitted` fit.
    """
    fresh = untrained_model(clip, seed=seed + 1)
    scenes = len(world.kinds[0].values) * budget.per_value
    total = scenes * (1 if fresh is None else 2) + fitted + count
    yield _probe_image_and_text(clip, world, seed=seed, budget=budget, tell=partial_progress(tell, 0, scenes / total))
    if fresh is not None:
        of_fresh = partial_progress(tell, scenes / total, 2 * scenes / total)
        untrained = _probe_image_and_text(fresh, world, seed=seed, budget=budget, tell=of_fresh)
        yield {name + UNTRAINED_SUFFIX: estimate for name, estimate in untrained.items()}
    of_map = partial_progress(tell, 1 - (fitted + count) / total, 1)
    text_map = fit_text_map(clip, world, seed=seed, fitted=fitted, tested=count, tell=of_map)
    yield {"between": text_map["before"], "mapped": text_map["after"]}


def _probe_image_and_text(
    clip: Clip, world: World, *, seed: int, budget: ProbeBudget, tell: ShareDone
) -> dict[str, Estimate]:
    """Fit a probe on images and one on captions, of the same scenes with the same split."""
    plan = make_plan(canonical_data(world), world, seed=seed)
    scenes, values = scenes_with_noun(plan, 0, seed=seed, budget=budget)
    captions = write_captions(plan, scenes, Stream(seed=seed, name="evaluation", index=np.arange(len(values))))
    tested = is_test_scene(scenes, 0)
    images = embed_scenes(clip, plan, scenes, partial_progress(tell, 0, 1 - TEXT_TIME_SHARE))
    (texts,) = embed_captions(clip, Grammar(world), [captions], partial_progress(tell, 1 - TEXT_TIME_SHARE, 1))
    features = {"within_images": images, "within_captions": texts}
    return {name: fit_and_test_probe(rows, scenes, values, tested) for name, rows in features.items()}


def is_test_scene(scenes: Scenes, noun: int) -> np.ndarray:
    """Return (M,) bool for scenes of two objects, one of them `noun`; equal for the same other noun and two colors."""
    colors = np.sort(scenes.values[:, :, 0], axis=1)
    other = np.where(scenes.nouns[:, 0] == noun, scenes.nouns[:, 1], scenes.nouns[:, 0])
    # Every color meets every other in the tested part, whichever the other noun is.
    return np.asarray((other + colors[:, 0] + colors[:, 1]) % TEST_EVERY == 0)
