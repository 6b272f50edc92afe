"""The content of the lesson: pictures with their models, numbers of models and of the study, scenes at each dial.

    numbers = lesson(service)
    numbers["see"]["choices"][0]["cosines"]   # of the caption with each picture
    numbers["dial"][0]["places"][0]["words"]  # the first scene's caption where the dial is lowest

All of it is the same for everybody, so a page without a server carries it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.clip.card import CARD_FILE
from explorer.clip.names import shipped_names
from explorer.clip.pixels import webp_uri
from explorer.codec import JsonDict
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.inspection import PICTURE_PIXELS
from explorer.evaluation.results import Report, Scores, read_report
from explorer.evaluation.verdict import judge_report
from explorer.presets import TIDY_RECIPE, get_preset
from explorer.resources import FROZEN_FOLDER, SHIPPED_FOLDER
from explorer.runs.files import read_json
from explorer.runs.state import read_run
from explorer.runs.store import RunStore
from explorer.spec import DIALS, DataSpec, override
from explorer.study.evidence_store import load_dots, load_evidence, load_fourth
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.world.preview import PreviewScene, preview
from explorer.world.things import THINGS
from explorer.world.worlds import color_words, get_world

SCENE_PIXELS = 128
LESSON_DIAL = "caption_completeness"
"""The dial that the lesson turns, of the tidy recipe."""
MIN_COMPLETENESS = 0.5
"""Lowest place of the dial: with two objects in the image, a caption names at least one."""
NUM_DIAL_SCENES, NUM_ASKED_PICTURES = 6, 4
"""Scenes of the dial, and pictures to ask a model about."""
FORGETFUL_PRESET = "web-like"
"""Preset of the lesson's shipped model."""
OFFERED_PRESETS = (TIDY_RECIPE, "incomplete", FORGETFUL_PRESET)
"""Presets to train in the lesson."""
FIRST_STEPS = 90
ASKED_FORMS = ("canonical", "single")
"""Forms in which the study asks the models of the last step: about two things, and about one."""
SURPRISE_SWEEP, SURPRISE_CONDITION = "completeness", "2 objects: 0.5"
"""Frozen sweep, and its condition that names one of two objects."""


@view(is_of_page=True)
def lesson(service: Service) -> JsonDict:
    """Return the pictures, captions and numbers of the lesson's seven steps."""
    cards = _model_cards()
    dial_places = tuple(
        float(each)
        for each in np.round(np.arange(MIN_COMPLETENESS, 1.0001, float(DIALS[LESSON_DIAL].step or 0.05)), 10)
    )
    return {
        "see": _first_pair(service.store),
        "cards": cards,
        "forgetful": next(card["name"] for card in cards if card["preset"] == FORGETFUL_PRESET),
        "dial_places": dial_places,
        "dial": _dial_scenes(dial_places),
        "surprise": _surprise(),
        "offered": OFFERED_PRESETS,
        "first_steps": FIRST_STEPS,
        "most_steps": int(DIALS["steps"].high or 0),
        "asked": _asked_pictures(),
        "models": shipped_names(),
        "order": _order(),
    }


@lru_cache(maxsize=1)
def _first_pair(store: RunStore) -> JsonDict:
    """Return the first binding pair, and how shipped models choose, by the answers that were saved with them.

    Cosines are those of the caption with its own picture and with the one in which the values are exchanged.
    """
    pairs = binding_pairs(THINGS)
    finals = {name: answers[-1] for name in shipped_names() if (answers := read_run(store, name).answers)}
    return {
        "captions": pairs.texts[:2],
        "pictures": [webp_uri(image) for image in pairs.images(PICTURE_PIXELS)[:2]],
        "choices": [
            {"model": name, "cosines": (final.cosines[0][0], final.cosines[1][1])} for name, final in finals.items()
        ],
    }


@lru_cache(maxsize=1)
def _dial_scenes(dial_places: tuple[float, ...]) -> list[JsonDict]:
    """Return the first scenes of the preset: the dial changes what their captions name and nothing else."""
    base = get_preset(TIDY_RECIPE).spec
    datas = [override(base, {LESSON_DIAL: place}).data for place in dial_places]
    scenes_by_place = [_scenes(data, seed=base.train.seed, count=NUM_DIAL_SCENES) for data in datas]
    return [
        {"picture": webp_uri(each[0].image), "places": [_marked_caption(scene) for scene in each]}
        for each in zip(*scenes_by_place, strict=True)
    ]


def _marked_caption(scene: PreviewScene) -> JsonDict:
    """Return a caption as marked words with its swapped one, or why it has none; `both` if it names two objects."""
    return {
        "words": color_words(scene.words),
        "swapped": None if scene.swapped_words is None else color_words(scene.swapped_words),
        "why": scene.no_swap,
        "both": len(scene.record.mentioned) > 1,
    }


def _scenes(data: DataSpec, *, seed: int, count: int) -> Sequence[PreviewScene]:
    train = get_preset(TIDY_RECIPE).spec.train
    return preview(data, train, get_world(data.world), seed=seed, count=count, size=SCENE_PIXELS).scenes


@lru_cache(maxsize=1)
def _asked_pictures() -> list[JsonDict]:
    scenes = _scenes(get_preset(TIDY_RECIPE).spec.data, seed=1, count=NUM_ASKED_PICTURES)
    return [{"picture": webp_uri(scene.image), "caption": scene.record.caption} for scene in scenes]


@lru_cache(maxsize=1)
def _model_cards() -> list[JsonDict]:
    """Return the published numbers of every shipped model, from its card.json."""
    return [_model_card(read_json(SHIPPED_FOLDER / name / CARD_FILE)) for name in shipped_names()]


def _model_card(document: Mapping[str, Any]) -> JsonDict:
    scores = read_report(document, name=CARD_FILE).scores
    return {
        "name": document["name"],
        "preset": document["preset"],
        "recipe": get_preset(document["preset"]).title,
        "seed": str(document["seed"]),
        "steps": document["budget"]["steps"],
        "batch": document["spec"]["train"]["batch_size"],
        "device": document["device"],
        "binding": scores.canonical["binding_accuracy"],
        "own": scores.of("own")["binding_accuracy"],
        "recognition": scores.canonical["recognition_accuracy"],
    }


def _surprise() -> JsonDict:
    """Return binding at half completeness in its own captions, which name one object, and in those that name both.

    `kind` is that of the verdict on both, `leaks` names the forms that a caption-only scorer gets right.
    """
    evidence: Any = load_evidence(SURPRISE_SWEEP, FROZEN_FOLDER)  # it comes with this package
    condition = evidence.condition(SURPRISE_CONDITION)
    scores_by_form = {form: condition.score(form, "binding_accuracy") for form in ("own", "complete")}
    scores = Scores(
        forms={form: {"binding_accuracy": condition_scores.mean} for form, condition_scores in scores_by_form.items()}
    )
    blind = {form: condition.control("caption_only", form) for form in scores_by_form}
    return {
        "kind": judge_report(Report(scores=scores, spec=condition.run_spec())).kind,
        "short": scores_by_form["own"].mean,
        "long": scores_by_form["complete"].mean,
        "about": {
            "seeds": str(scores_by_form["own"].mean.n),
            "scenes": f"{min(point.n for scores in scores_by_form.values() for point in scores.points):,}",
            "steps": str(condition.steps),
            "batch": str(condition.batch_size),
            "device": ", ".join(evidence.devices),
            "version": ", ".join(evidence.protocols),
            "sweep": evidence.name,
        },
        "leaks": [form for form, control in blind.items() if control and control.is_above_chance],
    }


@lru_cache(maxsize=1)
def _order() -> JsonDict:
    """Return how models ended that read web-like captions, fresh and after tidy ones, and a control that tells less.

    `ends` holds each model's share of pictures that found their caption, asked about two things and about one; `bound`
    is how many of the models bind at their end, `phases` the pairs that they read of each kind of captions, `lost` how
    many lost it on the way, and `state` what the study finds of the two, see `research.fourth_page`.
    """
    fourth: Any = load_fourth(FROZEN_FOLDER)  # they come with this package
    trainings: Any = load_dots(FROZEN_FOLDER)
    sweeps = {each["name"]: each["cells"] for each in trainings["sweeps"]}

    def end_of(cell: JsonDict) -> JsonDict:
        rows = next(each["trainings"] for each in sweeps[cell["sweep"]] if each["label"] == cell["label"])
        return {
            "phases": cell["phases"],
            "ends": {form: [row["ends"][form][0] for row in rows] for form in ASKED_FORMS},
            "bound": {form: cell["forms"][form]["bound_at_end"] for form in ASKED_FORMS},
        }

    return {side: end_of(fourth["order"][side]["cell"]) for side in ("fresh", "after", "control")} | {
        "state": fourth["order"]["state"],
        "lost": fourth["order"]["after"]["lost"],
        "engine": fourth["engine"],
    }
