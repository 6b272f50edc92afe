"""Answers of a model to the binding pairs as frozen data, and the file with one line for each saved step.

`PairAnswers` are the cosines of the pictures of the binding pairs (see `binding_pairs`) with two captions each, at one
step of a model. Picture 2k is A of pair k and picture 2k + 1 is B, its twin; the first cosine is that with the
picture's own caption, the second that with the caption of its twin.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer

from explorer.codec import decode, encode

MAX_ANSWERED_PICTURES = 200


def _check_pairs(rows: tuple[Any, ...]) -> tuple[Any, ...]:
    if not 0 < len(rows) <= MAX_ANSWERED_PICTURES or len(rows) % 2:
        raise ValueError("give two rows of two numbers for each pair")
    return rows


# A file of answers may come from a stranger: numbers are not read from text, and have bounds.
Cosine = Annotated[
    float, Field(strict=True, ge=-1.001, le=1.001, allow_inf_nan=False), PlainSerializer(lambda value: round(value, 6))
]
LogitScale = Annotated[
    float, Field(strict=True, gt=0, lt=1e6, allow_inf_nan=False), PlainSerializer(lambda value: round(value, 4))
]


@dataclass(frozen=True, kw_only=True, slots=True)
class PairAnswers:
    """The answers of a model after `step` steps to the question of a digest; `logit_scale` multiplies.

    The key of the digest in JSON is `asked`, as files of every version have it.
    """

    question_digest: Annotated[str, Field(alias="asked", min_length=1, max_length=64)]
    step: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    logit_scale: LogitScale
    cosines: Annotated[tuple[tuple[Cosine, Cosine], ...], AfterValidator(_check_pairs)]

    @property
    def is_finite(self) -> bool:
        """True if all numbers are finite, which a diverged training need not give."""
        return all(map(math.isfinite, (self.logit_scale, *(value for row in self.cosines for value in row))))


def append_answers(path: Path, answers: PairAnswers) -> None:
    """Add one line to the file, on a new line after a torn one."""
    is_torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    with path.open("ab") as file:
        if is_torn:
            file.write(b"\n")
        file.write(_answers_line(answers).encode())


def read_answers(path: Path, *, question_digest: str | None = None) -> tuple[PairAnswers, ...]:
    """Read the answers of the file, the steps rising; only those to the question of a digest if one is given.

    Torn or damaged lines are left out, and of repeated answers the last one counts.
    """
    by_step: dict[int, PairAnswers] = {}
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            answers = decode(PairAnswers, json.loads(line))
        except (ValueError, OverflowError, RecursionError):
            continue
        if question_digest in (None, answers.question_digest):
            by_step[answers.step] = answers
    return tuple(by_step[step] for step in sorted(by_step))


def drop_answers_after(path: Path, step: int) -> None:
    """Remove the answers of steps after `step`; a resumed run makes them again."""
    if path.exists():
        write_answers(path, (answers for answers in read_answers(path) if answers.step <= step))


def write_answers(path: Path, answers: Iterable[PairAnswers]) -> None:
    """Write one line for each of the answers, instead of what is in the file; who reads meanwhile sees the old one."""
    beside = path.with_name(f".{path.name}")
    beside.write_text("".join(map(_answers_line, answers)))
    beside.replace(path)


def _answers_line(answers: PairAnswers) -> str:
    return json.dumps(encode(answers), allow_nan=False) + "\n"
