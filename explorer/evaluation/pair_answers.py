"""Cosines of the pictures of the binding pairs (see `binding_pairs`) with two captions each, at one step of a model.

    answers = PairAnswers(asked="0f3c...", step=40, logit_scale=14.3, cosines=((0.71, 0.24), (0.70, 0.26), ...))
    PairAnswers.from_dict(json.loads(line))        # UserError if it is invalid

    append(path, answers)                          # one line of a file that only grows
    read(path, asked="0f3c...")                    # all answers, the steps rising
    drop_after(path, step=20)                      # a resumed run asks the later steps again

Picture 2k is A of pair k and picture 2k + 1 is B, its twin; the first cosine is that with the picture's own caption,
the second that with the caption of its twin.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import UserError

MOST_PICTURES = 200
_DIGITS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class PairAnswers:
    """The answers of a model after `step` steps; `asked` is the digest of the question, `logit_scale` multiplies."""

    asked: str
    step: int
    logit_scale: float
    cosines: tuple[tuple[float, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        cosines = [[round(own, _DIGITS), round(other, _DIGITS)] for own, other in self.cosines]
        return {"asked": self.asked, "step": self.step, "logit_scale": round(self.logit_scale, 4), "cosines": cosines}

    @property
    def is_finite(self) -> bool:
        """True if all numbers are finite, which a diverged training need not give."""
        return math.isfinite(self.logit_scale) and all(math.isfinite(value) for row in self.cosines for value in row)

    @classmethod
    def from_dict(cls, record: Any) -> "PairAnswers":
        """Invert `as_dict` for an untrusted file."""
        if not isinstance(record, Mapping):
            raise UserError("answers", record, "give an object with asked, step, logit_scale and cosines")
        asked, step, scale = (record.get(name) for name in ("asked", "step", "logit_scale"))
        if not isinstance(asked, str) or not 0 < len(asked) <= 64:
            raise UserError("asked", asked, "give the digest of the pairs")
        if type(step) is not int or not 0 <= step < 2**31:
            raise UserError("step", step, "give a whole number from 0")
        if not isinstance(scale, int | float) or not _is_number(scale) or not 0 < scale < 1e6:
            raise UserError("logit_scale", scale, "give a number above 0")
        return cls(asked=asked, step=step, logit_scale=float(scale), cosines=_cosines(record.get("cosines")))


def _cosines(rows: Any) -> tuple[tuple[float, float], ...]:
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_PICTURES or len(rows) % 2:
        raise UserError("cosines", rows, "give two rows of two numbers for each pair")
    for row in rows:
        if not isinstance(row, list) or len(row) != 2 or not all(map(_is_cosine, row)):
            raise UserError("cosines", row, "give two numbers from -1 to 1 for each picture")
    return tuple((float(own), float(other)) for own, other in rows)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_cosine(value: Any) -> bool:
    return _is_number(value) and abs(value) <= 1.001


def append(path: Path, answers: PairAnswers) -> None:
    """Add one line to the file, on a new line after a torn one."""
    line = json.dumps(answers.as_dict(), allow_nan=False) + "\n"
    torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    with path.open("ab") as file:
        file.write(b"\n" * torn + line.encode())


def read(path: Path, *, asked: str | None = None) -> tuple[PairAnswers, ...]:
    """Read the answers of the file, the steps rising; only those to the question `asked` if one is given.

    Torn or damaged lines are left out, and of repeated answers the last one counts.
    """
    found: dict[int, PairAnswers] = {}
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            answers = PairAnswers.from_dict(json.loads(line))
        except (ValueError, OverflowError, RecursionError):
            continue
        if asked in (None, answers.asked):
            found[answers.step] = answers
    return tuple(found[step] for step in sorted(found))


def drop_after(path: Path, step: int) -> None:
    """Remove the answers after `step` steps."""
    if not path.exists():
        return
    write(path, (answers for answers in read(path) if answers.step <= step))


def write(path: Path, answers: Iterable[PairAnswers]) -> None:
    """Replace the file atomically."""
    beside = path.with_name(f".{path.name}")
    beside.write_text("".join(json.dumps(each.as_dict(), allow_nan=False) + "\n" for each in answers))
    beside.replace(path)
