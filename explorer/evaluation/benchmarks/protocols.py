"""Table of the benchmarks: columns, the authors' rule, and published figures.

    protocol = PROTOCOLS["sugarcrepe"]
    protocol.open(Path("sugar-crepe/data"))     # a Source of items
    protocol.theirs(answers)                    # TheirFigure(rule="...", value=0.62, by_group={...})

A further benchmark is an entry here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from explorer.evaluation.benchmarks import reference
from explorer.evaluation.benchmarks.index import Source
from explorer.evaluation.benchmarks.reading import TABLES, fault, find_files, first_folder, label
from explorer.evaluation.benchmarks.reference import Reference
from explorer.evaluation.benchmarks.scoring import Theirs, macro, strict_share
from explorer.evaluation.benchmarks.table import Columns, open_table

FEWEST_OF_A_PAIR = 25
HUB = tuple(f"{folder}*{ending}" for ending in TABLES for folder in ("", "data/", "test/"))
"""Places of the Hub's Parquet or Arrow files below PATH."""

_STRICT = "cosine(image, caption) > cosine(image, negative_caption); a tie is wrong"
_WINOGROUND = (
    "text: both images prefer their own caption; image: both captions prefer their own image; group: both."
    " Every comparison is >, so a tie is wrong"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """Files of one layout, by patterns below PATH, and their columns.

    Attributes:
        take: "all" files that fit, or the "first".
        only: Refuse a file whose name is not one of `patterns`.
        split: Of files whose names contain splits, take only this one.
        note: A sentence for the answer on how the files are read.
    """

    patterns: tuple[str, ...]
    columns: Columns
    take: Literal["all", "first"] = "first"
    only: bool = False
    split: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """One benchmark. `reads` describes PATH, `groups` the groups, `prompt` how captions are changed.

    `images` are folders next to the files in which the pictures may lie.
    """

    name: str
    reads: str
    groups: str
    files: tuple[Files, ...]
    images: tuple[str, ...] = ("images",)
    theirs: Theirs | None = None
    reference: tuple[Reference, ...] = ()
    prompt: str = "the captions as they are in the file, no template"

    def open(self, path: Path) -> Source:
        """Open a file, or the files of the first layout that a folder holds, as a source."""
        layout, found = self._find(path)
        folder = found[0].parent
        images = first_folder(*(folder / name for name in self.images), folder)
        notes = tuple(filter(None, (layout.note, _missing(layout, found, path))))
        return open_table(found, layout.columns, images=images, notes=notes)

    def _find(self, path: Path) -> tuple[Files, list[Path]]:
        patterns = [pattern for layout in self.files for pattern in layout.patterns]
        found = find_files(path, patterns)
        if path.is_file():
            return self._layout_of(path), found
        layout = next(each for each in self.files if set(found) & set(_fitting(path, each)))
        found = _fitting(path, layout)
        if layout.split:
            found = [file for file in found if layout.split in file.stem] or found
        return layout, found if layout.take == "all" else found[:1]

    def _layout_of(self, file: Path) -> Files:
        fitting = [each for each in self.files if any(file.match(pattern) for pattern in each.patterns)]
        if not fitting and self.files[0].only:  # no published figure would match it
            names = ", ".join(name.removesuffix(".json") for name in self.files[0].patterns if "/" not in name)
            raise fault(label(file), f"the file of a subset has one of the names {names}, and .json")
        return (fitting or list(self.files))[0]


def _fitting(path: Path, layout: Files) -> list[Path]:
    """Return the files of a layout, those of one folder only."""
    found = [file for pattern in layout.patterns for file in sorted(path.glob(pattern)) if file.is_file()]
    return [file for file in dict.fromkeys(found) if file.parent == found[0].parent]


def _missing(layout: Files, found: Sequence[Path], path: Path) -> str | None:
    """Return a sentence on subsets that a folder lacks; a single file was asked for by its name."""
    if not layout.only or path.is_file():
        return None
    wanted = [name for name in layout.patterns if "/" not in name]
    missing = [name.removesuffix(".json") for name in wanted if name not in {file.name for file in found}]
    return f"{len(missing)} of {len(wanted)} subsets are not there: {', '.join(missing)}." if missing else None


_PAIR = Columns(image="image", caption="caption", negative="negative_caption", group="group?")
_SUGARCREPE = tuple(
    f"{name}.json"
    for name in ("add_att", "add_obj", "replace_att", "replace_obj", "replace_rel", "swap_att", "swap_obj")
)
_VISUAL_GENOME = Columns(
    image="image_path",
    caption="true_caption",
    negative="false_caption",
    box="bbox_x+bbox_y+bbox_w+bbox_h",
    group="attributes",
)


def _quad(first: str, second: str, group: str) -> Columns:
    return Columns(
        image=f"image_{first}",
        caption=f"caption_{first}",
        negative_image=f"image_{second}",
        negative=f"caption_{second}",
        group=group,
    )


_BIVLC = Columns(
    image="image",
    caption="caption",
    negative="negative_caption",
    negative_image="negative_image",
    group="type+subtype",
)


def _below(*names: str) -> tuple[str, ...]:
    """Return patterns of files in PATH or in its folder data."""
    return tuple(folder + name for folder in ("", "data/") for name in names)


_TABLE = (
    Protocol(
        name="pairs",
        reads="a CSV file with the columns image, caption, negative_caption and, if you like, group",
        groups="the column group",
        files=(Files(patterns=("pairs.csv",), columns=_PAIR),),
        images=(),
    ),
    Protocol(
        name="table",
        reads="a CSV, TSV, JSON, JSON lines, Parquet or Arrow file, whose columns --columns names",
        groups="the column that group names",
        files=(Files(patterns=tuple(f"*{end}" for end in (".csv", ".json", ".jsonl", ".parquet")), columns=_PAIR),),
    ),
    Protocol(
        name="sugarcrepe",
        reads="the folder with add_att.json ... swap_obj.json, or one of the seven files",
        groups="the subset",
        files=(
            Files(
                patterns=_below(*_SUGARCREPE),
                columns=Columns(image="filename", caption="caption", negative="negative_caption", group="{file}"),
                take="all",
                only=True,
            ),
        ),
        images=("val2017", "images"),
        theirs=strict_share(f"{_STRICT}. One figure a subset is published (by_group); value is the share of all items"),
        reference=reference.SUGARCREPE,
    ),
    Protocol(
        name="sugarcrepe++",
        reads="the folder of the JSON files of SugarCrepe++, or one of them",
        groups="the subset",
        files=(
            Files(
                patterns=_below("*.json"),
                columns=Columns(
                    image="filename", caption="caption+caption2", negative="negative_caption", group="{file}"
                ),
                take="all",
            ),
        ),
        images=("val2017", "images"),
        theirs=strict_share(
            "ITT: both captions are nearer to the image than negative_caption; text_only (TOT): caption and caption2"
            " are nearer to each other than either is to negative_caption. A tie is wrong"
        ),
    ),
    Protocol(
        name="bivlc",
        reads="the Hub's Parquet files, or the CSV with hn_img_0 ... hn_img_3, or their folder",
        groups="type and subtype",
        files=(
            Files(patterns=HUB, columns=_BIVLC, take="all", split="test"),
            Files(
                patterns=("*.csv",),
                columns=replace(_BIVLC, image="filename", negative_image="hn_img_0+hn_img_1+hn_img_2+hn_img_3"),
                note="The CSV names four candidate pictures per negative caption, and each that exists is an item;"
                " the authors chose one of them.",
            ),
        ),
        theirs=strict_share(f"Winoground's; I2T is the text score, T2I the image score. {_WINOGROUND}"),
    ),
    Protocol(
        name="cola",
        reads="COLA_multiobjects_matching_benchmark.json, or the folder with it and images/",
        groups="none",
        files=(
            Files(
                patterns=_below("*multiobjects*.json", "*multiobjects*.parquet"),
                columns=Columns(
                    image="0|image1", caption="1|caption1", negative_image="2|image2", negative="3|caption2"
                ),
            ),
        ),
        theirs=strict_share(
            f"the image score of Winoground, as in the published evaluate.py. {_WINOGROUND}", headline="image_score"
        ),
    ),
    Protocol(
        name="valse",
        reads="the folder of the JSON files of VALSE, or one of them",
        groups="the file",
        files=(
            Files(
                patterns=_below("*.json"),
                columns=Columns(
                    image="image_file",
                    caption="caption",
                    negative="foil",
                    group="{file}",
                    at_least="mturk.caption>=2",
                ),
                take="all",
            ),
        ),
        images=("images", "val2017"),
        theirs=strict_share(
            "pairwise accuracy: cosine(image, caption) > cosine(image, foil), of the items of which two of three"
            " annotators chose the caption; a tie is wrong"
        ),
    ),
    Protocol(
        name="whatsup",
        reads="controlled_images_dataset.json, controlled_clevr_dataset.json, or coco_qa_*.json or vg_qa_*.json",
        groups="the file",
        files=(
            Files(
                patterns=_below("controlled_*_dataset.json"),
                columns=Columns(image="image_path", options="caption_options", group="{file}"),
                take="all",
            ),
            Files(
                patterns=_below("coco_qa_*.json"),
                columns=Columns(image="val2017/{0:12}.jpg", caption="1", negative="2", group="{file}"),
                take="all",
            ),
            Files(
                patterns=_below("vg_qa_*.json", "gqa_*.json"),
                columns=Columns(image="vg_images/{0}.jpg", caption="1", negative="2", group="{file}"),
                take="all",
            ),
        ),
        images=(),
        theirs=strict_share(
            "the right caption, which is the first of the file, is nearest to the image; a tie is wrong. Their scores"
            " of pairs and sets of pictures are not computed"
        ),
    ),
    Protocol(
        name="negbench",
        reads="a CSV of multiple choice: image_path, caption_0 ... caption_3, correct_answer",
        groups="correct_answer_template",
        files=(
            Files(
                patterns=_below("*mcq*.csv", "images/*mcq*.csv"),
                columns=Columns(
                    image="image_path",
                    options="caption_0+caption_1+caption_2+caption_3",
                    answer="correct_answer",
                    group="correct_answer_template?",
                ),
            ),
        ),
        theirs=strict_share("the right caption of four is nearest to the image; a tie is wrong"),
    ),
    Protocol(
        name="mmvp",
        reads="Questions.csv of MMVP-VLM, or the folder with it and 'MLLM_VLM Images'",
        groups="the visual pattern",
        files=(
            Files(
                patterns=("Questions.csv",),
                columns=Columns(
                    image="MLLM_VLM Images/{Type}/{Question ID}.jpg",
                    caption="a photo of {Statement}",
                    negative_image="MLLM_VLM Images/{next.Type}/{next.Question ID}.jpg",
                    negative="a photo of {next.Statement}",
                    group="Type",
                    next_row=True,
                ),
            ),
        ),
        images=(),
        theirs=strict_share(
            f"the image score: each statement prefers its own picture of the two. {_WINOGROUND}", headline="image_score"
        ),
        prompt='"a photo of " before each statement, as in the published evaluation',
    ),
    Protocol(
        name="aro-attribution",
        reads="visual_genome_attribution.json, or the folder with it and images/",
        groups="the pair of attributes",
        files=(Files(patterns=("visual_genome_attribution.json",), columns=_VISUAL_GENOME),),
        theirs=macro(
            f"{_STRICT}; mean over the attribute pairs with at least {FEWEST_OF_A_PAIR} items",
            at_least=FEWEST_OF_A_PAIR,
        ),
        reference=reference.ARO_ATTRIBUTION,
    ),
    Protocol(
        name="aro-relation",
        reads="visual_genome_relation.json, or the folder with it and images/",
        groups="the relation",
        files=(
            Files(
                patterns=("visual_genome_relation.json",),
                columns=Columns(
                    image="image_path",
                    caption="true_caption",
                    negative="false_caption",
                    box=_VISUAL_GENOME.box,
                    group="relation_name",
                ),
            ),
        ),
        theirs=macro(
            f"{_STRICT}; mean over the relations that are not on the list of symmetric ones",
            without=reference.SYMMETRIC,
        ),
        reference=reference.ARO_RELATION,
    ),
    Protocol(
        name="winoground",
        reads="the folder with examples.jsonl and images/, or the Hub's Parquet or Arrow files",
        groups="collapsed_tag",
        files=(
            Files(patterns=HUB, columns=_quad("0", "1", "collapsed_tag?"), take="all", split="test"),
            Files(patterns=_below("examples.jsonl"), columns=_quad("0", "1", "collapsed_tag?")),
        ),
        theirs=strict_share(f"{_WINOGROUND}; value is the group score"),
        reference=reference.WINOGROUND,
    ),
    Protocol(
        name="colorswap",
        reads="test.json, or the folder with it and images/, or the Hub's Parquet or Arrow files",
        groups="image_source",
        files=(
            Files(patterns=HUB, columns=_quad("1", "2", "image_source?"), take="all", split="test"),
            Files(patterns=_below("test.json"), columns=_quad("1", "2", "image_source?")),
        ),
        images=(),
        theirs=strict_share(f"Winoground's. {_WINOGROUND}; value is the group score"),
        reference=reference.COLORSWAP,
    ),
)
PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _TABLE}
