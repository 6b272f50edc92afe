"""Types of the options that several commands have, and what a command asks.

open_service(runs).store         # the store of --runs, else of the environment
print_to_stderr("loading torch")       # a line on stderr: stdout is reserved for the answer
"""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any, get_args

from cyclopts import Parameter, Token, convert

from explorer.dials import Dial
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.sets import FULL_BUDGET, EvaluationBudget
from explorer.presets import PRESETS
from explorer.runs.files import default_root
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.spec import DIALS
from explorer.views.service import Service

Document = dict[str, Any]
EVALUATION_BUDGET: ContextVar[EvaluationBudget] = ContextVar("EVALUATION_BUDGET", default=FULL_BUDGET)
"""Size of the evaluations of this call of the command line."""


def convert_option(kind: Any, tokens: Sequence[Token]) -> Any:
    """Return the value of an option.

    A whole number is no fraction, and what is none is refused with its range. An empty path is refused, because it
    would mean the current folder.
    """
    kinds, text = (kind, *get_args(kind)), tokens[0].value
    if Path in kinds and not text.strip():
        raise UserError(tokens[0].keyword or "PATH", NO_VALUE, "names no folder, give its path, or . for this one")
    if int in kinds:
        with suppress(ValueError):
            return int(text)
        return text
    return convert(kind, tokens)


RunsOption = Annotated[Path | None, Parameter(help="folder of runs, default EXPLORER_RUNS or the user's data folder")]
WeightsOption = Annotated[
    str | None,
    Parameter(help="checkpoint of the architecture that MODEL names: of open_clip's trainer, or in OpenAI's format"),
]
SEVERAL_VALUES = Parameter(consume_multiple=True)
"""Values may follow one option, and the option may be repeated."""

SetOption = Annotated[
    list[str] | None, Parameter(name="--set", help="FIELD=VALUE, a change of the recipe; may be repeated")
]


def open_service(runs: Path | None) -> Service:
    """Return the service of --runs, with the rights of who types here."""
    return Service(
        store=RunStore(runs or default_root()), settings=LOCAL, is_safe_only=False, budget=EVALUATION_BUDGET.get()
    )


def join_weights(model: str, weights: str | None) -> str:
    """Return MODEL:FILE; raise `UserError` if weights are given and MODEL is no name of an architecture."""
    if weights is None:
        return model
    if not model or any(sign in model for sign in "/:"):
        reason = "MODEL is then the name of an architecture, such as ViT-B-32"
        raise UserError("--weights", weights, reason, longest=200)
    return f"{model}:{weights}"


def print_to_stderr(sentence: str) -> None:
    """Print a line beside the document, which alone goes to stdout."""
    print(sentence, file=sys.stderr, flush=True)


def log_to_terminal(sentence: str) -> None:
    """Print a line of progress if stderr is a terminal; a log does not need it."""
    if sys.stderr.isatty():
        print_to_stderr(sentence)


def parse_changes(items: Sequence[str] | None, fields: Sequence[str], command: str) -> dict[str, str]:
    """Return the fields and values of --set; raise `UserError` for a field that the command does not take."""
    changes: dict[str, str] = {}
    for item in items or ():
        name, equals, value = item.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UserError("--set", item, "write it as field=value")
        if name == "seed" and name not in fields:
            raise UserError("--set", item, f"{command} takes it as an option, --seed S")
        if name in DIALS and name not in fields:
            listed = f"the fields of {command} are {', '.join(fields)}"
            raise UserError("--set", item, f"{name} changes training, so only the command train takes it; {listed}")
        changes[name] = value
    return changes


def recipes_help(fields: Sequence[str]) -> str:
    """Return the end of a help text: every recipe, and every field that --set may change."""
    recipes = {preset.page_name: f"“{preset.title}” on the page. {preset.sentence}" for preset in PRESETS.values()}
    return help_list(
        {"recipes": recipes, "fields": {name: f"{DIALS[name].help}{_allowed_words(DIALS[name])}" for name in fields}}
    )


def help_list(parts: Mapping[str, Mapping[str, str]]) -> str:
    """Return names with their sentences, in parts with a heading each."""
    lines = []
    for heading, texts in parts.items():
        lines += ["", f"{heading}:"]
        for name, text in texts.items():
            lines += [f"  {name}", *(f"      {line}" for line in wrap(text, 70, break_on_hyphens=False))]
    return "\n".join(lines[1:])


def _allowed_words(dial: Dial) -> str:
    if dial.choices is not None:
        return f" ({' or '.join(dial.choices)})"
    return "" if dial.low is None else f" ({dial.low:.10g} to {dial.high:.10g})"
