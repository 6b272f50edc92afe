"""Share of a map within a box, by hand; maps that follow captions, and maps of models that do not."""

import numpy as np
import pytest

from explorer.evaluation.relevance import DEFINITIONS, mass_in, measure_relevance, quarters, summarize
from explorer.evaluation.user_probe import OPACITY, STOPS, blended, legend, overlay
from explorer.world.things import THINGS
from tests.unit.evaluation.test_relevance import patched_clip
from tests.unit.toys import tiny_clip

MAP = np.array([[[0.1, 0.2], [0.3, 0.4]]])


@pytest.mark.parametrize(
    ("box", "mass"),
    [
        ([0, 0, 64, 64], 1.0),
        ([0, 0, 32, 32], 0.1),
        ([32, 0, 32, 64], 0.6),
        ([16, 16, 32, 32], 0.25 * 1.0),
        ([40, 40, 8, 16], 0.4 / 8),
        ([64, 64, 8, 8], 0.0),
    ],
)
def test_mass_in_a_box_by_hand(box: list[int], mass: float) -> None:
    assert mass_in(MAP, np.array([box]), size=64)[0] == pytest.approx(mass)


def test_quarters_of_maps_that_do_and_do_not_divide() -> None:
    assert quarters(MAP)[0].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    middle = np.zeros((1, 3, 3))
    middle[0, 1, 1] = 1.0
    assert quarters(middle)[0].tolist() == pytest.approx([0.25] * 4)


def test_a_map_on_the_named_object_and_one_that_stays() -> None:
    """Boxes: a quarter of the picture, and a half of a quarter. Scene 0 follows its caption, scene 1 does not."""
    named, other = np.array([[0, 0, 32, 32]] * 3), np.array([[32, 32, 16, 32]] * 3)
    on_named, on_other = np.zeros((2, 2)), np.zeros((2, 2))
    on_named[0, 0], on_other[1, 1] = 1.0, 1.0
    maps = np.stack([[on_named, on_other], [on_named, on_named], [on_named, on_named * 0]])
    found = summarize(maps, named, other, size=64)
    # The last scene has a map of nothing, so it is left out.
    assert found["named_share"].value == 1.0 and found["named_share"].n == 2
    assert found["named_share"].chance == pytest.approx(2 / 3)
    assert found["follows"].value == pytest.approx(0.5) and found["follows"].chance == 0.0


def test_relevance_spread_evenly_is_at_chance() -> None:
    named, other = np.array([[3, 5, 20, 20]]), np.array([[35, 40, 12, 12]])
    found = summarize(np.full((1, 2, 4, 4), 1 / 16), named, other, size=64)
    assert found["named_share"].value == pytest.approx(found["named_share"].chance)
    assert found["follows"].value == pytest.approx(0.0)


@pytest.mark.parametrize("clip", [tiny_clip(), patched_clip()], ids=["2x2", "4x4"])
def test_an_untrained_model_does_not_follow_its_caption(clip: object) -> None:
    found = measure_relevance(clip, THINGS, seed=0, count=60)  # type: ignore[arg-type]
    assert found["named_share"].n <= 60 and abs(found["follows"].value or 0.0) < 0.2
    low, high = found["named_share"].low, found["named_share"].high
    assert low is not None and high is not None and low - 0.1 < (found["named_share"].chance or 0) < high + 0.1
    assert set(found) == set(DEFINITIONS)


def test_colors_of_shares() -> None:
    levels = blended(np.array([[0.0, 0.5], [0.25, 0.1]]), 0.5)
    assert levels[0, 0].tolist() == [*STOPS[0], OPACITY] and levels[0, 1].tolist() == [*STOPS[-1], OPACITY]
    assert levels.dtype == np.uint8 and (blended(np.zeros((2, 2)), 0.0)[..., :3] == STOPS[0]).all()
    assert overlay([[0.1, 0.9]], 0.9).startswith("data:image/png;base64,") and "rgb(0, 32, 77)" in legend()
