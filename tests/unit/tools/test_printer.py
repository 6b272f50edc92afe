"""The printer of documents: every number is under its name, nothing moves the cursor, and wide records get lines."""

from datetime import datetime

from explorer.tools.printer import WIDEST_TABLE, format_document

ESTIMATE = {"value": 0.75, "n": 1000, "low": 0.74, "high": 0.77, "chance": 0.5}
UNMEASURED = {"value": None, "n": 0, "low": None, "high": None, "chance": 0.5}


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_estimates_stand_in_a_table_with_their_intervals() -> None:
    table_cells = cells(format_document({"metrics": {"binding": ESTIMATE, "gap": {**ESTIMATE, "value": -1.25}}}))
    assert table_cells[1] == ["name", "value", "95", "%", "interval", "chance", "n"]
    assert table_cells[2] == ["binding", "0.75", "0.74", "to", "0.77", "0.5", "1000"] and table_cells[3][:2] == [
        "gap",
        "-1.25",
    ]


def test_what_was_not_measured_is_a_dash_and_what_was_not_given_no_estimate() -> None:
    assert ["own", "-", "-", "0.5", "0"] in cells(format_document({"forms": {"all": ESTIMATE, "own": UNMEASURED}}))
    assert cells(format_document([{"run": "a", "binding": UNMEASURED}]))[1] == ["a", "-"]
    assert cells(format_document({"margin": ESTIMATE, "limit": None, "n": 42}))[1:] == [
        ["margin", "0.75", "0.74", "to", "0.77", "0.5", "1000"],
        ["n:", "42"],
    ]


def test_records_are_rows_under_the_names_of_all_of_them() -> None:
    text = format_document({"runs": [{"run": "a", "step": 3}, {"run": "bb", "binding": ESTIMATE}]})
    estimate = "0.75 (0.74 to 0.77, n 1000, chance 0.5)".split()
    assert cells(text)[1:] == [["run", "step", "binding"], ["a", "3", "-"], ["bb", "-", *estimate]]
    assert len({line.rindex("p") for line in text.splitlines()[1:2]}) == 1


def test_a_time_that_no_calendar_has_stays_a_number() -> None:
    assert cells(format_document([{"run": "a", "created": 1764700000000.0}]))[1][0] == "a"
    assert format_document({"created": 0.0}).endswith(datetime.fromtimestamp(0).strftime("%Y-%m-%d %H:%M"))


def test_values() -> None:
    values = {"a": 0.5, "b": 1e-7, "c": 12345.0, "d": 1_427_713, "e": True, "f": 0, "g": -1}
    assert format_document(values).splitlines() == [
        "a: 0.5", "b: 1e-07", "c: 12,345", "d: 1,427,713", "e: yes", "f: 0", "g: -1",
    ]  # fmt: skip


def test_nothing_is_left_out_but_what_is_empty_and_what_programs_read() -> None:
    assert format_document(
        {"a": None, "b": "", "c": [], "versions": {"torch": "2"}, "d": ["x", 1], "e": {"f": False}}
    ) == ("d: x, 1\ne:\n  f: no")


def test_no_letter_moves_the_cursor() -> None:
    text = format_document({"a\x1b": "b\x1b[2J\n", "rows": [{"c\x1b": "\x1bd"}], "list": ["\x07"]})
    assert not {"\x1b", "\x07"} & set(text) and len(text.splitlines()) == 5


def test_a_wide_record_is_shown_line_by_line_and_keeps_its_estimates() -> None:
    text = format_document([{"name": "x", "said": "y" * WIDEST_TABLE}, {"name": "z", "said": ""}])
    assert text.splitlines() == ["name: x", "said: " + "y" * WIDEST_TABLE, "", "name: z"]
    text = format_document({"rows": [{"model": "x" * WIDEST_TABLE, "scenes": {"binding": ESTIMATE}}]})
    assert ["binding", "0.75", "0.74", "to", "0.77", "0.5", "1000"] in cells(text)


def test_sentences_stand_on_lines_of_their_own_and_names_on_one() -> None:
    text = format_document({"notes": ["It is assumed.", "Read the margin."], "images": ["a.png", "b.png"]})
    assert text.splitlines() == ["notes: It is assumed.", "notes: Read the margin.", "images: a.png, b.png"]


def test_a_time_is_a_date_in_a_document_and_in_a_row() -> None:
    moment = datetime(2026, 3, 4, 5, 6).timestamp()
    assert format_document({"created": moment}) == "created: 2026-03-04 05:06"
    assert cells(format_document([{"created": moment}]))[1] == ["2026-03-04", "05:06"]
