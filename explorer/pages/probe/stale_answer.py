"""Which question the answer on Probe is of, kept in the page, so that a question that has changed since is told.

kept = answered_text(values, "2 pictures, 2 captions, 3 models; answered in 4 s.")
since(values, kept)        # (that sentence, False) while the values are those; (CHANGED, True) when they are not
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

CHANGED = "The question has changed: what stands here answers the one before. Press Ask."


def answered_text(values: Sequence[Any], said: str) -> str:
    """JSON of the question that `ProbeTab.inputs` made, and of what was said of its answer."""
    return json.dumps({"of": _digest(values), "said": said})


def since(values: Sequence[Any], kept: Any) -> tuple[str, bool]:
    """What is to be said of the answer, and whether it is of an earlier question; `kept` comes back from a browser."""
    try:
        found = json.loads(kept)
        of, said = str(found["of"]), str(found["said"])
    except (TypeError, ValueError, KeyError):
        return "", False
    return (said, False) if of == _digest(values) else (CHANGED, True)


def _digest(values: Sequence[Any]) -> str:
    """A short word for a question: uploads by their names, captions less the spaces around them."""
    files, caption, others, models, own, looks = values
    named = [str(file) for file in files] if isinstance(files, list | tuple) else []
    lines = [line.strip() for line in str(others or "").splitlines() if line.strip()]
    chosen = models if isinstance(models, list) else []
    asked = [named, str(caption or "").strip(), lines, chosen, bool(own), bool(looks)]
    return hashlib.sha256(json.dumps(asked, default=str).encode()).hexdigest()[:16]
