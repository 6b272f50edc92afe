"""The product as the oracles meet it: the one place that imports it, so the one that follows when modules move.

python -m tests.oracles.product RUNS PORT        # serves a store under the stopped clock; nothing trains
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

from tests.oracles.store import stopped_clock


def app_of(runs: Path) -> tuple[Any, dict[str, Any]]:
    """Return the page over a store, without a supervisor that would train its runs, and the options of its launch."""
    from explorer.pages.app import build_app, launch_options
    from explorer.runs.store import RunStore
    from explorer.service.service import Service
    from explorer.settings import LOCAL

    service = Service.of(RunStore(runs), LOCAL)
    return build_app(service), launch_options(service)


def serve(runs: Path, port: int) -> None:
    """Serve the store on this computer until the process is ended."""
    os.environ |= {"EXPLORER_RUNS": str(runs), "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    with stopped_clock():
        app, options = app_of(runs)
        app.launch(server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True, **options)
        threading.Event().wait()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
