"""Measured dials and the rates of a batch as texts for today's page; samples as the view has them."""

from functools import lru_cache

from explorer.pages.shared.dial_values import plain_name, value_text
from explorer.pages.shared.url_state import values_of
from explorer.spec import DIALS, RunSpec
from explorer.views.samples import MOST_KEPT, preview_of
from explorer.views.samples import samples_of as samples
from explorer.views.samples import warm as warm
from explorer.wording import decimal
from explorer.world.measure import MeasuredDial
from explorer.world.preview import Preview

__all__ = ["measured", "samples", "warm"]


@lru_cache(maxsize=MOST_KEPT)
def measured(spec: RunSpec) -> dict[str, object]:
    """Return the measured dials of the data, and the rates of one batch, as texts."""
    found = preview_of(spec)
    values = values_of(spec)
    rows = [_row(name, values[name], found.measured[name]) for name in DIALS if name in found.measured]
    return {"rows": rows, "rates": list(_rates(spec, found)), "pairs": found.num_pairs}


def _row(name: str, value: object, found: MeasuredDial | None) -> dict[str, str]:
    """Return one dial with its measured value."""
    if found is None:
        return {"dial": plain_name(name), "dialed": value_text(value), "measured": "not shown by these captions"}
    ends = "" if found.low is None or found.high is None else f" ({decimal(found.low, 2)} to {decimal(found.high, 2)})"
    text = f"{value_text(found.value)}{ends}, n = {found.n}"
    return {"dial": plain_name(name), "dialed": value_text(value), "measured": text}


def _rates(spec: RunSpec, found: Preview) -> list[str]:
    """Describe a batch in sentences."""
    rates = {name: f"{100 * share:.3g} %" for name, share in found.rates.items()}
    said = [
        f"{rates['swappable']} of its captions have a swap.",
        f"{rates['duplicate_captions']} only repeat another caption.",
        f"{rates['false_negatives']} of the pairs of an image with another image's caption are true too.",
    ]
    if spec.train.hard_negatives:
        said.append(f"{rates['hard_negatives']} of its images get a swapped caption as a negative.")
        said.append(f"{rates['hard_negatives_true']} of those are true of their own image.")
    return said
