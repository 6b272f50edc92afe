"""Table of what the app answers: views, acts and jobs, each a typed function that is registered once.

    @view()
    def swaps(caption: str, kinds: str = "") -> dict[str, Any]: ...  # in views/ask.py

    entries()["swaps"].answer(None, {"caption": "a red bus"})             # JSON; UserError for a bad value
    entries()["leaderboard"].answer(service, {"models": ["things-web"]})  # iterator of JSON, at last the answer

A view reads, an act changes a run or a room, a job takes long and yields `JobProgress` before its answer. HTTP, MCP
and the command line render the table and have no list of their own. `explorer.api` lists the views by name, so that an
editor knows their parameters; tests/unit/views/test_registry.py holds the list to the table. A first parameter called
`service` is the `service.Service` that asks, and whoever renders the table supplies it. Parameters are read by pydantic
at each call, so a function sees only values of its types; the `UserError` of a validator without a field names the
parameter.
"""

import inspect
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, partial, wraps
from importlib import import_module
from math import isfinite
from typing import Any, Literal, ParamSpec, TypeVar, get_type_hints

from pydantic import PlainValidator, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from explorer import codec
from explorer.clip.loading import Cancelled, LoadingStage, Progress
from explorer.codec import whole_number
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.sentences import Sentence
from explorer.views.background_work import BackgroundWork

EntryKind = Literal["view", "act", "job"]
Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")
MODULES = (
    "catalog", "data", "training_plan", "captions", "run", "runs", "run_acts", "compare", "inside", "ask",
    "analyses", "benchmark", "board", "evidence", "classroom", "lesson", "replication",
)  # fmt: skip
SERVICE_PARAMETER = "service"
SECRETS = ("owner_key", "key")
"""Parameters that no address may carry and no error quotes: HTTP reads them from a header."""
STAGE_WORDS: dict[LoadingStage, str] = {
    "find": "finding the model",
    "fetch": "fetching the model",
    "build": "building the model",
    "check": "checking the model",
    "measure": "measuring",
}
"""Words for the stages of a job."""


@dataclass(frozen=True, kw_only=True)
class JobProgress:
    """Progress of a job: its finished share and the seconds left, None if unknown, and a line of text.

    `stage` is that of a model that is loaded, for programs to compare; None in other work.
    """

    text: str
    done: float | None = None
    left_s: float | None = None
    stage: LoadingStage | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the table; `at_once` its parallel calls.

    A local entry reads or writes paths of this computer: only the command line and notebooks have it. One of the page
    serves people there, as those who meet in a class: only HTTP has it (Gradio's API, if it is a job), and its function
    may wait as a coroutine.
    """

    name: str
    kind: EntryKind
    function: Callable[..., Any]
    at_once: int
    is_local: bool
    is_of_page: bool = False

    @property
    def is_public(self) -> bool:
        """True if programs may ask it from elsewhere."""
        return not self.is_local and not self.is_of_page

    @property
    def is_coroutine(self) -> bool:
        """True if it is a coroutine: it waits for what it answers, and holds no thread meanwhile."""
        return inspect.iscoroutinefunction(inspect.unwrap(self.function))

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The parameters that a caller gives, by name."""
        return {
            name: each
            for name, each in inspect.signature(self.function).parameters.items()
            if name != SERVICE_PARAMETER
        }

    @property
    def has_secret(self) -> bool:
        """True if the answer depends on a key."""
        return any(name in self.parameters for name in SECRETS)

    def bind(self, service: Any) -> Callable[..., Any]:
        """Return the function without `service`, with the signature that callers see."""
        wants_service = SERVICE_PARAMETER in inspect.signature(self.function).parameters

        @wraps(self.function)
        def bound_call(*values: Any, **named: Any) -> Any:
            return self.function(service, *values, **named) if wants_service else self.function(*values, **named)

        bound_call.__signature__ = inspect.signature(self.function).replace(parameters=[*self.parameters.values()])  # type: ignore[attr-defined]
        return bound_call

    def check_names(self, values: Mapping[str, Any]) -> None:
        """Raise `UserError` for a name that is no parameter, and for a missing one."""
        parameters = self.parameters
        if strange := next((name for name in values if name not in parameters), None):
            raise UserError(
                quote_value(strange),
                NO_VALUE,
                "{view} takes {names}",
                view=self.name,
                names=", ".join(parameters) or "nothing",
            )
        for name, each in parameters.items():
            if each.default is each.empty and name not in values:
                raise UserError(name, NO_VALUE, "{view} needs it", view=self.name)

    def ask(self, service: Any, values: Mapping[str, Any]) -> Any:
        """Return what the function answers to named values; raise `UserError` as `answer` does."""
        self.check_names(values)
        return self.bind(service)(**values)

    def answer(self, service: Any, values: Mapping[str, Any]) -> Any:
        """Return the answer to named values as JSON, of a job an iterator, of a coroutine what to await for it.

        Raises:
            UserError: for other names, a missing value, or whatever the function refuses.
        """
        value = self.ask(service, values)
        if self.is_coroutine:
            return _encode_awaited(value)
        return map(encode_answer, value) if self.kind == "job" else encode_answer(value)


async def _encode_awaited(awaitable: Awaitable[Any]) -> Any:
    return encode_answer(await awaitable)


_table: dict[str, Entry] = {}


def entries() -> Mapping[str, Entry]:
    """Return the table, in the order of `MODULES`."""
    modules = [import_module(f"explorer.views.{name}").__name__ for name in MODULES]
    return dict(sorted(_table.items(), key=lambda each: modules.index(each[1].function.__module__)))


def encode_answer(answer: Any) -> Any:
    """Convert dataclasses and plain values to JSON; what is not a number becomes null, and a `Sentence` stays one."""
    return _jsonable(codec.encode(answer))


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _jsonable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_jsonable(each) for each in value]
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return float(value) if isfinite(value) else None
    return to_jsonable_python(value, inf_nan_mode="null")


def in_range(low: int, high: int) -> PlainValidator:
    """Return the annotation of a whole number within a range."""
    return PlainValidator(lambda value: whole_number("", value, low, high))


TellProgress = Callable[[Any], None]
"""A function that takes the progress of a job, a `JobProgress` or a stage of `clip.loading`."""


JobSteps = Iterator[JobProgress | dict[str, Any]]
"""The steps of a job: how far it is, and at last its document."""


CHARGE: ContextVar[Callable[[float], None] | None] = ContextVar("charge", default=None)
"""A function that takes the seconds of a core that the thread of a job used."""


def follow_work(work: Callable[[TellProgress], Answer]) -> Iterator[JobProgress | Answer]:
    """Do the work in a thread: yield how far it is, then its answer.

    Whoever leaves, or presses Ctrl-C, cancels it at its next word; what it then returns is still the answer.
    """
    charge = CHARGE.get()

    def charged_work(tell: TellProgress) -> Answer:
        start = time.thread_time()
        try:
            return work(tell)
        finally:
            if charge is not None:
                charge(time.thread_time() - start)

    background = BackgroundWork(charged_work)
    reported: Any = None
    try:
        while not background.is_done:
            with suppress(TimeoutError):
                background.result(timeout_s=0.1)
            if (progress := background.progress) is not reported:
                yield progress if isinstance(progress, JobProgress) else _stage_progress(progress)
                reported = progress
    except KeyboardInterrupt:
        background.cancel()
    except GeneratorExit:
        background.cancel()
        raise
    try:
        yield background.result()
    except Cancelled:
        raise KeyboardInterrupt from None


def _stage_progress(progress: Progress) -> JobProgress:
    share, text = progress.done / progress.total if progress.total else None, STAGE_WORDS[progress.stage]
    if progress.stage == "measure":
        done, total = f"{progress.done:,}", f"{progress.total:,}"
        text = Sentence("job.measuring", "measuring, {done} of {total} images", done=done, total=total)
    return JobProgress(text=text, done=share, left_s=progress.left_s, stage=progress.stage)


def final_answer(steps: Iterable[JobProgress | Answer]) -> Answer:
    """Return the answer of a job, without its progress."""
    return [each for each in steps if not isinstance(each, JobProgress)][-1]


def register(
    kind: EntryKind,
    *,
    counts_as: str = "",
    at_once: int = 4,
    is_local: bool = False,
    is_of_page: bool = False,
    limits: Mapping[str, int] | None = None,
) -> Callable[[Callable[Parameters, Answer]], Callable[Parameters, Answer]]:
    """Register a function; `counts_as` is the kind under which a shared server counts its calls.

    `limits` are numbers that its docstring names in braces, as it may name those of a question, such as
    {caption_length}: its help has their values. The other arguments are fields of its `Entry`.
    """

    def add(function: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        for limit, value in {**codec.encode(CONTRACT.question), **(limits or {})}.items():
            function.__doc__ = (function.__doc__ or "").replace(f"{{{limit}}}", str(value))
        # Whoever reads it by lines, as Gradio does for MCP, has each argument on one.
        function.__doc__ = re.sub(r"\n {12,}(?=\S)", " ", function.__doc__ or "")
        called, name = _with_checked_values(function, counts_as), function.__name__
        _table[name] = Entry(
            name=name,
            kind=kind,
            function=called,
            at_once=at_once,
            is_local=is_local,
            is_of_page=is_of_page,
        )
        return called

    return add


view = partial(register, "view")
"""Register a function that reads."""
act = partial(register, "act")
"""Register a function that changes a run or a room."""
job = partial(register, "job", at_once=2)
"""Register a generator that yields `JobProgress` and then its answer."""


def _with_checked_values(function: Callable[Parameters, Answer], counts_as: str) -> Callable[Parameters, Answer]:
    """Return the function with its values read by pydantic, and counted if they are right."""
    signature = inspect.signature(function)

    @cache
    def adapter(name: str) -> TypeAdapter[Any]:
        return TypeAdapter(get_type_hints(function, include_extras=True)[name])

    @wraps(function)
    def checked_call(*values: Parameters.args, **named: Parameters.kwargs) -> Answer:
        bound = signature.bind(*values, **named)
        for name, value in bound.arguments.items():
            try:
                bound.arguments[name] = value if name == SERVICE_PARAMETER else adapter(name).validate_python(value)
            except ValidationError as error:
                raise parameter_error(name, error) from None
        if counts_as:
            bound.arguments[SERVICE_PARAMETER].count_call(counts_as)
        return function(*bound.args, **bound.kwargs)

    return checked_call


def parameter_error(name: str, error: ValidationError) -> UserError:
    """Return what pydantic found wrong with a parameter as one sentence."""
    fault = codec.user_error(error, name)
    return UserError(fault.field, NO_VALUE, fault.reason) if name in SECRETS else fault
