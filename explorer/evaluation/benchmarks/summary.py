"""Text of a benchmark's document for a terminal, with the published figures of the same model.

show_benchmark(document)
"""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import shown
from explorer.evaluation.benchmarks.index import blocks
from explorer.evaluation.benchmarks.items import Item
from explorer.evaluation.benchmarks.reading import Writer
from explorer.evaluation.benchmarks.scoring import Answers, margins, scores, strict, ties

ROWS_AT_ONCE = 4096


def write_items(path: Path, items: Iterable[Item], answers: Answers) -> None:
    """Write all items in blocks."""
    beside = path.with_name("." + path.name)
    start = 0
    with Writer(beside) as writer:
        for block in blocks(items, ROWS_AT_ONCE):
            columns: dict[str, Any] = {**_words(block), **_numbers(answers, slice(start, start + len(block)))}
            writer.write(columns, {name: _type(values) for name, values in columns.items()})
            start += len(block)
    beside.replace(path)


def _words(block: Sequence[Item]) -> dict[str, Sequence[Any]]:
    pictures, captions = range(len(block[0].pictures)), range(2)
    return {
        "id": [item.id for item in block],
        "group": [item.group for item in block],
        **{f"image_{k}": [item.pictures[k].name for item in block] for k in pictures},
        **{f"caption_{k}": [item.captions[k] for item in block] for k in captions},
    }


def _numbers(answers: Answers, part: slice) -> dict[str, np.ndarray]:
    cosines, blind = answers.cosines[part], answers.blind[part]
    there = ~np.isnan(cosines).any(axis=(1, 2))
    _, headline = strict(cosines).popitem()
    return {
        **{f"cosine_{p}_{c}": cosines[:, p, c] for p in range(cosines.shape[1]) for c in range(2)},
        "margin": margins(cosines),
        **scores(cosines),
        "strict": np.where(there, headline.astype(np.float64), np.nan),
        "tie": ties(cosines),
        "mean_picture": scores(blind).popitem()[1],
    }


def _type(values: Any) -> str:
    return {"f": "double", "b": "bool"}[values.dtype.kind] if isinstance(values, np.ndarray) else "string"


SCORES = ("text_score", "image_score", "group_score")
MOST_GROUPS = 40


def show_benchmark(document: Mapping[str, Any]) -> str:
    """Return our figures with interval and chance, the blind controls, the authors' rule, and published figures."""
    lines = [f"{document['benchmark']}: {document['n']:,} items scored, {document['missing']:,} left out"]
    lines += _missing(document) + _warnings(document)
    lines += ["", f"{'':26}{'value':>8}  {'95 % interval':16}{'chance':>7}{'n':>8}{'ties':>7}"]
    lines += list(_figures(document))
    lines += ["", *_groups(document)] * bool(document["groups"])
    lines += ["", *(line for part in (_theirs, _references) for line in part(document)), ""]
    lines += _wrapped(f"our rule: {document['rule']}")
    for name, found in document["blind"].items():
        lines += _wrapped(f"blind: {name}: {found['definition']}")
    lines.append(f"model: {document['model']}, {document['precision']}, {document['prompt']}")
    lines += _wrapped(f"pixels: {_pixels(document['preprocessing'])}")
    rate = "" if document["images_per_s"] is None else f", {document['images_per_s']:.1f} images/s"
    lines.append(f"device: {document['device']}, open_clip {document['versions'].get('open_clip_torch', '?')}{rate}")
    return "\n".join(lines + [f"folder: {document['folder']}"] * bool(document["folder"]))


def _warnings(document: Mapping[str, Any]) -> list[str]:
    return [line for warning in document["warnings"] for line in _wrapped(f"warning: {warning}")]


def _missing(document: Mapping[str, Any]) -> list[str]:
    if not document["missing"]:
        return []
    lines = [f"  {shown(name, 80)}: {reason}" for name, reason in document["missing_reasons"].items()]
    return ["pictures that could not be used, the first of them:", *lines]


def _figures(document: Mapping[str, Any]) -> Iterator[str]:
    for name in SCORES if "group_score" in document else ("accuracy",):
        yield _line(name, document if name == "accuracy" else document[name], document["ties"])
    yield _line("margin", document["margin"])
    for name, found in document["blind"].items():
        yield _line(f"blind: {name}", found)


def _groups(document: Mapping[str, Any]) -> list[str]:
    published = {each["group"]: each["value"] for each in document["reference"] if each["is_this_model"]}
    first = document["groups"][:MOST_GROUPS]
    head = f"{'group':26}{'value':>8}  {'95 % interval':16}{'chance':>7}{'n':>8}{'ties':>7}"
    lines = [head + (f"{'theirs':>9}{'published':>11}" if document["theirs"] else "")]
    for group in first:
        line = _line(group["group"], group, group["ties"])
        if document["theirs"]:
            theirs = document["theirs"]["by_group"].get(group["group"])
            line = f"{line}{_number(theirs):>9}{_published(published.get(group['group'])):>11}"
        lines.append(line)
    return lines + [f"and {len(document['groups']) - len(first)} more groups"] * (len(document["groups"]) > len(first))


def _theirs(document: Mapping[str, Any]) -> list[str]:
    theirs = document["theirs"]
    if not theirs:
        return ["no published rule or figure"]
    scores = "".join(f"  {name} {_number(theirs[name])}" for name in SCORES if name in theirs)
    return [f"by the authors' rule: {_number(theirs['value'])}{scores}", *_wrapped(theirs["rule"], "  ")]


def _references(document: Mapping[str, Any]) -> list[str]:
    """Return the published figures of the whole benchmark, and of this model in its groups."""
    whole = [each for each in document["reference"] if each["group"] is None]
    width = max((len(each["model"]) for each in whole), default=0) + 2
    lines = [f"  {'* ' if each['is_this_model'] else '  '}{each['model']:{width}}{each['metric']:13}"
             f"{_published(each['value']):>7}  {each['source']}" for each in whole]  # fmt: skip
    sources = {each["source"] for each in document["reference"] if each["is_this_model"] and each["group"]}
    if len(whole) < len(document["reference"]):
        models = {each["model"] for each in document["reference"]}
        lines += [f"  {len(models)} models, group by group, in the document that --json prints"]
        lines += [f"  the column published is of this model: {source}" for source in sorted(sources)]
    marked = any(each["is_this_model"] for each in whole)
    return [
        "published (* this model):" if marked else "published, none of this model:" if whole else "published:",
        *lines,
    ] * bool(lines)


def _line(name: str, found: Mapping[str, Any], ties: int | None = None) -> str:
    low, high = found["low"], found["high"]
    value = _number(found["value"] if "value" in found else found["accuracy"])
    interval = "" if low is None else f"{low:.3f} to {high:.3f}"
    tied = "" if ties is None else f"{ties:>7}"
    return f"{shown(name, 25):26}{value:>8}  {interval:16}{_number(found['chance']):>7}{found['n']:>8}{tied}"


def _wrapped(sentence: str, indent: str = "") -> list[str]:
    return textwrap.wrap(sentence, 100, initial_indent=indent, subsequent_indent=indent + "  ")


def _published(value: float | None) -> str:
    """Format a figure with all digits that were printed."""
    return "-" if value is None else f"{value:.4f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _pixels(preprocessing: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in preprocessing.items())
