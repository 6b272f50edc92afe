"""Command `docs`: tables of docs/api.md, docs/commands.md and docs/glossary.md.

    python -m explorer docs     # after a change of a view, a command, a metric, a first word, or a docstring
    render_docs(app)["api.md"]  # the text that the file has to have

What stands outside of the marks `<!-- table -->` and `<!-- end -->` is written by hand.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

from cyclopts import App, Group

from explorer.evaluation.metrics import METRICS
from explorer.resources import CHECKOUT
from explorer.tools.options import Document
from explorer.views.catalog import FIRST_WORDS
from explorer.views.registry import entries

DOCS_FOLDER = CHECKOUT / "docs"
TABLE_START, TABLE_END = "<!-- table -->\n", "<!-- end -->"
SHARED_OPTIONS = ("--runs", "--weights")
"""Options that the page explains once."""


def write_docs(app: App) -> Document:
    """Write these tables anew into docs/, from the code and the files that they describe."""
    texts = render_docs(app)
    for name, text in texts.items():
        (DOCS_FOLDER / name).write_text(text, encoding="utf-8")
    return {"files": [str(DOCS_FOLDER / name) for name in texts]}


def render_docs(app: App) -> dict[str, str]:
    """Return the text of each page with its table written anew."""
    tables = {"api.md": [_api()], "commands.md": [command_table(app)], "glossary.md": [_first_words(), _metrics()]}
    return {name: with_tables(DOCS_FOLDER / name, *each) for name, each in tables.items()}


def with_tables(page: Path, *tables: Sequence[str]) -> str:
    """Return the text of a page with the rows of each table between its marks, in their order on the page."""
    first, *parts = page.read_text(encoding="utf-8").split(TABLE_START)
    rests = [part.partition(TABLE_END)[2] for part in parts]
    return first + "".join(
        TABLE_START + "\n".join(rows) + "\n" + TABLE_END + rest for rows, rest in zip(tables, rests, strict=True)
    )


def _api() -> list[str]:
    rows = ["| kind | call | answers |", "|---|---|---|"]
    for each in entries().values():
        kind = f"{each.kind}, of this computer" if each.is_local else each.kind
        kind = f"{kind}, of the page" if each.is_of_page else kind
        named = {name: value for name, value in each.parameters.items() if name != "say"}
        names = (name if value.default is value.empty else f"[{name}]" for name, value in named.items())
        rows.append(f"| {kind} | `{each.name}({', '.join(names)})` | {_summary(each.function.__doc__)} |")
    return rows


def _first_words() -> list[str]:
    return ["| term | meaning |", "|---|---|", *(f"| {term} | {meaning} |" for term, meaning in FIRST_WORDS.items())]


def _metrics() -> list[str]:
    rows = ["| metric | what it measures | example | chance |", "|---|---|---|---|"]
    for name, each in METRICS.items():
        chance = "" if each.chance is None else str(Fraction(each.chance).limit_denominator(100))
        rows.append(f"| {name.replace('_', ' ')} | {each.definition} | {each.example} | {chance} |")
    return rows


def command_table(app: App) -> list[str]:
    """Return the rows of a table of all commands, each with its usage and the first sentences of its help, by group."""
    rows_by_group = dict[str, list[str]]({"": []})
    for usage, command in leaf_commands(app):
        groups = command.group if isinstance(command.group, tuple) else ()
        title = next((each.name for each in groups if isinstance(each, Group)), "")
        rows_by_group.setdefault(title, []).append(f"| `{usage}` | {_summary(command.help)} |")
    parts = ([f"| **{title}** | |", *rows] if title else rows for title, rows in rows_by_group.items())
    return ["| command | does |", "|---|---|", *chain.from_iterable(parts)]


def leaf_commands(app: App, above: str = "") -> Iterator[tuple[str, App]]:
    """Yield each command with its usage, one that has others below it too if it answers by itself."""
    seen: set[int] = set()
    for name in app:
        below = app[name]
        if name.startswith("-") or id(below) in seen:
            continue
        seen.add(id(below))
        whole = f"{above} {name}".strip()
        if below.default_command:
            yield f"{whole} {' '.join(_options(below))}".strip().replace("|", "\\|"), below
        yield from leaf_commands(below, whole)


def _options(app: App) -> Iterator[str]:
    """Yield positional values, then needed options, then others in brackets."""
    arguments = app.assemble_argument_collection()
    is_option = {each.names: each.field_info.kind is each.field_info.KEYWORD_ONLY for each in arguments}
    for each in sorted(arguments, key=lambda each: (is_option[each.names], not each.required)):
        is_many = "VAR" in str(each.field_info.kind) or any(word in str(each.hint) for word in ("list", "Sequence"))
        name, many = each.names[0], "..." if is_many else ""
        value = name.lstrip("-").upper().replace("-", "_")
        if not is_option[each.names]:
            yield f"{value}{many}" if each.required else f"[{value}{many}]"
        elif name not in SHARED_OPTIONS:
            option = name if each.is_flag() else f"{name} {'FIELD=VALUE' if name == '--set' else value}{many}"
            yield option if each.required else f"[{option}]"


def _summary(text: str | None) -> str:
    """Return the first paragraph of a docstring as one line."""
    return " ".join((text or "").partition("\n\n")[0].split())
