/**
 * A typed caption, answered by the browser's engine while one types: words never read are named, pictures are compared.
 *
 *     const typed = mountTyped(place, { language: "en" });           // with a box of its own
 *     typed.update({ model: "web-like-3f2a", title: "Your run", pictures: [{ letter: "A", image, caption, scene }, ...] });
 *
 *     const answer = new TypedAnswer(place, { language: "en" });     // for a box elsewhere on the page
 *     answer.ask({ model, text, pictures: [{ image, caption }] });
 *
 * `image` is a data URI of as many pixels as the model sees, without loss. The model is loaded at the first letter.
 */

import { Engine, NewestOnly, serverSource } from "../../engine/client.js";
import { styled } from "../styles.js";
import { element } from "./html.js";
import { MOST_CAPTION } from "./state.js";
import { sayIn } from "./texts.js";
import { verdictOf } from "./verdicts.js";

/**
 * @typedef {{image: string, caption: string, letter?: string}} Picture
 * @typedef {{model: string, text: string, pictures: Picture[]}} Question one picture, or two to choose from
 * @typedef {{language?: string, base?: URL, engine?: Engine}} Options `engine` is another than the page's own
 */

/** Signs that end no word: a word is a token, and none that a model read holds one. */
const SIGNS = /[.,;:!?]/g;
/** @type {Engine | null} */ let kept = null;

export class TypedAnswer {
  /** @param {HTMLElement} place @param {Options} options */
  constructor(place, { language = "en", base = new URL("../../", import.meta.url), engine } = {}) {
    this.say = sayIn(language);
    this.base = base;
    this.engine = engine;
    this.newest = new NewestOnly();
    this.asked = 0;
    this.unread = element("p", { class: "typed-unread" });
    this.said = element("p", { class: "typed-said" });
    place.replaceChildren(element("div", { class: "typed", translate: "no", "aria-live": "polite" }, [this.unread, this.said]));
  }

  /** @param {Question | null} question null where nothing is typed, or no model can answer */
  ask(question) {
    const number = ++this.asked;
    if (!question?.text.trim()) {
      this.show("", []);
      return;
    }
    void this.newest.run(async () => {
      try {
        const found = await this.answer(question);
        if (number === this.asked) this.show(...found);
      } catch (error) {
        if (number === this.asked) this.show("", [/** @type {Error} */ (error).message]);
      }
    });
  }

  /** @param {string} unread @param {(Node | string)[]} said */
  show(unread, said) {
    this.unread.textContent = unread;
    this.said.replaceChildren(...said);
  }

  /** @param {Question} question @returns {Promise<[string, (Node | string)[]]>} */
  async answer({ model, text, pictures }) {
    const engine = this.engine ?? (kept ??= new Engine(serverSource(this.base))), typed = text.replace(SIGNS, " ");
    await styled("scene");
    const onProgress = (/** @type {{received: number, bytes: number}} */ { received, bytes }) =>
      this.said.replaceChildren(this.say("loading", { received: (received / 1e6).toFixed(1), bytes: (bytes / 1e6).toFixed(1) }));
    await engine.loadModel(model, { onProgress });
    const [{ unknown, isCut }] = await engine.embed({ model, texts: [typed] });
    const scores = [];
    for (const { image, caption } of pictures) {
      const answer = await engine.score({ models: [model], pixels: await pixelsOf(image), texts: [typed, caption] });
      scores.push(answer[model]);
    }
    const unread = [...(unknown.length ? [this.say("unread", { words: [...new Set(unknown)].join(", ") })] : []), ...(isCut ? [this.say("cut")] : [])].join(" ");
    return [unread, pictures.length === 2 ? this.between(pictures, scores) : this.against(scores[0])];
  }

  /**
   * One picture: is it nearer to the typed caption or to its own?
   * @param {{cosines: number[], logitScale: number}} score @returns {Node[]}
   */
  against(score) {
    const { probability, more, less } = verdictOf(score, null), [typed, own] = score.cosines.map((cosine) => cosine.toFixed(3));
    const key = typed === own ? "typed.equal" : probability > 0.5 ? "typed.yours" : "typed.own";
    return [element("b", {}, [this.say(key, { more, less })]), element("span", {}, [this.say("typed.cosines", { typed, own })])];
  }

  /**
   * Two pictures: which of them does the typed caption fit better?
   * @param {Picture[]} pictures @param {{cosines: number[], logitScale: number}[]} scores @returns {Node[]}
   */
  between(pictures, scores) {
    const cosines = scores.map((score) => score.cosines[0]), { logitScale } = scores[0];
    const { more, less, isCoin } = verdictOf({ cosines, logitScale }, null);
    const letter = pictures[cosines[0] >= cosines[1] ? 0 : 1].letter ?? "", [a, b] = cosines.map((cosine) => cosine.toFixed(3));
    return [element("b", {}, [this.say(isCoin ? "coin" : "typed.fits", { letter, more, less })]), element("span", {}, [this.say("typed.two", { a, b })])];
  }
}

/** @param {HTMLElement} place @param {Options} [options] */
export function mountTyped(place, options = {}) {
  const say = sayIn(options.language ?? "en"), answer = element("div");
  const box = element("input", { type: "text", maxlength: MOST_CAPTION, "aria-label": say("typed.label"), placeholder: say("typed.label"),
    autocomplete: "off", spellcheck: "false", class: "typed-box", id: "typed-caption", oninput: ask });
  const who = element("p", { class: "typed-who", translate: "no" }), answers = new TypedAnswer(answer, options);
  place.replaceChildren(box, answer, who);
  /** @type {{model: string, title: string, pictures: Picture[]} | null} */ let shown = null;

  function ask() {
    answers.ask(shown && { model: shown.model, pictures: shown.pictures, text: box.value });
  }

  return {
    /** @param {{model: string, title: string, pictures: Picture[]} | null} next null where no model can answer */
    update(next) {
      const key = JSON.stringify(next);
      if (key === place.dataset.shown) return;
      place.dataset.shown = key;
      shown = next;
      box.disabled = !next;
      who.textContent = next ? say("typed.who", { model: next.title }) : say("typed.none");
      ask();
    },
  };
}

/** @param {string} uri of a picture without loss @returns {Promise<Uint8Array>} 3 x S x S */
export async function pixelsOf(uri) {
  const image = new Image();
  image.src = uri;
  await image.decode();
  const { naturalWidth: side } = image, area = side * side;
  const pen = /** @type {CanvasRenderingContext2D} */ (element("canvas", { width: side, height: side }).getContext("2d", { willReadFrequently: true }));
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, side, side), pixels = new Uint8Array(3 * area);
  for (let at = 0; at < area; at++) for (let channel = 0; channel < 3; channel++) pixels[channel * area + at] = data[4 * at + channel];
  return pixels;
}
