"""The benchmarks by name: what each tells, the keys that its JSON has at least, and the function that measures it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import (
    browser,
    gpu,
    page,
    pairs,
    probe,
    room,
    scale,
    soak,
    start,
    step,
    tab,
    time_to_binding,
)


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One entry; `run(quick)` prints its rows and returns its figures."""

    words: str
    keys: tuple[str, ...]
    run: Callable[..., dict[str, Any]]
    takes_device: bool = False
    """True if `run(quick, device)` measures on the device that `--device` names."""


BENCHMARKS = {
    "time_to_binding": Benchmark(
        words="seconds from Start until the model binds, against open_clip's own training script",
        keys=time_to_binding.KEYS,
        run=time_to_binding.run,
    ),
    "step": Benchmark(
        words="pairs a second of the training loop, against the peer's, and the share of the machine that it uses",
        keys=step.KEYS,
        run=step.run,
    ),
    "pairs": Benchmark(
        words="making data: pairs a second, against a plain generator, as a share of a training step",
        keys=pairs.KEYS,
        run=pairs.run,
    ),
    "page": Benchmark(
        words="a visit on a desk and an emulated phone: paint, samples, blocking, a dial; the server's start",
        keys=page.KEYS,
        run=page.run,
    ),
    "probe": Benchmark(
        words="images and captions a second through a ViT-B-32 and a shipped model, and their memory",
        keys=probe.KEYS,
        run=probe.run,
    ),
    "scale": Benchmark(
        words="how a step, a list of runs and a run's page grow with what is in them",
        keys=scale.KEYS,
        run=scale.run,
    ),
    "room": Benchmark(
        words="the class page with thirty phones through all five steps: how soon the projector shows a vote, errors",
        keys=room.KEYS,
        run=room.run,
    ),
    "soak": Benchmark(
        words="half an hour of runs, jobs, a class and probes, half of it beside a hostile client: errors, p95, memory",
        keys=soak.KEYS,
        run=soak.run,
    ),
    "browser": Benchmark(
        words="questions a second that the engine in a browser answers, against the server's endpoint and torch",
        keys=browser.KEYS,
        run=browser.run,
    ),
    "tab": Benchmark(
        words="training in a browser's tab: seconds of a step and a run, binding, difference from torch, equal bits",
        keys=tab.KEYS,
        run=tab.run,
    ),
    "gpu": Benchmark(
        words="what a CUDA device changes: rates, precision, copies within steps, ten runs",
        keys=gpu.KEYS,
        run=gpu.run,
        takes_device=True,
    ),
    "start": Benchmark(
        words="a cold start from an empty environment: megabytes fetched, seconds to install and to the first answer",
        keys=start.KEYS,
        run=start.run,
    ),
}
