"""Trainings by the browser's engine in Node: one process a training, whose lines are read as they come.

    trained = train_phase(spec, folder, evaluation=evaluation_of(("color",), seed=40))
    trained.digest                          # 64 hex digits of all final weights
    trained.digests                         # (SavedStep(step=0, digest="1f..."), ...) of all weights

The bits are those of the page on any device. A phase that goes on from another one gets its final weights as a file;
its optimizer is fresh and its schedule begins anew.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from statistics import fmean
from typing import Any

from explorer.clip.fresh import fresh_config
from explorer.codec import JsonDict
from explorer.errors import NO_VALUE, UserError
from explorer.resources import ASSETS
from explorer.runs.files import replace_file
from explorer.runs.tab_training import TAB_WORLD, describe_tab_evaluation
from explorer.spec import RunSpec
from explorer.web.engine_files import atlas_asset
from explorer.world.browser_world import describe_world
from explorer.world.grammar import Grammar
from research.asked_alike import forms_asked_alike
from research.engine_results import Evaluation, FormScores, SavedStep, Score

TRAINER_FOLDER = ASSETS / "engine" / "train"
SCORES = ("binding_accuracy", "smaller_first", "larger_first")
"""Scores of a form that a row keeps: of all scenes, and where the object asked of is the smaller, or the larger."""
Hear = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineTraining:
    """Outcome of a training by the engine.

    Attributes:
        digest: Of the final weights.
        digests: Of the weights at each saved step.
        curve: Every form at each evaluation.
        loss: The mean of the last tenth of the steps.
        core_s: Seconds of a core that it took.
    """

    digest: str
    digests: tuple[SavedStep, ...]
    curve: tuple[Evaluation, ...]
    loss: float
    core_s: float


@cache
def node_program() -> str:
    """Return the Node of the environment, else the one that Playwright's package brings; `UserError` without any."""
    if found := os.environ.get("NODE") or shutil.which("node"):
        return found
    try:
        driver = import_module("playwright._impl._driver")
    except ImportError:
        raise UserError("NODE", NO_VALUE, "names no Node, and none is found here") from None
    return str(driver.compute_driver_executable()[0])


@cache
def _atlas() -> bytes:
    return atlas_asset(TAB_WORLD.name).read()


def evaluation_of(kinds: Sequence[str], *, seed: int) -> JsonDict:
    """Return what a training is asked: the forms asked alike in these kinds, on scenes of a seed."""
    return describe_tab_evaluation(forms_asked_alike(TAB_WORLD, kinds)) | {"seed": seed}


def make_order(spec: RunSpec, folder: Path, *, evaluation: JsonDict, weights: Path | None = None) -> Path:
    """Write the order of a training into a folder, and beside the folder what all orders name; return its path."""
    world = TAB_WORLD
    shared = {"world": folder.parent / "world.json", "atlas": folder.parent / "atlas.bin"}
    for path, content in zip(shared.values(), (json.dumps(describe_world(world)).encode(), _atlas()), strict=True):
        if not path.is_file():
            replace_file(path, content)
    order = {
        **{name: str(path.resolve()) for name, path in shared.items()},
        "kernels": str(TRAINER_FOLDER / "kernels.wasm"),
        "config": fresh_config(spec.train, Grammar(world, spec.data)),
        "evaluation": evaluation,
        "spec": {"data": asdict(spec.data), "train": asdict(spec.train)},
    }
    if weights is not None:
        order["weights"] = str(weights.resolve())
    path = folder / "order.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    return path


def train_phase(
    spec: RunSpec, folder: Path, *, evaluation: JsonDict, weights: Path | None = None, hear: Hear | None = None
) -> EngineTraining:
    """Train one phase in a process of its own, which gives way to others; its model is `model.safetensors` there.

    Raises:
        UserError: The engine refuses the spec, or the process ended before the training.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order, out = make_order(spec, folder, evaluation=evaluation, weights=weights), folder / "model.safetensors.new"
    command = [
        "nice",
        node_program(),
        str(TRAINER_FOLDER / "node.mjs"),
        str(order),
        "--workers",
        "1",
        "--out",
        str(out),
    ]
    lines: list[JsonDict] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            for text in process.stdout or ():
                lines.append(line := json.loads(text))
                if hear is not None:
                    hear(line)
        except BaseException:
            process.kill()
            raise
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if lines and lines[-1]["kind"] == "failed":
        raise UserError("spec", spec.preset or "", f"the engine does not train it: {lines[-1]['value']}", longest=400)
    if process.returncode or not lines or lines[-1]["kind"] != "weights":
        raise UserError("engine", process.returncode, "ended before its training did")
    replace_file(folder / "model.safetensors", out.read_bytes())
    out.unlink()
    return read_training(lines, spec.train.steps, core_s=round(used.ru_utime + used.ru_stime, 1))


def read_training(lines: Iterable[JsonDict], steps: int, *, core_s: float) -> EngineTraining:
    """Return what the lines of a training told."""
    evaluations, records, end = [], [], JsonDict()
    for line in lines:
        if line["kind"] == "evaluation":
            evaluations.append(line)
        elif line["kind"] == "record":
            records.append(line["loss"])
        else:
            end = line
    last = records[-max(1, steps // 10) :]
    return EngineTraining(
        digest=end["digest"],
        digests=tuple(SavedStep(each["step"], each["digest"]) for each in evaluations if each["digest"]),
        curve=tuple(Evaluation(step=each["step"], forms=_scores_of(each["scores"])) for each in evaluations),
        loss=round(fmean(last), 5),
        core_s=core_s,
    )


def _scores_of(scores: Mapping[str, Mapping[str, JsonDict]]) -> dict[str, FormScores]:
    """Return the scores that a row keeps by form; one that has no scene is left out."""
    return {
        form: {
            name: Score(round(values[name]["value"], 5), round(values[name]["low"], 5), values[name]["n"])
            for name in SCORES
            if name in values and values[name]["n"]
        }
        for form, values in scores.items()
    }
