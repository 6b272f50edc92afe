"""Parts of the page in Node: their states as HTML, beside the snapshots that somebody looked at.

PART = Part(name="ask", fixtures=fixtures)      # ask_run.js draws it; test_states.py holds what all parts keep to
PART.told()["english"]["l-ask"]
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from explorer.contract import page_contract
from explorer.resources import asset_text
from explorer.sentences import Sentence, with_sentences
from tests.engine.node import node
from tests.page.test_words import UNTRANSLATED, keyed_sentences

HERE = Path(__file__).parent
SPOKEN = re.compile(r'\s(?:aria-label|title|placeholder|aria-valuetext|data-label)="([^"]*)"')
PICTURE = re.compile(r'data:image/[^"]*')
ENGLISH = re.compile(r"[A-Za-z]{3}|\b[a-z]{2}\b")
LATIN = re.compile(r"[A-Za-z0-9](?:[ -~]*[A-Za-z0-9)?])?")
"""What stands between two signs that are not ASCII, such as those of Chinese."""
NAMED = r'<(\w+)\b[^>]*translate="no"[^>]*>.*?</\1>'
"""Elements that say themselves that they stay English."""


def run_part(name: str, given: Any, *tests: str) -> dict[str, Any]:
    """Run the part's script with what Python sends and the Chinese table; raise `AssertionError` where it fails.

    With a text only the tests are run whose names have it, and no state is drawn.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fixtures.json"
        shared = {"zh": json.loads(asset_text("i18n/zh.json")), "contract": page_contract()}
        file.write_text(json.dumps(with_sentences(given) | shared), encoding="utf-8")
        command = [node(), str(HERE / f"{name}_run.js"), str(file), *tests]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    sys.stderr.write(done.stderr)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def said(sentence_id: str, **values: Any) -> Sentence:
    """Return a sentence of Python with other values, for states whose answers are written by hand."""
    return Sentence(sentence_id, dict(keyed_sentences())[sentence_id], **values)


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A part of the page: what Python sends it, and what of it is English in every language."""

    name: str
    fixtures: Callable[[Path], dict[str, Any]]
    untranslated: str = r"(?!)"
    """Elements with captions, names and code that do not say so themselves."""
    is_name: Callable[[str], bool] = lambda _: False
    """Whether English in a text is a name: a whole text, or what stands in one between Chinese."""
    rules: tuple[Callable[[dict[str, Any]], None], ...] = ()
    """What the part alone keeps to, asserted of what `told` returns."""

    @cache  # noqa: B019 -- parts are few and live as long as the tests
    def told(self) -> dict[str, Any]:
        """The states in both languages, and the tests of the script that failed with their reasons."""
        with tempfile.TemporaryDirectory() as folder:
            return run_part(self.name, self.fixtures(Path(folder)))

    @property
    def snapshots(self) -> Path:
        return HERE / "snapshots" / self.name

    def kept(self) -> dict[str, str]:
        return {path.stem: path.read_text(encoding="utf-8") for path in self.snapshots.glob("*.html")}

    def english_in(self, html: str) -> list[str]:
        """The English of a Chinese state that is no name: it has no entry, waits for its words, or was not looked up.

        The tables of the state have no Latin letters in their Chinese, so any that are left came past them.
        """
        page = re.sub(self.untranslated, "<br>", html, flags=re.DOTALL)
        page = re.sub(NAMED, "<br>", page, flags=re.DOTALL)
        said = {unescape(text).strip() for text in (*re.split(r"<[^>]*>", page), *SPOKEN.findall(page))}
        english = {each for text in said - set(UNTRANSLATED) for each in LATIN.findall(text) if ENGLISH.search(each)}
        return sorted(each for each in english if not self.is_name(each) and each not in UNTRANSLATED)

    def write(self) -> dict[str, Any]:
        """Write the snapshots anew; return the tests that failed, and the English that has no Chinese."""
        texts = self.told()
        self.snapshots.mkdir(parents=True, exist_ok=True)
        for path in self.snapshots.glob("*.html"):
            path.unlink()
        for name, html in texts["english"].items():
            (self.snapshots / f"{name}.html").write_text(html, encoding="utf-8")
        left = sorted({text for html in texts["chinese"].values() for text in self.english_in(html)})
        return texts["failed"] | ({"no Chinese": left} if left else {})


def are_names(names: Set[str], word: str = r"[\w.-]{3,}") -> Callable[[str], bool]:
    """Whether all words of a text are names."""
    return lambda text: set(re.findall(word, text)) <= names
