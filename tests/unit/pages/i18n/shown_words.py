"""English words of a page, and those that a table of another language lacks; matched as the server does.

words_of("<p title='More'>A <b>bus</b></p>")      # ["More", "A", "bus"]
lacking({"Label": "where it is"}, {"Label": "标签"})      # []
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import gradio as gr

from explorer.pages.i18n.translator import Translator, is_untouched

VOID = set("area base br col embed hr img input link meta source track wbr".split())
READ_OUT = ("placeholder", "aria-label", "title", "data-label")
ENGLISH = re.compile("[A-Za-z]{2}")


class _Reader(HTMLParser):
    """Collects the texts and the attributes that are shown or read out, less what is never touched."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    @property
    def _is_untouched(self) -> bool:
        return any(untouched for _, untouched in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        untouched = is_untouched(self.get_starttag_text() or "")
        if not untouched and not self._is_untouched:
            self.found += [given[name] for name in READ_OUT if given.get(name)]
        if tag not in VOID:
            self._open.append((tag, untouched))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._is_untouched:
            self.found.append(data)


def words_of(html: str) -> list[str]:
    """The texts of HTML in English, each on one line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [text for text in (" ".join(found.split()) for found in reader.found) if ENGLISH.search(text)]


def words_of_app(app: gr.Blocks) -> Iterator[tuple[str, str]]:
    """Every label, help, placeholder, button, tab and HTML of a built page, with the component that shows it."""
    for block in app.blocks.values():
        if type(block).__name__ == "Api":  # an argument of an endpoint, which no page shows
            continue
        where = f"{type(block).__name__} {block.elem_id or ''}".strip()
        for name in ("label", "info", "placeholder"):
            text = getattr(block, name, None)
            if isinstance(text, str) and ENGLISH.search(text) and getattr(block, "visible", True) is True:
                yield " ".join(text.split()), where
        if isinstance(block, gr.Button) and isinstance(block.value, str):
            yield block.value, where
        if isinstance(block, gr.HTML):
            for html in (block.value, block.html_template):
                if isinstance(html, str) and html != "${value}":
                    yield from ((text, where) for text in words_of(html))


def other(text: str, table: Mapping[str, str]) -> str | None:
    """Return the entry of the table for a whole text; None without one."""
    return _translator(tuple(table.items())).find(text)


@lru_cache(maxsize=16)
def _translator(entries: tuple[tuple[str, str], ...]) -> Translator:
    return Translator("xx", dict(entries))


def lacking(shown: Mapping[str, str], table: Mapping[str, Any]) -> list[str]:
    """The texts of {text: where} that the table lacks, as lines of JSON to fill in."""
    found = [text for text in shown if ENGLISH.search(text) and other(text, table) is None]
    return [f'{json.dumps(text, ensure_ascii=False)}: "",   <- {shown[text]}' for text in found]
