"""Card of one run: its activity, progress, duration and result; before it begins, the budget.

    card(run)        # `run` is the answer of `explorer.service.endpoints.run_status`, with "report" if there is one
    budget(spec, store, settings)

A run that is opened by a link shows the same card to everyone; the buttons next to it belong to its owner.
"""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from explorer.errors import UserError
from explorer.pages.shared.templates import rendered
from explorer.pages.shared.values import duration
from explorer.runs.queue import check_size
from explorer.runs.store import ACTIVE, RunStore
from explorer.service.pretrained_start import estimate
from explorer.settings import Settings
from explorer.spec.presets import PRESETS
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

NONE_OPEN = "No run is open. Press Start, or choose one in the table below."
GOES_ON = "A run is under way: open it in the table below."


def card(run: Mapping[str, Any] | None, *, gone: str = "", is_any_active: bool = False) -> Markup:
    """Return the card as HTML, or how to start if there is no run; `gone` is one that was deleted while it was open.

    `is_any_active` is true if a run in the table is waiting or training.
    """
    if run is None:
        how = GOES_ON if is_any_active else NONE_OPEN
        return rendered("lesson/no_run.html", gone=gone[:80], how=how)
    has_export = run["status"] not in ACTIVE and run["step"] > 0
    preset = PRESETS.get(str(run.get("preset")))
    return rendered(
        "lesson/card.html", run={"verdict": "", "about": "", "preset": "", **run}, word=_word(run), bar=_bar(run),
        numbers=_numbers(run), reason=str(run.get("reason") or "").rstrip("."), has_export=has_export,
        recipe=preset.title if preset else run.get("preset"),
    )  # fmt: skip


def _bar(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the finished share of the activity: steps, or parts of the evaluation."""
    if _is_evaluating(run):
        label, done, most = "parts of the evaluation done", run.get("phase_done") or 0, run.get("phase_parts") or 1
    else:
        label, done, most = "steps done", run["step"], run["steps"]
    return {"label": label, "done": done, "most": max(1, most)}


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
        said.append(str(run["device"]))
    return said


def budget(spec: RunSpec, store: RunStore, settings: Settings) -> Markup:
    """Return steps, pairs and time of a training of `spec` here, or why it would not begin."""
    try:
        check_size(store, spec, settings)
        low, high, basis = estimate(store, spec)
    except UserError as error:
        return rendered("shared/bad_value.html", sentence=str(error))
    span = " to ".join(dict.fromkeys([duration(low), duration(high)]))
    return rendered("lesson/budget.html", train=spec.train, span=span, basis=basis)
