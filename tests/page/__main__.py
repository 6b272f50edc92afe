"""Run the tests of a part of the page in Node: `python -m tests.page bench [TEXT]`, of those whose names have the text.

The tests are functions in a script of the part, such as `bench_tests.js`; each that fails is told with its reason.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.page.parts import run_part
from tests.page.test_states import PARTS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.page", description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=[*PARTS])
    parser.add_argument("text", nargs="?", default="", help="part of the names of the tests to run; all by default")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = run_part(asked.part, PARTS[asked.part].fixtures(Path(folder)), asked.text)
    for name in told["ran"]:
        print(f"{'failed' if name in told['failed'] else 'passed'}: {name}")
    if not told["ran"]:
        sys.exit(f"No test of {asked.part} has this in its name: {asked.text}")
    sys.exit("\n\n".join(told["failed"].values()) or 0)


if __name__ == "__main__":
    main()
