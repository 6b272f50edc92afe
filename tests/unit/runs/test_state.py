"""The state of a training as the Workbench reads it: of runs under way, ended, older and brought, and of models."""

import json
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from explorer.clip.names import shipped_names
from explorer.codec import decode, encode
from explorer.errors import UserError
from explorer.evaluation import pair_answers
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.pair_answers import PairAnswers
from explorer.evaluation.snapshots import PairScorer
from explorer.presets import PRESETS
from explorer.runs.archive import export_zip, import_zip
from explorer.runs.folder import RunFolder
from explorer.runs.specs import Difference, differences
from explorer.runs.state import (
    NO_MODEL,
    RECORDINGS,
    SHIPPED_HAS_NO_STEPS,
    TRAINED_BEFORE,
    TrainingState,
    read_recording,
    read_run,
    recording_names,
    run_state,
)
from explorer.runs.store import RunStore
from explorer.runs.worker import execute_run
from explorer.settings import LOCAL
from explorer.spec import PROTOCOL_VERSION, KnownNames, evaluated_steps, override, saved_steps
from explorer.views.late_answers import ask_final_model, ask_later, is_being_asked
from explorer.views.run import run
from explorer.views.service import Service
from explorer.world.things import THINGS
from tests.unit.toys import FEW_WITH_PROBE, tiny_spec

COUNT, STEPS = 24, 8
NAMES = KnownNames(worlds={"things": ("color",)}, models=("tiny",))


@pytest.fixture(scope="module")
def done(tiny_configs: None, file_store: RunStore) -> RunFolder:
    """A finished run of a tiny model."""
    folder = file_store.create(tiny_spec(steps=STEPS, seed=5, preset="salient"))
    list(execute_run(file_store, folder, budget=FEW_WITH_PROBE))
    return folder


def evaluation_record(step: int, low: float) -> dict[str, Any]:
    """A line of metrics.jsonl whose evaluation has a lower bound of `low`."""
    binding = {"value": low + 0.05, "low": low, "high": low + 0.1, "n": 340, "chance": 0.5}
    canonical = {"binding_accuracy": binding, "recognition_accuracy": binding | {"value": 0.9}}
    return {"step": step, "loss": 1.0, "evaluation": {"canonical": canonical}}


def json_line(record: dict[str, Any]) -> str:
    return json.dumps(record) + "\n"


@pytest.mark.slow
def test_a_finished_run(file_store: RunStore, done: RunFolder) -> None:
    state = read_run(file_store, done.run)
    assert (state.name, state.kind, state.status, state.seed) == (done.run, "run", "finished", 5)
    assert (state.step, state.steps, state.pairs_seen) == (STEPS, STEPS, STEPS * state.spec.train.batch_size)
    assert (state.phase, state.phase_done, state.place, state.left_s, state.why_no_answers) == (None,) * 5
    records = [record for record in done.records() if "evaluation" in record]
    assert [point.step for point in state.curve] == [0, *(record["step"] for record in records)]
    last, seen = state.curve[-1], records[-1]["evaluation"]["canonical"]
    expected = [seen["binding_accuracy"][part] for part in ("value", "low", "high", "n")]
    assert [last.binding, last.low, last.high, last.n] == expected
    assert (last.pairs, last.recognition) == (state.pairs_seen, seen["recognition_accuracy"]["value"])
    assert [each.step for each in state.answers] == list(done.snapshot_steps())
    assert state.final and encode(state.final.binding) == done.report_json()["metrics"]["binding_accuracy"]
    assert state.seconds == done.report_json()["budget"]["seconds"] and state.device == done.report_json()["device"]


def test_it_is_json_and_back(file_store: RunStore, done: RunFolder) -> None:
    state = read_run(file_store, done.run, compared_with="things-web")
    record = json.loads(json.dumps(encode(state), allow_nan=False))
    shared = {"asked": record["asked"]}
    back = decode(TrainingState, record | {"checkpoints": [each | shared for each in record["checkpoints"]]})
    rounded = tuple(decode(pair_answers.PairAnswers, encode(each)) for each in state.answers)
    assert back == replace(state, answers=rounded)
    assert len(record["checkpoints"][0]["cosines"]) == 24 and record["asked"] == binding_pairs(THINGS).digest
    assert set(record["checkpoints"][0]) == {"step", "logit_scale", "cosines"}
    assert set(record["final"]["binding"]) == {"value", "low", "high", "n", "chance"}


@pytest.fixture
def running(file_store: RunStore) -> Iterator[RunFolder]:
    """A run whose files are written by the test."""
    folder = file_store.create(tiny_spec(steps=40))
    folder.set_status(status="running", step=12, rate=700.0, step_s=0.5)
    yield folder
    shutil.rmtree(folder.path)


def test_a_status_without_steps_is_shown(file_store: RunStore, running: RunFolder) -> None:
    (running.path / "status.json").write_text('{"status": "running", "step": 3}')
    assert run_state(file_store, running).phase_done == 3


def test_a_curve_is_read_on_and_a_torn_line_waits(file_store: RunStore, running: RunFolder) -> None:
    path = running.path / "metrics.jsonl"
    assert run_state(file_store, running).curve == ()
    path.write_text(
        json_line({"step": 1, "loss": 2.0})
        + json_line(evaluation_record(2, 0.4))
        + json_line(evaluation_record(4, 0.5))[:30]
    )
    assert [point.step for point in run_state(file_store, running).curve] == [2]
    with path.open("a") as file:
        file.write(json_line(evaluation_record(4, 0.5))[30:] + json_line({"step": 5}))
    state = run_state(file_store, running)
    assert [(point.step, point.low, point.recognition) for point in state.curve] == [(2, 0.4, 0.9), (4, 0.5, 0.9)]
    assert state.pairs_per_s == 700.0 and state.phase == "training" and state.phase_done == 12 / 40
    # A resumed run writes the file anew.
    (running.path / "beside").write_text(json_line(evaluation_record(2, 0.3)))
    (running.path / "beside").replace(path)
    assert [(point.step, point.low) for point in run_state(file_store, running).curve] == [(2, 0.3)]


def test_it_binds_by_the_rule_of_the_study(file_store: RunStore, running: RunFolder) -> None:
    lows = {2: 0.45, 4: 0.76, 6: 0.74, 8: 0.77, 10: 0.8, 12: 0.9}
    path = running.path / "metrics.jsonl"
    path.write_text("".join(json_line(evaluation_record(step, low)) for step, low in list(lows.items())[:5]))
    assert run_state(file_store, running).bound_at is None, "two in a row may be luck"
    with path.open("a") as file:
        file.write(json_line(evaluation_record(12, 0.9)))
    running.set_status(start_evaluation=evaluation_record(0, 0.9)["evaluation"])
    state = run_state(file_store, running)
    assert state.bound_at == 8 and state.why_no_answers is None
    first = state.curve[0]
    assert (first.step, first.pairs, first.low) == (0, 0, 0.9), "what it knew opens the curve, and is no binding"


@pytest.mark.parametrize("text", ['{"evaluation": 3}', '{"step": 2, "evaluation": 3}', '{"evaluation"'])
def test_damaged_metrics_are_one_sentence(file_store: RunStore, running: RunFolder, text: str) -> None:
    (running.path / "metrics.jsonl").write_text(text + "\n")
    with pytest.raises(
        UserError, match=f"run={running.run}: its metrics.jsonl cannot be read; delete the run or import it"
    ):
        run_state(file_store, running)


@pytest.fixture
def old(file_store: RunStore, done: RunFolder) -> Iterator[RunFolder]:
    """The run as it would have been before runs saved answers, under an id of its own."""
    folder = RunFolder(file_store.root / f"old-{secrets.token_hex(6)}")
    shutil.copytree(done.path, folder.path)
    folder.pairs.unlink()
    status = json.loads((folder.path / "status.json").read_text())
    del status["start_evaluation"]
    (folder.path / "status.json").write_text(json.dumps(status))
    yield folder
    shutil.rmtree(folder.path)


def test_an_older_run_has_its_curve_and_says_why_it_cannot_be_replayed(
    file_store: RunStore, done: RunFolder, old: RunFolder
) -> None:
    state, whole = read_run(file_store, old.run), read_run(file_store, done.run)
    assert state.answers == () and state.why_no_answers == TRAINED_BEFORE
    assert [point.step for point in state.curve] == [point.step for point in whole.curve][1:]
    saved = pair_answers.read_answers(done.pairs)
    pair_answers.write_answers(old.pairs, (replace(answers, question_digest="0" * 16) for answers in saved))
    assert read_run(file_store, old.run).answers == (), "answers to other pairs are not shown"
    old.pairs.unlink()
    assert ask_later(file_store, done, whole) is None, "it has answers of its own"
    thread = ask_later(file_store, old, state)
    assert thread is not None and ask_later(file_store, old, state) is None, "asked once, in the background"
    thread.join(120)
    ask_final_model(file_store, old)
    assert len(old.pairs.read_text().splitlines()) == 1
    state = read_run(file_store, old.run)
    (answers,) = state.answers
    assert answers.step == STEPS == whole.answers[-1].step
    assert state.why_no_answers == TRAINED_BEFORE
    own, expected = ([row[0] for row in each.cosines] for each in (answers, whole.answers[-1]))
    assert own == pytest.approx(expected, abs=1e-5)
    shutil.rmtree(old.model)
    old.pairs.unlink()
    assert read_run(file_store, old.run).why_no_answers == NO_MODEL
    with pytest.raises(UserError, match="has saved no model"):
        ask_final_model(file_store, old)


def test_two_servers_that_ask_one_model_at_once_keep_one_answer(
    file_store: RunStore, old: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, score = Barrier(2, timeout=60), PairScorer.score

    def score_together(scorer: PairScorer, step: int) -> PairAnswers:
        answers = score(scorer, step)
        both.wait()  # neither has written before the other has its answers
        return answers

    monkeypatch.setattr(PairScorer, "score", score_together)
    with ThreadPoolExecutor(2) as pool:
        for asked in [pool.submit(ask_final_model, file_store, old) for _ in range(2)]:
            asked.result()
    assert len(old.pairs.read_text().splitlines()) == 1 and len(read_run(file_store, old.run).answers) == 1


def test_a_page_that_opens_an_older_run_is_told_until_its_answers_have_come(
    file_store: RunStore, old: RunFolder
) -> None:
    service = Service(store=file_store, settings=LOCAL)
    opened: Any = run(service, old.run)["run"]
    assert (opened["is_asked_now"], opened["checkpoints"]) == (True, [])
    while is_being_asked(old):
        time.sleep(0.01)
    later: Any = run(service, old.run)["run"]
    assert (later["is_asked_now"], len(later["checkpoints"])) == (False, 1)


def test_a_model_that_is_damaged_leaves_the_curve(file_store: RunStore, old: RunFolder, logged: list[str]) -> None:
    (old.model / "open_clip_model.safetensors").write_bytes(b"x")
    thread = ask_later(file_store, old, read_run(file_store, old.run))
    assert thread is not None
    thread.join(120)
    assert f"the pairs of {old.run} were not answered" in "".join(logged)
    state = read_run(file_store, old.run)
    assert state.answers == () and len(state.curve) > 1
    assert ask_later(file_store, old, state) is None
    os.utime(old.path / "spec.json", (1, 1))  # it was deleted, and brought again under its name
    again = ask_later(file_store, old, state)
    assert again is not None
    again.join(120)


def test_a_model_whose_answers_are_no_numbers_leaves_the_curve(
    file_store: RunStore, old: RunFolder, logged: list[str]
) -> None:
    path = old.model / "open_clip_model.safetensors"
    save_file({name: np.full_like(tensor, 1e38) for name, tensor in load_file(path).items()}, path)
    thread = ask_later(file_store, old, read_run(file_store, old.run))
    assert thread is not None
    thread.join(120)
    assert "its answers to the pairs are no numbers" in "".join(logged)
    state = read_run(file_store, old.run)
    assert state.answers == () and len(state.curve) > 1


def test_an_imported_run_is_what_it_was(file_store: RunStore, done: RunFolder, tmp_path: Path) -> None:
    export_zip(done, tmp_path / "run.zip")
    other = RunStore(tmp_path / "other")
    import_zip(other, tmp_path / "run.zip", NAMES)
    came, was = encode(read_run(other, done.run)), encode(read_run(file_store, done.run))
    assert (came.pop("origin"), was.pop("origin")) == ("file", "here")
    assert came.pop("title") == f"{was.pop('title')}, from a file" and came == was
    assert read_run(other, done.run).title == f"{read_run(file_store, done.run).title}, from a file"


def test_a_shipped_model_answers_as_it_ended(file_store: RunStore) -> None:
    for name in shipped_names():
        state = read_run(file_store, name)
        (answers,) = state.answers
        assert (state.kind, state.curve, answers.step) == ("shipped", (), state.steps)
        assert state.final and state.final.binding.n > 800 and state.why_no_answers == SHIPPED_HAS_NO_STEPS
    bound = read_run(file_store, "things-bound").answers[0]
    assert all(own > other for own, other in bound.cosines)


def test_another_name_is_one_sentence(file_store: RunStore) -> None:
    for name in ("nothing", "", None, "../etc", 7):
        with pytest.raises(UserError, match="there is no such run, shipped model or recording here"):
            read_run(file_store, name)


def test_what_differs_is_told_in_the_order_of_the_dials(file_store: RunStore) -> None:
    one, other = PRESETS["incomplete"].spec, PRESETS["salient"].spec
    assert differences(one, one) == ()
    assert differences(one, other) == (Difference(field="saliency_bias", this=0.0, other=1.0),)
    assert [each.field for each in differences(one, override(one, {"seed": 3, "attribute_kinds": "pattern"}))] == [
        "attribute_kinds",
        "seed",
    ]
    state = read_run(file_store, "things-web", compared_with="things-hard-negatives")
    assert state.differs == (Difference(field="hard_negatives", this=0.0, other=1.0),)


# ---- The recordings that come along

MAIN = [preset.name for preset in PRESETS.values() if preset.is_main]


def test_each_main_recipe_has_one() -> None:
    assert list(recording_names()) == MAIN
    assert {path.name for path in RECORDINGS.iterdir()} == {f"{name}.json" for name in MAIN}


@pytest.mark.parametrize("name", MAIN)
def test_it_is_a_whole_training_of_its_preset(name: str) -> None:
    state = read_recording(name)
    assert (state.name, state.kind, state.status) == (name, "recording", "finished")
    assert differences(state.spec, PRESETS[name].spec) == () and state.spec.protocol == PROTOCOL_VERSION
    steps = state.spec.train.steps
    assert [point.step for point in state.curve] == [0, *sorted(evaluated_steps(steps))]
    assert [answers.step for answers in state.answers] == [0, *sorted(saved_steps(steps))]
    assert {answers.question_digest for answers in state.answers} == {binding_pairs(THINGS).digest}
    assert (
        state.final
        and state.final.binding.n > 800
        and state.device
        and (RECORDINGS / f"{name}.json").stat().st_size < 40_000
    )


def test_they_show_what_their_recipes_are_for() -> None:
    final = {name: final_scores.binding.value for name in MAIN if (final_scores := read_recording(name).final)}
    assert final["binding-friendly"] and final["binding-friendly"] > 0.95
    assert read_recording("binding-friendly").bound_at is not None and read_recording("web-like").bound_at is None
    right = [own > other for own, other in read_recording("binding-friendly").answers[-1].cosines]
    assert sum(right) >= 22


DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("device", "engine", "digests"),
    [
        ("browser tab, Firefox 153", {"version": 1, "digests": [{"step": 12, "digest": DIGEST}]}, [(12, DIGEST)]),
        ("browser tab, Firefox 153", {"version": "1", "digests": [{"step": 12, "digest": DIGEST}]}, None),
        ("browser tab, Firefox 153", {"version": 1, "digests": [{"step": 12, "digest": "<b>"}]}, None),
        ("browser tab, Firefox 153", {"version": 1, "digests": []}, None),
        ("browser tab, Firefox 153", "version 1", None),
    ],
)
def test_the_digests_of_a_run_of_a_tab_are_told_where_it_goes(
    done: RunFolder, tmp_path: Path, device: str, engine: Any, digests: list[tuple[int, str]] | None
) -> None:
    export_zip(done, tmp_path / "run.zip")
    told = json.loads((done.path / "status.json").read_text()) | {"device": device, "engine": engine, "run": done.run}
    with zipfile.ZipFile(tmp_path / "run.zip") as whole, zipfile.ZipFile(tmp_path / "of-a-tab.zip", "w") as changed:
        for name in whole.namelist():
            changed.writestr(name, json.dumps(told) if name == "status.json" else whole.read(name))
    store = RunStore(tmp_path / "other")
    import_zip(store, tmp_path / "of-a-tab.zip", NAMES)
    state = read_run(store, done.run)
    assert (state.engine and [(each.step, each.digest) for each in state.engine.digests]) == digests
