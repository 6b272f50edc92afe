"""Independent jobs on two threads, each with half of torch's threads.

    work = SideBySide(device)
    with work.halved():                                   # for the calling thread, during a step
        image, text = work.all([encode_images, encode_ids])

The operations of a small model are too short to be split over cores: dispatch costs as much as it saves. The two towers
are long, and of similar length. On two cores each operation has one thread, so the numbers equal those of one core bit
for bit. On a GPU, or with one thread, jobs run sequentially.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")


def in_turn(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Run `jobs` sequentially and return their results."""
    return [job() for job in jobs]


class SideBySide:
    """Two threads, or one if a second would not help."""

    def __init__(self, device: torch.device) -> None:
        threads = torch.get_num_threads()
        self._threads = max(1, threads // 2)
        self._second: ThreadPoolExecutor | None = None
        if device.type == "cpu" and threads > 1:
            # torch keeps the number of threads per calling thread.
            self._second = ThreadPoolExecutor(1, "side", initializer=torch.set_num_threads, initargs=(self._threads,))

    @contextmanager
    def halved(self) -> Iterator[None]:
        """Halve torch's threads of the calling thread, as a context manager."""
        threads = torch.get_num_threads()
        if self._second is not None:
            torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            if self._second is not None:
                torch.set_num_threads(threads)

    def ahead(self, job: Callable[[], T]) -> Callable[[], T]:
        """Start `job` on the second thread, if there is one.

        The returned function waits for its result, or computes it.
        """
        return job if self._second is None else self._second.submit(job).result

    def all(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Return the results of `jobs` in their order; the caller runs the first, the third and so on."""
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
