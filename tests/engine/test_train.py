"""Training in a tab, in Node, against torch: gradients, steps, fresh weights, the file, the curve, and equal bits."""

import hashlib
import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.classroom import deal
from explorer.clip.clip import Clip, export, weights_digest
from explorer.clip.configs import config_names
from explorer.clip.fresh import fresh_clip
from explorer.clip.open_clip_import import open_clip
from explorer.clip.zoo import load_clip
from explorer.codec import encode
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.report import QuickEvaluation
from explorer.evaluation.results import binding_step
from explorer.evaluation.snapshots import PairScorer
from explorer.presets import PRESETS
from explorer.runs.tab_limits import check_tab_trains
from explorer.runs.tab_training import describe_tab_evaluation
from explorer.sentences import key_sentence
from explorer.spec import DIALS, RunSpec, TrainSpec, evaluated_steps, override, saved_steps
from explorer.training import optimizer
from explorer.training.batches import Batches
from explorer.training.loop import MAX_GRADIENT_NORM, MAX_LOGIT_SCALE, Trainer
from explorer.world.grammar import Grammar
from explorer.world.plan import make_plan
from explorer.world.worlds import WORLDS
from tests.engine.fresh_weights import fresh_weights
from tests.engine.node import KERNELS, Ask, RefusedByEngine, config_of, order
from tests.unit.toys import slow

WORLD = WORLDS["things"]
GRAMMAR = Grammar(WORLD)
COMPARED = {
    *"model init batch_size hard_negatives hard_negative_check mask_false_negatives loss optimizer".split(),
    "learning_rate",
    "learning_rate_schedule",
    "steps",
    "seed",
}
"""The dials of training that some test in this folder turns, in a tab and by torch."""
CLOSE = 1e-5
"""Relative: of the length of each gradient, and of the loss."""


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def spec_of(preset: str, **train: Any) -> RunSpec:
    spec = PRESETS[preset].spec
    return replace(spec, train=replace(spec.train, **train))


def training_of(clip: Clip, spec: RunSpec) -> Trainer:
    return Trainer(make_plan(spec.data, WORLD, seed=spec.train.seed), spec.train, GRAMMAR, clip)


def weights_file(clip: Clip, path: Path) -> str:
    save_file({name: each.detach().contiguous() for name, each in clip.model.named_parameters()}, path)
    return str(path)


def brief(spec: RunSpec) -> dict[str, Any]:
    """An order whose evaluations ask little: most of a short training is evaluated, and its weights are the same."""
    return order(spec, evaluation=describe_tab_evaluation() | {"scenes": 60, "pairs": 8})


ALONE_IS_FAST = [1, slow(3)]
"""Numbers of workers."""
GOLDEN = {
    "clip": spec_of("binding-friendly", batch_size=64),
    "hard negatives of long captions": spec_of("web-like", batch_size=64, hard_negatives=1.0),
    "masked": spec_of(
        "web-like",
        batch_size=64,
        hard_negatives=1.0,
        hard_negative_check="false-of-image",
        mask_false_negatives=True,
    ),
    "siglip": spec_of("binding-friendly", batch_size=64, loss="siglip"),
    "siglip masked": spec_of("web-like", batch_size=64, loss="siglip", hard_negatives=0.5, mask_false_negatives=True),
    "patches of 16": spec_of("two-kinds", batch_size=32, model="small-patch16"),
    "a batch of 18": spec_of("web-like", batch_size=18, hard_negatives=0.5),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", GOLDEN)
def test_gradients_are_those_of_torch(ask: Ask, case: str, tmp_path: Path) -> None:
    spec = GOLDEN[case]
    clip = fresh_clip(spec.train, GRAMMAR)
    weights = weights_file(clip, tmp_path / "weights.safetensors")
    answer = ask("gradients", order=order(spec, weights=weights), out=str(tmp_path / "gradients.safetensors"))
    record = next(training_of(clip, spec).records())
    assert answer["captions"] == len(
        Batches(make_plan(spec.data, WORLD, seed=spec.train.seed), spec.train, GRAMMAR, clip).draw(0).ids
    )
    assert answer["loss"] == pytest.approx(record.loss, rel=CLOSE)
    clipped = max(1.0, record.gradient_norm / MAX_GRADIENT_NORM)
    tensors = load_file(tmp_path / "gradients.safetensors")
    expected = {name: each.grad for name, each in clip.model.named_parameters()}
    assert tensors.keys() == expected.keys()
    for name, gradient in expected.items():
        assert gradient is not None and (tensors[name] - clipped * gradient).norm() < CLOSE * tensors[name].norm(), name


@pytest.mark.slow
@pytest.mark.parametrize(("preset", "pairs"), [("binding-friendly", 96), ("web-like-hard-negatives", 64)])
def test_twelve_steps_lose_what_torch_loses(ask: Ask, preset: str, pairs: int, tmp_path: Path) -> None:
    spec = spec_of(preset, steps=12, batch_size=pairs)
    clip = fresh_clip(spec.train, GRAMMAR)
    weights = weights_file(clip, tmp_path / "weights.safetensors")
    told = ask("train", order=order(spec, weights=weights, evaluation=None))["told"]
    records = [each for each in told if each["kind"] == "record"]
    for mine, theirs in zip(records, training_of(clip, spec).records(), strict=True):
        for name, expected in encode(theirs).items():
            if name != "seconds":
                assert mine[name] == pytest.approx(expected, rel=CLOSE if name == "loss" else 1e-3, abs=1e-6), name


@pytest.mark.slow
@pytest.mark.parametrize("train", [{"optimizer": "adamw"}, {"learning_rate_schedule": "constant"}])
def test_other_optimizers_and_schedules_are_those_of_torch(ask: Ask, train: dict[str, Any], tmp_path: Path) -> None:
    spec = spec_of("incomplete", steps=400, batch_size=32, **train)
    clip = fresh_clip(spec.train, GRAMMAR)
    weights = weights_file(clip, tmp_path / "weights.safetensors")
    told = ask("train", order=order(spec, weights=weights, evaluation=None), acts={"record 5": ["stop"]})["told"]
    records = [each for each in told if each["kind"] == "record"]
    assert (told[-1]["status"], told[-1]["step"]) == ("stopped", len(records)) and 6 <= len(records) <= 8
    for mine, theirs in zip(records, training_of(clip, spec).records(), strict=False):
        assert mine["loss"] == pytest.approx(theirs.loss, rel=CLOSE)
        assert mine["learning_rate"] == pytest.approx(theirs.learning_rate, rel=1e-12)


def test_every_dial_of_training_is_compared_or_left_to_the_server() -> None:
    turned = {each.name for each in fields(TrainSpec) if DIALS[each.name].tab is None}
    assert turned == COMPARED, "use it in assets/engine/train and compare it here, or give its row a TabLimit"


@pytest.mark.parametrize(("seed", "loss"), [(0, "clip"), (7, "siglip")])
def test_fresh_weights_are_python_s_to_the_bit(ask: Ask, seed: int, loss: str, tmp_path: Path) -> None:
    spec = spec_of("binding-friendly", seed=seed, loss=loss)
    ask("fresh", order=order(spec), out=str(tmp_path / "fresh.safetensors"))
    tensors = load_file(tmp_path / "fresh.safetensors")
    clip = fresh_clip(spec.train, GRAMMAR)
    expected = fresh_weights(clip.model, config_of(spec)["model_cfg"], seed)
    assert tensors.keys() == expected.keys()
    for name, values in expected.items():
        assert tensors[name].numpy().tobytes() == values.tobytes(), name


def test_fresh_weights_are_distributed_as_open_clip_s() -> None:
    spec = spec_of("binding-friendly", seed=3)
    clip = fresh_clip(spec.train, GRAMMAR)
    weights = fresh_weights(clip.model, config_of(spec)["model_cfg"], 3)
    for name, theirs in clip.model.named_parameters():
        mine, drawn = weights[name].ravel(), theirs.detach().numpy().ravel()
        if len(drawn) < 1000 or drawn.std() == 0:
            assert len(drawn) < 1000 or (mine == drawn).all()
            continue
        noise = 4 * math.sqrt(1 / len(drawn))
        assert abs(mine.mean()) < noise * drawn.std(), name
        assert mine.std() / drawn.std() == pytest.approx(1, abs=noise), name
        # The shape: a normal one has longer tails than an even one.
        assert np.abs(mine).max() / mine.std() == pytest.approx(np.abs(drawn).max() / drawn.std(), rel=0.35), name


def test_fresh_weights_of_two_seeds_and_of_two_tensors_differ() -> None:
    spec = spec_of("binding-friendly")
    config, model = config_of(spec)["model_cfg"], fresh_clip(spec.train, GRAMMAR).model
    one, other = fresh_weights(model, config, 0), fresh_weights(model, config, 1)
    kinds = [one["visual.proj"], other["visual.proj"], one["text_projection"]]
    assert len({each.tobytes() for each in kinds}) == 3
    assert abs(np.corrcoef([each.ravel() for each in kinds]) - np.eye(3)).max() < 0.05


THREE_STEPS = "e915fa1c6bc9629945b780d0d3abd5cbdbb0e866cd194e171e41b412eed8c34a"
"""SHA-256 of the weights of `binding-friendly`, seed 0, after three of three steps: on any machine, in any browser."""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 8])
def test_the_same_bits_by_any_number_of_workers(ask: Ask, workers: int, tmp_path: Path) -> None:
    spec = spec_of("binding-friendly", steps=3)
    told = ask("train", order=brief(spec), workers=workers, out=str(tmp_path / "three.safetensors"))["told"]
    assert told[-1]["digest"] == THREE_STEPS
    digest = hashlib.sha256()
    for name, weights in sorted(load_file(tmp_path / "three.safetensors").items()):
        digest.update(name.encode() + weights.numpy().tobytes())
    assert digest.hexdigest() == THREE_STEPS


ODD: dict[str, tuple[RunSpec, int]] = {
    "masked hard negatives": (
        spec_of("web-like", steps=4, batch_size=40, hard_negatives=1.0, mask_false_negatives=True, optimizer="adamw"),
        3,
    ),
    "sigmoid": (spec_of("two-kinds", steps=4, batch_size=18, hard_negatives=0.5, loss="siglip"), 3),
    "slices without a picture": (spec_of("binding-friendly", steps=4, batch_size=5), 7),
    "tidy pairs of fewer objects": (
        override(
            PRESETS["web-like"].spec,
            {"tidy_share": 0.5, "hard_negatives": 1.0, "mask_false_negatives": True, "steps": 4, "batch_size": 24},
        ),
        3,
    ),
}
"""Specs, and how many workers have them beside a single one: neither three nor seven share eight slices evenly."""


@pytest.mark.slow
@pytest.mark.parametrize("case", ODD)
def test_odd_batches_have_the_same_bits_and_rates_by_several_workers(ask: Ask, case: str) -> None:
    spec, workers = ODD[case]
    one, several = (ask("train", order=order(spec, evaluation=None), workers=count)["told"] for count in (1, workers))
    assert several[-1]["digest"] == one[-1]["digest"]
    names = ("loss", "chance_loss", "rates", "gradient_norm")
    for mine, theirs in zip(one, several, strict=True):
        assert [mine.get(name) for name in names] == [theirs.get(name) for name in names]


@pytest.mark.slow
def test_each_saved_step_has_its_digest(ask: Ask) -> None:
    """Step 0 alone compares between specs: the schedule hangs on the number of steps."""
    spec = spec_of("binding-friendly", steps=12, batch_size=16)
    told = ask("train", order=brief(spec), workers=2)["told"]
    digests = {each["step"]: each["digest"] for each in told if each["kind"] == "evaluation"}
    assert {step for step, digest in digests.items() if digest} == {0} | saved_steps(12)
    assert (
        digests[12] == told[-1]["digest"]
        and len({each for each in digests.values() if each}) == len(saved_steps(12)) + 1
    )
    longer = ask("train", order=brief(spec_of("web-like", steps=1, batch_size=16)))["told"]
    assert digests[0] == longer[0]["digest"], "fresh weights depend on the seed alone"


def test_the_digest_of_a_page_without_subtle_crypto_is_python_s(ask: Ask) -> None:
    """Of lengths on both sides of a block's end."""
    rng = np.random.default_rng(0)
    for count in (0, 1, 13, 14, 15, 16, 30, 31, 40_000):
        numbers = rng.normal(size=count).astype(np.float32)
        expected = hashlib.sha256(b"w" + numbers.tobytes()).hexdigest()
        assert ask("digest", numbers=numbers.tolist()) == expected


SPRITES: dict[str, tuple[dict[str, Any], float]] = {
    "colors": ({}, 0.05),
    "patterns and outlines": ({"attribute_kinds": ("color", "pattern", "outline")}, 0.3),
    "every kind": ({"attribute_kinds": tuple(kind.name for kind in WORLD.kinds)}, 0.51),
    "kinds that no caption tells": ({"untold_kinds": ("pattern", "tilt")}, 0.3),
    "tidy pairs of other kinds": ({"tidy_share": 0.5, "tidy_kinds": ("outline",)}, 0.1),
}
"""Dials, and the share of all sprites that they draw at most."""


@pytest.mark.slow
@pytest.mark.parametrize("case", SPRITES)
def test_the_sprites_that_workers_get_draw_the_same_pictures(ask: Ask, case: str) -> None:
    dials, share = SPRITES[case]
    answer = ask("sprites", order=brief(override(PRESETS["binding-friendly"].spec, dials)))
    few, every = answer["bytes"]
    assert answer["isSame"] == [True, True] and few < share * every


@pytest.fixture(scope="module")
def undisturbed(ask: Ask) -> list[dict[str, Any]]:
    return list(ask("train", order=brief(LONGER), workers=1)["told"])


LONGER = spec_of("binding-friendly", steps=16, batch_size=16)
"""Saved behind the steps 3, 7, 11 and 16 among others, so that a worker may die between two of them."""
DISTURBED: dict[str, tuple[dict[str, list[str]], int]] = {
    "one dies, and later the lead": ({"record 6": ["kill 2"], "record 12": ["kill 0"]}, 1),
    "one dies before a state is kept": ({"evaluation 0": ["kill 2"]}, 2),
    "fewer are asked for": ({"record 5": ["use 1"]}, 1),
    "more are asked for": ({"record 2": ["use 4"]}, 4),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", DISTURBED)
def test_a_training_goes_on_with_the_workers_that_are_left(
    ask: Ask, undisturbed: list[dict[str, Any]], case: str
) -> None:
    acts, left = DISTURBED[case]
    told = ask("train", order=brief(LONGER), workers=3, acts=acts)["told"]
    assert told[-1]["workers"] == left
    varying = {"seconds", "workers", "memory"}
    assert [{name: value for name, value in each.items() if name not in varying} for each in told] == [
        {name: value for name, value in each.items() if name not in varying} for each in undisturbed
    ], "nothing is missing, told twice or different"


@pytest.mark.slow
def test_the_last_worker_s_death_ends_the_training_with_a_sentence(ask: Ask) -> None:
    with pytest.raises(RefusedByEngine, match="has ended"):
        ask("train", order=brief(LONGER), workers=2, acts={"record 4": ["kill 0"], "record 6": ["kill 0"]})


@pytest.mark.slow
def test_the_file_opens_in_the_project_and_in_open_clip(ask: Ask, tmp_path: Path) -> None:
    spec = spec_of("binding-friendly", steps=1, batch_size=16)
    clip = fresh_clip(spec.train, GRAMMAR)
    export(clip, tmp_path / "model")
    file = tmp_path / "model" / "open_clip_model.safetensors"
    told = ask("train", order=brief(spec), out=str(file))["told"]
    opened = load_clip(str(tmp_path / "model"), find_run_model=lambda _: None, is_safe_only=True)
    assert weights_digest(opened) == told[-1]["digest"][:16] != weights_digest(clip)
    model, _, _ = open_clip.create_model_and_transforms(f"local-dir:{tmp_path / 'model'}")
    ids = opened.ids(["a red bus and a blue submarine"])
    with torch.inference_mode():
        assert torch.allclose(model.encode_text(ids), opened.model.encode_text(ids))


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["binding-friendly", "incomplete", "web-like"])
def test_the_curve_is_the_server_s(ask: Ask, preset: str, tmp_path: Path) -> None:
    spec = spec_of(preset, steps=1, batch_size=16)
    clip = fresh_clip(spec.train, GRAMMAR)
    told = ask("train", order=order(spec, weights=weights_file(clip, tmp_path / "weights.safetensors")))["told"]
    expected = QuickEvaluation(clip, WORLD, spec.data, seed=0).measure()
    for form, scores in told[0]["scores"].items():
        for name, estimate in encode(expected[form]).items():
            mine = scores[name]
            assert (mine["n"], mine["chance"]) == (estimate["n"], estimate["chance"])
            # A margin that is rounding alone may fall to either side.
            assert mine["value"] == pytest.approx(estimate["value"], abs=1.5 / mine["n"])
            assert mine["low"] == pytest.approx(estimate["low"], abs=2 / mine["n"])
    assert told[0]["scores"].keys() == expected.keys()
    answers = PairScorer(clip, binding_pairs(WORLD)).score(0)
    assert np.abs(np.array(told[0]["cosines"]) - np.array(answers.cosines)).max() < CLOSE
    assert told[0]["logit_scale"] == pytest.approx(answers.logit_scale, rel=1e-6)


def test_the_optimizer_has_the_constants_of_the_server_s(ask: Ask) -> None:
    assert ask("constants") == {
        "newton_schulz": [*optimizer.NEWTON_SCHULZ],
        "iterations": optimizer.NEWTON_SCHULZ_STEPS,
        "gram_iterations": [*optimizer.GRAM_STEPS],
        "muon_ratio": optimizer.MUON_RATIO,
        "weight_decay": optimizer.WEIGHT_DECAY,
        "betas": [*optimizer.BETAS],
        "warmup": [optimizer.WARMUP_SHARE, optimizer.MAX_WARMUP_STEPS],
        "final_share": optimizer.FINAL_SHARE,
        "max_logit_scale": float(np.float32(MAX_LOGIT_SCALE)),
        "max_gradient_norm": MAX_GRADIENT_NORM,
    }
    source = KERNELS.with_name("kernels.c").read_text(encoding="utf-8")
    kernels = {name: float(value) for name, value in re.findall(r"^#define (\w+) ([\d.]+)f$", source, re.MULTILINE)}
    betas = [1 - kernels["TO_GRADIENT"], 1 - kernels["TO_SQUARE"]]
    assert betas == pytest.approx([*optimizer.BETAS])
    assert kernels["MOMENTUM"] == optimizer.MOMENTUM == optimizer.BETAS[0]


@pytest.mark.parametrize("steps", [1, 3, 12, 45, 180, 360])
def test_steps_that_are_evaluated_and_saved_are_the_server_s(ask: Ask, steps: int) -> None:
    answer = ask("steps", steps=steps)
    assert set(answer["evaluated"]) == evaluated_steps(steps) and set(answer["saved"]) == saved_steps(steps)


def test_bound_is_what_the_server_calls_bound(ask: Ask) -> None:
    rng = np.random.default_rng(0)
    lows = [rng.choice([0.5, 0.75, 0.76, 0.9], size=rng.integers(0, 8)) for _ in range(60)]
    curves = [([[10 * i, float(low)] for i, low in enumerate(each, 1)], bool(i % 2)) for i, each in enumerate(lows)]
    expected = [binding_step([(s, low) for s, low in curve], has_ended=ended) for curve, ended in curves]
    assert ask("bound", curves=curves, rule=encode(CONTRACT.binding)) == expected
    assert len(set(expected)) > 3


@pytest.mark.slow
@pytest.mark.parametrize("workers", ALONE_IS_FAST)
def test_a_pause_and_a_copy_of_the_weights_change_nothing(
    ask: Ask, undisturbed: list[dict[str, Any]], workers: int
) -> None:
    acts = {"record 2": ["pause", "save"], "weights": ["go"], "record 6": ["save"]}
    told = ask("train", order=brief(LONGER), workers=workers, acts=acts)["told"]
    copies = [each for each in told if each["kind"] == "weights"]
    assert [each["status"] for each in copies] == [None, None, "finished"]
    assert copies[-1]["digest"] == undisturbed[-1]["digest"]
    # A copy that falls on a saved step has its digest.
    known = {each["step"]: each["digest"] for each in undisturbed if each.get("digest")}
    assert all(known.get(each["step"], each["digest"]) == each["digest"] for each in copies)
    assert len({each["digest"] for each in copies}) == 3


@pytest.mark.slow
@pytest.mark.parametrize("workers", ALONE_IS_FAST)
def test_a_paused_training_can_be_stopped(ask: Ask, workers: int) -> None:
    spec = spec_of("binding-friendly", steps=40, batch_size=16)
    told = ask("train", order=brief(spec), workers=workers, acts={"record 2": ["pause", "save"], "weights": ["stop"]})[
        "told"
    ]
    steps = [each["step"] for each in told if each["kind"] == "record"]
    assert steps == list(range(1, len(steps) + 1)) and len(steps) <= 6, "the step that it was at is made"
    assert (told[-1]["status"], told[-1]["step"], told[-2]["kind"]) == ("stopped", steps[-1], "evaluation")


REFUSED: dict[str, dict[str, Any]] = {
    "world=digits": {"world": "digits"},
    "placement=free": {"placement": "free"},
    "size_contrast=4": {"size_contrast": 4.0},
    "tune=text": {"tune": "text"},
    "tune=lora": {"tune": "lora"},
    "precision=bf16": {"precision": "bf16"},
    "batch_size=4096": {"batch_size": 4096},
    "batch_size=256: a step of the model large": {"model": "large"},
    "model=small-conv": {"model": "small-conv"},
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_a_tab_does_not_train_is_refused_and_the_server_named(ask: Ask, said: str) -> None:
    with pytest.raises(RefusedByEngine) as error:
        ask("fresh", order=order(override(RunSpec(), REFUSED[said])))
    assert str(error.value).startswith(said) and str(error.value).endswith("; train this on the server")
    with pytest.raises(UserError) as refused:
        check_tab_trains(override(RunSpec(), REFUSED[said]))
    assert str(refused.value).startswith(said)


@pytest.mark.slow
@pytest.mark.parametrize("model", config_names())
def test_python_and_the_engine_refuse_the_same_batches(ask: Ask, model: str, tmp_path: Path) -> None:
    def is_refused(batch_size: int) -> bool:
        spec = override(RunSpec(), {"model": model, "batch_size": batch_size})
        try:
            check_tab_trains(spec)
        except UserError:
            with pytest.raises(RefusedByEngine, match=r"^(?:model|batch_size)="):
                ask("fresh", order=order(spec))
            return True
        return False

    # Of all sizes that a dial takes, those on both sides of the limit.
    refused = bisect_left(range(16, 4097, 16), True, key=is_refused)
    if refused:
        spec = override(RunSpec(), {"model": model, "batch_size": 16 * refused})
        ask("fresh", order=order(spec), out=str(tmp_path / "fresh.safetensors"))


@pytest.mark.slow
def test_a_loss_that_is_no_number_ends_with_the_server_s_sentence(ask: Ask) -> None:
    with pytest.raises(RefusedByEngine) as refused:
        ask("train", order=brief(spec_of("binding-friendly", batch_size=16, learning_rate=1e30, steps=20)))
    step = refused.value.keyed["values"]["reason"]["values"]["step"]
    wanted = UserError("learning_rate", "1e+30", "the loss is not a number at step {step}; give a lower one", step=step)
    assert refused.value.keyed == key_sentence(wanted.sentence) and str(refused.value) == wanted.sentence


@pytest.mark.nightly
def test_a_whole_training_binds(ask: Ask) -> None:
    """Half a minute for what losses, curves and digests of short trainings say sooner."""
    told = ask("train", order=order(spec_of("binding-friendly")), workers=2)["told"]
    last = [each for each in told if each["kind"] == "evaluation"][-1]
    assert last["step"] == 180 and last["scores"]["canonical"]["binding_accuracy"]["value"] > 0.95


@pytest.mark.slow
def test_a_recorded_deal_is_what_the_engine_trains(ask: Ask) -> None:
    row = deal.recorded_training(8)
    assert row is not None
    spec = deal.deal_spec("", 8)
    told = ask("train", order=order(spec), acts={"record 6": ["stop"]})["told"]
    own = [each["scores"]["own"]["binding_accuracy"] for each in told if each["kind"] == "evaluation"]
    assert min(evaluated_steps(spec.train.steps)) == 6 and spec.train.seed == row["seed"]
    assert [[round(share["value"], 4), round(share["low"], 4)] for share in own[:2]] == [
        [value, low] for _, value, low in row["curve"][:2]
    ]
