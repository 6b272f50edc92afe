"""The lesson as one HTML page: six steps; the script assets/js/lesson.js shows one and marks those done.

    lesson_page(Texts.load("en"), notes=[])        # "<!doctype html>..."
    dial_scenes(0.5)                               # the scenes of step three at one place of its dial
    meter(Number(value=0.51, low=0.48, high=0.54), texts)

A step is a template of `templates/lesson`, and a function here that brings its values. Scenes, marked captions,
budgets and cards come from the tabs' modules.

    texts = Texts.load("zh")                    # one file per language with the same keys
    texts.say("guess.yours", guess=70)          # "你猜的是 70 %。", escaped for HTML
    texts.all                                   # for the script, which fills placeholders itself
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType

from markupsafe import Markup, escape

from explorer.classroom.lesson_numbers import Number, Surprise, cards, forgetful, surprise
from explorer.clip.names import shipped_names
from explorer.evaluation.user_probe import ProbeAnswer
from explorer.pages.i18n.translator import LANGUAGES, TAGS
from explorer.pages.probe import example
from explorer.pages.shared.scene_cards import scene_figure
from explorer.pages.shared.state import notes_html
from explorer.pages.shared.templates import macro, rendered
from explorer.pages.shared.theme import role_css
from explorer.presets import preset
from explorer.resources import ASSETS
from explorer.service.endpoints import data_uri
from explorer.service.outcome_types import CurvePoint, Final
from explorer.service.probing import LONGEST_CAPTION
from explorer.spec import DIALS, DataSpec, RunSpec, override
from explorer.world.preview import Preview, preview
from explorer.world.worlds import WORLDS

DIAL, DIALED = "caption_completeness", "binding-friendly"
LEAST = 0.5
"""Lowest place of the dial: with two objects in the image, a caption names at least one."""
SCENES, PIXELS = 6, 128
STEPS = ("see", "guess", "dial", "form", "train", "probe")
SHOWN = (1, 0)
"""Order of the example's pictures, in which the right one is not the first."""
LETTERS = "AB"
OFFERED = ("binding-friendly", "incomplete", "web-like")
"""Presets to train in the lesson."""
FIRST_STEPS = 90
ASKED = 4
"""Number of pictures to ask a model about."""
_OWN: Mapping[str, str] = MappingProxyType({})
LESSONS = ASSETS / "lessons"


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """Every text of one language by its key."""

    language: str
    all: Mapping[str, str]

    @classmethod
    def load(cls, language: str) -> "Texts":
        """Load the texts of a language of `translations.LANGUAGES`."""
        return cls(language=language, all=_read(language))

    def say(self, key: str, **values: object) -> Markup:
        """Return the text with its placeholders filled, as HTML."""
        return escape(self.all[key].format(**values))


def lesson_page(texts: Texts, notes: list[str], *, mode: str = "", templates: Mapping[str, str] = _OWN) -> str:
    """Return the whole page in one language.

    Args:
        texts: those of the language.
        notes: a sentence for each part of the address that was left out.
        mode: the sentence on the training hardware, see `mode_sentence`.
        templates: names of templates other than a step's own.
    """
    values: dict[str, Callable[[], dict[str, object]]] = {
        "see": _see, "guess": _guess, "dial": _dial, "form": _form, "train": partial(_train, mode), "probe": _probe,
    }  # fmt: skip
    draw = partial(meter, texts=texts)
    files = {name: templates.get(name, f"lesson/{name}.html") for name in STEPS}
    bodies = {name: rendered(files[name], say=texts.say, meter=draw, **values[name]()) for name in STEPS}
    page = rendered(
        "lesson/page.html", say=texts.say, texts=texts.all, language=texts.language, tag=TAGS[texts.language],
        languages=LANGUAGES, tags=TAGS, steps=STEPS, bodies=bodies, notes=notes_html(notes),
        has_server=not templates, role_css=Markup(role_css()), json=_json(dict(texts.all)),  # noqa: S704
    )  # fmt: skip
    return str(page)


def _json(value: object) -> Markup:
    """Return JSON for a script element, escaped so that no text ends the element."""
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Binding accuracy of the final evaluation on `n` test pictures."""

    binding: Number
    n: int


def measured_at_end(final: Final | None) -> Measured | None:
    """Return the binding accuracy of the final evaluation, None as long as there is none."""
    found = final.binding if final else None
    if found is None or found.value is None or found.low is None or found.high is None:
        return None
    return Measured(binding=Number(value=found.value, low=found.low, high=found.high), n=found.n)


def measured(last: CurvePoint | None, texts: Texts, *, end: Measured | None = None) -> Markup:
    """Return the binding accuracy of the end, before it the newest quick one, or that there is none yet."""
    newest = None if last is None else Number(value=last.binding, low=last.low, high=last.high)
    number = end.binding if end else newest
    bar = None if number is None else meter(number, texts)
    return rendered("lesson/measured.html", say=texts.say, last=last, end=end, meter=bar)


def meter(number: Number, texts: Texts) -> Markup:
    """Return a share as a bar with its interval, and chance as a line across it."""
    value, low, high = (100 * share for share in (number.value, number.low, number.high))
    return macro("lesson/parts.html", "meter", texts.say, value, low, high)


def _see() -> dict[str, object]:
    """Return the two pictures of the example, and the answers of the shipped models."""
    uris = example.uris()
    pictures = [
        {"uri": uris[place], "caption": example.CAPTIONS[place], "letter": letter, "is_right": place == 0}
        for letter, place in zip(LETTERS, SHOWN, strict=True)
    ]
    choices = [_choice(each.answer) for each in example.answers()]
    return {"caption": example.CAPTIONS[0], "pictures": pictures, "choices": choices, "cards": list(cards().values())}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Choice:
    """Choice of one model for the caption, with its two cosines in words."""

    model: str
    letter: str
    is_right: bool
    numbers: str


def _choice(answer: ProbeAnswer) -> _Choice:
    found = [answer.cosine[place][0] for place in SHOWN]
    picked = found.index(max(found))
    return _Choice(
        model=answer.model,
        letter=LETTERS[picked],
        is_right=SHOWN[picked] == 0 and found[0] != found[1],
        numbers=", ".join(f"{letter} {value:.3f}" for letter, value in zip(LETTERS, found, strict=True)),
    )


def _guess() -> dict[str, object]:
    """Return the model whose binding is guessed."""
    card = forgetful()
    return {"card": card, "is_bag": card.binding.low <= 0.5 < card.recognition.low}


def _dial() -> dict[str, object]:
    """Return one dial over live scenes."""
    dial = DIALS[DIAL]
    return {"dial": dial, "least": LEAST, "scenes": dial_scenes(float(dial.high or 1.0))}


def dial_spec(completeness: float) -> RunSpec:
    """Return the spec at one place of the dial of step three."""
    return override(preset(DIALED).spec, {DIAL: completeness})


def dial_scenes(completeness: float) -> Markup:
    """Return the scenes at one place of the dial; `data-both` counts the captions that name both objects."""
    return _scenes(dial_spec(completeness).data)


@lru_cache(maxsize=32)
def _scenes(data: DataSpec) -> Markup:
    spec = preset(DIALED).spec
    found = _drawn(data, spec, seed=spec.train.seed, count=SCENES).scenes
    both = sum(len(scene.record.mentioned) > 1 for scene in found)
    figures = [scene_figure(scene) for scene in found]
    return rendered("lesson/scenes.html", figures=figures, both=both)


def _drawn(data: DataSpec, spec: RunSpec, *, seed: int, count: int, size: int = PIXELS) -> Preview:
    return preview(data, spec.train, WORLDS[data.world], seed=seed, count=count, size=size)


def _form() -> dict[str, object]:
    """Return binding in two forms of caption, each shown on request."""
    found = surprise()
    return {"found": found, "is_sweep": found.source == "sweep", "verdict": _verdict(found)}


def _verdict(found: Surprise) -> str:
    """Return the key of the sentence about the two forms."""
    if found.kind != "binds_in_short_captions":
        return "form.verdict_other"
    return "form.verdict_short" if found.long.low <= 0.5 else "form.verdict_less"


def _train(mode: str) -> dict[str, object]:
    """Return step five, without a run."""
    return {"offered": OFFERED, "most": DIALS["steps"].high, "first": FIRST_STEPS, "mode": mode}


def _probe() -> dict[str, object]:
    """Return step six: pictures with their captions, and the shipped models; the script adds the reader's own."""
    return {"pictures": asked_pictures(PIXELS), "pixels": PIXELS, "longest": LONGEST_CAPTION, "models": shipped_names()}


@lru_cache
def _read(language: str) -> dict[str, str]:
    return dict(json.loads((LESSONS / f"{language}.json").read_text(encoding="utf-8")))


def asked_pictures(size: int) -> list[dict[str, str]]:
    """Return the pictures of step six with their captions, `size` pixels on a side."""
    spec = preset(OFFERED[0]).spec
    return [
        {"uri": data_uri(scene.image), "caption": scene.record.caption}
        for scene in _drawn(spec.data, spec, seed=1, count=ASKED, size=size).scenes
    ]
