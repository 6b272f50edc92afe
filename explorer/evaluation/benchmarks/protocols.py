"""Table of the benchmarks: columns, the authors' rule, and published figures.

    protocol = PROTOCOLS["sugarcrepe"]
    protocol.open(Path("sugar-crepe/data"))     # a Source of items
    protocol.theirs(answers)                    # TheirFigure(rule="...", value=0.62, by_group={...})

A further benchmark is an entry here.

Published figures and lists for these benchmarks, each with its source; none was measured here.

    SUGARCREPE[0]
    # Reference(model="human", open_clip=(), group="replace_obj", metric="accuracy", value=1.0, source="...")

`open_clip` lists the MODEL names of that very model. The published figures of OpenAI's models were measured with
QuickGELU, which `ARCH/openai` uses here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from explorer.evaluation.benchmarks.reading import TABLES, Columns, fault, find_files, first_folder, label, open_table
from explorer.evaluation.benchmarks.scoring import Source, Theirs, macro, strict_share


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One published figure, a share; `group` is None for the whole benchmark."""

    model: str
    open_clip: tuple[str, ...]
    group: str | None
    metric: str
    value: float
    source: str


_TABLE_OF_FIGURES = (
    "table of the repository RAIVNLab/sugar-crepe, assets/sugarcrepe_eval.png (Hsieh et al., NeurIPS 2023)"
)
_COLUMNS = ("replace_obj", "replace_att", "replace_rel", "swap_obj", "swap_att", "add_obj", "add_att")
_SUGARCREPE_FIGURES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("human", (), "100 99 97 99 100 99 99"),
    ("OpenAI RN50", ("RN50/openai", "RN50-quickgelu/openai"), "91.77 80.58 69.99 61.79 68.47 74.54 69.65"),
    ("OpenAI ViT-B-32", ("ViT-B-32/openai", "ViT-B-32-quickgelu/openai"), "90.92 80.08 69.20 61.38 63.96 77.21 68.79"),
    ("OpenAI ViT-L-14", ("ViT-L-14/openai", "ViT-L-14-quickgelu/openai"), "94.07 79.19 65.15 60.16 62.31 78.32 71.53"),
    (
        "LAION roberta-ViT-B-32",
        ("roberta-ViT-B-32/laion2b_s12b_b32k",),
        "92.86 84.90 72.40 63.01 71.02 87.34 79.91",
    ),
    ("LAION ViT-H-14", ("ViT-H-14/laion2b_s32b_b79k",), "96.49 84.77 71.76 67.48 73.12 92.05 85.84"),
    ("LAION ViT-bigG-14", ("ViT-bigG-14/laion2b_s39b_b160k",), "96.67 88.07 74.75 62.20 74.92 92.19 84.54"),
    ("DataComp small ViT-B-32", ("ViT-B-32/datacomp_s_s13m_b4k",), "56.90 56.85 51.99 50.81 50.00 53.93 60.55"),
    ("DataComp medium ViT-B-32", ("ViT-B-32/datacomp_m_s128m_b4k",), "77.00 69.54 57.68 57.72 57.06 66.73 64.88"),
    ("DataComp large ViT-B-16", ("ViT-B-16/datacomp_l_s1b_b8k",), "92.68 79.82 63.94 56.10 57.66 84.34 78.61"),
    ("DataComp xlarge ViT-L-14", ("ViT-L-14/datacomp_xl_s13b_b90k",), "95.52 84.52 69.99 65.04 66.82 91.03 84.97"),
)
SUGARCREPE = tuple(
    Reference(
        model=model,
        open_clip=names,
        group=group,
        metric="accuracy",
        value=round(float(value) / 100, 4),
        source=_TABLE_OF_FIGURES,
    )
    for model, names, values in _SUGARCREPE_FIGURES
    for group, value in zip(_COLUMNS, values.split(), strict=True)
)

_B32 = ("ViT-B-32/openai", "ViT-B-32-quickgelu/openai")
_LOW = "third-party note of Yuksekgonul et al., ICLR 2023"
_HIGH = "third-party note of Koishigarina et al., 2502.03566"
_ISSUE = "a user's figure with open_clip, issue 32 of mertyg/vision-language-models-are-bows"


def _macro(model: str, names: tuple[str, ...], value: float, source: str) -> Reference:
    return Reference(model=model, open_clip=names, group=None, metric="theirs", value=value, source=source)


ARO_ATTRIBUTION = (
    _macro("OpenAI ViT-B-32", _B32, 0.62, _LOW),
    _macro("OpenAI ViT-B-32", _B32, 0.63, _HIGH),
    _macro("OpenAI ViT-B-32", _B32, 0.65, _ISSUE),
    _macro("NegCLIP", (), 0.71, _HIGH),
)
ARO_RELATION = (
    _macro("OpenAI ViT-B-32", _B32, 0.59, _LOW),
    _macro("OpenAI ViT-B-32", _B32, 0.63, _HIGH),
    _macro("OpenAI ViT-B-32", _B32, 0.66, _ISSUE),
    _macro("NegCLIP", (), 0.81, _HIGH),
)

_TABLE_3 = "Table 3 of Thrush et al., Winoground, CVPR 2022"
_SCORES = ("text_score", "image_score", "group_score")
_WINOGROUND_FIGURES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("human (MTurk)", (), "89.50 88.50 85.50"),
    ("OpenAI ViT-B-32", _B32, "30.75 10.50 8.00"),
    ("FLAVA-ITM", (), "32.25 20.50 14.25"),
    ("UNITER-large", (), "38.00 14.00 10.50"),
)
WINOGROUND = tuple(
    Reference(
        model=model, open_clip=names, group=None, metric=score, value=round(float(value) / 100, 4), source=_TABLE_3
    )
    for model, names, values in _WINOGROUND_FIGURES
    for score, value in zip(_SCORES, values.split(), strict=True)
)

_MAIN = "abstract of Burapacheep et al., ColorSwap, ACL Findings 2024: its main metric, presumably the group score"
COLORSWAP = tuple(
    Reference(model=model, open_clip=(), group=None, metric="group_score", value=value, source=_MAIN)
    for model, value in (("CLIP (which one is not said)", 0.12), ("SigLIP", 0.30), ("BLIP-ITM", 0.87))
)

_WORDS = """
    adjusting, attached to, between, bigger than, biting, boarding, brushing, chewing, cleaning, climbing, close to,
    coming from, coming out of, contain, crossing, dragging, draped over, drinking, drinking from, driving, driving
    down, driving on, eating from, eating in, enclosing, exiting, facing, filled with, floating in, floating on,
    flying, flying above, flying in, flying over, flying through, full of, going down, going into, going through,
    grazing in, growing in, growing on, guiding, hanging from, hanging in, hanging off, hanging over, higher than,
    holding onto, hugging, in between, jumping off, jumping on, jumping over, kept in, larger than, leading, leaning
    over, leaving, licking, longer than, looking in, looking into, looking out, looking over, looking through, lying
    next to, lying on top of, making, mixed with, mounted on, moving, on the back of, on the edge of, on the front
    of, on the other side of, opening, painted on, parked at, parked beside, parked by, parked in, parked in front
    of, parked near, parked next to, perched on, petting, piled on, playing, playing in, playing on, playing with,
    pouring, reaching for, reading, reflected on, riding on, running in, running on, running through, seen through,
    sitting behind, sitting beside, sitting by, sitting in front of, sitting near, sitting next to, sitting under,
    skiing down, skiing on, sleeping in, sleeping on, smiling at, sniffing, splashing, sprinkled on, stacked on,
    standing against, standing around, standing behind, standing beside, standing in front of, standing near,
    standing next to, staring at, stuck in, surrounding, swimming in, swinging, talking to, topped with, touching,
    traveling down, traveling on, tying, typing on, underneath, wading in, waiting for, walking across, walking by,
    walking down, walking next to, walking through, working in, working on, worn on, wrapped around, wrapped in, by,
    of, near, next to, with, beside, on the side of, around
"""
SYMMETRIC = frozenset(" ".join(relation.split()) for relation in _WORDS.split(","))
"""Relations of ARO that its authors leave out, because they hold in both directions."""


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
        reference=SUGARCREPE,
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
        reference=ARO_ATTRIBUTION,
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
            without=SYMMETRIC,
        ),
        reference=ARO_RELATION,
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
        reference=WINOGROUND,
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
        reference=COLORSWAP,
    ),
)
PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _TABLE}
