"""Published figures and lists for these benchmarks, each with its source; none was measured here.

    SUGARCREPE[0]
    # Reference(model="human", open_clip=(), group="replace_obj", metric="accuracy", value=1.0, source="...")

`open_clip` lists the MODEL names of that very model. The published figures of OpenAI's models were measured with
QuickGELU, which `ARCH/openai` uses here too.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One published figure, a share; `group` is None for the whole benchmark."""

    model: str
    open_clip: tuple[str, ...]
    group: str | None
    metric: str
    value: float
    source: str

    def as_dict(self, model: str) -> dict[str, Any]:
        """Convert to JSON with `is_this_model`, true if `model` is the model of the figure."""
        return {**asdict(self), "open_clip": list(self.open_clip), "is_this_model": model in self.open_clip}


_TABLE = "table of the repository RAIVNLab/sugar-crepe, assets/sugarcrepe_eval.png (Hsieh et al., NeurIPS 2023)"
_COLUMNS = ("replace_obj", "replace_att", "replace_rel", "swap_obj", "swap_att", "add_obj", "add_att")
_SUGARCREPE: tuple[tuple[str, tuple[str, ...], str], ...] = (
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
        source=_TABLE,
    )
    for model, names, values in _SUGARCREPE
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
_WINOGROUND: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("human (MTurk)", (), "89.50 88.50 85.50"),
    ("OpenAI ViT-B-32", _B32, "30.75 10.50 8.00"),
    ("FLAVA-ITM", (), "32.25 20.50 14.25"),
    ("UNITER-large", (), "38.00 14.00 10.50"),
)
WINOGROUND = tuple(
    Reference(
        model=model, open_clip=names, group=None, metric=score, value=round(float(value) / 100, 4), source=_TABLE_3
    )
    for model, names, values in _WINOGROUND
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
