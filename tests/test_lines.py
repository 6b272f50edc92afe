"""Comments of scripts, style sheets and TOML have 120 columns, which no formatter breaks.

Rows of tables in TOML may be longer, because they cannot be broken, and so may texts in templates. What the study has
frozen, in `research/` and `assets/study/`, stays as it was when its trainings ran.
"""

import re

from explorer.resources import CHECKOUT

COLUMNS = 120
COMMENTS = {
    ".js": re.compile(r"\s*(//|/\*|\*)|.*[;,{(]\s//\s"),
    ".mjs": re.compile(r"\s*(//|/\*|\*)|.*[;,{(]\s//\s"),
    ".css": re.compile(r"\s*/?\*"),
    ".toml": re.compile(r"\s*#|.*\s{2}#\s"),
}
"""Lines with a comment, by the suffix of their file."""


def test_a_comment_has_at_most_120_columns() -> None:
    found = [path for folder in ("assets", "explorer", "tests") for path in (CHECKOUT / folder).rglob("*.*")]
    paths = [
        path
        for path in [CHECKOUT / "pyproject.toml", *found]
        if path.suffix in COMMENTS and not {"vendor", "study"} & set(path.relative_to(CHECKOUT).parts[:-1])
    ]
    assert len(paths) > 250
    long = [
        f"{path.relative_to(CHECKOUT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > COLUMNS and COMMENTS[path.suffix].match(line)
    ]
    assert long == []
