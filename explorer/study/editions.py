"""Sweeps of the first two editions, declared once: claims, conditions, seeds and budgets.

    SWEEPS["batch-size"].conditions              # first edition: a tier that ran, and one of which a sweep ran
    SECOND_EDITION["with-headroom"].conditions

The first edition asks what the abstract of arXiv 2507.07985 or the caption of its Figure 1 states. The second tests
claims on data on which they could fail; `claims.toml` holds them. There every seed is scored on fresh scenes, `SCENES`
per form, that all conditions of the seed share. Budgets are in units of 46,080 pairs, 1x. Conditions are in the order
of their importance, so that a sweep that is cut short lacks the last ones and no seeds.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from explorer.study.sweeps import Condition, Sweep

Changes = Mapping[str, Any]
Conditions = tuple[Condition, ...]
FRIENDLY, WEB, MANY = "binding-friendly", "web-like", "too-many-attributes"
KINDS = ("color", "pattern", "tilt")
SCENES = 4000
PILOT_SEED = 1000
SEARCH_SEED = 900
"""Seed of the runs of the second edition that choose a learning rate by the loss; no result uses it."""
STEPS = 180
"""Steps of 256 pairs: the budget 1x."""
RATES = (0.5, 1.0, 2.0)
"""Learning rates to try for another batch size, in units of the preset's."""
SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
DENSITIES = (0.25, 0.5, 1.0, 1.25, 1.5, 2.0)
NOTHING: Changes = MappingProxyType({})
REPAIRS: dict[str, Changes] = {
    "complete captions": {"caption_completeness": 1.0},
    "one value each": {"attribute_density": 1.0},
    "no saliency bias": {"saliency_bias": 0.0},
    "two objects": {"objects_in_image": 2},
    "one kind": {"attribute_kinds": ("color",)},
}
NAMED: dict[str, object] = {"caption_completeness": 1.0, "attribute_density": 1.0, "saliency_bias": 0.0}
"""The three repairs that the paper names."""
HARD: dict[str, object] = {"hard_negatives": 1.0}
CHECKED: dict[str, object] = {**HARD, "hard_negative_check": "false-of-image"}
MASKED: dict[str, object] = {"mask_false_negatives": True}
CONSTANT: dict[str, object] = {"learning_rate_schedule": "constant"}
TUNED = "things-web"


def point(series: str, x: object, changes: Changes, **others: Any) -> Condition:
    """Return a condition at x of a series, labeled by both; without a series by x alone."""
    text = f"{x:g}" if isinstance(x, float) else str(x)
    return Condition(label=f"{series}: {text}" if series else text, series=series, x=text, changes=changes, **others)


def along(series: str, field: str, values: Iterable[float], changes: Changes = NOTHING, **others: Any) -> Conditions:
    """Return conditions that differ in one dial, labeled by its values."""
    return tuple(point(series, value, {**changes, field: value}, **others) for value in values)


def listed(entries: Mapping[str, Changes]) -> Conditions:
    """Return conditions by name, without series."""
    return tuple(point("", name, changes) for name, changes in entries.items())


def together(parts: Iterable[Sequence[Condition]]) -> Conditions:
    """Return the conditions of all parts."""
    return tuple(each for part in parts for each in part)


def in_kinds(count: int) -> Changes:
    """Return the change to the first kinds."""
    return {"attribute_kinds": KINDS[:count]}


def _count(number: int, word: str) -> str:
    return f"1 {word}" if number == 1 else f"{number} {word}s"


def _first(name: str, claim: str, paper: str, axis: str, conditions: Conditions, **others: Any) -> Sweep:
    """Make a sweep of the first edition."""
    choices: dict[str, Any] = {"preset": FRIENDLY, "tier": 1} | others
    return Sweep(name=name, claim=claim, paper=paper, axis=axis, conditions=conditions, **choices)


def _second_tier(name: str, claim: str, axis: str, conditions: Conditions, **others: Any) -> Sweep:
    return _first(name, claim, "Nothing that is known to us.", axis, conditions, **({"tier": 2} | others))


def _completeness() -> Conditions:
    """One thing differs from the first series of each number of objects.

    `equal named values`: more images, so that as many values are named as by complete captions. With two objects, fixed
    and mixed lengths give the same captions.
    """

    def series(words: str, count: int, shares: tuple[float, ...], changes: Changes, *, more: bool) -> Conditions:
        name = f"{count} objects{words}"
        return tuple(
            point(
                name, share, {"objects_in_image": count, **changes, "caption_completeness": share},
                samples=1 / share if more else 1.0,
            )
            for share in shares
        )  # fmt: skip

    two, four = (0.5, 0.75, 1.0), (0.25, 0.5, 1.0)
    return (
        *series("", 2, two, {}, more=False),
        *series(", masked", 2, two, MASKED, more=False),
        *series(", equal named values", 2, two[:2], {}, more=True),
        *series("", 4, four, {}, more=False),
        *series(", mixed lengths", 4, (0.5,), {"caption_lengths": "mixed"}, more=False),
        *series(", masked", 4, four, MASKED, more=False),
        *series(", equal named values", 4, four[:2], {}, more=True),
    )


FIRST_TIER = (
    _first(
        "single-flaws",
        "Data with the named properties teach binding, and each flaw alone hurts it.",
        "Low attribute density, incomplete captions and saliency bias hurt binding; with the right data it is "
        "almost perfect (abstract). Too few or too many attributes in the caption hurt (Figure 1).",
        "preset",
        tuple(
            Condition(label=name, x=name, preset=name)
            for name in (
                *(FRIENDLY, WEB, "incomplete", "incomplete-mixed", "salient", "low-density", "two-kinds", MANY),
                "one-object",
            )
        ),
        seeds=5,
    ),
    _first(
        "completeness",
        "The fewer of the objects a caption names, the less is bound.",
        "Incomplete captions hurt binding (abstract).",
        "caption completeness",
        _completeness(),
    ),
    _first(
        "saliency",
        "At the same completeness, captions that name the largest objects bind less than captions that name any.",
        "Saliency bias hurts binding (abstract).",
        "saliency bias (0: the twin that names any)",
        together(
            along(f"{count} objects", "saliency_bias", biases, {"objects_in_image": count})
            for count, biases in ((2, (0.0, 0.25, 0.5, 0.75, 1.0)), (4, (0.0, 0.5, 1.0)))
        ),
        preset="incomplete",
        breakdown="larger_object",
    ),
    _first(
        "density",
        "Binding is best where a caption names some of the attributes: too few hurt, and too many.",
        "Low attribute density hurts (abstract); too few or too many attributes per object hurt (Figure 1).",
        "attribute density (values a named object)",
        together(
            along(_count(count, "kind"), "attribute_density", (0.25, 0.5, 1.0, 2.0, 3.0)[: 2 + count], in_kinds(count))
            for count in (1, 2, 3)
        ),
    ),
    _first(
        "batch-size",
        "A larger batch, which is more implicit negatives, does not make web-like data teach binding.",
        "A larger batch does not give reliable binding (abstract).",
        "batch size",
        together(
            along(f"equal {equal}", "batch_size", (32, 128, 256, 1024), equal=equal) for equal in ("samples", "steps")
        ),
        preset=WEB,
    ),
    _first(
        "hard-negatives",
        "Explicit hard negatives do not make flawed data teach binding.",
        "Explicit hard negatives do not give reliable binding (abstract).",
        "hard negatives (share of images that ask for one)",
        together(along(host, "hard_negatives", (0.0, 0.5, 1.0), preset=host) for host in (FRIENDLY, WEB, MANY)),
        preset=WEB,
    ),
    _first(
        "slower-or-never",
        "With flawed data binding comes never, and not only later.",
        'CLIP "won\'t learn" binding from natural data (title of the first version); common data properties '
        '"limit" it (title of the second).',
        "samples, in those of the other sweeps",
        tuple(point(name, 8, {}, preset=name, samples=8.0) for name in (WEB, "incomplete", MANY)),
        preset=WEB,
        search_share=1 / 8,
    ),
    _first(
        "repairs",
        "Repairing what the paper names makes web-like data teach binding.",
        "Only when the data has the identified properties does CLIP learn almost perfect binding (abstract).",
        "repair of web-like",
        listed(
            {
                "web-like": {},
                **REPAIRS,
                "the three named": NAMED,
                "all together": {name: value for each in REPAIRS.values() for name, value in each.items()},
            }
        ),
        preset=WEB,
    ),
)
SECOND_TIER = (
    _first(
        "objects",
        "How many objects an image shows matters where captions are complete.",
        "Binding depends on the number of objects in the image (Figure 1, direction not known to us).",
        "objects in the image",
        tuple(
            Condition(label=_count(count, "object"), x=str(count), changes={"objects_in_image": count})
            for count in (1, 2, 3, 4)
        ),
        tier=2,
    ),
    _second_tier(
        "correlation",
        "Values that usually go with their noun are not bound but guessed.",
        "attribute-object correlation",
        along("", "attribute_object_correlation", (0.0, 0.5, 0.9)),
    ),
    _second_tier(
        "held-out-pairs",
        "Binding reaches pairs of noun and value that training never showed (four cells: seen or not).",
        "held-out pairs",
        along("", "held_out_pairs", (0.0, 0.25, 0.5)),
        breakdown="pairs",
    ),
    _second_tier(
        "always-named",
        "The kind that every caption names is bound better than the others.",
        "the kind that is always named",
        (),
        preset="two-kinds",
        lacks="needs a dial that makes one kind always named, which the data does not have yet",
    ),
    _second_tier(
        "density-completeness",
        "Low density and incomplete captions together hurt more than either alone.",
        "attribute density, a line for each completeness",
        together(
            along(f"completeness {share:g}", "attribute_density", (0.25, 0.5, 1.0), {"caption_completeness": share})
            for share in (0.5, 0.75, 1.0)
        ),
    ),
    _second_tier(
        "fine-tuning",
        "How soon data that teach binding mend a model of web-like data, and what that model forgets.",
        f"start and what trains ({TUNED}: the shipped model)",
        listed(
            {
                "from scratch": {},
                **{f"{TUNED}, {part}": {"init": TUNED, "tune": part} for part in ("all", "text", "lora", "text-map")},
            }
        ),
        changes={"steps": 120},
        factors=(0.4, 1.0),
    ),
)
SWEEPS: dict[str, Sweep] = {sweep.name: sweep for sweep in (*FIRST_TIER, *SECOND_TIER)}


def later(
    name: str, question: str, axis: str, conditions: Conditions, *, budget: int, seeds: int, **others: Any
) -> Sweep:
    """Make a sweep of a later edition, `budget` times 46,080 pairs long."""
    choices: dict[str, Any] = {
        "preset": FRIENDLY,
        "paper": "See the claims.",
        "factors": (1.0,),
        "search_seed": SEARCH_SEED,
    } | others
    return Sweep(
        name=name, tier=1, claim=question, axis=axis, conditions=conditions, seeds=seeds,
        changes={"steps": STEPS * budget}, fresh_scenes=SCENES, **choices,
    )  # fmt: skip


def _repaired(left_out: str = "") -> Changes:
    """Return all repairs but one."""
    return {field: value for name, changes in REPAIRS.items() if name != left_out for field, value in changes.items()}


def _repairs(name: str, **others: Any) -> Sweep:
    """Make the repairs of web-like data: one, all but one, the three named, and all.

    With complete captions saliency has nothing to choose, so "all but no saliency bias" equals all and is left out.
    """
    but_one = {f"all but {repair}": _repaired(repair) for repair in REPAIRS if repair != "no saliency bias"}
    return later(
        name,
        "Which repairs of web-like data suffice, given time?",
        "repair of web-like",
        listed({WEB: {}, "all together": _repaired(), "the three named": NAMED, **but_one, **REPAIRS}),
        preset=WEB,
        **others,
    )


def _with_headroom() -> Conditions:
    large: Changes = {"batch_size": 1024}
    hosts: dict[str, tuple[str, Changes]] = {
        "three named": (WEB, NAMED),
        "too many": (MANY, {}),
        WEB: (WEB, {}),
    }

    def on(host: str, filled: str, changes: Changes = NOTHING, **others: Any) -> Condition:
        preset, base = hosts[host]
        return point(host, filled, {**base, **changes}, preset=preset, **others)

    return (
        on("three named", "none", factors=RATES, keeps_rate=True),
        on("three named", "hard negatives", HARD),
        on("too many", "none"),
        on("too many", "hard negatives", HARD),
        on("three named", "checked hard negatives", CHECKED),
        on(WEB, "none"),
        on(WEB, "hard negatives", HARD),
        on("three named", "batch 1024, equal pairs", large, factors=RATES),
        on("too many", "batch 1024, equal pairs", large, factors=RATES),
        on(WEB, "masked", MASKED),
        on(WEB, "masked, hard negatives", {**MASKED, **HARD}),
        on("three named", "constant rate", CONSTANT),
        on("three named", "constant rate, hard negatives", {**CONSTANT, **HARD}),
        on("three named", "batch 1024, equal steps", large, factors=RATES, equal="steps", search_share=0.25),
    )


def _pilot() -> Conditions:
    """Make the hosts of `with-headroom` and their controls."""
    one_kind = REPAIRS["one kind"]
    return (
        point("three named", "host", NAMED, preset=WEB),
        point("three named", "control: one kind", {**NAMED, **one_kind}, preset=WEB),
        point("too many", "host", {}, preset=MANY),
        point("too many", "control: one value each", {}, preset="two-kinds"),
        point(WEB, "host", {}, preset=WEB),
        point(WEB, "control: one kind", one_kind, preset=WEB),
    )


def _density(name: str, series: Mapping[str, Changes], **others: Any) -> Sweep:
    return later(
        name,
        "Does the best attribute density depend on the form of caption that is asked?",
        "attribute density (values a named object)",
        together(
            along(title, "attribute_density", DENSITIES, {**in_kinds(2), **changes})
            for title, changes in series.items()
        ),
        **others,
    )


def _objects(name: str, pairs: Iterable[tuple[int, int]], **others: Any) -> Sweep:
    return later(
        name,
        "What do more objects in the image do, and what more objects in the caption?",
        "objects named",
        tuple(
            point(f"{shown} in the image", named, {"objects_in_image": shown, "caption_completeness": named / shown})
            for shown, named in pairs
        ),
        **others,
    )


def _elsewhere(setting: str, changes: Changes, factors: tuple[float, ...] = (1.0,)) -> Sweep:
    """Make seven headline conditions in another setting than that of all other sweeps; `factors` by retrieval loss."""
    both = {**in_kinds(2), "attribute_density": 2.0}
    data: dict[str, Changes] = {
        "friendly": {},
        "captions of one object": {"caption_completeness": 0.5},
        "10% name two": {"caption_completeness": 0.55},
        "one value in four": {"attribute_density": 0.25},
        "two kinds, one value": in_kinds(2),
        "two kinds, both values": both,
        "two kinds, both values, hard negatives": {**both, **HARD},
    }
    return later(
        f"elsewhere-{setting}",
        "Does what is claimed hold with another image tower or optimizer?",
        "condition",
        listed({label: {**each, **changes} for label, each in data.items()}),
        budget=1,
        seeds=3,
        factors=factors,
    )


SECOND_EDITION: dict[str, Sweep] = {
    sweep.name: sweep
    for sweep in (
        later(
            "pilot",
            "Do the hosts bind in some seeds and not in others within the budget, and do their controls bind?",
            "host or control",
            _pilot(),
            budget=4,
            seeds=3,
            first_seed=PILOT_SEED,
        ),
        later(
            "with-headroom",
            "Do hard negatives and a larger batch help data that bind late, sometimes, or never?",
            "what fills the batch",
            _with_headroom(),
            budget=4,
            seeds=8,
        ),
        _repairs("repairs-given-time", budget=4, seeds=5),
        _repairs("repairs-longer", budget=16, seeds=2, first_seed=100),
        later(
            "naming-cliff",
            "How many captions must name two objects for captions of two objects to be read?",
            "share of captions that name two objects",
            tuple(
                # With c n = 1 + share the shorter length is 1.
                point(
                    f"{count} objects",
                    f"{share:.0%}",
                    {"objects_in_image": count, "caption_completeness": (1 + share) / count},
                )
                for count in (2, 4)
                for share in SHARES
            ),
            budget=1,
            seeds=5,
        ),
        _density("density-forms", {"plain": {}, "masked": MASKED}, budget=1, seeds=5),
        _density("density-forms-longer", {"plain": {}}, budget=4, seeds=3),
        _objects("objects-named", ((n, k) for n in (1, 2, 3, 4) for k in range(1, n + 1)), budget=1, seeds=5),
        _objects("objects-named-longer", ((3, 3), (4, 4)), budget=8, seeds=3),
        later(
            "strength-of-salience",
            "Does naming the larger object hurt more where it is larger?",
            "saliency bias",
            together(
                along(
                    f"area ratio {ratio:g}",
                    "saliency_bias",
                    (0.0, 1.0, 0.5),
                    {"caption_completeness": 0.5, "size_contrast": ratio},
                )
                for ratio in (10.0, 3.5, 1.2)
            ),
            budget=1,
            seeds=5,
        ),
        later(
            "unseen-pairs",
            "Does binding reach pairs of noun and value that training never showed?",
            "held-out pairs",
            along("", "held_out_pairs", (0.0, 0.5, 0.25, 0.1, 0.4)),
            budget=1,
            seeds=3,
            breakdown="pairs",
        ),
        later(
            "usual-values",
            "Are values that usually go with their noun guessed instead of bound?",
            "attribute-object correlation",
            along("", "attribute_object_correlation", (0.0, 0.9, 0.5, 0.75, 0.25)),
            budget=1,
            seeds=3,
        ),
        later(
            "density-and-completeness",
            "Do captions that leave out objects and captions that leave out values hurt more together than apart?",
            "attribute density",
            together(
                along(f"completeness {share:g}", "attribute_density", (1.0, 0.5, 0.25), {"caption_completeness": share})
                for share in (1.0, 0.75, 0.5)
            ),
            budget=1,
            seeds=3,
        ),
        later(
            "fine-tuning-longer",
            "Do more friendly pairs mend a model of web-like data, and do hard negatives mend it sooner?",
            "pairs, in 46,080",
            tuple(
                point(series, samples, {"init": TUNED, **changes}, samples=samples)
                for series, changes in (("friendly", {}), ("friendly, hard negatives", HARD))
                for samples in (1.0, 4.0, 8.0)
            ),
            budget=1,
            seeds=3,
            factors=(0.4,),  # chosen by the training loss in the first edition
        ),
        _elsewhere("default", {}),
        _elsewhere("patch-16", {"model": "small-patch16"}),
        _elsewhere("patch-8", {"model": "small-patch8"}),
        _elsewhere("convolutions", {"model": "small-conv"}, RATES),
        _elsewhere("adamw", {"optimizer": "adamw"}, (0.25, 0.5, 1.0, 2.0)),
    )
}
