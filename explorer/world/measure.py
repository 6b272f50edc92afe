"""Dials of a data set measured from its files: metadata.jsonl in, one estimate per dial out, with a 95 % interval.

    measure_folder(Path("data"))["saliency_bias"]          # {"value": 0.79, "n": 4000, "low": 0.77, "high": 0.81}
    estimate_ratio(np.array([2, 0]), np.array([1, 1]))     # MeasuredDial(value=1.0, n=2, low=-0.96, high=2.96)
    correlation([table])                                   # (I, V) how often noun i was shown with value v

No spec is read. `scene_arrays` converts N rows, or scenes that were drawn here, to arrays of up to P objects, and
`measure_dials` makes one dictionary by dial name from them: I nouns, V values of a kind. A dial that left no trace in
the data is None. Records say which pairs are tidy, and all other dials are those of the rest. Half an interval is never
less than Wilson's for no misses, 1.96 ** 2 observations: never seen in N scenes does not mean never.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, log, sqrt
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from explorer.errors import UserError
from explorer.spec import DATA_FIELDS
from explorer.stats import CONFIDENCE, Z
from explorer.tables import file_label, read_table
from explorer.world.grammar import BARE_WORD, NO_BARE_WORD
from explorer.world.imagefolder import METADATA_FILE
from explorer.world.plan import MIN_VALUES_TO_HOLD_OUT, all_looks
from explorer.world.scene_arrays import SceneArrays, arrays_of_rows

_Number = TypeVar("_Number")
_Other = TypeVar("_Other")
LOOKALIKE_CHANCE = 0.001
"""Captions are called fixed in length, or told together, if others would look like them with a smaller chance."""

MEASURED_COLUMNS = ("caption", "objects", "mentioned")
"""Columns that measuring needs; it reads `tidy` too, which older files lack."""

_CORRELATION_GRID = (1 - np.cos(np.linspace(0, np.pi, 2001))) / 2
"""Correlations c that are tried, denser near 0 and 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredDial:
    """One measured property of a data set: words have no interval; `n` counts observations."""

    value: Any
    n: int
    low: float | None = None
    high: float | None = None


def estimate_ratio(
    part: np.ndarray,
    whole: np.ndarray,
    *,
    step: float = 0.0,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    groups: np.ndarray | None = None,
) -> MeasuredDial | None:
    """Estimate sum(part) / sum(whole) over N scenes, each one draw of both.

    `step` is the effect of one more observation.
    """
    if groups is not None:
        part, whole = np.bincount(groups, weights=part), np.bincount(groups, weights=whole)
    total, scenes = float(whole.sum()), len(whole)
    if total == 0:
        return None
    value = float(part.sum()) / total
    residual = part - value * whole
    error = sqrt(float(residual @ residual) * scenes / max(scenes - 1, 1)) / total
    half = max(Z * error, Z * Z * step / total)
    return MeasuredDial(
        value=value, n=round(total), low=max(value - half, bounds[0]), high=min(value + half, bounds[1])
    )


def caption_completeness(
    named: np.ndarray, shown: np.ndarray, *, groups: np.ndarray | None = None
) -> MeasuredDial | None:
    """Estimate the mean over captions of objects named / shown, both (N,)."""
    least = 1 / shown
    step = float(np.where(shown > 1, least, 0).mean())
    return estimate_ratio(
        named / shown, np.ones(len(shown)), step=step, bounds=(float(least.mean()), 1.0), groups=groups
    )


def caption_lengths(named: np.ndarray, shown: np.ndarray) -> MeasuredDial | None:
    """Return fixed or mixed, from the objects named and shown, both (N,); None if the two would look alike.

    Of n objects a fixed caption names one of two neighboring numbers. A mixed one names 1 + Binomial(n - 1, p), which
    is the same if n < 3 or all captions name 1 or all n, and nearly the same if p is close to 0 or 1.
    """
    log_chance = 0.0
    for most in np.unique(shown).tolist():
        lengths = named[shown == most]
        low, high = int(lengths.min()), int(lengths.max())
        if high - low > 1:
            return MeasuredDial(value="mixed", n=len(named))
        p = (float(lengths.mean()) - 1) / max(most - 1, 1)
        chance = sum(comb(most - 1, k - 1) * p ** (k - 1) * (1 - p) ** (most - k) for k in range(low, high + 1))
        log_chance += len(lengths) * log(chance)
    return MeasuredDial(value="fixed", n=len(named)) if log_chance < log(LOOKALIKE_CHANCE) else None


def saliency_bias(areas: np.ndarray, named: np.ndarray, *, groups: np.ndarray | None = None) -> MeasuredDial | None:
    """Estimate how much more often than by chance a caption of fewer objects than shown names the largest.

    `areas` (N, P) is 0 where there is no object, and `named` (N, P) says which objects the caption names. Equal areas
    are common (scales come in a few levels), and a captioner who goes by size breaks such ties at random. So T of the C
    sets of k objects are "the k largest", one for each way to break the ties. A hit is any of them, and has the chance
    s + (1 - s) T / C; hence
    s = sum(hit - T / C) / sum(1 - T / C). Without ties T = 1. Counting only one of the T as the hit would find too
    little bias, and counting all of them with T left at 1 too much.
    """
    some = named.sum(axis=1) < (areas > 0).sum(axis=1)
    if not some.any():
        return None
    hit, chance = mark_largest_named(areas[some], named[some])
    groups = None if groups is None else np.unique(groups[some], return_inverse=True)[1]
    bias = estimate_ratio(hit - chance, 1 - chance, step=1.0, bounds=(-np.inf, 1.0), groups=groups)
    return bias and MeasuredDial(value=bias.value, n=int(some.sum()), low=bias.low, high=bias.high)


def mark_largest_named(areas: np.ndarray, named: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mark captions that name the k largest of their n objects, k < n, and return the chance of that at random.

    Both results are (N,).
    """
    k, n = named.sum(axis=1), (areas > 0).sum(axis=1)
    edge = np.take_along_axis(-np.sort(-areas, axis=1), k[:, None] - 1, axis=1)
    larger, tied = areas > edge, areas == edge
    hit = (named | ~larger).all(axis=1) & (larger | tied | ~named).all(axis=1)
    most = areas.shape[1] + 1
    ways = np.array([[comb(a, b) for b in range(most)] for a in range(most)], dtype=float)
    return hit, ways[tied.sum(axis=1), k - larger.sum(axis=1)] / ways[n, k]


def told_together(named: np.ndarray, told: np.ndarray) -> MeasuredDial | None:
    """Return how values are told of two objects, from the objects named and the values told of one kind, both (N,).

    Only captions that name two objects count. None if a value told for each by itself could look the same, as where all
    are told.
    """
    told = told[named == 2]
    one, both = (int((told == number).sum()) for number in (1, 2))
    if one and both:
        return MeasuredDial(value="independent", n=len(told))
    share = float(told.mean()) / 2 if len(told) else 0.0
    looks_alike = (share**2 + (1 - share) ** 2) if both else 1 - share**2
    if len(told) * log(looks_alike) >= log(LOOKALIKE_CHANCE):
        return None
    return MeasuredDial(value="both-or-neither" if both else "at-most-one", n=len(told))


def held_out_pairs(tables: Sequence[np.ndarray]) -> MeasuredDial | None:
    """Estimate the share of pairs never shown, from one table (I, V) per kind; kinds of few values hold nothing out.

    An unseen pair may only be rare, so the number of unseen but possible cells is estimated and subtracted. The
    interval has room for one cell more: a spec's share is rounded to whole cells, and so is the estimate.
    """
    tables = [_drop_unseen_nouns(table) for table in tables if table.shape[1] >= MIN_VALUES_TO_HOLD_OUT]
    spans = [span for table in tables if (span := _unseen_but_possible(table))]
    if not spans or len(spans) < len(tables):
        return None
    cells = sum(table.size for table in tables)
    num_held_out = sum(int((table == 0).sum()) for table in tables) - sum(span.value for span in spans)
    below = 1 + sqrt(sum((span.high - span.value) ** 2 for span in spans))
    above = 1 + sqrt(sum((span.value - span.low) ** 2 for span in spans))
    low, high = max(num_held_out - below, 0) / cells, min(num_held_out + above, cells) / cells
    return MeasuredDial(value=num_held_out / cells, n=sum(int(table.sum()) for table in tables), low=low, high=high)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Span(Generic[_Number]):
    """An estimate between the ends of its interval."""

    low: _Number
    value: _Number
    high: _Number

    def map(self, change: Callable[[_Number], _Other]) -> "_Span[_Other]":
        return _Span(low=change(self.low), value=change(self.value), high=change(self.high))


def _unseen_but_possible(table: np.ndarray) -> _Span[int] | None:
    """Estimate how many cells of count 0 could have been drawn; None if each noun has one value.

    The usual value of a noun says nothing about the rest. The other M objects fell on d distinct cells, all about as
    likely: if D are possible, the likelihood of that is proportional to D! / (D - d)! / D ** M. The result is the
    median of D under a flat prior, with the central `CONFIDENCE` and all D of nearly the largest likelihood. Chao's
    estimate from the cells seen once and twice has the same target, but if none is seen twice, as under a correlation
    of 0.999, it falls far short.
    """
    rest = table.copy()
    rest[np.arange(len(table)), table.argmax(axis=1)] = 0
    total, distinct = int(rest.sum()), int((rest > 0).sum())
    if total == 0:
        return None
    possible = np.arange(distinct, table.size - len(table) + 1, dtype=float)
    arrangements = np.append(0, np.cumsum(np.log(possible[1:] / (possible[1:] - distinct))))
    likelihood = arrangements - total * np.log(possible)
    chance = np.cumsum(np.exp(likelihood - likelihood.max()))
    low, value, high = np.searchsorted(chance / chance[-1], ((1 - CONFIDENCE) / 2, 0.5, (1 + CONFIDENCE) / 2)).tolist()
    near = np.flatnonzero(likelihood > likelihood.max() - Z * Z / 2)
    return _Span(low=min(low, int(near[0])), value=value, high=max(high, int(near[-1])))


def size_contrast(areas: np.ndarray) -> MeasuredDial | None:
    """Return the largest over the smallest of the areas (M,) of objects; None for fewer than two.

    A few objects miss the ends, so it is never too large. Sides are drawn in whole thousandths of the largest: the
    interval is what half of one changes at the smallest.
    """
    if len(areas) < 2:
        return None
    value = float(areas.max() / areas.min())
    low, high = ((1000 / (1000 / sqrt(value) + half)) ** 2 for half in (0.5, -0.5))
    # Files hold areas that are rounded.
    return MeasuredDial(value=round(value, 3), n=len(areas), low=round(low, 3), high=round(high, 3))


def correlation(tables: Sequence[np.ndarray]) -> MeasuredDial | None:
    """Estimate how well a noun predicts its values, net of pairs held out, from one table (I, V) per kind.

    A noun of A possible values shows its usual one with the chance c + (1 - c) / A and each other with (1 - c) / A, so
    the chance that two of its objects agree is S = c ** 2 + (1 - c ** 2) / A. The share of agreeing pairs estimates S
    without bias, and so c ** 2, which may come out below 0; c is the root of the mean over kinds, cut at 0. If all
    pairs occur and the usual values fall evenly on the nouns, this agrees with the bias-corrected Cramer's V (Bergsma,
    2013) to a fraction of the interval; if they do not (12 nouns, 8 colors), V falls 0.01 short of c at c = 0.5.
    The interval holds every c under which the estimate would be no surprise. If three standard errors reach 0 or 1 it
    is three wide, up to that end: there a root spreads small squares out and 1.96 would promise too much.
    """
    kinds = [squared for table in tables if (squared := _squared_correlation(_drop_unseen_nouns(table)))]
    if not kinds:
        return None
    square = float(np.mean([value for value, _ in kinds]))
    error = np.sqrt(np.sum([variance for _, variance in kinds], axis=0)) / len(kinds)
    near, far = (_CORRELATION_GRID[np.abs(_CORRELATION_GRID**2 - square) <= z * error] for z in (Z, 3.0))
    value = sqrt(max(square, 0.0))
    at_end = len(far) == 0 or far[0] == 0 or far[-1] == 1
    # The interval contains the value even if no c was kept.
    plausible = np.append(far if at_end else near, value)
    return MeasuredDial(value=value, n=int(tables[0].sum()), low=float(plausible.min()), high=float(plausible.max()))


def _squared_correlation(table: np.ndarray) -> tuple[float, np.ndarray] | None:
    """Return c ** 2 of one kind, and its variance (G,) for `_CORRELATION_GRID`; None if no noun has two objects."""
    shown = table.sum(axis=1)
    is_unseen, num_values = table == 0, table.shape[1]
    unseen = int(is_unseen.sum())
    span = _unseen_but_possible(table) if num_values >= MIN_VALUES_TO_HOLD_OUT else None
    # Cells possible but unseen are dealt out to the nouns in proportion to the cells unseen; without a span, all are.
    shares = is_unseen.sum(axis=1) / max(unseen, 1)
    possible = (span or _Span(low=unseen, value=unseen, high=unseen)).map(
        lambda cells: (~is_unseen).sum(axis=1) + cells * shares
    )
    use = (shown > 1) & (possible.value > 1)
    if not use.any():
        return None
    counts, used = shown[use], table[use]
    differ = 1 - (used * (used - 1)).sum(axis=1) / (counts * (counts - 1))
    at_least_two = possible.map(lambda cells: np.maximum(cells[use], 2))
    square = at_least_two.map(lambda cells: 1 - float(np.average(differ * cells / (cells - 1), weights=counts)))
    return square.value, _squared_variance(counts, at_least_two.value) + ((square.high - square.low) / (2 * Z)) ** 2


def _squared_variance(counts: np.ndarray, possible: np.ndarray) -> np.ndarray:
    """Return (G,) the variance of the estimate of c ** 2: shares of agreeing pairs are U-statistics."""
    c, rest = _CORRELATION_GRID[:, None], (1 - _CORRELATION_GRID[:, None]) / possible
    agree = c**2 + (1 - c**2) / possible
    triple = (c + rest) ** 3 + (possible - 1) * rest**3
    variance = (4 * (counts - 2) * (triple - agree**2) + 2 * (agree - agree**2)) / (counts * (counts - 1.0))
    scale = counts / counts.sum() * possible / (possible - 1)
    return np.asarray(np.maximum(variance, 0) @ scale**2)


def _drop_unseen_nouns(table: np.ndarray) -> np.ndarray:
    return np.asarray(table[table.sum(axis=1) > 0])


MeasuredDials = dict[str, MeasuredDial | None]
"""Estimates by dial, None if the data cannot tell."""


def measure_folder(folder: Path) -> MeasuredDials:
    """Estimate every dial from metadata.jsonl; raise `UserError` if the file is invalid."""
    file = folder / METADATA_FILE
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if not os.path.isfile(file):
        problem = "is another kind of file" if os.path.isfile(folder) else f"holds no {METADATA_FILE}"
        problem = problem if os.path.exists(folder) else "does not exist"
        reason = f"{problem}; give captions in .csv, .jsonl or .txt, or a folder with a {METADATA_FILE}"
        raise UserError("PATH", folder, reason)
    return measure_file(file)


def measure_file(file: Path) -> MeasuredDials:
    """Estimate every dial from the metadata of `scenes`, or from the file of `scenes --parquet`."""
    rows = read_table(file, needed=MEASURED_COLUMNS, only=(*MEASURED_COLUMNS, "tidy"))
    return measure_dials(arrays_of_rows(rows, label=file_label(file)))


def measure_dials(arrays: SceneArrays) -> MeasuredDials:
    """Estimate every dial, by dial name; None for one without a measure, as placement: records hold no size of images.

    A kind that varies counts as untold if no caption tells of it and some tell of another.
    """
    tidy, known = arrays.rows(arrays.tidy == 1), arrays.tidy[arrays.tidy >= 0]
    about_tidy = {
        "tidy_share": estimate_ratio(known, np.ones(len(known)), step=1.0, bounds=(0.0, 1.0)),
        "tidy_kinds": MeasuredDial(value=_told_kinds(tidy), n=len(tidy.nouns)) if len(tidy.nouns) else None,
    }
    if len(tidy.nouns) == len(arrays.nouns):
        world = MeasuredDial(value=arrays.world.name, n=len(arrays.nouns))
        return dict.fromkeys(DATA_FIELDS) | {"world": world} | about_tidy
    return dict.fromkeys(DATA_FIELDS) | _measure_alike(arrays.rows(arrays.tidy != 1)) | about_tidy


def _told_kinds(arrays: SceneArrays) -> list[str]:
    """Return the kinds of which a caption tells."""
    told = np.flatnonzero(arrays.num_values.sum(axis=0))
    return [arrays.world.kinds[k].name for k in told.tolist()]


def _measure_alike(arrays: SceneArrays) -> MeasuredDials:
    """Estimate the dials of pairs that are all drawn by them, or of which it is not known."""
    shown, named = (arrays.nouns >= 0).sum(axis=1), arrays.named.sum(axis=1)
    counts = _count_values(arrays)
    varying = {name: table for name, table in counts.items() if (table.sum(axis=0) > 0).sum() > 1}
    scenes, tables = len(shown), list(varying.values())
    told = _told_kinds(arrays)
    attribute_kinds = [name for name in varying if name in told or not told]
    return {
        "world": MeasuredDial(value=arrays.world.name, n=scenes),
        "objects_in_image": estimate_ratio(shown, np.ones(scenes)),
        "attribute_kinds": MeasuredDial(value=attribute_kinds, n=scenes),
        "untold_kinds": MeasuredDial(value=[name for name in varying if name not in attribute_kinds], n=scenes),
        "attribute_object_correlation": correlation(tables),
        "held_out_pairs": held_out_pairs(tables),
        "size_contrast": size_contrast(_plain_areas(arrays)),
        "attribute_density": estimate_ratio(
            arrays.num_values.sum(axis=1), named, step=1.0, bounds=(0.0, float(len(attribute_kinds)))
        ),
        "caption_completeness": caption_completeness(named, shown),
        "caption_lengths": caption_lengths(named, shown),
        "saliency_bias": saliency_bias(arrays.areas, arrays.named),
        "told_together": told_together(named, arrays.num_values.sum(axis=1)) if len(attribute_kinds) == 1 else None,
        "bare_word": _bare_word(arrays),
        "wrong_values": estimate_ratio(arrays.is_wrong, arrays.num_values.sum(axis=1) > 0, step=1.0, bounds=(0.0, 1.0)),
    }


def _bare_word(arrays: SceneArrays) -> MeasuredDial | None:
    """Return what stands before objects named without a value; None if there are none, or they differ."""
    bare, with_word = int(arrays.num_bare.sum()), int(arrays.num_bare_words.sum())
    if bare == 0 or with_word not in (0, bare):
        return None
    return MeasuredDial(value=BARE_WORD if with_word else NO_BARE_WORD, n=bare)


def _count_values(arrays: SceneArrays) -> dict[str, np.ndarray]:
    """Count (I, V) per kind: how often each noun was shown with each value."""
    is_object, tables = arrays.nouns >= 0, {}
    for k, kind in enumerate(arrays.world.kinds):
        shape = (len(arrays.world.nouns), len(kind.values))
        cells = arrays.nouns[is_object] * shape[1] + arrays.values[is_object][:, k]
        tables[kind.name] = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    return tables


def _plain_areas(arrays: SceneArrays) -> np.ndarray:
    """Return the (M,) areas of the objects that are drawn as large as their scale says, whatever their values."""
    scales = np.array([look.scale for look in all_looks(arrays.world)])
    is_object, sizes = arrays.nouns >= 0, [len(kind.values) for kind in arrays.world.kinds]
    codes = np.ravel_multi_index(tuple(arrays.values[is_object].T), sizes)
    return np.asarray(arrays.areas[is_object][scales[codes] == scales.max()])
