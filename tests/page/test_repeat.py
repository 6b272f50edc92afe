"""A training that is repeated, in Node: every state of its box and its page, and what they compute."""

import re
from pathlib import Path
from typing import Any

from explorer.views.registry import entries
from explorer.views.service import Service
from tests.page.parts import Part

NAMES = re.compile(r"tidy|sparse|down|a bus|How long does binding take\?|Is it lost and found at the same share\?"
                   r"|Chromium|Linux|x86|[0-9a-f]{16}")  # fmt: skip
"""What is no text of the page here: labels of the fixture, a device, a key."""


def fixtures(folder: Path) -> dict[str, Any]:
    service = Service.from_environment("127.0.0.1", {"EXPLORER_RUNS": str(folder / "runs")})
    return {"catalog": entries()["catalog"].answer(service, {})}


PART = Part(
    name="repeat",
    fixtures=fixtures,
    untranslated=r'<code.*?</code>|<p class="rp-caption.*?</p>|<dd>Chromium.*?</dd>',
    is_name=lambda text: not re.search("[A-Za-z]{3}", NAMES.sub("", text)),
)
