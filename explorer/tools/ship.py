"""Command `ship`: train a shipped model, or a recipe as a recording, or take a run of it, and write its files.

    python -m explorer ship things-web --out out/things-web
    python -m explorer ship web-like --recording  # assets/recordings/web-like.json

The folder holds open_clip's four files, card.json, a README.md made from it, the model's features of a few scenes, and
its cosines of the binding pairs. A recording is one JSON file: the state of the training, see `explorer.runs.state`.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.clip.card import (
    CARD_FILE,
    EVAL_RESULTS_FILE,
    PAIRS_FILE,
    SNAPSHOT_FILE,
    WIDGET_FILE,
    ShippedModel,
    get_shipped,
    make_card,
    render_eval_results,
    render_model_page,
    render_overview,
)
from explorer.clip.loading import let_idle_threads_sleep
from explorer.clip.names import shipped_names
from explorer.codec import encode
from explorer.errors import UserError, catch_write_errors
from explorer.evaluation_scenes import DEFAULT_SCENES
from explorer.presets import get_preset
from explorer.resources import SHIPPED_FOLDER
from explorer.runs.files import read_json, replace_file, write_json
from explorer.runs.folder import RunFolder
from explorer.runs.specs import differences
from explorer.runs.state import RECORDINGS, run_state
from explorer.runs.store import RunStore
from explorer.spec import RunSpec
from explorer.tools.options import EVALUATION_BUDGET, Document, RunsOption, open_service
from explorer.tools.training import train_here
from explorer.world.things import World
from explorer.world.worlds import WORLDS

WIDGET_SIZE, SCENES_FOR_WIDGET = 256, 20
METRIC_TOLERANCE = 0.02
"""By how much a metric may differ on another computer."""


def ship(
    name: str,
    /,
    *,
    run: Path | None = None,
    pairs_only: bool = False,
    metrics_only: bool = False,
    pages_only: bool = False,
    recording: bool = False,
    out: Path | None = None,
    runs: RunsOption = None,
) -> Document:
    """Train a shipped model again, and write its folder with its card.

    Args:
        name: a shipped model, or a recipe with --recording
        run: finished run folder to use instead of a training
        pairs_only: score only the binding pairs with the existing model
        metrics_only: only add the metrics that the card lacks, by scoring the existing model
        pages_only: only write the page, the widget and the results for the Hub from the existing card
        recording: train the recipe NAME and write the training for replay
        out: folder to write, default one in models/checkpoints or assets/recordings
    """
    if recording:
        return _write_recording(name, run, out or RECORDINGS, runs)
    model = get_shipped(name)
    out = out or SHIPPED_FOLDER / model.name
    if pairs_only or metrics_only or pages_only:
        return _rescore(model, out, pairs=pairs_only, metrics=metrics_only, pages=pages_only)
    trained = _open_or_train(model.spec(), run, runs)
    written = _write_model_folder(make_card(model, _checked_report(model.name, model.spec(), trained)), trained, out)
    _write_overview(out)
    return {"name": model.name, "folder": str(out.resolve()), "card": written}


def _write_model_folder(card: Document, run: RunFolder, out: Path) -> Document:
    """Write the model of the run with its card and page to a folder; return the card as written."""
    with catch_write_errors("out", out):
        out.mkdir(parents=True, exist_ok=True)
        for path in run.model.iterdir():
            shutil.copyfile(path, out / path.name)
        shutil.copyfile(run.snapshot_path(run.snapshot_steps()[-1]), out / SNAPSHOT_FILE)
        card = _write_pages(out, card)
        _write_pairs(out, RunSpec.from_json(card["spec"]))
    return card


def _write_pages(folder: Path, card: Document) -> Document:
    """Write the card, its page, the picture of its widget, and its results in the Hub's format; return the card."""
    captions, picture = _make_widget(WORLDS[card["spec"]["data"]["world"]])
    card = {**card, "widget": captions}
    write_json(folder / CARD_FILE, card)
    (folder / "README.md").write_text(render_model_page(card), encoding="utf-8")
    picture.save(folder / WIDGET_FILE)
    (folder / EVAL_RESULTS_FILE).parent.mkdir(exist_ok=True)
    (folder / EVAL_RESULTS_FILE).write_text(render_eval_results(card), encoding="utf-8")
    return card


def _make_widget(world: World) -> tuple[list[str], Any]:
    """Return the caption and the swapped caption of the first canonical scene that has one, with its picture."""
    from PIL import Image

    from explorer.evaluation.sets import make_canonical_set
    from explorer.world.grammar import Grammar
    from explorer.world.render import Renderer

    scenes = make_canonical_set(world, seed=0, count=SCENES_FOR_WIDGET)
    grammar = Grammar(world)
    first = scenes.swapped.exists.tolist().index(True)
    captions = [grammar.texts(grammar.ids(sentence))[first] for sentence in (scenes.caption, scenes.swapped.captions)]
    pixels = Renderer(scenes.plan, size=WIDGET_SIZE).images(scenes.scenes)[first]
    return captions, Image.fromarray(pixels.transpose(1, 2, 0))


def _write_pairs(folder: Path, spec: RunSpec) -> None:
    """Score the model in the folder on the binding pairs of its world, and write the answers there."""
    from explorer.clip.zoo import load_clip
    from explorer.evaluation.binding_pairs import binding_pairs
    from explorer.evaluation.snapshots import PairScorer

    clip = load_clip(str(folder), find_run_model=lambda _: None)
    answers = PairScorer(clip, binding_pairs(WORLDS[spec.data.world])).score(spec.train.steps)
    write_json(folder / PAIRS_FILE, encode(answers))


def _rescore(model: ShippedModel, out: Path, *, pairs: bool, metrics: bool, pages: bool) -> Document:
    """Score the existing model: on the binding pairs, or by the metrics that its card lacks."""
    try:
        card = read_json(out / CARD_FILE)
        spec = RunSpec.from_json(card["spec"])
        if pairs:
            _write_pairs(out, spec)
        if metrics:
            from explorer.clip.zoo import load_clip
            from explorer.evaluation.report import evaluate

            clip, world = load_clip(str(out), find_run_model=lambda _: None), WORLDS[spec.data.world]
            measured = evaluate(clip, world, spec.data, seed=DEFAULT_SCENES.seed, count=DEFAULT_SCENES.count)
            card = add_new_metrics(card, encode(measured))
        if metrics or pages:
            card = _write_pages(out, {**card, "sentence": model.sentence})
            _write_overview(out)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError("out", out, f"holds no shipped model that can be scored ({reason})") from None
    return {"name": model.name, "folder": str(out.resolve()), "card": card}


def add_new_metrics(card: Document, evaluated: Document) -> Document:
    """Return the card with the metrics that it lacks.

    Raise ValueError if one that it has differs by more than `METRIC_TOLERANCE`: then the folder holds another model.
    """
    metrics = _merge_metrics("canonical", card["metrics"], evaluated["metrics"])
    forms = {
        form: _merge_metrics(form, metrics, evaluated["forms"].get(form)) if metrics else metrics
        for form, metrics in card["forms"].items()
    }
    return {**card, "metrics": metrics, "forms": forms}


def _merge_metrics(form: str, old: Document, new: Document | None) -> Document:
    for name, estimate in (new or {}).items():
        before = (old.get(name) or estimate)["value"]
        if None not in (before, estimate["value"]) and abs(before - estimate["value"]) > METRIC_TOLERANCE:
            raise ValueError(f"{name} in {form} captions is {estimate['value']:.3f}, its card says {before:.3f}")
    return {**(new or {}), **old}


def _write_overview(out: Path) -> None:
    """Write the page of all models if this one ships."""
    if out.resolve().parent == SHIPPED_FOLDER.resolve():
        (SHIPPED_FOLDER / "README.md").write_text(render_overview(read_cards()), encoding="utf-8")


def read_cards() -> list[Document]:
    return [read_json(SHIPPED_FOLDER / name / CARD_FILE) for name in shipped_names()]


def _write_recording(name: str, existing: Path | None, out: Path, runs: Path | None) -> Document:
    """Write a training of a recipe to one file, for the page's replay."""
    spec = get_preset(name).spec
    run = _open_or_train(spec, existing, runs)
    _checked_report(name, spec, run)
    state = run_state(RunStore(run.path.parent), run)
    if state.why_no_answers is not None or not state.answers:
        raise UserError("run", run.run, state.why_no_answers or "saved no answers to the pairs")
    path = out / f"{name}.json"
    recorded = replace(state, name=name, kind="recording", pairs_per_s=None, reason=None)
    with catch_write_errors("out", out):
        out.mkdir(parents=True, exist_ok=True)
        replace_file(path, (json.dumps(encode(recorded), allow_nan=False) + "\n").encode())
    return {"name": name, "file": str(path.resolve()), "state": encode(recorded)}


def _open_or_train(spec: RunSpec, existing: Path | None, runs: Path | None) -> RunFolder:
    if existing:
        return RunFolder(existing)
    let_idle_threads_sleep()
    store = open_service(runs).store
    run = store.create(spec, is_claimed=True)
    train_here(store, run, EVALUATION_BUDGET.get())
    return run


def _checked_report(name: str, expected: RunSpec, run: RunFolder) -> Document:
    """Return the report of a finished run of that spec; raise `UserError` for any other folder."""
    try:
        spec, report = RunSpec.from_json(run.spec_record()), run.report_json()
    except (OSError, json.JSONDecodeError):
        raise UserError("run", run.path, "is no run folder with a spec") from None
    if report["status"] != "finished" or report["failed_to_train"]:
        raise UserError("run", run.run, "did not finish, or failed to train, so it is not shipped")
    different = next(iter(differences(spec, expected)), None)
    if different:
        reason = f"its {different.field} is {different.this}, that of {name} is {different.other}"
        raise UserError("run", run.run, reason)
    if spec.protocol != expected.protocol:
        reason = f"was trained by protocol version {spec.protocol}, the models of version {expected.protocol} ship"
        raise UserError("run", run.run, reason)
    return report
