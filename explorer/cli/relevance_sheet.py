"""Relevance maps of a scored document as one PNG: a row per picture with the model's view and a map per caption.

write_sheet(Path("maps.png"), document)      # of `score` with maps
sheet(document).size                         # the same as a Pillow image

A map's color goes from dark blue, nothing, to yellow, the largest share of any patch of its picture in any map shown.
"""

import base64
import io
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from explorer.evaluation.analysis.relevance_overlay import blended

SIDE, GAP, HEAD, LINE = 224, 10, 62, 15
"""Pixels: a picture's side, between pictures, above them, and the height of a line of text."""
LETTERS = 34


def write_sheet(path: Path, document: Mapping[str, Any]) -> None:
    """Write the sheet to a file."""
    sheet(document).save(path, "PNG")


def sheet(document: Mapping[str, Any]) -> Image.Image:
    """Draw a white page with the pictures and their maps; above each map are its caption and its largest share."""
    found = document["relevance"]
    columns, rows = 1 + found["captions"], len(document["images"])
    page = Image.new("RGB", (GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + HEAD + GAP)), "white")
    draw = ImageDraw.Draw(page)
    for row, uri in enumerate(found["seen"]):
        top = GAP + row * (SIDE + HEAD + GAP)
        picture = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB").resize((SIDE, SIDE))
        _words(draw, GAP, top, f"{document['images'][row]}, as {document['model']} sees it")
        page.paste(picture, (GAP, top + HEAD))
        maps = np.array(found["maps"][row])
        for column, each in enumerate(maps, start=1):
            left = GAP + column * (SIDE + GAP)
            _words(draw, left, top, f"most {each.max():.0%}: {document['captions'][column - 1]}")
            page.paste(_laid(picture, each, float(maps.max())), (left, top + HEAD))
    return page


def _laid(picture: Image.Image, shares: np.ndarray, most: float) -> Image.Image:
    """Draw the picture in grey with the map over it, patch by patch."""
    levels = Image.fromarray(blended(shares, most)).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    return Image.alpha_composite(picture.convert("L").convert("RGBA"), levels).convert("RGB")


def _words(draw: ImageDraw.ImageDraw, left: int, top: int, text: str) -> None:
    for number, line in enumerate(textwrap.wrap(text, LETTERS)[: HEAD // LINE]):
        draw.text((left, top + number * LINE), line, fill="black")
