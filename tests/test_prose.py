"""Keep the worst patterns of prose out of docstrings, and British spelling out of the code."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXPLORER = ROOT / "explorer"
OPENING = "open with a verb or a noun"
PATTERNS = {
    OPENING: r"\A(What|Whether|Who|Whose|Where|Which|How|When|That|Those)\b",
    "write if": r"\bwhere there (is|are)\b|\bwhere it (is|was)\b",
    "write is not a": r"\bthat (is|are) none\b",
    "write next to, in, or with": r"\bbeside\b",
    "write says, names or reports": r"\b(told|tells|telling)\b",
    "name the user, the caller or the process": r"\b(whoever|somebody|nobody)\b",
    "write whose, its or which": r"\bof which\b",
    "write only": r"\balone\b",
    "name the mechanism": r"\b(polite|politely|dear|dearest|thief|thieves|whose turn|away with)\b",
    "write per": r"\b(steps?|pairs?|rows?|lines?|captions?|images?|runs?|seeds?|files?) an? "
    r"(second|minute|hour|day|step|side|image|row|line|file|form|kind|run|person|address|seed|model|series|item)\b",
}
BRITISH = re.compile(
    r"(optimis|normalis|initialis|summaris|recognis|finalis|organis|minimis|maximis|generalis|vectoris|visualis"
    r"|standardis|serialis|randomis)(e|ing|ation)|colour|centre|neighbour|licence|labelled(?!by)|modelled|behaviour|artefact|grey",
    re.IGNORECASE,
)
STORED = re.compile(r'state\["optimisers"\]|grey_boxes')
"""Keys of stored checkpoints and reports, and a sentence of STUDY.md."""


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each docstring, those of constants and fields included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, inspect.cleandoc(node.value.value)


def prose(docstring: str) -> str:
    """Return the docstring without indented code, backticks and quotations."""
    lines = [line for line in docstring.splitlines() if not line.startswith("    ") and "#" not in line]
    return re.sub(r'`[^`]*`|"[^"]*"|“[^”]*”', "it", "\n".join(lines))


def faults(path: Path, patterns: Mapping[str, str] = PATTERNS) -> list[str]:
    """Return place, advice and words of each pattern in the docstrings of a module."""
    return [
        f"{path.relative_to(ROOT)}:{line}: {advice}: {found[0]!r}"
        for line, text in docstrings(path)
        for advice, pattern in patterns.items()
        if (found := re.search(pattern, prose(text)))
    ]


def modules() -> list[Path]:
    return [path for path in sorted(EXPLORER.rglob("*.py")) if "_data" not in path.parts]


def test_docstrings_are_free_of_the_worst_patterns() -> None:
    found = [fault for path in modules() for fault in faults(path)]
    assert not found, "\n".join(found)


def test_docstrings_of_tests_open_with_a_verb_or_a_noun() -> None:
    opening = {OPENING: PATTERNS[OPENING]}
    found = [fault for path in sorted((ROOT / "tests").rglob("*.py")) for fault in faults(path, opening)]
    assert not found, "\n".join(found)


def test_spelling_is_american() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {word[0]}"
        for path in modules()
        if path.parent.name != "captions"  # its lists read captions in either spelling
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (word := BRITISH.search(STORED.sub("", line)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Whether there is a run.", 1),
        ("Return the run; None where there is none.", 1),
        ("A row a run, beside its report.", 2),
        ("The key alone, which nobody is told.", 3),
        ('Return `told` and "beside" it.\n\n    where there is code', 0),
        ("Return True if the run has a report.", 0),
    ],
)
def test_a_pattern_is_seen_in_prose_and_not_in_code(text: str, count: int) -> None:
    assert sum(bool(re.search(pattern, prose(text))) for pattern in PATTERNS.values()) == count
