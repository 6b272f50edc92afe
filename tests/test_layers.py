"""The folders keep to the design: who imports what, no cycles, bounded files and functions.

`LAYERS` is the import table: it says what each module may import, and all else is forbidden. A module obeys the row
with the longest name that it starts with. An import counts wherever it stands, inside a function too; only `lazy`
libraries are allowed there and not at the top of a file. Relative ones are not. `PAGE_LAYERS` is the table of the
page's scripts.
"""

import ast
import posixpath
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = set("scipy torch open_clip transformers tokenizers peft gradio plotly pandas pyarrow sklearn PIL numpy".split())
MAX_MODULE, MAX_FUNCTION = 700, 60
ALIKE = {"Answer", "Parameters", "T", "main"}
"""Type variables, and what a program begins with."""
ACTS = "explorer.views explorer.tools explorer.cli research.__main__ research.commands research.engine_commands".split()
"""Modules whose public functions are named for what a person asks, as the view and the command of one act are."""
EXPORT = re.compile(r"^export (?:async )?(?:const|let|function\*?|class) ([\w$]+)", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """What a folder or file may import, as names with spaces between: of the package and `research`, and of libraries.

    Where `only` names modules, these alone import it, though the rows of others allow its folder.
    """

    ours: str = ""
    heavy: str = ""
    lazy: str = ""
    only: str = ""


SPEC = "sentences errors codec contract rules dials spec evaluation_scenes presets"
WORLD = f"{SPEC} files resources special_tokens stats tables world"
CLIP = "sentences errors contract files resources special_tokens clip"
SCORES = f"{WORLD} clip evaluation"
WORDED_SCORES = f"{SCORES} wording"
RUNS = (
    f"{SPEC} files resources settings clip.checked_files clip.configs clip.names"
    " evaluation.pair_answers evaluation.results runs world.own world.things world.worlds"
)
STUDY = f"{RUNS} wording stats study"
FIGURES = f"{SPEC} evaluation.results evaluation.verdict study.first_edition wording figures"
CLASSROOM = f"{WORDED_SCORES} settings runs study classroom"
REPLICATION = f"{RUNS} stats replication"
VIEWS = f"{CLASSROOM} captions figures replication views"
RESEARCH = f"{WORDED_SCORES} settings runs study replication research"
COMMANDS = f"{RESEARCH} captions views tools"

LAYERS = {
    "explorer": Row(),  # the package's own __init__.py; a new file or folder needs a row of its own
    "explorer.sentences": Row(),
    "explorer.errors": Row("sentences"),
    "explorer.codec": Row("sentences errors"),
    "explorer.resources": Row(),
    "explorer.special_tokens": Row(),
    "explorer.files": Row(),
    "explorer.lean_imports": Row(),
    "explorer.tables": Row("errors", lazy="pyarrow"),
    "explorer.contract": Row("errors codec"),
    "explorer.stats": Row("contract", lazy="scipy"),
    "explorer.wording": Row("contract sentences"),
    "explorer.settings": Row(SPEC),
    "explorer.rules": Row("sentences"),
    "explorer.dials": Row("rules"),
    "explorer.spec": Row("sentences errors codec rules dials"),
    "explorer.evaluation_scenes": Row("spec"),
    "explorer.presets": Row(SPEC),
    "explorer.captions": Row("sentences errors contract tables captions"),
    "explorer.world": Row(WORLD, heavy="numpy PIL"),
    "explorer.world.caption_measures": Row(f"{WORLD} captions wording", heavy="numpy"),
    "explorer.world.cutouts": Row(WORLD, heavy="numpy PIL", lazy="scipy"),
    "explorer.world.parquet_scenes": Row(WORLD, heavy="PIL", lazy="pyarrow"),
    "explorer.clip": Row(CLIP, heavy="torch tokenizers numpy PIL", lazy="transformers"),
    "explorer.clip.open_clip_import": Row("lean_imports", heavy="torch open_clip"),
    "explorer.clip.card": Row(f"{SPEC} wording"),
    "explorer.clip.fresh": Row(f"{WORLD} clip"),
    "explorer.clip.tuning": Row(f"{WORLD} clip", heavy="torch", lazy="peft", only="training runs.worker"),
    "explorer.training": Row(f"{WORLD} clip training", heavy="numpy torch"),
    "explorer.evaluation": Row(SCORES, heavy="numpy"),
    "explorer.evaluation.pair_answers": Row("codec"),
    "explorer.evaluation.results": Row(f"{SPEC} wording"),
    "explorer.evaluation.verdict": Row("sentences contract evaluation.results wording"),
    "explorer.evaluation.embed": Row(SCORES, heavy="numpy torch"),
    "explorer.evaluation.environment": Row("evaluation.results", heavy="torch"),
    "explorer.evaluation.readouts": Row(SCORES, heavy="numpy", lazy="sklearn"),
    "explorer.evaluation.steadiness": Row(f"{SCORES} captions", heavy="numpy"),
    "explorer.evaluation.text_map": Row(SCORES, heavy="numpy torch"),
    "explorer.evaluation.preprocessing_check": Row(SCORES, heavy="numpy torch PIL"),
    "explorer.evaluation.answers": Row(f"{WORDED_SCORES} captions", heavy="numpy"),
    "explorer.evaluation.answers.map_sheet": Row(WORDED_SCORES, heavy="numpy PIL"),
    "explorer.evaluation.answers.relevance": Row(SCORES, heavy="numpy torch"),
    "explorer.evaluation.answers.word_relevance": Row(SCORES, heavy="numpy torch"),
    "explorer.evaluation.benchmarks": Row(f"{SCORES} captions", heavy="numpy"),
    "explorer.evaluation.benchmarks.embedding_store": Row(SCORES, heavy="numpy", lazy="pyarrow"),
    "explorer.evaluation.benchmarks.run": Row(SCORES, heavy="numpy torch"),
    "explorer.runs": Row(RUNS),
    # A state shows scores of pairs.
    "explorer.runs.state": Row(f"{RUNS} clip.card evaluation.binding_pairs"),
    "explorer.runs.archive": Row(RUNS, lazy="numpy"),
    "explorer.runs.tab_training": Row(f"{SCORES} runs.files"),
    # Only the process of its own that trains and evaluates a run reaches these two, and a view that analyzes a model.
    "explorer.runs.worker": Row(
        f"{SCORES} settings training runs",
        only="runs.zero_gpu tools.training",
    ),
    "explorer.runs.model_evaluation": Row(f"{SCORES} training runs", only="runs.worker views.analyses"),
    "explorer.study": Row(STUDY),
    "explorer.figures": Row(FIGURES, heavy="numpy plotly"),
    "explorer.classroom": Row(CLASSROOM, heavy="numpy"),
    "explorer.replication": Row(REPLICATION),
    "explorer.views": Row(VIEWS, heavy="numpy"),
    # The event that is being handled tells who asks; a ZeroGPU Space trains on the quota of that request.
    "explorer.views.service": Row(VIEWS, lazy="gradio"),
    "explorer.api": Row("runs.specs views web.notebook"),
    "explorer.web": Row(f"{CLASSROOM} views web"),
    "explorer.web.gradio_import": Row("lean_imports settings", heavy="gradio"),
    "explorer.web.downloads": Row(f"{CLASSROOM} views web", lazy="pandas"),
    "explorer.tools": Row(f"{VIEWS} tools", lazy="PIL"),
    "explorer.tools.pretrained": Row("resources clip.open_clip_import", heavy="torch"),
    # The commands that serve or write pages.
    "explorer.tools.pages": Row(f"{RUNS} tools web"),
    "explorer.tools.space": Row(f"{RUNS} tools web"),
    "explorer.cli": Row(f"{VIEWS} tools"),
    "explorer.__main__": Row("cli"),
    "app": Row("web"),
    # What is found out with the product: it stands on the package, and nothing of the package knows of it.
    "research": Row(RESEARCH, heavy="numpy", lazy="scipy"),
    "research.rows": Row(RESEARCH, lazy="pyarrow"),
    "research.svg": Row("figures"),
    "research.own_things": Row(f"{RESEARCH} tools.docs", heavy="numpy PIL"),
    "research.engine": Row(f"{RESEARCH} web.engine_files"),
    "research.torch_side": Row(f"{RESEARCH} training"),
    "research.commands": Row(COMMANDS),
    "research.engine_commands": Row(COMMANDS, heavy="numpy"),
    "research.sweep_command": Row(COMMANDS),
    "research.__main__": Row("tools research"),
}

PAGE_LAYERS = {
    "engine": "",
    # The shell, and what stands beside the modules that views share but is none of them.
    "app.js": "address.js file-report.js frozen.js ask tab",
    "address.js": "about.js ask bench class evidence inside lesson open repeat scene things",
    "about.js": "tab",
    "file-report.js": "dials",
    "frozen.js": "tab",
    "ask": "",
    "dials": "",
    "inside": "",
    "lesson": "",
    "runs": "",
    "scene": "",
    "things": "",
    "bench": "dials runs scene things",
    "class": "dials scene things",
    "tab": "ask dials inside",
    "repeat": "dials tab",
    "evidence": "dials repeat",
    "open": "repeat tab",
}
"""What a folder or file of `assets/page/` may import, beside itself, the engine, and the modules that views share."""

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SCRIPT_IMPORT = re.compile(r"""^(?:import|export)\b[^;'"]*?\bfrom "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)""", re.MULTILINE)

SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path.read_text(encoding="utf-8")
    for path in (
        *sorted((ROOT / "explorer").rglob("*.py")),
        *(path for path in sorted((ROOT / "research").rglob("*.py")) if "tests" not in path.parts),
        ROOT / "app.py",
    )
}

SCRIPTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (*sorted((ROOT / "assets").rglob("*.js")), *sorted((ROOT / "tests").rglob("*.*js")))
    if "vendor" not in path.parts
}


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(SOURCES[name])


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def owners(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the modules that define each public class, constant, and function that is no act, by its name."""
    modules: dict[str, list[str]] = {}
    for module, source in sources.items():
        for node in ast.parse(source).body:
            names = [node.name] if isinstance(node, ast.ClassDef) else []
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if not node.name.startswith("_") and not longest(module, ACTS):
                    modules.setdefault(node.name, []).append(module)
                continue
            for target in node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]:
                names += [each.id for each in ast.walk(target) if isinstance(each, ast.Name)] if target else []
            for name in names:
                if name[0].isupper():
                    modules.setdefault(name, []).append(module)
    return modules


def exporters(scripts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the scripts that export each name; `open` is what every view has."""
    names = [(name, script) for script, code in scripts.items() for name in EXPORT.findall(code) if name != "open"]
    return {name: [script for other, script in names if other == name] for name, _ in names}


def longest(name: str, prefixes: Iterable[str]) -> str:
    """The longest of the prefixes that `name` equals or lies below, or nothing."""
    return max((each for each in prefixes if name == each or name.startswith(each + ".")), key=len, default="")


def imports(node: ast.AST, known: Iterable[str], is_lazy: bool = False) -> Iterator[tuple[str, bool]]:
    """What is imported, and whether in a function; of a package the module that is named, where there is one."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, is_lazy) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = "." * node.level + (node.module or "")
        full = [f"{base}.{alias.name}" for alias in node.names]
        yield from ((name if name in known else base, is_lazy) for name in full)
    elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
        yield from ((str(arg.value), is_lazy) for arg in node.args[:1] if isinstance(arg, ast.Constant))
    for child in ast.iter_child_nodes(node):
        yield from imports(child, known, is_lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return str(getattr(node.func, "attr", "") or getattr(node.func, "id", ""))


@cache
def imports_of(name: str) -> list[tuple[str, bool]]:
    """What a module of the project imports."""
    return list(imports(tree_of(name), SOURCES))


def is_allowed(name: str, target: str, is_lazy: bool) -> bool:
    """Whether the module may import the target, where it stands."""
    row, top = LAYERS[longest(name, LAYERS)], target.split(".")[0]
    if top in HEAVY:
        return top in row.heavy.split() or (is_lazy and top in row.lazy.split())
    if target == "explorer" or top not in ("explorer", "research", "app", ""):
        return True  # of the package itself there is only its version
    importers = LAYERS[longest(target, LAYERS)].only.split() if longest(target, LAYERS) else []
    return lies_in(target, row.ours.split()) and (not importers or lies_in(name, importers))


def lies_in(name: str, folders: Iterable[str]) -> bool:
    """Whether a module is one of the folders and files, named without `explorer.`, or lies below one."""
    return longest(name.removeprefix("explorer."), folders) != ""


def faults(name: str, imported: Iterable[tuple[str, bool]]) -> list[str]:
    """The imports that the table forbids. The row of the whole package is that of its `__init__` alone."""
    if longest(name, LAYERS) in ("", "explorer") and name != "explorer":
        return [f"{name} has no row in LAYERS"]
    return [f"{name} imports {target}" for target, is_lazy in imported if not is_allowed(name, target, is_lazy)]


def page_layer(script: str) -> str:
    """The row of a script below `assets/`; of a module that views share it is empty."""
    folder, _, name = script.partition("/")
    return folder if folder == "engine" else longest(name.replace("/", "."), PAGE_LAYERS)


def page_faults(script: str, code: str) -> list[str]:
    """The imports that `PAGE_LAYERS` forbids a script below `assets/`."""
    layer = page_layer(script)
    allowed = {layer, *PAGE_LAYERS.get(layer, "").split(), *(("engine", "") if layer != "engine" else ())}
    targets = [
        posixpath.normpath(posixpath.join(posixpath.dirname(script), first or second))
        for first, second in SCRIPT_IMPORT.findall(COMMENT.sub("", code))
    ]
    return [f"{script} imports {target}" for target in targets if page_layer(target) not in allowed]


def loaded_by(statement: str, names: Iterable[str]) -> list[str]:
    """Return those of the named modules that a fresh Python has loaded after the statement."""
    code = f"{statement}\nimport sys\nprint(*sorted(set({sorted(names)!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def test_folders_import_only_what_their_row_allows() -> None:
    assert [fault for name in SOURCES for fault in faults(name, imports_of(name))] == []


def test_no_row_allows_a_library_that_nothing_imports() -> None:
    for each, row in LAYERS.items():
        names = [name for name in SOURCES if longest(name, LAYERS) == each]
        found = {(target.split(".")[0], is_lazy) for name in names for target, is_lazy in imports_of(name)}
        allowed = {
            (name, is_lazy) for names, is_lazy in ((row.heavy, False), (row.lazy, True)) for name in names.split()
        }
        assert allowed <= found, each


def test_no_import_cycles() -> None:
    graph = {name: {longest(target, SOURCES) for target, _ in imports_of(name)} - {""} for name in SOURCES}
    TopologicalSorter(graph).prepare()  # CycleError names the modules


def test_page_folders_import_only_what_their_row_allows() -> None:
    scripts = {name.removeprefix("assets/"): code for name, code in SCRIPTS.items() if name.startswith("assets/")}
    assert [fault for script, code in scripts.items() for fault in page_faults(script, code)] == []
    TopologicalSorter({layer: row.split() for layer, row in PAGE_LAYERS.items()}).prepare()
    folders = {folder.name for folder in (ROOT / "assets/page").iterdir() if folder.is_dir()}
    missing = folders - {"vendor"} - PAGE_LAYERS.keys()
    assert missing == set(), "give each a row in PAGE_LAYERS, and name it in the row of address.js if that imports it"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("page/scene/view.js", 'import {\n  a,\n} from "../bench/store.js";'),
        ("page/ui.js", 'const part = await import("./tab/bench.js");'),
        ("page/ask/page.js", 'export { page } from "../app.js";'),
        ("engine/worker.js", 'import { say } from "../page/words.js";'),
    ],
)
def test_a_forbidden_import_of_a_script_is_seen(script: str, code: str) -> None:
    assert len(page_faults(script, code)) == 1
    assert page_faults(script, f"/* {code} */") == []


def test_files_and_functions_are_small() -> None:
    assert [name for name, source in SOURCES.items() if len(source.splitlines()) > MAX_MODULE] == []
    sizes = {
        f"{name}.{each.name}": (each.end_lineno or 0) - each.lineno + 1
        for name in SOURCES
        for each in functions(tree_of(name))
    }
    assert len(sizes) > 1000 and [name for name, size in sizes.items() if size > MAX_FUNCTION] == []


@pytest.mark.slow
def test_a_public_name_has_one_meaning() -> None:
    page = {name: code for name, code in SCRIPTS.items() if name.startswith("assets/")}
    assert {name: scripts for name, scripts in exporters(page).items() if len(scripts) > 1} == {}
    assert exporters({"a": "export const at = 1;", "b": "export async function at() {}"}) == {"at": ["a", "b"]}
    doubles = {name for name, modules in owners(SOURCES).items() if len(set(modules)) > 1}
    assert doubles == ALIKE
    assert owners({"a": "FILE = 1", "b": "class File: ...\nFILE: int = 2\nfile = 3"})["FILE"] == ["a", "b"]
    read = "def read(): ..."
    assert owners({"a": read, "b": f"async {read}\ndef _read(): ...", "explorer.views.a": read}) == {"read": ["a", "b"]}


@pytest.mark.slow
def test_page_and_commands_start_without_what_is_slow() -> None:
    """The table says it of the top of each file, sooner."""
    slow = "open_clip pandas plotly pyarrow torch".split()
    assert loaded_by("import json", ["json", *slow]) == ["json"]
    assert loaded_by("import explorer.cli", [*slow, "gradio", "huggingface_hub"]) == []
    assert loaded_by("import app", ["torch", "open_clip", "pyarrow"]) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("explorer.world.scenes", "def draw() -> None:\n    import torch.nn"),
        ("explorer.world.scenes", "from explorer import training"),
        ("explorer.evaluation.metrics", "import sklearn.svm"),
        ("explorer.evaluation.results", "from explorer.evaluation.embed import embed"),
        ("explorer.runs.queue", "from explorer.runs import worker"),
        ("explorer.figures.bars", "from explorer.evaluation import metrics"),
        ("explorer.views.runs", "import PIL.Image, numpy"),
        ("explorer.views.evidence", "from research.rows import read_rows"),
        ("explorer.web.server", "__import__('importlib').import_module('explorer.training.loop')"),
        ("explorer.cli", "import explorer.web.server"),
        ("explorer.clip.zoo", "from explorer.spec import RunSpec"),
        ("explorer.world.scenes", "from . import plan"),
        ("explorer.views.service", "from explorer.runs import store\nimport gradio\ndef f():\n    import gradio"),
        ("explorer.helpers", ""),
    ],
)
def test_a_forbidden_import_is_seen(name: str, source: str) -> None:
    known = ["explorer.training", "explorer.runs.worker", "explorer.evaluation.metrics"]
    assert len(faults(name, imports(ast.parse(source), known))) == 1
