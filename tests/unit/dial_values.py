"""Values of dials by their rows, so that tests try a new dial without a word about it.

values_of("saliency_bias")                  # [0, 0.125, ..., 1]
changed_data(RICH, "saliency_bias")         # RICH with the legal value that is farthest from its own
random_data(np.random.default_rng(0))       # any legal data of the world `things`
"""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from explorer.errors import UserError
from explorer.spec import DATA_FIELDS, DIAL_TYPES, DIALS, DataSpec, KnownNames, RunSpec, validate
from explorer.world.things import THINGS

KINDS = tuple(kind.name for kind in THINGS.kinds)
NAMES = KnownNames(worlds={"things": KINDS}, models=("small",))
STEPS = 8
"""Parts of the range of a number, of which each end is a value."""
RICH = DataSpec(objects_in_image=4, attribute_density=0.5, caption_completeness=0.5, tidy_share=0.5)
"""Data in which every dial has something to change."""


def values_of(name: str) -> list[Any]:
    """Return values of a dial of the data from one end of its range to the other; a name has its default alone."""
    dial, kind = DIALS[name], DIAL_TYPES[name]
    if dial.low is not None and dial.high is not None:
        return list(dict.fromkeys(kind(value) for value in np.linspace(dial.low, dial.high, STEPS + 1).tolist()))
    if dial.names == "kinds":
        return [words for count in range(len(KINDS) + 1) for words in combinations(KINDS, count)]
    return list(dial.choices or ((False, True) if kind is bool else (getattr(DataSpec(), name),)))


def is_legal(data: DataSpec) -> bool:
    try:
        validate(RunSpec(data=data), NAMES)
    except UserError:
        return False
    return True


def changed_data(base: DataSpec, name: str) -> DataSpec:
    """Return `base` with another legal value of a dial, a number as far away as may be; `base` itself if it has one."""
    own = getattr(base, name)
    others = [value for value in values_of(name) if value != own]
    if isinstance(own, int | float):
        others.sort(key=lambda value: -abs(value - own))
    changed = (replace(base, **{name: value}) for value in others)
    return next((data for data in changed if is_legal(data)), base)


def random_data(rng: np.random.Generator, **settled: Any) -> DataSpec:
    """Return any legal data, in which half of the numbers are at an end of their range; `settled` dials stay."""
    while True:
        drawn = {name: _random_value(name, rng) for name in DATA_FIELDS if name not in settled}
        if is_legal(data := DataSpec(**{**drawn, **settled})):
            return data


def _random_value(name: str, rng: np.random.Generator) -> Any:
    values = values_of(name)
    if DIAL_TYPES[name] is not float:
        return values[int(rng.integers(len(values)))]
    return float(rng.choice([values[0], values[-1], *rng.uniform(values[0], values[-1], 2)]))


TRIED = [name for name in DATA_FIELDS if changed_data(RICH, name) != RICH]
"""The dials of the data that have another value."""
