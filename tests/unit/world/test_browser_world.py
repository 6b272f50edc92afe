"""The packed atlas holds the sprites of `sprites` exactly, and the description says what a browser needs of a world."""

import json
import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from explorer.resources import ASSETS
from explorer.spec import DATA_FIELDS, DIALS, DataSpec
from explorer.world.browser_world import LARGER_SIDES, SMALLER_SIDES, describe_world, pack_atlas
from explorer.world.grammar import Grammar
from explorer.world.plan import scale_levels
from explorer.world.sprites import draw_sprite
from explorer.world.things import THINGS, Look

TWO = replace(THINGS, nouns=THINGS.nouns[:2], kinds=(THINGS.kinds[0], THINGS.kinds[2]))
"""A world of two nouns, eight colors and three patterns."""


@pytest.fixture(scope="module")
def packed() -> bytes:
    return pack_atlas(TWO, size=64)


def header_of(packed: bytes) -> tuple[dict[str, object], int]:
    length = int.from_bytes(packed[:4], "little")
    return json.loads(packed[4 : 4 + length]), 4 + length


def planes_of(counts: np.ndarray) -> np.ndarray:
    """(3, h, w) the planes that counts (4, h, w) of subpixels stand for, as the module of sprites defines them."""
    free, ink, light, accent = counts.astype(np.int64)
    body = 16 - counts.sum(axis=0, dtype=np.int64)
    base = (TWO.background * free + TWO.ink * ink + TWO.light * light) // 16
    return np.stack([base, 255 * body // 16, 255 * accent // 16])


def test_the_engine_knows_every_dial_of_the_data() -> None:
    """One that it cannot draw says so in its row, and is not ignored."""
    engine = "".join(path.read_text(encoding="utf-8") for path in (ASSETS / "engine").glob("*.js"))
    engine = re.sub(r"/\*.*?\*/|//[^\n]*", "", engine, flags=re.DOTALL)  # a type that names it draws nothing
    unknown = [name for name in DATA_FIELDS if name not in engine and not DIALS[name].tab]
    assert not unknown, f"draw them in assets/engine, or give their rows a limit `tab` in explorer/spec.py: {unknown}"


def test_each_sprite_is_the_one_that_is_drawn(packed: bytes) -> None:
    header, place = header_of(packed)
    trained = scale_levels(DataSpec().size_contrast).tolist()
    assert (header["size"], header["box"], header["trained_sides"]) == (64, 28, trained)
    sides = sorted({*trained, *SMALLER_SIDES, *LARGER_SIDES})
    assert header["sides"] == sides
    variants = [Look(texture="none"), Look(texture="stripes"), Look(texture="dots")]
    assert [each["texture"] for each in header["variants"]] == [look.texture for look in variants]  # type: ignore[attr-defined]
    for noun, look, side in product(TWO.nouns, variants, sides):
        top, left, height, width = np.frombuffer(packed, np.int8, 4, place).tolist()
        counts = np.frombuffer(packed, np.uint8, 4 * height * width, place + 4).reshape(4, height, width)
        place += 4 + counts.size
        box = 28 if side <= 1000 else 56
        drawn = draw_sprite(TWO, noun, replace(look, scale=side / 1000 / (box // 28)), box)
        expected = np.stack([np.full((box, box), TWO.background), np.zeros((box, box)), np.zeros((box, box))])
        rows, columns = slice(box // 2 + top, box // 2 + top + height), slice(box // 2 + left, box // 2 + left + width)
        expected[:, rows, columns] = planes_of(counts)
        assert (expected == drawn).all(), (noun.word, look, side)
    assert place == len(packed)


def test_a_world_is_described_by_its_own_words() -> None:
    described = json.loads(json.dumps(describe_world(THINGS)))
    assert described["words"] == list(Grammar(THINGS).words)
    assert [noun["word"] for noun in described["nouns"]] == [noun.word for noun in THINGS.nouns]
    paints = {value["word"]: value["paints"] for kind in described["kinds"] for value in kind["values"]}
    assert paints["small"] == {"scale": 0.7} and paints["tilted"] == {"angle": 27.0}
    assert all(noun["parts"] and noun["dots"] and noun["factor"] > 0 for noun in described["nouns"])
