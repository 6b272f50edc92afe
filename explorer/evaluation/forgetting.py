"""Forgetting by fine-tuning: the start model's scores in the captions that it was trained on, before and after.

    forgetting = Forgetting(clip, world, data)      # `data` of the start; evaluated at once, with the current weights
    forgetting.compare().after["binding_accuracy"]  # Estimate

Binding and recognition in the own form of `data`, each with n, interval and chance.
"""

from explorer.clip.clip import Clip
from explorer.evaluation.report import QuickEvaluation
from explorer.evaluation.run_report import StartScores
from explorer.spec.dials import DataSpec
from explorer.spec.run_spec import FIXED_SCENES, EvaluationScenes
from explorer.world.appearance import World


class Forgetting:
    """A model that trains on new data, with its scores before."""

    def __init__(self, clip: Clip, world: World, data: DataSpec, scenes: EvaluationScenes = FIXED_SCENES) -> None:
        self._data = data
        self._evaluation = QuickEvaluation(clip, world, data, seed=scenes.seed, count=scenes.count)
        self._before = self._evaluation.ask("own")

    def compare(self) -> StartScores:
        """Return the first scores, and the scores of the current weights."""
        return StartScores(data=self._data, before=self._before, after=self._evaluation.ask("own"))
