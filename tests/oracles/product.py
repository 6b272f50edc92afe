"""The product as the oracles meet it: the one place that imports it, so the one that follows when modules move.

python -m tests.oracles.product RUNS PORT        # serves a store under the stopped clock; nothing trains
"""

import importlib
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def api(name: str, *values: Any, **named: Any) -> Any:
    """Call a function of `explorer.api`."""
    return getattr(importlib.import_module("explorer.api"), name)(*values, **named)


def app_of(runs: Path) -> tuple[Any, dict[str, Any]]:
    """Return the page over a store, without a supervisor that would train its runs, and the options of its launch."""
    from explorer.pages.app import build_app, launch_options
    from explorer.runs.store import RunStore
    from explorer.service.service import Service
    from explorer.settings import LOCAL

    service = Service.of(RunStore(runs), LOCAL)
    return build_app(service), launch_options(service)


def shown(
    app: Any, query: Mapping[str, str], event: str = "", values: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what the page shows for an address, or changes at an event after it, by the name of the component."""
    from tests.unit.pages.visits import KEY, Visit

    visit = Visit(app)
    found = visit.send("arrive", query=query, visitor=KEY)
    if event:
        found = visit.send(event, **(values or {}))
    return {name: value for name, value in found.items() if not name.isdigit()}  # parts without a name are numbered


def job_keys() -> dict[str, dict[str, dict[str, str]]]:
    """Return the key of each job that a sweep can ask for, by sweep, condition, and seed and learning rate.

    The learning rate of a result follows from its search, so the jobs of every rate that may win are listed.
    """
    from explorer.study.sweeps import result_jobs, search_jobs
    from explorer.study.table import runnable_sweeps

    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, sweep in runnable_sweeps().items():
        of_sweep = found.setdefault(name, {})
        for condition in sweep.conditions:
            jobs = search_jobs(sweep, [condition])
            for factor in {1.0} if condition.keeps_rate else sweep.factors_of(condition):
                jobs += result_jobs(sweep, [condition], {condition.label: factor}, sweep.seeds)
            of_sweep[condition.label] = {f"{job.stage}, seed {job.seed}, rate {job.factor:g}": job.key for job in jobs}
    return found


def freeze_study(folder: Path) -> None:
    """Write into a folder of frozen rows everything that follows from them, and both documents."""
    from explorer.study.freeze_evidence import freeze

    freeze(None, folder, folder / "STUDY.md", folder / "study-methods.md")


def serve(runs: Path, port: int | None = None) -> tuple[Any, str]:
    """Serve a store on this computer; return the page, which has a method `close`, and its address."""
    app, options = app_of(runs)
    _, url, _ = app.launch(
        server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True, **options
    )  # fmt: skip
    return app, str(url)


if __name__ == "__main__":
    import os

    os.environ |= ENVIRON | {"EXPLORER_RUNS": sys.argv[1]}
    with stopped_clock():
        serve(Path(sys.argv[1]), int(sys.argv[2]))
        threading.Event().wait()
