"""Table of every declared sweep by name, of all editions.

    find("batch-size").claim
    [sweep.name for sweep in SWEEPS.values() if sweep.tier == 1]

A sweep of the second tier can be run by its name like any other; one that lacks a dial raises an error that says so.
"""

from explorer.errors import UserError
from explorer.study.editions import SECOND_EDITION
from explorer.study.editions import SWEEPS as SWEEPS
from explorer.study.sweeps import Sweep
from explorer.study.third_edition import THIRD_EDITION

LATER_EDITIONS: dict[str, Sweep] = {**SECOND_EDITION, **THIRD_EDITION}
"""Sweeps whose conditions are frozen one by one, as soon as all their seeds have run."""


def find(name: str) -> Sweep:
    """Return the sweep of that name; raise `UserError` if there is none."""
    if not isinstance(name, str) or name not in SWEEPS:
        raise UserError("sweep", name, f"choose {', '.join(SWEEPS)}")
    return SWEEPS[name]


def runnable_sweeps() -> dict[str, Sweep]:
    """Return every declared sweep by name, with those of the later editions, which have no evidence of their own."""
    return {**SWEEPS, **LATER_EDITIONS}


def runnable(name: str) -> Sweep:
    """Return the sweep of that name, of any edition; raise `UserError` for an unknown or only declared one."""
    sweep = LATER_EDITIONS[name] if name in LATER_EDITIONS else find(name)
    if not sweep.conditions:
        raise UserError("sweep", name, f"is declared but cannot be run: it {sweep.lacks}")
    return sweep
