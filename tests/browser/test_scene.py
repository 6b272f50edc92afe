"""Your own scene on the page: drag, click, keys and touch; captions, bars, notes, the challenge, the address."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from explorer.clip.card import SHIPPED
from tests.browser.conftest import Server, Visits
from tests.browser.engine_page import DRAG

pytestmark = pytest.mark.browser

START = "submarine,yellow@16,16,1000;bus,blue@48,48,1000"
ANSWERED = """() => window.ownScene && ownScene.loaded.size === ownScene.bars.size && ownScene.answers > 0
  && !ownScene.newest.isBusy"""
LEAST_RATE = 5
"""Answers a second that a test demands of a computer that does other things too; the benchmark measures."""


@pytest.fixture(scope="module")
def address(host: Server) -> str:
    return f"{host.url}?tab=scene"


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One cache for all tests, so that models come over the network once."""
    opened = browser.new_context(viewport={"width": 1280, "height": 860}, has_touch=True)
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield visit(opened, address)
    opened.evaluate("localStorage.clear()")
    opened.close()
    assert faults == []


def visit(page: Page, address: str, query: str = "") -> Page:
    page.goto(address + query)
    page.wait_for_function(ANSWERED)
    return page


def text(page: Page) -> str:
    """The scene as an address holds it, once it is answered."""
    page.wait_for_function(ANSWERED)
    found: str = page.evaluate("ownScene.text")
    return found


def point(page: Page, x: float, y: float) -> tuple[float, float]:
    """The place on the page of a pixel of the picture."""
    page.locator("#scene-canvas").scroll_into_view_if_needed()
    box = page.locator("#scene-canvas").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * x / 64, box["y"] + box["height"] * y / 64


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*point(page, *start))
    page.mouse.down()
    page.mouse.move(*point(page, *end), steps=6)
    page.mouse.up()


def test_each_model_chooses_and_the_tidy_one_is_right(page: Page) -> None:
    assert text(page) == START
    expect(page.locator(".scene-caption p").first).to_contain_text("a yellow submarine and a blue bus")
    expect(page.locator(".scene-model")).to_have_count(3)
    tidy = page.locator("[data-model=things-bound]")
    expect(tidy).to_have_attribute("data-state", "right")
    expect(tidy.locator(".scene-verdict")).to_contain_text("Sure of the true caption")
    expect(tidy.locator(".scene-share")).to_have_text(re.compile(r"^\d+(\.\d)? % of pictures$"))
    expect(page.locator("[data-model=things-web] .scene-outside")).to_have_text(
        "Not in its training: 2 objects (it saw 4)."
    )


def test_things_are_dragged_resized_and_recolored_with_a_mouse(page: Page) -> None:
    drag(page, (16, 16), (26.4, 20.4))
    assert text(page) == "submarine,yellow@26,20,1000;bus,blue@48,48,1000"
    page.mouse.click(*point(page, 48, 46))
    assert text(page) == "submarine,yellow@26,20,1000;bus,yellow@48,48,1000"
    expect(page.locator("#scene-note")).to_contain_text("Both objects have the same color")
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "open")
    page.locator(".scene-color[data-value=red]").click()
    drag(page, (62, 62), (55, 55))
    assert text(page) == "submarine,yellow@26,20,1000;bus,red,small@48,48,500"
    assert "the size of the bus" in page.locator("#scene-unseen").inner_text()


def test_a_finger_drags_too(page: Page, context: BrowserContext) -> None:
    touch = context.new_cdp_session(page)
    (x, y), (to_x, to_y) = point(page, 48, 46), point(page, 40, 36)
    steps = (("Start", [(x, y)]), ("Move", [((x + to_x) / 2, (y + to_y) / 2)]), ("Move", [(to_x, to_y)]), ("End", []))
    for kind, places in steps:
        points = [{"x": across, "y": down} for across, down in places]
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    assert text(page) == "submarine,yellow@16,16,1000;bus,blue@40,38,1000"


def test_the_keyboard_does_all_of_it(page: Page) -> None:
    page.locator("#scene-canvas").focus()
    for key in ("ArrowRight", "Shift+ArrowDown", "c", "Space", "-", "-", "r", "ArrowLeft"):
        page.keyboard.press(key)
    assert text(page) == "submarine,red@17,20,1000;bus,blue,tilted@47,48,940"
    expect(page.locator("#scene-status")).to_have_text("bus chosen")
    page.locator("[data-noun=star]").press("Enter")
    page.locator("#scene-canvas").focus()
    page.keyboard.press("Delete")
    assert text(page).count("@") == 2
    page.keyboard.press("Delete")
    assert text(page).count("@") == 2, "two objects stay"


def test_up_to_four_objects_are_added_and_removed(page: Page) -> None:
    page.locator("[data-noun=cat]").click()
    expect(page.locator("#scene-note")).to_contain_text("The cat is in the picture and in neither caption")
    expect(page.locator("[data-noun=cat]")).to_be_hidden()
    page.locator("[data-noun=house]").click()
    assert text(page) == f"{START};cat,red@48,16,1000;house,green@16,48,1000"
    expect(page.locator(".scene-nouns")).to_be_hidden()
    page.locator("#scene-remove").click()
    assert text(page) == f"{START};cat,red@48,16,1000"
    page.locator("#scene-reset").click()
    assert text(page) == START


def test_tries_change_the_scene(page: Page) -> None:
    for button, expected in (
        ("places", "submarine,yellow@48,48,1000;bus,blue@16,16,1000"),
        ("values", "submarine,blue@48,48,1000;bus,yellow@16,16,1000"),
        ("tiny", "submarine,blue@48,48,1000;bus,yellow,small@16,16,250"),
        ("overlap", "submarine,blue@28,28,1000;bus,yellow,small@36,36,250"),
        ("same", "submarine,blue@28,28,1000;bus,blue,small@36,36,250"),
    ):
        page.locator(f"#scene-try-{button}").click()
        assert text(page) == expected
    said = page.locator("#scene-unseen").inner_text()
    assert "the submarine across two quarters" in said and "the size of the bus" in said
    drag(page, (36, 36), (20, 20))
    text(page)
    assert "submarine and bus in one quarter" in page.locator("#scene-unseen").inner_text()


def test_another_kind_is_named(page: Page) -> None:
    page.locator("#scene-named").select_option(label="Pattern")
    page.locator(".scene-value[data-value=striped]").click()
    expect(page.locator(".scene-caption p").first).to_contain_text("a striped submarine and a plain bus")
    assert text(page) == "submarine,yellow,striped@16,16,1000;bus,blue@48,48,1000;named=pattern"


def test_typed_captions_are_read_as_text_and_judged_by_the_scene(page: Page) -> None:
    page.locator("#scene-type").click()
    a, b = page.locator("#scene-caption-a"), page.locator("#scene-caption-b")
    expect(a).to_have_value("a yellow submarine and a blue bus")
    a.fill("a blue submarine")
    b.fill("a yellow submarine")
    page.wait_for_function(ANSWERED)
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right")
    lean = page.locator("[data-model=things-bound] .scene-disc")
    assert float(lean.get_attribute("cx") or 0) > 315, "B is true"
    b.fill("a <img src=x onerror=alert(1)> zeppelin")
    expect(page.locator(".scene-caption").nth(1)).to_contain_text(
        "Never read in training: <img, src=x, onerror=alert(1)>, zeppelin"
    )
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "open")
    assert page.locator(".scene-lab img").count() == 0
    for empty in ("", "  "):
        b.fill(empty)
        expect(page.locator(".scene-verdict")).to_have_text(["–"] * 3)
        expect(page.locator("#scene-note")).to_have_text("Write both captions: no model answers an empty one.")
    page.locator("#scene-type").click()
    expect(page.locator(".scene-caption p").first).to_contain_text("a yellow submarine")


def test_the_challenge_keeps_the_smallest_margin(page: Page, address: str) -> None:
    best = page.locator("[data-class=any] output")
    first = best.inner_text()
    expect(page.locator("[data-class=trained] output")).to_contain_text("for the true caption")
    page.locator("#scene-try-tiny").click()
    page.wait_for_function(ANSWERED)
    expect(best).not_to_have_text(first)
    kept = best.inner_text()
    for button in ("reset", "try-overlap"):
        page.locator(f"#scene-{button}").click()
        page.wait_for_function(ANSWERED)
    margin = float(re.findall(r"margin (-?[\d.]+)", best.inner_text())[0])
    assert margin <= float(re.findall(r"margin (-?[\d.]+)", kept)[0])
    kept = best.inner_text()
    visit(page, address)
    expect(page.locator("[data-class=any] output")).to_have_text(kept)
    page.locator("[data-class=any] button").click()
    assert text(page) != START


@pytest.mark.parametrize(
    ("scene", "classes"),
    [
        (START, ["any", "quarters", "trained"]),
        ("submarine,yellow@16,16,400;bus,blue@52,48,760", ["any", "quarters"]),
        ("submarine,yellow@28,16,1000;bus,blue@48,48,1000", ["any"]),
        ("submarine,yellow@8,16,1000;bus,blue@48,48,1000", ["any"]),
        ("submarine,yellow@8,16,400;bus,blue@24,16,400", ["any"]),
    ],
)
def test_the_challenge_has_classes(page: Page, address: str, scene: str, classes: list[str]) -> None:
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    visit(page, address, f"&scene={scene}")
    kept = page.evaluate("JSON.parse(localStorage.getItem('clip-binding-challenge:things-bound'))")
    assert list(kept) == classes
    assert all(each["scene"].replace(",small", "") == scene and each["margin"] < 1 for each in kept.values())


def test_a_picture_that_hides_an_object_does_not_count(page: Page, address: str) -> None:
    page.evaluate("localStorage.clear()")
    visit(page, address, "&scene=bus,blue,small@36,36,400;submarine,yellow@36,36,1500")
    expect(page.locator(".scene-challenge")).to_contain_text(
        "This picture does not count: the bus is mostly out of sight."
    )
    expect(page.locator("[data-class=any] output")).to_have_text("no picture yet")


def test_a_later_object_covers_an_earlier_one(page: Page) -> None:
    colors = page.evaluate(
        """async () => {
          const place = { x: 32, y: 34 };
          const large = { ...place, noun: 0, values: [1, 0, 0, 0, 0], side: 1500 };
          const small = { ...place, noun: 7, values: [2, 0, 0, 0, 0], side: 400 };
          const at = ({ pixels }) => [0, 1, 2].map((channel) => pixels[channel * 4096 + 34 * 64 + 32]);
          const render = (objects) => ownScene.engine.render({ world: "things", objects }).then(at);
          return [await render([small]), await render([large, small]), await render([small, large])];
        }"""
    )
    assert colors[0] == colors[1] == [194, 0, 26] and colors[2] != colors[0]


DOTTED = "cat,pink@10,10,760;fish,green,dotted@50,50,1000;named=pattern"


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (DOTTED, DOTTED),
        ("cat,pink@-5,1e9,99999;fish,mauve@50,50,NaN;bird@20,20,1000", "cat,pink@0,64,1500;bird,blue@20,20,1000"),
        ("<script>alert(1)</script>@1,1,1;bus", START),
        ("", START),
    ],
)  # fmt: skip
def test_an_address_may_come_from_anybody(page: Page, address: str, asked: str, shown: str) -> None:
    page.goto("about:blank")
    page.goto(f"{address}&scene=" + asked.replace("<", "%3C").replace(">", "%3E"))
    page.wait_for_function(ANSWERED)
    assert text(page) == shown


def test_a_model_that_is_not_there_says_so_on_its_card(page: Page, address: str) -> None:
    page.goto(f"{address}&run=no-such-run")
    expect(page.locator("[data-model=no-such-run] .scene-verdict")).to_contain_text("there is no such model here")
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right")


def test_the_address_follows_the_scene(page: Page) -> None:
    page.locator("#scene-try-places").click()
    page.wait_for_url(re.compile("scene=submarine,yellow%4048,48"))
    page.reload()
    page.wait_for_function(ANSWERED)
    assert text(page) == "submarine,yellow@48,48,1000;bus,blue@16,16,1000"


def test_bars_move_while_something_is_dragged(page: Page) -> None:
    rate = page.evaluate(DRAG, 3)
    assert rate > LEAST_RATE
    marks = page.locator("[data-model=things-web] .scene-trail path").get_attribute("d") or ""
    assert len(set(re.findall(r"M([\d.]+)", marks))) > 5, "the mark has been in several places"


def test_a_long_sentence_about_training_wraps_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address)
    mount = """import('./page/now/page/scene/scene.js')
        .then(({ mountScene }) => mountScene(ownScene.root, null, ownScene.engine,
            { models: ['things-bound'], storage: null }))
        .then(async (scene) => { await scene.loading; window.ownScene = scene; })"""
    page.wait_for_function(ANSWERED)
    page.evaluate(mount)
    page.locator("#scene-try-tiny").click()
    page.locator("#scene-try-overlap").click()
    line = page.locator("[data-model=things-bound] .scene-outside")
    expect(line).to_contain_text("the size of the bus, the place of the bus")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert line.evaluate("(each) => each.scrollWidth <= each.clientWidth && each.clientHeight > 30"), "not cut off"
    context.close()


def test_share_keeps_its_width(page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    share = page.locator("#scene-share")
    width = share.evaluate("(each) => each.offsetWidth")
    share.click()
    expect(share.get_by_text("Copied")).to_be_visible()
    assert share.evaluate("(each) => each.offsetWidth") == width
    expect(share.get_by_text("Share")).to_be_visible()


def test_every_language_has_every_sentence(page: Page) -> None:
    keys = page.evaluate(
        "import('./page/now/page/scene/texts.js')"
        ".then(({ TEXTS }) => Object.values(TEXTS).map((table) => Object.keys(table)))"
    )
    assert len(keys) == 2 and keys[0] == keys[1]


def test_the_models_that_ship_have_titles(page: Page) -> None:
    titles = page.locator(".scene-model h3 > span:first-child").all_inner_texts()
    assert len(set(titles)) == len(titles) == 3 < len(SHIPPED) and "Your run" not in titles


def test_the_tab_keeps_the_scene_in_the_address_and_sends_it_to_probe(visits: Visits) -> None:
    asked: list[str] = []
    page = visits.visitor()
    page.on("request", lambda request: asked.append(request.url))
    visits.open(page)
    expect(page.locator(".wb-card img").first).to_be_attached()
    assert not any("/page/scene.js" in url for url in asked), "nothing of the view is fetched before it is in sight"
    page.locator(".wb-menu summary").click()
    page.locator(".wb-menu [data-view=scene]").click()
    page.wait_for_function(ANSWERED)
    visits.open(page, "?tab=scene&scene=cat,pink@16,16,1000;fish,green@48,48,1000")
    page.wait_for_function(ANSWERED)
    assert text(page) == "cat,pink@16,16,1000;fish,green@48,48,1000"
    page.locator("#scene-try-places").click()
    page.wait_for_url(re.compile("tab=scene.*scene=cat,pink%4048"))
    page.locator("#scene-probe").click()
    expect(page.locator("#ask-caption")).to_have_value("a pink cat and a green fish")
    expect(page.locator(".ask-swap").nth(1)).to_contain_text("a green cat and a pink fish")
    expect(page.locator("#ask-picture img")).to_have_count(1)
    expect(page).to_have_url(re.compile("tab=probe"))


def test_the_dialog_has_a_run_as_one_more_model_and_gives_the_focus_back(page: Page, host: Server) -> None:
    page.goto(f"{host.url}about")
    page.evaluate("document.body.prepend(Object.assign(document.createElement('button'), { id: 'opener' }))")
    page.locator("#opener").focus()
    asked = {"run": "no-such-run", "title": "Tidy, seed 3"}
    opening = "(asked) => import('./page/now/page/scene/dialog.js').then(({ openScene }) => openScene(asked))"
    page.evaluate(opening, asked)
    run = page.locator("dialog [data-model=no-such-run]")
    expect(run.locator("h3")).to_contain_text("Tidy, seed 3")
    expect(run.locator(".scene-verdict")).to_contain_text("there is no such model here")
    expect(page.locator("dialog [data-model=things-bound]")).to_have_attribute("data-state", "right")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("#opener")).to_be_focused()


def test_a_typed_caption_is_answered_while_one_types_on_the_workbench(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=workbench&preset=binding-friendly")
    page.locator("[data-guess=skip]").click()
    page.locator("[data-more=typed] summary").click()
    box, said = page.locator("#typed-caption"), page.locator("#workbench-outcome .typed")
    box.fill("a yellow submarine, and a blue <b>zeppelin</b>")
    expect(said.locator(".typed-unread")).to_have_text("Never read in training: <b>zeppelin</b>")
    expect(said.locator("b")).to_be_visible()
    expect(page.locator(".typed-who")).to_have_text(re.compile(r"in this browser by: .*\(things-web\)"))
    box.fill("a blue submarine and a yellow bus")
    expect(said.locator("b")).to_have_text(re.compile(r"Fits picture B better: \d\d to \d\d"))
    expect(said.locator(".typed-unread")).to_have_text("")
    box.fill("")
    expect(said.locator("b")).to_have_count(0)
