"""Table of checks of a Space's files, two of them a dry run in processes of its own, without the checkout.

    check(folder, quick=True)    # {"ok": True, "checks": [{"name": "sdk", "ok": True, "sentence": "gradio 6.31.0"}]}
    import_app(folder)           # "imported in 3.4 s, without torch"; `Fault` if it fails
    serve_app(folder)            # "the first byte after 4.1 s on port 41327"; `Fault` if none comes

A check returns a sentence, or raises `Fault` with one. A new rule is one function and one line of `CHECKS`.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unicodedata import category
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from explorer.errors import quote_value
from explorer.resources import CHECKOUT
from explorer.runs.persistent_storage import VOLUME, default_root, trial
from explorer.settings import SHARED, settings_for
from explorer.space.upload import front_of, kept, requirements

HEAVY = ("torch", "open_clip", "transformers")
PATIENCE_S = 180.0
PAUSE_S = 0.05
LOG = "app.log"
KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "VIRTUAL_ENV")
"""Variables of this process that the app receives too; none of them is a setting of the app or of Gradio."""


class Fault(Exception):
    """A failed check, in one sentence."""


def import_app(folder: Path) -> str:
    """Import app.py and check which modules it imports."""
    code = f"import sys, app\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    command = [sys.executable, "-c", code]
    start = time.monotonic()
    with TemporaryDirectory() as home:
        try:
            done = subprocess.run(
                command, cwd=folder, env=_environment(home), capture_output=True, text=True, timeout=PATIENCE_S
            )
        except subprocess.TimeoutExpired:
            raise Fault(f"app.py is not imported within {PATIENCE_S:.0f} s") from None
    if done.returncode:
        raise Fault(f"app.py cannot be imported: {_last_line(done.stderr)}")
    if heavy := done.stdout.split():
        raise Fault(f"app.py imports {', '.join(heavy)} before anybody asks for a model")
    return f"imported in {time.monotonic() - start:.1f} s, without {', '.join(HEAVY)}"


def serve_app(folder: Path) -> str:
    """Start app.py as a Space does and wait for the first byte of the page."""
    port = _free_port()
    start = time.monotonic()
    # Its worker ends a moment after it and may still write.
    with TemporaryDirectory(ignore_cleanup_errors=True) as home, _started(folder, home, port) as process:
        while not _answers(port):
            if process.poll() is not None:
                said = _last_line((Path(home) / LOG).read_text(errors="replace"))
                raise Fault(f"app.py ended with exit status {process.returncode}: {said}")
            if time.monotonic() - start > PATIENCE_S:
                raise Fault(f"nothing answered on port {port} within {PATIENCE_S:.0f} s")
            time.sleep(PAUSE_S)
        return f"the first byte came after {time.monotonic() - start:.1f} s, on the port that was asked for"


@contextmanager
def _started(folder: Path, home: str, port: int) -> "Iterator[subprocess.Popen[bytes]]":
    # On the loopback address: a check opens nothing to the network.
    where = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    with (Path(home) / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=folder,
            env=_environment(home) | where,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _environment(home: str) -> dict[str, str]:
    """Return the variables of a Space with two cores, and a temporary home."""
    ours = {name: os.environ[name] for name in KEPT if name in os.environ}
    space = {"SYSTEM": "spaces", "SPACE_ID": "someone/space", "SPACE_HOST": "someone-space.hf.space", "CPU_CORES": "2"}
    homes = {"HOME": home, "XDG_DATA_HOME": home, "APPDATA": home, "EXPLORER_RUNS": str(Path(home) / "runs")}
    return {**ours, **space, **homes, "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S) as page:
            return bool(page.read(1))
    except (URLError, OSError):
        return False


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"


KEYS = set(
    "title emoji colorFrom colorTo sdk sdk_version python_version app_file base_path fullWidth header"
    " short_description thumbnail models datasets tags pinned license suggested_hardware hf_oauth hf_oauth_scopes"
    " hf_oauth_expiration_minutes hf_oauth_authorized_org disable_embedding startup_duration_timeout custom_headers"
    " preload_from_hub".split()
)
"""Front matter that a Gradio Space reads; `license` is that of every repository."""
COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
LONGEST_DESCRIPTION = 60
LARGEST_FILE = 10_000_000
"""Largest size in bytes; above it git needs its large file storage."""
LARGEST_REPOSITORY = 1_000_000_000
ZERO_PYTHON, ZERO_TORCH, TOO_NEW_TORCH = "3.12", "2.11.0", "2.12.0"
"""Versions that ZeroGPU, the free hardware, offers, and one that it does not."""
LIST_KEYS = {"models": r"[\w.-]+/[\w.-]+", "datasets": r"[\w.-]+/[\w.-]+", "tags": r"[\w.: -]+"}
FOREIGN = re.compile(
    r"""(?<![\w.])/(?:home|Users|root|mnt|private)/[\w.-]+|\b[A-Z]:\\(?:Users|Documents)\\"""
    r"""|https?://[^\s/"'<>]*\b(?:artifactory|nexus|registry|mirrors?|pypi|devpi)\b[^\s/"'<>]*"""
    r"""|https?://(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+""",
    re.IGNORECASE,
)
"""A local folder, or the host of a package index: neither exists on a Space."""
SPACE = {"SYSTEM": "spaces", "SPACE_ID": "someone/space"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """A rule: its name, its description, and its function."""

    name: str
    words: str
    look: Callable[[Path], str]
    is_slow: bool = False


def check(folder: Path, *, quick: bool = False) -> dict[str, Any]:
    """Run every check of the upload in `folder`, without the slow ones if `quick`."""
    rows = [_row(rule, folder) for rule in CHECKS if not (quick and rule.is_slow)]
    return {"ok": all(row["ok"] for row in rows), "checks": rows}


def _row(rule: Check, folder: Path) -> dict[str, Any]:
    try:
        return {"name": rule.name, "ok": True, "sentence": rule.look(folder)}
    except (Fault, OSError, ValueError) as error:
        return {"name": rule.name, "ok": False, "sentence": " ".join(str(error).split())}


def _front(folder: Path) -> dict[str, Any]:
    return front_of(folder / "README.md")


def _requirement(folder: Path, name: str) -> Requirement:
    found = [each for each in requirements(folder / "requirements.txt") if each.name == name]
    if len(found) != 1:
        raise Fault(f"requirements.txt names {name} {len(found)} times, not once")
    return found[0]


def _keys(folder: Path) -> str:
    unknown = sorted(_front(folder).keys() - KEYS)
    if unknown:
        raise Fault(f"README.md: a Space knows no {', '.join(map(str, unknown))}")
    return "every key of the front matter is one that a Space knows"


def _sdk(folder: Path) -> str:
    front = _front(folder)
    if front.get("sdk") != "gradio":
        raise Fault(f"sdk={quote_value(front.get('sdk'))}: the page needs gradio")
    try:
        version = Version(str(front.get("sdk_version")))
    except InvalidVersion:
        raise Fault(f"sdk_version={quote_value(front.get('sdk_version'))}: give a release of gradio") from None
    allowed = _requirement(folder, "gradio").specifier
    if version not in allowed:
        raise Fault(f"sdk_version={version}: requirements.txt asks for gradio{allowed}")
    return f"gradio {version}, which requirements.txt allows ({allowed})"


def _app(folder: Path) -> str:
    name = _front(folder).get("app_file")
    if not isinstance(name, str) or name not in set(kept(folder)):
        raise Fault(f"app_file={quote_value(name)}: there is no such file in the upload")
    return f"{name} is there"


def _python(folder: Path) -> str:
    version = str(_front(folder).get("python_version"))
    if not re.fullmatch(rf"{re.escape(ZERO_PYTHON)}(\.\d+)?", version):
        raise Fault(
            f"python_version={quote_value(version)}: give {ZERO_PYTHON}, which every kind of hardware there has"
        )
    return f"Python {version}, which every kind of hardware there has"


def _words(folder: Path) -> str:
    front = _front(folder)
    title, words = front.get("title"), front.get("short_description")
    if not isinstance(title, str) or not title.strip():
        raise Fault(f"title={quote_value(title)}: give a title")
    if not isinstance(words, str) or not 0 < len(words) <= LONGEST_DESCRIPTION:
        raise Fault(f"short_description={quote_value(words)}: give at most {LONGEST_DESCRIPTION} characters")
    return f"{title}: {words} ({len(words)} characters)"


def _look(folder: Path) -> str:
    front = _front(folder)
    emoji = front.get("emoji")
    if not isinstance(emoji, str) or not emoji or any(category(sign)[0] in "LNPZC" for sign in emoji[:1]):
        raise Fault(f"emoji={quote_value(emoji)}: give one emoji")
    for key in ("colorFrom", "colorTo"):
        if front.get(key) not in COLORS:
            raise Fault(f"{key}={quote_value(front.get(key))}: choose {', '.join(COLORS)}")
    return f"{emoji} on {front['colorFrom']} to {front['colorTo']}"


def _license(folder: Path) -> str:
    found = _front(folder).get("license")
    told = re.search(r'^license = "(.+)"$', (folder / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    if told is None or found != told[1].lower() or not (folder / "LICENSE").exists():
        raise Fault(
            f"license={quote_value(found)}: pyproject.toml says {told[1] if told else 'none'}, with a file LICENSE"
        )
    return f"{found}, as pyproject.toml and the file LICENSE say"


def _lists(folder: Path) -> str:
    front = _front(folder)
    for key, form in LIST_KEYS.items():
        for item in front.get(key, []) if isinstance(front.get(key, []), list) else [None]:
            if not isinstance(item, str) or not re.fullmatch(form, item):
                raise Fault(f"{key}={quote_value(item)}: give a list of {'names' if key == 'tags' else 'OWNER/NAME'}")
    return f"{', '.join(LIST_KEYS)} are lists of names where they are given"


def _installs(folder: Path) -> str:
    found = requirements(folder / "requirements.txt")
    for each in found:
        if each.url:
            raise Fault(
                f"requirements.txt: {quote_value(each.name)} comes from an address; name a release on the index"
            )
        if any("+" in one.version or one.operator in ("==", "===") for one in each.specifier):
            raise Fault(f"requirements.txt: {quote_value(str(each), 80)} is one build; give a range")
    return f"{len(found)} packages with ranges, only from the index"


def _torch(folder: Path) -> str:
    allowed = _requirement(folder, "torch").specifier
    if not allowed.contains(ZERO_TORCH) or allowed.contains(TOO_NEW_TORCH):
        raise Fault(f"torch{allowed}: ZeroGPU needs a range that ends with {ZERO_TORCH}")
    return f"torch{allowed}, so {ZERO_TORCH} at most, which ZeroGPU takes"


def _sizes(folder: Path) -> str:
    sizes = {name: (folder / name).stat().st_size for name in kept(folder)}
    large = [f"{name} ({size / 1e6:.1f} MB)" for name, size in sizes.items() if size > LARGEST_FILE]
    if large:
        raise Fault(f"more than {LARGEST_FILE / 1e6:.0f} MB need git's large file storage: {', '.join(large)}")
    if sum(sizes.values()) > LARGEST_REPOSITORY:
        raise Fault(f"{sum(sizes.values()) / 1e6:.0f} MB in all, the most are {LARGEST_REPOSITORY / 1e6:.0f}")
    return f"{len(sizes)} files, {sum(sizes.values()) / 1e6:.1f} MB, the largest {max(sizes.values()) / 1e6:.1f} MB"


def _addresses(folder: Path) -> str:
    looked, here = 0, str(CHECKOUT)
    for name in kept(folder):
        try:
            lines = (folder / name).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # pictures and weights
        looked += 1
        for number, line in enumerate(lines, start=1):
            found = FOREIGN.search(line)
            if found or here in line:
                named = found[0] if found else here
                raise Fault(f"{name}:{number} names {quote_value(named)}, which a Space does not have")
    return f"no folder of a machine and no package index in {looked} files of text"


def _shared(folder: Path) -> str:  # noqa: ARG001 (all checks are called alike)
    for name, value in SPACE.items():
        if settings_for(None, {name: value}) != replace(SHARED, forwarded=True):  # a Space is behind a proxy
            raise Fault(f"with {name}={value} the limits are not those of a public server")
    return f"limits for strangers by themselves: {SHARED.most_steps} steps, {SHARED.runs_per_owner} runs a person"


def _data(folder: Path) -> str:  # noqa: ARG001
    root = default_root(SPACE)
    if fault := trial(root):
        raise Fault(f"runs={root}: {fault}")
    kind = f"the mounted volume {VOLUME}" if root.is_relative_to(VOLUME) else "the disk, which a restart empties"
    return f"runs can be kept on {kind}; a volume at {VOLUME} keeps them for good"


CHECKS = (
    Check(name="keys", words="the front matter has no key that a Space ignores", look=_keys),
    Check(name="sdk", words="sdk is gradio, in a release that requirements.txt allows", look=_sdk),
    Check(name="app_file", words="app_file is in the upload", look=_app),
    Check(name="python_version", words="python_version is one that ZeroGPU has too", look=_python),
    Check(name="words", words="title, and a short_description that is short enough", look=_words),
    Check(name="look", words="an emoji and two colors that a Space has", look=_look),
    Check(name="license", words="the license is the one of pyproject.toml", look=_license),
    Check(name="lists", words="models, datasets and tags are lists of names", look=_lists),
    Check(name="requirements", words="ranges of packages from the index: no path, no build, no pin", look=_installs),
    Check(name="torch", words="torch is capped at what ZeroGPU takes", look=_torch),
    Check(name="sizes", words="no large file, not too much in all", look=_sizes),
    Check(name="addresses", words="no folder of a machine, no host of an index", look=_addresses),
    Check(name="limits", words="limits for strangers as soon as it is a Space", look=_shared),
    Check(name="data", words="the folder of runs takes what runs need", look=_data),
    Check(name="import", words="app.py is imported without torch", look=import_app),
    Check(name="start", words="it serves where GRADIO_SERVER_PORT says, soon", look=serve_app, is_slow=True),
)
