"""Dials: the fields of data and training specs, each with its label, help, range and stage.

Controls, command-line help, addresses and documentation read `DIALS`; nothing lists the dials twice.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_type_hints

Stage = Literal["images", "captions", "loss", "optimizer"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dial:
    """Words and range of one field. `low` and `high` bound numbers, `choices` bounds words.

    `is_main` marks the few that a page shows first. `is_later` marks a field that older specs lack: its default is left
    out of the key of a spec (`study.sweeps.spec_key`).
    """

    label: str
    help: str
    stage: Stage
    plain: str = ""
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
    """Properties of a data set: the content of scenes and of their captions."""

    world: str = _dial("things", label="World", stage="images", help="The nouns and the kinds of values that exist.")
    objects_in_image: int = _dial(
        2,
        label="Objects in image",
        plain="Objects in the scene",
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
        plain="What may differ",
        stage="images",
        help="The kinds that vary and may be named; the others keep their unmarked value.",
    )
    attribute_object_correlation: float = _dial(
        0.0,
        label="Attribute-object correlation",
        plain="Usual look of a thing",
        stage="images",
        low=0,
        high=1,
        step=0.05,
        help="The chance that an object has its noun's usual value instead of any value.",
    )
    held_out_pairs: float = _dial(
        0.0,
        label="Held-out pairs",
        plain="Pairs never shown",
        stage="images",
        low=0,
        high=0.5,
        step=0.05,
        help="The share of (noun, value) pairs that training never shows, in kinds of four values or more.",
    )
    size_contrast: float = _dial(
        1.73,
        label="Size contrast",
        stage="images",
        low=1,
        high=10,
        step=0.01,
        is_later=True,
        help="How many times the area of the smallest object the largest one may have, values of size aside.",
    )
    placement: str = _dial(
        "quarters",
        label="Placement",
        plain="Places of the objects",
        stage="images",
        choices=("quarters", "free"),
        is_later=True,
        help="quarters: each object near the middle of its own quarter of the image; free: anywhere, boxes apart.",
    )
    attribute_density: float = _dial(
        1.0,
        label="Attribute density",
        plain="Attributes told per object",
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
        plain="Share of the scene told",
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
        plain="Lengths of captions",
        stage="captions",
        choices=("fixed", "mixed"),
        help="fixed: all captions name nearly as many objects; mixed: the same mean, all lengths occur.",
    )
    saliency_bias: float = _dial(
        0.0,
        label="Saliency bias",
        plain="Only the big things told",
        stage="captions",
        low=0,
        high=1,
        step=0.05,
        is_main=True,
        help="How often an incomplete caption names the largest objects.",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainSpec:
    """Training of a model on the data."""

    model: str = _dial(
        "small",
        label="Model",
        plain="Size of the model",
        stage="optimizer",
        help="The architecture, a file of models/configs; unused with init.",
    )
    init: str = _dial(
        "scratch", label="Start from", stage="optimizer", help="Fresh weights (scratch), or a model to fine-tune."
    )
    tune: str = _dial(
        "all",
        label="What trains",
        stage="optimizer",
        choices=("all", "text", "image", "lora", "text-map"),
        help="all: both towers; text or image: that tower alone; lora: small matrices added to the attention of both; "
        "text-map: one linear map behind the text tower. Only all can begin from fresh weights.",
    )
    batch_size: int = _dial(
        256,
        label="Batch size",
        plain="Pairs in a batch",
        stage="loss",
        low=16,
        high=4096,
        step=16,
        help="Pairs a step; every other caption of the batch is an implicit negative.",
    )
    hard_negatives: float = _dial(
        0.0,
        label="Hard negatives",
        plain="Swapped captions as negatives",
        stage="loss",
        low=0,
        high=1,
        step=0.05,
        help="The share of images whose caption with exchanged values joins the loss.",
    )
    hard_negative_check: str = _dial(
        "none",
        label="Hard negative check",
        plain="Which swapped captions",
        stage="loss",
        choices=("none", "false-of-image"),
        is_later=True,
        help="none: hard negatives are made from the caption alone, so some are true of their image; "
        "false-of-image: those are left out.",
    )
    mask_false_negatives: bool = _dial(
        False,
        label="Mask false negatives",
        plain="Spare captions that are true",
        stage="loss",
        help="Leave captions of the batch that are true of an image out of its negatives.",
    )
    loss: str = _dial("clip", label="Loss", stage="loss", choices=("clip", "siglip"), help="Softmax or sigmoid.")
    optimizer: str = _dial(
        "muon",
        label="Optimizer",
        stage="optimizer",
        choices=("muon", "adamw"),
        help="muon: Muon on the matrices of the blocks and AdamW on the rest; adamw: AdamW on all.",
    )
    learning_rate: float = _dial(
        2e-3,
        label="Learning rate",
        stage="optimizer",
        low=1e-7,
        high=0.1,
        help="The peak of AdamW, two and a half times it for lora, five for text-map; Muon steps ten times as far.",
    )
    learning_rate_schedule: str = _dial(
        "cosine",
        label="Learning rate schedule",
        stage="optimizer",
        choices=("cosine", "constant"),
        is_later=True,
        help="After the warm-up, cosine: down to a twentieth of the peak; constant: the peak until the end.",
    )
    steps: int = _dial(180, label="Steps", stage="optimizer", low=1, high=1_000_000, step=10, help="Batches to train.")
    precision: str = _dial(
        "auto",
        label="Precision",
        stage="optimizer",
        choices=("auto", "fp32", "bf16"),
        help="auto: bf16 on a GPU, fp32 elsewhere.",
    )
    seed: int = _dial(
        0, label="Seed", stage="optimizer", low=0, high=2**31 - 1, step=1, help="Of the scenes, weights and captions."
    )


DIALS: dict[str, Dial] = {f.name: f.metadata["dial"] for spec in (DataSpec, TrainSpec) for f in fields(spec)}
TYPES: dict[str, type] = {**get_type_hints(DataSpec), **get_type_hints(TrainSpec)}
DATA_FIELDS = tuple(f.name for f in fields(DataSpec))


def range_text(name: str) -> str:
    """Return the range of a dial as "from 0 to 1", empty if it has none."""
    low, high = DIALS[name].low, DIALS[name].high
    return "" if low is None or high is None else f"from {_number_text(low)} to {_number_text(high)}"


def _number_text(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"
