"""State of a training for the Workbench, as frozen data, and its JSON in both directions.

OutcomeState.from_dict(state.as_dict()) == state
differences(spec, other); label(spec); recipe_words(spec)        # of specs, for people
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from explorer.codec import decode, encode
from explorer.evaluation.results import Estimate, PairAnswers
from explorer.presets import PRESETS, preset_of
from explorer.runs.store import is_of_tab
from explorer.spec import DIALS, RunSpec, data_dict

Kind = Literal["run", "shipped", "recording"]
FORM = "canonical"
"""Form of the captions of all scores of a state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePoint:
    """A quick evaluation in the canonical form: shares, and the 95 % interval of binding on n scenes."""

    step: int
    pairs: int
    binding: float
    low: float
    high: float
    n: int
    recognition: float | None

    @classmethod
    def of(cls, step: int, evaluation: Any, batch_size: int) -> "CurvePoint":
        """Return the point of a record; raise ValueError, LookupError or TypeError for one of another shape."""
        binding, recognition = (evaluation[FORM][f"{name}_accuracy"] for name in ("binding", "recognition"))
        return cls(
            step=int(step),
            pairs=int(step) * batch_size,
            binding=float(binding["value"]),
            low=float(binding["low"]),
            high=float(binding["high"]),
            n=int(binding["n"]),
            recognition=None if recognition["value"] is None else float(recognition["value"]),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Final:
    """The full evaluation at the end, in the canonical form."""

    binding: Estimate
    recognition: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A field in which the specs of two states differ, with the values of both."""

    field: str
    this: Any
    other: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeState:
    """State of a run, a shipped model or a recording.

    `phase` is waiting, training, evaluating, or None after the end; `phase_done` is its finished share. `place` is 0
    for an active run and 1 for the next in the queue; `eta_s` are the seconds until its end, or, while it waits, until
    its start. `bound_at` is the step at which it binds by the rule of `evaluation.run_report`, `own_bound_at` that in
    captions like its own. `reason` says why a run broke off, `why_no_checkpoints` why none can be replayed.
    """

    name: str
    label: str
    kind: Kind
    status: str
    step: int
    steps: int
    pairs_seen: int
    pairs_per_s: float | None
    eta_s: float | None
    phase: str | None
    phase_done: float | None
    place: int | None
    curve: tuple[CurvePoint, ...]
    bound_at: int | None
    checkpoints: tuple[PairAnswers, ...]
    final: Final | None
    seed: int
    spec: RunSpec
    device: str | None
    seconds: float | None
    reason: str | None = None
    why_no_checkpoints: str | None = None
    own_bound_at: int | None = None
    differs: tuple[Difference, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON; `checkpoints` without the fields that all of them share."""
        checkpoints = encode(self.checkpoints)
        final = encode(self.final)
        plain = {name: getattr(self, name) for name in _PLAIN}
        return plain | {
            "own_bound_at": self.own_bound_at,
            "asked": self.checkpoints[0].asked if self.checkpoints else None,
            "curve": [asdict(point) for point in self.curve],
            "checkpoints": [{name: each[name] for name in each if name != "asked"} for each in checkpoints],
            "final": final,
            "spec": self.spec.as_dict(),
            "differs": None if self.differs is None else [asdict(each) for each in self.differs],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "OutcomeState":
        """Invert `as_dict`; raise ValueError, LookupError or TypeError for a record of another shape."""
        asked = {"asked": record["asked"]}
        final, differs = record["final"], record["differs"]
        return cls(
            **{name: record[name] for name in _PLAIN},
            own_bound_at=record.get("own_bound_at"),  # earlier recordings lack it
            curve=tuple(CurvePoint(**point) for point in record["curve"]),
            checkpoints=tuple(decode(PairAnswers, each | asked) for each in record["checkpoints"]),
            final=final and Final(**{name: Estimate(**final[name]) for name in ("binding", "recognition")}),
            spec=RunSpec.from_dict(record["spec"]),
            differs=None if differs is None else tuple(Difference(**each) for each in differs),
        )


_PLAIN = (
    *("name", "label", "kind", "status", "step", "steps", "pairs_seen", "pairs_per_s", "eta_s", "phase", "phase_done"),
    *("place", "bound_at", "seed", "device", "seconds", "reason", "why_no_checkpoints"),
)
"""Fields that are plain JSON."""


def differences(this: RunSpec, other: RunSpec) -> tuple[Difference, ...]:
    """Return the fields of data and training in which two specs differ, in the order of the dials; values are JSON."""
    values = [data_dict(spec.data) | spec.as_dict()["train"] for spec in (this, other)]
    return tuple(
        Difference(field=name, this=values[0][name], other=values[1][name])
        for name in DIALS
        if values[0][name] != values[1][name]
    )


def changes_of(spec: RunSpec) -> tuple[Difference, ...]:
    """Return the fields in which a spec differs from its preset; none if its preset is unknown."""
    base = PRESETS.get(spec.preset or "")
    return differences(base.spec, spec) if base else ()


def label(spec: RunSpec) -> str:
    """Name a training of this spec for people: its preset or a mix, and its start."""
    preset = preset_of(spec)
    name = preset.title if preset else "Your own mix"
    return name if spec.train.init == "scratch" else f"{name}, from {spec.train.init}"


def title(state: OutcomeState) -> str:
    """Return the title of a training: recipe, and seed; a run that a page trained says so."""
    if state.kind != "run":
        return recipe_words(state.spec)
    where = ", trained in a tab" if is_of_tab(state.device) else ""
    return f"{recipe_words(state.spec)}, seed {state.seed}{where}"


def recipe_words(spec: RunSpec) -> str:
    """Return the title of the recipe, with "changed" if dials were moved, and the start unless it is fresh weights."""
    recipe = PRESETS.get(spec.preset or "")
    if recipe is None:
        return label(spec)
    base = replace(spec, train=replace(spec.train, init=recipe.spec.train.init))
    name = recipe.title if key_of_spec(base) == key_of_spec(recipe.spec) else f"{recipe.title}, changed"
    return name if spec.train.init == "scratch" else f"{name}, from {spec.train.init}"


def key_of_spec(spec: RunSpec) -> str:
    """Return a digest of the spec without its seed and preset."""
    record = spec.as_dict()
    record["train"] = {name: value for name, value in record["train"].items() if name != "seed"}
    record.pop("preset", None)
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:12]
