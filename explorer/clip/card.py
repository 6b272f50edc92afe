"""Shipped models: their table (card.toml: preset, changes, length of the training), and the card that describes each.

    SHIPPED["things-web"].spec()                     # the RunSpec that makes it
    get_shipped("things-web").sentence

    card = make_card(SHIPPED["things-web"], report)     # plain JSON: spec, budget, metrics of all forms, controls, ...
    render_model_page(card)                             # README.md of the model's folder
    render_overview([card, ...])                        # README.md of the parent folder

`python -m explorer ship NAME` trains one and writes its folder. Every number of a card comes from the report, with its
n and its 95 % interval.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.presets import get_preset
from explorer.spec import RunSpec, override
from explorer.wording import format_fraction

SNAPSHOT_FILE = "inspected.npz"
"""File of the last snapshot of its run: the features of the inspected scenes, from which a page computes scores."""
PAIRS_FILE = "pairs.json"
"""File of its answers to the binding pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShippedModel:
    """A shipped model; `title` says what it learned from, and `steps_factor` multiplies the steps of the preset.

    `short_title` stands for a long title where a column is narrow.
    """

    name: str
    title: str
    about: str
    preset: str
    sentence: str
    short_title: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    steps_factor: float = 1.0

    def spec(self) -> RunSpec:
        """Return the spec that trains it: its preset with its changes and its number of steps."""
        start = get_preset(self.preset).spec
        return override(
            start, {"steps": round(start.train.steps * self.steps_factor), "seed": self.seed, **self.changes}
        )


_DECLARED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SHIPPED: dict[str, ShippedModel] = {name: ShippedModel(name=name, **entry) for name, entry in _DECLARED.items()}


def get_shipped(name: str) -> ShippedModel:
    """Return the entry of that name; raise `UserError` if none has it."""
    if name not in SHIPPED:
        raise UserError("name", name, "choose {choices}", choices=", ".join(SHIPPED))
    return SHIPPED[name]


Card = Mapping[str, Any]
CARD_FILE = "card.json"
WIDGET_FILE, EVAL_RESULTS_FILE = "widget.png", ".eval_results/things.yaml"
"""Files next to it: the picture of the widget, and the results as the Hub reads them."""
DATASET_NAME = "things-scenes"
"""Name of the scenes as a data set; on the Hub, OWNER/things-scenes."""
CARD_LICENSE = "MIT"
REPORT_KEYS = "spec recipe budget rates device versions metrics forms controls failed_to_train".split()


def make_card(model: ShippedModel, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card as plain JSON: what describes the model, then the parts of its report in `REPORT_KEYS`."""
    about = {"name": model.name, "sentence": model.sentence, "license": CARD_LICENSE, "preset": model.preset}
    origin = {"changes": dict(model.changes), "samples": model.steps_factor, "seed": model.seed}
    origin |= {"command": f"python -m explorer ship {model.name}"}
    return {**about, **origin, **{part: report[part] for part in REPORT_KEYS}}


def render_model_page(card: Card) -> str:
    """Return the page of one model, with the front matter that the Hub reads."""
    return _render(
        "model_card.md.j2", card=card, forms=_metrics_by_form(card), dataset=DATASET_NAME, picture=WIDGET_FILE
    )


def render_eval_results(card: Card) -> str:
    """Return the file that the Hub shows as evaluation results: every share of every form."""
    return _render("eval_results.yaml.j2", forms=_metrics_by_form(card), dataset=DATASET_NAME)


def render_overview(cards: Sequence[Card]) -> str:
    """Return the page of the folder of all models: a table with a row for each card."""
    return _render("models.md.j2", cards=cards, license=CARD_LICENSE)


def _render(template: str, **values: Any) -> str:
    import jinja2  # most who name a shipped model write no page

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=jinja2.select_autoescape(),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"share": _format_estimate, "changes": _changes, "recipe": _recipe}
    return environment.get_template(template).render(values)


def _metrics_by_form(card: Card) -> dict[str, Any]:
    return {"canonical": card["metrics"], **{form: metrics for form, metrics in card["forms"].items() if metrics}}


def _format_estimate(estimate: Mapping[str, Any]) -> str:
    """Format an estimate as 0.984 (0.973 to 0.990), or a dash."""
    known = [estimate[part] for part in ("value", "low", "high")]
    return "-" if estimate["value"] is None else format_fraction(*known, minus="-")


def _recipe(card: Card) -> str:
    return get_preset(card["preset"]).page_name


def _changes(card: Card) -> str:
    """Return the dials in which the spec differs from its preset, without steps and seed."""
    changes = {
        name: ",".join(each) if isinstance(each, list | tuple) else each for name, each in card["changes"].items()
    }
    return "".join(f"{name} {value}, " for name, value in changes.items())
