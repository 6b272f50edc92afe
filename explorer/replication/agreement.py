"""Results of trainings: which ones can be, and when they agree, as pure functions of those of one training.

    check_result(listed, result)              # UserError for what no device can have computed
    standing_of(entry, results, leased=0)        # what everybody may know: Standing(state="one", num_results=1, ...)

A result counts once two unrelated people have the same: other keys at other addresses of one kind, which the server
knew. A result from a file may be a copy of somebody's: all such results of one training count as one person's. If
results differ, the one counts on which most unrelated people agree, two at least; as long as two groups are
equal in number, none does.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from explorer.codec import Digest, text_of
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import binding_step, is_above_level
from explorer.replication.questions import ListEntry, OpenList
from explorer.spec import RunSpec, evaluated_steps, saved_steps
from explorer.stats import wilson_interval

Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
DeviceWord = Annotated[
    str,
    text_of("[A-Za-z0-9 ._-]{0,40}", "give at most 40 English letters, digits, spaces, dots, dashes or underscores"),
]
NEEDED_PEOPLE = 2
"""Unrelated people whose equal results confirm a training."""
MAX_EVALUATED_SCENES = 512
"""Most scenes of an evaluation during a training that a result may name; an evaluation asks fewer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A result that a device sends of a training.

    Attributes:
        entry: Name of the training.
        list_digest: SHA-256 of the list that names it.
        engine_version: Version of the engine's arithmetic.
        digests: Of all weights at the start and at each saved step.
        curve: Binding in captions of its own form at the start and at each evaluation, shares of `scenes`.
        scenes: Number of scenes of an evaluation.
        browser: Coarse name of the browser, if it tells it; the same for `architecture`.
    """

    entry: str
    list_digest: str
    engine_version: Annotated[int, Field(strict=True)]
    digests: Annotated[tuple[Digest, ...], Field(max_length=64)]
    curve: Annotated[tuple[Share, ...], Field(max_length=256)]
    scenes: Annotated[int, Field(strict=True, ge=1, le=MAX_EVALUATED_SCENES)]
    browser: DeviceWord = ""
    architecture: DeviceWord = ""

    @property
    def computed(self) -> tuple[object, ...]:
        """The part of a result that two devices must have in common to the last bit."""
        return self.digests, self.curve, self.scenes


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptResult:
    """A result as it is kept.

    Attributes:
        key: Salted hash of the key, with the name of the salt before it.
        address: The same of the address, with its kind before it.
        has_own_address: False where the server could not tell whose address it is: such a result confirms nothing.
            The key in JSON is `is_known`, as files of every version have it.
        day: On which it came.
        is_saved: It came as a file of a page without a server, which was given no training.
    """

    result: Result
    key: str
    address: str
    has_own_address: Annotated[bool, Field(alias="is_known")]
    day: str
    is_saved: bool = False


StandingState = Literal["open", "one", "differs", "confirmed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The public state of a training: how it ended, never the digests of what is not confirmed.

    Attributes:
        state: "open" without a result, "one" with results that are equal and not yet of two people, "differs" if a
            further person decides, "confirmed".
        is_taken: Somebody is at it now.
        num_results: All that were kept; `num_unknown` of them came from addresses that the server could not tell.
        num_mismatches: Results that differ from the confirmed one, or from the first one.
        has_ended: True if somebody has trained it to its end; `bound_at` is of the confirmed result, or of the first
            one while none is confirmed.
        bound_at: Pairs after which it bound, None if it did not within its budget.
        digest: SHA-256 of the final weights, once it is confirmed; `curve` is then the binding at each evaluation, and
            `lows` the lower ends of their intervals, from which `bound_at` follows.
    """

    state: StandingState
    is_taken: bool
    num_results: int
    num_unknown: int
    num_mismatches: int
    has_ended: bool
    bound_at: int | None
    digest: str | None
    curve: tuple[float, ...] | None
    lows: tuple[float, ...] | None


OPEN = Standing(
    state="open", is_taken=False, num_results=0, num_unknown=0, num_mismatches=0, has_ended=False,
    bound_at=None, digest=None, curve=None, lows=None,
)  # fmt: skip
"""The standing of a training that nobody has begun."""


def asked_steps(spec: RunSpec) -> tuple[list[int], list[int]]:
    """Return the steps whose weights have a digest, and those at which binding is measured, both from 0 on."""
    steps = spec.train.steps
    return sorted({0, *saved_steps(steps)}), sorted({0, *evaluated_steps(steps)})


def check_result(listed: OpenList, result: Result) -> ListEntry:
    """Return the training of a result; raise `UserError` for what no device can have computed."""
    entry = listed.entry(result.entry)
    if result.list_digest != listed.digest:
        raise UserError("list_digest", result.list_digest, "this list has changed; load the page anew", longest=20)
    if result.engine_version != CONTRACT.engine_version:
        raise UserError("engine_version", result.engine_version, "is not this engine's; load the page anew")
    saved, evaluated = asked_steps(entry.spec)
    if len(result.digests) != len(saved):
        raise UserError("digests", len(result.digests), "give {count}, one for each saved step", count=len(saved))
    if len(set(result.digests)) < len(result.digests):
        raise UserError("digests", NO_VALUE, "give different ones: weights change from step to step")
    if len(result.curve) != len(evaluated):
        raise UserError(
            "curve", len(result.curve), "give {count} shares, one for each evaluation", count=len(evaluated)
        )
    for share in result.curve:  # a tie counts as half
        if abs(2 * share * result.scenes - round(2 * share * result.scenes)) > 1e-6:
            raise UserError(
                "curve", share, "give shares of {scenes} scenes, of which a tie is a half", scenes=result.scenes
            )
    if is_above_level(_low(result.curve[0], result.scenes)):
        raise UserError("curve", result.curve[0], "fresh weights do not bind")
    return entry


def _low(share: float, scenes: int) -> float:
    return wilson_interval(share * scenes, scenes)[0]


def _lows(result: Result) -> tuple[float, ...]:
    return tuple(_low(share, result.scenes) for share in result.curve)


def bound_at(entry: ListEntry, result: Result) -> int | None:
    """Return the pairs after which a training bound, by the rule of the contract; None if it did not."""
    step = binding_step(list(zip(asked_steps(entry.spec)[1], _lows(result), strict=True)), has_ended=True)
    return None if step is None else step * entry.spec.train.batch_size


def standing_of(entry: ListEntry, results: Sequence[KeptResult], *, leased: int) -> Standing:
    """Return what everybody may know, from the results of a training in their order and the number of its leases."""
    if not results:
        return replace(OPEN, is_taken=leased > 0)
    known = [each for each in results if each.has_own_address]
    agreed = confirmed_result(results)
    shown = agreed or (known or list(results))[0].result
    different = len({each.result.computed for each in known})
    return Standing(
        state="confirmed" if agreed else "differs" if different > 1 else "one" if known else "open",
        is_taken=leased > 0,
        num_results=len(results),
        num_unknown=len(results) - len(known),
        num_mismatches=sum(each.result.computed != shown.computed for each in known),
        has_ended=True,
        bound_at=bound_at(entry, shown),
        digest=agreed.digests[-1] if agreed else None,
        curve=agreed.curve if agreed else None,
        lows=_lows(agreed) if agreed else None,
    )


def confirmed_result(results: Iterable[KeptResult]) -> Result | None:
    """Return the result on which most unrelated people agree, `NEEDED_PEOPLE` at least and more than on any other."""
    groups = defaultdict[tuple[object, ...], list[KeptResult]](list)
    for each in results:
        if each.has_own_address:
            groups[each.result.computed].append(each)
    ranked = sorted(((_count_people(group), group[0].result) for group in groups.values()), key=lambda each: -each[0])
    if not ranked or ranked[0][0] < NEEDED_PEOPLE or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    return ranked[0][1]


def _count_people(results: Sequence[KeptResult]) -> int:
    """Return how many unrelated people sent these results: no two of them have a key or an address in common.

    Whoever sent results from files may hold copies of one, so they are one person at most. An IPv4 and an IPv6 address
    may be those of one home, and hashes under different salts cannot be compared: of such groups only the largest one
    counts.
    """
    trained = [each for each in results if not each.is_saved]
    return max(_count_trained([*trained, *saved]) for saved in [[], *([each] for each in results if each.is_saved)])


def _count_trained(results: Sequence[KeptResult]) -> int:
    groups = defaultdict[str, list[KeptResult]](list)
    for each in results:
        groups[each.address.partition(".")[0]].append(each)
    people = (
        min(len({each.key for each in group}), len({each.address for each in group})) for group in groups.values()
    )
    return max(people, default=0)
