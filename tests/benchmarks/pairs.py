"""`pairs`: scenes, captions and token ids a second, against a plain generator with Pillow, and their share of a step.

The plain one is what a person writes first: a loop over images, each object drawn by Pillow four times too large and
shrunk, the caption joined from words, the words looked up. It draws scenes like ours (as many objects, the same nouns,
colors, quarters and sizes), with Python's random numbers.
"""

import random
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice
from multiprocessing import get_context
from statistics import median
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from explorer.presets import preset
from explorer.world.grammar import Grammar
from explorer.world.things import Look, Noun, World
from tests.benchmarks.machine import show, timed, use_worker_threads
from tests.benchmarks.models_here import make_pieces, with_train

SIDES = tuple(range(760, 1001, 30))
"""In thousandths of the largest, as our own scenes have them."""
SIZE, BATCH, FINER = 64, 256, 4
KEYS = ("pairs_per_s", "share_of_step", "ratio_to_pillow")


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    use_worker_threads()
    spec = with_train(preset("binding-friendly").spec, batch_size=64 if quick else BATCH)
    repeats = 3 if quick else 15
    pieces = make_pieces(spec)
    batches, size = pieces.batches(), spec.train.batch_size
    alone = median(timed(lambda: batches.draw(0), repeats, warm_up=2))
    records = pieces.training().records()
    next(records)  # the first step is slow in every process
    step = median(record.seconds for record in islice(records, 2 if quick else 6))
    plain = median(timed(lambda: plain_pairs(pieces.grammar, random.Random(0), size), 1 if quick else 3))
    with ThreadPoolExecutor(2) as pool:
        seconds = timed(lambda: list(pool.map(batches.draw, range(2 * repeats))), 1)
    several = {"pairs_per_s_2_threads": 2 * repeats * size / seconds[0]}
    if not quick:  # their pictures stay where they are made
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            seconds = timed(lambda: list(pool.map(_draw_many, [size] * 2, [repeats] * 2)), 1)
        several["pairs_per_s_2_processes"] = 2 * repeats * size / seconds[0]
    found = {
        "batch": size,
        "pairs_per_s": size / alone,
        **several,
        "pillow_pairs_per_s": size / plain,
        "ratio_to_pillow": plain / alone,
        "share_of_step": alone / step,
        "step_s": step,
    }
    show("pairs: scenes, captions and token ids", found)
    return found


def _draw_many(size: int, count: int) -> None:
    """In a process: so many batches; it makes its sprites once."""
    if size not in _BATCHES:
        _BATCHES[size] = make_pieces(with_train(preset("binding-friendly").spec, batch_size=size)).batches()
    for step in range(count):
        _BATCHES[size].draw(step)


_BATCHES: dict[int, Any] = {}


def plain_pairs(grammar: Grammar, rng: random.Random, count: int) -> tuple[np.ndarray, np.ndarray]:
    """uint8 (count, 3, 64, 64) images and (count, C) token ids of two objects each, every object with its color."""
    numbers = {word: number for number, word in enumerate(grammar.words)}
    images, ids = [], []
    for _ in range(count):
        image, caption = plain_scene(grammar.world, rng)
        images.append(np.asarray(image).transpose(2, 0, 1))
        row = [numbers["[BOS]"], *(numbers[word] for word in caption.split()), numbers["[EOS]"]]
        ids.append(row + [0] * (grammar.context_length - len(row)))
    return np.stack(images), np.array(ids)


def plain_scene(world: World, rng: random.Random) -> tuple[Image.Image, str]:
    """One scene of two objects in color with its caption."""
    image = Image.new("RGB", (SIZE, SIZE), (world.background,) * 3)
    said, quarter = [], SIZE // 2
    for noun, cell in zip(rng.sample(world.nouns, 2), rng.sample(range(4), 2), strict=True):
        color = rng.choice(world.kinds[0].values)
        side = int(0.875 * quarter * rng.choice(SIDES) / 1000)
        place = (cell % 2 * quarter + rng.randint(0, quarter - side), cell // 2 * quarter + rng.randint(0, 4))
        image.paste(_picture(world, noun, color.paint(Look()).fill, side), place)
        said.append(f"{'an' if color.word[0] in 'aeiou' else 'a'} {color.word} {noun.word}")
    rng.shuffle(said)
    return image, " and ".join(said)


def _picture(world: World, noun: Noun, fill: tuple[int, int, int], side: int) -> Image.Image:
    """The noun in its box."""
    large = side * FINER
    image = Image.new("RGB", (large, large), (world.background,) * 3)
    draw = ImageDraw.Draw(image)
    grays = {"cut": world.background, "ink": world.ink, "light": world.light}
    for part in noun.parts:
        paint = fill if part.role == "body" else (grays[part.role],) * 3
        if part.box is not None:
            draw.ellipse([corner * large for corner in part.box], fill=paint)
        else:
            draw.polygon([(x * large, y * large) for x, y in part.points], fill=paint)
    return image.resize((side, side), Image.Resampling.BOX)
