"""Evidence of the first edition by hand, and a folder of it under the names of real claims, with small models.

make_toy([0.98, 0.99, 0.97], [0.52, 0.50, 0.51])        # complete and half, and their comparison in each form
freeze_toys(tmp_path)                               # density: falls, agrees; batch-size: one seed, nothing to guess
monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer.evaluation.results import Estimate
from explorer.spec import RunSpec
from explorer.study.first_edition import EVIDENCE_ADAPTER, Contrast, Evidence, MeasuredCondition, SeedPoint, SeedScores
from research.rows import Row, write_rows
from research.seed_statistics import mean_over_seeds
from research.tests.toy_sweep import toy_rows, toy_sweep

ABOUT = {"command": "python -m explorer sweep toy", "date": "2026-01-02"}
BINDING = {"density": ([0.98, 0.99, 0.97], [0.52, 0.50, 0.51]), "batch-size": ([0.6], [0.7])}
FORMS = ("canonical", "own", "complete")


def scores(values: Sequence[float]) -> SeedScores:
    """A score for each seed, 0.03 to both sides, of 1,000 scenes."""
    ends = [(max(0.0, value - 0.03), min(1.0, value + 0.03)) for value in values]
    points = tuple(
        SeedPoint(seed=seed, value=value, n=1000, low=low, high=high, chance=0.5)
        for seed, (value, (low, high)) in enumerate(zip(values, ends, strict=True))
    )
    return SeedScores(points=points, mean=mean_over_seeds(values, chance=0.5, items=1000))


def condition(label: str, spec: RunSpec, forms: Mapping[str, Sequence[float]], leak: float = 0.5, **others: Any) -> Any:
    """A condition with a score of each seed in each form; `leak` is what a scorer of captions gets in own ones."""
    metrics = {
        form: {"binding_accuracy": scores(values), "recognition_accuracy": scores([0.9] * len(values))}
        for form, values in forms.items()
    }
    blind = {form: leak if form == "own" else 0.5 for form in forms}
    controls = {form: Estimate(value=at, n=1, low=at - 0.03, high=at + 0.03, chance=0.5) for form, at in blind.items()}
    plain = {"x": label, "series": "", "not_tested": None, "distinct_captions": 12.0}
    cost = {"steps": spec.train.steps, "batch_size": spec.train.batch_size, "learning_rate": spec.train.learning_rate}
    return MeasuredCondition(
        **(plain | cost | {"rates": {"hard_negatives": 0.0}} | others),
        label=label, spec=spec.to_json(), forms=metrics, controls={"caption_only": controls},
    )  # fmt: skip


def comparison(start: MeasuredCondition, end: MeasuredCondition, form: str) -> Contrast:
    """The step from one condition to another."""
    one, other = (each.forms[form]["binding_accuracy"].mean for each in (start, end))
    return Contrast(start=start.label, end=end.label, form=form, of_start=one, of_end=other, word="agrees")


def evidence(conditions: Sequence[MeasuredCondition], contrasts: Sequence[Contrast] = (), **others: Any) -> Evidence:
    """Evidence of these conditions of the toy sweep."""
    sweep = toy_sweep()
    about = {name: getattr(sweep, name) for name in ("name", "claim", "axis")}
    told = {"metric": "binding_accuracy", "beside": ("recognition_accuracy",), "forms": FORMS}
    origin = {"devices": ("cpu",), "protocols": ("abc",), "interval": "95 % t interval over seeds"}
    return Evidence(**(about | told | origin | others), conditions=tuple(conditions), contrasts=tuple(contrasts))


def spec_of(label: str, model: str = "tiny") -> RunSpec:
    """The spec of a condition of the toy sweep."""
    sweep = toy_sweep(changes={"model": model, "batch_size": 16, "steps": 4})
    return sweep.spec(sweep.select([label])[0], seed=0, factor=1.0)


def make_toy(complete: Sequence[float], half: Sequence[float], model: str = "tiny", **others: Any) -> Evidence:
    """The toy sweep with these scores of seeds in every form, and its one comparison."""
    ends = [
        condition(label, spec_of(label, model), dict.fromkeys(FORMS, values))
        for label, values in (("complete", complete), ("half", half))
    ]
    return evidence(ends, [comparison(*ends, form) for form in FORMS], **others)


def toy_evidence(name: str) -> Evidence:
    """The evidence that stands under the name of a claim."""
    return make_toy(*BINDING.get(name, BINDING["density"]), model="small", name=name)


def real_rows(complete: list[float], half: list[float]) -> list[Row]:
    """The toy rows with the model and steps of a real run, so that its controls can show them."""
    return [each | {"spec": each["spec"].replace('"tiny"', '"small"')} for each in toy_rows(complete, half)]


def as_file(evidence: Evidence) -> bytes:
    """The content of a file of evidence."""
    return EVIDENCE_ADAPTER.dump_json(evidence, by_alias=True)


def freeze_toys(folder: Path, *names: str) -> Path:
    """Write JSON, Parquet and picture of each claim."""
    folder.mkdir(exist_ok=True)
    for name in names or tuple(BINDING):
        (folder / f"{name}.json").write_bytes(as_file(toy_evidence(name)))
        (folder / f"{name}.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
        write_rows(folder / f"{name}.parquet", real_rows(*BINDING.get(name, BINDING["density"])), ABOUT)
    return folder
