"""The data card of the evidence: README.md with the metadata that a data set on the Hub has.

data_card({"density": rows}, load_claims(), has_begun=False)     # markdown; everything that the documents leave out
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from explorer.evaluation.results import BINDING_LEVEL
from explorer.study.documents import rendered
from explorer.study.robustness import LEVELS
from explorer.study.rows import PILOT, Row, num_runs
from explorer.study.sweeps import SECOND_EDITION, THIRD_EDITION
from explorer.study.words import Found, bound_words, change_words, step_words

RATES = ("hard_negatives", "hard_negatives_true", "duplicate_captions", "false_negatives", "implicit_hard_negatives")


def data_card(files: Mapping[str, Sequence[Row]], found: Found, *, has_begun: bool) -> str:
    """Return the card; `found` is `claims.json`, and `has_begun` is True if `begun/` holds a file."""
    rows = [row for each in files.values() for row in each]
    covered = {each["sweep"]: each for each in found["coverage"]}
    pilot = found["sweeps"].get(PILOT, {}).get("conditions")
    return rendered(
        "data_card.md.j2",
        files=[_file(name, of, covered.get(name)) for name, of in files.items()],
        num_rows=len(rows),
        num_runs=num_runs(rows),
        has_begun=has_begun,
        conditions=[(sweep, each) for sweep, about in found["sweeps"].items() for each in about["conditions"]],
        bound=bound_words,
        span=_span,
        hosts=_headroom(pilot) if pilot else None,
        rates=RATES,
        levels=sorted((*LEVELS, BINDING_LEVEL)),
        directions=_directions(found),
    )


def _file(name: str, rows: Sequence[Row], coverage: Mapping[str, Any] | None) -> dict[str, Any]:
    edition = "third" if name in THIRD_EDITION else "second" if name in SECOND_EDITION else "first"
    state = "as frozen"
    if coverage is not None:
        whole = f"{len(coverage['whole'])} of {coverage['num_conditions']} conditions"
        state = "yes" if coverage["is_whole"] else whole
    return {"name": name, "edition": edition, "rows": len(rows), "runs": num_runs(rows), "state": state}


def _span(condition: Found, name: str) -> str:
    """Format the median of the seeds with the least and the most, in percent."""
    known = sorted(value for seed in condition["seeds"] if (value := seed["final"].get(name)) is not None)
    if not known:
        return "-"
    middle, low, high = (f"{100 * value:.1f}" for value in (median(known), known[0], known[-1]))
    return f"{middle} ({low} to {high})"


def _headroom(conditions: Sequence[Found]) -> list[str]:
    """State for each host if some seeds bound and some did not, and if its control bound."""
    bound = {
        each["condition"]: (sum(seed["bound"]["canonical"] is not None for seed in each["seeds"]), len(each["seeds"]))
        for each in conditions
    }
    found = []
    for label, (count, seeds) in bound.items():
        host, _, role = label.partition(": ")
        control = next((share for other, share in bound.items() if other.startswith(f"{host}: control")), None)
        if role != "host" or control is None:
            continue
        some = "some bind and some do not" if count < seeds else "all bind, so only the time can show"
        room = some if count else "none binds"
        able = "so a repair can show" if 2 * control[0] >= control[1] else "so nothing can show"
        found.append(
            f"`{host}`: {count} of {seeds} seeds bind ({room}); its control: {control[0]} of {control[1]}, {able}."
        )
    return found


def _directions(found: Found) -> list[dict[str, Any]]:
    """Return each direction that has run with its word at each level of the rule, and for the accuracy itself."""
    by_level = dict(zip(LEVELS, found["words_by_level"], strict=True))
    return [
        {
            "claim": each["claim"],
            "step": step_words(each["start"], each["end"]),
            "form": each["form"],
            "bound": change_words(each["bound"]),
            "words": [
                *(
                    each["word"] if level == BINDING_LEVEL else by_level[level][place]
                    for level in sorted((*LEVELS, BINDING_LEVEL))
                ),
                found["words_by_accuracy"][place],
            ],
        }
        for place, each in enumerate(found["findings"])
        if each["word"] != "not run"
    ]
