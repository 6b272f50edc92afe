"""The commands about models: which there are, how one scores a person's pictures and captions, and what it favors.

    python -m explorer models --search "b-32 openai"
    python -m explorer score things-bound --image scene.png --caption "a red bus and a blue car" --swaps
    python -m explorer bias things-bound --text-map

add_model_commands(commands)             # registers them with the parser of cli
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.api import LARGEST_SEED, whole_number
from explorer.captions.parts import CaptionError
from explorer.captions.reading import read_caption
from explorer.captions.swapping import swaps
from explorer.commands import Document, add_json, add_runs, tell
from explorer.pictures import read_file
from explorer.probe import (
    MOST_CAPTIONS,
    MOST_IMAGES,
    check_captions,
    check_model,
    list_documents,
    load_model,
    score_pictures,
)
from explorer.runs.store import RunStore, default_root
from explorer.spec import SpecError
from explorer.world.worlds import WORLDS
from models.names import FORMS
from models.progress import Progress, Tell, tell_nobody


def add_model_commands(commands: Any) -> None:
    """Register `models` and `score` with the subparsers of the command line."""
    help = "the models that MODEL may name: shipped ones, runs, and open_clip's pretrained ones"
    listed = commands.add_parser("models", help=help, description=help)
    listed.set_defaults(run=_models, show=_show_models)
    listed.add_argument("--search", default="", metavar="TEXT", help="words that the name has to hold")
    help = "cosines, margins and probabilities of pictures and captions by a MODEL"
    score = commands.add_parser("score", help=help, description=help)
    score.set_defaults(run=_score, show=_show_score)
    score.add_argument("--image", nargs="+", action="extend", required=True, metavar="FILE", help="pictures")
    score.add_argument("--caption", nargs="+", action="extend", required=True, metavar="TEXT", help="captions")
    score.add_argument("--swaps", action="store_true", help="add each caption with the attributes of objects exchanged")
    help = "whether a MODEL favors what is large and what is mentioned first, on the canonical scenes"
    bias = commands.add_parser("bias", help=help, description=help)
    bias.set_defaults(run=_bias, show=_show_bias)
    bias.add_argument("--count", default="1000", metavar="N", help="scenes, else %(default)s")
    bias.add_argument("--seed", default="0", metavar="S", help="of the scenes, else %(default)s")
    bias.add_argument("--text-map", action="store_true", help="fit a linear map of text features that binds as well")
    for added in (score, bias):
        added.add_argument("model", metavar="MODEL", help=FORMS)
    for added in (listed, score, bias):
        add_json(added)
        add_runs(added)


def with_swaps(captions: Sequence[str]) -> list[str]:
    """Each caption followed by its swaps, none twice."""
    found: list[str] = []
    for caption in captions:
        try:
            exchanged = swaps(read_caption(caption))
        except CaptionError as error:
            raise SpecError(str(error)) from None
        found += [caption, *(swap.caption for swap in exchanged)]
    return list(dict.fromkeys(found))


def _models(options: Any) -> Document:
    store = RunStore(options.runs or default_root())
    return {"search": options.search, "models": list_documents(store, options.search, closed=False)}


def _score(options: Any) -> Document:
    if len(options.image) > MOST_IMAGES:
        raise SpecError(f"--image: give at most {MOST_IMAGES} pictures")
    captions = asked = check_captions(options.caption)
    if options.swaps and len(captions := with_swaps(asked)) > MOST_CAPTIONS:
        raise SpecError(f"--swaps: makes {len(captions)} captions, the most is {MOST_CAPTIONS}; give fewer")
    store = RunStore(options.runs or default_root())
    check_model(store, options.model, closed=False)
    # With its place, as a file may be given twice.
    fields = [(f"image {place}: {name}", name) for place, name in enumerate(options.image, start=1)]
    files = {field: read_file(Path(name), field) for field, name in fields}
    document = score_pictures(
        options.model, options.image, files, captions, store=store, only_safe=False, tell=_teller()
    )
    if options.swaps and captions == asked:
        document["warnings"].append("No attributes were found that could be exchanged, so there is no swap.")
    return document


def _bias(options: Any) -> Document:
    count = whole_number("count", options.count, 10, 100_000)
    seed = whole_number("seed", options.seed, 0, LARGEST_SEED)
    store = RunStore(options.runs or default_root())
    check_model(store, options.model, closed=False)
    clip = load_model(options.model, store=store, only_safe=False, tell=_teller())
    from explorer.evaluation.bias import as_document, measure_bias
    from explorer.evaluation.environment import environment

    world = next(iter(WORLDS.values()))
    document = {"model": options.model, "biases": as_document(measure_bias(clip, world, seed=seed, count=count))}
    if options.text_map:
        from explorer.evaluation.text_map import fit_text_map

        fitted = fit_text_map(clip, world, seed=seed, tested=count)
        document["text_map"] = {"before": fitted.before.as_dict(), "after": fitted.after.as_dict()}
    return document | environment(clip.device)


def _teller() -> Tell:
    """For a person at a terminal, one line a stage; the bytes of a download have a bar of their own."""
    seen: set[str] = set()

    def say(progress: Progress) -> None:
        if progress.stage not in seen:
            seen.add(progress.stage)
            tell(f"model: {progress.stage}")

    return say if sys.stderr.isatty() else tell_nobody


def _show_models(document: Document) -> str:
    if not document["models"]:
        return f"no model with {document['search']!r} in its name"
    width = max(len(model["name"]) for model in document["models"])
    lines = [f"{'name':{width}}  {'kind':11}{'parameters':>14}{'MB here':>10}"]
    for model in document["models"]:
        parameters = "-" if model["parameters"] is None else f"{model['parameters']:,}"
        size = "-" if model["bytes"] is None else f"{model['bytes'] / 1e6:.1f}"
        lines.append(f"{model['name']:{width}}  {model['kind']:11}{parameters:>14}{size:>10}")
    return "\n".join(lines)


def _show_bias(document: Document) -> str:
    """A line a share with its interval."""
    shares = dict(document["biases"])
    shares |= {f"binding, {name} the text map": share for name, share in document.get("text_map", {}).items()}
    lines = [f"{'share':30}{'value':>8}  {'95 % interval':16}{'chance':>7}{'n':>7}"]
    for name, share in shares.items():
        if share["value"] is None:
            lines.append(f"{name:30}{'-':>8}")
            continue
        interval = f"{share['low']:.3f} to {share['high']:.3f}"
        lines.append(f"{name:30}{share['value']:8.3f}  {interval:16}{share['chance']:7.3f}{share['n']:7}")
    notes = [f"{name}: {share['definition']}" for name, share in document["biases"].items()]
    return "\n".join([*lines, *notes, f"model: {document['model']}", f"device: {document['device']}"])


def _show_score(document: Document) -> str:
    """A line a picture and caption, then what the numbers mean."""
    lines = [f"{'cosine':>8}{'share':>8}  picture and caption"]
    for row, image in enumerate(document["images"]):
        for column, caption in enumerate(document["captions"]):
            cosine, share = document["cosine"][row][column], document["probabilities"][row][column]
            lines.append(f"{cosine:8.4f}{share:8.3f}  {image}: {caption}")
        if document["margin"] is not None:
            by_words, spread = document["order_free"]["margin"][row], document["order_free"]["spread"][row]
            words = f"of the words alone {by_words:.4f}, spread by order {spread:.4f}"
            lines.append(f"{document['margin'][row]:8.4f}{'':8}  margin of the first caption; {words}")
    if document["pair_scores"]:
        lines.append("  ".join(f"{name} {value:.2f}" for name, value in document["pair_scores"].items()))
    pixels = document["preprocessing"]
    height, width = pixels["size"]
    resized = f"{pixels['resize_mode']}, {pixels['interpolation']}"
    lines.append(f"pixels: {height} by {width}, {resized}; activation: {document['activation']}")
    lines += [f"warning: {warning}" for warning in document["warnings"]]
    lines += [f"note: {note}" for note in document["notes"]]
    return "\n".join([*lines, f"model: {document['model']}", f"device: {document['device']}"])
