"""The models that answer questions: which there are, one loaded and kept, its answer, and words that none has read.

    clip = load_model("things-bound", store=store, is_safe_only=True)  # cached for the next question
    score_pictures(clip, question, show_question(clip, question))   # ScoredPictures
    unread_words(store, ["things-bound"], ["a red zebra"])          # {"things-bound": ["zebra"]}

A public server accepts only shipped models and its own runs. torch is imported by the first model.
"""

import gc
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.captions.half_truths import DETAILS, Middles, half_truths
from explorer.captions.parsed_caption import CaptionError
from explorer.captions.reading import read_caption
from explorer.captions.swapping import find_confusions
from explorer.clip.loading import ModelCache, ProgressCallback, no_progress
from explorer.clip.names import (
    TOKENIZER_FILE,
    ModelEntry,
    find_weights,
    list_models,
    resolve_model,
    shipped_names,
    weights_here,
)
from explorer.errors import UserError
from explorer.evaluation.answers.details import AnswerDetails
from explorer.evaluation.answers.picture_answer import PictureAnswer, ScoredPictures, right_caption
from explorer.evaluation.answers.question import PictureQuestion, decode_picture
from explorer.files import FileSign, cache_by_file_time, file_sign
from explorer.resources import SHIPPED_FOLDER
from explorer.runs.files import read_json
from explorer.runs.folder import READING_ERRORS
from explorer.runs.store import RunStore

MAX_MAPS = 4
"""Captions of a question that get a map: each costs a backward pass through the image tower."""
LONGEST_SEARCH = 100
MODEL_CACHE = ModelCache()
PUNCTUATION = str.maketrans(".,;:!?", "      ")
"""Marks that no word holds, as `str.translate` takes them."""


def check_search(search: Any) -> str:
    """Return the words of a search; raise `UserError` for anything else."""
    if not isinstance(search, str) or len(search) > LONGEST_SEARCH:
        raise UserError("search", search, "give words of at most {most} characters", most=LONGEST_SEARCH)
    return search


def available_models(store: RunStore, search: str, *, any_start: bool) -> tuple[ModelEntry, ...]:
    """List the models of a store; without `any_start` neither downloads nor runs, which only their link shows."""
    runs = {folder.run: folder.model for folder in store.all() if find_weights(folder.model)} if any_start else {}
    listed = list_models(search, runs=runs)
    return tuple(each for each in listed if any_start or each.kind == "shipped")


def check_model(store: RunStore, model: str, *, any_start: bool) -> None:
    """Refuse, unless `any_start`, all but shipped models and runs, before torch loads."""
    folder = store.find(model)
    if not any_start and model not in shipped_names() and not (folder and folder.has_model):
        raise UserError("model", model, "choose a shipped model or a run that has saved its model", longest=80)
    resolve_model(model, find_run_model=store.find_run_model)


def model_sign(model: str, store: RunStore) -> tuple[FileSign | None, ...]:
    """Return the signs of the weights and of the configs beside them; raise `UserError` if the name is no model."""
    weights = weights_here(resolve_model(model, find_run_model=store.find_run_model))
    return tuple(file_sign(each) for each in (weights, *sorted(weights.parent.glob("*config.json")))) if weights else ()


def load_model(model: str, *, store: RunStore, is_safe_only: bool, tell: ProgressCallback = no_progress) -> Any:
    """Return the model, cached for the next question; one whose files are other ones by now is loaded again."""
    key = (model, model_sign(model, store), is_safe_only)

    def load(tell: ProgressCallback) -> Any:
        is_first = "torch" not in sys.modules
        from explorer.clip.zoo import load_clip, pick_device

        if is_first:
            exempt_imports()
        return load_clip(
            model, find_run_model=store.find_run_model, device=pick_device(), is_safe_only=is_safe_only, tell=tell
        )

    return MODEL_CACHE.get(key, load, tell=tell)


def exempt_imports() -> None:
    """Exempt all objects that exist now from garbage collection.

    Modules live as long as the process, and those of torch hold 300,000 objects: each full collection would stop all
    threads for a quarter of a second.
    """
    gc.collect()
    gc.freeze()


def show_question(clip: Any, question: PictureQuestion) -> Any:
    """Return the `ShownPictures` of a question, for its answer and for what is behind it."""
    from explorer.evaluation.answers.picture_scores import show_pictures

    return show_pictures(clip, (decode_picture(data, field) for field, data in question.files.items()))


def score_pictures(
    clip: Any, question: PictureQuestion, shown: Any, *, hides_folder: bool = False, mapped: int = 0
) -> ScoredPictures:
    """Return the answer of a model; `mapped` is the number of captions with a relevance map."""
    from explorer.clip.checkpoints import write_snippet
    from explorer.evaluation.answers.picture_scores import answer_question, score_confusions
    from explorer.evaluation.environment import describe_environment

    captions = question.captions
    answer = answer_question(clip, shown, captions, mapped=mapped)
    return ScoredPictures(
        answer=replace(answer, warnings=(*answer.warnings, *question.remarks)),
        confusion=score_confusions(np.array(answer.cosine), _confusions_among(captions)),
        images=question.names,
        snippet=write_snippet(clip, question.names, captions, hides_folder=hides_folder),
        environment=describe_environment(clip.device),
    )


def answer_details(
    clip: Any,
    shown: Any,
    answer: PictureAnswer,
    *,
    right: Sequence[int] | None = None,
    false_details: Sequence[str] | None = None,
    middles: Middles | None = None,
) -> AnswerDetails:
    """Return what an answer rests on; without `right` as many pictures as captions have each their own."""
    from explorer.evaluation.answers.picture_scores import explain_answer

    right = right or [right_caption(answer, picture, has_own=True) for picture in range(answer.picture_count)]
    return explain_answer(clip, shown, answer.captions, right=right, false_details=false_details, middles=middles)


def check_middles(middles: Any) -> Middles | None:
    """Return the middles of two things in a drawn scene, None for none; raise `UserError` for anything else."""
    if middles is None:
        return None
    try:
        (x, y), (u, v) = (map(float, each) for each in middles)
    except (TypeError, ValueError, OverflowError):  # a whole number of hundreds of digits is none of a place
        x = y = u = v = float("nan")
    if not all(0 <= each <= 1 for each in (x, y, u, v)):
        raise UserError("", middles, "give [x, y] of two things, each from 0 to 1", longest=80)
    return (x, y), (u, v)


def check_false_details(kinds: Sequence[str] | None, caption: str, field: str) -> None:
    """Raise `UserError` for a kind of detail that the caption does not get."""
    try:
        fitting = [each.kind for each in half_truths(read_caption(caption))] if kinds else []
    except CaptionError:
        fitting = []
    for kind in kinds or ():
        if kind not in DETAILS:
            raise UserError(field, kind, "choose among {kinds}", kinds=", ".join(DETAILS))
        if kind not in fitting:
            wanted = "the first caption gets no such detail; it gets {kinds}"
            raise UserError(field, kind, wanted, kinds=", ".join(fitting) or "none")


def _confusions_among(captions: Sequence[str]) -> list[int]:
    """Return the columns of the captions that are confusions of the first one."""
    try:
        confused = {confusion.caption for confusion in find_confusions(read_caption(captions[0]))}
    except CaptionError:
        return []
    return [column for column, caption in enumerate(captions) if caption in confused]


def unread_words(store: RunStore, models: Iterable[str], captions: Sequence[str]) -> dict[str, list[str]]:
    """Return by model the words of the captions that it has never read; a model that read them all is left out.

    A model whose tokens are whole words takes any other as one unknown word; a pretrained CLIP reads parts of words.
    """
    words = dict.fromkeys(word for caption in captions for word in caption.lower().translate(PUNCTUATION).split())
    vocabularies = {name: vocabulary for name in models if (vocabulary := _model_vocabulary(store, name)) is not None}
    lacking = {name: [word for word in words if word not in vocabulary] for name, vocabulary in vocabularies.items()}
    return {name: lacked for name, lacked in lacking.items() if lacked}


def _model_vocabulary(store: RunStore, name: str) -> frozenset[str] | None:
    """Return the words of a shipped model or a run; None for any other model, or one that reads parts of words."""
    try:
        run = store.find(name)
        if run is None and name not in shipped_names():
            return None
        return _read_vocabulary((run.model if run else SHIPPED_FOLDER / name) / TOKENIZER_FILE)
    except READING_ERRORS:
        return None


@cache_by_file_time(64)
def _read_vocabulary(path: Path) -> frozenset[str] | None:
    model: Any = read_json(path).get("model", {})
    return frozenset(model["vocab"]) if model.get("type") == "WordLevel" else None
