"""The lesson as a pupil takes it: every step done by acting, kept over a reload, in both languages and on a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explorer.figures.style import ROLES
from explorer.pages.probe.example import answers
from tests.browser.conftest import Server, Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SLOW = 240_000  # ms: a short training, or the first model, on two shared cores
STEPS = ("see", "guess", "dial", "form", "train", "probe")


def opened(visits: Visits, query: str = "", *, width: int = 1280, dark: bool = False) -> Page:
    page = visits.visitor(width, dark=dark)
    page.goto(f"{visits.base}lesson{query}")
    page.wait_for_function("window.lessonIsReady")
    return page


def go(page: Page, step: str) -> None:
    page.locator(f"#go-{step}").click()
    expect(page.locator(f"#step-{step}")).to_be_visible()


def expect_done(page: Page, *steps: str) -> None:
    for step in steps:
        expect(page.locator(f"#go-{step}")).to_have_attribute("data-done", "true")
        expect(page.locator(f"#go-{step} .mark")).to_have_text("✓")


def test_the_lesson_is_walked_through_by_acting(visits: Visits, server: Server) -> None:
    page = opened(visits)
    maps = Path(f"/proc/{server.process.pid}/maps")
    assert not maps.exists() or "libtorch" not in maps.read_text()
    see(page)
    guess(page)
    dial(page)
    form(page)
    page.locator("#step-form .next").click()
    train(page)
    probe(page)
    expect_done(page, *STEPS)
    expect(page.locator("#end")).to_be_visible()
    # Card and summary have one number of the run.
    shown = page.locator("#train-card .meter b").text_content() or ""
    summed = page.locator("#end-summary li").last.inner_text()
    assert abs(float(shown.split()[0]) - int(re.findall(r"(\d+) % of pictures", summed)[0])) <= 0.6
    page.reload()
    page.wait_for_function("window.lessonIsReady")
    expect_done(page, *STEPS)
    expect(page.locator("#end")).to_be_visible()
    go(page, "guess")
    expect(page.locator("#guess-yours")).to_contain_text("30 %")
    go(page, "train")
    expect(page.locator("#train-card .card[data-step='3']")).to_be_visible()


def test_the_step_that_is_open_has_an_edge_of_the_color_of_what_is_right(visits: Visits) -> None:
    for dark in (False, True):
        page = opened(visits, dark=dark)
        edge = "(button) => getComputedStyle(button).borderTopColor"
        right = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--right')").strip()
        assert right == ROLES["right"][dark]
        assert page.locator("#go-see").evaluate(edge) != page.locator("#go-guess").evaluate(edge)


def see(page: Page) -> None:
    expect(page.locator("#step-see .result")).to_be_hidden()
    page.locator("#see-pictures [data-right=false]").click()
    expect(page.locator("#see-said")).to_contain_text("Look again")
    expect(page.locator("#go-see")).to_have_attribute("data-done", "false")
    page.locator("#see-pictures [data-right=true]").click()
    expect(page.locator("#see-said")).to_contain_text("Right")
    expect(page.locator("#step-see .choices li")).to_have_count(len(answers()))
    expect_done(page, "see")
    page.locator("#step-see .next").click()


def guess(page: Page) -> None:
    expect(page.locator("#step-guess")).to_be_visible()
    page.locator("#guess").fill("30")
    page.locator("#guess-lock").click()
    expect(page.locator("#guess-yours")).to_contain_text("30 %")
    expect(page.locator("#step-guess .meter").first).to_contain_text("chance 50 %")
    expect(page.locator("#guess")).to_be_disabled()
    page.locator("#step-guess .next").click()


def dial(page: Page) -> None:
    expect(page.locator("#dial-scenes .scene")).to_have_count(6)
    page.locator("#dial").fill("0.75")
    expect(page.locator("#dial-count")).to_contain_text(re.compile("^[1-5] of 6 captions"))
    expect(page.locator("#go-dial")).to_have_attribute("data-done", "false")
    page.locator("#dial").fill("0.5")
    expect(page.locator("#dial-count")).to_contain_text("0 of 6 captions")
    expect_done(page, "dial")
    page.locator("#step-dial .next").click()


def form(page: Page) -> None:
    expect(page.locator("#form-short")).to_be_hidden()
    page.locator("[data-form=short]").click()
    expect(page.locator("#form-short .meter")).to_be_visible()
    expect(page.locator("#go-form")).to_have_attribute("data-done", "false")
    page.locator("[data-form=long]").click()
    expect(page.locator("#form-long .meter")).to_be_visible()
    expect_done(page, "form")


def train(page: Page) -> None:
    for typed, said in (("0", "Steps is 0."), ("", "Steps is empty.")):
        page.locator("#train-steps").fill(typed)
        expect(page.locator("#train-budget")).to_have_text(f"{said} Give a whole number from 1 to 1,000,000.")
        page.locator("#train-start").click()
        expect(page.locator("#train-steps")).to_be_focused()
        expect(page.locator("#notes")).to_be_empty()
    expect(page.locator("#go-train")).to_have_attribute("data-done", "false")
    page.locator("#train-steps").fill("3")
    expect(page.locator("#train-budget")).to_contain_text("3 steps of 256 pairs")
    page.locator("#train-start").click()
    expect(page.locator("#train-card .card[data-run]")).to_be_visible(timeout=SLOW)
    expect(page.locator("#train-card .meter")).to_be_visible(timeout=SLOW)
    expect(page.locator("#go-train")).to_have_attribute("data-done", "true", timeout=SLOW)
    expect(page.locator("#train-card h3")).to_have_text("Binding at the end")
    run = page.locator("#train-card .card").get_attribute("data-run")
    expect(page.locator("#train-open a")).to_have_attribute("href", re.compile(f"tab=workbench.*run={run}"))
    page.locator("#step-train .next").click()


def probe(page: Page) -> None:
    expect(page.locator("#probe-second")).not_to_have_value("")
    page.locator("#probe-first").fill("a red bus and a blue car")
    expect(page.locator("#probe-second")).to_have_value("a blue bus and a red car")
    page.locator("#probe-pictures .picture").nth(1).click()
    expect(page.locator("#probe-first")).not_to_have_value("a red bus and a blue car")
    page.locator("#probe-ask").click()
    # The margin and the cosine of each caption.
    expect(page.locator("#probe-cosines li")).to_have_count(3, timeout=SLOW)
    expect(page.locator("#probe-said")).to_contain_text(re.compile("prefers the|Too close"))


def test_a_step_may_be_skipped_and_gone_back_to(visits: Visits) -> None:
    page = opened(visits)
    page.locator("#step-see .next").click()
    expect(page.locator("#step-guess")).to_be_visible()
    expect(page.locator("#go-see .mark")).to_have_text("1")
    page.reload()
    expect(page.locator("#step-guess")).to_be_visible()
    go(page, "see")
    page.locator("#see-pictures [data-right=true]").click()
    expect_done(page, "see")
    page.locator("#again").click()
    expect(page.locator("#go-see .mark")).to_have_text("1")


def test_what_the_browser_kept_may_be_nonsense(visits: Visits) -> None:
    page = opened(visits)
    kept = '{"done": ["x", "see"], "run": "gone"}'
    page.evaluate("(kept) => localStorage.setItem('clip-binding-explorer-lesson', kept)", kept)
    page.reload()
    page.wait_for_function("window.lessonIsReady")
    expect_done(page, "see")
    go(page, "train")
    expect(page.locator("#train-card")).to_contain_text("not on the server any more")


def test_the_projector_view_fills_the_screen(visits: Visits) -> None:
    page = visits.visitor(1920, 1080)
    page.goto(f"{visits.base}lesson?view=projector")
    page.wait_for_function("window.lessonIsReady")
    assert page.locator("#step-see").evaluate("(each) => each.offsetWidth") > 1700
    assert page.locator("#step-see p").first.evaluate("(each) => parseFloat(getComputedStyle(each).fontSize)") > 24
    for step in STEPS:
        go(page, step)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1920, step
    expect(page.locator("#home")).to_have_attribute("href", re.compile("view=projector"))
    page.locator("#projector").click()
    assert page.locator("#step-probe").evaluate("(each) => each.offsetWidth") < 900
    page.reload()
    page.wait_for_function("window.lessonIsReady")
    expect(page.locator("#projector")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#class")).to_have_text("For a class: one lesson for thirty")


def test_the_lesson_in_chinese(visits: Visits) -> None:
    page = opened(visits, "?lang=zh")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("h1")).to_have_text("六步课程")
    expect(page.locator("#step-see .caption")).to_contain_text("a yellow submarine and a blue bus")
    page.locator("#see-pictures [data-right=true]").click()
    expect(page.locator("#see-said")).to_contain_text("对")
    go(page, "train")
    expect(page.locator("#train-budget")).to_contain_text("90 步，每步 256 对")
    page.locator("#home").click()
    page.wait_for_function("window.explorerHasArrived")
    expect(page).to_have_url(re.compile("lang=zh"))
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("工作台")


@pytest.mark.parametrize("query", ["", "?lang=zh"])
def test_a_phone_scrolls_in_one_direction(visits: Visits, query: str) -> None:
    page = opened(visits, query, width=390)
    for step in STEPS:
        go(page, step)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, step


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(visits: Visits, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(visits, dark=dark)
    for step in STEPS:
        go(page, step)
        page.evaluate("document.querySelectorAll('.result, .form').forEach((each) => (each.hidden = false))")
        found = Axe().run(page).response["violations"]
        serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
        assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in serious] == [], step
