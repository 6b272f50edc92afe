"""Code of others that the page and its tests hold: nobody edits it, and its license stands beside it."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from explorer.resources import ASSETS

VENDORED = {
    ASSETS / "page/vendor/contour.js": "02a9127341eed2d35166719d589ae8e5b2b0850c883be33e4d5933ee6e21a440",
    ASSETS / "page/vendor/freehand.js": "dfead2f73e5319ad875362cd2a56c8b92842a0cb9635dc52fc215b1aa8cf46c1",
    ASSETS / "page/vendor/fflate.js": "34cc5afb40fa088bc4426724a81c15e2c0b21090823416ec451b65cba297ade9",
    ASSETS / "page/vendor/preact.js": "290dbc75e04e84858cd00dd80964d8cc1c646215363da0299f12bfc90f4eb28f",
    Path(__file__).parent
    / "vendor/render_to_string.js": "872da8e340dd8c9363f68cdd05ae81b74c6471737d817b5bb9ca747ccf9a33ea",
}


@pytest.mark.parametrize("path", VENDORED, ids=lambda path: path.name)
def test_code_of_others_is_as_it_came_and_has_its_license(path: Path) -> None:
    assert sha256(path.read_bytes()).hexdigest() == VENDORED[path]
    notices = (path.parent / "NOTICES").read_text(encoding="utf-8")
    assert path.name in notices and "Permission is hereby granted" in notices
    assert not re.search(r"\beval\(|\bFunction\(", path.read_text(encoding="utf-8")), "a strict policy forbids it"


def test_nothing_else_is_of_others() -> None:
    """A new file in these folders stands in the table, with its license."""
    folders = {path.parent for path in VENDORED}
    assert {path for folder in folders for path in folder.iterdir() if path.name != "NOTICES"} == VENDORED.keys()
