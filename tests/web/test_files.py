"""Compressed copies of files: made once, the oldest make room, and a folder that cannot be written is replaced."""

import errno
import os
from pathlib import Path

import pytest

from explorer.web import files
from explorer.web.files import MAX_CACHED_FILES, Asset, compressed_file


def asset(number: int) -> Asset:
    return Asset(name=f"{number}.txt", media_type="text/plain", read=str(number).encode)


def test_a_copy_is_made_once(tmp_path: Path) -> None:
    first = compressed_file(asset(1), "gzip", tmp_path)
    unread = Asset(name="1.txt", media_type="text/plain", read=lambda: pytest.fail("read again"))
    assert compressed_file(unread, "gzip", tmp_path) == first
    assert list(tmp_path.iterdir()) == [first], "no half-written file is left"


def test_the_oldest_copies_make_room(tmp_path: Path) -> None:
    for number in range(MAX_CACHED_FILES + 2):
        os.utime(compressed_file(asset(number), "identity", tmp_path), (number, number))
    assert sorted(int(path.stem) for path in tmp_path.iterdir()) == list(range(2, MAX_CACHED_FILES + 2))


def test_a_file_that_another_server_removes_meanwhile_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "removed").symlink_to(tmp_path / "nothing")  # listed, and gone when it is looked at
    assert compressed_file(asset(1), "identity", tmp_path).read_text() == "1"


def test_a_copy_that_finds_no_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="full"):
        compressed_file(asset(1), "gzip", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_was_just_made_stays_where_the_clock_was_set_back(tmp_path: Path) -> None:
    for number in range(MAX_CACHED_FILES):
        os.utime(compressed_file(asset(number), "identity", tmp_path), (2**33, 2**33))
    assert compressed_file(asset(-1), "identity", tmp_path).exists()
    assert len(list(tmp_path.iterdir())) == MAX_CACHED_FILES


def test_a_folder_that_cannot_be_written_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(files, "user_cache_path", lambda name: tmp_path / "file" / name)
    folder = files.cache_folder.__wrapped__()
    assert folder.is_dir() and tmp_path not in folder.parents
    folder.rmdir()
