"""A run that has ended comes as a zip by its link, frozen evidence by its claim; nothing else on the disk does."""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.pages.server.downloads import run_routes, study_routes
from explorer.runs.archive import import_zip
from explorer.runs.store import RunFolder, RunStore
from tests.unit.study.toy_evidence import freeze_toys


@pytest.fixture
def client(store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with TestClient(Starlette(routes=run_routes(store))) as client:
        yield client


def left_behind(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "temporary").iterdir()]


def test_a_run_comes_as_a_zip_that_can_be_brought(client: TestClient, done: RunFolder, tmp_path: Path) -> None:
    answer = client.get(f"/runs/{done.run}.zip")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert f'filename="{done.run}.zip"' in answer.headers["content-disposition"]
    names = set(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())
    assert {"spec.json", "status.json", "report.json", "metrics.jsonl", "snapshots/0000002.npz"} <= names
    assert "owner.json" not in names, "the key of its owner stays here"
    (tmp_path / "run.zip").write_bytes(answer.content)
    brought = import_zip(RunStore(tmp_path / "elsewhere"), tmp_path / "run.zip")
    assert (brought.run, brought.spec_record()) == (done.run, done.spec_record())
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    "path",
    [
        "/runs/no-such-run.zip",
        "/runs/.zip",
        "/runs/..zip",
        "/runs/...zip",
        "/runs/%2e%2e%2fsecret.zip",
        "/runs/..%2f..%2fetc%2fpasswd.zip",
        "/runs/%00.zip",
        "/runs/" + "x" * 3000 + ".zip",
        "/runs/UPPER.zip",
    ],
)
def test_no_other_name_is_served(path: str, client: TestClient, done: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "spec.json").write_text("{}")
    answer = client.get(path)
    assert answer.status_code == 404 and left_behind(tmp_path) == []


def test_a_link_reads_and_writes_nothing(client: TestClient, done: RunFolder) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert client.request(method, f"/runs/{done.run}.zip").status_code == 405
    assert done.path.is_dir()


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_run_that_goes_on_must_end_first(status: str, client: TestClient, done: RunFolder, tmp_path: Path) -> None:
    done.set_status(status=status)
    answer = client.get(f"/runs/{done.run}.zip")
    assert answer.status_code == 409 and left_behind(tmp_path) == []
    assert answer.text == f"run={done.run}: its status is {status}, export it when it has ended"
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_broken_run_is_no_zip(client: TestClient, done: RunFolder, tmp_path: Path) -> None:
    (done.path / "report.json").write_text("{")
    answer = client.get(f"/runs/{done.run}.zip")
    assert answer.status_code == 409 and done.run in answer.text and left_behind(tmp_path) == []


def test_a_run_that_is_deleted_while_it_is_packed_is_no_zip_and_no_path(
    client: TestClient, done: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = zipfile.ZipFile.write

    def write(archive: zipfile.ZipFile, path: Path, name: str) -> None:
        path.unlink()
        real(archive, path, name)

    monkeypatch.setattr(zipfile.ZipFile, "write", write)
    answer = client.get(f"/runs/{done.run}.zip")
    assert answer.status_code == 409 and left_behind(tmp_path) == []
    assert answer.text.startswith(f"run={done.run}: cannot be packed now") and str(tmp_path) not in answer.text


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("EXPLORER_STUDY", str(freeze_toys(tmp_path / "study")))
    (tmp_path / "study" / "secret.svg").write_text("a secret")
    with TestClient(Starlette(routes=study_routes())) as client:
        yield client


@pytest.mark.parametrize(
    ("kind", "media_type"), [("parquet", "application/vnd.apache.parquet"), ("svg", "image/svg+xml")]
)
def test_evidence_comes_as_a_file(kind: str, media_type: str, study: TestClient, tmp_path: Path) -> None:
    answer = study.get(f"/study/density.{kind}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["content-disposition"] == f'attachment; filename="density.{kind}"'
    assert answer.content == (tmp_path / "study" / f"density.{kind}").read_bytes()


@pytest.mark.parametrize(
    "path",
    ["saliency.svg", "secret.svg", "..%2Fstudy%2Fdensity.svg", "%2e%2e/density.svg", "density.json", ".svg", "x.svg"],
)
def test_only_declared_claims_with_evidence_are_served(path: str, study: TestClient) -> None:
    answer = study.get(f"/study/{path}")
    assert answer.status_code == 404 and "secret" not in answer.text
