"""Table of the shipped models: the preset of each, its changes, and the length of its training.

    SHIPPED["things-web"].spec()        # the RunSpec that makes it
    shipped("things-web").sentence

`python -m explorer ship NAME` trains one and writes its folder; `model_card` describes the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.errors import UserError
from explorer.spec.presets import preset
from explorer.spec.run_spec import RunSpec, override

SNAPSHOT = "inspected.npz"
"""File of the last snapshot of its run: embeddings and scores of the inspected scenes."""
PAIRS = "pairs.json"
"""File of its answers to the binding pairs."""


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
        """Return the spec of the run that made it."""
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
    """Return the entry of that name; raise `UserError` if none has it."""
    if name not in SHIPPED:
        raise UserError("name", name, f"choose {', '.join(SHIPPED)}")
    return SHIPPED[name]
