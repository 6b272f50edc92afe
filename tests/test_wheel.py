"""Build the wheel, install it without the checkout, and use its commands and page from another folder."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from explorer.web.onefile import write_site
from tests.served import serve_app

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_S = 240

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "-q", "-w", str(out)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True, timeout=TIMEOUT_S)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment that holds the wheel; it reads the dependencies of the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    install = [sys.executable, "-m", "pip", f"--python={python}", "install", "--no-deps", "-q", str(wheel)]
    subprocess.run([*install, "--disable-pip-version-check"], check=True, timeout=TIMEOUT_S)
    return folder / "bin"


def environment(tmp_path: Path) -> dict[str, str]:
    """Variables of a user who has no checkout."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | {"EXPLORER_RUNS": str(tmp_path / "runs"), "OMP_NUM_THREADS": "1"}


def command(installed: Path, tmp_path: Path, *arguments: str) -> dict[str, object]:
    """The JSON document of a command that runs outside the checkout."""
    done = subprocess.run(
        [str(installed / "clip-binding"), *arguments, "--json"], cwd=tmp_path, env=environment(tmp_path),
        capture_output=True, text=True, timeout=TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_only_the_package_is_installed_with_the_license_of_everything_inside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {top for name in names if not (top := name.split("/")[0]).endswith(".dist-info")} == {"explorer"}
    carried = {name.partition("/licenses/")[2] for name in names} - {""}
    notices = [*ROOT.glob("explorer/**/*.LICENSE"), *ROOT.glob("assets/**/NOTICES"), ROOT / "assets/worlds/README.md"]
    assert {"LICENSE", *(path.relative_to(ROOT).as_posix() for path in notices)} <= carried and len(notices) > 3


def test_it_holds_every_file_of_the_package_its_page_its_models_and_the_study(wheel: Path) -> None:
    inside = {"explorer": "explorer", "models": "explorer/_data/models", "assets": "explorer/_data/assets"}
    wanted = {
        f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, place in inside.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    needed = {"explorer/_data/assets/page/index.html", "explorer/_data/assets/study/open.toml"}
    assert needed <= wanted and wanted - {*zipfile.ZipFile(wheel).namelist()} == set()


def test_its_requirements_are_those_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = "from importlib.metadata import requires; print(*requires('clip-binding-explorer'), sep='\\n')"
    done = subprocess.run([installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    named = {canonicalize_name(Requirement(line).name) for line in done.stdout.splitlines() if "extra ==" not in line}
    lines = [line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    assert named == {canonicalize_name(Requirement(line).name) for line in lines if line}


def test_scenes_are_written_and_a_shipped_model_scores(installed: Path, tmp_path: Path) -> None:
    made = command(installed, tmp_path, "scenes", "--preset", "binding-friendly", "--count", "3", "--out", "scenes")
    pictures = sorted((tmp_path / "scenes").glob("**/*.png"))
    assert made["count"] == len(pictures) == 3
    asked = ("--image", str(pictures[0]), "--caption", "a yellow submarine and a blue bus")
    cosines = command(installed, tmp_path, "score", "things-bound", *asked)["cosine"]
    assert isinstance(cosines, list) and len(cosines) == 1


def test_it_writes_the_static_page_that_the_checkout_writes(installed: Path, tmp_path: Path) -> None:
    made = command(installed, tmp_path, "site", "--out", "site")
    assert Path(str(made["file"])).read_bytes() == write_site(tmp_path / "here").read_bytes()


def test_it_serves_the_page(installed: Path, tmp_path: Path) -> None:
    named = {"OMP_NUM_THREADS": "1", "PYTHONPATH": "", "EXPLORER_SPARE": "0"}
    with serve_app(tmp_path, command=[str(installed / "clip-binding"), "app"], cwd=tmp_path, **named) as app:
        page = app.get("/").text
        assert "CLIP Binding Explorer" in page
        modules = re.findall(r'(?:src|href)="(page/[^"]+\.(?:js|css))"', page)
        assert len(modules) > 4 and all(app.get(f"/{name}").content for name in modules)
