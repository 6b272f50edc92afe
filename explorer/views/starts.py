"""The starts of a training: fresh weights, shipped models, runs, and pretrained models that were asked here.

loaded_model_names(store)                          # the models that were loaded on this server for a question
check_init(store, spec, any_start=True)      # UserError unless the start is on this server
start_choices(store, folders, any_start=True)[0].title      # "Fresh weights"
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from explorer.clip.card import SHIPPED
from explorer.clip.names import shipped_names
from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.runs.folder import RunFolder
from explorer.runs.store import RunStore
from explorer.runs.titles import recipe_title
from explorer.sentences import Listed, Sentence
from explorer.spec import DIALS, RunSpec
from explorer.views.asked_models import MODEL_CACHE

PRETRAINED_TUNES = ("lora", "text-map")
"""Ways to tune a pretrained model; the others change so many weights that the memory of a laptop does not hold them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartChoice:
    """A model that a training may start from, and the ways in which it may be tuned; `title` names it for people."""

    name: str
    title: str
    kind: Literal["scratch", "shipped", "run", "pretrained"]
    label: str
    tunes: tuple[str, ...]


def start_choices(store: RunStore, folders: Iterable[RunFolder], *, any_start: bool) -> list[StartChoice]:
    """Return fresh weights, the shipped models, those of `folders` with a model, and pretrained models asked here."""
    every = DIALS["tune"].choices or ()
    return [
        StartChoice(name="scratch", title="Fresh weights", kind="scratch", label="fresh weights", tunes=("all",)),
        *(
            StartChoice(
                name=name,
                title=shipped_title(name),
                kind="shipped",
                label=_start_label(name, "shipped"),
                tunes=every,
            )
            for name in shipped_names()
        ),
        *(
            StartChoice(name=each.run, title=recipe_title(each.spec()), kind="run", label=each.run, tunes=every)
            for each in folders
            if each.has_model
        ),
        *(
            StartChoice(
                name=name,
                title=name,
                kind="pretrained",
                label=_start_label(name, "pretrained"),
                tunes=PRETRAINED_TUNES,
            )
            for name in (loaded_model_names(store) if any_start else ())
        ),
    ]


def _start_label(name: str, kind: str) -> str:
    return Sentence("start.label", "{name} ({kind})", name=name, kind=kind)


def shipped_title(name: str) -> str:
    """Name a shipped model by the captions that it learned from, and by their kinds if they have more than usual."""
    if name not in SHIPPED:
        return name
    usual, own = PRESETS[SHIPPED[name].preset], SHIPPED[name].spec()
    recipe, _, more = usual.title.partition(", ")
    count = len(own.data.attribute_kinds)
    has_more = count > len(usual.spec.data.attribute_kinds)
    kinds = Sentence("model.kinds", "{count} kinds", count=count) if has_more else ""
    captions = Sentence("model.captions", "{recipe} captions", recipe=recipe)
    return Listed([each for each in (captions, more, kinds) if each])


def loaded_model_names(store: RunStore) -> tuple[str, ...]:
    """Return the pretrained models that answer questions here now, the last one asked first."""
    names = dict.fromkeys(str(key[0]) for key in reversed(MODEL_CACHE.keys()) if isinstance(key, tuple))
    return tuple(name for name in names if name not in shipped_names() and store.find(name) is None)


def check_init(store: RunStore, spec: RunSpec, *, any_start: bool) -> None:
    """Raise `UserError` for a start that this server does not take.

    Unless `any_start`, as on a shared server, it takes its own models only, no path and no download.
    """
    init, tune, folder = spec.train.init, spec.train.tune, store.find(spec.train.init)
    if init == "scratch" or init in shipped_names() or (folder and folder.has_model):
        return
    if not any_start or init not in loaded_model_names(store):
        wanted, more = "choose scratch, a shipped model or a run that has saved its model{more}", ""
        if any_start:
            more = ", or ask a pretrained one a question first"
        raise UserError("init", init, wanted, longest=80, more=more)
    if tune not in PRETRAINED_TUNES:
        raise UserError("tune", tune, "a pretrained model is tuned by {tunes}", tunes=" or ".join(PRETRAINED_TUNES))
