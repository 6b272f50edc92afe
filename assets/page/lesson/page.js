// The lesson: seven steps that a reader does by acting. What was done is kept in the browser.
//
//   // page of the shell; what it shows comes from the backend, and its training runs in this tab
//   open(element, page)

import { keep, keepTyped, recall, takeTyped } from "../kept.js";
import { lessonActs } from "./acts.js";
import { LessonRun } from "./run.js";
import { Lesson, probedModel, STEPS } from "./steps.js";
import { loadStyles } from "../styles.js";
import { tellFrom, sentenceOf, textsOf } from "../texts.js";
import { Latest, Store, Timers } from "../store.js";
import { html, render } from "../vendor/preact.js";

const STORED = "clip-binding-explorer-lesson";

export async function open(element, page) {
  const [texts, content] = await Promise.all([
    textsOf(page, "lessons"),
    page.backend.view("lesson", {}),
    loadStyles("steps"),
    page.loadTab(),
  ]);
  const lesson = new LessonPage(element, page, texts, content);
  lesson.begin();
  return {
    arrive: () => lesson.run.watch(),
    leave: () => lesson.run.rest(),
    keepTyped: () => lesson.keepQuestion(),
  };
}

/** What the page begins with; `stored` is what the browser holds, and may be anybody's writing. */
export function lessonState(texts, content, { canTrain = null, hasServer, hasClass, links, stored = {} }) {
  const done = (Array.isArray(stored.done) ? stored.done : []).filter((step) => STEPS.includes(step)),
    number = (value) => (Number.isFinite(value) ? value : null);
  const has = (step) => done.includes(step);
  return {
    texts,
    content,
    canTrain,
    hasServer,
    hasClass,
    links,
    done,
    open: STEPS.includes(stored.open) ? stored.open : STEPS[0],
    chosen: has("see") ? [0] : [],
    guess: has("guess") ? number(stored.guess) : null,
    guessing: 75,
    dial: has("dial") ? 0 : content.dial_places.length - 1,
    forms: has("form") ? ["short", "long"] : [],
    preset: null,
    steps: content.first_steps,
    seconds: null,
    batch: null,
    run: null,
    runName: typeof stored.run === "string" ? stored.run : "",
    isGone: false,
    isStarting: false,
    binding: number(stored.binding),
    order: typeof stored.order === "string" ? stored.order : null,
    note: "",
    probe: {
      picture: 0,
      first: content.asked[0].caption,
      second: "",
      isTyped: false,
      model: "",
      answer: null,
      isAsking: false,
    },
  };
}

/** The lesson of a visit: what was done and chosen, what the backend and the run of this tab say, and the acts. */
export class LessonPage extends Store {
  constructor(element, page, texts, content) {
    super();
    const { backend, address } = page,
      link = (view, parts) => address.link(view, parts);
    const links = {
      class: link("class"),
      bench: link("bench"),
      evidence: link("evidence"),
      ask: link(backend.has("train") ? "ask" : "scene"),
      order: link("evidence", { part: "order" }),
    };
    this.element = element;
    this.page = page;
    this.backend = backend;
    this.tell = tellFrom(texts);
    this.timers = new Timers();
    this.questions = new Latest(); // of step 6; over with another picture, or when the lesson begins again
    this.readings = new Latest(); // of the first caption, whose swap fills the second
    this.state = lessonState(texts, content, {
      hasServer: backend.has("train"),
      hasClass: backend.has("room"),
      links,
      stored: recall(STORED) ?? {},
    });
    this.run = new LessonRun(this);
    this.acts = lessonActs(this);
  }

  begin() {
    this.bringQuestion(takeTyped("lesson"));
    this.draw();
    this.readSwap();
    this.run.measure();
    this.run.watch();
  }

  draw() {
    render(html`<${Lesson} state=${{ ...this.state }} acts=${this.acts} />`, this.element);
  }

  /** Keep what was done here, beside what another tab of this browser has kept since. */
  keep() {
    const { done, open: at, guess, order, runName, binding } = this.state,
      other = recall(STORED) ?? {},
      ended = runName ? { run: runName, binding } : { run: other.run, binding: other.binding };
    keep(
      STORED,
      JSON.stringify({
        done: [...new Set([...done, ...(Array.isArray(other.done) ? other.done : [])])],
        open: at,
        guess: guess ?? other.guess,
        order: order ?? other.order,
        ...ended,
      }),
    );
  }

  finish(step, parts = {}) {
    const { done } = this.state;
    this.change({ ...parts, done: done.includes(step) ? done : [...done, step] });
    this.keep();
  }

  showError(error) {
    this.change({ note: sentenceOf(error, this.tell(this.state.hasServer ? "failed" : "copy.failed")) });
  }

  /** From the first step, with nothing done. */
  beginAgain() {
    const { state } = this;
    keep(STORED, "{}");
    if (state.run?.isActive && !state.run.isReplay) void this.run.stop(); // or nothing else could be trained here
    this.run.rest();
    this.questions.begin();
    Object.assign(state, lessonState(state.texts, state.content, state));
    this.run.measure();
    this.readSwap();
    this.draw();
  }

  // ---- 6. A question

  keepQuestion() {
    const { picture, first, second, isTyped, model } = this.state.probe;
    keepTyped("lesson", { picture, first, second, isTyped, model });
  }

  /** The question of the page before, which was in another language. */
  bringQuestion({ picture, first, second, isTyped, model }) {
    const isText = [first, second, model].every((each) => typeof each === "string");
    if (!isText || !this.state.content.asked[picture]) return;
    Object.assign(this.state.probe, { picture, first, second, isTyped: Boolean(isTyped), model });
  }

  /** Fill the second caption with the first one's swap, until the reader writes one. */
  async readSwap() {
    const { probe } = this.state,
      isNewest = this.readings.begin();
    if (probe.isTyped) return;
    // nothing to swap: it is written by hand
    const swaps = await this.backend.view("swaps", { caption: probe.first }).catch(() => null);
    if (isNewest() && !this.state.probe.isTyped)
      this.change({ probe: { ...this.state.probe, second: swaps?.swaps[0]?.caption ?? "" } });
  }

  async ask() {
    const { state } = this,
      isWanted = this.questions.begin(),
      probe = (parts) => this.change({ probe: { ...state.probe, ...parts } });
    const { picture, first, second } = state.probe;
    this.change({ note: "" });
    probe({ isAsking: true, answer: null });
    try {
      const answer = await this.backend.job(
        "score",
        {
          model: probedModel(state),
          images: [state.content.asked[picture].picture],
          captions: [first, second],
        },
        () => undefined,
      );
      if (!isWanted()) return;
      probe({ answer });
      this.finish("probe");
    } catch (error) {
      if (!isWanted()) return;
      this.showError(error);
    }
    probe({ isAsking: false });
  }
}
