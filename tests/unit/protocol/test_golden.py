"""The golden values hold, and a changed constant breaks them."""

import inspect
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import explorer
from explorer import stats
from explorer.spec import PROTOCOL_VERSION
from explorer.training import loop, losses, optimizer
from explorer.world import grammar, plan, render, sprites, swaps
from tests.unit.protocol import golden
from tests.unit.protocol.exact import compute_exact
from tests.unit.protocol.trained import PARTS, train_parts

GOLDEN = golden.read_golden()
ROOT = Path(explorer.__file__).parents[1]
HERE = Path(__file__).parent.relative_to(ROOT)


def test_the_golden_values_are_of_this_version() -> None:
    assert GOLDEN["recipe"] == PROTOCOL_VERSION, (
        "after raising PROTOCOL_VERSION run: .venv/bin/python -m tests.record golden"
    )


@pytest.mark.slow
def test_integers_and_metrics_are_golden() -> None:
    values = compute_exact()
    assert golden.differences(GOLDEN, values) == []
    assert golden.flat({name: GOLDEN[name] for name in values}).keys() == golden.flat(values).keys()


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_losses_and_scores_are_golden(part: str) -> None:
    values = train_parts([part])
    assert golden.differences(GOLDEN, values) == []
    assert golden.flat(GOLDEN[part]).keys() == golden.flat(values[part]).keys()


CHANGES: tuple[dict[str, tuple[ModuleType, str, str]], ...] = (
    {
        "pixels": (render, "accent += 128", "accent += 100"),
        "captions": (grammar, "return 1 + stream", "return 2 + stream"),
        "binding_accuracy": (stats, "CONTRACT.confidence, CONTRACT.z", "0.9, 1.645"),
    },
    {
        "pixels": (sprites, "= 0.185, 0.066", "= 0.185, 0.07"),
        "captions": (grammar, "takes_an[lead], AN, A)", "takes_an[lead], A, AN)"),
    },
    {
        "scenes": (plan, "linspace(1000 / size", "linspace(1010 / size"),
        "swapped": (swaps, "bits + 1, 0", "-bits, -(2**40)"),
    },
)
"""Changes that one process shows: rounding, number of objects, interval; radius, articles; scale, choice of the pair.

Each part is changed by one of its process alone.
"""


@pytest.mark.slow
@pytest.mark.parametrize("changes", CHANGES, ids=list)
def test_a_changed_constant_of_scenes_or_metrics_is_caught(
    changes: dict[str, tuple[ModuleType, str, str]], tmp_path: Path
) -> None:
    """A copy of the package is changed, and computes in a process of its own."""
    ignore = shutil.ignore_patterns("__pycache__", "checkpoints", "test_*.py", "golden.json")
    for name in ("explorer", "models", str(HERE)):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    for module, before, after in changes.values():
        path = tmp_path / Path(str(module.__file__)).relative_to(ROOT)
        source = path.read_text(encoding="utf-8")
        assert source.count(before) == 1, f"{path.name} holds {before!r} {source.count(before)} times, not once"
        path.write_text(source.replace(before, after), encoding="utf-8")
    command = [sys.executable, "-m", ".".join((*HERE.parts, "exact")), "every-dial"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    differing = " ".join(golden.differences(GOLDEN, json.loads(done.stdout)))
    assert [part for part in changes if part not in differing] == []


@pytest.mark.slow
def test_a_changed_constant_of_the_loss_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    source = inspect.getsource(losses)
    assert source.count(".T, own)) / 2\n") == 1
    changed: dict[str, Any] = {}
    exec(source.replace(".T, own)) / 2\n", ".T, own)) / 2.01\n"), changed)
    monkeypatch.setattr(loop, "clip_loss", changed["clip_loss"])
    wrong = golden.differences(GOLDEN, train_parts(["losses"]))
    assert "losses.clip.0.loss" in wrong and "losses.masked.0.loss" in wrong
    assert not [name for name in wrong if "siglip" in name]


OPTIMIZER_CHANGES = {
    "MOMENTUM": (optimizer, 0.91, "muon.resblocks"),
    "NEWTON_SCHULZ": (optimizer, (3.44, -4.775, 2.0315), "muon.resblocks"),
    "WEIGHT_DECAY": (optimizer, 0.11, "adamw.resblocks"),
    "BETAS": (optimizer, (0.9, 0.96), "adamw.embedding"),
    "FINAL_SHARE": (optimizer, 0.06, "adamw.embedding"),
    "MUON_RATIO": (optimizer, 11.0, "muon.resblocks"),
}


@pytest.mark.parametrize("name", OPTIMIZER_CHANGES)
def test_a_changed_constant_of_the_optimizers_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, value, part = OPTIMIZER_CHANGES[name]
    monkeypatch.setattr(module, name, value)
    assert part in " ".join(golden.differences(GOLDEN, train_parts(["optimizers"])))


def test_numbers_have_a_tolerance_and_integers_have_none() -> None:
    old = {
        "digests": {"web-like": {"pixels": "ab"}},
        "losses": {"clip": [{"loss": 5.0}]},
        "scores": {"one.own": {"cosines": [0.5], "metrics": {"group_score": {"value": 0.5, "n": 100}}}},
    }

    def wrong(**changes: Any) -> list[str]:
        return golden.differences(old, changes)

    def scores(cosine: float, share: float, n: int) -> dict[str, Any]:
        return {"one.own": {"cosines": [cosine], "metrics": {"group_score": {"value": share, "n": n}}}}

    assert wrong(digests={"web-like": {"pixels": "ab"}}, losses={"clip": [{"loss": 5.004}]}) == []
    assert wrong(digests={"web-like": {"pixels": "ac"}}) == ["digests.web-like.pixels"]
    assert wrong(digests={"new": {"pixels": "ab"}}) == ["digests.new.pixels"]
    assert wrong(losses={"clip": [{"loss": 5.006}]}) == ["losses.clip.0.loss"]
    assert wrong(scores=scores(0.5009, 0.52, 100)) == []
    assert wrong(scores=scores(0.502, 0.53, 99)) == [
        "scores.one.own.cosines.0",
        "scores.one.own.metrics.group_score.value",
        "scores.one.own.metrics.group_score.n",
    ]
    assert wrong(losses={"clip": [{"loss": float("nan")}]}) == ["losses.clip.0.loss"]


def test_only_a_raised_version_replaces_golden_values() -> None:
    old = {"recipe": 2, "digests": {"one": {"pixels": "ab"}}, "losses": {"clip": [{"loss": 5.0}]}}
    near = {"clip": [{"loss": 5.001}]}
    added = {"recipe": 2, "digests": {"one": {"pixels": "ab"}, "two": {"pixels": "cd"}}, "losses": near}
    assert golden.update_golden(old, added) == {**added, "losses": old["losses"]}
    changed = {**added, "digests": {"one": {"pixels": "ef"}}}
    with pytest.raises(golden.Stale, match="these differ: digests.one.pixels"):
        golden.update_golden(old, changed)
    assert golden.update_golden(old, {**changed, "recipe": 3}) == {**changed, "recipe": 3}
    with pytest.raises(golden.Stale):
        golden.update_golden(old, {**added, "recipe": 1})
