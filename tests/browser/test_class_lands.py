"""Two phones of a class that really train: their dots land, and the server checks their models."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from explorer.classroom.deal import MOST, dealt
from explorer.classroom.room import stop_of
from explorer.study.time_model import kappa
from tests.browser.conftest import Server, Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
PATIENCE_MS = 400_000
NO_WEBASSEMBLY = "WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError('refused'));"
QUICK = "localStorage.setItem('clip-binding-explorer-tab-pace', '0.31');"
"""As after a quick training: a busy machine would else watch."""
EARLY = [number for number in range(30) if kappa(dealt("", number).data) > 0.9 * MOST]
"""The pupils whose captions bind first."""


class Room:
    """A room at step three, steered over HTTP."""

    def __init__(self, url: str) -> None:
        self.url, self.count = url, 0
        found = self.act("open_room")
        self.code, self.key = found["room"], found["key"]
        self.act("steer", code=self.code, stop=stop_of("train"))

    def act(self, name: str, **values: Any) -> Any:
        headers = {"Content-Type": "application/json", "X-Owner-Key": getattr(self, "key", "")}
        body = json.dumps(values).encode()
        with urlopen(Request(f"{self.url}a/{name}", body, headers), timeout=60) as answer:
            return json.load(answer)

    def fill(self, count: int) -> None:
        """Let others join until so many have."""
        for number in range(self.count, count):
            self.act("join", code=self.code, nickname=f"other {number}")
        self.count = count

    def phone(self, visits: Visits, number: int, script: str = "") -> Page:
        """The page of the pupil with this number."""
        self.fill(number)
        page = visits.visitor(390, 844)
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(script)
        page.goto(f"{self.url}class?room={self.code}")
        page.locator("#class-nickname").fill(f"pupil {number}")
        page.locator("#class-join button").click()
        page.locator("#class-deal").wait_for()
        self.count = number + 1
        return page

    def dots(self) -> dict[str, Any]:
        asked = Request(f"{self.url}v/room.json?code={self.code}", headers={"X-Owner-Key": self.key})
        with urlopen(asked, timeout=60) as answer:
            return {dot["nickname"]: dot for dot in json.load(answer)["view"]["wall"]["dots"]}


def test_a_phone_that_cannot_train_shows_a_recording_of_its_deal(visits: Visits, host: Server) -> None:
    page = Room(host.url).phone(visits, 1, NO_WEBASSEMBLY)
    expect(page.locator("#class-recorded")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#class-screen")).to_contain_text("Not from this device: a recorded training")
    expect(page.locator("#class-go")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.nightly
def test_two_phones_land_and_their_models_are_checked(visits: Visits, host: Server) -> None:
    room = Room(host.url)
    phones = [room.phone(visits, number, QUICK) for number in EARLY[:2]]
    for page in phones:
        expect(page.locator("#class-go")).to_be_enabled(timeout=PATIENCE_MS)
        page.locator("#class-go").click()
    one, two = phones
    expect(one.locator("#class-run")).to_have_attribute("data-status", "running", timeout=PATIENCE_MS)
    # A network that is lost on the way delays the news alone; a page that is loaded again begins anew.
    one.context.set_offline(True)
    one.wait_for_timeout(5000)
    one.context.set_offline(False)
    two.reload()
    for page in phones:
        expect(page.locator("#class-run")).to_have_attribute("data-status", "landed", timeout=PATIENCE_MS)
        expect(page.locator("#class-checked")).to_have_attribute("data-checked", "true", timeout=PATIENCE_MS)
    dots = room.dots()
    for number in EARLY[:2]:
        dot = dots[f"pupil {number}"]
        assert dot["is_checked"] and dot["scored"] > 0.75 and 0 < dot["pairs"] < 92_160
        assert dot["pairs"] % 256 == 0 and dot["accuracy"] > 0.75
    visits.faults = [fault for fault in visits.faults if "ERR_INTERNET" not in fault]
