"""A run that has ended comes as a zip by its link and goes in again, evidence by its claim; nothing else does."""

import io
import json
import tempfile
import zipfile
from pathlib import Path

import pandas
import pytest
from starlette.testclient import TestClient

from explorer.cli import main
from explorer.runs.archive import import_zip
from explorer.runs.files import NO_ROOM
from explorer.runs.folder import RunFolder
from explorer.runs.store import RunStore
from explorer.settings import SHARED
from explorer.web import downloads
from tests.unit.study.toy_evidence import freeze_toys
from tests.unit.toys import slow
from tests.web.conftest import KEY, client

TRAINED = Path(__file__).parents[1] / "oracles" / "trained.zip"
MINE = {"X-Owner-Key": KEY}


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run that was really trained, below the host of `web`; temporary files are looked for after each request."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return import_zip(RunStore(tmp_path / "runs"), TRAINED)


def leftover_files(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "temporary").iterdir()]


def test_a_run_comes_as_a_zip_and_goes_in_again(web: TestClient, done: RunFolder, tmp_path: Path) -> None:
    answer = web.get(f"/runs/{done.run}.zip")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert f'filename="{done.run}.zip"' in answer.headers["content-disposition"]
    names = set(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())
    assert {"spec.json", "status.json", "report.json", "metrics.jsonl"} <= names
    assert "owner.json" not in names, "the key of its owner stays here"
    brought = web.post("/bring", content=answer.content, headers=MINE)
    assert brought.status_code == 200 and brought.headers["cache-control"] == "private, no-store"
    folder = RunStore(tmp_path / "runs").get(brought.json()["run"])
    assert folder.run != done.run and folder.spec_record() == done.spec_record() and folder.is_owner(KEY)
    assert leftover_files(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "ranges", ["bytes=999999999-", *map(slow, ("bytes=0-0,2-2", "bytes=5-2", "bytes=", "lines=0-1", "bytes=0-"))]
)
def test_no_range_of_a_packed_run_leaves_its_file_behind(
    web: TestClient, done: RunFolder, tmp_path: Path, ranges: str
) -> None:
    for kind in ("zip", "html"):
        answer = web.get(f"/runs/{done.run}.{kind}", headers={"Range": ranges})
        assert answer.status_code in (200, 206, 400, 416)
    assert leftover_files(tmp_path) == []


def test_the_page_of_a_run_is_packed_once_for_its_size_and_its_file(
    web: TestClient, done: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed: list[str] = []

    def pack(_: RunStore, name: str) -> str:
        packed.append(name)
        return f"page {len(packed)} of {name}"

    monkeypatch.setattr(downloads, "run_page", pack)
    downloads.packed_page.cache_clear()
    address = f"/runs/{done.run}.html"
    size = web.head(address).headers["x-file-bytes"]
    assert web.get(address).text == f"page 1 of {done.run}" and size == str(len(f"page 1 of {done.run}"))
    done.set_status(reason="evaluated again")
    assert web.get(address).text == f"page 2 of {done.run}", "a run that has changed is packed anew"
    downloads.packed_page.cache_clear()


@pytest.mark.usefixtures("done")
def test_what_is_no_run_or_not_sent_by_the_page_is_refused(web: TestClient, tmp_path: Path) -> None:
    before, zipped = sorted((tmp_path / "runs").iterdir()), TRAINED.read_bytes()
    for content, headers, status, said in (
        (b"PK", MINE, 422, "file: is no zip of a run"),
        (zipped, {"X-Owner-Key": "x"}, 422, "X-Owner-Key: give the key of this browser"),
        (zipped, MINE | {"Sec-Fetch-Site": "cross-site"}, 403, "origin: only a page of this server"),
        (bytes(65_000_000), MINE, 413, "body: at most 64 MB"),
    ):
        answer = web.post("/bring", content=content, headers=headers)
        assert answer.status_code == status and answer.json()["detail"].startswith(said), answer.text
    assert sorted((tmp_path / "runs").iterdir()) == before and leftover_files(tmp_path) == []


NESTED = {
    f"{depth} {name}": depth * begin + b"1" + depth * end
    for depth in (101, 900, 100_000)
    for name, begin, end in (("lists", b"[", b"]"), ("objects", b'{"a":', b"}"))
}
JSON_NAMES = (
    "spec.json",
    "status.json",
    "report.json",
    "metrics.jsonl",
    "world.json",
    *(f"model/{name}" for name in ("open_clip_config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json")),
    "model/open_clip_model.safetensors",
)


@pytest.mark.slow
@pytest.mark.usefixtures("done")
@pytest.mark.parametrize("name", JSON_NAMES)
def test_a_run_whose_json_is_nested_without_end_is_one_sentence(web: TestClient, tmp_path: Path, name: str) -> None:
    before = sorted((tmp_path / "runs").iterdir())
    with zipfile.ZipFile(TRAINED) as zipped:
        files = {each: zipped.read(each) for each in zipped.namelist()}
    for note, nested in NESTED.items():
        text = b'{"step": 1, "nouns": ' + nested + b"}\n"
        if name.endswith(".safetensors"):
            text = len(text).to_bytes(8, "little") + text
        changed = files | {name: text}
        if name == "world.json":
            spec = json.loads(files["spec.json"])
            spec["data"]["world"] = "own-0123456789abcdef"
            changed["spec.json"] = json.dumps(spec).encode()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for each, content in changed.items():
                archive.writestr(each, content)
        answer = web.post("/bring", content=packed.getvalue(), headers=MINE)
        said = answer.json()["detail"]
        assert answer.status_code == 422 and len(said) < 400 and "\n" not in said, note
    assert sorted((tmp_path / "runs").iterdir()) == before and leftover_files(tmp_path) == []


def test_a_shared_server_takes_no_runs_and_reads_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = client(tmp_path, SHARED)
    monkeypatch.setattr(downloads, "_temporary_file", lambda: pytest.fail("its body was written"))
    for body in (TRAINED.read_bytes(), bytes(60_000_000)):
        answer = shared.post("/bring", content=body, headers=MINE)
        assert answer.status_code == 422 and "takes no runs from files" in answer.json()["detail"]


@pytest.mark.usefixtures("done")
def test_a_full_disk_is_told(web: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(downloads, "import_upload", full)
    answer = web.post("/bring", content=b"PK", headers=MINE)
    assert answer.status_code == 507 and NO_ROOM in answer.json()["detail"] and leftover_files(tmp_path) == []


def test_only_a_slow_body_is_told_as_one(web: TestClient, done: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object) -> None:
        raise TimeoutError("of the work, not of the body")

    monkeypatch.setattr(downloads, "import_upload", late)
    with pytest.raises(TimeoutError, match="of the work"):
        web.post("/bring", content=b"PK", headers=MINE)
    assert leftover_files(done.path.parents[1]) == []


def test_what_cannot_be_packed_is_told(web: TestClient, done: RunFolder, tmp_path: Path) -> None:
    for name in ("no-such-run", "", "..", "%2e%2e%2fsecret", "%00", "x" * 3000, "UPPER"):
        assert web.get(f"/runs/{name}.zip").status_code == 404
    for status in ("queued", "running"):
        done.set_status(status=status)
        answer = web.get(f"/runs/{done.run}.zip")
        assert answer.status_code == 409
        assert answer.json()["detail"] == f"run={done.run}: its status is {status}, export it when it has ended"
    done.set_status(status="finished")


@pytest.mark.slow
@pytest.mark.parametrize("text", ["{", "[1]", "null", "[" * 200_000 + "]" * 200_000, '{"spec": 1, "metrics": {}}'])
def test_a_damaged_file_of_a_run_is_one_sentence_or_left_out(
    web: TestClient, done: RunFolder, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    for name in ("report.json", "status.json", "spec.json"):
        whole = (done.path / name).read_text()
        (done.path / name).write_text(text)
        answers = [web.get(f"/runs/{done.run}.{kind}") for kind in ("zip", "html")]
        for answer in answers:
            said = answer.json()["detail"] if answer.status_code != 200 else ""
            assert answer.status_code in (200, 409) and "\n" not in said and len(said) < 200, (name, said)
        is_cut = name == "report.json" and not text.startswith('{"')
        assert [each.status_code for each in answers] == [409 if is_cut else 200, 409 if name == "spec.json" else 200]
        if is_cut:
            with pytest.raises(SystemExit):
                main(["runs", "export", done.run, str(tmp_path / "out.zip")])
            assert f"run={done.run}: its report.json cannot be read" in capsys.readouterr().err
        (done.path / name).write_text(whole)
    assert leftover_files(tmp_path) == []


def test_a_run_that_is_deleted_while_it_is_packed_is_no_zip_and_no_path(
    web: TestClient, done: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = zipfile.ZipFile.write

    def write(archive: zipfile.ZipFile, path: Path, name: str) -> None:
        path.unlink()
        real(archive, path, name)

    monkeypatch.setattr(zipfile.ZipFile, "write", write)
    answer = web.get(f"/runs/{done.run}.zip")
    assert answer.status_code == 409 and leftover_files(tmp_path) == []
    assert "cannot be packed now" in answer.text and str(tmp_path) not in answer.text


def test_evidence_comes_as_a_file_and_as_a_table(
    web: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = freeze_toys(tmp_path / "study")
    monkeypatch.setenv("EXPLORER_STUDY", str(study))
    (tmp_path / "secret.svg").write_text("a secret")
    for kind in ("parquet", "svg"):
        answer = web.get(f"/study/density.{kind}")
        assert answer.status_code == 200 and answer.content == (study / f"density.{kind}").read_bytes()
        assert answer.headers["content-disposition"] == f'attachment; filename="density.{kind}"'
    answer = web.get("/study/density.csv")
    rows, table = pandas.read_parquet(study / "density.parquet"), pandas.read_csv(io.StringIO(answer.text))
    assert answer.headers["content-type"].startswith("text/csv")
    assert list(table.columns) == list(rows.columns) and len(table) == len(rows) > 0
    for path in (
        "saliency.svg",
        "secret.svg",
        "..%2Fsecret.svg",
        "..%2Fstudy%2Fdensity.svg",
        "%2e%2e/density.svg",
        "density.json",
        "x.csv",
    ):
        answer = web.get(f"/study/{path}")
        assert answer.status_code == 404 and "secret" not in answer.text
