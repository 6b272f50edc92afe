"""The command `space` on this very repository, and its sentences for what it cannot do."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import metadata_load

from explorer import space
from explorer.cli import main

ROOT = Path(__file__).resolve().parents[3]


def test_this_repository_can_be_a_space(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for slow in ("import", "start"):
        monkeypatch.delitem(space.CHECKS, slow)
    main(["space", "--check", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] and len(document["checks"]) == len(space.CHECKS)


@pytest.mark.slow
def test_it_starts_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    main(["space", "--check"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok: yes"
    assert [line.split()[0] for line in lines[3:]] == list(space.CHECKS)


def test_a_failed_check_is_exit_status_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path) -> str:
        raise space.Fault("it is blue")

    monkeypatch.setattr(space, "CHECKS", {"hue": fail})
    for options, printed in ((["--json"], '{"ok": false'), ([], "ok: no\nchecks:\n")):
        with pytest.raises(SystemExit) as left:
            main(["space", "--check", *options])
        out = capsys.readouterr()
        assert left.value.code == 1 and out.out.startswith(printed) and not out.err


def test_a_dry_run_tells_what_would_go(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    main(["space", "--push", "anna/toy", "--dry-run", "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (document["repo"], document["url"], document["private"]) == ("anna/toy", None, False)
    assert {"app.py", "README.md", "requirements.txt", "LICENSE", "assets/page/index.html"} <= document["files"].keys()
    assert {name.partition("/")[0] for name in document["files"]}.isdisjoint({"tests", ".ci", ".git", ".venv", "runs"})
    assert document["bytes"] == sum(document["files"].values())
    main(["space", "--push", "anna/toy", "--dry-run"])
    assert capsys.readouterr().out.startswith("repo: anna/toy\n")


@pytest.mark.slow
def test_a_static_space_is_one_page_with_its_own_front_matter(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded: dict[str, Any] = {}

    class Recorder:
        def create_repo(self, repo_id: str, **choices: Any) -> SimpleNamespace:
            uploaded.update(choices)
            return SimpleNamespace(repo_id=repo_id)

        def upload_folder(self, *, folder_path: Path, **choices: Any) -> None:
            uploaded["front"] = metadata_load(folder_path / "README.md")
            uploaded["files"] = {path.name: path.stat().st_size for path in folder_path.iterdir()}

    monkeypatch.setattr("huggingface_hub.get_token", lambda: "a token")
    monkeypatch.setattr("huggingface_hub.HfApi", Recorder)
    main(["space", "--push", "anna/toy", "--static", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert uploaded["space_sdk"] == "static"
    front = uploaded["front"]
    assert (front["sdk"], front["app_file"], front["title"]) == ("static", "index.html", "CLIP Binding Explorer")
    assert not front.keys() & {"sdk_version", "python_version"}
    assert uploaded["files"] == document["files"] and uploaded["files"].keys() == {"index.html", "README.md"}
    assert uploaded["files"]["index.html"] <= 20_000_000
