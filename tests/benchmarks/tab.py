"""`tab`: training in a tab: seconds of a step and of a run, whether it binds, and whether it is the same everywhere.

- `step_s`: the median step of 256 pairs in Node, one worker; `chromium_step_s` and `chromium_two_workers_step_s` in a
  page from file://; `torch_step_s` is the median of the server's loop on one thread;
- `run_s`: the whole run of `binding-friendly`, seed 0, in Node, with its evaluations, whose share is
  `evaluation_share`; `run_cpu_s` is its time on processors, which other work on the machine stretches less;
  `run_two_workers_s` is the run in Chromium with two workers;
- `binding`: of the weights of that run, by torch, on 2,000 canonical scenes of a seed that no run has;
- `largest_loss_difference`: relative, in twelve steps from torch's fresh weights;
- `hash`: SHA-256 of all weights after three steps, in Node, Chromium and Firefox; `hash_by_workers`: the same in Node,
  by one, two, four and eight workers;
- `compute_s_by_workers`: the longest worker's computing in a step, by phase, summed, in seconds on a processor;
  `exchange_s_by_workers`: its copying, the page's handing on, and four messages on their way;
- `critical_path_run_s`: a run with its evaluations and its start, if each worker had a core: an estimate from those
  times (`phases.py`), unless so many cores were free;
- `process_mb_by_workers`: the most that a process of Node held in three steps; Node itself takes 55 MB.

Without a Chromium or a Firefox what needs one is null.
"""

import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from explorer.evaluation.report import QuickEvaluation
from explorer.presets import get_preset
from explorer.spec import RunSpec
from explorer.world.worlds import WORLDS
from tests.benchmarks.machine import show_rows
from tests.benchmarks.models_here import change_training, make_pieces
from tests.benchmarks.phases import time_phases
from tests.benchmarks.server import browser
from tests.browser.firefox import FIREFOX, firefox
from tests.browser.tab_page import TRAIN, write_one_file
from tests.engine.node import KERNELS, Ask, engine, order

KEYS = (
    "step_s", "run_s", "binding", "torch_step_s", "largest_loss_difference", "hash", "wasm_bytes", "memory_mb",
    "evaluation_share", "chromium_step_s", "chromium_two_workers_step_s", "run_two_workers_s",
    "hash_by_workers", "compute_s_by_workers", "exchange_s_by_workers", "critical_path_run_s", "process_mb_by_workers",
)  # fmt: skip
WORKERS = (1, 2, 4, 8)
TIMED_STEPS = 24
SCENES, SEED = 2000, 4711


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    spec = get_preset("binding-friendly").spec
    steps = 12 if quick else spec.train.steps
    figures: dict[str, Any] = dict.fromkeys(KEYS)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        with engine(folder) as ask:
            figures |= _whole_run(ask, change_training(spec, steps=steps), folder)
            figures |= _compare_with_torch(ask, change_training(spec, steps=12), folder)
        figures |= _by_workers(spec, 10 if quick else TIMED_STEPS, folder)
        tab_figures = _in_chromium(folder, steps)
        digests = {
            "node": figures["hash_by_workers"]["1"],
            "chromium": tab_figures.pop("digest", None),
            "firefox": _in_firefox(folder),
        }
    torch.set_num_threads(threads)
    figures |= tab_figures | {"hash": digests, "wasm_bytes": KERNELS.stat().st_size}
    show_rows("tab", figures)
    return figures


def _whole_run(ask: Ask, spec: RunSpec, folder: Path) -> dict[str, Any]:
    """A run to its end in Node, and its binding by torch."""
    file = folder / "run.safetensors"
    answer = ask("train", order=order(spec), out=str(file))
    seconds, evaluating = (
        [each["seconds"] for each in answer["told"] if each["kind"] == kind] for kind in ("record", "evaluation")
    )
    clip = make_pieces(spec).clip
    clip.model.load_state_dict(load_file(file), strict=False)
    asked = QuickEvaluation(clip, WORLDS[spec.data.world], spec.data, seed=SEED, count=SCENES).measure_form("canonical")
    return {
        "step_s": median(seconds),
        "run_s": answer["seconds"],
        "run_cpu_s": answer["cpu_s"],
        "evaluation_share": sum(evaluating) / answer["seconds"],
        "binding": asked["binding_accuracy"].value,
        "memory_mb": answer["told"][-1]["memory"] / 1e6,
    }


def _by_workers(spec: RunSpec, steps: int, folder: Path) -> dict[str, Any]:
    """The same run by one, two, four and eight workers: digests, times of the phases, memory."""
    three = order(change_training(spec, steps=3))
    names = ("hash_by_workers", "compute_s_by_workers", "exchange_s_by_workers", "critical_path_run_s",
             "process_mb_by_workers")  # fmt: skip
    figures: dict[str, dict[str, Any]] = {name: {} for name in names}
    for workers in WORKERS:
        # A process of its own, as the most that one held is told of all that it did.
        with engine(folder) as ask:
            answer = ask("train", order=three, workers=workers)
            times = time_phases(ask, spec, workers, steps, folder)
        run_s = times.run_s(spec.train.steps)
        values = (answer["told"][-1]["digest"], times.compute_s, times.exchange_s, run_s, answer["peak_mb"])
        for name, value in zip(names, values, strict=True):
            figures[name][str(workers)] = value
    return figures


def _compare_with_torch(ask: Ask, spec: RunSpec, folder: Path) -> dict[str, Any]:
    """Steps of both from the same weights."""
    pieces, weights = make_pieces(spec), folder / "torch.safetensors"
    save_file({name: each.detach().contiguous() for name, each in pieces.clip.model.named_parameters()}, weights)
    told = ask("train", order=order(spec, weights=str(weights)))["told"]
    mine = [each["loss"] for each in told if each["kind"] == "record"]
    theirs = list(pieces.training().records())
    differences = [abs(each.loss - loss) / each.loss for each, loss in zip(theirs, mine, strict=True)]
    return {"torch_step_s": median(each.seconds for each in theirs[1:]), "largest_loss_difference": max(differences)}


def _in_chromium(folder: Path, steps: int) -> dict[str, Any]:
    with browser() as chromium:
        if chromium is None:
            return {}
        page = chromium.new_page()
        page.set_default_timeout(0)
        page.goto(write_one_file(folder).as_uri())
        three = page.evaluate(TRAIN, {"steps": 3, "workers": 1})
        one, two = (page.evaluate(TRAIN, {"steps": min(steps, 24), "workers": workers}) for workers in (1, 2))
        whole = page.evaluate(TRAIN, {"steps": steps, "workers": 2})
        return {
            "digest": three["digest"],
            "chromium_step_s": median(one["seconds"]),
            "chromium_two_workers_step_s": median(two["seconds"]),
            "run_two_workers_s": whole["took"],
        }


def _in_firefox(folder: Path) -> str | None:
    if FIREFOX is None:
        return None
    profile = folder / "profile"
    profile.mkdir()
    with firefox(profile) as fox:
        fox.go(write_one_file(folder).as_uri())
        asked = json.dumps({"steps": 3, "workers": 2})
        fox.evaluate(f"void ({TRAIN})({asked}).then((end) => {{ window.endDigest = end.digest; }})")
        fox.wait("window.endDigest")
        return str(fox.evaluate("window.endDigest"))
