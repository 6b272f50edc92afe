"""Values of dials: from the browser as a spec, which of them leave a choice, and as text for people.

spec, notes = read("web-like", ("saliency_bias",), (0.5,))
has_choice("world")                               # False while there is one world

    >>> value_text(1 / 3), value_text(True), value_text(("color", "size"))
    ('0.333', 'yes', 'color, size')
    >>> duration(40), duration(200), duration(7800)
    ('40 s', '3 min', '2 h 10 min')
"""

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from explorer.clip.configs import config_names
from explorer.pages.shared.url_state import changed, values_of
from explorer.service.endpoints import resolve
from explorer.spec.dials import DIALS
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


def value_text(value: Any) -> str:
    """Format a dial's value, escaped."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return escape(", ".join(value) if isinstance(value, list | tuple) else str(value))


def changed_text(spec: RunSpec) -> str:
    """Return the dials that differ from the preset, in words, escaped."""
    fields = changed(spec)
    return ", ".join(f"{escape(DIALS[name].label.lower())} {value_text(value)}" for name, value in fields.items())


def duration(seconds: float) -> str:
    """Format seconds."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
