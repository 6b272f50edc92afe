"""Text tables of the commands' documents for a terminal.

show_report(report)       # the metrics of each form, the controls, the budget
show_measures(measures)   # one line per dial
show_swaps(document)      # the pairs of a caption, then its swaps
"""

from collections.abc import Mapping
from typing import Any

from explorer.evaluation.duplicate_forms import same_forms, same_words


def show_report(report: Mapping[str, Any]) -> str:
    """Format metrics by form with their intervals and chance, then controls, rates and budget."""
    head = f"{'metric':26}{'form':11}{'value':>8}  {'95 % interval':16}{'chance':>7}{'n':>7}"
    lines = [*_warnings(report), head]
    same = same_forms(report)
    for form, metrics in {"canonical": report["metrics"], **report["forms"]}.items():
        block = _form_lines(form, metrics or {}, same.get(form))
        lines += ["", *block] if form != "canonical" and len(block) > 1 else block
    lines.append("")
    for name, by_form in report["controls"].items():
        lines += [_line(f"control: {name}", form, estimate) for form, estimate in by_form.items()]
    for when in ("before", "after") if report.get("forgetting") else ():
        asked = report["forgetting"][when]
        lines += [_line(f"start: {name.removesuffix('_accuracy')}", when, estimate) for name, estimate in asked.items()]
    lines += ["", *_run_lines(report), f"model: {report['model']}", f"device: {report['device']}"]
    return "\n".join(lines)


def _form_lines(form: str, metrics: Mapping[str, Any], twin: str | None) -> list[str]:
    """Format the metrics of one form, in one line if an earlier form, `twin`, has the same scenes and captions."""
    if not metrics:
        return [f"{form}: not asked"]
    if twin:
        return [f"{form}: {same_words(twin)}"]
    return [_line(name, form, estimate) for name, estimate in metrics.items()]


def _run_lines(report: Mapping[str, Any]) -> list[str]:
    """Format what only a run has: rates and budget."""
    if not report["budget"]:
        return []
    rates = "  ".join(f"{name} {value:.4f}" for name, value in report["rates"].items())
    budget = report["budget"]
    return [f"rates: {rates}", f"budget: {budget['steps']} steps, {budget['pairs']} pairs, {budget['seconds']} s"]


def _warnings(report: Mapping[str, Any]) -> list[str]:
    """Return the warnings above the numbers, for a run or for a run's evaluated model."""
    status = report.get("run_status") or report["status"]
    lines = []
    if report["failed_to_train"]:
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
        lines.append(line if measured is None else f"{line}  {_interval(measured):18}{measured['n']:>8}")
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return ",".join(value) or "none" if isinstance(value, list) else str(value)


def _line(name: str, form: str, estimate: Mapping[str, Any]) -> str:
    value = "-" if estimate["value"] is None else f"{estimate['value']:.3f}"
    chance = "" if estimate["chance"] is None else f"{estimate['chance']:.3f}"
    return f"{name:26}{form:11}{value:>8}  {_interval(estimate):16}{chance:>7}{estimate['n']:>7}"


def _interval(estimate: Mapping[str, Any]) -> str:
    return "" if estimate["low"] is None else f"{estimate['low']:.3f} to {estimate['high']:.3f}"


def show_swaps(document: Mapping[str, Any]) -> str:
    """Format the pairs, one line per swap with its kind, and the reason if there are none or they may be wrong."""
    if "error" in document:
        return f"error: {document['error']}\n"
    pairs = ", ".join(f"{pair['attribute']} - {pair['noun']}" for pair in document["pairs"])
    lines = [f"{'pairs':11}{pairs or 'none'}"]
    lines += [f"{swap['kind']:11}{swap['caption']}" for swap in document["swaps"]]
    return "\n".join([*lines, *([document["why"]] if document["why"] else []), ""])
