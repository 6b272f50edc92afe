"""A class in real browsers: the whole lesson with five pupils, and nobody who loses their place."""

import csv
import io
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from explorer.classroom.room import RECIPES, STOPS, stop_of
from tests.browser.conftest import Server, end_server, free_port, start_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
SLOW = 240_000
STEPS = "3"
NAMES = ("Ada", "小明", "<b>Grace</b>", "Linus", "=Margaret")
CUT = """() => {
  const screen = document.querySelector('#class-screen');
  const bar = document.querySelector('#class-bar').getBoundingClientRect();
  return [...screen.querySelectorAll('h1, h2, p, li, td, img, button, canvas')]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().bottom > bar.top + 1)
    .map((each) => `${each.tagName}.${each.className}: ${each.textContent.slice(0, 40)}`);
}"""
"""Parts of the projector's screen that lie under the bar."""


@dataclass
class Room:
    """A server with a class, its teacher and pupils; `faults` are exceptions of pages."""

    browser: Browser
    servers: list[Server]
    contexts: list[BrowserContext] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    code: str = ""

    @property
    def server(self) -> Server:
        return self.servers[-1]

    def page(self, width: int, height: int, path: str) -> Page:
        context = self.browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        context.set_default_timeout(60_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(self.server.url + path)
        return page

    def teacher(self, path: str = "class") -> Page:
        page = self.page(1920, 1080, path)
        page.locator("#class-open").click()
        expect(page.locator("#class-room")).to_have_text(re.compile("^[A-Z]{4}$"))
        self.code = page.locator("#class-room").inner_text()
        return page

    def pupil(self, name: str, path: str = "class") -> Page:
        page = self.page(390, 844, path)
        page.locator("#class-code").fill(self.code.lower())
        page.locator("#class-enter button").click()
        page.locator("#class-nickname").fill(name)
        page.locator("#class-join button").click()
        expect(page.locator("#class-screen[data-stop]")).to_be_visible()
        return page

    def restart(self) -> None:
        """Start the server again on its port."""
        port = int(self.server.url.rstrip("/").rpartition(":")[2])
        self.servers.append(start_server(self.server.runs, port, EXPLORER_CLASS_STEPS=STEPS))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """The server of these tests, which some of them kill and start again: the last one runs."""
    runs = tmp_path_factory.mktemp("class") / "runs"
    runs.mkdir()
    started = [start_server(runs, free_port(), EXPLORER_CLASS_STEPS=STEPS)]
    yield started
    end_server(started[-1])


@pytest.fixture
def room(browser: Browser, servers: list[Server]) -> Iterator[Room]:
    made = Room(browser, servers)
    yield made
    for context in made.contexts:
        context.close()
    assert made.faults == []


def at(stop: int, *pages: Page) -> None:
    for page in pages:
        expect(page.locator(f"#class-screen[data-stop='{stop}']")).to_be_visible(timeout=30_000)


def tap(page: Page, option: int) -> None:
    chosen = page.locator(f"button.class-option[data-option='{option}']")
    chosen.click()
    expect(chosen).to_have_attribute("aria-pressed", "true")


def go_to(teacher: Page, step: str) -> None:
    number = list(dict.fromkeys(stop.step for stop in STOPS)).index(step)
    teacher.locator(".class-steps button").nth(number).click()
    at(stop_of(step), teacher)


def test_a_whole_lesson_with_five_pupils(room: Room) -> None:
    teacher = room.teacher()
    port = room.server.url.rstrip("/").rpartition(":")[2]
    expect(teacher.locator("#class-loopback code")).to_have_text(f"make run HOST=0.0.0.0 PORT={port}")
    begin = time.monotonic()
    first = room.pupil(NAMES[0])
    assert time.monotonic() - begin < 20
    phones = [first, *map(room.pupil, NAMES[1:])]
    expect(teacher.locator("#class-people")).to_have_text("5 here")
    expect(teacher.locator("#class-names li")).to_have_text(NAMES)
    for stop in range(1, stop_of("train")):
        teacher.locator("#class-next").click()
        at(stop, teacher, *phones)
        if STOPS[stop].question and not STOPS[stop].is_revealed:
            for number, phone in enumerate(phones):
                tap(phone, number % 2)
            expect(teacher.locator(".class-option .class-count").first).to_have_text("3")
            expect(phones[0].locator("#class-answers")).to_have_text("5 of 5 answered")
        elif STOPS[stop].is_revealed:
            expect(teacher.locator(".class-option[data-state=right] .class-mark")).to_have_text("✓")
            expect(phones[0].locator("#class-answer")).not_to_be_empty()
        elif STOPS[stop].step == "vote":
            expect(teacher.locator("[data-model=things-web] b")).to_have_text("51.6 % right")
            expect(teacher.locator("[data-model=things-web] small")).to_contain_text("measured on 864 test pictures")
        assert teacher.evaluate(CUT) == [], stop
        assert first.evaluate("document.documentElement.scrollWidth") <= 390, stop
    runs = train(teacher, phones)
    fool(teacher, phones)
    teacher.locator("#class-next").click()
    at(len(STOPS) - 1, teacher, *phones)
    expect(teacher.locator("[data-model=class] small")).to_have_text(re.compile(r"caption: 1[0-5] of 25$"))
    expect(phones[1].locator("tbody tr")).to_have_count(len(RECIPES))
    assert teacher.evaluate(CUT) == []
    assert all(phone.locator("b").filter(has_text="Grace").count() == 0 for phone in phones)
    teacher.locator("#class-menu summary").click()
    teacher.locator("#class-end").click()
    teacher.locator("#class-end").click()
    for page in (teacher, *phones):
        expect(page.locator("#class-over")).to_contain_text("over")
    file, deadline = room.server.runs / ".classes" / f"{room.code}.json", time.monotonic() + 120
    while file.exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not file.exists()
    assert not [run for run in runs if (room.server.runs / run).exists()]


def train(teacher: Page, phones: list[Page]) -> list[str]:
    """Step three; the runs of the pupils."""
    teacher.locator("#class-next").click()
    at(stop_of("train"), teacher, *phones)
    titles = [phone.locator("#class-recipe") for phone in phones]
    dealt = [(title.get_attribute("data-recipe"), title.get_attribute("data-seed")) for title in titles]
    assert len(set(dealt)) == 5 and {recipe for recipe, _ in dealt} == set(RECIPES)
    expect(teacher.locator("#class-capacity")).to_contain_text("trainings")
    expect(teacher.locator("#class-wall a[data-recorded=false][data-final=true]").first).to_be_visible(timeout=SLOW)
    expect(teacher.locator("#class-wall rect[data-band]")).to_have_count(4)
    order = teacher.locator("#class-wall > *").evaluate_all("(all) => all.map((each) => each.tagName)")
    assert order.index("a") > len(order) - 1 - order[::-1].index("rect"), "no band covers a name"
    link = teacher.locator("#class-wall a[data-recorded=false][data-final=true]").first.get_attribute("href") or ""
    assert link.startswith("./?tab=workbench&run=")
    assert teacher.evaluate(CUT) == []
    with teacher.expect_download() as got:
        teacher.locator("#class-csv").click()
    rows = list(csv.DictReader(io.StringIO(Path(got.value.path()).read_text(encoding="utf-8"))))
    assert [row["nickname"] for row in rows if row["nickname"]] == [*NAMES[:4], "'=Margaret"]
    assert {row["recorded"] for row in rows if row["nickname"]} == {"false"}
    assert {row["recorded"] for row in rows if not row["nickname"]} <= {"true"}
    assert {row["study_trainings"] for row in rows} == {"5"}
    with teacher.expect_download() as got:
        teacher.locator("#class-png").click()
    assert Path(got.value.path()).read_bytes()[:4] == b"\x89PNG"
    return [row["run"] for row in rows if row["nickname"]]


def fool(teacher: Page, phones: list[Page]) -> None:
    teacher.locator("#class-next").click()
    at(stop_of("fool"), teacher, *phones)
    for number, phone in enumerate(phones[:2]):
        canvas = phone.locator("#scene-canvas")
        canvas.focus()
        expect(phone.locator(".scene-model[data-state=right]")).to_be_visible(timeout=SLOW)
        for _ in range(14 + number):
            canvas.press("ArrowRight")
        for _ in range(7):
            canvas.press("-")
        expect(phone.locator("#class-margin")).to_contain_text("margin: 0.", timeout=30_000)
    expect(teacher.locator("#class-scenes li")).to_have_count(2, timeout=SLOW)
    expect(teacher.locator("#class-scenes canvas")).to_have_count(2)
    assert teacher.evaluate(CUT) == []


def test_nobody_loses_their_place(room: Room) -> None:
    teacher = room.teacher()
    ada, linus = room.pupil("Ada"), room.pupil("Linus")
    go_to(teacher, "vote")
    at(1, ada, linus)
    tap(ada, 1)
    expect(teacher.locator(".class-option .class-count")).to_have_text(["0", "1"])
    # The server is killed while Linus answers.
    os.kill(room.server.process.pid, signal.SIGKILL)
    room.server.process.wait()
    tap(linus, 0)
    expect(linus.locator("#class-lost")).to_be_visible(timeout=30_000)
    room.restart()
    expect(teacher.locator(".class-option .class-count")).to_have_text(["1", "1"], timeout=60_000)
    expect(linus.locator("#class-lost")).to_be_hidden(timeout=30_000)
    # A reload, of the teacher too.
    for page in (ada, teacher):
        page.reload()
        at(1, page)
    expect(ada.locator("[aria-pressed=true]")).to_have_attribute("data-option", "1")
    expect(teacher.locator("#class-people")).to_have_text("2 here")
    # A phone without a network while the class goes on; and a pupil who is late.
    ada.context.set_offline(True)
    teacher.locator("#class-next").click()
    at(2, teacher, linus)
    late = room.pupil("Grace")
    at(2, late)
    expect(ada.locator("#class-lost")).to_be_visible(timeout=40_000)
    ada.context.set_offline(False)
    at(2, ada)
    expect(teacher.locator("#class-people")).to_have_text("3 here")


def test_trainings_go_on_after_the_server_was_killed(room: Room) -> None:
    teacher, ada = room.teacher(), room.pupil("Ada")
    go_to(teacher, "train")
    at(stop_of("train"), ada)
    expect(ada.locator("#class-run")).to_have_attribute("data-status", "running", timeout=SLOW)
    run = ada.locator("#class-run").get_attribute("data-run")
    os.kill(room.server.process.pid, signal.SIGKILL)
    room.server.process.wait()
    room.restart()
    late = room.pupil("Late")
    expect(late.locator("#class-recipe")).to_be_visible()
    expect(ada.locator("#class-run")).to_have_attribute("data-status", "finished", timeout=SLOW)
    assert ada.locator("#class-run").get_attribute("data-run") == run
    expect(teacher.locator("#class-wall a[data-name=Ada]")).to_have_attribute("data-final", "true", timeout=30_000)


def test_a_wrong_code_is_refused_beside_its_field(room: Room) -> None:
    page = room.page(390, 844, "class")
    page.locator("#class-code").fill("zzzz")
    page.locator("#class-enter button").click()
    expect(page.locator("#class-code-note")).to_contain_text("No class has the code ZZZZ. Type the four letters")
    expect(page.locator("#class-code")).to_be_focused()
    page.goto(f"{room.server.url}class?room=ZZZY")
    expect(page.locator("#class-code-note")).to_contain_text("ZZZY")
    expect(page.locator("#class-nickname")).to_be_hidden()
    expect(page.locator("#class-code")).to_have_value("ZZZY")


def test_the_teachers_key_leaves_the_address_and_a_pupil_has_none(room: Room) -> None:
    teacher = room.teacher()
    ada = room.pupil("Ada")
    key = json.loads(teacher.evaluate("localStorage.getItem('clip-binding-class')"))[room.code]["key"]
    other = room.page(1280, 800, f"class?room={room.code}#key={key}")
    at(0, other)
    assert key not in other.url
    other.locator("#class-next").click()
    at(1, teacher, ada, other)
    assert ada.locator("#class-bar").is_hidden()
    assert key not in ada.content() and ada.context.cookies() == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_axe_finds_nothing_serious(room: Room, language: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    def check(page: Page) -> None:
        found = Axe().run(page).response["violations"]
        bad = [rule for rule in found if rule["impact"] in ("serious", "critical")]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in bad] == []

    check(room.page(390, 844, f"class?lang={language}"))
    check(room.page(390, 844, f"class/plan?lang={language}"))
    teacher = room.teacher(f"class?lang={language}")
    ada = room.pupil("Ada", f"class?lang={language}")
    check(teacher)
    for stop in (1, 2, 11, 13):
        for _ in range(stop - int(teacher.locator("#class-screen").get_attribute("data-stop") or 0)):
            before = int(teacher.locator("#class-screen").get_attribute("data-stop") or 0)
            teacher.locator("#class-next").click()
            at(before + 1, teacher, ada)
        check(teacher)
        check(ada)
        assert ada.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_plan_prints_on_one_page(room: Room) -> None:
    for language in ("en", "zh"):
        page = room.page(1000, 800, f"class/plan?lang={language}")
        pdf = page.pdf(format="A4")
        assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page/") == 1
