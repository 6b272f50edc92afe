"""Every view of the registry on a run that is whole, missing or torn, and on hostile values, as it was recorded.

`python -m tests.record views` writes snapshots.json anew; an answer that agrees stays as it is.
What is asked are the labels of snapshots.json: a line `"swaps {\\"caption\\": \\"a bus\\"}": null` is a new question.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views import asked_models
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.oracles.compare import differences
from tests.oracles.record import outline_digests, replace_varying
from tests.oracles.store import KEY, fill_store, stopped_clock
from tests.own_worlds import SIX

RECORDED = Path(__file__).with_name("snapshots.json")
KINDS = ("missing", "torn", "whole")
TWO = ["a red bus and a blue car", "a blue bus and a red car"]
MARKUP, PATH, LONG = "<img src=x onerror=alert(1)>", "../../etc/passwd", "x" * 5000
CAPTIONS = 'caption,objects\na red bus and a blue car,"[""bus"", ""car""]"\na bus,"[""bus"", ""car""]"\n'


def cases(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """What is asked, by the labels of the recorded answers: the name of a view, and its values as JSON."""
    asked = (label.partition(" ") for label in json.loads(RECORDED.read_text())[kind])
    return [(name, json.loads(given)) for name, _, given in asked]


USUAL = dict(reversed([*cases("missing"), *cases("whole")]))
"""Values of each view: those of its first case."""


@contextmanager
def still_service(folder: Path) -> Iterator[Service]:
    """A store with a run in every state, at a moment that stands still; no model was asked a question before."""
    asked_models.MODEL_CACHE.clear()
    with stopped_clock(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("CPU_CORES", "2")
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        yield Service(store=RunStore(fill_store(folder / "runs")), settings=LOCAL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with still_service(tmp_path_factory.mktemp("views")) as still:
        yield still


def answer(service: Service, name: str, given: dict[str, Any]) -> Any:
    """What the view answers, of a job at its end; a refusal is its sentence, and any other error an error."""
    try:
        answer = entries()[name].answer(service, given)
        return list(answer)[-1] if entries()[name].kind == "job" else answer
    except UserError as error:
        return {"refused": str(error), "field": error.field}


def outline(name: str, reply: Any) -> Any:
    """The answer without words that have tests of their own, and what repeats as a digest or a sum."""
    if "refused" in reply:
        return reply
    if name in ("study", "line", "dots", "predict"):  # they grow with the evidence: test_evidence.py holds their values
        return [*sorted(reply), *sorted(reply.get("first") or ())]
    if name in ("chains", "open_questions"):  # of a sweep that is whole, and of the list of today
        return outline_digests(reply)
    if name == "catalog":
        del reply["mode"], reply["cells"]  # evidence grows
        names = {"presets": [each["name"] for each in reply["presets"]]}
        return {key: list(value) if isinstance(value, dict) else value for key, value in (reply | names).items()}
    if name in ("captions", "captions_placed"):
        return reply | {"measured": bool(reply["measured"])}  # it grows with the evidence
    if name == "run" and reply["listing"]:
        return reply | {"listing": outline_digests(reply["listing"])}
    if name == "inspect_steps":
        return reply | {
            "scenes": reply["scenes"] and [each["no_swap"] for each in reply["scenes"]],
            "steps": [_brief(each) for each in reply["steps"]],
        }
    if name in ("inspect_figures", "compare"):
        return reply | {"figures": {each: figure["sentence"] for each, figure in reply["figures"].items()}}
    if name == "inspect":
        numbers = [each for row in reply["cosines"] for each in row if each is not None]
        return reply | {"cosines": [len(numbers), sum(numbers)], "points": sorted(reply["points"])}
    return reply


def _brief(step: dict[str, Any]) -> dict[str, Any]:
    """A saved step with its cosines and its map as counts and sums."""
    known = [each for each in step["swapped"] if each is not None]
    points = {part: len(rows) for part, rows in step["points"].items()}
    return step | {"own": sum(step["own"]), "swapped": [len(known), sum(known)], "points": points}


def write_recordings(recorded: dict[str, dict[str, Any]]) -> str:
    """The recordings as JSON with a line for each answer."""
    parts = []
    for kind, answers in recorded.items():
        lines = [f" {json.dumps(label)}: {json.dumps(each, ensure_ascii=False, sort_keys=True)}"
                 for label, each in answers.items()]  # fmt: skip
        parts.append(f'"{kind}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def answers(kind: str, service: Service) -> dict[str, Any]:
    """What is answered now, by label, in the order of the record: a run that was stopped changes later answers."""
    outlines = {
        f"{name} {json.dumps(given)}": outline(name, answer(service, name, given)) for name, given in cases(kind)
    }
    plain = json.loads(json.dumps(replace_varying(outlines, service.store.root)))
    return {label: plain[label] for label in outlines}


def record() -> None:
    """Write snapshots.json; what agrees within the tolerance stays."""
    recorded = json.loads(RECORDED.read_text())
    with TemporaryDirectory() as folder, still_service(Path(folder)) as still:
        for kind in KINDS:
            old, now = recorded[kind], answers(kind, still)
            recorded[kind] = {
                label: each if list(differences(old.get(label), each, label)) else old[label]
                for label, each in now.items()
            }
    RECORDED.write_text(write_recordings(recorded))


@pytest.mark.parametrize("kind", KINDS)
def test_a_view_answers_as_recorded(kind: str, service: Service) -> None:
    recorded = json.loads(RECORDED.read_text())[kind]
    assert list(differences(recorded, answers(kind, service), kind)) == [], "python -m tests.record views writes it"


def test_every_view_that_others_may_ask_is_recorded() -> None:
    assert {name for name, each in entries().items() if each.is_public} <= set(USUAL)


# ---- A case of each view that can be read; those that need a model are in test_asking.py

WITH_MODEL = {
    "inspect_caption", "inspect_thousand", "score", "leaderboard", "bias", "unimodal_probes", "fetch_model",
    "benchmark_file",
}  # fmt: skip
Ask = Callable[..., Any]


@pytest.fixture
def ask(service: Service) -> Ask:
    """What a view answers: `ask(name, **values)`."""
    return lambda name, /, **given: answer(service, name, given)


def test_every_public_view_is_asked_below_or_with_a_model() -> None:
    asked = set(re.findall(r'\bask\("(\w+)"', Path(__file__).read_text()))
    assert {name for name, each in entries().items() if each.is_public} <= asked | WITH_MODEL


def test_what_there_is_to_choose_and_how_its_data_look(ask: Ask) -> None:
    assert "saliency_bias" in ask("catalog")["main"]
    reply = ask("scenes", preset="salient", overrides={"saliency_bias": 0.5}, count=2, size=32)
    assert [each["caption"] for each in reply] == ["a purple fish", "a green submarine"]
    levels = ask("samples", preset="salient", overrides={"world": "digits"})["caption_levels"]
    assert levels["counts"] == [0, 24, 0], "each caption gives one object its attribute"
    assert ask("facts", preset="salient")["measured"]["saliency_bias"]["value"] == 1.0
    words = [" ".join(word["text"] for word in picture["words"]) for picture in ask("pairs")[0]]
    assert words == ["a yellow submarine and a blue bus", "a blue submarine and a yellow bus"]


def test_a_training_is_planned_and_predicted_before_it_begins(ask: Ask) -> None:
    reply = ask("plan", preset="web-like")
    assert (reply["pairs"], reply["why_not"]) == (180 * 256, None)
    reply = ask("predict", preset="binding-friendly", overrides={"attribute_density": 0.9})
    assert (reply["dial"], reply["given"], reply["spec"]["data"]["attribute_density"]) == ("attribute_density", 0.9, 1)
    assert len(reply["seeds"]) >= 3 and "where attribute_density is 1 in place of 0.9" in reply["sentence"]


def test_captions_of_ones_own_are_swapped_counted_and_shuffled(ask: Ask) -> None:
    assert ask("swaps", caption=TWO[0])["swaps"] == [{"caption": TWO[1], "kind": "color"}]
    assert ask("captions", content=CAPTIONS)["attribute_density"]["value"] == 2 / 3, "red and blue, of bus, car and bus"
    assert ask("captions_placed", content=CAPTIONS)["counts"] == {"none": 1, "one": 0, "several": 1, "swapped": 1}
    assert sorted(ask("word_orders", captions=TWO)[0][0].split()) == ["a", "a", "and", "blue", "bus", "car", "red"]
    assert ask("never_read", models=["things-bound"], captions=["a red zebra"]) == {"things-bound": ["zebra"]}


def test_models_and_benchmarks_are_listed(ask: Ask) -> None:
    assert [each["name"] for each in ask("models", search="things-web")] == ["things-web"]
    assert len(ask("examples")["models"]) == 4
    assert ask("benchmarks")["benchmarks"]["winoground"]["reads"]


def test_a_model_is_looked_into_at_its_saved_steps(ask: Ask) -> None:
    reply = ask("inspect", name="things-web")["pairs"][0]
    assert reply["caption"] == "a pink cat and a purple tree" and reply["verdict"].startswith("Wrong, barely")
    assert [each["step"] for each in ask("inspect_steps", name="running")["steps"]] == [0, 2, 5]
    reply = ask("inspect_figures", name="finished", step=4)["figures"]["margins"]["sentence"]
    assert reply.startswith("The right caption is nearer than the swapped one for 23 of 42 images")


def test_a_run_is_read_listed_and_compared(ask: Ask) -> None:
    assert ask("run", name="finished")["run"]["title"] == "Tidy, changed, seed 0"
    assert [each["step"] for each in ask("run_status", run="finished", since_step=10)["records"]] == [11, 12]
    assert [each["run"] for each in ask("runs", words="imported")["runs"]] == ["imported"]
    assert ask("report", run="finished")["budget"]["steps"] == 12
    assert ask("compare", names=["finished", "another-seed"])["differs"] == [[{"field": "seed", "this": 0, "other": 1}]]
    alone = ask("run", name="finished", compare="gone-000000000000")
    assert (alone["run"]["title"], alone["compare"]) == ("Tidy, changed, seed 0", None), "the other one was deleted"
    assert "was trained here" in ask("evaluate_run", run="finished", owner_key=KEY)["refused"]


def test_a_run_is_started_stopped_resumed_and_deleted(ask: Ask) -> None:
    mine = {"run": ask("train", preset="salient", owner_key=KEY)["run"], "owner_key": KEY}
    assert ask("stop", **mine)["status"] == "stopped"
    assert ask("resume", **mine)["status"] == "queued"
    assert ask("stop", **mine)["status"] == "stopped"
    assert ask("delete", **mine)["status"] == "deleted"


def test_a_run_on_things_of_ones_own_gives_their_document(ask: Ask) -> None:
    assert ask("own_world", run="finished")["refused"].endswith("the built-in world things")
    mine = {"run": ask("train", preset="salient", world=SIX, owner_key=KEY)["run"], "owner_key": KEY}
    assert len(ask("own_world", run=mine["run"])["nouns"]) == 6
    reply = ask("run", name=mine["run"])
    assert reply["run"]["status"] == "queued"
    assert '"parts"' not in json.dumps(reply), "what is asked again and again has the name alone"
    assert [ask("stop", **mine)["status"], ask("delete", **mine)["status"]] == ["stopped", "deleted"]


def test_the_study_gives_its_findings_lines_and_trainings(ask: Ask) -> None:
    assert len(ask("study", claim="naming")["findings"]) == 5
    assert ask("line")["pace"] > 0
    begun = [each["name"] for each in ask("dots")["dots"]["sweeps"]]
    assert "loop" in begun and ask("chains", sweep="loop")["trainings"][0]["label"] == "down to 1"
    assert ask("chains", sweep="../line")["refused"] == f"sweep=../line: choose {', '.join([*begun, 'torch'])}"
    assert len(ask("open_questions")["questions"]) == 3


HOSTILE: list[Any] = [MARKUP, PATH, LONG, "\x00", "", -1, 2**70, 1.5, True, None, [], {}, [[1]], {"a": {}}, ["\n"] * 40]


@pytest.mark.parametrize("name", sorted(USUAL))
def test_a_hostile_value_is_one_short_sentence_or_an_answer(name: str, service: Service) -> None:
    """Each parameter in turn holds what no page sends; no model is loaded for it, and no key is quoted."""
    entry = entries()[name]
    for parameter in entry.parameters:
        for value in HOSTILE:
            if entry.kind == "act" and name != "train" and parameter == "owner_key" and value in (None, ""):
                continue
            said = answer(service, name, {**USUAL[name], parameter: value})
            if isinstance(said, dict) and "refused" in said:
                sentence = said["refused"]
                assert "\n" not in sentence and len(sentence) < 700 and "\x00" not in sentence, (parameter, value)
                assert parameter != "owner_key" or str(value)[:20] not in sentence or len(str(value)) < 8


@pytest.mark.slow
def test_other_names_and_missing_values_are_sentences(service: Service) -> None:
    with pytest.raises(UserError, match="^color: swaps takes caption, kinds, corrections$"):
        entries()["swaps"].answer(service, {"caption": "a bus", "color": 1})
    with pytest.raises(UserError, match="^caption: swaps needs it$"):
        entries()["swaps"].answer(service, {})
