/**
 * The captions A and B: those of the scene with their values marked, or two boxes to type one's own.
 */

import { kindName } from "./controls.js";
import { element } from "./html.js";
import { MOST_CAPTION } from "./state.js";

/**
 * @typedef {import("../../engine/world.js").World} World
 * @typedef {import("./state.js").SceneState} SceneState
 * @typedef {import("./questions.js").Question} Question
 * @typedef {{unknown: string[], isCut: boolean}} Read
 */

const LETTERS = ["A", "B"];

export class QuestionCards {
  /**
   * @param {World} world @param {import("./texts.js").Say} say @param {import("./canvas.js").Store} store
   * @param {() => [string, string]} current the captions that stand now, to begin typing from
   */
  constructor(world, say, store, current) {
    this.world = world;
    this.say = say;
    this.store = store;
    /** @type {Map<string, string>} */ this.colors = new Map(world.kinds.flatMap((kind) => kind.values.flatMap((value) =>
      (value.paints.fill ? [[value.word, `rgb(${value.paints.fill.join(" ")})`]] : []))));
    this.values = new Set(world.kinds.flatMap((kind) => kind.values.map((value) => value.word)));
    this.cards = LETTERS.map((letter, place) => this.card(letter, place));
    this.toggle = element("button", { type: "button", class: "scene-link", id: "scene-type",
      onclick: () => store.set({ ...store.get(), typed: store.get().typed ? null : current() }) });
    this.named = element("select", { id: "scene-named", onchange: () => store.set({ ...store.get(), named: Number(this.named.value) }) },
      world.kinds.map((kind, k) => element("option", { value: k }, [kindName(say, kind.name)])));
    this.naming = element("label", { class: "scene-naming" }, [say("named"), " ", this.named]);
    this.node = element("div", { class: "scene-question" }, [
      element("div", { class: "scene-captions" }, this.cards.map((card) => card.node)),
      element("div", { class: "scene-row" }, [this.naming, this.toggle])]);
  }

  /** @param {string} letter @param {number} place */
  card(letter, place) {
    const text = element("p"), read = element("p", { class: "scene-outside", "aria-live": "polite" });
    const box = element("textarea", { rows: 2, maxlength: MOST_CAPTION, "aria-label": this.say("caption", { letter }), spellcheck: "false",
      id: `scene-caption-${letter.toLowerCase()}`, oninput: () => this.typed(place, box.value) });
    return { text, box, read, node: element("div", { class: "scene-caption" },
      [element("span", { class: "scene-mark" }, [letter]), element("div", {}, [text, box, read])]) };
  }

  /** @param {number} place @param {string} text */
  typed(place, text) {
    const state = this.store.get(), before = state.typed ?? ["", ""];
    this.store.set({ ...state, typed: place === 0 ? [text, before[1]] : [before[0], text] });
  }

  /** @param {SceneState} state @param {Question} question */
  show(state, question) {
    this.toggle.textContent = this.say(state.typed ? "generated" : "edit");
    this.naming.hidden = Boolean(state.typed);
    this.named.value = String(state.named);
    this.cards.forEach(({ text, box, read }, place) => {
      text.hidden = Boolean(state.typed);
      box.hidden = !state.typed;
      if (!state.typed) read.textContent = "";
      if (state.typed && box.value !== state.typed[place]) box.value = state.typed[place];
      if (!state.typed) text.replaceChildren(...this.marked(question.texts[place]));
    });
  }

  /** @param {Read[]} read of the typed captions, in their order; none where they are of the scene */
  showRead(read) {
    read.forEach(({ unknown, isCut }, place) => {
      const unread = unknown.length ? this.say("unread", { words: [...new Set(unknown)].join(", ") }) : "";
      this.cards[place].read.textContent = [unread, isCut ? this.say("cut") : ""].filter(Boolean).join(" ");
    });
  }

  /** @param {string} text @returns {(Node | string)[]} values in bold, colors with a patch, a line for each object */
  marked(text) {
    return text.split(" ").flatMap((word) => {
      if (word === "and") return [element("br"), "and "];
      if (!this.values.has(word)) return [`${word} `];
      const patch = this.colors.has(word) ? [element("span", { class: "scene-patch", style: `background:${this.colors.get(word)}` })] : [];
      return [element("b", {}, [...patch, word]), " "];
    });
  }
}
