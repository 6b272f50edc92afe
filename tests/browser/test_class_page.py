"""A class on the page: a teacher and two pupils through every step, and nobody who loses their place."""

import csv
import io
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.classroom.network import own_addresses
from explorer.classroom.stops import CLASS_RECIPES, LESSON_STOPS, STOPS_WITH_THINGS, first_stop
from tests.browser.conftest import APP, OFTEN, Visits, managed_visits
from tests.browser.test_things_page import paper
from tests.browser.views import WIDE, broken_rules, remaining_items
from tests.served import Server, start_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SLOW = 240_000
SHORT = OFTEN | {"EXPLORER_CLASS_STEPS": "2", "HOST": "0.0.0.0"}
NAMES = ("小明", "<b>Grace</b>")
CUT = """() => {
  const bar = document.querySelector('#class-bar');
  const below = (each) => each.getBoundingClientRect().bottom;
  return [...document.querySelectorAll('#class-screen :is(h1, h2, p, li, td, img, button, canvas)'), bar]
    .filter((each) => each.checkVisibility() && below(each) > (each === bar ? innerHeight : bar.offsetTop) + 1)
    .map((each) => `${each.tagName}.${each.className}: ${each.textContent.slice(0, 40)}`);
}"""
"""Parts of the projector's screen that lie under the bar, or the bar where it is not in the window."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """A server that phones reach and whose classes train a few steps; a test kills and starts it: the last one runs."""
    started = [start_server(tmp_path_factory.mktemp("class"), command=APP, **SHORT)]
    yield started
    started[-1].end()


@pytest.fixture
def visits(browser: Browser, servers: list[Server]) -> Iterator[Visits]:
    # A browser logs each request that a killed server did not answer, or not to its end.
    with managed_visits(browser, servers[-1].url, "ERR_CONNECTION|ERR_CONTENT_LENGTH|ERR_INTERNET") as open_visits:
        yield open_visits


def teacher_of(visits: Visits, path: str = "class", door: str = "#class-open") -> tuple[Page, str]:
    """The projector of a new room, and its code."""
    page = visits.visitor(1920, 1080)
    page.goto(visits.base + path)
    page.locator(door).click()
    expect(page.locator("#class-room")).to_have_text(re.compile("^[A-Z]{4}$"))
    return page, page.locator("#class-room").inner_text()


def pupil_of(visits: Visits, code: str, name: str, query: str = "", *, dark: bool = False) -> Page:
    page = visits.visitor(390, 844, dark=dark)
    page.goto(f"{visits.base}class{query}")
    page.locator("#class-code").fill(code.lower())
    page.locator("#class-enter button").click()
    page.locator("#class-nickname").fill(name)
    page.locator("#class-join button").click()
    expect(page.locator("#class-screen[data-stop]")).to_be_visible()
    return page


def at(stop: int, *pages: Page) -> None:
    for page in pages:
        expect(page.locator(f"#class-screen[data-stop='{stop}']")).to_be_visible(timeout=30_000)


def tap(page: Page, option: int) -> None:
    chosen = page.locator(f"button.class-option[data-option='{option}']")
    chosen.click()
    expect(chosen).to_have_attribute("aria-pressed", "true")


def go_to(teacher: Page, step: str) -> None:
    number = list(dict.fromkeys(stop.step for stop in LESSON_STOPS)).index(step)
    teacher.locator(".class-steps button").nth(number).click()
    at(first_stop(step), teacher)


def check(*pages: Page) -> None:
    """Axe finds nothing, nothing is cut on the projector, and a phone scrolls in one direction."""
    for page in pages:
        assert broken_rules(page) == []
        if page.locator("#class-bar").count():
            assert remaining_items(page, CUT) == []
        assert remaining_items(page, WIDE) == []


def test_a_class_from_its_doors_to_its_end(visits: Visits, servers: list[Server]) -> None:
    teacher, code = teacher_of(visits)
    one = pupil_of(visits, code, NAMES[0], "?lang=zh", dark=True)
    two = pupil_of(visits, code, NAMES[1])
    expect(teacher.locator("#class-names li")).to_have_text(NAMES)
    vote(teacher, one, two)
    train(teacher, one, two)
    fool(teacher, one)
    teacher.locator("#class-next").click()
    at(len(LESSON_STOPS) - 1, teacher, one, two)
    expect(teacher.locator("[data-model=class] small")).to_have_text("votes for the true caption: 1 of 2")
    expect(two.locator("tbody tr")).to_have_count(len(CLASS_RECIPES))
    expect(teacher.locator("#class-fooling")).to_contain_text("Smallest margin: 0.")
    check(teacher, one)
    # A pupil who was removed is asked for a nickname again.
    teacher.locator("#class-menu summary").click()
    teacher.locator("[data-pupil='1']").click()
    expect(two.locator("#class-nickname")).to_be_visible()
    expect(teacher.locator("#class-people")).to_have_text("1 here")
    for _ in range(2):
        teacher.locator("#class-end").click()
    for page in (teacher, one):
        expect(page.locator("#class-over")).not_to_be_empty()
    assert not list(servers[-1].runs.glob("*-*")), "nothing trained on the server"


def vote(teacher: Page, one: Page, two: Page) -> None:
    teacher.locator("#class-next").click()
    at(1, teacher, one, two)
    expect(two.locator("#class-heard")).to_contain_text("Which caption is true of the picture?")
    tap(one, 0)
    tap(two, 1)
    expect(teacher.locator(".class-option .class-count")).to_have_text(["1", "1"])
    teacher.keyboard.press("ArrowRight")
    at(2, teacher, one, two)
    expect(two.locator("#class-heard")).to_contain_text("You voted B, as 1 of 2 did.")
    expect(two.locator("#class-screen"), "the pressed option is off").to_be_focused()
    expect(two.locator("#class-mine")).to_contain_text("You voted B, as 1 of 2 did.")
    expect(teacher.locator("[data-model=things-bound]")).to_contain_text("over 99 to 1: sure")
    check(teacher, one)


def train(teacher: Page, one: Page, two: Page) -> None:
    """Step three: both devices train a few steps, and a page that was loaded again goes on."""
    go_to(teacher, "train")
    at(first_stop("train"), one, two)
    deals = [page.locator("#class-deal").get_attribute("data-kappa") for page in (one, two)]
    assert deals[0] != deals[1]
    one.locator("#class-go").click()
    expect(teacher.locator("#class-wall g[data-pupil='0']")).to_be_visible(timeout=SLOW)
    one.reload()
    # What a device tells of its training is lost until it has ended: the page that is loaded next tells it.
    two.route("**/a/tell_training", lambda route: route.abort("internetdisconnected"))
    two.locator("#class-go").click()
    expect(two.locator("#class-run")).to_have_attribute("data-status", "finished", timeout=SLOW)
    two.unroute("**/a/tell_training")
    two.reload()
    # Two steps cannot bind: both dots become triangles at the budget.
    ended = teacher.locator("#class-wall g[data-state=ended]")
    expect(ended).to_have_count(2, timeout=SLOW)
    expect(one.locator("#class-run")).to_have_attribute("data-status", "ended", timeout=SLOW)
    expect(one.locator("#class-climb g[data-mine=true]")).to_have_attribute("data-state", "ended")
    expect(teacher.locator("#class-landed b")).to_have_text("0 of 2 have landed.")
    expect(teacher.locator("#class-wall [data-part=line]")).to_have_count(0)
    teacher.keyboard.press("l")
    expect(teacher.locator("#class-wall [data-part=line]")).to_have_count(1)
    expect(one.locator("#class-climb [data-part=band]")).to_have_count(1)
    check(teacher, one)
    with teacher.expect_download() as got:
        teacher.locator("#class-csv").click()
    rows = list(csv.DictReader(io.StringIO(Path(got.value.path()).read_text(encoding="utf-8-sig"))))
    assert sorted(row["nickname"] for row in rows) == sorted(NAMES)
    assert all(float(row["expected_low"]) < float(row["expected"]) for row in rows)
    assert {row["pairs"] for row in rows} == {"512"}
    with teacher.expect_download() as got:
        teacher.locator("#class-png").click()
    assert Path(got.value.path()).read_bytes()[:4] == b"\x89PNG"


def fool(teacher: Page, one: Page) -> None:
    go_to(teacher, "fool")
    at(first_stop("fool"), one)
    canvas = one.locator("#scene-canvas")
    canvas.focus()
    expect(one.locator(".scene-model[data-state=right]")).to_be_visible(timeout=SLOW)
    # The picture is lost on its way, and the page that is loaded next hands it in.
    lost = "**/a/hand_in_scene"
    one.route(lost, lambda route: route.abort("internetdisconnected"))
    with one.expect_request(lost):
        for _ in range(7):
            canvas.press("-")
    one.reload()
    one.unroute(lost)
    expect(one.locator("#class-margin")).to_contain_text("0.")
    expect(teacher.locator("#class-scenes li canvas")).to_have_count(1, timeout=SLOW)


def test_a_rehearsal_and_the_key_for_a_second_device(visits: Visits) -> None:
    teacher, code = teacher_of(visits, door="#class-rehearse")
    expect(teacher.locator("#class-rehearsal")).to_be_visible()
    expect(teacher.locator("#class-people")).to_have_text("6 here")
    teacher.locator("#class-menu summary").click()
    teacher.locator("#class-show-device").click()
    link = teacher.locator("#class-device").input_value()
    other = visits.visitor()
    other.goto(link)
    at(0, other)
    assert "#" not in other.url and other.context.cookies() == []
    other.locator("#class-next").click()
    at(1, teacher, other)
    expect(teacher.locator("#class-answers")).to_have_text("6 of 6 answered")
    phone = visits.visitor(390, 844)
    phone.goto(f"{visits.base}class?room={code}")
    expect(phone.locator("#class-joined-room")).to_contain_text(code)
    key = link.rpartition("=")[2]
    assert key not in phone.content()
    # Each picture of a pretended pupil counts: the projector scores it, too.
    go_to(teacher, "fool")
    expect(teacher.locator("#class-tried")).to_contain_text("2")
    expect(teacher.locator("#class-scenes li")).to_have_count(2, timeout=SLOW)


def test_doors_and_the_plan(browser: Browser, visits: Visits, host: Server) -> None:
    # A server that no phone reaches says how one is started that they reach.
    with managed_visits(browser, host.url) as alone:
        teacher, _ = teacher_of(alone)
        expect(teacher.locator("#class-loopback code")).to_have_text(f"make run HOST=0.0.0.0 PORT={host.port}")
    page = visits.visitor(390, 844, dark=True)
    page.goto(f"{visits.base}class?room=ZZZY&lang=zh")
    expect(page.locator("#class-code-note")).to_contain_text("ZZZY")
    expect(page.locator("#class-code")).to_be_focused()
    expect(page.locator("#class-code")).to_have_value("ZZZY")
    check(page)
    for language in ("en", "zh"):
        page.goto(f"{visits.base}class/plan?lang={language}")
        expect(page.locator(".class-plan tbody tr")).to_have_count(5)
        pdf = page.pdf(format="A4")
        assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page/") == 1
    check(page)


def test_nobody_loses_their_place(visits: Visits, servers: list[Server]) -> None:
    teacher, code = teacher_of(visits)
    ada, linus = pupil_of(visits, code, "Ada"), pupil_of(visits, code, "Linus")
    go_to(teacher, "vote")
    at(1, ada, linus)
    tap(ada, 1)
    expect(teacher.locator(".class-option .class-count")).to_have_text(["0", "1"])
    # The server is killed while Linus answers.
    os.kill(servers[-1].process.pid, signal.SIGKILL)
    servers[-1].process.wait()
    tap(linus, 0)
    expect(linus.locator("#class-lost")).to_be_visible(timeout=30_000)
    servers.append(start_server(servers[-1].runs.parent, port=servers[-1].port, command=APP, **SHORT))
    expect(teacher.locator(".class-option .class-count")).to_have_text(["1", "1"], timeout=60_000)
    expect(linus.locator("#class-lost")).to_be_hidden(timeout=30_000)
    # A teacher who closed the page finds the class at the doors.
    teacher.goto(f"{visits.base}class")
    expect(teacher.locator("#class-go-on")).to_contain_text(code)
    teacher.locator("#class-go-on").click()
    at(1, teacher)
    # A reload, of the teacher too.
    for page in (ada, teacher):
        page.reload()
        at(1, page)
    expect(ada.locator("[aria-pressed=true]")).to_have_attribute("data-option", "1")
    # A phone without a network while the class goes on.
    ada.context.set_offline(True)
    teacher.locator("#class-next").click()
    at(2, linus)
    expect(ada.locator("#class-lost")).to_be_visible(timeout=40_000)
    ada.context.set_offline(False)
    at(2, ada)
    expect(teacher.locator("#class-people")).to_have_text("2 here")


def thing_of(phone: Page, icon: str, name: str = "") -> None:
    """Pick an icon and keep it, by its own name or another."""
    phone.locator(".class-ways [data-act]").last.click()
    phone.locator("#th-title").wait_for()
    phone.locator(".th-head [data-choice=icon]").click()
    phone.locator(f"[data-icon={icon}]").click()
    if name:
        phone.locator("#thing-name").fill(name)
    phone.locator("#thing-keep").click()


def thing_from_paper(phone: Page, photo: Path, name: str) -> None:
    """Photograph a drawing on paper and keep it."""
    phone.locator(".class-ways [data-act=photo]").click()
    phone.locator(".th-left input[type=file]").first.set_input_files(photo)
    expect(phone.locator(".th-slider")).to_be_visible()
    phone.locator("#thing-name").fill(name)
    phone.locator("#thing-keep").click()


def state_of(phone: Page, state: str, patience_ms: int = 30_000) -> None:
    expect(phone.locator("#class-mine-thing")).to_have_attribute("data-state", state, timeout=patience_ms)


def test_a_class_trains_on_its_own_things_and_loses_none(visits: Visits, servers: list[Server], tmp_path: Path) -> None:
    projector = visits.visitor(1920, 1080)
    projector.goto(f"{visits.base}class")
    projector.locator("#class-with-things").check()
    projector.locator("#class-open").click()
    expect(projector.locator("#class-room")).to_have_text(re.compile("^[A-Z]{4}$"))
    code = projector.locator("#class-room").inner_text()
    ada, ben = pupil_of(visits, code, "Ada"), pupil_of(visits, code, "小明", "?lang=zh", dark=True)
    projector.locator(".class-steps button").nth(3).click()
    expect(projector.locator("#class-close")).to_be_disabled()
    thing_from_paper(ada, paper(tmp_path / "paper.png"), "bello")
    state_of(ada, "waiting")
    thing_of(ben, "panda")
    state_of(ben, "waiting")
    ada.reload()
    state_of(ada, "waiting")
    # The teacher sees both first: one is shown, the other pupil is asked for another.
    expect(projector.locator("#class-grid [data-word]")).to_have_count(0)
    projector.locator("#class-waiting summary").click()
    expect(projector.locator("#class-waiting summary")).to_contain_text("2")
    check(projector, ada, ben)
    projector.locator("[data-show='0']").click()
    projector.locator("[data-another='1']").click()
    expect(projector.locator("#class-waiting .class-wait-box")).to_be_hidden()  # nothing is left in it
    projector.locator("#class-waiting summary").click()
    expect(projector.locator("#class-grid [data-word]")).to_have_text("bello")
    state_of(ada, "shown")
    state_of(ben, "asked")
    # Another one is made without a network.
    ben.context.set_offline(True)
    thing_of(ben, "crab", "krebs")
    expect(ben.locator("#class-lost")).to_be_visible(timeout=40_000)
    ben.context.set_offline(False)
    state_of(ben, "waiting", 60_000)
    # A thing that was changed is lost on its way, and the page that is loaded next gives it.
    lost = "**/a/give_thing"
    ben.route(lost, lambda route: route.abort("internetdisconnected"))
    with ben.expect_request(lost):
        ben.locator(".class-ways [data-act=draw]").click()
        ben.locator("#thing-name").fill("krabbe")
        ben.locator("#thing-keep").click()
    ben.reload()
    ben.unroute(lost)
    projector.locator("#class-at-once").check()
    expect(projector.locator("#class-grid [data-word]")).to_have_text(["bello", "krabbe"])
    projector.locator("#class-hide").click()
    expect(projector.locator("[data-hide]")).to_have_count(2)
    projector.locator("#class-last").click()
    expect(ben.locator("[role=timer]")).to_contain_text("0:")
    projector.locator("#class-close").click()
    # Both train by themselves, and so does one that comes late; nothing of it stays in a browser without a press.
    train = first_stop("train", STOPS_WITH_THINGS)
    at(train, projector, ada, ben)
    late = pupil_of(visits, code, "late")
    for phone in (ada, ben, late):
        expect(phone.locator("#class-run")).to_have_attribute("data-status", "ended", timeout=SLOW)
    expect(projector.locator("#class-wall g[data-state=ended]")).to_have_count(3)
    for width, height in ((1280, 800), (1920, 1080)):
        projector.set_viewport_size({"width": width, "height": height})
        for button in ("#class-png", "#class-csv"):
            expect(projector.locator(button)).to_be_in_viewport(ratio=0.99)
    # Nothing is recorded of a class's own world.
    projector.keyboard.press("l")
    expect(projector.locator("#class-study, #class-wall [data-part=band]")).to_have_count(0)
    check(projector, ada)
    ada.locator("#class-keep-run").click()
    expect(ada.locator("#class-kept-run")).to_be_visible()
    kept = "(async () => (await new (await import(new URL('page/now/page/tab/shelf.js', document.baseURI))).Shelf()" \
        ".all()).map(({ world }) => world.nouns.length))()"  # fmt: skip
    assert [phone.evaluate(kept) for phone in (ada, ben)] == [[6], []]
    folder = servers[-1].runs / ".classes" / code
    assert len(list(folder.iterdir())) == 3 and b"Ada" not in b"".join(each.read_bytes() for each in folder.iterdir())
    projector.locator("#class-menu summary").click()
    for _ in range(2):
        projector.locator("#class-end").click()
    expect(ada.locator("#class-over")).not_to_be_empty()
    assert not folder.exists()
    assert ada.evaluate("Object.keys(localStorage).filter((key) => key.includes('class-thing'))") == []


def test_everyone_trains_the_same_and_the_wall_says_whose_bits_are_equal(
    browser: Browser, visits: Visits, servers: list[Server]
) -> None:
    """One phone opens plain HTTP at an address, where a browser has no digests of its own; one has no equal bits."""
    if not own_addresses():
        pytest.skip("no interface but loopback")
    far = f"http://{own_addresses()[0]}:{servers[-1].port}/"
    with managed_visits(browser, far) as others:
        projector = visits.visitor(1920, 1080)
        projector.goto(f"{visits.base}class")
        projector.locator("#class-with-each").focus()
        projector.keyboard.press("ArrowUp")  # around to the last of the three
        expect(projector.locator("#class-with-same")).to_be_checked()
        check(projector)
        projector.locator("#class-open").click()
        expect(projector.locator("#class-room")).to_have_text(re.compile("^[A-Z]{4}$"))
        code = projector.locator("#class-room").inner_text()
        plain, near = others.visitor(390, 844, dark=True), pupil_of(visits, code, "小明", "?lang=zh")
        plain.goto(f"{far}class?room={code}")
        assert plain.evaluate("[isSecureContext, typeof crypto.subtle]") == [False, "undefined"]
        plain.locator("#class-nickname").fill("Ada")
        plain.locator("#class-join button").click()
        go_to(projector, "train")
        bits = projector.locator("#class-bits")
        expect(bits).to_contain_text("Two devices must finish")
        seeds = []
        for phone in (plain, near):
            expect(phone.locator("#class-go")).to_be_enabled(timeout=SLOW)
            seeds.append(phone.locator("#class-deal").get_attribute("data-seed"))
        assert seeds[0] == seeds[1]
        plain.locator("#class-go").click()
        expect(plain.locator("#class-my-bits")).to_have_attribute("data-standing", "first", timeout=SLOW)
        expect(bits).to_contain_text("One device has finished")
        near.locator("#class-go").click()
        for phone in (near, plain):
            expect(phone.locator("#class-my-bits")).to_have_attribute("data-standing", "equal", timeout=SLOW)
        expect(bits).to_contain_text("2 of 2 devices trained the same bits.", timeout=60_000)
        digests = [page.locator("[id$=bits] code").get_attribute("title") for page in (plain, near, projector)]
        assert len(set(digests)) == 1 and re.fullmatch("[0-9a-f]{64}", str(digests[0]))
        # A device with other bits is named on the teacher's page alone.
        view = json.loads((servers[-1].runs / ".classes" / f"{code}.json").read_text())["pupils"][0]["training"]
        token = httpx.post(f"{visits.base}a/join", json={"code": code, "nickname": "Eve"}).json()["key"]
        sent = {"code": code, "training": view["state"], "pairs": view["pairs"], "accuracy": view["accuracy"]}
        sent |= {"digests": [*view["digests"][:-1], "0" * 64]}
        assert httpx.post(f"{visits.base}a/tell_training", json=sent, headers={"X-Owner-Key": token}).status_code == 200
        expect(bits).to_contain_text("2 of 3 devices trained the same bits.")
        projector.locator("#class-parted summary").click()
        expect(projector.locator("#class-parted li")).to_have_text(
            re.compile("^Eve other bits at step 2, the same at ")
        )
        check(projector, plain, near)
        assert not any("Eve" in phone.content() for phone in (plain, near))
        projector.locator("#class-next").click()
        projector.locator("#class-next").click()
        expect(projector.locator(".class-sentences")).to_contain_text("Devices that trained the same bits: 2 of 3.")
