"""Table of every declared sweep by name: the first tier, and a second tier that was not run.

    find("batch-size").claim
    [sweep.name for sweep in SWEEPS.values() if sweep.tier == 1]

A sweep of the second tier can be run by its name like any other; one that lacks a dial raises an error that says so.
"""

from explorer.errors import UserError
from explorer.study.first_tier import FIRST_TIER, FRIENDLY
from explorer.study.second_edition import SECOND_EDITION
from explorer.study.sweeps import START, Condition, Contrast, Sweep
from explorer.study.third_edition import THIRD_EDITION

SHARES = (0.0, 0.25, 0.5)
TUNED = "things-web"
TUNES = ("all", "text", "lora", "text-map")

SECOND_TIER: dict[str, Sweep] = {
    sweep.name: sweep
    for sweep in (
        Sweep(
            name="objects",
            tier=2,
            claim="How many objects an image shows matters where captions are complete.",
            paper="Binding depends on the number of objects in the image (Figure 1, direction not known to us).",
            axis="objects in the image",
            preset=FRIENDLY,
            conditions=tuple(
                Condition(
                    label="1 object" if count == 1 else f"{count} objects",
                    x=str(count),
                    changes={"objects_in_image": count},
                )
                for count in (1, 2, 3, 4)
            ),
            contrasts=(Contrast(start="2 objects", end="4 objects", direction="ours"),),
        ),
        Sweep(
            name="correlation",
            tier=2,
            claim="Values that usually go with their noun are not bound but guessed.",
            paper="Nothing that is known to us.",
            axis="attribute-object correlation",
            preset=FRIENDLY,
            conditions=tuple(
                Condition(label=f"{share:g}", x=f"{share:g}", changes={"attribute_object_correlation": share})
                for share in (0.0, 0.5, 0.9)
            ),
            contrasts=(Contrast(start="0", end="0.9", direction="ours"),),
        ),
        Sweep(
            name="held-out-pairs",
            tier=2,
            claim="Binding reaches pairs of noun and value that training never showed (four cells: seen or not).",
            paper="Nothing that is known to us.",
            axis="held-out pairs",
            preset=FRIENDLY,
            conditions=tuple(
                Condition(label=f"{share:g}", x=f"{share:g}", changes={"held_out_pairs": share}) for share in SHARES
            ),
            contrasts=(Contrast(start="0", end="0.5", direction="ours"),),
            breakdown="pairs",
        ),
        Sweep(
            name="always-named",
            tier=2,
            claim="The kind that every caption names is bound better than the others.",
            paper="Nothing that is known to us.",
            axis="the kind that is always named",
            preset="two-kinds",
            conditions=(),
            lacks="needs a dial that makes one kind always named, which the data does not have yet",
        ),
        Sweep(
            name="density-completeness",
            tier=2,
            claim="Low density and incomplete captions together hurt more than either alone.",
            paper="Nothing that is known to us.",
            axis="attribute density, a line for each completeness",
            preset=FRIENDLY,
            conditions=tuple(
                Condition(
                    label=f"completeness {share:g}: {density:g}",
                    x=f"{density:g}",
                    series=f"completeness {share:g}",
                    changes={"caption_completeness": share, "attribute_density": density},
                )
                for share in (0.5, 0.75, 1.0)
                for density in (0.25, 0.5, 1.0)
            ),
            contrasts=(Contrast(start="completeness 1: 1", end="completeness 0.5: 0.25", direction="ours"),),
        ),
        Sweep(
            name="fine-tuning",
            tier=2,
            claim="How soon data that teach binding mend a model of web-like data, and what that model forgets.",
            paper="Nothing that is known to us.",
            axis=f"start and what trains ({TUNED}: the shipped model)",
            preset=FRIENDLY,
            conditions=(
                Condition(label="from scratch", x="from scratch"),
                *(
                    Condition(label=f"{TUNED}, {tune}", x=f"{TUNED}, {tune}", changes={"init": TUNED, "tune": tune})
                    for tune in TUNES
                ),
            ),
            contrasts=(
                Contrast(start="from scratch", end=f"{TUNED}, all", direction="ours"),
                *(Contrast(start=f"{TUNED}, all", end=f"{TUNED}, {tune}", direction="ours") for tune in TUNES[1:]),
            ),
            changes={"steps": 120},
            forms=("canonical", START),
            factors=(0.4, 1.0),
            reads_tuning=True,
        ),
    )
}
SWEEPS: dict[str, Sweep] = {**FIRST_TIER, **SECOND_TIER}
LATER_EDITIONS: dict[str, Sweep] = {**SECOND_EDITION, **THIRD_EDITION}
"""Sweeps whose conditions are frozen one by one, as soon as all their seeds have run."""


def find(name: str) -> Sweep:
    """Return the sweep of that name; raise `UserError` if there is none."""
    if not isinstance(name, str) or name not in SWEEPS:
        raise UserError("sweep", name, f"choose {', '.join(SWEEPS)}")
    return SWEEPS[name]


def runnable_sweeps() -> dict[str, Sweep]:
    """Return every declared sweep by name, with those of the later editions, which have no evidence of their own."""
    return {**SWEEPS, **LATER_EDITIONS}


def runnable(name: str) -> Sweep:
    """Return the sweep of that name, of any edition; raise `UserError` for an unknown or only declared one."""
    sweep = LATER_EDITIONS[name] if name in LATER_EDITIONS else find(name)
    if not sweep.conditions:
        raise UserError("sweep", name, f"is declared but cannot be run: it {sweep.lacks}")
    return sweep
