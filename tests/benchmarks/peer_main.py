"""open_clip's own training script, unchanged, with an architecture of ours registered and its steps noted down.

    python -m tests.benchmarks.peer_main CONFIGS TRACE EVERY STEPS -- --model vit-small --dataset-type csv ...

After each step of its optimizer a line with the time goes to the file TRACE; at every EVERY-th step (0: never) the
weights too, as TRACE.STEP.pt; after STEPS steps the process ends.
"""

import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

import open_clip
import open_clip_train.main
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook


def main() -> None:
    """Train as asked."""
    configs, trace, every, steps = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    open_clip.add_model_config(configs)
    create, models, numbers = open_clip_train.main.create_model_and_transforms, list[Any](), count(1)

    def create_and_keep(*values: Any, **named: Any) -> Any:
        made = create(*values, **named)
        models.append(made[0])
        return made

    def after_step(*_: Any) -> None:
        number = next(numbers)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        with trace.open("a") as file:
            file.write(f"{time.time()}\n")
        if every and number % every == 0:
            beside = trace.with_name(f"{trace.name}.{number}.new")
            torch.save(models[0].state_dict(), beside)
            beside.rename(trace.with_name(f"{trace.name}.{number}.pt"))
        if number == steps:
            # Its data workers would wait for a loop that has ended; SystemExit lets it close them.
            sys.exit(0)

    open_clip_train.main.create_model_and_transforms = create_and_keep
    register_optimizer_step_post_hook(after_step)
    open_clip_train.main.main(sys.argv[sys.argv.index("--") + 1 :])


if __name__ == "__main__":
    main()
