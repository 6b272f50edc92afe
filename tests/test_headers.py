"""What headers and docstrings name exists: the calls that they show take these arguments, and names in backticks and in
capitals are names of the code. A header names what its module has; what another one has stands there as `module.name`.
Examples after `>>>` are run.
"""

import ast
import builtins
import doctest
import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

from explorer.evaluation.metrics import pairwise
from tests.test_layers import ROOT, SCRIPTS, SOURCES, tree_of

OF_LIBRARIES = {"Middleware", "Route"}
MODULES = [
    name for name in SOURCES if name not in ("app", "explorer.__main__", "research.__main__")
]  # which start what they are for


def calls(header: str) -> Iterator[ast.Call]:
    """The calls of its lines that are Python, and of classes in comments, but for those of what a line before has made.

    What a name is called on is the module of that name, as in `rows.frozen_rows()`, unless a line has made it.
    """
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
                if isinstance(node, ast.Call)
                and isinstance(first := getattr(node.func, "value", node.func), ast.Name)
                and first.id not in made
            )  # fmt: skip
            made |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
            break
        yield from calls_in_comment(text.partition("#")[2])


def calls_in_comment(comment: str) -> Iterator[ast.Call]:
    """The objects that a comment shows, such as `# Interval(value=0.5, low=0.4)`, with any words around them."""
    for found in re.finditer(r"\b[A-Z]\w*[a-z]\w*\(", comment):
        shown = comment[found.start() :]
        for end in [each.end() for each in re.finditer(r"\)", shown)]:
            try:
                node = ast.parse(shown[:end], mode="eval").body
            except SyntaxError:
                continue
            if isinstance(node, ast.Call):
                yield node
            break


def fault(call: ast.Call, known: dict[str, Any]) -> str:
    """Say why the call fails, or nothing; stars and `...` stand for any arguments."""
    name = ast.unparse(call.func)
    if name not in known:
        return f"there is no {name}"
    given = [each for each in call.args if not isinstance(each, ast.Starred) and ast.unparse(each) != "..."]
    is_open = any(isinstance(each, ast.Constant) and each.value is ... for each in ast.walk(call))
    is_open |= given != call.args or any(not each.arg for each in call.keywords)
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
    of_modules: dict[str, Any] = {
        f"{name.rpartition('.')[2]}.{called}": value
        for name, module in modules.items()
        for called, value in module.items()
        if inspect.isfunction(value) or inspect.isclass(value)
    }
    shorts = {name.rpartition(".")[2] for name in modules}
    methods = {method for value in of_modules.values() if inspect.isclass(value) for method in dir(value)}
    ignored = OF_LIBRARIES | set(dir(builtins)) | set(dir(numpy))
    found, faults = 0, []
    for name in MODULES:
        known = of_modules | modules[name]
        for call in calls(ast.get_docstring(tree_of(name)) or ""):
            first, dot, called = ast.unparse(call.func).partition(".")
            if (first in shorts and called not in methods) if dot else (first not in ignored or first in modules[name]):
                found += 1
                faults += [f"{name}: {said}" for said in [fault(call, known)] if said]
    assert faults == [] and found > 300


@pytest.mark.parametrize("name", [name for name in MODULES if ">>> " in SOURCES[name]])
def test_examples_hold(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted and not outcome.failed


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("pairwise(right, wrong)    # (N,)", ""),
        ("scores = pairwise(right, *others)", ""),
        ("with pairwise(right) as scores:", "missing a required argument"),
        (">>> accuracy(right)", "there is no accuracy"),
        ("others = metrics.pairwise(right, wrong)", "there is no metrics.pairwise"),
        ("pairwise(right, wrong)  # {'a': Score(...), ...} by name", "there is no Score"),
        ("accuracy = pairwise\naccuracy(right)", ""),
        ("A model (see below) is right.", ""),
    ],
)
def test_a_call_that_fails_is_seen(line: str, said: str) -> None:
    faults = [fault(call, {"pairwise": pairwise}) for call in calls(line)]
    assert said in "".join(faults) and bool(said) == any(faults)


# ---- Names

OF_OTHERS = set(
    "COCO ASGI BERT EXIF ICCV CUDA JASA JAMA HTTP MNIST ICML FIPS CLIPModel SiglipModel graph_objects scipy"
    " gradio_client EXPLORER_FORWARDED EXPLORER_POLL_S".split()
)
"""Abbreviations, names of libraries, and variables of the environment that are put together."""
SAMPLE = re.compile(r"\bpython -m |\bnode |--\w|:PATH|ORG/|//ADDRESS|ARCHITECTURE/|\{[A-Z]+\}")
"""Lines that show a command, a name or a message with a placeholder in capitals."""
COMMENT = re.compile(r"/\*\*.*?\*/|(?:^//[^\n]*\n)+", re.DOTALL | re.MULTILINE)


def docstrings(tree: ast.AST) -> Iterator[str]:
    """All strings that are statements: docstrings, and the texts below constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield inspect.cleandoc(node.value.value)


def words_of_code() -> set[str]:
    """Every word of the code outside of docstrings and comments, and of the names of files."""
    words = {word for name in SOURCES for word in words_of(tree_of(name))}
    for script in SCRIPTS.values():
        words |= set(re.findall(r"[\w$]+", re.sub(r"/\*.*?\*/|//[^\n]*", "", script, flags=re.DOTALL)))
    for folder in ("explorer", "research", "assets", "tests", "docs", "models"):
        words |= {word for path in (ROOT / folder).rglob("*") for word in re.findall(r"\w+", path.name)}
    return words


def words_of(tree: ast.AST) -> set[str]:
    """Every word of a module outside of docstrings and comments."""
    return {word for text in _texts(tree) for word in re.findall(r"\w+", text)}


def _texts(tree: ast.AST) -> Iterator[str]:
    """Identifiers and strings of a module, but for docstrings."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        yield from (value for _, value in ast.iter_fields(node) if isinstance(value, str))
        yield from _texts(node)


def names_in(text: str) -> set[str]:
    """The names that a docstring or a comment writes in backticks or in capitals."""
    quoted = {name for part in re.findall(r"`([^`\n]+)`", text) if not SAMPLE.search(part) for name in _words(part)}
    lines = [line for line in text.splitlines() if not SAMPLE.search(line)]
    return quoted | {name for line in lines for name in re.findall(r"\b[A-Z][A-Z0-9_]{3,}\b", line)}


def _words(part: str) -> list[str]:
    return re.findall(r"[A-Za-z_]\w+", part)


def rotten_members(text: str, modules: dict[str, set[str]]) -> set[str]:
    """What a docstring writes as `MODULE.name` although the module has no such name."""
    quoted = re.findall(r"`(\w+)\.(\w+)[`(]", text)
    return {f"{module}.{name}" for module, name in quoted if module in modules and name not in modules[module]}


@pytest.mark.slow
def test_names_in_docstrings_are_names_of_the_code() -> None:
    known = words_of_code() | OF_OTHERS
    rotten = {
        f"{module}: {name}"
        for module in SOURCES
        for text in docstrings(tree_of(module))
        for name in names_in(text) - known
    }
    rotten |= {
        f"{script}: {name}"
        for script, code in SCRIPTS.items()
        for text in COMMENT.findall(code)
        for name in names_in(text) - known
    }
    assert rotten == set()


@pytest.mark.slow
def test_members_in_docstrings_are_members_of_their_modules() -> None:
    suffixes = {"json", "jsonl", "toml", "py", "js", "csv", "md"}
    modules: dict[str, set[str]] = {}
    for name, source in SOURCES.items():
        package, _, short = name.rpartition(".")
        modules.setdefault(short, set()).update(set(re.findall(r"\w+", source)) | suffixes)
        modules.setdefault(package.rpartition(".")[2], set()).add(short)
    rotten = {each for name in SOURCES for text in docstrings(tree_of(name)) for each in rotten_members(text, modules)}
    assert rotten == set()


def foreign_names(tree: ast.Module) -> set[str]:
    """The single words in backticks in the header of a module that its code does not have."""
    return set(re.findall(r"`(\w+)(?:\(\))?`", ast.get_docstring(tree) or "")) - words_of(tree)


@pytest.mark.slow
def test_names_in_a_header_are_names_of_its_module() -> None:
    modules = {part for name in SOURCES for part in name.split(".")}
    foreign = {f"{name}: {each}" for name in SOURCES for each in foreign_names(tree_of(name)) - modules - OF_OTHERS}
    assert foreign == set()
    assert foreign_names(ast.parse('"""Of `a` and `CHANGES`; see `changes.CHANGES`."""\na = 1')) == {"CHANGES"}


def test_a_rotten_name_is_seen() -> None:
    text = "See `pool_rows` and `deal.dealt`, at most MAX_NUMBERS.\n    python -m tests.record PART"
    assert names_in(text) == {"pool_rows", "deal", "dealt", "MAX_NUMBERS"}
    assert rotten_members(text, {"deal": {"deal_spec"}}) == {"deal.dealt"}
