"""A server that speaks the Hub's protocol, for the tests of models that are fetched."""

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from tests.unit.clip.hub_server import HubServer, serving


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """Without a repository, and an empty cache."""
    constants = huggingface_hub.constants
    with serving({}) as server:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "ENDPOINT", server.address)
        template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield server
