"""The command `swaps` on a caption and on a file, as text and as JSON."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from PIL import Image

from explorer.cli import main
from explorer.views.probe import swaps


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["swaps", *arguments])
    return capsys.readouterr().out


def test_a_caption_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line.split() for line in said(capsys, "an old bus and a red car").splitlines()]
    assert ["old", "bus"] in lines and ["attribute", "a", "red", "bus", "and", "an", "old", "car"] in lines
    why = "why: It names fewer than two objects, so there is nothing to exchange."
    assert said(capsys, "--caption", "a bus").splitlines() == ["unsure: no", why]


def test_kinds_by_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    caption = "a red bus and a submarine"
    assert "nothing to exchange" in said(capsys, "--caption", caption)
    assert "move  a bus and a red submarine" in said(capsys, "--caption", caption, "--kinds", "color,move")
    assert "move  a bus and a red submarine" in said(capsys, "--caption", caption, "--kinds", "all")
    (tmp_path / "captions.txt").write_text(caption + "\n")
    found = json.loads(said(capsys, "--file", str(tmp_path / "captions.txt"), "--kinds", "move", "--json"))
    assert [swap["kind"] for swap in found["swaps"]] == ["move"]


def test_a_line_for_each_line_of_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = ["an old bus and a red car", "", "a black dog and cat", "x" * 301, "“été” and a bus", "a\tbus"]
    file = tmp_path / "captions.txt"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    documents = [json.loads(line) for line in said(capsys, "--file", str(file), "--json").splitlines()]
    assert ["error" in document for document in documents] == [False, True, False, True, False, False]
    assert documents[0] == {"caption": lines[0], **swaps(lines[0])} and documents[2]["unsure"]
    assert "error: caption: give a sentence" in said(capsys, "--file", str(file))


def test_a_table_is_read_as_measure_reads_it_and_becomes_pairs_for_the_benchmark(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    captions = ["a red bus and a blue car", "a dog", "a green cat, and a pink dog"]
    rows = "".join(f'{place}.png,"{caption}"\n' for place, caption in enumerate(captions))
    with gzip.open(tmp_path / "own.csv.gz", "wt") as file:
        file.write(f"image,caption\n{rows}")
    for place in range(3):
        Image.new("RGB", (32, 32), (80 * place, 0, 0)).save(tmp_path / f"{place}.png")
    pairs = tmp_path / "pairs.csv"
    main(["swaps", "--file", str(tmp_path / "own.csv.gz"), "--pairs", str(pairs), "--json"])
    total = "2 of 3 captions have a swap, 2 swaps in all."
    assert json.loads(capsys.readouterr().out) == {"total": total, "pairs": 2, "file": str(pairs)}
    with pairs.open(newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["image"] for row in written] == ["0.png", "2.png"]
    assert written[0]["caption"] == captions[0] and written[0]["negative_caption"] == "a blue bus and a red car"
    main(["benchmark", "pairs", str(pairs), "--model", "things-web", "--json"])
    assert json.loads(capsys.readouterr().out)["n"] == 2
