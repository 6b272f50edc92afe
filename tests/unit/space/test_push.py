"""Requests to the Hub for an upload, and each way to fail as one sentence."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

from explorer.errors import UserError
from explorer.space.upload import check_target, push


class Address(str):
    """Answer of the client: an address that knows its repository."""

    repo_id = "anna/toy"


class Recorder:
    """A Hub that keeps what it is asked, and fails at a call if it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def create_repo(self, repo_id: str, **choices: Any) -> Address:
        self.calls.append(("create_repo", {"repo_id": repo_id, **choices}))
        return Address("https://huggingface.co/spaces/anna/toy")

    def upload_folder(self, **choices: Any) -> None:
        self.calls.append(("upload_folder", choices))
        if self.error:
            raise self.error


def refusal(status: int) -> HfHubHTTPError:
    response: Any = SimpleNamespace(status_code=status, headers={}, request=None)
    return HfHubHTTPError("no\nentry", response=response)


def test_the_space_is_made_and_filled(tmp_path: Path) -> None:
    hub = Recorder()
    url = push(tmp_path, "toy", hub, private=True, hardware="zero-a10g")
    assert url == "https://huggingface.co/spaces/anna/toy"
    (_, made), (_, filled) = hub.calls
    assert made == {
        "repo_id": "toy",
        "repo_type": "space",
        "space_sdk": "gradio",
        "private": True,
        "exist_ok": True,
        "space_hardware": "zero-a10g",
    }
    assert (filled["repo_id"], filled["repo_type"], filled["folder_path"]) == ("anna/toy", "space", tmp_path)


def test_a_static_space_is_asked_for_as_one(tmp_path: Path) -> None:
    hub = Recorder()
    push(tmp_path, "anna/toy", hub, private=False, hardware=None, sdk="static")
    assert hub.calls[0][1]["space_sdk"] == "static"


def test_hardware_is_not_asked_for_unless_it_is_named(tmp_path: Path) -> None:
    hub = Recorder()
    push(tmp_path, "anna/toy", hub, private=False, hardware=None)
    assert hub.calls[0][1]["space_hardware"] is None and hub.calls[0][1]["private"] is False


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refusal(401), "--push anna/toy: the Hub does not know the token"),
        (refusal(402), "--push anna/toy: the Hub wants a paid plan"),
        (refusal(403), "--push anna/toy: the token may not write there"),
        (HFValidationError("two\ndots"), "--push anna/toy: no Space can have that name (two dots)"),
        (refusal(500), "--push anna/toy: the Hub refused it (status 500): no entry"),
        (OfflineModeIsEnabled("off"), "--push anna/toy: the Hub cannot be reached or did not answer"),
        (ConnectionError("reset"), "--push anna/toy: the Hub cannot be reached or did not answer (ConnectionError)"),
    ],
)
def test_what_fails_is_one_sentence(tmp_path: Path, error: Exception, sentence: str) -> None:
    with pytest.raises(UserError) as told:
        push(tmp_path, "anna/toy", Recorder(error), private=False, hardware=None)
    assert str(told.value).startswith(sentence) and "\n" not in str(told.value)


@pytest.mark.parametrize("repo", ["", "a/b/c", "a b", "--x", "x" * 200, "../up"])
def test_a_name_that_no_space_can_have(repo: str) -> None:
    with pytest.raises(UserError, match="^--push .*: name the Space as NAME or OWNER/NAME$"):
        check_target(repo, None)


def test_hardware_that_does_not_exist() -> None:
    check_target("anna/toy", "zero-a10g")
    with pytest.raises(UserError, match="^--hardware gpu: choose cpu-basic, "):
        check_target("anna/toy", "gpu")
