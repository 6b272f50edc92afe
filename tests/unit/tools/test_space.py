"""A Space: what is copied, what its files must say, each fault by the check about it, and what the Hub refuses."""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unicodedata import category
from unittest.mock import create_autospec

import pytest
from huggingface_hub import HfApi, RepoUrl, metadata_load
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile, RepoFolder
from packaging.requirements import Requirement

from explorer.cli import main
from explorer.errors import UserError
from explorer.resources import CHECKOUT
from explorer.runs import files
from explorer.tools import space
from explorer.tools.space import CHECKS, THUMBNAIL, check_target, file_sizes, run_checks, stage_checkout, upload

FRONT = "---\ntitle: Toy\nemoji: 🚌\npython_version: '3.12'\n---\n# Toy\n"
APP = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

if __name__ == "__main__":
    assert os.environ["SYSTEM"] == "spaces" and "HOST" not in os.environ
    HTTPServer((os.environ["GRADIO_SERVER_NAME"], int(os.environ["GRADIO_SERVER_PORT"])), Hello).serve_forever()
"""
TAKEN = {".gitignore": "# made\n.venv/\n__pycache__/\n*.pyc\n/runs/\n\n", "README.md": FRONT, "app.py": APP,
         "requirements.txt": "# why\ntorch>=2.6  # models\ngradio>=6.31,<7\n", "explorer/runs/store.py": "",
         "a/b/tests/kept.py": ""}  # fmt: skip
LEFT = ("runs/one/spec.json", "tests/test_app.py", "research/rows.py",
        ".env", ".ci/run", ".git/config", "explorer/.cache/x", "spec.pyc",
        "explorer/__pycache__/spec.pyc", ".venv/bin/python")  # fmt: skip


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout with files of every kind, on a computer whose folders are here."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("EXPLORER_RUNS", raising=False)
    for module in (files, space):
        monkeypatch.setattr(module, "SPACE_VOLUME", tmp_path / "volume")
    files._is_usable.cache_clear()
    checkout = tmp_path / "checkout"
    for name, text in TAKEN.items() | {name: "x" for name in LEFT}.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text, encoding="utf-8")
    (checkout / "link").symlink_to(checkout / ".env")
    return checkout


def failed_checks(folder: Path, *, quick: bool = True) -> dict[str, str]:
    """The checks that fail, with their sentences."""
    document = run_checks(folder, quick=quick)
    sentences = {row["name"]: row["sentence"] for row in document["checks"] if not row["ok"]}
    assert document["ok"] == (not sentences)
    return sentences


def test_the_copy_lacks_what_is_private_and_has_what_a_space_needs(root: Path) -> None:
    with stage_checkout(root, "anna/toy") as folder:
        assert set(file_sizes(folder)) == set(TAKEN) - {".gitignore"}
        assert "torch>=2.6,<2.12  # models\ngradio[mcp]>=6.31,<7\n" in (folder / "requirements.txt").read_text()
        front = metadata_load(folder / "README.md")
        assert front is not None and (front["title"], front["emoji"]) == ("Toy", "🚌") and "clip" in front["tags"]
        assert front["python_version"] == "3.12.12"
        assert front["thumbnail"] == f"https://huggingface.co/spaces/anna/toy/resolve/main/{THUMBNAIL}"
        assert (folder / "README.md").read_text(encoding="utf-8").endswith("# Toy\n")
    assert not folder.exists()
    assert (root / "README.md").read_text(encoding="utf-8") == FRONT


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (".gitignore", "!keep.me\n", "!keep.me is not carried over"),
        (".gitignore", "a/**/b\n", "is not carried over"),
        ("README.md", "# Toy\n", "does not start with a front matter"),
        ("README.md", "---\na: [\n---\n", "is no YAML"),
    ],
)
def test_a_checkout_that_cannot_be_copied_is_one_sentence(root: Path, name: str, text: str, sentence: str) -> None:
    (root / name).write_text(text)
    with pytest.raises(UserError, match=re.escape(sentence)), stage_checkout(root):
        pass


KEYS = set(
    "title emoji colorFrom colorTo sdk sdk_version python_version app_file fullWidth header short_description thumbnail"
    " models datasets tags pinned license suggested_hardware preload_from_hub startup_duration_timeout".split()
)
"""Front matter that a Space reads; it ignores others."""
COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")


def test_this_repository_says_what_a_space_needs() -> None:
    """As the documentation of Spaces asks, and so that the free hardware takes it."""
    with stage_checkout(CHECKOUT, "anna/toy") as folder:
        front, lines = metadata_load(folder / "README.md"), (folder / "requirements.txt").read_text().splitlines()
        assert {"app.py", "LICENSE", THUMBNAIL} <= set(file_sizes(folder))
    assert front is not None and front.keys() <= KEYS
    assert (front["sdk"], front["app_file"], front["license"]) == ("gradio", "app.py", "mit")
    assert re.search(r'^license = "MIT"$', (CHECKOUT / "pyproject.toml").read_text(), re.MULTILINE)
    assert front["title"] and 0 < len(front["short_description"]) <= 60
    assert len(front["emoji"]) == 1 and category(front["emoji"]) == "So"
    assert front["colorFrom"] in COLORS and front["colorTo"] in COLORS
    packages = {each.name: each for line in lines if line.strip() and line[0] != "#"
                for each in [Requirement(line.partition("#")[0])]}  # fmt: skip
    assert front["sdk_version"] in packages["gradio"].specifier
    assert "2.11.0" in packages["torch"].specifier and "2.12.0" not in packages["torch"].specifier
    # Releases on the index: no address, no pin, no build.
    assert not any(each.url for each in packages.values())
    assert not any(one.operator in ("==", "===") or "+" in one.version
                   for each in packages.values() for one in each.specifier)  # fmt: skip


def test_a_good_upload_passes_every_check(root: Path) -> None:
    everywhere = "http://127.0.0.1:7860, https://pytorch.org/get-started, a/home/b, /tmp, /data\n"
    (root / "notes.md").write_text(everywhere)
    with stage_checkout(root) as folder:
        document = run_checks(folder)
    assert [row["name"] for row in document["checks"]] == list(CHECKS) and document["ok"], document
    assert all(set(row) == {"name", "ok", "sentence"} and row["sentence"] for row in document["checks"])


@pytest.mark.parametrize(
    ("name", "text", "failed", "sentence"),
    [
        ("notes.md", "fine\nsee /home/anna/x\n", "addresses", "notes.md:2 names /home/anna"),
        ("notes.md", "C:\\Users\\anna", "addresses", "notes.md:1 names C:\\Users\\"),
        ("notes.md", "https://pypi.corp.example/simple", "addresses", "notes.md:1 names https://pypi.corp.example"),
        ("notes.md", "http://10.0.0.7/simple", "addresses", "notes.md:1 names http://10.0.0.7"),
        ("notes.md", str(CHECKOUT / "x"), "addresses", "notes.md:1 names /"),
        ("app.py", "import torch", "import", "imports torch before"),
        ("app.py", "raise ValueError('no')", "import", "app.py cannot be imported: ValueError: no"),
        ("app.py", "if __name__ == '__main__':\n  raise SystemExit('no port')", "start", "exit status 1: no port"),
    ],
)
def test_what_a_space_cannot_take(root: Path, name: str, text: str, failed: str, sentence: str) -> None:
    (root / name).write_text(text)
    (root / "torch.py").write_text("")
    faults = failed_checks(root, quick=failed != "start")
    assert set(faults) == {failed} and sentence in faults[failed]


@pytest.mark.slow
def test_a_large_file_and_a_folder_of_runs_that_will_not_do(root: Path, tmp_path: Path) -> None:
    os.truncate(root / "spec.pyc", 10_000_001)
    (tmp_path / "home").write_text("a file")
    faults = failed_checks(root)
    assert faults["sizes"] == "more than 10 MB need git's large file storage: spec.pyc (10.0 MB)"
    assert set(faults) == {"sizes", "data"} and "runs cannot be kept there (" in faults["data"]


def test_the_check_says_where_runs_would_lie(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "CHECKS", {"data": space.CHECKS["data"]})

    def told() -> str:
        files._is_usable.cache_clear()
        (row,) = run_checks(root)["checks"]
        return f"{row['ok']}: {row['sentence']}"

    on_disk = "True: runs can be kept on the disk, which a restart empties; "
    volume = tmp_path / "volume"
    assert told() == f"{on_disk}a volume at {volume} keeps them for good"
    volume.mkdir()
    assert told() == f"True: runs can be kept on the mounted volume {volume}"
    real = os.rename

    def rename(old: Path, new: Path) -> None:
        if volume in old.parents:
            raise OSError(95, "Operation not supported")
        real(old, new)

    monkeypatch.setattr(os, "rename", rename)
    assert told() == f"{on_disk}{volume} is not used, runs cannot be kept there (Operation not supported)"
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "mount"))
    assert told() == f"True: runs can be kept in {tmp_path / 'mount'}, which EXPLORER_RUNS names"
    monkeypatch.setenv("EXPLORER_RUNS", str(volume))
    assert told() == f"False: runs={volume}: runs cannot be kept there (Operation not supported)"


def push_arguments(hub: Any, folder: Path, hardware: str | None = None) -> str:
    return upload(folder, "toy", hub, private=True, hardware=hardware)


@pytest.fixture(scope="module")
def client() -> Any:
    """One for all tests, as it has two hundred methods."""
    return create_autospec(HfApi)


@pytest.fixture
def hub(client: Any) -> Any:
    """A client that keeps what it is asked."""
    for asked in (client.create_repo, client.upload_folder):
        asked.reset_mock()
        asked.side_effect = None
    client.create_repo.return_value = RepoUrl("https://huggingface.co/spaces/anna/toy")
    return client


@pytest.mark.parametrize("hardware", [None, "zero-a10g"])
def test_the_space_is_made_and_filled(hub: Any, tmp_path: Path, hardware: str | None) -> None:
    assert push_arguments(hub, tmp_path, hardware) == "https://huggingface.co/spaces/anna/toy"
    hub.create_repo.assert_called_once_with(
        "toy", repo_type="space", space_sdk="gradio", private=True, exist_ok=True, space_hardware=hardware
    )
    filled = hub.upload_folder.call_args.kwargs
    assert (filled["repo_id"], filled["repo_type"], filled["folder_path"]) == ("anna/toy", "space", tmp_path)


def refusal(status: int) -> HfHubHTTPError:
    response: Any = SimpleNamespace(status_code=status, headers={}, request=None)
    return HfHubHTTPError("no\nentry", response=response)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refusal(401), "the Hub does not know the token"),
        (refusal(402), "the Hub wants a paid plan"),
        (refusal(403), "the token may not write there"),
        (HFValidationError("two\ndots"), "no Space can have that name (two dots)"),
        (refusal(500), "the Hub refused it (status 500): no entry"),
        (OfflineModeIsEnabled("off"), "the Hub cannot be reached, because HF_HUB_OFFLINE is set"),
        (ConnectionError("reset"), "the Hub cannot be reached or did not answer (ConnectionError)"),
    ],
)
def test_what_fails_is_one_sentence(hub: Any, tmp_path: Path, error: Exception, sentence: str) -> None:
    hub.upload_folder.side_effect = error
    with pytest.raises(UserError) as told:
        push_arguments(hub, tmp_path)
    assert str(told.value).startswith(f"--push toy: {sentence}") and "\n" not in str(told.value)


@pytest.mark.parametrize("repo", ["", "a/b/c", "a b", "--x", "x" * 200, "../up"])
def test_a_name_that_no_space_can_have(repo: str) -> None:
    with pytest.raises(UserError, match="^--push .*: name the Space as NAME or OWNER/NAME$"):
        check_target(repo, None)


# ---- The command on this very repository


@pytest.mark.slow
def test_this_repository_can_be_a_space(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for slow in ("import", "start"):
        monkeypatch.delitem(space.CHECKS, slow)
    main(["space", "--check", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] and len(document["checks"]) == len(space.CHECKS)


@pytest.mark.nightly
def test_it_starts_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    """The checks without the start are quicker, and the host's own tests start it as a Space does."""
    main(["space", "--check"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok: yes"
    assert [line.split()[0] for line in lines[3:]] == list(space.CHECKS)


@pytest.mark.slow
def test_a_failed_check_is_exit_status_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path) -> str:
        raise space.CheckError("it is blue")

    monkeypatch.setattr(space, "CHECKS", {"hue": fail})
    for options, printed in ((["--json"], '{"ok": false'), ([], "ok: no\nchecks:\n")):
        with pytest.raises(SystemExit) as left:
            main(["space", "--check", *options])
        out = capsys.readouterr()
        assert left.value.code == 1 and out.out.startswith(printed) and not out.err


def in_git(folder: Path, name: str) -> str:
    """The id of the blob of a file, as git itself computes it."""
    command = ["git", "hash-object", "--no-filters", str(folder / name)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_each_file_is_new_changed_or_the_same_on_the_hub(hub: Any, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    (folder / "deep").mkdir(parents=True)
    for name in ("same.txt", "changed.txt", "new.txt", "deep/large.bin", "deep/other.bin"):
        (folder / name).write_bytes(f"{name}\r\n".encode())
    large = hashlib.sha256((folder / "deep/large.bin").read_bytes()).hexdigest()
    hub.list_repo_tree.side_effect = None
    hub.list_repo_tree.return_value = [
        RepoFile(path="same.txt", size=10, oid=in_git(folder, "same.txt")),
        RepoFile(path="changed.txt", size=13, oid="0" * 40),
        RepoFile(path=".gitattributes", size=9, oid="1" * 40),
        RepoFolder(path="deep", oid="2" * 40),
        *(
            RepoFile(path=f"deep/{name}.bin", size=9, oid="3" * 40, lfs={"oid": digest, "size": 9, "pointerSize": 1})
            for name, digest in (("large", large), ("other", "4" * 64))
        ),
    ]
    compared = space.compare_files(folder, "anna/toy", hub)
    assert compared["on_hub"] == {
        "changed.txt": "changed", "deep/large.bin": "the same", "deep/other.bin": "changed", "new.txt": "new",
        "same.txt": "the same",
    }  # fmt: skip
    assert compared["note"] == "Of the files 1 new, 2 changed, 2 the same; 1 more on the Hub would stay as they are."


def test_what_would_change_is_said_to_be_unknown_where_it_is(hub: Any, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    for error, named in (
        (OfflineModeIsEnabled("off"), "HF_HUB_OFFLINE"),
        (ConnectionError("reset\nby peer"), "ConnectionError"),
        (refusal(500), "HfHubHTTPError"),
    ):
        hub.list_repo_tree.side_effect = error
        compared = space.compare_files(tmp_path, "anna/toy", hub)
        assert not compared["on_hub"] and named in compared["note"] and "\n" not in compared["note"]
    assert "OWNER/NAME" in space.compare_files(tmp_path, "toy", hub)["note"]
    missing: Any = SimpleNamespace(status_code=404, headers={}, request=None)
    hub.list_repo_tree.side_effect = RepositoryNotFoundError("no", response=missing)
    compared = space.compare_files(tmp_path, "anna/toy", hub)
    assert compared["on_hub"] == {"app.py": "new"} and "no such Space" in compared["note"]


@pytest.mark.slow
def test_a_dry_run_tells_what_would_go(
    hub: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: hub)
    hub.list_repo_tree.side_effect = OfflineModeIsEnabled("off")
    main(["space", "--push", "anna/toy", "--dry-run", "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (document["repo"], document["url"], document["private"]) == ("anna/toy", None, False)
    assert {"app.py", "README.md", "requirements.txt", "LICENSE", "assets/page/index.html"} <= document["files"].keys()
    assert {name.partition("/")[0] for name in document["files"]}.isdisjoint(
        {"tests", "research", ".ci", ".git", ".venv", "runs"}
    )
    assert document["bytes"] == sum(document["files"].values())
    main(["space", "--push", "anna/toy", "--dry-run"])
    told = capsys.readouterr().out
    assert told.startswith("repo: anna/toy\n") and "note: What would change is not known: the Hub cannot be" in told
    hub.upload_folder.assert_not_called()


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
