"""Seconds in words.

>>> duration(40), duration(200), duration(7800)
('40 s', '3 min', '2 h 10 min')
"""


def duration(seconds: float) -> str:
    """Format seconds."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def time_left(elapsed_s: float, share: float) -> float | None:
    """Return the seconds left of a work whose `share` took `elapsed_s`; None before its first part.

    >>> time_left(30, 0.25), time_left(30, 0)
    (90.0, None)
    """
    return elapsed_s * (1 - share) / share if share else None
