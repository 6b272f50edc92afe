"""Write anew all that is recorded of the product, and say what changed. Read the differences before a commit.

    python -m tests.record                   # everything, each part in a process of its own
    python -m tests.record views page        # these parts

A part is a function that writes its files, and returns a sentence if something else is wrong with them. Golden values
come first: if one would change under the same protocol version, nothing else is written.
"""

import argparse
import importlib
import subprocess
import sys
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = {
    "golden": ("tests.unit.protocol.golden:record", "tests/unit/protocol/golden.json"),
    "docs": ("explorer.cli:docs", "docs/*.md"),
    "views": ("tests.unit.views.test_views:record", "tests/unit/views/snapshots.json"),
    "figures": ("tests.unit.figures.test_figures:record", "tests/unit/figures/drawn.json"),
    "dials": ("tests.page.test_dials:record", "tests/page/dials.json"),
    "words": ("tests.page.test_words:record", "tests/page/untranslated.json"),
    "page": ("tests.page.test_states:record", "tests/page/snapshots/**/*.html"),
    "hostile": ("tests.oracles.hostile:record", "tests/oracles/hostile.json"),
    "class": ("tests.oracles.__main__:record", "tests/oracles/*.json"),
}
"""The function that writes each part, and the files that it writes."""


def recorded_files(pattern: str) -> dict[str, list[str]]:
    """Return the lines of the files of a part, by their path in the checkout."""
    files = sorted(ROOT.glob(pattern))
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").splitlines() for path in files}


def changes(before: dict[str, list[str]], now: dict[str, list[str]]) -> list[str]:
    """Return a line for each file that differs, with its added and its removed lines."""
    told = []
    for path in sorted(before.keys() | now.keys()):
        marks = [line[0] for line in unified_diff(before.get(path, []), now.get(path, []), n=0)][2:]
        if marks or (path in before) != (path in now):
            state = "new" if path not in before else "gone" if path not in now else "changed"
            told.append(f"{path}: {state}, +{marks.count('+')} -{marks.count('-')} lines")
    return told


def write_part(name: str) -> int:
    """Write a part in a process of its own, print what changed, and return the exit status of the process."""
    _, pattern = PARTS[name]
    print(f"{name}:", flush=True)
    before = recorded_files(pattern)
    # Of its own, because clocks, variables and caches are changed for all of it.
    status = subprocess.run([sys.executable, "-m", "tests.record", "--here", name], cwd=ROOT, check=False).returncode
    for line in changes(before, recorded_files(pattern)) or ["nothing changed"]:
        print(f"  {line}", flush=True)
    return status


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.record", description=__doc__.splitlines()[0])
    # Python 3.11 compares a default that is a list, or an empty list, with `choices` as a whole.
    parser.add_argument(
        "part", nargs="*", default="all", choices=[*PARTS, "all"], help="parts to write; all of them by default"
    )
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.here:
        module, function = PARTS[asked.part[0]][0].split(":")
        told = getattr(importlib.import_module(module), function)()
        sys.exit(told if isinstance(told, str) else 0)
    failed = []
    for name in PARTS if "all" in asked.part else asked.part:
        if write_part(name):
            failed.append(name)
            if name == "golden":
                break
    sys.exit(f"Not whole yet, see above: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
