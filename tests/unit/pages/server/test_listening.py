"""If the page cannot be served, one sentence says why and what to do, and the exit status is 2."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.runs.store import RunStore
from explorer.runs.supervisor import Supervisor
from explorer.settings import Settings
from explorer.web.connections import check_address

ROOT = Path(__file__).parents[4]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_is_taken_is_told_with_another(taken: int) -> None:
    for host in ("127.0.0.1", None, "0.0.0.0", "localhost"):
        with pytest.raises(UserError, match=f"^PORT={taken}: another program listens there; name another"):
            check_address(host, taken)


def test_a_free_one_is_fine_and_stays_free(taken: int) -> None:
    check_address("127.0.0.1", None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for _ in range(2):
        check_address("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a b"])
def test_a_host_that_is_not_here_is_told(host: str) -> None:
    with pytest.raises(UserError, match=f"^HOST={host}: is not an address of this computer"):
        check_address(host, 7860)


@pytest.mark.parametrize(
    ("name", "words"),
    [("file/home", "cannot be made (Not a directory)"), ("file", "cannot be made (File exists)")],
)
def test_a_folder_of_runs_that_cannot_be_is_told(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as caught:
        Supervisor(RunStore(tmp_path / name), Settings()).start()
    assert str(caught.value) == f"runs={tmp_path / name}: {words}; name another with EXPLORER_RUNS"


def test_so_is_one_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # whoever runs the tests may be allowed everything
    with pytest.raises(UserError, match="cannot be written; name another with EXPLORER_RUNS"):
        Supervisor(RunStore(tmp_path), Settings()).start()


@pytest.mark.slow
def test_what_keeps_the_app_from_starting_is_one_line_and_exit_2(taken: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    nowhere = str(tmp_path / "file" / "home")  # a home that cannot be written, by whatever user
    base = {name: value for name, value in os.environ.items() if not name.startswith(("EXPLORER_", "XDG_"))}
    for environ, words in (
        ({"PORT": str(taken), "EXPLORER_RUNS": str(tmp_path)}, f"PORT={taken}: another program listens"),
        ({"PORT": "", "HOME": nowhere}, "cannot be made (Not a directory); name another with EXPLORER_RUNS"),
    ):
        command = [sys.executable, "app.py"]
        done = subprocess.run(command, cwd=ROOT, env=base | environ, capture_output=True, text=True, timeout=300)
        assert done.returncode == 2 and words in done.stderr, (environ, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
