"""Detection of forms in a report with the scenes and captions of an earlier one, by their equal numbers.

    >>> asked = {"binding_accuracy": {"value": 0.9, "n": 1000}}
    >>> same_forms({"metrics": asked | {"probe_accuracy": {"value": 0.8, "n": 700}}, "forms": {"own": asked}})
    {'own': 'canonical'}

This occurs if a run's own captions name both of two objects with only the first kind.
"""

from collections.abc import Mapping
from typing import Any


def same_forms(report: Mapping[str, Any]) -> dict[str, str]:
    """Return each form that repeats an earlier one, with that one's name.

    Canonical, which has more metrics, comes first.
    """
    earlier: dict[str, Mapping[str, Any]] = {"canonical": report.get("metrics") or {}}
    same: dict[str, str] = {}
    for form, metrics in (report.get("forms") or {}).items():
        twin = next((name for name, before in earlier.items() if metrics and metrics.items() <= before.items()), None)
        if twin:
            same[form] = twin
        earlier[form] = metrics or {}
    return same


def same_words(form: str) -> str:
    """Return the text in place of the numbers."""
    return f"the same captions as {form}"
