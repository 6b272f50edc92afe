"""No line ends between a number and its percent sign, in any language, and nothing else is changed."""

from typing import Any

import pytest

from explorer.pages.i18n.line_breaks import unbroken
from explorer.pages.i18n.translator import translator

SPACE = "\N{NO-BREAK SPACE}"
DRAWING: dict[str, Any] = {"figure": {"data": [], "layout": {}}, "sentence": "54 % of all", "columns": [], "rows": []}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("54 % (50.1 to 58 %, n 595)", f"54{SPACE}% (50.1{SPACE}to{SPACE}58{SPACE}%, n 595)"),
        ("Practically a coin toss: 52 to 48", f"Practically a coin toss: 52{SPACE}to{SPACE}48"),
        ("none to 3 objects, 5 of 6", "none to 3 objects, 5 of 6"),
        ("", ""),
    ],
)
def test_numbers_stay_with_their_sign(text: str, kept: str) -> None:
    assert unbroken(text) == kept


@pytest.mark.parametrize("language", ["en", "zh"])
def test_html_and_sentences_are_sent_with_it_and_values_are_not(language: str) -> None:
    to = translator(language)
    assert to.sent("html", "<b>54 %</b>") == f"<b>54{SPACE}%</b>"
    assert to.sent("html", {"__type__": "update", "value": "54 %"})["value"] == f"54{SPACE}%"
    assert to.sent("html", {"__type__": "update", "visible": False}) == {"__type__": "update", "visible": False}
    assert f"54{SPACE}%" in to.sent("html", DRAWING)["sentence"]
    assert to.sent("textbox", "54 %") == "54 %" and to.sent("html", {"words": "54 %"}) == {"words": "54 %"}
    assert to.sent("html", None) is None
    props = [{"type": "html", "props": {"value": "54 %"}}, {"type": "tabs", "props": {}}]
    found = to.config({"components": props})["components"]
    assert found[0]["props"]["value"] == f"54{SPACE}%" and found[1]["props"] == {}
