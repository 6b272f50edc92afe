"""The states that the Workbench draws: dials in words, events that are checked, runs that are sent in parts."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.errors import UserError
from explorer.pages.i18n.translator import translator
from explorer.pages.shared.dial_values import bounds, value_words
from explorer.pages.shared.url_state import read_first
from explorer.pages.workbench.build import EMPTY, PAIRS
from explorer.pages.workbench.dialed import (
    SEEDS,
    DialedSpec,
    captions_sentence,
    dialed_state,
    plan,
    problem,
)
from explorer.pages.workbench.pairs_route import pairs_route
from explorer.pages.workbench.view import catalog, drawing, header_html, nouns
from explorer.presets import PRESETS
from explorer.runs.store import RunFolder, RunStore
from explorer.service.outcome_types import key_of_spec, recipe_words
from explorer.settings import LOCAL, SHARED
from explorer.spec import DIALS, RunSpec, override
from explorer.views.runs import RunRequest, training_state
from explorer.views.samples import CAPTIONS
from explorer.views.samples import samples_of as samples
from tests.unit.pages.visits import KEY, OTHER

TIDY, WEB = PRESETS["binding-friendly"].spec, PRESETS["web-like"].spec


def dialed(preset: str = "binding-friendly", moved: str = "", **values: Any) -> DialedSpec:
    return DialedSpec.from_event({"preset": preset, "values": values, "moved": moved, "seq": 3, "start": 6})


@pytest.mark.parametrize(("values", "words"), [
    ({"attribute_density": 0.0}, "none"), ({"attribute_density": 0.25}, "1 in 4"),
    ({"attribute_density": 1.0}, "one each"),
    ({"attribute_kinds": "color,size", "attribute_density": 1.75}, "1.75 each"),
    ({"caption_completeness": 1.0}, "all of it"), ({"caption_completeness": 0.5}, "half of it"),
    ({"caption_completeness": 0.65}, "65 %"),
    ({"saliency_bias": 1.0}, "nothing left out"),
    ({"caption_completeness": 0.5, "saliency_bias": 1.0}, "always"),
    ({"caption_completeness": 0.5, "saliency_bias": 0.3}, "30 %"), ({"objects_in_image": 3}, "3"),
])  # fmt: skip
def test_dials_speak_plainly(values: dict[str, Any], words: str) -> None:
    spec = override(TIDY, values)
    assert value_words(list(values)[-1], spec) == words


def test_a_dial_that_another_bounds_says_so() -> None:
    found = dialed(caption_completeness=0.25)
    assert found.spec.data.caption_completeness == 0.5
    assert found.why == {"caption_completeness": "With 2 objects at least half: one is always named."}
    assert bounds(TIDY, TIDY) == {}
    grown = dialed(moved="attribute_density", attribute_density=2)
    assert grown.spec.data.attribute_kinds == ("color", "pattern")
    assert grown.why["attribute_density"] == "Now may differ: color, pattern."


@pytest.mark.parametrize("record", [
    None, [], {}, {"values": 3}, {"preset": "nope", "values": {}}, {"preset": ["web-like"], "values": {}},
    {"preset": "web-like", "values": {"steps": 0}}, {"preset": "web-like", "values": {"steps": "many"}},
    {"preset": "web-like", "values": {"attribute_kinds": ["smell"]}},
    {"preset": "web-like", "values": {"model": "../x"}},
])  # fmt: skip
def test_an_event_without_dials_is_refused_by_a_sentence(record: Any) -> None:
    with pytest.raises(UserError, match=r"^\w+=?"):
        DialedSpec.from_event(record)
    error = UserError("steps", 0, "must be from 1 to 1000000")
    assert problem(record, error)["problem"] == {"field": "steps", "sentence": "steps=0: must be from 1 to 1000000"}


def test_a_new_training_has_a_new_seed_unless_one_is_typed() -> None:
    assert dialed(seed=5).to_train.train.seed == 5
    free = dialed(seed=None)
    seeds = {free.to_train.train.seed for _ in range(20)}
    assert len(seeds) > 10 and all(0 <= seed < SEEDS for seed in seeds)
    assert replace(free.to_train, train=replace(free.to_train.train, seed=0)) == free.spec
    assert DialedSpec.of(override(TIDY, {"seed": 9})).has_seed and not DialedSpec.of(TIDY).has_seed
    assert not DialedSpec.of_run(override(TIDY, {"seed": 9})).has_seed


def test_the_state_of_the_dials(store: RunStore) -> None:
    state = dialed_state(store, LOCAL, dialed(caption_completeness=0.5))
    assert (state["seq"], state["samples"]["start"], state["is_preset"]) == (3, 6, False)
    assert state["told"] == "Changed from Tidy. Share of the scene told: half of it."
    assert state["dials"]["caption_completeness"] == {"text": "half of it", "off": False}
    assert state["values"]["seed"] is None and state["values"]["attribute_kinds"] == ["color"]
    assert state["plan"]["planned"][0] == 0 and state["plan"]["planned"][-1] == 180
    assert state["plan"]["budget"] == "180 steps, 46,080 pairs"
    assert state["plan"]["study"]["exact"] and state["plan"]["study"]["seeds"] == 5


def test_more_than_a_shared_server_allows_is_told_where_the_time_stands(store: RunStore) -> None:
    found = plan(store, SHARED, dialed(steps=5000))
    assert found["why_not"] == "steps=5000: this server allows at most 2000" and found["time"] == ""


def test_what_the_study_did_not_measure_names_what_differs_plainly(store: RunStore) -> None:
    found = plan(store, LOCAL, dialed(attribute_object_correlation=0.35))["study"]
    assert not found["exact"] and found["differs"] == "usual look of a thing"


@pytest.mark.parametrize(("preset", "counts"), [("binding-friendly", [0, 0, 24]), ("incomplete", [0, 24, 0])])
def test_the_strip_counts_what_captions_describe(preset: str, counts: list[int]) -> None:
    found = samples(PRESETS[preset].spec, 0)
    assert found["told"]["counts"] == counts and len(found["told"]["levels"]) == CAPTIONS
    for card in found["cards"]:
        assert len(card["untold"]) == (1 if preset == "incomplete" else 0)
        assert all(0 <= part <= 1 for box in card["untold"] for part in box)
        assert card["image"].startswith("data:image/png") and bool(card["trick"]) != bool(card["no_trick"])


def test_samples_go_round() -> None:
    assert samples(TIDY, 24)["cards"] == samples(TIDY, 0)["cards"] != samples(TIDY, 3)["cards"]


def test_recipes_are_drawn_by_what_their_captions_tell() -> None:
    objects = {name: drawing(each)["objects"] for name, each in PRESETS.items()}
    assert [each["is_told"] for each in objects["binding-friendly"]] == [True, True]
    assert [each["is_told"] for each in objects["incomplete"]] == [True, False]
    assert len(objects["one-object"]) == 1 and drawing(PRESETS["web-like-hard-negatives"])["mark"] == "⇄"
    assert {each["name"] for found in objects.values() for each in found} == set(nouns())


def test_what_gradio_reads_as_a_template_holds_no_mark_of_its_own() -> None:
    for html in (header_html(), EMPTY):
        assert not any(mark in html for mark in ("${", "`", "{{", "\\"))


def test_a_page_in_another_language_gets_its_catalog() -> None:
    found = translator("zh").state(catalog())
    assert [each["name"] for each in found["recipes"]] == list(PRESETS)
    texts = [each[part] for each in found["recipes"] for part in ("title", "told")]
    texts += [dial[part] for dial in (*found["main"], *found["others"]) for part in ("plain", "help")]
    assert [text for text in texts if not re.search("[\u4e00-\u9fff]", text)] == []
    loss = next(dial for dial in found["others"] if dial["name"] == "loss")
    assert [choice["name"] for choice in loss["choices"]] == list(DIALS["loss"].choices)


def test_what_was_changed_is_said_in_short() -> None:
    assert captions_sentence(WEB) == PRESETS["web-like"].told
    assert captions_sentence(override(WEB, {"seed": 4})) == PRESETS["web-like"].told
    many = override(TIDY, {"objects_in_image": 4, "caption_completeness": 0.5, "saliency_bias": 0.5, "steps": 90})
    assert captions_sentence(many).endswith("; one more.")


def test_an_address_that_says_nothing_opens_with_the_recipe_of_the_web() -> None:
    assert read_first({})[0].spec == WEB and read_first({"lang": "zh"})[0].spec == WEB
    assert read_first({"steps": "90"})[0].spec.preset == "binding-friendly"
    assert read_first({"run": "x"})[0].spec == TIDY and read_first({"tab": "study"})[0].spec == TIDY


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


@given(JSON)
def test_any_question_of_a_browser_is_read(record: Any) -> None:
    found = RunRequest.from_event(record)
    assert found.have >= 0 and len(found.run) <= 90


def test_a_run_is_sent_in_parts(store: RunStore, done: RunFolder) -> None:
    whole = training_state(store, LOCAL, RunRequest(run=done.run), KEY)
    run, listing = whole["run"], whole["listing"]
    steps = [each["step"] for each in run["checkpoints"]]
    assert (
        run["first"] == 0 and steps == run["planned"] and steps[0] == 0 and len(run["checkpoints"][0]["cosines"]) == 24
    )
    assert (run["mine"], run["has_model"], run["status"]) == (True, True, "finished")
    assert [done.run] == [name for _, name in listing["runs"]]
    assert {"scratch", "things-web", done.run} <= {name for _, name in listing["starts"]}
    later = training_state(store, LOCAL, RunRequest(run=done.run, have=1, known=whole["known"]), KEY)
    assert later["listing"] is None and later["run"]["first"] == 1
    assert later["run"]["checkpoints"] == run["checkpoints"][1:]
    assert training_state(store, SHARED, RunRequest(run=done.run), OTHER)["run"]["mine"] is False


def test_a_run_that_is_gone_is_said_to_be(store: RunStore) -> None:
    found = training_state(store, LOCAL, RunRequest(run="gone-000000000000", compare="nothing"), KEY)
    assert (found["run"], found["compare"]) == (None, None) and found[
        "missing"
    ] == "There is no such run here any more."


def test_two_runs_tell_in_which_dials_they_differ(store: RunStore, done: RunFolder) -> None:
    found = training_state(store, LOCAL, RunRequest(run=done.run, compare="things-bound"), KEY)
    assert found["compare"]["name"] == "things-bound"
    assert "pairs in a batch" in {each["field"] for each in found["run"]["differs"]}


def test_seeds_do_not_make_another_training() -> None:
    assert key_of_spec(override(TIDY, {"seed": 8})) == key_of_spec(TIDY) != key_of_spec(override(TIDY, {"steps": 90}))
    assert recipe_words(override(TIDY, {"seed": 8})) == "Tidy"
    assert recipe_words(override(TIDY, {"init": "things-web"})) == "Tidy, from things-web"
    assert recipe_words(replace(RunSpec(), preset="of another place")) == "Tidy"


def test_the_pairs_come_once_with_what_shipped_models_answer(store: RunStore) -> None:
    client = TestClient(Starlette(routes=[pairs_route(store)]))
    first = client.get(PAIRS)
    found = first.json()
    assert len(found["pairs"]) == 12 and found["usual"] in found["models"]
    said = [" ".join(word["text"] for word in found["pairs"][0][side]["caption"]) for side in "ab"]
    assert said == ["a yellow submarine and a blue bus", "a blue submarine and a yellow bus"]
    for model in found["models"].values():
        assert len(model["checkpoints"][-1]["cosines"]) == 24 and model["final"]["binding"]["n"] > 500
    again = client.get(PAIRS, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""


def test_the_pairs_of_another_world_come_alone(store: RunStore) -> None:
    client = TestClient(Starlette(routes=[pairs_route(store)]))
    found = client.get(PAIRS, params={"world": "digits"}).json()
    assert len(found["pairs"]) == 12 and set(found) == {"pairs"}
    assert (
        found["pairs"][0]["a"]["image"].startswith("data:image/")
        and found["pairs"] != client.get(PAIRS).json()["pairs"]
    )
    assert client.get(PAIRS, params={"world": "../x"}).status_code == 404
