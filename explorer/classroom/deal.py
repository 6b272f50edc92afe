"""The data sets of a class: one for each pupil, from easy to hard, and a recorded training of each.

    spec = room_spec(room, 4)    # what the fifth pupil's device trains
    spec = deal_spec("KRTM", 4)  # of the fifth pupil: dials and seed follow from code and number
    kappa(spec.data)             # from `MIN_KAPPA` to `MAX_KAPPA`
    recorded_line()[0]           # LinePoint(kappa=0.1, pairs=77266, low=48066, high=124206)

A pupil's own device trains it, for at most `DEAL_STEPS` steps, and stops where it binds.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import linear_regression
from typing import Any

from explorer.classroom.room import Room
from explorer.contract import CONTRACT
from explorer.presets import TIDY_RECIPE, get_preset
from explorer.resources import ASSETS
from explorer.runs.specs import resolve
from explorer.spec import RunSpec, evaluated_steps, saved_steps
from explorer.stats import t_quantile
from explorer.study.kappa import kappa

NUM_DATA_SETS = 30
MIN_KAPPA, MAX_KAPPA = 0.1, 0.5
"""Bounds of kappa: where recorded trainings land within the budget, and that of the tidy recipe."""
DEAL_STEPS = 2 * get_preset(TIDY_RECIPE).spec.train.steps
MIN_TOLD = 0.4
"""Told values per kind: with fewer, some trainings of the study bound far later than others of that kappa, or never."""
SLOW_KAPPA = 0.125
"""Kappa up to which half must be told: of deals with less, three of four did not bind within their steps."""
_KINDS = ("color", "pattern")
_SHAPES = ((2, 1), (3, 1), (4, 1), (2, 2), (3, 2))
"""Objects in the scene and kinds of attributes."""
_STRIDE = 11
"""Coprime with `NUM_DATA_SETS`, so that the first pupils spread over the line and thirty have thirty data sets."""
_FIRST = 19
"""The turn of the first pupil, whose data bind soonest; the next pupils take the turns before it."""
_SEEDS = 10_000
RECORDED_FILE = ASSETS / "classroom" / "recorded.json"
"""A training of each data set by the tab's engine, made by `python -m tests.engine.deals`."""
SAME_NUMBER = 0
"""The number of the pupil whose training all devices have in a class that trains the same: it binds soonest."""


def training_number(room: Room, pupil: int) -> int:
    """Return the number whose training the device of a pupil has: the pupil's own, or one for all."""
    return SAME_NUMBER if room.is_same_for_all else pupil


def room_spec(room: Room, pupil: int, *, steps: int = 0) -> RunSpec:
    """Return what the device of a pupil trains; `steps` as in `deal_spec`.

    Where all train the same, a rehearsal has the recorded training, so that a device that joins must have the bits of
    the pretended ones.
    """
    is_recorded = room.is_same_for_all and room.is_rehearsal
    return deal_spec("" if is_recorded else room.code, training_number(room, pupil), steps=steps, world=room.world)


@lru_cache(maxsize=4096)
def deal_spec(code: str, pupil: int, *, steps: int = 0, world: str = "") -> RunSpec:
    """Return the training of a pupil, by number; `steps` shortens it, 0 keeps that of the deal.

    In the class's own world, by name, all have the same captions and the recipe's own steps: only the seeds differ.
    """
    class_of_thirty, number = divmod(pupil, NUM_DATA_SETS)
    turn = class_of_thirty * NUM_DATA_SETS + (_FIRST - number) % NUM_DATA_SETS
    seed = _first_seed(code) + turn
    if world:
        return resolve(TIDY_RECIPE, {"world": world, "seed": seed} | ({"steps": steps} if steps else {}))
    objects, kinds, density = _data_set(turn * _STRIDE % NUM_DATA_SETS)
    return resolve(
        TIDY_RECIPE,
        {
            "objects_in_image": objects,
            "attribute_kinds": _KINDS[:kinds],
            "attribute_density": density,
            "steps": steps or DEAL_STEPS,
            "seed": seed,
        },
    )


def landing_pairs(spec: RunSpec) -> frozenset[int]:
    """Return the pairs at which a training may land: it is evaluated there and often enough afterwards."""
    steps = sorted(evaluated_steps(spec.train.steps))[: 1 - CONTRACT.binding.in_a_row]
    return frozenset(step * spec.train.batch_size for step in steps)


def steps_saved_until_end(spec: RunSpec, landed_at: int | None = None) -> tuple[int, ...]:
    """Return the saved steps, 0 with them, of a training that goes to its end or lands after so many pairs."""
    last, evaluated = spec.train.steps, sorted(evaluated_steps(spec.train.steps))
    if landed_at is not None:
        last = evaluated[evaluated.index(landed_at // spec.train.batch_size) + CONTRACT.binding.in_a_row - 1]
    return tuple(step for step in sorted({0, *saved_steps(spec.train.steps)}) if step <= last)


def _data_set(index: int) -> tuple[int, int, float]:
    """Return objects, kinds and attribute density of an index on the line; shapes that reach it take turns."""
    target_kappa = MIN_KAPPA * (MAX_KAPPA / MIN_KAPPA) ** (index / (NUM_DATA_SETS - 1))
    shares = {(objects, kinds): target_kappa * objects * kinds for objects, kinds in _SHAPES}
    least = MIN_TOLD if target_kappa > SLOW_KAPPA else 0.5
    able = [shape for shape, share in shares.items() if least - 1e-9 <= share <= 1 + 1e-9]
    shape = able[index % len(able)]
    return (*shape, round(shares[shape] * shape[1], 3))


def _first_seed(code: str) -> int:
    """Return the seed of the first pupil: other rooms have others, and the study's seeds are below it."""
    return 100 + int.from_bytes(hashlib.sha256(code.encode()).digest()[:4], "big") % _SEEDS * 100


def scenes_seed(code: str) -> int:
    """Return the seed of the scenes on which the room's models are scored: those of no training's own curve."""
    return 1 + _first_seed(code)


@lru_cache(maxsize=1)
def recorded_trainings() -> dict[int, dict[str, Any]]:
    """Return the recorded trainings by the number of the first pupil with these dials.

    That of `SAME_NUMBER` has its `digests` too, of all weights at the start and at each saved step.
    """
    return {row["number"]: row for row in json.loads(RECORDED_FILE.read_text(encoding="utf-8"))}


def recorded_training(pupil: int) -> dict[str, Any] | None:
    """Return a recorded training at the data set of a pupil: `curve` [pairs, share, low]; None if there is none."""
    return recorded_trainings().get(pupil % NUM_DATA_SETS)


def training_by_kappa_rank(index: int) -> dict[str, Any]:
    """Return the recorded training at an index in the order of kappa, the largest first."""
    rows = sorted(recorded_trainings().values(), key=lambda row: -kappa(deal_spec("", row["number"]).data))
    return rows[index]


@dataclass(frozen=True, kw_only=True, slots=True)
class LinePoint:
    """Pairs until a training lands by the line through the recorded ones, and the interval of 19 in 20 more of them."""

    kappa: float
    pairs: float
    low: float
    high: float


@lru_cache(maxsize=1)
def recorded_line() -> tuple[LinePoint, ...]:
    """Return the line through the recorded trainings at every data set, from the smallest kappa to the largest.

    It is the least squares of the log of the pairs on the log of kappa, and tells of these data sets alone. The
    interval is that of one more training (Student's t): recorded trainings differ in data and seed, as those of a
    class do.
    """
    rows = recorded_trainings()
    kappas = {number: kappa(deal_spec("", number).data) for number in rows}
    x = [math.log(each) for each in kappas.values()]
    y = [math.log(rows[number]["pairs"]) for number in kappas]
    slope, intercept = linear_regression(x, y)
    freedom, middle = len(x) - 2, sum(x) / len(x)
    variance = sum((b - intercept - slope * a) ** 2 for a, b in zip(x, y, strict=True)) / freedom
    square = sum((a - middle) ** 2 for a in x)
    points = []
    for each in sorted(kappas.values()):
        expected, away = intercept + slope * math.log(each), math.log(each) - middle
        reach = t_quantile(freedom) * math.sqrt(variance * (1 + 1 / len(x) + away**2 / square))
        pairs, low, high = (math.exp(expected + sign * reach) for sign in (0, -1, 1))
        points.append(LinePoint(kappa=each, pairs=pairs, low=low, high=high))
    return tuple(points)


def expected_point(spec: RunSpec) -> LinePoint:
    """Return the line at the data set of a pupil."""
    kappa_of_spec = kappa(spec.data)
    return min(recorded_line(), key=lambda each: abs(each.kappa - kappa_of_spec))
