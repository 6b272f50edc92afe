// The state of *Ask a real CLIP*, and what a person can do to it. Components only read the one and call the other.
//
//   const store = new AskStore(page, tab, draw);      // draw(state, acts) is called once a frame at most
//   await store.open();
//   store.take({image, texts, models, middles});      // a question of another view; its runs become rows
//
// A question is pictures and captions, the right one first, with the orders of its words. It is asked PAUSE_MS after
// the last change; a question that comes meanwhile cancels the one before. Small models answer in this tab, others by a
// job.

import { ofDocument, plainReason } from "./answer.js";
import { Downloads } from "./downloads.js";
import { MOST_PICTURES, readPicture } from "./picture.js";
import { Refused } from "../refused.js";
import { Timers } from "../timers.js";
import { say } from "../words.js";

const PAUSE_MS = 400,
  MAPPED = 2,
  SCENES = 200;
/** Parameters up to which a model is tried in the tab; the largest that is trained here has a third. */
const MOST_IN_TAB = 20e6;

/** The models that one press adds: names of open_clip's table, and how people call them. */
export const REAL = [
  { name: "ViT-B-32/openai", title: "OpenAI ViT-B/32", year: 2021 },
  { name: "ViT-B-32/laion2b_s34b_b79k", title: "LAION ViT-B/32", year: 2022 },
  { name: "ViT-B-16-SigLIP/webli", title: "SigLIP ViT-B/16", year: 2023 },
];

export const emptyAsk = () => ({
  isStatic: false,
  rows: [], // [{name, title, about, isReal, ladder, answer, document, isAsked, why}]
  open: null,
  seconds: null,

  // The question. `example` is null for one's own; `reading` is what the server read in the caption.
  examples: [],
  example: 0,
  pictures: [], // [{uri, name, of: 0 for the caption, 1 for its swap, drawn}]
  at: 0, // the picture that is large
  note: "",
  caption: "",
  reading: null,
  corrections: {},
  others: [],
  isByHand: false, // then no swap is written over what a person typed
  isChanging: false,
  isMissing: false,
  nouns: [],
  problem: "",
  asked: null, // the question that the rows answer, while a newer one may be typed
  unread: {}, // by model: the words that it never read

  // Models that can be added. A server may fetch none.
  listed: null,
  isClosed: false,
  loads: {}, // {phase: "fetching" | "reading" | "next", text, done, left_s, stage} or {why}
  isNaming: false,
  named: "",

  scenes: SCENES,
  reworded: null,
  ticks: {}, // by a picture and a caption with a detail: whether a person calls the detail false
  test: null,
  said: "",
});

export class AskStore {
  constructor(page, tab, draw) {
    Object.assign(this, { page, tab, paint: draw, frame: 0, timers: new Timers(), running: null, runs: new Set() });
    this.state = {
      ...emptyAsk(),
      isStatic: page.backend.kind === "static",
      hasCamera:
        Boolean(globalThis.navigator?.mediaDevices?.getUserMedia) &&
        (globalThis.matchMedia?.("(pointer: coarse)").matches ?? false),
    };
    this.downloads = new Downloads(
      page.backend,
      (loads) => this.change({ loads }),
      (entry) => this.addModel(entry),
    );
    this.acts = this.makeActs();
  }

  change(parts) {
    Object.assign(this.state, parts);
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint(this.state, this.acts);
    });
  }

  async open() {
    const { backend } = this.page,
      { pictures, models, scenes } = await backend.view("examples", {}, { isPublic: true });
    const rows = models
      .filter(({ name }) => this.page.models?.includes(name) ?? true)
      .map(({ answers, ladder, ...model }) => ({
        ...model,
        isReal: false,
        ladder: ladder.scenes,
        halfTruths: ladder.half_truths,
        verdict: ladder.verdict,
        answers,
      }));
    this.change({ examples: pictures, rows, scenes, open: rows[0].name });
    if (this.handed) this.take(this.handed);
    else this.showExample(0);
    try {
      const listed = await backend.view("models");
      this.change({ listed, isClosed: !listed.some((each) => each.kind === "pretrained") });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.change({ listed: [], isClosed: true });
    }
  }

  /** A picture with two captions of another view. */
  take(question) {
    this.handed = question;
    if (!this.state.rows.length) return;
    const [caption, other] = question.texts;
    this.change({
      example: null,
      pictures: [
        { uri: question.image, name: say("your own scene"), of: 0, drawn: drawnOf(caption, question.middles) },
      ],
      at: 0,
      note: "",
      ...freshQuestion(caption),
      others: [other],
      isByHand: true,
    });
    this.askSoon(0);
    for (const name of this.state.isStatic ? [] : (question.models ?? [])) {
      this.runs.add(name);
      if (!this.state.rows.some((row) => row.name === name)) this.downloads.add(name);
    }
  }

  showExample(index) {
    const { image, swapped, name, captions, middles } = this.state.examples[index],
      pictures = [{ uri: image, name, of: 0, swapped, drawn: drawnOf(captions[0], middles) }],
      of = keyOf({ pictures, captions });
    const rows = this.state.rows.map((row) =>
      row.answers?.[index]
        ? { ...row, answer: ofDocument(row.answers[index]), document: row.answers[index], of, isAsked: false, why: "" }
        : row,
    );
    this.change({
      example: index,
      pictures,
      at: 0,
      note: "",
      rows,
      ...freshQuestion(captions[0]),
      others: captions.slice(1),
    });
    this.askSoon(0);
  }

  /** Ask anew, once nobody types. */
  askSoon(pause = PAUSE_MS) {
    this.running?.abort();
    this.timers.after("ask", pause, () => this.ask());
  }

  async ask() {
    const control = (this.running = new AbortController()),
      { signal } = control;
    try {
      if (!(await this.read(signal))) return;
      const question = await this.question(signal);
      if (question)
        await this.askRows(
          question,
          this.state.rows.map((row) => row.name),
          signal,
        );
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Refused)) throw error;
      this.change({ problem: plainReason(error, "caption") });
    }
  }

  /** Read the caption; without a swap there is no question, but what a person writes by hand. */
  async read(signal) {
    const { state } = this;
    if (!state.caption.trim()) {
      this.change({
        reading: null,
        others: state.isByHand ? state.others : [],
        problem: "",
        ...unaskedQuestion(state),
      });
      return false;
    }
    const reading = await this.page.backend.view(
      "swaps",
      { caption: state.caption, corrections: state.corrections },
      { signal },
    );
    const { word, thing, ...corrections } = state.corrections;
    const others = state.isByHand ? state.others : reading.swaps.slice(0, 1).map((swap) => swap.caption);
    this.change({
      reading,
      caption: word ? reading.caption : state.caption,
      corrections: word ? reading.corrections : corrections,
      others,
      problem: "",
    });
    const isAsked = others.some((each) => each.trim());
    if (!isAsked)
      this.change({
        problem: reading.unsure
          ? reading.why
          : say("Nothing to swap: the caption needs two things with different words."),
        ...unaskedQuestion(state),
      });
    return isAsked;
  }

  /** What rows are asked: pictures, captions with the orders of their words, and the words that models never read. */
  async question(signal) {
    const { backend } = this.page,
      { pictures, caption, others, rows } = this.state;
    if (!pictures.length) {
      this.change(unaskedQuestion(this.state));
      return null;
    }
    const captions = [caption, ...others]
      .map((each) => each.trim().replace(/\s+/g, " "))
      .filter((each, index, all) => each && all.indexOf(each) === index);
    const [orders, unread] = await Promise.all([
      backend.view("word_orders", { captions }, { signal }),
      backend.view("never_read", { models: rows.map((row) => row.name), captions }, { signal }),
    ]);
    const question = { pictures, captions, orders };
    this.change({ asked: question, unread });
    return question;
  }

  /** Ask models one after another, small ones first; rows that answer this question already stay as they are. */
  async askRows(question, names, signal) {
    const isSame = (row) => row.answer && row.of === keyOf(question),
      mine = (name) => this.state.rows.find((row) => row.name === name);
    const waiting = names.map(mine).filter((row) => row && !isSame(row) && !this.state.unread[row.name]);
    for (const row of waiting) this.changeRow(row.name, { isAsked: true, why: "" });
    const inTab = await Promise.all(
      waiting.map(async (row) => !row.isReal && (row.parameters ?? 0) < MOST_IN_TAB && this.tab.canAnswer(row.name)),
    );
    const began = performance.now(),
      isSlow = waiting.some((_, index) => !inTab[index]);
    for (const index of [...waiting.keys()].sort((one, other) => Number(inTab[other]) - Number(inTab[one]))) {
      signal.throwIfAborted();
      const { name } = waiting[index];
      if (!inTab[index] || !(await this.askTab(name, question, signal))) await this.askServer(name, question, signal);
    }
    if (isSlow) this.change({ seconds: (performance.now() - began) / 1000 });
    await this.detail(question, signal);
    // Verdicts come first, and the further captions of each real model afterwards.
    for (const { name, document } of this.state.rows.filter((row) => row.isReal && names.includes(row.name)))
      if (document && !document.words) await this.askServer(name, question, signal, { maps: 0, details: true });
  }

  /** One model by the engine of this tab; false where it fails, so that the server answers. */
  async askTab(name, question, signal) {
    try {
      this.changeRow(name, {
        answer: await this.tab.answer(name, question, signal),
        document: null,
        isAsked: false,
        of: keyOf(question),
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
      before = this.state.rows.find((row) => row.name === name && row.of === keyOf(question))?.document;
    try {
      const scores = await this.page.backend.job(
        "score",
        {
          model: name,
          images: pictures.map((each) => each.uri),
          captions,
          maps,
          details,
          ...(details
            ? { right: pictures.map((each) => Math.min(each.of, captions.length - 1)), middles: middlesOf(question) }
            : {}),
        },
        ({ text }) => this.changeRow(name, { progress: text }),
        { signal },
      );
      this.changeRow(name, {
        answer: ofDocument(scores),
        document: { ...before, ...scores, relevance: scores.relevance ?? before?.relevance },
        isAsked: false,
        progress: "",
        of: keyOf(question),
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.changeRow(name, {
        isAsked: false,
        progress: "",
        why: plainReason(error, name),
        answer: null,
        document: null,
      });
    }
  }

  /** Maps, script and details of the row that is open, by the server, where they are not there yet. */
  async detail(question, signal) {
    const row = this.state.rows.find(({ name }) => name === this.state.open),
      isThere = row?.document?.relevance && row.of === keyOf(question);
    if (!row || isThere || row.why || this.state.unread[row.name] || !question || this.state.isStatic) return;
    this.changeRow(row.name, { isLooking: true });
    try {
      await this.askServer(row.name, question, signal, { maps: MAPPED, details: row.isReal });
    } finally {
      this.changeRow(row.name, { isLooking: false });
    }
  }

  /** Other wordings, wrong details and the effect of each word, of a model that a person asks for them. */
  async reword(name) {
    const { signal } = (this.running ??= new AbortController());
    this.change({ reworded: name });
    this.changeRow(name, { isRewording: true });
    try {
      await this.askServer(name, this.state.asked, signal, { details: true });
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      this.changeRow(name, { isRewording: false });
    }
  }

  changeRow(name, parts) {
    this.change({ rows: this.state.rows.map((row) => (row.name === name ? { ...row, ...parts } : row)) });
  }

  /** A model was fetched and loaded: it answers the question, and then the scenes whose truth is known. */
  async addModel({ model, parameters }) {
    const known = REAL.find((each) => each.name === model),
      { rows, listed } = this.state;
    const isRun = this.runs.has(model) || listed?.find((each) => each.name === model)?.kind === "run";
    if (rows.some((row) => row.name === model)) return;
    const row = {
      name: model,
      title: known?.title ?? shortName(model),
      year: known?.year,
      parameters,
      isReal: !isRun,
      ...(isRun ? { about: "a run of this project" } : {}),
      ladder: null,
      isCounting: true,
    };
    this.change({ rows: [...rows, row], open: model });
    const { signal } = (this.running ??= new AbortController()),
      question = this.state.asked;
    try {
      if (question) await this.askRows(question, [model], signal.aborted ? new AbortController().signal : signal);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
    await this.count(model);
  }

  async count(model) {
    try {
      const {
        rows: [counted],
      } = await this.page.backend.job("leaderboard", {
        models: [model],
        count: this.state.scenes,
        half_truths: true,
      });
      this.changeRow(model, {
        ladder: counted.scenes,
        halfTruths: counted.half_truths,
        verdict: counted.verdict,
        whyLadder: counted.why,
        suspicions: counted.suspicions,
        isCounting: false,
      });
    } catch (error) {
      this.changeRow(model, { isCounting: false, whyLadder: error.message });
    }
  }

  async addPictures(files, of = 0) {
    const { state } = this,
      read = [];
    let note = "";
    for (const file of files.slice(0, MOST_PICTURES)) {
      try {
        const { picture, note: said } = await readPicture(file);
        read.push({ ...picture, of });
        note ||= said;
      } catch (error) {
        note = error.message;
      }
    }
    if (files.length > MOST_PICTURES) note = say`The first ${MOST_PICTURES} of ${files.length} pictures are shown.`;
    if (!read.length) return this.change({ note });
    const isOwn = state.example === null,
      isMore = of === 1 || this.isAdding,
      before = isMore ? state.pictures.slice(0, MOST_PICTURES - read.length) : [];
    this.isAdding = false;
    // The example's captions are not true of another picture.
    this.change({
      pictures: [...before, ...read],
      at: before.length,
      example: isMore ? state.example : null,
      note,
      ...(isOwn || isMore ? {} : freshQuestion("")),
    });
    this.askSoon(0);
  }

  makeActs() {
    const { state } = this,
      again = (parts, pause) => {
        this.change(parts);
        this.askSoon(pause);
      };
    return {
      change: (parts) => this.change(parts),
      example: (index) => this.showExample(index),
      files: (files, of) => this.addPictures(files, of),
      more: () => {
        this.isAdding = true;
      },
      drop: (at) => again({ pictures: state.pictures.filter((_, index) => index !== at), at: 0 }, 0),
      swapped: () =>
        again({ pictures: [state.pictures[0], { uri: state.pictures[0].swapped, name: "", of: 1 }], at: 1 }, 0),
      type: (caption) => again(freshQuestion(caption)),
      chip: (index) => {
        const off = state.corrections.off ?? [];
        again(
          {
            corrections: {
              ...state.corrections,
              off: off.includes(index) ? off.filter((each) => each !== index) : [...off, index],
            },
            isByHand: false,
          },
          0,
        );
      },
      word: (word, thing) =>
        again({ corrections: { ...state.corrections, word, thing }, isMissing: false, isByHand: false }, 0),
      write: (text) => again({ others: text.split("\n"), isByHand: true }),
      confuse: () =>
        again({ others: [...new Set([...state.others, ...(state.reading?.confusions ?? [])])], isByHand: true }, 0),
      swap: () => again({ isByHand: false, isChanging: false }, 0),
      restart: () => {
        this.change({ open: state.rows.find((row) => !row.isReal)?.name ?? null });
        this.showExample(0);
      },
      add: (name) => this.downloads.add(name),
      cancel: (name) => this.downloads.cancel(name),
      away: (name) => this.change({ rows: state.rows.filter((row) => row.name !== name), open: null }),
      open: (name) => {
        this.change({ open: state.open === name ? null : name });
        if (state.asked && state.open)
          this.detail(state.asked, (this.running ??= new AbortController()).signal).catch((error) => {
            if (error.name !== "AbortError") throw error;
          });
      },
      reword: (name) => this.reword(name),
      tick: (key, isFalse) => this.change({ ticks: { ...state.ticks, [key]: isFalse } }),
      test: (test) => this.change({ test: state.test === test ? null : test }),
    };
  }
}

/** What is known of a drawn scene: its caption, and the middles of the two things that it shows; null of any other. */
const drawnOf = (caption, middles) => (middles ? { caption, middles } : null);

/** The middles of the things of a drawn scene, where its own caption is asked and no other picture of it; else null. */
function middlesOf({ pictures, captions }) {
  const [own, ...others] = pictures.filter(({ of }) => of === 0);
  return own?.drawn?.caption === captions[0] && !others.length ? own.drawn.middles : null;
}

const keyOf = ({ pictures, captions }) =>
  JSON.stringify([pictures.map(({ uri, of }) => [uri.length, uri.slice(-64), of]), captions]);

/** A name with the end of its path alone, which tells folders apart in a narrow column: "ViT-B-32:run/epoch_32.pt". */
function shortName(model) {
  const [, kind = "", path] = model.match(/^([\w-]{2,}:)?(.*)$/s);
  return kind + path.split(/[/\\]/).slice(-2).join("/");
}

/** What a new caption leaves of the one before. */
const freshQuestion = (caption) => ({
  caption,
  corrections: {},
  isByHand: false,
  isChanging: false,
  isMissing: false,
  problem: "",
});

/** Rows without a question. */
const unaskedQuestion = ({ rows }) => ({
  asked: null,
  unread: {},
  rows: rows.map((row) => ({ ...row, answer: null, document: null, isAsked: false, of: "" })),
});
