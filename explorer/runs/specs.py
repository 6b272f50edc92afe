"""Specs of runs: from a preset with changes, the fields in which two differ, and the key of one.

spec = resolve("web-like", {"saliency_bias": "0.5"})
differences(spec, other); changes_from_preset(spec); recipe_key(spec)
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.clip.configs import config_names
from explorer.codec import encode
from explorer.errors import UserError
from explorer.presets import PRESETS, get_preset
from explorer.spec import DIALS, KnownNames, RunSpec, override, validate
from explorer.world.own import OWN_KINDS
from explorer.world.worlds import kind_names


def known_names() -> KnownNames:
    """Return the worlds and model configs that are here, against which a spec is checked."""
    return KnownNames(worlds=kind_names(), models=config_names(), own_kinds=OWN_KINDS)


def resolve(preset: str, overrides: Mapping[str, Any]) -> RunSpec:
    """Return the preset with fields overridden, validated as a whole."""
    if not isinstance(overrides, Mapping):
        raise UserError("overrides", overrides, "give an object of fields and values, or none")
    return validate(override(get_preset(preset).spec, overrides), known_names())


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A field in which two specs differ, with the values of both."""

    field: str
    this: Any
    other: Any


def differences(this: RunSpec, other: RunSpec) -> tuple[Difference, ...]:
    """Return the fields of data and training in which two specs differ, in the order of the dials; values are JSON."""
    values = [encode(spec.data) | spec.to_json()["train"] for spec in (this, other)]
    return tuple(
        Difference(field=name, this=values[0][name], other=values[1][name])
        for name in DIALS
        if values[0][name] != values[1][name]
    )


def changes_from_preset(spec: RunSpec) -> tuple[Difference, ...]:
    """Return the fields in which a spec differs from its preset; none if its preset is unknown."""
    base = PRESETS.get(spec.preset or "")
    return differences(base.spec, spec) if base else ()


def recipe_key(spec: RunSpec) -> str:
    """Return a digest of the spec without its seed and preset; `study.keys.spec_key` has the seed in it."""
    record = spec.to_json()
    record["train"] = {name: value for name, value in record["train"].items() if name != "seed"}
    record.pop("preset", None)
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:12]
