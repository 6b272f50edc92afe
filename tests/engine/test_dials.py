"""The dials of experiments in the engine: they train as torch does, and a training is asked in the forms of a study."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from explorer.clip.clip import Clip
from explorer.clip.fresh import fresh_clip
from explorer.codec import encode
from explorer.evaluation.embed import embed_captions, embed_images
from explorer.evaluation.metrics import pairwise
from explorer.evaluation.sets import canonical_data, form_data, make_set
from explorer.presets import PRESETS
from explorer.runs.tab_training import describe_tab_evaluation
from explorer.spec import DataSpec, RunSpec, override
from explorer.training.loop import Trainer
from explorer.world.grammar import Grammar
from explorer.world.plan import make_plan
from explorer.world.worlds import WORLDS
from research.asked_alike import forms_asked_alike
from tests.engine.node import Ask, RefusedByEngine, config_of, order

WORLD = WORLDS["things"]
STEPS = 4
DIALED = {
    "told_together": ("tidy", {"told_together": "at-most-one", "attribute_density": 0.5}),
    "bare_word": ("tidy", {"bare_word": "certain", "attribute_density": 0.5, "hard_negatives": 0.5}),
    "wrong_values": ("web-like", {"wrong_values": 0.25, "hard_negatives": 0.5, "mask_false_negatives": True}),
    "tidy_share": ("web-like", {"tidy_share": 0.3, "tidy_kinds": "color,tilt", "mask_false_negatives": True}),
}


def spec_of(name: str, **changes: Any) -> RunSpec:
    recipe, dials = DIALED[name]
    base = PRESETS["binding-friendly" if recipe == "tidy" else recipe].spec
    return override(base, {**dials, "batch_size": 64, "steps": STEPS, **changes})


def stored_clip(spec: RunSpec, path: Path) -> tuple[Clip, str]:
    """A model with fresh weights, which lie in a file of this folder too."""
    clip = fresh_clip(spec.train, Grammar(WORLD, spec.data))
    file = path / "weights.safetensors"
    save_file({name: each.detach().contiguous() for name, each in clip.model.named_parameters()}, file)
    return clip, str(file)


@pytest.mark.slow
@pytest.mark.parametrize("name", DIALED)
def test_each_step_loses_what_torch_loses(ask: Ask, name: str, tmp_path: Path) -> None:
    spec = spec_of(name)
    clip, weights = stored_clip(spec, tmp_path)
    told = ask("train", order=order(spec, weights=weights, evaluation=None))["told"]
    trainer = Trainer(make_plan(spec.data, WORLD, seed=spec.train.seed), spec.train, Grammar(WORLD, spec.data), clip)
    records = [each for each in told if each["kind"] == "record"]
    for mine, theirs in zip(records, trainer.records(), strict=True):
        expected = encode(theirs)
        assert mine["loss"] == pytest.approx(expected["loss"], rel=1e-5), mine["step"]
        assert mine["rates"] == pytest.approx(expected["rates"], abs=1e-6)


def expected_scores(
    clip: Clip, dials: DataSpec, grammar: Grammar, asked: dict[str, Any]
) -> dict[str, tuple[float, int]]:
    """(share, n) of each score of one form, by torch."""
    drawn = make_set("own", dials, WORLD, seed=asked["seed"], count=asked["scenes"])
    images = embed_images(clip, drawn.images(64))
    right, *wrong = embed_captions(clip, grammar, [drawn.caption, drawn.swapped.captions, drawn.replaced.captions])
    cosine = [np.einsum("nd,nd->n", *(each / np.linalg.norm(each, axis=1, keepdims=True) for each in (images, said)))
              for said in (right, *wrong)]  # fmt: skip
    binding, recognition = (pairwise(cosine[0], each) for each in cosine[1:])
    first, second = np.take_along_axis(drawn.scenes.areas, drawn.pair, axis=1).T
    rows = {
        "binding_accuracy": (binding, drawn.swapped.exists),
        "recognition_accuracy": (recognition, drawn.replaced.exists),
        "larger_first": (binding, drawn.swapped.exists & (first > second)),
        "smaller_first": (binding, drawn.swapped.exists & (first < second)),
    }
    return {name: (float(scores[asked_of].mean()), int(asked_of.sum())) for name, (scores, asked_of) in rows.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bare_word", "tidy_share"])
def test_forms_asked_alike_are_scored_as_torch_scores_them(ask: Ask, name: str, tmp_path: Path) -> None:
    spec = spec_of(name, steps=8)
    forms = forms_asked_alike(WORLD, ("tilt",))
    asked = describe_tab_evaluation(forms) | {"scenes": 120}
    clip, weights = stored_clip(spec, tmp_path)
    told = ask("train", order=order(spec, weights=weights, evaluation=asked), out=str(tmp_path / "trained.safetensors"))
    (scores,) = [each["scores"] for each in told["told"] if each["kind"] == "evaluation" and each["step"] == 8]
    clip.model.load_state_dict(load_file(tmp_path / "trained.safetensors"), strict=False)
    dials = {"canonical": canonical_data(WORLD), "own": form_data("own", spec.data, WORLD), **forms}
    assert list(scores) == list(dials)
    for form, of in dials.items():
        for metric, (share, n) in expected_scores(clip, of, Grammar(WORLD, spec.data), asked).items():
            found = scores[form][metric]
            assert found["n"] == n > 0, (form, metric)
            assert found["value"] == pytest.approx(share, abs=1.01 / n), (form, metric)


def test_a_vocabulary_without_the_bare_word_is_refused(ask: Ask) -> None:
    spec = spec_of("bare_word", steps=1)
    plain = override(spec, {"bare_word": "none"})
    with pytest.raises(RefusedByEngine, match=r"vocab_size=36: captions have 37 words"):
        ask("train", order=order(spec) | {"config": config_of(plain)})


@pytest.mark.slow
def test_a_page_asks_two_forms_and_no_sizes(ask: Ask) -> None:
    spec = spec_of("tidy_share", steps=1, batch_size=16)
    told = ask("train", order=order(spec, evaluation=describe_tab_evaluation() | {"scenes": 50}))["told"]
    scores = next(each["scores"] for each in told if each["kind"] == "evaluation")
    assert list(scores) == ["canonical", "own"]
    assert all(list(of) == ["binding_accuracy", "recognition_accuracy"] for of in scores.values())
