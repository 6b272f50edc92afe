"""The board: its three files, that it goes on where it stopped, and one sentence for what cannot be used."""

import csv
import json
from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from explorer.clip.clip import Clip, export, weights_digest
from explorer.errors import UserError
from explorer.evaluation import board as measures
from explorer.evaluation.results import Estimate
from explorer.evaluation.suspicion import Suspicion
from explorer.runs.files import write_json
from explorer.views.board import FORMULA_SIGNS
from explorer.world.things import World
from tests.unit.tools.conftest import Shell
from tests.unit.toys import tiny_clip

MEASURED: dict[tuple[str, int, int], dict[str, Estimate]] = {}
HEAD = "count = 20\nseed = 1\n"


@pytest.fixture(autouse=True)
def measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of a board's time goes into measures, so equal weights are measured once for all tests."""
    measure = measures.measure_model

    def recall(clip: Clip, world: World, *, seed: int, count: int) -> dict[str, Estimate]:
        key = (weights_digest(clip), seed, count)
        if key not in MEASURED:
            MEASURED[key] = measure(clip, world, seed=seed, count=count)
        return dict(MEASURED[key])

    monkeypatch.setattr(measures, "measure_model", recall)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two models with other weights, and a file that asks for them, for one that is not there, and for a control."""
    for seed in (1, 2):
        export(tiny_clip(seed=seed), tmp_path / f"model-{seed}")
    names = [str(tmp_path / "model-1"), str(tmp_path / "model-2"), "<b>gone</b>"]
    (tmp_path / "board.toml").write_text(f"models = {json.dumps(names)}\nuntrained = 1\n{HEAD}", encoding="utf-8")
    return tmp_path


def ask(shell: Shell, folder: Path) -> tuple[int, dict[str, object]]:
    status, out, _ = shell("board", str(folder / "board.toml"), "--out", str(folder / "out"), "--json")
    return status, json.loads(out.splitlines()[-1])


@pytest.mark.slow
def test_three_files_say_the_same_and_names_are_no_markup(folder: Path, shell: Shell) -> None:
    status, answer = ask(shell, folder)
    assert (status, answer["models"], answer["measured"]) == (0, 4, 3)
    document = json.loads((folder / "out" / "board.json").read_text(encoding="utf-8"))
    with (folder / "out" / "board.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["model"] for row in document["rows"]] == [row["model"] for row in table]
    for row, line in zip(document["rows"], table, strict=True):
        binding = row["measures"].get("binding_accuracy")
        assert line["binding_accuracy_low"] == (str(binding["low"]) if binding else "")
    assert [row["is_control"] for row in document["rows"]] == [False, False, True, False]
    assert document["rows"][2]["rank"] is None and "no such model" in document["rows"][3]["why"]
    assert document["rows"][3]["why"] in page_words(folder), "a reason has its Chinese too"
    page = (folder / "out" / "board.html").read_text(encoding="utf-8")
    assert "<b>gone" not in page and "&lt;b&gt;gone&lt;/b&gt;" in page and "http" not in page
    untranslated = {english for english, other in page_words(folder).items() if english == other}
    assert untranslated == set(), "every text of the page has its Chinese"


@pytest.mark.slow
def test_the_time_left_is_by_size_so_ten_small_controls_are_not_ten_large_models(
    folder: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 10_000, 50))  # each model takes 50 seconds
    monkeypatch.setattr("explorer.views.board.time", SimpleNamespace(monotonic=lambda: next(clock)))
    sizes = {str(folder / "model-1"): 600, str(folder / "model-2"): None, "things-bound": 72}
    monkeypatch.setattr("explorer.views.board.known_bytes", lambda name, find_run_model: sizes[name])
    toml = (folder / "board.toml").read_text(encoding="utf-8").replace(', "<b>gone</b>"', "")
    (folder / "board.toml").write_text(toml.replace("untrained = 1", "untrained = 2"), encoding="utf-8")
    _, _, err = shell("board", str(folder / "board.toml"), "--out", str(folder / "out"))
    # The second one counts as the middle one of the known sizes, which are 600, 72 and 72: 216 are left after 600.
    told = [line.partition(" left:")[0] for line in err.splitlines() if " left:" in line]
    assert told == ["1 of 4 models, about 18 s", "2 of 4 models, about 21 s", "3 of 4 models, about 15 s"]


@pytest.mark.slow
def test_a_model_that_breaks_leaves_the_others(folder: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = measures.measure_model

    def broken(clip: Any, *args: Any, **options: Any) -> Any:
        if clip.name.endswith("model-1"):
            raise RuntimeError("CUDA out of memory.\nTried to allocate 2 GiB")
        return measure(clip, *args, **options)

    monkeypatch.setattr(measures, "measure_model", broken)
    status, answer = ask(shell, folder)
    assert (status, answer["measured"]) == (0, 2)
    document = json.loads((folder / "out" / "board.json").read_text(encoding="utf-8"))
    reasons = {row["model"]: row["why"] for row in document["rows"]}
    assert "CUDA out of memory. Tried" in reasons[str(folder / "model-1")]
    assert not reasons["<b>gone</b>"].startswith("model="), "the row has the name already"


def page_words(folder: Path) -> dict[str, str]:
    """The Chinese of each text of a board's page."""
    page = (folder / "out" / "board.html").read_text(encoding="utf-8")
    return dict(json.loads(page.split('id="words">')[1].split("</script>")[0]))


@pytest.mark.slow
def test_a_mistake_in_preprocessing_stands_beside_its_row_and_outlives_a_restart(
    folder: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Suspicion(kind="activation", to="QuickGELU", found_as_loaded=8, found_changed=19, n=20)
    monkeypatch.setattr("explorer.evaluation.preprocessing_check.suspect_preprocessing", lambda *_: (found,))
    ask(shell, folder)
    monkeypatch.setattr("explorer.evaluation.preprocessing_check.suspect_preprocessing", lambda *_: ())
    ask(shell, folder)  # all but the one that is not there are kept
    document = json.loads((folder / "out" / "board.json").read_text(encoding="utf-8"))
    assert [len(row["suspicions"]) for row in document["rows"]] == [1, 1, 0, 0]
    with (folder / "out" / "board.csv").open(encoding="utf-8", newline="") as file:
        assert [row["preprocessing"] for row in csv.DictReader(file)][0] == found.sentence
    assert "QuickGELU" in page_words(folder)[found.sentence] != found.sentence


@pytest.mark.slow
def test_it_goes_on_where_it_stopped(folder: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    measure, asked = measures.measure_model, []

    def interrupted(clip: object, *args: object, **options: object) -> object:
        asked.append(clip)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return measure(clip, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(measures, "measure_model", interrupted)
    status, _, _ = shell("board", str(folder / "board.toml"), "--out", str(folder / "out"))
    assert status == 130 and "model-1" in (folder / "out" / "board.csv").read_text(encoding="utf-8")
    status, answer = ask(shell, folder)
    assert (status, answer["measured"], len(asked)) == (0, 3, 4)
    status, answer = ask(shell, folder)
    assert (status, answer["measured"], len(asked)) == (0, 3, 4)
    kept = next((folder / "out" / "rows").iterdir())
    kept.write_text("{", encoding="utf-8")
    ask(shell, folder)
    assert len(asked) == 5, "a damaged row is measured again"
    export(tiny_clip(seed=3), folder / "model-2")
    ask(shell, folder)
    assert len(asked) == 6, "other weights under the same name are measured"
    config = folder / "model-1" / "open_clip_config.json"
    config.write_text(config.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    ask(shell, folder)
    assert len(asked) == 7, "pictures may be prepared in another way now"


@pytest.mark.slow
def test_benchmarks_are_columns_and_a_broken_one_is_refused(tmp_path: Path, shell: Shell) -> None:
    export(tiny_clip(seed=1), tmp_path / "model")
    Image.new("RGB", (32, 32), "red").save(tmp_path / "0.png")
    (tmp_path / "t.csv").write_text(
        "file,right,wrong\n0.png,a red bus,a blue bus\n0.png,a bus,a cat\n", encoding="utf-8"
    )
    asked = f"models = [{json.dumps(str(tmp_path / 'model'))}]\n{HEAD}[[benchmarks]]\nname = 'table'\n"
    columns = "columns = 'image=file,caption=right,negative=wrong'\n"
    (tmp_path / "board.toml").write_text(f"{asked}path = '{tmp_path / 't.csv'}'\n{columns}", encoding="utf-8")
    assert ask(shell, tmp_path)[1]["measured"] == 1
    document = json.loads((tmp_path / "out" / "board.json").read_text(encoding="utf-8"))
    assert 'id="words"' in (tmp_path / "out" / "board.html").read_text(encoding="utf-8")
    assert document["rows"][0]["measures"]["benchmark table"]["n"] == 2 and "benchmark table" in document["columns"]
    twice = f"[[benchmarks]]\nname = 'table'\npath = '{tmp_path / 'u.csv'}'\n{columns}"
    (tmp_path / "u.csv").write_text("file,right,wrong\n0.png,a red bus,a blue bus\n", encoding="utf-8")
    (tmp_path / "board.toml").write_text(f"{asked}path = '{tmp_path / 't.csv'}'\n{columns}{twice}", encoding="utf-8")
    ask(shell, tmp_path)
    measures = json.loads((tmp_path / "out" / "board.json").read_text(encoding="utf-8"))["rows"][0]["measures"]
    assert [each["n"] for name, each in measures.items() if name.startswith("benchmark table")] == [2, 1]
    (tmp_path / "board.toml").write_text(f"{asked}path = '{tmp_path / '0.png'}'\n{columns}", encoding="utf-8")
    refusal = shell.refused("board", tmp_path / "board.toml", "--out", tmp_path / "out")
    assert "benchmarks[0]" in refusal and "give a file that ends in" in refusal


@pytest.mark.parametrize(
    ("row", "columns", "named"),
    [
        ("0.png,a red bus,a blue bus", "image=file,caption=right,negative=false", "false"),
        ("0.png,a red bus,", "image=file,caption=right,negative=wrong", "line 2"),
        ("gone.png,a red bus,a blue bus", "image=file,caption=right,negative=wrong", "gone.png"),
    ],
)
def test_a_benchmark_on_which_no_model_can_be_scored_is_refused_before_any_is_measured(
    row: str, columns: str, named: str, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "measure_model", lambda *_, **__: pytest.fail("a model is measured"))
    (tmp_path / "0.png").write_bytes(b"")
    (tmp_path / "t.csv").write_text(f"file,right,wrong\n{row}\n", encoding="utf-8")
    asked = f"models = ['things-bound']\n{HEAD}[[benchmarks]]\nname = 'table'\npath = '{tmp_path / 't.csv'}'\n"
    (tmp_path / "board.toml").write_text(f"{asked}columns = '{columns}'\n", encoding="utf-8")
    refusal = shell.refused("board", tmp_path / "board.toml", "--out", tmp_path / "out")
    assert "benchmarks[0]" in refusal and named in refusal and not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_benchmark_that_breaks_leaves_the_numbers_of_its_model_and_is_tried_again(
    tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(tiny_clip(seed=1), tmp_path / "model")
    Image.new("RGB", (32, 32), "red").save(tmp_path / "0.png")
    (tmp_path / "t.csv").write_text("file,right,wrong\n0.png,a red bus,a blue bus\n", encoding="utf-8")
    asked = f"models = [{json.dumps(str(tmp_path / 'model'))}]\n{HEAD}[[benchmarks]]\nname = 'table'\n"
    columns = "columns = 'image=file,caption=right,negative=wrong'\n"
    (tmp_path / "board.toml").write_text(f"{asked}path = '{tmp_path / 't.csv'}'\n{columns}", encoding="utf-8")

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("CUDA out of memory")

    with monkeypatch.context() as patch:
        patch.setattr("explorer.views.board.benchmark", broken)
        _, answer = ask(shell, tmp_path)
    assert answer["measured"] == 1 and "CUDA out of memory" in str(answer["failed"])
    row = json.loads((tmp_path / "out" / "board.json").read_text(encoding="utf-8"))["rows"][0]
    assert row["measures"].keys() >= {"binding_accuracy", "steady"} and row["why"] == ""
    assert row["unscored"]["benchmark table"] in page_words(tmp_path)
    assert "CUDA out of memory" in (tmp_path / "out" / "board.csv").read_text(encoding="utf-8")
    monkeypatch.setattr(measures, "measure_model", lambda *_, **__: pytest.fail("the model is measured again"))
    _, answer = ask(shell, tmp_path)
    row = json.loads((tmp_path / "out" / "board.json").read_text(encoding="utf-8"))["rows"][0]
    assert row["measures"]["benchmark table"]["n"] == 1 and row["unscored"] == {} and answer["failed"] == []


@pytest.mark.slow
@pytest.mark.parametrize("part", ["path", "images"])
def test_what_changes_in_the_folder_of_a_benchmark_is_measured_anew(
    part: str, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def scored(*_: Any, **values: Any) -> dict[str, Any]:
        asked.append(values["model"])
        return {"accuracy": 0.5, "n": 20, "low": 0.3, "high": 0.7, "chance": 0.5}

    monkeypatch.setattr("explorer.views.board.benchmark", scored)
    monkeypatch.setattr("explorer.views.board.check_benchmark", lambda _: None)
    export(tiny_clip(seed=1), tmp_path / "model")
    for name in ("path", "images"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "file").write_text("before")
    places = "".join(f"{name} = {json.dumps(str(tmp_path / name))}\n" for name in ("path", "images"))
    models = f"models = [{json.dumps(str(tmp_path / 'model'))}]\n"
    (tmp_path / "board.toml").write_text(f"{models}{HEAD}[[benchmarks]]\nname = 'pairs'\n{places}")
    for _ in range(2):
        assert ask(shell, tmp_path)[1]["measured"] == 1 and len(asked) == 1
    (tmp_path / part / "deep" / "file").write_text("otherwise")
    assert ask(shell, tmp_path)[1]["measured"] == 1 and len(asked) == 2
    (tmp_path / part / "deep" / "more").write_text("")
    assert ask(shell, tmp_path)[1]["measured"] == 1 and len(asked) == 3


@pytest.mark.slow
@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_no_text_of_the_table_is_a_formula(
    sign: str, folder: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Clip, *__: Any, **___: Any) -> Any:
        raise UserError("model", "x", f"{sign}HYPERLINK(1)")

    monkeypatch.setattr(measures, "measure_model", refuse)
    ask(shell, folder)
    with (folder / "out" / "board.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    assert sum(f"'{sign}HYPERLINK(1)" in line for line in table) == 3
    assert not any(cell.startswith(tuple(FORMULA_SIGNS)) for line in table for cell in line)


@pytest.mark.slow
def test_a_full_disk_is_one_sentence_and_the_board_goes_on_once_there_is_room(
    folder: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def full(path: Path, record: Any) -> None:
        written.append(path)
        if len(written) > 3:
            raise OSError(ENOSPC, "No space left on device")
        write_json(path, record)

    with monkeypatch.context() as patch:
        patch.setattr("explorer.views.board.write_json", full)
        status, _, err = shell("board", str(folder / "board.toml"), "--out", str(folder / "out"))
    assert status == 2 and err.splitlines()[-1].endswith("cannot be written (No space left on device)")
    assert "--out" in err.splitlines()[-1] and "Traceback" not in err
    assert len(list((folder / "out" / "rows").iterdir())) == 2
    assert ask(shell, folder)[1]["measured"] == 3


@pytest.mark.slow
def test_on_a_full_disk_the_earlier_page_and_table_stay(
    folder: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(shell, folder)
    before = {name: (folder / "out" / name).read_bytes() for name in ("board.html", "board.csv")}
    write_bytes = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if ".html" in path.name or ".csv" in path.name:
            write_bytes(path, b"")
            raise OSError(ENOSPC, "No space left on device")
        return write_bytes(path, content)

    for name in before:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_bytes", full)
            patch.setattr(Path, "write_text", lambda path, text, **_: full(path, text.encode()))
            assert "No space left" in shell.refused("board", folder / "board.toml", "--out", folder / "out")
        assert (folder / "out" / name).read_bytes() == before[name]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"models = ['a']\ncount = {'9' * 5000}".encode(), "holds a number of thousands of digits"),
        (b"models = " + b"[" * 5000, "is nested too deep"),
        (b"models = ['\xff']", "is no text in UTF-8"),
        (b"models = ['a']\ncount = 1979-05-27", "count=1979-05-27: "),
        (b"models = ['a']\ncount = 07:32:00", "count=07:32:00: "),
    ],
)
def test_a_sentence_has_no_words_of_python(content: bytes, said: str, tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "b.toml").write_bytes(content)
    refusal = shell.refused("board", tmp_path / "b.toml", "--out", tmp_path / "out")
    assert said in refusal and not any(word in refusal for word in ("sys.", "codec", "recursion", "datetime"))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("models = []", "models=[]: give at least 1"),
        ("modles = ['a']", "modles"),
        ("models = ['a']\ncount = 3", "count"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'", "path"),
        ("models = 'a'", "models"),
        ("models = [", "FILE"),
        ("models = ['']", "models[0]"),
        ("models = ['a']\n[[benchmarks]]\nname = 'tabel'\npath = '.'", "benchmarks[0].name"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = 'gone.csv'", "benchmarks[0].path"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = 'https://x/y.csv'", "benchmarks[0].path"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = '.'\nlimit = 0", "benchmarks[0].limit"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = '.'\nlimits = 5", "benchmarks[0].limits"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = '.'\nlimit = 999999999", "benchmarks[0].limit"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = '.'\nimages = 'b.toml'", "benchmarks[0].images"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = '.'", "benchmarks[0].columns"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = '.'\ncolumns = 'image=a'", "benchmarks[0].columns"),
        ("models = ['a']\n[[benchmarks]]\nname = 'pairs'\npath = '.'\ncolumns = 'image=a'", "benchmarks[0].columns"),
        ("models = ['a']" + 2 * "\n[[benchmarks]]\nname = 'pairs'\npath = '.'", "one name and one path"),
        ("models = ['a']\nuntrained = true", "untrained"),
        ("models = ['a']\nuntrained = 101", "untrained"),
        ("models = ['a']\ncount = 99999999999999999999", "count"),
        ("models = [1]", "models[0]"),
        (f"models = ['a']\nseed = {'9' * 5000}", "FILE"),
        (f"models = {'[' * 5000}", "FILE"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = '" + "x" * 5000 + "'", "benchmarks[0].path"),
        ("models = ['a']\n[[benchmarks]]\nname = 'table'\npath = \"\\u0000\"", "benchmarks[0].path"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, shell: Shell, content: str, named: str) -> None:
    (tmp_path / "b.toml").write_text(content, encoding="utf-8")
    status, _, err = shell("board", str(tmp_path / "b.toml"), "--out", str(tmp_path / "out"))
    assert status == 2 and named in err and err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_and_a_folder_that_is_a_file(tmp_path: Path, shell: Shell) -> None:
    status, _, err = shell("board", str(tmp_path / "b.toml"), "--out", str(tmp_path / "out"))
    assert status == 2 and "cannot be read" in err
    (tmp_path / "b.toml").write_text("models = ['things-bound']", encoding="utf-8")
    (tmp_path / "out").write_text("")
    status, _, err = shell("board", str(tmp_path / "b.toml"), "--out", str(tmp_path / "out"))
    assert status == 2 and "--out" in err
    for path in ("a\0b", "\ud800"):
        status, _, err = shell("board", str(tmp_path / "b.toml"), "--out", path)
        assert status == 2 and "is no path" in err
