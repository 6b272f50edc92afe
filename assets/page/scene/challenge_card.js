/**
 * The challenge as a card: its rule, the best picture of each class, and a button that shows it again.
 */

import { CLASSES, Challenge } from "./challenge.js";
import { element } from "./html.js";

/**
 * @typedef {import("./verdicts.js").Verdict} Verdict
 * @typedef {import("./texts.js").Say} Say
 */

/** A margin at which a model is as sure as it ever is. */
const FAR = 0.5;

/** @param {number} margin @returns {number} 0 where the model is sure of the true caption .. 1 where it is fooled */
const nearness = (margin) => Math.min(1, Math.max(0, 1 - margin / FAR));

export class ChallengeCard {
  /** @param {Say} say @param {Storage | null} storage @param {string} model @param {string} title @param {(scene: string) => void} show */
  constructor(say, storage, model, title, show) {
    this.say = say;
    this.model = model;
    this.records = new Challenge(storage, model);
    this.warning = element("p", { class: "scene-outside", "aria-live": "polite" });
    this.rows = new Map(CLASSES.map((which) => {
      const said = element("output"), button = element("button",
        { type: "button", class: "scene-button", onclick: () => show(this.records.bests[which]?.scene ?? "") }, [say("challenge.show")]);
      return [which, { said, button, node: element("div", { class: "scene-best", "data-class": which },
        [element("span", {}, [say(`challenge.${which}`)]), said, button]) }];
    }));
    this.done = element("b", { class: "scene-fooled", "aria-live": "polite" });
    this.node = element("details", { class: "scene-challenge", open: true }, [
      element("summary", {}, [say("challenge", { model: title }), " ", this.done]), element("p", {}, [say("challenge.rule")]),
      ...[...this.rows.values()].map((row) => row.node), this.warning]);
    this.draw();
  }

  /**
   * @param {Verdict | null} verdict null where the scene does not count @param {string} scene
   * @param {{hidden: string, classes: import("./challenge.js").Class[]}} facts `hidden` is the noun that is mostly out
   *   of sight, `classes` are those that the scene is of
   */
  offer(verdict, scene, { hidden, classes }) {
    this.warning.textContent = verdict && hidden ? this.say("challenge.hidden", { noun: hidden }) : "";
    if (!verdict || hidden) return;
    const found = { margin: verdict.margin, probability: verdict.probability, scene };
    const isBest = classes.map((which) => this.records.offer(which, found));
    if (isBest.includes(true)) this.draw();
  }

  draw() {
    const fooled = CLASSES.filter((which) => (this.records.bests[which]?.margin ?? FAR) < 0).length;
    this.done.textContent = fooled ? this.say(fooled < CLASSES.length ? "challenge.done" : "challenge.all") : "";
    for (const [which, { said, button }] of this.rows) {
      const best = this.records.bests[which];
      button.hidden = !best;
      said.textContent = best ? this.wordsOf(best) : this.say("challenge.none");
      said.dataset.state = best ? (best.margin < 0 ? "wrong" : "right") : "";
      said.style.setProperty("--near", `${100 * nearness(best?.margin ?? FAR)}%`);
    }
  }

  /** @param {import("./challenge.js").Best} best @returns {string} */
  wordsOf({ probability, margin }) {
    const percent = 100 * Math.max(probability, 1 - probability);
    // Two digits more than a bar shows: records are small steps.
    const more = Math.min(99.99, percent).toFixed(2), less = Math.max(0.01, 100 - percent).toFixed(2);
    return this.say(probability < 0.5 ? "challenge.fooled" : "challenge.best", { more, less, margin: margin.toFixed(3) });
  }
}
