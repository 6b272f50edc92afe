"""Commands of the study: `study write` freezes the evidence of sweeps and writes STUDY.md.

    python -m explorer study write --sweeps sweeps
    python -m explorer study take-up --out sweeps                      # its runs back, for `sweep NAME --resume`
    python -m explorer study captions DIR                              # figures of published captions, frozen
    python -m explorer study read --sweeps sweeps
    python -m explorer study forecast                                  # of the third edition, before its first run
    python -m explorer study probe                                     # the linear probe of untrained models

add_study_commands(commands)             # registers them with the parser of cli
"""

import argparse
import io
from pathlib import Path
from typing import Any

from explorer.cli.analysis import add_untrained_probe
from explorer.cli.options import Document, add_json, folder, tell
from explorer.cli.sweep import add_sweep_command
from explorer.errors import UserError
from explorer.runs.files import replace_file, write_json
from explorer.spec import DataSpec
from explorer.study.claim_findings import as_record, read_claims, read_sweeps
from explorer.study.claims import CLAIMS
from explorer.study.evidence_store import FROZEN
from explorer.study.forecasts import as_text, load_forecasts, write_forecasts, write_outcomes
from explorer.study.freeze_evidence import DOCUMENT, freeze, freeze_claims
from explorer.study.real_captions import CORPORA
from explorer.study.real_captions import NAME as REAL_CAPTIONS
from explorer.study.real_captions import document as figures_of
from explorer.study.second_edition import SECOND_EDITION
from explorer.study.unfinished import take_up

FILE = "examples.png"


def add_study_commands(commands: Any) -> None:
    """Register `sweep` and `study` with the subparsers of the command line."""
    add_sweep_command(commands)
    help = "write STUDY.md and the files of assets/study from the results of sweeps"
    below = commands.add_parser("study", help=help, description=help)
    parts = below.add_subparsers(dest="study_command", required=True, metavar="COMMAND")
    write = parts.add_parser("write", help=help)
    write.set_defaults(run=_write, show=_show_written)
    write.add_argument("--sweeps", type=folder, metavar="DIR", help="folder of results to copy first")
    add_json(write)
    help = "measure published captions and freeze the figures in assets/study"
    captions = parts.add_parser("captions", help=help, description=help)
    captions.set_defaults(run=_captions, show=_show_captions)
    files = ", ".join(corpus.file for corpus in CORPORA.values())
    captions.add_argument("folder", type=folder, metavar="DIR", help=f"folder with {files}")
    add_json(captions)
    help = "write the frozen and begun runs of the later editions where `sweep NAME --out DIR --resume` finds them"
    again = parts.add_parser("take-up", help=help, description=help)
    again.set_defaults(run=_take_up, show=_show_taken)
    again.add_argument("--out", type=folder, metavar="DIR", default=Path("sweeps"), help="default ./sweeps")
    add_json(again)
    help = "forecast every condition of the third edition from the rows of the first two, and freeze the file"
    forecast = parts.add_parser("forecast", help=help, description=help)
    forecast.set_defaults(run=_forecast, show=as_text)
    add_json(forecast)
    add_untrained_probe(parts)
    help = "state the findings of the second edition on its claims, from the sweeps so far"
    read = parts.add_parser("read", help=help, description=help)
    read.set_defaults(run=_read, show=_show_findings)
    read.add_argument(
        "--sweeps", type=folder, metavar="DIR", required=True, help="the folder that --out of sweep named"
    )
    add_json(read)


def _write(options: argparse.Namespace) -> Document:
    names = [*freeze(options.sweeps), *freeze_claims(options.sweeps)]
    write_outcomes()
    write_examples()
    return {"sweeps": names, "file": str(DOCUMENT)}


def _forecast(_: argparse.Namespace) -> Document:
    path = write_forecasts()
    return {"file": str(path), **load_forecasts()}


def _take_up(options: argparse.Namespace) -> Document:
    return {"out": str(options.out), "rows": take_up(options.out)}


def _show_taken(document: Document) -> str:
    return "\n".join(f"{name}: {count} rows in {document['out']}" for name, count in document["rows"].items())


def _captions(options: argparse.Namespace) -> Document:
    """The figures of every corpus, written to the frozen file; the captions stay where they are."""
    from explorer.service.user_captions import CURVES, DEFINITIONS, measure_rows, rows_of_file

    measured = {}
    for name, corpus in CORPORA.items():
        tell(f"measure {corpus.file}")
        measured[name] = measure_rows(rows_of_file(options.folder / corpus.file)).to_json()
    found = figures_of(measured, DEFINITIONS, CURVES)
    write_json(FROZEN / REAL_CAPTIONS, found)
    return {"file": str(FROZEN / REAL_CAPTIONS), **found}


def _show_captions(document: Document) -> str:
    lines = [f"{'corpus':14}{'density':>9}{'objects':>9}{'complete':>10}{'saliency':>10}{'read':>8}{'of':>8}"]
    names = ("attribute_density", "objects_in_caption", "caption_completeness", "saliency_bias")
    for each in document["corpora"]:
        values = [f"{each[name]['value']:.3f}" if each[name] else "-" for name in names]
        about = each["about"]
        lines.append(
            f"{each['name']:14}{values[0]:>9}{values[1]:>9}{values[2]:>10}{values[3]:>10}"
            f"{about['read']:>8}{about['rows']:>8}"
        )
    return "\n".join([*lines, f"written to {document['file']}"])


def _read(options: argparse.Namespace) -> Document:
    sweeps = read_sweeps(options.sweeps)
    if not sweeps:
        raise UserError(
            "sweeps", options.sweeps, "holds no result of the second edition; `sweep NAME --out` writes them"
        )
    findings = read_claims(sweeps)
    return {"sweeps": list(sweeps), "findings": [as_record(finding) for finding in findings]}


def _show_findings(document: Document) -> str:
    lines: list[str] = []
    for claim in CLAIMS.values():
        lines += [claim.sentence]
        lines += [f"  {each['sentence']}" for each in document["findings"] if each["claim"] == claim.name]
    return "\n".join(lines)


def _show_written(document: Document) -> str:
    names = ", ".join(document["sweeps"]) or "no sweep yet"
    return f"{document['file']} from the evidence of {names}"


def data_of_conditions() -> dict[DataSpec, str]:
    """Return each distinct data spec of the second edition with the label of the first condition that has it."""
    found: dict[DataSpec, str] = {}
    for sweep in SECOND_EDITION.values():
        for condition in sweep.conditions:
            spec = sweep.spec(condition, seed=0, factor=1.0)
            found.setdefault(spec.data, f"{sweep.name}: {condition.label}")
    return found


def write_examples(folder: Path = FROZEN) -> None:
    """Write the sheet of examples."""
    # Pillow draws only here; the other commands of the study start without it.
    from explorer.world.preview import Example, example_sheet

    examples = [Example(label=label, data=data) for data, label in data_of_conditions().items()]
    buffer = io.BytesIO()
    example_sheet(examples).quantize(128).save(buffer, "PNG", optimize=True)
    replace_file(folder / FILE, buffer.getvalue())
