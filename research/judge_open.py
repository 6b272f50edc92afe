"""Results of open questions, judged: audited by trainings of our own, frozen as rows of their own, scored once.

    judged = judge_answered(ledger, train=retrain, rng=random.SystemRandom(), jobs=2, tell=print)
    freeze_judged(ledger.listed, judged)                             # Parquet files, and open-outcomes.json

Two people who work together can confirm what nobody trained. So a tenth of the trainings, drawn when they are judged,
is trained once more, and with it each one whose time lies apart from those of its cell, each one to which somebody else
sent other bits, and each one that could change the verdict by itself. If one of them differs, all trainings of its
question are trained once more, and only these count.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from explorer.clip.loading import SayLine
from explorer.codec import encode
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.replication.agreement import KeptResult, Result, asked_steps, bound_at, confirmed_result
from explorer.replication.ledger import Ledger
from explorer.replication.outcomes import OPEN_OUTCOMES, Outcomes, read_outcomes
from explorer.replication.questions import (
    CellOutcome,
    ListEntry,
    OpenList,
    OpenVerdict,
    Question,
    judge,
)
from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import write_json
from explorer.runs.tab_training import describe_tab_evaluation
from research.engine import train_phase
from research.rows import Row, write_rows

STRATUM = "visitors"
"""Rows that strangers' computers trained are pooled with no others."""
DRAWN_SHARE = 0.1
APART = math.log(2)
"""A training lies apart from its cell if its time is more than twice the median, or less than half of it."""
Retrain = Callable[[OpenList, ListEntry], Result]


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedQuestion:
    """An answered question with its verdict.

    Attributes:
        results: The result of each training that counts, by its name.
        audited: Names of the trainings that were trained once more.
        refuted: Those of which we got other bits than two people did.
        sent: Everything that was sent.
    """

    question: Question
    results: Mapping[str, Result]
    audited: frozenset[str]
    refuted: frozenset[str]
    sent: Mapping[str, Sequence[KeptResult]]
    verdict: OpenVerdict


def judge_answered(ledger: Ledger, *, train: Retrain, rng: Random, jobs: int, tell: SayLine) -> list[JudgedQuestion]:
    """Audit and judge each question whose trainings are all confirmed, unless it was judged before.

    Raises:
        UserError: None is.
    """
    listed, sent = ledger.listed, ledger.results()
    known, judged, waiting = read_outcomes(listed), list[JudgedQuestion](), list[str]()
    for question in listed.questions:
        entries = [entry for entry in listed.entries if entry.question == question.name]
        if any(entry.name not in sent for entry in entries):
            waiting.append(f"the results of {question.name} cannot be read")
            continue
        agreed = {entry.name: confirmed_result(sent[entry.name]) for entry in entries}
        results = {name: result for name, result in agreed.items() if result is not None}
        if len(results) < len(entries):
            waiting.append(f"{question.name} lacks {len(entries) - len(results)} of {len(entries)}")
        elif question.name not in known:
            of_question = {name: sent[name] for name in results}
            first = trainings_to_audit(listed, question, results, of_question, rng)
            again = partial(_train_all, listed, train, jobs, tell)
            judged.append(_audit(listed, question, results, of_question, first, train=again))
    if not judged:
        reason = f"no further question is answered: {'; '.join(waiting) or 'all were judged before'}"
        raise UserError("FOLDER", ledger.folder, reason)
    return judged


def _audit(
    listed: OpenList,
    question: Question,
    results: Mapping[str, Result],
    sent: Mapping[str, Sequence[KeptResult]],
    first: Sequence[str],
    *,
    train: Callable[[Sequence[str]], dict[str, Result]],
) -> JudgedQuestion:
    trained = train(first)
    if any(result.computed != results[name].computed for name, result in trained.items()):
        trained |= train(sorted(results.keys() - trained.keys()))
    counted = {**results, **trained}
    return JudgedQuestion(
        question=question,
        results=counted,
        audited=frozenset(trained),
        refuted=frozenset(name for name, result in trained.items() if result.computed != results[name].computed),
        sent=sent,
        verdict=judge(question, outcomes_of_results(listed, counted), odds=listed.document.odds),
    )


def _train_all(listed: OpenList, train: Retrain, jobs: int, tell: SayLine, names: Sequence[str]) -> dict[str, Result]:
    def one(name: str) -> Result:
        result = train(listed, listed.entry(name))
        tell(f"{name}: trained once more")
        return result

    with ThreadPoolExecutor(jobs) as pool:
        return dict(zip(names, pool.map(one, names), strict=True))


def outcomes_of_results(listed: OpenList, results: Mapping[str, Result]) -> list[CellOutcome]:
    """Return when each training bound, in the order of the list."""
    return [
        CellOutcome(cell=entry.cell, bound_at=bound_at(entry, results[entry.name]), budget=entry.pairs)
        for entry in listed.entries
        if entry.name in results
    ]


# ---- What is trained once more


def trainings_to_audit(
    listed: OpenList,
    question: Question,
    results: Mapping[str, Result],
    sent: Mapping[str, Sequence[KeptResult]],
    rng: Random,
) -> list[str]:
    """Return the trainings of a question to be trained once more, in their order: see the head of this file."""
    entries = [entry for entry in listed.entries if entry.name in results]
    outcomes = outcomes_of_results(listed, results)
    verdict = judge(question, outcomes, odds=listed.document.odds).rival
    drawn = rng.sample(entries, math.ceil(DRAWN_SHARE * len(entries)))
    return [
        entry.name
        for index, entry in enumerate(entries)
        if entry in drawn
        or any(each.result.computed != results[entry.name].computed for each in sent[entry.name])
        or _lies_apart(outcomes[index], outcomes)
        or any(
            judge(question, [*outcomes[:index], other, *outcomes[index + 1 :]], odds=listed.document.odds).rival
            != verdict
            for other in _other_outcomes(entry)
        )
    ]


def _other_outcomes(entry: ListEntry) -> list[CellOutcome]:
    """Return outcomes that a training could have had: never, and times from the first evaluation to the last one."""
    _, first, *steps = asked_steps(entry.spec)[1]
    steps = [first, *(steps[index * (len(steps) - 1) // 4] for index in range(1, 5))]
    times = [None, *(step * entry.spec.train.batch_size for step in steps)]
    return [CellOutcome(cell=entry.cell, bound_at=time, budget=entry.pairs) for time in times]


def _lies_apart(outcome: CellOutcome, outcomes: Sequence[CellOutcome]) -> bool:
    """Return True if a time is more than twice or less than half the median of its cell; what never bound took long."""
    times = [_log_time(each) for each in outcomes if each.cell == outcome.cell]
    middle, own = median(times), _log_time(outcome)
    return own != middle and not abs(own - middle) <= APART


def _log_time(outcome: CellOutcome) -> float:
    return math.inf if outcome.bound_at is None else math.log(max(1, outcome.bound_at))


def retrain(listed: OpenList, entry: ListEntry) -> Result:
    """Train an entry by the browser's engine in Node, and return what a device would send of it."""
    evaluations: list[Mapping[str, Any]] = []

    def hear(line: Mapping[str, Any]) -> None:
        if line["kind"] == "evaluation":
            evaluations.append(line)

    with TemporaryDirectory() as folder:
        train_phase(entry.spec, Path(folder) / "training", evaluation=describe_tab_evaluation(), hear=hear)
    binding = [line["scores"]["own"]["binding_accuracy"] for line in evaluations]
    return Result(
        entry=entry.name,
        list_digest=listed.digest,
        engine_version=CONTRACT.engine_version,
        digests=tuple(line["digest"] for line in evaluations if line["digest"]),
        curve=tuple(each["value"] for each in binding),
        scenes=binding[0]["n"],
    )


# ---- What is frozen


def freeze_judged(listed: OpenList, judged: Sequence[JudgedQuestion], folder: Path = FROZEN_FOLDER) -> list[str]:
    """Write the rows of each question as a Parquet file, and the verdicts beside those that are frozen already."""
    outcomes = folder / OPEN_OUTCOMES.name
    verdicts = {**read_outcomes(listed, outcomes), **{each.question.name: each.verdict for each in judged}}
    files = []
    for each in judged:
        about = {"stratum": STRATUM, "list": listed.digest, "engine": str(CONTRACT.engine_version)}
        path = folder / f"open-{each.question.name}.parquet"
        write_rows(path, _rows_of(listed, each), about | {"command": "python -m research judge-open FOLDER"})
        files.append(str(path))
    frozen = Outcomes(list_digest=listed.digest, verdicts=tuple(verdicts.values()))
    write_json(outcomes, encode(frozen))
    return files


def _rows_of(listed: OpenList, judged: JudgedQuestion) -> list[Row]:
    """Return a flat row for each training of a question, in the order of the list."""
    rows = []
    for entry in listed.entries:
        if (result := judged.results.get(entry.name)) is None:
            continue
        sent = judged.sent[entry.name]
        saved, evaluated = asked_steps(entry.spec)
        agree = sum(each.result.computed == result.computed for each in sent)
        rows.append({
            "stratum": STRATUM,
            "question": entry.question,
            "condition": entry.cell,
            "seed": entry.spec.train.seed,
            "engine": result.engine_version,
            "date": max(each.day for each in sent),
            "digest": result.digests[-1],
            "pairs": entry.pairs,
            "bound.own.pairs": bound_at(entry, result),
            "own.binding_accuracy.value": result.curve[-1],
            "own.binding_accuracy.n": result.scenes,
            "results": len(sent),
            "mismatches": len(sent) - agree,
            "audited": entry.name in judged.audited,
            "refuted": entry.name in judged.refuted,
            "spec": json.dumps(entry.spec.to_json()),
            "digests": json.dumps(list(zip(saved, result.digests, strict=True))),
            "curve": json.dumps(list(zip(evaluated, result.curve, strict=True))),
        })  # fmt: skip
    return rows
