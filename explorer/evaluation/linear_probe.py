"""Linear probe for the value of the first kind on one given noun, from the image embedding.

    probe_accuracy(clip, world, seed=0)      # Estimate, chance = accuracy from the bag of values in the image

Scenes of the canonical form that contain the noun, 200 per value to fit on and 100 to test on; a logistic regression on
standardized, normalized embeddings. A model that keeps only the set of values in the image reaches chance.
"""

import numpy as np

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.budget import FULL, ProbeBudget
from explorer.evaluation.embed import embed_images
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import canonical_data
from explorer.world.appearance import World
from explorer.world.counter_rng import Stream
from explorer.world.plan import Plan, make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes

FIRST_SCENE = 10_000_000
"""First scene index, far behind the scenes of the evaluation sets in the same stream."""


def probe_accuracy(clip: Clip, world: World, *, seed: int, noun: int = 0, budget: ProbeBudget = FULL.probe) -> Estimate:
    """Return the accuracy of the probe on held-out scenes for the first kind's value on `noun`."""
    plan = make_plan(canonical_data(world), world, seed=seed)
    scenes, values = scenes_with(plan, noun, seed=seed, budget=budget)
    return probe(embed_images(clip, Renderer(plan, size=clip.image_size).images(scenes)), scenes, values, budget)


def probe(features: np.ndarray, scenes: Scenes, values: np.ndarray, budget: ProbeBudget = FULL.probe) -> Estimate:
    """Fit and test the probe on the features (M, D) of the scenes that `scenes_with` gives."""
    # Import late: a third of what a worker imports before its first step, and only the last report fits a probe.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features = metrics.normalize(features)
    fit = is_fitted(len(values), budget)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    classifier.fit(features[fit], values[fit])
    right = (classifier.predict(features[~fit]) == values[~fit]).astype(float)
    return metrics.share(right, metrics.value_bag_chance(scenes.values[~fit][:, :, 0]))


def is_fitted(count: int, budget: ProbeBudget = FULL.probe) -> np.ndarray:
    """Return (M,) bool: the first scenes of each value are fitted on, the others tested on."""
    return np.arange(count) % budget.per_value < budget.fit_per_value


def scenes_with(plan: Plan, noun: int, *, seed: int, budget: ProbeBudget = FULL.probe) -> tuple[Scenes, np.ndarray]:
    """Return equally many scenes with the noun per value, ordered by value, and the noun's values (M,)."""
    num_values, wanted = int(plan.num_values[0]), budget.per_value
    pool = 2 * wanted * num_values * len(plan.world.nouns) // plan.num_objects
    stream = Stream(seed=seed, name="evaluation", index=np.arange(FIRST_SCENE, FIRST_SCENE + pool))
    scenes = draw_scenes(plan, stream)
    holds = scenes.nouns == noun
    value = np.where(holds.any(axis=1), scenes.values[np.arange(pool), holds.argmax(axis=1), 0], -1)
    rows = np.concatenate([np.flatnonzero(value == v)[:wanted] for v in range(num_values)])
    assert len(rows) == wanted * num_values
    return scenes.rows(rows), value[rows]
