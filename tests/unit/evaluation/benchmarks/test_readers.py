"""Each published format becomes items; whatever is wrong in a file becomes one sentence."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from explorer.errors import UserError
from explorer.evaluation.benchmarks import reading
from explorer.evaluation.benchmarks.aro import open_attribution, open_relation
from explorer.evaluation.benchmarks.colorswap import open_colorswap
from explorer.evaluation.benchmarks.items import Item, Source
from explorer.evaluation.benchmarks.pairs import open_pairs
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.benchmarks.sugarcrepe import SUBSETS, open_sugarcrepe
from explorer.evaluation.benchmarks.winoground import open_winoground
from tests.unit.evaluation.benchmarks import published
from tests.unit.evaluation.benchmarks.published import captions


def read(source: Source) -> list[Item]:
    return list(source.items())


def fault(open: Callable[[Path], Source], path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read(open(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_pairs(tmp_path: Path) -> None:
    source = open_pairs(published.write_pairs(tmp_path, 3, 2))
    assert source.images == tmp_path
    assert [(item.id, item.pictures[0].name, item.group) for item in read(source)] == [
        ("2", "0.png", "even"),
        ("3", "1.png", "odd"),
        ("4", "0.png", "even"),
    ]
    assert read(source)[1].captions == captions(1)
    assert read(open_pairs(tmp_path)) == read(source)


def test_pairs_with_a_byte_order_mark_quotes_and_columns_in_another_order(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_bytes(
        b"\xef\xbb\xbf" + b'note,negative_caption, caption ,image\r\n,"a ""red"", cup","two\nlines",a/b.png\r\n\r\n'
    )
    (item,) = read(open_pairs(file))
    assert (item.captions, item.pictures[0].name, item.group) == (("two\nlines", 'a "red", cup'), "a/b.png", None)


BAD_PAIRS = {
    "": "columns image, caption, negative_caption",
    "\n": "columns image, caption, negative_caption",
    "file,text\na,b\n": "the columns are file, text; needed are image, caption, negative_caption",
    "image;caption;negative_caption\n": "the columns are image;caption;negative_caption; needed",
    "image,caption,caption,negative_caption\n": "each once",
    "image,caption,negative_caption\na.png,x\n": "line 2 .*: 2 fields, and the header has 3",
    "image,caption,negative_caption\na.png,,x\n": "line 2 .*: caption has to be text, not empty",
    "image,caption,negative_caption\n../a.png,x,y\n": r"image \.\./a\.png has to be a name below",
    "image,caption,negative_caption\n/etc/passwd,x,y\n": "image /etc/passwd has to be a name below",
    "image,caption,negative_caption\nC:\\a.png,x,y\n": "has to be a name below",
    "image,caption,negative_caption\na\\..\\b.png,x,y\n": "has to be a name below",
    'image,caption,negative_caption\na.png,"x,y\n': "is not CSV",
    "image,caption,negative_caption\na.png," + "x" * 10_001 + ",y\n": "caption has more than 10,000 letters",
    "image,caption,negative_caption\na.png," + "x" * 1_000_001: "a line has 1,000,000 letters or more",
}


@pytest.mark.parametrize("content", BAD_PAIRS)
def test_bad_pairs(tmp_path: Path, content: str) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(content)
    with pytest.raises(UserError, match=BAD_PAIRS[content]):
        read(open_pairs(file))


def test_pairs_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_bytes(b"image,caption,negative_caption\n\xff\xfe,a,b\n")
    assert "not text in UTF-8" in fault(open_pairs, file)
    assert "no such file" in fault(open_pairs, tmp_path / "gone.csv")
    os.mkfifo(tmp_path / "pipe")
    assert "no such file" in fault(open_pairs, tmp_path / "pipe")


def test_sugarcrepe(tmp_path: Path) -> None:
    source = open_sugarcrepe(published.write_sugarcrepe(tmp_path / "data"))
    found = read(source)
    assert len(found) == 21 and source.images == tmp_path / "data" / "val2017"
    assert list(dict.fromkeys(item.group for item in found)) == list(SUBSETS)
    assert (found[1].id, found[1].pictures[0].name) == ("add_att/1", "000000000001.jpg")
    assert read(open_sugarcrepe(tmp_path)) == found  # the repository
    assert [item.group for item in read(open_sugarcrepe(tmp_path / "data" / "swap_att.json"))] == ["swap_att"] * 3


def test_bad_sugarcrepe(tmp_path: Path) -> None:
    assert "holds none of add_att.json" in fault(open_sugarcrepe, tmp_path)
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert "has one of the names add_att" in fault(open_sugarcrepe, other)
    file = tmp_path / "swap_att.json"
    for content, words in [
        ("[1]", "an object with fields is needed"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        (
            '{"0": {"filename": "a.jpg", "caption": "x"}}',
            "item 0 of .* there is no negative_caption; the fields here are",
        ),
        ('{"0": {"filename": "../../a.jpg", "caption": "x", "negative_caption": "y"}}', "below the folder"),
        ('{"0": {"filename": 3, "caption": "x", "negative_caption": "y"}}', "filename has to be text, not 3"),
    ]:
        file.write_text(content)
        with pytest.raises(UserError, match=words):
            read(open_sugarcrepe(tmp_path))


def test_json_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_JSON_BYTES", 10)
    published.write_sugarcrepe(tmp_path)
    assert "more than" in fault(open_sugarcrepe, tmp_path)


def test_aro(tmp_path: Path) -> None:
    published.write_aro(tmp_path / "visual_genome_attribution.json", ["white_brown", "old_new"])
    published.write_aro(tmp_path / "visual_genome_relation.json", ["behind"])
    source = open_attribution(tmp_path)
    first, second = read(source)
    assert source.images == tmp_path / "images"
    assert (first.group, first.captions, second.group) == ("white_brown", captions(0), "old_new")
    assert second.pictures[0].box == (1, 2, 13, 12)  # left, top, left + width, top + height
    assert [item.group for item in read(open_relation(tmp_path))] == ["behind"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bbox_w": 0}, "the box is 0 wide and 10 high"),
        ({"bbox_x": "1"}, "bbox_x has to be a number, not 1"),
        ({"bbox_y": float("nan")}, "bbox_y has to be a number"),
        ({"bbox_h": True}, "bbox_h has to be a number"),
        ({"attributes": ["white"]}, "a list of two words"),
        ({"image_path": "/a.jpg"}, "below the folder"),
    ],
)
def test_bad_aro(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    file = published.write_aro(tmp_path / "visual_genome_attribution.json", ["white_brown"], **changes)
    assert words in fault(open_attribution, file)


def test_aro_that_is_no_list(tmp_path: Path) -> None:
    file = tmp_path / "visual_genome_relation.json"
    file.write_text("{}")
    assert "a list of items is needed" in fault(open_relation, file)


def test_winoground_as_lines(tmp_path: Path) -> None:
    file = published.write_winoground(tmp_path / "data")
    first, second, _ = read(open_winoground(tmp_path))
    assert open_winoground(tmp_path).images == tmp_path / "data" / "images"
    assert [picture.name for picture in second.pictures] == ["ex_1_img_0", "ex_1_img_1"]
    assert (first.group, second.group, second.captions) == ("Relation", "Object", captions(1))
    file.write_text(file.read_text() + '{"id": 3, "image_0": "a"\n')
    assert "line 4 is not JSON" in fault(open_winoground, file)


def test_winoground_as_tables(tmp_path: Path) -> None:
    table = published.hub_table()
    published.write_parquet(tmp_path / "a" / "data" / "test-00000-of-00001.parquet", table)
    for name, stream in (("stream.arrow", True), ("file.arrow", False)):
        published.write_arrow(tmp_path / name, table, stream=stream)
    found = [read(open_winoground(tmp_path / name)) for name in ("a", "stream.arrow", "file.arrow")]
    assert found[0] == found[1] == found[2] and len(found[0]) == 3
    assert found[0][1].pictures[1].content == published.png(3)
    assert (found[0][0].group, found[0][2].captions) == ("Relation", captions(2))


def test_bad_tables(tmp_path: Path) -> None:
    file = tmp_path / "test.parquet"
    file.write_bytes(b"PAR1 and no more")
    assert "is no parquet file, or is damaged" in fault(open_winoground, file)
    (tmp_path / "test.arrow").write_bytes(b"no")
    assert "is no arrow file" in fault(open_winoground, tmp_path / "test.arrow")
    published.write_parquet(
        file, pa.table({"image_0": ["a"], "image_1": ["b"], "caption_0": ["c"], "caption_1": ["d"]})
    )
    assert "image_0 has to hold the bytes of a picture" in fault(open_winoground, file)
    published.write_parquet(file, pa.table({"question": ["a"]}))
    assert "there is no caption_0; the fields here are question" in fault(open_winoground, file)


def test_colorswap(tmp_path: Path) -> None:
    published.write_colorswap(tmp_path / "data")
    source = open_colorswap(tmp_path)
    assert source.images == tmp_path / "data"
    found = read(source)
    assert [picture.name for picture in found[2].pictures] == ["images/img_2_1.png", "images/img_2_2.png"]
    assert (found[2].id, found[2].captions, found[2].group) == ("2", captions(2), "midjourney")


def test_colorswap_reads_the_tables_of_the_test_split(tmp_path: Path) -> None:
    published.write_parquet(tmp_path / "data" / "train-00000-of-00001.parquet", published.hub_table("12", 5))
    published.write_parquet(tmp_path / "data" / "test-00000-of-00001.parquet", published.hub_table("12", 2))
    assert len(read(open_colorswap(tmp_path))) == 2


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_folder_without_the_files(tmp_path: Path, name: str) -> None:
    assert "the folder holds none of" in fault(PROTOCOLS[name].open, tmp_path)


def test_lists_of_references_name_models_that_open_clip_knows() -> None:
    from open_clip.pretrained import is_pretrained_cfg

    names = {name for each in PROTOCOLS.values() for figure in each.reference for name in figure.open_clip}
    assert "ViT-B-32/openai" in names
    assert [name for name in names if not is_pretrained_cfg(*name.split("/"))] == []


def test_published_figures_are_shares_with_a_source() -> None:
    figures = [figure for each in PROTOCOLS.values() for figure in each.reference]
    assert len(figures) == 11 * 7 + 4 + 4 + 4 * 3 + 3
    assert all(0 < figure.value <= 1 and figure.source for figure in figures)
    swap_att = {figure.model: figure.value for figure in figures if figure.group == "swap_att"}
    assert (swap_att["OpenAI ViT-B-32"], swap_att["OpenAI ViT-L-14"]) == (0.6396, 0.6231)
    b32 = {
        figure.metric: figure.value for figure in PROTOCOLS["winoground"].reference if "openai" in str(figure.open_clip)
    }
    assert b32 == {"text_score": 0.3075, "image_score": 0.105, "group_score": 0.08}


def test_every_item_of_a_fixture_is_json_as_published(tmp_path: Path) -> None:
    """The fixtures have the keys that the published code reads, so that a reader that drifts from them fails."""
    published.write_sugarcrepe(tmp_path)
    record = json.loads((tmp_path / "swap_obj.json").read_text())["0"]
    assert set(record) == {"filename", "caption", "negative_caption"}
