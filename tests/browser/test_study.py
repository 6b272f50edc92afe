"""Study as people use it: a guess, the evidence, another claim and form, a condition opened elsewhere, its files."""

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import bench
from tests.browser.conftest import Server, Visits, end_server, free_port, start_server
from tests.unit.study.toy_evidence import freeze_toys

DRAWN = 60_000  # ms: Plotly is a large script, and a busy computer reads it slowly

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


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
    expect(page.locator("#study-question")).to_contain_text("does binding accuracy")
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
    found = Axe().run(page).response["violations"]
    serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in serious] == []


def test_a_phone_scrolls_in_one_direction(visits: Visits) -> None:
    page = opened(visits, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    show(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
