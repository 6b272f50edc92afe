"""The opening question: its file is of the shipped models, and its HTML says who chose what without color."""

import base64
import io
import json
import re
from html import unescape
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.clip.zoo import load
from explorer.evaluation.report import evaluate
from explorer.figures.style import ROLES
from explorer.pages.probe import example
from explorer.pages.shared.theme import STYLES, role_css
from explorer.pages.workbench import quiz_pairs
from explorer.pages.workbench.quiz_pairs import FILE, MODELS, NUM_PAIRS, SCENES, SEED, answer, document, pairs
from explorer.pages.workbench.quiz_view import first_html, verdict_of, words_of
from explorer.world.worlds import WORLDS


def found() -> dict[str, Any]:
    known = document()
    assert known is not None, "python -m explorer.pages.workbench.quiz_pairs writes the file for these weights"
    return known


def pixels(uri: str) -> np.ndarray:
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    return np.asarray(image.convert("RGB")).transpose(2, 0, 1)


# --- the file ---


def test_the_pairs_are_those_of_the_canonical_set() -> None:
    known, made = found()["pairs"], list(pairs())
    assert len(known) == len(made) == NUM_PAIRS
    for stored, (captions, images) in zip(known, made, strict=True):
        assert tuple(stored["captions"]) == captions
        assert sorted(captions[0].split()) == sorted(captions[1].split()) and captions[0] != captions[1]
        assert all(np.array_equal(pixels(uri), image) for uri, image in zip(stored["pictures"], images, strict=True))
    assert known[0]["captions"] == list(example.CAPTIONS)
    assert len({tuple(pair["captions"]) for pair in known}) == NUM_PAIRS


@pytest.mark.parametrize("place", [0, 5])
@pytest.mark.parametrize("name", MODELS)
def test_the_answers_are_those_of_the_shipped_models(name: str, place: int) -> None:
    stored = next(model for model in found()["models"] if model["model"] == name)["answers"][place]
    captions, images = list(pairs())[place]
    again = answer(name, captions, images)
    assert np.allclose(again["cosine"], stored["cosine"], atol=2e-4) and again["kinds"] == stored["kinds"]


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_the_accuracy_is_that_of_the_report(name: str) -> None:
    stored = next(model for model in found()["models"] if model["model"] == name)["binding"]
    clip = load(name, find_run=lambda run: None)
    again: Any = evaluate(clip, WORLDS["things"], None, seed=SEED, count=SCENES)["metrics"]["binding_accuracy"]
    assert again["n"] == stored["n"] and again["value"] == pytest.approx(stored["value"], abs=0.003)


def test_each_number_has_what_it_needs() -> None:
    for model in found()["models"]:
        assert set(model["binding"]) == {"value", "n", "low", "high", "chance"} and model["binding"]["chance"] == 0.5
        assert "seed" in model["trained"] and "steps of" in model["trained"] and model["device"]
        assert len(model["answers"]) == NUM_PAIRS


def test_other_weights_are_not_answered_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    stored = json.loads(FILE.read_text()) | {"weights": {}}
    (tmp_path / "first.json").write_text(json.dumps(stored))
    monkeypatch.setattr(quiz_pairs, "FILE", tmp_path / "first.json")
    document.cache_clear()
    try:
        assert document() is None
    finally:
        document.cache_clear()
    assert "python -m explorer.pages.workbench.quiz_pairs" in first_html(None) and "data-matches" not in first_html(
        None
    )


# --- the HTML ---

CAPTIONS = ["a red bus and a blue cup", "a blue bus and a red cup"]


def made(*cosines: list[list[float]], kinds: tuple[str, str] = ("beyond", "beyond")) -> dict[str, Any]:
    """A document of one pair, with a model for each matrix of cosines."""
    models = [
        {
            "model": f"model-{number}", "title": "A <title>", "answers": [{"cosine": cosine, "kinds": list(kinds)}],
            "binding": {"value": 0.51, "n": 867, "low": 0.477, "high": 0.544, "chance": 0.5}, "form": "two objects",
            "scenes": 1000, "device": "cpu", "trained": "web-like, seed 0, 180 steps of 256 pairs",
        }
        for number, cosine in enumerate(cosines)
    ]  # fmt: skip
    return {"pairs": [{"captions": CAPTIONS, "pictures": ["data:,one", "data:,two"]}], "models": models}


@pytest.mark.parametrize(
    ("cosine", "kind"),
    [
        ([[0.9, 0.1], [0.2, 0.8]], "own"),
        ([[0.1, 0.9], [0.8, 0.2]], "exchanged"),
        ([[0.1, 0.9], [0.2, 0.8]], "same"),
        ([[0.9, 0.1], [0.8, 0.2]], "same"),
        ([[0.5, 0.5], [0.2, 0.8]], "tie"),
    ],
)
def test_verdicts(cosine: list[list[float]], kind: str) -> None:
    assert verdict_of({"cosine": cosine, "kinds": ["beyond", "beyond"]}) == kind


def test_right_but_faint_is_called_so() -> None:
    assert verdict_of({"cosine": [[0.501, 0.5], [0.5, 0.501]], "kinds": ["beyond", "spread"]}) == "faint"


def cells(html: str) -> list[tuple[str, str]]:
    """(class, words) of each cell."""
    found = re.findall(r"<td class='([^']*)'>(.*?)</td>", html)
    return [(kind, unescape(re.sub(r"<[^>]+>", "", words)).strip()) for kind, words in found]


def test_the_right_caption_and_the_choice_are_marked_in_each_row() -> None:
    html = first_html(made([[0.1, 0.9], [0.2, 0.8]]))
    assert cells(html) == [
        ("is-right", "0.1000 right caption"),
        ("is-chosen", "✗0.9000 chosen by the model"),
        ("", "0.2000"),
        ("is-right is-chosen", "✓0.8000 right caption chosen by the model"),
    ]
    assert "Both pictures get caption B." in html and "data-verdict='same'" in html


def test_both_models_stand_with_accuracy_interval_n_chance_and_budget() -> None:
    html = first_html(made([[0.1, 0.9], [0.2, 0.8]], [[0.9, 0.1], [0.2, 0.8]]))
    said = unescape(re.sub(r"<[^>]+>", " ", html))
    assert said.count("51 % binding accuracy") == 2 and "95 % interval 48 to 54 %; chance 50 %" in said
    assert re.search(r"the 867 of [\d,]+ scenes that have a swap", said)
    assert "Trained on web-like, seed 0, 180 steps of 256 pairs." in said
    assert html.count("class='chance'") == 2 and "A &lt;title&gt;" in html and "A <title>" not in html


def test_the_guess_is_about_the_first_model() -> None:
    right, wrong = [[0.9, 0.1], [0.2, 0.8]], [[0.1, 0.9], [0.2, 0.8]]
    assert "data-matches='n'" in first_html(made(wrong, right)) and "data-matches='y'" in first_html(made(right, wrong))
    html = first_html(made(wrong, right))
    assert "data-guess=''" in html and re.findall(r"<button[^>]*data-guess='(\w+)'", html) == ["yes", "no", "skip"]


def test_pictures_have_words_and_exchanged_values_are_known() -> None:
    html = first_html(made([[0.9, 0.1], [0.2, 0.8]]))
    assert "alt='Picture A: a red bus and a blue cup'" in html and html.count("class='value exchanged'") == 4
    words = words_of("a red bus and an orange cup", "an orange bus and a red cup")
    assert [(word["text"], word["kind"]) for word in words if word["kind"]] == [("red", "color")]


def test_roles_reach_the_style_sheets_and_no_color_is_written_twice() -> None:
    css = role_css()
    assert ":root { --role-text: #18181b;" in css and ".dark { --role-text: #f4f4f5;" in css
    for sheet in STYLES:
        text = sheet.read_text()
        used = set(re.findall(r"var\(--role-([\w-]+)\)", text))
        assert used and all(f"--role-{name}:" in css for name in used)
        assert not [name for name, pair in ROLES.items() if {*re.findall(r"#\w{6}", text)} & set(pair)]
