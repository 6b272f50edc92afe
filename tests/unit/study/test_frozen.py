"""Frozen evidence is read by the name of its sweep, and the endpoint answers it."""

import json
from pathlib import Path

import pytest

from explorer import api
from explorer.spec import SpecError
from explorer.study.frozen import load, load_all
from explorer.study.table import SWEEPS


def test_evidence_is_found_by_name(tmp_path: Path) -> None:
    (tmp_path / "density.json").write_text(json.dumps({"name": "density"}))
    assert load("density", tmp_path) == {"name": "density"} and load("saliency", tmp_path) is None
    assert load_all(tmp_path) == {name: {"name": "density"} if name == "density" else None for name in SWEEPS}
    with pytest.raises(SpecError, match="sweep=../density"):
        load("../density", tmp_path)


def test_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "load", lambda name: {"name": name})
    assert api.study("density") == {"name": "density"}
    monkeypatch.setattr(api, "load", lambda name: None)
    with pytest.raises(SpecError, match="claim=density: was not run yet"):
        api.study("density")
    monkeypatch.undo()
    with pytest.raises(SpecError, match="claim=nope: choose single-flaws"):
        api.study("nope")
