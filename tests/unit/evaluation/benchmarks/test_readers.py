"""Each published format becomes items; whatever is wrong in a file becomes one sentence."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from explorer import tables
from explorer.errors import UserError
from explorer.evaluation.benchmarks.columns import check_columns, parse_columns
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.benchmarks.reading import Item, Source, find_picture, open_table
from tests.unit.evaluation.benchmarks import published
from tests.unit.evaluation.benchmarks.published import SUBSETS, captions


def read(source: Source) -> list[Item]:
    return list(source.items())


def fault(open: Callable[[Path], Source], path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read(open(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


Written = tuple[str, Callable[[Path], Path], int, str, tuple[str, ...], tuple[str, ...], str | None]
RIGHT, WRONG = captions(0)
FORMATS: list[Written] = [
    # Name, its files, the place of an item: its id, pictures, captions and group.
    ("pairs", lambda folder: published.write_pairs(folder, 3, 2), 1, "3", ("1.png",), captions(1), "odd"),
    ("sugarcrepe", published.write_sugarcrepe, 1, "add_att/1", ("000000000001.jpg",), captions(1), "add_att"),
    (
        "sugarcrepe++", published.write_sugarcrepe_pp, 0, "0", ("000000000000.jpg",),
        (RIGHT, " and ".join(RIGHT.split(" and ")[::-1]), WRONG), "replace_obj",
    ),
    (
        "aro-attribution",
        lambda folder: published.write_aro(folder / "visual_genome_attribution.json", ["white_brown", "old_new"]),
        1, "1", ("2414752.jpg",), captions(1), "old_new",
    ),
    (
        "aro-relation",
        lambda folder: published.write_aro(folder / "visual_genome_relation.json", ["behind"]),
        0, "0", ("2414752.jpg",), captions(0), "behind",
    ),
    ("winoground", published.write_winoground, 1, "1", ("ex_1_img_0", "ex_1_img_1"), captions(1), "Object"),
    (
        "colorswap", published.write_colorswap, 2, "2", ("images/img_2_1.png", "images/img_2_2.png"), captions(2),
        "midjourney",
    ),
    (
        "bivlc", published.write_bivlc, 1, "2/1", ("000000000000.jpg", "0_000000000000_1.jpg"), captions(0),
        "swap_att",
    ),
    (
        "cola", published.write_cola, 1, "1", tuple(f"example.org/data/vg_gqa_images/{k}.jpg" for k in (2, 3)),
        captions(1), None,
    ),
    ("valse", published.write_valse, 1, "plurals:coco2017:1", ("000000000001.jpg",), captions(1), "plurals"),
    (
        "whatsup", published.write_whatsup, 0, "0", ("data/controlled_images/0.jpeg",), (*captions(0), *captions(4)),
        "controlled_images_dataset",
    ),
    ("whatsup", published.write_whatsup_coco, 1, "1", ("val2017/000000000001.jpg",), captions(1), "coco_qa_two_obj"),
    (
        "negbench", published.write_negbench, 1, "3", ("data/coco/images/val2017/000000000001.jpg",),
        (*captions(1), *captions(5)), "negative",
    ),
    (
        "mmvp", published.write_mmvp, 0, "2",
        tuple(f"MLLM_VLM Images/Color and Appearance/{k}.jpg" for k in (1, 2)),
        tuple(f"a photo of {said}" for said in captions(0)), "Color and Appearance",
    ),
]  # fmt: skip


@pytest.mark.parametrize("written", FORMATS, ids=[f"{name}-{id}" for name, _, _, id, *_ in FORMATS])
def test_each_format_gives_items_whose_pictures_are_found(tmp_path: Path, written: Written) -> None:
    name, write, place, id, names, said, group = written
    write(tmp_path)
    source = PROTOCOLS[name].open(tmp_path)
    item = read(source)[place]
    assert (item.id, tuple(each.name for each in item.pictures)) == (id, names)
    assert (item.captions, item.group, item.right) == (said, group, 1 + (name == "sugarcrepe++"))
    assert all(find_picture(each, source.images) for each in names)
    assert read(source)[place] == item, "it is read again"


def test_what_formats_have_of_their_own(tmp_path: Path) -> None:
    published.write_sugarcrepe(tmp_path / "data")
    items = read(PROTOCOLS["sugarcrepe"].open(tmp_path))  # the repository
    assert list(dict.fromkeys(item.group for item in items)) == list(SUBSETS) and len(items) == 21
    assert len(read(PROTOCOLS["sugarcrepe"].open(tmp_path / "data" / "swap_att.json"))) == 3
    published.write_aro(tmp_path / "visual_genome_attribution.json", ["white_brown", "old_new"])
    box = read(PROTOCOLS["aro-attribution"].open(tmp_path))[1].pictures[0].box
    assert box == (1, 2, 13, 12)  # left, top, left + width, top + height
    valse = PROTOCOLS["valse"].open(published.write_valse(tmp_path / "valse"))
    assert len(read(valse)) == 2
    assert valse.notes == ("1 of 3 items are left out: the authors count only those with mturk.caption>=2.",)
    assert "four candidate" in PROTOCOLS["bivlc"].open(published.write_bivlc(tmp_path / "bivlc")).notes[0]
    negbench = PROTOCOLS["negbench"].open(published.write_negbench(tmp_path / "negbench", 5))
    assert [item.captions for item in read(negbench)] == [(*captions(k), *captions(k + 4)) for k in range(5)]


def test_tables_of_the_hub(tmp_path: Path) -> None:
    table = published.hub_table()
    published.write_parquet(tmp_path / "a" / "data" / "test-00000-of-00001.parquet", table)
    for name, stream in (("stream.arrow", True), ("file.arrow", False)):
        published.write_arrow(tmp_path / name, table, stream=stream)
    items = [read(PROTOCOLS["winoground"].open(tmp_path / name)) for name in ("a", "stream.arrow", "file.arrow")]
    assert items[0] == items[1] == items[2] and len(items[0]) == 3
    assert items[0][1].pictures[1].content == published.png(3)
    assert (items[0][0].group, items[0][2].captions) == ("Relation", captions(2))
    for split, count in (("train", 5), ("test", 2)):
        file = tmp_path / "data" / f"{split}-00000-of-00001.parquet"
        published.write_parquet(file, published.hub_table("12", count))
    assert len(read(PROTOCOLS["colorswap"].open(tmp_path))) == 2, "those of the test split"
    columns = {name: [name] for name in ("caption", "negative_caption", "type", "subtype")}
    columns |= {name: [{"bytes": published.png(k), "path": None}] for k, name in enumerate(("image", "negative_image"))}
    (one,) = read(PROTOCOLS["bivlc"].open(published.write_parquet(tmp_path / "b.parquet", pa.table(columns))))
    assert [picture.content for picture in one.pictures] == [published.png(0), published.png(1)]
    assert (one.captions, one.group) == (("caption", "negative_caption"), "type_subtype")


HEAD = "image,caption,negative_caption\n"
ITEM = {"filename": "a.jpg", "caption": "x", "negative_caption": "y"}
BOX = {"image_path": "a.jpg", "bbox_x": 0, "bbox_y": 2, "bbox_w": 12, "bbox_h": 10, "attributes": ["white", "brown"]}
BOX |= {"true_caption": "x", "false_caption": "y"}
QUAD = {"image_0": "a", "image_1": "b", "caption_0": "c", "caption_1": "d"}
BAD: list[tuple[str, str, Any, str]] = [
    ("pairs", "pairs.csv", "", "first line is empty; it has to name image, caption, negative_caption"),
    ("pairs", "pairs.csv", "file,text\na,b\n", "its columns are file, text; needed are image, caption, negative_capt"),
    ("pairs", "pairs.csv", "image,caption,caption,negative_caption\n", "each has to be there once"),
    ("pairs", "pairs.csv", HEAD + "a.png,x\n", "line 2 of .*: 2 fields, and the header has 3"),
    ("pairs", "pairs.csv", HEAD + "a.png,,x\n", "line 2 of .*: caption has to be text, not empty"),
    ("pairs", "pairs.csv", HEAD + "../a.png,x,y\n", r"image \.\./a\.png has to be a name below"),
    ("pairs", "pairs.csv", HEAD + "C:\\a.png,x,y\n", "has to be a name below"),
    ("pairs", "pairs.csv", HEAD + "a\\..\\b.png,x,y\n", "has to be a name below"),
    ("pairs", "pairs.csv", HEAD + 'a.png,"x,y\n', "is not CSV"),
    ("pairs", "pairs.csv", HEAD + "a.png," + "x" * 10_001 + ",y\n", "caption has more than 10,000 letters"),
    ("pairs", "pairs.csv", HEAD + "a.png," + "x" * 1_000_001, "line 2 has more than 1,000,000 bytes"),
    ("pairs", "pairs.csv", HEAD.encode() + b"\xff\xfe,a,b\n", "not text in UTF-8"),
    ("sugarcrepe", "swap_att.json", "[1]", "an object with fields is needed"),
    ("sugarcrepe", "swap_att.json", "[" * 100_000, "is not JSON"),
    ("sugarcrepe", "swap_att.json", {"0": {"filename": "a.jpg", "caption": "x"}}, "needed are .*, negative_caption"),
    ("sugarcrepe", "swap_att.json", {"0": ITEM | {"filename": "../../a.jpg"}}, "below the folder"),
    ("sugarcrepe", "other.json", "{}", "has one of the names add_att"),
    ("aro-relation", "visual_genome_relation.json", "3", "a list or an object of records is needed, not 3"),
    ("aro-attribution", "visual_genome_attribution.json", [BOX | {"bbox_w": 0}], "the box is 0 wide and 10 high"),
    ("aro-attribution", "visual_genome_attribution.json", [BOX | {"bbox_x": "one"}], "bbox_x has to be a number, not"),
    ("aro-attribution", "visual_genome_attribution.json", [BOX | {"bbox_y": float("nan")}], "bbox_y has to be a numb"),
    ("aro-attribution", "visual_genome_attribution.json", [BOX | {"bbox_w": 10**400}], "bbox_w has to be .* 9 digits"),
    ("aro-attribution", "visual_genome_attribution.json", [BOX | {"bbox_x": -1e300}], "bbox_x has to be .* 9 digits"),
    ("winoground", "examples.jsonl", json.dumps(QUAD) + '\n{"image_0": "a"\n', "line 2 of .*: is not JSON"),
    ("winoground", "test.parquet", b"PAR1 and no more", "is no parquet file, or is damaged"),
    ("winoground", "test.parquet", {"question": ["a"]}, "its columns are question; needed are .*caption_0"),
    (
        "winoground", "test.parquet", {name: [value] for name, value in (QUAD | {"image_0": [1]}).items()},
        "image_0 has to hold the name or the bytes of a picture",
    ),
    ("mmvp", "Questions.csv", "Question ID,Type,Statement\n1,Color,a\n", "no second row"),
    (
        "negbench", "COCO_val_mcq_llama3.1_rephrased.csv",
        "correct_answer,caption_0,caption_1,caption_2,caption_3,correct_answer_template,image_path\n4,a,b,c,d,t,e.jpg\n",
        "line 2 .*correct_answer has to be a number from 0 to 3, not 4",
    ),
    (
        "negbench", "COCO_val_mcq_llama3.1_rephrased.csv",
        "correct_answer,caption_0,caption_1,caption_2,caption_3,correct_answer_template,image_path\n"
        + "9" * 5000 + ",a,b,c,d,t,e.jpg\n",
        "line 2 .*correct_answer has to be a number from 0 to 3, not 999",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "file", "content", "words"), BAD)
def test_a_bad_file_is_one_sentence(tmp_path: Path, name: str, file: str, content: Any, words: str) -> None:
    path = tmp_path / file
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif file.endswith(".parquet"):
        published.write_parquet(path, pa.table(content))
    else:
        published.write_file(path, content)
    assert re.search(words, fault(PROTOCOLS[name].open, path), re.DOTALL)


MARKED = b"\xef\xbb\xbf" + b'note,negative_caption, caption ,image\r\n,"a ""red"", cup","two\nlines",a/b.png\r\n\r\n'


def test_pairs_with_a_byte_order_mark_quotes_and_columns_in_another_order(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes(MARKED)
    (item,) = read(PROTOCOLS["pairs"].open(tmp_path / "mine.csv"))
    assert (item.captions, item.pictures[0].name, item.group) == (("two\nlines", 'a "red", cup'), "a/b.png", None)


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
    "image=a,caption=b,negative=c,answer=d": "answer is the number of the right one of options",
    "image=a,negative_image=b,caption=c+d,negative=e": "with negative_image there is one caption and one negative",
    "image=file,caption=text,negative=wrong": "its columns are file, right, wrong; needed are file, text, wrong$",
    "image=file,caption=right,negative=wrong": "0 right and 1 wrong captions",
    None: "has file, right, wrong",
}


@pytest.mark.parametrize("text", BAD_COLUMNS)
def test_columns_that_are_wrong_or_not_there(tmp_path: Path, text: str | None) -> None:
    file = published.write_file(tmp_path / "a.json", [{"file": "a.png", "right": [], "wrong": "y"}])
    with pytest.raises(UserError, match=BAD_COLUMNS[text]):
        read(open_table((file,), check_columns(file, text), images=tmp_path))


def test_what_is_no_file_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("gone.csv", "pipe"):
        assert "no such file" in fault(PROTOCOLS["pairs"].open, tmp_path / name)
    assert all("the folder holds none of" in fault(each.open, tmp_path) for each in PROTOCOLS.values())
    with pytest.raises(UserError, match="give a file that ends in .csv"):
        check_columns(published.write_file(tmp_path / "a.exe", ""), None)
    monkeypatch.setattr(tables, "MAX_JSON_BYTES", 10)
    published.write_sugarcrepe(tmp_path)
    assert "more than" in fault(PROTOCOLS["sugarcrepe"].open, tmp_path)


def test_published_figures_are_shares_with_a_source_of_models_that_open_clip_knows() -> None:
    from open_clip.pretrained import is_pretrained_cfg

    figures = [figure for each in PROTOCOLS.values() for figure in each.reference]
    names = {name for figure in figures for name in figure.open_clip}
    assert "ViT-B-32/openai" in names and all(is_pretrained_cfg(*name.split("/")) for name in names)
    assert len(figures) == 11 * 7 + 4 + 4 + 4 * 3 + 3
    assert all(0 < figure.value <= 1 and figure.source for figure in figures)
    swap_att = {figure.model: figure.value for figure in figures if figure.group == "swap_att"}
    assert (swap_att["OpenAI ViT-B-32"], swap_att["OpenAI ViT-L-14"]) == (0.6396, 0.6231)
    b32 = {
        figure.metric: figure.value for figure in PROTOCOLS["winoground"].reference if "openai" in str(figure.open_clip)
    }
    assert b32 == {"text_score": 0.3075, "image_score": 0.105, "group_score": 0.08}
