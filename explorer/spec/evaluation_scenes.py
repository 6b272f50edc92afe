"""Which fresh scenes a run is scored on: no part of its spec, as they change no weight.

    scenes = EvaluationScenes(seed=1003, count=4000)
    scenes.as_status()                        # {"evaluation_seed": 1003, "evaluation_count": 4000}
    EvaluationScenes.of_status(status)        # as a run's status.json tells it; older ones are scored on the default

Scores on other scenes differ by points, so rows that differ in either number are never paired, pooled or shared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LARGEST_SEED = 2**31 - 1
LEAST_SCENES, MOST_SCENES = 10, 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationScenes:
    """The seed of the evaluation stream, and how many of its scenes are asked in each form at the end of a run."""

    seed: int = 0
    count: int = 1000

    def as_status(self) -> dict[str, int]:
        """What a run's status keeps; nothing for the default scenes."""
        return {} if self == FIXED_SCENES else {"evaluation_seed": self.seed, "evaluation_count": self.count}

    @classmethod
    def of_status(cls, status: Mapping[str, Any]) -> "EvaluationScenes":
        """The scenes that a status names; the default for each number that it lacks, or that is out of range."""
        seed, count = status.get("evaluation_seed"), status.get("evaluation_count")
        return cls(
            seed=seed if type(seed) is int and 0 <= seed <= LARGEST_SEED else FIXED_SCENES.seed,
            count=count if type(count) is int and LEAST_SCENES <= count <= MOST_SCENES else FIXED_SCENES.count,
        )


FIXED_SCENES = EvaluationScenes()
"""What every run is scored on that says nothing else."""
