"""Gradio controls of the dials, one per field, made from its entry in `DIALS`.

    with gr.Blocks():
        controls = Controls()
        controls.add("saliency_bias")             # a slider from 0 to 1 with its label and help
    spec = read(("web-like", 0.5), controls.names)      # a handler's values of `controls.inputs`

A number with few steps is a slider, other numbers are boxes, choices are radio buttons, names of kinds are checkboxes.
"""

import math
from collections.abc import Sequence
from typing import Any

import gradio as gr

from explorer.clip.configs import config_names
from explorer.pages.shared.url_state import FIRST_PRESET, values_of
from explorer.service.endpoints import resolve
from explorer.spec.dials import DIALS, Dial
from explorer.spec.presets import preset
from explorer.spec.run_spec import RunSpec, override
from explorer.spec.validation import fit
from explorer.world.worlds import WORLDS, kind_names

MOST_NOTCHES = 100
FRESH = ("fresh weights", "scratch")
_NAMES = {"world": tuple(WORLDS), "model": config_names()}
KINDS_IN_TURN = preset("web-like").spec.data.attribute_kinds
"""Order in which kinds are added if more must vary: first those that the study varies."""


class Controls:
    """The controls on the page, by field."""

    def __init__(self) -> None:
        self.by_name: dict[str, Any] = {}

    def add(self, name: str) -> Any:
        """Make the control of a field at the current place of the page; None if there is nothing to choose."""
        if not has_choice(name):
            return None
        made = self.by_name[name] = _make(name, DIALS[name], start_values()[name])
        return made

    @property
    def names(self) -> tuple[str, ...]:
        """Return the fields that have a control, in the order of `components`."""
        return tuple(self.by_name)

    @property
    def components(self) -> list[Any]:
        """Return the controls."""
        return list(self.by_name.values())


def has_choice(name: str) -> bool:
    """Return True if a field has more than one value, so that it has a control."""
    return len(_NAMES.get(name, ("two", "or more"))) > 1


def start_values() -> dict[str, Any]:
    """Return the value of each control on the first screen."""
    return values_of(preset(FIRST_PRESET).spec)


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


def nearest(name: str, value: Any) -> Any:
    """Return the nearest value of a slider to a typed one; anything but a number is unchanged."""
    dial = DIALS[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or dial.low is None or dial.high is None:
        return value
    legal = min(max(value, dial.low), dial.high)
    return round(legal) if isinstance(start_values()[name], int) else legal


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


def _make(name: str, dial: Dial, value: Any) -> Any:
    words = {"label": dial.label, "info": dial.help, "elem_id": f"dial-{name}", "value": value}
    choices = dial.choices or _NAMES.get(name)
    if name == "init":
        # The page offers what is here; a name or a path typed into a page is never opened.
        return gr.Dropdown([FRESH], **words)
    if name == "attribute_kinds":
        return gr.CheckboxGroup(list(kind_names()["things"]), **words)
    if choices is not None:
        return gr.Radio(list(choices), **words)
    if isinstance(value, bool):
        return gr.Checkbox(**words)
    if dial.low is None or dial.high is None:
        return gr.Textbox(max_lines=1, max_length=200, **words)
    if dial.step and (dial.high - dial.low) / dial.step <= MOST_NOTCHES:
        return gr.Slider(dial.low, dial.high, step=dial.step, buttons=[], **words)
    # No bounds in the browser: a value out of range is answered by the sentence that names the range.
    return gr.Number(precision=0 if isinstance(value, int) else None, step=dial.step or 1, **words)
