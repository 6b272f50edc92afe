"""Small files in the exact published formats, with tiny pictures, made by us.

write_sugarcrepe(folder)         # seven JSON files and val2017/
write_quads(folder / "test.json")
"""

import io
import json
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


def write_pairs(folder: Path, count: int = 10, num_pictures: int = 7, *, group: bool = True) -> Path:
    """pairs.csv with `count` lines on `num_pictures` pictures."""
    save_pictures(folder, [f"{k}.png" for k in range(num_pictures)])
    lines = ["image,caption,negative_caption" + ",group" * group]
    for k in range(count):
        right, wrong = captions(k)
        lines.append(f"{k % num_pictures}.png,{right},{wrong}" + f",{'even' if k % 2 == 0 else 'odd'}" * group)
    file = folder / "pairs.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def write_sugarcrepe(folder: Path, count: int = 3) -> Path:
    """The seven files; pictures of COCO's names in val2017/."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{k:012}.jpg" for k in range(count)]
    save_pictures(folder / "val2017", names)
    for number, subset in enumerate(SUBSETS):
        items = {}
        for k in range(count):
            right, wrong = captions(number * count + k)
            items[str(k)] = {"filename": names[k], "caption": right, "negative_caption": wrong}
        (folder / f"{subset}.json").write_text(json.dumps(items))
    return folder


def write_aro(file: Path, groups: list[str], **changes: Any) -> Path:
    """One item a group in the list; relations in visual_genome_relation.json, else attributes "a_b"."""
    save_pictures(file.parent / "images", ["2414752.jpg"])
    items = []
    for k, group in enumerate(groups):
        right, wrong = captions(k)
        named: dict[str, Any] = (
            {"relation_name": group} if "relation" in file.name else {"attributes": group.split("_")}
        )
        box = {"bbox_x": k % 5, "bbox_y": 2, "bbox_w": 12, "bbox_h": 10}
        items.append(
            {"image_path": "2414752.jpg", **box, "true_caption": right, "false_caption": wrong} | named | changes
        )
    file.write_text(json.dumps(items))
    return file


def write_winoground(folder: Path, count: int = 3) -> Path:
    """examples.jsonl and images/, whose names have no ending in the file."""
    save_pictures(folder / "images", [f"ex_{k}_img_{i}.png" for k in range(count) for i in range(2)])
    lines = []
    for k in range(count):
        first, second = captions(k)
        record = {"id": k, "image_0": f"ex_{k}_img_0", "image_1": f"ex_{k}_img_1"}
        record |= {"caption_0": first, "caption_1": second, "tag": "Adjective-Color", "secondary_tag": ""}
        lines.append(json.dumps(record | {"num_main_preds": 1, "collapsed_tag": "Object" if k else "Relation"}))
    file = folder / "examples.jsonl"
    file.write_text("\n".join(lines) + "\n")
    return file


def write_colorswap(folder: Path, count: int = 3) -> Path:
    """test.json and images/."""
    items = []
    for k in range(count):
        first, second = captions(k)
        names = [f"images/img_{k}_{i}.png" for i in (1, 2)]
        record: dict[str, Any] = {"id": k, "caption_1": first, "caption_2": second}
        record |= {"image_1": names[0], "image_2": names[1], "image_source": "midjourney", "caption_source": "human"}
        items.append(record)
    save_pictures(folder, [item[f"image_{i}"] for item in items for i in (1, 2)])
    file = folder / "test.json"
    file.write_text(json.dumps(items))
    return file


def write_photographs(folder: Path, found: EvaluationSet, size: int) -> Path:
    """ColorSwap's test.json and images/ of the scenes that have a swap, each beside its twin."""
    renderer, grammar, rows = (
        Renderer(found.plan, size=size),
        Grammar(found.plan.world),
        np.flatnonzero(found.swapped.exists),
    )
    shown = [renderer.images(each.rows(rows)) for each in (found.scenes, found.twins)]
    said = [grammar.texts(grammar.ids(each.rows(rows))) for each in (found.caption, found.swapped.said)]
    (folder / "images").mkdir(parents=True)
    items = []
    for k in range(len(rows)):
        item = {"id": k, "image_source": "fashion"}
        for i in (0, 1):
            item |= {f"image_{i + 1}": f"images/{k}_{i}.png", f"caption_{i + 1}": said[i][k]}
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
        words = right.split(" and ")
        items.append(
            {"id": k, "filename": f"{k:012}.jpg", "caption": right, "caption2": f"{words[1]} and {words[0]}"}
            | {"negative_caption": wrong}
        )
    save_pictures(folder / "val2017", [item["filename"] for item in items])
    file = folder / "replace_obj.json"
    file.write_text(json.dumps(items))
    return file


def write_bivlc(folder: Path, count: int = 3, candidates: int = 4) -> Path:
    """The CSV with four candidate pictures per row, in images/; only the first `candidates` exist."""
    head = ["filename", "caption", "negative_caption", "type", "subtype", "index", *(f"hn_img_{k}" for k in range(4))]
    lines = [",".join(f'"{name}"' for name in head)]
    names = []
    for k in range(count):
        drawn = [f"{k}_{k:012}_{n}.jpg" for n in range(4)]
        names += [f"{k:012}.jpg", *drawn[:candidates]]
        values = [f"{k:012}.jpg", *captions(k), "swap", "att", str(k), *drawn]
        lines.append(",".join(f'"{value}"' for value in values))
    save_pictures(folder / "images", names)
    file = folder / "bivlc.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def write_cola(folder: Path, count: int = 3) -> Path:
    """A list of four: address, caption, address, caption."""
    items = []
    for k in range(count):
        first, second = captions(k)
        address = "https://example.org/data/vg_gqa_images/"
        items.append([f"{address}{2 * k}.jpg", first, f"{address}{2 * k + 1}.jpg", second])
    save_pictures(folder / "images", [f"{k}.jpg" for k in range(2 * count)])
    file = folder / "COLA_multiobjects_matching_benchmark.json"
    file.write_text(json.dumps(items))
    return file


def write_valse(folder: Path, count: int = 3) -> Path:
    """A dictionary of items; of the last one, one annotator of three chose the caption."""
    items = {}
    for k in range(count):
        right, wrong = captions(k)
        chose = 1 if k == count - 1 else 3
        items[f"plurals:coco2017:{k}"] = {
            "dataset": "coco2017", "image_file": f"{k:012}.jpg", "linguistic_phenomena": "plurals",
            "caption": right, "foil": wrong, "mturk": {"foil": 3 - chose, "caption": chose, "other": 0},
        }  # fmt: skip
    save_pictures(folder / "images", [f"{k:012}.jpg" for k in range(count)])
    file = folder / "plurals.json"
    file.write_text(json.dumps(items))
    return file


def write_whatsup(folder: Path, count: int = 3) -> Path:
    """Four options per picture, the first of them right."""
    items = []
    for k in range(count):
        path = f"data/controlled_images/{k}.jpeg"
        items.append({"image_path": path, "caption_options": [*captions(k), *captions(k + 4)]})
    save_pictures(folder / "controlled_images", [f"{k}.jpeg" for k in range(count)])
    file = folder / "controlled_images_dataset.json"
    file.write_text(json.dumps(items))
    return file


def write_whatsup_coco(folder: Path, count: int = 3) -> Path:
    """Lists of the number of a picture of COCO, the right caption and the wrong one."""
    save_pictures(folder / "val2017", [f"{k:012}.jpg" for k in range(count)])
    file = folder / "coco_qa_two_obj.json"
    file.write_text(json.dumps([[k, *captions(k)] for k in range(count)]))
    return file


def write_negbench(folder: Path, count: int = 3) -> Path:
    """Multiple choice; the number of the right caption moves."""
    lines = ["correct_answer,caption_0,caption_1,caption_2,caption_3,correct_answer_template,image_path"]
    for k in range(count):
        right, *wrong = (*captions(k), *captions(k + 4))
        options = [*wrong[: k % 4], right, *wrong[k % 4 :]]
        kind = ("positive", "negative", "hybrid")[k % 3]
        lines.append(",".join([str(k % 4), *options, kind, f"data/coco/images/val2017/{k:012}.jpg"]))
    save_pictures(folder / "images" / "val2017", [f"{k:012}.jpg" for k in range(count)])
    file = folder / "COCO_val_mcq_llama3.1_rephrased.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def write_mmvp(folder: Path, count: int = 3) -> Path:
    """Two rows per item, numbered from 1; pictures below the name of the pattern."""
    lines, names = ["Question ID,Type,Statement"], []
    for k in range(2 * count):
        lines.append(f"{k + 1},Color and Appearance,{captions(k // 2)[k % 2]}")
        names.append(f"MLLM_VLM Images/Color and Appearance/{k + 1}.jpg")
    save_pictures(folder, names)
    file = folder / "Questions.csv"
    file.write_text("\n".join(lines) + "\n")
    return file
