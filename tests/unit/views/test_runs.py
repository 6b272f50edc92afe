"""Runs: who queues, sees, stops, resumes and deletes which, what a row holds, and what a training may start from."""

import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

from explorer.api import delete, report, resolve, resume, run_status, stop, train
from explorer.clip.names import shipped_names
from explorer.errors import UserError
from explorer.evaluation.results import Estimate
from explorer.runs import zero_gpu
from explorer.runs.archive import export_zip
from explorer.runs.files import write_json
from explorer.runs.folder import RunFolder
from explorer.runs.state import read_run, recording_names
from explorer.runs.store import RunStore
from explorer.settings import LOCAL, SHARED
from explorer.spec import RunSpec, override
from explorer.views import asked_models
from explorer.views.run import AFTER_LAST_STEP
from explorer.views.run_acts import check_uploads_allowed, import_upload
from explorer.views.run_record import page_record
from explorer.views.runs import RunRow, run_rows
from explorer.views.service import Service, may_change
from explorer.views.starts import start_choices
from explorer.web.gradio_import import LocalContext
from tests.unit.toys import GRAMMAR, tiny_folder, tiny_spec

KEY, OTHER, FRESH = "0123456789abcdef" * 2, "f" * 32, "c" * 32
PLANNED = json.loads(Path(__file__).with_name("planned.json").read_text(encoding="utf-8"))
BINDING = {"value": 0.51, "n": 1000, "low": 0.48, "high": 0.54, "chance": 0.5}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """An empty store, that of this computer with limits for one's own use."""
    asked_models.MODEL_CACHE.clear()
    for name in [*os.environ]:
        if name.startswith("EXPLORER_") or name in ("HOST", "GRADIO_SERVER_NAME", "SYSTEM", "SPACE_ID"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    return RunStore(tmp_path / "runs")


def write_ended_run(store: RunStore, *, key: str | None = KEY, **status: Any) -> RunFolder:
    """A run that was trained, as far as a start of another looks at it."""
    folder = store.create(resolve("web-like", {}), owner_key=key)
    folder.set_status(**({"status": "finished", "step": 180} | status))
    folder.model.mkdir()
    (folder.model / "open_clip_config.json").touch()
    return folder


def of_request(host: str, forwarded: str = "") -> Callable[..., Any]:
    """What runs a call as one that came over the network from `host`, perhaps through a proxy."""
    request = SimpleNamespace(client=SimpleNamespace(host=host), headers={"x-forwarded-for": forwarded})
    context = Context()
    context.run(LocalContext.request.set, request)  # type: ignore[arg-type]
    return context.run


@pytest.mark.parametrize("case", PLANNED, ids=[case["says"] for case in PLANNED])
def test_the_planned_steps_of_a_run_are_those_of_a_tab(store: RunStore, case: dict[str, Any]) -> None:
    """`tests/page/tab/record_tests.js` reads the same cases, of a training of 12 steps."""
    recorded = read_run(store, recording_names()[0])
    spec, [answers, *_] = override(recorded.spec, {"steps": 12}), recorded.answers
    state = replace(
        recorded,
        spec=spec,
        steps=12,
        step=case["step"],
        status=case["status"],
        answers=tuple(replace(answers, step=step) for step in case["saved"]),
    )
    assert page_record(state).planned == tuple(case["planned"])


# ---- A new run


def test_a_run_is_queued_and_belongs_to_its_key(store: RunStore) -> None:
    first = train("web-like", {"saliency_bias": 0.5, "seed": 7}, steps=12)
    (folder,) = store.all()
    assert first == {"run": folder.run, "owner_key": first["owner_key"], "place": 1}
    assert re.fullmatch("[0-9a-f]{32}", first["owner_key"]) and folder.is_owner(first["owner_key"])
    spec = RunSpec.from_json(folder.spec_record())
    assert spec == resolve("web-like", {"saliency_bias": 0.5, "steps": 12}), "seed has a value among the arguments"
    assert first["owner_key"] not in "".join(path.read_text() for path in folder.path.glob("*.json"))
    assert train("web-like")["owner_key"] != first["owner_key"]
    third = train("web-like", owner_key=first["owner_key"])
    assert store.get(third["run"]).is_owner(first["owner_key"])
    assert third["place"] == 3, "the second turn of one person comes after the first of another"


def test_a_key_that_none_of_ours_looks_like_is_refused(store: RunStore) -> None:
    for key in ("mine", KEY.upper(), KEY + "0", f" {KEY}", f"{KEY}\n", "é" * 32, 7, ["a"], {"a": 1}):
        with pytest.raises(UserError, match="owner_key: give (text|the key that train answered before, or none)"):
            train("web-like", owner_key=key)  # type: ignore[arg-type]
    assert store.all() == []


def test_limits_come_from_the_environment_and_the_host(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MOST_STEPS", "10")
    with pytest.raises(UserError, match="steps=11: this server allows at most 10"):
        train("web-like", steps=11)
    monkeypatch.delenv("EXPLORER_MOST_STEPS")
    monkeypatch.setenv("HOST", "0.0.0.0")
    with pytest.raises(UserError, match=f"steps=5000: this server allows at most {SHARED.most_steps}"):
        train("web-like", steps=5000)


def test_many_who_ask_at_once_do_not_pass_a_limit_together(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    spec, barrier = resolve("web-like", {}), Barrier(12)

    def ask(_: int) -> str:
        barrier.wait()
        try:
            return str(Service.from_environment().queue_run(spec, KEY)["run"])
        except UserError as error:
            return str(error)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(12)))
    assert sum(answer.startswith("runs=2: you already have") for answer in answers) == 10
    assert len(store.all()) == SHARED.runs_per_owner


def test_who_asks_without_a_key_is_one_person_by_address(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    first = of_request("192.0.2.1")(train, "web-like")
    of_request("192.0.2.1")(train, "web-like")
    for key in ("", first["owner_key"]):
        with pytest.raises(UserError, match="runs=2"):
            of_request("192.0.2.1")(train, "web-like", owner_key=key)
    of_request("192.0.2.2")(train, "web-like")
    of_request("192.0.2.1")(train, "web-like", owner_key=KEY)
    written = "".join(path.read_text() for path in store.root.rglob("*.json"))
    assert "192.0.2" not in written and sha256(b"192.0.2.1").hexdigest() not in written


@pytest.mark.parametrize(
    ("variable", "others"),
    [(("SYSTEM", "spaces"), [of_request("10.0.0.1", "1.1.1.1")]), (("HOST", "0.0.0.0"), [])],
    ids=["behind the proxy of a Space", "outside of requests"],
)
def test_who_asks_without_a_key_is_an_address(
    variable: tuple[str, str], others: list[Any], store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*variable)
    one = of_request("10.0.0.1", "8.8.8.8, 10.0.0.9") if others else lambda run, *given: run(*given)
    assert len({one(train, "web-like")["owner_key"] for _ in range(2)}) == 2
    for other in others:
        other(train, "web-like")
    with pytest.raises(UserError, match="runs=2"):
        one(train, "web-like")


def test_on_zero_gpu_a_run_takes_the_quota_of_the_request_that_asked(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors: dict[str, Context] = {}
    monkeypatch.setattr(zero_gpu, "_visitors", visitors)
    context = Context()
    context.run(LocalContext.request.set, "a request")  # type: ignore[arg-type]
    queued = context.run(train, "web-like", owner_key=KEY)
    assert visitors == {}
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    context.run(train, "web-like", owner_key=KEY)
    (visitor,) = visitors.values()
    assert visitor[LocalContext.request] == "a request" and LocalContext.event_id not in visitor
    stop(queued["run"], KEY)
    context.run(LocalContext.request.set, "a newer one")  # type: ignore[arg-type]
    context.run(resume, queued["run"], KEY)
    assert [each[LocalContext.request] for each in visitors.values()] == ["a newer one"]


# ---- Status and report


def test_a_status_says_how_far_a_run_is(store: RunStore) -> None:
    folder = store.create(resolve("web-like", {"steps": 12}), owner_key=KEY)
    for step in (1, 2, 3):
        folder.append({"step": step, "loss": 1.0})
    with (folder.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4, "lo')  # still being written
    folder.set_status(status="running", step=3)
    status = run_status(folder.run)
    assert (status["run"], status["status"], status["step"], status["steps"]) == (folder.run, "running", 3, 12)
    assert (status["preset"], status["place"], status["verdict"]) == ("web-like", 0, None)
    assert [record["step"] for record in status["records"]] == [1, 2, 3]
    assert [record["step"] for record in run_status(folder.run, 2)["records"]] == [3]
    assert run_status(folder.run, AFTER_LAST_STEP)["records"] == run_status(folder.run, 3)["records"] == []
    assert json.loads(json.dumps(status)) == status and KEY not in json.dumps(status)


def test_a_report_is_as_it_was_written_and_its_verdict_is_in_the_status(store: RunStore) -> None:
    folder = write_ended_run(store)
    with pytest.raises(UserError, match=f"run={folder.run}: has no report, its status is finished"):
        report(folder.run)
    chance = {"binding_accuracy": BINDING}
    written = {"status": "finished", "metrics": chance, "forms": {"own": chance, "complete": chance}}
    write_json(folder.path / "report.json", written)
    assert report(folder.run) == {**written, "folder": None, "model": folder.run}
    words = "The model does not bind: own captions 51 % (48 to 54 %, n 1000)"
    assert str(run_status(folder.run)["verdict"]).startswith(words)
    (row,) = rows_of(store, KEY)
    assert row.binding == row.own == Estimate(**BINDING) and (row.recognition, row.verdict) == (
        None,
        run_status(folder.run)["verdict"],
    )


def test_a_report_of_another_shape_has_no_verdict_and_no_shares(store: RunStore) -> None:
    folder = write_ended_run(store)
    for text in ("{", "[1]", '{"forms": [1]}', '{"forms": {"own": 7}}', '{"metrics": "x"}', "null", "[" * 100_000,
                 '{"metrics": {"binding_accuracy": {"value": "x"}}}'):  # fmt: skip
        (folder.path / "report.json").write_text(text)
        assert run_status(folder.run)["verdict"] is None, text
        (row,) = rows_of(store, KEY)
        assert (row.binding, row.own, row.verdict) == (None, None, None), text


# ---- Stop, resume, delete


def test_the_owner_stops_resumes_and_deletes(store: RunStore) -> None:
    run = train("web-like", owner_key=KEY)["run"]
    assert stop(run, KEY) == {"status": "stopped"} and run_status(run)["place"] is None
    assert resume(run, KEY) == {"status": "queued"} and run_status(run)["place"] == 1
    store.get(run).set_status(status="running", step=3)
    assert stop(run, KEY) == {"status": "stopping"}
    store.get(run).set_status(status="stopped")
    delete(run, KEY)
    assert store.all() == []


def test_nobody_else_does(store: RunStore) -> None:
    folder = store.create(resolve("web-like", {}), owner_key=KEY)
    before = folder.status()
    words = f"owner_key: (is not that of run {folder.run}; .* only its owner can|give text)"
    for act, key in product((stop, resume, delete), (OTHER, "", KEY[:-1], None, 7)):
        with pytest.raises(UserError, match=words):
            act(folder.run, key)  # type: ignore[arg-type]
    assert folder.status() == before and not folder.has_stop_request


def test_a_run_is_resumed_within_the_limits_of_today(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What else cannot be stopped, resumed or deleted is recorded in snapshots.json and held by runs/test_store."""
    folder = write_ended_run(store, status="interrupted", step=0)
    monkeypatch.setenv("EXPLORER_MOST_STEPS", "100")
    with pytest.raises(UserError, match="steps=180: this server allows at most 100"):
        resume(folder.run, KEY)
    assert folder.status().status == "interrupted" and len(store.all()) == 1


def test_who_may_change_a_run(store: RunStore) -> None:
    owned, free = write_ended_run(store), write_ended_run(store, key=None)
    assert may_change(owned, KEY, LOCAL) and may_change(owned, KEY, SHARED)
    assert not may_change(owned, OTHER, LOCAL) and not may_change(owned, OTHER, SHARED)
    assert may_change(free, OTHER, LOCAL), "runs of the command line belong to who sits at the computer"
    assert not may_change(free, OTHER, SHARED) and not may_change(free, "", SHARED)


# ---- The list


@pytest.fixture
def runs(store: RunStore) -> tuple[RunFolder, RunFolder, RunFolder]:
    """A finished run of mine with a model, a queued one of somebody else, and one of the command line."""
    mine = store.create(resolve("salient", {"steps": 9, "saliency_bias": 0.5}), owner_key=KEY)
    tiny_folder(mine.model)
    mine.set_status(status="finished", step=9)
    return mine, store.create(resolve("web-like", {}), owner_key=OTHER), store.create(tiny_spec())


def rows_of(store: RunStore, key: str) -> list[RunRow]:
    return list(run_rows(Service(store=store, settings=LOCAL), store.all(), key))


def test_a_row(store: RunStore, runs: tuple[RunFolder, ...]) -> None:
    row = next(row for row in rows_of(store, KEY) if row.run == runs[0].run)
    assert (row.recipe_title, row.preset, row.status, row.step, row.steps) == (
        "Big only, changed",
        "salient",
        "finished",
        9,
        9,
    )
    changed = [(each.field, each.this, each.other) for each in row.changed]
    assert changed == [("saliency_bias", 1.0, 0.5), ("steps", 180, 9)]
    assert row.has_model and row.created > 0
    for key, owned in ((KEY, {runs[0].run}), (OTHER, {runs[1].run}), (FRESH, set()), ("", set())):
        assert {row.run for row in rows_of(store, key) if row.is_own} == owned
    for words, places in {"": (0, 1, 2), "WEB-like queued": (1,), "big things told": (0,), "nothing": ()}.items():
        run_ids = {row.run for row in rows_of(store, KEY) if row.has_words(words)}
        assert run_ids == {runs[place].run for place in places}, words


def test_all_are_listed_at_home_and_ones_own_elsewhere(store: RunStore, runs: tuple[RunFolder, ...]) -> None:
    mine, other, _ = runs
    (store.create(resolve("web-like", {}), owner_key=KEY).path / "spec.json").write_text("{")
    service, shared = Service(store=store, settings=LOCAL), Service(store=store, settings=SHARED)
    assert {folder.run for folder in service.visible_runs("", FRESH)} == {folder.run for folder in runs}
    assert [folder.run for folder in shared.visible_runs("", KEY)] == [mine.run]
    assert {folder.run for folder in shared.visible_runs(other.run, KEY)} == {mine.run, other.run}, "of a link"


def test_what_a_training_may_start_from(store: RunStore, runs: tuple[RunFolder, ...], tmp_path: Path) -> None:
    words = ("[PAD]", "[EOS]", "[BOS]", "[UNK]", *reversed(GRAMMAR.words[4:]))
    name = str(tiny_folder(tmp_path / "pretrained", words=words))
    asked_models.load_model(name, store=store, is_safe_only=True)
    service, shared = (Service(store=store, settings=each).visible_runs("", FRESH) for each in (LOCAL, SHARED))
    choices = {start.name: start for start in start_choices(store, service, any_start=True)}
    assert list(choices) == ["scratch", *shipped_names(), runs[0].run, name]
    assert (choices[name].kind, choices[name].tunes) == ("pretrained", ("lora", "text-map"))
    assert choices["scratch"].tunes == ("all",) and "text" in choices[runs[0].run].tunes
    assert [start.name for start in start_choices(store, shared, any_start=False)] == ["scratch", *shipped_names()]
    started = train("web-like", init=runs[0].run, tune="text", steps=5)
    assert store.get(started["run"]).spec_record()["train"]["init"] == runs[0].run


def test_a_run_from_a_file_belongs_to_who_brought_it(store: RunStore, tmp_path: Path) -> None:
    elsewhere = RunStore(tmp_path / "elsewhere").create(resolve("web-like", {}), owner_key=OTHER)
    elsewhere.set_status(status="stopped", step=0)
    export_zip(elsewhere, tmp_path / "run.zip")
    with pytest.raises(UserError, match="this server takes no runs from files"):
        check_uploads_allowed(SHARED)
    folder = import_upload(store, LOCAL, tmp_path / "run.zip", KEY)
    assert folder.is_owner(KEY) and not folder.is_owner(OTHER)
