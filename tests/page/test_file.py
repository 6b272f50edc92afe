"""What only a page in one file shows, in Node: its states as HTML, and the backend that answers from the file."""

from pathlib import Path
from typing import Any

from explorer.web import onefile
from tests.page.parts import Part

TIDY = {
    "metric": "binding accuracy",
    "form": "canonical",
    "value": 0.9998,
    "low": 0.98,
    "high": 1,
    "n": 1000,
    "chance": 0.5,
}


def fixtures(_: Path) -> dict[str, Any]:
    """What a file of all views carries; worlds without their polygons."""
    with onefile.site_content() as content:
        content_data = onefile.embedded_data(content)
    usual = content_data["answers"]["catalog"]["found"][""]["presets"][0]["spec"]
    report = {"name": "tidy-3", "spec": usual, "rows": [TIDY, TIDY | {"form": "own", "low": None, "high": None}]}
    return {"carried": content_data, "report": report}


PART = Part(name="file", fixtures=fixtures)
