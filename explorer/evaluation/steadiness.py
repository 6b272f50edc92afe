"""Steadiness and half-truths of a model on drawn scenes, whose truth is known, so that models can be compared.

    measure_wordings(clip, evaluation_set, picture_features)     # how many of a scene's wordings keep the answer
    measure_half_truths(clip, evaluation_set, picture_features)  # how often a false detail wins, and a true one

Scenes are those of the canonical form: two objects, A and B. A half-truth adds a detail to the caption of A alone; its
control is a true detail of equal length, since a longer caption may win whatever it says:

    object       a red bus and a blue car            a red bus and a blue cat, where there is no cat
    attribute    a red bus and a blue car            a red bus and a green car
    count        a red bus and one blue car          a red bus and three blue cars
    place        a red bus on the left               a red bus on the right
    relation     a red bus left of a blue car        a red bus right of a blue car

Place and relation are asked where the boxes of the two objects leave no doubt. A model whose tokenizer lacks a word of
a kind is not asked that kind, so the small models get the first two.
"""

from dataclasses import dataclass

import numpy as np

from explorer.captions.half_truths import CLEAR_SHARE, plural_of
from explorer.captions.lexicon import with_article
from explorer.captions.reading import read_caption
from explorer.captions.wordings import WORDINGS, other_wordings
from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.answers.rewording import keep_verdict
from explorer.evaluation.embed import embed_distinct_texts
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import EvaluationSet
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer

STEADINESS_DEFINITIONS: dict[str, str] = metrics.MEASURE_WORDS["steadiness"]
HALF_TRUTH_KINDS = ("object", "attribute", "count", "place", "relation")


@dataclass(frozen=True, kw_only=True, slots=True)
class DetailedScene:
    """A caption of one object of a scene, and it with one detail more, true and false."""

    scene: int
    caption: str
    true: str
    false: str


def measure_wordings(clip: Clip, evaluation_set: EvaluationSet, picture_features: np.ndarray) -> dict[str, Estimate]:
    """Measure how often another wording of caption and swap keeps the answer, over scenes and wordings.

    `picture_features` (N, D) are those of the canonical scenes of `evaluation_set`.

    The estimate of each wording, by the names of `WORDINGS`, is over scenes; those that the model cannot read are left
    out. "steady" is the mean over scenes of the share of their wordings. Its n is that of scenes, as the wordings of
    one are no draws of their own; Wilson's interval is then no narrower than that of the mean.
    """
    grammar = Grammar(evaluation_set.plan.world)
    captions, swaps = (
        grammar.texts(grammar.ids(each)) for each in (evaluation_set.caption, evaluation_set.swapped.captions)
    )
    pairs = list(zip(captions, swaps, strict=True))
    rows = [{each.kind: each.text for each in other_wordings(read_caption(text))} for pair in pairs for text in pair]
    read = [
        kind
        for kind in WORDINGS
        if all(kind in row for row in rows) and not clip.unknown_words(" ".join(row[kind] for row in rows))
    ]
    texts = [text for pair in pairs for text in pair] + [row[kind] for kind in read for row in rows]
    blocks = embed_distinct_texts(clip, texts).reshape(1 + len(read), len(picture_features), 2, -1)
    answers = np.stack([metrics.cosine(picture_features, block) for block in blocks])  # (1 + kinds, N, 2)
    same = keep_verdict((answers[:, :, 0] - answers[:, :, 1]).T).astype(np.float64)  # (N, kinds)
    by_kind = {kind: metrics.estimate_share(same[:, index], None) for index, kind in enumerate(read)}
    return ({"steady": metrics.estimate_share(same.mean(axis=1), None)} if read else {}) | by_kind


def measure_half_truths(clip: Clip, evaluation_set: EvaluationSet, picture_features: np.ndarray) -> dict[str, Estimate]:
    """Measure how often a caption with a wrong detail is nearer than the caption without it, by kind and over all.

    `picture_features` (N, D) are those of the canonical scenes of `evaluation_set`.

    "fooled" and "fooled_KIND" are those shares, "longer" and "longer_KIND" the shares of the true details, and "chosen"
    and "chosen_KIND" how often the true detail is nearer than the false one. Over all kinds each scene has its mean, so
    n is that of scenes.
    """
    found = {
        name: np.full((len(picture_features), len(HALF_TRUTH_KINDS)), np.nan) for name in ("fooled", "longer", "chosen")
    }
    estimates: dict[str, Estimate] = {}
    for column, (kind, scenes) in enumerate(detailed_scenes(evaluation_set, clip.image_size).items()):
        texts = [text for each in scenes for text in (each.caption, each.true, each.false)]
        if not scenes or clip.unknown_words(" ".join(texts)):
            continue
        features = embed_distinct_texts(clip, texts).reshape(len(scenes), 3, -1)
        rows = [each.scene for each in scenes]
        alone, true, false = metrics.cosine(picture_features[rows], features).T
        shares = {
            "fooled": metrics.pairwise(false, alone),
            "longer": metrics.pairwise(true, alone),
            "chosen": metrics.pairwise(true, false),
        }
        for name, share in shares.items():
            found[name][rows, column] = share
            estimates[f"{name}_{kind}"] = metrics.estimate_share(share, 0.5)
    if not estimates:
        return {}
    is_asked = ~np.isnan(found["fooled"]).all(axis=1)
    overall = {name: metrics.estimate_share(np.nanmean(each[is_asked], axis=1), 0.5) for name, each in found.items()}
    return overall | estimates


def detailed_scenes(evaluation_set: EvaluationSet, size: int) -> dict[str, list[DetailedScene]]:
    """Return by kind the captions of the scenes with a true and with a false detail; see the module."""
    world, scenes = evaluation_set.plan.world, evaluation_set.scenes
    boxes = Renderer(evaluation_set.plan, size=size).atlas.boxes(scenes) / size
    words, colors = [noun.word for noun in world.nouns], [value.word for value in world.kinds[0].values]
    found: dict[str, list[DetailedScene]] = {kind: [] for kind in HALF_TRUTH_KINDS}
    for row in range(len(scenes)):
        one, other = (int(each) for each in scenes.nouns[row])
        own, their = (int(each) for each in scenes.values[row, :, 0])
        first, second = f"{colors[own]} {words[one]}", f"{colors[their]} {words[other]}"
        # The next ones on the list, so that every noun and color stands in for others alike.
        absent = _next_free(len(words), row, {one, other})
        wrong = _next_free(len(colors), row, {own, their})
        many = plural_of(words[other])
        details_by_kind = {
            "object": (f"and {with_article(second)}", f"and {with_article(f'{colors[their]} {words[absent]}')}"),
            "attribute": (f"and {with_article(second)}", f"and {with_article(f'{colors[wrong]} {words[other]}')}"),
            "count": (f"and one {second}", f"and three {colors[their]} {many}") if many else None,
            **_sides(boxes[row], second),
        }
        for kind, details in details_by_kind.items():
            if details is not None:
                true, false = (f"{with_article(first)} {detail}" for detail in details)
                found[kind].append(DetailedScene(scene=row, caption=with_article(first), true=true, false=false))
    return found


def _sides(boxes: np.ndarray, second: str) -> dict[str, tuple[str, str] | None]:
    """Return place and relation of the first of two objects (2, 4), true and false; None where they are unclear."""
    middle, other = (float(each) for each in boxes[:, 0] + boxes[:, 2] / 2)
    true, false = ("left", "right") if middle < other else ("right", "left")
    is_clear = abs(middle - other) >= CLEAR_SHARE
    on_its_side = is_clear and (middle < 0.5) == (true == "left")
    return {
        "place": (f"on the {true}", f"on the {false}") if on_its_side else None,
        "relation": (f"{true} of {with_article(second)}", f"{false} of {with_article(second)}") if is_clear else None,
    }


def _next_free(count: int, start: int, taken: set[int]) -> int:
    return next(each % count for each in range(start, start + count) if each % count not in taken)
