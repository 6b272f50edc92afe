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


def seen(color: tuple[int, ...], vision: str) -> Floats:
    """CIELAB (3,) of an sRGB color (0..255) as this vision sees it."""
    share = np.array(color) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(VISIONS[vision]) @ linear, 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(first: Floats, second: Floats) -> float:
    """Distance of two CIELAB colors: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005."""

    def fade(chroma: float) -> float:
        return float(np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))

    def cos(degrees: float) -> float:
        return float(np.cos(np.radians(degrees)))

    stretch = 1 + 0.5 * (1 - fade((np.hypot(*first[1:]) + np.hypot(*second[1:])) / 2))
    a, b = np.array([first[1], second[1]]) * stretch, np.array([first[2], second[2]])
    chromas, hues = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    turn = (hues[1] - hues[0] + 180) % 360 - 180
    hue_step = 2 * np.sqrt(chromas.prod()) * np.sin(np.radians(turn / 2))
    far = abs(hues[0] - hues[1]) > 180
    angle = hues.sum() if chromas.prod() == 0 else (hues.mean() + 180 * far) % 360
    light, sat = (first[0] + second[0]) / 2, chromas.mean()
    t = 1 - 0.17 * cos(angle - 30) + 0.24 * cos(2 * angle) + 0.32 * cos(3 * angle + 6) - 0.2 * cos(4 * angle - 63)
    d_light = (second[0] - first[0]) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    d_chroma, d_hue = (chromas[1] - chromas[0]) / (1 + 0.045 * sat), hue_step / (1 + 0.015 * sat * t)
    cross = -2 * fade(sat) * np.sin(np.radians(60 * np.exp(-(((angle - 275) / 25) ** 2))))
    return float(np.sqrt(d_light**2 + d_chroma**2 + d_hue**2 + cross * d_chroma * d_hue))


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ],
)
def test_ciede2000_agrees_with_published_pairs(first: Floats, second: Floats, distance: float) -> None:
    """Pairs 1, 7, 17 and 19 of the data that Sharma, Wu and Dalal publish to check implementations."""
    assert ciede2000(np.array(first, float), np.array(second, float)) == pytest.approx(distance, abs=1e-4)


@pytest.mark.parametrize("vision", VISIONS)
def test_colors_stay_apart_from_each_other_and_the_background(vision: str) -> None:
    colors = {name: seen(fill, vision) for name, fill in FILLS.items()}
    close = {pair: ciede2000(*(colors[each] for each in pair)) for pair in combinations(colors, 2)}
    assert min(close.values()) > 19, f"too close: {min(close, key=lambda pair: close[pair])}"
    background = seen((THINGS.background,) * 3, vision)
    behind = {name: ciede2000(color, background) for name, color in colors.items()}
    assert min(behind.values()) > 16, f"too close to the background: {min(behind, key=lambda name: behind[name])}"


def test_details_and_marks_show_on_every_color() -> None:
    """On each color the accent shows, and so does ink or light, by lightness alone."""
    ink, light = (seen((gray,) * 3, "normal")[0] for gray in (THINGS.ink, THINGS.light))
    for value in THINGS.kinds[0].values:
        look = value.paint(Look())
        fill, accent = seen(look.fill, "normal")[0], seen((look.accent,) * 3, "normal")[0]
        assert abs(fill - accent) > 30 and max(abs(fill - ink), abs(fill - light)) > 30


def test_sizes_of_the_world_and_unmarked_values() -> None:
    assert 12 <= len(THINGS.nouns) <= 16
    counts = {kind.name: len(kind.values) for kind in THINGS.kinds}
    assert list(counts.items()) == [("color", 8), ("size", 2), ("pattern", 3), ("outline", 2), ("tilt", 2)]
    assert {"blue", "yellow", "red", "green"} <= FILLS.keys()
    assert all(kind.values[0].paint(Look()) == Look() for kind in THINGS.kinds[1:])


def test_contact_sheet_shows_something_everywhere() -> None:
    sheet = contact_sheet(THINGS)
    rows = np.asarray(sheet).reshape(sheet.height, -1)
    assert sheet.width <= 1600 and sheet.height < 3000
    assert (rows.max(axis=1) != rows.min(axis=1)).mean() > 0.7
