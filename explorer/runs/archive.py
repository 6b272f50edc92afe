"""Export and import of one run as one zip file.

    export_zip(folder, Path("run.zip"))           # spec, status, metrics, report, model, snapshots, answers to pairs
    import_zip(store, Path("run.zip"))            # under its own id, or a new one if that is taken

An imported zip is untrusted: only known names are read, each up to its own size whatever its header says, JSON is
parsed and written again, weights must be safetensors, and nothing is unpacked by path. The checkpoint, the log and
the owner are not exported. What a file says of its training can be anybody's writing, so the run says that it came as
one, wherever it is shown.
"""

import io
import json
import math
import os
import re
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.clip.checked_files import check_plain_config, check_plain_tokenizer, read_header
from explorer.clip.names import CONFIG_FILE, TOKENIZER_FILE
from explorer.codec import decode, encode
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, DamagedFileError, FaultError, UserError, quote_value
from explorer.evaluation import pair_answers
from explorer.evaluation.results import FOLLOWED_METRICS, Estimate, Metrics, read_report
from explorer.runs.file_names import METRICS_FILE, REPORT_FILE, SPEC_FILE, STATUS_FILE, WORLD_FILE
from explorer.runs.files import MB, NO_ROOM, is_disk_full, parse_json, write_json
from explorer.runs.folder import READING_ERRORS, RunFolder
from explorer.runs.run_status import ENDED_STATUSES, RunStatus, is_of_tab, status_of_spec
from explorer.runs.store import RunStore, new_id
from explorer.spec import OWN_WORLD, KnownNames, RunSpec, validate
from explorer.world.own import MAX_WORLD_BYTES, OWN_KINDS, parse_world, world_document
from explorer.world.worlds import keep_world

MAX_ARCHIVE_ENTRIES = 300
MAX_ARCHIVE_BYTES = 1500 * MB
MAX_JSON_DIGITS = 400
"""Most digits of a whole number in JSON: Python reads no more than 4300."""
MAX_COMPRESSION_RATIO = 400
"""Largest ratio of unpacked to packed bytes; text of metrics reaches 20."""
_MAX_BYTES_BY_NAME = {
    r"spec\.json|status\.json": MB,
    r"world\.json": MAX_WORLD_BYTES,
    r"report\.json": 8 * MB,
    r"metrics\.jsonl": 200 * MB,
    r"pairs\.jsonl": 8 * MB,
    r"model/open_clip_model\.safetensors": 1000 * MB,
    r"model/(open_clip_config|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json": 8 * MB,
    r"model/tokenizer\.json": 32 * MB,
    r"model/(merges|vocab)\.txt": 8 * MB,
    r"snapshots/\d{7}\.npz": 8 * MB,
}
"""Names in a run's zip, and the most bytes of each."""
_DAMAGE_ERRORS = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, TypeError, LookupError)
"""Errors raised by a damaged zip, or by JSON of another shape."""
IMPORTED_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,67}-[0-9a-f]{12}", re.ASCII)
"""An id that no shipped model and no recording has, in whose place views would show the run."""
NOT_A_RUN_ZIP = "is no zip of a run; choose a file that “export as zip” of a run made"
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_REPORT_PARTS: dict[str, type] = {
    "spec": dict,
    "metrics": dict,
    "forms": dict,
    "breakdown": list,
    "controls": dict,
    "rates": dict,
    "failed_to_train": bool,
    "budget": dict,
}
"""Parts of a report that tables and figures read."""
_LOCAL_FIELDS = ("host", "pid", "process_start", "heartbeat", "imported", "evaluated")
"""Fields of a status that mean nothing on another computer."""
_PROGRESS_FIELDS = ("phase", "phase_done", "phase_parts", "evaluating_since")
_LIMITS = CONTRACT.run_file
_TEXT_FIELDS = ("device", "reason", "model")


def export_zip(folder: RunFolder, out: Path) -> None:
    """Write the run to `out`; a queued or running one must end first."""
    status = folder.status()
    if not status.has_ended:
        raise UserError("run", folder.run, "its status is {status}, export it when it has ended", status=status.status)
    try:
        spec = RunSpec.from_json(folder.spec_record())
    except READING_ERRORS:  # it goes out as it is, to be mended
        pass
    else:
        folder.keep_world(spec)  # without the world that its spec names no import takes it
    shared = {name: value for name, value in status.to_json().items() if name not in _LOCAL_FIELDS} | {
        "run": folder.run
    }
    texts = {STATUS_FILE: shared}
    if folder.has_report:
        texts[REPORT_FILE] = folder.report_json() | {"folder": None, "model": None}
    files = sorted(path for path in folder.path.rglob("*") if path.is_file() and not path.is_symlink())
    names = {path.relative_to(folder.path).as_posix(): path for path in files}
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in names.items():
                if name in texts:
                    archive.writestr(name, json.dumps(texts[name], indent=2))
                elif _max_bytes(name):
                    archive.write(path, name)
        os.replace(partial, out)
    except OSError as error:
        if is_disk_full(error):
            raise UserError("disk", NO_VALUE, NO_ROOM) from None
        raise UserError("out", out, "cannot be written ({problem})", longest=200, problem=error.strerror) from None
    finally:
        partial.unlink(missing_ok=True)


def import_zip(store: RunStore, path: Path, names: KnownNames | None = None) -> RunFolder:
    """Store the run of an untrusted zip; raise `UserError`, with nothing left behind, if it is not a run."""
    # os.path says no to a name that is too long, and in a folder that is closed to this user; pathlib raises.
    if not os.path.exists(path):
        raise UserError("file", path, "there is no such file", longest=200)
    if not os.path.isfile(path):  # a device would be read without an end
        raise UserError("file", path, NOT_A_RUN_ZIP, longest=200)
    try:
        with zipfile.ZipFile(path) as archive, store.new_folder() as folder:
            entries = _checked_entries(archive, path.stat().st_size)
            for name, entry in entries.items():
                _unpack(archive, entry, folder.path / name, _max_bytes(name))
            run, preset = _rewrite_texts(folder, names)
            if not IMPORTED_ID.fullmatch(run) or (store.root / run).exists():
                run = new_id(preset)
            if is_of_tab(folder.status().device):  # whoever takes it in evaluates it
                (folder.path / REPORT_FILE).unlink(missing_ok=True)
            _rewrite_report(folder.path / REPORT_FILE, (store.root / run).resolve())
            return store.publish(folder, run)
    except _DAMAGE_ERRORS as error:
        if isinstance(error, UserError):
            raise
        if is_disk_full(error):
            raise UserError("disk", NO_VALUE, NO_ROOM) from None
        # What Python and its libraries say of a damaged file is nothing for a person.
        if type(error) is not ValueError and not isinstance(error, FaultError):
            raise UserError("file", path.name, NOT_A_RUN_ZIP, longest=80) from None
        problem = " ".join(str(error).split())[:120]
        raise UserError("file", path.name, NOT_A_RUN_ZIP + " ({problem})", longest=80, problem=problem) from None


def _max_bytes(name: str) -> int:
    """Return the most bytes of the entry, 0 if a run has no entry of that name."""
    return next((most for pattern, most in _MAX_BYTES_BY_NAME.items() if re.fullmatch(pattern, name, re.ASCII)), 0)


def _checked_entries(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """Return the entries by name, after all checks that need no unpacking; `size` are the bytes of the zip."""
    listed = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(listed) > MAX_ARCHIVE_ENTRIES:
        raise ValueError(f"it holds {len(listed)} files, at most {MAX_ARCHIVE_ENTRIES}")
    entries = {entry.filename: entry for entry in listed}
    if len(entries) < len(listed):
        raise ValueError("it holds a name twice")
    for name, entry in entries.items():
        if entry.file_size > _max_bytes(name):
            problem = f"larger than {_max_bytes(name)} bytes" if _max_bytes(name) else "not a file of a run"
            raise ValueError(f"{name[:60]!a} is {problem}")
        if entry.compress_type not in _COMPRESSIONS:
            raise ValueError(f"{name} is packed in a way that is not read here")
        packed = max(1, min(entry.compress_size, size))  # what a header says beyond the zip is a lie
        if entry.file_size > MB and entry.file_size > MAX_COMPRESSION_RATIO * packed:
            raise ValueError(f"{name} grows more than {MAX_COMPRESSION_RATIO} times when it is unpacked")
    if sum(entry.file_size for entry in listed) > MAX_ARCHIVE_BYTES:
        raise ValueError(f"it holds more than {MAX_ARCHIVE_BYTES} bytes")
    _check_count("snapshots: steps", sum(name.startswith("snapshots/") for name in entries), _LIMITS.saved_steps)
    missing = {SPEC_FILE, STATUS_FILE} - entries.keys()
    if missing:
        raise ValueError(f"it has no {min(missing)}")
    return entries


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, most: int) -> None:
    """Write one entry, and count its actual bytes instead of those of its header."""
    path.parent.mkdir(exist_ok=True)
    left = min(most, entry.file_size)
    with archive.open(entry) as source, path.open("wb") as target:
        while chunk := source.read(min(MB, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise ValueError(f"{entry.filename} is larger than it says")
            target.write(chunk)
    if path.suffix == ".safetensors":
        read_header(path)
    if path.suffix == ".npz":
        _check_npz(path)
    if path.suffix == ".json" and path.parent.name == "model":
        document = _parse_strict_json(path.read_bytes(), path.name)
        if path.name == CONFIG_FILE:
            check_plain_config(document)
        if path.name == TOKENIZER_FILE:
            check_plain_tokenizer(document)


def _parse_strict_json(text: bytes, place: str) -> Any:
    """Parse the text of a place as JSON of finite numbers; raise ValueError for anything else."""
    try:
        content = parse_json(text, parse_int=_read_whole_number)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError(f"{place} is not JSON") from None
    for field, number in _infinite_numbers(content):
        raise UserError(f"{place}: {_quote_field(field.removeprefix('.'))}", number, "give a finite number")
    if b"\\ud" in text.lower():  # may be half a character, which no page can be written with
        try:
            json.dumps(content, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("half a character in JSON") from None
    return content


def _read_whole_number(digits: str) -> int:
    if len(digits) > MAX_JSON_DIGITS:
        raise ValueError(f"a whole number of more than {MAX_JSON_DIGITS} digits")
    return int(digits)


def _infinite_numbers(content: Any) -> Iterator[tuple[str, float]]:
    """Yield the numbers that are infinite or none, each with its field: JSON may write 1e999.

    A field is put together behind its number, as keys are as long as strangers make them.
    """
    if isinstance(content, float) and not math.isfinite(content):
        yield "", content
    elif isinstance(content, dict):
        for name, each in content.items():
            for field, number in _infinite_numbers(each):
                yield f".{name}{field}", number
    elif isinstance(content, list):
        for at, each in enumerate(content):
            for field, number in _infinite_numbers(each):
                yield f"[{at}]{field}", number


def _quote_field(field: str) -> str:
    """Return the name of a field on one line: its parts are keys of a stranger's JSON."""
    return quote_value(field, 80) or "document"


def _check_count(field: str, count: int, most: int) -> None:
    if count > most:
        raise UserError(field, count, "give at most {most}", most=most)


def _check_shares(place: str, forms: Mapping[str, Metrics]) -> None:
    """Check that the metrics by which a run is followed are shares, in each form; its name comes behind the place."""
    for form, metrics in forms.items():
        for name in FOLLOWED_METRICS:
            for part, share in encode(metrics.get(name, {})).items():
                if part != "n" and share is not None and not 0 <= share <= 1:
                    field = _quote_field(f"{form}.{name}.{part}")
                    raise UserError(f"{place}{field}", share, "give a share from 0 to 1")


def _check_npz(path: Path) -> None:
    """Check for plain arrays that unpack to no more than the size of an inspection; one of objects is a pickle."""
    import numpy as np

    with zipfile.ZipFile(path) as arrays:
        entries = arrays.infolist()
    if sum(entry.file_size for entry in entries) > 16 * MB or len(entries) > 50:
        raise ValueError(f"{path.name} is too large a snapshot")
    if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
        raise ValueError(f"{path.name} is packed in a way that is not read here")
    try:
        with np.load(path, allow_pickle=False) as content:
            plain = all(isinstance(array, np.ndarray) for array in content.values())
    except Exception:  # numpy's reader raises a dozen types on bytes that are not its own, MemoryError too
        plain = False
    if not plain:
        raise ValueError(f"{path.name} holds other things than arrays of numbers")


def _rewrite_texts(folder: RunFolder, names: KnownNames | None) -> tuple[str, str | None]:
    """Check spec, status and metrics and write them again; return the run's former id and its preset."""
    spec = RunSpec.from_json(_parse_strict_json((folder.path / SPEC_FILE).read_bytes(), SPEC_FILE))
    worlds = {spec.data.world: spec.data.attribute_kinds}
    own = KnownNames(worlds=worlds, models=(spec.train.model,), own_kinds=OWN_KINDS)
    validate(spec, names or own)
    _rewrite_world(folder, spec)
    status = _parse_strict_json((folder.path / STATUS_FILE).read_bytes(), STATUS_FILE)
    if not isinstance(status, dict):
        raise ValueError("its status is no object")
    lines = _rewrite_metrics(folder.metrics, spec.train.steps)
    if folder.pairs.exists():  # lines that are none, or of steps that no record has, are left out
        answers = [each for each in pair_answers.read_answers(folder.pairs) if each.step <= lines]
        _check_count(f"{folder.pairs.name}: steps", len(answers), _LIMITS.saved_steps)
        pair_answers.write_answers(folder.pairs, answers)
    write_json(folder.path / SPEC_FILE, spec.to_json())
    write_json(folder.path / STATUS_FILE, _make_status(status, spec, lines).to_json())
    return str(status.get("run", "")), spec.preset


def _rewrite_world(folder: RunFolder, spec: RunSpec) -> None:
    """Check the document of a world of one's own, and write it again; a built-in world has none."""
    path = folder.path / WORLD_FILE
    if not OWN_WORLD.fullmatch(spec.data.world):
        path.unlink(missing_ok=True)
        return
    if not path.exists():
        raise ValueError(f"it has no {WORLD_FILE}, the document of its world")
    try:
        world = parse_world(path.read_bytes())
    except UserError as error:
        raise error.in_field(f"{WORLD_FILE}: {_quote_field(error.field)}") from None
    if world.name != spec.data.world:
        raise ValueError(f"its {WORLD_FILE} is another world than that of its spec")
    path.write_bytes(world_document(world))
    keep_world(world)


def _rewrite_metrics(path: Path, steps: int) -> int:
    """Write the records again, objects of rising steps, about as many as the run has at most; return the last step."""
    if not path.exists():
        return 0
    last, evaluated, out = 0, 0, io.BytesIO()
    lines = path.read_bytes().split(b"\n")[:-1]
    # So few lines as a run may have evaluations are read at once, however short the run is.
    _check_count(f"{METRICS_FILE}: lines", len(lines), max(steps, 2 * _LIMITS.evaluations))
    for number, line in enumerate(lines, start=1):
        place = f"line {number} of {METRICS_FILE}"
        record = _parse_strict_json(line, place)
        step = record.get("step") if isinstance(record, dict) else None
        if not isinstance(step, int) or not last < step <= 10_000_000:
            raise ValueError(f"{place} is no record of a later step")
        last = step
        if "evaluation" in record:
            evaluated += 1
            _check_count(f"{METRICS_FILE}: evaluations", evaluated, _LIMITS.evaluations)
            _check_evaluation(place, record["evaluation"])
        out.write(json.dumps(record, allow_nan=False).encode() + b"\n")
    path.write_bytes(out.getvalue())
    return last


def _check_evaluation(place: str, evaluation: Any) -> None:
    try:
        forms = decode(dict[str, dict[str, Metrics]], {"evaluation": evaluation})["evaluation"]
    except UserError as error:
        raise error.in_field(f"{place}: {_quote_field(error.field)}") from None
    _check_shares(f"{place}: evaluation.", forms)


def _rewrite_report(path: Path, final: Path) -> None:
    """Check a report's parts, if there is one, and write it again with the places of the run's final folder."""
    if not path.exists():
        return
    report = _parse_strict_json(path.read_bytes(), REPORT_FILE)
    if not (isinstance(report, dict) and report.get("status") in ("finished", "stopped")):
        raise ValueError("its report is not one of a finished or stopped run")
    for name, kind in _REPORT_PARTS.items():
        if not isinstance(report.get(name), kind):
            raise ValueError(f"{REPORT_FILE} has no {name}, or one of another kind")
    with suppress(DamagedFileError):  # one of another shape, whose scores no view shows
        scores = read_report(report).scores
        forms = {f"forms.{form}": scores.of(form) for form in scores.forms}
        _check_shares(f"{REPORT_FILE}: ", {"metrics": scores.canonical} | forms)
    write_json(path, report | {"run": final.name, "folder": str(final), "model": str(final / "model")})


def _make_status(record: dict[str, Any], spec: RunSpec, last: int) -> RunStatus:
    """Return the known fields of the right type; a run that has not ended is interrupted."""
    ended = record.get("status") if record.get("status") in ENDED_STATUSES else "interrupted"
    known = {name: value for name, value in record.items() if name not in (*_LOCAL_FIELDS, *_PROGRESS_FIELDS)}
    sure = {"status": ended, "step": last, **status_of_spec(spec)}
    start = _start_evaluation(record.get("start_evaluation"))
    status = RunStatus.from_json({**known, **sure, "start_evaluation": start, "imported": time.time()})
    texts = {name: value[:300] for name in _TEXT_FIELDS if (value := getattr(status, name))}
    return replace(status, **texts)


def _start_evaluation(start: Any) -> dict[str, Any] | None:
    """Return the numbers of the evaluation before the first step; None if it is of another shape."""
    try:
        estimates = {name: decode(Estimate, start["canonical"][name]) for name in FOLLOWED_METRICS}
    except (LookupError, TypeError, UserError):
        return None
    _check_shares(f"{STATUS_FILE}: start_evaluation.", {"canonical": estimates})
    return {"canonical": encode(estimates)}
