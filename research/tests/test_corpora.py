"""The declared corpora of real captions: what is frozen of them, and the command that freezes it."""

import gzip
import json
from pathlib import Path

import pytest

from explorer.resources import FROZEN_FOLDER
from explorer.study.evidence_store import CORPORA_FILE, load_corpora
from explorer.tools.program import run_program
from explorer.world.caption_measures import PROPERTY_CURVES, PROPERTY_DEFINITIONS
from research import commands
from research.__main__ import program
from research.corpora import CORPORA
from research.sweeps import FIRST_EDITION


def test_every_corpus_is_frozen_with_its_source_and_what_was_left_out() -> None:
    corpora = load_corpora(FROZEN_FOLDER)
    assert corpora is not None
    assert [each["name"] for each in corpora["corpora"]] == list(CORPORA)
    assert set(corpora["definitions"]) == set(PROPERTY_DEFINITIONS) and corpora["curves"] == PROPERTY_CURVES
    assert set(PROPERTY_CURVES.values()) <= set(FIRST_EDITION) and corpora["limits"]
    for each in corpora["corpora"]:
        corpus = CORPORA[each["name"]]
        assert (each["source"], each["license"], each["command"]) == (corpus.source, corpus.license, corpus.command)
        about = each["about"]
        assert 0.9 * about["rows"] <= about["read"] <= about["rows"] and about["sentences"]["read"] >= about["read"]
        for name in ("attribute_density", "objects_in_caption"):
            assert each[name]["low"] < each[name]["value"] < each[name]["high"]
        for name in ("caption_completeness", "saliency_bias"):
            assert (each[name] is None) == (about["with_objects"] == 0)


def test_the_command_measures_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "FROZEN_FOLDER", tmp_path)
    for corpus in CORPORA.values():
        (tmp_path / corpus.file).write_bytes(gzip.compress(b"caption\na red bus\na car and a tree\n"))
    run_program(program, ["captions", str(tmp_path)])
    assert "cc3m" in capsys.readouterr().out
    written = json.loads((tmp_path / CORPORA_FILE).read_text(encoding="utf-8"))
    assert written == load_corpora(tmp_path)
    assert [each["attribute_density"]["value"] for each in written["corpora"]] == [pytest.approx(1 / 3)] * len(CORPORA)
    (tmp_path / CORPORA["iiw"].file).unlink()
    with pytest.raises(SystemExit):
        run_program(program, ["captions", str(tmp_path)])
    assert f"{CORPORA['iiw'].file}: cannot be read" in capsys.readouterr().err
