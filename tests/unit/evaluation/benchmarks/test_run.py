"""A tiny model on each benchmark: figures agree with plain loops, an interrupted run ends as an uninterrupted one."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from explorer.clip.clip import Clip
from explorer.clip.names import ModelError
from explorer.clip.pixels import transform_pictures
from explorer.errors import UserError
from explorer.evaluation.benchmarks.embedding_store import EmbeddingRows
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.benchmarks.run import BenchmarkTask, run_benchmark
from explorer.evaluation.results import Environment
from tests.unit.evaluation.benchmarks import published
from tests.unit.toys import tiny_clip

ENVIRONMENT = Environment(device="cpu", versions={"open_clip_torch": "3"})
WRITERS: dict[str, Callable[[Path], Path]] = {
    "pairs": published.write_pairs,
    "sugarcrepe": published.write_sugarcrepe,
    "aro-attribution": lambda folder: published.write_aro(folder / "visual_genome_attribution.json", ["a_b"] * 26),
    "aro-relation": lambda folder: published.write_aro(folder / "visual_genome_relation.json", ["behind", "near"]),
    "winoground": published.write_winoground,
    "colorswap": published.write_colorswap,
    "sugarcrepe++": published.write_sugarcrepe_pp,
    "bivlc": published.write_bivlc,
    "cola": published.write_cola,
    "valse": published.write_valse,
    "whatsup": published.write_whatsup,
    "negbench": published.write_negbench,
    "mmvp": published.write_mmvp,
}
QUADS = ("winoground", "colorswap", "bivlc", "cola", "mmvp")


@pytest.fixture(scope="module")
def clip() -> Clip:
    model = tiny_clip(seed=3)
    model.model.eval()
    return model


def task(name: str, path: Path, **choices: Any) -> BenchmarkTask:
    return BenchmarkTask(protocol=PROTOCOLS[name], source=PROTOCOLS[name].open(path), batch_size=4, **choices)


def run(task: BenchmarkTask, clip: Clip) -> dict[str, Any]:
    return run_benchmark(task, clip, environment=ENVIRONMENT, tell=lambda sentence: None)


def plain_cosines(clip: Clip, image: Image.Image, texts: tuple[str, ...]) -> list[float]:
    """One picture and its captions as anybody would ask open_clip."""
    with torch.inference_mode():
        seen = clip.model.encode_image(transform_pictures(clip, [image]), normalize=True)
        text_features = clip.model.encode_text(clip.ids(texts), normalize=True)
    cosines: list[float] = (seen @ text_features.T)[0].tolist()
    return cosines


def rows(folder: Path) -> list[dict[str, Any]]:
    table_rows: list[dict[str, Any]] = pq.read_table(folder / "items.parquet").to_pylist()
    return table_rows


@pytest.mark.parametrize("name", WRITERS)
def test_every_benchmark_gives_its_document(tmp_path: Path, clip: Clip, name: str) -> None:
    result = run(task(name, WRITERS[name](tmp_path)), clip)
    assert result["benchmark"] == name and result["n"] > 0 and result["missing"] == 0
    assert result["low"] <= result["accuracy"] <= result["high"]
    assert result["preprocessing"]["resize_mode"] == "squash" and result["prompt"]
    assert (result["theirs"] is None) == (name == "pairs")
    assert ("group_score" in result) == (name in QUADS)
    assert all(figure["source"] for figure in result["reference"])
    assert name not in QUADS or result["blind"]["mean_picture"]["value"] == 0, "seen blindly, two pictures tie or fail"
    json.dumps(result, allow_nan=False)
    if name == "sugarcrepe":
        result = run(task(name, tmp_path), replace(clip, name="ViT-B-32/openai"))
        marked = {figure["group"]: figure["value"] for figure in result["reference"] if figure["is_this_model"]}
        assert len(marked) == 7 and marked["swap_att"] == 0.6396 and set(result["theirs"]["by_group"]) == set(marked)


def test_pairs_agree_with_a_plain_loop(tmp_path: Path, clip: Clip) -> None:
    file = published.write_pairs(tmp_path / "data", 10, 7)
    result = run(task("pairs", file, out=tmp_path / "out"), clip)
    right = 0
    for k, row in enumerate(rows(tmp_path / "out")):
        expected = plain_cosines(clip, published.picture(k % 7), published.captions(k))
        assert [row["cosine_0_0"], row["cosine_0_1"]] == pytest.approx(expected, abs=1e-6)
        assert row["margin"] == row["cosine_0_0"] - row["cosine_0_1"]
        assert row["accuracy"] == row["strict"] == float(expected[0] > expected[1])
        assert (row["image_0"], row["id"], row["caption_1"]) == (f"{k % 7}.png", str(k + 2), published.captions(k)[1])
        right += expected[0] > expected[1]
    assert (result["accuracy"], result["n"], result["images"], result["captions"]) == (right / 10, 10, 7, 20)
    assert result["accuracy"] not in (0, 1)
    assert [group["n"] for group in result["groups"]] == [5, 5]
    one = run(replace(task("pairs", file), batch_size=1), clip)
    assert one["accuracy"] == result["accuracy"], "batches change no figure"
    assert one["margin"]["value"] == pytest.approx(result["margin"]["value"], abs=1e-6)


def test_the_mean_picture_is_that_of_the_others(tmp_path: Path, clip: Clip) -> None:
    file = published.write_pairs(tmp_path / "data", 6, 3)
    result = run(task("pairs", file, out=tmp_path / "out"), clip)
    with torch.inference_mode():
        seen = clip.model.encode_image(
            transform_pictures(clip, [published.picture(k) for k in range(3)]), normalize=True
        )
        right = 0
        for k in range(6):
            mean = seen[[n for n in range(3) if n != k % 3]].mean(dim=0)
            text_features = clip.model.encode_text(clip.ids(published.captions(k)), normalize=True) @ mean
            right += int(text_features[0] > text_features[1])
    assert result["blind"]["mean_picture"]["value"] == right / 6
    assert result["blind"]["shorter_caption"]["value"] == 0.5
    alone = run(task("pairs", published.write_pairs(tmp_path / "one", 3, 1)), clip)
    assert alone["blind"]["mean_picture"] | {"definition": ""} == {
        "value": None, "n": 0, "low": None, "high": None, "chance": 0.5, "definition": "",
    }  # fmt: skip


def test_winoground_in_each_form_and_boxes_agree_with_a_plain_loop(tmp_path: Path, clip: Clip) -> None:
    file = published.write_winoground(tmp_path / "lines", 4)
    published.write_parquet(tmp_path / "hub" / "test.parquet", published.hub_table(count=4))
    result = run(task("winoground", file, out=tmp_path / "a"), clip)
    of_hub = run(task("winoground", tmp_path / "hub", out=tmp_path / "b"), clip)
    for k, row in enumerate(rows(tmp_path / "a")):
        cosines = [plain_cosines(clip, published.picture(2 * k + i), published.captions(k)) for i in range(2)]
        assert [[row[f"cosine_{p}_{c}"] for c in range(2)] for p in range(2)] == [
            pytest.approx(each, abs=1e-6) for each in cosines
        ]
        text = cosines[0][0] > cosines[0][1] and cosines[1][1] > cosines[1][0]
        assert row["text_score"] == float(text)
    assert of_hub["accuracy"] == result["accuracy"] and of_hub["margin"] == result["margin"]
    file = published.write_aro(tmp_path / "aro" / "visual_genome_relation.json", ["behind"] * 3)
    run(task("aro-relation", file, out=tmp_path / "c"), clip)
    image = Image.open(tmp_path / "aro" / "images" / "2414752.jpg").convert("RGB")
    for k, row in enumerate(rows(tmp_path / "c")):
        expected = plain_cosines(clip, image.crop((k, 2, k + 12, 12)), published.captions(k))
        assert [row["cosine_0_0"], row["cosine_0_1"]] == pytest.approx(expected, abs=1e-6), "the box is looked at"


def test_missing_pictures_are_counted_and_named(tmp_path: Path, clip: Clip) -> None:
    file, whole = published.write_pairs(tmp_path / "data", 60, 30), published.png(99)
    for k in range(25):
        (tmp_path / "data" / f"{k}.png").unlink()
    (tmp_path / "data" / "3.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "data" / "4.png").write_bytes(b"")
    (tmp_path / "secret.png").write_bytes(whole)
    os.symlink(tmp_path / "secret.png", tmp_path / "data" / "5.png")
    os.symlink(tmp_path / "data" / "29.png", tmp_path / "data" / "6.png")  # stays inside
    os.mkfifo(tmp_path / "data" / "7.png")
    result = run(task("pairs", file, out=tmp_path / "out"), clip)
    assert (result["n"], result["missing"]) == (12, 48)
    assert result["missing_images"] == [f"{k}.png" for k in range(21) if k != 6]
    words = {"0": "there is no such file", "3": "cut short", "4": "empty", "5": "leads out of the folder", "7": ""}
    assert all(said in result["missing_reasons"][f"{k}.png"] for k, said in words.items())
    first = rows(tmp_path / "out")[0]
    assert np.isnan([first["cosine_0_0"], first["margin"], first["strict"], first["accuracy"]]).all()
    (tmp_path / "empty").mkdir()
    said: list[str] = []
    chosen = task("pairs", file, images=tmp_path / "empty", limit=3)
    result = run_benchmark(chosen, clip, environment=ENVIRONMENT, tell=said.append)
    assert (result["n"], result["missing"], result["accuracy"]) == (0, 3, None) and "--images" in said[0]


class Interrupted(Exception):
    """Error that the tests throw in the middle."""


@pytest.mark.parametrize(("name", "batches"), [("pairs", 3), ("winoground", 1)])
def test_an_interrupted_run_ends_as_an_uninterrupted_one(
    tmp_path: Path, clip: Clip, monkeypatch: pytest.MonkeyPatch, name: str, batches: int
) -> None:
    path = WRITERS[name](tmp_path / "data")
    (tmp_path / "data" / {"pairs": "1.png", "winoground": "images/ex_0_img_1.png"}[name]).unlink()
    whole = run(task(name, path, out=tmp_path / "whole"), clip)
    stopped = task(name, path, out=tmp_path / "stopped")
    with monkeypatch.context() as patch:
        stop_after(patch, batches)
        with pytest.raises(Interrupted):
            run(stopped, clip)
    assert not (tmp_path / "stopped" / "result.json").exists()
    for file in ("pictures.npy", "missing.jsonl"):  # torn lines
        with (tmp_path / "stopped" / file).open("ab") as opened:
            opened.write(b'{"row": 1')
    resumed, again = (run(replace(stopped, resume=True), clip) for _ in range(2))
    for of_call in ("seconds", "images_per_s", "folder"):
        del whole[of_call], resumed[of_call]
    assert resumed == whole and again["images_per_s"] is None and again["accuracy"] == whole["accuracy"]
    for file in ("items.parquet", "pictures.npy", "captions.npy", "missing.jsonl"):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "stopped" / file).read_bytes()


def stop_after(patch: pytest.MonkeyPatch, batches: int) -> None:
    """Let `batches` batches of pictures and captions be embedded, then throw."""
    add, left = EmbeddingRows.add, iter(range(batches))

    def counted(self: EmbeddingRows, rows: np.ndarray) -> None:
        if next(left, None) is None:
            raise Interrupted
        add(self, rows)

    patch.setattr(EmbeddingRows, "add", counted)


def test_another_model_another_file_or_another_folder_is_not_gone_on_with(tmp_path: Path, clip: Clip) -> None:
    file = published.write_pairs(tmp_path / "data", 5, 3)
    first = task("pairs", file, out=tmp_path / "out")
    run(first, clip)
    for changed, words in ({"limit": 2}, "limit"), ({"batch_size": 2}, "batch_size"), ({"images": tmp_path}, "images"):
        with pytest.raises(UserError, match=words):
            run(replace(first, resume=True, **changed), clip)
    with pytest.raises(UserError, match="add --resume"):
        run(first, clip)
    with pytest.raises(UserError, match="weights"):
        run(replace(first, resume=True), tiny_clip(seed=4))
    file.write_text(file.read_text().replace("even", "EVEN"))
    with pytest.raises(UserError, match="files"):
        run(replace(first, resume=True), clip)


def test_a_model_that_gives_no_numbers(tmp_path: Path) -> None:
    broken = tiny_clip(seed=5)
    with torch.no_grad():
        broken.model.visual.proj.fill_(float("nan"))
    with pytest.raises(ModelError, match="not finite"):
        run(task("pairs", published.write_pairs(tmp_path, 3, 3)), broken)
