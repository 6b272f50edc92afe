"""Named specs, each with a sentence that says what to expect and why, read from `presets.toml`.

    get_preset("big-only").spec.data.saliency_bias      # 1.0
    get_preset("big-only").sentence                     # "..."
    get_preset("salient") is get_preset("big-only")     # True: the older name, which documents keep (`PRESETS`)

A preset that shows one flaw differs from its `base` only in the fields of `flaw` (tested).
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.spec import RunSpec, override

TIDY_RECIPE = "binding-friendly"
"""The recipe *Tidy*. Its captions name both things with their color, as the canonical question does, so it is the one
from which a visit without a link, the lesson and the data sets of a class start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnObject:
    """An object of a recipe's picture: its upper left corner and its side, in percent of the picture's width.

    `color` is its paint, None if its caption names it without one; `is_told` is True if its caption names it.
    """

    noun: str
    x: float
    y: float
    side: float
    color: str | None = None
    is_told: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """A spec with its words; `flaw` names the fields in which it differs from the preset `base`."""

    name: str
    title: str
    summary: str
    sentence: str
    spec: RunSpec
    base: str | None = None
    flaw: tuple[str, ...] = ()
    picture: tuple[DrawnObject, ...] = ()

    @property
    def page_name(self) -> str:
        """The title as a name that is typed: "half-told" of "Half told"."""
        return self.title.lower().replace(",", "").replace(" ", "-")

    @property
    def is_main(self) -> bool:
        """True if a page shows it first."""
        return bool(self.picture)


PRESETS: dict[str, Preset] = {}


def _add_preset(name: str, record: dict[str, Any]) -> None:
    base = record.get("base")
    changes = record.pop("data", {}) | record.pop("train", {})
    spec = replace(override(PRESETS[base].spec if base else RunSpec(), changes), preset=name)
    picture = tuple(DrawnObject(**each) for each in record.pop("picture", ()))
    PRESETS[name] = Preset(name=name, spec=spec, flaw=tuple(changes) if base else (), picture=picture, **record)


for _name, _record in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items():
    _add_preset(_name, _record)


def get_preset(name: str) -> Preset:
    """Return the preset of that name, or of that name on the page; raise `UserError` if none has it."""
    named = PRESETS | {each.page_name: each for each in PRESETS.values()}
    if not isinstance(name, str) or name not in named:
        raise UserError(
            "preset", name, "choose {choices}", choices=", ".join(each.page_name for each in PRESETS.values())
        )
    return named[name]
