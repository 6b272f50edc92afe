"""What the lesson shows: pictures with their models, numbers of models and of the study, scenes at each dial.

    found = lesson(here)
    found.see.choices[0].cosines          # of the caption with each picture
    found.dial[0].places[0].words         # the first scene's caption where the dial is lowest

All of it is the same for everybody, so a page without a server carries it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from explorer.clip.names import shipped_names
from explorer.clip.pixels import UPLOADS, small_uri
from explorer.evaluation.inspection import LONGEST_CAPTION
from explorer.evaluation.results import Estimate, Report, Scores, read_report
from explorer.evaluation.sets import binding_pairs
from explorer.evaluation.verdict import verdict
from explorer.presets import preset
from explorer.resources import CHECKPOINTS
from explorer.runs.outcome import read_run
from explorer.runs.store import RunStore
from explorer.spec import DIALS, DataSpec, override
from explorer.study.evidence_store import FROZEN, Evidence, load
from explorer.views.questions import MOST_CAPTIONS, MOST_IMAGES
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.world.preview import preview
from explorer.world.worlds import WORLDS, colored

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
CONDITIONS = (("completeness", "2 objects: 0.5"), ("single-flaws", "incomplete"))
"""Sweeps with the condition that names one of two objects; the first that was run is shown."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Cosines of one model between the caption and each of the two pictures, that of the caption first."""

    model: str
    cosines: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class See:
    """A caption, its picture and the one with the values exchanged, and how shipped models choose."""

    captions: tuple[str, str]
    pictures: tuple[str, str]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Told:
    """A caption as marked words with its swapped one, or why it has none; `both` if it names two objects."""

    words: tuple[dict[str, Any], ...]
    swapped: tuple[dict[str, Any], ...] | None
    why: str | None
    both: bool


@dataclass(frozen=True, kw_only=True)
class DialScene:
    """One scene and its caption at each place of the dial."""

    picture: str
    places: tuple[Told, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A picture to ask a model about."""

    picture: str
    caption: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Published numbers of one shipped model; `recipe` is the title of its preset."""

    name: str
    preset: str
    recipe: str
    seed: str
    steps: int
    batch: int
    device: str
    binding: Estimate
    own: Estimate
    recognition: Estimate

    @property
    def words(self) -> dict[str, str]:
        """Return the placeholders of texts on its training."""
        budget = {"steps": f"{self.steps:,}", "batch": str(self.batch), "device": self.device}
        return {"model": self.name, "recipe": self.recipe, "seed": self.seed, **budget}


@dataclass(frozen=True, kw_only=True, slots=True)
class Surprise:
    """Binding in two forms of caption; `source` is "sweep" or "card", `about` holds its details.

    `kind` is that of the verdict on a sweep. `leaks` names the forms that a caption-only scorer gets right.
    """

    source: str
    kind: str
    short: Estimate
    long: Estimate
    about: Mapping[str, str]
    leaks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Contents of the six steps; `forgetful` is the model of web-like captions."""

    see: See
    cards: tuple[Card, ...]
    forgetful: str
    dial_places: tuple[float, ...]
    dial: tuple[DialScene, ...]
    surprise: Surprise
    offered: tuple[str, ...]
    first_steps: int
    most_steps: int
    asked: tuple[Asked, ...]
    models: tuple[str, ...]
    longest_caption: int


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Limits of a question to a model: pictures of so many MB and million pixels, captions of so many characters."""

    images: int
    megabytes: int
    megapixels: int
    captions: int
    longest_caption: int


@view(is_of_page=True)
def about() -> Asking:
    """The limits of a question, which the page names beside those of the catalog."""
    return Asking(
        images=MOST_IMAGES,
        megabytes=UPLOADS.megabytes,
        megapixels=UPLOADS.megapixels,
        captions=MOST_CAPTIONS,
        longest_caption=LONGEST_CAPTION,
    )


@view(is_of_page=True)
def lesson(here: Service) -> Lesson:
    """The pictures, captions and numbers of the lesson's six steps."""
    places = tuple(float(each) for each in np.round(np.arange(LEAST, 1.0001, float(DIALS[DIAL].step or 0.05)), 10))
    return Lesson(
        see=_see(here.store),
        cards=tuple(cards().values()),
        forgetful=forgetful().name,
        dial_places=places,
        dial=_dial(places),
        surprise=surprise(),
        offered=OFFERED,
        first_steps=FIRST_STEPS,
        most_steps=int(DIALS["steps"].high or 0),
        asked=_asked(),
        models=tuple(shipped_names()),
        longest_caption=LONGEST_CAPTION,
    )


@lru_cache(maxsize=1)
def _see(store: RunStore) -> See:
    """Return the first binding pair, with the answers that were saved with the shipped models."""
    pairs = binding_pairs(WORLDS[WORLD])
    one, other = map(small_uri, pairs.images(SHOWN_PIXELS)[:2])
    states = [read_run(store, name) for name in shipped_names()]
    choices = []
    for state in states:
        if state.checkpoints:
            own, twin = state.checkpoints[-1].cosines[:2]
            choices.append(Choice(model=state.name, cosines=(own[0], twin[1])))
    return See(captions=(pairs.texts[0], pairs.texts[1]), pictures=(one, other), choices=tuple(choices))


@lru_cache(maxsize=1)
def _dial(places: tuple[float, ...]) -> tuple[DialScene, ...]:
    """Return the first scenes of the preset: the dial changes what their captions name and nothing else."""
    base = preset(DIALED).spec
    datas = [override(base, {DIAL: place}).data for place in places]
    seen = [_scenes(data, seed=base.train.seed, count=SCENES) for data in datas]
    return tuple(
        DialScene(
            picture=small_uri(each[0].image),
            places=tuple(
                Told(
                    words=colored(scene.words),
                    swapped=None if scene.swapped_words is None else colored(scene.swapped_words),
                    why=scene.no_swap,
                    both=len(scene.record.mentioned) > 1,
                )
                for scene in each
            ),
        )
        for each in zip(*seen, strict=True)
    )


def _scenes(data: DataSpec, *, seed: int, count: int) -> Sequence[Any]:
    train = preset(DIALED).spec.train
    return preview(data, train, WORLDS[data.world], seed=seed, count=count, size=PIXELS).scenes


@lru_cache(maxsize=1)
def _asked() -> tuple[Asked, ...]:
    found = _scenes(preset(OFFERED[0]).spec.data, seed=1, count=ASKED)
    return tuple(Asked(picture=small_uri(scene.image), caption=scene.record.caption) for scene in found)


@lru_cache(maxsize=1)
def cards() -> dict[str, Card]:
    """Return every shipped model by name, from its card.json."""
    paths = {name: CHECKPOINTS / name / "card.json" for name in shipped_names()}
    return {name: _card(json.loads(path.read_text(encoding="utf-8"))) for name, path in paths.items()}


def forgetful() -> Card:
    """Return the lesson's shipped model of web-like captions."""
    return next(card for card in cards().values() if card.preset == FORGETFUL)


def _card(document: Mapping[str, Any]) -> Card:
    scores = read_report(document, name="card.json").scores
    return Card(
        name=document["name"],
        preset=document["preset"],
        recipe=preset(document["preset"]).title,
        seed=str(document["seed"]),
        steps=document["budget"]["steps"],
        batch=document["spec"]["train"]["batch_size"],
        device=document["device"],
        binding=scores.canonical["binding_accuracy"],
        own=scores.of("own")["binding_accuracy"],
        recognition=scores.canonical["recognition_accuracy"],
    )


def surprise(folder: Path = FROZEN) -> Surprise:
    """Return frozen evidence with an interval if there is some, else the card of a shipped model."""
    for name, label in CONDITIONS:
        evidence = load(name, folder)
        found = _of_sweep(evidence, label) if evidence else None
        if found:
            return found
    card = forgetful()
    return Surprise(source="card", kind="", short=card.own, long=card.binding, about=card.words)


def _of_sweep(evidence: Evidence, label: str) -> Surprise | None:
    """Return the condition in its own captions, which name one object, and in complete ones, which name both."""
    condition = evidence.condition(label)
    if condition is None:
        return None
    own, complete = (condition.score(form, "binding_accuracy") for form in ("own", "complete"))
    if own is None or complete is None or own.mean.low is None or complete.mean.low is None:
        return None
    asked = {"own": own, "complete": complete}
    scores = Scores(forms={form: {"binding_accuracy": found.mean} for form, found in asked.items()})
    about = {
        "seeds": str(own.mean.n),
        "scenes": f"{min(point.n for found in asked.values() for point in found.points):,}",
        "steps": str(condition.steps),
        "batch": str(condition.batch_size),
        "device": ", ".join(evidence.devices),
        "version": ", ".join(evidence.recipes),
        "sweep": evidence.name,
    }
    blind = {form: condition.control("caption_only", form) for form in asked}
    return Surprise(
        source="sweep",
        kind=verdict(Report(scores=scores, spec=condition.run_spec())).kind,
        short=own.mean,
        long=complete.mean,
        about=about,
        leaks=tuple(form for form, control in blind.items() if control and control.is_above_chance),
    )
