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

from explorer.evaluation.benchmarks.sugarcrepe import SUBSETS
from tests.unit.toys import COLORS, NOUNS, caption


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
