"""Inputs with numbers that a reader can check, and a drawing of every kind of figure in every state."""

import math
from typing import Any

import numpy as np

from explorer.codec import encode
from explorer.evaluation.results import Estimate, Position, Report, read_report
from explorer.figures import study
from explorer.figures.curves import PairedPoint, Pairing, RunCurve, difference_curves, loss_curves, share_curves
from explorer.figures.models import breakdown_chart, cosine_heatmap, forms_chart, margin_histogram, projection_map
from explorer.figures.style import Drawing
from explorer.study.first_edition import EVIDENCE_ADAPTER

LINK = '<a href="https://example.org">a red bus</a>'


def estimate(value: float | None, *, n: int = 100, reach: float | None = 0.04, chance: float = 0.5) -> Estimate:
    low, high = (None, None) if value is None or reach is None else (value - reach, value + reach)
    return Estimate(value=value, n=0 if value is None else n, low=low, high=high, chance=chance)


def measured_record(binding: float | None, recognition: float = 0.9) -> dict[str, Any]:
    metrics = {"binding_accuracy": binding, "recognition_accuracy": recognition}
    return {metric: encode(estimate(value)) for metric, value in metrics.items()}


def curve(name: str = "friendly", steps: int = 4, *, own: float = 0.7) -> RunCurve:
    """Every second step is evaluated."""
    records = [
        {"step": step, "loss": 5.0 / step, "chance_loss": math.log(16), "elapsed_s": step / 2}
        | ({"evaluation": {"canonical": measured_record(0.6), "own": measured_record(own)}} if step % 2 == 0 else {})
        for step in range(1, steps + 1)
    ]
    return RunCurve(name=name, records=records, steps=8)


def point(step: int, one: float, other: float, reach: float | None = None, n: int = 48) -> PairedPoint:
    difference = estimate(one - other, n=n, reach=reach, chance=0.0)
    return PairedPoint(step=step, one=one, other=other, difference=difference)


PAIRED = Pairing(other="<b>web</b>", points=(point(0, 0.5, 0.5, 0.04), point(90, 0.9, 0.5, 0.1)), scenes="paired")
MEANS = Pairing(other="salient", points=(point(90, 0.5, 0.75, n=400),), scenes="means on the same scenes")
UNPAIRED = Pairing(other="other", lacks="no step at which both were evaluated")


def differences(*pairings: Pairing) -> Drawing:
    return difference_curves("mine", pairings, metric="binding_accuracy", form="own", steps=180)


def report(own: float = 0.95) -> Report:
    row = {"form": "own", "by": "kind", "group": LINK, **encode(estimate(0.8))}
    control = encode(estimate(0.5))
    return read_report({
        "metrics": measured_record(0.7),
        "forms": {"own": measured_record(own), "complete": measured_record(0.52), "bundle": None},
        "controls": {"caption_only": {"own": control, "complete": control}},
        "spec": {"data": {"caption_completeness": 0.5}},
        "breakdown": [row, {**row, "group": "size", **encode(estimate(0.6))}, {**row, "form": "bundle"}],
    })  # fmt: skip


COSINES = np.array([[0.9, 0.1, 0.3, 0.2], [0.2, 0.8, 0.1, 0.85]])
POINTS = {key: np.array([[0.0, 1.0], [1.0, 0.0]]) for key in ("images", "captions", "swapped")}


def score(*values: float) -> dict[str, Any]:
    mean = sum(values) / len(values)
    ends = {"low": 0.1, "high": 0.9, "chance": 0.5}
    points = [{"seed": seed, "value": value, "n": 9, **ends} for seed, value in enumerate(values)]
    return {"points": points, "mean": encode(estimate(mean, n=len(values), reach=0.05))}


CONTROLS: dict[str, Any] = {
    "caption_only": {"own": {"value": 0.8, "low": 0.75, "high": 0.85, "chance": 0.5}},
    "grey_boxes": {"own": {"value": 0.49, "low": 0.45, "high": 0.53, "chance": 0.5}},
}


def condition(series: str, x: str, *values: float) -> dict[str, Any]:
    forms = {"own": {"binding_accuracy": score(*values)}} if values else {}
    about = {"series": series, "x": x, "label": f"{series}: {x}", "learning_rate": 0.002, "not_tested": None}
    budget = {"steps": 180, "batch_size": 256, "distinct_captions": 61.25}
    rates = {"hard_negatives": 0.5, "false_negatives": 0.012}
    rest = {"pairs": 46080, "spec": {}, "runs": [], "breakdown": [], "tuning": None}
    return {**about, **budget, **rest, "rates": rates, "controls": CONTROLS, "forms": forms}


def evidence(*conditions: dict[str, Any]) -> dict[str, Any]:
    change = {"start": "a: 0", "end": "a: 1", "form": "own", "word": "agrees", "direction": "falls", "sentence": ""}
    ends = {"from": 0.9, "to": 0.5, "difference": -0.4}
    change |= {name: encode(estimate(value, n=2, reach=None)) for name, value in ends.items()}
    about = {"name": "toy", "metric": "binding_accuracy", "axis": "the <b> dial", "tier": 1, "claim": "", "paper": ""}
    about |= {"preset": "web-like", "changes": {}, "interval": "", "command": "", "date": "", "versions": None}
    cost = {"seeds": 2, "edge_rates": 0, "runs": 4, "pairs": 1, "seconds": 1}
    lists: dict[str, Any] = {name: [] for name in ("beside", "forms", "devices", "recipes", "no_points")}
    return {**about, **cost, **lists, "conditions": list(conditions), "contrasts": [change]}


TOY = evidence(
    condition("a", "0", 0.9, 0.92),
    condition("a", "1", 0.5, 0.52),
    condition("b", "0", 0.7),
    condition("b", "2"),
)
DOSES = evidence(condition("a", "0.5", 0.9), condition("a", "1", 0.7), condition("a", "3", 0.5))
NAMES = evidence(condition("", "web-like", 0.5), condition("", "friendly", 0.9))
BAND = Position(label="your captions", value=0.75, low=0.65, high=0.85)
PUBLISHED = [
    Position(label="long", value=2.0, low=1.9, high=2.1),
    Position(label="short <b>", value=0.75, low=0.7, high=0.8),
]


def dose_response(document: dict[str, Any], **named: Any) -> Drawing:
    """The figure of evidence as JSON."""
    return study.dose_response(EVIDENCE_ADAPTER.validate_python(document), **named)


(_CONTRAST,) = TOY["contrasts"]
_COUNTED = {"contrasts": [_CONTRAST | {"word": word} for word in ("agrees", "disagrees", "agrees")]}
LONG_TITLE = "hard negatives <b> (share of images that ask)"
_AT_CHANCE = condition("", "1", 0.9) | {"controls": {"grey_boxes": CONTROLS["grey_boxes"]}, "rates": {}}
DRAWINGS = {
    "loss": loss_curves([curve(LINK), curve()]),
    "loss before the first step": loss_curves([RunCurve(name="new", records=[], steps=8)]),
    "binding": share_curves([curve()]),
    "binding of two": share_curves([curve(LINK), curve()]),
    "binding of no run": share_curves([]),
    "binding where own captions are the canonical ones": share_curves([curve(own=0.6)]),
    "recognition": share_curves([curve()], "recognition_accuracy"),
    "differences": differences(PAIRED, MEANS, UNPAIRED),
    "difference of none": differences(Pairing(other="twin", points=(point(9, 0.7, 0.7),), scenes="means")),
    "no difference": differences(UNPAIRED),
    "forms": forms_chart(report()),
    "forms that repeat": forms_chart(report(own=0.7)),
    "no form": forms_chart(Report()),
    "breakdown": breakdown_chart(report().scores.breakdown),
    "breakdown of one": breakdown_chart(report().scores.breakdown, "bundle"),
    "no breakdown": breakdown_chart([]),
    "margins": margin_histogram([0.2, 0.1, -0.1, math.nan, 0.0]),
    "no margin": margin_histogram([math.nan]),
    "map": projection_map(POINTS, [LINK, "a cup"], (0.4, 0.2), 0.5, ["data:image/png;base64,AA"] * 2),
    "map where a swapped caption is missing": projection_map(
        POINTS | {"swapped": np.array([[0.5, 0.5], [np.nan, np.nan]])}, ["a", "b"], (0.4, 0.2), 0.5
    ),
    "heatmap": cosine_heatmap(COSINES, [LINK, LINK], ["a blue bus", None], chosen=1),
    "heatmap of some": cosine_heatmap(np.eye(3, 6), ["a", "b", "c"], ["x", "y", "z"], chosen=2, most=2),
    "no heatmap": cosine_heatmap(np.zeros((0, 0)), [], []),
    "dose": dose_response(TOY),
    "dose with counted comparisons": dose_response(TOY | _COUNTED),
    "dose without comparisons": dose_response(TOY | {"contrasts": []}),
    "dose without numbers": dose_response(evidence(condition("a", "0"), condition("a", "1"))),
    "dose of one condition with controls at chance": dose_response(evidence(_AT_CHANCE) | {"axis": LONG_TITLE}),
    "dose of names": dose_response(NAMES, band=BAND),
    "dose with captions": dose_response(DOSES, band=BAND, positions=PUBLISHED),
}
