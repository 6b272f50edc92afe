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
