"""Distinct pictures and captions are numbered once, in order; progress on the disk is whole batches."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import UserError
from explorer.evaluation.benchmarks import index as module
from explorer.evaluation.benchmarks.columns import Picture
from explorer.evaluation.benchmarks.embedding_store import MANIFEST_FILE, EmbeddingRows, MissingPictures, open_folder
from explorer.evaluation.benchmarks.index import distinct_pictures, index_items
from explorer.evaluation.benchmarks.reading import Item

words = st.sampled_from(["a", "b c", "d", "e f g"])


def ids(texts: list[str]) -> np.ndarray:
    """Token ids of a tokenizer that reads two letters."""
    return np.array([[ord(letter) for letter in f"{text:2}"[:2]] for text in texts])


def item(id: int, name: str, right: str, wrong: str, group: str | None = None) -> Item:
    return Item(id=str(id), pictures=(Picture(name=name),), captions=(right, wrong), group=group)


@settings(max_examples=40)
@given(st.lists(st.tuples(words, words, words), min_size=1, max_size=30), st.integers(0, 5))
def test_numbers_lead_back_to_what_they_stand_for(rows: list[tuple[str, str, str]], start: int) -> None:
    items = [item(n, *row) for n, row in enumerate(rows)]
    index = index_items(items, ids)
    pictures = list(distinct_pictures(index, items, start=0))
    numbers = zip(index.pictures[:, 0], *index.captions.T, strict=True)
    assert [(pictures[p].name, index.texts[a], index.texts[b]) for p, a, b in numbers] == rows
    assert len(pictures) == index.num_pictures == len(set(pictures))
    assert len(index.texts) == len(set(index.texts)) == index.captions.max() + 1
    assert list(distinct_pictures(index, items, start=start)) == pictures[start:]
    assert index.words.tolist() == [[len(row[1].split()), len(row[2].split())] for row in rows]


def test_captions_are_told_apart_by_the_model_and_pictures_by_box_and_bytes() -> None:
    index = index_items([item(0, "x", "red bus", "red car"), item(1, "x", "reef", "blue")], ids)
    assert index.captions.tolist() == [[0, 0], [0, 1]], "captions that the model reads alike are one"
    boxes = [Picture(name="a"), *(Picture(name="a", box=(0, 0, right, 1)) for right in (1, 2))]
    files = [Picture(name=name, content=content) for name, content in (("b", b"1"), ("c", b"1"), ("b", b"2"))]
    items = [Item(id="", pictures=(picture,), captions=("x", "y")) for picture in boxes + files]
    assert index_items(items, ids).pictures[:, 0].tolist() == [0, 1, 2, 3, 3, 4]


def test_groups_and_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [item(n, "x", "a", "b", group) for n, group in enumerate(["u", None, "u", "v"])]
    index = index_items(items, ids)
    assert (index.names, index.groups.tolist()) == (("u", None, "v"), [0, 1, 0, 2])
    monkeypatch.setattr(module, "MAX_GROUPS", 2)
    with pytest.raises(UserError, match="more than 2 groups"):
        index_items(items, ids)
    with pytest.raises(UserError, match="more than 200 letters"):
        index_items([item(0, "x", "a", "b", "u" * 201)], ids)
    with pytest.raises(UserError, match="no item"):
        index_items([], ids)


@settings(max_examples=40)
@given(st.integers(1, 20), st.integers(1, 7), st.integers(0, 400))
def test_rows_go_on_at_a_whole_batch(count: int, block: int, left: int) -> None:
    whole = np.arange(count * 3, dtype=np.float32).reshape(count, 3)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        np.save(path, whole)
        head = path.stat().st_size - whole.nbytes
        path.write_bytes(path.read_bytes()[: head + left])
        rows = EmbeddingRows(path, count=count, width=3, block=block)
        assert rows.done == count or rows.done % block == 0
        assert rows.done <= left // 12 and (rows.done == count or rows.done > left // 12 - block)
        while rows.done < count:
            rows.add(whole[rows.done : rows.done + block])
        assert rows.all().tolist() == np.load(path).tolist() == whole.tolist()


def test_reasons_survive_a_torn_line_and_rows_that_are_done_again(tmp_path: Path) -> None:
    file = tmp_path / "missing.jsonl"
    reasons = MissingPictures(file, done=0)
    for row in (1, 5, 9):
        reasons.add(row, f"{row}.png", "gone")
    with file.open("a") as opened_file:
        opened_file.write('{"row": 3, "na')
    assert MissingPictures(file, done=6).first == {"1.png": "gone", "5.png": "gone"}
    assert [json.loads(line)["row"] for line in file.read_text().splitlines()] == [1, 5]


def test_a_folder_is_locked_and_taken_up_only_if_it_is_whole(tmp_path: Path) -> None:
    def refused(folder: Path, words: str) -> None:
        with pytest.raises(UserError, match=words), open_folder(folder, {"model": "m", "size": (1, 2)}, resume=True):
            pass

    folder = tmp_path / "deep" / "out"
    with open_folder(folder, {"model": "m", "size": (1, 2)}, resume=False):
        refused(folder, "another benchmark is being run")
    with open_folder(folder, {"model": "m", "size": (1, 2)}, resume=True) as opened:
        assert json.loads((opened / MANIFEST_FILE).read_text()) == {"model": "m", "size": [1, 2]}
    (folder / MANIFEST_FILE).write_text("{")
    refused(folder, "damaged")
    refused(tmp_path, "not empty")
    (tmp_path / "file").write_text("")
    refused(tmp_path / "file", "cannot be written")
