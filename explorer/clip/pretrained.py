"""Shipped models: their table (preset, changes, length of the training), and the card that describes each.

    SHIPPED["things-web"].spec()                     # the RunSpec that makes it
    shipped("things-web").sentence

    found = card(SHIPPED["things-web"], report)      # plain JSON: spec, budget, metrics of all forms, controls, ...
    page(found)                                      # README.md of the model's folder
    overview([found, ...])                           # README.md of the parent folder

`python -m explorer ship NAME` trains one and writes its folder. Every number of a card comes from the report, with its
n and its 95 % interval.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from explorer.errors import UserError
from explorer.presets import preset
from explorer.spec import RunSpec, override

SNAPSHOT = "inspected.npz"
"""File of the last snapshot of its run: embeddings and scores of the inspected scenes."""
PAIRS = "pairs.json"
"""File of its answers to the binding pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipped:
    """A shipped model: `samples` multiplies the steps of the preset."""

    name: str
    preset: str
    sentence: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    samples: float = 1.0

    def spec(self) -> RunSpec:
        """Return the spec of the run that made it."""
        start = preset(self.preset).spec
        return override(start, {"steps": round(start.train.steps * self.samples), "seed": self.seed, **self.changes})


SHIPPED: dict[str, Shipped] = {
    each.name: each
    for each in (
        Shipped(
            name="things-bound",
            preset="binding-friendly",
            sentence="Trained on data that teach binding, with several kinds of attributes: it tells who has what.",
            changes={"attribute_kinds": ("color", "pattern", "tilt")},
            samples=8.0,
        ),
        Shipped(
            name="things-web",
            preset="web-like",
            sentence="Trained on data with the flaws of the web's captions: it knows which colors are there and hardly "
            "who has them.",
            samples=8.0,
        ),
        Shipped(
            name="things-hard-negatives",
            preset="web-like-hard-negatives",
            sentence="The same data as things-web, where each caption that allows it joins the loss once more with its "
            "values exchanged.",
            samples=8.0,
        ),
        Shipped(
            name="things-one-value",
            preset="web-like-one-value",
            sentence="The data of things-web with one change, which alone repairs most of it: a caption gives each "
            "object that it names one value.",
            samples=8.0,
        ),
    )
}


def shipped(name: str) -> Shipped:
    """Return the entry of that name; raise `UserError` if none has it."""
    if name not in SHIPPED:
        raise UserError("name", name, f"choose {', '.join(SHIPPED)}")
    return SHIPPED[name]


Card = Mapping[str, Any]
FILE = "card.json"
WIDGET, EVAL_RESULTS = "widget.png", ".eval_results/things.yaml"
"""Files next to it: the picture of the widget, and the results as the Hub reads them."""
TASK = "zero-shot-image-classification"
DATASET = "things-scenes"
"""Name of the scenes as a data set; on the Hub, OWNER/things-scenes."""
LICENSE = "MIT"
OF_REPORT = "spec recipe budget rates device versions metrics forms controls failed_to_train".split()
OVERVIEW = """# Shipped models

Small CLIPs of the architecture `small`, for scenes of 64 pixels of the world `things`, in open_clip's `local-dir:`
format. Each is what `python -m explorer ship NAME` trains; its `card.json` holds all that was measured of it,
`inspected.npz` its features of the scenes that the tab Inspect shows, and `pairs.json` its cosines of the twelve pairs
of the Workbench (`ship NAME --pairs-only` writes it anew).
Figures are shares with their 95 % interval on 1,000 scenes a form, less those that allow no exchange; chance is 0.5.
"""
USE = """```python
import open_clip

model, _, preprocess = open_clip.create_model_and_transforms("local-dir:FOLDER")
tokenizer = open_clip.get_tokenizer("local-dir:FOLDER")
```
"""


def card(model: Shipped, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of card.json."""
    about = {"name": model.name, "sentence": model.sentence, "license": LICENSE, "preset": model.preset}
    made = {"changes": dict(model.changes), "samples": model.samples, "seed": model.seed}
    made |= {"command": f"python -m explorer ship {model.name}"}
    return {**about, **made, **{part: report[part] for part in OF_REPORT}}


def page(found: Card) -> str:
    """Return the page of one model."""
    controls = [
        f"| {name.replace('_', ' ')} | {form} | {_share(estimate)} | {estimate['n']} | {estimate['chance']:g} |"
        for name, forms in found["controls"].items()
        for form, estimate in forms.items()
    ]
    budget = found["budget"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return "\n".join(
        [
            _front(found),
            f"# {found['name']}\n",
            f"{found['sentence']} A small CLIP of drawn scenes, of CLIP Binding Explorer; it knows the words of its"
            " world and no others.\n",
            USE,
            f"Preset `{found['preset']}`, {_changes(found)}seed {found['seed']}, {budget['steps']:,} steps of"
            f" {found['spec']['train']['batch_size']} pairs = {budget['pairs']:,} pairs ({budget['seconds']:.0f} s on"
            f" {found['device']}), recipe {found['recipe']}; `{found['command']}`.\n",
            "| metric | captions | value (95 % interval) | n | chance |",
            "|---|---|---|---|---|",
            *_metrics(found),
            "",
            "Controls, which have to be at chance:\n",
            "| control | captions | value (95 % interval) | n | chance |",
            "|---|---|---|---|---|",
            *controls,
            "",
            f"Made with {versions}. License: {found['license']}.\n",
        ]
    )


def _front(found: Card) -> str:
    """Return the front matter that the Hub reads; the widget asks one picture for its caption and its swap."""
    lines = ["---", f"license: {found['license'].lower()}", "library_name: open_clip", f"pipeline_tag: {TASK}"]
    lines += ["datasets:", f"- {DATASET}", "tags:", "- clip", "- compositionality"]
    if captions := found.get("widget"):
        labels = ", ".join(captions)
        lines += ["widget:", f"- src: {WIDGET}", f'  candidate_labels: "{labels}"']
        lines += ["  example_title: Which object has which color?"]
    return "\n".join([*lines, "---", ""])


def eval_results(found: Card) -> str:
    """Return the file that the Hub shows as evaluation results: every share of every form."""
    lines = []
    for form, metrics in _forms(found).items():
        for name, estimate in metrics.items():
            if not name.endswith(("_accuracy", "_score", "_recall")) or estimate["value"] is None:
                continue
            interval = (
                "" if estimate["low"] is None else f", 95 % interval {estimate['low']:.3f} to {estimate['high']:.3f}"
            )
            chance = "" if estimate["chance"] is None else f", chance {estimate['chance']:.3g}"
            lines += ["- dataset:", f"    id: {DATASET}", f"    task_id: {form}_{name}"]
            lines += [f"  value: {estimate['value']:.4f}", f'  notes: "n {estimate["n"]}{interval}{chance}"']
    return "\n".join([*lines, ""])


def overview(cards: Sequence[Card]) -> str:
    """Return the page of all models, one row per model."""
    lines = [
        f"| `{each['name']}` | {each['sentence']} | `{each['preset']}`, {_changes(each)}seed {each['seed']} |"
        f" {each['budget']['steps']:,} x {each['spec']['train']['batch_size']} | "
        + " | ".join(
            _share(_forms(each)[form][f"{metric}_accuracy"])
            for metric, form in (("binding", "canonical"), ("binding", "own"), ("recognition", "canonical"))
        )
        + " |"
        for each in cards
    ]
    head = (
        "| name | what it is | made of | steps x batch | binding, canonical | binding, own | recognition, canonical |"
    )
    return "\n".join([OVERVIEW, head, "|---|---|---|---|---|---|---|", *lines, "", f"License: {LICENSE}.", ""])


def _forms(found: Card) -> dict[str, Any]:
    return {"canonical": found["metrics"], **{form: metrics for form, metrics in found["forms"].items() if metrics}}


def _metrics(found: Card) -> Iterator[str]:
    for form, metrics in _forms(found).items():
        for name, estimate in metrics.items():
            chance = "" if estimate["chance"] is None else f"{estimate['chance']:.3g}"
            yield f"| {name.replace('_', ' ')} | {form} | {_share(estimate)} | {estimate['n']} | {chance} |"


def _share(estimate: Mapping[str, Any]) -> str:
    """Format an estimate as 0.984 (0.973 to 0.990), or a dash."""
    if estimate["value"] is None:
        return "-"
    interval = "" if estimate["low"] is None else f" ({estimate['low']:.3f} to {estimate['high']:.3f})"
    return f"{estimate['value']:.3f}{interval}"


def _changes(found: Card) -> str:
    """Return the dials in which the spec differs from its preset, without steps and seed."""
    return "".join(f"{name} {_plain(value)}, " for name, value in found["changes"].items())


def _plain(value: Any) -> str:
    return ",".join(value) if isinstance(value, list | tuple) else f"{value}"
