"""Helpers of all commands: shared options, epilogs, lines on stderr, and text tables of their documents for a terminal.

add_command(commands, "list", run, show, "list every run")  # a parser with --json
add_json(parser); add_runs(parser)       # --json, --runs DIR
store_of(options)                        # RunStore of --runs
parser.epilog = " ".join(["presets:", *entries({"web-like": "As captions on the web are."})])
tell("loading torch")                    # stdout is reserved for the answer

show_report(report)       # the metrics of each form, the controls, the budget
show_measures(measures)   # one line per dial
show_swaps(document)      # the pairs of a caption, then its swaps
"""

import argparse
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.evaluation.results import Estimate, Metrics, Report, read_report, same_forms, same_words
from explorer.runs.persistent_storage import default_root
from explorer.runs.store import RunStore


def show_report(document: Mapping[str, Any]) -> str:
    """Format metrics by form with their intervals and chance, then controls, rates and budget."""
    report = read_report(document)
    head = f"{'metric':26}{'form':11}{'value':>8}  {'95 % interval':16}{'chance':>7}{'n':>7}"
    lines = [*_warnings(report), head]
    same = same_forms(report.scores)
    for form, metrics in report.scores.by_form():
        block = _form_lines(form, metrics, same.get(form))
        lines += ["", *block] if form != "canonical" and len(block) > 1 else block
    lines.append("")
    for name, by_form in report.scores.controls.items():
        lines += [_line(f"control: {name}", form, estimate) for form, estimate in by_form.items()]
    start = report.forgetting
    for when, asked in (("before", start.before), ("after", start.after)) if start else ():
        lines += [_line(f"start: {name.removesuffix('_accuracy')}", when, estimate) for name, estimate in asked.items()]
    lines += ["", *_run_lines(report), f"model: {report.model}", f"device: {report.device}"]
    return "\n".join(lines)


def _form_lines(form: str, metrics: Metrics, twin: str | None) -> list[str]:
    """Format the metrics of one form, in one line if an earlier form, `twin`, has the same scenes and captions."""
    if not metrics:
        return [f"{form}: not asked"]
    if twin:
        return [f"{form}: {same_words(twin)}"]
    return [_line(name, form, estimate) for name, estimate in metrics.items()]


def _run_lines(report: Report) -> list[str]:
    """Format what only a run has: rates and budget."""
    budget = report.budget
    if budget is None:
        return []
    rates = "  ".join(f"{name} {value:.4f}" for name, value in report.rates.items())
    return [f"rates: {rates}", f"budget: {budget.steps} steps, {budget.pairs} pairs, {budget.seconds} s"]


def _warnings(report: Report) -> list[str]:
    """Return the warnings above the numbers, for a run or for a run's evaluated model."""
    status = report.run_status or report.status
    lines = []
    if report.failed_to_train:
        lines.append("FAILED TO TRAIN: the loss stayed at that of a model that knows nothing; no data point.")
    if status not in ("finished", "evaluated"):
        lines.append(f"NOT FINISHED: the run's status is {status}, so it trained for fewer steps than its spec says.")
    return [*lines, ""] if lines else []


def show_measures(measures: Mapping[str, Any]) -> str:
    """Format one line per dial; `-` if the data cannot tell."""
    shown = {name: "-" if measured is None else _value(measured["value"]) for name, measured in measures.items()}
    width = max(14, *map(len, shown.values()))
    lines = [f"{'dial':30}{'value':>{width}}  {'95 % interval':18}{'n':>8}"]
    for name, measured in measures.items():
        line = f"{name:30}{shown[name]:>{width}}"
        if measured is not None:
            line += f"  {_interval(measured['low'], measured['high']):18}{measured['n']:>8}"
        lines.append(line)
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return ",".join(value) or "none" if isinstance(value, list) else str(value)


def _line(name: str, form: str, estimate: Estimate) -> str:
    value = "-" if estimate.value is None else f"{estimate.value:.3f}"
    chance = "" if estimate.chance is None else f"{estimate.chance:.3f}"
    interval = _interval(estimate.low, estimate.high)
    return f"{name:26}{form:11}{value:>8}  {interval:16}{chance:>7}{estimate.n:>7}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.3f} to {high:.3f}"


def show_swaps(document: Mapping[str, Any]) -> str:
    """Format the pairs, one line per swap with its kind, and the reason if there are none or they may be wrong."""
    if "error" in document:
        return f"error: {document['error']}\n"
    pairs = ", ".join(f"{pair['attribute']} - {pair['noun']}" for pair in document["pairs"])
    lines = [f"{'pairs':11}{pairs or 'none'}"]
    lines += [f"{swap['kind']:11}{swap['caption']}" for swap in document["swaps"]]
    return "\n".join([*lines, *([document["why"]] if document["why"] else []), ""])


Document = dict[str, Any]
INTERRUPTED = "interrupted"
"""Key of a document that Ctrl-C ended early; it holds what was done."""


def add_command(
    commands: "argparse._SubParsersAction[Any]",
    name: str,
    run: Callable[[argparse.Namespace], Document | Iterator[Document]],
    show: Callable[[Document], str],
    help: str,
) -> argparse.ArgumentParser:
    """Add a command with --json: `run` returns its document, or several in turn, and `show` formats one."""
    added = commands.add_parser(name, help=help, description=help, formatter_class=argparse.RawDescriptionHelpFormatter)
    added.set_defaults(run=run, show=show)
    add_json(added)
    return added


def add_json(parser: Any) -> None:
    """Add the option --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON document as the last line")


def add_runs(parser: Any) -> None:
    """Add the option --runs."""
    words = "folder of runs, default EXPLORER_RUNS or the user's data folder"
    parser.add_argument("--runs", type=folder, metavar="DIR", help=words)


def store_of(options: argparse.Namespace) -> RunStore:
    """Return the store of --runs, else that of the environment."""
    return RunStore(options.runs or default_root())


def add_weights(parser: Any) -> None:
    """Add the option --weights."""
    words = "checkpoint of the architecture that MODEL names: of open_clip's trainer, or in OpenAI's format"
    parser.add_argument("--weights", metavar="FILE", help=words)


def named_model(options: argparse.Namespace) -> str | None:
    """Return MODEL, joined with the file of --weights."""
    model: str | None = options.model
    if options.weights is None:
        return model
    if model is None or any(sign in model for sign in "/:"):
        reason = "MODEL is then the name of an architecture, such as ViT-B-32"
        raise UserError("--weights", options.weights, reason, longest=200)
    return f"{model}:{options.weights}"


def folder(text: str) -> Path:
    """Convert an option to a path; an empty one is refused, because it would mean the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("names no folder, give its path, or . for this one")
    return Path(text)


def entries(texts: Mapping[str, str]) -> list[str]:
    """Format names with their sentences as argparse prints options."""
    lines = []
    for name, text in texts.items():
        told = textwrap.wrap(text, 70, break_on_hyphens=False)
        lines += [f"  {name}", *(f"      {line}" for line in told)]
    return lines


def tell(sentence: str) -> None:
    """Print one line on stderr."""
    print(sentence, file=sys.stderr, flush=True)
