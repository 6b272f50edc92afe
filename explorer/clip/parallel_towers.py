"""Pieces of work that do not wait for one another, on two threads, each with half of torch's threads.

    work = SideBySide(device)
    with work.halved():                                   # for the thread that calls, as long as a step lasts
        image, text = work.all([encode_images, encode_ids])

The operations of a small model are too short to be cut for several cores: handing them out costs what it saves. The two
towers are long, and alike. On two cores each operation has one thread, so the numbers are those of one core, bit for
bit. Elsewhere than on a CPU, and with one thread, all is done in turn.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")


def in_turn(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """The answers of `jobs`, done one after the other."""
    return [job() for job in jobs]


class SideBySide:
    """Two threads, or one where a second would not help."""

    def __init__(self, device: torch.device) -> None:
        threads = torch.get_num_threads()
        self._threads = max(1, threads // 2)
        self._second: ThreadPoolExecutor | None = None
        if device.type == "cpu" and threads > 1:
            # What torch is told of its threads holds for the thread that tells it.
            self._second = ThreadPoolExecutor(1, "side", initializer=torch.set_num_threads, initargs=(self._threads,))

    @contextmanager
    def halved(self) -> Iterator[None]:
        """The calling thread takes its half of torch's threads too, and gives it back."""
        threads = torch.get_num_threads()
        if self._second is not None:
            torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            if self._second is not None:
                torch.set_num_threads(threads)

    def ahead(self, job: Callable[[], T]) -> Callable[[], T]:
        """Begin `job` on the second thread, if there is one; the answer waits for its end, or does it."""
        return job if self._second is None else self._second.submit(job).result

    def all(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """The answers of `jobs` in their order; the caller takes the first, the third and so on."""
        if self._second is None:
            return in_turn(jobs)
        others = [self._second.submit(job) for job in jobs[1::2]]
        found: list[T] = []
        try:
            found = in_turn(jobs[::2])
        finally:
            # Whatever fails, nothing goes on behind the caller's back.
            theirs = [other.result() for other in others]
        return [theirs[i // 2] if i % 2 else found[i // 2] for i in range(len(jobs))]
