"""Forms in which every training of a study is asked, whatever captions it reads, so that their scores can be compared.

    forms = forms_asked_alike(WORLDS["things"], ("color", "tilt"))
    list(forms)                               # ["single", "pair-tilt", "single-tilt"], beside canonical and own
    share_read(forms["single"], data)         # 0.0: no caption of these data names one object with its color alone

`pair` is the canonical form in another kind: its captions name both of two objects. `single` has the same pictures, and
its captions name one of the objects: it compares "a yellow submarine" with "a blue submarine", of a picture that has
both colors.

A form that a training never read asks it about captions of a length or a kind that are new to it, so a low score in it
may say little about binding: a row tells the share that was read beside the score.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import comb

from explorer.evaluation.sets import canonical_data
from explorer.spec import DataSpec
from explorer.world.plan import tidy_data
from explorer.world.things import World


def forms_asked_alike(world: World, kinds: Sequence[str]) -> dict[str, DataSpec]:
    """Return the dials of the forms by name, of the first kind of `world` and of the other ones of `kinds`."""
    pair = canonical_data(world)
    forms = {"single": _single(pair)}
    for kind in (each.name for each in world.kinds[1:] if each.name in kinds):
        other = replace(pair, attribute_kinds=(kind,))
        forms |= {f"pair-{kind}": other, f"single-{kind}": _single(other)}
    return forms


def _single(pair: DataSpec) -> DataSpec:
    return replace(pair, caption_completeness=0.5)


def share_read(form: DataSpec, data: DataSpec) -> float:
    """Return the share of training captions of `data` that name as many objects as `form`, each with its kind alone.

    `form` is one of `forms_asked_alike` or the canonical one. Captions with wrong values are left out.
    """
    named = round(form.caption_completeness * form.objects_in_image)
    own = _chance_of_count(data, named) * _chance_of_values(data, form.attribute_kinds[0], named)
    own *= 1 - data.wrong_values
    if data.tidy_share == 0:
        return own
    return (1 - data.tidy_share) * own + data.tidy_share * share_read(form, tidy_data(data))


def told_of_two(data: DataSpec) -> tuple[float, float, float]:
    """Return the chances that a caption of two objects tells none, one or both of their values of the one kind."""
    density = data.attribute_density
    return {
        "independent": ((1 - density) ** 2, 2 * density * (1 - density), density**2),
        "both-or-neither": (1 - density, 0.0, density),
        "at-most-one": (1 - 2 * density, 2 * density, 0.0),
    }[data.told_together]


def _chance_of_count(data: DataSpec, named: int) -> float:
    """Return the chance that a caption names so many objects."""
    n, mean = data.objects_in_image, data.caption_completeness * data.objects_in_image
    if data.caption_lengths == "mixed" and n > 1:
        more = (mean - 1) / (n - 1)
        return comb(n - 1, named - 1) * more ** (named - 1) * (1 - more) ** (n - named) if named <= n else 0.0
    return max(0.0, 1 - abs(mean - named))


def _chance_of_values(data: DataSpec, kind: str, named: int) -> float:
    """Return the chance that a caption of so many objects tells one value of each, of this kind."""
    if kind not in data.attribute_kinds:
        return 0.0
    if named == 2 and data.told_together != "independent":
        return told_of_two(data)[2]
    one = max(0.0, 1 - abs(data.attribute_density - 1)) / len(data.attribute_kinds)
    return float(one**named)
