"""The card of what was measured: numbers of the evidence alone, with all that they need beside them."""

import re
import xml.etree.ElementTree as ElementTree
from html import unescape
from typing import Any

import pytest

from explorer.pages.workbench.dose_chart import LEFT, RIGHT, TOP, WIDTH, chart
from explorer.pages.workbench.evidence_card import ALONG, measured_html
from explorer.spec.run_spec import RunSpec
from explorer.study.grid import Point, along, read_grid
from tests.unit.study.grids import friendly, measured, toy_evidence

HALF = {"caption_completeness": 0.5}


@pytest.fixture
def grid() -> tuple[Point, ...]:
    conditions = (
        measured("friendly", {}, own=[0.96, 0.98], canonical=[0.97, 0.97]),
        measured("half", HALF, own=[0.9, 0.8, 0.7], canonical=[0.6, 0.7, 0.8]),
        measured("salient <b>", {**HALF, "saliency_bias": 1.0}, own=[0.6], leak=0.81),
    )
    return read_grid({"toy": toy_evidence("toy", *conditions)})


def text_of(html: str) -> str:
    """What a reader sees of it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?(b|small)\b[^>]*>", "", html))).split())


def kind_of(html: str) -> str:
    found = re.search(r"data-kind='(\w+)'", html)
    assert found is not None
    return found[1]


def card(grid: tuple[Point, ...], **changes: Any) -> str:
    return measured_html(friendly(**changes), grid)


def test_a_measured_place(grid: tuple[Point, ...]) -> None:
    html = card(grid, **HALF)
    assert kind_of(html) == "measured" and "Measured at these dials." in text_of(html)
    assert "<b>80 %</b>" in html and "<b>70 %</b>" in html and "55 to 100 %" in text_of(html)
    for words in ("Sweep toy, half: 3 seeds", "180 steps of 256 pairs", "learning rate 0.002", "cpu", "chance 50 %"):
        assert words in text_of(html)


def test_between_points_no_number_is_made_up(grid: tuple[Point, ...]) -> None:
    html = card(grid, caption_completeness=0.75)
    assert kind_of(html) == "between" and "data-dial='caption_completeness'" in html
    table = html[html.index("<tbody>") : html.index("</tbody>")]
    assert re.findall(r"<b>([\d.]+ %)</b>", table) == ["80 %", "70 %", "97 %", "97 %"]
    assert "here 0.75, measured on either side" in text_of(html)
    assert "88" not in table, "the middle of 80 and 97 was measured by nobody"


def test_the_nearest_says_what_differs(grid: tuple[Point, ...]) -> None:
    html = card(grid, batch_size=64, hard_negatives=0.5)
    assert kind_of(html) == "nearest"
    assert "Nearest measured: batch size 256 (here 64), hard negatives 0 (here 0.5)." in text_of(html)


def test_nothing_measured_says_so_and_leads_on() -> None:
    html = card(())
    assert kind_of(html) == "nothing" and "Nothing is measured yet. Train it yourself" in text_of(html).replace(
        "  ", " "
    )


def test_captions_that_give_it_away_are_no_evidence(grid: tuple[Point, ...]) -> None:
    html = card(grid, **HALF, saliency_bias=1.0)
    assert "no evidence" in html and "gets 81 %, so this is no evidence of binding" in text_of(html)
    assert "one seed" in text_of(html) and "not asked" in text_of(html)
    assert "salient &lt;b&gt;" in html and "salient <b>" not in html


def test_a_dial_at_rest_is_told(grid: tuple[Point, ...]) -> None:
    words = "Saliency bias changes nothing while every object is named."
    assert words in text_of(card(grid, saliency_bias=0.5)) and words not in text_of(card(grid))


def test_each_dial_of_the_study_has_a_chart_and_one_is_shown(grid: tuple[Point, ...]) -> None:
    html = card(grid, **HALF)
    assert re.findall(r"data-chart='(\w+)'", html) == list(ALONG) == re.findall(r"data-along='(\w+)'", html)
    assert re.findall(r"data-chart='(\w+)'>", html) == ["caption_completeness"], "the others are hidden"
    assert html.count("aria-pressed='true'") == 1


def svg_of(spec: RunSpec, dial: str, grid: tuple[Point, ...]) -> ElementTree.Element:
    html = chart(spec, dial, along(spec, dial, grid))
    return ElementTree.fromstring(html[: html.index("</svg>") + len("</svg>")])


def test_the_chart_draws_every_seed_chance_and_the_present_place(grid: tuple[Point, ...]) -> None:
    root = svg_of(friendly(caption_completeness=0.75), "caption_completeness", grid)
    kinds = [each.get("class") for each in root]
    assert kinds.count("seed") == 2 * 2 + 2 * 3 and kinds.count("own mark") == kinds.count("canonical mark") == 2
    chance = next(each for each in root if each.get("class") == "chance")
    top, bottom = (float(each.get("y1", "")) for each in root if each.get("class") == "rule")
    assert float(chance.get("y1", "")) == pytest.approx((top + bottom) / 2) and top == TOP
    here = next(each for each in root if each.get("class") == "here")
    middle = (LEFT + WIDTH - RIGHT) / 2
    assert float(here.get("x", "")) + 13 == pytest.approx(middle), "0.75 lies halfway between 0.5 and 1"
    labels = [each.text for each in root if each.tag == "text"]
    assert labels == ["100 %", "chance", "0 %", "0.75", "0.5", "1"]


def test_the_chart_in_words_and_as_a_table(grid: tuple[Point, ...]) -> None:
    spec = friendly(**HALF)
    said = svg_of(spec, "caption_completeness", grid).get("aria-label", "")
    assert "0.5: 80 % in captions like its own, 70 % in two objects, both named" in said and "Chance is 50 %" in said
    html = chart(spec, "caption_completeness", along(spec, "caption_completeness", grid))
    assert "80 % (95 % interval 55 to 100 %, n 3); seeds 90 %, 80 %, 70 %" in text_of(html)


def test_a_dial_without_points_is_a_sentence(grid: tuple[Point, ...]) -> None:
    spec = friendly(objects_in_image=3, attribute_density=0.5)
    html = chart(spec, "attribute_density", along(spec, "attribute_density", grid))
    assert "<svg" not in html and "Nothing was measured along attribute density" in html
