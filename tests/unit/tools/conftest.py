"""The command line in this process, in an empty folder with a store of its own."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.cli import main


class Shell:
    """Runs commands in this process and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str], run: Callable[..., None] = main) -> None:
        self._capsys, self._run = capsys, run
        self.err = ""

    def __call__(self, *arguments: Any, **options: Any) -> tuple[int, str, str]:
        """(exit status, stdout, stderr)."""
        status: Any = 0
        try:
            self._run([str(argument) for argument in arguments], **options)
        except SystemExit as left:
            status = left.code
        printed = self._capsys.readouterr()
        self.err = printed.err
        return int(status or 0), printed.out, printed.err

    def document(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        """The JSON document of a command that works; stderr is in `err`."""
        status, out, err = self(*arguments, "--json", **options)
        assert status == 0, err
        document: dict[str, Any] = json.loads(out.splitlines()[-1])
        return document

    def refused(self, *arguments: Any) -> str:
        """The sentence of a command that is refused."""
        status, out, err = self(*arguments)
        assert (status, out) == (2, ""), err
        assert err.endswith("\n") and err.count("\n") == 1 and "Traceback" not in err
        assert len(err) < 1000, "a person reads it"
        return err


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to stand in, with the runs in it."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
