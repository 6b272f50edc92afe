"""Compare the product with the recordings beside this file, which `python -m tests.record class` writes.

python -m tests.oracles                  # prints what differs and exits with 1 if anything does
python -m tests.oracles class            # of this recording alone
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.oracles.compare import differences
from tests.oracles.store import stopped_clock

HERE = Path(__file__).parent
MAX_SHOWN = 40
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


def answers(*names: str) -> dict[str, Any]:
    """Return recordings of the product as it is: all, or those of these names."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= ENVIRON | {name: f"{folder}/cache" for name in ("HF_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
        time.tzset()
        # After the variables, which libraries read as they are imported.
        from tests.oracles.record import NAMES, recordings

        inside = Path(folder).resolve() / "here"
        inside.mkdir()
        with stopped_clock():
            return json.loads(json.dumps(recordings(inside, names or NAMES)))


def record() -> None:
    """Write the recordings."""
    for name, recording in answers().items():
        text = json.dumps(recording, indent=1, ensure_ascii=False, sort_keys=True)
        (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Compare."""
    lines = [
        line
        for name, recording in answers(*sys.argv[1:]).items()
        for line in differences(json.loads((HERE / f"{name}.json").read_text()), recording, f"{name}.json")
    ]
    print("\n".join(lines[:MAX_SHOWN]))
    if len(lines) > MAX_SHOWN:
        print(f"... and {len(lines) - MAX_SHOWN} more")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
