"""A person's captions measured, by hand; every wrong thing in a file is one sentence that names its place."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from explorer.cli import main
from explorer.errors import UserError
from explorer.service import caption_files
from explorer.service.caption_files import read_rows
from explorer.service.user_captions import CURVES, DEFINITIONS, measure_rows
from explorer.spec import DataSpec
from explorer.study.sweeps import find
from explorer.world.imagefolder import write_folder
from explorer.world.measure import measure_folder
from explorer.world.things import THINGS

CSV = """caption,objects,boxes
a red bus and an old blue car,"[""bus"", ""car"", ""dog""]","[[0, 0, 30, 30], [1, 1, 20, 20], [0, 0, 5, 5]]"
two dogs,"[""bus"", ""dog""]","[[0, 0, 30, 30], [1, 1, 20, 20]]"
a bus,,
,,
"""


def rows(text: str, name: str = "own.csv", most: int = 100) -> Any:
    return read_rows(text.encode(), name, most_rows=most)


def test_numbers_by_hand() -> None:
    found = measure_rows(rows(CSV)).to_json()
    # 3 attributes of 4 objects; 2, 1 and 1 objects; 2 of 3 and 1 of 2 objects named.
    assert found["attribute_density"]["value"] == 3 / 4 and found["attribute_density"]["n"] == 4
    assert found["objects_in_caption"]["value"] == pytest.approx(4 / 3) and found["objects_in_caption"]["n"] == 3
    assert found["caption_completeness"]["value"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    # Scene 1 names the two largest of three (chance 1/3), scene 2 the smaller of two (chance 1/2).
    assert found["saliency_bias"]["value"] == pytest.approx((1 - 1 / 3 + 0 - 1 / 2) / (1 - 1 / 3 + 1 - 1 / 2))
    for name in DEFINITIONS:
        assert found[name]["low"] < found[name]["value"] < found[name]["high"]
    assert found["about"] == {
        "rows": 4, "read": 3, "pictures": 3, "with_objects": 2, "sentences": {"read": 3},
        "left_out": {"empty, too long or not printable": 1},
    }  # fmt: skip


def test_the_interval_of_one_caption_stays_on_the_axis_of_the_curves() -> None:
    found = measure_rows(rows("caption\na bus\n")).of["attribute_density"]
    assert found and (found.value, found.low, found.high) == (0, 0, 3)


def test_what_is_left_out_is_counted() -> None:
    lines = [
        {"text": "a black dog and cat"},
        {"caption": "a red\x00bus"},
        {"caption": "running"},
        {"caption": "a red bus", "objects": [{"noun": "dog", "area": 4}]},
        {"caption": "a red bus", "objects": [{"noun": "bus", "area": 4}, {"noun": "buses", "area": 2}]},
        {"caption": "a red bus", "objects": {"bbox": [[0, 0, 2, 2]], "categories": ["bus"]}},
    ]
    found = measure_rows(rows("\n".join(map(json.dumps, lines)), "metadata.jsonl")).to_json()
    assert found["about"]["left_out"] == {
        "read unsurely": 1,
        "empty, too long or not printable": 1,
        "names no object": 1,
        "names no object of its picture": 1,
        "two objects of one noun, so not used for saliency": 1,
    }
    assert found["saliency_bias"] is None and found["caption_completeness"]["n"] == 2


def test_long_captions_are_read_sentence_by_sentence() -> None:
    text = "A red bus stands by two cars. The bus is empty. Red cars and trucks. " + "The cars are old. " * 20
    found = measure_rows(rows(f'caption\n"{text}"\n"Red cars and trucks."\n')).to_json()
    # bus: red, empty; cars: old.
    assert found["attribute_density"]["value"] == 3 / 2 and found["objects_in_caption"]["value"] == 2
    assert found["about"]["read"] == 1 and found["about"]["left_out"] == {"read unsurely": 1}
    assert found["about"]["sentences"] == {"read": 22, "unsure": 2}


def test_numbers_and_plurals_tell_how_many_are_named() -> None:
    objects = [{"noun": "person"}] * 4 + [{"noun": "bicycle"}] * 2
    for caption, named in (("a skier", 1), ("two women and a bike", 3), ("people by bikes", 6), ("six men", 4)):
        line = json.dumps({"caption": caption, "objects": objects})
        found = measure_rows(rows(line + "\n", "metadata.jsonl")).to_json()
        assert found["caption_completeness"]["value"] == pytest.approx(named / 6), caption


def test_captions_of_one_picture_are_one_draw() -> None:
    apart = "".join(f"{i},a {'red ' * (i < 5)}bus\n" for i in range(10))
    together = "".join(f"{i < 5},a {'red ' * (i < 5)}bus\n" for i in range(10))
    one, other = (measure_rows(rows(f"image,caption\n{text}")).to_json() for text in (apart, together))
    assert one["attribute_density"]["value"] == other["attribute_density"]["value"] == 0.5
    assert (one["about"]["pictures"], other["about"]["pictures"]) == (10, 2)
    widths = [found["attribute_density"]["high"] - found["attribute_density"]["low"] for found in (one, other)]
    assert widths[1] > widths[0]


def test_a_packed_file_is_read_and_a_damaged_one_refused() -> None:
    packed = gzip.compress(b"caption\na red bus\n")
    assert read_rows(packed, "own.csv.gz", most_rows=9)[0].caption == "a red bus"
    for content in (b"no gzip", packed[:20]):
        with pytest.raises(UserError, match="own.csv.gz: cannot be unpacked"):
            read_rows(content, "own.csv.gz", most_rows=9)
    with pytest.raises(UserError, match="has more than 10 MB"):
        read_rows(gzip.compress(b"a" * 10_000_001), "own.csv.gz", most_rows=9)


def test_captions_alone_and_none_that_is_read() -> None:
    found = measure_rows(rows("caption\na red bus\n")).to_json()
    assert found["attribute_density"]["value"] == 1.0 and found["caption_completeness"] is None
    nothing = measure_rows(rows('caption\n" "\n')).to_json()
    assert [nothing[name] for name in DEFINITIONS] == [None] * 4


def test_our_own_scenes_give_the_dials_that_they_were_made_with(tmp_path: Path) -> None:
    """The free reading agrees with the parser of our grammar."""
    data = DataSpec(objects_in_image=3, caption_completeness=2 / 3, saliency_bias=0.5, attribute_kinds=("color",))
    write_folder(data, THINGS, seed=0, count=120, size=32, out=tmp_path)
    ours = measure_folder(tmp_path)
    found = measure_rows(
        read_rows((tmp_path / "metadata.jsonl").read_bytes(), "metadata.jsonl", most_rows=1000)
    ).to_json()
    for name in CURVES:
        assert found[name]["value"] == pytest.approx(getattr(ours[name], "value", None), abs=0.02), name
    assert found["about"]["read"] > 110


def test_every_curve_is_a_sweep_of_doses() -> None:
    for name, sweep in CURVES.items():
        assert name in DEFINITIONS
        assert all(condition.x.replace(".", "").isdigit() for condition in find(sweep).conditions)


BAD = {
    ("own.txt", b"caption\na"): "own.txt: give a file that ends in .csv or .jsonl",
    ("own.csv", b"\xff\xfe"): "own.csv: is not text in UTF-8, see line 1",
    ("own.csv", b""): "own.csv: its columns are none; needed is caption",
    ("own.csv", b"words\na"): "own.csv: its columns are words; needed is caption",
    ("own.csv", b"caption\n"): "own.csv: holds no caption",
    ("own.csv", b"caption,x\na\n"): "line 2 of own.csv: 1 fields, and the header has 2",
    ("own.csv", b'caption\n"a'): "own.csv: is not CSV, see line",
    ("own.csv", b"caption\na\nb\nc\nd\n"): "own.csv: has more than 3 rows",
    ("own.csv", b"caption,objects\na,bus\n"): "line 2 of own.csv: objects has to be JSON, not bus",
    ("own.csv", b'caption,objects\na,"[1]"\n'): "each object has to be a word",
    ("own.csv", b'caption,objects\na,"5"\n'): "objects have to be a list",
    ("own.csv", b'caption,boxes\na,"[[0, 0, 1, 1]]"\n'): "boxes without objects",
    ("own.jsonl", b"[]"): "line 1 of own.jsonl: is no JSON object",
    ("own.jsonl", b"{"): "line 1 of own.jsonl: is no JSON object",
    ("own.jsonl", b'{"caption": 5}'): "caption has to be text, not 5",
    ("own.jsonl", b'{"caption": "a", "objects": ["b"], "boxes": []}'): "boxes have to be a list as long as objects",
    ("own.jsonl", b'{"caption": "a", "objects": [{"noun": "b", "box": [0, 0, 0, 1]}]}'): "a box is [left, top, width",
    ("own.jsonl", b'{"caption": "a", "objects": [{"noun": "b", "box": [0, 0, 1]}]}'): "a box is [left, top, width",
    ("own.jsonl", b'{"caption": "a", "objects": [{"noun": "b", "area": -1}]}'): "an area has to be a number above 0",
    ("own.jsonl", b'{"caption": "a", "objects": {"bbox": []}}'): "objects name no categories",
    ("own.jsonl", b'{"caption": "a", "objects": {"categories": [3], "bbox": [[0, 0, 1, 1]]}}'): "has to be a word",
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_a_sentence(case: tuple[str, bytes]) -> None:
    with pytest.raises(UserError) as error:
        read_rows(case[1], case[0], most_rows=3)
    assert BAD[case] in str(error.value) and "\n" not in str(error.value)


def test_a_large_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caption_files, "MOST_BYTES", 10)
    with pytest.raises(UserError, match="has more than 0 MB"):
        rows("caption\na red bus\n")


def test_the_command_measures_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.csv").write_text(CSV)
    main(["measure", str(tmp_path / "own.csv"), "--json"])
    assert json.loads(capsys.readouterr().out)["attribute_density"]["value"] == 3 / 4
    main(["measure", str(tmp_path / "own.csv")])
    printed = capsys.readouterr().out
    last = printed.splitlines()[-1]
    assert last.startswith("sentence: Of 3 captions 2 (67 %) only name things, 0 (0 %) describe one thing, 1 (33 %)")
    assert "place: Attributes told per object: 0.75" in printed and "completeness: needs" not in printed
    assert "attribute_density" in printed and "read: 3" in printed and "empty, too long or not printable: 1" in printed
    with pytest.raises(SystemExit):
        main(["measure", str(tmp_path / "none.csv")])
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metadata.jsonl", '{"file_name": "a.png", "caption": "a red bus and a car"}\n'),
        ("metadata.csv", "file_name,text\na.png,a red bus and a car\n"),
    ],
)
def test_an_imagefolder_of_ones_own_is_measured_by_its_captions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    main(["measure", str(tmp_path), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["attribute_density"]["value"] == 0.5 and found["about"]["read"] == 1
