"""Values of the main dials in plain words, and a sentence for each dial that another one bounds.

>>> value_words("caption_completeness", spec)
'half of it'
>>> bounds(before, after)
{'caption_completeness': 'With 2 objects at least half: one is always named.'}
"""

from explorer.pages.shared.dial_values import value_text
from explorer.pages.shared.url_state import values_of
from explorer.spec.dials import DIALS
from explorer.spec.run_spec import RunSpec
from explorer.study.grid import is_complete

MAIN = ("attribute_density", "caption_completeness", "saliency_bias", "objects_in_image")
"""The visible dials, from the top."""
NUMBERS = ("no", "one", "two", "three", "four", "five")
_SHARES = {0.25: "a quarter", 1 / 3: "a third", 0.5: "half", 2 / 3: "two thirds", 0.75: "three quarters"}
_QUARTERS = {0.25: "1 in 4", 0.5: "1 in 2", 0.75: "3 in 4"}


def value_words(name: str, spec: RunSpec) -> str:
    """Return the value of a main dial in plain words."""
    value = values_of(spec)[name]
    if name == "attribute_density":
        return "none" if value == 0 else _QUARTERS.get(value) or ("one each" if value == 1 else f"{value:g} each")
    if name == "caption_completeness":
        return "all of it" if is_complete(spec.data) else _share(value, " of it")
    if name == "saliency_bias":
        return _saliency(value, spec)
    return value_text(value)


def has_no_effect(name: str, spec: RunSpec) -> bool:
    """Return True if the dial changes nothing at these dials: nothing is left out, so there is no choice to bias."""
    return name == "saliency_bias" and is_complete(spec.data)


def bounds(asked: RunSpec, found: RunSpec) -> dict[str, str]:
    """Return a sentence for each dial that another one moved between `asked` and `found`."""
    before, after = values_of(asked), values_of(found)
    said = {
        "caption_completeness": _least_share(found.data.objects_in_image),
        "attribute_density": f"At most {_number(len(found.data.attribute_kinds))}: one value of each kind.",
        "attribute_kinds": f"Now may differ: {', '.join(found.data.attribute_kinds)}.",
        "tune": "Fresh weights are trained as a whole.",
    }
    moved = {name: sentence for name, sentence in said.items() if before[name] != after[name]}
    # The kinds stand in the drawer; the dial that asked for more of them says so.
    if "attribute_kinds" in moved:
        moved["attribute_density"] = moved["attribute_kinds"]
    return moved


def plain_name(name: str) -> str:
    """Return the name of a dial for readers who do not know the paper."""
    return DIALS[name].plain or DIALS[name].label


def _share(value: float, behind: str) -> str:
    for share, words in _SHARES.items():
        if abs(value - share) < 0.004:
            return words + behind
    return f"{100 * value:.0f} %"


def _saliency(value: float, spec: RunSpec) -> str:
    if has_no_effect("saliency_bias", spec):
        return "nothing left out"
    return "any object" if value == 0 else "always" if value == 1 else f"{100 * value:.0f} %"


def _least_share(objects: int) -> str:
    if objects == 1:
        return "With one object all of it: a caption names it."
    least = {2: "half", 3: "a third", 4: "a quarter"}[objects]
    return f"With {objects} objects at least {least}: one is always named."


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)
