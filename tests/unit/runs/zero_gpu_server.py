"""A ZeroGPU Space in small: a supervisor whose turns are forked, limited in time and paid by a visitor.

    python tests/unit/runs/zero_gpu_server.py ROOT CONFIGS      # prints one JSON line: what each scene led to

`Gpu` does what the decorator of the package `spaces` does: the task is a generator that runs in a thread of a forked,
daemonic process; what it yields is streamed back; a closed generator ends after its step; a process that overruns is
killed; and a call without a visitor's request, or beyond his quota, is refused before any process is made. A second
is a step here, so that a busy computer changes nothing.
"""

import itertools
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from functools import partial
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

from explorer.clip import configs
from explorer.runs import worker, zero_gpu
from explorer.runs.folder import RunFolder
from explorer.runs.store import RunStore
from explorer.runs.supervisor import Supervisor
from explorer.settings import Settings
from tests.unit.runs import tiny_worker
from tests.unit.runs.conftest import STEPS, wait_for
from tests.unit.toys import tiny_spec

FORK = multiprocessing.get_context("fork")
VISITOR: ContextVar[str | None] = ContextVar("request", default=None)


class Refused(Exception):
    """Stand-in for Gradio's Error."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(repr(message))


class Gpu:
    """The decorator, with the quota of each visitor and the run of each process that it made."""

    def __init__(self, *, limit: int = STEPS + 1) -> None:
        self.limit, self.runs = limit, list[str]()
        self.quota_s = {"anna": 1e6, "ben": 10.0}

    def __call__(self, *, duration: float) -> Callable[..., Any]:
        def decorate(task: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
            return lambda *values: self._run(task, duration, values)

        return decorate

    def _run(self, task: Callable[..., Iterator[Any]], duration: float, values: tuple[Any, ...]) -> Iterator[Any]:
        left = self.quota_s.get(VISITOR.get() or "")
        if left is None:
            raise Refused("Space app has reached its GPU limit.")
        if left < duration:
            raise Refused(f"You have exceeded your free ZeroGPU quota\n({duration}s requested vs. {left}s left).")
        answers, sender = FORK.Pipe(duplex=False)
        stop = FORK.Event()
        process = FORK.Process(target=_child, args=(task, values, sender, stop), daemon=True)
        process.start()
        sender.close()  # so that the death of the process is the end of the pipe
        self.runs.append(values[-1])
        try:
            yield from self._steps(answers, process)
        except GeneratorExit:
            stop.set()
            raise
        finally:
            process.join()

    def _steps(self, answers: Any, process: Any) -> Iterator[Any]:
        for count in itertools.count():
            if count == self.limit:
                process.kill()
            try:
                kind, value = answers.recv()
            except EOFError:
                raise Refused("GPU task aborted") from None
            if kind == "end":
                return
            if kind == "error":
                raise Refused(value)
            yield value


def _child(task: Callable[..., Any], values: tuple[Any, ...], sender: Any, stop: Any) -> None:
    def iterate() -> None:
        steps = task(*values)
        try:
            for step in steps:
                if stop.is_set():
                    steps.close()
                    break
                sender.send(("step", step))
            sender.send(("end", None))
        except Exception as error:
            sender.send(("error", type(error).__name__))

    thread = Thread(target=iterate)
    thread.start()
    thread.join()


def set_turn(*, turn_s: int, spare_s: float = 0, evaluation_s: float = 0, pause_s: float = 0.0) -> None:
    """Set the lengths of turns and their parts in steps, and the real pause of each step."""
    zero_gpu.TURN_S, zero_gpu.TURN_MARGIN_S, zero_gpu.EVALUATION_S = turn_s, spare_s, evaluation_s
    tiny_worker.SlowTraining.pause_s = pause_s


def summary(folder: RunFolder, gpu: Gpu) -> dict[str, Any]:
    status, losses = folder.status(), [line["loss"] for line in folder.records()]
    has_report = (folder.path / "report.json").exists()
    known = {"status": status.status, "reason": status.reason, "step": status.step}
    return known | {"losses": losses, "processes": len(gpu.runs), "report": has_report}


@contextmanager
def supervised(store: RunStore, gpu: Gpu, **visitors: str) -> Iterator[None]:
    """A supervisor on that GPU; `visitors` are the people behind each key."""
    for key, visitor in visitors.items():
        context = Context()
        context.run(VISITOR.set, visitor)
        zero_gpu.register_visitor(key, context)
    supervisor = Supervisor(store, Settings(poll_s=0.05), zero_gpu.turn_factory(gpu))
    supervisor.start()
    yield
    supervisor.close()


def wait_for_end(*folders: RunFolder) -> None:
    # The last status comes a moment before the run is let go of.
    wait_for(lambda: all(each.status().has_ended and not (each.path / "claim").exists() for each in folders))


def trained(store: RunStore, *, limit: int = STEPS + 1, **visitors: str) -> dict[str, Any]:
    """A run of the holder of the key `mine` until it has ended."""
    gpu, folder = Gpu(limit=limit), store.create(tiny_spec(steps=STEPS), owner_key="mine")
    with supervised(store, gpu, **visitors):
        wait_for_end(folder)
    return summary(folder, gpu)


def resumed(store: RunStore) -> dict[str, Any]:
    """The only run goes on, for a visitor with enough left."""
    gpu, (folder,) = Gpu(), store.all()
    folder.request_resume()
    with supervised(store, gpu, mine="anna"):
        wait_for_end(folder)
    return summary(folder, gpu)


def turns(store: RunStore) -> dict[str, Any]:
    """Sixteen steps a turn."""
    set_turn(turn_s=20, spare_s=5, evaluation_s=2)
    return trained(store, mine="anna")


def late_evaluation(store: RunStore) -> dict[str, Any]:
    """No turn is long enough for the last step and the evaluation, so that gets its own."""
    set_turn(turn_s=100, evaluation_s=1000)
    return trained(store, mine="anna")


def killed(store: RunStore) -> list[dict[str, Any]]:
    set_turn(turn_s=100, pause_s=0.05)
    return [trained(store, limit=10, mine="anna"), resumed(store)]


def refused(store: RunStore) -> dict[str, Any]:
    set_turn(turn_s=100)
    return trained(store, mine="ben")


def unknown(store: RunStore) -> dict[str, Any]:
    zero_gpu._visitors.clear()
    return trained(store)


def closed(store: RunStore) -> list[dict[str, Any]]:
    """The server is told to end in the middle of a turn."""
    set_turn(turn_s=100, pause_s=0.05)
    gpu, folder = Gpu(), store.create(tiny_spec(steps=STEPS), owner_key="mine")
    with supervised(store, gpu, mine="anna"):
        wait_for(lambda: folder.status().step >= 3)
    return [summary(folder, gpu), resumed(store)]


def shared(store: RunStore) -> list[int]:
    """Two people take turns, two for each: whose run each process trained, 0 or 1, in the order of time."""
    set_turn(turn_s=20, spare_s=5, evaluation_s=2)
    gpu, folders = Gpu(), [store.create(tiny_spec(steps=STEPS // 2), owner_key=name) for name in ("carla", "dora")]
    with supervised(store, gpu, carla="anna", dora="anna"):
        wait_for_end(*folders)
    return [[folder.run for folder in folders].index(run) for run in gpu.runs]


SCENES = (turns, late_evaluation, killed, refused, unknown, closed, shared)

if __name__ == "__main__":
    root, folder = map(Path, sys.argv[1:])
    configs.CONFIGS = folder
    clock = itertools.count()
    zero_gpu.time = SimpleNamespace(monotonic=lambda: next(clock), time=time.time)  # type: ignore[assignment]
    worker.Trainer = tiny_worker.SlowTraining  # type: ignore[attr-defined, misc]
    worker.execute_run = partial(worker.execute_run, budget=tiny_worker.FEW)  # type: ignore[attr-defined]
    print(json.dumps({scene.__name__: scene(RunStore(root / scene.__name__)) for scene in SCENES}))
