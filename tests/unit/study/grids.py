"""Evidence by hand for tests of the grid and of the card that shows it.

    grid = read_grid({"toy": toy_evidence("toy", measured("half", {"caption_completeness": 0.5}, own=[0.7, 0.8]))})

Conditions differ from the friendly preset in the fields given.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.spec.presets import preset
from explorer.spec.run_spec import RunSpec, override
from explorer.study.intervals import mean_over_seeds

CHANCE = 0.5


def friendly(**changes: Any) -> RunSpec:
    """The friendly preset with fields changed."""
    return override(preset("binding-friendly").spec, changes)


def measured(label: str, changes: Mapping[str, Any], *, leak: float | None = None, **forms: Sequence[float]) -> Any:
    """A condition with a score for each seed of each form; `leak` is what a scorer of own captions gets."""
    control = {"value": leak, "low": None if leak is None else leak - 0.02, "high": leak, "chance": CHANCE}
    return {
        "label": label,
        "spec": friendly(**changes).as_dict(),
        "forms": {
            form: {
                "binding_accuracy": {
                    "points": [{"seed": seed, "value": value, "n": 1000} for seed, value in enumerate(values)],
                    "mean": mean_over_seeds(list(values), chance=CHANCE).as_dict(),
                }
            }
            for form, values in forms.items()
        },
        "controls": {} if leak is None else {"caption_only": {"own": control}},
        "not_tested": None,
    }


def toy_evidence(name: str, *conditions: Any) -> dict[str, Any]:
    """What a frozen file holds, as far as the grid reads it."""
    return {
        "name": name,
        "devices": ["cpu"],
        "interval": "95 % t interval over seeds",
        "conditions": list(conditions),
    }
