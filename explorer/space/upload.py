"""Upload of a Space: a copy of the repository without ignored and hidden files and tests, as one commit on the Hub.

    with staged(root) as folder:         # a copy, removed afterwards; the checkout is unchanged
        sorted(kept(folder))             # ["LICENSE", "README.md", "app.py", "assets/css/page.css", ...]
        folder / "requirements.txt"      # torch capped at what a Space's hardware takes
        folder / "README.md"             # the front matter with the fields that only the Space needs
        push(folder, "someone/binding", HfApi(), private=True, hardware=None)   # its address

A Space may be moved to ZeroGPU at any time, so every upload satisfies its limits: see `TORCH` and `PYTHON`. `push`
creates a missing repository. Each failure is one sentence; the Hub's client handles large files and retries.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Protocol

from huggingface_hub import SpaceHardware, metadata_load, metadata_save
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from explorer.errors import NO_VALUE, UserError, quote_value

NAME = re.compile(r"(?:\w[\w.-]{0,95}/)?\w[\w.-]{0,95}", re.ASCII)
HARDWARE = tuple(kind.value for kind in SpaceHardware)
REFUSALS = {
    401: "the Hub does not know the token; log in anew with `hf auth login`",
    402: "the Hub wants a paid plan for this hardware; --hardware zero-a10g is free",
    403: "the token may not write there; make one that may, or name a repository of your own",
}


Sdk = Literal["gradio", "static"]


class Hub(Protocol):
    """The methods of `huggingface_hub.HfApi` that are used."""

    def create_repo(
        self,
        repo_id: str,
        *,
        repo_type: str,
        space_sdk: str,
        space_hardware: SpaceHardware | None,
        private: bool,
        exist_ok: bool,
    ) -> Any:
        """Create the repository; return its address as text."""

    def upload_folder(self, *, repo_id: str, folder_path: Path, repo_type: str, commit_message: str) -> Any:
        """Commit the files of a folder."""


def check_target(repo: str, hardware: str | None) -> None:
    """Raise `UserError` if the name or the hardware is invalid."""
    if not NAME.fullmatch(repo):
        raise UserError("--push", repo, "name the Space as NAME or OWNER/NAME")
    if hardware is not None and hardware not in HARDWARE:
        raise UserError("--hardware", hardware, f"choose {', '.join(HARDWARE)}")


def push(folder: Path, repo: str, hub: Hub, *, private: bool, hardware: str | None, sdk: Sdk = "gradio") -> str:
    """Upload the files of `folder` to the Space `repo`; return the address of the Space."""
    wanted = None if hardware is None else SpaceHardware(hardware)
    try:
        made = hub.create_repo(
            repo, repo_type="space", space_sdk=sdk, space_hardware=wanted, private=private, exist_ok=True
        )
        name = getattr(made, "repo_id", repo)
        hub.upload_folder(repo_id=name, folder_path=folder, repo_type="space", commit_message="The page and its models")
    except Exception as error:  # connection errors are those of an HTTP library that the client may change
        raise UserError("--push", repo, _reason(error)) from error
    return str(made)


def _reason(error: Exception) -> str:
    if isinstance(error, HFValidationError):
        return f"no Space can have that name ({' '.join(str(error).split())[:200]})"
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        status = error.response.status_code
        return REFUSALS.get(status, f"the Hub refused it (status {status}): {' '.join(str(error).split())[:200]}")
    return f"the Hub cannot be reached or did not answer ({type(error).__name__})"


LEFT_OUT = (".*", "/tests/")
"""Patterns in git's syntax, in addition to .gitignore. Hidden files are settings of tools, and `.env` holds secrets."""
TORCH = SpecifierSet("<2.12")
"""ZeroGPU takes torch 2.8 to 2.11."""
PYTHON = {"3.12": "3.12.12"}
"""Release of Python that ZeroGPU names."""
THUMBNAIL = "assets/images/first.png"
"""Picture that stands for the Space in links to it."""
OF_APPS = ("sdk_version", "python_version", "suggested_hardware", "preload_from_hub", "startup_duration_timeout")
"""Keys of the front matter that a static Space does not have."""
STATIC_README = "# {title}\n\nOne page, made by `clip-binding site`; it needs no server.\n"
FRONT: dict[str, Any] = {"tags": ["clip", "compositionality", "vision-language"]}


@contextmanager
def staged(root: Path, repo: str | None = None) -> Iterator[Path]:
    """Copy the upload of the checkout `root` to a temporary folder, as a context manager.

    With the name OWNER/NAME of the Space, the front matter has a thumbnail, whose address contains the name.
    """
    with TemporaryDirectory(prefix="space-") as made:
        folder = Path(made)
        for name in kept(root):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, folder / name)
        if (folder / "requirements.txt").exists():
            _write_requirements(folder / "requirements.txt")
        if (folder / "README.md").exists():
            _write_front(folder / "README.md", repo)
        yield folder


def kept(root: Path) -> Iterator[str]:
    """Yield the files of the checkout that a Space gets, as paths below `root`; links are left out."""
    ignored = [pattern for line in _ignore_lines(root) for pattern in patterns(line)]
    for folder, folders, files in os.walk(root):
        below = Path(folder).relative_to(root)

        def is_kept(name: str, below: Path = below) -> bool:
            path = (below / name).as_posix()
            return not any(fnmatchcase(path, pattern) for pattern in ignored) and not (root / path).is_symlink()

        folders[:] = sorted(filter(is_kept, folders))
        yield from ((below / name).as_posix() for name in sorted(filter(is_kept, files)))


def _ignore_lines(root: Path) -> list[str]:
    path = root / ".gitignore"
    return [*(path.read_text(encoding="utf-8").splitlines() if path.exists() else ()), *LEFT_OUT]


def patterns(line: str) -> list[str]:
    """Convert a line of .gitignore to patterns of fnmatch: `/runs/` is ["runs", "runs/*"].

    The star of fnmatch includes slashes.
    """
    line = line.strip()
    if not line or line.startswith("#"):
        return []
    if line.startswith("!") or "**" in line:
        raise UserError(
            ".gitignore",
            NO_VALUE,
            f"{quote_value(line)} cannot be carried over to an upload; write it without ! and **",
        )
    name = line.strip("/")
    starts = [name] if "/" in line.rstrip("/") else [name, f"*/{name}"]
    return [pattern for start in starts for pattern in (start, f"{start}/*")]


def requirements(path: Path) -> list[Requirement]:
    """Parse the lines of a requirements file; raise ValueError for a line that is not a named package."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        wanted = line.partition("#")[0].strip()
        try:
            found += [Requirement(wanted)] if wanted else []
        except InvalidRequirement:
            raise ValueError(
                f"line {number} of requirements.txt is no package with a range: {quote_value(wanted)}"
            ) from None
    return found


def write_static_front(root: Path, folder: Path) -> None:
    """Write the README.md of a static Space: the front matter of the checkout without the keys of an app."""
    front = front_of(root / "README.md")
    kept = {name: value for name, value in front.items() if name not in OF_APPS}
    (folder / "README.md").write_text(STATIC_README.format(title=front.get("title", "")), encoding="utf-8")
    metadata_save(folder / "README.md", kept | FRONT | {"sdk": "static", "app_file": "index.html"})


def _write_requirements(path: Path) -> None:
    """Cap torch; an invalid file is left unchanged for the checks to report."""
    try:
        found = requirements(path)
    except ValueError:
        return
    for requirement in found:
        if requirement.name == "torch":
            requirement.specifier &= TORCH
    path.write_text("".join(f"{requirement}\n" for requirement in found), encoding="utf-8")


def front_of(path: Path) -> dict[str, Any]:
    """Return the front matter of a README; raise ValueError if there is none."""
    try:
        found = metadata_load(path)
    except Exception as error:  # the kinds of YAML's own library, which the Hub's client does not name
        raise ValueError(f"the front matter of README.md is no YAML ({' '.join(str(error).split())[:120]})") from None
    if not found:
        raise ValueError("README.md does not start with a front matter")
    return found


def _write_front(path: Path, repo: str | None) -> None:
    try:
        front = front_of(path)
    except ValueError:
        return
    version = str(front.get("python_version"))
    added = {"python_version": PYTHON.get(version, version)}
    if repo is not None and "/" in repo and (path.parent / THUMBNAIL).is_file():
        added["thumbnail"] = f"https://huggingface.co/spaces/{repo}/resolve/main/{THUMBNAIL}"
    metadata_save(path, front | FRONT | added)
