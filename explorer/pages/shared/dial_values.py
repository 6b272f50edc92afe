"""Values of dials from the browser as a spec, and which dials have something to choose.

spec, notes = read("web-like", ("saliency_bias",), (0.5,))
has_choice("world")                               # False while there is one world
"""

import math
from collections.abc import Sequence
from typing import Any

from explorer.clip.configs import config_names
from explorer.pages.shared.url_state import values_of
from explorer.service.endpoints import resolve
from explorer.spec.presets import preset
from explorer.spec.run_spec import RunSpec, fit, override
from explorer.world.worlds import WORLDS, kind_names

NAMES = {"world": tuple(WORLDS), "model": config_names()}
"""Choices of the dials whose values are names of something that is installed."""
KINDS_IN_TURN = preset("web-like").spec.data.attribute_kinds
"""Order in which kinds are added if more must vary: first those that the study varies."""


def has_choice(name: str) -> bool:
    """Return True if a dial has more than one value, so that it has a control."""
    return len(NAMES.get(name, ("two", "or more"))) > 1


def read(
    preset_name: str, names: Sequence[str], values: Sequence[Any], *, moved: str = ""
) -> tuple[RunSpec, list[str]]:
    """Return the spec of the controls, and a sentence for each field that was moved; raise `UserError` for a bad one.

    The dial that a user `moved` stays if another can make room for it.
    """
    spec = override(preset(preset_name).spec, dict(zip(names, values, strict=True)))
    spec, grown = _with_kinds(spec) if moved == "attribute_density" else (spec, [])
    spec, notes = fit(spec)
    return resolve(preset_name, values_of(spec)), [*grown, *notes]


def _with_kinds(spec: RunSpec) -> tuple[RunSpec, list[str]]:
    """Add as many kinds as the attribute density needs, and return a sentence if some were added."""
    kinds, known = spec.data.attribute_kinds, kind_names().get(spec.data.world, ())
    missing = [kind for kind in dict.fromkeys((*KINDS_IN_TURN, *known)) if kind in known and kind not in kinds]
    density = spec.data.attribute_density
    wanted = math.ceil(density) - len(kinds) if math.isfinite(density) else 0
    if wanted <= 0 or not missing:
        return spec, []
    kinds = (*kinds, *missing[:wanted])
    return override(spec, {"attribute_kinds": kinds}), [
        f"attribute_kinds is now {', '.join(kinds)}: an object has one value of each kind"
    ]
