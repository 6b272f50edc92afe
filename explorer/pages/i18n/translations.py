"""Translations of the interface: a script replaces English text on the page by the entries of a table.

    launch(head=language_head())                # the page in Chinese if its address says lang=zh
    table("zh")["Attribute density"]            # "属性密度 (attribute density)"

English in the code is the key. A key may hold {placeholders}: each matches any text, which is translated too. Elements
under `UNTOUCHED` are never changed: captions, names of models, typed text, code.
"""

import json
from functools import lru_cache

from explorer.errors import UserError
from explorer.pages.server.plotly_routes import PREFIX
from explorer.resources import ASSETS

LANGUAGES = {"en": "English", "zh": "中文"}
"""Codes for an address, with the languages' own names; the first is that of the code."""
TAGS = {"en": "en", "zh": "zh-CN"}
"""Values of <html lang>, which selects fonts and voices."""
UNTOUCHED = (
    "[translate=no], textarea, script, style, code, pre, p.right, p.wrong, p.asked, figcaption.right, figcaption.wrong,"
    " .said, .chip, .thing"
)
"""Selectors of elements that are not translated."""
SCRIPT = f"{PREFIX.removeprefix('/')}/js/words.js"


@lru_cache
def table(language: str) -> dict[str, str]:
    """Return {English: translation}; nothing for English itself."""
    if language not in LANGUAGES:
        raise UserError("lang", language, f"choose {', '.join(LANGUAGES)}")
    path = ASSETS / "i18n" / f"{language}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def language_head() -> str:
    """Return the script for the page's head: it stores the language of the address, and loads its table.

    The page is hidden until the table is loaded, at most four seconds, so that no English is visible first.
    """
    known = {language: TAGS[language] for language in LANGUAGES if table(language)}
    return f"""<script>(() => {{
  const tags = {json.dumps(known)}, asked = new URLSearchParams(location.search).get("lang");
  window.explorerLanguage = Object.hasOwn(tags, asked) ? asked : "";
  if (!window.explorerLanguage) return;
  const root = document.documentElement, script = document.createElement("script");
  const shown = () => root.style.removeProperty("visibility");
  root.lang = tags[asked];
  root.style.visibility = "hidden";
  setTimeout(shown, 4000);
  Object.assign(script.dataset, {{language: asked, untouched: {json.dumps(UNTOUCHED)}}});
  script.src = new URL(window.gradio_config?.root ?? ".", document.baseURI).pathname.replace(/\\/?$/, "/") + "{SCRIPT}";
  script.onerror = shown;
  document.head.append(script);
}})();</script>"""


def switch_html(*, prefix: str = "") -> str:
    """Return links to the same page in each language; `prefix` is the page's path as seen from itself."""
    links = (
        f"<a href='{prefix}?lang={language}' data-language='{language}' lang='{TAGS[language]}'>{name}</a>"
        for language, name in LANGUAGES.items()
    )
    return f"<span class='languages' role='group' aria-label='Language · 语言' translate='no'>{''.join(links)}</span>"
