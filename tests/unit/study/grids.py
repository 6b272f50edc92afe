"""Evidence by hand for tests of the grid and of the card that shows it.

    grid = read_grid({"toy": toy_evidence("toy", measured("half", {"caption_completeness": 0.5}, own=[0.7, 0.8]))})

Conditions differ from the friendly preset in the fields given.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from explorer.codec import encode
from explorer.presets import preset
from explorer.spec import RunSpec, override
from explorer.study.evidence_store import Condition, Evidence
from explorer.study.intervals import mean_over_seeds
from tests.unit.study.toy_evidence import evidence

CHANCE = 0.5


def friendly(**changes: Any) -> RunSpec:
    """The friendly preset with fields changed."""
    return override(preset("binding-friendly").spec, changes)


def share(value: float) -> dict[str, Any]:
    return {"value": value, "n": 1000, "low": value - 0.02, "high": value + 0.02, "chance": CHANCE}


def measured(label: str, changes: Mapping[str, Any], *, leak: float | None = None, **forms: Sequence[float]) -> Any:
    """A condition with a score for each seed of each form; `leak` is what a scorer of own captions gets."""
    control = {"value": leak, "low": None if leak is None else leak - 0.02, "high": leak, "chance": CHANCE}
    return {
        "label": label,
        "spec": friendly(**changes).as_dict(),
        "forms": {
            form: {
                "binding_accuracy": {
                    "points": [{"seed": seed, **share(value)} for seed, value in enumerate(values)],
                    "mean": encode(mean_over_seeds(list(values), chance=CHANCE)),
                }
            }
            for form, values in forms.items()
        },
        "controls": {} if leak is None else {"caption_only": {"own": control}},
        **{name: None for name in ("not_tested", "distinct_captions")},
        **{"x": label, "series": "", "steps": 180, "batch_size": 256, "learning_rate": 0.002},
        "rates": {},
    }


def toy_evidence(name: str, *conditions: Any) -> Evidence:
    """Evidence of these conditions."""
    return evidence(TypeAdapter(tuple[Condition, ...]).validate_python(conditions), name=name)
