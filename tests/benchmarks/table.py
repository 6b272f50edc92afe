"""The benchmarks by name: what each tells, the keys that its JSON has at least, and the function that measures it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import pairs, time_to_binding


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One entry; `run(quick)` prints its rows and returns its figures."""

    words: str
    keys: tuple[str, ...]
    run: Callable[[bool], dict[str, Any]]


BENCHMARKS = {
    "time_to_binding": Benchmark(
        words="seconds from Start until the model binds, against open_clip's own training script",
        keys=time_to_binding.KEYS,
        run=time_to_binding.run,
    ),
    "pairs": Benchmark(
        words="making data: pairs a second, against a plain generator, as a share of a training step",
        keys=pairs.KEYS,
        run=pairs.run,
    ),
}
