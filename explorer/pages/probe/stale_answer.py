"""Detection of stale answers by a digest of the inputs, which the page keeps.

kept = answered_text(values, "2 pictures, 2 captions, 3 models; answered in 4 s.")
since(values, kept)        # (that sentence, False) for the same values; (CHANGED, True) after a change
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

CHANGED = "The question has changed: what stands here answers the one before. Press Ask."


def answered_text(values: Sequence[Any], said: str) -> str:
    """Return JSON of the question that `ProbeTab.inputs` made, and of the remark on its answer."""
    return json.dumps({"of": _digest(values), "said": said})


def since(values: Sequence[Any], kept: Any) -> tuple[str, bool]:
    """Return the remark on the answer, and True if its question is an earlier one; `kept` comes back from a browser."""
    try:
        found = json.loads(kept)
        of, said = str(found["of"]), str(found["said"])
    except (TypeError, ValueError, KeyError):
        return "", False
    return (said, False) if of == _digest(values) else (CHANGED, True)


def _digest(values: Sequence[Any]) -> str:
    """Return a digest of a question: uploads by their names, captions without the spaces around them."""
    files, caption, others, models, own, looks = values
    named = [str(file) for file in files] if isinstance(files, list | tuple) else []
    lines = [line.strip() for line in str(others or "").splitlines() if line.strip()]
    chosen = models if isinstance(models, list) else []
    asked = [named, str(caption or "").strip(), lines, chosen, bool(own), bool(looks)]
    return hashlib.sha256(json.dumps(asked, default=str).encode()).hexdigest()[:16]
