"""Table of the properties of data and training whose effects the forest plot shows, in plain words.

    PROPERTIES["incomplete"].words       # "Captions name one of the two objects, not both"
    PROPERTIES["incomplete"].comparisons       # in the second edition, then in the first

A comparison goes from one condition of a sweep to another. Its control has to bind in half of its seeds within the same
budget. A flaw is compared with data without it, which is its control. The control of a remedy is the smallest change of
the same host that was known to bind; see `claims`.
"""

from dataclasses import dataclass
from typing import Literal

from explorer.study.claims import CONTROLS, GIVEN_TIME, ConditionRef

Edition = Literal["second", "first"]
FORM_WORDS = {
    "canonical": "two objects, a color each",
    "own": "as in its training",
    "complete": "every object named",
    "bundle": "every object, all values",
}
"""Plain names of the forms of caption in which a model is asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PropertyComparison:
    """Two conditions of one edition, and the control of the comparison."""

    edition: Edition
    start: ConditionRef
    end: ConditionRef
    control: ConditionRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """One row of the forest plot: words, comparisons, the claim, and the sweep of the first edition on its page.

    The first comparison with frozen runs is shown. A remedy is tested only if its host does not bind in every seed
    anyway.
    """

    name: str
    words: str
    page: str
    claim: str | None
    is_remedy: bool
    comparisons: tuple[PropertyComparison, ...]
    mechanism: str = ""
    """Likely reason for an effect against the paper's direction."""


def _comparison(
    edition: Edition, sweep: str, start: str, end: str, control: ConditionRef | None = None
) -> PropertyComparison:
    ref = ConditionRef(sweep=sweep, label=start)
    return PropertyComparison(
        edition=edition, start=ref, end=ConditionRef(sweep=sweep, label=end), control=control or ref
    )


def _flaw(
    name: str, words: str, page: str, claim: str | None, *comparisons: PropertyComparison, mechanism: str = ""
) -> Property:
    return Property(
        name=name, words=words, page=page, claim=claim, is_remedy=False, comparisons=comparisons, mechanism=mechanism
    )


def _remedy(
    name: str, words: str, page: str, claim: str, *comparisons: PropertyComparison, mechanism: str = ""
) -> Property:
    return Property(
        name=name, words=words, page=page, claim=claim, is_remedy=True, comparisons=comparisons, mechanism=mechanism
    )


def _headroom(host: str, end: str) -> PropertyComparison:
    """Return a comparison on a host of `with-headroom`."""
    return _comparison("second", "with-headroom", f"{host}: none", f"{host}: {end}", CONTROLS[host])


ONE_KIND = ConditionRef(sweep="repairs", label="one kind")
ONE_VALUE = ConditionRef(sweep="density", label="2 kinds: 1")
"""Controls of the first edition, at its budget."""
WEB = "web-like"
PROPERTIES: dict[str, Property] = {
    each.name: each
    for each in (
        _flaw(
            "every-flaw", "Data are web-like, not tidy: captions and pictures differ", "single-flaws", None,
            _comparison("second", GIVEN_TIME, "all together", WEB),
            _comparison("first", "single-flaws", "binding-friendly", WEB),
        ),
        _flaw(
            "incomplete", "Captions name one of the two objects, not both", "completeness", "naming",
            _comparison("second", "naming-cliff", "2 objects: 100%", "2 objects: 0%"),
            _comparison("first", "single-flaws", "binding-friendly", "incomplete"),
        ),
        _flaw(
            "few-values", "Captions give one object in four a value, not each", "density", "density",
            _comparison("second", "density-forms", "plain: 1", "plain: 0.25"),
            _comparison("first", "density", "2 kinds: 1", "2 kinds: 0.25"),
        ),
        _flaw(
            "many-values", "Captions give each object both its values, not one", "density", "density",
            _comparison("second", "density-forms", "plain: 1", "plain: 2"),
            _comparison("first", "density", "2 kinds: 1", "2 kinds: 2"),
            mechanism="The model is asked in the form that it read; captions with one value it never read",
        ),
        _flaw(
            "salient", "Captions of one object name the larger one, not either", "saliency", "salience",
            _comparison("second", "strength-of-salience", "area ratio 3.5: 0", "area ratio 3.5: 1"),
            _comparison("first", "saliency", "2 objects: 0", "2 objects: 1"),
        ),
        _flaw(
            "salient-of-four", "Captions of two of four objects name the larger ones, not any", "saliency", "salience",
            _comparison("first", "saliency", "4 objects: 0", "4 objects: 1"),
        ),
        _flaw(
            "four-objects", "Four objects are shown and named, not two", "completeness", "objects",
            _comparison("second", "objects-named", "2 in the image: 2", "4 in the image: 4"),
            _comparison("first", "completeness", "2 objects: 1", "4 objects: 1"),
        ),
        _remedy(
            "named-repairs", "Web-like captions get the three named repairs", "repairs", "repairs",
            _comparison("second", GIVEN_TIME, WEB, "the three named", ConditionRef(sweep=GIVEN_TIME, label="one kind")),
            _comparison("first", "repairs", WEB, "the three named", ONE_KIND),
        ),
        _remedy(
            "hard-three-named", "Hard negatives, captions with the three named repairs", "hard-negatives",
            "hard-negatives", _headroom("three named", "hard negatives"),
            mechanism="Most swapped captions are false of their image, and only the owners of the values differ",
        ),
        _remedy(
            "hard-too-many", "Hard negatives, captions with both values", "hard-negatives", "hard-negatives",
            _headroom("too many", "hard negatives"),
            _comparison("first", "hard-negatives", "too-many-attributes: 0", "too-many-attributes: 1", ONE_VALUE),
            mechanism="The other captions of a batch differ in their words; a hard negative only in their owners",
        ),
        _remedy(
            "hard-web-like", "Hard negatives, web-like captions", "hard-negatives", "hard-negatives",
            _headroom(WEB, "hard negatives"),
            _comparison("first", "hard-negatives", "web-like: 0", "web-like: 1", ONE_KIND),
        ),
        _remedy(
            "batch-three-named", "Batch four times as large, captions with the three named repairs", "batch-size",
            "batch-size", _headroom("three named", "batch 1024, equal pairs"),
        ),
        _remedy(
            "batch-web-like", "Batch four times as large, web-like captions", "batch-size", "batch-size",
            _comparison("first", "batch-size", "equal samples: 256", "equal samples: 1024", ONE_KIND),
        ),
    )
}  # fmt: skip
