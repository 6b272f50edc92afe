"""Command `space`: this repository as a Hugging Face Space, a copy as the Hub receives it, its checks and its upload.

    python -m explorer space --check [--quick] [--json]
    python -m explorer space --push OWNER/NAME [--private] [--hardware KIND] [--static] [--dry-run]

    with stage_checkout(CHECKOUT, "someone/binding") as folder:  # a copy, removed afterwards; the checkout is unchanged
        file_sizes(folder)                # {"LICENSE": 1071, "README.md": 9210, "app.py": 310, ...}
        run_checks(folder, quick=True)  # {"ok": True, "checks": [{"name": "sizes", "ok": True, ...}, ...]}
        upload(folder, "someone/binding", HfApi(), private=True, hardware=None)    # its address

The copy lacks links, tests, research, what git ignores, and hidden files, which are settings of tools or hold secrets.
In it, torch and Python are those of ZeroGPU, to which a Space may move at any time, and gradio has its extra for MCP.
What its files must say is in their tests.
"""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import ProxyHandler, build_opener

import huggingface_hub as hub
from huggingface_hub import HfApi, SpaceHardware, metadata_load, metadata_save
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.resources import CHECKOUT
from explorer.runs.files import SPACE_VOLUME, default_root, try_folder
from explorer.tools.options import Document

THUMBNAIL = "assets/images/first.png"
APP_KEYS = ("sdk_version", "python_version", "suggested_hardware", "preload_from_hub", "startup_duration_timeout")
"""Keys of the front matter that a static Space does not have."""
SPACE_TAGS = {"tags": ["clip", "compositionality", "vision-language"]}
ZERO_GPU_PYTHON, ZERO_GPU_TORCH = "3.12.12", "<2.12"
"""Release of Python that ZeroGPU names, and the cap on torch, of which it takes 2.8 to 2.11."""


def space(
    *,
    check: bool = False,
    push: str | None = None,
    quick: bool = False,
    private: bool = False,
    hardware: str | None = None,
    static: bool = False,
    dry_run: bool = False,
) -> Iterator[Document]:
    """Check that this repository runs as a Hugging Face Space, or upload it.

    Args:
        check: print a table of checks; the exit status is 1 if one fails
        push: upload it as the Space NAME or OWNER/NAME
        quick: with --check: do not start the app
        private: with --push: make a private Space
        hardware: with --push: the hardware of a new Space, for example zero-a10g
        static: with --push: upload the page of `site`, which needs no server
        dry_run: with --push: list the files of the upload and what would change on the Hub, and upload nothing
    """
    if check == (push is not None):
        raise UserError("arguments", NO_VALUE, "one of --check and --push REPO is required")
    of_push = {"--private": private, "--hardware": hardware, "--static": static, "--dry-run": dry_run}
    for name, value in of_push.items() if check else {"--quick": quick}.items():
        if value:
            raise UserError(name, NO_VALUE, f"goes with {'--push' if check else '--check'} only")
    if push is None:
        with stage_checkout(CHECKOUT) as folder:
            document = run_checks(folder, quick=quick)
        yield document  # which the caller prints before it asks for the next
        if not document["ok"]:
            sys.exit(1)
        return
    check_target(push, hardware)
    if static and hardware is not None:
        raise UserError("--hardware", hardware, "a static Space has none; leave it out")
    if not dry_run and hub.get_token() is None:
        raise UserError("--push", push, "there is no token; log in with `hf auth login` or set HF_TOKEN")
    with _stage_site() if static else stage_checkout(CHECKOUT, push) as folder:
        files, url, compared = file_sizes(folder), None, {}
        if dry_run:
            compared = compare_files(folder, push, hub.HfApi())
        else:
            url = upload(folder, push, hub.HfApi(), private=private, hardware=hardware, is_static=static)
    yield {"repo": push, "url": url, "private": private, "files": files, "bytes": sum(files.values()), **compared}


@contextmanager
def stage_checkout(root: Path, repo: str = "") -> Iterator[Path]:
    """Copy the upload of the checkout `root` to a temporary folder, as a context manager.

    With the name OWNER/NAME of the Space, the front matter has a thumbnail, whose address contains the name.
    """
    with TemporaryDirectory(prefix="space-") as temporary:
        folder = Path(temporary)
        shutil.copytree(root, folder, ignore=_ignore_rules(root), dirs_exist_ok=True)
        packages = (folder / "requirements.txt").read_text(encoding="utf-8")
        capped = re.sub(r"^(torch[<>=!~][^\s#]*)", rf"\1,{ZERO_GPU_TORCH}", packages, flags=re.MULTILINE)
        with_tools = re.sub(r"^gradio(?=[<>=!~])", "gradio[mcp]", capped, flags=re.MULTILINE)
        (folder / "requirements.txt").write_text(with_tools, encoding="utf-8")
        front = _front_matter(folder) | SPACE_TAGS | {"python_version": ZERO_GPU_PYTHON}
        if "/" in repo:
            front["thumbnail"] = f"https://huggingface.co/spaces/{repo}/resolve/main/{THUMBNAIL}"
        metadata_save(folder / "README.md", front)
        yield folder


def _ignore_rules(root: Path) -> Callable[[str, list[str]], set[str]]:
    """Return the function that names to `copytree` what stays behind in a folder."""
    lines = [line.strip() for line in (root / ".gitignore").read_text(encoding="utf-8").splitlines()]
    rules = [line.rstrip("/") for line in (*lines, "/tests", "/research", ".*") if line and not line.startswith("#")]
    if wrong := next((rule for rule in rules if "!" in rule or "/" in rule[1:]), None):
        raise UserError(".gitignore", NO_VALUE, f"{quote_value(wrong)} is not carried over; write NAME or /NAME")

    def stays(folder: str, names: list[str]) -> set[str]:
        tops = ("", "/") if Path(folder) == root else ("",)
        is_ruled = {name for name in names for top in tops if any(fnmatchcase(top + name, rule) for rule in rules)}
        return is_ruled | {name for name in names if Path(folder, name).is_symlink()}

    return stays


@contextmanager
def _stage_site() -> Iterator[Path]:
    """Make the upload of a static Space, whose front matter lacks the keys of an app, as a context manager."""
    from explorer.web.onefile import write_site

    front = {name: value for name, value in _front_matter(CHECKOUT).items() if name not in APP_KEYS}
    words = f"# {front.get('title', '')}\n\nOne page, made by `clip-binding site`; it needs no server.\n"
    with TemporaryDirectory(prefix="site-") as temporary:
        write_site(Path(temporary))
        (Path(temporary) / "README.md").write_text(words, encoding="utf-8")
        metadata_save(Path(temporary) / "README.md", front | SPACE_TAGS | {"sdk": "static", "app_file": "index.html"})
        yield Path(temporary)


def _front_matter(folder: Path) -> dict[str, Any]:
    try:
        front = metadata_load(folder / "README.md")
    except Exception as error:  # the kinds of YAML's own library, which the Hub's client does not name
        raise UserError("README.md", NO_VALUE, f"its front matter is no YAML ({str(error)[:120]})") from None
    if not front:
        raise UserError("README.md", NO_VALUE, "does not start with a front matter")
    return front


def file_sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of each file in the folder, by its path below it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def compare_files(folder: Path, repo: str, client: HfApi) -> Document:
    """Return for each file of `folder` whether it is new, changed or the same on the Hub, or why that is not known.

    A Space that is public is read without a token. An upload leaves files there that `folder` lacks.
    """
    if "/" not in repo:
        return {"on_hub": {}, "note": "What would change is not known: name the Space as OWNER/NAME to compare them."}
    try:
        entries = client.list_repo_tree(repo, recursive=True, repo_type="space")
        there = {each.path: each for each in entries if isinstance(each, RepoFile)}
    except RepositoryNotFoundError:
        states = dict.fromkeys(file_sizes(folder), "new")
        return {"on_hub": states, "note": "The Hub has no such Space, or does not show it without a token."}
    except Exception as error:  # those of an HTTP library that the client may change
        return {"on_hub": {}, "note": f"What would change is not known: {_why_unreachable(error)}."}
    states = {name: _state_on_hub(folder / name, there.get(name)) for name in file_sizes(folder)}
    counts = ", ".join(f"{list(states.values()).count(each)} {each}" for each in ("new", "changed", "the same"))
    left = len(there.keys() - states.keys())
    return {"on_hub": states, "note": f"Of the files {counts}; {left} more on the Hub would stay as they are."}


def _why_unreachable(error: Exception) -> str:
    if isinstance(error, OfflineModeIsEnabled):
        return "the Hub cannot be reached, because HF_HUB_OFFLINE is set"
    return f"the Hub cannot be reached or did not answer ({type(error).__name__})"


def _state_on_hub(file: Path, there: RepoFile | None) -> str:
    """Compare a file by what the Hub knows of it: of a large one its SHA-256, of any other one the id of its blob."""
    if there is None:
        return "new"
    content = file.read_bytes()
    if there.lfs is not None:
        is_same = hashlib.sha256(content).hexdigest() == there.lfs.sha256
    else:
        blob = b"blob %d\0%b" % (len(content), content)
        is_same = hashlib.sha1(blob, usedforsecurity=False).hexdigest() == there.blob_id
    return "the same" if is_same else "changed"


REFUSALS = {
    401: "the Hub does not know the token; log in anew with `hf auth login`",
    402: "the Hub wants a paid plan for this hardware; --hardware zero-a10g is free",
    403: "the token may not write there; make one that may, or name a repository of your own",
}


def check_target(repo: str, hardware: str | None) -> None:
    """Raise `UserError` if the name or the hardware is invalid."""
    if not re.fullmatch(r"(?:\w[\w.-]{0,95}/)?\w[\w.-]{0,95}", repo, re.ASCII):
        raise UserError("--push", repo, "name the Space as NAME or OWNER/NAME")
    kinds = [kind.value for kind in SpaceHardware]
    if hardware is not None and hardware not in kinds:
        raise UserError("--hardware", hardware, f"choose {', '.join(kinds)}")


def upload(
    folder: Path, repo: str, client: HfApi, *, private: bool, hardware: str | None, is_static: bool = False
) -> str:
    """Upload the files of `folder` to the Space `repo`, which is made if it is missing; return its address."""
    space_hardware = SpaceHardware(hardware) if hardware else None
    try:
        repository = client.create_repo(
            repo, repo_type="space", space_sdk="static" if is_static else "gradio", space_hardware=space_hardware,
            private=private, exist_ok=True,
        )  # fmt: skip
        client.upload_folder(
            repo_id=repository.repo_id, folder_path=folder, repo_type="space", commit_message="The page and its models"
        )
    except HFValidationError as error:
        raise UserError("--push", repo, f"no Space can have that name ({_one_line(str(error))})") from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        refusal = REFUSALS.get(status, f"the Hub refused it (status {status}): {_one_line(str(error))}")
        raise UserError("--push", repo, refusal) from error
    except Exception as error:  # those of an HTTP library that the client may change
        raise UserError("--push", repo, _why_unreachable(error)) from error
    return str(repository)


class CheckError(Exception):
    """A fault that a check found in the folder of a Space: the sentence that its row shows."""


def run_checks(folder: Path, *, quick: bool = False) -> Document:
    """Run every check of the upload in `folder`; `quick` does not start the app."""
    rows = []
    for name, look in CHECKS.items():
        if quick and look is _serve_app:
            continue
        try:
            rows.append({"name": name, "ok": True, "sentence": look(folder)})
        except (CheckError, OSError) as error:
            rows.append({"name": name, "ok": False, "sentence": _one_line(str(error))})
    return {"ok": all(row["ok"] for row in rows), "checks": rows}


MAX_BLOB_BYTES, MAX_REPOSITORY_BYTES = 10_000_000, 1_000_000_000
"""Above the first, git needs its large file storage."""
LOCAL_ADDRESS = re.compile(
    r"""(?<![\w.])/(?:home|Users|root|mnt|private)/[\w.-]+|\b[A-Z]:\\(?:Users|Documents)\\"""
    r"""|https?://[^\s/"'<>]*\b(?:artifactory|nexus|registry|mirrors?|pypi|devpi)\b[^\s/"'<>]*"""
    r"""|https?://(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+|""" + re.escape(str(CHECKOUT)),
    re.IGNORECASE,
)
"""A local folder, or the host of a package index: neither exists on a Space."""
HEAVY_MODULES = ("torch", "open_clip", "transformers")
START_TIMEOUT_S, RETRY_S = 180.0, 0.05
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "VIRTUAL_ENV")
"""Variables of this process that the app receives too; none of them is a setting of the app or of Gradio."""


def _check_sizes(folder: Path) -> str:
    size_by_file = file_sizes(folder)
    large = [f"{name} ({size / 1e6:.1f} MB)" for name, size in size_by_file.items() if size > MAX_BLOB_BYTES]
    if large:
        raise CheckError(f"more than {MAX_BLOB_BYTES / 1e6:.0f} MB need git's large file storage: {', '.join(large)}")
    total = sum(size_by_file.values())
    if total > MAX_REPOSITORY_BYTES:
        raise CheckError(f"{total / 1e6:.0f} MB in all, the most are {MAX_REPOSITORY_BYTES / 1e6:.0f}")
    return f"{len(size_by_file)} files, {total / 1e6:.1f} MB, the largest {max(size_by_file.values()) / 1e6:.1f} MB"


def _check_addresses(folder: Path) -> str:
    looked = 0
    for name in file_sizes(folder):
        with suppress(UnicodeDecodeError):  # pictures and weights
            text = (folder / name).read_text(encoding="utf-8")
            looked += 1
            if match := LOCAL_ADDRESS.search(text):
                line = text.count("\n", 0, match.start()) + 1
                raise CheckError(f"{name}:{line} names {quote_value(match[0])}, which a Space does not have")
    return f"no folder of a machine and no package index in {looked} files of text"


def _check_data(folder: Path) -> str:  # noqa: ARG001 (all checks are called alike)
    """Try the folder of runs that a Space would have on this computer, with the variables of this process."""
    root = default_root({**os.environ, "SYSTEM": "spaces"})
    if fault := try_folder(root):
        raise CheckError(f"runs={root}: {fault}")
    if os.environ.get("EXPLORER_RUNS"):
        return f"runs can be kept in {root}, which EXPLORER_RUNS names"
    if root.is_relative_to(SPACE_VOLUME):
        return f"runs can be kept on the mounted volume {SPACE_VOLUME}"
    disk = "runs can be kept on the disk, which a restart empties"
    if SPACE_VOLUME.is_dir():
        return f"{disk}; {SPACE_VOLUME} is not used, {try_folder(SPACE_VOLUME)}"
    return f"{disk}; a volume at {SPACE_VOLUME} keeps them for good"


def _import_app(folder: Path) -> str:
    """Import app.py and check which modules it imports."""
    code = f"import sys, app\nprint(*[name for name in {HEAVY_MODULES} if name in sys.modules])"
    start = time.monotonic()
    with TemporaryDirectory() as home:
        try:
            done = subprocess.run(
                [sys.executable, "-c", code], cwd=folder, env=_environment(home), capture_output=True, text=True,
                timeout=START_TIMEOUT_S,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise CheckError(f"app.py is not imported within {START_TIMEOUT_S:.0f} s") from None
    if done.returncode:
        raise CheckError(f"app.py cannot be imported: {_last_line(done.stderr)}")
    if heavy := done.stdout.split():
        raise CheckError(f"app.py imports {', '.join(heavy)} before anybody asks for a model")
    return f"imported in {time.monotonic() - start:.1f} s, without {', '.join(HEAVY_MODULES)}"


def _serve_app(folder: Path) -> str:
    """Start app.py as a Space does and wait for the first byte of the page."""
    start = time.monotonic()
    with (
        socket.socket() as reserved,
        TemporaryDirectory(ignore_cleanup_errors=True) as home,  # its worker ends a moment after it and may still write
        (Path(home) / "app.log").open("w+b") as log,
    ):
        # A socket that stays bound and does not listen keeps its port from anybody else. The server, which sets the
        # same option, may listen beside it on Linux alone.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))  # on the loopback address: a check opens nothing to the network
        host, port = reserved.getsockname()
        if sys.platform != "linux":
            reserved.close()
        where = {"GRADIO_SERVER_NAME": host, "GRADIO_SERVER_PORT": str(port)}
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=folder, env=_environment(home) | where, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            while not _is_answered(port):
                if process.poll() is not None:
                    log.seek(0)
                    last_line = _last_line(log.read().decode(errors="replace"))
                    raise CheckError(f"app.py ended with exit status {process.returncode}: {last_line}")
                if time.monotonic() - start > START_TIMEOUT_S:
                    raise CheckError(f"nothing answered on port {port} within {START_TIMEOUT_S:.0f} s")
                time.sleep(RETRY_S)
            return f"the first byte came after {time.monotonic() - start:.1f} s, on the port that was asked for"
        finally:
            process.kill()
            process.wait()


CHECKS: dict[str, Callable[[Path], str]] = {
    "sizes": _check_sizes,
    "addresses": _check_addresses,
    "data": _check_data,
    "import": _import_app,
    "start": _serve_app,
}


def _environment(home: str) -> dict[str, str]:
    """Return the variables of a Space with two cores, and a temporary home."""
    ours = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    space = {"SYSTEM": "spaces", "SPACE_ID": "someone/space", "SPACE_HOST": "someone-space.hf.space", "CPU_CORES": "2"}
    homes = {"HOME": home, "XDG_DATA_HOME": home, "APPDATA": home, "EXPLORER_RUNS": str(Path(home) / "runs")}
    return {**ours, **space, **homes, "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _is_answered(port: int) -> bool:
    with (
        suppress(OSError),
        build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/", timeout=START_TIMEOUT_S) as page,
    ):
        return bool(page.read(1))
    return False


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]


def _last_line(text: str) -> str:
    return (text.strip() or "it said nothing").splitlines()[-1][:200]
