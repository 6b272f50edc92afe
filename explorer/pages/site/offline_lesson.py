"""The lesson as a document of its own for a frame: the steps that need no server, with its script and styles inside.

lesson_document("zh")          # "<!doctype html>...", for the attribute srcdoc
"""

import re

from explorer.pages.lesson.texts import Texts
from explorer.pages.lesson.view import DIAL, LEAST, dial_scenes, lesson_page
from explorer.pages.site.embed import script_json
from explorer.resources import asset_text
from explorer.spec.dials import DIALS

STEPS = ("see", "guess", "dial", "form")
"""The others train a model on a server and ask one there."""
_STYLES = re.compile(r'<link rel="stylesheet" href="explorer-assets/([^"]+)">')
_THEME = '<script src="explorer-assets/js/theme.js"></script>'
_SCRIPT = '<script type="module" src="explorer-assets/js/lesson.js"></script>'


def lesson_document(language: str) -> str:
    """Return the page in one language; its one request, for the scenes of a dial, is answered from a table."""
    texts = Texts.load(language)
    page = lesson_page(texts, [], steps=STEPS)
    page = _STYLES.sub(lambda found: f"<style>{asset_text(found[1])}</style>", page)
    page = page.replace(_THEME, f"<script>{asset_text('js/theme.js')}</script>")
    answers = {f"{place:g}": dial_scenes(place) for place in _places()}
    inside = (
        f'<base target="_top"><script type="application/json" id="dial-answers">{script_json(answers)}</script>'
        f"<script>{asset_text('js/site/lesson_answers.js')}</script><script>{asset_text('js/lesson.js')}</script>"
    )
    few = f"</header><p class='quiet' id='few-steps'>{texts.say('offline')}</p>"
    page = page.replace("</header>", few, 1)
    # Links to pages of the app lead to views of the file around the frame.
    page = (
        page.replace("'lesson?lang=", "'?tab=lesson&lang=")
        .replace("./?lang=", "?tab=workbench&lang=")
        .replace("./?tab=", "?tab=")
    )
    return page.replace(_SCRIPT, inside)


def _places() -> list[float]:
    step, high = float(DIALS[DIAL].step or 1), float(DIALS[DIAL].high or 1)
    return [round(LEAST + place * step, 10) for place in range(round((high - LEAST) / step) + 1)]
