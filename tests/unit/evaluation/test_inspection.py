"""Inspected scenes: part of the report's, scored as there, and files from strangers refused in a sentence."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import UserError
from explorer.evaluation.inspection import (
    MAX_SNAPSHOT_BYTES,
    NUM_INSPECTED,
    FormFeatures,
    Snapshot,
    inspected_forms,
    inspection_scenes,
    inspection_set,
    pair_verdict,
    score_snapshot,
)
from explorer.evaluation.metrics import normalize
from explorer.evaluation.report import score_metrics
from explorer.evaluation.results import FOLLOWED_FORMS
from explorer.spec import DataSpec
from explorer.world.render import Renderer
from explorer.world.things import THINGS
from tests.unit.evaluation.oracles import SPECS, Oracle, bag_oracle, binding_oracle, constant_oracle, features_of
from tests.unit.world.worlds import facts_of, same, text_is_true, texts_of

NAMES = ("friendly", "web")


def unit(rows: Any) -> Any:
    return normalize(np.asarray(rows, dtype=np.float64)).astype(np.float32)


def snapshot_of(data: DataSpec, oracle: Oracle, *, step: int = 7) -> Snapshot:
    """Return the records that a model would leave if it worked as the oracle does."""
    forms = {}
    for form in inspected_forms(data):
        evaluation_set = features_of(inspection_set(form, data, THINGS), oracle)
        captions = evaluation_set.captions
        forms[form] = FormFeatures(
            images=unit(evaluation_set.images), captions=unit(captions["caption"]), swapped=unit(captions["swapped"])
        )
    return Snapshot(step=step, logit_scale=20.0, forms=forms)


def make_snapshot(images: Any, captions: Any, swapped: Any) -> Snapshot:
    features = FormFeatures(images=unit(images), captions=unit(captions), swapped=unit(swapped))
    return Snapshot(step=0, logit_scale=10.0, forms={"canonical": features})


@pytest.mark.parametrize("oracle", [binding_oracle, bag_oracle, constant_oracle])
@pytest.mark.parametrize("name", NAMES)
def test_scenes_are_scored_as_in_the_report(tmp_path: Path, name: str, oracle: Oracle) -> None:
    """Also where margins are ties, and after a way through the file."""
    snapshot_now = snapshot_of(SPECS[name], oracle)
    for _ in range(2):
        snapshot_now.save(tmp_path / "a.npz")
    snapshot = Snapshot.load(tmp_path / "a.npz")
    assert (snapshot.step, snapshot.logit_scale, list(snapshot.forms)) == (7, 20.0, list(FOLLOWED_FORMS))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"], "nothing is left beside it"
    for form in FOLLOWED_FORMS:
        assert same(snapshot.forms[form], snapshot_now.forms[form])
        evaluation_set = inspection_set(form, SPECS[name], THINGS)
        expected = score_metrics(evaluation_set, features_of(evaluation_set, oracle))
        inspection = score_snapshot(snapshot, form, evaluation_set.swapped.exists)
        assert np.array_equal(inspection.correct, expected["binding_accuracy"], equal_nan=True)
        assert inspection.margins == pytest.approx(expected["margin"], abs=1e-6, nan_ok=True)
        assert inspection.binding_accuracy.n == evaluation_set.swapped.exists.sum() > 20
        assert (inspection.binding_accuracy.value, inspection.binding_accuracy.chance) == (
            1.0 if oracle is binding_oracle else 0.5,
            0.5,
        )


def test_cosines_by_hand() -> None:
    """Two images along the axes; the second scene has no swap, so its column is not a number."""
    snapshot = make_snapshot([[1, 0], [0, 1]], [[3, 4], [0, 2]], [[4, 3], [1, 0]])
    inspection = score_snapshot(snapshot, "canonical", np.array([True, False]))
    assert inspection.cosines == pytest.approx(np.array([[0.6, 0, 0.8, np.nan], [0.8, 1, 0.6, np.nan]]), nan_ok=True)
    assert inspection.margins == pytest.approx([-0.2, np.nan], nan_ok=True)
    assert inspection.correct.tolist()[0] == 0 and np.isnan(inspection.correct[1])
    assert (inspection.binding_accuracy.value, inspection.binding_accuracy.n) == (0.0, 1)
    nothing = score_snapshot(snapshot, "canonical", np.array([False, False]))
    assert nothing.binding_accuracy.value is None and np.isnan(nothing.margins).all()
    with pytest.raises(UserError, match="form=own: this snapshot has canonical"):
        score_snapshot(snapshot, "own", np.array([True]))
    exists = inspection_set("canonical", DataSpec(), THINGS).swapped.exists
    point = score_snapshot(snapshot_of(DataSpec(), constant_oracle), "canonical", exists).projection
    assert point.images == pytest.approx(0, abs=1e-6) and point.gap.value == 0 and np.isfinite(point.explained).all()


def test_in_the_plane_the_projection_keeps_distances() -> None:
    angles = np.array([[0.1, 0.4, 0.2], [1.5, 1.1, 1.3], [1.0, 1.4, 2.0]])
    points = np.stack([np.cos(angles), np.sin(angles)], axis=2)
    projection = score_snapshot(make_snapshot(*points), "canonical", np.array([True, True, True])).projection
    before = points.reshape(9, 2)
    after = np.concatenate([projection.images, projection.captions, projection.swapped])
    lengths = [np.linalg.norm(rows[:, None] - rows, axis=2) for rows in (before, after)]
    assert lengths[0] == pytest.approx(lengths[1], abs=1e-6)
    assert projection.explained.sum() == pytest.approx(1) and projection.explained[0] > projection.explained[1]
    assert after.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert (projection.captions.mean(axis=0) > projection.images.mean(axis=0)).all(), "captions to the right and above"
    gap = np.linalg.norm(points[0].mean(axis=0) - points[1].mean(axis=0))
    assert projection.gap.value == pytest.approx(gap, abs=1e-6)


def test_mirrored_features_give_the_same_projection() -> None:
    """The sign of a principal component is arbitrary, so it must not come from the solver."""
    snapshot = snapshot_of(SPECS["web"], binding_oracle)
    own = snapshot.forms["own"]
    turned = FormFeatures(images=-own.images, captions=-own.captions, swapped=-own.swapped)
    exists = inspection_set("own", SPECS["web"], THINGS).swapped.exists
    first = score_snapshot(snapshot, "own", exists).projection
    second = score_snapshot(replace(snapshot, forms={"own": turned}), "own", exists).projection
    assert first.captions == pytest.approx(second.captions, abs=1e-6)
    assert np.array_equal(np.isnan(first.swapped).any(axis=1), ~exists)


@pytest.mark.parametrize(
    ("margin", "words"),
    [
        (0.1, "Right: it is fairly sure of the caption, 88 to 12."),  # 1 / (1 + e^-2) = 0.881
        (-0.05, "Wrong: it leans to the swapped caption, 73 to 27."),  # 1 / (1 + e^-1) = 0.731
        (1e-5, "Right, barely: 50 to 50, practically a coin toss."),
        (1e5, "Right: it is sure of the caption, 99 to 1."),
        (0.0, "A tie"),
        (float("nan"), "Nothing to decide"),
    ],
)
def test_verdicts(margin: float, words: str) -> None:
    assert pair_verdict(margin, 20.0).startswith(words)


@pytest.mark.parametrize("form", FOLLOWED_FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_scenes_for_the_page_are_those_of_the_set(form: str, name: str) -> None:
    evaluation_set, expected = (
        inspection_scenes(form, SPECS[name], THINGS, 32),
        inspection_set(form, SPECS[name], THINGS),
    )
    assert [scene.record.caption for scene in evaluation_set] == texts_of(expected.caption)
    swapped = zip(texts_of(expected.swapped.captions), expected.swapped.exists, strict=True)
    assert [scene.record.swapped_caption for scene in evaluation_set] == [
        text if there else None for text, there in swapped
    ]
    images = Renderer(expected.plan, size=32).images(expected.scenes)
    assert same([scene.image for scene in evaluation_set], list(images))
    for scene, facts in zip(evaluation_set, facts_of(expected.scenes), strict=True):
        assert {thing.noun for thing in scene.record.objects} == set(facts)
        for words, captions, is_true in (
            (scene.words, scene.record.caption, True),
            (scene.swapped_words, scene.record.swapped_caption, False),
        ):
            assert (words is None) == (captions is None)
            assert captions is None or " ".join(word["text"] for word in words or []) == captions
            assert captions is None or text_is_true(captions, facts) == is_true


def arrays_with(**changes: Any) -> dict[str, Any]:
    """The arrays of a good file, some replaced; None leaves one out."""
    rows = unit(np.random.default_rng(0).normal(size=(NUM_INSPECTED, 8)))
    good = {"step": np.int64(3), "logit_scale": np.float64(14.3)}
    arrays = good | {f"canonical_{part}": rows for part in ("images", "captions", "swapped")} | changes
    return {name: array for name, array in arrays.items() if array is not None}


def snapshot_bytes(save: Callable[..., None] = np.savez, **changes: Any) -> bytes:
    file = io.BytesIO()
    save(file, **arrays_with(**changes))
    return file.getvalue()


def header_of(shape: tuple[int, ...]) -> bytes:
    """A file whose step says that it holds many more numbers than are there."""
    member, file = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(member, {"descr": "<f4", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(file, "w") as members:
        members.writestr("step.npy", member.getvalue())
    return file.getvalue()


ROWS = unit(np.eye(NUM_INSPECTED, 8) + 1)
BAD = {
    "nothing": (b"", "is not a snapshot file"),
    "cut short": (snapshot_bytes()[:-300], "is not a snapshot file"),
    "a pickle": (snapshot_bytes(step=np.array([{}], dtype=object)), "is not a snapshot file"),
    "a smaller promise": (header_of((10**9,)), "is not a snapshot file"),
    "packed": (snapshot_bytes(np.savez_compressed), "is packed or holds more"),
    "many": (snapshot_bytes(**{f"x{i}": ROWS for i in range(9)}), "is packed or holds more"),
    "large": (bytes(MAX_SNAPSHOT_BYTES + 1), f"has more than {MAX_SNAPSHOT_BYTES} bytes"),
    "no form": (snapshot_bytes(canonical_images=None), "holds other arrays than step"),
    "other names": (snapshot_bytes(other=ROWS), "holds other arrays than step"),
    "a step below 0": (snapshot_bytes(step=np.int64(-1)), "its step is not a whole number"),
    "half a step": (snapshot_bytes(step=np.float64(0.5)), "its step is not a whole number"),
    "no scale": (snapshot_bytes(logit_scale=np.float64("nan")), "its logit_scale is not a number above 0"),
    "other width": (
        snapshot_bytes(canonical_swapped=unit(np.ones((NUM_INSPECTED, 9)))),
        "its canonical_swapped are not 48 rows",
    ),
    "doubles": (snapshot_bytes(canonical_images=ROWS.astype(np.float64)), "its canonical_images are not 48 rows"),
    "not numbers": (
        snapshot_bytes(canonical_images=np.full_like(ROWS, np.nan)),
        "its canonical_images are not of length 1",
    ),
    "long rows": (snapshot_bytes(canonical_images=2 * ROWS), "its canonical_images are not of length 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_snapshot_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    content, words = BAD[name]
    path = tmp_path / "0000003.npz"
    with pytest.raises(UserError, match="snapshot=0000003.npz: cannot be read"):
        Snapshot.load(path)
    path.write_bytes(snapshot_bytes())
    assert Snapshot.load(path).step == 3
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"^snapshot=0000003.npz: .*{words}") as caught:
        Snapshot.load(path)
    assert "\n" not in str(caught.value)
