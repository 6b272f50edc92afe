"""Texts of the lesson, one file per language with the same keys.

texts = Texts.load("zh")
texts.say("guess.yours", guess=70)          # "你猜的是 70 %。", escaped for HTML
texts.all                                   # for the script, which fills placeholders itself
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from explorer.resources import ASSETS

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


@lru_cache
def _read(language: str) -> dict[str, str]:
    return dict(json.loads((LESSONS / f"{language}.json").read_text(encoding="utf-8")))
