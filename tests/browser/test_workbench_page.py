"""The Workbench of the one page: guess, dial, train on the server, scrub, compare, share, come back by the address."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits, recorded_requests
from tests.browser.mid_training import write_finished_run
from tests.browser.views import broken_rules, remaining_items
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LONG = "preset=binding-friendly&steps=4000&batch_size=16"
TRAINING = "#workbench-training"
TALL = "() => (({ scrollHeight }) => (scrollHeight > innerHeight ? [scrollHeight] : []))(document.documentElement)"
"""The height of a page that does not fit."""


def open_page(visits: Visits, query: str = "", **visitor: Any) -> Page:
    """A page whose samples are drawn."""
    page = visits.visitor(**visitor)
    page.goto(visits.base + query)
    page.wait_for_selector(".wb-card img", state="attached")
    page.wait_for_selector("#outcome-pair")
    return page


def train_on_the_server(page: Page) -> None:
    """Press Train once the server is chosen, which the sooner tab would be else."""
    server = page.locator("#train-place [data-place=server]")
    server.wait_for()
    server.click()
    expect(server).to_have_attribute("aria-checked", "true")
    page.click("#train")


def status(page: Page, wanted: str) -> str:
    """Wait until the open run has the status; return the run."""
    page.wait_for_selector(f"{TRAINING}[data-status={wanted}]", timeout=120_000)
    return str(page.get_attribute(TRAINING, "data-run"))


def move(page: Page, dial: str, value: float) -> None:
    page.locator(f"#wb-{dial}").evaluate(
        "(box, value) => { box.value = value; box.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


def test_a_guess_is_answered_and_the_button_beside_it_trains(visits: Visits) -> None:
    page = open_page(visits, reduced_motion="no-preference")
    page.click("[data-guess=no]")
    page.wait_for_selector("#teach")
    assert page.evaluate("document.activeElement.matches('.wb-reply')"), (
        "the pressed button went; the reply has the focus"
    )
    page.reload()
    page.wait_for_selector("#teach")
    assert page.evaluate("document.activeElement === document.body"), "nothing was pressed on the page that is new"
    page.locator("[data-way=pair]").click()
    page.wait_for_selector("[data-guess=no]")


def test_a_move_of_a_dial_asks_no_server(visits: Visits) -> None:
    page = open_page(visits)
    page.keyboard.press("Shift")  # the first sign of a person brings what trains in the tab
    expect(page.locator("#train-place [data-place=tab] span")).to_contain_text("about", timeout=60_000)
    page.wait_for_load_state("networkidle")
    with recorded_requests(page) as asked:
        for value in (0.8, 0.65, 0.5):
            move(page, "caption_completeness", value)
        expect(page.locator("[data-row=caption_completeness] output")).to_have_text("half of it")
        page.click("[data-preset=web-like]")
        expect(page.locator("[data-part=summary]")).to_contain_text("Four objects")
        page.wait_for_function("() => new URLSearchParams(location.search).get('preset') === 'web-like'")
    assert asked == []


def test_train_stop_train_again_compare_scrub_share_and_come_back(visits: Visits) -> None:
    page = open_page(visits, f"?{LONG}")
    train_on_the_server(page)
    first = status(page, "running")
    other = open_page(visits, f"?run={first}")
    expect(other.locator("#train")).not_to_have_class(re.compile("wb-stop"))
    other.close()
    page.locator("#train.wb-stop").press("Enter")
    assert status(page, "stopped") == first
    column = page.locator(TRAINING)
    expect(column, "the pressed button was off while it stopped; its column has the focus").to_be_focused()
    expect(page.locator("[data-part=story]")).to_contain_text("Stopped early")

    page.click("[data-more=dials] summary")
    page.fill("#wb-steps", "2")
    page.keyboard.press("Escape")
    expect(page.locator("[data-part=who]")).to_have_text("dials changed since this run")
    train_on_the_server(page)
    second = status(page, "finished")
    expect(page.locator("#wb-compare")).to_have_value(first)
    assert re.search(r"\d+", page.inner_text("#outcome-number"))
    page.focus("#saved-steps input")
    page.keyboard.press("Home")
    expect(page.locator("[data-part=who]")).to_contain_text("step 0 of 2")
    page.keyboard.press("End")
    expect(page.locator("[data-part=who]")).to_contain_text("step 2 of 2")

    page.go_back()
    page.wait_for_selector(f"{TRAINING}[data-run={first}]")
    page.go_forward()
    page.wait_for_selector(f"{TRAINING}[data-run={second}]")
    share(page, second)
    page.reload()
    page.wait_for_selector(f"{TRAINING}[data-run={second}]")
    keyboard_to_the_share_card(page)
    page.goto(f"{visits.base}?run={second}&only=outcome")
    page.wait_for_selector("#outcome-number")
    assert not page.is_visible("#workbench-data") and not page.is_visible(".wb-top")


def test_a_frame_of_the_outcome_needs_no_more_than_the_height_that_its_code_is_given(visits: Visits) -> None:
    page = visits.visitor(720, 560)
    for query in ("", "run=things-bound&", "run=binding-friendly&"):
        page.set_viewport_size({"width": 720, "height": 560})
        page.goto(f"{visits.base}?{query}only=outcome")
        page.wait_for_selector("#outcome-number" if query else "[data-guess=skip]")
        page.wait_for_load_state("networkidle")
        check_height(page)
        if not query:
            page.click("[data-guess=skip]")
            page.wait_for_selector("#outcome-number")
            check_height(page)


def check_height(page: Page) -> None:
    """A frame of any width scrolls nowhere."""
    for width in (720, 1239, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 560})
        assert remaining_items(page, TALL) == [], width


def share(page: Page, run: str) -> None:
    page.click("[data-way=share]")
    page.wait_for_selector(".wb-preview svg")
    assert run in page.input_value(".wb-share input")
    assert f"run={run}&amp;only=outcome" in page.inner_text(".wb-copy code")
    assert broken_rules(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".wb-share")).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.way") == "share"


def keyboard_to_the_share_card(page: Page) -> None:
    """Tab from the recipes to the button that shares, and press it."""
    page.wait_for_selector("[data-way=share]")
    page.focus("[data-preset=binding-friendly]")
    passed = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        here = page.evaluate("(({ id, dataset }) => id || dataset.way || dataset.act || '')(document.activeElement)")
        passed.add(here)
        if here == "share":
            break
    assert {"wb-attribute_density", "wb-objects_in_image", "wb-init", "train", "wb-compare", "share"} <= passed
    page.keyboard.press("Enter")
    page.wait_for_selector(".wb-preview svg")
    assert page.evaluate("document.querySelector('.wb-share').contains(document.activeElement)")


def test_an_address_opens_what_it_means_and_says_what_it_cannot(visits: Visits) -> None:
    page = open_page(
        visits,
        "?tab=play&preset=web-like&saliency_bias=7&foo=1&dials=saliency_bias&question=Which+one%3F&view=projector",
    )
    said = page.inner_text(".wb-notes")
    assert "saliency_bias=7" in said and "foo: the page knows no such part" in said
    assert "Which one?" in page.inner_text(".wb-asked")
    assert page.is_visible("[data-row=saliency_bias]") and not page.is_visible("[data-row=objects_in_image]")
    assert page.evaluate("document.body.classList.contains('projector')")
    page.click("text=Show all dials")
    page.wait_for_selector("[data-row=objects_in_image]")
    assert "dials" not in page.url
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{visits.base}?run=never-0123456789ab")
    expect(page.locator("[data-part=story]")).to_contain_text("no such run")
    page.click(".wb-bar a[href='#workbench-training']")
    expect(page.locator("#train")).to_be_in_viewport()


def test_ones_own_scene_opens_over_a_run_and_gives_the_focus_back(visits: Visits, host: Server) -> None:
    write_finished_run(host.runs, "own-scene")
    page = open_page(visits, "?run=own-scene")
    page.locator("[data-way=own]").click()
    dialog = page.locator("#scene-dialog")
    expect(dialog.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right")
    dialog.get_by_text("Swap places").click()
    page.wait_for_function("() => window.ownScene.text.startsWith('submarine,yellow@48')")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.way") == "own"


def test_a_card_that_becomes_no_png_is_saved_as_an_svg(visits: Visits) -> None:
    page = open_page(visits, "?run=things-bound")
    page.locator("[data-way=share]").click()
    for refused in ("(resolve) => resolve(null)", "() => { throw new DOMException('tainted', 'SecurityError'); }"):
        page.evaluate(f"() => {{ HTMLCanvasElement.prototype.toBlob = {refused}; }}")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save a PNG card").click()
        assert saved.value.suggested_filename == "things-bound.svg"
        expect(page.locator(".wb-said")).to_have_text("This browser made no PNG of the card; it is saved as an SVG.")


def test_what_is_said_of_a_moved_dial_covers_nothing_of_its_slider(visits: Visits) -> None:
    """The sentence lies over the room between two dials, so that no dial moves when it comes."""
    page = open_page(visits, height=800)
    move(page, "attribute_density", 5)
    why = page.locator("[data-row=attribute_density] .wb-why")
    expect(why).to_contain_text("Now may differ")
    slider = page.locator("#wb-attribute_density").bounding_box()
    assert slider
    top, bottom = int(slider["y"]), round(slider["y"] + slider["height"] - 1)  # the last row is that of the words
    clip = {"x": int(slider["x"]), "y": top, "width": int(slider["width"]), "height": bottom - top}

    def looks() -> bytes:
        return page.screenshot(clip=clip, animations="disabled")

    with_words = looks()
    why.evaluate("(words) => { words.style.visibility = 'hidden'; }")
    assert looks() == with_words
