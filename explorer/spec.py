"""What a person dials, as data: three frozen specs whose fields carry their own label, help, range and stage.

    base = RunSpec()
    spec = override(base, {"saliency_bias": "0.8", "steps": "100"})     # typed text in, typed fields out
    validate(spec, names)                                               # one sentence if anything is off
    RunSpec.from_dict(spec.as_dict()) == spec                           # plain JSON on disk

Controls, command-line help, addresses and documentation read `DIALS`; nothing lists the dials twice.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args, get_type_hints

from explorer.spec_values import SpecError as SpecError
from explorer.spec_values import as_bool, as_number, as_word, as_words
from explorer.spec_values import shown as shown

Stage = Literal["images", "captions", "loss", "optimiser"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dial:
    """The words and the range of one field. `low` and `high` bound numbers, `choices` bounds words.

    `is_main` marks the few that a page shows first; `is_later` a field that specs written before it existed lack, so
    that at its default it is left out of what identifies a spec (`study.sweeps.spec_key`).
    """

    label: str
    help: str
    stage: Stage
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] | None = None
    is_main: bool = False
    is_later: bool = False


def _dial(default: Any, **words: Any) -> Any:
    return field(default=default, metadata={"dial": Dial(**words)})


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSpec:
    """The properties of a data set: what scenes show and what captions say of them."""

    world: str = _dial("things", label="World", stage="images", help="The nouns and the kinds of values that exist.")
    objects_in_image: int = _dial(
        2,
        label="Objects in image",
        stage="images",
        low=1,
        high=4,
        step=1,
        is_main=True,
        help="How many objects each scene shows.",
    )
    attribute_kinds: tuple[str, ...] = _dial(
        ("color",),
        label="Kinds of attributes",
        stage="images",
        help="The kinds that vary and may be named; the others keep their unmarked value.",
    )
    attribute_object_correlation: float = _dial(
        0.0,
        label="Attribute-object correlation",
        stage="images",
        low=0,
        high=1,
        step=0.05,
        help="The chance that an object has its noun's usual value instead of any value.",
    )
    held_out_pairs: float = _dial(
        0.0,
        label="Held-out pairs",
        stage="images",
        low=0,
        high=0.5,
        step=0.05,
        help="The share of (noun, value) pairs that training never shows, in kinds of four values or more.",
    )
    attribute_density: float = _dial(
        1.0,
        label="Attribute density",
        stage="captions",
        low=0,
        high=5,
        step=0.25,
        is_main=True,
        help="Values named for each object that a caption names, on average.",
    )
    caption_completeness: float = _dial(
        1.0,
        label="Caption completeness",
        stage="captions",
        low=0.25,
        high=1,
        step=0.05,
        is_main=True,
        help="Share of the image's objects that a caption names, on average.",
    )
    caption_lengths: str = _dial(
        "fixed",
        label="Caption lengths",
        stage="captions",
        choices=("fixed", "mixed"),
        help="fixed: all captions name nearly as many objects; mixed: the same mean, all lengths occur.",
    )
    saliency_bias: float = _dial(
        0.0,
        label="Saliency bias",
        stage="captions",
        low=0,
        high=1,
        step=0.05,
        is_main=True,
        help="How often an incomplete caption names the largest objects.",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainSpec:
    """How a model is trained on the data."""

    model: str = _dial(
        "small", label="Model", stage="optimiser", help="The architecture, a file of models/configs; unused with init."
    )
    init: str = _dial(
        "scratch", label="Start from", stage="optimiser", help="Fresh weights (scratch), or a model to fine-tune."
    )
    tune: str = _dial(
        "all",
        label="What trains",
        stage="optimiser",
        choices=("all", "text", "image", "lora", "text-map"),
        help="all: both towers; text or image: that tower alone; lora: small matrices added to the attention of both; "
        "text-map: one linear map behind the text tower. Only all can begin from fresh weights.",
    )
    batch_size: int = _dial(
        256,
        label="Batch size",
        stage="loss",
        low=16,
        high=4096,
        step=16,
        help="Pairs a step; every other caption of the batch is an implicit negative.",
    )
    hard_negatives: float = _dial(
        0.0,
        label="Hard negatives",
        stage="loss",
        low=0,
        high=1,
        step=0.05,
        help="The share of images whose caption with exchanged values joins the loss.",
    )
    hard_negative_check: str = _dial(
        "none",
        label="Hard negative check",
        stage="loss",
        choices=("none", "false-of-image"),
        is_later=True,
        help="none: hard negatives are made from the caption alone, so some are true of their image; "
        "false-of-image: those are left out.",
    )
    mask_false_negatives: bool = _dial(
        False,
        label="Mask false negatives",
        stage="loss",
        help="Leave captions of the batch that are true of an image out of its negatives.",
    )
    loss: str = _dial("clip", label="Loss", stage="loss", choices=("clip", "siglip"), help="Softmax or sigmoid.")
    optimizer: str = _dial(
        "muon",
        label="Optimizer",
        stage="optimiser",
        choices=("muon", "adamw"),
        help="muon: Muon on the matrices of the blocks and AdamW on the rest; adamw: AdamW on all.",
    )
    learning_rate: float = _dial(
        2e-3,
        label="Learning rate",
        stage="optimiser",
        low=1e-7,
        high=0.1,
        help="The peak of AdamW, two and a half times it for lora, five for text-map; Muon steps ten times as far.",
    )
    learning_rate_schedule: str = _dial(
        "cosine",
        label="Learning rate schedule",
        stage="optimiser",
        choices=("cosine", "constant"),
        is_later=True,
        help="After the warm-up, cosine: down to a twentieth of the peak; constant: the peak until the end.",
    )
    steps: int = _dial(180, label="Steps", stage="optimiser", low=1, high=1_000_000, step=10, help="Batches to train.")
    precision: str = _dial(
        "auto",
        label="Precision",
        stage="optimiser",
        choices=("auto", "fp32", "bf16"),
        help="auto: bf16 on a GPU, fp32 elsewhere.",
    )
    seed: int = _dial(
        0, label="Seed", stage="optimiser", low=0, high=2**31 - 1, step=1, help="Of the scenes, weights and captions."
    )


RECIPE = 2
"""Version of what no dial says: architecture, optimisers, schedule. Runs of two recipes are no points of one curve."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSpec:
    """One run: its data, its training and the recipe behind them, and the preset it came from (without effect)."""

    data: DataSpec = DataSpec()
    train: TrainSpec = TrainSpec()
    preset: str | None = None
    recipe: int = RECIPE

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: {"preset": ..., "recipe": ..., "data": {...}, "train": {...}}."""
        return asdict(self) | {"data": data_dict(self.data)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "RunSpec":
        """The inverse of `as_dict`; missing fields take their default, unknown ones raise `SpecError`."""
        parts = [record.get(part, {}) if isinstance(record, Mapping) else None for part in ("data", "train")]
        if not all(isinstance(part, Mapping) for part in parts):
            raise SpecError(f"spec={shown(record)}: give an object with the objects data and train")
        strange = set(record) - {"preset", "recipe", "data", "train"}
        if strange:
            raise SpecError(f"spec: unknown part {shown(min(strange, key=str))}; give preset, recipe, data and train")
        # Runs that do not tell were made before there was a second recipe.
        preset, recipe = record.get("preset"), record.get("recipe", 1)
        if not isinstance(preset, str | None):
            raise SpecError(f"preset={shown(preset)}: give a word or null")
        if type(recipe) is not int or not 1 <= recipe <= RECIPE:
            raise SpecError(f"recipe={shown(recipe)}: give a whole number from 1 to {RECIPE}")
        return replace(override(cls(), {**parts[0], **parts[1]}), preset=preset, recipe=recipe)


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """The names that exist outside this module: worlds with the names of their kinds, and model configs."""

    worlds: Mapping[str, tuple[str, ...]]
    models: tuple[str, ...]


def data_dict(data: DataSpec) -> dict[str, Any]:
    """A `DataSpec` as plain JSON."""
    return {**asdict(data), "attribute_kinds": list(data.attribute_kinds)}


DIALS: dict[str, Dial] = {f.name: f.metadata["dial"] for spec in (DataSpec, TrainSpec) for f in fields(spec)}
_TYPES: dict[str, type] = {**get_type_hints(DataSpec), **get_type_hints(TrainSpec)}
_DATA_FIELDS = frozenset(f.name for f in fields(DataSpec))


def override(base: RunSpec, changes: Mapping[str, Any]) -> RunSpec:
    """`base` with fields replaced by typed values or by the text that a person typed; see `validate`."""
    data: dict[str, Any] = {}
    train: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in DIALS:
            raise SpecError(f"unknown field {shown(name)}: the fields are {', '.join(DIALS)}")
        (data if name in _DATA_FIELDS else train)[name] = _typed(name, value)
    return replace(base, data=replace(base.data, **data), train=replace(base.train, **train))


def _typed(name: str, value: Any) -> Any:
    """`value` in the type of the field; `SpecError` where it has another."""
    kind = _TYPES[name]
    if kind is bool:
        return as_bool(name, value)
    if kind in (int, float):
        return as_number(name, value, kind, _span(name))
    if kind is str:
        return as_word(name, value)
    assert get_args(kind) == (str, ...)
    return as_words(name, value)


def _span(name: str) -> str:
    low, high = DIALS[name].low, DIALS[name].high
    return "" if low is None or high is None else f"from {_number_text(low)} to {_number_text(high)}"


def _number_text(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"


def validate(spec: RunSpec, names: Names) -> RunSpec:
    """`spec` itself if every field is legal alone and with the others; else `SpecError` in one sentence."""
    for name in DIALS:
        _check_alone(name, getattr(spec.data if name in _DATA_FIELDS else spec.train, name))
    _check_names(spec, names)
    _check_together(spec)
    return spec


def _check_alone(name: str, value: Any) -> None:
    dial = DIALS[name]
    if dial.choices is not None and value not in dial.choices:
        raise SpecError(f"{name}={shown(value)}: choose {' or '.join(dial.choices)}")
    if dial.low is not None and dial.high is not None and not dial.low <= value <= dial.high:
        raise SpecError(f"{name}={shown(value)}: must be {_span(name)}")


def _check_names(spec: RunSpec, names: Names) -> None:
    if spec.data.world not in names.worlds:
        raise SpecError(f"world={shown(spec.data.world)}: choose {' or '.join(names.worlds)}")
    if spec.train.model not in names.models:
        raise SpecError(f"model={shown(spec.train.model)}: choose {' or '.join(names.models)}")
    kinds = names.worlds[spec.data.world]
    for kind in spec.data.attribute_kinds:
        if kind not in kinds:
            raise SpecError(f"attribute_kinds={shown(kind)}: the world {spec.data.world} has {', '.join(kinds)}")
    if len(set(spec.data.attribute_kinds)) < len(spec.data.attribute_kinds):
        raise SpecError(f"attribute_kinds={shown(','.join(spec.data.attribute_kinds))}: name each kind once")


def _check_together(spec: RunSpec) -> None:
    data = spec.data
    if data.caption_completeness < 1 / data.objects_in_image:
        raise SpecError(
            f"caption_completeness={data.caption_completeness}: a caption names at least one of the"
            f" {data.objects_in_image} objects, so it must be from 1/{data.objects_in_image} to 1 (objects_in_image)"
        )
    if data.attribute_density > len(data.attribute_kinds):
        raise SpecError(
            f"attribute_density={data.attribute_density}: must be from 0 to {len(data.attribute_kinds)},"
            f" the number of attribute_kinds ({', '.join(data.attribute_kinds) or 'none'})"
        )
    if spec.train.init == "scratch" and spec.train.tune != "all":
        raise SpecError(f"tune={spec.train.tune}: a model trained from scratch needs tune=all")


def fit(spec: RunSpec) -> tuple[RunSpec, list[str]]:
    """`spec` with fields that another bounds moved to their nearest legal value, and a sentence for each that moved.

    For controls that are moved one at a time; `validate` still has the last word.
    """
    data = spec.data
    changes: dict[str, Any] = {}
    said: list[str] = []
    if data.caption_completeness < 1 / max(1, data.objects_in_image):
        changes["caption_completeness"] = 1 / data.objects_in_image
        least = f"1/{data.objects_in_image}" if data.objects_in_image > 1 else "1"
        said.append(f"caption_completeness is now {least}: a caption names at least one object")
    if data.attribute_density > len(data.attribute_kinds):
        changes["attribute_density"] = float(len(data.attribute_kinds))
        said.append(f"attribute_density is now {len(data.attribute_kinds)}, the number of attribute_kinds")
    if spec.train.init == "scratch" and spec.train.tune != "all":
        changes["tune"] = "all"
        said.append("tune is now all: a model trained from scratch needs it")
    return override(spec, changes), said
