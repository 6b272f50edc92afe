// Runs that come from a zip or from the shelf of the browser: they are as they were, or refused.

import assert from "node:assert/strict";

import { hostileZips } from "../hostile_zips.js";
import { recordOf } from "../../../assets/page/tab/record.js";
import { runZip } from "../../../assets/page/tab/zip.js";
import { readZip } from "../../../assets/page/tab/open.js";
import { isWhole } from "../../../assets/page/tab/whole.js";
import { expectedTensors, readConfig } from "../../../assets/engine/architecture.js";
import { digestOf, halfOf, toSafetensors } from "../../../assets/engine/train/save.js";
import { specOf } from "../../../assets/page/recipe.js";
import { modelFiles } from "../../../assets/engine/train/model_files.js";
import { SHELF, engine, trained, spec, tabOf } from "./runs.js";
import { fixtures, GONE_FILE } from "../told.js";

const { catalog, configs, tokenizer, files, own, evaluation } = fixtures,
  { clip: config } = configs.small;

/** The zip of a run with a model whose weights are zeros; the digest that it tells is theirs. */
async function whole() {
  const shapes = [...expectedTensors(readConfig(config))],
    sizeOf = (sides) => sides.reduce((n, side) => n * side, 1),
    weights = Object.fromEntries(shapes.map(([name, sides]) => [name, new Float32Array(sizeOf(sides))])),
    kept = trained(spec({ steps: 12 }), 12, { 6: 0.55, 12: 0.9 }, "finished");
  kept.engine.digests.at(-1).digest = await digestOf(weights, null);
  return runZip(kept, { weights: toSafetensors(shapes, weights), config, files: { "tokenizer.json": tokenizer } });
}

export const zipTests = {
  async "a run that was saved as a zip is opened as it was"() {
    const kept = trained(spec({ steps: 12 }), 12, { 6: 0.55, 12: 0.9 }, "finished"),
      { tabRun: opened, weights } = readZip(runZip(kept, { weights: null, config: null, files: {} }), catalog),
      [one, two] = [kept, opened].map((each) => recordOf(each));
    assert.equal(weights, null);
    for (const part of [
      "name",
      "engine",
      "status",
      "step",
      "seconds",
      "spec",
      "checkpoints",
      "bound_at",
      "asked",
      "planned",
    ])
      assert.deepEqual(two[part], one[part], part);
    assert.deepEqual(
      two.curve.map(({ step, binding }) => [step, binding]),
      one.curve.map(({ step, binding }) => [step, binding]),
    );
    assert.deepEqual(opened.snapshots, kept.snapshots);
    const weighty = readZip(await whole(), catalog);
    assert.equal(weighty.tabRun.bytes, weighty.weights.length);
  },

  async "a run on things of one's own goes through a zip with its world, and through the browser"() {
    const shelved = new Map(),
      shelf = {
        ...SHELF,
        put: async (kept) => (shelved.set(kept.name, kept), []),
        all: async () => [...shelved.values()],
      },
      able = {
        ...engine,
        source: { ...engine.source },
        loadTraining: async () => ({ configs, files, evaluation }),
      },
      here = structuredClone(catalog),
      { runs: mine, orders } = tabOf({ engine: able, catalog: here, shelf });
    await mine.worlds.ready();
    const world = mine.worlds.keep(own),
      kept = {
        ...trained(
          specOf(here, { preset: "binding-friendly", values: { world, steps: 12 } }),
          12,
          { 12: 0.9 },
          "finished",
        ),
        world: own,
      };
    const training = await orders.trainingFiles(kept.spec),
      described = await orders.order(kept.spec),
      model = modelFiles(training, kept.spec);
    assert.equal(described.config.model_cfg.text_cfg.vocab_size, training.world.words.length);
    assert.deepEqual(Object.keys(model.files["tokenizer.json"].model.vocab), training.world.words);
    assert.deepEqual(
      training.evaluation.first.nouns,
      own.nouns.slice(0, 2).map(({ word }) => word),
    );
    assert.equal(
      await orders.refusalOf(kept.spec).catch(({ message }) => message),
      await orders.refusalOf(spec()).catch(({ message }) => message),
    );
    const bytes = runZip(kept, { weights: null, config: null, files: {} }),
      elsewhere = structuredClone(catalog),
      { runs: other } = tabOf({ engine: { ...able, source: { ...engine.source } }, catalog: elsewhere, shelf });
    assert.equal(elsewhere.drawn.includes(world), false);
    const name = await other.importZip(bytes);
    assert.deepEqual(
      [other.runs.get(name).spec.data.world, other.worlds.document(world)],
      [world, mine.worlds.document(world)],
    );
    assert.equal(elsewhere.kinds[world], elsewhere.kinds.things);
    // After a visit the browser has both; a run whose world is another one, or none, is left out.
    for (const [changed, count] of [
      [{}, 1],
      [{ world: null }, 0],
      [{ world: { nouns: [] } }, 0],
    ]) {
      const { runs: later } = tabOf({
        engine: { ...able, source: { ...engine.source } },
        catalog: structuredClone(catalog),
        shelf: { ...SHELF, all: async () => [{ ...shelved.get(name), ...changed }] },
      });
      await later.ready;
      assert.equal(later.rows().length, count);
    }
  },

  async "a hostile or broken zip is refused in one sentence, and nothing of it is kept"() {
    const put = [],
      shelf = { ...SHELF, put: async (kept) => (put.push(kept.name), []) },
      { runs: mine } = tabOf({ catalog: structuredClone(catalog), shelf });
    await mine.ready;
    const slow = [];
    for (const [name, bytes] of Object.entries(hostileZips(await whole(), catalog, own))) {
      const began = process.cpuUsage();
      await assert.rejects(
        mine.importZip(bytes),
        (error) => {
          assert.equal(error.field === "file" || error.message.startsWith(`${error.field}=`), true, name);
          assert.match(error.message, /no zip of a run|more than 64 MB|does not have the digest|^\w+=.*: /, name);
          return true;
        },
        name,
      );
      const { user, system } = process.cpuUsage(began);
      if (user + system > 5_000_000) slow.push(name);
    }
    assert.deepEqual([slow, put, mine.rows()], [[], [], []]);
    await mine.importZip(await whole());
    assert.deepEqual(put, ["tab-binding-friendly-0123456789ab"]);
  },

  async "a file that a browser cannot read is refused in a sentence, and one that is too large is not read"() {
    const { runs: mine } = tabOf({ catalog: structuredClone(catalog) }),
      broken = async () => {
        throw new TypeError("the disk is gone");
      },
      { error: before } = console;
    console.error = () => undefined;
    try {
      await assert.rejects(mine.importFile({ size: 9, arrayBuffer: broken }), /This browser could not open/);
      await assert.rejects(mine.importFile(GONE_FILE), { name: "Refused", message: /changed, moved or deleted/ });
      await assert.rejects(mine.importFile({ size: 1e9, arrayBuffer: broken }), /more than 64 MB/);
    } finally {
      console.error = before;
    }
  },

  async "a file that names a shipped model, a recording or a run that was trained here takes the place of none"() {
    const { runs: mine } = tabOf(),
      kept = trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished"),
      zipOf = (name) => runZip({ ...kept, name }, { weights: null, config: null, files: {} });
    await mine.ready;
    mine.runs.set(kept.name, kept);
    for (const name of ["things-bound", "web-like", kept.name]) {
      const taken = await mine.importZip(zipOf(name));
      assert.match(taken, /^tab-[a-z-]+-[0-9a-f]{12}$/);
      assert.notEqual(taken, kept.name);
      assert.equal(mine.runs.get(taken).origin, "file");
    }
    assert.equal(mine.runs.get(kept.name), kept);
    const other = "tab-web-like-00c4f9a12e6b";
    assert.equal(await mine.importZip(zipOf(other)), other);
    assert.equal(await mine.importZip(zipOf(other)), other, "the same file twice is one run");
  },

  async "a later export of a run takes the place of the model that was read before"() {
    const forgotten = [],
      { runs: mine, orders } = tabOf({ engine: { ...engine, forgetModel: (name) => forgotten.push(name) } }),
      name = "tab-web-like-00c4f9a12e6b",
      zipOf = (steps) =>
        runZip(
          { ...trained(spec({ steps: 12 }), steps, {}, "stopped"), name },
          { weights: null, config: null, files: {} },
        );
    await mine.importZip(zipOf(6));
    orders.starts.cards.set(name, Promise.resolve({}));
    forgotten.length = 0;
    await mine.importZip(zipOf(12));
    assert.deepEqual([forgotten, orders.starts.cards.has(name)], [[name], false]);
  },

  async "at the start a kept run that no view could read is skipped, and the others are there"() {
    const good = trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished"),
      share = { value: 5.5, low: 5.5, high: 5.5, n: 9 },
      scores = Object.fromEntries(Array.from({ length: 257 }, (_, at) => [at + 1, 0.6])),
      often = { ...trained(spec({ steps: 257 }), 257, scores), checkpoints: [], snapshots: [] },
      moreThanAll = (line) => ({
        ...line,
        evaluation: { canonical: { binding_accuracy: share, recognition_accuracy: share } },
      }),
      far = ({ cosines }) => cosines.map((row) => row.map(() => 1e308)),
      broken = [
        { ...good, name: "no-lines", lines: undefined },
        { ...good, name: "no-reason", reason: { id: "run.seed", values: { seed: {} }, text: "seed 3" } },
        { ...good, name: "more-than-a-reason", reason: { id: "a", values: {}, text: "a", parts: "a" } },
        { ...good, name: "no-spec", spec: null },
        { ...good, name: "no-cosines", checkpoints: [{ step: 0, logit_scale: 1, cosines: null }] },
        { ...good, name: "no-number", lines: good.lines.map((line) => ({ ...line, evaluation: { canonical: {} } })) },
        { ...good, name: "a-later-step", snapshots: [{ ...good.snapshots[0], step: 99 }] },
        { ...good, name: "more-than-all", lines: good.lines.map((line) => moreThanAll(line)) },
        { ...good, name: "no-cosine", checkpoints: good.checkpoints.map((each) => ({ ...each, cosines: far(each) })) },
        { ...often, name: "too-often-evaluated" },
        { ...good, name: "too-many-saved", snapshots: Array(65).fill(good.snapshots[0]) },
      ],
      shelf = { ...SHELF, all: async () => [...broken, good] },
      { runs: mine } = tabOf({ shelf });
    await mine.ready;
    assert.deepEqual(
      mine.rows().map(({ run }) => run),
      [good.name],
    );
    assert.ok(isWhole(trained(spec(), 15, { 15: 0.6 })), "one that is under way is whole");
    assert.ok(isWhole({ ...often, lines: often.lines.slice(0, -1), step: 256 }), "one evaluation fewer is enough");
  },

  async "a run that was kept before there were some dials has their defaults, and is the run of its dials"() {
    const now = spec({ steps: 12 }),
      { tidy_share, bare_word, ...data } = now.data,
      old = trained({ ...now, data }, 12, { 12: 0.9 }, "finished"),
      { runs: mine, orders } = tabOf({ shelf: { ...SHELF, all: async () => [old] } });
    await mine.ready;
    assert.deepEqual([tidy_share, bare_word], [0, "none"]);
    assert.equal(mine.nameOf(now), old.name);
    assert.deepEqual((await orders.order({ ...now, data })).spec, now, "so has a training that was published");
  },

  "the nearest half of a number is IEEE's"() {
    const halves = [
      [0, 0],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65519, 0x7bff],
      [65520, 0x7c00],
      [2 ** -24, 1],
      [2 ** -25, 0],
      [3 * 2 ** -25, 2],
      [0.1, 0x2e66],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [Infinity, 0x7c00],
    ];
    for (const [value, bits] of halves) assert.equal(halfOf(value), bits, String(value));
  },
};
