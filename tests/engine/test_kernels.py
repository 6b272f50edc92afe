"""The kernels of training in a tab are those that were compiled together: source and module change at once."""

import hashlib

from tests.kernels import KERNELS, SOURCE

DIGESTS = {
    SOURCE: "af721333e2301227aa9f258b01e0f0542448bc3915137709c7e3777fd381ad76",
    KERNELS: "501c6948ee21798c133d6878f1401e86ec59dc646b98a98f9573ab9630ee5d67",
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
