"""The evidence of a claim turns into one question that a reader may answer before seeing it, and the reply.

    asked = question(evidence)          # None where no comparison could answer it
    asked.text                          # "Going from “complete” to “half” (caption completeness), does binding ..."
    asked.reply("rises")                # "You said that it rises, but it falls: 98 % (96 to 100) to 51 % ..."

It is about the first comparison that says something: rises or falls where the interval of the difference leaves zero
out, stays where it holds zero and no change of `SAME` or more, else not decided. Without comparisons it is about the
last third of the first long run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from explorer.study.directions import SAME
from explorer.study.document import change, points

Guess = Literal["rises", "falls", "stays"]
GUESSES: tuple[Guess, ...] = get_args(Guess)
SAYS_NOTHING = ("not tested", "no evidence", "too few seeds")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked, the right guess (None: the evidence does not decide), and what was measured."""

    text: str
    answer: Guess | None
    measured: str

    def reply(self, guess: str | None) -> str:
        """Whether a guess was right, anything but a `Guess` being none, and what was measured."""
        if self.answer is None:
            why = f"the interval of the difference holds zero and changes of {100 * SAME:.0f} points or more"
            return f"Not decided: {why}, so none of the three is shown. Measured: {self.measured}."
        measured = f"it {self.answer}: {self.measured}."
        if guess not in GUESSES:
            return f"Measured: {measured}"
        return f"Right, {measured}" if guess == self.answer else f"You said that it {guess}, but {measured}"


def question(evidence: Mapping[str, Any]) -> Question | None:
    """The question of a claim, None where nothing was measured that answers one."""
    metric = evidence["metric"].replace("_", " ")
    for each in evidence["contrasts"]:
        if each["word"] not in SAYS_NOTHING:
            ends = f"Going from “{each['start']}” to “{each['end']}” ({evidence['axis']})"
            return Question(
                text=f"{ends}, does {metric} in {each['form']} captions rise, fall or stay?",
                answer=_answer(each["difference"]),
                measured=f"{change(each)}, {points(each['difference'])}",
            )
    for condition in evidence["conditions"]:
        for form, found in (condition["trend"] or {}).items():
            if found["slope"]["low"] is not None:
                long = f"Over the last third of the {condition['steps']:,} steps of “{condition['series']}”"
                return Question(
                    text=f"{long}, does {metric} in {form} captions rise, fall or stay?",
                    answer=_answer(found["slope"]),
                    measured=points(found["slope"]),
                )
    return None


def _answer(change: Mapping[str, Any]) -> Guess | None:
    low, high = change["low"], change["high"]
    if low > 0:
        return "rises"
    if high < 0:
        return "falls"
    return "stays" if -SAME < low and high < SAME else None
