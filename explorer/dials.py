"""What the row of a dial says: words, range, and all that anything else decides about it.

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
        low: The least number, of a dial that is one.
        high: The largest.
        step: From one number to the next, on the page.
        choices: The words that it takes.
        names: In place of `choices`: its words are the names of what there is.
        rules: Its bounds that depend on other dials, and how the page keeps them.
        main: Its place among the dials that a page shows first, from the top; None for all others.
        is_later: Older specs lack it: its default is left out of the key of a spec (`study.keys.spec_key`).
        is_of_recipe: Another value makes another recipe.
        is_asked: A model is asked about data with it; else about data where it has its default.
        is_tidy: Tidy pairs that are mixed in keep it; else it has its default there.
        tab: What the engine of the page takes of it; None for all.
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
    main: int | None = None
    is_later: bool = False
    is_of_recipe: bool = True
    is_asked: bool = True
    is_tidy: bool = False
    tab: TabLimit | None = None
