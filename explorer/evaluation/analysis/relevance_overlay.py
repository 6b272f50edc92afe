"""Relevance as colors over a gray picture, without torch, and a sheet of such maps as one PNG.

    blended(np.array([[0.1, 0.6], [0.1, 0.2]]), most=0.6)        # uint8 (2, 2, 4): red, green, blue, opacity
    overlay([[0.1, 0.6], [0.1, 0.2]], most=0.6)                  # the same as a data URI of 2 by 2 pixels
    legend()                                                     # the scale as a CSS gradient
    write_sheet(Path("maps.png"), scored, maps)                  # the maps of ScoredPictures: a row per picture

The scale is Cividis (Nunez, Anderton and Renslow, 2018), which looks alike with and without color deficiency: dark blue
is nothing, yellow is `most`, in a sheet the largest share of any patch of its picture in any map shown.
"""

import base64
import io
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from explorer.clip.image_inputs import levels_uri
from explorer.evaluation.user_probe.answer import RelevanceMaps, ScoredPictures

STOPS = ((0, 32, 77), (49, 68, 107), (102, 105, 112), (149, 143, 120), (203, 186, 105), (255, 234, 70))
OPACITY = 130
"""Of 255: the picture stays visible."""
SIDE, GAP, HEAD, LINE = 224, 10, 62, 15
"""Pixels: a picture's side, between pictures, above them, and the height of a line of text."""
LETTERS = 34


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


def write_sheet(path: Path, scored: ScoredPictures, found: RelevanceMaps) -> None:
    """Write the sheet to a file."""
    sheet(scored, found).save(path, "PNG")


def sheet(scored: ScoredPictures, found: RelevanceMaps) -> Image.Image:
    """Draw a white page with the pictures and their maps; above each map are its caption and its largest share."""
    columns, rows = 1 + found.captions, len(scored.images)
    page = Image.new("RGB", (GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + HEAD + GAP)), "white")
    draw = ImageDraw.Draw(page)
    for row, uri in enumerate(found.seen):
        top = GAP + row * (SIDE + HEAD + GAP)
        picture = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB").resize((SIDE, SIDE))
        _words(draw, GAP, top, f"{scored.images[row]}, as {scored.answer.model} sees it")
        page.paste(picture, (GAP, top + HEAD))
        maps = np.array(found.maps[row])
        for column, each in enumerate(maps, start=1):
            left = GAP + column * (SIDE + GAP)
            _words(draw, left, top, f"most {each.max():.0%}: {scored.answer.captions[column - 1]}")
            page.paste(_laid(picture, each, float(maps.max())), (left, top + HEAD))
    return page


def _laid(picture: Image.Image, shares: np.ndarray, most: float) -> Image.Image:
    """Draw the picture in gray with the map over it, patch by patch."""
    levels = Image.fromarray(blended(shares, most)).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    return Image.alpha_composite(picture.convert("L").convert("RGBA"), levels).convert("RGB")


def _words(draw: ImageDraw.ImageDraw, left: int, top: int, text: str) -> None:
    for number, line in enumerate(textwrap.wrap(text, LETTERS)[: HEAD // LINE]):
        draw.text((left, top + number * LINE), line, fill="black")
