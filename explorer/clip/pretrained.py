"""The models that ship, in one table: the preset of each, what it changes, and how long it trains.

    SHIPPED["things-web"].spec()        # the RunSpec that makes it
    shipped("things-web").sentence

`python -m explorer ship NAME` trains one and writes its folder; `card` says what is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.errors import UserError
from explorer.spec.presets import preset
from explorer.spec.run_spec import RunSpec, override

SNAPSHOT = "inspected.npz"
"""Beside its weights: the last snapshot of its run, what it made of the inspected scenes."""
PAIRS = "pairs.json"
"""Beside its weights: its answers to the binding pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipped:
    """A shipped model: `samples` multiplies the steps of the preset."""

    name: str
    preset: str
    sentence: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    samples: float = 1.0

    def spec(self) -> RunSpec:
        """The run whose model it is."""
        start = preset(self.preset).spec
        return override(start, {"steps": round(start.train.steps * self.samples), "seed": self.seed, **self.changes})


SHIPPED: dict[str, Shipped] = {
    each.name: each
    for each in (
        Shipped(
            name="things-bound",
            preset="binding-friendly",
            sentence="Trained on data that teach binding, with several kinds of attributes: it tells who has what.",
            changes={"attribute_kinds": ("color", "pattern", "tilt")},
            samples=8.0,
        ),
        Shipped(
            name="things-web",
            preset="web-like",
            sentence="Trained on data with the flaws of the web's captions: it knows which values are there and hardly "
            "who has them.",
            samples=8.0,
        ),
        Shipped(
            name="things-hard-negatives",
            preset="web-like-hard-negatives",
            sentence="The same data as things-web, where each caption that allows it joins the loss once more with its "
            "values exchanged.",
            samples=8.0,
        ),
    )
}


def shipped(name: str) -> Shipped:
    """The entry of that name; `UserError` where there is none."""
    if name not in SHIPPED:
        raise UserError("name", name, f"choose {', '.join(SHIPPED)}")
    return SHIPPED[name]
