"""Queue of runs: limits on new runs, fair order, and estimates of waiting and training time.

    check_limits(store, spec, owner_key, SHARED)     # UserError: "steps=5000: ... at most 2000"
    waiting_runs(store)                        # queued runs in fair order
    describe_run(store, folder).place          # 1 for the next run; with its status and the seconds to wait
    estimate_from_runs(store, spec)            # (95.0, 140.0, "measured on 3 runs of small here, 640 to 700 pairs/s")

Fair order: each person's first run precedes anyone's second; active runs count, and so do those that started while the
other waited. Among equals the oldest is first.
"""

import math
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, partial
from statistics import median
from typing import Any

from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, BusyError, UserError
from explorer.rules import PLAIN_NAME, Rule, evaluate_expression, fill_message
from explorer.runs import run_lock
from explorer.runs.files import free_bytes
from explorer.runs.folder import RunFolder
from explorer.runs.run_status import RunStatus
from explorer.runs.store import RunStore
from explorer.sentences import Sentence
from explorer.settings import Settings
from explorer.spec import PROTOCOL_VERSION, RunSpec

NUM_RECENT_RUNS = 5
MIN_MEASURED_STEPS = 5
"""Least number of steps for a pace."""
MIN_FREE_BYTES_OF_RUN = 750_000_000
"""Bytes of the disk that no further run of a shared server may take: for those that train, classes and results.

It is more than the guard of requests leaves free, so that runs never take the room of a model of a class.
"""
PUBLIC_STATUS_FIELDS = (
    "preset", "status", "step", "steps", "rate", "phase", "phase_done", "phase_parts", "device", "reason",
    "created", "started", "finished",
)  # fmt: skip
"""Fields of a status that viewers of a run receive."""
RunWithStatus = tuple[RunFolder, RunStatus]
"""A run with its status, from `RunStore.statuses`."""


def check_limits(
    store: RunStore, spec: RunSpec, owner_key: str | None, settings: Settings, *, identity: str = ""
) -> None:
    """Raise `UserError` if a further run of this spec and person would pass a limit.

    A person without a key is known as `identity`, as in `RunStore.create`.
    """
    check_size(store, spec, settings)
    if settings.is_shared and free_bytes(store.root) < MIN_FREE_BYTES_OF_RUN:
        raise BusyError("disk", NO_VALUE, "this server has no room left for runs; try later")
    active = [(folder, status.status) for folder, status in store.statuses() if status.is_active]
    held = sum(_belongs_to(folder, owner_key, identity) for folder, _ in active)
    if held >= settings.runs_per_owner:
        raise BusyError(
            "runs",
            held,
            "you already have {held} active runs, the most are {most}; wait for one or stop it",
            held=held,
            most=settings.runs_per_owner,
        )
    queued = sum(status == "queued" for _, status in active)
    if queued >= settings.queue_length:
        wanted = "as many runs are waiting as this server allows, at most {most}; try again later"
        raise BusyError("queue", queued, wanted, most=settings.queue_length)


SIZE_LIMITS = ("most_steps", "most_batch_size", "most_work")
"""Limits of `Settings` on the size of a training."""
SIZE_RULES: tuple[tuple[str, Rule], ...] = (
    ("steps", Rule(test=("<=", "steps", "most_steps"), message="this server allows at most {most_steps}")),
    (
        "batch_size",
        Rule(test=("<=", "batch_size", "most_batch_size"), message="this server allows at most {most_batch_size}"),
    ),
    (
        "init",
        Rule(
            test=("or", "any_start", ("=", "init", "scratch"), ("plain name", "init")),
            message="this server starts from its own runs and shipped models only",
        ),
    ),
    (
        "steps",  # of long trainings of expensive models
        Rule(
            test=("<=", ("*", "steps", ("*", "batch_size", "pair_cost")), "most_work"),
            fit={"steps": ("floor", ("/", "most_work", ("*", "batch_size", "pair_cost")))},
            message="this server allows at most {bound} with model={model} and batch_size={batch_size}",
        ),
    ),
)
"""Rules of a server on the size of a training, each rule with the dial that it refuses.

Beside dials the rules read `SIZE_LIMITS` and `any_start` of `Settings`, and the cost of a pair of the model; `model` is
the one that trains.
"""


def check_size(store: RunStore, spec: RunSpec, settings: Settings) -> None:
    """Raise `UserError` if a run of this spec exceeds the limits of this server."""
    train, model = spec.train, _model_of(store, spec)
    values = {
        **{name: getattr(settings, name) for name in (*SIZE_LIMITS, "any_start")},
        **{name: getattr(train, name) for name in ("steps", "batch_size", "init")},
        "pair_cost": _pair_cost(model),
        "model": model[:40],
    }
    for name, rule in SIZE_RULES:
        if not evaluate_expression(rule.test, values):
            raise UserError(name, values[name], fill_message(rule, values), longest=80)


def _belongs_to(folder: RunFolder, owner_key: str | None, identity: str) -> bool:
    is_owner = owner_key is not None and folder.is_owner(owner_key)
    return is_owner or (bool(identity) and _identity_of(folder) == identity)


def _pair_cost(model: str) -> float:
    costs = CONTRACT.time.pair_costs
    return costs.get(model, max(costs.values()))


def _model_of(store: RunStore, spec: RunSpec) -> str:
    """Return the architecture of a spec if it is known: that of the run it starts from, recursively.

    A plain name that is not a run is a shipped model; those have the architecture that the spec names.
    """
    name = spec.train.base_model
    for _ in range(20):
        run = store.find(name)
        if run is None:
            break
        name = run.status().model or name
    return spec.train.model if PLAIN_NAME.fullmatch(name) and name not in CONTRACT.time.pair_costs else name


def waiting_runs(store: RunStore) -> list[RunFolder]:
    """Return the queued runs without a claim, the next one first."""
    return _fair_order(store.statuses())


def _fair_order(statuses: Iterable[RunWithStatus]) -> list[RunFolder]:
    statuses = list(statuses)
    free = sorted(
        (status.queued or status.created or 0.0, folder.run)
        for folder, status in statuses
        if status.status == "queued" and not run_lock.is_claimed(folder.path)
    )
    folders = {folder.run: folder for folder, _ in statuses}
    turns: dict[str, list[float]] = defaultdict(list)  # starts of each person's runs
    for folder, status in statuses if free else ():
        if status.is_executing:  # counts against all who wait
            turns[_identity_of(folder)].append(math.inf)
        elif status.status != "queued" and (status.started or 0.0) >= free[0][0]:
            turns[_identity_of(folder)].append(status.started or 0.0)
    taken: Counter[str] = Counter()
    ranked = []
    for since, run in free:
        identity = _identity_of(folders[run])
        ranked.append((sum(start >= since for start in turns[identity]) + taken[identity], since, run))
        taken[identity] += 1
    return [folders[run] for *_, run in sorted(ranked)]


def owner_digest(folder: RunFolder) -> str:
    """Return the stored digest of the owner's key; runs without an owner belong to one person."""
    return str(folder.owner().get("sha256", ""))


def _identity_of(folder: RunFolder) -> str:
    """Return the identity for fair order: the owner, unless the run was requested without a key."""
    return str(folder.owner().get("person") or owner_digest(folder))


def earlier_identity(store: RunStore, owner_key: str) -> str:
    """Return the identity of the first run of that key, if it was requested without a key."""
    named = (folder.owner().get("person") for folder in store.all() if folder.is_owner(owner_key))
    return str(next(filter(None, named), ""))


@dataclass(frozen=True, kw_only=True, slots=True)
class RunDescription:
    """A run for lists and pages; what is not known is None.

    Attributes:
        place: In the queue: 0 while it is executed, 1 if it is the next one, None once it has ended.
        end_in_s: Seconds until its end.
        wait_s: Seconds until its start.
    """

    run: str
    status: RunStatus
    steps_per_s: float | None = None
    end_in_s: float | None = None
    place: int | None = None
    wait_s: float | None = None

    @property
    def left_s(self) -> float | None:
        """Seconds until its end, or, while it waits, until its start."""
        return self.wait_s if self.place else self.end_in_s

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON, with the fields `PUBLIC_STATUS_FIELDS` of the status."""
        return {
            "run": self.run,
            **{name: getattr(self.status, name) for name in PUBLIC_STATUS_FIELDS},
            "steps_per_s": self.steps_per_s,
            "end_in_s": self.end_in_s,
            "wait_s": self.wait_s,
            "place": self.place,
        }


def describe_run(store: RunStore, folder: RunFolder) -> RunDescription:
    """Describe a run with its position among the others."""
    status = folder.status()
    step_s = status.step_s if status.step >= MIN_MEASURED_STEPS else None
    description = RunDescription(run=folder.run, status=status, steps_per_s=1 / step_s if step_s else None)
    if not status.is_active:
        return description
    statuses = dict(store.statuses())  # read once, not once for each run that waits
    speed = cache(partial(_measure_speed, list(statuses.values())))
    queue = [] if status.is_executing else _fair_order(statuses.items())
    if folder not in queue:  # it executes, or has begun since its status was read
        is_told = status.is_executing and (step_s or status.is_evaluating)
        return replace(
            description,
            place=0,
            wait_s=0.0,
            end_in_s=_left_s(speed(str(status.model)), status) if is_told else None,
        )
    index = queue.index(folder)
    ahead = [each for each in statuses.values() if each.is_executing] + [statuses[each] for each in queue[:index]]
    return replace(
        description,
        place=index + 1,
        wait_s=math.fsum(_left_s(speed(str(each.model)), each) for each in ahead),
    )


def _left_s(speed: "Speed", status: RunStatus) -> float:
    """Return the seconds until an active run is done."""
    if status.is_evaluating:
        return _evaluation_left_s(status, speed.tail_s)
    left = status.steps - status.step
    if status.step_s and status.step >= MIN_MEASURED_STEPS and status.status != "queued":
        return left * status.step_s + speed.tail_s
    return left * (status.batch_size or 0) / speed.middle + speed.tail_s


def _evaluation_left_s(status: RunStatus, usual_s: float) -> float:
    """Estimate the rest of an evaluation from earlier runs; if this one takes longer, from its own finished parts."""
    done, parts = status.phase_done or 0, status.phase_parts or 0
    now = time.time()
    since = status.evaluating_since or now
    if now - since < usual_s or not done:
        return max(0.0, usual_s - (now - since))
    part_ended = status.heartbeat or now  # when the last part was done; until the next one the time left runs on
    return max(0.0, (part_ended - since) / done * (parts - done) - (now - part_ended))


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """Pairs per second of a model on this computer, seconds from the last step to the report, and what they rest on.

    An estimate may be wrong by the factor `slack`. `cost` of a pair is in pairs of `small`, see contract.toml.
    """

    cost: float
    rates: tuple[float, ...]
    tail_s: float
    slack: float
    basis: str

    @property
    def middle(self) -> float:
        return median(self.rates)


def _measure_speed(statuses: Iterable[RunStatus], model: str) -> Speed:
    """Measure the newest runs of the model on the device that was last used here; else a marked guess."""
    # Another protocol version trains at another pace.
    here = (platform.node(), model, PROTOCOL_VERSION)
    like = [
        each for each in statuses if (each.host, each.model, each.protocol) == here and each.step >= MIN_MEASURED_STEPS
    ]
    recent = [each for each in like if each.step_s and each.device == like[0].device][:NUM_RECENT_RUNS]
    rates = tuple((each.batch_size or 0) / each.step_s for each in recent if each.step_s)
    if not rates:
        rates = (CONTRACT.time.pairs_per_s / _pair_cost(model),)
        basis = Sentence(
            "plan.guess",
            "a guess, as nothing was timed here yet: {rate} pairs/s of model {model}",
            rate=f"{rates[0]:.0f}",
            model=model[:40],
        )
    elif len(rates) == 1:
        english = "measured on 1 run of {model} here, {rate} pairs/s"
        basis = Sentence("plan.measured-once", english, model=model[:40], rate=f"{rates[0]:.0f}")
    else:
        basis = Sentence(
            "plan.measured",
            "measured on {runs} runs of {model} here, {low} to {high} pairs/s",
            runs=len(rates),
            model=model[:40],
            low=f"{min(rates):.0f}",
            high=f"{max(rates):.0f}",
        )
    tails = [each.tail_s for each in recent if each.tail_s]
    return Speed(
        cost=_pair_cost(model),
        rates=rates,
        tail_s=median(tails or [CONTRACT.time.tail_s]),
        slack=CONTRACT.time.slack_of_several if len(rates) > 1 else CONTRACT.time.slack_of_one,
        basis=basis,
    )


def measure_speed(store: RunStore, model: str) -> Speed:
    """Measure how fast runs of a model were on this computer; a marked guess if none has run."""
    return _measure_speed((status for _, status in store.statuses()), model)


def estimate_from_runs(store: RunStore, spec: RunSpec) -> tuple[float, float, str]:
    """Return seconds from low to high of a whole run of `spec`, by earlier runs here, and what they rest on."""
    speed = measure_speed(store, _model_of(store, spec))
    pairs = spec.train.pairs
    low, high = pairs / max(speed.rates) + speed.tail_s, pairs / min(speed.rates) + speed.tail_s
    return low / speed.slack, high * speed.slack, speed.basis
