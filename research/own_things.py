"""Tidy trainings on things of one's own, and how well they bind: drawings, photographed paper and icons.

    document = _drawings(12, seed=0)
    row = train_world("drawings", 12, seed=0, folder=Path("things"))
    row["binding"], row["bound_at"], row["confused"]
    write_results(Path("things"))    # the table of docs/things.md, and what the page says before a training

Trainings are those of a tab, by its engine in Node. `confused` are the nouns that the model takes for each other most
often: of scenes with two things, the share in which the caption with the other noun is nearer.
"""

import json
import math
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean, median_low

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from explorer.clip.clip import make_word_tokenizer
from explorer.clip.names import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE
from explorer.clip.zoo import load_clip
from explorer.codec import JsonDict, encode
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.embed import embed_captions, embed_scenes
from explorer.evaluation.results import binding_step
from explorer.evaluation.sets import canonical_data, make_canonical_set
from explorer.presets import TIDY_RECIPE, get_preset
from explorer.resources import ASSETS, CHECKOUT
from explorer.runs.files import write_json
from explorer.runs.tab_training import describe_tab_training
from explorer.tools.docs import with_tables
from explorer.world.browser_world import describe_world
from explorer.world.cutouts import noun_of_cutout
from explorer.world.grammar import Grammar
from explorer.world.own import noun_record, parse_world
from explorer.world.sprites import read_sheet
from explorer.world.things import World
from explorer.world.worlds import ICONS

COUNTS = (6, 12, 24)
PHOTO_SIDE = 256
SCENES = 600
SHOWN_CONFUSIONS = 3
DOCUMENT = CHECKOUT / "docs" / "things.md"
ENDINGS_FILE = ASSETS / "page" / "things" / "endings.js"
PAGE_SOURCES = {"drawings": "drawn", "paper": "photo", "icons": "icon"}
"""Names of the page for where a thing comes from."""
ENDINGS_HEAD = """\
// How worlds ended that were trained beforehand, by where their things come from and by their number.
// `python -m research own-things` writes it.
//
//   ENDINGS.drawn[12]     // {n, bound, low, high}: trainings, those that bound, the least and the most binding
"""
_SYLLABLES = "bel mo ri ta ku zo fi lu na po se dy wo ge hi pa ru ti vo ny ka le mi su".split()


def words(count: int) -> list[str]:
    """Return that many made-up words of two syllables."""
    return [f"{_SYLLABLES[i]}{_SYLLABLES[(7 * i + 5) % len(_SYLLABLES)]}" for i in range(count)]


def _ring(x: float, y: float, radii: NDArray[np.float64], squash: float = 1.0) -> NDArray[np.float64]:
    turns = np.arange(len(radii)) * (math.tau / len(radii))
    return np.clip(np.stack([x + radii * np.cos(turns), y + squash * radii * np.sin(turns)], axis=1), 0, 1)


def _outline(random: np.random.Generator) -> NDArray[np.float64]:
    """Return (48, 2) the outline of a lumpy body."""
    turns, lumps = np.arange(48) * (math.tau / 48), int(random.integers(2, 7))
    waves = 0.16 * np.cos(lumps * turns + random.uniform(0, 6)) + 0.09 * np.cos(3 * turns + random.uniform(0, 6))
    return _ring(0.5, 0.5, 0.34 * (1 + waves), random.uniform(0.6, 1.0))


def _drawings(count: int, *, seed: int) -> JsonDict:
    """Return a world of lumpy bodies with eyes, some with a bright belly or a hole."""
    random, nouns = np.random.default_rng(seed), []
    for word in words(count):
        parts = [{"role": "body", "points": _outline(random).tolist()}]
        if random.random() < 0.4:
            parts.append({"role": "light", "points": _ring(0.5, 0.62, np.full(12, 0.09)).tolist()})
        if random.random() < 0.3:
            parts.append({"role": "cut", "points": _ring(0.34, 0.6, np.full(10, 0.05)).tolist()})
        parts += [{"role": "ink", "points": _ring(x, 0.42, np.full(10, 0.04)).tolist()} for x in (0.41, 0.59)]
        nouns.append({"word": word, "parts": parts})
    return {"nouns": nouns}


def photograph(outline: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Return (PHOTO_SIDE, PHOTO_SIDE) grays of a marker drawing on paper, with perspective, shadow and noise."""
    side = 4 * PHOTO_SIDE
    paper = Image.new("L", (side, side), 236)
    draw = ImageDraw.Draw(paper)
    closed = [tuple(point) for point in (side * np.concatenate([outline, outline[:1]])).tolist()]
    draw.line(closed, fill=30, width=int(side * 0.022), joint="curve")
    for x in (0.41, 0.59):
        radius = 0.035 * side
        draw.ellipse((x * side - radius, 0.42 * side - radius, x * side + radius, 0.42 * side + radius), fill=30)
    corners = [edge * side + random.uniform(-0.06, 0.06) * side for edge in (0, 0, 0, 1, 1, 1, 1, 0)]
    seen = paper.transform((side, side), Image.Transform.QUAD, corners, Image.Resampling.BILINEAR, fillcolor=236)
    small = seen.filter(ImageFilter.GaussianBlur(2)).resize((PHOTO_SIDE, PHOTO_SIDE), Image.Resampling.BOX)
    axis = np.linspace(-0.5, 0.5, PHOTO_SIDE)
    slope = random.uniform(-0.35, 0.35, 2)
    light = 0.8 + slope[0] * axis[None, :] + slope[1] * axis[:, None]
    noise = random.normal(0, 0.025, (PHOTO_SIDE, PHOTO_SIDE))
    return np.asarray(np.clip(np.asarray(small) / 255 * light + noise, 0, 1).round(3))


def photographed_things(count: int, *, seed: int) -> JsonDict:
    """Return a world of drawings that were photographed, and cut out as the page cuts them out."""
    random = np.random.default_rng(seed)
    photos = [photograph(_outline(random), random).ravel().tolist() for _ in range(count)]
    given = json.dumps({"photos": photos})
    command = [_node(), str(Path(__file__).with_name("cut_out.mjs")), str(ASSETS / "page")]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    parts = json.loads(done.stdout)["parts"]
    return {"nouns": [{"word": word, "parts": each} for word, each in zip(words(count), parts, strict=True)]}


def icons(count: int, *, seed: int) -> JsonDict:
    """Return a world of icons of the shipped sheet."""
    chosen = np.random.default_rng(seed).permutation(len(ICONS.nouns))[:count].tolist()
    nouns = []
    for index in chosen:
        coverage = read_sheet(ICONS)[index, 0]
        image = Image.merge("LA", (Image.new("L", coverage.shape, 128), Image.fromarray(coverage)))
        nouns.append(noun_record(noun_of_cutout(ICONS.nouns[index].word, image)))
    return {"nouns": nouns}


def _look_alikes(count: int, *, seed: int, share: float) -> JsonDict:
    """Return a made-up world whose second thing is its first, with an outline that goes `share` of the way to its own.

    The hint of the page measures such a pair at 0.78 for a share of 0.25, and at 0.91 for one of 0.1.
    """
    document = _drawings(count, seed=seed)
    first, second = (noun["parts"] for noun in document["nouns"][:2])
    near, far = (np.array(parts[0]["points"]) for parts in (first, second))
    body = {"role": "body", "points": ((1 - share) * near + share * far).tolist()}
    document["nouns"][1]["parts"] = [body, *first[1:]]
    return document


SOURCES: dict[str, Callable[..., JsonDict]] = {
    "drawings": _drawings,
    "paper": photographed_things,
    "icons": icons,
    "look-alikes": partial(_look_alikes, share=0.25),
    "twins": partial(_look_alikes, share=0.1),
}


def _node() -> str:
    if (found := shutil.which("node")) is None:
        raise UserError("node", NO_VALUE, "is not installed; these trainings run in the engine of the page")
    return found


def train_world(source: str, count: int, *, seed: int, folder: Path) -> JsonDict:
    """Train a world as a tab does, or read the row if it was trained before; return its row."""
    row_file = folder / f"{source}-{count}-{seed}.json"
    if row_file.exists():
        return dict(json.loads(row_file.read_text()))
    folder.mkdir(parents=True, exist_ok=True)
    world = parse_world(SOURCES[source](count, seed=seed))
    order, weights = _order(world, seed, folder), folder / f"{source}-{count}-{seed}.safetensors"
    command = [
        _node(),
        str(ASSETS / "engine" / "train" / "node.mjs"),
        str(order),
        "--workers",
        "1",
        "--out",
        str(weights),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    curve = [(each["step"], each["scores"]["canonical"]) for each in told if each["kind"] == "evaluation"]
    last = curve[-1][1]
    row = {
        "source": source,
        "count": count,
        "seed": seed,
        "world": world.name,
        "binding": last["binding_accuracy"]["value"],
        "recognition": last["recognition_accuracy"]["value"],
        "bound_at": binding_step([(step, each["binding_accuracy"]["low"]) for step, each in curve[1:]], has_ended=True),
        "confused": confusions(world, json.loads(order.read_text())["config"], weights)[:SHOWN_CONFUSIONS],
    }
    weights.unlink()
    order.unlink()
    write_json(row_file, row)
    return row


def _order(world: World, seed: int, folder: Path) -> Path:
    """Write the order of a training for the engine in Node, and return its file."""
    training, spec = describe_tab_training(), get_preset(TIDY_RECIPE).spec.to_json()
    grammar = Grammar(world)
    config = json.loads(json.dumps(training["configs"]["small"]["clip"]))
    config["model_cfg"]["text_cfg"]["vocab_size"] = len(grammar.words)
    description = describe_world(world)
    for noun in description["nouns"]:  # type: ignore[attr-defined]
        del noun["factor"], noun["dots"]  # the engine measures them itself
    sizes = {"size": 64, "box": 28, "sides": [], "trainedSides": []}
    path = folder / f"world-{world.name}.json"
    write_json(path, description | {"sprites": sizes})
    one, other = (noun.word for noun in world.nouns[:2])
    evaluation = training["evaluation"] | {"canonical": encode(canonical_data(world))}
    evaluation["first"] = evaluation["first"] | {"nouns": [one, other]}
    order = {
        "world": str(path),
        "atlas": None,
        "kernels": str(ASSETS / "engine" / "train" / "kernels.wasm"),
        "config": config,
        "evaluation": evaluation,
        "spec": {"data": spec["data"] | {"world": world.name}, "train": spec["train"] | {"seed": seed}},
    }
    file = folder / f"order-{world.name}.json"
    write_json(file, order)
    return file


def confusions(world: World, config: JsonDict, weights: Path) -> list[JsonDict]:
    """Return pairs of nouns, the most confused first: how often the caption with the other noun is nearer."""
    model = weights.with_suffix("")
    model.mkdir(exist_ok=True)
    grammar = Grammar(world)
    write_json(model / CONFIG_FILE, config)
    for file, content in describe_tab_training()["files"].items():
        write_json(model / file, content)
    make_word_tokenizer(grammar.words).save(str(model / TOKENIZER_FILE))
    shutil.copy(weights, model / WEIGHTS_FILE)
    clip = load_clip(f"local-dir:{model}", find_run_model=lambda _: None)
    shutil.rmtree(model)
    canonical = make_canonical_set(world, seed=0, count=SCENES)
    images, nouns = embed_scenes(clip, canonical.plan, canonical.scenes), canonical.caption.nouns
    others = [replace(canonical.caption, nouns=np.stack([np.full(SCENES, each), nouns[:, 1]], axis=1))
              for each in range(len(world.nouns))]  # fmt: skip
    cosines = np.einsum("nd,knd->nk", images, embed_captions(clip, grammar, others))
    wrong: dict[tuple[int, int], list[bool]] = {}
    for row, (own, second) in zip(cosines, nouns.tolist(), strict=True):
        for each in set(range(len(world.nouns))) - {own, second}:
            wrong.setdefault((min(own, each), max(own, each)), []).append(bool(row[each] >= row[own]))
    named = [noun.word for noun in world.nouns]
    shares = [
        {"one": named[one], "other": named[other], "share": round(float(np.mean(each)), 4)}
        for (one, other), each in wrong.items()
    ]
    return sorted(shares, key=lambda each: -float(str(each["share"])))


# ---- What is said of them


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """Ends of the trainings of one source with one number of things.

    Attributes:
        binding: Share of pictures that find their caption at the end, of each training.
        words: Mean share of pictures whose words are recognized.
        bound_at: Steps at which those trainings bound that did.
        confused: The pair that a training takes for each other most often, with its share, or None.
    """

    source: str
    count: int
    binding: tuple[float, ...]
    words: float
    bound_at: tuple[int, ...]
    confused: JsonDict | None


def endings(rows: Sequence[JsonDict]) -> list[Ending]:
    """Return one ending for each source and number of things of which a training ran, in the order of `SOURCES`."""
    found = []
    for source, count in ((source, count) for source in SOURCES for count in COUNTS):
        if ran := [row for row in rows if (row["source"], row["count"]) == (source, count)]:
            pairs = [row["confused"][0] for row in ran if row["confused"] and row["confused"][0]["share"]]
            found.append(
                Ending(
                    source=source,
                    count=count,
                    binding=tuple(row["binding"] for row in ran),
                    words=mean(row["recognition"] for row in ran),
                    bound_at=tuple(row["bound_at"] for row in ran if row["bound_at"] is not None),
                    confused=max(pairs, key=lambda pair: float(pair["share"]), default=None),
                )
            )
    return found


def table(ends: Sequence[Ending]) -> list[str]:
    """Return the lines of a table of Markdown: a line per source and number of things."""
    lines = [
        "| things | number | n | binding: mean (range) | knows the words | bound | at step, median |"
        " taken for each other most often |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for end in ends:
        low, high = 100 * min(end.binding), 100 * max(end.binding)
        pair = (
            end.confused and f"{end.confused['one']} and {end.confused['other']}, {100 * end.confused['share']:.1f} %"
        )
        cells = [
            end.source,
            end.count,
            len(end.binding),
            f"{100 * mean(end.binding):.1f} % ({low:.1f} to {high:.1f})",
            f"{100 * end.words:.1f} %",
            f"{len(end.bound_at)} of {len(end.binding)}",
            median_low(end.bound_at) if end.bound_at else "none",
            pair or "none",
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def page_endings(ends: Sequence[Ending]) -> str:
    """Return the script from which the page says, before a training, how such worlds ended."""
    lines = [ENDINGS_HEAD, "export const ENDINGS = {"]
    for source, name in PAGE_SOURCES.items():
        lines.append(f"  {name}: {{")
        for end in (end for end in ends if end.source == source):
            low, high = (round(each(end.binding), 3) for each in (min, max))
            numbers = f"n: {len(end.binding)}, bound: {len(end.bound_at)}, low: {low:g}, high: {high:g}"
            lines.append(f"    {end.count}: {{ {numbers} }},")
        lines.append("  },")
    return "\n".join([*lines, "};", ""])


def write_results(folder: Path) -> int:
    """Write the table of `DOCUMENT` and `ENDINGS_FILE` from all rows of a folder; return how many there are."""
    files = [file for source in SOURCES for file in sorted(folder.glob(f"{source}-[0-9]*.json"))]
    ends = endings([json.loads(file.read_text()) for file in files])
    DOCUMENT.write_text(with_tables(DOCUMENT, table(ends)), encoding="utf-8")
    ENDINGS_FILE.write_text(page_endings(ends), encoding="utf-8")
    return len(files)
