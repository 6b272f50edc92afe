"""A training of the evidence is repeated in a tab, served and from a file, and one of a link: the same and altered."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.contract import CONTRACT
from explorer.presets import get_preset
from explorer.resources import asset_text
from explorer.spec import RunSpec
from explorer.web.onefile import site_page
from tests.browser.conftest import Visits
from tests.browser.views import broken_rules

TRAINED = 120_000  # ms: six steps on a busy computer
GOLDEN = json.loads(asset_text("engine/golden.json"))["trainings"]["sigmoid loss"]
"""Six steps, with the digest that every device finds."""
KEYS = ("00000000000000a0", "00000000000000a1")
CURVE = [[0, 0.48, 0.43], [6, 0.5, 0.45]]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def study_of(digest: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Dots and chains of a sweep with one short training under two seeds, the first with this digest."""
    ends = {"canonical": [0.5, 0.45, 346]}
    shared = {"pairs": 576, "batch_size": 96, "bound": {"canonical": None}, "ends": ends, "curves": [CURVE]}
    trainings = [
        {"seed": seed, "key": key, "digest": each, **shared}
        for seed, key, each in ((40, KEYS[0], digest), (41, KEYS[1], GOLDEN["digest"]))
    ]
    cell = {"label": "six steps", "pairs": 576, "seeds": 2, "trainings": trainings}
    sweep = {"name": "short", "experiment": "i", "question": "Is it the same?", "judges": "time", "form": "canonical"}
    dots = {"edition": 4, "engine": CONTRACT.engine_version, "sweeps": [{**sweep, "is_whole": True, "cells": [cell]}]}
    phases = {each["key"]: {"spec": GOLDEN["spec"], "digests": [[6, each["digest"]]]} for each in trainings}
    chains = {
        "sweep": "short",
        "engine": CONTRACT.engine_version,
        "phases": phases,
        "trainings": [
            {"label": "six steps", "seed": each["seed"], "scenes": 10_040, "form": "canonical", "phases": [each["key"]]}
            for each in trainings
        ],
    }
    return dots, chains


ALTERED = GOLDEN["digest"][:-1] + ("0" if GOLDEN["digest"][-1] != "0" else "1")


def open_dots(page: Page) -> None:
    page.locator(".rp-every summary").click()
    expect(page.locator(".rp-dot[data-training]")).to_have_count(2)


def test_a_box_closes_from_wherever_the_focus_is_and_with_the_figure_of_its_dot(visits: Visits) -> None:
    page = visits.visitor(1280, 800)
    dots, chains = study_of(ALTERED)
    page.route(re.compile(r"/v/dots\.json"), lambda route: route.fulfill(json={"dots": dots}))
    page.route(re.compile(r"/v/chains\.json"), lambda route: route.fulfill(json=chains))
    visits.open(page, "?tab=evidence")
    open_dots(page)
    first, box = page.locator(f".rp-dot[data-training='{KEYS[0]}']"), page.get_by_role("dialog")
    first.click()
    expect(box).to_contain_text("six steps, seed 40")
    page.locator("header a").first.focus()
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(first).to_be_focused()
    first.click()
    expect(box).to_contain_text("six steps, seed 40")
    page.locator(".rp-every summary").press("Enter")  # the box lies over a part of it
    expect(first).to_have_count(0)
    expect(box).to_have_count(0)


def test_a_dot_opens_and_is_repeated_and_an_altered_one_differs(visits: Visits) -> None:
    page = visits.visitor(1280, 800)
    dots, chains = study_of(ALTERED)
    page.route(re.compile(r"/v/dots\.json"), lambda route: route.fulfill(json={"dots": dots}))
    page.route(re.compile(r"/v/chains\.json"), lambda route: route.fulfill(json=chains))
    visits.open(page, "?tab=evidence")
    open_dots(page)
    first, second = (page.locator(f".rp-dot[data-training='{key}']") for key in KEYS)
    box = page.get_by_role("dialog")
    first.focus()
    first.press("Enter")
    expect(box).to_contain_text("six steps, seed 40")
    expect(box).to_contain_text("dot 1 of 2")
    box.press("ArrowRight")
    expect(box).to_contain_text("six steps, seed 41")
    box.press("Escape")
    expect(box).to_have_count(0)
    expect(second).to_be_focused()
    second.click()
    dot, beside = second.bounding_box(), box.bounding_box()
    assert dot and beside and (beside["x"] >= dot["x"] + dot["width"] or beside["x"] + beside["width"] <= dot["x"])
    box.locator("[data-act=repeat]").click(timeout=TRAINED)
    expect(box).to_contain_text("The same, to the last bit", timeout=TRAINED)
    ended, scrolled = box.bounding_box(), second.bounding_box()
    assert ended and scrolled and ended["height"] >= beside["height"] - 1
    assert abs((ended["y"] - scrolled["y"]) - (beside["y"] - dot["y"])) < 1, "it keeps its place beside the dot"
    expect(box).to_contain_text("stays in this browser")
    assert broken_rules(page, ".rp-box") == []
    expect(second).to_have_attribute("data-ring", "same")
    box.press("ArrowLeft")
    box.locator("[data-act=repeat]").click(timeout=TRAINED)
    expect(box).to_contain_text("Not the same bits", timeout=TRAINED)
    expect(box).to_contain_text("The numbers differ from step 6 on")
    expect(first).to_have_attribute("data-ring", "differs")
    assert broken_rules(page, ".rp-box") == []
    box.locator("[data-act=one-core]").click()
    box.locator("[data-act=pause]").click()
    expect(box.locator("[data-act=pause]")).to_contain_text("Go on")
    box.locator("[data-act=stop]").click()
    expect(box).to_contain_text("You stopped it at step")
    page.reload()
    open_dots(page)
    expect(second).to_have_attribute("data-ring", "same")
    expect(first).to_have_attribute("data-ring", "differs")


def test_a_file_repeats_a_dot_and_its_ring_ends_with_it(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dots, chains = study_of(GOLDEN["digest"])
    (tmp_path / "chains").mkdir()
    (tmp_path / "dots.json").write_text(json.dumps(dots))
    (tmp_path / "chains" / "short.json").write_text(json.dumps(chains))
    (tmp_path / "chains" / "torch.json").write_text(json.dumps({"sweep": "torch", "engine": None, "trainings": {}}))
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    (tmp_path / "study.html").write_text(site_page("evidence"), encoding="utf-8")
    page = browser.new_context(offline=True).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((tmp_path / "study.html").as_uri())
    open_dots(page)
    page.locator(f".rp-dot[data-training='{KEYS[0]}']").click()
    box = page.get_by_role("dialog")
    box.locator("[data-act=repeat]").click(timeout=TRAINED)
    expect(box).to_contain_text("The same, to the last bit", timeout=TRAINED)
    expect(box).to_contain_text("until this page is closed")
    page.context.close()
    assert faults == []


def link_of(digest: str) -> str:
    spec = RunSpec.from_json(GOLDEN["spec"]).to_json()
    usual = get_preset(GOLDEN["spec"]["preset"]).spec.to_json()
    moved = {
        name: ",".join(value) if isinstance(value, list) else value
        for part in ("data", "train")
        for name, value in spec[part].items()
        if name == "seed" or usual[part][name] != value
    }
    parts = {"repeat": f"{CONTRACT.engine_version}-{digest}", "preset": GOLDEN["spec"]["preset"], **moved}
    return f"?{urlencode(parts)}"


def test_a_link_repeats_a_run_and_compares_its_digest(visits: Visits) -> None:
    for digest, said in ((GOLDEN["digest"], "The same, to the last bit"), (ALTERED, "Not the same bits")):
        page = visits.open(visits.visitor(390, 844), link_of(digest))
        page.locator("[data-act=repeat]").click(timeout=TRAINED)
        expect(page.locator(".rp-page h1")).to_have_text(said, timeout=TRAINED)
    page = visits.open(visits.visitor(1280, 800), "?repeat=2-x&preset=nothing")
    expect(page.get_by_role("alert")).to_contain_text("repeat=2-x: give the version of the engine")
