"""Table of the benchmarks: reader, the authors' rule, chance, and published figures.

    PROTOCOLS["sugarcrepe"].open(Path("sugar-crepe/data"))     # a Source of items
    PROTOCOLS["aro-relation"].theirs(answers)                  # {"rule", "value", "by_group"}

A further benchmark is a module that opens its files as a Source, and an entry here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.evaluation.benchmarks import reference
from explorer.evaluation.benchmarks.aro import SYMMETRIC, open_attribution, open_relation
from explorer.evaluation.benchmarks.colorswap import open_colorswap
from explorer.evaluation.benchmarks.items import Source
from explorer.evaluation.benchmarks.pairs import open_pairs
from explorer.evaluation.benchmarks.reference import Reference
from explorer.evaluation.benchmarks.scoring import Theirs, macro, strict_share
from explorer.evaluation.benchmarks.sugarcrepe import open_sugarcrepe
from explorer.evaluation.benchmarks.winoground import open_winoground

PROMPT = "the captions as they are in the file, no template"
FEWEST_OF_A_PAIR = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """One benchmark. `pictures` is 1 or 2 per item, `reads` describes PATH, `groups` the groups."""

    name: str
    reads: str
    pictures: int
    groups: str
    open: Callable[[Path], Source]
    theirs: Theirs | None = None
    reference: tuple[Reference, ...] = ()


_STRICT = "cosine(image, caption) > cosine(image, negative_caption); a tie is wrong"
_WINOGROUND = (
    "text: both images prefer their own caption; image: both captions prefer their own image; group: both."
    " Every comparison is >, so a tie is wrong; value is the group score"
)

_TABLE = (
    Protocol(
        name="pairs",
        reads="a CSV file with the columns image, caption, negative_caption and, if you like, group",
        pictures=1,
        groups="the column group",
        open=open_pairs,
    ),
    Protocol(
        name="sugarcrepe",
        reads="the folder with add_att.json ... swap_obj.json, or one of the seven files",
        pictures=1,
        groups="the subset",
        open=open_sugarcrepe,
        theirs=strict_share(f"{_STRICT}. One figure a subset is published (by_group); value is the share of all items"),
        reference=reference.SUGARCREPE,
    ),
    Protocol(
        name="aro-attribution",
        reads="visual_genome_attribution.json, or the folder with it and images/",
        pictures=1,
        groups="the pair of attributes",
        open=open_attribution,
        theirs=macro(
            f"{_STRICT}; mean over the attribute pairs with at least {FEWEST_OF_A_PAIR} items",
            at_least=FEWEST_OF_A_PAIR,
        ),
        reference=reference.ARO_ATTRIBUTION,
    ),
    Protocol(
        name="aro-relation",
        reads="visual_genome_relation.json, or the folder with it and images/",
        pictures=1,
        groups="the relation",
        open=open_relation,
        theirs=macro(
            f"{_STRICT}; mean over the relations that are not on the list of symmetric ones", without=SYMMETRIC
        ),
        reference=reference.ARO_RELATION,
    ),
    Protocol(
        name="winoground",
        reads="the folder with examples.jsonl and images/, or the Hub's Parquet or Arrow files",
        pictures=2,
        groups="collapsed_tag",
        open=open_winoground,
        theirs=strict_share(_WINOGROUND),
        reference=reference.WINOGROUND,
    ),
    Protocol(
        name="colorswap",
        reads="test.json, or the folder with it and images/, or the Hub's Parquet or Arrow files",
        pictures=2,
        groups="image_source",
        open=open_colorswap,
        theirs=strict_share(f"Winoground's. {_WINOGROUND}"),
        reference=reference.COLORSWAP,
    ),
)
PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _TABLE}
