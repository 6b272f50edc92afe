"""Commands that ask models with files of this computer: `models`, `swaps`, `score` and `leaderboard`.

python -m explorer score things-bound --image scene.png --caption "a red bus and a blue car" --swaps
python -m explorer swaps --file captions.txt --json          # one line of JSON for each caption of the file
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from explorer.captions.files import CaptionRow, find_caption_file, read_caption_file
from explorer.captions.half_truths import half_truths as make_half_truths
from explorer.captions.parsed_caption import CaptionError
from explorer.captions.reading import read_caption
from explorer.captions.swapping import DEFAULT_KINDS, describe_swaps, find_swaps, parse_kinds
from explorer.codec import encode
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError, catch_write_errors, quote_value
from explorer.evaluation.answers.picture_answer import (
    MARGIN_VERDICTS,
    NoMaps,
    ScoredPictures,
    picture_verdicts,
    summary_sentence,
)
from explorer.evaluation.answers.question import (
    check_captions,
    make_picture_question,
    read_file,
)
from explorer.evaluation.answers.rewording import HalfTruthAnswer
from explorer.tools.options import SEVERAL_VALUES, Document, print_to_stderr
from explorer.views import ask
from explorer.views.asked_models import (
    MAX_MAPS,
    answer_details,
    available_models,
    check_false_details,
    check_model,
    score_pictures,
    show_question,
)
from explorer.views.data import SeedNumber
from explorer.views.permitted_models import SceneCount, load_permitted
from explorer.views.registry import follow_work
from explorer.views.service import Service


def models(service: Service, *, search: str = "") -> Document:
    """List the models that MODEL may name: shipped ones, runs, and open_clip's pretrained ones.

    Args:
        search: words in the name
    """
    return {"search": search, "models": ask.models(service, search)}


def swaps(
    caption: str | None = None,
    *,
    file: Path | None = None,
    kinds: str = "",
    half_truths: bool = False,
    pairs: Path | None = None,
) -> Any:
    """Print the attribute-noun pairs of a caption, and the caption with exchanged attributes.

    Args:
        caption: a caption in English
        file: a file of captions that `measure` reads, or text with one caption per line
        kinds: kinds of swaps with commas between; the default is all kinds but move, and `all` makes every swap
        half_truths: also write captions with one wrong detail appended that is false of every picture of the caption
        pairs: write all swaps of --file, which then needs a column image, to this CSV file for `benchmark pairs`
    """
    if (caption is None) == (file is None):
        many = "not allowed with each other" if file else "one of the arguments --caption --file is required"
        raise UserError("arguments", NO_VALUE, f"--caption and --file: {many}")
    try:
        swap_kinds = parse_kinds(kinds)
    except CaptionError as error:
        raise error.in_field("--kinds") from None
    if file is None:
        if pairs is not None:
            raise UserError("--pairs", str(pairs), "give --file, which names the picture of each caption")
        return _changed_captions(caption or "", swap_kinds, half_truths=half_truths)
    rows = read_caption_file(find_caption_file(file) or file, otherwise=".txt")
    if pairs is not None and not any(row.image for row in rows):
        raise UserError("--pairs", str(pairs), f"{quote_value(str(file))} has no column image, give a .csv with one")
    return _swap_documents(rows, swap_kinds, pairs, half_truths=half_truths)


def _changed_captions(caption: str, kinds: Sequence[str], *, half_truths: bool) -> Document:
    """Return the document of one caption: its pairs, its swaps and, if asked, its safe half-truths."""
    document: Document = describe_swaps(caption, kinds)
    if half_truths:
        safe = [each for each in make_half_truths(read_caption(caption)) if each.is_safe]
        document["half_truths"] = [{"kind": each.kind, "caption": each.text, "detail": each.detail} for each in safe]
    return document


def _swap_documents(
    rows: Sequence[CaptionRow], kinds: Sequence[str], pairs: Path | None, *, half_truths: bool
) -> Iterator[Document]:
    """Yield a document a caption and tell the sum on stderr; or write the pairs, and yield the sum."""
    written: list[tuple[str, str, str]] = []
    counts: list[int | None] = []
    for row in rows:
        swaps = []
        try:
            document = {"caption": row.caption, **_changed_captions(row.caption, kinds, half_truths=half_truths)}
            swaps = [each["caption"] for each in (*document["swaps"], *document.get("half_truths", ()))]
            counts.append(len(swaps))
        except CaptionError as error:
            document = {"caption": row.caption, "error": str(error)}
            counts.append(None)
        written += [(row.image, row.caption, each) for each in swaps if row.image]
        if pairs is None:
            yield document
    nonzero = [count for count in counts if count]
    unread = counts.count(None)
    refused = f"; {unread:,} could not be read" if unread else ""
    made, many = ("a swap or a half-truth", "of both") if half_truths else ("a swap", "swaps")
    total = f"{len(nonzero):,} of {len(rows):,} captions have {made}, {sum(nonzero):,} {many} in all{refused}"
    if pairs is None:
        print_to_stderr(total)
        return
    with catch_write_errors("--pairs", pairs), pairs.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("image", "caption", "negative_caption"), *written])
    yield {"total": f"{total}.", "pairs": len(written), "file": str(pairs)}


def score(
    service: Service,
    model: str,
    /,
    *,
    image: Annotated[list[str], SEVERAL_VALUES],
    caption: Annotated[list[str], SEVERAL_VALUES],
    swaps: bool = False,
    confusions: bool = False,
    false_details: Annotated[list[str] | None, SEVERAL_VALUES] = None,
    relevance: Path | None = None,
) -> Iterator[Any]:
    """Score pictures and captions with a MODEL: print cosines, margins and probabilities.

    Args:
        model: any CLIP by name
        image: one or more pictures
        caption: captions, the right one of the first picture first
        swaps: add each caption with exchanged attributes
        confusions: add each caption in which two objects have the attributes of one
        false_details: kinds of wrong details that are false of your pictures, of object, attribute, count, place and
            relation: only these are counted; default: those that are false wherever the first caption is true
        relevance: write the relevance map of each caption to this file, which ends in .png or .json
    """
    if relevance is not None and relevance.suffix not in (".png", ".json"):
        raise UserError("--relevance", str(relevance), "give a file that ends in .png or .json")
    files, captions = _read_pictures(image), _parse_captions(caption, swaps=swaps, confusions=confusions)
    check_false_details(false_details, captions[0], "--false-details")
    check_model(service.store, model, any_start=True)
    question, mapped = make_picture_question(files, image, captions), MAX_MAPS if relevance is not None else 0

    def score_question(tell: Any) -> Document:
        clip = load_permitted(service, model, tell)
        shown = show_question(clip, question)
        scored_pictures = score_pictures(clip, question, shown, mapped=mapped)
        if swaps and captions == check_captions(caption):
            scored_pictures = _add_remark(
                scored_pictures, "No attributes were found that could be exchanged, so there is no swap."
            )
        if relevance is not None:
            scored_pictures = _write_relevance(relevance, scored_pictures)
        kinds = [MARGIN_VERDICTS[kind] for kind in picture_verdicts(scored_pictures.answer, has_own=True)]
        details = answer_details(clip, shown, scored_pictures.answer, false_details=false_details)
        told = dict(encode(details))
        if false_details is None:
            told["summary"] += _counting_hints(details.half_truths)
        return dict(encode(scored_pictures)) | {
            **told,
            "verdict": summary_sentence(scored_pictures.answer, has_own=True),
            "verdicts": kinds,
        }

    return follow_work(score_question)


def leaderboard(
    service: Service,
    *model: str,
    image: Annotated[list[str] | None, SEVERAL_VALUES] = None,
    caption: Annotated[list[str] | None, SEVERAL_VALUES] = None,
    swaps: bool = False,
    count: SceneCount = 400,
    seed: SeedNumber = 0,
) -> Iterator[Any]:
    """Compare several models on the same question and scenes, best binding first.

    Args:
        model: any CLIP by name; the default is all models on this disk, the shipped ones first
        image: pictures to score
        caption: captions of the pictures
        swaps: add each caption with exchanged attributes
        count: number of scenes
        seed: seed of the scenes
    """
    question = None
    if bool(image) != bool(caption):
        raise UserError("--image and --caption", NO_VALUE, "give both, or neither to use only the scenes")
    if image and caption:
        captions = _parse_captions(caption, swaps=swaps, confusions=False)
        question = make_picture_question(_read_pictures(image), image, captions)
    listed = available_models(service.store, "", any_start=True) if not model else ()
    names = model or tuple(each.name for each in listed if each.on_disk)[: ask.MAX_MODELS]
    return ask.rank_models(service, names, question, count=count, seed=seed)


def add_swaps(captions: Sequence[str], kinds: Sequence[str] = DEFAULT_KINDS) -> list[str]:
    """Return each caption followed by its swaps of these kinds, without repetition."""
    captions_and_swaps: list[str] = []
    for caption in captions:
        captions_and_swaps += [caption, *(swap.caption for swap in find_swaps(read_caption(caption), kinds))]
    return list(dict.fromkeys(captions_and_swaps))


def _parse_captions(texts: Sequence[str], *, swaps: bool, confusions: bool) -> list[str]:
    """Return the captions of --caption, with their swaps and confusions if --swaps and --confusions are set."""
    captions = check_captions(list(texts))
    kinds = (*(DEFAULT_KINDS if swaps else ()), *(("confusion",) if confusions else ()))
    if kinds and len(captions := add_swaps(captions, kinds)) > CONTRACT.question.captions:
        field = "--swaps" if swaps else "--confusions"
        raise UserError(
            field, NO_VALUE, f"makes {len(captions)} captions, the most is {CONTRACT.question.captions}; give fewer"
        )
    return captions


def _read_pictures(names: Sequence[str]) -> dict[str, bytes]:
    """Return the pictures of --image by the field for errors, which holds the position: a file may be given twice."""
    if len(names) > CONTRACT.question.pictures:
        raise UserError("--image", NO_VALUE, f"give at most {CONTRACT.question.pictures} pictures")
    fields = [(f"image {index}: {name}", name) for index, name in enumerate(names, start=1)]
    return {field: read_file(Path(name), field) for field, name in fields}


def _counting_hints(found: Sequence[HalfTruthAnswer]) -> Iterator[str]:
    """Say with which option a person counts details that only she can call false of her pictures."""
    asked = [each.kind for each in found if not each.why]
    if any(not each.counts for each in found if not each.why):
        yield (
            "To count those that are false of your picture, name every false detail, and leave out what is true:"
            f" --false-details {' '.join(asked)}."
        )


def _add_remark(scored: ScoredPictures, remark: str) -> ScoredPictures:
    return replace(scored, answer=replace(scored.answer, warnings=(*scored.answer.warnings, remark)))


def _write_relevance(path: Path, scored: ScoredPictures) -> ScoredPictures:
    """Write the maps to a file; their numbers stay in the answer, the pictures do not."""
    relevance = scored.answer.relevance
    if isinstance(relevance, NoMaps):
        return _add_remark(scored, relevance.why)
    if relevance is None:
        return scored
    with catch_write_errors("--relevance", path):
        if path.suffix == ".json":
            document = encode(scored)
            record = {name: document[name] for name in ("model", "images", "captions", "relevance")}
            path.write_text(json.dumps(record) + "\n", encoding="utf-8")
        else:
            from explorer.evaluation.answers.map_sheet import write_sheet

            write_sheet(path, scored, relevance)
    written = replace(relevance, seen=(), file=str(path))
    return replace(scored, answer=replace(scored.answer, relevance=written))
