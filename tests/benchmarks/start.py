"""`start`: a cold start as a Space does it, in an empty virtual environment.

- download_mb and packages: what pip fetches for requirements.txt, without its cache;
- install_s: seconds of `pip install`; first_answer_s: from the start of `app.py` there to the first byte of its page.

Quick: nothing is fetched; the packages that are installed here serve, and only the app starts in a new environment.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import ROOT, show
from tests.browser.conftest import START_S, Server, end_server, free_port

KEYS = ("download_mb", "packages", "install_s", "first_answer_s")


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures; the download is None if quick."""
    with tempfile.TemporaryDirectory(prefix="start-") as folder:
        environment = Path(folder) / "venv"
        venv.create(environment, with_pip=not quick, system_site_packages=False)
        python = environment / "bin" / "python"
        if quick:
            (site,) = (environment / "lib").glob("python*/site-packages")
            here = [path for path in sys.path if path.endswith("site-packages")]
            (site / "here.pth").write_text("\n".join(here) + "\n")
            figures: dict[str, Any] = {"download_mb": None, "packages": None, "install_s": None}
        else:
            figures = _install(python, Path(folder))
        figures["first_answer_s"] = _first_answer_s(python, Path(folder))
    show("start", figures)
    return figures


def _install(python: Path, folder: Path) -> dict[str, float]:
    """Fetch the packages as files, then install from these."""
    pip, files = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"], folder / "files"
    requirements = str(ROOT / "requirements.txt")
    fetch = [*pip, "download", "--no-cache-dir", "--dest", str(files), "-r", requirements]
    subprocess.run(fetch, check=True)
    found = list(files.iterdir())
    start = time.perf_counter()
    install = [*pip, "install", "--no-index", "--find-links", str(files), "-r", requirements]
    subprocess.run(install, check=True)
    seconds = time.perf_counter() - start
    megabytes = sum(path.stat().st_size for path in found) / 1e6
    return {"download_mb": megabytes, "packages": len(found), "install_s": seconds}


def _first_answer_s(python: Path, folder: Path) -> float:
    port, runs = free_port(), folder / "runs"
    changes = {"HOST": "127.0.0.1", "PORT": str(port), "EXPLORER_RUNS": str(runs), "EXPLORER_SPARE": "0"}
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(python), "app.py"], cwd=ROOT, env=os.environ | changes, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        while time.perf_counter() - start < START_S:
            try:
                urllib.request.urlopen(url, timeout=20).read(1)
                return time.perf_counter() - start
            except OSError:
                if process.poll() is not None:
                    assert process.stderr is not None
                    raise RuntimeError(json.dumps(process.stderr.read()[-500:].decode())) from None
                time.sleep(0.05)
        raise RuntimeError("the app did not answer")
    finally:
        end_server(Server(url=url, runs=runs, process=process))
        if process.stderr is not None:
            process.stderr.close()
