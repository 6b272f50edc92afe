"""The languages of the interface: a script that puts the words of a table in place of the English ones on the page.

    launch(head=language_head())                # the page in Chinese where its address says lang=zh
    table("zh")["Attribute density"]            # "属性密度 (attribute density)"

English in the code is the key. A key may hold {placeholders}, each of which stands for any text, which is looked up in
its turn. What lies under `UNTOUCHED` is never replaced: captions, names of models, what a person typed, code.
"""

import json
from functools import lru_cache

from explorer.errors import UserError
from explorer.pages.server.plotly_routes import PREFIX
from explorer.resources import ASSETS

LANGUAGES = {"en": "English", "zh": "中文"}
"""What an address may ask for, by the name that its speakers give it; the first is that of the code."""
TAGS = {"en": "en", "zh": "zh-CN"}
"""What <html lang> says, which chooses fonts and voices."""
UNTOUCHED = (
    "[translate=no], textarea, script, style, code, pre, p.right, p.wrong, p.asked, figcaption.right, figcaption.wrong,"
    " .said, .chip, .thing"
)
"""Selectors of what no table touches."""
SCRIPT = f"{PREFIX.removeprefix('/')}/js/words.js"


@lru_cache
def table(language: str) -> dict[str, str]:
    """{English: the same in `language`}; nothing for English itself."""
    if language not in LANGUAGES:
        raise UserError("lang", language, f"choose {', '.join(LANGUAGES)}")
    path = ASSETS / "i18n" / f"{language}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def language_head() -> str:
    """For the head of the page: remembers the language that the address asks for, and fetches its script.

    The page is kept hidden until its words are there, so that it is not seen in English first; four seconds at most.
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
    """Links to the same page in each language; `prefix` is the page's path as seen from itself."""
    links = (
        f"<a href='{prefix}?lang={language}' data-language='{language}' lang='{TAGS[language]}'>{name}</a>"
        for language, name in LANGUAGES.items()
    )
    return f"<span class='languages' role='group' aria-label='Language · 语言' translate='no'>{''.join(links)}</span>"
