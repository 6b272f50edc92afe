"""Worlds of one's own in the engine: the same names and refusals as in Python, golden sprites, and how far these are
from Python's drawing of the same document.

python -m tests.engine.test_own_atlas      # writes own_atlas.json, after a change that means to alter the sprites
"""

import json
import subprocess
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.contract import page_contract
from explorer.errors import UserError
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.runs.tab_training import describe_tab_evaluation
from explorer.web.engine_files import world_record
from explorer.world import sprites
from explorer.world.own import parse_world, world_document
from explorer.world.sprites import size_factor
from explorer.world.things import Look, World
from tests.engine.node import ENGINE, node
from tests.own_worlds import REFUSED, SIX, made_up

PROGRAM, GOLDEN = Path(__file__).with_name("own_atlas.js"), Path(__file__).with_name("own_atlas.json")
DRAWN = {"six": SIX, "twelve": made_up(12, seed=2), "twenty-four": made_up(24, seed=3)}
SIDES = (250, 532, 760, 1000, 1225)
LOOKS = (
    Look(),
    Look(texture="stripes", angle=27.0),
    Look(texture="dots", outline=0.066),
    Look(texture="dots", angle=27.0),
)
"""The looks whose sprites the program draws."""
BOX = 28


def things() -> dict[str, Any]:
    record = world_record("things")
    return {"description": record["description"], **record["sprites"]}


def ask(documents: dict[str, Any], counts: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what the engine makes of documents, in Node."""
    more = {"contract": page_contract(), "counts": counts, "evaluation": describe_tab_evaluation()}
    given = json.dumps({"things": things(), "documents": documents, **more})
    done = subprocess.run([node(), PROGRAM, ENGINE], input=given, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@cache
def answers() -> dict[str, Any]:
    return ask(DRAWN, tuple(DRAWN))


@pytest.mark.slow
def test_names_and_texts_are_those_of_python() -> None:
    for name, document in DRAWN.items():
        world = parse_world(document)
        assert answers()[name]["name"] == world.name and answers()[name]["text"].encode() == world_document(world)


@pytest.mark.slow
def test_the_pairs_are_those_of_python() -> None:
    for name, document in DRAWN.items():
        pairs = binding_pairs(parse_world(document))
        assert answers()[name]["captions"] == pairs.texts and answers()[name]["asked"] == pairs.digest


@pytest.mark.slow
def test_what_python_refuses_the_engine_refuses_in_the_same_words() -> None:
    # JSON has no numbers that are none, and half a character cannot be written to a pipe.
    listed = {name: document for name, (document, _) in REFUSED.items()
              if name not in ("a number that is none", "an endless number", "half a character")}  # fmt: skip
    refused = ask(listed)
    for name, document in listed.items():
        with pytest.raises(UserError) as caught:
            parse_world(document)
        field, _, reason = refused[name]["refused"].partition(": ")
        assert (field, reason) == (caught.value.field, caught.value.reason), name


@pytest.mark.slow
def test_sprites_are_the_golden_ones() -> None:
    assert {name: each["digest"] for name, each in answers().items()} == json.loads(GOLDEN.read_text())


def python_sprite(world: World, noun: int, look: Look, side: int) -> np.ndarray:
    """(4, H, W) counts of subpixels, not cropped, as `browser_world` packs them."""
    grown = 1 + (side > 1000)
    labels = sprites.draw_labels(world.nouns[noun], replace(look, scale=side / 1000 / grown), BOX * grown)
    blocks = labels.reshape(BOX * grown, sprites.SUBPIXELS, BOX * grown, sprites.SUBPIXELS)
    order = (sprites.BACKGROUND, sprites.INK, sprites.LIGHT, sprites.ACCENT)
    return np.stack([(blocks == label).sum(axis=(1, 3)) for label in order])


def unpacked(joined: np.ndarray, at: int, grown: int) -> tuple[np.ndarray, int]:
    """Return the sprite that begins at a place, in its box, and where the next one begins."""
    top, left, height, width = (int(each) for each in joined[at : at + 4])
    counts, side = np.zeros((4, BOX * grown, BOX * grown), dtype=np.int64), BOX * grown
    counts[0] = sprites.SUBPIXELS**2
    row, column, end = top - 128 + side // 2, left - 128 + side // 2, at + 4 + 4 * height * width
    counts[:, row : row + height, column : column + width] = joined[at + 4 : end].reshape(4, height, width)
    return counts, end


@pytest.mark.slow
def test_sprites_are_nearly_those_of_python() -> None:
    """docs/things.md states these figures: the mean share of a shape's subpixels that differ, by look."""
    shares: dict[Look, list[float]] = {look: [] for look in LOOKS}
    for name, document in DRAWN.items():
        world, joined, at = parse_world(document), np.array(answers()[name]["sprites"]), 0
        for noun, look, side in product(range(len(world.nouns)), LOOKS, SIDES):
            counts, at = unpacked(joined, at, 1 + (side > 1000))
            expected = python_sprite(world, noun, look, side)
            shape = sprites.SUBPIXELS**2 * np.count_nonzero(expected[0] < sprites.SUBPIXELS**2)
            shares[look].append(float(np.abs(counts - expected).sum()) / 2 / shape)
            # A silhouette never differs by more than a quarter of a pixel.
            assert np.abs(counts[0] - expected[0]).max() <= 4
        assert at == len(joined)
        factors = [size_factor(noun) for noun in world.nouns]
        np.testing.assert_allclose(answers()[name]["factors"], factors, rtol=0.002)
    means = [float(np.mean(each)) for each in shares.values()]
    print([round(mean, 4) for mean in means])
    assert [mean < most for mean, most in zip(means, (0.012, 0.017, 0.045, 0.045), strict=True)] == [True] * len(LOOKS)


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps({name: each["digest"] for name, each in answers().items()}, indent=1) + "\n")
