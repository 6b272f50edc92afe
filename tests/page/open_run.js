// "Open questions": the states of the page, and what becomes of a press on its button; see told.js.

import assert from "node:assert/strict";

import { axisOf, ticksOf } from "../../assets/page/open/axis.js";
import { dotsOf } from "../../assets/page/open/dots.js";
import { boundAt, checkFile, curveOf, listOf, resultOf, resultsOf, withOwn } from "../../assets/page/open/results.js";
import { OpenQuestions } from "../../assets/page/open/store.js";
import { receiptOf } from "../../assets/page/open/side.js";
import { OpenPage } from "../../assets/page/open/view.js";
import { Refused } from "../../assets/page/refused.js";
import { emptyBox, RepeatBox } from "../../assets/page/repeat/box.js";
import { say } from "../../assets/page/words.js";
import { drawn, fixtures, GONE_FILE, tell } from "./told.js";

const { empty, part, whole, kept, unreadable } = fixtures;
const DAY = "2026-01-15";

// ---- States

const usual = (answer, more = {}) => ({
  list: listOf(answer),
  problem: "",
  evidence: "?tab=evidence",
  isStatic: false,
  canTrain: true,
  next: { seconds: 82, isShortest: false },
  isBusy: false,
  isTaking: false,
  isComplete: false,
  run: null,
  broken: null,
  after: null,
  said: "",
  mine: {},
  waiting: 0,
  given: null,
  ...more,
});
const running = (more = {}) => ({
  entry: "filler/plain/3",
  question: "filler",
  cell: "plain",
  number: 19,
  step: 227,
  steps: 720,
  seed: 668298709,
  pairs: 58_112,
  left: "",
  budget: 184_320,
  spoken: "",
  said: "",
  isPaused: false,
  curve: [0.51, 0.49, 0.53, 0.61].map((binding, place) => ({ binding, pairs: 18_000 * place })),
  ...more,
});
/** What came of a training of the list, by the name of the entry. */
function after(entry, { isWaiting = false, refused = "", standing = null }, bound = 41_216) {
  const { question, pairs } = listOf(part).entries.find(({ name }) => name === entry),
    digest = "c07d41aa9e36".padEnd(64, "0");
  const result = {
    entry,
    list_digest: part.list_digest,
    engine_version: 1,
    digests: [digest],
    curve: [0.5, 0.9],
    scenes: 120,
  };
  return {
    entry,
    question,
    pairs,
    day: DAY,
    digest,
    bound_at: bound,
    isWaiting,
    refused,
    standing,
    result: { ...result, browser: "Firefox 153", architecture: "" },
  };
}
const owned = (entry, more, bound) => ({
  after: after(entry, more, bound),
  mine: { [entry]: { bound_at: bound ?? 41_216 } },
});
const [FIRST, SECOND, DIFFERS, UNTOLD] = ["one", "confirmed", "differs", "open"].map(
  (state) => listOf(part).entries.find((each) => each.state === state).name,
);

const STATES = {
  loading: () => ({ ...usual(empty), list: null, canTrain: null, next: undefined }),
  unreachable: () => ({
    ...usual(empty),
    list: null,
    problem: say("The list cannot be reached. Check the connection, then open this page again."),
  }),
  empty: () => usual(empty, { canTrain: null, next: undefined }),
  part: () => usual(part, { mine: { [FIRST]: {}, [SECOND]: {} } }),
  "a-question-that-cannot-be-read": () => usual(unreadable),
  whole: () => usual(whole, { isComplete: true }),
  "another-training-runs": () => usual(part, { isBusy: true }),
  "slow-device": () => usual(part, { next: { seconds: 280, isShortest: true } }),
  "no-webassembly": () => usual(part, { canTrain: false, next: undefined }),
  "address-unknown": () => usual({ ...part, is_counted: false, note: fixtures.unknown }),
  "nothing-left": () => usual(part, { next: null }),
  "all-confirmed-before-the-audit": () => usual(fixtures.audited, { isComplete: true }),
  running: () => usual(part, { run: running() }),
  paused: () => usual(part, { run: running({ isPaused: true, said: "" }) }),
  "broke-off": () => usual(part, { broken: { seconds: 82 } }),
  "after-the-first-of-two": () => usual(part, owned(FIRST, { standing: { state: "one" } })),
  "after-from-an-unknown-address": () =>
    usual({ ...part, is_counted: false, note: fixtures.unknown }, owned(UNTOLD, { standing: { state: "open" } })),
  "after-it-counts": () =>
    usual(part, owned(SECOND, { standing: { state: "confirmed", digest: "c07d41aa9e36".padEnd(64, "0") } })),
  differs: () => usual(part, owned(DIFFERS, { standing: { state: "differs" } }, null)),
  "differs-from-two": () => usual(part, owned(SECOND, { standing: { state: "confirmed", digest: "ab".repeat(32) } })),
  refused: () => usual(part, { after: after(FIRST, { refused: fixtures.refused }) }),
  offline: () =>
    usual(part, {
      ...owned(FIRST, { isWaiting: true }),
      waiting: 2,
      problem: say`The list cannot be reached. The dots are those of ${DAY}.`,
    }),
  "a-file-is-sent": () => usual(part, { given: { isSending: true, taken: 1, refused: "", problem: "" } }),
  "a-file-was-given": () =>
    usual(part, { given: { isSending: false, taken: 3, refused: fixtures.refused, problem: "" } }),
  "no-file-of-results": () =>
    usual(part, {
      given: {
        isSending: false,
        taken: 0,
        refused: "",
        problem: say("This is no file of results. Choose open-questions.json, which a page without a server saved."),
      },
    }),
  "static-before": () => usual(empty, { isStatic: true }),
  "static-after": () => usual(empty, { isStatic: true, ...owned("filler/plain/1", {}) }),
};
/** The box of a dot, by the name of its entry. */
const box = (entry, { mine = {}, ...more } = {}) => {
  const dots = dotsOf(listOf(part), mine),
    dot = dots.find(({ training }) => training.key.endsWith(`/${entry}`));
  return {
    ...emptyBox(),
    seconds: 82,
    cores: 4,
    isKept: true,
    dot,
    number: { at: dots.indexOf(dot) + 1, of: dots.length },
    ...more,
  };
};
const ended = (digest, difference = null) => ({
  kind: difference ? "differs" : "same",
  difference,
  digest,
  curves: [[[0, 0.5, 0.41]]],
  seconds: 82,
  workers: 4,
  numbers: 1_411_201,
  browser: "Firefox 153",
  device: "",
  date: DAY,
});
const BOXES = {
  "a-confirmed-dot-is-opened": () => box(SECOND),
  "a-dot-of-one-computer-is-opened": () => box(FIRST, { mine: { [FIRST]: {} } }),
  "a-dot-of-different-bits-is-opened": () => box(DIFFERS),
  "a-confirmed-dot-was-repeated": () => box(SECOND, { outcome: ended("ab".repeat(32)) }),
};
const states = () => ({
  ...Object.fromEntries(Object.entries(STATES).map(([name, state]) => [name, drawn(OpenPage, { state: state() })])),
  ...Object.fromEntries(Object.entries(BOXES).map(([name, state]) => [name, drawn(RepeatBox, { state: state() })])),
});

// ---- A visit

/** The locks of a browser that holds `held` for one of its tabs. */
const locksOf = (held) => ({
  async request(name, _, whileHeld) {
    if (held.has(name)) return whileHeld(null);
    held.add(name);
    await whileHeld({ name });
    return held.delete(name);
  },
});

/** A page whose server does what `serve` says; `asked` collects what it was asked for. */
function visit(serve = {}, { kind = "server", keeps = {} } = {}) {
  const asked = [],
    storage = (held) => ({
      getItem: (key) => held[key] ?? null,
      setItem: (key, text) => void (held[key] = text),
      removeItem: (key) => void delete held[key],
    });
  globalThis.localStorage = storage(keeps);
  globalThis.sessionStorage = storage((keeps.session ??= {}));
  Object.defineProperty(navigator, "locks", { value: locksOf((keeps.locks ??= new Set())), configurable: true });
  globalThis.document = { hidden: false };
  const answers = { open_questions: () => part, take_open: () => lease, ...serve };
  const answer = async (name, values) => {
    asked.push([name, values]);
    const given = answers[name]?.(values);
    if (given instanceof Error) throw given;
    return given;
  };
  const watchers = [],
    held = new Map();
  let finish = () => {};
  const orders = { measureSpeed: async () => 1e9, seconds: async ({ train }) => train.steps / 9 };
  const runs = {
    watch: (each) => watchers.push(each),
    requireRun: (name) => held.get(name),
    run: (name) => ({ step: 12, steps: 720, seed: 7, pairs_seen: 3072, left_words: "", in_tab: held.get(name) }),
    remove: async (name) => void held.delete(name),
  };
  const trainings = {
    live: null,
    get isBusy() {
      return trainings.live !== null;
    },
    lend(spec) {
      if (trainings.isBusy) throw new Refused("run", "One training at a time in a tab: stop the other first.");
      held.set("tab-1", {
        ...structuredClone(kept),
        spec: { ...kept.spec, ...spec },
        status: "running",
        isPaused: false,
      });
      trainings.live = { name: "tab-1", ended: new Promise((resolve) => (finish = resolve)) };
      return "tab-1";
    },
    whenEnded: () => trainings.live.ended,
    pause: (name) => (held.get(name).isPaused = true),
    stop: () => trainings.over("stopped"),
    over(status) {
      held.get("tab-1").status = status;
      trainings.live = null;
      watchers.forEach((each) => each());
      finish();
    },
  };
  const page = {
    backend: { kind, view: answer, act: answer },
    address: { link: (view) => `?tab=${view}` },
    loadTab: async () => ({ tab: { orders, runs, trainings } }),
  };
  const store = new OpenQuestions(page, () => {});
  return { store, asked, orders, runs, trainings, keeps, names: () => asked.map(([name]) => name) };
}
const lease = {
  entry: FIRST,
  lease: "l".repeat(32),
  lease_s: 600,
  list_digest: part.list_digest,
  spec: listOf(part).entries.find(({ name }) => name === FIRST).spec,
};
async function opened(...given) {
  const made = visit(...given);
  await made.store.start();
  await made.store.ready;
  return made;
}
/** The page is closed, or loaded again. */
const end = ({ store, keeps }) => {
  store.timers.stop();
  keeps.locks.clear();
};
const GONE = () => new Refused("", "The server does not answer.", 0);

const TESTS = {
  async "nothing is asked for but the list before a press, and its time is said"() {
    const made = await opened();
    assert.deepEqual(made.names(), ["open_questions"]);
    assert.equal(made.store.state.next.seconds, 80);
    end(made);
  },

  async "a tab whose files are lost on the way is timed once they come, and its training that broke off is found"() {
    const made = visit(),
      { session } = made.keeps,
      { loadTab } = made.store.page,
      { measureSpeed, seconds } = made.orders,
      lose = async () => Promise.reject(new TypeError("Failed to fetch"));
    session["clip-binding-explorer-open-lease"] = JSON.stringify(lease);
    let again = null;
    made.store.timers.poll = (name, ms, ask) => {
      if (name === "tab") again = ask;
    };
    made.store.page.loadTab = lose;
    Object.assign(made.orders, { measureSpeed: lose, seconds: lose });
    await made.store.start();
    await made.store.ready;
    made.store.page.loadTab = loadTab;
    await again();
    made.orders.measureSpeed = measureSpeed;
    await again();
    assert.equal(made.store.state.canTrain, null, "before how long it takes is known");
    made.orders.seconds = seconds;
    await again();
    const { canTrain, broken, next } = made.store.state;
    assert.deepEqual([canTrain, broken.lease.entry, next.seconds], [true, FIRST, 80]);
    end(made);
  },

  async "a training that ends is sent once, is this browser's, and waits for a second one"() {
    const made = await opened({ give_open: () => ({ standing: { state: "one" } }) });
    await made.store.acts.trainNext();
    assert.equal(made.store.state.run.number, 1 + listOf(part).entries.find(({ name }) => name === FIRST).index);
    assert.ok(made.keeps.session["clip-binding-explorer-open-lease"]);
    made.trainings.over("finished");
    await made.store.training;
    const sent = made.asked.filter(([name]) => name === "give_open");
    assert.deepEqual(sent, [["give_open", { lease: lease.lease, result: made.store.state.after.result }]]);
    assert.equal(made.store.state.after.standing.state, "one");
    assert.ok(FIRST in made.store.state.mine);
    assert.equal(made.keeps.session["clip-binding-explorer-open-lease"], undefined);
    assert.equal(made.keeps["clip-binding-explorer-open-unsent"], "[]");
    end(made);
  },

  async "the server hears of a training well before its lease ends"() {
    const made = await opened({ take_open: () => ({ ...lease, lease_s: 0.04 }) });
    await made.store.acts.trainNext();
    await new Promise((done) => setTimeout(done, 30));
    const news = made.asked.find(([name]) => name === "keep_open");
    end(made);
    assert.deepEqual(news, ["keep_open", { entry: FIRST, lease: lease.lease }]);
  },

  async "a training of a list that is newer than the page's is shown and sent as one of that list"() {
    const newer = { ...part, list_digest: "n".repeat(64) };
    let answer = part;
    const made = await opened({
      open_questions: () => answer,
      take_open: () => ({ ...lease, list_digest: newer.list_digest }),
      give_open: () => ({ standing: { state: "one" } }),
    });
    answer = newer;
    await made.store.acts.trainNext();
    assert.equal(made.store.state.list.list_digest, newer.list_digest);
    made.trainings.over("finished");
    await made.store.training;
    assert.equal(made.store.state.after.result.list_digest, newer.list_digest);
    assert.ok(FIRST in made.store.results[newer.list_digest]);
    end(made);
  },

  async "a training of a list that the page cannot see goes back"() {
    const made = await opened({ take_open: () => ({ ...lease, list_digest: "n".repeat(64) }) });
    await made.store.acts.trainNext();
    assert.ok(made.names().includes("give_back_open"));
    assert.match(made.store.state.said, /cannot be reached/);
    assert.equal(made.trainings.live, null);
    end(made);
  },

  async "a second press takes no second training from the list"() {
    const made = await opened();
    await Promise.all([made.store.acts.trainNext(), made.store.acts.trainNext()]);
    assert.equal(made.names().filter((name) => name === "take_open").length, 1);
    assert.equal(made.store.state.said, "");
    end(made);
  },

  async "two tabs of one browser do not train the same: the second says so, and trains once the first has ended"() {
    const keeps = {},
      [one, other] = [await opened({}, { keeps }), await opened({}, { keeps })],
      taken = ({ names }) => names().filter((name) => name === "take_open").length;
    await one.store.acts.trainNext();
    await other.store.acts.trainNext();
    assert.deepEqual([taken(one), taken(other), other.trainings.live], [1, 0, null]);
    assert.match(other.store.state.said, /Another tab/);
    one.store.acts.stop();
    await one.store.training;
    await other.store.acts.trainNext();
    assert.deepEqual([taken(other), other.store.state.said], [1, ""]);
    other.store.acts.stop();
    await other.store.training;
    [one, other].forEach(end);
  },

  async "what Stop ends goes back to the list, and is no result"() {
    const made = await opened();
    await made.store.acts.trainNext();
    made.store.acts.stop();
    await made.store.training;
    assert.deepEqual(made.asked.at(-2), ["give_back_open", { entry: FIRST, lease: lease.lease }]);
    assert.equal(made.store.state.after, null);
    assert.deepEqual(made.store.state.mine, {});
    end(made);
  },

  async "a training that is given out while another has begun in this tab goes back to the list"() {
    const made = await opened({
      take_open: () => {
        made.trainings.live = { name: "tab-other" }; // the Workbench's, pressed while the server was asked
        return lease;
      },
    });
    await made.store.acts.trainNext();
    assert.deepEqual(made.asked.at(-2), ["give_back_open", { entry: FIRST, lease: lease.lease }]);
    assert.match(made.store.state.said, /One training at a time/);
    assert.deepEqual([made.store.live, made.store.state.isTaking], [null, false]);
    assert.equal(made.keeps.session["clip-binding-explorer-open-lease"], undefined);
    end(made);
  },

  async "a result that does not reach the server is kept, and sent by the next visit"() {
    const made = await opened({ give_open: GONE });
    await made.store.acts.trainNext();
    made.trainings.over("finished");
    await made.store.training;
    assert.equal(made.store.state.after.isWaiting, true);
    assert.equal(made.store.state.waiting, 1);
    end(made);
    const next = await opened({ give_open: () => ({ standing: { state: "one" } }) }, { keeps: made.keeps });
    assert.equal(next.names().filter((name) => name === "give_open").length, 1);
    assert.equal(next.store.state.waiting, 0);
    assert.ok(FIRST in next.store.state.mine);
    end(next);
  },

  async "two tabs that cannot reach the server lose nothing of each other, and what is sent is sent once"() {
    const keeps = {},
      tabOf = (entry) => opened({ give_open: GONE, take_open: () => ({ ...lease, entry, lease: entry }) }, { keeps }),
      tabs = [await tabOf(FIRST), await tabOf(UNTOLD)],
      kept = (name) => JSON.parse(keeps[`clip-binding-explorer-open-${name}`]);
    for (const made of tabs) {
      await made.store.acts.trainNext();
      made.trainings.over("finished");
      await made.store.training;
      assert.equal(made.store.state.after.isWaiting, true, "also behind an older one");
      end(made);
    }
    assert.deepEqual(
      kept("unsent").map(({ result }) => result.entry),
      [FIRST, UNTOLD],
    );
    assert.deepEqual(Object.keys(kept("results")[part.list_digest]).sort(), [FIRST, UNTOLD].sort());
    const next = await opened({ give_open: () => ({ standing: { state: "one" } }) }, { keeps });
    assert.equal(next.names().filter((name) => name === "give_open").length, 2);
    assert.deepEqual([kept("unsent"), next.store.state.waiting], [[], 0]);
    end(next);
  },

  async "a result that the list refuses is not sent again, and is nobody's"() {
    const made = await opened({ give_open: () => new Refused("entry", "entry: you have sent this training before") });
    await made.store.acts.trainNext();
    made.trainings.over("finished");
    await made.store.training;
    assert.match(made.store.state.after.refused, /sent this training before/);
    assert.equal(made.store.state.waiting, 0);
    assert.deepEqual(made.store.state.mine, {});
    end(made);
  },

  async "a kept result of another shape is refused once, and those behind it are sent"() {
    const waiting = [FIRST, SECOND].map((entry) => ({ lease: "l", result: { entry, list_digest: part.list_digest } })),
      keeps = { "clip-binding-explorer-open-unsent": JSON.stringify(waiting) };
    const made = await opened(
      {
        give_open: ({ result: { entry } }) =>
          entry === FIRST ? new Refused("result.curve[3]", "result.curve[3]: give a number") : { standing: {} },
      },
      { keeps },
    );
    assert.equal(made.names().filter((name) => name === "give_open").length, 2);
    assert.equal(made.store.state.waiting, 0);
    end(made);
  },

  async "a server that has lost its leases gets the result as one of a file"() {
    const made = await opened({
      give_open: () => new Refused("lease", "lease: this training was not given to this browser"),
      give_saved_open: () => ({ standing: { state: "one" } }),
    });
    await made.store.acts.trainNext();
    made.trainings.over("finished");
    await made.store.training;
    const [, { result }] = made.asked.find(([name]) => name === "give_saved_open");
    assert.deepEqual([result.entry, made.store.state.after.refused, made.store.state.waiting], [FIRST, "", 0]);
    assert.ok(FIRST in made.store.state.mine);
    end(made);
  },

  async "a result that the server cannot take now waits, and those behind it are sent"() {
    const waiting = [FIRST, SECOND].map((entry) => ({ lease: "l", result: { entry, list_digest: part.list_digest } })),
      keeps = { "clip-binding-explorer-open-unsent": JSON.stringify(waiting) };
    const made = await opened(
      {
        give_open: ({ result: { entry } }) =>
          entry === FIRST ? new Refused("entry", "entry: send it again later", 429) : { standing: {} },
      },
      { keeps },
    );
    assert.deepEqual(
      made.asked.filter(([name]) => name === "give_open").map(([, { result }]) => result.entry),
      [FIRST, SECOND],
    );
    assert.equal(made.store.state.waiting, 1);
    await made.store.send();
    assert.equal(made.names().filter((name) => name === "give_open").length, 3);
    end(made);
  },

  async "a browser that has trained all that is open is told so, and is offered nothing"() {
    const mine = Object.fromEntries(listOf(part).entries.map(({ name }) => [name, { bound_at: null }])),
      keeps = { "clip-binding-explorer-open-results": JSON.stringify({ [part.list_digest]: mine }) };
    const made = await opened({}, { keeps });
    assert.equal(made.store.state.next, null);
    end(made);
  },

  async "no training of a question that the server cannot read is offered"() {
    const made = await opened({ open_questions: () => unreadable }),
      closed = unreadable.questions.find(({ problem }) => problem).name,
      [first] = listOf(unreadable).entries;
    assert.equal(first.question, closed);
    assert.notEqual(made.store.state.next.entry.question, closed);
    end(made);
  },

  async "a training that fails is given back, and says why"() {
    const made = await opened();
    await made.store.acts.trainNext();
    made.runs.requireRun("tab-1").reason = "its memory ran out";
    made.trainings.over("failed");
    await made.store.training;
    assert.match(made.store.state.said, /its memory ran out/);
    assert.ok(made.names().includes("give_back_open"));
    end(made);
  },

  async "a reload finds its training, and begins it again or gives it back"() {
    const made = await opened();
    await made.store.acts.trainNext();
    end(made);
    const again = await opened({}, { keeps: made.keeps });
    assert.equal(again.store.state.broken.lease.entry, FIRST);
    await again.store.acts.goOn();
    assert.equal(again.store.state.run.entry, FIRST);
    assert.ok(!again.names().includes("take_open"));
    end(again);
    const other = await opened({}, { keeps: made.keeps });
    await other.store.acts.giveBack();
    assert.ok(other.names().includes("give_back_open"));
    assert.equal(other.store.state.broken, null);
    end(other);
  },

  async "what another program has put into this browser's memory does no harm"() {
    const odd = ["null", "7", "[]", '{"a": 1}', "{", '"x"', "[null, 3]"];
    for (const text of odd) {
      const names = ["results", "unsent", "list"].map((name) => `clip-binding-explorer-open-${name}`),
        keeps = { ...Object.fromEntries(names.map((name) => [name, text])), session: {} };
      keeps.session["clip-binding-explorer-open-lease"] = text;
      const made = await opened({}, { keeps });
      assert.equal(made.store.state.waiting, 0, text);
      assert.ok(made.store.state.next, text);
      end(made);
    }
  },

  async "without the server the dots are those of the last visit"() {
    const made = await opened();
    end(made);
    const cut = await opened({ open_questions: GONE }, { keeps: made.keeps });
    assert.equal(cut.store.state.list.entries.length, listOf(part).entries.length);
    assert.match(cut.store.state.problem, /cannot be reached/);
    end(cut);
    const never = await opened({ open_questions: GONE });
    assert.equal(never.store.state.list, null);
    end(never);
  },

  async "of two estimates the newer one counts, whichever comes first"() {
    const made = await opened(),
      waiting = [];
    made.orders.seconds = () => new Promise((resolve) => waiting.push(resolve));
    const older = made.store.foresee(),
      newer = made.store.foresee();
    waiting[1](30);
    await newer;
    waiting[0](20);
    await older;
    assert.equal(made.store.state.next.seconds, 30);
    end(made);
  },

  async "a slow device asks for nothing longer than the shortest training"() {
    const made = visit();
    made.orders.seconds = async ({ train }) => train.steps;
    await made.store.start();
    await made.store.ready;
    const { next } = made.store.state,
      all = listOf(part).entries.filter((each) => each.state !== "confirmed");
    assert.equal(next.isShortest, true);
    assert.equal(next.entry.pairs, Math.min(...all.map(({ pairs }) => pairs)));
    await made.store.acts.trainNext();
    assert.deepEqual(made.asked.at(-1), ["take_open", { most_pairs: next.entry.pairs }]);
    end(made);
  },

  async "a page without a server goes through the list in its order, and asks nobody"() {
    const made = await opened({ open_questions: () => empty }, { kind: "static" }),
      [first, second] = listOf(empty).entries;
    await made.store.acts.trainNext();
    assert.equal(made.store.state.run.entry, first.name);
    made.trainings.over("finished");
    await made.store.training;
    assert.equal(made.store.state.next.entry.name, second.name);
    assert.deepEqual(
      made.store.state.list.entries.filter(({ has_ended: hasEnded }) => hasEnded).map(({ name }) => name),
      [first.name],
    );
    assert.deepEqual(new Set(made.names()), new Set(["open_questions"]));
    assert.equal(made.store.state.mine[first.name].result.entry, first.name);
    end(made);
  },

  async "a file of a page without a server is given result by result, and each refusal is said"() {
    const [first, second, third] = listOf(part).entries.map(({ name }) => ({ entry: name, digests: ["a".repeat(64)] })),
      file = (results, digest = part.list_digest) => {
        const text = JSON.stringify({ list_digest: digest, results });
        return new Blob([text]);
      },
      made = await opened({
        give_saved_open: ({ result }) =>
          result.entry === second.entry
            ? new Refused("entry", "you have sent this training before")
            : { standing: { state: "one", bound_at: 512 } },
      }),
      { store } = made;
    await store.giveFile(file([first, first, second, third, first]));
    assert.deepEqual(store.state.given, {
      isSending: false,
      taken: 2,
      problem: "",
      refused: `${second.entry}: you have sent this training before`,
    });
    assert.deepEqual(
      made.asked.filter(([name]) => name === "give_saved_open").map(([, { result }]) => result.entry),
      [first, second, third].map(({ entry }) => entry),
    );
    assert.ok(
      first.entry in store.state.mine && third.entry in store.state.mine && !(second.entry in store.state.mine),
    );
    await store.giveFile(file([first], "0".repeat(64)));
    assert.match(store.state.given.problem, /another list/);
    await store.giveFile({ size: 2_000_000, arrayBuffer: () => assert.fail("it is not read") });
    assert.match(store.state.given.problem, /1 MB/);
    await store.giveFile(GONE_FILE);
    assert.match(store.state.given.problem, /changed, moved or deleted/);
    end(made);
  },

  async "a file waits where the list cannot be reached, and what was taken stays said"() {
    const results = listOf(part).entries.map(({ name }) => ({ entry: name, digests: ["a".repeat(64)] })),
      text = JSON.stringify({ list_digest: part.list_digest, results });
    let count = 0;
    const made = await opened({
      give_saved_open: () => (count++ ? GONE() : { standing: { state: "open", bound_at: null } }),
    });
    await made.store.giveFile(new Blob([text]));
    const { taken, problem, isSending } = made.store.state.given;
    assert.deepEqual([taken, isSending, count], [1, false, 2]);
    assert.match(problem, /cannot be reached/);
    end(made);
  },

  "what is no file of results is one sentence"() {
    const list = listOf(part);
    for (const text of [
      "",
      "[",
      "[]",
      "7",
      "null",
      '"x"',
      "{}",
      '{"results": []}',
      '{"results": [null]}',
      `{"list_digest": "${part.list_digest}", "results": [[]]}`,
    ])
      assert.throws(() => resultsOf(text, list), /no file of results/, text);
    const many = Array.from({ length: 500 }, (_, at) => ({ digests: [String(at)] }));
    assert.equal(
      resultsOf(JSON.stringify({ list_digest: part.list_digest, results: many }), list).length,
      list.entries.length,
    );
    assert.throws(() => checkFile({ size: 1_000_001 }), /1 MB/);
  },

  "a result has what the list asks for, of captions like those that were read"() {
    const result = resultOf(kept, { entry: "a/b/1", list_digest: "d", browser: "", architecture: "" });
    assert.deepEqual(result.curve, [0.5, 0.6, 0.95, 0.96]);
    assert.equal(result.scenes, 120);
    assert.deepEqual(
      result.digests,
      kept.engine.digests.map(({ digest }) => digest),
    );
    assert.equal(boundAt(kept), curveOf(kept)[2].pairs);
    assert.equal(boundAt({ ...kept, lines: kept.lines.slice(0, 1) }), null);
  },

  "a receipt says the training, its digest and how it ended"() {
    const said = receiptOf(after(FIRST, {}), { list_digest: "f".repeat(64) });
    for (const each of [FIRST, "c07d41aa9e36".padEnd(64, "0"), "41,216", "f".repeat(64), "Firefox 153", DAY])
      assert.ok(said.includes(each), each);
  },

  "what the server has not told yet is a dot, and what it has told stays as it is"() {
    const list = listOf(part),
      open = list.entries.find(({ state }) => state === "open"),
      mine = { [open.name]: { bound_at: null }, [SECOND]: { bound_at: 1 } };
    const shown = withOwn(list, mine).entries;
    assert.equal(shown.find(({ name }) => name === open.name).has_ended, true);
    assert.deepEqual(
      shown.find(({ name }) => name === SECOND),
      list.entries.find(({ name }) => name === SECOND),
    );
  },

  "a dot can be repeated once it is confirmed, and has the key of its own list"() {
    const list = listOf(part),
      dots = dotsOf(list, {}),
      of = (name) => dots.find(({ training }) => training.key === `${part.list_digest.slice(0, 12)}/${name}`),
      { spec, training } = of(SECOND),
      [curve] = training.curves;
    assert.deepEqual(new Set(dots.map(({ training: { key } }) => key)).size, dots.length);
    assert.equal(dots.length, list.entries.filter(({ has_ended: hasEnded }) => hasEnded).length);
    assert.deepEqual(
      [training.digest, training.seed, spec.train.seed],
      ["ab".repeat(32), training.seed, training.seed],
    );
    assert.deepEqual([curve[0][0], curve.at(-1)[0]], [0, training.steps]);
    assert.ok(curve.every(([, share, low]) => low < share));
    assert.deepEqual([of(FIRST).training.digest, of(FIRST).training.curves], [null, null]);
  },

  "the axis keeps the order of pairs"() {
    const axis = axisOf(listOf(part)),
      ticks = ticksOf(axis).map((pairs) => axis.at(pairs));
    assert.ok(
      ticks.length > 2 && ticks.every((at, place) => at >= 0 && at <= 100 && (!place || at > ticks[place - 1])),
    );
    assert.equal(axis.at(0), 0);
  },
};

await tell({ all: states, tests: TESTS });
