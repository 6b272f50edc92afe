"""Below the answer of Probe: the ladder, what models favor, what is inside, and a person's captions on a curve."""

import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.evaluation.results import DefinedEstimate, Estimate
from explorer.evaluation.sets import ProbeBudget
from explorer.evaluation.sweep_evidence import EVIDENCE
from explorer.evaluation.user_probe import NoMaps
from explorer.pages.app import build_app
from explorer.pages.probe import analysis_steps as more
from explorer.pages.probe import example
from explorer.pages.probe.analysis_steps import AnalysisContext, biases_steps, inside_steps, ladder_steps, own_steps
from explorer.pages.probe.analysis_view import (
    AT_CHANCE,
    MOST_LABEL,
    NONE_READ,
    biases_shown,
    ladder_shown,
    own_shown,
    short,
)
from explorer.pages.probe.heat_view import heat_html
from explorer.pages.probe.question import question
from explorer.runs.store import RunFolder, RunStore
from explorer.service import probing
from explorer.service.caption_files import Row, Shown
from explorer.service.leaderboard import LeaderboardRow
from explorer.service.service import Service
from explorer.service.user_captions import DEFINITIONS, MeasuredCaptions, ReadCounts, measure_rows
from explorer.settings import LOCAL
from explorer.world.measure import MeasuredDial
from tests.unit.figures.drawn import TOY
from tests.unit.pages.visits import KEY, Visit
from tests.unit.toys import tiny_folder, tiny_spec

CAPTION, SWAP = "a red bus and a blue cat", "a blue bus and a red cat"


@pytest.fixture
def run(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run with a tiny model, asked about few scenes."""
    probing.MODELS.clear()
    for name, value in {"COUNT": 40, "PROJECTED": 12, "FITTED": 40}.items():
        monkeypatch.setattr(more, name, value)
    folder = store.create(tiny_spec(), owner_key=KEY)
    tiny_folder(folder.model)
    return folder


@pytest.fixture
def context(store: RunStore) -> AnalysisContext:
    return AnalysisContext(store=store, closed=False, budget=ProbeBudget(fit_per_value=30, test_per_value=10))


def last(found: Iterator[more.AnalysisProgress]) -> tuple[tuple[Any, ...], list[str]]:
    """Return the last values, and the sentences."""
    steps = list(found)
    assert not steps[-1].busy
    return next((step.values for step in reversed(steps) if step.values), ()), list(steps[-1].sentences)


def test_a_ladder_is_sorted_and_lists_what_is_not_here(context: AnalysisContext, run: RunFolder) -> None:
    asked = question(None, CAPTION, SWAP, ["ViT-B-32/openai", run.run, "things-bound"])
    (drawing, table), sentences = last(ladder_steps(context, asked, threading.Event()))
    rows = [row[1] for row in drawing["rows"]]
    assert rows[0] == "things-bound" and len(rows) == 2 and sentences == []
    assert drawing["rows"][0][5] == 0.5 and drawing["rows"][0][6] <= 40
    assert table.index("things-bound") < table.index(run.run) < table.index("ViT-B-32/openai")
    assert (
        "<td data-label='Parameters'>151.3 M</td>" in table
        and "not on this disk" in table
        and "Nearest to its right caption" in table
        and "64" in table
    )


def test_a_model_that_cannot_answer_is_a_sentence(context: AnalysisContext, run: RunFolder) -> None:
    shown, sentences = last(biases_steps(context, ("nothing-here", run.run), threading.Event()))
    assert len(sentences) == 1 and sentences[0].startswith(
        "model=nothing-here: no such model here; give a shipped name"
    )
    assert [row[1] for row in shown[0]["rows"]][-1] == "looks where named" and len(shown[0]["rows"]) == 4
    assert "<b>looks where named</b>: Mean share of the relevance" in shown[1]


def test_inside_shows_readings_and_a_map(context: AnalysisContext, run: RunFolder) -> None:
    steps = list(inside_steps(context, (run.run,), threading.Event()))
    (readings, words, plane), sentences = last(iter(steps))
    assert [row[1] for row in readings["rows"]][0] == "within images" and sentences == [] and "bag" not in words
    assert steps[-1].text.startswith("40 canonical scenes, seed 0, cpu (")
    # Two colors in a picture: half, and a little more as they may be the same.
    assert readings["rows"][0][5] == pytest.approx(0.5, abs=0.15) and readings["rows"][4][5] == 0.5
    assert len(plane["rows"]) == 12 and "apart" in plane["sentence"]


def test_a_question_that_is_called_off_stops(context: AnalysisContext, run: RunFolder) -> None:
    gone = threading.Event()
    gone.set()
    assert list(biases_steps(context, (run.run,), gone)) == []


def test_a_shared_server_asks_no_other_model(store: RunStore, run: RunFolder) -> None:
    closed = AnalysisContext(store=store, closed=True)
    asked = question(None, CAPTION, SWAP, ["ViT-B-32/openai"])
    shown, sentences = last(ladder_steps(closed, asked, threading.Event()))
    assert shown == () and "choose a shipped model" in sentences[0]


# --- own captions ---


def test_captions_are_measured_and_without_evidence_stand_alone(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "own.csv"
    path.write_text("caption\na red bus and a car\na dog\n")
    monkeypatch.setattr(more, "load", lambda name: None)
    (table, drawing), _ = last(own_steps(str(path), "Attribute density", threading.Event()))
    assert drawing is None and "was not run yet" in table and "2 of 2 captions were read" in table
    assert "not told by the file" in table
    monkeypatch.setattr(more, "load", lambda name: EVIDENCE.validate_python(TOY))
    (table, drawing), _ = last(own_steps(str(path), "Attribute density", threading.Event()))
    assert "Your captions: 0." in drawing["sentence"] and "small models" in table
    (table, drawing), _ = last(own_steps(str(path), "Saliency bias", threading.Event()))
    assert "does not tell saliency bias" in table and "Your captions" not in drawing["sentence"]


def test_captions_that_nobody_could_read_are_one_sentence(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "own.csv"
    path.write_text("caption\n" + "红色的公交车\n" * 3, encoding="utf-8")
    monkeypatch.setattr(more, "load", lambda name: EVIDENCE.validate_python(TOY))
    (table, drawing), _ = last(own_steps(str(path), "Attribute density", threading.Event()))
    assert drawing is None and NONE_READ in table and "0 of 3 captions were read" in table and "<table" not in table


def test_a_saliency_bias_of_one_caption_stays_on_its_scale() -> None:
    boxes = [Shown(noun="bus", area=9.0), Shown(noun="car", area=1.0)]
    found = measure_rows([Row(line=2, caption="a red bus", objects=tuple(boxes))]).of["saliency_bias"]
    assert found is not None and (found.value, found.low, found.high) == (1.0, -1.0, 1.0)


def test_a_sentence_says_what_is_away_from_chance_of_which_model() -> None:
    def share(value: float, half: float = 0.03) -> DefinedEstimate:
        estimate = Estimate(value=value, n=400, low=value - half, high=value + half, chance=0.5)
        return DefinedEstimate(**asdict(estimate), definition="A share.")

    found = {
        "things-hard-negatives": {"size_bias": share(0.95), "mention_bias": share(0.52)},
        "a-model-of-a-very-long-name": {"size_bias": share(0.5), "mention_bias": share(0.4)},
    }
    drawing = biases_shown(found)
    assert drawing.sentence == (
        "Away from chance, with 95 % intervals: larger object: things-hard-negatives 95 % (92 to 98 %);"
        " first-named object: a-model-of-a-very-long-name 40 % (37 to 43 %)."
    )
    names = [trace["name"] for trace in drawing.figure["data"]]
    assert names[0] == "things-hard-negatives" and len(names[1]) == MOST_LABEL
    assert biases_shown({"m": {"size_bias": share(0.51)}}).sentence == AT_CHANCE


def test_a_wrong_file_or_curve_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("words\na\n")
    with pytest.raises(UserError, match=r"^own\.csv: its columns are words"):
        list(own_steps(str(path), "Attribute density", threading.Event()))
    with pytest.raises(UserError, match="^curve: choose"):
        list(own_steps(str(path), "nothing", threading.Event()))
    (nothing,) = own_steps(None, "Attribute density", threading.Event())
    assert nothing.values == ("", None) and not nothing.has_drawing


def test_own_numbers_and_the_curve() -> None:
    found = dict.fromkeys(DEFINITIONS, None) | {"attribute_density": MeasuredDial(value=0.62, n=9, low=0.5, high=0.7)}
    about = ReadCounts(
        rows=1200, read=1000, pictures=1000, with_objects=0, sentences={"read": 3000, "unsure": 1250},
        left_out={"read unsurely": 200},
    )  # fmt: skip
    measured = MeasuredCaptions(of=found, about=about)
    table, drawing = own_shown(measured, "attribute_density", EVIDENCE.validate_python(TOY))
    assert "0.62 (95 % interval 0.50 to 0.70, n 9)" in table and "1,000 of 1,200" in table
    assert "left out: 200 read unsurely; 1,250 unsure sentences." in table and drawing is not None


# --- words ---


def test_a_name_that_is_too_long_for_the_plot() -> None:
    assert (
        short("a" * MOST_LABEL) == "a" * MOST_LABEL
        and len(short("x" * 40)) == MOST_LABEL
        and short("x" * 40).startswith("…")
    )


def test_a_ladder_without_numbers() -> None:
    drawing, table = ladder_shown([LeaderboardRow(model="<a>", why="not <here>")])
    assert drawing.sentence == "No model could be measured." and "&lt;a&gt;" in table and "not &lt;here&gt;" in table


def test_a_model_without_a_map_says_why() -> None:
    found = example.answers()[0]
    without, never = (
        replace(found, answer=replace(found.answer, relevance=maps)) for maps in (NoMaps(why="No map: <x>."), None)
    )
    assert heat_html(without, own=True) == "<p class='why looks'>No map: &lt;x&gt;.</p>"
    assert heat_html(never, own=True) == ""


def test_maps_of_the_example_in_words_and_as_a_table() -> None:
    html = heat_html(example.answers()[0], own=True)
    assert html.count("<figure>") == 6 and html.count("class='map'") == 4 and html.count("<th scope='row'>") == 4
    assert "as the model sees it" in html and "arXiv 2103.15679" in html and "top left" in html
    assert html.count("class='right'") == html.count("class='wrong'") == 2


# --- the listeners ---


def test_the_page_fills_each_part_or_says_what_is_wrong(store: RunStore, run: RunFolder, tmp_path: Path) -> None:
    visit = Visit(build_app(Service.of(store, LOCAL)))
    visit.send("favored", **{"probe-models": []})
    assert visit.notes == ["models: choose 1 to 8"] and "Not asked" in visit.shows["probe-biases-progress"]
    visit.send("measured", **{"probe-captions-file": None})
    assert visit.shows["probe-own-data-table"] == ""
