"""Languages of the interface and their tables.

    table("zh")["Attribute density"]            # "属性密度 (attribute density)"
    language_of({"lang": "zh"})                 # "zh", from the query of an address; "en" for anything unknown
    language_head("zh")                         # script for a page's head: the texts that its scripts make

English in the code is the key. `translator` applies a table to what the server sends. A script finds its texts in
`window.explorerWords` by their English, with {} for every value: say`Step ${step}.` looks up "Step {}.".
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from explorer.errors import UserError
from explorer.resources import ASSETS, asset_text
from explorer.spec.presets import PRESETS

LANGUAGES = {"en": "English", "zh": "中文"}
"""Codes for an address, with the languages' own names; the first is that of the code."""
TAGS = {"en": "en", "zh": "zh-CN"}
"""Values of <html lang>, which selects fonts and voices."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_VALUE = re.compile(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
"""A value in a template literal of JavaScript."""


@lru_cache
def table(language: str) -> dict[str, str]:
    """Return {English: translation}; nothing for English itself."""
    if language not in LANGUAGES:
        raise UserError("lang", language, f"choose {', '.join(LANGUAGES)}")
    path = ASSETS / "i18n" / f"{language}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def language_of(query: Mapping[str, str]) -> str:
    """Return the language of an address, the first if it is unknown or missing."""
    asked = query.get("lang", "")
    return asked if asked in LANGUAGES else next(iter(LANGUAGES))


@lru_cache
def script_words(language: str) -> dict[str, str]:
    """Return the texts that a script of the page holds, by their English; {} stands for a value.

    A translation names its values by their place in the English, {0} for the first.
    """
    titles = {words for recipe in PRESETS.values() for words in (recipe.title, recipe.title.lower())}
    scripts = _VALUE.sub("{}", "\n".join(path.read_text(encoding="utf-8") for path in (ASSETS / "js").rglob("*.js")))
    found = {}
    for english, other in table(language).items():
        names, key = _PLACEHOLDER.findall(english), _PLACEHOLDER.sub("{}", english)
        if english in titles or any(f"{mark}{key}{mark}" in scripts for mark in "\"'`"):
            found[key] = _PLACEHOLDER.sub(lambda name, names=names: f"{{{names.index(name[1])}}}", other)  # type: ignore[misc]
    return found


def language_head(language: str) -> str:
    """Return the script for the head of a page in a language; nothing in English."""
    words = script_words(language)
    if not words:
        return ""
    settings = json.dumps({"language": language, "tag": TAGS[language], "words": words}, ensure_ascii=False).replace(
        "</", "<\\/"
    )
    return f"<script>({asset_text('js/language.js').strip()})({settings})</script>"
