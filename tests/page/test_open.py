"""Open questions in Node: the board from an empty list to a whole one, a training here, and what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.codec import encode
from explorer.errors import UserError
from explorer.replication.agreement import OPEN, Standing, asked_steps
from explorer.replication.bands import count_inside
from explorer.replication.questions import OPEN_LIST, CellOutcome, ListEntry, OpenList, judge, read_open_list
from explorer.views.replication import NO_PROBLEMS, UNKNOWN_ADDRESS, UNREADABLE, Counting, open_document
from tests.page.parts import Part

PAIRS = 256
"""Of a step, to which times are rounded."""


def answer(
    listed: OpenList, standings: Iterable[Standing], problems: Mapping[str, str] = NO_PROBLEMS
) -> dict[str, Any]:
    """Return what the view answers if trainings stand so, in the order of the list."""
    by_name = {entry.name: standing for entry, standing in zip(listed.entries, standings, strict=False)}
    return dict(encode(open_document(listed, by_name, Counting(is_counted=True, note=""), problems)))


def standing(entry: ListEntry, state: Any) -> Standing:
    """Return how a training might have ended: the later it stands on the list, the later; a fourth not in time."""
    pairs = round(entry.pairs * (0.12 + 0.023 * entry.index)) // PAIRS * PAIRS
    is_bound = entry.index % 4 < 3
    shares = [0.5 if at < 8 else 0.95 for at in range(len(asked_steps(entry.spec)[1]))]
    return replace(
        OPEN,
        state=state,
        num_results=1 if state == "one" else 2,
        num_mismatches=int(state == "differs"),
        has_ended=True,
        bound_at=min(pairs, entry.pairs) if is_bound else None,
        digest="ab" * 32 if state == "confirmed" else None,
        curve=tuple(shares) if state == "confirmed" else None,
        lows=tuple(share - 0.08 for share in shares) if state == "confirmed" else None,
    )


def judged(listed: OpenList, document: dict[str, Any]) -> dict[str, Any]:
    """Return the answer after the audit, with a verdict on each question."""
    for question, told in zip(listed.questions, document["questions"], strict=True):
        budgets = {cell["name"]: cell["pairs"] for cell in told["cells"]}
        outcomes = [
            CellOutcome(cell=each["cell"], bound_at=each["bound_at"], budget=budgets[each["cell"]])
            for each in told["trainings"]
        ]
        verdict = judge(question, outcomes, odds=listed.document.odds)
        told["verdict"] = encode(verdict) | {"inside": count_inside(question, outcomes)}
    return document


def kept() -> dict[str, Any]:
    """Return a training of the tab that has ended: its captions' own form binds, the canonical one does not."""

    def scores(own: float, low: float) -> dict[str, Any]:
        return {
            form: {"binding_accuracy": {"value": value, "low": bound, "n": 120}}
            for form, value, bound in (("own", own, low), ("canonical", 0.5, 0.4))
        }

    checks = {3: scores(0.6, 0.51), 6: scores(0.95, 0.89), 12: scores(0.96, 0.9)}
    return {
        "start": scores(0.5, 0.41),
        "lines": [{"step": step} | ({"evaluation": checks[step]} if step in checks else {}) for step in range(1, 13)],
        "spec": {"train": {"batch_size": 256}},
        "engine": {"version": 1, "digests": [{"step": step, "digest": f"{step:064x}"} for step in (0, 6, 12)]},
    }


def fixtures(_: Path) -> dict[str, Any]:
    listed = read_open_list(OPEN_LIST)
    half = listed.entries[: len(listed.entries) // 2]
    confirmed = [standing(entry, "confirmed") for entry in listed.entries]
    states = ("confirmed", "one", "confirmed", "confirmed", "differs")
    return {
        "empty": answer(listed, ()),
        "part": answer(listed, [standing(entry, states[entry.index % len(states)]) for entry in half]),
        "unreadable": answer(listed, (), {listed.entries[0].question: UNREADABLE}),
        "audited": answer(listed, confirmed),
        "whole": judged(listed, answer(listed, confirmed)),
        "kept": kept(),
        "unknown": UNKNOWN_ADDRESS,
        "refused": UserError("entry", "filler/plain/3", "you or your address have sent this training before").sentence,
    }


PART = Part(
    name="open",
    fixtures=fixtures,
    untranslated=r"<(code|pre).*?</\1>",
    is_name=lambda text: text == "entry=filler/plain/3",
)
