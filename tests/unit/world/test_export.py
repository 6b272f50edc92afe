"""Exported folders and Parquet files: what they hold, the same bytes again, what is refused; and previews of them."""

import io
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from explorer.cli import main
from explorer.codec import encode
from explorer.errors import UserError
from explorer.evaluation.benchmarks.columns import parse_columns
from explorer.evaluation.benchmarks.reading import open_table
from explorer.presets import PRESETS
from explorer.spec import DataSpec, TrainSpec
from explorer.tables import TableRow
from explorer.training.batches import Batches
from explorer.world import parquet_scenes
from explorer.world.imagefolder import describe_scenes, write_folder
from explorer.world.measure import measure_dials
from explorer.world.parquet_scenes import COLUMN_DESCRIPTIONS, PARQUET_FILE, find_parquet, write_parquet
from explorer.world.plan import make_plan
from explorer.world.preview import MAX_RATE_PAIRS, MEASURED_SCENES, preview
from explorer.world.render import Renderer
from explorer.world.scene_arrays import arrays_of_rows, arrays_of_scenes
from explorer.world.swaps import false_swap, reorder, replace_value
from explorer.world.things import THINGS
from tests.own_worlds import SIX
from tests.unit.toys import tiny_clip
from tests.unit.world.worlds import GRAMMAR, SPECS, draw, same, stream_of, texts_of

KEYS = (
    "file_name caption swapped_caption replaced_caption reordered_caption confused_captions objects mentioned tidy"
).split()
RICH = DataSpec(objects_in_image=3, attribute_kinds=("color", "size"), attribute_density=1.5, caption_completeness=0.6)
TRAIN = TrainSpec(batch_size=64)


def export(out: Path, data: DataSpec = RICH, *, seed: int = 1, count: int = 5, size: int = 32) -> list[dict[str, Any]]:
    write_folder(data, THINGS, seed=seed, count=count, size=size, out=out)
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]


def describe_drawn(data: DataSpec, count: int) -> list[dict[str, Any]]:
    batch = draw(make_plan(data, THINGS, seed=1), stream_of(count, seed=1))
    atlas = Renderer(batch.plan, size=64).atlas
    return [encode(each) for each in describe_scenes(batch.plan, batch.scenes, batch.stream, GRAMMAR, atlas)]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# Folders.


def test_a_line_for_each_image_which_is_that_of_the_renderer(tmp_path: Path) -> None:
    lines = export(tmp_path, size=64)
    assert [line["file_name"] for line in lines] == [f"{i:06d}.png" for i in range(5)]
    assert sorted(contents(tmp_path)) == [*(line["file_name"] for line in lines), "metadata.jsonl"]
    plan = make_plan(RICH, THINGS, seed=1)
    images = Renderer(plan, size=64).images(draw(plan, stream_of(5, seed=1)).scenes)
    for line, image in zip(lines, images, strict=True):
        assert list(line) == KEYS
        assert [list(thing) for thing in line["objects"]] == [["noun", "values", "box", "area"]] * 3
        assert all(list(thing["values"]) == [kind.name for kind in THINGS.kinds] for thing in line["objects"])
        read = np.array(Image.open(tmp_path / line["file_name"]))
        assert np.array_equal(read, image.transpose(1, 2, 0))
        outside = np.ones((64, 64), dtype=bool)
        for left, top, width, height in (thing["box"] for thing in line["objects"]):
            assert (read[top : top + height, left : left + width] != THINGS.background).any()
            outside[top : top + height, left : left + width] = False
        assert (read[outside] == THINGS.background).all()


@pytest.mark.parametrize("data", [RICH, DataSpec(objects_in_image=2, caption_completeness=0.5)])
def test_a_record_has_the_changed_captions_that_exist(data: DataSpec) -> None:
    """Each under its own name; what they are is tested where they are made."""
    batch, lines = draw(make_plan(data, THINGS, seed=1), stream_of(100, seed=1)), describe_drawn(data, 100)
    assert [line["caption"] for line in lines] == batch.texts
    changes = {
        "swapped_caption": false_swap(batch.captions, batch.scenes, batch.stream),
        "replaced_caption": replace_value(batch.plan, batch.captions, batch.scenes, batch.stream),
        "reordered_caption": reorder(batch.captions, batch.stream),
    }
    for name, changed in changes.items():
        texts = zip(texts_of(changed.captions), changed.exists, strict=True)
        assert [line[name] for line in lines] == [text if exists else None for text, exists in texts]
    for line in lines:
        named = [line["objects"][place]["noun"] for place in line["mentioned"]]
        assert named == [THINGS.nouns[noun].word for noun in GRAMMAR.parse(line["caption"]).nouns[0]]


def test_equal_arguments_give_equal_bytes_whatever_the_count(tmp_path: Path) -> None:
    for name, seed, count in (("one", 1, 3), ("two", 1, 3), ("other", 2, 3), ("many", 1, 300)):
        export(tmp_path / name, seed=seed, count=count, size=16)
    one, two, other, many = (contents(tmp_path / name) for name in ("one", "two", "other", "many"))
    assert one == two != other and len(many) == 301 and many["000002.png"] == one["000002.png"]
    assert many["metadata.jsonl"].startswith(one["metadata.jsonl"])


def test_an_older_export_is_replaced_without_stale_images(tmp_path: Path) -> None:
    export(tmp_path / "new", count=2)
    export(tmp_path / "used", count=4, seed=3)
    (tmp_path / "used" / "notes.txt").write_text("mine")
    export(tmp_path / "used", count=2)
    assert contents(tmp_path / "used") == {**contents(tmp_path / "new"), "notes.txt": b"mine"}


@pytest.mark.parametrize(("field", "value"), [("count", 0), ("count", 1_000_001), ("size", 14), ("size", 33)])
@pytest.mark.parametrize("write", [write_folder, write_parquet])
def test_numbers_out_of_range_are_refused_by_name(tmp_path: Path, write: Any, field: str, value: int) -> None:
    wanted = {"count": 5, "size": 32, field: value}
    with pytest.raises(UserError, match=f"^{field}={value}: must be "):
        write(RICH, THINGS, seed=1, out=tmp_path / "new", **wanted)
    assert not (tmp_path / "new").exists()


def test_a_file_or_a_folder_of_other_files_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "000000.png").write_bytes(b"mine")
    with pytest.raises(UserError, match="holds files but no metadata.jsonl"):
        export(tmp_path)
    with pytest.raises(UserError, match="holds something else"):
        write_parquet(DataSpec(), THINGS, seed=0, count=2, size=16, out=tmp_path)
    for out, words in ((tmp_path / "000000.png", "is a file"), (tmp_path / "000000.png" / "new", "cannot be written")):
        with pytest.raises(UserError, match=words):
            export(out)
    assert contents(tmp_path) == {"000000.png": b"mine"}


# Parquet files.


def run_measure(path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    main(["measure", str(path), "--json"])
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_parquet_file_is_the_imagefolder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parquet_scenes, "SCENES_PER_GROUP", 4)
    out, lines = tmp_path / "a", export(tmp_path / "b", count=30)
    write_parquet(RICH, THINGS, seed=1, count=30, size=32, out=out)
    rows = pq.read_table(out / PARQUET_FILE).to_pylist()
    assert [{name: row[name] for name in COLUMN_DESCRIPTIONS} for row in rows] == [
        {name: line[name] for name in COLUMN_DESCRIPTIONS} for line in lines
    ]
    for row, line in zip(rows, lines, strict=True):
        picture = np.array(Image.open(io.BytesIO(row["image"]["bytes"])))
        assert np.array_equal(picture, np.array(Image.open(tmp_path / "b" / line["file_name"])))
        assert row["image"]["path"] == line["file_name"]
    dials = run_measure(out, capsys)
    assert dials == run_measure(tmp_path / "b", capsys) == run_measure(out / PARQUET_FILE, capsys)
    assert dials["objects_in_image"]["value"] == 3 and dials["caption_completeness"]["n"] == 30
    assert find_parquet(tmp_path / "b") is None and find_parquet(tmp_path) is None
    # A benchmark reads it.
    source = open_table(
        (out / PARQUET_FILE,), parse_columns("image=image,caption=caption,negative=swapped_caption"), images=out
    )
    items, without = list(source.items()), sum(row["swapped_caption"] is None for row in rows)
    assert without > 0 and len(items) + without == 30 and len(list(source.items())) == len(items)
    assert source.all_notes() == [f"{without} items have no negative caption and are left out."]
    first = next(row for row in rows if row["swapped_caption"] is not None)
    assert items[0].pictures[0].content == first["image"]["bytes"]


def test_the_command_and_what_the_viewer_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["scenes", "--preset", "web-like", "--set", "objects_in_image=3", "--count", "2", "--size", "16"]
    for _ in range(2):  # an older export is replaced
        main([*arguments, "--parquet", "--replace", "--out", str(tmp_path), "--json"])
        assert json.loads(capsys.readouterr().out)["count"] == pq.read_metadata(tmp_path / PARQUET_FILE).num_rows == 2
    about = json.loads(pq.read_schema(tmp_path / PARQUET_FILE).metadata[b"huggingface"])
    assert about["info"]["features"]["image"] == {"_type": "Image"}
    card = DatasetCard.load(tmp_path / "README.md")
    assert card.data.configs == [{"config_name": "default", "data_files": [{"split": "train", "path": PARQUET_FILE}]}]
    assert card.data.size_categories == ["n<1K"] and card.data.task_categories == ["zero-shot-image-classification"]
    assert "--set objects_in_image=3 --count 2 --seed 0" in card.text and '"objects_in_image": 3' in card.text


def test_the_command_of_a_card_writes_the_same_pictures_of_a_world_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my own.json").write_text(json.dumps(SIX), encoding="utf-8")
    given = ["--preset", "tidy", "--world", "my own.json", "--count", "2", "--size", "16"]
    main(["scenes", *given, "--parquet", "--out", "first", "--json"])
    told = re.search(r"`python -m explorer ([^`]+)`", Path("first", "README.md").read_text(encoding="utf-8"))
    assert told
    main([*shlex.split(told[1]), "--out", "again", "--json"])
    assert Path("again", PARQUET_FILE).read_bytes() == Path("first", PARQUET_FILE).read_bytes()


def test_a_parquet_file_of_others_is_read_as_captions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pq.write_table(pa.table({"caption": ["a red bus", "a car"]}), tmp_path / "own.parquet")
    assert run_measure(tmp_path / "own.parquet", capsys)["attribute_density"]["value"] == 1 / 2
    pq.write_table(pa.table({"words": ["a red bus"]}), tmp_path / "words.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    missing = "its columns are words; needed are caption or text"
    for name, words in (("words", missing), ("broken", "is no parquet file, or is damaged")):
        with pytest.raises(SystemExit) as caught:
            main(["measure", str(tmp_path / f"{name}.parquet"), "--json"])
        assert caught.value.code == 2 and words in capsys.readouterr().err


# Previews.


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_a_preview_shows_and_measures_the_first_scenes(name: str) -> None:
    plan = make_plan(SPECS[name], THINGS, seed=2)
    batch, renderer = draw(plan, stream_of(MEASURED_SCENES, seed=2)), Renderer(plan, size=32)
    written = describe_scenes(plan, batch.scenes, batch.stream, GRAMMAR, renderer.atlas)
    shown = preview(SPECS[name], TRAIN, THINGS, 2, 12, 32)
    assert [scene.record for scene in shown.scenes] == written[:12]
    assert same([scene.image for scene in shown.scenes], list(renderer.images(batch.scenes.rows(slice(12)))))
    for scene in shown.scenes:
        swapped = scene.record.swapped_caption
        assert " ".join(word["text"] for word in scene.words) == scene.record.caption
        assert (swapped is None) == (scene.swapped_words is None) == (scene.no_swap is not None)
        if scene.swapped_words is not None:
            assert " ".join(word["text"] for word in scene.swapped_words) == swapped
    read = [TableRow(where="", number=1, id="", fields=encode(each)) for each in written]
    expected = json.dumps(encode(measure_dials(arrays_of_rows(read, label=""))), allow_nan=False)
    facts = arrays_of_scenes(plan, batch.scenes, batch.captions, batch.stream)
    assert json.dumps(encode(shown.measured)) == json.dumps(encode(measure_dials(facts))) == expected


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", ["web-like", "binding-friendly"])
def test_the_rates_are_those_of_the_first_step(name: str, share: float) -> None:
    data, train = PRESETS[name].spec.data, replace(TRAIN, hard_negatives=share, seed=4)
    step = Batches(make_plan(data, THINGS, seed=4), train, GRAMMAR, tiny_clip()).draw(0)
    shown = preview(data, train, THINGS, 4, 1, 16)
    assert {key: shown.rates[key] for key in step.rates} == step.rates
    assert set(shown.rates) == set(step.rates) | {"swappable"}
    assert shown.rates["swappable"] == shown.rates["hard_negatives"] or share < 1
    assert shown.num_pairs == 64


def test_a_preview_samples_pairs_and_depends_on_no_earlier_one() -> None:
    first = preview(DataSpec(), TrainSpec(batch_size=4096), THINGS, 0, 4, 32)
    preview(DataSpec(attribute_kinds=("pattern", "tilt")), TRAIN, THINGS, 0, 4, 32)
    first.scenes[0].image[:] = 0
    again = preview(DataSpec(), TrainSpec(batch_size=512), THINGS, 0, 4, 32)
    assert same([scene.image for scene in first.scenes[1:]], [scene.image for scene in again.scenes[1:]])
    assert np.ptp(again.scenes[0].image) > 100
    assert again.measured == first.measured and again.rates == first.rates
    assert again.num_pairs == first.num_pairs == MAX_RATE_PAIRS
