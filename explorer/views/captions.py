"""Views of captions of one's own: their properties with intervals, what to change, their place on the study's curves.

measure(Path("captions.csv"), doctor=True)           # the document of the command `measure`
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.captions.files import MAX_FILE_ROWS, find_caption_file, read_caption_file, read_caption_rows
from explorer.captions.tokens import count_words
from explorer.codec import encode
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.results import Position
from explorer.figures.study import dose_response, place_among_doses
from explorer.sentences import Sentence
from explorer.study.evidence_store import load_evidence
from explorer.study.real_captions import corpus_positions, place_sentence
from explorer.views.registry import JobSteps, follow_work, job, view
from explorer.views.service import Service
from explorer.wording import format_decimal
from explorer.world.caption_measures import (
    CAPTION_PROPERTIES,
    MAX_PULLS_SHOWN,
    PROPERTY_CURVES,
    CaptionFile,
    advise,
    attributed_sentence,
    count_attributed,
    find_pulls,
    measure_captions,
    parse_rows,
    parsed_sentence,
)
from explorer.world.measure import MeasuredDial, measure_file, measure_folder
from explorer.world.parquet_scenes import find_parquet

MAX_SHARED_ROWS = 5000
"""Captions of a file that a shared server reads at most."""
MAX_SHARED_WORDS = 100_000
"""Words of these: each takes about 50 microseconds to parse, and captions have ten."""
MAX_SHARED_MATCHES = 2_000_000
"""Comparisons of the objects of a row with each other and with the words of its caption: each takes a microsecond."""


@view(counts_as="questions", limits={"pulls": MAX_PULLS_SHOWN})
def captions(service: Service, content: str, name: str = "captions.csv", doctor: bool = False) -> dict[str, Any]:
    """Measure the properties of your own captions that the study's curves use.

    Args:
        content: text of the file: a table or JSON with a column caption, or one caption per line
        name: its name, which ends in .csv, .tsv, .json, .jsonl or .txt
        doctor: also list the {pulls} captions that lower each property most, and what they omit
    """
    return _measured_document(_read_upload(service, content, name), doctor=doctor)


@view(is_local=True, limits={"pulls": MAX_PULLS_SHOWN})
def measure(path: Path, doctor: bool = False) -> dict[str, Any]:
    """Measure the dials of an imagefolder, or of captions.

    Args:
        path: a folder of `scenes`, an imagefolder of your own, or a file of captions: .csv, .tsv, .json, .jsonl,
            .parquet or .arrow with a column caption, or .txt with one caption per line; all but .parquet and .arrow may
            be packed (.gz)
        doctor: for a file of captions, also list the {pulls} that lower each property most, and what they omit
    """
    if (file := find_caption_file(path)) is not None:
        return _measured_document(parse_rows(read_caption_file(file)), doctor=doctor)
    if doctor:
        raise UserError(
            "--doctor", NO_VALUE, "{path} is no file of captions, nor a folder of one", path=quote_value(str(path))
        )
    if (parquet := find_parquet(path)) is not None:
        return encode(measure_file(parquet))
    return encode(measure_folder(path))


@job(counts_as="questions")
def captions_placed(
    service: Service, content: str, name: str = "captions.csv", curve: str = "attribute_density"
) -> JobSteps:
    """Count what captions of your own tell, and place them among published captions and on a curve of the study.

    Args:
        content: text of the file: a table or JSON with a column caption, or one caption per line
        name: its name, which ends in .csv, .tsv, .json, .jsonl or .txt
        curve: attribute_density, caption_completeness or saliency_bias
    """
    if curve not in PROPERTY_CURVES:
        raise UserError("curve", curve, "choose {choices}", choices=", ".join(PROPERTY_CURVES))

    def place_captions(_tell: Any) -> dict[str, Any]:
        file = _read_upload(service, content, name)
        dials = measure_captions(file)
        lines = [
            {"name": each, "title": about.title, "words": about.definition, "found": dials[each]}
            for each, about in CAPTION_PROPERTIES.items()
        ]
        return {
            **_told_words(file, dials, curve),
            "lines": encode(lines),
            "read": parsed_sentence(file.about),
            "corpora": [
                {"label": each.label, "value": each.value}
                for each in corpus_positions(PROPERTY_CURVES["attribute_density"])
            ],
            **_curve_figure(file, dials, curve),
        }

    return follow_work(place_captions)


def _read_upload(service: Service, content: str, name: str) -> CaptionFile:
    is_shared = service.settings.is_shared
    most = MAX_SHARED_ROWS if is_shared else MAX_FILE_ROWS
    rows = read_caption_rows(content.encode(errors="surrogatepass"), name, max_rows=most)
    if is_shared:
        words = {row.caption: count_words(row.caption) for row in rows}  # equal captions are parsed once
        objects = [(len(row.objects or ()), words[row.caption]) for row in rows]
        if sum(words.values()) > MAX_SHARED_WORDS:
            wanted = "its different captions have more than {most} words together; give a part of it"
            raise UserError(quote_value(name, 80), NO_VALUE, wanted, most=f"{MAX_SHARED_WORDS:,}")
        if sum(count * (count + of_caption) for count, of_caption in objects) > MAX_SHARED_MATCHES:
            wanted = (
                "its rows have so many objects and words that more than {most} pairs are compared; give a part of it"
            )
            raise UserError(quote_value(name, 80), NO_VALUE, wanted, most=f"{MAX_SHARED_MATCHES:,}")
    return parse_rows(rows)


def _measured_document(file: CaptionFile, *, doctor: bool) -> dict[str, Any]:
    dials = measure_captions(file)
    examined = {"doctor": find_pulls(file), "advice": advise(file)} if doctor else {}
    words = _told_words(file, dials, "attribute_density")
    return dict(encode({**dials, "about": file.about, "measured": words.pop("measured"), **examined, **words}))


# ---- In words, and on the study's curves


def _told_words(file: CaptionFile, dials: Mapping[str, MeasuredDial | None], curve: str) -> dict[str, Any]:
    """Return what captions tell: counts, the place on the study's curve, what is not told and why, and a sentence."""
    counts, density = count_attributed(file), dials["attribute_density"]
    return {
        "counts": counts,
        "place": _place_sentence(dials, curve),
        "not_told": {
            name: Sentence("captions.needs", "needs {what}", what=CAPTION_PROPERTIES[name].needs)
            for name, value in dials.items()
            if value is None
        },
        "sentence": attributed_sentence(file, counts),
        "measured": place_sentence(density.value) if density else "",
    }


def _place_sentence(dials: Mapping[str, MeasuredDial | None], curve: str) -> str:
    """Say where the captions lie on the study's curve of a property; "" if the file or the study does not tell."""
    evidence, measured = load_evidence(PROPERTY_CURVES[curve]), dials[curve]
    if evidence is None or measured is None:
        return ""
    place = place_among_doses(evidence, measured.value)
    title, value = CAPTION_PROPERTIES[curve].title, format_decimal(measured.value, 2)
    return Sentence("captions.place", "{property}: {value}, {place}.", property=title, value=value, place=place)


def _curve_figure(file: CaptionFile, dials: Mapping[str, MeasuredDial | None], curve: str) -> dict[str, Any]:
    """Return the study's curve of a property with the captions on it, and what it can say."""
    evidence, measured = load_evidence(PROPERTY_CURVES[curve]), dials[curve]
    if not file.rows or evidence is None:
        return {"figure": None, "why": ""}
    english = "Your file does not tell {what}: give the objects and boxes of the pictures."
    why: str = Sentence("captions.untold", english, what=curve.replace("_", " "))
    band = None
    if measured is not None and measured.low is not None and measured.high is not None:
        band = Position(label="your captions", value=measured.value, low=measured.low, high=measured.high)
        why = "The curves are of our scenes and small models: they say a direction, not what a large CLIP would reach."
    drawing = dose_response(evidence, band=band, positions=corpus_positions(PROPERTY_CURVES[curve]))
    return {"figure": drawing.for_page(), "why": why}
