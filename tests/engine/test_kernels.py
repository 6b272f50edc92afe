"""The kernels of training in a tab are those that were compiled together: source and module change at once."""

import hashlib

from tests.kernels import KERNELS, SOURCE

DIGESTS = {
    SOURCE: "5e11491bf98e065cdc3740aaafe7ef9492e645e146720bd69641ee2be2126faa",
    KERNELS: "e20d2358bd355457ff0006c50125efc09efeea0d3d7d00edc2787e60e7e1a240",
}
"""SHA-256. `python -m tests.kernels` compiles again and compares; where it says so, pin what it made here."""


def test_source_and_module_are_the_pair_that_was_compiled() -> None:
    for path, digest in DIGESTS.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, path.name


def test_the_module_needs_nothing_but_memory() -> None:
    data = KERNELS.read_bytes()
    assert data[:4] == b"\0asm" and len(data) < 16_000
    # The import section: one import, of a memory.
    assert b"\x03env\x06memory\x02" in data
