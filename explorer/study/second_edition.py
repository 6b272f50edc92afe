"""Sweeps of the second edition: each claim on data on which it could fail, with the time to binding as the outcome.

    SECOND_EDITION["with-headroom"].conditions

Every seed is scored on fresh scenes, 4,000 per form, that all conditions of the seed share. Budgets are in units of the
first edition's: 1x is 46,080 pairs. Conditions are in the order of their importance, so that a sweep that is cut short
lacks the last ones and no seeds. `claims` holds the claims on them.
"""

from collections.abc import Mapping
from typing import Any

from explorer.study.first_tier import FRIENDLY, KINDS
from explorer.study.sweeps import Condition, Sweep

SCENES = 4000
PILOT_SEED = 1000
SEARCH_SEED = 900
"""Seed of the runs that choose a learning rate by the loss; no result uses it."""
STEPS = 180
"""Steps of 256 pairs: the budget 1x."""
RATES = (0.5, 1.0, 2.0)
"""Learning rates to try for another batch size, in units of the preset's."""
NAMED: dict[str, object] = {"caption_completeness": 1.0, "attribute_density": 1.0, "saliency_bias": 0.0}
"""The three repairs that the paper names."""
REPAIRS: dict[str, dict[str, object]] = {
    "complete captions": {"caption_completeness": 1.0},
    "one value each": {"attribute_density": 1.0},
    "no saliency bias": {"saliency_bias": 0.0},
    "two objects": {"objects_in_image": 2},
    "one kind": {"attribute_kinds": ("color",)},
}
HARD = {"hard_negatives": 1.0}
CHECKED = {**HARD, "hard_negative_check": "false-of-image"}
MASKED = {"mask_false_negatives": True}
CONSTANT = {"learning_rate_schedule": "constant"}
SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
DENSITIES = (0.25, 0.5, 1.0, 1.25, 1.5, 2.0)


def _sweep(
    name: str, question: str, axis: str, conditions: tuple[Condition, ...], *, budget: int, seeds: int, **others: Any
) -> Sweep:
    """Make a sweep of the second edition, `budget` times 46,080 pairs long."""
    choices: dict[str, Any] = {
        "preset": FRIENDLY,
        "paper": "See the claims.",
        "factors": (1.0,),
        "search_seed": SEARCH_SEED,
    } | others
    changes = {"steps": STEPS * budget}
    return Sweep(
        name=name, tier=1, claim=question, axis=axis, conditions=conditions, seeds=seeds, changes=changes,
        fresh_scenes=SCENES, **choices,
    )  # fmt: skip


def _condition(series: str, x: str, changes: Mapping[str, Any], preset: str | None = None, **others: Any) -> Condition:
    return Condition(label=f"{series}: {x}", series=series, x=x, changes=changes, preset=preset, **others)


def _with_headroom() -> Sweep:
    web, many = "web-like", "too-many-attributes"
    tuned: dict[str, Any] = {"factors": RATES}
    return _sweep(
        "with-headroom",
        "Do hard negatives and a larger batch help data that bind late, sometimes, or never?",
        "what fills the batch",
        (
            _condition("three named", "none", NAMED, web, factors=RATES, keeps_rate=True),
            _condition("three named", "hard negatives", NAMED | HARD, web),
            _condition("too many", "none", {}, many),
            _condition("too many", "hard negatives", HARD, many),
            _condition("three named", "checked hard negatives", NAMED | CHECKED, web),
            _condition("web-like", "none", {}, web),
            _condition("web-like", "hard negatives", HARD, web),
            _condition("three named", "batch 1024, equal pairs", NAMED | {"batch_size": 1024}, web, **tuned),
            _condition("too many", "batch 1024, equal pairs", {"batch_size": 1024}, many, **tuned),
            _condition("web-like", "masked", MASKED, web),
            _condition("web-like", "masked, hard negatives", MASKED | HARD, web),
            _condition("three named", "constant rate", NAMED | CONSTANT, web),
            _condition("three named", "constant rate, hard negatives", NAMED | CONSTANT | HARD, web),
            _condition(
                "three named", "batch 1024, equal steps", NAMED | {"batch_size": 1024}, web,
                equal="steps", search_share=0.25, **tuned,
            ),
        ),
        budget=4,
        seeds=8,
    )  # fmt: skip


def _all_but(left_out: str) -> dict[str, object]:
    return {field: value for name, changes in REPAIRS.items() if name != left_out for field, value in changes.items()}


def _repairs(name: str, *, budget: int, seeds: int, first_seed: int = 0) -> Sweep:
    """Make the repairs of web-like data: one, all but one, the three named, and all.

    With complete captions saliency has nothing to choose, so "all but no saliency bias" equals all and is left out.
    """
    singly = dict(REPAIRS)
    but_one = {f"all but {repair}": _all_but(repair) for repair in REPAIRS if repair != "no saliency bias"}
    every = {"web-like": {}, "all together": _all_but(""), "the three named": NAMED} | but_one | singly
    return _sweep(
        name,
        "Which repairs of web-like data suffice, given time?",
        "repair of web-like",
        tuple(Condition(label=label, x=label, changes=changes) for label, changes in every.items()),
        budget=budget,
        seeds=seeds,
        preset="web-like",
        first_seed=first_seed,
    )


def _naming_cliff() -> Sweep:
    """Make captions that name one object, or two with this probability.

    With c n = 1 + share the shorter length is 1.
    """
    return _sweep(
        "naming-cliff",
        "How many captions must name two objects for captions of two objects to be read?",
        "share of captions that name two objects",
        tuple(
            _condition(
                f"{objects} objects",
                f"{share:.0%}",
                {"objects_in_image": objects, "caption_completeness": (1 + share) / objects},
            )
            for objects in (2, 4)
            for share in SHARES
        ),
        budget=1,
        seeds=5,
    )


def _density(name: str, *, budget: int, seeds: int, masked: bool) -> Sweep:
    series = {"plain": {}, "masked": MASKED} if masked else {"plain": {}}
    return _sweep(
        name,
        "Does the best attribute density depend on the form of caption that is asked?",
        "attribute density (values a named object)",
        tuple(
            _condition(title, f"{density:g}", {"attribute_kinds": KINDS[:2], "attribute_density": density} | changes)
            for title, changes in series.items()
            for density in DENSITIES
        ),
        budget=budget,
        seeds=seeds,
    )


def _objects(name: str, pairs: tuple[tuple[int, int], ...], *, budget: int, seeds: int) -> Sweep:
    return _sweep(
        name,
        "What do more objects in the image do, and what more objects in the caption?",
        "objects named",
        tuple(
            _condition(
                f"{shown} in the image",
                f"{named}",
                {"objects_in_image": shown, "caption_completeness": named / shown},
            )
            for shown, named in pairs
        ),
        budget=budget,
        seeds=seeds,
    )


def _pilot() -> Sweep:
    """Make the hosts of `with-headroom` and their controls on seeds that no result uses."""
    web = "web-like"
    return _sweep(
        "pilot",
        "Do the hosts bind in some seeds and not in others within the budget, and do their controls bind?",
        "host or control",
        (
            _condition("three named", "host", NAMED, web),
            _condition("three named", "control: one kind", NAMED | REPAIRS["one kind"], web),
            _condition("too many", "host", {}, "too-many-attributes"),
            _condition("too many", "control: one value each", {}, "two-kinds"),
            _condition("web-like", "host", {}, web),
            _condition("web-like", "control: one kind", REPAIRS["one kind"], web),
        ),
        budget=4,
        seeds=3,
        first_seed=PILOT_SEED,
    )


def _salience() -> Sweep:
    return _sweep(
        "strength-of-salience",
        "Does naming the larger object hurt more where it is larger?",
        "saliency bias",
        tuple(
            _condition(
                f"area ratio {ratio:g}",
                f"{bias:g}",
                {"caption_completeness": 0.5, "size_contrast": ratio, "saliency_bias": bias},
            )
            for ratio in (10.0, 3.5, 1.2)
            for bias in (0.0, 1.0, 0.5)
        ),
        budget=1,
        seeds=5,
    )


def _along(name: str, question: str, axis: str, field: str, values: tuple[float, ...], **others: Any) -> Sweep:
    """Vary only one dial of friendly data."""
    conditions = tuple(Condition(label=f"{value:g}", x=f"{value:g}", changes={field: value}) for value in values)
    return _sweep(name, question, axis, conditions, budget=1, seeds=3, **others)


def _density_and_completeness() -> Sweep:
    return _sweep(
        "density-and-completeness",
        "Do captions that leave out objects and captions that leave out values hurt more together than apart?",
        "attribute density",
        tuple(
            _condition(
                f"completeness {share:g}", f"{density:g}", {"caption_completeness": share, "attribute_density": density}
            )
            for share in (1.0, 0.75, 0.5)
            for density in (1.0, 0.5, 0.25)
        ),
        budget=1,
        seeds=3,
    )


def _fine_tuning() -> Sweep:
    """Make the fine-tuning conditions with the learning rate that the training loss chose in the first edition."""
    return _sweep(
        "fine-tuning-longer",
        "Do more friendly pairs mend a model of web-like data, and do hard negatives mend it sooner?",
        "pairs, in 46,080",
        tuple(
            _condition(series, f"{samples:g}", {"init": "things-web"} | changes, samples=samples)
            for series, changes in (("friendly", {}), ("friendly, hard negatives", HARD))
            for samples in (1.0, 4.0, 8.0)
        ),
        budget=1,
        seeds=3,
        factors=(0.4,),
    )


def _elsewhere(setting: str, changes: Mapping[str, Any], *, factors: tuple[float, ...] = (1.0,)) -> Sweep:
    """Seven headline conditions in another setting than that of all other sweeps; `factors` by retrieval loss."""
    two_kinds = {"attribute_kinds": KINDS[:2]}
    return Sweep(
        name=f"elsewhere-{setting}",
        tier=1,
        claim="Does what is claimed hold with another image tower or optimizer?",
        paper="See the claims.",
        axis="condition",
        preset=FRIENDLY,
        conditions=tuple(
            Condition(label=label, x=label, changes=data | dict(changes))
            for label, data in (
                ("friendly", {}),
                ("captions of one object", {"caption_completeness": 0.5}),
                ("10% name two", {"caption_completeness": 0.55}),
                ("one value in four", {"attribute_density": 0.25}),
                ("two kinds, one value", two_kinds),
                ("two kinds, both values", two_kinds | {"attribute_density": 2.0}),
                ("two kinds, both values, hard negatives", two_kinds | {"attribute_density": 2.0} | HARD),
            )
        ),
        changes={"steps": STEPS},
        seeds=3,
        factors=factors,
        search_seed=SEARCH_SEED,
        fresh_scenes=SCENES,
    )


SECOND_EDITION: dict[str, Sweep] = {
    sweep.name: sweep
    for sweep in (
        _pilot(),
        _with_headroom(),
        _repairs("repairs-given-time", budget=4, seeds=5),
        _repairs("repairs-longer", budget=16, seeds=2, first_seed=100),
        _naming_cliff(),
        _density("density-forms", budget=1, seeds=5, masked=True),
        _density("density-forms-longer", budget=4, seeds=3, masked=False),
        _objects("objects-named", tuple((n, k) for n in (1, 2, 3, 4) for k in range(1, n + 1)), budget=1, seeds=5),
        _objects("objects-named-longer", ((3, 3), (4, 4)), budget=8, seeds=3),
        _salience(),
        _along(
            "unseen-pairs",
            "Does binding reach pairs of noun and value that training never showed?",
            "held-out pairs",
            "held_out_pairs",
            (0.0, 0.5, 0.25, 0.1, 0.4),
            breakdown="pairs",
        ),
        _along(
            "usual-values",
            "Are values that usually go with their noun guessed instead of bound?",
            "attribute-object correlation",
            "attribute_object_correlation",
            (0.0, 0.9, 0.5, 0.75, 0.25),
        ),
        _density_and_completeness(),
        _fine_tuning(),
        _elsewhere("default", {}),
        _elsewhere("patch-16", {"model": "small-patch16"}),
        _elsewhere("patch-8", {"model": "small-patch8"}),
        _elsewhere("convolutions", {"model": "small-conv"}, factors=RATES),
        _elsewhere("adamw", {"optimizer": "adamw"}, factors=(0.25, 0.5, 1.0, 2.0)),
    )
}
