"""What happens where runs are compared: the difference follows the pair, the metric and the form.

wire_compare(page)        # after `wire`, inside the Blocks
"""

from typing import Any

from explorer.pages.shared.page_events import QUICK, Page, told
from explorer.pages.workbench.compare import compared
from explorer.pages.workbench.training_column import overlaid


def wire_compare(page: Page) -> None:
    """Attach every listener."""
    train, compare = page.train, page.train.compare
    outputs = [*compare.outputs, page.shared.notes]

    @told(outputs, page.shared.notes)
    def subtracted(run: Any, overlay: Any, metric: Any, form: Any) -> tuple[Any, ...]:
        return (*compared(page.store, run, overlaid(overlay), metric, form), "")

    inputs = [page.shared.run, train.overlay, compare.metric, compare.form]
    # What differs is written anew for another pair, however that was chosen.
    for event in (train.difference.change, compare.metric.input, compare.form.input):
        event(subtracted, inputs, outputs, trigger_mode="always_last", **QUICK)
