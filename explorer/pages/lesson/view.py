"""The lesson as one HTML page: six steps; the script assets/js/lesson.js shows one and marks those done.

    lesson_page(Texts.load("en"), notes=[])        # "<!doctype html>..."
    dial_scenes(0.5)                               # the scenes of step three at one place of its dial
    meter(Number(value=0.51, low=0.48, high=0.54), texts)

Scenes, marked captions, budgets and cards come from the tabs' modules.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from explorer.pages.i18n.translations import TAGS, language_head, switch_html
from explorer.pages.lesson.numbers import Number, Surprise, cards, forgetful, surprise
from explorer.pages.lesson.steps import probe, train
from explorer.pages.lesson.texts import Texts
from explorer.pages.probe import example
from explorer.pages.shared.scene_cards import scene_figure
from explorer.pages.shared.state import notes_html
from explorer.pages.shared.theme import role_css
from explorer.spec.dials import DIALS, DataSpec
from explorer.spec.presets import preset
from explorer.spec.run_spec import RunSpec, override
from explorer.world.preview import preview
from explorer.world.worlds import WORLDS

DIAL, DIALED = "caption_completeness", "binding-friendly"
LEAST = 0.5
"""Lowest place of the dial: with two objects in the image, a caption names at least one."""
SCENES, PIXELS = 6, 128
STEPS = ("see", "guess", "dial", "form", "train", "probe")
SHOWN = (1, 0)
"""Order of the example's pictures, in which the right one is not the first."""
LETTERS = "AB"
_DARK = """<script>(() => {
  const theme = new URLSearchParams(location.search).get("__theme");
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", dark);
})();</script>"""


def lesson_page(texts: Texts, notes: list[str], steps: Sequence[str] = STEPS) -> str:
    """Return the whole page in one language, with a sentence for each part of the address that was left out."""
    built = {"see": _see, "guess": _guess, "dial": _dial, "form": _form, "train": train, "probe": probe}
    say, language = texts.say, texts.language
    home = f"./?lang={language}"
    sections = "".join(_section(name, built[name](texts), texts, steps) for name in steps)
    return f"""<!doctype html>
<html lang="{TAGS[language]}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{say("title")} · CLIP Binding Explorer</title>
<style>{role_css()}</style>
<link rel="stylesheet" href="explorer-assets/css/page.css"><link rel="stylesheet" href="explorer-assets/css/lesson.css">
{_DARK}{language_head()}</head>
<body class="lesson"><header><p class="top"><a href="{home}" id="home">← {say("back")}</a>
{switch_html(prefix="lesson")}</p><h1>{say("title")}</h1><p class="quiet">{say("intro")}</p></header>
<nav aria-label="{say("steps")}"><ol id="steps">{_tabs(texts, steps)}</ol></nav>
<main>{sections}{_end(texts, home)}</main>
<footer><p class="quiet">{say("kept")} <button type="button" id="again" class="plain-button">{say("again")}</button></p>
</footer><div id="notes" class="notes">{notes_html(notes)}</div>
<script type="application/json" id="texts">{_json(dict(texts.all))}</script>
<script type="module" src="explorer-assets/js/lesson.js"></script></body></html>"""


def _json(value: object) -> str:
    """Return JSON for a script element, escaped so that no text ends the element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _tabs(texts: Texts, steps: Sequence[str]) -> str:
    """Return a link to each step, with its mark."""
    return "".join(
        f"<li><button type='button' data-go='{name}' id='go-{name}'><span class='mark' aria-hidden='true'>{number}"
        f"</span> {texts.say(f'{name}.name')} <span class='state hidden-text'>({texts.say('open')})</span></button>"
        "</li>"
        for number, name in enumerate(steps, start=1)
    )


def _section(name: str, body: str, texts: Texts, steps: Sequence[str]) -> str:
    """Return one step, with a link to the next; the script shows it."""
    after = steps[steps.index(name) + 1 :]
    on = (
        f"<p class='on'><button type='button' class='next' data-go='{after[0]}' data-skip='{texts.say('skip')}'"
        f" data-next='{texts.say('next', step=texts.all[f'{after[0]}.name'])}'>{texts.say('skip')}</button></p>"
        if after
        else ""
    )
    number = steps.index(name) + 1
    title = f"<h2 id='title-{name}' tabindex='-1'>{number}. {texts.say(f'{name}.name')}</h2>"
    place = f"id='step-{name}' data-step='{name}' aria-labelledby='title-{name}'"
    return f"<section {place} hidden>{title}{body}{on}</section>"


def _end(texts: Texts, home: str) -> str:
    return (
        f"<aside id='end' hidden><h2>{texts.say('end.title')}</h2><p>{texts.say('end.text')}</p>"
        f"<p><a href='{home}' class='primary'>{texts.say('back')}</a></p></aside>"
    )


def about(text: str, texts: Texts) -> str:
    """Return folded notes on the numbers of a step."""
    return f"<details class='about'><summary>{texts.say('numbers')}</summary><p>{text}</p></details>"


def meter(number: Number, texts: Texts) -> str:
    """Return a share as a bar with its interval, and chance as a line across it."""
    value, low, high = (100 * share for share in (number.value, number.low, number.high))
    interval = texts.say("interval", low=f"{low:.1f}", high=f"{high:.1f}")
    return (
        f"<div class='meter'><div class='track'><div class='filled' style='width:{value:.1f}%'></div>"
        f"<i class='span' style='left:{low:.1f}%;width:{high - low:.1f}%'></i><i class='chance'></i></div>"
        f"<p><b>{value:.1f} %</b> <span class='quiet'>{interval} · {texts.say('chance')}</span></p></div>"
    )


def _see(texts: Texts) -> str:
    """Return the two pictures of the example, and the answers of the shipped models."""
    uris = example.uris()
    pictures = "".join(
        f"<button type='button' class='picture' data-right='{str(place == 0).lower()}'>"
        f"<img src='{uris[place]}' alt='{escape(example.CAPTIONS[place])}' width='192' height='192'>"
        f"<span>{texts.say('see.picture', letter=letter)}</span></button>"
        for letter, place in zip(LETTERS, SHOWN, strict=True)
    )
    models = "".join(_choice(document, texts) for document in example.documents())
    said = f"<p>{texts.say('see.models')}</p><ul class='choices'>{models}</ul>" if models else ""
    made = "<br>".join(texts.say("see.made", **card.words) for card in cards().values())
    notes = about(f"{texts.say('see.about')}<br>{made}", texts) if models else ""
    return (
        f"<p>{texts.say('see.ask')}</p><p class='caption' lang='en' translate='no'>“{example.CAPTIONS[0]}”</p>"
        f"<div class='pictures' id='see-pictures'>{pictures}</div><p id='see-said' role='status'></p>"
        f"<div class='result' hidden>{said}<p>{texts.say('see.why')}</p>{notes}</div>"
    )


def _choice(document: dict[str, object], texts: Texts) -> str:
    """Return one model's choice for the caption, with its two numbers."""
    cosines = document["cosine"]
    assert isinstance(cosines, list)
    found = [cosines[place][0] for place in SHOWN]
    picked = found.index(max(found))
    is_right = SHOWN[picked] == 0 and found[0] != found[1]
    key, mark = ("see.model_right", "✓") if is_right else ("see.model_wrong", "✗")
    kind = "right" if is_right else "wrong"
    numbers = ", ".join(f"{letter} {value:.3f}" for letter, value in zip(LETTERS, found, strict=True))
    said = texts.say(key, model=document["model"], letter=LETTERS[picked])
    sign = f"<span class='{'tick' if is_right else 'cross'}'>{mark}</span>"
    return f"<li class='{kind}'>{sign}{said} <span class='quiet'>{numbers}</span></li>"


def _guess(texts: Texts) -> str:
    """Return a number to guess, and the measured one."""
    card, say = forgetful(), texts.say
    binding, recognition = card.binding, card.recognition
    bag = f"<p>{say('guess.bag')}</p>" if binding.low <= 0.5 < recognition.low else ""
    return (
        f"<p>{say('guess.text', model=card.name, pairs=f'{card.steps * card.batch:,}')}</p><p>{say('guess.ask')}</p>"
        f"<div class='asked'><label for='guess'>{say('guess.label')}</label>"
        "<input type='range' id='guess' min='0' max='100' step='1' value='75'><output id='guess-value'>75</output>"
        f"<button type='button' id='guess-lock' class='primary'>{say('guess.lock')}</button></div>"
        f"<div class='result' hidden><p id='guess-yours'></p><p>{say('guess.measured')}</p>"
        f"{meter(binding, texts)}<p>{say('guess.recognition')}</p>{meter(recognition, texts)}"
        f"{bag}{about(say('guess.about', **card.words), texts)}</div>"
    )


def _dial(texts: Texts) -> str:
    """Return one dial over live scenes."""
    dial = DIALS[DIAL]
    return (
        f"<p>{texts.say('dial.text')}</p><p>{texts.say('dial.ask')}</p>"
        f"<div class='asked'><label for='dial'>{texts.say('dial.label')}</label>"
        f"<input type='range' id='dial' min='{LEAST}' max='{dial.high}' step='{dial.step}' value='{dial.high}'>"
        f"<output id='dial-value'>{dial.high:.2f}</output></div>"
        f"<p id='dial-count' role='status'></p><div class='result' hidden><p>{texts.say('dial.reached')}</p></div>"
        f"<div id='dial-scenes'>{dial_scenes(float(dial.high or 1.0))}</div>{about(texts.say('dial.about'), texts)}"
    )


def dial_spec(completeness: float) -> RunSpec:
    """Return the spec at one place of the dial of step three."""
    return override(preset(DIALED).spec, {DIAL: completeness})


def dial_scenes(completeness: float) -> str:
    """Return the scenes at one place of the dial; `data-both` counts the captions that name both objects."""
    return _scenes(dial_spec(completeness).data)


@lru_cache(maxsize=32)
def _scenes(data: DataSpec) -> str:
    spec = preset(DIALED).spec
    found = preview(data, spec.train, WORLDS[data.world], seed=spec.train.seed, count=SCENES, size=PIXELS).scenes
    both = sum(len(scene.record["mentioned"]) > 1 for scene in found)
    figures = "".join(map(scene_figure, found))
    return f"<div class='scenes' data-count='{len(found)}' data-both='{both}'>{figures}</div>"


def _form(texts: Texts) -> str:
    """Return two forms of caption, each shown on request."""
    found = surprise()
    is_sweep = found.source == "sweep"
    keys = ("form.short_is", "form.long_is") if is_sweep else ("form.card_short_is", "form.card_long_is")
    numbers = {"short": found.short, "long": found.long}
    buttons = "".join(
        f"<button type='button' data-form='{form}' aria-pressed='false'>{texts.say(f'form.{form}')}</button>"
        for form in numbers
    )
    rows = "".join(
        f"<div id='form-{form}' class='form' hidden><p>{texts.say(key)}</p>{meter(number, texts)}</div>"
        for key, (form, number) in zip(keys, numbers.items(), strict=True)
    )
    head = texts.say("form.text") if is_sweep else texts.say("form.no_evidence", model=found.about["model"])
    return f"<p>{head}</p><div class='asked'>{buttons}</div>{rows}{_form_result(found, texts)}"


def _form_result(found: Surprise, texts: Texts) -> str:
    """Return the result of the two forms, and the source of the numbers."""
    is_sweep = found.source == "sweep"
    key = "form.verdict_other"
    if found.kind == "binds_in_short_captions":
        key = "form.verdict_short" if found.long.low <= 0.5 else "form.verdict_less"
    leaks = "".join(f"<p class='why'>{texts.say('form.leak', form=form)}</p>" for form in found.leaks)
    paper = f"<p>{texts.say('form.paper')}</p>" if is_sweep else ""
    notes = texts.say("form.about" if is_sweep else "form.card_about", **found.about)
    return f"<div class='result' hidden><p>{texts.say(key)}</p>{leaks}{paper}{about(notes, texts)}</div>"
