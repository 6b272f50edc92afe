// Asking models: those of the rows about the question, one that is added, and the open row for its details. Small
// models answer in this tab, others by a job of the server.
//
//   const asking = new Asking(store, tab);       // `tab` is a TabModels
//   const signal = asking.begin();               // of a question; the one before is canceled
//   await asking.askRows(question, names, signal);
//   await asking.add({ model, parameters });     // a model that was fetched

import { numbersOf, plainReason } from "./answer.js";
import { identityOf } from "./picture.js";
import { Refused } from "../refused.js";

/** Parts of a row that waits for nothing. */
export const ANSWERED = { isAsked: false, progress: "", why: "" };
const MAPPED = 2;
/** Parameters up to which a model is tried in the tab; the largest that is trained here has a third. */
const MAX_TAB_PARAMETERS = 20e6;

/** The models that one press adds: names of open_clip's table, and how people call them. */
export const REAL = [
  { name: "ViT-B-32/openai", title: "OpenAI ViT-B/32", year: 2021 },
  { name: "ViT-B-32/laion2b_s34b_b79k", title: "LAION ViT-B/32", year: 2022 },
  { name: "ViT-B-16-SigLIP/webli", title: "SigLIP ViT-B/16", year: 2023 },
];

export class Asking {
  constructor(store, tab) {
    this.store = store;
    this.tab = tab;
    this.running = null; // what cancels the question under way
    this.runs = new Set(); // names of models that are runs of this project
  }

  stop() {
    this.running?.abort();
  }

  begin() {
    this.running = new AbortController();
    return this.running.signal;
  }

  /** The signal of the question under way, whose end ends what else is asked. */
  get signal() {
    return (this.running ??= new AbortController()).signal;
  }

  /** Ask models one after another, small ones first; rows that answer this question already stay as they are. */
  async askRows(question, names, signal) {
    const isSame = (row) => row.answer && row.answeredKey === questionKey(question),
      mine = names.map((name) => this.store.state.rows.find((row) => row.name === name)).filter(Boolean),
      waiting = mine.filter((row) => !isSame(row) && !this.store.state.unread[row.name]);
    // one that was asked another question meanwhile, which was canceled, answers this one still
    for (const row of mine.filter(isSame)) this.changeRow(row.name, ANSWERED);
    for (const row of waiting) this.changeRow(row.name, { isAsked: true, why: "" });
    const { inTab, onServer } = await this.splitByPlace(waiting),
      began = performance.now();
    for (const row of [...inTab, ...onServer]) {
      signal.throwIfAborted();
      const isAnswered = inTab.includes(row) && (await this.askTab(row.name, question, signal));
      if (!isAnswered) await this.askServer(row.name, question, signal);
    }
    if (onServer.length) this.store.change({ seconds: (performance.now() - began) / 1000 });
    await this.detail(question, signal);
    // Verdicts come first, and the further captions of each real model afterwards.
    for (const { name, document } of this.store.state.rows.filter((row) => row.isReal && names.includes(row.name)))
      if (document && !document.words) await this.askServer(name, question, signal, { maps: 0, details: true });
  }

  /** The rows whose models this tab can ask, and those that only the server can, each in their order. */
  async splitByPlace(rows) {
    const canAnswer = await Promise.all(
      rows.map(
        async ({ name, isReal, parameters }) =>
          !isReal && (parameters ?? 0) < MAX_TAB_PARAMETERS && this.tab.canAnswer(name),
      ),
    );
    return {
      inTab: rows.filter((_, index) => canAnswer[index]),
      onServer: rows.filter((_, index) => !canAnswer[index]),
    };
  }

  /** One model by the engine of this tab; false where it fails, so that the server answers. */
  async askTab(name, question, signal) {
    try {
      this.changeRow(name, {
        ...ANSWERED,
        answer: await this.tab.answer(name, question, signal),
        document: null,
        answeredKey: questionKey(question),
      });
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }

  /**
   * One model by a job of the server; `maps` is how many captions get a map of where it looks, `details` asks for other
   * wordings, wrong details and the effect of each word.
   */
  async askServer(name, question, signal, { maps = 0, details = false } = {}) {
    const { captions, pictures } = question,
      before = this.store.state.rows.find(
        (row) => row.name === name && row.answeredKey === questionKey(question),
      )?.document;
    try {
      const scores = await this.store.page.backend.job(
        "score",
        {
          model: name,
          images: pictures.map((each) => each.uri),
          captions,
          maps,
          details,
          ...(details
            ? {
                right: pictures.map((each) => Math.min(each.captionIndex, captions.length - 1)),
                middles: middlesOf(question),
              }
            : {}),
        },
        ({ text }) => this.changeRow(name, { progress: text }),
        { signal },
      );
      this.changeRow(name, {
        ...ANSWERED,
        answer: numbersOf(scores),
        document: { ...before, ...scores, relevance: scores.relevance ?? before?.relevance },
        answeredKey: questionKey(question),
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.changeRow(name, {
        ...ANSWERED,
        why: plainReason(error, name),
        answer: null,
        document: null,
      });
    }
  }

  /** Maps, script and details of the row that is open, by the server, where they are not there yet. */
  async detail(question, signal) {
    const row = this.store.state.rows.find(({ name }) => name === this.store.state.open),
      isThere = row?.document?.relevance && row.answeredKey === questionKey(question);
    if (!row || isThere || row.why || this.store.state.unread[row.name] || !question || this.store.state.isStatic)
      return;
    this.changeRow(row.name, { isLooking: true });
    try {
      await this.askServer(row.name, question, signal, { maps: MAPPED, details: row.isReal });
    } finally {
      this.changeRow(row.name, { isLooking: false });
    }
  }

  /** `detail` for a row that a person opens, until the next question. */
  async lookInto(question) {
    try {
      await this.detail(question, this.signal);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  /** Other wordings, wrong details and the effect of each word, of a model that a person asks for them. */
  async reword(name) {
    const { signal } = this;
    this.changeRow(name, { isRewording: true });
    try {
      await this.askServer(name, this.store.state.question, signal, { details: true });
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      this.changeRow(name, { isRewording: false });
    }
  }

  changeRow(name, parts) {
    this.store.change({ rows: this.store.state.rows.map((row) => (row.name === name ? { ...row, ...parts } : row)) });
  }

  /** A model was fetched and loaded: it answers the question, and then the scenes whose truth is known. */
  async add({ model, parameters, in_tab: isInTab = false }) {
    const published = REAL.find((each) => each.name === model),
      { rows, listed, question } = this.store.state;
    const isRun = isInTab || this.runs.has(model) || listed?.find((each) => each.name === model)?.kind === "run";
    if (rows.some((row) => row.name === model)) return;
    const row = {
      name: model,
      title: published?.title ?? shortName(model),
      year: published?.year,
      parameters,
      isReal: !isRun,
      isInTab,
      ...(isRun ? { about: "a run of this project" } : {}),
      scores: null,
      isCounting: true,
    };
    this.store.change({ rows: [...rows, row], open: model });
    const { signal } = this;
    try {
      // where another question is about to be asked, it is asked of this row too
      if (question && !signal.aborted) await this.askRows(question, [model], signal);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
    await this.count(model);
  }

  async count(model) {
    try {
      const {
        rows: [counted],
      } = await this.store.page.backend.job("leaderboard", {
        models: [model],
        count: this.store.state.scenes,
        half_truths: true,
      });
      this.changeRow(model, {
        scores: counted.scenes,
        halfTruths: counted.half_truths,
        verdict: counted.verdict,
        whyScores: counted.why,
        suspicions: counted.suspicions,
        isCounting: false,
      });
    } catch (error) {
      this.changeRow(model, { isCounting: false, whyScores: error.message });
    }
  }
}

/** The middles of the things of a drawn scene, where its own caption is asked and no other picture of it; else null. */
function middlesOf({ pictures, captions }) {
  const [own, ...others] = pictures.filter(({ captionIndex }) => captionIndex === 0);
  return own?.drawn?.caption === captions[0] && !others.length ? own.drawn.middles : null;
}

/** What tells whether a row answers a question. */
export const questionKey = ({ pictures, captions }) =>
  JSON.stringify([pictures.map((picture) => [identityOf(picture), picture.captionIndex]), captions]);

/** A name with the end of its path alone, which tells folders apart in a narrow column: "ViT-B-32:run/epoch_32.pt". */
function shortName(model) {
  const [, kind = "", path] = model.match(/^([\w-]{2,}:)?(.*)$/s);
  return kind + path.split(/[/\\]/).slice(-2).join("/");
}
