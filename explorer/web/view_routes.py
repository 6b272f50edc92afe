"""Routes of the views and acts, rendered from the registry, and the same functions as endpoints of Gradio's API.

    host.router.routes += view_routes(service)
    # GET /v/swaps.json?caption=a+red+bus, POST /a/train {"preset": "big-only"}

    for run, name, at_once in api_functions(service):  # call/v2/NAME, gradio_client and MCP; jobs only there
        host.api(run, name=name, concurrency_limit=at_once)

A key travels in the header `X-Owner-Key` alone, and an answer that depends on one is not kept. An act takes JSON. A
mistake is 422 with {"error": {"field", "sentence"}}. What an answer computes counts for the address that asks.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import Any, get_args, get_origin, get_type_hints

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.errors import NO_VALUE, UserError
from explorer.runs.files import NO_ROOM, is_disk_full
from explorer.sentences import key_sentence, with_sentences
from explorer.views.registry import CHARGE, SECRETS, Entry, encode_answer, entries
from explorer.views.service import Service
from explorer.web.files import COMPRESSORS, body_response, compress
from explorer.web.gradio_import import LocalContext, gr
from explorer.web.guard import NO_STORE, RefusedError, check_parts, compute

KEY_HEADER = "X-Owner-Key"
MAX_INLINE_BYTES = 50_000
"""Bytes of an answer that is compressed in a millisecond, in which a thread would be slower."""


def view_routes(service: Service) -> list[Route]:
    """Return a route for each view and act that may be asked from elsewhere."""
    served = [entry for entry in entries().values() if not entry.is_local]
    return [
        *(Route(f"/v/{each.name}.json", _route(each, service)) for each in served if each.kind == "view"),
        *(Route(f"/a/{each.name}", _route(each, service), methods=["POST"]) for each in served if each.kind == "act"),
    ]


def _route(entry: Entry, service: Service) -> Callable[[Request], Any]:
    """Return what answers the requests for a view or an act: its values are those of the address, or the JSON body.

    Work is done in a thread; only a coroutine waits without one. Keys are taken from the header alone.
    """
    last: tuple[Any, bytes] | None = None
    # A view that takes no values has one answer for everybody. A training changes the catalog at each step, so no more
    # than this one is kept.
    pack = compress if entry.parameters else lru_cache(maxsize=len(COMPRESSORS))(compress)

    def answer_body(values: dict[str, Any]) -> bytes:
        """Return the body of an answer: of a view that takes no values that of before while nothing changes."""
        nonlocal last
        value = entry.ask(service, values)
        if entry.parameters:
            return _encode_body(encode_answer(value))
        kept = last  # another thread may put another asker's answer in its place meanwhile
        if kept is None or kept[0] != value:  # the catalog is wanted before the first paint of each visit
            kept = last = value, _encode_body(encode_answer(value))
        return kept[1]

    async def route(request: Request) -> Response:
        values = await _body_values(request) if entry.kind == "act" else _query_values(entry, request)
        if strange := next((name for name in values if name in SECRETS), None):
            raise UserError(strange, NO_VALUE, "belongs in the header {header}", header=KEY_HEADER)
        if key := request.headers.get(KEY_HEADER):
            values |= {name: key for name in SECRETS if name in entry.parameters}
        # Limits and a shared GPU ask Gradio who asks.
        LocalContext.request.set(gr.Request(request))
        if entry.is_coroutine:  # held until something changes, it keeps no thread
            body = _encode_body(await (await compute(request, entry.answer, service, values)))
        else:
            body = await compute(request, answer_body, values)
        cache_control = NO_STORE if entry.has_secret or entry.kind == "act" else "no-cache"
        if len(body) < MAX_INLINE_BYTES:
            return body_response(request, body, "application/json", cache_control, pack)
        return await compute(request, body_response, request, body, "application/json", cache_control, pack)

    return route


def _encode_body(answer: Any) -> bytes:
    return json.dumps(with_sentences(answer)).encode()


def _query_values(entry: Entry, request: Request) -> dict[str, Any]:
    """Return the values of an address: a list is repeated, an object is JSON text."""
    hints, query = get_type_hints(entry.function), request.query_params
    values: dict[str, Any] = {}
    for name in query:
        kinds = {get_origin(each) or each for each in (hints.get(name), *get_args(hints.get(name)))}
        values[name] = query.getlist(name) if list in kinds else query[name]
        if dict in kinds:
            try:
                values[name] = json.loads(query[name])
            except (ValueError, RecursionError):
                raise UserError(name, query[name], "give an object as JSON") from None
    return values


async def _body_values(request: Request) -> dict[str, Any]:
    """Return the values of a body, whose type and size the guard has checked."""
    content = await request.body() or b"{}"
    check_parts(content)
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise RefusedError(415, "body", "give a JSON object")
    return body


def api_names() -> dict[str, Entry]:
    """Return what Gradio's API has, by name: what programs may ask, and each job, as no other route answers jobs."""
    return {name: entry for name, entry in entries().items() if entry.is_public or entry.kind == "job"}


def api_functions(service: Service) -> Iterator[tuple[Callable[..., Any], str, int]]:
    """Yield function, name and parallel calls of all that Gradio's API has."""
    for name, entry in api_names().items():
        run = _for_gradio(entry, service)
        run.__name__ = name  # a tool of MCP is named by it
        yield run, name, entry.at_once


def _for_gradio(entry: Entry, service: Service) -> Callable[..., Any]:
    """Return the function for Gradio: a `UserError` and a full disk are sentences; other errors stay hidden.

    Gradio formats the answer of a tool with Python's str, so a caller of MCP gets JSON text instead.
    """
    run = entry.bind(service)

    @wraps(run)
    def answer_once(*values: Any, **named: Any) -> Any:
        charge, start = service.charger(), time.thread_time()
        try:
            with _errors_as_sentences():
                return _encode_for_caller(run(*values, **named))
        finally:
            charge(time.thread_time() - start)

    @wraps(run)
    def answer_steps(*values: Any, **named: Any) -> Iterator[Any]:
        charge = service.charger()
        CHARGE.set(charge)
        steps: Iterator[Any] | None = None
        while True:
            start = time.thread_time()
            try:
                with _errors_as_sentences():
                    steps = run(*values, **named) if steps is None else steps
                    step = _encode_for_caller(next(steps))
            except StopIteration:
                return
            finally:
                charge(time.thread_time() - start)
            yield step

    return answer_steps if entry.kind == "job" else answer_once


def _encode_for_caller(answer: Any) -> Any:
    request: Any = LocalContext.request.get(None)
    is_tool = request is not None and request.headers.get("x-gradio-user") == "mcp"
    return json.dumps(encode_answer(answer)) if is_tool else with_sentences(encode_answer(answer))


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    try:
        yield
    except UserError as error:
        raise _gradio_error(error) from None
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise _gradio_error(UserError("disk", NO_VALUE, NO_ROOM)) from None


def _gradio_error(error: UserError) -> gr.Error:
    """Gradio passes on a text and a title, and nothing else: the page reads the keyed sentence from the title."""
    return gr.Error(str(error), title=json.dumps(key_sentence(error.sentence)), print_exception=False)
