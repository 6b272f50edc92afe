"""Engines of a sweep: where its queued runs are executed.

    engine = LocalEngine(store, settings)      # worker processes of this computer
    engine.start(runs); engine.look(); engine.close()

`look` is called at every poll of the sweep, so that an engine can submit again what was lost.
"""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from explorer.runs.store import RunStore
from explorer.runs.supervisor import Supervisor
from explorer.settings import Settings


class Engine(Protocol):
    """Executor of the queued runs of a store.

    Attributes:
        tries: How often a run that was interrupted is queued again before it counts as broken off.
    """

    tries: int

    def start(self, runs: Sequence[str]) -> None:
        """Begin to execute the runs."""

    def look(self) -> None:
        """Check on the runs; called at every poll."""

    def close(self) -> None:
        """End what still runs."""


BATCH = 20
"""Most runs of one task: a scheduler serves few long tasks better than many short ones."""
MakeEngine = Callable[[RunStore, Settings], Engine]


class LocalEngine:
    """Worker processes of this computer."""

    tries = 1

    def __init__(self, store: RunStore, settings: Settings) -> None:
        self._supervisor = Supervisor(store, settings)

    def start(self, runs: Sequence[str]) -> None:  # noqa: ARG002
        """Start the workers, which take every queued run of the store."""
        self._supervisor.start()

    def look(self) -> None:
        """Do nothing: the supervisor has a thread of its own."""

    def close(self) -> None:
        """End the workers, with their runs interrupted."""
        self._supervisor.close()


def packed(runs: Sequence[str], tasks: int) -> list[tuple[str, ...]]:
    """Pack the runs into at least `tasks` batches of at most `BATCH`."""
    size = max(1, min(BATCH, math.ceil(len(runs) / max(1, tasks))))
    return [tuple(runs[place : place + size]) for place in range(0, len(runs), size)]
