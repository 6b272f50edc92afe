"""What the server says under another contract: `python -m tests.contract_server CONTRACT FOLDER` prints it as JSON.

In a process of its own, because modules read the contract when they are imported.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from explorer import contract

SCORE = {"value": 0.7, "n": 300, "low": 0.65, "high": 0.75, "chance": 0.5}
"""Between a level of 0.6 and one of 0.75."""


def answers(folder: Path) -> dict[str, Any]:
    """Return what is known of a run whose evaluations all score `SCORE`, and of a pupil whose model scores 0.7."""
    from explorer.classroom import room as room_state
    from explorer.classroom import stops
    from explorer.classroom.screens import Screens
    from explorer.classroom.trainings import store_score, store_training
    from explorer.evaluation.metrics import estimate_share
    from explorer.runs.folder import key_digest
    from explorer.runs.state import read_run
    from explorer.runs.store import RunStore
    from explorer.runs.tab_training import describe_tab_evaluation
    from explorer.settings import LOCAL
    from tests.oracles.store import write_run

    folder.mkdir()
    write_run(folder / "mine", "finished", created=1.0)
    metrics = folder / "mine" / "metrics.jsonl"
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    for line in lines:
        for form in line.get("evaluation", {}).values():
            form["binding_accuracy"] = SCORE
    metrics.write_text("".join(json.dumps(line) + "\n" for line in lines))

    store = RunStore(folder)
    room = room_state.Room(code="KRTM", key_digest=key_digest("teacher"), opened=0.0, since=0.0)
    room = room_state.add_pupil(room, "Ada", key_digest("token"), now=1.0)
    room = room_state.go_to_stop(room, stops.first_stop("train"), now=2.0)
    landed = room_state.PupilTraining(pairs=5120, accuracy=0.8, state="landed", at=3.0)
    room = store_score(store_training(room, 0, landed, most=92_160, landings=[5120]), 0, 0.7)
    interval = estimate_share(np.array([1.0] * 7 + [0.0] * 3), 0.5)
    return {
        "bound_at": read_run(store, "mine").bound_at,
        "interval": [interval.low, interval.high],
        "is_checked": Screens(store, LOCAL).wall(room).dots[0].is_checked,
        "asked": describe_tab_evaluation(),
        "contract": contract.page_contract(),
    }


if __name__ == "__main__":
    file, folder = map(Path, sys.argv[1:])
    contract.CONTRACT = contract.read_contract(file)
    print(json.dumps(answers(folder)))
