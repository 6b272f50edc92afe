"""Device and versions, which accompany every number.

environment(torch.device("cpu"))      # {"device": "cpu (x86_64, 2 threads)", "versions": {"torch": "2.13.0", ...}}
"""

import platform
from importlib.metadata import version
from typing import Any

import torch

PACKAGES = ("torch", "open_clip_torch", "transformers", "numpy", "scikit-learn")


def environment(device: torch.device) -> dict[str, Any]:
    """Return {"device", "versions"} of a report."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return {
        "device": f"{device.type} ({name}, {torch.get_num_threads()} threads)",
        "versions": {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}},
    }
