"""Record the thirty trainings that a class deals, by the tab's engine in Node.

    python -m tests.engine.deals          # those that assets/classroom/recorded.json or the folder of models lacks

A training stops as on a phone: after the third evaluation in a row whose interval lies above 75 %, else at its budget.
A device that cannot train shows the curve of its data set. The models, in half precision as a phone sends them, go to
runs/.deals, where `tests.benchmarks room` finds them. They are no part of the repository: with the same seeds every
computer trains the same bits.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from explorer.classroom.deal import NUM_DATA_SETS, RECORDED_FILE, SAME_NUMBER, deal_spec, steps_saved_until_end
from explorer.evaluation.results import binding_step
from explorer.resources import CHECKOUT
from tests.engine.node import Ask, engine, order

WEIGHTS = CHECKOUT / "runs" / ".deals"


def record_deal(ask: Ask, number: int, weights: Path | None = None) -> dict[str, Any]:
    """Train the deal of a number: `curve` has pairs, share and lower bound; `pairs` is None if it does not land.

    That of `SAME_NUMBER` has the `digests` of its saved steps, which a class compares where all train the same.
    """
    spec = deal_spec("", number)
    job = order(spec)
    told = ask("train", order=job, untilItLands=True, half=weights and str(weights))["told"]
    batch = spec.train.batch_size
    own = [(each["step"] * batch, each["scores"]["own"]["binding_accuracy"]) for each in told if "scores" in each]
    pairs = binding_step([(at, share["low"]) for at, share in own if at], has_ended=False)
    curve = [[at, round(share["value"], 4), round(share["low"], 4)] for at, share in own]
    row = {"number": number, "seed": spec.train.seed, "pairs": pairs, "curve": curve, "digest": told[-1]["digest"]}
    if number != SAME_NUMBER:
        return row
    saved = steps_saved_until_end(spec, pairs)  # it may have gone on for some steps before it stopped
    return row | {"digests": [each["digest"] for each in told if "scores" in each and each["step"] in saved]}


def main() -> None:
    rows = json.loads(RECORDED_FILE.read_text()) if RECORDED_FILE.exists() else []
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, engine(Path(folder)) as ask:
        for number in range(NUM_DATA_SETS):
            weights = WEIGHTS / f"{number}.safetensors"
            if weights.exists() and any(row["number"] == number for row in rows):
                continue
            row = record_deal(ask, number, weights)
            rows = sorted([*(each for each in rows if each["number"] != number), row], key=lambda each: each["number"])
            RECORDED_FILE.write_text("[\n" + ",\n".join(json.dumps(each) for each in rows) + "\n]\n")
            print(number, row["pairs"], flush=True)


if __name__ == "__main__":
    main()
