"""Functions that pages, the command line, endpoints and notebooks call: JSON in and out, errors as sentences.

    spec = resolve("web-like", {"saliency_bias": "0.5"})
    scenes("web-like", {}, count=3, seed=0, size=64)       # [{"image": "data:image/png;base64,...", "caption": ...}]
    started = start_run("web-like", {}, steps=100)         # {"run", "owner_key", "place"}; a server's worker trains it
    run_status(started["run"])["step"]

`ENDPOINTS` are those that the app publishes. Runs are read and queued here, never trained: no torch is imported.
"""

import base64
import hashlib
import io
import os
import re
import secrets
from collections.abc import Mapping
from contextvars import Context
from threading import Lock
from typing import Any

import numpy as np

from explorer.captions.swap_document import describe as describe_swaps
from explorer.captions.swap_document import kinds_of
from explorer.clip.configs import config_names
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.verdict import verdict
from explorer.runs.queue import check_limits, describe, earlier_person
from explorer.runs.store import RunFolder, RunStore, default_root
from explorer.runs.zero_gpu import welcome
from explorer.service.pretrained_start import check_init
from explorer.service.probing import models, score
from explorer.service.rate_limit import asker_address, limit, limit_runs, remember_run
from explorer.settings import Settings, settings_for
from explorer.spec.dials import DIALS
from explorer.spec.presets import preset as find_preset
from explorer.spec.run_spec import Names, RunSpec, override, validate
from explorer.study.evidence_store import load_document
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.imagefolder import SIZES, check_size, records
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS, kind_names

MOST_SCENES = 100
NO_RECORDS = 2**53
"""A step that no run reaches: `since_step` for the status without records."""
KEY = re.compile(r"[0-9a-f]{32}")
_SALT = secrets.token_bytes(16)
_one_at_a_time = Lock()
"""Lock around counting and creating runs, so that simultaneous requests cannot pass a limit together."""
LARGEST_SEED = int(DIALS["seed"].high or 0)


def resolve(preset: str, overrides: Mapping[str, Any]) -> RunSpec:
    """Return the preset with fields overridden, validated as a whole."""
    if not isinstance(overrides, Mapping):
        raise UserError("overrides", overrides, "give an object of fields and values, or none")
    names = Names(worlds=kind_names(), models=config_names())
    return validate(override(find_preset(preset).spec, overrides), names)


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """Return `value` as a whole number within range; else raise `UserError`."""
    try:
        # JSON from a page may write 12 as 12.0.
        number = int(value) if isinstance(value, float) and value.is_integer() else int(str(value))
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise UserError(name, value, f"give a whole number from {low} to {high}")
    return number


def scenes(
    preset: str, overrides: Mapping[str, Any], count: int = 12, seed: int = 0, size: int = 96
) -> list[dict[str, Any]]:
    """The first scenes of a data set with their captions, each picture a PNG data URI.

    Args:
        preset: name of a preset, for example web-like
        overrides: fields of the preset to change, for example {"saliency_bias": 0.5}
        count: how many scenes, from 1 to 100
        seed: of scenes and captions
        size: pixels on a side, even, from 16 to 512
    """
    spec = resolve(preset, overrides)
    count, size = (
        whole_number("count", count, 1, min(MOST_SCENES, _settings().most_scenes)),
        whole_number("size", size, *SIZES),
    )
    seed = whole_number("seed", seed, 0, LARGEST_SEED)
    check_size(size)
    limit("questions")
    world = WORLDS[spec.data.world]
    plan = make_plan(spec.data, world, seed=seed)
    stream = Stream(seed=seed, name="train", index=np.arange(count))
    drawn = draw_scenes(plan, stream)
    renderer = Renderer(plan, size=size)
    described = records(plan, drawn, stream, Grammar(world), renderer.atlas)
    pictures = [{"image": data_uri(image)} for image in renderer.images(drawn)]
    return [picture | record for picture, record in zip(pictures, described, strict=True)]


def data_uri(image: np.ndarray) -> str:
    """Encode uint8 (3, S, S) as a PNG data URI."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def small_uri(image: np.ndarray) -> str:
    """uint8 (3, S, S) as a WebP data URI without loss: a third of the same PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, "WEBP", lossless=True)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


def start_run(
    preset: str,
    overrides: Mapping[str, Any] | None = None,
    init: str = "scratch",
    tune: str = "all",
    steps: int | None = None,
    seed: int = 0,
    owner_key: str = "",
) -> dict[str, Any]:
    """Queue a training run, which a worker of the app trains in the background.

    Answers {"run", "owner_key", "place"}: the key stops the run, a place of 1 is the next in the queue.

    Args:
        preset: name of a preset, for example binding-friendly
        overrides: fields of the preset to change, for example {"saliency_bias": 0.5}
        init: scratch, a shipped model, or the id of a run to fine-tune from
        tune: what trains of it: all, text, image, lora or text-map
        steps: batches to train, else the preset's
        seed: of scenes, captions and weights
        owner_key: the key of an earlier answer, so that the runs of one person belong together
    """
    given = {"init": init, "tune": tune, "seed": seed} | ({} if steps is None else {"steps": steps})
    overrides = {} if overrides is None else overrides
    fields = {**overrides, **given} if isinstance(overrides, Mapping) else overrides
    return queue_run(resolve(preset, fields), owner_key)


def queue_run(spec: RunSpec, owner_key: str = "") -> dict[str, Any]:
    """Queue a run of a spec; see `start_run`."""
    store = RunStore(default_root())
    if owner_key and not KEY.fullmatch(str(owner_key)):
        raise UserError("owner_key", NO_VALUE, "give the key that start_run answered before, or none")
    check_init(store, spec, any_start=_settings().any_start)
    key, person = owner_key or secrets.token_hex(16), earlier_person(store, owner_key) if owner_key else _asker()
    with _one_at_a_time:
        check_limits(store, spec, key, _settings(), person=person)
        limit_runs(store)
        _welcome(key)
        folder = store.create(spec, owner_key=key, person=person)
        remember_run(folder.run)
    return {"run": folder.run, "owner_key": key, "place": describe(store, folder)["place"]}


def _asker() -> str:
    """Return a salted digest of the request's address, for requests without a key."""
    return hashlib.sha256(_SALT + (asker_address() or "here").encode()).hexdigest()


def run_status(run: str, since_step: int = 0) -> dict[str, Any]:
    """Return the status of a run, with the records of its steps after `since_step`.

    Args:
        run: the id that start_run answered
        since_step: the last step already seen, 0 for all records
    """
    store, folder = _found(run)
    since = whole_number("since_step", since_step, 0, NO_RECORDS)
    records = [] if since == NO_RECORDS else list(folder.records(since_step=since))
    return describe(store, folder) | {"verdict": _verdict(folder), "records": records}


def _verdict(folder: RunFolder) -> str | None:
    """Return the verdict on a report, None if there is no report."""
    try:
        return verdict(folder.report()).sentence
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # also an imported report of another shape


def stop_run(run: str, owner_key: str) -> dict[str, Any]:
    """Ask a run to finish its step, evaluate and save; it stays usable and can be resumed.

    Args:
        run: the id that start_run answered
        owner_key: the key that start_run answered
    """
    store, folder = _own(run, owner_key)
    folder.request_stop()
    return {"status": describe(store, folder)["status"]}


def resume_run(run: str, owner_key: str) -> dict[str, Any]:
    """Queue a stopped or interrupted run once more, from its last checkpoint."""
    store, folder = _own(run, owner_key)
    with _one_at_a_time:
        check_limits(store, RunSpec.from_dict(folder.spec_record()), owner_key, _settings())
        limit_runs(store)
        _welcome(owner_key)
        folder.request_resume()
        remember_run(folder.run)
    return {"status": describe(store, folder)["status"]}


def delete_run(run: str, owner_key: str) -> None:
    """Remove a run that is not being trained, with all its files."""
    store, folder = _own(run, owner_key)
    store.delete(folder.run)


def report(run: str) -> dict[str, Any]:
    """The report of a run that has finished or was stopped: all metrics with intervals, controls, budget and device.

    Its "model" is the run's id, a name that score takes, and "folder" is null.

    Args:
        run: the id that start_run answered
    """
    folder = _found(run)[1]
    # Who reads an answer from elsewhere has no use for the folders of this computer, and must not learn them.
    return folder.report_json() | {"folder": None, "model": folder.run}


def swaps(caption: str, kinds: str = "") -> dict[str, Any]:
    """A caption's attribute-noun pairs, and captions in which two of its objects have exchanged attributes.

    Answers {"pairs", "swaps", "unsure", "why"}: "why" is a sentence where the reading is unsure or nothing can be
    exchanged, so that a person may write the other caption.

    Args:
        caption: in English, one line of at most 300 characters, for example a red bus and a blue car
        kinds: kinds of swaps with commas between, such as color or move, or all; empty for those that are negatives
    """
    if not isinstance(caption, str):
        raise UserError("caption", caption, "give a sentence")
    if not isinstance(kinds, str):
        raise UserError("kinds", kinds, "give names with commas between")
    return describe_swaps(caption, kinds_of(kinds))


def study(claim: str) -> Mapping[str, Any]:
    """The frozen evidence of one claim or sweep: every seed's points by form of caption, intervals and comparisons.

    Args:
        claim: name of a claim or of a sweep of either edition, for example single-flaws, naming or naming-cliff
    """
    try:
        found = load_document(claim)
    except UserError as error:
        raise error.in_field("claim") from None
    if found is None:
        raise UserError("claim", claim, "was not run yet, so there is no evidence")
    return found


def may_change(folder: RunFolder, key: str, settings: Settings) -> bool:
    """Return True if the holder of `key` may stop, resume and delete the run; locally also runs of the CLI."""
    return folder.is_owner(key) or (not settings.is_shared and not folder.has_owner)


def is_resumable(folder: RunFolder) -> bool:
    """Return True if there is a checkpoint to resume from."""
    try:
        folder.check_resumable()
    except UserError:
        return False
    return True


def _welcome(key: str) -> None:
    """On a ZeroGPU Space, remember the request behind a run: it trains on that visitor's quota."""
    if _settings().zero_gpu:
        from gradio.context import LocalContext

        visitor = Context()  # only the request and its page: the event itself ends before there is a GPU
        visitor.run(LocalContext.request.set, LocalContext.request.get(None))
        visitor.run(LocalContext.blocks.set, LocalContext.blocks.get(None))
        welcome(key, visitor)


def _settings() -> Settings:
    """Return the limits of this server; HOST is its address."""
    return settings_for(os.environ.get("HOST"), os.environ)


def _found(run: str) -> tuple[RunStore, RunFolder]:
    store = RunStore(default_root())
    folder = store.find(run)
    if folder is None:
        raise UserError("run", run, "there is no such run here", longest=80)
    return store, folder


def _own(run: str, owner_key: str) -> tuple[RunStore, RunFolder]:
    store, folder = _found(run)
    if not may_change(folder, str(owner_key), _settings()):
        raise UserError(
            "owner_key",
            NO_VALUE,
            f"is not that of run {folder.run}; anyone with the link can view it, only its owner can change it",
        )
    return store, folder


ENDPOINTS = (scenes, start_run, run_status, stop_run, report, swaps, models, score, study)
