"""Freeze the rows of sweeps of the later editions, and write every file that follows from frozen rows.

    freeze_evidence(Path("sweeps"))  # takes the conditions there that have all their seeds, and writes the rest
    freeze_evidence(None)            # writes the rest again
    restore_rows(Path("sweeps"))     # {"naming-cliff": 20}: `sweep NAME --out sweeps --resume` does the rest

A condition is frozen once all its declared seeds have run. Rows of the others are kept in `begun/`, to be taken up on
any computer; no finding reads them, since some seeds of a bimodal outcome would mislead. Files of the first edition are
data and are never written. `claims.json` holds what the pages and the methods show of the second edition.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

from explorer.errors import UserError
from explorer.evaluation.results import FOLLOWED_FORMS
from explorer.resources import CHECKOUT, FROZEN_FOLDER
from explorer.runs.files import replace_file, write_json
from explorer.study.cells import load_cells
from explorer.study.evidence_store import CLAIMS_FILE, LINE_FILE, METHODS_FILE
from research.cells import judge_cells, write_cells
from research.claims import CLAIMS
from research.compare import (
    OTHER_LEVELS,
    RowsBySweep,
    all_effects,
    assess_claims,
    count_repeated_runs,
    finding_record,
    rows_at_level,
)
from research.documents import (
    data_card,
    html_document,
    law_line,
    methods_document,
    study_document,
    study_pictures,
    times_document,
)
from research.forecasts import write_outcomes
from research.fourth_facts import fourth_facts
from research.grouping import group_by
from research.methods_pictures import forest_picture, seeds_picture, time_picture
from research.page import page_numbers
from research.rows import (
    JOB_COLUMNS,
    PILOT,
    Row,
    estimate_of,
    num_runs,
    pool_rows,
    read_rows,
    rows_by_sweep,
    sweep_coverage,
    write_rows,
)
from research.study_facts import study_facts
from research.sweeps import FIRST_EDITION, LATER_EDITIONS, SECOND_EDITION, Sweep
from research.time_ratios import time_ratios

STUDY_DOCUMENT, METHODS_DOCUMENT = CHECKOUT / "STUDY.md", CHECKOUT / "docs" / "study-methods.md"
TIMES_FILE, TIMES_PICTURE = "times.json", "time-by-kappa.svg"
BEGUN_FOLDER = "begun"
"""Subfolder of the evidence with the rows of conditions without all their seeds."""


def freeze_evidence(
    sweeps: Path | None, folder: Path = FROZEN_FOLDER, document: Path = STUDY_DOCUMENT, methods: Path = METHODS_DOCUMENT
) -> list[str]:
    """Freeze the conditions of `sweeps` that are whole, if given, and write everything; return the sweeps' names.

    Rows of the other conditions are kept for `restore_rows`.

    Raises:
        UserError: `sweeps` holds no result, or lacks some that are frozen or begun; nothing is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if sweeps is not None:
        _freeze_whole(sweeps, folder)
    second, tried = (rows_by_sweep(folder, SECOND_EDITION, stage) for stage in ("result", "search"))
    claims = _claims_document(second, pool_rows(rows_by_sweep(folder, FIRST_EDITION)), tried)
    replace_file(folder / CLAIMS_FILE, _json_bytes(claims))
    for name, drawing in _pictures(claims).items():
        replace_file(folder / f"{name}.svg", drawing.encode())
    has_begun = any((folder / BEGUN_FOLDER).glob("*.parquet"))
    files = rows_by_sweep(folder, (*LATER_EDITIONS, *FIRST_EDITION))
    replace_file(folder / "README.md", data_card(files, claims, has_begun=has_begun).encode())
    scored = write_outcomes(folder)
    begun = rows_by_sweep(folder / BEGUN_FOLDER, LATER_EDITIONS)
    covered = [
        sweep_coverage(sweep, [*files.get(name, ()), *begun.get(name, ())]) for name, sweep in LATER_EDITIONS.items()
    ]
    ratios = time_ratios(assess_claims(pool_rows(second)))
    facts, fourth = study_facts(folder), fourth_facts(folder)
    write_cells(folder)
    judged = judge_cells(load_cells(folder))
    text = methods_document(claims, ratios, scores=scored, covered=covered, facts=facts, fourth=fourth, judged=judged)
    replace_file(methods, text.encode())
    replace_file(folder / METHODS_FILE, html_document(text).encode())
    if facts is not None:
        replace_file(folder / TIMES_FILE, _json_bytes(times_document(facts)))
        replace_file(folder / TIMES_PICTURE, time_picture(facts.medians, law_line(facts), facts.outcomes).encode())
        for name, drawing in study_pictures(facts, fourth).items():
            replace_file(folder / name, drawing.encode())
        replace_file(document, study_document(facts, fourth).encode())
        if (numbers := page_numbers(folder)) is not None:
            replace_file(folder / LINE_FILE, _json_bytes(numbers))
    return list(second)


def _json_bytes(document: Mapping[str, Any]) -> bytes:
    """Encode in one line: programs read it, and people open the Parquet file."""
    return (json.dumps(document, allow_nan=False) + "\n").encode()


def _freeze_whole(sweeps: Path, folder: Path) -> None:
    """Copy the rows of whole conditions, and replace the begun rows of each sweep by the others."""
    paths = [path for name in LATER_EDITIONS if (path := sweeps / f"{name}.parquet").is_file()]
    if not paths:
        raise UserError("sweeps", sweeps, f"holds no result of a sweep; `sweep NAME --out {sweeps}` writes them")
    read = {path: read_rows(path) for path in paths}
    for path, (rows, _) in read.items():
        _check_holds_kept(LATER_EDITIONS[path.stem], rows, sweeps, folder)
    for path, (rows, about) in read.items():
        whole = _whole_rows(LATER_EDITIONS[path.stem], rows)
        if whole:
            write_rows(folder / path.name, whole, about)
        begun = folder / BEGUN_FOLDER / path.name
        if others := [row for row in rows if row not in whole]:
            write_rows(begun, others, about)
        else:
            begun.unlink(missing_ok=True)


def _check_holds_kept(sweep: Sweep, rows: Sequence[Row], sweeps: Path, folder: Path) -> None:
    """Raise `UserError` if a frozen condition is not whole in `rows`, or a begun seed not in them: it would be lost."""
    whole, seeds = sweep_coverage(sweep, rows).whole, {(row["condition"], row["seed"]) for row in rows}
    frozen, begun = (
        rows_by_sweep(place, [sweep.name]).get(sweep.name, ()) for place in (folder, folder / BEGUN_FOLDER)
    )
    lost = {row["condition"] for row in frozen if row["condition"] not in whole}
    lost |= {row["condition"] for row in begun if (row["condition"], row["seed"]) not in seeds}
    if missing := [each.label for each in sweep.conditions if each.label in lost]:
        raise UserError(
            "sweeps",
            sweeps,
            "lacks rows of {sweep} that are frozen or begun already, the first of {condition}; "
            "`take-up --out NEW` writes them into a new folder, in which the sweep goes on",
            sweep=sweep.name,
            condition=missing[0],
        )


def _whole_rows(sweep: Sweep, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of the conditions that have all their seeds."""
    labels = set(sweep_coverage(sweep, rows).whole)
    return [row for row in rows if row["condition"] in labels]


def restore_rows(out: Path, folder: Path = FROZEN_FOLDER) -> dict[str, int]:
    """Write the frozen and begun rows of the later editions into the folder of a sweep; return rows per sweep.

    `out` gets one file per row, as a sweep keeps its results, and one Parquet file per sweep.

    Raises:
        UserError: `out` holds results of one of the sweeps, which would be lost.
    """
    paths_of = {
        name: [folder / f"{name}.parquet", folder / BEGUN_FOLDER / f"{name}.parquet"] for name in LATER_EDITIONS
    }
    files = {name: [read_rows(path) for path in paths if path.is_file()] for name, paths in paths_of.items()}
    if occupied := [name for name, read in files.items() if read and (out / f"{name}.parquet").exists()]:
        raise UserError("out", out, f"has results of {occupied[0]} already; name another folder")
    counts = {}
    for name, read in files.items():
        if not read:
            continue
        rows = [row for file_rows, _ in read for row in file_rows]
        (out / "rows").mkdir(parents=True, exist_ok=True)
        for row in rows:
            write_json(out / "rows" / f"{row['key']}.json", {key: row[key] for key in row if key not in JOB_COLUMNS})
        commands = dict.fromkeys(part for _, about in read for part in about["command"].split("; "))
        write_rows(out / f"{name}.parquet", rows, {"command": "; ".join(commands), "date": read[-1][1]["date"]})
        counts[name] = len(rows)
    return counts


# ---- claims.json


def _claims_document(sweeps: RowsBySweep, first_edition: RowsBySweep, tried: RowsBySweep) -> dict[str, Any]:
    """Return findings, effects and coverage, and the conditions of every sweep, as plain JSON.

    `sweeps` are the results of the second edition, `tried` its searches of a learning rate. `words_by_accuracy` are the
    words if the accuracy has to lie above the level of the rule, and not its lower bound.
    """
    shared = pool_rows(sweeps)
    return {
        "claims": {claim.name: claim.sentence for claim in CLAIMS.values()},
        "findings": [finding_record(finding) for finding in assess_claims(shared)],
        "effects": all_effects({**first_edition, **shared}),
        "coverage": [asdict(sweep_coverage(sweep, sweeps.get(name, ()))) for name, sweep in SECOND_EDITION.items()],
        "sweeps": {name: _sweep_record(name, rows, shared[name]) for name, rows in sweeps.items()},
        "controls": _control_deviations(sweeps),
        "words_by_level": [_direction_words(rows_at_level(shared, level)) for level in OTHER_LEVELS],
        "words_by_accuracy": _direction_words(rows_at_level(shared, ending="")),
        "seen_before": count_repeated_runs(shared, first_edition),
        "searches": [_search_record(row) for rows in tried.values() for row in rows if row["loss"] is not None],
    }


def _direction_words(sweeps: RowsBySweep) -> list[str]:
    return [finding.word for finding in assess_claims(sweeps)]


def _search_record(row: Row) -> dict[str, Any]:
    accuracy = row["canonical.binding_accuracy.value"]
    return {**{name: row[name] for name in ("condition", "factor", "loss")}, "canonical": accuracy}


def _sweep_record(name: str, rows: Sequence[Row], shared: Sequence[Row]) -> dict[str, Any]:
    sweep, of_label = SECOND_EDITION[name], group_by(shared, lambda row: row["condition"])
    runs = {row["key"]: row for row in rows}.values()
    return {
        "question": sweep.claim,
        "axis": sweep.axis,
        "runs": num_runs(rows),
        "pairs": sum(row["pairs"] for row in runs),
        "seconds": round(sum(row["seconds"] or 0.0 for row in runs)),
        "devices": sorted({str(row["device"]) for row in rows}),
        "recipes": sorted({str(row["recipe"]) for row in rows}),
        "conditions": [_condition_record(of_label[each.label]) for each in sweep.conditions if each.label in of_label],
    }


def _condition_record(rows: Sequence[Row]) -> dict[str, Any]:
    """Return a condition: its spec, what filled its batches on average, and every seed."""
    first, points = rows[0], [row for row in rows if row["is_point"]]
    rates = [name for name in first if name.startswith("rate.")]
    return {
        **{name: first[name] for name in ("condition", "series", "x", "steps", "batch_size", "pairs", "learning_rate")},
        "spec": json.loads(first["spec"]),
        "failed": len(rows) - len(points),
        "rates": {name[5:]: fmean(row[name] for row in points) for name in rates if points},
        "seeds": [_seed_record(row) for row in points],
    }


def _seed_record(row: Row) -> dict[str, Any]:
    endings = ("binding_accuracy.value", "parts_accuracy.value", "single_object_accuracy.value")
    finals = [name for name in row if name.endswith(endings) and not name.startswith("control.")]
    alone = [each for each in json.loads(row["breakdown"]) if each["by"].startswith("alone_")]
    return {
        "seed": row["seed"],
        "run": row["run"],
        "scenes": [row["evaluation.seed"], row["evaluation.count"]],
        "bound": {form: row[f"bound.{form}.pairs"] for form in FOLLOWED_FORMS},
        "final": {name.removesuffix(".value"): row[name] for name in finals if row[name] is not None},
        "alone": {f"{each['form']}: {each['group']}": each["value"] for each in alone},
    }


def _control_deviations(sweeps: RowsBySweep) -> list[float]:
    """Return by how much each control of each result leaves its own 95 % interval around chance: 0 if it does not.

    An estimate counts once, also if two sweeps share its run, or if it is the same for all models of a seed.
    """
    deviations = {}
    for row in (row for rows in sweeps.values() for row in rows if row["stage"] == "result" and row["is_point"]):
        for name in row:
            control = estimate_of(row, name[:-6]) if name.startswith("control.") and name.endswith(".value") else None
            if control is not None and control.value is not None and control.low is not None:
                off = round(control.value - (control.chance or 0.0), 4) if control.is_off_chance else 0.0
                deviations[name, row["evaluation.seed"], control] = off
    return list(deviations.values())


def _pictures(claims: Mapping[str, Any]) -> dict[str, str]:
    pictures = {"forest": forest_picture(claims["effects"])}
    if pilot := claims["sweeps"].get(PILOT, {}).get("conditions"):
        pictures["pilot"] = seeds_picture("Seeds of the pilot", pilot, "canonical")
    conditions = {
        (sweep, each["condition"]): each for sweep, about in claims["sweeps"].items() for each in about["conditions"]
    }
    for claim in CLAIMS.values():
        ends = dict.fromkeys((end.sweep, end.label) for each in claim.directions for end in (each.start, each.end))
        if measured := [conditions[end] for end in ends if end in conditions]:
            pictures[f"claim-{claim.name}"] = seeds_picture(claim.sentence, measured, claim.directions[0].form)
    return pictures
