"""Every view of the registry on a run that is whole, missing or torn, and on hostile values, as it was recorded.

SNAPSHOTS=write pytest tests/unit/views/test_views.py      # records snapshots.json anew; read the difference
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views import questions as probing
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.oracles.compare import differences
from tests.oracles.record import cleaned, outlined
from tests.oracles.store import KEY, STATES, fill_store, stopped_clock

RECORDED = Path(__file__).with_name("snapshots.json")
TWO = ["a red bus and a blue car", "a blue bus and a red car"]
MARKUP, PATH, LONG = "<img src=x onerror=alert(1)>", "../../etc/passwd", "x" * 5000
CAPTIONS = 'caption,objects\na red bus and a blue car,"[""bus"", ""car""]"\na bus,"[""bus"", ""car""]"\n'
DAMAGED = [state for state in STATES if state.startswith(("damaged", "torn", "old"))]

WHOLE: list[tuple[str, dict[str, Any]]] = [
    ("catalog", {}),
    ("scenes", {"preset": "salient", "overrides": {"saliency_bias": 0.5}, "count": 2, "size": 32}),
    ("samples", {"preset": "salient", "overrides": {"world": "digits"}, "start": 23}),
    ("facts", {"preset": "salient", "overrides": {"hard_negatives": 0.5}}),
    ("plan", {"preset": "web-like"}),
    ("predict", {"preset": "binding-friendly"}),
    ("predict", {"preset": "web-like", "overrides": {"attribute_density": 1}}),
    ("predict", {"preset": "web-like"}),
    ("plan", {"preset": "salient", "overrides": {"steps": 10**6, "batch_size": 4096, "init": "finished"}}),
    ("pairs", {}),
    ("captions", {"content": CAPTIONS, "doctor": True}),
    *(("run", {"name": state, "owner_key": KEY}) for state in ("finished", "running", "queued", "failed")),
    ("run", {"name": "finished", "have": 3, "compare": "things-web"}),
    ("run", {}),
    ("run_status", {"run": "finished", "since_step": 10}),
    ("runs", {"words": "finished", "owner_key": KEY}),
    ("report", {"run": "finished"}),
    ("report", {"run": "things-web"}),
    ("compare", {"names": ["finished", "another-seed"]}),
    ("compare", {"names": ["finished", "another-seed"], "metric": "recognition_accuracy"}),
    ("compare", {"names": ["finished", "another-seed", "running"], "figures": True}),
    ("compare", {"names": ["running"], "figures": True}),
    ("runs", {"words": "running", "owner_key": KEY}),
    ("runs", {"words": "resumed"}),
    ("inspect", {"name": "finished", "step": 5}),
    ("inspect", {"name": "things-web"}),
    ("inspect_steps", {"name": "running"}),
    ("inspect_steps", {"name": "finished", "form": "own", "have": 2}),
    ("inspect_steps", {"name": "things-web"}),
    ("inspect_figures", {"name": "finished", "step": 4, "scene": 20}),
    ("inspect_figures", {"name": "running"}),
    ("models", {"search": "things"}),
    ("swaps", {"caption": "a red bus and a blue car"}),
    ("swaps", {"caption": "a red bus and a blue car", "corrections": {"off": [2]}}),
    ("word_orders", {"captions": ["a red bus and a blue car", "a blue bus and a red car"]}),
    ("never_read", {"models": ["things-bound"], "captions": ["a zebra and a blue car"]}),
    ("examples", {}),
    ("captions_placed", {"content": CAPTIONS}),
    ("benchmarks", {}),
    ("study", {}),
    ("line", {}),
    ("effects", {}),
    ("claim", {"claim": "naming"}),
    ("claim", {"claim": "density", "form": "own", "mine": "finished", "owner_key": KEY}),
    ("train", {"preset": "salient", "steps": 12, "owner_key": KEY}),
    ("stop", {"run": "running", "owner_key": KEY}),
    ("resume", {"run": "stopped", "owner_key": KEY}),
    ("delete", {"run": "failed", "owner_key": KEY}),
]
MISSING: list[tuple[str, dict[str, Any]]] = [
    ("scenes", {"preset": "nothing", "overrides": {}}),
    ("samples", {"preset": "nothing"}),
    ("facts", {"preset": "salient", "overrides": {"steps": 0}}),
    ("plan", {"preset": "nothing"}),
    ("plan", {"preset": "salient", "overrides": {"init": "nothing", "tune": "lora"}}),
    ("pairs", {"world": "nothing"}),
    ("captions", {"content": ""}),
    ("run", {"name": "nothing", "compare": "nothing"}),
    ("run_status", {"run": "nothing"}),
    ("runs", {"words": "nothing"}),
    ("report", {"run": "running"}),
    ("compare", {"names": ["finished"]}),
    ("compare", {"names": ["finished", "queued"]}),
    ("inspect", {"name": "queued"}),
    ("inspect_steps", {"name": "queued"}),
    ("inspect_steps", {"name": "nothing"}),
    ("inspect_figures", {"name": "queued"}),
    ("inspect_caption", {"name": "running", "scene": 1, "caption": "a red bus"}),
    ("models", {"search": "nothing at all"}),
    ("swaps", {"caption": "a bus"}),
    ("swaps", {"caption": "a red bus", "corrections": {"off": "x"}}),
    ("word_orders", {"captions": []}),
    ("never_read", {"models": ["nothing"], "captions": ["a red bus"]}),
    ("fetch_model", {"model": "nothing"}),
    ("captions_placed", {"content": "", "curve": "nothing"}),
    ("benchmark_file", {"name": "nothing", "path": "/nothing", "model": "things-bound"}),
    ("benchmark_file", {"name": "table", "path": "/nothing", "model": "things-bound"}),
    ("study", {"claim": "nothing"}),
    ("claim", {"claim": "nothing"}),
    ("claim", {"claim": "correlation"}),
    ("claim", {"claim": "density", "form": "bundle"}),
    ("claim", {"claim": "density", "metric": "margin"}),
    ("train", {"preset": "salient", "init": "nothing"}),
    ("stop", {"run": "finished", "owner_key": KEY}),
    ("resume", {"run": "failed", "owner_key": KEY}),
    ("delete", {"run": "running", "owner_key": KEY}),
    ("score", {"model": "nothing", "images": [MARKUP], "captions": ["a"]}),
    ("leaderboard", {"models": []}),
    ("bias", {"model": "nothing"}),
    ("unimodal_probes", {"model": "nothing"}),
]
TORN = [
    *((name, {key: state}) for state in DAMAGED for name, key in (
        ("run", "name"), ("run_status", "run"), ("report", "run"), ("inspect", "name"),
        ("inspect_steps", "name"), ("inspect_figures", "name"))),
    ("runs", {"words": "damaged"}),
    *(("compare", {"names": ["finished", state]}) for state in DAMAGED),
    *(("stop", {"run": state, "owner_key": KEY}) for state in DAMAGED),
]  # fmt: skip

ASKED = {name for name, _ in (*WHOLE, *MISSING)}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A store with a run in every state, at a moment that stands still; no model was asked a question before."""
    probing.MODELS.clear()
    with stopped_clock(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("CPU_CORES", "2")
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        yield Service.of(RunStore(fill_store(tmp_path_factory.mktemp("views") / "runs")), LOCAL)


def answer(here: Service, name: str, given: dict[str, Any]) -> Any:
    """What the view answers, of a job at its end; a refusal is its sentence, and any other error an error."""
    try:
        found = entries()[name].answer(here, given)
        return list(found)[-1] if entries()[name].kind == "job" else found
    except UserError as error:
        return {"refused": str(error), "field": error.field}


def outline(name: str, found: Any) -> Any:
    """The answer without words that have tests of their own, and what repeats as a digest or a sum."""
    if "refused" in found:
        return found
    if name in ("study", "claim", "line", "effects"):  # evidence grows, and has tests of its own
        return [*sorted(found), *sorted(found.get("first") or ())]
    if name == "catalog":
        del found["sweeps"], found["mode"], found["grid"]  # evidence grows
        names = {"presets": [each["name"] for each in found["presets"]]}
        return {key: list(value) if isinstance(value, dict) else value for key, value in (found | names).items()}
    if name == "run" and found["listing"]:
        return found | {"listing": outlined(found["listing"])}
    if name == "inspect_steps":
        return found | {
            "scenes": found["scenes"] and [each["no_swap"] for each in found["scenes"]],
            "steps": [_brief(each) for each in found["steps"]],
        }
    if name in ("inspect_figures", "compare"):
        return found | {"figures": {each: figure["sentence"] for each, figure in found["figures"].items()}}
    if name == "inspect":
        numbers = [each for row in found["cosines"] for each in row if each is not None]
        return found | {"cosines": [len(numbers), sum(numbers)], "points": sorted(found["points"])}
    return found


def _brief(step: dict[str, Any]) -> dict[str, Any]:
    """A saved step with its cosines and its map as counts and sums."""
    known = [each for each in step["swapped"] if each is not None]
    points = {part: len(rows) for part, rows in step["points"].items()}
    return step | {"own": sum(step["own"]), "swapped": [len(known), sum(known)], "points": points}


def written(recorded: dict[str, dict[str, Any]]) -> str:
    """The recordings as JSON with a line for each answer."""
    parts = []
    for kind, answers in sorted(recorded.items()):
        lines = [
            f" {json.dumps(label)}: {json.dumps(each, ensure_ascii=False, sort_keys=True)}"
            for label, each in sorted(answers.items())
        ]
        parts.append(f'"{kind}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


@pytest.mark.parametrize(("kind", "asked"), [("missing", MISSING), ("torn", TORN), ("whole", WHOLE)])
def test_a_view_answers_as_recorded(kind: str, asked: list[tuple[str, dict[str, Any]]], here: Service) -> None:
    found = {f"{name} {json.dumps(given)[:200]}": outline(name, answer(here, name, given)) for name, given in asked}
    found = json.loads(json.dumps(cleaned(found, here.store.root)))
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    if os.environ.get("SNAPSHOTS") == "write":
        RECORDED.write_text(written(recorded | {kind: found}))
        return
    assert list(differences(recorded[kind], found, kind)) == []


def test_every_view_that_others_may_ask_is_recorded() -> None:
    assert {name for name, each in entries().items() if each.is_public} <= ASKED


# ---- One case of each view that can be read; those that need a model are in test_asking.py and tools/test_analysis.py

WITH_MODEL = {"inspect_caption", "score", "leaderboard", "bias", "unimodal_probes", "fetch_model", "benchmark_file"}


def test_each_view_in_a_case_that_can_be_read(here: Service) -> None:
    asked: set[str] = set()

    def ask(name: str, /, **given: Any) -> Any:
        asked.add(name)
        return answer(here, name, given)

    # What there is to choose, and what a data set looks like.
    assert "saliency_bias" in ask("catalog")["main"]
    found = ask("scenes", preset="salient", overrides={"saliency_bias": 0.5}, count=2, size=32)
    assert [each["caption"] for each in found] == ["a purple fish", "a green submarine"]
    told = ask("samples", preset="salient", overrides={"world": "digits"})["told"]
    assert told["counts"] == [0, 24, 0], "each caption gives one object its attribute"
    assert ask("facts", preset="salient")["measured"]["saliency_bias"]["value"] == 1.0
    words = [" ".join(word["text"] for word in picture["words"]) for picture in ask("pairs")[0]]
    assert words == ["a yellow submarine and a blue bus", "a blue submarine and a yellow bus"]
    # A training before it begins.
    found = ask("plan", preset="web-like")
    assert (found["pairs"], found["why_not"]) == (180 * 256, None)
    assert ask("predict", preset="binding-friendly")["sentence"].startswith("Expected to bind after 15,746 pairs")
    # Captions of one's own.
    assert ask("swaps", caption=TWO[0])["swaps"] == [{"caption": TWO[1], "kind": "color"}]
    assert ask("captions", content=CAPTIONS)["attribute_density"]["value"] == 2 / 3, "red and blue, of bus, car and bus"
    assert ask("captions_placed", content=CAPTIONS)["counts"] == {"none": 1, "one": 0, "several": 1, "swapped": 1}
    assert sorted(ask("word_orders", captions=TWO)[0][0].split()) == ["a", "a", "and", "blue", "bus", "car", "red"]
    assert ask("never_read", models=["things-bound"], captions=["a red zebra"]) == {"things-bound": ["zebra"]}
    # Models.
    assert [each["name"] for each in ask("models", search="things-web")] == ["things-web"]
    assert len(ask("examples")["models"]) == 4
    assert ask("benchmarks")["benchmarks"]["winoground"]["reads"]
    found = ask("inspect", name="things-web")["pairs"][0]
    assert found["caption"] == "a pink cat and a purple tree" and found["verdict"].startswith("Wrong, barely")
    assert [each["step"] for each in ask("inspect_steps", name="running")["steps"]] == [0, 2, 5]
    found = ask("inspect_figures", name="finished", step=4)["figures"]["margins"]["sentence"]
    assert found.startswith("The right caption is nearer than the swapped one for 23 of 42 images")
    # Runs.
    assert ask("run", name="finished")["run"]["label"] == "Tidy, changed, seed 0"
    assert [each["step"] for each in ask("run_status", run="finished", since_step=10)["records"]] == [11, 12]
    assert [each["run"] for each in ask("runs", words="imported")["runs"]] == ["imported"]
    assert ask("report", run="finished")["budget"]["steps"] == 12
    assert ask("compare", names=["finished", "another-seed"])["differs"] == [[{"field": "seed", "this": 0, "other": 1}]]
    # The study.
    assert len(ask("study", claim="naming")["findings"]) == 5
    assert "density" in ask("effects")["claims"] and ask("line")["pace"] > 0
    assert ask("claim", claim="naming")["claim"].startswith("Captions of two objects")
    # A run is started, stopped, resumed, and removed.
    mine = {"run": ask("train", preset="salient", owner_key=KEY)["run"], "owner_key": KEY}
    assert [ask(name, **mine)["status"] for name in ("stop", "resume", "stop", "delete")] == [
        "stopped", "queued", "stopped", "deleted",
    ]  # fmt: skip
    public = {name for name, each in entries().items() if each.is_public}
    assert public <= asked | WITH_MODEL


HOSTILE: list[Any] = [MARKUP, PATH, LONG, "\x00", "", -1, 2**70, 1.5, True, None, [], {}, [[1]], {"a": {}}, ["\n"] * 40]


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_hostile_value_is_one_short_sentence_or_an_answer(name: str, here: Service) -> None:
    """Each parameter in turn holds what no page sends; no model is loaded for it, and no key is quoted."""
    entry = entries()[name]
    usual = next(given for asked, given in (*MISSING, *WHOLE) if asked == name)
    for parameter in entry.parameters:
        for value in HOSTILE:
            if entry.kind == "act" and name != "train" and parameter == "owner_key" and value in (None, ""):
                continue
            said = answer(here, name, {**usual, parameter: value})
            if isinstance(said, dict) and "refused" in said:
                sentence = said["refused"]
                assert "\n" not in sentence and len(sentence) < 700 and "\x00" not in sentence, (parameter, value)
                assert parameter != "owner_key" or str(value)[:20] not in sentence or len(str(value)) < 8


def test_other_names_and_missing_values_are_sentences(here: Service) -> None:
    with pytest.raises(UserError, match="^color: swaps takes caption, kinds, corrections$"):
        entries()["swaps"].answer(here, {"caption": "a bus", "color": 1})
    with pytest.raises(UserError, match="^caption: swaps needs it$"):
        entries()["swaps"].answer(here, {})
