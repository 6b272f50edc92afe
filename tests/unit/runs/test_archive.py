"""A run goes out and in as one zip, and a zip that is anything else is refused with nothing left behind."""

import errno
import io
import json
import pickle
import shutil
import stat
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.clip.clip import make_word_tokenizer
from explorer.clip.zoo import load_clip
from explorer.codec import encode
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation import pair_answers
from explorer.evaluation.pair_answers import PairAnswers
from explorer.runs import archive
from explorer.runs.archive import NOT_A_RUN_ZIP, export_zip, import_zip
from explorer.runs.files import NO_ROOM, read_json, write_json
from explorer.runs.folder import RunFolder
from explorer.runs.state import read_evaluations
from explorer.runs.store import RunStore
from explorer.spec import DataSpec, KnownNames, evaluated_steps, saved_steps
from explorer.world.own import parse_world, world_document
from explorer.world.worlds import get_world
from tests.own_worlds import REFUSED, SIX
from tests.unit.toys import GRAMMAR, tiny_config, tiny_folder, tiny_spec

NAMES = KnownNames(worlds={"things": ("color",)}, models=("tiny",), own_kinds=("color",))
ANSWERS = PairAnswers(question_digest="0572f84f", step=3, logit_scale=14.0, cosines=((0.5, 0.25), (0.125, 0.75)))


REPORT: dict[str, Any] = {
    **{name: {} for name in ("spec", "metrics", "forms", "controls", "rates", "budget")},
    "status": "finished",
    "breakdown": [],
    "failed_to_train": False,
    "n": 1,
}


@pytest.fixture(scope="module")
def finished(file_store: RunStore) -> RunFolder:
    """A finished run with every file that there is, which no test changes."""
    folder = file_store.create(tiny_spec(preset="salient"), owner_key="secret")
    tiny_folder(folder.model)
    for step in (1, 2, 3):
        folder.append({"step": step, "loss": 1.5, "elapsed_s": float(step)})
    folder.snapshot_path(3).parent.mkdir()
    for step in (0, 3):
        pair_answers.append_answers(folder.pairs, replace(ANSWERS, step=step))
    np.savez(folder.snapshot_path(3), images=np.zeros((4, 2), np.float32))
    (folder.path / "worker.log").write_text("log of /home/me")
    folder.checkpoint.mkdir()
    (folder.checkpoint / "training.pt").write_text("weights")
    places = {"run": folder.run, "folder": "/home/me", "model": "/home/me"}
    write_json(folder.path / "report.json", REPORT | places)
    folder.set_status(status="finished", step=3, host="my-computer", pid=7, device="cpu", rate=12.5)
    return folder


@pytest.fixture(scope="module")
def content(finished: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("exported") / "run.zip"
    export_zip(finished, path)
    return path.read_bytes()


@pytest.fixture
def folder(finished: RunFolder, store: RunStore) -> RunFolder:
    """A copy of the run in a store of the test's own."""
    shutil.copytree(finished.path, store.root / finished.run)
    return store.get(finished.run)


@pytest.fixture
def exported(content: bytes, tmp_path: Path) -> Path:
    (tmp_path / "run.zip").write_bytes(content)
    return tmp_path / "run.zip"


def test_what_goes_out(folder: RunFolder, exported: Path) -> None:
    with zipfile.ZipFile(exported) as zipped:
        names = set(zipped.namelist())
        texts = b"".join(zipped.read(name) for name in names)
    assert names == {
        "spec.json",
        "status.json",
        "metrics.jsonl",
        "report.json",
        "pairs.jsonl",
        "snapshots/0000003.npz",
        "model/open_clip_config.json",
        "model/open_clip_model.safetensors",
        "model/tokenizer.json",
        "model/tokenizer_config.json",
    }
    for private in (b"secret", b"my-computer", b"/home/me", b"sha256"):
        assert private not in texts


def test_it_comes_in_elsewhere_as_it_was(folder: RunFolder, exported: Path, tmp_path: Path) -> None:
    other = RunStore(tmp_path / "other")
    imported = import_zip(other, exported, NAMES)
    assert (imported.run, other.find(folder.run)) == (folder.run, imported)
    assert imported.spec_record() == folder.spec_record() and list(imported.records()) == list(folder.records())
    assert imported.snapshot_steps() == (3,)
    assert pair_answers.read_answers(imported.pairs) == (replace(ANSWERS, step=0), ANSWERS)
    status = imported.status()
    assert (status.status, status.step, status.steps, status.rate) == ("finished", 3, 3, 12.5)
    assert status.pid is None and not imported.is_owner("secret")
    report = imported.report_json()
    assert report["n"] == 1 and report["run"] == imported.run
    assert (report["folder"], report["model"]) == (str(imported.path), str(imported.model))
    assert load_clip(imported.run, find_run_model=other.find_run_model).words is not None


def test_answers_that_are_none_or_of_later_steps_stay_out(folder: RunFolder, tmp_path: Path) -> None:
    with folder.pairs.open("a") as file:
        file.write('{"asked": 1}\n' + "[" * 100_000 + "\n" + '{"asked": "a", "step": NaN}\n\x00\n')
    pair_answers.append_answers(folder.pairs, replace(ANSWERS, step=4))
    export_zip(folder, tmp_path / "run.zip")
    imported = import_zip(RunStore(tmp_path / "other"), tmp_path / "run.zip", NAMES)
    assert [json.loads(line)["step"] for line in imported.pairs.read_text().splitlines()] == [0, 3]


def test_a_world_of_ones_own_goes_along(folder: RunFolder, exported: Path, tmp_path: Path) -> None:
    spaced = json.dumps(json.loads(DOCUMENT), indent=1).encode()
    path = edit_zip(exported, tmp_path / "own.zip", {"spec.json": spec_of(OWN), "world.json": spaced})
    arrived = import_zip(RunStore(tmp_path / "other"), path, NAMES)
    assert (arrived.path / "world.json").read_bytes() == DOCUMENT and arrived.spec().data.world == OWN
    assert [noun.word for noun in get_world(OWN).nouns] == [noun["word"] for noun in SIX["nouns"]]
    export_zip(arrived, tmp_path / "again.zip")
    with zipfile.ZipFile(tmp_path / "again.zip") as again:
        assert again.read("world.json") == DOCUMENT
    # A document of a built-in world is no part of a run.
    path = edit_zip(exported, tmp_path / "both.zip", {"world.json": DOCUMENT})
    assert not (import_zip(RunStore(tmp_path / "third"), path, NAMES).path / "world.json").exists()
    for content in (None, b"{", DOCUMENT.replace(b"0.5", b"0.6")):
        arrived.path.joinpath("world.json").unlink(missing_ok=True)
        if content is not None:
            arrived.path.joinpath("world.json").write_bytes(content)
        with pytest.raises(UserError, match=r"its world\.json cannot be read"):
            arrived.spec()
        with pytest.raises(UserError, match=r"its world\.json cannot be read"):
            export_zip(arrived, tmp_path / "none.zip")
        assert not (tmp_path / "none.zip").exists()


@pytest.mark.parametrize("text", [b'{"nouns": []}', b'{"nouns": [1, 2, 3, 4, 5, 6]}', b"{"])
def test_a_world_that_is_none_is_named_as_the_file_of_the_zip(text: bytes, exported: Path, tmp_path: Path) -> None:
    path = edit_zip(exported, tmp_path / "own.zip", {"spec.json": spec_of(OWN), "world.json": text})
    with pytest.raises(UserError, match=r"^world\.json: "):
        import_zip(RunStore(tmp_path / "other"), path, NAMES)


def test_a_second_copy_gets_an_id_of_its_own(store: RunStore, folder: RunFolder, exported: Path) -> None:
    imported = import_zip(store, exported)
    assert imported.run != folder.run and imported.report_json()["run"] == imported.run
    assert imported.run.startswith("salient-") and imported.status().preset == "salient"
    assert len(store.all()) == 2


@pytest.mark.parametrize("name", ["things-bound", "web-like", "salient-0c4f", "../things-bound", "x" * 200])
def test_no_zip_takes_the_name_of_a_shipped_model_or_of_a_recording(name: str, exported: Path, tmp_path: Path) -> None:
    """Views look for a run first."""
    with zipfile.ZipFile(exported) as zipped:
        status = json.loads(zipped.read("status.json")) | {"run": name}
    changed = edit_zip(exported, tmp_path / "named.zip", {"status.json": json.dumps(status).encode()})
    imported = import_zip(RunStore(tmp_path / "other"), changed, NAMES)
    assert imported.run != name and imported.run.startswith("salient-") and len(imported.run) == len("salient-") + 12


@pytest.mark.parametrize("status", ["queued", "running"])
def test_only_an_ended_run_goes_out(status: str, folder: RunFolder, tmp_path: Path) -> None:
    folder.set_status(status=status)
    with pytest.raises(UserError, match=f"its status is {status}"):
        export_zip(folder, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def raise_no_room(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_no_part_of_a_zip_and_is_not_its_fault(
    folder: RunFolder, exported: Path, tmp_path: Path
) -> None:
    before, other = exported.read_bytes(), RunStore(tmp_path / "other")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "writestr", raise_no_room)
        patch.setattr(archive, "_unpack", raise_no_room)
        for request in (lambda: export_zip(folder, exported), lambda: import_zip(other, exported, NAMES)):
            with pytest.raises(UserError, match=NO_ROOM):
                request()
    assert exported.read_bytes() == before and list(other.root.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "run.zip", "other"}
    with pytest.raises(UserError, match="^out=.*cannot be written"):
        export_zip(folder, tmp_path / "no" / "x.zip")


def edit_zip(source: Path, target: Path, changes: dict[str, bytes | None]) -> Path:
    """A copy of a zip with entries replaced, added, or left out where None."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        contents = {name: old.read(name) for name in old.namelist()} | changes
        for name, content in contents.items():
            if content is not None:
                new.writestr(name, content)
    return target


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def npz_with_header(header: str) -> bytes:
    """A snapshot of one array without content, which has this header."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as arrays:
        arrays.writestr("a.npy", b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header.encode())
    return file.getvalue()


def deep_json() -> bytes:
    return b'{"data": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"


def nest_record(record: dict[str, Any]) -> bytes:
    """The record with a list that can be read, and not answered to a page."""
    return json.dumps(record | {"more": json.loads("[" * 300 + "]" * 300)}).encode()


def share_record(value: float = 0.5, **changes: Any) -> dict[str, Any]:
    """Canonical scores of a step, of which the low end of binding is changed."""
    score = {"value": value, "n": 9, "low": value, "high": value, "chance": 0.5}
    return {"canonical": {"binding_accuracy": score | changes, "recognition_accuracy": score}}


def metrics_of(*evaluations: object) -> dict[str, bytes]:
    """The records of a run that has these evaluations, one a step."""
    found = enumerate(({"evaluation": each} if each else {} for each in evaluations), start=1)
    records = ({"step": step} | each for step, each in found)
    return {"metrics.jsonl": b"".join(json.dumps(each).encode() + b"\n" for each in records)}


def answers_of(count: int) -> dict[str, bytes]:
    """As many records as answers to the pairs."""
    lines = (json.dumps(encode(replace(ANSWERS, step=step))).encode() + b"\n" for step in range(count))
    return metrics_of(*[None] * count) | {"pairs.jsonl": b"".join(lines)}


MODEL = {"model_cfg": tiny_config() | {"multimodal_cfg": {}}, "preprocess_cfg": {}}
LONG_CONTEXT = {"model_cfg": {"embed_dim": 8, "vision_cfg": {}, "text_cfg": {"context_length": 32_768}}}
"""Of a mask of 4.3 GB."""
CONFIG = {"model/open_clip_config.json": json.dumps(MODEL).encode()}
WEIGHTS = "model/open_clip_model.safetensors"


DOCUMENT = world_document(parse_world(SIX))
OWN = parse_world(SIX).name


def spec_of(world: str) -> bytes:
    return json.dumps(tiny_spec(data=DataSpec(world=world)).to_json()).encode()


def tokenizer(**changes: Any) -> dict[str, bytes]:
    """The tokenizer of a run with other parts."""
    made = json.loads(make_word_tokenizer(GRAMMAR.words).to_str())
    return {"model/tokenizer.json": json.dumps(made | changes).encode()}


def replaced(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


TEN = replaced({"String": "a"}, "a" * 10)
NOTHING = replaced({"Regex": "\\s*"}, " ")
"""It finds a place between any two letters."""
WHOLE = {"Sequence": {"id": "A", "type_id": 0}}
STRANGE = (
    "../evil.json",
    "model/../../evil.json",
    "/tmp/evil.json",
    "..\\evil.json",
    "model/setup.py",
    "owner.json",
    "claim",
    "checkpoint/training.pt",
    "model/open_clip_pytorch_model.bin",
)
LYING = {
    "large": f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**15},), }}\n",
    "larger than a number": f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**40},), }}\n",
    "open": "((((\n",
    "deep": "-" * 9000 + "1\n",
}
"""Headers on which numpy raises MemoryError, OverflowError, TokenError and MemoryError or RecursionError."""
EVIL: dict[str, tuple[Any, str]] = {
    **{name: ({name: b"{}"}, "not a file of a run") for name in STRANGE},
    "a pickle by another name": ({WEIGHTS: pickle.dumps({"a": 1}) * 9}, "its weights"),
    "cut weights": ({WEIGHTS: (2).to_bytes(8, "little") + b"{}" + b"x"}, "its weights"),
    "lying weights": ({WEIGHTS: (10**9).to_bytes(8, "little") + b"{}"}, "its weights"),
    "weights of a list": ({WEIGHTS: (2).to_bytes(8, "little") + b"[]"}, "its weights"),
    "weights without places": ({WEIGHTS: (9).to_bytes(8, "little") + b'{"a": {}}'}, "its weights"),
    "weights of nonsense": ({WEIGHTS: (9).to_bytes(8, "little") + b'{"a": [] }'[:9]}, "its weights"),
    "a bomb": ({WEIGHTS: bytes(30_000_000)}, "grows more than"),
    "a bomb in a snapshot": ({"snapshots/0000009.npz": npz(a=np.zeros(9_000_000))}, "too large a snapshot"),
    "a pickle in a snapshot": ({"snapshots/0000009.npz": npz(a=np.array([{}], object))}, "other things than arrays"),
    **{
        f"a snapshot with a header that is {name}": (
            {"snapshots/0000009.npz": npz_with_header(header)},
            "other things than arrays",
        )
        for name, header in LYING.items()
    },
    "a snapshot of nonsense": ({"snapshots/0000009.npz": b"x"}, "is no zip of a run"),
    "large": ({"spec.json": bytes(range(256)) * 5000}, "larger than"),
    "no spec": ({"spec.json": None}, "it has no spec.json"),
    "no status": ({"status.json": None}, "it has no status.json"),
    "a spec of nonsense": ({"spec.json": b"{"}, "is no zip of a run"),
    "a deep spec": ({"spec.json": deep_json()}, "nested deeper than 100"),
    "a deep report": ({"report.json": nest_record(REPORT)}, "nested deeper than 100"),
    "deep records": ({"metrics.jsonl": nest_record({"step": 1}) + b"\n"}, "nested deeper than 100"),
    "a deep config": ({"model/open_clip_config.json": nest_record(MODEL)}, "nested deeper than 100"),
    "an illegal spec": ({"spec.json": b'{"train": {"model": "tiny", "steps": 0}}'}, "steps=0"),
    "an unknown model": ({"spec.json": b'{"train": {"model": "huge"}}'}, "model=huge"),
    "half a character": ({"status.json": b'{"reason": "\\ud800"}'}, "half a character"),
    "a status of a list": ({"status.json": b"[]"}, "no object"),
    "no JSON": ({"metrics.jsonl": b"{\n"}, "made (line 1 of metrics.jsonl is not JSON)"),
    "a number of five thousand digits": (
        {"metrics.jsonl": b'{"step": 1, "loss": ' + b"9" * 5000 + b"}\n"},
        "(a whole number of more than 400 digits)",
    ),
    "more records than steps": ({"metrics.jsonl": b'{"step": 1}\n' * 5000}, "metrics.jsonl: lines=5000: give at most"),
    "a report of NaN": (
        {"report.json": b'{"status": "finished", "x": [0, NaN]}'},
        "report.json: x[1]=nan: give a finite number",
    ),
    "a number beyond all others": (
        {"metrics.jsonl": b'{"step": 1}\n{"step": 2, "loss": 1e999}\n'},
        "line 2 of metrics.jsonl: loss=inf: give a finite number",
    ),
    "a field as long as a book": (
        {"metrics.jsonl": json.dumps({"step": 1, "\n" + "x" * 9000: [float("nan")]}).encode() + b"\n"},
        "...=nan: give a finite number",
    ),
    "a form as long as a book": (
        metrics_of(share_record() | {"\n" + "x" * 9000: share_record(5.5)["canonical"]}),
        "...=5.5: give a share from 0 to 1",
    ),
    "a form as long as a book, of words": (
        metrics_of(share_record() | {"\n" + "x" * 9000: "good"}),
        "...=good: give an object",
    ),
    "a share above all": (
        metrics_of(share_record(), share_record(5.5)),
        "line 2 of metrics.jsonl: evaluation.canonical.binding_accuracy.value=5.5: give a share from 0 to 1",
    ),
    "a share below nothing": (
        metrics_of(share_record(low=-0.1)),
        "line 1 of metrics.jsonl: evaluation.canonical.binding_accuracy.low=-0.1: give a share from 0 to 1",
    ),
    "a share of words": (
        metrics_of(share_record(value="all")),
        "line 1 of metrics.jsonl: evaluation.canonical.binding_accuracy.value=all: give a number",
    ),
    "an evaluation of words": (
        metrics_of("good"),
        "line 1 of metrics.jsonl: evaluation=good: give an object",
    ),
    "a start above all": (
        {"status.json": json.dumps({"status": "finished", "start_evaluation": share_record(5.5)}).encode()},
        "status.json: start_evaluation.canonical.binding_accuracy.value=5.5: give a share from 0 to 1",
    ),
    "a report above all": (
        {"report.json": json.dumps(REPORT | {"metrics": share_record(5.5)["canonical"]}).encode()},
        "report.json: metrics.binding_accuracy.value=5.5: give a share from 0 to 1",
    ),
    "many evaluations": (metrics_of(*[share_record()] * 257), "metrics.jsonl: evaluations=257: give at most 256"),
    "many answers": (answers_of(65), "pairs.jsonl: steps=65: give at most 64"),
    "many snapshots": (
        dict.fromkeys((f"snapshots/{k:07}.npz" for k in range(65)), npz(a=np.zeros(1))),
        "snapshots: steps=65: give at most 64",
    ),
    "a report without its parts": ({"report.json": b'{"status": "finished"}'}, "report.json has no"),
    "a report of another status": ({"report.json": b'{"status": "<b>"}'}, "report"),
    "records that go back": ({"metrics.jsonl": b'{"step": 2}\n{"step": 1}\n'}, "line 2 of metrics.jsonl"),
    "records of nonsense": ({"metrics.jsonl": b"[1]\n"}, "line 1 of metrics.jsonl"),
    "a model of more": (CONFIG, "model_cfg.multimodal_cfg, which no plain CLIP has"),
    "a config of a long context": (
        {"model/open_clip_config.json": json.dumps(LONG_CONTEXT).encode()},
        "context_length=32768, give a whole number from 1 to 1024",
    ),
    "a config of nothing": ({"model/open_clip_config.json": b"{}"}, "no object model_cfg"),
    "words that grow": (tokenizer(normalizer={"type": "Sequence", "normalizers": [TEN] * 12}), "a step Replace"),
    "words that grow from nothing": (tokenizer(normalizer=NOTHING), "a step Replace"),
    "words that grow by a step without a name": (
        tokenizer(normalizer={name: TEN[name] for name in ("pattern", "content")}),
        "a step nothing",
    ),
    "a long beginning": (tokenizer(normalizer={"type": "Prepend", "prepend": "x" * 10_000}), "a step Prepend"),
    "a caption many times": (
        tokenizer(post_processor={"type": "TemplateProcessing", "single": [WHOLE] * 9, "special_tokens": {}}),
        "a step TemplateProcessing",
    ),
    "many steps": (
        tokenizer(normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}] * 99}),
        "steps, the most are 16",
    ),
    "another kind of words": (tokenizer(model={"type": "Unigram", "vocab": []}), "is a Unigram"),
    "a tokenizer of a list": ({"model/tokenizer.json": b"[]"}, "is a nothing"),
    "a world that is not there": ({"spec.json": spec_of(OWN)}, "it has no world.json"),
    "another world": ({"spec.json": spec_of("own-0123456789abcdef"), "world.json": DOCUMENT}, "another world than"),
    "a world of nonsense": ({"spec.json": spec_of(OWN), "world.json": b"{"}, "is not JSON"),
    "a world of markup": (
        {"spec.json": spec_of(OWN), "world.json": DOCUMENT.replace(SIX["nouns"][0]["word"].encode(), b"<b>")},
        "one word of letters",
    ),
    "a large world": ({"spec.json": spec_of(OWN), "world.json": DOCUMENT + b" " * 64_000}, "larger than"),
    "a deep world": (
        {"spec.json": spec_of(OWN), "world.json": b'{"nouns": ' + b"[" * 25_000 + b"]" * 25_000 + b"}"},
        "nested too deep",
    ),
    "many": (dict.fromkeys((f"snapshots/{k:07}.npz" for k in range(400)), npz(a=np.zeros(1))), "at most 300"),
    **{
        f"a world with {name}": ({"spec.json": spec_of(OWN), "world.json": json.dumps(document).encode()}, words)
        for name, (document, words) in REFUSED.items()
        if name not in ("a hundred thousand points", "many bytes")  # larger than any world
    },
}


def refusal(path: Path, store: RunStore) -> str:
    """The sentence with which a zip is refused; the store is as empty as before."""
    with pytest.raises(UserError) as caught:
        import_zip(store, path, NAMES)
    assert not store.root.exists() or list(store.root.iterdir()) == []
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    return str(caught.value)


@pytest.mark.parametrize("name", EVIL)
def test_evil_zips_are_refused(name: str, exported: Path, tmp_path: Path) -> None:
    changes, words = EVIL[name]
    sentence = refusal(edit_zip(exported, tmp_path / "evil.zip", changes), RunStore(tmp_path / "fresh"))
    assert words in sentence
    assert not list(tmp_path.rglob("evil.json")) and not Path("/tmp/evil.json").exists()


def test_a_run_that_is_just_small_enough_comes_in(exported: Path, tmp_path: Path) -> None:
    """No training of any length has as many evaluations and snapshots, with those of its start and of some stops."""
    limits = CONTRACT.run_file
    for steps in (1, 2, 100, 180, 6000, 1_000_000):
        assert 10 * (1 + len(evaluated_steps(steps))) < limits.evaluations
        assert 4 * (1 + len(saved_steps(steps))) < limits.saved_steps
    records = metrics_of(*[share_record()] * limits.evaluations, None)
    most = answers_of(limits.saved_steps) | records
    imported = import_zip(RunStore(tmp_path / "fresh"), edit_zip(exported, tmp_path / "most.zip", most), NAMES)
    assert len(read_evaluations(imported)) == limits.evaluations
    assert len(pair_answers.read_answers(imported.pairs)) == limits.saved_steps


def test_a_bomb_whose_header_says_that_it_is_packed_large_is_refused(exported: Path, tmp_path: Path) -> None:
    path = edit_zip(exported, tmp_path / "evil.zip", {WEIGHTS: bytes(30_000_000)})
    content = bytearray(path.read_bytes())
    entry = content.rfind(WEIGHTS.encode()) - 46  # in the list of entries at the end
    content[entry + 20 : entry + 24] = (29_000_000).to_bytes(4, "little")
    path.write_bytes(content)
    assert "grows more than" in refusal(path, RunStore(tmp_path / "fresh"))


def test_what_is_no_zip_or_damaged_is_refused(exported: Path, tmp_path: Path) -> None:
    path, fresh = tmp_path / "x.zip", RunStore(tmp_path / "fresh")
    assert refusal(path, fresh) == f"file={path}: there is no such file"
    for other in (tmp_path, Path("/dev/null")):
        assert refusal(other, fresh) == f"file={other}: {NOT_A_RUN_ZIP}"
    for content in (b"", b"PK\x03\x04", b"not a zip" * 99):
        path.write_bytes(content)
        assert "file=x.zip: is no zip of a run" in refusal(path, fresh)
    data = bytearray(exported.read_bytes())
    place = data.find(b"spec.json") + 20
    data[place : place + 20] = bytes(20)  # an entry is damaged, and a header lies
    path.write_bytes(data)
    refusal(path, fresh)


def test_a_link_is_read_as_the_text_that_it_is(exported: Path, tmp_path: Path) -> None:
    evil = edit_zip(exported, tmp_path / "evil.zip", {"report.json": None})
    link = zipfile.ZipInfo("report.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(evil, "a") as file:
        file.writestr(link, "/etc/passwd")
    refusal(evil, RunStore(tmp_path / "fresh"))


def test_a_name_twice_another_packing_and_too_much_in_all_are_refused(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice, packed = (edit_zip(exported, tmp_path / name, {}) for name in ("twice.zip", "packed.zip"))
    with zipfile.ZipFile(twice, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("spec.json", "{}")
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_LZMA) as file:
        file.writestr("model/merges.txt", "a b")
    assert "a name twice" in refusal(twice, RunStore(tmp_path / "fresh"))
    assert "packed in a way" in refusal(packed, RunStore(tmp_path / "fresh"))
    monkeypatch.setattr(archive, "MAX_ARCHIVE_BYTES", 1000)
    assert "more than 1000 bytes" in refusal(exported, RunStore(tmp_path / "fresh"))


STATUSES: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "running": (lambda status: status | {"status": "running", "pid": 1}, "interrupted"),
    "strange": (lambda status: status | {"status": "<script>"}, "interrupted"),
    "stopped": (lambda status: status | {"status": "stopped"}, "stopped"),
}


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_is_cleaned(name: str, folder: RunFolder, exported: Path, tmp_path: Path) -> None:
    change, expected = STATUSES[name]
    strange = {"rate": "fast", "device": 7, "strange": 1, "step": 10**9, "batch_size": 0, "run": "../x"}
    evil = change(read_json(folder.path / "status.json")) | strange
    path = edit_zip(exported, tmp_path / "x.zip", {"status.json": json.dumps(evil).encode()})
    imported = import_zip(RunStore(tmp_path / "fresh"), path, NAMES)
    status = imported.status()
    assert (status.status, status.step) == (expected, 3)
    assert imported.status().batch_size == imported.spec().train.batch_size, "estimates of later runs divide by it"
    assert not {"rate", "device", "strange", "pid", "run"} & read_json(imported.path / "status.json").keys()
    assert imported.run.startswith("salient-")


def test_a_long_key_over_many_numbers_costs_their_bytes_and_no_product() -> None:
    text = json.dumps({"k" * 2_000_000: [0.5] * 20_000}).encode()
    start = time.process_time()
    assert archive._parse_strict_json(text, "report.json")
    assert time.process_time() - start < 1.0
    with pytest.raises(UserError, match=r"report.json: a\[1\].b"):
        archive._parse_strict_json(b'{"a": [0, {"b": 1e999}]}', "report.json")
