"""A sheet with pictures and the relevance maps of their captions as colors.

    write_sheet(Path("maps.png"), scored, scored.answer.relevance)

The scale is Cividis (Nunez, Anderton and Renslow, 2018), which looks alike with and without color deficiency: dark blue
is nothing, yellow is `most`, in a sheet the largest share of any patch of its picture in any map shown.
"""

import base64
import io
import textwrap
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from explorer.evaluation.answers.picture_answer import RelevanceMaps, ScoredPictures
from explorer.wording import format_percent

CIVIDIS_STOPS = ((0, 32, 77), (49, 68, 107), (102, 105, 112), (149, 143, 120), (203, 186, 105), (255, 234, 70))
OPACITY = 130
"""Of 255: the picture stays visible."""
SIDE, GAP, HEAD, LINE = 224, 10, 62, 15
"""Pixels: a picture's side, between pictures, above them, and the height of a line of text."""
CAPTION_LETTERS = 34


def map_colors(shares: np.ndarray, most: float) -> np.ndarray:
    """Return uint8 (rows, columns, 4) for shares (rows, columns); `most` is the end of the scale."""
    along = np.clip(shares / most if most > 0 else shares * 0.0, 0, 1) * (len(CIVIDIS_STOPS) - 1)
    levels = [
        np.interp(along, np.arange(len(CIVIDIS_STOPS)), [stop[channel] for stop in CIVIDIS_STOPS])
        for channel in range(3)
    ]
    return np.stack([*levels, np.full(shares.shape, OPACITY)], axis=-1).round().astype(np.uint8)


def write_sheet(path: Path, scored: ScoredPictures, relevance: RelevanceMaps) -> None:
    """Save a white page with the pictures and their maps; above each map are its caption and its largest share."""
    columns, rows = 1 + relevance.captions, len(scored.images)
    page = Image.new("RGB", (GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + HEAD + GAP)), "white")
    draw = ImageDraw.Draw(page)
    for row, uri in enumerate(relevance.seen):
        top = GAP + row * (SIDE + HEAD + GAP)
        picture = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB").resize((SIDE, SIDE))
        _draw_words(draw, GAP, top, f"{scored.images[row]}, as {scored.answer.model} sees it")
        page.paste(picture, (GAP, top + HEAD))
        maps = np.array(relevance.maps[row])
        for column, each in enumerate(maps, start=1):
            left = GAP + column * (SIDE + GAP)
            most = format_percent(float(each.max()))
            _draw_words(draw, left, top, f"most {most}: {scored.answer.captions[column - 1]}")
            levels = Image.fromarray(map_colors(each, float(maps.max()))).resize((SIDE, SIDE), Image.Resampling.NEAREST)
            page.paste(Image.alpha_composite(picture.convert("L").convert("RGBA"), levels), (left, top + HEAD))
    page.save(path, "PNG")


def _draw_words(draw: ImageDraw.ImageDraw, left: int, top: int, text: str) -> None:
    for number, line in enumerate(textwrap.wrap(text, CAPTION_LETTERS)[: HEAD // LINE]):
        draw.text((left, top + number * LINE), line, fill="black")
