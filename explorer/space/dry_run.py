"""Dry run of an upload as on a Space, in processes of its own, without the checkout.

import_app(folder)      # "imported in 3.4 s, without torch"; `Fault` if it fails
serve_app(folder)       # "the first byte after 4.1 s on port 41327"; `Fault` if none comes
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

HEAVY = ("torch", "open_clip", "transformers")
PATIENCE_S = 180.0
PAUSE_S = 0.05
LOG = "app.log"
KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "VIRTUAL_ENV")
"""Variables of this process that the app receives too; none of them is a setting of the app or of Gradio."""


class Fault(Exception):
    """A failed check, in one sentence."""


def import_app(folder: Path) -> str:
    """Import app.py and check which modules it imports."""
    code = f"import sys, app\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    command = [sys.executable, "-c", code]
    start = time.monotonic()
    with TemporaryDirectory() as home:
        try:
            done = subprocess.run(
                command, cwd=folder, env=_environment(home), capture_output=True, text=True, timeout=PATIENCE_S
            )
        except subprocess.TimeoutExpired:
            raise Fault(f"app.py is not imported within {PATIENCE_S:.0f} s") from None
    if done.returncode:
        raise Fault(f"app.py cannot be imported: {_last_line(done.stderr)}")
    if heavy := done.stdout.split():
        raise Fault(f"app.py imports {', '.join(heavy)} before anybody asks for a model")
    return f"imported in {time.monotonic() - start:.1f} s, without {', '.join(HEAVY)}"


def serve_app(folder: Path) -> str:
    """Start app.py as a Space does and wait for the first byte of the page."""
    port = _free_port()
    start = time.monotonic()
    # Its worker ends a moment after it and may still write.
    with TemporaryDirectory(ignore_cleanup_errors=True) as home, _started(folder, home, port) as process:
        while not _answers(port):
            if process.poll() is not None:
                said = _last_line((Path(home) / LOG).read_text(errors="replace"))
                raise Fault(f"app.py ended with exit status {process.returncode}: {said}")
            if time.monotonic() - start > PATIENCE_S:
                raise Fault(f"nothing answered on port {port} within {PATIENCE_S:.0f} s")
            time.sleep(PAUSE_S)
        return f"the first byte came after {time.monotonic() - start:.1f} s, on the port that was asked for"


@contextmanager
def _started(folder: Path, home: str, port: int) -> "Iterator[subprocess.Popen[bytes]]":
    # On the loopback address: a check opens nothing to the network.
    where = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    with (Path(home) / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=folder,
            env=_environment(home) | where,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _environment(home: str) -> dict[str, str]:
    """Return the variables of a Space with two cores, and a temporary home."""
    ours = {name: os.environ[name] for name in KEPT if name in os.environ}
    space = {"SYSTEM": "spaces", "SPACE_ID": "someone/space", "SPACE_HOST": "someone-space.hf.space", "CPU_CORES": "2"}
    homes = {"HOME": home, "XDG_DATA_HOME": home, "APPDATA": home, "EXPLORER_RUNS": str(Path(home) / "runs")}
    return {**ours, **space, **homes, "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S) as page:
            return bool(page.read(1))
    except (URLError, OSError):
        return False


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"
