"""What the lesson shows: pictures with their models, numbers of models and of the study, scenes at each dial.

    found = lesson(here)
    found["see"]["choices"][0]["cosines"]       # of the caption with each picture
    found["dial"][0]["places"][0]["words"]      # the first scene's caption where the dial is lowest

All of it is the same for everybody, so a page without a server carries it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.clip.card import FILE
from explorer.clip.names import shipped_names
from explorer.clip.pixels import UPLOADS, small_uri
from explorer.evaluation.inspection import LONGEST_CAPTION
from explorer.evaluation.question import MOST_CAPTIONS, MOST_IMAGES
from explorer.evaluation.results import Report, Scores, read_report
from explorer.evaluation.sets import binding_pairs
from explorer.evaluation.verdict import verdict
from explorer.presets import find_preset
from explorer.resources import CHECKPOINTS
from explorer.runs.files import read_json
from explorer.runs.outcome import read_run
from explorer.runs.store import RunStore
from explorer.spec import DIALS, DataSpec, override
from explorer.study.evidence_store import FROZEN, load
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.world.preview import PreviewScene, preview
from explorer.world.worlds import WORLDS, colored

Json = dict[str, Any]
WORLD = "things"
SHOWN_PIXELS, PIXELS = 192, 128
DIAL, DIALED = "caption_completeness", "binding-friendly"
LEAST = 0.5
"""Lowest place of the dial: with two objects in the image, a caption names at least one."""
SCENES, ASKED = 6, 4
"""Scenes of the dial, and pictures to ask a model about."""
OFFERED = ("binding-friendly", "incomplete", "web-like")
"""Presets to train in the lesson."""
FIRST_STEPS = 90
FORGETFUL = "web-like"
"""Preset of the lesson's shipped model."""
SWEEP, CONDITION = "completeness", "2 objects: 0.5"
"""Frozen sweep, and its condition that names one of two objects."""


@view(is_of_page=True)
def about() -> Json:
    """The limits of a question, which the page names beside those of the catalog."""
    return {
        "images": MOST_IMAGES,
        "megabytes": UPLOADS.megabytes,
        "megapixels": UPLOADS.megapixels,
        "captions": MOST_CAPTIONS,
        "longest_caption": LONGEST_CAPTION,
    }


@view(is_of_page=True)
def lesson(here: Service) -> Json:
    """The pictures, captions and numbers of the lesson's six steps."""
    cards = _cards()
    places = tuple(float(each) for each in np.round(np.arange(LEAST, 1.0001, float(DIALS[DIAL].step or 0.05)), 10))
    return {
        "see": _see(here.store),
        "cards": cards,
        "forgetful": next(card["name"] for card in cards if card["preset"] == FORGETFUL),
        "dial_places": places,
        "dial": _dial(places),
        "surprise": _surprise(),
        "offered": OFFERED,
        "first_steps": FIRST_STEPS,
        "most_steps": int(DIALS["steps"].high or 0),
        "asked": _asked(),
        "models": shipped_names(),
        "longest_caption": LONGEST_CAPTION,
    }


@lru_cache(maxsize=1)
def _see(store: RunStore) -> Json:
    """Return the first binding pair, and how shipped models choose, by the answers that were saved with them.

    Cosines are those of the caption with its own picture and with the one in which the values are exchanged.
    """
    pairs = binding_pairs(WORLDS[WORLD])
    finals = {name: found[-1] for name in shipped_names() if (found := read_run(store, name).checkpoints)}
    return {
        "captions": pairs.texts[:2],
        "pictures": [small_uri(image) for image in pairs.images(SHOWN_PIXELS)[:2]],
        "choices": [
            {"model": name, "cosines": (final.cosines[0][0], final.cosines[1][1])} for name, final in finals.items()
        ],
    }


@lru_cache(maxsize=1)
def _dial(places: tuple[float, ...]) -> list[Json]:
    """Return the first scenes of the preset: the dial changes what their captions name and nothing else."""
    base = find_preset(DIALED).spec
    datas = [override(base, {DIAL: place}).data for place in places]
    seen = [_scenes(data, seed=base.train.seed, count=SCENES) for data in datas]
    return [
        {"picture": small_uri(each[0].image), "places": [_told(scene) for scene in each]}
        for each in zip(*seen, strict=True)
    ]


def _told(scene: PreviewScene) -> Json:
    """Return a caption as marked words with its swapped one, or why it has none; `both` if it names two objects."""
    return {
        "words": colored(scene.words),
        "swapped": None if scene.swapped_words is None else colored(scene.swapped_words),
        "why": scene.no_swap,
        "both": len(scene.record.mentioned) > 1,
    }


def _scenes(data: DataSpec, *, seed: int, count: int) -> Sequence[PreviewScene]:
    train = find_preset(DIALED).spec.train
    return preview(data, train, WORLDS[data.world], seed=seed, count=count, size=PIXELS).scenes


@lru_cache(maxsize=1)
def _asked() -> list[Json]:
    found = _scenes(find_preset(OFFERED[0]).spec.data, seed=1, count=ASKED)
    return [{"picture": small_uri(scene.image), "caption": scene.record.caption} for scene in found]


@lru_cache(maxsize=1)
def _cards() -> list[Json]:
    """Return the published numbers of every shipped model, from its card.json."""
    return [_card(read_json(CHECKPOINTS / name / FILE)) for name in shipped_names()]


def _card(document: Mapping[str, Any]) -> Json:
    scores = read_report(document, name=FILE).scores
    return {
        "name": document["name"],
        "preset": document["preset"],
        "recipe": find_preset(document["preset"]).title,
        "seed": str(document["seed"]),
        "steps": document["budget"]["steps"],
        "batch": document["spec"]["train"]["batch_size"],
        "device": document["device"],
        "binding": scores.canonical["binding_accuracy"],
        "own": scores.of("own")["binding_accuracy"],
        "recognition": scores.canonical["recognition_accuracy"],
    }


def _surprise() -> Json:
    """Return binding at half completeness in its own captions, which name one object, and in those that name both.

    `kind` is that of the verdict on both, `leaks` names the forms that a caption-only scorer gets right.
    """
    evidence: Any = load(SWEEP, FROZEN)  # it comes with this package
    condition = evidence.condition(CONDITION)
    asked = {form: condition.score(form, "binding_accuracy") for form in ("own", "complete")}
    scores = Scores(forms={form: {"binding_accuracy": found.mean} for form, found in asked.items()})
    blind = {form: condition.control("caption_only", form) for form in asked}
    return {
        "kind": verdict(Report(scores=scores, spec=condition.run_spec())).kind,
        "short": asked["own"].mean,
        "long": asked["complete"].mean,
        "about": {
            "seeds": str(asked["own"].mean.n),
            "scenes": f"{min(point.n for found in asked.values() for point in found.points):,}",
            "steps": str(condition.steps),
            "batch": str(condition.batch_size),
            "device": ", ".join(evidence.devices),
            "version": ", ".join(evidence.recipes),
            "sweep": evidence.name,
        },
        "leaks": [form for form, control in blind.items() if control and control.is_above_chance],
    }
