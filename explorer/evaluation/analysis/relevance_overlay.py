"""Relevance as colors over a grey picture; no torch.

    blended(np.array([[0.1, 0.6], [0.1, 0.2]]), most=0.6)        # uint8 (2, 2, 4): red, green, blue, opacity
    overlay([[0.1, 0.6], [0.1, 0.2]], most=0.6)                  # the same as a data URI of 2 by 2 pixels
    legend()                                                     # the scale as a CSS gradient

The scale is Cividis (Nunez, Anderton and Renslow, 2018), which looks alike with and without color deficiency: dark blue
is nothing, yellow is `most`.
"""

from collections.abc import Sequence

import numpy as np

from explorer.clip.image_inputs import levels_uri

STOPS = ((0, 32, 77), (49, 68, 107), (102, 105, 112), (149, 143, 120), (203, 186, 105), (255, 234, 70))
OPACITY = 130
"""Of 255: the picture stays visible."""


def blended(shares: np.ndarray, most: float) -> np.ndarray:
    """Return uint8 (rows, columns, 4) for shares (rows, columns); `most` is the end of the scale."""
    place = np.clip(shares / most if most > 0 else shares * 0.0, 0, 1) * (len(STOPS) - 1)
    levels = [np.interp(place, np.arange(len(STOPS)), [stop[channel] for stop in STOPS]) for channel in range(3)]
    return np.stack([*levels, np.full(shares.shape, OPACITY)], axis=-1).round().astype(np.uint8)


def overlay(shares: Sequence[Sequence[float]], most: float) -> str:
    """Return the colors as a picture of one pixel per patch."""
    return levels_uri(blended(np.array(shares, dtype=np.float64), most))


def legend() -> str:
    """Return the scale from nothing to the most, left to right."""
    return f"linear-gradient(to right, {', '.join(f'rgb{stop}' for stop in STOPS)})"
