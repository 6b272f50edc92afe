"""Scenes of a spec as one Parquet file with the pictures inside, and a data set card: as the Hub's viewer shows them.

    write_parquet(spec.data, WORLDS["things"], seed=0, count=1000, size=64, out=Path("data"), command="scenes ...")
    find_parquet(Path("data"))                  # its file, None for any other folder

writes data/train-00000-of-00001.parquet and README.md. The column `image` has the Hub's feature Image; the others are
those of `metadata.jsonl`, see `world.imagefolder`.
"""

import io
import json
import os
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image

from explorer.codec import encode
from explorer.errors import UserError, catch_write_errors
from explorer.spec import DataSpec
from explorer.world.imagefolder import METADATA_FILE, SceneRecord, check_scene_size, draw_files
from explorer.world.things import World

PARQUET_FILE = "data/train-00000-of-00001.parquet"
SCENES_PER_GROUP = 256
SIZE_CATEGORIES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**9, "100K<n<1M"))
"""Upper bounds of the Hub's size categories."""
COLUMN_DESCRIPTIONS: dict[str, Any] = {
    "caption": "what is told of the scene",
    "swapped_caption": "the values of two objects exchanged; false of the image, empty where no exchange is",
    "replaced_caption": "one value replaced by one that no object has",
    "reordered_caption": "the same objects in another order; true of the image",
    "confused_captions": "both exchanged objects with the values of one; false of the image",
    "objects": "noun, values by kind, box (left, top, width, height) and drawn area of every object",
    "mentioned": "numbers of the objects that the caption names, in its order",
    "tidy": "whether the tidy recipe drew the pair, for data in which some of its pairs are mixed",
}


def write_parquet(
    data: DataSpec, world: World, *, seed: int, count: int, size: int, out: Path, command: str = ""
) -> None:
    """Write the scenes 0 .. count - 1 of the train stream and the card to `out`; `UserError` if refused."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_scene_size(size, count)
    schema = _schema(world)
    with catch_write_errors("--out", out):
        if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / PARQUET_FILE).is_file())):
            raise UserError("--out", out, "holds something else; give a new or empty folder")
        (out / PARQUET_FILE).parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(out / PARQUET_FILE, schema) as writer:
            scenes = map(_scene_row, draw_files(data, world, seed=seed, count=count, size=size))
            while rows := list(islice(scenes, SCENES_PER_GROUP)):
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
        (out / "README.md").write_text(_dataset_card(data, seed, count, size, command), encoding="utf-8")


def find_parquet(path: Path) -> Path | None:
    """Return the file of `scenes --parquet` that `path` is or holds."""
    if os.path.isfile(path):
        return path if path.suffix.lower() == ".parquet" else None
    file = path / PARQUET_FILE
    return file if os.path.isfile(file) and not os.path.isfile(path / METADATA_FILE) else None


def _dataset_card(data: DataSpec, seed: int, count: int, size: int, command: str) -> str:
    """Return the data set card: front matter for the viewer, the columns, and the dials of the scenes."""
    category = next(name for most, name in SIZE_CATEGORIES if count < most)
    columns = "\n".join(f"| `{name}` | {words} |" for name, words in COLUMN_DESCRIPTIONS.items())
    source = f"`python -m explorer {command}`" if command else "CLIP Binding Explorer"
    dials = json.dumps(encode(data), indent=1)
    text = Path(__file__).with_name("scenes_card.md").read_text(encoding="utf-8")
    return text.format(
        category=category,
        path=PARQUET_FILE,
        count=f"{count:,}",
        size=size,
        made=source,
        seed=seed,
        columns=columns,
        dials=dials,
    )


def _schema(world: World) -> Any:
    """Return the columns with the Hub's description of the feature Image."""
    import pyarrow as pa

    values = pa.struct([(kind.name, pa.string()) for kind in world.kinds])
    thing = pa.struct(
        [("noun", pa.string()), ("values", values), ("box", pa.list_(pa.int64())), ("area", pa.float64())]
    )
    types = {
        "image": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        **dict.fromkeys(COLUMN_DESCRIPTIONS, pa.string()),
        "confused_captions": pa.list_(pa.string()),
        "objects": pa.list_(thing),
        "mentioned": pa.list_(pa.int64()),
        "tidy": pa.bool_(),
    }
    # The other features follow from the types of the columns.
    about = {"info": {"features": {"image": {"_type": "Image"}}}}
    return pa.schema(list(types.items()), metadata={"huggingface": json.dumps(about)})


def _scene_row(scene: tuple[str, Image.Image, SceneRecord]) -> dict[str, Any]:
    name, picture, record = scene
    file = io.BytesIO()
    picture.save(file, "PNG")
    return {"image": {"bytes": file.getvalue(), "path": name}, **encode(record)}
