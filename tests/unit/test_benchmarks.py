"""The benchmarks' command: rows, then one line of JSON with the keys that its module declares."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.command import BENCHMARKS, benchmark_words, main
from tests.benchmarks.machine import percentiles
from tests.benchmarks.page import figures_over_budget

ROOT = Path(__file__).parents[2]


def test_an_unknown_name_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["speed"])
    assert stopped.value.code == 2
    assert "time_to_binding" in capsys.readouterr().err


def test_every_benchmark_has_words_and_keys() -> None:
    document = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for name, each in BENCHMARKS.items():
        assert (
            len(benchmark_words(name)) > 20 and "`" not in benchmark_words(name) and each.KEYS and callable(each.run)
        ), name
        assert f"| `{name}` |" in document


def test_a_percentile_is_of_thirty_waits_or_more() -> None:
    waits = [float(wait) for wait in range(1, 31)]
    assert percentiles("dial", waits) == {"dial_p50_ms": 15.0, "dial_p95_ms": 29.0, "dial_n": 30}
    assert percentiles("dial", waits[1:]) == {"dial_p50_ms": None, "dial_p95_ms": None, "dial_n": 29}
    assert percentiles("dial", []) == {"dial_p50_ms": None, "dial_p95_ms": None, "dial_n": 0}


def test_what_is_beyond_the_budget_is_told() -> None:
    desk = {"samples_ms": 1e6, "nodes": 10}
    assert figures_over_budget({"desk": desk, "phone": None, "start_cpu_s": 0.1, "rest_mb": 1e4}) == [
        "desk.samples_ms 1e+06 > 800", "server.rest_mb 1e+04 > 175"]  # fmt: skip


@pytest.mark.nightly
@pytest.mark.parametrize("arguments", [["gpu", "--device", "cpu"], ["start"], ["step"], ["soak"]])
def test_a_benchmark_ends_with_one_line_of_json(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "tests.benchmarks", *arguments, "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    *rows, last = done.stdout.splitlines()
    result, name = json.loads(last), arguments[0]
    assert result["benchmark"] == name and result["quick"] and set(BENCHMARKS[name].KEYS) <= set(result)
    if name == "gpu":
        assert result["device"] == "cpu" and result["copies_per_step"] == 0
        assert result["cells"][0]["loss"] == result["cells"][0]["loss_on_cpu"]
    elif name == "start":
        assert 0 < result["first_answer_s"] < 180
    elif name == "step":
        assert all(result[key] > 0 for key in BENCHMARKS[name].KEYS[:4])
        assert any(row.split()[0] == "ratio" for row in rows)
    else:
        assert result["errors"] == 0, rows


def test_a_device_is_for_the_benchmark_that_takes_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["step", "--device", "cpu"])
    assert stopped.value.code == 2 and "--device=cpu: step measures every device" in capsys.readouterr().err
