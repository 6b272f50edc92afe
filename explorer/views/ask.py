"""Views of models: which there are, how a caption is swapped, and what one or several models answer.

    swaps("a red bus and a blue car")["swaps"]
    steps = score(service, "things-bound", ["data:image/png;base64,..."], ["a red bus", "a blue bus"])
    registry.final_answer(steps)["cosine"]
    for step in leaderboard(service, ["things-web", "things-bound"]): ...  # JobProgress, then the document

A job loads its model in a thread. On a shared server only shipped models and runs are asked. torch is imported by the
first job.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

from pydantic import PlainValidator

from explorer.captions.correcting import Corrections, describe_correction
from explorer.captions.half_truths import Middles
from explorer.captions.parsed_caption import CaptionError
from explorer.captions.swapping import describe_swaps, parse_kinds
from explorer.captions.wordings import WORDINGS
from explorer.clip.loading import Progress
from explorer.clip.names import (
    is_on_disk,
    known_parameters,
    model_error,
    pretrained_models,
    shipped_names,
)
from explorer.codec import JsonDict, decode, encode
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.answers.picture_answer import (
    right_caption,
    right_margin,
    summary_sentence,
)
from explorer.evaluation.answers.question import (
    PictureQuestion,
    check_captions,
    check_images,
    question_of_uploads,
    uploaded_files,
    uploaded_megapixels,
)
from explorer.evaluation.answers.word_orders import NUM_ORDERS, bag_orders
from explorer.evaluation.results import DefinedEstimates, add_definitions, highest_first
from explorer.evaluation.verdict import binding_words
from explorer.resources import ASSETS
from explorer.runs.files import free_bytes
from explorer.sentences import Sentence
from explorer.views.asked_models import (
    MAX_MAPS,
    answer_details,
    available_models,
    check_false_details,
    check_middles,
    check_model,
    check_search,
    score_pictures,
    show_question,
    unread_words,
)
from explorer.views.data import SeedNumber
from explorer.views.permitted_models import SceneCount, check_count, check_drawable, load_permitted
from explorer.views.registry import JobProgress, JobSteps, TellProgress, follow_work, in_range, job, view
from explorer.views.service import Service
from explorer.wording import time_left
from explorer.world.things import THINGS

CaptionTexts = Annotated[list[str], PlainValidator(check_captions)]
PictureUris = Annotated[list[str], PlainValidator(check_images)]
EXAMPLES_FILE = ASSETS / "ask" / "examples.json"
"""Written by `tools.ask_examples`."""
MAX_MODELS = 12
LARGE_FILE_BYTES = 1_000_000
"""Bytes from which a file is worth a line of progress; configs and tokenizers are smaller."""
NOT_ON_DISK = "not on this disk, and a leaderboard fetches none; ask it by itself first"
LEADERBOARD_CONDITIONS = (
    "Canonical scenes: two objects, both named with their color, drawn at each model's resolution; intervals are 95 % "
    "Wilson intervals over scenes."
)


@view()
def models(service: Service, search: Annotated[str, PlainValidator(check_search)] = "") -> list[dict[str, Any]]:
    """List the models that `score` takes: shipped ones, own runs that saved one, and open_clip's pretrained ones.

    Args:
        search: words that the name has to contain, for example b-32 openai; without it, all are listed
    """
    return [*map(encode, available_models(service.store, search, any_start=service.settings.any_start))]


@view()
def swaps(caption: str, kinds: str = "", corrections: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the attribute-noun pairs of a caption, and captions in which two objects have exchanged attributes.

    Answers {"pairs", "swaps", "unsure", "why"}: "why" is a sentence where the reading is unsure or nothing can be
    exchanged, so that a person may write the other caption. With corrections the answer has the caption, which an added
    word changes, the corrections that fit it, the places of the pairs, the objects and the confusions too.

    Args:
        caption: in English, one line of at most {caption_length} characters, for example a red bus and a blue car
        kinds: kinds of swaps with commas between, such as color or move, or all; empty for those that are negatives
        corrections: {"off": [places of pairs that are none], "added": [[object, word]], "word", "thing": one to add}
    """
    if corrections is None:
        return describe_swaps(caption, parse_kinds(kinds))
    try:
        return describe_correction(caption, decode(Corrections, corrections), parse_kinds(kinds))
    except CaptionError as error:
        raise UserError(error.field, NO_VALUE, error.reason) from None


@view(is_of_page=True, limits={"orders": NUM_ORDERS})
def word_orders(captions: CaptionTexts) -> list[list[str]]:
    """Return the control of `score`: the words of each caption in {orders} random orders.

    Args:
        captions: 1 to {captions} captions of at most {caption_length} characters
    """
    return [bag_orders(caption) for caption in captions]


@view(is_of_page=True)
def never_read(service: Service, models: list[str], captions: CaptionTexts) -> dict[str, list[str]]:
    """Return the words of captions that each model has never read; a model that has read all is left out.

    Args:
        models: names that `score` takes; one that reads parts of words knows every word
        captions: 1 to {captions} captions of at most {caption_length} characters
    """
    return unread_words(service.store, models[:MAX_MODELS], captions)


@view(is_of_page=True)
@cache
def examples() -> dict[str, Any]:
    """Return the examples of *Ask a real CLIP*, and how shipped models answer them and 200 canonical scenes."""
    return dict(json.loads(EXAMPLES_FILE.read_text(encoding="utf-8")))


# ---- One model


@job(at_once=1, counts_as="questions")
def fetch_model(service: Service, model: str) -> JobSteps:
    """Fetch a model and load it. A model on this disk is only loaded, and a download that broke off goes on.

    Args:
        model: a name that `score` takes
    """
    if not service.settings.any_start and model in pretrained_models():
        raise UserError("model", model, "this server fetches no models; on your computer: make run", longest=80)
    check_model(service.store, model, any_start=service.settings.any_start)

    def fetch(tell: TellProgress) -> dict[str, Any]:
        try:
            clip = load_permitted(service, model, _download_reporter(model, tell))
        except UserError as error:
            from explorer.clip.hub import is_out_of_reach

            if not is_out_of_reach(error.__cause__):
                raise
            values = error.reason.values if isinstance(error.reason, Sentence) else {}
            if "command" not in values:
                raise model_error(model, "no network here; if you have the file, name it") from error
            why = "no network here; if you have the file, name it, or fetch it elsewhere by {command}"
            raise model_error(model, why, command=values["command"]) from error
        return {"model": model, "parameters": clip.num_parameters, "pixels": clip.image_size}

    return follow_work(fetch)


def _download_reporter(model: str, tell: TellProgress) -> Callable[[Progress], None]:
    """Return what words each stage of loading, and raises `UserError` if what is missing does not fit on the disk."""
    total, first, began = 0, 0, 0.0

    def follow(now: Progress) -> None:
        nonlocal total, first, began
        if now.stage != "fetch":
            text = "reading it" if now.stage in ("build", "check") else "getting ready"
            tell(JobProgress(text=text, stage=now.stage))
            return
        if now.total is None or now.total < LARGE_FILE_BYTES:
            return
        if now.total != total:
            total, first, began = now.total, now.done, time.monotonic()
            if total - first > (free := _hub_free_bytes()):
                words, size = "{size} MB do not fit: {free} MB are free", f"{total / 1e6:,.0f}"
                raise model_error(model, words, size=size, free=f"{free / 1e6:,.0f}")
        share = (now.done - first) / (total - first) if total > first else 1.0
        left_s = time_left(time.monotonic() - began, share)
        done, size = f"{now.done / 1e6:,.0f}", f"{total / 1e6:,.0f}"
        fetched = Sentence("job.fetched", "{done} of {size} MB", done=done, size=size)
        tell(JobProgress(text=fetched, done=now.done / total, left_s=left_s, stage=now.stage))

    return follow


def _hub_free_bytes() -> int:
    """Return the bytes that are free where the Hub's client keeps what it fetches."""
    from huggingface_hub import constants

    return free_bytes(Path(constants.HF_HUB_CACHE))


@job(at_once=4, counts_as="questions", limits={"wordings": len(WORDINGS)})
def score(
    service: Service,
    model: str,
    images: PictureUris,
    captions: CaptionTexts,
    maps: Annotated[int, in_range(0, MAX_MAPS)] = 0,
    details: bool = False,
    false_details: list[str] | None = None,
    right: list[int] | None = None,
    middles: Annotated[Middles | None, PlainValidator(check_middles)] = None,
) -> JobSteps:
    """Score pictures and captions by one model: return cosines, margins and probabilities.

    With details the answer has the keys "wordings" (the same question in up to {wordings} wordings), "half_truths" (the
    first caption with one wrong detail), "words" (what each word of it does for its cosine and its margin) and
    "summary" (these three answers as sentences).

    Args:
        model: a shipped model or the id of a run, for example things-bound; on one's own computer any MODEL
        images: 1 to {pictures} pictures as data URIs, data:image/png;base64,...
        captions: 1 to {captions} captions of at most {caption_length} characters
        maps: number of captions, from the first, with a map of where the model looks
        details: also test if the answer is steady, if a wrong detail fools the model, and which words decide
        false_details: kinds of "half_truths" that are false of the pictures, and only these are counted, for example
            count; without it those are counted that are false wherever the first caption is true
        right: place of the right caption of each picture, from 0, for the details; without it as many pictures as
            captions have each their own, and others the first
        middles: of a drawn scene that shows only the two things of the first caption the middle [x, y] of each, as
            shares of its sides; then the "half_truths" that these places rule out are false of it and count
    """
    check_model(service.store, model, any_start=service.settings.any_start)
    check_false_details(false_details, captions[0], "false_details")
    if right is not None and (len(right) != len(images) or not all(0 <= each < len(captions) for each in right)):
        wanted = "give a number from 0 to {most} for each of the {pictures} pictures"
        raise UserError("right", right, wanted, most=len(captions) - 1, pictures=len(images))
    files = uploaded_files(images)
    service.admit_pictures(uploaded_megapixels(files))

    def answer_question(tell: TellProgress) -> dict[str, Any]:
        question = question_of_uploads(files, captions)
        clip = load_permitted(service, model, tell)
        shown = show_question(clip, question)
        scored = score_pictures(clip, question, shown, hides_folder=not service.settings.any_start, mapped=maps)
        if not details:
            return dict(encode(scored))
        more = answer_details(clip, shown, scored.answer, right=right, false_details=false_details, middles=middles)
        return dict(encode(scored)) | dict(encode(more))

    return follow_work(answer_question)


# ---- Several models


@job(counts_as="questions", limits={"max_models": MAX_MODELS})
def leaderboard(
    service: Service,
    models: list[str],
    images: list[str] | None = None,
    captions: list[str] | None = None,
    count: SceneCount = 400,
    seed: SeedNumber = 0,
    half_truths: bool = False,
) -> JobSteps:
    """Compare several models on canonical scenes, and on one question if it is given, best binding first.

    Args:
        models: up to {max_models} names that `score` takes
        images: pictures of the question as data URIs, data:image/png;base64,..., or none
        captions: its captions, the right one first, or none
        count: number of scenes
        seed: seed of the scenes
        half_truths: also measure on these scenes how often a wrong detail fools each model, and how often a true detail
            of equal length makes its caption nearer
    """
    if bool(images) != bool(captions):
        raise UserError("images and captions", NO_VALUE, "give both, or neither to use only the scenes")
    names = _check_model_names(models)
    question = None
    if images:
        files, texts = uploaded_files(check_images(images)), check_captions(captions)
        service.admit_pictures(uploaded_megapixels(files), times=len(names))
        question = question_of_uploads(files, texts)
    count = check_count(service, "count", count)
    return rank_models(service, names, question, count=count, seed=seed, half_truths=half_truths)


def _check_model_names(models: Sequence[str]) -> list[str]:
    """Return each name once; raise `UserError` if there are none or too many."""
    names = list(dict.fromkeys(models))
    if not 1 <= len(names) <= MAX_MODELS:
        raise UserError("models", NO_VALUE, "{found} of them, give 1 to {most}", found=len(names), most=MAX_MODELS)
    return names


def rank_models(
    service: Service,
    models: Sequence[str],
    question: PictureQuestion | None,
    *,
    count: int,
    seed: int,
    half_truths: bool = False,
) -> JobSteps:
    """Yield the progress of each model, then the document of all: highest binding first, without a number last."""
    names = _check_model_names(models)
    refused: dict[str, UserError] = {}
    for name in names:
        try:
            check_model(service.store, name, any_start=service.settings.any_start)
        except UserError as error:
            refused[name] = error
    if len(refused) == len(names):
        raise refused[names[0]]

    def rank(tell: TellProgress) -> dict[str, Any]:
        rows = [LeaderboardRow(model=name, on_disk=False, why=why.sentence) for name, why in refused.items()]
        for index, name in enumerate(name for name in names if name not in refused):
            tell(JobProgress(text=Sentence("job.asking", "asking {model}", model=name), done=index / len(names)))
            row = leaderboard_row(service, name, question, count=count, seed=seed, half_truths=half_truths, tell=tell)
            rows.append(row)
        rows.sort(key=lambda row: highest_first(row.scenes["binding_accuracy"].value if row.scenes else None))
        return {
            "rows": encode(rows),
            "captions": list(question.captions) if question else [],
            "images": list(question.names) if question else [],
            "scenes": count,
            "seed": seed,
            "conditions": LEADERBOARD_CONDITIONS,
        }

    return follow_work(rank)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaderboardRow:
    """A model on the scenes and on the question; `why` is the reason if it was not asked, or only in part."""

    model: str
    parameters: int | None = None
    pixels: int | None = None
    on_disk: bool = True
    why: str | None = None
    scenes: DefinedEstimates | None = None
    verdict: str | None = None
    question: JsonDict | None = None
    suspicions: tuple[str, ...] = ()
    device: str | None = None
    versions: Mapping[str, str] | None = None
    half_truths: DefinedEstimates | None = None


def leaderboard_row(
    service: Service,
    model: str,
    question: PictureQuestion | None,
    *,
    count: int,
    seed: int,
    half_truths: bool,
    tell: TellProgress,
) -> LeaderboardRow:
    """Return the row of one model, with what was learned before it could be asked no further. None is fetched."""
    row = LeaderboardRow(model=model)
    try:
        if not is_on_disk(model, find_run_model=service.store.find_run_model):
            return replace(row, on_disk=False, why=NOT_ON_DISK, parameters=known_parameters(model))
        clip = load_permitted(service, model, tell)
        from explorer.evaluation.analyses import BIAS_DEFINITIONS, embed_canonical, score_scenes
        from explorer.evaluation.environment import describe_environment

        here = describe_environment(clip.device)
        row = replace(
            row,
            parameters=clip.num_parameters,
            pixels=clip.image_size,
            device=here.device,
            versions=here.versions,
        )
        if question is not None:
            row = replace(row, question=_question_score(clip, question))
        check_drawable(clip)
        evaluation_set, pictures = embed_canonical(clip, THINGS, seed=seed, count=count)
        scenes = score_scenes(clip, evaluation_set, pictures)
        row = replace(
            row, scenes=add_definitions(scenes, BIAS_DEFINITIONS), verdict=binding_words(scenes["binding_accuracy"])
        )
        if half_truths:
            from explorer.evaluation.steadiness import STEADINESS_DEFINITIONS, measure_half_truths

            found = measure_half_truths(clip, evaluation_set, pictures)
            shown = {name: each for name, each in found.items() if name in ("fooled", "longer")}
            row = replace(row, half_truths=add_definitions(shown, STEADINESS_DEFINITIONS))
        if model not in shipped_names():
            from explorer.evaluation.preprocessing_check import suspect_preprocessing

            row = replace(row, suspicions=tuple(each.sentence for each in suspect_preprocessing(clip, THINGS)))
    except UserError as error:
        row = replace(row, why=error.sentence)
    return row


def _question_score(clip: Any, question: PictureQuestion) -> dict[str, Any]:
    """Return the mean margin of the right captions, None for a single caption, with its verdict in words."""
    answer = score_pictures(clip, question, show_question(clip, question)).answer
    has_own = answer.picture_count == len(answer.captions)
    by_picture = [
        right_margin(row, right_caption(answer, index, has_own=has_own)) for index, row in enumerate(answer.cosine)
    ]
    margins = [each for each in by_picture if each is not None]
    return {
        "margin": fmean(margins) if margins else None,
        "n": answer.picture_count,
        "verdict": summary_sentence(answer, has_own=has_own),
        "warnings": list(answer.warnings),
    }
