"""Drawing on the pad of things with a mouse, as a hand does.

draw_dog(page)                                     # a face with two eyes
draw_dog(page, lambda: frames.append(page.screenshot()))
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from playwright.sync_api import Page, expect

Line = Sequence[tuple[float, float]]
FACE = [(0.5 + 0.34 * math.cos(turn), 0.5 + 0.3 * math.sin(turn)) for turn in np.linspace(0, math.tau, 25)]


def stroke(page: Page, line: Line, seen: Callable[[], object] = lambda: None) -> None:
    """Draw a line, in shares of the pad's side; `seen` is called after each of its points."""
    box = page.locator("#thing-pad").bounding_box()
    assert box
    for place, (x, y) in enumerate(line):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
        if place == 0:
            page.mouse.down()
        seen()
    page.mouse.up()


def draw_dog(page: Page, seen: Callable[[], object] = lambda: None) -> None:
    """Draw a face with two eyes, and fill it."""
    stroke(page, FACE, seen)
    expect(page.locator("#thing-pad polygon")).to_have_count(2)  # the ring, and the hole in it
    page.locator("[data-choice=fill]").click()
    expect(page.locator("#thing-pad")).to_have_attribute("data-tool", "fill")
    stroke(page, [(0.5, 0.5)])
    expect(page.locator("#thing-pad polygon")).to_have_count(1)
    seen()
    page.locator("[data-choice=pen]").click()
    page.locator("[data-choice=ink]").click()
    expect(page.locator("#thing-pad")).to_have_attribute("data-tool", "pen")
    for x in (0.4, 0.6):
        stroke(page, [(x, 0.42), (x + 0.01, 0.43)])
        seen()
    expect(page.locator("#thing-pad polygon")).to_have_count(3)
    seen()
