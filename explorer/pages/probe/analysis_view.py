"""Figures and tables of the further parts of Probe.

ladder_shown(rows)                           # (Drawing, table as HTML), from the rows of `explorer.service.leaderboard`
biases_shown({"things-bound": found})        # a Drawing, from estimates with their definitions by model
own_shown(measured, "attribute_density", evidence)      # (table as HTML, Drawing or None)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from explorer.evaluation.results import Defined, Position
from explorer.evaluation.sweep_evidence import Evidence
from explorer.evaluation.verdict import what_follows
from explorer.figures.reports import ShareRow, shares_chart
from explorer.figures.study import dose_response
from explorer.figures.style import Drawing, interval_words
from explorer.pages.shared.templates import macro
from explorer.service.leaderboard import LeaderboardRow
from explorer.service.user_captions import CURVES, DEFINITIONS, MeasuredCaptions, ReadCounts
from explorer.study.real_captions import positions
from explorer.wording import fraction, share, signed
from explorer.world.measure import MeasuredDial

BIAS_LABELS = {
    "size_bias": "larger object",
    "mention_bias": "first-named object",
    "larger_first_bias": "larger named first",
    "named_share": "looks where named",
}
INSIDE_LABELS = {
    "within_images": "within images",
    "within_captions": "within captions",
    "within_images_untrained": "within images, untrained",
    "within_captions_untrained": "within captions, untrained",
    "between": "binding",
    "mapped": "binding, mapped",
}
MOST_LABEL = 24
AT_CHANCE = "Nothing is away from chance: every 95 % interval holds it."
NONE_READ = "None of your captions could be read. They are read as English sentences that name objects."
ByModel = Mapping[str, Defined]
COLUMNS = ("Model", "Parameters", "Pixels", "Binding accuracy", "Verdict", "Margin", "Larger", "First")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rung:
    """Cells of a model, and the reason if it was not measured."""

    model: str
    cells: tuple[str, ...]
    why: str = ""


def ladder_shown(rows: Sequence[LeaderboardRow]) -> tuple[Drawing, Markup]:
    """Return binding accuracy by model as a figure, and all results of each as a table."""
    measured = [(row.model, row.binding) for row in rows if row.binding is not None]
    names = (f"{name}: {interval_words(binding)}" for name, binding in measured)
    shares = [ShareRow(label=short(name), estimate=binding) for name, binding in measured]
    drawing = shares_chart("ladder", shares, f"{'; '.join(names)}." if measured else "No model could be measured.")
    said = [f"{row.model}: {row.question.verdict}" for row in rows if row.question]
    return drawing, macro("probe/analyses.html", "ladder", COLUMNS, list(map(_rung, rows)), said)


def _rung(row: LeaderboardRow) -> _Rung:
    size = "–" if row.parameters is None else f"{row.parameters / 1e6:,.1f} M"
    if row.scenes is None or row.binding is None:
        return _Rung(model=row.model, cells=(size,), why=row.why or "")
    question = row.question
    margin = "–" if not question or question.margin is None else signed(question.margin, 4)
    cells = (
        size,
        str(row.pixels),
        f"{share(row.binding)}, n {row.binding.n}",
        row.verdict or "",
        margin,
        share(row.scenes["size_bias"]),
        share(row.scenes["mention_bias"]),
    )
    return _Rung(model=row.model, cells=cells)


def definitions_html(found: ByModel, labels: Mapping[str, str]) -> Markup:
    """Return the definition of each line of a figure, folded."""
    return macro("probe/analyses.html", "definitions", _definitions(found, labels))


def _definitions(found: ByModel, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    words = {name: shares[name].definition for shares in found.values() for name in labels if name in shares}
    return [(labels[name], each) for name, each in words.items()]


def inside_html(found: ByModel) -> Markup:
    """Return what follows from the probes of each model, and the definition of each line of the figure."""
    said = [(model, what_follows(shares)) for model, shares in found.items()]
    return macro("probe/analyses.html", "inside", said, _definitions(found, INSIDE_LABELS))


def biases_shown(found: ByModel) -> Drawing:
    """Draw a line per bias and a series per model."""
    return shares_chart("biases", _rows(found, BIAS_LABELS), _away(found, BIAS_LABELS))


def inside_shown(found: ByModel) -> Drawing:
    """Draw a line per read-out and a series per model."""
    return shares_chart("inside", _rows(found, INSIDE_LABELS), _away(found, INSIDE_LABELS))


def _away(found: ByModel, labels: Mapping[str, str]) -> str:
    """Return the shares that are off chance, line by line."""
    parts = []
    for name, words in labels.items():
        known = {model: shares[name] for model, shares in found.items() if name in shares}
        away = [f"{model} {share(each)}" for model, each in known.items() if each.is_off_chance]
        parts += [f"{words}: {', '.join(away)}"] if away else []
    return f"Away from chance, with 95 % intervals: {'; '.join(parts)}." if parts else AT_CHANCE


def _rows(found: ByModel, labels: Mapping[str, str]) -> list[ShareRow]:
    several = len(found) > 1
    return [
        ShareRow(label=words, series=short(model) if several else "", estimate=shares[name])
        for model, shares in found.items()
        for name, words in labels.items()
        if name in shares
    ]


def short(model: str) -> str:
    """Shorten a name to leave room for the plot; the table has it whole."""
    return model if len(model) <= MOST_LABEL else f"…{model[1 - MOST_LABEL :]}"


def own_shown(measured: MeasuredCaptions, name: str, evidence: Evidence | None) -> tuple[Markup, Drawing | None]:
    """Return the measures of a user's captions, and their place on the curve of one of them."""
    found = measured.of[name]
    if not measured.about.read:
        return macro("probe/analyses.html", "unread", NONE_READ, _left(measured.about)), None
    if evidence is None:
        why = f"The sweep {CURVES[name]} was not run yet, so there is no curve: these are the numbers alone."
    elif found is None:
        why = f"Your file does not tell {name.replace('_', ' ')}: give the objects and boxes of the pictures."
    else:
        why = "The curves are of our scenes and small models: they say a direction, not what a large CLIP would reach."
    band = None
    if found is not None and found.low is not None and found.high is not None:
        band = Position(label="your captions", value=found.value, low=found.low, high=found.high)
    there = positions(CURVES[name])
    drawing = dose_response(evidence, band=band, positions=there) if evidence is not None else None
    lines = [
        {
            "title": property_.replace("_", " ").capitalize(),
            "words": words,
            "value": "not told by the file" if (each := measured.of[property_]) is None else _interval(each),
        }
        for property_, words in DEFINITIONS.items()
    ]
    return macro("probe/analyses.html", "own", lines, _left(measured.about), why), drawing


def _left(about: ReadCounts) -> str:
    """State how many captions were read, and why the others were not."""
    left = "; ".join(f"{count} {reason}" for reason, count in about.left_out.items())
    unsure = about.sentences.get("unsure", 0)
    left = "; ".join([*([left] if left else []), *([f"{unsure:,} unsure sentences"] if unsure else [])])
    return f"{about.read:,} of {about.rows:,} captions were read" + (f"; left out: {left}" if left else "") + "."


def _interval(found: MeasuredDial) -> str:
    return fraction(found.value, found.low, found.high, digits=2, lead="95 % interval ", n=found.n)
