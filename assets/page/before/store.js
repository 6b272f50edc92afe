// The Workbench's state, what a person can do to it, and when it is drawn. Components only read the one and call the other.
//
//   const store = new Store(backend, draw);      // draw(state, acts) is called once a frame at most
//
// `backend` is one of backend.js: it takes wishes, and brings answers whenever they come.

import { answersOf, guessed, isLive, place, shown, worldOf } from "./shown.js";
import { isCalm } from "../ui.js";

const SWING_MS = 2200, CALM_MS = 350, PATIENCE_MS = 4000, CARDS = 3;
const GUESSES = "clip-binding-explorer-guesses", MOST_GUESSES = 200;

export const emptyState = (catalog, isStatic) => ({
  catalog, isStatic,
  dialed: null, // {preset, values}: what the controls show, ahead of the answer to the last move
  before: null, // the same before a recipe was chosen, for Undo
  data: null, // the newest answer: words, samples and facts of the dials, plan of a training
  why: {}, isBad: false, // a sentence beside a dial, and whether it refuses a value
  typing: null, // {id, text} of the box of a number that has the focus
  run: null, compare: null, runs: [], starts: [], missing: null, problem: null, isStarting: false,
  wanted: null, // the run that was chosen to compare with, until it comes
  furthest: { run: "", share: 0 },
  answers: null, // shipped and recorded models with their answers to the twelve pairs
  pairs: { world: "", list: [] }, pair: 0, at: null, // `at` is the saved step, null for the last one
  guesses: [], isSwinging: false, isTyping: false, isSharing: false, said: "",
});

export class Store {
  constructor(backend, draw) {
    this.backend = backend;
    this.state = { ...emptyState(backend.catalog, backend.isStatic), guesses: loaded() };
    this.paint = draw;
    this.worlds = {};
    this.sent = 0; // moves of the dials so far
    this.asked = null; // the move whose answer is awaited, and the wish that follows it
    this.frame = 0;
    this.poll = 0;
    this.known = ""; // digest of the list of runs
    this.listed = "";
    this.acts = this.makeActs();
    backend.watch({ data: (value) => this.takeDials(value), training: (value) => this.takeRun(value) });
    backend.pairs().then((found) => {
      const { pairs, ...answers } = found, world = worldOf(null);
      this.worlds[world] = pairs;
      this.change({ answers, pairs: { world, list: pairs } });
    });
    this.draw();
  }

  change(parts) {
    Object.assign(this.state, parts);
    this.draw();
  }

  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.choosePairs();
      this.paint(this.state, this.acts);
    });
  }

  /** Show the pairs of the world that the run was trained on, once they have come. */
  choosePairs() {
    const world = worldOf(shown(this.state).run), { worlds, state } = this;
    if (!state.answers || world === state.pairs.world) return;
    if (worlds[world]) state.pairs = { world, list: worlds[world] };
    else if (!(world in worlds)) {
      worlds[world] = null;
      this.backend.pairs(world).then(({ pairs }) => { worlds[world] = pairs; this.draw(); }, () => { delete worlds[world]; });
    }
  }

  // ---- Dials: one question at a time; of those that come meanwhile only the last is asked

  dial(parts) {
    const { state } = this;
    this.sent += 1;
    const wish = { moved: "", start: state.data?.samples.start ?? 0, ...state.dialed, ...parts, seq: this.sent };
    this.change({ dialed: { preset: wish.preset, values: wish.values } });
    if (this.asked) this.asked.next = wish;
    else this.askDials(wish);
  }

  askDials(wish) {
    // No answer may come: the server may be gone.
    this.asked = { seq: wish.seq, next: null, timer: setTimeout(() => this.dialsAnswered(wish.seq), PATIENCE_MS) };
    this.backend.send("dialed", wish);
  }

  dialsAnswered(seq) {
    if (this.asked?.seq !== seq) return;
    const { timer, next } = this.asked;
    clearTimeout(timer);
    this.asked = null;
    if (next) this.askDials(next);
  }

  takeDials(value) {
    this.dialsAnswered(value.seq);
    if (value.seq && value.seq < this.sent) return; // an answer to a move before the last one
    if (value.problem) return this.change({ why: { [value.problem.field]: value.problem.sentence }, isBad: true });
    const isOtherRecipe = this.state.data && this.state.data.preset !== value.preset && !this.state.run;
    this.change({ data: value, dialed: { preset: value.preset, values: value.values }, why: value.why, isBad: false, problem: null, ...(isOtherRecipe ? { at: null } : {}) });
  }

  // ---- The run

  takeRun(value) {
    const { state } = this;
    if (value.problem) return this.change({ isStarting: false, wanted: null, problem: value.problem });
    const run = joined(state.run, value.run), isOther = run?.name !== state.run?.name;
    Object.assign(state, { isStarting: false, wanted: null, problem: null, run, compare: value.compare, missing: value.missing, furthest: reached(state.furthest, run) });
    if (value.listing) Object.assign(state, { runs: value.listing.runs, starts: value.listing.starts });
    if (isOther) Object.assign(state, { at: null, isSharing: false });
    this.known = value.known;
    const sheet = [value.known, run?.name, run?.step, run?.status].join(" ");
    if (isSheetOpen() && sheet !== this.listed) this.backend.send("listed", {});
    this.listed = sheet;
    clearTimeout(this.poll);
    if ((isSheetOpen() && value.is_any_active) || isLive(run) || isLive(state.compare)) this.poll = setTimeout(() => this.follow(), this.backend.poll_ms);
    this.draw();
  }

  /** Ask how the run is. A page that nobody looks at does not ask; the answer of the server starts the clock anew. */
  follow() {
    clearTimeout(this.poll);
    const isSeen = !document.hidden && document.getElementById("workbench-training")?.offsetParent;
    if (isSeen) this.backend.send("polled", { run: this.state.run?.name ?? "", ...this.seen() });
    this.poll = setTimeout(() => this.follow(), (isSeen ? 8 : 1) * this.backend.poll_ms); // in case that no answer comes
  }

  /** What the page has already. */
  seen() {
    const { run, compare } = this.state;
    return { compare: compare?.name ?? "", have: run?.checkpoints.length ?? 0, known: this.known };
  }

  // ---- What a person can do

  makeActs() {
    const { state, backend } = this;
    const sendRun = (name, more = {}) => backend.send(name, { run: state.run?.name ?? "", ...this.seen(), ...more });
    return {
      dial: (name, value) => { state.before = null; this.dial({ values: { ...state.dialed.values, [name]: value }, moved: name }); },
      type: (id, text) => this.change({ typing: id && { id, text } }),
      recipe: (preset) => {
        if (!state.dialed) return;
        const { init, seed } = state.dialed.values; // no part of a recipe
        state.before = state.dialed;
        closeBoxes();
        this.dial({ preset, values: { init, seed } });
      },
      undo: () => { const { before } = state; state.before = null; this.dial(before); },
      samples: () => this.dial({ start: (state.data?.samples.start ?? 0) + CARDS }),
      train: () => {
        this.change({ isStarting: true });
        backend.send("started", { ...state.dialed, compare: state.compare?.name ?? state.run?.name ?? "" }); // compared with what a person chose, else the run before it
      },
      stop: () => sendRun("stop"),
      compare: (name) => { this.change({ wanted: name }); sendRun("compared", { compare: name }); },
      list: () => { backend.send("listed", {}); this.follow(); },
      choose: (at) => this.change({ at: at === shown(state).run.checkpoints.length - 1 ? null : at }),
      turn: (pair) => this.change({ pair }),
      another: () => this.change({ pair: this.another() }),
      guess: (said) => this.guess(said),
      openTyped: ({ currentTarget }) => currentTarget.open && this.change({ isTyping: true }),
      mountTyped: (element) => backend.mountTyped(element),
      inside: () => backend.send("looked", { run: state.run.name }),
      own: () => backend.openScene(state.run),
      opposite: (preset) => backend.send("opposite", { preset, values: state.dialed.values, compare: state.run.name }),
      share: () => this.change({ isSharing: true, said: "" }),
      unshare: () => this.change({ isSharing: false }),
      say: (said) => this.change({ said }),
    };
  }

  guess(said) {
    const { state } = this, { run } = shown(state), { answers } = answersOf(run, place(state)), { pair } = state;
    const binds = answers.slice(2 * pair, 2 * pair + 2).every(([own, other]) => own > other);
    const guesses = [...state.guesses.filter((each) => each.model !== run.name || each.pair !== pair), { model: run.name, pair, guess: said, binds }].slice(-MOST_GUESSES);
    keep(guesses);
    this.change({ guesses, isSwinging: said !== "skip" });
    if (said !== "skip") setTimeout(() => this.change({ isSwinging: false }), isCalm() ? CALM_MS : SWING_MS);
  }

  /** The next pair about which nothing was guessed. */
  another() {
    const { pairs: { list }, pair } = this.state, { run } = shown(this.state);
    const ahead = list.map((_, place) => (pair + 1 + place) % list.length);
    return ahead.find((each) => !guessed(this.state, run.name, each)) ?? ahead[0];
  }
}

const isSheetOpen = () => document.body.classList.contains("wb-runs-open");

/** Close the boxes that are open over the page; `kept` is the element in which one may stay. */
export function closeBoxes(kept = null) {
  for (const each of document.querySelectorAll("#bench details.wb-more[open]")) if (!each.contains(kept)) each.open = false;
}

/** A run whose checkpoints came in part: those from `first` on. */
function joined(before, run) {
  if (!run) return null;
  const first = run.first ?? 0, kept = first && before?.name === run.name ? before.checkpoints.slice(0, first) : [];
  return { ...run, checkpoints: [...kept, ...run.checkpoints] };
}

/** Nine tenths are the steps, the last tenth is the evaluation; what was reached once is never taken back. */
function reached(furthest, run) {
  if (!isLive(run)) return furthest;
  const share = run.phase === "evaluating" ? 0.9 + 0.1 * (run.phase_done ?? 0) : (0.9 * run.step) / Math.max(1, run.steps);
  return { run: run.name, share: furthest.run === run.name ? Math.max(furthest.share, share) : share };
}

// ---- Guesses stay in the browser; where storage is off, or holds something else, they stay as long as the page

function loaded() {
  try {
    const found = JSON.parse(localStorage.getItem(GUESSES) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => each && typeof each.model === "string" && Number.isInteger(each.pair)) : [];
  } catch {
    return [];
  }
}

function keep(guesses) {
  try {
    localStorage.setItem(GUESSES, JSON.stringify(guesses));
  } catch { /* see above */ }
}
