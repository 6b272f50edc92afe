"""The model of a run that has no answers to the binding pairs, as runs of earlier versions have none: it is asked once.

ask_later(store, folder, state)      # in a thread, if the state lacks its answers
is_being_asked(folder)               # True while that thread has the run
"""

import logging
import threading

from explorer.clip.names import ModelError
from explorer.errors import UserError
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.pair_answers import append_answers, read_answers
from explorer.files import FileSign, file_sign
from explorer.runs import run_lock
from explorer.runs.file_names import SPEC_FILE
from explorer.runs.folder import RunFolder
from explorer.runs.state import TRAINED_BEFORE, TrainingState
from explorer.runs.store import RunStore
from explorer.views.asked_models import load_model
from explorer.world.worlds import get_world

_logger = logging.getLogger(__name__)
_asked_runs: dict[tuple[RunFolder, FileSign | None], threading.Thread] = {}
"""By folder and sign of its spec: a run that is deleted and brought again has the same name."""
_asking_lock = threading.Lock()


def ask_later(store: RunStore, folder: RunFolder, state: TrainingState) -> threading.Thread | None:
    """Ask the final model in a thread if the state lacks its answers.

    Returns the thread, None if the run was asked before or has answers. A model that cannot be loaded is
    not tried again while this process runs.
    """
    if state.answers or state.why_no_answers != TRAINED_BEFORE:
        return None

    def ask() -> None:
        try:
            ask_final_model(store, folder)
        except (UserError, ModelError, OSError) as error:  # the curve of the run stays, with what its pairs lack
            _logger.warning("the pairs of %s were not answered: %s", folder.run, error)

    with _asking_lock:
        if (key := _key_of(folder)) in _asked_runs:
            return None
        thread = _asked_runs[key] = threading.Thread(target=ask, name=f"pairs of {folder.run}", daemon=True)
        thread.start()
    return thread


def is_being_asked(folder: RunFolder) -> bool:
    """Return True while a thread of `ask_later` has the run."""
    thread = _asked_runs.get(_key_of(folder))
    return thread is not None and thread.is_alive()


def _key_of(folder: RunFolder) -> tuple[RunFolder, FileSign | None]:
    return folder, file_sign(folder.path / SPEC_FILE)


def ask_final_model(store: RunStore, folder: RunFolder) -> None:
    """Score the final model of a run without saved answers on the pairs, and save them; imports torch.

    Raises `UserError` if its world has no pairs, it has not ended with a model, or the answers are no numbers.
    """
    status = folder.status()
    if not status.has_ended or not folder.has_model:
        raise UserError("run", folder.run, "has saved no model that could answer")
    spec = folder.spec()
    pairs = binding_pairs(get_world(spec.data.world))
    if read_answers(folder.pairs, question_digest=pairs.digest):
        return
    # Nobody has asked this model: the run is only looked at, and may have come as a zip.
    clip = load_model(folder.run, store=store, is_safe_only=True)
    from explorer.evaluation.snapshots import PairScorer

    answers = PairScorer(clip, pairs).score(status.step)
    if not answers.is_finite:  # each weight is a number, but what the model makes of a scene is none
        raise UserError("run", folder.run, "its answers to the pairs are no numbers")
    with run_lock.hold_claim(folder.path) as is_held:
        if is_held and not read_answers(folder.pairs, question_digest=pairs.digest):
            append_answers(folder.pairs, answers)
