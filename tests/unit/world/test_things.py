"""The world `things`: its values, and colors that stay apart for every kind of color vision."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.world.things import THINGS, Look
from tests.contact_sheet import contact_sheet

Floats = NDArray[np.float64]

VISIONS = {
    # Severity 1.0, on linear RGB: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
    # Color Vision Deficiency", IEEE Transactions on Visualization and Computer Graphics 15(6), 2009, table 1.
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}

# IEC 61966-2-1 (sRGB): linear RGB to XYZ, white D65.
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
FILLS = {value.word: value.paint(Look()).fill for value in THINGS.kinds[0].values}


def perceived_lab(color: tuple[int, ...], vision: str) -> Floats:
    """CIELAB (3,) of an sRGB color (0..255) as this vision sees it."""
    share = np.array(color) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(VISIONS[vision]) @ linear, 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(first: Floats, second: Floats) -> float:
    """Of two CIELAB colors; about 2 is the least that an eye sees."""
    return float(np.linalg.norm(first - second))


@pytest.mark.parametrize("vision", VISIONS)
def test_colors_stay_apart_from_each_other_and_the_background(vision: str) -> None:
    colors = {name: perceived_lab(fill, vision) for name, fill in FILLS.items()}
    close = {pair: distance(*(colors[each] for each in pair)) for pair in combinations(colors, 2)}
    assert min(close.values()) > 25, f"too close: {min(close, key=lambda pair: close[pair])}"
    background = perceived_lab((THINGS.background,) * 3, vision)
    behind = {name: distance(color, background) for name, color in colors.items()}
    assert min(behind.values()) > 19, f"too close to the background: {min(behind, key=lambda name: behind[name])}"


def test_details_and_marks_show_on_every_color() -> None:
    """On each color the accent shows, and so does ink or light, by lightness alone."""
    ink, light = (perceived_lab((gray,) * 3, "normal")[0] for gray in (THINGS.ink, THINGS.light))
    for value in THINGS.kinds[0].values:
        look = value.paint(Look())
        fill, accent = perceived_lab(look.fill, "normal")[0], perceived_lab((look.accent,) * 3, "normal")[0]
        assert abs(fill - accent) > 30 and max(abs(fill - ink), abs(fill - light)) > 30


def test_sizes_of_the_world_and_unmarked_values() -> None:
    assert 12 <= len(THINGS.nouns) <= 16
    assert all(len(kind.values) >= 2 for kind in THINGS.kinds)
    assert {"blue", "yellow", "red", "green"} <= FILLS.keys()
    assert all(kind.values[0].paint(Look()) == Look() for kind in THINGS.kinds[1:])


def test_contact_sheet_shows_something_everywhere() -> None:
    sheet = contact_sheet(THINGS)
    rows = np.asarray(sheet).reshape(sheet.height, -1)
    assert sheet.width <= 1600 and sheet.height < 3000
    assert (rows.max(axis=1) != rows.min(axis=1)).mean() > 0.7
