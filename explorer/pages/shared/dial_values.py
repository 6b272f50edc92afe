"""Values of dials: from the browser as a spec, which of them leave a choice, and as text for people.

spec, notes = read("web-like", ("saliency_bias",), (0.5,))
has_choice("world")                               # False while there is one world

    >>> value_text(1 / 3), value_text(True), value_text(("color", "size"))
    ('0.333', 'yes', 'color, size')
    >>> value_words("caption_completeness", spec)
    'half of it'
    >>> bounds(before, after)
    {'caption_completeness': 'With 2 objects at least half: one is always named.'}
"""

import math
from collections.abc import Sequence
from typing import Any

from explorer.clip.names import config_names
from explorer.pages.shared.url_state import changed, values_of
from explorer.presets import preset
from explorer.service.endpoints import resolve
from explorer.spec import DIALS, RunSpec, fit, override
from explorer.study.grid import is_complete
from explorer.views.catalog import MAIN as MAIN
from explorer.wording import MINUS, percent
from explorer.world.worlds import WORLDS, kind_names

NUMBERS = ("no", "one", "two", "three", "four", "five")
_SHARES = {0.25: "a quarter", 1 / 3: "a third", 0.5: "half", 2 / 3: "two thirds", 0.75: "three quarters"}
_QUARTERS = {0.25: "1 in 4", 0.5: "1 in 2", 0.75: "3 in 4"}
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
    """Format a dial's value as plain text; templates escape it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{MINUS if value < 0 else ''}{abs(value):.3g}"
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)


def changed_text(spec: RunSpec) -> str:
    """Return the dials that differ from the preset, in words."""
    return ", ".join(f"{DIALS[name].label.lower()} {value_text(value)}" for name, value in changed(spec).items())


def value_words(name: str, spec: RunSpec) -> str:
    """Return the value of a main dial in plain words."""
    value = values_of(spec)[name]
    if name == "attribute_density":
        return "none" if value == 0 else _QUARTERS.get(value) or ("one each" if value == 1 else f"{value:g} each")
    if name == "caption_completeness":
        return "all of it" if is_complete(spec.data) else _share(value, " of it")
    if name == "saliency_bias":
        return _saliency(value, spec)
    return value_text(value)


def has_no_effect(name: str, spec: RunSpec) -> bool:
    """Return True if the dial changes nothing at these dials: nothing is left out, so there is no choice to bias."""
    return name == "saliency_bias" and is_complete(spec.data)


def bounds(asked: RunSpec, found: RunSpec) -> dict[str, str]:
    """Return a sentence for each dial that another one moved between `asked` and `found`."""
    before, after = values_of(asked), values_of(found)
    said = {
        "caption_completeness": _least_share(found.data.objects_in_image),
        "attribute_density": f"At most {_number(len(found.data.attribute_kinds))}: one value of each kind.",
        "attribute_kinds": f"Now may differ: {', '.join(found.data.attribute_kinds)}.",
        "tune": "Fresh weights are trained as a whole.",
    }
    moved = {name: sentence for name, sentence in said.items() if before[name] != after[name]}
    # The kinds stand in the drawer; the dial that asked for more of them says so.
    if "attribute_kinds" in moved:
        moved["attribute_density"] = moved["attribute_kinds"]
    return moved


def plain_name(name: str) -> str:
    """Return the name of a dial for readers who do not know the paper."""
    return DIALS[name].plain or DIALS[name].label


def _share(value: float, behind: str) -> str:
    for share, words in _SHARES.items():
        if abs(value - share) < 0.004:
            return words + behind
    return percent(value)


def _saliency(value: float, spec: RunSpec) -> str:
    if has_no_effect("saliency_bias", spec):
        return "nothing left out"
    return "any object" if value == 0 else "always" if value == 1 else percent(value)


def _least_share(objects: int) -> str:
    if objects == 1:
        return "With one object all of it: a caption names it."
    least = {2: "half", 3: "a third", 4: "a quarter"}[objects]
    return f"With {objects} objects at least {least}: one is always named."


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)
