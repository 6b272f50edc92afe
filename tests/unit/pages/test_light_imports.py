"""The pages import Gradio without pyarrow and without renewing its stub files, and leave nothing changed behind."""

import inspect
import json
import subprocess
import sys

import pytest

CODE = """
import inspect, json, sys
before = inspect.getfile
import explorer.pages
import gradio.component_meta, pandas
loaded = "pyarrow" in sys.modules
table = pandas.DataFrame({"a": [1, 2]})
import io
file = io.BytesIO()
table.to_parquet(file)
print(json.dumps({
    "loaded": loaded,
    "restored": inspect.getfile is before,
    "events": hasattr(sys.modules["gradio"].Button, "click"),
    "read": pandas.read_parquet(file).a.tolist(),
}))
"""


@pytest.mark.slow
def test_arrow_is_loaded_only_when_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer == {"loaded": False, "restored": True, "events": True, "read": [1, 2]}


def test_the_caller_that_is_skipped_still_exists() -> None:
    from gradio import component_meta

    assert "except OSError" in inspect.getsource(component_meta.create_or_modify_pyi)
