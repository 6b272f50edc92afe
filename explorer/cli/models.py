"""Commands `models`, `score` and `swaps`: the list of models, a user's pictures and captions scored, captions swapped.

    python -m explorer models --search "b-32 openai"
    python -m explorer score things-bound --image scene.png --caption "a red bus and a blue car" --swaps
    python -m explorer score things-bound --image scene.png --caption "a red bus" --relevance maps.png
    python -m explorer swaps --caption "a red bus and a blue car"
    python -m explorer swaps --caption "a red bus and a car" --kinds move
    python -m explorer swaps --file captions.txt --json          # one line of JSON for each line of the file

add_model_commands(commands)             # registers them with the parser of cli
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from explorer.captions.reading import read_caption
from explorer.captions.swapping import MOST_BYTES, OFFERED, describe, describe_lines, kinds_of, swaps
from explorer.captions.words import KINDS, CaptionError
from explorer.cli.options import Document, add_json, add_runs, add_weights, named_model, show_swaps, store_of, tell
from explorer.clip.loading import Progress, ProgressCallback, no_progress
from explorer.clip.names import MODEL_NAME_HELP
from explorer.codec import decode, encode
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.user_probe import (
    QUARTERS,
    VERDICTS,
    NoMaps,
    ProbeAnswer,
    RelevanceMaps,
    ScoredPictures,
    margin_of,
    right_caption,
    summary,
    verdicts,
)
from explorer.service.probing import (
    MOST_CAPTIONS,
    MOST_IMAGES,
    MOST_MAPPED,
    check_captions,
    check_model,
    models_here,
    read_file,
    score_pictures,
)


def add_model_commands(commands: Any) -> None:
    """Register `models` and `score` with the subparsers of the command line."""
    help = "list the models that MODEL may name: shipped ones, runs, and open_clip's pretrained ones"
    listed = commands.add_parser("models", help=help, description=help)
    listed.set_defaults(run=_models, show=_show_models)
    listed.add_argument("--search", default="", metavar="TEXT", help="words in the name")
    help = "score pictures and captions with a MODEL: cosines, margins and probabilities"
    score = commands.add_parser("score", help=help, description=help)
    score.set_defaults(run=_score, show=_show_score)
    score.add_argument("--image", nargs="+", action="extend", required=True, metavar="FILE", help="pictures")
    score.add_argument("--caption", nargs="+", action="extend", required=True, metavar="TEXT", help="captions")
    score.add_argument("--swaps", action="store_true", help="add each caption with exchanged attributes")
    score.add_argument(
        "--confusions", action="store_true", help="add each caption in which two objects have the attributes of one"
    )
    score.add_argument("--relevance", type=Path, metavar="FILE", help="relevance map of each caption, as .png or .json")
    score.add_argument("model", metavar="MODEL", help=MODEL_NAME_HELP)
    add_weights(score)
    for added in (listed, score):
        add_json(added)
        add_runs(added)


def with_swaps(captions: Sequence[str], kinds: Sequence[str] = OFFERED) -> list[str]:
    """Return each caption followed by its swaps of these kinds, without repetition."""
    found: list[str] = []
    for caption in captions:
        found += [caption, *(swap.caption for swap in swaps(read_caption(caption), kinds))]
    return list(dict.fromkeys(found))


def _models(options: argparse.Namespace) -> Document:
    store = store_of(options)
    return {
        "search": options.search,
        "models": [asdict(each) for each in models_here(store, options.search, closed=False)],
    }


def captions_of(options: argparse.Namespace) -> list[str]:
    """Return the captions of --caption, with their swaps and confusions if --swaps and --confusions are set."""
    captions = check_captions(options.caption)
    confused = getattr(options, "confusions", False)
    kinds = (*(OFFERED if options.swaps else ()), *(("confusion",) if confused else ()))
    if kinds and len(captions := with_swaps(captions, kinds)) > MOST_CAPTIONS:
        field = "--swaps" if options.swaps else "--confusions"
        raise UserError(field, NO_VALUE, f"makes {len(captions)} captions, the most is {MOST_CAPTIONS}; give fewer")
    return captions


def files_of(names: Sequence[str]) -> dict[str, bytes]:
    """Return the pictures of --image by the field for errors.

    The field holds the position, as a file may be given twice.
    """
    if len(names) > MOST_IMAGES:
        raise UserError("--image", NO_VALUE, f"give at most {MOST_IMAGES} pictures")
    fields = [(f"image {place}: {name}", name) for place, name in enumerate(names, start=1)]
    return {field: read_file(Path(name), field) for field, name in fields}


def _score(options: argparse.Namespace) -> Document:
    if options.relevance is not None and options.relevance.suffix not in (".png", ".json"):
        raise UserError("--relevance", str(options.relevance), "give a file that ends in .png or .json")
    files, captions = files_of(options.image), captions_of(options)
    store = store_of(options)
    options.model = named_model(options)
    check_model(store, options.model, closed=False)
    mapped = MOST_MAPPED if options.relevance is not None else 0
    scored = score_pictures(
        options.model, options.image, files, captions, store=store, only_safe=False, mapped=mapped, tell=teller()
    )
    if options.swaps and captions == check_captions(options.caption):
        scored = _with_remark(scored, "No attributes were found that could be exchanged, so there is no swap.")
    if options.relevance is not None:
        scored = _write_relevance(options.relevance, scored)
    kinds = [VERDICTS[kind] for kind in verdicts(scored.answer, own=True)]
    return encode(scored) | {"verdict": summary(scored.answer, own=True), "verdicts": kinds}


def _with_remark(scored: ScoredPictures, remark: str) -> ScoredPictures:
    return replace(scored, answer=replace(scored.answer, warnings=(*scored.answer.warnings, remark)))


def _write_relevance(path: Path, scored: ScoredPictures) -> ScoredPictures:
    """Write the maps to a file; their numbers stay in the answer, the pictures do not."""
    found = scored.answer.relevance
    if isinstance(found, NoMaps):
        return _with_remark(scored, found.why)
    if found is None:
        return scored
    try:
        if path.suffix == ".json":
            document = encode(scored)
            kept = {name: document[name] for name in ("model", "images", "captions", "relevance")}
            path.write_text(json.dumps(kept) + "\n", encoding="utf-8")
        else:
            from explorer.evaluation.user_probe import write_sheet

            write_sheet(path, scored, found)
    except OSError as error:
        raise UserError("--relevance", str(path), f"cannot be written ({error.strerror})") from None
    written = replace(found, seen=(), file=str(path))
    return replace(scored, answer=replace(scored.answer, relevance=written))


def teller() -> ProgressCallback:
    """Return a progress callback that prints a line per stage on a terminal; downloads have a bar of their own."""
    seen: set[str] = set()

    def say(progress: Progress) -> None:
        if progress.stage not in seen:
            seen.add(progress.stage)
            tell(f"model: {progress.stage}")

    return say if sys.stderr.isatty() else no_progress


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


def _show_score(document: Document) -> str:
    """Format a line per picture and caption, then the notes."""
    scored = decode(ScoredPictures, document)
    answer, pixels = scored.answer, scored.answer.preprocessing
    lines = [f"{'cosine':>8}{'share':>8}  picture and caption"]
    for row, image in enumerate(scored.images):
        for caption, cosine, share in zip(answer.captions, answer.cosine[row], answer.probabilities[row], strict=True):
            lines.append(f"{cosine:8.4f}{share:8.3f}  {image}: {caption}")
        lines += _margin_lines(answer, row, document["verdicts"])
    if answer.pair_scores:
        lines.append("  ".join(f"{name} {value:.2f}" for name, value in answer.pair_scores.items()))
    lines += [document["verdict"], *_confused(scored), *_looked(scored)]
    height, width = pixels.size
    resized = f"{pixels.resize_mode}, {pixels.interpolation}"
    lines.append(f"pixels: {height} by {width}, {resized}; activation: {answer.activation}")
    lines += [f"warning: {warning}" for warning in answer.warnings]
    lines += [f"note: {note}" for note in answer.notes]
    return "\n".join([*lines, f"model: {answer.model}", f"device: {scored.environment.device}"])


def _margin_lines(answer: ProbeAnswer, row: int, said: Sequence[str]) -> list[str]:
    """Return two lines on the margin of a picture with its verdict, none for a single caption."""
    free, right = answer.order_free, right_caption(answer, row, own=True)
    if free is None:
        return []
    margin, by_words = (margin_of(cosine[row], right) for cosine in (answer.cosine, free.cosine))
    words = f"of the words alone {by_words:.4f}, spread by order {free.spread[row]:.4f}"
    return [f"{margin:8.4f}{'':8}  margin of caption {right + 1}; {words}", f"{'':18}{said[row]}"]


def _confused(scored: ScoredPictures) -> list[str]:
    """Return a line on the captions in which two objects have the attributes of one, if any were asked."""
    found = scored.confusion
    if found is None:
        return []
    shares = ", ".join(f"{image} {share:.2g}" for image, share in zip(scored.images, found.right, strict=True))
    return [f"above {len(found.captions)} confusions of caption 1: {shares}; chance {found.chance:.2f}"]


def _looked(scored: ScoredPictures) -> list[str]:
    """Return the path of the maps, and the quarter of each picture with the most relevance per caption."""
    found = scored.answer.relevance
    if not isinstance(found, RelevanceMaps):
        return []
    lines = [f"maps: {found.file}; {found.method}"]
    for image, by_caption in zip(scored.images, found.quarters, strict=True):
        for caption, parts in zip(scored.answer.captions, by_caption, strict=False):
            lines.append(f"{max(parts):8.3f}{'':10}{QUARTERS[parts.index(max(parts))]} of {image}, for: {caption}")
    return lines


def add_swaps_command(command: Callable[..., Any]) -> None:
    """Register `swaps`; `command(name, run, show, help)` makes a command of the command line."""
    added = command(
        "swaps", _swaps, show_swaps, "attribute-noun pairs of a caption, and the caption with exchanged attributes"
    )
    given = added.add_mutually_exclusive_group(required=True)
    given.add_argument("--caption", metavar="TEXT", help="an English caption of at most 300 characters")
    given.add_argument("--file", type=Path, metavar="FILE", help="a text file with one caption per line")
    names = ", ".join(KINDS)
    added.add_argument(
        "--kinds",
        default="",
        metavar="KIND,...",
        help=f"kinds to make, of {names}; default all but move; `all` for every swap",
    )


def _swaps(options: argparse.Namespace) -> Document | Iterator[Document]:
    try:
        kinds = kinds_of(options.kinds)
    except CaptionError as error:
        raise error.in_field("--kinds") from None
    if options.file is not None:
        return _of_file(options.file, kinds)
    return describe(options.caption, kinds)


def _of_file(path: Path, kinds: Sequence[str]) -> Iterator[Document]:
    """Yield the document of each line, after a check of the file's size."""
    try:
        with path.open("rb") as file:
            return describe_lines(file.read(MOST_BYTES + 1), kinds)
    except CaptionError as error:
        raise UserError("--file", path, error.reason) from None
    except OSError as error:
        raise UserError("--file", str(path), f"cannot be read ({error.strerror})") from None
