"""Snapshots of a real model: what the report would embed, typed captions, and the processor that computed it."""

import platform
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.errors import UserError
from explorer.evaluation.embed import embed_captions, embed_images, embed_scenes, embed_set, embed_texts
from explorer.evaluation.environment import cpu_name, describe_environment
from explorer.evaluation.inspection import NUM_INSPECTED, Snapshot, inspection_scenes, inspection_set, score_snapshot
from explorer.evaluation.report import score_metrics
from explorer.evaluation.snapshots import SnapshotTaker, score_caption
from explorer.spec import DataSpec
from explorer.world.things import THINGS
from tests.unit.evaluation.oracles import SPECS, set_of
from tests.unit.toys import GRAMMAR, NOUNS, noise_images, tiny_clip
from tests.unit.world.worlds import same


def test_blocks_give_the_same_embeddings_and_tell_what_is_done() -> None:
    clip, progress = tiny_clip(seed=1), list[float]()
    evaluation_set = set_of("canonical", DataSpec(), count=1100)
    seen = embed_scenes(clip, evaluation_set.plan, evaluation_set.scenes, progress.append)
    assert np.array_equal(seen, embed_images(clip, evaluation_set.images(clip.image_size)))
    assert progress == pytest.approx([500 / 1100, 1000 / 1100, 1])
    right, wrong = embed_captions(clip, GRAMMAR, [evaluation_set.caption, evaluation_set.swapped.captions])
    texts = GRAMMAR.texts(GRAMMAR.ids(evaluation_set.swapped.captions.rows(slice(3))))
    assert wrong[:3] == pytest.approx(embed_texts(clip, texts), abs=1e-5) and not np.array_equal(right, wrong)


@pytest.mark.parametrize("name", ["friendly", "web"])
def test_a_snapshot_scores_as_the_report_does(tmp_path: Path, name: str) -> None:
    clip, data = tiny_clip(), SPECS[name]
    SnapshotTaker(clip, THINGS, data).take(12).save(tmp_path / "a.npz")
    snapshot = Snapshot.load(tmp_path / "a.npz")
    assert snapshot.step == 12 and list(snapshot.forms) == ["canonical", "own"]
    assert snapshot.logit_scale == pytest.approx(float(clip.model.logit_scale.detach().exp()))
    for form in ("canonical", "own"):
        evaluation_set = inspection_set(form, data, THINGS)
        expected = score_metrics(evaluation_set, embed_set(clip, GRAMMAR, evaluation_set))
        seen = score_snapshot(snapshot, form, evaluation_set.swapped.exists)
        assert seen.margins == pytest.approx(expected["margin"], abs=1e-5, nan_ok=True)
        # An untrained model's margins are small, but none so small that rounding to float32 turns it.
        assert np.array_equal(seen.correct, expected["binding_accuracy"], equal_nan=True)


def test_the_mode_of_the_model_is_put_back_and_its_weights_stay() -> None:
    clip = tiny_clip()
    clip.model.train()
    before = {name: tensor.clone() for name, tensor in clip.model.state_dict().items()}
    modes: list[bool] = []
    for end in (clip.model.visual.ln_post, clip.model.ln_final):
        end.register_forward_pre_hook(lambda module, _: modes.append(module.training))
    taker = SnapshotTaker(clip, THINGS, DataSpec())
    first, second = taker.take(0), taker.take(1)
    score_caption(clip, "a red bus", noise_images(2).numpy())
    assert clip.model.training
    assert len(modes) == 6 and not any(modes)
    assert all(torch.equal(tensor, before[name]) for name, tensor in clip.model.state_dict().items())
    assert same(first.forms["own"], second.forms["own"])
    with torch.no_grad():
        clip.model.text_projection.mul_(torch.randn(16))
    later = taker.take(2).forms["own"]
    assert same(first.forms["own"].images, later.images) and not same(first.forms["own"].captions, later.captions)


def test_another_vocabulary_reads_the_same_captions() -> None:
    words = (*GRAMMAR.words[:4], *reversed(GRAMMAR.words[4:]))
    clip = tiny_clip(words=words)
    snapshot = SnapshotTaker(clip, THINGS, DataSpec()).take(0)
    scenes = inspection_scenes("own", DataSpec(), THINGS, clip.image_size)
    images = np.stack([scene.image for scene in scenes])
    own = score_snapshot(snapshot, "own", np.ones(NUM_INSPECTED, dtype=bool)).cosines[:, 3]
    assert score_caption(clip, scenes[3].record.caption, images) == pytest.approx(own, abs=1e-5)


def test_a_typed_caption_is_scored_and_may_hold_any_words() -> None:
    clip, images = tiny_clip(), noise_images(5).numpy()
    cosines = score_caption(clip, "A RED bus and a zebra", images)
    assert cosines.shape == (5,) and (np.abs(cosines) <= 1).all()
    assert cosines == pytest.approx(score_caption(clip, "a red bus  and a unicorn", images))
    assert not np.allclose(cosines, score_caption(clip, f"a red bus and a {NOUNS[2]}", images))
    assert clip.unknown_words("A RED zebra and an [EOS] zebra") == ("zebra", "[eos]")
    assert replace(clip, words=None).unknown_words("a zebra") == ()


def test_a_caption_is_read_to_its_end_or_refused() -> None:
    clip, images = tiny_clip(), noise_images(1).numpy()
    for text, words in (
        (" \n ", "give a text of 1 to 300 characters"),
        ("a " * 60, "has 60 words, the model"),
    ):
        with pytest.raises(UserError, match=words):
            score_caption(clip, text, images)
    most = GRAMMAR.context_length - 2
    first, second = ("a " * (most - 1) + last for last in NOUNS[:2])
    assert not np.allclose(score_caption(clip, first, images), score_caption(clip, second, images))


def test_the_processor_is_named_as_linux_tells_it_or_by_the_platform(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(
        "processor\t: 0\nmodel name\t: Toy Chip 3\nflags\t: a b\nprocessor\t: 1\nmodel name\t: Toy Chip 3\n"
    )
    assert cpu_name(file) == "Toy Chip 3"
    file.write_text("processor\t: 0\nBogoMIPS\t: 243.75\n")
    assert cpu_name(file) == cpu_name(tmp_path / "none") == (platform.processor() or platform.machine())
    assert describe_environment(torch.device("cpu")).device == f"cpu ({cpu_name()}, {torch.get_num_threads()} threads)"
