"""Check a spec field by field and as a whole, and move bounded fields to their nearest legal value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.errors import UserError
from explorer.spec.dials import DATA_FIELDS, DIALS, range_text
from explorer.spec.run_spec import RunSpec, override


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """Names that exist outside this module: worlds with the names of their kinds, and model configs."""

    worlds: Mapping[str, tuple[str, ...]]
    models: tuple[str, ...]


def validate(spec: RunSpec, names: Names) -> RunSpec:
    """Return `spec` if every field is legal, by itself and with the others; else raise `UserError`."""
    for name in DIALS:
        _check_alone(name, getattr(spec.data if name in DATA_FIELDS else spec.train, name))
    _check_names(spec, names)
    _check_together(spec)
    return spec


def _check_alone(name: str, value: Any) -> None:
    dial = DIALS[name]
    if dial.choices is not None and value not in dial.choices:
        raise UserError(name, value, f"choose {' or '.join(dial.choices)}")
    if dial.low is not None and dial.high is not None and not dial.low <= value <= dial.high:
        raise UserError(name, value, f"must be {range_text(name)}")


def _check_names(spec: RunSpec, names: Names) -> None:
    if spec.data.world not in names.worlds:
        raise UserError("world", spec.data.world, f"choose {' or '.join(names.worlds)}")
    if spec.train.model not in names.models:
        raise UserError("model", spec.train.model, f"choose {' or '.join(names.models)}")
    kinds = names.worlds[spec.data.world]
    for kind in spec.data.attribute_kinds:
        if kind not in kinds:
            raise UserError("attribute_kinds", kind, f"the world {spec.data.world} has {', '.join(kinds)}")
    if len(set(spec.data.attribute_kinds)) < len(spec.data.attribute_kinds):
        raise UserError("attribute_kinds", ",".join(spec.data.attribute_kinds), "name each kind once")


def _check_together(spec: RunSpec) -> None:
    data = spec.data
    if data.caption_completeness < 1 / data.objects_in_image:
        raise UserError(
            "caption_completeness",
            data.caption_completeness,
            f"a caption names at least one of the {data.objects_in_image} objects, so it must be "
            f"from 1/{data.objects_in_image} to 1 (objects_in_image)",
        )
    if data.attribute_density > len(data.attribute_kinds):
        raise UserError(
            "attribute_density",
            data.attribute_density,
            f"must be from 0 to {len(data.attribute_kinds)}, the number of attribute_kinds "
            f"({', '.join(data.attribute_kinds) or 'none'})",
        )
    if spec.train.init == "scratch" and spec.train.tune != "all":
        raise UserError("tune", spec.train.tune, "a model trained from scratch needs tune=all")


def fit(spec: RunSpec) -> tuple[RunSpec, list[str]]:
    """Move fields that another field bounds to their nearest legal value.

    Return the spec and a sentence per moved field.

    Made for controls that move one at a time; `validate` still makes the final check.
    """
    data = spec.data
    changes: dict[str, Any] = {}
    said: list[str] = []
    if data.caption_completeness < 1 / max(1, data.objects_in_image):
        changes["caption_completeness"] = 1 / data.objects_in_image
        n = data.objects_in_image
        said.append(
            f"caption_completeness is now 1/{n}: with {n} objects, a caption names at least one"
            if n > 1
            else "caption_completeness is now 1: with one object, a caption names it"
        )
    if data.attribute_density > len(data.attribute_kinds):
        changes["attribute_density"] = float(len(data.attribute_kinds))
        said.append(f"attribute_density is now {len(data.attribute_kinds)}, the number of attribute_kinds")
    if spec.train.init == "scratch" and spec.train.tune != "all":
        changes["tune"] = "all"
        said.append("tune is now all: a model trained from scratch needs it")
    return override(spec, changes), said
