"""Languages of the interface; texts, HTML, drawings, JSON states and properties of components in one of them.

    zh = translator("zh")
    zh.text("180 steps of 256 pairs")                   # the table has "{n} steps of {batch} pairs"
    zh.html("<p title='More'>A <b>bus</b></p>")         # texts and spoken attributes, but nothing under `UNTOUCHED`
    zh.sent(component, value)                           # an output of a handler, as Gradio sends it

A key of the table is a whole text in English. {placeholders} in it match any text, which is translated too, item by
item if it is a list. A text that no key matches stays in English.

    table("zh")["Attribute density"]            # "属性密度 (attribute density)"
    language_of({"lang": "zh"})                 # "zh", from the query of an address; "en" for anything unknown
    language_head("zh")                         # script for a page's head: the texts that its scripts make

English in the code is the key of a language's table. A script finds its texts in `window.explorerWords` by their
English, with {} for every value: say`Step ${step}.` looks up "Step {}.".
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape, unescape
from typing import Any

from explorer.errors import UserError
from explorer.pages.i18n.line_breaks import untorn
from explorer.presets import PRESETS
from explorer.resources import ASSETS, asset_text

UNTOUCHED = (
    "[translate=no], textarea, script, style, code, pre, p.right, p.wrong, p.asked, figcaption.right, figcaption.wrong,"
    " .said, .chip, .thing"
)
"""Selectors of elements that are not translated: captions, names of models, typed text, code."""
SPOKEN = ("placeholder", "aria-label", "title", "data-label", "aria-valuetext", "data-right", "data-wrong")
"""Attributes that are shown or read out."""
FEW = 8
"""Letters of a key below which its placeholders take only single words, lists, and texts that the table knows."""
LABELS = ("label", "info", "placeholder", "submit_btn", "stop_btn")
NAMES = frozenset(
    "image src alt words trick caption key preset name kind status phase spec values known init id scene run"
    " field".split()
)
"""Keys of a JSON state whose values are names, captions or files."""
PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OWN_PAGE = re.compile(r"(\./|about|teach|lesson)")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr path use rect circle line".split())
_TOKEN = re.compile(
    r"(<!--.*?-->|<script\b.*?</script>|<style\b.*?</style>|</?[a-zA-Z][^>]*>)", re.DOTALL | re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"""\s([\w-]+)=("[^"]*"|'[^']*')""")
_SPACE = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)
_KEPT = 20_000
"""Texts whose translation is cached, per language."""
LANGUAGES = {"en": "English", "zh": "中文"}
"""Codes for an address, with the languages' own names; the first is that of the code."""
TAGS = {"en": "en", "zh": "zh-CN"}
"""Values of <html lang>, which selects fonts and voices."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_VALUES = (re.compile(r"\$\{[^{}]*\}"), re.compile(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"))
"""A value in a template literal of JavaScript, without braces of its own and with some."""


def _selectors() -> tuple[tuple[str, str, tuple[str, str]], ...]:
    """Return tag, class and attribute of each selector of `UNTOUCHED`."""
    found = []
    for selector in UNTOUCHED.split(", "):
        attribute = re.fullmatch(r"\[(\w+)=(\w+)\]", selector)
        tag, _, kind = ("", "", "") if attribute else selector.partition(".")
        found.append((tag, kind, (attribute[1], attribute[2]) if attribute else ("", "")))
    return tuple(found)


_SELECTORS = _selectors()


class Translator:
    """The table of one language, applied to what is sent; English is sent as it is."""

    def __init__(self, language: str, words: Mapping[str, str]) -> None:
        self.language = language
        self._table = words
        keys = [key for key in self._table if PLACEHOLDER.search(key)]
        self._patterns = [_Pattern(key, self._table[key]) for key in sorted(keys, key=letters, reverse=True)]
        self._known = lru_cache(maxsize=_KEPT)(self._find)

    def text(self, text: str) -> str:
        """Return the translation of a whole text, with the spaces around it; the text if there is none."""
        if not self._table or not text:
            return text
        before, inner, after = _SPACE.fullmatch(text).groups()  # type: ignore[union-attr]
        found = self.find(" ".join(inner.split()))
        return text if found is None else before + found + after

    def find(self, text: str) -> str | None:
        """Return the translation of a text on one line, None if the table has none."""
        return self._known(text)

    def _find(self, text: str) -> str | None:
        if text in self._table:
            return self._table[text]
        if not re.search("[A-Za-z]", text):
            return None
        for pattern in self._patterns:
            found = pattern.match(text)
            if found is None or (pattern.weight < FEW and any(map(self._is_strange, found))):
                continue
            return pattern.filled([self._part(value) for value in found])
        return None

    def _part(self, text: str) -> str:
        """Translate what fills a placeholder: a list item by item, and each part between semicolons."""
        if "; " in text and text not in self._table:
            return "; ".join(map(self._part, text.split("; ")))
        return self.find(text) or ", ".join(self.find(item) or item for item in text.split(", "))

    def _is_strange(self, text: str) -> bool:
        """Return True for words that the table knows neither as one text nor as items of a list."""
        items = [item for item in text.split(", ") if re.search(r"\s", item)]
        return bool(items) and self.find(text) is None and any(self.find(item) is None for item in items)

    def html(self, html: str) -> str:
        """Translate the texts of HTML and its spoken attributes; links to our own pages keep the language."""
        if not self._table or not html:
            return str(html)
        made, closed, opened = [], 0, list[bool]()
        for place, token in enumerate(_TOKEN.split(html)):
            if place % 2 == 0:
                made.append(token if closed or not token else self._inner(token))
            elif token.startswith("</"):
                closed -= opened.pop() if opened else 0
                made.append(token)
            elif token.startswith(("<!--", "<script", "<style")):
                made.append(token)
            else:
                is_left = is_untouched(token)
                made.append(token if closed or is_left else self._tag(token))
                if not token.endswith("/>") and _name(token) not in _VOID:
                    opened.append(is_left)
                    closed += is_left
        return "".join(made)

    def _inner(self, text: str) -> str:
        plain = unescape(text)
        found = self.text(plain)
        return text if found == plain else escape(found, quote=False)

    def _tag(self, token: str) -> str:
        return _ATTRIBUTE.sub(self._attribute, token)

    def _attribute(self, found: re.Match[str]) -> str:
        name, quoted = found[1], found[2]
        value = unescape(quoted[1:-1])
        if name in SPOKEN and (other := self.text(value)) != value:
            return f' {name}="{escape(other)}"'
        if name == "href" and _OWN_PAGE.fullmatch(value):
            return f' {name}="{escape(value)}?lang={self.language}"'
        return found[0]

    def drawing(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Translate a drawing: its sentence, its table, and what Plotly writes into it."""
        figure = value["figure"]
        return {
            **value,
            "sentence": self.text(value["sentence"]),
            "columns": [self.text(name) for name in value["columns"]],
            "rows": [[self.text(cell) if isinstance(cell, str) else cell for cell in row] for row in value["rows"]],
            "figure": {
                **figure,
                "data": list(map(self._trace, figure["data"])),
                "layout": self._look(figure["layout"]),
            },
        }

    def _trace(self, trace: Mapping[str, Any]) -> dict[str, Any]:
        """Translate a trace; `keys` keeps the texts in English, which a click sends."""
        changed = {name: self._lines(trace[name]) for name in ("name", "text", "hovertemplate", "hovertext") if
                   name in trace}  # fmt: skip
        changed |= {axis: [self._lines(each) for each in trace[axis]] for axis in ("x", "y") if _has_words(trace, axis)}
        if isinstance(trace.get("customdata"), list):
            changed["customdata"] = [self._lines(each) for each in trace["customdata"]]
        keys = {"keys": trace["text"]} if isinstance(trace.get("text"), list) else {}
        return {**trace, **changed, **keys}

    def _look(self, node: Any, name: str = "") -> Any:
        """Translate titles, ticks and notes of a layout; `meta` holds captions."""
        if name == "meta":
            return node
        if isinstance(node, dict):
            return {key: self._look(each, key) for key, each in node.items()}
        if name in ("text", "ticktext"):
            return self._lines(node)
        return [self._look(each) for each in node] if isinstance(node, list) else node

    def _lines(self, text: Any) -> Any:
        """Translate a text of Plotly line by line; a list of them one by one."""
        if isinstance(text, list | tuple):
            return [self._lines(each) for each in text]
        if not isinstance(text, str):
            return text
        heading = text.replace("</b><br><b>", " ")  # bold lines are one text, wrapped for English
        if text.startswith("<b>") and (found := self.html(heading)) != heading:
            return found
        return "<br>".join(self._extra(line) for line in text.split("<br>"))

    def _extra(self, line: str) -> str:
        """Translate a line, whose <extra> is the name at the end of a hover line."""
        words, mark, extra = line.partition("<extra>")
        return self._inner(words) + mark + extra

    def state(self, value: Any) -> Any:
        """Translate the strings of a JSON state, but for names, captions and files."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: each if key in NAMES else self.state(each) for key, each in value.items()}
        return [self.state(each) for each in value] if isinstance(value, list | tuple) else value

    def sent(self, kind: str, value: Any) -> Any:
        """Translate an output as Gradio sends it to a component of this kind: a value, or an update of properties."""
        if value is None:
            return value
        if self._table:
            is_update = isinstance(value, dict) and value.get("__type__") == "update"
            value = {**value, **self.props(kind, value)} if is_update else self._value(kind, value)
        return untorn(kind, value)

    def props(self, kind: str, props: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties that a translation changes."""
        found: dict[str, Any] = {name: self.text(props[name]) for name in LABELS if isinstance(props.get(name), str)}
        if isinstance(props.get("choices"), list | tuple):
            found["choices"] = [self._choice(each) for each in props["choices"]]
        if isinstance(props.get("props"), dict):  # what a component hands to its script
            found["props"] = self.state(props["props"])
        if isinstance(props.get("html_template"), str):
            found["html_template"] = self.html(props["html_template"])
        if props.get("value") is not None:
            found["value"] = self._value(kind, props["value"])
        if isinstance(props.get("initial_tabs"), list | tuple):
            found["initial_tabs"] = [
                {**tab, "label": self.text(str(tab.get("label")))} for tab in props["initial_tabs"]
            ]
        return found

    def _choice(self, choice: Any) -> Any:
        return (
            [self.text(str(choice[0])), choice[1]] if isinstance(choice, list | tuple) else [self.text(choice), choice]
        )

    def _value(self, kind: str, value: Any) -> Any:
        if kind == "button":
            return self.text(value) if isinstance(value, str) else value
        if kind != "html":
            return value
        if isinstance(value, str):
            return self.html(value)
        if isinstance(value, dict) and {"figure", "sentence"} <= value.keys():
            return self.drawing(value)
        return self.state(value)

    def config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Translate the config of the page, from which Gradio renders it."""
        components = []
        for each in config["components"]:
            kind, props = each["type"], each["props"]
            props = {**props, **self.props(kind, props)} if self._table else props
            value = {"value": untorn(kind, props["value"])} if "value" in props else {}
            components.append({**each, "props": {**props, **value}})
        return {**config, "components": components}

    def page(self, html: str) -> str:
        """Translate a page of our own, and name its language."""
        if not self._table:
            return str(html)
        tag = f'<html lang="{TAGS[self.language]}" data-language="{self.language}"'
        return self.html(re.sub(r"<html\s+lang=[\"']\w+[\"']", tag, html, count=1))


class _Pattern:
    """A key with placeholders, the texts that it matches, and its translation."""

    def __init__(self, key: str, other: str) -> None:
        parts = PLACEHOLDER.split(key)
        self.weight = letters(key)
        self._fixed = [part for part in parts[::2] if part]
        self._names = parts[1::2]
        self._shape = re.compile("(.+?)".join(map(re.escape, parts[::2])), re.DOTALL)
        self._other = other

    def match(self, text: str) -> tuple[str, ...] | None:
        """Return what the placeholders match; quick if the text lacks a fixed part."""
        if not all(part in text for part in self._fixed):
            return None
        found = self._shape.fullmatch(text)
        return found.groups() if found else None

    def filled(self, values: list[str]) -> str:
        """Return the translation with these values."""
        known = dict(zip(self._names, values, strict=True))
        return PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), self._other)


def letters(key: str) -> int:
    """Return the number of fixed letters of a key."""
    return len(re.sub("[^A-Za-z]", "", PLACEHOLDER.sub("", key)))


def _name(token: str) -> str:
    return re.match(r"<([\w-]+)", token)[1].lower()  # type: ignore[index]


def is_untouched(token: str) -> bool:
    """Return True if an opening tag matches a selector of `UNTOUCHED`."""
    given = {name: quoted[1:-1] for name, quoted in _ATTRIBUTE.findall(token)}
    name, kinds = _name(token), given.get("class", "").split()
    for tag, kind, (attribute, value) in _SELECTORS:
        if attribute:
            if given.get(attribute) == value:
                return True
        elif tag in ("", name) and (not kind or kind in kinds):
            return True
    return False


def _has_words(trace: Mapping[str, Any], axis: str) -> bool:
    """Return True if an axis has categories; those of a heatmap are captions."""
    values = trace.get(axis)
    return trace.get("type") != "heatmap" and isinstance(values, list) and any(isinstance(each, str) for each in values)


@lru_cache(maxsize=8)
def translator(language: str) -> Translator:
    """Return the translator of a language; raise `UserError` for an unknown one."""
    return Translator(language, table(language))


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
    paths = [*(ASSETS / "js").rglob("*.js"), *(ASSETS / "page").glob("*.js")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    scripts = "\n".join([source, *(value.sub("{}", source) for value in _VALUES)])
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
