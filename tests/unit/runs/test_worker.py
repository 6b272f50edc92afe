"""A run folder is executed to its report by a tiny model, starts from other models, and fails in words."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from explorer.clip.clip import weights_digest
from explorer.clip.names import ModelError
from explorer.clip.zoo import load_clip
from explorer.codec import encode
from explorer.errors import UserError
from explorer.evaluation import pair_answers
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.report import QuickEvaluation
from explorer.evaluation.snapshots import PairScorer
from explorer.evaluation_scenes import EvaluationScenes
from explorer.runs import worker
from explorer.runs.endings import Ended
from explorer.runs.folder import RunFolder
from explorer.runs.model_evaluation import evaluate_model, trained_spec
from explorer.runs.run_lock import Process
from explorer.runs.store import RunStore
from explorer.runs.worker import execute_run
from explorer.sentences import key_sentence
from explorer.spec import DataSpec, RunSpec
from explorer.training.checkpoint import CHECKPOINT_FILE
from explorer.training.loop import Trainer
from explorer.world.things import THINGS
from tests.unit.toys import CAPTIONS, FEW_WITH_PROBE, GRAMMAR, slow, tiny_folder, tiny_spec

TWO_KINDS = DataSpec(attribute_kinds=("color", "pattern"))
COUNT = 24
PAIRS = binding_pairs(THINGS)
pytestmark = pytest.mark.usefixtures("tiny_configs")


def run(file_store: RunStore, spec: RunSpec) -> RunFolder:
    """The folder of `spec`, executed."""
    folder = file_store.create(spec)
    for _ in execute_run(file_store, folder, budget=FEW_WITH_PROBE):
        pass
    return folder


@pytest.fixture(scope="module")
def done(file_store: RunStore) -> RunFolder:
    """A finished run with two kinds."""
    return run(file_store, tiny_spec(data=TWO_KINDS, preset="two-kinds", hard_negatives=1.0))


@pytest.mark.slow
def test_a_finished_run_holds_all_its_files(file_store: RunStore, done: RunFolder) -> None:
    names = ("metrics.jsonl", "model", "pairs.jsonl", "report.json", "snapshots", "spec.json", "status.json")
    assert tuple(sorted(path.name for path in done.path.iterdir())) == names
    spec = tiny_spec(data=TWO_KINDS, preset="two-kinds", hard_negatives=1.0)
    assert RunSpec.from_json(done.spec_record()) == spec
    status = done.status()
    assert (status.status, status.step, status.steps) == ("finished", 3, 3)
    assert status.pid and status.host and status.process_start and status.rate
    assert (status.started or 0) <= (status.finished or 0) <= (status.heartbeat or 0)
    records = list(done.records())
    assert [record["step"] for record in records] == [1, 2, 3]
    assert all(math.isfinite(record["loss"]) for record in records)
    assert [record["elapsed_s"] for record in records] == sorted(record["elapsed_s"] for record in records)
    again = file_store.create(spec)
    assert list(execute_run(file_store, again, budget=FEW_WITH_PROBE)) == list(again.records())
    assert [record["loss"] for record in again.records()] == [record["loss"] for record in records]
    same = ("metrics", "forms", "breakdown", "controls", "rates", "failed_to_train")
    assert {name: again.report_json()[name] for name in same} == {name: done.report_json()[name] for name in same}


@pytest.mark.slow
def test_each_snapshot_has_answers_to_the_pairs_and_the_last_are_those_of_its_model(
    file_store: RunStore, done: RunFolder
) -> None:
    saved = pair_answers.read_answers(done.pairs)
    assert [answers.step for answers in saved] == list(done.snapshot_steps()) == [0, 1, 2, 3]
    assert {answers.question_digest for answers in saved} == {PAIRS.digest}
    clip = load_clip(done.run, find_run_model=file_store.find_run_model)
    expected = PairScorer(clip, PAIRS).score(3)
    assert np.array(saved[-1].cosines) == pytest.approx(np.array(expected.cosines), abs=1e-5)
    assert saved[0].cosines != saved[-1].cosines


@pytest.mark.slow
def test_an_evaluation_tells_how_far_it_is(file_store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    progress: list[tuple[Any, Any]] = []
    real = RunFolder.set_status

    def write(self: RunFolder, **changes: Any) -> None:
        real(self, **changes)
        if self.status().phase == "evaluating":
            progress.append((self.status().phase_done, self.status().phase_parts))

    monkeypatch.setattr(RunFolder, "set_status", write)
    folder = run(file_store, tiny_spec(data=TWO_KINDS))
    assert progress == [(0, None), *((done, 7) for done in range(1, 8))]
    assert folder.status().phase is None and folder.status().tail_s > 0


def test_its_report_says_all_of_the_run(done: RunFolder) -> None:
    report, records = done.report_json(), list(done.records())
    assert (report["status"], report["run"], report["spec"]) == ("finished", done.run, done.spec_record())
    assert (report["folder"], report["model"]) == (str(done.path.resolve()), str(done.model.resolve()))
    assert (report["budget"]["steps"], report["budget"]["pairs"]) == (3, 48) and report["budget"]["seconds"] > 0
    # The package of a CUDA build has the plain version, the module its build too.
    assert torch.__version__.startswith(report["versions"]["torch"].partition("+")[0]) and report["device"]
    assert report["failed_to_train"] is True and report["forgetting"] is None
    for name, rate in report["rates"].items():
        assert rate == pytest.approx(sum(record["rates"][name] for record in records) / 3)
    assert report["rates"]["hard_negatives"] > 0.5


@pytest.mark.slow
def test_a_run_is_scored_on_the_scenes_that_it_was_made_for(file_store: RunStore, done: RunFolder) -> None:
    """Other scenes change scores and nothing of the training; the quick evaluations are of the same scenes."""
    folder = file_store.create(RunSpec.from_json(done.spec_record()), scenes=EvaluationScenes(seed=1003, count=12))
    list(execute_run(file_store, folder, budget=FEW_WITH_PROBE))
    report, default = folder.report_json(), done.report_json()
    assert report["evaluation"] == {"seed": 1003, "count": 12}
    assert default["evaluation"] == {"seed": 0, "count": 1000}
    assert report["metrics"]["modality_gap"]["n"] == 12 and report["metrics"] != default["metrics"]
    assert report["rates"] == default["rates"] and report["start_digest"] is None
    assert [line["loss"] for line in folder.records()] == [line["loss"] for line in done.records()]
    assert all(torch.equal(weight, weights_of(done)[name]) for name, weight in weights_of(folder).items())
    clip = load_clip(folder.run, find_run_model=file_store.find_run_model)
    quick = QuickEvaluation(clip, GRAMMAR.world, TWO_KINDS, seed=1003, count=COUNT)
    measured = {form: encode(report) for form, report in quick.measure().items()}
    assert list(folder.records())[-1]["evaluation"] == measured


@pytest.mark.slow
def test_quick_evaluations_leave_training_as_it_was(file_store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a run is looked at, its losses and weights are the same to the bit."""
    spec = tiny_spec(steps=8, hard_negatives=0.5)
    often = run(file_store, spec)
    monkeypatch.setattr(worker, "evaluated_steps", lambda steps: frozenset({steps}))
    once = run(file_store, spec)
    looks = [sum("evaluation" in line for line in folder.records()) for folder in (often, once)]
    assert looks[0] > looks[1] == 1
    assert [line["loss"] for line in often.records()] == [line["loss"] for line in once.records()]
    assert all(torch.equal(weight, weights_of(once)[name]) for name, weight in weights_of(often).items())


@pytest.mark.slow
def test_a_start_is_known_by_its_digest(file_store: RunStore, done: RunFolder, tmp_path: Path) -> None:
    tuned = run(file_store, tiny_spec(init=done.run, steps=1)).report_json()["start_digest"]
    assert tuned == weights_digest(load_clip(done.run, find_run_model=file_store.find_run_model)) and len(tuned) == 16
    again = run(file_store, tiny_spec(init=str(done.model), steps=1)).report_json()["start_digest"]
    stranger = tiny_spec(init=str(tiny_folder(tmp_path / "m", seed=4)), steps=1)
    other = run(file_store, stranger).report_json()["start_digest"]
    assert again == tuned != other


def weights_of(folder: RunFolder) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_file(folder.model / "open_clip_model.safetensors")
    return weights


@pytest.mark.slow
@pytest.mark.parametrize("tune", ["lora", *map(slow, ("all", "text", "image", "text-map"))])
def test_a_run_starts_from_another_run(file_store: RunStore, done: RunFolder, tune: str) -> None:
    before = weights_of(done)
    tuned = run(file_store, tiny_spec(init=done.run, tune=tune, steps=1, seed=3))
    moved = {name for name, weight in weights_of(tuned).items() if not torch.equal(weight, before[name])}
    image = {name for name in before if name.startswith("visual.")}
    attention = {name for name in before if name.endswith(("attn.in_proj_weight", "attn.out_proj.weight"))}
    parts = {"all": set(before), "image": image | {"logit_scale"}, "text": set(before) - image}
    parts |= {"lora": attention | {"logit_scale"}, "text-map": {"text_projection", "logit_scale"}}
    assert moved == parts[tune] and weights_of(tuned).keys() == before.keys()
    assert all(torch.equal(weight, before[name]) for name, weight in weights_of(done).items())


@pytest.mark.slow
def test_what_the_start_knew_is_asked_before_and_after(file_store: RunStore, done: RunFolder) -> None:
    forgetting = run(file_store, tiny_spec(init=done.run, learning_rate=0.01, steps=4)).report_json()["forgetting"]
    before = QuickEvaluation(
        load_clip(done.run, find_run_model=file_store.find_run_model), GRAMMAR.world, TWO_KINDS, seed=0, count=1000
    )
    assert forgetting["before"] == encode(before.measure_form("own")) != forgetting["after"]
    assert (
        forgetting["data"]["attribute_kinds"] == ["color", "pattern"]
        and forgetting["after"].keys() == forgetting["before"].keys()
    )


def failure_of(file_store: RunStore, spec: RunSpec, kind: type[Exception]) -> str:
    """The sentence with which a run of `spec` fails, which its status repeats."""
    folder = file_store.create(spec)
    with pytest.raises(kind) as caught:
        list(execute_run(file_store, folder, budget=FEW_WITH_PROBE))
    assert not folder.checkpoint.exists()
    status = folder.status()
    assert (status.status, status.reason) == ("failed", str(caught.value))
    if isinstance(caught.value, UserError):
        assert key_sentence(status.reason) == key_sentence(caught.value.sentence), "a page says it in its language"
    assert not (folder.path / "report.json").exists()
    return str(caught.value)


def test_a_start_that_will_not_do_fails_in_words(file_store: RunStore, done: RunFolder, tmp_path: Path) -> None:
    other = tiny_folder(tmp_path, words=(*GRAMMAR.words, "zebra"))
    sentence = failure_of(file_store, tiny_spec(init=str(other)), UserError)
    assert sentence == f"init={other}: its vocabulary is not that of the world things"
    assert "has no logit_bias" in failure_of(file_store, tiny_spec(init=done.run, loss="siglip"), UserError)
    assert "no such model here" in failure_of(file_store, tiny_spec(init="nothing"), ModelError)


def test_a_start_with_a_tokenizer_of_its_own_is_taken(file_store: RunStore, tmp_path: Path) -> None:
    words = ("[PAD]", "[EOS]", "[BOS]", "[UNK]", *reversed(GRAMMAR.words[4:]))
    tuned = run(file_store, tiny_spec(init=str(tiny_folder(tmp_path, words=words)), steps=1))
    clip = load_clip(tuned.run, find_run_model=file_store.find_run_model)
    assert clip.words is None
    assert [words[i] for i in clip.ids(CAPTIONS[:1])[0].tolist() if i > 3] == CAPTIONS[0].split()
    assert "untrained" not in tuned.report_json()["controls"]


@pytest.mark.slow
def test_the_sigmoid_loss_trains_a_bias(file_store: RunStore, tmp_path: Path) -> None:
    siglip = run(file_store, tiny_spec(init=str(tiny_folder(tmp_path, siglip=True)), loss="siglip", steps=1))
    assert weights_of(siglip)["logit_bias"].item() != -10
    assert run(file_store, tiny_spec(loss="siglip", steps=1)).report_json()["status"] == "finished"


@pytest.mark.parametrize(
    "changes",
    [{"train": {"steps": 0}}, {"train": {"no_such_field": 1}}, {"data": {"world": "mars"}}],
    ids=str,
)
def test_a_spec_that_is_wrong_on_disk_fails_and_does_not_stay_queued(
    file_store: RunStore, changes: dict[str, Any]
) -> None:
    folder = file_store.create(tiny_spec())
    (folder.path / "spec.json").write_text(json.dumps(changes))
    with pytest.raises(UserError):
        list(execute_run(file_store, folder, budget=FEW_WITH_PROBE))
    assert folder.status().status == "failed"
    assert folder.status().reason


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (KeyboardInterrupt(), "interrupted", "it was interrupted"),
        (SystemExit(1), "interrupted", "it was interrupted"),
        (Ended("the server stopped"), "interrupted", "the server stopped"),
        (MemoryError("x"), "failed", "there is not enough memory: lower batch_size or choose a smaller model"),
        (RuntimeError("a\nb"), "failed", "RuntimeError: a b"),
        (RuntimeError(), "failed", "RuntimeError"),
        (GeneratorExit(), "interrupted", "it was interrupted"),
    ],
    ids=["interrupt", "exit", "server", "memory", "lines", "wordless", "nobody goes on"],
)
def test_how_a_run_ends_is_written(file_store: RunStore, error: BaseException, status: str, reason: str) -> None:
    folder = file_store.create(tiny_spec())
    steps = execute_run(file_store, folder, budget=FEW_WITH_PROBE)
    next(steps)
    assert folder.status().status == "running"
    with pytest.raises(type(error)):
        steps.throw(error)
    assert folder.status().status == status
    assert folder.status().reason == reason
    assert not (folder.path / "claim").exists()
    assert folder.status().step == 1
    assert [record["step"] for record in folder.records()] == [1] and not (folder.path / "report.json").exists()


def diverging(loss: Callable[..., torch.Tensor], calls: int) -> Callable[..., torch.Tensor]:
    """`loss`, infinite from the given call on."""
    counted: list[int] = []

    def diverge(*arguments: Any) -> torch.Tensor:
        counted.append(1)
        return loss(*arguments) * (math.inf if len(counted) >= calls else 1)

    return diverge


def test_a_loss_that_is_no_number_is_told_with_what_to_do(file_store: RunStore) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "_loss", diverging(Trainer._loss, calls=2))
        sentence = failure_of(file_store, tiny_spec(learning_rate=0.1, steps=4), UserError)
    assert sentence == "learning_rate=0.1: the loss is not a number at step 2; give a lower one"


def test_a_run_in_other_hands_is_left_alone(file_store: RunStore) -> None:
    folder = file_store.create(tiny_spec(), is_claimed=True)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (folder.path / "claim").write_text(json.dumps(asdict(Process.of(other.pid))))
        with pytest.raises(UserError, match="another process executes it"):
            next(execute_run(file_store, folder, budget=FEW_WITH_PROBE))
        assert folder.status().status == "queued"
    list(execute_run(file_store, folder, budget=FEW_WITH_PROBE))
    assert folder.status().status == "finished"


@pytest.mark.slow
def test_a_stop_before_the_first_step_leaves_nothing_to_report(file_store: RunStore) -> None:
    folder = file_store.create(tiny_spec(), is_claimed=True)
    folder.request_stop()
    assert list(execute_run(file_store, folder, budget=FEW_WITH_PROBE)) == []
    assert (folder.status().status, folder.status().reason) == ("stopped", "stopped before its first step")
    folder.request_resume()
    list(execute_run(file_store, folder, budget=FEW_WITH_PROBE))
    assert folder.report_json()["status"] == "finished"


@pytest.mark.slow
@pytest.mark.parametrize("tune", ["all", "lora"])
def test_a_stopped_run_can_be_used_and_goes_on_as_if_nothing_had_been(
    file_store: RunStore, done: RunFolder, tune: str
) -> None:
    spec = tiny_spec(steps=6, tune=tune, init="scratch" if tune == "all" else done.run)
    whole, folder = run(file_store, spec), file_store.create(spec)
    for record in execute_run(file_store, folder, budget=FEW_WITH_PROBE):
        if record["step"] == 3:
            folder.request_stop()
    assert folder.status().status == "stopped" and "evaluation" in record
    assert (folder.report_json()["status"], folder.report_json()["budget"]["steps"]) == ("stopped", 4)
    assert weights_of(folder).keys() == weights_of(done).keys()
    report = encode(evaluate_model(folder.run, None, store=file_store, seed=0, count=COUNT, budget=FEW_WITH_PROBE))
    assert (report["run"], report["run_status"]) == (folder.run, "stopped")
    assert report["failed_to_train"] == folder.report_json()["failed_to_train"]
    folder.request_resume()
    assert [record["step"] for record in execute_run(file_store, folder, budget=FEW_WITH_PROBE)] == [5, 6]
    assert [r["loss"] for r in folder.records()] == [r["loss"] for r in whole.records()]
    same = ("metrics", "forms", "breakdown", "controls", "rates", "failed_to_train", "forgetting")
    assert {name: folder.report_json()[name] for name in same} == {name: whole.report_json()[name] for name in same}
    assert all(torch.equal(weight, weights_of(whole)[name]) for name, weight in weights_of(folder).items())
    assert folder.report_json()["budget"]["steps"] == 6


@pytest.fixture(scope="module")
def whole(file_store: RunStore) -> RunFolder:
    """A run of twelve steps that nothing interrupted."""
    return run(file_store, tiny_spec(steps=12))


@pytest.mark.slow
def test_a_run_interrupted_after_its_checkpoint_repeats_the_steps_since(file_store: RunStore, whole: RunFolder) -> None:
    folder = file_store.create(tiny_spec(steps=12))
    steps = execute_run(file_store, folder, budget=FEW_WITH_PROBE)
    while next(steps)["step"] < 8:
        pass
    steps.close()
    folder.request_resume()
    resumed = [record["step"] for record in execute_run(file_store, folder, budget=FEW_WITH_PROBE)]
    assert resumed == list(range(6, 13)), "after the evaluated step, which is saved"
    assert [r["loss"] for r in folder.records()] == [r["loss"] for r in whole.records()]
    elapsed = [record["elapsed_s"] for record in folder.records()]
    assert elapsed == sorted(elapsed)
    assert pair_answers.read_answers(folder.pairs) == pair_answers.read_answers(whole.pairs)
    steps_answered = [json.loads(line)["step"] for line in folder.pairs.read_text().splitlines()]
    assert steps_answered == list(folder.snapshot_steps()), "those after the checkpoint were dropped and asked again"


@pytest.mark.slow
def test_a_checkpoint_is_kept_until_its_run_is_finished(file_store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed in between leaves a run that goes on, instead of one that begins anew."""
    folder, remove = file_store.create(tiny_spec()), shutil.rmtree
    when_removed: list[str] = []

    def watched_remove(path: Path, *given: Any, **named: Any) -> None:
        if path == folder.checkpoint:
            when_removed.append(folder.status().status)
        remove(path, *given, **named)

    monkeypatch.setattr(shutil, "rmtree", watched_remove)
    list(execute_run(file_store, folder, budget=FEW_WITH_PROBE))
    assert when_removed == ["finished"] and not folder.checkpoint.exists()


def flip_bits(folder: RunFolder) -> None:
    path = folder.checkpoint / CHECKPOINT_FILE
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 4, len(content) // 2, len(content) // 120)[:30]:
        content[place] ^= 16
    path.write_bytes(content)


def lose_last_records(folder: RunFolder) -> None:
    folder.metrics.write_bytes(b"".join(folder.metrics.read_bytes().splitlines(keepends=True)[:3]))


@pytest.mark.slow
@pytest.mark.parametrize("damage", [flip_bits, lose_last_records])
def test_a_run_whose_checkpoint_is_damaged_or_later_than_its_records_begins_anew_and_says_so(
    file_store: RunStore, whole: RunFolder, damage: Callable[[RunFolder], None]
) -> None:
    folder = file_store.create(tiny_spec(steps=12))
    steps = execute_run(file_store, folder, budget=FEW_WITH_PROBE)
    while next(steps)["step"] < 8:
        pass
    steps.close()
    damage(folder)
    folder.set_status(imported=1.0, evaluated=2.0)
    folder.request_resume()
    resumed = execute_run(file_store, folder, budget=FEW_WITH_PROBE)
    first = next(resumed)["step"]
    assert first == 1 and folder.status().reason == "its checkpoint is damaged, so it began anew"
    assert folder.status().origin == "here" and folder.status().evaluated is None, "all of it is trained here now"
    assert [first, *(record["step"] for record in resumed)] == list(range(1, 13))
    assert [r["loss"] for r in folder.records()] == [r["loss"] for r in whole.records()]


def test_any_model_can_be_evaluated(file_store: RunStore, done: RunFolder) -> None:
    report = encode(evaluate_model(done.run, TWO_KINDS, store=file_store, seed=0, count=COUNT, budget=FEW_WITH_PROBE))
    for name in ("metrics", "forms", "controls"):
        assert report[name] == done.report_json()[name], "nothing is lost between training and disk"
    assert (report["status"], report["model"], report["spec"]) == ("evaluated", done.run, done.spec_record())
    assert report["data"]["attribute_kinds"] == ["color", "pattern"]
    plain = encode(evaluate_model(str(done.model), None, store=file_store, seed=1, count=COUNT, budget=FEW_WITH_PROBE))
    assert plain["forms"] == {"own": None, "complete": None, "bundle": None}
    assert plain["spec"] == done.spec_record()
    json.dumps([report, plain], allow_nan=False)


def test_what_a_model_was_trained_on_is_found_by_every_name_of_the_run(
    file_store: RunStore, done: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = RunSpec.from_json(done.spec_record())
    for name in (done.run, str(done.path), str(done.model), f"local-dir:{done.model}"):
        assert trained_spec(name, file_store) == spec, name
    for name in ("ViT-B-32/openai", "hf-hub:a/b", str(done.path.parent), "x" * 5000):
        assert trained_spec(name, file_store) is None, name
    monkeypatch.chdir(done.path)
    assert trained_spec("ViT-B-32", file_store) is None, "a name of another model, asked for inside of a run folder"
    assert trained_spec(".", file_store) == trained_spec("model", file_store) == spec


@pytest.mark.parametrize("text", ['{"data": ', "[]", '{"data": {"objects_in_image": 99}}'])
def test_a_broken_spec_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "spec.json").write_text(text)
    with pytest.raises(UserError) as caught:
        trained_spec(str(tmp_path), RunStore(tmp_path / "runs"))
    assert "\n" not in str(caught.value)
