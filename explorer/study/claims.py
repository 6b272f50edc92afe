"""Claims of the second edition: hosts, controls and directions, stated before the runs.

    CLAIMS["hard-negatives"].directions

A claim has at most `MOST_DIRECTIONS` stated directions, which share one Holm correction. Its outcome is the time to
binding in a form, by the rule of `evaluation.run_report`, censored at the budget; final accuracy is reported too.

A direction on a host is "untestable here" if the host's control does not bind in at least half of its seeds within the
same budget: then the budget was too short for any repair to show. The control is the smallest change of the host that
was known to bind before, and never the host with every flaw repaired; for "later" it is the host, which has to bind
itself. "sooner" on a host that binds in every seed by the first quarter of the budget has no headroom and is
untestable too.
"""

from dataclasses import dataclass
from typing import Literal

MOST_DIRECTIONS = 5
Expected = Literal["sooner", "later", "higher", "lower", "no difference", "ours"]
"""Stated effect of the step from the first condition to the second; `ours`: no known statement."""
Form = Literal["canonical", "own"]
"""Forms that are evaluated during training, so that a time is known in them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConditionRef:
    """A condition of a sweep of the second edition."""

    sweep: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Direction:
    """Effect of the step from the host `start` to `end` on the time to binding in `form`.

    With a `metric` it is the effect on the final value of that metric instead, in the form that the metric's name
    starts with.
    """

    start: ConditionRef
    end: ConditionRef
    expected: Expected
    form: Form
    control: ConditionRef
    source: str
    metric: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One sentence, and the directions that test it."""

    name: str
    sentence: str
    directions: tuple[Direction, ...]


NOBODY = "nobody"
PAPER = "the paper's abstract"
FIGURE = "the caption of the paper's Figure 1"
PILOT = "earlier runs"
"""An observation on few seeds or in the first edition: a guess, not a result."""


def _within(
    sweep: str,
    start: str,
    end: str,
    expected: Expected,
    form: Form,
    source: str,
    control: ConditionRef | str | None = None,
) -> Direction:
    """Make a direction among conditions of one sweep.

    `control` is one of them by its label, or `start`, or elsewhere.
    """
    return Direction(
        start=ConditionRef(sweep=sweep, label=start),
        end=ConditionRef(sweep=sweep, label=end),
        expected=expected,
        form=form,
        control=control if isinstance(control, ConditionRef) else ConditionRef(sweep=sweep, label=control or start),
        source=source,
    )


GIVEN_TIME, CLIFF = "repairs-given-time", "naming-cliff"
DENSITY_FORMS, OBJECTS_NAMED = "density-forms", "objects-named"
TWO_OF_TWO = "2 in the image: 2"
CONTROLS = {
    "three named": ConditionRef(sweep=GIVEN_TIME, label="all but two objects"),
    "too many": ConditionRef(sweep="density-forms-longer", label="plain: 1"),
    "web-like": ConditionRef(sweep=GIVEN_TIME, label="one kind"),
}
"""The smallest known repair of each host of `with-headroom`, at the same budget: one kind; one value each; one kind."""


def _on(host: str, start: str, end: str, expected: Expected, source: str) -> Direction:
    """Make a direction among the conditions of one host of `with-headroom`, in canonical captions."""
    labels = (f"{host}: {start}", f"{host}: {end}")
    return _within("with-headroom", *labels, expected, "canonical", source, CONTROLS[host])


def _repaired(end: str, source: str) -> Direction:
    return _within(GIVEN_TIME, "web-like", end, "sooner", "canonical", source, "all but two objects")


def _named(start: str, end: str, expected: Expected, source: str) -> Direction:
    return _within(CLIFF, start, end, expected, "canonical", source, f"{start.partition(':')[0]}: 50%")


HARD_NEGATIVES = Claim(
    name="hard-negatives",
    sentence="Hard negatives make binding come sooner where it comes late, and do nothing where captions tell little.",
    directions=(
        _on("three named", "none", "hard negatives", "sooner", PILOT),
        _on("too many", "none", "hard negatives", "sooner", PILOT),
        _on("web-like", "none", "hard negatives", "no difference", PAPER),
        _on("three named", "hard negatives", "checked hard negatives", "ours", NOBODY),
        _on("three named", "constant rate", "constant rate, hard negatives", "sooner", PILOT),
    ),
)
BATCH_SIZE = Claim(
    name="batch-size",
    sentence="A batch four times as large does not make binding come sooner in pairs.",
    directions=(
        _on("three named", "none", "batch 1024, equal pairs", "no difference", PAPER),
        _on("three named", "none", "batch 1024, equal steps", "ours", NOBODY),
        _on("too many", "none", "batch 1024, equal pairs", "no difference", PAPER),
    ),
)
MASKING = Claim(
    name="masking",
    sentence="Leaving true captions out of the negatives is not enough to make web-like data bind.",
    directions=(
        _on("web-like", "none", "masked", "no difference", PILOT),
        _on("web-like", "masked", "masked, hard negatives", "ours", NOBODY),
    ),
)
REPAIRS = Claim(
    name="repairs",
    sentence="Repairing what the paper names makes web-like data bind, and fewer kinds do it sooner.",
    directions=(
        _repaired("complete captions", PAPER),
        _repaired("one value each", PAPER),
        _repaired("no saliency bias", PAPER),
        _repaired("the three named", PAPER),
        _repaired("one kind", PILOT),
    ),
)
NAMING = Claim(
    name="naming",
    sentence="Captions of two objects are read once a few in a hundred name two: a cliff, not a dose.",
    directions=(
        _named("2 objects: 0%", "2 objects: 100%", "sooner", PAPER),
        _named("2 objects: 0%", "2 objects: 10%", "sooner", PILOT),
        _named("2 objects: 10%", "2 objects: 100%", "no difference", PILOT),
        _named("4 objects: 0%", "4 objects: 10%", "sooner", PILOT),
        _named("4 objects: 10%", "4 objects: 100%", "no difference", PILOT),
    ),
)
DENSITY = Claim(
    name="density",
    sentence="Too few values hurt in every form; too many hurt only captions that name fewer than were read.",
    directions=(
        _within(DENSITY_FORMS, "plain: 1", "plain: 0.25", "later", "own", PAPER),
        _within(DENSITY_FORMS, "masked: 1", "masked: 0.25", "later", "own", PILOT),
        _within(DENSITY_FORMS, "plain: 1", "plain: 2", "later", "canonical", FIGURE),
        _within(DENSITY_FORMS, "plain: 1", "plain: 2", "sooner", "own", PILOT, "plain: 1.5"),
        _within(DENSITY_FORMS, "plain: 1.5", "plain: 2", "later", "canonical", PILOT),
    ),
)
OBJECTS = Claim(
    name="objects",
    sentence="More objects in the image make binding come later, and more of them in the caption sooner.",
    directions=(
        _within(OBJECTS_NAMED, TWO_OF_TWO, "4 in the image: 4", "later", "own", PILOT),
        _within(OBJECTS_NAMED, TWO_OF_TWO, "4 in the image: 2", "later", "canonical", PILOT),
        _within(OBJECTS_NAMED, "4 in the image: 1", "4 in the image: 2", "sooner", "canonical", PAPER, TWO_OF_TWO),
        _within(OBJECTS_NAMED, "4 in the image: 2", "4 in the image: 4", "ours", "canonical", NOBODY, TWO_OF_TWO),
        _within(OBJECTS_NAMED, "3 in the image: 1", "3 in the image: 2", "sooner", "canonical", PAPER, TWO_OF_TWO),
    ),
)
_SALIENCE_DIRECTIONS: tuple[tuple[str, str, Expected, str], ...] = (
    ("10: 0", "10: 1", "lower", PAPER),
    ("3.5: 0", "3.5: 1", "lower", PAPER),
    ("1.2: 0", "1.2: 1", "lower", PAPER),
    ("1.2: 1", "10: 1", "lower", NOBODY),
    ("10: 0", "10: 0.5", "lower", PAPER),
)
SALIENCE_SWEEP = "strength-of-salience"
SALIENCE = Claim(
    name="salience",
    sentence="Naming the larger object leaves the smaller one unbound, the more so the larger the difference in size.",
    directions=tuple(
        Direction(
            start=ConditionRef(sweep=SALIENCE_SWEEP, label=f"area ratio {start}"),
            end=ConditionRef(sweep=SALIENCE_SWEEP, label=f"area ratio {end}"),
            expected=expected,
            form="own",
            control=ConditionRef(sweep=SALIENCE_SWEEP, label=f"area ratio {start}"),
            source=source,
            metric="complete.parts_accuracy",
        )
        for start, end, expected, source in _SALIENCE_DIRECTIONS
    ),
)
CLAIMS: dict[str, Claim] = {
    claim.name: claim for claim in (HARD_NEGATIVES, BATCH_SIZE, MASKING, REPAIRS, NAMING, DENSITY, OBJECTS, SALIENCE)
}
