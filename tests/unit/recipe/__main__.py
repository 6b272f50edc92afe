"""Write the golden values, for a person who raised `PROTOCOL_VERSION` or added a preset.

    python -m tests.unit.recipe

Exits with 2, and leaves the file alone, if a golden value would change under the recipe that it belongs to.
"""

import json
import sys

from tests.unit.recipe.golden import GOLDEN, Stale, compute, read_golden, update_golden

try:
    values = update_golden(read_golden() if GOLDEN.exists() else {"recipe": 0}, compute())
except Stale as error:
    print(f"{error}. Raise PROTOCOL_VERSION if the change is meant.", file=sys.stderr)
    sys.exit(2)
GOLDEN.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
