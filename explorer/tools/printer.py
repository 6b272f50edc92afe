"""One printer for the document of any command, for people; `--json` is the contract for programs.

    print(format_document({"model": "things-web", "metrics": {"binding_accuracy": {"value": 0.51, "n": 400, ...}}}))

A list of records is a table, estimates are rows with their interval, and what only a program reads is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

HIDDEN_FIELDS = frozenset(
    "definition definitions versions preprocessing snippet order_free breakdown spec data maps seen".split()
)
"""Parts of a document that people find with --json."""
HIDDEN_IN_ROWS = HIDDEN_FIELDS | {"pull", "left_out", "true"}
"""The same of a record in a list: what a caption does is said in words."""
MAX_LIST_ITEMS = 16
WIDEST_TABLE = 200
"""Characters of a table; records that need more are shown one below the other."""
ESTIMATE_FIELDS = ("value", "low", "high")
TIME_FIELDS = frozenset({"created", "started", "finished"})
"""Fields in seconds since 1970, shown as the local date and time."""


def format_document(document: Any) -> str:
    """Return the document as lines for a terminal."""
    return "\n".join(_lines(document))


def _lines(document: Any) -> Iterator[str]:
    if not isinstance(document, Mapping):
        yield from _list_lines(document) if _is_list(document) else [_text(document)]
        return
    rows = {name: value for name, value in document.items() if _is_estimate(value)}
    if rows:
        if all(value is None or _is_estimate(value) for value in document.values()):
            rows = dict(document)  # a table of estimates, in which nothing says that one was not measured
        yield from _table([{"name": name, **_record_cells(value)} for name, value in rows.items()])
    for name, value in document.items():
        if name in HIDDEN_FIELDS or _is_estimate(value) or value is None or value in ("", [], (), {}):
            continue
        value, title = _readable_time(name, value), _text(name)
        if _is_list(value) and all(isinstance(each, str) and each.endswith(".") for each in value):  # sentences
            yield from (f"{title}: {_text(each)}" for each in value)
            continue
        lines = list(_lines(value))
        if not lines:
            continue
        if len(lines) == 1 and not isinstance(value, Mapping):
            yield f"{title}: {lines[0]}"
        else:
            yield from (f"{title}:", *(f"  {line}" for line in lines))


def _list_lines(values: Sequence[Any]) -> Iterator[str]:
    if values and all(isinstance(each, Mapping) for each in values):
        lines = list(_table([_record_cells(each) for each in values]))
        if max(map(len, lines)) <= WIDEST_TABLE:
            yield from lines
            return
        for record in values:
            fields = {name: value for name, value in record.items() if name not in HIDDEN_IN_ROWS}
            yield from _lines(
                {name: _estimate_text(each) if _is_estimate(each) else each for name, each in fields.items()}
            )
            yield ""
    elif values and all(map(_is_list, values)):
        yield from _table([{str(index): each for index, each in enumerate(row)} for row in values[:MAX_LIST_ITEMS]])
    else:
        more = f" and {len(values) - MAX_LIST_ITEMS} more" if len(values) > MAX_LIST_ITEMS else ""
        yield ", ".join(map(_text, values[:MAX_LIST_ITEMS])) + more


def _record_cells(record: Any) -> dict[str, Any]:
    """Return the cells of a record: its plain values, and each estimate as one text."""
    if record is None:
        return {"value": None}
    if _is_estimate(record):
        span = "" if record["low"] is None else f"{_text(record['low'])} to {_text(record['high'])}"
        rest = {name: record[name] for name in ("chance", "n") if name in record}
        return {"value": record["value"], "95 % interval": span, **rest}
    cells: dict[str, Any] = {}
    for name, value in record.items():
        if _is_estimate(value):
            cells[name] = _estimate_text(value)
        elif isinstance(value, Mapping):
            cells |= {inner: _estimate_text(each) for inner, each in value.items() if _is_estimate(each)}
        elif name not in HIDDEN_IN_ROWS and not (
            _is_list(value) and any(_is_list(each) or isinstance(each, Mapping) for each in value)
        ):
            cells[name] = _readable_time(name, value)
    return cells


def _estimate_text(estimate: Mapping[str, Any]) -> str | None:
    """Return "0.75 (0.74 to 0.77, n 1000, chance 0.5)", None for what was not measured."""
    if estimate["value"] is None:
        return None
    span = [] if estimate["low"] is None else [f"{_text(estimate['low'])} to {_text(estimate['high'])}"]
    span += [f"{name} {_text(estimate[name])}" for name in ("n", "chance") if estimate.get(name) is not None]
    return _text(estimate["value"]) + (f" ({', '.join(span)})" if span else "")


def _readable_time(name: str, value: Any) -> Any:
    """Return a time as date and time, and any other value as it is."""
    if name in TIME_FIELDS and isinstance(value, float):
        with suppress(ValueError, OverflowError, OSError):  # a run that came from a file may hold any number
            return datetime.fromtimestamp(value).strftime("%Y-%m-%d %H:%M")
    return value


def _table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield aligned columns under their names; numbers stand to the right."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_text(row.get(name)) for name in names] for row in rows]
    is_number = [all(isinstance(row.get(name), int | float | None) for row in rows) for name in names]
    names = [_text(name) if name else "" for name in names]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)] if rows else []
    for line in [names, *cells] if rows else ():
        parts = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, is_number, strict=True)
        ]
        yield "  ".join(parts).rstrip()


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if 1000 <= abs(value) < 1e12:
            return f"{value:,.0f}"
        is_plain = value == 0 or 0.001 <= abs(value) < 1000
        return f"{value:.4f}".rstrip("0").rstrip(".") if is_plain else f"{value:.4g}"
    if _is_list(value):
        texts = [_text(each) for each in value]
        # Captions may have commas of their own.
        return ("; " if any("," in text for text in texts) else ", ").join(texts) or "none"
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    # What a file holds may move the cursor of a terminal.
    return "".join(letter if letter.isprintable() else " " for letter in str(value))


def _is_estimate(value: Any) -> bool:
    return isinstance(value, Mapping) and all(name in value for name in ESTIMATE_FIELDS)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
