"""Commands of the research: `write` freezes the evidence of sweeps and writes STUDY.md.

python -m research write --sweeps sweeps
python -m research take-up --out sweeps                      # its runs back, for `sweep NAME --resume`
python -m research captions DIR                              # figures of published captions, frozen
python -m research findings --sweeps sweeps
python -m research own-things --seeds 3                      # how well own things are bound
python -m research probe                                     # the linear probe of untrained models
"""

import io
from pathlib import Path
from typing import Annotated

from explorer.clip.configs import config_names
from explorer.codec import encode
from explorer.errors import UserError
from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import replace_file, write_json
from explorer.spec import DataSpec
from explorer.study.evidence_store import CORPORA_FILE
from explorer.tools.options import Document, print_to_stderr
from explorer.views.registry import in_range
from research.compare import assess_claims, finding_record
from research.corpora import CORPORA, corpora_document
from research.forecasts import load_forecasts, write_forecasts
from research.rows import rows_by_sweep
from research.sweeps import SECOND_EDITION
from research.write import STUDY_DOCUMENT, freeze_evidence, restore_rows

EXAMPLE_SHEET = "examples.png"
DEFAULT_SWEEPS = Path("sweeps")
DEFAULT_THINGS = Path("own-things")


def write(*, sweeps: Path | None = None) -> Document:
    """Write STUDY.md, docs/study-methods.md and the page of the evidence from the frozen rows.

    Args:
        sweeps: folder of results of sweeps, whose rows are frozen in assets/study first
    """
    names = freeze_evidence(sweeps)
    write_examples()
    return {"sweeps": names, "file": str(STUDY_DOCUMENT)}


def own_things(*, out: Path = DEFAULT_THINGS, seeds: Annotated[int, in_range(0, 20)] = 3, only: str = "") -> Document:
    """Train worlds of own things by the engine of the page; write how they ended, for docs/things.md and the page.

    Args:
        out: folder of results; a row that is there is not trained again, and all that are there are written
        seeds: trainings of each source and number of things; 0 trains nothing and writes what is there
        only: one source to train: drawings, paper, icons, look-alikes or twins
    """
    from research.own_things import COUNTS, DOCUMENT, SOURCES, train_world, write_results

    for source in SOURCES if not only else (only,):
        for count in COUNTS:
            for seed in range(seeds):
                row = train_world(source, count, seed=seed, folder=out)
                print_to_stderr(f"{source}, {count} things, seed {seed}: binding {row['binding']:.3f}")
    return {"file": str(DOCUMENT), "rows": write_results(out)}


def take_up(*, out: Path = DEFAULT_SWEEPS) -> Document:
    """Write the frozen and begun rows of sweeps back where `sweep NAME --out DIR --resume` finds them.

    Args:
        out: folder of results
    """
    return {"out": str(out), "rows": restore_rows(out)}


def captions(folder: Path, /) -> Document:
    """Measure published captions and freeze the figures in assets/study; the captions stay where they are.

    Args:
        folder: folder with the published files
    """
    from explorer.captions.files import read_caption_file
    from explorer.world.caption_measures import PROPERTY_CURVES, PROPERTY_DEFINITIONS, measure_captions, parse_rows

    corpora = {}
    for name, corpus in CORPORA.items():
        print_to_stderr(f"measure {corpus.file}")
        file = parse_rows(read_caption_file(folder / corpus.file))
        corpora[name] = encode({**measure_captions(file), "about": file.about})
    figures = corpora_document(corpora, PROPERTY_DEFINITIONS, PROPERTY_CURVES)
    write_json(FROZEN_FOLDER / CORPORA_FILE, figures)
    return {"file": str(FROZEN_FOLDER / CORPORA_FILE), **figures}


def findings(*, sweeps: Path) -> Document:
    """State the findings of the second edition on its claims, from the sweeps so far.

    Args:
        sweeps: the folder that --out of sweep named
    """
    rows = rows_by_sweep(sweeps, SECOND_EDITION, "result")
    if not rows:
        raise UserError("sweeps", sweeps, "holds no result of the second edition; `sweep NAME --out` writes them")
    return {"sweeps": list(rows), "findings": [finding_record(finding) for finding in assess_claims(rows)]}


def forecast() -> Document:
    """Forecast every condition of the third edition from the rows of the first two, and freeze the file."""
    path = write_forecasts()
    return {"file": str(path), **load_forecasts()}


def probe(*, model: str = "small", seeds: Annotated[int, in_range(1, 100)] = 5) -> Document:
    """Fit the linear probe on models with fresh weights: what it gives without training.

    Args:
        model: an architecture
        seeds: seeds of weights
    """
    from explorer.evaluation.readouts import untrained_probe
    from explorer.world.worlds import WORLDS

    if model not in config_names():
        raise UserError("--model", model, f"choose {', '.join(config_names())}")
    accuracies = [encode(untrained_probe(model, WORLDS["things"], seed=seed)) for seed in range(seeds)]
    return {"model": model, "seeds": accuracies, "chance": accuracies[0]["chance"]}


def _data_of_conditions() -> dict[DataSpec, str]:
    """Return each distinct data spec of the second edition with the label of the first condition that has it."""
    conditions: dict[DataSpec, str] = {}
    for sweep in SECOND_EDITION.values():
        for condition in sweep.conditions:
            spec = sweep.spec(condition, seed=0, factor=1.0)
            conditions.setdefault(spec.data, f"{sweep.name}: {condition.label}")
    return conditions


def write_examples(folder: Path = FROZEN_FOLDER) -> None:
    """Write `EXAMPLE_SHEET`: scenes of each data set of the second edition, with the label of a condition."""
    # Pillow draws only here; the other commands of the study start without it.
    from explorer.world.preview import Example, example_sheet

    examples = [Example(label=label, data=data) for data, label in _data_of_conditions().items()]
    buffer = io.BytesIO()
    example_sheet(examples).quantize(128).save(buffer, "PNG", optimize=True)
    replace_file(folder / EXAMPLE_SHEET, buffer.getvalue())
