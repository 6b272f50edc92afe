"""A small line of the study with fixed numbers, and the law that is frozen beside what it expects of three recipes."""

from dataclasses import asdict
from typing import Any

from explorer.evaluation.results import Position
from explorer.presets import preset
from explorer.study.evidence_store import FROZEN
from explorer.study.line import Change, Data, Fit, ForecastCheck, Later, Line, Recipe, Seed, as_json
from explorer.study.line_findings import Against, Condition, Finding, Mark, Timed
from explorer.study.time_model import Law, Span, frozen_law, kappa, predict

LAW = Law(
    intercept=9.0, slope=Span(value=-0.9, low=-0.97, high=-0.87), sigma=0.33,
    covariance=((0.002, 0.001), (0.001, 0.001)), kappa=(0.02778, 0.5), told_share=0.33333, wrong_up_to=0.0,
    usual={"init": "scratch"}, learning_rate=(0.0008, 0.005),
)  # fmt: skip
_DIALS = {"objects": 2, "kinds": 1, "density": 1.0, "completeness": 1.0, "saliency": 0.0, "kappa": 0.5}
_WEB = {"objects": 4, "kinds": 3, "density": 0.5, "completeness": 0.55, "saliency": 1.0, "kappa": 0.5 / 36}


def _data(dials: dict[str, Any], *times: int | None, pairs: int = 46_080) -> Data:
    seeds = tuple(Seed(seed=seed, pairs=pairs, bound_at=time, key=f"{seed}") for seed, time in enumerate(times))
    return Data(label="", accuracy=0.98 if times[0] else 0.51, trainings=seeds, **dials)


def _recipe(name: str, title: str, dials: dict[str, Any], pairs: Span | None) -> Recipe:
    return Recipe(name=name, title=title, steps=180, batch_size=256, pairs=pairs, **dials)


def _finding(name: str, title: str, figure: str, **parts: Any) -> Finding:
    return Finding(name=name, title=title, basis="5 trainings", text=("The line was found after the runs.",),
                   figure=figure, overturn="No gain when it is asked with another change than the one it trained on.",
                   **parts)  # fmt: skip


def small_line(tested: ForecastCheck | None = None) -> Line:
    """Return the line."""
    half = {**_DIALS, "density": 0.5, "kappa": 0.25}
    own = Condition(title="Both named", detail="each with its color", preset="binding-friendly", values={},
                    pairs=46_080, seeds=(Timed(seed=0, bound_at=15_000), Timed(seed=1, bound_at=None)))  # fmt: skip
    spans = {
        "density": ("Twice the attributes", "told per named object", (0.54, 0.46, 0.62), (0.51, 0.38, 0.69)),
        "completeness": ("Twice the objects named", "share of the scene told", (0.94, 0.84, 1.06), (0.45, 0.33, 0.6)),
        "kinds": ("Twice the kinds that vary", "color, pattern, tilt", (3.7, 3.2, 4.3), (3.6, 2.7, 4.7)),
        "unread": ("Asked in an unread form", "under 0.5 % of its captions", None, (4.9, 3.0, 7.9)),
    }
    tidy = Span(value=15_746.0, low=8_260.0, high=30_014.0)
    return Line(
        headline="Leaving things out of captions cost no time. Leaving attributes out did.",
        num_trainings=9,
        law=LAW,
        fit=Fit(times=0.75, accuracies=0.91, slope=2.4, middle=-0.1),
        tested=tested,
        data=(_data(_DIALS, 15_360, 11_520, 13_056), _data(half, 29_184, 34_560, None),
              _data({**_DIALS, "completeness": 0.5}, 14_848), _data(_WEB, None, None, pairs=368_640)),
        later=(Later(data=_data({**_DIALS, "density": 0.35, "kappa": 0.175}, 109_056, None, pairs=184_320),
                     expected=Span(value=41_220.0, low=21_640.0, high=78_520.0)),),
        recipes=(_recipe("binding-friendly", "Tidy", _DIALS, tidy), _recipe("web-like", "Web-like", _WEB, None)),
        corpora=(Position(label="COCO", value=0.214, low=0.209, high=0.219),
                 Position(label="web alt texts", value=0.272, low=0.267, high=0.278)),
        caveat="These are positions of natural captions on the axes of the study, not predictions: the worlds of the "
               "study differ from photographs in everything else.",
        changes=tuple(Change(name=name, title=title, detail=detail, own=_span(first), canonical=_span(second))
                      for name, (title, detail, first, second) in spans.items()),
        paper=(Against(dial="Few attributes per object", paper="hurt binding", verdict="as it says", is_decided=True,
                       here="Half as many: binding took × 1.9 (1.6 to 2.2) as long."),
               Against(dial="All of it repaired", paper="almost perfect binding", verdict="not decided",
                       here="Four objects, three kinds: 3 of 8 bound within 184,320 pairs.", is_decided=False)),
        findings=(_finding("one-number", "The time follows how surely a named thing gets its attribute.", "line"),
                  _finding("silence", "Leaving things out is free, asked as taught. Leaving attributes out is not.",
                           "seeds", rows=(own,), train=(own,)),
                  _finding("web-like", "Web-like captions: not bound, and not yet past the words. Open.", "losses",
                           marks=(Mark(said="knows who has what", value=0.92, is_reader=True),
                                  Mark(said="after 46,080 pairs", value=3.59, is_reader=False)))),
        limits=("One world of drawn shapes and a small CLIP.",),
    )  # fmt: skip


def _span(ends: tuple[float, float, float] | None) -> Span | None:
    return None if ends is None else Span(value=ends[0], low=ends[1], high=ends[2])


def evidence() -> dict[str, Any]:
    """Return what Python sends of the evidence, and the forecasts of the law in Python."""
    recipes = [preset(name).spec for name in ("binding-friendly", "two-kinds", "too-many-attributes")]
    found = ((kappa(spec.data), predict(spec).pairs) for spec in recipes)
    return {
        "line": as_json(small_line()),
        "tested": as_json(small_line(ForecastCheck(inside=17, decided=20)))["tested"],
        "law": asdict(frozen_law(FROZEN)),
        "expected": [{"kappa": at, **asdict(pairs)} for at, pairs in found if pairs],
    }
