"""Facts that Python, scripts and texts share: read from contract.toml, carried to the page with the catalog.

CONTRACT.binding.level, CONTRACT.sureness.leans        # 0.75, 0.56
page_contract()                                        # the same as JSON for `assets/page/contract.js`, with z
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal

from explorer.codec import decode, encode

CONTRACT_FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, kw_only=True, slots=True)
class FileBytes:
    """Most bytes of a file that somebody brings, by what it holds."""

    run_zip: int
    captions: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFileLimits:
    """Most evaluations of a run that somebody brings, and most steps of which it has answers or snapshots."""

    evaluations: int
    saved_steps: int


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionLimits:
    """Most captions, characters of one, pictures, bytes and pixels of one, and bytes of all as data URIs."""

    captions: int
    caption_length: int
    pictures: int
    picture_bytes: int
    picture_pixels: int
    upload_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnWorldLimits:
    """Least and most things of a world of one's own, the limits of one thing and of the document, and its forms."""

    min_nouns: int
    max_nouns: int
    noun_parts: int
    points: int
    bytes: int
    file_bytes: int
    word_signs: int
    body_area: float
    body_grid: int
    steps: int
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NameLimits:
    """Most marks in a row, above or below one letter, of a name that others read."""

    marks: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OutlineRules:
    """How cells become the outlines of a noun: lengths are in cells, `growth` is a factor, `noun_bytes` of its JSON."""

    min_cells: int
    tolerance: float
    growth: float
    noun_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnSceneLimits:
    """Least and most things of a scene of one's own, permille of the largest side, and characters of its text."""

    min_objects: int
    max_objects: int
    side: int
    text: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BindingRule:
    """Bound are `in_a_row` evaluations one after the other whose lower bounds lie above `level`."""

    level: float
    in_a_row: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sureness:
    """Least shares of the likelier of two captions at which a choice leans, is fairly sure, and is sure."""

    leans: float
    fairly_sure: float
    sure: float

    def degree(self, share: float) -> int:
        """Return 0 for practically a coin toss, 1 if it leans, 2 if it is fairly sure, 3 if it is sure."""
        return sum(share >= least for least in (self.leans, self.fairly_sure, self.sure))


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreWords:
    """Least scores for which a model is said to know in part, the words, more than in part, and well."""

    in_part: float
    knows_words: float
    not_in_part: float
    reliable: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PercentRule:
    """Within `near` points of nothing and of all, a share has up to so many `digits` behind the point."""

    near: float
    digits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingTime:
    """Coefficients of the time of a training on a server; costs are in pairs of the model `small`."""

    pairs_per_s: float
    tail_s: float
    slack_of_several: float
    slack_of_one: float
    pair_costs: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class NearRule:
    """Limit `most` on the factor or the difference of two values of a dial that still count as near.

    `alike` is an expression of `explorer.rules` that has to have the same value on both sides.
    """

    by: Literal["factor", "difference"]
    most: float
    alike: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RestRule:
    """The value that stands for a dial where it has no effect, which the expression `test` tells."""

    dial: str
    test: Any
    value: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class CellRules:
    """Which measured cell stands for the dials of a run, see `explorer.study.cells`."""

    no_coordinate: tuple[str, ...]
    near: Mapping[str, NearRule]
    rest: tuple[RestRule, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PageView:
    """A view of the page: the head of its table says what the fields mean."""

    title: str
    module: str
    header: Literal["bar", "menu", ""] = ""
    label: str = ""
    part_of: str = ""
    has_address: bool = False
    old_names: tuple[str, ...] = ()
    with_tab: bool = False
    asks_model: bool = False
    is_of_run: bool = False
    needs_server: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """The facts of contract.toml, which says at each what it is."""

    engine_version: int
    confidence: float
    num_pairs: int
    num_inspected: int
    class_hours: int
    compared_devices: int
    compared_runs: int
    min_axis_share: float
    address_parts: tuple[str, ...]
    file_bytes: FileBytes
    run_file: RunFileLimits
    question: QuestionLimits
    own_world: OwnWorldLimits
    name: NameLimits
    outline: OutlineRules
    own_scene: OwnSceneLimits
    binding: BindingRule
    sureness: Sureness
    score: ScoreWords
    percent: Mapping[str, PercentRule]
    cells: CellRules
    views: Mapping[str, PageView]
    time: TrainingTime

    @property
    def z(self) -> float:
        """The z for which a standard normal variable lies between -z and z with probability `confidence`."""
        return NormalDist().inv_cdf((1 + self.confidence) / 2)


def read_contract(path: Path) -> Contract:
    """Read a file of this form; raise `UserError` with the field that is wrong."""
    return decode(Contract, tomllib.loads(path.read_text(encoding="utf-8")))


CONTRACT = read_contract(CONTRACT_FILE)


def find_view(name: str) -> str | None:
    """Return the view of the page that has this name, or had it in an earlier version; None if there is none."""
    return next((view for view, row in CONTRACT.views.items() if name in (view, *row.old_names)), None)


def page_contract() -> dict[str, Any]:
    """Return what the page and the browser's engine need."""
    return {name: each for name, each in encode(CONTRACT).items() if name != "time"} | {"z": CONTRACT.z}
