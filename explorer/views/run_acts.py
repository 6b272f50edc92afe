"""Acts that change runs: train, stop, resume, evaluate, delete, and bring one from a file.

    train(service, "big-only", steps=90)                   # {"run", "owner_key", "place"}

Only the holder of a run's key owns it, so a fresh browser owns none.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator

from explorer.errors import NO_VALUE, UserError
from explorer.runs.archive import import_zip
from explorer.runs.folder import RunFolder
from explorer.runs.specs import resolve
from explorer.runs.store import RunStore
from explorer.runs.supervisor import spawn_evaluation
from explorer.settings import Settings
from explorer.spec import convert_value
from explorer.views.registry import act
from explorer.views.service import Service
from explorer.world.own import parse_world
from explorer.world.worlds import keep_world


def check_uploads_allowed(settings: Settings) -> None:
    """Raise `UserError` on a shared server, before a byte of the file is read."""
    if settings.is_shared:
        raise UserError(
            "file", NO_VALUE, "this server takes no runs from files; bring it to the app on your own computer"
        )


def import_upload(store: RunStore, settings: Settings, path: Path, owner_key: str) -> RunFolder:
    """Import an uploaded zip as a run of the holder of `owner_key`; raise `UserError` for other files."""
    folder = import_zip(store, path)
    folder.set_owner(owner_key)
    if folder.awaits_report:
        spawn_evaluation(store, folder, settings)
    return folder


@act()
def train(
    service: Service,
    preset: str,
    overrides: dict[str, Any] | None = None,
    init: str = "scratch",
    tune: str = "all",
    steps: Annotated[
        int | None, PlainValidator(lambda value: value if value is None else convert_value("steps", value))
    ] = None,
    seed: Annotated[int, PlainValidator(lambda value: convert_value("seed", value))] = 0,
    owner_key: str = "",
    world: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Queue a training run, which a worker of the app trains in the background.

    Answers {"run", "owner_key", "place"}: the key stops the run, a place of 1 is the next in the queue.

    Args:
        preset: name of a recipe, for example tidy
        overrides: fields of the recipe to change, for example {"saliency_bias": 0.5}
        init: scratch, a shipped model, or the id of a run to fine-tune from
        tune: what trains of it: all, text, image, lora or text-map
        steps: batches to train, else the recipe's
        seed: of scenes, captions and weights
        owner_key: the key of an earlier answer, so that the runs of one person belong together
        world: document of a world of one's own, {"nouns": [{"word", "parts"}]}, in place of the recipe's
    """
    changes = {"init": init, "tune": tune, "seed": seed} | ({} if steps is None else {"steps": steps})
    if world is not None:
        changes["world"] = keep_world(parse_world(world)).name
    return service.queue_run(resolve(preset, {**(overrides or {}), **changes}), owner_key)


@act()
def stop(service: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Ask a run to finish its step, to evaluate and to save; it stays usable and can be resumed.

    Args:
        run: the id that train answered
        owner_key: the key that train answered
    """
    folder = service.own_run(run, owner_key)
    folder.request_stop()
    return {"status": folder.status().status}


@act()
def resume(service: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Queue a stopped or interrupted run once more, from its last checkpoint.

    Args:
        run: the id that train answered
        owner_key: the key that train answered
    """
    return {"status": service.resume_run(run, owner_key).status().status}


@act(counts_as="runs")
def evaluate_run(service: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Evaluate here the model of a run that came as a file, and replace its report and last answers.

    Args:
        run: the id of the run
        owner_key: the key that it was imported with
    """
    folder = service.own_run(run, owner_key)
    if folder.status().origin == "here":
        raise UserError("run", folder.run, "was trained here, and its report was made here too")
    if not folder.has_model:
        raise UserError("run", folder.run, "has no model that could be evaluated")
    spawn_evaluation(service.store, folder, service.settings)
    return {"run": folder.run, "status": "evaluating"}


@act()
def delete(service: Service, run: str, owner_key: str) -> dict[str, Any]:
    """Remove a run that is not being trained, with all its files.

    Args:
        run: the id that train answered
        owner_key: the key that train answered
    """
    folder = service.own_run(run, owner_key)
    service.store.delete(folder.run)
    return {"run": folder.run, "status": "deleted"}
