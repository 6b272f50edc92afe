"""Samples of the dialed data as JSON for `assets/page/data.js`, and statistics of 24 captions.

    found = samples(spec, start=0)
    found["told"]       # {"counts": [0, 0, 24], "levels": [2, 2, ...]}: attributes of none, of one, of several objects
    found["cards"][0]   # {"image", "alt", "words", "untold", "trick", "no_trick"}

The samples are the first scenes of the train stream. A swapped caption is the trick question of the evaluation and not
part of the training data, so it stands in a separate field of the card.

Answers are cached as JSON, 10 kB each, which callers share and must not change; the pictures behind them take 1.2 MB.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from explorer.pages.shared.dial_values import plain_name, value_text
from explorer.pages.shared.scene_cards import plain
from explorer.pages.shared.url_state import values_of
from explorer.presets import PRESETS
from explorer.service.endpoints import data_uri
from explorer.spec import DIALS, DataSpec, RunSpec, TrainSpec
from explorer.wording import decimal
from explorer.world.colored_words import colored
from explorer.world.measure import MeasuredDial
from explorer.world.preview import Preview, PreviewScene, preview
from explorer.world.swaps import Word
from explorer.world.worlds import WORLDS

CAPTIONS = 24
"""Number of captions that are counted, and of scenes to show samples from."""
CARDS, PIXELS = 3, 128
MOST_KEPT = 512
"""Number of answers in a cache: those of a class of thirty."""
LEVELS = 3
"""Levels of a caption: it states attributes of no object, of one, of several."""


def samples(spec: RunSpec, start: int) -> dict[str, object]:
    """Return the cards from scene `start` on, and the statistics of 24 captions."""
    return _samples(spec.data, spec.train, start % CAPTIONS)


@lru_cache(maxsize=MOST_KEPT)
def _samples(data: DataSpec, train: TrainSpec, start: int) -> dict[str, object]:
    scenes = _preview(data, train).scenes
    levels = [_level(scene.words) for scene in scenes]
    shown = [scenes[(start + place) % len(scenes)] for place in range(CARDS)]
    return {
        "start": start,
        "told": {"levels": levels, "counts": [levels.count(level) for level in range(LEVELS)]},
        "cards": [_card(scene) for scene in shown],
    }


@lru_cache(maxsize=MOST_KEPT)
def measured(spec: RunSpec) -> dict[str, object]:
    """Return the measured dials of the data, and the rates of one batch, as texts."""
    found = _preview(spec.data, spec.train)
    values = values_of(spec)
    rows = [_row(name, values[name], found.measured[name]) for name in DIALS if name in found.measured]
    return {"rows": rows, "rates": list(_rates(spec, found)), "pairs": found.num_pairs}


def warm() -> None:
    """Draw the samples of every recipe once, so that the first to choose one does not wait for its sprites."""
    for each in PRESETS.values():
        samples(each.spec, 0)
        measured(each.spec)


@lru_cache(maxsize=4)
def _preview(data: DataSpec, train: TrainSpec) -> Preview:
    return preview(data, train, WORLDS[data.world], seed=train.seed, count=CAPTIONS, size=PIXELS)


def _level(words: Sequence[Word]) -> int:
    """Return the number of objects with a stated attribute; two stands for more as well."""
    things: list[list[Word]] = [[]]
    for word in words:
        things.append([]) if word["text"] == "and" else things[-1].append(word)
    return min(LEVELS - 1, sum(any(word["kind"] for word in thing) for thing in things))


def _card(scene: PreviewScene) -> dict[str, object]:
    """Return one sample; boxes are fractions of the picture's side."""
    return {
        "image": data_uri(scene.image),
        "alt": plain(scene.words),
        "words": colored(scene.words),
        "untold": [[round(part / PIXELS, 4) for part in each.box] for each in scene.record.unmentioned],
        "trick": None if scene.swapped_words is None else colored(scene.swapped_words),
        "no_trick": scene.no_swap,
    }


def _row(name: str, value: Any, found: MeasuredDial | None) -> dict[str, str]:
    """Return one dial with its measured value."""
    if found is None:
        return {"dial": plain_name(name), "dialed": value_text(value), "measured": "not shown by these captions"}
    ends = "" if found.low is None or found.high is None else f" ({decimal(found.low, 2)} to {decimal(found.high, 2)})"
    text = f"{value_text(found.value)}{ends}, n = {found.n}"
    return {"dial": plain_name(name), "dialed": value_text(value), "measured": text}


def _rates(spec: RunSpec, found: Preview) -> list[str]:
    """Describe a batch in sentences."""
    rates = {name: f"{100 * share:.3g} %" for name, share in found.rates.items()}
    said = [
        f"{rates['swappable']} of its captions have a swap.",
        f"{rates['duplicate_captions']} only repeat another caption.",
        f"{rates['false_negatives']} of the pairs of an image with another image's caption are true too.",
    ]
    if spec.train.hard_negatives:
        said.append(f"{rates['hard_negatives']} of its images get a swapped caption as a negative.")
        said.append(f"{rates['hard_negatives_true']} of those are true of their own image.")
    return said
