"""The Chinese page knows sentences by their ids, and shows those that version 1.0 has written in their English."""

import errno
from pathlib import Path
from typing import Any

from explorer.clip.names import model_error
from explorer.errors import UserError
from explorer.runs.endings import SERVER_STOPPED, Ended, end_if_lost, ending_after_error
from explorer.runs.state import read_run, recording_names
from explorer.runs.store import RunStore
from explorer.sentences import Listed, with_sentences
from explorer.spec import RunSpec
from explorer.views.run_record import page_record
from explorer.wording import format_bare_percent, format_duration, format_percent
from tests.oracles.store import fill_store
from tests.page.parts import run_part, said


def in_chinese(*texts: str, sentences: bool = True) -> list[str]:
    given: dict[str, Any] = {"texts": list(texts)} | ({"kept": list(texts)} if sentences else {})
    return list(run_part("words", given)["learned"])


def test_a_sentence_is_filled_from_its_values_and_numbers_are_written_in_chinese() -> None:
    left = said("run.left", time=format_duration(200))
    title = Listed(["Tidy", "changed", said("run.from", start="Web-like"), said("run.seed", seed=3)])
    refused = UserError("steps", 0, "must be from {low} to {high}", low=1, high=9).sentence
    shares = [
        said("number.between", low=format_bare_percent(share), high=format_percent(share))
        for share in (0.815, 0.9998, 0.004)
    ]
    assert in_chinese(*shares) == ["82 到 82 %", "99.98 到 99.98 %", "0.4 到 0.4 %"]
    assert in_chinese(left, title, Listed([title, "100 %"]), refused) == [
        "还剩约 3 分钟",
        "工整，有改动，从“网页式”开始，种子 3",
        "工整，有改动，从“网页式”开始，种子 3，100 %",
        "步数=0：必须在 1 到 9 之间",
    ]


def test_the_same_text_without_its_sentence_stays_whole() -> None:
    texts = ["about 3 min left", "Tidy, changed, seed 3", "steps=0: must be from 1 to 9"]
    assert in_chinese(*texts, sentences=False) == texts


def test_the_reason_of_a_refusal_is_said_alone_too() -> None:
    refused = model_error(
        "ViT-B-32/openai", "{size} MB do not fit: {free} MB are free", size="605", free="310"
    ).sentence
    given = {"texts": ["605 MB do not fit: 310 MB are free"], "kept": [refused]}
    assert run_part("words", given)["learned"] == ["605 MB 放不下：只有 310 MB 空间"]


def test_a_run_says_in_chinese_why_it_ended(tmp_path: Path) -> None:
    """Also one whose process is gone, which only its status.json tells."""
    store, ended = RunStore(tmp_path), []
    diverged = UserError("learning_rate", "1", "the loss is not a number at step {step}; give a lower one", step=3)
    for error in (Ended(SERVER_STOPPED), OSError(errno.ENOSPC, "full"), diverged):
        folder = store.create(RunSpec())
        ending = ending_after_error(error, folder.path)
        folder.end(ending.status, ending.reason)
        ended.append(page_record(read_run(store, folder.run)).reason or "")
    assert in_chinese(*ended) == [
        "服务器停止了",
        "磁盘已满：请腾出空间，再继续它或重新开始",
        "learning_rate=1：第 3 步的损失不是数；请用更低的学习率",
    ]


def test_a_sweep_says_in_chinese_that_a_cluster_lost_a_run(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    folder = store.create(RunSpec())
    end_if_lost(folder, 3)
    record = page_record(read_run(store, folder.run))
    assert (record.status, record.reason) == ("failed", "its task was lost 3 times")
    assert in_chinese(record.reason or "") == ["它的任务丢失了 3 次"]


def test_a_run_of_version_1_keeps_the_english_of_its_end(tmp_path: Path) -> None:
    store = RunStore(fill_store(tmp_path / "runs"))  # which version 1.0 has written
    record = page_record(read_run(store, "failed"))
    assert record.reason and in_chinese(record.reason) == [record.reason]
    assert in_chinese(record.title) != [record.title], "its title is made today"


def test_a_recording_of_version_1_is_named_and_keeps_what_it_says(tmp_path: Path) -> None:
    record = page_record(read_run(RunStore(tmp_path), recording_names()[0]))
    assert in_chinese(record.title) == ["工整"] and record.reason is None


def test_a_page_in_one_file_of_version_1_carries_no_sentences() -> None:
    """Its record has texts alone; what this page's table does not know of them stays English."""
    carried = {"records": {"tab-tidy": {"label": "Tidy, seed 3, trained in a tab", "reason": "stopped at 40 s"}}}
    texts = list(carried["records"]["tab-tidy"].values())
    assert with_sentences(carried) == carried and in_chinese(*texts) == texts
