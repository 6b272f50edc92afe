"""Named specs, each with a sentence that says what to expect and why.

    preset("salient").spec.data.saliency_bias      # 1.0
    preset("big-only") is preset("salient")        # True: the name that the page shows
    PRESETS["salient"].sentence                    # "..."

A preset that shows one flaw differs from its `base` only in the fields of `flaw` (tested).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from explorer.errors import UserError
from explorer.spec import DataSpec, RunSpec, TrainSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnObject:
    """An object of a recipe's picture: its upper left corner and its side, in percent of the picture's width.

    `color` is its paint, None if its caption names it without one; `is_told` is True if its caption names it.
    """

    noun: str
    x: float
    y: float
    size: float
    color: str | None = None
    is_told: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """A spec with its words; `flaw` names the fields in which it differs from the preset `base`."""

    name: str
    title: str
    told: str
    sentence: str
    spec: RunSpec
    base: str | None = None
    flaw: tuple[str, ...] = ()
    picture: tuple[DrawnObject, ...] = ()

    @property
    def page_name(self) -> str:
        """Return the title as a name that is typed: "half-told" of "Half told"."""
        return self.title.lower().replace(",", "").replace(" ", "-")

    @property
    def is_main(self) -> bool:
        """True if a page shows it first."""
        return bool(self.picture)


PRESETS: dict[str, Preset] = {}


def preset_of(spec: RunSpec) -> Preset | None:
    """Return the preset whose data equal those of `spec`, its own first; None without one."""
    named = PRESETS.get(spec.preset or "")
    found = [*([named] if named else []), *(each for each in PRESETS.values() if each.is_main)]
    return next((each for each in found if each.spec.data == spec.data), None)


def preset(name: str) -> Preset:
    """Return the preset of that name, or of that name on the page; raise `UserError` if none has it."""
    named = PRESETS | {each.page_name: each for each in PRESETS.values()}
    if not isinstance(name, str) or name not in named:
        raise UserError("preset", name, f"choose {', '.join(each.page_name for each in PRESETS.values())}")
    return named[name]


def _add(
    name: str,
    sentence: str,
    base: str | None,
    data: Mapping[str, Any] = {},
    train: Mapping[str, Any] = {},
    *,
    title: str,
    told: str,
    picture: tuple[DrawnObject, ...] = (),
) -> None:
    start = PRESETS[base].spec if base else RunSpec(data=DataSpec(), train=TrainSpec())
    spec = replace(start, data=replace(start.data, **data), train=replace(start.train, **train), preset=name)
    flaw = (*data, *train) if base else ()
    PRESETS[name] = Preset(
        name=name, title=title, told=told, sentence=sentence, spec=spec, base=base, flaw=flaw, picture=picture
    )


_add(
    "binding-friendly",
    "Two objects, one kind, every caption complete: the color of each object is told, and binding comes soon.",
    None,
    title="Tidy",
    told="Two objects. The caption names both, each with its color.",
    picture=(
        DrawnObject(noun="submarine", color="yellow", x=0, y=-4, size=64),
        DrawnObject(noun="bus", color="blue", x=38, y=34, size=64),
    ),
)
_add(
    "web-like",
    "Four objects, about half of them named, the largest first, half a value each: most values of a named object are "
    "not told, and no training of the study has bound.",
    None,
    {
        "objects_in_image": 4,
        "attribute_kinds": ("color", "pattern", "tilt"),
        "attribute_density": 0.5,
        "caption_completeness": 0.55,
        "caption_lengths": "mixed",
        "saliency_bias": 1.0,
    },
    title="Web-like",
    told="Four objects. About half are named, the big ones first, few with an attribute.",
    picture=(
        DrawnObject(noun="house", x=-2, y=-2, size=60),
        DrawnObject(noun="cat", color="pink", x=56, y=0, size=44, is_told=False),
        DrawnObject(noun="bus", color="blue", x=56, y=46, size=44, is_told=False),
        DrawnObject(noun="star", color="yellow", x=8, y=50, size=42, is_told=False),
    ),
)
_add(
    "web-like-hard-negatives",
    "Web-like, and each caption that allows it joins the loss once more with its values exchanged.",
    "web-like",
    train={"hard_negatives": 1.0},
    title="Web-like, with swaps",
    told="Web-like captions. Training also shows each one with its attributes exchanged, as wrong.",
)
_add(
    "web-like-large-batch",
    "Web-like with four times the batch at the same number of pairs: more negatives a step, a quarter of the steps.",
    "web-like",
    train={"batch_size": 1024, "steps": 45},
    title="Web-like, large batch",
    told="Web-like captions, four times as many of them compared at once.",
)
_add(
    "web-like-one-value",
    "Web-like, but each object that a caption names gets one value: this repair alone lets web-like data bind, late.",
    "web-like",
    {"attribute_density": 1.0},
    title="Web-like, one value each",
    told="Four objects. About half are named, the big ones first, each with one attribute.",
)
_add(
    "incomplete",
    "Every caption names one of the two objects, so the model never reads a caption of two.",
    "binding-friendly",
    {"caption_completeness": 0.5},
    title="Half told",
    told="Two objects. The caption names one of them and is silent about the other.",
    picture=(
        DrawnObject(noun="submarine", color="yellow", x=0, y=-4, size=64),
        DrawnObject(noun="bus", color="blue", x=38, y=34, size=64, is_told=False),
    ),
)
_add(
    "incomplete-mixed",
    "Half of the captions name both objects and half name one.",
    "binding-friendly",
    {"caption_completeness": 0.75, "caption_lengths": "mixed"},
    title="Sometimes half",
    told="Two objects. Half of the captions name both, half name one.",
)
_add(
    "salient",
    "Incomplete, and the one object named is always the larger: two fields differ from friendly, as salience needs "
    "something to leave out.",
    "binding-friendly",
    {"caption_completeness": 0.5, "saliency_bias": 1.0},
    title="Big only",
    told="Two objects. Only the bigger one is ever named.",
    picture=(
        DrawnObject(noun="submarine", color="yellow", x=-6, y=-8, size=88),
        DrawnObject(noun="bus", color="blue", x=62, y=56, size=38, is_told=False),
    ),
)
_add(
    "low-density",
    "Both objects are named but only one in four with its color: binding comes later than where each color is told.",
    "binding-friendly",
    {"attribute_density": 0.25},
    title="Few colors",
    told="Two objects, both named, and one in four with its color.",
)
_add(
    "two-kinds",
    "Color and pattern vary and each object is named with one of them.",
    "binding-friendly",
    {"attribute_kinds": ("color", "pattern")},
    title="Color or pattern",
    told="Two objects, each named with its color or its pattern.",
)
_add(
    "too-many-attributes",
    "Two kinds, and both are named for both objects: longer captions, most of which differ in many words.",
    "two-kinds",
    {"attribute_density": 2.0},
    title="Every detail",
    told="Two objects, each named with its color and its pattern.",
)
_add(
    "one-object",
    "One object an image: every value goes with the only noun, so binding is never asked for.",
    "binding-friendly",
    {"objects_in_image": 1},
    title="One object",
    told="One object, named with its color. There is nothing to mix up.",
)
