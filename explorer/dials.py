"""The row of a dial: words, range, and all that anything else decides about it.

    DIALS["placement"].choices            # ("quarters", "free")
    DIALS["placement"].tab.values         # ("quarters",): what else it says, only the server draws

The rows themselves stand in `explorer/spec.py`. Page, engine, command line and tests read them, and list no dials.
"""

from dataclasses import dataclass
from typing import Any, Literal

from explorer.rules import Rule

DialStage = Literal["images", "captions", "loss", "optimizer"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TabLimit:
    """The `values` that the engine of the page trains on, and `why` no others; with `is_drawn` it draws all of them."""

    values: tuple[Any, ...]
    why: str
    is_drawn: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Dial:
    """One row.

    Attributes:
        label: Its name.
        help: A sentence on what it does.
        stage: What it acts on; the page groups dials by it.
        plain: Its name in plain words, if `label` is a term.
        low: The least value of a number.
        high: The largest value of a number.
        step: The distance from one number to the next on the page.
        choices: The words that it takes, if it takes words.
        names: The kind of names that it takes in place of `choices`, such as those of the worlds that there are.
        rules: Bounds that depend on other dials, and how the page keeps them.
        grows: The dial of kinds to which the page adds some if this one is moved beyond their number; None for none.
        main: Its place, from the top, among the dials that a page shows first; None if the page shows it later.
        is_later: True if older specs lack it. The key of a spec (`study.keys.spec_key`) then leaves out its default.
        is_of_recipe: True if another value makes another recipe.
        is_asked: True if a model is asked about data with its value; if False, it is asked about data with its default.
        is_tidy: True if tidy pairs that are mixed in keep its value; if False, they have its default.
        tab: The values that the engine of the page takes; None if it takes all.
    """

    label: str
    help: str
    stage: DialStage
    plain: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] | None = None
    names: Literal["worlds", "models", "kinds"] | None = None
    rules: tuple[Rule, ...] = ()
    grows: str | None = None
    main: int | None = None
    is_later: bool = False
    is_of_recipe: bool = True
    is_asked: bool = True
    is_tidy: bool = False
    tab: TabLimit | None = None
