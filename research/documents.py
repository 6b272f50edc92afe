"""STUDY.md, its methods and the data card, as markdown from frozen rows; no figure of a result stands in a template.

study_document(study_facts.study_facts(), fourth_facts.fourth_facts())   # markdown
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from statistics import median
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from explorer.codec import Json, decode
from explorer.contract import CONTRACT
from explorer.evaluation.results import Estimate
from explorer.stats import wilson_interval
from explorer.study.evidence_store import load_first_edition
from explorer.wording import format_pairs
from research import words
from research.cells import RuleFigures
from research.claims import CLAIMS
from research.compare import OTHER_LEVELS, RowsBySweep
from research.critics import critic_losses
from research.fourth import EngineSweep, engine_sweeps, get_engine_sweep
from research.fourth_cells import (
    CONTROLS,
    DOSES,
    LOOP,
    OTHER_RATES,
    SPARSE,
    TORCH_SWEEP,
    WEB_STARTS,
    CellKey,
    dose_cell,
    map_cell,
)
from research.fourth_facts import FourthFacts
from research.frozen_law import Prediction
from research.grouping import group_by
from research.rows import (
    PILOT,
    Coverage,
    Row,
    num_runs,
    spec_of,
)
from research.seed_statistics import SIGNIFICANCE
from research.study_facts import (
    ARRANGED_CELLS,
    ASKED_TWICE,
    STUDY_CELLS,
    STUDY_MAP,
    WEB_LIKE,
    StudyFacts,
)
from research.study_pictures import Curves, Strip, loop_picture, map_picture, order_picture
from research.sweeps import ALL_SWEEPS, FIRST_EDITION, SECOND_EDITION, THIRD_EDITION
from research.theories import committed_forecasts
from research.theory_outcomes import count_tests, missed_cells, theory_table
from research.time_model import MODEL_FORMS
from research.time_ratios import TimeRatio
from research.words import claim_reading

MIN_UNREAD_GAP = 0.1
"""Least difference in accuracy between parts and whole captions that is told."""
BATCH_RATES = (
    "hard_negatives",
    "hard_negatives_true",
    "duplicate_captions",
    "false_negatives",
    "implicit_hard_negatives",
)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("research"),
        autoescape=jinja2.select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "factor": words.factor_text,
        "digits": words.digits_text,
        "pairs": format_pairs,
        "thousands": words.times_text,
    }
    return environment


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


# ---- STUDY.md


def law_line(facts: StudyFacts) -> dict[float, Prediction]:
    """Return what the law predicts between the least and the greatest kappa that have run, for the picture."""
    at, law = [each.kappa for each in facts.medians], facts.law
    kappas: list[float] = np.geomspace(min(at), max(at), 24).tolist()
    means = (law.intercept.value + law.terms["log kappa"].value * math.log(kappa) for kappa in kappas)
    return {k: Prediction(pairs=math.exp(mean), spread=law.sigma.value) for k, mean in zip(kappas, means, strict=True)}


ENGINE_ROWS = {"all told": 1, "half told": 0.5, "about a third told": 0.35, "a quarter told": 0.25}
ENGINE_COLUMNS = {"both named": 1, "both named in half": 0.75, "one named": 0.5}
"""Shares of the map's rows and columns."""


def study_strips(facts: StudyFacts, fourth: FourthFacts) -> list[Strip]:
    """Return the cells of the map that are whole, those of torch before those of the engine."""
    strips = [
        Strip(
            row=row,
            column=column,
            times=facts.times(*cell),
            budget=facts.mean(*cell, "pairs"),
            is_engine=False,
        )
        for (row, column), cell in STUDY_MAP.items()
    ]
    for row, told in ENGINE_ROWS.items():
        for column, named in ENGINE_COLUMNS.items():
            sweep, label = map_cell(named, told)
            if fourth.is_whole(sweep, label):
                budget = get_engine_sweep(sweep).cell(label).pairs
                times = fourth.times(sweep, label, "own")
                strips.append(Strip(row=row, column=column, times=times, budget=budget, is_engine=True))
    return strips


def study_pictures(facts: StudyFacts, fourth: FourthFacts) -> dict[str, str]:
    """Return the pictures of STUDY.md by file name, those whose trainings have run."""
    pictures = {"study-map.svg": map_picture(study_strips(facts, fourth))}
    if fourth.ways():
        titles = {"asked about two things": "canonical", "asked about one thing": "single"}
        pictures["study-loop.svg"] = loop_picture({title: fourth.ways(form) for title, form in titles.items()})
    if panels := order_panels(fourth):
        pictures["study-order.svg"] = order_picture(panels)
    return pictures


ORDER_TITLES = ("a quarter of the colors told", "web-like captions")
ORDER_ROWS: dict[str, tuple[CellKey, CellKey]] = {
    "none": (STUDY_CELLS["fresh_quarter"], STUDY_CELLS["fresh_web"]),
    "first": (STUDY_CELLS["to_quarter"], STUDY_CELLS["to_web"]),
    "first, then one caption in four is false": (
        (CONTROLS, "46 thousand of color, then a quarter told, a quarter of the captions wrong"),
        (CONTROLS, "46 thousand of color, then web-like, a quarter of the captions wrong"),
    ),
    "mixed in evenly": (dose_cell("mixed", 46, "quarter"), dose_cell("mixed", 46, "web")),
    "last": (STUDY_CELLS["last_quarter"], dose_cell("last", 46, "web")),
}
"""The cells that STUDY.md shows of each place of the dose, in the order of `ORDER_TITLES`."""


def order_panels(fourth: FourthFacts) -> dict[str, list[Curves]]:
    """Return the curves on each kind of captions, from fresh weights and after others, where both cells are whole."""
    compared = [
        (title, fresh, after, f"after {fourth.dose(*after)} tidy pairs")
        for title, fresh, after in zip(ORDER_TITLES, ORDER_ROWS["none"], ORDER_ROWS["first"], strict=True)
    ]
    compared.append(("every color told", STUDY_CELLS["all_again"], STUDY_CELLS["last_longest"], "after a quarter told"))
    return {
        title: [
            Curves(words="from fresh weights", curves=fourth.curves(*fresh), is_fresh=True),
            Curves(words=words, curves=fourth.curves(*after), is_fresh=False),
        ]
        for title, fresh, after, words in compared
        if fourth.is_whole(*fresh) and fourth.is_whole(*after)
    }


def is_kept_by_few(fourth: FourthFacts) -> bool:
    """Return True if after the dose most models keep binding where a quarter is told, and not where nearly nothing is.

    Both are asked about two things; of fresh models that read a quarter most must not bind.
    """
    cells = [STUDY_CELLS[name] for name in ("to_quarter", "fresh_quarter", "control")]
    return [fourth.rows.cell(*each).forms["canonical"].is_kept for each in cells] == [True, False, False]


def study_document(facts: StudyFacts, fourth: FourthFacts) -> str:
    """Return STUDY.md; what the fourth edition has not asked of every seed of a cell is said to be under way."""

    def budget(sweep: str, condition: str) -> str:
        return f"{facts.mean(sweep, condition, 'pairs'):,.0f}"

    def percent(sweep: str, condition: str, score: str) -> str:
        return f"{100 * facts.mean(sweep, condition, f'{score}.value'):.0f} %"

    forecasts = committed_forecasts()
    web_starts, mixtures = _web_starts(fourth), teaching_mixtures(facts)
    return _render(
        "study.md.j2",
        facts=facts,
        fourth=fourth,
        num_theories=len(forecasts["theories"]),
        refuted=refuted_theories(fourth, count_tests(fourth.rows, forecasts)),
        budget=budget,
        map_budgets=sorted({budget(*cell) for cell in STUDY_MAP.values()}, key=len),
        percent=percent,
        panels=order_panels(fourth),
        is_kept_by_few=is_kept_by_few(fourth),
        is_slower_whole=all(fourth.is_whole(*STUDY_CELLS[f"{told}_half_rate"]) for told in ("all", "third", "quarter")),
        is_mapped=all(fourth.is_whole(*map_cell(1, told)) for told in ENGINE_ROWS.values()),
        web_starts=web_starts,
        web_starts_bound=[fourth.num_bound_at_end(*cell, form="own") for cell in web_starts],
        orders=fourth.whole_rows(ORDER_ROWS),
        other_rates=fourth.whole_rows(OTHER_RATES),
        wilson=wilson_interval,
        **STUDY_CELLS,
        asked_twice=ASKED_TWICE,
        web_like=[cell for cell in WEB_LIKE if cell in facts.keys],
        level=CONTRACT.binding.level,
        mixtures=mixtures,
        named_of_four=_bound_of_named(facts, "canonical"),
        named_of_four_own=_bound_of_named(facts, "own"),
        third_share=_told_percent(map_cell(1, 0.35)),
        web_losses=_web_losses(facts, fourth),
        taught=TAUGHT,
    )


def _bound_of_named(facts: StudyFacts, form: str) -> str:
    """Return how many models were bound where captions name one, two, three or all of four things: "0, 5, 5 and 1"."""
    *first, last = (facts.num_ever_bound("objects-named", f"4 in the image: {named}", form) for named in range(1, 5))
    return f"{', '.join(map(str, first))} and {last}"


def refuted_theories(fourth: FourthFacts, num_tests: int) -> set[str]:
    """Return the theories that are refuted in some cell, after a correction for the number of tests."""
    if num_tests == 0:
        return set()
    missed = missed_cells(fourth.rows, committed_forecasts(), level=SIGNIFICANCE / num_tests)
    return {theory for each in missed for theory in each.probabilities}


def _told_percent(cell: CellKey) -> str:
    """Return the share of the colors that captions of a cell of the fourth edition tell, in percent: "35"."""
    sweep, label = cell
    return f"{100 * get_engine_sweep(sweep).cell(label).phases[-1].spec(0).data.attribute_density:.0f}"


def _web_losses(facts: StudyFacts, fourth: FourthFacts) -> dict[str, float | None]:
    """Return the least training loss of web-like captions, also at a lower rate, and that of a perfect bag of words."""
    rows = [row for cell in WEB_LIKE if cell in facts.keys for row in facts.rows_of(*cell)]
    bag = critic_losses(spec_of(rows[0])).bag
    return {
        "least": min(float(row["loss"]) for row in rows),
        "low_rate": min(fourth.web_losses, default=None),
        "bag": bag,
    }


def _web_starts(fourth: FourthFacts) -> list[CellKey]:
    return [cell for cell in WEB_STARTS if fourth.is_whole(*cell)]


MIXTURES = "naming-cliff"
"""Captions that name one thing, and in some of a hundred both."""
TAUGHT = 0.95
"""The least accuracy, about two things and about one, of captions that STUDY.md calls the best teachers."""


def teaching_mixtures(facts: StudyFacts) -> list[int]:
    """Return in how many of a hundred captions both things are named where models are right on both questions."""
    scores = ("canonical.binding_accuracy.value", "canonical.single_object_accuracy.value")
    labels = [label for sweep, label in facts.keys if sweep == MIXTURES and label.startswith("2 objects: ")]
    taught = [label for label in labels if min(facts.mean(MIXTURES, label, score) for score in scores) > TAUGHT]
    return sorted(int(label.split()[-1].rstrip("%")) for label in taught)


def times_document(facts: StudyFacts) -> dict[str, Any]:
    """Return the figures of STUDY.md as plain JSON: the changes, and the outcome of every forecast."""
    tested = facts.ahead.score
    return {
        "changes": facts.changes.to_json(),
        "called_right": {"share": tested.called_right, "conditions": tested.num_conditions},
        "conditions": [asdict(each) for each in facts.medians],
        "forecasts": [asdict(each) for each in facts.outcomes],
    }


# ---- The methods


def methods_document(
    claims: Json,
    ratios: Sequence[TimeRatio | None],
    *,
    scores: Mapping[str, Mapping[str, Json]],
    covered: Sequence[Coverage],
    facts: StudyFacts | None,
    fourth: FourthFacts,
    judged: RuleFigures,
) -> str:
    """Return the page of methods.

    Args:
        claims: The content of `claims.json`.
        ratios: Those of its findings.
        scores: Of the forecasts, by experiment and model.
        covered: What has run of each sweep of the later editions, begun conditions too.
        facts: Of the frozen rows; None leaves the line and the table of changes out.
        fourth: What has run of the fourth edition.
        judged: How the rule of the nearest measured cell told cells that were left out.
    """
    run = [each for each in claims["findings"] if each["word"] != "not run"]
    exact = [each for each in run if each["p_holm"] is not None and each["p_holm"] < SIGNIFICANCE]
    return _render(
        "methods.md.j2",
        facts=facts,
        fourth=fourth,
        **_fourth_edition(fourth),
        intercept=facts and math.exp(facts.law.intercept.value),
        spread=facts and math.exp(facts.law.sigma.value),
        claims=[_claim(name, sentence, claims, ratios) for name, sentence in claims["claims"].items()],
        num_run=len(run),
        num_seen=sum(words.is_seen_before(each, claims["seen_before"]) for each in run),
        num_exact=len(exact),
        num_exact_seen=sum(words.is_seen_before(each, claims["seen_before"]) for each in exact),
        num_ratio=sum(ratio is not None and ratio.is_decided for ratio in ratios),
        covered=[(ALL_SWEEPS[each.sweep].edition, each) for each in covered],
        judged=judged,
        near=CONTRACT.cells.near,
        scores=scores,
        forms=MODEL_FORMS.values(),
        questions={number: _question(number) for number in scores},
        off=sorted((each for each in claims["controls"] if each), key=abs, reverse=True),
        num_controls=len(claims["controls"]),
        level=CONTRACT.binding.level,
        in_a_row=CONTRACT.binding.in_a_row,
        tried=_rate_searches(claims["searches"]),
        seen=claims["seen_before"],
        levels=_levels(claims),
        first=[_first_edition_record(name, words) for name, words in load_first_edition().items()],
    )


def _fourth_edition(fourth: FourthFacts) -> dict[str, Any]:
    """Return what the methods say of the fourth edition alone."""
    forecasts = committed_forecasts()
    doses = ([dose_cell("first", dose, sparse) for sparse in SPARSE] for dose in DOSES)
    num_tests = count_tests(fourth.rows, forecasts)
    helped = [dose_cell("all_first", dose, "quarter") for dose in DOSES]
    return {
        "helped": helped if all(fourth.is_whole(*each) for each in helped) else [],
        "engine": CONTRACT.engine_version,
        "fourth_sweeps": [_fourth_sweep(sweep, fourth) for sweep in engine_sweeps().values()],
        "loop": _loop(),
        "theories": theory_table(fourth.rows, forecasts),
        "missed": missed_cells(fourth.rows, forecasts),
        "closed": fourth.closed_forecasts(),
        "arranged": fourth.whole_rows(ARRANGED_CELLS),
        "web_starts": _web_starts(fourth),
        "study_cells": STUDY_CELLS,
        "num_tests": num_tests,
        "refuted": refuted_theories(fourth, num_tests),
        "num_theories": len(forecasts["theories"]),
        "significance": SIGNIFICANCE,
        "other_rates": fourth.whole_rows(OTHER_RATES),
        "doses": [cells for cells in doses if all(fourth.is_whole(*each) for each in cells)],
        "is_less_for_both": [
            fourth.num_bound_at_end(*STUDY_CELLS[name], form=form)
            for name in ("apart_fewer", "one_fewer")
            for form in ("canonical", "single")
        ]
        == [0, 0, 0, 5],
        "ratio": fourth.engine_ratio,
        "torch_cells": [(TORCH_SWEEP, cell.label) for cell in get_engine_sweep(TORCH_SWEEP).cells],
    }


def _fourth_sweep(sweep: EngineSweep, fourth: FourthFacts) -> dict[str, Any]:
    """Return what the methods say of a sweep of the fourth edition; the pairs are those of most of its cells."""
    return {
        "name": sweep.name,
        "question": sweep.question,
        "cells": len(sweep.cells),
        "seeds": sweep.seeds,
        "pairs": " or ".join(f"{pairs:,}" for pairs in sorted({cell.pairs for cell in sweep.cells})),
        "ran": len(fourth.rows.results.get(sweep.name, ())),
        "asked": len(sweep.cells) * sweep.seeds,
    }


def _loop() -> dict[str, Any]:
    """Return the pairs of a phase of the loop, and the shares told in their order."""
    cells = get_engine_sweep(LOOP).cells
    shares = [phase.spec(0).data.attribute_density for phase in cells[-1].phases]
    return {
        "pairs": f"{cells[-1].pairs:,}",
        "phases": len(shares),
        "shares": ", ".join(f"{share:g}" for share in shares),
    }


def _first_edition_record(name: str, words: Json) -> dict[str, Any]:
    """Return what the methods say of a sweep of the first edition; claims of the second have the plain anchors."""
    sweep, anchor = FIRST_EDITION[name], f"first-{name}" if name in CLAIMS else name
    return {"name": name, "anchor": anchor, "claim": sweep.claim, "paper": sweep.paper, "tallies": words["tallies"]}


def html_document(markdown: str) -> str:
    """Return a document of `docs/` as one page of HTML that lies beside its pictures in `assets/study`.

    Links to other documents of the repository become plain text, as a page has none of them.
    """
    from markdown_it import MarkdownIt

    text = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)[^)]+\)", r"\1", markdown.replace("../assets/study/", ""))
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return _render("page.html.j2", title=text.partition("\n")[0].lstrip("# "), body=Markup(body))  # noqa: S704  our own document


def _question(number: str) -> str:
    claims = (sweep.claim for sweep in THIRD_EDITION.values() if sweep.experiment and sweep.experiment.number == number)
    return " ".join(dict.fromkeys(claims))


def _claim(name: str, sentence: str, claims: Json, ratios: Sequence[TimeRatio | None]) -> dict[str, Any]:
    stated = [(each, ratio) for each, ratio in zip(claims["findings"], ratios, strict=True) if each["claim"] == name]
    run = [(each, ratio) for each, ratio in stated if each["word"] != "not run"]
    sweeps = dict.fromkeys(each.start.sweep for each in CLAIMS[name].directions)
    conditions = [each for sweep in sweeps for each in claims["sweeps"].get(sweep, {}).get("conditions", ())]
    return {
        "name": name,
        "sentence": sentence,
        "tally": _tally([each for each, _ in run], claims["seen_before"]),
        "reading": claim_reading(name, claims),
        "axis": SECOND_EDITION[run[0][0]["start"]["sweep"]].axis if run else "",
        "directions": [_direction(each, ratio, claims["seen_before"]) for each, ratio in run],
        "num_missing": len(stated) - len(run),
        "unread": [each["condition"] for each in conditions if _is_unread(each)],
    }


def _tally(run: Sequence[Json], repeated: Json) -> str:
    """Count the words of all directions, so that the first one does not speak for those that differ from it."""
    counts = Counter(each["word"] for each in run)
    seen_counts = Counter(each["word"] for each in run if words.is_seen_before(each, repeated))
    return ", ".join(
        f"{count} {word}{f' ({seen_counts[word]}{words.SEEN_MARK})' if seen_counts[word] else ''}"
        for word, count in counts.items()
    )


def _direction(finding: Json, ratio: TimeRatio | None, repeated: Json) -> dict[str, str]:
    final = finding["change"][str(finding["metric"] or f"{finding['form']}.binding_accuracy")]
    p = finding["p_holm"]
    return {
        "step": words.short_change_of_condition(finding["start"], finding["end"]),
        "form": finding["form"],
        "bound": words.seeds_bound(finding),
        "spared": words.brackets_text(decode(Estimate, finding["spared"])),
        "final": words.brackets_text(decode(Estimate, final)),
        "p": "-" if p is None else f"{p:.2g}",
        "said": f"{finding['expected']}{words.SEEN_MARK if words.is_seen_before(finding, repeated) else ''}",
        "word": f"{finding['word']}: p {p:.2g}"
        if finding["word"] == "not decided" and p is not None
        else finding["word"],
        "ratio": words.factor_text(ratio.span) if ratio else "-",
        "p_ratio": f"{ratio.p_holm:.2g}" if ratio and ratio.p_holm is not None else "-",
    }


def _is_unread(condition: Json) -> bool:
    """Return True if parts exceed whole captions by more than `MIN_UNREAD_GAP` in every seed."""
    names = ("canonical.parts_accuracy", "canonical.binding_accuracy")
    scores = [[seed["final"].get(name) for name in names] for seed in condition["seeds"]]
    return bool(scores) and all(None not in pair and pair[0] - pair[1] > MIN_UNREAD_GAP for pair in scores)


def _rate_searches(searches: Sequence[Json]) -> list[dict[str, str]]:
    """Return the conditions whose least loss was not at the preset's rate, with what was tried of each."""
    formats = (("factor", 1, "g"), ("loss", 1, ".2g"), ("canonical", 100, ".0f"))
    return [
        {"condition": label}
        | {name: ", ".join(f"{scale * each[name]:{form}}" for each in tries) for name, scale, form in formats}
        for label, tries in group_by(searches, lambda each: str(each["condition"])).items()
        if min(tries, key=lambda each: each["loss"])["factor"] != 1.0
    ]


def _levels(claims: Json) -> list[tuple[str, int]]:
    """Return how many directions keep their word at each other level of the rule."""
    own = [each["word"] for each in claims["findings"]]
    names = [*(f"{level:.0%}" for level in OTHER_LEVELS), "the accuracy itself"]
    others = zip(names, [*claims["words_by_level"], claims["words_by_accuracy"]], strict=True)
    return [
        (name, sum(word == other for word, other in zip(own, other_words, strict=True) if word != "not run"))
        for name, other_words in others
    ]


# ---- The data card


def data_card(files: RowsBySweep, claims: Json, *, has_begun: bool) -> str:
    """Return the card; `claims` is `claims.json`, and `has_begun` is True if `begun/` holds a file."""
    rows = [row for each in files.values() for row in each]
    covered = {each["sweep"]: each for each in claims["coverage"]}
    pilot = claims["sweeps"].get(PILOT, {}).get("conditions")
    return _render(
        "data_card.md.j2",
        files=[_file(name, file_rows, covered.get(name)) for name, file_rows in files.items()],
        num_rows=len(rows),
        num_runs=num_runs(rows),
        has_begun=has_begun,
        conditions=[(sweep, each) for sweep, about in claims["sweeps"].items() for each in about["conditions"]],
        bound=words.bound_words,
        span=_span,
        hosts=_headroom(pilot) if pilot else None,
        rates=BATCH_RATES,
        levels=sorted((*OTHER_LEVELS, CONTRACT.binding.level)),
        directions=_directions(claims),
    )


def _file(name: str, rows: Sequence[Row], coverage: Json | None) -> dict[str, Any]:
    edition = ("first", "second", "third")[ALL_SWEEPS[name].edition - 1]
    state = "as frozen"
    if coverage is not None:
        whole = f"{len(coverage['whole'])} of {coverage['num_conditions']} conditions"
        state = "yes" if coverage["is_whole"] else whole
    return {"name": name, "edition": edition, "rows": len(rows), "runs": num_runs(rows), "state": state}


def _span(condition: Json, name: str) -> str:
    """Format the median of the seeds with the least and the most, in percent."""
    finals = sorted(value for seed in condition["seeds"] if (value := seed["final"].get(name)) is not None)
    if not finals:
        return "-"
    middle, low, high = (f"{100 * value:.1f}" for value in (median(finals), finals[0], finals[-1]))
    return f"{middle} ({low} to {high})"


def _headroom(conditions: Sequence[Json]) -> list[str]:
    """State for each host if some seeds bound and some did not, and if its control bound."""
    bound = {
        each["condition"]: (sum(seed["bound"]["canonical"] is not None for seed in each["seeds"]), len(each["seeds"]))
        for each in conditions
    }
    lines = []
    for label, (count, seeds) in bound.items():
        host, _, role = label.partition(": ")
        control = next((share for other, share in bound.items() if other.startswith(f"{host}: control")), None)
        if role != "host" or control is None:
            continue
        some = "some bind and some do not" if count < seeds else "all bind, so only the time can show"
        spread = some if count else "none binds"
        able = "so a repair can show" if 2 * control[0] >= control[1] else "so nothing can show"
        lines.append(
            f"`{host}`: {count} of {seeds} seeds bind ({spread}); its control: {control[0]} of {control[1]}, {able}."
        )
    return lines


def _directions(claims: Json) -> list[dict[str, Any]]:
    """Return each direction that has run with its word at each level of the rule, and for the accuracy itself."""
    own = [each["word"] for each in claims["findings"]]
    by_level = {**dict(zip(OTHER_LEVELS, claims["words_by_level"], strict=True)), CONTRACT.binding.level: own}
    columns = zip(*(by_level[level] for level in sorted(by_level)), claims["words_by_accuracy"], strict=True)
    return [
        {
            "claim": each["claim"],
            "step": words.change_of_condition(each["start"], each["end"]),
            "form": each["form"],
            "bound": words.change_words(each["bound"]),
            "words": at,
        }
        for each, at in zip(claims["findings"], columns, strict=True)
        if each["word"] != "not run"
    ]
