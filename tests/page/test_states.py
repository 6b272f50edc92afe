"""What every state of every part of the page keeps to, in Node.

`python -m tests.record page` writes the snapshots anew, and names the English that has no Chinese.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.contract import CONTRACT
from explorer.resources import ASSETS
from tests.page import (
    test_ask,
    test_bench,
    test_class,
    test_evidence,
    test_file,
    test_inside,
    test_open,
    test_repeat,
    test_scene,
    test_tab,
    test_things,
)
from tests.page.parts import Part

MODULES = (
    test_ask,
    test_bench,
    test_class,
    test_evidence,
    test_file,
    test_inside,
    test_open,
    test_repeat,
    test_scene,
    test_tab,
    test_things,
)
PARTS = {module.PART.name: module.PART for module in MODULES}
DRAWN = [pytest.param(part, id=name, marks=pytest.mark.slow) for name, part in PARTS.items()]
"""A Node of each draws all its states, for the first test that asks."""
NO_TEXT = re.compile(r"\b(undefined|null|NaN|Infinity)\b|^(true|false)$|\[object|\{\w*\}", re.MULTILINE)


@pytest.fixture(params=DRAWN, scope="module")
def part(request: pytest.FixtureRequest) -> Part:
    part_of_page: Part = request.param
    return part_of_page


def test_every_state_looks_as_it_was_last_looked_at(part: Part) -> None:
    kept, english = part.kept(), part.told()["english"]
    assert sorted(english) == sorted(kept)
    changed = [name for name, html in english.items() if html != kept[name]]
    assert changed == [], "look at them, then run python -m tests.record page"


def test_every_view_has_states() -> None:
    """A script of these tests draws something of its folder, or of its one module."""
    scripts = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.js"))
    modules = [view.module.removesuffix("page.js") for view in CONTRACT.views.values()]
    assert [module for module in modules if f"/{module}" not in scripts] == []


def test_what_a_person_does_is_asked_and_shown(part: Part) -> None:
    assert part.told()["failed"] == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "rule"),
    [pytest.param(part, rule, id=f"{name}-{rule.__name__}") for name, part in PARTS.items() for rule in part.rules],
    indirect=["part"],
)
def test_what_the_part_alone_keeps_to(part: Part, rule: Callable[[dict[str, Any]], None]) -> None:
    rule(part.told())


@pytest.mark.parametrize(("code", "script"), [('type="file"', "ui.js"), ("clipboard.writeText", "save-file.js")])
def test_what_is_done_with_care_is_done_in_one_script(code: str, script: str) -> None:
    """A file that is chosen twice, and a text that is copied without https."""
    page = ASSETS / "page"
    assert {each.name for each in page.glob("**/*.js") if code in each.read_text("utf-8")} == {script}


def test_no_state_shows_what_is_no_text(part: Part) -> None:
    texts = part.told()
    for language in ("english", "chinese"):
        for name, html in texts[language].items():
            assert not NO_TEXT.search(re.sub(r"<pre.*?</pre>|<[^>]*>", "\n", html, flags=re.DOTALL)), name
            assert not re.search(r"\b(NaN|undefined)\b", html), name


def test_no_english_is_left_in_chinese(part: Part) -> None:
    left = {name: part.english_in(html) for name, html in part.told()["chinese"].items()}
    assert {name: english for name, english in left.items() if english} == {}


def test_english_within_chinese_is_found() -> None:
    part = Part(name="none", fixtures=lambda _: {}, is_name=lambda text: text == "things-web")
    html = '<p title="1 to 2">失败：the disk &amp; more。</p><b translate="no">a bus</b><i>“things-web”，yes，5 s</i>'
    assert part.english_in(html) == ["1 to 2", "the disk & more", "yes"]


def test_chinese_has_its_own_signs_between_texts(part: Part) -> None:
    latin_sign = re.compile(r"[一-鿿）]; ?[一-鿿（][^<>]*")
    texts_by_state = {name: latin_sign.findall(html) for name, html in part.told()["chinese"].items()}
    assert {name: texts for name, texts in texts_by_state.items() if texts} == {}


def test_no_space_stands_beside_a_sign_of_chinese(part: Part) -> None:
    inline = re.compile(r"</?(?:a|b|code|em|i|small|span|strong)\b[^>]*>")
    beside = re.compile(r"[^<>]{0,12}[。！？：；，、] +[一-鿿][^<>]{0,8}")
    texts_by_state = {name: beside.findall(inline.sub("", html)) for name, html in part.told()["chinese"].items()}
    assert {name: texts for name, texts in texts_by_state.items() if texts} == {}


def test_each_id_stands_once_and_labels_have_their_controls(part: Part) -> None:
    for name, html in part.told()["english"].items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), name
        assert set(re.findall(r'<label[^>]* for="([^"]+)"', html)) <= set(ids), name


def record() -> str | None:
    """Write the snapshots of all parts; return what else is wrong with them."""
    wrong = {name: told for name, part in PARTS.items() if (told := part.write())}
    return json.dumps(wrong, ensure_ascii=False, indent=1) if wrong else None
