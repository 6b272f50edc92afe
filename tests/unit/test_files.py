"""Files that are read whole, once until they change."""

import gc
import os
from pathlib import Path
from weakref import WeakSet

from explorer.files import cache_by_file_time


class Read(str):
    """Text of a file, which can be counted while it is kept."""


def test_a_file_is_read_once_for_each_question_until_it_changes(tmp_path: Path) -> None:
    file, reads = tmp_path / "file", list[str]()

    @cache_by_file_time(8)
    def line_of(path: Path, number: int) -> str:
        reads.append(path.name)
        return path.read_text().split("\n")[number]

    file.write_text("one\ntwo")
    assert [line_of(file, 0), line_of(file, 0)] == ["one", "one"] and len(reads) == 2, "one so young may change unseen"
    os.utime(file, ns=(0, 0))
    assert [line_of(file, 0), line_of(str(file), 0), line_of(file, 1), line_of(file, 1)] == ["one", "one", "two", "two"]
    assert len(reads) == 4
    with file.open("a") as longer:
        longer.write("\nthree")
    os.utime(file, ns=(0, 0))
    assert line_of(file, 2) == "three" and len(reads) == 5, "its time is the same, and its size is not"


def test_what_was_read_of_a_file_is_kept_until_the_next_content_of_it_and_no_longer(tmp_path: Path) -> None:
    """A training writes its status anew at each step."""
    file, kept = tmp_path / "status.json", WeakSet[Read]()

    @cache_by_file_time(100)
    def text_of(path: Path) -> Read:
        kept.add(read := Read(path.read_text()))
        return read

    for step in range(20):
        file.write_text(str(step))
        os.utime(file, ns=(step, step))
        assert text_of(file) == text_of(file) == str(step)
    gc.collect()
    assert list(kept) == ["19"]
