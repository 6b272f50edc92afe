"""State of the dials and the plan of a training that has not begun, as JSON for the page's scripts.

    dialed = DialedSpec.from_event({"preset": "salient", "values": {"steps": 90}, "moved": "steps", "seq": 4})
    dialed_state(page_store, settings, dialed)       # the state that `dials.js` draws
    dialed.to_train                                  # a RunSpec; a new seed unless one was typed

An event comes from a browser, so it may hold anything; an invalid one is answered by a sentence.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from explorer.errors import NO_VALUE, UserError
from explorer.pages.shared.dial_values import (
    MAIN,
    NUMBERS,
    bounds,
    has_no_effect,
    plain_name,
    read,
    value_words,
)
from explorer.pages.shared.url_state import FIRST_PRESET, changed, values_of
from explorer.pages.workbench.samples import measured, samples
from explorer.presets import PRESETS, preset
from explorer.runs.store import RunStore
from explorer.service.outcome_types import key_of_spec
from explorer.service.pretrained_start import TUNES, loaded_names
from explorer.service.study_bracket import StudyBracket
from explorer.settings import Settings
from explorer.spec import DIALS, RunSpec, override
from explorer.views.data import planned
from explorer.wording import duration

SEEDS = 10_000
"""New seeds are below, so that a person can say one."""
_MOST_SAID = 3


@dataclass(frozen=True, kw_only=True)
class DialedSpec:
    """Dials of a person: the spec, a flag for a fixed seed, and a sentence for each dial that another one moved.

    `seq` counts the moves of the browser, `start` is the first sample to show.
    """

    spec: RunSpec
    has_seed: bool
    why: Mapping[str, str]
    seq: int
    start: int

    @classmethod
    def from_event(cls, record: Any) -> "DialedSpec":
        """Parse an event of the browser; raise `UserError` for another record or a dial out of range."""
        if not isinstance(record, Mapping) or not isinstance(record.get("values"), Mapping):
            raise UserError("dials", NO_VALUE, "give a preset and values")
        name = str(record.get("preset", ""))
        given = {field: value for field, value in record["values"].items() if field in DIALS and value is not None}
        found, _ = read(name, tuple(given), tuple(given.values()), moved=str(record.get("moved", "")))
        return cls(
            spec=found,
            has_seed=record["values"].get("seed") is not None,
            why=bounds(override(preset(name).spec, given), found),
            seq=_count(record.get("seq")),
            start=_count(record.get("start")),
        )

    @classmethod
    def of(cls, spec: RunSpec) -> "DialedSpec":
        """Return the dials of an address; a seed that is not the preset's is fixed."""
        seed = preset(spec.preset or "").spec.train.seed
        return cls(spec=spec, has_seed=spec.train.seed != seed, why={}, seq=0, start=0)

    @classmethod
    def of_run(cls, spec: RunSpec) -> "DialedSpec":
        """Return the dials of a run, to train it again with a new seed."""
        seed = preset(spec.preset).spec.train.seed if spec.preset in PRESETS else 0
        known = spec if spec.preset in PRESETS else replace(spec, preset=FIRST_PRESET)
        return cls.of(replace(known, train=replace(spec.train, seed=seed)))

    @property
    def to_train(self) -> RunSpec:
        """Return the spec with a new seed, unless one was typed."""
        if self.has_seed:
            return self.spec
        return replace(self.spec, train=replace(self.spec.train, seed=secrets.randbelow(SEEDS)))


def with_start(store: RunStore, dialed: DialedSpec) -> DialedSpec:
    """Return the dials; their way of tuning fits the pretrained start, if there is one."""
    train = dialed.spec.train
    if train.tune in TUNES or train.init not in loaded_names(store):
        return dialed
    spec = override(dialed.spec, {"tune": TUNES[0]})
    return replace(
        dialed, spec=spec, why={**dialed.why, "tune": f"A pretrained model is tuned by {' or '.join(TUNES)}."}
    )


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 2**31 else 0


def dialed_state(store: RunStore, settings: Settings, dialed: DialedSpec) -> dict[str, object]:
    """Return the state that `dials.js`, `samples.js` and the Training column draw."""
    spec = dialed.spec
    values = values_of(spec) | {"attribute_kinds": list(spec.data.attribute_kinds)}
    return {
        "seq": dialed.seq,
        "preset": spec.preset,
        "is_preset": not _changed(spec),
        "told": captions_sentence(spec),
        "values": values | {"seed": spec.train.seed if dialed.has_seed else None},
        "dials": {name: {"text": value_words(name, spec), "off": has_no_effect(name, spec)} for name in MAIN},
        "why": dict(dialed.why),
        "samples": samples(spec, dialed.start),
        "facts": measured(spec),
        "plan": plan(store, settings, dialed),
    }


def problem(record: Any, error: UserError) -> dict[str, object]:
    """Return a state that changes nothing and has the error of a dial."""
    seq = _count(record.get("seq")) if isinstance(record, Mapping) else 0
    return {"seq": seq, "problem": {"field": error.field, "sentence": str(error)}}


def captions_sentence(spec: RunSpec) -> str:
    """Return the preset's sentence on its captions, or the changed dials."""
    recipe, fields = preset(spec.preset or ""), _changed(spec)
    if not fields:
        return recipe.told
    said = [f"{plain_name(name)}: {value_words(name, spec)}" for name in list(fields)[:_MOST_SAID]]
    more = len(fields) - len(said)
    said += [f"{NUMBERS[min(more, 5)]} more"] if more else []
    return f"Changed from {recipe.title}. {'; '.join(said)}."


def _changed(spec: RunSpec) -> dict[str, object]:
    """Return the fields that differ from the preset's; seed and start are no part of a recipe."""
    return {name: value for name, value in changed(spec).items() if name not in ("seed", "init")}


def plan(store: RunStore, settings: Settings, dialed: DialedSpec) -> dict[str, object]:
    """Return the time, budget and obstacle of a training of these dials, and the study's measurement."""
    spec, found = dialed.spec, planned(store, settings, dialed.spec)
    here = "server" if settings.is_shared else "computer"
    return {
        "time": f"About {duration(sum(found.seconds) / 2)} on this {here}" if found.seconds else "",
        "basis": found.basis,
        "why_not": found.why_not,
        "mode": found.mode,
        "budget": f"{spec.train.steps:,} steps, {found.pairs:,} pairs",
        "needs": found.needs,
        "planned": list(found.saved_steps),
        "study": None if found.study is None else bracket_words(found.study),
        "key": key_of_spec(spec),
        "is_new_seed": not dialed.has_seed,
    }


def bracket_words(bracket: StudyBracket) -> dict[str, object]:
    """Return the bracket as JSON; the dials in which it differs have their plain names."""
    names = [plain_name(name).lower() for name in bracket.fields]
    return bracket.as_dict() | {"differs": ", ".join(names) or None}
