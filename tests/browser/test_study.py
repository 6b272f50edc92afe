"""Study as people use it: a guess, the line, a training of its dials; behind Methods each claim with its evidence."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import bench
from tests.browser.conftest import Server, Visits, end_server, free_port, start_server
from tests.unit.study.toy_evidence import freeze_toys

DRAWN = 60_000  # ms: Plotly is a large script, and a busy computer reads it slowly

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def lined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the frozen evidence, of which the line is made."""
    folder = tmp_path_factory.mktemp("line")
    (folder / "runs").mkdir()
    started = start_server(folder / "runs", free_port())
    yield started
    end_server(started)


def test_a_guess_a_drag_and_a_training(lined: Server, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{lined.url}?tab=study")
    guess, marker = page.locator("#evidence-guess"), page.locator("#evidence-marker")
    expect(guess).to_be_visible(timeout=DRAWN)
    assert not re.search(r"× 0\.\d", page.locator("#evidence").inner_text()), "no number before a guess"
    guess.get_by_role("button", name="Name every object").click()
    expect(page.get_by_role("status").filter(has_text="You guessed: name every object.")).to_be_visible()
    expect(page.locator("[data-change=completeness]")).to_contain_text("your guess")
    expect(page.locator("#evidence-line circle.ev-dot").first).to_be_attached()
    assert page.evaluate("document.querySelector('.ev-first').getBoundingClientRect().bottom") <= 800
    before = marker.get_attribute("aria-valuetext")
    spot = marker.locator(".ev-mine").bounding_box()
    assert spot is not None
    page.mouse.move(spot["x"] + 8, spot["y"] + 8)
    page.mouse.down()
    page.mouse.move(spot["x"] - 60, spot["y"] + 8, steps=4)
    page.mouse.up()
    expect(marker).not_to_have_attribute("aria-valuetext", before or "")
    here = marker.get_attribute("aria-valuenow")
    marker.press("ArrowLeft")
    expect(marker).not_to_have_attribute("aria-valuenow", here or "")
    page.locator("#ev-saliency").press("End")
    expect(page.locator(".ev-told")).to_contain_text("Your marker stays where it is")
    page.get_by_role("radio", name="Web-like").click()
    expect(page.locator(".ev-told")).to_contain_text("Later than the line")
    expect(page.get_by_role("button", name="Train this", exact=True)).to_have_count(0)
    page.get_by_role("radio", name="Half told").click()
    page.locator("[data-act=train]").click()
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("Workbench")
    expect(page).to_have_url(re.compile("run=incomplete-"))
    page.goto(f"{lined.url}?tab=study")
    expect(marker).to_be_visible(timeout=DRAWN)
    page.close()


def test_a_finding_opens_on_the_workbench_and_methods_unfold(lined: Server, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{lined.url}?tab=study")
    page.get_by_role("button", name="Just show me").click(timeout=DRAWN)
    page.locator("[data-finding=silence]").press("Enter")
    expect(page.locator(".ev-detail")).to_contain_text("What would overturn this")
    page.get_by_role("button", name="Methods each claim").click()
    expect(page.locator("#study-claim")).to_be_visible()
    page.locator(".ev-detail li", has_text="every other one").get_by_role("button").click()
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("Workbench")
    expect(page.locator("#wb-attribute_density")).to_have_value("0.5")
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious_in_the_evidence(lined: Server, browser: Browser, theme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{lined.url}?tab=study&__theme={theme}")
    guess = page.locator("#evidence-guess")
    expect(guess).to_be_visible(timeout=DRAWN)
    assert serious_in(Axe().run(page).response["violations"]) == []
    guess.get_by_role("button", name="Just show me").click()
    page.locator("[data-finding=web-like]").click()
    assert serious_in(Axe().run(page).response["violations"]) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def serious_in(found: list[dict[str, Any]]) -> list[Any]:
    serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    return [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in serious]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose evidence is that of the toys."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "runs").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "EXPLORER_STUDY", str(freeze_toys(folder / "evidence", "density", "batch-size")))
        started = start_server(folder / "runs", free_port())
    yield started
    end_server(started)


def opened(visits: Visits, query: str = "?tab=study&claim=density&form=own", *, width: int = 1280) -> Page:
    page = visits.open(visits.visitor(width), query)
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("Study")
    return page


def show(page: Page) -> None:
    """Leave the guess out."""
    page.locator("#guess-show").click()
    expect(drawn(page)).to_have_attribute("data-ready", "true", timeout=DRAWN)


def drawn(page: Page) -> Locator:
    return page.locator("#figure-dose .figure")


def test_a_guess_is_asked_once_and_answered(visits: Visits) -> None:
    page = opened(visits)
    expect(page.locator("#study-question")).to_contain_text("Going from “complete” to “half”")
    expect(page.locator("#study-said")).to_be_hidden()
    page.locator("#guess-falls").click()
    expect(page.locator("#study-said")).to_contain_text("Right, it falls: 98 %")
    expect(page.locator("#study-said")).to_contain_text("Paper says")
    expect(drawn(page)).to_have_attribute("data-points", "8", timeout=DRAWN)
    page.reload()
    expect(page.locator("#study-said")).to_contain_text("Right, it falls")
    expect(page.locator("#study-asked")).to_be_hidden()
    expect(page).to_have_url(re.compile("tab=study.*claim=density.*form=own"))


def test_another_claim_and_another_form(visits: Visits) -> None:
    page = opened(visits)
    show(page)
    expect(page.locator("#figure-dose .figure-sentence")).to_contain_text("In training-like captions")
    expect(page.locator("#figure-dose tbody tr")).to_have_count(2)
    page.locator("#study-form").get_by_text("every object named", exact=True).click()
    expect(page.locator("#study-below")).to_contain_text("Verdicts in complete captions")
    expect(page.locator("#figure-dose .figure-sentence")).to_contain_text("In complete captions")
    expect(page).to_have_url(re.compile("claim=density.*form=complete"))
    page.locator("#study-metric").get_by_text("recognition accuracy").click()
    expect(page.locator("#figure-dose .figure-sentence")).to_contain_text("Recognition accuracy in complete captions")
    expect(page).to_have_url(re.compile("metric=recognition_accuracy"))
    page.locator("#study-claim input").click()
    page.get_by_role("option", name="batch size").click()
    expect(page).to_have_url(re.compile("claim=batch-size&form=complete$"))
    expect(page.locator("[data-claim='batch-size']")).to_be_visible()


def test_the_tab_sends_nothing_before_it_is_opened_and_keeps_its_place(visits: Visits) -> None:
    page = bench.opened(visits, "?preset=web-like")
    assert page.locator("#figure-dose").count() == 0 or drawn(page).get_attribute("data-points") in (None, "0")
    page.get_by_role("tab", name="Study", exact=True, include_hidden=True).dispatch_event("click")
    expect(page.locator("#study-methods")).to_be_visible()
    expect(page.locator("#study-question")).to_be_hidden()
    page.locator("#study-methods > button").click()
    expect(page.locator("#study-question")).to_contain_text("does binding accuracy")
    expect(page).to_have_url(re.compile("tab=study(?!.*claim=)"))
    page.locator("#study-form").get_by_text("every object named", exact=True).click()
    expect(page).to_have_url(re.compile("tab=study.*preset=web-like.*claim=density"))
    bench.turn(page, "workbench")
    bench.move(page, "saliency_bias", "0.5")
    expect(page).to_have_url(re.compile("tab=workbench.*saliency_bias=0.5.*claim=density"))


def test_bad_parts_of_a_link_fall_back_with_a_sentence(visits: Visits) -> None:
    page = opened(visits, "?tab=study&claim=<b>x&form=bundle")
    expect(page.locator("#study-note")).to_contain_text("claim=<b>x: choose density, batch-size; density is shown")
    expect(page.locator("#study-note")).to_contain_text("form=bundle: choose canonical")
    expect(page).to_have_url(re.compile("claim=density&form=canonical"))


def test_a_condition_opens_on_the_workbench_and_trains_there(visits: Visits) -> None:
    page = opened(visits)
    show(page)
    page.locator("#study-condition input").click()
    page.get_by_role("option", name="half").click()
    expect(page.locator("#study-spec [data-condition='half']")).to_be_visible()
    page.locator("#study-play").click()
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("Workbench")
    expect(page.locator("#wb-caption_completeness")).to_have_value("0.5")
    expect(page).to_have_url(re.compile("tab=workbench.*caption_completeness=0.5"))
    page.get_by_role("tab", name="Study", exact=True, include_hidden=True).dispatch_event("click")
    expect(page.locator("#study-spec [data-condition='half']")).to_be_visible()
    page.locator("#study-train").click()
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("Workbench")
    expect(page).to_have_url(re.compile("run=binding-friendly-"))
    expect(page.locator("#workbench-training:not([data-status=''])")).to_be_visible()


def test_a_click_on_a_point_chooses_its_condition(visits: Visits) -> None:
    page = opened(visits)
    show(page)
    expect(page.locator("#study-spec [data-condition='complete']")).to_be_visible()
    drawn(page).scroll_into_view_if_needed()
    spot = page.locator("#figure-dose .scatterlayer .trace").first.locator("path.point").nth(1).bounding_box()
    assert spot is not None
    page.mouse.move(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    page.wait_for_selector("#figure-dose .hoverlayer .hovertext")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("#study-spec [data-condition='half']")).to_be_visible()


def test_the_evidence_can_be_taken_home(visits: Visits) -> None:
    page = opened(visits)
    show(page)
    for name in ("Parquet", "SVG"):
        with page.expect_download() as taken:
            page.locator("#study-below").get_by_role("link", name=name).click()
        assert taken.value.suggested_filename == f"density.{name.lower()}"
    with page.expect_download() as taken:
        page.locator("#figure-dose button[data-do=table]").click()
    lines = taken.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("condition,mean,low,high,chance") and len(lines) == 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(visits: Visits, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(visits, f"?tab=study&claim=batch-size&__theme={theme}")
    expect(drawn(page)).to_have_attribute("data-ready", "true", timeout=DRAWN)
    assert serious_in(Axe().run(page).response["violations"]) == []


def test_a_phone_scrolls_in_one_direction(visits: Visits) -> None:
    page = opened(visits, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    show(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
