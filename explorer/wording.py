"""Numbers in words: shares, intervals, differences, signs, durations; a number is formatted here and never parsed back.

    >>> format_percent(0.8125), format_percent(0.9998), format_percent(None)
    ('81 %', '99.98 %', 'not measured')
    >>> format_signed(-0.25, 1), format_signed(0.3, 1), format_signed(0.01, 1)
    ('−0.2', '+0.3', '0')
    >>> format_fraction(-0.25, -0.5, 0.125, digits=2, lead="95 % interval", n=12)
    '−0.25 (95 % interval −0.50 to 0.12, n 12)'
    >>> format_duration(40), format_duration(200), format_duration(7800)
    ('40 s', '3 min', '2 h 10 min')

    format_share(estimate, n=estimate.n)          # "81 % (79 to 83 %, n 1000)"
    format_points(estimate)                       # "−40 points (−50 to −30)"

Pages and figures write a real minus. Documents that are frozen as ASCII ask for `minus="-"`.
"""

import math
from typing import Protocol

from explorer.contract import CONTRACT
from explorer.sentences import Listed, Number, Sentence

MINUS = "−"
NOT_MEASURED = "not measured"


class HasInterval(Protocol):
    """A value with its interval, as `Estimate` has them; all None if nothing was measured."""

    @property
    def value(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def format_bare_percent(share: float) -> str:
    """Format a share in percent: 81 for 0.81, and 99.8 or 99.98 if rounding would give all or nothing.

    `barePercent` of `assets/page/numbers.js` does the same; `CONTRACT.percent` says where digits begin.
    """
    rule = CONTRACT.percent["plain"]
    whole, *finer = (f"{100 * share:.{digits}f}" for digits in range(rule.digits + 1))
    if not 0 < share < 1 or min(100 * share, 100 - 100 * share) > rule.near:
        return whole
    return next((text for text in finer if float(text) not in (0, 100)), whole)


def format_percent(share: float | None) -> str:
    """Format a share, rounded to a percent but never up to 100 or down to 0."""
    if share is None or not math.isfinite(share):
        return NOT_MEASURED
    return Number(f"{format_bare_percent(share)} %", kind="percent", number=share)


def format_probability(share: float) -> str:
    """Format a share to a tenth of a percent: "81.3 %", "< 0.1 %", "> 99.9 %"."""
    whole = 100 * share
    return f"{whole:.1f} %" if 0.05 <= whole <= 99.95 else "< 0.1 %" if whole < 50 else "> 99.9 %"


def format_interval(low: float, high: float) -> str:
    """Format two shares: "79 to 83 %"."""
    return _between(format_bare_percent(low), format_percent(high))


def format_share(estimate: HasInterval, *, lead: str = "", n: int | None = None) -> str:
    """Format a share with what is known of it: "81 % (95 % interval 79 to 83 %, n 1000)".

    Args:
        estimate: An estimate of a share.
        lead: Words before the interval.
        n: Number of items, if it is to be told.
    """
    if estimate.value is None:
        return NOT_MEASURED
    ends = ""
    if estimate.low is not None and estimate.high is not None:
        ends = _between(format_bare_percent(estimate.low), f"{format_bare_percent(estimate.high)} %", lead)
    return _add_brackets(format_percent(estimate.value), ends, n)


def format_decimal(value: float, digits: int, *, minus: str = MINUS) -> str:
    """Format a number to so many decimals."""
    return f"{value:.{digits}f}".replace("-", minus)


def format_fraction(
    value: float,
    low: float | None,
    high: float | None,
    *,
    digits: int = 3,
    lead: str = "",
    n: int | None = None,
    minus: str = MINUS,
) -> str:
    """Format a number with its interval: "0.984 (0.973 to 0.990)"; `lead` and `n` as in `format_share`."""
    ends = ""
    if low is not None and high is not None:
        ends = _between(format_decimal(low, digits, minus=minus), format_decimal(high, digits, minus=minus), lead)
    return _add_brackets(format_decimal(value, digits, minus=minus), ends, n)


def format_signed(value: float, digits: int = 0, *, minus: str = MINUS) -> str:
    """Format a number with its sign; what rounds to zero has none."""
    text = f"{value:+.{digits}f}"
    return text.replace("-", minus) if float(text) else "0"


def format_signed_points(share: float, *, minus: str = MINUS) -> str:
    """Format a difference of shares in whole points; below one as −0.5, as 0 would say that an interval contains it."""
    whole = 100 * share
    return format_signed(whole, digits=0 if round(whole) else 1, minus=minus)


def format_points(estimate: HasInterval, *, minus: str = MINUS) -> str:
    """Format a difference of shares with its interval: "−40 points (−50 to −30)", "-" if nothing was measured."""
    if estimate.value is None:
        return "-"
    points = Sentence("number.points", "{value} points", value=format_signed_points(estimate.value, minus=minus))
    if estimate.low is None or estimate.high is None:
        return points
    ends = (format_signed_points(end, minus=minus) for end in (estimate.low, estimate.high))
    return _add_brackets(points, _between(*ends))


def format_duration(seconds: float) -> str:
    """Format seconds: "40 s", "3 min", "2 h 10 min"."""
    minutes = round(seconds / 60)
    if seconds < 90:
        text = f"{seconds:.0f} s"
    else:
        text = f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
    return Number(text, kind="duration", number=seconds)


def time_left(elapsed_s: float, share: float) -> float | None:
    """Return the seconds left of a work whose `share` took `elapsed_s`; None before its first part.

    >>> time_left(30, 0.25), time_left(30, 0)
    (90.0, None)
    """
    return elapsed_s * (1 - share) / share if share else None


def _between(low: str, high: str, lead: str = "") -> str:
    if not lead:
        return Sentence("number.between", "{low} to {high}", low=low, high=high)
    return Sentence("number.between-led", "{lead} {low} to {high}", lead=lead, low=low, high=high)


def _add_brackets(value: str, ends: str, n: int | None = None) -> str:
    """Add what is known in one pair of brackets."""
    known = [part for part in (ends, "" if n is None else f"n {n}") if part]
    return Sentence("number.known", "{value} ({known})", value=value, known=Listed(known)) if known else value


def format_pairs(value: float) -> str:
    """Format a number of pairs with two digits and thousands: 16,000."""
    scale: float = 10 ** (math.floor(math.log10(value)) - 1)
    return f"{round(value / scale) * scale:,.0f}"
