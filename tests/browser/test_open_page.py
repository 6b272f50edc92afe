"""Open questions on a real server: two people settle a training, one breaks off, one has no network, one has a file."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.codec import encode
from explorer.replication.questions import read_open_list
from explorer.web.onefile import write_site
from research.judge_open import retrain
from tests.browser.conftest import APP, OFTEN, Visits, managed_visits
from tests.browser.views import broken_rules
from tests.served import Server, serve_app, start_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
SLOW = 120_000  # ms: a training of twelve small steps beside other work
LIST = """
engine_version = 1
scoring = "by density"
stopping = "when all are confirmed"
odds = 10

[[questions]]
name = "half"
title = "Half told"
sentence = "Does a model bind when half of the colors are told?"
[questions.verdicts]
soon = "It binds soon."
late = "It does not bind."
none = "Neither held."
[[questions.cells]]
name = "half"
sentence = "half of the colors told"
recipe = "binding-friendly"
values = { attribute_density = 0.5, steps = 12, batch_size = 32 }
seeds = 2
[[questions.rivals]]
name = "soon"
sentence = "It takes 300 pairs."
predictions = [{ cell = "half", pairs = 300 }]
[[questions.rivals]]
name = "late"
sentence = "It never binds."
predictions = [{ cell = "half", never = 1.0 }]
"""


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Server]:
    """A server of a list of two trainings, behind a proxy that tells the addresses of its visitors; new to each try."""
    (tmp_path / "open.toml").write_text(LIST, encoding="utf-8")
    listed = str(tmp_path / "open.toml")
    choices = OFTEN | {"EXPLORER_OPEN_LIST": listed, "EXPLORER_FORWARDED": "1"}
    with serve_app(tmp_path, command=APP, **choices) as started:
        yield started


@pytest.fixture
def people(browser: Browser, asking: Server) -> Iterator[Visits]:
    with managed_visits(browser, asking.url, allowed="ERR_INTERNET_DISCONNECTED") as opened:
        yield opened


def visitor(visits: Visits, address: str) -> Page:
    """A person at an address who has opened the page, and lets it be reloaded while it trains."""
    page = visits.visitor(extra_http_headers={"X-Forwarded-For": address})
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{visits.base}?tab=open")
    expect(page.locator("#open-run")).to_be_enabled(timeout=SLOW)
    return page


def is_at(page: Page, phase: str) -> None:
    expect(page.locator("#open")).to_have_attribute("data-phase", phase, timeout=SLOW)


def trainings(server: Server) -> list[dict[str, Any]]:
    return list(server.get("v/open_questions.json").json()["questions"][0]["trainings"])


def test_a_phone_reaches_it_by_the_menu_and_reads_what_is_sent(visits: Visits) -> None:
    page = visits.visitor(390, 844)
    page.goto(f"{visits.base}?tab=evidence")
    page.locator(".wb-menu summary").click()
    page.locator(".wb-menu [data-view=open]").click()
    is_at(page, "ready")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#open-sent summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#open-sent li").first).to_be_visible()


def test_two_people_settle_a_training_between_reloads_stops_and_lost_networks(people: Visits, asking: Server) -> None:
    first = visitor(people, "8.8.8.8")
    expect(first.locator("[data-question=half] .op-dot")).to_have_count(0)
    assert not any(each["is_taken"] for each in trainings(asking))  # nothing is asked for before a press
    first.locator("#open-run").click()
    is_at(first, "running")
    expect(first.locator("#open-pause"), "the pressed button went").to_be_focused()
    first.locator("#open-pause").click()
    is_at(first, "paused")
    assert sum(each["is_taken"] for each in trainings(asking)) == 1
    # A reload finds the training, and begins it again.
    first.reload()
    is_at(first, "broken")
    first.locator("#open-run").click()
    is_at(first, "after")
    mine = first.locator(".op-dot.op-mine")
    expect(mine).to_have_attribute("data-filling", "half")
    entry = str(mine.get_attribute("data-entry"))
    digest = str(first.locator(".op-digests code").get_attribute("title"))
    expect(first.locator("#open-sent pre")).to_contain_text(digest)
    [told] = [each for each in trainings(asking) if each["name"] == entry]
    assert (told["state"], told["digest"]) == ("one", None) and len(digest) == 64
    # Stop gives the next one back, and nothing is counted.
    first.locator("#open-run").click()
    is_at(first, "running")
    first.locator("#open-stop").click()
    is_at(first, "ready")
    expect(first.locator("#open-run")).to_be_focused()
    assert not any(each["is_taken"] for each in trainings(asking))
    # Whoever comes from elsewhere is given what the first one trained, and gets the same bits.
    second = visitor(people, "9.9.9.9")
    second.locator("#open-run").click()
    is_at(second, "after")
    expect(second.locator(f"[data-entry='{entry}']")).to_have_attribute("data-filling", "full", timeout=SLOW)
    [told] = [each for each in trainings(asking) if each["name"] == entry]
    assert (told["state"], told["digest"]) == ("confirmed", digest)
    # Without a network the result waits, and is sent when it is back.
    second.locator("#open-run").click()
    is_at(second, "running")
    second.context.set_offline(True)
    is_at(second, "after")
    expect(second.locator(".op-dot.op-mine")).to_have_count(2)
    assert sum(each["num_results"] for each in trainings(asking)) == 2
    second.context.set_offline(False)
    expect(second.locator(".op-digests dd").last).to_be_visible()
    second.wait_for_function("() => localStorage.getItem('clip-binding-explorer-open-unsent') === '[]'", timeout=SLOW)
    assert sum(each["num_results"] for each in trainings(asking)) == 3
    # The first one confirms it: the list is whole, and nothing is left to press.
    first.reload()
    first.locator("#open-run").click()
    is_at(first, "after")
    expect(first.locator("[data-question=half]")).to_have_attribute("data-confirmed", "2", timeout=SLOW)
    expect(first.locator("#open-run")).to_have_count(0)
    # Dots are reached by arrows; a box tells of each, and gives the focus back.
    dots = first.locator(".op-dot")
    dots.first.focus()
    first.keyboard.press("ArrowRight")
    expect(dots.nth(1)).to_be_focused()
    first.keyboard.press("Enter")
    box = first.locator(".rp-box")
    expect(box).to_be_focused()
    expect(box.locator("code")).to_have_attribute("title", re.compile("^[0-9a-f]{64}$"))
    # Anybody may train it once more; its ring stays.
    box.locator("[data-act=repeat]").click()
    expect(box).to_have_attribute("data-state", "same", timeout=SLOW)
    expect(dots.nth(1)).to_have_attribute("data-ring", "same")
    assert broken_rules(first, ".rp-box") == []
    first.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(dots.nth(1)).to_be_focused()
    # Whoever opens it in the Workbench has its dials and its seed, and trains the same bits.
    dots.first.click()
    published = str(box.locator("code").first.get_attribute("title"))
    first.locator("[data-act=bench]").click()
    column = first.locator("#workbench-training")
    expect(first.locator("#train")).to_be_enabled(timeout=SLOW)
    first.locator("#train-place [data-place=tab]").click()
    first.locator("#train").click()
    expect(column).to_have_attribute("data-status", "finished", timeout=SLOW)
    expect(column.locator("[data-part=digest] code")).to_have_attribute("title", published)


def test_a_file_of_a_page_without_a_server_is_given_and_needs_a_second_computer(
    browser: Browser, tmp_path: Path
) -> None:
    listed = tmp_path / "open.toml"
    listed.write_text(LIST.replace("seeds = 2", "seeds = 1"), encoding="utf-8")
    with (
        serve_app(tmp_path, EXPLORER_OPEN_LIST=str(listed), EXPLORER_FORWARDED="1", **OFTEN) as server,
        managed_visits(browser, server.url) as opened,
    ):
        # Two people hand in one and the same file.
        questions = read_open_list(listed)
        result = encode(retrain(questions, questions.entries[0]))
        saved = tmp_path / "open-questions.json"
        saved.write_text(json.dumps({"list_digest": questions.digest, "results": [result]}), encoding="utf-8")
        for address in ("9.9.9.9", "1.1.1.1"):
            page = visitor(opened, address)
            page.locator("#open-give summary").click()
            page.locator("#open-give input").set_input_files(saved)
            expect(page.locator("#open-give [role=status]")).to_have_text("1 result was taken.")
            expect(page.locator(".op-dot.op-mine")).to_have_attribute("data-filling", "half")
            assert broken_rules(page, "#open-give") == []
        page.locator("#open-give input").set_input_files(listed)
        expect(page.locator("#open-give [role=status]")).to_contain_text("no file of results")
        [told] = trainings(server)
        assert (told["state"], told["num_results"], told["digest"]) == ("one", 2, None)
        last = visitor(opened, "4.4.4.4")
        last.locator("#open-run").click()
        is_at(last, "after")
        expect(last.locator("[data-question=half]")).to_have_attribute("data-confirmed", "1", timeout=SLOW)
        [told] = trainings(server)
        assert (told["state"], told["digest"]) == ("confirmed", result["digests"][-1])


def killed(server: Server) -> None:
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()


@pytest.mark.nightly
def test_two_browsers_settle_a_question_on_a_server_that_is_killed_twice(browser: Browser, tmp_path: Path) -> None:
    """Behind a declared proxy, while each of the two trains: what could not be sent waits, and is sent again."""
    listed = tmp_path / "open.toml"
    longer = LIST.replace("steps = 12", "steps = 40")  # it still trains when the server is gone
    listed.write_text(longer.replace("seeds = 2", "seeds = 1"), encoding="utf-8")
    choices = {"EXPLORER_PUBLIC": "1", "EXPLORER_FORWARDED": "1", "EXPLORER_OPEN_LIST": str(listed)}
    server = start_server(tmp_path, **choices)
    try:
        with managed_visits(browser, server.url, allowed="ERR_CONNECTION") as opened:
            one, two = visitor(opened, "8.8.8.8"), visitor(opened, "9.9.9.9")
            digests = []
            for page in (one, two):
                page.locator("#open-run").click()
                is_at(page, "running")
                expect(page.locator(".op-progress")).not_to_have_attribute("aria-valuenow", "0", timeout=SLOW)
                killed(server)
                is_at(page, "after")
                digests.append(page.locator(".op-digests code").get_attribute("title"))
                expect(page.locator(".op-after")).to_contain_text("could not be sent", timeout=SLOW)
                server = start_server(tmp_path, port=server.port, **choices)
                expect(page.locator(".op-after")).not_to_contain_text("could not be sent", timeout=SLOW)
            expect(two.locator("[data-question=half]")).to_have_attribute("data-confirmed", "1", timeout=SLOW)
            keys = {
                page.evaluate("Object.values(localStorage).find((each) => /^[0-9a-f]{32}$/.test(each))")
                for page in (one, two)
            }
            [told] = trainings(server)
            assert len(keys) == 2 and None not in keys
            assert (told["state"], told["num_results"], told["num_mismatches"]) == ("confirmed", 2, 0)
            assert digests == [told["digest"]] * 2
            assert server.get("v/open_questions.json").json()["questions"][0]["is_answered"]
    finally:
        server.end()


def test_a_page_without_a_server_trains_the_list_in_its_order(browser: Browser, tmp_path: Path) -> None:
    site = write_site(tmp_path / "stick", "open").as_uri()
    with managed_visits(browser, "file:///") as opened:
        page = opened.visitor(offline=True)
        page.goto(site)
        expect(page.locator("[data-question]")).to_have_count(3)
        expect(page.locator("#open-run")).to_be_enabled(timeout=SLOW)
        page.locator("#open-run").click()
        is_at(page, "running")
        page.locator("#open-stop").click()
        is_at(page, "ready")
