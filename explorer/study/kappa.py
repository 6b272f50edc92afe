"""Kappa, the number of the data by which a class orders its data sets and the evidence its trainings.

kappa(DataSpec())         # 0.5: attribute density / (objects * kinds squared)
told_share(DataSpec())    # 1.0: the told values of a named object, per kind
"""

from explorer.errors import UserError
from explorer.spec import DataSpec


def told_share(data: DataSpec) -> float:
    """Return the probability that a named object's value of a kind is told: attribute density / kinds.

    Raises:
        UserError: The data have no kinds, or captions that tell no value.
    """
    if not data.attribute_kinds:
        raise UserError("attribute_kinds", "none", "binding needs a kind of attributes")
    if data.attribute_density <= 0:
        raise UserError("attribute_density", data.attribute_density, "captions without values cannot teach binding")
    return data.attribute_density / len(data.attribute_kinds)


def kappa(data: DataSpec) -> float:
    """Return attribute density / (objects in the image * kinds squared).

    Raises:
        UserError: The data show one object, where nothing can be mixed up, or no value is ever told; or a kind varies
            that no caption names, as it is not known whether the model must tell it apart.
    """
    share = told_share(data)
    if data.untold_kinds:
        raise UserError(
            "untold_kinds",
            ",".join(data.untold_kinds),
            "the line is known only where captions may tell every kind that varies",
        )
    if data.objects_in_image < 2:
        raise UserError("objects_in_image", data.objects_in_image, "binding needs two objects or more")
    return share / (data.objects_in_image * len(data.attribute_kinds))
