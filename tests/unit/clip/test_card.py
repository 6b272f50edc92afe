"""The shipped models load by their names, and score as their cards say."""

import json
from typing import Any

import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard, parse_eval_result_entries

from explorer.clip.card import (
    EVAL_RESULTS_FILE,
    PAIRS_FILE,
    SHIPPED,
    WIDGET_FILE,
    render_eval_results,
    render_model_page,
    render_overview,
)
from explorer.clip.names import shipped_names
from explorer.clip.zoo import load_clip
from explorer.codec import decode, encode
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.pair_answers import PairAnswers
from explorer.evaluation.report import evaluate
from explorer.evaluation.snapshots import PairScorer
from explorer.evaluation_scenes import DEFAULT_SCENES
from explorer.resources import SHIPPED_FOLDER
from explorer.runs.model_evaluation import trained_spec
from explorer.runs.store import RunStore
from explorer.spec import RunSpec
from explorer.tools.ship import read_cards
from explorer.world.plan import make_plan
from explorer.world.worlds import WORLDS

CARDS: dict[str, Any] = {card["name"]: card for card in read_cards()}
MAX_MB = 6
ROUNDING = 0.01
"""Of a share on 1,000 scenes, between processors that add in another order."""


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_card_is_that_of_its_entry(name: str) -> None:
    card, folder = CARDS[name], SHIPPED_FOLDER / name
    assert RunSpec.from_json(card["spec"]) == SHIPPED[name].spec() and card["failed_to_train"] is False
    assert (folder / "README.md").read_text() == render_model_page(card)
    assert (folder / EVAL_RESULTS_FILE).read_text() == render_eval_results(card)
    assert sum(path.stat().st_size for path in folder.iterdir()) < MAX_MB * 1_000_000
    assert trained_spec(name, RunStore(folder / "none")) == SHIPPED[name].spec()


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_pairs_beside_a_model_are_its_own_answers(name: str) -> None:
    written = decode(PairAnswers, json.loads((SHIPPED_FOLDER / name / PAIRS_FILE).read_text()))
    spec = SHIPPED[name].spec()
    clip = load_clip(name, find_run_model=lambda run: None)
    answers = PairScorer(clip, binding_pairs(WORLDS[spec.data.world])).score(spec.train.steps)
    assert (written.question_digest, written.step) == (answers.question_digest, answers.step)
    assert written.logit_scale == pytest.approx(answers.logit_scale, abs=1e-3)
    assert np.array(written.cosines) == pytest.approx(np.array(answers.cosines), abs=1e-4)


def test_the_cards_are_of_all_models_and_reach_what_these_are_for() -> None:
    assert set(SHIPPED) == set(shipped_names()) == set(CARDS)
    assert (SHIPPED_FOLDER / "README.md").read_text() == render_overview(read_cards())
    values = {name: {m: card["metrics"][f"{m}_accuracy"]["value"] for m in ("binding", "recognition")}
              for name, card in CARDS.items()}  # fmt: skip
    assert values["things-bound"]["binding"] >= 0.98
    assert values["things-web"]["recognition"] >= 0.9


@pytest.mark.slow
def test_a_shipped_model_scores_as_its_card_says() -> None:
    """One of them in one form: the answers beside each model show that it is the one of its card."""
    name = "things-bound"
    spec, world = SHIPPED[name].spec(), WORLDS["things"]
    plan = make_plan(spec.data, world, seed=spec.train.seed)
    evaluated = encode(
        evaluate(
            load_clip(name, find_run_model=lambda _: None),
            world,
            None,
            seed=0,
            count=DEFAULT_SCENES.count,
            trained=plan,
        )
    )
    for metric, estimate in CARDS[name]["metrics"].items():
        assert evaluated["metrics"][metric] == {
            part: value if value is None else pytest.approx(value, abs=ROUNDING) for part, value in estimate.items()
        }


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_hub_reads_a_card(name: str) -> None:
    """Front matter, widget and results parse with the Hub's own client."""
    folder = SHIPPED_FOLDER / name
    data = ModelCard.load(folder / "README.md").data
    assert (data.pipeline_tag, data.library_name, data.datasets) == (
        "zero-shot-image-classification", "open_clip", ["things-scenes"],
    )  # fmt: skip
    (widget,) = data.widget
    assert widget["src"] == WIDGET_FILE and (folder / WIDGET_FILE).is_file()
    assert (
        sorted(widget["candidate_labels"].split(", ")) == sorted(CARDS[name]["widget"])
        and len(CARDS[name]["widget"]) == 2
    )
    entries = parse_eval_result_entries(yaml.safe_load((folder / EVAL_RESULTS_FILE).read_text()))
    by_task = {entry.task_id: entry for entry in entries}
    binding = CARDS[name]["metrics"]["binding_accuracy"]
    assert by_task["canonical_binding_accuracy"].value == round(binding["value"], 4)
    assert f"n {binding['n']}, 95 % interval" in str(by_task["canonical_binding_accuracy"].notes)
    assert "canonical_confusion_accuracy" in by_task and "canonical_margin" not in by_task
