"""Run the code of docs/quickstart.ipynb, and check the results that its text states."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).resolve().parent.parent / "docs" / "quickstart.ipynb"
MAX_BYTES = 20_000


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    names: dict[str, Any] = {}
    for number, source in enumerate(cells("code")):
        exec(compile(source, f"cell {number}", "exec"), names)
    assert "things-bound: binding_accuracy 1.000" in capsys.readouterr().out
    assert names["answer"]["margin"][0] > 0
    assert len(names["losses"]) == 10 and names["losses"][-1] < names["losses"][0]
    assert (
        "Tidy, changed: CLIP Binding Explorer" in names["shown"]._repr_html_()
        and "sandbox=" in names["canvas"]._repr_html_()
    )
    assert names["board"]["measured"] == 3 and all(Path(each).is_file() for each in names["board"]["files"])
    assert names["drawing"].plotly().data[0].y == tuple(round(loss, 4) for loss in names["losses"])


def test_the_notebook_holds_no_output() -> None:
    assert NOTEBOOK.stat().st_size < MAX_BYTES
    assert not [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell.get("outputs")]


def test_the_text_names_only_what_the_code_has() -> None:
    code = "\n".join(cells("code"))
    names = re.findall(r"`([a-z_.]+)`", "\n".join(cells("markdown")))
    assert names and [name for name in names if not re.search(rf"\b{re.escape(name)}\b", code)] == []


def cells(kind: str) -> list[str]:
    document = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in document if cell["cell_type"] == kind]
