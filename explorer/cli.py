"""The command line: the views of the registry and the commands of this computer, each a function that is its own help.

    python -m explorer scenes --preset web-like --set saliency_bias=0.5 --count 100 --out web
    python -m explorer swaps "a red bus and a blue car"
    python -m explorer train --preset binding-friendly --steps 200 --json
    python -m explorer evaluate RUN --preset two-kinds

With --json the document is the last line of stdout (`swaps --file` prints one per line), else `format_document` shows
it; logs go to stderr. Bad input is one sentence on stderr and exit status 2. Commands that need a model import torch.
"""

import json
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from inspect import BoundArguments, Signature, signature
from inspect import Parameter as SignatureParameter
from io import StringIO, TextIOWrapper
from shutil import get_terminal_size
from typing import Any, NoReturn, get_type_hints

from cyclopts import App, Parameter
from cyclopts.exceptions import (
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)
from pydantic import ValidationError

from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.sets import FULL_BUDGET, EvaluationBudget
from explorer.resources import IS_INSTALLED
from explorer.spec import DATA_FIELDS, DIALS
from explorer.tools import asking, training
from explorer.tools.board import board
from explorer.tools.options import (
    EVALUATION_BUDGET,
    Document,
    RunsOption,
    SetOption,
    WeightsOption,
    convert_option,
    help_list,
    join_weights,
    log_to_terminal,
    open_service,
    parse_changes,
    print_to_stderr,
    recipes_help,
)
from explorer.tools.printer import format_document
from explorer.views.evidence import study as study_view
from explorer.views.probe import INTERRUPTED_KEY
from explorer.views.registry import JobProgress, encode_answer, entries, parameter_error
from explorer.wording import duration

PROGRAM = "clip-binding" if IS_INSTALLED else "python -m explorer"
"""Name of the command: the console script of an installed wheel, or the module in a checkout."""
LONG_S, TELL_EVERY_S = 20.0, 5.0
"""Seconds from which work is told of, and between two lines on the time left."""
app = App(
    name=PROGRAM,
    help="Object-attribute binding in CLIP: data, training, evaluation. With --json the last line is one document.",
    help_format="plaintext",
    help_formatter="plain",
    version_flags=(),
    default_parameter=Parameter(negative=(), converter=convert_option),
    print_error=False,
    exit_on_error=False,
    suppress_keyboard_interrupt=False,
)


def main(arguments: Sequence[str] | None = None, *, budget: EvaluationBudget = FULL_BUDGET) -> None:
    """Run one command, with evaluations of `budget`, and exit: 0 done, 2 bad input, 130 interrupted."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a caption may hold what this terminal cannot show
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    EVALUATION_BUDGET.set(budget)
    try:
        for document in _answer_documents(_run_command([each for each in tokens if each != "--json"])):
            _write(json.dumps(document) if "--json" in tokens else format_document(document))
            if isinstance(document, dict) and document.get(INTERRUPTED_KEY):
                _exit("interrupted; what was done is in the answer", 130)
    except UserError as error:
        _exit(str(error), 2)
    except KeyboardInterrupt:
        _exit("interrupted", 130)
    except BrokenPipeError:  # the reader of our output is gone, as with `| head`
        _forget_stdout()


def _run_command(tokens: Sequence[str]) -> Any:
    """Return the answer of the command that the tokens name; raise `UserError` for wrong ones."""
    try:
        command, bound, _ = app.parse_args(tokens)
    except CycloptsError as error:
        raise _usage_error(error) from None
    if command != app.help_print:
        return command(*bound.args, **bound.kwargs)
    if not {"--help", "-h"} & set(tokens):
        raise UserError("arguments", NO_VALUE, f"give a COMMAND (see {' '.join([PROGRAM, *tokens])} --help)")

    from rich.console import Console

    text = StringIO()
    app.help_print(*bound.args, console=Console(file=text, width=min(100, get_terminal_size().columns)))
    _write(text.getvalue().rstrip())
    return None


def _usage_error(error: CycloptsError) -> UserError:
    """Return what is wrong with the tokens as one sentence that names option, value and what is allowed."""
    name = error.argument.name if error.argument else ""
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return parameter_error(name.lstrip("-").replace("-", "_"), cause)
    if isinstance(cause, UserError):
        return cause
    if isinstance(error, MissingArgumentError):
        reason = f"{name} is required"
    elif isinstance(error, UnknownOptionError):
        option = error.token.keyword or error.token.value
        dial = option.strip("-").replace("-", "_")
        advice = f"; commands that take a recipe change that dial by --set {dial}=VALUE" if dial in DIALS else ""
        reason = f"there is no option {quote_value(option, 80)}{advice}"
    elif isinstance(error, UnusedCliTokensError):
        reason = f"there is no place for {quote_value((error.unused_tokens or [''])[0], 80)}"
    elif isinstance(error, UnknownCommandError):
        above = app
        for part in error.command_chain or ():
            above = above[part]
        names = ", ".join(each for each in above if not each.startswith("-"))
        reason = f"there is no command {quote_value((error.unused_tokens or [''])[0], 80)}; choose one of {names}"
    else:
        reason = str(error)
    where = " ".join([PROGRAM, *(error.command_chain or ())])
    return UserError("arguments", NO_VALUE, f"{quote_value(reason, 400)} (see {where} --help)")


def _answer_documents(answer: Any) -> Iterator[Any]:
    """Yield the documents of an answer as JSON; the progress of a job goes to stderr."""
    if answer is None:
        return
    told_at, is_long = 0.0, sys.stderr.isatty()
    for step in answer if isinstance(answer, Iterator) else (answer,):
        if not isinstance(step, JobProgress):
            yield encode_answer(step)
            continue
        is_long |= (step.left_s or 0) >= LONG_S
        if is_long and step.left_s is not None and time.monotonic() - told_at >= TELL_EVERY_S:
            told_at = time.monotonic()
            print_to_stderr(f"{step.text}, about {duration(step.left_s)} left; Ctrl-C keeps what is done")
        elif step.left_s is None:
            log_to_terminal(step.text)


def _write(text: str) -> None:
    """Print and flush, so that a full disk raises here and not at exit."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        _forget_stdout()
        raise UserError("stdout", NO_VALUE, f"the answer cannot be written ({error.strerror})") from None


def _forget_stdout() -> None:
    """Redirect stdout to the null device, where the rest of the buffer cannot fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _exit(sentence: str, status: int) -> NoReturn:
    print(" ".join(sentence.split()), file=sys.stderr)
    sys.exit(status)


# ---- Commands that are views

SETTABLE_FIELDS = dict.fromkeys(("evaluate", "scenes"), DATA_FIELDS)
SETTABLE_FIELDS |= dict.fromkeys(("samples", "facts", "plan", "predict", "train"), tuple(DIALS))
"""What --set may change of a command."""
ALIASES = {"unimodal_probes": "inside", "leaderboard": "ladder"}
SPECIAL_COMMANDS = (
    "run", "runs", "run_status", "scenes", "captions", "models", "swaps", "score", "leaderboard", "study",
    "captions_placed", "fetch_model", "benchmark_file",
)  # fmt: skip
"""Views that the command line asks in its own way: with files, in a group, as a document or as part of another."""


def _command(run: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a view, or a function of `tools` like one, as a command: what it needs is positional, the rest options.

    `overrides` of a recipe are `--set`, a MODEL may have `--weights`, and `service` is that of the store `--runs`.
    """
    view_parameters = dict(signature(run).parameters)
    has_service = view_parameters.pop("service", None) is not None
    hints = get_type_hints(run, include_extras=True)
    parameters = []
    for each in view_parameters.values():
        if each.name in ("owner_key", "say"):
            continue
        if each.name == "overrides":
            parameters.append(_option("set", SetOption))
        else:
            is_option = each.kind is each.POSITIONAL_OR_KEYWORD and each.default is not each.empty
            kind = each.KEYWORD_ONLY if is_option else each.kind
            parameters.append(each.replace(kind=kind, annotation=hints[each.name]))
    has_model = "model" in view_parameters and view_parameters["model"].kind is not SignatureParameter.VAR_POSITIONAL
    parameters += [_option("weights", WeightsOption)] * has_model + [_option("runs", RunsOption)] * has_service
    command_signature = Signature(sorted(parameters, key=lambda each: each.kind))

    @wraps(run)
    def called(*values: Any, **options: Any) -> Any:
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

    called.__signature__ = command_signature  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def _option(name: str, annotation: Any) -> SignatureParameter:
    """Return an option that is None without a value."""
    return SignatureParameter(name, SignatureParameter.KEYWORD_ONLY, default=None, annotation=annotation)


HELP_EPILOGUES = {name: recipes_help(fields) for name, fields in SETTABLE_FIELDS.items()}
HELP_EPILOGUES["benchmark"] = help_list({"what PATH is": {name: each.reads for name, each in PROTOCOLS.items()}})
"""Ends of help texts."""
for entry in entries().values():
    if entry.kind != "act" and entry.name not in SPECIAL_COMMANDS and not entry.is_of_page:
        app.command(
            _command(entry.run, entry.name.replace("_", "-")),
            name=entry.name.replace("_", "-"), alias=ALIASES.get(entry.name),
            help_epilogue=HELP_EPILOGUES.get(entry.name),
        )  # fmt: skip


app.command(asking.swaps)
for run in (asking.models, asking.score, training.scenes, training.train, asking.leaderboard, board):
    name = run.__name__
    app.command(_command(run, name), name=name, alias=ALIASES.get(name), help_epilogue=HELP_EPILOGUES.get(name))
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
for name in ("make", "show"):
    worlds_app.command(f"explorer.tools.worlds:{name}", name=name)

# ---- The study and the tools, whose modules are read when they are asked

study_app = App(name="study", help="The effect of each property; write STUDY.md and assets/study from sweeps.")
app.command(study_app)
study_app.default(study_view)
for name in ("captions", "take_up", "forecast", "probe", "write", "read"):
    study_app.command(f"explorer.tools.study:{name}", name=name.replace("_", "-"))
app.command("explorer.tools.sweep:sweep", name="sweep")
app.command("explorer.tools.ship:ship", name="ship")
for name, module in {"app": "pages", "space": "space", "site": "pages"}.items():
    app.command(f"explorer.tools.{module}:{name}", name=name)


@app.command
def docs() -> Document:
    """Write the tables of docs/api.md and docs/commands.md from the registry and the commands."""
    from explorer.tools.docs import write_docs

    return write_docs(app)
