"""One small run that was really trained, for the tests of what pages show of runs."""

import shutil
from pathlib import Path

import pytest

from explorer.runs import worker
from explorer.runs.store import RunFolder, RunStore
from explorer.spec import DataSpec
from tests.unit.pages.visits import KEY
from tests.unit.toys import FEW_WITH_PROBE, tiny_spec, use_tiny_configs

COUNT = 24


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run of two steps with two kinds, evaluated on few scenes; not to be changed."""
    store = RunStore(tmp_path_factory.mktemp("trained") / "runs")
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_configs(patch, tmp_path_factory.mktemp("configs"))
        data = DataSpec(attribute_kinds=("color", "pattern"))
        folder = store.create(tiny_spec(model="small", data=data, preset="two-kinds", steps=2), owner_key=KEY)
        for _ in worker.execute(store, folder, budget=FEW_WITH_PROBE):
            pass
    return folder


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """An empty store, the one of this computer."""
    (tmp_path / "runs").mkdir()
    for name in ("HOST", "GRADIO_SERVER_NAME", "SYSTEM", "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    return RunStore(tmp_path / "runs")


@pytest.fixture
def done(trained: RunFolder, store: RunStore) -> RunFolder:
    """The trained run in `store`, to do with as a test likes."""
    return RunFolder(Path(shutil.copytree(trained.path, store.root / trained.run)))
