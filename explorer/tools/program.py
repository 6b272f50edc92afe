"""A program of commands: how it reads its tokens, prints its answers, and ends.

    app = make_program("python -m explorer", "Object-attribute binding in CLIP ...")
    app.command(run)                    # a function that is its own help
    run_program(app, ["run", "--json"])  # and exits: 0 done, 2 bad input, 130 interrupted

With --json the document is the last line of stdout, else `format_document` shows it; logs go to stderr. Bad input is
one sentence on stderr.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from io import StringIO, TextIOWrapper
from shutil import get_terminal_size
from typing import Any, NoReturn

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
from explorer.spec import DIALS
from explorer.tools.options import convert_option, log_to_terminal, print_to_stderr
from explorer.tools.printer import format_document
from explorer.views.analyses import INTERRUPTED_KEY
from explorer.views.registry import JobProgress, encode_answer, parameter_error
from explorer.wording import format_duration

TOLD_FROM_S, TELL_EVERY_S = 20.0, 5.0
"""Seconds from which work is told of, and between two lines on the time left."""


def make_program(name: str, help_text: str) -> App:
    """Return a program without commands yet."""
    return App(
        name=name,
        help=help_text,
        help_format="plaintext",
        help_formatter="plain",
        version_flags=(),
        default_parameter=Parameter(negative=(), converter=convert_option),
        print_error=False,
        exit_on_error=False,
        suppress_keyboard_interrupt=False,
    )


def run_program(app: App, arguments: Sequence[str] | None = None) -> None:
    """Run one command of the program and exit: 0 done, 2 bad input, 130 interrupted."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a caption may hold what this terminal cannot show
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    try:
        for document in _answer_documents(_run_command(app, [each for each in tokens if each != "--json"])):
            _write(json.dumps(document) if "--json" in tokens else format_document(document))
            if isinstance(document, dict) and document.get(INTERRUPTED_KEY):
                _exit("interrupted; what was done is in the answer", 130)
    except UserError as error:
        _exit(str(error), 2)
    except KeyboardInterrupt:
        _exit("interrupted", 130)
    except BrokenPipeError:  # the reader of our output is gone, as with `| head`
        _forget_stdout()


def _run_command(app: App, tokens: Sequence[str]) -> Any:
    """Return the answer of the command that the tokens name; raise `UserError` for wrong ones."""
    try:
        command, bound, _ = app.parse_args(tokens)
    except CycloptsError as error:
        raise _usage_error(app, error) from None
    if command != app.help_print:
        return command(*bound.args, **bound.kwargs)
    if not {"--help", "-h"} & set(tokens):
        raise UserError("arguments", NO_VALUE, f"give a COMMAND (see {' '.join([*app.name, *tokens])} --help)")

    from rich.console import Console

    text = StringIO()
    app.help_print(*bound.args, console=Console(file=text, width=min(100, get_terminal_size().columns)))
    _write(text.getvalue().rstrip())
    return None


def _usage_error(app: App, error: CycloptsError) -> UserError:
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
    where = " ".join([*app.name, *(error.command_chain or ())])
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
        is_long |= (step.left_s or 0) >= TOLD_FROM_S
        if is_long and step.left_s is not None and time.monotonic() - told_at >= TELL_EVERY_S:
            told_at = time.monotonic()
            print_to_stderr(f"{step.text}, about {format_duration(step.left_s)} left; Ctrl-C keeps what is done")
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
