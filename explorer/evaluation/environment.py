"""Device and versions of packages, which accompany every number."""

import platform
from importlib.metadata import version
from pathlib import Path

import torch

from explorer.evaluation.results import Environment

REPORTED_PACKAGES = ("torch", "open_clip_torch", "transformers", "numpy", "scikit-learn")


def cpu_name(info: Path = Path("/proc/cpuinfo")) -> str:
    """Return the model of the processor as Linux tells it, elsewhere the platform's name of it."""
    lines = info.read_text().splitlines() if info.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def describe_environment(device: torch.device) -> Environment:
    """Return the name of the device, and the versions of the packages that compute."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else cpu_name()
    return Environment(
        device=f"{device.type} ({name}, {torch.get_num_threads()} threads)",
        versions={"python": platform.python_version(), **{package: version(package) for package in REPORTED_PACKAGES}},
    )
