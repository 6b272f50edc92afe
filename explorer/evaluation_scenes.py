"""The scenes on which a run is evaluated.

    scenes = EvaluationScenes(seed=1003, count=4000)
    scenes.as_status()                        # {"evaluation_seed": 1003, "evaluation_count": 4000}
    EvaluationScenes.of_status(status)        # from a run's status.json; older runs use the default

Scores on other scenes differ by points, so rows that differ in either number are never paired, pooled or shared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.spec import MAX_SEED

MIN_SCENES, MAX_SCENES = 10, 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationScenes:
    """Seed of the evaluation stream, and scenes per form at the end of a run."""

    seed: int = 0
    count: int = 1000

    def as_status(self) -> dict[str, int]:
        """Return the entries of a run's status; none for the default scenes."""
        return {} if self == DEFAULT_SCENES else {"evaluation_seed": self.seed, "evaluation_count": self.count}

    @classmethod
    def of_status(cls, status: Mapping[str, Any]) -> "EvaluationScenes":
        """Read the scenes from a status; a number that is missing or out of range takes its default."""
        seed, count = status.get("evaluation_seed"), status.get("evaluation_count")
        return cls(
            seed=seed if type(seed) is int and 0 <= seed <= MAX_SEED else DEFAULT_SCENES.seed,
            count=count if type(count) is int and MIN_SCENES <= count <= MAX_SCENES else DEFAULT_SCENES.count,
        )


DEFAULT_SCENES = EvaluationScenes()
"""The default scenes of a run."""
