"""Measured dials: each estimator on tables small enough for paper, many specs recovered, and bad files refused."""

import json
from collections.abc import Callable, Iterable
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.codec import encode
from explorer.errors import UserError
from explorer.spec import DATA_FIELDS, DataSpec
from explorer.stats import Z
from explorer.tables import TableRow
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.imagefolder import describe_scenes
from explorer.world.measure import (
    MeasuredDial,
    caption_completeness,
    caption_lengths,
    correlation,
    estimate_ratio,
    held_out_pairs,
    measure_dials,
    measure_folder,
    saliency_bias,
    size_contrast,
    told_together,
)
from explorer.world.plan import make_plan
from explorer.world.render import Atlas
from explorer.world.scene_arrays import SceneArrays, arrays_of_rows
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS
from tests.unit.dial_values import random_data

THINGS = WORLDS["things"]
KINDS = [kind.name for kind in THINGS.kinds]


def array(*values: Any) -> np.ndarray:
    return np.array(values)


def not_none(estimate: MeasuredDial | None) -> MeasuredDial:
    assert estimate is not None
    return estimate


def lines(data: DataSpec, *, seed: int = 0, count: int = 4000) -> list[dict[str, Any]]:
    plan = make_plan(data, THINGS, seed=seed)
    stream = Stream(seed=seed, name="train", index=np.arange(count))
    grammar, atlas = Grammar(THINGS, data), Atlas(plan, size=64)
    records = describe_scenes(plan, draw_scenes(plan, stream), stream, grammar, atlas)
    return [encode(each) for each in records]


def arrays_of(records: Iterable[dict[str, Any]]) -> SceneArrays:
    rows = [
        TableRow(where=f"line {number} of own.jsonl", number=number, id="", fields=record)
        for number, record in enumerate(records, start=1)
    ]
    return arrays_of_rows(rows, label="own.jsonl")


def measure_drawn(data: DataSpec, **options: int) -> dict[str, Any]:
    return encode(measure_dials(arrays_of(lines(data, **options))))


def is_near(estimate: dict[str, Any], dial: Any) -> bool:
    """Within three standard errors, or equal where there is no interval."""
    if estimate["low"] is None:
        return bool(estimate["value"] == dial)
    assert estimate["low"] <= estimate["value"] <= estimate["high"]
    return bool(abs(estimate["value"] - dial) <= 3 * (estimate["high"] - estimate["low"]) / (2 * 1.96) + 1e-9)


# Each estimator by hand


def test_ratio_and_its_interval() -> None:
    estimate = not_none(estimate_ratio(array(1, 2, 0), array(1, 1, 2)))
    half = Z * sqrt((0.25**2 + 1.25**2 + 1.5**2) * 3 / 2) / 4
    assert (estimate.value, estimate.n) == (0.75, 4)
    assert (estimate.low, estimate.high) == pytest.approx((0.75 - half, 0.75 + half))
    assert estimate_ratio(array(0), array(0)) is None
    # No misses leave room for some, as Wilson's interval does.
    estimate = not_none(estimate_ratio(np.ones(1000), np.ones(1000), step=1, bounds=(0, 1)))
    assert (estimate.value, estimate.high) == (1, 1) and estimate.low == pytest.approx(
        1000 / (1000 + 1.96**2), abs=1e-4
    )
    assert not_none(caption_completeness(array(1, 2, 3), array(2, 2, 4))).value == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("named", "shown", "wanted"),
    [
        ([1, 2, 3] * 10, [3] * 30, "mixed"),
        ([2] * 30, [3] * 30, "fixed"),
        ([2, 3] * 30, [4] * 60, "fixed"),
        ([2] * 3, [3] * 3, None),  # one in eight mixed ones looks so
        ([1, 2] * 30, [2] * 60, None),
        ([1] * 60, [4] * 60, None),
        ([4] * 60, [4] * 60, None),
        ([1] * 99 + [2], [3] * 100, None),  # 3 would be rare
        ([1] * 30 + [4] * 30, [1] * 30 + [4] * 30, None),
    ],
)
def test_caption_lengths(named: list[int], shown: list[int], wanted: str | None) -> None:
    lengths = caption_lengths(np.array(named), np.array(shown))
    assert (lengths and lengths.value) == wanted


@pytest.mark.parametrize(
    ("areas", "named", "value", "n"),
    [
        ([[3, 2, 1]] * 3, [[1, 0, 0], [1, 0, 0], [0, 0, 1]], (2 - 3 / 3) / (3 * 2 / 3), 3),
        ([[5, 2, 2, 0]], [[1, 0, 1, 0]], 1, 1),  # with ties every way to break them counts
        ([[5, 2, 2, 0]], [[0, 1, 1, 0]], -(2 / 3) / (1 / 3), 1),
        ([[2, 1], [2, 1]], [[1, 1], [1, 0]], 1, 1),  # only scenes with objects left out
        ([[2, 1]], [[1, 1]], None, 0),
        ([[2, 2]], [[1, 0]], None, 0),
    ],
)
def test_saliency(areas: list[list[int]], named: list[list[int]], value: float | None, n: int) -> None:
    bias = saliency_bias(np.array(areas, float), np.array(named) > 0)
    assert bias is None if value is None else (bias and (bias.value, bias.n)) == (pytest.approx(value), n)


def test_held_out_pairs() -> None:
    share = not_none(held_out_pairs([array([50, 50, 50, 0], [50, 50, 0, 50])]))
    assert (share.value, share.low, share.high) == (0.25, 0.125, 0.375)
    rare = not_none(held_out_pairs([np.eye(8, dtype=int) * 1000 + np.eye(8, k=1, dtype=int)]))
    assert (rare.low, rare.high) == (0, pytest.approx(0.75, abs=0.1))
    assert held_out_pairs([]) is held_out_pairs([np.eye(4, dtype=int) * 1000]) is None
    assert held_out_pairs([array([50, 0, 0])]) is None  # three values hold nothing out


def test_correlation() -> None:
    estimate = not_none(correlation([array([3, 1])]))
    assert estimate.value == 0 and estimate.low == 0  # half of the pairs agree, as by chance
    assert not_none(correlation([array([8, 2])])).value == pytest.approx(sqrt(2 * (8 * 7 + 2 * 1) / 90 - 1))
    estimate = not_none(correlation([array([500, 500, 500, 0], [500, 500, 0, 500])]))  # net of pairs held out
    assert estimate.value == 0 and estimate.high and 0 < estimate.high < 0.1
    estimate = not_none(correlation([np.eye(8, dtype=int) * 100, np.eye(2, dtype=int) * 400]))
    assert estimate.value == estimate.high == 1 and estimate.low and 0.95 < estimate.low < 1
    assert correlation([]) is correlation([array([1, 0], [0, 1])]) is None


def test_size_contrast() -> None:
    contrast = not_none(size_contrast(array(1.0, 0.25, 0.5)))
    # The smaller side is 500 thousandths, give or take a half.
    assert (contrast.value, contrast.n, contrast.low, contrast.high) == (4.0, 3, 3.992, 4.008)
    assert size_contrast(array(1.0)) is None and not_none(size_contrast(array(2.0, 2.0))).value == 1.0


def bergsma(table: np.ndarray) -> float:
    """The bias-corrected Cramer's V (Bergsma, 2013)."""
    total, (rows, columns) = table.sum(), table.shape
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    phi = ((table - expected) ** 2 / expected).sum() / total - (rows - 1) * (columns - 1) / (total - 1)
    fewest = min(size - (size - 1) ** 2 / (total - 1) for size in (rows, columns))
    return float(np.sqrt(max(0, phi) / (fewest - 1)))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "most"), [(0, 0.02), (1, 0.004), (2, 0.004)])
@pytest.mark.parametrize("dial", [0.1, 0.7])
def test_correlation_agrees_with_cramers_v_where_all_pairs_occur(kind: int, most: float, dial: float) -> None:
    """Closely where the usual values fall evenly on the nouns, which those of eight colors do not."""
    facts = arrays_of(lines(DataSpec(attribute_kinds=(KINDS[kind],), attribute_object_correlation=dial)))
    table = np.zeros((len(THINGS.nouns), len(THINGS.kinds[kind].values)), dtype=int)
    there = facts.nouns >= 0
    np.add.at(table, (facts.nouns[there], facts.values[there][:, kind]), 1)
    assert not_none(correlation([table])).value == pytest.approx(bergsma(table), abs=most)


# Specs measured back


def random_spec(rng: np.random.Generator) -> DataSpec:
    """Any legal spec; what some values hide is settled: untold kinds, and values told together."""
    tidy = float(rng.choice([0, rng.uniform(0, 0.9)]))
    return random_data(rng, untold_kinds=(), told_together="independent", tidy_share=tidy)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_a_random_spec_is_measured_back_within_three_standard_errors(seed: int) -> None:
    data = random_spec(np.random.default_rng(seed))
    measured = measure_drawn(data, seed=seed, count=2000)
    assert list(measured) == list(DATA_FIELDS)
    dials = encode(data)
    assert not {name: (dials[name], it) for name, it in measured.items() if it and not is_near(it, dials[name])}


@pytest.mark.slow
def test_what_leaves_no_trace_is_null() -> None:
    bias = measure_drawn(DataSpec(attribute_kinds=(), attribute_density=0), count=200)
    shown = {"world", "objects_in_image", "attribute_kinds", "untold_kinds", "size_contrast", "attribute_density"}
    shown |= {"caption_completeness", "bare_word", "tidy_share"}
    assert {name for name, it in bias.items() if it} == shown
    assert bias["attribute_kinds"] == {"value": [], "n": 200, "low": None, "high": None}
    assert bias["attribute_density"] == {"value": 0, "n": 400, "low": 0, "high": 0}
    bias = measure_drawn(DataSpec(objects_in_image=3, caption_completeness=0.6, saliency_bias=0.5, held_out_pairs=0.25))
    # Records do not hold the size of the image, so nothing says where the quarters are; and all values are told.
    shown |= {"attribute_object_correlation", "held_out_pairs", "caption_lengths", "saliency_bias", "wrong_values"}
    assert {name for name, it in bias.items() if it} == shown - {"bare_word"}
    everything = measure_drawn(DataSpec(tidy_share=1.0, tidy_kinds=("size", "tilt")), count=200)
    assert {name for name, estimate in everything.items() if estimate} == {"world", "tidy_share", "tidy_kinds"}
    assert everything["tidy_kinds"]["value"] == ["size", "tilt"]
    older = [{name: value for name, value in line.items() if name != "tidy"} for line in lines(DataSpec(), count=9)]
    assert measure_dials(arrays_of(older))["tidy_share"] is None
    untold = measure_drawn(DataSpec(attribute_kinds=("color",), untold_kinds=("tilt",)))
    assert untold["attribute_kinds"]["value"] == ["color"] and untold["untold_kinds"]["value"] == ["tilt"]
    assert bias["world"] == {"value": "things", "n": 4000, "low": None, "high": None}
    bias = measure_drawn(DataSpec(), count=1)  # one scene is enough to measure what it shows
    assert bias["objects_in_image"] == {"value": 2, "n": 1, "low": 2, "high": 2}
    json.dumps(bias, allow_nan=False)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([0, 1, 2] * 10, "independent"),
        ([1, 2] * 2, "independent"),
        ([0, 2] * 10, "both-or-neither"),
        ([0, 2] * 4, None),  # one in 256 independent ones looks so
        ([0, 1] * 60, "at-most-one"),
        ([0, 1] * 20, None),
        ([1] * 30, "at-most-one"),
        ([1] * 5, None),
        ([2] * 60, None),
        ([0] * 60, None),
        ([], None),
    ],
)
def test_how_values_are_told_of_two(told: list[int], wanted: str | None) -> None:
    named = np.array([2] * len(told) + [1, 3], dtype=int)  # captions that name one or three say nothing
    found = told_together(named, np.array([*told, 1, 3], dtype=int))
    assert (found and found.value) == wanted and (found is None or found.n == len(told))


@pytest.mark.parametrize("arrangement", ["independent", "both-or-neither", "at-most-one"])
def test_the_arrangement_is_measured_where_some_values_are_told(arrangement: str) -> None:
    found = measure_drawn(DataSpec(attribute_density=0.5, told_together=arrangement), count=200)
    assert found["told_together"]["value"] == arrangement and is_near(found["attribute_density"], 0.5)
    assert measure_drawn(DataSpec(attribute_kinds=("color", "size")), count=200)["told_together"] is None


@pytest.mark.parametrize("contrast", [1.0, 1.73, 10.0])
def test_size_contrast_is_measured_beside_values_of_size(contrast: float) -> None:
    data = DataSpec(attribute_kinds=("color", "size"), size_contrast=contrast)
    assert is_near(measure_drawn(data, count=500)["size_contrast"], contrast)


# Bad files


def test_a_folder_without_metadata_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("{}")
    for folder, words in ((".", "holds no metadata.jsonl"), ("missing", "does not exist"), ("file", "is another kind")):
        with pytest.raises(UserError, match=words):
            measure_folder(tmp_path / folder)


@pytest.mark.parametrize("text", [b"{", b"[3}", b"[" * 100_000])
def test_a_line_that_is_not_json_is_named(tmp_path: Path, text: bytes) -> None:
    good = json.dumps(lines(DataSpec(), count=1)[0]).encode()
    (tmp_path / "metadata.jsonl").write_bytes(good + b"\n" + text + b"\n" + good)
    with pytest.raises(UserError, match="line 2 of .*: is not JSON"):
        measure_folder(tmp_path)
    (tmp_path / "metadata.jsonl").write_text("\n")
    with pytest.raises(UserError, match="holds no scenes"):
        measure_folder(tmp_path)
    (tmp_path / "metadata.jsonl").write_bytes(good + b"\n\xff\xfe{")
    with pytest.raises(UserError, match="is not text in UTF-8, see line 2"):
        measure_folder(tmp_path)
    (tmp_path / "metadata.jsonl").write_text("[1, 2]")
    with pytest.raises(UserError, match="its columns are 0, 1; needed are caption, objects, mentioned"):
        measure_folder(tmp_path)


def put(*path: Any) -> Callable[[Any], None]:
    """A change that puts the last of `path` where the others lead."""

    def change(record: Any) -> None:
        *way, key, value = path
        for step in way:
            record = record[step]
        record[key] = value

    return change


BAD = [
    (put("objects", []), "objects: 0 of them, must be from 1 to 4"),
    (put("objects", None), "objects=nothing: give a list"),
    (put("objects", 0, "noun", "zebra"), "noun=zebra: choose "),
    (put("objects", 0, "noun", []), r"objects\[0\].noun=\[\]: give text"),
    (put("objects", 0, "values", "color", "beige"), "color=beige: choose blue, "),
    (put("objects", 0, "values", "shine", "dull"), "values=.*: must have the kinds color, size"),
    (put("objects", 0, "area", float("nan")), "area=nan: must be a number above 0"),
    (put("objects", 0, "area", True), r"objects\[0\].area=True: give a number"),
    (put("objects", 0, 7), r"objects\[0\]=7: give an object"),
    (put("objects", [{"noun": "bus", "values": {}, "area": 1.0}] * 2), "objects: bus, bus, each noun may occur once"),
    (put("mentioned", [0, 2]), "mentioned=.*: must be distinct places in objects, from 0 to 1"),
    (put("mentioned", [0, 0]), "mentioned=.*: must be distinct places"),
    (put("mentioned", [0, True]), r"mentioned\[1\]=True: give a whole number"),
    (put("mentioned", []), "caption=.*: does not name the objects"),
    (put("caption", "a red zebra"), "caption='a red zebra': an object reads like"),
    (put("caption", None), "caption=nothing: give text"),
]


@pytest.mark.parametrize(("change", "words"), BAD)
@pytest.mark.parametrize("place", [0, 1])
def test_a_bad_record_is_named_with_its_line(change: Callable[[Any], None], words: str, place: int) -> None:
    both = lines(DataSpec(), count=2)
    change(both[place])
    with pytest.raises(UserError, match=rf"^line {place + 1} of own.jsonl: (({words})|objects: no world)"):
        arrays_of(both)


def test_a_record_of_another_caption_or_of_none_is_refused() -> None:
    (record,) = lines(DataSpec(), count=1)
    with pytest.raises(UserError, match="does not name the objects .* in that order"):
        arrays_of([record | {"caption": record["reordered_caption"]}])
    wrong = measure_dials(arrays_of([record | {"caption": record["replaced_caption"]}]))["wrong_values"]
    assert wrong is not None and wrong.value == 1, "a value that the object does not have"
