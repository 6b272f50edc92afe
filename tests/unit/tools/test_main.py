"""The commands as a person and a script use them: documents on stdout, logs on stderr, bad input in one sentence."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.cli import main
from explorer.presets import PRESETS
from explorer.spec import DIALS, DataSpec
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.unit.toys import tiny_folder, use_tiny_configs

ROOT = Path(__file__).resolve().parents[3]
WEB = ["--preset", "web-like"]


class Shell:
    """Runs commands in this process and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: Any) -> tuple[int, str, str]:
        """(exit status, stdout, stderr)."""
        status: Any = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as left:
            status = left.code
        printed = self._capsys.readouterr()
        return int(status or 0), printed.out, printed.err

    def document(self, *arguments: Any) -> tuple[dict[str, Any], str]:
        """The JSON document of a command that works, and stderr."""
        status, out, err = self(*arguments, "--json")
        assert status == 0, err
        return json.loads(out.splitlines()[-1]), err


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to stand in, with the runs in it."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    yield tmp_path


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def python(*arguments: Any, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A fresh Python, in the folder where the test stands."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
    )


# --- scenes and measure ---


def test_scenes_are_written_and_measured_back(shell: Shell) -> None:
    written, err = shell.document(
        "scenes", *WEB, "--set", "saliency_bias=0.5", "--count", 300, "--size", 16, "--out", "w"
    )
    assert err == "" and written["count"] == 300 and written["folder"] == str(Path("w").resolve())
    assert written["spec"]["data"]["saliency_bias"] == 0.5
    measured, err = shell.document("measure", "w")
    assert err == "" and set(measured) == set(written["spec"]["data"])
    for dial in ("saliency_bias", "attribute_density", "caption_completeness", "objects_in_image"):
        assert measured[dial]["low"] <= written["spec"]["data"][dial] <= measured[dial]["high"]
    assert measured["attribute_kinds"]["value"] == ["color", "pattern", "tilt"]


def test_the_folder_holds_what_was_asked_for(shell: Shell) -> None:
    shell.document("scenes", "--preset", "one-object", "--count", 3, "--size", 32, "--seed", 7, "--out", "deep/er")
    lines = [json.loads(line) for line in Path("deep/er/metadata.jsonl").read_text().splitlines()]
    assert [line["file_name"] for line in lines] == ["000000.png", "000001.png", "000002.png"]
    assert all(np.asarray(Image.open(Path("deep/er") / line["file_name"])).shape == (32, 32, 3) for line in lines)
    assert all(line["swapped_caption"] is None and len(line["objects"]) == 1 for line in lines)


def captions_in(folder: str) -> list[str]:
    return [json.loads(line)["caption"] for line in Path(folder, "metadata.jsonl").read_text().splitlines()]


def test_a_seed_is_an_option(shell: Shell) -> None:
    for folder, given in (("a", []), ("b", ["--seed", 3]), ("c", ["--seed", 3]), ("d", ["--seed", 0])):
        written, _ = shell.document("scenes", *WEB, *given, "--size", 16, "--out", folder)
        assert written["seed"] == written["spec"]["train"]["seed"] == (3 if folder in "bc" else 0)
    assert captions_in("a") == captions_in("d") != captions_in("b") == captions_in("c")


def test_without_json_a_sentence_and_a_table_are_printed(shell: Shell) -> None:
    status, out, err = shell("scenes", *WEB, "--count", 2, "--size", 16, "--out", "w")
    assert (status, err) == (0, "") and out.startswith(f"folder: {Path('w').resolve()}\ncount: 2\n")
    status, out, err = shell("measure", "w")
    assert (status, err) == (0, "") and "saliency_bias" in out and "95 % interval" in out


def test_the_last_of_two_equal_fields_counts(shell: Shell) -> None:
    written, _ = shell.document(
        "scenes", *WEB, "--set", "saliency_bias=0.1", "--set", " saliency_bias = 1/4", "--seed", 5,
        "--size", 16, "--out", "w",
    )  # fmt: skip
    assert written["spec"]["data"]["saliency_bias"] == 0.25 and written["seed"] == 5


# --- bad input ---

OUT = ["--out", "w"]
BAD: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "no command": ([], ("COMMAND", "--help")),
    "unknown command": (["frobnicate"], ("frobnicate", "scenes", "evaluate")),
    "unknown option": (["scenes", *WEB, *OUT, "--color", "red"], ("--color",)),
    "no preset": (["scenes", *OUT], ("--preset",)),
    "no out": (["scenes", *WEB], ("--out",)),
    "unknown preset": (["scenes", "--preset", "webby", *OUT], ("preset=webby", "tidy")),
    "unknown field": (["scenes", *WEB, *OUT, "--set", "color=red"], ("color", "saliency_bias")),
    "a field alone": (["scenes", *WEB, *OUT, "--set", "foo"], ("foo", "field=value")),
    "a field of no name": (["scenes", *WEB, *OUT, "--set", "=3"], ("--set =3", "field=value")),
    "training without training": (["scenes", *WEB, *OUT, "--set", "learning_rate=1"], ("learning_rate=1", "train")),
    "hard negatives in scenes": (["scenes", *WEB, *OUT, "--set", "hard_negatives=1"], ("hard_negatives=1", "train")),
    "a seed as a field": (["scenes", *WEB, *OUT, "--set", "seed=3"], ("seed=3", "--seed")),
    "training in evaluation": (["evaluate", "x", *WEB, "--set", "steps=1"], ("steps=1", "train", "saliency_bias")),
    "a seed as a field of evaluation": (["evaluate", "x", *WEB, "--set", "seed=3"], ("seed=3", "--seed")),
    "out is nothing": (["scenes", *WEB, "--out", ""], ("--out", "names no folder")),
    "out is blank": (["scenes", *WEB, "--out", " "], ("--out", "names no folder")),
    "nothing named to measure": (["measure", ""], ("names no folder",)),
    "runs are nothing": (["train", *WEB, "--runs", ""], ("--runs", "names no folder")),
    "a line that is a list": (["measure", "listed"], ("line 1", "[1, 2]", "JSON object")),
    "a folder of no path": (["evaluate", "local-dir:"], ("model=local-dir:", "path of a folder")),
    "a repository of no name": (["evaluate", "hf-hub:a/b/c"], ("model=hf-hub:a/b/c", "ORG/REPO")),
    "a revision that climbs": (["evaluate", "hf-hub:a/b@../c"], ("model=hf-hub:a/b@../c", "a branch")),
    "no model": (["evaluate", "nope"], ("model=nope", "ARCH/TAG")),
    "beyond the range": (["scenes", *WEB, *OUT, "--set", "saliency_bias=1.7"], ("saliency_bias=1.7", "0 to 1")),
    "a huge number": (["train", *WEB, "--set", "batch_size=1e99"], ("batch_size=1e99", "16 to 4096")),
    "no number": (["train", *WEB, "--set", "batch_size=nan"], ("batch_size=nan", "16 to 4096")),
    "too little said": (
        ["scenes", *WEB, *OUT, "--set", "caption_completeness=0.1"],
        ("caption_completeness=0.1", "0.25 to 1"),
    ),
    "too little said for two": (
        ["scenes", "--preset", "salient", *OUT, "--set", "caption_completeness=0.3"],
        ("caption_completeness=0.3", "1/2 to 1"),
    ),
    "no such kind": (["scenes", *WEB, *OUT, "--set", "attribute_kinds=smell"], ("attribute_kinds=smell", "color")),
    "negative count": (["scenes", *WEB, *OUT, "--count", "-5"], ("count=-5", "1 to 1000000")),
    "count in words": (["scenes", *WEB, *OUT, "--count", "ten"], ("count=ten", "whole number")),
    "odd size": (["scenes", *WEB, *OUT, "--size", "63"], ("size=63", "even")),
    "negative seed": (["scenes", *WEB, *OUT, "--seed", "-1"], ("seed=-1", "0 to 2147483647")),
    "out is a file": (["scenes", *WEB, "--out", "file"], ("out=file", "folder")),
    "out is below a file": (["scenes", *WEB, "--out", "file/w"], ("out=file/w",)),
    "out holds other things": (["scenes", *WEB, "--out", "full"], ("out=full", "empty folder")),
    "out has a long name": (["scenes", *WEB, "--out", "w" * 3000], ("out=",)),
    "nothing to measure": (["measure", "nowhere"], ("folder=nowhere", "does not exist", "scenes")),
    "a file to measure": (["measure", "file"], ("folder=file", "is a file")),
    "a long name to measure": (["measure", "w" * 3000], ("folder=",)),
    "damaged data": (["measure", "broken"], ("line 1", "JSON")),
    "no steps": (["train", *WEB, "--steps", "0"], ("steps=0", "1 to 1000000")),
    "no such tuning": (
        ["train", *WEB, "--tune", "prompt"],
        ("tune=prompt", "all or text or image or lora or text-map"),
    ),
    "lora of fresh weights": (["train", *WEB, "--tune", "lora"], ("tune=lora", "trained from scratch")),
    "part of fresh weights": (["train", *WEB, "--tune", "text"], ("tune=text", "all")),
    "a start of nothing": (["train", *WEB, "--init", ""], ("init=",)),
    "a start that is not there": (["train", *WEB, "--init", "nothing"], ("init=nothing", "run id")),
    "runs cannot be written": (["train", *WEB, "--runs", "file/runs"], ("runs=file/runs", "folder")),
    "runs are a file": (["train", *WEB, "--runs", "file"], ("runs=file", "folder")),
    "a path that climbs": (["evaluate", "../../nope"], ("model=../../nope", "run id")),
    "an empty folder": (["evaluate", "empty"], ("model=empty", "open_clip_config.json")),
    "a model of no name": (["evaluate", ""], ("model=",)),
    "a field without preset": (["evaluate", "x", "--set", "saliency_bias=1"], ("saliency_bias=1", "--preset")),
    "few scenes": (["evaluate", "x", "--count", "0"], ("count=0", "10 to 100000")),
    "few scenes after training": (["train", *WEB, "--evaluation-count", "9"], ("evaluation_count=9", "10 to 20000")),
    "a seed of scenes": (["train", *WEB, "--evaluation-seed", "-1"], ("evaluation_seed=-1", "0 to 2147483647")),
    "an evaluation seed": (["evaluate", "x", "--seed", "1.5"], ("seed=1.5", "whole number")),
}


@pytest.fixture
def clutter(elsewhere: Path) -> Path:
    """A file, and folders that are empty, full of other things, and damaged."""
    (elsewhere / "file").write_text("text")
    (elsewhere / "empty").mkdir()
    for folder, name in (("full", "thesis.docx"), ("broken", "metadata.jsonl")):
        (elsewhere / folder).mkdir()
        (elsewhere / folder / name).write_text("mine\n")
    (elsewhere / "listed").mkdir()
    (elsewhere / "listed" / "metadata.jsonl").write_text("[1,2]\n")
    return elsewhere


@pytest.mark.usefixtures("clutter")
@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_in_one_sentence(name: str, shell: Shell) -> None:
    arguments, words = BAD[name]
    status, out, err = shell(*arguments)
    assert (status, out) == (2, ""), err
    assert err.endswith("\n") and err.count("\n") == 1 and "Traceback" not in err
    assert all(word in err for word in words), err
    assert len(err) < 500, "a person reads it"


LONG = "y" * 5000
LONG_INPUT = [
    [LONG],
    ["scenes", "--preset", LONG, *OUT],
    ["scenes", *WEB, *OUT, LONG],
    ["scenes", *WEB, "--out", f"file/{LONG}"],
    ["scenes", *WEB, "--out", "./" * 1500 + "full"],
    ["scenes", *WEB, *OUT, "--set", LONG],
    ["scenes", *WEB, *OUT, "--set", f"{LONG}=1"],
    ["scenes", *WEB, *OUT, "--set", f"world={LONG}"],
    ["scenes", *WEB, *OUT, "--count", LONG],
    ["measure", LONG],
    ["measure", "./" * 1500 + "broken"],
    ["evaluate", LONG],
    ["evaluate", f"{LONG}/{LONG}"],
    ["evaluate", f"local-dir:{LONG}"],
    ["evaluate", f"hf-hub:{LONG}"],
    ["train", *WEB, "--init", LONG],
]


@pytest.mark.usefixtures("clutter")
@pytest.mark.parametrize("arguments", LONG_INPUT, ids=lambda arguments: " ".join(each[:12] for each in arguments))
def test_a_long_value_is_not_echoed_whole(arguments: list[str], shell: Shell) -> None:
    status, out, err = shell(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert len(err) < 500


def test_bad_input_leaves_nothing_behind(clutter: Path, shell: Shell) -> None:
    before = sorted(path.relative_to(clutter) for path in clutter.rglob("*"))
    for arguments, _ in BAD.values():
        assert shell(*arguments)[0] == 2
    assert sorted(path.relative_to(clutter) for path in clutter.rglob("*")) == before
    assert (clutter / "full" / "thesis.docx").read_text() == "mine\n"


@pytest.mark.parametrize(
    "name",
    ["unknown preset", "beyond the range", "no command", pytest.param("an empty folder", marks=pytest.mark.slow)],
)
def test_bad_input_to_a_process_exits_with_two(name: str, clutter: Path) -> None:
    done = python("-m", "explorer", *BAD[name][0])
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert all(word in done.stderr for word in BAD[name][1])


# --- as processes ---


def test_a_script_gets_json_on_stdout_and_nothing_else() -> None:
    done = python("-m", "explorer", "scenes", *WEB, "--count", 5, "--size", 16, *OUT, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == json.loads(done.stdout.splitlines()[-1])
    done = python("-m", "explorer", "measure", "w", "--json")
    assert (done.returncode, done.stderr) == (0, "") and json.loads(done.stdout)["objects_in_image"]["value"] == 4


def test_data_commands_import_no_torch() -> None:
    code = f"""
import sys
from explorer.cli import main
main(["scenes", "--preset", "web-like", "--count", "2", "--size", "16", "--out", "w"])
main(["measure", "w"])
print(sorted({{"torch", "open_clip", "transformers", "sklearn", "pandas", "gradio"}} & set(sys.modules)))
assert {str(ROOT)!r} in sys.path
"""
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "command", [["evaluate", "nope"], ["evaluate", "."], ["train", *WEB, "--init", "nope"]], ids=str
)
def test_a_name_that_cannot_be_a_model_is_told_before_torch_is_loaded(command: list[str]) -> None:
    code = f"""
import sys
from explorer.cli import main
try:
    main({command!r})
except SystemExit as left:
    print(left.code, "torch" in sys.modules)
"""
    done = python("-c", code)
    assert done.stdout.split() == ["2", "False"], done.stderr


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m explorer scenes --help | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("Usage: python -m explorer scenes")


# --- help ---


@pytest.mark.parametrize("command", ["scenes", "train", "evaluate"])
def test_help_names_every_preset_and_the_fields_of_the_command(command: str, shell: Shell) -> None:
    status, out, err = shell(command, "--help")
    assert (status, err) == (0, "")
    words = " ".join(out.split())
    named = {name for name in DIALS if f"\n  {name}\n" in out}
    assert named == (set(DIALS) if command == "train" else {field.name for field in fields(DataSpec)})
    assert all(f"\n  {name}\n" in out and found.sentence in words for name, found in PRESETS.items())
    assert all(DIALS[name].help in words for name in named)
    assert "(0.25 to 1)" in words and "(fixed or mixed)" in words
    assert ("(16 to 4096)" in words and "(1e-07 to 0.1)" in words) == (command == "train")


def test_help_lists_the_commands(shell: Shell) -> None:
    status, out, _ = shell("--help")
    assert status == 0 and "python -m explorer" in out
    assert all(command in out for command in ("scenes", "measure", "train", "evaluate"))


# --- views ---


@pytest.mark.parametrize(
    ("line", "name", "given"),
    [
        ("plan salient --set steps=30", "plan", {"preset": "salient", "overrides": {"steps": 30}}),
        ("plan --preset salient", "plan", {"preset": "salient"}),
        ("inspect things-web", "inspect", {"name": "things-web"}),
        ("claim naming", "claim", {"claim": "naming"}),
        ("study naming", "study", {"claim": "naming"}),
        ("catalog", "catalog", {}),
        ("swaps 'a red bus and a blue car' --kinds color", "swaps", {"caption": "a red bus and a blue car"}),
    ],
)
def test_a_view_is_a_command(line: str, name: str, given: dict[str, Any], shell: Shell) -> None:
    document, err = shell.document(*shlex.split(line))
    assert err == "" and document == entries()[name].answer(Service.here(), given)


def test_a_view_that_is_asked_wrongly_is_one_sentence(shell: Shell) -> None:
    for line, words in (
        ("inspect", "--name is required"),
        ("inspect things-web --step many", "step=many: give a whole number"),
        ("inspect things-web --form odd", "canonical"),
        ("compare one", "there is no such run here"),
        ("plan salient --set steps=x", "steps=x"),
        ("claim nothing", "claim=nothing"),
    ):
        status, out, err = shell(*line.split())
        assert (status, out, err.count("\n")) == (2, "", 1) and words in err, err


# --- models ---


def test_training_ends_with_its_report_and_logs_to_stderr(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_tiny_configs(monkeypatch, tmp_path / "configs")
    small = ["--set", "batch_size=16", "--set", "model=tiny", "--steps", 2, "--seed", 9]
    scored = ["--evaluation-seed", 7, "--evaluation-count", 30]
    trained, err = shell.document("train", "--preset", "salient", *small, *scored)
    assert trained["evaluation"] == {"seed": 7, "count": 30} and trained["metrics"]["modality_gap"]["n"] == 30
    assert trained["status"] == "finished" and trained["budget"]["steps"] == 2 and trained["budget"]["pairs"] == 32
    assert trained["spec"]["train"]["seed"] == 9 and trained["failed_to_train"] is True
    assert Path(trained["folder"]).parent == tmp_path / "runs"
    said = {"bound_at": None, "verdict": "at chance", "sentence": trained["sentence"]}
    assert trained["sentence"].startswith("Failed to train")
    assert json.loads(Path(trained["folder"], "report.json").read_text()) | said == trained
    first, *steps = err.splitlines()
    assert first == f"run {trained['run']} in {trained['folder']}"
    assert [line.split()[:2] for line in steps] == [["step", "1/2"], ["step", "2/2"]]

    evaluated, err = shell.document("evaluate", trained["run"], "--preset", "two-kinds", "--count", 20)
    assert "measured part 7 of 7" in err and evaluated["status"] == "evaluated" and evaluated["spec"] == trained["spec"]
    assert evaluated["data"]["attribute_kinds"] == ["color", "pattern"] and evaluated["forms"]["bundle"]
    assert "caption_only" in evaluated["controls"]


def test_a_folder_is_evaluated_on_the_canonical_set(shell: Shell) -> None:
    tiny_folder(Path("model"))
    first, _ = shell.document("evaluate", "model", "--count", 20)
    again, _ = shell.document("evaluate", "local-dir:model", "--count", 20)
    assert first["metrics"] == again["metrics"] and first["metrics"]["recognition_accuracy"]["n"] == 20
    assert first["forms"] == {"own": None, "complete": None, "bundle": None} and first["spec"] is None
    status, out, err = shell("evaluate", "model", "--count", 20)
    assert status == 0 and "95 % interval" in out and "binding_accuracy" in out
    assert "measured part 4 of 4" in err and out.splitlines()[-2] == f"verdict: {first['verdict']}"
    assert out.splitlines()[-1].startswith(f"sentence: {first['verdict'].capitalize()}: ")
    other, _ = shell.document("evaluate", "model", "--count", 20, "--seed", 1)
    assert other["seed"] == 1 and other["metrics"] != first["metrics"]


# --- where the answer goes ---


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_disk_without_room_for_the_answer_is_one_sentence(form: list[str]) -> None:
    command = [sys.executable, "-m", "explorer", "swaps", "--caption", "a red bus and a blue car", *form]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 2
    assert done.stderr == "stdout: the answer cannot be written (No space left on device)\n"


def test_a_terminal_without_the_letters_gets_the_rest() -> None:
    done = python("-m", "explorer", "swaps", "--caption", "a red café and a blue car", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "") and r"a blue caf\xe9 and a red car" in done.stdout
