"""The kernels of training in a tab are those that were compiled together: source and module change at once."""

import hashlib

from tests.kernels import KERNELS, SOURCE

DIGESTS = {
    SOURCE: "138430a707381e907d928cae123d003901738aa522f7415b80e1c16aa934995e",
    KERNELS: "a5a6f16d873bd548a7300a67d24723a33790bffc08ef27e55f042124f0d45791",
}
"""SHA-256. `python -m tests.kernels` compiles again and compares; where it says so, pin what it made here."""


def test_source_and_module_are_the_pair_that_was_compiled() -> None:
    for path, digest in DIGESTS.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, path.name


def test_the_module_needs_nothing_but_memory() -> None:
    data = KERNELS.read_bytes()
    assert data[:4] == b"\0asm" and len(data) < 17_000
    # The import section: one import, of a memory.
    assert b"\x03env\x06memory\x02" in data
