"""Parts of a checkout that a Space gets, and the files that are written only into that copy."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.space.upload import front_of, kept, patterns, requirements, staged

FILES = ("app.py", "README.md", "requirements.txt", "explorer/spec.py", "explorer/runs/store.py", "a/b/tests/kept.py")
NOT_THOSE = (
    "runs/one/spec.json",
    "tests/test_app.py",
    ".env",
    ".ci/run",
    ".git/config",
    "explorer/.cache/x",
    "explorer/__pycache__/spec.pyc",
    "spec.pyc",
    ".venv/bin/python",
)
README = "---\ntitle: Toy\nemoji: 🚌\npython_version: '3.12'\n---\n# Toy\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with files of every kind."""
    for name in (*FILES, *NOT_THOSE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".gitignore").write_text("# made\n.venv/\n__pycache__/\n*.pyc\n/runs/\n\n")
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("# why\ntorch>=2.6  # models\ngradio>=6.31,<7\n")
    (tmp_path / "link").symlink_to(tmp_path / ".env")
    return tmp_path


def test_ignored_hidden_and_test_files_stay_behind(root: Path) -> None:
    assert set(kept(root)) == set(FILES)


@pytest.mark.parametrize(
    ("line", "taken", "left"),
    [
        ("/runs/", ["runs", "runs/a/b"], ["explorer/runs", "runsx"]),
        ("*.pyc", ["a.pyc", "a/b.pyc"], ["a.py"]),
        (".venv/", [".venv", ".venv/x", "a/.venv/x"], ["venv/x"]),
        ("a/b", ["a/b", "a/b/c"], ["x/a/b"]),
        ("# a", [], ["a"]),
    ],
)
def test_a_line_of_gitignore(line: str, taken: list[str], left: list[str]) -> None:
    def is_taken(path: str) -> bool:
        return any(fnmatchcase(path, pattern) for pattern in patterns(line))

    assert all(map(is_taken, taken)) and not any(map(is_taken, left))


@pytest.mark.parametrize("line", ["!keep.me", "a/**/b"])
def test_a_line_that_cannot_be_carried_over(line: str) -> None:
    with pytest.raises(UserError, match="gitignore"):
        patterns(line)


def test_the_copy_is_changed_and_the_checkout_is_not(root: Path) -> None:
    before = {name: (root / name).read_bytes() for name in FILES}
    with staged(root) as folder:
        assert set(kept(folder)) == set(FILES)
        assert {str(each) for each in requirements(folder / "requirements.txt")} == {
            "torch<2.12,>=2.6",
            "gradio<7,>=6.31",
        }
        front = front_of(folder / "README.md")
        assert (front["title"], front["emoji"], front["python_version"]) == ("Toy", "🚌", "3.12.12")
        assert "clip" in front["tags"] and (folder / "README.md").read_text(encoding="utf-8").endswith("# Toy\n")
        assert (folder / "app.py").read_text() == "app.py"
    assert not folder.exists()
    assert {name: (root / name).read_bytes() for name in FILES} == before


def test_a_broken_file_is_left_to_the_checks(root: Path) -> None:
    (root / "requirements.txt").write_text("-e .\n")
    (root / "README.md").write_text("# Toy\n")
    with staged(root) as folder:
        assert (folder / "requirements.txt").read_text() == "-e .\n"
        assert (folder / "README.md").read_text() == "# Toy\n"
