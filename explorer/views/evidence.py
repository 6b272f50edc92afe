"""Views of the study: its rows and a forecast for programs; its line, its effects and each claim for the page.

    study().effects[0]["words"]                               # the effect of each property
    study("naming")["findings"]                               # every seed of a claim or a sweep
    predict(service, "binding-friendly").sentence  # "Expected to bind after 15,746 pairs (8,260 to 30,014 ..."
    line(service).line["law"]                                 # every training on one line, None where nothing is frozen
    effects().figure["sentence"]                              # every property in each form of caption
    claim(service, "density", form="own").first["contrasts"]  # verdicts, conditions with specs, figure, files

All of it is frozen, with the numbers of STUDY.md; only the reader's own runs are read anew. Sentences and tables are
plain text, each in English.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any

from explorer.codec import decode
from explorer.errors import NO_VALUE, UserError
from explorer.figures.study import PropertyEffect, dose_response, forest_plot
from explorer.figures.style import Drawing, escape_text
from explorer.presets import PRESETS, find_preset
from explorer.runs.specs import differences, resolve
from explorer.spec import DIALS
from explorer.study.claims import CLAIMS, STUDY_PROPERTIES
from explorer.study.evidence_store import (
    Evidence,
    FileKind,
    MeasuredCondition,
    OwnPoint,
    evidence_file,
    evidence_folder,
    form_name,
    load_claims,
    load_document,
    load_evidence,
    load_page_numbers,
    load_sweep_words,
    own_points,
)
from explorer.study.law import Interval, predict_time
from explorer.study.real_captions import corpus_positions
from explorer.study.sweeps import FIRST_EDITION
from explorer.study.words import change_words, claim_reading, count_sentences, is_seen_before, step_words
from explorer.views.data import estimate_seconds
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.world.recipe_drawings import polygons_of
from explorer.world.worlds import fill_colors

Json = Mapping[str, Any]
FIRST_PRESET = next(iter(PRESETS))
GUESSED_OBJECTS = (
    ("submarine", "green", 7, 8, 38, True),
    ("bus", "yellow", 56, 10, 38, True),
    ("cat", "red", 8, 57, 36, False),
    ("tree", "purple", 57, 56, 36, False),
)
"""Noun, color, corner and side in percent, and whether the caption names it, of each object of the guess."""
FILE_WORDS: dict[FileKind, str] = {"parquet": "every run as Parquet", "svg": "the picture as SVG"}


# ---- For programs


@dataclass(frozen=True, kw_only=True)
class StudyOverview:
    """The effect of each property, the runs that stand behind each sweep, and the claims with their findings."""

    effects: tuple[Json, ...]
    coverage: tuple[Json, ...]
    claims: Mapping[str, str]
    findings: tuple[Json, ...]


@view()
def study(claim: str = "") -> StudyOverview | Json:
    """The effect of each property of the data on binding; with a claim every seed of it.

    Args:
        claim: name of a claim or of a sweep of either edition, or nothing for all properties
    """
    if claim:
        try:
            document = load_document(claim)
        except UserError as error:
            raise error.in_field("claim") from None
        if document is None:
            raise UserError("claim", claim, "was not run yet, so there is no evidence")
        return document
    claims = load_claims()
    if claims is None:
        raise UserError("claim", NO_VALUE, "nothing is frozen here, so there is no evidence")
    return StudyOverview(
        effects=tuple(claims["effects"]),
        coverage=tuple(claims["coverage"]),
        claims=claims["claims"],
        findings=tuple(claims["findings"]),
    )


@dataclass(frozen=True, kw_only=True)
class BindingForecast:
    """When a training is expected to bind in captions of its own form: the median of seeds, and 19 of 20 of them.

    Attributes:
        sentence: The forecast in words, or why nothing is known there.
        pairs: Pairs of image and caption; None where nothing is known.
        steps: The same in batches.
        seconds: The same in seconds here, at the middle of the pace that was measured or guessed (`basis`).
        share_bound: Probability that a seed is bound at the budget of the spec.
        beyond: Pairs at which the line would put it, for data beyond the end of what has bound.
        source: The trainings from which it follows.
    """

    sentence: str
    pairs: Interval | None
    steps: Interval | None
    seconds: Interval | None
    basis: str
    share_bound: float | None
    beyond: float | None
    source: str


@view()
def predict(service: Service, preset: str, overrides: dict[str, Any] | None = None) -> BindingForecast:
    """Forecast when a training of a recipe binds, by the study's line of time by kappa; it is no finding of this run.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"attribute_density": 1}
    """
    spec = resolve(preset, overrides or {})
    expected = predict_time(spec)
    low, high, basis = estimate_seconds(service.store, spec)
    pace = (low + high) / 2 / spec.train.steps
    steps = expected.steps
    return BindingForecast(
        sentence=expected.sentence,
        pairs=expected.pairs,
        steps=steps,
        seconds=steps and Interval(value=pace * steps.value, low=pace * steps.low, high=pace * steps.high),
        basis=basis,
        share_bound=expected.share_bound,
        beyond=expected.beyond,
        source=expected.source,
    )


# ---- The page


@dataclass(frozen=True, kw_only=True)
class EvidenceLine:
    """The numbers of the page, None where nothing is frozen; seconds that a pair takes here; the guess's picture.

    An object of the picture has its polygons, place, color and whether the caption names it.
    """

    line: Json | None
    pace: float
    picture: tuple[Json, ...]


@view()
def line(service: Service) -> EvidenceLine:
    """Every training of the study against one number of its data, with the law, nine changes and five findings."""
    spec = find_preset(FIRST_PRESET).spec
    low, high, _ = estimate_seconds(service.store, spec)
    pace = mean((low, high)) / (spec.train.steps * spec.train.batch_size)
    picture = tuple(
        {"x": x, "y": y, "side": side, "told": is_named, "fill": fill_colors()[color], "shapes": polygons_of(noun)}
        for noun, color, x, y, side, is_named in GUESSED_OBJECTS
    )
    return EvidenceLine(line=load_page_numbers(evidence_folder()), pace=float(f"{pace:.2g}"), picture=picture)


@dataclass(frozen=True, kw_only=True)
class EffectsFigure:
    """The effect of each property in each form of caption as a figure, and the claims that can be opened.

    The figure is None where nothing is frozen. `pages` names the claim that shows a property, by the text of its mark;
    `not_run` are claims without evidence.
    """

    counts: tuple[str, ...]
    figure: Json | None
    pages: Mapping[str, str]
    coverage: tuple[Json, ...]
    claims: tuple[str, ...]
    not_run: tuple[Json, ...]


@view()
def effects() -> EffectsFigure:
    """The effect of each property of the data on binding in each form of caption, and what has evidence."""
    claims = load_claims()
    measured, coverage = (claims["effects"], claims["coverage"]) if claims else ((), ())
    with_mark = {each.claim for each in STUDY_PROPERTIES.values()}
    opened = [name for name in _answered_claims() if name not in with_mark or _has_page(name)]
    return EffectsFigure(
        counts=tuple(count_sentences(measured)) if claims else (),
        figure=_figure(forest_plot(decode(tuple[PropertyEffect, ...], measured))) if claims else None,
        pages={name: each.page for name, each in STUDY_PROPERTIES.items() if each.page in opened},
        coverage=tuple(
            {"sweep": each["sweep"], "num_whole": len(each["whole"]), "num_conditions": each["num_conditions"]}
            for each in coverage
        ),
        claims=tuple(opened),
        not_run=tuple(
            {"name": name, "claim": sweep.claim, "lacks": sweep.lacks}
            for name, sweep in FIRST_EDITION.items()
            if name not in opened
        ),
    )


def _answered_claims() -> list[str]:
    """Return every name that `claim` answers: pages of the first edition, then claims that only the second has."""
    second = (load_claims() or {}).get("claims", ())
    return list(dict.fromkeys([*filter(_has_page, FIRST_EDITION), *(name for name in CLAIMS if name in second)]))


def _has_page(name: str) -> bool:
    """Return True if a claim of the first edition has evidence."""
    return name in FIRST_EDITION and evidence_file(name, "json") is not None


def _figure(drawing: Drawing) -> Json:
    table = {"columns": drawing.columns, "rows": drawing.rows}
    return {"plotly": dict(drawing.figure), "sentence": drawing.sentence, "table": table}


@dataclass(frozen=True, kw_only=True)
class ClaimEvidence:
    """A claim with the evidence of both editions.

    Attributes:
        first: What the first edition measured, in the captions of one `form` and by one `metric`; None for a claim
            that only the second has. It has the `forms` that were asked, each with its name, its words and what its
            captions tell; a `question` before the evidence, None if nothing answers one; `tallies` of verdicts by form;
            `contrasts`, each with its step, what the paper says, what was measured, the verdict and why; `conditions`,
            each with the preset and the changes of its first seed; `points`, runs of the reader on the curve; `files`
            with the addresses of rows and picture; `origin`, cost and origin, of which every second part is a command.
        second: `readings` in sentences, and `findings`: each stated direction with its seeds and its word.
    """

    name: str
    claim: str
    first: Json | None
    second: Json


@view()
def claim(
    service: Service, claim: str, form: str = "", metric: str = "", mine: str = "", owner_key: str = ""
) -> ClaimEvidence:
    """The evidence of a claim in words: the paper's statement, verdicts, conditions with specs, figure and files.

    Args:
        claim: name of a claim of either edition, for example density or naming
        form: form of caption that was asked, the claim's first one if empty
        metric: the claim's own if empty
        mine: name of a run of yours that is shown among the points, besides those of your key
        owner_key: the key of the person's runs
    """
    evidence = load_evidence(claim) if claim in FIRST_EDITION else None
    if evidence is None:
        if claim not in CLAIMS or load_claims() is None:
            declared = "was declared and not run; " if claim in FIRST_EDITION else ""
            raise UserError("claim", claim, f"{declared}choose {', '.join(_answered_claims()) or 'none yet'}")
        return ClaimEvidence(name=claim, claim=CLAIMS[claim].sentence, first=None, second=_second_edition({claim}))
    form = _known_choice("form", form, evidence.forms)
    metric = _known_choice("metric", metric, (evidence.metric, *evidence.beside))
    folders = service.visible_runs(mine, owner_key)
    own = own_points(evidence, (report for folder in folders if (report := folder.report_if_any())))
    pages = {each.claim for each in STUDY_PROPERTIES.values() if each.page == claim and each.claim}
    return ClaimEvidence(
        name=claim,
        claim=evidence.claim,
        first=_first_edition(evidence, form, metric, own),
        second=_second_edition(pages),
    )


def _known_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value and value not in choices:
        raise UserError(name, value, f"choose {', '.join(choices)}")
    return value or choices[0]


# ---- The second edition


def _second_edition(claims: set[str]) -> Json:
    document = load_claims()
    if document is None or not claims:
        return {"readings": (), "findings": ()}
    texts = (claim_reading(name, document) for name in CLAIMS if name in claims)
    return {
        "readings": [text.replace("*", "") for text in texts if text is not None],
        "findings": [
            _finding_words(each, document["seen_before"]) for each in document["findings"] if each["claim"] in claims
        ],
    }


def _finding_words(finding: Json, repeated: Json) -> Json:
    sides = [(sum(run["time"] is not None for run in side["runs"]), len(side["runs"])) for side in finding["sides"]]
    return {
        "step": step_words(finding["start"], finding["end"]),
        "form": form_name(finding["form"]),
        "word": finding["word"],
        "is_seen_before": is_seen_before(finding, repeated),
        "counts": " → ".join(f"{bound} of {seeds}" for bound, seeds in sides),
        "change": change_words(finding["bound"]),
    }


# ---- The first edition


def _first_edition(evidence: Evidence, form: str, metric: str, reader_points: list[OwnPoint]) -> Json:
    """Return the frozen words of the sweep, and its figure with the reader's runs."""
    name, words = evidence.name, load_sweep_words(evidence.name)
    return {
        **words,
        "contrasts": words["contrasts"][form],
        "trends": words["trends"][form],
        "breakdown": {"by": words["breakdown"]["by"], "rows": words["breakdown"]["rows"][form]},
        "form": form,
        "metric": metric,
        "figure": _figure(dose_response(evidence, form, metric, reader_points, positions=corpus_positions(name))),
        "conditions": [_condition_words(each) for each in evidence.conditions],
        "points": reader_points,
        "files": [
            {"href": f"study/{name}.{kind}", "words": words}
            for kind, words in FILE_WORDS.items()
            if evidence_file(name, kind)
        ],
    }


def _condition_words(condition: MeasuredCondition) -> Json:
    """Return a condition, its text in the figure, and its first seed as a preset with changes.

    Preset and changes are missing if it has a dial that exists no more.
    """
    shared = {"label": condition.label, "mark": escape_text(condition.label)}
    try:
        spec = condition.run_spec()
    except UserError:
        return shared
    name = spec.preset if spec.preset in PRESETS else FIRST_PRESET
    changed = differences(find_preset(name).spec, spec)
    return shared | {
        "preset": name,
        "title": PRESETS[name].title,
        "overrides": {each.field: each.other for each in changed},
        "changes": ", ".join(f"{DIALS[each.field].label.lower()} {_value_words(each.other)}" for each in changed),
    }


def _value_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)
