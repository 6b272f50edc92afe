"""Compile the kernels of training in a tab again, and compare the bytes with those that are committed.

    pip install ziglang==0.17.1
    python -m tests.kernels             # for the nightly checks: exits with 1 if the bytes differ
    python -m tests.kernels --write     # after a change of kernels.c; then pin both digests in the test

The digests stand in tests/engine/test_kernels.py. Nothing else needs the compiler, as kernels.wasm is committed beside
kernels.c. ziglang is a wheel with clang inside.
"""

import argparse
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from explorer.resources import ASSETS

SOURCE = ASSETS / "engine" / "train" / "kernels.c"
KERNELS = SOURCE.with_suffix(".wasm")
COMPILER = "0.17.1"
FLAGS = (
    "-target wasm32-freestanding -mcpu=generic+simd128 -O3 -fno-unroll-loops -ffp-contract=off -fno-builtin -nostdlib"
    " -s -Wall -Wextra -Werror -Wl,--no-entry -Wl,--import-memory -Wl,--export=__heap_base"
).split()


def compile_kernels() -> bytes:
    """The module, compiled in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "kernels.c", Path(folder) / "kernels.wasm"
        source.write_bytes(SOURCE.read_bytes())
        subprocess.run([sys.executable, "-m", "ziglang", "cc", *FLAGS, source, "-o", target], check=True)
        return target.read_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kernels", description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="replace kernels.wasm")
    options = parser.parse_args()
    try:
        release = version("ziglang")
    except PackageNotFoundError:
        release = "none"
    if release != COMPILER:
        sys.exit(f"ziglang={release}: the kernels are compiled by {COMPILER}; pip install ziglang=={COMPILER}")
    made = compile_kernels()
    if options.write:
        KERNELS.write_bytes(made)
    elif made != KERNELS.read_bytes():
        sys.exit(f"{KERNELS.name} is not what {SOURCE.name} compiles to; python -m tests.kernels --write")
    print(f"{KERNELS.name}: {len(made):,} bytes, as compiled")


if __name__ == "__main__":
    main()
