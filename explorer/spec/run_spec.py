"""The spec of one run: data, training and recipe, its check, and when and on which scenes a run is evaluated.

    base = RunSpec()
    spec = override(base, {"saliency_bias": "0.8", "steps": "100"})     # typed text in, typed fields out
    RunSpec.from_dict(spec.as_dict()) == spec                           # plain JSON on disk

    evaluated_steps(180)                      # {3, 8, 13, ..., 180}: dense at the start, where most happens
    saved_steps(180)                          # {8, 18, 30, ..., 180}: every second of them

    scenes = EvaluationScenes(seed=1003, count=4000)
    scenes.as_status()                        # {"evaluation_seed": 1003, "evaluation_count": 4000}
    EvaluationScenes.of_status(status)        # from a run's status.json; older runs use the default

Evaluation scenes are not in the spec, because they change no weight. Scores on other scenes differ by points, so rows
that differ in either number are never paired, pooled or shared.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any, get_args

from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.spec.dials import DATA_FIELDS, DIALS, TYPES, DataSpec, TrainSpec, range_text


def typed(name: str, value: Any) -> Any:
    """Convert `value` to the type of the field; raise `UserError` if it does not fit."""
    kind = TYPES[name]
    if kind is bool:
        return _as_bool(name, value)
    if kind in (int, float):
        return _as_number(name, value, kind)
    if kind is str:
        if not isinstance(value, str) or not value.strip():
            raise UserError(name, value, "give a word")
        return value.strip()
    assert get_args(kind) == (str, ...)
    return _as_words(name, value)


def _as_bool(name: str, value: Any) -> bool:
    words = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if not isinstance(value, str) or value.strip().lower() not in words:
        raise UserError(name, value, "give true or false")
    return words[value.strip().lower()]


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?\d+/\d+", re.ASCII | re.IGNORECASE)
"""Accepted spellings of a number: 20, 0.5, 2e-3, 1/3; not inf, 0x10 or 1_000."""


def _as_number(name: str, value: Any, kind: type) -> Any:
    wanted = f"give {'a whole number' if kind is int else 'a number'} {range_text(name)}"
    try:
        number = _read_number(value)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise UserError(name, value, wanted) from None
    if not math.isfinite(number) or abs(number) > 2**53 or (kind is int and number != int(number)):
        raise UserError(name, value, wanted)
    return kind(number)


def _read_number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return float(Fraction(text)) if "/" in text else float(text)


def _as_words(name: str, value: Any) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise UserError(name, value, "give words joined by commas")
    return tuple(word.strip() for word in words if word.strip())


RECIPE = 2
"""Version of what scenes, captions, training and scoring compute beyond the dials.

A person raises it; golden values in tests/unit/recipe hold it. Runs of two recipes are not points of one curve.
"""


def recipe_number(recorded: object) -> int | None:
    """Return the recipe that a report, a row or a manifest recorded, None if it is not a number.

    Older ones hold a digest of the sources behind the number, as in "2.989071808038"; it says nothing today.
    """
    number = str(recorded).partition(".")[0]
    return int(number) if number.isascii() and number.isdecimal() else None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSpec:
    """One run: data, training, recipe, and the preset it came from (without effect)."""

    data: DataSpec = DataSpec()
    train: TrainSpec = TrainSpec()
    preset: str | None = None
    recipe: int = RECIPE

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON: {"preset": ..., "recipe": ..., "data": {...}, "train": {...}}."""
        return asdict(self) | {"data": data_dict(self.data)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "RunSpec":
        """Invert `as_dict`; missing fields take their default, unknown ones raise `UserError`."""
        parts = [record.get(part, {}) if isinstance(record, Mapping) else None for part in ("data", "train")]
        if not all(isinstance(part, Mapping) for part in parts):
            raise UserError("spec", record, "give an object with the objects data and train")
        strange = set(record) - {"preset", "recipe", "data", "train"}
        if strange:
            raise UserError(
                "spec",
                NO_VALUE,
                f"unknown part {quote_value(min(strange, key=str))}; give preset, recipe, data and train",
            )
        # Runs without a recipe were made before the second one.
        preset, recipe = record.get("preset"), record.get("recipe", 1)
        if not isinstance(preset, str | None):
            raise UserError("preset", preset, "give a word or null")
        if type(recipe) is not int or not 1 <= recipe <= RECIPE:
            raise UserError("recipe", recipe, f"give a whole number from 1 to {RECIPE}")
        return replace(override(cls(), {**parts[0], **parts[1]}), preset=preset, recipe=recipe)


def data_dict(data: DataSpec) -> dict[str, Any]:
    """Convert a `DataSpec` to plain JSON."""
    return {**asdict(data), "attribute_kinds": list(data.attribute_kinds)}


def override(base: RunSpec, changes: Mapping[str, Any]) -> RunSpec:
    """Replace fields of `base` by typed values or by text that a user typed; see `validate`."""
    data: dict[str, Any] = {}
    train: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in DIALS:
            raise UserError("field", name, f"unknown; the fields are {', '.join(DIALS)}")
        (data if name in DATA_FIELDS else train)[name] = typed(name, value)
    return replace(base, data=replace(base.data, **data), train=replace(base.train, **train))


EVALUATIONS = 24
"""Quick evaluations on the way of a run, besides the full one at its end."""
SNAPSHOTS = 12
"""Snapshots on the way of a run at most, besides the one before its first step."""
EARLY = 1.3
"""Density of evaluations at the start, relative to the rest:"""


def evaluated_steps(steps: int) -> frozenset[int]:
    """The steps after which a run of `steps` is evaluated.

    One costs about half a step of the default run; one for four steps at most keeps them below a tenth or so.
    """
    count = min(EVALUATIONS, max(4, steps // 4))
    return frozenset(max(1, math.ceil(steps * (i / count) ** EARLY)) for i in range(1, count + 1))


def saved_steps(steps: int) -> frozenset[int]:
    """Return the evaluated steps that keep a snapshot."""
    evaluated = sorted(evaluated_steps(steps), reverse=True)
    return frozenset(evaluated[:: math.ceil(len(evaluated) / SNAPSHOTS)])


LARGEST_SEED = 2**31 - 1
LEAST_SCENES, MOST_SCENES = 10, 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationScenes:
    """Seed of the evaluation stream, and scenes per form at the end of a run."""

    seed: int = 0
    count: int = 1000

    def as_status(self) -> dict[str, int]:
        """Return the entries of a run's status; none for the default scenes."""
        return {} if self == FIXED_SCENES else {"evaluation_seed": self.seed, "evaluation_count": self.count}

    @classmethod
    def of_status(cls, status: Mapping[str, Any]) -> "EvaluationScenes":
        """Read the scenes from a status; a number that is missing or out of range takes its default."""
        seed, count = status.get("evaluation_seed"), status.get("evaluation_count")
        return cls(
            seed=seed if type(seed) is int and 0 <= seed <= LARGEST_SEED else FIXED_SCENES.seed,
            count=count if type(count) is int and LEAST_SCENES <= count <= MOST_SCENES else FIXED_SCENES.count,
        )


FIXED_SCENES = EvaluationScenes()
"""The default scenes of a run."""


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
