"""A training starts from a pretrained model that was asked a question here, and is told what that will take."""

import platform
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from explorer.clip.clip import Clip, export
from explorer.clip.names import shipped_names
from explorer.clip.open_clip_import import open_clip
from explorer.clip.zoo import load_clip
from explorer.errors import UserError
from explorer.evaluation import pair_answers, tuning_forecast
from explorer.runs import worker
from explorer.runs.folder import RunFolder
from explorer.runs.state import read_run
from explorer.runs.store import RunStore
from explorer.runs.worker import execute_run
from explorer.settings import LOCAL
from explorer.spec import RunSpec, override
from explorer.views import asked_models, training_plan
from explorer.views.run import run
from explorer.views.service import Service
from explorer.views.starts import check_init, loaded_model_names
from explorer.views.training_plan import estimate_seconds, forecast_tuning
from tests.unit.toys import FEW, GRAMMAR, slow, tiny_clip, tiny_folder, tiny_spec

COUNT = 24
OTHER_WORDS = ("[PAD]", "[EOS]", "[BOS]", "[UNK]", *reversed(GRAMMAR.words[4:]))
"""Of a model that comes with a tokenizer of its own."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("HOST", raising=False)
    asked_models.MODEL_CACHE.clear()
    tuning_forecast._timings.clear()
    yield RunStore(tmp_path / "runs")
    asked_models.MODEL_CACHE.clear()


@pytest.fixture
def asked(store: RunStore, tmp_path: Path) -> str:
    """The name of a model that was asked a question."""
    name = str(tiny_folder(tmp_path / "pretrained", words=OTHER_WORDS))
    asked_models.load_model(name, store=store, is_safe_only=True)
    return name


def spec_from(name: str, tune: str = "lora", **changes: object) -> RunSpec:
    return override(tiny_spec(model="small", init=name, steps=2), {"tune": tune, **changes})


def test_only_models_that_are_here_are_starts(store: RunStore, asked: str, tmp_path: Path) -> None:
    asked_models.load_model(shipped_names()[0], store=store, is_safe_only=True)
    assert loaded_model_names(store) == (asked,)
    trained, bare = store.create(tiny_spec()), store.create(tiny_spec())
    tiny_folder(trained.model)
    bare.model.mkdir()
    for name in ("scratch", *shipped_names(), trained.run):
        check_init(store, spec_from(name, "all"), any_start=False)
    for tune in ("lora", "text-map"):
        check_init(store, spec_from(asked, tune), any_start=True)
    with pytest.raises(UserError, match="tune=all: a pretrained model is tuned by lora or text-map"):
        check_init(store, spec_from(asked, "all"), any_start=True)
    with pytest.raises(UserError, match="choose scratch, a shipped model or a run"):
        check_init(store, spec_from(asked), any_start=False)
    other = tiny_folder(tmp_path / "other", words=OTHER_WORDS)
    for name in (str(other), "ViT-B-32/openai", "hf-hub:a/b", asked + "/.", str(tmp_path), bare.run):
        with pytest.raises(UserError, match="ask a pretrained one a question first"):
            check_init(store, spec_from(name), any_start=True)


def test_a_list_is_sent_again_if_one_model_drives_another_out(store: RunStore, asked: str, tmp_path: Path) -> None:
    service = Service(store=store, settings=LOCAL)
    digest = run(service)["listing_digest"]
    assert run(service, listing_digest=digest)["listing"] is None
    asked_models.MODEL_CACHE.clear()
    other = str(tiny_folder(tmp_path / "other", words=OTHER_WORDS))
    asked_models.load_model(other, store=store, is_safe_only=True)
    starts = run(service, listing_digest=digest)["listing"]
    assert starts and other in str(starts) and asked not in str(starts), "as many are here as before"


@pytest.mark.slow
@pytest.mark.parametrize("tune", ["lora", slow("text-map")])
def test_a_queued_run_trains_from_it(store: RunStore, asked: str, tune: str) -> None:
    folder = RunFolder(store.root / Service.from_environment().queue_run(spec_from(asked, tune))["run"])
    list(execute_run(store, folder, budget=FEW))
    state = read_run(store, folder.run)
    assert state.status == "finished" and state.title == f"Your own mix, from {asked}, seed 0"
    assert [each.step for each in state.answers] == [0, 1, 2] and len(state.answers[0].cosines) == 24
    assert state.answers[0].cosines != state.answers[-1].cosines
    assert state.curve[0].step == 0 and state.why_no_answers is None


@pytest.mark.slow
def test_a_pickle_of_a_visitor_is_not_opened(store: RunStore, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def watched(*arguments: object, is_safe_only: bool, **named: object) -> Clip:
        seen.append(is_safe_only)
        return tiny_clip()

    monkeypatch.setattr(worker, "load_clip", watched)
    for owner in ("a" * 32, None):
        next(execute_run(store, store.create(spec_from(asked), owner_key=owner), budget=FEW))
    assert seen == [True, False], "the weights of a page's run are safetensors; the command line takes more"


def test_the_estimate_is_a_forecast_until_a_run_was_timed(
    store: RunStore, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_from(asked, steps=100)
    low, high, basis = estimate_seconds(store, spec)
    assert 0 < low < high and "of memory" in basis
    assert "of memory" not in estimate_seconds(store, tiny_spec())[2]
    folder = store.create(spec)
    folder.set_status(status="finished", step=100, step_s=0.5, device="cpu", host=platform.node(), tail_s=2.0)
    assert estimate_seconds(store, spec)[2].startswith("measured on 1 run")
    monkeypatch.setattr(training_plan.psutil, "virtual_memory", lambda: SimpleNamespace(available=1e6))
    with pytest.raises(UserError, match="batch_size=16: Does not fit: it needs about .* no batch size fits"):
        estimate_seconds(store, spec)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_a_model_of_the_shape_of_vit_b_32_is_tuned(store: RunStore, tmp_path: Path) -> None:
    model = open_clip.create_model("ViT-B-32", pretrained=None, load_weights=False)
    config, preprocess = open_clip.get_model_config("ViT-B-32"), dict(open_clip.get_model_preprocess_cfg(model))
    tokenizer = open_clip.get_tokenizer("ViT-B-32")
    clip = Clip(name="b32", model=model, config=config, preprocess=preprocess, words=None, tokenizer=tokenizer)
    export(clip, tmp_path / "b32")
    name = str(tmp_path / "b32")
    asked_models.load_model(name, store=store, is_safe_only=True)
    spec = spec_from(name, "lora", batch_size=16, steps=2)
    forecast = forecast_tuning(name, spec, store=store)
    assert 1e9 < forecast.memory_bytes < 4e9 and 0 < forecast.range_s[0] < forecast.range_s[1]
    folder = RunFolder(store.root / Service.from_environment().queue_run(spec)["run"])
    list(execute_run(store, folder, budget=FEW))
    answers = pair_answers.read_answers(folder.pairs)
    assert [each.step for each in answers] == [0, 1, 2] and answers[0].cosines != answers[-1].cosines
    again = load_clip(folder.run, find_run_model=store.find_run_model, is_safe_only=True)
    assert again.words is None and again.image_size == 224
