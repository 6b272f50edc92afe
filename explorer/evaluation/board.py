"""The numbers of a model on a board, and the ranking of models where their intervals allow one.

    measures = measure_model(clip, world, seed=0, count=1000)       # estimates by the names of BOARD_MEASURES
    rank_ranges([Estimate(...), Estimate(...)])                       # [(1, 2), (1, 2)]: these two cannot be told apart

All models see the same scenes, drawn at their own resolution.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.analyses import BIASES, embed_canonical, score_scenes
from explorer.evaluation.embed import embed_captions
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import make_canonical_set
from explorer.evaluation.steadiness import STEADINESS_DEFINITIONS, measure_half_truths, measure_wordings
from explorer.world.grammar import Grammar
from explorer.world.things import World

MAX_REWORDED_SCENES = 400
"""Scenes of steadiness and half-truths: each takes some thirty captions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardMeasure:
    """A column of a board: its title and its definition; `is_skill` where more is better."""

    title: str
    definition: str
    is_skill: bool = False


BOARD_MEASURES = {
    "binding_accuracy": BoardMeasure(
        title="Binding", definition=metrics.METRICS["binding_accuracy"].definition, is_skill=True
    ),
    "recognition_accuracy": BoardMeasure(
        title="Recognition", definition=metrics.METRICS["recognition_accuracy"].definition, is_skill=True
    ),
    "size_bias": BoardMeasure(title="Prefers the larger object", definition=BIASES["size_bias"]),
    "mention_bias": BoardMeasure(title="Prefers the first object", definition=BIASES["mention_bias"]),
    "steady": BoardMeasure(title="Steady", definition=STEADINESS_DEFINITIONS["steady"]),
    "fooled": BoardMeasure(title="Fooled by half-truths", definition=STEADINESS_DEFINITIONS["fooled"]),
    "longer": BoardMeasure(title="The same, true details", definition=STEADINESS_DEFINITIONS["longer"]),
}
"""The columns of a board by the names of their estimates; benchmarks come behind them."""


def measure_model(clip: Clip, world: World, *, seed: int, count: int) -> dict[str, Estimate]:
    """Measure the estimates of `BOARD_MEASURES`, and those of each wording and each kind of half-truth.

    A model that cannot read a wording or a kind lacks its estimate.
    """
    evaluation_set, images = embed_canonical(clip, world, seed=seed, count=count)
    right, wrong = embed_captions(clip, Grammar(world), [evaluation_set.caption, evaluation_set.replaced.captions])
    few_count = min(count, MAX_REWORDED_SCENES)
    few = make_canonical_set(world, seed=seed, count=few_count)
    return {
        **score_scenes(clip, evaluation_set, images),
        "recognition_accuracy": metrics.share_nearer(images, right, wrong, evaluation_set.replaced.exists),
        **measure_wordings(clip, few, images[:few_count]),
        **measure_half_truths(clip, few, images[:few_count]),
    }


def rank_ranges(estimates: Sequence[Estimate | None]) -> list[tuple[int, int] | None]:
    """Return the best and the worst rank that each estimate can have, highest first, as far as intervals tell.

    A model is above another only where its whole interval is. One without an interval has no rank.
    """
    low = np.array([np.nan if each is None or each.low is None else each.low for each in estimates])
    high = np.array([np.nan if each is None or each.high is None else each.high for each in estimates])
    known = int((~np.isnan(low)).sum())
    return [
        None if np.isnan(low[at]) else (1 + int((low > high[at]).sum()), known - int((high < low[at]).sum()))
        for at in range(len(estimates))
    ]
