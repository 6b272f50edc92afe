"""The commands as a person and a script use them: documents on stdout, logs on stderr, bad input in one sentence."""

import io
import json
import os
import shlex
import subprocess
import sys
from dataclasses import fields
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from explorer.cli import EARLIER_NAMES, app
from explorer.presets import PRESETS
from explorer.spec import DIALS, DataSpec
from explorer.tools.space import space
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.unit.tools.conftest import Shell
from tests.unit.toys import tiny_folder, use_tiny_configs

ROOT = Path(__file__).resolve().parents[3]
WEB = ["--preset", "web-like"]


def python(*arguments: Any, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A fresh Python, in the folder where the test stands."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
    )


# ---- Scenes and measure


@pytest.mark.slow
def test_scenes_are_written_and_measured_back(shell: Shell) -> None:
    written = shell.document("scenes", *WEB, "--set", "saliency_bias=0.5", "--count", 300, "--size", 16, "--out", "w")
    assert shell.err == "" and written["count"] == 300 and written["folder"] == str(Path("w").resolve())
    assert written["spec"]["data"]["saliency_bias"] == 0.5
    measured = shell.document("measure", "w")
    assert shell.err == "" and set(measured) == set(written["spec"]["data"])
    for dial in ("saliency_bias", "attribute_density", "caption_completeness", "objects_in_image"):
        assert measured[dial]["low"] <= written["spec"]["data"][dial] <= measured[dial]["high"]
    assert measured["attribute_kinds"]["value"] == ["color", "pattern", "tilt"]


def captions_in(folder: str) -> list[str]:
    return [json.loads(line)["caption"] for line in Path(folder, "metadata.jsonl").read_text().splitlines()]


def test_a_seed_is_an_option(shell: Shell) -> None:
    for folder, given in (("a", []), ("b", ["--seed", 3]), ("c", ["--seed", 3]), ("d", ["--seed", 0])):
        written = shell.document("scenes", *WEB, *given, "--size", 16, "--out", folder)
        assert written["seed"] == written["spec"]["train"]["seed"] == (3 if folder in "bc" else 0)
    assert captions_in("a") == captions_in("d") != captions_in("b") == captions_in("c")


def test_scenes_that_are_there_are_written_over_if_that_is_asked(shell: Shell) -> None:
    for kind in ([], ["--parquet"]):
        ask = ("scenes", *WEB, "--count", 2, "--size", 16, *kind, "--out", f"w{len(kind)}")
        shell.document(*ask)
        status, out, err = shell(*ask)
        assert (status, out) == (2, "") and "holds scenes already; give another folder, or --replace" in err
        shell.document(*ask, "--replace")


def test_the_last_of_two_equal_fields_counts(shell: Shell) -> None:
    written = shell.document(
        "scenes", *WEB, "--set", "saliency_bias=0.1", "--set", " saliency_bias = 1/4", "--seed", 5,
        "--size", 16, "--out", "w",
    )  # fmt: skip
    assert written["spec"]["data"]["saliency_bias"] == 0.25 and written["seed"] == 5


# ---- As processes


@pytest.mark.slow
def test_data_commands_and_refusals_import_no_torch() -> None:
    """Nor does a name that cannot be a model, or a table of pairs that cannot be read, wait for seconds."""
    Path("pairs.csv").write_text("image,caption,negative_caption\n" + "0.png,a,b\n" * 300 + "0.png,a\n")
    refused = ("evaluate nope", "train --preset web-like --init nope", "benchmark pairs pairs.csv --model things-bound")
    code = f"""
import sys
from explorer.cli import main
main(["scenes", "--preset", "web-like", "--count", "2", "--size", "16", "--out", "w", "--json"])
main(["measure", "w", "--json"])
for line in {refused!r}:
    try:
        main(line.split())
    except SystemExit as left:
        print(left.code)
print(sorted({{"torch", "open_clip", "transformers", "sklearn", "pandas", "gradio"}} & set(sys.modules)))
assert {str(ROOT)!r} in sys.path
"""
    done = python("-c", code)
    written, measured, *statuses, modules = map(json.loads, done.stdout.splitlines())
    assert written["count"] == 2 and measured["objects_in_image"]["value"] == 4 and modules == []
    assert statuses == [2, 2, 2] and "line 302 of pairs.csv: 2 fields" in done.stderr
    assert done.stderr.count("\n") == 3, "a script gets JSON on stdout and nothing else"


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m explorer scenes --help | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("Usage: python -m explorer scenes")


# ---- Help


def test_the_list_of_commands_says_what_each_does(shell: Shell) -> None:
    status, out, _ = shell("--help")
    names = [name for name in app if not name.startswith("-")]
    assert status == 0 and len(names) > 30
    assert [name for name in names if f"\n  {name}: " not in out] == [*EARLIER_NAMES.values()]
    assert space.__doc__ is not None and f"\n  space: {space.__doc__.splitlines()[0]}\n" in out
    users, _, maintainers = out.partition("\nFor who maintains the project:\n")
    assert [each for each in ("ship", "space", "docs") if f"  {each}: " in users] == []
    assert [each for each in ("train", "evaluate", "catalog") if f"  {each}: " in maintainers] == []


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_help_names_every_preset_and_the_fields_of_the_command(command: str, shell: Shell) -> None:
    status, out, err = shell(command, "--help")
    assert (status, err) == (0, "")
    words = " ".join(out.split())
    named = {name for name in DIALS if f"\n  {name}\n" in out}
    assert named == (set(DIALS) if command == "train" else {field.name for field in fields(DataSpec)})
    assert all(f"\n  {each.page_name}\n" in out and each.sentence in words for each in PRESETS.values())
    assert all(DIALS[name].help in words for name in named)
    assert "(0.25 to 1)" in words and "(fixed or mixed)" in words
    assert ("(16 to 4096)" in words and "(1e-07 to 0.1)" in words) == (command == "train")


# ---- Views


@pytest.mark.parametrize(
    ("line", "name", "given"),
    [
        ("plan salient --set steps=30", "plan", {"preset": "salient", "overrides": {"steps": 30}}),
        ("plan --preset salient", "plan", {"preset": "salient"}),
        ("inspect things-web", "inspect", {"name": "things-web"}),
        ("study naming", "study", {"claim": "naming"}),
        ("catalog", "catalog", {}),
        ("swaps 'a red bus and a blue car' --kinds color", "swaps", {"caption": "a red bus and a blue car"}),
    ],
)
def test_a_view_is_a_command(line: str, name: str, given: dict[str, Any], shell: Shell) -> None:
    document = shell.document(*shlex.split(line))
    assert shell.err == "" and document == entries()[name].answer(Service.from_environment(), given)


# ---- Models


@pytest.mark.slow
def test_training_ends_with_its_report_and_logs_to_stderr(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_tiny_configs(monkeypatch, tmp_path / "configs")
    small = ["--set", "batch_size=16", "--set", "model=tiny", "--steps", 2, "--seed", 9]
    scored = ["--evaluation-seed", 7, "--evaluation-count", 30]
    trained = shell.document("train", "--preset", "salient", *small, *scored)
    assert trained["evaluation"] == {"seed": 7, "count": 30} and trained["metrics"]["modality_gap"]["n"] == 30
    assert trained["status"] == "finished" and trained["budget"]["steps"] == 2 and trained["budget"]["pairs"] == 32
    assert trained["spec"]["train"]["seed"] == 9 and trained["failed_to_train"] is True
    assert Path(trained["folder"]).parent == tmp_path / "runs"
    said = {"bound_at": None, "verdict": "at chance", "sentence": trained["sentence"]}
    assert trained["sentence"].startswith("It failed to train")
    assert json.loads(Path(trained["folder"], "report.json").read_text()) | said == trained
    first, *steps = shell.err.splitlines()
    assert first == f"run {trained['run']} in {trained['folder']}"
    assert [line.split()[:2] for line in steps] == [["step", "1/2"], ["step", "2/2"]]

    evaluated = shell.document("evaluate", trained["run"], "--preset", "two-kinds", "--count", 20)
    assert (
        "measured part 7 of 7" in shell.err
        and evaluated["status"] == "evaluated"
        and evaluated["spec"] == trained["spec"]
    )
    assert evaluated["data"]["attribute_kinds"] == ["color", "pattern"] and evaluated["forms"]["bundle"]
    assert "caption_only" in evaluated["controls"]


@pytest.mark.slow
def test_a_folder_of_cutouts_becomes_a_world_that_is_trained(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_tiny_configs(monkeypatch, tmp_path / "configs")
    Path("cut").mkdir()
    for place, word in enumerate(("bello", "lunos", "mik", "Poro", "tizu", "wako")):
        image = Image.new("RGBA", (120, 120))
        ImageDraw.Draw(image).regular_polygon((60, 60, 50), place + 3, fill=(200, 30, 40, 255))
        image.save(f"cut/{word}.png")
    made = shell.document("worlds", "make", "cut", "--out", "my.json")
    shown = shell.document("worlds", "show", "my.json", "--out", "sheet.png")
    assert made["things"] == 6 and made["bytes"] == Path("my.json").stat().st_size and made["world"] == shown["world"]
    assert shown["things"] == ["poro", "bello", "lunos", "mik", "tizu", "wako"]
    with Image.open("sheet.png") as sheet:
        assert sheet.width > 500
    small = ["--set", "batch_size=16", "--set", "model=tiny", "--steps", 2, "--evaluation-count", 30]
    trained = shell.document("train", "--preset", "salient", "--world", "my.json", *small)
    folder = Path(trained["folder"])
    assert trained["spec"]["data"]["world"] == made["world"] and trained["status"] == "finished"
    assert (folder / "world.json").read_bytes() == Path("my.json").read_bytes()
    assert set(shown["things"]) < set(json.loads((folder / "model/tokenizer.json").read_text())["model"]["vocab"])
    # Its model is asked in its own world, by itself and under a recipe that names that world.
    for given in ([], ["--preset", "two-kinds", "--set", f"world={made['world']}"]):
        evaluated = shell.document("evaluate", trained["run"], *given, "--count", 20)
        assert {row["noun"] for row in evaluated["breakdown"] if "noun" in row} <= set(shown["things"])
    shell.document("runs", "export", trained["run"], "run.zip")
    arrived = shell.document("runs", "import", "run.zip", "--runs", "elsewhere")
    assert shell.document("runs", "show", arrived["run"], "--runs", "elsewhere")["spec"] == trained["spec"]
    written = shell.document("scenes", *WEB, "--world", "my.json", "--count", 2, "--size", 16, "--out", "w")
    assert written["spec"]["data"]["world"] == made["world"]
    assert "scenes of a world of one's own are not measured" in shell.refused("measure", "w")


def draw_cutouts(*names: str) -> None:
    """Write a folder `cut` of triangles with these names."""
    Path("cut").mkdir()
    for name in names:
        image = Image.new("RGBA", (60, 60))
        ImageDraw.Draw(image).regular_polygon((30, 30, 25), 3, fill=(200, 30, 40, 255))
        image.save(f"cut/{name}.png")


def test_a_cutout_of_which_no_thing_is_made_is_named(shell: Shell) -> None:
    draw_cutouts("bello", "lunos", "mik", "poro", "tizu", "Mik")
    refusal = shell.refused("worlds", "make", "cut", "--out", "my.json")
    assert refusal.startswith("mik.png:") and "Mik.png" in refusal
    line = Image.new("RGBA", (200, 200))
    ImageDraw.Draw(line).line((10, 10, 190, 190), fill=(200, 30, 40, 255), width=1)
    Path("cut/Mik.png").unlink()
    line.save("cut/wako.png")
    assert shell.refused("worlds", "make", "cut", "--out", "my.json").startswith("wako.png=")
    assert not Path("my.json").exists()


def test_on_a_full_disk_an_earlier_file_stays(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_cutouts("bello", "lunos", "mik", "poro", "tizu", "wako")
    shell.document("worlds", "make", "cut", "--out", "world.json")
    monkeypatch.setattr("explorer.web.onefile.run_page", lambda *_: "page")
    monkeypatch.setattr("explorer.web.onefile.site_page", lambda _: "page")

    def write_half(path: Path, content: bytes | str, **_: Any) -> None:
        with path.open("wb") as file:
            file.write(b"half")
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", write_half)
    monkeypatch.setattr(Path, "write_text", write_half)
    for *command, out in (
        ("worlds", "make", "cut", "--out", "my.json"),
        ("worlds", "show", "world.json", "--out", "sheet.png"),
        ("runs", "export", "things-bound", "run.html"),
        ("site", "--out", "index.html"),
    ):
        path = Path(out)
        with path.open("wb") as file:
            file.write(b"earlier")
        given = "." if command[0] == "site" else out
        assert "No space left on device" in shell.refused(*command, given)
        assert path.read_bytes() == b"earlier" and [*Path().glob(f".{out}*")] == []


def test_a_file_that_a_link_or_a_device_stands_for_stays_one(shell: Shell) -> None:
    draw_cutouts("bello", "lunos", "mik", "poro", "tizu", "wako")
    Path("link.json").symlink_to("world.json")
    shell.document("worlds", "make", "cut", "--out", "link.json")
    assert Path("link.json").is_symlink() and Path("world.json").stat().st_size > 100
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    shell.document("worlds", "make", "cut", "--out", "pipe")
    assert Path("pipe").is_fifo() and os.read(reader, 10).startswith(b'{"nouns"')
    os.close(reader)


@pytest.mark.slow
def test_a_folder_is_evaluated_on_the_canonical_set(shell: Shell) -> None:
    tiny_folder(Path("model"))
    first = shell.document("evaluate", "model", "--count", 20)
    again = shell.document("evaluate", "local-dir:model", "--count", 20)
    assert first["metrics"] == again["metrics"] and first["metrics"]["recognition_accuracy"]["n"] == 20
    assert first["forms"] == {"own": None, "complete": None, "bundle": None} and first["spec"] is None
    status, out, err = shell("evaluate", "model", "--count", 20)
    assert status == 0 and "95 % interval" in out and "binding_accuracy" in out
    assert "measured part 4 of 4" in err and out.splitlines()[-2] == f"verdict: {first['verdict']}"
    assert out.splitlines()[-1].startswith(f"sentence: {first['verdict'].capitalize()}: ")
    other = shell.document("evaluate", "model", "--count", 20, "--seed", 1)
    assert other["seed"] == 1 and other["metrics"] != first["metrics"]


# ---- Where the answer goes


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_disk_without_room_for_the_answer_is_one_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        status, _, err = shell("swaps", "--caption", "a red bus and a blue car")
    assert (status, err) == (2, "stdout: the answer cannot be written (No space left on device)\n")


def test_a_terminal_without_the_letters_gets_the_rest(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert shell("swaps", "--caption", "a red café and a blue car") == (0, "", "")
    assert rb"a blue caf\xe9 and a red car" in written.getvalue()
