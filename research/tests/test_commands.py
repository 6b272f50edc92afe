"""The commands of the study on the toy sweep: list, run, specs for a cluster and their runs, write, bad input."""

import json
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from explorer.clip import configs
from explorer.tools.program import run_program
from research import commands, sweep_command
from research.__main__ import program
from research.commands import write_examples
from research.rows import read_rows
from research.sweeps import ALL_SWEEPS, SECOND_EDITION
from research.tests.toy_sweep import toy_rows, toy_runner, toy_sweep
from research.write import freeze_evidence
from tests.unit.tools.conftest import Shell
from tests.unit.tools.conftest import elsewhere as elsewhere
from tests.unit.toys import FEW, use_tiny_configs

ARCHITECTURES = configs.CONFIGS


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys, partial(run_program, program))


@pytest.fixture(autouse=True)
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more sweep that takes seconds, workers that know its architecture, and runs in a folder of their own."""
    monkeypatch.setitem(ALL_SWEEPS, "toy", toy_sweep(seeds=1, factors=(1.0,)))
    use_tiny_configs(monkeypatch, tmp_path / "quick")
    settings = toy_runner(tmp_path).settings
    monkeypatch.setattr(sweep_command, "settings_for", lambda *_: settings)


@pytest.mark.slow
def test_the_list_names_claims_conditions_runs_and_cost(shell: Shell) -> None:
    document = shell.document("sweep", "--list")
    by_name = {each["name"]: each for each in document["sweeps"]}
    assert by_name.keys() == ALL_SWEEPS.keys()
    toy = by_name["toy"]
    assert (toy["conditions"], toy["runs"], toy["pairs"]) == (["complete", "half"], 2, 128)
    assert toy["low_s"] < toy["high_s"] and "guess" in toy["basis"]
    # Sweeps of one folder share runs, so all cost less than the sum of each.
    assert 0 < document["first_tier"]["runs"] < sum(each["runs"] for each in document["sweeps"] if each["tier"] == 1)
    status, out, err = shell("sweep", "--list", "--seeds", "5", "--jobs", "2")
    assert (status, err) == (0, "") and "Fewer named objects" in out
    assert "complete, half" in out and "always-named" in out and "needs a dial" in out


@pytest.mark.slow
def test_a_sweep_ends_in_a_parquet_file(shell: Shell) -> None:
    status, out, err = shell("sweep", "toy", "--out", "out", "--only", "half")
    # Four steps of sixteen pairs do not leave chance, so the run is a row and no point.
    assert status == 0 and str(Path("out/toy.parquet").resolve()) in out
    assert "at most 1 runs, 64 pairs" in err and "1 of 1 runs done" in err
    rows, about = read_rows(Path("out/toy.parquet"))
    assert [row["stage"] for row in rows] == ["search", "result"] and rows[0]["run"] == rows[1]["run"]
    assert about["command"] == "python -m research sweep toy --seeds 1 --only half"
    folder = Path("out/runs") / rows[0]["run"]
    assert (folder / "report.json").exists() and not (folder / "model").exists()
    assert shell("sweep", "toy", "--out", "out", "--only", "half")[:2] == (0, out)


@pytest.mark.slow
def test_specs_are_run_elsewhere_and_collected(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    document = shell.document("sweep", "toy", "--specs", "specs", "--runs", "cluster")
    assert (document["stage"], len(document["files"])) == ("search", 2)
    commands = Path("specs/commands.txt").read_text().splitlines()
    assert len(commands) == 2 and commands[0].startswith("python -m explorer train --spec specs/toy-complete-seed0-")
    status, _, err = shell("sweep", "toy", "--collect", "--runs", "cluster")
    assert status == 2 and "2 of 2 runs are missing in cluster, the first is toy, complete, seed 0" in err
    for command in commands:
        status, out, err = Shell(capsys)(*command.split()[3:], "--json", budget=FEW)
        assert status == 0, err
        assert json.loads(out)["recipe"]
    collected = shell.document("sweep", "toy", "--collect", "--runs", "cluster")["sweeps"][0]
    assert (collected["rows"], Path(collected["file"]).name) == (4, "toy.parquet")
    assert shell.document("sweep", "toy", "--specs", "specs", "--runs", "cluster")["stage"] == "none"
    again = shell.document("sweep", "toy", "--specs", "more", "--runs", "cluster", "--seeds", "2")
    assert (again["stage"], len(again["files"])) == ("result", 2)


def test_rows_of_other_conditions_stay(tmp_path: Path) -> None:
    runner, sweep = toy_runner(tmp_path), toy_sweep()
    half, rows = sweep.conditions[1:], toy_rows([0.9], [0.5])
    sweep_command._write_results(runner, sweep, sweep.conditions, 1, rows)
    newer = [rows[1] | {"run": "newer"}]
    record = sweep_command._write_results(runner, sweep, half, 1, newer)
    read, about = read_rows(Path(record["file"]))
    assert read == [rows[0], *newer] and (record["rows"], record["points"]) == (2, 2)
    every = "python -m research sweep toy --seeds 1"
    assert about["command"] == f"{every}; {every} --only half"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which `write` writes everything; the methods name the architectures that the study trains."""
    monkeypatch.setattr(configs, "CONFIGS", ARCHITECTURES)
    frozen = tmp_path / "study"
    documents = {"document": tmp_path / "STUDY.md", "methods": tmp_path / "methods.md"}
    monkeypatch.setattr(commands, "freeze_evidence", partial(freeze_evidence, folder=frozen, **documents))
    monkeypatch.setattr(commands, "write_examples", partial(write_examples, folder=frozen))
    return frozen


@pytest.mark.slow
def test_writing_without_rows_writes_the_methods_and_no_result(shell: Shell, tmp_path: Path, written: Path) -> None:
    assert shell.document("write")["sweeps"] == []
    text = (tmp_path / "methods.md").read_text()
    for name, sweep in SECOND_EDITION.items():
        assert f"\n`{name}`|2|0 of {len(sweep.conditions)}|-|any\n" in text
    assert text.endswith("Frozen whole: none.\n")
    assert not (tmp_path / "STUDY.md").exists(), "an edition has no rows there"
    with Image.open(written / "examples.png") as sheet:
        assert sheet.size[0] == 1288


BAD = {
    "no name": (["sweep"], "sweep: name one of single-flaws"),
    "no such sweep": (["sweep", "nope"], "sweep=nope"),
    "no such condition": (["sweep", "toy", "--only", "nope"], "only=nope"),
    "declared only": (["sweep", "always-named"], "cannot be run"),
    "seeds": (["sweep", "toy", "--seeds", "0"], "seeds=0"),
    "jobs": (["sweep", "toy", "--jobs", "many"], "jobs=many"),
    "two ways": (["sweep", "toy", "--collect", "--resume"], "choose one of"),
    "a file as folder": (["sweep", "toy", "--out", "file"], "out=file: cannot be used"),
    "a broken manifest": (["sweep", "toy", "--out", "broken"], "manifest.json cannot be read"),
    "other code": (["sweep", "toy", "--out", "older"], "protocol version older"),
    "nothing to write from": (["write", "--sweeps", "empty"], "holds no result"),
    "nothing to read": (["findings", "--sweeps", "empty"], "holds no result of the second edition"),
    "no results to judge": (["judge-open", "file"], "FOLDER=file: is no folder of results"),
    "no such command": (["nope"], "there is no command nope; choose one of plan, run, repeat"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence(name: str, shell: Shell) -> None:
    arguments, words = BAD[name]
    for folder, manifest in (("broken", "{"), ("older", '{"recipe": "older", "runs": {}}')):
        Path(folder).mkdir()
        (Path(folder) / "manifest.json").write_text(manifest)
    Path("empty").mkdir()
    Path("file").write_text("x")
    assert words in shell.refused(*arguments)


def test_the_probe_of_fresh_weights(shell: Shell) -> None:
    document = shell.document("probe", "--seeds", "1")
    assert document["model"] == "small" and document["chance"] == pytest.approx(0.569375)
    assert len(document["seeds"]) == 1 and document["seeds"][0]["n"] == 800
    assert "--model other: choose " in shell.refused("probe", "--model", "other")
