// The state of *Ask a real CLIP*, and what a person can do to it.
//
//   const store = new AskStore(page, tab, paint);     // paint(state, acts) is called once a frame at most
//   await store.open();      // or with a question, as here:
//   store.openQuestion({image, texts, models, middles});      // a question of another view; its runs become rows
//
// A question is pictures and captions, the right one first, with the orders of its words. It is asked PAUSE_MS after
// the last change, of all rows (asking.js); a question that comes meanwhile cancels the one before.

import { numbersOf, plainReason } from "./answer.js";
import { ANSWERED, Asking, questionKey } from "./asking.js";
import { Downloads } from "./downloads.js";
import { MAX_PICTURES, readPicture } from "./picture.js";
import { mayRepeat, Refused } from "../refused.js";
import { bringBack } from "./typed.js";
import { Latest, onceAFrame, Store, Timers } from "../store.js";
import { say } from "../words.js";

const PAUSE_MS = 400,
  /** Before a question is asked again that nobody could answer. */
  AGAIN_MS = 4000;

export const emptyAsk = () => ({
  isStatic: false,
  rows: [], // [{name, title, about, isReal, scores, answer, document, isAsked, why}]
  open: null,
  seconds: null,

  // The question. `example` is null for one's own; `reading` is what the server read in the caption.
  examples: [],
  example: 0,
  pictures: [], // [{uri, name, captionIndex: 0 for the caption, 1 for its swap, drawn}]
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
  question: null, // the question that the rows answer, while a newer one may be typed
  unread: {}, // by model: the words that it never read

  // Models that can be added. A server may fetch none.
  listed: null,
  isClosed: false,
  loads: {}, // {phase: "fetching" | "reading" | "next", text, done, left_s, stage} or {why}
  isNaming: false,
  named: "",

  scenes: 0, // whose truth is known; how many the examples' models were asked
  ticks: {}, // by a picture and a caption with a detail: whether a person calls the detail false
  test: null,
  said: "",
});

export class AskStore extends Store {
  constructor(page, tab, paint) {
    super();
    this.page = page;
    this.timers = new Timers();
    this.draw = onceAFrame(() => paint(this.state, this.acts));
    this.pictures = new Latest(); // those that take the place of those before: what is still being read is dropped
    this.asking = new Asking(this, tab);
    this.state = {
      ...emptyAsk(),
      isStatic: page.backend.kind === "static",
      hasCamera:
        Boolean(globalThis.navigator?.mediaDevices?.getUserMedia) &&
        (globalThis.matchMedia?.("(pointer: coarse)").matches ?? false),
    };
    this.downloads = new Downloads(
      page,
      (loads) => this.change({ loads }),
      (entry) => this.asking.add(entry),
    );
    this.acts = this.makeActs();
  }

  /** @param question of another view @param typed what `keepQuestion` has kept in the page before this one */
  async open(question = undefined, typed = {}) {
    const { backend } = this.page,
      { pictures, models, scenes } = await backend.view("examples", {}, { isPublic: true });
    const rows = models
      .filter(({ name }) => this.page.models?.includes(name) ?? true)
      .map(({ answers, leaderboard, ...model }) => ({
        ...model,
        isReal: false,
        scores: leaderboard.scenes,
        halfTruths: leaderboard.half_truths,
        verdict: leaderboard.verdict,
        answers,
      }));
    this.change({ examples: pictures, rows, scenes, open: rows[0].name });
    if (question) this.openQuestion(question);
    else if (!bringBack(this, typed)) this.showExample(0);
    try {
      const listed = await backend.view("models");
      this.change({ listed, isClosed: !listed.some((each) => each.kind === "pretrained") });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.change({ listed: [], isClosed: true });
    }
  }

  /** A picture with two captions of another view. */
  openQuestion(question) {
    this.pictures.begin();
    const [caption, other] = question.texts,
      { models = [] } = question;
    this.change({
      example: null,
      // a run may have gone on since it answered
      rows: this.state.rows.map((row) => (models.includes(row.name) ? { ...row, answeredKey: "" } : row)),
      pictures: [
        {
          uri: question.image,
          name: say("your own scene"),
          captionIndex: 0,
          drawn: drawnOf(caption, question.middles),
        },
      ],
      at: 0,
      note: "",
      ...freshQuestion(caption),
      others: [other],
      isByHand: true,
    });
    this.askSoon(0);
    for (const name of this.state.isStatic ? [] : models) {
      this.asking.runs.add(name);
      if (!this.state.rows.some((row) => row.name === name)) this.downloads.add(name);
    }
  }

  showExample(index) {
    const { image, swapped, name, captions, middles } = this.state.examples[index],
      pictures = [{ uri: image, name, captionIndex: 0, swapped, drawn: drawnOf(captions[0], middles) }],
      key = questionKey({ pictures, captions });
    this.pictures.begin();
    const rows = this.state.rows.map((row) =>
      row.answers?.[index]
        ? {
            ...row,
            ...ANSWERED,
            answer: numbersOf(row.answers[index]),
            document: row.answers[index],
            answeredKey: key,
          }
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
    this.asking.stop();
    this.timers.after("ask", pause, () => this.ask());
  }

  async ask() {
    const signal = this.asking.begin();
    try {
      if (!(await this.read(signal))) return;
      const question = await this.makeQuestion(signal),
        names = this.state.rows.map((row) => row.name);
      if (question) await this.asking.askRows(question, names, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Refused)) throw error;
      this.change({ problem: plainReason(error, "caption"), ...unaskedQuestion(this.state) });
      if (mayRepeat(error)) this.timers.poll("ask", AGAIN_MS, () => this.ask());
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
  async makeQuestion(signal) {
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
    this.change({ question, unread });
    return question;
  }

  /**
   * Pictures of a person, of the caption (`captionIndex` 0) or its swap (1): with `isAdded` they come beside those that
   * are shown, else they take their place.
   */
  async addPictures(files, { captionIndex = 0, isAdded = captionIndex === 1 } = {}) {
    const { state } = this,
      isMine = isAdded ? this.pictures.current() : this.pictures.begin(),
      read = [];
    let note = "";
    for (const file of files.slice(0, MAX_PICTURES)) {
      try {
        const { picture, note: said } = await readPicture(file);
        read.push({ ...picture, captionIndex });
        note ||= said;
      } catch (error) {
        note = error.message;
      }
    }
    if (!isMine()) return;
    if (files.length > MAX_PICTURES) note = say`The first ${MAX_PICTURES} of ${files.length} pictures are shown.`;
    if (!read.length) return this.change({ note });
    const isKept = isAdded || state.caption !== state.examples[state.example]?.captions[0],
      before = isAdded ? state.pictures.slice(0, MAX_PICTURES - read.length) : [];
    // The example's captions are not true of another picture; what a person has typed is no example's.
    this.change({
      pictures: [...before, ...read],
      at: before.length,
      example: isAdded ? state.example : null,
      note,
      ...(isKept ? {} : freshQuestion("")),
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
      showExample: (index) => this.showExample(index),
      addPictures: (files, how) => this.addPictures(files, how),
      removePicture: (at) => again({ pictures: state.pictures.filter((_, index) => index !== at), at: 0 }, 0),
      addSwapPicture: () =>
        again(
          { pictures: [state.pictures[0], { uri: state.pictures[0].swapped, name: "", captionIndex: 1 }], at: 1 },
          0,
        ),
      type: (caption) => again(freshQuestion(caption)),
      togglePair: (index) => {
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
      addWord: (word, thing) =>
        again({ corrections: { ...state.corrections, word, thing }, isMissing: false, isByHand: false }, 0),
      writeOthers: (text) => again({ others: text.split("\n"), isByHand: true }),
      addConfusions: () =>
        again({ others: [...new Set([...state.others, ...(state.reading?.confusions ?? [])])], isByHand: true }, 0),
      takeSwap: () => again({ isByHand: false, isChanging: false }, 0),
      restart: () => {
        this.change({ open: state.rows.find((row) => !row.isReal)?.name ?? null });
        this.showExample(0);
      },
      add: (name) => this.downloads.add(name),
      cancel: (name) => this.downloads.cancel(name),
      removeRow: (name) => this.change({ rows: state.rows.filter((row) => row.name !== name), open: null }),
      open: (name) => {
        this.change({ open: state.open === name ? null : name });
        if (state.question && state.open) void this.asking.lookInto(state.question);
      },
      reword: (name) => this.asking.reword(name),
      tick: (key, isFalse) => this.change({ ticks: { ...state.ticks, [key]: isFalse } }),
      toggleTest: (test) => this.change({ test: state.test === test ? null : test }),
    };
  }
}

/** What is known of a drawn scene: its caption, and the middles of the two things that it shows; null of any other. */
const drawnOf = (caption, middles) => (middles ? { caption, middles } : null);

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
  question: null,
  unread: {},
  rows: rows.map((row) => ({ ...row, answer: null, document: null, isAsked: false, answeredKey: "" })),
});
