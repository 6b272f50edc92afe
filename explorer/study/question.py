"""Quiz question on the evidence of a claim, for readers who have not seen it, and the reply.

    asked = question(evidence)          # None if no comparison could answer it
    asked.lead                          # explanation of the claim's dial, in a sentence; "" if none is known
    asked.text                          # "Going from “complete” to “half” (caption completeness), does binding ..."
    asked.reply("rises")                # "You said that it rises, but it falls: 98 % (96 to 100) to 51 % ..."

It uses the first comparison that says something: rises or falls if the interval of the difference excludes zero, stays
if it holds zero and no change of `SAME` or more, else not decided. Without comparisons it uses the last third of the
first long run.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from explorer.evaluation.results import Estimate
from explorer.evaluation.sweep_evidence import Evidence, form_name
from explorer.study.claims import LEADS
from explorer.study.first_edition import SAME, change
from explorer.wording import points

Guess = Literal["rises", "falls", "stays"]
GUESSES: tuple[Guess, ...] = get_args(Guess)
SAYS_NOTHING = ("not tested", "no evidence", "too few seeds")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """The question, the right guess (None: the evidence does not decide), and the measured result."""

    lead: str
    text: str
    answer: Guess | None
    measured: str

    def reply(self, guess: str | None) -> str:
        """State if a guess was right, and the measured result; a value that is not a `Guess` counts as none."""
        if self.answer is None:
            why = f"the interval of the difference holds zero and changes of {100 * SAME:.0f} points or more"
            return f"Not decided: {why}, so none of the three is shown. Measured: {self.measured}."
        measured = f"it {self.answer}: {self.measured}."
        if guess not in GUESSES:
            return f"Measured: {measured}"
        return f"Right, {measured}" if guess == self.answer else f"You said that it {guess}, but {measured}"


def question(evidence: Evidence) -> Question | None:
    """Return the question of a claim, None if nothing was measured that answers one."""
    metric, lead = evidence.metric.replace("_", " "), LEADS.get(evidence.name, "")
    # What the paper says something of comes first.
    for each in sorted(evidence.contrasts, key=lambda each: each.direction == "ours"):
        if each.word not in SAYS_NOTHING:
            # What an axis says in parentheses would stand in two pairs of them.
            axis = evidence.axis.partition(" (")[0]
            ends = f"Going from “{each.start}” to “{each.end}” ({axis})"
            return Question(
                lead=lead,
                text=f"{ends}, does {metric} in {form_name(each.form)} captions rise, fall or stay?",
                answer=_answer(each.difference),
                measured=f"{change(each)}, {points(each.difference)}",
            )
    for condition in evidence.conditions:
        for form, found in (condition.trend or {}).items():
            if found.slope.low is not None:
                long = f"Over the last third of the {condition.steps:,} steps of “{condition.series}”"
                return Question(
                    lead=lead,
                    text=f"{long}, does {metric} in {form_name(form)} captions rise, fall or stay?",
                    answer=_answer(found.slope),
                    measured=points(found.slope),
                )
    return None


def _answer(change: Estimate) -> Guess | None:
    low, high = change.low, change.high
    if low is None or high is None:
        return None
    if low > -SAME and high < SAME:
        return "stays"
    if low > 0:
        return "rises"
    return "falls" if high < 0 else None
