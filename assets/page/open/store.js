// The open questions of a visit: the list as the server answers it, a training that this browser was given, and
// results.
//
//   const store = new OpenQuestions(page, draw);
//   await store.start();
//   store.state          // what view.js draws
//   store.acts.trainNext()     // a person's press: nothing is asked for, trained or sent before it
//
// A training that is given out is a lease, which is lengthened while it trains. What could not be sent waits in this
// browser. A page without a server goes through the list in its order and keeps the results for a file, which a page
// with one takes.

import { forget, keep, recall, TAB } from "../kept.js";
import { readPickedText } from "../picked-file.js";
import { quote } from "../numbers.js";
import { mayRepeat, Refused } from "../refused.js";
import { saveFile } from "../save-file.js";
import { browserName, processorHints } from "../tab/browser.js";
import { Latest, Store, Timers } from "../store.js";
import { percent, say, shownText } from "../words.js";
import { NOTHING_LEFT } from "./side.js";
import { boundAt, checkFile, curveOf, listOf, resultOf, resultsOf, withOwn } from "./results.js";

const MINE = "clip-binding-explorer-open-results",
  UNSENT = "clip-binding-explorer-open-unsent",
  LAST = "clip-binding-explorer-open-list",
  LEASE = "clip-binding-explorer-open-lease";
const LIST_MS = 60_000,
  AGAIN_MS = 30_000,
  SPOKEN_MS = 20_000;
/** A device whose next training would take more seconds gets the shortest of the list. */
const MAX_S = 300;
/** The status of what may succeed later. */
const BUSY = 429;
const ELSEWHERE =
  "Another tab of this browser trains an open question. Two would share its cores: press again when that one has ended.";
const UNSEEN = "The list cannot be reached. Check the connection, then open this page again.",
  UNREACHED = "The list cannot be reached. Give the file again when the network is back: what was taken counts once.";

export class OpenQuestions extends Store {
  constructor(page, draw) {
    super();
    const isStatic = page.backend.kind === "static";
    this.page = page;
    this.draw = draw;
    this.timers = new Timers();
    this.foresights = new Latest();
    this.live = null;
    this.tab = null;
    /** Until what waits was sent and this tab was timed, once the page is there; nobody else waits for that. */
    this.ready = Promise.resolve();
    /** Until a training has ended and what came of it was sent, or given back. */
    this.training = Promise.resolve();
    /** What lets another tab train, once this one has begun. */
    this.letGo = () => undefined;
    /** {list_digest: {entry: {digest, bound_at, day, result}}} */
    this.results = {};
    /** [{lease, result}] */
    this.unsent = [];
    this.isSending = false;
    this.readKept();
    this.state = {
      list: null,
      problem: "",
      evidence: page.address.link("evidence"),
      isStatic,
      canTrain: null,
      next: undefined, // null if there is none
      isBusy: false,
      isTaking: false,
      isComplete: false,
      run: null,
      broken: null,
      after: null,
      said: "",
      mine: {},
      waiting: this.unsent.length,
      given: null, // of a file: {isSending, taken, refused, problem}
    };
    this.acts = {
      trainNext: () => this.trainNext(),
      goOn: () => this.goOn(),
      giveBack: () => this.giveBack(this.state.broken.lease),
      pause: () => this.tab.trainings.pause(this.live.name),
      resume: () => this.tab.trainings.resume(this.live.name),
      stop: () => this.tab.trainings.stop(this.live.name),
      save: () => this.save(),
      giveFile: (file) => this.giveFile(file),
    };
  }

  // ---- The list

  async start() {
    globalThis.addEventListener?.("online", () => void this.send());
    await this.follow();
    this.ready = Promise.all([this.send(), this.timeTab()]);
  }

  /** Ask for the list, and again as long as the page is shown. */
  async follow() {
    this.timers.poll("list", LIST_MS, () => this.follow());
    await this.ask();
  }

  stopPolling() {
    this.timers.stop("list");
  }

  async ask() {
    const { backend } = this.page;
    try {
      const list = listOf(await backend.view("open_questions", {}));
      if (!this.state.isStatic) keep(LAST, JSON.stringify({ day: today(), list }));
      await this.receive(list, "");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { list, day } = recall(LAST) ?? {},
        shown = this.state.list ?? list;
      if (shown) await this.receive(shown, say`The list cannot be reached. The dots are those of ${day ?? today()}.`);
      else this.change({ problem: say(UNSEEN) });
    }
  }

  /** Show a list. @returns {Promise<void>} until the next training is known */
  async receive(list, problem) {
    const mine = this.results[list.list_digest] ?? {},
      { broken, isStatic } = this.state;
    this.change({
      list: withOwn(list, mine),
      problem,
      mine,
      isComplete: isComplete(list, mine, isStatic),
      broken: broken?.lease.list_digest === list.list_digest ? broken : null, // of another list, it goes on nowhere
    });
    if (this.tab) await this.foresee();
  }

  /** How long the next training takes is said when this tab was timed; nobody waits for that. */
  async timeTab() {
    try {
      if (!this.tab) await this.takeTab();
      return await this.foresee();
    } catch {
      return this.timers.poll("tab", AGAIN_MS, () => this.timeTab()); // a file of it did not come
    }
  }

  /** Whether this tab trains, and the training that broke off in it. */
  async takeTab() {
    const { tab } = await this.page.loadTab(),
      canTrain = Boolean(await tab.orders.measureSpeed()),
      lease = recall(LEASE, TAB), // a reload finds it, a closed tab leaves it to expire
      isBroken = lease && lease.list_digest === this.state.list?.list_digest,
      broken = isBroken ? { lease, seconds: await tab.orders.seconds(lease.spec) } : null;
    this.tab = tab;
    tab.runs.watch(() => this.followRun());
    this.change({ canTrain, isBusy: tab.trainings.isBusy, broken });
  }

  /** The training that this browser would get, as far as the page can know, with its seconds here. */
  async foresee() {
    const isNewest = this.foresights.begin(),
      { list, canTrain } = this.state,
      free = canTrain && list ? freeOf(this.state) : undefined;
    if (!free?.length) return this.change({ next: free && null });
    const [first] = free,
      shortest = free.reduce((least, each) => (each.pairs < least.pairs ? each : least)),
      seconds = await this.tab.orders.seconds(first.spec),
      isShortest = seconds > MAX_S && shortest.pairs < first.pairs,
      next = isShortest
        ? { entry: shortest, seconds: await this.tab.orders.seconds(shortest.spec), isShortest }
        : { entry: first, seconds, isShortest };
    if (isNewest()) this.change({ next });
  }

  // ---- A training

  async trainNext() {
    const { isStatic, next, list } = this.state;
    if (this.live || this.state.isTaking || this.tab.trainings.isBusy) return;
    this.change({ isTaking: true, said: "" });
    let lease = null;
    try {
      await this.hold();
      lease = isStatic
        ? { list_digest: list.list_digest, entry: next.entry.name, spec: next.entry.spec }
        : await this.page.backend.act("take_open", next?.isShortest ? { most_pairs: next.entry.pairs } : {});
      if (lease.list_digest !== list.list_digest) await this.ask(); // the server has another list by now
      if (lease.list_digest !== this.state.list.list_digest) throw new Refused("", say(UNSEEN));
      this.begin(lease);
    } catch (error) {
      this.letGo();
      if (lease) await this.giveBack(lease); // another training has begun in this tab meanwhile
      this.change({ said: error.field === "entry" ? say(NOTHING_LEFT) : error.message });
    } finally {
      this.change({ isTaking: false });
    }
  }

  /** Begin the training again that broke off. */
  async goOn() {
    if (this.state.isTaking) return;
    this.change({ isTaking: true, said: "" });
    try {
      await this.hold();
      this.begin(this.state.broken.lease);
    } catch (error) {
      this.letGo();
      this.change({ said: error.message });
    } finally {
      this.change({ isTaking: false });
    }
  }

  /** Be the one tab of this browser that trains an open question: two would be given the same one. */
  async hold() {
    const letGo = await holdAlone(LEASE);
    if (!letGo) throw new Refused("", say(ELSEWHERE));
    this.letGo = letGo;
  }

  /**
   * @param {{lease: string, lease_s: number, list_digest: string, entry: string, spec: any}} lease as `take_open`
   *   answers it; throws Refused where something trains in this tab
   */
  begin(lease) {
    const name = this.tab.trainings.lend(lease.spec);
    keep(LEASE, JSON.stringify(lease), TAB);
    this.training = this.train(lease, name);
  }

  async train(lease, name) {
    const { runs, trainings } = this.tab,
      entry = this.state.list.entries.find((each) => each.name === lease.entry);
    this.live = { name, entry, spokenAt: performance.now(), spoken: "" };
    this.change({ broken: null, after: null, said: "" });
    this.renewLease(lease);
    this.followRun();
    await trainings.whenEnded(name);
    const tabRun = runs.requireRun(name);
    this.live = null;
    this.letGo();
    this.timers.stop("lease");
    await runs.remove(name);
    this.change({ run: null });
    if (tabRun.status === "finished") return this.finish(lease, entry, tabRun);
    this.change({ said: tabRun.status === "failed" ? say`It failed: ${shownText(tabRun.reason)}.` : "" });
    return this.giveBack(lease);
  }

  /** Tell the server that the training goes on, so that it stays this browser's: four times before it would expire. */
  renewLease(lease) {
    if (this.state.isStatic) return;
    this.timers.after("lease", (1000 * lease.lease_s) / 4, async () => {
      // where it is not told, the result counts all the same
      await this.page.backend.act("keep_open", { entry: lease.entry, lease: lease.lease }).catch(() => {});
      if (this.live) this.renewLease(lease);
    });
  }

  /** Any training of the tab went on by a step, began or ended. */
  followRun() {
    const { live } = this;
    if (!live) return this.change({ isBusy: this.tab.trainings.isBusy });
    const { entry } = live,
      { step, steps, seed, pairs_seen: pairs, left_words: left, in_tab: tab } = this.tab.runs.run(live.name),
      curve = curveOf(this.tab.runs.requireRun(live.name));
    if (performance.now() - live.spokenAt > SPOKEN_MS)
      Object.assign(live, { spokenAt: performance.now(), spoken: say`${percent(step / steps)} done` });
    return this.change({
      isBusy: false,
      run: {
        entry: entry.name,
        question: entry.question,
        cell: entry.cell,
        number: entry.index + 1,
        step,
        steps,
        seed,
        pairs,
        left,
        curve,
        budget: entry.pairs,
        spoken: live.spoken,
        isPaused: tab.isPaused,
        said: tab.said,
      },
    });
  }

  async giveBack(lease) {
    forget(LEASE, TAB);
    this.change({ broken: null });
    if (!this.state.isStatic)
      // where it is not told, the lease expires by itself
      await this.page.backend.act("give_back_open", { entry: lease.entry, lease: lease.lease }).catch(() => {});
    await this.ask();
  }

  // ---- What came of it

  async finish(lease, entry, tabRun) {
    const { isStatic } = this.state,
      result = resultOf(tabRun, {
        entry: entry.name,
        list_digest: lease.list_digest,
        browser: browserName(),
        architecture: (await processorHints(["architecture"])).architecture ?? "",
      }),
      own = { digest: result.digests.at(-1), bound_at: boundAt(tabRun) },
      after = { entry: entry.name, question: entry.question, pairs: entry.pairs, day: today(), result, ...own };
    forget(LEASE, TAB);
    this.keepOwn(lease.list_digest, entry.name, { ...own, day: after.day, ...(isStatic ? { result } : {}) });
    this.change({ after: { ...after, standing: null, refused: "", isWaiting: false } });
    if (!isStatic) this.queue((unsent) => [...unsent, { lease: lease.lease, result }]);
    const shown = this.receive(this.state.list, "");
    if (!isStatic) await this.send();
    await shown;
  }

  /** Take in what this browser keeps: another tab may have left more there since. */
  readKept() {
    const [results, waiting] = [recall(MINE), recall(UNSENT)];
    if (results?.constructor === Object)
      for (const [list_digest, mine] of Object.entries(results))
        this.results[list_digest] = { ...mine, ...this.results[list_digest] };
    if (Array.isArray(waiting))
      this.unsent.push(...waiting.filter((each) => each?.result && !this.unsent.some((own) => isSame(own, each))));
  }

  /** Keep, or with null forget, what this browser trained of a list. */
  keepOwn(list_digest, entry, value) {
    this.readKept();
    const { [entry]: _, ...others } = this.results[list_digest] ?? {};
    this.results = { ...this.results, [list_digest]: value ? { ...others, [entry]: value } : others };
    keep(MINE, JSON.stringify(this.results));
  }

  /** @param {(unsent: any[]) => any[]} changed what waits, from what this tab and others have waiting */
  queue(changed) {
    this.readKept();
    this.unsent = changed(this.unsent);
    keep(UNSENT, JSON.stringify(this.unsent));
    this.change({ waiting: this.unsent.length });
  }

  /**
   * Send what waits, the oldest first; where one does not reach the server all wait on. One that the server cannot take
   * now, because it does not read the results of that question, waits alone.
   */
  async send() {
    if (this.isSending || !this.unsent.length || this.state.isStatic) return;
    this.isSending = true;
    const later = new Set();
    try {
      for (let first; (first = this.unsent.find((each) => !later.has(each))); ) {
        const { entry, list_digest } = first.result;
        try {
          const { standing } = await this.giveUnsent(first);
          this.settle(entry, { standing, isWaiting: false });
        } catch (error) {
          if (error.status === BUSY) {
            later.add(first);
            continue;
          }
          if (mayRepeat(error)) throw error;
          this.keepOwn(list_digest, entry, null);
          this.settle(entry, { refused: error.message, isWaiting: false });
        }
        this.queue((unsent) => unsent.filter((each) => each !== first));
      }
      await this.ask();
      if (later.size) throw new Error("some wait");
    } catch {
      if (!this.unsent.length) return; // all were sent, and only the list did not come
      for (const { result } of this.unsent) this.settle(result.entry, { isWaiting: true });
      this.timers.after("send", AGAIN_MS, () => this.send());
    } finally {
      this.isSending = false;
    }
  }

  /** A server that has lost its leases, with the folder of its results, takes a result as it takes one of a file. */
  async giveUnsent({ lease, result }) {
    const { backend } = this.page;
    try {
      return await backend.act("give_open", { lease, result });
    } catch (error) {
      if (error.field !== "lease") throw error;
      return await backend.act("give_saved_open", { result });
    }
  }

  /** Give the results of a file that a page without a server has saved, one after the other. */
  async giveFile(file) {
    const { list, mine } = this.state,
      given = { isSending: true, taken: 0, refused: "", problem: "" },
      tell = (parts) => this.change({ given: Object.assign(given, parts) });
    tell({});
    try {
      checkFile(file);
      for (const result of resultsOf(await readPickedText(file), list)) {
        try {
          const { standing } = await this.page.backend.act("give_saved_open", { result });
          tell({ taken: given.taken + 1 });
          if (!mine[result.entry] && standing.state !== "open")
            this.keepOwn(list.list_digest, result.entry, {
              digest: result.digests.at(-1),
              bound_at: standing.bound_at,
              day: today(),
            });
        } catch (error) {
          if (mayRepeat(error)) throw error;
          tell({ refused: say`${quote(result.entry)}: ${error.message}` });
        }
      }
    } catch (error) {
      tell({ problem: error.field ? error.message : say(UNREACHED) });
    }
    tell({ isSending: false });
    await this.ask();
  }

  settle(entry, parts) {
    const { after } = this.state;
    if (after?.entry === entry) this.change({ after: { ...after, ...parts } });
  }

  /** The results of a page without a server as a file. */
  save() {
    const { list, mine } = this.state,
      results = Object.values(mine).map(({ result }) => result);
    saveFile(
      JSON.stringify({ list_digest: list.list_digest, results }, null, 1),
      "open-questions.json",
      "application/json",
    );
  }
}

/** Whether two that wait are one result; a server takes it twice, and counts it once. */
const isSame = (one, other) => one.lease === other.lease && one.result.entry === other.result.entry;

const today = () => new Date().toISOString().slice(0, 10);

const isComplete = ({ entries }, mine, isStatic) =>
  isStatic ? entries.every(({ name }) => name in mine) : entries.every(({ state }) => state === "confirmed");

/** The trainings that this browser may get, about in the order in which they are given out. */
function freeOf({ list: { entries }, mine, isStatic }) {
  const free = entries.filter((each) => each.isGivenOut && !(each.name in mine) && each.state !== "confirmed"),
    rank = (each) => [each.is_taken, each.num_results === 0].map(Number);
  if (isStatic) return free;
  return free.sort((one, other) => {
    const [[taken, fresh], [alsoTaken, alsoFresh]] = [rank(one), rank(other)];
    return taken - alsoTaken || fresh - alsoFresh || one.index - other.index;
  });
}

/**
 * Hold what only one tab of this browser may have.
 * @returns {Promise<(() => void) | null>} what lets it go, null where another tab has it; a page that came over plain
 *   HTTP cannot know
 */
function holdAlone(name) {
  const { locks } = globalThis.navigator ?? {};
  if (!locks) return Promise.resolve(() => undefined);
  return new Promise((tell) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => (lock ? new Promise((release) => tell(release)) : tell(null)))
      .catch(() => tell(() => undefined));
  });
}
