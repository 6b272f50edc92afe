"""Freeze the evidence of the later editions, and write the documents that follow from frozen rows.

    freeze(Path("sweeps"))             # takes the conditions there that have all their seeds, and writes the rest
    freeze(None)                       # writes the rest again

    take_up(Path("sweeps"))            # {"naming-cliff": 20}: `sweep NAME --out sweeps --resume` does the rest

    facts = study_facts()              # every figure of STUDY.md, from the rows
    study_document(facts)              # markdown

Everything except the Parquet files follows from them. A condition is frozen once all its declared seeds have run. Files
of the first edition are data and are never written. `claims.json` holds what the pages and the methods show of the
second: findings, effects, the seeds of each condition, and what is missing. `times.json` holds the figures of STUDY.md.
Rows of a condition without all its seeds are kept in `begun/`, to be taken up on any computer. No finding reads them,
since some seeds of a bimodal outcome would mislead. Texts are templates; no figure of a result stands in them.
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
from explorer.resources import CHECKOUT
from explorer.runs.files import replace_file, write_json
from explorer.study import words
from explorer.study.changes import TimeChanges, time_changes
from explorer.study.claims import CLAIMS
from explorer.study.compare import (
    LEVELS,
    SIGNIFICANCE,
    Ratio,
    as_record,
    by_ratio,
    effects,
    read_claims,
    searches,
    seen_before,
    words_by_accuracy,
    words_by_level,
)
from explorer.study.critics import critic_losses, share_learned
from explorer.study.evidence_store import CLAIMS_FILE, FROZEN, LINE_FILE
from explorer.study.forecasts import Dot, Fate, dots, fates, scores, write_outcomes
from explorer.study.line import as_json, line
from explorer.study.pictures import forest_picture, seeds_picture, time_picture
from explorer.study.rows import (
    JOB_COLUMNS,
    PILOT,
    TIMED,
    Coverage,
    Key,
    Row,
    condition_key,
    coverage,
    distinct,
    estimate_of,
    frozen_rows,
    num_runs,
    pooled,
    read_rows,
    rows_by_sweep,
    spec_of,
    training_of,
    trainings,
    write_rows,
)
from explorer.study.sweeps import EVERY, LATER_EDITIONS, SECOND_EDITION, SWEEPS, THIRD_EDITION, Sweep
from explorer.study.time_model import (
    FORMS,
    Ahead,
    Prediction,
    Score,
    TimeModel,
    condition_of,
    fit,
    grouped,
    look_ahead,
)
from explorer.study.words import Found, reading

DOCUMENT, METHODS = CHECKOUT / "STUDY.md", CHECKOUT / "docs" / "study-methods.md"
TIMES_FILE, TIMES_PICTURE = "times.json", "time-by-kappa.svg"
BEGUN = "begun"
"""Subfolder of the evidence with the rows of conditions without all their seeds."""
MOST_WORDS = 1000
MANY = 8
"""Fewest conditions of one budget from which the exponent of kappa is estimated."""
UNREAD_GAP = 0.1
"""Least difference in accuracy between parts and whole captions that is told."""
RATES = ("hard_negatives", "hard_negatives_true", "duplicate_captions", "false_negatives", "implicit_hard_negatives")
Sweeps = Mapping[str, Sequence[Row]]


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


def _rendered(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


# ---- Freezing


def freeze(sweeps: Path | None, folder: Path = FROZEN, document: Path = DOCUMENT, methods: Path = METHODS) -> list[str]:
    """Freeze the conditions of `sweeps` that are whole, if given, and write everything; return the sweeps' names.

    Rows of the other conditions are kept for `take_up`.

    Raises:
        UserError: `sweeps` holds no result.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if sweeps is not None:
        _take(sweeps, folder)
    second, tried = (rows_by_sweep(folder, SECOND_EDITION, stage) for stage in ("result", "search"))
    found = claims_document(second, pooled(rows_by_sweep(folder, SWEEPS)), tried)
    replace_file(folder / CLAIMS_FILE, _json(found))
    for name, drawing in _pictures(found).items():
        replace_file(folder / f"{name}.svg", drawing.encode())
    has_begun = any((folder / BEGUN).glob("*.parquet"))
    files = rows_by_sweep(folder, (*LATER_EDITIONS, *SWEEPS))
    replace_file(folder / "README.md", _data_card(files, found, has_begun=has_begun).encode())
    scored = write_outcomes(folder)
    covered = [coverage(sweep, rows_so_far(name, folder)) for name, sweep in LATER_EDITIONS.items()]
    ratios = by_ratio(read_claims(pooled(second)))
    replace_file(methods, methods_document(found, ratios, scores=scored, covered=covered).encode())
    if (facts := study_facts(folder)) is not None:
        replace_file(folder / TIMES_FILE, _json(times_document(facts)))
        replace_file(folder / TIMES_PICTURE, time_picture(facts.dots, law_line(facts), facts.fates).encode())
        replace_file(document, study_document(facts).encode())
        if (numbers := line(folder)) is not None:
            replace_file(folder / LINE_FILE, _json(as_json(numbers)))
    return list(second)


def _json(found: Mapping[str, Any]) -> bytes:
    """Encode in one line: programs read it, and people open the Parquet file."""
    return (json.dumps(found, allow_nan=False) + "\n").encode()


def _take(sweeps: Path, folder: Path) -> None:
    """Copy the rows of whole conditions, and replace the begun rows of each sweep by the others."""
    paths = [path for name in LATER_EDITIONS if (path := sweeps / f"{name}.parquet").is_file()]
    if not paths:
        raise UserError("sweeps", sweeps, f"holds no result of a sweep; `sweep NAME --out {sweeps}` writes them")
    for path in paths:
        rows, about = read_rows(path)
        whole = whole_rows(LATER_EDITIONS[path.stem], rows)
        if whole:
            write_rows(folder / path.name, whole, about)
        begun = folder / BEGUN / path.name
        if others := [row for row in rows if row not in whole]:
            write_rows(begun, others, about)
        else:
            begun.unlink(missing_ok=True)


def whole_rows(sweep: Sweep, rows: Sequence[Row]) -> list[Row]:
    labels = set(coverage(sweep, rows).whole)
    return [row for row in rows if row["condition"] in labels]


def _files_so_far(name: str, folder: Path) -> list[Path]:
    paths = (folder / f"{name}.parquet", folder / BEGUN / f"{name}.parquet")
    return [path for path in paths if path.is_file()]


def rows_so_far(name: str, folder: Path) -> list[Row]:
    return [row for path in _files_so_far(name, folder) for row in read_rows(path)[0]]


def take_up(out: Path, folder: Path = FROZEN) -> dict[str, int]:
    """Write the frozen and begun rows of the later editions into the folder of a sweep; return rows per sweep.

    `out` gets one file per row, as a sweep keeps its results, and one Parquet file per sweep.

    Raises:
        UserError: `out` holds results of one of the sweeps, which would be lost.
    """
    files = {name: paths for name in LATER_EDITIONS if (paths := _files_so_far(name, folder))}
    if taken := [name for name in files if (out / f"{name}.parquet").exists()]:
        raise UserError("out", out, f"has results of {taken[0]} already; name another folder")
    counts = {}
    for name, paths in files.items():
        read = [read_rows(path) for path in paths]
        rows = [row for found, _ in read for row in found]
        for row in rows:
            (out / "rows").mkdir(parents=True, exist_ok=True)
            write_json(out / "rows" / f"{row['key']}.json", {key: row[key] for key in row if key not in JOB_COLUMNS})
        commands = dict.fromkeys(part for _, about in read for part in about["command"].split("; "))
        write_rows(out / f"{name}.parquet", rows, {"command": "; ".join(commands), "date": read[-1][1]["date"]})
        counts[name] = len(rows)
    return counts


# ---- claims.json


def claims_document(sweeps: Sweeps, first_edition: Sweeps, tried: Sweeps) -> dict[str, Any]:
    """Return findings, effects and coverage, and the conditions of every sweep, as plain JSON.

    `sweeps` are the results of the second edition, `tried` its searches of a learning rate.
    """
    shared = pooled(sweeps)
    return {
        "claims": {claim.name: claim.sentence for claim in CLAIMS.values()},
        "findings": [as_record(finding) for finding in read_claims(shared)],
        "effects": [effect.as_dict() for effect in effects({**first_edition, **shared})],
        "coverage": [coverage(sweep, sweeps.get(name, ())).as_dict() for name, sweep in SECOND_EDITION.items()],
        "sweeps": {name: _about(name, rows, shared[name]) for name, rows in sweeps.items()},
        "controls": _controls(sweeps),
        "words_by_level": words_by_level(shared),
        "words_by_accuracy": words_by_accuracy(shared),
        "seen_before": seen_before(shared, first_edition),
        "searches": [each for rows in tried.values() for each in searches(rows)],
    }


def _about(name: str, rows: Sequence[Row], shared: Sequence[Row]) -> dict[str, Any]:
    sweep, of_label = SECOND_EDITION[name], grouped(shared, lambda row: row["condition"])
    return {
        "question": sweep.claim,
        "axis": sweep.axis,
        "runs": num_runs(rows),
        "pairs": sum({row["key"]: row["pairs"] for row in rows}.values()),
        "seconds": round(sum({row["key"]: row["seconds"] or 0.0 for row in rows}.values())),
        "devices": sorted({str(row["device"]) for row in rows}),
        "recipes": sorted({str(row["recipe"]) for row in rows}),
        "conditions": [_condition(of_label[each.label]) for each in sweep.conditions if each.label in of_label],
    }


def _condition(rows: Sequence[Row]) -> dict[str, Any]:
    """One condition: its spec, what filled its batches on average, and every seed."""
    first, points = rows[0], [row for row in rows if row["is_point"]]
    rates = [name for name in first if name.startswith("rate.")]
    return {
        **{name: first[name] for name in ("condition", "series", "x", "steps", "batch_size", "pairs", "learning_rate")},
        "spec": json.loads(first["spec"]),
        "failed": len(rows) - len(points),
        "rates": {name[5:]: fmean(row[name] for row in points) for name in rates if points},
        "seeds": [_seed(row) for row in points],
    }


def _seed(row: Row) -> dict[str, Any]:
    told = ("binding_accuracy.value", "parts_accuracy.value", "single_object_accuracy.value")
    finals = [name for name in row if name.endswith(told) and not name.startswith("control.")]
    alone = [each for each in json.loads(row["breakdown"]) if each["by"].startswith("alone_")]
    return {
        "seed": row["seed"],
        "run": row["run"],
        "scenes": [row["evaluation.seed"], row["evaluation.count"]],
        "bound": {form: row[f"bound.{form}.pairs"] for form in TIMED},
        "final": {name.removesuffix(".value"): row[name] for name in finals if row[name] is not None},
        "alone": {f"{each['form']}: {each['group']}": each["value"] for each in alone},
    }


def _controls(sweeps: Sweeps) -> list[float]:
    """Return by how much each control of each result leaves its own 95 % interval around chance: 0 if it does not.

    An estimate counts once, also if two sweeps share its run, or if it is the same for all models of a seed.
    """
    found = {}
    for row in (row for rows in sweeps.values() for row in rows if row["stage"] == "result" and row["is_point"]):
        for name in row:
            control = estimate_of(row, name[:-6]) if name.startswith("control.") and name.endswith(".value") else None
            if control is None or control.value is None or control.low is None or control.high is None:
                continue
            chance = control.chance or 0.0
            off = 0.0 if control.low <= chance <= control.high else round(control.value - chance, 4)
            found[name, row["evaluation.seed"], control] = off
    return list(found.values())


def _pictures(found: Found) -> dict[str, str]:
    pictures = {"forest": forest_picture(found["effects"])}
    if pilot := found["sweeps"].get(PILOT, {}).get("conditions"):
        pictures["pilot"] = seeds_picture("Seeds of the pilot", pilot, "canonical")
    conditions = {
        (sweep, each["condition"]): each for sweep, about in found["sweeps"].items() for each in about["conditions"]
    }
    for claim in CLAIMS.values():
        places = dict.fromkeys((end.sweep, end.label) for each in claim.directions for end in (each.start, each.end))
        if shown := [conditions[place] for place in places if place in conditions]:
            pictures[f"claim-{claim.name}"] = seeds_picture(claim.sentence, shown, claim.directions[0].form)
    return pictures


# ---- STUDY.md


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What STUDY.md says, from frozen rows of all editions.

    Attributes:
        rows: Each run once.
        keys: Of every frozen condition, by sweep and label: rows of equal key are its seeds.
        ahead: What the law of the first edition told of the second.
        slopes: Exponent of kappa among the trainings of one budget in pairs, for those with `MANY` conditions.
        scores: Of the forecasts, by experiment and model.
    """

    rows: Sequence[Row]
    keys: Mapping[tuple[str, str], Key]
    changes: TimeChanges
    law: TimeModel
    dots: Sequence[Dot]
    fates: Sequence[Fate]
    ahead: Ahead
    slopes: Mapping[int, float | None]
    scores: Mapping[str, Mapping[str, Score]]

    @property
    def widest(self) -> float:
        """Return the greatest ratio of the times of bound median seeds among conditions of equal kappa."""
        bound = grouped((dot for dot in self.dots if dot.is_bound), lambda dot: round(dot.kappa, 6)).values()
        return max(max(dot.pairs for dot in of) / min(dot.pairs for dot in of) for of in bound)

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
        found = [training for row in self.of(sweep, condition) if (training := training_of(row, form)) is not None]
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
        key = self.keys.get((sweep, condition))
        if key is None:
            raise UserError("condition", condition, f"is not frozen in {sweep}")
        others = {PILOT} if sweep in THIRD_EDITION else {PILOT, *THIRD_EDITION}
        return [row for row in self.rows if row["sweep"] not in others and condition_key(row) == key]

    def bound(self, sweep: str, condition: str, form: str = "own") -> str:
        times = self.seeds(sweep, condition, form).split()
        return f"{sum(time != '–' for time in times)} of {len(times)}"

    def mean(self, sweep: str, condition: str, column: str) -> float:
        return fmean(float(row[column]) for row in self.of(sweep, condition) if row["is_point"])

    def learned(self, sweep: str, condition: str) -> float:
        """Return the share of the bag of words that the seeds have learned on average, in percent."""
        critics = critic_losses(spec_of(self.of(sweep, condition)[0]))
        found = share_learned(self.mean(sweep, condition, "loss"), critics)
        assert found is not None, "web-like nouns and bag lie apart"
        return 100 * found

    def fate_of(self, sweep: str) -> str:
        """Return how much of a sweep has run: "open", or the conditions with rows and those declared."""
        labels = [label for name, label in self.keys if name == sweep]
        return f"{len(labels)} of {len(THIRD_EDITION[sweep].conditions)} run" if labels else "open"

    def has_run(self, sweep: str) -> bool:
        return any(name == sweep for name, _ in self.keys)


def study_facts(folder: Path = FROZEN) -> Facts | None:
    """Return what the frozen rows of a folder say; None unless seeds of the first two editions are bound there."""
    every = frozen_rows(folder, sweeps=EVERY, once=False)
    rows = distinct(every)
    fitted = [each for each in trainings(rows) if each.is_fitted]
    ahead = look_ahead(fitted)
    if ahead is None or not any(each.is_bound for each in fitted if each.edition > 1):
        return None
    budgets = grouped(fitted, lambda each: each.pairs)
    many = {pairs: of for pairs, of in sorted(budgets.items()) if len(set(map(condition_of, of))) >= MANY}
    return Facts(
        rows=rows,
        keys={(row["sweep"], row["condition"]): condition_key(row) for row in every},
        changes=time_changes([row for row in rows if row["sweep"] not in THIRD_EDITION]),
        law=fit(FORMS["law"], fitted),
        dots=dots(rows),
        fates=fates(every, folder),
        ahead=ahead,
        slopes={pairs: fit(FORMS["law"], of).terms["log kappa"].value for pairs, of in many.items()},
        scores=scores(every, folder),
    )


def _numbers(law: TimeModel) -> tuple[float, float, float]:
    """Return intercept, exponent of kappa and spread of a fitted law."""
    values = [each.value for each in (law.intercept, law.terms["log kappa"], law.sigma)]
    intercept, slope, spread = (value for value in values if value is not None)
    return intercept, slope, spread


def law_line(facts: Facts) -> dict[float, Prediction]:
    """Return what the law predicts between the least and the greatest kappa that have run, for the picture."""
    at = [dot.kappa for dot in facts.dots]
    intercept, slope, spread = _numbers(facts.law)
    shown: list[float] = np.geomspace(min(at), max(at), 24).tolist()
    return {kappa: Prediction(pairs=math.exp(intercept + slope * math.log(kappa)), spread=spread) for kappa in shown}


def study_document(facts: Facts) -> str:
    intercept, _, spread = _numbers(facts.law)
    return _rendered(
        "study.md.j2",
        facts=facts,
        ahead=facts.ahead,
        changes=facts.changes.changes,
        law=facts.law,
        intercept=math.exp(intercept),
        spread=math.exp(spread),
        level=BINDING_LEVEL,
    )


def times_document(facts: Facts) -> dict[str, Any]:
    """Return the figures of STUDY.md as plain JSON: the changes, and the fate of every forecast."""
    tested = facts.ahead.score
    return {
        "changes": facts.changes.as_dict(),
        "called_right": {"share": tested.called_right, "conditions": tested.num_conditions},
        "conditions": [asdict(dot) for dot in facts.dots],
        "forecasts": [asdict(fate) for fate in facts.fates],
    }


# ---- The methods


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
    return _rendered(
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
    stated = [(each, ratio) for each, ratio in zip(found["findings"], ratios, strict=True) if each["claim"] == name]
    run = [(each, ratio) for each, ratio in stated if each["word"] != "not run"]
    sweeps = dict.fromkeys(each.start.sweep for each in CLAIMS[name].directions)
    conditions = [each for sweep in sweeps for each in found["sweeps"].get(sweep, {}).get("conditions", ())]
    return {
        "name": name,
        "sentence": sentence,
        "tally": _tally([each for each, _ in run], found["seen_before"]),
        "reading": reading(name, found),
        "axis": SECOND_EDITION[run[0][0]["start"]["sweep"]].axis if run else "",
        "directions": [_direction(each, ratio, found["seen_before"]) for each, ratio in run],
        "num_missing": len(stated) - len(run),
        "unread": [each["condition"] for each in conditions if _is_unread(each)],
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


def _is_unread(condition: Found) -> bool:
    """Return True if parts exceed whole captions by more than `UNREAD_GAP` in every seed."""
    names = ("canonical.parts_accuracy", "canonical.binding_accuracy")
    scores = [[seed["final"].get(name) for name in names] for seed in condition["seeds"]]
    return bool(scores) and all(
        parts is not None and whole is not None and parts - whole > UNREAD_GAP for parts, whole in scores
    )


def _tried(searches: Sequence[Found]) -> list[dict[str, str]]:
    """Return the conditions whose least loss was not at the preset's rate, with what was tried of each."""
    formats = (("factor", 1, "g"), ("loss", 1, ".2g"), ("canonical", 100, ".0f"))
    return [
        {"condition": label}
        | {name: ", ".join(f"{scale * each[name]:{form}}" for each in of) for name, scale, form in formats}
        for label, of in grouped(searches, lambda each: str(each["condition"])).items()
        if min(of, key=lambda each: each["loss"])["factor"] != 1.0
    ]


def _levels(found: Found) -> list[tuple[str, int]]:
    """Return how many directions keep their word at each other level of the rule."""
    own = [each["word"] for each in found["findings"]]
    others = zip([*LEVELS, None], [*found["words_by_level"], found["words_by_accuracy"]], strict=True)
    return [
        (
            "the accuracy itself" if level is None else f"{level:.0%}",
            sum(word == other for word, other in zip(own, of, strict=True) if word != "not run"),
        )
        for level, of in others
    ]


# ---- The data card


def _data_card(files: Sweeps, found: Found, *, has_begun: bool) -> str:
    """Return the card; `found` is `claims.json`, and `has_begun` is True if `begun/` holds a file."""
    rows = [row for each in files.values() for row in each]
    covered = {each["sweep"]: each for each in found["coverage"]}
    pilot = found["sweeps"].get(PILOT, {}).get("conditions")
    return _rendered(
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


def _file(name: str, rows: Sequence[Row], coverage: Found | None) -> dict[str, Any]:
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
    own = [each["word"] for each in found["findings"]]
    by_level = {**dict(zip(LEVELS, found["words_by_level"], strict=True)), BINDING_LEVEL: own}
    columns = zip(*(by_level[level] for level in sorted(by_level)), found["words_by_accuracy"], strict=True)
    return [
        {
            "claim": each["claim"],
            "step": words.step_words(each["start"], each["end"]),
            "form": each["form"],
            "bound": words.change_words(each["bound"]),
            "words": at,
        }
        for each, at in zip(found["findings"], columns, strict=True)
        if each["word"] != "not run"
    ]
