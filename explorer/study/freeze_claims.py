"""Freeze what the second edition found: its Parquet files, and one JSON of all findings with what they rest on.

freeze_claims(Path("sweeps"))      # copies the Parquet files there into assets/study and writes claims.json
freeze_claims(None)                # writes it again from the files that are frozen
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from explorer.runs.files import replace_file
from explorer.study.claim_findings import as_record, read_claims, read_sweeps
from explorer.study.claims import CLAIMS
from explorer.study.evidence_store import FROZEN
from explorer.study.rows import Row
from explorer.study.second_edition import SECOND_EDITION

FILE = "claims.json"


def claim_files(sweeps: Path) -> list[Path]:
    """Return the Parquet files of the second edition in a folder."""
    return [path for name in SECOND_EDITION if (path := sweeps / f"{name}.parquet").is_file()]


def freeze_claims(sweeps: Path | None, folder: Path = FROZEN) -> list[str]:
    """Copy the Parquet files of `sweeps`, if given, and write all findings; return the names of the sweeps."""
    for path in claim_files(sweeps) if sweeps is not None else ():
        shutil.copyfile(path, folder / path.name)
    found = read_sweeps(folder)
    if found:
        replace_file(folder / FILE, (json.dumps(claims_document(found), allow_nan=False) + "\n").encode())
    return list(found)


def claims_document(sweeps: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return the findings of every stated direction, and the conditions of every sweep, as plain JSON."""
    return {
        "claims": {claim.name: claim.sentence for claim in CLAIMS.values()},
        "findings": [as_record(finding) for finding in read_claims(sweeps)],
        "sweeps": {name: _about(name, rows) for name, rows in sweeps.items()},
    }


def _about(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    sweep = SECOND_EDITION[name]
    return {
        "question": sweep.claim,
        "axis": sweep.axis,
        "runs": len({row["key"] for row in rows}),
        "pairs": sum({row["key"]: row["pairs"] for row in rows}.values()),
        "seconds": round(sum({row["key"]: row["seconds"] or 0.0 for row in rows}.values())),
        "devices": sorted({str(row["device"]) for row in rows}),
        "recipes": sorted({str(row["recipe"]) for row in rows}),
        "conditions": [
            _condition(found) for each in sweep.conditions if (found := _of(rows, each.label))
        ],
    }  # fmt: skip


def _of(rows: Sequence[Row], label: str) -> list[Row]:
    return [row for row in rows if row["condition"] == label]


def _condition(rows: Sequence[Row]) -> dict[str, Any]:
    """One condition: its spec, what filled its batches on average, and every seed."""
    first, points = rows[0], [row for row in rows if row["is_point"]]
    rates = [name for name in first if name.startswith("rate.")]
    return {
        **{name: first[name] for name in ("condition", "series", "x", "steps", "batch_size", "pairs", "learning_rate")},
        "spec": json.loads(first["spec"]),
        "failed": len(rows) - len(points),
        "rates": {name[5:]: fmean(row[name] for row in points) for name in rates if points},
        "seeds": [_seed(row) for row in points],
    }


def _seed(row: Row) -> dict[str, Any]:
    metrics = {
        name.removesuffix(".value"): row[name]
        for name in row
        if name.endswith(("binding_accuracy.value", "parts_accuracy.value", "single_object_accuracy.value"))
        and not name.startswith("control.")
        and row[name] is not None
    }
    alone = [each for each in json.loads(row["breakdown"]) if each["by"].startswith("alone_")]
    return {
        "seed": row["seed"],
        "run": row["run"],
        "scenes": [row["evaluation.seed"], row["evaluation.count"]],
        "bound": {form: row[f"bound.{form}.pairs"] for form in ("canonical", "own")},
        "final": metrics,
        "alone": {f"{each['form']}: {each['group']}": each["value"] for each in alone},
    }
