"""STUDY.md from `claims.json`: findings of the second edition per claim, what is missing, methods and limits.

    second_document(document)          # markdown
    num_words(text)                    # at most MOST_WORDS
    number_words(document["effects"])  # sentences on all effects, for the page too

Every number comes from the frozen document.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.codec import decode
from explorer.evaluation.results import BINDING_LEVEL, IN_A_ROW, Estimate
from explorer.study.claims import CLAIMS
from explorer.study.properties import PROPERTIES
from explorer.study.readings import bound_words, reading
from explorer.study.robustness import LEVELS, share_seen
from explorer.study.second_edition import SECOND_EDITION
from explorer.study.study_document import points
from explorer.study.study_text import (
    HEAD,
    LIMITS,
    METHODS,
    PARTS_FROM_PAPER,
    REMEDIES_OF_PAPER,
    REPAIRS_OF_PAPER,
)
from explorer.study.sweeps import Condition

MOST_WORDS = 3000
UNREAD_GAP = 0.1
"""Least difference in accuracy that says so."""
UNREAD = f"*Parts* exceed whole captions by over {100 * UNREAD_GAP:.0f} points in every seed of"
SEEN = " †"
_BRACKETS = str.maketrans("()", "[]")
FIRST_EDITION = "docs/study-first-edition.md"
PICTURES = "assets/study"
Found = Mapping[str, Any]


def num_words(text: str) -> int:
    """Count the words of a markdown text: parts with a letter or digit; the bars of a table are none."""
    return sum(any(letter.isalnum() for letter in part) for part in text.replace("|", " ").split())


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
        "## Ours and the paper's\n",
        *_apart(found),
        *_controls(found["controls"]),
        METHODS.format(level=f"{BINDING_LEVEL:.0%}", row=IN_A_ROW, tried=_tried(found["searches"])),
        LIMITS.format(first=FIRST_EDITION, seen=_seen(found["seen_before"]), levels=_levels(found)),
    ]
    return "\n".join(parts)


def _coverage(coverage: Sequence[Found]) -> Iterator[str]:
    """Name the sweeps that have begun and those that have not, in a sentence each."""
    begun = [each for each in coverage if each["whole"] or each["begun"]]
    shares = (f"`{each['sweep']}` {len(each['whole'])} of {each['num_conditions']} ({each['seeds']})" for each in begun)
    yield f"Conditions frozen (seeds each): {', '.join(shares)}.\n"
    if len(begun) < len(coverage):
        yield f"Not yet run: {len(coverage) - len(begun)} other sweeps of `explorer/study/second_edition.py`.\n"


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
            "control bound in half of the seeds, so the share bound could not show it."
        )
    if ended:
        sentences.append(
            f"In {ended} of {len(lines)} lines they are “no headroom”: every seed bound early without the property."
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
        yield from _directions(run, found["seen_before"])
    if run and len(run) < len(findings):
        yield f"Not yet run: {len(findings) - len(run)} of {len(findings)} stated directions.\n"
    yield from _unread(_of_sweeps(name, found))
    if conditions:
        yield f"![Seeds of the conditions: {name}]({PICTURES}/claim-{name}.svg)\n"


def _directions(run: Sequence[Found], seen: Found) -> Iterator[str]:
    """Return the table of the directions of a claim, which all vary the one axis that heads it."""
    axis = SECOND_EDITION[run[0]["start"]["sweep"]].axis
    yield f"{axis}|form|seeds bound|budget spared, points|final accuracy, points|Holm p|said|found"
    yield "---|---|---|---|---|---|---|---"
    yield from (_direction(each, is_seen=is_seen_before(each, seen)) for each in run)
    yield ""


def claim_conditions(name: str, found: Found) -> list[Found]:
    """Return the frozen conditions that the directions of a claim compare, in their order."""
    places = [place for each in CLAIMS[name].directions for place in (each.start, each.end)]
    frozen = {
        (sweep, each["condition"]): each for sweep, about in found["sweeps"].items() for each in about["conditions"]
    }
    keys = dict.fromkeys((place.sweep, place.label) for place in places)
    return [frozen[key] for key in keys if key in frozen]


def _of_sweeps(name: str, found: Found) -> list[Found]:
    """Return all frozen conditions of the sweeps that the claim's directions start in."""
    sweeps = dict.fromkeys(each.start.sweep for each in CLAIMS[name].directions)
    return [each for sweep in sweeps if sweep in found["sweeps"] for each in found["sweeps"][sweep]["conditions"]]


def _unread(conditions: Sequence[Found]) -> Iterator[str]:
    """Name the conditions whose seeds all score surely more object by object than on whole captions."""
    if unread := [each["condition"] for each in conditions if _is_unread(each)]:
        yield f"{UNREAD} {', '.join(f'`{label}`' for label in unread)}.\n"


def _is_unread(condition: Found) -> bool:
    """Return True if parts exceed whole captions by more than `UNREAD_GAP` in every seed."""
    names = ("canonical.parts_accuracy", "canonical.binding_accuracy")
    scores = [[seed["final"].get(name) for name in names] for seed in condition["seeds"]]
    return bool(scores) and all(
        parts is not None and whole is not None and parts - whole > UNREAD_GAP for parts, whole in scores
    )


def claim_sentence(name: str, found: Found) -> str:
    """Return the tally of a claim with its reading; from the first edition, and marked, if nothing of it has run."""
    run = [each for each in found["findings"] if each["claim"] == name and each["word"] != "not run"]
    tested = [each for each in run if each["p_holm"] is not None] or run
    if tested:
        return f"{_tally(run, found['seen_before'])} {reading(name, found) or _finding(tested[0])}"
    older = [each for each in found["effects"] if each["claim"] == name and each["edition"] == "first"]
    if not older:
        return "Not yet run."
    lines = [_older(words, older) for words in dict.fromkeys(each["words"] for each in older)]
    return f"Not yet run. First edition, final accuracy in points: {' '.join(lines)}"


def _tally(run: Sequence[Found], seen: Found) -> str:
    """Count the words of all directions, so that the first one does not speak for those that differ from it."""
    words = Counter(each["word"] for each in run)
    known = Counter(each["word"] for each in run if is_seen_before(each, seen))
    counts = ", ".join(
        f"{count} {word}{f' ({known[word]}{SEEN})' if known[word] else ''}" for word, count in words.items()
    )
    return f"**Of {len(run)} directions: {counts}.**" if len(run) > 1 else f"**{counts[2:].capitalize()}.**"


def _older(words: str, effects: Sequence[Found]) -> str:
    """Return a property's change of final accuracy in every form of the first edition."""
    of = [each for each in effects if each["words"] == words]
    states = ["" if each["state"] == "measured" else f", {each['state']}" for each in of]
    forms = [f"{each['form']} {_plain(each['final'])}{state}" for each, state in zip(of, states, strict=True)]
    return f"{words}: {'; '.join(forms)}."


def _finding(each: Found) -> str:
    """Return "2 objects: 0% → 10%, canonical captions: 1 → 5 of 5 seeds bind, +80 points (...)"."""
    final = f"; final accuracy {change_words(each['change'][_final_name(each)])}"
    step = _short_step(each["start"], each["end"])
    return (
        f"{step[:1].upper()}{step[1:]}, {each['form']} captions: {_seeds_bound(each)} seeds bind, "
        f"{change_words(each['bound'])}{final}."
    )


def _final_name(each: Found) -> str:
    """Return the metric of the direction, which is binding accuracy in its form if none is stated."""
    return str(each["metric"] or f"{each['form']}.binding_accuracy")


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


def is_seen_before(each: Found, seen: Found) -> bool:
    """Return True if at least half of the runs repeat one that was known before the claims were stated."""
    return share_seen(seen, [each["start"], each["end"]], sum(side["bound"]["n"] for side in each["sides"])) >= 0.5


def _seeds_bound(each: Found) -> str:
    """Return "3 → 8 of 8"."""
    start, end = each["sides"]
    one, other = (side["bound"]["n"] for side in (start, end))
    return f"{_bound(start)}{'' if one == other else f' of {one}'} → {_bound(end)} of {other}"


def _direction(each: Found, *, is_seen: bool) -> str:
    p = "-" if each["p_holm"] is None else f"{each['p_holm']:.2g}"
    cells = [
        _short_step(each["start"], each["end"]), each["form"], _seeds_bound(each), _plain(each["spared"]),
        _plain(each["change"][_final_name(each)]), p, f"{each['expected']}{SEEN if is_seen else ''}",
        f"**{each['word']}**",
    ]  # fmt: skip
    return "|".join(cells)


def _plain(estimate: Found) -> str:
    """Format a difference for a table: -40 [-50, -30]."""
    return change_words(estimate).replace(" points", "").replace(" to ", ", ").translate(_BRACKETS)


def change_words(estimate: Found) -> str:
    """Format a difference of the frozen document: -40 points (-50 to -30)."""
    return points(decode(Estimate, estimate))


def _controls(off: Sequence[float]) -> Iterator[str]:
    """Count the controls that are off chance, and name the farthest."""
    if off:
        yield "## Controls\n"
        yield (
            f"Of {len(off)} different estimates of blind and untrained models (data card), "
            f"{sum(each != 0 for each in off)} lie outside their own 95 % interval around chance, the farthest by "
            f"{100 * max(off, key=abs):+.1f} points.\n"
        )


def _apart(found: Found) -> Iterator[str]:
    """Name the flaws and the hard negatives that raise accuracy in some form, with the likely mechanism."""
    risen = [each for each in found["effects"] if each["final"]["low"] is not None and each["final"]["low"] > 0]
    yield PARTS_FROM_PAPER
    yield from _with_mechanisms([each for each in risen if not each["is_remedy"]])
    yield ""
    if remedies := [each for each in risen if each["claim"] == "hard-negatives" and each["edition"] == "second"]:
        yield REMEDIES_OF_PAPER.format(web=_change_on(found, "web-like"))
        yield from _with_mechanisms(remedies)
        yield ""
    yield from _repaired(found)


def _change_on(found: Found, host: str) -> str:
    """Return the change of canonical accuracy by hard negatives on a host."""
    name = "canonical.binding_accuracy"
    of = [each for each in found["findings"] if each["end"]["label"] == f"{host}: hard negatives"]
    return next((change_words(each["change"][name]) for each in of if name in each["change"]), "not run")


def _repaired(found: Found) -> Iterator[str]:
    """State in how many seeds the three repairs that the paper names bind, in the results and in the pilot."""
    for each in found["findings"]:
        if each["end"]["label"] == "the three named" and each["word"] != "not run":
            side = each["sides"][1]
            yield REPAIRS_OF_PAPER.format(bound=f"{_bound(side)} of {side['bound']['n']}", pilot=_of_pilot(found))


def _of_pilot(found: Found) -> str:
    seeds = [
        seed
        for each in found["sweeps"].get("pilot", {}).get("conditions", ())
        if each["condition"] == "three named: host"
        for seed in each["seeds"]
    ]
    return bound_words(seeds, "canonical")


def _with_mechanisms(effects: Sequence[Found]) -> Iterator[str]:
    """Name the effects of each property in the forms of caption, and its mechanism."""
    for name in dict.fromkeys(each["name"] for each in effects):
        of = [each for each in effects if each["name"] == name]
        forms = ", ".join(f"{each['form']} {_plain(each['final'])}" for each in of)
        about = PROPERTIES[name].mechanism
        edition = ", first edition" if of[0]["edition"] == "first" else ""
        yield f"- {of[0]['words']} (points{edition}): {forms}.{about and f' {about}.'}"


def _tried(searches: Sequence[Found]) -> str:
    """Name the learning rates that were tried where the preset's had not the least loss: losses, binding accuracies."""
    parts = []
    for label in dict.fromkeys(each["condition"] for each in searches):
        of = [each for each in searches if each["condition"] == label]
        if min(of, key=lambda each: each["loss"])["factor"] == 1.0:
            continue
        rates, losses, scores = (
            ", ".join(f"{scale * each[name]:{form}}" for each in of)
            for name, scale, form in (("factor", 1, "g"), ("loss", 1, ".2g"), ("canonical", 100, ".0f"))
        )
        parts.append(f"`{label}` at {rates} times it: loss {losses}, canonical {scores} %")
    return f" ({'; '.join(parts)})" if parts else ""


def _seen(seen: Found) -> str:
    return f"{seen['runs']} of the {seen['of']} trainings"


def _levels(found: Found) -> str:
    """Count at each level, and for the accuracy itself, the directions whose word is that of the rule."""
    run = [place for place, each in enumerate(found["findings"]) if each["word"] != "not run"]
    names = [f"at {level:.0%}" for level in LEVELS] + [f"with an accuracy above {BINDING_LEVEL:.0%}"]
    words = [*found["words_by_level"], found["words_by_accuracy"]]
    same = [sum(each[place] == found["findings"][place]["word"] for place in run) for each in words]
    counts = ", ".join(f"{count} {name}" for count, name in zip(same, names, strict=True))
    return f"of {len(run)}: {counts}"
