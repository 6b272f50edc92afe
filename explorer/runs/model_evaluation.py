"""Evaluation of any MODEL on fresh scenes, and the spec that a run or shipped model was trained by.

evaluate_model("things-bound", None, store=store, seed=0, count=1000)      # a report
trained_spec("things-bound", store)                                        # RunSpec, or None for other models
"""

import os
import time
from pathlib import Path

from explorer.clip.card import CARD_FILE
from explorer.clip.loading import no_progress
from explorer.clip.names import shipped_names
from explorer.clip.zoo import load_clip, pick_device
from explorer.codec import decode
from explorer.errors import UserError
from explorer.evaluation.environment import describe_environment
from explorer.evaluation.report import PartsDone, evaluate
from explorer.evaluation.results import ModelReport
from explorer.evaluation.sets import FULL_BUDGET, EvaluationBudget
from explorer.resources import SHIPPED_FOLDER
from explorer.runs.file_names import SPEC_FILE, STATUS_FILE
from explorer.runs.files import read_json
from explorer.runs.folder import RunFolder
from explorer.runs.specs import known_names
from explorer.runs.store import RunStore
from explorer.spec import OWN_WORLD, DataSpec, RunSpec, validate
from explorer.training.loop import StepRecord, failed_to_train, keep_freed_memory
from explorer.world.plan import make_plan
from explorer.world.worlds import get_world


def evaluate_model(
    name: str,
    data: DataSpec | None,
    *,
    store: RunStore,
    seed: int,
    count: int,
    budget: EvaluationBudget = FULL_BUDGET,
    tell: PartsDone = no_progress,
) -> ModelReport:
    """Report any MODEL on fresh scenes; the training data of a run are used for the caption-only control."""
    keep_freed_memory()
    start = time.time()
    clip = load_clip(name, find_run_model=store.find_run_model, device=pick_device())
    folder, spec = _trained_folder(name, store), trained_spec(name, store)
    plan = make_plan(spec.data, get_world(spec.data.world), seed=spec.train.seed) if spec else None
    # A model of a world of one's own knows no word of another one.
    own = spec.data.world if spec and OWN_WORLD.fullmatch(spec.data.world) else DataSpec().world
    world = get_world(data.world if data else own)
    scores = evaluate(clip, world, data, seed=seed, count=count, trained=plan, budget=budget, tell=tell)
    records = [decode(StepRecord, line) for line in folder.records()] if folder else []
    here = describe_environment(clip.device)
    return ModelReport(
        model=name,
        scores=scores,
        spec=spec,
        run=folder.run if folder else None,
        run_status=folder.status().status if folder and (folder.path / STATUS_FILE).exists() else None,
        failed_to_train=failed_to_train(records) if records else None,
        data=data,
        seconds=round(time.time() - start, 2),
        seed=seed,
        preprocessing=clip.preprocess,
        device=here.device,
        versions=here.versions,
    )


def _trained_folder(name: str, store: RunStore) -> RunFolder | None:
    """Return the run folder of MODEL `name`, None for any other model."""
    run = store.find(name)
    path = run.path if run else Path(os.path.abspath(name.removeprefix("local-dir:")))  # noqa: PTH100 (resolve would follow links)
    folder = RunFolder(path.parent if path.name == "model" else path)
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if os.path.isfile(folder.path / SPEC_FILE) and os.path.isdir(folder.model):
        return folder
    return None


def trained_spec(name: str, store: RunStore) -> RunSpec | None:
    """Return the spec of the run or shipped model MODEL `name`, None for any other model."""
    card = SHIPPED_FOLDER / name / CARD_FILE
    if name in shipped_names() and card.is_file():
        return RunSpec.from_json(read_json(card)["spec"])
    folder = _trained_folder(name, store)
    return checked_spec(folder) if folder else None


def checked_spec(folder: RunFolder) -> RunSpec:
    """Return the spec of a run folder; raise `UserError` if the file is broken or a dial is out of range."""
    try:
        record = folder.spec_record()
    except ValueError:
        raise UserError(
            "run", folder.run, "its spec.json is not JSON, so what it was trained on is lost", longest=80
        ) from None
    spec = validate(RunSpec.from_json(record), known_names())
    folder.keep_world(spec)
    return spec
