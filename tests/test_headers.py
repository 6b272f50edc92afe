"""The calls that headers of modules show: their functions exist and take these arguments."""

import ast
import builtins
import importlib
import inspect
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

from explorer.evaluation.metrics import pairwise
from tests.test_layers import SOURCES, tree_of

OF_LIBRARIES = {"Middleware"}
MODULES = [
    name for name in SOURCES if name not in ("app", "explorer.__main__", "research.__main__")
]  # which start what they are for


def calls(header: str) -> Iterator[ast.Call]:
    """The calls of its lines that are Python, but for those of what a line before has made."""
    made: set[str] = set()
    for line in header.splitlines():
        text = line.strip().removeprefix(">>> ")
        for code in (text, f"{text.partition('#')[0]} ..."):
            try:
                nodes = list(ast.walk(ast.parse(code)))
            except SyntaxError:
                continue
            yield from (
                node for node in nodes
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in made
            )  # fmt: skip
            made |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
            break


def fault(call: ast.Call, known: dict[str, Any]) -> str:
    """Say why the call fails, or nothing; stars and `...` stand for any arguments."""
    name = ast.unparse(call.func)
    if name not in known:
        return f"there is no {name}"
    given = [each for each in call.args if not isinstance(each, ast.Starred) and ast.unparse(each) != "..."]
    is_open = given != call.args or any(not each.arg for each in call.keywords)
    signature = inspect.signature(known[name])
    try:
        (signature.bind_partial if is_open else signature.bind)(
            *given,
            **{each.arg: each.value for each in call.keywords if each.arg},
        )
    except TypeError as error:
        return f"{ast.unparse(call)}: {error}"
    return ""


@pytest.mark.slow
def test_headers_show_calls_that_work() -> None:
    modules = {name: vars(importlib.import_module(name)) for name in MODULES}
    elsewhere = {
        called: value
        for module in modules.values()
        for called, value in module.items()
        if inspect.isfunction(value) or inspect.isclass(value)
    }
    ignored = OF_LIBRARIES | set(dir(builtins)) | set(dir(numpy))
    found, faults = 0, []
    for name in MODULES:
        known = elsewhere | modules[name]
        for call in calls(ast.get_docstring(tree_of(name)) or ""):
            if ast.unparse(call.func) not in ignored or ast.unparse(call.func) in modules[name]:
                found += 1
                faults += [f"{name}: {said}" for said in [fault(call, known)] if said]
    assert faults == [] and found > 300


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("pairwise(right, wrong)    # (N,)", ""),
        ("scores = pairwise(right, *others)", ""),
        ("with pairwise(right) as scores:", "missing a required argument"),
        (">>> accuracy(right)", "there is no accuracy"),
        ("accuracy = pairwise\naccuracy(right)", ""),
        ("A model (see below) is right.", ""),
    ],
)
def test_a_call_that_fails_is_seen(line: str, said: str) -> None:
    faults = [fault(call, {"pairwise": pairwise}) for call in calls(line)]
    assert said in "".join(faults) and bool(said) == any(faults)
