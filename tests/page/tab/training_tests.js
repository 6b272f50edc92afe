// Trainings of the tab: their pace and workers, the runs from which they go on, what is refused, lent or held.

import assert from "node:assert/strict";

import { Engine } from "../../../assets/engine/client.js";
import { TabBackend } from "../../../assets/page/tab/backend.js";
import { LiveTraining } from "../../../assets/page/tab/live.js";
import { refuseValue } from "../../../assets/engine/train/refusal.js";
import { readZip } from "../../../assets/page/tab/open.js";
import { endRun, recordOf } from "../../../assets/page/tab/record.js";
import { runZip } from "../../../assets/page/tab/zip.js";
import { WordTable } from "../../../assets/page/translate.js";
import { failureText, story } from "../../../assets/page/words.js";
import { SHELF, FILE, KERNELS, coresOf, engine, trained, spec, tabOf } from "./runs.js";
import { fixtures } from "../told.js";

const { catalog, configs, tokenizer, world } = fixtures,
  { clip: config } = configs.small;

/** Act in a browser that may keep its screen on; `locks` are those that it gave, each once `give` is called. */
async function withScreen(act) {
  const locks = [],
    waiting = [];
  const request = () =>
    new Promise((resolve) =>
      waiting.push(() => {
        const lock = { isOn: true, release: async () => void (lock.isOn = false) };
        locks.push(lock);
        resolve(lock);
      }),
    );
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { wakeLock: { request } } });
  globalThis.document = { hidden: false, addEventListener: () => {} };
  const give = async () => {
    waiting.splice(0).forEach((each) => each());
    await new Promise((resolve) => setTimeout(resolve));
    return locks.filter(({ isOn }) => isOn).length;
  };
  try {
    await act({ locks, give });
  } finally {
    Object.defineProperty(globalThis, "navigator", before);
    delete globalThis.document;
  }
}

export const trainingTests = {
  "what every training needs is fetched once, also for its sprites": async () => {
    let fetched = 0;
    const atlas = new ArrayBuffer(1),
      loaded = new Engine({
        training: async () => ({ world: "things", number: ++fetched }),
        world: async () => ({ description: "described", atlas }),
      });
    const [training, sprites] = await Promise.all([loaded.loadTraining(), loaded.loadAtlas()]);
    assert.deepEqual([training, sprites, fetched], [{ world: "described", number: 1 }, atlas, 1]);
  },
  "a screen that is kept on after its training has ended is let go at once": () =>
    withScreen(async ({ locks, give }) => {
      const { trainings } = tabOf();
      trainings.hold()();
      assert.deepEqual([await give(), locks.length], [0, 1]);
    }),

  "a repetition has the screen again when its hidden page is seen again": () =>
    withScreen(async ({ locks, give }) => {
      const { trainings } = tabOf(),
        letGo = trainings.hold();
      assert.equal(await give(), 1);
      document.hidden = true;
      await locks[0].release(); // as a browser does with a hidden page
      trainings.followVisibility();
      assert.equal(await give(), 0);
      document.hidden = false;
      trainings.followVisibility();
      assert.equal(await give(), 1);
      trainings.followVisibility();
      assert.equal(await give(), 1, "one lock at a time");
      letGo();
      assert.equal(await give(), 0);
    }),

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
      return recordOf(kept).left_words;
    };
    assert.match(said(0.2, 5), /^about \d+ s left$/);
    assert.match(said(0.2, 6), /^about \d+ s left; the device is busy$/);
    assert.match(said(0.39, 6), /^about \d+ s left$/);
  },

  async "a run has ended once its model is kept, so that a page that is left then loses nothing"() {
    const seen = [],
      shelf = { ...SHELF, put: async (record, file) => void seen.push([record.status, kept.status, file]) },
      { runs, trainings, cores, orders } = tabOf({ shelf }),
      kept = trained(spec(), 12, { 12: 0.9 }),
      live = new LiveTraining(kept, { orders, cores }),
      last = { step: 12, status: "finished", digest: "d", file: FILE };
    await runs.ready;
    runs.add(kept, { isKept: true, isLent: false });
    trainings.prepare = async () => ({});
    live.begin = async () => {
      live.training = { ended: Promise.resolve(last) };
      trainings.receive(live, "weights", last);
    };
    await trainings.follow(live);
    assert.deepEqual(seen, [["finished", "running", FILE]]);
    assert.deepEqual([kept.status, kept.digest, kept.bytes], ["finished", "d", FILE.length]);
  },

  async "a training that failed says why in the language of the page, and in English in its file"() {
    const failed = async (error) => {
      const kept = trained(spec(), 8, { 8: 0.6 }),
        { runs, trainings, cores, orders } = tabOf(),
        live = new LiveTraining(kept, { orders, cores });
      await runs.ready;
      runs.add(kept, { isKept: true, isLent: false });
      trainings.prepare = async () => ({});
      live.begin = async () => {
        live.training = { ended: Promise.reject(error) };
      };
      await trainings.follow(live);
      return structuredClone(kept); // as a browser keeps it
    };
    const rule = "the loss is not a number at step {step}; give a lower one",
      ends = [
        [refuseValue("learning_rate", 9, rule, { step: 9 }), "learning_rate=9：第 9 步的损失不是数；请用更低的学习率"],
        [new Error("the training of this page does not go on"), "这个页面的训练停住了"],
        [new Error("the training of this page could not start"), "这个页面的训练没能开始"],
        [new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded"), "内存不够：请减小"],
        [new TypeError("Failed to fetch."), "Failed to fetch。"],
      ];
    for (const [error, chinese] of ends) {
      const kept = await failed(error),
        { runs } = tabOf({ shelf: { ...SHELF, all: async () => [kept] } });
      await runs.ready;
      const told = () => story(runs.run(kept.name), 8, {})[0];
      assert.match(told(), /^It failed at step 8: [^{}]*[^.]\.$/);
      assert.equal(failureText(error), told().replace(" at step 8", ""));
      const { reason } = readZip(runZip(kept, { weights: null }), catalog).tabRun;
      assert.equal(told(), `It failed at step 8: ${reason}.`);
      globalThis.explorerWords = new WordTable(fixtures.zh);
      try {
        assert.ok(told().startsWith(`在第 8 步失败：${chinese}`), told());
        assert.ok(failureText(error).startsWith(`失败了：${chinese}`), failureText(error));
        assert.equal(readZip(runZip(kept, { weights: null }), catalog).tabRun.reason, reason);
      } finally {
        delete globalThis.explorerWords;
      }
    }
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
      useWorkers: (count) => {
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
      why = (init, more = {}) => orders.refusalOf(spec({ init, ...more }));
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
    assert.deepEqual([record.title, record.before.counted], ["Web-like, changed, from Tidy, seed 4, in this tab", 12]);
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
    assert.deepEqual(mine.requireRun(name).spec, wanted);
    assert.equal(mine.run(name).seed, 1_888_958_491);
    assert.deepEqual([mine.rows(), mine.list(), mine.starts()], [[], [], []]);
    assert.throws(() => trainings.lend(wanted), /One training at a time/);
    const kept = mine.requireRun(name);
    await mine.keep(kept, FILE);
    assert.deepEqual(put, []);
    await assert.rejects(mine.remove(name), /Stop the training first/);
    endRun(kept, "stopped");
    await mine.remove(name);
    assert.equal(mine.run(name), null);
    await assert.rejects(mine.keepRun(name), /not in this browser/);
    await mine.keep(kept, FILE);
    assert.deepEqual(put, [], "what was removed stays removed");
  },

  async "one who waits for a training that was told to stop has the tab when it has ended"() {
    const { trainings } = tabOf();
    let over = () => {};
    trainings.follow = () => new Promise((resolve) => (over = resolve));
    const name = trainings.lend(spec({}, 1));
    await trainings.whenStopped(); // it goes on: nobody waits for it
    trainings.stop(name);
    let isFree = false;
    const waiting = trainings.whenStopped().then(() => {
      isFree = true;
    });
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(isFree, false);
    over();
    await waiting;
    assert.equal(isFree, true);
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
};
