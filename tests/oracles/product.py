"""The product as the oracles meet it: the one place that imports it, so the one that follows when modules move.

python -m tests.oracles.product RUNS PORT        # serves a store under the stopped clock; nothing trains
"""

import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.oracles.store import stopped_clock

ENVIRON = {
    "COLUMNS": "120",
    "CPU_CORES": "2",
    "CUDA_VISIBLE_DEVICES": "",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HOST": "",
    "TZ": "UTC",
}
"""Variables of a process that records, set before it imports anything."""


def freeze_study(folder: Path) -> None:
    """Write into a folder of frozen rows everything that follows from them, and both documents."""
    from research.write import freeze_evidence

    freeze_evidence(None, folder, folder / "STUDY.md", folder / "study-methods.md")


@contextlib.contextmanager
def serve_store(runs: Path, port: int | None = None) -> Iterator[str]:
    """Serve a store on this computer, without a supervisor that would train its runs; yield its address."""
    from explorer.runs.store import RunStore
    from explorer.settings import LOCAL
    from explorer.views.service import Service
    from explorer.web.server import running_server

    with running_server(Service(store=RunStore(runs), settings=LOCAL), "127.0.0.1", port) as blocks:
        yield str(blocks.local_url)


if __name__ == "__main__":
    import os

    os.environ |= ENVIRON | {"EXPLORER_RUNS": sys.argv[1]}
    with stopped_clock(), serve_store(Path(sys.argv[1]), int(sys.argv[2])):
        threading.Event().wait()
