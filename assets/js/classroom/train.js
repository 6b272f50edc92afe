/**
 * The training: on the projector the wall, on a phone the captions, the seed and the progress of one's own training.
 */

import { element } from "../scene/html.js";
import { percent } from "./texts.js";
import { addressOf, Wall } from "./wall.js";

/** @typedef {import("./page.js").Context} Context */

export class TrainScreen {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.wall = context.isTeacher ? new Wall(context) : null;
    this.facts = element("div", { class: "class-capacity", id: "class-capacity" });
    this.node = element("div", { class: "class-train" }, this.wall
      ? [element("h1", { class: "class-title" }, [context.say("train.title")]), this.wall.node, this.facts] : []);
  }

  /** @param {any} view */
  show(view) {
    if (!this.wall) {
      this.node.replaceChildren(...this.mine(view));
      return;
    }
    this.wall.show(view.wall);
    this.facts.replaceChildren(...this.capacityOf(view).map((text) => element("span", {}, [text])));
  }

  /** @param {any} view @returns {string[]} */
  capacityOf({ capacity, wall, people }) {
    const { say } = this.context, { runs, low_s: low, high_s: high, is_measured: isMeasured, others } = capacity;
    const trainings = wall.dots.filter((/** @type {any} */ dot) => !dot.is_recorded).length;
    return [say(isMeasured ? "train.fits" : "train.guess", { runs, low: Math.round(low), high: Math.round(high) }),
      ...(others ? [say("train.others", { n: others })] : []), ...(trainings < people ? [say("train.few")] : []),
      ...(trainings < wall.dots.length || this.wall?.hasRecorded ? [say("train.recorded")] : [])];
  }

  /** @param {any} view @returns {Node[]} */
  mine({ wall, me }) {
    const { say, facts } = this.context, [dot] = wall.dots;
    if (!dot) return [element("p", { class: "class-welcome" }, [say(me.group < 0 ? "train.none" : "train.wait_deal")])];
    const recipe = facts.recipes[dot.recipe], others = dot.pupils.filter((/** @type {string} */ name) => name !== me.nickname);
    const done = dot.steps ? dot.step / dot.steps : 0;
    return [element("h1", { class: "class-title", id: "class-recipe", "data-recipe": dot.recipe, "data-seed": dot.seed }, [say("train.mine", { title: recipe.title })]),
      element("p", {}, [recipe.told]), element("p", { class: "class-quiet" }, [say("train.seed", { seed: dot.seed })]),
      ...(others.length ? [element("p", { class: "class-quiet" }, [say("train.with", { names: others.join(", ") })])] : []),
      ...(dot.is_recorded ? [element("p", { class: "class-recorded" }, [say("train.is_recorded")])] : []),
      element("div", { class: "class-track" }, [element("i", { class: "class-fill", style: `width:${percent(done, 1)}%` })]),
      element("p", { id: "class-run", "data-status": dot.status, "data-run": dot.run }, [this.statusOf(dot)]), ...this.bindingOf(dot),
      ...(dot.run ? [element("a", { class: "class-button", href: addressOf(dot), target: "_blank", rel: "noopener" }, [say("train.open")])] : [])];
  }

  /** @param {any} dot @returns {string} */
  statusOf({ status, step, steps, place, eta_s: eta, is_final: isFinal }) {
    const { say } = this.context;
    if (status === "queued") return [place ? say("train.queued", { place }) : "", eta ? say("train.soon", { s: eta }) : ""].filter(Boolean).join(", ") || say("train.wait_deal");
    if (status === "finished" || isFinal) return say("train.finished");
    if (status === "running" || status === "stopping") return step >= steps ? say("train.evaluating") : say("train.running", { step, steps });
    return say("train.ended");
  }

  /** @param {any} dot @returns {Node[]} */
  bindingOf({ binding, low, high, status }) {
    const { say } = this.context;
    if (binding === null) return status === "running" ? [element("p", { class: "class-quiet" }, [say("train.first")])] : [];
    return [element("p", { class: "class-number" }, [say("train.binding", { value: percent(binding, 1) })]),
      element("p", { class: "class-quiet" }, [say("train.interval", { low: percent(low, 1), high: percent(high, 1) })])];
  }
}
