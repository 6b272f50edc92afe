"""The commands that ask models and swap captions, on a tiny run, for people and as JSON."""

import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.clip.open_clip_import import open_clip
from explorer.errors import UserError
from explorer.evaluation.analyses import BIASES
from explorer.evaluation.probes import PROBE_DEFINITIONS
from explorer.evaluation.sets import EvaluationBudget, ProbeBudget
from explorer.runs.store import RunStore
from explorer.tools.asking import add_swaps
from explorer.views import asked_models
from explorer.views.ask import NOT_ON_DISK, swaps
from explorer.views.permitted_models import check_drawable
from tests.unit.tools.conftest import Shell
from tests.unit.toys import CAPTIONS, tiny_clip, tiny_config, tiny_folder, tiny_spec


@pytest.fixture
def run(tmp_path: Path) -> str:
    """The id of a run with a model; two pictures lie where the command starts."""
    asked_models.MODEL_CACHE.clear()
    for number in range(2):
        values = np.random.default_rng(number).integers(0, 256, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(values).save(f"{number}.png")
    folder = RunStore(tmp_path / "runs").create(tiny_spec())
    tiny_folder(folder.model)
    return folder.run


@pytest.mark.slow
def test_a_checkpoint_of_a_named_architecture(run: str, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny_config()
    text = {key: value for key, value in config["text_cfg"].items() if key != "hf_tokenizer_name"}
    config |= {"text_cfg": text | {"vocab_size": 49408, "context_length": 77, "pool_type": "argmax"}}
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "toy", config)
    weights = open_clip.CLIP(**config).state_dict()
    torch.save({"epoch": 1, "state_dict": {f"module.{name}": each for name, each in weights.items()}}, "epoch_1.pt")
    asked = ["--image", "0.png", "--caption", CAPTIONS[0], CAPTIONS[1], "--json"]
    status, out, _ = shell("score", "toy", "--weights", "epoch_1.pt", *asked)
    document = json.loads(out)
    assert status == 0 and document["model"] == "toy:epoch_1.pt"
    status, out, _ = shell("score", "toy:epoch_1.pt", *asked)
    assert json.loads(out)["cosine"] == document["cosine"]
    for command in ("evaluate", "inside", "bias"):
        status, _, err = shell(command, "toy", "--weights", "gone.pt")
        assert status == 2 and "there is no file gone.pt" in err and err.count("\n") == 1
    status, _, err = shell("score", run, "--weights", "epoch_1.pt", *asked)
    assert status == 2 and "open_clip has no architecture" in err
    status, _, err = shell("score", "ViT-B-32/openai", "--weights", "epoch_1.pt", *asked)
    assert status == 2 and "MODEL is then the name of an architecture" in err


def test_the_same_picture_twice_one_caption_and_no_swap(run: str, shell: Shell) -> None:
    status, out, _ = shell("score", run, "--image", "0.png", "0.png", "--caption", "a zebra")
    lines = out.splitlines()
    assert status == 0 and lines[3] == lines[4] and not any(line.startswith("margin") for line in lines)
    assert any(line.startswith("warnings: Caption 1 has words") for line in lines)
    _, out, _ = shell("score", run, "--image", "0.png", "--caption", CAPTIONS[0], "--swaps", "--json")
    document = json.loads(out.splitlines()[-1])
    assert document["wordings"]["num_asked"] == 2 and document["wordings"]["band"] == [None]
    assert {each["kind"] for each in document["half_truths"] if not each["why"]} == {"object", "attribute"}
    assert [each["word"] for each in document["words"]["caption"]["words"]] == CAPTIONS[0].split()
    assert document["words"]["difference"]["other"] == document["captions"][1]
    assert [each["kind"] for each in document["half_truths"] if each["counts"]] == []
    assert any("--false-details object attribute." in each for each in document["summary"])
    told = ["--caption", CAPTIONS[0], "--swaps", "--false-details", "attribute"]
    _, out, _ = shell("score", run, "--image", "0.png", *told)
    assert " of 1 cases" in out and "not counted: object" in out and "name every" not in out
    _, out, _ = shell("score", run, "--image", "0.png", "--caption", "a bus", "--swaps")
    assert "No attributes were found" in out


def test_swaps_are_made_within_the_limits(run: str, shell: Shell) -> None:
    colors = ("red", "blue", "green", "black", "white", "pink", "gray", "brown", "yellow", "orange")
    many = " and ".join(
        f"a {color} {noun}"
        for color, noun in zip(colors, "bus cat dog car cup key fish bird tree hat".split(), strict=True)
    )
    status, _, err = shell("score", run, "--image", "0.png", "--caption", many, "--swaps")
    assert status == 2 and "makes 46 captions" in err
    asked = ["a red bus and a blue cat", "a blue bus and a red cat"]
    assert add_swaps(asked) == asked
    with pytest.raises(UserError, match="^caption"):
        add_swaps([""])


@pytest.mark.slow
def test_maps_as_a_picture_and_as_json(run: str, shell: Shell) -> None:
    asked = ["score", run, "--image", "0.png", "1.png", "--caption", CAPTIONS[0], CAPTIONS[2], "--relevance"]
    status, out, _ = shell(*asked, "maps.png", "--json")
    document = json.loads(out)["relevance"]
    assert status == 0 and np.allclose(np.sum(document["maps"], axis=(2, 3)), 1, atol=1e-3) and "seen" not in document
    with Image.open("maps.png") as sheet:
        # Two pictures, each with what was seen and two maps.
        assert sheet.format == "PNG" and sheet.width > 3 * 200 and sheet.height > 2 * 200
        colors = np.asarray(sheet.convert("RGB")).reshape(-1, 3)
        assert len(np.unique(colors, axis=0)) > 50
    status, out, _ = shell(*asked, "maps.json")
    assert status == 0 and "verdict: " in out
    kept = json.loads(Path("maps.json").read_text())
    assert kept["relevance"]["maps"] == document["maps"] and kept["captions"] == [CAPTIONS[0], CAPTIONS[2]]


FEW_PROBED = EvaluationBudget(probe=ProbeBudget(fit_per_value=30, test_per_value=10))


def test_interrupted_work_keeps_what_is_done(run: str, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the text map: the answers before it are printed, and the status is that of an interruption."""

    def stopped(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    for module in ("probes", "text_map"):
        monkeypatch.setattr(f"explorer.evaluation.{module}.fit_text_map", stopped)
    status, out, err = shell("inside", run, "--count", "40", "--fitted", "50", "--json", budget=FEW_PROBED)
    document = json.loads(out)
    assert status == 130 and "what was done is in the answer" in err
    assert (
        list(document["inside"]) == list(PROBE_DEFINITIONS)[:4] and document["interrupted"] and document["fitted"] == 50
    )
    status, out, _ = shell("bias", run, "--count", "40", "--text-map", "--json")
    assert status == 130 and set(json.loads(out)["biases"]) == set(BIASES) and "text_map" not in json.loads(out)


@pytest.mark.slow
def test_long_work_tells_the_time_left(run: str, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.tools.program.TOLD_FROM_S", 0.0)
    monkeypatch.setattr("explorer.tools.program.TELL_EVERY_S", 0.0)
    status, _, err = shell("bias", run, "--count", "40", "--text-map", "--fitted", "60", "--json")
    assert status == 0 and err.startswith("measuring, about ")
    assert all(line.endswith(" left; Ctrl-C keeps what is done") for line in err.splitlines())


@pytest.mark.slow
def test_a_leaderboard_of_what_is_here_and_what_is_not(run: str, shell: Shell) -> None:
    asked = ["leaderboard", run, "ViT-B-32/openai", "things-bound", "--count", "40"]
    picture = ["--image", "0.png", "--caption", CAPTIONS[0], "--swaps"]
    status, out, err = shell(*asked, *picture, "--json")
    document = json.loads(out)
    assert (status, err) == (0, "") and [row["model"] for row in document["rows"]] == [
        "things-bound", run, "ViT-B-32/openai",
    ]  # fmt: skip
    best, tiny, away = document["rows"]
    assert best["verdict"].startswith("binds") and best["pixels"] == 64 and best["parameters"] > 1_000_000
    assert best["scenes"]["binding_accuracy"]["n"] <= 40 and best["scenes"]["binding_accuracy"]["chance"] == 0.5
    assert tiny["question"]["n"] == 1 and tiny["question"]["margin"] is not None and len(document["captions"]) == 2
    assert away["on_disk"] is False and away["why"] == NOT_ON_DISK and away["scenes"] is None
    assert away["parameters"] == 151_277_313
    _, out, _ = shell(*asked)
    assert out.index("things-bound") < out.index("ViT-B-32/openai") and NOT_ON_DISK in out


@pytest.mark.slow
def test_a_leaderboard_of_all_that_is_on_this_disk_and_of_a_model_that_nobody_knows(run: str, shell: Shell) -> None:
    known, unknown = shell.document("leaderboard", "no-such-model", run, "--count", "10")["rows"]
    assert known["model"] == run and known["scenes"]
    assert unknown["model"] == "no-such-model" and "no such model here" in unknown["why"] and not unknown["scenes"]
    rows = shell.document("leaderboard", "--count", "10")["rows"]
    assert {run, "things-bound", "things-web"} <= {row["model"] for row in rows}


@pytest.mark.parametrize(("size", "words"), [(33, "size=33: must be an even number"), ((32, 64), "32 x 64: must be")])
def test_a_model_whose_pixels_our_scenes_cannot_have(size: Any, words: str) -> None:
    clip = tiny_clip()
    odd = replace(clip, preprocess={**clip.preprocess, "size": size})
    with pytest.raises(UserError, match=f"our scenes cannot be drawn for it, .*{words}"):
        check_drawable(odd)


def test_half_truths_are_written_where_they_are_safe(tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "c.csv").write_text("image,caption\n0.png,two red buses\n1.png,a cat\n", encoding="utf-8")
    status, out, err = shell("swaps", "--file", str(tmp_path / "c.csv"), "--half-truths", "--json")
    first, second = map(json.loads, out.splitlines())
    assert [each["kind"] for each in first["half_truths"]] == ["object", "attribute", "count"]
    assert [each["caption"] for each in second["half_truths"]] == ["a cat and an airplane"]
    assert status == 0 and "2 of 2 captions have a swap or a half-truth" in err
    pairs = tmp_path / "pairs.csv"
    shell("swaps", "--file", str(tmp_path / "c.csv"), "--half-truths", "--pairs", str(pairs))
    assert "1.png,a cat,a cat and an airplane" in pairs.read_text(encoding="utf-8").splitlines()


def printed_swaps(shell: Shell, *arguments: Any) -> str:
    """What `swaps` prints."""
    return shell("swaps", *arguments)[1]


def test_a_caption_as_text(shell: Shell) -> None:
    lines = [line.split() for line in printed_swaps(shell, "an old bus and a red car").splitlines()]
    assert ["old", "bus"] in lines and ["attribute", "a", "red", "bus", "and", "an", "old", "car"] in lines
    why = "why: It names fewer than two objects, so there is nothing to exchange."
    assert printed_swaps(shell, "--caption", "a bus").splitlines() == ["unsure: no", why]


def test_kinds_by_name(shell: Shell, tmp_path: Path) -> None:
    caption = "a red bus and a submarine"
    assert "nothing to exchange" in printed_swaps(shell, "--caption", caption)
    assert "move  a bus and a red submarine" in printed_swaps(shell, "--caption", caption, "--kinds", "color,move")
    assert "move  a bus and a red submarine" in printed_swaps(shell, "--caption", caption, "--kinds", "all")
    (tmp_path / "captions.txt").write_text(caption + "\n")
    document = json.loads(printed_swaps(shell, "--file", tmp_path / "captions.txt", "--kinds", "move", "--json"))
    assert [swap["kind"] for swap in document["swaps"]] == ["move"]


def test_a_line_for_each_line_of_a_file(shell: Shell, tmp_path: Path) -> None:
    lines = ["an old bus and a red car", "", "a black dog and cat", "x" * 301, "“été” and a bus", "a\tbus"]
    file = tmp_path / "captions.txt"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    documents = [json.loads(line) for line in printed_swaps(shell, "--file", file, "--json").splitlines()]
    assert ["error" in document for document in documents] == [False, True, False, True, False, False]
    assert documents[0] == {"caption": lines[0], **swaps(lines[0])} and documents[2]["unsure"]
    assert "error: caption: give a sentence" in printed_swaps(shell, "--file", file)


def test_a_table_is_read_as_measure_reads_it_and_becomes_pairs_for_the_benchmark(shell: Shell, tmp_path: Path) -> None:
    captions = ["a red bus and a blue car", "a dog", "a green cat, and a pink dog"]
    rows = "".join(f'{place}.png,"{caption}"\n' for place, caption in enumerate(captions))
    with gzip.open(tmp_path / "own.csv.gz", "wt") as file:
        file.write(f"image,caption\n{rows}")
    for place in range(3):
        Image.new("RGB", (32, 32), (80 * place, 0, 0)).save(tmp_path / f"{place}.png")
    pairs = tmp_path / "pairs.csv"
    total = "2 of 3 captions have a swap, 2 swaps in all."
    document = shell.document("swaps", "--file", tmp_path / "own.csv.gz", "--pairs", pairs)
    assert document == {"total": total, "pairs": 2, "file": str(pairs)}
    with pairs.open(newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["image"] for row in written] == ["0.png", "2.png"]
    assert written[0]["caption"] == captions[0] and written[0]["negative_caption"] == "a blue bus and a red car"
    assert shell.document("benchmark", "pairs", pairs, "--model", "things-web")["n"] == 2
