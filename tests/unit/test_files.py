"""Files that are read whole, once until they change."""

import os
from pathlib import Path

from explorer.files import cache_by_file_time


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
