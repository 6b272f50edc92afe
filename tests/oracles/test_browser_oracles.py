"""Every view says in each look what was recorded; `python -m tests.oracles browser` records it anew."""

from collections.abc import Iterator
from difflib import unified_diff

import pytest

from tests.browser.conftest import CHROMIUM
from tests.oracles.browser import PAGES, VIEWS, Studio, is_same, looks_of, recorded, studio

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def opened() -> Iterator[Studio]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: install one, on Debian with apt install chromium")
    with studio() as found:
        yield found
        assert found.faults == []


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_says_what_was_recorded(opened: Studio, name: str) -> None:
    wanted = recorded(name)
    for look, text in looks_of(opened, name, wanted).items():
        lines = unified_diff(
            wanted[look].splitlines(), text.splitlines(), "recorded", f"now in {look}", n=1, lineterm=""
        )
        assert is_same(text, wanted[look]), "\n".join(lines)


def test_every_recording_is_that_of_a_view_and_the_dark_one_says_what_the_light_one_says() -> None:
    assert {path.name.partition(".")[0] for path in PAGES.iterdir()} == set(VIEWS)
    assert not list(PAGES.glob("*.dark.txt"))


@pytest.mark.parametrize(
    ("one", "other", "is_equal"),
    [("at 0.41", "at 0.42", True), ("at 0.41", "at 0.43", False), ("0.4", "0.41", False), ("1.0 a", "1.0 b", False)],
)
def test_a_decimal_may_differ_by_one_in_its_last_place(one: str, other: str, is_equal: bool) -> None:
    assert is_same(one, other) is is_equal
