r"""Helpers of all commands: shared options, epilogs, and lines on stderr.

add_json(parser); add_runs(parser)       # --json, --runs DIR
parser.epilog = "\n".join(["presets:", *entries({"web-like": "As captions on the web are."})])
tell("loading torch")                    # stdout is reserved for the answer
"""

import argparse
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.errors import UserError

Document = dict[str, Any]
INTERRUPTED = "interrupted"
"""Key of a document that Ctrl-C ended early; it holds what was done."""


def add_json(parser: Any) -> None:
    """Add the option --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON document as the last line")


def add_runs(parser: Any) -> None:
    """Add the option --runs."""
    words = "folder of runs, default EXPLORER_RUNS or the user's data folder"
    parser.add_argument("--runs", type=folder, metavar="DIR", help=words)


def add_weights(parser: Any) -> None:
    """Add the option --weights."""
    words = "checkpoint of the architecture that MODEL names: of open_clip's trainer, or in OpenAI's format"
    parser.add_argument("--weights", metavar="FILE", help=words)


def named_model(options: Any) -> str | None:
    """Return MODEL, joined with the file of --weights."""
    model: str | None = options.model
    if options.weights is None:
        return model
    if model is None or any(sign in model for sign in "/:"):
        reason = "MODEL is then the name of an architecture, such as ViT-B-32"
        raise UserError("--weights", options.weights, reason, longest=200)
    return f"{model}:{options.weights}"


def folder(text: str) -> Path:
    """Convert an option to a path; an empty one is refused, because it would mean the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("names no folder, give its path, or . for this one")
    return Path(text)


def entries(texts: Mapping[str, str]) -> list[str]:
    """Format names with their sentences as argparse prints options."""
    lines = []
    for name, text in texts.items():
        told = textwrap.wrap(text, 70, break_on_hyphens=False)
        lines += [f"  {name}", *(f"      {line}" for line in told)]
    return lines


def duration(seconds: float) -> str:
    """Format seconds for a forecast."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def tell(sentence: str) -> None:
    """Print one line on stderr."""
    print(sentence, file=sys.stderr, flush=True)
