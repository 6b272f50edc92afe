"""All runs of a computer: their folders below one.

store = RunStore(Path("runs"))
folder = store.create(spec)              # runs/<id>/spec.json, status.json; world.json of a world of one's own
store.find("tidy-3f2a"), store.all(), store.statuses()
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import LONGEST_PATH, UserError, quote_value
from explorer.evaluation_scenes import DEFAULT_SCENES, EvaluationScenes
from explorer.runs import run_lock
from explorer.runs.file_names import SPEC_FILE, STATUS_FILE, WORLD_FILE
from explorer.runs.files import (
    is_disk_full,
    sweep_leftovers,
    write_json,
)
from explorer.runs.folder import RUN_ID, RunFolder
from explorer.runs.run_status import RunStatus
from explorer.spec import OWN_WORLD, RunSpec
from explorer.world.own import world_document
from explorer.world.worlds import get_world

_NEW, NEW_FOLDER_S = ".new-", 3600.0
"""How the hidden folder of a new run begins, and the seconds after which nobody makes it any more."""
_DELETED = ".deleted-"
"""How the hidden folder of a run that is being removed begins."""


@dataclass(frozen=True)
class RunStore:
    """All runs under one folder; errors of a store that is shared with strangers do not reveal its path."""

    root: Path
    is_shared: bool = False

    @property
    def _name(self) -> str:
        return "the server's folder" if self.is_shared else str(self.root)

    def _unusable(self, done: str, error: OSError) -> UserError:
        """Make the error for a folder of runs that cannot be read or written, with a remedy."""
        advice = "" if self.is_shared else "; name a folder that can"
        if is_disk_full(error):
            advice = "; delete runs to make room"
        wanted = "cannot be {done} ({problem}){advice}"
        problem = error.strerror or error
        return UserError("runs", self._name, wanted, longest=200, done=done, problem=problem, advice=advice)

    def create(
        self,
        spec: RunSpec,
        owner_key: str | None = None,
        *,
        identity: str = "",
        is_claimed: bool = False,
        scenes: EvaluationScenes = DEFAULT_SCENES,
    ) -> RunFolder:
        """Create a queued run; with `is_claimed` this process executes it and no supervisor takes it.

        `identity` says whose the run is, for the fair order, if there is no key; `scenes` are its evaluation scenes.
        """
        name = new_id(spec.preset)
        status = RunStatus.of_new(spec, scenes)
        try:
            with self.new_folder() as folder:
                write_json(folder.path / SPEC_FILE, spec.to_json())
                if OWN_WORLD.fullmatch(spec.data.world):
                    (folder.path / WORLD_FILE).write_bytes(world_document(get_world(spec.data.world)))
                write_json(folder.path / STATUS_FILE, status.to_json())
                if owner_key is not None:
                    folder.set_owner(owner_key, identity)
                if is_claimed:
                    run_lock.take_claim(folder.path, run_lock.Process.here())
                return self.publish(folder, name)
        except OSError as error:
            raise self._unusable("written", error) from None

    def sweep(self) -> None:
        """Remove the folders of runs that a killed process was making, taking out of a zip or deleting."""
        sweep_leftovers(self.root, f"{_NEW}*", older_s=NEW_FOLDER_S)
        sweep_leftovers(self.root, f"{_DELETED}*", older_s=0.0)

    @contextmanager
    def new_folder(self) -> Iterator[RunFolder]:
        """Hold a hidden folder for the content of a new run, which is removed unless `publish` renames it."""
        path = self.root / f"{_NEW}{secrets.token_hex(6)}"
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise self._unusable("written", error) from None
        try:
            yield RunFolder(path)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, folder: RunFolder, name: str) -> RunFolder:
        """Rename a built folder to its final name, by which readers find it."""
        final = RunFolder(self.root / name)
        os.rename(folder.path, final.path)
        return final

    def find(self, run: Any) -> RunFolder | None:
        """Return the run with that id, None if there is none; an id is never a path, and only text is an id."""
        if not isinstance(run, str) or not RUN_ID.fullmatch(run):
            return None
        path = self.root / run
        # os.path says no to a folder whose name is too long for a path, or that may not be read, where pathlib raises.
        is_whole = os.path.exists(path / SPEC_FILE) and os.path.exists(path / STATUS_FILE)
        return RunFolder(path) if is_whole else None

    def get(self, run: str) -> RunFolder:
        """Return the run with that id; raise `UserError` if there is none."""
        if (folder := self.find(run)) is None:
            folder_name = quote_value(self._name, LONGEST_PATH)
            raise UserError("run", run, "there is no such run in {folder}", longest=90, folder=folder_name)
        return folder

    def all(self) -> list[RunFolder]:
        return [folder for folder, _ in self.statuses()]

    def statuses(self) -> list[tuple[RunFolder, RunStatus]]:
        """Return every run with its status, the newest first.

        Runs without a status or deleted meanwhile are left out.
        """
        try:
            names = os.listdir(self.root)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable("read", error) from None
        statuses = []
        for folder in (RunFolder(self.root / name) for name in names if RUN_ID.fullmatch(name)):
            with suppress(OSError):
                statuses.append((folder, folder.status()))
        return sorted(statuses, key=lambda each: (each[1].created or 0.0, each[0].run), reverse=True)

    def delete(self, run: str) -> None:
        """Remove a run from the disk; an executing one must be stopped first."""
        folder = self.get(run)
        gone = self.root / f"{_DELETED}{secrets.token_hex(6)}"
        try:
            with run_lock.hold_claim(folder.path) as is_held:
                if not is_held:
                    raise UserError("run", run, "it is running, stop it first")
                os.rename(folder.path, gone)
        except OSError as error:
            # A full disk has no room for a claim, so no process can take the run now; and deletion makes room.
            if not is_disk_full(error) or run_lock.is_claimed(folder.path):
                raise
            os.rename(folder.path, gone)
        shutil.rmtree(gone, ignore_errors=True)

    def find_run_model(self, run: str) -> Path | None:
        """Return the model folder of a run, for the zoo."""
        return folder.model if (folder := self.find(run)) else None


def new_id(preset: str | None) -> str:
    """Return a fresh id that begins with the preset's name, which an imported spec may set to any text."""
    name = f"{preset or 'run'}-{secrets.token_hex(6)}"
    return name if RUN_ID.fullmatch(name) else f"run-{secrets.token_hex(6)}"
