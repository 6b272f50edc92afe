"""HTML of the class: the page of projector and phones, and the plan for paper, from templates in each language.

    class_page("zh")        # one page; the script assets/js/classroom/page.js decides by key and room what it shows
    plan_page("en")         # one sheet

Texts stand in assets/classroom, one file per language with the same keys.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jinja2

from explorer.pages.i18n.translator import LANGUAGES, TAGS, language_head, table
from explorer.pages.server.security_headers import POLICY, strict_policy
from explorer.resources import ASSETS
from explorer.service.classroom.lesson_plan import MINUTES, NUM_PAIRS, RECIPES, STEPS, STOPS
from explorer.service.classroom.room import LONGEST_NICKNAME
from explorer.service.classroom.room_store import LENGTH, LETTERS
from explorer.spec.presets import PRESETS

TEXTS = ASSETS / "classroom"


@lru_cache
def texts(language: str) -> dict[str, str]:
    """Return every text of a language by its key."""
    return dict(json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("explorer.pages"),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _rendered(name: str, language: str, **values: Any) -> str:
    known = texts(language)

    def say(key: str, **given: object) -> str:
        return known[key].format(**given)

    languages = {code: (TAGS[code], words) for code, words in LANGUAGES.items()}
    return (
        _environment()
        .get_template(f"classroom/{name}.html")
        .render(
            say=say, language=language, tag=TAGS[language], languages=languages, head=language_head(language), **values
        )
    )


def _recipe(name: str, words: Mapping[str, str]) -> dict[str, str]:
    """Return the title and the sentence of a recipe in a language."""
    said = {"title": PRESETS[name].title, "told": PRESETS[name].told}
    return {key: words.get(text, text) for key, text in said.items()}


def class_page(language: str) -> str:
    """Return the page of projector and phones."""
    facts = {
        "texts": texts(language),
        "language": language,
        "stops": [{"step": stop.step, "part": stop.part, "revealed": stop.is_revealed} for stop in STOPS],
        "minutes": MINUTES,
        "pairs": NUM_PAIRS,
        "recipes": {name: _recipe(name, table(language)) for name in RECIPES},
        "letters": LETTERS,
    }
    return _rendered("page", language, facts=facts, length=LENGTH, longest=LONGEST_NICKNAME)


def plan_page(language: str) -> str:
    """Return the plan for paper."""
    return _rendered("plan", language, steps=STEPS[1:], minutes=sum(step.minutes for step in STEPS))


def policy(html: str) -> dict[str, str]:
    """Return the security headers of one of these pages, whose inline scripts stand in the head."""
    headers = strict_policy(html.partition("</head>")[0])
    return {POLICY: headers[POLICY], "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
