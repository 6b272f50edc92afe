"""The folders keep to the design: who imports what, no cycles, bounded files and functions.

`LAYERS` is the import table. A module obeys the row with the longest name that it starts with; `ours` names what it may
import of this project, `never` the exceptions, and again the longest name decides. An import counts wherever it stands,
inside a function too; only `lazy` libraries are allowed there and not at the top of a file. Relative ones are not.
"""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = set("scipy torch open_clip transformers tokenizers peft gradio plotly pandas pyarrow sklearn PIL numpy".split())
MAX_MODULE, MAX_FUNCTION = 700, 60

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Row:
    """Permitted imports of a folder or file, as names with spaces between: ours, our exceptions, heavy libraries."""

    ours: str = ""
    never: str = ""
    heavy: str = ""
    lazy: str = ""


EXECUTION = "explorer.runs.worker explorer.runs.model_evaluation"
WORKER = "explorer.training explorer.clip.tuning " + EXECUTION
SPEC = "explorer.errors explorer.codec explorer.spec explorer.presets"
WORLD = SPEC + " explorer.resources explorer.stats explorer.world"
CLIP = "explorer.errors explorer.resources explorer.clip"
SCORES = WORLD + " explorer.clip explorer.evaluation"
RUNS = (
    SPEC + " explorer.resources explorer.settings explorer.clip.checked_files explorer.evaluation.results explorer.runs"
)
STUDY = RUNS + " explorer.wording explorer.stats explorer.study"
FIGURES = (
    SPEC
    + " explorer.evaluation.results explorer.evaluation.verdict explorer.study.claims"
    + " explorer.study.evidence_store explorer.wording explorer.figures"
)
ABOVE_VIEWS = " explorer.web explorer.cli explorer.tools"

LAYERS = {
    "app": Row("explorer.web explorer.views", heavy="gradio"),
    "explorer": Row(),  # the package's own __init__.py; a new file or folder needs a row of its own
    "explorer.__main__": Row("explorer.cli"),
    "explorer.api": Row("explorer.runs.specs explorer.views"),
    "explorer.errors": Row(),
    "explorer.codec": Row("explorer.errors"),
    "explorer.resources": Row(),
    "explorer.stats": Row(lazy="scipy"),
    "explorer.wording": Row(),
    "explorer.settings": Row(SPEC),
    "explorer.spec": Row("explorer.errors"),
    "explorer.presets": Row(SPEC),
    "explorer.captions": Row("explorer.errors explorer.captions"),
    "explorer.captions.measured": Row(
        "explorer.errors explorer.codec explorer.captions explorer.world.measure", heavy="numpy"
    ),
    "explorer.world": Row(WORLD, heavy="numpy PIL"),
    "explorer.world.parquet_scenes": Row(WORLD, heavy="numpy PIL", lazy="pyarrow"),
    "explorer.clip": Row(CLIP, heavy="torch open_clip tokenizers transformers numpy PIL"),
    "explorer.clip.card": Row(SPEC + " explorer.wording"),
    "explorer.clip.tuning": Row(WORLD + " explorer.clip", heavy="torch", lazy="peft"),
    "explorer.tools.pretrained": Row("explorer.resources", heavy="torch open_clip"),
    "explorer.training": Row(WORLD + " explorer.clip explorer.training", heavy="numpy torch"),
    "explorer.evaluation": Row(SCORES, heavy="numpy"),
    "explorer.evaluation.results": Row(SPEC + " explorer.wording", heavy="numpy"),
    "explorer.evaluation.verdict": Row("explorer.evaluation.results explorer.wording"),
    "explorer.evaluation.embed": Row(SCORES, heavy="numpy torch"),
    "explorer.evaluation.readouts": Row(SCORES, heavy="numpy", lazy="sklearn"),
    "explorer.evaluation.user_probe": Row(SCORES + " explorer.wording", heavy="numpy PIL"),
    "explorer.evaluation.analyses": Row(SCORES, heavy="numpy torch"),
    "explorer.evaluation.relevance": Row(SCORES, heavy="numpy torch open_clip"),
    "explorer.evaluation.benchmarks.reading": Row(SCORES, heavy="numpy", lazy="pyarrow"),
    "explorer.evaluation.benchmarks.embedding_store": Row(SCORES, heavy="numpy", lazy="pyarrow"),
    "explorer.evaluation.benchmarks.run": Row(SCORES, heavy="numpy torch"),
    "explorer.runs": Row(RUNS, never=EXECUTION),
    # A spec is checked against the worlds and models that are here; a state shows scores of pairs.
    "explorer.runs.specs": Row(RUNS + " explorer.clip.names explorer.world.worlds", never=EXECUTION),
    "explorer.runs.outcome": Row(
        RUNS + " explorer.clip.card explorer.clip.names explorer.evaluation.sets explorer.world.worlds", never=EXECUTION
    ),
    "explorer.runs.archive": Row(RUNS, never=EXECUTION, lazy="numpy"),
    # One function of it runs in a process of its own and trains there.
    "explorer.runs.zero_gpu": Row(RUNS),
    "explorer.runs.worker": Row(
        SCORES + " explorer.resources explorer.settings explorer.training explorer.runs", heavy="numpy torch open_clip"
    ),
    "explorer.runs.tab_training": Row(SCORES + " explorer.resources explorer.runs.files"),
    "explorer.runs.model_evaluation": Row(SCORES + " explorer.resources explorer.training explorer.runs"),
    "explorer.space": Row(RUNS, never=EXECUTION),
    "explorer.study": Row(STUDY, never=EXECUTION, heavy="numpy pyarrow", lazy="scipy"),
    "explorer.study.critics": Row(WORLD + " explorer.study", heavy="numpy"),
    "explorer.figures": Row(FIGURES, heavy="numpy plotly"),
    "explorer.classroom": Row("explorer", never=WORKER + " explorer.views" + ABOVE_VIEWS, heavy="numpy"),
    "explorer.views": Row("explorer", never=WORKER + ABOVE_VIEWS, heavy="numpy"),
    # A ZeroGPU Space trains on the quota of the request behind a run.
    "explorer.views.service": Row("explorer", never=WORKER + ABOVE_VIEWS, heavy="numpy", lazy="gradio"),
    # The event that is being handled, if any, tells who asks.
    "explorer.views.rate_limit": Row(RUNS, never=EXECUTION, lazy="gradio"),
    "explorer.views.probe": Row("explorer", never="explorer.training explorer.runs.worker" + ABOVE_VIEWS),
    "explorer.web": Row("explorer", never=WORKER + " explorer.cli explorer.tools", heavy="gradio"),
    "explorer.web.downloads": Row(
        "explorer", never=WORKER + " explorer.cli explorer.tools", heavy="gradio", lazy="pandas"
    ),
    "explorer.cli": Row("explorer", never="explorer.web"),
    "explorer.tools": Row("explorer", never="explorer.web explorer.cli", lazy="PIL"),
    "explorer.tools.space": Row("explorer", never=WORKER, lazy="gradio"),  # the commands that serve or write pages
}


@dataclass(frozen=True)
class Module:
    """One source file under its dotted name."""

    name: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]


@dataclass(frozen=True)
class Import:
    """One name that a module imports, and whether it does so inside a function."""

    target: str
    line: int
    lazy: bool


def find_modules() -> dict[str, Module]:
    """Every source file that the design speaks of, by dotted name."""
    found = {}
    for path in (*sorted((ROOT / "explorer").rglob("*.py")), ROOT / "app.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = Module(name, path.read_text(encoding="utf-8"))
    return found


def imports(module: Module, known: Iterable[str]) -> list[Import]:
    """Every import of the module; `from package import name` is one of the module package.name where there is one."""
    names = set(known)
    inside = {id(node) for function in module.functions for node in ast.walk(function)}
    return [
        Import(target, getattr(node, "lineno", 0), id(node) in inside)
        for node in ast.walk(module.tree)
        for target in targets(node, names)
    ]


def targets(node: ast.AST, known: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = "." * node.level + (node.module or "")
        for alias in node.names:
            full = f"{base}.{alias.name}"
            yield full if full in known else base
    elif isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("import_module", "__import__"):
            named = (arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant))
            yield from (name for name in named if isinstance(name, str))


def longest(name: str, prefixes: Iterable[str]) -> str:
    """The longest of the prefixes that `name` equals or lies below, or nothing."""
    return max((p for p in prefixes if name == p or name.startswith(p + ".")), key=len, default="")


def row_name(module: Module) -> str:
    """The row that a module obeys; rows of whole packages do not cover new names at the top of explorer."""
    name = longest(module.name, LAYERS)
    return "" if name == "explorer" and module.name != "explorer" else name


def forbidden(found: Import, row: Row) -> bool:
    top = found.target.split(".")[0]
    if top in HEAVY:
        return top not in row.heavy.split() and not (found.lazy and top in row.lazy.split())
    if found.target == "explorer" or top not in ("explorer", "app", ""):  # in the package itself only its version is
        return False
    ours, never = row.ours.split(), row.never.split()
    return longest(found.target, ours + never) not in ours


def layer_faults(module: Module, known: Iterable[str]) -> list[str]:
    name = row_name(module)
    if not name:
        return [f"{module.name} has no row in LAYERS"]
    bad = [found for found in imports(module, known) if forbidden(found, LAYERS[name])]
    return [f"{module.name}:{found.line} imports {found.target}" for found in bad]


def find_cycle(modules: dict[str, Module]) -> list[str]:
    """One import cycle as a list of names, or nothing: modules whose imports are all settled are struck out in turn."""
    graph = {name: {found.target for found in imports(module, modules)} for name, module in modules.items()}
    graph = {name: {longest(target, modules) for target in found} - {""} for name, found in graph.items()}
    while settled := [name for name, found in graph.items() if not found & graph.keys()]:
        graph = {name: found for name, found in graph.items() if name not in settled}
    path = [min(graph)] if graph else []
    while path and path[-1] not in path[:-1]:
        path.append(min(graph[path[-1]] & graph.keys()))
    return path[path.index(path[-1]) :] if path else []


def size_faults(sizes: dict[str, int], most: int) -> list[str]:
    return [f"{name} has {size} lines, the most is {most}" for name, size in sizes.items() if size > most]


def module_sizes(modules: dict[str, Module]) -> dict[str, int]:
    return {name: len(module.source.splitlines()) for name, module in modules.items()}


def function_sizes(modules: dict[str, Module]) -> dict[str, int]:
    return {
        f"{name}:{function.lineno} {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for name, module in modules.items()
        for function in module.functions
    }


def loaded_by(statement: str, names: Iterable[str]) -> list[str]:
    """Return those of the named modules that a fresh Python has loaded after the statement."""
    code = f"{statement}\nimport sys\nprint(*sorted(set({sorted(names)!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


MODULES = find_modules()


def test_folders_import_only_what_their_row_allows() -> None:
    assert {"explorer", "app"} <= MODULES.keys()
    assert not [fault for module in MODULES.values() for fault in layer_faults(module, MODULES)]


def test_no_import_cycles() -> None:
    assert find_cycle(MODULES) == []


def test_files_and_functions_are_small() -> None:
    assert not size_faults(module_sizes(MODULES), MAX_MODULE)
    assert not size_faults(function_sizes(MODULES), MAX_FUNCTION)


@pytest.mark.parametrize(
    ("name", "slow"),
    [
        ("explorer.cli", "torch open_clip gradio pandas plotly pyarrow huggingface_hub"),
        ("app", "torch open_clip"),
    ],
)
def test_page_and_commands_start_without_what_is_slow(name: str, slow: str) -> None:
    assert loaded_by(f"import {name}", slow.split()) == []


BAD_IMPORTS = [
    ("explorer.world.scenes", "def draw() -> None:\n    import torch.nn"),
    ("explorer.world.scenes", "from explorer import training"),
    ("explorer.evaluation.metrics", "import sklearn.svm"),
    ("explorer.evaluation.results", "from explorer.evaluation.embed import embed"),
    ("explorer.runs.queue", "from explorer.runs import worker"),
    ("explorer.figures.bars", "from explorer.evaluation import metrics"),
    ("explorer.views.service", "import PIL.Image"),
    ("explorer.web.server", "__import__('importlib').import_module('explorer.training.loop')"),
    ("explorer.cli", "import explorer.web.server"),
    ("explorer.clip.zoo", "from explorer.spec import RunSpec"),
    ("explorer.world.scenes", "from . import plan"),
    ("explorer.helpers", ""),
]


@pytest.mark.parametrize(("name", "source"), BAD_IMPORTS)
def test_a_forbidden_import_is_seen(name: str, source: str) -> None:
    known = ["explorer.training", "explorer.runs.worker", "explorer.evaluation.metrics"]
    assert len(layer_faults(Module(name, source), known)) == 1


def test_an_allowed_import_is_not_a_fault() -> None:
    api = Module(
        "explorer.views.service", "import numpy\nfrom explorer.runs import store\ndef f() -> None:\n    import gradio"
    )
    assert layer_faults(api, []) == []


def test_a_cycle_is_seen() -> None:
    a = Module("explorer.a", "def f() -> None:\n    from explorer.b import name")
    modules = {
        m.name: m for m in (a, Module("explorer.b", "from explorer import c"), Module("explorer.c", "import os"))
    }
    assert find_cycle(modules) == []
    modules["explorer.c"] = Module("explorer.c", "import explorer.a")
    assert find_cycle(modules) == ["explorer.a", "explorer.b", "explorer.c", "explorer.a"]


def test_large_sizes_are_seen() -> None:
    long = Module("long", "def f() -> None:\n" + "    pass\n" * 70)
    assert len(size_faults(module_sizes({"long": long}), 60)) == 1
    assert len(size_faults(function_sizes({"long": long}), MAX_FUNCTION)) == 1


def test_a_loaded_library_is_seen() -> None:
    assert loaded_by("import json", ["json", "torch"]) == ["json"]
