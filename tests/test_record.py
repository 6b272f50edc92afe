"""The command that writes recordings: every recorded file belongs to a part, and what changed is told."""

import importlib

import pytest

from tests import record
from tests.record import PARTS, changes, recorded_files

BY_HAND = {
    "tests/unit/views/score_document.json",
    "tests/unit/evaluation/ties.json",
    "tests/engine/own_atlas.json",
    "tests/unit/runs/titles.json",
    "tests/unit/study/cells.json",
    "tests/unit/views/planned.json",
}
"""What a person changes on purpose, and no command on the way: the form of an answer, digests of sprites, cases."""


@pytest.mark.parametrize("name", PARTS)
def test_a_part_has_a_writer_and_files(name: str) -> None:
    writer, pattern = PARTS[name]
    module, function = writer.split(":")
    assert callable(getattr(importlib.import_module(module), function)) and recorded_files(pattern)


def test_every_recorded_answer_of_the_tests_belongs_to_a_part() -> None:
    answers = recorded_files("tests/**/*.json").keys() | recorded_files("tests/**/*.html").keys()
    written = {path for _, pattern in PARTS.values() for path in recorded_files(pattern)}
    assert answers - written == BY_HAND


def test_what_changed_is_told_by_file() -> None:
    before = {"a": ["1", "2"], "b": ["1"], "d": ["1"]}
    now = {"a": ["1", "3", "4"], "c": ["1"], "d": ["1"]}
    told = ["a: changed, +2 -1 lines", "b: gone, +0 -1 lines", "c: new, +1 -0 lines"]
    assert changes(before, now) == told and changes(now, now) == []


def test_without_a_name_every_part_is_written_in_its_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(record, "write_part", lambda name: written.append(name) or 0)
    for arguments, expected in (([], [*PARTS]), (["page", "views"], ["page", "views"])):
        written.clear()
        with pytest.raises(SystemExit) as ended:
            record.main(arguments)
        assert ended.value.code == 0 and written == expected
