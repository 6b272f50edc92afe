"""Text of a benchmark's document for a terminal, with the published figures of the same model.

show_benchmark(document)
"""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from explorer.errors import quote_value
from explorer.evaluation.benchmarks.figures import CEILING

SCORES = ("text_score", "image_score", "group_score")
MOST_GROUPS = 40
HEAD = f"{'value':>8}  {'95 % interval':16}{'chance':>7}{'n':>8}{'ties':>7}{'order-free':>12}"


def show_benchmark(document: Mapping[str, Any]) -> str:
    """Return our figures with interval and chance, the blind controls, the authors' rule, and published figures."""
    if "accuracy" not in document:
        return "\n".join(_audit(document))
    lines = [f"{document['benchmark']}: {document['n']:,} items scored, {document['missing']:,} left out"]
    lines += _missing(document) + _warnings(document)
    lines += ["", f"{'':26}{HEAD}"]
    lines += list(_figures(document))
    lines += ["", *_groups(document)] * bool(document["groups"])
    lines += _seen(document)
    lines += ["", *(line for part in (_theirs, _references) for line in part(document)), ""]
    lines += _wrapped(f"our rule: {document['rule']}")
    lines += _wrapped(f"order-free: {CEILING}")
    for name, found in document["blind"].items():
        lines += _wrapped(f"blind: {name}: {found['definition']}")
    lines.append(f"model: {document['model']}, {document['precision']}, {document['prompt']}")
    lines += _wrapped(f"pixels: {_pixels(document['preprocessing'])}")
    rate = "" if document["images_per_s"] is None else f", {document['images_per_s']:.1f} images/s"
    lines.append(f"device: {document['device']}, open_clip {document['versions'].get('open_clip_torch', '?')}{rate}")
    return "\n".join(lines + [f"folder: {document['folder']}"] * bool(document["folder"]))


def _audit(document: Mapping[str, Any]) -> list[str]:
    lines = [f"{document['benchmark']}: {document['n']:,} items; without --model, only what needs none"]
    blind = list(document["blind"])
    head = f"{'n':>8}{'pictures':>10}{'chance':>8}{'same words':>12}{'order-free':>12}"
    lines += [*_warnings(document), "", f"{'':26}{head}" + "".join(f"{name:>17}" for name in blind)]
    for found in (document, *document["groups"][:MOST_GROUPS]):
        ceiling = found["ceiling"]
        figures = f"{found['n']:>8}{found['pictures']:>10}{_number(found['chance']):>8}{ceiling['same_words']:>12}"
        cells = "".join(f"{_number(found['blind'][name]['value']):>17}" for name in blind)
        lines.append(f"{quote_value(found.get('group', 'all'), 25):26}{figures}{_number(ceiling['value']):>12}{cells}")
    lines += _seen(document)
    groups = document["groups"][:MOST_GROUPS]
    said = [
        f"{quote_value(found['group'], 40)}: {found['blind_sentence']}" for found in groups if found["blind_sentence"]
    ]
    lines += [line for sentence in (document["blind_sentence"], *said) if sentence for line in _wrapped(sentence)]
    return [*lines, "", *_wrapped(f"our rule: {document['rule']}"), *_wrapped(f"order-free: {CEILING}")]


def _warnings(document: Mapping[str, Any]) -> list[str]:
    return [line for warning in document["warnings"] for line in _wrapped(f"warning: {warning}")]


def _missing(document: Mapping[str, Any]) -> list[str]:
    if not document["missing"]:
        return []
    lines = [f"  {quote_value(name, 80)}: {reason}" for name, reason in document["missing_reasons"].items()]
    return ["pictures that could not be used, the first of them:", *lines]


def _figures(document: Mapping[str, Any]) -> Iterator[str]:
    for name in SCORES if "group_score" in document else ("accuracy",):
        is_headline = name in ("accuracy", "group_score")
        found = document if name == "accuracy" else document[name]
        yield _line(name, found, document["ties"], document["ceiling"]["value"] if is_headline else None)
    yield _line("margin", document["margin"])
    for name, found in document["blind"].items():
        yield _line(f"blind: {name}", found)


def _groups(document: Mapping[str, Any]) -> list[str]:
    published = {each["group"]: each["value"] for each in document["reference"] if each["is_this_model"]}
    first = document["groups"][:MOST_GROUPS]
    head = f"{'group':26}{HEAD}{'blind':>8}"
    lines = [head + (f"{'theirs':>9}{'published':>11}" if document["theirs"] else "")]
    for group in first:
        line = _line(group["group"], group, group["ties"], group["ceiling"]["value"])
        line = f"{line:84}{_number(group['blind']['mean_picture']['value']):>8}"
        if document["theirs"]:
            theirs = document["theirs"]["by_group"].get(group["group"])
            line = f"{line}{_number(theirs):>9}{_published(published.get(group['group'])):>11}"
        lines.append(line)
    lines += [f"and {len(document['groups']) - len(first)} more groups"] * (len(document["groups"]) > len(first))
    said = [
        f"{quote_value(group['group'], 40)}: {group['blind_sentence']}" for group in first if group["blind_sentence"]
    ]
    return lines + [line for sentence in said for line in _wrapped(sentence)]


def _seen(document: Mapping[str, Any]) -> list[str]:
    """Return accuracy per cell of seen and unseen pairs; without a model only how many items each has."""
    seen = document.get("seen")
    if not seen:
        return []
    left_out = ", ".join(f"{count} {reason}" for reason, count in seen["left_out"].items() if count)
    lines = ["", f"pairs in {seen['captions']:,} training captions of {quote_value(seen['file'], 60)}:"]
    for cell in seen["cells"]:
        lines.append(_line(cell["cell"], cell) if "accuracy" in cell else f"{cell['cell']:50}{cell['n']:>8}")
    return lines + [f"in no cell: {left_out}"] * bool(left_out)


def _theirs(document: Mapping[str, Any]) -> list[str]:
    theirs = document["theirs"]
    if not theirs:
        return ["no published rule or figure"]
    scores = "".join(f"  {name} {_number(theirs[name])}" for name in (*SCORES, "text_only") if name in theirs)
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


def _line(name: str, found: Mapping[str, Any], ties: int | None = None, ceiling: float | None = None) -> str:
    low, high = found["low"], found["high"]
    value = _number(found["value"] if "value" in found else found["accuracy"])
    interval = "" if low is None else f"{low:.3f} to {high:.3f}"
    tied = "" if ties is None else f"{ties:>7}"
    line = f"{quote_value(name, 25):26}{value:>8}  {interval:16}{_number(found['chance']):>7}{found['n']:>8}{tied}"
    return line if ceiling is None else f"{line}{_number(ceiling):>12}"


def _wrapped(sentence: str, indent: str = "") -> list[str]:
    return textwrap.wrap(sentence, 100, initial_indent=indent, subsequent_indent=indent + "  ")


def _published(value: float | None) -> str:
    """Format a figure with all digits that were printed."""
    return "-" if value is None else f"{value:.4f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _pixels(preprocessing: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in preprocessing.items())
