"""Card of one run: its activity, progress, duration and result; before it begins, the budget.

    card(run)        # `run` is the answer of `explorer.service.endpoints.run_status`, with "report" if there is one
    budget(spec, store, settings)

A run that is opened by a link shows the same card to everyone; the buttons next to it belong to its owner.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from explorer.errors import UserError
from explorer.pages.shared.values import duration
from explorer.runs.queue import check_size
from explorer.runs.store import ACTIVE, RunStore
from explorer.service.pretrained_start import estimate
from explorer.settings import Settings
from explorer.spec.run_spec import RunSpec

WORDS = {
    "queued": "Waiting",
    "running": "Training",
    "stopping": "Stopping: it finishes this step, then evaluates and saves",
    "stopped": "Stopped early, and usable",
    "finished": "Finished",
    "failed": "Failed",
    "interrupted": "Interrupted",
}

GOES_ON = "A run is under way: open it in the table below."


def card(run: Mapping[str, Any] | None, *, gone: str = "", is_any_active: bool = False) -> str:
    """Return the card as HTML, or how to start if there is no run; `gone` is one that was deleted while it was open.

    `is_any_active` is true if a run in the table is waiting or training.
    """
    if run is None:
        said = f"<p>run={escape(gone[:80])}: there is no such run here any more</p>" if gone else ""
        how = GOES_ON if is_any_active else "No run is open. Press Start, or choose one in the table below."
        return f"<div class='card'>{said}<p>{how}</p></div>"
    status = run["status"]
    name = f"<p class='quiet'>Run <code>{escape(run['run'])}</code>{_export(run)}</p>"
    numbers = "".join(f"<span>{part}</span>" for part in _numbers(run))
    reason = f"<p>{escape(str(run['reason']).rstrip('.'))}.</p>" if run.get("reason") else ""
    return (
        f"<div class='card' data-status='{status}' data-step='{run['step']}' data-run='{escape(run['run'])}'>"
        f"<span class='state'>{_word(run)}</span>{_bar(run)}<div class='numbers'>{numbers}</div>"
        f"{reason}{_outcome(run)}{_about(run)}{name}</div>"
    )


def _bar(run: Mapping[str, Any]) -> str:
    """Return the finished share of the activity: steps, or parts of the evaluation."""
    if _is_evaluating(run):
        label, done, most = "parts of the evaluation done", run.get("phase_done") or 0, run.get("phase_parts") or 1
    else:
        label, done, most = "steps done", run["step"], run["steps"]
    return (
        f"<div class='bar' role='progressbar' aria-label='{label}' aria-valuenow='{done}' aria-valuemin='0'"
        f" aria-valuemax='{most}'><div style='width:{100 * done / max(1, most):.1f}%'></div></div>"
    )


def _is_evaluating(run: Mapping[str, Any]) -> bool:
    return run["status"] in ("running", "stopping") and run.get("phase") == "evaluating"


def _word(run: Mapping[str, Any]) -> str:
    """Name the activity of the run."""
    if run["status"] == "stopped" and run["step"] == 0:
        return "Stopped before it began"
    if not _is_evaluating(run):
        return WORDS[run["status"]]
    parts = run.get("phase_parts")
    return f"Evaluating: {run.get('phase_done') or 0} of {parts} forms and controls" if parts else "Saving the model"


def _numbers(run: Mapping[str, Any]) -> list[str]:
    """Return step, rate, time left, place and device, if they are known."""
    said = [f"step {run['step']} of {run['steps']}"]
    if run["status"] == "queued" and run.get("place"):
        place = run["place"]
        said.append("next in the queue" if place == 1 else f"place {place} in the queue")
        if run.get("wait_s") is not None:
            said.append(f"starts in about {duration(run['wait_s'])}" if run["wait_s"] >= 1 else "starts at once")
    if run.get("rate"):
        said.append(f"{run['rate']:,.0f} pairs/s")
    if run.get("eta_s") is not None and (run["status"] == "running" or _is_evaluating(run)):
        said.append(f"about {duration(run['eta_s'])} left" if run["eta_s"] >= 1 else "nearly done")
    if run.get("device"):
        said.append(escape(str(run["device"])))
    return said


def _about(run: Mapping[str, Any]) -> str:
    """Return the data that it trains on; `about` is HTML."""
    if not run.get("preset"):
        return ""
    changes = f" with {run['about']}" if run.get("about") else ""
    return f"<p class='quiet'>Trained on <b>{escape(str(run['preset']))}</b>{changes}.</p>"


def _export(run: Mapping[str, Any]) -> str:
    """Return the link to download a run, after it has ended."""
    if run["status"] in ACTIVE or run["step"] == 0:
        return ""
    return f" · <a href='runs/{escape(run['run'])}.zip' download>export as zip</a>"


def _outcome(run: Mapping[str, Any]) -> str:
    """Return the verdict of a report, in one sentence."""
    verdict = run.get("verdict")
    return f"<p class='verdict' data-verdict>{escape(verdict)}</p>" if verdict else ""


def budget(spec: RunSpec, store: RunStore, settings: Settings) -> str:
    """Return steps, pairs and time of a training of `spec` here, or why it would not begin."""
    try:
        check_size(store, spec, settings)
        low, high, basis = estimate(store, spec)
    except UserError as error:
        return f"<p class='bad-value'>{escape(str(error))}</p>"
    pairs = spec.train.steps * spec.train.batch_size
    span = " to ".join(dict.fromkeys([duration(low), duration(high)]))
    return (
        f"<div id='budget-text'><p><b>{spec.train.steps:,} steps of {spec.train.batch_size:,} pairs</b> ="
        f" {pairs:,} pairs: about {span}.</p><p class='quiet'>{escape(basis)}</p></div>"
    )
