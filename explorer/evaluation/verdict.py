"""The verdict of a report, within the limits of its numbers: two words by one rule, and one sentence.

    >>> from explorer.evaluation.results import Scores
    >>> form = {"binding_accuracy": Estimate(value=0.51, n=1000, low=0.48, high=0.54, chance=0.5)}
    >>> judge_report(Report(scores=Scores(canonical=form, forms={"own": form, "complete": form}))).kind
    'does_not_bind'

The rules: a failed training is no finding, nor is one that was stopped before it began to learn; "does not bind" needs
the own and the complete form both at chance, which means that the 95 % interval contains chance; if only one form is
at chance, the sentence names both forms; "not in captions longer than it has read" needs an own form that is high, a
complete form whose interval lies below it, and training captions that name fewer objects than the image shows. If the
caption-only control is above chance in a form, binding in that form is no evidence and the sentence says so. If
shuffled pixels, which show no scene, are off chance, the sentence says that too.

A probe on an untrained model reads the color of a noun far above the chance of a bag of colors, as random features keep
most of their input. So only what exceeds the untrained model counts as learned, if the 95 % intervals do not overlap.
Probes do not tell how a model fails between the modalities, so no sentence names a mechanism.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from explorer.contract import CONTRACT
from explorer.evaluation.results import Estimate, Metrics, Report, Scores
from explorer.sentences import Listed, Sentence
from explorer.wording import format_interval, format_percent, format_share

Level = Literal["below", "chance", "some", "high"]
VerdictKind = Literal[
    "too_early", "failed_to_train", "not_measured", "canonical_only", "prefers_swapped", "does_not_bind", "binds",
    "binds_in_short_captions", "binds_in_complete_captions", "binds_in_own_captions", "binds_in_part",
]  # fmt: skip


def binding_words(accuracy: Estimate) -> str:
    """Word an estimate of binding accuracy in the canonical form: the one rule of every command, table and page.

    A share that is surely above chance is called binding only from `in_part` of the contract on, as for a run.
    """
    if accuracy.value is None or accuracy.low is None or accuracy.chance is None:
        return "not measured"
    if accuracy.low >= CONTRACT.score.reliable:
        return "binds reliably"
    if accuracy.is_above_chance:
        return "binds, not reliably" if accuracy.value >= CONTRACT.score.in_part else "barely above chance"
    return "prefers the swap" if accuracy.is_below_chance else "at chance"


def closing_words(scores: Scores, bound_at: int | None = None, *, is_run: bool = False) -> dict[str, str]:
    """Return the last words of a command on a model: `verdict`, by `binding_words`, and a `sentence` with its numbers.

    `bound_at` is the step at which a run bound by `binding_step`, None if it has not.
    """
    accuracy = scores.canonical.get("binding_accuracy")
    if accuracy is None or accuracy.value is None or accuracy.low is None or accuracy.high is None:
        return {"verdict": "not measured", "sentence": "Binding was not measured: no caption could be swapped."}
    verdict = binding_words(accuracy)
    found = Sentence(
        "verdict.closing",
        "{verdict}: {share} of pictures of two objects find their own caption ({interval}, n {n}; a coin 50 %).",
        verdict=f"{verdict[0].upper()}{verdict[1:]}",
        share=format_percent(accuracy.value),
        interval=format_interval(accuracy.low, accuracy.high),
        n=accuracy.n,
    )
    said: list[str] = [found]
    if bound_at is not None:
        said.append(Sentence("verdict.bound-at", "It bound at step {step}.", step=bound_at))
    elif is_run:
        said.append("It did not bind by the rule of the study.")
    return {"verdict": verdict, "sentence": Listed([*said, *_shuffled_warnings(scores)], " ")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The kind of result, for code, and the sentence, for people."""

    kind: VerdictKind
    sentence: str


def judge_report(report: Report) -> Verdict:
    """Word the result of a report; its controls, its spec and the result of its training may be unknown."""
    if report.failed_to_train and report.status == "stopped":
        planned = report.budget and report.spec and report.spec.train.steps
        words = "It was stopped before it had learned more than chance gives, so it is too early to tell."
        if report.budget and planned:
            words = Sentence(
                "verdict.too-early",
                "It was stopped after {done} of {steps} steps, before it had learned more than chance gives, so it is"
                " too early to tell.",
                done=report.budget.steps,
                steps=planned,
            )
        return Verdict(kind="too_early", sentence=words)
    if report.failed_to_train:
        words = "It failed to train: its loss stayed at that of a model that knows nothing, so this is no finding."
        return Verdict(kind="failed_to_train", sentence=words)
    own, complete = (_binding_of(report.scores.forms.get(form)) for form in ("own", "complete"))
    if own and complete:
        kind, said = _judge_both_forms(report, own, complete)
    else:
        kind, said = _judge_one_form(report, own, complete)
    warnings = [*_leak_warnings(report), *_shuffled_warnings(report.scores)]
    return Verdict(kind=kind, sentence=Listed([*said, *warnings], " "))


def _judge_both_forms(report: Report, own: Estimate, complete: Estimate) -> tuple[VerdictKind, list[str]]:
    """Word the verdict if both forms were measured."""
    levels = (_level(own), _level(complete))
    stronger = max(own, complete, key=lambda estimate: estimate.value or 0.0)
    last: list[str] = []
    kind: VerdictKind
    match levels:
        case ("below", _) | (_, "below"):
            kind, words = "prefers_swapped", "prefers the swapped caption more often than chance in a form"
        case ("chance", "chance"):
            kind, words, last = "does_not_bind", "does not bind", _recognition_sentences(report)
        case ("high", "high"):
            kind, words = "binds", "binds"
        case ("high", _) if compare_estimates(complete, own) == "below" and _had_incomplete_captions(report):
            kind, words = "binds_in_short_captions", "binds, but not in captions longer than it has read"
        case ("chance", _):
            kind = "binds_in_complete_captions"
            words = Sentence(
                "verdict.complete-only",
                "{degree} in complete captions and is at chance in captions of its own form",
                degree=_degree(complete),
            )
        case (_, "chance"):
            kind = "binds_in_own_captions"
            words = Sentence(
                "verdict.own-only",
                "{degree} in captions of its own form and is at chance in complete captions",
                degree=_degree(own),
            )
        case ("high", _) if compare_estimates(complete, own) == "below":
            kind, words = "binds_in_own_captions", "binds in captions of its own form, less so in complete captions"
        case _:
            kind, words = "binds_in_part", "binds in part" if "high" in levels else _degree(stronger)
    said = Sentence(
        "verdict.both-forms",
        "The model {does}: own captions {own}, complete captions {complete}.",
        does=words,
        own=_share_words(own),
        complete=_share_words(complete),
    )
    return kind, [said, *last]


def _judge_one_form(report: Report, own: Estimate | None, complete: Estimate | None) -> tuple[VerdictKind, list[str]]:
    """Word the verdict if a form is missing, and state nothing about that form."""
    by_form = {"own": own, "complete": complete, "canonical": _binding_of(report.scores.canonical)}
    form, accuracy = next(((form, accuracy) for form, accuracy in by_form.items() if accuracy), ("", None))
    if accuracy is None:
        return "not_measured", ["Binding is not measured: no caption could be swapped."]
    heads = {"below": "prefers the swapped caption more often than chance", "chance": "is at chance"}
    head = heads.get(_level(accuracy)) or _degree(accuracy)
    said = Sentence(
        "verdict.one-form",
        "The model {does} in {form} captions ({share}), the only form to judge by.",
        does=head,
        form=form,
        share=_share_words(accuracy),
    )
    return "canonical_only" if form == "canonical" else "binds_in_part", [said]


def _if_complete(estimate: Estimate | None) -> Estimate | None:
    """Return the estimate if its interval and its chance are known too."""
    return None if estimate is None or estimate.low is None or estimate.chance is None else estimate


def _binding_of(metrics: Metrics | None) -> Estimate | None:
    return _if_complete((metrics or {}).get("binding_accuracy"))


def _share_words(estimate: Estimate) -> str:
    return format_share(estimate, n=estimate.n)


def _level(accuracy: Estimate) -> Level:
    if not accuracy.is_off_chance:
        return "chance"
    if accuracy.is_below_chance:
        return "below"
    return "high" if (accuracy.value or 0.0) >= CONTRACT.score.not_in_part else "some"


def _degree(accuracy: Estimate) -> str:
    if (accuracy.value or 0.0) >= CONTRACT.score.not_in_part:
        return "binds"
    return "binds in part" if (accuracy.value or 0.0) >= CONTRACT.score.in_part else "is barely above chance"


def _had_incomplete_captions(report: Report) -> bool:
    """Return True if training captions named fewer objects than the image shows, or left objects without a value."""
    data = report.spec.data if report.spec else None
    return data is not None and (data.caption_completeness < 1 or data.attribute_density < 1)


def _recognition_sentences(report: Report) -> list[str]:
    recognition = report.scores.of("own").get("recognition_accuracy")
    if recognition is None or not recognition.is_above_chance:
        return []
    english = "It does recognize values ({share}), as a bag of words can."
    return [Sentence("verdict.recognizes", english, share=_share_words(recognition))]


def _leak_warnings(report: Report) -> list[str]:
    """Return a warning per form in which a scorer blind to the image is above chance."""
    by_form = report.scores.controls.get("caption_only", {})
    return [
        Sentence(
            "verdict.blind",
            "A scorer that sees no picture and reads only {form} captions gets {share}, so binding there is no"
            " evidence.",
            form=form,
            share=_share_words(estimate),
        )
        for form in ("own", "complete")
        if (estimate := by_form.get(form)) and estimate.is_above_chance
    ]


def _shuffled_warnings(scores: Scores) -> list[str]:
    """Return a warning if shuffled pixels are off chance; to a tenth of a percent, as such an interval ends near it."""
    shuffled = _if_complete(scores.controls.get("shuffled_pixels", {}).get("canonical"))
    if shuffled is None or not shuffled.is_off_chance:
        return []
    value, low, high = (f"{100 * (each or 0.0):.1f}" for each in (shuffled.value, shuffled.low, shuffled.high))
    return [
        Sentence(
            "verdict.shuffled",
            "On shuffled pixels, which show no scene, it gets {value} % ({low} to {high} %, n {n})"
            " instead of {chance}.",
            value=value,
            low=low,
            high=high,
            n=shuffled.n,
            chance=format_percent(shuffled.chance),
        )
    ]


IntervalOrder = Literal["above", "overlapping", "below"]
PROBE_SUBJECTS = {"within_images": "Image embeddings", "within_captions": "Caption embeddings"}
PROBE_CHANGES: dict[IntervalOrder, str] = {
    "above": Sentence("probes.more", "more"),
    "overlapping": Sentence("probes.no-more", "no more"),
    "below": Sentence("probes.less", "less"),
}
UNTRAINED_SUFFIX = "_untrained"
NO_UNTRAINED_MODEL = (
    "There is no untrained model of this architecture to compare with, so the probes alone do not show what training "
    "put there."
)
LEARNED_NOT_MATCHED = (
    "So both embeddings hold more of who has which color than before training, and their match does not use it: "
    "binding is at chance."
)
NOT_SHOWN_LEARNED = "Binding is at chance, and the probes do not show that both embeddings learned what it lacks."


def interpret_probes(probes: Mapping[str, Estimate]) -> str:
    """Word the comparison of the probes with an untrained model's, and with binding.

    `probes`: estimates by the names of `probes.PROBE_DEFINITIONS`, the untrained ones with `UNTRAINED_SUFFIX`.
    """
    between = probes["between"]
    binds = between.is_above_chance
    last = NOT_SHOWN_LEARNED
    if binds:
        english = "The match between them tells it too: binding is {share}."
        last = Sentence("probes.match", english, share=format_percent(between.value))
    if f"within_images{UNTRAINED_SUFFIX}" not in probes:
        return Listed([NO_UNTRAINED_MODEL, last], " ") if binds else NO_UNTRAINED_MODEL
    changes = {name: compare_estimates(probes[name], probes[name + UNTRAINED_SUFFIX]) for name in PROBE_SUBJECTS}
    said = [
        Sentence(
            "probes.tell",
            "{subject} tell {change} than an untrained model's: {share} against {untrained}.",
            subject=subject,
            change=PROBE_CHANGES[changes[name]],
            share=format_percent(probes[name].value),
            untrained=format_percent(probes[name + UNTRAINED_SUFFIX].value),
        )
        for name, subject in PROBE_SUBJECTS.items()
    ]
    if not binds and set(changes.values()) == {"above"}:
        last = LEARNED_NOT_MATCHED
    english = "The colors alone, without their nouns, give {share}."
    chance = Sentence("probes.colors", english, share=format_percent(probes["within_images"].chance))
    return Listed([*said, chance, last], " ")


def compare_estimates(one: Estimate, other: Estimate) -> IntervalOrder:
    """Return where the interval of a share lies beside that of another; an unknown one counts as overlapping."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return "overlapping"
    if one.low > other.high:
        return "above"
    return "below" if one.high < other.low else "overlapping"
