// The parts of a training in the tab that need no browser: the record, the choice of a place, the zip, the backend.

import assert from "node:assert/strict";

import { hostileZips } from "./hostile_zips.js";

import { TabBackend } from "../../assets/page/tab/backend.js";
import { Places } from "../../assets/page/tab/places.js";
import { TabRuns } from "../../assets/page/tab/runs.js";
import { roughDuration } from "../../assets/page/words.js";
import { begun, end, labelOf, recordOf, specOf, take } from "../../assets/page/tab/record.js";
import { runZip } from "../../assets/page/tab/zip.js";
import { openedZip } from "../../assets/page/tab/open.js";
import { isWhole } from "../../assets/page/tab/whole.js";
import { expectedTensors, readConfig } from "../../assets/engine/architecture.js";
import { halfOf, toSafetensors } from "../../assets/engine/train/save.js";
import { savedSteps } from "../../assets/engine/train/steps.js";

const SHELF = { all: async () => [], put: async () => [], remove: async () => null, weights: async () => null };
const FILE = new Uint8Array([1, 2, 3]);

const estimate = (value, low = value - 0.05) => ({ value, n: 343, low, high: Math.min(1, value + 0.05), chance: 0.5 });
const scores = (binding, low) => ({
  canonical: { binding_accuracy: estimate(binding, low), recognition_accuracy: estimate(0.9) },
  own: { binding_accuracy: estimate(0.6), recognition_accuracy: estimate(0.8) },
});
const evaluation = (step, binding, isSaved = true, low = undefined) => ({
  step,
  scores: scores(binding, low),
  cosines: Array.from({ length: 24 }, () => [0.2, 0.1]),
  logit_scale: 14.5,
  inspected: isSaved
    ? { canonical: { images: new Float32Array(48), captions: new Float32Array(48), swapped: new Float32Array(48) } }
    : null,
});
const record = (step) => ({
  step,
  loss: 5,
  chance_loss: 5.5,
  learning_rate: 0.001,
  logit_scale: 14,
  gradient_norm: 1,
  seconds: 0.1,
  rates: {},
});

/** A run that has made so many steps; `bindings` by step, where it was evaluated. */
export function trained(spec, steps, bindings, status = null) {
  const kept = begun({
    name: "tab-binding-friendly-0123456789ab",
    spec,
    label: "Tidy, seed 3, in this tab",
    asked: "0123456789abcdef",
    device: "a browser",
  });
  take(kept, "evaluation", evaluation(0, 0.5));
  for (let step = 1; step <= steps; step++) {
    take(kept, "record", record(step));
    if (bindings[step] !== undefined)
      take(kept, "evaluation", evaluation(step, bindings[step], true, bindings[step] - 0.05));
  }
  if (status) take(kept, "weights", { step: steps, status, digest: "d", file: FILE });
  return kept;
}

export function tests({ catalog, configs }) {
  const known = { catalog, training: { configs, files: {} } };
  const spec = (values = {}, seed = 3) => specOf(catalog, { preset: "binding-friendly", values, seed });
  const engine = { source: {}, loadTraining: async () => ({ kernels: new ArrayBuffer(0), world: {}, configs: {} }) };
  const runs = () => new TabRuns({ engine: { ...engine }, catalog, shelf: SHELF });

  const config = configs.small.clip;
  /** The zip of a run with a model whose weights are zeros. */
  const whole = () => {
    const shapes = [...expectedTensors(readConfig(config))],
      weights = Object.fromEntries(
        shapes.map(([name, sides]) => [name, new Float32Array(sides.reduce((n, side) => n * side, 1))]),
      );
    return runZip(trained(spec({ steps: 12 }), 12, { 6: 0.55, 12: 0.9 }, "finished"), {
      weights: toSafetensors(shapes, weights),
      config,
      files: {},
    });
  };

  return {
    "a spec has the recipe's dials, those that were moved, and a seed that a person can say"() {
      const made = spec({ steps: 12, saliency_bias: 0.4, seed: null }, null);
      assert.deepEqual(
        [made.train.steps, made.data.saliency_bias, made.preset, made.recipe],
        [12, 0.4, "binding-friendly", 2],
      );
      assert.ok(Number.isInteger(made.train.seed) && made.train.seed >= 0 && made.train.seed < 10_000);
      assert.equal(spec({}, 0).train.seed, 0, "a seed of 0 is one");
    },

    "a label says whether dials were moved, and neither seed nor start moves one"() {
      assert.equal(labelOf(catalog, spec()), "Tidy, seed 3, in this tab");
      assert.equal(labelOf(catalog, spec({ steps: 12 })), "Tidy, changed, seed 3, in this tab");
    },

    "after five steps a training says that it takes longer than was promised"() {
      const said = (promised, calls) => {
        const mine = runs(),
          kept = trained(spec(), 10, {}),
          { now } = performance;
        let time = 0;
        performance.now = () => (time += 400);
        try {
          mine.live = { name: kept.name, at: [], predicted: promised, promised };
          for (let call = 0; call < calls; call++) mine.paced(kept);
        } finally {
          performance.now = now;
        }
        return recordOf(kept).eta_words;
      };
      assert.match(said(0.2, 5), /^about \d+ s left$/);
      assert.match(said(0.2, 6), /^about \d+ s left: device is busy$/);
      assert.match(said(0.39, 6), /^about \d+ s left$/);
    },

    "a run under way has the record of a server's run"() {
      const record = recordOf(trained(spec(), 15, { 8: 0.55, 15: 0.6 }));
      assert.deepEqual(
        [record.status, record.phase, record.step, record.steps, record.phase_done, record.pairs_seen],
        ["running", "training", 15, 180, 15 / 180, 15 * 256],
      );
      assert.deepEqual(
        record.curve.map(({ step, binding, pairs }) => [step, binding, pairs]),
        [
          [0, 0.5, 0],
          [8, 0.55, 2048],
          [15, 0.6, 3840],
        ],
      );
      assert.deepEqual(
        record.checkpoints.map(({ step }) => step),
        [0, 8, 15],
      );
      assert.deepEqual(
        record.planned,
        [...new Set([0, 15, ...savedSteps(180)])].sort((one, two) => one - two),
      );
      assert.deepEqual(
        [record.final, record.has_model, record.bound_at, record.mine, record.kind],
        [null, false, null, true, "run"],
      );
    },

    "checkpoints come from those on that the page has"() {
      const kept = trained(spec(), 15, { 8: 0.55, 15: 0.6 });
      assert.deepEqual([recordOf(kept, 2).first, recordOf(kept, 2).checkpoints.map(({ step }) => step)], [2, [15]]);
      assert.deepEqual([recordOf(kept, 9).first, recordOf(kept, 9).checkpoints], [3, []]);
    },

    "it binds at the first of three evaluations in a row above 75 %, and at its end fewer will do"() {
      const three = { 4: 0.7, 8: 0.9, 12: 0.95, 16: 0.97 },
        two = { 4: 0.7, 8: 0.9, 12: 0.95 };
      assert.equal(recordOf(trained(spec({ steps: 40 }), 16, three)).bound_at, 8);
      assert.equal(recordOf(trained(spec({ steps: 40 }), 12, two)).bound_at, null);
      assert.equal(recordOf(trained(spec({ steps: 12 }), 12, two, "finished")).bound_at, 8);
      assert.equal(recordOf(trained(spec({ steps: 40 }), 16, { 4: 0.9, 8: 0.7, 12: 0.9, 16: 0.9 })).bound_at, null);
    },

    "a run that ended has the last evaluation as its number, a run that broke off has none"() {
      const done = recordOf(trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished")),
        kept = trained(spec(), 8, { 8: 0.6 });
      assert.deepEqual(
        [done.status, done.final.binding.value, done.has_model, done.phase],
        ["finished", 0.9, true, null],
      );
      end(kept, "interrupted", "its page was closed");
      const broken = recordOf(kept);
      assert.deepEqual(
        [broken.status, broken.reason, broken.final, broken.has_model, broken.planned.includes(8)],
        ["interrupted", "its page was closed", null, false, true],
      );
    },

    "seconds are said as people say them"() {
      assert.deepEqual([0.4, 7, 19.6, 22, 52, 98, 110, 150, 240, 600].map(roughDuration), [
        "1 s",
        "7 s",
        "20 s",
        "20 s",
        "50 s",
        "100 s",
        "2 min",
        "2½ min",
        "4 min",
        "10 min",
      ]);
    },

    async "the sooner place is chosen until a person chooses, and what cannot train is not"() {
      const speed = { seconds: 50, why: "", rate: 1 },
        fake = { measured: async () => speed.rate, why: async () => speed.why, seconds: async () => speed.seconds };
      const places = new Places(fake),
        chosen = async (server) => {
          await places.dialed({}, server);
          return places.state.chosen;
        };
      assert.equal(await chosen({ seconds: 25, why: "" }), "server");
      assert.equal(await chosen({ seconds: 70, why: "" }), "tab");
      assert.equal(await chosen({ seconds: 25, why: "steps=9: too many" }), "tab", "a server that refuses is no place");
      assert.equal(await chosen(null), "tab", "a page without a server has one place");
      places.choose("tab");
      assert.equal(await chosen({ seconds: 25, why: "" }), "tab", "a choice stays");
      speed.why = "init=things-web: a tab trains from fresh weights; train this on the server";
      assert.equal(await chosen({ seconds: 25, why: "" }), "server", "while it can be kept");
      assert.equal(places.state.tab.short, "not this start");
      speed.rate = null;
      await places.dialed({}, null);
      assert.equal(places.state.canTrain, false);
    },

    async "an answer to dials that were moved again is not shown"() {
      const waiting = [],
        fake = {
          measured: async () => 1,
          why: () => new Promise((resolve) => waiting.push(resolve)),
          seconds: async () => 50,
        };
      const places = new Places(fake),
        first = places.dialed({}, null),
        second = places.dialed({}, null);
      await new Promise((resolve) => setTimeout(resolve));
      waiting[1]("");
      await second;
      waiting[0]("world=x: no");
      await first;
      assert.equal(places.state.tab.why, "");
    },

    async "the backend answers for the tab's runs and passes the rest on"() {
      const asked = [],
        server = {
          kind: "server",
          view: async (name, values) => {
            asked.push([name, values]);
            return {
              run: null,
              compare: null,
              missing: null,
              known: "k",
              is_any_active: false,
              listing: asked.length === 1 ? { runs: [["Web-like, seed 4", "web-4"]], starts: [] } : null,
            };
          },
          act: async (name, values) => ({ did: name, ...values }),
        };
      const mine = runs(),
        backend = new TabBackend(server, mine, () => "server");
      await mine.ready;
      const kept = trained(spec(), 15, { 15: 0.6 });
      mine.runs.set(kept.name, kept);
      const first = await backend.view("run", { name: kept.name, have: 1, known: "" });
      assert.deepEqual([first.run.name, first.run.first, first.missing], [kept.name, 1, null]);
      assert.deepEqual(first.listing.runs, [
        ["Tidy, seed 3, in this tab", kept.name],
        ["Web-like, seed 4", "web-4"],
      ]);
      assert.equal(asked[0][1].name, "", "the server does not know the run");
      const second = await backend.view("run", { name: kept.name, have: 2, known: first.known });
      assert.deepEqual([asked.length, second.listing, second.run.step], [1, null, 15]);
      await backend.view("run", { name: "tab-web-like-000000000000", known: first.known });
      assert.equal(
        asked[1][1].name,
        "tab-web-like-000000000000",
        "a run of another browser may be the server's by now",
      );
      assert.deepEqual(await backend.act("stop", { run: "web-4" }), { did: "stop", run: "web-4" });
      await assert.rejects(backend.act("resume", { run: kept.name }), /goes on where it is/);
      await backend.act("delete", { run: kept.name });
      assert.equal(mine.has(kept.name), false);
    },

    async "a table of runs has those of the tab first, and a search holds for them too"() {
      const server = { kind: "server", view: async () => ({ runs: [{ run: "web-4" }], starts: [] }) },
        mine = runs(),
        backend = new TabBackend(server, mine, () => "server");
      await mine.ready;
      const kept = trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished");
      mine.runs.set(kept.name, kept);
      const { runs: rows } = await backend.view("runs", { words: "" });
      assert.deepEqual(
        rows.map(({ run }) => run),
        [kept.name, "web-4"],
      );
      assert.deepEqual(
        [rows[0].binding.value, rows[0].own.value, rows[0].changed.map(({ field, other }) => [field, other])],
        [
          0.9,
          0.6,
          [
            ["steps", 12],
            ["seed", 3],
          ],
        ],
      );
      assert.deepEqual(
        (await backend.view("runs", { words: "queued" })).runs.map(({ run }) => run),
        ["web-4"],
      );
    },

    async "a run that was saved as a zip is opened as it was"() {
      const kept = trained(spec({ steps: 12 }), 12, { 6: 0.55, 12: 0.9 }, "finished"),
        { kept: opened, weights } = openedZip(runZip(kept, { weights: null, config: null, files: {} }), known),
        [one, two] = [kept, opened].map((each) => recordOf(each));
      assert.equal(weights, null);
      for (const part of ["name", "status", "step", "seconds", "spec", "checkpoints", "bound_at", "asked", "planned"])
        assert.deepEqual(two[part], one[part], part);
      assert.deepEqual(
        two.curve.map(({ step, binding }) => [step, binding]),
        one.curve.map(({ step, binding }) => [step, binding]),
      );
      assert.deepEqual(opened.snapshots, kept.snapshots);
      const weighty = openedZip(whole(), known);
      assert.equal(weighty.kept.bytes, weighty.weights.length);
    },

    async "a hostile or broken zip is refused in one sentence, and nothing of it is kept"() {
      const put = [],
        shelf = { ...SHELF, put: async (kept) => (put.push(kept.name), []) },
        mine = new TabRuns({ engine: { ...engine, loadTraining: async () => ({ configs }) }, catalog, shelf });
      await mine.ready;
      const taken = [];
      for (const [name, bytes] of Object.entries(hostileZips(whole(), catalog))) {
        const began = performance.now();
        await assert.rejects(
          mine.take(bytes),
          (error) => {
            assert.equal(error.field === "file" || error.message.startsWith(`${error.field}=`), true, name);
            assert.match(error.message, /no zip of a run|more than 64 MB|^\w+=.*: /, name);
            return true;
          },
          name,
        );
        if (performance.now() - began > 5000) taken.push(name);
      }
      assert.deepEqual([taken, put, mine.rows()], [[], [], []]);
      await mine.take(whole());
      assert.deepEqual(put, ["tab-binding-friendly-0123456789ab"]);
    },

    async "at the start a kept run that no view could read is skipped, and the others are there"() {
      const good = trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished"),
        broken = [
          { ...good, name: "no-lines", lines: undefined },
          { ...good, name: "no-spec", spec: null },
          { ...good, name: "no-cosines", checkpoints: [{ step: 0, logit_scale: 1, cosines: null }] },
          { ...good, name: "no-number", lines: good.lines.map((line) => ({ ...line, evaluation: { canonical: {} } })) },
          { ...good, name: "a-later-step", snapshots: [{ ...good.snapshots[0], step: 99 }] },
        ],
        shelf = { ...SHELF, all: async () => [...broken, good] },
        mine = new TabRuns({ engine: { ...engine }, catalog, shelf });
      await mine.ready;
      assert.deepEqual(
        mine.rows().map(({ run }) => run),
        [good.name],
      );
      assert.ok(isWhole(trained(spec(), 15, { 15: 0.6 })), "one that is under way is whole");
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
}

/** The zip of a short run, for Python to read. */
export const zip = ({ catalog }) =>
  Buffer.from(
    runZip(
      trained(
        specOf(catalog, { preset: "binding-friendly", values: { steps: 12 }, seed: 3 }),
        12,
        { 6: 0.55, 12: 0.9 },
        "finished",
      ),
      { weights: null, config: null, files: {} },
    ),
  ).toString("base64");
