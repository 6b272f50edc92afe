// What the store of *Ask a real CLIP* asks of its backend, and what numbers mean.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { pairwise, winoground } from "../../assets/engine/metrics.js";
import { answerOf, pictureOdds, plainReason, positionOnBarOfLuck, spreadOf } from "../../assets/page/ask/answer.js";
import { Downloads } from "../../assets/page/ask/downloads.js";
import { placeCaptions } from "../../assets/page/ask/files.js";
import { squash } from "../../assets/page/ask/picture.js";
import { REAL } from "../../assets/page/ask/asking.js";
import { AskPage } from "../../assets/page/ask/page.js";
import { AskQuestion } from "../../assets/page/ask/question.js";
import { AskStore } from "../../assets/page/ask/store.js";
import { TabModels } from "../../assets/page/ask/tab.js";
import { keepQuestion } from "../../assets/page/ask/typed.js";
import { takeTyped } from "../../assets/page/kept.js";
import { readPickedText } from "../../assets/page/picked-file.js";
import { Refused } from "../../assets/page/refused.js";
import { FileButton } from "../../assets/page/ui.js";
import { options } from "../../assets/page/vendor/preact.js";
import { drawn, fixtures } from "./told.js";

const TYPING_MS = 40;
const wait = (ms = 30) => new Promise((done) => setTimeout(done, ms));

const TIES = JSON.parse(readFileSync(new URL("../unit/evaluation/ties.json", import.meta.url), "utf-8")),
  { examples, listed, readings, squash: picture } = fixtures;

/** Files that the browser reads when `read()` of theirs is called; the store gets them as a person drops them. */
function dropped(name, bytes = name) {
  const file = new File([bytes], name, { type: "image/bmp" });
  file.isRead = new Promise((done) => {
    file.read = done;
  });
  return file;
}
globalThis.createImageBitmap = async (file) => {
  await file.isRead;
  return { width: 8, height: 8, close: () => undefined };
};
globalThis.FileReader = class {
  async readAsDataURL(file) {
    this.result = `data:${file.type};base64,${Buffer.from(await file.arrayBuffer()).toString("base64")}`;
    this.onload();
  }
};

/** A store on a backend that remembers what it was asked; `answers` replaces an answer by name. */
async function opened(answers = {}, tabAnswers = true, kept = {}) {
  const asked = [],
    fixed = {
      examples: () => examples,
      models: () => listed,
      swaps: ({ caption }) => readings[caption] ?? readings["a red bus"],
      word_orders: ({ captions }) => captions.map((each) => Array(12).fill(each)),
      never_read: () => ({}),
      score: ({ captions, images, details }) => ({
        ...(details ? { words: {} } : {}),
        cosine: images.map(() => captions.map((_, index) => 0.3 - index / 100)),
        order_free: { spread: images.map(() => 0.005) },
        logit_scale: 100,
        snippet: "",
        relevance: { why: "none" },
      }),
      leaderboard: () => ({
        rows: [
          {
            scenes: { binding_accuracy: { value: 0.5, low: 0.4, high: 0.6, chance: 0.5, n: 168 } },
            verdict: "at chance",
          },
        ],
      }),
      fetch_model: ({ model }) => ({ model, parameters: 151277313, pixels: 224 }),
      ...answers,
    };
  const answer = async (name, values, tell, signal) => {
    asked.push([name, values]);
    signal?.throwIfAborted();
    return fixed[name](values, tell, signal);
  };
  const backend = {
    has: () => true,
    view: (name, values = {}, { signal } = {}) => answer(name, values, null, signal),
    job: (name, values, tell, { signal } = {}) => answer(name, values, tell, signal),
  };
  const tab = {
    canAnswer: async () => tabAnswers,
    answer: async (name, { pictures, captions }) => (
      asked.push(["tab", name]),
      {
        cosines: pictures.map(() => captions.map((_, index) => 0.5 - index / 10)),
        scale: 44,
        spread: pictures.map(() => 0.01),
      }
    ),
  };
  const store = new AskStore({ backend }, tab, () => undefined);
  // as long as a page waits for a person who types, in tenths
  store.askSoon = (pause = TYPING_MS) => AskStore.prototype.askSoon.call(store, pause);
  await store.open(undefined, kept);
  await wait();
  return {
    store,
    state: store.state,
    acts: store.acts,
    asked,
    of: (name) => asked.filter((each) => each[0] === name),
  };
}

/** A page in which a person has gone on, left for another language: what the next page finds. */
async function inAnotherLanguage(page, room = Infinity) {
  const kept = new Map();
  globalThis.sessionStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => text.length <= room && kept.set(key, text),
    removeItem: (key) => kept.delete(key),
  };
  keepQuestion(page.store);
  const next = await opened({}, true, takeTyped("ask"));
  assert.deepEqual(takeTyped("ask"), {}, "it is told once");
  return next;
}

export const tests = {
  async "a change of language keeps what was typed, pictures, added models, and asks them again"() {
    const page = await opened(),
      [example] = page.state.examples;
    page.acts.type("a red bus");
    page.acts.writeOthers("a blue bus");
    page.store.downloads.add("tab-9");
    await wait(3 * TYPING_MS);
    let next = await inAnotherLanguage(page);
    assert.deepEqual([next.state.caption, next.state.others], ["a red bus", ["a blue bus"]]);
    assert.deepEqual([next.state.example, next.state.pictures[0].uri], [0, example.image]);
    assert.deepEqual(next.of("fetch_model")[0][1], { model: "tab-9" });
    await wait(3 * TYPING_MS);
    assert.ok(next.state.rows[0].answer, "it is answered");
    const file = dropped("mine.png", "x".repeat(3000));
    file.read();
    await next.acts.addPictures([file]);
    next = await inAnotherLanguage(next);
    assert.deepEqual([next.state.pictures[0].name, next.state.example], ["mine.png", null]);
    next = await inAnotherLanguage(next, 2000);
    assert.deepEqual([next.state.caption, next.state.pictures], ["a red bus", []]);
    assert.match(next.state.note, /^Choose your picture again/);
  },
  async "what stands where a question was kept and is none is dropped"() {
    for (const kept of [
      { caption: 3 },
      { caption: "a", others: [], corrections: [] },
      { pictures: [1] },
      { example: 0 },
    ]) {
      const page = await opened({}, true, kept);
      assert.deepEqual([page.state.example, page.state.caption], [0, page.state.examples[0].captions[0]]);
    }
  },
  "a mark within the spread of word order is luck, whatever its percentage": () => {
    const luck = answerOf({ cosines: [0.31, 0.3], scale: 100, spread: 0.02 }),
      sure = answerOf({ cosines: [0.36, 0.3], scale: 50, spread: 0.02 });
    assert.equal(luck.kind, "luck");
    assert.equal(luck.head, "Prefers the right caption, by luck");
    assert.equal(luck.rest, "73 to 27; word order alone moves it by 38");
    assert.equal(sure.head, "Sure of the right caption");
    assert.equal(sure.rest, "95 to 5, 3 times what word order does");
    assert.equal(answerOf({ cosines: [0.3, 0.301], scale: 10, spread: 0.02 }).head, "A coin toss");
    assert.equal(answerOf({ cosines: [0.3, 0.35], scale: 100, spread: 0.03 }).head, "Sure of the wrong caption");
    assert.equal(answerOf({ cosines: [0.3, 0.31, 0.2], scale: 100, spread: 0.001, right: 1 }).mark, "right");
    assert.equal(answerOf({ cosines: [0.3], scale: 1, spread: 1 }), null);
  },
  "odds say the right caption first": () =>
    assert.deepEqual([0.999, 0.61, 0.34, 0.001].map(pictureOdds), [
      "over 99 to 1",
      "61 to 39",
      "34 to 66",
      "1 to over 99",
    ]),
  "the gray zone of the bar is a ratio of one": () => {
    assert.ok(
      Math.abs(positionOnBarOfLuck(1) - 70) < 1e-9 &&
        Math.abs(positionOnBarOfLuck(-1) - 30) < 1e-9 &&
        positionOnBarOfLuck(0) === 50 &&
        positionOnBarOfLuck(-Infinity) === 0,
    );
  },
  "comparisons score what they score in Python, ties too": () => {
    for (const { right, wrong, score } of TIES.pairwise) assert.equal(pairwise(right, wrong), score);
    for (const { cosines, why, ...scores } of TIES.winoground) {
      const found = Object.entries(winoground(cosines));
      assert.deepEqual(new Set(found.map(([name]) => name)), new Set(Object.keys(scores)));
      for (const [name, score] of found) assert.ok(Math.abs(score - scores[name]) < 1e-12, `${name}: ${why}`);
    }
  },
  "a tie is neither the right nor the wrong caption": () => {
    const tie = answerOf({ cosines: [0.3, 0.3], scale: 100, spread: 0.02 });
    assert.deepEqual([tie.mark, tie.head, tie.ratio], ["open", "A coin toss", 0]);
  },
  "a spread is the mean deviation over word orders": () =>
    assert.ok(
      Math.abs(
        spreadOf([
          [1, 2, 3],
          [0, 0, 0],
        ]) - 0.5,
      ) < 1e-12,
    ),
  "a picture is squashed as Pillow does it": () => {
    const { width, height, rgba, side, expected } = picture,
      pixels = squash(rgba, width, height, side);
    assert.equal(pixels.length, expected.length);
    assert.ok(Math.max(...expected.map((value, index) => Math.abs(value - pixels[index]))) <= 1);
  },
  "examples are answered without a model, and without the server": async () => {
    const { state, of } = await opened();
    assert.equal(state.rows.length, 4);
    assert.ok(state.rows.every((row) => row.answer));
    assert.deepEqual([of("tab"), of("score")], [[], []]);
  },
  "a file that was chosen may be chosen again, and a choice that was canceled asks for nothing": () => {
    const got = [],
      { vnode: before } = options;
    let box = null;
    options.vnode = (node) => {
      if (node.type === "input") box = node.props;
      before?.(node);
    };
    try {
      drawn(FileButton, { label: "File", onFiles: ([file]) => got.push(file) });
    } finally {
      options.vnode = before;
    }
    for (const files of [["run.zip"], [], ["run.zip"]]) {
      const target = { files, value: "run.zip" };
      box.onChange({ target });
      assert.equal(target.value, "");
    }
    assert.deepEqual(got, ["run.zip", "run.zip"]);
  },
  "a typed caption is asked once, after a pause": async () => {
    const { store, state, acts, of } = await opened();
    for (const typed of ["a red", "a red mug and a green", "a red mug and a green book"]) acts.type(typed);
    await wait(4 * TYPING_MS);
    assert.deepEqual(
      of("swaps")
        .slice(1)
        .map(([, values]) => values.caption),
      ["a red mug and a green book"],
    );
    assert.equal(of("tab").length, 4);
    assert.deepEqual(state.others, ["a green mug and a red book"]);
    assert.ok(store.state.rows.every((row) => !row.isAsked));
  },
  "a caption of one object asks nobody": async () => {
    const { state, acts, of } = await opened();
    acts.type("a red bus");
    await wait(4 * TYPING_MS);
    assert.match(state.problem, /^Nothing to swap/);
    assert.equal(of("tab").length, 0);
    assert.ok(state.rows.every((row) => !row.answer));
    acts.writeOthers("a bus");
    await wait(4 * TYPING_MS);
    assert.equal(of("tab").length, 4);
  },
  "a refused caption leaves no row of the question before asking": async () => {
    const refused = "a red mug".repeat(99),
      { state, acts, of } = await opened(
        {
          swaps: ({ caption }) => {
            if (caption === refused) throw new Refused("caption", "caption: it is too long");
            return readings[caption];
          },
          score: (values, tell, signal) =>
            new Promise((_, failed) =>
              signal.addEventListener("abort", () => failed(new DOMException("gone", "AbortError"))),
            ),
        },
        false,
      );
    acts.type("a red mug and a green book");
    await wait(4 * TYPING_MS);
    assert.ok(of("score").length && state.rows.some((row) => row.isAsked));
    acts.type(refused);
    await wait(4 * TYPING_MS);
    assert.deepEqual(
      [state.problem, state.question, state.rows.some((row) => row.isAsked)],
      ["It is too long.", null, false],
    );
  },
  "a caption that was typed without a network is asked once it is back, and a refused one is not asked again":
    async () => {
      const gone = () => new Refused("", "The server does not answer.", 0),
        polled = [];
      let error = gone();
      const { store, acts, state, of } = await opened({
        swaps: ({ caption }) => {
          if (error) throw error;
          return readings[caption];
        },
      });
      store.timers.poll = (name, ms, ask) => polled.push(ask);
      const typed = "a red mug and a green book";
      acts.type(typed);
      await wait(TYPING_MS + 30);
      assert.match(state.problem, /does not answer/);
      error = null;
      await polled.pop()();
      assert.deepEqual([state.problem, state.question?.captions[0], of("swaps").length], ["", typed, 3]);
      error = new Refused("caption", "caption: give at most 60 words");
      acts.type(typed);
      await wait(TYPING_MS + 30);
      assert.deepEqual([/60 words/.test(state.problem), polled], [true, []]);
    },
  "a model that never read a word is not asked": async () => {
    const { acts, of } = await opened({
      never_read: ({ captions }) => (captions[0].includes("mug") ? { [examples.models[1].name]: ["mug"] } : {}),
    });
    acts.type("a red mug and a green book");
    await wait(4 * TYPING_MS);
    assert.deepEqual(
      of("tab")
        .map(([, name]) => name)
        .sort(),
      examples.models
        .map(({ name }) => name)
        .filter((_, index) => index !== 1)
        .sort(),
    );
  },
  "a run that trained in this tab becomes a row of its own, with what the tab can say of it": async () => {
    const { store, state, acts } = await opened({
      fetch_model: ({ model }) => {
        if (!store.page.tab) throw new Refused("model", "There is no such model here.");
        return { model, parameters: null, pixels: 64, in_tab: true };
      },
      leaderboard: () => {
        throw new Refused("model", "A server answers this.");
      },
    });
    store.page.loadTab = async () => Object.assign(store.page, { tab: {} });
    acts.add("tab-web-like-0123456789ab");
    await wait();
    const row = state.rows.at(-1),
      shown = drawn(AskPage, { state, acts, backend: {} });
    assert.deepEqual([row.isReal, row.isInTab, row.why, row.isCounting], [false, true, "", false]);
    assert.ok(row.answer && shown.includes("a run of this project"));
    assert.ok(!/Ask it in other wordings|in plain open_clip/.test(shown), "only a server answers these");
  },
  "a screen reader hears a swap once it is read, and no letter of the caption that is typed": async () => {
    const { state, acts } = await opened(),
      heard = () => {
        const part = drawn(AskQuestion, { state, acts }).split('class="ask-swaps"')[1];
        assert.ok(!part.includes("aria-live"));
        return part.match(/<div[^>]*role="status">.*?<\/div>/gs).join("");
      };
    acts.type("a red bus");
    await wait();
    const before = heard();
    assert.ok(before.includes(state.others[0]));
    acts.type("a red bus a");
    assert.equal(heard(), before);
  },
  "models are fetched one at a time, then asked, then asked the scenes": async () => {
    const waiting = [],
      { state, acts, of } = await opened({
        fetch_model: ({ model }, tell) =>
          new Promise((done) => {
            tell({ text: "212 of 605 MB", done: 0.35, left_s: 40 });
            waiting.push(() => done({ model, parameters: 151277313, pixels: 224 }));
          }),
      });
    acts.add(REAL[0].name);
    acts.add(REAL[2].name);
    await wait();
    assert.deepEqual([state.loads[REAL[0].name].phase, state.loads[REAL[2].name].phase], ["fetching", "next"]);
    waiting[0]();
    await wait();
    // The verdict first, then the further captions.
    assert.deepEqual(
      of("score").map(([, { details }]) => details),
      [false, true],
    );
    assert.equal(of("leaderboard").length, 1);
    assert.equal(state.rows.find((row) => row.isReal).scores.binding_accuracy.value, 0.5);
    assert.equal(waiting.length, 2);
  },
  "a canceled download makes room for the next, and a broken one says why": async () => {
    const { state, acts } = await opened({
      fetch_model: ({ model }, tell, signal) =>
        new Promise((done, failed) => {
          if (model === REAL[1].name)
            failed(new Refused("model", `model=${model}: the connection broke off while it was fetched; try again`));
          signal.addEventListener("abort", () => failed(new DOMException("gone", "AbortError")));
        }),
    });
    acts.add(REAL[0].name);
    acts.add(REAL[1].name);
    await wait();
    acts.cancel(REAL[0].name);
    await wait();
    assert.deepEqual(state.loads, {
      [REAL[1].name]: { why: "The connection broke off while it was fetched; try again." },
    });
  },
  "a model that breaks off otherwise says so, and one that was added holds no other up": async () => {
    const shown = [],
      broken = [],
      job = async (_, { model }) => {
        if (model === "broken") throw new TypeError("Failed to fetch");
        return { model };
      },
      downloads = new Downloads(
        { backend: { job } },
        (loads) => shown.push(loads),
        async ({ model }) => model === "added" && Promise.reject(new Error("No answer.")),
      ),
      note = (error) => broken.push(error.message);
    process.on("unhandledRejection", note);
    try {
      for (const name of ["broken", "added", "next"]) downloads.add(name);
      await wait();
    } finally {
      process.off("unhandledRejection", note);
    }
    assert.deepEqual(shown.at(-1), { broken: { why: "Failed to fetch." } });
    assert.deepEqual([downloads.running, broken.sort()], [null, ["Failed to fetch", "No answer."]]);
  },
  "where the tab cannot run a model the server answers": async () => {
    const { acts, of } = await opened({}, false);
    acts.type("a red mug and a green book");
    await wait(4 * TYPING_MS);
    assert.equal(of("score").length, 4);
    assert.ok(of("score").every(([, { captions }]) => captions.length === 2));
  },
  "a model that did not come is asked for again with the next question": async () => {
    let loads = 0;
    const loadModel = async () => {
        loads += 1;
        if (loads === 1) throw new TypeError("Failed to fetch");
        return { imageSize: 64 };
      },
      tab = new TabModels({ loadModel });
    assert.deepEqual([await tab.canAnswer("things-web"), await tab.canAnswer("things-web")], [false, true]);
  },
  "a small model is asked in other wordings when a person wants it": async () => {
    const { state, acts, of } = await opened();
    acts.type("a red mug and a green book");
    await wait(4 * TYPING_MS);
    assert.ok(of("score").every(([, { details }]) => !details));
    const { name } = state.rows[1];
    acts.reword(name);
    await wait();
    assert.deepEqual(
      of("score")
        .filter(([, { details }]) => details)
        .map(([, { model }]) => model),
      [name],
    );
    assert.ok(state.rows[1].document.words && !state.rows[1].isRewording);
  },
  "a picture that differs from the one before in its first bytes alone is another question": async () => {
    const { acts, of } = await opened(),
      white = "w".repeat(192);
    for (const first of ["one", "two"]) {
      const file = dropped("photo.bmp", first + white);
      file.read();
      acts.addPictures([file]);
      acts.type("a red mug and a green book");
      await wait(4 * TYPING_MS);
    }
    assert.equal(of("tab").length, 8);
  },
  "the picture that was dropped last is shown, whichever is read last": async () => {
    const { state, acts } = await opened(),
      [large, small, late] = ["large.bmp", "small.bmp", "late.bmp"].map((name) => dropped(name)),
      names = () => state.pictures.map(({ name }) => name);
    acts.addPictures([large]);
    acts.addPictures([small]);
    small.read();
    await wait();
    large.read();
    await wait();
    assert.deepEqual(names(), ["small.bmp"]);
    acts.addPictures([late]);
    acts.showExample(1);
    late.read();
    await wait();
    assert.deepEqual([state.example, names()], [1, [examples.pictures[1].name]]);
  },
  "a caption that is typed while a picture is read is kept, and the example's is not": async () => {
    const { state, acts } = await opened(),
      [first, second] = ["first.bmp", "second.bmp"].map((name) => dropped(name));
    acts.addPictures([first]);
    acts.type("a red mug and a green book");
    first.read();
    await wait();
    assert.deepEqual([state.pictures[0].name, state.caption], ["first.bmp", "a red mug and a green book"]);
    acts.showExample(1);
    acts.addPictures([second]);
    second.read();
    await wait();
    assert.deepEqual([state.pictures[0].name, state.caption], ["second.bmp", ""]);
  },
  "a picture of the swap is asked with the other caption": async () => {
    const { state, acts, of } = await opened();
    acts.addSwapPicture();
    await wait();
    assert.deepEqual(
      state.pictures.map((each) => each.captionIndex),
      [0, 1],
    );
    assert.equal(of("tab").length, 4);
    assert.equal(state.rows[0].answer.cosines.length, 2);
  },
  "details are asked with the right caption of each picture": async () => {
    const { state, acts, of } = await opened();
    acts.addSwapPicture();
    await wait();
    acts.reword(state.rows[1].name);
    await wait();
    assert.deepEqual(
      of("score")
        .filter(([, { details }]) => details)
        .map(([, { right }]) => right),
      [[0, 1]],
    );
  },
  "the places of a drawn scene go with its own caption, and with no other picture of it": async () => {
    const { state, acts, of } = await opened(),
      { captions, middles } = examples.pictures[0],
      given = () =>
        of("score")
          .filter(([, { details }]) => details)
          .at(-1)[1].middles;
    acts.reword(state.rows[1].name);
    await wait();
    assert.deepEqual(given(), middles);
    acts.type("a red mug and a green book");
    await wait(4 * TYPING_MS);
    acts.reword(state.rows[1].name);
    await wait();
    assert.equal(given(), null);
    acts.type(captions[0]);
    await wait(4 * TYPING_MS);
    acts.change({
      pictures: [...state.pictures, { uri: "data:image/png;base64,AAAA", name: "mine.png", captionIndex: 0 }],
    });
    acts.removePicture(9);
    await wait();
    acts.reword(state.rows[1].name);
    await wait();
    assert.equal(given(), null);
    acts.showExample(3);
    await wait();
    acts.reword(state.rows[1].name);
    await wait();
    assert.equal(given(), null, "a photograph");
  },
  "a scene of one's own brings the places of its things": async () => {
    const { store, state, acts, of } = await opened(),
      middles = [
        [0.25, 0.5],
        [0.75, 0.5],
      ];
    store.openQuestion({ image: "data:image/png;base64,AAAA", texts: examples.pictures[0].captions, middles });
    await wait(60);
    acts.reword(state.rows[1].name);
    await wait();
    assert.deepEqual(of("score").at(-1)[1].middles, middles);
  },
  "a name in the table is the end of a path": async () => {
    const { state, acts } = await opened();
    const names = [
      "/home/me/runs/clip",
      "ViT-B-32:/home/me/epoch_32.pt",
      "hf-hub:laion/CLIP",
      "C:\\models\\mine\\clip",
    ];
    for (const name of names) acts.add(name);
    await wait(200);
    assert.deepEqual(
      state.rows.slice(4).map((row) => row.title),
      ["runs/clip", "ViT-B-32:me/epoch_32.pt", "hf-hub:laion/CLIP", "mine/clip"],
    );
  },
  "a question of another view is taken as it is": async () => {
    const { store, state } = await opened();
    store.openQuestion({
      image: "data:image/png;base64,AAAA",
      texts: ["a red mug and a green book", "a mug"],
      models: ["tidy-3"],
    });
    await wait(60);
    assert.deepEqual(
      state.rows.filter((row) => row.about === "a run of this project").map((row) => [row.name, row.isReal]),
      [["tidy-3", false]],
    );
    assert.deepEqual([state.example, state.caption, state.others], [null, "a red mug and a green book", ["a mug"]]);
  },
  "a model that comes while a newer question is typed is asked that one alone": async () => {
    const { state, acts, of } = await opened(),
      asked = () => of("score").filter(([, { model }]) => model === "ViT-B-32/openai"),
      caption = Object.keys(readings).find((each) => readings[each].swaps.length && each !== state.caption);
    acts.type(caption);
    acts.add("ViT-B-32/openai");
    await wait(TYPING_MS / 2);
    assert.deepEqual(asked(), []);
    await wait(4 * TYPING_MS);
    assert.deepEqual(new Set(asked().map(([, { captions }]) => captions[0])), new Set([caption]));
  },
  "a question that is typed again while another one is asked is answered as before": async () => {
    const [one, other] = Object.keys(readings).filter((each) => readings[each].swaps.length),
      held = (signal) => new Promise((_, refuse) => signal.addEventListener("abort", () => refuse(signal.reason)));
    const { state, acts } = await opened(
      {
        score: ({ captions, images }, tell, signal) =>
          captions[0] === other
            ? held(signal)
            : {
                cosine: images.map(() => captions.map((_, index) => 0.3 - index / 100)),
                order_free: { spread: images.map(() => 0.005) },
                logit_scale: 100,
                relevance: { why: "none" },
              },
      },
      false,
    );
    const asked = () => state.rows.filter((row) => row.isAsked).length;
    for (const [caption, waiting] of [
      [one, 0],
      [other, state.rows.length],
      [one, 0],
    ]) {
      acts.type(caption);
      await wait(4 * TYPING_MS);
      assert.equal(asked(), waiting, caption);
    }
  },
  "a run that brings the same question again is asked again, as it may have gone on": async () => {
    const { store, of } = await opened(),
      question = {
        image: "data:image/png;base64,AAAA",
        texts: ["a red mug and a green book", "a mug"],
        models: ["tidy-3"],
      };
    const asked = () => of("score").filter(([, { model }]) => model === "tidy-3").length;
    store.openQuestion(question);
    await wait(60);
    const first = asked();
    store.openQuestion(question);
    await wait(60);
    assert.ok(first > 0 && asked() > first);
  },
  "a refusal of a file names the file as it is": async () => {
    const said = "c_bin.csv: holds no caption";
    assert.equal(plainReason(new Refused("c_bin.csv", said), ""), `${said}.`);
    assert.equal(plainReason(new Refused("model", "model=tidy: is gone"), ""), "Is gone.");
    const backend = { job: () => Promise.reject(new Refused("body", "body: it may have at most 50000 values", 413)) };
    await assert.rejects(
      placeCaptions(backend, { name: "deep.jsonl", content: "" }, () => undefined, null),
      /^Refused: deep\.jsonl: /,
    );
  },
  "a picked file that is no UTF-8 is said to be none": async () => {
    const utf16 = new Uint8Array([0xff, 0xfe, ...Buffer.from("caption\na cup", "utf16le")]);
    await assert.rejects(readPickedText(new Blob([utf16])), /UTF-8/);
    assert.equal(await readPickedText(new Blob(["caption\n杯"])), "caption\n杯");
  },
};
