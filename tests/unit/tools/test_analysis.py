"""The commands that analyze a model, on a tiny run, for people and as JSON; bad input is one sentence."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.errors import UserError
from explorer.evaluation.analyses import BIASES, PROBE_DEFINITIONS
from explorer.evaluation.sets import EvaluationBudget, ProbeBudget
from explorer.runs.store import RunStore
from explorer.views import questions as probing
from explorer.views.probe import NOT_HERE, scenes_of
from tests.unit.tools.conftest import Shell
from tests.unit.toys import CAPTIONS, tiny_clip, tiny_folder, tiny_spec

FEW_PROBED = EvaluationBudget(probe=ProbeBudget(fit_per_value=30, test_per_value=10))


@pytest.fixture
def run(tmp_path: Path) -> str:
    """The id of a run with a model; a picture lies where the command starts."""
    probing.MODELS.clear()
    values = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    Image.fromarray(values).save("0.png")
    folder = RunStore(tmp_path / "runs").create(tiny_spec())
    tiny_folder(folder.model)
    return folder.run


def test_interrupted_work_keeps_what_is_done(run: str, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the text map: the answers before it are printed, and the status is that of an interruption."""

    def stopped(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("explorer.evaluation.analyses.fit_text_map", stopped)
    status, out, err = shell("inside", run, "--count", "40", "--fitted", "50", "--json", budget=FEW_PROBED)
    document = json.loads(out)
    assert status == 130 and "what was done is in the answer" in err
    assert (
        list(document["inside"]) == list(PROBE_DEFINITIONS)[:4] and document["interrupted"] and document["fitted"] == 50
    )
    status, out, _ = shell("bias", run, "--count", "40", "--text-map", "--json")
    assert status == 130 and set(json.loads(out)["biases"]) == set(BIASES) and "text_map" not in json.loads(out)


def test_long_work_tells_the_time_left(run: str, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.cli.LONG_S", 0.0)
    monkeypatch.setattr("explorer.cli.TELL_EVERY_S", 0.0)
    status, _, err = shell("bias", run, "--count", "40", "--text-map", "--fitted", "60", "--json")
    assert status == 0 and err.startswith("measuring, about ")
    assert all(line.endswith(" left; Ctrl-C keeps what is done") for line in err.splitlines())


def test_a_ladder_of_what_is_here_and_what_is_not(run: str, shell: Shell) -> None:
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
    assert away["on_disk"] is False and away["why"] == NOT_HERE and away["scenes"] is None
    assert away["parameters"] == 151_277_313
    _, out, _ = shell(*asked)
    assert out.index("things-bound") < out.index("ViT-B-32/openai") and NOT_HERE in out


def test_a_ladder_of_all_that_is_on_this_disk_and_of_a_model_that_nobody_knows(run: str, shell: Shell) -> None:
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
        scenes_of(odd)
