"""Scenes as one Parquet file: the same as the imagefolder's, readable by a benchmark, with a card that parses."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from explorer.cli import main
from explorer.errors import UserError
from explorer.evaluation.benchmarks.reading import open_table, parse_columns
from explorer.spec import DataSpec
from explorer.world import parquet_scenes
from explorer.world.imagefolder import write_folder
from explorer.world.parquet_scenes import COLUMNS, FILE, find_parquet, write_parquet
from explorer.world.worlds import WORLDS

RICH = DataSpec(objects_in_image=3, attribute_kinds=("color", "size"), attribute_density=1.5, caption_completeness=0.6)
WORLD = WORLDS["things"]


def rows(out: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(out / FILE).to_pylist()
    return found


def test_the_rows_are_those_of_the_imagefolder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_scenes, "ROWS_AT_ONCE", 4)
    write_parquet(RICH, WORLD, seed=1, count=10, size=32, out=tmp_path / "a")
    write_folder(RICH, WORLD, seed=1, count=10, size=32, out=tmp_path / "b")
    lines = [json.loads(line) for line in (tmp_path / "b" / "metadata.jsonl").read_text().splitlines()]
    found = rows(tmp_path / "a")
    assert [{name: row[name] for name in COLUMNS} for row in found] == [
        {name: line[name] for name in COLUMNS} for line in lines
    ]
    for row, line in zip(found, lines, strict=True):
        picture = np.array(Image.open(io.BytesIO(row["image"]["bytes"])))
        assert np.array_equal(picture, np.array(Image.open(tmp_path / "b" / line["file_name"])))
        assert row["image"]["path"] == line["file_name"]


def test_a_benchmark_reads_the_file(tmp_path: Path) -> None:
    write_parquet(DataSpec(), WORLD, seed=0, count=60, size=16, out=tmp_path)
    columns = parse_columns("image=image,caption=caption,negative=swapped_caption")
    source = open_table((tmp_path / FILE,), columns, images=tmp_path)
    items, without = list(source.items()), sum(row["swapped_caption"] is None for row in rows(tmp_path))
    assert without > 0 and len(items) + without == 60 and len(list(source.items())) == len(items)
    assert source.all_notes() == [f"{without} items have no negative caption and are left out."]
    first = next(row for row in rows(tmp_path) if row["swapped_caption"] is not None)
    assert items[0].pictures[0].content == first["image"]["bytes"]


def test_what_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    for out, options, words in [
        (tmp_path, {}, "holds something else"),
        (tmp_path / "a", {"count": 0}, "count=0"),
        (tmp_path / "a", {"size": 15}, "size=15"),
    ]:
        with pytest.raises(UserError, match=words):
            write_parquet(DataSpec(), WORLD, out=out, **({"seed": 0, "count": 2, "size": 16} | options))


def test_the_command_and_what_the_viewer_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["scenes", "--preset", "web-like", "--set", "objects_in_image=3", "--count", "2", "--size", "16"]
    for _ in range(2):  # an older export is replaced
        main([*asked, "--parquet", "--out", str(tmp_path), "--json"])
        assert json.loads(capsys.readouterr().out)["count"] == len(rows(tmp_path)) == 2
    about = json.loads(pq.read_schema(tmp_path / FILE).metadata[b"huggingface"])
    assert about["info"]["features"]["image"] == {"_type": "Image"}
    card = DatasetCard.load(tmp_path / "README.md")
    assert card.data.configs == [{"config_name": "default", "data_files": [{"split": "train", "path": FILE}]}]
    assert card.data.size_categories == ["n<1K"] and card.data.task_categories == ["zero-shot-image-classification"]
    assert "--set objects_in_image=3 --count 2 --seed 0" in card.text and '"objects_in_image": 3' in card.text


def test_the_dials_are_measured_as_in_the_imagefolder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_parquet(RICH, WORLD, seed=1, count=100, size=16, out=tmp_path / "a")
    write_folder(RICH, WORLD, seed=1, count=100, size=16, out=tmp_path / "b")

    def measured(path: Path) -> Any:
        main(["measure", str(path), "--json"])
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    found = measured(tmp_path / "a")
    assert found == measured(tmp_path / "b") == measured(tmp_path / "a" / FILE)
    assert found["objects_in_image"]["value"] == 3 and found["caption_completeness"]["n"] == 100
    assert find_parquet(tmp_path / "b") is None and find_parquet(tmp_path) is None


def test_a_parquet_file_of_others_is_not_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pq.write_table(pa.table({"caption": ["a red bus"]}), tmp_path / "own.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    for name, words in (("own", "has no column objects of `scenes --parquet`; of your own captions give a .csv"),
                        ("broken", "cannot be read as Parquet")):  # fmt: skip
        with pytest.raises(SystemExit) as caught:
            main(["measure", str(tmp_path / f"{name}.parquet"), "--json"])
        assert caught.value.code == 2 and words in capsys.readouterr().err
