"""Answer of a model to a user's pictures and captions as frozen data, with its JSON in both directions; no torch.

    scored = ScoredPictures.from_json(json.loads(text))
    scored.answer.cosine[0][1], scored.answer.order_free.spread      # picture 1, caption 2; None if it is alone
    scored.to_json()                                                 # the document of `score`

Tables of numbers are [picture][caption]. A relevance map is [row][column] of patches.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.clip.configs import Preprocessing
from explorer.evaluation.results import Environment

Json = Mapping[str, Any]
Numbers = tuple[float, ...]
Table = tuple[Numbers, ...]
QUARTERS = ("top left", "top right", "bottom left", "bottom right")
"""Names of the sums of a relevance map."""


def table_of(rows: Iterable[Iterable[float]]) -> Table:
    """Freeze rows of numbers."""
    return tuple(tuple(row) for row in rows)


def _rows(table: Table) -> list[list[float]]:
    return [list(row) for row in table]


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFree:
    """Scores of the words without their order: means over `orders` random orders of each caption's sorted words.

    `margin` and `spread` hold a number per picture; `spread` is the mean standard deviation over the orders.
    """

    cosine: Table
    margin: Numbers
    spread: Numbers
    orders: int

    def to_json(self) -> dict[str, Any]:
        """Convert to the key "order_free" of the document."""
        return {
            "cosine": _rows(self.cosine),
            "margin": list(self.margin),
            "spread": list(self.spread),
            "orders": self.orders,
        }

    @classmethod
    def from_json(cls, record: Json) -> "OrderFree":
        """Invert `to_json`."""
        return cls(
            cosine=table_of(record["cosine"]),
            margin=tuple(record["margin"]),
            spread=tuple(record["spread"]),
            orders=record["orders"],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """Comparison of the first caption with those in which two of its objects have the attributes of one.

    `captions` are their columns; `right` is 1 per picture if the first is above all of them, ties in expectation.
    """

    captions: tuple[int, ...]
    right: Numbers
    chance: float

    def to_json(self) -> dict[str, Any]:
        """Convert to the key "confusion" of the document."""
        return {"captions": list(self.captions), "right": list(self.right), "chance": self.chance}

    @classmethod
    def from_json(cls, record: Json) -> "Confusion":
        """Invert `to_json`."""
        return cls(captions=tuple(record["captions"]), right=tuple(record["right"]), chance=record["chance"])


@dataclass(frozen=True, kw_only=True, slots=True)
class NoMaps:
    """Reason why a model has no relevance map, in one sentence."""

    why: str

    def to_json(self) -> dict[str, Any]:
        """Convert to the key "relevance" of the document."""
        return {"why": self.why}


@dataclass(frozen=True, kw_only=True, slots=True)
class RelevanceMaps:
    """Relevance maps [picture][caption] of the first `captions` captions.

    `quarters` are the sums of each map by `QUARTERS`. `seen` are the pictures as the model sees them, as data URIs; it
    is empty if they were written to `file`.
    """

    method: str
    captions: int
    maps: tuple[tuple[Table, ...], ...]
    quarters: tuple[Table, ...]
    seen: tuple[str, ...] = ()
    file: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Convert to the key "relevance" of the document."""
        return {
            "why": "",
            "method": self.method,
            "captions": self.captions,
            "maps": [[_rows(each) for each in maps] for maps in self.maps],
            "quarters": [_rows(each) for each in self.quarters],
            **({"seen": list(self.seen)} if self.seen else {}),
            **({} if self.file is None else {"file": self.file}),
        }

    @classmethod
    def from_json(cls, record: Json) -> "RelevanceMaps":
        """Invert `to_json`."""
        return cls(
            method=record["method"],
            captions=record["captions"],
            maps=tuple(tuple(map(table_of, maps)) for maps in record["maps"]),
            quarters=tuple(map(table_of, record["quarters"])),
            seen=tuple(record.get("seen", ())),
            file=record.get("file"),
        )


Relevance = RelevanceMaps | NoMaps


def _relevance(record: Json | None) -> Relevance | None:
    if record is None:
        return None
    return NoMaps(why=record["why"]) if record["why"] else RelevanceMaps.from_json(record)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeAnswer:
    """Numbers of a model for pictures and captions, and its properties.

    `margin` holds a number per picture. `margin` and `order_free` are None for a single caption, `pair_scores` for
    others than two pictures and two captions, `relevance` if no map was asked, `logit_bias` for a softmax model.
    """

    captions: tuple[str, ...]
    cosine: Table
    margin: Numbers | None
    probabilities: Table
    order_free: OrderFree | None
    pair_scores: Mapping[str, float] | None
    model: str
    preprocessing: Preprocessing
    activation: str
    logit_scale: float
    logit_bias: float | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    definitions: Mapping[str, str]
    relevance: Relevance | None

    @property
    def picture_count(self) -> int:
        """Number of pictures."""
        return len(self.cosine)

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON."""
        return {
            "captions": list(self.captions),
            "cosine": _rows(self.cosine),
            "margin": None if self.margin is None else list(self.margin),
            "probabilities": _rows(self.probabilities),
            "order_free": None if self.order_free is None else self.order_free.to_json(),
            "pair_scores": None if self.pair_scores is None else dict(self.pair_scores),
            "n": {"images": self.picture_count, "captions": len(self.captions)},
            "model": self.model,
            "preprocessing": self.preprocessing.to_json(),
            "activation": self.activation,
            "logit_scale": self.logit_scale,
            "logit_bias": self.logit_bias,
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "definitions": dict(self.definitions),
            "relevance": None if self.relevance is None else self.relevance.to_json(),
        }

    @classmethod
    def from_json(cls, record: Json) -> "ProbeAnswer":
        """Invert `to_json`; further keys are ignored."""
        order_free, margin = record["order_free"], record["margin"]
        plain = ("pair_scores", "model", "activation", "logit_scale", "logit_bias", "definitions")
        return cls(
            **{name: record[name] for name in plain},
            captions=tuple(record["captions"]),
            cosine=table_of(record["cosine"]),
            margin=None if margin is None else tuple(margin),
            probabilities=table_of(record["probabilities"]),
            order_free=None if order_free is None else OrderFree.from_json(order_free),
            preprocessing=Preprocessing.from_json(record["preprocessing"]),
            notes=tuple(record["notes"]),
            warnings=tuple(record["warnings"]),
            relevance=_relevance(record["relevance"]),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredPictures:
    """Answer to pictures with the names `images`.

    `remarks` are warnings on the pictures and the question, after those of the answer. `snippet` is a script that
    computes the same. `confusion` is None if no caption is a confusion of the first.
    """

    answer: ProbeAnswer
    confusion: Confusion | None
    remarks: tuple[str, ...]
    images: tuple[str, ...]
    snippet: str
    environment: Environment

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings on captions and pictures."""
        return (*self.answer.warnings, *self.remarks)

    def to_json(self) -> dict[str, Any]:
        """Convert to the document of `score`."""
        return {
            **self.answer.to_json(),
            "warnings": list(self.warnings),
            "confusion": None if self.confusion is None else self.confusion.to_json(),
            "images": list(self.images),
            "snippet": self.snippet,
            **self.environment.to_json(),
        }

    @classmethod
    def from_json(cls, record: Json) -> "ScoredPictures":
        """Parse the document of `score`, whose warnings are then all of the answer; a confusion may be missing."""
        confusion = record.get("confusion")
        return cls(
            answer=ProbeAnswer.from_json(record),
            confusion=None if confusion is None else Confusion.from_json(confusion),
            remarks=(),
            images=tuple(record["images"]),
            snippet=record["snippet"],
            environment=Environment.from_json(record),
        )
