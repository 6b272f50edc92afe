"""The command: readable rows, and the same figures as one line of JSON at the end.

    main(["step", "--quick"])

A benchmark is a module of this folder: its `run(quick)` prints rows and returns figures, which have `KEYS` at least.
`all` measures those of `BENCHMARKS` but `APART`, one after the other; its JSON holds each under its name.
"""

import argparse
import json
import time
from collections.abc import Sequence

from tests.benchmarks import browser, gpu, page, room, soak, start, step, tab, time_to_binding, visitors
from tests.benchmarks.machine import machine_record

MODULES = (time_to_binding, step, page, room, soak, browser, tab, gpu, start, visitors)
BENCHMARKS = {module.__name__.rpartition(".")[2]: module for module in MODULES}
APART = ("gpu", "soak", "start")
"""Not part of `all`: another machine, half an hour, an installation."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for."""
    width = max(map(len, BENCHMARKS)) + 2
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure; figures, no verdicts. Leave the machine alone meanwhile.",
        epilog="\n".join(f"{name:<{width}}{benchmark_words(name)}" for name in BENCHMARKS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=[*BENCHMARKS, "all"], metavar="NAME", help="one of those below, or all")
    parser.add_argument("--quick", action="store_true", help="few repeats and short runs: shows that it works")
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), help="for gpu: measure there")
    options = parser.parse_args(arguments)
    if options.device and options.name != "gpu":
        parser.error(f"--device={options.device}: {options.name} measures every device that is here")
    names = [each for each in BENCHMARKS if each not in APART] if options.name == "all" else [options.name]
    results = {}
    for name in names:
        start, device = time.time(), [options.device] if options.device else []
        figures = BENCHMARKS[name].run(options.quick, *device)
        took = {"took_s": round(time.time() - start, 1)}
        results[name] = {"benchmark": name, "quick": options.quick, **machine_record(), **figures, **took}
    print(json.dumps(results if options.name == "all" else results[names[0]], allow_nan=False))


def benchmark_words(name: str) -> str:
    """Return what a benchmark tells, from the first line of its module."""
    return (BENCHMARKS[name].__doc__ or "").partition("\n")[0].removeprefix(f"`{name}`: ").removesuffix(".")
