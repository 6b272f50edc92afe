"""Forgetting by fine-tuning: the start model's scores in the captions that it was trained on, before and after.

    forgetting = Forgetting(clip, world, data)      # `data` of the start; evaluated at once, with the current weights
    forgetting.compare()                            # {"data", "before": {"binding_accuracy": ..., ...}, "after": ...}

Binding and recognition in the own form of `data`, each with n, interval and chance.
"""

from typing import Any

from explorer.clip.clip import Clip
from explorer.evaluation.report import QuickEvaluation
from explorer.spec.dials import DataSpec
from explorer.spec.evaluation_scenes import FIXED_SCENES, EvaluationScenes
from explorer.spec.run_spec import data_dict
from explorer.world.appearance import World


class Forgetting:
    """A model that trains on new data, with its scores before."""

    def __init__(self, clip: Clip, world: World, data: DataSpec, scenes: EvaluationScenes = FIXED_SCENES) -> None:
        self._data = data
        self._evaluation = QuickEvaluation(clip, world, data, seed=scenes.seed, count=scenes.count)
        self._before = self._evaluation.ask("own")

    def compare(self) -> dict[str, Any]:
        """Return the first scores, and the scores of the current weights."""
        return {"data": data_dict(self._data), "before": self._before, "after": self._evaluation.ask("own")}
