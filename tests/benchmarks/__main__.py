"""python -m tests.benchmarks NAME [--quick]: see `command`.

It starts itself once more with the variables that a worker gets: threads that spin while they wait for each other make
a step on a busy computer many times slower, and OpenMP reads its variables only as it is loaded.
"""

import os
import sys

from explorer.runs.supervisor import worker_environment
from explorer.settings import settings_for

if __name__ == "__main__":
    wanted = worker_environment(settings_for(None, os.environ))
    if any(os.environ.get(name) != wanted[name] for name in ("OMP_WAIT_POLICY", "OMP_NUM_THREADS")):
        os.execve(sys.executable, [sys.executable, "-m", "tests.benchmarks", *sys.argv[1:]], wanted)
    from tests.benchmarks.command import main

    main()
