/**
 * One card a model: its name, what it finds of test pictures, a bar from A to B with a mark, and the verdict in words.
 *
 *     const bar = new ModelBar(say, { name, title, note });
 *     bar.show(verdict, sentences)      // moves the mark; gray marks stay where it has been
 *
 * Blue, solid, filled and a tick say right; orange, dashed, hollow and a cross say wrong; by luck a tick is hollow.
 */

import { svg } from "./drawing.js";
import { element } from "./html.js";
import { placeOnBar } from "./verdicts.js";

/**
 * @typedef {import("./verdicts.js").Verdict} Verdict
 * @typedef {import("./texts.js").Say} Say
 */

/** Units across a bar, of which a phone, a tablet and a frame have fewer, so that its mark and letters stay as large. */
const WIDE = 630;
const NARROW = 330;
const MARGIN = 37;
const TRAIL = 60;
const TICK = "l3.6 3.8 6.6-8";

export class ModelBar {
  /** @param {Say} say @param {{name: string, title: string}} model */
  constructor(say, { name, title }) {
    this.say = say;
    /** @type {number[]} */ this.trail = [];
    this.width = matchMedia("(max-width: 1000px)").matches ? NARROW : WIDE;
    const { width, middle } = this;
    this.note = element("span", { class: "scene-share" });
    this.marks = svg("g", { class: "scene-trail" });
    this.lean = svg("path", { class: "scene-lean" });
    this.disc = svg("circle", { cx: middle, cy: 17, r: 12, class: "scene-disc" });
    this.sign = svg("path", { class: "scene-sign" });
    this.words = element("p", { class: "scene-verdict" }, [element("span", {}, [say("waiting")])]);
    this.outside = element("p", { class: "scene-outside" });
    const line = svg("svg", { viewBox: `0 0 ${width} 34`, "aria-hidden": "true" }, [
      letter("A", 4), letter("B", width - 6), svg("path", { d: `M24 17H${width - 24}`, class: "scene-rail" }), this.marks,
      svg("path", { d: `M${middle} 4V30`, class: "scene-middle" }), this.lean, this.disc, this.sign]);
    this.node = element("section", { class: "scene-model", "data-model": name, "aria-label": title },
      [element("h3", {}, [element("span", {}, [title]), this.note]), line, this.words, this.outside]);
  }

  /** @returns {number} where a bar leans to neither caption */
  get middle() {
    return this.width / 2;
  }

  /** @param {number} received @param {number} bytes */
  showProgress(received, bytes) {
    const millions = (/** @type {number} */ count) => (count / 1e6).toFixed(1);
    this.words.replaceChildren(this.say("loading", { received: millions(received), bytes: millions(bytes) }));
  }

  /** @param {{value: number, low: number, high: number, n: number} | null} accuracy of the test pictures of two objects */
  showAccuracy(accuracy) {
    if (!accuracy) return;
    const percent = (/** @type {number} */ share) => (100 * share).toFixed(1).replace(/\.0$/, "");
    this.note.textContent = this.say("of.pictures", { value: percent(accuracy.value) });
    this.note.title = this.say("of.pictures.long",
      { value: percent(accuracy.value), low: percent(accuracy.low), high: percent(accuracy.high), n: accuracy.n });
  }

  /** @param {string} sentence */
  showError(sentence) {
    this.node.dataset.state = "error";
    this.words.replaceChildren(sentence);
  }

  /** @param {Verdict | null} verdict null where both captions say the same @param {string} outside a sentence, or "" */
  show(verdict, outside) {
    const probability = verdict ? verdict.probability : 0.5, x = this.middle + (this.middle - MARGIN) * placeOnBar(probability);
    const state = !verdict || verdict.isRight === null ? "open" : verdict.isRight ? "right" : "wrong";
    this.node.dataset.state = state;
    this.node.dataset.luck = String(Boolean(verdict?.isCoin));
    this.trail = [...this.trail, x].slice(-TRAIL);
    this.marks.replaceChildren(svg("path", { d: this.trail.map((place) => `M${place.toFixed(1)} 8V26`).join("") }));
    this.lean.setAttribute("d", `M${this.middle} 17H${x.toFixed(1)}`);
    this.disc.setAttribute("cx", x.toFixed(1));
    const from = { right: `M${x - 5} 17.5${TICK}`, wrong: `M${x - 4} 13l8 8m0-8-8 8`, open: "" }[state];
    this.sign.setAttribute("d", from);
    this.words.replaceChildren(...this.wordsOf(verdict));
    this.outside.textContent = outside;
  }

  /** @param {Verdict | null} verdict @returns {Node[]} */
  wordsOf(verdict) {
    if (!verdict) return [element("b", {}, ["–"])];
    const odds = { more: verdict.more, less: verdict.less };
    if (!verdict.isCoin) return [element("b", {}, [this.say(verdict.key)]), element("span", {}, [this.say("odds", odds)])];
    const luck = verdict.isRight === null ? "" : this.say(verdict.key);
    return [element("b", {}, [this.say("coin", odds)]), element("span", {}, [luck])];
  }
}

/** @param {string} text @param {number} x */
function letter(text, x) {
  return svg("text", { x, y: 22, class: "scene-letter", "text-anchor": "middle" }, [document.createTextNode(text)]);
}
