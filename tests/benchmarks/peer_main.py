"""open_clip's own training script, unchanged, with an architecture of ours registered and its steps noted down.

    python -m tests.benchmarks.peer_main CONFIGS TRACE EVERY STEPS -- --model vit-small --dataset-type csv ...

After each step of its optimizer a line {"step", "time"} goes to the file TRACE; at every EVERY-th step (0: never) the
weights too, as TRACE.STEP.pt; after STEPS steps the process ends.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import open_clip
import open_clip_train.main
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook


def main() -> None:
    """Train as asked."""
    configs, trace, every, steps = sys.argv[1:5]
    open_clip.add_model_config(Path(configs))
    create = open_clip_train.main.create_model_and_transforms
    models: list[Any] = []

    def create_and_keep(*values: Any, **named: Any) -> Any:
        made = create(*values, **named)
        models.append(made[0])
        return made

    open_clip_train.main.create_model_and_transforms = create_and_keep
    _note_steps(Path(trace), models, int(every), int(steps))
    open_clip_train.main.main(sys.argv[sys.argv.index("--") + 1 :])


def _note_steps(trace: Path, models: list[Any], every: int, steps: int) -> None:
    count = 0

    def after_step(*_: Any) -> None:
        nonlocal count
        count += 1
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        line = {"step": count, "time": time.time()}
        with trace.open("a") as file:
            file.write(json.dumps(line) + "\n")
        if every and count % every == 0:
            beside = trace.with_name(f"{trace.name}.{count}.new")
            torch.save(models[0].state_dict(), beside)
            beside.rename(trace.with_name(f"{trace.name}.{count}.pt"))
        if count == steps:
            # Its data workers would wait for a loop that has ended; SystemExit lets it close them.
            sys.exit(0)

    register_optimizer_step_post_hook(after_step)


if __name__ == "__main__":
    main()
