"""The lesson as a document of its own for a frame, without a server, with its script and styles inside.

lesson_document("zh")          # "<!doctype html>...", for the attribute srcdoc

Step five replays a recorded training, step six asks a shipped model by the browser's engine. The script of the lesson
is the app's own: `assets/js/site/lesson_answers.js` answers its requests.
"""

import re
from collections.abc import Iterator

from explorer.pages.lesson.view import DIAL, LEAST, OFFERED, Texts, asked_pictures, dial_scenes, lesson_page, measured
from explorer.pages.shared.templates import rendered
from explorer.pages.site.embed import script_json
from explorer.resources import asset_text
from explorer.service.outcome import recording
from explorer.service.outcome_types import OutcomeState
from explorer.spec.dials import DIALS

COPY = "copy."
"""Texts under this name stand in place of those that speak of a server: "copy.train.text" for "train.text"."""
SEEN = 64
"""Pixels on a side of what the shipped models see."""
_TRAIN = {"train": "site/lesson_train.html"}
_STYLES = re.compile(r'<link rel="stylesheet" href="explorer-assets/([^"]+)">')
_THEME = '<script src="explorer-assets/js/theme.js"></script>'
_SCRIPT = '<script type="module" src="explorer-assets/js/lesson.js"></script>'


def lesson_document(language: str) -> str:
    """Return the page in one language, with the answers to the requests of its script."""
    texts = _copy(Texts.load(language))
    page = lesson_page(texts, [], templates=_TRAIN)
    page = _STYLES.sub(lambda found: f"<style>{asset_text(found[1])}</style>", page)
    page = page.replace(_THEME, f"<script>{asset_text('js/theme.js')}</script>")
    answers = {
        "scenes": {f"{place:g}": dial_scenes(place) for place in _places()},
        "runs": {name: list(_replay(name, texts)) for name in OFFERED},
        "seen": [each["uri"] for each in asked_pictures(SEEN)],
    }
    inside = (
        f'<base target="_top"><script type="application/json" id="answers">{script_json(answers)}</script>'
        f"<script>{asset_text('js/site/lesson_answers.js')}</script><script>{asset_text('js/lesson.js')}</script>"
    )
    note = f"</header><p class='quiet' id='offline'>{texts.say('offline')}</p>"
    page = page.replace("</header>", note, 1)
    # Links to pages of the app lead to views of the file around the frame.
    page = (
        page.replace("'lesson?lang=", "'?tab=lesson&lang=")
        .replace("./?lang=", "?tab=workbench&lang=")
        .replace("./?tab=probe", "?tab=scene")
        .replace("./?tab=", "?tab=")
    )
    return page.replace(_SCRIPT, inside)


def _copy(texts: Texts) -> Texts:
    """Return the texts in which nothing speaks of a server."""
    own = {key.removeprefix(COPY): text for key, text in texts.all.items() if key.startswith(COPY)}
    return Texts(language=texts.language, all={**texts.all, **own})


def _replay(name: str, texts: Texts) -> Iterator[dict[str, object]]:
    """Yield what the route of a run would answer at each measured step of a recorded training."""
    state = recording(name)
    for point in state.curve:
        is_last = point is state.curve[-1]
        yield {
            "card": _card(state, point.step, texts),
            "measured": measured(point, texts),
            "binding": round(100 * point.binding),
            "active": not is_last,
            "ended": is_last,
            "stopping": True,
            "has_model": False,
            "place": f"?tab=workbench&preset={name}&run={name}&lang={texts.language}",
        }


def _card(state: OutcomeState, step: int, texts: Texts) -> str:
    return rendered(
        "site/lesson_card.html", say=texts.say, step=step, steps=state.steps, pairs=state.pairs_seen, seed=state.seed
    )


def _places() -> list[float]:
    step, high = float(DIALS[DIAL].step or 1), float(DIALS[DIAL].high or 1)
    return [round(LEAST + place * step, 10) for place in range(round((high - LEAST) / step) + 1)]
