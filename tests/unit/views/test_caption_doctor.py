"""The captions that pull a property down most, by hand."""

import json
from pathlib import Path

import pytest

from explorer.captions.files import Row, Shown
from explorer.cli import main
from explorer.views.caption_doctor import MOST_SHOWN, examine
from explorer.views.captions import read_file_rows

BUS, CAR, TREE = (Shown(noun=noun, area=area) for noun, area in (("bus", 9.0), ("car", 4.0), ("tree", 1.0)))


def row(line: int, caption: str, objects: tuple[Shown, ...] | None = (BUS, CAR, TREE)) -> Row:
    return Row(line=line, caption=caption, objects=objects)


def test_pull_and_what_is_left_out() -> None:
    rows = [row(1, "a red bus and a blue car by an old tree"), row(2, "a tree"), row(3, "a red bus and a car")]
    found = examine(read_file_rows(rows))
    # Attributes 3, 0, 1 of objects 3, 1, 2: 4 of 6 together, 4 of 5 without the tree, 3 of 4 without the third.
    assert [each.line for each in found["attribute_density"]] == [2, 3]
    assert [each.pull for each in found["attribute_density"]] == pytest.approx([4 / 5 - 4 / 6, 3 / 4 - 4 / 6])
    assert [each.left_out for each in found["attribute_density"]] == [("tree",), ("car",)]
    # Completeness 1, 1/3, 2/3.
    (worst,) = found["caption_completeness"]
    assert worst.line == 2 and worst.left_out == ("bus", "car")
    assert worst.pull == pytest.approx(5 / 6 - 2 / 3)
    # The tree alone is a miss with chance 1/3, bus and car are a hit with chance 1/3.
    (worst,) = found["saliency_bias"]
    assert worst.line == 2 and worst.left_out == ("bus", "car")
    assert worst.pull == pytest.approx(1 - (1 - 2 / 3) / (4 / 3))


def test_how_many_of_a_label_are_left_out() -> None:
    found = examine(read_file_rows([row(1, "a bus by trees"), row(2, "a bus", (BUS, TREE, TREE, TREE))]))
    (worst,) = [each for each in found["caption_completeness"] if each.line == 2]
    assert worst.left_out == ("3 tree",)


def test_what_cannot_be_told_has_no_entry() -> None:
    assert examine(read_file_rows([row(1, "a bus", None)])) == {}
    assert list(examine(read_file_rows([row(1, "a bus", None), row(2, "a red car", None)]))) == ["attribute_density"]
    many = [row(line, "a bus", None) for line in range(40)] + [row(99, "a red old car", None)]
    assert len(examine(read_file_rows(many))["attribute_density"]) == MOST_SHOWN


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "captions.csv"
    file.write_text("caption\na red bus\na car and a tree\n")
    main(["measure", str(file), "--doctor", "--json"])
    (worst,) = json.loads(capsys.readouterr().out)["doctor"]["attribute_density"]
    assert worst == {
        "line": 3,
        "caption": "a car and a tree",
        "pull": pytest.approx(2 / 3),
        "left_out": ["car", "tree"],
        "does": "names without an attribute: car, tree",
    }
    main(["measure", str(file), "--doctor"])
    printed = capsys.readouterr().out
    assert "names without an attribute: car, tree" in printed and "pull" not in printed
    assert "they are: car (1 captions), tree (1 captions)." in printed
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit):
        main(["measure", str(tmp_path / "empty"), "--doctor"])
    assert "--doctor: " in capsys.readouterr().err
