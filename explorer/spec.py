"""The spec of one run: the dials of its data and training, its check, and when it is evaluated.

    base = RunSpec()
    spec = override(base, {"saliency_bias": "0.8", "steps": "100"})     # typed text in, typed fields out
    RunSpec.from_json(spec.to_json()) == spec                           # plain JSON on disk

    evaluated_steps(180)                      # {3, 8, 13, ..., 180}: dense at the start, where most happens
    saved_steps(180)                          # {8, 18, 30, ..., 180}: every second of them

A dial is a field of `DataSpec` or `TrainSpec`, and its row says all that is decided about it (`explorer/dials.py`).
Controls, command-line help, addresses and documentation read `DIALS`; nothing lists the dials twice.

Evaluation scenes are not in the spec, because they change no weight: `explorer/evaluation_scenes.py`.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import Field

from explorer.codec import encode
from explorer.dials import Dial, TabLimit
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.rules import Rule, evaluate_expression, fill_message

MAX_SEED = 2**31 - 1
USUAL_SIZE_CONTRAST = 1.73
MUON_RATIO = 10.0
"""Factor of AdamW's learning rate for the matrices that Muon trains."""
TUNE_RATIO = {"lora": 2.5, "text-map": 5.0}
"""Factor of AdamW's learning rate for these values of `tune`, 1 for the others; the map's is its authors' 0.01."""
FINAL_SHARE = 0.05
"""Share of the peak rate to which a cosine falls."""


def _dial(default: Any, **words: Any) -> Any:
    return field(default=default, metadata={"dial": Dial(**words)})


def _kind_rules(name: str) -> tuple[Rule, ...]:
    """Return the rules of a dial that names kinds; `kinds_of_world` are those of the world that is dialed."""
    return (
        Rule(test=("within", name, "kinds_of_world"), message="the world {world} has {kinds_of_world}"),
        Rule(test=("distinct", name), message="name each kind once"),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSpec:
    """Properties of a data set: the content of scenes and of their captions."""

    world: str = _dial(
        "things",
        label="World",
        stage="images",
        names="worlds",
        is_tidy=True,
        help="The nouns and the kinds of values that exist.",
    )
    objects_in_image: int = _dial(
        2,
        label="Objects in image",
        plain="Objects in the scene",
        stage="images",
        low=1,
        high=4,
        step=1,
        main=4,
        help="How many objects each scene shows.",
    )
    attribute_kinds: tuple[str, ...] = _dial(
        ("color",),
        label="Kinds of attributes",
        plain="What may differ",
        stage="images",
        rules=_kind_rules("attribute_kinds"),
        names="kinds",
        help="The kinds that vary and may be named; the others keep their unmarked value.",
    )
    untold_kinds: tuple[str, ...] = _dial(
        (),
        label="Untold kinds",
        plain="Differs but is never told",
        stage="images",
        is_later=True,
        rules=(
            *_kind_rules("untold_kinds"),
            Rule(
                test=("apart", "untold_kinds", "attribute_kinds"),
                message="captions tell this kind, because attribute_kinds has it too",
                fit={
                    "untold_kinds": ("without", "untold_kinds", "attribute_kinds"),
                    "attribute_kinds": ("without", "attribute_kinds", "untold_kinds"),
                },
                moved="If captions tell a kind, it cannot also be untold.",
            ),
        ),
        names="kinds",
        help="Kinds that vary in the image and that no caption names.",
    )
    attribute_object_correlation: float = _dial(
        0.0,
        label="Attribute-object correlation",
        plain="Usual look of a thing",
        stage="images",
        low=0,
        high=1,
        step=0.05,
        is_asked=False,
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
        is_asked=False,
        is_tidy=True,
        help="The share of (noun, value) pairs that training never shows, in kinds of four values or more.",
    )
    size_contrast: float = _dial(
        USUAL_SIZE_CONTRAST,
        label="Size contrast",
        stage="images",
        low=1,
        high=10,
        step=0.01,
        is_later=True,
        is_tidy=True,
        tab=TabLimit(
            values=(USUAL_SIZE_CONTRAST,),
            why=f"a tab draws only objects of size contrast {USUAL_SIZE_CONTRAST}",
            is_drawn=True,
        ),
        help="How many times the area of the smallest object the largest one may have, values of size aside.",
    )
    placement: str = _dial(
        "quarters",
        label="Placement",
        plain="Places of the objects",
        stage="images",
        choices=("quarters", "free"),
        is_later=True,
        is_tidy=True,
        tab=TabLimit(values=("quarters",), why="a tab draws each object in its quarter"),
        help="quarters: each object lies near the middle of its own quarter of the image. free: objects lie anywhere, "
        "and their boxes do not overlap.",
    )
    attribute_density: float = _dial(
        1.0,
        label="Attribute density",
        plain="Attributes told per object",
        stage="captions",
        low=0,
        high=5,
        step=0.25,
        main=1,
        grows="attribute_kinds",
        rules=(
            Rule(
                test=("<=", "attribute_density", ("count", "attribute_kinds")),
                message="must be from 0 to {bound}, the number of attribute_kinds ({attribute_kinds})",
                fit={"attribute_density": ("count", "attribute_kinds")},
                moved="At most {bound}: one value of each kind.",
            ),
        ),
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
        main=2,
        rules=(
            Rule(
                test=(">=", "caption_completeness", ("/", 1, "objects_in_image")),
                message="a caption names at least one of the {objects_in_image} objects, so it must be from "
                "1/{objects_in_image} to 1 (objects_in_image)",
                fit={"caption_completeness": ("/", 1, "objects_in_image")},
                moved="At least {bound}: a caption names one thing.",
            ),
        ),
        help="Share of the image's objects that a caption names, on average.",
    )
    caption_lengths: str = _dial(
        "fixed",
        label="Caption lengths",
        plain="Lengths of captions",
        stage="captions",
        choices=("fixed", "mixed"),
        help="fixed: all captions name nearly the same number of objects. mixed: the mean is the same, and all "
        "lengths occur.",
    )
    saliency_bias: float = _dial(
        0.0,
        label="Saliency bias",
        plain="Only the big things told",
        stage="captions",
        low=0,
        high=1,
        step=0.05,
        main=3,
        help="How often an incomplete caption names the largest objects.",
    )
    told_together: str = _dial(
        "independent",
        label="Told together",
        stage="captions",
        choices=("independent", "both-or-neither", "at-most-one"),
        is_later=True,
        rules=(
            Rule(
                test=(
                    "or",
                    ("=", "told_together", "independent"),
                    (
                        "and",
                        ("=", ("count", "attribute_kinds"), 1),
                        ("=", ("*", "caption_completeness", "objects_in_image"), 2),
                        ("or", ("=", "caption_lengths", "fixed"), ("=", "objects_in_image", 2)),
                    ),
                ),
                message="needs captions that all name two objects with one kind of attributes; else choose independent",
                fit={"told_together": "independent"},
                moved="Values are told together only where all captions name two objects, with one kind.",
            ),
            Rule(
                test=("or", ("not", ("=", "told_together", "at-most-one")), ("<=", "attribute_density", 0.5)),
                message="tells at most one of two values, so attribute_density must be from 0 to 0.5",
                fit={"attribute_density": 0.5, "told_together": "independent"},
                moved="Captions that tell at most one of two values have a density of 0.5 or less.",
            ),
        ),
        help="For captions that name two objects with one kind. independent: chance decides for each object whether "
        "its value is told. both-or-neither: one draw decides for both. at-most-one: never both are told, and at "
        "density 0.5 always one.",
    )
    bare_word: str = _dial(
        "none",
        label="Bare word",
        plain="Word for a thing without attributes",
        stage="captions",
        choices=("none", "certain"),
        is_later=True,
        help="What stands before a named object of which no value is told: none, or a word that tells nothing, as in "
        "“a certain bus”. The word is in the vocabulary only with this dial.",
    )
    wrong_values: float = _dial(
        0.0,
        label="Wrong values",
        plain="Captions with wrong values",
        stage="captions",
        low=0,
        high=1,
        step=0.05,
        is_later=True,
        is_asked=False,
        help="The share of captions in which each told value is replaced by another one of its kind.",
    )
    tidy_share: float = _dial(
        0.0,
        label="Tidy share",
        plain="Tidy pairs mixed in",
        stage="images",
        low=0,
        high=1,
        step=0.05,
        is_later=True,
        rules=(
            Rule(
                test=("or", ("<=", "tidy_share", 0), (">=", ("count", "tidy_kinds"), 1)),
                message="tidy pairs tell values, so name a kind in tidy_kinds",
                fit={"tidy_share": 0},
                moved="Tidy pairs need a kind that differs in them.",
            ),
        ),
        is_asked=False,
        help="The share of pairs that the tidy recipe draws instead: two objects, both named, each with all its values "
        "of the tidy kinds.",
    )
    tidy_kinds: tuple[str, ...] = _dial(
        ("color",),
        label="Tidy kinds",
        plain="What differs in tidy pairs",
        stage="images",
        is_later=True,
        rules=_kind_rules("tidy_kinds"),
        names="kinds",
        is_asked=False,
        help="The kinds that vary in the tidy pairs and that their captions tell.",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainSpec:
    """The training of a model on the data: the model and its start, batches, loss and optimizer."""

    model: str = _dial(
        "small",
        label="Model",
        plain="Size of the model",
        stage="optimizer",
        names="models",
        help="The architecture: the name of a file in models/configs. It is not used with init.",
    )
    init: str = _dial(
        "scratch",
        label="Start from",
        stage="optimizer",
        is_of_recipe=False,
        help="Fresh weights (scratch), or a model to fine-tune.",
    )
    tune: str = _dial(
        "all",
        label="What trains",
        stage="optimizer",
        choices=("all", "text", "image", "lora", "text-map"),
        rules=(
            Rule(
                test=("or", ("not", ("=", "init", "scratch")), ("=", "tune", "all")),
                message="a model trained from scratch needs tune=all",
                fit={"tune": "all"},
                moved="Fresh weights are trained as a whole.",
            ),
        ),
        tab=TabLimit(values=("all",), why="a tab trains both towers whole"),
        help="all: both towers train. text or image: only that tower trains. lora: small matrices train that are "
        "added to the attention of both. text-map: one linear map behind the text tower trains. Only all can begin "
        "from fresh weights.",
    )
    batch_size: int = _dial(
        256,
        label="Batch size",
        plain="Pairs in a batch",
        stage="loss",
        low=16,
        high=4096,
        step=16,
        help="The number of pairs in a step. Every other caption of the batch counts as a wrong one.",
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
        plain="Leave true captions out of the negatives",
        stage="loss",
        help="Leave captions of the batch that are true of an image out of its negatives.",
    )
    loss: str = _dial("clip", label="Loss", stage="loss", choices=("clip", "siglip"), help="Softmax or sigmoid.")
    optimizer: str = _dial(
        "muon",
        label="Optimizer",
        stage="optimizer",
        choices=("muon", "adamw"),
        help="muon: Muon trains the matrices of the blocks, and AdamW trains the rest. adamw: AdamW trains all.",
    )
    learning_rate: float = _dial(
        2e-3,
        label="Learning rate",
        stage="optimizer",
        low=1e-7,
        high=0.1,
        help=f"The peak rate of AdamW. lora uses {TUNE_RATIO['lora']:g} times this rate, text-map "
        f"{TUNE_RATIO['text-map']:g} times, and Muon {MUON_RATIO:g} times.",
    )
    learning_rate_schedule: str = _dial(
        "cosine",
        label="Learning rate schedule",
        stage="optimizer",
        choices=("cosine", "constant"),
        is_later=True,
        help=f"cosine: after the warm-up the rate falls to {100 * FINAL_SHARE:g} % of its peak. constant: it stays at "
        "the peak until the end.",
    )
    steps: int = _dial(
        180,
        label="Steps",
        stage="optimizer",
        low=1,
        high=1_000_000,
        step=10,
        help="The number of batches that are trained.",
    )
    precision: str = _dial(
        "auto",
        label="Precision",
        stage="optimizer",
        choices=("auto", "fp32", "bf16"),
        tab=TabLimit(values=("auto", "fp32"), why="a tab computes in 32 bits"),
        help="auto: bf16 on a GPU, fp32 elsewhere.",
    )
    seed: int = _dial(
        0,
        label="Seed",
        stage="optimizer",
        low=0,
        high=MAX_SEED,
        step=1,
        is_of_recipe=False,
        help="The seed of scenes, weights and captions.",
    )

    @property
    def pairs(self) -> int:
        """The budget: pictures with their captions, over all steps."""
        return self.steps * self.batch_size

    @property
    def base_model(self) -> str:
        """The model by whose name trainings are timed: the one it starts from, or its architecture if from scratch."""
        return self.model if self.init == "scratch" else self.init


DIALS: dict[str, Dial] = {f.name: f.metadata["dial"] for spec in (DataSpec, TrainSpec) for f in fields(spec)}
DIAL_TYPES: dict[str, type] = {**get_type_hints(DataSpec), **get_type_hints(TrainSpec)}
DATA_FIELDS = tuple(f.name for f in fields(DataSpec))


def convert_value(name: str, value: Any) -> Any:
    """Convert `value` to the type of the field; raise `UserError` if it does not fit."""
    kind = DIAL_TYPES[name]
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


_NUMBER_TEXT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?\d+/\d+", re.ASCII | re.IGNORECASE)
"""Accepted spellings of a number: 20, 0.5, 2e-3, 1/3; not inf, 0x10 or 1_000."""


def _as_number(name: str, value: Any, kind: type) -> Any:
    wanted = "give a whole number from {low} to {high}" if kind is int else "give a number from {low} to {high}"
    try:
        number = _read_number(value)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise UserError(name, value, wanted, **_range(name)) from None
    if not math.isfinite(number) or abs(number) > 2**53 or (kind is int and number != int(number)):
        raise UserError(name, value, wanted, **_range(name))
    return kind(number) + 0  # -0.0 is 0.0, of which the spec has another digest


def _range(name: str) -> dict[str, Any]:
    """Return the ends of a dial's range in words: "0", "0.5"; every dial that is a number has one."""
    ends = {"low": DIALS[name].low, "high": DIALS[name].high}
    return {
        end: f"{value:.0f}" if value == int(value) else f"{value:g}" for end, value in ends.items() if value is not None
    }


def _read_number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > 40 or not _NUMBER_TEXT.fullmatch(text):
        raise ValueError("not a number")
    return float(Fraction(text)) if "/" in text else float(text)


def _as_words(name: str, value: Any) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise UserError(name, value, "give words joined by commas")
    return tuple(word.strip() for word in words if word.strip())


OWN_WORLD = re.compile(r"own-[0-9a-f]{16}", re.ASCII)
"""Name of a world of one's own: a digest of its document, which lies beside the spec."""

PROTOCOL_VERSION = 2
"""Version of what scenes, captions, training and scoring compute beyond the dials.

A person raises it; golden values in tests/unit/protocol hold it. Runs of two versions are not points of one curve.
"""


def protocol_version_of(recorded: object) -> int | None:
    """Return the protocol version that a report, a row or a manifest recorded, None if it is not a number.

    Older ones hold a digest of the sources behind the number, as in "2.989071808038"; it says nothing today.
    """
    number = str(recorded).partition(".")[0]
    return int(number) if number.isascii() and number.isdecimal() else None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSpec:
    """One run: data, training, the version of the protocol, and the preset it came from (without effect)."""

    data: DataSpec = DataSpec()
    train: TrainSpec = TrainSpec()
    preset: str | None = None
    # Spec files and answers have called it so since the first release. The keys of the study's trainings are digests of
    # records with this name, so with another one no training would be found by its key.
    protocol: Annotated[int, Field(alias="recipe")] = PROTOCOL_VERSION

    def to_json(self) -> dict[str, Any]:
        """Convert to plain JSON: {"preset": ..., "recipe": ..., "data": {...}, "train": {...}}."""
        return dict(encode(self))

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "RunSpec":
        """Invert `to_json`; missing fields take their default, unknown ones raise `UserError`."""
        parts = [record.get(part, {}) if isinstance(record, Mapping) else None for part in ("data", "train")]
        if not all(isinstance(part, Mapping) for part in parts):
            raise UserError("spec", record, "give an object with the objects data and train")
        strange = set(record) - {"preset", "recipe", "data", "train"}
        if strange:
            raise UserError(
                "spec",
                NO_VALUE,
                "unknown part {part}; give preset, recipe, data and train",
                part=quote_value(min(strange, key=str)),
            )
        # Runs without the key "recipe", which is that of the protocol version, were made before the second one.
        preset, protocol = record.get("preset"), record.get("recipe", 1)
        if not isinstance(preset, str | None):
            raise UserError("preset", preset, "give a word or null")
        if type(protocol) is not int or not 1 <= protocol <= PROTOCOL_VERSION:
            raise UserError(
                "recipe", protocol, "give a whole number from {low} to {high}", low=1, high=PROTOCOL_VERSION
            )
        return replace(override(cls(), {**parts[0], **parts[1]}), preset=preset, protocol=protocol)


def spec_value(spec: RunSpec, name: str) -> Any:
    """Return the value of a field of the data or of the training."""
    return getattr(spec.data if hasattr(spec.data, name) else spec.train, name)


def override(base: RunSpec, changes: Mapping[str, Any]) -> RunSpec:
    """Replace fields of `base` by typed values or by text that a user typed; see `validate`."""
    data: dict[str, Any] = {}
    train: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in DIALS:
            raise UserError("field", name, "unknown; the fields are {fields}", fields=", ".join(DIALS))
        (data if name in DATA_FIELDS else train)[name] = convert_value(name, value)
    return replace(base, data=replace(base.data, **data), train=replace(base.train, **train))


MAX_EVALUATIONS = 24
"""Quick evaluations on the way of a run, besides the full one at its end."""
MAX_SNAPSHOTS = 12
"""Snapshots on the way of a run at most, besides the one before its first step."""
EVALUATED_STEPS_EXPONENT = 1.3
"""Exponent of the evaluated steps; above 1, they are denser at the start."""


def evaluated_steps(steps: int) -> frozenset[int]:
    """Return the steps after which a run of `steps` is evaluated.

    One costs about half a step of the default run; one for four steps at most keeps them below a tenth or so.
    """
    count = min(MAX_EVALUATIONS, max(4, steps // 4))
    return frozenset(max(1, math.ceil(steps * (i / count) ** EVALUATED_STEPS_EXPONENT)) for i in range(1, count + 1))


def saved_steps(steps: int) -> frozenset[int]:
    """Return the evaluated steps that keep a snapshot."""
    evaluated = sorted(evaluated_steps(steps), reverse=True)
    return frozenset(evaluated[:: math.ceil(len(evaluated) / MAX_SNAPSHOTS)])


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNames:
    """Names that exist outside this module: worlds with the names of their kinds, and model configs.

    `own_kinds` are the kinds of all worlds of one's own, which a spec names by the digest of their document.
    """

    worlds: Mapping[str, tuple[str, ...]]
    models: tuple[str, ...]
    own_kinds: tuple[str, ...] = ()


def validate(spec: RunSpec, names: KnownNames) -> RunSpec:
    """Return `spec` if every field is legal, by itself and with the others; else raise `UserError`."""
    values = {name: spec_value(spec, name) for name in DIALS}
    is_own = bool(names.own_kinds and OWN_WORLD.fullmatch(spec.data.world))
    known = {"worlds": (spec.data.world,) if is_own else tuple(names.worlds), "models": names.models}
    for name, dial in DIALS.items():
        _check_alone(name, values[name], known.get(dial.names or "", dial.choices))
    values["kinds_of_world"] = names.own_kinds if is_own else names.worlds[spec.data.world]
    for name, dial in DIALS.items():
        for rule in dial.rules:
            if not evaluate_expression(rule.test, values):
                shown = values[name]
                raise UserError(
                    name, ",".join(shown) if isinstance(shown, tuple) else shown, fill_message(rule, values)
                )
    return spec


def _check_alone(name: str, value: Any, choices: tuple[str, ...] | None) -> None:
    dial = DIALS[name]
    if choices is not None and value not in choices:
        raise UserError(name, value, "choose {choices}", choices=" or ".join(choices))
    if dial.low is not None and dial.high is not None and not dial.low <= value <= dial.high:
        raise UserError(name, value, "must be from {low} to {high}", **_range(name))
