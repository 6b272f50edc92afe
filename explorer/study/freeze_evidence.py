"""Freeze the evidence of the later editions: Parquet files, JSON, pictures, a data card, and the documents.

    freeze(Path("sweeps"))             # takes the conditions there that have all their seeds, and writes the rest
    freeze(None)                       # writes the rest again

    take_up(Path("sweeps"))            # {"naming-cliff": 20}: `sweep NAME --out sweeps --resume` does the rest

Everything except the Parquet files follows from them. A condition is frozen once all its declared seeds have run. Files
of the first edition are data and are never written. `claims.json` holds what the pages and the methods show of the
second: findings, effects, the seeds of each condition, and what is missing. `times.json` holds the figures of STUDY.md.
Rows of a condition without all its seeds are kept in `begun/`, to be taken up on any computer. No finding reads them,
since some seeds of a bimodal outcome would mislead.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from explorer.errors import UserError
from explorer.resources import CHECKOUT
from explorer.runs.files import replace_file, write_json
from explorer.study.claims import CLAIMS
from explorer.study.compare import (
    as_record,
    by_ratio,
    effects,
    read_claims,
    searches,
    seen_before,
    words_by_accuracy,
    words_by_level,
)
from explorer.study.documents import (
    claim_conditions,
    data_card,
    law_line,
    methods_document,
    study_document,
    study_facts,
    times_document,
)
from explorer.study.evidence_store import CLAIMS_FILE, FROZEN, LINE_FILE
from explorer.study.forecasts import write_outcomes
from explorer.study.line import as_json, line
from explorer.study.pictures import forest_picture, seeds_picture, time_picture
from explorer.study.rows import (
    JOB_COLUMNS,
    Row,
    coverage,
    estimate_of,
    num_runs,
    pooled,
    read_rows,
    rows_by_sweep,
    write_rows,
)
from explorer.study.sweeps import LATER_EDITIONS, SECOND_EDITION, SWEEPS, Sweep

DOCUMENT, METHODS = CHECKOUT / "STUDY.md", CHECKOUT / "docs" / "study-methods.md"
TIMES_FILE, TIMES_PICTURE = "times.json", "time-by-kappa.svg"
Sweeps = Mapping[str, Sequence[Row]]


def freeze(sweeps: Path | None, folder: Path = FROZEN, document: Path = DOCUMENT, methods: Path = METHODS) -> list[str]:
    """Freeze the conditions of `sweeps` that are whole, if given, and write everything; return the sweeps' names.

    Rows of the other conditions are kept for `take_up`.

    Raises:
        UserError: `sweeps` holds no result.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in _results_in(sweeps) if sweeps is not None else ():
        rows, about = read_rows(path)
        whole = whole_rows(LATER_EDITIONS[path.stem], rows)
        if whole:
            write_rows(folder / path.name, whole, about)
        keep_begun(path.stem, [row for row in rows if row not in whole], about, folder)
    second, tried = (rows_by_sweep(folder, SECOND_EDITION, stage) for stage in ("result", "search"))
    found = claims_document(second, pooled(rows_by_sweep(folder, SWEEPS)), tried)
    replace_file(folder / CLAIMS_FILE, _json(found))
    for name, drawing in _pictures(found).items():
        replace_file(folder / f"{name}.svg", drawing.encode())
    has_begun = any((folder / BEGUN).glob("*.parquet"))
    files = rows_by_sweep(folder, (*LATER_EDITIONS, *SWEEPS))
    replace_file(folder / "README.md", data_card(files, found, has_begun=has_begun).encode())
    scores = write_outcomes(folder)
    covered = [coverage(sweep, rows_so_far(name, folder)) for name, sweep in LATER_EDITIONS.items()]
    ratios = by_ratio(read_claims(pooled(second)))
    replace_file(methods, methods_document(found, ratios, scores=scores, covered=covered).encode())
    if (facts := study_facts(folder)) is not None:
        replace_file(folder / TIMES_FILE, _json(times_document(facts)))
        replace_file(folder / TIMES_PICTURE, time_picture(facts.dots, law_line(facts), facts.fates).encode())
        replace_file(document, study_document(facts).encode())
        if (numbers := line(folder)) is not None:
            replace_file(folder / LINE_FILE, _json(as_json(numbers)))
    return list(second)


def rows_so_far(name: str, folder: Path) -> list[Row]:
    paths = (folder / f"{name}.parquet", folder / BEGUN / f"{name}.parquet")
    return [row for path in paths if path.is_file() for row in read_rows(path)[0]]


def _json(found: Mapping[str, Any]) -> bytes:
    """Encode in one line: programs read it, and people open the Parquet file."""
    return (json.dumps(found, allow_nan=False) + "\n").encode()


def _results_in(sweeps: Path) -> list[Path]:
    found = [path for name in LATER_EDITIONS if (path := sweeps / f"{name}.parquet").is_file()]
    if not found:
        raise UserError("sweeps", sweeps, f"holds no result of a sweep; `sweep NAME --out {sweeps}` writes them")
    return found


def claims_document(sweeps: Sweeps, first_edition: Sweeps, tried: Sweeps) -> dict[str, Any]:
    """Return findings, effects and coverage, and the conditions of every sweep, as plain JSON.

    `sweeps` are the results of the second edition, `tried` its searches of a learning rate.
    """
    shared = pooled(sweeps)
    return {
        "claims": {claim.name: claim.sentence for claim in CLAIMS.values()},
        "findings": [as_record(finding) for finding in read_claims(shared)],
        "effects": [effect.as_dict() for effect in effects({**first_edition, **shared})],
        "coverage": [coverage(sweep, sweeps.get(name, ())).as_dict() for name, sweep in SECOND_EDITION.items()],
        "sweeps": {name: _about(name, rows, shared[name]) for name, rows in sweeps.items()},
        "controls": _controls(sweeps),
        "words_by_level": words_by_level(shared),
        "words_by_accuracy": words_by_accuracy(shared),
        "seen_before": seen_before(shared, first_edition),
        "searches": [each for rows in tried.values() for each in searches(rows)],
    }


def _pictures(found: Mapping[str, Any]) -> dict[str, str]:
    pictures = {"forest": forest_picture(found["effects"])}
    pilot = found["sweeps"].get("pilot", {}).get("conditions")
    if pilot:
        pictures["pilot"] = seeds_picture("Seeds of the pilot", pilot, "canonical")
    for claim in CLAIMS.values():
        if shown := claim_conditions(claim.name, found):
            pictures[f"claim-{claim.name}"] = seeds_picture(claim.sentence, shown, claim.directions[0].form)
    return pictures


def _about(name: str, rows: Sequence[Row], shared: Sequence[Row]) -> dict[str, Any]:
    sweep = SECOND_EDITION[name]
    return {
        "question": sweep.claim,
        "axis": sweep.axis,
        "runs": num_runs(rows),
        "pairs": sum({row["key"]: row["pairs"] for row in rows}.values()),
        "seconds": round(sum({row["key"]: row["seconds"] or 0.0 for row in rows}.values())),
        "devices": sorted({str(row["device"]) for row in rows}),
        "recipes": sorted({str(row["recipe"]) for row in rows}),
        "conditions": [
            _condition(found)
            for each in sweep.conditions
            if (found := [row for row in shared if row["condition"] == each.label])
        ],
    }  # fmt: skip


def _controls(sweeps: Sweeps) -> list[float]:
    """Return by how much each control of each result leaves its own 95 % interval around chance: 0 if it does not.

    An estimate counts once, also if two sweeps share its run, or if it is the same for all models of a seed.
    """
    found = {}
    for row in (row for rows in sweeps.values() for row in rows):
        for name in row if row["stage"] == "result" and row["is_point"] else ():
            control = estimate_of(row, name[:-6]) if name.startswith("control.") and name.endswith(".value") else None
            if control is None or control.value is None or control.low is None or control.high is None:
                continue
            chance = control.chance or 0.0
            off = 0.0 if control.low <= chance <= control.high else round(control.value - chance, 4)
            found[name, row["evaluation.seed"], control] = off
    return list(found.values())


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


def whole_rows(sweep: Sweep, rows: Sequence[Row]) -> list[Row]:
    labels = set(coverage(sweep, rows).whole)
    return [row for row in rows if row["condition"] in labels]


# ---- Sweeps that were cut short

BEGUN = "begun"
"""Subfolder of the evidence."""


def keep_begun(name: str, rows: Sequence[Row], about: Mapping[str, str], folder: Path = FROZEN) -> None:
    """Replace the begun rows of a sweep by these; none removes the file."""
    path = folder / BEGUN / f"{name}.parquet"
    if rows:
        write_rows(path, rows, about)
    else:
        path.unlink(missing_ok=True)


def take_up(out: Path, folder: Path = FROZEN) -> dict[str, int]:
    """Write the frozen and begun rows of the later editions into the folder of a sweep; return rows per sweep.

    `out` gets one file per row, as a sweep keeps its results, and one Parquet file per sweep.

    Raises:
        UserError: `out` holds results of one of the sweeps, which would be lost.
    """
    files = {
        name: [path for path in (folder / f"{name}.parquet", folder / BEGUN / f"{name}.parquet") if path.is_file()]
        for name in LATER_EDITIONS
    }
    files = {name: paths for name, paths in files.items() if paths}
    if taken := [name for name in files if (out / f"{name}.parquet").exists()]:
        raise UserError("out", out, f"has results of {taken[0]} already; name another folder")
    return {name: _take_up(name, paths, out) for name, paths in files.items()}


def _take_up(name: str, paths: Sequence[Path], out: Path) -> int:
    read = [read_rows(path) for path in paths]
    rows = [row for found, _ in read for row in found]
    for row in rows:
        (out / "rows").mkdir(parents=True, exist_ok=True)
        write_json(out / "rows" / f"{row['key']}.json", {key: row[key] for key in row if key not in JOB_COLUMNS})
    commands = dict.fromkeys(part for _, about in read for part in about["command"].split("; "))
    write_rows(out / f"{name}.parquet", rows, {"command": "; ".join(commands), "date": read[-1][1]["date"]})
    return len(rows)
