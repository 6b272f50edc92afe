"""One name for a thing: `docs/glossary.md` is the list that page, lesson, class, help and documents keep to."""

import json
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from explorer.cli import app
from explorer.clip.card import SHIPPED
from explorer.contract import CONTRACT
from explorer.presets import PRESETS
from explorer.resources import ASSETS
from explorer.tools.docs import leaf_commands
from tests.page.test_words import looked_up_texts
from tests.test_readme import DOC_PAGES, README, ROOT, prose

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
FROZEN = ("study-methods.md",)
"""Documents that are made from frozen evidence."""
WRITTEN = [README, ROOT / "CONTRIBUTING.md", *(page for page in DOC_PAGES if page.name not in FROZEN)]
OLDER = {
    "the name of a shipped model": r"\bthings-(bound|web|hard-negatives|one-value)\b",
    "preset for a recipe": r"\bpresets?\b",
    "recipe for the protocol version": r"\brecipe (\d|\{\})",
    "an older name of a page": r"\b(Inspect|Probe|Study)\b (tab|page)|\btab (Inspect|Probe|Study|Play|Train)\b",
    "an older name of a recipe": rf"\b({'|'.join(each for each in PRESETS if '-' in each and each != 'web-like')})\b",
}
OF_DOCUMENTS = {why: words for why, words in OLDER.items() if "model" not in why and why != "an older name of a recipe"}
"""Documents may name what is typed, as code."""


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading of the glossary, without marks of code."""
    text = GLOSSARY.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in row] for row in rows[2:]]


def texts_of(folder: str) -> dict[str, str]:
    return dict(json.loads((ASSETS / folder / "en.json").read_text(encoding="utf-8")))


def strange(texts: Iterable[str], words: dict[str, str]) -> list[tuple[str, str]]:
    return [(text, why) for text in texts for why, pattern in words.items() if re.search(pattern, text)]


def test_a_shipped_model_is_shown_by_the_captions_that_it_learned_from() -> None:
    rows = {typed: title for title, typed in table("Shipped models")}
    assert rows == {name: each.title for name, each in SHIPPED.items()}
    for name, title in rows.items():
        for texts in map(texts_of, ("lessons", "classroom")):
            assert texts.get(f"model.{name}", title).lower().endswith(title.lower())


def test_a_page_has_one_name_in_header_title_link_and_tutorial() -> None:
    tutorial = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    pages = table("Pages")
    listed = {address for page in pages for address in page[1].split(", ")}
    without = {f"?tab={view}" for view, row in CONTRACT.views.items() if not row.has_address} - listed
    assert without == set(), "give each a row in Pages of docs/glossary.md"
    for name, address, *_ in pages:
        if not address.startswith("?tab="):
            continue
        view = CONTRACT.views[address.removeprefix("?tab=")]
        assert (view.title, view.label) == (name, "")
        assert f"*{name}*" in tutorial or f"## {name}\n" in tutorial


@pytest.mark.parametrize("folder", ["lessons", "classroom"])
def test_pupils_read_no_older_name(folder: str) -> None:
    assert strange(texts_of(folder).values(), OLDER) == []


def test_the_page_says_no_older_name() -> None:
    assert len(looked_up_texts()) > 200
    assert strange(looked_up_texts(), OLDER) == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_documents_say_no_older_name(page: Path) -> None:
    words = re.sub(r"`[^`\n]*`|<[^>]*>", "", prose(page))
    assert strange(words.splitlines(), OF_DOCUMENTS) == []


@pytest.mark.parametrize("command", [usage.split()[0] for usage, _ in leaf_commands(app)])
def test_help_says_no_older_name(command: str) -> None:
    text = StringIO()
    app.help_print([command], console=Console(file=text, width=100))
    plain = re.sub(r"--\S+|\[?PRESET\]?|\bpreset=\S+", "", text.getvalue())
    assert strange(plain.splitlines(), OF_DOCUMENTS) == []


def test_an_older_name_is_seen() -> None:
    texts = ["things-web picks B", "the preset", "recipe 2", "the Probe tab", "too-many-attributes"]
    assert [text for text, _ in strange(texts, OLDER)] == texts
