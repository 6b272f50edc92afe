"""The model that a pupil's device has trained: checked, and scored on scenes of the room.

    score = score_model(Path("sent.safetensors"), spec, world, "KRTM")
    score.share                     # 0.91: pictures of the room's scenes that find their own caption
    score.found                     # of the pictures of the binding pairs, what each scores: 1 if it finds its own

The file is anybody's. It must be safetensors in half precision, with the names and shapes of the small model for the
words of the world, and numbers alone; everything else is one sentence. Nor may it be a model that is shipped, which no
device has trained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from explorer.classroom.deal import scenes_seed
from explorer.clip.checked_files import ModelFileError, TensorHeader, read_header
from explorer.clip.fresh import fresh_clip
from explorer.clip.names import WEIGHTS_FILE, shipped_names
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.metrics import pairwise
from explorer.resources import SHIPPED_FOLDER
from explorer.spec import RunSpec
from explorer.world.grammar import Grammar
from explorer.world.things import World

MAX_MODEL_BYTES = 4_000_000
"""The small model has 2.9 million bytes in half precision; this leaves room for its header."""
NUM_SCORED_SCENES = 400
WEIGHTS_DTYPE = "F16"
SAMPLE_STRIDE, MAX_LIKENESS = 16, 0.9
"""Every so many weights are compared with those of the shipped models; a model that is more alike is one of them."""
WORD_WEIGHTS = "token_embedding.weight"
"""The weights of which each word of the world has a row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelScore:
    """Score of a model in a class.

    Attributes:
        share: Share of scenes of the room, in the training's own captions, whose picture finds its caption.
        found: Of both pictures of each binding pair of the world, 1 if it finds its own caption, a half for a tie.
    """

    share: float
    found: tuple[float, ...]


def score_model(path: Path, spec: RunSpec, world: World, code: str) -> ModelScore:
    """Return what the model of a file gets right on scenes of the room and on the pairs of the world.

    Raises:
        UserError: the file is not a small model in half precision.
    """
    from safetensors.torch import load_model

    from explorer.evaluation.report import QuickEvaluation
    from explorer.evaluation.snapshots import PairScorer

    grammar = Grammar(world, spec.data)
    try:
        _check_weights(path, grammar.words)
    except ModelFileError as error:
        raise UserError("model", NO_VALUE, error) from None
    clip = fresh_clip(spec.train, grammar)
    load_model(clip.model, path)
    evaluation = QuickEvaluation(clip, world, spec.data, seed=scenes_seed(code), count=NUM_SCORED_SCENES)
    try:
        share = evaluation.measure_form("own")["binding_accuracy"].value
        cosines = PairScorer(clip, binding_pairs(world)).score(spec.train.steps).cosines
    except ValueError:  # each weight is a number, but what the model makes of a scene is none
        raise UserError("model", NO_VALUE, "its answers to scenes are no numbers") from None
    assert share is not None, spec.data
    return ModelScore(share=share, found=tuple(pairwise(*np.array(cosines).T).tolist()))


def _check_weights(path: Path, words: Sequence[str]) -> None:
    tensors, expected = read_header(path), _expected_shapes(len(words))
    if strange := next((name for name in tensors if name not in expected), None):
        raise ModelFileError(f"its weights hold {strange[:60]!a}, which the small model does not have")
    for name, shape in expected.items():
        if name not in tensors:
            raise ModelFileError(f"its weights have no {name}")
        if tensors[name] != TensorHeader(dtype=WEIGHTS_DTYPE, shape=shape):
            given, allowed = ("x".join(map(str, sides)) or "one number" for sides in (tensors[name].shape, shape))
            raise ModelFileError(f"its {name} is {given} in {tensors[name].dtype}, give {allowed} in {WEIGHTS_DTYPE}")
    weights = load_file(path)
    if unfit := next((name for name, numbers in weights.items() if not np.isfinite(numbers).all()), None):
        raise ModelFileError(f"its weights {unfit} hold what is no number")
    sample = _sample_weights(weights)
    if shipped := next((name for name, known in _shipped_samples().items() if sample @ known > MAX_LIKENESS), None):
        raise ModelFileError(f"it is {shipped}, which is shipped with the app; a device sends what it has trained")


def _sample_weights(weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return every `SAMPLE_STRIDE`th weight that is not of a word, by name, as one vector of length 1."""
    names = sorted(set(weights) - {WORD_WEIGHTS})
    parts = [weights[name].ravel()[::SAMPLE_STRIDE].astype(np.float64) for name in names]
    sample = np.concatenate(parts)
    return sample / max(float(np.linalg.norm(sample)), 1e-9)


@lru_cache(maxsize=1)
def _shipped_samples() -> dict[str, np.ndarray]:
    return {name: _sample_weights(load_file(SHIPPED_FOLDER / name / WEIGHTS_FILE)) for name in shipped_names()}


@lru_cache(maxsize=8)
def _expected_shapes(num_words: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the small model, which the shipped ones have too but for the number of their words."""
    header = read_header(SHIPPED_FOLDER / shipped_names()[0] / WEIGHTS_FILE)
    shapes = {name: tensor.shape for name, tensor in header.items()}
    return shapes | {WORD_WEIGHTS: (num_words, *shapes[WORD_WEIGHTS][1:])}
