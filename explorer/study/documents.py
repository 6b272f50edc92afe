"""The documents of the study from frozen rows: STUDY.md, docs/study-methods.md, and the data card.

    facts = study_facts()                            # every figure of STUDY.md, from the rows
    study_document(facts)                            # markdown
    methods_document(load_claims(), ratios)          # markdown: every verdict of the second edition

Texts are the templates beside this module. No figure of a result stands in them.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean, median
from typing import Any

import jinja2
import numpy as np

from explorer.codec import decode
from explorer.errors import UserError
from explorer.evaluation.results import BINDING_LEVEL, IN_A_ROW, Estimate
from explorer.spec import RunSpec
from explorer.study import words
from explorer.study.changes import TimeChanges, time_changes
from explorer.study.claims import CLAIMS
from explorer.study.compare import LEVELS, SIGNIFICANCE, Ratio
from explorer.study.critics import critic_losses, share_learned
from explorer.study.evidence_store import FROZEN
from explorer.study.forecasts import Dot, Fate, dots, fates, scores
from explorer.study.rows import (
    PILOT,
    Coverage,
    Key,
    Row,
    as_training,
    condition_key,
    distinct,
    frozen_rows,
    num_runs,
    quick_scenes,
    read_training,
)
from explorer.study.sweeps import EVERY, SECOND_EDITION, THIRD_EDITION
from explorer.study.time_model import FORMS, Prediction, Score, TimeModel, Training, fit, look_ahead
from explorer.study.words import Found, reading

MOST_WORDS = 1000
MANY = 8
"""Fewest conditions of one budget from which the exponent of kappa is estimated."""
UNREAD_GAP = 0.1
"""Least difference in accuracy between parts and whole captions that is told."""


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("explorer.study"),
        autoescape=jinja2.select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    found.filters |= {"factor": words.factor, "digits": words.digits, "pairs": words.pairs}
    return found


def rendered(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What STUDY.md says, from frozen rows of all editions."""

    rows: Sequence[Row]
    """Each run once."""
    keys: Mapping[tuple[str, str], Key]
    """Of every frozen condition, by sweep and label: rows of equal key are its seeds."""
    changes: TimeChanges
    law: TimeModel
    dots: Sequence[Dot]
    fates: Sequence[Fate]
    called_right: float
    num_new: int
    """Conditions of the second edition whose data or budget the first does not have."""
    most_bind: float
    """Share of these of which most seeds bound: what "yes" to all calls right."""
    slopes: Mapping[int, float]
    """Exponent of kappa among the trainings of one budget in pairs, for those with trainings of `MANY` conditions."""
    scores: Mapping[str, Mapping[str, Score]]

    @property
    def num_trainings(self) -> int:
        assert self.law.sigma.n is not None
        return self.law.sigma.n

    @property
    def widest(self) -> float:
        """Return the greatest ratio of the times of bound median seeds among conditions of equal kappa."""
        times: dict[float, list[float]] = {}
        for dot in self.dots:
            if dot.is_bound:
                times.setdefault(round(dot.kappa, 6), []).append(dot.pairs)
        return max(max(found) / min(found) for found in times.values())

    def rank(self, experiment: str) -> str:
        """Return the place of the line by log score among the models scored: "2nd of 7"."""
        found = {name: each.log_score for name, each in self.scores[experiment].items()}
        place = 1 + sum(value > found["law"] for value in found.values())
        return f"{place}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(place, 'th') } of {len(found)}"

    def count(self, *wanted: str) -> int:
        return sum(fate.word in wanted for fate in self.fates)

    def seeds(self, sweep: str, condition: str, form: str = "own") -> str:
        """Return the thousands of pairs after which each seed was bound, in order; a dash for one that was not.

        Raises:
            UserError: No row has this condition.
        """
        of = self.of(sweep, condition)
        scenes = quick_scenes(self.rows, form)
        found = [training for row in of if (training := as_training(row, scenes, form)) is not None]
        times = sorted(each.time for each in found if each.is_bound)
        return " ".join([*(f"{time / 1000:.0f}" for time in times), *["–"] * (len(found) - len(times))])

    def ratio(self, sweep: str, start: str, end: str) -> float:
        """Return the median time of `end` over that of `start`, as shown; what did not bind is later than all."""
        shown = (self.seeds(sweep, each).replace("–", "inf").split() for each in (start, end))
        first, second = (median(map(float, each)) for each in shown)
        return second / first

    def of(self, sweep: str, condition: str) -> list[Row]:
        """Return the rows of a condition, also those that another sweep requested; raise as `seeds` does.

        The third edition's stand only where it is asked: it tests what the first two were read for.
        """
        key, tests = self.keys.get((sweep, condition)), sweep in THIRD_EDITION
        if key is None:
            raise UserError("condition", condition, f"is not frozen in {sweep}")
        rows = (row for row in self.rows if condition_key(row) == key and row["sweep"] != PILOT)
        return [row for row in rows if tests or row["sweep"] not in THIRD_EDITION]

    def bound(self, sweep: str, condition: str, form: str = "own") -> str:
        times = self.seeds(sweep, condition, form).split()
        return f"{sum(time != '–' for time in times)} of {len(times)}"

    def mean(self, sweep: str, condition: str, column: str) -> float:
        return fmean(float(row[column]) for row in self.of(sweep, condition) if row["is_point"])

    def learned(self, sweep: str, condition: str) -> float:
        """Return the share of the bag of words that the seeds have learned on average, in percent."""
        row = self.of(sweep, condition)[0]
        found = share_learned(self.mean(sweep, condition, "loss"), critic_losses(_spec(row)))
        assert found is not None, "web-like nouns and bag lie apart"
        return 100 * found

    def fate_of(self, sweep: str) -> str:
        """Return how much of a sweep has run: "open", or the conditions with rows and those declared."""
        labels = [label for name, label in self.keys if name == sweep]
        return f"{len(labels)} of {len(THIRD_EDITION[sweep].conditions)} run" if labels else "open"

    def has_run(self, sweep: str) -> bool:
        return any(name == sweep for name, _ in self.keys)


def _spec(row: Row) -> RunSpec:
    return RunSpec.from_dict(json.loads(row["spec"]))


def study_facts(folder: Path = FROZEN) -> Facts | None:
    """Return what the frozen rows of a folder say; None unless seeds of the first two editions are bound there."""
    every = frozen_rows(folder, sweeps=EVERY)
    rows = distinct(every)
    scenes = quick_scenes(rows)
    trainings = [training for row in rows if (training := read_training(row, scenes)) is not None]
    if not {1, 2} <= {each.edition for each in trainings if each.is_bound}:
        return None
    fitted = [each for each in trainings if each.is_fitted]
    ahead = look_ahead(fitted)
    if ahead is None:
        return None
    tested = ahead.score
    return Facts(
        rows=rows,
        keys={(row["sweep"], row["condition"]): condition_key(row) for row in every},
        changes=time_changes([row for row in rows if row["sweep"] not in THIRD_EDITION]),
        law=fit(FORMS["law"], fitted),
        dots=dots(rows),
        fates=fates(every, folder),
        called_right=tested.called_right,
        num_new=tested.num_conditions,
        most_bind=ahead.most_bind,
        slopes=_slopes(fitted),
        scores=scores(every, folder),
    )


def _slopes(trainings: Sequence[Training]) -> dict[int, float]:
    budgets: dict[int, list[Training]] = {}
    for each in trainings:
        budgets.setdefault(each.pairs, []).append(each)
    many = {pairs: of for pairs, of in budgets.items() if len({each.condition for each in of}) >= MANY}
    found = {pairs: fit(FORMS["law"], many[pairs]).terms["log kappa"].value for pairs in sorted(many)}
    return {pairs: value for pairs, value in found.items() if value is not None}


def law_line(facts: Facts) -> dict[float, Prediction]:
    """Return what the law predicts between the least and the greatest kappa that have run, for the picture."""
    at = [dot.kappa for dot in facts.dots]
    shown = np.geomspace(min(at), max(at), 24).tolist()
    spread, law = facts.law.sigma.value, facts.law
    assert spread is not None and law.intercept.value is not None and law.terms["log kappa"].value is not None
    return {
        kappa: Prediction(
            pairs=math.exp(law.intercept.value + law.terms["log kappa"].value * math.log(kappa)), spread=spread
        )
        for kappa in shown
    }


def study_document(facts: Facts) -> str:
    law = facts.law
    assert law.intercept.value is not None and law.sigma.value is not None
    return rendered(
        "study.md.j2",
        facts=facts,
        changes=facts.changes.changes,
        law=law,
        intercept=math.exp(law.intercept.value),
        spread=math.exp(law.sigma.value),
        level=BINDING_LEVEL,
    )


def times_document(facts: Facts) -> dict[str, Any]:
    """Return the figures of STUDY.md as plain JSON: the changes, and the fate of every forecast."""
    return {
        "changes": facts.changes.as_dict(),
        "called_right": {"share": facts.called_right, "conditions": facts.num_new},
        "conditions": [asdict(dot) for dot in facts.dots],
        "forecasts": [asdict(fate) for fate in facts.fates],
    }


def methods_document(
    found: Found,
    ratios: Sequence[Ratio | None],
    *,
    scores: Mapping[str, Mapping[str, Found]],
    covered: Sequence[Coverage],
) -> str:
    """Return the page of methods.

    Args:
        found: The content of `claims.json`.
        ratios: Those of its findings.
        scores: Of the forecasts, by experiment and model.
        covered: What has run of each sweep of the later editions, begun conditions too.
    """
    run = [each for each in found["findings"] if each["word"] != "not run"]
    return rendered(
        "methods.md.j2",
        claims=[_claim(name, sentence, found, ratios) for name, sentence in found["claims"].items()],
        num_run=len(run),
        num_exact=sum(each["p_holm"] is not None and each["p_holm"] < SIGNIFICANCE for each in run),
        num_ratio=sum(ratio is not None and ratio.is_decided for ratio in ratios),
        covered=[(EVERY[each.sweep].edition, each) for each in covered],
        scores=scores,
        forms=FORMS.values(),
        questions={number: _experiment(number) for number in scores},
        off=sorted((each for each in found["controls"] if each), key=abs, reverse=True),
        num_controls=len(found["controls"]),
        level=BINDING_LEVEL,
        in_a_row=IN_A_ROW,
        tried=_tried(found["searches"]),
        seen=found["seen_before"],
        levels=_levels(found),
    )


def _experiment(number: str) -> str:
    asked = (sweep.claim for sweep in THIRD_EDITION.values() if sweep.experiment and sweep.experiment.number == number)
    return " ".join(dict.fromkeys(asked))


def _claim(name: str, sentence: str, found: Found, ratios: Sequence[Ratio | None]) -> dict[str, Any]:
    places = [place for place, each in enumerate(found["findings"]) if each["claim"] == name]
    run = [place for place in places if found["findings"][place]["word"] != "not run"]
    findings = [found["findings"][place] for place in run]
    return {
        "name": name,
        "sentence": sentence,
        "tally": _tally(findings, found["seen_before"]),
        "reading": reading(name, found),
        "axis": SECOND_EDITION[findings[0]["start"]["sweep"]].axis if findings else "",
        "directions": [_direction(found["findings"][place], ratios[place], found["seen_before"]) for place in run],
        "num_missing": len(places) - len(run),
        "unread": [each["condition"] for each in _of_sweeps(name, found) if _is_unread(each)],
    }


def _tally(run: Sequence[Found], seen: Found) -> str:
    """Count the words of all directions, so that the first one does not speak for those that differ from it."""
    counts = Counter(each["word"] for each in run)
    known = Counter(each["word"] for each in run if words.is_seen_before(each, seen))
    return ", ".join(
        f"{count} {word}{f' ({known[word]}{words.SEEN})' if known[word] else ''}" for word, count in counts.items()
    )


def _direction(each: Found, ratio: Ratio | None, seen: Found) -> dict[str, str]:
    final = each["change"][str(each["metric"] or f"{each['form']}.binding_accuracy")]
    p = each["p_holm"]
    return {
        "step": words.short_step(each["start"], each["end"]),
        "form": each["form"],
        "bound": words.seeds_bound(each),
        "spared": words.brackets(decode(Estimate, each["spared"])),
        "final": words.brackets(decode(Estimate, final)),
        "p": "-" if p is None else f"{p:.2g}",
        "said": f"{each['expected']}{words.SEEN if words.is_seen_before(each, seen) else ''}",
        "word": f"{each['word']}: p {p:.2g}" if each["word"] == "not decided" and p is not None else each["word"],
        "ratio": words.factor(ratio.span) if ratio else "-",
        "p_ratio": f"{ratio.p_holm:.2g}" if ratio and ratio.p_holm is not None else "-",
    }


def claim_conditions(name: str, found: Found) -> list[Found]:
    frozen = {
        (sweep, each["condition"]): each for sweep, about in found["sweeps"].items() for each in about["conditions"]
    }
    places = dict.fromkeys(
        (place.sweep, place.label) for each in CLAIMS[name].directions for place in (each.start, each.end)
    )
    return [frozen[place] for place in places if place in frozen]


def _of_sweeps(name: str, found: Found) -> list[Found]:
    sweeps = dict.fromkeys(each.start.sweep for each in CLAIMS[name].directions)
    return [each for sweep in sweeps if sweep in found["sweeps"] for each in found["sweeps"][sweep]["conditions"]]


def _is_unread(condition: Found) -> bool:
    """Return True if parts exceed whole captions by more than `UNREAD_GAP` in every seed."""
    names = ("canonical.parts_accuracy", "canonical.binding_accuracy")
    scores = [[seed["final"].get(name) for name in names] for seed in condition["seeds"]]
    return bool(scores) and all(
        parts is not None and whole is not None and parts - whole > UNREAD_GAP for parts, whole in scores
    )


def _tried(searches: Sequence[Found]) -> list[dict[str, str]]:
    by_condition: dict[str, list[Found]] = {}
    for each in searches:
        by_condition.setdefault(each["condition"], []).append(each)
    return [
        {
            "condition": label,
            **{
                name: ", ".join(f"{scale * each[name]:{form}}" for each in of)
                for name, scale, form in (("factor", 1, "g"), ("loss", 1, ".2g"), ("canonical", 100, ".0f"))
            },
        }
        for label, of in by_condition.items()
        if min(of, key=lambda each: each["loss"])["factor"] != 1.0
    ]


def _levels(found: Found) -> list[tuple[str, int]]:
    run = [place for place, each in enumerate(found["findings"]) if each["word"] != "not run"]
    names = [f"{level:.0%}" for level in LEVELS] + ["the accuracy itself"]
    by_level = [*found["words_by_level"], found["words_by_accuracy"]]
    same = [sum(each[place] == found["findings"][place]["word"] for place in run) for each in by_level]
    return list(zip(names, same, strict=True))


# ---- The data card

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
        bound=words.bound_words,
        span=_span,
        hosts=_headroom(pilot) if pilot else None,
        rates=RATES,
        levels=sorted((*LEVELS, BINDING_LEVEL)),
        directions=_directions(found),
    )


def _file(name: str, rows: Sequence[Row], coverage: Mapping[str, Any] | None) -> dict[str, Any]:
    edition = ("first", "second", "third")[EVERY[name].edition - 1]
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
            "step": words.step_words(each["start"], each["end"]),
            "form": each["form"],
            "bound": words.change_words(each["bound"]),
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
