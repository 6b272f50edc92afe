// The parts of a training in the tab that need no browser: the record, the choice of a place, the zip, the backend.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { hostileZips } from "./hostile_zips.js";

import { ServerBackend, VisitorQuota } from "../../assets/page/backend.js";
import { TabBackend } from "../../assets/page/tab/backend.js";
import { Cores } from "../../assets/page/tab/cores.js";
import { Places } from "../../assets/page/tab/places.js";
import { makeTab } from "../../assets/page/tab/bench.js";
import { LiveTraining } from "../../assets/page/tab/live.js";
import { roughDuration } from "../../assets/page/words.js";
import { beforeOf, beginRecord, endRecord, recordOf, takeTold } from "../../assets/page/tab/record.js";
import { ORIGINS, runTitle, joinTitle } from "../../assets/page/tab/title.js";
import { runZip } from "../../assets/page/tab/zip.js";
import { openZip } from "../../assets/page/tab/open.js";
import { isWhole } from "../../assets/page/tab/whole.js";
import { expectedTensors, readConfig } from "../../assets/engine/architecture.js";
import { digestOf, halfOf, toSafetensors } from "../../assets/engine/train/save.js";
import { specOf } from "../../assets/page/recipe.js";
import { modelFiles } from "../../assets/engine/train/model_files.js";
import { savedSteps } from "../../assets/engine/train/steps.js";

const SHELF = { all: async () => [], put: async () => [], remove: async () => null, weights: async () => null };
const KERNELS = readFileSync(new URL("../../assets/engine/train/kernels.wasm", import.meta.url));
const TITLES = JSON.parse(readFileSync(new URL("../unit/runs/titles.json", import.meta.url), "utf-8"));
const FILE = new Uint8Array([1, 2, 3]);
const CORES = { count: 1, choices: () => [{ count: 1, about: "" }], why: () => "" };

/** Cores of a device whose browser keeps things in `kept`. */
function coresOf(there, kept = {}, changes = {}) {
  globalThis.localStorage = {
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => {
      kept[key] = value;
    },
  };
  return Object.assign(new Cores({ hardwareConcurrency: there }), changes);
}

const estimate = (value, low = value - 0.05) => ({ value, n: 343, low, high: Math.min(1, value + 0.05), chance: 0.5 });
const scores = (binding, low) => ({
  canonical: { binding_accuracy: estimate(binding, low), recognition_accuracy: estimate(0.9) },
  own: { binding_accuracy: estimate(0.6), recognition_accuracy: estimate(0.8) },
});
const digestAt = (step) => step.toString(16).padStart(64, "0");
const evaluation = (step, binding, isSaved = true, low = undefined) => ({
  step,
  scores: scores(binding, low),
  cosines: Array.from({ length: 24 }, () => [0.2, 0.1]),
  logit_scale: 14.5,
  digest: isSaved ? digestAt(step) : null,
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
  const kept = beginRecord({
    name: "tab-binding-friendly-0123456789ab",
    spec,
    title: joinTitle("Tidy", "seed 3", ORIGINS.here),
    asked: "0123456789abcdef",
    device: "a browser",
  });
  takeTold(kept, "evaluation", evaluation(0, 0.5));
  for (let step = 1; step <= steps; step++) {
    takeTold(kept, "record", record(step));
    if (bindings[step] !== undefined)
      takeTold(kept, "evaluation", evaluation(step, bindings[step], true, bindings[step] - 0.05));
  }
  if (status) takeTold(kept, "weights", { step: steps, status, digest: "d", file: FILE });
  return kept;
}

/** Runs of the tab: one under way, one that ended and went on from another, and one that a zip brought. */
export function runsOf({ catalog }) {
  const of = (changes) => specOf(catalog, { preset: "binding-friendly", values: { steps: 12, ...changes }, seed: 3 }),
    ended = trained(of({}), 12, { 6: 0.55, 12: 0.9 }, "finished"),
    brought = openZip(runZip(trained(of({}), 12, { 12: 0.9 }, "stopped"), { weights: null }), catalog).kept;
  const before = beforeOf(catalog, ended.name, recordOf(ended)),
    after = { ...trained(of({ init: ended.name }), 9, { 6: 0.8 }), before };
  return [ended, brought, after, trained(of({}), 0, {})].map((kept) => ({
    ...kept,
    title: runTitle(catalog, kept.spec, "here"),
  }));
}

/** A page in the frame of the Hub, whose frame answers what `answers` says; and what the frame was asked. */
function framed(host, answers) {
  const asked = [],
    heard = [],
    page = { location: { hostname: host }, addEventListener: (_, hear) => heard.push(hear) };
  page.parent = {
    postMessage: (data, origin, [port] = []) => {
      asked.push([data, origin]);
      const answer = answers[data];
      if (port && answer) port.postMessage(answer);
      else if (answer) for (const hear of heard) hear({ data: answer, origin: answers.origin ?? origin });
    },
  };
  return { page, asked };
}

export function tests({ catalog, configs, tokenizer, world, files, evaluation: asked, things, own }) {
  const spec = (values = {}, seed = 3) => specOf(catalog, { preset: "binding-friendly", values, seed });
  const engine = {
    source: { world: async (name) => ({ name }) },
    loadWorld: async () => things,
    loadTraining: async () => ({ kernels: KERNELS, world: {}, configs: {} }),
  };
  const tabOf = (parts = {}) => makeTab({ engine: { ...engine }, catalog, shelf: SHELF, ...parts });

  const config = configs.small.clip;
  /** The zip of a run with a model whose weights are zeros; the digest that it tells is theirs. */
  const whole = async () => {
    const shapes = [...expectedTensors(readConfig(config))],
      sizeOf = (sides) => sides.reduce((n, side) => n * side, 1),
      weights = Object.fromEntries(shapes.map(([name, sides]) => [name, new Float32Array(sizeOf(sides))])),
      kept = trained(spec({ steps: 12 }), 12, { 6: 0.55, 12: 0.9 }, "finished");
    kept.engine.digests.at(-1).digest = await digestOf(weights, null);
    return runZip(kept, { weights: toSafetensors(shapes, weights), config, files: { "tokenizer.json": tokenizer } });
  };

  return {
    "a visitor's quota is asked of the Hub's frame, and goes along with acts and jobs": async () => {
      const { page, asked } = framed("owner-explorer.hf.space", {
        "supports-zerogpu-headers": "supports-zerogpu-headers",
        "zerogpu-headers": { "x-ip-token": "token", "X-Owner-Key": "another", "x-zerogpu-uuid": 7 },
      });
      const sent = [],
        whole = globalThis.fetch;
      globalThis.fetch = async (address, options) => {
        sent.push([address, options.headers]);
        return { ok: true, json: async () => ({}) };
      };
      try {
        await new ServerBackend(() => "key", new VisitorQuota(page)).act("train", {});
      } finally {
        globalThis.fetch = whole;
      }
      assert.deepEqual(sent, [
        ["a/train", { "x-ip-token": "token", "X-Owner-Key": "key", "Content-Type": "application/json" }],
      ]);
      assert.deepEqual(asked, [
        ["supports-zerogpu-headers", "https://huggingface.co"],
        ["zerogpu-headers", "https://huggingface.co"],
      ]);
    },
    "nobody else is asked for a quota, and nobody else may answer": async () => {
      const elsewhere = framed("localhost", {}),
        foreign = framed("owner-explorer.hf.space", {
          "supports-zerogpu-headers": "supports-zerogpu-headers",
          "zerogpu-headers": { "x-ip-token": "theirs" },
          origin: "https://evil.example",
        });
      for (const { page } of [elsewhere, foreign]) assert.deepEqual(await new VisitorQuota(page).headers(), {});
      assert.deepEqual(elsewhere.asked, []);
      const alone = { location: { hostname: "owner-explorer.hf.space" } };
      alone.parent = alone;
      assert.deepEqual(await new VisitorQuota(alone).headers(), {});
    },
    "a spec has the recipe's dials, those that were moved, and a seed that a person can say"() {
      const made = spec({ steps: 12, saliency_bias: 0.4, seed: null }, null);
      assert.deepEqual(
        [made.train.steps, made.data.saliency_bias, made.preset, made.recipe],
        [12, 0.4, "binding-friendly", 2],
      );
      assert.ok(Number.isInteger(made.train.seed) && made.train.seed >= 0 && made.train.seed < 10_000);
      assert.equal(spec({}, 0).train.seed, 0, "a seed of 0 is one");
    },

    "a run has the title that a server gives it, but for who saw it train"() {
      assert.deepEqual([...new Set(TITLES.map(({ origin }) => origin))].sort(), Object.keys(ORIGINS).sort());
      for (const { preset, changes, origin, title, in_tab: inTab = title } of TITLES) {
        const known = catalog.presets.find(({ name }) => name === preset) ?? catalog.presets[0],
          made = { ...specOf(catalog, { preset: known.name, values: changes, seed: changes.seed ?? 0 }), preset };
        assert.equal(runTitle(catalog, made, origin).text, inTab);
      }
    },

    async "a run that version 1.0 kept is named as one of today"() {
      const { title: _, origin: __, ...file } = trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished"),
        here = { ...file, name: "tab-binding-friendly-ba9876543210", label: "Tidy, changed, seed 3, in this tab" },
        { runs: mine } = tabOf({
          shelf: { ...SHELF, all: async () => [{ ...file, label: "Tidy, changed, seed 3, from a file" }, here] },
        });
      await mine.ready;
      assert.deepEqual(
        mine.list().map(([title]) => title),
        ["Tidy, changed, seed 3, in this tab, 90\u00a0%", "Tidy, changed, seed 3, from a file, 90\u00a0%"],
      );
      assert.equal(mine.run(here.name).title, "Tidy, changed, seed 3, in this tab");
    },

    "after five steps a training says that it takes longer than was promised"() {
      const said = (promised, calls) => {
        const kept = trained(spec(), 10, {}),
          live = Object.assign(new LiveTraining(kept, tabOf()), { predicted: promised, promised }),
          { now } = performance;
        let time = 0;
        performance.now = () => (time += 400);
        try {
          for (let call = 0; call < calls; call++) live.correctPace();
        } finally {
          performance.now = now;
        }
        return recordOf(kept).eta_words;
      };
      assert.match(said(0.2, 5), /^about \d+ s left$/);
      assert.match(said(0.2, 6), /^about \d+ s left; the device is busy$/);
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
        [record.final, record.has_model, record.bound_at, record.may_change, record.kind],
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
      endRecord(kept, "interrupted", "its page was closed");
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
        orders = {
          catalog,
          measureSpeed: async () => speed.rate,
          why: async () => speed.why,
          seconds: async () => speed.seconds,
        };
      const places = new Places({ cores: CORES, orders }),
        chosen = async (server) => {
          await places.time({}, server);
          return places.state.chosen;
        };
      assert.equal(await chosen({ seconds: 25, why: "" }), "server");
      assert.equal(await chosen({ seconds: 70, why: "" }), "tab");
      assert.equal(await chosen({ seconds: 25, why: "steps=9: too many" }), "tab", "a server that refuses is no place");
      assert.equal(await chosen(null), "tab", "a page without a server has one place");
      places.choose("tab");
      assert.equal(await chosen({ seconds: 25, why: "" }), "tab", "a choice stays");
      speed.why = "init=ViT-B-32: its image tower is no plain transformer; train this on the server";
      assert.equal(await chosen({ seconds: 25, why: "" }), "server", "while it can be kept");
      assert.equal(places.state.tab.short, "not this start");
      speed.rate = null;
      await places.time({}, null);
      assert.equal(places.state.canTrain, false);
    },

    async "an answer to dials that were moved again is not shown"() {
      const waiting = [],
        orders = {
          catalog,
          measureSpeed: async () => 1,
          why: () => new Promise((resolve) => waiting.push(resolve)),
          seconds: async () => 50,
        };
      const places = new Places({ cores: CORES, orders }),
        first = places.time({}, null),
        second = places.time({}, null);
      await new Promise((resolve) => setTimeout(resolve));
      waiting[1]("");
      await second;
      waiting[0]("world=x: no");
      await first;
      assert.equal(places.state.tab.why, "");
    },

    "one core is left free where there are more than two, at most eight are used, and half on a battery"() {
      const counts = [undefined, 1, 2, 3, 4, 8, 9, 64].map((there) => coresOf(there).count);
      assert.deepEqual(counts, [1, 1, 2, 2, 3, 7, 8, 8]);
      assert.deepEqual(
        [1, 2, 8].map((there) => coresOf(there, {}, { isOnBattery: true }).count),
        [1, 1, 3],
      );
    },

    "a choice of cores is kept in the browser, and what is usual is no choice"() {
      const kept = {},
        cores = coresOf(8, kept);
      cores.choose(1);
      assert.deepEqual([cores.count, coresOf(8, kept).count, coresOf(1, kept).count], [1, 1, 1]);
      cores.choose(7);
      assert.deepEqual([cores.count, coresOf(4, kept).count], [7, 3]);
      kept["clip-binding-explorer-tab-cores"] = '"many"';
      assert.equal(cores.count, 7, "what somebody else wrote there is nothing");
      assert.deepEqual(
        coresOf(16, {}, { isOnBattery: true })
          .choices()
          .map(({ count }) => count),
        [8, 4, 1],
      );
    },

    "the first steps are timed with all cores and with half, and the quicker number is kept"() {
      const seconds = (whole, half) => (count, all) => (count === all ? whole : half),
        tried = (there, second, kept = {}) => {
          const cores = coresOf(there, kept),
            trial = cores.trial(180),
            asked = [];
          if (!trial) return { cores, asked: null };
          let count = cores.count;
          const all = count;
          for (let step = 0; step < 60; step++) {
            const next = trial.take(step % 8 < 3 ? 9 : second(count, all)); // the first steps of a number are slow
            if (next !== null) asked.push((count = next));
          }
          return { cores: coresOf(there, kept), asked };
        };
      const gain = tried(8, seconds(0.1, 0.19));
      assert.deepEqual([gain.asked, gain.cores.count, gain.cores.trial(180)], [[3, 7], 7, null]);
      const kept = {},
        none = tried(8, seconds(0.1, 0.1), kept);
      assert.deepEqual(
        [none.asked, none.cores.count, none.cores.why()],
        [[3, 3], 3, "More cores were not quicker here."],
      );
      const again = tried(8, seconds(0.1, 0.2), kept);
      assert.deepEqual([again.asked, again.cores.count, again.cores.trial(180)], [[1, 3], 3, null]);
      assert.equal(coresOf(4, kept).count, 3, "what was tried on another computer says nothing");
      assert.equal(coresOf(8).trial(20), null, "a short training is no trial");
      assert.equal(coresOf(1).trial(180), null);
      const chosen = coresOf(8);
      chosen.choose(1);
      assert.equal(chosen.trial(180), null);
    },

    async "a training goes on with the quicker number of workers, and says when one broke off"() {
      const kept = trained(spec(), 1, {}),
        cores = coresOf(8),
        { runs, orders, trainings } = tabOf({ cores }),
        live = new LiveTraining(kept, { orders, cores }),
        asked = [];
      await runs.ready;
      orders.predict = async () => 18;
      runs.add(kept, { isKept: true, isLent: false });
      trainings.live = live;
      const training = {
        workers: 7,
        use: (count) => {
          asked.push(count);
          training.workers = count;
        },
      };
      await live.begin(() => training);
      assert.equal(live.promised, 0.1);
      const steps = async (count, seconds) => {
        for (let step = 0; step < count; step++) {
          live.tryWorkers(seconds);
          await Promise.resolve();
        }
      };
      await steps(8, 0.1);
      assert.deepEqual([asked, runs.run(kept.name).in_tab.said], [[3], ""]);
      await steps(9, 0.3);
      assert.deepEqual([asked, cores.count], [[3, 7], 7]);
      training.workers = 6; // one died
      await steps(2, 0.1);
      assert.equal(live.workers, 6);
      assert.match(runs.run(kept.name).in_tab.said, /goes on with 6 of 7 cores/);
      trainings.chooseCores(1);
      await steps(2, 0.1);
      assert.deepEqual([asked.at(-1), live.workers, cores.count], [1, 1, 1]);
    },

    "the pace of a device is kept for each number of cores"() {
      const kept = {},
        cores = coresOf(8, kept);
      cores.keepPace(7, 1.5);
      cores.keepPace(1, 1.1);
      assert.deepEqual(
        [7, 1, 3].map((count) => cores.pace(count)),
        [1.5, 1.1, 1],
      );
      kept["clip-binding-explorer-tab-paces"] = "1.4";
      assert.equal(cores.pace(7), 1);
      cores.keepPace(7, 1000);
      assert.equal(cores.pace(7), 1, "a pace that cannot be is none");
    },

    async "a start that does not fit is refused in the sentences of the server"() {
      const card = { config, tokenizer, weights: { fp16: new ArrayBuffer(0) } },
        words = { ...tokenizer.model, vocab: { ...tokenizer.model.vocab, zeppelin: 99 } },
        quick = { ...config, model_cfg: { ...config.model_cfg, quick_gelu: true } },
        cards = {
          "things-bound": card,
          "other-words": { ...card, tokenizer: { ...tokenizer, model: words } },
          "quick-gelu": { ...card, config: quick },
        };
      const source = {
          model: async (name) => {
            if (!(name in cards)) throw new Error(`model=${name}: there is no such model here`);
            return cards[name];
          },
        },
        files = { "tokenizer.json": tokenizer },
        given = { ...engine, source, loadTraining: async () => ({ kernels: KERNELS, world, configs, files }) },
        { orders } = tabOf({ engine: given }),
        why = (init, more = {}) => orders.why(spec({ init, ...more }));
      assert.equal(await why("scratch"), "");
      assert.equal(await why("things-bound"), "");
      assert.equal(
        await why("things-bound", { loss: "siglip" }),
        "loss=siglip: things-bound has no logit_bias, so it was not trained with this loss; choose loss=clip",
      );
      assert.equal(await why("other-words"), "init=other-words: its vocabulary is not that of the world things");
      assert.equal(
        await why("things-bound", { bare_word: "certain" }),
        "init=things-bound: its vocabulary is not that of the world things, bare_word=certain",
      );
      assert.match(await why("quick-gelu"), /^init=quick-gelu: a tab trains GELU.*; train this on the server$/);
      assert.match(await why("nobody"), /there is no such model here$/);
      assert.match(await why("things-bound", { tune: "text" }), /^tune=text: .*; train this on the server$/);
    },

    async "a run remembers the run from which it went on, and the tab answers for such a training"() {
      const before = trained(spec({ steps: 12 }), 12, { 6: 0.55, 12: 0.9 }, "finished"),
        tab = tabOf(),
        { runs: mine, trainings } = tab,
        asked = [],
        server = { kind: "server", view: async (_, { compare }) => ({ compare: asked.push(compare) && null }) },
        backend = new TabBackend(server, tab, () => "server");
      await mine.ready;
      trainings.follow = async () => undefined; // nothing trains
      mine.runs.set(before.name, before);
      assert.deepEqual(mine.starts(), [["run: Tidy, seed 3, in this tab", before.name]]);
      const wish = { preset: "web-like", overrides: {}, tune: "all", steps: 24, seed: 4 },
        { run } = await backend.act("train", { ...wish, init: before.name }),
        record = mine.run(run);
      assert.deepEqual(
        [record.title, record.before.counted],
        ["Web-like, changed, from Tidy, seed 4, in this tab", 12],
      );
      assert.deepEqual(
        record.before.curve.map(({ step, binding }) => [step, binding]),
        [
          [0, 0.5],
          [6, 0.55],
          [12, 0.9],
        ],
      );
      assert.equal(record.in_tab.hasStart, true);
      trainings.live = null;
      const other = new TabBackend(server, tab, () => "tab"),
        shipped = mine.run((await other.act("train", { ...wish, init: "things-bound" })).run);
      assert.deepEqual(asked, ["things-bound"]);
      assert.deepEqual([shipped.before.title, shipped.before.counted, shipped.before.curve], ["things-bound", 0, []]);
    },

    async "a training that is lent has exactly the given spec, is in no list, and puts nothing on the shelf"() {
      const put = [],
        { runs: mine, trainings } = tabOf({ shelf: { ...SHELF, put: async ({ name }) => (put.push(name), []) } });
      await mine.ready;
      trainings.follow = async () => undefined; // nothing trains
      const wanted = spec({ steps: 24 }, 1_888_958_491),
        name = trainings.lend(wanted);
      assert.deepEqual(mine.kept(name).spec, wanted);
      assert.equal(mine.run(name).seed, 1_888_958_491);
      assert.deepEqual([mine.rows(), mine.list(), mine.starts()], [[], [], []]);
      assert.throws(() => trainings.lend(wanted), /One training at a time/);
      const kept = mine.kept(name);
      await mine.keep(kept, FILE);
      assert.deepEqual(put, []);
      await assert.rejects(mine.remove(name), /Stop the training first/);
      endRecord(kept, "stopped");
      await mine.remove(name);
      assert.equal(mine.run(name), null);
      await assert.rejects(mine.keepRun(name), /not in this browser/);
      await mine.keep(kept, FILE);
      assert.deepEqual(put, [], "what was removed stays removed");
    },

    async "while a training is repeated no run begins, nor another repetition"() {
      const { trainings } = tabOf();
      trainings.follow = async () => undefined; // nothing trains
      const letGo = trainings.hold();
      assert.equal(trainings.isBusy, true);
      assert.throws(() => trainings.lend(spec({}, 1)), /One training at a time/);
      assert.throws(() => trainings.hold(), /One training at a time/);
      letGo();
      assert.equal(trainings.isBusy, false);
      trainings.lend(spec({}, 1));
      assert.throws(() => trainings.hold(), /One training at a time/);
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
      const tab = tabOf(),
        { runs: mine } = tab,
        backend = new TabBackend(server, tab, () => "server");
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
      await backend.view("run", { name: "", known: "k" });
      assert.equal(asked.pop()[1].known, "", "a list of before the tab came is asked for again");
      const second = await backend.view("run", { name: kept.name, have: 2, known: first.known });
      assert.deepEqual([asked.length, second.listing, second.run.step], [1, null, 15]);
      await backend.view("run", { name: "tab-web-like-000000000000", known: first.known });
      assert.equal(
        asked[1][1].name,
        "tab-web-like-000000000000",
        "a run of another browser may be the server's by now",
      );
      assert.deepEqual(await backend.act("stop", { run: "web-4" }), { did: "stop", run: "web-4" });
      await assert.rejects(backend.act("resume", { run: kept.name }), /can go on only in this tab/);
      endRecord(kept, "interrupted");
      await backend.act("delete", { run: kept.name });
      assert.equal(mine.has(kept.name), false);
    },

    async "a table of runs has those of the tab first, and a search holds for them too"() {
      const server = { kind: "server", view: async () => ({ runs: [{ run: "web-4" }], starts: [] }) },
        tab = tabOf(),
        { runs: mine } = tab,
        backend = new TabBackend(server, tab, () => "server");
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
        { kept: opened, weights } = openZip(runZip(kept, { weights: null, config: null, files: {} }), catalog),
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
      const weighty = openZip(await whole(), catalog);
      assert.equal(weighty.kept.bytes, weighty.weights.length);
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
          loadTraining: async () => ({ configs, files, evaluation: asked }),
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
      const training = await orders.training(kept.spec),
        described = await orders.order(kept.spec),
        model = modelFiles(training, kept.spec);
      assert.equal(described.config.model_cfg.text_cfg.vocab_size, training.world.words.length);
      assert.deepEqual(Object.keys(model.files["tokenizer.json"].model.vocab), training.world.words);
      assert.deepEqual(
        training.evaluation.first.nouns,
        own.nouns.slice(0, 2).map(({ word }) => word),
      );
      assert.equal(
        await orders.why(kept.spec).catch(({ message }) => message),
        await orders.why(spec()).catch(({ message }) => message),
      );
      const bytes = runZip(kept, { weights: null, config: null, files: {} }),
        elsewhere = structuredClone(catalog),
        { runs: other } = tabOf({ engine: { ...able, source: { ...engine.source } }, catalog: elsewhere, shelf });
      assert.equal(elsewhere.drawn.includes(world), false);
      const name = await other.take(bytes);
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
      const taken = [];
      for (const [name, bytes] of Object.entries(hostileZips(await whole(), catalog, own))) {
        const began = performance.now();
        await assert.rejects(
          mine.take(bytes),
          (error) => {
            assert.equal(error.field === "file" || error.message.startsWith(`${error.field}=`), true, name);
            assert.match(error.message, /no zip of a run|more than 64 MB|does not have the digest|^\w+=.*: /, name);
            return true;
          },
          name,
        );
        if (performance.now() - began > 5000) taken.push(name);
      }
      assert.deepEqual([taken, put, mine.rows()], [[], [], []]);
      await mine.take(await whole());
      assert.deepEqual(put, ["tab-binding-friendly-0123456789ab"]);
    },

    async "a file that names a shipped model, a recording or a run that was trained here takes the place of none"() {
      const { runs: mine } = tabOf(),
        kept = trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished"),
        zipOf = (name) => runZip({ ...kept, name }, { weights: null, config: null, files: {} });
      await mine.ready;
      mine.runs.set(kept.name, kept);
      for (const name of ["things-bound", "web-like", kept.name]) {
        const taken = await mine.take(zipOf(name));
        assert.match(taken, /^tab-[a-z-]+-[0-9a-f]{12}$/);
        assert.notEqual(taken, kept.name);
        assert.equal(mine.runs.get(taken).origin, "file");
      }
      assert.equal(mine.runs.get(kept.name), kept);
      const other = "tab-web-like-00c4f9a12e6b";
      assert.equal(await mine.take(zipOf(other)), other);
      assert.equal(await mine.take(zipOf(other)), other, "the same file twice is one run");
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
        { runs: mine } = tabOf({ shelf });
      await mine.ready;
      assert.deepEqual(
        mine.rows().map(({ run }) => run),
        [good.name],
      );
      assert.ok(isWhole(trained(spec(), 15, { 15: 0.6 })), "one that is under way is whole");
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
