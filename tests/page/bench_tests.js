// What a person does on the Workbench and what then is asked and shown: the store with a backend that records
// questions.

import assert from "node:assert/strict";

import { Address } from "../../assets/page/address.js";
import { Cells } from "../../assets/page/dials/cells.js";
import { Chart, makeScale, marksOf, SmallCurve } from "../../assets/page/bench/chart.js";
import { linkOf } from "../../assets/page/bench/class-link.js";
import { readOptions } from "../../assets/page/bench/link.js";
import { DialPolicy } from "../../assets/page/dials/dials.js";
import { isTaughtBy, cellAt, measuredWords, medianEnd } from "../../assets/page/dials/measured.js";
import { buttonOf, hasDialsOf, isAsking, shownOf } from "../../assets/page/bench/shown.js";
import { FRAMES } from "../../assets/page/bench/state.js";
import { BenchStore } from "../../assets/page/bench/store.js";
import { Training } from "../../assets/page/bench/training.js";
import { addTab } from "../../assets/page/tab/bench.js";
import { Refused } from "../../assets/page/refused.js";
import { policy } from "./bench_dials.js";
import { engine, SHELF } from "./tab/runs.js";
import { drawn, fixtures, linkTo } from "./told.js";

const { catalog, asker, tidy, pairs, cells_table: table } = fixtures;
const { data: usualData, train: usualTrain } = catalog.presets[0].spec,
  usual = { ...usualData, ...usualTrain },
  at = (changes) => cellAt(new Cells(catalog), { ...usual, ...changes });
const run = (step, changes = {}) => ({
  ...tidy,
  name: "tidy-0123456789ab",
  status: "running",
  phase: "training",
  step,
  steps: 180,
  may_change: true,
  first: 0,
  differs: [],
  ...changes,
});

/** What the store asks of a browser, which keeps things in `kept`. */
function beBrowser(kept) {
  Object.assign(globalThis, {
    requestAnimationFrame: () => 0,
    localStorage: {
      getItem: (key) => kept[key] ?? null,
      setItem: (key, value) => {
        kept[key] = value;
      },
    },
    document: {
      hidden: false,
      addEventListener: () => undefined,
      getElementById: () => ({ offsetParent: {} }),
      querySelectorAll: () => [],
      activeElement: null,
    },
  });
}

/** A page at an address; `runs` answers the view `run`. */
async function opened(
  search = "",
  { kept = {}, runs = () => null, refuse = null, kind = "server", brought = undefined } = {},
) {
  const asked = [],
    written = [];
  let query = new URLSearchParams(search);
  beBrowser(kept);
  const views = {
    pairs: () => pairs,
    run: ({ name, compare, have }) => ({
      run: name ? runs(name, have) : null,
      compare: compare === asker.name ? asker : null,
      missing: name && !runs(name) ? "gone" : null,
      listing_digest: "k",
      listing: { runs: [], starts: [["fresh weights, knows nothing", "scratch"]] },
    }),
  };
  const answered = async (name, values) => {
    asked.push([name, values]);
    if (refuse?.(name)) throw refuse(name);
    return views[name](values);
  };
  const page = {
    catalog,
    language: "en",
    dialed: { get: () => null, set: () => undefined, watch: () => undefined },
    address: {
      query: () => query,
      get: (name) => query.get(name) ?? "",
      write: (parts, { isStep } = {}) => {
        written.push({ ...parts, isStep });
        for (const [name, value] of Object.entries(parts)) value === "" ? query.delete(name) : query.set(name, value);
      },
    },
    backend: {
      kind,
      view: answered,
      act: async (name, values) => {
        asked.push([name, values]);
        if (refuse?.(name)) throw refuse(name);
        return { run: "tidy-0123456789ab" };
      },
    },
    go: (view, parts) => asked.push(["go", view, parts]),
    isShown: (view) => view === "bench",
  };
  const store = new BenchStore(page, { policy, paint: () => undefined });
  await store.open(brought);
  const end = () => store.timers.stop();
  return {
    store,
    state: store.state,
    acts: store.acts,
    asked,
    written,
    goTo: (next) => {
      query = new URLSearchParams(next);
      return store.reopen();
    },
    names: () => asked.map(([name]) => name),
    end,
  };
}

/** From now on each answer about a run waits until its question, of those that wait, is answered by hand. */
function holdRuns({ store }) {
  const { backend } = store.page,
    { view } = backend,
    waiting = [];
  backend.view = (name, values) =>
    name === "run"
      ? new Promise((resolve) => waiting.push({ name: values.name, compare: values.compare, resolve, values }))
      : view(name, values);
  return async (name, compare = "") => {
    const at = waiting.findIndex((each) => each.name === name && each.compare === compare),
      [{ values, resolve }] = waiting.splice(at, 1);
    resolve(await view("run", values));
    await new Promise((done) => setTimeout(done)); // what follows from it
  };
}

/** Give a page its tab, which can train and takes a minute. */
async function mountTab({ store }) {
  const { tab } = await addTab({ engine, catalog, shelf: SHELF, backend: store.page.backend });
  Object.assign(tab.orders, {
    measureSpeed: async () => 1,
    refusalOf: async () => "",
    seconds: async () => 60,
  });
  store.page.loadTab = async () => Object.assign(store.page, { tab });
  await store.places.mountTab();
}

/** The dials' policy of a page whose server answers `ask`, with fixed samples. */
const askingPolicy = (ask) =>
  Object.assign(new DialPolicy({ catalog, engine: null, ask }), { samples: policy.samples });

/** What the view `plan` says of a start that only the server knows. */
const servedPlan = (seconds) => ({ seconds: [seconds, seconds], basis: "", why_not: null, tunes: [] });

export const tests = {
  "a link for a class has recipe, dials and run, and what was chosen; opened, it shows that"() {
    const asked = { preset: "web-like", values: { saliency_bias: 0.5 } },
      written = policy.addressOf(policy.read(new URLSearchParams("preset=web-like&saliency_bias=0.5")));
    const form = { tab: "bench", run: "tidy-3", dials: null, question: "", view: "", lang: "zh" };
    assert.equal(linkOf(form, written), "./?tab=bench&preset=web-like&saliency_bias=0.5&run=tidy-3&lang=zh");
    const chosen = { dials: ["steps", "saliency_bias"], question: " Why? ", view: "projector", lang: "en", run: "" },
      link = linkOf({ ...form, ...chosen }, written);
    assert.equal(
      link,
      "./?tab=bench&preset=web-like&saliency_bias=0.5&dials=steps,saliency_bias&question=Why%3F&view=projector",
    );
    assert.ok(linkOf({ ...form, dials: [] }, written).includes("dials=none"));
    const read = readOptions(new URLSearchParams(link.slice(3)), catalog);
    assert.deepEqual([read.dials.sort(), read.question, read.notes], [["saliency_bias", "steps"], "Why?", []]);
    const { preset, values } = policy.read(new URLSearchParams(link.slice(3)));
    const { name: half } = catalog.presets.find(({ page_name: typed }) => typed === "half-told"),
      readPreset = (text) => policy.read(new URLSearchParams({ preset: text }));
    assert.deepEqual([readPreset("half-told").preset, readPreset(half).preset], [half, half]);
    assert.match(readPreset("half").notes[0], /^preset=half: choose tidy, web-like, .*half-told/);
    assert.deepEqual([preset, values.saliency_bias], [asked.preset, asked.values.saliency_bias]);
  },
  "the link for a class is a part of an address, and the name of earlier versions still opens it"() {
    Object.assign(globalThis, { window: { addEventListener: () => undefined } });
    const read = (pathname, search) => {
      globalThis.location = { pathname, search };
      const address = new Address(false);
      return [address.view(), address.isForClass];
    };
    const { location: before } = globalThis;
    for (const [pathname, search] of [
      ["/", "?share=class"],
      ["/", "?tab=bench&share=class&preset=web-like"],
      ["/", "?tab=teach"],
      ["/teach", "?preset=web-like"],
    ])
      assert.deepEqual(read(pathname, search), ["bench", true], pathname + search);
    assert.deepEqual(read("/", "?tab=bench"), ["bench", false]);
    assert.deepEqual(read("/play", ""), ["bench", false]);
    read("/class", "");
    assert.equal(new Address(false).link("bench", { share: "class" }), "./?tab=bench&share=class");
    globalThis.location = before;
  },

  async "an address that opened the link for a class is one of the dials afterwards"() {
    const page = await opened("share=class&preset=web-like");
    assert.deepEqual([page.state.notes, page.written.at(-1).share], [[], ""]);
  },

  async "a saved run is opened where nothing was trained, and why a file is none is said beside its button"() {
    for (const kind of ["server", "static"]) {
      const page = await opened("", { kind, runs: (name) => run(180, { name, status: "finished" }) }),
        { state, acts, store } = page,
        importFile = async (file) => {
          if (file === "no run") throw new Refused("file", "This is no run.");
          return "tab-tidy-0123456789ab";
        };
      store.page.loadTab = async () =>
        Object.assign(store.page, {
          tab: { runs: { ready: null, list: () => [], importFile }, mount: () => ({ time: async () => undefined }) },
        });
      assert.match(drawn(Training, { state: { ...state, linkTo } }), /data-act="open-saved"/);
      await acts.openSaved(["no run"]);
      assert.equal(state.run, null);
      assert.match(drawn(Training, { state: { ...state, linkTo } }), /role="status"[^>]*>This is no run\./);
      await acts.openSaved(["a run"]);
      assert.deepEqual([state.run.name, state.unopened], ["tab-tidy-0123456789ab", ""]);
      page.end();
    }
  },

  async "what a server refuses can train in the tab, where it can"() {
    const page = await opened("", { refuse: (name) => name === "train" && new Refused("runs", "You have two runs.") }),
      { state, acts, store } = page,
      chosen = [],
      at = { tab: { seconds: 40, why: "" }, server: { seconds: 20, why: "" }, chosen: "server" },
      hasWay = () => drawn(Training, { state: { ...state, linkTo } }).includes('data-act="train-here"');
    store.places.ready = async () => undefined;
    store.places.choose = async (place) => chosen.push(place);
    state.places = { ...at, canTrain: true };
    await acts.train();
    assert.deepEqual([state.problem, hasWay()], ["You have two runs.", true]);
    state.places = { ...at, canTrain: false };
    assert.equal(hasWay(), false);
    await acts.trainHere();
    assert.deepEqual([chosen, page.names().filter((name) => name === "train").length], [["tab"], 2]);
    page.end();
  },

  "a chart says in its text that the trainings beside it had other things"() {
    const chart = (hasOwnThings) =>
      drawn(Chart, { run: null, seeds: true, scale: makeScale([0, 1]), at: null, hasOwnThings });
    assert.match(chart(true), /<span>trainings of the study, with other things<\/span>/);
    assert.match(chart(false), /<span>the study<\/span>/);
  },

  async "a frame is embedded by a name of today, and the first one is chosen"() {
    const earlier = Object.values(fixtures.contract.views).flatMap(({ old_names: names }) => names),
      [[name, [, height]]] = Object.entries(FRAMES),
      { state } = await opened();
    assert.deepEqual(
      Object.keys(FRAMES).filter((each) => earlier.includes(each)),
      [],
    );
    assert.deepEqual([state.embed, state.height], [name, height]);
  },

  async "a first opening asks for the pairs and the model that asks, and chooses Tidy"() {
    const page = await opened();
    assert.deepEqual(page.names().sort(), ["pairs", "run"]);
    assert.deepEqual([page.state.data.preset, page.state.data.is_preset], ["binding-friendly", true]);
    assert.equal(shownOf(page.state).run.name, "things-web");
    assert.ok(isAsking(page.state));
  },

  "a curve says of words that were not asked that they were not"() {
    const point = { step: 0, binding: 0.5, low: 0.4, high: 0.6, recognition: null },
      run = { curve: [point], checkpoints: [point], bound_at: null };
    assert.match(drawn(SmallCurve, { run, at: 0, scale: makeScale([0, 50]) }), /recognition not asked; a coin/);
  },

  async "where the model that asks does not come, the rest is opened, and it is asked for again"() {
    let isRefused = true;
    const page = await opened("preset=web-like", {
      refuse: (name) => (name === "run" && isRefused ? Object.assign(new Error("busy"), { field: "requests" }) : null),
    });
    assert.deepEqual([page.state.data.preset, page.state.asker], ["web-like", null]);
    assert.ok(page.store.timers.ids.asker);
    isRefused = false;
    await page.store.loadAsker();
    assert.equal(page.state.asker.name, asker.name);
    assert.equal(page.state.starts.length, 1);
    page.end();
  },

  async "moving dials asks nobody, and of the moves that come together the last is answered"() {
    const page = await opened(),
      before = page.asked.length;
    const moves = [0.9, 0.8, 0.5].map((value) => page.acts.dial("caption_completeness", value));
    assert.equal(page.state.dialed.values.caption_completeness, 0.5, "the control is where it was moved to");
    await Promise.all(moves);
    assert.equal(page.asked.length, before);
    assert.equal(page.state.data.values.caption_completeness, 0.5);
    assert.equal(page.written.at(-1).caption_completeness, "0.5");
  },

  async "a recipe keeps the start and the seed, and one press takes it back"() {
    const page = await opened("preset=web-like&saliency_bias=0.4&seed=7"),
      before = page.state.dialed;
    await page.acts.chooseRecipe("binding-friendly");
    assert.deepEqual([page.state.data.is_preset, page.state.dialed.values.seed], [true, 7]);
    await page.acts.undo();
    assert.deepEqual([page.state.dialed.values.saliency_bias, page.state.before], [before.values.saliency_bias, null]);
  },

  async "a refusal stands beside its dial, and nothing is lost"() {
    const page = await opened("preset=web-like"),
      { summary } = page.state.data;
    await page.acts.dial("steps", 0);
    assert.equal(page.state.isBad, true);
    assert.match(page.state.why.steps, /^steps=0: must be from 1 to /);
    assert.equal(page.state.data.summary, summary);
  },

  async "what is refused or fails of a move is not said of the next one"() {
    const page = await opened(),
      ends = [
        ({ answer }) => answer({ problem: { field: "steps", sentence: "too late" } }),
        ({ fail }) => fail(new Error("too late")),
      ];
    for (const end of ends) {
      const waiting = [];
      page.store.policy = Object.assign(Object.create(policy), {
        state: () => new Promise((answer, fail) => waiting.push({ answer, fail })),
      });
      const moves = [0.9, 0.5].map((value) => page.acts.dial("caption_completeness", value));
      end(waiting[0]);
      await new Promise((done) => setTimeout(done));
      assert.deepEqual([page.state.why, page.state.isBad, waiting.length], [{}, false, 2]);
      waiting[1].answer({ ...page.state.data, values: { ...page.state.data.values, caption_completeness: 0.5 } });
      await Promise.all(moves);
    }
    page.end();
  },

  async "an address opens dials and a run, and what it cannot mean is said"() {
    const page = await opened("run=tidy-0123456789ab&preset=web-like&saliency_bias=7&foo=1", {
      runs: () => run(180, { status: "finished" }),
    });
    assert.equal(page.state.run.name, "tidy-0123456789ab");
    assert.equal(page.state.data.preset, "binding-friendly", "the dials are those of the run");
    assert.ok(hasDialsOf(page.state, page.state.run));
    assert.equal(page.state.notes.length, 2);
    assert.match(page.state.notes.join(), /saliency_bias=7/);
    page.end();
  },

  async "data that another view asked for follow once the training in this tab has ended"() {
    const page = await opened(),
      told = (status) => ({ run: run(180, { status, in_tab: true, has_model: true }), compare: null, missing: null }),
      trained = () => page.asked.filter(([name]) => name === "train").map(([, wish]) => [wish.preset, wish.init]);
    for (const last of ["stopped", "finished"]) {
      page.store.runs.receive(told("running"));
      page.store.runs.goOnWith(page.state.run.name, { preset: "web-like", values: {} });
      page.store.runs.receive(told("running"));
      assert.deepEqual(trained(), [], "nothing follows while it trains, nor one that was stopped");
      await page.store.runs.receive(told(last));
    }
    assert.deepEqual(trained(), [["web-like", told("finished").run.name]]);
    assert.equal(page.state.next, null);
    page.store.runs.receive(told("running"));
    page.store.runs.goOnWith("another", { preset: "web-like", values: {} });
    assert.equal(page.state.next, null, "the training that runs is another one");
    page.end();
  },

  async "a training says what began, and a second press, or one of another button, starts nothing"() {
    const page = await opened("", { runs: (name) => run(5, { name, status: "finished", may_change: false }) }),
      trained = () => page.names().filter((name) => name === "train").length,
      first = page.store.runs.train(page.state.dialed, "");
    page.store.runs.receive({ run: run(6), compare: null, missing: null }); // of the run before, which is followed
    await Promise.all([
      page.acts.train(),
      page.acts.trainTidy(),
      page.acts.trainOpposite("web-like"),
      page.acts.trainFrom("scratch"),
    ]);
    assert.equal(await page.store.runs.train(page.state.dialed, ""), null);
    assert.deepEqual([await first, trained(), page.state.isStarting], ["tidy-0123456789ab", 1, false]);
    await page.acts.trainOpposite("web-like");
    assert.equal(trained(), 2);
    page.end();
  },

  async "a run that is gone is said to be gone"() {
    const page = await opened("run=never-0123456789ab");
    assert.deepEqual([page.state.run, page.state.missing], [null, "gone"]);
  },

  async "training sends what differs from the recipe, opens the run as a step of the address, and compares with the run before"() {
    const page = await opened("steps=24", { runs: () => run(5) });
    await page.acts.train();
    const [, wish] = page.asked.find(([name]) => name === "train");
    assert.deepEqual(
      [wish.preset, wish.overrides, wish.init, wish.tune, wish.steps],
      ["binding-friendly", {}, "scratch", "all", 24],
    );
    assert.ok(Number.isInteger(wish.seed) && wish.seed >= 0 && wish.seed < 10_000);
    assert.deepEqual([page.state.run.name, page.state.isStarting], ["tidy-0123456789ab", false]);
    assert.deepEqual([page.written.at(-1).run, page.written.at(-1).isStep], ["tidy-0123456789ab", true]);
    await page.acts.train();
    assert.equal(page.asked.filter(([name]) => name === "run").at(-1)[1].compare, "tidy-0123456789ab");
    page.end();
  },

  async "where what trains in the tab does not come, that is said, the server is taken, and it is asked for again"() {
    const page = await opened(),
      answers = [new Error("no network"), new Error("no kernels"), null],
      asked = [];
    const tab = {
      runs: { ready: null, list: () => [] },
      mount: () => ({
        time: async (dialed) => {
          asked.push(dialed.preset);
          if (answers.length) throw answers.shift();
        },
      }),
    };
    page.store.page.loadTab = async () => {
      if (answers[0]?.message === "no network") throw answers.shift();
      page.store.page.tab = tab;
    };
    await page.acts.choosePlace("tab");
    assert.deepEqual([page.state.places.chosen, page.state.places.tab.short, asked], ["server", "not loaded yet", []]);
    await page.store.places.mountTab();
    assert.deepEqual([page.state.places.tab.short, asked.length], ["not loaded yet", 1]);
    assert.ok(page.store.timers.ids.tab, "it will be asked for again");
    answers.length = 0;
    await page.store.places.mountTab();
    await page.store.places.mountTab();
    assert.equal(asked.length, 2, "once it is there, it is not asked for again");
    page.end();
  },

  async "a move asks the server once how long a start of its own takes"() {
    const page = await opened(),
      asked = [];
    page.store.policy = askingPolicy(async (name, { overrides }) => {
      asked.push([name, overrides.init]);
      return servedPlan(40);
    });
    await page.acts.dial("init", "web-1");
    await mountTab(page);
    await page.acts.dial("init", "web-2");
    await new Promise((done) => setTimeout(done));
    assert.deepEqual(asked, [
      ["plan", "web-1"],
      ["plan", "web-2"],
    ]);
    assert.equal(page.state.places.server.seconds, 40);
    page.end();
  },

  async "what the server says of a start is asked for with each move: memory may be free by now"() {
    const page = await opened(),
      memory = "batch_size=256: there is not enough memory";
    let isFree = false;
    page.store.policy = askingPolicy(async () =>
      isFree ? servedPlan(40) : { ...servedPlan(0), seconds: null, why_not: memory },
    );
    const choose = async (init) => {
      await page.acts.dial("init", init);
      return [page.state.data.plan.why_not, page.state.places.server.why, buttonOf(page.state).isOff];
    };
    assert.deepEqual(await choose("web-3"), [memory, memory, true]);
    isFree = true;
    await choose("scratch");
    assert.deepEqual(await choose("web-3"), [null, "", false]);
    page.end();
  },

  async "what the server says of the dials before is not shown of these, however late it comes"() {
    for (const isWithTab of [true, false]) {
      const page = await opened(),
        waiting = [];
      page.store.policy = askingPolicy((_, { overrides }) => {
        const answer = servedPlan(Number(overrides.init.split("-")[1]));
        return new Promise((done) => waiting.push(() => done(answer)));
      });
      if (isWithTab) await mountTab(page);
      for (const seconds of [20, 50]) {
        const moved = page.acts.dial("init", `web-${seconds}`);
        while (!waiting.length) await new Promise((done) => setTimeout(done));
        waiting.pop()();
        await moved;
        await new Promise((done) => setTimeout(done));
      }
      while (waiting.length) {
        waiting.pop()(); // the newest first
        await new Promise((done) => setTimeout(done));
      }
      assert.equal(page.state.places.server.seconds, 50);
      page.end();
    }
  },

  async "pressed in the moment of a move, Train takes the place of the newest dials"() {
    const page = await opened("", { runs: () => run(5) }),
      { store, state } = page,
      places = [],
      seconds = (of) => (of?.values.steps === 24 ? 900 : 60);
    store.page.loadTab = async () => {
      store.page.tab = {
        runs: { ready: null, list: () => [] },
        mount: () => ({ time: async (data) => ({ canTrain: true, tab: { seconds: seconds(data), why: "" } }) }),
      };
    };
    store.places.server = () => ({ seconds: 300, why: "", device: "" });
    store.backend.act = async () => {
      places.push(state.places.chosen);
      return { run: "tidy-0123456789ab" };
    };
    await store.places.mountTab();
    assert.equal(state.places.chosen, "tab", "the sooner place of the dials before");
    const moved = page.acts.dial("steps", 24);
    await page.acts.train();
    await moved;
    assert.deepEqual(places, ["server"]);
    page.end();
  },

  async "in a page without a server Train waits for the trainer, and nobody else answers for it"() {
    const page = await opened("", { kind: "static", runs: () => run(5) }),
      trained = [],
      { store } = page;
    let come = null;
    store.page.loadTab = async () => {
      await new Promise((resolve) => {
        come = resolve;
      });
      const act = async (name) => {
        trained.push(name);
        return { run: "tidy-0123456789ab" };
      };
      Object.assign(store.page, {
        backend: { ...store.page.backend, act },
        tab: { runs: { ready: null, list: () => [] }, mount: () => ({ time: async () => undefined }) },
      });
    };
    const training = page.acts.train();
    while (!come) await new Promise((done) => setTimeout(done));
    assert.deepEqual([page.state.isStarting, page.state.problem, trained], [true, null, []]);
    come();
    await training;
    assert.deepEqual([trained, page.state.run.name], [["train"], "tidy-0123456789ab"]);
    assert.ok(!page.names().includes("train"), "the backend that answers for the file was not asked");
    page.end();
  },

  async "where the trainer does not come, Train says so, and can be pressed again"() {
    const page = await opened("", { kind: "static" });
    page.store.page.loadTab = async () => {
      throw new Error("no kernels");
    };
    await page.acts.train();
    assert.match(page.state.problem, /^The files that this tab needs for training could not be loaded/);
    assert.deepEqual([page.state.isStarting, page.names().includes("train")], [false, false]);
    page.end();
  },

  async "a typed seed is trained with, and stays"() {
    const page = await opened("seed=7", { runs: () => run(5) });
    await page.acts.train();
    assert.equal(page.asked.find(([name]) => name === "train")[1].seed, 7);
    assert.equal(page.state.dialed.values.seed, 7);
    page.end();
  },

  async "a refused training says why, and can be pressed again"() {
    const page = await opened("", {
      refuse: (name) =>
        name === "train" ? Object.assign(new Error("steps=5000: too many"), { field: "steps" }) : null,
    });
    assert.equal(await page.store.runs.train(page.state.dialed, ""), null);
    assert.deepEqual(
      [page.state.problem, page.state.isStarting, page.state.run],
      ["steps=5000: too many", false, null],
    );
  },

  async "saved steps come in parts, and progress is never taken back"() {
    const page = await opened(),
      whole = run(100);
    page.store.runs.receive({ run: { ...whole, checkpoints: whole.checkpoints.slice(0, 3) }, listing_digest: "a" });
    const { share } = page.state.furthest;
    page.store.runs.receive({
      run: run(50, { first: 3, checkpoints: whole.checkpoints.slice(3, 5) }),
      listing_digest: "a",
    });
    assert.deepEqual(
      page.state.run.checkpoints.map((each) => each.step),
      whole.checkpoints.slice(0, 5).map((each) => each.step),
    );
    assert.equal(page.state.furthest.share, share);
    page.end();
  },

  async "an evaluation replaces saved answers, and the page takes all of them anew, once"() {
    let evaluated = null;
    const saved = () => tidy.checkpoints.map((each) => ({ ...each, answers: `evaluated ${evaluated}` })),
      page = await opened("run=one", {
        runs: (name, have) =>
          run(180, { name, status: "finished", evaluated, first: have, checkpoints: saved().slice(have) }),
      });
    evaluated = 1;
    await page.store.runs.follow();
    assert.deepEqual(page.state.run.checkpoints, saved());
    await page.store.runs.follow();
    assert.deepEqual(page.state.run.checkpoints, saved());
    const { length } = saved();
    assert.deepEqual(
      page.asked
        .filter(([name]) => name === "run")
        .slice(-3)
        .map(([, { have }]) => have),
      [length, 0, length],
    );
    page.end();
  },

  async "a second press of Runs, while its files come, opens no second sheet"() {
    const page = await opened(),
      sheets = [],
      classList = { add: () => undefined };
    page.store.page.loadTab = async () => undefined;
    Object.assign(document, {
      createElement: (tag) => ({ tag, setAttribute() {}, addEventListener() {}, showModal() {} }),
      body: { ...document.body, classList, append: ({ id }) => sheets.push(id) },
    });
    await Promise.all([page.acts.openRunList(), page.acts.openRunList()]);
    assert.deepEqual(sheets, ["wb-runs"]);
    await page.acts.openRunList();
    assert.equal(sheets.length, 2, "once it is closed it can be opened again");
    page.end();
  },

  async "a guess in one tab leaves those of another in the browser"() {
    const kept = {},
      pages = [await opened("", { kept }), await opened("", { kept })];
    for (const [pair, page] of pages.entries()) {
      page.store.change({ pair });
      page.acts.guess("skip");
      page.end();
    }
    const { guesses } = (await opened("", { kept })).state;
    assert.deepEqual(
      guesses.map(({ pair }) => pair),
      [0, 1],
    );
  },

  async "a run is asked about until its steps, the scores of its evaluation and the answers that it lacks have come"() {
    const page = await opened(),
      ended = { status: "finished", phase: null },
      polled = [];
    page.store.timers.poll = (name) => polled.push(name);
    for (const changes of [{}, { ...ended, is_evaluated_now: true }, { ...ended, is_asked_now: true }, ended])
      page.store.runs.receive({ run: run(180, changes), compare: null, missing: null });
    page.store.runs.receive({
      run: run(180, ended),
      compare: run(9, { ...ended, is_evaluated_now: true }),
      missing: null,
    });
    assert.deepEqual(polled, ["run", "run", "run", "run"]);
    page.end();
  },

  async "back goes to the run before, and from it to none"() {
    const page = await opened("run=one-0123456789ab", { runs: (name) => run(180, { name, status: "finished" }) });
    await page.goTo("run=two-0123456789ab");
    assert.equal(page.state.run.name, "two-0123456789ab");
    await page.goTo("preset=web-like");
    assert.deepEqual([page.state.run, page.state.data.preset], [null, "web-like"]);
    page.end();
  },

  async "while a run is opened, the one before is still followed, and its late answer does not bring it back"() {
    const page = await opened("run=one", { runs: (name) => run(5, { name }) }),
      answer = holdRuns(page);
    const opening = page.goTo("run=two"),
      following = page.store.runs.follow();
    await answer("two");
    await answer("one");
    await Promise.all([opening, following]);
    page.end();
    assert.deepEqual([page.state.run.name, page.written.at(-1).run, page.state.isOpening], ["two", "two", false]);
  },

  async "Back to the run that is shown takes back one that is being opened"() {
    const page = await opened("run=one", { runs: (name) => run(5, { name }) }),
      answer = holdRuns(page),
      opening = page.goTo("run=two");
    await page.goTo("run=one");
    await answer("two");
    await opening;
    page.end();
    assert.deepEqual([page.state.run.name, page.state.isOpening], ["one", false]);
  },

  async "a run that is followed does not take back one that is opened meanwhile, whose answer comes later"() {
    const page = await opened("run=one", { runs: (name) => run(name === "one" ? 50 : 5, { name }) }),
      answer = holdRuns(page);
    const following = page.store.runs.follow(),
      opening = page.goTo("run=two");
    await answer("one");
    assert.deepEqual([page.state.run.name, page.state.isOpening], ["one", true]);
    await answer("two");
    await Promise.all([opening, following]);
    page.end();
    assert.equal(page.state.run.name, "two");
  },

  async "data that another view brings are dialed from the first, and stay dialed beside the run of the address"() {
    const brought = { preset: "salient", values: { seed: 7 }, isTrained: true },
      page = await opened("run=one", { brought, runs: (name) => run(5, { name }) }),
      { preset, values } = page.state.dialed;
    page.end();
    assert.deepEqual([preset, values.seed, page.state.run.name], ["salient", 7, "one"]);
    assert.equal(page.store.moves.number, 1, "they are dialed once");
  },

  async "a link that names neither data nor another run leaves dials, run and options, and Back passes it"() {
    const page = await opened("run=one&question=Why%3F", { runs: (name) => run(5, { name }) });
    await page.acts.dial("caption_completeness", 0.5);
    for (const link of ["tab=bench", "tab=bench&run=one"]) {
      await page.goTo(link);
      const { caption_completeness: share, run: name, isStep } = page.written.at(-1);
      assert.deepEqual([share, name, isStep], ["0.5", "one", false], link);
      assert.equal(page.state.options.question, "Why?");
    }
    await page.goTo("tab=bench&run=two");
    assert.deepEqual([page.state.run.name, page.state.dialed.values.caption_completeness], ["two", 1]);
    page.end();
  },

  async "a run that was closed stays closed, whatever was asked of it, done to it or opened before"() {
    const runs = (name) => run(5, { name }),
      late = {
        one: [(page) => page.store.runs.follow(), (page) => page.acts.stop()],
        two: [(page) => page.store.runs.open("two")],
      };
    for (const [name, asks] of Object.entries(late))
      for (const ask of asks) {
        const page = await opened("run=one", { runs }),
          answer = holdRuns(page),
          asked = ask(page);
        await new Promise((done) => setTimeout(done)); // until the question about the run is under way
        page.store.runs.close();
        await answer(name);
        await asked;
        page.end();
        assert.deepEqual([page.state.run, page.state.isOpening, page.written.at(-1).run], [null, false, ""], ask);
      }
  },

  async "of two runs that are opened, and of two that are compared, the later question counts and not the later answer"() {
    const page = await opened("run=one", { runs: (name) => run(5, { name }) }),
      answer = holdRuns(page);
    const opening = [page.goTo("run=two"), page.goTo("run=three")];
    await answer("three");
    await answer("two");
    await Promise.all(opening);
    assert.deepEqual([page.state.run.name, page.written.at(-1).run], ["three", "three"]);
    const comparing = [page.acts.compare(asker.name), page.acts.compare("four")];
    await new Promise((done) => setTimeout(done)); // until both are asked
    await answer("three", "four");
    await answer("three", asker.name);
    await Promise.all(comparing);
    page.end();
    assert.equal(page.state.compare, null, "the fixtures know no run to compare but the one that asks");
  },

  async "a training that begins is shown, also where another comparison is chosen meanwhile, unless another run is opened"() {
    for (const isLeft of [false, true]) {
      const page = await opened("run=one", { runs: (name) => run(5, { name }) });
      let start = null;
      page.store.page.backend.act = () =>
        new Promise((resolve) => {
          start = () => resolve({ run: "trained" });
        });
      const training = page.acts.train();
      await new Promise((done) => setTimeout(done)); // until it is sent
      await (isLeft ? page.goTo("run=two") : page.acts.compare(asker.name));
      start();
      await training;
      page.end();
      assert.deepEqual([page.state.run.name, page.state.isStarting], [isLeft ? "two" : "trained", false]);
    }
  },

  async "a guess is kept in this browser, and is asked once for each pair"() {
    const kept = {},
      page = await opened("", { kept });
    page.acts.guess("no");
    assert.equal(isAsking(page.state), false);
    page.acts.change({ pair: 3 });
    assert.equal(isAsking({ ...page.state, isSwinging: false }), true);
    const again = await opened("", { kept });
    assert.equal(isAsking(again.state), false);
    assert.deepEqual(
      again.state.guesses.map(({ model, pair, guess }) => [model, pair, guess]),
      [["things-web", 0, "no"]],
    );
  },

  async "a storage that holds something else is no obstacle"() {
    const page = await opened("", { kept: { "clip-binding-explorer-guesses": '{"a": 1}' } });
    assert.deepEqual(page.state.guesses, []);
  },

  "a teacher's options are read, and those that are wrong are told"() {
    const read = (search) => readOptions(new URLSearchParams(search), catalog);
    assert.deepEqual(read("dials=steps,saliency_bias&question=Which%0Aone%3F&view=projector"), {
      run: "",
      dials: ["saliency_bias", "steps"],
      question: "Which one?",
      notes: [],
    });
    assert.deepEqual(read("dials=none").dials, []);
    assert.equal(read("dials=nonsense").dials, null);
    assert.equal(read("dials=nonsense&view=upside-down").notes.length, 2);
    assert.match(read("tab=attic&lang=fr").notes.join(" "), /tab=attic: choose bench, .*lang=fr: choose en, zh/);
    assert.deepEqual(read("lang=zh&only=scene").notes, []);
    for (const tab of ["play", "train", "teach", "workbench", "inspect", "study", "probe"])
      assert.deepEqual(read(`tab=${tab}`).notes, []);
    const long = read(`question=${"x".repeat(300)}`);
    assert.deepEqual([long.question.length, long.notes.length], [200, 1]);
    assert.equal(read(`${"y".repeat(90)}=1`).notes[0].split(":")[0].length, 40);
  },

  "the cell that stands for dials is that of Python, in every case of the table"() {
    const cells = new Cells({ ...catalog, cells: table.cells });
    for (const { says, asks, finds, dial } of table.cases) {
      const found = cells.near({ ...usual, ...asks });
      assert.deepEqual([found ? cells.all.indexOf(found.cell) : null, found?.dial ?? null], [finds, dial], says);
    }
    assert.equal(new Cells({ ...catalog, cells: [] }).near(usual), null);
  },

  "a seed beyond the end of a training is said and not drawn"() {
    const half = at({ attribute_density: 0.5 }), // bound after 37,376 and 51,712 of 184,320 pairs, one not
      scale = makeScale([0, 50, 100, 180]);
    assert.deepEqual(
      marksOf(half, scale).map(({ pairs: read, isBound, lift }) => [read, isBound, lift]),
      [[37_376, true, 0]],
    );
    const said = measuredWords(half, { last: 180, hasEnded: true }).join(" ");
    assert.match(
      said,
      /^Measured at these dials: 2 of 3 trainings bound, after 37,000 and 52,000 pairs of at most 184,320\./,
    );
    assert.match(said, /One of them comes after the end of this training\./);
    assert.match(
      said,
      /captions like their own, 2 did, after 37,000 and 59,000 pairs\. They ended at 61.% to 99\.0.%\.$/,
    );
    const whole = marksOf({ ...half, values: { ...half.values, batch_size: 1024 } }, scale);
    assert.deepEqual(
      whole.map(({ isBound }) => isBound),
      [true, true, false],
      "a budget that ends within the axis is a triangle there",
    );
  },

  "what was measured names the dial in which it differs, and where nothing is near says so"() {
    assert.match(
      measuredWords(at({ attribute_density: 0.45 })).join(" "),
      /^Measured nearest to these dials: “Attributes told per object” was 1 in 2; here it is 0\.45 each\. 2 of 3/,
    );
    assert.match(measuredWords(at({ init: "things-web" }))[0], /from fresh weights/);
    assert.match(measuredWords(at({ world: `own-${"0".repeat(16)}` })).at(-1), /measured with other things/);
    const nothing = at({ loss: "siglip" });
    assert.deepEqual(
      [nothing, measuredWords(nothing), medianEnd(nothing), isTaughtBy(nothing)],
      [null, ["Nothing was measured near these dials."], null, true],
    );
  },

  "captions that taught no seed of their cell never taught a fresh model"() {
    const web = at({ ...catalog.presets.find(({ name }) => name === "web-like").spec.data });
    assert.deepEqual([isTaughtBy(web), medianEnd(web), isTaughtBy(at({}))], [false, 0.51, true]);
    assert.equal(medianEnd(at({ attribute_density: 0.45 })), null, "of another place nothing is drawn");
    assert.deepEqual(
      marksOf(at({}), makeScale([0, 50, 100, 180])).map(({ lift }) => lift),
      [0, 1, 0],
      "equal ones stand above each other",
    );
  },
};
