// What a repetition computes and says: where digests part, what still holds, rings, receipts, links.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { lanesOf } from "../../assets/page/lanes.js";
import { nameOf } from "../../assets/page/repeat/cell-name.js";
import { boundOf, ChainAgain, firstDifference } from "../../assets/page/repeat/chain.js";
import { joinPhases } from "../../assets/page/repeat/box.js";
import { pairsToBind } from "../../assets/page/repeat/dots.js";
import { repeatLink, readLink } from "../../assets/page/repeat-link.js";
import { repeatReceipt, differenceReport } from "../../assets/page/repeat/receipt.js";
import { Repeats } from "../../assets/page/repeat/repeats.js";
import { RepeatVisit } from "../../assets/page/repeat/page.js";
import { Rings } from "../../assets/page/repeat/rings.js";
import { DialPolicy } from "../../assets/page/dials/dials.js";
import { specOf } from "../../assets/page/recipe.js";
import { LIST, states } from "./repeat_states.js";
import { drawn, fixtures } from "./told.js";

const { catalog } = fixtures;
const A = "a".repeat(64),
  B = "b".repeat(64);
const [TIDY, NEVER, CHAINED] = LIST;

/** A browser's storage, in place of the one that Node has not. */
function storing(act) {
  const kept = new Map(),
    before = globalThis.localStorage;
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  try {
    act(kept);
  } finally {
    globalThis.localStorage = before;
  }
}

/** The page of a link; with `isHeld` what it trains with comes once a function of `loads` is called. */
function visiting({ isHeld = false } = {}) {
  const loads = [],
    facts = { evaluation: { seed: 1 } },
    engine = { loadTraining: () => (isHeld ? new Promise((done) => loads.push(() => done(facts))) : facts) },
    tab = { trainings: { isBusy: false }, cores: { count: 1 }, orders: { measureSpeed: () => null } };
  let query = new URLSearchParams();
  const backend = { kind: "static" },
    page = { catalog, engine, backend, tab, loadTab: () => page, address: { query: () => query, link: () => "" } };
  const visit = new RepeatVisit(page, () => undefined);
  visit.policy.firstCard = async () => null;
  return {
    visit,
    loads,
    turn: (digest, more = {}) => {
      query = new URLSearchParams({ repeat: digest && `1-${digest}`, preset: "binding-friendly", seed: "7", ...more });
    },
  };
}

const refusal = (act) => {
  try {
    act();
  } catch (error) {
    return error.message;
  }
  return null;
};

/** Repeats that draw nothing; `view` answers what they ask of the backend. */
function undrawn(view) {
  class Undrawn extends Repeats {
    draw() {}
    mark() {}
    focus() {}
    async prepare() {}
  }
  const element = () => ({ append: () => {}, addEventListener: () => {} }),
    boxPosition = { forget: () => {}, uncover: () => {}, put: () => {} };
  Object.assign(globalThis, {
    addEventListener: () => {},
    document: { createElement: element },
    MutationObserver: class {
      observe() {}
    },
  });
  return Object.assign(
    new Undrawn({ backend: { view }, engine: null, tab: { trainings: { isBusy: false } } }, element()),
    { boxPosition },
  );
}

export const tests = {
  "a cell has a name in whole words"() {
    const file = new URL("../../assets/study/dots.json", import.meta.url),
      cells = JSON.parse(readFileSync(file, "utf-8")).sweeps.flatMap((sweep) => sweep.cells),
      names = Object.fromEntries(cells.map((cell) => [cell.label, nameOf(cell)]));
    assert.equal(names["named 1, told 1"], "every thing named, every color told");
    assert.equal(names["named 0.75, told 0.35"], "75\u00a0% of the things named, 35\u00a0% of the colors told");
    assert.equal(nameOf({ label: "tidy" }), "tidy");
    for (const name of Object.values(names)) assert.doesNotMatch(name, /\d\.\d|[a-z]-[a-z]+-|named \d|told \d/);
  },

  "digests part at the first saved step that differs, and the step before it is named": () => {
    const published = [
      [0, A],
      [8, A],
      [18, A],
    ];
    assert.equal(
      firstDifference(1, published, [
        [0, A],
        [8, A],
        [18, A],
      ]),
      null,
    );
    assert.deepEqual(
      firstDifference(1, published, [
        [0, A],
        [8, B],
        [18, B],
      ]),
      { phase: 1, step: 8, before: 0 },
    );
    assert.deepEqual(firstDifference(0, published, [[0, B]]), { phase: 0, step: 0, before: null });
    assert.equal(
      firstDifference(
        0,
        [[18, A]],
        [
          [0, B],
          [8, B],
          [18, A],
        ],
      ),
      null,
      "a link has one digest",
    );
    assert.deepEqual(
      firstDifference(
        0,
        [[18, A]],
        [
          [0, B],
          [18, B],
        ],
      ),
      { phase: 0, step: 18, before: null },
    );
  },
  "a chain that is stopped before it began trains nothing": async () => {
    const made = [],
      engine = { loadAtlas: async () => new ArrayBuffer(0), createTrainer: () => made.push(1) },
      orders = { order: async () => ({ evaluation: {} }) },
      spec = { train: { steps: 3 } };
    const running = new ChainAgain({ engine, orders }, { phases: [{ spec, digests: [] }], scenes: 1 }, { workers: 1 });
    running.stop();
    assert.equal(await running.ended, false);
    assert.deepEqual(made, []);
  },
  "a dot of torch whose file comes late opens no box over one that was opened since": async () => {
    const loads = [],
      repeats = undrawn(() => new Promise((load) => loads.push(load))),
      older = { key: "t", label: "tidy", seed: 7, pairs: 256, bound_at: null },
      files = { trainings: { t: { curve: [[1, 0.5]] } } };
    repeats.setDots([TIDY]);
    const first = repeats.showOfTorch(older, null);
    repeats.openBox(TIDY);
    loads[0](files);
    await first;
    assert.equal(repeats.state.dot, TIDY);
    await repeats.showOfTorch(older, null);
    assert.equal(repeats.state.dot.training.seed, 7);
  },
  "a repetition whose file does not come has failed, and the next one may begin": async () => {
    const asked = [],
      view = async (name, { sweep }) => {
        asked.push([name, sweep]);
        throw new Error("The server does not answer.");
      };
    const repeats = undrawn(view);
    for (const dot of [TIDY, NEVER]) {
      repeats.state.dot = dot;
      await repeats.train();
      const failed = { kind: "failed", problem: "It failed: The server does not answer." };
      assert.deepEqual([repeats.live, repeats.outcomes.get(dot.training.key)], [null, failed]);
    }
    assert.deepEqual(asked.length, 2);
  },
  "a link that no tab repeats promises no time and asks nobody to train it": () => {
    const [Part, props] = states()["link-untrainable"],
      page = drawn(Part, props);
    assert.ok(page.includes(props.state.why));
    assert.doesNotMatch(page, /a moment …|Train it here/);
  },
  "turning to another view and back keeps what came of a repetition, and another link takes its place": async () => {
    const { visit, turn } = visiting();
    turn(A);
    await visit.show();
    const outcome = { kind: "same" };
    visit.change({ outcome });
    turn(A, { view: "projector" });
    await visit.show();
    assert.equal(visit.state.outcome, outcome);
    turn(B);
    await visit.show();
    assert.deepEqual([visit.state.outcome, visit.state.dot.training.digest], [null, B]);
    turn("");
    await visit.show();
    assert.deepEqual([visit.state.dot, visit.state.problem.startsWith("repeat: ")], [null, true]);
    turn(B);
    await visit.show();
    assert.deepEqual([visit.state.dot.training.digest, visit.state.problem], [B, ""]);
  },
  "a link that is followed while a training is repeated leaves the training and its address": async () => {
    const { visit, turn } = visiting(),
      put = [];
    visit.page.address.put = (...given) => put.push(given);
    visit.page.address.link = (view, { repeat } = {}) => repeat ?? view;
    turn(A);
    await visit.show();
    visit.change({ running: {} });
    turn(B);
    await visit.show();
    assert.deepEqual([visit.state.dot.training.digest, put], [A, [[`1-${A}`, false]]]);
  },
  "of two links the later one is shown, whichever is read first": async () => {
    const { visit, turn, loads } = visiting({ isHeld: true });
    turn(A);
    const first = visit.show();
    turn(B);
    const second = visit.show();
    loads[1]();
    await second;
    loads[0]();
    await first;
    assert.equal(visit.state.dot.training.digest, B);
    assert.deepEqual(visit.chain.phases[0].digests[0][1], B);
  },
  "saved steps with the published bits are counted until the first other one": () => {
    const digests = [8, 18, 28].map((step) => [step, A]),
      running = { phases: [{ digests }], digests: [[]], difference: null, same: 0 },
      compare = (step, digest) => ChainAgain.prototype.compare.call(running, 0, step, digest);
    compare(0, B); // published by nobody
    compare(8, A);
    assert.deepEqual([running.same, running.difference], [1, null]);
    compare(18, B);
    compare(28, A);
    assert.deepEqual([running.same, running.difference], [1, { phase: 0, step: 18, before: 8 }]);
  },
  "a curve is bound by the rule of the study, or by its end": () => {
    const curve = (...lows) => lows.map((low, at) => [10 * at, low + 0.04, low]);
    assert.deepEqual(boundOf(curve(0.4, 0.8, 0.8, 0.8), "time"), { isBound: true, step: 10 });
    assert.deepEqual(boundOf(curve(0.8, 0.4), "time"), { isBound: false, step: null });
    assert.deepEqual(boundOf(curve(0.8, 0.4, 0.76), "end"), { isBound: true, step: null });
    assert.deepEqual(boundOf([], "end"), { isBound: false, step: null });
  },
  "phases stand one after the other on one axis": () => {
    const { phases, starts, steps } = joinPhases([
      [
        [0, 0.5],
        [10, 0.6],
      ],
      [
        [0, 0.6],
        [5, 0.7],
      ],
    ]);
    assert.deepEqual(
      [phases, starts, steps],
      [
        [
          [
            [0, 0.5],
            [10, 0.6],
          ],
          [
            [10, 0.6],
            [15, 0.7],
          ],
        ],
        [0, 10],
        15,
      ],
    );
  },
  "a dot stands where it was bound, a triangle at the end, a chain behind what came before": () => {
    assert.deepEqual(pairsToBind(TIDY), { pairs: 13_056, isBound: true });
    assert.deepEqual(pairsToBind(NEVER), { pairs: 46_080, isBound: false });
    assert.deepEqual(pairsToBind(CHAINED), { pairs: 46_080, isBound: true });
  },
  "dots that would touch stand in rows of their own": () => {
    assert.deepEqual(lanesOf([50, 10, 51, 52, 90], 3.2), [0, 0, 1, 2, 0]);
    assert.deepEqual(lanesOf([10, 30, 10, 10, 12], 4), [0, 0, 1, 2, 3]);
    assert.deepEqual(lanesOf([], 4), []);
  },
  "rings stay in this browser; those of a file end with it; what is no ring is left out": () =>
    storing((kept) => {
      new Rings({ protocol: "https:" }).put("one", "same");
      const again = new Rings({ protocol: "https:" });
      again.put("two", "differs");
      assert.deepEqual(
        [again.of("one"), again.of("two"), again.of("three"), again.isKept],
        ["same", "differs", "", true],
      );
      const views = [new Rings({ protocol: "https:" }), new Rings({ protocol: "https:" })];
      views.forEach((each, place) => each.put(`view ${place}`, "same"));
      assert.deepEqual(
        ["one", "view 0", "view 1"].map((each) => new Rings({ protocol: "https:" }).of(each)),
        ["same", "same", "same"],
      );
      const [key] = kept.keys();
      kept.set(key, '{"one": "<b>", "two": "same"}');
      assert.deepEqual(
        [new Rings({ protocol: "http:" }).of("one"), new Rings({ protocol: "http:" }).of("two")],
        ["", "same"],
      );
      kept.set(key, '["same"]');
      assert.equal(new Rings({ protocol: "http:" }).of("0"), "");
      const file = new Rings({ protocol: "file:" });
      file.put("two", "same");
      assert.deepEqual([file.of("two"), file.isKept, kept.get(key)], ["same", false, '["same"]']);
    }),
  "a receipt and a report name the training, the digests and the place": () => {
    const found = { digest: B, seconds: 38.2, workers: 1, device: "Firefox 150, Linux", date: "2026-11-30" };
    const receipt = repeatReceipt(TIDY, found);
    assert.match(receipt, /map, tidy, seed 40, key f2a2acbcfc5e3c40, engine 1\n/);
    assert.ok(receipt.includes(B) && receipt.includes("1 core, 38 s"));
    const report = differenceReport(TIDY, {
      ...found,
      difference: { phase: 1, step: 51, before: 30 },
      curves: TIDY.training.curves,
    });
    assert.match(report, /OTHER bits/);
    assert.match(report, /part 2, between steps 30 and 51/);
    assert.ok(report.includes(TIDY.training.digest) && report.includes("binding 0.99500"));
  },
  "a link brings spec, seed and digest, and nothing else repeats": () => {
    const policy = new DialPolicy({ catalog, engine: null }),
      values = { attribute_density: 0.5, attribute_kinds: ["color", "pattern"], steps: 60, seed: 7 },
      spec = specOf(catalog, { preset: "binding-friendly", values });
    const run = { spec, step: 60, steps: 60, engine: { version: 1, digests: [{ step: 60, digest: A }] } },
      link = repeatLink(catalog, run),
      query = new URLSearchParams(link);
    assert.deepEqual(readLink(query, policy), { spec, digest: A });
    assert.ok(link.length < 250, link);
    assert.equal(repeatLink(catalog, { ...run, step: 30 }), null, "it was stopped");
    assert.equal(repeatLink(catalog, { ...run, engine: null }), null);
    const others = [
      ["train", { init: "things-web" }],
      ["data", { world: "own-0123456789abcdef" }],
    ];
    for (const [part, changes] of others) {
      const other = { ...spec, [part]: { ...spec[part], ...changes } };
      assert.equal(repeatLink(catalog, { ...run, spec: other }), null);
    }
  },
  "a bad link gets one sentence": () => {
    const policy = new DialPolicy({ catalog, engine: null }),
      good = { repeat: `1-${A}`, preset: "binding-friendly", seed: "7" };
    const bad = [
      [{ repeat: "" }, /^repeat: this address names no training$/],
      [{ repeat: `1-${A}f` }, /^repeat=1-a{38}: give the version/],
      [{ repeat: `1-${A.toUpperCase()}` }, /give the version/],
      [{ repeat: "<img src=x onerror=alert(1)>" }, /give the version/],
      [{ repeat: `2-${A}` }, /engine 2, and this page has engine 1/],
      [{ preset: "nothing" }, /^preset=nothing: choose /],
      [{ seed: "-1" }, /^seed=-1: /],
      [{ seed: "x" }, /^seed=x: /],
      [{ steps: "1e9" }, /^steps=1000000000: /],
      [{ objects_in_image: "99" }, /^objects_in_image=99: /],
      [{ init: "things-web" }, /^init: /],
      [{ preset: "__proto__" }, /^preset=__proto__: choose /],
      [{ mask_false_negatives: "constructor" }, /^mask_false_negatives=constructor: give true or false/],
      [{ model: "__proto__" }, /^model=__proto__: choose /],
      [{ world: "__proto__" }, /^world=__proto__: choose /],
      [{ attribute_kinds: "__proto__" }, /^attribute_kinds=__proto__: /],
      [{ attribute_kinds: "color,color" }, /^attribute_kinds=color,color: /],
      [{ attribute_kinds: ",," }, /one value of each kind/],
      [{ steps: "1/0" }, /^steps=1\/0: /],
      [{ learning_rate: "NaN" }, /^learning_rate=NaN: /],
      [{ objects_per_image: "9" }, /^objects_per_image: /],
    ];
    for (const [parts, sentence] of bad)
      assert.match(refusal(() => readLink(new URLSearchParams({ ...good, ...parts }), policy)) ?? "", sentence);
    const { seed: _, ...seedless } = good;
    assert.match(
      refusal(() => readLink(new URLSearchParams(seedless), policy)),
      /^seed: /,
    );
    assert.match(
      refusal(() => readLink(new URLSearchParams([...Object.entries(good), ["seed", "8"]]), policy)) ?? "",
      /^seed: /,
    );
    const around = {
      tab: "repeat",
      lang: "zh",
      view: "projector",
      dark: "1",
      __theme: "dark",
      utm_source: "a",
      fbclid: "b",
    };
    for (const parts of [{}, around])
      assert.equal(
        refusal(() => readLink(new URLSearchParams({ ...good, ...parts }), policy)),
        null,
      );
  },
};
