"""The lesson, the teacher's link and About on the page: every step done by acting, in both languages, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.views import WIDE, broken_rules, remaining_items

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SLOW = 240_000
STEPS = ("see", "guess", "dial", "form", "train", "probe", "order")


def expect_done(page: Page, *steps: str) -> None:
    for step in steps:
        expect(page.locator(f"#go-{step}")).to_have_attribute("data-done", "true")


def test_the_lesson_is_walked_through_by_acting(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "lesson")
    page.locator("#see-pictures [data-right=false]").click()
    expect(page.locator("#see-said")).to_contain_text("Look again")
    expect(page.locator("#go-see")).to_have_attribute("data-done", "false")
    page.locator("#see-pictures [data-right=true]").click()
    expect(page.locator("#step-see [data-model=things-web]")).to_have_class("wrong")
    expect(page.locator("#step-see [data-model=things-bound]")).to_have_class("right")
    page.locator(".next").click()
    page.locator("#guess").fill("30")
    page.locator("#guess-lock").click()
    expect(page.locator("#guess-yours")).to_contain_text("30 %")
    page.locator(".next").click()
    page.locator("#dial").fill("0.75")
    expect(page.locator("#dial-count")).to_contain_text(re.compile("^[1-5] of 6 captions"))
    expect(page.locator("#go-dial")).to_have_attribute("data-done", "false")
    page.locator("#dial").fill("0.5")
    expect_done(page, "dial")
    page.locator(".next").click()
    for form in ("short", "long"):
        page.locator(f"[data-form={form}]").click()
        expect(page.locator(f"#form-{form} .meter")).to_be_visible()
    page.locator(".next").click()
    train(page)
    probe(page)
    page.locator(".next").click()
    page.locator("#order-answer [value=after]").check()
    expect(page.locator("#order-after .end")).to_have_count(5)
    expect(page.locator("#order-go-on")).to_have_attribute("href", re.compile("tab=bench.*run="))
    expect_done(page, *STEPS)
    # Card and summary have one number of the run.
    summed = page.locator("#end-summary li").last.inner_text()
    page.locator("#go-train").click()
    shown = page.locator("#train-card + p, #train-card .meter b").first.inner_text()
    assert abs(float(shown.split()[0]) - int(re.findall(r"(\d+)\s% of pictures", summed)[0])) <= 0.6
    page.reload()
    expect_done(page, *STEPS)
    expect(page.locator("#end")).to_be_visible()
    expect(page.locator("#train-card .card[data-step='3']")).to_be_visible()
    page.locator("#again").click()
    expect(page.locator("#go-see .mark")).to_have_text("1")


def train(page: Page) -> None:
    page.locator("#train-steps").fill("0")
    page.locator("#train-start").click()
    expect(page.locator("#train-steps")).to_be_focused()
    page.locator("#train-steps").fill("4000")
    page.locator("#train-start").click()
    page.locator("#train-pause").click()
    expect(page.locator("#train-pause")).to_have_text("Go on", timeout=SLOW)
    page.locator("#train-pause").click()
    expect(page.locator("#train-pause")).to_have_text("Pause")
    page.locator("#train-stop").click()
    expect(page.locator("#train-card .state")).to_have_text("Stopped early, and usable", timeout=SLOW)
    page.locator("#train-steps").fill("3")
    expect(page.locator("#train-budget")).to_contain_text("3 steps of 256 pairs")
    page.locator("#train-start").click()
    expect(page.locator("#train-card h3")).to_have_text("Binding at the end", timeout=SLOW)
    expect_done(page, "train")
    run = page.locator("#train-card .card").get_attribute("data-run")
    expect(page.locator("#train-open a")).to_have_attribute("href", re.compile(f"tab=bench.*run={run}"))
    page.locator(".next").click()


def probe(page: Page) -> None:
    page.locator("#probe-first").fill("a red bus and a blue car")
    expect(page.locator("#probe-second")).to_have_value("a blue bus and a red car")
    page.locator("#probe-pictures .picture").nth(1).click()
    expect(page.locator("#probe-model")).not_to_have_value(re.compile("^things-"))
    page.locator("#probe-ask").click()
    expect(page.locator("#probe-cosines li")).to_have_count(3, timeout=SLOW)
    expect(page.locator("#probe-said")).to_contain_text(re.compile("prefers the|Too close"))


def test_the_lesson_in_chinese_on_a_phone_at_night(visits: Visits) -> None:
    page = visits.open(visits.visitor(390, dark=True), "lesson?lang=zh")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator(".lesson h1")).to_have_text("七步课程")
    expect(page.locator("#step-see .caption")).to_contain_text("a yellow submarine and a blue bus")
    for step in STEPS:
        page.locator(f"#go-{step}").click()
        expect(page.locator(f"#title-{step}")).to_be_focused()
        assert remaining_items(page, WIDE) == [], step
    assert broken_rules(page) == []
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.evaluate("document.body.classList.add('projector')")
    for step in STEPS:
        page.locator(f"#go-{step}").click()
        assert remaining_items(page, WIDE) == [], step
    assert page.locator("#step-order").evaluate("(each) => each.offsetWidth") > 1700
    assert page.locator("#step-order p").first.evaluate("(each) => parseFloat(getComputedStyle(each).fontSize)") > 24


def test_the_teachers_old_address_shares_a_link_that_is_opened(visits: Visits) -> None:
    page = visits.open(visits.visitor(), "teach?preset=web-like&saliency_bias=0.5")
    expect(page.locator("#link")).to_have_value(re.compile("^http.*preset=web-like&saliency_bias=0.5$"))
    page.get_by_label("only these:").check()
    page.locator("[name=dials][value=steps]").check()
    page.locator("#wb-class-question").fill("What <b>will</b> happen?")
    page.locator("[name=view]").check()
    expect(page.locator("#link")).to_have_value(re.compile("dials=steps&question=What.*&view=projector$"))
    page.locator("#open").click()
    expect(page.locator(".asked")).to_contain_text("From the sender of this link: What <b>will</b> happen?")
    expect(page.locator("body.projector")).to_have_count(1)
    # The chosen dial stands on the projector, too.
    expect(page.locator("#wb-steps")).to_be_visible()
