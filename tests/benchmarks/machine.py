"""Tools of the measurements: medians, percentiles, a unit of the machine, memory, state of the checkout.

Threads are those that the worker has, so that a figure speaks of what people get.
"""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
import torch

from explorer.settings import core_count, settings_for

ROOT = Path(__file__).parents[2]
UNIT_SIDE, UNIT_PRODUCTS = 1024, 20
MIN_FOR_PERCENTILES = 30
MACHINE_UNIT = f"{UNIT_PRODUCTS} float32 products of two {UNIT_SIDE} x {UNIT_SIDE} matrices on the CPU"


def use_worker_threads() -> None:
    """The threads that a worker has, whatever this process was started with."""
    torch.set_num_threads(settings_for(None, os.environ).threads or core_count())


def devices() -> list[str]:
    """Every kind of device that is here."""
    availability = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return ["cpu", *(name for name, is_here in availability.items() if is_here)]


def wait_for_device(device: torch.device | str) -> None:
    """Until the device has done what it was given."""
    if (kind := torch.device(device).type) != "cpu":
        getattr(torch, kind).synchronize()


def time_calls(work: Callable[[], Any], repeats: int, *, warm_up: int = 1, device: str = "cpu") -> list[float]:
    """Seconds of each of `repeats` calls after `warm_up` that do not count."""
    seconds = []
    for _ in range(warm_up + repeats):
        wait_for_device(device)
        start = time.perf_counter()
        work()
        wait_for_device(device)
        seconds.append(time.perf_counter() - start)
    return seconds[warm_up:]


def machine_unit_s() -> float:
    """Seconds of MACHINE_UNIT, the median of five."""
    use_worker_threads()
    a = torch.rand(UNIT_SIDE, UNIT_SIDE)
    return median(time_calls(lambda: [a @ a for _ in range(UNIT_PRODUCTS)], 5))


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, 100 * share, method="nearest"))


def percentiles(name: str, waits_ms: Sequence[float]) -> dict[str, float | int | None]:
    """`{name}_p50_ms`, `{name}_p95_ms` and `{name}_n`; both are None for fewer than `MIN_FOR_PERCENTILES` waits."""
    is_enough = len(waits_ms) >= MIN_FOR_PERCENTILES
    p50, p95 = (percentile(waits_ms, share) if is_enough else None for share in (0.5, 0.95))
    return {f"{name}_p50_ms": p50, f"{name}_p95_ms": p95, f"{name}_n": len(waits_ms)}


def memory_mb(pid: int) -> float:
    """Resident memory of a process, in MB."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6


def machine_record() -> dict[str, Any]:
    """Record of the machine: cores, devices, versions, the commit."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    threads = settings_for(None, os.environ).threads or core_count()
    here = {"cores": core_count(), "threads": threads, "devices": [*devices(), *names]}
    return {**here, "torch": torch.__version__, "commit": commit}


def show_rows(title: str, rows: Mapping[str, Any]) -> None:
    """A heading with its rows."""
    width = max(map(len, rows), default=0) + 2
    print(title, *(f"  {name:<{width}}{figure_text(value)}" for name, value in rows.items()), sep="\n", flush=True)


def figure_text(value: Any) -> str:
    """A figure with three to four digits that mean something."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {figure_text(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(figure_text, value))
    return "-" if value is None else str(value)
