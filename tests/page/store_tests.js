// What a person does and what then is asked and shown: the store with a backend that records wishes.

import assert from "node:assert/strict";

import { shown } from "../../assets/page/before/shown.js";
import { Store } from "../../assets/page/before/store.js";

export function tests(fixtures) {
  const { dialed, answers } = fixtures;

  /** A page of today: `kept` is what the browser stores. */
  function opened(kept = {}) {
    const frames = [], sent = [], takes = {};
    Object.assign(globalThis, {
      requestAnimationFrame: (draw) => frames.push(draw),
      localStorage: { getItem: (key) => kept[key] ?? null, setItem: (key, value) => { kept[key] = value; } },
      document: { hidden: false, body: { classList: { contains: () => false } }, getElementById: () => ({ offsetParent: {} }), querySelectorAll: () => [] },
    });
    const backend = {
      catalog: fixtures.catalog, isStatic: false, poll_ms: 1e6, pairs: async () => answers,
      send: (name, wish) => void sent.push([name, wish]), watch: (found) => void Object.assign(takes, found),
    };
    const store = new Store(backend, () => {});
    return { store, state: store.state, acts: store.acts, sent, takes, names: () => sent.map(([name]) => name), end: () => { clearTimeout(store.poll); clearTimeout(store.asked?.timer); } };
  }
  const answer = (name, seq, more = {}) => ({ ...dialed[name], seq, ...more });
  const run = (step, status = "running") => ({ ...answers.models["binding-friendly"], name: "tidy-3", status, phase: "training", step, steps: 180, mine: true, first: 0 });

  return {
    "dials: one question at a time, and of those that come meanwhile only the last"() {
      const page = opened();
      page.takes.data(answer("web-like", 0));
      for (const value of [0.1, 0.2, 0.3]) page.acts.dial("saliency_bias", value);
      assert.deepEqual(page.sent.map(([name, { values }]) => [name, values.saliency_bias]), [["dialed", 0.1]]);
      assert.equal(page.state.dialed.values.saliency_bias, 0.3, "the control is where it was moved to");
      page.takes.data(answer("changed", 1));
      assert.equal(page.state.dialed.values.saliency_bias, 0.3, "an answer to a move before the last changes nothing");
      assert.deepEqual(page.sent.map(([, wish]) => [wish.seq, wish.values.saliency_bias]), [[1, 0.1], [3, 0.3]]);
      page.takes.data(answer("changed", 3));
      assert.equal(page.state.dialed.values.saliency_bias, 0.4, "the answer to the last move is what is dialed");
      page.end();
    },

    "dials: a recipe keeps the start and the seed, and one press takes it back"() {
      const page = opened();
      page.takes.data(answer("changed", 0));
      const before = page.state.dialed;
      page.acts.recipe("binding-friendly");
      assert.deepEqual(page.sent.at(-1)[1].values, { init: "scratch", seed: null });
      page.takes.data(answer("binding-friendly", 1));
      page.acts.undo();
      assert.deepEqual([page.state.dialed, page.state.before], [before, null]);
      page.end();
    },

    "dials: a refusal stands beside its dial, and nothing is lost"() {
      const page = opened();
      page.takes.data(answer("web-like", 0));
      page.takes.data({ ...fixtures.problem, seq: 0 });
      assert.deepEqual([page.state.why, page.state.isBad], [{ steps: "steps=0: must be from 1 to 1000000" }, true]);
      assert.equal(page.state.data.told, dialed["web-like"].told);
      page.takes.data(answer("web-like", 0));
      assert.deepEqual([page.state.why, page.state.isBad], [{}, false]);
    },

    "a run: checkpoints come in parts, and progress is never taken back"() {
      const page = opened(), whole = run(100);
      page.takes.training({ run: { ...whole, checkpoints: whole.checkpoints.slice(0, 3) }, known: "a" });
      const share = page.state.furthest.share;
      page.takes.training({ run: { ...run(50), first: 3, checkpoints: whole.checkpoints.slice(3, 5) }, known: "a" });
      assert.deepEqual(page.state.run.checkpoints, whole.checkpoints.slice(0, 5));
      assert.equal(page.state.furthest.share, share);
      page.takes.training({ run: { ...run(1), name: "another" }, known: "a" });
      assert.ok(page.state.furthest.share < share);
      page.end();
    },

    "a run: it is followed while it lives, and what the page has is not sent again"() {
      const page = opened();
      page.takes.training({ run: run(10), known: "digest" });
      page.store.follow();
      assert.deepEqual(page.sent.at(-1), ["polled", { run: "tidy-3", compare: "", have: run(10).checkpoints.length, known: "digest" }]);
      globalThis.document.hidden = true;
      page.store.follow();
      assert.equal(page.sent.length, 1, "a page that nobody looks at does not ask");
      page.end();
    },

    "a run: a new one is compared with the one before it, or with what was chosen"() {
      const page = opened();
      page.takes.data(answer("web-like", 0));
      page.takes.training({ run: run(180, "finished"), known: "" });
      page.acts.train();
      assert.equal(page.sent.at(-1)[1].compare, "tidy-3");
      page.takes.training({ problem: "the queue is full" });
      assert.deepEqual([page.state.isStarting, page.state.problem], [false, "the queue is full"]);
      page.acts.compare("web-4");
      assert.equal(page.state.wanted, "web-4");
      page.takes.training({ run: run(180, "finished"), compare: { ...run(60, "finished"), name: "web-4" }, known: "" });
      page.acts.train();
      assert.deepEqual([page.state.wanted, page.sent.at(-1)[1].compare], [null, "web-4"]);
    },

    async "a guess: it stays in the browser, once for each pair and model"() {
      const kept = {}, page = opened(kept);
      page.takes.data(answer("web-like", 0));
      await Promise.resolve().then(() => undefined);
      page.acts.guess("skip");
      page.acts.guess("no");
      const { name } = shown(page.state).run, again = opened(kept);
      assert.deepEqual(again.state.guesses, [{ model: name, pair: 0, guess: "no", binds: false }]);
      page.acts.another();
      assert.equal(page.state.pair, 1);
      assert.deepEqual(opened({ "clip-binding-explorer-guesses": "[{}, 3" }).state.guesses, [], "what the browser holds may be anything");
    },

    "a saved step: the last one is followed until a person chooses"() {
      const page = opened(), last = run(180).checkpoints.length - 1;
      page.takes.training({ run: run(180, "finished"), known: "" });
      page.acts.choose(2);
      assert.equal(page.state.at, 2);
      page.acts.choose(last);
      assert.equal(page.state.at, null);
      page.acts.choose(2);
      page.takes.training({ run: { ...run(180, "finished"), name: "another" }, known: "" });
      assert.equal(page.state.at, null, "another run begins at its end");
    },
  };
}
