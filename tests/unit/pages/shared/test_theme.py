"""Style sheets reach the page as they were written: nothing stands in them that Gradio would change or drop."""

import re
from pathlib import Path

from explorer.pages.app import launch_options
from explorer.pages.shared.theme import STYLES, head_html, modules_of
from explorer.runs.store import RunStore
from explorer.service.service import Service
from explorer.settings import LOCAL

OUTSIDE = re.compile(r"^\s*(\.gradio-container|body|html|:root)\b", re.MULTILINE)
"""Selector of a part outside .contain, into which Gradio moves each selector inside @media."""


def blocks(css: str) -> list[str]:
    """The insides of all @media."""
    return re.findall(r"@media[^{]+\{((?:[^{}]*\{[^{}]*\})*[^{}]*)\}", css)


def test_no_rule_of_a_style_sheet_is_lost() -> None:
    for path in STYLES:
        css = path.read_text(encoding="utf-8")
        assert "@container" not in css and "@supports" not in css, "Gradio drops it: assets/head.css keeps it"
        found = blocks(css)
        assert found, "the pattern finds blocks"
        for block in found:
            assert not OUTSIDE.search(block), f"{path.name}: into assets/head.css with {block.strip()[:80]}"


def test_the_head_of_the_page_holds_them(tmp_path: Path) -> None:
    assert "@media (max-width: 480px)" in head_html()
    assert head_html() in launch_options(Service.of(RunStore(tmp_path), LOCAL))["head"]


def test_the_modules_of_the_page_are_fetched_ahead_with_all_that_they_import() -> None:
    head = head_html()
    for name in modules_of("before/app"):
        assert f"<link rel='modulepreload' href='explorer-assets/page/{name}.js'>" in head
    first = modules_of("before/app")
    assert len(set(first)) == len(first), "each once"
    assert "evidence" not in first, "it comes when its tab is opened"
