"""The two steps of the lesson that train a model and ask one.

    train(texts)        # captions to choose, steps, Start, and the place of the card
    probe(texts)        # pictures to choose, two captions, a model

Both use the app's own endpoints, `start_run`, `stop_run`, `swaps` and `score`, with their limits.
"""

import os
from html import escape

from explorer.clip.configs import shipped_names
from explorer.pages.lesson.texts import Texts
from explorer.runs.zero_gpu import mode_sentence
from explorer.service.endpoints import data_uri
from explorer.service.probing import LONGEST_CAPTION
from explorer.spec.dials import DIALS
from explorer.spec.presets import preset
from explorer.world.preview import preview
from explorer.world.worlds import WORLDS

OFFERED = ("binding-friendly", "incomplete", "web-like")
"""Presets to train in the lesson."""
FIRST_STEPS = 90
ASKED, PIXELS = 4, 128
"""Number of pictures to probe, and their side in pixels."""


def train(texts: Texts) -> str:
    """Return step five, without a run."""
    choices = "".join(
        f"<label><input type='radio' name='preset' value='{name}'{' checked' if name == OFFERED[0] else ''}>"
        f" {texts.say(f'train.{name}')} <code>{name}</code></label>"
        for name in OFFERED
    )
    most = DIALS["steps"].high
    return (
        f"<p>{texts.say('train.text')}</p>"
        f"<fieldset id='train-preset'><legend>{texts.say('train.captions')}</legend>{choices}</fieldset>"
        f"<div class='asked'><label for='train-steps'>{texts.say('train.steps')}</label>"
        f"<input type='number' id='train-steps' min='1' max='{most}' step='1' value='{FIRST_STEPS}'>"
        f"<button type='button' id='train-start' class='primary'>{texts.say('train.start')}</button>"
        f"<button type='button' id='train-stop' hidden>{texts.say('train.stop')}</button></div>"
        f"<div id='train-budget'></div><p class='quiet'>{escape(mode_sentence(os.environ))}</p>"
        f"<div id='train-card'><div class='card'><p>{texts.say('train.none')}</p></div></div>"
        f"<p id='train-open' hidden><a>{texts.say('train.open')}</a></p>"
    )


def probe(texts: Texts) -> str:
    """Return step six, with the first picture and its captions filled in."""
    spec = preset(OFFERED[0]).spec
    found = preview(spec.data, spec.train, WORLDS[spec.data.world], seed=1, count=ASKED, size=PIXELS).scenes
    pictures = "".join(
        f"<button type='button' class='picture' aria-pressed='{str(number == 1).lower()}'"
        f" aria-label='{texts.say('probe.picture', number=number)}' data-caption='{escape(scene.record['caption'])}'>"
        f"<img src='{data_uri(scene.image)}' alt='' width='{PIXELS}' height='{PIXELS}'></button>"
        for number, scene in enumerate(found, start=1)
    )
    names = "".join(f"<option>{name}</option>" for name in shipped_names())
    return (
        f"<p>{texts.say('probe.text')}</p><div class='pictures four' id='probe-pictures'>{pictures}</div>"
        f"{_caption('first', texts)}{_caption('second', texts)}"
        f"<div class='asked'><label for='probe-model'>{texts.say('probe.model')}</label>"
        f"<select id='probe-model' translate='no'>{names}</select>"
        f"<button type='button' id='probe-ask' class='primary'>{texts.say('probe.ask')}</button></div>"
        f"<p id='probe-said' role='status'></p><ul id='probe-cosines' class='choices' translate='no'></ul>"
        f"<ul id='probe-warnings' class='why'></ul><p class='quiet'>{texts.say('probe.about')}</p>"
    )


def _caption(name: str, texts: Texts) -> str:
    return (
        f"<div class='asked wide'><label for='probe-{name}'>{texts.say(f'probe.{name}')}</label>"
        f"<input type='text' id='probe-{name}' lang='en' maxlength='{LONGEST_CAPTION}' autocomplete='off'></div>"
    )
