"""Shipped models: their table (card.toml: preset, changes, length of the training), and the card that describes each.

    SHIPPED["things-web"].spec()                     # the RunSpec that makes it
    shipped("things-web").sentence

    found = card(SHIPPED["things-web"], report)      # plain JSON: spec, budget, metrics of all forms, controls, ...
    page(found)                                      # README.md of the model's folder
    overview([found, ...])                           # README.md of the parent folder

`python -m explorer ship NAME` trains one and writes its folder. Every number of a card comes from the report, with its
n and its 95 % interval.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.presets import find_preset
from explorer.spec import RunSpec, override
from explorer.wording import fraction

SNAPSHOT = "inspected.npz"
"""File of the last snapshot of its run: embeddings and scores of the inspected scenes."""
PAIRS = "pairs.json"
"""File of its answers to the binding pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipped:
    """A shipped model; `title` says what it learned from, and `samples` multiplies the steps of the preset."""

    name: str
    title: str
    about: str
    preset: str
    sentence: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    samples: float = 1.0

    def spec(self) -> RunSpec:
        start = find_preset(self.preset).spec
        return override(start, {"steps": round(start.train.steps * self.samples), "seed": self.seed, **self.changes})


_DECLARED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SHIPPED: dict[str, Shipped] = {name: Shipped(name=name, **entry) for name, entry in _DECLARED.items()}


def shipped(name: str) -> Shipped:
    """Return the entry of that name; raise `UserError` if none has it."""
    if name not in SHIPPED:
        raise UserError("name", name, f"choose {', '.join(SHIPPED)}")
    return SHIPPED[name]


Card = Mapping[str, Any]
FILE = "card.json"
WIDGET, EVAL_RESULTS = "widget.png", ".eval_results/things.yaml"
"""Files next to it: the picture of the widget, and the results as the Hub reads them."""
DATASET = "things-scenes"
"""Name of the scenes as a data set; on the Hub, OWNER/things-scenes."""
LICENSE = "MIT"
OF_REPORT = "spec recipe budget rates device versions metrics forms controls failed_to_train".split()


def card(model: Shipped, report: Mapping[str, Any]) -> dict[str, Any]:
    about = {"name": model.name, "sentence": model.sentence, "license": LICENSE, "preset": model.preset}
    made = {"changes": dict(model.changes), "samples": model.samples, "seed": model.seed}
    made |= {"command": f"python -m explorer ship {model.name}"}
    return {**about, **made, **{part: report[part] for part in OF_REPORT}}


def page(found: Card) -> str:
    """Return the page of one model, with the front matter that the Hub reads."""
    return _rendered("model_card.md.j2", card=found, forms=_forms(found), dataset=DATASET, picture=WIDGET)


def eval_results(found: Card) -> str:
    """Return the file that the Hub shows as evaluation results: every share of every form."""
    return _rendered("eval_results.yaml.j2", forms=_forms(found), dataset=DATASET)


def overview(cards: Sequence[Card]) -> str:
    return _rendered("models.md.j2", cards=cards, license=LICENSE)


def _rendered(template: str, **values: Any) -> str:
    import jinja2  # most who name a shipped model write no page

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=jinja2.select_autoescape(),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"share": _share, "changes": _changes}
    return environment.get_template(template).render(values)


def _forms(found: Card) -> dict[str, Any]:
    return {"canonical": found["metrics"], **{form: metrics for form, metrics in found["forms"].items() if metrics}}


def _share(estimate: Mapping[str, Any]) -> str:
    """Format an estimate as 0.984 (0.973 to 0.990), or a dash."""
    known = [estimate[part] for part in ("value", "low", "high")]
    return "-" if estimate["value"] is None else fraction(*known, minus="-")


def _changes(found: Card) -> str:
    """Return the dials in which the spec differs from its preset, without steps and seed."""
    changes = {
        name: ",".join(each) if isinstance(each, list | tuple) else each for name, each in found["changes"].items()
    }
    return "".join(f"{name} {value}, " for name, value in changes.items())
