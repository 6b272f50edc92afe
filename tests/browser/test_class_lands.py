"""Two phones of a class that really train: their dots land, and the server checks their models."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from safetensors.numpy import load_file, save

from explorer.classroom.deal import MAX_KAPPA, deal_spec, landing_pairs
from explorer.classroom.stops import OWN_STEP, STOPS_WITH_THINGS, first_stop
from explorer.clip.clip import export
from explorer.clip.fresh import fresh_clip
from explorer.clip.names import WEIGHTS_FILE
from explorer.spec import TrainSpec
from explorer.study.kappa import kappa
from explorer.world.grammar import Grammar
from explorer.world.own import parse_world
from explorer.world.things import World
from tests.benchmarks.server import Person
from tests.browser.conftest import Visits
from tests.browser.views import broken_rules
from tests.own_worlds import made_up
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
PATIENCE_MS = 400_000
NO_WEBASSEMBLY = "WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError('refused'));"
QUICK = "localStorage.setItem('clip-binding-explorer-tab-paces', JSON.stringify(Array(9).fill(0.31)));"
"""As after a quick training: a busy machine would else watch."""
EARLY = [number for number in range(30) if kappa(deal_spec("", number).data) > 0.9 * MAX_KAPPA]
"""The pupils whose captions bind first."""


class Room(Person):
    """A room at step three, steered over HTTP by its teacher."""

    def open(self) -> "Room":
        answer = self.ask("POST", "a/open_room", {})
        self.code, self.key, self.count = answer["room"], answer["key"], 0
        self.ask("POST", "a/go_to_stop", {"code": self.code, "stop": first_stop("train")})
        return self

    def phone(self, visits: Visits, number: int, script: str = "") -> Page:
        """The page of the pupil with this number; others join before."""
        for other in range(self.count, number):
            self.ask("POST", "a/join", {"code": self.code, "nickname": f"other {other}"})
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
        view = self.ask("GET", f"v/room.json?code={self.code}")["view"]
        return {dot["nickname"]: dot for dot in view["wall"]["dots"]}


def test_a_phone_that_cannot_train_shows_a_recording_of_its_deal(visits: Visits, host: Server) -> None:
    page = Room(host.url).open().phone(visits, 1, NO_WEBASSEMBLY)
    expect(page.locator("#class-recorded")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#class-screen")).to_contain_text("it is a recorded training with your numbers")
    expect(page.locator("#class-go")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_row_of_the_class_s_own_world_opens_the_pictures_of_its_pairs(
    visits: Visits, host: Server, tmp_path: Path
) -> None:
    room = Room(host.url)
    opened = room.ask("POST", "a/open_room", {"has_things": True})
    code, room.key = opened["room"], opened["key"]
    phones = [Room(host.url) for _ in range(2)]
    for number, phone in enumerate(phones):
        phone.key = phone.ask("POST", "a/join", {"code": code, "nickname": f"pupil {number}"})["key"]
    room.ask("POST", "a/go_to_stop", {"code": code, "stop": first_stop(OWN_STEP, STOPS_WITH_THINGS)})
    room.ask("POST", "a/show_at_once", {"code": code, "is_on": True})
    for phone, noun in zip(phones, made_up(2, seed=1)["nouns"], strict=True):
        phone.ask("POST", "a/give_thing", {"code": code, **noun})
    room.ask("POST", "a/close_world", {"code": code})
    world = parse_world({"nouns": room.ask("GET", f"v/class_world.json?code={code}")["nouns"]})
    pairs = min(landing_pairs(deal_spec(code, 0, world=world.name)))
    told = {"code": code, "pairs": pairs, "world": world.name}
    phones[0].ask("POST", "a/tell_training", {**told, "training": "landed", "accuracy": 0.8})
    phones[0].ask("POST", f"class/model?code={code}", fresh_model(world, tmp_path))
    phones[1].ask("POST", "a/tell_training", {**told, "training": "training", "accuracy": 0.6})
    page = visits.visitor(1920, 1080)
    page.goto(f"{host.url}class?room={code}#key={room.key}")
    rows = page.locator("#class-wall g[role=button]")
    expect(rows).to_have_attribute("data-pupil", "0")  # the model of the other one was not checked
    rows.focus()
    page.keyboard.press("Enter")
    found = room.ask("GET", f"v/found_pictures.json?code={code}&pupil=0")
    shown = page.locator("#class-pictures figure")
    expect(shown).to_have_count(len(found))
    marks = {1: "right", 0.5: "open", 0: "wrong"}
    assert shown.evaluate_all("all => all.map((each) => each.dataset.found)") == [marks[each] for each in found]
    expect(shown.first).to_contain_text(f"yellow {world.nouns[0].word}")
    assert broken_rules(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#class-pictures")).to_have_count(0)
    expect(rows).to_be_focused()


def fresh_model(world: World, folder: Path) -> bytes:
    """The small model for the words of a world, as a device sends it: in half precision."""
    export(fresh_clip(TrainSpec(), Grammar(world)), folder)
    weights = load_file(folder / WEIGHTS_FILE)
    return save({name: numbers.astype(np.float16) for name, numbers in weights.items()})


@pytest.mark.nightly
def test_two_phones_land_and_their_models_are_checked(visits: Visits, host: Server) -> None:
    room = Room(host.url).open()
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
