"""Rules between dials as data, which Python and `assets/page/dials/rules.js` interpret alike.

    >>> values = {"attribute_density": 2, "attribute_kinds": ("color",)}
    >>> most = ("count", "attribute_kinds")
    >>> rule = Rule(test=("<=", "attribute_density", most), message="at most {bound}", fit={"attribute_density": most})
    >>> evaluate_expression(rule.test, values), fill_message(rule, values)
    (False, 'at most 1')

An expression is a number, a flag, a word or a call. The name of a dial stands for its value, and any other word for
itself. A call is a tuple, or a list as files have it, of the name of an operation, one of `OPERATIONS`, and its parts,
which are expressions too.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.sentences import Sentence

Expression = Any
"""A number, a flag, a word or a call, see the module."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule of the dial that it stands at: what has to be true, and what a person is told otherwise.

    `message` is the end of the sentence that refuses the value of the dial. `fit` says which dials the page may move to
    keep the rule, and where to; one that the person has just moved gives way last. `moved` is what the page says beside
    the dial that it moved. {DIAL} stands for the value of a dial, and {bound} for the first value of `fit`.
    """

    test: Expression
    message: str
    fit: Mapping[str, Expression] = field(default_factory=dict)
    moved: str = ""


PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""The name of a run or a shipped model: no path, no address, no repository."""
PLACEHOLDER = re.compile(r"\{(\w+)\}")
OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "=": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "not": operator.not_,
    "and": lambda *parts: all(parts),
    "or": lambda *parts: any(parts),
    "*": operator.mul,
    "/": operator.truediv,
    "floor": math.floor,
    "count": len,
    "within": lambda words, others: all(word in others for word in words),
    "apart": lambda words, others: not any(word in others for word in words),
    "without": lambda words, others: tuple(word for word in words if word not in others),
    "distinct": lambda words: len(set(words)) == len(words),
    "plain name": lambda word: bool(PLAIN_NAME.fullmatch(word)),
}
"""The operations of calls; words are tuples."""


def evaluate_expression(expression: Expression, values: Mapping[str, Any]) -> Any:
    """Return the value of an expression; `values` are those of all dials, by name."""
    if isinstance(expression, tuple | list):
        name, *parts = expression
        return OPERATIONS[name](*(evaluate_expression(part, values) for part in parts))
    return values.get(expression, expression) if isinstance(expression, str) else expression


def fill_message(rule: Rule, values: Mapping[str, Any]) -> str:
    """Return the message of a rule with values in it; the message itself is the id of the sentence."""
    bounds = {"bound": evaluate_expression(next(iter(rule.fit.values())), values)} if rule.fit else {}
    known = {**values, **bounds}
    return Sentence(
        rule.message, rule.message, **{name: _text(known[name]) for name in PLACEHOLDER.findall(rule.message)}
    )


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
