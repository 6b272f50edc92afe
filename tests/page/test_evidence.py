"""The evidence and a forecast in every state, as HTML, in Node; what their pages compute, beside Python."""

import re
from pathlib import Path
from typing import Any

from tests.page.evidence_fixture import evidence
from tests.page.parts import Part

NAMES = re.compile(
    r"binding-friendly|web-like|[a-z]+(-[a-z]+)+|PNG|SVG|CSV|Parquet|COCO"
    r"|kappa|color|pattern|tilt|correlation|objects|incomplete"
)


def fixtures(folder: Path) -> dict[str, Any]:
    return evidence(folder)


PART = Part(
    name="evidence",
    fixtures=fixtures,
    untranslated=r"<code>.*?</code>|<(p|span) class=.ev-(caption|cap\b|english).*?</(p|span)>",
    is_name=lambda text: not re.search("[A-Za-z]{3}", NAMES.sub("", text)),
)
