"""A class is answered, and the study is written, as recorded; `python -m tests.record class` records them anew."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles.compare import differences
from tests.oracles.store import CLOCK, STATES, fill_store


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["class", pytest.param("documents", marks=pytest.mark.nightly)])
def test_the_product_answers_as_recorded(name: str) -> None:
    """All documents are written in the night, and STUDY.md each time (research/tests/test_write.py)."""
    # In a process of its own: the clock, the variables and the current folder are changed for all of it.
    check = [sys.executable, "-m", "tests.oracles", name]
    done = subprocess.run(check, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}"


def test_a_store_is_filled_the_same_each_time(tmp_path: Path) -> None:
    first, second = (fill_store(tmp_path / name) for name in ("first", "second"))
    files = [path.relative_to(first) for path in sorted(first.rglob("*")) if path.is_file()]
    assert {path.parts[0] for path in files} == set(STATES)
    assert all((first / path).read_bytes() == (second / path).read_bytes() for path in files)
    assert all((first / path).stat().st_mtime == CLOCK for path in files)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"a": [0.1, 3]}, {"a": [0.10005, 3]}, []),
        ({"a": [0.1]}, {"a": [0.2]}, ["x > a > 0: 0.1 is now 0.2"]),
        ({"a": 1}, {"b": 1}, ["x > a: 1 is now nothing", "x > b: nothing is now 1"]),
        ([1], [1, 2], ["x: [1] is now [1, 2]"]),
        ({"a": 1}, {"a": True}, ["x > a: 1 is now True"]),
        ({"a": 0.0}, {"a": 0}, []),
        ({"a": None}, {"a": "None"}, ["x > a: None is now 'None'"]),
        ({"a": "0.10001"}, {"a": "0.10002"}, ["x > a: '0.10001' is now '0.10002'"]),
    ],
)
def test_a_difference_is_named_by_its_place(before: object, now: object, said: list[str]) -> None:
    assert list(differences(before, now, "x")) == said
