"""Train the thirty trainings that a class deals, by the tab's engine in Node, and compare them with the recorded ones.

    python -m tests.engine.deals            # those whose model the folder lacks; writes models, and no record
    python -m tests.engine.deals --write    # writes those that assets/classroom/recorded.json lacks or has otherwise

A training stops as on a phone: after the third evaluation in a row whose interval lies above 75 %, else at its budget.
A device that cannot train shows the curve of its data set. The models, in half precision as a phone sends them, go to
runs/.deals, where `tests.benchmarks room` finds them. They are no part of the repository: with the same seeds every
computer trains the same bits.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from explorer.classroom.deal import NUM_DATA_SETS, RECORDED_FILE, SAME_NUMBER, deal_spec, steps_saved_until_end
from explorer.contract import CONTRACT
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


def repeated_part(row: dict[str, Any]) -> dict[str, Any]:
    """Return what every recording of a training has in common.

    A training that landed makes some more steps before it stops, as many as the computer makes in the meantime: its
    last digest and the check at its last step are of these.
    """
    landed = next((at for at, (pairs, *_) in enumerate(row["curve"]) if pairs == row["pairs"]), len(row["curve"]))
    kept = {name: value for name, value in row.items() if name != "digest"}
    return kept | {"curve": row["curve"][: landed + CONTRACT.binding.in_a_row]}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.engine.deals", description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the trainings that are recorded otherwise or not")
    options = parser.parse_args(arguments)
    recorded = json.loads(RECORDED_FILE.read_text(encoding="utf-8")) if RECORDED_FILE.exists() else []
    rows = {row["number"]: row for row in recorded}
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    others: list[int] = []
    with TemporaryDirectory() as folder, engine(Path(folder)) as ask:
        for number in range(NUM_DATA_SETS):
            weights = WEIGHTS / f"{number}.safetensors"
            if weights.exists() and number in rows:
                continue
            row = record_deal(ask, number, weights)
            is_same = number in rows and repeated_part(row) == repeated_part(rows[number])
            print(number, row["pairs"], "" if is_same else "differs" if number in rows else "is new", flush=True)
            if is_same:
                continue
            others.append(number)
            rows[number] = row
            if options.write:
                lines = (json.dumps(rows[each]) for each in sorted(rows))
                RECORDED_FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    if others and not options.write:
        sys.exit(f"Recorded otherwise or not at all, see --write: {', '.join(map(str, others))}")


if __name__ == "__main__":
    main()
