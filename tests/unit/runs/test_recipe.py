"""The recipe changes with the code that trains and not with its comments."""

from pathlib import Path

import pytest

from explorer.runs import recipe as module
from explorer.runs.recipe import recipe
from explorer.spec.run_spec import RECIPE


def test_every_source_is_there_and_the_word_is_short() -> None:
    sources = module._sources()
    assert all(path.is_file() for path in sources) and len(set(sources)) == len(sources)
    core = "loop.py losses.py optimizer.py muon.py scenes.py metrics.py clip.py towers.py small.json".split()
    assert set(core) <= {path.name for path in sources}
    assert recipe() == recipe()
    version, _, digest = recipe().partition(".")
    assert int(version) == RECIPE and len(digest) == 12


def test_comments_and_layout_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "loop.py"
    monkeypatch.setattr(module, "_sources", lambda: [path])

    def word(text: str) -> str:
        path.write_text(text)
        recipe.cache_clear()
        return recipe()

    try:
        first = word("rate = f(1, 2)  # why\n")
        assert word("rate = f(\n    1,\n    2,\n)\n") == first != word("rate = f(1, 3)\n")
    finally:
        recipe.cache_clear()
