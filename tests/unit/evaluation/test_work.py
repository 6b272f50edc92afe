"""Long work tells its share; blocks change no embedding; a callback that raises ends it and keeps the parts before."""

from typing import Any

import numpy as np
import pytest

from explorer.evaluation.analyses import embed_scenes, embed_sentences, parts_inside
from explorer.evaluation.embed import embed_ids, embed_images
from explorer.evaluation.sets import ProbeBudget, canonical_data, make_set
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer
from explorer.world.worlds import THINGS
from tests.unit.toys import tiny_clip

SIZES: dict[str, Any] = {"count": 60, "fitted": 60, "budget": ProbeBudget(fit_per_value=30, test_per_value=10)}


def test_blocks_give_the_same_embeddings() -> None:
    clip, grammar = tiny_clip(seed=1), Grammar(THINGS)
    found = make_set("canonical", canonical_data(THINGS), THINGS, seed=0, count=1100)
    renderer, told = Renderer(found.plan, size=clip.image_size), list[float]()
    seen = embed_scenes(clip, renderer, found.scenes, told.append)
    assert np.array_equal(seen, embed_images(clip, renderer.images(found.scenes)))
    assert told == pytest.approx([500 / 1100, 1000 / 1100, 1])
    ids = grammar.ids(found.caption)
    assert np.array_equal(embed_sentences(clip, grammar, ids, told.append), embed_ids(clip, grammar, ids))


class Enough(Exception):
    """Exception of a callback that ends the work."""


def test_shares_rise_to_one_and_parts_stay_where_the_work_is_ended() -> None:
    told: list[float] = []
    names = [name for part in parts_inside(tiny_clip(), THINGS, seed=0, tell=told.append, **SIZES) for name in part]
    assert told == sorted(told) and told[-1] == pytest.approx(1) and len(names) == 6

    def tell(share: float) -> None:
        if share > 320 / 760:  # of 2 * 320 scenes of the probes and 120 of the text map
            raise Enough

    kept: dict[str, object] = {}
    with pytest.raises(Enough):
        for part in parts_inside(tiny_clip(), THINGS, seed=0, tell=tell, **SIZES):
            kept |= part
    assert list(kept) == ["within_images", "within_captions"]
