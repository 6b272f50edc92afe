"""Evidence of a claim as HTML: the paper's statement and the measurement, each comparison, and the origin.

    said_html(evidence, "Right: measured, it falls: ...")     # above the figure
    below_html(evidence, "own")                               # below it: verdicts of the form, controls, origin, files
    rest_html(["density"])                                    # claims without evidence

Words and numbers are those of STUDY.md; nothing is computed here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from explorer.evaluation.sets import FORMS
from explorer.evaluation.sweep_evidence import Condition, Evidence, OwnPoint
from explorer.pages.server.downloads import STUDY_FILES
from explorer.pages.shared.values import changed_text
from explorer.study.evidence_store import file_of
from explorer.study.question import Question
from explorer.study.study_document import (
    change,
    controls,
    counted,
    left_out,
    lost,
    origin,
    percent,
    points,
    trend_words,
    tunings,
)
from explorer.study.sweeps import START, START_WORDS
from explorer.study.table import SWEEPS

NOTHING = (
    "<p>No claim has evidence here yet. <code>python -m explorer sweep NAME</code> runs one, and"
    " <code>python -m explorer study write</code> freezes it for this page.</p>"
)


def question_html(asked: Question) -> str:
    """Return an explanation of the claim's dial, and the question."""
    lead = f"<p class='lead'>{escape(asked.lead)}</p>" if asked.lead else ""
    return f"{lead}<p>{escape(asked.text)}</p>"


def said_html(evidence: Evidence, reply: str) -> str:
    """Return the reply to a guess, if any, the claim, and both sides of it."""
    answer = f"<p class='reply' role='status'>{escape(signed(reply))}</p>" if reply else ""
    left = left_out(SWEEPS[evidence.name], evidence)
    missing = f"<p class='quiet'>{escape(left)}</p>" if left else ""
    sides = (("Paper says", escape(evidence.paper)), ("We measured", _measured(evidence) + missing))
    parts = "".join(f"<div><dt>{name}</dt><dd>{html}</dd></div>" for name, html in sides)
    head = f"<h3>Claim: {escape(evidence.claim)}</h3>"
    return f"<div class='claim' data-claim='{escape(evidence.name)}'>{answer}{head}<dl>{parts}</dl></div>"


def _measured(evidence: Evidence) -> str:
    """Return the verdicts on comparisons and long runs, a line per form of caption."""
    lines = [line for form in evidence.forms if (line := _tally(evidence, form) or _ends(evidence, form))]
    return f"<ul>{''.join(lines)}</ul>" if lines else "no comparison could be made"


def _tally(evidence: Evidence, form: str) -> str:
    """Count the verdicts as STUDY.md does."""
    counts, _ = counted(evidence, form)
    total = sum(counts.values())
    of = f"{total} comparison{'s' * (total > 1)}:"
    words = ", ".join(f"{escape(word)} in {count}" for word, count in counts.items())
    return f"<li><b>{escape(form)} captions</b>, {of} <span>{words}</span></li>" if counts else ""


def _ends(evidence: Evidence, form: str) -> str:
    """State the end of each long run."""
    found = ((each.series, (each.trend or {}).get(form)) for each in evidence.conditions)
    ends = [f"{escape(series)} {escape(trend.word)}" for series, trend in found if trend]
    return f"<li><b>{escape(form)} captions</b>: <span>{', '.join(ends)}</span></li>" if ends else ""


def signed(text: str) -> str:
    """Format numbers with a real minus sign, and none before a zero."""
    return re.sub(r"(?<![\w.,-])-(?=\d)", "−", re.sub(r"(?<![\w.,])[-+]0(?![\d.])", "0", text))


def below_html(evidence: Evidence, form: str) -> str:
    """Return the comparisons in one form of caption, trends, breakdown, controls, lost runs, origin and files."""
    quiet = _code(f"{evidence.interval.capitalize()}, {evidence.seeds} seeds. {origin(evidence)}")
    return (
        f"<div class='plain facts' data-form='{escape(form)}'>{_contrasts(evidence, form)}{_trends(evidence, form)}"
        f"{_tunings(evidence)}{_breakdown(evidence, form)}<p><b>Controls:</b> {escape(controls(evidence))}</p>"
        f"{_lost(evidence)}{_files(evidence)}<p class='quiet'>{quiet}</p></div>"
    )


def _contrasts(evidence: Evidence, form: str) -> str:
    rows = [
        (
            f"{escape(each.start)} to {escape(each.end)}",
            "nothing known" if each.direction == "ours" else escape(each.direction),
            f"{escape(change(each))}, {escape(signed(points(each.difference)))}",
            f"<b>{escape(each.word)}</b> <span class='quiet'>{escape(each.sentence)}</span>",
        )
        for each in evidence.contrasts
        if each.form == form
    ]
    head = ("comparison", "paper says", "we measured", "verdict")
    about = f"<p class='quiet'>{escape(form)}: {escape(({**FORMS, START: START_WORDS})[form])}.</p>"
    return f"<h3>Verdicts in {escape(form)} captions</h3>{about}{_table(head, rows)}" if rows else ""


def _trends(evidence: Evidence, form: str) -> str:
    lines = [
        f"<li>{escape(signed(trend_words(condition, form, found)))}: <b>{escape(found.word)}</b>.</li>"
        for condition in evidence.conditions
        if (found := (condition.trend or {}).get(form))
    ]
    return f"<h3>Slower or never</h3><ul>{''.join(lines)}</ul>" if lines else ""


def _tunings(evidence: Evidence) -> str:
    words, head, rows = tunings(evidence)
    table = _table(head, [[escape(cell) for cell in row] for row in rows])
    return f"<h3>How soon, and what is forgotten</h3><p class='quiet'>{escape(words)}</p>{table}" if rows else ""


def _breakdown(evidence: Evidence, form: str) -> str:
    rows = [
        (escape(condition.label), escape(each.group), escape(percent(each.estimate)))
        for condition in evidence.conditions
        for each in condition.breakdown
        if each.form == form
    ]
    by = (SWEEPS[evidence.name].breakdown or "").replace("_", " ")
    return f"<h3>By {escape(by)}</h3>{_table(('condition', by, 'binding'), rows)}" if rows else ""


def _lost(evidence: Evidence) -> str:
    lines = "".join(f"<li>{escape(each)}</li>" for each in lost(evidence))
    return f"<details><summary>Runs that are no data points</summary><ul>{lines}</ul></details>" if lines else ""


def _files(evidence: Evidence) -> str:
    """Return links to the frozen files; the table and the picture of the figure are under the figure."""
    name = evidence.name
    links = [
        f"<a href='study/{escape(name)}.{kind}' download>{words}</a>"
        for kind, words in zip(STUDY_FILES, ("every run as Parquet", "the picture as SVG"), strict=True)
        if file_of(name, kind)
    ]
    return f"<p>Download: {' · '.join(links)}</p>" if links else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of HTML cells; a phone shows each row as a card."""
    top = "".join(f"<th scope='col'>{name}</th>" for name in head)
    lines = "".join(f"<tr>{_cells(head, row)}</tr>" for row in rows)
    return f"<div class='stacked'><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>"


def _cells(head: Sequence[str], row: Sequence[str]) -> str:
    first, *rest = row
    cells = (f"<td data-label='{name}'>{cell}</td>" for name, cell in zip(head[1:], rest, strict=True))
    return f"<th scope='row'>{first}</th>{''.join(cells)}"


def _code(text: str) -> str:
    """Escape text, with parts in backticks as code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))


def spec_html(condition: Condition) -> str:
    """Return the spec behind a point as its preset and the differences from it."""
    spec = condition.run_spec()
    changed = changed_text(spec)
    words = f" with {changed}" if changed else ""
    return f"<p class='quiet' data-condition='{escape(condition.label)}'>Trained on <b>{escape(spec.preset or '')}" \
           f"</b>{words}.</p>"  # fmt: skip


def mine_html(runs: Sequence[OwnPoint]) -> str:
    """State how many of a reader's runs lie on the curve."""
    words = "None of your runs has the spec of a condition but for seed, steps and learning rate."
    if runs:
        count = "1 of your runs lies" if len(runs) == 1 else f"{len(runs)} of your runs lie"
        words = f"{count} on this curve, as a cross with its own steps; it is one seed and no part of the evidence."
    return f"<p class='quiet' data-runs='{len(runs)}'>{words}</p>"


def rest_html(names: Sequence[str]) -> str:
    """Return the declared claims that were not run, in a fold."""
    return f"<details class='rest'><summary>Declared, not run: {len(names)}</summary><ul>{''.join(_rest(names))}</ul>" \
           "</details>" if names else ""  # fmt: skip


def _rest(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        sweep = SWEEPS[name]
        lacks = f" It {escape(sweep.lacks)}." if sweep.lacks else ""
        yield f"<li><b>{escape(name)}</b>: {escape(sweep.claim)}{lacks}</li>"
