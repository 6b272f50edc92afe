"""A small line of the study with fixed numbers, and the line of the frozen law at three kappas."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from explorer.codec import encode
from explorer.evaluation.results import Position
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.spec import DataSpec
from explorer.study.evidence_store import load_dots
from explorer.study.kappa import kappa
from explorer.views.evidence import PICTURES, drawn_picture
from explorer.views.registry import entries
from explorer.views.service import Service
from research.dots import write_dots
from research.engine_rows import freeze_results
from research.fourth_cells import ARRANGED, NAMED, SHARES, arranged_cell, map_cell
from research.fourth_page import PANELS, fourth_numbers
from research.frozen_law import Interval, Law, Prediction, load_law
from research.page import FindingRow, PageFinding, rounded_json
from research.tests.made_rows import made_cell, made_ends, made_loop, made_result, write_made

LAW = Law(
    intercept=9.0, slope=Interval(value=-0.9, low=-0.97, high=-0.87), sigma=0.33,
    covariance=((0.002, 0.001), (0.001, 0.001)), kappa=(0.02778, 0.5),
)  # fmt: skip


def _dials(
    objects: int = 2, kinds: int = 1, density: float = 1.0, completeness: float = 1.0, saliency: float = 0.0
) -> dict[str, Any]:
    names = ("color", "pattern", "tilt")[:kinds]
    return {
        "objects": objects,
        "kinds": kinds,
        "density": density,
        "completeness": completeness,
        "saliency": saliency,
        "kappa": kappa(DataSpec(objects_in_image=objects, attribute_kinds=names, attribute_density=density)),
    }


_WEB = _dials(4, 3, 0.5, 0.55, 1.0)


def _data(dials: dict[str, Any], *times: int | None, pairs: int = 46_080) -> dict[str, Any]:
    seeds = [{"seed": seed, "pairs": pairs, "bound_at": at, "key": f"{seed}"} for seed, at in enumerate(times)]
    return {"label": "", **dials, "accuracy": 0.98 if times[0] else 0.51, "trainings": seeds, "learned": None}


def _recipe(name: str, title: str, dials: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "title": title, **dials, "steps": 180, "batch_size": 256}


def _finding(name: str, title: str, figure: str, **parts: Any) -> PageFinding:
    return PageFinding(
        name=name,
        title=title,
        basis="10 trainings",
        text=("Pictures show 2 to 4 objects, and times lie between 8,192 and 192,768 pairs.",),
        figure=figure,
        overturn="It falls if nothing is gained when another change is asked about than the one that was trained.",
        **parts,
    )


def small_line() -> dict[str, Any]:
    """Return a content of `line.json` with few trainings; a unit test holds its keys to those of the frozen one."""
    half = _dials(density=0.5)
    own = FindingRow(title="Both named", detail="each with its color", preset="binding-friendly", values={},
                     pairs=46_080, learned=0.48,
                     seeds=({"seed": 0, "bound_at": 15_000}, {"seed": 1, "bound_at": None}))  # fmt: skip
    spans = {
        "density": ("Twice the attributes", "told per named object", (0.54, 0.46, 0.62), (0.51, 0.38, 0.69)),
        "completeness": ("Twice the objects named", "share of the scene told", (0.94, 0.84, 1.06), (0.45, 0.33, 0.6)),
        "kinds": ("Twice the kinds that vary", "color, pattern, tilt", (3.7, 3.2, 4.3), (3.6, 2.7, 4.7)),
        "unread": ("Asked in a form that it never read", "under 0.5 % of its captions", None, (4.9, 3.0, 7.9)),
    }
    later = _data(_dials(density=0.35), 109_056, None, pairs=184_320)
    return rounded_json({
        "headline": "Leaving attributes out of captions cost time. Leaving things out cost none on average.",
        "num_trainings": 9,
        "law": LAW,
        "fit": {"times": 0.75, "accuracies": 0.91, "slope": 2.4, "middle": -0.1},
        "tested": None,
        "data": [_data(_dials(), 15_360, 11_520, 13_056), _data(half, 29_184, 34_560, None),
                 _data(_dials(completeness=0.5), 14_848), _data(_WEB, None, None, pairs=368_640)],
        "later": [{"data": later, "expected": Interval(value=41_220.0, low=21_640.0, high=78_520.0)}],
        "recipes": [_recipe("binding-friendly", "Tidy", _dials()), _recipe("web-like", "Web-like", _WEB)],
        "corpora": [Position(label="COCO", value=0.214, low=0.209, high=0.219),
                    Position(label="web alt texts", value=0.272, low=0.267, high=0.278)],
        "caveat": "These are positions of natural captions on the axes of the study, not predictions: the worlds of "
                  "the study differ from photographs in everything else.",
        "changes": [{"name": name, "title": title, "detail": detail, "own": _span(first), "canonical": _span(second)}
                    for name, (title, detail, first, second) in spans.items()],
        "paper": [{"dial": "Few attributes per object", "paper": "hurt binding",
                   "here": "With half as many values told, binding took × 1.9 (1.6 to 2.2) the time, averaged over all"
                           " data of the first two editions. Where captions name both of two things, half of the colors"
                           " took × 3.4 the time of all.",
                   "verdict": "as it says", "is_decided": True},
                  {"dial": "All of it repaired", "paper": "almost perfect binding",
                   "here": "With two things and every color told, 10 of 10 learned it. With four things and three"
                           " kinds, 3 of 8 did in 184,320 pairs, from captions that still tell one value in three.",
                   "verdict": "in part", "is_decided": True}],
        "findings": [
            _finding("one-number", "One number of the data puts trainings in order, but it failed as a law.", "line"),
            _finding("silence",
                     "Asked as taught, leaving things out costs time in some data and saves it in others. Leaving "
                     "attributes out costs time.", "seeds", rows=(own,), train=(own,)),
            _finding("web-like",
                     "No model has learned it from web-like captions, and none has learned all their words yet.",
                     "losses",
                     marks=({"said": "knows who has what", "value": 0.92, "is_reader": True},
                            {"said": "after 46,080 pairs", "value": 3.59, "is_reader": False}))],
        "limits": ["Everything was measured with one world of drawn shapes and a small CLIP."],
    })  # fmt: skip


def _span(ends: tuple[float, float, float] | None) -> Interval | None:
    return None if ends is None else Interval(value=ends[0], low=ends[1], high=ends[2])


def fourth_states(folder: Path) -> dict[str, Any]:
    """Return what the page is sent of the fourth edition, by the rows there are: `fourth` and `dots` of each state."""
    shares = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.125, 0.1)
    kept = dict.fromkeys(shares, 0.98)
    lost = kept | {0.18: 0.7, 0.125: 0.55, 0.1: 0.52}
    back = {1.0: 0.97, 0.7: 0.96, 0.5: 0.95, 0.35: 0.55, 0.25: 0.54, 0.18: 0.53, 0.125: 0.52}
    fresh, after, control = PANELS.values()
    ways = [(0.93, [0.98, 0.7, 0.69, 0.85]), (0.88, [0.98, 0.8, 0.72, 0.8]), (0.95, [0.98, 0.9, 0.9, 0.93])]
    tidy_first = [
        made_result(*after, 40 + seed, bound=0, ends=end - seed / 200, way=way)
        for seed, (end, way) in enumerate([*ways, *ways[:2]])
    ]
    forgets = [made_result(*control, seed, ends=0.55, way=[0.98, 0.9, 0.6, 0.55]) for seed in range(40, 45)]
    learned = [each for share in SHARES for each in made_ends(*map_cell(1, share), [0.97] * 5)]
    states = {
        "empty": [],
        "part": [
            *made_loop(lost, back, seeds=1)[:9],
            *made_cell(*map_cell(1, 1), [13_056, 14_848]),
            *made_cell(*map_cell(1, 0.25), [None]),
            *tidy_first[:1],
            *made_ends(*fresh, [0.51]),
        ],
        "whole": [*made_loop(lost, back), *_map(1.9), *made_ends(*fresh, [0.5, 0.52, 0.51, 0.49, 0.53]), *tidy_first,
                  *forgets],
        "kept": made_loop(kept, kept),
        "refuted": [*made_loop(lost, back), *learned, *made_ends(*fresh, [0.9] * 5), *made_ends(*after, [0.9] * 5)],
        "divided": [*made_loop(kept, kept, single=(None, 0.5)), *_map(1.9, single=(99_840, 0.9))],
    }  # fmt: skip
    return {name: _frozen(folder / name, rows) for name, rows in states.items()}


def _map(factor: float, **single: Any) -> list[dict[str, Any]]:
    """Return the map: times grow with a power of what is not told; with one thing named they are less by a factor."""
    base, made = (11_520, 12_288, 13_056, 14_848, 16_896), []
    for share in SHARES:
        for named in NAMED:
            longer = share**-2.2 / (factor if named == 0.5 else 1)
            times = [None if time * longer > 184_320 else round(time * longer) for time in base]
            made += made_cell(*map_cell(named, share), times, **(single if named == 0.5 else {}))
    for kind in ARRANGED:
        for share in SHARES[2:]:
            times = [None if share < 0.5 else time * 3 for time in base]
            made += made_cell(*arranged_cell(kind, share), times)
    return made


def _frozen(folder: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    write_made(folder, rows)
    freeze_results(folder, folder)
    write_dots(folder, folder)
    return {"fourth": fourth_numbers(folder), "dots": load_dots(folder)}


def _line_at(law: Law, kappa: float) -> Interval:
    row = np.array([1.0, math.log(kappa)])
    spread = math.sqrt(law.sigma**2 + row @ np.array(law.covariance) @ row)
    return Prediction(pairs=math.exp(law.mean_log_pairs(kappa)), spread=spread).interval


def evidence(folder: Path) -> dict[str, Any]:
    """Return what Python sends of the evidence, and the law's line at some kappas; `folder` is for rows."""
    return {
        "catalog": entries()["catalog"].answer(Service(store=RunStore(folder / "runs"), settings=LOCAL), {}),
        "line": small_line(),
        "pictures": encode({name: drawn_picture(objects) for name, objects in PICTURES.items()}),
        "editions": fourth_states(folder),
        "tested": {"inside": 17, "decided": 20},
        "law": asdict(load_law()),
        "expected": [{"kappa": kappa, **asdict(_line_at(load_law(), kappa))} for kappa in (0.5, 0.125, 0.03)],
    }
