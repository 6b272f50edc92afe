// The lesson: seven steps that a reader does by acting. What was done is kept in the browser.
//
//   // page of the shell; what it shows comes from the backend, and its training runs in this tab
//   open(element, page)

import { keep, recall } from "../kept.js";
import { countBoth, Lesson, refusal, STEPS } from "./steps.js";
import { loadStyles } from "../styles.js";
import { specOf } from "../recipe.js";
import { sayFrom, sentenceOf, textsOf } from "../texts.js";
import { Timers } from "../timers.js";
import { html, render } from "../vendor/preact.js";
import { isLive } from "../words.js";

const STORED = "clip-binding-explorer-lesson",
  POLL_MS = 1000,
  REPLAY_MS = 700,
  TYPING_MS = 300;
/** More than any run has: its saved steps are not shown here. */
const NO_CHECKPOINTS = 10_000;

export async function open(element, page) {
  const [texts, facts] = await Promise.all([
    textsOf(page, "lessons"),
    page.backend.view("lesson", {}),
    loadStyles("steps"),
    page.withTab(),
  ]);
  const lesson = new LessonPage(element, page, texts, facts);
  lesson.begin();
  return { shown: () => lesson.watch(), hidden: () => lesson.rest() };
}

/** What the page begins with; `kept` is what the browser holds, and may be anybody's writing. */
export function lessonState(texts, facts, { canTrain = null, hasServer, hasClass, links, kept = {} }) {
  const done = (Array.isArray(kept.done) ? kept.done : []).filter((step) => STEPS.includes(step)),
    number = (value) => (Number.isFinite(value) ? value : null);
  const has = (step) => done.includes(step);
  return {
    texts,
    facts,
    canTrain,
    hasServer,
    hasClass,
    links,
    classLink: links.class,
    done,
    open: STEPS.includes(kept.open) ? kept.open : STEPS[0],
    chosen: has("see") ? [0] : [],
    guess: has("guess") ? number(kept.guess) : null,
    guessing: 75,
    dial: has("dial") ? 0 : facts.dial_places.length - 1,
    forms: has("form") ? ["short", "long"] : [],
    preset: null,
    steps: facts.first_steps,
    seconds: null,
    batch: null,
    run: null,
    runName: typeof kept.run === "string" ? kept.run : "",
    isGone: false,
    isStarting: false,
    binding: number(kept.binding),
    order: typeof kept.order === "string" ? kept.order : null,
    note: "",
    probe: {
      picture: 0,
      first: facts.asked[0].caption,
      second: "",
      isOwn: false,
      model: "",
      answer: null,
      isAsking: false,
    },
  };
}

/** A run of the view `run` as step five shows it. */
export function describeRun(run, link) {
  const point = run.curve.at(-1),
    final = run.final?.binding,
    isMeasured = final && final.value !== null && final.low !== null;
  return {
    ...run,
    link,
    isActive: isLive(run),
    isReplay: false,
    final: isMeasured ? final : null,
    point: point ? { value: point.binding, low: point.low, high: point.high, n: point.n, step: point.step } : null,
  };
}

/** A recorded training at its measured step `at`; after the last one it has ended. */
export function describeReplay(record, at, link) {
  const points = record.curve,
    isOver = at >= points.length - 1,
    point = points[Math.min(at, points.length - 1)];
  const run = describeRun(
    {
      ...record,
      curve: [point],
      final: isOver ? record.final : null,
      step: isOver ? record.steps : point.step,
      phase: null,
      has_model: false,
    },
    link,
  );
  return {
    ...run,
    isReplay: true,
    isActive: !isOver,
    status: isOver ? "finished" : "running",
    pairs: record.pairs_seen,
    place: 0,
    eta_words: "",
    device: "",
    pairs_per_s: null,
  };
}

/** The lesson of a visit: what was done and chosen, what the backend and the run of this tab say, and the acts. */
class LessonPage {
  constructor(element, page, texts, facts) {
    const { backend, address } = page,
      link = (view, parts) => address.link(view, parts);
    const links = {
      class: link("class"),
      workbench: link("workbench"),
      study: link("study"),
      probe: link(backend.has("train") ? "probe" : "scene"),
      order: link("study", { part: "order" }),
    };
    Object.assign(this, {
      element,
      page,
      backend,
      tab: page.tab,
      say: sayFrom(texts),
      timers: new Timers(),
      moves: 0,
      reading: 0,
      known: "",
    });
    this.state = lessonState(texts, facts, {
      hasServer: backend.has("train"),
      hasClass: backend.has("room"),
      links,
      kept: recall(STORED) ?? {},
    });
    this.acts = this.makeActs();
  }

  begin() {
    this.draw();
    this.readSwap();
    this.measure();
    this.watch();
  }

  change(parts) {
    Object.assign(this.state, parts);
    this.draw();
  }

  draw() {
    render(html`<${Lesson} state=${{ ...this.state }} acts=${this.acts} />`, this.element);
  }

  keep() {
    const { done, open: at, guess, order, runName: run, binding } = this.state;
    keep(STORED, JSON.stringify({ done, open: at, guess, order, run, binding }));
  }

  finish(step, parts = {}) {
    const { done } = this.state;
    this.change({ ...parts, done: done.includes(step) ? done : [...done, step] });
    this.keep();
  }

  tell(error) {
    this.change({ note: sentenceOf(error, this.say(this.state.hasServer ? "failed" : "copy.failed")) });
  }

  makeActs() {
    const { state } = this,
      probe = (parts) => this.change({ probe: { ...state.probe, ...parts } });
    return {
      change: (parts) => this.change(parts),
      open: (step) => {
        this.change({ open: step });
        this.keep();
        document.getElementById(`title-${step}`).focus();
      },
      again: () => {
        keep(STORED, "{}");
        this.rest();
        Object.assign(state, lessonState(state.texts, state.facts, state));
        this.measure();
        this.readSwap();
        this.draw();
      },
      see: (picture) => {
        this.change({ chosen: [...state.chosen.filter((each) => each !== picture), picture] });
        if (picture === 0) this.finish("see");
      },
      guess: () => this.finish("guess", { guess: state.guessing }),
      dial: (dial) => {
        this.change({ dial });
        if (countBoth(state) === 0) this.finish("dial");
      },
      form: (form) => {
        this.change({ forms: [...new Set([...state.forms, form])] });
        if (state.forms.length > 1) this.finish("form");
      },
      preset: (preset) => {
        this.change({ preset });
        this.measure();
      },
      steps: (steps) => {
        this.change({ steps });
        this.measure();
      },
      start: () => this.start(),
      replay: () => this.replay(),
      pause: () => this.turn("pause"),
      resume: () => this.turn("resume"),
      stop: () =>
        this.backend.act("stop", { run: state.runName }).then(
          () => this.watch(),
          (error) => this.tell(error),
        ),
      picture: (picture) => {
        probe({ picture, first: state.facts.asked[picture].caption, isOwn: false });
        this.readSwap();
      },
      type: (name, text) => {
        probe({ [name]: text, ...(name === "second" ? { isOwn: text !== "" } : {}) });
        this.timers.stop("typing");
        if (name === "first") this.timers.after("typing", TYPING_MS, () => this.readSwap());
      },
      model: (model) => probe({ model }),
      ask: () => this.ask(),
      order: (order) => this.finish("order", { order }),
    };
  }

  // ---- 5. A run

  get preset() {
    return this.state.preset ?? this.state.facts.offered[0];
  }

  /** Whether this browser trains, and how long these steps take in it. */
  async measure() {
    const mine = ++this.moves,
      canTrain = Boolean(await this.tab.orders.measureSpeed().catch(() => null));
    if (!canTrain || refusal(this.state, this.say)) return this.change({ canTrain });
    const spec = specOf(this.page.catalog, this.wish),
      seconds = await this.tab.orders.seconds(spec);
    if (mine === this.moves) this.change({ canTrain, seconds, batch: spec.train.batch_size });
  }

  get wish() {
    return { preset: this.preset, values: { steps: Number(this.state.steps) }, seed: 0 };
  }

  async start() {
    const { state } = this;
    this.change({ note: "" });
    if (refusal(state, this.say)) return document.getElementById("train-steps").focus();
    if (!state.canTrain) return this.replay();
    this.change({ isStarting: true });
    try {
      this.change({ runName: this.tab.trainings.train(this.wish), run: null, binding: null, isGone: false });
      this.keep();
      await this.watch();
    } catch (error) {
      this.tell(error);
    }
    this.change({ isStarting: false });
  }

  turn(act) {
    this.tab.trainings[act](this.state.runName);
    return this.watch();
  }

  /** Ask how the run is, again and again until it has ended. */
  async watch() {
    const { state } = this;
    this.timers.stop("run");
    if (!state.runName) return;
    if (state.facts.offered.includes(state.runName)) return this.replay(Infinity);
    let answer;
    try {
      answer = await this.backend.view("run", { name: state.runName, have: NO_CHECKPOINTS, known: this.known });
    } catch (error) {
      if (error.field) this.tell(error);
      else this.timers.poll("run", POLL_MS, () => this.watch()); // the server may be starting anew
      return;
    }
    this.known = answer.known;
    if (!answer.run) {
      this.change({ run: null, runName: "", isGone: true });
      this.keep();
      return;
    }
    const run = describeRun(answer.run, this.page.address.link("workbench", { run: state.runName }));
    this.show(run, ["finished", "stopped"].includes(run.status));
    if (run.isActive) this.timers.poll("run", POLL_MS, () => this.watch());
    else this.measure(); // it rests on one more run now
  }

  show(run, isOver) {
    const last = run.final ?? run.point;
    this.change({
      run,
      binding: last ? Math.round(100 * last.value) : null,
      links: { ...this.state.links, run: run.link },
    });
    if (isOver) this.finish("train");
    else this.keep();
  }

  /** Show a recorded training from its measured step `at` on. */
  async replay(at = 0) {
    this.timers.stop("run");
    const name = at === 0 ? this.preset : this.state.runName;
    try {
      const { compare: record } = await this.backend.view("run", { name: "", compare: name });
      this.change({ runName: name });
      const step = (index) => {
        const run = describeReplay(record, index, this.page.address.link("workbench", { preset: name }));
        this.show(run, !run.isActive);
        if (run.isActive) this.timers.after("run", REPLAY_MS, () => step(index + 1));
      };
      step(at);
    } catch (error) {
      this.tell(error);
    }
  }

  rest() {
    this.timers.stop("run");
  }

  // ---- 6. A question

  /** Fill the second caption with the first one's swap, until the reader writes one. */
  async readSwap() {
    const { probe } = this.state,
      mine = ++this.reading;
    if (probe.isOwn) return;
    // nothing to swap: it is written by hand
    const swaps = await this.backend.view("swaps", { caption: probe.first }).catch(() => null);
    if (mine === this.reading && !this.state.probe.isOwn)
      this.change({ probe: { ...this.state.probe, second: swaps?.swaps[0]?.caption ?? "" } });
  }

  async ask() {
    const { state } = this,
      own = state.run?.has_model && !state.run.isReplay ? state.run.name : "",
      probe = (parts) => this.change({ probe: { ...state.probe, ...parts } });
    const { picture, first, second, model } = state.probe;
    this.change({ note: "" });
    probe({ isAsking: true, answer: null });
    try {
      const answer = await this.backend.job(
        "score",
        {
          model: model || own || state.facts.models[0],
          images: [state.facts.asked[picture].picture],
          captions: [first, second],
        },
        () => undefined,
      );
      probe({ answer });
      this.finish("probe");
    } catch (error) {
      this.tell(error);
    }
    probe({ isAsking: false });
  }
}
