"""Unimodal and cross-modal read-outs: linear probes within images, within captions, and binding between them.

    found = look_inside(clip, world, seed=0, count=1000)
    found["within_images"], found["within_captions"]     # linear probes for the color of one noun, chance by the bag
    found["between"], found["mapped"]                    # binding accuracy, as it is and after a fitted text map
    project(clip, world, seed=0, count=150)              # images and captions on two axes, and the modality gap

The probes and the text map follow Koishigarina, Uselis and Oh, 2025, arXiv 2502.03566. An untrained model of the
architecture is probed too, as random features keep most of their input; `probe_reading` words the comparison. The
probes read the same scenes and are tested on combinations of the other object and the two colors that they were not
fitted on. A combination and its swap are on one side of the split, so no probe is tested on a caption that it was
fitted on.
"""

from collections.abc import Iterator

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.analysis.probe_reading import UNTRAINED
from explorer.evaluation.analysis.text_map import FITTED, amount_of_map, fit_text_map
from explorer.evaluation.analysis.work import Amount, Meter, embed_scenes, embed_sentences, no_meter
from explorer.evaluation.controls import untrained_model
from explorer.evaluation.embed import embed_ids, embed_images
from explorer.evaluation.inspection import FormFeatures, Projection, project_features
from explorer.evaluation.readouts import scenes_with
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import FULL, ProbeBudget, canonical_data, make_set
from explorer.world.appearance import World
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, write_captions
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes

TESTED = 4
"""One combination in this many is tested on."""
SOURCE = "Koishigarina, Uselis and Oh, 2025, arXiv 2502.03566"
DEFINITIONS = {
    "within_images": "Accuracy of a linear probe on image embeddings for the color of one noun, on combinations that "
    "it was not fitted on; chance is what the set of colors alone gives.",
    "within_captions": "The same on the embeddings of the captions of the same scenes.",
    "within_images_untrained": "The probe on image embeddings, of an untrained model of the same architecture.",
    "within_captions_untrained": "The probe on caption embeddings, of an untrained model of the same architecture.",
    "between": metrics.METRICS["binding_accuracy"].definition,
    "mapped": "Binding accuracy with text embeddings behind a linear map that was fitted on other scenes.",
}


def look_inside(
    clip: Clip, world: World, *, seed: int, count: int, fitted: int = FITTED, budget: ProbeBudget = FULL.probe
) -> dict[str, Estimate]:
    """Measure the estimates of `DEFINITIONS`; `count` scenes test the map, `fitted` fit it.

    Those of an untrained model are there only for an architecture that is built here.
    """
    parts = parts_inside(clip, world, seed=seed, count=count, fitted=fitted, budget=budget)
    return {name: each for part in parts for name, each in part.items()}


def parts_inside(
    clip: Clip,
    world: World,
    *,
    seed: int,
    count: int,
    fitted: int = FITTED,
    budget: ProbeBudget = FULL.probe,
    meter: Meter | None = None,
) -> Iterator[dict[str, Estimate]]:
    """Yield the estimates of `look_inside` as soon as they are there: probes, those of an untrained model, the map."""
    yield probe_both(clip, world, seed=seed, budget=budget, meter=meter)
    fresh = untrained_model(clip, seed=seed + 1)
    if fresh is not None:
        untrained = probe_both(fresh, world, seed=seed, budget=budget, meter=meter)
        yield {name + UNTRAINED: found for name, found in untrained.items()}
    text_map = fit_text_map(clip, world, seed=seed, fitted=fitted, tested=count, meter=meter)
    yield {"between": text_map.before, "mapped": text_map.after}


def amount_inside(
    clip: Clip, world: World, *, count: int, fitted: int = FITTED, budget: ProbeBudget = FULL.probe
) -> Amount:
    """Return the work of `look_inside`."""
    scenes = len(world.kinds[0].values) * budget.per_value
    times = 2 if clip.config is not None and clip.words is not None else 1
    return Amount(images=times * scenes, texts=times * scenes) + amount_of_map(world, fitted=fitted, tested=count)


def probe_both(
    clip: Clip,
    world: World,
    *,
    seed: int,
    noun: int = 0,
    budget: ProbeBudget = FULL.probe,
    meter: Meter | None = None,
) -> dict[str, Estimate]:
    """Fit a probe on images and one on captions, of the same scenes with the same split."""
    meter = meter or no_meter()
    plan = make_plan(canonical_data(world), world, seed=seed)
    scenes, values = scenes_with(plan, noun, seed=seed, budget=budget)
    grammar = Grammar(world)
    said = write_captions(plan, scenes, Stream(seed=seed, name="evaluation", index=np.arange(len(values))))
    tested = is_tested(scenes, noun)
    chance = metrics.value_bag_chance(scenes.values[tested][:, :, 0])
    features = {
        "within_images": embed_scenes(clip, Renderer(plan, size=clip.image_size), scenes, meter),
        "within_captions": embed_sentences(clip, grammar, grammar.ids(said), meter),
    }
    return {name: read_out(rows, values, tested, chance) for name, rows in features.items()}


def read_out(features: np.ndarray, values: np.ndarray, tested: np.ndarray, chance: float) -> Estimate:
    """Return the accuracy on the rows `tested` (M,) of a probe fitted on the others.

    Features are (M, D), values (M,).
    """
    features = metrics.normalize(features)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    classifier.fit(features[~tested], values[~tested])
    right = (classifier.predict(features[tested]) == values[tested]).astype(float)
    return metrics.share(right, chance)


def is_tested(scenes: Scenes, noun: int) -> np.ndarray:
    """Return (M,) bool for scenes of two objects, one of them `noun`; equal for the same other noun and two colors."""
    colors = np.sort(scenes.values[:, :, 0], axis=1)
    other = np.where(scenes.nouns[:, 0] == noun, scenes.nouns[:, 1], scenes.nouns[:, 0])
    # Every color meets every other in the tested part, whichever the other noun is.
    return np.asarray((other + colors[:, 0] + colors[:, 1]) % TESTED == 0)


def project(clip: Clip, world: World, *, seed: int, count: int) -> tuple[Projection, list[str], list[str | None]]:
    """Project the first canonical scenes with their captions and swaps on their first two principal axes."""
    found = make_set("canonical", canonical_data(world), world, seed=seed, count=count)
    grammar = Grammar(world)
    ids = grammar.ids(found.caption), grammar.ids(found.swapped.said)
    captions, swapped = embed_ids(clip, grammar, np.concatenate(ids)).reshape(2, count, -1)
    images = embed_images(clip, Renderer(found.plan, size=clip.image_size).images(found.scenes))
    features = FormFeatures(images=images, captions=captions, swapped=swapped)
    said, exchanged = (grammar.texts(each) for each in ids)
    there = found.swapped.exists.tolist()
    return (
        project_features(features, found.swapped.exists),
        said,
        [text if exists else None for text, exists in zip(exchanged, there, strict=True)],
    )
