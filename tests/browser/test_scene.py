"""Your own scene on the page: pointers, keys, tries, typed captions, the challenge, and the address."""

import re

import pytest
from playwright.sync_api import Page, expect

from explorer.clip.card import SHIPPED
from tests.browser.conftest import Visits
from tests.browser.engine_page import DRAG

pytestmark = pytest.mark.browser

SCENE, START = "?tab=scene", "submarine,yellow@16,16,1000;bus,blue@48,48,1000"
ANSWERED = """() => window.ownScene && ownScene.loaded.size === ownScene.bars.size && ownScene.answers > 0
  && !ownScene.newest.isBusy"""


def visit(visits: Visits, query: str = "", **size: int) -> Page:
    return wait_for_answer(visits.open(visits.visitor(has_touch=True, **size), SCENE + query))


def wait_for_answer(page: Page) -> Page:
    page.wait_for_function(ANSWERED)
    return page


def text(page: Page) -> str:
    """The scene as an address holds it, once it is answered."""
    result: str = wait_for_answer(page).evaluate("ownScene.text")
    return result


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


def touch(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    (x, y), (to_x, to_y) = point(page, *start), point(page, *end)
    finger = page.context.new_cdp_session(page)
    steps = (("Start", [(x, y)]), ("Move", [((x + to_x) / 2, (y + to_y) / 2)]), ("Move", [(to_x, to_y)]), ("End", []))
    for kind, places in steps:
        points = [{"x": across, "y": down} for across, down in places]
        finger.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


def test_a_mouse_a_finger_and_keys_lay_out_a_scene(visits: Visits) -> None:
    page = visit(visits)
    assert text(page) == START
    tidy = page.locator("[data-model=things-bound]")
    expect(page.locator(".scene-model")).to_have_count(3)
    expect(tidy).to_have_attribute("aria-label", SHIPPED["things-bound"].title)
    expect(tidy).to_have_attribute("data-state", "right")
    expect(tidy.locator(".scene-verdict")).to_contain_text("Sure of the true caption")
    drag(page, (16, 16), (26.4, 20.4))
    assert text(page) == "submarine,yellow@26,20,1000;bus,blue@48,48,1000"
    page.mouse.click(*point(page, 48, 46))
    assert text(page) == "submarine,yellow@26,20,1000;bus,yellow@48,48,1000"
    expect(page.locator("#scene-note")).to_contain_text("Both objects have the same color")
    expect(tidy).to_have_attribute("data-state", "open")
    page.locator(".scene-color[data-value=red]").click()
    drag(page, (62, 62), (55, 55))
    assert text(page) == "submarine,yellow@26,20,1000;bus,red,small@48,48,500"
    expect(page.locator("#scene-unseen")).to_contain_text("the size of the bus")
    page.locator("#scene-reset").click()
    touch(page, (48, 46), (40, 36))
    assert text(page) == "submarine,yellow@16,16,1000;bus,blue@40,38,1000"
    page.locator("#scene-reset").click()
    page.locator("#scene-canvas").focus()
    for key in ("ArrowRight", "Shift+ArrowDown", "c", "Space", "-", "-", "r", "ArrowLeft"):
        page.keyboard.press(key)
    assert text(page) == "submarine,red@17,20,1000;bus,blue,tilted@47,48,940"
    expect(page.locator("#scene-status")).to_have_text("bus chosen")
    page.locator("[data-noun=star]").press("Enter")
    expect(page.locator("#scene-canvas"), "the pressed button went").to_be_focused()
    expect(page.locator("#scene-note")).to_contain_text("The star is in the picture and in neither caption")
    expect(page.locator("[data-noun=star]")).to_have_count(0)
    page.locator("[data-noun=house]").click()
    assert text(page).count("@") == 4
    expect(page.locator(".scene-nouns")).to_have_count(0)
    page.locator("#scene-canvas").focus()
    page.keyboard.press("Delete")
    page.locator("#scene-remove").press("Enter")
    expect(page.locator("#scene-canvas"), "the pressed button is off").to_be_focused()
    page.keyboard.press("Delete")
    assert text(page).count("@") == 2, "two objects stay"


def test_tries_share_and_another_kind(visits: Visits) -> None:
    page = visit(visits)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for button in ("places", "values", "tiny", "overlap", "same"):
        page.locator(f"#scene-try-{button}").click()
    assert text(page) == "submarine,blue@28,28,1000;bus,blue,small@36,36,250"
    expect(page.locator("#scene-unseen")).to_contain_text("the submarine across two quarters, the size of the bus")
    share = page.locator("#scene-share")
    width = share.evaluate("(each) => each.offsetWidth")
    share.click()
    expect(share.get_by_text("Copied")).to_be_visible()
    assert share.evaluate("(each) => each.offsetWidth") == width
    assert "scene=submarine,blue%4028,28" in page.evaluate("navigator.clipboard.readText()")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")  # as without https
    share.click()
    link = page.locator(".scene-address")
    expect(link).to_have_value(re.compile("scene=submarine,blue%4028,28"))
    assert link.evaluate("(box) => box.value.slice(box.selectionStart, box.selectionEnd) === box.value")
    page.locator("#scene-reset").click()
    page.locator("#scene-named").select_option(label="Pattern")
    page.locator(".scene-value[data-value=striped]").click()
    expect(page.locator(".scene-caption p").first).to_contain_text("a striped submarine and a plain bus")
    assert text(page) == "submarine,yellow,striped@16,16,1000;bus,blue@48,48,1000;named=pattern"
    page.evaluate(DRAG, {"seconds": 1, "answers": 12})
    marks = page.locator("[data-model=things-web] .scene-trail path").get_attribute("d") or ""
    assert len(set(re.findall(r"M([\d.]+)", marks))) > 5, "the mark has been in several places"


def test_typed_captions_are_text_and_a_challenge_keeps_its_best(visits: Visits) -> None:
    page = visit(visits, "&scene=bus,blue,small@36,36,400;submarine,yellow@36,36,1500")
    expect(page.locator(".scene-challenge")).to_contain_text("the bus is mostly out of sight")
    assert page.evaluate("localStorage.getItem('clip-binding-challenge:things-bound')") is None
    wait_for_answer(visits.open(page, SCENE))
    page.locator("#scene-type").click()
    a, b = page.locator("#scene-caption-a"), page.locator("#scene-caption-b")
    expect(a).to_have_value("a yellow submarine and a blue bus")
    a.fill("a blue submarine")
    b.fill("a yellow submarine")
    wait_for_answer(page)
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right")
    assert float(page.locator("[data-model=things-bound] .scene-disc").get_attribute("cx") or 0) > 315, "B is true"
    b.fill("a <img src=x onerror=alert(1)> zeppelin")
    expect(page.locator(".scene-caption").nth(1)).to_contain_text(
        "Never read in training: <img, src=x, onerror=alert(1)>, zeppelin"
    )
    assert page.locator(".scene-lab img").count() == 0
    wait_for_answer(visits.open(page, f"{SCENE}&scene=submarine,yellow@16,16,400;bus,blue@52,48,760"))
    kept = page.evaluate("JSON.parse(localStorage.getItem('clip-binding-challenge:things-bound'))")
    assert {*kept} == {"any", "quarters", "trained"}, "that of the first scene is of a picture as in training"
    shown = page.locator("[data-class=quarters] output").inner_text()
    wait_for_answer(visits.open(page, SCENE))
    expect(page.locator("[data-class=quarters] output")).to_have_text(shown)
    page.locator("[data-class=trained] button").click()
    assert text(page) == START


def test_the_address_keeps_the_scene_and_ask_takes_it(visits: Visits) -> None:
    asked: list[str] = []
    page = visits.visitor(390)
    page.on("request", lambda request: asked.append(request.url))
    visits.open(page)
    expect(page.locator(".wb-card img").first).to_be_attached()
    assert not any("/page/scene/page.js" in url for url in asked), "nothing of it is fetched before it is in sight"
    page.locator(".wb-menu summary").click()
    page.locator(".wb-menu [data-view=scene]").click()
    assert text(page) == START
    visits.open(page, f"{SCENE}&scene=%3Cscript%3Ealert(1)%3C/script%3E@1,1,1;bus&run=no-such-run")
    expect(page.locator("[data-model=no-such-run] .scene-verdict")).to_contain_text("there is no such model here")
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right")
    wait_for_answer(visits.open(page, f"{SCENE}&scene=cat,pink@16,16,1000;fish,green@48,48,1000"))
    page.locator("#scene-try-overlap").click()
    page.wait_for_url(re.compile("tab=scene.*scene=cat,pink%4028,28"))
    page.reload()
    assert text(page) == "cat,pink@28,28,1000;fish,green@36,36,1000"
    page.locator("#scene-probe").click()
    expect(page.locator("#ask-caption")).to_have_value("a pink cat and a green fish")
    expect(page.locator(".ask-swap").nth(1)).to_contain_text("a green cat and a pink fish")
    expect(page.locator("#ask-picture img")).to_have_count(1)
    expect(page).to_have_url(re.compile("tab=ask"))


def test_a_typed_caption_is_answered_while_one_types_on_the_workbench(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "?tab=bench&preset=binding-friendly")
    page.locator("[data-guess=skip]").click()
    page.locator("[data-more=typed] summary").click()
    box, said = page.locator("#typed-caption"), page.locator("#workbench-outcome .typed")
    box.fill("a yellow submarine, and a blue <b>zeppelin</b>")
    expect(said.locator(".typed-unread")).to_have_text("Never read in training: <b>zeppelin</b>")
    expect(said.locator("b")).to_be_visible()
    expect(page.locator(".typed-who")).to_have_text(re.compile(r"\(things-web\) answers, in this browser"))
    box.fill("a blue submarine and a yellow bus")
    expect(said.locator("b")).to_have_text(re.compile(r"Fits picture B better: \d\d to \d\d"))
    expect(said.locator(".typed-unread")).to_have_text("")
    box.fill("")
    expect(said.locator("b")).to_have_count(0)
