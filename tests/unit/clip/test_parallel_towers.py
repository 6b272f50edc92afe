"""Two threads give the numbers of one, leave torch's threads as they were, and leave nothing running behind a fault."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

from explorer.clip.towers import ParallelTowers
from explorer.evaluation.embed import IMAGES_AT_ONCE, embed_images
from explorer.spec import DIALS, DataSpec, TrainSpec
from explorer.training.loop import Trainer
from explorer.world.plan import make_plan
from tests.unit.toys import GRAMMAR, tiny_clip

CPU = torch.device("cpu")


@contextmanager
def torch_threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train_on_threads(threads: int, **choices: Any) -> tuple[list[float], dict[str, torch.Tensor]]:
    with torch_threads(threads):
        spec = TrainSpec(**({"batch_size": 16, "steps": 3, "hard_negatives": 0.5} | choices))
        clip = tiny_clip(siglip=spec.loss == "siglip")
        training = Trainer(make_plan(DataSpec(), GRAMMAR.world, seed=0), spec, GRAMMAR, clip)
        losses = [record.loss for record in training.records()]
        return losses, training.fold().model.state_dict()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "tune"), [("clip", tune) for tune in DIALS["tune"].choices or ()] + [("siglip", "all")]
)
def test_two_threads_train_the_model_of_one(loss: str, tune: str) -> None:
    (one, weights), (two, same) = train_on_threads(1, loss=loss, tune=tune), train_on_threads(2, loss=loss, tune=tune)
    assert one == two and len(one) == 3
    assert all(torch.equal(weight, same[name]) for name, weight in weights.items())


def test_two_threads_embed_what_one_does() -> None:
    clip, images = tiny_clip(), torch.randint(0, 256, (3 * IMAGES_AT_ONCE - 7, 3, 32, 32), dtype=torch.uint8).numpy()
    with torch_threads(1):
        one = embed_images(clip, images)
    with torch_threads(2):
        two = embed_images(clip, images)
    assert np.array_equal(one, two) and len(one) == len(images)


def test_both_threads_work_at_once_and_answers_keep_their_order() -> None:
    with torch_threads(2):
        side = ParallelTowers(CPU)
        meeting = threading.Barrier(2, timeout=20)

        def job(number: int) -> tuple[int, int, int]:
            meeting.wait()
            return number, threading.get_ident(), torch.get_num_threads()

        with side.halve_threads():
            answers = side.run([lambda number=number: job(number) for number in range(4)])
        assert [number for number, _, _ in answers] == [0, 1, 2, 3]
        assert [who == threading.get_ident() for _, who, _ in answers] == [True, False, True, False]
        assert {threads for _, _, threads in answers} == {1}
        assert torch.get_num_threads() == 2


@pytest.mark.parametrize("threads", [1, 4])
def test_a_job_ahead_is_done_once_and_threads_are_given_back(threads: int) -> None:
    done: list[int] = []
    with torch_threads(threads):
        side = ParallelTowers(CPU)
        answer = side.start_on_second(lambda: done.append(threading.get_ident()))
        with pytest.raises(ZeroDivisionError), side.halve_threads():
            assert torch.get_num_threads() == max(1, threads // 2)
            raise ZeroDivisionError
        assert torch.get_num_threads() == threads
    answer()
    assert len(done) == 1 and (done[0] == threading.get_ident()) == (threads == 1)


def test_elsewhere_than_on_two_threads_of_a_cpu_all_is_done_in_turn() -> None:
    for threads, device in ((2, torch.device("meta")), (1, CPU)):
        with torch_threads(threads):
            assert set(ParallelTowers(device).run([threading.get_ident] * 3)) == {threading.get_ident()}


@pytest.mark.parametrize("faulty", [0, 1])
def test_a_fault_of_one_waits_for_the_other(faulty: int) -> None:
    ended: list[int] = []

    def job(number: int) -> None:
        if number == faulty:
            raise ValueError(f"job {number}")
        time.sleep(0.05)
        ended.append(number)

    with torch_threads(2), pytest.raises(ValueError, match=f"job {faulty}"):
        ParallelTowers(CPU).run([lambda: job(0), lambda: job(1)])
    assert ended == [1 - faulty]
