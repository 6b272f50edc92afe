"""Commands that analyze a model on the project's scenes: `bias`, `unimodal-probes` and `leaderboard`.

    python -m explorer bias things-bound --text-map --relevance
    python -m explorer unimodal-probes things-bound
    python -m explorer leaderboard things-bound things-web --image bus.png --caption "a red bus and a car" --swaps

add_reading_commands(commands)           # registers them with the parser of cli
add_untrained_probe(parts)               # registers `study probe` with those of `study`
"""

import argparse
import sys
import time
from collections.abc import Mapping
from typing import Any

from explorer.cli.models import captions_of, files_of, teller
from explorer.cli.options import (
    INTERRUPTED,
    Document,
    add_json,
    add_runs,
    add_weights,
    named_model,
    store_of,
    tell,
)
from explorer.clip.names import MODEL_NAME_HELP, config_names
from explorer.codec import encode
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import Estimate, with_definitions
from explorer.runs.store import RunStore
from explorer.service.endpoints import LARGEST_SEED, whole_number
from explorer.service.leaderboard import MOST_MODELS, LeaderboardQuestion, document, leaderboard_row, scenes_of
from explorer.service.probing import check_model, load_model, models_here
from explorer.wording import duration, time_left

SCENES = (10, 100_000)
FITTED = "4000"
LONG_S, TELL_EVERY_S = 20.0, 5.0
"""Seconds from which work has a forecast, and between two lines on its progress."""


def add_reading_commands(commands: Any) -> None:
    """Register `bias`, `unimodal-probes` and `leaderboard` with the subparsers of the command line."""
    help = "test if a MODEL favors the larger or the first-named object, on the canonical scenes"
    bias = commands.add_parser("bias", help=help, description=help)
    bias.set_defaults(run=_bias, show=_show_shares)
    bias.add_argument("--text-map", action="store_true", help="also fit a linear map of its text features")
    bias.add_argument(
        "--relevance", action="store_true", help="also test if it looks at the object that a caption names"
    )
    help = "linear probes of a MODEL within images and within captions, and binding between them"
    inside = commands.add_parser("unimodal-probes", aliases=["inside"], help=help, description=help)
    inside.set_defaults(run=_inside, show=_show_shares)
    help = "compare several models on the same question and scenes, best binding first"
    ladder = commands.add_parser("leaderboard", aliases=["ladder"], help=help, description=help)
    ladder.set_defaults(run=_ladder, show=_show_ladder)
    ladder.add_argument(
        "model", nargs="*", metavar="MODEL", help=f"{MODEL_NAME_HELP}; default: all shipped models and all runs"
    )
    ladder.add_argument("--image", nargs="+", action="extend", default=[], metavar="FILE", help="pictures to score")
    ladder.add_argument(
        "--caption", nargs="+", action="extend", default=[], metavar="TEXT", help="captions of the pictures"
    )
    ladder.add_argument("--swaps", action="store_true", help="add each caption with exchanged attributes")
    for added in (bias, inside):
        words = "scenes to fit the text map on, default %(default)s"
        added.add_argument("--fitted", default=FITTED, metavar="N", help=words)
        added.add_argument("model", metavar="MODEL", help=MODEL_NAME_HELP)
        add_weights(added)
    for added, scenes in ((bias, "1000"), (inside, "1000"), (ladder, "400")):
        added.add_argument("--count", default=scenes, metavar="N", help="number of scenes, default %(default)s")
        added.add_argument("--seed", default="0", metavar="S", help="seed of the scenes, default %(default)s")
        add_json(added)
        add_runs(added)


def _numbers(options: argparse.Namespace) -> tuple[int, int]:
    return whole_number("count", options.count, *SCENES), whole_number("seed", options.seed, 0, LARGEST_SEED)


def _loaded(options: argparse.Namespace) -> tuple[Any, Any]:
    """Load the model, and return it with the world of its scenes."""
    store = store_of(options)
    options.model = named_model(options)
    check_model(store, options.model, closed=False)
    clip = load_model(options.model, store=store, only_safe=False, tell=teller())
    return clip, scenes_of(clip)


def _teller() -> Any:
    """Return a callback for the share of long work that is done, which tells the time left."""
    began = told = time.monotonic()
    is_shown = sys.stderr.isatty()

    def report(share: float) -> None:
        nonlocal told, is_shown
        now = time.monotonic()
        left_s = time_left(now - began, share)
        if left_s is not None and now - told >= TELL_EVERY_S:
            told, is_shown = now, is_shown or left_s >= LONG_S
            if is_shown:
                tell(f"{share:.0%} done, about {duration(left_s)} left; fewer with --fitted and --count")

    return report


def _bias(options: argparse.Namespace) -> Document:
    count, seed = _numbers(options)
    fitted = whole_number("fitted", options.fitted, *SCENES)
    clip, world = _loaded(options)
    from explorer.evaluation.analyses import BIASES, measure_bias
    from explorer.evaluation.embed import environment

    biases = encode(with_definitions(measure_bias(clip, world, seed=seed, count=count), BIASES))
    found: Document = {"model": options.model, "biases": biases, **encode(environment(clip.device))}
    try:
        if options.text_map:
            from explorer.evaluation.analyses import fit_text_map

            text_map = fit_text_map(clip, world, seed=seed, fitted=fitted, tested=count, tell=_teller())
            found["text_map"] = {"before": encode(text_map.before), "after": encode(text_map.after)}
            found["fitted"] = fitted
        if options.relevance:
            found["relevance"] = _relevance(clip, world, count, seed)
    except KeyboardInterrupt:
        found[INTERRUPTED] = True
    return found


def _relevance(clip: Any, world: Any, count: int, seed: int) -> Document:
    from explorer.evaluation import relevance
    from explorer.evaluation.relevance import why_not

    if why := why_not(clip.model):
        return {"why": why}
    found = relevance.measure_relevance(clip, world, seed=seed, count=count)
    rows, columns = clip.model.visual.grid_size
    return {"why": "", "patches": [rows, columns], **encode(with_definitions(found, relevance.DEFINITIONS))}


def _inside(options: argparse.Namespace) -> Document:
    count, seed = _numbers(options)
    fitted = whole_number("fitted", options.fitted, *SCENES)
    clip, world = _loaded(options)
    from explorer.evaluation.analyses import PROBE_DEFINITIONS, SOURCE, parts_inside, project
    from explorer.evaluation.embed import environment
    from explorer.evaluation.verdict import what_follows

    inside: Document = {}
    measured: dict[str, Estimate] = {}
    found = {"model": options.model, "inside": inside, "fitted": fitted, "source": SOURCE}
    found |= encode(environment(clip.device))
    try:
        sizes: dict[str, Any] = {"count": count, "fitted": fitted, "budget": options.budget.probe}
        for part in parts_inside(clip, world, seed=seed, tell=_teller(), **sizes):
            measured |= part
            inside |= encode(with_definitions(part, PROBE_DEFINITIONS))
        found["sentence"] = what_follows(measured)
        found["modality_gap"] = encode(project(clip, world, seed=seed, count=min(count, 1000))[0].gap)
    except KeyboardInterrupt:
        if not inside:
            raise
        found[INTERRUPTED] = True
    return found


def _ladder(options: argparse.Namespace) -> Document:
    count, seed = _numbers(options)
    store = store_of(options)
    if bool(options.image) != bool(options.caption):
        raise UserError("--image and --caption", NO_VALUE, "give both, or neither to use only the scenes")
    question = None
    if options.image:
        files, captions = files_of(options.image), captions_of(options)
        question = LeaderboardQuestion(files=files, names=tuple(options.image), captions=tuple(captions))
    names = list(dict.fromkeys(options.model)) or _here(store)
    if len(names) > MOST_MODELS:
        raise UserError("MODEL", NO_VALUE, f"{len(names)} of them, give at most {MOST_MODELS}")
    for name in options.model:
        check_model(store, name, closed=False)
    rows = []
    for name in names:
        if sys.stderr.isatty():
            print(f"leaderboard: {name}", file=sys.stderr, flush=True)
        rows.append(leaderboard_row(name, question, store=store, count=count, seed=seed, only_safe=False))
    return document(rows, question, count=count, seed=seed)


def _here(store: RunStore) -> list[str]:
    """List every model on this disk, the shipped ones first."""
    return [model.name for model in models_here(store, "", closed=False) if model.on_disk][:MOST_MODELS]


def _show_shares(found: Document) -> str:
    """Format a line per share with its interval, then the definitions."""
    by_name = dict(found.get("biases") or found.get("inside") or {})
    by_name |= {f"binding, {name} the text map": share for name, share in found.get("text_map", {}).items()}
    relevance = found.get("relevance") or {"why": ""}
    by_name |= {name: value for name, value in relevance.items() if isinstance(value, dict)}
    lines = [f"{'share':30}{'value':>8}  {'95 % interval':17}{'chance':>7}{'n':>7}"]
    lines += [_share_line(name, share) for name, share in by_name.items()]
    lines += [found["sentence"]] if "sentence" in found else []
    lines += [f"{name}: {share['definition']}" for name, share in by_name.items() if "definition" in share]
    if "modality_gap" in found:
        lines.append(f"modality gap: {found['modality_gap']['value']:.3f}, distance of the centroids of both kinds")
    lines += [relevance["why"]] * bool(relevance["why"])
    lines += [f"source: {found['source']}"] if "source" in found else []
    return "\n".join([*lines, f"model: {found['model']}", f"device: {found['device']}"])


def _share_line(name: str, share: Mapping[str, Any]) -> str:
    if share["value"] is None:
        return f"{name:30}{'-':>8}"
    interval = "" if share["low"] is None else f"{share['low']:.3f} to {share['high']:.3f}"
    chance = "" if share["chance"] is None else f"{share['chance']:.3f}"
    return f"{name:30}{share['value']:8.3f}  {interval:17}{chance:>7}{share['n']:7}"


def _show_ladder(found: Document) -> str:
    """Format a line per model, the best first."""
    width = max(len(row["model"]) for row in found["rows"])
    head = f"{'model':{width}}{'M numbers':>11}{'pixels':>8}{'binding':>9}  {'95 % interval':16}{'n':>6}"
    lines = [f"{head}{'larger':>8}{'first':>7}{'margin':>9}  verdict"]
    for row in found["rows"]:
        if row["scenes"] is None:
            size = "-" if row["parameters"] is None else f"{row['parameters'] / 1e6:.1f}"
            lines.append(f"{row['model']:{width}}{size:>11}  {row['why']}")
            continue
        binding, scenes = row["scenes"]["binding_accuracy"], row["scenes"]
        interval = f"{binding['low']:.3f} to {binding['high']:.3f}"
        margin = row["question"] and row["question"]["margin"]
        lines.append(
            f"{row['model']:{width}}{row['parameters'] / 1e6:11.1f}{row['pixels']:8}{binding['value']:9.3f}  "
            f"{interval:16}{binding['n']:6}{scenes['size_bias']['value']:8.3f}{scenes['mention_bias']['value']:7.3f}"
            f"{'-' if margin is None else f'{margin:.4f}':>9}  {row['verdict']}"
        )
    lines += [f"{row['model']}: {row['question']['verdict']}" for row in found["rows"] if row["question"]]
    notes = ["larger, first: share that favors the larger object, the one mentioned first; chance 0.5, as of binding"]
    return "\n".join([*lines, *notes, found["conditions"]])


def add_untrained_probe(parts: Any) -> None:
    """Register `study probe`."""
    help = "fit the linear probe on models with fresh weights: what it gives without training"
    probe = parts.add_parser("probe", help=help, description=help)
    probe.set_defaults(run=_untrained, show=_show_untrained)
    probe.add_argument("--model", default="small", metavar="NAME", help="an architecture, default %(default)s")
    probe.add_argument("--seeds", default="5", metavar="N", help="seeds of weights, default %(default)s")
    add_json(probe)


def _untrained(options: argparse.Namespace) -> Document:
    from explorer.evaluation.readouts import untrained_probe
    from explorer.world.worlds import WORLDS

    seeds = whole_number("seeds", options.seeds, 1, 100)
    if options.model not in config_names():
        raise UserError("--model", options.model, f"choose {', '.join(config_names())}")
    world = WORLDS["things"]
    found = [encode(untrained_probe(options.model, world, seed=seed)) for seed in range(seeds)]
    return {"model": options.model, "seeds": found, "chance": found[0]["chance"]}


def _show_untrained(document: Document) -> str:
    lines = [f"seed {seed}: {each['value']:.1%}" for seed, each in enumerate(document["seeds"])]
    return "\n".join([*lines, f"by the set of colors alone: {document['chance']:.1%}"])
