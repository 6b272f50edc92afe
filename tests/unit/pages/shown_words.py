"""What a page shows in English, and which of it a table of another language lacks; matched as assets/words.js does.

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

from explorer.pages.i18n.translations import UNTOUCHED

VOID = set("area base br col embed hr img input link meta source track wbr".split())
READ_OUT = ("placeholder", "aria-label", "title", "data-label")
ENGLISH = re.compile("[A-Za-z]{2}")
FEW = 8
PLACEHOLDER = re.compile(r"\{(\w+)\}")


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
        untouched = is_untouched(tag, given)
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


def is_untouched(tag: str, given: Mapping[str, str]) -> bool:
    """Whether an element matches a selector of `UNTOUCHED`: a tag, a .class, both, or an [attribute=value]."""
    for selector in UNTOUCHED.split(", "):
        attribute = re.fullmatch(r"\[(\w+)=(\w+)\]", selector)
        if attribute:
            if given.get(attribute[1]) == attribute[2]:
                return True
            continue
        name, _, kind = selector.partition(".")
        if name in ("", tag) and (not kind or kind in given.get("class", "").split()):
            return True
    return False


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
    """What the table says for a whole text, None where it says nothing."""
    if text in table:
        return table[text]
    if not re.search("[A-Za-z]", text):
        return None
    for english, shape in _patterns(tuple(table)):
        if found := shape.fullmatch(text):
            others = [_part(value, table) for value in found.groups()]
            if letters(english) >= FEW or not any(_is_strange(value, table) for value in found.groups()):
                return table[english].format(**dict(zip(PLACEHOLDER.findall(english), others, strict=True)))
    return None


@lru_cache(maxsize=8)
def _patterns(keys: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    """The keys with placeholders and what they match, those with the most fixed letters first."""
    found = sorted((key for key in keys if PLACEHOLDER.search(key)), key=letters, reverse=True)
    return [(key, re.compile("(.+?)".join(map(re.escape, PLACEHOLDER.split(key)[::2])), re.DOTALL)) for key in found]


def _part(text: str, table: Mapping[str, str]) -> str:
    """What fills a placeholder: a list is looked up item by item, of one with semicolons each part."""
    if "; " in text and text not in table:
        return "; ".join(_part(each, table) for each in text.split("; "))
    return other(text, table) or ", ".join(other(item, table) or item for item in text.split(", "))


def _is_strange(text: str, table: Mapping[str, str]) -> bool:
    """Whether the table knows nothing of words, alone or in a list."""
    items = [item for item in text.split(", ") if re.search(r"\s", item)]
    return bool(items) and other(text, table) is None and any(other(item, table) is None for item in items)


def letters(english: str) -> int:
    """How many letters of a key are fixed."""
    return len(re.sub("[^A-Za-z]", "", PLACEHOLDER.sub("", english)))


def lacking(shown: Mapping[str, str], table: Mapping[str, Any]) -> list[str]:
    """The texts of {text: where} that the table lacks, as lines of JSON to fill in."""
    found = [text for text in shown if ENGLISH.search(text) and other(text, table) is None]
    return [f'{json.dumps(text, ensure_ascii=False)}: "",   <- {shown[text]}' for text in found]
