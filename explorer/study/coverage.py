"""Coverage of a sweep: the conditions that have run with all their seeds, and those that are missing.

coverage(sweep, rows).whole          # labels that can be frozen
whole_rows(sweep, rows)              # their rows, with those of their search of a learning rate
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from explorer.study.rows import Row
from explorer.study.sweeps import Sweep


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Conditions of a sweep by label: `whole` has every seed, `begun` some, `missing` none."""

    sweep: str
    seeds: int
    whole: tuple[str, ...]
    begun: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Return True if nothing is missing."""
        return not self.begun and not self.missing

    @property
    def num_conditions(self) -> int:
        """Return the number of declared conditions."""
        return len(self.whole) + len(self.begun) + len(self.missing)

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        return asdict(self) | {"is_whole": self.is_whole, "num_conditions": self.num_conditions}


def coverage(sweep: Sweep, rows: Iterable[Row]) -> Coverage:
    """Count the seeds of each declared condition whose run has ended, data point or not."""
    wanted = set(range(sweep.first_seed, sweep.first_seed + sweep.seeds))
    seeds: dict[str, set[int]] = {}
    for row in rows:
        if row["stage"] == "result" and row["seed"] in wanted:
            seeds.setdefault(row["condition"], set()).add(row["seed"])
    counts = {condition.label: len(seeds.get(condition.label, ())) for condition in sweep.conditions}
    return Coverage(
        sweep=sweep.name,
        seeds=sweep.seeds,
        whole=tuple(label for label, count in counts.items() if count == sweep.seeds),
        begun=tuple((label, count) for label, count in counts.items() if 0 < count < sweep.seeds),
        missing=tuple(label for label, count in counts.items() if not count),
    )


def whole_rows(sweep: Sweep, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of the conditions that have run with every declared seed."""
    labels = set(coverage(sweep, rows).whole)
    return [row for row in rows if row["condition"] in labels]
