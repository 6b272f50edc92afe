"""Line breaks of what is sent to a page: none between a number and its percent sign, or within "52 to 48".

unbroken("by luck, 52 to 48, 54 %")        # the same with no-break spaces
untorn("html", value)                      # a value of a component, as Gradio sends it
"""

import re
from typing import Any

_TORN = re.compile(r"(?<=\d) (?=%)|(?<=\b\d\d) to (?=\d\d\b)|(?<=\d) to (?=[\d.]+ %)")


def unbroken(text: str) -> str:
    """Return the text with no-break spaces in "54 %" and "52 to 48"."""
    return _TORN.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)


def untorn(kind: str, value: Any) -> Any:
    """Return the value with its numbers unbroken if it is HTML, a drawing, or an update of one of them."""
    if kind != "html":
        return value
    if isinstance(value, str):
        return unbroken(value)
    if isinstance(value, dict) and value.get("__type__") == "update" and "value" in value:
        return {**value, "value": untorn(kind, value["value"])}
    if isinstance(value, dict) and {"figure", "sentence"} <= value.keys():
        return {**value, "sentence": unbroken(value["sentence"])}
    return value
