"""A process that hosts a supervisor, as the web process does: small_server.py ROOT CONFIGS PAUSE_S."""

import sys
import time
from pathlib import Path

from explorer.runs.store import RunStore
from explorer.runs.supervisor import Supervisor
from explorer.settings import Settings

if __name__ == "__main__":
    root, *worker = sys.argv[1:]
    command = (sys.executable, str(Path(__file__).with_name("tiny_worker.py")), *worker)
    Supervisor(
        RunStore(Path(root)),
        Settings(worker_command=command, threads=1, spare=False, poll_s=0.05, checkpoint_s=0.0, nice=0),
    ).start()
    assert "torch" not in sys.modules
    while True:
        time.sleep(1)
