"""The command line: the views of the registry and the commands of this computer, each a function that is its own help.

    python -m explorer scenes --preset web-like --set saliency_bias=0.5 --count 100 --out web
    python -m explorer swaps "a red bus and a blue car"
    python -m explorer train --preset tidy --steps 200 --json
    python -m explorer evaluate RUN --preset color-or-pattern

`explorer.tools.program` says what a command prints and how it ends; `swaps --file` with --json prints one document a
line. Commands that need a model import torch.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import BoundArguments, Signature, signature
from inspect import Parameter as SignatureParameter
from typing import Any, get_type_hints

from cyclopts import App, Group

from explorer.errors import UserError
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.sets import FULL_BUDGET, EvaluationBudget
from explorer.resources import PROGRAM
from explorer.spec import DATA_FIELDS, DIALS
from explorer.tools import asking, pages, training, worlds
from explorer.tools.options import (
    EVALUATION_BUDGET,
    Document,
    RunsOption,
    SetOption,
    WeightsOption,
    help_list,
    join_weights,
    open_service,
    parse_changes,
    print_to_stderr,
    recipes_help,
)
from explorer.tools.program import make_program, run_program
from explorer.tools.ship import ship
from explorer.views.evidence import study
from explorer.views.registry import entries

app = make_program(
    PROGRAM, "Object-attribute binding in CLIP: data, training, evaluation. With --json the last line is one document."
)
app.group_commands = Group("Commands", sort_key=1)
OF_PAGE = Group("What the page asks, as documents", sort_key=2)
OF_MAINTAINERS = Group("For who maintains the project", sort_key=3)


def main(arguments: Sequence[str] | None = None, *, budget: EvaluationBudget = FULL_BUDGET) -> None:
    """Run one command, with evaluations of `budget`, and exit: 0 done, 2 bad input, 130 interrupted."""
    EVALUATION_BUDGET.set(budget)
    run_program(app, arguments)


# ---- Commands that are views

SETTABLE_FIELDS = dict.fromkeys(("evaluate", "scenes"), DATA_FIELDS)
SETTABLE_FIELDS |= dict.fromkeys(("samples", "facts", "plan", "predict", "train"), tuple(DIALS))
"""Fields that --set may change, by command."""
EARLIER_NAMES = {"unimodal_probes": "inside", "leaderboard": "ladder"}
"""Names of earlier versions that still work. The page *Look inside* is the command `inspect`."""
SPECIAL_COMMANDS = (
    "run", "runs", "run_status", "scenes", "captions", "models", "swaps", "score", "leaderboard", "study",
    "captions_placed", "fetch_model", "benchmark_file",
)  # fmt: skip
"""Views that the command line asks in its own way: with files, in a group, as a document or as part of another."""
DOCUMENT_COMMANDS = (
    "catalog", "samples", "facts", "pairs", "plan", "own-world", "inspect-steps", "inspect-figures", "inspect-caption",
    "dots", "chains", "line", "open-questions",
)  # fmt: skip
"""Commands whose answers are made for programs more than for people."""
UNASKED = ("owner_key", "say", "have")
"""Parameters of views that no option gives: the key of a browser, where progress goes, what an open page has."""


def _command(run: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a view, or a function of `tools` like one, as a command: what it needs is positional, the rest options.

    `overrides` of a recipe are `--set`, a MODEL may have `--weights`, and `service` is that of the store `--runs`.
    """
    view_parameters = dict(signature(run).parameters)
    has_service = view_parameters.pop("service", None) is not None
    hints = get_type_hints(run, include_extras=True)
    parameters = []
    for each in view_parameters.values():
        if each.name in UNASKED:
            continue
        if each.name == "overrides":
            parameters.append(_option("set", SetOption))
        else:
            is_option = each.kind is each.POSITIONAL_OR_KEYWORD and each.default is not each.empty
            kind = each.KEYWORD_ONLY if is_option else each.kind
            parameters.append(each.replace(kind=kind, annotation=hints[each.name]))
    has_model = "model" in view_parameters and view_parameters["model"].kind is not SignatureParameter.VAR_POSITIONAL
    if has_model:
        parameters.append(_option("weights", WeightsOption))
    if has_service:
        parameters.append(_option("runs", RunsOption))
    command_signature = Signature(sorted(parameters, key=lambda each: each.kind))

    @wraps(run)
    def run_command(*values: Any, **options: Any) -> Any:
        named = dict(command_signature.bind(*values, **options).arguments)
        changes, runs, weights = (named.pop(each, None) for each in ("set", "runs", "weights"))
        if changes and not (named.get("preset") or named.get("spec")):
            raise UserError("--set", changes[0], "name the --preset that it changes")
        if "overrides" in view_parameters:
            named["overrides"] = parse_changes(changes, SETTABLE_FIELDS[name], name)
        if has_model:
            named["model"] = join_weights(named.get("model", ""), weights)
        if "say" in view_parameters:
            named["say"] = print_to_stderr
        if has_service:
            named["service"] = open_service(runs)
        bound = BoundArguments(signature(run), OrderedDict(named))
        return run(*bound.args, **bound.kwargs)

    run_command.__signature__ = command_signature  # type: ignore[attr-defined]
    run_command.__annotations__ = {each.name: each.annotation for each in parameters}
    return run_command


def _option(name: str, annotation: Any) -> SignatureParameter:
    """Return an option that is None without a value."""
    return SignatureParameter(name, SignatureParameter.KEYWORD_ONLY, default=None, annotation=annotation)


HELP_EPILOGUES = {name: recipes_help(fields) for name, fields in SETTABLE_FIELDS.items()}
HELP_EPILOGUES["benchmark"] = help_list({"what PATH is": {name: each.reads for name, each in PROTOCOLS.items()}})
"""Ends of help texts."""
for entry in entries().values():
    if entry.kind != "act" and entry.name not in SPECIAL_COMMANDS and not entry.is_of_page:
        app.command(
            _command(entry.function, entry.name.replace("_", "-")),
            name=entry.name.replace("_", "-"), alias=EARLIER_NAMES.get(entry.name),
            group=OF_PAGE if entry.name.replace("_", "-") in DOCUMENT_COMMANDS else None,
            help_epilogue=HELP_EPILOGUES.get(entry.name),
        )  # fmt: skip


app.command(asking.swaps)
app.command(study)
for run in (asking.models, asking.score, training.scenes, training.train, asking.leaderboard):
    name = run.__name__
    app.command(_command(run, name), name=name, alias=EARLIER_NAMES.get(name), help_epilogue=HELP_EPILOGUES.get(name))
runs_app = App(name="runs", help="List, show, stop, resume, export, import or delete runs.")
app.command(runs_app)
RUN_COMMANDS: dict[str, Callable[..., Any]] = {
    "list": training.list_runs, "show": training.show_run, "stop": training.stop_run, "resume": training.resume_run,
    "export": training.export_run, "import": training.import_run, "delete": training.delete_run,
}  # fmt: skip
"""The commands of `runs`."""
for name, command in RUN_COMMANDS.items():
    runs_app.command(_command(command, name), name=name)

worlds_app = App(name="worlds", help="Make a world of your own from cut-outs, or draw one on a sheet.")
app.command(worlds_app)
worlds_app.command(worlds.make)
worlds_app.command(worlds.show)

# ---- The tools

app.command(ship, group=OF_MAINTAINERS)
for tool in (pages.app, pages.site):
    app.command(tool)
# Its module imports the client of the Hub, which takes 0.1 s, so it is read when it is asked.
app.command(
    "explorer.tools.space:space",
    name="space", help="Check that this repository runs as a Hugging Face Space, or upload it.", group=OF_MAINTAINERS,
)  # fmt: skip


@app.command(group=OF_MAINTAINERS)
def docs() -> Document:
    """Write the tables of docs/api.md, docs/commands.md and docs/glossary.md, of views, commands and metrics."""
    from explorer.tools.docs import write_docs

    return write_docs(app)
