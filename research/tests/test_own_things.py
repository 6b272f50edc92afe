"""What is said of trained worlds of one's own: a line per source and number, and the page's script, from made rows."""

import json
from pathlib import Path

import pytest

from explorer.codec import JsonDict
from research import own_things
from research.own_things import endings, page_endings, table


def made_row(source: str, count: int, seed: int, binding: float, bound_at: int | None, share: float = 0.0) -> JsonDict:
    """A row as `train_world` writes it, whose worst pair is named after its seed."""
    pair = {"one": f"one{seed}", "other": f"other{seed}", "share": share}
    return {"source": source, "count": count, "seed": seed, "world": "own-0", "binding": binding, "recognition": 0.9,
            "bound_at": bound_at, "confused": [pair]}  # fmt: skip


ROWS = [
    made_row("icons", 24, 0, 0.5, None),
    made_row("drawings", 12, 2, 0.9, None, share=0.25),
    made_row("drawings", 12, 0, 0.96, 51, share=0.04),
    made_row("drawings", 12, 1, 0.99, 37, share=0.01),
    made_row("twins", 6, 0, 0.9876, 44, share=0.2931),
]


def test_a_line_of_the_table_holds_all_trainings_of_its_source_and_number() -> None:
    _, _, drawings, icons, twins = table(endings(ROWS))
    # The mean of .9, .96 and .99; two bound, at 37 and 51, whose lower middle is 37; the worst pair is that of seed 2.
    assert drawings == (
        "| drawings | 12 | 3 | 95.0 % (90.0 to 99.0) | 90.0 % | 2 of 3 | 37 | one2 and other2, 25.0 % |"
    )
    assert icons == "| icons | 24 | 1 | 50.0 % (50.0 to 50.0) | 90.0 % | 0 of 1 | none | none |"
    assert twins.endswith("| 1 of 1 | 44 | one0 and other0, 29.3 % |")


def test_the_page_knows_what_was_trained_and_nothing_else() -> None:
    lines = page_endings(endings(ROWS)).splitlines()
    assert "    12: { n: 3, bound: 2, low: 0.9, high: 0.99 }," in lines
    assert "    24: { n: 1, bound: 0, low: 0.5, high: 0.5 }," in lines
    # A pair of twins is no source of things, and nothing is said of six drawings.
    assert sum(": { n:" in line for line in lines) == 2


def test_all_rows_of_a_folder_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document, script = tmp_path / "things.md", tmp_path / "endings.js"
    document.write_text("Before.\n<!-- table -->\nold\n<!-- end -->\nAfter.\n")
    monkeypatch.setattr(own_things, "DOCUMENT", document)
    monkeypatch.setattr(own_things, "ENDINGS_FILE", script)
    for row in ROWS:
        (tmp_path / f"{row['source']}-{row['count']}-{row['seed']}.json").write_text(json.dumps(row))
    (tmp_path / "world-own-0.json").write_text("{}")
    assert own_things.write_results(tmp_path) == len(ROWS)
    text = document.read_text()
    assert text.startswith("Before.\n<!-- table -->\n| things") and text.endswith("<!-- end -->\nAfter.\n")
    assert "old" not in text and "icon: {" in script.read_text()
