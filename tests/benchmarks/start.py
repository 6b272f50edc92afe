"""`start`: a cold start as a Space does it, in an empty virtual environment.

- download_mb and packages: what pip fetches for requirements.txt, without its cache;
- install_s: seconds of `pip install`; first_answer_s: from the start of `app.py` there to the first byte of its page.

Quick: nothing is fetched; the packages that are installed here serve, and only the app starts in a new environment.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import ROOT, show_rows, time_calls
from tests.benchmarks.server import app_server

KEYS = ("download_mb", "packages", "install_s", "first_answer_s")


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures; the download is None if quick."""
    figures: dict[str, Any] = dict.fromkeys(KEYS)
    with tempfile.TemporaryDirectory(prefix="start-") as folder:
        environment = Path(folder) / "venv"
        venv.create(environment, with_pip=not quick, system_site_packages=False)
        python = str(environment / "bin" / "python")
        if quick:
            (site,) = (environment / "lib").glob("python*/site-packages")
            here = [path for path in sys.path if path.endswith("site-packages")]
            (site / "here.pth").write_text("\n".join(here) + "\n")
        else:
            figures |= _install(python, Path(folder) / "files")
        with app_server(python, EXPLORER_SPARE="0") as app:
            figures["first_answer_s"] = app.first_byte_s
    show_rows("start", figures)
    return figures


def _install(python: str, files: Path) -> dict[str, float]:
    """Fetch the packages as files, then install from these."""
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    wanted = ["-r", str(ROOT / "requirements.txt")]
    subprocess.run([*pip, "download", "--no-cache-dir", "--dest", str(files), *wanted], check=True)
    install = [*pip, "install", "--no-index", "--find-links", str(files), *wanted]
    seconds = time_calls(lambda: subprocess.run(install, check=True), 1, warm_up=0)
    wheels = list(files.iterdir())
    return {
        "download_mb": sum(path.stat().st_size for path in wheels) / 1e6,
        "packages": len(wheels),
        "install_s": seconds[0],
    }
