"""Changed copies of the package, run in a process of their own.

copy = copied(tmp_path)
edit(copy, metrics, "1.959963984540054", "1.64")
run(copy, "exact", "web-like")["metrics"]        # as the changed code computes them
"""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import explorer

ROOT = Path(explorer.__file__).parents[1]
HERE = Path(__file__).parent.relative_to(ROOT)
COPIED = ("explorer", "models", str(HERE))
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def copied(folder: Path) -> Path:
    """Copy code and configurations, without weights, into `folder` and return it."""
    ignore = shutil.ignore_patterns("__pycache__", "checkpoints", "test_*.py", "golden.json")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    return folder


def edit(copy: Path, module: ModuleType, before: str, after: str) -> None:
    """Replace the one occurrence of `before` in the copy of `module`."""
    path = copy / _place(module)
    source = path.read_text(encoding="utf-8")
    assert source.count(before) == 1, f"{path.name} holds {before!r} {source.count(before)} times, not once"
    path.write_text(source.replace(before, after), encoding="utf-8")


def rename(copy: Path, module: ModuleType, name: str) -> None:
    """Rename the copy of `module` to `name`, and its imports with it."""
    path = copy / _place(module)
    path.rename(path.with_name(f"{name}.py"))
    parent = module.__name__.rpartition(".")[0]
    for source in _sources(copy):
        text = re.sub(rf"\b{re.escape(module.__name__)}\b", f"{parent}.{name}", source.read_text(encoding="utf-8"))
        source.write_text(text, encoding="utf-8")


def reword(copy: Path) -> None:
    """Give every docstring other words, and remove all comments and the layout."""
    for path in _sources(copy):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node):
                node.body[0] = ast.Expr(ast.Constant("Say it in other words."))
        path.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")


def run(copy: Path, name: str, *arguments: str) -> dict[str, Any]:
    """Run the module `name` of this folder in the copy and return its JSON."""
    module = ".".join((*HERE.parts, name))
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _place(module: ModuleType) -> Path:
    return Path(str(module.__file__)).relative_to(ROOT)


def _sources(copy: Path) -> Iterator[Path]:
    return copy.rglob("*.py")
