"""Views of models: which there are, how a caption is swapped, what a model answers, and jobs that measure it.

    swaps("a red bus and a blue car")["swaps"]
    last(score(here, "things-bound", ["data:image/png;base64,..."], ["a red bus", "a blue bus"]))["cosine"]
    for step in leaderboard(here, ["things-web", "things-bound"]): ...      # Progress, then the document

A job loads its model in a thread. On a shared server only shipped models and runs are asked. torch is imported by the
first job.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Annotated, Any

from explorer.captions.correcting import Corrections, corrected
from explorer.captions.swapping import describe, kinds_of
from explorer.captions.words import CaptionError
from explorer.clip.catalog import pretrained_models
from explorer.clip.loading import Cancelled
from explorer.clip.names import Checkpoint, Folder, find_model
from explorer.codec import decode, encode, whole_number
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import Estimate, with_definitions
from explorer.evaluation.user_probe import ORDERS, bag_orders, orders_of
from explorer.evaluation.verdict import ending
from explorer.resources import ASSETS
from explorer.runs.specs import resolve
from explorer.views.captions import MOST_ROWS
from explorer.views.captions_placed import placed
from explorer.views.data import MOST_SHARED_ROWS, Seed
from explorer.views.leaderboard import (
    MOST_MODELS,
    LeaderboardQuestion,
    LeaderboardRow,
    document,
    leaderboard_row,
    scenes_of,
)
from explorer.views.model_fetching import fetched
from explorer.views.questions import (
    MOST_MAPPED,
    check_captions,
    check_images,
    check_model,
    check_search,
    from_data_uri,
    load_model,
    models_here,
    score_pictures,
)
from explorer.views.questions import never_read as unread_words
from explorer.views.registry import Progress, Read, Say, Tell, followed, job, quiet, view, whole
from explorer.views.service import Service
from explorer.wording import time_left

Count = Annotated[int, whole(10, 100_000)]
Captions = Annotated[list[str], Read(check_captions)]
Images = Annotated[list[str], Read(check_images)]
Steps = Iterator[Progress | dict[str, Any]]
MOST_SHARED = {"count": 1000, "fitted": 4000}
"""Scenes that a shared server tests a model on at most, and fits a map on."""
MOST_DRAWN = 150
"""Pictures of a map with their captions: more are a cloud."""
EXAMPLES = ASSETS / "ask" / "examples.json"
"""Written by `tools.ask_examples`."""
INTERRUPTED = "interrupted"
"""Key of a document that was ended early; it holds what was done."""


@view()
def models(here: Service, search: Annotated[str, Read(check_search)] = "") -> list[dict[str, Any]]:
    """The models that `score` takes: shipped ones, own runs that saved one, and open_clip's pretrained ones.

    Args:
        search: words that the name has to hold, for example b-32 openai; nothing lists all
    """
    return [asdict(each) for each in models_here(here.store, search, closed=here.is_closed)]


@view()
def swaps(caption: str, kinds: str = "", corrections: dict[str, Any] | None = None) -> dict[str, Any]:
    """A caption's attribute-noun pairs, and captions in which two of its objects have exchanged attributes.

    Answers {"pairs", "swaps", "unsure", "why"}: "why" is a sentence where the reading is unsure or nothing can be
    exchanged, so that a person may write the other caption. With corrections the answer has the caption, which an added
    word changes, the corrections that fit it, the places of the pairs, the objects and the confusions too.

    Args:
        caption: in English, one line of at most 300 characters, for example a red bus and a blue car
        kinds: kinds of swaps with commas between, such as color or move, or all; empty for those that are negatives
        corrections: {"off": [places of pairs that are none], "added": [[object, word]], "word", "thing": one to add}
    """
    if corrections is None:
        return describe(caption, kinds_of(kinds))
    try:
        return corrected(caption, decode(Corrections, corrections), kinds_of(kinds))
    except CaptionError as error:
        raise UserError(error.field, NO_VALUE, error.reason) from None


@view(is_of_page=True)
def word_orders(captions: Captions) -> list[list[str]]:
    """The control of `score`: the words of each caption in twelve random orders.

    Args:
        captions: 1 to 32 captions of at most 300 characters; the first decides the orders
    """
    return bag_orders(captions, count=ORDERS, rng=orders_of(captions[0]))


@view(is_of_page=True)
def never_read(here: Service, models: list[str], captions: Captions) -> dict[str, list[str]]:
    """The words of captions that a model has never read in training, by model; one that read them all is left out.

    Args:
        models: names that `score` takes; one that reads parts of words knows every word
        captions: 1 to 32 captions of at most 300 characters
    """
    found: dict[str, list[str]] = {}
    for word, lacking in unread_words(here.store, models[:MOST_MODELS], captions).items():
        for name in lacking:
            found.setdefault(name, []).append(word)
    return found


@view(is_of_page=True)
def examples() -> dict[str, Any]:
    """The examples of *Ask a real CLIP*, and the answers of the shipped models to them and to 200 canonical scenes."""
    return _examples()


@lru_cache(maxsize=1)
def _examples() -> dict[str, Any]:
    return dict(json.loads(EXAMPLES.read_text(encoding="utf-8")))


@job(limit=1, counts_as="questions")
def fetch_model(here: Service, model: str) -> Steps:
    """Fetch a model and load it; one that is on this disk is only loaded, and a broken download goes on.

    Args:
        model: what `score` takes
    """
    if here.is_closed and model in pretrained_models():
        raise UserError("model", model, "this server fetches no models; on your computer: make run", longest=80)
    check_model(here.store, model, closed=here.is_closed)

    def loaded(tell: Tell) -> dict[str, Any]:
        def report(text: str, done: float | None, left_s: float | None) -> None:
            tell(Progress(text=text, done=done, left_s=left_s))

        return fetched(here.store, model, only_safe=_only_safe(here, model), tell=report)

    return followed(loaded)


@job(limit=4, counts_as="questions")
def score(
    here: Service, model: str, images: Images, captions: Captions, maps: Annotated[int, whole(0, MOST_MAPPED)] = 0
) -> Steps:
    """Cosines, margins and probabilities of pictures and captions by one model.

    Args:
        model: a shipped model or the id of a run, for example things-bound; on one's own computer any MODEL
        images: 1 to 16 pictures as data URIs
        captions: 1 to 32 captions of at most 300 characters
        maps: number of captions, from the first, with a map of where the model looks
    """
    check_model(here.store, model, closed=here.is_closed)
    files = {f"images[{place}]": from_data_uri(uri, f"images[{place}]") for place, uri in enumerate(images)}
    names = [f"image-{number}.png" for number in range(1, len(images) + 1)]

    def asked(tell: Tell) -> dict[str, Any]:
        found = score_pictures(
            model,
            names,
            files,
            captions,
            store=here.store,
            only_safe=_only_safe(here, model),
            hide_folder=here.is_closed,
            mapped=maps,
            tell=tell,
        )
        return dict(encode(found))

    return followed(asked)


@job(counts_as="questions")
def leaderboard(
    here: Service,
    models: list[str],
    images: list[str] | None = None,
    captions: list[str] | None = None,
    count: Count = 400,
    seed: Seed = 0,
) -> Steps:
    """Compare several models on canonical scenes, and on one question if it is given, best binding first.

    Args:
        models: up to 12 names that `score` takes
        images: pictures of the question as data URIs, or none
        captions: its captions, the right one first, or none
        count: number of scenes
        seed: seed of the scenes
    """
    if bool(images) != bool(captions):
        raise UserError("images and captions", NO_VALUE, "give both, or neither to use only the scenes")
    question = None
    if images and captions:
        uris = check_images(images)
        question = LeaderboardQuestion(
            files={f"images[{place}]": from_data_uri(uri, f"images[{place}]") for place, uri in enumerate(uris)},
            names=tuple(f"image-{number}.png" for number in range(1, len(uris) + 1)),
            captions=tuple(check_captions(captions)),
        )
    return ranking(here, models, question, count=_checked_count(here, "count", count), seed=seed)


def ranking(
    here: Service, models: Sequence[str], question: LeaderboardQuestion | None, *, count: int, seed: int
) -> Steps:
    """Yield the progress of each model, then the leaderboard of all of them."""
    names = list(dict.fromkeys(models))
    if not 1 <= len(names) <= MOST_MODELS:
        raise UserError("models", NO_VALUE, f"{len(names)} of them, give 1 to {MOST_MODELS}")
    refused = {name: why for name in names if (why := _refusal(here, name)) is not None}
    if len(refused) == len(names):
        raise refused[names[0]]

    def ranked(tell: Tell) -> dict[str, Any]:
        rows = [LeaderboardRow(model=name, on_disk=False, why=str(why)) for name, why in refused.items()]
        for place, name in enumerate(name for name in names if name not in refused):
            tell(Progress(text=f"asking {name}", done=place / len(names)))
            only_safe = _only_safe(here, name)
            rows.append(
                leaderboard_row(
                    name, question, store=here.store, count=count, seed=seed, only_safe=only_safe, tell=tell
                )
            )
        return document(rows, question, count=count, seed=seed)

    return followed(ranked)


def _refusal(here: Service, name: str) -> UserError | None:
    """Return why a model cannot be asked here, None if it can."""
    try:
        check_model(here.store, name, closed=here.is_closed)
    except UserError as error:
        return error
    return None


@job(counts_as="questions")
def bias(
    here: Service,
    model: str,
    text_map: bool = False,
    relevance: bool = False,
    fitted: Count = 4000,
    count: Count = 1000,
    seed: Seed = 0,
) -> Steps:
    """Test if a model favors the larger or the first-named object, on the canonical scenes.

    Args:
        model: a shipped model or the id of a run; on one's own computer any MODEL
        text_map: also fit a linear map of its text features
        relevance: also test if it looks at the object that a caption names
        fitted: scenes to fit the text map on
        count: number of scenes
        seed: seed of the scenes
    """
    count, fitted = _checked_count(here, "count", count), _checked_count(here, "fitted", fitted)
    check_model(here.store, model, closed=here.is_closed)

    def measured(tell: Tell) -> dict[str, Any]:
        clip, world = _loaded(here, model, tell)
        from explorer.evaluation.analyses import BIASES, fit_text_map, measure_bias
        from explorer.evaluation.embed import environment

        biases = encode(with_definitions(measure_bias(clip, world, seed=seed, count=count), BIASES))
        found: dict[str, Any] = {"model": model, "biases": biases, **encode(environment(clip.device))}
        try:
            if text_map:
                fit = fit_text_map(clip, world, seed=seed, fitted=fitted, tested=count, tell=_shares(tell))
                found["text_map"] = {"before": encode(fit.before), "after": encode(fit.after)}
                found["fitted"] = fitted
            if relevance:
                found["relevance"] = _relevance(clip, world, count, seed)
        except (KeyboardInterrupt, Cancelled):
            found[INTERRUPTED] = True
        return found

    return followed(measured)


def _relevance(clip: Any, world: Any, count: int, seed: int) -> dict[str, Any]:
    from explorer.evaluation import relevance

    if why := relevance.why_not(clip.model):
        return {"why": why}
    found = relevance.measure_relevance(clip, world, seed=seed, count=count)
    rows, columns = clip.model.visual.grid_size
    return {"why": "", "patches": [rows, columns], **encode(with_definitions(found, relevance.DEFINITIONS))}


@job(counts_as="questions")
def unimodal_probes(
    here: Service, model: str, fitted: Count = 4000, count: Count = 1000, seed: Seed = 0, drawn: bool = False
) -> Steps:
    """Fit linear probes of a model within images and within captions, and compare them with binding between them.

    Args:
        model: a shipped model or the id of a run; on one's own computer any MODEL
        fitted: scenes to fit the text map on
        count: number of scenes
        seed: seed of the scenes
        drawn: also a map of pictures and captions on two axes
    """
    count, fitted = _checked_count(here, "count", count), _checked_count(here, "fitted", fitted)
    check_model(here.store, model, closed=here.is_closed)

    def measured(tell: Tell) -> dict[str, Any]:
        clip, world = _loaded(here, model, tell)
        from explorer.evaluation import analyses as probes
        from explorer.evaluation.embed import environment
        from explorer.evaluation.verdict import what_follows

        inside: dict[str, Any] = {}
        estimates: dict[str, Estimate] = {}
        found = {"model": model, "inside": inside, "fitted": fitted, "source": probes.SOURCE}
        found |= encode(environment(clip.device))
        sizes: dict[str, Any] = {"count": count, "fitted": fitted, "budget": here.budget.probe}
        try:
            for part in probes.parts_inside(clip, world, seed=seed, tell=_shares(tell), **sizes):
                estimates |= part
                inside |= encode(with_definitions(part, probes.PROBE_DEFINITIONS))
            found["sentence"] = what_follows(estimates)
            found["modality_gap"] = encode(probes.project(clip, world, seed=seed, count=min(count, 1000))[0].gap)
            if drawn:
                found["map"] = _map(*probes.project(clip, world, seed=seed, count=min(count, MOST_DRAWN)))
        except (KeyboardInterrupt, Cancelled):
            if not inside:
                raise
            found[INTERRUPTED] = True
        return found

    return followed(measured)


def _map(points: Any, captions: list[str], swapped: list[str | None]) -> dict[str, Any]:
    from explorer.figures.reports import projection_map

    parts = {name: getattr(points, name) for name in ("images", "captions", "swapped")}
    gap = float(points.gap.value or 0.0)
    return projection_map(parts, captions, points.explained.tolist(), gap, swapped=swapped).for_page()


@job(counts_as="questions")
def captions_placed(here: Service, content: str, name: str = "captions.csv", curve: str = "attribute_density") -> Steps:
    """Count what captions of your own tell, and place them among published captions and on a curve of the study.

    Args:
        content: text of the file, CSV with a column caption or JSON lines
        name: its name, which ends in .csv or .jsonl
        curve: attribute_density, caption_completeness or saliency_bias
    """
    most = MOST_SHARED_ROWS if here.settings.is_shared else MOST_ROWS
    return followed(lambda _tell: placed(content.encode(), name, curve, most_rows=most))


@view(is_local=True)
def evaluate(
    here: Service,
    model: str,
    preset: str = "",
    overrides: dict[str, Any] | None = None,
    count: Count = 1000,
    seed: Seed = 0,
    say: Say = quiet,
) -> dict[str, Any]:
    """Score a MODEL on fresh scenes: the canonical form, and with a preset its own forms too.

    Args:
        model: any CLIP by name
        preset: name of a preset, or none
        overrides: fields of the preset to change
        count: scenes per form
        seed: seed of the evaluation scenes
        say: what to do with a line of progress
    """
    data = resolve(preset, overrides or {}).data if preset else None
    find_model(model, find_run=here.store.find_model)
    say(f"loading {model}, then measuring {count:,} scenes per form")
    from explorer.runs.model_evaluation import evaluate_model

    def told(done: int, parts: int) -> None:
        say(f"measured part {done} of {parts}")

    found = evaluate_model(model, data, store=here.store, seed=seed, count=count, budget=here.budget, tell=told)
    return dict(encode(found)) | ending(found.scores.canonical)


def _only_safe(here: Service, model: str) -> bool:
    """Return True if only safetensors may be read: of all but files that lie on one's own computer under that name."""
    if not here.only_safe or here.is_closed:
        return here.only_safe
    found = find_model(model, find_run=here.store.find_model)
    return not (isinstance(found, Checkpoint) or (isinstance(found, Folder) and not found.is_run))


def _checked_count(here: Service, name: str, count: int) -> int:
    """Return the number of scenes; a shared server measures a model on few."""
    return whole_number(name, count, 10, MOST_SHARED[name]) if here.settings.is_shared else count


def _loaded(here: Service, model: str, tell: Tell) -> tuple[Any, Any]:
    """Load the model, and return it with the world of its scenes."""
    clip = load_model(model, store=here.store, only_safe=_only_safe(here, model), tell=tell)
    return clip, scenes_of(clip)


def _shares(tell: Tell) -> Callable[[float], None]:
    """Return what takes the share of the work that is done, and tells it with the seconds left."""
    began = time.monotonic()

    def report(share: float) -> None:
        tell(Progress(text="measuring", done=share, left_s=time_left(time.monotonic() - began, share)))

    return report
