"""Evidence of a claim as HTML: the paper's statement and the measurement, each comparison, and the origin.

    said_html(evidence, "Right: measured, it falls: ...")     # above the figure
    below_html(evidence, "own")                               # below it: verdicts of the form, controls, origin, files
    rest_html(["density"])                                    # claims without evidence

The files of the first edition are data; nothing is computed here.
"""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from explorer.evaluation.sets import FORMS
from explorer.evaluation.sweep_evidence import Condition, Evidence, OwnPoint, Trend, form_name
from explorer.pages.server.downloads import STUDY_FILES
from explorer.pages.shared.dial_values import changed_text
from explorer.pages.shared.templates import macro
from explorer.study.evidence_store import file_of
from explorer.study.first_edition import change, controls, counted, left_out, lost, origin, tunings
from explorer.study.question import Question
from explorer.study.sweeps import START, START_WORDS
from explorer.study.table import SWEEPS
from explorer.study.words import percent
from explorer.wording import points


def part(name: str, *values: Any) -> Markup:
    """Return a part of the tab from its template."""
    return macro("study/parts.html", name, *values)


def question_html(asked: Question) -> Markup:
    """Return an explanation of the claim's dial, and the question."""
    return part("question", asked)


def said_html(evidence: Evidence, reply: str) -> Markup:
    """Return the reply to a guess, if any, the claim, and both sides of it."""
    tallies = [found for form in evidence.forms if (found := _tally(evidence, form))]
    counted_forms = {each["form"] for each in tallies}
    ends = [found for form in evidence.forms if form not in counted_forms and (found := _ends(evidence, form))]
    return part("said", evidence, reply, *map(_plain, (tallies, ends)), left_out(SWEEPS[evidence.name], evidence))


def _plain(counted_forms: list[dict[str, str]]) -> list[dict[str, str]]:
    """Name the form of each count in plain words."""
    return [each | {"form": form_name(each["form"])} for each in counted_forms]


def _tally(evidence: Evidence, form: str) -> dict[str, str] | None:
    """Count the verdicts."""
    counts, _ = counted(evidence, form)
    total = sum(counts.values())
    words = ", ".join(f"{word} in {count}" for word, count in counts.items())
    return {"form": form, "of": f"{total} comparison{'s' * (total > 1)}:", "words": words} if counts else None


def _ends(evidence: Evidence, form: str) -> dict[str, str] | None:
    """State the end of each long run."""
    found = ((each.series, (each.trend or {}).get(form)) for each in evidence.conditions)
    ends = [f"{series} {trend.word}" for series, trend in found if trend]
    return {"form": form, "words": ", ".join(ends)} if ends else None


def below_html(evidence: Evidence, form: str) -> Markup:
    """Return the comparisons in one form of caption, trends, breakdown, controls, lost runs, origin and files."""
    words, head, rows = tunings(evidence, form_name)
    by = (SWEEPS[evidence.name].breakdown or "").replace("_", " ")
    said = f"{evidence.interval.capitalize()}, {evidence.seeds} seeds. {origin(evidence)}"
    return part(
        "below", form, form_name(form), {**FORMS, START: START_WORDS}[form],
        _contrasts(evidence, form), _trends(evidence, form),
        {"words": words, "head": head, "rows": rows}, {"by": by, "rows": _breakdown(evidence, form)},
        controls(evidence, form_name), list(lost(evidence)), _files(evidence), said.split("`"),
    )  # fmt: skip


def _contrasts(evidence: Evidence, form: str) -> list[tuple[Any, ...]]:
    return [
        (
            f"{each.start} to {each.end}",
            "nothing known" if each.direction == "ours" else each.direction,
            f"{change(each)}, {points(each.difference)}",
            part("verdict", each.word, each.sentence.replace(f"{form} captions", f"{form_name(form)} captions")),
        )
        for each in evidence.contrasts
        if each.form == form
    ]


def _trends(evidence: Evidence, form: str) -> list[dict[str, str]]:
    return [
        {"words": _trend_words(condition, form_name(form), found), "word": found.word}
        for condition in evidence.conditions
        if (found := (condition.trend or {}).get(form))
    ]


def _trend_words(condition: Condition, form: str, found: Trend) -> str:
    ends = f"{condition.series}, {form} captions: ends at {percent(found.end)}"
    return f"{ends}; over the last third of the steps it changes by {points(found.slope)}"


def _breakdown(evidence: Evidence, form: str) -> list[tuple[str, ...]]:
    return [
        (condition.label, each.group, percent(each.estimate))
        for condition in evidence.conditions
        for each in condition.breakdown
        if each.form == form
    ]


def _files(evidence: Evidence) -> list[dict[str, str]]:
    """Return links to the frozen files; the table and the picture of the figure are under the figure."""
    return [
        {"href": f"study/{evidence.name}.{kind}", "words": words}
        for kind, words in zip(STUDY_FILES, ("every run as Parquet", "the picture as SVG"), strict=True)
        if file_of(evidence.name, kind)
    ]


def spec_html(condition: Condition) -> Markup:
    """Return the spec behind a point as its preset and the differences from it."""
    spec = condition.run_spec()
    return part("spec", condition.label, spec.preset or "", changed_text(spec))


def mine_html(runs: Sequence[OwnPoint]) -> Markup:
    """State how many of a reader's runs lie on the curve."""
    words = "None of your runs has the spec of a condition but for seed, steps and learning rate."
    if runs:
        count = "1 of your runs lies" if len(runs) == 1 else f"{len(runs)} of your runs lie"
        words = f"{count} on this curve, as a cross with its own steps; it is one seed and no part of the evidence."
    return part("mine", len(runs), words)


def rest_html(names: Sequence[str]) -> Markup:
    """Return the declared claims that were not run, in a fold."""
    return part("rest", [SWEEPS[name] for name in names]) if names else Markup("")
