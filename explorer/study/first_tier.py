"""Sweeps of the first tier: the claims of the paper's abstract and Figure 1, each as conditions and comparisons.

FIRST_TIER["batch-size"].conditions

Directions are those that the abstract of arXiv 2507.07985 or the caption of its Figure 1 states; "ours" if they state
none that is known. No number here is the paper's.
"""

from explorer.study.sweeps import Condition, Contrast, Sweep

FRIENDLY = "binding-friendly"
KINDS = ("color", "pattern", "tilt")
BATCHES = (32, 128, 256, 1024)
DENSITIES = {1: (0.25, 0.5, 1.0), 2: (0.25, 0.5, 1.0, 2.0), 3: (0.25, 0.5, 1.0, 2.0, 3.0)}
COMPLETENESS: dict[str, tuple[dict[str, object], tuple[float, ...]]] = {
    "2 objects": ({"objects_in_image": 2}, (0.5, 0.75, 1.0)),
    "2 objects, masked": ({"objects_in_image": 2, "mask_false_negatives": True}, (0.5, 0.75, 1.0)),
    "2 objects, equal named values": ({"objects_in_image": 2}, (0.5, 0.75)),
    "4 objects": ({"objects_in_image": 4}, (0.25, 0.5, 1.0)),
    "4 objects, mixed lengths": ({"objects_in_image": 4, "caption_lengths": "mixed"}, (0.5,)),
    "4 objects, masked": ({"objects_in_image": 4, "mask_false_negatives": True}, (0.25, 0.5, 1.0)),
    "4 objects, equal named values": ({"objects_in_image": 4}, (0.25, 0.5)),
}
"""Series with their fields and shares; one thing differs from the first of each number of objects.

With two objects, fixed and mixed lengths give the same captions. `masked`: captions that are true of another image of
the batch are not negatives of it. `equal named values`: more images, so that as many values are named as by complete
captions.
"""
HOSTS = (FRIENDLY, "web-like", "too-many-attributes")
LATE = ("web-like", "incomplete", "too-many-attributes")


def _single_flaws() -> Sweep:
    names = "web-like incomplete incomplete-mixed salient low-density two-kinds too-many-attributes one-object".split()
    falls = ("web-like", "incomplete", "incomplete-mixed", "low-density")
    return Sweep(
        name="single-flaws",
        tier=1,
        claim="Data with the named properties teach binding, and each flaw alone hurts it.",
        paper="Low attribute density, incomplete captions and saliency bias hurt binding; with the right data it is "
        "almost perfect (abstract). Too few or too many attributes in the caption hurt (Figure 1).",
        axis="preset",
        preset=FRIENDLY,
        conditions=tuple(Condition(label=name, x=name, preset=name) for name in (FRIENDLY, *names)),
        contrasts=(
            *(Contrast(start=FRIENDLY, end=name, direction="falls") for name in falls),
            Contrast(start="incomplete", end="salient", direction="falls"),
            Contrast(start="two-kinds", end="too-many-attributes", direction="falls"),
            Contrast(start=FRIENDLY, end="two-kinds", direction="ours"),
            Contrast(start=FRIENDLY, end="one-object", direction="ours"),
        ),
        seeds=5,
    )


def _completeness() -> Sweep:
    conditions = tuple(
        Condition(
            label=f"{series}: {share:g}",
            x=f"{share:g}",
            series=series,
            changes={**changes, "caption_completeness": share},
            samples=1 / share if "named values" in series else 1.0,
        )
        for series, (changes, shares) in COMPLETENESS.items()
        for share in shares
    )
    least = {condition.series: condition.label for condition in reversed(conditions)}
    return Sweep(
        name="completeness",
        tier=1,
        claim="The fewer of the objects a caption names, the less is bound.",
        paper="Incomplete captions hurt binding (abstract).",
        axis="caption completeness",
        preset=FRIENDLY,
        conditions=conditions,
        contrasts=tuple(
            Contrast(start=f"{_complete_twin(series)}: 1", end=label, direction="falls")
            for series, label in reversed(least.items())
        ),
    )


def _complete_twin(series: str) -> str:
    """Return the series to compare the complete caption with: lengths and budgets differ only below 1."""
    return series if 1.0 in COMPLETENESS[series][1] else series.partition(",")[0]


def _saliency() -> Sweep:
    points = {"2 objects": (2, (0.0, 0.25, 0.5, 0.75, 1.0)), "4 objects": (4, (0.0, 0.5, 1.0))}
    return Sweep(
        name="saliency",
        tier=1,
        claim="At the same completeness, captions that name the largest objects bind less than captions that name any.",
        paper="Saliency bias hurts binding (abstract).",
        axis="saliency bias (0: the twin that names any)",
        preset="incomplete",
        conditions=tuple(
            Condition(
                label=f"{series}: {bias:g}",
                x=f"{bias:g}",
                series=series,
                changes={"objects_in_image": objects, "saliency_bias": bias},
            )
            for series, (objects, biases) in points.items()
            for bias in biases
        ),
        contrasts=tuple(Contrast(start=f"{series}: 0", end=f"{series}: 1", direction="falls") for series in points),
        breakdown="larger_object",
    )


def _density() -> Sweep:
    conditions = tuple(
        Condition(
            label=f"{_kinds(count)}: {density:g}",
            x=f"{density:g}",
            series=_kinds(count),
            changes={"attribute_kinds": KINDS[:count], "attribute_density": density},
        )
        for count, densities in DENSITIES.items()
        for density in densities
    )
    few = [Contrast(start=f"{_kinds(n)}: 0.25", end=f"{_kinds(n)}: 1", direction="rises") for n in DENSITIES]
    many = [Contrast(start=f"{_kinds(n)}: 1", end=f"{_kinds(n)}: {n}", direction="falls") for n in (2, 3)]
    return Sweep(
        name="density",
        tier=1,
        claim="Binding is best where a caption names some of the attributes: too few hurt, and too many.",
        paper="Low attribute density hurts (abstract); too few or too many attributes per object hurt (Figure 1).",
        axis="attribute density (values a named object)",
        preset=FRIENDLY,
        conditions=conditions,
        contrasts=(*few, *many),
    )


def _kinds(count: int) -> str:
    return "1 kind" if count == 1 else f"{count} kinds"


def _batch_size() -> Sweep:
    return Sweep(
        name="batch-size",
        tier=1,
        claim="A larger batch, which is more implicit negatives, does not make web-like data teach binding.",
        paper="A larger batch does not give reliable binding (abstract).",
        axis="batch size",
        preset="web-like",
        conditions=tuple(
            Condition(
                label=f"equal {equal}: {batch}",
                x=str(batch),
                series=f"equal {equal}",
                changes={"batch_size": batch},
                equal="steps" if equal == "steps" else "samples",
            )
            for equal in ("samples", "steps")
            for batch in BATCHES
        ),
        contrasts=tuple(
            Contrast(start=f"equal {equal}: 32", end=f"equal {equal}: 1024", direction="not reliable")
            for equal in ("samples", "steps")
        ),
    )


def _hard_negatives() -> Sweep:
    return Sweep(
        name="hard-negatives",
        tier=1,
        claim="Explicit hard negatives do not make flawed data teach binding.",
        paper="Explicit hard negatives do not give reliable binding (abstract).",
        axis="hard negatives (share of images that ask for one)",
        preset="web-like",
        conditions=tuple(
            Condition(
                label=f"{host}: {share:g}", x=f"{share:g}", series=host, preset=host, changes={"hard_negatives": share}
            )
            for host in HOSTS
            for share in (0.0, 0.5, 1.0)
        ),
        contrasts=tuple(
            Contrast(start=f"{host}: 0", end=f"{host}: 1", direction="ours" if host == FRIENDLY else "not reliable")
            for host in HOSTS
        ),
        beside=("recognition_accuracy", "reorder_accuracy"),
    )


def _slower_or_never() -> Sweep:
    return Sweep(
        name="slower-or-never",
        tier=1,
        claim="With flawed data binding comes never, and not only later.",
        paper='CLIP "won\'t learn" binding from natural data (title of the first version); common data properties '
        '"limit" it (title of the second).',
        axis="samples, in those of the other sweeps",
        preset="web-like",
        conditions=tuple(Condition(label=f"{name}: 8", x="8", series=name, preset=name, samples=8.0) for name in LATE),
        search_share=1 / 8,
        reads_trend=True,
    )


def _repairs() -> Sweep:
    repairs: dict[str, dict[str, object]] = {
        "complete captions": {"caption_completeness": 1.0},
        "one value each": {"attribute_density": 1.0},
        "no saliency bias": {"saliency_bias": 0.0},
        "two objects": {"objects_in_image": 2},
        "one kind": {"attribute_kinds": ("color",)},
    }
    named = ("complete captions", "one value each", "no saliency bias")
    every = {name: value for changes in repairs.values() for name, value in changes.items()}
    named_only = {name: value for repair in named for name, value in repairs[repair].items()}
    together = {"the three named": named_only, "all together": every}
    return Sweep(
        name="repairs",
        tier=1,
        claim="Repairing what the paper names makes web-like data teach binding.",
        paper="Only when the data has the identified properties does CLIP learn almost perfect binding (abstract).",
        axis="repair of web-like",
        preset="web-like",
        conditions=tuple(
            Condition(label=label, x=label, changes=changes)
            for label, changes in {"web-like": {}, **repairs, **together}.items()
        ),
        contrasts=tuple(
            Contrast(start="web-like", end=label, direction="rises" if label in (*named, *together) else "ours")
            for label in (*repairs, *together)
        ),
    )


FIRST_TIER: dict[str, Sweep] = {
    sweep.name: sweep
    for sweep in (
        _single_flaws(),
        _completeness(),
        _saliency(),
        _density(),
        _batch_size(),
        _hard_negatives(),
        _slower_or_never(),
        _repairs(),
    )
}
