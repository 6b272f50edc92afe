"""The table of Chinese: every text that scripts say and that tables of the code hold, and nothing that nobody says.

`python -m tests.record words` writes untranslated.json: the texts of tables that nobody has put into Chinese yet, such
as those of a new dial. The page shows their English.
"""

import ast
import html
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from explorer import resources
from explorer.codec import ALLOWED_BY_ERROR, ANOTHER_VALUE, LIMITS_BY_ERROR
from explorer.evaluation.answers.picture_answer import MARGIN_VERDICTS
from explorer.evaluation.answers.rewording import BAND_WORDS
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.inspection import PAIR_VERDICTS
from explorer.evaluation.metrics import METRICS
from explorer.presets import PRESETS
from explorer.replication.questions import OPEN_LIST
from explorer.resources import ASSETS, FROZEN_FOLDER
from explorer.spec import DIALS
from explorer.views.rate_limit import RATE_LIMITS
from explorer.world.caption_measures import PROPERTY_CURVES

PLACEHOLDER = re.compile(r"\{\w+\}")
ID = re.compile(r"[a-z-]+(\.[a-z0-9-]+)+")
"""An id of a sentence; any other key is English."""
ENTRIES: list[tuple[str, str]] = json.loads(
    (ASSETS / "i18n" / "zh.json").read_text(encoding="utf-8"), object_pairs_hook=list
)
TABLE = [(key, other) for key, other in ENTRIES if not ID.fullmatch(key)]
WHOLE = {english for english, _ in TABLE}
UNTRANSLATED_FILE = Path(__file__).with_name("untranslated.json")
UNTRANSLATED: list[str] = json.loads(UNTRANSLATED_FILE.read_text(encoding="utf-8"))


def sentences_of(source: str) -> list[tuple[str, str]]:
    """The id and the English of each `Sentence` that a module makes; a name stands for what was last assigned to it."""
    tree = ast.parse(source)
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]

    def text_of(node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            before = [
                (each.lineno, value)
                for each in assigned
                for target in each.targets
                for name, value in zip(_parts(target), _parts(each.value), strict=False)
                if isinstance(name, ast.Name) and name.id == node.id and each.lineno < node.lineno
            ]
            node = max(before, key=lambda each: each[0])[1] if before else node
        return str(node.value) if isinstance(node, ast.Constant) else None

    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    made = [[text_of(each) for each in node.args[:2]] for node in calls if ast.unparse(node.func) == "Sentence"]
    return [(key, english) for key, english in made if key is not None and english is not None]


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


@cache
def keyed_sentences() -> list[tuple[str, str]]:
    modules = sorted(Path(resources.__file__).parent.rglob("*.py"))
    sources = (path.read_text(encoding="utf-8") for path in modules)
    return [each for source in sources if "Sentence(" in source for each in sentences_of(source)]


def test_each_sentence_of_python_has_its_words_under_its_id() -> None:
    english, other = keyed_sentences(), dict(ENTRIES)
    assert [key for key, count in Counter(key for key, _ in set(english)).items() if count > 1] == []
    assert [key for key, _ in english if not ID.fullmatch(key)] == []
    assert {key for key, _ in ENTRIES if ID.fullmatch(key)} ^ {key for key, _ in english} == set()
    names = {key: [set(PLACEHOLDER.findall(each)) for each in (text, other[key])] for key, text in english}
    assert {key: each for key, each in names.items() if each[0] != each[1]} == {}


COMMANDS_ONLY = (
    "tools", "evaluation/benchmarks", "cli.py", "settings.py", "clip/card.py", "views/board.py", "web/connections.py",
    "web/server.py", "world/imagefolder.py", "world/measure.py", "world/scene_arrays.py", "world/parquet_scenes.py",
)  # fmt: skip
"""What only a terminal says, which has one language."""
REASON_PLACES = {
    "FaultError": 0, "PictureError": 0, "word_reason": 0, "Ended": 0, "_on_terminate": 0, "model_error": 1,
    "_refusal": 1, "text_of": 1, "end_abandoned": 1,
}  # fmt: skip
"""Where the reason stands in what makes an error or ends a run; in any other error it is the third."""
CONSTANT = re.compile(r"^([A-Z_]+) = \(?\s*(\"[^\"]*\")\s*\)?$", re.MULTILINE)


def reasons_of(source: str, constants: Mapping[str, str]) -> Iterator[str | None]:
    """The English of each reason of an error or an end that a module words; None for values without their names.

    `constants` are those that a module may import.
    """
    tree = ast.parse(source)
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]

    def texts_of(node: ast.expr) -> Iterator[str | None]:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr():
                yield None
            case ast.IfExp(body=one, orelse=other):
                yield from (*texts_of(one), *texts_of(other))
            case ast.Name(id=name):
                before = [each for each in named if ast.unparse(each.targets[0]) == name and each.lineno < node.lineno]
                if before:
                    yield from texts_of(max(before, key=lambda each: each.lineno).value)
                elif name in constants:
                    yield constants[name]

    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for keyword in (each for each in call.keywords if each.arg in ("reason", "waiting")):
            yield from texts_of(keyword.value)
        name = ast.unparse(call.func).rpartition(".")[2]
        place = REASON_PLACES.get(name, 2 if name.endswith("Error") else len(call.args))
        if name != "ModelFileError" and len(call.args) > place:
            yield from texts_of(call.args[place])


@pytest.mark.slow
def test_each_reason_that_a_page_can_show_has_its_words() -> None:
    """What is wrong with the file of a model stands in the words of the library that reads it, and stays English."""
    folder = Path(resources.__file__).parent
    modules = [
        path
        for path in sorted(folder.rglob("*.py"))
        if not any(path.is_relative_to(folder / each) for each in COMMANDS_ONLY)
    ]
    sources = {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    constants = {name: ast.literal_eval(text) for each in sources.values() for name, text in CONSTANT.findall(each)}
    reasons = [(path.name, each) for path in modules for each in reasons_of(path.read_text("utf-8"), constants)]
    assert len(reasons) > 200
    assert {"the server stopped", constants["DISK_FULL"], constants["GPU_TAKEN"]} <= {each for _, each in reasons}
    assert [each for each in reasons if each[1] is None or each[1] not in WHOLE] == []


def declared_texts() -> set[str]:
    """What tables of the code hold for people to read."""
    texts = {text for dial in DIALS.values() for text in (dial.label, dial.label.lower(), dial.plain, dial.help)}
    texts |= {dial.tab.why for dial in DIALS.values() if dial.tab}
    texts |= {text for dial in DIALS.values() for rule in dial.rules for text in (rule.message, rule.moved)}
    texts |= {*ALLOWED_BY_ERROR.values(), *LIMITS_BY_ERROR.values(), ANOTHER_VALUE}
    texts |= {preset.sentence for preset in PRESETS.values()} | {*MARGIN_VERDICTS.values(), *PAIR_VERDICTS}
    texts |= {limit.reason for limit in RATE_LIMITS.values()} | set(BAND_WORDS.values())
    texts |= {name.replace("_", " ").capitalize() for name in METRICS} | {each.definition for each in METRICS.values()}
    texts |= {each.reads for each in PROTOCOLS.values()}
    for sweep in json.loads((FROZEN_FOLDER / "dots.json").read_text(encoding="utf-8"))["sweeps"]:
        parts = [part for cell in sweep["cells"] for part in cell["title"]["parts"]]
        texts |= {sweep["question"], *(part if isinstance(part, str) else part["id"] for part in parts)}
    return texts


PUT_TOGETHER = {"{} MB"}
"""Texts that are looked up whole once their value is in, or are the same in Chinese."""
REFUSAL = ASSETS / "engine" / "train" / "refusal.js"
"""A script of the engine that says sentences; the page hands it `say`."""
VALUE = r"\$\{(?:[^`{}]|`[^`]*`|\{[^{}]*\})*\}"
TEMPLATE = rf"`((?:[^`$]|\$(?!\{{)|{VALUE})*)`"


IMPORTED = re.compile(r"import \{[^}]*\bsay\b[^}]*\} from \"[./]+/words\.js\"")


def looked_up_texts() -> set[str]:
    """The texts that scripts look up here, say`Step ${step}.` as "Step {}."; those of class and lesson have tables."""
    names: set[str] = set()
    for path in (*(ASSETS / "page").rglob("*.js"), REFUSAL):
        code = re.sub(r"^\s*(//|\*|/\*).*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if IMPORTED.search(code) or path.name == "words.js" or path == REFUSAL:
            texts = re.findall(rf"\bsay{TEMPLATE}", code)
            names |= {re.sub(VALUE, "{}", text) for text in texts}
            names |= set(re.findall(r'\bsay\(\s*"([^"]*)"\)', code))
    return names - PUT_TOGETHER


RECEIPTS = {"receipt.js", "check.js"}
"""Scripts of texts to copy, which are English whatever the page speaks."""


def unsaid_in(source: str) -> list[str]:
    """What joins two values of a script by an English word without `say`, which would be English in every language."""
    code = script_texts(source)
    rest = re.sub(rf"\bsay{TEMPLATE}", '""', code)
    return re.findall(r"\}([^<>`${}=\n]*\s(?:to|of|and|or|in|from|by|at|with|for|after)\s[^<>`${}=\n]*)\$\{", rest)


def test_values_are_joined_by_english_words_in_said_texts_only() -> None:
    assert unsaid_in("x = ` (${decimal(low, 2)} to ${decimal(high, 2)})`;") == [" to "]
    assert unsaid_in("x = say`${low} to ${say`${high} or ${more}`}`;\n// `${low} to ${high}`") == []
    scripts = {path.name: path.read_text(encoding="utf-8") for path in (ASSETS / "page").rglob("*.js")}
    assert {name for name, source in scripts.items() if unsaid_in(source)} == RECEIPTS


def lacking_texts() -> list[str]:
    """The declared texts that have no Chinese."""
    return sorted(text for text in declared_texts() if re.search("[A-Za-z]{2}", text) and text not in WHOLE)


def to_add(texts: Iterable[str]) -> str:
    """What a failing test says."""
    return "add these keys to assets/i18n/zh.json:\n" + "\n".join(sorted(texts))


def record() -> None:
    """Write which texts wait for their Chinese, and say so."""
    UNTRANSLATED_FILE.write_text(json.dumps(lacking_texts(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if lacking_texts():
        print(f"The page shows these in English. Who knows Chinese may {to_add(lacking_texts())}")


def test_every_text_of_the_code_has_its_words_or_waits_for_them() -> None:
    assert lacking_texts() == UNTRANSLATED, "run python -m tests.record words"


def test_every_text_of_the_scripts_has_its_words() -> None:
    texts = looked_up_texts()
    known = {PLACEHOLDER.sub("{}", english) for english in WHOLE}
    assert len(texts) > 200
    lacking = {text for text in texts - known if re.search("[A-Za-z]{2}", text.replace("{}", "")) and text not in WHOLE}
    assert not lacking, to_add(lacking)


def test_each_rule_that_ends_a_training_of_the_tab_has_its_words() -> None:
    codes = (script_texts(path.read_text(encoding="utf-8")) for path in REFUSAL.parent.glob("*.js"))
    rules = {text for code in codes for text in re.findall(r'"([^"\n]*\{\w+\}[^"\n]*)"', code)}
    assert len(rules) > 1 and rules - WHOLE == {"{field}={value}: {reason}"}, "which has an id"


def test_a_number_and_its_point_are_one_text() -> None:
    """Else the point alone is looked up, and "1. Vote" gets the one that ends a Chinese sentence."""
    scripts = {path.name: path.read_text(encoding="utf-8") for path in (ASSETS / "page").rglob("*.js")}
    assert {name for name, code in scripts.items() if re.search(r">\s*\$\{[^{}`]*\}\. ", code)} == set()


COMPOSED = re.compile(
    r"(a quarter|a third|two thirds|three quarters) of it"  # a share of the scene, in dial-words.js
    r"|(true (un)?seen)?(, )?(exchanged (un)?seen)?"  # groups of a breakdown, which a figure writes on two lines
    r"|\((values a named object|0: the twin that names any)\)"  # the second line of the title of an axis
)
"""Texts that the code puts together, or a figure breaks into lines."""
SPACES = str.maketrans("_-", "  ")
TAG = re.compile(r"<[^>]*>")


LINE_COMMENT, BLOCK_COMMENT = re.compile(r"(?m)(^|\s)//\s.*$"), re.compile(r"(?s)/\*\*?\s.*?\*/")


def python_texts(source: str) -> list[str]:
    """The strings of a module that are no docstrings: those stand alone as a statement."""
    nodes = list(ast.walk(ast.parse(source)))
    alone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [str(node.value) for node in texts if id(node) not in alone]


def script_texts(source: str) -> str:
    return LINE_COMMENT.sub("", BLOCK_COMMENT.sub("", source))


def test_docstrings_and_comments_say_nothing() -> None:
    assert python_texts('"""Next pair."""\nx = "a"  # b\n"""Of x."""\ndef f(y="c"):\n    """Do."""\n') == ["a", "c"]
    assert script_texts("/** Next\n * pair. */\nf(`https://a`); // b\n  // c\n").split() == ["f(`https://a`);"]


SWEEP_FILES = tuple(f"{sweep}.json" for sweep in PROPERTY_CURVES.values())
STUDY_FILES = ("line.json", "fourth.json", "real-captions.json", *SWEEP_FILES)
"""Frozen results of which a page shows words."""


def strings_in(value: Any) -> Iterator[str]:
    """All strings of a document, its keys too."""
    if isinstance(value, dict):
        yield from (*value, *(text for each in value.values() for text in strings_in(each)))
    elif isinstance(value, list):
        yield from (text for each in value for text in strings_in(each))
    elif isinstance(value, str):
        yield value


def whole_texts() -> set[str]:
    """What is a whole text in scripts, modules, tables and frozen results, or in a recorded answer or state."""
    package = Path(resources.__file__).parent
    research, tests = resources.CHECKOUT / "research", resources.CHECKOUT / "tests"
    texts = declared_texts() | {dial.plain for dial in DIALS.values()}
    for path in (path for path in ASSETS.rglob("*.js") if "vendor" not in path.parts):
        code = script_texts(path.read_text(encoding="utf-8"))
        texts |= {re.sub(r"\\(.)", r"\1", text) for text in re.findall(r'"((?:[^"\\\n]|\\.)*)"', code)}
        texts |= {*re.findall(r"'([^'\n]*)'", code), *re.findall(r"`([^`$]*)`", code)}
        texts |= {*re.findall(r"[>}]([^<>{}$`]+)(?=[<$`])", code)}
    for path in (ASSETS / "page" / "index.html", *package.rglob("*.j2")):
        code = path.read_text(encoding="utf-8")
        texts |= {*re.findall(r"[>}]([^<>{}]+)(?=[<{])", code), *re.findall(r'="([^"]*)"', code)}
        texts |= {*re.findall(r'say\("([^"]*)"', code)}
    for path in (*package.rglob("*.py"), research / "page.py", *research.glob("fourth*.py")):
        texts |= {line for text in python_texts(path.read_text(encoding="utf-8")) for line in TAG.split(text)}
    for path in (*package.rglob("*.toml"), OPEN_LIST, *research.glob("*.toml")):
        texts |= {*strings_in(tomllib.loads(path.read_text(encoding="utf-8")))}
    answers = (tests / "unit" / "figures" / "drawn.json", tests / "unit" / "views" / "snapshots.json")
    for path in (*(FROZEN_FOLDER / name for name in STUDY_FILES), *answers):
        texts |= {*strings_in(json.loads(path.read_text(encoding="utf-8")))}
    for path in (tests / "page" / "snapshots").rglob("*.html"):
        code = path.read_text(encoding="utf-8")
        texts |= {*TAG.split(code), *re.findall(r'="([^"]*)"', code)}
    return {re.sub(r"\s+", " ", html.unescape(text)).strip() for text in texts}


def in_small_letters(text: str) -> str:
    """A name as the page may write it: hard_negatives, Hard negatives, hard-negatives."""
    return text.lower().translate(SPACES).removesuffix(".")


@pytest.mark.slow
def test_every_entry_is_said_somewhere() -> None:
    """One with {names} is what a script says with values, or the whole English of a reason; no other is ever found."""
    whole, templates = whole_texts(), looked_up_texts()
    small = {in_small_letters(text) for text in whole}
    unsaid = [
        each
        for each in WHOLE - whole
        if PLACEHOLDER.sub("{}", each) not in templates
        and (PLACEHOLDER.search(each) or in_small_letters(each) not in small)
    ]
    assert sorted(each for each in unsaid if re.search("[a-z]", each) and not COMPOSED.fullmatch(each)) == []


def test_words_keep_the_placeholders_and_stand_once() -> None:
    assert [key for key, count in Counter(key for key, _ in ENTRIES).items() if count > 1] == []
    for english, other in TABLE:
        assert other.strip() and Counter(PLACEHOLDER.findall(english)) == Counter(PLACEHOLDER.findall(other)), english
        assert other == english or other not in WHOLE, f"{english} would be replaced twice"


@pytest.mark.parametrize("caption", ["a red bus and a blue submarine", "a striped key", "a bus", "a plain tilted tree"])
def test_captions_are_no_keys(caption: str) -> None:
    assert caption not in WHOLE
