"""A person's captions measured, by hand; every wrong thing in a file is one sentence that names its place."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from explorer.captions.files import CaptionRow, PictureObject, read_caption_rows
from explorer.cli import main
from explorer.errors import UserError
from explorer.spec import DataSpec
from explorer.world.caption_measures import (
    MAX_PULLS_SHOWN,
    PROPERTY_CURVES,
    PROPERTY_DEFINITIONS,
    find_pulls,
    measure_captions,
    parse_rows,
)
from explorer.world.imagefolder import write_folder
from explorer.world.measure import measure_folder
from explorer.world.things import THINGS

CSV = """caption,objects,boxes
a red bus and an old blue car,"[""bus"", ""car"", ""dog""]","[[0, 0, 30, 30], [1, 1, 20, 20], [0, 0, 5, 5]]"
two dogs,"[""bus"", ""dog""]","[[0, 0, 30, 30], [1, 1, 20, 20]]"
a bus,,
,,
"""


def measure_text(text: str, name: str = "own.csv") -> Any:
    """The estimates of a file, and what was read of it."""
    file = parse_rows(read_caption_rows(text.encode(), name, max_rows=1000))
    return measure_captions(file), file.about


def measure_records(*records: dict[str, Any]) -> Any:
    return measure_text("\n".join(map(json.dumps, records)), "metadata.jsonl")


def test_numbers_by_hand() -> None:
    dials, about = measure_text(CSV)
    # 3 attributes of 4 objects; 2, 1 and 1 objects; 2 of 3 and 1 of 2 objects named.
    # Scene 1 names the two largest of three (chance 1/3), scene 2 the smaller of two (chance 1/2).
    saliency = (1 - 1 / 3 + 0 - 1 / 2) / (1 - 1 / 3 + 1 - 1 / 2)
    assert [dials[name].value for name in PROPERTY_DEFINITIONS] == pytest.approx(
        [3 / 4, 4 / 3, (2 / 3 + 1 / 2) / 2, saliency]
    )
    assert dials["attribute_density"].n == 4 and dials["objects_in_caption"].n == 3
    assert all(each.low < each.value < each.high for each in dials.values())
    assert (about.rows, about.read, about.pictures, about.with_objects, about.sentences) == (4, 3, 3, 2, {"read": 3})
    assert about.left_out == {"empty, too long or not printable": 1}


def test_intervals_of_few_captions_stay_in_range() -> None:
    dials, _ = measure_text("caption\na bus\n")
    assert (dials["attribute_density"].low, dials["attribute_density"].high) == (0, 3)
    assert dials["objects_in_caption"].low == 1 and dials["caption_completeness"] is None
    small = '{"caption": "a dog", "objects": [{"noun": "dog", "area": 1}, {"noun": "bus", "area": 9}]}'
    dials, _ = measure_text(small, "own.jsonl")
    assert (dials["saliency_bias"].value, dials["saliency_bias"].low) == (-1, -1)
    assert dials["saliency_bias"].high <= 1 and 0 < dials["caption_completeness"].low < 1
    assert dials["caption_completeness"].high <= 1
    assert [*measure_text('caption\n" "\n')[0].values()] == [None] * 4


def test_what_is_left_out_is_counted() -> None:
    dials, about = measure_records(
        {"text": "a black dog and cat"},
        {"caption": "a red\x00bus"},
        {"caption": "running"},
        {"caption": "a red bus", "objects": [{"noun": "dog", "area": 4}]},
        {"caption": "a red bus", "objects": [{"noun": "bus", "area": 4}, {"noun": "buses", "area": 2}]},
        {"caption": "a red bus", "objects": {"bbox": [[0, 0, 2, 2]], "categories": ["bus"]}},
    )
    assert about.left_out == {
        "not read with certainty": 1,
        "empty, too long or not printable": 1,
        "without a named object": 1,
        "without a named object of the picture": 1,
        "with two objects of one noun, so not used for saliency": 1,
    }
    assert dials["saliency_bias"] is None and dials["caption_completeness"].n == 2


def test_long_captions_are_read_sentence_by_sentence() -> None:
    text = "A red bus stands by two cars. The bus is empty. Red cars and trucks. " + "The cars are old. " * 20
    dials, about = measure_text(f'caption\n"{text}"\n"Red cars and trucks."\n')
    # bus: red, empty; cars: old.
    assert dials["attribute_density"].value == 3 / 2 and dials["objects_in_caption"].value == 2
    too_long = "longer than 300 characters, so not tried for an exchange"
    assert (
        about.read == 1
        and about.left_out == {"not read with certainty": 1, too_long: 1}
        and about.sentences == {"read": 22, "unsure": 2}
    )


@pytest.mark.parametrize(
    ("caption", "named"), [("a skier", 1), ("two women and a bike", 3), ("people by bikes", 6), ("six men", 4)]
)
def test_numbers_and_plurals_tell_how_many_are_named(caption: str, named: int) -> None:
    objects = [{"noun": "person"}] * 4 + [{"noun": "bicycle"}] * 2
    dials, _ = measure_records({"caption": caption, "objects": objects})
    assert dials["caption_completeness"].value == pytest.approx(named / 6)


def test_captions_of_one_picture_are_one_draw() -> None:
    apart = "".join(f"{i},a {'red ' * (i < 5)}bus\n" for i in range(10))
    together = "".join(f"{i < 5},a {'red ' * (i < 5)}bus\n" for i in range(10))
    (one, of_ten), (other, of_two) = (measure_text(f"image,caption\n{text}") for text in (apart, together))
    one, other = one["attribute_density"], other["attribute_density"]
    assert one.value == other.value == 0.5 and (of_ten.pictures, of_two.pictures) == (10, 2)
    assert other.high - other.low > one.high - one.low


def test_our_own_scenes_give_the_dials_that_they_were_made_with(tmp_path: Path) -> None:
    """The free reading agrees with the parser of our grammar."""
    data = DataSpec(objects_in_image=3, caption_completeness=2 / 3, saliency_bias=0.5, attribute_kinds=("color",))
    write_folder(data, THINGS, seed=0, count=120, size=32, out=tmp_path)
    ours = measure_folder(tmp_path)
    dials, about = measure_text((tmp_path / "metadata.jsonl").read_text(), "metadata.jsonl")
    for name in PROPERTY_CURVES:
        assert dials[name].value == pytest.approx(getattr(ours[name], "value", None), abs=0.02), name
    assert about.read > 110


# ---- What to change

BUS, CAR, TREE = (PictureObject(noun=noun, area=area) for noun, area in (("bus", 9.0), ("car", 4.0), ("tree", 1.0)))


def find_worst(*captions: str, objects: tuple[PictureObject, ...] | None = (BUS, CAR, TREE)) -> dict[str, Any]:
    """By property the line, pull and omitted objects of the captions that pull most."""
    rows = [CaptionRow(line=line, caption=each, objects=objects) for line, each in enumerate(captions, start=1)]
    by_property = find_pulls(parse_rows(rows)).items()
    return {name: [(each.line, each.pull, each.left_out) for each in pulls] for name, pulls in by_property}


def test_pull_and_what_is_left_out() -> None:
    pulls = find_worst("a red bus and a blue car by an old tree", "a tree", "a red bus and a car")
    # Attributes 3, 0, 1 of objects 3, 1, 2: 4 of 6 together, 4 of 5 without the tree, 3 of 4 without the third.
    assert pulls["attribute_density"] == [
        (2, pytest.approx(4 / 5 - 4 / 6), ("tree",)), (3, pytest.approx(3 / 4 - 4 / 6), ("car",)),
    ]  # fmt: skip
    # Completeness 1, 1/3, 2/3.
    assert pulls["caption_completeness"] == [(2, pytest.approx(5 / 6 - 2 / 3), ("bus", "car"))]
    # The tree alone is a miss with chance 1/3, bus and car are a hit with chance 1/3.
    assert pulls["saliency_bias"] == [(2, pytest.approx(1 - (1 - 2 / 3) / (4 / 3)), ("bus", "car"))]
    assert ("3 tree",) in {
        each[2]
        for each in find_worst("a bus by a tree", "a bus", objects=(BUS, TREE, TREE, TREE))["caption_completeness"]
    }


def test_a_caption_that_leaves_nothing_out_is_not_listed() -> None:
    assert find_worst("a large red bus", "a red car", objects=None).get("attribute_density", []) == []


def test_what_cannot_be_told_has_no_entry() -> None:
    assert find_worst("a bus", objects=None) == {}
    assert list(find_worst("a bus", "a red car", objects=None)) == ["attribute_density"]
    assert len(find_worst(*["a bus"] * 40, "a red old car", objects=None)["attribute_density"]) == MAX_PULLS_SHOWN


# ---- Files

BAD = {
    ("own.exe", b"caption\na"): "own.exe: give a file that ends in .csv or .tsv",
    ("own.csv", b"\xff\xfe"): "own.csv: is not text in UTF-8, see line 1",
    ("own.csv", b""): "own.csv: its first line is empty; it has to name caption or text",
    ("own.csv", b"words\na"): "own.csv: its columns are words; needed are caption or text",
    ("own.csv", b"caption\n"): "own.csv: holds no caption",
    ("own.csv", b"caption,x\na\n"): "line 2 of own.csv: 1 fields, and the header has 2",
    ("own.csv", b'caption\n"a'): "own.csv: is not CSV, see line",
    ("own.csv", b"caption\na\nb\nc\nd\n"): "own.csv: has more than 3 rows",
    ("own.csv", b"caption\n" + b"a\n" * 5_000_000): "own.csv: has more than 10 MB",
    ("own.csv.gz", gzip.compress(b"a" * 10_000_001, mtime=0)): "own.csv.gz: has more than 10 MB",
    ("own.csv.gz", b"no gzip"): "own.csv.gz: cannot be unpacked",
    ("own.csv.gz", gzip.compress(b"caption\na red bus\n", mtime=0)[:20]): "own.csv.gz: cannot be unpacked",
    ("own.csv", b"caption,objects\na,bus\n"): "line 2 of own.csv: objects has to be JSON, not bus",
    ("own.csv", b'caption,objects\na,"[1]"\n'): "each object has to be a word",
    ("own.csv", b'caption,objects\na,"5"\n'): "objects have to be a list",
    ("own.csv", b'caption,boxes\na,"[[0, 0, 1, 1]]"\n'): "boxes without objects",
    ("own.jsonl", b"[]"): "own.jsonl: its columns are none; needed are caption or text",
    ("own.jsonl", b"{"): "line 1 of own.jsonl: is not JSON",
    ("own.jsonl", b'{"caption": 5}'): "caption has to be text, not 5",
    ("own.jsonl", b'{"caption": "a", "objects": ["b"], "boxes": []}'): "boxes have to be a list as long as objects",
    ("own.jsonl", b'{"caption": "a", "objects": [{"noun": "b", "box": [0, 0, 0, 1]}]}'): "a box is [left, top, width",
    ("own.jsonl", b'{"caption": "a", "objects": [{"noun": "b", "box": [0, 0, 1]}]}'): "a box is [left, top, width",
    ("own.jsonl", b'{"caption": "a", "objects": [{"noun": "b", "area": -1}]}'): "an area has to be a number above 0",
    ("own.jsonl", b'{"caption": "a", "objects": {"bbox": []}}'): "objects name no categories",
    ("own.jsonl", b'{"caption": "a", "objects": ["' + b"a " * 51 + b'"]}'): "has at most 100 characters, not 102",
    ("own.jsonl", b'{"caption": "a", "objects": {"categories": [3], "bbox": [[0, 0, 1, 1]]}}'): "has to be a word",
}


def test_bad_files_are_a_sentence() -> None:
    for (name, content), words in BAD.items():
        with pytest.raises(UserError) as error:
            read_caption_rows(content, name, max_rows=3)
        assert words in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("own.csv.gz", gzip.compress(b"caption\na red bus\n\n\n", mtime=0)),
        ("\u0130.csv.gz", gzip.compress(b"caption\na red bus\n", mtime=0)),
        ("own.txt", "\ufeffa red  bus\r\n\n".encode()),
        ("own.TXT.gz", gzip.compress(b"a red bus\n\xe2\x80\xa8\n", mtime=0)),
        ("own.tsv", b"id\tCaption\n1\ta red bus\n2\t\n"),
        ("own.csv", b"caption,id\ra red bus,1\r,2\r"),
        ("own.json", b'[{"caption": "a red bus"}, {}]'),
        ("own.jsonl", b'\n{"text": "a red bus"}\n{"x": 1}'),
    ],
)
def test_each_kind_of_file_is_read(name: str, content: bytes) -> None:
    rows = read_caption_rows(content, name, max_rows=9)
    assert [each.caption for each in rows] == ["a red bus", ""][: 1 + (not name.endswith(".csv.gz"))]


# ---- The command


def test_the_command_measures_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.csv").write_text(CSV)
    main(["measure", str(tmp_path / "own.csv"), "--json"])
    assert json.loads(capsys.readouterr().out)["attribute_density"]["value"] == 3 / 4
    main(["measure", str(tmp_path / "own.csv"), "--doctor"])
    printed = capsys.readouterr().out
    last = printed.splitlines()[-1]
    assert last.startswith("sentence: Of 3 captions 2 (67 %) only name things, 0 (0 %) describe one thing, 1 (33 %)")
    assert "place: Attributes told per object: 0.75" in printed and "completeness: needs" not in printed
    assert "attribute_density" in printed and "read: 3" in printed and "empty, too long or not printable: 1" in printed
    assert "names without an attribute: dogs" in printed and "pull" not in printed
    assert "they are: dogs (1 caption), bus (1 caption)." in printed
    (tmp_path / "empty").mkdir()
    for arguments, words in (["none.csv"], "does not exist"), (["empty", "--doctor"], "--doctor: "):
        with pytest.raises(SystemExit):
            main(["measure", str(tmp_path / arguments[0]), *arguments[1:]])
        assert words in capsys.readouterr().err


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
    measured_dials = json.loads(capsys.readouterr().out)
    assert measured_dials["attribute_density"]["value"] == 0.5 and measured_dials["about"]["read"] == 1
