"""STUDY.md from `claims.json`: findings of the second edition per claim, what is missing, methods and limits.

    second_document(document)          # markdown of at most MOST_WORDS words
    read_outs(document)                # lines of the table of all conditions, for the data card
    number_words(document["effects"])  # sentences on all effects, for the page too

Every number comes from the frozen document.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from explorer.evaluation.results import Estimate
from explorer.evaluation.run_report import IN_A_ROW, LEVEL
from explorer.study.claims import CLAIMS
from explorer.study.properties import PROPERTIES
from explorer.study.second_edition import SECOND_EDITION
from explorer.study.study_document import points
from explorer.study.study_text import HEAD, LIMITS, METHODS, PARTS_FROM_PAPER, REMEDIES_OF_PAPER
from explorer.study.sweeps import Condition

MOST_WORDS = 3000
UNREAD_GAP = 0.1
"""Least difference in accuracy that says so."""
UNREAD = (
    "In every seed the same two objects are bound better when they are asked one by one than in one caption, so the "
    "picture is bound further than captions of two objects are read"
)
FIRST_EDITION = "docs/study-first-edition.md"
PICTURES = "assets/study"
Found = Mapping[str, Any]


def second_document(found: Found) -> str:
    """Return STUDY.md."""
    parts = [
        HEAD,
        "## How far the runs went\n",
        *_coverage(found["coverage"]),
        "## All effects in one figure\n",
        *_forest(found["effects"]),
        "## Claims and findings\n",
        *(line for claim in CLAIMS.values() for line in _claim(claim.name, claim.sentence, found)),
        "## The pilot\n",
        *_pilot(found),
        "## Ours and the paper's\n",
        *_apart(found["effects"]),
        *_controls(found["sweeps"]),
        METHODS.format(level=f"{LEVEL:.0%}", row=IN_A_ROW),
        LIMITS.format(first=FIRST_EDITION),
    ]
    return "\n".join(parts)


def _coverage(coverage: Sequence[Found]) -> Iterator[str]:
    """Name the sweeps that have begun, a line each, and those that have not in one sentence."""
    begun = [each for each in coverage if each["whole"] or each["begun"]]
    yield "| sweep | conditions frozen | seeds each |"
    yield "|---|---|---|"
    for each in begun:
        yield f"| {each['sweep']} | {len(each['whole'])} of {each['num_conditions']} | {each['seeds']} |"
    yield ""
    if left := [f"`{each['sweep']}`" for each in coverage if each not in begun]:
        yield f"Not yet run: {', '.join(left)}.\n"


def _forest(effects: Sequence[Found]) -> Iterator[str]:
    yield f"![Effect of each property in each form of caption]({PICTURES}/forest.svg)\n"
    yield from (f"{sentence}\n" for sentence in number_words(effects))


def number_words(effects: Sequence[Found]) -> list[str]:
    """Return sentences that count the properties by edition, and the lines of those that were run by state."""
    properties = {each["name"]: each["edition"] for each in effects}
    second = sum(edition == "second" for edition in properties.values())
    none = [each["words"] for each in effects if each["edition"] is None]
    lines = [each for each in effects if each["edition"] is not None]
    blocked, ended = (sum(each["state"] == state for each in lines) for state in ("untestable here", "no headroom"))
    sentences = [
        f"Properties shown from the second edition: {second} of {len(properties)}; "
        f"from the first: {len(properties) - second - len(none)}; not yet run: {len(none)}."
    ]
    if blocked:
        sentences.append(
            f"In {blocked} of {len(lines)} lines the words are “untestable here”: neither the property's end nor its "
            "control bound in half of the seeds, so nothing could show."
        )
    if ended:
        sentences.append(
            f"In {ended} of {len(lines)} lines they are “no headroom”: every seed bound without the property, so "
            "nothing could show either."
        )
    return sentences


def _claim(name: str, sentence: str, found: Found) -> Iterator[str]:
    """Return the section of one claim: one sentence of finding, every direction, and the figure."""
    findings = [each for each in found["findings"] if each["claim"] == name]
    run = [each for each in findings if each["word"] != "not run"]
    conditions = claim_conditions(name, found)
    yield f"### Claim: {sentence}\n"
    yield f"{claim_sentence(name, found)}\n"
    if run:
        yield from _directions(run)
    if run and len(run) < len(findings):
        yield f"Not yet run: {len(findings) - len(run)} of {len(findings)} stated directions.\n"
    yield from _unread(conditions)
    if conditions:
        yield f"![Seeds of the conditions: {name}]({PICTURES}/claim-{name}.svg)\n"


def _directions(run: Sequence[Found]) -> Iterator[str]:
    """Return the table of the directions of a claim, which all vary the one axis that heads it."""
    axis = SECOND_EDITION[run[0]["start"]["sweep"]].axis
    yield f"{axis} | form | seeds bound | change, points | budget spared, points | Holm p | said | found"
    yield "---|---|---|---|---|---|---|---"
    yield from (_direction(each) for each in run)
    yield ""


def claim_conditions(name: str, found: Found) -> list[Found]:
    """Return the frozen conditions that the directions of a claim compare, in their order."""
    places = [place for each in CLAIMS[name].directions for place in (each.start, each.end)]
    frozen = {
        (sweep, each["condition"]): each for sweep, about in found["sweeps"].items() for each in about["conditions"]
    }
    keys = dict.fromkeys((place.sweep, place.label) for place in places)
    return [frozen[key] for key in keys if key in frozen]


def read_outs(found: Found) -> Iterator[str]:
    """State the read-outs of each frozen condition: the caption as a whole, and its objects asked one by one."""
    names = ("canonical.binding_accuracy", "canonical.parts_accuracy", "canonical.single_object_accuracy",
             "own.binding_accuracy")  # fmt: skip
    yield "| sweep | condition | seeds bound | whole caption | parts | single object | own captions |"
    yield "|---|---|---|---|---|---|---|"
    for sweep, about in found["sweeps"].items():
        for each in about["conditions"]:
            bound = sum(seed["bound"]["canonical"] is not None for seed in each["seeds"])
            spans = " | ".join(_span([seed["final"].get(name) for seed in each["seeds"]]) for name in names)
            yield f"| {sweep} | {each['condition']} | {bound} of {len(each['seeds'])} | {spans} |"
    yield ""


def _unread(conditions: Sequence[Found]) -> Iterator[str]:
    """Name the conditions whose captions of two objects are not read although the picture is bound."""
    if unread := [each["condition"] for each in conditions if _is_unread(each)]:
        yield f"{UNREAD}: {', '.join(f'`{label}`' for label in unread)}.\n"


def _is_unread(condition: Found) -> bool:
    """Return True if every seed does surely better object by object than any seed does on whole captions."""
    scores = {
        name: [seed["final"].get(f"canonical.{name}_accuracy") for seed in condition["seeds"]]
        for name in ("binding", "parts")
    }
    known = {name: [value for value in values if value is not None] for name, values in scores.items()}
    is_known = all(known[name] and len(known[name]) == len(values) for name, values in scores.items())
    return is_known and min(known["parts"]) - max(known["binding"]) > UNREAD_GAP


def _span(values: Sequence[float | None]) -> str:
    """Format the median of the seeds with the least and the most, in percent."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return "-"
    middle, low, high = (f"{100 * value:.1f}" for value in (median(known), known[0], known[-1]))
    return f"{middle} ({low} to {high})"


def claim_sentence(name: str, found: Found) -> str:
    """Return the finding of a claim in one sentence; from the first edition, and marked, if nothing of it has run."""
    run = [each for each in found["findings"] if each["claim"] == name and each["word"] != "not run"]
    tested = [each for each in run if each["p_holm"] is not None] or run
    if tested:
        return f"{_finding(tested[0])}{_tally(run)}"
    older = [each for each in found["effects"] if each["claim"] == name and each["edition"] == "first"]
    if not older:
        return "Not yet run."
    return f"Not yet run. First edition: {_effect(_clearest(older))}."


def _tally(run: Sequence[Found]) -> str:
    """Count the words of all directions, so that the first one does not speak for those that differ from it."""
    counts = ", ".join(f"{count} {word}" for word, count in Counter(each["word"] for each in run).items())
    return f" All {len(run)} directions: {counts}." if len(run) > 1 else ""


def _clearest(effects: Sequence[Found]) -> Found:
    """Return the first effect that says something, else the first."""
    return next((each for each in effects if each["state"] == "measured"), effects[0])


def _finding(each: Found) -> str:
    start, end = each["sides"]
    counts = " to ".join(f"{_bound(side)} of {side['bound']['n']}" for side in (start, end))
    name = each["metric"] or f"{each['form']}.binding_accuracy"
    final = f"; final accuracy {change_words(each['change'][name])}" if name in each["change"] else ""
    return (
        f"**{each['word'].capitalize()}**: {step_words(each['start'], each['end'])}; in {each['form']} captions "
        f"{counts} seeds bind ({change_words(each['bound'])}){final}."
    )


def step_words(start: Found, end: Found) -> str:
    """Return the step of a direction with the name of what differs, such as "2 objects, objects named: 1 → 2"."""
    one, other = (_condition(place) for place in (start, end))
    axis = SECOND_EDITION[start["sweep"]].axis
    if one.series == other.series:
        return f"{one.series}{', ' if one.series else ''}{axis}: {one.x} → {other.x}"
    return " → ".join(f"{each.series}, {axis}: {each.x}" for each in (one, other))


def _short_step(start: Found, end: Found) -> str:
    """Return the step under a head that names the axis, such as "2 objects: 1 → 2"."""
    one, other = (_condition(place) for place in (start, end))
    if one.series == other.series:
        return f"{one.series}{': ' if one.series else ''}{one.x} → {other.x}"
    return f"{one.label} → {other.label}"


def _condition(place: Found) -> Condition:
    (found,) = SECOND_EDITION[place["sweep"]].chosen([place["label"]])
    return found


def _bound(side: Found) -> int:
    return sum(run["time"] is not None for run in side["runs"])


def _counts(effect: Found) -> str:
    return " to ".join(f"{side['num_bound']} of {side['bound']['n']}" for side in effect["sides"])


def _effect(each: Found) -> str:
    state = "" if each["state"] == "measured" else f" ({each['state']})"
    change = change_words(each["final"])
    return f"{each['words']}, in {each['form']} captions: {_counts(each)} seeds bind, final accuracy {change}{state}"


def _direction(each: Found) -> str:
    start, end = each["sides"]
    numbers = [side["bound"]["n"] for side in (start, end)]
    if numbers[0] == numbers[1]:
        counts = f"{_bound(start)} → {_bound(end)} of {numbers[0]}"
    else:
        counts = f"{_bound(start)} of {numbers[0]} → {_bound(end)} of {numbers[1]}"
    p = "-" if each["p_holm"] is None else f"{each['p_holm']:.2g}"
    cells = [
        _short_step(each["start"], each["end"]), each["form"], counts, _plain(each["bound"]),
        _plain(each["spared"]), p, each["expected"], f"**{each['word']}**",
    ]  # fmt: skip
    return " | ".join(cells)


def _plain(estimate: Found) -> str:
    return change_words(estimate).replace(" points", "")


def change_words(estimate: Found) -> str:
    """Format a difference of the frozen document: -40 points (-50 to -30)."""
    return points(Estimate.from_json(estimate))


def _pilot(found: Found) -> Iterator[str]:
    """State for each host and control in how many seeds it bound, which decides if a host has headroom."""
    about = found["sweeps"].get("pilot")
    if about is None or not about["conditions"]:
        yield "Not yet run: no condition of it has all its seeds.\n"
        return
    yield (
        "Hosts and controls on seeds that no result uses, at the budget of `with-headroom`. A host has headroom if "
        "some seeds bind and some do not.\n"
    )
    yield from _headroom(about["conditions"])
    yield f"![Seeds of the pilot]({PICTURES}/pilot.svg)\n"


def _headroom(conditions: Sequence[Found]) -> Iterator[str]:
    """State for each host if some seeds bound and some did not, and if its control bound."""
    bound = {
        each["condition"]: (sum(seed["bound"]["canonical"] is not None for seed in each["seeds"]), len(each["seeds"]))
        for each in conditions
    }
    for label, (count, seeds) in bound.items():
        host, _, role = label.partition(": ")
        control = next((share for other, share in bound.items() if other.startswith(f"{host}: control")), None)
        if role != "host" or control is None:
            continue
        room = "some bind and some do not" if 0 < count < seeds else "all bind, so only the time can show"
        room = room if count else "none binds"
        able = "so a repair can show" if 2 * control[0] >= control[1] else "so nothing can show"
        yield f"- `{host}`: {count} of {seeds} seeds bind ({room}); its control: {control[0]} of {control[1]}, {able}."
    yield ""


def _controls(sweeps: Mapping[str, Found]) -> Iterator[str]:
    """Count the controls that are off chance, and name the farthest."""
    off = [each for about in sweeps.values() for each in about["controls"]]
    if off:
        yield "## Controls\n"
        yield (
            "Captions without pictures, permuted pictures, shuffled pixels, grey boxes and untrained models, in the "
            f"second edition: {len(off)} estimates. {sum(each != 0 for each in off)} lie outside their own 95 % "
            f"interval around chance (5 % do by accident), the farthest by {100 * max(off, key=abs):+.1f} points. "
            "Shuffled pixels keep each color's share, and nouns differ in area, so they are not wholly blind.\n"
        )


def _apart(effects: Sequence[Found]) -> Iterator[str]:
    """Name the flaws and the hard negatives that raise accuracy in some form, with the likely mechanism."""
    risen = [each for each in effects if each["final"]["low"] is not None and each["final"]["low"] > 0]
    yield PARTS_FROM_PAPER
    yield from _with_mechanisms([each for each in risen if not each["is_remedy"]])
    yield ""
    if remedies := [each for each in risen if each["claim"] == "hard-negatives" and each["edition"] == "second"]:
        yield REMEDIES_OF_PAPER
        yield from _with_mechanisms(remedies)
        yield ""


def _with_mechanisms(effects: Sequence[Found]) -> Iterator[str]:
    """Name the effects of each property in the forms of caption, and its mechanism."""
    for name in dict.fromkeys(each["name"] for each in effects):
        of = [each for each in effects if each["name"] == name]
        forms = "; ".join(f"{each['form']} {_counts(each)} seeds, {change_words(each['final'])}" for each in of)
        yield f"- {of[0]['words']}: {forms}.{f' {about}.' if (about := PROPERTIES[name].mechanism) else ''}"
