"""The evidence as people use it: guess, drag, train; a finding; the document of methods; a training's forecast."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from explorer.resources import asset_text
from tests.browser.conftest import Visits

DRAWN = 60_000  # ms: Plotly is a large script, and a busy computer reads it slowly

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def open_page(visits: Visits, query: str = "?tab=evidence") -> Page:
    return visits.open(visits.visitor(1280, 800), query)


def test_a_guess_a_drag_and_a_training(visits: Visits) -> None:
    page = open_page(visits)
    guess, marker = page.locator("#evidence-guess"), page.locator("#evidence-marker")
    expect(guess).to_be_visible()
    assert not re.search(r"× 0\.\d", page.locator("#evidence").inner_text()), "no number before a guess"
    guess.get_by_role("button", name="Name every object").click()
    expect(page.get_by_role("status").filter(has_text="You guessed: name every object.")).to_be_visible()
    expect(page.locator("[data-change=completeness]")).to_contain_text("your guess")
    assert page.evaluate("document.querySelector('.ev-first').getBoundingClientRect().height") <= 800
    before, spot = marker.get_attribute("aria-valuenow"), marker.locator(".ev-mine").bounding_box()
    assert spot is not None
    page.mouse.move(spot["x"] + 8, spot["y"] + 8)
    page.mouse.down()
    page.mouse.move(spot["x"] - 60, spot["y"] + 8, steps=4)
    page.mouse.up()
    expect(marker).not_to_have_attribute("aria-valuenow", before or "")
    here = marker.get_attribute("aria-valuenow")
    marker.press("ArrowLeft")
    expect(marker).not_to_have_attribute("aria-valuenow", here or "")
    later = json.loads(asset_text("study/line.json"))["later"]
    trainings = sum(len(each["data"]["trainings"]) for each in later)
    expect(page.locator("#evidence-line [data-later]")).to_have_count(trainings)
    page.get_by_role("radio", name="Web-like").click()
    expect(page.locator(".ev-told")).to_contain_text("Measured at these dials:")
    page.get_by_role("radio", name="Half told").click()
    page.locator("#ev-density").press("ArrowLeft")
    page.locator("[data-act=train]").click()
    training = page.locator("#workbench-training:not([data-status=''])")
    expect(training).to_be_visible()
    expect(training.locator("[data-part=seeds]")).to_be_attached()
    expect(page).to_have_url(re.compile("tab=bench.*preset=incomplete.*attribute_density=0.9.*run=(tab-)?incomplete-"))
    page.locator("nav [data-view=evidence]").click()
    expect(page.locator(".ev-fraction b")).to_have_text("0.47")


def test_an_address_of_a_claim_opens_it_in_the_document_of_methods(visits: Visits) -> None:
    page = open_page(visits, "?tab=evidence&claim=naming&form=own&lang=zh")
    expect(page).to_have_url(re.compile(r"/study/methods\.html#naming$"), timeout=DRAWN)
    expect(page.get_by_role("heading", name="Claim: naming")).to_be_in_viewport()
    picture = page.get_by_role("img", name="Seeds of the conditions: naming")
    expect(picture).to_be_attached()
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 100
    page = open_page(visits)
    page.get_by_role("button", name="Just show me").click()
    page.locator("[data-act=methods]").click()
    expect(page).to_have_url(re.compile(r"/study/methods\.html$"))


def test_a_finding_opens_on_the_workbench(visits: Visits) -> None:
    page = open_page(visits)
    page.get_by_role("button", name="Just show me").click()
    page.locator("[data-finding=silence]").press("Enter")
    expect(page.locator(".ev-detail")).to_contain_text("What would overturn this")
    with page.expect_download() as taken:
        page.locator("[data-act=table]").click()
    assert taken.value.suggested_filename == "time-by-kappa.csv"
    page.locator(".ev-detail li", has_text="every other one").get_by_role("button").click()
    expect(page).to_have_url(re.compile("tab=bench.*attribute_density=0.5"))
    page.goto(f"{visits.base}?tab=evidence")
    expect(page.locator("#evidence-marker")).to_be_visible()  # the guess is asked once


def test_order_and_loop_turn_and_a_dot_is_kept(visits: Visits) -> None:
    page = open_page(visits, "?tab=evidence&part=loop")
    # Trainings from fresh weights that end alike lie on one another: the keyboard reaches each of them.
    stops = page.locator(".ev-loop [data-training][aria-label^='One model']")
    side = page.locator(".ev-loop-side")
    expect(stops.first).to_be_visible()
    expect(page.locator("h1.ev-title")).to_have_count(1)
    stops.nth(1).click()
    expect(side).to_contain_text(re.compile("Share 1, seed|Share 0.7, seed"))
    before = side.inner_text()
    stops.nth(1).press("ArrowRight")
    expect(side).not_to_have_text(before, use_inner_text=True)
    page.locator("[data-part=order]").click()
    expect(page).to_have_url(re.compile("part=order"))
    expect(page.locator("#ev-o1")).to_be_visible()
    page.locator("[data-part=loop]").click()
    expect(stops.first).to_be_visible()


def test_the_map_is_asked_in_three_ways_and_hidden_before_the_guess(visits: Visits) -> None:
    page = open_page(visits)
    expect(page.locator("#evidence-guess")).to_be_visible()
    expect(page.locator(".ev-map")).to_have_count(0)
    page.get_by_role("button", name="Just show me").click()
    expect(page.locator(".ev-map h2").first).to_be_visible()
    if page.locator(".ev-map [data-form]").count():  # no cell is drawn before the first of its trainings
        cells = 15 + 2 + 9 + 3  # of the grid, the framed pair, the arrangements and the learning rates
        expect(page.locator(".ev-map .ev-cell")).to_have_count(cells)
        page.locator(".ev-map [data-form=single]").click()
        expect(page.locator(".ev-map [data-form=single]")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".ev-theories tbody tr")).to_have_count(10)
