"""The sweeps and cells of the fourth edition that page and documents speak of, by the names of `fourth.toml`.

map_cell(named=0.5, told=1)          # ("map", "named 0.5, told 1")
dose_cell("first", 46, "web")        # ("order-colors-first", "46 thousand, then web-like")
fourth.get_engine_sweep(sweep).cell(label)  # what is trained there
"""

from typing import Literal

CellKey = tuple[str, str]
"""A sweep and the label of one of its cells."""
LOOP, MAP, ARRANGEMENT = "loop", "map", "arrangement"
COLORS_FIRST, ALL_KINDS_FIRST = "order-colors-first", "order-all-kinds-first"
CONTROLS, MIXED_OR_LAST = "order-controls", "order-mixed-or-last"
LAST_TUNED = "order-last-tuned"
TORCH_SWEEP = "torch-against-engine"
"""The sweep whose cells torch trains too."""
SHARES = (1.0, 0.7, 0.5, 0.35, 0.25)
"""Shares of the colors told, on the map."""
NAMED = (1.0, 0.75, 0.5)
"""Shares of the two things named, on the map."""
ARRANGED = ("both-or-neither", "at-most-one")
"""How told values stand in captions where each is not told by itself."""
DOSES = (6, 13, 26, 46)
"""Pairs of tidy captions in thousands."""
SparseName = Literal["web", "quarter"]
SPARSE: dict[SparseName, str] = {"web": "web-like", "quarter": "a quarter told"}
"""Captions after a dose, or into which it is mixed."""
DOSE_COLUMNS = {
    "first": (COLORS_FIRST, "{dose} thousand, then {sparse}"),
    "all_first": (ALL_KINDS_FIRST, "{dose} thousand, then {sparse}"),
    "mixed": (MIXED_OR_LAST, "{dose} thousand of color mixed into {sparse}"),
    "last": (MIXED_OR_LAST, "{sparse}, then {dose} thousand of color"),
}
"""Where a dose stands: of color first, of all kinds first, of color mixed in evenly, and last."""
OTHER_RATES: dict[str, tuple[CellKey, CellKey]] = {
    rate: (
        (LAST_TUNED, f"a quarter told, then 46 thousand of color at {rate}"),
        (LAST_TUNED, f"none, then 46 thousand of color at {rate}"),
    )
    for rate in ("twice the rate", "half the rate", "a quarter of the rate")
}
"""Cells of tidy captions at other learning rates, at the end and from fresh weights."""
CONTROL: CellKey = (CONTROLS, "46 thousand of color, then 2 in 100 told")
"""The cell in which nearly no color is told after the dose."""


def map_cell(named: float, told: float) -> CellKey:
    """Return the cell of the map in which these shares of the things are named and of the colors told."""
    return MAP, f"named {named:g}, told {told:g}"


def arranged_cell(kind: str, told: float) -> CellKey:
    """Return the cell in which both things are named, and told colors stand as one of `ARRANGED` says."""
    return ARRANGEMENT, f"{kind}, told {told:g}"


def dose_cell(column: str, dose: int, sparse: SparseName) -> CellKey:
    """Return the cell of a dose of `DOSES` in a column of `DOSE_COLUMNS`; not every one is trained."""
    sweep, label = DOSE_COLUMNS[column]
    return sweep, label.format(dose=dose, sparse=SPARSE[sparse])


def fresh_cell(sparse: SparseName) -> CellKey:
    """Return the cell in which fresh weights read sparse captions, without a dose."""
    return COLORS_FIRST, f"none, then {SPARSE[sparse]}"


WEB_STARTS: tuple[CellKey, ...] = (
    *(dose_cell(column, dose, "web") for column in ("first", "all_first") for dose in DOSES),
    (ALL_KINDS_FIRST, "184 thousand with one value each, then web-like"),
)
"""Cells that end with web-like captions, after one other kind of captions."""

WEB_LOW_RATE: CellKey = ("wall-tuned", "web-like, a quarter of the rate")
"""Fresh models of web-like captions at a lower learning rate."""
RATE_CELLS = (
    map_cell(1, 0.25),
    ("wall-tuned", "told 0.25, half the rate"),
    ("wall-tuned", "told 0.25, a quarter of the rate"),
)
"""A quarter told at the usual learning rate, at half and at a quarter of it."""
