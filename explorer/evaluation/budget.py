"""Sizes of an evaluation: scenes, captions and items of the linear probe.

    evaluate(clip, world, data, seed=0, budget=EvaluationBudget(most_scenes=100))

Published scores use the defaults, `FULL`. Smaller numbers widen the intervals and change nothing else.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeBudget:
    """Scenes per value of the linear probe: those that it is fitted on, and those that it is tested on."""

    fit_per_value: int = 200
    test_per_value: int = 100

    @property
    def per_value(self) -> int:
        """Return the scenes drawn per value."""
        return self.fit_per_value + self.test_per_value


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationBudget:
    """Sizes of the full evaluation, and of the quick one during training."""

    most_scenes: int = 100_000
    """Upper bound on the scenes per form, whatever number is requested."""
    quick_scenes: int = 400
    """Scenes per form of a quick evaluation."""
    fewest_for_probe: int = 1000
    """Scenes per form below which the linear probe is left out."""
    most_twins: int = 1000
    """Scenes that are scored with their twin and with every assignment of their values; four objects have 24."""
    most_damaged: int = 1000
    """Scenes for the controls that embed again, the first ones of the canonical form."""
    captions_counted: int = 20_000
    """Training captions that the caption-only scorer counts."""
    probe: ProbeBudget = ProbeBudget()


FULL = EvaluationBudget()
"""The budget of every published score."""
