"""Every number names the processor that computed it, and the number of its threads."""

import platform
from pathlib import Path

import torch

from explorer.evaluation.embed import cpu_name, environment


def test_the_processor_is_named_as_linux_tells_it_or_by_the_platform(tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(
        "processor\t: 0\nmodel name\t: Toy Chip 3\nflags\t: a b\nprocessor\t: 1\nmodel name\t: Toy Chip 3\n"
    )
    assert cpu_name(told) == "Toy Chip 3"
    told.write_text("processor\t: 0\nBogoMIPS\t: 243.75\n")
    assert cpu_name(told) == cpu_name(tmp_path / "none") == (platform.processor() or platform.machine())


def test_a_report_names_processor_and_threads() -> None:
    assert environment(torch.device("cpu")).device == f"cpu ({cpu_name()}, {torch.get_num_threads()} threads)"
