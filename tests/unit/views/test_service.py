"""The plain functions behind pages and commands: specs, scenes as the renderer draws them, runs and their owners."""

import base64
import io
import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gradio.context import LocalContext
from PIL import Image

from explorer.api import (
    claim,
    delete_run,
    report,
    resolve,
    resume_run,
    run_status,
    scenes,
    start_run,
    stop_run,
    study,
    swaps,
)
from explorer.clip.pixels import png_uri
from explorer.codec import whole_number
from explorer.errors import UserError, quote_value
from explorer.presets import PRESETS
from explorer.runs import zero_gpu
from explorer.runs.files import write_json
from explorer.runs.store import RunFolder, RunStore
from explorer.settings import LOCAL, SHARED
from explorer.spec import RunSpec
from explorer.views.data import MOST_SCENES
from explorer.views.runs import NO_RECORDS
from explorer.views.service import Service, may_change
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.things import THINGS
from tests.unit.world.worlds import Batch, draw, facts_of, stream_of, text_is_true, texts_of

PREFIX = "data:image/png;base64,"
KEYS = [
    "image",
    "caption",
    "swapped_caption",
    "replaced_caption",
    "reordered_caption",
    "confused_captions",
    "objects",
    "mentioned",
]


def pixels_of(uri: str) -> np.ndarray:
    """(3, S, S) uint8 of a data URI."""
    assert uri.startswith(PREFIX)
    picture = Image.open(io.BytesIO(base64.b64decode(uri[len(PREFIX) :], validate=True)))
    assert (picture.format, picture.mode) == ("PNG", "RGB")
    return np.asarray(picture).transpose(2, 0, 1)


def drawn(preset: str, overrides: dict[str, Any], *, count: int, seed: int) -> Batch:
    """The training scenes of the same spec, by hand."""
    return draw(make_plan(resolve(preset, overrides).data, THINGS, seed=seed), stream_of(count, seed=seed))


# --- resolve ---


def test_a_preset_is_resolved_as_it_is() -> None:
    assert resolve("salient", {}) == PRESETS["salient"].spec


def test_overrides_reach_data_and_training_and_keep_the_rest() -> None:
    spec = resolve("web-like", {"saliency_bias": "0.5", "batch_size": 64, "attribute_kinds": "color,size"})
    base = PRESETS["web-like"].spec
    assert spec.data == replace(base.data, saliency_bias=0.5, attribute_kinds=("color", "size"))
    assert spec.train == replace(base.train, batch_size=64) and spec.preset == "web-like"


def test_fields_are_checked_together_after_all_overrides() -> None:
    assert resolve("one-object", {"objects_in_image": 3, "caption_completeness": "1/3"}).data.objects_in_image == 3
    with pytest.raises(UserError, match="caption_completeness=0.3.*from 1/2 to 1"):
        resolve("binding-friendly", {"caption_completeness": 0.3})


@pytest.mark.parametrize(
    ("preset", "overrides", "words"),
    [
        ("nope", {}, ("preset=nope", "choose", "tidy")),
        ("web-like", {"color": 1}, ("color", "saliency_bias")),
        ("web-like", {"saliency_bias": 1.7}, ("saliency_bias=1.7", "0 to 1")),
        ("web-like", {"batch_size": float("nan")}, ("batch_size=nan", "16 to 4096")),
        ("web-like", {"world": "mars"}, ("world=mars", "things")),
        ("web-like", {"model": "huge"}, ("model=huge", "small")),
        ("web-like", {"attribute_kinds": ["smell"]}, ("attribute_kinds=smell", "color, size")),
        ("web-like", {"loss": None}, ("loss=nothing",)),
    ],
)
def test_errors_name_field_value_and_what_is_allowed(
    preset: str, overrides: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(UserError) as error:
        resolve(preset, overrides)
    assert all(word in str(error.value) for word in words)


# --- scenes ---


@pytest.mark.parametrize(
    ("preset", "overrides", "seed", "size"),
    [
        ("web-like", {}, 0, 64),
        ("binding-friendly", {"attribute_object_correlation": "0.9"}, 5, 96),
        ("one-object", {}, 2, 16),
    ],
)
def test_pictures_are_the_bytes_of_the_renderer(preset: str, overrides: dict[str, Any], seed: int, size: int) -> None:
    found = scenes(preset, overrides, count=5, seed=seed, size=size)
    batch = drawn(preset, overrides, count=5, seed=seed)
    images = Renderer(batch.plan, size=size).images(draw_scenes(batch.plan, batch.stream))
    assert len(found) == 5
    for record, image in zip(found, images, strict=True):
        assert np.array_equal(pixels_of(record["image"]), image)


def test_records_say_what_training_would_read() -> None:
    found = scenes("web-like", {}, count=40, seed=3, size=32)
    batch = drawn("web-like", {}, count=40, seed=3)
    assert [record["caption"] for record in found] == texts_of(batch.said)
    for record, facts in zip(found, facts_of(batch.scenes), strict=True):
        assert list(record) == KEYS
        assert {thing["noun"]: tuple(thing["values"].values()) for thing in record["objects"]} == facts
        assert record["swapped_caption"] is None or not text_is_true(record["swapped_caption"], facts)
    assert {type(record["swapped_caption"]) for record in found} == {str, type(None)}
    assert json.loads(json.dumps(found)) == found


def test_the_first_scenes_do_not_depend_on_the_count() -> None:
    assert scenes("salient", {}, count=2, seed=1, size=32) == scenes("salient", {}, count=4, seed=1, size=32)[:2]
    assert scenes("salient", {}, count=2, seed=1, size=32) != scenes("salient", {}, count=2, seed=2, size=32)


def test_a_field_of_training_changes_no_scene() -> None:
    assert scenes("salient", {"batch_size": 16}, count=2, size=32) == scenes("salient", {}, count=2, size=32)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"count": 0}, ("count=0", f"1 to {MOST_SCENES}")),
        ({"count": MOST_SCENES + 1}, (f"count={MOST_SCENES + 1}", f"1 to {MOST_SCENES}")),
        ({"count": "many"}, ("count=many", "whole number")),
        ({"size": 63}, ("size=63", "even", "16 to 512")),
        ({"size": 8}, ("size=8", "16 to 512")),
        ({"seed": -1}, ("seed=-1", "0 to 2147483647")),
        ({"seed": 2**31}, ("seed=2147483648", "0 to 2147483647")),
        ({"count": 2.5}, ("count=2.5", "whole number")),
    ],
)
def test_counts_sizes_and_seeds_are_checked(arguments: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(UserError) as error:
        scenes("binding-friendly", {}, **arguments)
    assert all(word in str(error.value) for word in words)


def test_a_data_uri_keeps_every_pixel() -> None:
    image = np.random.default_rng(0).integers(0, 256, (3, 20, 20), dtype=np.uint8)
    assert np.array_equal(pixels_of(png_uri(image)), image)


# --- whole_number ---


@pytest.mark.parametrize(("given", "number"), [(7, 7), ("7", 7), (" 7 ", 7), ("+7", 7), (7.0, 7), (np.int64(7), 7)])
def test_whole_numbers_are_read(given: Any, number: int) -> None:
    read = whole_number("count", given, 1, 10)
    assert read == number and type(read) is int


@pytest.mark.parametrize("given", [1, 10])
def test_both_ends_are_allowed(given: int) -> None:
    assert whole_number("count", given, 1, 10) == given


@pytest.mark.parametrize(
    "given",
    [0, 11, -3, "", "seven", "7.0", 7.5, "1e1", "nan", float("nan"), float("inf"), 1e300, True, None, [7], "9" * 5000],
)
def test_all_else_is_an_error_in_words(given: Any) -> None:
    with pytest.raises(UserError) as error:
        whole_number("count", given, 1, 10)
    text = str(error.value)
    assert text.startswith("count=") and text.endswith(": give a whole number from 1 to 10") and len(text) < 100


@pytest.mark.parametrize("overrides", ["saliency_bias", [("saliency_bias", 1)], 7, None])
def test_overrides_are_an_object(overrides: Any) -> None:
    with pytest.raises(UserError, match="overrides=.*: give an object"):
        resolve("web-like", overrides)
    with pytest.raises(UserError, match="preset=nothing: choose tidy, web-like"):
        resolve(None, {})  # type: ignore[arg-type]


# --- runs ---

KEY, OTHER = "0123456789abcdef" * 2, "f" * 32


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """An empty store, that of this computer with limits for one's own use."""
    for name in [*os.environ]:
        if name.startswith("EXPLORER_") or name in ("HOST", "GRADIO_SERVER_NAME", "SYSTEM", "SPACE_ID"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    return RunStore(tmp_path / "runs")


def ended(store: RunStore, *, key: str | None = KEY, has_model: bool = True, **status: Any) -> RunFolder:
    """A run that was trained, as far as a start of another looks at it."""
    folder = store.create(resolve("web-like", {}), owner_key=key)
    folder.set_status(**({"status": "finished", "step": 180} | status))
    if has_model:
        folder.model.mkdir()
    return folder


def test_a_run_is_queued_and_belongs_to_its_key(store: RunStore) -> None:
    answer = start_run("web-like", {"saliency_bias": 0.5}, tune="all", steps=12, seed=3)
    assert set(answer) == {"run", "owner_key", "place"} and answer["place"] == 1
    assert re.fullmatch("[0-9a-f]{32}", answer["owner_key"]) and answer["run"].startswith("web-like-")
    (folder,) = store.all()
    assert RunSpec.from_dict(folder.spec_record()) == resolve(
        "web-like", {"saliency_bias": 0.5, "steps": 12, "seed": 3}
    )
    assert folder.is_owner(answer["owner_key"]) and answer["owner_key"] not in str(
        [path.read_text() for path in folder.path.iterdir()]
    )


def test_each_run_gets_a_key_of_its_own_unless_one_is_given(store: RunStore) -> None:
    first, second = start_run("web-like"), start_run("web-like")
    assert first["owner_key"] != second["owner_key"] and first["run"] != second["run"]
    third = start_run("web-like", owner_key=first["owner_key"])
    assert third["owner_key"] == first["owner_key"] and store.get(third["run"]).is_owner(first["owner_key"])
    assert third["place"] == 3, "the second turn of one person comes after the first of another"


def test_a_field_that_is_given_wins_and_none_keeps_the_presets(store: RunStore) -> None:
    start_run("web-like", {"steps": 7, "seed": 7})
    (folder,) = store.all()
    spec = RunSpec.from_dict(folder.spec_record())
    assert (spec.train.steps, spec.train.seed) == (7, 0), "seed has a value of its own among the arguments"


def test_a_spec_is_queued_as_it_is(store: RunStore) -> None:
    spec = resolve("salient", {"steps": 5})
    answer = Service.here().queue_run(spec, KEY)
    assert answer["owner_key"] == KEY and RunSpec.from_dict(store.get(answer["run"]).spec_record()) == spec


@pytest.mark.parametrize("key", ["mine", KEY.upper(), KEY + "0", KEY[:-1], f" {KEY}", f"{KEY}\n", "é" * 32])
def test_a_key_that_none_of_ours_looks_like_is_refused(key: str, store: RunStore) -> None:
    with pytest.raises(UserError, match="owner_key: give the key that start_run answered before, or none") as caught:
        start_run("web-like", owner_key=key)
    assert key not in str(caught.value) and store.all() == []


@pytest.mark.parametrize("key", [7, ["a"], {"a": 1}])
def test_a_key_that_is_no_text_is_refused(key: Any, store: RunStore) -> None:
    with pytest.raises(UserError, match="owner_key"):
        start_run("web-like", owner_key=key)
    with pytest.raises(UserError, match="owner_key"):
        stop_run(ended(store).run, key)


# --- starts ---


@pytest.mark.parametrize(
    "init",
    ["/etc/passwd", "../x", "hf-hub:a/b", "local-dir:/tmp", "ViT-B-32/openai", "gone", "~", "http://x.y", "x" * 300],
)
def test_a_start_that_is_a_path_or_a_download_is_refused(init: str, store: RunStore) -> None:
    with pytest.raises(UserError, match="choose scratch, a shipped model or a run that has saved its model") as caught:
        start_run("web-like", init=init)
    assert str(caught.value).startswith(f"init={quote_value(init, 80)}:") and store.all() == []


def test_a_run_with_a_model_is_a_start(store: RunStore) -> None:
    trained = ended(store)
    answer = start_run("web-like", init=trained.run, tune="text", steps=5)
    assert store.get(answer["run"]).spec_record()["train"]["init"] == trained.run


# --- limits ---


@pytest.mark.parametrize(
    ("variable", "number", "fields", "words"),
    [
        ("EXPLORER_MOST_STEPS", 10, {"steps": 11}, "steps=11: this server allows at most 10"),
        ("EXPLORER_MOST_BATCH_SIZE", 64, {"batch_size": 128}, "batch_size=128: this server allows at most 64"),
        ("EXPLORER_MOST_WORK", 25_600, {"steps": 101, "batch_size": 256}, "steps=101: .* at most 100 with model=small"),
        ("EXPLORER_RUNS_PER_OWNER", 1, {}, "runs=1: you already have 1 active runs"),
        ("EXPLORER_QUEUE_LENGTH", 1, {}, "queue=1: as many runs are waiting"),
    ],
)
def test_limits_come_from_the_environment(
    variable: str, number: int, fields: dict[str, Any], words: str, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    Service.here().queue_run(resolve("web-like", {"steps": 5, "batch_size": 16}), KEY)
    spec = resolve("web-like", {"steps": 5, "batch_size": 16} | fields)
    Service.here().queue_run(spec, KEY)
    store.delete(store.all()[0].run)
    monkeypatch.setenv(variable, str(number))
    with pytest.raises(UserError, match=words):
        Service.here().queue_run(spec, KEY)
    assert len(store.all()) == 1


def test_a_host_that_others_reach_has_the_limits_of_a_shared_server(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    with pytest.raises(UserError, match=f"steps=5000: this server allows at most {SHARED.most_steps}"):
        start_run("web-like", steps=5000)
    for _ in range(SHARED.runs_per_owner):
        start_run("web-like", owner_key=KEY)
    with pytest.raises(UserError, match="runs=2"):
        start_run("web-like", owner_key=KEY)
    start_run("web-like", owner_key=OTHER)


def test_many_who_ask_at_once_do_not_pass_a_limit_together(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    spec, barrier = resolve("web-like", {}), Barrier(12)

    def ask(_: int) -> str:
        barrier.wait()
        try:
            return str(Service.here().queue_run(spec, KEY)["run"])
        except UserError as error:
            return str(error)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(12)))
    assert sum(answer.startswith("runs=2: you already have") for answer in answers) == 10
    assert len(store.all()) == SHARED.runs_per_owner


def of_request(host: str, forwarded: str = "") -> Context:
    """A call that came over the network from `host`, perhaps through a proxy."""
    request = SimpleNamespace(client=SimpleNamespace(host=host), headers={"x-forwarded-for": forwarded})
    context = Context()
    context.run(LocalContext.request.set, request)  # type: ignore[arg-type]
    return context


def test_who_asks_without_a_key_is_one_person_by_address(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    first = of_request("192.0.2.1").run(start_run, "web-like")
    of_request("192.0.2.1").run(start_run, "web-like")
    with pytest.raises(UserError, match="runs=2"):
        of_request("192.0.2.1").run(start_run, "web-like")
    with pytest.raises(UserError, match="runs=2"):
        of_request("192.0.2.1").run(start_run, "web-like", owner_key=first["owner_key"])
    of_request("192.0.2.2").run(start_run, "web-like")
    of_request("192.0.2.1").run(start_run, "web-like", owner_key=KEY)
    written = "".join(path.read_text() for path in store.root.rglob("*.json"))
    assert "192.0.2" not in written and sha256(b"192.0.2.1").hexdigest() not in written


def test_behind_the_proxy_of_a_space_it_is_the_address_that_the_proxy_tells(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYSTEM", "spaces")
    for _ in range(2):
        of_request("10.0.0.1", "8.8.8.8, 10.0.0.9").run(start_run, "web-like")
    of_request("10.0.0.1", "1.1.1.1").run(start_run, "web-like")
    with pytest.raises(UserError, match="runs=2"):
        of_request("10.0.0.1", "8.8.8.8").run(start_run, "web-like")


def test_outside_of_requests_all_are_one_person(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    keys = {start_run("web-like")["owner_key"] for _ in range(2)}
    assert len(keys) == 2
    with pytest.raises(UserError, match="runs=2"):
        start_run("web-like")


# --- status ---


def test_a_status_says_how_far_a_run_is(store: RunStore) -> None:
    folder = store.create(resolve("web-like", {"steps": 12}), owner_key=KEY)
    for step in (1, 2, 3):
        folder.append({"step": step, "loss": 1.0})
    folder.set_status(status="running", step=3)
    status = run_status(folder.run)
    assert (status["run"], status["status"], status["step"], status["steps"]) == (folder.run, "running", 3, 12)
    assert (status["preset"], status["place"], status["verdict"]) == ("web-like", 0, None)
    assert [record["step"] for record in status["records"]] == [1, 2, 3]
    assert [record["step"] for record in run_status(folder.run, 2)["records"]] == [3]
    assert run_status(folder.run, NO_RECORDS)["records"] == run_status(folder.run, 3)["records"] == []
    assert json.loads(json.dumps(status)) == status and KEY not in json.dumps(status)


def test_records_may_still_be_coming(store: RunStore) -> None:
    folder = store.create(resolve("web-like", {}))
    (folder.path / "metrics.jsonl").write_text('{"step": 1}\n{"step": 2, "lo')
    assert run_status(folder.run)["records"] == [{"step": 1}]


@pytest.mark.parametrize("since", [-1, "many", 1.5, None, NO_RECORDS + 1])
def test_a_step_that_is_none_is_a_sentence(since: Any, store: RunStore) -> None:
    with pytest.raises(UserError, match="since_step=.*: give a whole number from 0"):
        run_status(ended(store).run, since)


@pytest.mark.parametrize("run", ["", "gone", "../x", "x" * 500, None, 7, ["a"], "a\nb", ".new-1"])
def test_what_is_no_run_is_a_sentence_everywhere(run: Any, store: RunStore) -> None:
    for ask in (run_status, report, *(partial(act, owner_key=KEY) for act in (stop_run, resume_run, delete_run))):
        with pytest.raises(UserError, match="there is no such run here|give text") as caught:
            ask(run)
        assert str(caught.value).startswith("run=") and len(str(caught.value)) < 130


# --- stop, resume, delete ---


def test_the_owner_stops_resumes_and_deletes(store: RunStore) -> None:
    run = start_run("web-like", owner_key=KEY)["run"]
    assert stop_run(run, KEY) == {"status": "stopped"} and run_status(run)["place"] is None
    assert resume_run(run, KEY) == {"status": "queued"} and run_status(run)["place"] == 1
    store.get(run).set_status(status="running", step=3)
    assert stop_run(run, KEY) == {"status": "stopping"}
    store.get(run).set_status(status="stopped")
    delete_run(run, KEY)
    assert store.all() == []


@pytest.mark.parametrize("act", [stop_run, resume_run, delete_run])
@pytest.mark.parametrize("key", [OTHER, "", KEY[:-1], None, 7])
def test_nobody_else_does(act: Callable[[str, Any], Any], key: Any, store: RunStore) -> None:
    folder = store.create(resolve("web-like", {}), owner_key=KEY)
    before = folder.status()
    with pytest.raises(
        UserError, match=f"owner_key: (is not that of run {folder.run}; .* only its owner can|give text)"
    ):
        act(folder.run, key)
    assert folder.status() == before and not folder.is_asked_to_stop()


def test_what_has_ended_is_not_stopped_and_what_is_done_not_resumed(store: RunStore) -> None:
    folder = ended(store)
    with pytest.raises(UserError, match="only a waiting or running run can be stopped, its status is finished"):
        stop_run(folder.run, KEY)
    with pytest.raises(UserError, match="only an ended, unfinished run can be resumed, its status is finished"):
        resume_run(folder.run, KEY)


def test_a_resumed_run_waits_within_the_limits(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ended(store, status="interrupted", step=3)
    monkeypatch.setenv("EXPLORER_MOST_STEPS", "100")
    with pytest.raises(UserError, match="steps=180: this server allows at most 100"):
        resume_run(folder.run, KEY)
    assert folder.status().status == "interrupted"


def test_a_run_that_is_executed_is_not_deleted(store: RunStore) -> None:
    folder = store.create(resolve("web-like", {}), owner_key=KEY, claimed=True)
    with pytest.raises(UserError, match="it is running, stop it first"):
        delete_run(folder.run, KEY)
    assert store.all() == [folder]


def test_who_may_change_a_run(store: RunStore) -> None:
    owned, free = ended(store), ended(store, key=None)
    assert may_change(owned, KEY, LOCAL) and may_change(owned, KEY, SHARED)
    assert not may_change(owned, OTHER, LOCAL) and not may_change(owned, OTHER, SHARED)
    assert may_change(free, OTHER, LOCAL), "runs of the command line belong to who sits at the computer"
    assert not may_change(free, OTHER, SHARED) and not may_change(free, "", SHARED)


def test_what_there_is_to_go_on_from(store: RunStore) -> None:
    assert not ended(store).is_resumable and not store.create(resolve("web-like", {})).is_resumable
    assert all(ended(store, status=status, step=0).is_resumable for status in ("interrupted", "stopped"))
    stopped = ended(store, status="stopped", step=5)
    assert not stopped.is_resumable
    stopped.checkpoint.mkdir()
    assert stopped.is_resumable


# --- report ---


def shares(value: float, low: float, high: float) -> dict[str, Any]:
    return {"binding_accuracy": {"value": value, "n": 1000, "low": low, "high": high, "chance": 0.5}}


def test_a_report_is_as_it_was_written_and_its_verdict_is_in_the_status(store: RunStore) -> None:
    folder = ended(store)
    with pytest.raises(UserError, match=f"run={folder.run}: has no report, its status is finished"):
        report(folder.run)
    chance = shares(0.51, 0.48, 0.54)
    written = {"status": "finished", "metrics": chance, "forms": {"own": chance, "complete": chance}}
    write_json(folder.path / "report.json", written)
    assert report(folder.run) == {**written, "folder": None, "model": folder.run}
    assert str(run_status(folder.run)["verdict"]).startswith(
        "The model does not bind: own captions 51 % (48 to 54 %, n 1000)"
    )


@pytest.mark.parametrize("text", ["{", "[1]", '{"forms": [1]}', '{"forms": {"own": 7}}', '{"metrics": "x"}', "null"])
def test_a_report_of_another_shape_has_no_verdict(text: str, store: RunStore) -> None:
    folder = ended(store)
    (folder.path / "report.json").write_text(text)
    assert run_status(folder.run)["verdict"] is None


def test_swaps_of_a_caption() -> None:
    found = swaps("A yellow submarine and a blue bus")
    assert [swap["caption"] for swap in found["swaps"]] == ["A blue submarine and a yellow bus"]
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("caption", ["", "x" * 301, "a\nb", None, 7, ["a bus"]])
def test_what_is_no_caption_is_refused(caption: Any) -> None:
    with pytest.raises(UserError, match="^caption"):
        swaps(caption)


def test_on_zero_gpu_a_run_takes_the_quota_of_the_request_that_asked(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors: dict[str, Context] = {}
    monkeypatch.setattr(zero_gpu, "_visitors", visitors)
    context = Context()
    context.run(LocalContext.request.set, "a request")  # type: ignore[arg-type]
    queued = context.run(start_run, "web-like", owner_key=KEY)
    assert visitors == {}
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    context.run(start_run, "web-like", owner_key=KEY)
    (visitor,) = visitors.values()
    assert visitor[LocalContext.request] == "a request" and LocalContext.event_id not in visitor
    stop_run(queued["run"], KEY)
    context.run(LocalContext.request.set, "a newer one")  # type: ignore[arg-type]
    context.run(resume_run, queued["run"], KEY)
    assert [each[LocalContext.request] for each in visitors.values()] == ["a newer one"]


def test_swaps_by_kind() -> None:
    assert [each["kind"] for each in swaps("a red bus and a submarine", "move")["swaps"]] == ["move"]
    assert swaps("a red bus and a submarine")["swaps"] == []
    for kinds in ("nonsense", 3):
        with pytest.raises(UserError, match="kinds="):
            swaps("a red bus and a blue car", kinds)  # type: ignore[arg-type]


# --- study ---


def test_a_claim_and_a_sweep_of_either_edition_have_their_evidence() -> None:
    first = study("single-flaws")
    assert first["name"] == "single-flaws" and "second_edition" not in first
    naming = study("naming")
    assert naming["name"] == "naming" and naming["claim"].startswith("Captions of two objects")
    assert len(naming["findings"]) == 5 and {each["claim"] for each in naming["findings"]} == {"naming"}
    both = study("density")
    assert both["name"] == "density" and both["second_edition"]["name"] == "density"
    pilot = study("pilot")
    assert pilot["name"] == "pilot" and pilot["question"]
    assert pilot["coverage"]["sweep"] == "pilot" and len(pilot["conditions"]) == len(pilot["coverage"]["whole"])
    assert all(condition["seeds"] for condition in pilot["conditions"])


def test_evidence_that_there_is_not_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("", "weather"):
        with pytest.raises(UserError, match=r"^claim=.*: choose single-flaws, .*\bnaming\b"):
            claim(wrong)
    with pytest.raises(UserError, match="choose single-flaws, .*naming, .*`sweep --list`"):
        study("weather")
    for wrong in (3, None, ["naming"]):
        with pytest.raises(UserError, match="^claim=.*: give text"):
            study(wrong)  # type: ignore[arg-type]
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    for name in ("single-flaws", "naming", "naming-cliff"):
        with pytest.raises(UserError, match=f"claim={name}: was not run yet"):
            study(name)
