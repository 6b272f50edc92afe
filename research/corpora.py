"""The declared corpora of real captions, from `corpora.toml`, and the file in which their figures are frozen.

    CORPORA["coco"].file                                       # "coco_val2017.csv.gz", the file that is measured
    corpora_document({"coco": measured}, definitions, curves)  # the JSON of assets/study/real-captions.json

The captions are not part of this repository; the figures say from which files they come and under which license.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """A set of captions: the file that was measured, what it holds, whose it is and under which license."""

    file: str
    label: str
    title: str
    holds: str
    source: str
    license: str
    part_of: str = ""
    """The whole corpus, for a part that has a position only if the whole was not measured."""

    @property
    def command(self) -> str:
        return f"python -m explorer measure {self.file} --json"


_DECLARED = tomllib.loads(Path(__file__).with_name("corpora.toml").read_text(encoding="utf-8"))
CORPORA: dict[str, Corpus] = {name: Corpus(**about) for name, about in _DECLARED["corpora"].items()}
CORPORA_LIMITS: tuple[str, ...] = tuple(_DECLARED["limits"])


def corpora_document(
    measured: Mapping[str, Mapping[str, Any]], definitions: Mapping[str, str], curves: Mapping[str, str]
) -> Any:
    """Return the JSON to freeze: each corpus with the result of `measure`, by name, and the limits of the figures."""
    corpora = [
        {"name": name, **asdict(CORPORA[name]), "command": CORPORA[name].command, **figures}
        for name, figures in measured.items()
    ]
    return {
        "definitions": dict(definitions),
        "curves": dict(curves),
        "limits": list(CORPORA_LIMITS),
        "corpora": corpora,
    }
