"""Measured dials: each estimator on tables small enough for paper, many specs recovered, and bad files refused."""

import json
from collections.abc import Callable
from dataclasses import fields
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.codec import encode
from explorer.errors import UserError
from explorer.spec import DataSpec, Names, RunSpec, validate
from explorer.stats import Z
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.imagefolder import records, write_folder
from explorer.world.measure import (
    MeasuredDial,
    caption_completeness,
    caption_lengths,
    correlation,
    facts_of,
    held_out_pairs,
    measure,
    measure_folder,
    ratio,
    saliency_bias,
    size_contrast,
)
from explorer.world.plan import make_plan
from explorer.world.render import Atlas
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS, kind_names

THINGS = WORLDS["things"]
KINDS = [kind.name for kind in THINGS.kinds]


def array(*values: Any) -> np.ndarray:
    return np.array(values)


def known(estimate: MeasuredDial | None) -> MeasuredDial:
    assert estimate is not None
    return estimate


def lines(data: DataSpec, *, seed: int = 0, count: int = 4000) -> list[dict[str, Any]]:
    plan = make_plan(data, THINGS, seed=seed)
    stream = Stream(seed=seed, name="train", index=np.arange(count))
    found = records(plan, draw_scenes(plan, stream), stream, Grammar(THINGS), Atlas(plan, size=64))
    return [encode(each) for each in found]


def recovered(data: DataSpec, **options: int) -> dict[str, Any]:
    return encode(measure(facts_of(lines(data, **options))))


def is_near(found: dict[str, Any], dial: Any) -> bool:
    """Within three standard errors, or equal where there is no interval."""
    if found["low"] is None:
        return bool(found["value"] == dial)
    assert found["low"] <= found["value"] <= found["high"]
    return bool(abs(found["value"] - dial) <= 3 * (found["high"] - found["low"]) / (2 * 1.96) + 1e-9)


# Each estimator by hand


def test_ratio_and_its_interval() -> None:
    found = known(ratio(array(1, 2, 0), array(1, 1, 2)))
    half = Z * sqrt((0.25**2 + 1.25**2 + 1.5**2) * 3 / 2) / 4
    assert (found.value, found.n) == (0.75, 4)
    assert (found.low, found.high) == pytest.approx((0.75 - half, 0.75 + half))


def test_ratio_of_nothing_is_null() -> None:
    assert ratio(array(0), array(0)) is None


def test_no_misses_leave_room_for_some_as_wilsons_interval_does() -> None:
    found = known(ratio(np.ones(1000), np.ones(1000), step=1, bounds=(0, 1)))
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(1000 / (1000 + 1.96**2), abs=1e-4)


def test_completeness_is_the_mean_over_captions() -> None:
    assert known(caption_completeness(array(1, 2, 3), array(2, 2, 4))).value == pytest.approx(0.75)


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
    found = caption_lengths(np.array(named), np.array(shown))
    assert (found and found.value) == wanted


def test_saliency_without_ties() -> None:
    areas = array([3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [3.0, 2.0, 1.0])
    named = array([1, 0, 0], [1, 0, 0], [0, 0, 1]) > 0
    assert known(saliency_bias(areas, named)).value == pytest.approx((2 - 3 / 3) / (3 * 2 / 3))


def test_saliency_with_ties_counts_every_way_to_break_them() -> None:
    areas, named = array([5.0, 2.0, 2.0, 0.0]), array([1, 0, 1, 0]) > 0
    assert known(saliency_bias(areas, named)).value == 1
    assert known(saliency_bias(areas, array([0, 1, 1, 0]) > 0)).value == pytest.approx(-(2 / 3) / (1 / 3))


def test_saliency_is_null_where_all_is_named_or_all_is_equal() -> None:
    assert saliency_bias(array([2.0, 1.0]), array([1, 1]) > 0) is None
    assert saliency_bias(array([2.0, 2.0]), array([1, 0]) > 0) is None


def test_saliency_takes_only_scenes_with_objects_left_out() -> None:
    areas, named = array([2.0, 1.0], [2.0, 1.0]), array([1, 1], [1, 0]) > 0
    found = known(saliency_bias(areas, named))
    assert (found.value, found.n) == (1, 1)


def test_held_out_pairs_that_were_never_seen_among_many() -> None:
    found = known(held_out_pairs([array([50, 50, 50, 0], [50, 50, 0, 50])]))
    assert (found.value, found.low, found.high) == (0.25, 0.125, 0.375)


def test_held_out_pairs_are_told_from_rare_ones() -> None:
    rare = known(held_out_pairs([np.eye(8, dtype=int) * 1000 + np.eye(8, k=1, dtype=int)]))
    assert (rare.low, rare.high) == (0, pytest.approx(0.75, abs=0.1))


def test_held_out_pairs_are_null_without_evidence() -> None:
    assert held_out_pairs([]) is None
    assert held_out_pairs([array([50, 0, 0])]) is None  # three values hold nothing out
    assert held_out_pairs([np.eye(4, dtype=int) * 1000]) is None


def test_correlation_of_two_values() -> None:
    found = known(correlation([array([3, 1])]))
    assert found.value == 0 and found.low == 0  # half of the pairs agree, as by chance
    assert known(correlation([array([8, 2])])).value == pytest.approx(sqrt(2 * (8 * 7 + 2 * 1) / 90 - 1))


def test_correlation_is_net_of_pairs_held_out() -> None:
    found = known(correlation([array([500, 500, 500, 0], [500, 500, 0, 500])]))
    assert found.value == 0 and 0 < found.high < 0.1


def test_correlation_of_one_value_a_noun_is_one() -> None:
    found = known(correlation([np.eye(8, dtype=int) * 100, np.eye(2, dtype=int) * 400]))
    assert found.value == found.high == 1 and 0.95 < found.low < 1


def test_correlation_is_null_without_pairs() -> None:
    assert correlation([]) is None
    assert correlation([array([1, 0], [0, 1])]) is None


def bergsma(table: np.ndarray) -> float:
    """The bias-corrected Cramer's V (Bergsma, 2013)."""
    total, (rows, columns) = table.sum(), table.shape
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    phi = ((table - expected) ** 2 / expected).sum() / total - (rows - 1) * (columns - 1) / (total - 1)
    fewest = min(size - (size - 1) ** 2 / (total - 1) for size in (rows, columns))
    return float(np.sqrt(max(0, phi) / (fewest - 1)))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "most"), [(0, 0.02), (1, 0.004), (2, 0.004)])
@pytest.mark.parametrize("dial", [0.1, 0.5, 0.9])
def test_correlation_agrees_with_cramers_v_where_all_pairs_occur(kind: int, most: float, dial: float) -> None:
    """Closely where the usual values fall evenly on the nouns, which those of eight colors do not."""
    facts = facts_of(lines(DataSpec(attribute_kinds=(KINDS[kind],), attribute_object_correlation=dial)))
    table = np.zeros((len(THINGS.nouns), len(THINGS.kinds[kind].values)), dtype=int)
    there = facts.nouns >= 0
    np.add.at(table, (facts.nouns[there], facts.values[there][:, kind]), 1)
    assert known(correlation([table])).value == pytest.approx(bergsma(table), abs=most)


# Specs measured back


def random_spec(rng: np.random.Generator) -> DataSpec:
    """Any legal spec, half of its dials at an end of their range."""

    def dial(low: float, high: float) -> float:
        return float(rng.choice([low, high, rng.uniform(low, high), rng.uniform(low, high)]))

    objects, num_kinds = int(rng.integers(1, 5)), int(rng.integers(0, 6))
    return DataSpec(
        objects_in_image=objects,
        attribute_kinds=tuple(KINDS[i] for i in sorted(rng.permutation(5)[:num_kinds])),
        attribute_object_correlation=dial(0, 1),
        held_out_pairs=dial(0, 0.5),
        size_contrast=dial(1, 10),
        attribute_density=dial(0, num_kinds),
        caption_completeness=dial(1 / objects, 1),
        caption_lengths=str(rng.choice(["fixed", "mixed"])),
        saliency_bias=dial(0, 1),
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_a_random_spec_is_measured_back_within_three_standard_errors(seed: int) -> None:
    data = random_spec(np.random.default_rng(seed))
    validate(RunSpec(data=data), Names(worlds=kind_names(), models=("small",)))
    found = recovered(data, seed=seed)
    assert list(found) == [field.name for field in fields(DataSpec)]
    dials = {name: getattr(data, name) for name in found} | {
        "attribute_kinds": list(data.attribute_kinds),
        "untold_kinds": [],
    }
    assert not {name: (dials[name], it) for name, it in found.items() if it and not is_near(it, dials[name])}


def test_what_leaves_no_trace_is_null() -> None:
    found = recovered(DataSpec(attribute_kinds=(), attribute_density=0), count=200)
    nothing = (
        "attribute_object_correlation",
        "held_out_pairs",
        "placement",
        "caption_lengths",
        "saliency_bias",
    )
    assert {name for name, it in found.items() if it is None} == set(nothing)
    assert found["attribute_kinds"] == {"value": [], "n": 200, "low": None, "high": None}
    assert found["attribute_density"] == {"value": 0, "n": 400, "low": 0, "high": 0}


def test_every_dial_leaves_a_trace_under_some_spec() -> None:
    found = recovered(DataSpec(objects_in_image=3, caption_completeness=0.6, saliency_bias=0.5, held_out_pairs=0.25))
    # Records do not hold the size of the image, so nothing says where the quarters are.
    assert [name for name, estimate in found.items() if not estimate] == ["placement"]
    untold = recovered(DataSpec(attribute_kinds=("color",), untold_kinds=("tilt",)))
    assert untold["attribute_kinds"]["value"] == ["color"] and untold["untold_kinds"]["value"] == ["tilt"]
    assert found["world"] == {"value": "things", "n": 4000, "low": None, "high": None}


def test_a_folder_is_measured_as_its_records_are(tmp_path: Path) -> None:
    data = DataSpec(objects_in_image=3, caption_completeness=0.6, attribute_kinds=("color", "tilt"))
    write_folder(data, THINGS, seed=0, count=300, size=16, out=tmp_path)
    found = measure_folder(tmp_path)
    same = recovered(data, count=300)
    assert json.dumps(encode(found), allow_nan=False) == json.dumps(same, allow_nan=False)


def test_one_scene_is_enough_to_measure_what_it_shows() -> None:
    found = recovered(DataSpec(), count=1)
    assert found["objects_in_image"] == {"value": 2, "n": 1, "low": 2, "high": 2}
    json.dumps(found, allow_nan=False)


# Bad files


def test_a_folder_without_metadata_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("{}")
    for folder, words in ((".", "holds no metadata.jsonl"), ("missing", "does not exist"), ("file", "is another kind")):
        with pytest.raises(UserError, match=words):
            measure_folder(tmp_path / folder)


@pytest.mark.parametrize("text", [b"{", b"\xff\xfe{", b"", b"[" * 100_000])
def test_a_line_that_is_not_json_is_named(tmp_path: Path, text: bytes) -> None:
    good = json.dumps(lines(DataSpec(), count=1)[0]).encode()
    (tmp_path / "metadata.jsonl").write_bytes(good + b"\n" + text + b"\n" + good)
    with pytest.raises(UserError, match="line 2: is not JSON"):
        measure_folder(tmp_path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "metadata.jsonl").write_text("")
    with pytest.raises(UserError, match="holds no scenes"):
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
    with pytest.raises(UserError, match=rf"^records, line {place + 1}: (({words})|objects: no world)"):
        facts_of(both)


def test_a_caption_of_other_values_than_the_image_has_is_refused() -> None:
    (record,) = lines(DataSpec(), count=1)
    record["caption"] = record["replaced_caption"]
    with pytest.raises(UserError, match="does not name the objects .* as they are"):
        facts_of([record])
    with pytest.raises(UserError, match="line 1: 7: is no JSON object"):
        facts_of([7])


def test_size_contrast_by_hand() -> None:
    found = known(size_contrast(array(1.0, 0.25, 0.5)))
    assert (found.value, found.n) == (4.0, 3)
    # The smaller side is 500 thousandths, give or take a half.
    assert (found.low, found.high) == (3.992, 4.008)
    assert size_contrast(array(1.0)) is None
    assert known(size_contrast(array(2.0, 2.0))).value == 1.0


@pytest.mark.parametrize("contrast", [1.0, 1.73, 4.0, 10.0])
def test_size_contrast_is_measured_beside_values_of_size(contrast: float) -> None:
    data = DataSpec(attribute_kinds=("color", "size"), size_contrast=contrast)
    assert is_near(recovered(data, count=2000)["size_contrast"], contrast)
