"""Execute one run folder: build or load the model, train it, evaluate it, write all that the folder holds.

    for progress in execute(store, folder):      # trains as it is iterated
        progress["step"], progress["loss"], progress["rate"]
    folder.report()

The command line calls this in the foreground; a background worker calls the same.
"""

import ctypes
import math
import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import torch

from explorer.evaluation.report import QuickEvaluation, evaluate
from explorer.runs.store import RunFolder, RunStore
from explorer.spec import DataSpec, Names, RunSpec, SpecError, data_dict, validate
from explorer.training.loop import StepRecord, Training
from explorer.world.grammar import Grammar
from explorer.world.plan import make_plan
from explorer.world.worlds import WORLDS, kind_names
from models.clip import Clip, new_clip
from models.configs import config_names, model_config
from models.export import export
from models.zoo import load, pick_device

EVALUATIONS = 10
"""Quick evaluations on the way of a run, besides the full one at its end."""
LEFT_CHANCE = 0.2
"""Nats below the loss of a model that knows nothing; a run that ends above has failed to train."""


def execute(store: RunStore, folder: RunFolder, clip: Clip | None = None) -> Iterator[dict[str, Any]]:
    """Train and evaluate the run, yielding each record as it is stored; ends with the report written.

    `clip` is the model to start from where the caller has made it already, by `start_model` of the same spec.
    """
    keep_memory()
    start = time.time()
    process = psutil.Process()
    folder.set_status(
        status="running", host=platform.node(), pid=process.pid, process_start=process.create_time(), started=start
    )
    try:
        spec = checked_spec(folder)
        yield from _run(store, folder, spec, start, clip)
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt | GeneratorExit)
        folder.set_status(status="interrupted" if stopped else "failed", reason=str(error) or type(error).__name__)
        raise


def _run(
    store: RunStore, folder: RunFolder, spec: RunSpec, start: float, clip: Clip | None
) -> Iterator[dict[str, Any]]:
    world = WORLDS[spec.data.world]
    plan, grammar = make_plan(spec.data, world, seed=spec.train.seed), Grammar(world)
    clip = clip or start_model(spec, grammar, store)
    training = Training(plan, spec.train, grammar, clip)
    quick = QuickEvaluation(clip, world, spec.data, seed=0)
    records: list[StepRecord] = []
    for record in training.records():
        records.append(record)
        line = record.as_dict() | {"elapsed_s": time.time() - start}
        if _is_evaluated(record.step, spec.train.steps):
            line["evaluation"] = quick.measure()
        folder.append(line)
        folder.set_status(step=record.step, rate=spec.train.batch_size / record.seconds)
        yield line
    export(clip, folder.model)
    evaluation = evaluate(clip, world, spec.data, seed=0, trained=plan)
    folder.write_report(_report(folder, spec, records, evaluation, clip, start))
    folder.set_status(status="finished", finished=time.time())


def start_model(spec: RunSpec, grammar: Grammar, store: RunStore) -> Clip:
    """The model that the run starts from, on the best device: fresh weights, or those of `init`."""
    device = pick_device()
    if spec.train.init != "scratch":
        clip = load(spec.train.init, find_run=store.find_model, device=device)
        _check_start(clip, spec, grammar)
        return clip
    config = model_config(
        spec.train.model,
        words=grammar.words,
        context_length=grammar.context_length,
        eos_id=grammar.words.index("[EOS]"),
        siglip=spec.train.loss == "siglip",
    )
    clip = new_clip(config, words=grammar.words, seed=spec.train.seed, name=spec.train.model)
    clip.model.to(device)
    return clip


def _check_start(clip: Clip, spec: RunSpec, grammar: Grammar) -> None:
    """A start that would silently train something else is refused."""
    if spec.train.loss == "siglip" and getattr(clip.model, "logit_bias", None) is None:
        raise SpecError(f"loss=siglip: {clip.name} has no logit_bias, so it was not trained so; choose loss=clip")
    if clip.words is not None and clip.words != grammar.words:
        raise SpecError(f"init={clip.name}: its vocabulary is not that of the world {spec.data.world}")
    if clip.image_size % 2:
        raise SpecError(f"init={clip.name}: takes images of {clip.image_size} pixels, scenes have an even number")


def _is_evaluated(step: int, steps: int) -> bool:
    return step % math.ceil(steps / EVALUATIONS) == 0 or step == steps


def _report(
    folder: RunFolder,
    spec: RunSpec,
    records: list[StepRecord],
    evaluation: dict[str, Any],
    clip: Clip,
    start: float,
) -> dict[str, Any]:
    return {
        "status": "finished",
        "run": folder.run,
        "folder": str(folder.path.resolve()),
        "model": str(folder.model.resolve()),
        "spec": spec.as_dict(),
        **evaluation,
        "rates": mean_rates(records),
        "failed_to_train": failed_to_train(records),
        "budget": {
            "steps": len(records),
            "pairs": len(records) * spec.train.batch_size,
            "seconds": round(time.time() - start, 2),
        },
        **environment(clip.device),
    }


def evaluate_model(name: str, data: DataSpec | None, *, store: RunStore, seed: int, count: int) -> dict[str, Any]:
    """The report of any MODEL on fresh scenes; what a run trained on is looked up for the caption-only control."""
    keep_memory()
    start = time.time()
    clip = load(name, find_run=store.find_model, device=pick_device())
    spec = trained_spec(name, store)
    plan = make_plan(spec.data, WORLDS[spec.data.world], seed=spec.train.seed) if spec else None
    world = WORLDS[(data or DataSpec()).world]
    evaluation = evaluate(clip, world, data, seed=seed, count=count, trained=plan)
    return {
        "status": "evaluated",
        "run": None,
        "folder": None,
        "model": name,
        "spec": spec.as_dict() if spec else None,
        "data": data_dict(data) if data else None,
        **evaluation,
        "rates": {},
        "failed_to_train": None,
        "budget": {},
        "seconds": round(time.time() - start, 2),
        "seed": seed,
        "preprocessing": clip.preprocess,
        **environment(clip.device),
    }


def trained_spec(name: str, store: RunStore) -> RunSpec | None:
    """The spec of the run that MODEL `name` is, None for any other model."""
    found = store.find(name)
    path = found.path if found else Path(os.path.abspath(name.removeprefix("local-dir:")))
    folder = RunFolder(path.parent if path.name == "model" else path)
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if os.path.isfile(folder.path / "spec.json") and os.path.isdir(folder.model):
        return checked_spec(folder)
    return None


def checked_spec(folder: RunFolder) -> RunSpec:
    """The spec of a run folder; `SpecError` where the file is broken or a dial is out of range."""
    try:
        record = folder.spec_record()
    except ValueError:
        raise SpecError(
            f"run={folder.run[:80]}: its spec.json is not JSON, so what it was trained on is lost"
        ) from None
    return validate(RunSpec.from_dict(record), Names(worlds=kind_names(), models=config_names()))


def failed_to_train(records: list[StepRecord]) -> bool:
    """Whether the loss of the last tenth of the steps stayed at what a model that knows nothing pays."""
    last = records[-max(1, len(records) // 10) :]
    return sum(record.chance_loss - record.loss for record in last) / len(last) < LEFT_CHANCE


def mean_rates(records: list[StepRecord]) -> dict[str, float]:
    """The shares that each step logs, averaged over the run."""
    return {name: sum(record.rates[name] for record in records) / len(records) for name in records[0].rates}


def environment(device: torch.device) -> dict[str, Any]:
    """{"device", "versions"} of a report."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    packages = ("torch", "open_clip_torch", "transformers", "numpy", "scikit-learn")
    return {
        "device": f"{device.type} ({name}, {torch.get_num_threads()} threads)",
        "versions": {"python": platform.python_version(), **{package: version(package) for package in packages}},
    }


def keep_memory() -> None:
    """Let glibc keep the large blocks that a step frees: asking the system anew cost an eighth of each step."""
    if sys.platform != "linux" or "MALLOC_MMAP_THRESHOLD_" in os.environ:
        return
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return  # another C library, which needs no help or takes none
    for option, value in ((mmap_threshold, 2**30), (trim_threshold, 2**31 - 1), (top_pad, 2**27)):
        libc.mallopt(option, value)
