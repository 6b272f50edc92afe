"""The `runs` commands, and training in the foreground for `train` and `runs resume`.

    python -m explorer runs list
    python -m explorer runs export RUN run.zip

add_run_commands(commands)               # registers them with the parser of cli
train_here(store, folder, budget, clip)  # executes a run, logs to stderr, returns its report
"""

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.cli.app import export_page
from explorer.cli.options import Document, add_command, add_runs, show_report, store_of, tell
from explorer.clip.names import config_names
from explorer.errors import UserError
from explorer.evaluation.sets import EvaluationBudget
from explorer.runs.archive import export_zip, import_zip
from explorer.runs.files import FULL
from explorer.runs.queue import describe
from explorer.runs.store import ENDED, RunFolder, RunStore
from explorer.runs.supervisor import Ended, end_if_abandoned, ending_on_terminate
from explorer.spec import Names
from explorer.world.worlds import kind_names


def add_run_commands(commands: Any) -> None:
    """Register `runs` and its commands with the subparsers of the command line."""
    help = "list, show, stop, resume, export, import or delete runs"
    runs = commands.add_parser("runs", help=help, description=help)
    below = runs.add_subparsers(dest="runs_command", required=True, metavar="COMMAND")
    add_runs(add_command(below, "list", _list, _show_list, "list every run, the newest first"))
    about = {
        "show": (_show, _show_run, "show the status of a run, and its report"),
        "stop": (_stop, _show_status, "stop a run after its step; it is evaluated and can be resumed"),
        "resume": (_resume, show_report, "continue a stopped or interrupted run in the foreground"),
        "export": (
            _export,
            _show_file,
            "write a run to one zip file, or as a page that works offline",
        ),
        "delete": (_delete, _show_status, "remove a run from the disk"),
    }
    for name, (run, show, words) in about.items():
        added = add_command(below, name, run, show, words)
        add_runs(added)
        added.add_argument("run_id", metavar="RUN", help="id of the run, as in `runs list`")
        if name == "export":
            added.add_argument(
                "out", type=Path, metavar="FILE", help="the file to write: .zip, or .html for a page that works offline"
            )
    added = add_command(below, "import", _import, _show_status, "read a run from a zip file of `runs export`")
    add_runs(added)
    added.add_argument("file", type=Path, metavar="FILE", help="the zip file")


def let_idle_threads_sleep() -> None:
    """Let torch's threads sleep while they wait, as spinning ones slow each other; call it before torch's import."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def train_here(store: RunStore, folder: RunFolder, budget: EvaluationBudget, clip: Any = None) -> Document:
    """Execute a run in this process and return its report; Ctrl-C and SIGTERM leave it to be resumed."""
    from explorer.runs.worker import execute

    try:
        with ending_on_terminate():
            for record in execute(store, folder, clip, budget=budget):
                _log_step(record, folder)
    except (KeyboardInterrupt, Ended):
        status = folder.status()
        tell(
            f"interrupted at step {status.step} of {status.steps}; go on with:"
            f" python -m explorer runs resume {folder.run} --runs {folder.path.parent}"
        )
        raise
    except (OSError, RuntimeError):
        if folder.status().reason != FULL:
            raise
        raise UserError("run", folder.run, FULL) from None
    return folder.report_json() if folder.status().step else _status_of(store, folder)


def _log_step(record: Mapping[str, Any], folder: RunFolder) -> None:
    """Log one line per evaluated step."""
    if "evaluation" not in record:
        return
    status = folder.status()
    step, steps = record["step"], status.steps
    binding = record["evaluation"]["canonical"]["binding_accuracy"]["value"]
    tell(f"step {step}/{steps}  loss {record['loss']:.3f} (chance {record['chance_loss']:.2f})  binding {binding:.3f}"
         f"  {status.rate or 0:.0f} pairs/s  about {(steps - step) * (status.step_s or 0):.0f} s left")  # fmt: skip


def _found(options: argparse.Namespace) -> tuple[RunStore, RunFolder]:
    """Return the store and the run; a run that a dead server left as running is marked interrupted first."""
    store = store_of(options)
    folder = store.get(options.run_id)
    end_if_abandoned(folder)
    return store, folder


def _status_of(store: RunStore, folder: RunFolder) -> Document:
    return describe(store, folder).to_json()


def _list(options: argparse.Namespace) -> Document:
    store = store_of(options)
    for folder in store.all():
        end_if_abandoned(folder)
    runs = [_status_of(store, folder) | {"binding_accuracy": _binding(folder)} for folder in store.all()]
    return {"folder": str(store.root.resolve()), "runs": runs}


def _binding(folder: RunFolder) -> float | None:
    """Return the canonical binding accuracy of the report, None without one."""
    try:
        return folder.report().scores.canonical["binding_accuracy"].value
    except (ValueError, KeyError):
        return None


def _show(options: argparse.Namespace) -> Document:
    store, folder = _found(options)
    has_report = (folder.path / "report.json").exists()
    return {
        **_status_of(store, folder),
        "folder": str(folder.path.resolve()),
        "spec": folder.spec_record(),
        "report": folder.report_json() if has_report else None,
    }


def _stop(options: argparse.Namespace) -> Document:
    store, folder = _found(options)
    folder.request_stop()
    return _status_of(store, folder)


def _resume(options: argparse.Namespace) -> Document:
    let_idle_threads_sleep()
    store, folder = _found(options)
    folder.check_resumable()
    # A request from before it ended; one that comes now is heeded.
    folder.forget_stop()
    return train_here(store, folder, options.budget)


def _export(options: argparse.Namespace) -> Document:
    if options.out.suffix.lower() == ".html":
        export_page(store_of(options), options.run_id, options.out)
        return {"run": options.run_id, "file": str(options.out.resolve()), "bytes": options.out.stat().st_size}
    _, folder = _found(options)
    export_zip(folder, options.out)
    return {"run": folder.run, "file": str(options.out.resolve()), "bytes": options.out.stat().st_size}


def _import(options: argparse.Namespace) -> Document:
    store = store_of(options)
    names = Names(worlds=kind_names(), models=config_names())
    return _status_of(store, import_zip(store, options.file, names))


def _delete(options: argparse.Namespace) -> Document:
    store, folder = _found(options)
    store.delete(folder.run)
    return {"run": folder.run, "status": "deleted"}


def _show_list(document: Document) -> str:
    if not document["runs"]:
        return f"no runs in {document['folder']}"
    width = max(len(run["run"]) for run in document["runs"])
    lines = [f"{'run':{width}}  {'preset':24}{'status':13}{'step':>13}  {'binding':>7}"]
    for run in document["runs"]:
        binding = "-" if run["binding_accuracy"] is None else f"{run['binding_accuracy']:.3f}"
        steps = f"{run['step']}/{run['steps']}"
        lines.append(f"{run['run']:{width}}  {run['preset'] or '-':24.23}{run['status']:13}{steps:>13}  {binding:>7}")
    return "\n".join(lines)


def _show_run(document: Document) -> str:
    lines = [_show_status(document)]
    if document["created"]:
        lines.append("created: " + time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(document["created"])))
    lines += [f"device: {document['device']}"] * bool(document["device"]) + [f"folder: {document['folder']}"]
    if document["report"]:
        lines += ["", show_report(document["report"])]
    return "\n".join(lines)


def _show_status(document: Document) -> str:
    """Format one line: the run, its status, its progress, and the reason of its end."""
    line = f"{document['run']}: {document['status']}"
    if document.get("steps"):
        line += f", step {document['step']} of {document['steps']}"
    if document.get("place") and document["status"] not in ENDED:
        line += f", place {document['place']} in the queue"
    return line + (f" ({document['reason']})" if document.get("reason") else "")


def _show_file(document: Document) -> str:
    return f"{document['run']} in {document['file']}, {document['bytes']} bytes"
