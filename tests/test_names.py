"""Names of functions, of what is true or false, of acts and of components, by the rules of CONTRIBUTING."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from explorer.resources import CHECKOUT

STATEMENT = re.compile(r"_?(is|has|may|are|asks|counts|follows|hides|imports|keeps|needs|skips|takes)(_|$)")
"""The beginning of a statement: is, has, may, or another verb, as in keeps_models. A new verb is added here."""
WRITTEN_ELSEWHERE = {
    "any_start", "forwarded", "spare", "zero_gpu",  # settings
    "mask_false_negatives", "tidy", "unsure", "quick_gelu", "on_disk", "only", "next_row",  # keys
    "own_is_canonical", "failed_to_train", "with_tab",
    "half_truths", "doctor", "resume", "details", "relevance", "text_map", "drawn", "answers",  # words of views
    "list", "collect", "check", "quick", "private", "static", "dry_run", "parquet", "replace",  # of commands
    "pairs_only", "metrics_only", "pages_only", "recording", "pairs", "metrics", "pages",
    "swaps", "confusions", "figures",
}  # fmt: skip
"""Names that people and programs write: settings, keys of documents, parameters of views and commands."""
NOUNS = {"binding", "drawing", "parting", "preprocessing", "standing", "training"}
"""Names of functions that only look like participles."""
VERBS = set(
    "add answer ask begin bring brush call cancel change choose clear close compare copy delete dial end enter evaluate"
    " filter give go guess hand join keep load look mark measure mount move open pause pick print remove replay restart"
    " resume reword save search see set share show start stop take tell tick toggle train type undo write".split()
)
"""With what the name of an act of the page begins. A new verb is added here."""
ACTS = re.compile(
    r"^( *)(?:this\.acts = \{|(?:export )?const (?:acts|\w+Acts)\w* = [^\n]*\{"
    r"|(?:(?:export )?function )?(?:acts|\w+Acts)\w*\(\w*\) \{.*?^ *return \{)\n(.*?)^\1\}",
    re.MULTILINE | re.DOTALL,
)
"""An object of acts, as biome writes it: its keys stand two columns further in than the line that opens it."""
COMPONENT = re.compile(r"^(?:export )?(?:function|const) ([A-Z][a-z]\w*)\b", re.MULTILINE)
PARTICIPLES = "(asked|kept|known)"
"""They say of no value what it is: each has stood for six things and more."""
DECLARED = re.compile(
    rf"(?:(?<![.\w])|\bthis\.){PARTICIPLES} = "
    rf"|[({{\[,] ?(?:\w+: )?{PARTICIPLES}(?:,[^;(){{}}]*)?[\])}} ]+(?:=|\{{)"
    rf"|\(\{{[^()]*\b{PARTICIPLES}\b[^:()]*\}}\) (?:=>|\{{)",
    re.MULTILINE,
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


PROPERTIES = {"property", "cached_property"}
ACT = re.compile(r"(Compute|Count|Format|Get|Give|Make|Read|Return|Say|Score|Tell)\b")
"""The beginning of the docstring of a function, which says what is done."""


@cache
def nodes_of_code() -> list[tuple[Path, ast.AST]]:
    paths = [path for folder in ("explorer", "research") for path in (CHECKOUT / folder).rglob("*.py")]
    trees = {
        path.relative_to(CHECKOUT): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
        if "tests" not in path.parts
    }
    return [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]


@cache
def scripts() -> dict[str, str]:
    paths = [path for path in (CHECKOUT / "assets").rglob("*.js") if "vendor" not in path.parts]
    return {str(path.relative_to(CHECKOUT)): path.read_text(encoding="utf-8") for path in paths}


def names_of_flags(node: ast.AST) -> Iterator[str]:
    """Yield the parameters of a function, or the fields of a class, that are true or false."""
    annotated: list[tuple[str, ast.expr | None]] = []
    if isinstance(node, Function):
        annotated = [(each.arg, each.annotation) for each in [*node.args.args, *node.args.kwonlyargs]]
    elif isinstance(node, ast.ClassDef):
        fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
        annotated = [(each.target.id, each.annotation) for each in fields if isinstance(each.target, ast.Name)]
    yield from (name for name, kind in annotated if kind and ast.unparse(kind) in ("bool", "bool | None"))


@cache
def described_constants() -> list[tuple[str, str]]:
    """Each constant of a module with its docstring; of several in one line, the first."""
    return [
        (ast.unparse(before).split(" = ")[0].split(":")[0].split(",")[0].strip("("), str(after.value.value))
        for _, node in nodes_of_code()
        if isinstance(node, ast.Module)
        for before, after in pairwise(node.body)
        if isinstance(before, ast.Assign | ast.AnnAssign)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "beginning"),
    [("Most|Longest|Largest|At most", "MAX_|LONGEST_"), ("Least|Fewest|Smallest|Shortest|At least", "MIN_")],
)
def test_a_limit_says_so_in_its_name(words: str, beginning: str) -> None:
    limits = [name for name, docstring in described_constants() if re.match(rf"({words})\b", docstring)]
    assert len(limits) > 5 and [name for name in limits if not re.match(rf"_?({beginning})", name)] == []


def test_no_constant_begins_with_most_or_least() -> None:
    names = {node.id for _, node in nodes_of_code() if isinstance(node, ast.Name)}
    for text in scripts().values():
        names.update(re.findall(r"\b[A-Z][A-Z_]+\b(?= = )", text))
    assert {"MAX_SEED", "MAX_TAB_PARAMETERS"} < names
    assert [name for name in sorted(names) if re.match("_?(MOST|LARGEST|LEAST|SMALLEST)_", name)] == []


@pytest.mark.slow
def test_what_is_true_or_false_is_a_statement() -> None:
    named = {(name, str(path)) for path, node in nodes_of_code() for name in names_of_flags(node)}
    assert not {(name, path) for name, path in named if not STATEMENT.match(name) and name not in WRITTEN_ELSEWHERE}
    assert not WRITTEN_ELSEWHERE - {name for name, _ in named}, "nothing has this name any more"


def test_no_function_is_a_participle() -> None:
    for path, node in nodes_of_code():
        if not isinstance(node, Function):
            continue
        if {ast.unparse(each) for each in node.decorator_list} & {*PROPERTIES, "contextmanager"}:
            continue
        name = node.name.strip("_")
        assert name in NOUNS or not re.fullmatch(r"[a-z]{2,}(ed|ing)", name), f"{path}: {node.name}"


def test_a_property_is_described_by_a_noun() -> None:
    described = [
        (str(path), ast.get_docstring(node) or "")
        for path, node in nodes_of_code()
        if isinstance(node, Function) and {ast.unparse(each) for each in node.decorator_list} & PROPERTIES
    ]
    assert len(described) > 100 and [each for each in described if ACT.match(each[1])] == []


def names_of_acts() -> Iterator[tuple[str, str]]:
    """Yield each act of the page with the path of its script."""
    for path, text in scripts().items():
        for _, body in ACTS.findall(text):
            indent = re.match(" *", body)
            assert indent
            yield from ((name, path) for name in re.findall(rf"^{indent[0]}(?:async )?(\w+)[:(,]", body, re.MULTILINE))


def test_an_act_of_the_page_begins_with_a_verb() -> None:
    acts = {(name, path, re.split("(?=[A-Z])", name)[0]) for name, path in names_of_acts()}
    assert {(name, path) for name, path, verb in acts if verb not in VERBS} == set()
    assert {verb for _, _, verb in acts} == VERBS, "no act begins with this verb any more"


def test_a_component_of_the_page_is_declared_once() -> None:
    found = [(name, path) for path, text in scripts().items() for name in COMPONENT.findall(text)]
    counts = Counter(name for name, _ in found)
    assert len(found) > 300 and [each for each in sorted(found) if counts[each[0]] > 1] == []


def test_no_variable_of_a_script_is_called_asked_kept_or_known() -> None:
    assert {path: found for path, text in scripts().items() if (found := DECLARED.findall(text))} == {}
