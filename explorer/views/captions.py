"""Views of captions of one's own: their properties with intervals, what to change, their place on the study's curves.

measure(Path("captions.csv"), doctor=True)           # the document of the command `measure`
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.captions.files import MOST_ROWS, find_captions, read_rows, rows_of_file
from explorer.codec import encode
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.results import Position
from explorer.figures.study import dose_response, place_among_doses
from explorer.study.evidence_store import load_evidence
from explorer.study.real_captions import corpus_positions, line_sentence
from explorer.views.registry import JobSteps, follow_work, job, view
from explorer.views.service import Service
from explorer.wording import decimal
from explorer.world.caption_measures import (
    CURVES,
    PROPERTIES,
    ReadFile,
    advice,
    count_told,
    examine,
    measured,
    read_file_rows,
    read_sentence,
    told_sentence,
)
from explorer.world.measure import MeasuredDial, facts_of, measure_folder
from explorer.world.measure import measure as measure_facts
from explorer.world.parquet_scenes import find_parquet, read_scenes

MOST_SHARED_ROWS = 5000
"""Captions of a file that a shared server reads at most."""


@view(counts_as="questions")
def captions(service: Service, content: str, name: str = "captions.csv", doctor: bool = False) -> dict[str, Any]:
    """Measure the properties of your own captions that the study's curves use.

    Args:
        content: text of the file: CSV with a column caption, JSON lines, or one caption per line
        name: its name, which ends in .csv, .jsonl or .txt
        doctor: also the ten captions that lower each property most, and what they omit
    """
    return _measured_document(_read_upload(service, content, name), doctor=doctor)


@view(is_local=True)
def measure(path: Path, doctor: bool = False) -> dict[str, Any]:
    """Measure the dials of an imagefolder, or of captions.

    Args:
        path: a folder of `scenes`, an imagefolder of your own, or a file of captions: .csv with a column caption,
            .jsonl, or .txt with one caption per line
        doctor: of a file of captions: the ten that lower each property most, and what they omit
    """
    if (file := find_captions(path)) is not None:
        return _measured_document(read_file_rows(rows_of_file(file)), doctor=doctor)
    if doctor:
        raise UserError("--doctor", NO_VALUE, f"{quote_value(str(path))} is no file of captions, nor a folder of one")
    if (parquet := find_parquet(path)) is not None:
        return encode(measure_facts(facts_of(read_scenes(parquet), where=quote_value(str(parquet), 80))))
    return encode(measure_folder(path))


@job(counts_as="questions")
def captions_placed(
    service: Service, content: str, name: str = "captions.csv", curve: str = "attribute_density"
) -> JobSteps:
    """Count what captions of your own tell, and place them among published captions and on a curve of the study.

    Args:
        content: text of the file: CSV with a column caption, JSON lines, or one caption per line
        name: its name, which ends in .csv, .jsonl or .txt
        curve: attribute_density, caption_completeness or saliency_bias
    """
    if curve not in CURVES:
        raise UserError("curve", curve, f"choose {', '.join(CURVES)}")

    def placed(_tell: Any) -> dict[str, Any]:
        file = _read_upload(service, content, name)
        dials = measured(file)
        lines = [
            {"name": each, "title": about.title, "words": about.definition, "found": dials[each]}
            for each, about in PROPERTIES.items()
        ]
        return {
            **_told_words(file, dials, curve),
            "lines": encode(lines),
            "read": read_sentence(file.about),
            "corpora": [
                {"label": each.label, "value": each.value} for each in corpus_positions(CURVES["attribute_density"])
            ],
            **_curve_figure(file, dials, curve),
        }

    return follow_work(placed)


def _read_upload(service: Service, content: str, name: str) -> ReadFile:
    most = MOST_SHARED_ROWS if service.settings.is_shared else MOST_ROWS
    return read_file_rows(read_rows(content.encode(errors="surrogatepass"), name, most_rows=most))


def _measured_document(file: ReadFile, *, doctor: bool) -> dict[str, Any]:
    dials = measured(file)
    examined = {"doctor": examine(file), "advice": advice(file)} if doctor else {}
    words = _told_words(file, dials, "attribute_density")
    return dict(encode({**dials, "about": file.about, "line": words.pop("line"), **examined, **words}))


# ---- In words, and on the study's curves


def _told_words(file: ReadFile, dials: Mapping[str, MeasuredDial | None], curve: str) -> dict[str, Any]:
    """Return what captions tell: counts, the place on the study's curve, what is not told and why, and a sentence."""
    counts, density = count_told(file), dials["attribute_density"]
    return {
        "counts": counts,
        "place": _place_sentence(dials, curve),
        "not_told": {name: f"needs {PROPERTIES[name].needs}" for name, value in dials.items() if value is None},
        "sentence": told_sentence(file, counts),
        "line": line_sentence(density.value) if density else "",
    }


def _place_sentence(dials: Mapping[str, MeasuredDial | None], curve: str) -> str:
    """Say where the captions lie on the study's curve of a property; "" if the file or the study does not tell."""
    evidence, measured = load_evidence(CURVES[curve]), dials[curve]
    if evidence is None or measured is None:
        return ""
    return f"{PROPERTIES[curve].title}: {decimal(measured.value, 2)}, {place_among_doses(evidence, measured.value)}."


def _curve_figure(file: ReadFile, dials: Mapping[str, MeasuredDial | None], curve: str) -> dict[str, Any]:
    """Return the study's curve of a property with the captions on it, and what it can say."""
    evidence, measured = load_evidence(CURVES[curve]), dials[curve]
    if not file.rows or evidence is None:
        return {"figure": None, "why": ""}
    band, why = None, f"Your file does not tell {curve.replace('_', ' ')}: give the objects and boxes of the pictures."
    if measured is not None and measured.low is not None and measured.high is not None:
        band = Position(label="your captions", value=measured.value, low=measured.low, high=measured.high)
        why = "The curves are of our scenes and small models: they say a direction, not what a large CLIP would reach."
    drawing = dose_response(evidence, band=band, positions=corpus_positions(CURVES[curve]))
    return {"figure": drawing.for_page(), "why": why}
