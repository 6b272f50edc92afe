"""The world `things`: its words, and colors that stay apart for every kind of color vision."""

from itertools import combinations

import numpy as np
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


def seen(color: tuple[int, ...], vision: str) -> Floats:
    """CIELAB (3,) of an sRGB color (0..255) as this vision sees it."""
    share = np.array(color) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(VISIONS[vision]) @ linear, 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(first: Floats, second: Floats) -> float:
    """Distance of two CIELAB colors: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005."""
    lightness, chroma, hue = _steps(first, second)
    light, sat, angle = _means(first, second)
    t = 1 - 0.17 * _cos(angle - 30) + 0.24 * _cos(2 * angle) + 0.32 * _cos(3 * angle + 6) - 0.2 * _cos(4 * angle - 63)
    d_light = lightness / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    d_chroma, d_hue = chroma / (1 + 0.045 * sat), hue / (1 + 0.015 * sat * t)
    turn = 60 * np.exp(-(((angle - 275) / 25) ** 2))
    cross = -2 * _fade(sat) * np.sin(np.radians(turn))
    return float(np.sqrt(d_light**2 + d_chroma**2 + d_hue**2 + cross * d_chroma * d_hue))


def _polar(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Chromas (2,) and hues (2,) in degrees, a stretched as the formula asks."""
    stretch = 1 + 0.5 * (1 - _fade((np.hypot(*first[1:]) + np.hypot(*second[1:])) / 2))
    a, b = np.array([first[1], second[1]]) * stretch, np.array([first[2], second[2]])
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _steps(first: Floats, second: Floats) -> tuple[float, float, float]:
    chromas, hues = _polar(first, second)
    turn = (hues[1] - hues[0] + 180) % 360 - 180
    return second[0] - first[0], chromas[1] - chromas[0], 2 * np.sqrt(chromas.prod()) * np.sin(np.radians(turn / 2))


def _means(first: Floats, second: Floats) -> tuple[float, float, float]:
    chromas, hues = _polar(first, second)
    far = abs(hues[0] - hues[1]) > 180
    hue = hues.sum() if chromas.prod() == 0 else (hues.mean() + 180 * far) % 360
    return (first[0] + second[0]) / 2, chromas.mean(), hue


def _fade(chroma: float) -> float:
    return float(np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def fills() -> dict[str, tuple[int, int, int]]:
    return {value.word: value.paint(Look()).fill for value in THINGS.kinds[0].values}


def test_ciede2000_agrees_with_published_pairs() -> None:
    """Pairs 1, 7, 17 and 19 of the data that Sharma, Wu and Dalal publish to check implementations."""
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ]
    for first, second, distance in pairs:
        assert abs(ciede2000(np.array(first, float), np.array(second, float)) - distance) < 1e-4


def test_colors_stay_apart_for_every_vision() -> None:
    distances = {
        (vision, one, other): ciede2000(seen(fills()[one], vision), seen(fills()[other], vision))
        for vision in VISIONS
        for one, other in combinations(fills(), 2)
    }
    close = {pair: round(float(found), 1) for pair, found in distances.items() if found <= 19}
    assert not close, f"too close: {close}"


def test_colors_stay_apart_from_the_background() -> None:
    distances = {
        (vision, name): ciede2000(seen(fill, vision), seen((THINGS.background,) * 3, vision))
        for vision in VISIONS
        for name, fill in fills().items()
    }
    close = {pair: round(float(found), 1) for pair, found in distances.items() if found <= 16}
    assert not close, f"too close to the background: {close}"


def test_details_and_marks_show_on_every_color() -> None:
    """On each color the accent shows, and so does ink or light, by lightness alone."""
    ink, light = (seen((gray,) * 3, "normal")[0] for gray in (THINGS.ink, THINGS.light))
    for value in THINGS.kinds[0].values:
        look = value.paint(Look())
        fill, accent = seen(look.fill, "normal")[0], seen((look.accent,) * 3, "normal")[0]
        assert abs(fill - accent) > 30
        assert max(abs(fill - ink), abs(fill - light)) > 30


def test_words_are_single_and_unique() -> None:
    words = [noun.word for noun in THINGS.nouns] + [value.word for kind in THINGS.kinds for value in kind.values]
    assert len(set(words)) == len(words)
    assert all(word.isalpha() and word.islower() for word in words)


def test_sizes_of_the_world() -> None:
    assert 12 <= len(THINGS.nouns) <= 16
    assert [(kind.name, len(kind.values)) for kind in THINGS.kinds] == [
        ("color", 8),
        ("size", 2),
        ("pattern", 3),
        ("outline", 2),
        ("tilt", 2),
    ]
    assert {"blue", "yellow", "red", "green"} <= fills().keys()


def test_unmarked_values_change_nothing_but_the_color() -> None:
    for kind in THINGS.kinds[1:]:
        assert kind.values[0].paint(Look()) == Look()


def test_contact_sheet_shows_something_everywhere() -> None:
    sheet = contact_sheet(THINGS)
    rows = np.asarray(sheet).reshape(sheet.height, -1)
    assert sheet.width <= 1600 and sheet.height < 3000
    assert (rows.max(axis=1) != rows.min(axis=1)).mean() > 0.7
