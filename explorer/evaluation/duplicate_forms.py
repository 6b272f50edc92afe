"""Detection of forms in a report with the scenes and captions of an earlier one, by their equal numbers.

    >>> binding = Estimate(value=0.9, n=1000, low=0.88, high=0.92, chance=0.5)
    >>> asked = {"binding_accuracy": binding}
    >>> same_forms(Scores(canonical=asked | {"probe_accuracy": binding}, forms={"own": asked}))
    {'own': 'canonical'}

This occurs if a run's own captions name both of two objects with only the first kind.
"""

from explorer.evaluation.results import Estimate as Estimate
from explorer.evaluation.run_report import Metrics, Scores


def same_forms(scores: Scores) -> dict[str, str]:
    """Return each form that repeats an earlier one, with that one's name.

    Canonical, which has more metrics, comes first.
    """
    earlier: dict[str, Metrics] = {}
    same: dict[str, str] = {}
    for form, metrics in scores.by_form():
        twin = next((name for name, before in earlier.items() if metrics and metrics.items() <= before.items()), None)
        if twin:
            same[form] = twin
        earlier[form] = metrics
    return same


def same_words(form: str) -> str:
    """Return the text in place of the numbers."""
    return f"the same captions as {form}"
