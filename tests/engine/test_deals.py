"""The command that trains the deals of a class again writes nothing that is recorded alike, and nothing unasked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from explorer.classroom.deal import RECORDED_FILE
from tests.engine import deals

ROWS = json.loads(RECORDED_FILE.read_text(encoding="utf-8"))


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[int, dict[str, Any]]:
    """What each training comes to, at first what is recorded; three steps more than there, as on a slower computer."""
    made = {row["number"]: row | {"digest": "0" * 64, "curve": [*row["curve"]]} for row in ROWS}
    for row in made.values():
        pairs, *shares = row["curve"].pop()
        row["curve"].append([pairs + 768, 0.5, 0.4] if pairs < 92_160 else [pairs, *shares])

    @contextmanager
    def no_engine(_: Path) -> Iterator[None]:
        yield

    def record(_: None, number: int, weights: Path) -> dict[str, Any]:
        weights.write_bytes(b"model")
        return made[number]

    monkeypatch.setattr(deals, "engine", no_engine)
    monkeypatch.setattr(deals, "record_deal", record)
    monkeypatch.setattr(deals, "WEIGHTS", tmp_path / "models")
    monkeypatch.setattr(deals, "RECORDED_FILE", tmp_path / "recorded.json")
    (tmp_path / "recorded.json").write_bytes(RECORDED_FILE.read_bytes())
    return made


@pytest.mark.parametrize("arguments", [[], ["--write"]])
def test_steps_behind_the_landing_are_no_difference(
    trained: dict[int, dict[str, Any]], tmp_path: Path, arguments: list[str]
) -> None:
    deals.main(arguments)
    assert (tmp_path / "recorded.json").read_bytes() == RECORDED_FILE.read_bytes()
    assert len(list((tmp_path / "models").iterdir())) == len(trained)


def test_a_training_that_differs_is_named_and_written_only_when_told(
    trained: dict[int, dict[str, Any]], tmp_path: Path
) -> None:
    pairs, share, low = trained[4]["curve"][2]
    trained[4]["curve"][2] = [pairs, share + 0.01, low]
    trained[0]["digests"] = [*trained[0]["digests"][:-1], "0" * 64]
    with pytest.raises(SystemExit, match="see --write: 0, 4$"):
        deals.main([])
    assert (tmp_path / "recorded.json").read_bytes() == RECORDED_FILE.read_bytes()
    for model in (tmp_path / "models").iterdir():
        model.unlink()
    deals.main(["--write"])
    written = json.loads((tmp_path / "recorded.json").read_text(encoding="utf-8"))
    assert [row["number"] for row, before in zip(written, ROWS, strict=True) if row != before] == [0, 4]
    assert written[4] == trained[4]
