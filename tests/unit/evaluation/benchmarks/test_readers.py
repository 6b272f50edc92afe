"""Each published format becomes items; whatever is wrong in a file becomes one sentence."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from explorer.errors import UserError
from explorer.evaluation.benchmarks import reading
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.benchmarks.reading import Item, Source, check_columns, file_of, open_table, parse_columns
from tests.unit.evaluation.benchmarks import published
from tests.unit.evaluation.benchmarks.published import SUBSETS, captions

open_pairs, open_sugarcrepe, open_winoground, open_colorswap, open_attribution, open_relation = (
    PROTOCOLS[name].open
    for name in ("pairs", "sugarcrepe", "winoground", "colorswap", "aro-attribution", "aro-relation")
)


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
        ({"attributes": ["white", 3]}, "attributes has to be text, not 3"),
        ({"image_path": "/a.jpg"}, "below the folder"),
    ],
)
def test_bad_aro(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    file = published.write_aro(tmp_path / "visual_genome_attribution.json", ["white_brown"], **changes)
    assert words in fault(open_attribution, file)


def test_aro_that_is_no_list(tmp_path: Path) -> None:
    file = tmp_path / "visual_genome_relation.json"
    file.write_text("3")
    assert "a list of items or an object of items is needed, not 3" in fault(open_relation, file)


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
    assert read(open_winoground(file))[0].pictures[1].name == "b"  # a picture below --images
    published.write_parquet(
        file, pa.table({"image_0": [[1]], "image_1": ["b"], "caption_0": ["c"], "caption_1": ["d"]})
    )
    assert "image_0 has to hold the name or the bytes of a picture" in fault(open_winoground, file)
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


def test_sugarcrepe_pp_has_two_right_captions(tmp_path: Path) -> None:
    published.write_sugarcrepe_pp(tmp_path / "data")
    source = PROTOCOLS["sugarcrepe++"].open(tmp_path)
    assert source.images == tmp_path / "data" / "val2017"
    first = read(source)[0]
    assert (first.right, len(first.captions), first.group, first.id) == (2, 3, "replace_obj", "0")
    assert (first.captions[0], first.captions[2]) == captions(0)


def test_bivlc_as_csv_and_as_table(tmp_path: Path) -> None:
    source = PROTOCOLS["bivlc"].open(published.write_bivlc(tmp_path / "a"))
    found = read(source)
    assert [item.id for item in found[:5]] == ["2/0", "2/1", "2/2", "2/3", "3/0"] and "four candidate" in source.notes[
        0
    ]
    assert [picture.name for picture in found[1].pictures] == ["000000000000.jpg", "0_000000000000_1.jpg"]
    assert (found[1].captions, found[1].group) == (captions(0), "swap_att")
    table = pa.table(
        {
            "image": [{"bytes": published.png(0), "path": "a.jpg"}],
            "negative_image": [{"bytes": published.png(1), "path": None}],
            "caption": ["a"], "negative_caption": ["b"], "type": ["add"], "subtype": ["obj"],
        }
    )  # fmt: skip
    published.write_parquet(tmp_path / "b" / "data" / "test-00000-of-00001.parquet", table)
    (one,) = read(PROTOCOLS["bivlc"].open(tmp_path / "b"))
    assert [picture.content for picture in one.pictures] == [published.png(0), published.png(1)]
    assert (one.captions, one.group) == (("a", "b"), "add_obj")


def test_cola_finds_pictures_by_the_last_part_of_their_address(tmp_path: Path) -> None:
    source = PROTOCOLS["cola"].open(published.write_cola(tmp_path / "data"))
    second = read(source)[1]
    assert second.captions == captions(1) and second.group is None
    found = [file_of(picture.name, source.images) for picture in second.pictures]
    assert found == [str(tmp_path / "data" / "images" / f"{k}.jpg") for k in (2, 3)]


def test_valse_leaves_out_items_that_annotators_did_not_confirm(tmp_path: Path) -> None:
    source = PROTOCOLS["valse"].open(published.write_valse(tmp_path))
    assert [item.id for item in read(source)] == ["plurals:coco2017:0", "plurals:coco2017:1"]
    assert source.notes == ("1 of 3 items are left out: the authors count only those with mturk.caption>=2.",)
    assert read(source)[1].captions == captions(1) and read(source)[1].group == "plurals"


def test_whatsup_and_its_files_of_coco(tmp_path: Path) -> None:
    source = PROTOCOLS["whatsup"].open(published.write_whatsup(tmp_path))
    first = read(source)[0]
    assert first.captions == (*captions(0), *captions(4)) and first.group == "controlled_images_dataset"
    assert file_of(first.pictures[0].name, source.images) == str(tmp_path / "controlled_images" / "0.jpeg")
    coco = PROTOCOLS["whatsup"].open(published.write_whatsup_coco(tmp_path / "coco"))
    second = read(coco)[1]
    assert (second.pictures[0].name, second.captions) == ("val2017/000000000001.jpg", captions(1))
    assert file_of(second.pictures[0].name, coco.images) is not None


def test_negbench_puts_the_right_option_first(tmp_path: Path) -> None:
    source = PROTOCOLS["negbench"].open(published.write_negbench(tmp_path, 5))
    found = read(source)
    assert [item.captions for item in found] == [(*captions(k), *captions(k + 4)) for k in range(5)]
    assert [item.group for item in found[:3]] == ["positive", "negative", "hybrid"]
    assert file_of(found[1].pictures[0].name, source.images)
    file = tmp_path / "COCO_val_mcq_llama3.1_rephrased.csv"
    file.write_text(file.read_text().replace("\n1,", "\n4,"))
    assert "line 3" in fault(PROTOCOLS["negbench"].open, file)
    assert "correct_answer has to be a number from 0 to 3, not 4" in fault(PROTOCOLS["negbench"].open, file)


def test_mmvp_joins_two_rows(tmp_path: Path) -> None:
    file = published.write_mmvp(tmp_path)
    source = PROTOCOLS["mmvp"].open(tmp_path)
    first = read(source)[0]
    assert first.captions == tuple(f"a photo of {caption}" for caption in captions(0))
    assert [picture.name for picture in first.pictures] == [
        f"MLLM_VLM Images/Color and Appearance/{k}.jpg" for k in (1, 2)
    ]
    assert all(file_of(picture.name, source.images) for picture in first.pictures)
    file.write_text("\n".join(file.read_text().splitlines()[:-1]) + "\n")
    assert "no second row" in fault(PROTOCOLS["mmvp"].open, file)


TABLES = {
    "items.csv": "file,right,wrong,other,type\na.png,x,y,z,t\n",
    "items.tsv": "file\tright\twrong\tother\ttype\na.png\tx\ty\tz\tt\n",
    "items.jsonl": '{"file": "a.png", "right": "x", "wrong": "y", "other": "z", "type": "t"}\n\n',
    "items.json": '{"one": {"file": "a.png", "right": "x", "wrong": ["y", "z"], "other": "z", "type": "t"}}',
}


@pytest.mark.parametrize("name", TABLES)
def test_any_table_with_several_negatives(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TABLES[name])
    negative = "wrong" if name.endswith(".json") else "wrong+other"
    columns = parse_columns(f"image=file, caption=right, negative={negative}, group=type")
    (item,) = read(open_table((tmp_path / name,), columns, images=tmp_path))
    assert (item.pictures[0].name, item.captions, item.right, item.group) == ("a.png", ("x", "y", "z"), 1, "t")


BAD_COLUMNS = {
    "image=a": "image is needed, and either caption and negative, or options",
    "image=a,caption=b,negative=c,options=d": "either caption and negative, or options",
    "image=a,caption=b,negative=c,picture=d": "picture=d is not one of image, caption, negative",
    "image=a,image=b,caption=c,negative=d": "each once",
    "image=a,caption,negative=c": "caption is not one of",
    "image=a,caption=b,negative=c,answer=d": "answer is the number of the right one of options",
    "image=a,negative_image=b,caption=c+d,negative=e": "with negative_image there is one caption and one negative",
}


@pytest.mark.parametrize("text", BAD_COLUMNS)
def test_bad_columns(text: str) -> None:
    with pytest.raises(UserError, match=BAD_COLUMNS[text]):
        parse_columns(text)


def test_columns_that_a_file_does_not_have(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"file": "a.png", "right": [], "wrong": "y"}]')

    def open(columns: str) -> Callable[[Path], Source]:
        return lambda path: open_table((path,), parse_columns(columns), images=tmp_path)

    words = fault(open("image=file,caption=text,negative=wrong"), tmp_path / "a.json")
    assert words.endswith("there is no text; the fields here are file, right, wrong")
    words = fault(open("image=file,caption=right,negative=wrong"), tmp_path / "a.json")
    assert "0 right and 1 wrong captions" in words
    with pytest.raises(UserError, match="has file, right, wrong"):
        check_columns(tmp_path / "a.json", None)
    assert "has to end in .csv" in fault(open("image=file,caption=right,negative=wrong"), tmp_path)


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
