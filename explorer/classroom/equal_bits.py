"""Comparison of the bits with which the devices of a class ended that all trained the same.

    bits = compare_bits({0: digests, 1: digests, 2: others}, {0: "Ada", 1: "Ben", 2: "Chen"}, steps=(0, 21, 53))
    bits.num_same, bits.num_finished   # 2 of 3
    bits.parted                        # (PartedDevice(pupil=2, nickname="Chen", step=53, equal_until=21, ...),)

A device tells digests of its weights at the start and at each saved step until its training ended. They are what it
tells: nothing is trained again here. The majority are the bits that more devices have than any others, two at least.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.contract import CONTRACT

DigestTexts = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PartedDevice:
    """A device with other bits than the majority.

    Attributes:
        pupil: Its number.
        nickname: Of the pupil.
        digest: Its last one.
        step: The first saved step at which its digest is another one.
        equal_until: The saved step before that; None if its first weights were others.
    """

    pupil: int
    nickname: str
    digest: str
    step: int
    equal_until: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EqualBits:
    """Comparison of the bits of a class.

    Attributes:
        num_finished: Devices that have told their digests; `num_unfinished` still train.
        num_same: Devices of the majority, 0 where there is none.
        digest: Last one of the majority, None where there is none.
        step: First saved step at which not all that finished are equal; None while they are.
        parted: Devices with other bits than the majority.
        own_digest: On the page of a pupil, the last digest of its device once that has finished.
    """

    num_finished: int
    num_unfinished: int
    num_same: int
    digest: str | None
    step: int | None
    parted: tuple[PartedDevice, ...]
    own_digest: str | None = None

    def seen_by(self, digests: DigestTexts) -> "EqualBits":
        """Return what a pupil sees whose device told these: no names, and no digest before its own has finished."""
        own = digests[-1] if digests else None
        return replace(self, parted=(), digest=self.digest if digests else None, own_digest=own)


def compare_bits(digests: Mapping[int, DigestTexts], nicknames: Mapping[int, str], steps: Sequence[int]) -> EqualBits:
    """Compare what devices told, by the number of their pupil; empty where a device has not finished.

    Args:
        digests: Of all weights at each of `steps` until the training ended.
        nicknames: By number, of all who have told digests.
        steps: The saved steps of the training, 0 with them.
    """
    told = {number: each for number, each in digests.items() if each}
    ranked = Counter(told.values()).most_common(2)
    has_majority = (
        bool(ranked) and ranked[0][1] >= CONTRACT.compared_devices and (len(ranked) < 2 or ranked[1][1] < ranked[0][1])
    )
    common = ranked[0][0] if has_majority else ()
    first = next(iter(told.values()), ())
    partings = [index for each in told.values() if (index := _parting(first, each)) is not None]
    return EqualBits(
        num_finished=len(told),
        num_unfinished=len(digests) - len(told),
        num_same=ranked[0][1] if has_majority else 0,
        digest=common[-1] if common else None,
        step=steps[min(partings)] if partings else None,
        parted=tuple(
            PartedDevice(
                pupil=number,
                nickname=nicknames[number],
                digest=each[-1],
                step=steps[index],
                equal_until=steps[index - 1] if index else None,
            )
            for number, each in told.items()
            if common and (index := _parting(common, each)) is not None
        ),
    )


def _parting(one: DigestTexts, other: DigestTexts) -> int | None:
    """Return the index at which two devices differ first; one that ended sooner differs where the other goes on."""
    if one == other:
        return None
    return next((index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
                min(len(one), len(other)))  # fmt: skip
