"""Questions to the saved model of a run: the binding pairs that it was not asked in training, and a typed caption.

    ask_later(store, folder, state)      # a page may call it at each look: such a run is asked once, in a thread
    ask_final_model(store, folder)       # the same at once; the answers are kept in the run folder
    score_typed(store, run, "own", data, 3, "a blue bus and a red submarine").cosines      # {"yours": 0.31, ...}

`read_run` then reads the answers to the pairs as the one checkpoint of the run. Torch is imported by the first
question.
"""

import logging
import threading
from dataclasses import dataclass

from explorer.clip.names import ModelError
from explorer.errors import UserError
from explorer.evaluation import results
from explorer.evaluation.inspection import inspection_scenes
from explorer.evaluation.sets import binding_pairs
from explorer.runs import run_lock
from explorer.runs.outcome import TRAINED_BEFORE, Run
from explorer.runs.store import RunFolder, RunStore
from explorer.spec import DataSpec
from explorer.views.questions import MARKS, load_model
from explorer.world.worlds import WORLDS

YOURS = "yours"
_logger = logging.getLogger(__name__)
_asked: set[RunFolder] = set()
_lock = threading.Lock()


def ask_later(store: RunStore, folder: RunFolder, state: Run) -> threading.Thread | None:
    """Ask the final model in a thread if the state lacks its answers.

    Returns the thread, None if the run was asked before or has answers. A model that cannot be loaded is
    not tried again while this process runs.
    """
    if state.checkpoints or state.why_no_checkpoints != TRAINED_BEFORE:
        return None
    with _lock:
        if folder in _asked:
            return None
        _asked.add(folder)
    thread = threading.Thread(target=_ask, args=(store, folder), name=f"pairs of {folder.run}", daemon=True)
    thread.start()
    return thread


def _ask(store: RunStore, folder: RunFolder) -> None:
    try:
        ask_final_model(store, folder)
    except (UserError, ModelError, OSError) as error:  # the curve of the run stays, with the sentence about its pairs
        _logger.warning("the pairs of %s were not answered: %s", folder.run, error)


def ask_final_model(store: RunStore, folder: RunFolder) -> None:
    """Score the final model of a run without saved answers on the pairs, and save them; imports torch.

    Raises `UserError` if its world has no pairs, or it has not ended with a model.
    """
    status = folder.status()
    if not status.has_ended or not folder.has_model:
        raise UserError("run", folder.run, "has saved no model that could answer")
    spec = folder.spec()
    pairs = binding_pairs(WORLDS[spec.data.world])
    if results.read(folder.pairs, asked=pairs.asked):
        return
    clip = load_model(folder.run, store=store, only_safe=True)
    from explorer.evaluation.embed import PairScorer

    answers = PairScorer(clip, pairs).score(status.step)
    with run_lock.claimed(folder.path) as mine:
        if mine and not results.read(folder.pairs, asked=pairs.asked):
            results.append(folder.pairs, answers)


@dataclass(frozen=True, kw_only=True, slots=True)
class TypedScores:
    """Cosines of a typed caption and of a scene's own ones, and the typed words that the model could not read."""

    cosines: dict[str, float]
    unknown: tuple[str, ...]


def score_typed(store: RunStore, run: str, form: str, data: DataSpec, scene: int, text: str) -> TypedScores:
    """Return the cosines of `text` and of the scene's captions; raise `UserError` for an invalid text."""
    from explorer.evaluation.embed import score_caption, unknown_words

    clip = load_model(run, store=store, only_safe=True)
    shown = inspection_scenes(form, data, WORLDS[data.world], clip.image_size)[scene]
    if clip.words is not None:  # a word is a token, and none has a comma in it
        text = text.translate(MARKS)
    said = {YOURS: text, "the caption": shown.record.caption, "its swap": shown.record.swapped_caption}
    image = shown.image[None]
    cosines = {name: float(score_caption(clip, words, image)[0]) for name, words in said.items() if words}
    return TypedScores(cosines=cosines, unknown=unknown_words(clip, text))
