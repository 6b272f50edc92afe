"""The meter by hand; blocks change no embedding; a callback that raises ends the work and keeps the parts before."""

from typing import Any

import numpy as np
import pytest

from explorer.evaluation import analyses
from explorer.evaluation.analyses import (
    Amount,
    Meter,
    Pace,
    amount_inside,
    embed_scenes,
    embed_sentences,
    fit_text_map,
    forecast,
    parts_inside,
)
from explorer.evaluation.embed import embed_ids, embed_images
from explorer.evaluation.sets import ProbeBudget, canonical_data, make_set
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer
from explorer.world.things import THINGS
from tests.unit.toys import tiny_clip


def test_shares_and_seconds_left_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(analyses.time, "monotonic", lambda: now[0])
    told: list[float] = []
    meter = Meter(
        Amount(images=10, texts=20), Pace(image_s=2.0, text_s=0.5), tell=lambda meter: told.append(meter.share)
    )
    assert (meter.share, meter.left_s) == (0, 30)  # 10 * 2 + 20 / 2
    now[0] += 12
    meter.add(Amount(images=3))
    meter.add(Amount(texts=12))
    assert told == [0.2, 0.4] and meter.left_s == pytest.approx(18)  # 12 s for two fifths
    meter.add(Amount(images=99))
    assert (meter.share, meter.left_s) == (1, 0)


def test_blocks_give_the_same_embeddings() -> None:
    clip, grammar = tiny_clip(seed=1), Grammar(THINGS)
    found = make_set("canonical", canonical_data(THINGS), THINGS, seed=0, count=1100)
    renderer, counts = Renderer(found.plan, size=clip.image_size), []
    meter = Meter(Amount(images=1100, texts=1), Pace(image_s=1, text_s=1), tell=lambda meter: counts.append(meter.done))
    seen = embed_scenes(clip, renderer, found.scenes, meter)
    assert np.array_equal(seen, embed_images(clip, renderer.images(found.scenes)))
    assert [each.images for each in counts] == [500, 1000, 1100]
    ids = grammar.ids(found.caption)
    assert np.array_equal(embed_sentences(clip, grammar, ids, meter), embed_ids(clip, grammar, ids))
    assert counts[-1].texts == len(np.unique(ids, axis=0))


def test_a_forecast_is_a_positive_pace() -> None:
    pace = forecast(tiny_clip(), THINGS)
    assert pace.image_s > 0 and pace.text_s > 0


class Enough(Exception):
    """Exception of a callback that ends the work."""


def test_parts_stay_where_the_work_is_ended() -> None:
    clip = tiny_clip()
    sizes: dict[str, Any] = {"count": 60, "fitted": 60, "budget": ProbeBudget(fit_per_value=30, test_per_value=10)}
    total = amount_inside(clip, THINGS, **sizes)
    assert total == Amount(images=2 * 320 + 120, texts=2 * 320 + 240)

    def tell(meter: Meter) -> None:
        if meter.done.images > 320:
            raise Enough

    kept: dict[str, object] = {}
    with pytest.raises(Enough):
        meter = Meter(total, Pace(image_s=1, text_s=1), tell=tell)
        for part in parts_inside(clip, THINGS, seed=0, meter=meter, **sizes):
            kept |= part
    assert list(kept) == ["within_images", "within_captions"]


def test_a_meter_changes_no_result() -> None:
    clip = tiny_clip()
    meter = Meter(Amount(images=1, texts=1), Pace(image_s=1, text_s=1), tell=lambda _: None)
    with_meter = fit_text_map(clip, THINGS, seed=0, fitted=100, tested=50, meter=meter)
    assert (
        with_meter.after == fit_text_map(clip, THINGS, seed=0, fitted=100, tested=50).after and meter.done.images > 100
    )
