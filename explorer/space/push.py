"""Upload of a Space: a repository on the Hub, created if missing, and one commit with the files.

    with staged(root) as folder:
        push(folder, "someone/binding", HfApi(), private=True, hardware=None)   # its address

Each failure is one sentence. The Hub's client handles large files, retries and the commit.
"""

import re
from pathlib import Path
from typing import Any, Protocol

from huggingface_hub import SpaceHardware
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from explorer.errors import UserError

NAME = re.compile(r"(?:\w[\w.-]{0,95}/)?\w[\w.-]{0,95}", re.ASCII)
HARDWARE = tuple(kind.value for kind in SpaceHardware)
REFUSALS = {
    401: "the Hub does not know the token; log in anew with `hf auth login`",
    402: "the Hub wants a paid plan for this hardware; --hardware zero-a10g is free",
    403: "the token may not write there; make one that may, or name a repository of your own",
}


class Hub(Protocol):
    """The methods of `huggingface_hub.HfApi` that are used."""

    def create_repo(
        self,
        repo_id: str,
        *,
        repo_type: str,
        space_sdk: str,
        space_hardware: SpaceHardware | None,
        private: bool,
        exist_ok: bool,
    ) -> Any:
        """Create the repository; return its address as text."""

    def upload_folder(self, *, repo_id: str, folder_path: Path, repo_type: str, commit_message: str) -> Any:
        """Commit the files of a folder."""


def check_target(repo: str, hardware: str | None) -> None:
    """Raise `UserError` if the name or the hardware is invalid."""
    if not NAME.fullmatch(repo):
        raise UserError("--push", repo, "name the Space as NAME or OWNER/NAME")
    if hardware is not None and hardware not in HARDWARE:
        raise UserError("--hardware", hardware, f"choose {', '.join(HARDWARE)}")


def push(folder: Path, repo: str, hub: Hub, *, private: bool, hardware: str | None) -> str:
    """Upload the files of `folder` to the Space `repo`; return the address of the Space."""
    wanted = None if hardware is None else SpaceHardware(hardware)
    try:
        made = hub.create_repo(
            repo, repo_type="space", space_sdk="gradio", space_hardware=wanted, private=private, exist_ok=True
        )
        name = getattr(made, "repo_id", repo)
        hub.upload_folder(repo_id=name, folder_path=folder, repo_type="space", commit_message="The page and its models")
    except Exception as error:  # connection errors are those of an HTTP library that the client may change
        raise UserError("--push", repo, _reason(error)) from error
    return str(made)


def _reason(error: Exception) -> str:
    if isinstance(error, HFValidationError):
        return f"no Space can have that name ({' '.join(str(error).split())[:200]})"
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        status = error.response.status_code
        return REFUSALS.get(status, f"the Hub refused it (status {status}): {' '.join(str(error).split())[:200]}")
    return f"the Hub cannot be reached or did not answer ({type(error).__name__})"
