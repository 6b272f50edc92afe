"""Dependencies of the project: the document docs/dependencies.md, and an audit for known vulnerabilities.

    python -m tests.dependencies            # writes docs/dependencies.md from requirements.txt and what is installed
    python -m tests.dependencies --audit    # pip-audit, or `pip check` where its data cannot be reached

Sizes are those of the installed files on the computer that wrote the document; licenses are what packages declare.
"""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "dependencies.md"
LISTS = {"requirements.txt": "To run", "tests/requirements.txt": "To test and build"}
_LINE = re.compile(r"^([A-Za-z0-9._-]+)(\[[^\]]*\])?([^#]*?)\s*#\s*(.*)$")


@dataclass(frozen=True, kw_only=True)
class ListedRequirement:
    """One line of a requirements file: name, range of versions, and the reason in its comment."""

    name: str
    versions: str
    reason: str


def list_requirements(file: str) -> list[ListedRequirement]:
    """The requirements of a file; ValueError for a line without a reason."""
    packages = []
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"{file}: give a reason for {line!r} in a comment")
        name, _, versions, reason = match.groups()
        packages.append(ListedRequirement(name=name, versions=versions.strip() or "any", reason=reason))
    return packages


@cache
def needed_packages(name: str) -> frozenset[str]:
    """The packages that a package needs, itself included, of those that are installed here."""
    open_names, required = [canonicalize_name(name)], set[str]()
    while open_names:
        each = open_names.pop()
        if each in required:
            continue
        try:
            needs = metadata.requires(each) or []
        except metadata.PackageNotFoundError:
            continue
        required.add(each)
        needed = [Requirement(need) for need in needs]
        open_names += [canonicalize_name(need.name) for need in needed
                       if need.marker is None or need.marker.evaluate({"extra": ""})]  # fmt: skip
    return frozenset(required)


def license_of(name: str) -> str:
    """The license that a package declares: an SPDX expression, else its field, else its classifiers."""
    about = metadata.metadata(name)
    classifiers = [each.rpartition(" :: ")[2] for each in about.get_all("Classifier") or [] if "License ::" in each]
    text = about.get("License-Expression") or (about.get("License") or "").split("\n")[0]
    is_name = 0 < len(text) <= 120 and not text.startswith("Copyright")
    return text if is_name else ", ".join(classifiers) or "not declared"


def size_mb(name: str) -> float:
    """Megabytes of the installed files."""
    return sum(file.size or 0 for file in metadata.files(name) or []) / 1e6


def render_document() -> str:
    """The text of docs/dependencies.md."""
    parts = [_INTRODUCTION]
    for file, title in LISTS.items():
        rows = [
            f"| {each.name} | {each.versions} | {each.reason} | {license_of(each.name)} | {size_mb(each.name):.1f} |"
            for each in list_requirements(file)
        ]
        parts += [f"## {title}\n", f"From `{file}`.\n", "| package | versions | why | license | MB |",
                  "|---|---|---|---|---|", *rows, ""]  # fmt: skip
    direct = {canonicalize_name(each.name) for each in list_requirements("requirements.txt")}
    every = {
        name: [top for top in sorted(direct) if name in needed_packages(top)]
        for top in direct
        for name in needed_packages(top)
    }
    further = sorted(set(every) - direct)
    rows = [
        f"| {name} | {metadata.version(name)} | {', '.join(every[name])} | {license_of(name)} | {size_mb(name):.1f} |"
        for name in further
    ]
    total = sum(size_mb(name) for name in every)
    parts += ["## Brought by these\n", f"{len(every)} packages take {total:,.0f} MB to run the project.\n",
              "| package | version | needed by | license | MB |", "|---|---|---|---|---|", *rows]  # fmt: skip
    return "\n".join(parts) + "\n"


_INTRODUCTION = """# Dependencies

A software bill of materials, written by `.venv/bin/python -m tests.dependencies`; a test holds it against the
requirements files.
Licenses are what each package declares. Sizes are installed megabytes with the CPU build of torch, on Linux.
The browser gets four committed files with their notices in `assets/page/vendor/`: Preact (MIT) with htm (Apache-2.0);
a part of fflate (MIT), which packs and unpacks zips of runs; perfect-freehand (MIT) and d3-contour with d3-array and
internmap (ISC), which make outlines of strokes and photographs. It also gets Plotly's script, which comes with the
Python package (MIT); nothing is loaded from another host.
`.venv/bin/python -m tests.dependencies --audit` looks for known vulnerabilities; `make nightly` runs it.
"""


def audit() -> int:
    """Print what pip-audit finds, or `pip check` if pip-audit cannot reach its data; the exit status."""
    command = [sys.executable, "-m", "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        packages = []
    audited = [each for each in packages if "vulns" in each]
    # Without its data, pip-audit calls every package unknown and finds nothing.
    if len(audited) * 2 > len(packages):
        faults = [f"{each['name']} {each['version']}: {fault['id']}" for each in audited for fault in each["vulns"]]
        print("\n".join(faults) or f"pip-audit: no known vulnerability in {len(audited)} packages")
        return int(bool(faults))
    print("pip-audit cannot reach its data; pip check instead:", flush=True)
    return subprocess.run([sys.executable, "-m", "pip", "check"], check=False).returncode


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.dependencies")
    parser.add_argument("--audit", action="store_true", help="look for known vulnerabilities")
    if parser.parse_args().audit:
        sys.exit(audit())
    DOCUMENT.write_text(render_document(), encoding="utf-8")
