"""Bad input to any command is one sentence that names it, exit status 2, and nothing written; one table for all."""

import shlex
from pathlib import Path

import pytest
from PIL import Image

from tests.unit.evaluation.benchmarks import published
from tests.unit.tools.conftest import Shell
from tests.unit.tools.test_main import python

REFUSED = (
    ("", "COMMAND", "--help"),
    ("frobnicate", "frobnicate", "scenes", "evaluate"),
    ("scenes --preset web-like --out w --color red", "--color"),
    ("scenes --out w", "--preset"),
    ("scenes --preset web-like", "--out"),
    ("scenes --preset webby --out w", "preset=webby", "tidy"),
    ("samples --preset webby", "preset=webby", "tidy"),
    ("facts --preset webby", "preset=webby", "tidy"),
    ("samples --preset tidy --set color=red", "color", "saliency_bias"),
    ("scenes --preset web-like --out w --set color=red", "color", "saliency_bias"),
    ("scenes --preset web-like --out w --set foo", "foo", "field=value"),
    ("scenes --preset web-like --out w --set =3", "--set =3", "field=value"),
    ("scenes --preset web-like --out w --set learning_rate=1", "learning_rate=1", "train"),
    ("scenes --preset web-like --out w --set hard_negatives=1", "hard_negatives=1", "train"),
    ("scenes --preset web-like --out w --set seed=3", "seed=3", "--seed"),
    ("evaluate x --preset web-like --set steps=1", "steps=1", "train", "saliency_bias"),
    ("evaluate x --preset web-like --set seed=3", "seed=3", "--seed"),
    ("scenes --preset web-like --out ''", "--out", "names no folder"),
    ("scenes --preset web-like --out ' '", "--out", "names no folder"),
    ("measure ''", "names no folder"),
    ("train --preset web-like --runs ''", "--runs", "names no folder"),
    ("measure listed", "line 1", "[1, 2]", "JSON object"),
    ("evaluate local-dir:", "model=local-dir:", "path of a folder"),
    ("evaluate hf-hub:a/b/c", "model=hf-hub:a/b/c", "ORG/REPO"),
    ("evaluate hf-hub:a/b@../c", "model=hf-hub:a/b@../c", "a branch"),
    ("evaluate nope", "model=nope", "ARCH/TAG"),
    ("scenes --preset web-like --out w --set saliency_bias=1.7", "saliency_bias=1.7", "0 to 1"),
    ("train --preset web-like --set batch_size=1e99", "batch_size=1e99", "16 to 4096"),
    ("train --preset web-like --set batch_size=nan", "batch_size=nan", "16 to 4096"),
    ("scenes --preset web-like --out w --set caption_completeness=0.1", "caption_completeness=0.1", "0.25 to 1"),
    ("scenes --preset salient --out w --set caption_completeness=0.3", "caption_completeness=0.3", "1/2 to 1"),
    ("scenes --preset web-like --out w --set attribute_kinds=smell", "attribute_kinds=smell", "color"),
    ("scenes --preset web-like --out w --count -5", "count=-5", "1 to 1000000"),
    ("scenes --preset web-like --out w --count ten", "count=ten", "whole number"),
    ("scenes --preset web-like --out w --size 63", "size=63", "even"),
    ("scenes --preset web-like --out w --seed -1", "seed=-1", "0 to 2147483647"),
    ("scenes --preset web-like --out file", "out=file", "folder"),
    ("scenes --preset web-like --out file/w", "out=file/w"),
    ("scenes --preset web-like --out full", "out=full", "empty folder"),
    ("measure nowhere", "PATH nowhere: does not exist; give captions in .csv"),
    ("measure file", "PATH file: is another kind of file"),
    ("measure broken", "line 1", "JSON"),
    ("train --preset web-like --steps 0", "steps=0", "1 to 1000000"),
    ("train --preset web-like --tune prompt", "tune=prompt", "all or text or image or lora or text-map"),
    ("train --preset web-like --tune lora", "tune=lora", "trained from scratch"),
    ("train --preset web-like --tune text", "tune=text", "all"),
    ("train --preset web-like --init ''", "init="),
    ("train --preset web-like --init nothing", "init=nothing", "run id"),
    ("train --preset web-like --runs file/runs", "runs=file/runs", "folder"),
    ("train --preset web-like --runs file", "runs=file", "folder"),
    ("evaluate ../../nope", "model=../../nope", "run id"),
    ("evaluate empty", "model=empty", "open_clip_config.json"),
    ("evaluate ''", "model="),
    ("evaluate x --set saliency_bias=1", "saliency_bias=1", "--preset"),
    ("evaluate x --count 0", "count=0", "10 to 100000"),
    ("train --preset web-like --evaluation-count 9", "evaluation_count=9", "10 to 20000"),
    ("train --preset web-like --evaluation-seed -1", "evaluation_seed=-1", "0 to 2147483647"),
    ("evaluate x --seed 1.5", "seed=1.5", "whole number"),
    ("benchmark nonsense pairs.csv --model x", "NAME nonsense: the benchmarks are pairs, table, sugarcrepe"),
    ("benchmark pairs gone.csv --model x", "no such file or folder"),
    ("benchmark pairs pairs.csv --model x", "model=x: no such model here"),
    ("benchmark pairs pairs.csv --model x --resume", "--resume: give --out"),
    ("benchmark pairs pairs.csv --model x --limit 0", "limit=0: give a whole number from 1"),
    ("benchmark pairs pairs.csv --model x --batch-size many", "batch_size=many"),
    ("benchmark pairs pairs.csv --model x --images gone", "--images gone: there is no such folder"),
    (
        "benchmark pairs pairs.csv --model x --images empty",
        "--images empty: holds no picture that is named, such as 0.png",
    ),
    ("benchmark winoground pairs.csv --model x", "needed are image_0, caption_0, caption_1, image_1"),
    ("benchmark colorswap . --model x", "the folder holds none of"),
    ("benchmark table pairs.csv --model x", "--columns: say which column is which, as in --columns image=COLUMN"),
    ("benchmark table pairs.csv --model x --columns image=a", "--columns image=a: image is needed, and either"),
    ("benchmark pairs pairs.csv --model x --columns image=a", "only the benchmark `table` takes it"),
    ("swaps --file named.csv --pairs pairs.csv", "--pairs pairs.csv: named.csv has no column image"),
    ("swaps --file named.csv --pairs .", "--pairs .: named.csv has no column image"),
    ("swaps --caption 'a bus' --pairs pairs.csv", "--pairs pairs.csv: give --file"),
    ("swaps --file words.csv", "words.csv: its columns are words; needed is caption"),
    ("swaps", "one of the arguments --caption --file is required"),
    ("swaps --caption 'a bus' --file x", "not allowed with"),
    ("swaps --caption 'a bus' --kinds hue", "--kinds hue: give one or more of attribute, color, size"),
    ("swaps --caption ''", "caption: give a sentence, it is empty"),
    ("swaps --file nowhere.txt", "file=nowhere.txt: cannot be read (No such file or directory)"),
    ("swaps --file .", "file=.: cannot be read (Is a directory)"),
    ("swaps --file bad.txt", "bad.txt: is not text in UTF-8, see line 1"),
    ("space", "one of --check and --push REPO is required"),
    ("space --check --push x", "one of --check and --push REPO is required"),
    ("space --check --private", "--private: goes with --push only"),
    ("space --check --dry-run", "--dry-run: goes with --push only"),
    ("space --push x --quick", "--quick: goes with --check only"),
    ("space --check --static", "--static: goes with --push only"),
    ("space --push x --static --hardware zero-a10g", "--hardware zero-a10g: a static Space has none"),
    ("space --push a/b/c --dry-run", "--push a/b/c: name the Space as NAME or OWNER/NAME"),
    ("space --push anna/toy --hardware gpu", "--hardware gpu: choose cpu-basic"),
    ("space --push anna/toy", "--push anna/toy: there is no token; log in with `hf auth login` or set HF_TOKEN"),
    ("runs", "COMMAND"),
    ("runs frobnicate", "frobnicate"),
    ("runs show", "RUN"),
    ("runs show nope", "run=nope"),
    ("runs show ../runs", "run=../runs"),
    ("runs import nope.zip", "file=nope.zip"),
    ("runs import .", "is no zip of a run"),
    ("score things-bound --caption a", "--image"),
    ("score things-bound --image 0.png", "--caption"),
    ("score things-bound --image 9.png --caption a", "9.png: there is no such file"),
    ("score things-bound --image bad.png --caption a", "no picture of a kind that is read"),
    ("score things-bound --image 0.png --caption a --relevance x.gif", "ends in .png or .json"),
    ("score things-bound --image 0.png --caption a --relevance no/x.png", "cannot be written"),
    ("score nothing-here --image 0.png --caption a", "model=nothing-here"),
    ("ladder nothing-here", "model=nothing-here"),
    ("ladder things-bound --image 0.png", "give both"),
    ("ladder things-bound --caption 'a bus'", "give both"),
    ("ladder things-bound --image 9.png --caption a", "9.png: there is no such file"),
    ("ladder things-bound --count 9", "count=9"),
    ("ladder m0 m1 m2 m3 m4 m5 m6 m7 m8 m9 m10 m11 m12", "13 of them, give 1 to 12"),
)
"""Command lines, each with words of its sentence."""
OUT, LONG = "--preset web-like --out w", "y" * 5000
LONG_INPUT = (
    LONG,
    f"scenes --preset {LONG} --out w",
    f"scenes {OUT} {LONG}",
    f"scenes --preset web-like --out file/{LONG}",
    f"scenes --preset web-like --out {'./' * 1500}full",
    f"scenes {OUT} --set {LONG}",
    f"scenes {OUT} --set {LONG}=1",
    f"scenes {OUT} --set world={LONG}",
    f"scenes {OUT} --count {LONG}",
    f"measure {LONG}",
    f"measure {'./' * 1500}broken",
    f"evaluate {LONG}",
    f"evaluate {LONG}/{LONG}",
    f"evaluate local-dir:{LONG}",
    f"evaluate hf-hub:{LONG}",
    f"train --preset web-like --init {LONG}",
    f"runs delete {LONG}",
    f"swaps --caption {LONG}",
    f"score things-bound --image 0.png --caption {LONG}",
    f"score things-bound --caption a --image {'0.png ' * 17}",
)


@pytest.fixture
def clutter(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of several kinds, and folders that are empty, full of other things, and damaged; nobody is logged in."""
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    published.write_pairs(elsewhere, 2, 2)
    Image.new("RGB", (40, 30)).save(elsewhere / "0.png")
    texts = {
        "file": "text",
        "bad.png": "no picture",
        "words.csv": "words\na bus\n",
        "named.csv": "caption\na red bus\n",
    }
    texts |= {"full/thesis.docx": "mine\n", "broken/metadata.jsonl": "mine\n", "listed/metadata.jsonl": "[1,2]\n"}
    for folder in ("empty", "full", "broken", "listed"):
        (elsewhere / folder).mkdir()
    for name, text in texts.items():
        (elsewhere / name).write_text(text)
    (elsewhere / "bad.txt").write_bytes(b"\xff\xfe")
    return elsewhere


@pytest.mark.parametrize(
    ("line", "words"), [(line, words) for line, *words in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_bad_input_is_one_sentence_and_leaves_nothing_behind(
    line: str, words: list[str], shell: Shell, clutter: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in clutter.rglob("*")}
    said = shell.refused(*shlex.split(line))
    assert all(word in said for word in words), said
    assert {path: path.stat().st_mtime_ns for path in clutter.rglob("*")} == before


@pytest.mark.usefixtures("clutter")
@pytest.mark.parametrize("line", LONG_INPUT, ids=[line[:40] for line in LONG_INPUT])
def test_a_long_value_is_not_echoed_whole(line: str, shell: Shell) -> None:
    assert len(shell.refused(*shlex.split(line))) < 500


@pytest.mark.usefixtures("clutter")
def test_a_process_exits_with_two() -> None:
    done = python("-m", "explorer", *shlex.split(f"scenes {OUT} --set saliency_bias=1.7"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "saliency_bias=1.7" in done.stderr and "0 to 1" in done.stderr


def test_names_that_cannot_be_models_are_told_before_torch_is_loaded() -> None:
    """And a table of pairs that cannot be read: neither waits for seconds."""
    Path("pairs.csv").write_text("image,caption,negative_caption\n" + "0.png,a,b\n" * 300 + "0.png,a\n")
    lines = ("evaluate nope", "evaluate .", "train --preset web-like --init nope")
    code = f"""
import sys
from explorer.cli import main
for line in {(*lines, "benchmark pairs pairs.csv --model things-bound")!r}:
    try:
        main(line.split())
    except SystemExit as left:
        print(left.code, "torch" in sys.modules)
"""
    done = python("-c", code)
    assert done.stdout.splitlines() == ["2 False"] * 4, done.stderr
    assert "line 302 of pairs.csv: 2 fields" in done.stderr
