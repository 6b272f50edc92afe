"""Small files in the exact published formats, with tiny pictures, made by us.

write_sugarcrepe(folder)         # seven JSON files and val2017/
write_quads(folder / "test.json")
"""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from explorer.evaluation.sets import EvaluationSet
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer
from tests.unit.toys import COLORS, NOUNS, caption

SUBSETS = ("add_att", "add_obj", "replace_att", "replace_obj", "replace_rel", "swap_att", "swap_obj")


def picture(seed: int, size: tuple[int, int] = (24, 18)) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


def png(seed: int) -> bytes:
    file = io.BytesIO()
    picture(seed).save(file, "PNG")
    return file.getvalue()


def save_pictures(folder: Path, names: list[str]) -> None:
    for seed, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture(seed).save(folder / name)


def captions(k: int) -> tuple[str, str]:
    """A caption and the one with its colors exchanged."""
    a, b, n, m = COLORS[k % 8], COLORS[(k + 3) % 8], NOUNS[k % 10], NOUNS[(k + 1) % 10]
    return caption(f"{a} {n}", f"{b} {m}"), caption(f"{b} {n}", f"{a} {m}")


def write_file(file: Path, content: Any, pictures: Iterable[str] = ()) -> Path:
    """Write a file, and the pictures that it names below its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    save_pictures(file.parent, list(pictures))
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def write_pairs(folder: Path, count: int = 10, num_pictures: int = 7, *, group: bool = True) -> Path:
    """pairs.csv with `count` lines on `num_pictures` pictures."""
    rows = [
        ",".join([f"{k % num_pictures}.png", *captions(k), *["odd" if k % 2 else "even"] * group]) for k in range(count)
    ]
    head = "image,caption,negative_caption" + ",group" * group
    return write_file(folder / "pairs.csv", lines(head, *rows), (f"{k}.png" for k in range(num_pictures)))


def write_sugarcrepe(folder: Path, count: int = 3) -> Path:
    """The seven files; pictures of COCO's names in val2017/."""
    names = [f"{k:012}.jpg" for k in range(count)]
    save_pictures(folder / "val2017", names)
    for number, subset in enumerate(SUBSETS):
        pairs = [captions(number * count + k) for k in range(count)]
        items = {
            str(k): {"filename": names[k], "caption": right, "negative_caption": wrong}
            for k, (right, wrong) in enumerate(pairs)
        }
        write_file(folder / f"{subset}.json", items)
    return folder


def write_aro(file: Path, groups: list[str]) -> Path:
    """One item a group in the list; relations in visual_genome_relation.json, else attributes "a_b"."""
    items = []
    for k, group in enumerate(groups):
        named = {"relation_name": group} if "relation" in file.name else {"attributes": group.split("_")}
        box = {"bbox_x": k % 5, "bbox_y": 2, "bbox_w": 12, "bbox_h": 10}
        right, wrong = captions(k)
        items.append({"image_path": "2414752.jpg", **box, "true_caption": right, "false_caption": wrong, **named})
    return write_file(file, items, ["images/2414752.jpg"])


def write_winoground(folder: Path, count: int = 3) -> Path:
    """examples.jsonl and images/, whose names have no ending in the file."""
    rows = []
    for k in range(count):
        record = {"id": k, **{f"image_{i}": f"ex_{k}_img_{i}" for i in range(2)}}
        record |= {f"caption_{i}": said for i, said in enumerate(captions(k))}
        record |= {"tag": "Adjective-Color", "collapsed_tag": "Object" if k else "Relation"}
        rows.append(json.dumps(record))
    pictures = (f"images/ex_{k}_img_{i}.png" for k in range(count) for i in range(2))
    return write_file(folder / "examples.jsonl", lines(*rows), pictures)


def write_colorswap(folder: Path, count: int = 3) -> Path:
    """test.json and images/."""
    items = []
    for k in range(count):
        record: dict[str, Any] = {"id": k, "image_source": "midjourney", "caption_source": "human"}
        for i, said in enumerate(captions(k), start=1):
            record |= {f"caption_{i}": said, f"image_{i}": f"images/img_{k}_{i}.png"}
        items.append(record)
    return write_file(folder / "test.json", items, (item[f"image_{i}"] for item in items for i in (1, 2)))


def write_photographs(folder: Path, evaluation_set: EvaluationSet, size: int) -> Path:
    """ColorSwap's test.json and images/ of the scenes that have a swap, each beside its twin."""
    renderer, grammar = Renderer(evaluation_set.plan, size=size), Grammar(evaluation_set.plan.world)
    rows = np.flatnonzero(evaluation_set.swapped.exists)
    shown = [renderer.images(each.rows(rows)) for each in (evaluation_set.scenes, evaluation_set.twins)]
    texts = [
        grammar.texts(grammar.ids(each.rows(rows)))
        for each in (evaluation_set.caption, evaluation_set.swapped.captions)
    ]
    (folder / "images").mkdir(parents=True)
    items = []
    for k in range(len(rows)):
        item = {"id": k, "image_source": "fashion"}
        for i in (0, 1):
            item |= {f"image_{i + 1}": f"images/{k}_{i}.png", f"caption_{i + 1}": texts[i][k]}
            Image.fromarray(shown[i][k].transpose(1, 2, 0)).save(folder / f"images/{k}_{i}.png")
        items.append(item)
    (folder / "test.json").write_text(json.dumps(items))
    return folder


def hub_table(numbers: str = "01", count: int = 3) -> pa.Table:
    """The Hub's columns, the same pictures as `write_winoground` saves."""
    columns: dict[str, Any] = {"id": list(range(count)), "collapsed_tag": ["Relation"] + ["Object"] * (count - 1)}
    for i, number in enumerate(numbers):
        columns[f"image_{number}"] = [{"bytes": png(2 * k + i), "path": f"ex_{k}_img_{i}.png"} for k in range(count)]
        columns[f"caption_{number}"] = [captions(k)[i] for k in range(count)]
    return pa.table(columns)


def write_parquet(file: Path, table: pa.Table) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file)
    return file


def write_arrow(file: Path, table: pa.Table, *, stream: bool) -> Path:
    with pa.OSFile(str(file), "wb") as sink:
        new = pa.ipc.new_stream if stream else pa.ipc.new_file
        with new(sink, table.schema) as writer:
            writer.write_table(table)
    return file


def write_sugarcrepe_pp(folder: Path, count: int = 3) -> Path:
    """One subset: a list with a second true caption."""
    items = []
    for k in range(count):
        right, wrong = captions(k)
        turned = " and ".join(right.split(" and ")[::-1])
        columns = {"caption": right, "caption2": turned, "negative_caption": wrong}
        items.append({"id": k, "filename": f"{k:012}.jpg", **columns})
    return write_file(folder / "replace_obj.json", items, (f"val2017/{k:012}.jpg" for k in range(count)))


def write_bivlc(folder: Path, count: int = 3, candidates: int = 4) -> Path:
    """The CSV with four candidate pictures per row, in images/; only the first `candidates` exist."""
    rows = [["filename", "caption", "negative_caption", "type", "subtype", "index", *(f"hn_img_{k}" for k in range(4))]]
    names: list[str] = []
    for k in range(count):
        drawn = [f"{k}_{k:012}_{n}.jpg" for n in range(4)]
        names += [f"{k:012}.jpg", *drawn[:candidates]]
        rows.append([f"{k:012}.jpg", *captions(k), "swap", "att", str(k), *drawn])
    text = lines(*(",".join(f'"{value}"' for value in row) for row in rows))
    return write_file(folder / "bivlc.csv", text, (f"images/{name}" for name in names))


def write_cola(folder: Path, count: int = 3) -> Path:
    """A list of four: address, caption, address, caption."""
    address = "https://example.org/data/vg_gqa_images/"
    items = [
        [part for i, said in enumerate(captions(k)) for part in (f"{address}{2 * k + i}.jpg", said)]
        for k in range(count)
    ]
    pictures = (f"images/{k}.jpg" for k in range(2 * count))
    return write_file(folder / "COLA_multiobjects_matching_benchmark.json", items, pictures)


def write_valse(folder: Path, count: int = 3) -> Path:
    """A dictionary of items; of the last one, one annotator of three chose the caption."""
    items = {}
    for k in range(count):
        chose = 1 if k == count - 1 else 3
        items[f"plurals:coco2017:{k}"] = {
            "dataset": "coco2017", "image_file": f"{k:012}.jpg", "linguistic_phenomena": "plurals",
            "caption": captions(k)[0], "foil": captions(k)[1],
            "mturk": {"foil": 3 - chose, "caption": chose, "other": 0},
        }  # fmt: skip
    return write_file(folder / "plurals.json", items, (f"images/{k:012}.jpg" for k in range(count)))


def write_whatsup(folder: Path, count: int = 3) -> Path:
    """Four options per picture, the first of them right."""
    items = [
        {"image_path": f"data/controlled_images/{k}.jpeg", "caption_options": [*captions(k), *captions(k + 4)]}
        for k in range(count)
    ]
    return write_file(
        folder / "controlled_images_dataset.json", items, (f"controlled_images/{k}.jpeg" for k in range(count))
    )


def write_whatsup_coco(folder: Path, count: int = 3) -> Path:
    """Lists of the number of a picture of COCO, the right caption and the wrong one."""
    items = [[k, *captions(k)] for k in range(count)]
    return write_file(folder / "coco_qa_two_obj.json", items, (f"val2017/{k:012}.jpg" for k in range(count)))


def write_negbench(folder: Path, count: int = 3) -> Path:
    """Multiple choice; the number of the right caption moves."""
    rows = ["correct_answer,caption_0,caption_1,caption_2,caption_3,correct_answer_template,image_path"]
    for k in range(count):
        right, *wrong = (*captions(k), *captions(k + 4))
        options = [*wrong[: k % 4], right, *wrong[k % 4 :]]
        kind = ("positive", "negative", "hybrid")[k % 3]
        rows.append(",".join([str(k % 4), *options, kind, f"data/coco/images/val2017/{k:012}.jpg"]))
    pictures = (f"images/val2017/{k:012}.jpg" for k in range(count))
    return write_file(folder / "COCO_val_mcq_llama3.1_rephrased.csv", lines(*rows), pictures)


def write_mmvp(folder: Path, count: int = 3) -> Path:
    """Two rows per item, numbered from 1; pictures below the name of the pattern."""
    rows = [f"{k + 1},Color and Appearance,{captions(k // 2)[k % 2]}" for k in range(2 * count)]
    pictures = (f"MLLM_VLM Images/Color and Appearance/{k + 1}.jpg" for k in range(2 * count))
    return write_file(folder / "Questions.csv", lines("Question ID,Type,Statement", *rows), pictures)
