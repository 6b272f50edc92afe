"""The browser engine in Chromium against Python: scenes, captions, pixels byte for byte, and every model's cosines."""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from explorer.clip.card import SHIPPED
from explorer.clip.clip import Clip, export, new_clip
from explorer.clip.configs import config_names
from explorer.clip.fresh import fresh_config
from explorer.clip.zoo import load_clip
from explorer.presets import PRESETS
from explorer.runs.store import RunStore
from explorer.spec import DIALS, DataSpec, TrainSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.pairs import draw_pairs
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS
from tests.browser.conftest import managed_visits, recorded_requests
from tests.browser.engine_page import SIZE, base64, call, cosines, drawn_scenes, expected_scenes, serve_engine
from tests.unit.dial_values import RICH, TRIED, changed_data

pytestmark = pytest.mark.browser

PRESET_NAMES = ("binding-friendly", "web-like", "too-many-attributes")
EVERY_DIAL = DataSpec(
    objects_in_image=3,
    attribute_kinds=("color", "size", "pattern", "outline"),
    untold_kinds=("tilt",),
    attribute_object_correlation=0.3,
    held_out_pairs=0.35,
    attribute_density=2.5,
    caption_completeness=0.7,
    saliency_bias=0.4,
)
TOLERANCE = {"fp32": 1e-4, "fp16": 1e-3}
DECIDED = 2e-3
"""A margin of cosines from which on both sides must prefer the same caption."""
RUNS = {"small-patch16": False, "small-patch8": True, "large": False}
"""Architectures of runs, which the browser runs as it does the shipped models; with QuickGELU or without."""
CONVOLUTIONS = "small-conv"
ODD_TEXTS = ["", "bus", "A  RED\tBus", "a crimson zeppelin", "a red bus and " * 20, "an outlined bird"]


def run_model(name: str) -> Clip:
    """A model with fresh weights, moved away from their symmetric start."""
    grammar = Grammar(WORLDS["things"])
    config = fresh_config(TrainSpec(model=name), grammar)["model_cfg"]
    if RUNS.get(name):
        config["quick_gelu"] = True
    clip = new_clip(config, words=grammar.words, seed=3)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weights in clip.model.parameters():
            if weights.ndim:
                weights += 0.02 * torch.randn(weights.shape, generator=generator)
    return clip


def test_every_architecture_is_one_that_runs_or_is_refused() -> None:
    assert {*RUNS, CONVOLUTIONS, "small"} == set(config_names()), "small is that of the shipped models"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    root = tmp_path_factory.mktemp("engine") / "runs"
    for name in (*RUNS, CONVOLUTIONS):
        export(run_model(name), root / name / "model")
        for file in ("spec.json", "status.json"):
            (root / name / file).write_text("{}")
    return RunStore(root)


@pytest.fixture(scope="module")
def address(store: RunStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_engine(store, tmp_path_factory.mktemp("cache")) as url:
        yield url


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page with one engine for all tests, which ask it one after another."""
    with managed_visits(browser, address) as open_visits:
        opened = open_visits.visitor()
        opened.goto(address)
        yield opened


FEW_NOUNS = replace(
    EVERY_DIAL, objects_in_image=2, attribute_kinds=("outline", "tilt"), untold_kinds=(), attribute_density=1.0
)
"""So few captions that words repeat, and articles that follow their values: "an outlined cat", "a tilted umbrella"."""
MIXED = replace(
    EVERY_DIAL,
    objects_in_image=4,
    caption_lengths="mixed",
    wrong_values=0.3,
    tidy_share=0.4,
    tidy_kinds=("color", "tilt"),
)
DATA = {name: PRESETS[name].spec.data for name in PRESET_NAMES} | {
    "every dial": EVERY_DIAL,
    "few": FEW_NOUNS,
    "tidy pairs and wrong values": MIXED,
    "tidy pairs of more objects": replace(FEW_NOUNS, objects_in_image=1, tidy_share=0.5),
    "both or neither": DataSpec(told_together="both-or-neither", attribute_density=0.35, bare_word="certain"),
    "at most one": DataSpec(
        objects_in_image=4, caption_completeness=0.5, told_together="at-most-one", attribute_density=0.45
    ),
}


def test_another_contrast_of_sizes_gives_the_same_sides(page: Page) -> None:
    for contrast in (1.0, 2.5, 10.0):
        data = replace(EVERY_DIAL, size_contrast=contrast)
        expected, drawn = expected_scenes(data, 100, pixels=False), drawn_scenes(page, data, 100, pixels=False)
        for field in ("scene.level", "scene.side", "caption", "swapped"):
            assert drawn[field] == expected[field]


def test_each_dial_changes_captions_and_pixels_as_in_python(page: Page) -> None:
    drawn_here = [name for name in TRIED if not (limit := DIALS[name].tab) or limit.is_drawn]
    for name in drawn_here:
        data = changed_data(RICH, name)
        # The shipped atlas has the sides of the usual contrast alone.
        has_sides = name != "size_contrast"
        expected = expected_scenes(data, 30, pixels=has_sides)
        drawn = drawn_scenes(page, data, 30, pixels=has_sides)
        assert all(drawn[key] == expected[key] for key in expected), f"assets/engine draws other data at {name}"


@pytest.mark.parametrize("name", DATA)
def test_scenes_captions_and_pixels_are_those_of_python(page: Page, name: str) -> None:
    data, count = DATA[name], 250
    expected, drawn = expected_scenes(data, count), drawn_scenes(page, data, count)
    # The last two are words for the sample cards of a page without a server, and have a test there.
    assert drawn.keys() == expected.keys() | {"no_swap", "objects"}
    for field, values in expected.items():
        wrong = [i for i in range(count) if drawn[field][i] != values[i]]
        assert not wrong, f"{field} of scene {wrong[0]}: {drawn[field][wrong[0]]}, expected {values[wrong[0]]}"


@pytest.mark.parametrize("name", [*PRESET_NAMES, "few", "tidy pairs and wrong values", "both or neither"])
def test_a_batch_has_the_hard_negatives_and_rates_of_python(page: Page, name: str) -> None:
    data, count = DATA[name], 256
    plan, grammar = make_plan(data, WORLDS["things"], seed=7), Grammar(WORLDS["things"], data)
    stream = Stream(seed=7, name="train", index=np.arange(count))
    for check in ("none", "false-of-image"):
        pairs = draw_pairs(plan, stream, grammar, hard_negatives=0.5, check=check)
        texts = iter(grammar.texts(pairs.ids[count:]))
        asked = {"world": "things", "data": asdict(data), "seed": 7, "stream": "train", "first": 0, "count": count}
        batch = call(
            page,
            "(await e.loadWorld('things'), await e.pairs(argument))",
            asked | {"hardNegatives": 0.5, "check": check},
        )
        assert batch["captions"] == grammar.texts(pairs.ids[:count])
        assert batch["hard"] == [next(texts) if chosen else None for chosen in pairs.has_hard_negative.tolist()]
        assert batch["rates"] == pytest.approx(pairs.rates(), abs=1e-6)
        assert name != "few" or batch["rates"]["implicit_hard_negatives"] > 0


@cache
def questions(count: int) -> tuple[np.ndarray, list[str], list[int]]:
    """Pictures (N, 3, S, S), their captions and swapped captions as one list, and which scenes have both."""
    data = replace(PRESETS["binding-friendly"].spec.data, attribute_kinds=("color", "pattern"), attribute_density=2.0)
    expected = expected_scenes(data, count, pixels=False)
    plan = make_plan(data, WORLDS["things"], seed=7)
    scenes = draw_scenes(plan, Stream(seed=7, name="train", index=np.arange(count)))
    both = [i for i in range(count) if expected["swapped"][i]]
    return Renderer(plan, size=SIZE).images(scenes), [*expected["caption"], *map(str, expected["swapped"])], both


def browser_cosines(page: Page, model: str, precision: str, images: np.ndarray, texts: list[str]) -> np.ndarray:
    page.evaluate(
        "window.engine?.close(); delete window.engine"
    )  # it keeps a model in the precision that was asked first
    answer = call(
        page,
        """(await e.loadModel(argument.model, { precision: argument.precision }), await (async () => {
          const rows = [];
          for (const image of argument.images) {
            const pixels = bytes(image);
            const found = await e.score({ models: [argument.model], pixels, texts: argument.texts });
            rows.push(found[argument.model].cosines);
          }
          return rows;
        })())""",
        {"model": model, "precision": precision, "texts": texts}
        | {"images": [base64(image.tobytes()) for image in images]},
    )
    return np.array(answer)


@pytest.mark.parametrize(
    ("model", "precision"), [*((each, "fp16") for each in SHIPPED), *((each, "fp32") for each in ("things-web", *RUNS))]
)
def test_cosines_are_those_of_torch(page: Page, store: RunStore, model: str, precision: str) -> None:
    images, texts, both = questions(6 if model == "large" else 20)
    expected = cosines(load_clip(model, find_run_model=store.find_run_model), images, [*texts, *ODD_TEXTS])
    tab_cosines = browser_cosines(page, model, precision, images, [*texts, *ODD_TEXTS])
    assert np.abs(tab_cosines - expected).max() < TOLERANCE[precision]
    assert np.abs(expected).max() > 0.01, "a constant would pass"
    for i in both:
        pair = [i, len(images) + i]
        margin = expected[i, pair[0]] - expected[i, pair[1]]
        assert abs(margin) <= DECIDED or (tab_cosines[i, pair[0]] > tab_cosines[i, pair[1]]) == (margin > 0)


def test_a_picture_of_which_a_part_changes_is_seen_anew(page: Page) -> None:
    drawn, texts, _ = questions(3)
    images = drawn.copy()
    images[1, :, 40:50, 5:20] = 255
    images[2] = images[1].copy()
    images[2, 0, 63, 63] ^= 64
    expected = cosines(load_clip("things-web", find_run_model=lambda _: None), images, texts[:2])
    tab_cosines = browser_cosines(page, "things-web", "fp32", images[[0, 1, 1, 2, 0]], texts[:2])
    assert np.abs(tab_cosines - expected[[0, 1, 1, 2, 0]]).max() < TOLERANCE["fp32"]


def test_words_that_were_never_read_and_captions_that_are_cut_are_told(page: Page) -> None:
    [short, long] = call(
        page,
        "(await e.loadModel('things-web'), await e.embed({ model: 'things-web', texts: argument }))",
        ["a Crimson bus", "a red bus and " * 20],
    )
    assert (short["unknown"], short["isCut"], long["unknown"], long["isCut"]) == (["crimson"], False, [], True)


def test_nothing_is_fetched_before_it_is_needed_and_progress_is_told(page: Page) -> None:
    page.evaluate("window.engine?.close(); delete window.engine")
    with recorded_requests(page) as asked:
        assert call(page, "e.worker === null")
        assert not [url for url in asked if "/engine/" in url and not url.endswith(".js")]
        told = call(
            page,
            "(async () => { const told = []; await e.loadModel('things-bound', { onProgress: (p) => told.push(p) });"
            " await e.loadModel('things-bound'); return told; })()",
        )
    assert sum("things-bound" in url and ".json" not in url for url in asked) == 1, asked
    assert sum("things-bound.json" in url for url in asked) == 1, "a shipped model stays as it is"
    assert not [url for url in asked if ".atlas" in url]
    received = [each["received"] for each in told]
    assert received == sorted(received) and received[-1] == told[-1]["bytes"] > 2_500_000


def test_work_that_is_cancelled_ends_as_aborted(page: Page) -> None:
    name = call(
        page,
        """(async () => {
          await e.loadModel("large");
          const control = new AbortController(), pixels = new Uint8Array(3 * 64 * 64);
          const asked = e.score({ models: ["large", "large", "large", "large"], pixels, texts: ["a red bus"] },
            { signal: control.signal });
          control.abort();
          return await asked.then(() => "answered", (error) => error.name);
        })()""",
    )
    assert name == "AbortError"


def test_a_worker_that_did_not_come_is_started_again(page: Page) -> None:
    """It starts ahead of the first question, so that nobody may wait for it when it fails."""
    found = call(
        page,
        """(async () => {
          const left = ["nothing", "worker", "nothing"];
          let failed = () => {};
          const createWorker = () => {
            const worker = new Worker(`page/now/engine/${left.shift()}.js`, { type: "module" });
            worker.addEventListener("error", () => setTimeout(() => failed()));
            return worker;
          };
          const world = async () => (await new Promise((resolve) => { failed = resolve; }), e.source.world("things"));
          const engine = new Engine({ world }, createWorker), first = await engine.loadWorld("things");
          engine.close();
          const asked = engine.embed({ model: "none", texts: [] }).then(() => "answered", (error) => error.message);
          return [first.name, await asked];
        })()""",
    )
    assert found == ["things", "The engine of this page could not start."]


def test_of_tasks_that_come_meanwhile_only_the_newest_runs(page: Page) -> None:
    ran = call(
        page,
        """(async () => {
          const newest = new NewestOnly(), ran = [];
          const task = (name) => () => new Promise((resolve) => setTimeout(() => { ran.push(name); resolve(); }, 20));
          const first = newest.run(task("first"));
          newest.run(task("second"));
          newest.run(task("third"));
          await first;
          await newest.run(task("fourth"));
          return ran;
        })()""",
    )
    assert ran == ["first", "third", "fourth"]


def test_of_tasks_that_come_while_one_fails_the_newest_runs(page: Page) -> None:
    ran = call(
        page,
        """(async () => {
          const newest = new NewestOnly(), ran = [];
          const fails = newest.run(() => Promise.reject(new Error("first"))).catch((error) => ran.push(error.message));
          newest.run(async () => ran.push("second"));
          newest.run(async () => ran.push("third"));
          await fails;
          return ran;
        })()""",
    )
    assert ran == ["third", "first"]


def test_a_question_that_cannot_be_sent_is_answered_and_forgotten(page: Page) -> None:
    found = call(
        page,
        """(async () => {
          const engine = new Engine(serverSource({}));
          const lack = await engine.request("world", { description: () => 0 }).catch((error) => error.name);
          const { size } = engine.waiting;
          engine.close(new Error("The test has ended."));
          return [lack, size];
        })()""",
    )
    assert found == ["DataCloneError", 0]


def folder_of(store: RunStore, name: str) -> dict[str, Any]:
    """The parts of a model as the page would carry them itself."""
    folder: Path = store.root / name / "model"
    config, tokenizer = (json.loads((folder / f).read_text()) for f in ("open_clip_config.json", "tokenizer.json"))
    return {"config": config, "tokenizer": tokenizer, "weights": (folder / "open_clip_model.safetensors").read_bytes()}


def refusals(page: Page, record: dict[str, Any], changes: Sequence[dict[str, Any]]) -> list[str]:
    """The sentences with which the engine refuses a model with each of some changes; "" if it takes it."""
    said: list[str] = call(
        page,
        """(async () => {
          const own = bytes(argument.found.weights), said = [];
          const given = argument.changes.map(({ damage, ...change }) => {
            const [start, ...rest] = damage ?? ["", 0], file = [bytes(start), own.subarray(...rest)];
            const weights = async () => ({ fp16: await new Blob(file).arrayBuffer() });
            return async () => ({ ...argument.found, ...change, weights: await weights() });
          });
          const engine = new Engine({ model: (place) => given[place]() });
          for (const place of given.keys()) {
            said.push(await engine.loadModel(String(place)).then(() => "", (error) => error.message));
          }
          engine.close();
          return said;
        })()""",
        {"found": record | {"weights": base64(record["weights"])}, "changes": changes},
    )
    return said


def damages(data: bytes) -> dict[str, tuple[str, int, int]]:
    """Flaws of a safetensors file by their refusal: what stands first, and which bytes of the whole one follow."""
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    first = min((name for name in header if name != "__metadata__"), key=lambda name: header[name]["data_offsets"])
    start, end = header[first]["data_offsets"]

    def with_header(**changes: Any) -> tuple[str, int, int]:
        text = json.dumps({name: each for name, each in (header | changes).items() if each is not None}).encode()
        return base64(struct.pack("<Q", len(text)) + text), 8 + length, len(data)

    return {
        "cut off or too long": ("", 0, len(data) - 4),
        "no safetensors file, or cut off": (base64(struct.pack("<Q", 2**40)), 8, len(data)),
        "overlap or leave gaps": with_header(**{first: header[first] | {"data_offsets": [start + 4, end + 4]}}),
        "does not fit the tensor": with_header(**{first: header[first] | {"shape": [2**31, 2**20]}}),
        "its weights lack": with_header(**{first: None, "visual.extra": header[first]}),
    }


def test_damaged_weights_and_towers_that_it_cannot_run_are_named_in_a_sentence(page: Page, store: RunStore) -> None:
    model_folder = folder_of(store, "small-patch16")

    def changed(part: str, **fields: Any) -> dict[str, Any]:
        model = model_folder["config"]["model_cfg"]
        return {"config": {**model_folder["config"], "model_cfg": {**model, part: {**model[part], **fields}}}}

    asked: list[tuple[dict[str, Any], str]] = [
        *(({"damage": damage}, said) for said, damage in damages(model_folder["weights"]).items()),
        (changed("vision_cfg", ls_init_value=0.1), "sets ls_init_value"),
        (changed("text_cfg", no_causal_mask=True), "sets no_causal_mask"),
        (changed("vision_cfg", patch_size=32), "its config asks for"),
        (changed("vision_cfg", layers=10**9), "layers=1000000000"),
        (
            {"tokenizer": {**model_folder["tokenizer"], "model": {"type": "BPE", "vocab": {}, "merges": []}}},
            "one token a word",
        ),
    ]
    taken, *refused = refusals(page, model_folder, [{}, *(change for change, _ in asked)])
    assert taken == ""
    for sentence, (_, said) in zip(refused, asked, strict=True):
        assert said in sentence
    said = call(page, "e.loadModel(argument).then(() => '', (error) => error.message)", CONVOLUTIONS)
    assert said.startswith("model=small-conv: its image tower is no plain transformer")


def test_a_name_that_is_no_model_gets_a_sentence(page: Page) -> None:
    for name in ("no-such-run", "..%2F..%2Fsecret", "x" * 300):
        said = call(page, "e.loadModel(argument).then(() => '', (error) => error.message)", name)
        assert "there is no such model here" in said
